"""The rows of a file that are refused, each with all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from heapq import nsmallest

from attrs import asdict, frozen

from campaignkit.cli._command_error import FileError
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._row_reader import RowFault, RowReader, find_width_fault
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Part, Sentences

MOST_BAD_ROWS = 1_000
"""The number of bad rows that are kept."""

_MOST_BAD_LINES = 10


@frozen
class BadRow:
    """A row that is not a lead; `line` is where it begins, and the header is line 1.

    Where there are no lines, `line` is the number of the row, and `unit` is "row".
    """

    line: int
    faults: Sequence[RowFault]
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.unit} {self.line}: {'; '.join(map(str, self.faults))}"

    def to_json(self) -> Mapping[str, object]:
        """Return the place of the row and its faults."""
        return {self.unit: self.line, "faults": [asdict(fault) for fault in self.faults]}


@frozen
class BadRows:
    """The number of bad rows, and what is wrong with the first thousand."""

    count: int = 0
    first: Sequence[BadRow] = ()

    def describe(self) -> Iterator[str]:
        """Say what is wrong with the first ten rows, and how many more there are."""
        yield from map(str, self.first[:_MOST_BAD_LINES])
        if self.count > _MOST_BAD_LINES:
            yield f"and {self.count - _MOST_BAD_LINES:,} more"

    def to_parts(self) -> list[Part]:
        """Return the rows that were left out, if there are any."""
        if not self.count:
            return []
        return [Sentences([*self.describe()], f"Left out: {format_count(self.count, 'bad row')}")]

    def to_json(self) -> Mapping[str, object]:
        """Return the number of bad rows and what is wrong with the first of them."""
        return {"count": self.count, "first": [row.to_json() for row in self.first]}


def find_bad_rows(
    file: LeadsSource, columns: LeadColumns, bad: Mapping[int, str | None]
) -> BadRows:
    """Read the first bad rows again, and return everything that is wrong with them."""
    if not bad:
        return BadRows()
    first = dict.fromkeys(nsmallest(MOST_BAD_ROWS, bad))
    wanted = {line: bad[line] for line in first}
    return BadRows(len(bad), [row for row, _ in iterate_bad_rows(file, columns, wanted)])


def iterate_bad_rows(
    file: LeadsSource, columns: LeadColumns, bad: Mapping[int, str | None]
) -> Iterator[tuple[BadRow, Sequence[str]]]:
    """Read bad rows again, and iterate over what is wrong with them and their cells.

    `bad` has the line of each, and what is expected of its id besides.
    """
    read = RowReader.of(file, columns)
    width = len(file.columns)
    with closing(file.rows(lambda _: None)) as rows:
        for wanted in sorted(bad):
            row = next((row for start, _, row in rows if start == wanted), None)
            if row is None:
                raise file_changed_error(file)
            faults: list[RowFault] = []
            if (fault := find_width_fault(row, width)) is not None:
                faults.append(fault)
            else:
                if (expected := bad[wanted]) is not None:
                    faults.append(RowFault(columns.id, read.id(row), expected))
                faults += read.faults(row)
            yield BadRow(wanted, faults, file.unit), row


def file_changed_error(file: LeadsSource) -> FileError:
    """Return the error for a file that changed after its leads were read."""
    return FileError(f"{file.name} changed while it was being read")
