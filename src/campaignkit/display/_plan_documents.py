"""The documents of plans and intakes, and of the counts and bottlenecks in them."""

from __future__ import annotations

from collections import Counter

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._sentences import format_count, join_channels
from campaignkit.display._document import (
    Column,
    Document,
    Facts,
    Row,
    Sentences,
    Table,
)
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    bottleneck_part,
    bracket_ids,
    channel_table,
    counts_table,
    later_days_part,
    lead_count,
    lead_reason_part,
    number_column,
    plan_parts,
    progress_facts,
    release_part,
    tier_part,
    warning_part,
)
from campaignkit.planning._explanations import explain_nobody_placed
from campaignkit.planning._intake import Intake, Release
from campaignkit.planning._plan import Plan, read_mix
from campaignkit.planning._totals import Bottleneck, CountPlan, Totals


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
            *tier_part(plan.flow()),
            *bottleneck_part(plan.bottlenecks, plan.counts),
            *([Sentences(there, "Admitted before")] if value.already else []),
            *lead_reason_part("Waiting", value.deferred.items()),
            *later_days_part(value.sentences),
            *lead_reason_part("Without a channel", value.unassigned.items()),
            Facts(progress_facts(progress), "Progress"),
        ],
    )


@make_document.register
def _(value: ChannelCounts) -> Document:
    return Document(f"{format_count(value.total, 'lead')} by channel", [counts_table(value)])


@make_document.register
def _(value: Bottleneck) -> Document:
    several = len(value.channels) > 1
    facts = [
        ("target", f"{format_count(value.wanted, 'lead')}{' together' if several else ''}"),
        ("room", f"{format_count(value.room, 'lead')}, by tier, reachability and caps"),
        ("shortfall", f"{format_count(value.wanted - value.room, 'lead')} in every plan"),
    ]
    return Document(f"Bottleneck: {join_channels(value.channels)}", [Facts(facts)])


@make_document.register
def _(value: Totals) -> Document:
    return Document(
        f"Totals of a plan: {format_count(value.counts.total, 'lead')} with a channel",
        [
            channel_table(target=value.target, counts=value.counts),
            *bottleneck_part(value.bottlenecks, value.counts),
        ],
    )


@make_document.register
def _(value: Release) -> Document:
    absent = f"{format_count(len(value.absent), 'lead')}{bracket_ids(value.absent)}"
    contacted = f" ({len(value.contacted):,} as contacted)" if value.contacted else ""
    return Document(
        f"Release: {format_count(len(value.released), 'lead')} released{contacted}",
        [
            *release_part(value),
            *([Sentences([absent], "Not in the campaign")] if value.absent else []),
            Facts(progress_facts(value.progress), "Progress after it"),
        ],
    )
