"""Horizons: the days of a closed pool end in the plan of the whole, whatever the limits."""

from __future__ import annotations

import re
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from itertools import accumulate, combinations_with_replacement, pairwise
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import frames
from campaignkit.domain._horizons import ForecastHorizon
from campaignkit.planning._lead_sources import FRAME_HOOKS, FrameColumns
from campaignkit.planning._plan import group_by_eligibility, plan_groups
from campaignkit.testing import strategies

MONDAY = date(2026, 11, 23)
FEWER = settings(max_examples=max(25, settings().max_examples // 2))  # each runs several days
MADE = datetime(2026, 11, 1, tzinfo=UTC)


def campaign_of(
    allocation: ck.Allocation, daily: int, total: int | None = None, end: date | None = None
) -> ck.Campaign:
    draft = ck.Campaign.draft(
        id=UUID(int=1),
        client_id=UUID(int=2),
        name="Sydney agencies",
        allocation=allocation,
        daily_lead_limit=daily,
        total_lead_limit=total,
        end_date=end,
        created_at=MADE,
    )
    return draft.activate(at=MADE)


@st.composite
def pools(draw: st.DrawFn) -> Sequence[ck.Lead]:
    """Draw kinds of leads and how many there are of each, so that most pools outlast a day."""
    scores = st.sampled_from((None, 10, 25, 40, 70, 70, 90, 90, 95))
    kinds = st.tuples(scores, strategies.channel_sets(), st.integers(1, 12))
    found = draw(st.lists(kinds, max_size=6))
    leads = [(score, channels) for score, channels, number in found for _ in range(number)]
    return [ck.Lead(f"lead-{n}", score, channels) for n, (score, channels) in enumerate(leads)]


CAMPAIGNS = st.builds(
    campaign_of, strategies.allocations(), st.integers(1, 8), st.none() | st.integers(1, 40)
)
ENDING = st.builds(
    campaign_of,
    strategies.allocations(),
    st.integers(1, 8),
    st.none() | st.integers(1, 40),
    st.none() | st.dates(MONDAY, MONDAY + timedelta(days=5)),
)


def run_days(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], progress: ck.Progress, days: int
) -> Iterator[tuple[ck.Intake, Sequence[ck.Lead]]]:
    """Give the intake of each day, with the leads that were offered to it; the horizon falls."""
    for horizon in range(days, 0, -1):
        taken = ck.intake(campaign, pool, progress=progress, horizon=horizon)
        yield taken, pool
        pool = [lead for lead in pool if lead.id not in taken.assignments]
        assert taken.progress.day is not None
        progress = evolve(
            taken.progress, day=taken.progress.day + timedelta(days=1), admitted_today=0
        )


def plan_all_days(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], begin: ck.Progress, days: int
) -> ck.Plan:
    """Plan all leads that the limits let in on so many days as one batch."""
    later = campaign.daily_lead_limit * (days - 1)
    total = campaign.remaining(begin)[ck.Reason.TOTAL_LIMIT]
    capacity = min(total, campaign.capacity(begin) + later)
    groups = group_by_eligibility(campaign.allocation, pool, ck.DEFAULT_GATE, capacity=capacity)
    return plan_groups(groups, carried=begin.carried)


def progress_of(campaign: ck.Campaign, carried: ck.ChannelCounts, today: int = 0) -> ck.Progress:
    return ck.Progress(
        MONDAY,
        admitted_today=today,
        admitted_total=today,
        carried=carried,
        allocation=campaign.allocation,
    )


@FEWER
@given(CAMPAIGNS, pools(), strategies.channel_counts(), st.integers(1, 6), st.integers(0, 8))
def test_the_days_end_in_the_leads_and_totals_of_one_plan_of_all(
    campaign: ck.Campaign,
    pool: Sequence[ck.Lead],
    carried: ck.ChannelCounts,
    horizon: int,
    today: int,
) -> None:
    begin = progress_of(campaign, carried, min(today, campaign.daily_lead_limit))
    whole = plan_all_days(campaign, pool, begin, horizon)

    days = [taken for taken, _ in run_days(campaign, pool, begin, horizon)]
    assert {i for taken in days for i in taken.assignments} == {*whole.assignments}
    assert sum((taken.plan.counts for taken in days), ck.ChannelCounts({})) == whole.counts


