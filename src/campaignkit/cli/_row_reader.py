"""A reader of rows: the lead of a row, or all that is wrong with the row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Self, TypeAlias

from attrs import field, frozen

from campaignkit import Channel, Lead, LeadError
from campaignkit.cli._cell_words import YesNoReader, fold_word, is_nothing
from campaignkit.cli._lead_columns import LeadColumns, split_values, suggest_name
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._memo import Memo
from campaignkit.cli._score_reader import ScoreReader
from campaignkit.core._channels import channel_set
from campaignkit.core._checks import is_keepable, short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._sentences import format_count
from campaignkit.domain._leads import make_lead

_LONGEST_VALUE = 200


def _cut_value(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


YES_OR_NO = "yes or no"
"""What is expected of a column that closes a channel by yes."""


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
        self._values: list[tuple[str, Memo[str, bool], _HasValue]] = []
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
                at = header.index(name)
                if values:
                    test = _HasValue({fold_word(value): value for value in values})
                    known = Memo(test)
                    self._values.append((name, known, test))
                    yield channel, at, known.__getitem__
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

    def list_unseen_values(self) -> Sequence[str]:
        """Say which values that close a channel no row had so far, and which ones are close."""
        said = [
            f"no row has {short_repr(value)} in {short_repr(name)}{suggest_name(value, known)}"
            for name, known, test in self._values
            for folded, value in test.values.items()
            if folded not in test.seen
        ]
        return [*dict.fromkeys(said)]

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

    def find_open(self, row: Sequence[str]) -> frozenset[Channel]:
        """Return the channels that a bad row leaves open; what is unreadable closes its channel."""
        return self._left_open(tuple([_may_close(closes, row[at]) for at, closes in self._tests]))

    def faults(self, row: Sequence[str]) -> Iterator[RowFault]:
        """Iterate over the faults of a row."""
        if fault := find_id_fault(row[self._id_at], self._columns.id):
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
                yield RowFault(self._header[at], row[at], YES_OR_NO)

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


def _may_close(closes: _Test, text: str) -> bool:
    try:
        return closes(text)
    except ValueError as error:
        raise_interruption(error)
        return True


@frozen
class _HasValue:
    """Tells whether a cell has one of some values, alone or among several.

    `values` are folded, each with how it is written, and `seen` are those that a cell had.
    """

    values: Mapping[str, str]
    seen: set[str] = field(factory=set[str])

    def __call__(self, text: str) -> bool:
        whole = fold_word(text)
        parts = {whole} if whole in self.values else {*map(fold_word, _SEPARATOR.split(text))}
        found = self.values.keys() & parts
        self.seen.update(found)
        return bool(found)


_SEPARATOR = re.compile(r"[;|,]")


def find_width_fault(row: Sequence[str], width: int) -> RowFault | None:
    """Return what is wrong with a row that is shorter or longer than the header."""
    if len(row) == width:
        return None
    return RowFault(None, format_count(len(row), "field"), f"{width:,}, as in the header")


def find_id_fault(text: str, column: str) -> RowFault | None:
    """Return what is wrong with an id."""
    lead_id = text.strip()
    if lead_id and is_nothing(lead_id):
        return RowFault(column, text, "an id, not a word for none")
    try:
        Lead(lead_id)
    except LeadError:
        return RowFault(column, text, "an id, neither blank nor with NUL")
    return None
