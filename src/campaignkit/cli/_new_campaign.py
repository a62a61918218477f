"""`campaignkit init`: makes the file of a campaign from a file of leads."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from attrs import evolve, frozen

from campaignkit import Campaign, Channel, to_dict
from campaignkit.cli._campaign_toml import read_campaign_file
from campaignkit.cli._campaign_writer import (
    create_campaign_file,
    find_targets,
    update_campaign_file,
)
from campaignkit.cli._column_guess import (
    MOST_CELLS,
    ColumnGuess,
    find_unused_closing,
    guess_columns,
)
from campaignkit.cli._command_error import CommandError, FileError
from campaignkit.cli._dialect import FileOptions
from campaignkit.cli._lead_columns import (
    LeadColumns,
    check_columns,
    list_columns,
    split_names,
    split_values,
)
from campaignkit.cli._leads_file import LeadsSource, open_leads
from campaignkit.cli._leads_table import (
    LeadsTable,
    format_scale,
    make_columns,
    read_scale_text,
    write_leads_table,
)
from campaignkit.cli._leads_view import describe_uses, read_first_rows, rows_table, view_rows
from campaignkit.cli._output import check_target, leads_file
from campaignkit.cli._questions import Questions
from campaignkit.cli._row_reader import RowReader
from campaignkit.cli._terminal import Result, open_console, print_document
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import format_count, join_channels, join_words
from campaignkit.display._document import Column, Document, Part, Row, Sentences, Table
from campaignkit.domain._scale import FULL_SCALE

_Settings: TypeAlias = Mapping[str, Any]
"""Settings of columns by name, as in `LeadsTable`."""

_MOST_UNUSED = 10
_LEAST_ROWS = 20
_MOST_ROWS = 5_000


@frozen(kw_only=True)
class InitJob:
    """From which file of leads to make which campaign's file.

    `campaign` has the ids and what options say, and `settings` what they say about the columns.
    With `update` only the table `[leads]` of the file is written.
    """

    leads: str
    file: FileOptions
    settings: _Settings
    campaign: Campaign
    has_name: bool
    out: str
    update: bool
    questions: Questions


def start_campaign(job: InitJob) -> Result:
    """Look at a file of leads, and write the file of a campaign that fits it.

    Raises:
        CommandError: the file exists or cannot be written, the leads cannot be read, or a column
            was not found.
    """
    check_target(job.out, [leads_file(job.leads)])
    table = _read_table(job)
    with open_leads(job.leads, (), job.file) as file:
        sample = _take_sample(file)
        kept = {**_keep_settings(table.settings, file.columns), **job.settings}
        guess = guess_columns(file.columns, sample, lead_id=kept.get("id"), score=kept.get("score"))
        draft = _Draft(
            job, file, sample, {**_to_settings(guess), **kept}, _select_notes(guess, kept)
        )
        return draft.finish()


def _read_table(job: InitJob) -> LeadsTable:
    """Return the table of the file that is updated; a new file has none.

    Raises:
        FileError: the file exists, or it is to be updated and does not.
    """
    if job.update:
        _, table = read_campaign_file(job.out)
        return table
    if Path(job.out).exists():
        message = f"{job.out} exists, and no file is overwritten"
        lines = ["--out names another file", "--update changes only the table [leads] of this one"]
        raise FileError(message, lines)
    return LeadsTable()


def _take_sample(file: LeadsSource) -> Sequence[Sequence[str]]:
    """Return those of the first rows that are as long as the header."""
    width = len(file.header)
    most = max(_LEAST_ROWS, min(_MOST_ROWS, MOST_CELLS // max(width, 1)))
    return [row for _, row in read_first_rows(file, most) if len(row) == width]


def _keep_settings(settings: _Settings, header: Sequence[str]) -> _Settings:
    """Return the settings whose columns a file has; people may have decided on them."""
    kept: dict[str, Any] = {}
    for name, value in settings.items():
        group = name.partition(".")[0]
        if group in {"block", "need"}:
            if there := tuple(text for text in value if split_values(text, header)[0] in header):
                kept[name] = there
        elif group == "prospect":
            if all(each in header for each in split_names(value, header)):
                kept[name] = value
        elif group in {"id", "score"}:
            if value in header:
                kept[name] = value
        elif group not in {"scale", "grades"} or settings.get("score") in header:
            kept[name] = value
    return kept


def _select_notes(guess: ColumnGuess, known: Collection[str]) -> Sequence[str]:
    """Return the notes about what was guessed, and not known."""
    return [note.text for note in guess.notes if note.about not in known]


def _to_settings(guess: ColumnGuess) -> _Settings:
    """Return what was guessed as settings; what has its default is left out."""
    settings: dict[str, Any] = {
        "id": guess.id,
        "score": guess.score,
        "scale": read_scale_text("the scale", guess.scale, []),
        "grades": dict(guess.grades) or None,
    }
    for name, group in (("block", guess.block), ("need", guess.need)):
        settings |= {f"{name}.{channel}": tuple(texts) for channel, texts in group.items()}
    settings |= {f"prospect.{field}": name for field, name in guess.prospect.items()}
    return {name: value for name, value in settings.items() if value is not None}


@frozen
class _Draft:
    """A file of leads, and what was found out about its columns."""

    job: InitJob
    file: LeadsSource
    sample: Sequence[Sequence[str]]
    settings: _Settings
    notes: Sequence[str]

    def finish(self) -> Result:
        """Ask what is to be asked, and write the file."""
        questions, job = self.job.questions, self.job
        if questions.is_asking:
            print_document(open_console(stderr=True), Document("", self._reading_parts()))
        campaign = job.campaign if job.update else self._ask_campaign()
        settings = self._ask_columns()
        self._require(settings)
        columns = make_columns(settings)
        check_columns(self.file, columns)
        parts = self._understanding_parts(columns)
        if questions.is_asking:
            print_document(open_console(stderr=True), Document("", parts))
            if not questions.confirm(f"Write {job.out}?"):
                message = "nothing was written"
                raise CommandError(message)
        text = write_leads_table(columns)
        if job.update:
            update_campaign_file(job.out, text)
        else:
            targets = self._propose_targets(columns)
            create_campaign_file(job.out, campaign, text, targets, self.file.name)
        shown = [] if questions.is_asking else [*self._reading_parts(), *parts]
        return self._report(campaign, columns, shown)

    # What is asked

    def _ask_campaign(self) -> Campaign:
        campaign = self.job.campaign
        if self.job.has_name:
            return campaign
        name = self.job.questions.ask(
            "Name of the campaign", campaign.name, lambda text: None if text else "a name is needed"
        )
        return evolve(campaign, name=name or campaign.name)

    def _ask_columns(self) -> _Settings:
        """Return the settings after all questions; what options say is not asked."""
        questions, given = self.job.questions, self.job.settings
        settings = dict(self.settings)
        for name, what in (("id", "Column of the id"), ("score", "Column of the score")):
            if name not in given:
                answer = questions.ask(what, settings.get(name), self._find_column_fault)
                settings |= {} if answer is None else {name: answer}
        if settings.get("score") != self.settings.get("score"):
            guess = guess_columns(
                self.file.columns, self.sample, lead_id="", score=settings["score"]
            )
            found = _to_settings(guess)
            settings = {k: v for k, v in settings.items() if k not in {"scale", "grades"}}
            settings |= {k: v for k, v in found.items() if k in {"scale", "grades"}}
        if "scale" not in given and "grades" not in settings:
            text = questions.ask(
                "What the scores span", format_scale(settings.get("scale")), _find_scale_fault
            )
            settings["scale"] = read_scale_text("--scale", text, [])
        if settings.get("scale") == FULL_SCALE:
            del settings["scale"]
        return self._ask_prospect(self._ask_closing(settings))

    def _ask_closing(self, settings: _Settings) -> _Settings:
        """Return the settings without the columns that close no channel."""
        kept = dict(settings)
        asked: dict[tuple[str, str], list[str]] = {}
        for group, channel, value in self._list_guessed(settings, {"block", "need"}):
            for text in value:
                asked.setdefault((group, text), []).append(channel)
        for (group, text), channels in asked.items():
            closed = join_channels([Channel(channel) for channel in channels])
            if self.job.questions.confirm(f"Close {closed} {self._describe_closing(group, text)}?"):
                continue
            for channel in channels:
                name = f"{group}.{channel}"
                kept[name] = tuple(one for one in kept[name] if one != text)
        return {name: value for name, value in kept.items() if value != ()}

    def _describe_closing(self, group: str, text: str) -> str:
        """Say by what a column closes a channel."""
        column, values = split_values(text, self.file.columns)
        if group == "need":
            return f"if {short_repr(column)} is blank"
        words = join_words(map(short_repr, values), "or") if values else "yes"
        return f"by {words} in {short_repr(column)}"

    def _ask_prospect(self, settings: _Settings) -> _Settings:
        """Return the settings without the columns that are none of a prospect."""
        wrong = {
            f"prospect.{field}"
            for _, field, value in self._list_guessed(settings, {"prospect"})
            if not self.job.questions.confirm(f"Is {short_repr(value)} the {field} of a lead?")
        }
        return {name: value for name, value in settings.items() if name not in wrong}

    def _list_guessed(
        self, settings: _Settings, groups: Collection[str]
    ) -> Sequence[tuple[str, str, Any]]:
        """Return the group, the rest of the name and the value of what no option says."""
        split = [(*name.split(".", 1), value) for name, value in settings.items() if "." in name]
        given = self.job.settings
        return [
            (group, part, value)
            for group, part, value in split
            if group in groups and f"{group}.{part}" not in given
        ]

    def _find_column_fault(self, text: str) -> str | None:
        times = self.file.columns.count(text)
        if times == 1:
            return None
        found = f"{times} columns are" if times else "no column is"
        return f"{found} called {short_repr(text)}; {list_columns(self.file)}"

    def _propose_targets(self, columns: LeadColumns) -> Mapping[str, Sequence[str]]:
        """Return the most frequent values of the fields of prospects."""
        header = self.file.columns
        return {
            field: [*find_targets(field, (row[header.index(names[0])] for row in self.sample))]
            for field, names in columns.split_prospect(header).items()
        }

    # What is reported

    def _require(self, settings: _Settings) -> None:
        """Require an id and a score.

        Raises:
            FileError: says which option names them.
        """
        lines = [
            f"no column looks like the {what}: --{name} names it"
            for name, what in (("id", "id of a lead"), ("score", "score of a lead"))
            if name not in settings
        ]
        if "score" not in settings:
            lines.append(
                "if there is none, add a column of scores from 0 to 100 or of grades such as A to"
                " F: a lead without a score gets no channel"
            )
        if lines:
            message = f"{self.file.name}: not all columns were found"
            raise FileError(message, [*lines, list_columns(self.file)])

    def _reading_parts(self) -> list[Part]:
        return [Sentences([f"read as: {', '.join(self.file.describe())}"])]

    def _understanding_parts(self, columns: LeadColumns) -> list[Part]:
        """Return what each column is for, the first rows as understood, and what is uncertain."""
        uses = describe_uses(columns, self.file.columns)
        rows: list[Row] = [(name, "; ".join(each)) for name, each in uses.items()]
        unused = len(self.file.columns) - len(rows)
        first = view_rows(self.file, columns)
        notes = self._list_notes(columns)
        return [
            Table([Column("column"), Column("what it is for")], rows),
            *([Sentences([f"{format_count(unused, 'column')} not used"])] if unused > 0 else []),
            *([rows_table(first, self.file.unit)] if first else []),
            *([Sentences(notes, "Not certain", is_warning=True)] if notes else []),
            *self._bad_part(columns),
        ]

    def _list_notes(self, columns: LeadColumns) -> list[str]:
        """Return what is not certain, also of the columns that are not used."""
        header = self.file.columns
        unused = find_unused_closing(header, columns.list_names(header))
        return [*self.notes, *islice(unused, _MOST_UNUSED)]

    def _bad_part(self, columns: LeadColumns) -> list[Part]:
        bad = self._count_bad(columns)
        if not bad:
            return []
        of = f"{bad:,} of the first {format_count(len(self.sample), 'row')}"
        said = f"{of} would be refused; `campaignkit check` says why"
        return [Sentences([said], is_warning=True)]

    def _count_bad(self, columns: LeadColumns) -> int:
        reader = RowReader.of(self.file, columns)
        bad = 0
        for row in self.sample:
            try:
                reader.lead(row)
            except ValueError:
                bad += 1
        return bad

    def _report(self, campaign: Campaign, columns: LeadColumns, shown: list[Part]) -> Result:
        job = self.job
        title = (
            f"{job.out}: columns of {self.file.name}"
            if job.update
            else (f"{job.out}: campaign {campaign.name}, for {self.file.name}")
        )
        done = f"Changed the table [leads] of {job.out}" if job.update else f"Wrote {job.out}"
        follow = shlex.join(["campaignkit", "check", job.out, job.leads])
        return Result(
            Document(title, [*shown, Sentences([f"`{follow}` shows how all rows are read"], done)]),
            {
                "input": self.file.name,
                "read_as": self.file.to_json(),
                "output": job.out,
                **({} if job.update else {"campaign": to_dict(campaign)}),
                "columns": [
                    {"column": name, "uses": list(uses)}
                    for name, uses in describe_uses(columns, self.file.columns).items()
                ],
                "first_rows": [
                    row.to_json(self.file.unit) for row in view_rows(self.file, columns)
                ],
                "notes": self._list_notes(columns),
                "rows_looked_at": len(self.sample),
                "refused": self._count_bad(columns),
            },
        )


def _find_scale_fault(text: str) -> str | None:
    faults: list[str] = []
    read_scale_text("the scale", text, faults)
    return faults[0] if faults else None
