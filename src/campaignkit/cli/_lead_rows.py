"""Leads in the rows of a file: one pass reads what a plan needs, a second one writes the rows.

Only the id, the score and the reachability of each row are kept in memory.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from heapq import nsmallest
from itertools import islice
from typing import Self, TypeAlias

from attrs import Factory, asdict, evolve, field, frozen

from campaignkit import (
    ALSGate,
    Channel,
    Intake,
    Lead,
    LeadError,
    Plan,
    Reason,
    Targeting,
)
from campaignkit.cli._cell_words import YesNoReader, fold_word, is_nothing
from campaignkit.cli._command_error import FileError
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._memo import Memo
from campaignkit.cli._prospect_rows import ProspectFit, ProspectJudge, TargetingResult, Unknown
from campaignkit.cli._score_reader import ScoreReader
from campaignkit.cli._source import Tick
from campaignkit.core._channels import channel_set
from campaignkit.core._checks import is_keepable, short_repr
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Part, Sentences
from campaignkit.domain._leads import make_lead
from campaignkit.domain._scale import OTHER_SCALES, Scale, find_scale_warning

ALLOCATION_COLUMNS = ("tier", "channel", "reason")
"""The columns that `allocate` adds."""

INTAKE_COLUMNS = (*ALLOCATION_COLUMNS, "intake", "day")
"""The columns that `intake` adds."""

MOST_BAD_ROWS = 1_000
"""The number of bad rows that are kept."""

_MOST_BAD_LINES = 10


@frozen
class LeadColumns:
    """What the columns of a file of leads are, and how their values are read.

    Attributes:
        id: The column of the id.
        score: The column of the score.
        scale: What the scores span; None is 0 to 100.
        grades: The scores of words, from 0 to 100.
        yes: Further words for yes.
        no: Further words for no.
        unknown: What is done with leads of whom the targeting cannot be told.
        block: The columns that close a channel with yes, or with values: `Status:unsubscribed`.
        need: The columns that close a channel if they are blank.
        prospect: The column of each field of a prospect, or several: `City,Country`.
    """

    id: str = "lead_id"
    score: str = "als_score"
    scale: Scale | None = None
    grades: Mapping[str, float] = Factory(dict[str, float])
    yes: Sequence[str] = ()
    no: Sequence[str] = ()
    unknown: Unknown = Unknown.TAKE
    block: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    need: Mapping[Channel, Sequence[str]] = Factory(dict[Channel, Sequence[str]])
    prospect: Mapping[str, str] = Factory(dict[str, str])

    def list_options(self, header: Collection[str]) -> Iterator[tuple[str, str]]:
        """Iterate over the options and the columns of a header that they name."""
        yield "--id", self.id
        yield "--score", self.score
        for channel, texts in self.block.items():
            for text in texts:
                yield f"--block {channel}", split_values(text, header)[0]
        for channel, names in self.need.items():
            for name in names:
                yield f"--need {channel}", name
        for part, names in self.split_prospect(header).items():
            for name in names:
                yield f"--prospect {part}", name

    def split_prospect(self, header: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the columns of each field of a prospect."""
        return {part: split_names(text, header) for part, text in self.prospect.items()}

    def list_names(self, header: Collection[str]) -> Sequence[str]:
        """Return the names of these columns of a header."""
        return [*dict.fromkeys(name for _, name in self.list_options(header))]

    def list_wanted(self) -> Sequence[str]:
        """Return the names that help to find the header; only it tells some from values."""
        return [name for name in self.list_names(()) if ":" not in name]


def split_names(text: str, header: Collection[str]) -> Sequence[str]:
    """Return the columns of a text such as `City,Country`; a column may have such a name."""
    if "," not in text or text in header:
        return (text,)
    return [name for part in text.split(",") if (name := part.strip())]


def split_values(text: str, header: Collection[str]) -> tuple[str, Sequence[str]]:
    """Return the column of a text such as `Status:unsubscribed,archived`, and the values.

    A column with such a name has no values. A name may have colons itself: the longest one of the
    header counts.
    """
    if ":" not in text or text in header:
        return text, ()
    cuts = [at for at, mark in enumerate(text) if mark == ":"]
    known = [at for at in cuts if text[:at].strip() in header]
    cut = known[-1] if known else cuts[0]
    values = [value for word in text[cut + 1 :].split(",") if (value := word.strip())]
    return (text[:cut].strip(), values) if values else (text, ())


