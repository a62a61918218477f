"""What a campaign still looks for: leads with which it meets its target, and no fewer do."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.domain._brief import compute_needs
from campaignkit.planning._intake import intake
from campaignkit.testing import strategies as any_

# scipy has no type hints of its own.
linprog: Callable[..., Any] = importlib.import_module("scipy.optimize").linprog

DAY = date(2026, 11, 23)
TIERS = tuple(ck.ALSTier)
RUNNING = ck.Campaign.draft(
    client_id=UUID(int=1), name="Sydney agencies", targeting=ck.Targeting(titles=["CEO"])
).activate(at=datetime(2026, 11, 1, tzinfo=UTC))


def meets_the_target(
    allocation: ck.Allocation,
    gate: ck.ALSGate,
    tiers: Mapping[ck.ALSTier, int],
    carried: ck.ChannelCounts,
) -> bool:
    """Plan so many leads of each tier, which can be reached everywhere."""
    batch = Counter[frozenset[ck.Channel]]()
    for tier, leads in tiers.items():
        batch[gate.channels(tier)] += leads
    planned = ck.plan_counts(allocation, batch, carried=carried)
    return planned.target.total == sum(tiers.values()) and planned.counts == planned.target


def all_needs_are_met(brief: ck.Brief, tiers: Mapping[ck.ALSTier, int]) -> bool:
    return all(sum(tiers[t] for t in need.tiers) >= need.leads for need in brief.needs)


small_counts = any_.channel_counts(max_value=12)
progress_today = any_.progresses(
    day=st.just(DAY), admitted_today=st.just(0), admitted_total=st.just(0), carried=small_counts
)


@given(any_.allocations(), any_.gates(), progress_today, st.integers(1, 30), st.data())
def test_leads_meet_the_target_exactly_when_they_meet_every_need(
    allocation: ck.Allocation,
    gate: ck.ALSGate,
    progress: ck.Progress,
    limit: int,
    data: st.DataObject,
) -> None:
    campaign = evolve(RUNNING, allocation=allocation, daily_lead_limit=limit)
    brief = campaign.brief(DAY, progress, gate=gate)
    assert brief.today == brief.wanted.total == limit
    cuts = sorted(data.draw(st.tuples(*[st.integers(0, limit)] * (len(TIERS) - 1))))
    sizes = [high - low for low, high in zip((0, *cuts), (*cuts, limit), strict=True)]
    tiers = dict(zip(TIERS, sizes, strict=True))
    carried = progress.for_allocation(allocation).carried
    eligible = all(
        leads == 0 or gate.channels(t) & sharing(allocation) for t, leads in tiers.items()
    )
    met = all_needs_are_met(brief, tiers)
    assert meets_the_target(allocation, gate, tiers, carried) == (met and eligible)
    if met and all(need.tiers for need in brief.needs):
        assert (
            eligible
        )  # the needs ask for all leads, so none of them can be of a tier that is shut


def sharing(allocation: ck.Allocation) -> set[ck.Channel]:
    return {channel for channel, share in allocation.items() if share}


@given(any_.allocations(), progress_today, st.integers(1, 1000))
def test_with_just_those_leads_it_meets_its_target_and_with_one_fewer_it_does_not(
    allocation: ck.Allocation, progress: ck.Progress, limit: int
) -> None:
    """The default gate nests: each need counts all leads from a score on up."""
    campaign = evolve(RUNNING, allocation=allocation, daily_lead_limit=limit)
    brief = campaign.brief(DAY, progress)
    carried = progress.for_allocation(allocation).carried
    tiers = Counter[ck.ALSTier]()
    for need in brief.needs:
        assert need.als_score == ck.DEFAULT_GATE.bounds[need.tiers[-1]]
        tiers[need.tiers[-1]] = need.leads - tiers.total()
    assert tiers.total() == limit
    assert meets_the_target(allocation, ck.DEFAULT_GATE, tiers, carried)
    for need in brief.needs[:-1]:
        fewer = tiers.copy()
        fewer[need.tiers[-1]] -= 1
        fewer[ck.ALSTier.COLD] += 1
        assert not meets_the_target(allocation, ck.DEFAULT_GATE, fewer, carried)


@given(any_.channel_counts(max_value=20), any_.gates())
def test_no_need_follows_from_the_others(wanted: ck.ChannelCounts, gate: ck.ALSGate) -> None:
    """For each need there are leads that meet all others, and are one short of it."""
    found = [need for need in compute_needs(wanted, gate) if need.tiers]
    for short in found:
        others = [need for need in found if need is not short]
        parts = [need for need in others if set(need.tiers) < set(short.tiers)]
        assert _fewest(short.tiers, parts) < short.leads


def _fewest(tiers: tuple[ck.ALSTier, ...], parts: list[ck.planning.Need]) -> int:
    """Return the fewest leads of these tiers that meet needs of some of them, by trying."""
    if not parts:
        return 0
    rows = [[-float(tier in need.tiers) for tier in tiers] for need in parts]
    made: Any = linprog([1.0] * len(tiers), A_ub=rows, b_ub=[-float(n.leads) for n in parts])
    fewest: float = made.fun
    return round(fewest)


@given(any_.campaigns(), any_.days(), st.data())
def test_any_campaign_says_what_it_looks_for(
    campaign: ck.Campaign, day: date, data: st.DataObject
) -> None:
    progress = data.draw(any_.progresses(day=st.just(day)))
    brief = campaign.brief(day, progress)
    assert (brief.client_id, brief.campaign_id, brief.day) == (campaign.client_id, campaign.id, day)
    assert brief.targeting is campaign.targeting
    running = campaign.is_running(day)
    assert brief.today == (campaign.capacity(progress) if running else 0)
    assert brief.idle == campaign.running(day).reasons
    assert bool(brief.idle) == (not running)
    assert brief.wanted.total == brief.today
    assert (brief.in_all is None) == (campaign.total_lead_limit is None)
    assert brief.in_all is None or brief.today <= brief.in_all
    assert bool(brief.needs) == bool(brief.today)


def test_the_leads_that_it_asks_for_are_what_an_intake_needs() -> None:
    brief = RUNNING.brief(DAY, ck.Progress(DAY))
    assert list(map(str, brief.needs)) == [
        "5 leads of ALS 85 and up for sms and mail",
        "15 leads of ALS 60 and up for voice, sms and mail",
        "30 leads of ALS 35 and up for linkedin, voice, sms and mail",
        "50 leads of ALS 20 and up for email, linkedin, voice, sms and mail",
    ]
    scores = [85] * 5 + [60] * 10 + [35] * 15 + [20] * 20
    leads = [ck.Lead(f"lead-{n}", score) for n, score in enumerate(scores)]
    taken = intake(RUNNING, leads, progress=ck.Progress(DAY))
    assert taken.plan.counts == taken.plan.target == brief.wanted
    after = RUNNING.brief(DAY, taken.progress)
    assert (after.today, after.wanted.total, after.needs) == (0, 0, ())
    tomorrow = DAY + timedelta(days=1)
    assert RUNNING.brief(tomorrow, evolve(taken.progress, day=tomorrow, admitted_today=0)).today


def test_a_channel_that_no_tier_opens_cannot_be_filled() -> None:
    gate = ck.ALSGate(
        bounds={"hot": 85, "warm": 60, "cool": 35, "cold": 20},
        channels={"hot": {"voice"}, "warm": {"email"}, "cold": {"voice", "email"}},
    )
    campaign = evolve(RUNNING, allocation=ck.Allocation(email=40, voice=40, sms=20))
    assert list(map(str, campaign.brief(DAY, ck.Progress(DAY), gate=gate).needs)) == [
        "10 leads for sms, which no tier opens",
        "20 leads of hot and cold for voice",
        "20 leads of warm and cold for email",
        "40 leads of hot, warm and cold for email and voice",
    ]


def test_one_lead_more_is_a_need_of_its_own() -> None:
    wanted = ck.ChannelCounts({"email": 1, "linkedin": 1, "voice": 1, "mail": 1})
    assert list(map(str, compute_needs(wanted, ck.DEFAULT_GATE))) == [
        "1 lead of ALS 85 and up for mail",
        "2 leads of ALS 60 and up for voice and mail",
        "3 leads of ALS 35 and up for linkedin, voice and mail",
        "4 leads of ALS 20 and up for email, linkedin, voice and mail",
    ]


def only(*channels: ck.Channel) -> frozenset[ck.Channel]:
    return frozenset(channels)


def test_where_each_tier_opens_something_any_lead_will_do_for_the_rest() -> None:
    gate = ck.ALSGate(
        bounds=ck.DEFAULT_GATE.bounds,
        channels=dict.fromkeys(TIERS, only(ck.Channel.SMS))
        | {ck.ALSTier.HOT: only(ck.Channel.LINKEDIN)},
    )
    wanted = ck.ChannelCounts({"email": 1, "linkedin": 2, "sms": 3})
    assert list(map(str, compute_needs(wanted, gate))) == [
        "1 lead for email, which no tier opens",
        "2 leads of ALS 85 and up for linkedin",
        "3 leads of warm, cool, cold and dead for sms",
    ]
    every = evolve(gate, channels=dict.fromkeys(TIERS, only(ck.Channel.EMAIL)))
    (need,) = compute_needs(ck.ChannelCounts({"email": 1}), every)
    assert (str(need), need.als_score) == ("1 lead of ALS 0 and up for email", 0)


@pytest.mark.parametrize("other", [None, date(2026, 11, 22)])
def test_the_progress_is_that_of_the_day(other: date | None) -> None:
    with pytest.raises(
        ck.CampaignError, match="the progress must be that of the day 2026-11-23, not of"
    ):
        RUNNING.brief(DAY, ck.Progress(other))


def test_what_was_carried_is_not_wanted_again() -> None:
    carried = ck.ChannelCounts({"email": 20})
    progress = ck.Progress(DAY, carried=carried, allocation=RUNNING.allocation)
    wanted = RUNNING.brief(DAY, progress).wanted
    assert (
        wanted
        == ck.plan_counts(
            RUNNING.allocation, {frozenset(ck.Channel): RUNNING.daily_lead_limit}, carried=carried
        ).target
    )
    assert wanted != RUNNING.brief(DAY, ck.Progress(DAY)).wanted
