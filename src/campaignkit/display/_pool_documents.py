"""The documents of pools that are shared out to campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from campaignkit.core._sentences import format_count
from campaignkit.display._document import (
    Column,
    Difference,
    Document,
    Part,
    Row,
    Sentences,
    Table,
)
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import name_ids, number_column
from campaignkit.domain._leads import Lead
from campaignkit.planning._share_out import PoolBottleneck, ShareOut

_MOST_CAMPAIGNS = 40


@make_document.register(ShareOut)
def _(value: ShareOut[Any]) -> Document:
    total = sum(value.counts.values())
    campaigns = format_count(len(value.counts), "campaign")
    parts: list[Part] = [_campaign_table(value, total)]
    if (more := len(value.counts) - _MOST_CAMPAIGNS) > 0:
        parts.append(Sentences([f"and {format_count(more, 'more campaign')}"]))
    if value.bottlenecks:
        lines = [str(bottleneck) for bottleneck in value.bottlenecks]
        parts.append(Sentences(lines, "Bottlenecks", is_warning=True))
    if value.unassigned:
        leads = format_count(len(value.unassigned), "lead")
        names = name_ids(lead.id for lead in value.unassigned)
        parts.append(Sentences([names], f"Fits no campaign: {leads}"))
    return Document(f"Shared out: {format_count(total, 'lead')} to {campaigns}", parts)


def _campaign_table(shared: ShareOut[Any], total: int) -> Table:
    """Return what the first campaigns get beside their targets, and the mean of their scores."""
    columns = [Column("campaign"), *map(number_column, ("target", "given", "difference"))]
    rows: list[Row] = [
        (
            str(key),
            shared.target[key],
            count,
            Difference(count - shared.target[key]),
            _describe_mean_score(shared.leads[key]),
        )
        for key, count in [*shared.counts.items()][:_MOST_CAMPAIGNS]
    ]
    sums: Row = ("total", sum(shared.target.values()), total, "", "")
    return Table([*columns, number_column("mean score")], rows, sums)


def _describe_mean_score(leads: Sequence[Lead]) -> str:
    scores = [lead.als_score for lead in leads if lead.als_score is not None]
    return f"{fmean(scores):.1f}" if scores else ""


@make_document.register(PoolBottleneck)
def _(value: PoolBottleneck[Any]) -> Document:
    short = format_count(value.wanted - value.room, "lead")
    line = f"so every split is {short} short there"
    return Document("Bottleneck", [Sentences([str(value), line])])
