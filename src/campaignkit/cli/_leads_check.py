"""`campaignkit check`: shows how a file of leads would be understood, and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Self

from attrs import evolve, field, frozen

from campaignkit import DEFAULT_GATE, ALSTier, Channel
from campaignkit.cli._bad_rows import BadRows
from campaignkit.cli._cell_words import is_nothing
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._lead_columns import LeadColumns, split_values
from campaignkit.cli._lead_rows import Batch, read_leads
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._leads_view import RowView, describe_uses, rows_table, view_rows
from campaignkit.cli._output import open_output
from campaignkit.cli._plan_summary import NearDuplicates
from campaignkit.cli._row_reader import RowReader
from campaignkit.cli._source import Tick
from campaignkit.cli._terminal import Result, list_warnings, show_progress
from campaignkit.cli._write_rows import write_rejects
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import format_count, join_first, join_words
from campaignkit.display._document import Column, Document, Part, Row, Sentences, Table
from campaignkit.domain._lead_ids import find_near_duplicates

_MOST_SHOWN = 10
_MOST_VALUES = 1_000


def check_leads(leads: LeadsInput) -> tuple[Result, CommandError | None]:
    """Return how a file of leads is understood, and the error if a command would refuse it.

    Raises:
        CommandError: the file cannot be read, or a column is missing.
    """
    leads.check_outputs()
    with leads.open() as file, show_progress(file.size) as stage:
        tick = stage("reading", file.size)
        batch = read_leads(
            *(file, leads.columns, tick, leads.duplicates, leads.targeting),
            campaign_path=leads.campaign_path,
        )
        if leads.rejects is not None:
            with open_output(leads.rejects) as output:
                write_rejects(output, file, leads.columns, batch)
        counts = ValueCounts.of(file, leads.columns, batch, stage("counting", file.size))
        found = _Check(file, leads, batch, view_rows(file, leads.columns), counts)
        result = found.to_result()
        return result, found.find_error(result)


# -- Values ---------------------------------------------------------------------------------------


@frozen
class ValueCounts:
    """How often the values of the leads' columns are blank, and which channels they close.

    `closed` counts leads by channel, column, and whether a blank closes it. `others` are the values
    that close nothing, of columns with values that do.
    """

    blank: Counter[str] = field(factory=Counter[str])
    closed: Counter[tuple[Channel, str, bool]] = field(factory=Counter[tuple[Channel, str, bool]])
    others: Mapping[str, Counter[str]] = field(factory=dict[str, Counter[str]])

    @classmethod
    def of(cls, file: LeadsSource, columns: LeadColumns, batch: Batch, tick: Tick) -> Self:
        """Count the values of the leads of a file."""
        header = file.columns
        places = {name: header.index(name) for name in columns.list_names(header)}
        blocks = [text for texts in columns.block.values() for text in texts]
        split = [split_values(text, header) for text in blocks]
        counts = cls(others={name: Counter() for name, values in split if values})
        reader = RowReader.of(file, columns)
        for row in _iterate_leads(file, columns, batch, tick):
            counts.blank.update(name for name, at in places.items() if is_nothing(row[at]))
            found = [*reader.list_closings(row)]
            counts.closed.update(found)
            closing_names = {name for _, name, _ in found}
            for name, values in counts.others.items():
                value = row[places[name]].strip()
                if value and name not in closing_names and len(values) < _MOST_VALUES:
                    values[value] += 1
        return counts

    def to_parts(self) -> Iterator[Part]:
        """Return the channels that are closed, and the values that close none."""
        if self.closed:
            rows: list[Row] = [
                (channel, leads, f"{name} is blank" if is_blank else name)
                for channel, name, is_blank, leads in self._list_closed()
            ]
            columns = [Column("channel"), Column("leads", is_number=True), Column("by")]
            yield Table(columns, rows, caption="Closed channels")
        lines = [
            f"{short_repr(name)}: {_describe_values(values)}"
            for name, values in self.others.items()
            if values
        ]
        if lines:
            yield Sentences(lines, "Values that close nothing")

    def _list_closed(self) -> Sequence[tuple[Channel, str, bool, int]]:
        """Return what closes each channel, the most frequent first."""
        return [
            (channel, name, is_blank, leads)
            for channel in Channel
            for (closed, name, is_blank), leads in self.closed.most_common()
            if closed is channel
        ]

    def to_json(self) -> Mapping[str, object]:
        """Return the counts as JSON has them."""
        return {
            "closed": [
                {
                    "channel": c,
                    "column": name,
                    "because": "blank" if is_blank else "value",
                    "leads": n,
                }
                for c, name, is_blank, n in self._list_closed()
            ],
            "values_that_close_nothing": {
                name: dict(values.most_common(_MOST_SHOWN)) for name, values in self.others.items()
            },
        }


def _iterate_leads(
    file: LeadsSource, columns: LeadColumns, batch: Batch, tick: Tick
) -> Iterator[Sequence[str]]:
    """Iterate over the rows that became leads."""
    starts = iter(batch.places[0])
    wanted = next(starts, None)
    with closing(file.rows(tick, columns.list_names(file.columns))) as rows:
        for start, _, row in rows:
            if start == wanted:
                yield row
                wanted = next(starts, None)


def _describe_values(values: Counter[str]) -> str:
    shown = [f"{short_repr(value)} {leads:,}" for value, leads in values.most_common(_MOST_SHOWN)]
    return join_first(shown, len(values))


# -- The report -----------------------------------------------------------------------------------


@frozen
class _Check:
    """What was found in a file of leads."""

    file: LeadsSource
    leads: LeadsInput
    batch: Batch
    rows: Sequence[RowView]
    counts: ValueCounts

    def find_error(self, result: Result) -> CommandError | None:
        """Return the error that has the result in its details, if a command would refuse it."""
        batch, name = self.batch, self.file.name
        bad = batch.bad.count
        if bad and not (self.leads.skip_bad and bad < batch.rows):
            message = f"{name} is refused: {format_count(bad, 'bad row')} of {batch.rows:,}"
            lines = [*batch.remedies]
            if self.leads.rejects is not None:
                lines.append(f"the refused rows are in {self.leads.rejects}")
        elif self.leads.strict and batch.warnings:
            number = format_count(len(batch.warnings), "warning")
            message, lines = f"{name} is refused: {number} under --strict", [*batch.warnings]
        else:
            return None
        warnings = list_warnings(result.report)
        return CommandError(message, lines, {**result.json, "warnings": warnings})

    def to_result(self) -> Result:
        """Return the report."""
        batch, tiers = self.batch, self._count_tiers()
        near = NearDuplicates.from_groups(find_near_duplicates([one.id for one in batch.leads]))
        title = f"{self.file.name}: {format_count(len(batch.leads), 'lead')}"
        if batch.bad.count:
            title += f", {format_count(batch.bad.count, 'bad row')}"
        return Result(
            Document(
                title,
                [
                    *batch.describe_reading(),
                    self._columns_table(),
                    *self._unused_part(),
                    *([rows_table(self.rows, self.file.unit)] if self.rows else []),
                    *_tiers_table(tiers),
                    *self.counts.to_parts(),
                    *near.to_parts(),
                    *self._bad_parts(),
                ],
            ),
            {
                "input": self.file.name,
                "read_as": batch.reading_json(),
                "leads": len(batch.leads),
                "columns": [
                    {"column": name, "uses": uses, "blank": self.counts.blank[name]}
                    for name, uses in self._uses.items()
                ],
                "unused_columns": self._unused,
                "first_rows": [row.to_json(self.file.unit) for row in self.rows],
                "tiers": {tier or "unscored": leads for tier, leads in tiers.items()},
                **self.counts.to_json(),
                "targeting": batch.targeting_json,
                "near_duplicates": near.to_json(),
                **batch.left_out_json(),
            },
        )

    @property
    def _uses(self) -> Mapping[str, Sequence[str]]:
        return describe_uses(self.leads.columns, self.file.columns)

    @property
    def _unused(self) -> Sequence[str]:
        uses = self._uses
        return [name for name in self.file.columns if name not in uses]

    def _columns_table(self) -> Table:
        rows: list[Row] = [
            (name, "; ".join(uses), self.counts.blank[name]) for name, uses in self._uses.items()
        ]
        columns = [Column("column"), Column("what it is for"), Column("blank", is_number=True)]
        return Table(columns, rows)

    def _unused_part(self) -> list[Part]:
        if not (unused := self._unused):
            return []
        shown = [short_repr(name) for name in unused[:_MOST_SHOWN]]
        is_all = len(shown) == len(unused)
        names = join_words(shown) if is_all else join_first(shown, len(unused))
        return [Sentences([f"not used: {names}"])]

    def _count_tiers(self) -> Mapping[ALSTier | None, int]:
        tier = lru_cache(DEFAULT_GATE.tier)
        counts = Counter(tier(lead.als_score) for lead in self.batch.leads)
        return {each: counts[each] for each in (*ALSTier, None)}

    def _bad_parts(self) -> list[Part]:
        batch, bad = self.batch, self.batch.bad
        if not bad.count:
            return batch.left_out_parts()
        rows = format_count(bad.count, "bad row")
        rest = evolve(batch, bad=BadRows()).left_out_parts()
        return [Sentences([*bad.describe()], rows, is_warning=True), *rest]


def _tiers_table(tiers: Mapping[ALSTier | None, int]) -> list[Part]:
    rows: list[Row] = [(tier or "unscored", leads) for tier, leads in tiers.items() if leads]
    if not rows:
        return []
    return [Table([Column("tier"), Column("leads", is_number=True)], rows)]
