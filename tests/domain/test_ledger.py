"""What a campaign has done so far."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import (
    DEFAULT_ALLOCATION,
    Allocation,
    ALSTier,
    Assignment,
    Channel,
    ChannelCounts,
    CountsError,
    InvalidError,
    Progress,
)
from campaignkit.testing import strategies as any_
from tests.domain.values import NO_WHOLE_NUMBERS, ForeignInteger, ForeignReal, Strange, assert_value

MOST = 2**31 - 1
DAY = date(2026, 11, 23)
MOMENT = datetime(2026, 11, 23, tzinfo=UTC)


# --- Assignments ---------------------------------------------------------------------------------

ASSIGNMENT = Assignment("lead-1", Channel.SMS, ALSTier.HOT, 90, DAY, epoch=0)


@given(any_.assignments())
def test_an_assignment_is_a_value(assignment: Assignment) -> None:
    assert_value(assignment)


@pytest.mark.parametrize(
    ("field", "bad", "fault"),
    [
        ("lead_id", "", "must not be blank, but is ''"),
        ("lead_id", 7, "must be text, not 7"),
        ("lead_id", "\0a", "must be text without NUL and lone surrogates, not '\\x00a'"),
        ("channel", "sms", f"must be a Channel ({', '.join(Channel)}), not 'sms'"),
        ("channel", None, f"must be a Channel ({', '.join(Channel)}), not None"),
        ("tier", "hot", f"must be an ALSTier ({', '.join(ALSTier)}), not 'hot'"),
        ("tier", None, f"must be an ALSTier ({', '.join(ALSTier)}), not None"),
        ("als_score", None, "must be a number from 0 to 100, not None"),
        ("als_score", True, "must be a number from 0 to 100, not True"),
        ("als_score", 100.1, "must be a number from 0 to 100, not 100.1"),
        ("day", None, "must be a date, not None"),
        ("day", MOMENT, f"must be a date, not {MOMENT!r}"),
        ("epoch", -1, f"must be from 0 to {MOST}, not -1"),
        ("epoch", MOST + 1, f"must be from 0 to {MOST}, not {MOST + 1}"),
        ("epoch", True, "must be a whole number, not True"),
    ],
)
def test_what_is_no_assignment(field: str, bad: Strange, fault: str) -> None:
    with pytest.raises(InvalidError) as caught:
        evolve(ASSIGNMENT, **{field: bad})
    assert caught.value.faults == (f"{field} {fault}",)


def test_all_that_is_wrong_with_an_assignment_is_told_at_once() -> None:
    nothing: Any = [None] * 6
    with pytest.raises(InvalidError) as caught:
        Assignment(*nothing)
    named = [fault.split()[0] for fault in caught.value.faults]
    assert named == ["lead_id", "channel", "tier", "als_score", "day", "epoch"]


def test_an_assignment_takes_numbers_of_other_libraries() -> None:
    score: Any = ForeignReal(84.5)
    epoch: Any = ForeignInteger(3)
    assignment = evolve(ASSIGNMENT, als_score=score, epoch=epoch)
    assert assignment == evolve(ASSIGNMENT, als_score=84.5, epoch=3)
    assert (type(assignment.als_score), type(assignment.epoch)) == (float, int)


class Text(str):
    """A text of another library, as NumPy's str_ is."""

    __slots__ = ()


class Day(date):
    """A date of another library, as Pendulum's is."""


@pytest.mark.parametrize(("field", "strange"), [("lead_id", Text("b")), ("day", Day(2026, 12, 1))])
def test_an_assignment_takes_texts_and_dates_of_other_libraries(
    field: str, strange: Strange
) -> None:
    kept = getattr(evolve(ASSIGNMENT, **{field: strange}), field)
    assert kept == strange
    assert type(kept) is type(getattr(ASSIGNMENT, field))


def test_the_ends_of_the_epochs() -> None:
    assert [evolve(ASSIGNMENT, epoch=epoch).epoch for epoch in (0, MOST)] == [0, MOST]


# --- Progress ------------------------------------------------------------------------------------


@given(any_.progresses())
def test_a_progress_is_a_value(progress: Progress) -> None:
    assert_value(progress)


def test_a_campaign_begins_with_nothing() -> None:
    assert Progress() == Progress(None, 0, 0, ChannelCounts(), None, 0)


def test_numbers_of_other_libraries_become_ints() -> None:
    foreign: Any = ForeignInteger(3)
    progress = Progress(DAY, foreign, foreign, {Channel.SMS: 3}, epoch=foreign)
    assert progress == Progress(DAY, 3, 3, ChannelCounts({"sms": 3}), epoch=3)
    assert type(progress.carried) is ChannelCounts
    numbers = (progress.admitted_today, progress.admitted_total, progress.epoch)
    assert {type(number) for number in numbers} == {int}


@pytest.mark.parametrize("field", ["admitted_today", "admitted_total", "epoch"])
@pytest.mark.parametrize("bad", [*NO_WHOLE_NUMBERS, -1, MOST + 1])
def test_what_is_no_number_of_a_progress(field: str, bad: Strange) -> None:
    with pytest.raises(InvalidError) as caught:
        evolve(Progress(), **{field: bad})
    wanted = f"from 0 to {MOST}" if type(bad) is int else "a whole number"
    assert caught.value.faults == (f"{field} must be {wanted}, not {bad!r}",)


def test_the_ends_of_the_numbers() -> None:
    progress = Progress(DAY, MOST, MOST, epoch=MOST)
    assert (progress.admitted_today, progress.admitted_total, progress.epoch) == (MOST,) * 3


