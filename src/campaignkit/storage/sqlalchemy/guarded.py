"""Reading a column whatever is in it."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from attrs import frozen
from sqlalchemy import ColumnElement, Dialect, type_coerce
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from campaignkit.domain.checks import shown

__all__ = ["Unreadable", "readable"]


def readable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what to select for a column; what its type cannot read comes as `Unreadable`.

    A label that an enum does not know, or a time that SQLite keeps in other words, would
    otherwise be an error that hides the good rows of its page.
    """
    return type_coerce(column, _Guarded(column.type))


@frozen
class Unreadable:
    """Stands for a value that the type of its column could not read; the domain refuses it."""

    value: object
    error: str

    def __repr__(self) -> str:
        return f"{shown(self.value)} ({self.error})"


class _Read(Protocol):
    def __call__(self, value: Any) -> Any | None: ...  # noqa: ANN401  # as SQLAlchemy calls it


class _Guarded(TypeDecorator[Any]):
    impl: TypeEngine[Any] | type[TypeEngine[Any]] = NullType
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind  # under the argument's name, because statements are cached by it
        self.impl = self.impl_instance = kind

    def result_processor(self, dialect: Dialect, coltype: object) -> _Read | None:
        read = super().result_processor(dialect, coltype)
        return None if read is None else partial(_guarded, read)


def _guarded(read: _Read, value: object) -> object:
    try:
        return read(value)
    except Exception as error:  # noqa: BLE001  # a host's type raises whatever it likes
        return Unreadable(value, str(error))
