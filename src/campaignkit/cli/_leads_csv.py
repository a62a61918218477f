"""Leads in a CSV file: one pass reads what a plan needs, a second one writes the rows.

Only the id, the score and the reachability of each row are kept in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from heapq import nsmallest

from attrs import Factory, asdict, frozen

from campaignkit import ALSGate, Channel, Intake, Lead, LeadError, Plan
from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import CsvFile, Source, Tick
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Part, Sentences
from campaignkit.domain._gate import check_score
from campaignkit.domain._yes_no import read_yes_no

ALLOCATION_COLUMNS = ("tier", "channel", "reason")
"""The columns that `allocate` adds."""

INTAKE_COLUMNS = (*ALLOCATION_COLUMNS, "intake", "day")
"""The columns that `intake` adds."""

MOST_BAD_ROWS = 1_000
"""The number of bad rows that are kept."""

_MOST_BAD_LINES = 10


@frozen
class LeadColumns:
    """The columns with the id, the score, and the reasons to close channels."""

    id: str = "lead_id"
    score: str = "als_score"
    block: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    need: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])

    def list_options(self) -> Iterator[tuple[str, str]]:
        """Iterate over the options and the columns that they name."""
        yield "--id", self.id
        yield "--score", self.score
        for option, columns in (("--block", self.block), ("--need", self.need)):
            for channel, names in columns.items():
                for name in names:
                    yield f"{option} {channel}", name


@frozen
class IdColumn:
    """The column with the id, where nothing else of a row matters."""

    id: str

    def list_options(self) -> Iterator[tuple[str, str]]:
        """Iterate over the option and the column that it names."""
        yield "--id", self.id


@frozen
class RowFault:
    """What is wrong with a value of a row, or with the whole row if `column` is None."""

    column: str | None
    value: str
    expected: str

    def __str__(self) -> str:
        if self.column is None:
            return f"{self.value}, expected {self.expected}"
        return f"{self.column} is {short_repr(self.value)}, expected {self.expected}"


@frozen
class BadRow:
    """A row that is not a lead; `line` is where it begins, and the header is line 1.

    In Parquet, `line` is the number of the row, and `unit` is "row".
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


@frozen
class Batch:
    """The leads and bad rows of a file; `rows` counts both."""

    rows: int
    leads: Sequence[Lead]
    bad: BadRows


def read_leads(file: CsvFile, columns: LeadColumns, tick: Tick) -> Batch:
    """Read every row as a lead.

    A row is bad if it is shorter or longer than the header, or if a value is invalid. If an id is
    on several rows, all of them are bad: the file does not say which one is right.

    Raises:
        FileError: a column is missing or duplicate, or the file is not CSV in UTF-8.
    """
    check_columns(file, columns)
    read = RowReader(file.columns, columns)
    width = len(file.header)
    leads: list[Lead] = []
    first: dict[str, int] = {}  # the line on which an id is first,
    again: dict[str, int] = {}  # and where it is next
    bad: dict[int, int | None] = {}  # the lines of bad rows, and where else their leads are
    rows = 0
    for line, row in file.rows(tick):
        rows += 1
        if len(row) != width:
            bad[line] = None
            continue
        lead_id = read.id(row)
        if (before := first.setdefault(lead_id, line)) != line and lead_id:
            again.setdefault(lead_id, line)
            bad[line] = before
            continue
        try:
            leads.append(read.lead(row))
        except ValueError:
            bad[line] = None
    if again:
        bad.update((first[lead_id], line) for lead_id, line in again.items())
        leads = [lead for lead in leads if lead.id not in again]
    return Batch(rows=rows, leads=leads, bad=find_bad_rows(file, columns, bad))


def read_ids(file: CsvFile, column: str, tick: Tick, undone: str) -> Sequence[str]:
    """Read the id of every row; an id may be on several rows.

    Raises:
        FileError: the column is missing or duplicate, the file is not CSV in UTF-8, or a row has no
            id; `undone` is what was not done because of that.
    """
    check_columns(file, IdColumn(column))
    at, width = file.columns.index(column), len(file.header)
    ids: list[str] = []
    bad: list[BadRow] = []
    count = 0
    for line, row in file.rows(tick):
        count += 1
        if fault := _id_fault(row, at, width, column):
            bad.append(BadRow(line, [fault]))
        else:
            ids.append(row[at].strip())
    if not bad:
        return ids
    rows = BadRows(len(bad), bad[:MOST_BAD_ROWS])
    number = format_count(len(bad), "bad row")
    message = f"{file.name}: {number} of {count:,}, so nothing was {undone}"
    details = {"rows": count, "bad_rows": rows.to_json()}
    raise FileError(message, [*rows.describe(), "fix them"], details)


