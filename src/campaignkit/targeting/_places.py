"""The parts of a location, and the region codes that a part may end with."""

from __future__ import annotations

from collections.abc import Iterable

from campaignkit.core._checks import is_text, short_repr, to_list, to_text
from campaignkit.errors import TargetingError
from campaignkit.targeting._folding import fold_parts, fold_words

_AUSTRALIA = "ACT NSW NT QLD SA TAS VIC WA"
_CANADA = "AB BC MB NB NL NS NT NU ON PE QC SK YT"
_USA = (
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH "
    "NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"
)

DEFAULT_REGIONS: frozenset[str] = frozenset(f"{_AUSTRALIA} {_CANADA} {_USA}".split())
"""The codes of the states and territories of Australia, Canada and the USA."""


def read_regions(regions: Iterable[str]) -> frozenset[str]:
    """Return region codes as they are compared.

    Raises:
        TargetingError: codes that are not one word each; all that are wrong at once.

    >>> sorted(read_regions({"NSW", "Vic."}))
    ['nsw', 'vic']
    """
    if regions is DEFAULT_REGIONS:
        return DEFAULT_CODES
    codes = to_list(regions)
    if codes is None:
        raise TargetingError([f"regions must be an iterable of codes, not {short_repr(regions)}"])
    folded = [fold_words(to_text(code)) if is_text(code) else "" for code in codes]
    wrong = [code for code, word in zip(codes, folded, strict=True) if len(word.split()) != 1]
    if wrong:
        raise TargetingError(
            f"regions must be of one word, as 'NSW' is, not {short_repr(code)}" for code in wrong
        )
    return frozenset(folded)


DEFAULT_CODES = frozenset(map(fold_words, DEFAULT_REGIONS))
"""The default regions as they are compared."""


def fold_places(location: str, regions: frozenset[str]) -> tuple[str, ...]:
    """Return the parts of a location as they are compared.

    A part that ends in a region code, with words before it, is two: "Melbourne VIC" is the same
    as "Melbourne, VIC". `regions` are codes as `read_regions` returns them.

    >>> fold_places("Nelson Bay NSW, Australia", read_regions(DEFAULT_REGIONS))
    ('nelson bay', 'nsw', 'australia')
    """
    return split_regions(fold_parts(location), regions)


def split_regions(parts: tuple[str, ...], regions: frozenset[str]) -> tuple[str, ...]:
    """Return parts of a location with the region codes at their ends as parts of their own."""
    found: list[str] = []
    for part in parts:
        head, _, last = part.rpartition(" ")
        if head and last in regions:
            found.append(head)
            part = last  # noqa: PLW2901  # the rest of it
        found.append(part)
    return tuple(found)
