"""What is to be seen of a value, before it is HTML or text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from attrs import frozen


@frozen
class Bar:
    """A length beside the number that it stands for, and perhaps a mark where it was to end."""

    length: int
    longest: int
    mark: int | None = None


Cell: TypeAlias = str | int | Bar
"""What stands in a table: words, a number of leads, or a bar."""


Row: TypeAlias = Sequence[Cell]


@frozen
class Column:
    """The name of a column, and whether it stands on the right, unbroken, as numbers do."""

    name: str
    is_number: bool = False


@frozen
class Table:
    """Rows under named columns; the first cell of each names the row."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row = ()
    caption: str = ""


@frozen
class Flow:
    """How many leads flow from where to where: amounts by row and column."""

    sources: Sequence[str]
    sinks: Sequence[str]
    amounts: Sequence[Sequence[int]]
    caption: str = ""

    def table(self) -> Table:
        """Return the same as a table, with what flows from each source, if anything does."""
        columns = [Column("tier"), Column("leads", is_number=True)]
        rows: list[Row] = [
            (source, sum(row), *row)
            for source, row in zip(self.sources, self.amounts, strict=True)
            if any(row)
        ]
        return Table([*columns, *(Column(sink, is_number=True) for sink in self.sinks)], rows)


@frozen
class Facts:
    """Names, and what each stands for."""

    pairs: Sequence[tuple[str, str]]
    caption: str = ""


@frozen
class Sentences:
    """Sentences, each in a line of its own."""

    lines: Sequence[str]
    caption: str = ""


Part: TypeAlias = Table | Flow | Facts | Sentences


@frozen
class Picture:
    """A title, and what stands below it."""

    title: str
    parts: Sequence[Part]
