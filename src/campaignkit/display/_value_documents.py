"""The document of each kind of value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._decisions import Decision
from campaignkit.core._sentences import format_count, join_channels
from campaignkit.decider import ApprovalPreview
from campaignkit.display._descriptions import (
    describe_changes,
    describe_command,
    describe_time,
    describe_value,
)
from campaignkit.display._document import (
    Column,
    Difference,
    Document,
    Facts,
    Part,
    Row,
    Sentences,
    Table,
)
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    CHANNEL_COLUMN,
    assignment_table,
    bottleneck_part,
    bracket_ids,
    campaign_facts,
    campaign_title,
    channel_table,
    corrupt_part,
    event_part,
    lead_count,
    lead_reason_part,
    limit_facts,
    number_column,
    plan_parts,
    progress_facts,
    progress_table,
    readable_parts,
    reason_part,
    release_part,
    share_table,
    suggestion_part,
    suggestion_parts,
    targeting_facts,
    tier_flow,
    warning_part,
)
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import Fields
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Page
from campaignkit.domain._suggestions import Suggestion, SuggestionHead
from campaignkit.planning._advice import Advice
from campaignkit.planning._explanations import explain_nobody_placed
from campaignkit.planning._forecast import Forecast, ForecastDay
from campaignkit.planning._intake import Intake, Release
from campaignkit.planning._plan import Plan, read_mix
from campaignkit.planning._totals import CountPlan
from campaignkit.targeting._targeting import Targeting

_MOST_FORECAST_DAYS = 62


# --- what a campaign is made of --------------------------------------------------------------


@make_document.register
def _(value: Allocation) -> Document:
    return Document("Allocation", [share_table(value)])


@make_document.register
def _(value: ALSGate) -> Document:
    rows = [
        (tier, scores, join_channels(value.channels(tier)))
        for tier, scores in zip(ALSTier, _describe_scores(value), strict=True)
    ]
    return Document("ALS gate", [Table([Column("tier"), Column("score"), Column("opens")], rows)])


def _describe_scores(gate: ALSGate) -> Iterator[str]:
    above: float | None = None
    for bound in gate.bounds.values():
        yield f"{bound} and up" if above is None else f"{bound} up to {above}"
        above = bound
    yield f"below {above}"


@make_document.register
def _(value: Targeting) -> Document:
    return Document("Targeting", [Facts(targeting_facts(value))])


@make_document.register
def _(value: Campaign) -> Document:
    if value.faults:
        return Document(campaign_title(value), readable_parts(value))
    times = {"created": value.created_at, "updated": value.updated_at, "deleted": value.deleted_at}
    facts = [
        *campaign_facts(value),
        *limit_facts(value),
        *((name, describe_time(at)) for name, at in times.items() if at),
    ]
    return Document(campaign_title(value), [Facts(facts), share_table(value.allocation)])


@make_document.register
def _(value: Decision) -> Document:
    title = "Refused"
    if value.allowed:
        title = f"Allowed on {value.channel}" if value.channel else "Allowed"
    return Document(title, [Sentences(value.messages)])


# --- plans -----------------------------------------------------------------------------------


@make_document.register
def _(value: Plan) -> Document:
    leads = len(value.assignments) + len(value.unassigned)
    asked, carried = read_mix(value)
    table = channel_table(target=value.target, counts=value.counts, asked=asked, carried=carried)
    without_channel = lead_reason_part("Without a channel", value.unassigned.items())
    nobody = explain_nobody_placed(value.counts.total, Counter(value.unassigned.values()))
    return Document(
        f"Plan: {value.counts.total:,} of {format_count(leads, 'lead')} with a channel",
        [*warning_part([nobody]), *plan_parts(table, value, value.flow(), without_channel)],
    )


@make_document.register
def _(value: CountPlan) -> Document:
    rows: list[Row] = [
        (
            join_channels(channels),
            counts.total,
            *counts.amounts,
        )
        for channels, counts in value.by_eligibility.items()
    ]
    columns = [Column("open"), number_column("leads"), *map(number_column, CHANNELS)]
    held = [f"held because all channels are full: {format_count(value.held, 'lead')}"]
    return Document(
        f"Plan of counts: {format_count(value.counts.total, 'lead')} with a channel",
        [
            channel_table(target=value.target, counts=value.counts),
            *([Table(columns, rows, caption="By open channels")] if rows else []),
            *bottleneck_part(value.bottlenecks, value.counts),
            *([Sentences(held)] if value.held else []),
        ],
    )


@make_document.register
def _(value: Intake) -> Document:
    new, plan, progress = len(value.assignments), value.plan, value.progress
    already = format_count(len(value.already), "lead")
    there = [f"{already} already in the campaign{bracket_ids(value.already)}"]
    carried = {channel: n - plan.counts[channel] for channel, n in progress.carried.items()}
    return Document(
        f"Intake on {progress.day}: {new:,} of {format_count(lead_count(value), 'lead')} admitted",
        [
            channel_table(
                target=plan.target,
                counts=plan.counts,
                asked=progress.allocation,
                carried=ChannelCounts(carried),
            ),
            *_tier_part(plan),
            *bottleneck_part(plan.bottlenecks, plan.counts),
            *([Sentences(there, "Admitted before")] if value.already else []),
            *lead_reason_part("Waiting", value.deferred.items()),
            *lead_reason_part("Without a channel", value.unassigned.items()),
            Facts(progress_facts(progress), "Progress"),
        ],
    )


def _tier_part(plan: Plan) -> list[Part]:
    """Return which tiers get which channels, if the plan knows the tiers."""
    flow = plan.flow()
    return [tier_flow(flow, caption="From tiers to channels")] if flow else []


# --- suggestions and pages -------------------------------------------------------------------


@make_document.register
def _(value: SuggestionHead) -> Document:
    return Document(_title_suggestion(value), suggestion_parts(value))


@make_document.register
def _(value: Suggestion) -> Document:
    return Document(_title_suggestion(value), suggestion_parts(value))


def _title_suggestion(suggestion: Suggestion | SuggestionHead) -> str:
    passed = ", its day is over" if suggestion.day_passed else ""
    return f"Suggestion to {suggestion.action}: {suggestion.state}{passed}"


@make_document.register
def _(value: ApprovalPreview) -> Document:
    outcome, head = value.outcome, value.suggestion
    parts: list[Part] = []
    match outcome:
        case Intake():
            total = format_count(lead_count(outcome), "lead")
            title = f"{len(outcome.assignments):,} of {total} admitted on {outcome.progress.day}"
            parts += make_document(outcome).parts
        case Release():
            title = f"{format_count(len(outcome.released), 'lead')} released"
            parts += release_part(outcome)
        case Campaign():
            title = describe_command(value.command)
            names = value.command.changed_fields
            changes = list(describe_changes(head.before, Fields.of(outcome, names)))
            parts.append(Sentences(changes, "Changes to the campaign"))
    return Document(
        f"If approved now: {title}", [suggestion_part(head), _change_part(value), *parts]
    )


def _change_part(preview: ApprovalPreview) -> Part:
    """Return what is different from the suggestion, as a table if there is anything."""
    if not preview.changes:
        return Sentences([], "Nothing has changed since it was suggested.")
    columns = [Column("changed"), Column("suggested"), Column("now")]
    rows = [
        (name, describe_value(was), describe_value(now))
        for name, (was, now) in preview.changes.items()
    ]
    return Table(columns, rows)


@make_document.register(Page)
def _(value: Page[Any, Any]) -> Document:
    title, parts = "Nothing", list[Part]()
    if value.items:
        noun, parts = _list_items(value.items)
        title = format_count(len(value.items), noun)
    if value.next is not None:
        title += ", and there are more"
    return Document(title, [*parts, *corrupt_part([str(error) for error in value.corrupt])])


def _list_items(items: Sequence[object]) -> tuple[str, list[Part]]:
    """Return what the items of a page, which are of one kind, are called, and the list of them."""
    match items[0]:
        case Event():
            return "event", [event_part(cast("Sequence[Event]", items))]
        case Suggestion() | SuggestionHead():
            suggestions = cast("Sequence[Suggestion | SuggestionHead]", items)
            return "suggestion", [suggestion_part(each) for each in suggestions]
        case Campaign():
            columns = [Column("name"), Column("status"), Column("id", is_id=True)]
            campaigns = cast("Sequence[Campaign]", items)
            rows: list[Row] = [(each.name, each.status, str(each.id)) for each in campaigns]
            return "campaign", [Table(columns, rows)]
        case _:
            assignments = cast("Sequence[Assignment]", items)
            return "lead", [assignment_table((each.lead_id, each) for each in assignments)]


# --- what a campaign has done, and will do ---------------------------------------------------


@make_document.register
def _(value: Progress) -> Document:
    if value.allocation is not None:
        table = progress_table(value, value.allocation)
    else:
        rows = [(channel, leads) for channel, leads in value.carried.items()]
        table = Table([CHANNEL_COLUMN, number_column("given")], rows)
    title = f"Progress on {value.day}" if value.day else "Progress"
    return Document(title, [Facts(progress_facts(value)), table])


@make_document.register
def _(value: Forecast) -> Document:
    days = value.days[:_MOST_FORECAST_DAYS]
    rows: list[Row] = [
        (
            str(each.day),
            each.counts.total,
            *each.counts.amounts,
            each.progress.admitted_total,
            "; ".join(each.idle) or _describe_shortfall(each),
        )
        for each in days
    ]
    columns = [*map(number_column, ("day", "leads", *CHANNELS, "in all")), Column("shortfall")]
    more = len(value.days) - len(days)
    return Document(
        f"{value.campaign.name}: forecast of {format_count(len(value.days), 'day')}",
        [
            Sentences(value.sentences),
            *([Table(columns, rows)] if rows else []),
            *([Sentences([f"and {format_count(more, 'more day')}"])] if more else []),
            *reason_part("Without a channel", value.unassigned),
        ],
    )


def _describe_shortfall(day: ForecastDay) -> str:
    return ", ".join(
        f"{channel} {wanted - day.counts[channel]:,}"
        for channel, wanted in day.target.items()
        if wanted > day.counts[channel]
    )


@make_document.register
def _(value: Advice) -> Document:
    parts: list[Part] = [Sentences(value.sentences)]
    if value.nearest is not None and value.nearest != value.asked:
        rows: list[Row] = [
            (channel, f"{asked}%", f"{near}%", Difference(near - asked))
            for (channel, asked), near in zip(
                value.asked.items(), value.nearest.shares, strict=True
            )
        ]
        columns = map(number_column, ("asked", "nearest", "difference"))
        parts.append(Table([CHANNEL_COLUMN, *columns], rows))
    return Document("Advice on an allocation", parts)
