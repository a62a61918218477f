"""Translate the database's errors to the library's, by SQLSTATE or by SQLite's names for them.

`CODES` is the whole table. The driver's error is the cause of each, with its type and attributes,
but its text is replaced by ours: a driver prints the refused row or the parameters, and a log of
errors must not show whom a campaign contacts.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TypeAlias
from weakref import WeakKeyDictionary

from attrs import define, evolve, field, frozen
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import (
    CampaignKitError,
    ConflictError,
    HostRefusedError,
    StorageError,
    StoreUnavailableError,
    TransientConflictError,
)
from campaignkit.storage._observation import log_conflict

LedgerNames: TypeAlias = frozenset[tuple[str | None, str]]
"""The schemas and names of the tables of a ledger; a schema that is None may be any."""


@frozen
class CodeMeaning:
    """What a code of a database means.

    `is_lost`: the connection is gone, so the outcome of a COMMIT is unknown. `shows`: the message
    of the database may be shown, since it is about tables, rights and limits, not about rows.
    """

    error: type[StorageError]
    words: str
    is_lost: bool = field(default=False, kw_only=True)
    shows: bool = field(default=False, kw_only=True)


def _lost(words: str) -> CodeMeaning:
    return CodeMeaning(StoreUnavailableError, words, is_lost=True)


_VALUE = CodeMeaning(StorageError, "the database or its driver cannot take or give a value")
_ENCODING = CodeMeaning(StorageError, "the database's encoding does not have all of a text")
_OTHER = CodeMeaning(StorageError, "the database refused")
_FAILED = CodeMeaning(StorageError, "the database refused", shows=True)
_CONNECTION = _lost("the connection to the database failed")
_BUSY = CodeMeaning(StoreUnavailableError, "the database is locked")
_READ_ONLY = CodeMeaning(StoreUnavailableError, "the database or the transaction is read-only")
_CHECK_REFUSED = CodeMeaning(HostRefusedError, "a CHECK constraint refused the row")
_NOT_NULL_REFUSED = CodeMeaning(HostRefusedError, "a column that must not be NULL got no value")
_REFERENCE_REFUSED = CodeMeaning(HostRefusedError, "a foreign key found no row")
_DUPLICATE_KEY = CodeMeaning(HostRefusedError, "a unique key is there already")
_TRIGGER_REFUSED = CodeMeaning(HostRefusedError, "a trigger or a function of the host refused")
_NO_TABLE = CodeMeaning(StorageError, "a table or a column is missing: call verify", shows=True)
_STALE_PLAN = CodeMeaning(
    TransientConflictError,
    "a table was altered since the statement was prepared, or that is not supported",
    shows=True,
)
_UNPREPARED = CodeMeaning(
    StorageError,
    "a prepared statement is missing or is another's: with a pooler, connect without preparing any",
)

CODES: Mapping[str, CodeMeaning] = FrozenMap(
    {
        "08": _CONNECTION,
        "09": _TRIGGER_REFUSED,
        "0A": _STALE_PLAN,
        "22": _VALUE,
        "22021": _ENCODING,
        "22P05": _ENCODING,
        "23": CodeMeaning(ConflictError, "an integrity constraint is violated"),
        "23502": _NOT_NULL_REFUSED,
        "23503": _REFERENCE_REFUSED,
        "23505": _DUPLICATE_KEY,
        "23514": _CHECK_REFUSED,
        "23P01": CodeMeaning(HostRefusedError, "an exclusion constraint refused the row"),
        "25": CodeMeaning(StorageError, "the transaction is in the wrong state", shows=True),
        "25006": _READ_ONLY,
        "25P02": CodeMeaning(
            StorageError, "an earlier error aborted the transaction: roll it back"
        ),
        "25P03": _lost("the transaction was idle for too long and was ended"),
        "25P04": _lost("the transaction took too long and was ended"),
        "26000": _UNPREPARED,
        "27": _TRIGGER_REFUSED,
        "28": CodeMeaning(
            StoreUnavailableError,
            "no such role, or not with this password",
            is_lost=True,
            shows=True,
        ),
        "38": _TRIGGER_REFUSED,
        "39": _TRIGGER_REFUSED,
        "3D": CodeMeaning(StoreUnavailableError, "no such database", is_lost=True, shows=True),
        "40": CodeMeaning(TransientConflictError, "the transaction was rolled back"),
        "40001": CodeMeaning(
            TransientConflictError, "two transactions met, and this one was given up"
        ),
        "40002": CodeMeaning(ConflictError, "an integrity constraint is violated"),
        "40003": _lost("whether the statement was completed is unknown"),
        "40P01": CodeMeaning(TransientConflictError, "two transactions waited for each other"),
        "42": _FAILED,
        "42501": CodeMeaning(
            HostRefusedError, "the role may not do this, or not to this row", shows=True
        ),
        "42703": _NO_TABLE,
        "42P01": _NO_TABLE,
        "42P05": _UNPREPARED,
        "44": CodeMeaning(HostRefusedError, "a CHECK OPTION refused the row"),
        "53": CodeMeaning(StoreUnavailableError, "the database is short of resources", shows=True),
        "54": CodeMeaning(StorageError, "a limit of the database is exceeded", shows=True),
        "55": _FAILED,
        "55P03": CodeMeaning(StoreUnavailableError, "a lock was not available in time"),
        "57014": CodeMeaning(StoreUnavailableError, "the statement was cancelled or took too long"),
        "57P": _lost("the database is shutting down or starting, or ended the session"),
        "58": _lost("the database failed outside of itself"),
        "72": CodeMeaning(TransientConflictError, "the snapshot of the transaction is too old"),
        "P0": _TRIGGER_REFUSED,
        "XX": CodeMeaning(StorageError, "the database failed internally"),
        "SQLITE_AUTH": CodeMeaning(HostRefusedError, "the host's authorizer refused"),
        "SQLITE_BUSY": _BUSY,
        "SQLITE_BUSY_SNAPSHOT": CodeMeaning(
            TransientConflictError, "another wrote since this transaction read"
        ),
        "SQLITE_CANTOPEN": _lost("the file cannot be opened"),
        "SQLITE_CONSTRAINT": CodeMeaning(ConflictError, "an integrity constraint is violated"),
        "SQLITE_CONSTRAINT_CHECK": evolve(_CHECK_REFUSED, shows=True),
        "SQLITE_CONSTRAINT_DATATYPE": CodeMeaning(
            HostRefusedError, "a column of a STRICT table does not take this type", shows=True
        ),
        "SQLITE_CONSTRAINT_FOREIGNKEY": _REFERENCE_REFUSED,
        "SQLITE_CONSTRAINT_NOTNULL": evolve(_NOT_NULL_REFUSED, shows=True),
        "SQLITE_CONSTRAINT_PRIMARYKEY": CodeMeaning(
            ConflictError, "a primary key is there already", shows=True
        ),
        "SQLITE_CONSTRAINT_TRIGGER": _TRIGGER_REFUSED,
        "SQLITE_CONSTRAINT_UNIQUE": evolve(_DUPLICATE_KEY, shows=True),
        "SQLITE_CORRUPT": CodeMeaning(StorageError, "the file is damaged"),
        "SQLITE_ERROR": _FAILED,
        "SQLITE_FULL": CodeMeaning(StoreUnavailableError, "the disk or the database is full"),
        "SQLITE_INTERRUPT": CodeMeaning(StoreUnavailableError, "the statement was interrupted"),
        "SQLITE_IOERR": _lost("the file cannot be read or written"),
        "SQLITE_LOCKED": _BUSY,
        "SQLITE_NOMEM": CodeMeaning(StoreUnavailableError, "the database is short of memory"),
        "SQLITE_NOTADB": CodeMeaning(StorageError, "the file is not a database"),
        "SQLITE_PERM": _lost("the file may not be used"),
        "SQLITE_PROTOCOL": _BUSY,
        "SQLITE_READONLY": _READ_ONLY,
        "SQLITE_SCHEMA": CodeMeaning(TransientConflictError, "a table was altered meanwhile"),
        "SQLITE_TOOBIG": CodeMeaning(StorageError, "a value or a statement is too long"),
    }
)
"""What codes mean, by their prefixes; the longest one counts. All other codes are a `StorageError`,
or a `HostRefusedError` if a function of the host's raised them."""

