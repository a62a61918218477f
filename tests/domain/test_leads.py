"""Leads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Channel, Lead, LeadError, PlanError
from campaignkit.domain._leads import check_id, get_ids, name_some, to_text_ids
from campaignkit.testing import strategies as any_
from tests.domain.test_als import CHANNELS, NO_SCORES
from tests.domain.values import (
    NO_GOOD_TEXTS,
    Float,
    ForeignInteger,
    ForeignReal,
    Strange,
    assert_value,
)


@given(any_.leads())
def test_a_lead_is_a_value(lead: Lead) -> None:
    assert_value(lead)


@given(any_.lead_ids())
def test_a_lead_needs_an_id_only(lead_id: str | int | UUID) -> None:
    lead = Lead(lead_id)
    assert lead.id is lead_id
    assert lead.als_score is None
    assert lead.reachable == frozenset(Channel)
    assert lead == Lead(lead_id, None, set(Channel))  # type: ignore[arg-type]


@given(any_.lead_ids(), any_.scores(), any_.channel_sets())
def test_a_lead_keeps_what_it_was_given(
    lead_id: str | int | UUID, score: float, reachable: frozenset[Channel]
) -> None:
    lead = Lead(lead_id, score, reachable)
    assert (lead.id, lead.als_score, lead.reachable) == (lead_id, score, reachable)


@given(st.lists(st.sampled_from(Channel)))
def test_what_can_be_reached_may_be_named(channels: list[Channel]) -> None:
    names: Any = [channel.value for channel in channels]
    lead = Lead("a", reachable=names)
    assert lead.reachable == set(channels)
    assert type(lead.reachable) is frozenset
    assert all(type(channel) is Channel for channel in lead.reachable)


@pytest.mark.parametrize(
    ("score", "plain"), [(ForeignInteger(85), 85), (ForeignReal(84.5), 84.5), (Float(1), 1.0)]
)
def test_scores_of_other_libraries_become_plain_numbers(score: Strange, plain: float) -> None:
    lead = Lead("a", score)
    assert lead == Lead("a", plain)
    assert type(lead.als_score) is type(plain)


def test_ids_of_other_libraries_become_ints() -> None:
    foreign: Any = ForeignInteger(7)
    assert Lead(foreign) == Lead(7)
    assert type(Lead(foreign).id) is int


# --- What is no lead -----------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [None, 1.0, True, False, b"a", ["a"]])
def test_an_id_is_text_or_a_whole_number_or_a_uuid(bad: Strange) -> None:
    with pytest.raises(LeadError) as caught:
        Lead(bad)
    message = f"lead {bad!r}: id must be text, a whole number or a UUID, not {bad!r}"
    assert caught.value.faults == (message,)


@pytest.mark.parametrize("bad", [bad for bad in NO_GOOD_TEXTS if isinstance(bad, str)])
def test_an_id_is_text_that_a_store_can_keep(bad: str) -> None:
    with pytest.raises(LeadError) as caught:
        Lead(bad)
    (fault,) = caught.value.faults
    assert fault.startswith(f"lead {bad!r}: id must ")


@pytest.mark.parametrize("bad", NO_SCORES)
def test_a_score_is_a_number_from_0_to_100(bad: Strange) -> None:
    with pytest.raises(LeadError) as caught:
        Lead("a", bad)
    (fault,) = caught.value.faults
    assert fault.startswith("lead 'a': als_score must be a number from 0 to 100, not ")
    with pytest.raises(LeadError):
        evolve(Lead("a", 90), als_score=bad)


def test_the_score_is_named() -> None:
    with pytest.raises(LeadError) as caught:
        Lead("a", 100.5)
    message = "lead 'a': als_score must be a number from 0 to 100, not 100.5"
    assert caught.value.faults == (message,)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("email", "expected several channels, not the text 'email'"),
        (["fax"], f"no channel is called 'fax'; there are {CHANNELS}"),
        (None, "expected several channels, not None"),
        ([["email"]], f"no channel is called ['email']; there are {CHANNELS}"),
    ],
)
def test_it_is_reachable_on_channels(bad: Strange, message: str) -> None:
    with pytest.raises(LeadError) as caught:
        Lead("a", reachable=bad)
    assert caught.value.faults == (f"lead 'a': reachable: {message}",)


def test_all_that_is_wrong_is_told_at_once() -> None:
    bad: Any = (" ", True, ["fax"])
    with pytest.raises(LeadError) as caught:
        Lead(*bad)
    assert caught.value.faults == (
        "lead ' ': id must not be blank, but is ' '",
        "lead ' ': als_score must be a number from 0 to 100, not True",
        f"lead ' ': reachable: no channel is called 'fax'; there are {CHANNELS}",
    )


# --- Ids of several leads ------------------------------------------------------------------------


@given(st.lists(any_.lead_ids().filter(lambda one: not isinstance(one, int))))
def test_stores_keep_ids_as_text(ids: list[str | UUID]) -> None:
    kept = to_text_ids(iter(ids))
    assert kept == [one if isinstance(one, str) else str(one) for one in ids]
    assert all(type(one) is str for one in kept)


@pytest.mark.parametrize(
    ("alone", "said"), [("lead-1", "the text 'lead-1'"), (7, "7"), (None, "None")]
)
def test_a_lone_value_is_not_several(alone: Strange, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        to_text_ids(alone)
    assert caught.value.faults == (f"lead_ids must be a list or another iterable, not {said}",)
    with pytest.raises(PlanError) as caught:
        get_ids(alone)
    assert caught.value.faults == (f"leads must be a list or another iterable, not {said}",)


def test_stores_keep_no_numbers_for_ids() -> None:
    with pytest.raises(PlanError) as caught:
        to_text_ids(["a", 7, UUID(int=7), 8])
    assert caught.value.faults == (
        "lead_ids: a campaign's leads have ids of text or UUIDs, not 7, 8",
    )
    with pytest.raises(PlanError) as caught:
        to_text_ids(["a", 7, "b" * 513])
    assert caught.value.faults == (
        "lead_ids: a campaign's leads have ids of text or UUIDs, not 7",
        f"lead_ids: a campaign's leads have ids of at most 512 characters, not '{'b' * 79}…'",
    )


@pytest.mark.parametrize("bad", [None, True, 1.5, b"a", ["a"]])
def test_what_is_no_id_is_refused(bad: Strange) -> None:
    with pytest.raises(PlanError) as caught:
        check_id(bad)
    assert caught.value.faults == (f"lead_id must be text, a whole number or a UUID, not {bad!r}",)


def test_ids_are_those_of_leads() -> None:
    assert get_ids(iter([Lead("b"), Lead("a")])) == ["b", "a"]
    strange: Any = [Lead("a"), "b", None]
    with pytest.raises(PlanError) as caught:
        get_ids(strange)
    assert caught.value.faults == ("leads must hold values of Lead only, not 'b', None",)


def test_of_many_values_five_are_named_and_the_rest_counted() -> None:
    assert name_some(["a"]) == "'a'"
    assert name_some(range(5)) == "0, 1, 2, 3, 4"
    assert name_some(range(6)) == "0, 1, 2, 3, 4 and 1 more"
    assert name_some(range(1_234)) == "0, 1, 2, 3, 4 and 1,229 more"
