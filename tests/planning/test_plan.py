"""Which lead gets which channel, and why a lead gets none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import (
    DEFAULT_ALLOCATION,
    DEFAULT_GATE,
    Allocation,
    ALSGate,
    ALSTier,
    Channel,
    CountsError,
    DomainError,
    Lead,
    Overflow,
    Plan,
    PlanError,
    Reason,
    plan,
    plan_counts,
)
from campaignkit.domain._lead_ids import LeadId
from tests.domain.values import Strange, assert_value
from tests.planning import oracle
from tests.planning.oracle import ORDER
from tests.planning.strategies import allocations, amounts, gates, leads, overflows

EMAIL, LINKEDIN, VOICE = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
SMS, MAIL = Channel.SMS, Channel.MAIL


class Batch(NamedTuple):
    """The arguments of a call of plan."""

    allocation: Allocation
    leads: list[Lead]
    gate: ALSGate
    carried: Mapping[Channel, int] | None
    at_most: Mapping[Channel, int] | None
    overflow: Overflow

    def plan(self) -> Plan:
        """Ask the library."""
        return plan(
            self.allocation,
            self.leads,
            gate=self.gate,
            carried=self.carried,
            at_most=self.at_most,
            overflow=self.overflow,
        )


batches = st.builds(Batch, allocations, leads, gates, amounts(20), amounts(5), overflows)


@given(batches)
def test_every_lead_is_assigned_or_told_why_not(batch: Batch) -> None:
    made = batch.plan()
    assert not made.assignments.keys() & made.unassigned.keys()
    assert made.assignments.keys() | made.unassigned.keys() == {lead.id for lead in batch.leads}


@given(batches)
def test_no_lead_gets_a_channel_that_is_not_open_to_it(batch: Batch) -> None:
    made = batch.plan()
    for lead in batch.leads:
        channel = made.assignments.get(lead.id)
        if channel is not None:
            assert lead.als_score is not None
            assert channel in batch.gate.channels(oracle.tier(batch.gate, lead.als_score))
            assert channel in lead.reachable
            assert batch.allocation[channel] > 0


@given(batches)
def test_the_reason_is_the_right_one(batch: Batch) -> None:
    made = batch.plan()
    for lead in batch.leads:
        channels = oracle.eligible(batch.allocation, batch.gate, lead)
        if isinstance(channels, Reason):
            assert made.unassigned[lead.id] is channels
        else:
            assert made.unassigned.get(lead.id, Reason.HELD) is Reason.HELD


@given(batches)
def test_rows_add_up_to_the_counts(batch: Batch) -> None:
    made = batch.plan()
    dealt = Counter(made.assignments.values())
    assert made.counts == {channel: dealt[channel] for channel in ORDER}


@given(batches)
def test_totals_are_those_of_the_leads_only_counted(batch: Batch) -> None:
    made = batch.plan()
    groups = oracle.groups(batch.allocation, batch.gate, batch.leads)
    counted = plan_counts(
        batch.allocation,
        {channels: len(group) for channels, group in groups.items()},
        carried=batch.carried,
        at_most=batch.at_most,
        overflow=batch.overflow,
    )
    assert (made.counts, made.target, made.bottlenecks) == (
        counted.counts,
        counted.target,
        counted.bottlenecks,
    )
    assert list(made.unassigned.values()).count(Reason.HELD) == counted.held


@given(batches)
def test_rows_are_the_mirrored_deal_of_the_split_over_eligibility_sets(batch: Batch) -> None:
    made = batch.plan()
    groups = oracle.groups(batch.allocation, batch.gate, batch.leads)
    counted = plan_counts(
        batch.allocation,
        {channels: len(group) for channels, group in groups.items()},
        carried=batch.carried,
        at_most=batch.at_most,
        overflow=batch.overflow,
    )
    expected = oracle.rows(
        batch.allocation, batch.gate, batch.leads, counted.by_eligibility, batch.carried
    )
    assert made.assignments == expected.assignments
    assert made.unassigned == expected.unassigned


@given(batches)
def test_the_held_are_the_lowest_scored_of_their_set(batch: Batch) -> None:
    made = batch.plan()
    for group in oracle.groups(batch.allocation, batch.gate, batch.leads).values():
        is_held = [lead.id in made.unassigned for lead in group]
        assert is_held == sorted(is_held)


@given(batches, st.randoms(use_true_random=False))
def test_the_order_of_the_leads_does_not_matter(batch: Batch, random: Random) -> None:
    shuffled = random.sample(batch.leads, len(batch.leads))
    assert batch._replace(leads=shuffled).plan() == batch.plan()


KINDS: list[Callable[[int], LeadId]] = [lambda i: f"{i:06}", lambda i: i, lambda i: UUID(int=i)]


@pytest.mark.parametrize("make", KINDS, ids=["str", "int", "UUID"])
@given(
    st.lists(st.integers(0, 4).map(lambda step: 20 * step + 15), max_size=30),
    st.randoms(use_true_random=False),
)
def test_equal_scores_are_told_apart_by_id_whatever_its_kind(
    make: Callable[[int], LeadId], scores: list[int], random: Random
) -> None:
    numbers = random.sample(range(999_999), len(scores))
    numbered = [Lead(number, score) for number, score in zip(numbers, scores, strict=True)]
    named = [Lead(make(number), score) for number, score in zip(numbers, scores, strict=True)]
    plain = plan(DEFAULT_ALLOCATION, numbered, at_most={EMAIL: 3}).assignments
    assert plan(DEFAULT_ALLOCATION, named, at_most={EMAIL: 3}).assignments == {
        make(number): plain[number] for number in numbers if number in plain
    }


def test_negative_ids_come_before_positive_ones() -> None:
    made = plan(Allocation(email=100), [Lead(i, 50) for i in (2, -10, 9)], at_most={EMAIL: 1})
    assert set(made.assignments) == {-10}


def test_text_ids_are_ordered_as_text() -> None:
    made = plan(Allocation(email=100), [Lead(i, 50) for i in ("9", "10")], at_most={EMAIL: 1})
    assert set(made.assignments) == {"10"}


def test_a_score_is_the_same_as_an_int_and_as_a_float() -> None:
    scores = [85, 20, 60, 35, 85, 60]
    whole = plan(DEFAULT_ALLOCATION, [Lead(i, score) for i, score in enumerate(scores)])
    mixed = [Lead(i, float(score) if i % 2 else score) for i, score in enumerate(scores)]
    assert plan(DEFAULT_ALLOCATION, mixed) == whole


def test_leads_of_different_tiers_with_the_same_channels_open_are_one_set() -> None:
    # Both leads may use but email and linkedin; the better one goes first, whatever its tier.
    reachable = frozenset({EMAIL, LINKEDIN})
    made = plan(
        Allocation(email=50, linkedin=50),
        [Lead("cool", 40), Lead("hot", 90, reachable)],
        at_most={EMAIL: 1, LINKEDIN: 0},
    )
    assert (made.assignments, made.unassigned) == ({"hot": EMAIL}, {"cool": Reason.HELD})


def test_leads_may_come_as_any_iterable() -> None:
    some = [Lead(i, 90) for i in range(7)]
    assert plan(DEFAULT_ALLOCATION, iter(some)) == plan(DEFAULT_ALLOCATION, some)


def test_no_leads() -> None:
    made = plan(DEFAULT_ALLOCATION, [])
    assert (dict(made.assignments), dict(made.unassigned)) == ({}, {})
    assert (made.counts.total, made.target.total, made.bottlenecks) == (0, 0, ())


def test_a_plan_is_a_value() -> None:
    assert_value(plan(DEFAULT_ALLOCATION, [Lead("a", 90), Lead("b")], at_most={EMAIL: 0}))


def test_each_reason_has_its_lead() -> None:
    gate = ALSGate(
        bounds=DEFAULT_GATE.bounds,
        channels={ALSTier.HOT: {EMAIL, SMS}, ALSTier.WARM: {SMS}, ALSTier.COLD: {EMAIL}},
    )
    made = plan(
        Allocation(email=100),
        [
            Lead("first", 90),
            Lead("second", 89),
            Lead("no score", None, frozenset()),
            Lead("zero", 0),
            Lead("cool", 40),
            Lead("by voice only", 90, frozenset({VOICE})),
            Lead("warm", 70),
            Lead("by sms only", 99, frozenset({SMS, MAIL})),
        ],
        gate=gate,
        at_most={EMAIL: 1},
    )
    assert made.assignments == {"first": EMAIL}
    assert made.unassigned == {
        "second": Reason.HELD,
        "no score": Reason.UNSCORED,
        "zero": Reason.DEAD_TIER,
        "cool": Reason.DEAD_TIER,
        "by voice only": Reason.UNREACHABLE,
        "warm": Reason.NO_SHARE,
        "by sms only": Reason.NO_SHARE,
    }


# --- errors ----------------------------------------------------------------------------------


def test_an_id_that_comes_twice_is_named() -> None:
    with pytest.raises(PlanError, match="'b'") as caught:
        plan(DEFAULT_ALLOCATION, [Lead("a", 9), Lead("b", 50), Lead("c", 90), Lead("b")])
    assert "'a'" not in str(caught.value)
    assert "'c'" not in str(caught.value)


def test_of_many_ids_that_come_twice_a_few_are_named_and_the_rest_counted() -> None:
    twice = [Lead(f"lead-{number % 1_200}", 50) for number in range(2_400)]
    with pytest.raises(PlanError) as caught:
        plan(DEFAULT_ALLOCATION, twice)
    message = str(caught.value)
    named = message.count("'lead-")
    assert 1 <= named <= 10
    assert f"{1_200 - named:,} more" in message
    assert len(message) < 300


@pytest.mark.parametrize(
    "mixed", [("a", 7), (7, UUID(int=8)), (UUID(int=8), "a"), ("a", 7, UUID(int=8))]
)
def test_ids_of_different_kinds_are_refused(mixed: tuple[LeadId, ...]) -> None:
    with pytest.raises(PlanError) as caught:
        plan(DEFAULT_ALLOCATION, [Lead(lead_id, 50) for lead_id in mixed])
    assert [lead_id for lead_id in mixed if repr(lead_id) not in str(caught.value)] == []


def test_all_that_is_wrong_with_ids_is_said_at_once() -> None:
    with pytest.raises(PlanError) as caught:
        plan(DEFAULT_ALLOCATION, [Lead("a"), Lead("a", 50), Lead(7, 50)])
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("stranger", [None, "lead-1", 7, {"id": "a", "als_score": 90}])
def test_what_is_no_lead_is_named(stranger: Strange) -> None:
    with pytest.raises(PlanError) as caught:
        plan(DEFAULT_ALLOCATION, [Lead("a", 50), stranger])
    assert repr(stranger) in str(caught.value)


def test_of_many_that_are_no_leads_a_few_are_named_and_the_rest_counted() -> None:
    strangers: Strange = list(range(1_000))
    with pytest.raises(PlanError, match=r"\d+ more") as caught:
        plan(DEFAULT_ALLOCATION, strangers)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("argument", ["carried", "at_most"])
@pytest.mark.parametrize(
    ("counts", "named"),
    [({EMAIL: -1}, "-1"), ({EMAIL: True}, "True"), ({SMS: 0.5}, "0.5"), ({"fax": 1}, "fax")],
)
@pytest.mark.parametrize("some", [[], [Lead("a", 90)]], ids=["no leads", "a lead"])
def test_bad_counts_are_refused(
    argument: str, counts: Strange, named: str, some: list[Lead]
) -> None:
    arguments = {argument: counts}
    with pytest.raises(CountsError, match=named):
        plan(DEFAULT_ALLOCATION, some, **arguments)


def test_an_unknown_overflow_is_refused() -> None:
    unknown: Strange = "spill"
    with pytest.raises(DomainError, match="spill"):
        plan(DEFAULT_ALLOCATION, [Lead("a", 90)], overflow=unknown)
