"""Forecasts: the intakes of the coming days, one after another, without a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate, chain, pairwise, repeat
from typing import Any, NamedTuple, Unpack, cast

from attrs import evolve, frozen

from campaignkit.core._channels import CHANNELS, NO_COUNTS, Channel, ChannelCounts
from campaignkit.core._checks import (
    as_int,
    check_kinds,
    integer_error,
    is_date,
    short_repr,
    to_date,
    to_list,
)
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._make_frame import make_frame_of_rows
from campaignkit.core._sentences import describe_drift, format_count, join_words
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._clients import WEEK, ClientState
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.domain._horizons import (
    END,
    LONGEST_HORIZON,
    POOL,
    ForecastHorizon,
    Horizon,
    count_horizon_days,
    forecast_horizon_error,
    missing_end_error,
    to_forecast_horizon,
)
from campaignkit.domain._leads import Lead, get_ids, to_text_ids
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.errors import PlanError
from campaignkit.planning._channel_caps import find_limits
from campaignkit.planning._day_plan import count_capacity
from campaignkit.planning._intake import Intake, check_by_id, find_closed, intake, join_kept_out
from campaignkit.planning._lead_sources import (
    FrameColumns,
    LeadSource,
    check_column_names,
    choose_gate,
    read_pool,
)
from campaignkit.planning._outlook import EnoughDays, describe_shortfall, find_days
from campaignkit.planning._plan import (
    eligible_mask,
    group_by_eligibility,
    no_channel_reason,
    order_by_merit,
)
from campaignkit.planning._totals import NO_CAPS, Bottleneck, BottleneckLimit, solve_totals

_LONGEST_FORECAST = 100_000
_NO_FIRST_DAY = (
    "days: a number of days needs a first one: pass dates instead, a progress with a day, "
    "or a campaign with a start_date"
)


class ForecastRow(NamedTuple):
    """The number of leads of a tier that get a channel on a day, at least one.

    Rows are named tuples, which any frame library reads: `pandas.DataFrame(forecast.rows)`.

    Attributes:
        day: The day.
        channel: The name of the channel.
        tier: The name of the tier.
        leads: The number of leads.

    >>> from datetime import date
    >>> ForecastRow(date(2026, 11, 23), "email", "hot", 12).leads
    12
    """

    day: date
    channel: str
    tier: str
    leads: int


@frozen
class ForecastDay(TypedBase):
    """One day of a forecast.

    Attributes:
        day: The day.
        by_tier: What the leads of each tier get on each channel.
        counts: How many leads each channel gets.
        target: How many leads each channel would get without a gate and caps.
        bottlenecks: The proof of why the two differ. Empty exactly if they are equal.
        idle: Why the campaign takes no leads at all on that day. Empty if it runs.
        progress: How the campaign stands after that day.

    >>> from datetime import date
    >>> from uuid import UUID
    >>> from campaignkit import Campaign, Lead, Progress, forecast
    >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies")
    >>> result = forecast(campaign, [Lead("a", 90)], days=1, progress=Progress(date(2026, 11, 23)))
    >>> print(result.days[0])
    2026-11-23: email 1, linkedin 0, voice 0, sms 0, mail 0
    """

    day: date
    by_tier: Mapping[ALSTier, ChannelCounts]
    counts: ChannelCounts
    target: ChannelCounts
    bottlenecks: tuple[Bottleneck, ...]
    idle: tuple[str, ...]
    progress: Progress

    def __str__(self) -> str:
        return f"{self.day}: {self.counts}"

    @property
    def drift(self) -> Mapping[Channel, int]:
        """By how many leads each channel is above its share after that day, or below."""
        return self.progress.drift


@frozen
class Forecast(TypedBase):
    """A forecast of a campaign, if nobody changes it and no lead is added.

    Attributes:
        campaign: The campaign as it runs then.
        days: What each day brings.
        total_reached: The day on which the total lead limit is reached. None if it is not.
        pool_exhausted: The day after which no lead waits any more. None if leads remain.
        waiting: How many leads could still be taken after the last day.
        unassigned: How many leads have no channel, by reason.
        horizon: For how many days of intake the leads are planned on the first day.
        attainable: What each channel would get of the same number of leads, best first, if these
            days were planned together.
        sufficient_horizon: A horizon, in days, that attains it.
        is_horizon_certain: Whether it is proved that `sufficient_horizon` attains it. It is not
            where a client's limits of a week meet a daily lead limit that binds.

    >>> from datetime import date
    >>> from uuid import UUID
    >>> from campaignkit import Lead
    >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies", daily_lead_limit=2)
    >>> pool = [Lead(f"lead-{n}", als_score=90) for n in range(3)]
    >>> result = forecast(campaign, pool, days=2, progress=Progress(date(2026, 11, 23)))
    >>> [day.counts.total for day in result.days]
    [2, 1]
    """

    campaign: Campaign
    days: tuple[ForecastDay, ...]
    total_reached: date | None
    pool_exhausted: date | None
    waiting: int
    unassigned: Mapping[Reason, int]
    horizon: int
    attainable: ChannelCounts
    sufficient_horizon: int
    is_horizon_certain: bool = True

    def __str__(self) -> str:
        return "; ".join(self._describe_days())

    @property
    def rows(self) -> tuple[ForecastRow, ...]:
        """The leads for each day, channel and tier, in this order, where there are any."""
        return tuple(
            ForecastRow(each.day, channel.value, tier.value, leads)
            for each in self.days
            for channel in CHANNELS
            for tier, counts in each.by_tier.items()
            if (leads := counts[channel])
        )

    def to_frame(self, backend: str = "pandas") -> Any:  # noqa: ANN401  # of each library
        """Return `rows` as a dataframe.

        Args:
            backend: The library of the dataframe: "pandas", "polars" or "pyarrow".

        Raises:
            PlanError: another library.
            MissingExtraError: the library is not installed.

        >>> from datetime import date
        >>> from uuid import UUID
        >>> from campaignkit import Lead
        >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies")
        >>> today = Progress(date(2026, 11, 23))
        >>> result = forecast(campaign, [Lead("a", 90)], days=1, progress=today)
        >>> result.to_frame("pyarrow")["leads"].to_pylist()
        [1]
        """
        return make_frame_of_rows(ForecastRow._fields, self.rows, backend)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Sentences on when the campaign is done, what waits, and where the mix drifts.

        They also say which channels end with less than the leads allow, and which horizon would
        change that; and until when the best leads wait for their day.
        """
        return *self._describe_days(), *self._describe_pace()

    @property
    def counts(self) -> ChannelCounts:
        """How many leads each channel gets on all days together."""
        return sum((each.counts for each in self.days), NO_COUNTS)

    @property
    def best_tier(self) -> ALSTier | None:
        """The best tier of which leads are admitted. None if no lead is."""
        return min(
            (tier for each in self.days for tier in each.by_tier),
            key=[*ALSTier].index,
            default=None,
        )

    def find_last_day(self, tier: ALSTier) -> date | None:
        """Return the last day on which leads of a tier are admitted, or None.

        Args:
            tier: The tier.

        Raises:
            PlanError: it is not a tier.
        """
        check_kinds(PlanError, tier=(tier, ALSTier))
        return max((each.day for each in self.days if tier in each.by_tier), default=None)

    def _describe_days(self) -> Iterator[str]:
        taken = sum(each.counts.total for each in self.days)
        yield f"{format_count(taken, 'lead')} in {format_count(len(self.days), 'day')}"
        if self.total_reached:
            limit = f"the total lead limit of {self.campaign.total_lead_limit or 0:,}"
            yield f"{limit} is reached on {self.total_reached}"
        if self.pool_exhausted:
            yield f"the pool is exhausted on {self.pool_exhausted}"
        elif self.waiting:
            yield f"{format_count(self.waiting, 'lead')} could still be taken after the last day"
        drifting = [each for each in self.days if each.bottlenecks]
        if drifting:
            first = drifting[0]
            yield f"the mix drifts from {first.day} on: {'; '.join(map(str, first.bottlenecks))}"
        yield from self._describe_limited_days()
        if self.days:
            yield describe_drift(self.days[-1].drift)

    def _describe_limited_days(self) -> Iterator[str]:
        """Say on how many days the client's limits keep channels below their targets."""
        days = Counter[Channel]()
        for each in self.days:
            limited = [one for one in each.bottlenecks if one.limit is BottleneckLimit.CLIENT]
            days.update({channel for one in limited for channel in one.channels})
        if days:
            held = [f"{c} on {format_count(days[c], 'day')}" for c in CHANNELS if days[c]]
            yield f"the client's limits hold back {join_words(held)}"

    def _describe_pace(self) -> Iterator[str]:
        """Say what scarce channels miss, and until when the horizon lets the best leads wait."""
        running = [each for each in self.days if not each.idle]
        before = bool(self.days) and self.days[0].progress.carried != self.days[0].counts
        phrase = "still gets" if before else "ends at"
        beyond = max(0, self.horizon - len(running))
        enough = EnoughDays(self.sufficient_horizon, self.is_horizon_certain)
        yield from describe_shortfall(phrase, self.counts, self.attainable, enough, beyond)
        if (tier := self.best_tier) is None:
            return
        best = sum(each.by_tier.get(tier, NO_COUNTS).total for each in running)
        admitted = accumulate(each.counts.total for each in running)
        soonest = next(
            day.day for day, taken in zip(running, admitted, strict=True) if taken >= best
        )
        last = self.find_last_day(tier)
        if last != soonest:
            sooner = f"without a horizon, as many go out by {soonest}"
            yield f"{tier} leads go out until {last}; {sooner}"