class Duplicates(StrEnum):
    """What is done with several rows of one lead."""

    REFUSE = "refuse"
    FIRST = "first"
    BEST = "best"


@frozen
class IdColumn:
    """The column with the id, where nothing else of a row matters."""

    id: str

    def list_options(self, header: Collection[str]) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Iterate over the option and the column that it names."""
        yield "--id", self.id


def _cut_value(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


_LONGEST_VALUE = 200


@frozen
class RowFault:
    """What is wrong with a value of a row, or with the whole row if `column` is None.

    Of a long value it has the beginning: a cell may be a megabyte, and a thousand rows are kept.
    """

    column: str | None
    value: str = field(converter=_cut_value)
    expected: str

    def __str__(self) -> str:
        if self.column is None:
            return f"{self.value}, expected {self.expected}"
        return f"{self.column} is {short_repr(self.value)}, expected {self.expected}"


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


@frozen
class Batch:
    """The leads and bad rows of a file; `rows` counts both.

    `places` are the first and the last lines of the leads' rows. `dropped` are the rows that were
    left out because another row of their lead was kept. `score_warning` says that the scores look
    like those of another scale, and `blank` which of the columns that the
    options name are blank in all rows, and `footers` counts the lines below the rows.
    `targeting` says how the leads fit the targeting of a campaign, if there is one. `state` is that
    of the file before it was read.
    """

    rows: int
    leads: Sequence[Lead]
    bad: BadRows
    places: tuple[Sequence[int], Sequence[int]] = ((), ())
    refused: Mapping[int, str | None] = Factory(dict[int, "str | None"])
    dropped: BadRows = BadRows()
    blank: Sequence[str] = ()
    footers: int = 0
    targeting: TargetingResult | None = None
    score_warning: str | None = None
    source: Mapping[str, object] = Factory(dict[str, object])
    read_as: str = ""
    state: tuple[int, int] = (0, 0)

    def describe_reading(self, acts: Sequence[str] = ()) -> list[Part]:
        """Say what was done, in one line how the file was read, and which columns are blank."""
        below = format_count(self.footers, "line")
        left_out = f", {below} below the rows left out" if self.footers else ""
        lines = [*acts, *([f"{self.read_as}{left_out}"] if self.read_as else [])]
        parts: list[Part] = [Sentences(lines)] if lines else []
        if self.warnings:
            parts.append(Sentences(self.warnings, is_warning=True))
        return [*parts, *([self.targeting.to_part()] if self.targeting else [])]

    def find_left_out(self) -> Mapping[str, Reason]:
        """Return why leads are no candidates for the campaign, by their ids."""
        return self.targeting.find_left_out(self.leads) if self.targeting else {}

    def choose_leads(self, left_out: Mapping[str, Reason]) -> Sequence[Lead]:
        """Return the leads but for those that are left out."""
        if not left_out:
            return self.leads
        return [lead for lead in self.leads if str(lead.id) not in left_out]

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences on what is probably not as intended."""
        rows = format_count(self.rows, "row")
        blank = [f"{column} is blank in all {rows}" for column in self.blank if self.rows]
        return blank if self.score_warning is None else [*blank, self.score_warning]

    @property
    def remedies(self) -> Sequence[str]:
        """Sentences on what may be done about the bad rows."""
        has_good = self.bad.count < self.rows
        lines = ["fix them, or leave them out with --skip-bad" if has_good else "fix them"]
        if sum(fault is not None for fault in self.refused.values()) > self.dropped.count:
            lines.append("--duplicates best or --duplicates first keeps one row of each lead")
        return lines

    def left_out_parts(self) -> list[Part]:
        """Return the rows that were left out, if there are any."""
        parts = self.bad.to_parts()
        if self.dropped.count:
            rows = format_count(self.dropped.count, "row")
            caption = f"Left out: {rows} of leads that have another one"
            parts.append(Sentences([*self.dropped.describe()], caption))
        return parts

    def reading_json(self) -> Mapping[str, object]:
        """Say how the file was read, as JSON has it."""
        return {
            **self.source,
            "rows": self.rows,
            "footer_lines": self.footers,
            "blank_columns": list(self.blank),
        }


