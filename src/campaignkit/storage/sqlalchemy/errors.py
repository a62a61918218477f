"""The database's errors as the library's, told apart by SQLSTATE or by SQLite's names for them.

The driver's error is the cause of each. What a message says is nobody's to rely on.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import TracebackType

from attrs import field, frozen
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from campaignkit.domain.frozen import FrozenMap
from campaignkit.errors import (
    ConflictError,
    StorageError,
    StoreUnavailableError,
    TransientConflictError,
)

__all__ = [
    "driver_error",
    "is_duplicate",
    "is_unknown_reference",
    "is_unreadable",
    "translated",
]

_LEDGER = (
    *("campaign_progress", "campaign_days", "campaign_leads"),
    *("campaign_suggestions", "campaign_events"),
)
_LOST = (OperationalError, InterfaceError)


class _Kind(Enum):
    TRANSIENT = auto()
    CONFLICT = auto()
    BUSY = auto()
    """It did not come to it in time."""
    GONE = auto()
    """There is nobody to say what came of it."""


_KINDS: Mapping[str, _Kind] = FrozenMap(
    {
        "08": _Kind.GONE,  # connection exceptions
        "23": _Kind.CONFLICT,  # integrity constraint violations
        "28": _Kind.GONE,  # no such role, or not with this password
        "3D": _Kind.GONE,  # no such database
        "40001": _Kind.TRANSIENT,  # serialization failure
        "40003": _Kind.GONE,  # statement completion unknown
        "40P01": _Kind.TRANSIENT,  # deadlock
        "53": _Kind.BUSY,  # insufficient resources, too many connections among them
        "55P03": _Kind.BUSY,  # lock not available: lock_timeout
        "57014": _Kind.BUSY,  # query cancelled: statement_timeout
        "57P": _Kind.GONE,  # shutdowns, and idle sessions that were ended
        "58": _Kind.GONE,  # system errors
        "SQLITE_BUSY": _Kind.BUSY,
        "SQLITE_BUSY_SNAPSHOT": _Kind.TRANSIENT,  # another wrote since this transaction read
        "SQLITE_CANTOPEN": _Kind.GONE,
        "SQLITE_CONSTRAINT": _Kind.CONFLICT,
        "SQLITE_FULL": _Kind.BUSY,
        "SQLITE_INTERRUPT": _Kind.BUSY,
        "SQLITE_IOERR": _Kind.GONE,
        "SQLITE_LOCKED": _Kind.BUSY,
        "SQLITE_PROTOCOL": _Kind.BUSY,
    }
)
"""What codes mean, by how they begin; the longest beginning counts."""


@frozen
class translated:  # noqa: N801  # called like a function, and no generator, as each call passes it
    """Raise the database's errors as the library's.

    What a caller's own function raises must not come through here: it is not the database's.
    """

    committing: bool = field(default=False, kw_only=True)

    def __enter__(self) -> None:
        """Watch what is done."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise ours in place of the database's error, if there was one."""
        if isinstance(error, SQLAlchemyError | OSError):
            raise _ours(error, committing=self.committing) from driver_error(error)


def _ours(error: SQLAlchemyError | OSError, *, committing: bool) -> StorageError:
    cause = driver_error(error)
    message = " ".join(f"{type(cause).__name__}: {cause}".split())
    kind = _kind(error)
    if kind is _Kind.TRANSIENT or (is_duplicate(error) and _table(cause) in _LEDGER):
        return TransientConflictError(message)
    if kind is _Kind.CONFLICT:
        return ConflictError(message)
    if kind is None:
        return StorageError(message)
    return StoreUnavailableError(message, committing and kind is _Kind.GONE)


def _kind(error: BaseException) -> _Kind | None:
    if isinstance(error, PoolTimeoutError):
        return _Kind.BUSY
    if isinstance(error, OSError):
        return _Kind.GONE
    code = _code(error)
    if code is None:
        # What the driver itself noticed, on its way to the server.
        is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
        return _Kind.GONE if is_lost or isinstance(error, _LOST) else None
    beginnings = (code[:end] for end in range(len(code), 0, -1))
    return next((_KINDS[start] for start in beginnings if start in _KINDS), None)


def driver_error(error: BaseException) -> BaseException:
    """Return the error of the driver behind one of SQLAlchemy's."""
    original = error.orig if isinstance(error, DBAPIError) else None
    if original is None:
        return error
    # That of asyncpg stands behind one more of SQLAlchemy's.
    behind = original.__cause__
    return behind if behind is not None and hasattr(behind, "sqlstate") else original


def is_duplicate(error: BaseException) -> bool:
    """Tell whether a key was there already."""
    return _code(error) in {"23505", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"}


def is_unknown_reference(error: BaseException) -> bool:
    """Tell whether a foreign key found nothing."""
    return _code(error) in {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}


def is_unreadable(error: BaseException) -> bool:
    """Tell whether a driver could make no value of what the database has, such as `infinity`.

    The transaction is none the worse for it.
    """
    if isinstance(error, DataError):
        return _code(error) is None  # what the database itself refuses has a code
    return type(error) in {ValueError, OverflowError}  # as they come from asyncpg


def _code(error: BaseException) -> str | None:
    cause = driver_error(error)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return code if isinstance(code, str) else None


def _table(cause: BaseException) -> object:
    """Return the table that PostgreSQL names with an error, apart from its message."""
    named = getattr(cause, "diag", cause)
    return getattr(named, "table_name", None)
