"""Totals of a plan: the best there are, with the proof that nothing better exists."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import (
    DEFAULT_ALLOCATION,
    DEFAULT_GATE,
    Allocation,
    ALSTier,
    Channel,
    ChannelCounts,
    CountsError,
    DomainError,
    Overflow,
    PlanError,
    plan_counts,
)
from tests.domain.values import Strange, assert_value
from tests.planning import oracle
from tests.planning.oracle import ORDER, ChannelSet
from tests.planning.strategies import Call, allocations, amounts, calls, channel_sets, demands

EMAIL, LINKEDIN, VOICE = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
SMS, MAIL = Channel.SMS, Channel.MAIL
ALL = frozenset(ORDER)
HUGE = 10**12


def complete(counts: Mapping[Channel, int]) -> dict[Channel, int]:
    return {channel: counts.get(channel, 0) for channel in ORDER}


def by_tier(hot: int, warm: int, cool: int, cold: int, dead: int = 0) -> dict[ChannelSet, int]:
    leads = dict(zip(ALSTier, (hot, warm, cool, cold, dead), strict=True))
    return {DEFAULT_GATE.channels(tier): number for tier, number in leads.items()}


# --- totals ----------------------------------------------------------------------------------


@given(calls(most=2, sets=4))
def test_totals_are_the_best_of_all_there_are(call: Call) -> None:
    assert call.plan().counts == complete(oracle.brute_force(call.problem()))


@given(calls(most=12))
def test_totals_are_what_giving_one_lead_at_a_time_ends_in(call: Call) -> None:
    assert call.plan().counts == complete(oracle.greedy(call.problem()))


@given(calls(most=12, sets=8))
def test_totals_cost_what_a_linear_program_says(call: Call) -> None:
    posed, counts = call.problem(), call.plan().counts
    linear = oracle.linear(posed)
    assert counts.total == sum(linear.values())
    assert oracle.cost(posed, counts) == oracle.cost(posed, linear)


@given(calls(most=40) | calls(most=1_000) | calls(most=HUGE))
def test_totals_have_no_flaw_at_any_scale(call: Call) -> None:
    assert oracle.flaws(call.problem(), call.plan().counts) == []


@given(calls(most=30))
def test_a_channel_without_a_share_gets_nothing(call: Call) -> None:
    made = call.plan()
    for channel, share in call.allocation.items():
        if share == 0:
            assert made.counts[channel] == made.target[channel] == 0


@given(allocations, demands(20), amounts(30), amounts(15), channel_sets)
def test_one_lead_more_takes_from_no_channel(
    allocation: Allocation,
    demand: Mapping[ChannelSet, int],
    carried: Mapping[Channel, int] | None,
    at_most: Mapping[Channel, int] | None,
    channels: ChannelSet,
) -> None:
    more = {**demand, channels: demand.get(channels, 0) + 1}
    fewer = Call(allocation, demand, carried, at_most).plan().counts
    gain = [
        count - fewer[channel]
        for channel, count in Call(allocation, more, carried, at_most).plan().counts.items()
    ]
    assert min(gain) == 0
    assert sum(gain) <= 1


@given(calls(most=30))
def test_every_lead_is_placed_that_can_be(call: Call) -> None:
    posed, made = call.problem(), call.plan()
    assert made.counts.total == oracle.room(posed, frozenset(posed.shares))
    assert made.held == posed.leads - made.counts.total
    if call.overflow is Overflow.REASSIGN and call.at_most is None:
        assert made.held == 0


@given(calls(most=30))
def test_hold_never_exceeds_a_share(call: Call) -> None:
    posed = call._replace(overflow=Overflow.HOLD).problem()
    made = call._replace(overflow=Overflow.HOLD).plan()
    fair = call.allocation.apportion(posed.leads + sum(posed.carried.values()))
    for channel in posed.shares:
        had = posed.carried[channel]
        assert had + made.counts[channel] <= max(had, fair[channel])


@given(calls(most=30))
def test_no_channel_gets_more_than_its_cap(call: Call) -> None:
    counts = call.plan().counts
    assert all(counts[channel] <= cap for channel, cap in (call.at_most or {}).items())


@given(calls(most=30))
def test_caps_that_bind_nowhere_change_nothing(call: Call) -> None:
    made = call.plan()
    assert call._replace(at_most=made.counts).plan().counts == made.counts


@given(calls(most=30), amounts(100), amounts(100))
def test_what_a_channel_without_a_share_carries_or_may_take_is_ignored(
    call: Call,
    carried: Mapping[Channel, int] | None,
    at_most: Mapping[Channel, int] | None,
) -> None:
    unshared = [channel for channel, share in call.allocation.items() if share == 0]
    changed = call._replace(
        carried={
            **(call.carried or {}),
            **{channel: (carried or {}).get(channel, 7) for channel in unshared},
        },
        at_most={
            **(call.at_most or {}),
            **{channel: (at_most or {}).get(channel, 7) for channel in unshared},
        },
    )
    assert changed.plan() == call.plan()


# --- ungated ---------------------------------------------------------------------------------


@given(allocations, st.integers(0, 200), amounts(60), st.sampled_from(Overflow))
def test_ungated_it_is_sainte_lague_from_what_is_carried(
    allocation: Allocation,
    leads: int,
    carried: Mapping[Channel, int] | None,
    overflow: Overflow,
) -> None:
    made = plan_counts(allocation, {ALL: leads}, carried=carried, overflow=overflow)
    shares = {channel: share for channel, share in allocation.items() if share}
    assert made.counts == complete(oracle.sainte_lague(shares, leads, carried))
    assert made.counts == made.target
    assert (made.held, made.bottlenecks) == (0, ())


@given(allocations, st.lists(st.integers(0, 60), max_size=6))
def test_ungated_many_batches_end_where_one_does(allocation: Allocation, sizes: list[int]) -> None:
    carried = ChannelCounts()
    for size in sizes:
        carried += plan_counts(allocation, {ALL: size}, carried=carried).counts
    assert carried == allocation.apportion(sum(sizes))


# --- target and bottlenecks ------------------------------------------------------------------


@given(calls(most=30))
def test_the_target_is_the_same_batch_ungated_and_uncapped(call: Call) -> None:
    posed, target = call.problem(), call.plan().target
    assert target == complete(oracle.sainte_lague(posed.shares, posed.leads, posed.carried))
    assert target.total == posed.leads


@given(calls(most=40) | calls(most=HUGE))
def test_bottlenecks_are_there_exactly_where_the_target_is_missed(call: Call) -> None:
    made = call.plan()
    assert (made.bottlenecks == ()) == (made.counts == made.target)


@given(calls(most=40) | calls(most=HUGE))
def test_each_bottleneck_proves_that_the_target_cannot_be_met(call: Call) -> None:
    posed, made = call.problem(), call.plan()
    for one in made.bottlenecks:
        assert one.channels <= posed.shares.keys()
        assert one.wanted == oracle.total(made.target, one.channels)
        assert one.room == oracle.room(posed, one.channels)
        assert one.wanted > one.room


@given(calls(most=40) | calls(most=HUGE))
def test_bottlenecks_are_the_smallest_full_sets_of_the_channels_that_fall_short(
    call: Call,
) -> None:
    made = call.plan()
    found = [(one.channels, one.room, one.wanted) for one in made.bottlenecks]
    assert found == oracle.bottlenecks(call.problem(), made.counts, made.target)


def test_bottlenecks_with_the_same_lack_stand_in_canonical_order() -> None:
    fifths = Allocation(email=20, linkedin=20, voice=20, sms=20, mail=20)
    made = plan_counts(
        fifths, {frozenset({EMAIL, VOICE}): 2, frozenset({LINKEDIN}): 2, frozenset({MAIL}): 16}
    )
    # Everyone wants 4. Email and voice together lack 6, sms 4, linkedin 2.
    assert [(set(one.channels), one.wanted - one.room) for one in made.bottlenecks] == [
        ({EMAIL, VOICE}, 6),
        ({SMS}, 4),
        ({LINKEDIN}, 2),
    ]
    same = plan_counts(
        fifths, {frozenset({EMAIL, VOICE}): 6, frozenset({LINKEDIN}): 2, frozenset({MAIL}): 12}
    )
    # Email and voice together lack 2, and so does linkedin: the set with the first channel leads.
    assert [(set(one.channels), one.wanted - one.room) for one in same.bottlenecks] == [
        ({SMS}, 4),
        ({EMAIL, VOICE}, 2),
        ({LINKEDIN}, 2),
    ]


# --- the split over eligibility sets ---------------------------------------------------------


@given(calls(most=30) | calls(most=HUGE))
def test_the_split_adds_up(call: Call) -> None:
    made = call.plan()
    assert made.by_eligibility.keys() == call.demand.keys()
    for channels, row in made.by_eligibility.items():
        assert 0 <= row.total <= call.demand[channels]
        assert min(row.values()) >= 0
        assert all(
            channel in channels and call.allocation[channel]
            for channel, leads in row.items()
            if leads
        )
    for channel in ORDER:
        assert made.counts[channel] == sum(row[channel] for row in made.by_eligibility.values())


@given(calls(most=30))
def test_the_order_in_which_sets_are_named_does_not_matter(call: Call) -> None:
    backwards = dict(reversed(list(call.demand.items())))
    assert call._replace(demand=backwards).plan() == call.plan()


@given(calls(most=30))
def test_sets_without_leads_change_nothing(call: Call) -> None:
    more = call._replace(demand={**dict.fromkeys(oracle.subsets(ORDER), 0), **call.demand}).plan()
    made = call.plan()
    assert (more.counts, more.target, more.held, more.bottlenecks) == (
        made.counts,
        made.target,
        made.held,
        made.bottlenecks,
    )


# --- examples --------------------------------------------------------------------------------


def test_a_hundred_leads_of_a_common_mix_get_the_default_allocation() -> None:
    made = plan_counts(DEFAULT_ALLOCATION, by_tier(hot=10, warm=25, cool=40, cold=25))
    assert made.counts == DEFAULT_ALLOCATION
    assert (made.held, made.bottlenecks) == (0, ())


def test_too_few_hot_leads_for_sms_and_mail() -> None:
    made = plan_counts(DEFAULT_ALLOCATION, by_tier(hot=143, warm=3408, cool=1455, cold=14, dead=2))
    target = {EMAIL: 2008, LINKEDIN: 1506, VOICE: 1004, SMS: 251, MAIL: 251}
    assert made.target == ChannelCounts(target)
    # The other 4,877 leads at 40 : 30 : 20, and 143 at 5 : 5.
    counts = {EMAIL: 2167, LINKEDIN: 1626, VOICE: 1084, SMS: 72, MAIL: 71}
    assert made.counts == ChannelCounts(counts)
    assert [str(one) for one in made.bottlenecks] == ["sms and mail: room for 143, 502 wanted"]
    assert made.held == 0


def test_hold_keeps_what_does_not_fit() -> None:
    made = plan_counts(
        DEFAULT_ALLOCATION,
        by_tier(hot=143, warm=3408, cool=1455, cold=14, dead=2),
        overflow=Overflow.HOLD,
    )
    counts = {EMAIL: 2008, LINKEDIN: 1506, VOICE: 1004, SMS: 72, MAIL: 71}
    assert made.counts == ChannelCounts(counts)
    assert made.held == 502 - 143
    assert [str(one) for one in made.bottlenecks] == ["sms and mail: room for 143, 502 wanted"]


def test_a_cap_is_a_bottleneck() -> None:
    made = plan_counts(
        Allocation(email=60, voice=40), {frozenset({EMAIL, VOICE}): 10}, at_most={VOICE: 1}
    )
    assert (made.counts[EMAIL], made.counts[VOICE], made.held) == (9, 1, 0)
    assert [str(one) for one in made.bottlenecks] == ["voice: room for 1 (at_most), 4 wanted"]


def test_caps_on_every_channel_hold_the_rest() -> None:
    made = plan_counts(
        Allocation(email=60, voice=40), {ALL: 10}, at_most={EMAIL: 4, VOICE: 1, SMS: 9}
    )
    assert (made.counts[EMAIL], made.counts[VOICE], made.held) == (4, 1, 5)


def test_caps_in_channel_counts_are_caps_on_all_channels() -> None:
    half = Allocation(email=50, voice=50)
    named = plan_counts(half, {ALL: 10}, at_most={VOICE: 1})
    all_named = plan_counts(half, {ALL: 10}, at_most=ChannelCounts({VOICE: 1}))
    assert (named.counts[EMAIL], named.held) == (9, 0)
    assert (all_named.counts[EMAIL], all_named.held) == (0, 9)


def test_what_is_carried_is_made_up_for() -> None:
    made = plan_counts(Allocation(email=50, voice=50), {ALL: 10}, carried={EMAIL: 6})
    assert (made.counts[EMAIL], made.counts[VOICE]) == (2, 8)


def test_sets_that_do_not_nest_are_filled_best() -> None:
    # Voice must leave the leads it shares with email to email, and take its own first.
    made = plan_counts(
        Allocation(email=50, voice=50),
        {frozenset({EMAIL, VOICE}): 5, frozenset({VOICE, SMS}): 5},
    )
    assert made.by_eligibility == {
        frozenset({EMAIL, VOICE}): ChannelCounts({EMAIL: 5}),
        frozenset({VOICE, SMS}): ChannelCounts({VOICE: 5}),
    }


def test_a_trillion_leads_take_no_longer_than_fifty() -> None:
    made = plan_counts(
        DEFAULT_ALLOCATION,
        by_tier(hot=HUGE // 10, warm=HUGE // 4, cool=HUGE * 2 // 5, cold=HUGE // 4),
        carried={EMAIL: 3 * HUGE},
    )
    assert made.counts.total == HUGE
    # Cold leads have but email, cool ones but linkedin beside it: linkedin 40 %, voice 25 %.
    counts = {EMAIL: HUGE // 4, LINKEDIN: HUGE * 2 // 5, VOICE: HUGE // 4}
    assert made.counts == ChannelCounts({**counts, SMS: HUGE // 20, MAIL: HUGE // 20})


def test_a_plan_of_counts_is_a_value() -> None:
    made = plan_counts(DEFAULT_ALLOCATION, by_tier(hot=0, warm=9, cool=9, cold=9))
    assert_value(made)
    for one in made.bottlenecks:
        assert_value(one)


def test_no_leads_at_all() -> None:
    made = plan_counts(DEFAULT_ALLOCATION, {})
    assert made.counts == made.target == ChannelCounts()
    assert (dict(made.by_eligibility), made.held, made.bottlenecks) == ({}, 0, ())


def test_leads_without_an_eligible_channel_are_neither_wanted_nor_held() -> None:
    made = plan_counts(Allocation(email=100), {frozenset(): 5, frozenset({SMS, MAIL}): 7})
    assert made.target.total == made.counts.total == made.held == 0
    assert set(made.by_eligibility.values()) == {ChannelCounts()}


def test_sets_that_are_the_same_by_another_name_are_counted_together() -> None:
    named: Strange = {("email", "sms"): 3, frozenset({EMAIL, SMS}): 4, ("sms", "email"): 5}
    assert plan_counts(DEFAULT_ALLOCATION, named).counts.total == 12


def test_channels_may_be_named_by_text() -> None:
    named: Strange = {frozenset({"email", "sms"}): 9}
    assert plan_counts(DEFAULT_ALLOCATION, named, carried={"sms": 4}, at_most={"email": 3}) == (
        plan_counts(
            DEFAULT_ALLOCATION, {frozenset({EMAIL, SMS}): 9}, carried={SMS: 4}, at_most={EMAIL: 3}
        )
    )


# --- errors ----------------------------------------------------------------------------------

BAD_COUNTS: list[tuple[Strange, list[str]]] = [
    ({EMAIL: -1}, ["email", "-1"]),
    ({EMAIL: True}, ["email", "True"]),
    ({EMAIL: 1.0}, ["email", "1.0"]),
    ({EMAIL: "3"}, ["email", "'3'"]),
    ({EMAIL: None}, ["email", "None"]),
    ({"fax": 1}, ["'fax'"]),
    ({EMAIL: -1, "fax": 1, SMS: 0.5}, ["email", "-1", "'fax'", "sms", "0.5"]),
    ([3, 4], ["[3, 4]"]),
]


@pytest.mark.parametrize(("counts", "named"), BAD_COUNTS)
@pytest.mark.parametrize("argument", ["carried", "at_most"])
def test_bad_counts_are_refused_with_all_that_is_wrong(
    argument: str, counts: Strange, named: list[str]
) -> None:
    arguments = {argument: counts}
    with pytest.raises(CountsError) as caught:
        plan_counts(DEFAULT_ALLOCATION, {ALL: 3}, **arguments)
    assert argument in str(caught.value)
    assert [name for name in named if name not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("eligible", "named"),
    [
        ({ALL: -1}, ["-1"]),
        ({ALL: True}, ["True"]),
        ({ALL: 2.0}, ["2.0"]),
        ({frozenset({"fax"}): 2}, ["'fax'"]),
        ({"email": 2}, ["email"]),
        ({EMAIL: 2}, ["email"]),
        ({7: 2}, ["7"]),
        ({ALL: -1, frozenset({"fax"}): 1.5}, ["-1", "'fax'", "1.5"]),
        ([(ALL, 3)], ["must map"]),
    ],
)
def test_bad_sets_are_refused_with_all_that_is_wrong(eligible: Strange, named: list[str]) -> None:
    with pytest.raises(PlanError) as caught:
        plan_counts(DEFAULT_ALLOCATION, eligible)
    assert [name for name in named if name not in str(caught.value)] == []


def test_an_unknown_overflow_is_refused() -> None:
    unknown: Strange = "spill"
    with pytest.raises(DomainError, match="spill"):
        plan_counts(DEFAULT_ALLOCATION, {ALL: 3}, overflow=unknown)
