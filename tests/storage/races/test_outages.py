"""A server that goes away, or a lock that is not given: an error, and the next call works.

By every driver. The server's end of a connection is ended from within, at a known moment: by the
decision, which is between two statements, or by a trigger, which is in the midst of one.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, make_url

from campaignkit.errors import StoreUnavailableError
from campaignkit.storage import Snapshot, Store, Writes
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from campaignkit.testing import BlockingStore, EventLoop
from tests.postgres import driver_url
from tests.storage.races import ledgers
from tests.storage.races.acts import everything, first, is_done, nothing
from tests.storage.races.ledgers import CLIENT, DAY
from tests.storage.races.sites import WAIT, engine_of

SHORT = 0.1
"""How many seconds a store waits for a lock that it does not get."""

CUT = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
"""Ends all other connections to a database, and waits until they have ended."""

DYING = """
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
CREATE {} ON campaigns {} FOR EACH ROW EXECUTE FUNCTION die();
"""
BEFORE_THE_UPDATE = DYING.format("TRIGGER dying BEFORE UPDATE", "")
AT_THE_COMMIT = DYING.format("CONSTRAINT TRIGGER dying AFTER UPDATE", "INITIALLY DEFERRED")


@pytest.fixture(scope="module")
def url(postgres: str) -> str:
    """Only a server can go away."""
    return postgres


@pytest.fixture(params=["psycopg", "async psycopg", "asyncpg"])
def driver(request: pytest.FixtureRequest) -> str:
    """Give each driver of PostgreSQL in turn."""
    return str(request.param)


@contextmanager
def opened(driver: str, url: str, lock_timeout: float = WAIT) -> Generator[Store]:
    """Give a store by a driver."""
    kind, _, name = driver.rpartition(" ")
    target = make_url(url)
    target = target.set(drivername=f"{target.get_backend_name()}+{name}")
    if not kind and name in {"psycopg", "pysqlite"}:
        with SQLAlchemyStore.open(target, lock_timeout=lock_timeout) as store:
            yield store
        return
    with EventLoop() as loop:
        served = loop.run(AsyncSQLAlchemyStore.open(target, lock_timeout=lock_timeout))
        try:
            yield BlockingStore(served, loop)
        finally:
            loop.run(served.close())


@contextmanager
def connected(url: str) -> Generator[psycopg.Connection]:
    """Give a connection of somebody else's, where each statement is a transaction."""
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        yield connection


def begun(store: Store) -> UUID:
    """Store a campaign with a first lead."""
    campaign_id = store.add(ledgers.running()).id
    store.transact(CLIENT, campaign_id, first, day=DAY)
    return campaign_id


def do_everything(
    store: Store, campaign_id: UUID, decide: Callable[[Snapshot], Writes[None]] = everything
) -> None:
    store.transact(CLIENT, campaign_id, decide, day=DAY, lead_ids=["first"])


def cut(url: str) -> None:
    with connected(url) as other:
        other.execute(CUT)


# -- The server goes away -------------------------------------------------------------------------


def test_between_two_statements(driver: str, url: str, engine: Engine) -> None:
    def decide(snapshot: Snapshot) -> Writes[None]:
        cut(url)
        return everything(snapshot)

    with opened(driver, url) as store:
        campaign_id = begun(store)
        with pytest.raises(StoreUnavailableError) as failed:
            do_everything(store, campaign_id, decide)
        assert not failed.value.outcome_unknown
        assert failed.value.__cause__ is not None
        do_everything(store, campaign_id)
    assert is_done(engine, campaign_id)


def test_before_the_call(driver: str, url: str) -> None:
    with opened(driver, url) as store:
        campaign_id = begun(store)
        cut(url)
        with pytest.raises(StoreUnavailableError):
            store.get(CLIENT, campaign_id)
        assert store.get(CLIENT, campaign_id).id == campaign_id


def test_before_the_call_with_many_connections(url: str, engine: Engine) -> None:
    store = SQLAlchemyStore(engine)
    campaign_id = begun(store)
    with engine.connect() as one, engine.connect() as two:
        assert one is not two  # and both are in the pool from now on
    cut(url)
    with pytest.raises(StoreUnavailableError):
        store.transact(CLIENT, campaign_id, nothing)
    for _ in range(3):
        store.transact(CLIENT, campaign_id, nothing)
    assert engine.pool.status().endswith("Current Checked out connections: 0")