@FEWER
@given(CAMPAIGNS, pools(), strategies.channel_counts(), st.integers(2, 6))
def test_each_day_is_full_and_no_better_lead_of_a_set_waits(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], carried: ck.ChannelCounts, horizon: int
) -> None:
    for taken, offered in run_days(campaign, pool, progress_of(campaign, carried), horizon):
        waiting = set(taken.deferred.values())
        assert waiting <= {ck.Reason.RESERVED, ck.Reason.DAILY_LIMIT, ck.Reason.TOTAL_LIMIT}
        new, progress = len(taken.assignments), taken.progress
        if taken.deferred:
            assert not campaign.capacity(progress)
        assert {*taken.assignments, *taken.deferred, *taken.unassigned} == {
            lead.id for lead in offered
        }
        assert new == taken.plan.counts.total
        assert (taken.plan.counts == taken.plan.target) == (not taken.plan.bottlenecks)
        groups: dict[object, list[ck.Lead]] = {}
        for lead in offered:
            opened = ck.DEFAULT_GATE.channels(lead.als_score) & lead.reachable
            shares = campaign.allocation
            groups.setdefault(frozenset(c for c in opened if shares[c]), []).append(lead)
        for leads in groups.values():
            leads.sort(key=lambda lead: (-(lead.als_score or 0), lead.id))
            is_in = [
                lead.id in taken.assignments for lead in leads if lead.id not in taken.unassigned
            ]
            assert all(before >= after for before, after in pairwise(is_in))


@FEWER
@given(CAMPAIGNS, pools(), strategies.channel_counts(), st.integers(2, 6))
def test_the_counts_of_a_day_are_the_nearest_to_the_mix_of_the_whole(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], carried: ck.ChannelCounts, horizon: int
) -> None:
    begin = progress_of(campaign, carried)
    whole = plan_all_days(campaign, pool, begin, horizon).counts
    before = {c: carried[c] if share else 0 for c, share in campaign.allocation.items()}
    weights = {c: before[c] + whole[c] for c in ck.Channel if before[c] + whole[c]}

    def find_cost(day: Mapping[ck.Channel, int]) -> Fraction:
        return sum((Fraction((before[c] + day[c]) ** 2, weights[c]) for c in weights), Fraction())

    counts = ck.intake(campaign, pool, progress=begin, horizon=horizon).plan.counts
    assert all(c in weights for c, leads in counts.items() if leads)
    others = map(Counter, combinations_with_replacement(weights, counts.total))
    assert find_cost(counts) == min(map(find_cost, others))


@FEWER
@given(CAMPAIGNS, pools(), st.integers(2, 6))
def test_the_mix_of_each_prefix_is_near_to_that_of_the_whole(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], horizon: int
) -> None:
    begin = progress_of(campaign, ck.ChannelCounts())
    days = [taken.plan.counts for taken, _ in run_days(campaign, pool, begin, horizon)]
    *prefixes, final = accumulate(days)
    used = sum(map(bool, final.amounts))
    for prefix in prefixes:
        for count, whole in zip(prefix.amounts, final.amounts, strict=True):
            share = Fraction(whole, final.total or 1)
            most = Fraction(1, 2) + share * max(0, used - 2) / 2
            assert abs(count - share * prefix.total) <= most


@FEWER
@given(CAMPAIGNS, pools(), strategies.channel_counts())
def test_a_horizon_of_one_day_is_no_horizon(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], carried: ck.ChannelCounts
) -> None:
    begin = progress_of(campaign, carried)
    taken = ck.intake(campaign, pool, progress=begin)
    assert taken.plan == plan_all_days(campaign, pool, begin, 1)
    assert ck.Reason.RESERVED not in taken.deferred.values()
    ended = evolve(campaign, end_date=MONDAY)
    assert ck.intake(ended, pool, progress=begin, horizon="end") == taken


