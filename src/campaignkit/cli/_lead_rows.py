"""The leads of a file, read in one pass; a second one, in `_write_rows`, writes the rows.

Only the id, the score and the reachability of each row are kept in memory.
"""

from __future__ import annotations

from array import array
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from enum import StrEnum
from shlex import quote

from attrs import Factory, evolve, frozen

from campaignkit import Channel, Lead, Reason, Targeting
from campaignkit.cli._bad_rows import MOST_BAD_ROWS, BadRow, BadRows, find_bad_rows
from campaignkit.cli._cell_words import is_nothing
from campaignkit.cli._command_error import FileError
from campaignkit.cli._footers import MOST_FOOTERS, count_footers
from campaignkit.cli._lead_columns import IdColumn, LeadColumns, check_columns, list_columns
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._prospect_rows import ProspectFit, ProspectJudge, TargetingResult
from campaignkit.cli._row_reader import (
    YES_OR_NO,
    RowFault,
    RowReader,
    find_id_fault,
    find_width_fault,
)
from campaignkit.cli._source import Tick
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Part, Sentences
from campaignkit.domain._scale import OTHER_SCALES, find_scale_warning


class Duplicates(StrEnum):
    """What is done with several rows of one lead."""

    REFUSE = "refuse"
    FIRST = "first"
    BEST = "best"


@frozen
class Batch:
    """The leads and bad rows of a file.

    Attributes:
        rows: The number of rows, good and bad.
        leads: The leads.
        bad: The rows that are no leads.
        places: The first and the last lines of the leads' rows.
        refused: The lines of the rows that are left out, each with what is expected of its id.
        dropped: The rows that are left out because another row of their lead was kept.
        blank: Which of the columns that the options name are blank in all rows.
        footers: The number of lines below the rows.
        targeting: How the leads fit the targeting of a campaign, if there is one.
        score_warning: Says that the scores look like those of another scale.
        unseen_values: Sentences on values that would close a channel, and that no row has.
        source: How the file is written, as JSON has it.
        read_as: The same in words.
        state: The size and the time of the last change of the file, before it was read.
    """

    rows: int
    leads: Sequence[Lead]
    bad: BadRows
    places: tuple[Sequence[int], Sequence[int]] = ((), ())
    refused: Mapping[int, str | None] = Factory(dict[int, "str | None"])
    dropped: BadRows = Factory(BadRows)
    blank: Sequence[str] = ()
    footers: int = 0
    targeting: TargetingResult | None = None
    score_warning: str | None = None
    unseen_values: Sequence[str] = ()
    source: Mapping[str, object] = Factory(dict[str, object])
    read_as: str = ""
    state: tuple[int, int] = (0, 0)

    def describe_reading(self, acts: Sequence[str] = ()) -> list[Part]:
        """Say what was done, in one line how the file was read, and which columns are blank."""
        below = format_count(self.footers, "line")
        left_out = f", {below} below the rows left out" if self.footers else ""
        lines = [*acts, *([f"{self.read_as}{left_out}"] if self.read_as else [])]
        parts: list[Part] = [Sentences(lines)] if lines else []
        # A value that no row has today may be in tomorrow's file: it does not end a strict command.
        if said := [*self.warnings, *self.unseen_values]:
            parts.append(Sentences(said, is_warning=True))
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
        if any(fault.expected == YES_OR_NO for row in self.bad.first for fault in row.faults):
            lines.append("--yes and --no take further words for yes and no")
        return lines

    def left_out_parts(self) -> list[Part]:
        """Return the rows that were left out, if there are any."""
        parts = self.bad.to_parts()
        if self.dropped.count:
            rows = format_count(self.dropped.count, "row")
            caption = f"Left out: {rows} of leads that have another one"
            parts.append(Sentences([*self.dropped.describe()], caption))
        return parts

    @property
    def targeting_json(self) -> Mapping[str, object] | None:
        """How the leads fit the targeting, as JSON has it; None without a targeting."""
        return None if self.targeting is None else self.targeting.to_json()

    def left_out_json(self) -> Mapping[str, object]:
        """Return the rows that were left out, as JSON has them."""
        return {"bad_rows": self.bad.to_json(), "dropped_rows": self.dropped.to_json()}

    def reading_json(self) -> Mapping[str, object]:
        """Say how the file was read, as JSON has it."""
        return {
            **self.source,
            "rows": self.rows,
            "footer_lines": self.footers,
            "blank_columns": list(self.blank),
        }


def read_leads(
    file: LeadsSource,
    columns: LeadColumns,
    tick: Tick,
    duplicates: Duplicates = Duplicates.REFUSE,
    targeting: Targeting | None = None,
    *,
    campaign_path: str | None = None,
) -> Batch:
    """Read every row as a lead, and judge whether it fits a targeting, if there is one.

    A row is bad if it is shorter or longer than the header, or if a value is invalid. If an id is
    on several rows, all of them are bad: the file does not say which one is right. With other
    `duplicates` one of them is kept, and a channel that any of them closes stays closed. Empty
    rows, and what known programs write below the rows, do not count. `campaign_path` is the file
    of the campaign that says what the columns are, for errors.

    Raises:
        FileError: a column is missing or duplicate, blank where a lead must have a value, or the
            file cannot be read.
    """
    if campaign_path is None:
        advice = (
            "campaignkit init finds out what the columns are, and keeps that in a campaign's file"
        )
    else:
        command = f"campaignkit init {quote(file.name)} --out {quote(campaign_path)} --update"
        advice = f"if the header has changed, {command} finds out what the columns are now"
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
        unseen_values=found.list_unseen_values(),
        source=file.to_json(),
        state=state,
        read_as=f"read as: {', '.join([*file.describe(), format_count(found.rows, 'row')])}",
    )
    bad, dropped = found.bad, dict[int, str | None]()
    if found.has_duplicates():
        if duplicates is Duplicates.REFUSE:
            batch = _refuse_duplicates(file, batch, bad, found.bad_ids)
        else:
            batch, dropped = _merge_duplicates(file, batch, duplicates, found.bad_open)
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

    `starts` and `ends` are the lines of the leads' rows, `bad` those of bad rows, `bad_ids` their
    ids, and `bad_open` the channels that these rows leave open to each id. `unseen` are the places
    of columns that were blank in all rows. `fits` has how each lead fits a targeting, if that is
    judged.
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
        self.bad_open: dict[str, frozenset[Channel]] = {}
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
                left_open = self._reader.find_open(row)
                self.bad_open[lead_id] = self.bad_open.get(lead_id, left_open) & left_open
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

    def list_unseen_values(self) -> Sequence[str]:
        """Say which values that close a channel no row has, if there are rows."""
        return self._reader.list_unseen_values() if self.rows else ()

    def has_duplicates(self) -> bool:
        """Return whether an id is on several rows."""
        ids = {lead.id for lead in self.leads}
        ids.update(self.bad_ids.values())
        return len(ids) < len(self.leads) + len(self.bad_ids)


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
    file: LeadsSource,
    batch: Batch,
    duplicates: Duplicates,
    bad_open: Mapping[str, frozenset[Channel]],
) -> tuple[Batch, dict[int, str | None]]:
    """Return the batch with one row of each lead, and why the others were left out.

    The best row is the one with the highest score, and among equal ones the first. What any row
    of a lead closes stays closed; `bad_open` has the channels that its bad rows leave open.
    """
    chosen: dict[str, int] = {}
    open_on = {**bad_open}
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
    return find_width_fault(row, width) or find_id_fault(row[at], column)


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
