"""Briefs for an engine, and the campaigns of all clients that are running."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from attrs import evolve

import campaignkit as ck
from campaignkit.storage import MemoryStore
from tests.service.services import START, Make

DAY = date(2026, 11, 23)
ANN = ck.Actor.user("ann")


def begun(service: ck.CampaignService, **fields: Any) -> ck.Campaign:  # noqa: ANN401  # any field
    draft = ck.Campaign.draft(client_id=uuid4(), name="x", created_at=START, **fields)
    service.create(draft, by=ANN)
    return service.activate(draft.client_id, draft.id, by=ANN)


def test_a_brief_is_the_campaigns_as_it_stands(make: Make) -> None:
    everything = evolve(ck.DEFAULT_GATE, channels=dict.fromkeys(ck.ALSTier, frozenset(ck.Channel)))
    for gate, first in ((ck.DEFAULT_GATE, 3), (everything, 30)):
        store = MemoryStore()
        service = make(store, gate=gate)
        campaign = begun(service, daily_lead_limit=30, total_lead_limit=100)
        brief = service.brief(campaign.client_id, campaign.id, DAY)
        assert brief == campaign.brief(DAY, ck.Progress(DAY), gate=gate)
        assert brief.needs[0].leads == first
        leads = [ck.Lead(f"lead-{n}", 90) for n in range(10)]
        service.intake(campaign.client_id, campaign.id, leads, day=DAY, by=ANN)
        brief = service.brief(campaign.client_id, campaign.id, day=DAY)
        progress = store.progress(campaign.client_id, campaign.id, DAY)
        assert brief == campaign.brief(DAY, progress, gate=gate)
        assert (brief.today, brief.in_all) == (20, 90)
        service.pause(campaign.client_id, campaign.id, by=ANN)
        brief = service.brief(campaign.client_id, campaign.id, DAY)
        assert (brief.today, brief.in_all, brief.needs) == (0, 90, ())
        assert brief.idle == (ck.Reason.NOT_ACTIVE,)


def test_a_brief_is_of_the_clients_own_campaign_and_of_a_day(make: Make) -> None:
    service = make(MemoryStore())
    campaign = begun(service)
    with pytest.raises(ck.NotFoundError):
        service.brief(uuid4(), campaign.id, DAY)
    for bad in (None, "2026-11-23", START):
        with pytest.raises(ck.CampaignError, match="day must be a date"):
            service.brief(campaign.client_id, campaign.id, cast("date", bad))


def test_what_runs_is_found_page_by_page_across_clients(make: Make) -> None:
    service = make(MemoryStore())
    campaigns = [begun(service) for _ in range(7)]
    begun(service, start_date=DAY + timedelta(days=1))
    found: list[ck.Campaign] = []
    page = service.running_across_clients(DAY, limit=3)
    while True:
        found += page.items
        if page.next is None:
            break
        page = service.running_across_clients(DAY, after=page.next, limit=3)
    assert found == sorted(campaigns, key=lambda campaign: campaign.id)
