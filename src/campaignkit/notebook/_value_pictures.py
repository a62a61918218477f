"""The picture of each kind of value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import singledispatch
from typing import Any, TypeAlias

from attrs import evolve

from campaignkit.core._channels import CHANNELS, NO_COUNTS, Channel, ChannelCounts
from campaignkit.core._checks import is_frame, is_mapping, is_text, short_repr, to_list, to_text
from campaignkit.core._sentences import describe_drift, format_count, join_words
from campaignkit.display._forecast_documents import find_best_tier, label_horizon
from campaignkit.display._make_document import make_document
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Action
from campaignkit.domain._events import BEGINNINGS, Event
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._ledger import Progress
from campaignkit.domain._snapshot import Page
from campaignkit.errors import InvalidError
from campaignkit.notebook._pictures import (
    Bars,
    Day,
    Days,
    NamedResult,
    Picture,
    Results,
    StackedBar,
)
from campaignkit.planning._comparison import ComparedMix, Comparison
from campaignkit.planning._forecast import Forecast
from campaignkit.planning._horizon_comparison import HorizonComparison
from campaignkit.planning._intake import Intake
from campaignkit.planning._plan import Plan
from campaignkit.planning._totals import Bottleneck, CountPlan, Totals

MOST_RESULTS = 20
_UNSCORED, _NO_CHANNEL = "unscored", "no channel"
_TARGET_TITLE = "Leads of each channel; the mark is the target"
_ATTAINABLE_TITLE = (
    "Leads, with a scale for each channel; the mark is the plan of all days together"
)

TierFlow: TypeAlias = Mapping[tuple[ALSTier | None, Channel | None], int]


@singledispatch
def make_picture(value: object) -> Picture:
    """Return the picture of a value.

    Raises:
        InvalidError: values of this type have no picture.
    """
    raise _no_picture_error(value)


def _no_picture_error(value: object) -> InvalidError:
    given = short_repr(value)
    if is_frame(value):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        given = f"a dataframe ({kind}); the result of `frames.allocate` has a picture"
    return InvalidError([f"value must be {KINDS}, not {given}"])


KINDS = (
    "a Plan, CountPlan, FramePlan, Intake, Progress, Forecast, Comparison, ComparedMix or "
    "HorizonComparison; a list of Intakes, or a list or Page of Events; or a mapping from names to "
    "plans or forecasts"
)


# --- plans -----------------------------------------------------------------------------------


@make_picture.register
def _(value: Plan) -> Picture:
    return Picture(
        make_document(value).title,
        describe_counts(value.counts, value.target, value.bottlenecks),
        [draw_counts(value.counts, value.target, len(value.unassigned), value.flow())],
    )


@make_picture.register
def _(value: CountPlan) -> Picture:
    return Picture(
        make_document(value).title,
        describe_counts(value.counts, value.target, value.bottlenecks),
        [draw_counts(value.counts, value.target, value.held)],
    )


@make_picture.register
def _(value: ComparedMix) -> Picture:
    return Picture(
        make_document(value).title,
        describe_counts(value.counts, value.target, value.bottlenecks),
        [draw_counts(value.counts, value.target, value.held + value.no_channel)],
    )


@make_picture.register
def _(value: Intake) -> Picture:
    return evolve(make_picture(value.plan), title=make_document(value).title)


@make_picture.register
def _(value: Progress) -> Picture:
    target = None
    if value.allocation is not None:
        shares, drift = value.allocation, value.drift
        target = ChannelCounts.of(
            n - drift[c] if shares[c] else 0 for c, n in value.carried.items()
        )
    return Picture(
        make_document(value).title,
        describe_counts(value.carried, target),
        [draw_counts(value.carried, target)],
    )


def draw_counts(
    counts: ChannelCounts,
    target: ChannelCounts | None = None,
    without_channel: int = 0,
    flow: TierFlow | None = None,
) -> Bars:
    """Return a bar for each channel, in parts by tier where these are known."""
    targets = {} if target is None else {c.value: n for c, n in target.items()}
    given = {c.value: n for c, n in counts.items()}
    given |= {_NO_CHANNEL: without_channel} if without_channel else {}
    if not flow:
        bars = [StackedBar(name, {name: leads}, targets.get(name)) for name, leads in given.items()]
        title = _TARGET_TITLE if targets else "Leads of each channel"
        return Bars(title, bars, [*given], has_legend=False)
    tiers = [tier for tier in (*ALSTier, None) if any(part == tier for part, _ in flow)]
    rows: list[tuple[str, Channel | None]] = [(channel.value, channel) for channel in CHANNELS]
    rows += [(_NO_CHANNEL, None)] if without_channel else []
    bars = [
        StackedBar(
            name,
            {tier or _UNSCORED: leads for tier in tiers if (leads := flow.get((tier, channel), 0))},
            targets.get(name),
        )
        for name, channel in rows
    ]
    return Bars(
        "Leads of each channel by tier; the mark is the target",
        bars,
        [tier or _UNSCORED for tier in tiers],
    )


def describe_counts(
    counts: ChannelCounts,
    target: ChannelCounts | None = None,
    bottlenecks: Sequence[Bottleneck] = (),
) -> list[str]:
    """Say what each channel gets, of how many where these differ, and what is short."""
    wanted = counts if target is None else target
    given = [
        f"{c} {n:,}" + (f" of {wanted[c]:,}" if wanted[c] != n else "") for c, n in counts.items()
    ]
    return [join_words(given), *map(str, bottlenecks)]


# --- days ------------------------------------------------------------------------------------


@make_picture.register
def _(value: Forecast) -> Picture:
    days = [Day(each.day, each.counts, each.drift) for each in value.days]
    return Picture(make_document(value).title, value.sentences, [Days(days)])


@make_picture.register(Page)
def _(value: Page[Any, Any]) -> Picture:
    return make_picture(value.items)


@make_picture.register(list)
@make_picture.register(tuple)
def _(value: Sequence[Any]) -> Picture:
    acts = to_list(value)
    if acts is None:
        raise _no_picture_error(value)
    if not acts:
        return Picture("No days", (), ())
    if all(isinstance(each, Intake) for each in acts):
        return _draw_intakes(acts)
    if all(isinstance(each, Event) for each in acts):
        return _draw_history(acts)
    raise _no_picture_error(value)


def _draw_intakes(intakes: Sequence[Intake]) -> Picture:
    """Return what the channels get on each day of a campaign's intakes."""
    acts = [
        Day(each.progress.day, each.plan.counts, each.progress.drift)
        for each in intakes
        if each.progress.day is not None
    ]
    return _draw_acts(f"{format_count(len(intakes), 'intake')} of a campaign", acts)