_FOOTER = re.compile(
    r"(grand |sub)?totals?\b.*|copyright\b.*|©.*|confidential information\b.*"
    r"|generated (by|on|at)\b.*"
    r"|exported (by|on|at|from)\b.*|filtered by\b.*|as of \d.*|\(?[\d,.]+ rows?( affected)?\)?"
    r"|end of (report|file|export)\b.*|page \d+ of \d+|report generated\b.*",
    re.IGNORECASE | re.DOTALL,
)
"""What known programs write below the rows of an export."""

_TOTAL = re.compile(
    r"((grand |sub-?)?totals?|sum|summe|gesamt(summe|ergebnis)?|total général|somme|totale|suma"
    r"|totaal)( \(\d+ \w+\))?:?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\d.,%\s]+")

MOST_FOOTERS = 20
_FEWEST_COLUMNS = 3  # of a file whose lines of one field may be a footer


def read_leads(
    file: LeadsSource,
    columns: LeadColumns,
    tick: Tick,
    duplicates: Duplicates = Duplicates.REFUSE,
    targeting: Targeting | None = None,
) -> Batch:
    """Read every row as a lead, and judge whether it fits a targeting, if there is one.

    A row is bad if it is shorter or longer than the header, or if a value is invalid. If an id is
    on several rows, all of them are bad: the file does not say which one is right. With other
    `duplicates` one of them is kept, and a channel that any of them closes stays closed. Empty
    rows, and what known programs write below the rows, do not count.

    Raises:
        FileError: a column is missing or duplicate, blank where a lead must have a value, or the
            file cannot be read.
    """
    advice = "campaignkit init finds out what the columns are, and keeps that in a campaign's file"
    check_columns(file, columns, [advice])
    state = file.state()
    judge = None
    if targeting is not None:
        prospect = columns.split_prospect(file.columns)
        judge = ProspectJudge.of(file.columns, prospect, targeting)
    found = _Reading(RowReader.of(file, columns), len(file.header), judge)
    with closing(file.rows(tick, columns.list_names(file.columns))) as rows:
        found.add_rows(rows)
    footers = found.remove_footers()
    if found.rows and found.blank_ids == found.rows:
        message = (
            f"{file.name}: column {short_repr(columns.id)} is blank in all"
            f" {format_count(found.rows, 'row')}"
        )
        raise FileError(message, ["--id names another column", list_columns(file)])
    batch = Batch(
        rows=found.rows,
        leads=found.leads,
        bad=BadRows(),
        places=(found.starts, found.ends),
        blank=[*dict.fromkeys(file.columns[at] for at in found.unseen)],
        footers=footers,
        targeting=None if judge is None else judge.to_result(columns.unknown, found.fits),
        score_warning=_warn_of_scale(columns, found.leads),
        source=file.to_json(),
        state=state,
        read_as=f"read as: {', '.join([*file.describe(), format_count(found.rows, 'row')])}",
    )
    bad, dropped = found.bad, dict[int, str | None]()
    if found.has_duplicates():
        if duplicates is Duplicates.REFUSE:
            batch = _refuse_duplicates(file, batch, bad, found.bad_ids)
        else:
            batch, dropped = _merge_duplicates(file, batch, duplicates)
    return evolve(
        batch,
        bad=find_bad_rows(file, columns, bad),
        dropped=find_bad_rows(file, columns, dropped),
        refused={**bad, **dropped},
    )


def _warn_of_scale(columns: LeadColumns, leads: Sequence[Lead]) -> str | None:
    """Say that scores look like those of another scale, if nothing says which one they have."""
    if columns.scale is not None or columns.grades:
        return None
    scores: list[float] = []
    for lead in leads:
        if (score := lead.als_score) is not None:
            if score > OTHER_SCALES[-1]:  # as nearly always, and then soon
                return None
            scores.append(score)
    return find_scale_warning(
        columns.score, len(scores), max(scores, default=None), lambda top: f"--scale 0..{top}"
    )


