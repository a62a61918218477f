"""Values of every kind that a person looks at; `test_every_kind` finds kinds without one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import polars as pl

import campaignkit as ck
from campaignkit import frames
from campaignkit.storage import ClientSnapshot, ClientWrites, MemoryStore, Page, Writes

__all__ = ["EXAMPLES", "HISTORY", "LEADS", "MADE", "PAGES", "PREVIEWS", "SUGGESTIONS"]

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

RUNNING = draft.activate(at=MADE)
PLAN = ck.plan(ck.DEFAULT_ALLOCATION, LEADS)
INTAKE = ck.intake(RUNNING, named, progress=MONDAY)
FORECAST = ck.forecast(draft, named, days=3, progress=MONDAY)
BRIEF = RUNNING.brief(date(2026, 11, 23), MONDAY)
TARGETING = ck.Targeting(titles=("CEO",), company_sizes=("11-50",))
MATCH = TARGETING.match(ck.Prospect(title="Co-Founder & CEO", company_size="1-50"))
TERMS = frames.Terms(ck.DEFAULT_ALLOCATION, at_most={"sms": 2}, carried={"email": 5}, daily_room=50)
TABLE = pl.DataFrame(
    {
        "lead_id": [lead.id for lead in named],
        "als_score": [lead.als_score for lead in named],
        "campaign": ["north", "south"] * 5,
    }
)
FRAMES = frames.allocate(TABLE, ck.DEFAULT_ALLOCATION, campaign="campaign")
COMMANDS = (
    ck.Edit(name="Hobart agencies", allocation=ck.Allocation(email=60, sms=40)),
    ck.Activate(),
    ck.Pause(),
    ck.Complete(),
    ck.Delete(),
    ck.Restore(),
    ck.AssignLeads(named, date(2026, 11, 23)),
    ck.ReleaseLeads(["lead-1", "lead-3"]),
)
SNAPSHOT = service.store.snapshot(*who, day=date(2026, 11, 23), lead_ids=["lead-1", "lead-9"])
OPERATION = ck.Operation(
    name="intake",
    client_id=draft.client_id,
    campaign_id=None,
    attempt=2,
    lock_wait=0.012,
    duration=0.4,
    outcome=ck.OperationOutcome.CONFLICT,
    error="TransientConflictError",
)

COMPARISON = ck.compare({"asked": ck.DEFAULT_ALLOCATION, "calls": ck.Allocation(voice=100)}, COLD)
SHARED = ck.share_out(
    named, {"north": 3, "south": 1}, lambda lead: ["north"][: lead.als_score == 90] or ["south"]
)

POLICY = ck.ClientPolicy(
    one_campaign_per_lead=True,
    cooldown=30,
    channel_limits={"linkedin": ck.ChannelLimit(per_day=17, per_week=100)},
)
STOP = ck.Suppression("lead-1", ck.Channel.SMS, date(2026, 12, 31), by=ANN, at=MADE, reason="asked")
STATE = ck.ClientState(
    POLICY,
    used={date(2026, 11, 23): ck.ChannelCounts({"linkedin": 15})},
    claims={"lead-3": (ck.Claim("lead-3", draft.id, date(2026, 11, 23), is_live=True),)},
    suppressions={"lead-1": (STOP,)},
)
POLICY_SET = ck.ClientEvent(
    client_id=draft.client_id,
    number=1,
    kind=ck.ClientEventKind.POLICY_SET,
    by=ANN,
    at=MADE,
    after=POLICY,
)
SUPPRESSED = ck.ClientEvent(
    client_id=draft.client_id,
    kind=ck.ClientEventKind.SUPPRESSED,
    by=ANN,
    at=MADE,
    leads=1,
    channels=(ck.Channel.SMS,),
)
GONE = ck.ReleasedLead(INTAKE.assignments["lead-1"], contacted=True, by=ANN, at=MADE)
RECORD = ck.LeadRecord(
    "lead-1",
    (
        ck.LeadEntry(
            kind=ck.LeadEntryKind.ADMITTED,
            campaign_id=draft.id,
            channel=ck.Channel.SMS,
            day=date(2026, 11, 23),
            at=MADE,
        ),
        ck.LeadEntry(
            kind=ck.LeadEntryKind.RELEASED, campaign_id=draft.id, at=MADE, by=ANN, contacted=True
        ),
        ck.LeadEntry(
            kind=ck.LeadEntryKind.SUPPRESSED,
            at=MADE,
            by=ANN,
            until=date(2026, 12, 31),
            reason="asked",
        ),
    ),
)
CLIENTS: tuple[Any, ...] = (
    POLICY,
    ck.ClientPolicy(),
    *POLICY.channel_limits.values(),
    STOP,
    STATE,
    *STATE.claims["lead-3"],
    GONE,
    ck.LiveAssignment(draft.id, INTAKE.assignments["lead-1"]),
    POLICY_SET,
    SUPPRESSED,
    RECORD,
    *RECORD.entries,
    ck.LeadRecord("nobody"),
    Page[ck.Suppression, str]((STOP,)),
    Page[ck.ClientEvent, int]((POLICY_SET, SUPPRESSED)),
    ClientSnapshot(STATE),
    ClientWrites[None](policy=POLICY, events=(POLICY_SET,)),
    ClientWrites[None](),
)

EXAMPLES: tuple[Any, ...] = (
    *CLIENTS,
    ck.DEFAULT_ALLOCATION,
    ck.DEFAULT_GATE,
    TARGETING,
    draft,
    draft.can("pause"),
    draft.can("activate"),
    MONDAY,
    PLAN,
    PLAN.counts,
    PLAN.explain(3),
    PLAN.assignments,
    PLAN.unassigned,
    PLAN.flow(),
    ck.plan_counts(ck.DEFAULT_ALLOCATION, COLD),
    *ck.plan_counts(ck.DEFAULT_ALLOCATION, COLD).bottlenecks,
    ck.plan_counts(ck.DEFAULT_ALLOCATION, COLD).by_eligibility,
    INTAKE,
    INTAKE.assignments,
    INTAKE.assignments["lead-1"],
    ck.release(RUNNING, ["lead-1", "x"], progress=INTAKE.progress, already=INTAKE.assignments),
    FORECAST,
    FORECAST.days[0],
    FORECAST.unassigned,
    FORECAST.days[0].by_tier,
    BRIEF,
    draft.brief(date(2026, 11, 23), MONDAY),
    *BRIEF.needs,
    *LEADS[-2:],
    ck.Lead("lead-1", 55, reachable=frozenset({ck.Channel.SMS, ck.Channel.EMAIL})),
    ck.Prospect(title="Co-Founder & CEO", company_size="11-50"),
    MATCH,
    MATCH.company_size,
    *map(ck.targeting.CompanySize.parse, ("1", "11-50", "500+")),
    suggested,
    suggested.head,
    ck.Rejection("lead-1", suggested.id, date(2026, 12, 31)),
    PREVIEWS[0],
    *PAGES,
    *HISTORY.items[:2],
    *COMMANDS,
    ck.Fields.of(draft, ["name", "start_date", "daily_lead_limit"]),
    ANN,
    AI,
    OPERATION,
    SNAPSHOT,
    Writes[None](),
    Writes[str](progress=MONDAY, assigned=tuple(INTAKE.assignments.values()), outcome="done"),
    TERMS,
    frames.Terms(ck.DEFAULT_ALLOCATION, total_room=5),
    FRAMES,
    FRAMES.for_campaign("north"),
    FRAMES.terms,
    FRAMES.plans,
    FRAMES.plans["north"],
    frames.RecordCounts(assigned=8, already=2, left_out={ck.Reason.CLAIMED: 1}),
    ck.allocation_advice(ck.DEFAULT_ALLOCATION, COLD),
    COMPARISON,
    COMPARISON["calls"],
    SHARED,
    SHARED.bottlenecks[0],
    frames.share_out(TABLE.drop("campaign"), {"north": 3, "south": 1}, fits={"north": pl.lit(1)}),
    ck.compare_horizons(draft, named, [1, "pool"], days=3, progress=MONDAY),
)
