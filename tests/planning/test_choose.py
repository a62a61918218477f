"""One lead at a time: the same as a plan of that one lead."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import (
    DEFAULT_ALLOCATION,
    Allocation,
    ALSGate,
    Channel,
    ChannelCounts,
    CountsError,
    Lead,
    Reason,
    choose,
    plan,
    plan_counts,
)
from tests.domain.values import Strange
from tests.planning import oracle
from tests.planning.oracle import ORDER, ChannelSet
from tests.planning.strategies import allocations, amounts, gates, ids, reach, scores

EMAIL, LINKEDIN, VOICE = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
SMS, MAIL = Channel.SMS, Channel.MAIL
lone_leads = st.builds(Lead, id=st.one_of(ids), als_score=scores, reachable=reach)


@given(allocations, lone_leads, amounts(30), gates)
def test_it_equals_a_plan_of_that_one_lead(
    allocation: Allocation, lead: Lead, carried: Mapping[Channel, int] | None, gate: ALSGate
) -> None:
    planned = plan(allocation, [lead], gate=gate, carried=carried)
    assert choose(allocation, lead, carried=carried, gate=gate) == planned.assignments.get(lead.id)


@given(allocations, lone_leads, amounts(30) | amounts(10**12), gates)
def test_it_is_the_open_channel_that_costs_the_least(
    allocation: Allocation, lead: Lead, carried: Mapping[Channel, int] | None, gate: ALSGate
) -> None:
    channels = oracle.eligible(allocation, gate, lead)
    chosen = choose(allocation, lead, carried=carried, gate=gate)
    if isinstance(channels, Reason):
        assert chosen is None
    else:
        has = ChannelCounts(carried or {})
        assert chosen is min(
            sorted(channels, key=ORDER.index),
            key=lambda one: Fraction(2 * has[one] + 1, allocation[one]),
        )


@given(allocations, st.integers(0, 60))
def test_ungated_one_at_a_time_ends_where_one_batch_does(
    allocation: Allocation, leads: int
) -> None:
    given_out = dict.fromkeys(ORDER, 0)
    for number in range(leads):
        channel = choose(allocation, Lead(number, 100), carried=given_out)
        assert channel is not None
        given_out[channel] += 1
    assert given_out == allocation.apportion(leads)


@given(allocations, st.lists(st.frozensets(st.sampled_from(ORDER)), max_size=40))
def test_gated_a_batch_does_no_worse_than_one_at_a_time(
    allocation: Allocation, reached: list[ChannelSet]
) -> None:
    given_out = dict.fromkeys(ORDER, 0)
    demand: dict[ChannelSet, int] = {}
    for number, channels in enumerate(reached):
        demand[channels] = demand.get(channels, 0) + 1
        if channel := choose(allocation, Lead(number, 100, channels), carried=given_out):
            given_out[channel] += 1
    posed, batch = oracle.problem(allocation, demand), plan_counts(allocation, demand)
    assert batch.counts.total == sum(given_out.values())
    assert oracle.cost(posed, batch.counts) <= oracle.cost(posed, given_out)


def test_gated_a_batch_can_do_better_because_it_sees_who_else_is_there() -> None:
    halves = Allocation(email=50, sms=50)
    hot, cold = Lead("hot", 100), Lead("cold", 20)
    assert choose(halves, hot) is EMAIL
    assert choose(halves, cold, carried={EMAIL: 1}) is EMAIL
    assert plan(halves, [hot, cold]).assignments == {"hot": SMS, "cold": EMAIL}


def test_ties_go_to_the_channel_that_comes_first() -> None:
    assert choose(Allocation(voice=50, mail=50), Lead("a", 100)) is VOICE
    assert choose(Allocation(voice=50, mail=50), Lead("a", 100), carried={VOICE: 1}) is MAIL
    # (2·1 + 1) / 60 = (2·0 + 1) / 20
    assert choose(Allocation(email=20, sms=60, mail=20), Lead("a", 100), carried={SMS: 1}) is EMAIL


def test_what_a_channel_without_a_share_carries_is_ignored() -> None:
    halves = Allocation(email=50, voice=50)
    assert choose(halves, Lead("a", 100), carried={EMAIL: 1, LINKEDIN: 0, SMS: 9}) is VOICE


@pytest.mark.parametrize("lead", [Lead("a"), Lead("a", 5), Lead("a", 90, frozenset())])
def test_a_lead_with_no_open_channel_gets_none(lead: Lead) -> None:
    assert choose(DEFAULT_ALLOCATION, lead) is None


@pytest.mark.parametrize("lead", [Lead("a", 90), Lead("a")])
@pytest.mark.parametrize(
    ("carried", "named"),
    [({EMAIL: -1}, "-1"), ({EMAIL: True}, "True"), ({SMS: 0.5}, "0.5"), ({"fax": 1}, "fax")],
)
def test_bad_carried_counts_are_refused(lead: Lead, carried: Strange, named: str) -> None:
    with pytest.raises(CountsError, match=named):
        choose(DEFAULT_ALLOCATION, lead, carried=carried)
