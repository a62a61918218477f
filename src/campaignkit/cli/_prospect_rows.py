"""Prospects in the rows of a file: which leads fit the targeting of their campaign.

`read_leads` judges each row while it reads it, if it is given a targeting, and the batch keeps the
`TargetingResult`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import chain, islice, product
from operator import itemgetter
from typing import Self

from attrs import frozen

from campaignkit import Fit, Lead, Prospect, Reason, Targeting, TargetingError
from campaignkit.cli._cell_words import is_nothing
from campaignkit.cli._memo import Memo
from campaignkit.core._checks import short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._sentences import format_count, join_first, join_words
from campaignkit.display._document import Part, Sentences
from campaignkit.targeting import CompanySize
from campaignkit.targeting._targeting import get_targets

PROSPECT_FIELDS: Mapping[str, str] = {
    "industry": "industries",
    "title": "titles",
    "company_size": "company_sizes",
    "location": "locations",
}
"""The fields of a prospect, each with the targets that it is compared with."""


class Unknown(StrEnum):
    """What is done with leads of whom it is not known whether they fit the targeting."""

    TAKE = "take"
    LEAVE = "leave"


@frozen(eq=False)  # a judge has one for each verdict and its fields
class ProspectFit:
    """Whether a row fits a targeting, and which of its fields decide: no fields for a yes."""

    verdict: Fit
    fields: tuple[str, ...] = ()


class ProspectJudge:
    """Judges rows that are as long as the header.

    A cell may have several values with ";" or "|" between them: it fits if one of them does.
    Several columns of the location are its parts; several columns of another field are values.
    A part of the targeting for which no column is mapped is not applied.
    """

    def __init__(
        self, header: Sequence[str], columns: Mapping[str, Sequence[str]], targeting: Targeting
    ) -> None:
        needed = [
            f for f, targets in PROSPECT_FIELDS.items() if get_targets(targeting, targets) != ()
        ]
        self.applied = {field: columns[field] for field in needed if columns.get(field)}
        self.missing = [field for field in needed if field not in self.applied]
        self._targeting = targeting
        self._unreadable: dict[str, None] = {}
        self._fields = [
            (Memo(partial(self._find_field_fit, field)), itemgetter(*map(header.index, names)))
            for field, names in self.applied.items()
        ]
        self._fits = Memo(self._find_fit)

    @classmethod
    def of(
        cls, header: Sequence[str], columns: Mapping[str, Sequence[str]], targeting: Targeting
    ) -> Self | None:
        """Return the judge of a file's rows; None for a targeting that everybody fits."""
        return None if targeting == Targeting() else cls(header, columns, targeting)

    def to_result(self, unknown: Unknown, fits: Sequence[ProspectFit]) -> TargetingResult:
        """Return how leads fit, who were judged in this order."""
        return TargetingResult(self.applied, self.missing, unknown, fits, [*self._unreadable])

    def judge(self, row: Sequence[str]) -> ProspectFit:
        """Return whether a row fits."""
        return self._fits[tuple([known[get(row)] for known, get in self._fields])]

    def _find_fit(self, fits: tuple[Fit, ...]) -> ProspectFit:
        verdict = Fit.NO if Fit.NO in fits else Fit.UNKNOWN if Fit.UNKNOWN in fits else Fit.YES
        each = zip(self.applied, fits, strict=True)
        return ProspectFit(
            verdict, tuple(field for field, fit in each if fit is verdict is not Fit.YES)
        )

    def _find_field_fit(self, field: str, cells: str | tuple[str, ...]) -> Fit:
        """Return the best of the fits of the values in the cell or the cells of a field."""
        values = _iterate_values(field, [cells] if isinstance(cells, str) else cells)
        fits: set[Fit] = set()
        for value in islice(values, _MOST_VALUES):
            if (fit := self._match(field, value)) is Fit.YES:
                return fit
            fits.add(fit)
        is_whole = next(values, None) is None
        return Fit.NO if is_whole and fits == {Fit.NO} else Fit.UNKNOWN

    def _match(self, field: str, value: str) -> Fit:
        try:
            match = self._targeting.match(_make_prospect(field, value))
        except TargetingError as error:
            raise_interruption(error)
            if len(self._unreadable) < _MOST_UNREADABLE:
                self._unreadable[f"{field} {short_repr(value)}"] = None
            return Fit.UNKNOWN
        fit: Fit = getattr(match, field).verdict
        return fit


_MOST_VALUES = 1_000
_MOST_UNREADABLE = 1_000
_SEPARATOR = re.compile(r"[;|]")
_WHOLE = re.compile(r"(\d+)\.0", re.ASCII)  # how pandas writes a whole number beside blanks
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,6})k\b", re.ASCII | re.IGNORECASE)  # "1K-5K"


def _iterate_values(field: str, cells: Sequence[str]) -> Iterator[str]:
    """Iterate over the values in the cells of a field; placeholders are none."""
    each = [
        [part for text in _SEPARATOR.split(cell) if _is_value(part := text.strip())]
        for cell in cells
    ]
    if field == "location":
        return map(", ".join, product(*filter(None, each)))
    return chain.from_iterable(each)


