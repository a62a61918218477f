"""Any clock: behind, ahead, backwards, or the same for everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given

import campaignkit as ck
from campaignkit.storage import Decide, MemoryStore, Snapshot, SnapshotQuery, Writes
from tests.service import clocks, services
from tests.service.clocks import ANN, DAY, SCOUT, START, Clock, Game

T = TypeVar("T")

SYDNEY = ZoneInfo("Australia/Sydney")


@given(clocks.games())
def test_what_is_stored_is_what_the_history_tells(game: Game) -> None:
    clock = Clock(game.steps)
    store = MemoryStore()
    clocks.play(services.plain(store, clock=clock), store, clock, game)


def test_what_is_stored_is_what_the_history_tells_async() -> None:
    with services.blocking() as make:

        @given(clocks.games())
        def play(game: Game) -> None:
            clock = Clock(game.steps)
            store = MemoryStore()
            clocks.play(make(store, clock=clock), store, clock, game)

        play()


def suggested(service: ck.CampaignService, **expiry: Any) -> ck.Suggestion:  # noqa: ANN401
    draft = ck.Campaign.draft(client_id=UUID(int=7), name="x", created_at=START)
    service.create(draft, by=ANN)
    done = service.submit(draft.client_id, draft.id, ck.Edit(name="y"), by=SCOUT, **expiry)
    assert isinstance(done, ck.Suggestion)
    return done


class Waits(MemoryStore):
    """A store whose lock takes long: the time goes on before the decision is made."""

    def __init__(self, wait: Callable[[], object]) -> None:
        super().__init__()
        self.wait = wait

    def apply_decision(self, query: SnapshotQuery, decide: Decide[T]) -> Writes[T]:
        def decide_late(snapshot: Snapshot) -> Writes[T]:
            self.wait()
            return decide(snapshot)

        return super().apply_decision(query, decide_late)


def test_the_time_of_an_act_is_read_under_the_lock(make: services.Make) -> None:
    now, until = [START], START + timedelta(seconds=10)

    def wait() -> None:
        now[0] += timedelta(seconds=6)

    service = make(Waits(wait), clock=lambda: now[0])
    first = suggested(service, expires_at=until)
    key = first.id
    assert first.at == START + timedelta(seconds=6)
    with pytest.raises(ck.SuggestionError, match="has expired"):
        service.approve(UUID(int=7), key, by=ANN)
    assert service.suggestion(UUID(int=7), key).decided_at == START + timedelta(seconds=12)
    now[0] = START + timedelta(hours=1)
    with pytest.raises(ck.InvalidError, match=r"expires_at .* is not later than at"):
        suggested(service, expires_at=now[0] + timedelta(seconds=6))


def test_suggestions_are_in_the_order_of_the_lock(make: services.Make) -> None:
    store = MemoryStore()
    ahead, behind = clocks.hour_apart(store, make)
    last = suggested(ahead)
    key = UUID(int=7), last.campaign_id
    made = [last.id]
    for turn in range(20):  # all of them within one tick
        one = (behind, ahead)[turn % 3 == 0].edit(*key, name=f"name {turn}", by=SCOUT)
        assert isinstance(one, ck.Suggestion)
        assert store.suggestions(*key, after=last.id).items == (one.head,)
        made.append(one.id)
        last = one
    behind.delete(*key, by=ANN)
    told = store.history(*key, limit=100).items
    assert [e.suggestion_id for e in told if e.kind is ck.EventKind.CLOSED] == made
    assert [s.decided_at for s in store.suggestions(*key).items] == [
        max(s.at, START) for s in store.suggestions(*key).items
    ]
    clocks.check(store, key)


@pytest.mark.parametrize(
    "strange",
    [
        UUID("ffffffff-fffe-4fff-bfff-ffffffffffff"),  # of another version
        UUID("ffffffff-fffe-7fff-bfff-ffffffffffff"),
        UUID("ffffffff-fffe-ffff-ffff-ffffffffffff"),  # of none
        UUID(int=0),
    ],
)
def test_ids_ascend_behind_any_that_a_host_made(make: services.Make, strange: UUID) -> None:
    service = make(store := MemoryStore(), clock=lambda: START)
    first = suggested(service)
    key = UUID(int=7), first.campaign_id
    store.transact(*key, lambda _: Writes[None](suggestions=(evolve(first, id=strange),)))
    after = max(first.id, strange)
    for turn in range(3):
        one = service.edit(*key, name=f"name {turn}", by=SCOUT)
        assert isinstance(one, ck.Suggestion)
        assert one.id > after
        assert (one.id.version, one.id.variant) == (7, first.id.variant)
        after = one.id


def test_an_hour_that_comes_twice_is_told_apart(make: services.Make) -> None:
    def night(minute: int, fold: int) -> datetime:
        return datetime(2026, 4, 5, 2, minute, fold=fold, tzinfo=SYDNEY)

    now = [night(50, 0)]
    service = make(MemoryStore(), clock=lambda: now[0])
    done = suggested(service, expires_at=night(10, 1))  # twenty minutes later
    assert done.expires_at is not None
    assert done.expires_at - done.at == timedelta(minutes=20)
    now[0] = night(9, 1)
    assert service.suggestion(UUID(int=7), done.id).state is ck.SuggestionState.PENDING
    now[0] = night(10, 1)
    assert service.suggestion(UUID(int=7), done.id).state is ck.SuggestionState.EXPIRED
    with pytest.raises(ck.InvalidError, match="is not later than at"):
        suggested(service, expires_at=night(55, 0))


def test_an_intake_does_not_depend_on_the_clock(make: services.Make) -> None:
    service = make(store := MemoryStore(), clock=lambda: START - timedelta(days=10_000))
    first = suggested(service)
    key = UUID(int=7), first.campaign_id
    service.activate(*key, by=ANN)
    taken = service.intake(*key, [ck.Lead("a", 90)], day=DAY, by=ANN)
    assert list(taken.assignments) == ["a"]
    clocks.check(store, key)