def forecast(
    campaign: Campaign,
    pool: LeadSource,
    *,
    days: int | Iterable[date],
    progress: Progress | None = None,
    gate: ALSGate | None = None,
    already: Mapping[str, Assignment] | None = None,
    horizon: ForecastHorizon = 1,
    client: ClientState | None = None,
    **columns: Unpack[FrameColumns],
) -> Forecast:
    """Forecast a campaign: what it does with a pool of leads, day by day.

    Each day is an `intake` of the leads that remain in the pool, as a service would run it. A draft
    or paused campaign is forecast as if it were activated now.

    Args:
        campaign: The campaign.
        pool: Leads, a dataframe, a result of `frames.allocate`, or numbers of leads by tier, which
            are taken to have the lowest score of their tier and to be reachable on all channels.
        days: The days of intake in order, or their number, counted from the day of `progress` or
            else from the campaign's start.
        progress: What the campaign has admitted before. Nothing by default.
        gate: The channels that each score opens. By default that of a result, or else
            `DEFAULT_GATE`.
        already: The assignments of leads that are in the campaign, which are left out, by id.
        horizon: For how many days of intake the leads are to last, as for `intake`. It falls by one
            with each day on which the campaign runs. "pool" is the number of days that the pool
            lasts.
        client: What the campaigns of the client share, as for `intake`, on the first day. What the
            forecast gives to a channel on a day counts on the days after it; other campaigns are
            taken to admit nobody more. Nothing by default.
        **columns: For a dataframe, `id`, `score`, `scale` and `reachable` as for `frames.allocate`.

    Raises:
        TransitionError: the campaign is completed, or a deleted draft.
        PlanError: values that are not dates, or not in order; no first day; invalid ids, as for
            `intake`; numbers of leads by channels, which do not say which leads come first; invalid
            numbers of leads, or columns; an invalid horizon; a `client` that is not a ClientState.

    >>> from datetime import date
    >>> from uuid import uuid4
    >>> draft = Campaign.draft(client_id=uuid4(), name="x", daily_lead_limit=20)
    >>> pool = {"hot": 15, "warm": 25, "cool": 25, "cold": 15}
    >>> result = forecast(draft, pool, days=7, progress=Progress(date(2026, 11, 23)))
    >>> result.pool_exhausted, result.rows[0]
    (datetime.date(2026, 11, 26), ForecastRow(day=datetime.date(2026, 11, 23), ...))
    """
    check_column_names("forecast", columns)
    check_kinds(
        PlanError,
        campaign=(campaign, Campaign),
        progress=(progress, (Progress, type(None))),
        client=(client, (ClientState, type(None))),
    )
    gate = choose_gate(gate, pool)
    is_active = campaign.status is CampaignStatus.ACTIVE
    active = campaign if is_active else campaign.activate(at=campaign.updated_at)
    present = (progress or Progress()).for_allocation(active.allocation)
    there = check_by_id("already", already, Assignment)
    calendar = _read_days(days, present.day or campaign.start_date, present.day)
    horizon = to_forecast_horizon(horizon)
    if fault := forecast_horizon_error(horizon) or missing_end_error(horizon, campaign.end_date):
        raise PlanError([f"horizon {fault}"])
    # Of leads that are alike, no more than these are needed: some still wait after the last day.
    source = read_pool(pool, gate, columns, _count_needed(active, present, calendar, horizon))
    ids = to_text_ids(get_ids(source.leads, "pool"), "pool")
    waiting = [
        lead for lead, lead_id in zip(source.leads, ids, strict=True) if lead_id not in there
    ]
    run = _Run(active, gate, calendar, client)
    attainable, enough = _look_ahead(run, waiting, present)
    ran = _run_days(run, waiting, present, enough.days if horizon == POOL else horizon)
    left, unassigned = _count_rest(run, ran.waiting, source.more)
    return Forecast(
        campaign=active,
        days=tuple(ran.days),
        total_reached=ran.total_reached,
        pool_exhausted=ran.pool_exhausted,
        waiting=left,
        unassigned=FrozenMap(unassigned),
        horizon=ran.horizon,
        attainable=attainable,
        sufficient_horizon=max(1, min(enough.days, sum(not each.idle for each in ran.days))),
        is_horizon_certain=enough.is_certain,
    )