def _draw_history(events: Sequence[Event]) -> Picture:
    """Return what the channels got on each day of a history, under the allocations of then.

    Leads that were released later are counted on their day: no event tells which channels of which
    days they come from.
    """
    first, done = events[0], [each for each in events if each.kind.is_done]
    known = [fields for each in done for fields in (each.before, each.after)]
    allocations = (some.get("allocation") for some in known)
    allocation = next((one for one in allocations if isinstance(one, Allocation)), None)
    name = next(
        (some["name"] for some in reversed(known) if "name" in some), str(first.campaign_id)
    )
    progress = Progress(allocation=allocation)
    acts: list[Day] = []
    released = 0
    for each in done:
        if isinstance(changed := each.after.get("allocation"), Allocation):
            progress = progress.for_allocation(changed)
        if each.action is Action.ASSIGN and each.day is not None:
            progress = progress.admit(each.counts)
            acts.append(Day(each.day, each.counts, progress.drift))
        elif each.action is Action.RELEASE:
            released += each.counts.total
    title = f"{name}: history of leads"
    more: list[str] = []
    if first.kind not in BEGINNINGS:
        title += f" from event {first.number} on"
    if released:
        more.append(f"{format_count(released, 'lead')} released since, counted on their days here")
    return _draw_acts(title, acts, more)