CODELESS = (ValueError, OverflowError, RecursionError)
"""What drivers raise for a value that they cannot convert."""


@define
class translate_errors:  # noqa: N801  # used like a function; a generator would be slower
    """Raise the database's errors as the library's.

    `ledger` has the schemas and names of the ledger's tables; without it no constraint is taken for
    one of the ledger's. A caller's own function must not run inside: what it raises is not the
    database's.
    """

    ledger: LedgerNames = frozenset()
    committing: bool = field(default=False, kw_only=True)

    def __enter__(self) -> None:
        """Begin to translate errors."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise the library's error in place of the database's, if there was one."""
        if error is None or isinstance(error, CampaignKitError):
            return
        # SQLAlchemy 2.0 does not wrap what asyncpg raises when it connects.
        is_raw = isinstance(error, Exception) and _code(error) is not None
        if is_raw or isinstance(error, (SQLAlchemyError, OSError, *CODELESS)):
            raise_interruption(error)
            ours = _translate(error, self.ledger, committing=self.committing)
            if isinstance(ours, (ConflictError, StoreUnavailableError)):
                log_conflict(ours)
            try:
                raise ours from without_content(error, self.ledger)
            finally:
                # SQLAlchemy's error, which has the statement and its parameters.
                ours.__context__ = None