class _Reading:
    """What was read of a file so far.

    `starts` and `ends` are the lines of the leads' rows, `bad` those of bad rows, and `bad_ids`
    their ids. `unseen` are the places of columns that were blank in all rows. `fits` has how each
    lead fits a targeting, if that is judged.
    """

    def __init__(self, reader: RowReader, width: int, judge: ProspectJudge | None) -> None:
        self._reader = reader
        self._judge = judge.judge if judge is not None and judge.applied else None
        self.fits: list[ProspectFit] = []
        self._width = width
        self._last: deque[tuple[int, int, Sequence[str]]] = deque(maxlen=MOST_FOOTERS)
        self.rows = self.blank_ids = 0
        self.leads: list[Lead] = []
        self.starts, self.ends = array("Q"), array("Q")
        self.bad: dict[int, str | None] = {}
        self.bad_ids: dict[int, str] = {}
        self.unseen: list[int] = reader.list_places()

    def add_rows(self, rows: Iterable[tuple[int, int, Sequence[str]]]) -> None:
        """Read rows as leads; empty ones do not count."""
        read, width, keep = self._reader.lead, self._width, self._last.append
        add, add_start, add_end = self.leads.append, self.starts.append, self.ends.append
        judge, add_fit = self._judge, self.fits.append
        for place in rows:
            start, end, row = place
            keep(place)
            if len(row) == width:
                if self.unseen:
                    self.unseen = [at for at in self.unseen if is_nothing(row[at])]
                try:
                    add(read(row))
                except ValueError:
                    pass
                else:
                    add_start(start)
                    add_end(end)
                    if judge is not None:
                        add_fit(judge(row))
                    continue
            if any(cell.strip() for cell in row):
                self._add_bad(start, row)
            else:
                self._last.pop()
        self.rows = len(self.leads) + len(self.bad)

    def _add_bad(self, start: int, row: Sequence[str]) -> None:
        self.bad[start] = None
        if len(row) == self._width:
            if lead_id := self._reader.id(row):
                self.bad_ids[start] = lead_id
            else:
                self.blank_ids += 1

    def remove_footers(self) -> int:
        """Remove what known programs write below the rows; return how many lines it is."""
        before = self.rows
        for _ in range(count_footers([row for _, _, row in self._last], self._width)):
            start, _, row = self._last.pop()
            self.rows -= 1
            if start in self.bad:
                del self.bad[start]
                self.bad_ids.pop(start, None)
                self.blank_ids -= len(row) == self._width and not self._reader.id(row)
            else:
                for values in (self.leads, self.starts, self.ends, self.fits):
                    if values:
                        values.pop()
        return before - self.rows

    def has_duplicates(self) -> bool:
        """Return whether an id is on several rows."""
        ids = {lead.id for lead in self.leads}
        ids.update(self.bad_ids.values())
        return len(ids) < len(self.leads) + len(self.bad_ids)