@frozen
class _Run:
    """What the days of a forecast have in common."""

    campaign: Campaign
    gate: ALSGate
    days: Sequence[date]
    client: ClientState | None


@frozen
class _RunResult:
    """What the days of a forecast bring, and the leads that remain after the last one.

    `horizon` is that of the first day on which the campaign runs, in days.
    """

    days: Sequence[ForecastDay]
    waiting: Sequence[Lead]
    total_reached: date | None
    pool_exhausted: date | None
    horizon: int


def _run_days(run: _Run, leads: Sequence[Lead], progress: Progress, horizon: Horizon) -> _RunResult:
    """Run the intakes of a campaign, one after the other."""
    campaign, client = run.campaign, run.client
    horizons = _iterate_horizons(horizon)
    rows: list[ForecastDay] = []
    first_horizon = total_reached = pool_exhausted = None
    for day in run.days:
        today = progress.admitted_today if progress.day == day else 0
        progress = evolve(progress, day=day, admitted_today=today)
        if because := campaign.not_running_reasons(day):
            idle = tuple(message for _, message in because)
            rows.append(ForecastDay(day, FrozenMap(), NO_COUNTS, NO_COUNTS, (), idle, progress))
            continue
        ahead = next(horizons)
        if first_horizon is None:
            first_horizon = count_horizon_days(ahead, day, campaign.end_date)
        taken = intake(
            campaign, leads, progress=progress, gate=run.gate, horizon=ahead, client=client
        )
        progress, made = taken.progress, taken.plan
        leads = [lead for lead in leads if str(lead.id) not in taken.assignments]
        client = client and _add_used(client, day, made.counts)
        rows.append(
            ForecastDay(
                day=day,
                by_tier=_count_by_tier(taken),
                counts=made.counts,
                target=made.target,
                bottlenecks=made.bottlenecks,
                idle=(),
                progress=progress,
            )
        )
        if total_reached is None and not campaign.remaining(progress)[Reason.TOTAL_LIMIT]:
            total_reached = day
        if pool_exhausted is None and not taken.deferred:
            pool_exhausted = day
    return _RunResult(rows, leads, total_reached, pool_exhausted, first_horizon or 1)


