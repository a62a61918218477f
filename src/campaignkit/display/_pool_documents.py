"""The documents of pools that are shared out to campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from campaignkit.display._parts import more_part, name_ids, number_column
from campaignkit.domain._leads import Lead
from campaignkit.planning._share_out import PoolBottleneck, ShareOut

_MOST_POOL_CAMPAIGNS = 40
_MOST_BOTTLENECKS = 20


@make_document.register(ShareOut)
def _(value: ShareOut[Any]) -> Document:
    means = {key: _mean_score(leads) for key, leads in value.leads.items()}
    names = [name_ids(lead.id for lead in value.unassigned)]
    return share_out_document(
        counts=value.counts,
        target=value.target,
        mean_scores=means,
        bottlenecks=value.bottlenecks,
        unassigned=len(value.unassigned),
        names=names,
    )


def share_out_document(
    *,
    counts: Mapping[Any, int],
    target: Mapping[Any, int],
    mean_scores: Mapping[Any, float | None],
    bottlenecks: Sequence[PoolBottleneck[Any]],
    unassigned: int,
    names: Sequence[str] = (),
) -> Document:
    """Return the document of a pool that is shared out.

    `unassigned` is the number of leads that fit no campaign; `names` say which these are.
    """
    total = sum(counts.values())
    campaigns = format_count(len(counts), "campaign")
    columns = [Column("campaign"), *map(number_column, ("target", "given", "difference"))]
    rows: list[Row] = [
        (
            str(key),
            target[key],
            count,
            Difference(count - target[key]),
            "" if (mean := mean_scores[key]) is None else f"{mean:.1f}",
        )
        for key, count in [*counts.items()][:_MOST_POOL_CAMPAIGNS]
    ]
    sums: Row = ("total", sum(target.values()), total, "", "")
    parts: list[Part] = [Table([*columns, number_column("mean score")], rows, sums)]
    parts += more_part(len(counts) - _MOST_POOL_CAMPAIGNS, "campaign")
    if bottlenecks:
        lines = [str(bottleneck) for bottleneck in bottlenecks[:_MOST_BOTTLENECKS]]
        parts.append(Sentences(lines, "Bottlenecks", is_warning=True))
    parts += more_part(len(bottlenecks) - _MOST_BOTTLENECKS, "bottleneck")
    if unassigned:
        parts.append(Sentences(names, f"Fits no campaign: {format_count(unassigned, 'lead')}"))
    return Document(f"Shared out: {format_count(total, 'lead')} to {campaigns}", parts)


def _mean_score(leads: Sequence[Lead]) -> float | None:
    scores = [lead.als_score for lead in leads if lead.als_score is not None]
    return fmean(scores) if scores else None


@make_document.register(PoolBottleneck)
def _(value: PoolBottleneck[Any]) -> Document:
    short = format_count(value.wanted - value.room, "lead")
    line = f"so every split is {short} short there"
    return Document("Bottleneck", [Sentences([str(value), line])])
