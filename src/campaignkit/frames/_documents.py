"""The documents of what functions of dataframes return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._decisions import Reason
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Column, Document, Facts, Part, Row, Sentences, Table
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    channel_table,
    counts_table,
    named_reason_part,
    number_column,
    plan_parts,
    reason_part,
    share_table,
    tier_part,
    warning_part,
)
from campaignkit.display._pool_documents import share_out_document
from campaignkit.domain._leads import MOST_NAMED
from campaignkit.errors import PlanError
from campaignkit.frames._frame_plan import FramePlan, rows_of
from campaignkit.frames._record import RecordCounts
from campaignkit.frames._share_out import FrameShareOut
from campaignkit.frames._terms import Key, Terms
from campaignkit.frames._vectorized import Plans
from campaignkit.planning._explanations import LIMITS
from campaignkit.planning._totals import Overflow, Totals


@make_document.register
def _(value: Terms) -> Document:
    caps = "none" if value.at_most is None else "nothing is capped"
    if value.at_most:
        caps = ", ".join(f"{channel} at {n:,}" for channel, n in value.at_most.items())
    facts = [
        ("today", _describe_room(value.daily_room)),
        ("in all", _describe_room(value.total_room)),
        ("carried", f"{format_count(value.carried.total, 'lead')} given before"),
        ("caps", caps),
        ("overflow", f"{value.overflow}: {_OVERFLOWS[value.overflow]}"),
    ]
    carried = [counts_table(value.carried, "Carried")] if value.carried.total else []
    return Document("Terms", [Facts(facts), share_table(value.allocation), *carried])


_OVERFLOWS = {
    Overflow.REASSIGN: "leads that do not fit into a channel's share get another channel",
    Overflow.HOLD: "leads that do not fit into a channel's share get none",
}


def _describe_room(room: int | None) -> str:
    return "no limit" if room is None else f"up to {format_count(room, 'more lead')}"


@make_document.register
def _(value: RecordCounts) -> Document:
    rows = [
        (value.assigned, "assigned", "admitted to the campaign now"),
        (value.already, "already", "in the campaign before"),
        *((number, reason, reason.message) for reason, number in value.left_out.items()),
    ]
    total = sum(number for number, _, _ in rows)
    title = f"{value.assigned:,} of {format_count(total, 'lead')} admitted"
    return Document(title, [Facts(rows)])


_MOST_CAMPAIGNS = 20


@make_document.register
def _(value: Plans) -> Document:
    rows: list[Row] = [
        (
            "all leads" if key is None else str(key),
            totals.counts.total,
            *totals.counts.amounts,
            ", ".join(map(str, totals.bottlenecks)),
        )
        for key, totals in islice(value.items(), _MOST_CAMPAIGNS)
    ]
    columns = [
        *(Column("campaign", is_id=True), number_column("leads")),
        *(*map(number_column, CHANNELS), Column("bottlenecks")),
    ]
    parts: list[Part] = [Table(columns, rows)] if rows else []
    if more := len(value) - len(rows):
        parts.append(Sentences([f"and {format_count(more, 'more campaign')}"]))
    return Document(f"Totals of {format_count(len(value), 'campaign')}", parts)


@make_document.register(FrameShareOut)
def _(value: FrameShareOut[Any]) -> Document:
    return share_out_document(
        counts=value.counts,
        target=value.target,
        mean_scores=value.mean_scores,
        bottlenecks=value.bottlenecks,
        unassigned=value.unassigned,
    )


@make_document.register(FramePlan)
def _(value: FramePlan[Any]) -> Document:
    title = frame_plan_title(value)
    try:
        return Document(
            title, _describe_one(value) if len(value.plans) == 1 else _describe_many(value)
        )
    except PlanError as error:  # the data of a lazy frame may be gone
        totals = [_total_table(list(value.plans.values()))] if value.plans else []
        return Document(title, [Sentences([str(error)], is_warning=True), *totals])


def frame_plan_title(value: FramePlan[Any]) -> str:
    """Return the title of a plan of a frame: of one campaign, or of several."""
    title = f"Plan of a frame: {value}"
    if len(value.plans) != 1:
        return title
    try:
        leads = format_count(sum(value.flow().values()), "lead")
    except PlanError:  # the data of a lazy frame may be gone
        return title
    (campaign,) = value.plans
    what = "Plan of a frame" if campaign is None else f"Campaign {campaign}"
    return f"{what}: {value.plan.counts.total:,} of {leads} with a channel"


def _describe_one(made: FramePlan[Any]) -> list[Part]:
    """Return what a display of `Plan` has."""
    (terms,) = made.terms.values()
    counts, first = made.unassigned_counts, rows_of(made).list_first(MOST_NAMED)
    waiting = {reason: n for reason, n in counts.items() if reason in LIMITS}
    others = {reason: n for reason, n in counts.items() if reason not in LIMITS}
    totals = made.plan
    table = channel_table(
        target=totals.target,
        counts=totals.counts,
        asked=terms.allocation,
        carried=terms.carried,
    )
    without_channel = [
        *named_reason_part("Waiting", waiting, first),
        *named_reason_part("Without a channel", others, first),
    ]
    parts = plan_parts(table, totals, made.flow(), without_channel)
    return [*warning_part(made.warnings), *parts]


def _describe_many(made: FramePlan[Any]) -> list[Part]:
    """Return a summary of campaigns, those with the largest shortfalls first."""
    plans = dict(made.plans.items())
    shortfalls = {key: _shortfall(totals) for key, totals in plans.items()}
    order = sorted(plans, key=lambda key: -shortfalls[key])
    reasons = rows_of(made).counts.reasons
    lines = [
        _summarize_campaign(key, plans[key], reasons.get(key, {}), shortfalls[key])
        for key in order[:_MOST_CAMPAIGNS]
    ]
    columns = [
        Column("campaign", is_id=True),
        *map(number_column, ("leads", "given", "largest shortfall")),
        *map(Column, ("bottlenecks", "without a channel")),
    ]
    more = len(plans) - len(lines)
    return [
        *warning_part(made.warnings),
        *([_total_table(list(plans.values()))] if plans else []),
        *([Table(columns, lines, caption="Campaigns")] if lines else []),
        *([Sentences([f"and {more:,} more"])] if more > 0 else []),
        *tier_part(made.flow()),
        *reason_part("Without a channel", made.unassigned_counts),
    ]


def _total_table(plans: Sequence[Totals]) -> Table:
    """Return what each channel should get and got in all campaigns together."""
    target, counts = (
        ChannelCounts.of(sum(some[c] for some in each) for c in CHANNELS)
        for each in ([one.target for one in plans], [one.counts for one in plans])
    )
    return channel_table(target=target, counts=counts)


def _shortfall(totals: Totals) -> int:
    """Return by how many leads the channel that is furthest below its target is below it."""
    return max(totals.target[c] - totals.counts[c] for c in CHANNELS)


def _summarize_campaign(
    key: Key | None, totals: Totals, reasons: Mapping[Reason | None, int], shortfall: int
) -> Row:
    short = next((c for c in CHANNELS if totals.target[c] - totals.counts[c] == shortfall), "")
    nothing = [(n, reason) for reason, n in reasons.items() if reason is not None]
    return (
        str(key),
        sum(reasons.values()),
        totals.counts.total,
        f"{short} {shortfall:,}" if shortfall else "",
        "; ".join(map(str, totals.bottlenecks)),
        ", ".join(f"{n:,} {reason}" for n, reason in sorted(nothing, key=lambda one: -one[0])),
    )
