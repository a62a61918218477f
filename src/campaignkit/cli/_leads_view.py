"""How the columns and the first rows of a file are understood, which `init` and `check` show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice

from attrs import Factory, asdict, frozen

from campaignkit import DEFAULT_GATE, Channel
from campaignkit.cli._footers import MOST_FOOTERS, count_footers
from campaignkit.cli._lead_columns import LeadColumns, split_values
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._leads_table import format_scale
from campaignkit.cli._row_reader import RowReader, find_width_fault
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import join_channels, join_words
from campaignkit.display._document import Column, Row, Table

_MOST_ROWS = 10
_LONGEST_CELL = 40


# -- Columns --------------------------------------------------------------------------------------


def describe_uses(columns: LeadColumns, header: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the columns of a file that are used, each with what it is used for."""
    uses: dict[str, list[str]] = {}
    uses.setdefault(columns.id, []).append("id")
    uses.setdefault(columns.score, []).append(f"score, {format_scale(columns.scale)}")
    for (name, when), channels in _list_closing(columns, header).items():
        uses.setdefault(name, []).append(f"{when} closes {join_channels(channels)}")
    for field, names in columns.split_prospect(header).items():
        for name in names:
            uses.setdefault(name, []).append(f"{field} of the prospect")
    return uses


def _list_closing(
    columns: LeadColumns, header: Sequence[str]
) -> Mapping[tuple[str, str], Sequence[Channel]]:
    """Return the channels that a value of a column closes, by the column and the value."""
    closed: dict[tuple[str, str], list[Channel]] = {}
    for channel, texts in columns.block.items():
        for text in texts:
            name, values = split_values(text, header)
            when = join_words(map(short_repr, values), "or") if values else "yes"
            closed.setdefault((name, when), []).append(channel)
    for channel, names in columns.need.items():
        for name in names:
            closed.setdefault((name, "a blank"), []).append(channel)
    return closed


# -- Rows -----------------------------------------------------------------------------------------


@frozen
class RowView:
    """A row as it is understood; `faults` say why it is refused."""

    place: int
    id: str
    score: str
    tier: str = ""
    closed: Sequence[Channel] = ()
    prospect: Mapping[str, str] = Factory(dict[str, str])
    faults: Sequence[str] = ()

    def to_row(self) -> Row:
        """Return the cells of the row in a table."""
        if self.faults:
            return (str(self.place), self.id, self.score, "refused", "", "; ".join(self.faults))
        known = "; ".join(_cut(text) for text in self.prospect.values() if text)
        closed = ", ".join(self.closed)
        return (str(self.place), self.id, self.score, self.tier or "unscored", closed, known)

    def to_json(self, unit: str) -> Mapping[str, object]:
        """Return the row with its line."""
        plain = asdict(self)
        return {unit: plain.pop("place"), **plain}


def view_rows(file: LeadsSource, columns: LeadColumns) -> Sequence[RowView]:
    """Return the first ten rows of a file as they are understood; empty ones do not count."""
    rows = read_first_rows(file, _MOST_ROWS, columns.list_names(file.columns))
    return [*_iterate_views(rows, file, columns)]


def read_first_rows(
    file: LeadsSource, most: int, only: Collection[str] = ()
) -> Sequence[tuple[int, Sequence[str]]]:
    """Return the first rows of a file, each after its line.

    Empty ones do not count, and neither does what known programs write below the rows. With `only`,
    other columns may be blank.
    """
    asked = most + MOST_FOOTERS
    with closing(file.rows(lambda _: None, only)) as rows:
        filled = ((at, row) for at, _, row in rows if any(cell.strip() for cell in row))
        taken = [*islice(filled, asked)]
    if len(taken) < asked:
        footers = count_footers([row for _, row in taken], len(file.header))
        taken = taken[: len(taken) - footers]
    return taken[:most]


def _iterate_views(
    rows: Iterable[tuple[int, Sequence[str]]], file: LeadsSource, columns: LeadColumns
) -> Iterator[RowView]:
    reader, header = RowReader.of(file, columns), file.columns
    for place, row in rows:
        if (fault := find_width_fault(row, len(header))) is not None:
            yield RowView(place, "", "", faults=[str(fault)])
            continue
        lead_id, score = _cut(reader.id(row)), row[header.index(columns.score)].strip()
        try:
            lead = reader.lead(row)
        except ValueError:
            faults = [str(fault) for fault in reader.faults(row)]
            yield RowView(place, lead_id, _cut(score), faults=faults)
            continue
        if lead.als_score is not None and (shown := f"{lead.als_score:g}") != score:
            score = f"{score} → {shown}"
        yield RowView(
            place=place,
            id=lead_id,
            score=score,
            tier=DEFAULT_GATE.tier(lead.als_score) or "",
            closed=[channel for channel in Channel if channel not in lead.reachable],
            prospect={
                field: ", ".join(
                    text for name in names if (text := row[header.index(name)].strip())
                )
                for field, names in columns.split_prospect(header).items()
            },
        )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"


def rows_table(rows: Sequence[RowView], unit: str) -> Table:
    """Return the table of the first rows, without columns in which nothing is."""
    names = (unit, "id", "score", "tier", "closed", "prospect")
    columns = [Column(name, is_id=name == "id") for name in names]
    cells = [row.to_row() for row in rows]
    table = Table(columns, cells, caption="The first rows as they are read")
    filled = [not i or any(row[i] for row in cells) for i in range(len(names))]
    return table.select_columns([i for i, is_filled in enumerate(filled) if is_filled])