@pytest.mark.parametrize("bad", [MOMENT, "2026-11-23", 0])
def test_the_day_of_a_progress_is_a_date(bad: Strange) -> None:
    with pytest.raises(InvalidError) as caught:
        Progress(bad)
    assert caught.value.faults == (f"day must be a date, not {bad!r}",)


@pytest.mark.parametrize("bad", [{"email": 100}, "default", 0])
def test_the_allocation_of_a_progress_is_one(bad: Strange) -> None:
    with pytest.raises(InvalidError) as caught:
        Progress(allocation=bad)
    assert caught.value.faults == (f"allocation must be an Allocation, not {bad!r}",)


@pytest.mark.parametrize("bad", [{"fax": 1}, {"sms": -1}, 7])
def test_what_is_carried_are_counts(bad: Strange) -> None:
    with pytest.raises(CountsError):
        Progress(carried=bad)


def test_what_is_carried_is_not_negative() -> None:
    carried = ChannelCounts.of([*[0] * (len(Channel) - 1), -1])
    with pytest.raises(InvalidError) as caught:
        Progress(carried=carried)
    assert caught.value.faults == (f"carried must not be negative, as in {carried}",)


@given(st.integers(0, 5), st.integers(0, 5))
def test_no_more_leads_today_than_in_all(today: int, total: int) -> None:
    if today <= total:
        assert Progress(DAY, today, total).admitted_today == today
    else:
        with pytest.raises(InvalidError) as caught:
            Progress(DAY, today, total)
        fault = f"admitted_today {today} is more than admitted_total {total}"
        assert caught.value.faults == (fault,)


@pytest.mark.parametrize("epoch", [0, 1.0])
def test_several_numbers_that_are_not_whole_are_each_refused(epoch: Strange) -> None:
    bad: Any = 1.0
    with pytest.raises(InvalidError) as caught:
        Progress(DAY, bad, bad, epoch=epoch)
    named = [fault.split()[0] for fault in caught.value.faults]
    assert named == ["admitted_today", "admitted_total", *["epoch"] * bool(epoch)]


def test_all_that_is_wrong_with_a_progress_is_told_at_once() -> None:
    bad: Any = "x"
    with pytest.raises(InvalidError) as caught:
        Progress(bad, bad, bad, ChannelCounts.of([-1] * len(Channel)), bad, bad)
    named = {fault.split()[0] for fault in caught.value.faults}
    fields = {"day", "admitted_today", "admitted_total", "carried", "allocation", "epoch"}
    assert named == fields


# --- Epochs --------------------------------------------------------------------------------------

epochs = st.integers(0, 5)


@given(any_.progresses(epoch=epochs), any_.allocations())
def test_counts_belong_to_the_shares_under_which_they_were_made(
    progress: Progress, allocation: Allocation
) -> None:
    under = progress.for_allocation(allocation)
    assert under.allocation == allocation
    others = progress.allocation not in {None, allocation}
    assert under.carried == (ChannelCounts() if others else progress.carried)
    assert under.epoch == progress.epoch + others
    assert under == evolve(
        progress, allocation=allocation, carried=under.carried, epoch=under.epoch
    )
    assert under.for_allocation(allocation) is under


@given(any_.progresses(allocation=any_.allocations(), epoch=epochs))
def test_under_the_same_shares_nothing_changes(progress: Progress) -> None:
    assert progress.allocation is not None
    twin = Allocation.from_mapping(progress.allocation)
    assert progress.for_allocation(progress.allocation) is progress
    assert progress.for_allocation(twin) is progress


def test_other_shares_begin_a_new_epoch() -> None:
    progress = Progress(DAY, 2, 7, {Channel.SMS: 7}, DEFAULT_ALLOCATION, epoch=3)
    assert progress.for_allocation(Allocation(sms=100)) == (
        Progress(DAY, 2, 7, ChannelCounts(), Allocation(sms=100), epoch=4)
    )


def test_counts_of_no_allocation_are_those_of_the_present_one() -> None:
    progress = Progress(DAY, 2, 7, {Channel.SMS: 7}, None, epoch=3)
    assert progress.for_allocation(Allocation(sms=100)) == (
        Progress(DAY, 2, 7, {Channel.SMS: 7}, Allocation(sms=100), epoch=3)
    )


# --- Drift ---------------------------------------------------------------------------------------


def test_drift_is_what_was_carried_against_what_is_fair() -> None:
    carried = {Channel.EMAIL: 8, Channel.SMS: 1, Channel.MAIL: 90}
    progress = Progress(DAY, 0, 99, carried, Allocation(email=60, voice=20, sms=20))
    drift = {Channel.EMAIL: 3, Channel.VOICE: -2, Channel.SMS: -1}
    assert progress.drift == {**dict.fromkeys(Channel, 0), **drift}


def test_what_is_admitted_are_counts_and_what_they_are_under_is_an_allocation() -> None:
    bad: Any = {"sms": 1}
    with pytest.raises(InvalidError) as caught:
        Progress(DAY).admit(bad)
    assert caught.value.faults == (f"counts must be a ChannelCounts, not {bad!r}",)
    with pytest.raises(InvalidError) as caught:
        Progress(DAY).for_allocation(bad)
    assert caught.value.faults == (f"allocation must be an Allocation, not {bad!r}",)


def test_without_an_allocation_nothing_drifts() -> None:
    assert Progress(DAY, 2, 7, {Channel.SMS: 7}).drift == {}
