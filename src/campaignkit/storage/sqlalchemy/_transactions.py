"""Transactions: the store's own, one for each call, and the host's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from traceback import walk_tb
from types import TracebackType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from attrs import define, field
from sqlalchemy import Connection, Engine, Transaction
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import SQLAlchemyError

from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import CampaignKitError, StorageError, TransientConflictError
from campaignkit.storage.sqlalchemy._driver_errors import is_stale_plan, translated
from campaignkit.storage.sqlalchemy._engines import READING, in_milliseconds

T = TypeVar("T")


def connected(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do work on a connection of its own, which is given back whatever interrupts this."""
    connection: Connection | None = None
    try:
        try:
            with translated():
                connection = engine.connect()
            outcome = work(connection)
        except BaseException as error:
            _give_back(connection, error)
            raise
        connection.close()
    except BaseException as error:  # it may come while the other is being handled
        _give_back(connection, error)
        raise
    return outcome


def undone(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Do work on a connection that somebody else gives back; no lock outlives an interruption."""
    try:
        return work(connection)
    except BaseException as error:
        if connection.dialect.name == "sqlite":
            _forget(error)
        if _is_in_use(connection) and not isinstance(error, CampaignKitError):
            connection.connection.rollback()
        raise


def _give_back(connection: Connection | None, error: BaseException) -> None:
    # Not by the Connection itself: that may be interrupted, too, with a transaction half made.
    if connection is None or connection.dialect.name == "sqlite":
        _forget(error)
    if connection is not None and _is_in_use(connection):
        connection.connection.close()


def _is_in_use(connection: Connection) -> bool:
    return not (connection.closed or connection.invalidated) and connection.connection.is_valid


def _forget(error: BaseException) -> None:
    """Have an error refer to none of the connections and cursors that it interrupted.

    SQLite holds the locks of a connection, even of a closed one, as long as there is a statement
    that has not come to its end, and the frames of a traceback refer to it.
    """
    if isinstance(error, CampaignKitError) and not isinstance(error, StorageError):
        return  # it is raised between statements, so that its frames may be looked at
    errors: list[BaseException | None] = [error]
    seen: set[int] = set()
    while errors:
        if (one := errors.pop()) is None or id(one) in seen:
            continue
        seen.add(id(one))
        errors += [one.__cause__, one.__context__]
        for frame, _ in walk_tb(one.__traceback__):
            if str(frame.f_globals.get("__name__")).startswith(_HOLDING):
                try:
                    frame.clear()
                except RuntimeError as running:
                    raise_interruption(running)


_HOLDING = ("sqlalchemy.", "campaignkit.storage.sqlalchemy.")


_LEVELS: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
"""The isolation of the transactions that an engine's connections begin by themselves."""


def in_own(
    connection: Connection,
    work: Callable[[Connection], T],
    lock_timeout: float | None,
    *,
    reading: bool = False,
) -> T:
    """Do work in a transaction of its own; what writes waits for a lock no longer than told.

    To tell a mere read would make it half as slow again; it waits only for who locks whole tables.
    Where a table was altered since the connection prepared its statements, the first one fails and
    the driver forgets them all, so that the second time is the last.
    """
    try:
        return _in_one(connection, work, lock_timeout, reading=reading)
    except TransientConflictError as error:
        if error.__cause__ is None or not is_stale_plan(error.__cause__):
            raise
    return _in_one(connection, work, lock_timeout, reading=reading)


def _in_one(
    connection: Connection,
    work: Callable[[Connection], T],
    lock_timeout: float | None,
    *,
    reading: bool,
) -> T:
    is_postgres = connection.dialect.name == "postgresql"
    with translated():
        if is_postgres:
            _read_committed(connection)
        elif reading:
            connection.execution_options(**READING)
    with _Kept(connection.begin, committing=True):
        with translated():
            _refuse_autocommit(connection)
            if is_postgres and lock_timeout is not None and not reading:
                limit = in_milliseconds(lock_timeout)
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {limit}")
        return work(connection)


def _read_committed(connection: Connection) -> None:
    """Have a connection at READ COMMITTED, where its engine does not have it so anyway.

    What a decision reads, it has locked: more isolation would turn waiting into failing. To set it
    and back for nothing would make a quick call half as slow again.
    """
    engine = connection.engine
    if engine not in _LEVELS:
        _LEVELS[engine] = connection.get_isolation_level()
        connection.connection.rollback()  # what the driver began to ask for it
    if _LEVELS[engine] != _READ_COMMITTED or _is_autocommit(connection):
        connection.execution_options(isolation_level=_READ_COMMITTED)


_READ_COMMITTED: IsolationLevel = "READ COMMITTED"


def in_the_hosts(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Do work in the host's transaction, and leave that to the host."""
    with translated():
        if not connection.in_transaction():
            connection.begin()  # as any statement of the host's would
        _refuse_autocommit(connection)
    return work(connection)


def savepoint(connection: Connection) -> AbstractContextManager[None]:
    """Undo what fails, so that the host's transaction is as good as before."""
    return _Kept(connection.begin_nested)


@define
class _Kept:
    """A transaction that is committed, or rolled back where something is raised."""

    begin: Callable[[], Transaction]
    committing: bool = field(default=False, kw_only=True)
    _transaction: Transaction = field(init=False)

    def __enter__(self) -> None:
        with translated():
            self._transaction = self.begin()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            with translated(committing=self.committing):
                self._transaction.commit()
        else:
            # What failed is what the caller must hear of, not that a lost connection cannot roll
            # back; the pool discards that one.
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
        # Also a host that says BEGIN by itself has taken that from the driver.
        driver: Any = connection.connection.driver_connection
        if getattr(driver, "autocommit", None) is True:  # which it can be from Python 3.12 on
            return True
        return driver.isolation_level is None and not driver.in_transaction
    return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
