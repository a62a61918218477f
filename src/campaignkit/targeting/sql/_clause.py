"""Whether prospects fit a targeting, as SQL: the rules of `targeting._matching`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Computed,
    String,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy.types import NullType

from campaignkit.core._checks import check_kinds, flag_error, kind_error, text_error
from campaignkit.errors import InvalidError, TargetingError
from campaignkit.targeting._company_size import CompanySize, merge_sizes
from campaignkit.targeting._folding import fold_words
from campaignkit.targeting._places import DEFAULT_REGIONS, fold_places, read_regions
from campaignkit.targeting._targeting import Targeting, get_targets
from campaignkit.targeting.sql._normalise import (
    UNSURE,
    fold_text,
    is_like_any,
    phrase_text,
    place_text,
    rough_text,
    storable_text,
)
from campaignkit.targeting.sql._size_pattern import contains_size, overlaps_size

ColumnLike: TypeAlias = ColumnElement[Any]
BoolColumn: TypeAlias = ColumnElement[bool]


def matches_clause(
    targeting: Targeting,
    *,
    industry: ColumnLike | None = None,
    title: ColumnLike | None = None,
    company_size: ColumnLike | tuple[ColumnLike, ColumnLike] | None = None,
    location: ColumnLike | None = None,
    normalised: bool = False,
    unknown: bool = False,
    regions: Iterable[str] = DEFAULT_REGIONS,
) -> ColumnElement[bool]:
    """Return the condition that a row of prospects fits a targeting, for PostgreSQL and SQLite.

    It accepts a row of ASCII text exactly if the verdict of `Targeting.match` is yes. It accepts
    all other text: check these rows with `Targeting.match`. A dimension without a column is
    unknown, and so is one of the targeting that cannot be read.

    Args:
        targeting: The audience that the campaign is for.
        industry: A column of text.
        title: A column of text.
        company_size: A column of numbers, a column of bands as text, or a pair of columns with the
            least and the largest number. There NULL is an open end, and both are NULL if the size
            is unknown.
        location: A column of text.
        normalised: Whether the columns of text have what `Targeting.normalise` returns, or are
            columns of `normalised_column`; on the former the condition is exact in every script.
        unknown: Whether to accept rows with the verdict unknown, too.
        regions: The codes of regions with which a part of a location may end.

    Raises:
        TargetingError: not a Targeting, or a region that is not one word.
        InvalidError: what is not a column, a company size column without a type, or `normalised` or
            `unknown` that is not true or false.

    >>> from sqlalchemy import Column, Integer, MetaData, Table, Text, select
    >>> prospects = Table("prospects", MetaData(), Column("title", Text), Column("staff", Integer))
    >>> targeting = Targeting(titles=["CEO"], company_sizes=["1-10", "500+"])
    >>> fits = matches_clause(targeting, title=prospects.c.title, company_size=prospects.c.staff)
    >>> query = select(prospects).where(fits)
    """
    check_kinds(TargetingError, targeting=(targeting, Targeting))
    flags = {"normalised": normalised, "unknown": unknown}
    if faults := [f"{name} {fault}" for name, flag in flags.items() if (fault := flag_error(flag))]:
        raise InvalidError(faults)
    builder = _ClauseBuilder(normalised, unknown, read_regions(regions))
    texts = {"industry": industry, "title": title, "location": location}
    columns = {name: to_column(name, one) for name, one in texts.items() if one is not None}
    conditions = [
        builder.phrases(get_targets(targeting, "industries"), columns.get("industry")),
        builder.phrases(get_targets(targeting, "titles"), columns.get("title")),
        builder.places(get_targets(targeting, "locations"), columns.get("location")),
    ]
    if isinstance(company_size, tuple):
        company_size = _to_pair(company_size)
    elif company_size is not None:
        company_size = to_column("company_size", company_size)
    size = builder.sizes(get_targets(targeting, "company_sizes"), company_size)
    # Cheap conditions come first: numbers before all text, bands as text after it.
    return and_(*conditions, size) if _is_text(company_size) else and_(size, *conditions)


def normalised_column(name: str, of: ColumnLike) -> Column[str]:
    """Return a generated column with the normal text of another, for a host's prospects table.

    `matches_clause(…, normalised=True)` is several times as fast on such columns. Text that is not
    ASCII, and on SQLite also text with rarer punctuation, becomes "*", which every target accepts.

    Args:
        name: The name of the new column.
        of: The column of text.

    Raises:
        InvalidError: a name that is not text, or something else than a column.

    >>> from sqlalchemy import Column, MetaData, Table, Text
    >>> title = Column("title", Text)
    >>> prospects = Table("prospects", MetaData(), title, normalised_column("title_words", title))
    """
    if fault := text_error(name):
        raise InvalidError([f"name {fault}"])
    return Column(name, Text(), Computed(storable_text(to_column("of", of)), persisted=True))


def _to_pair(ends: tuple[object, ...]) -> tuple[ColumnLike, ColumnLike]:
    if len(ends) != 2:  # noqa: PLR2004  # the least and the largest number
        raise InvalidError([f"company_size must be a column or a pair of them, not {len(ends):,}"])
    low, high = (to_column("company_size", end) for end in ends)
    return low, high


def to_column(
    argument: str, column: object, kind: type[ColumnElement[Any]] = ColumnElement
) -> ColumnElement[Any]:
    """Return what a host gives as a column, or as an attribute of a mapped class, as a column.

    Raises:
        InvalidError: neither of these; the message names the argument.
    """
    is_mapped = hasattr(type(column), "__clause_element__")
    found = cast("Any", column).__clause_element__() if is_mapped else column
    if fault := kind_error(found, kind):
        raise InvalidError([f"{argument} {fault}"])
    return cast("ColumnElement[Any]", found)


def _is_text(size: ColumnLike | tuple[ColumnLike, ColumnLike] | None) -> bool:
    return isinstance(size, ColumnElement) and isinstance(size.type, String)


@frozen
class _ClauseBuilder:
    """Builds the conditions of a clause."""

    normalised: bool
    unknown: bool
    regions: frozenset[str]

    @property
    def is_unknown(self) -> BoolColumn:
        """The condition of a dimension that is unknown, whatever the row."""
        return true() if self.unknown else false()

    def phrases(self, targets: Sequence[str] | None, column: ColumnLike | None) -> BoolColumn:
        """Return the condition that a text contains one of these phrases."""
        if targets is None:
            return self.is_unknown
        phrases = [words for target in targets if (words := fold_words(target))]
        return self._text(
            targets,
            column,
            keys=[_rough_pattern(words) for words in phrases],
            form=phrase_text,
            patterns=[f"% {words} %" for words in phrases],
            unsure=f" {UNSURE} ",
        )

    def places(self, targets: Sequence[str] | None, column: ColumnLike | None) -> BoolColumn:
        """Return the condition that a text contains the places of one of these targets in order."""
        if targets is None:
            return self.is_unknown
        chains = [chain for target in targets if (chain := fold_places(target, self.regions))]
        return self._text(
            targets,
            column,
            keys=[_rough_pattern(" ".join(chain)) for chain in chains],
            form=lambda normal: place_text(normal, self.regions),
            patterns=[f"%{'%'.join(f',{place},' for place in chain)}%" for chain in chains],
            unsure=f",{UNSURE},",
        )

    def _text(
        self,
        targets: Sequence[str],
        column: ColumnLike | None,
        *,
        keys: Sequence[str],
        form: Callable[[ColumnElement[str]], ColumnElement[str]],
        patterns: Sequence[str],
        unsure: str,
    ) -> BoolColumn:
        """Return the condition that a text in some form is like one of these patterns.

        The keys are searched first, as that is cheap: each is a part of its pattern.
        """
        if not targets:
            return true()
        if column is None:
            return self.is_unknown
        normal = column if self.normalised else fold_text(column)
        first = is_like_any(column if self.normalised else rough_text(column), [*keys, UNSURE])
        fits = and_(first, is_like_any(form(normal), [*patterns, unsure]))
        return or_(column.is_(None), fits, normal == "") if self.unknown else fits

    def sizes(
        self,
        targets: Sequence[str] | None,
        size: ColumnLike | tuple[ColumnLike, ColumnLike] | None,
    ) -> BoolColumn:
        """Return the condition that one of these bands contains a company size."""
        if targets is None:
            return self.is_unknown
        if not targets:
            return true()
        if size is None:
            return self.is_unknown
        bands = merge_sizes(map(CompanySize.parse, targets))
        if isinstance(size, ColumnElement) and _is_text(size):
            return overlaps_size(bands, size) if self.unknown else contains_size(bands, size)
        low, high = _size_ends(size)
        if self.unknown:
            return or_(low.is_(None), *(_band_overlaps(band, low, high) for band in bands))
        return or_(*(_band_contains(band, low, high) for band in bands))


def _rough_pattern(phrase: str) -> str:
    # An "and" may be an ampersand in the column.
    longest = max((word for word in phrase.split() if word != "and"), key=len, default="")
    return f"%{longest}%"


def _size_ends(size: ColumnLike | tuple[ColumnLike, ColumnLike]) -> tuple[ColumnLike, ColumnLike]:
    if isinstance(size, ColumnElement):
        if isinstance(size.type, NullType):
            raise InvalidError([f"company_size must have a type, but {size} has none"])
        return size, size
    low, high = size
    return func.coalesce(low, case((high.is_not(None), 0))), high


def _band_contains(band: CompanySize, low: ColumnLike, high: ColumnLike) -> BoolColumn:
    begins = low >= _bind_number(band.low)
    return begins if band.high is None else and_(begins, high <= _bind_number(band.high))


def _band_overlaps(band: CompanySize, low: ColumnLike, high: ColumnLike) -> BoolColumn:
    ends = or_(high.is_(None), high >= _bind_number(band.low))
    return ends if band.high is None else and_(low <= _bind_number(band.high), ends)


def _bind_number(employees: int) -> ColumnElement[int]:
    return literal(employees, BigInteger())