def _is_value(text: str) -> bool:
    return any(map(str.isalnum, text)) and not is_nothing(text) and text.casefold() != "unknown"


def _make_prospect(field: str, value: str) -> Prospect:
    """Return a prospect of whom one field is known.

    Raises:
        TargetingError: the value cannot be read.
    """
    match field:
        case "industry":
            return Prospect(industry=value)
        case "title":
            return Prospect(title=value)
        case "location":
            return Prospect(location=value)
        case _:
            size = _WHOLE.sub(r"\1", value) if _WHOLE.fullmatch(value) else value
            return Prospect(company_size=CompanySize.parse(_THOUSANDS.sub(r"\g<1>000", size)))


def is_company_size(text: str) -> bool:
    """Return whether a targeting may look for this company size."""
    try:
        CompanySize.parse(text)
    except TargetingError as error:
        raise_interruption(error)
        return False
    return True


@frozen
class TargetingResult:
    """How the leads of a file fit the targeting of their campaign.

    `applied` are the fields that were judged, with their columns, and `missing` those that the
    targeting needs and for which no column is mapped. `fits` has how each lead of the batch fits,
    in their order; it is empty where nothing is applied.
    """

    applied: Mapping[str, Sequence[str]]
    missing: Sequence[str]
    unknown: Unknown
    fits: Sequence[ProspectFit] = ()
    unreadable: Sequence[str] = ()

    def find_left_out(self, leads: Iterable[Lead]) -> Mapping[str, Reason]:
        """Return why leads of the batch are no candidates, by their ids."""
        reasons = {Fit.NO: Reason.OFF_TARGET}
        if self.unknown is Unknown.LEAVE:
            reasons[Fit.UNKNOWN] = Reason.FIT_UNKNOWN
        by_fit = {fit: reasons[fit.verdict] for fit in {*self.fits} if fit.verdict in reasons}
        pairs = zip(leads, self.fits, strict=bool(self.fits))
        return {str(lead.id): by_fit[fit] for lead, fit in pairs if fit in by_fit}

    def count_fits(self) -> Mapping[Fit, int]:
        """Return how many leads have each verdict."""
        counts = Counter(self.fits)
        return {v: sum(n for fit, n in counts.items() if fit.verdict is v) for v in Fit}

    def count_fields(self, verdict: Fit) -> Mapping[str, int]:
        """Return for each field how many leads have this verdict because of it."""
        counts = Counter[str]()
        for fit, leads in Counter(self.fits).items():
            if fit.verdict is verdict:
                counts.update(dict.fromkeys(fit.fields, leads))
        return {field: counts[field] for field in PROSPECT_FIELDS if field in counts}

    def to_part(self, caption: str = "") -> Part:
        """Return what `describe` says."""
        is_warning = bool(self.missing or self.unreadable)
        return Sentences(self.describe(), caption, is_warning=is_warning)

    def describe(self) -> list[str]:
        """Say which parts of the targeting are applied, and how many leads do not fit."""
        lines: list[str] = []
        if self.applied:
            names = ((f, ", ".join(map(short_repr, cols))) for f, cols in self.applied.items())
            lines.append(
                f"targeting applied to {join_words(f'{f} ({columns})' for f, columns in names)}"
            )
        if self.missing:
            lines.append(
                f"targeting not applied to {join_words(self.missing)}: no column is mapped;"
                f" --prospect {self.missing[0]}=COLUMN maps one"
            )
        counts = self.count_fits()
        if leads := counts[Fit.NO]:
            verb = "does" if leads == 1 else "do"
            fields = self._describe_fields(Fit.NO)
            lines.append(f"{format_count(leads, 'lead')} {verb} not fit: {fields}")
        if leads := counts[Fit.UNKNOWN]:
            action, other = (
                ("taken", "leave leaves such leads out")
                if self.unknown is Unknown.TAKE
                else ("left out", "take takes such leads")
            )
            fields = self._describe_fields(Fit.UNKNOWN)
            lines.append(
                f"{format_count(leads, 'lead')} {action} without being known to fit: {fields};"
                f" --unknown {other}"
            )
        return [*lines, *self._describe_unreadable()]

    def _describe_fields(self, verdict: Fit) -> str:
        return ", ".join(f"{field} {n:,}" for field, n in self.count_fields(verdict).items())

    def _describe_unreadable(self) -> Iterator[str]:
        if self.unreadable:
            shown = join_first(self.unreadable[:_MOST_SHOWN], len(self.unreadable))
            yield f"cannot be read: {shown}"

    def to_json(self) -> Mapping[str, object]:
        """Return the same as `describe`, as JSON has it."""
        counts = self.count_fits()
        return {
            "applied": self.applied,
            "not_applied": list(self.missing),
            "fit": counts[Fit.YES],
            "no_fit": {"leads": counts[Fit.NO], "fields": self.count_fields(Fit.NO)},
            "unknown": {
                "leads": counts[Fit.UNKNOWN],
                "fields": self.count_fields(Fit.UNKNOWN),
                "action": self.unknown,
            },
            "unreadable": list(self.unreadable),
        }


_MOST_SHOWN = 5
