"""Leads in a CSV file: one pass reads what a plan needs, a second one places the rows.

Only the id, the score and the reachability of a row are kept, so that memory grows with the number
of rows and not with what else is in them.
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
from campaignkit.domain._gate import read_score
from campaignkit.domain._yes_no import read_yes_no

ADDED = ("tier", "channel", "reason")
"""The columns that a placed row has after those of the input."""

TAKEN = (*ADDED, "intake", "day")
"""The columns that a row has after those of the input once a campaign's intake had it."""

MOST_BAD_ROWS = 1_000
"""How many of the bad rows are kept."""

_MOST_SHOWN = 10


@frozen
class Columns:
    """Which columns hold what; several may block a channel, and it may need several."""

    id: str = "lead_id"
    score: str = "als_score"
    block: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    need: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])

    def named(self) -> Iterator[tuple[str, str]]:
        """Iterate over the column names, each after the option that names it."""
        yield "--id", self.id
        yield "--score", self.score
        for option, columns in (("--block", self.block), ("--need", self.need)):
            for channel, names in columns.items():
                for name in names:
                    yield f"{option} {channel}", name


@frozen
class Fault:
    """What is wrong with a value of a row, or with the row where `column` is None."""

    column: str | None
    value: str
    expected: str

    def __str__(self) -> str:
        if self.column is None:
            return f"{self.value}, expected {self.expected}"
        return f"{self.column} is {short_repr(self.value)}, expected {self.expected}"


@frozen
class BadRow:
    """A row that is no lead; `line` is where it begins, the header being on line 1.

    In a file that has no lines it is the number of the row, and `unit` says so.
    """

    line: int
    faults: Sequence[Fault]
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.unit} {self.line}: {'; '.join(map(str, self.faults))}"

    def to_json(self) -> Mapping[str, object]:
        """Return the place of the row and its faults."""
        return {self.unit: self.line, "faults": [asdict(fault) for fault in self.faults]}


@frozen
class BadRows:
    """How many rows are bad, and what is wrong with the first thousand of them."""

    count: int = 0
    _first: Sequence[BadRow] = ()

    def first(self, rows: int = MOST_BAD_ROWS) -> Sequence[BadRow]:
        """Return the first so many of the rows, in the order of their lines."""
        return self._first[:rows]

    def describe(self) -> Iterator[str]:
        """Say what is wrong with the first ten rows, and how many more there are."""
        shown = self.first(_MOST_SHOWN)
        yield from map(str, shown)
        if more := self.count - len(shown):
            yield f"and {more:,} more"

    def to_parts(self) -> list[Part]:
        """Return the rows that were left out, if there are any."""
        if not self.count:
            return []
        return [Sentences([*self.describe()], f"Left out: {format_count(self.count, 'bad row')}")]

    def to_json(self) -> Mapping[str, object]:
        """Return the number of bad rows and what is wrong with the first of them."""
        return {"count": self.count, "first": [row.to_json() for row in self.first()]}


@frozen
class Batch:
    """The rows of a file: `rows` counts all below the header, good and bad."""

    rows: int
    leads: Sequence[Lead]
    bad: BadRows


