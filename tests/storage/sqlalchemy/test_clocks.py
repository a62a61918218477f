"""Any clock, over databases: the record is complete, and its order is that of the lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from uuid import UUID, uuid4

import pytest
from attrs import evolve
from hypothesis import given, settings
from sqlalchemy import Engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine

import campaignkit as ck
from campaignkit.storage import Snapshot, Writes
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from campaignkit.storage.sqlalchemy._store import default_tables
from campaignkit.testing import BlockingStore, EventLoop
from tests.service import clocks, services
from tests.service.clocks import ANN, SCOUT, START, Clock, Game
from tests.storage.sqlalchemy.databases import TRIGGER
from tests.storage.sqlalchemy.doing import emitted

PATIENCE = 60  # seconds


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyStore:
    default_tables().campaigns.metadata.create_all(engine)
    return SQLAlchemyStore(engine, lock_timeout=PATIENCE)


def fewer() -> settings:
    return settings(settings(), max_examples=settings().max_examples // 5)


def test_what_is_stored_is_what_the_history_tells(store: SQLAlchemyStore) -> None:
    @fewer()
    @given(clocks.games())
    def play(game: Game) -> None:
        clock = Clock(game.steps)
        clocks.play(ck.CampaignService(store, clock=clock), store, clock, game)

    play()


@pytest.mark.parametrize("driver", ["sqlite+aiosqlite", "postgresql+psycopg", "postgresql+asyncpg"])
def test_what_is_stored_is_what_the_history_tells_async(
    driver: str, request: pytest.FixtureRequest
) -> None:
    plain = str(request.getfixturevalue("sqlite" if "sqlite" in driver else "postgres"))
    with SQLAlchemyStore.open(plain):
        pass  # to have the tables
    engine = create_async_engine(make_url(plain).set(drivername=driver))
    with EventLoop() as loop:
        inner = AsyncSQLAlchemyStore(engine)

        @settings(fewer(), max_examples=8)
        @given(clocks.games())
        def play(game: Game) -> None:
            clock = Clock(game.steps)
            service = services.blocked(ck.AsyncCampaignService(inner, clock=clock), loop)
            clocks.play(service, BlockingStore(inner, loop), clock, game)

        try:
            play()
        finally:
            loop.run(engine.dispose())


def begun(service: ck.CampaignService) -> clocks.Key:
    draft = ck.Campaign.draft(client_id=uuid4(), name="x", created_at=START)
    return service.create(draft, by=ANN).client_id, draft.id


def test_hosts_an_hour_apart_suggest_in_the_order_of_the_lock(store: SQLAlchemyStore) -> None:
    """Whoever pages on from the last suggestion that it saw misses none that is stored later."""
    hosts = clocks.hour_apart(store, ck.CampaignService)
    key, start, many = begun(hosts[0]), Barrier(3), 12

    def suggest(host: int) -> list[UUID]:
        start.wait(PATIENCE)
        made = [hosts[host].edit(*key, name=f"{host}.{turn}", by=SCOUT) for turn in range(many)]
        return [one.id for one in made if isinstance(one, ck.Suggestion)]

    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(suggest, host) for host in (0, 1)]
        start.wait(PATIENCE)
        seen: list[UUID] = []
        is_over = False
        while not is_over:
            is_over = all(one.done() for one in both)
            page = store.suggestions(*key, after=seen[-1] if seen else None)
            seen += [one.id for one in page.items]
        made = [one.result() for one in both]
    assert set(seen) == {one for some in made for one in some}
    assert all(some == sorted(some) for some in made)
    clocks.check(store, key)


def test_an_approval_that_waited_past_the_expiry_is_too_late(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    now, until = [START], START + timedelta(seconds=10)
    service = ck.CampaignService(store, clock=lambda: now[0])
    key = begun(service)
    made = service.submit(*key, ck.Edit(name="y"), by=SCOUT, expires_at=until)
    assert isinstance(made, ck.Suggestion)
    locked, asked = Event(), Event()

    def hold(_: Snapshot) -> Writes[None]:
        locked.set()
        assert asked.wait(PATIENCE)
        now[0] = until  # while the other waits for the lock
        return Writes()

    def approve() -> object:
        assert locked.wait(PATIENCE)
        with emitted(engine) as sent, ThreadPoolExecutor(1) as one:
            waiting = one.submit(service.approve, key[0], made.id, by=ANN)
            while not any("campaign_progress" in statement for statement in sent):
                assert not waiting.done()
            asked.set()
            return waiting.result(PATIENCE)

    with ThreadPoolExecutor(1) as threads:
        holder = threads.submit(lambda: store.transact(*key, hold))
        with pytest.raises(ck.SuggestionError, match="has expired"):
            approve()
        holder.result(PATIENCE)
    ended = store.suggestion(key[0], made.id)
    assert (ended.state, ended.decided_at) == (ck.SuggestionState.EXPIRED, until)
    assert store.get(*key).name == "x"
    clocks.check(store, key)


def test_only_the_ai_asks_for_the_last_suggestion(store: SQLAlchemyStore, engine: Engine) -> None:
    service = ck.CampaignService(store)
    key = begun(service)
    for by, wanted in ((ANN, 0), (SCOUT, 1)):
        with emitted(engine) as sent:
            service.edit(*key, name=by.name, by=by)
        asked = [s for s in sent if "ORDER BY campaign_suggestions.id DESC" in s]
        assert len(asked) == wanted


def test_a_trigger_of_the_hosts_is_the_only_thing_that_a_history_does_not_tell(
    postgres_engine: Engine,
) -> None:
    default_tables().campaigns.metadata.create_all(postgres_engine)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(TRIGGER.format(table="campaigns"))
    store = SQLAlchemyStore(postgres_engine)
    service = ck.CampaignService(store, clock=lambda: START)
    key = begun(service)
    service.edit(*key, name="y", by=ANN)
    stored, told = store.get(*key), ck.replay(store.history(*key).items)
    assert stored.updated_at.year == 2000
    assert told.updated_at == START + timedelta(microseconds=1)
    assert told == evolve(stored, updated_at=told.updated_at)
