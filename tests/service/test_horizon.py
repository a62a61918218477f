"""Horizons through the service: previews, suggestions and approvals keep them, in every store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

import campaignkit as ck
from campaignkit.domain._horizons import Horizon
from campaignkit.storage import MemoryStore
from campaignkit.storage.sqlalchemy import SQLAlchemyStore

MONDAY = date(2026, 11, 23)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
POOL = [ck.Lead(f"hot-{n}", 90) for n in range(4)] + [ck.Lead(f"cold-{n}", 25) for n in range(12)]
MIX = ck.Allocation(email=75, sms=25)


@pytest.fixture(params=["memory", "sqlite"])
def service(request: pytest.FixtureRequest) -> ck.CampaignService:
    store = MemoryStore() if request.param == "memory" else SQLAlchemyStore.open("sqlite://")
    return ck.CampaignService(store, clock=lambda: datetime(2026, 11, 20, tzinfo=UTC))


def start(
    service: ck.CampaignService, mode: ck.PermissionMode, end: date | None = None
) -> tuple[UUID, UUID]:
    draft = ck.Campaign.draft(
        client_id=UUID(int=2),
        name="x",
        allocation=MIX,
        daily_lead_limit=4,
        permission_mode=mode,
        end_date=end,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    service.create(draft, by=ANN)
    service.activate(draft.client_id, draft.id, by=ANN)
    return draft.client_id, draft.id


@pytest.mark.parametrize("horizon", [1, 4, "end"])
def test_a_preview_shows_what_the_intake_does(
    service: ck.CampaignService, horizon: Horizon
) -> None:
    key = start(service, ck.PermissionMode.AUTOPILOT, end=MONDAY + timedelta(days=3))
    seen = service.preview(*key, POOL, day=MONDAY, by=ANN, horizon=horizon)
    done = service.intake(*key, POOL, day=MONDAY, by=ANN, horizon=horizon)
    assert done == seen
    hot = sum(i.startswith("hot") for i in done.assignments)
    assert hot == (4 if horizon == 1 else 1)


def test_the_days_of_a_horizon_give_scarce_channels_all_they_can_get(
    service: ck.CampaignService,
) -> None:
    key = start(service, ck.PermissionMode.AUTOPILOT)
    for day in range(4):
        service.intake(*key, POOL, day=MONDAY + timedelta(days=day), by=ANN, horizon=4 - day)
    progress = service.store.progress(*key, MONDAY)
    assert progress.carried == ck.ChannelCounts({"email": 12, "sms": 4})


@pytest.mark.parametrize("horizon", [4, "end"])
def test_a_suggestion_keeps_its_horizon_until_it_is_approved(
    service: ck.CampaignService, horizon: Horizon
) -> None:
    key = start(service, ck.PermissionMode.CO_PILOT, end=MONDAY + timedelta(days=3))
    made = service.intake(*key, POOL, day=MONDAY, by=SCOUT, horizon=horizon)
    assert isinstance(made, ck.Suggestion)
    stored = service.suggestion(key[0], made.id)
    assert stored == made
    assert isinstance(stored.command, ck.AssignLeads)
    assert stored.command.horizon == horizon == stored.head.horizon
    assert stored.counts == ck.ChannelCounts({"email": 3, "sms": 1})
    seen = service.preview_approval(key[0], made.id, by=ANN)
    done = service.approve(key[0], made.id, by=ANN, expect=seen)
    assert isinstance(done, ck.Intake)
    assert done.plan.counts == stored.counts
    assert set(done.deferred.values()) == {ck.Reason.RESERVED}


def test_the_same_leads_with_another_horizon_are_another_command(
    service: ck.CampaignService,
) -> None:
    key = start(service, ck.PermissionMode.CO_PILOT)
    first = service.intake(*key, POOL, day=MONDAY, by=SCOUT, horizon=4)
    again = service.intake(*key, POOL, day=MONDAY, by=SCOUT, horizon=4)
    assert isinstance(first, ck.Suggestion)
    assert again == first
    assert "planned for 4 days" in str(again)
    assert "planned for 4 days" in first.as_text()
    with pytest.raises(ck.PermissionDeniedError) as refused:
        service.intake(*key, POOL, day=MONDAY, by=SCOUT)
    assert refused.value.reasons == (ck.Reason.ALREADY_SUGGESTED,)


def test_the_end_of_a_campaign_without_one_is_refused(service: ck.CampaignService) -> None:
    key = start(service, ck.PermissionMode.AUTOPILOT)
    for act in (service.intake, service.preview):
        with pytest.raises(ck.PlanError, match="the campaign has no end date"):
            act(*key, POOL, day=MONDAY, by=ANN, horizon="end")
