"""Which lead an id names, at every door of the domain."""

from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import (
    Allocation,
    AssignLeads,
    Campaign,
    Lead,
    LeadError,
    PlanError,
    Progress,
    ReleaseLeads,
    from_dict,
    intake,
    normalise_email,
    plan,
)
from campaignkit.domain._lead_ids import WHITE_SPACE, find_near_duplicates, fold_id, trim_id
from campaignkit.domain._leads import to_text_ids
from tests.domain.values import Strange

DAY = date(2026, 11, 23)
ONE_PERSON = ["ann@x.com", "Ann@X.com", "\uff41nn@x.com", "ANN@x.com"]
ZOE = ["Zo\u00eb", "Zoe\u0308"]
OTHERS = ["bob@x.com", "ann@y.com"]
CAMPAIGN = Campaign.draft(client_id=UUID(int=1), name="x").activate(at=datetime.now(UTC))


def test_white_space_is_what_python_strips() -> None:
    spaces = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    assert set(WHITE_SPACE) == spaces


@pytest.mark.parametrize("space", WHITE_SPACE)
def test_white_space_around_an_id_does_not_count_at_any_door(space: str) -> None:
    given_so = f"{space}ann lee{space}{space}"
    lead = Lead(given_so, 90)
    assert lead == Lead("ann lee", 90)
    assert from_dict(Lead, {"id": given_so}).id == "ann lee"
    assert to_text_ids([given_so]) == ["ann lee"]
    assert ReleaseLeads([given_so]).lead_ids == ("ann lee",)
    assert AssignLeads([lead], DAY).lead_ids == ("ann lee",)
    assert "'ann lee' gets" in plan(Allocation(email=100), [lead]).explain(given_so)
    taken = intake(CAMPAIGN, [lead], progress=Progress(DAY))
    assert list(taken.assignments) == ["ann lee"]
    assert "'ann lee' gets" in taken.explain(given_so)


@given(st.text(min_size=1))
def test_an_id_is_exactly_text_and_trimmed_once(text: str) -> None:
    trimmed = trim_id(text)
    assert trim_id(trimmed) == trimmed == (text.strip() or text)


def test_what_is_trimmed_alike_is_the_same_lead_twice() -> None:
    with pytest.raises(PlanError, match="ids must come once"):
        plan(Allocation(email=100), [Lead("ann"), Lead(" ann\n")])


def test_case_and_form_count() -> None:
    ids = [*ONE_PERSON, *ZOE, *OTHERS]
    planned = plan(Allocation(email=100), [Lead(one, 90) for one in ids])
    assert planned.assignments.keys() == set(ids)


def test_near_duplicates_are_a_warning() -> None:
    ids = [*ZOE, *ONE_PERSON, *OTHERS]
    planned = plan(Allocation(email=100), [Lead(one, 90 if one in OTHERS else None) for one in ids])
    expected = tuple(sorted([tuple(sorted(ONE_PERSON)), tuple(sorted(ZOE))]))
    assert planned.near_duplicates == expected
    taken = intake(CAMPAIGN, [Lead(one, 90) for one in ids], progress=Progress(DAY))
    assert taken.near_duplicates == expected


def test_near_duplicates_are_found_wherever_an_intake_puts_them() -> None:
    limited = Campaign.draft(client_id=UUID(int=1), name="x", daily_lead_limit=1)
    limited = limited.activate(at=datetime.now(UTC))
    there = intake(limited, [Lead("ANN", 90)], progress=Progress(DAY))
    batch = [Lead("ANN", 90), Lead("ann", 90), Lead("Ann"), Lead("aNN", 50)]
    taken = intake(limited, batch, progress=Progress(DAY), already=there.assignments)
    assert taken.already
    assert taken.deferred
    assert taken.unassigned
    assert taken.near_duplicates == (("ANN", "Ann", "aNN", "ann"),)


def test_numbers_and_uuids_have_no_near_duplicates() -> None:
    assert find_near_duplicates([1, 2, uuid4(), uuid4()]) == ()


IDS = st.text(st.sampled_from("abA \t\0\u00e4\u00c4"), max_size=3).filter(str.strip)


@given(st.lists(IDS, max_size=8))
def test_near_duplicates_are_the_different_ids_with_one_key(ids: list[str]) -> None:
    texts = {trim_id(text) for text in ids}
    groups = [sorted(t for t in texts if fold_id(t) == key) for key in {*map(fold_id, texts)}]
    expected = sorted(tuple(group) for group in groups if len(group) > 1)
    assert find_near_duplicates(ids) == tuple(expected)


@given(st.text())
def test_near_is_trimmed_folded_and_compatible(text: str) -> None:
    def compose(some: str) -> str:
        return unicodedata.normalize("NFKC", some)

    assert fold_id(text) == compose(compose(text).casefold()).strip()
    for other in (text.upper(), text.lower(), compose(text), f" {text}\t"):
        if compose(compose(other).casefold()).strip() == fold_id(text):
            assert fold_id(other) == fold_id(text)


# --- E-mail addresses ----------------------------------------------------------------------------

ADDRESSES = [
    (" Ann.Lee@EXAMPLE.com\n", "ann.lee@example.com"),
    ("ann+news@x.com", "ann+news@x.com"),
    ("\uff41nn\uff20x.com", "ann@x.com"),
    ("zoe\u0308@x.com", "zo\u00eb@x.com"),
    ("ann@B\u00dcCHER.example", "ann@b\u00fccher.example"),
    ("ann@XN--BCHER-KVA.example", "ann@b\u00fccher.example"),
    ("ann@xn--a\u00df.example", "ann@xn--a\u00df.example"),  # is no Punycode
    ("ann@localhost", "ann@localhost"),
]
NO_ADDRESSES = [
    *("", "ann", "@x.com", "ann@", "ann@x..com", "ann@.com", "a b@x.com", "a@b@x.com"),
    *("Ann <ann@x.com>", "mailto:ann@x.com", "ann@x.com, bob@x.com", '"ann"@x.com'),
    *("ann\u202e@x.com", "ann\x1b@x.com", "ann@x\u200b.com", "a\n@x.com", "\ud800@x.com"),
]


@pytest.mark.parametrize(("address", "normal"), ADDRESSES)
def test_spellings_of_a_mailbox_are_one(address: str, normal: str) -> None:
    assert normalise_email(address) == normal
    assert normalise_email(normal) == normal


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(LeadError, match="address must be one such as"):
        normalise_email(address)


@pytest.mark.parametrize("address", [None, 7, b"ann@x.com", ["ann@x.com"]])
def test_an_address_is_text(address: Strange) -> None:
    with pytest.raises(LeadError, match="address must be text"):
        normalise_email(address)


def test_an_address_has_a_longest_length() -> None:
    with pytest.raises(LeadError, match="at most 320 characters, not 321"):
        normalise_email("a" * 315 + "@x.com")
