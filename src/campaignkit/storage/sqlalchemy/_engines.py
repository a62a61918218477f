"""Engines of stores that were opened, and the settings that SQLite needs for a store."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import RLock
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

from attrs import define, field
from sqlalchemy import (
    URL,
    AdaptedConnection,
    Connection,
    Dialect,
    Engine,
    Pool,
    QueuePool,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor, ExceptionContext
from sqlalchemy.exc import ArgumentError

from campaignkit.core._checks import kind_error, short_repr
from campaignkit.core._extras import require_extra
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import CampaignKitError, InvalidError, StorageError
from campaignkit.storage._observation import lock_wait
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._poolers import prepare_connections
from campaignkit.storage.sqlalchemy._tables import Tables
from campaignkit.storage.sqlalchemy._upgrades import CREATING, upgrade_ledger

READING = {"campaignkit_reading": True}
"""Execution options of transactions that only read."""


def make_engine(url: str | URL, lock_timeout: float | None) -> Engine:
    """Return an engine with the settings that a store needs."""
    target = with_driver(url, {"postgresql": "psycopg", "sqlite": "pysqlite"})
    with require_driver(target):
        engine = create_engine(target, **options(target, lock_timeout, QueuePool))
    prepare(engine, lock_timeout)
    renew_on_fork(engine)
    return engine


def create_tables(connection: Connection, tables: Tables) -> None:
    """Create the tables and enum types that do not exist, and upgrade an older ledger."""
    with translate_errors():
        if connection.dialect.name == "postgresql":
            # To check and to create are two steps. In SQLite the transaction locks the database.
            connection.execute(select(func.pg_advisory_xact_lock(CREATING)))
        tables.campaigns.metadata.create_all(connection, tables=list(tables))
    upgrade_ledger(connection, tables)


def with_driver(url: str | URL, drivers: Mapping[str, str]) -> URL:
    """Return a URL with a driver for its database, unless it names one.

    Raises:
        InvalidError: it is of another database.
    """
    with explain_url_errors():
        target = make_url(url)
    database, _, driver = target.drivername.partition("+")
    if database not in drivers:
        names = " and ".join(drivers)
        raise InvalidError([f"url: a store can be opened on {names}, not on {target.drivername}"])
    return target if driver else target.set(drivername=f"{database}+{drivers[database]}")


@contextmanager
def require_driver(url: URL) -> Generator[None]:
    """Say which extra to install if the driver of a URL is missing."""
    user = f"a store on {url.drivername}"
    with require_extra("postgres", user), require_extra("asyncio", user):
        yield


@contextmanager
def explain_url_errors() -> Generator[None]:
    """Raise one error of the library for a URL that SQLAlchemy or a driver cannot read.

    Raises:
        InvalidError: they cannot read it. It may hold a password, so it is not repeated.
    """
    try:
        yield
    except CampaignKitError:
        raise
    except (ArgumentError, RecursionError, TypeError, ValueError) as error:
        raise_interruption(error)
        such = "such as 'sqlite:///campaigns.db' or 'postgresql://user@host/database'"
        fault = f"must be a URL {such}; what was given raises {type(error).__name__}"
        raise InvalidError([f"url {fault}"]) from None


def check_lock_timeout(lock_timeout: float | None) -> None:
    """Check a time-out for locks.

    Raises:
        InvalidError: neither None nor a finite number of 0 or more.
    """
    is_number = not kind_error(lock_timeout, (int, float)) and type(lock_timeout) is not bool
    if lock_timeout is not None and not (is_number and 0 <= lock_timeout <= _FOR_EVER):
        fault = f"must be None or from 0 to {_FOR_EVER:.0f} seconds, not {short_repr(lock_timeout)}"
        raise InvalidError([f"lock_timeout {fault}"])


def options(url: URL, lock_timeout: float | None, pool: type[Pool]) -> dict[str, Any]:
    """Return the options of an engine. Its logs and errors hide the parameters of statements."""
    own: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() != "sqlite":
        # These drivers of PostgreSQL use the database's encoding by default.
        is_libpq = url.get_driver_name().startswith("psycopg")
        return own | ({"connect_args": {"client_encoding": "utf8"}} if is_libpq else {})
    seconds = _FOR_EVER if lock_timeout is None else lock_timeout
    if url.database not in {None, "", ":memory:"}:
        return own | {"connect_args": {"timeout": seconds}}
    return own | {
        "connect_args": {"check_same_thread": False},
        # A database in memory belongs to one connection, which threads use in turn.
        "poolclass": pool,
        "pool_size": 1,
        "max_overflow": 0,
        "pool_timeout": seconds,
    }


_FOR_EVER = 1e6  # seconds; drivers have no other way to wait for ever


def in_milliseconds(lock_timeout: float) -> int:
    """Return a time-out for PostgreSQL, where 0 would mean no time-out."""
    return max(1, round(lock_timeout * 1000))


def prepare(engine: Engine, lock_timeout: float | None) -> None:
    """Prepare the connections of PostgreSQL, or set what SQLite needs for a store.

    SQLite begins transactions as a store needs them, checks foreign keys, and writes ahead.
    """
    if engine.dialect.name == "postgresql":
        prepare_connections(engine, None if lock_timeout is None else in_milliseconds(lock_timeout))
    seconds = _FOR_EVER if lock_timeout is None else lock_timeout
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _(connection: DBAPIConnection, _: object) -> None:
        # The driver would begin a transaction only at the first write, after the reads.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        _write_ahead(cursor, seconds)
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def _(context: ExceptionContext) -> None:
        # A connection stays usable after Ctrl-C, and one in memory is the database.
        if not isinstance(context.original_exception, sqlite3.Error):
            context.is_disconnect = False

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        reading = connection.get_execution_options().get("campaignkit_reading")
        # By the driver itself: through SQLAlchemy it would take a tenth of a short transaction.
        cursor = connection.connection.cursor()
        if reading:
            cursor.execute("BEGIN")
        else:
            with lock_wait():
                cursor.execute("BEGIN IMMEDIATE")
        cursor.close()


def _write_ahead(cursor: DBAPICursor, seconds: float) -> None:
    """Let readers and a writer work at the same time; the file remembers this mode.

    To set it, SQLite needs the file alone for a moment, and does not wait for that by itself.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(_A_MOMENT)
        else:
            return


