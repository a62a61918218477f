"""Run work in a transaction of the store's own, one for each call, or in the host's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from traceback import walk_tb
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

from attrs import define, field
from sqlalchemy import Connection, Engine, Transaction
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import SQLAlchemyError

from campaignkit.core._immutable import T
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import (
    CampaignKitError,
    HostRefusedError,
    StorageError,
    TransientConflictError,
)
from campaignkit.storage.sqlalchemy._backend import ClientAddedError
from campaignkit.storage.sqlalchemy._driver_errors import is_stale_plan, translate_errors
from campaignkit.storage.sqlalchemy._engines import in_milliseconds
from campaignkit.storage.sqlalchemy._host_words import add_host_words
from campaignkit.storage.sqlalchemy._poolers import is_pooled, write_lock_timeout


def run_on_connection(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run work on a connection of the engine, which is returned whatever interrupts this."""
    connection: Connection | None = None
    try:
        try:
            with translate_errors():
                connection = engine.connect()
            outcome = work(connection)
            with translate_errors():
                connection.close()
        except BaseException as error:
            _return_connection(connection, error)
            raise
    except BaseException as error:  # it may come while the other is being handled
        _return_connection(connection, error)
        raise
    return outcome


def run_or_roll_back(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Run work on a caller's connection; roll back if interrupted, so that no lock is left."""
    try:
        return work(connection)
    except BaseException as error:
        if connection.dialect.name == "sqlite":
            _drop_references(error)
        if _is_in_use(connection) and not isinstance(error, CampaignKitError):
            connection.connection.rollback()
        raise


def _return_connection(connection: Connection | None, error: BaseException) -> None:
    # Not by the Connection itself, which may have been interrupted while it began a transaction.
    if connection is None or connection.dialect.name == "sqlite":
        _drop_references(error)
    if connection is not None and _is_in_use(connection):
        connection.connection.close()


def _is_in_use(connection: Connection) -> bool:
    return not (connection.closed or connection.invalidated) and connection.connection.is_valid


def _drop_references(error: BaseException) -> None:
    """Clear the frames of an error's traceback that refer to connections and cursors.

    SQLite holds the locks of a connection, even of a closed one, as long as an unfinished statement
    exists, and the frames refer to it.
    """
    if isinstance(error, CampaignKitError) and not isinstance(error, StorageError):
        return  # it was raised between statements, so its frames may stay
    errors: list[BaseException | None] = [error]
    seen: set[int] = set()
    while errors:
        if (one := errors.pop()) is None or id(one) in seen:
            continue
        seen.add(id(one))
        errors += [one.__cause__, one.__context__]
        for frame, _ in walk_tb(one.__traceback__):
            if str(frame.f_globals.get("__name__")).startswith(_MODULES_WITH_CURSORS):
                try:
                    frame.clear()
                except RuntimeError as running:
                    raise_interruption(running)


_MODULES_WITH_CURSORS = ("sqlalchemy.", "campaignkit.storage.sqlalchemy.")


_LEVELS: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
"""The default isolation level of an engine's connections."""


def run_in_own_transaction(
    connection: Connection,
    work: Callable[[Connection], T],
    lock_timeout: float | None,
    *,
    reading: bool = False,
) -> T:
    """Run work in a transaction of its own; one that writes waits for locks up to `lock_timeout`.

    The time-out is not set for reads: that would make them half as slow again, and they wait only
    for locks on whole tables. In an opened store connections have it, but not those to a pooler:
    there it is set for reads as well.

    If a table was altered since the connection prepared its statements, the first one fails and the
    driver forgets them all, so one more try is enough. It is also where a client was added after it
    was looked for.
    """
    try:
        return _run_once(connection, work, lock_timeout, reading=reading)
    except ClientAddedError:
        pass  # the client is there now, and is locked first
    except HostRefusedError as error:
        add_host_words(connection, error)
        raise
    except TransientConflictError as error:
        if error.__cause__ is None or not is_stale_plan(error.__cause__):
            raise
        connection.rollback()  # that of a read is not ended yet
    return _run_once(connection, work, lock_timeout, reading=reading)


def _run_once(
    connection: Connection,
    work: Callable[[Connection], T],
    lock_timeout: float | None,
    *,
    reading: bool,
) -> T:
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        with translate_errors():
            _read_committed(connection)
    if reading:
        with translate_errors():
            # It ends when the connection is closed, which is faster than a COMMIT before.
            connection.begin()
            _refuse_autocommit(connection)
            if is_postgres and is_pooled(connection):
                _limit_waiting(connection, lock_timeout)
        return work(connection)
    with _TransactionBlock(connection.begin, committing=True):
        with translate_errors():
            _refuse_autocommit(connection)
            if is_postgres:
                _limit_waiting(connection, lock_timeout)
        return work(connection)


def _limit_waiting(connection: Connection, lock_timeout: float | None) -> None:
    if lock_timeout is not None:
        sql = write_lock_timeout(in_milliseconds(lock_timeout), is_local=True)
        connection.exec_driver_sql(sql).close()


def _read_committed(connection: Connection) -> None:
    """Set a connection to READ COMMITTED, unless its engine's connections have that level anyway.

    What a decision reads is locked: a higher level would turn waiting into failing. To set the
    level for nothing would make a quick call half as slow again.
    """
    engine = connection.engine
    if engine not in _LEVELS:
        _LEVELS[engine] = connection.get_isolation_level()
        connection.connection.rollback()  # ends the transaction of that query
    if _LEVELS[engine] != _READ_COMMITTED or _is_autocommit(connection):
        connection.execution_options(isolation_level=_READ_COMMITTED)


_READ_COMMITTED: IsolationLevel = "READ COMMITTED"


def run_in_hosts_transaction(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Run work in the host's transaction, which the host ends."""
    with translate_errors():
        if not connection.in_transaction():
            connection.begin()  # as any statement of the host's would
        _refuse_autocommit(connection)
    try:
        return work(connection)
    except HostRefusedError as error:
        add_host_words(connection, error)
        raise


def savepoint(connection: Connection) -> AbstractContextManager[None]:
    """Undo what fails, so that the host's transaction stays usable."""
    return _TransactionBlock(connection.begin_nested)


@define
class _TransactionBlock:
    """A context that begins a transaction and commits it, or rolls back on an exception."""

    begin: Callable[[], Transaction]
    committing: bool = field(default=False, kw_only=True)
    _transaction: Transaction = field(init=False)

    def __enter__(self) -> None:
        with translate_errors():
            self._transaction = self.begin()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._roll_back()
            return
        try:
            with translate_errors(committing=self.committing):
                self._transaction.commit()
        except StorageError:
            self._roll_back()  # so that the connection can be used again
            raise

    def _roll_back(self) -> None:
        # The caller must get the first error, not that a lost connection cannot roll back.
        # The pool discards that connection.
        try:
            self._transaction.rollback()
        except (SQLAlchemyError, OSError) as failure:
            raise_interruption(failure)


def _refuse_autocommit(connection: Connection) -> None:
    """Refuse a connection on which every statement would be a transaction of its own.

    Raises:
        StorageError: it is in AUTOCOMMIT.
    """
    if _is_autocommit(connection):
        msg = "the store needs transactions, but this connection is in AUTOCOMMIT"
        raise StorageError(msg)


def _is_autocommit(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":
        # A host that begins transactions by itself also sets `isolation_level` to None.
        driver: Any = connection.connection.driver_connection
        if getattr(driver, "autocommit", None) is True:  # an attribute since Python 3.12
            return True
        return driver.isolation_level is None and not driver.in_transaction
    return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
