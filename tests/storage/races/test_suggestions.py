"""Eight processes suggest, approve, reject, edit, pause and complete at once, on two hosts.

The clock of every other host is an hour ahead. Whatever comes of it, each suggestion is decided
upon once, no day is over its limit, one suggestion of equal commands waits, and whoever follows the
feed sees each event once. `--hypothesis-profile=long` makes 50 times as many turns.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Engine

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import ledgers
from tests.storage.races.ledgers import ANN, CLIENT, DAY, NEXT_DAY, make_service
from tests.storage.races.processes import Parent, together
from tests.storage.races.sites import WAIT

PROCESSES = 8
TURNS = 25
LIMIT = 7
SCOUT = ck.Actor.ai("scout")
LEADS = [ck.Lead(f"lead-{n:02}", 60 + n) for n in range(24)]

Key: TypeAlias = tuple[UUID, UUID]


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
        test.meet()


def follow(url: str, begin: str | None, turns: int, test: Parent) -> list[tuple[UUID, int]]:
    """Follow the feed while the others act; return the events that were seen, in their order."""
    seen: list[tuple[UUID, int]] = []
    cursor = begin
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
    test.meet()  # all others have ended
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store:
        while (page := store.feed(CLIENT, cursor)).items:  # the cursor outlives its store
            seen += [(event.campaign_id, event.number or 0) for event in page.items]
            cursor = page.next
    return seen


def test_nothing_is_done_twice_and_nothing_is_missed(url: str, engine: Engine, effort: int) -> None:
    service = make_service(SQLAlchemyStore(engine, lock_timeout=WAIT))
    drafts = [
        ck.Campaign.draft(client_id=CLIENT, name="0", daily_lead_limit=LIMIT) for _ in range(2)
    ]
    keys = [(CLIENT, service.create(draft, by=ANN).id) for draft in drafts]
    for key in keys:
        service.activate(*key, by=ANN)
    before = service.feed(CLIENT, limit=1_000).next
    turns = TURNS * effort
    workers = [partial(take_part, url, keys[n % 2], turns, n) for n in range(PROCESSES)]
    reports: list[Any] = together(*workers, partial(follow, url, before, turns), meetings=2)
    seen = reports[-1]
    for key in keys:
        service.complete(*key, by=ANN)  # which closes what is pending
        check(engine, key[1], seen)


def check(engine: Engine, campaign_id: UUID, seen: list[tuple[UUID, int]]) -> None:
    """Hold what must hold after the race."""
    ledger = ledgers.checked(engine, campaign_id)  # no day is over its limit
    store = SQLAlchemyStore(engine, lock_timeout=WAIT)
    events = store.history(CLIENT, campaign_id, limit=10_000).items
    assert ck.replay(events) == store.get(CLIENT, campaign_id)
    ends = Counter((e.suggestion_id, e.kind.value) for e in events if e.kind.value in ledgers.ENDS)
    assert ends == dict.fromkeys(ledger.suggestions.items(), 1)  # each was decided on once
    numbers = [number for owner, number in seen if owner == campaign_id]
    assert numbers == list(range(3, last_before_the_end(events) + 1))


def last_before_the_end(events: Sequence[ck.Event]) -> int:
    """Return the number of the last event before the campaign was completed."""
    ended = [e.number or 0 for e in events if e.action is ck.Action.COMPLETE and e.kind.is_done]
    return ended[0] - 1
