"""The documents of a campaign, of what it is made of, and of what it has done and needs."""

from __future__ import annotations

from collections.abc import Iterator

from campaignkit.core._channels import CHANNELS
from campaignkit.core._decisions import Decision
from campaignkit.core._sentences import format_count, join_channels
from campaignkit.display._descriptions import (
    describe_time,
)
from campaignkit.display._document import (
    Column,
    Document,
    Facts,
    Part,
    Sentences,
    Table,
)
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    CHANNEL_COLUMN,
    campaign_facts,
    campaign_title,
    counts_table,
    limit_facts,
    number_column,
    progress_facts,
    progress_table,
    readable_parts,
    share_table,
    targeting_facts,
)
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._brief import Brief, Need
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.domain._ledger import Progress
from campaignkit.targeting._targeting import Targeting


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


@make_document.register
def _(value: Progress) -> Document:
    if value.allocation is not None:
        table = progress_table(value, value.allocation)
    else:
        rows = [(channel, leads) for channel, leads in value.carried.items()]
        table = Table([CHANNEL_COLUMN, number_column("given")], rows)
    title = f"Progress on {value.day}" if value.day else "Progress"
    return Document(title, [Facts(progress_facts(value)), table])


def client_limit_parts(brief: Brief) -> list[Part]:
    """Say what the client's limits leave of each channel on the day, where it has any."""
    limits = [
        f"{channel} is shut: {brief.shut[channel]}"
        if channel in brief.shut
        else f"{channel}: room for {format_count(brief.room[channel], 'lead')}"
        for channel in CHANNELS
        if channel in brief.room
    ]
    return [Sentences(limits, "Limits of the client")] if limits else []


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
            *client_limit_parts(value),
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
