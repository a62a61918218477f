"""What keeps races out, point by point: what is locked, when, in which transaction, how long."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, delete, event, text
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError

from campaignkit import (
    ConflictError,
    NotFoundError,
    StorageError,
    StoreUnavailableError,
    TransientConflictError,
)
from campaignkit.storage import Snapshot, Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._store import default_tables
from campaignkit.testing._stored import make_releases
from tests.storage.sqlalchemy.doing import (
    DAY,
    Decide,
    admit,
    assigned,
    before_commit,
    campaign,
    emitted,
    nothing,
    rename,
    while_deciding,
    writing,
)

TABLES = default_tables()


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyStore:
    TABLES.campaigns.metadata.create_all(engine)
    return SQLAlchemyStore(engine)


@pytest.fixture
def postgres_store(postgres_engine: Engine) -> SQLAlchemyStore:
    TABLES.campaigns.metadata.create_all(postgres_engine)
    return SQLAlchemyStore(postgres_engine)


@pytest.fixture
def sqlite_store(sqlite_engine: Engine) -> SQLAlchemyStore:
    TABLES.campaigns.metadata.create_all(sqlite_engine)
    return SQLAlchemyStore(sqlite_engine)


def engine_of(store: SQLAlchemyStore) -> Engine:
    engine = store.bind
    assert isinstance(engine, Engine)
    return engine


# -- PostgreSQL: what is locked -------------------------------------------------------------------

LOCKS = {
    "FOR NO KEY UPDATE": ("campaigns", False),
    "FOR KEY SHARE": ("campaigns", True),  # rows that refer to the campaign may come in
    "FOR KEY SHARE ": ("campaign_progress", False),
}


@pytest.mark.parametrize("known", [True, False], ids=["with progress", "without progress"])
@pytest.mark.parametrize("decide", [admit("a"), rename("x")], ids=["admitting", "editing"])
def test_every_decision_holds_the_campaign_and_its_progress(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine, decide: Decide, *, known: bool
) -> None:
    key = new(postgres_store)
    if known:
        postgres_store.transact(*key, nothing)
    could: dict[str, bool] = {}

    def look() -> None:
        for lock, (table, _) in LOCKS.items():
            with postgres_engine.connect() as connection:
                # Uncommitted rows cannot be locked by others either: they are not there.
                rows = f"SELECT 1 FROM {table} {lock} SKIP LOCKED"  # ours
                could[lock] = connection.execute(text(rows)).first() is not None

    postgres_store.transact(*key, while_deciding(look, decide))
    assert could == {lock: free for lock, (_, free) in LOCKS.items()}


def new(store: SQLAlchemyStore) -> tuple[UUID, UUID]:
    added = store.add(campaign())
    return added.client_id, added.id


def test_the_progress_of_a_hosts_own_campaign_is_made_before_the_decision(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine
) -> None:
    key = new(postgres_store)
    with emitted(postgres_engine) as sent:
        before: list[str] = []
        postgres_store.transact(*key, while_deciding(lambda: before.extend(sent)))
    assert [s for s in before if s.startswith("INSERT INTO campaign_progress")]
    with emitted(postgres_engine) as sent:
        postgres_store.transact(*key, nothing)
    assert not [s for s in sent if s.startswith("INSERT")]


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("known", [True, False], ids=["with progress", "without progress"])
@pytest.mark.parametrize("first", [admit("a"), rename("x")], ids=["admitting", "editing"])
def test_a_transaction_that_began_before_the_last_decision_decides_nothing(
    postgres_store: SQLAlchemyStore,
    postgres_engine: Engine,
    level: IsolationLevel,
    first: Decide,
    *,
    known: bool,
) -> None:
    key = new(postgres_store)
    if known:
        postgres_store.transact(*key, nothing)
    with postgres_engine.connect().execution_options(isolation_level=level) as connection:
        connection.execute(text("SELECT 1 FROM campaigns"))
        postgres_store.transact(*key, first)
        with pytest.raises(TransientConflictError):
            SQLAlchemyStore(connection).transact(*key, admit("b"))
        assert len(SQLAlchemyStore(connection).find(key[0]).items) == 1  # it is not poisoned


def test_whoever_waited_sees_what_the_other_did(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine
) -> None:
    key = new(postgres_store)
    seen: list[Snapshot] = []

    def second(snapshot: Snapshot) -> Writes[None]:
        seen.append(snapshot)
        return Writes()

    with ThreadPoolExecutor() as pool:

        def overtake() -> None:
            waiting = pool.submit(
                lambda: postgres_store.transact(*key, second, day=DAY, lead_ids=["a", "b"])
            )
            while not is_somebody_waiting(postgres_engine):
                assert not waiting.done()

        postgres_store.transact(*key, while_deciding(overtake, admit("a")), day=DAY)
    assert seen[0].progress.admitted_today == seen[0].progress.admitted_total == 1
    assert list(seen[0].assignments) == ["a"]


def is_somebody_waiting(engine: Engine) -> bool:
    waiting = text(
        "SELECT 1 FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return connection.execute(waiting).first() is not None


# -- SQLite: when it is locked --------------------------------------------------------------------


@pytest.mark.parametrize("is_opened", [True, False], ids=["opened", "on a host's engine"])
def test_sqlite_is_locked_before_the_decision(sqlite: str, *, is_opened: bool) -> None:
    with SQLAlchemyStore.open(sqlite) as opened:
        key = new(opened)
        host = create_engine(sqlite, connect_args={"timeout": 0})
        store = opened if is_opened else SQLAlchemyStore(host)
        other = SQLAlchemyStore(host)

        def overtake() -> None:
            with pytest.raises(StoreUnavailableError) as refused:
                other.transact(*key, admit("b"))
            assert not refused.value.outcome_unknown

        store.transact(*key, while_deciding(overtake, admit("a")), day=DAY)
        assert other.progress(*key, DAY).admitted_total == 1
        host.dispose()


def test_readers_of_an_opened_sqlite_do_not_wait_for_a_writer(sqlite: str) -> None:
    with SQLAlchemyStore.open(sqlite, lock_timeout=0.01) as store:
        key = new(store)
        names: list[str] = []

        def read() -> None:
            names.append(store.get(*key).name)

        store.transact(*key, while_deciding(read, rename("x")))
        assert [*names, store.get(*key).name] == ["Sydney agencies", "x"]


def test_what_opening_tells_sqlite(sqlite: str) -> None:
    with SQLAlchemyStore.open(sqlite, lock_timeout=2.5) as store:
        engine = engine_of(store)
        with engine.connect() as connection:
            told = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("foreign_keys", "journal_mode", "busy_timeout")
            }
            driver: Any = connection.connection.driver_connection
        assert told == {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 2500}
        sent: list[str] = []
        driver.set_trace_callback(sent.append)
        store.get(*new(store))
        assert [one for one in sent if "BEGIN" in one] == ["BEGIN IMMEDIATE", "BEGIN"]


def test_a_hosts_engine_is_left_as_it_is(engine: Engine) -> None:
    TABLES.campaigns.metadata.create_all(engine)
    with emitted(engine):
        listening = {name: bool(getattr(engine.dispatch, name)) for name in ("begin", "commit")}
        SQLAlchemyStore(engine).find(campaign().client_id)
        assert listening == {
            name: bool(getattr(engine.dispatch, name)) for name in ("begin", "commit")
        }
        assert not engine.dispatch.begin


# -- The store's own transactions -----------------------------------------------------------------


def test_its_transactions_are_read_committed_whatever_the_engines(
    postgres_store: SQLAlchemyStore, postgres: str
) -> None:
    key = new(postgres_store)
    engine = create_engine(postgres, isolation_level="SERIALIZABLE")
    levels: set[object] = set()

    def look(connection: Connection, *_: object) -> None:
        driver: Any = connection.connection.driver_connection
        levels.add(driver.isolation_level)

    event.listen(engine, "after_cursor_execute", look)
    store = SQLAlchemyStore(engine)
    store.transact(*key, admit("a"))
    store.get(*key)
    assert levels == {psycopg.IsolationLevel.READ_COMMITTED}
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "serializable"
    engine.dispose()


def test_an_engine_in_autocommit_gets_transactions_all_the_same(
    postgres_store: SQLAlchemyStore, postgres: str
) -> None:
    key = new(postgres_store)
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with pytest.raises(ConflictError):
        SQLAlchemyStore(engine).transact(
            *key, writing(assigned=assigned("a"), released=make_releases("b"))
        )
    assert not postgres_store.assignments(*key).items
    engine.dispose()


def test_what_fails_writes_nothing_and_the_next_call_works(store: SQLAlchemyStore) -> None:
    key = new(store)
    for failing in (
        writing(assigned=assigned("a"), released=make_releases("b")),
        writing(assigned=assigned("a", "a")),
        writing(campaign=campaign()),
    ):
        with pytest.raises(ConflictError):
            store.transact(*key, failing)
    store.transact(*key, admit("a"))
    with pytest.raises(ConflictError):
        store.transact(*key, admit("b", "a"))
    assert [lead.lead_id for lead in store.assignments(*key).items] == ["a"]
    assert store.progress(*key, DAY).admitted_total == 1


@pytest.mark.parametrize(
    "error",
    [KeyError("a"), OSError("disk"), KeyboardInterrupt(), DBAPIError("", {}, ValueError("x"))],
    ids=lambda error: type(error).__name__,
)
def test_what_a_decision_raises_is_not_taken_for_the_databases(
    store: SQLAlchemyStore, error: BaseException
) -> None:
    key = new(store)

    def decide(_: Snapshot) -> Writes[None]:
        raise error

    with pytest.raises(type(error)) as raised:
        store.transact(*key, decide)
    assert raised.value is error
    assert error.__cause__ is None
    store.transact(*key, admit("a"))


# -- The host's transaction -----------------------------------------------------------------------


def test_on_a_connection_nothing_ends_and_nothing_is_set(engine: Engine) -> None:
    TABLES.campaigns.metadata.create_all(engine)
    with engine.connect() as connection:
        store = SQLAlchemyStore(connection)
        assert not store.owns_transactions
        with emitted(engine) as sent:
            key = new(store)
            store.transact(*key, admit("a"), day=DAY)
            store.get(*key)
            with pytest.raises(NotFoundError):
                store.transact(key[1], key[0], admit("a"))
            with pytest.raises(ZeroDivisionError):
                store.transact(*key, while_deciding(lambda: 1 // 0))
        assert not {"COMMIT", "ROLLBACK"} & set(sent)
        assert not [statement for statement in sent if statement.startswith("SET")]
        connection.rollback()
        assert not store.find(key[0]).items


def test_what_is_done_in_the_hosts_transaction_is_kept_with_it(engine: Engine) -> None:
    TABLES.campaigns.metadata.create_all(engine)
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection)
        key = new(store)
        store.transact(*key, admit("a"))
    assert SQLAlchemyStore(engine).assignments(*key).items == assigned("a")


def test_what_fails_in_the_hosts_transaction_is_undone_by_itself(engine: Engine) -> None:
    TABLES.campaigns.metadata.create_all(engine)
    with engine.begin() as connection:
        store = SQLAlchemyStore(connection)
        key = new(store)
        with pytest.raises(ConflictError):
            store.transact(*key, writing(assigned=assigned("a"), released=make_releases("b")))
        with pytest.raises(ConflictError):
            store.transact(*key, writing(assigned=(*assigned("a"), *assigned("a"))))
        store.transact(*key, admit("b"))
    assert SQLAlchemyStore(engine).assignments(*key).items == assigned("b")


def test_in_sqlite_the_first_write_comes_before_the_savepoint(
    sqlite_store: SQLAlchemyStore,
) -> None:
    key = new(sqlite_store)
    with engine_of(sqlite_store).connect() as connection, emitted(engine_of(sqlite_store)) as sent:
        SQLAlchemyStore(connection).transact(*key, admit("a"))
        connection.rollback()
    kinds = [statement.split()[0] for statement in sent]
    assert kinds[:2] == ["INSERT", "SAVEPOINT"]
    # Had the SAVEPOINT begun the transaction, its RELEASE would have been the COMMIT.
    assert not sqlite_store.assignments(*key).items


def test_a_connection_in_autocommit_is_refused(engine: Engine) -> None:
    TABLES.campaigns.metadata.create_all(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        store = SQLAlchemyStore(connection)
        with pytest.raises(StorageError, match="AUTOCOMMIT"):
            store.add(campaign())
        with pytest.raises(StorageError, match="AUTOCOMMIT"):
            store.find(campaign().client_id)


class AutocommittingConnection(sqlite3.Connection):
    """As `sqlite3.connect(…, autocommit=True)` gives it from Python 3.12 on."""

    autocommit = True


@pytest.mark.parametrize(
    "options",
    [{"isolation_level": "AUTOCOMMIT"}, {"connect_args": {"factory": AutocommittingConnection}}],
    ids=["SQLAlchemy's", "the driver's"],
)
def test_a_sqlite_engine_in_autocommit_is_refused(sqlite: str, options: dict[str, Any]) -> None:
    engine = create_engine(sqlite, **options)
    TABLES.campaigns.metadata.create_all(engine)
    with pytest.raises(StorageError, match="AUTOCOMMIT"):
        SQLAlchemyStore(engine).add(campaign())
    engine.dispose()


# -- How long it waits ----------------------------------------------------------------------------

HOLDING = {
    "the row": "SELECT 1 FROM campaigns FOR UPDATE",
    "the table": "LOCK TABLE campaigns IN ACCESS EXCLUSIVE MODE",
}


@pytest.mark.parametrize("holding", HOLDING.values(), ids=HOLDING)
def test_it_waits_for_a_lock_no_longer_than_it_was_told(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine, holding: str
) -> None:
    key = new(postgres_store)
    store = SQLAlchemyStore(postgres_engine, lock_timeout=0.02)
    with postgres_engine.connect() as connection:
        connection.execute(text(holding))
        with pytest.raises(StoreUnavailableError) as refused:
            store.transact(*key, admit("a"))
        assert not refused.value.outcome_unknown
    store.transact(*key, admit("a"))
    with postgres_engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "0"


def test_an_opened_store_does_not_wait_longer_to_read_either(
    postgres: str, postgres_engine: Engine
) -> None:
    with SQLAlchemyStore.open(postgres, lock_timeout=0.02) as store:
        key = new(store)
        with postgres_engine.connect() as connection:
            connection.execute(text(HOLDING["the table"]))
            with pytest.raises(StoreUnavailableError):
                store.get(*key)
        assert store.get(*key).id == key[1]


def test_sqlite_waits_no_longer_than_it_was_told(sqlite: str) -> None:
    with SQLAlchemyStore.open(sqlite, lock_timeout=0.02) as store:
        key = new(store)
        holder = create_engine(sqlite)
        with holder.begin() as connection:
            connection.execute(delete(TABLES.leads))
            with pytest.raises(StoreUnavailableError):
                store.transact(*key, admit("a"))
        store.transact(*key, admit("a"))
        holder.dispose()


def test_without_a_limit_none_is_set(postgres_engine: Engine) -> None:
    TABLES.campaigns.metadata.create_all(postgres_engine)
    with emitted(postgres_engine) as sent:
        new(SQLAlchemyStore(postgres_engine, lock_timeout=None))
    assert not [statement for statement in sent if statement.startswith("SET")]


# -- What happens in mid-air ----------------------------------------------------------------------


def kill_others(engine: Engine) -> None:
    """End every other session on the database, as a server that goes away does."""
    kill = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    )
    with engine.connect() as connection:
        connection.execute(text(f"{kill} AND pid <> pg_backend_pid()"))


@pytest.fixture
def killer(postgres: str) -> Iterator[Engine]:
    engine = create_engine(postgres)
    yield engine
    engine.dispose()


def test_a_server_that_goes_away_is_unavailable_and_comes_back(
    postgres_store: SQLAlchemyStore, killer: Engine
) -> None:
    key = new(postgres_store)
    with pytest.raises(StoreUnavailableError) as refused:
        postgres_store.transact(*key, while_deciding(lambda: kill_others(killer), admit("a")))
    assert not refused.value.outcome_unknown
    postgres_store.transact(*key, admit("b"))
    assert postgres_store.assignments(*key).items == assigned("b")


def test_what_a_decision_raises_passes_even_if_the_server_is_gone(
    postgres_store: SQLAlchemyStore, killer: Engine
) -> None:
    key = new(postgres_store)
    error = ValueError("no")

    def decide(_: Snapshot) -> Writes[None]:
        kill_others(killer)
        raise error

    with pytest.raises(ValueError, match="no") as raised:
        postgres_store.transact(*key, decide)
    assert raised.value is error
    postgres_store.transact(*key, admit("a"))


def test_after_a_commit_in_mid_air_nobody_knows(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine, killer: Engine
) -> None:
    key = new(postgres_store)
    before_commit(postgres_engine, lambda: kill_others(killer))
    with pytest.raises(StoreUnavailableError) as refused:
        postgres_store.transact(*key, admit("a"))
    assert refused.value.outcome_unknown
    assert refused.value.__cause__ is not None


def test_a_hosts_transaction_ends_with_the_server(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine, killer: Engine
) -> None:
    key = new(postgres_store)
    with postgres_engine.connect() as connection:
        store = SQLAlchemyStore(connection)
        with pytest.raises(StoreUnavailableError):
            store.transact(*key, while_deciding(lambda: kill_others(killer), admit("a")))
        connection.rollback()
        store.transact(*key, admit("b"))
        connection.commit()
    assert postgres_store.assignments(*key).items == assigned("b")


def test_a_pool_that_has_no_connection_left_is_unavailable(postgres: str) -> None:
    with SQLAlchemyStore.open(postgres):
        pass
    engine = create_engine(postgres, pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect(), pytest.raises(StoreUnavailableError):
        SQLAlchemyStore(engine).find(campaign().client_id)
    engine.dispose()


def test_a_server_that_is_not_there_is_unavailable(postgres: str) -> None:
    for url in (f"{postgres}-gone", "postgresql+psycopg://nobody@/x?host=/nowhere"):
        with pytest.raises(StoreUnavailableError):
            SQLAlchemyStore.open(url)