_A_MOMENT = 0.005


# -- Forked processes -----------------------------------------------------------------------------


@define(eq=False)
class _Guard:
    """What must be known of an engine when the process forks.

    `open` are its connections to SQLite, and `workers` what aiosqlite runs them with. `pools` are
    those that the engine had before and whose connections may still be open. Why a process can use
    it no more is in `refusal`.
    """

    pools: list[Pool] = field(factory=list[Pool])
    open: WeakSet[sqlite3.Connection] = field(factory=WeakSet[sqlite3.Connection])
    workers: WeakSet[Any] = field(factory=WeakSet[Any])
    refusal: str | None = None


_GUARDS: WeakKeyDictionary[Engine, _Guard] = WeakKeyDictionary()
_LEFT_BEHIND: list[Pool | sqlite3.Connection] = []
"""The parent's pools and connections, kept so that none of its connections is closed from here."""

_forking, _closing = RLock(), RLock()
_LONGEST_WAIT = 5.0
_LAST_POOLS = 10

_IN_MEMORY = (
    "a SQLite database in memory belongs to the process that opened it; "
    "open a store in each forked process, or use a file"
)
_IN_USE = (
    "this process was forked while another thread was using the same SQLite file, and inherited "
    "the locks of that call; fork while no call is going on, or start the process by spawn"
)


class _GuardedConnection(sqlite3.Connection):
    """A connection that its guard knows for as long as it is open, whoever closes or drops it.

    SQLAlchemy has no event for each way in which a connection ends.
    """

    def __init__(self, *args: Any, guard: _Guard, **options: Any) -> None:  # noqa: ANN401
        if guard.refusal is not None:
            raise StorageError(guard.refusal)
        self._guard = guard
        with _forking:  # else a child would inherit what nobody knows of yet
            super().__init__(*args, **options)
            guard.open.add(self)

    def close(self) -> None:
        with _closing:  # to the end: a child would inherit one that is half closed
            super().close()
            self._guard.open.discard(self)


def renew_on_fork(engine: Engine) -> None:
    """Give the engine connections of its own in every process that is forked from this one."""
    guard = _GUARDS[engine] = _Guard()
    if engine.dialect.name != "sqlite":
        return
    factory = partial(_GuardedConnection, guard=guard)

    @event.listens_for(engine, "do_connect")
    def _(_dialect: Dialect, _record: object, _args: object, options: dict[str, Any]) -> None:
        options["factory"] = factory

    if engine.dialect.is_async:

        @event.listens_for(engine, "connect")
        def _(connection: DBAPIConnection, _: object) -> None:
            guard.workers.add(cast(AdaptedConnection, connection).driver_connection)


def _before_fork() -> None:
    """Close connections to files of SQLite, which takes the locks of a parent for its own.

    Those in use are waited for, though not long: their thread may be waiting for this one. All
    engines are waited for together, so that none loses its time to another.
    """
    _forking.acquire()
    try:
        guards = {
            engine: guard
            for engine, guard in list(_GUARDS.items())
            if engine.dialect.name == "sqlite" and not _is_in_memory(engine)
        }
        for engine, guard in guards.items():
            guard.pools.append(engine.pool)
            engine.dispose(close=False)
        until = time.monotonic() + _LONGEST_WAIT
        while _are_in_use(guards) and time.monotonic() < until:
            time.sleep(_A_MOMENT)
        for guard in guards.values():
            if not guard.open:
                # A thread may still be about to connect in one of the last.
                del guard.pools[:-_LAST_POOLS]
    finally:
        _closing.acquire()


def _are_in_use(guards: Mapping[Engine, _Guard]) -> bool:
    """Close the connections that nobody uses, and tell whether there are others."""
    for engine, guard in guards.items():
        if not engine.dialect.is_async:
            for pool in guard.pools:
                pool.dispose()
        elif not any(isinstance(pool, QueuePool) and pool.checkedout() > 0 for pool in guard.pools):
            for worker in list(guard.workers):
                # Its own thread closes the connection, without an event loop.
                worker.stop()
                worker._thread.join(_LONGEST_WAIT)  # noqa: SLF001
                guard.workers.discard(worker)
    return any(guard.open for guard in guards.values())


def _is_in_memory(engine: Engine) -> bool:
    return engine.url.database in {None, "", ":memory:"}


def _after_fork_in_parent() -> None:
    _closing.release()
    _forking.release()


def _after_fork_in_child() -> None:
    global _forking, _closing  # the thread that holds them is the parent's
    _forking, _closing = RLock(), RLock()
    for engine, guard in list(_GUARDS.items()):
        _LEFT_BEHIND.append(engine.pool)
        engine.dispose(close=False)
        if engine.dialect.name == "sqlite":
            if _is_in_memory(engine):
                guard.refusal = _IN_MEMORY
            elif guard.open:
                _LEFT_BEHIND.extend(guard.open)
                guard.refusal = _IN_USE


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
