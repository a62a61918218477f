"""What a type checker knows of the services: run, these tests only hold that all of it is true."""

from __future__ import annotations

from datetime import date
from typing import assert_type
from uuid import UUID

import campaignkit as ck
from campaignkit.decider import Outcome
from campaignkit.storage import AsyncMemoryStore, MemoryStore

CLIENT = UUID(int=7)
DAY = date(2026, 11, 23)
ANN = ck.Actor.user("ann")
SCOUT = ck.Actor.ai("scout")
EITHER = ck.Actor(ck.Initiator.USER, "ann")


def add_campaign(store: MemoryStore) -> ck.Campaign:
    return ck.CampaignService(store).create(ck.Campaign.draft(client_id=CLIENT, name="x"), by=ANN)


def test_what_a_user_does_is_done_and_what_the_ai_does_may_be_suggested() -> None:
    store = MemoryStore()
    service = ck.CampaignService(store, today=lambda _: DAY)
    draft = add_campaign(store)
    user, key = ANN, (CLIENT, draft.id)
    assert_type(service.edit(*key, by=ANN, name="y"), ck.Campaign)
    assert_type(service.activate(*key, by=user), ck.Campaign)
    assert_type(service.submit(*key, ck.Pause(), by=ANN), Outcome)
    assert_type(service.activate(*key, by=EITHER), ck.Campaign | ck.Suggestion)
    assert_type(service.intake(*key, [ck.Lead("a", 90)], day=DAY, by=ANN), ck.Intake)
    assert_type(service.release(*key, ["a"], by=ANN), ck.Release)
    assert_type(service.edit(*key, by=SCOUT, name="z"), ck.Campaign | ck.Suggestion)
    assert_type(
        service.submit(*key, ck.Complete(), by=SCOUT),
        Outcome | ck.Suggestion,
    )
    leads = [ck.Lead("b", 90)]
    assert_type(service.intake(*key, leads, day=DAY, by=SCOUT), ck.Intake | ck.Suggestion)


async def acts_of_an_async_service() -> None:
    store = MemoryStore()
    service, draft = ck.AsyncCampaignService(AsyncMemoryStore(store)), add_campaign(store)
    key = CLIENT, draft.id
    assert_type(await service.edit(*key, by=ANN, name="y"), ck.Campaign)
    assert_type(await service.edit(*key, by=SCOUT, name="z"), ck.Campaign | ck.Suggestion)


def test_a_user_is_an_actor() -> None:
    def name_any(actor: ck.Actor) -> str:
        return actor.name

    def name_user(user: ck.User) -> str:
        return name_any(user)

    assert name_user(ANN) == "ann"
    assert ck.User(ck.Initiator.USER, "ann") == ANN
