"""A forecast tells what a service would do with a pool, day by day."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import (
    Actor,
    Campaign,
    CampaignService,
    CampaignStatus,
    Channel,
    Forecast,
    Lead,
    NotRunningError,
    PlanError,
    Progress,
    Reason,
    TransitionError,
    forecast,
)
from campaignkit.planning import ForecastRow
from campaignkit.storage import MemoryStore
from campaignkit.testing import strategies
from tests.domain.values import Strange, assert_value

# pandas has no type hints of its own.
DataFrame: Callable[..., Any] = importlib.import_module("pandas").DataFrame

MONDAY = date(2026, 11, 23)
ANN = Actor.user("ann")
MADE = datetime(2026, 11, 1, tzinfo=UTC)


a_campaign = partial(
    Campaign.draft, id=UUID(int=1), client_id=UUID(int=2), name="Sydney", created_at=MADE
)


campaigns = st.builds(
    a_campaign,
    allocation=strategies.allocations(),
    daily_lead_limit=st.integers(1, 6),
    total_lead_limit=st.none() | st.integers(1, 30),
    start_date=st.none() | st.dates(MONDAY, MONDAY + timedelta(days=2)),
    end_date=st.none() | st.dates(MONDAY + timedelta(days=3), MONDAY + timedelta(days=9)),
)
pools = strategies.lead_batches(strategies.texts() | st.uuids().map(str), max_size=25)
calendars = st.sets(st.dates(MONDAY, MONDAY + timedelta(days=9)), min_size=1).map(sorted)


@settings(max_examples=60)
@given(campaigns, pools, calendars, strategies.gates())
def test_it_equals_a_service_that_takes_the_pool_day_by_day(
    campaign: Campaign, pool: list[Lead], days: list[date], gate: ck.ALSGate
) -> None:
    result = forecast(campaign, pool, days=days, gate=gate)
    service = CampaignService(MemoryStore(), gate=gate)
    service.create(campaign, by=ANN)
    who = campaign.client_id, campaign.id
    service.activate(*who, by=ANN)
    assert [each.day for each in result.days] == days
    rows: list[ForecastRow] = []
    taken: set[str] = set()
    for each in result.days:
        if each.idle:
            with pytest.raises(NotRunningError) as refused:
                service.intake(*who, pool, day=each.day, by=ANN)
            assert each.idle == refused.value.decision.messages
            assert each.counts == each.target == ck.ChannelCounts()
            assert (each.bottlenecks, each.by_tier) == ((), {})
            assert each.progress.admitted_total == len(taken)
            continue
        made = service.intake(*who, pool, day=each.day, by=ANN)
        assert each.progress == made.progress == service.store.progress(*who, each.day)
        assert (each.counts, each.target) == (made.plan.counts, made.plan.target)
        assert each.bottlenecks == made.plan.bottlenecks
        given_out = Counter((a.channel.value, a.tier.value) for a in made.assignments.values())
        rows += [
            ForecastRow(each.day, channel, tier, given_out[channel, tier])
            for channel, tier in product(Channel, ck.ALSTier)
            if given_out[channel, tier]
        ]
        taken |= made.assignments.keys()
        assert (result.pool_exhausted is not None and result.pool_exhausted <= each.day) is (
            not made.deferred
        )
    assert list(result.rows) == rows
    assert len(taken) + result.waiting + sum(result.unassigned.values()) == len(pool)
    planned = ck.plan(campaign.allocation, pool, gate=gate)
    assert result.unassigned == Counter(planned.unassigned.values())
    limit = campaign.total_lead_limit
    full = [each.day for each in result.days if each.progress.admitted_total == limit]
    busy = [day for day in full if not campaign.activate(at=MADE).not_running_reasons(day)]
    assert result.total_reached == min(busy, default=None)


def a_pool(hot: int, cold: int) -> list[Lead]:
    return [Lead(f"hot-{n:02}", 90) for n in range(hot)] + [
        Lead(f"cold-{n:02}", 25) for n in range(cold)
    ]


def test_a_forecast_by_hand() -> None:
    campaign = a_campaign(
        allocation=ck.Allocation(email=50, sms=50), daily_lead_limit=4, total_lead_limit=10
    )
    result = forecast(campaign, [*a_pool(4, 20), Lead("new")], days=4, progress=Progress(MONDAY))
    assert [tuple(row) for row in result.rows] == [
        (MONDAY, "email", "hot", 2),
        (MONDAY, "sms", "hot", 2),
        (MONDAY + timedelta(days=1), "email", "cold", 4),
        (MONDAY + timedelta(days=2), "email", "cold", 2),
    ]
    assert result.total_reached == MONDAY + timedelta(days=2)
    assert result.pool_exhausted is None
    assert (result.waiting, result.unassigned) == (14, {Reason.UNSCORED: 1})
    assert [dict(each.drift) for each in result.days] == [
        {**dict.fromkeys(Channel, 0), Channel.EMAIL: off, Channel.SMS: -off} for off in (0, 2, 3, 3)
    ]
    assert result.sentences == (
        "10 leads in 4 days",
        "the total lead limit of 10 is reached on 2026-11-25",
        "14 leads could still be taken after the last day",
        "the mix drifts from 2026-11-24 on: sms: room for 0, 2 wanted",
        "at the end email is 3 above and sms is 3 below its share",
        "sms ends at 2 of 4; a horizon of 3 days would keep leads for it",
    )


def test_a_pool_that_is_exhausted() -> None:
    result = forecast(
        a_campaign(daily_lead_limit=20), a_pool(100, 0), days=7, progress=Progress(MONDAY)
    )
    assert (result.pool_exhausted, result.waiting) == (date(2026, 11, 27), 0)
    assert [each.counts.total for each in result.days] == [20] * 5 + [0] * 2
    assert result.sentences[1:] == (
        "the pool is exhausted on 2026-11-27",
        "at the end the mix is as asked",
    )


def test_the_drift_that_is_told_is_that_of_the_last_day() -> None:
    campaign = a_campaign(
        allocation=ck.Allocation(email=50, sms=25, mail=25), daily_lead_limit=2, start_date=MONDAY
    )
    ends = [forecast(campaign, a_pool(0, 9), days=days).sentences[-2:] for days in (1, 2)]
    assert ends == [
        (
            "the mix drifts from 2026-11-23 on: sms: room for 0, 1 wanted",
            "at the end email is 1 above and sms is 1 below its share",
        ),
        (
            "the mix drifts from 2026-11-23 on: sms: room for 0, 1 wanted",
            "at the end email is 2 above, sms is 1 below and mail is 1 below its share",
        ),
    ]


def test_each_bottleneck_of_the_first_day_that_has_some_is_told() -> None:
    campaign = a_campaign(
        allocation=ck.Allocation(email=20, voice=70, sms=10), daily_lead_limit=12, start_date=MONDAY
    )
    pool = [*a_pool(1, 9), Lead("warm", 70), Lead("warmer", 71)]
    assert forecast(campaign, pool, days=2).sentences[2] == (
        "the mix drifts from 2026-11-23 on: "
        "voice and sms: room for 3, 10 wanted; voice: room for 3, 9 wanted"
    )


@given(strategies.progresses(day=st.just(MONDAY)), campaigns)
def test_days_without_intake_change_nothing_but_the_day(
    before: Progress, campaign: Campaign
) -> None:
    later = MONDAY + timedelta(days=1)
    draft = evolve(campaign, start_date=later + timedelta(days=1), end_date=None)
    result = forecast(draft, a_pool(1, 0), days=[MONDAY, later], progress=before)
    under = before.for_allocation(draft.allocation)
    assert [each.progress for each in result.days] == [
        under,
        evolve(under, day=later, admitted_today=0),
    ]


def test_days_without_leads_and_leads_without_days() -> None:
    campaign = a_campaign(start_date=MONDAY)
    before = forecast(campaign, [], days=[MONDAY - timedelta(days=1)])
    assert before.pool_exhausted is None
    assert before.sentences == ("0 leads in 1 day", "at the end the mix is as asked")
    never = forecast(campaign, a_pool(1, 0), days=[])
    assert never.sentences == (
        "0 leads in 0 days",
        "1 lead could still be taken after the last day",
    )


def test_it_carries_on_from_a_progress() -> None:
    campaign = a_campaign(daily_lead_limit=10, total_lead_limit=50)
    carried = ck.ChannelCounts({"email": 42})
    before = Progress(MONDAY, admitted_today=7, admitted_total=42, carried=carried)
    result = forecast(campaign, a_pool(20, 0), days=2, progress=before)
    assert [each.counts.total for each in result.days] == [3, 5]
    assert result.days[0].counts[Channel.EMAIL] == 0
    tomorrow = forecast(campaign, a_pool(20, 0), days=[MONDAY + timedelta(days=1)], progress=before)
    assert tomorrow.days[0].counts.total == 8


def test_leads_that_are_there_already_are_left_out() -> None:
    pool = a_pool(5, 0)
    campaign = a_campaign(start_date=MONDAY)
    taken = ck.intake(campaign.activate(at=MADE), pool[:3], progress=Progress(MONDAY))
    result = forecast(campaign, pool, days=1, already=taken.assignments)
    assert result.days[0].counts.total == 2


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.PAUSED])
def test_what_is_not_active_is_told_as_if_it_were(status: CampaignStatus) -> None:
    campaign = evolve(a_campaign(start_date=MONDAY), status=status)
    result = forecast(campaign, a_pool(5, 0), days=1)
    assert result.campaign.status is CampaignStatus.ACTIVE
    assert result.days == forecast(campaign.activate(at=MADE), a_pool(5, 0), days=1).days


def test_what_is_completed_has_no_future() -> None:
    campaign = evolve(a_campaign(), status=CampaignStatus.COMPLETED)
    with pytest.raises(TransitionError, match="completed"):
        forecast(campaign, [], days=1, progress=Progress(MONDAY))


@pytest.mark.parametrize(
    ("days", "faults"),
    [
        (0, ["days must be from 1 to 100000, not 0"]),
        (1.5, ["days must be a whole number, not 1.5"]),
        ([MADE], [f"days: day must be a date, not {MADE!r}"]),
        ([MONDAY, MONDAY], ["days must be in order, but 2026-11-23 comes after 2026-11-23"]),
        (
            [date(2026, 11, 1)],
            ["days must begin on or after 2026-11-23, the day of progress, not on 2026-11-01"],
        ),
    ],
)
def test_bad_days_are_refused(days: Strange, faults: list[str]) -> None:
    with pytest.raises(PlanError) as caught:
        forecast(a_campaign(), [], days=days, progress=Progress(MONDAY))
    assert list(caught.value.faults) == faults


def test_a_forecast_may_begin_on_the_first_date_there_is() -> None:
    result = forecast(a_campaign(), [], days=[date.min], progress=Progress(date.min))
    assert [each.day for each in result.days] == [date.min]


def test_days_that_are_counted_need_a_first_one() -> None:
    first = (
        "days: a number of days needs a first one: pass dates instead, a progress with a day, "
        "or a campaign with a start_date"
    )
    for days, faults in ((3, (first,)), (0, ("days must be from 1 to 100000, not 0", first))):
        with pytest.raises(PlanError) as caught:
            forecast(a_campaign(), [], days=days)
        assert caught.value.faults == faults
    assert forecast(a_campaign(start_date=MONDAY), [], days=3).days[0].day == MONDAY


def test_a_pool_holds_leads_with_the_ids_of_stored_ones() -> None:
    pools: Strange = {
        "pool must hold values of Lead only, not 'a'": ["a"],
        "pool: a campaign's leads have ids of text or UUIDs, not 7": [Lead(7, 90)],
    }
    for message, pool in pools.items():
        with pytest.raises(PlanError) as caught:
            forecast(a_campaign(), pool, days=1, progress=Progress(MONDAY))
        assert caught.value.faults == (message,)


def test_the_calendar_ends() -> None:
    result = forecast(a_campaign(), a_pool(1, 0), days=3, progress=Progress(date(9999, 12, 31)))
    assert len(result.days) == 1


def test_a_forecast_is_a_value() -> None:
    result = forecast(a_campaign(start_date=MONDAY), a_pool(2, 2), days=2)
    assert_value(result)
    assert ck.from_dict(Forecast, ck.to_dict(result)) == result


def test_the_rows_make_a_frame_of_either_library() -> None:
    result = forecast(a_campaign(start_date=MONDAY), a_pool(5, 70), days=3)
    in_pandas, in_polars = DataFrame(result.rows), pl.DataFrame(result.rows)
    assert list(in_pandas.columns) == in_polars.columns == ["day", "channel", "tier", "leads"]
    assert [tuple(row) for row in result.rows] == in_polars.rows()
    assert [tuple(row) for row in result.rows] == list(in_pandas.itertuples(index=False, name=None))
    assert in_polars.schema == {
        "day": pl.Date,
        "channel": pl.String,
        "tier": pl.String,
        "leads": pl.Int64,
    }


TIERS = st.dictionaries(st.sampled_from(ck.ALSTier), st.integers(0, 15))


@settings(max_examples=60)
@given(campaigns, TIERS, calendars, strategies.gates())
def test_a_pool_counted_by_tier_is_one_of_leads_with_the_lowest_scores(
    campaign: Campaign, tiers: dict[ck.ALSTier, int], days: list[date], gate: ck.ALSGate
) -> None:
    lowest = {**gate.bounds, ck.ALSTier.DEAD: 0}
    assume(gate.tier(0) is ck.ALSTier.DEAD)
    pool = [Lead(f"{tier}-{n}", lowest[tier]) for tier, most in tiers.items() for n in range(most)]
    assert forecast(campaign, tiers, days=days, gate=gate) == forecast(
        campaign, pool, days=days, gate=gate
    )


def test_a_pool_counted_by_tier_may_be_large() -> None:
    result = forecast(a_campaign(start_date=MONDAY), {"hot": 10**12, "dead": 10**9}, days=5)
    assert [day.counts.total for day in result.days] == [50] * 5
    assert result.waiting == 10**12 - 250
    assert result.unassigned == {Reason.DEAD_TIER: 10**9}
    assert result.pool_exhausted is None


def test_a_pool_is_not_counted_by_channels() -> None:
    pool: Strange = {frozenset({Channel.EMAIL}): 5}
    with pytest.raises(PlanError, match="sets of channels do not say which leads come first"):
        forecast(a_campaign(), pool, days=1, progress=Progress(MONDAY))


def test_a_pool_has_no_leads_of_a_tier_without_a_score() -> None:
    gate = ck.ALSGate(bounds={"hot": 90, "warm": 60, "cool": 30, "cold": 0}, channels={})
    with pytest.raises(PlanError, match="pool: no score is dead under this gate"):
        forecast(a_campaign(start_date=MONDAY), {"dead": 1}, days=1, gate=gate)
