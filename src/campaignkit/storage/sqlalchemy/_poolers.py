"""Connections to PostgreSQL that may lead to a pooler, such as pgbouncer in transaction mode.

A pooler gives each transaction any of its connections to the server. So what is set for a session
reaches other clients, and a prepared statement is not there in the next transaction. A server tells
who connects the id of its process. A pooler tells a number of its own, by which it is recognised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import AdaptedConnection, Connection, Dialect, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_POOLED = "campaignkit_pooled"

UNPREPARED: Mapping[str, Mapping[str, Any]] = {
    "psycopg": {"prepare_threshold": None},
    "asyncpg": {"statement_cache_size": 0, "prepared_statement_cache_size": 0},
}
"""The arguments with which drivers connect and prepare no statements."""


def is_pooled(connection: Connection) -> bool:
    """Tell whether a connection of an opened store leads to a pooler, or perhaps does."""
    return bool(connection.info.get(_POOLED))


def write_lock_timeout(milliseconds: int, *, is_local: bool) -> str:
    """Return SQL that sets the time-out for locks, for a transaction or for a session.

    A shorter one, which the host has set for its role or database, stays.
    """
    now = "current_setting('lock_timeout')"
    kept = f"{now}::interval BETWEEN '1 ms' AND '{milliseconds} ms'"
    value = f"CASE WHEN {kept} THEN {now} ELSE '{milliseconds}' END"
    return f"SELECT set_config('lock_timeout', {value}, {str(is_local).lower()})"


def prepare_connections(engine: Engine, milliseconds: int | None) -> None:
    """Have each connection set the time-out for locks and prepare statements, but not at a pooler.

    The pooler of the first connection has to be found out. From then on the engine expects one.
    """
    expects_pooler = False
    set_timeout = "SELECT"
    if milliseconds is not None:
        set_timeout = write_lock_timeout(milliseconds, is_local=False)

    @event.listens_for(engine, "do_connect")
    def _(
        dialect: Dialect,
        record: ConnectionPoolEntry | None,
        args: tuple[Any, ...],
        options: dict[str, Any],
    ) -> DBAPIConnection:
        nonlocal expects_pooler
        unprepared = {**UNPREPARED.get(dialect.driver, {}), **options}
        connection = dialect.connect(*args, **(unprepared if expects_pooler else options))
        try:
            is_direct = _run_if_direct(dialect, connection, set_timeout)
        except BaseException:
            dialect.do_terminate(connection)
            raise
        if not is_direct and not expects_pooler:
            dialect.do_close(connection)
            expects_pooler = True
            connection = dialect.connect(*args, **unprepared)
        if record is not None:
            record.info[_POOLED] = not is_direct
        return connection


def _run_if_direct(dialect: Dialect, connection: DBAPIConnection, sql: str) -> bool:
    """Run SQL if a server answers by itself, and tell whether one does."""
    driver_connection: Any = dialect.get_driver_connection(connection)
    if dialect.driver == "asyncpg":
        sql += f" WHERE pg_backend_pid() = {driver_connection.get_server_pid()}"
        # By the simple protocol, which prepares nothing. It answers with the number of rows.
        answer = cast(AdaptedConnection, connection).run_async(lambda driver: driver.execute(sql))
        return bool(answer == "SELECT 1")
    info: Any = getattr(driver_connection, "info", None)
    if not hasattr(info, "backend_pid"):
        return False
    cursor = connection.cursor()
    cursor.execute(f"{sql} WHERE pg_backend_pid() = {info.backend_pid}")
    is_direct = cursor.fetchone() is not None
    cursor.close()
    connection.commit()
    return is_direct