def read_leads(file: CsvFile, columns: Columns, tick: Tick) -> Batch:
    """Read every row as a lead.

    A row is bad if it is shorter or longer than the header, or if a value in it is not what it
    should be. An id that is on several rows makes all of them bad, because nobody knows which of
    them is right, and opts out of the right channels.

    Raises:
        FileError: a column that is not there once, or a file that is no CSV in UTF-8.
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


def find_bad_rows(file: CsvFile, columns: Columns, bad: Mapping[int, int | None]) -> BadRows:
    """Read the first bad rows again, and return all that is wrong with them.

    `bad` has the line of each, with another line on which its lead is, too.
    """
    read = RowReader(file.columns, columns)
    width = len(file.header)
    lines = nsmallest(MOST_BAD_ROWS, bad)
    found: list[BadRow] = []
    with closing(file.rows(lambda _: None)) as rows:
        for wanted in lines:
            row = next((row for line, row in rows if line == wanted), None)
            if row is None:
                raise changed(file)
            faults: list[Fault] = []
            if len(row) == width:
                if (other := bad[wanted]) is not None:
                    faults.append(repeated(columns, read.id(row), f"line {other}"))
                faults += read.faults(row)
            else:
                fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
                faults.append(Fault(None, fields, f"{width}, as in the header"))
            found.append(BadRow(wanted, faults))
    return BadRows(len(bad), found)


def changed(file: Source) -> FileError:
    """Return the refusal of a file that is no longer what it was when its leads were read."""
    return FileError(f"{file.name} changed while it was being read")


def placed_rows(
    file: CsvFile, columns: Columns, plan: Plan, gate: ALSGate, tick: Tick
) -> Iterator[Sequence[str]]:
    """Iterate over the header and the rows that are planned, each with what `ADDED` names.

    Raises:
        FileError: the file is no longer what it was when its leads were read.
    """
    yield [*file.header, *ADDED]
    parts = (plan.assignments, plan.unassigned)
    for row, lead_id, score in _rows_of(file, columns, parts, tick):
        channel, reason = (part.get(lead_id, "") for part in parts)
        yield [*row, gate.tier(score) or "", channel, reason]


def taken_rows(
    file: CsvFile, columns: Columns, taken: Intake, gate: ALSGate, tick: Tick
) -> Iterator[Sequence[str]]:
    """Iterate over the header and the rows of an intake, each with what `TAKEN` names.

    `intake` is new, already, deferred or unassigned; `day` the one on which the lead was taken,
    and its tier then is its `tier`.

    Raises:
        FileError: the file is no longer what it was when its leads were read.
    """
    yield [*file.header, *TAKEN]
    there = (("new", taken.assignments), ("already", taken.already))
    not_there = (("deferred", taken.deferred), ("unassigned", taken.unassigned))
    parts = [part for _, part in (*there, *not_there)]
    for row, lead_id, score in _rows_of(file, columns, parts, tick):
        for word, assignments in there:
            if (found := assignments.get(lead_id)) is not None:
                yield [*row, found.tier, found.channel, "", word, found.day.isoformat()]
        for word, reasons in not_there:
            if (reason := reasons.get(lead_id)) is not None:
                yield [*row, gate.tier(score) or "", "", reason, word, ""]


def _rows_of(
    file: CsvFile, columns: Columns, parts: Sequence[Collection[object]], tick: Tick
) -> Iterator[tuple[Sequence[str], str, float | None]]:
    """Iterate over the rows whose leads are in one of these parts, each with its id and score."""
    read = RowReader(file.columns, columns)
    width = len(file.header)
    placed = 0
    for _, row in file.rows(tick):
        lead_id = read.id(row) if len(row) == width else ""
        if any(lead_id in part for part in parts):
            placed += 1
            yield row, lead_id, read.score(row)
    if placed != sum(map(len, parts)):
        raise changed(file)


def check_columns(file: Source, columns: Columns) -> None:
    """Check that a file has each column that the options name, once.

    Raises:
        FileError: lists the missing and the duplicate columns.
    """
    times = Counter(file.columns)
    lines = [
        f"{option}: column {short_repr(name)} "
        + (f"appears {times[name]} times" if times[name] else "is missing")
        for option, name in columns.named()
        if times[name] != 1
    ]
    if not lines:
        return
    there = ", ".join(map(short_repr, file.columns))
    if len(file.columns) == 1 and any(mark in file.columns[0] for mark in ";\t|"):
        there += " (only one; values must be separated by commas)"
    message = f"{file.name} has missing or duplicate columns"
    raise FileError(message, [*lines, f"the columns are {there}"])


def repeated(columns: Columns, lead_id: str, where: str) -> Fault:
    """Return what is wrong with a row whose lead is elsewhere, too."""
    return Fault(columns.id, lead_id, f"one row for each lead, but {where} has it too")


class RowReader:
    """Makes leads of rows that are as long as the header."""

    def __init__(self, header: Sequence[str], columns: Columns) -> None:
        self._columns = columns
        self._id_at = header.index(columns.id)
        self._score_at = header.index(columns.score)
        # Each column that may close a channel: that channel, where the column is, what closes it.
        self._gates = [
            (channel, header.index(name), closes)
            for named, closes in ((columns.block, _says_yes), (columns.need, _is_blank))
            for channel, names in named.items()
            for name in names
        ]
        self._header = header
        self._left_open = lru_cache(self._channels_left_open)

    def id(self, row: Sequence[str]) -> str:
        """Return the id of a row."""
        return row[self._id_at].strip()

    def score(self, row: Sequence[str]) -> float | None:
        """Return the score of a row, or raise a ValueError."""
        text = row[self._score_at]
        return _remembered_score(text) if len(text) <= _SHORT else _score(text)

    def lead(self, row: Sequence[str]) -> Lead:
        """Return the lead of a row, or raise a ValueError; `faults` then says all about it."""
        closed = tuple([closes(row[at]) for _, at, closes in self._gates])
        return Lead(self.id(row), self.score(row), self._left_open(closed))

    def faults(self, row: Sequence[str]) -> Iterator[Fault]:
        """Iterate over all that keeps a row from being a lead."""
        try:
            Lead(self.id(row))
        except LeadError:
            yield Fault(self._columns.id, row[self._id_at], "an id, neither blank nor with NUL")
        try:
            self.score(row)
        except ValueError:
            value = row[self._score_at]
            yield Fault(self._columns.score, value, "a number from 0 to 100, or blank")
        for at in dict.fromkeys(at for _, at, closes in self._gates if closes is _says_yes):
            try:
                _says_yes(row[at])
            except ValueError:
                yield Fault(self._header[at], row[at], "yes or no")

    def _channels_left_open(self, closed: tuple[bool, ...]) -> frozenset[Channel]:
        gates = zip(self._gates, closed, strict=True)
        return frozenset(Channel).difference(gate[0] for gate, closes in gates if closes)


def _score(text: str) -> float | None:
    text = text.strip()
    if not text:
        return None
    # float() also takes "1_0" and the digits of any script.
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return read_score(float(text))


def _says_yes(text: str) -> bool:
    return _remembered_yes(text) if len(text) <= _SHORT else _is_yes(text)


def _is_yes(text: str) -> bool:
    if (said := read_yes_no(text)) is None:
        raise ValueError(text)
    return said


# The same few words and scores come on every row. A long cell is not kept.
_SHORT = 32
_remembered_score = lru_cache(maxsize=4_096)(_score)
_remembered_yes = lru_cache(maxsize=4_096)(_is_yes)


def _is_blank(text: str) -> bool:
    return not text.strip()