def _id_fault(row: Sequence[str], at: int, width: int, column: str) -> RowFault | None:
    if len(row) != width:
        return RowFault(None, format_count(len(row), "field"), f"{width}, as in the header")
    try:
        Lead(row[at].strip())
    except LeadError:
        return RowFault(column, row[at], "an id, neither blank nor with NUL")
    return None


def check_bad_rows(name: str, batch: Batch, undone: str, *, strict: bool) -> None:
    """Check that a file has no bad rows, or, unless `strict`, that it has good ones as well.

    Raises:
        FileError: lists the bad rows, and says what was not done because of them.
    """
    bad = batch.bad
    none_good = bad.count == batch.rows
    if not bad.count or (not strict and not none_good):
        return
    rows = format_count(bad.count, "bad row")
    advice = "fix them" if none_good else "fix them, or leave them out with --skip-bad"
    message = f"{name}: {rows} of {batch.rows:,}, so nothing was {undone}"
    details = {"rows": batch.rows, "bad_rows": bad.to_json()}
    raise FileError(message, [*bad.describe(), advice], details)


def find_bad_rows(file: Source, columns: LeadColumns, bad: Mapping[int, int | None]) -> BadRows:
    """Read the first bad rows again, and return everything that is wrong with them.

    `bad` has the number of each, with the number of another row that has its id as well.
    """
    read = RowReader(file.columns, columns)
    width = len(file.columns)
    numbers = nsmallest(MOST_BAD_ROWS, bad)
    found: list[BadRow] = []
    with closing(file.rows(lambda _: None)) as rows:
        for wanted in numbers:
            row = next((row for number, row in rows if number == wanted), None)
            if row is None:
                raise file_changed_error(file)
            faults: list[RowFault] = []
            if len(row) == width:
                if (other := bad[wanted]) is not None:
                    expected = f"one row for each lead, but {file.unit} {other} has it too"
                    faults.append(RowFault(columns.id, read.id(row), expected))
                faults += read.faults(row)
            else:
                fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
                faults.append(RowFault(None, fields, f"{width}, as in the header"))
            found.append(BadRow(wanted, faults, file.unit))
    return BadRows(len(bad), found)


def file_changed_error(file: Source) -> FileError:
    """Return the error for a file that changed after its leads were read."""
    return FileError(f"{file.name} changed while it was being read")


def iterate_allocated_rows(
    file: CsvFile, columns: LeadColumns, plan: Plan, gate: ALSGate, tick: Tick
) -> Iterator[Sequence[str]]:
    """Iterate over the header and the planned rows, with `ALLOCATION_COLUMNS` added.

    Raises:
        FileError: the file changed after its leads were read.
    """
    yield [*file.header, *ALLOCATION_COLUMNS]
    parts = (plan.assignments, plan.unassigned)
    for row, lead_id, score in _iterate_rows(file, columns, parts, tick):
        channel, reason = (part.get(lead_id, "") for part in parts)
        yield [*row, gate.tier(score) or "", channel, reason]


def iterate_intake_rows(
    file: CsvFile, columns: LeadColumns, intake: Intake, gate: ALSGate, tick: Tick
) -> Iterator[Sequence[str]]:
    """Iterate over the header and the rows of an intake, with `INTAKE_COLUMNS` added.

    `intake` is new, already, deferred or unassigned; `day` is the day on which the lead was
    admitted, and `tier` its tier on that day.

    Raises:
        FileError: the file changed after its leads were read.
    """
    yield [*file.header, *INTAKE_COLUMNS]
    there = (("new", intake.assignments), ("already", intake.already))
    not_there = (("deferred", intake.deferred), ("unassigned", intake.unassigned))
    parts = [part for _, part in (*there, *not_there)]
    for row, lead_id, score in _iterate_rows(file, columns, parts, tick):
        for word, assignments in there:
            if (found := assignments.get(lead_id)) is not None:
                yield [*row, found.tier, found.channel, "", word, found.day.isoformat()]
        for word, reasons in not_there:
            if (reason := reasons.get(lead_id)) is not None:
                yield [*row, gate.tier(score) or "", "", reason, word, ""]


