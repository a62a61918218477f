"""A campaign that a host inserted itself is adopted by whoever first acts on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import pytest
from attrs import evolve

import campaignkit as ck
from campaignkit import EventKind
from campaignkit.storage import MemoryStore
from tests.service import services
from tests.service.services import START

CLIENT, DAY = UUID(int=7), date(2026, 11, 23)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
NOW = START + timedelta(days=1)
LEADS = [ck.Lead("a", 90), ck.Lead("b", 50)]

ACTS: dict[str, tuple[ck.CampaignStatus, bool, ck.commands.Command]] = {
    "edit": (ck.CampaignStatus.PAUSED, False, ck.Edit(name="y")),
    "activate": (ck.CampaignStatus.DRAFT, False, ck.Activate()),
    "pause": (ck.CampaignStatus.ACTIVE, False, ck.Pause()),
    "complete": (ck.CampaignStatus.ACTIVE, False, ck.Complete()),
    "delete": (ck.CampaignStatus.COMPLETED, False, ck.Delete()),
    "restore": (ck.CampaignStatus.PAUSED, True, ck.Restore()),
    "assign": (ck.CampaignStatus.ACTIVE, False, ck.AssignLeads(LEADS, DAY)),
}


def hosts(
    status: ck.CampaignStatus = ck.CampaignStatus.ACTIVE, *, is_deleted: bool = False
) -> tuple[MemoryStore, ck.Campaign]:
    """Return a store with a campaign that is there, and nobody has recorded how."""
    store = MemoryStore()
    draft = ck.Campaign.draft(client_id=CLIENT, name="x", created_at=START)
    deleted_at = START + timedelta(hours=1) if is_deleted else None
    return store, store.add(evolve(draft, status=status, deleted_at=deleted_at))


def kinds(service: services.Service, campaign: ck.Campaign) -> list[EventKind]:
    return [event.kind for event in service.history(CLIENT, campaign.id).items]


@pytest.mark.parametrize("by", [ANN, SCOUT], ids=str)
@pytest.mark.parametrize("act", ACTS)
def test_the_first_act_adopts_the_campaign_as_it_was(
    make: services.Make, act: str, by: ck.Actor
) -> None:
    status, is_deleted, command = ACTS[act]
    store, campaign = hosts(status, is_deleted=is_deleted)
    service = make(store, clock=lambda: NOW)
    service.submit(CLIENT, campaign.id, command, by=by, reason="it is time")
    adopted, event = service.history(CLIENT, campaign.id).items
    assert adopted == ck.Event(
        campaign_id=campaign.id,
        number=1,
        kind=EventKind.ADOPTED,
        by=by,
        at=NOW,
        after=ck.Fields.of(campaign),
        updated_at=START,
    )
    wanted = EventKind.APPLIED if by == ANN else EventKind.SUGGESTED
    assert (event.kind, event.reason, event.number) == (wanted, "it is time", 2)
    if by == SCOUT:
        (waiting,) = service.suggestions(CLIENT, campaign.id).items
        service.approve(CLIENT, waiting.id, by=ANN)
    else:
        service.edit(CLIENT, campaign.id, name="z", by=ANN) if act == "edit" else None
    events = service.history(CLIENT, campaign.id).items
    assert [one.kind for one in events].count(EventKind.ADOPTED) == 1
    assert ck.replay(events) == service.get(CLIENT, campaign.id, include_deleted=True)


REFUSED: dict[str, Callable[[services.Service, UUID], object]] = {
    "an illegal transition": lambda s, i: s.activate(CLIENT, i, by=ANN),
    "an intake of nobody": lambda s, i: s.intake(CLIENT, i, [ck.Lead("a", 3)], day=DAY, by=ANN),
    "a release of nobody": lambda s, i: s.release(CLIENT, i, ["a"], by=ANN),
    "a suggestion about nobody": lambda s, i: s.release(CLIENT, i, ["a"], by=SCOUT),
    "a preview": lambda s, i: s.preview(CLIENT, i, LEADS, day=DAY, by=ANN),
    "an approval of nothing": lambda s, i: s.approve(CLIENT, i, by=ANN),
    "a rejection of nothing": lambda s, i: s.reject(CLIENT, i, by=ANN, reason="no"),
    "what only a user may do": lambda s, i: s.edit(
        CLIENT, i, permission_mode=ck.PermissionMode.MANUAL, by=SCOUT
    ),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_what_changes_nothing_adopts_nothing(make: services.Make, refused: str) -> None:
    store, campaign = hosts()
    service = make(store)
    with suppress(ck.RefusedError, ck.NotFoundError):
        REFUSED[refused](service, campaign.id)
    assert kinds(service, campaign) == []


def test_what_a_service_created_is_never_adopted(make: services.Make) -> None:
    service = make(MemoryStore())
    draft = service.create(ck.Campaign.draft(client_id=CLIENT, name="x"), by=ANN)
    service.activate(CLIENT, draft.id, by=ANN)
    assert kinds(service, draft) == [EventKind.CREATED, EventKind.APPLIED]


def test_a_history_that_begins_twice_is_refused() -> None:
    store, campaign = hosts()
    service = services.plain(store)
    service.pause(CLIENT, campaign.id, by=ANN)
    adopted, paused = service.history(CLIENT, campaign.id).items
    for events in ([paused], [adopted, evolve(adopted, number=2)]):
        with pytest.raises(ck.errors.InvalidError, match="must begin with the making"):
            ck.replay(events)
