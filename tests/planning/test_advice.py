"""Advice is feasible and the nearest there is, and the missing leads are as few as will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import permutations
from math import lcm

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import Allocation, ALSTier, Channel, PlanError, allocation_advice
from campaignkit.planning import Advice
from tests.domain.values import Strange, assert_value
from tests.planning.oracle import ChannelSet
from tests.planning.strategies import allocations, channel_sets, demands, gates

EMAIL, LINKEDIN, VOICE = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
SMS, MAIL = Channel.SMS, Channel.MAIL
TIERS = tuple(ALSTier)

Demand = Mapping[ChannelSet, int]


def only(*channels: Channel) -> ChannelSet:
    return frozenset(channels)


def can_be_met(allocation: Allocation, demand: Demand, leads: int) -> bool:
    """Tell whether the plan gives each of so many leads a channel, just as its shares want it."""
    made = ck.plan_counts(allocation, demand)
    return made.counts == made.target and made.counts.total == leads


def distance(one: Allocation, asked: Allocation) -> Fraction:
    return sum(
        (Fraction((one[c] - asked[c]) ** 2, asked[c]) for c in Channel if asked[c]), Fraction()
    )


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield all ways to write a total as so many numbers of 0 or more, the largest first."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        yield from ((first, *rest) for rest in splits(total - first, parts - 1))


def brute_force(asked: Allocation, demand: Demand, leads: int) -> Allocation | None:
    """Try all allocations to the channels that were asked for, the nearest first."""
    named = [c for c in Channel if asked[c]]
    wanted = [asked[c] for c in named]
    scale = lcm(*wanted)

    def how_far(some: tuple[int, ...]) -> int:
        pairs = zip(some, wanted, strict=True)
        return sum((share - want) ** 2 * (scale // want) for share, want in pairs)

    every = sorted(splits(100, len(named)), key=how_far)  # of equals the first one stays first
    made = (Allocation.from_mapping(dict(zip(named, some, strict=True))) for some in every)
    return next((one for one in made if can_be_met(one, demand, leads)), None)


def mixes(channels: int) -> st.SearchStrategy[Allocation]:
    """Give allocations to so many channels."""

    def mix(named: list[Channel], cuts: list[int]) -> Allocation:
        edges = [0, *sorted(cuts), 100]
        shares = {c: edges[i + 1] - edges[i] for i, c in enumerate(named)}
        return Allocation.from_mapping(shares)

    named = st.lists(st.sampled_from(Channel), min_size=channels, max_size=channels, unique=True)
    cut = st.integers(1, 99)
    return st.builds(mix, named, st.lists(cut, min_size=channels - 1, max_size=channels - 1))


def of_three(shares: tuple[int, int, int]) -> Allocation:
    return Allocation.from_mapping(dict(zip((EMAIL, LINKEDIN, VOICE), shares, strict=True)))


def said(advice: Advice) -> str:
    return "; ".join(advice.sentences)


# The search is slow for a handful of leads, to which quite different mixes give the same.
crowds = st.dictionaries(channel_sets, st.integers(10, 200), min_size=1, max_size=6)


def checked_against_brute_force(asked: Allocation, demand: Demand) -> None:
    advice = allocation_advice(asked, demand)
    assert advice.leads == ck.plan_counts(asked, demand).counts.total
    assert advice.nearest == brute_force(asked, demand, advice.leads)


@given(mixes(2), demands(30, 6) | demands(1_000, 6))
def test_of_two_channels_the_nearest_mix_is_found(asked: Allocation, demand: Demand) -> None:
    checked_against_brute_force(asked, demand)


@settings(max_examples=30)
@given(mixes(3), demands(30, 6))
def test_of_three_channels_the_nearest_mix_is_found(asked: Allocation, demand: Demand) -> None:
    checked_against_brute_force(asked, demand)


def beside(one: Allocation, asked: Allocation) -> Iterator[Allocation]:
    """Yield the allocations in which one channel has a little more, and another so much less."""
    named = [c for c in Channel if asked[c]]
    for more, less in permutations(named, 2):
        for percent in range(1, min(3, one[less]) + 1):
            yield evolve(one, **{more.value: one[more] + percent, less.value: one[less] - percent})


@settings(max_examples=50)
@given(mixes(len(Channel)), crowds, st.lists(allocations, min_size=1, max_size=20))
def test_of_all_channels_no_other_mix_that_can_be_met_is_nearer(
    asked: Allocation, demand: Demand, others: list[Allocation]
) -> None:
    advice = allocation_advice(asked, demand)
    others = [one for one in others if not one.mask & ~asked.mask]
    if advice.nearest is None:
        assert not any(can_be_met(one, demand, advice.leads) for one in others)
        return
    assert can_be_met(advice.nearest, demand, advice.leads)
    reached = distance(advice.nearest, asked)
    for one in (*others, *beside(advice.nearest, asked)):
        assert distance(one, asked) >= reached or not can_be_met(one, demand, advice.leads)


@pytest.mark.parametrize(
    ("asked", "demand", "nearest"),
    [
        ((23, 54, 23), {only(LINKEDIN): 60, only(EMAIL, LINKEDIN, VOICE): 3}, (3, 95, 2)),
        ((16, 68, 16), {only(EMAIL, VOICE): 16, only(EMAIL, LINKEDIN, VOICE): 22}, (21, 59, 20)),
        ((7, 86, 7), {only(LINKEDIN): 40, only(EMAIL, LINKEDIN, VOICE): 3}, (5, 92, 3)),
    ],
)
def test_of_equally_near_mixes_the_first_channel_decides_however_close_they_are(
    asked: tuple[int, int, int], demand: Demand, nearest: tuple[int, int, int]
) -> None:
    found = allocation_advice(of_three(asked), demand).nearest
    assert found == of_three(nearest)
    assert found == brute_force(of_three(asked), demand, sum(demand.values()))


@given(allocations, crowds)
def test_what_can_be_met_is_left_as_it_is(asked: Allocation, demand: Demand) -> None:
    advice = allocation_advice(asked, demand)
    met = not ck.plan_counts(asked, demand).bottlenecks
    assert (advice.nearest == asked) is met
    assert (advice.missing == {}) is met
    assert said(advice).endswith(", as asked") is met


# --- the missing leads -----------------------------------------------------------------------


def with_more(demand: Demand, more: Mapping[ALSTier, int], gate: ck.ALSGate) -> Demand:
    together = dict(demand)
    for tier, leads in more.items():
        opened = gate.channels(tier)
        together[opened] = together.get(opened, 0) + leads
    return together


def would_do(
    asked: Allocation, demand: Demand, more: tuple[int, ...], gate: ck.ALSGate, leads: int
) -> bool:
    """Tell whether with so many more leads of each tier all leads can be given the mix."""
    named = dict(zip(TIERS, more, strict=True))
    return can_be_met(asked, with_more(demand, named, gate), leads + sum(more))


coarse = st.sampled_from(
    [(50, 50), (40, 60), (25, 75), (20, 30, 50), (40, 40, 20), (20, 20, 20, 20, 20)]
).flatmap(
    lambda shares: st.permutations(tuple(Channel)).map(
        lambda order: Allocation.from_mapping(dict(zip(order, shares, strict=False)))
    )
)


@settings(max_examples=20)
@given(coarse, demands(3, 3), gates)
def test_the_missing_leads_are_the_fewest_and_the_coldest(
    asked: Allocation, demand: Demand, gate: ck.ALSGate
) -> None:
    advice = allocation_advice(asked, demand, gate=gate)
    most = 4 if advice.missing is None else min(4, sum(advice.missing.values()) - 1)
    for total in range(most + 1):
        for more in splits(total, len(TIERS)):
            assert not would_do(asked, demand, more, gate, advice.leads), more
    if advice.missing is None:
        return
    own = tuple(advice.missing.get(tier, 0) for tier in TIERS)
    assert would_do(asked, demand, own, gate, advice.leads)
    if (total := sum(own)) <= 4:
        good = [m for m in splits(total, 5) if would_do(asked, demand, m, gate, advice.leads)]
        assert min(good) == own


@given(allocations, crowds, gates)
def test_the_missing_leads_make_the_mix_possible(
    asked: Allocation, demand: Demand, gate: ck.ALSGate
) -> None:
    advice = allocation_advice(asked, demand, gate=gate)
    if advice.missing is not None:
        together = with_more(demand, advice.missing, gate)
        assert can_be_met(asked, together, advice.leads + sum(advice.missing.values()))


def test_a_channel_that_no_tier_opens_cannot_be_mended() -> None:
    gate = ck.ALSGate(bounds=ck.DEFAULT_GATE.bounds, channels={ALSTier.HOT: {EMAIL}})
    demand = {frozenset({EMAIL}): 90, frozenset({SMS}): 5}
    advice = allocation_advice(Allocation(email=80, sms=20), demand, gate=gate)
    assert advice.missing is None
    assert said(advice) == (
        "nearest to what was asked, 95 leads can be given email 95% and sms 5%; "
        "no number of leads more would make email 80% and sms 20% possible"
    )


def test_leads_that_no_whole_percentages_fit() -> None:
    demand = {frozenset({EMAIL}): 333_333, frozenset({SMS}): 666_667}
    advice = allocation_advice(Allocation(email=40, sms=60), demand)
    assert advice.nearest is None
    assert advice.missing is not None
    assert said(advice) == (
        "no whole percentages can be met to the lead by 1,000,000 leads; 111,111 more cold leads "
        "would make email 40% and sms 60% possible"
    )


def test_one_lead_is_said_to_be_one() -> None:
    advice = allocation_advice(Allocation(email=50, sms=50), {frozenset({EMAIL}): 2})
    assert said(advice).endswith("; 1 more hot lead would make email 50% and sms 50% possible")


@pytest.mark.parametrize("eligible", [{frozenset({EMAIL}): -1}, {"email": 3}, None])
def test_bad_leads_are_refused(eligible: Strange) -> None:
    with pytest.raises(PlanError):
        allocation_advice(ck.DEFAULT_ALLOCATION, eligible)


def test_advice_is_a_value() -> None:
    advice = allocation_advice(Allocation(email=80, sms=20), {frozenset({EMAIL}): 90})
    assert_value(advice)
    assert ck.from_dict(Advice, ck.to_dict(advice)) == advice
