"""Eight processes suggest, approve, reject, edit, pause and complete at once, on two hosts.

The clock of every other host is an hour ahead. Whatever comes of it, each suggestion is decided upon
once, no day is over its limit, one suggestion of equal commands waits, and whoever follows the feed
sees each event once. `--hypothesis-profile=long` makes 50 times as many turns.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import ledgers
from tests.storage.races.ledgers import ANN, CLIENT, DAY, NEXT_DAY, TABLES, make_service
from tests.storage.races.processes import Parent, together
from tests.storage.races.sites import WAIT, engine_of

PROCESSES = 8
TURNS = 25
LIMIT = 7
SCOUT = ck.Actor.ai("scout")
LEADS = [ck.Lead(f"lead-{n:02}", 60 + n) for n in range(24)]

Key = tuple[UUID, UUID]


def act(service: ck.CampaignService, key: Key, draw: random.Random) -> None:
    """Do one thing that a user or the AI may do."""
    day = draw.choice([DAY, NEXT_DAY])
    first = draw.randrange(0, len(LEADS), 3)
    some = LEADS[first : first + 6]
    waiting = service.suggestions(*key, states={ck.SuggestionState.PENDING}).items
    match draw.randrange(10):
        case 0 | 1 | 2:
            service.intake(*key, some, day=day, by=SCOUT)
        case 3:
            service.edit(*key, name=f"name {draw.randrange(3)}", by=SCOUT)
        case 4:
            service.release(*key, [str(some[0].id)], by=draw.choice([ANN, SCOUT]))
        case 5 | 6 if waiting:
            one = draw.choice(waiting)
            is_intake = one.action is ck.Action.ASSIGN
            service.approve(CLIENT, one.id, by=ANN, day=day if is_intake else None)
        case 7 if waiting:
            one = draw.choice(waiting)
            named = None
            if one.action is ck.Action.ASSIGN and draw.random() < 0.5:
                named = [str(some[0].id)]
            service.reject(CLIENT, one.id, by=ANN, reason="no", lead_ids=named)
        case 8:
            service.intake(*key, some[:1], day=day, by=ANN)
        case _:
            pause_and_go_on(service, key, draw)


def pause_and_go_on(service: ck.CampaignService, key: Key, draw: random.Random) -> None:
    """Pause, perhaps change what suggestions of leads depend on, and go on."""
    with suppress(ck.TransitionError):
        service.pause(*key, by=ANN)
    with suppress(ck.RefusedError):
        share = draw.choice([40, 50])
        service.edit(*key, allocation=ck.Allocation(email=share, linkedin=100 - share), by=ANN)
    with suppress(ck.TransitionError):
        service.activate(*key, by=ANN)


def take_part(url: str, key: Key, turns: int, worker: int, test: Parent) -> None:
    """Do many things in an order of one's own."""
    draw = random.Random(worker)
    ahead = timedelta(hours=worker % 2)
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store:
        service = make_service(store, ahead=ahead)
        test.meet()
        for _ in range(turns):
            with suppress(ck.RefusedError, ck.ConflictError, ck.errors.PlanError):
                act(service, key, draw)


def follow(url: str, turns: int, _: int, test: Parent) -> list[tuple[UUID, int]]:
    """Follow the feed while the others act; return the events that were seen, in their order."""
    seen: list[tuple[UUID, int]] = []
    cursor: str | None = None
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store:
        service = make_service(store)
        test.meet()
        for _ in range(turns):
            page = service.feed(CLIENT, cursor, limit=7)
            seen += [(event.campaign_id, event.number or 0) for event in page.items]
            cursor = page.next
            waiting = service.suggestions(CLIENT, states={ck.SuggestionState.PENDING}).items
            equal = Counter((head.campaign_id, head.digest) for head in waiting)
            assert max(equal.values(), default=1) == 1
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store:
        store.feed(CLIENT, cursor)  # the cursor outlives the store
    test.meet()  # all others have ended
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store:
        while (page := store.feed(CLIENT, cursor)).items:
            seen += [(event.campaign_id, event.number or 0) for event in page.items]
            cursor = page.next
    return seen


@pytest.fixture(params=["postgres", "sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    """Give a database of each kind in turn."""
    found: str = request.getfixturevalue(request.param)
    return found
