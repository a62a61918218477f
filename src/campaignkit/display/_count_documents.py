"""The documents of numbers of leads: counts by channel, what is short, a day of a forecast."""

from __future__ import annotations

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._sentences import format_count, join_channels
from campaignkit.display._document import Column, Document, Facts, Row, Sentences, Table
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    bottleneck_part,
    bracket_ids,
    channel_table,
    counts_table,
    number_column,
    progress_facts,
    release_part,
    targeting_facts,
)
from campaignkit.domain._brief import Brief, Need
from campaignkit.planning._forecast import ForecastDay
from campaignkit.planning._intake import Release
from campaignkit.planning._totals import Bottleneck, Totals


@make_document.register
def _(value: ChannelCounts) -> Document:
    return Document(f"{format_count(value.total, 'lead')} by channel", [counts_table(value)])


@make_document.register
def _(value: Bottleneck) -> Document:
    facts = [
        ("target", f"{format_count(value.wanted, 'lead')} for these channels together"),
        ("room", f"{format_count(value.room, 'lead')}, who may get one of them, within the caps"),
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
    return Document(
        f"Release: {format_count(len(value.released), 'lead')} released",
        [
            *release_part(value),
            *([Sentences([absent], "Not in the campaign")] if value.absent else []),
            Facts(progress_facts(value.progress), "Progress after it"),
        ],
    )


@make_document.register
def _(value: ForecastDay) -> Document:
    rows: list[Row] = [
        (tier, counts.total, *counts.amounts) for tier, counts in value.by_tier.items()
    ]
    columns = [Column("tier"), number_column("leads"), *map(number_column, CHANNELS)]
    return Document(
        f"Forecast of {value.day}: {format_count(value.counts.total, 'lead')}",
        [
            *([Sentences(value.idle, "The campaign takes no leads")] if value.idle else []),
            *([channel_table(target=value.target, counts=value.counts)] if rows else []),
            *([Table(columns, rows, caption="From tiers to channels")] if rows else []),
            *bottleneck_part(value.bottlenecks, value.counts),
            Facts(progress_facts(value.progress), "Progress after it"),
        ],
    )


# --- what is wanted --------------------------------------------------------------------------


@make_document.register
def _(value: Brief) -> Document:
    today = format_count(value.today, "lead")
    more = (
        "no limit" if value.in_all is None else f"up to {format_count(value.in_all, 'more lead')}"
    )
    facts = [
        ("campaign", str(value.campaign_id)),
        ("client", str(value.client_id)),
        ("in all", more),
        *targeting_facts(value.targeting),
    ]
    idle = [(reason, reason.message) for reason in value.idle]
    return Document(
        f"Brief for {value.day}: {today} wanted",
        [
            *([Facts(idle, "Why none is wanted")] if idle else []),
            Facts(facts),
            *([counts_table(value.wanted, "Wanted")] if value.wanted.total else []),
            *(
                [Sentences([f"at least {need}" for need in value.needs], _NEEDED)]
                if value.needs
                else []
            ),
        ],
    )


_NEEDED = "Needed to fill every channel"


@make_document.register
def _(value: Need) -> Document:
    return Document("Need", [Sentences([f"at least {value}"])])
