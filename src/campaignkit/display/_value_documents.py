"""What there is to be seen of each value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import singledispatch
from typing import Any

from attrs import frozen

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._decisions import Decision, Reason
from campaignkit.core._sentences import counted, joined
from campaignkit.display import _event_texts as events
from campaignkit.display._document import (
    Bar,
    Column,
    Facts,
    Flow,
    Part,
    Picture,
    Row,
    Sentences,
    Table,
)
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.domain._leads import named
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Page
from campaignkit.domain._suggestions import Suggestion
from campaignkit.planning._advice import Advice
from campaignkit.planning._forecast import Forecast, ForecastDay
from campaignkit.planning._intake import Intake
from campaignkit.planning._plan import Plan
from campaignkit.planning._totals import Bottleneck, CountPlan
from campaignkit.targeting._targeting import Targeting

_CHANNEL = Column("channel")
_MOST_DAYS = 62


@singledispatch
def picture(value: object) -> Picture:
    """Return the picture of a value.

    Raises:
        TypeError: a value of which there is none.
    """
    msg = f"there is no picture of a {type(value).__name__}"
    raise TypeError(msg)


def _number(name: str) -> Column:
    return Column(name, is_number=True)


# --- what a campaign is made of --------------------------------------------------------------


@picture.register
def _(value: Allocation) -> Picture:
    return Picture("Allocation", [_shares(value)])


def _shares(allocation: Allocation) -> Table:
    longest = max(allocation.shares)
    rows = [(channel, f"{share}%", Bar(share, longest)) for channel, share in allocation.items()]
    return Table([_CHANNEL, _number("share"), Column("")], rows)


@picture.register
def _(value: ALSGate) -> Picture:
    scores = [*_scores(value)]
    rows = [
        (tier, score, _joined(c for c in CHANNELS if c in value.channels(tier)) or "nothing")
        for tier, score in zip(ALSTier, scores, strict=True)
    ]
    return Picture("ALS gate", [Table([Column("tier"), Column("score"), Column("opens")], rows)])


def _scores(gate: ALSGate) -> Iterator[str]:
    above: float | None = None
    for bound in gate.bounds.values():
        yield f"{bound} and up" if above is None else f"{bound} up to {above}"
        above = bound
    yield f"below {above}"


def _joined(words: Iterable[str]) -> str:
    several = list(words)
    return joined(several) if several else ""


@picture.register
def _(value: Targeting) -> Picture:
    return Picture("Targeting", [Facts(_targets(value))])


def _targets(targeting: Targeting) -> list[tuple[str, str]]:
    every = {
        "industries": targeting.industries,
        "titles": targeting.titles,
        "company sizes": targeting.company_sizes,
        "locations": targeting.locations,
    }
    return [(name, ", ".join(targets) or "any") for name, targets in every.items()]


@picture.register
def _(value: Campaign) -> Picture:
    limit = value.total_lead_limit
    facts = [
        ("id", str(value.id)),
        ("client", str(value.client_id)),
        ("mode", value.permission_mode.value),
        ("a day", f"up to {counted(value.daily_lead_limit, 'lead')}"),
        ("in all", "no limit" if limit is None else f"up to {counted(limit, 'lead')}"),
        ("from", str(value.start_date or "any day")),
        ("until", str(value.end_date or "any day")),
        *_targets(value.targeting),
        ("created", events.moment(value.created_at)),
        ("updated", events.moment(value.updated_at)),
    ]
    if value.deleted_at:
        facts.append(("deleted", events.moment(value.deleted_at)))
    return Picture(
        f"{value.name}: {'deleted' if value.deleted_at else value.status}",
        [Facts(facts), _shares(value.allocation)],
    )


@picture.register
def _(value: Decision) -> Picture:
    title = "Refused"
    if value.allowed:
        title = f"Allowed on {value.channel}" if value.channel else "Allowed"
    return Picture(title, [Sentences(value.messages)] if value.messages else [])


# --- plans -----------------------------------------------------------------------------------


@picture.register
def _(value: Plan) -> Picture:
    leads = len(value.assignments) + len(value.unassigned)
    return Picture(
        f"Plan: {value.counts.total:,} of {counted(leads, 'lead')} with a channel",
        [
            _channels(value.target, value.counts),
            *_flow(value),
            *_bottlenecks(value.bottlenecks, value.counts),
            *_reasons("Without a channel", value.unassigned.items()),
        ],
    )


@picture.register
def _(value: CountPlan) -> Picture:
    rows: list[Row] = [
        (_joined(c for c in CHANNELS if c in channels) or "nothing", counts.total, *counts.amounts)
        for channels, counts in value.by_eligibility.items()
    ]
    columns = [Column("open"), _number("leads"), *map(_number, CHANNELS)]
    held = [f"held, for want of room: {counted(value.held, 'lead')}"] if value.held else []
    return Picture(
        f"Plan of counts: {counted(value.counts.total, 'lead')} with a channel",
        [
            _channels(value.target, value.counts),
            *([Table(columns, rows, caption="By what is open to them")] if rows else []),
            *_bottlenecks(value.bottlenecks, value.counts),
            *([Sentences(held)] if held else []),
        ],
    )


@picture.register
def _(value: Intake) -> Picture:
    new, day = len(value.assignments), value.progress.day
    leads = new + len(value.already) + len(value.deferred) + len(value.unassigned)
    there = [f"{counted(len(value.already), 'lead')} already in the campaign{_some(value.already)}"]
    return Picture(
        f"Intake on {day}: {new:,} of {counted(leads, 'lead')} taken",
        [
            _channels(value.plan.target, value.plan.counts, value.progress.allocation),
            *_flow(value.plan),
            *_bottlenecks(value.plan.bottlenecks, value.plan.counts),
            *([Sentences(there, "Taken before")] if value.already else []),
            *_reasons("Waiting", value.deferred.items()),
            *_reasons("Without a channel", value.unassigned.items()),
            Facts(_admitted(value.progress), "Progress"),
        ],
    )


def _channels(
    target: ChannelCounts, counts: ChannelCounts, asked: Allocation | None = None
) -> Table:
    """Return what each channel was to get beside what it got."""
    longest = max(*target.amounts, *counts.amounts)
    columns = ["target", "given", "difference", "share"]
    rows: list[Row] = [
        (
            channel,
            *([f"{asked[channel]}%"] if asked else []),
            target[channel],
            counts[channel],
            _signed(counts[channel] - target[channel]),
            f"{100 * counts[channel] / counts.total:.1f}%" if counts.total else "",
            Bar(counts[channel], longest, target[channel]),
        )
        for channel in CHANNELS
    ]
    return Table(
        [
            _CHANNEL,
            *([_number("asked")] if asked else []),
            *map(_number, columns),
            Column("given, and | target"),
        ],
        rows,
        total=("total", *(["100%"] if asked else []), target.total, counts.total, "", "", ""),
    )


def _signed(difference: int) -> str:
    return f"{difference:+,}".replace("-", "−") if difference else "0"


def _flow(plan: Plan) -> list[Part]:
    """Return which tiers flow into which channels, if the plan knows."""
    flow = plan.flow()
    if not flow:
        return []
    tiers, channels = (*ALSTier, None), (*CHANNELS, None)
    return [
        Flow(
            sources=[tier or "unscored" for tier in tiers],
            sinks=[channel or "none" for channel in channels],
            amounts=[[flow.get((tier, c), 0) for c in channels] for tier in tiers],
            caption="From tiers to channels",
        )
    ]


def _bottlenecks(bottlenecks: Sequence[Bottleneck], counts: ChannelCounts) -> list[Part]:
    if bottlenecks:
        return [Sentences([str(each) for each in bottlenecks], "Bottlenecks")]
    if counts.total:
        return [Sentences(["every channel gets its target"], "No bottleneck")]
    return []


def _reasons(caption: str, leads: Iterable[tuple[object, Reason]]) -> list[Part]:
    """Return how many leads have which reason, and a few of them."""
    by_reason: defaultdict[Reason, list[object]] = defaultdict(list)
    for lead_id, reason in leads:
        by_reason[reason].append(lead_id)
    lines = [
        f"{len(ids):,} {reason}: {reason.words}{_some(ids)}"
        for reason in Reason
        if (ids := by_reason.get(reason))
    ]
    return [Sentences(lines, caption)] if lines else []


def _some(ids: Iterable[object]) -> str:
    return f" ({named([i if isinstance(i, int) else str(i) for i in ids])})"


# --- suggestions and listings ----------------------------------------------------------------


@picture.register
def _(value: Suggestion) -> Picture:
    facts = [
        ("campaign", str(value.campaign_id)),
        ("id", str(value.id)),
        ("by", events.actor(value.by)),
        ("at", events.moment(value.at)),
        *([("because", value.reason)] if value.reason else []),
        *([("expires", events.moment(value.expires_at))] if value.expires_at else []),
    ]
    if value.decided_by is not None and value.decided_at is not None:
        who, when = events.actor(value.decided_by), events.moment(value.decided_at)
        facts.append(("decided", f"by {who} at {when}"))
    if value.why:
        facts.append(("why", value.why))
    return Picture(
        f"Suggestion to {value.change.action}: {value.state}",
        [Sentences(list(events.change(value.change))), Facts(facts)],
    )


@picture.register(Page)
def _(value: Page[Any, Any]) -> Picture:
    items = value.items
    title, parts = "Nothing", list[Part]()
    if items:
        listed = next(each for each in _LISTED if isinstance(items[0], each.kind))
        title = counted(len(items), listed.noun)
        parts.append(Table(listed.columns, [listed.row(item) for item in items]))
    if value.next is not None:
        title += ", and there are more"
    if value.corrupt:
        parts.append(Sentences([str(error) for error in value.corrupt], "Unreadable"))
    return Picture(title, parts)


@frozen
class _Listed:
    """A kind of thing that is listed, what it is called, its columns, and what stands in them."""

    kind: type
    noun: str
    columns: Sequence[Column]
    row: Callable[[Any], Row]


_LISTED = (
    _Listed(
        Event,
        "event",
        [_number("no."), _number("at"), Column("by"), Column("what"), Column("details")],
        lambda event: (
            "" if event.number is None else event.number,
            events.moment(event.at),
            events.actor(event.by),
            events.what(event),
            events.details(event),
        ),
    ),
    _Listed(
        Suggestion,
        "suggestion",
        [_number("at"), Column("by"), Column("what"), Column("state"), Column("id")],
        lambda suggestion: (
            events.moment(suggestion.at),
            events.actor(suggestion.by),
            f"{suggestion.change.action}: {'; '.join(events.change(suggestion.change))}",
            suggestion.state,
            str(suggestion.id),
        ),
    ),
    _Listed(
        Campaign,
        "campaign",
        [Column("name"), Column("status"), Column("id")],
        lambda campaign: (campaign.name, campaign.status, str(campaign.id)),
    ),
    _Listed(
        Assignment,
        "lead",
        [Column("lead"), Column("channel"), Column("tier"), _number("score"), Column("day")],
        lambda each: (each.lead_id, each.channel, each.tier, str(each.als_score), str(each.day)),
    ),
)


# --- what a campaign has done, and will do ---------------------------------------------------


@picture.register
def _(value: Progress) -> Picture:
    parts: list[Part] = [Facts(_admitted(value))]
    if value.allocation is not None:
        longest, drift = max(*value.carried.amounts, 1), value.drift
        given: list[Row] = [
            (
                channel,
                f"{share}%",
                value.carried[channel],
                _signed(drift[channel]),
                Bar(value.carried[channel], longest),
            )
            for channel, share in value.allocation.items()
        ]
        columns = [*map(_number, ("asked", "given", "off its share")), Column("")]
        parts.append(Table([_CHANNEL, *columns], given, caption="Under this allocation"))
    else:
        rows = [(channel, leads) for channel, leads in value.carried.items()]
        parts.append(Table([_CHANNEL, _number("given")], rows))
    return Picture(f"Progress on {value.day}" if value.day else "Progress", parts)


def _admitted(progress: Progress) -> list[tuple[str, str]]:
    on_day = [(str(progress.day), counted(progress.admitted_today, "lead"))] if progress.day else []
    return [*on_day, ("in all", counted(progress.admitted_total, "lead"))]


@picture.register
def _(value: Forecast) -> Picture:
    shown = value.days[:_MOST_DAYS]
    rows: list[Row] = [
        (
            str(each.day),
            each.counts.total,
            *each.counts.amounts,
            each.progress.admitted_total,
            "; ".join(each.idle) or _short(each),
        )
        for each in shown
    ]
    columns = [*map(_number, ("day", "leads", *CHANNELS, "in all")), Column("short of its target")]
    more = len(value.days) - len(shown)
    left = [f"{n:,} {reason}: {reason.words}" for reason, n in value.unassigned.items()]
    return Picture(
        f"{value.campaign.name}: forecast of {counted(len(value.days), 'day')}",
        [
            Sentences(value.sentences),
            *([Table(columns, rows)] if rows else []),
            *([Sentences([f"and {counted(more, 'more day')}"])] if more else []),
            *([Sentences(left, "Without a channel")] if left else []),
        ],
    )


def _short(day: ForecastDay) -> str:
    return ", ".join(
        f"{channel} {wanted - day.counts[channel]:,}"
        for channel, wanted in day.target.items()
        if wanted > day.counts[channel]
    )


@picture.register
def _(value: Advice) -> Picture:
    parts: list[Part] = [Sentences(value.sentences)]
    if value.nearest is not None and value.nearest != value.asked:
        rows = [
            (channel, f"{asked}%", f"{near}%", _signed(near - asked))
            for (channel, asked), near in zip(
                value.asked.items(), value.nearest.shares, strict=True
            )
        ]
        columns = [_number(name) for name in ("asked", "nearest", "difference")]
        parts.append(Table([_CHANNEL, *columns], rows))
    return Picture("Advice on an allocation", parts)