def count_footers(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many of the last rows are what known programs write below the rows.

    Lines of one field beside a line that is known belong to it, such as the names of the report
    and of the company: a row of several columns is not written so.
    """
    count, is_known = 0, False
    for row in reversed(rows):
        if _is_footer(row):
            is_known = True
        elif len(row) != 1 or width < _FEWEST_COLUMNS:
            break
        count += 1
    return count if is_known else 0


def _is_footer(row: Sequence[str]) -> bool:
    """Return whether a row has one cell with known words, or a total and else only numbers."""
    filled = [text for cell in row if (text := cell.strip())]
    if len(filled) == 1:
        return bool(_FOOTER.fullmatch(filled[0]))
    return (
        len(filled) > 1
        and bool(_TOTAL.fullmatch(filled[0]))
        and all(map(_NUMBER.fullmatch, filled[1:]))
    )


def _keep_leads(batch: Batch, kept: Sequence[bool], leads: Sequence[Lead]) -> Batch:
    """Return a batch with some of its leads."""
    starts, ends = (
        array("Q", (at for at, is_kept in zip(places, kept, strict=True) if is_kept))
        for places in batch.places
    )
    result = batch.targeting
    if result is not None and result.fits:
        fits = [fit for fit, is_kept in zip(result.fits, kept, strict=True) if is_kept]
        result = evolve(result, fits=fits)
    return evolve(batch, leads=leads, places=(starts, ends), targeting=result)


def _refuse_duplicates(
    file: LeadsSource, batch: Batch, bad: dict[int, str | None], bad_ids: Mapping[int, str]
) -> Batch:
    """Return the batch without the leads that are on several rows, which are bad."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for lead, start in zip(batch.leads, batch.places[0], strict=True):
        lines[str(lead.id)].append(start)
    for start, lead_id in bad_ids.items():
        lines[lead_id].append(start)
    again = {lead_id: sorted(starts) for lead_id, starts in lines.items() if len(starts) > 1}
    for first, second, *others in again.values():
        for at in (first, second, *others):
            other = second if at == first else first
            bad[at] = f"one row for each lead, but {file.unit} {other} has it too"
    kept = [str(lead.id) not in again for lead in batch.leads]
    return _keep_leads(
        batch, kept, [lead for lead, is_kept in zip(batch.leads, kept, strict=True) if is_kept]
    )


def _merge_duplicates(
    file: LeadsSource, batch: Batch, duplicates: Duplicates
) -> tuple[Batch, dict[int, str | None]]:
    """Return the batch with one row of each lead, and why the others were left out.

    The best row is the one with the highest score, and among equal ones the first.
    """
    chosen: dict[str, int] = {}
    open_on: dict[str, frozenset[Channel]] = {}
    for at, lead in enumerate(batch.leads):
        key = str(lead.id)
        other = chosen.setdefault(key, at)
        open_on[key] = open_on.get(key, lead.reachable) & lead.reachable
        if duplicates is Duplicates.BEST and _rank(lead) > _rank(batch.leads[other]):
            chosen[key] = at
    kept = [chosen[str(lead.id)] == at for at, lead in enumerate(batch.leads)]
    leads: list[Lead] = []
    dropped: dict[int, str | None] = {}
    for lead, is_kept, start in zip(batch.leads, kept, batch.places[0], strict=True):
        key = str(lead.id)
        if is_kept:
            leads.append(evolve(lead, reachable=open_on[key]))
        else:
            other = batch.places[0][chosen[key]]
            dropped[start] = f"one row for each lead, and {file.unit} {other} was kept"
    return _keep_leads(batch, kept, leads), dropped


def _rank(lead: Lead) -> float:
    return -1 if lead.als_score is None else lead.als_score


def read_ids(file: LeadsSource, column: str, tick: Tick, undone: str) -> Sequence[str]:
    """Read the id of every row; an id may be on several rows.

    Empty rows, and what known programs write below the rows, do not count.

    Raises:
        FileError: the column is missing or duplicate, the file cannot be read, or a row has no id;
            `undone` is what was not done because of that.
    """
    check_columns(file, IdColumn(column))
    at, width = file.columns.index(column), len(file.header)
    ids: list[str] = []
    bad: list[BadRow] = []
    last: deque[Sequence[str]] = deque(maxlen=MOST_FOOTERS)
    for line, _, row in file.rows(tick, [column]):
        if not any(cell.strip() for cell in row):
            continue
        last.append(row)
        if fault := _id_fault(row, at, width, column):
            bad.append(BadRow(line, [fault], file.unit))
        else:
            ids.append(row[at].strip())
    for _ in range(count_footers(last, width)):
        kept = bad if _id_fault(last.pop(), at, width, column) else ids
        kept.pop()
    count = len(ids) + len(bad)
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
    return _find_id_fault(row[at], column)


def check_bad_rows(name: str, batch: Batch, undone: str, *, skip_bad: bool) -> None:
    """Check that a file has no bad rows, or, to skip them, that it has good ones as well.

    Raises:
        FileError: lists the bad rows, and says what was not done because of them.
    """
    bad = batch.bad
    none_good = bad.count == batch.rows
    if not bad.count or (skip_bad and not none_good):
        return
    rows = format_count(bad.count, "bad row")
    message = f"{name}: {rows} of {batch.rows:,}, so nothing was {undone}"
    details = {"rows": batch.rows, "bad_rows": bad.to_json()}
    raise FileError(message, [*bad.describe(), *batch.remedies], details)


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
            if len(row) == width:
                if (expected := bad[wanted]) is not None:
                    faults.append(RowFault(columns.id, read.id(row), expected))
                faults += read.faults(row)
            else:
                fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
                faults.append(RowFault(None, fields, f"{width}, as in the header"))
            yield BadRow(wanted, faults, file.unit), row


def iterate_rejects(
    file: LeadsSource, columns: LeadColumns, batch: Batch
) -> Iterator[Sequence[str]]:
    """Iterate over a header and every refused row, with its line and the reason in front."""
    yield [file.unit, "refused_because", *file.header]
    for bad, row in iterate_bad_rows(file, columns, batch.refused):
        yield [str(bad.line), "; ".join(map(str, bad.faults)), *row]


def file_changed_error(file: LeadsSource) -> FileError:
    """Return the error for a file that changed after its leads were read."""
    return FileError(f"{file.name} changed while it was being read")


def iterate_allocated(
    batch: Batch, plan: Plan, left_out: Mapping[str, Reason], gate: ALSGate
) -> Iterator[Sequence[str]]:
    """Iterate over the `ALLOCATION_COLUMNS` of the leads of a file; some were left out of it."""
    tier = lru_cache(_MOST_SCORES)(gate.tier)
    assigned, unassigned = plan.assignments.get, plan.unassigned.get
    for lead in batch.leads:
        channel = assigned(lead.id)
        reason = "" if channel else unassigned(lead.id) or left_out[str(lead.id)]
        yield tier(lead.als_score) or "", channel or "", reason


def iterate_intake(
    batch: Batch, intake: Intake, left_out: Mapping[str, Reason], gate: ALSGate
) -> Iterator[Sequence[str]]:
    """Iterate over the `INTAKE_COLUMNS` of the leads of a file; some were left out of the intake.

    `intake` is new, already, deferred or unassigned; `day` is the day on which the lead was
    admitted, and `tier` its tier on that day.
    """
    there = (("new", intake.assignments), ("already", intake.already))
    not_there = (
        ("deferred", intake.deferred),
        ("unassigned", intake.unassigned),
        ("unassigned", left_out),
    )
    for lead in batch.leads:
        lead_id = str(lead.id)
        for word, assignments in there:
            if (found := assignments.get(lead_id)) is not None:
                yield (found.tier or "", found.channel, "", word, found.day.isoformat())
        for word, reasons in not_there:
            if (reason := reasons.get(lead_id)) is not None:
                yield (gate.tier(lead.als_score) or "", "", reason, word, "")


_MOST_COLUMNS = 20
_MOST_COMPARED = 5_000
_FEWEST_LETTERS = 4  # of a name that may be a part of another


def check_columns(
    file: LeadsSource, columns: LeadColumns | IdColumn, advice: Iterable[str] = ()
) -> None:
    """Check that a file has each column that the options name, once; `advice` ends the error.

    Raises:
        FileError: lists the missing and the duplicate columns, with names that are close.
    """
    times = Counter(file.columns)
    lines = [
        f"{option}: column {short_repr(name)} "
        + (
            f"appears {times[name]} times"
            if times[name]
            else f"is missing{suggest_name(name, times)}"
        )
        for option, name in columns.list_options(times)
        if times[name] != 1
    ]
    if not lines:
        return
    message = f"{file.name} has missing or duplicate columns"
    how = f"read as: {', '.join(file.describe())}"
    raise FileError(message, [*lines, list_columns(file), how, *advice])


def list_columns(file: LeadsSource) -> str:
    """Return the names of the first columns in words."""
    more = len(file.columns) - _MOST_COLUMNS
    shown = ", ".join(map(short_repr, file.columns[:_MOST_COLUMNS]))
    return f"the columns are {shown}" + (f" and {more:,} more" if more > 0 else "")


def suggest_name(name: str, there: Iterable[str]) -> str:
    """Return a question for a name that is close to one that is missing."""
    names = {_fold(other): other for other in islice(there, _MOST_COMPARED)}
    folded = _fold(name)
    close = get_close_matches(folded, names, n=1, cutoff=0.7)
    if not close and len(folded) >= _FEWEST_LETTERS:  # such as phone, of phone_number
        close = [other for other in names if folded in other][:1]
    return f"; is it {short_repr(names[close[0]])}?" if close else ""


def _fold(name: str) -> str:
    """Return a name without case, white space and punctuation."""
    return re.sub(r"[\W_]+", "", name).casefold()[:100]


class RowReader:
    """Reads leads from rows that are as long as the header."""

    def __init__(
        self, header: Sequence[str], columns: LeadColumns, *, has_decimal_comma: bool = False
    ) -> None:
        self._columns = columns
        self._id_at = header.index(columns.id)
        self._score_at = header.index(columns.score)
        self._flags = Memo(YesNoReader(columns.yes, columns.no).is_yes)
        self._flags_at: list[int] = []
        # For each column that may close a channel: the channel, the place, the test of a value.
        self._gates = [*self._list_gates(header)]
        self._tests = [(at, closes) for _, at, closes in self._gates]
        self._prospect_at = [
            header.index(name)
            for names in columns.split_prospect(header).values()
            for name in names
        ]
        self._header = header
        self._left_open = lru_cache(self._channels_left_open)
        self._scores = ScoreReader(columns.scale, columns.grades, has_comma=has_decimal_comma)
        self._known_scores = Memo(self._scores.read)

    def _list_gates(self, header: Sequence[str]) -> Iterator[tuple[Channel, int, _Test]]:
        for channel, texts in self._columns.block.items():
            for text in texts:
                name, values = split_values(text, header)
                folded = frozenset(map(fold_word, values))
                at = header.index(name)
                if values:
                    yield channel, at, Memo(_HasValue(folded)).__getitem__
                else:
                    self._flags_at.append(at)
                    yield channel, at, self._flags.__getitem__
        for channel, names in self._columns.need.items():
            for name in names:
                yield channel, header.index(name), is_nothing

    @classmethod
    def of(cls, file: LeadsSource, columns: LeadColumns) -> Self:
        """Return the reader of a file's rows."""
        return cls(file.columns, columns, has_decimal_comma=file.has_decimal_comma)

    def list_places(self) -> list[int]:
        """Return the places of the columns besides that of the id."""
        gates = (at for at, _ in self._tests)
        return [*dict.fromkeys([self._score_at, *gates, *self._prospect_at])]

    def id(self, row: Sequence[str]) -> str:
        """Return the id of a row; it is blank if there is none."""
        text = row[self._id_at]
        return "" if is_nothing(text) else text.strip()

    def score(self, row: Sequence[str]) -> float | None:
        """Return the score of a row.

        Raises:
            ValueError: the score is invalid.
        """
        return self._known_scores[row[self._score_at]]

    def lead(self, row: Sequence[str]) -> Lead:
        """Return the lead of a row.

        Raises:
            ValueError: the row is bad; `faults` then lists all faults.
        """
        lead_id = row[self._id_at].strip()
        if is_nothing(lead_id) or not is_keepable(lead_id):
            raise ValueError(lead_id)
        closed = tuple([closes(row[at]) for at, closes in self._tests])
        return make_lead(lead_id, self._known_scores[row[self._score_at]], self._left_open(closed))

    def faults(self, row: Sequence[str]) -> Iterator[RowFault]:
        """Iterate over the faults of a row."""
        if fault := _find_id_fault(row[self._id_at], self._columns.id):
            yield fault
        try:
            self.score(row)
        except ValueError:
            value = row[self._score_at]
            yield RowFault(self._columns.score, value, self._scores.expected)
        for at in dict.fromkeys(self._flags_at):
            try:
                self._flags[row[at]]
            except ValueError:
                yield RowFault(self._header[at], row[at], "yes or no")

    def list_closings(self, row: Sequence[str]) -> Iterator[tuple[Channel, str, bool]]:
        """Iterate over the channels that a row closes, the columns, and whether a blank does it.

        Raises:
            ValueError: a value is neither yes nor no.
        """
        for channel, at, closes in self._gates:
            if closes(row[at]):
                yield channel, self._header[at], closes is is_nothing

    def _channels_left_open(self, closed: tuple[bool, ...]) -> frozenset[Channel]:
        gates = zip(self._gates, closed, strict=True)
        return channel_set(
            frozenset(Channel).difference(gate[0] for gate, closes in gates if closes)
        )


_Test: TypeAlias = Callable[[str], bool]


@frozen
class _HasValue:
    """Tells whether a cell has one of some values."""

    values: Collection[str]

    def __call__(self, text: str) -> bool:
        return fold_word(text) in self.values


def _find_id_fault(text: str, column: str) -> RowFault | None:
    """Return what is wrong with an id."""
    lead_id = text.strip()
    if lead_id and is_nothing(lead_id):
        return RowFault(column, text, "an id, not a word for none")
    try:
        Lead(lead_id)
    except LeadError:
        return RowFault(column, text, "an id, neither blank nor with NUL")
    return None


_MOST_SCORES = 1 << 14
