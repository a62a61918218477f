"""Company sizes: intervals of whole numbers of employees, and how they are read from text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from typing import Annotated, TypeAlias

from attrs import field, frozen
from attrs.converters import optional

from campaignkit.core._checks import (
    as_int,
    check_kinds,
    integer_error,
    short_repr,
    text_error,
    to_text,
)
from campaignkit.core._immutable import ImmutableBase
from campaignkit.errors import TargetingError
from campaignkit.targeting._folding import to_nfkc

MOST_EMPLOYEES = 10**12 - 1

employees_error = partial(integer_error, low=0, high=MOST_EMPLOYEES)
Employees: TypeAlias = Annotated[int, employees_error]
"""A number of employees."""

_MARK = r"[,.'’ ]"
_NUMBER_FORM = rf"([0-9]{{1,3}}(?:{_MARK}[0-9]{{3}}){{1,3}}|[0-9]{{1,12}})"
_DASH = r"[-‐‒–—―⸺⸻−~〜]"  # every dash that people type

_Interval: TypeAlias = tuple[int, int | None]

_FORMS: tuple[tuple[str, Callable[[list[int]], _Interval]], ...] = (
    (rf"{_NUMBER_FORM} ?(?:{_DASH}| to ) ?{_NUMBER_FORM}", lambda n: (n[0], n[1])),
    (rf"{_NUMBER_FORM} ?\+", lambda n: (n[0], None)),
    (rf"(?:>=|≥) ?{_NUMBER_FORM}", lambda n: (n[0], None)),
    (rf"> ?{_NUMBER_FORM}", lambda n: (n[0] + 1, None)),
    (rf"(?:<=|≤) ?{_NUMBER_FORM}", lambda n: (0, n[0])),
    (rf"< ?{_NUMBER_FORM}", lambda n: (0, n[0] - 1)),
    (_NUMBER_FORM, lambda n: (n[0], n[0])),
    (rf"self(?:{_DASH}| )?employed", lambda _: (1, 1)),
)
"""Each form of a company size, with the interval that its numbers denote."""


@cache  # compiled for the first size, as that takes longer than importing this module
def _patterns() -> tuple[tuple[re.Pattern[str], Callable[[list[int]], _Interval]], ...]:
    counted = "(?: (?:employees?|people|staff))?"
    return tuple((re.compile(form + counted), interval) for form, interval in _FORMS)


@frozen
class CompanySize(ImmutableBase):
    """An interval of numbers of employees, both ends included.

    `parse` reads its text back.

    Attributes:
        low: The least number.
        high: The largest number. None means no upper end.

    Raises:
        TargetingError: an end is not a whole number of 0 or more, or `high` is less than `low`.

    >>> CompanySize(11, 50)
    CompanySize(low=11, high=50)
    >>> print(CompanySize(11, 50), CompanySize(500), CompanySize(1, 1))
    11-50 500+ 1
    """

    low: Employees = field(converter=as_int)
    high: Employees | None = field(default=None, converter=optional(as_int))

    def __attrs_post_init__(self) -> None:
        ends = {"low": self.low} if self.high is None else {"low": self.low, "high": self.high}
        faults = [
            f"{end} {fault}" for end, value in ends.items() if (fault := employees_error(value))
        ]
        if not faults and self.high is not None and self.high < self.low:
            faults = [f"high must be {self.low} or more, not {self.high}"]
        if faults:
            raise TargetingError(f"company size: {fault}" for fault in faults)

    def __str__(self) -> str:
        if self.high is None:
            return f"{self.low}+"
        return f"{self.low}" if self.low == self.high else f"{self.low}-{self.high}"

    def overlaps(self, other: CompanySize) -> bool:
        """Return whether some number of employees is in both intervals.

        Args:
            other: The other interval.

        >>> CompanySize(11, 50).overlaps(CompanySize(50))
        True
        """
        _check_size(other)
        return (other.high is None or self.low <= other.high) and (
            self.high is None or other.low <= self.high
        )

    def contains(self, other: CompanySize) -> bool:
        """Return whether another interval is completely within this one.

        Args:
            other: The other interval.

        >>> CompanySize(11, 50).contains(CompanySize(50, 50))
        True
        """
        _check_size(other)
        return self.low <= other.low and (
            self.high is None or (other.high is not None and other.high <= self.high)
        )

    @staticmethod
    def parse(text: str) -> CompanySize:
        """Read a size such as "1-10", "51 to 200", "1,001–5,000", "500+", "> 500" or "1".

        It accepts any dash, the common thousands separators, a noun such as "employees" at the end,
        and "self-employed" for 1.

        Args:
            text: The size as people write it.

        Raises:
            TargetingError: not a company size.

        >>> CompanySize.parse("1,001–5,000 employees"), CompanySize.parse("> 500")
        (CompanySize(low=1001, high=5000), CompanySize(low=501))
        """
        plain = to_text(text)
        is_short = type(plain) is str and len(plain) <= _LONGEST_CACHED
        return _parse_cached(plain) if is_short else _parse(plain)


def _check_size(other: CompanySize) -> None:
    if type(other) is not CompanySize:
        check_kinds(TargetingError, other=(other, CompanySize))


def _parse(text: str) -> CompanySize:
    if fault := text_error(text):
        raise TargetingError([f"company size {fault}"])
    plain = " ".join(to_nfkc(text).casefold().split())
    for pattern, interval in _patterns():
        if match := pattern.fullmatch(plain):
            low, high = interval([int(re.sub(_MARK, "", n)) for n in match.groups()])
            if low <= (MOST_EMPLOYEES if high is None else high):
                return CompanySize(low, high)
            fault = f"must contain a number of employees, not be {short_repr(text)}"
            raise TargetingError([f"company size {fault}"])
    fault = f"must be such as '1-10', '11-50', '500+' or '> 500', not {short_repr(text)}"
    raise TargetingError([f"company size {fault}"])


_LONGEST_CACHED = 64
_parse_cached = lru_cache(maxsize=1024)(_parse)  # the same few bands stand in every campaign


def merge_sizes(sizes: Iterable[CompanySize]) -> tuple[CompanySize, ...]:
    """Return the union of intervals, as ascending intervals with gaps between them.

    >>> few = merge_sizes([CompanySize(201, 500), CompanySize(1, 10), CompanySize(11, 50)])
    >>> print(*few)
    1-50 201-500
    """
    found: list[CompanySize] = []
    for size in sorted(sizes, key=lambda size: size.low):
        last = found[-1] if found else None
        if last is None or (last.high is not None and last.high + 1 < size.low):
            found.append(size)
        elif not last.contains(size):
            found[-1] = CompanySize(last.low, size.high)
    return tuple(found)