@pytest.mark.parametrize("trigger", [BEFORE_THE_UPDATE, AT_THE_COMMIT])
def test_in_the_midst_of_a_statement(
    driver: str, url: str, engine: Engine, trigger: LiteralString
) -> None:
    with connected(url) as other, opened(driver, url) as store:
        campaign_id = begun(store)
        other.execute(trigger)
        try:
            with pytest.raises(StoreUnavailableError) as failed:
                do_everything(store, campaign_id)
        finally:
            other.execute("DROP FUNCTION die CASCADE")
        assert failed.value.outcome_unknown == (trigger == AT_THE_COMMIT)
        assert failed.value.__cause__ is not None
        assert not is_done(engine, campaign_id)
        do_everything(store, campaign_id)
    assert is_done(engine, campaign_id)


def test_while_it_waits_for_a_lock(driver: str, url: str, engine: Engine) -> None:
    with (
        opened(driver, url) as store,
        connected(url) as other,
        connected(url) as holder,
        ThreadPoolExecutor(1) as threads,
    ):
        campaign_id = begun(store)
        with holder.transaction():
            lock(holder, "campaigns", campaign_id)
            waiting = threads.submit(do_everything, store, campaign_id)
            while not (pids := waiters(other)):
                assert not waiting.done()
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [pids[0]])
            with pytest.raises(StoreUnavailableError):
                waiting.result(WAIT)
        assert not is_done(engine, campaign_id)
        do_everything(store, campaign_id)
    assert is_done(engine, campaign_id)


def waiters(other: psycopg.Connection) -> list[int]:
    rows = other.execute(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return [pid for (pid,) in rows]


def test_under_a_hosts_transaction(url: str, engine: Engine) -> None:
    def decide(snapshot: Snapshot) -> Writes[None]:
        cut(url)
        return everything(snapshot)

    campaign_id = begun(SQLAlchemyStore(engine))
    with engine.connect() as connection:
        store = SQLAlchemyStore(connection)
        with pytest.raises(StoreUnavailableError):
            do_everything(store, campaign_id, decide)
        connection.rollback()
        do_everything(store, campaign_id)
        connection.commit()
    assert is_done(engine, campaign_id)


def test_no_server_at_all(driver: str, url: str) -> None:
    there = make_url(url).query.get("host")
    if not isinstance(there, str):
        pytest.skip("the server is not at a socket whose path could be taken away")
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder, "server")
        link.symlink_to(there)
        with opened(driver, str(make_url(url).update_query_dict({"host": str(link)}))) as store:
            campaign_id = begun(store)
            link.unlink()
            cut(url)
            for _ in range(3):
                with pytest.raises(StoreUnavailableError) as failed:
                    store.transact(CLIENT, campaign_id, nothing)
                assert not failed.value.outcome_unknown
            link.symlink_to(there)
            store.transact(CLIENT, campaign_id, nothing)


# -- Locks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["campaigns", "campaign_progress"])
def test_a_lock_that_is_not_given(driver: str, url: str, engine: Engine, table: str) -> None:
    with opened(driver, url, SHORT) as store, connected(url) as holder:
        campaign_id = begun(store)
        with holder.transaction():
            lock(holder, table, campaign_id)
            with pytest.raises(StoreUnavailableError) as failed:
                do_everything(store, campaign_id)
            assert not failed.value.outcome_unknown
            assert store.get(CLIENT, campaign_id).name == "0"  # who reads does not wait
        do_everything(store, campaign_id)
    assert is_done(engine, campaign_id)


def lock(holder: psycopg.Connection, table: str, campaign_id: UUID) -> None:
    column = "id" if table == "campaigns" else "campaign_id"
    holder.execute(
        sql.SQL("SELECT FROM {} WHERE {} = %s FOR UPDATE").format(
            sql.Identifier(table), sql.Identifier(column)
        ),
        [campaign_id],
    )


@pytest.mark.parametrize("driver", ["pysqlite", "aiosqlite"])
def test_a_lock_that_is_not_given_in_sqlite(driver: str, sqlite: str) -> None:
    with opened(driver, sqlite, SHORT) as store:
        campaign_id = begun(store)
        holder = sqlite3.connect(make_url(sqlite).database or "", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError) as failed:
            do_everything(store, campaign_id)
        assert not failed.value.outcome_unknown
        assert store.get(CLIENT, campaign_id).name == "0"  # who reads does not wait
        holder.execute("ROLLBACK")
        holder.close()
        do_everything(store, campaign_id)
    with engine_of(sqlite) as engine:
        assert is_done(engine, campaign_id)
