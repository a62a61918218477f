"""The async store: cancelled at any moment, joining a session, losing its server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import QueuePool

from campaignkit import (
    AsyncCampaignService,
    ConflictError,
    CorruptRowError,
    StorageError,
    StoreUnavailableError,
)
from campaignkit.storage import Snapshot, Writes
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from campaignkit.storage.sqlalchemy._store import default_tables
from tests.storage.sqlalchemy.doing import (
    DAY,
    admit,
    assigned,
    before_commit,
    campaign,
    rename,
    while_deciding,
)

TABLES = default_tables()
DRIVERS = ["sqlite+aiosqlite", "postgresql+psycopg", "postgresql+asyncpg"]
ON_POSTGRES = DRIVERS[1:]


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a new database with the tables, for the driver that is asked for."""
    driver: str = request.param
    plain = str(request.getfixturevalue("sqlite" if "sqlite" in driver else "postgres"))
    with SQLAlchemyStore.open(plain):
        pass
    return make_url(plain).set(drivername=driver).render_as_string(hide_password=False)


on_each_driver = pytest.mark.parametrize("url", DRIVERS, indirect=True)
on_postgres = pytest.mark.parametrize("url", ON_POSTGRES, indirect=True)


@asynccontextmanager
async def engine_on(url: str, **options: Any) -> AsyncGenerator[AsyncEngine]:
    engine = create_async_engine(url, **options)
    yield engine
    assert checked_out(engine) == 0
    await engine.dispose()


def checked_out(engine: AsyncEngine) -> int:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


def run(test: Callable[[AsyncSQLAlchemyStore, AsyncEngine], Awaitable[None]], url: str) -> None:
    async def main() -> None:
        async with engine_on(url) as engine:
            await test(AsyncSQLAlchemyStore(engine), engine)

    asyncio.run(main())


async def new(store: AsyncSQLAlchemyStore) -> tuple[UUID, UUID]:
    added = await store.add(campaign())
    return added.client_id, added.id