def test_scarce_leads_last_for_the_horizon() -> None:
    pool = [ck.Lead(f"hot-{n:02}", 90) for n in range(20)]
    pool += [ck.Lead(f"cold-{n:02}", 25) for n in range(180)]
    campaign = campaign_of(
        ck.Allocation(email=90, sms=10), daily=20, end=MONDAY + timedelta(days=9)
    )
    begin = progress_of(campaign, ck.ChannelCounts({}))
    greedy = ck.intake(campaign, pool, progress=begin)
    assert greedy.plan.counts["sms"] == 2
    assert sum(i.startswith("hot") for i in greedy.assignments) == 20
    paced = ck.intake(campaign, pool, progress=begin, horizon="end")
    assert paced == ck.intake(campaign, pool, progress=begin, horizon=10)
    assert paced.plan.counts == ck.ChannelCounts({"email": 18, "sms": 2})
    assert sum(i.startswith("hot") for i in paced.assignments) == 2
    assert paced.deferred["hot-19"] is ck.Reason.RESERVED
    assert paced.explain("hot-19") == (
        "'hot-19' waits: the lead is planned for a later day of the horizon"
    )
    days = [taken for taken, _ in run_days(campaign, pool, begin, 10)]
    assert sum(taken.plan.counts["sms"] for taken in days) == 20


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True, None, "week", 100_001, []])
def test_what_is_no_horizon_is_refused(horizon: object) -> None:
    campaign = campaign_of(ck.DEFAULT_ALLOCATION, daily=1)
    begin = progress_of(campaign, ck.ChannelCounts({}))
    fault = 'horizon must be a number of days from 1 to 100,000, or "end", not '
    with pytest.raises(ck.PlanError, match=fault):
        ck.intake(campaign, [], progress=begin, horizon=horizon)  # type: ignore[arg-type]
    with pytest.raises(ck.CampaignError, match=fault):
        ck.AssignLeads([], MONDAY, horizon)  # type: ignore[arg-type]


def test_the_end_of_a_campaign_without_one_is_refused() -> None:
    campaign = campaign_of(ck.DEFAULT_ALLOCATION, daily=1)
    begin = progress_of(campaign, ck.ChannelCounts({}))
    with pytest.raises(ck.PlanError, match="the campaign has no end date"):
        ck.intake(campaign, [], progress=begin, horizon="end")


@FEWER
@given(
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
    st.integers(2, 9),
    st.none() | st.integers(5, 40),
    st.none() | st.integers(1, 6),
    st.integers(1, 4),
)
def test_a_channel_gets_what_the_sentence_of_an_intake_says(
    by_tier: Sequence[int], daily: int, total: int | None, days: int | None, horizon: int
) -> None:
    tiers = zip((90, 70, 40, 25), by_tier, strict=True)
    scores = [score for score, number in tiers for _ in range(number)]
    pool = [ck.Lead(f"lead-{n:02}", score) for n, score in enumerate(scores)]
    end = None if days is None else MONDAY + timedelta(days=days - 1)
    campaign = campaign_of(ck.Allocation(email=40, voice=30, sms=20, mail=10), daily, total, end)
    begin = progress_of(campaign, ck.ChannelCounts({}))
    taken = ck.intake(campaign, pool, progress=begin, horizon=horizon)
    for sentence in taken.sentences:
        if (named := re.search(r"a horizon of ([\d,]+) days", sentence)) is None:
            continue
        ahead = int(named[1].replace(",", ""))
        assert days is None or ahead <= days
        kept = [each.plan.counts for each, _ in run_days(campaign, pool, begin, ahead)]
        rest = [lead for lead in pool if lead.id not in taken.assignments]
        tomorrow = evolve(taken.progress, day=MONDAY + timedelta(days=1), admitted_today=0)
        later = [each.plan.counts for each, _ in run_days(campaign, rest, tomorrow, ahead - 1)]
        best, reached = (
            sum(some, ck.ChannelCounts({})) for some in (kept, [taken.plan.counts, *later])
        )
        for channel, ends, most in re.findall(
            r"(\w+) can end at ([\d,]*\d) of ([\d,]*\d)", sentence
        ):
            assert (reached[channel], best[channel]) == (int(ends), int(most))


