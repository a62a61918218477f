"""Text that is safe to show."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.core._checks import short_repr
from campaignkit.core._escaping import escape_text
from campaignkit.domain._leads import name_some
from tests.hostile import FORBIDDEN, HOSTILE, SPOILT, assert_safe

KEPT = [
    "Zo\u00eb",
    "\u5317\u4eac",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, which is spelled with a joiner
    "\u0915\u094d\u200d\u0937",  # Hindi
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
    "\u2764\ufe0f",  # a red heart
    "\U0001f3f3\ufe0f\u200d\U0001f308",  # a flag
    "a\\nb",
]
ESCAPED = [
    ("a\nb\tc\rd", r"a\nb\tc\rd"),
    ("\x1b[2J", r"\x1b[2J"),
    ("\x9b2J", r"\x9b2J"),
    ("\x7f\x85", r"\x7f\x85"),
    ("a\u200db", r"a\u200db"),
    ("a\ufe0f", r"a\ufe0f"),
    ("\u200d", r"\u200d"),
    ("\u3164\u034f", r"\u3164\u034f"),
    ("\U000e0041", r"\U000e0041"),
    ("\udc80", r"\udc80"),
    ("\u202e\u2066", r"\u202e\u2066"),
    ("\u2028\u2029\ufeff", r"\u2028\u2029\ufeff"),
    ("\xa0", r"\xa0"),
]


@pytest.mark.parametrize("text", KEPT)
def test_what_can_be_read_stays(text: str) -> None:
    assert escape_text(text) == text


@pytest.mark.parametrize(("text", "escaped"), ESCAPED)
def test_what_cannot_be_seen_is_written_out(text: str, escaped: str) -> None:
    assert escape_text(text) == escaped


def test_every_character_by_itself_can_be_seen() -> None:
    for code in range(sys.maxunicode + 1):
        seen = escape_text(chr(code))
        assert seen.isprintable()
        assert not FORBIDDEN.search(seen)
        is_hidden = unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        assert (seen != chr(code)) >= is_hidden


@given(st.text(st.characters() | st.sampled_from(HOSTILE)))
def test_what_is_shown_is_one_line_that_stays_as_it_is(text: str) -> None:
    seen = escape_text(text)
    assert_safe(seen)
    assert "\n" not in seen
    assert escape_text(seen) == seen


# --- all that the library says --------------------------------------------------------------------


class Spoilt:
    """A value whose repr is hostile, as that of any class may be."""

    def __repr__(self) -> str:
        return SPOILT


REFUSED = ck.Decision(allowed=False, reasons=(ck.Reason.ENDED,), messages=(SPOILT, SPOILT))
ERRORS: Mapping[type[ck.CampaignKitError], tuple[object, ...]] = {
    ck.CampaignKitError: (SPOILT,),
    ck.InvalidError: ((SPOILT, SPOILT),),
    ck.RefusedError: (REFUSED,),
    ck.NotFoundError: (SPOILT, SPOILT),
    ck.AlreadyExistsError: (SPOILT, SPOILT),
    ck.UnknownClientError: ((SPOILT,),),
    ck.CorruptRowError: (SPOILT, SPOILT, (SPOILT,)),
    ck.StoreUnavailableError: (SPOILT, True),
    ck.errors.MissingExtraError: (SPOILT, SPOILT, SPOILT),
}


def _kinds(kind: type[ck.CampaignKitError]) -> Iterator[type[ck.CampaignKitError]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from _kinds(derived)


OURS = [kind for kind in _kinds(ck.CampaignKitError) if kind.__module__.startswith("campaignkit.")]


@pytest.mark.parametrize("kind", OURS)
def test_every_error_is_one_safe_line(kind: type[ck.CampaignKitError]) -> None:
    made = next((ERRORS[base] for base in kind.__mro__ if base in ERRORS), (SPOILT,))
    said = str(kind(*made))
    assert said == escape_text(said)
    assert "Eve" in said


@pytest.mark.parametrize("kind", OURS)
def test_no_error_goes_round_the_one_that_escapes(kind: type[ck.CampaignKitError]) -> None:
    assert kind.__str__ is ck.CampaignKitError.__str__


def test_values_in_messages_are_one_safe_line() -> None:
    lead = ck.Lead(SPOILT, 90)
    planned = ck.plan(ck.DEFAULT_ALLOCATION, [lead])
    odd: Any = Spoilt()
    for said in (
        short_repr(odd),
        short_repr([odd]),
        name_some([odd, SPOILT]),
        str(REFUSED),
        planned.explain(SPOILT),
    ):
        assert said == escape_text(said)
        assert "Eve" in said


REFUSALS: list[Callable[[Any], object]] = [
    ck.Lead,
    lambda odd: ck.Lead("a", als_score=odd),
    lambda odd: ck.Lead("a", reachable=odd),
    lambda odd: ck.Lead("a", reachable=frozenset({odd})),
    lambda odd: ck.Allocation(email=odd),
    lambda odd: ck.Allocation.from_mapping({odd: 100}),
    lambda odd: ck.ChannelCounts({odd: 1}),
    lambda odd: ck.Targeting(titles=odd),
    lambda odd: ck.Targeting(company_sizes=[odd]),
    lambda odd: ck.Prospect(company_size=odd),
    ck.targeting.CompanySize.parse,
    ck.normalise_email,
    lambda odd: ck.Actor(ck.Initiator.USER, odd),
    lambda odd: ck.Actor(odd, "ann"),
    lambda odd: ck.plan(ck.DEFAULT_ALLOCATION, [odd]),
    lambda odd: ck.plan(ck.DEFAULT_ALLOCATION, [], overflow=odd),
    lambda odd: ck.Campaign.draft(client_id=odd, name="x"),
    lambda odd: ck.Campaign.draft(client_id=UUID(int=1), name="x", start_date=odd),
    lambda odd: ck.from_dict(ck.Campaign, {odd: odd}),
    lambda odd: ck.from_json(ck.Campaign, json.dumps({str(odd): str(odd)})),
]


@contextmanager
def _checked() -> Generator[None]:
    try:
        yield
    except ck.CampaignKitError as error:
        said = str(error)
        if said != escape_text(said):
            pytest.fail(ascii(said))
        raise


@pytest.mark.parametrize("refused", REFUSALS)
@pytest.mark.parametrize("odd", [SPOILT, Spoilt(), f"\ud800{SPOILT}"])
def test_what_is_refused_is_named_safely(refused: Callable[[Any], object], odd: object) -> None:
    with suppress(ck.CampaignKitError), _checked():
        refused(odd)
