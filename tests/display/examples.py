"""One value of each kind that can be looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import campaignkit as ck
from campaignkit.domain.pictured import Pictured

__all__ = ["EXAMPLES", "LEADS"]

LEADS = [ck.Lead(n, score) for n, score in enumerate((90, 88, 70, 65, 40, 38, 25, 22, 10, None))]
MADE = datetime(2026, 11, 1, tzinfo=UTC)
MONDAY = ck.Progress(date(2026, 11, 23), allocation=ck.DEFAULT_ALLOCATION)
COLD = {ck.DEFAULT_GATE.channels(ck.ALSTier.COLD): 90}

draft = ck.Campaign.draft(
    id=UUID(int=1), client_id=UUID(int=2), name="Sydney agencies", created_at=MADE
)
named = [ck.Lead(f"lead-{lead.id}", lead.als_score) for lead in LEADS]

EXAMPLES: tuple[Pictured, ...] = (
    ck.DEFAULT_ALLOCATION,
    ck.DEFAULT_GATE,
    ck.Targeting(titles=("CEO",)),
    draft,
    draft.can("pause"),
    draft.can("activate"),
    MONDAY,
    ck.plan(ck.DEFAULT_ALLOCATION, LEADS),
    ck.plan_counts(ck.DEFAULT_ALLOCATION, COLD),
    ck.intake(draft.activate(at=MADE), named, progress=MONDAY),
    ck.forecast(draft, named, days=3, progress=MONDAY),
    ck.allocation_advice(ck.DEFAULT_ALLOCATION, COLD),
)