def _iterate_rows(
    file: CsvFile, columns: LeadColumns, parts: Sequence[Collection[object]], tick: Tick
) -> Iterator[tuple[Sequence[str], str, float | None]]:
    """Iterate over the rows whose ids are in one of these parts, with their ids and scores."""
    read = RowReader(file.columns, columns)
    width = len(file.header)
    placed = 0
    for _, row in file.rows(tick):
        lead_id = read.id(row) if len(row) == width else ""
        if any(lead_id in part for part in parts):
            placed += 1
            yield row, lead_id, read.score(row)
    if placed != sum(map(len, parts)):
        raise file_changed_error(file)


def check_columns(file: Source, columns: LeadColumns | IdColumn) -> None:
    """Check that a file has each column that the options name, once.

    Raises:
        FileError: lists the missing and the duplicate columns.
    """
    times = Counter(file.columns)
    lines = [
        f"{option}: column {short_repr(name)} "
        + (f"appears {times[name]} times" if times[name] else "is missing")
        for option, name in columns.list_options()
        if times[name] != 1
    ]
    if not lines:
        return
    there = ", ".join(map(short_repr, file.columns))
    if len(file.columns) == 1 and any(mark in file.columns[0] for mark in ";\t|"):
        there += " (only one; values must be separated by commas)"
    message = f"{file.name} has missing or duplicate columns"
    raise FileError(message, [*lines, f"the columns are {there}"])


class RowReader:
    """Reads leads from rows that are as long as the header."""

    def __init__(self, header: Sequence[str], columns: LeadColumns) -> None:
        self._columns = columns
        self._id_at = header.index(columns.id)
        self._score_at = header.index(columns.score)
        # For each column that may close a channel: the channel, the place, the test of a value.
        self._gates = [
            (channel, header.index(name), closes)
            for named, closes in ((columns.block, _is_yes), (columns.need, _is_blank))
            for channel, names in named.items()
            for name in names
        ]
        self._header = header
        self._left_open = lru_cache(self._channels_left_open)

    def id(self, row: Sequence[str]) -> str:
        """Return the id of a row."""
        return row[self._id_at].strip()

    def score(self, row: Sequence[str]) -> float | None:
        """Return the score of a row.

        Raises:
            ValueError: the score is invalid.
        """
        return _parse_score(row[self._score_at])

    def lead(self, row: Sequence[str]) -> Lead:
        """Return the lead of a row.

        Raises:
            ValueError: the row is bad; `faults` then lists all faults.
        """
        closed = tuple([closes(row[at]) for _, at, closes in self._gates])
        return Lead(self.id(row), self.score(row), self._left_open(closed))

    def faults(self, row: Sequence[str]) -> Iterator[RowFault]:
        """Iterate over the faults of a row."""
        try:
            Lead(self.id(row))
        except LeadError:
            yield RowFault(self._columns.id, row[self._id_at], "an id, neither blank nor with NUL")
        try:
            self.score(row)
        except ValueError:
            value = row[self._score_at]
            yield RowFault(self._columns.score, value, "a number from 0 to 100, or blank")
        for at in dict.fromkeys(at for _, at, closes in self._gates if closes is _is_yes):
            try:
                _is_yes(row[at])
            except ValueError:
                yield RowFault(self._header[at], row[at], "yes or no")

    def _channels_left_open(self, closed: tuple[bool, ...]) -> frozenset[Channel]:
        gates = zip(self._gates, closed, strict=True)
        return frozenset(Channel).difference(gate[0] for gate, closes in gates if closes)


def _parse_score(text: str) -> float | None:
    text = text.strip()
    if not text:
        return None
    # float() also takes "1_0" and the digits of any script.
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return check_score(float(text))


def _is_yes(text: str) -> bool:
    if (answer := read_yes_no(text)) is None:
        raise ValueError(text)
    return answer


def _is_blank(text: str) -> bool:
    return not text.strip()
