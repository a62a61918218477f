"""The stores on SQLAlchemy keep the contract of every store, on every driver."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, create_engine, make_url, update
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.orm import Session

from campaignkit import Campaign
from campaignkit.storage import Store
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore, Tables
from campaignkit.testing import (
    BlockingStore,
    CorruptRowContract,
    EventLoop,
    SequentialStoreContract,
    StoreContract,
    StoreKit,
)
from tests.storage.sqlalchemy import databases


@pytest.fixture(scope="class")
def postgres(postgres_url: str) -> Generator[str]:
    """Give the URL of a database for all tests of a class: each has a tenant of its own."""
    with databases.new(postgres_url) as url:
        yield url


@pytest.fixture(scope="class")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('database') / 'campaigns.db'}"


class Fewer(StoreKit):
    """Fewer examples, where other classes try many on the same operations."""

    def settings(self) -> settings:
        return settings(super().settings(), max_examples=3)


class Fewest(StoreKit):
    """One example, where the values are the same to all, and it is about the statements."""

    def settings(self) -> settings:
        return settings(super().settings(), max_examples=1)


# -- Tables of the library's, on every driver -----------------------------------------------------


class TestSQLite(StoreContract):
    other: ClassVar[SQLAlchemyStore]

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, sqlite: str) -> Iterator[Store]:
        with SQLAlchemyStore.open(sqlite) as store, SQLAlchemyStore.open(sqlite) as other:
            cls.other = other
            yield store

    def another(self, store: Store) -> Store:
        return self.other


class TestPostgreSQL(TestSQLite):
    @pytest.fixture(scope="class")
    @classmethod
    def sqlite(cls, postgres: str) -> str:
        return postgres


@pytest.mark.long
class TestInMemory(Fewer, StoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls) -> Iterator[Store]:
        with SQLAlchemyStore.open("sqlite://") as store:
            yield store


class Async(Fewer, StoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, url: str) -> Iterator[Store]:
        with EventLoop() as loop:
            store = loop.run(AsyncSQLAlchemyStore.open(url))
            yield BlockingStore(store, loop)
            loop.run(store.close())


@pytest.mark.long
class TestAiosqlite(Async):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, sqlite: str) -> str:
        return sqlite


@pytest.mark.long
class TestAiosqliteInMemory(Async):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls) -> str:
        return "sqlite://"


@pytest.mark.long
class TestPsycopgAsync(Async):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, postgres: str) -> str:
        return postgres


class TestAsyncpg(Async):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, postgres: str) -> str:
        return with_asyncpg(postgres)


def with_asyncpg(url: str) -> str:
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


# -- Tables of a host's ---------------------------------------------------------------------------


class HostsTable(StoreContract, CorruptRowContract):
    knows_clients = True
    spoilt_share: ClassVar[int | None] = None
    engine: ClassVar[Engine]
    tables: ClassVar[Tables]

    @classmethod
    def make(cls, engine: Engine) -> Tables:
        """Make the host's table, and ours."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, postgres: str) -> Iterator[Store]:
        cls.engine = engine = create_engine(postgres)
        cls.tables = cls.make(engine)
        yield SQLAlchemyStore(engine, cls.tables)
        assert "Current Checked out connections: 0" in engine.pool.status()
        engine.dispose()

    def another(self, store: Store) -> Store:
        return SQLAlchemyStore(self.engine, self.tables)

    def add_client(self, store: Store, client_id: UUID) -> None:
        databases.add_client(self.engine, client_id)

    def corrupt(self, store: Store, campaign: Campaign) -> None:
        columns = self.tables.columns
        values = {columns["name"]: "", columns["sms_allocation"]: self.spoilt_share}
        own_id = columns["id"]
        assert own_id is not None
        spoil = update(self.tables.campaigns).where(own_id == campaign.id).values(values)
        with self.engine.begin() as connection:
            connection.execute(spoil)


@pytest.mark.long
class TestTheDesignsTable(Fewer, HostsTable):
    @classmethod
    def make(cls, engine: Engine) -> Tables:
        return databases.with_the_designs_table(engine)


@pytest.mark.long
class TestAnotherHostsTable(Fewer, HostsTable):
    fixed: ClassVar = {"total_lead_limit": None}
    keeps_updated_at = False
    spoilt_share = 101

    @classmethod
    def make(cls, engine: Engine) -> Tables:
        return databases.with_another_hosts_table(engine)


class TestOtherValues(Fewer, HostsTable):
    @classmethod
    def make(cls, engine: Engine) -> Tables:
        return databases.with_other_values(engine)


# -- A host's connection --------------------------------------------------------------------------


@contextmanager
def connected(url: str, **options: str) -> Generator[Store]:
    with SQLAlchemyStore.open(url):
        pass  # to have the tables
    engine = create_engine(url, **options)
    with engine.connect() as connection:
        yield SQLAlchemyStore(connection)
    engine.dispose()


@pytest.mark.long
class TestHostsSQLiteConnection(Fewer, SequentialStoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, sqlite: str) -> Iterator[Store]:
        with connected(sqlite) as store:
            yield store


class HostsPostgreSQLConnection(Fewer, SequentialStoreContract):
    level: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, postgres: str) -> Iterator[Store]:
        with connected(postgres, isolation_level=cls.level) as store:
            yield store


@pytest.mark.long
class TestReadCommitted(HostsPostgreSQLConnection):
    level = "READ COMMITTED"


class AdoptsOnAnEngine(SQLAlchemyStore):
    """A store at a level at which no client can be adopted: its host does that before."""

    def adopt_client(self, client_id: UUID) -> None:
        """Adopt a client on the engine, between two transactions of the host's."""
        assert isinstance(self.bind, Connection)
        self.bind.commit()
        SQLAlchemyStore(self.bind.engine).adopt_client(client_id)


class HostsSnapshot(HostsPostgreSQLConnection):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, postgres: str) -> Iterator[Store]:
        with connected(postgres, isolation_level=cls.level) as store:
            assert isinstance(store, SQLAlchemyStore)
            yield AdoptsOnAnEngine(store.bind)


@pytest.mark.long
class TestRepeatableRead(HostsSnapshot):
    level = "REPEATABLE READ"


@pytest.mark.long
class TestSerializable(HostsSnapshot):
    level = "SERIALIZABLE"


@pytest.mark.long
class TestHostsAsyncConnection(Fewer, SequentialStoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, postgres: str) -> Iterator[Store]:
        with SQLAlchemyStore.open(postgres):
            pass  # to have the tables
        with EventLoop() as loop:
            engine = create_async_engine(with_asyncpg(postgres))
            connection = loop.run(started(engine))
            yield BlockingStore(AsyncSQLAlchemyStore(connection), loop)
            loop.run(connection.close())
            loop.run(engine.dispose())


async def started(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect()


class TestHostsSession(Fewest, SequentialStoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, sqlite: str) -> Iterator[Store]:
        with SQLAlchemyStore.open(sqlite):
            pass  # to have the tables
        engine = create_engine(sqlite)
        with Session(engine) as session:
            yield SQLAlchemyStore(session)
        engine.dispose()


@pytest.mark.long
class TestHostsAsyncSession(Fewest, SequentialStoreContract):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, postgres: str) -> Iterator[Store]:
        with SQLAlchemyStore.open(postgres):
            pass  # to have the tables
        with EventLoop() as loop:
            engine = create_async_engine(with_asyncpg(postgres))
            session = AsyncSession(engine)
            yield BlockingStore(AsyncSQLAlchemyStore(session), loop)
            loop.run(session.close())
            loop.run(engine.dispose())
