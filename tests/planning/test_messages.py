"""What the planning says when it refuses, word for word."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

import campaignkit as ck
from campaignkit import Channel, CountsError, Lead, PlanError
from campaignkit.planning import Bottleneck
from tests.domain.values import Strange

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_bottleneck_in_words() -> None:
    ends = frozenset({Channel.EMAIL, Channel.MAIL})
    words = {
        frozenset({Channel.SMS}): "sms: room for 1,000, 2,000 wanted",
        ends: "email and mail: room for 1,000, 2,000 wanted",
        ends | {Channel.SMS}: "email, sms and mail: room for 1,000, 2,000 wanted",
    }
    assert {channels: str(Bottleneck(channels, 1000, 2000)) for channels in words} == words


RUNNING = ck.Campaign.draft(client_id=UUID(int=2), name="x").activate(at=AT)
GOOD: Mapping[str, Any] = {
    "allocation": ck.DEFAULT_ALLOCATION,
    "already": {},
    "by": ck.Actor.user("ann"),
    "campaign": RUNNING,
    "days": 1,
    "eligible": {},
    "gate": ck.DEFAULT_GATE,
    "lead": Lead("a", 90),
    "lead_ids": ["a"],
    "leads": [Lead("a", 90)],
    "mixes": {"asked": ck.DEFAULT_ALLOCATION},
    "pool": [Lead("a", 90)],
    "progress": ck.Progress(date(2026, 11, 23)),
}
FUNCTIONS: Sequence[Callable[..., Any]] = [
    *(ck.allocation_advice, ck.choose, ck.compare, ck.decide, ck.forecast, ck.intake),
    *(ck.plan, ck.plan_counts, ck.release),
]
WANTED = {
    "allocation": "must be an Allocation, not 7",
    "already": "must map ids to Assignments, not be 7",
    "by": "must be an Actor, such as Actor.user('ann'), not 7",
    "campaign": "must be a Campaign, not 7",
    "eligible": "must map sets of channels to leads, not be 7",
    "gate": "must be an ALSGate, not 7",
    "lead": "must be a Lead, not 7",
    "lead_ids": "must be a list or another iterable, not 7",
    "leads": "must be a list or another iterable, not 7",
    "mixes": "must map names to allocations, not be 7",
    "pool": "must be a list or another iterable, not 7",
    "progress": "must be a Progress, not 7",
}
ANY_LEADS = "must be leads, a dataframe, a result of `frames.allocate`, or numbers of leads, not 7"
WANTED_BY: Mapping[Callable[..., Any], Mapping[str, str]] = {
    ck.allocation_advice: {"leads": ANY_LEADS},
    ck.compare: {"leads": ANY_LEADS},
    ck.forecast: {"pool": ANY_LEADS},
}


CASES = [
    (function, argument)
    for function in FUNCTIONS
    for argument in inspect.signature(function).parameters
    if argument in WANTED
]


@pytest.mark.parametrize(("function", "argument"), CASES)
def test_an_argument_of_another_type_is_refused_by_its_name(
    function: Callable[..., Any], argument: str
) -> None:
    names = inspect.signature(function).parameters
    good = {name: value for name, value in GOOD.items() if name in names}
    with pytest.raises(ck.InvalidError) as caught:
        function(**{**good, argument: 7})
    (fault,) = caught.value.faults
    wanted = {**WANTED, **WANTED_BY.get(function, {})}[argument]
    assert fault.replace(" or None", "") == f"{argument} {wanted}"
    assert type(caught.value) is (ck.InvalidError if argument == "by" else PlanError)


def test_leads_by_their_channels_come_in_a_mapping() -> None:
    strange: Strange = [frozenset({Channel.SMS})]
    with pytest.raises(PlanError) as caught:
        ck.plan_counts(ck.DEFAULT_ALLOCATION, strange)
    message = f"eligible must map sets of channels to leads, not be {strange!r}"
    assert caught.value.faults == (message,)


@pytest.mark.parametrize("argument", ["carried", "at_most"])
def test_bad_counts_are_called_what_they_are(argument: str) -> None:
    counts: Strange = {argument: {"email": -1}}
    with pytest.raises(CountsError) as caught:
        ck.plan_counts(ck.DEFAULT_ALLOCATION, {}, **counts)
    message = f"{argument} of email must be a whole number of 0 or more, not -1"
    assert caught.value.faults == (message,)


NO_CARRIED: Strange = {"email": -1, "fax": 2}
NO_CAPS: Strange = {"sms": 0.5}
NO_OVERFLOW: Strange = "spill"
CHANNELS = ", ".join(Channel)
NO_FAX = f"no channel is called 'fax'; there are {CHANNELS}"
COUNT_FAULTS = (
    "carried of email must be a whole number of 0 or more, not -1",
    f"carried names 'fax', which is no channel; there are {CHANNELS}",
    "at_most of sms must be a whole number of 0 or more, not 0.5",
)
OVERFLOW_FAULT = "overflow must be reassign or hold, not 'spill'"


def test_all_that_is_wrong_with_a_plan_of_counts_is_told_at_once() -> None:
    eligible: Strange = {frozenset({"fax"}): -1, frozenset({"sms"}): True, frozenset({"mail"}): "3"}
    with pytest.raises(PlanError) as caught:
        ck.plan_counts(
            ck.DEFAULT_ALLOCATION,
            eligible,
            carried=NO_CARRIED,
            at_most=NO_CAPS,
            overflow=NO_OVERFLOW,
        )
    assert caught.value.faults == (
        "eligible: leads must be a whole number of 0 or more, not -1",
        f"eligible: set frozenset({{'fax'}}): {NO_FAX}",
        "eligible: leads must be a whole number of 0 or more, not True",
        "eligible: leads must be a whole number of 0 or more, not '3'",
        *COUNT_FAULTS,
        OVERFLOW_FAULT,
    )
    assert caught.value.__suppress_context__


def test_all_that_is_wrong_with_a_plan_is_told_at_once() -> None:
    leads = iter([Lead("a", 90), Lead("a", 50)])
    with pytest.raises(PlanError) as caught:
        ck.plan(
            ck.DEFAULT_ALLOCATION,
            leads,
            carried=NO_CARRIED,
            at_most=NO_CAPS,
            overflow=NO_OVERFLOW,
        )
    assert caught.value.faults == (
        "leads: ids must come once, but these come more often: 'a'",
        *COUNT_FAULTS,
        OVERFLOW_FAULT,
    )
    assert caught.value.__suppress_context__


def test_counts_that_alone_are_wrong_are_an_error_of_counts() -> None:
    with pytest.raises(CountsError) as caught:
        ck.plan(ck.DEFAULT_ALLOCATION, [], carried=NO_CARRIED, at_most=NO_CAPS)
    assert caught.value.faults == COUNT_FAULTS
    assert caught.value.__suppress_context__


def test_counts_that_are_wrong_beside_the_overflow_are_an_error_of_the_plan() -> None:
    with pytest.raises(PlanError) as caught:
        ck.plan_counts(ck.DEFAULT_ALLOCATION, {}, at_most=NO_CAPS, overflow=NO_OVERFLOW)
    assert caught.value.faults == (COUNT_FAULTS[-1], OVERFLOW_FAULT)


def test_ids_of_several_kinds_are_shown_with_their_kinds() -> None:
    some, kinds = UUID(int=7), "leads: ids must be all text, all whole numbers or all UUIDs"
    leads = [Lead(some, 90), Lead(8, 90), Lead("a", 90), Lead("a", 80), Lead(8)]
    with pytest.raises(PlanError) as caught:
        ck.plan(ck.DEFAULT_ALLOCATION, leads)
    assert caught.value.faults == (
        f"{kinds}, not 'a' (str), 8 (int), {some!r} (UUID)",
        "leads: ids must come once, but these come more often: 8, 'a'",
    )