def test_sentences_count_from_the_day_of_the_intake() -> None:
    campaign = campaign_of(ck.Allocation(email=50, sms=50), daily=2)
    begin = progress_of(campaign, ck.ChannelCounts({"email": 5, "sms": 5}))
    pool = [ck.Lead("a", 90), ck.Lead("b", 90), ck.Lead("c", 25), ck.Lead("d", 25)]
    advice = "a horizon of 2 days would keep leads for it"
    taken = ck.intake(campaign, pool, progress=begin)
    assert taken.sentences == (f"sms can still get 1 of 2; {advice}",)
    result = ck.forecast(campaign, pool, days=2, progress=begin)
    assert result.sentences[-1] == f"sms still gets 1 of 2; {advice}"
    paced = ck.intake(campaign, [*pool, ck.Lead("e", 40)], progress=begin, horizon=3)
    assert paced.sentences == (
        "1 hot lead waits for a later day of the horizon, and 1 cool is admitted today",
    )


@FEWER
@given(strategies.allocations(), st.integers(1, 60), st.integers(1, 6), st.integers(2, 6))
def test_a_day_of_leads_that_may_get_anything_meets_its_target(
    allocation: ck.Allocation, leads: int, daily: int, horizon: int
) -> None:
    campaign = campaign_of(allocation, daily)
    pool = [ck.Lead(f"lead-{n}", 90) for n in range(leads)]
    for taken, _ in run_days(campaign, pool, progress_of(campaign, ck.ChannelCounts({})), horizon):
        assert taken.plan.counts == taken.plan.target


@FEWER
@given(CAMPAIGNS, pools(), strategies.channel_counts(), st.integers(1, 6), st.integers(1, 8))
def test_a_forecast_does_what_the_intakes_do(
    campaign: ck.Campaign,
    pool: Sequence[ck.Lead],
    carried: ck.ChannelCounts,
    horizon: int,
    days: int,
) -> None:
    begin = progress_of(campaign, carried)
    result = ck.forecast(campaign, pool, days=days, progress=begin, horizon=horizon)
    later = [1] * max(0, days - horizon)
    waiting, progress = list(pool), begin
    for each, ahead in zip(result.days, [*range(horizon, 0, -1), *later], strict=False):
        taken = ck.intake(campaign, waiting, progress=progress, horizon=ahead)
        assert each.counts == taken.plan.counts
        assert each.progress == taken.progress
        waiting = [lead for lead in waiting if lead.id not in taken.assignments]
        tomorrow = each.day + timedelta(days=1)
        progress = evolve(taken.progress, day=tomorrow, admitted_today=0)
    assert result.horizon == horizon


@FEWER
@given(CAMPAIGNS, pools(), strategies.channel_counts(), st.integers(1, 8))
def test_a_horizon_of_all_days_attains_what_is_attainable(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], carried: ck.ChannelCounts, days: int
) -> None:
    begin = progress_of(campaign, carried)
    result = ck.forecast(campaign, pool, days=days, progress=begin, horizon=days)
    given_out = sum((each.counts for each in result.days), ck.ChannelCounts({}))
    assert given_out == result.attainable
    assert not any("would keep leads" in sentence for sentence in result.sentences)
    greedy = ck.forecast(campaign, pool, days=days, progress=begin)
    assert greedy.attainable == result.attainable
    whole = ck.forecast(campaign, pool, days=60, progress=begin, horizon="pool")
    assert sum((each.counts for each in whole.days), ck.ChannelCounts({})) == whole.attainable


def test_a_forecast_shows_which_horizon_to_choose() -> None:
    campaign = campaign_of(
        ck.Allocation(email=90, sms=10), daily=20, end=MONDAY + timedelta(days=9)
    )
    begin = progress_of(campaign, ck.ChannelCounts({}))
    pool = {"hot": 20, "cold": 180}
    greedy = ck.forecast(campaign, pool, days=10, progress=begin)
    assert greedy.sentences[-1] == (
        "sms ends at 2 of 20; a horizon of 10 days would keep leads for it"
    )
    paced = [ck.forecast(campaign, pool, days=10, progress=begin, horizon=h) for h in (10, "pool")]
    assert paced[0] == paced[1]
    assert paced[0].horizon == 10
    assert paced[0].sentences[-1] == (
        "hot leads go out until 2026-12-02; without a horizon, as many go out by 2026-11-23"
    )
    ends = ck.forecast(campaign, pool, days=10, progress=begin, horizon="end")
    assert ends.attainable["sms"] == sum(day.counts["sms"] for day in ends.days)