def _add_used(client: ClientState, day: date, counts: ChannelCounts) -> ClientState:
    """Return what the campaigns of a client share once a day has given so many leads to channels.

    Days that no later day counts are left out.
    """
    if not client.policy.channel_limits:
        return client
    used = {at: n for at, n in client.used.items() if (day - at).days < WEEK}
    used[day] = used.get(day, NO_COUNTS) + counts
    return evolve(client, used=FrozenMap(used))


def _count_rest(
    run: _Run, leads: Sequence[Lead], more: Iterable[tuple[Lead, int]]
) -> tuple[int, Mapping[Reason, int]]:
    """Return how many leads could still be taken after the last day, and why others stay out."""
    campaign, gate = run.campaign, run.gate
    closed, barred = _find_exclusions(run, run.days[-1] if run.days else date.max)
    left = 0
    unassigned = Counter[Reason]()
    for lead, number in chain(((lead, 1) for lead in leads), more):
        lead_id = str(lead.id)
        if not eligible_mask(campaign.allocation, lead, gate) & ~closed.get(lead_id, 0):
            unassigned[no_channel_reason(campaign.allocation, lead, gate)] += number
        elif lead_id in barred:
            unassigned[barred[lead_id]] += number
        else:
            left += number
    return left, unassigned


def _find_exclusions(run: _Run, day: date) -> tuple[Mapping[str, int], Mapping[str, Reason]]:
    """Return the channels that are closed to leads on a day, and which leads stay out."""
    barred = join_kept_out(run.campaign.id, day, run.client, (), None)
    return find_closed(run.client, day), barred


