"""Engines for those who bring none, and what SQLite must be told for a store to rely on it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
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

from campaignkit.errors import InvalidError
from campaignkit.storage.sqlalchemy.errors import translated
from campaignkit.storage.sqlalchemy.tables import Tables

__all__ = [
    "READING",
    "create_tables",
    "in_milliseconds",
    "made_engine",
    "options",
    "prepare",
    "with_driver",
]

READING = {"campaignkit_reading": True}
"""Execution options of transactions that only read."""

_CREATING = 2_006_130_721
"""An advisory lock, which is a number that nobody else is likely to use."""


def made_engine(url: str | URL, lock_timeout: float | None) -> Engine:
    """Return an engine on which a store does what it promises."""
    target = with_driver(url, {"postgresql": "psycopg", "sqlite": "pysqlite"})
    engine = create_engine(target, **options(target, lock_timeout, QueuePool))
    prepare(engine, lock_timeout)
    return engine


def create_tables(connection: Connection, tables: Tables) -> None:
    """Create those of the tables and enum types that there are not."""
    with translated():
        if connection.dialect.name == "postgresql":
            # To look and to create are two steps; in SQLite the transaction holds the only lock.
            connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
        tables.campaigns.metadata.create_all(connection, tables=list(tables))


def with_driver(url: str | URL, drivers: Mapping[str, str]) -> URL:
    """Return a URL with a driver for its database, unless it names one.

    Raises:
        InvalidError: it is of another database.
    """
    target = make_url(url)
    database, _, driver = target.drivername.partition("+")
    if database not in drivers:
        names = " and ".join(drivers)
        raise InvalidError([f"a store can be opened on {names}, not on {target.drivername}"])
    return target if driver else target.set(drivername=f"{database}+{drivers[database]}")


def options(url: URL, lock_timeout: float | None, pool: type[Pool]) -> dict[str, Any]:
    """Return the options with which to make an engine.

    No log or error of its has the parameters of a statement.
    """
    own: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() != "sqlite":
        # Of the drivers for PostgreSQL these speak the encoding of the database unless told.
        is_libpq = url.get_driver_name().startswith("psycopg")
        return own | ({"connect_args": {"client_encoding": "utf8"}} if is_libpq else {})
    seconds = _FOR_EVER if lock_timeout is None else lock_timeout
    if url.database not in {None, "", ":memory:"}:
        return own | {"connect_args": {"timeout": seconds}}
    return own | {
        "connect_args": {"check_same_thread": False},
        # A database in memory is that of one connection, which everybody uses by turns.
        "poolclass": pool,
        "pool_size": 1,
        "max_overflow": 0,
        "pool_timeout": seconds,
    }


_FOR_EVER = 1e6  # in seconds: drivers know no other way to say it


def in_milliseconds(lock_timeout: float) -> int:
    """Return a timeout as PostgreSQL takes it, to which 0 would mean none."""
    return max(1, round(lock_timeout * 1000))


def prepare(engine: Engine, lock_timeout: float | None) -> None:
    """Have PostgreSQL wait for no lock longer than this, for a mere read neither.

    Make SQLite begin transactions as a store needs them, and turn on what it leaves off.
    """
    if engine.dialect.name == "postgresql" and lock_timeout is not None:

        @event.listens_for(engine, "connect")
        def _(connection: DBAPIConnection, _: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SET lock_timeout = {in_milliseconds(lock_timeout)}")
            cursor.close()
            connection.commit()

    seconds = _FOR_EVER if lock_timeout is None else lock_timeout
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _(connection: DBAPIConnection, _: object) -> None:
        # The driver would begin only at the first write, after what was decided upon was read.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        _write_ahead(cursor, seconds)
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def _(context: ExceptionContext) -> None:
        # Ctrl-C is nothing that is wrong with a connection, and one in memory is the database.
        if not isinstance(context.original_exception, sqlite3.Error):
            context.is_disconnect = False

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        reading = connection.get_execution_options().get("campaignkit_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _write_ahead(cursor: DBAPICursor, seconds: float) -> None:
    """Let readers and a writer work side by side, which the file remembers from then on.

    For a new file this needs it alone for a moment, and SQLite does not wait for that by itself.
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