def test_a_forecast_shorter_than_its_horizon_says_so() -> None:
    campaign = campaign_of(ck.Allocation(email=50, sms=50), daily=20)
    begin = progress_of(campaign, ck.ChannelCounts({}))
    pool = {"hot": 20, "cold": 180}
    cases: list[tuple[ForecastHorizon, str]] = [(10, "5 days"), ("pool", "5 days"), (6, "1 day")]
    for horizon, longer in cases:
        result = ck.forecast(campaign, pool, days=5, progress=begin, horizon=horizon)
        (said,) = [each for each in result.sentences if each.startswith("sms ends at ")]
        assert said.endswith(f" of 20; the horizon is {longer} longer than this forecast")
    whole = ck.forecast(campaign, pool, days=10, progress=begin, horizon=50)
    assert not [each for each in whole.sentences if each.startswith("sms ends at ")]


HOT_AND_COLD = [ck.Lead("hot", 90), *[ck.Lead(f"cold-{n}", 25) for n in range(3)]]


@FEWER
@example(campaign_of(ck.Allocation(email=50, sms=50), 1, None, MONDAY), HOT_AND_COLD, 0, 1)
@example(campaign_of(ck.Allocation(email=50, sms=50), 1), HOT_AND_COLD, 1, 1)
@given(ENDING, pools(), st.integers(0, 8), st.integers(1, 3))
def test_the_horizon_that_a_sentence_names_keeps_what_it_says(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], today: int, horizon: int
) -> None:
    begin = progress_of(
        campaign,
        ck.ChannelCounts({}),
        min(today, campaign.daily_lead_limit, campaign.total_lead_limit or today),
    )
    taken = ck.intake(campaign, pool, progress=begin, horizon=horizon)
    result = ck.forecast(campaign, pool, days=45, progress=begin, horizon=horizon)
    for sentence in taken.sentences + result.sentences:
        if found := re.search("a horizon of (.+) days would keep leads for", sentence):
            named = int(found[1].replace(",", ""))
            ahead = ck.forecast(campaign, pool, days=45, progress=begin, horizon=named)
            ends = re.findall(r"(\w+) (?:can end|ends) at \S+ of ([\d,]+)", sentence)
            assert ends
            for channel, most in ends:
                assert ahead.counts[channel] == int(most.replace(",", ""))


@FEWER
@example(campaign_of(ck.Allocation(email=50, sms=50), 1, None, MONDAY), HOT_AND_COLD, 2)
@given(ENDING, pools(), st.integers(2, 9))
def test_no_leads_are_kept_for_days_after_the_end_of_a_campaign(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], horizon: int
) -> None:
    begin = progress_of(campaign, ck.ChannelCounts({}))
    ends = campaign.end_date
    most = horizon if ends is None else min(horizon, (ends - MONDAY).days + 1)
    assert ck.intake(campaign, pool, progress=begin, horizon=horizon) == ck.intake(
        campaign, pool, progress=begin, horizon=most
    )
    result = ck.forecast(campaign, pool, days=45, progress=begin, horizon="pool")
    assert result.counts == result.attainable