def _count_needed(
    campaign: Campaign, progress: Progress, days: Sequence[date], horizon: ForecastHorizon
) -> int:
    """Return how many leads of one kind a forecast can need."""
    longest = LONGEST_HORIZON if horizon == POOL else horizon
    ahead = count_horizon_days(longest, days[0], campaign.end_date) if days else 0
    most = max(len(days), ahead) * campaign.daily_lead_limit
    return 1 + min(most, campaign.remaining(progress)[Reason.TOTAL_LIMIT])


def _look_ahead(
    run: _Run, leads: Sequence[Lead], progress: Progress
) -> tuple[ChannelCounts, EnoughDays]:
    """Return what each channel gets if all days are planned together, and how long leads last."""
    campaign, gate = run.campaign, run.gate
    running = [day for day in run.days if campaign.is_running(day)]
    if not running:
        return NO_COUNTS, EnoughDays(1)
    first = running[0]
    today = progress.admitted_today if progress.day == first else 0
    begin = evolve(progress, day=first, admitted_today=today)
    limits = find_limits(campaign, begin, first, run.client, None)
    caps = NO_CAPS
    if limits:
        caps = limits.compute_caps_on([(day - first).days for day in running[1:]]).whole
    closed, barred = _find_exclusions(run, first)
    groups = group_by_eligibility(
        campaign.allocation,
        leads,
        gate,
        capacity=count_capacity(campaign, begin, len(running)),
        caps=caps,
        closed=closed,
        kept_out=barred,
    )
    masks, sizes = groups.count_eligible()
    totals = solve_totals(campaign.allocation, masks, sizes, carried=progress.carried, at_most=caps)
    total = campaign.remaining(begin)[Reason.TOTAL_LIMIT]
    if limits:
        admitted = [lead for some in groups.eligible for lead in some]
        offered = order_by_merit([*admitted, *groups.over_caps, *groups.over_capacity])
        most = count_horizon_days(LONGEST_HORIZON, first, campaign.end_date)
        everyone = map(groups.find_mask, offered)
        return totals.counts, find_days(
            campaign.allocation, everyone, progress.carried, total, limits=limits, most_days=most
        )
    later = min(total, sum(sizes) + len(groups.over_capacity)) - campaign.capacity(begin)
    pool_days = 1 + max(0, -(-later // campaign.daily_lead_limit))
    return totals.counts, EnoughDays(min(pool_days, LONGEST_HORIZON))


def _iterate_horizons(first: Horizon) -> Iterator[Horizon]:
    """Give the horizon of each day on which a campaign runs: a number falls by one."""
    return repeat(END) if first == END else chain(range(first, 1, -1), repeat(1))


def _read_days(days: int | Iterable[date], first: date | None, earliest: date | None) -> list[date]:
    """Return the days of a forecast, given themselves or their number.

    A number is counted from the first day. Days that are given may not be before the earliest.

    Raises:
        PlanError: an invalid number, no first day, values that are not dates, or not in order.
    """
    named = to_list(days)
    return _list_days(cast("int", days), first) if named is None else _check_days(named, earliest)


def _list_days(number: int, first: date | None) -> list[date]:
    number = as_int(number)
    faults = [f"days {fault}"] if (fault := integer_error(number, 1, _LONGEST_FORECAST)) else []
    if first is None:
        faults.append(_NO_FIRST_DAY)
    if faults or first is None:
        raise PlanError(faults)
    last = min(number, (date.max - first).days + 1)
    return [first + timedelta(days=n) for n in range(last)]


def _check_days(days: Sequence[date], earliest: date | None) -> list[date]:
    faults = [
        f"days: day must be a date, not {short_repr(day)}" for day in days if not is_date(day)
    ]
    named = [to_date(day) for day in days]
    if not faults:
        faults = [
            f"days must be in order, but {later} comes after {sooner}"
            for sooner, later in pairwise(named)
            if later <= sooner
        ]
        if earliest and named and named[0] < earliest:
            faults.append(
                f"days must begin on or after {earliest}, the day of progress, not on {named[0]}"
            )
    if faults:
        raise PlanError(faults)
    return named


def _count_by_tier(taken: Intake) -> Mapping[ALSTier, ChannelCounts]:
    given = Counter((new.tier, new.channel) for new in taken.assignments.values())
    tiers = {tier for tier, _ in given}
    return FrozenMap(
        {t: ChannelCounts.of(given[t, c] for c in CHANNELS) for t in ALSTier if t in tiers}
    )
