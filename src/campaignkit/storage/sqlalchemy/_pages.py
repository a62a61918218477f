"""Read the pages of listings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic
from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, Connection

from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.core._immutable import FrozenMap, T
from campaignkit.domain._snapshot import Page
from campaignkit.errors import CorruptRowError
from campaignkit.storage._observation import log_corrupt_row
from campaignkit.storage._queries import KeyT
from campaignkit.storage.sqlalchemy._codec import Row, Values
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._fetch import fetch_each
from campaignkit.storage.sqlalchemy._read_checks import check_answer
from campaignkit.storage.sqlalchemy._statements import AnySelect


@frozen
class PageReader(Generic[T, KeyT]):
    """How the pages of a listing are read.

    `key_column` tells the rows apart. `key` returns the key of a row, or None if that is corrupt.
    `own_ids` has, by the positions of columns, the one id that may be in each. `parts` has the
    parameters of the parts in which the listing is read; all rows of a part come before the next.
    """

    statement: AnySelect
    key_column: ColumnElement[Any]
    read: Callable[[Row], T]
    key: Callable[[Row], KeyT | None]
    own_ids: Mapping[int, UUID] = FrozenMap()
    parts: Sequence[Values] = ({},)

    def fetch(self, connection: Connection, values: Values, size: int) -> Page[T, KeyT]:
        """Return a page of so many rows.

        A page ends with a key that the next page can follow. If the last row has no such key, the
        page has fewer rows, or more rows if all that it may have are corrupt.
        """
        with translate_errors():
            rows = self._fetch_rows(connection, values, min(size, LARGEST_INTEGER) + 1)
        check_answer(rows, self.own_ids)
        end: KeyT | None = None
        if len(rows) > size:
            ends = (
                (n, key) for n in range(size, 0, -1) if (key := self.key(rows[n - 1])) is not None
            )
            length, end = next(ends, (0, None))
            if end is None:
                return self.fetch(connection, values, 2 * size)
            rows = rows[:length]
        items, corrupt = read_valid_rows(rows, self.read)
        return Page(tuple(items), end, tuple(corrupt))

    def _fetch_rows(self, connection: Connection, values: Values, size: int) -> Sequence[Row]:
        rows: list[Row] = []
        for part in self.parts:
            if len(rows) < size:
                given = {**values, **part, "ck_size": size - len(rows)}
                rows += fetch_each(connection, self.statement, self.key_column, given)
        return rows


def read_valid_rows(
    rows: Iterable[Row], read: Callable[[Row], T]
) -> tuple[list[T], list[CorruptRowError]]:
    """Return the values of the rows that can be read, and the errors of the others."""
    items: list[T] = []
    corrupt: list[CorruptRowError] = []
    for row in rows:
        try:
            items.append(read(row))
        except CorruptRowError as error:
            log_corrupt_row(error)
            corrupt.append(error)
    return items, corrupt


def find_event_number(row: Row) -> int | None:
    """Return the number of an event's row, or None if it is corrupt."""
    return row[1] if type(row[1]) is int else None
