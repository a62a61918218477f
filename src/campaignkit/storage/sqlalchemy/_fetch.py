"""Fetch rows whatever is in them: a value that cannot be decoded hides no other.

Rows are read as usual first. Only if that fails are they read again, with care.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Text,
    bindparam,
    cast,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from campaignkit.core._checks import short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.storage.sqlalchemy._driver_errors import (
    CODELESS,
    driver_error,
    is_undecodable,
    is_unreadable,
)


def readable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what to select for a column; a value that its type cannot read becomes `Unreadable`.

    A label that an enum does not know, or a time in another format in SQLite, would otherwise be an
    error that hides the good rows of its page.
    """
    return type_coerce(column, _ReadableType(column.type))


@frozen
class Unreadable:
    """A value that the type of its column could not read. The domain refuses it."""

    value: object
    error: str

    def __repr__(self) -> str:
        return f"{short_repr(self.value)} ({self.error})"


class _ResultProcessor(Protocol):
    def __call__(self, value: Any) -> Any | None: ...  # noqa: ANN401  # as SQLAlchemy calls it


class _ReadableType(TypeDecorator[Any]):
    impl: TypeEngine[Any] | type[TypeEngine[Any]] = NullType
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind  # under the argument's name, because statements are cached by it
        self.impl = self.impl_instance = kind

    def result_processor(self, dialect: Dialect, coltype: object) -> _ResultProcessor | None:
        read = super().result_processor(dialect, coltype)
        return None if read is None else partial(_read_value, read)


def _read_value(read: _ResultProcessor, value: object) -> object:
    try:
        return read(value)
    except _CONVERSION_ERRORS as error:
        raise_interruption(error)
        return Unreadable(value, str(error))


# What drivers raise for a value; `is_unreadable` tells which of these are about a value.
_DRIVERS = (SQLAlchemyError, *CODELESS)

# What types raise for a value. Not Exception: a host's time limit may be one, too.
_CONVERSION_ERRORS = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    SQLAlchemyError,
)


def fetch_rows(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    """Return all rows of a statement, also those with a value that the type of a column refuses.

    Such a value becomes `Unreadable`. In text of SQLite's that is not UTF-8 each invalid byte
    becomes a lone surrogate, which the domain refuses. Otherwise the error of one value would hide
    all other rows.
    """
    try:
        return connection.execute(statement, values).all()
    except _CONVERSION_ERRORS as error:
        raise_interruption(error)
        if isinstance(error, DBAPIError) and not is_undecodable(error):
            raise  # the database refused the statement
    careful = statement.with_only_columns(*map(readable, statement.selected_columns))
    if connection.dialect.name != "sqlite":
        return connection.execute(careful, values).all()
    driver: Any = connection.connection.driver_connection
    usual = driver.text_factory
    try:
        driver.text_factory = _decode
        return connection.execute(careful, values).all()
    finally:
        driver.text_factory = usual


def _decode(text: bytes) -> str:
    return text.decode(errors="surrogateescape")


def fetch_each(
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    key: ColumnElement[Any],
    values: Mapping[str, Any],
) -> Sequence[Sequence[Any]]:
    """Return all rows of a statement, also those with a value that the driver cannot decode.

    Such a value, as `infinity` for a day, becomes `Unreadable`. `key` tells the rows apart.
    """
    try:
        return fetch_rows(connection, statement, values)
    except _DRIVERS as error:
        raise_interruption(error)
        if not is_unreadable(error):
            raise
    keys = connection.scalars(statement.with_only_columns(key), values).all()
    return fetch_rows_of(connection, statement, key, values, keys)


def fetch_rows_of(
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    key: ColumnElement[Any],
    values: Mapping[str, Any],
    keys: Sequence[Any],
) -> Sequence[Sequence[Any]]:
    """Return those rows of a statement that have these keys, as `fetch_each` does."""
    if not keys:
        return ()
    named = bindparam("ck_keys", expanding=True, type_=key.type)
    own, given = statement.where(key.in_(named)), {**values, "ck_keys": list(keys)}
    if len(keys) <= BATCH:
        try:
            return fetch_rows(connection, own, given)
        except _DRIVERS as error:
            raise_interruption(error)
            if not is_unreadable(error):
                raise
    if len(keys) == 1:
        return _fetch_in_pieces(connection, own, given)
    half = len(keys) // 2
    parts = (keys[:half], keys[half:])
    return [r for part in parts for r in fetch_rows_of(connection, statement, key, values, part)]


BATCH = 1000  # far fewer parameters than either database takes


def _fetch_in_pieces(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    """Return a row with the text of each value that the driver cannot decode.

    These columns are found one by one; then the row is read in one statement.
    """
    columns = list(statement.selected_columns)
    errors: dict[int, str] = {}
    for place, column in enumerate(columns):
        try:
            fetch_rows(connection, statement.with_only_columns(column), values)
        except _DRIVERS as error:
            raise_interruption(error)
            if not is_unreadable(error):
                raise
            errors[place] = str(driver_error(error))
    as_text = [cast(c, Text()) if place in errors else c for place, c in enumerate(columns)]
    rows = fetch_rows(connection, statement.with_only_columns(*as_text), values)
    return [
        [
            Unreadable(value, errors[place]) if place in errors else value
            for place, value in enumerate(row)
        ]
        for row in rows
    ]
