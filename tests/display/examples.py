"""One value of each kind that can be looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import campaignkit as ck
from campaignkit.core._display import DisplayMixin
from campaignkit.storage import MemoryStore

__all__ = ["EXAMPLES", "HISTORY", "LEADS", "PAGES", "PREVIEWS", "SUGGESTIONS"]

LEADS = [ck.Lead(n, score) for n, score in enumerate((90, 88, 70, 65, 40, 38, 25, 22, 10, None))]
MADE = datetime(2026, 11, 1, tzinfo=UTC)
MONDAY = ck.Progress(date(2026, 11, 23), allocation=ck.DEFAULT_ALLOCATION)
COLD = {ck.DEFAULT_GATE.channels(ck.ALSTier.COLD): 90}

draft = ck.Campaign.draft(
    id=UUID(int=1), client_id=UUID(int=2), name="Sydney agencies", created_at=MADE
)
named = [ck.Lead(f"lead-{lead.id}", lead.als_score) for lead in LEADS]

ANN, AI = ck.Actor.user("ann"), ck.Actor.ai("scout")
service = ck.CampaignService(MemoryStore(), clock=lambda: MADE)
service.create(draft, by=ANN)
who = draft.client_id, draft.id
service.edit(*who, by=ANN, allocation=ck.Allocation(email=100), daily_lead_limit=2_000)
service.activate(*who, by=ANN)
service.intake(*who, named[:4], day=date(2026, 11, 23), by=ANN)
suggested = service.intake(*who, named, day=date(2026, 11, 24), by=AI)
assert isinstance(suggested, ck.Suggestion)

HISTORY = service.history(*who)
SUGGESTIONS = service.suggestions(draft.client_id)
PAGES = (HISTORY, SUGGESTIONS, service.find(draft.client_id), service.store.assignments(*who))

rename = service.edit(*who, by=AI, name="Hobart agencies", reason="the client asked")
removal = service.release(*who, ["lead-1", "lead-3"], by=AI)
assert isinstance(rename, ck.Suggestion)
assert isinstance(removal, ck.Suggestion)
PREVIEWS = (
    service.preview_approval(draft.client_id, suggested.id, by=ANN, day=date(2026, 11, 25)),
    service.preview_approval(draft.client_id, rename.id, by=ANN, amend={"name": "Perth"}),
    service.preview_approval(draft.client_id, removal.id, by=ANN),
)

EXAMPLES: tuple[DisplayMixin, ...] = (
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
    suggested,
    suggested.head,
    PREVIEWS[0],
    *PAGES,
    ck.allocation_advice(ck.DEFAULT_ALLOCATION, COLD),
)