def _translate(error: BaseException, ledger: LedgerNames, *, committing: bool) -> StorageError:
    meaning, cause = _find_meaning(error, ledger), driver_error(error)
    message = _message(meaning, cause)
    kind = meaning.error
    if kind is HostRefusedError:
        constraint, table = (
            _diagnostic_field(cause, f"{what}_name") for what in ("constraint", "table")
        )
        ours = HostRefusedError(message, _sqlstate(cause), constraint, table)
        _HOST_WORDS[ours] = HostWords(_raising_function(cause), _message_of_database(cause))
        return ours
    if kind is StoreUnavailableError:
        return StoreUnavailableError(message, committing and meaning.is_lost)
    return kind(message)


@frozen
class HostWords:
    """What the host's database said, which may have the content of rows in it.

    `function` is that of PostgreSQL which raised it, with the types of its arguments.
    """

    function: str | None
    text: str


_HOST_WORDS: WeakKeyDictionary[HostRefusedError, HostWords] = WeakKeyDictionary()
"""What was said, until it is compared with the source: an attribute could be logged or pickled."""


def take_words(error: HostRefusedError) -> HostWords | None:
    """Return what the host's database said, once."""
    return _HOST_WORDS.pop(error, None)


def _raising_function(cause: BaseException) -> str | None:
    """Return the named function of PostgreSQL that raised an error by RAISE, if one did."""
    routine = _diagnostic_field(cause, "source_function") or _diagnostic_field(
        cause, "server_source_function"
    )
    if routine != "exec_stmt_raise":
        return None
    # The words around the name depend on the language of the server's messages.
    found = re.search(r"\S+\(.*?\)", (_diagnostic_field(cause, "context") or "").partition("\n")[0])
    return found and found.group()


def _find_meaning(error: BaseException, ledger: LedgerNames) -> CodeMeaning:
    known = _find_meaning_of_code(error, ledger)
    # What is raised in a function can neither be a lost connection nor an altered table.
    is_refusal = (
        known.is_lost
        or known is _STALE_PLAN
        or not issubclass(known.error, (StoreUnavailableError, TransientConflictError))
    )
    return _TRIGGER_REFUSED if is_refusal and _raising_function(driver_error(error)) else known


def _find_meaning_of_code(error: BaseException, ledger: LedgerNames) -> CodeMeaning:
    cause = driver_error(error)
    code = _code(error)
    if code is None:
        return _find_meaning_without_code(error, cause)
    if code[:2] == "23" and _is_about(cause, ledger):
        # Not a rule of the host's: another transaction changed what the decision was based on.
        return _KEY_CONFLICT if code == "23505" else CODES["23"]
    beginnings = (code[:end] for end in range(len(code), 0, -1))
    known = next((CODES[start] for start in beginnings if start in CODES), None)
    if known is not None:
        return known
    return _OTHER if _diagnostic_field(cause, "context") is None else _TRIGGER_REFUSED


def _is_about(cause: BaseException, ledger: LedgerNames) -> bool:
    schema, table = (_diagnostic_field(cause, f"{what}_name") for what in ("schema", "table"))
    return table is not None and not ledger.isdisjoint({(schema, table), (None, table)})


_KEY_CONFLICT = CodeMeaning(TransientConflictError, "two transactions met at a key of the ledger")


