"""What notebooks and terminals show of terms and of recorded leads."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from campaignkit.core._channels import CHANNELS
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Column, Document, Facts, Part, Row, Sentences, Table
from campaignkit.display._parts import counts_table, number_column, share_table

if TYPE_CHECKING:
    from campaignkit.frames._record import RecordCounts
    from campaignkit.frames._terms import Terms
    from campaignkit.frames._vectorized import Plans


def terms_document(terms: Terms) -> Document:
    """Return the document of the terms of a campaign."""
    caps = "none" if terms.at_most is None else "nothing is capped"
    if terms.at_most:
        caps = ", ".join(f"{channel} at {n:,}" for channel, n in terms.at_most.items())
    facts = [
        ("today", _describe_room(terms.daily_room)),
        ("in all", _describe_room(terms.total_room)),
        ("carried", f"{format_count(terms.carried.total, 'lead')} given before"),
        ("caps", caps),
        ("overflow", terms.overflow.value),
    ]
    carried = [counts_table(terms.carried)] if terms.carried.total else []
    return Document("Terms", [Facts(facts), share_table(terms.allocation), *carried])


def _describe_room(room: int | None) -> str:
    return "no limit" if room is None else f"up to {format_count(room, 'more lead')}"


def record_document(counts: RecordCounts) -> Document:
    """Return the document of the leads that a campaign was given."""
    rows = [
        (counts.assigned, "assigned", "admitted to the campaign now"),
        (counts.already, "already", "in the campaign before"),
        (counts.waiting, "waiting", "a limit of the campaign is reached"),
        (counts.rejected, "rejected", "a user has rejected them for the AI"),
    ]
    total = sum(number for number, _, _ in rows)
    title = f"{counts.assigned:,} of {format_count(total, 'lead')} admitted"
    return Document(title, [Facts(rows)])


_MOST_CAMPAIGNS = 20


def plans_document(plans: Plans) -> Document:
    """Return the document of the totals of campaigns, those of the first few."""
    rows: list[Row] = [
        (
            "all leads" if key is None else str(key),
            totals.counts.total,
            *totals.counts.amounts,
            ", ".join(map(str, totals.bottlenecks)),
        )
        for key, totals in islice(plans.items(), _MOST_CAMPAIGNS)
    ]
    columns = [
        *(Column("campaign", is_id=True), number_column("leads")),
        *(*map(number_column, CHANNELS), Column("bottlenecks")),
    ]
    parts: list[Part] = [Table(columns, rows)] if rows else []
    if more := len(plans) - len(rows):
        parts.append(Sentences([f"and {format_count(more, 'more campaign')}"]))
    return Document(f"Totals of {format_count(len(plans), 'campaign')}", parts)
