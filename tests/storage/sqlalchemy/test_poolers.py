"""Behind a pooler that gives each transaction another connection, stores work and leave nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from campaignkit import ConflictError, NotFoundError, StorageError, StoreUnavailableError
from campaignkit.storage import Store
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from campaignkit.storage.sqlalchemy._poolers import UNPREPARED
from campaignkit.testing import (
    BlockingStore,
    EventLoop,
    SequentialStoreContract,
    StoreContract,
)
from tests import pgbouncer
from tests.postgres import driver_url
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.doing import admit, campaign, emitted, rename, while_deciding
from tests.storage.sqlalchemy.test_contract import Fewest
from tests.test_documents import EXAMPLES, ROOT

pytestmark = pytest.mark.skipif(pgbouncer.BINARY is None, reason=pgbouncer.WHY_NOT)

DRIVERS = ["psycopg", "async psycopg", "async asyncpg"]
on_each_driver = pytest.mark.parametrize("driver", DRIVERS)
in_each_way = pytest.mark.parametrize("way", ["opened", "host"])


@pytest.fixture(scope="module")
def direct(postgres_url: str) -> Iterator[str]:
    """Give the URL of a database with the tables, as its server has it."""
    with databases.new(postgres_url) as url:
        with SQLAlchemyStore.open(url):
            pass
        yield url


@pytest.fixture(scope="module")
def narrow(direct: str) -> Iterator[str]:
    """Give the URL of that database at a pooler with one connection for all of its clients."""
    with pgbouncer.pooled(direct, size=1) as through:
        yield through


@contextmanager
def stored(url: str, driver: str, way: str, **options: Any) -> Generator[Store]:
    """Give a store: opened, or on a host's engine, as the guide makes it or as it is by default."""
    is_async, name = driver.startswith("async "), driver.removeprefix("async ")
    target = make_url(url).set(drivername=f"postgresql+{name}")
    arguments = dict(UNPREPARED[name]) if way == "host" else {}
    if not is_async:
        if way == "opened":
            with SQLAlchemyStore.open(target, **options) as store:
                yield store
            return
        engine = create_engine(target, connect_args=arguments)
        yield SQLAlchemyStore(engine, **options)
        engine.dispose()
        return
    with EventLoop() as loop:
        if way == "opened":
            opened = loop.run(AsyncSQLAlchemyStore.open(target, **options))
            yield BlockingStore(opened, loop)
            loop.run(opened.close())
            return
        async_engine = create_async_engine(target, connect_args=arguments)
        yield BlockingStore(AsyncSQLAlchemyStore(async_engine, **options), loop)
        loop.run(async_engine.dispose())


# -- The contract ---------------------------------------------------------------------------------


class Pooled(Fewest):
    driver: ClassVar[str]
    way: ClassVar[str] = "opened"

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, postgres_url: str) -> Iterator[Store]:
        with databases.new(postgres_url) as url, pgbouncer.pooled(url, size=4) as through:
            with SQLAlchemyStore.open(through):
                pass  # to have the tables
            with stored(through, cls.driver, cls.way) as store:
                yield store


@pytest.mark.long
class TestPsycopg(Pooled, StoreContract):
    driver = "psycopg"


@pytest.mark.long
class TestAsyncPsycopg(Pooled, StoreContract):
    driver = "async psycopg"


@pytest.mark.long
class TestAsyncpg(Pooled, StoreContract):
    driver = "async asyncpg"


@pytest.mark.long
class TestHostsPsycopg(Pooled, SequentialStoreContract):
    driver = "psycopg"
    way = "host"


@pytest.mark.long
class TestHostsAsyncpg(Pooled, SequentialStoreContract):
    driver = "async asyncpg"
    way = "host"


@on_each_driver
def test_a_host_that_prepares_statements_gets_an_error_that_says_so(
    postgres_url: str, driver: str
) -> None:
    with (
        databases.new(postgres_url) as url,
        SQLAlchemyStore.open(url) as store,
        pgbouncer.pooled(url, size=2) as through,
        stored(through, driver, "unprepared") as pooled,
    ):
        added = store.add(campaign())
        key = added.client_id, added.id
        acts = [partial(pooled.transact, *key, admit(f"lead-{n}")) for n in range(20)]
        with pytest.raises(StorageError, match=r"prepared statement .* pooler"):
            _ = [act() for act in acts]


# -- What other clients of the pooler get ---------------------------------------------------------

LEFT_BEHIND = """
SELECT name, setting FROM pg_settings UNION ALL
SELECT 'prepared', name FROM pg_prepared_statements UNION ALL
SELECT 'lock', 'advisory' FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'
UNION ALL SELECT 'channel', pg_listening_channels() UNION ALL
SELECT 'temporary', relname FROM pg_class WHERE relpersistence = 't'
"""


