"""Company sizes: intervals of whole employees, read from the words that people write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from attrs import frozen

from campaignkit.domain.checks import shown, text_fault
from campaignkit.errors import TargetingError

__all__ = ["CompanySize"]

_MARK = r"[,.'’ ]"
_NUMBER = rf"([0-9]{{1,3}}(?:{_MARK}[0-9]{{3}}){{1,3}}|[0-9]{{1,12}})"
_DASH = r"[-‐‒–—―−~]"  # every dash that people type

_Interval: TypeAlias = tuple[int, int | None]

_FORMS: tuple[tuple[str, Callable[[list[int]], _Interval]], ...] = (
    (rf"{_NUMBER} ?(?:{_DASH}| to ) ?{_NUMBER}", lambda n: (n[0], n[1])),
    (rf"{_NUMBER} ?\+", lambda n: (n[0], None)),
    (rf"(?:>=|≥) ?{_NUMBER}", lambda n: (n[0], None)),
    (rf"> ?{_NUMBER}", lambda n: (n[0] + 1, None)),
    (rf"(?:<=|≤) ?{_NUMBER}", lambda n: (0, n[0])),
    (rf"< ?{_NUMBER}", lambda n: (0, n[0] - 1)),
    (_NUMBER, lambda n: (n[0], n[0])),
    (r"self[- ]?employed", lambda _: (1, 1)),
)
"""Each form of a company size, and the interval that its numbers stand for."""

_PATTERNS = tuple(
    (re.compile(rf"{form}(?: (?:employees?|people|staff))?"), interval) for form, interval in _FORMS
)


@frozen(order=True)
class CompanySize:
    """An interval of employees, both ends included; without a `high` it is open upwards.

    Raises:
        TargetingError: an interval that holds no number of employees.

    >>> CompanySize(11, 50)
    CompanySize(low=11, high=50)
    """

    low: int
    high: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.low < 0 or (self.high is not None and self.high < self.low):
            raise TargetingError(
                [f"no number of employees lies from {self.low:,} to {self.high:,}"]
            )

    @staticmethod
    def parse(text: str) -> CompanySize:
        """Read a size such as "1-10", "51 to 200", "1,001–5,000", "500+", "> 500" or "1".

        Any dash, the thousands marks in common use, and "employees" after it are understood, and
        "self-employed" is one.

        Raises:
            TargetingError: text that is no company size; the message names it.

        >>> CompanySize.parse("1,001–5,000 employees"), CompanySize.parse("> 500")
        (CompanySize(low=1001, high=5000), CompanySize(low=501, high=None))
        """
        if fault := text_fault(text):
            raise TargetingError([f"company size {fault}"])
        return _parsed(text)


@lru_cache(maxsize=1024)  # the same few bands stand in every campaign
def _parsed(text: str) -> CompanySize:
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for pattern, interval in _PATTERNS:
        if match := pattern.fullmatch(plain):
            return CompanySize(*interval([int(re.sub(_MARK, "", n)) for n in match.groups()]))
    raise TargetingError(
        [f"company size {shown(text)} is none such as '1-10', '11-50', '500+' or '> 500'"]
    )