@FEWER
@example(campaign_of(ck.Allocation(email=50, sms=50), 1), [*HOT_AND_COLD, ck.Lead("b", 90)], 2, 4)
@given(ENDING, pools(), st.integers(1, 8), st.integers(2, 9))
def test_a_forecast_says_when_as_many_of_the_best_leads_go_out_without_a_horizon(
    campaign: ck.Campaign, pool: Sequence[ck.Lead], days: int, horizon: int
) -> None:
    begin = progress_of(campaign, ck.ChannelCounts({}))
    paced = ck.forecast(campaign, pool, days=days, progress=begin, horizon=horizon)
    greedy = ck.forecast(campaign, pool, days=days, progress=begin)

    def admitted(result: ck.Forecast, tier: str, last: str) -> int:
        return sum(row.leads for row in result.rows if row.tier == tier and str(row.day) <= last)

    for sentence in paced.sentences:
        if found := re.match("(.+) leads go out until (.+); without a horizon, (.+) by", sentence):
            tier, last, words = found.groups()
            soonest = sentence.rpartition(" ")[2]
            assert words == "as many go out"
            assert str(paced.find_last_day(ck.ALSTier(tier))) == last
            assert admitted(greedy, tier, soonest) >= admitted(paced, tier, last)


@pytest.mark.parametrize(
    ("horizons", "faults"),
    [
        ([], ['horizons must be a list of horizons, such as [1, 20, "pool"], not []']),
        (7, ['horizons must be a list of horizons, such as [1, 20, "pool"], not 7']),
        (
            [0, "end"],
            [
                'horizons: each must be a number of days from 1 to 100,000, "end" or "pool", not 0',
                'horizons: each must be a number of days: the campaign has no end date for "end"',
            ],
        ),
    ],
)
def test_horizons_that_cannot_be_compared_are_refused(horizons: object, faults: list[str]) -> None:
    campaign = campaign_of(ck.DEFAULT_ALLOCATION, daily=1)
    with pytest.raises(ck.PlanError) as caught:
        ck.compare_horizons(campaign, [], horizons, days=[MONDAY])  # type: ignore[arg-type]
    assert list(caught.value.faults) == faults


@FEWER
@given(
    ENDING,
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 8),
    st.sampled_from((1, 3, "pool")),
)
def test_a_forecast_of_counted_leads_is_that_of_as_many_leads(
    campaign: ck.Campaign, hot: int, cold: int, days: int, horizon: ForecastHorizon
) -> None:
    leads = [ck.Lead(f"hot-{n}", 85) for n in range(hot)]
    leads += [ck.Lead(f"cold-{n}", 20) for n in range(cold)]
    counted, listed = (
        ck.forecast(
            campaign,
            pool,
            days=[MONDAY + timedelta(days=n) for n in range(days)],
            progress=progress_of(campaign, ck.ChannelCounts({})),
            horizon=horizon,
        )
        for pool in ({"hot": hot, "cold": cold}, leads)
    )
    assert counted == listed


@pytest.mark.parametrize(
    ("campaign", "days"),
    [
        (campaign_of(ck.Allocation(email=100), 1000, total=30), [MONDAY]),
        (campaign_of(ck.Allocation(email=100), 10, end=MONDAY), [MONDAY]),
        (campaign_of(ck.Allocation(email=100), 10), []),
    ],
)
def test_a_forecast_makes_no_more_leads_than_the_limits_admit(
    campaign: ck.Campaign, days: Sequence[date]
) -> None:
    tracemalloc.start()
    result = ck.forecast(campaign, {"hot": 300_000}, days=days, horizon="pool")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
    assert result.waiting + result.counts.total == 300_000


def test_a_pool_that_lasts_longer_than_any_horizon_has_the_longest() -> None:
    campaign = campaign_of(ck.Allocation(email=100), daily=1)
    result = ck.forecast(campaign, {"hot": 100_002}, days=[MONDAY], horizon="pool")
    assert result.horizon == 100_000


@pytest.mark.parametrize("horizon", [0, True, None, "week"])
def test_what_is_no_horizon_of_a_forecast_is_refused(horizon: object) -> None:
    campaign = campaign_of(ck.DEFAULT_ALLOCATION, daily=1)
    fault = 'horizon must be a number of days from 1 to 100,000, "end" or "pool", not '
    with pytest.raises(ck.PlanError, match=fault):
        ck.forecast(campaign, [], days=[MONDAY], horizon=horizon)  # type: ignore[arg-type]
    with pytest.raises(ck.PlanError, match="the campaign has no end date"):
        ck.forecast(campaign, [], days=[MONDAY], horizon="end")