def _find_meaning_without_code(error: BaseException, cause: BaseException) -> CodeMeaning:
    """Return the meaning of an error that the driver or SQLAlchemy raised by itself."""
    if isinstance(error, PoolTimeoutError):
        return CodeMeaning(
            StoreUnavailableError, "no connection of the pool became free", shows=True
        )
    if isinstance(error, OSError):
        return evolve(_CONNECTION, shows=True)
    if isinstance(cause, CODELESS) or isinstance(error, DataError) or is_undecodable(error):
        return _ENCODING if isinstance(cause, UnicodeError) else _VALUE
    if isinstance(error, DBAPIError):
        is_lost = error.connection_invalidated or isinstance(error, _LOST)
        return evolve(_CONNECTION, shows=True) if is_lost else _OTHER
    # SQLAlchemy's own errors of usage; a StatementError has parameters.
    return _OTHER if isinstance(error, StatementError) else _FAILED


_LOST = (OperationalError, InterfaceError)


def _message(meaning: CodeMeaning, cause: BaseException) -> str:
    code = _code(cause)
    names = [] if code is None else [code if code.startswith("SQLITE") else f"SQLSTATE {code}"]
    names += [
        f"{what} {name}"
        for what in ("table", "column", "constraint")
        if (name := _diagnostic_field(cause, f"{what}_name"))
    ]
    message = f"{meaning.words} ({', '.join(names or [type(cause).__name__])})"
    # The message of an error raised in a host's function may say anything.
    if not meaning.shows or _diagnostic_field(cause, "context") is not None:
        return message
    return f"{message}: {_message_of_database(cause)}"


def _message_of_database(cause: BaseException) -> str:
    said = (
        _diagnostic_field(cause, "message_primary")
        or _diagnostic_field(cause, "message")
        or str(cause)
    )
    return " ".join(said.split())


def driver_error(error: BaseException) -> BaseException:
    """Return the driver's error behind one of SQLAlchemy's."""
    original = error.orig if isinstance(error, StatementError) else None
    if original is None:
        return error
    # SQLAlchemy wraps an error of asyncpg twice.
    is_stand_in = type(original).__module__.startswith("sqlalchemy.")
    behind = original.__cause__ if is_stand_in else None
    return original if behind is None else behind


def without_content(error: BaseException, ledger: LedgerNames = frozenset()) -> BaseException:
    """Return the driver's error behind one of SQLAlchemy's, without the content of rows."""
    cause = driver_error(error)
    message = _message(_find_meaning(error, ledger), cause)
    for one in _chain(cause):
        if isinstance(one, UnicodeEncodeError):
            one.object, one.args = "", (one.encoding, "", one.start, one.end, one.reason)
        elif isinstance(one, UnicodeDecodeError):
            one.object, one.args = b"", (one.encoding, b"", one.start, one.end, one.reason)
        elif not isinstance(one, OSError | SQLAlchemyError):
            one.args = (message,)
            for name in ("detail", "hint"):  # as asyncpg adds them to what it prints
                if name in vars(one):
                    setattr(one, name, None)
    return cause


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def is_duplicate(error: BaseException, table: str | None = None) -> bool:
    """Tell whether a key exists already; with `table`, one of that table of PostgreSQL."""
    is_there = table is None or _diagnostic_field(driver_error(error), "table_name") == table
    keys = {"23505", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"}
    return is_there and _code(error) in keys


def is_unknown_reference(error: BaseException) -> bool:
    """Tell whether a foreign key found nothing."""
    return _code(error) in {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}


def is_stale_plan(error: BaseException) -> bool:
    """Tell whether a table was altered since the connection prepared a statement on it."""
    return _code(error) == "0A000"


def is_unreadable(error: BaseException) -> bool:
    """Tell whether a driver could not decode a value of the database, such as `infinity`.

    The transaction is still usable.
    """
    if isinstance(error, DataError):
        return _code(error) is None  # what the database itself refuses has a code
    return isinstance(error, CODELESS)


def is_undecodable(error: BaseException) -> bool:
    """Tell whether Python's driver of SQLite found a text that is not UTF-8.

    It is the driver's only error of this class without a code of SQLite's.
    """
    cause = driver_error(error)
    return type(cause) is sqlite3.OperationalError and _code(cause) is None


def _code(error: BaseException) -> str | None:
    cause = driver_error(error)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return code if isinstance(code, str) else None


def _sqlstate(cause: BaseException) -> str | None:
    code = getattr(cause, "sqlstate", None)
    return code if isinstance(code, str) else None


def _diagnostic_field(cause: BaseException, name: str) -> str | None:
    """Return a field of an error of PostgreSQL's that is separate from its message."""
    value = getattr(getattr(cause, "diag", cause), name, None)
    return value if isinstance(value, str) else None