def look(url: str) -> list[tuple[str, str]]:
    """Give what another client of the pooler finds set."""
    with psycopg.connect(driver_url(url), prepare_threshold=None) as connection:
        return sorted(connection.execute(LEFT_BEHIND).fetchall())


@in_each_way
@on_each_driver
def test_nothing_is_left_to_other_clients(direct: str, narrow: str, driver: str, way: str) -> None:
    before = look(narrow)
    with stored(narrow, driver, way, lock_timeout=0.02) as store:
        added = store.add(campaign())
        key = added.client_id, added.id
        for n in range(7):  # more often than a driver waits until it prepares a statement
            store.transact(*key, admit(f"lead-{n}"))
            store.get(*key)
            store.find(key[0])
        assert look(narrow) == before
        with pytest.raises(NotFoundError):
            store.get(uuid4(), uuid4())
        with pytest.raises(ConflictError):
            store.transact(*key, admit("lead-1"))
        with pytest.raises(ZeroDivisionError):
            store.transact(*key, while_deciding(lambda: 1 // 0))
        with locked(direct, "SHARE"), pytest.raises(StoreUnavailableError, match="55P03"):
            store.transact(*key, rename("x"))
        assert look(narrow) == before
    assert look(narrow) == before


@contextmanager
def locked(url: str, mode: str) -> Generator[None]:
    """Have a lock on the table of campaigns meanwhile."""
    with psycopg.connect(driver_url(url)) as connection:
        connection.execute(f"LOCK TABLE campaigns IN {mode} MODE".encode())
        yield


@on_each_driver
def test_an_opened_store_waits_no_longer_to_read_either(
    direct: str, narrow: str, driver: str
) -> None:
    with (
        stored(narrow, driver, "opened", lock_timeout=0.02) as store,
        locked(direct, "ACCESS EXCLUSIVE"),
        pytest.raises(StoreUnavailableError, match="55P03"),
    ):
        store.get(uuid4(), uuid4())


@on_each_driver
def test_a_pooler_with_no_connection_to_give_is_unavailable(narrow: str, driver: str) -> None:
    with (
        stored(narrow, driver, "opened") as store,
        psycopg.connect(driver_url(narrow)) as other,
    ):
        other.execute("SELECT 1")  # in a transaction, which keeps the only connection
        with pytest.raises(StoreUnavailableError):
            store.get(uuid4(), uuid4())


# -- Without a pooler -----------------------------------------------------------------------------


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_a_server_is_not_taken_for_a_pooler(direct: str, narrow: str, driver: str) -> None:
    async def count_prepared(url: str) -> tuple[int, bool]:
        """Return how many statements a store's connection has prepared; and if reads set more."""
        target = make_url(url).set(drivername=f"postgresql+{driver}")
        async with await AsyncSQLAlchemyStore.open(target) as store:
            added = await store.add(campaign())
            key = added.client_id, added.id
            for n in range(7):
                await store.transact(*key, rename(f"{n}"))
            assert isinstance(store.bind, AsyncEngine)
            async with store.bind.connect() as connection:
                count = text("SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql")
                prepared = (await connection.execute(count)).scalar_one()
            with emitted(store.bind.sync_engine) as sent:
                await store.get(*key)
        return prepared, any("set_config" in statement for statement in sent)

    prepared, sets = asyncio.run(count_prepared(direct))
    assert prepared > 1
    assert not sets
    assert asyncio.run(count_prepared(narrow)) == (0, True)


# -- The guide ------------------------------------------------------------------------------------


def test_the_engines_of_the_guide_work(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        databases.new(postgres_url) as url,
        SQLAlchemyStore.open(url) as opened,
        pgbouncer.pooled(url, size=3) as through,
    ):
        added = opened.add(campaign())
        key = added.client_id, added.id
        monkeypatch.setenv("DATABASE_URL", through)
        page = EXAMPLES.parse(ROOT / "docs/guides/embedding/poolers.md")
        for example in page:
            example.evaluate()
        made = page.namespace
        for n in range(7):
            made["store"].transact(*key, admit(f"lead-{n}"))
            made["store"].get(*key)
        made["engine"].dispose()
        asyncio.run(use_and_close(made["async_stores"], key))
        assert len(opened.assignments(*key).items) == 7


async def use_and_close(stores: list[AsyncSQLAlchemyStore], key: tuple[UUID, UUID]) -> None:
    for number, store in enumerate(stores):
        for n in range(7):
            await store.transact(*key, rename(f"{number} {n}"))
            assert (await store.get(*key)).name == f"{number} {n}"
        assert isinstance(store.bind, AsyncEngine)
        await store.bind.dispose()