@on_each_driver
def test_cancelled_at_any_statement_it_is_done_or_not_done(url: str) -> None:
    async def test(store: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        key = await new(store)
        passed = at = 0
        task: asyncio.Task[Any] | None = None

        def pass_by(*_: object) -> None:
            nonlocal passed
            passed += 1
            if passed == at and task is not None:
                task.cancel()

        for name in ("before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
            event.listen(engine.sync_engine, name, pass_by)
        was_cancelled = True
        while was_cancelled:
            passed, at = 0, at + 1
            admitting = store.transact(*key, admit(f"lead-{at}"), day=DAY, lead_ids=["a"])
            task = asyncio.ensure_future(admitting)
            await asyncio.wait([task])
            was_cancelled, task = task.cancelled(), None
            assert checked_out(engine) == 0
            progress = await store.progress(*key, DAY)
            leads = (await store.assignments(*key)).items
            assert progress.admitted_total == progress.admitted_today == len(leads)
        assert at > 5  # the last was over before its turn came
        await store.transact(*key, rename("x"))

    run(test, url)


@on_each_driver
def test_cancelled_before_it_begins_it_leaves_nothing_behind(url: str) -> None:
    async def test(store: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        key = await new(store)
        for steps in range(25):
            task = asyncio.ensure_future(store.transact(*key, admit(f"lead-{steps}")))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert checked_out(engine) == 0
        progress = await store.progress(*key, DAY)
        leads = (await store.assignments(*key)).items
        assert progress.admitted_total == len(leads)

    run(test, url)


@on_each_driver
def test_tasks_side_by_side_follow_one_another_on_one_campaign(url: str) -> None:
    async def test(store: AsyncSQLAlchemyStore, _: AsyncEngine) -> None:
        key = await new(store)
        await asyncio.gather(*(store.transact(*key, admit(f"lead-{n}")) for n in range(12)))
        assert (await store.progress(*key, DAY)).admitted_total == 12

    run(test, url)


@on_each_driver
def test_a_session_commits_its_own_rows_and_ours_together_or_none(url: str) -> None:
    async def test(store: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        key = await new(store)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE outbox (name TEXT)"))
        for ending in ("rollback", "commit"):
            async with AsyncSession(engine) as session:
                await session.execute(text("INSERT INTO outbox VALUES ('admitted a')"))
                joined = AsyncSQLAlchemyStore(await session.connection())
                assert not joined.owns_transactions
                await joined.transact(*key, admit("a"))
                with pytest.raises(ConflictError):
                    await joined.transact(*key, admit("a"))
                await getattr(session, ending)()
            leads = (await store.assignments(*key)).items
            async with engine.connect() as connection:
                rows = (await connection.execute(text("SELECT name FROM outbox"))).all()
            assert len(rows) == len(leads) == (ending == "commit")

    run(test, url)


@on_each_driver
def test_an_async_connection_in_autocommit_is_refused(url: str) -> None:
    async def test(_: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        async with engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            with pytest.raises(StorageError, match="AUTOCOMMIT"):
                await AsyncSQLAlchemyStore(connection).add(campaign())

    run(test, url)


@on_each_driver
def test_what_a_decision_raises_is_not_taken_for_the_databases(url: str) -> None:
    async def test(store: AsyncSQLAlchemyStore, _: AsyncEngine) -> None:
        key = await new(store)
        for error in (OSError("disk"), ZeroDivisionError("x")):

            def decide(_: Snapshot, error: BaseException = error) -> Writes[None]:
                raise error

            with pytest.raises(type(error)) as raised:
                await store.transact(*key, decide)
            assert raised.value is error
        await store.transact(*key, admit("a"))
        assert (await store.assignments(*key)).items == assigned("a")

    run(test, url)


@on_postgres
def test_a_server_that_goes_away_is_unavailable_and_comes_back(url: str) -> None:
    async def test(store: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        key = await new(store)
        # Several connections, all of which are lost.
        await asyncio.gather(*(store.get(*key) for _ in range(3)))
        killer = create_engine(make_url(url).set(drivername="postgresql+psycopg"))

        def kill_others() -> None:
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            with killer.connect() as connection:
                here = "pid <> pg_backend_pid() AND datname = current_database()"
                connection.execute(text(f"{kill} WHERE {here}"))

        with pytest.raises(StoreUnavailableError) as refused:
            await store.transact(*key, while_deciding(kill_others, admit("a")))
        assert not refused.value.outcome_unknown
        await store.transact(*key, admit("b"))

        before_commit(engine.sync_engine, kill_others)
        with pytest.raises(StoreUnavailableError) as refused:
            await store.transact(*key, admit("c"))
        assert refused.value.outcome_unknown
        assert (await store.get(*key)).id == key[1]
        killer.dispose()

    run(test, url)


@on_postgres
def test_it_waits_for_a_lock_no_longer_than_it_was_told(url: str) -> None:
    async def test(_: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        store = AsyncSQLAlchemyStore(engine, lock_timeout=0.02)
        key = await new(store)
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1 FROM campaigns FOR UPDATE"))
            with pytest.raises(StoreUnavailableError):
                await store.transact(*key, admit("a"))

    run(test, url)


@on_postgres
def test_an_opened_store_does_not_wait_longer_to_read_either(url: str) -> None:
    async def test(_: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        async with await AsyncSQLAlchemyStore.open(url, lock_timeout=0.02) as store:
            key = await new(store)
            async with engine.connect() as connection:
                await connection.execute(text("LOCK TABLE campaigns IN ACCESS EXCLUSIVE MODE"))
                with pytest.raises(StoreUnavailableError):
                    await store.get(*key)

    run(test, url)


@on_postgres
def test_a_time_that_python_does_not_have_is_a_fault_of_its_row(url: str) -> None:
    async def test(store: AsyncSQLAlchemyStore, engine: AsyncEngine) -> None:
        client_id, campaign_id = await new(store)
        good = await store.add(campaign(client_id=client_id))
        async with engine.begin() as connection:
            change = text("UPDATE campaigns SET end_date = '10000-01-01' WHERE id = :id")
            await connection.execute(change, {"id": campaign_id})
        page = await store.find(client_id)
        assert page.items == (good,)
        assert [error.key for error in page.corrupt] == [campaign_id]
        with pytest.raises(CorruptRowError, match="end_date must be a date, not '10000-01-01'"):
            await store.get(client_id, campaign_id)

    run(test, url)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_opening_makes_the_tables_and_closing_lets_go(
    request: pytest.FixtureRequest, kind: str
) -> None:
    async def main(url: str) -> None:
        async with await AsyncSQLAlchemyStore.open(url, lock_timeout=1) as store:
            service = AsyncCampaignService(store)
            key = await new(store)
            assert (await service.get(*key)).id == key[1]

    asyncio.run(main(request.getfixturevalue(kind)))


@on_postgres
def test_a_server_that_is_not_there_is_unavailable(url: str) -> None:
    async def main() -> None:
        for gone in (f"{url}-gone", str(make_url(url).set(database="gone"))):
            with pytest.raises(StoreUnavailableError):
                await AsyncSQLAlchemyStore.open(gone)

    asyncio.run(main())


def test_a_database_in_memory_outlives_what_is_cancelled() -> None:
    async def main() -> None:
        async with await AsyncSQLAlchemyStore.open("sqlite://") as store:
            key = await new(store)
            for steps in range(20):
                task = asyncio.ensure_future(store.transact(*key, admit(f"lead-{steps}")))
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
            assert (await store.get(*key)).id == key[1]

    asyncio.run(main())
