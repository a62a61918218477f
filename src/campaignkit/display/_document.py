"""The document of a value: what HTML, text and the command line show of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from typing import TypeAlias

from attrs import frozen


@frozen
class Bar:
    """A length beside the number that it stands for, with a mark at its target, if it has one."""

    length: int
    longest: int
    mark: int | None = None


@frozen
class Difference:
    """A number of leads above a target, or below it, shown with its sign."""

    leads: int


Cell: TypeAlias = str | int | Difference | Bar
"""A cell of a table: text, a number of leads, a difference, or a bar."""

Row: TypeAlias = Sequence[Cell]


@frozen
class Column:
    """A column of a table; numbers are aligned on the right, and no number or id is broken.

    Columns side by side with the same `group` stand under its name.
    """

    name: str
    is_number: bool = False
    is_id: bool = False
    group: str = ""


@frozen
class Table:
    """Rows under named columns; the first cell of each row names it."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row = ()
    caption: str = ""

    @property
    def groups(self) -> Sequence[tuple[str, Sequence[int]]]:
        """The groups of columns, each with the places of its columns; none if no column has one."""
        if not any(column.group for column in self.columns):
            return ()
        places = groupby(range(len(self.columns)), key=lambda place: self.columns[place].group)
        return [(name, tuple(some)) for name, some in places]

    def split_groups(self, most: int) -> Sequence[Table]:
        """Return tables of at most so many groups of columns, each with the columns of no group."""
        loose = [i for i, column in enumerate(self.columns) if not column.group]
        named = [places for name, places in self.groups if name]
        if len(named) <= most:
            return [self]
        return [
            self.select_columns([*loose, *chain.from_iterable(named[i : i + most])])
            for i in range(0, len(named), most)
        ]

    def select_columns(self, places: Iterable[int]) -> Table:
        """Return the table with the columns at these places only."""
        kept = list(places)
        return Table(
            [self.columns[i] for i in kept],
            [[row[i] for i in kept] for row in self.rows],
            [self.total[i] for i in kept] if self.total else (),
            self.caption,
        )


@frozen
class Flow:
    """How many leads go from each source to each sink; None where they never can.

    HTML has it as a picture above a table, and text as a table unless `is_in_text` is false.
    """

    sources: Sequence[str]
    sinks: Sequence[str]
    amounts: Sequence[Sequence[int | None]]
    caption: str = ""
    is_in_text: bool = True

    @property
    def numbers(self) -> Sequence[Sequence[int]]:
        """The amounts, 0 where leads never go."""
        return [[amount or 0 for amount in row] for row in self.amounts]

    def to_table(self) -> Table:
        """Return the same as a table, without the sources of no leads."""
        columns = [Column("tier"), Column("leads", is_number=True)]
        rows: list[Row] = [
            (source, sum(numbers), *("" if amount is None else amount for amount in amounts))
            for source, amounts, numbers in zip(
                self.sources, self.amounts, self.numbers, strict=True
            )
            if any(numbers)
        ]
        return Table([*columns, *(Column(sink, is_number=True) for sink in self.sinks)], rows)


@frozen
class Facts:
    """Names and what each stands for, in rows of as many cells; a number counts leads."""

    rows: Sequence[Sequence[str | int]]
    caption: str = ""


@frozen
class Sentences:
    """Sentences, each on a line of its own; a warning stands out on a terminal."""

    lines: Sequence[str]
    caption: str = ""
    is_warning: bool = False


@frozen
class Entry:
    """A numbered line, and the lines below it."""

    number: int | None
    text: str
    lines: Sequence[str] = ()


@frozen
class Entries:
    """Numbered lines with details."""

    entries: Sequence[Entry]
    caption: str = ""


Part: TypeAlias = Table | Flow | Facts | Sentences | Entries


@frozen
class Document:
    """A title, which may be empty, and the parts below it."""

    title: str
    parts: Sequence[Part] = ()