def _draw_acts(title: str, acts: Iterable[Day], more: Sequence[str] = ()) -> Picture:
    """Return the days of acts, which come in the order in which they were done.

    Each act has its day, what the channels got by it, and the drift after it. The drift after an
    act for a day that is over is that of the latest day until then.
    """
    counts: defaultdict[date, ChannelCounts] = defaultdict(ChannelCounts)
    drifts: dict[date, Mapping[Channel, int]] = {}
    latest = date.min
    for act in acts:
        counts[act.day] += act.counts
        latest = max(act.day, latest)
        drifts[latest] = act.drift
    days: list[Day] = []
    for day in sorted(counts):
        before = days[-1].drift if days else dict.fromkeys(next(iter(drifts.values())), 0)
        days.append(Day(day, counts[day], drifts.get(day, before)))
    leads = format_count(sum(each.total for each in counts.values()), "lead")
    sentences = [f"{leads} on {format_count(len(days), 'day')}"]
    sentences += [describe_drift(days[-1].drift)] if days else []
    return Picture(title, [*sentences, *more], [Days(days)])


# --- several results -------------------------------------------------------------------------


@make_picture.register
def _(value: Comparison) -> Picture:
    results = [NamedResult(name, mix.counts, mix.target) for name, mix in value.items()]
    return draw_results(make_document(value).title, results)


@make_picture.register
def _(value: HorizonComparison) -> Picture:
    forecasts = {f"horizon {label_horizon(name, each)}": each for name, each in value.items()}
    results = [NamedResult(name, each.counts, each.attainable) for name, each in forecasts.items()]
    title = make_document(value).title
    picture = draw_results(title, results, _ATTAINABLE_TITLE, has_own_scales=True)
    if (best := find_best_tier(value)) is None:
        return picture
    shown = [
        one.name for panel in picture.panels if isinstance(panel, Results) for one in panel.results
    ]
    last_days = {name: forecasts[name].find_last_day(best) for name in shown}
    ends = {name: day for name, day in last_days.items() if day}
    sentences = [f"{name}: {best} leads go out until {day}" for name, day in ends.items()]
    return Picture(
        picture.title,
        [*picture.sentences, *sentences],
        [*picture.panels, _draw_last_days(best, ends, forecasts)],
    )


def _draw_last_days(
    tier: ALSTier, ends: Mapping[str, date], forecasts: Mapping[str, Forecast]
) -> Bars:
    """Return a bar for each forecast, as long as the days until the last lead of a tier."""
    bars = [
        StackedBar(name, {tier: sum(each.day <= end for each in forecasts[name].days)})
        for name, end in ends.items()
    ]
    return Bars(f"Days until the last {tier} lead goes out", bars, [tier], has_legend=False)


@make_picture.register(Mapping)
def _(value: Mapping[Any, Any]) -> Picture:
    if not is_mapping(value):
        raise _no_picture_error(value)
    results = [
        NamedResult(to_text(name) if is_text(name) else short_repr(name), *sum_counts(result))
        for name, result in value.items()
    ]
    return draw_results(format_count(len(results), "result"), results)


@singledispatch
def sum_counts(value: object) -> tuple[ChannelCounts, ChannelCounts]:
    """Return what the channels get in a result, and their targets.

    Raises:
        InvalidError: the value is no such result.
    """
    raise InvalidError(
        [f"value must map names to plans, intakes or forecasts, not to {short_repr(value)}"]
    )


@sum_counts.register(Plan)
@sum_counts.register(CountPlan)
@sum_counts.register(Totals)
def _(value: Plan | CountPlan | Totals) -> tuple[ChannelCounts, ChannelCounts]:
    return value.counts, value.target


@sum_counts.register
def _(value: Intake) -> tuple[ChannelCounts, ChannelCounts]:
    return sum_counts(value.plan)


@sum_counts.register
def _(value: Forecast) -> tuple[ChannelCounts, ChannelCounts]:
    return value.counts, sum((each.target for each in value.days), NO_COUNTS)


def draw_results(
    title: str,
    results: Sequence[NamedResult],
    panel_title: str = _TARGET_TITLE,
    *,
    has_own_scales: bool = False,
) -> Picture:
    """Return results below one another; of very many, those that lack the most leads."""
    shown, note = results, ""
    if len(results) > MOST_RESULTS:
        shown = sorted(results, key=lambda one: -one.shortfall)[:MOST_RESULTS]
        note = f"the {MOST_RESULTS} of {len(results):,} that are furthest below a target"
    sentences = [f"{one.name}: {describe_counts(one.counts, one.target)[0]}" for one in shown]
    sentences = [note, *sentences] if note else sentences
    return Picture(title, sentences, [Results(panel_title, shown, note, has_own_scales)])