@FEWER
@given(
    CAMPAIGNS,
    st.lists(st.tuples(pools(), st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=6),
)
def test_new_leads_new_scores_and_releases_on_any_day_break_nothing(
    campaign: ck.Campaign, days: Sequence[tuple[Sequence[ck.Lead], int, int]]
) -> None:
    progress = progress_of(campaign, ck.ChannelCounts({}))
    there: dict[str, ck.Assignment] = {}
    waiting: dict[object, ck.Lead] = {}
    for number, (pool, horizon, released) in enumerate(days):
        # A pool has leads of the same ids again, with other scores and channels.
        waiting |= {lead.id: lead for lead in pool}
        day = MONDAY + timedelta(days=number)
        progress = evolve(progress, day=day, admitted_today=0)
        taken = ck.intake(
            campaign, waiting.values(), progress=progress, already=there, horizon=horizon + 1
        )
        room = campaign.capacity(progress)
        assert len(taken.assignments) == min(room, len(taken.assignments) + len(taken.deferred))
        assert not taken.assignments.keys() & there.keys()
        assert taken.already.keys() == there.keys() & waiting.keys()
        there |= taken.assignments
        freed = ck.release(campaign, [*there][:released], progress=taken.progress, already=there)
        there = {i: one for i, one in there.items() if i not in freed.released}
        progress = freed.progress
        assert progress.admitted_total == len(there)


class Word(str, Enum):  # noqa: UP042  # its str() is its name, unlike that of a StrEnum
    """A horizon in words."""

    POOL = "pool"


def test_horizons_of_a_comparison_are_named_by_what_they_are() -> None:
    campaign = campaign_of(ck.Allocation(email=50, sms=50), 1, end=MONDAY + timedelta(days=2))
    horizons: list[Any] = [np.int64(2), Word.POOL, 9]
    begin = progress_of(campaign, ck.ChannelCounts({}))
    compared = ck.compare_horizons(campaign, HOT_AND_COLD, horizons, days=3, progress=begin)
    assert [*compared] == ["2", "pool", "9"]
    assert "9 (3)" in compared.as_text()


def test_a_frame_is_read_once_for_all_horizons(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of(ck.Allocation(email=50, sms=50), 2)
    pool = [ck.Lead(f"lead-{n}", score) for n, score in enumerate((90, 90, 90, 90, 10, 10))]
    frame = pl.DataFrame({"id": [lead.id for lead in pool], "score": [x.als_score for x in pool]})
    begin = progress_of(campaign, ck.ChannelCounts({}))
    read: list[object] = []
    list_leads = FRAME_HOOKS.list_leads

    def count_reads(source: object, columns: FrameColumns) -> list[ck.Lead]:
        read.append(source)
        return list_leads(source, columns)

    monkeypatch.setattr(FRAME_HOOKS, "list_leads", count_reads)
    compared = ck.compare_horizons(
        campaign, frame, [1, 2, "pool"], days=3, progress=begin, id="id", score="score"
    )
    assert len(read) == 1
    assert compared == ck.compare_horizons(campaign, pool, [1, 2, "pool"], days=3, progress=begin)


def test_the_gate_of_a_result_holds_for_all_horizons() -> None:
    campaign = campaign_of(ck.Allocation(email=50, sms=50), 2)
    frame = pl.DataFrame({"lead_id": ["a", "b", "c", "d"], "als_score": [90, 80, 70, 60]})
    bounds = {"hot": 50, "warm": 40, "cool": 30, "cold": 20}
    gate = ck.ALSGate(bounds, {"hot": {"email", "sms"}})
    made = frames.allocate(frame, campaign.allocation, gate=gate)
    begin = progress_of(campaign, ck.ChannelCounts({}))
    compared = ck.compare_horizons(campaign, made, [1, "pool"], days=2, progress=begin)
    assert compared["1"] == ck.forecast(campaign, made, days=2, progress=begin)
    assert compared["1"].best_tier is ck.ALSTier.HOT
    assert [*compared["1"].days[-1].by_tier] == [ck.ALSTier.HOT]
