"""Matching: whether a prospect fits a targeting.

In each dimension the verdict is yes if one of the targets fits, or if there are none; unknown if
nothing is known of the prospect, if the targets contain only a part of its company size, or if the
targets cannot be read (they are None); otherwise no. Overall, no beats unknown, and unknown beats
yes.

- An industry or a title fits if it contains the target's phrase; see `targeting._folding`.
- A company size fits if the union of the targets' intervals contains it.
- A location fits if the target's parts are among its parts, in the target's order. A part may end
  in a region code (`targeting._places`): "Melbourne" and "Melbourne, VIC" both fit "Melbourne
  VIC".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from math import inf
from typing import TypeAlias

from attrs import frozen

from campaignkit.core._checks import short_repr
from campaignkit.core._typed_base import TypedBase
from campaignkit.targeting._company_size import CompanySize, merge_sizes
from campaignkit.targeting._folding import fold_words, to_phrase
from campaignkit.targeting._places import DEFAULT_CODES, fold_places, split_regions
from campaignkit.targeting._prospects import Prospect


class Fit(StrEnum):
    """Whether a prospect fits.

    >>> from campaignkit import Prospect, Targeting
    >>> Targeting(titles=("CEO",)).match(Prospect(title="Founder & CEO")).verdict is Fit.YES
    True
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@frozen
class DimensionMatch(TypedBase):
    """Whether a prospect fits in one dimension.

    Attributes:
        verdict: Yes, no or unknown.
        target: The target that decided, as written: the first that fits, or the first that overlaps
            a company size that fits in part. None where no target fits, nothing is known, or there
            are no targets.

    >>> from campaignkit import Prospect, Targeting
    >>> Targeting(titles=("CEO",)).match(Prospect(title="Founder & CEO")).title.target
    'CEO'
    """

    verdict: Fit
    target: str | None = None

    def __str__(self) -> str:
        decided = "" if self.target is None else f" ({short_repr(self.target)})"
        return f"{self.verdict}{decided}"


@frozen
class TargetingMatch(TypedBase):
    """Whether a prospect fits a targeting, dimension by dimension.

    Attributes:
        industry: Whether the industry fits.
        title: Whether the title fits.
        company_size: Whether the company size fits.
        location: Whether the location fits.

    >>> from campaignkit import Prospect, Targeting
    >>> print(Targeting(titles=("CEO",)).match(Prospect(title="Owner")))
    no (industry yes, title no, company size yes, location yes)
    """

    industry: DimensionMatch
    title: DimensionMatch
    company_size: DimensionMatch
    location: DimensionMatch

    def __str__(self) -> str:
        parts = (self.industry, self.title, self.company_size, self.location)
        names = ("industry", "title", "company size", "location")
        each = ", ".join(f"{name} {part.verdict}" for name, part in zip(names, parts, strict=True))
        return f"{self.verdict} ({each})"

    @property
    def verdict(self) -> Fit:
        """The overall verdict. A no beats unknown, and unknown beats yes."""
        one, two = self.industry.verdict, self.title.verdict
        three, four = self.company_size.verdict, self.location.verdict
        if one is _NO or two is _NO or three is _NO or four is _NO:
            return _NO
        return one if one is two is three is four else _UNKNOWN


# Looking a member up in its class is slow.
_YES, _NO, _UNKNOWN = Fit.YES, Fit.NO, Fit.UNKNOWN
_NO_TARGETS = DimensionMatch(_YES)
_NONE_FITS = DimensionMatch(_NO)
_NOT_KNOWN = DimensionMatch(_UNKNOWN)


def _pair_with_matches(targets: Iterable[str]) -> list[tuple[str, DimensionMatch]]:
    return [(target, DimensionMatch(_YES, target)) for target in targets]


def _match_any(_: object) -> DimensionMatch:
    return _NO_TARGETS


def _match_unknown(_: object) -> DimensionMatch:
    return _NOT_KNOWN


def _phrase_matcher(targets: Sequence[str] | None) -> Callable[[str | None], DimensionMatch]:
    """Return the matcher of an industry or a title."""
    if targets is None:
        return _match_unknown
    if not targets:
        return _match_any
    # No text contains a target without words.
    phrases = [
        (to_phrase(words), fit)
        for target, fit in _pair_with_matches(targets)
        if (words := fold_words(target))
    ]

    def match(text: str | None) -> DimensionMatch:
        if text is None:
            return _NOT_KNOWN
        for phrase, fit in phrases:
            if phrase in text:
                return fit
        return _NONE_FITS

    return match


def _size_matcher(
    targets: Sequence[str] | None,
) -> Callable[[CompanySize | None], DimensionMatch]:
    """Return the matcher of a company size."""
    if targets is None:
        return _match_unknown
    if not targets:
        return _match_any
    sizes = [(CompanySize.parse(target), fit) for target, fit in _pair_with_matches(targets)]
    together = merge_sizes(size for size, _ in sizes)
    bands = [(size.low, inf if size.high is None else size.high, fit) for size, fit in sizes]

    def match(size: CompanySize | None) -> DimensionMatch:
        if size is None:
            return _NOT_KNOWN
        low, met = size.low, None
        high = inf if size.high is None else size.high
        for first, last, fit in bands:
            if first <= low and high <= last:
                return fit
            if met is None and first <= high and low <= last:
                met = fit
        if met is None:
            return _NONE_FITS
        if any(one.contains(size) for one in together):
            return met
        return DimensionMatch(_UNKNOWN, met.target)

    return match


def _place_matcher(
    targets: Sequence[str] | None, regions: frozenset[str]
) -> Callable[[tuple[str, ...]], DimensionMatch]:
    """Return the matcher of a location, by its parts with region codes apart."""
    if targets is None:
        return _match_unknown
    if not targets:
        return _match_any
    wanted = [
        (chain[0], chain if len(chain) > 1 else None, fit)
        for target, fit in _pair_with_matches(targets)
        if (chain := fold_places(target, regions))
    ]

    def match(places: tuple[str, ...]) -> DimensionMatch:
        if not places:
            return _NOT_KNOWN
        for first, several, fit in wanted:
            if first in places and (several is None or _is_subsequence(several, places)):
                return fit
        return _NONE_FITS

    return match


def _is_subsequence(chain: tuple[str, ...], places: tuple[str, ...]) -> bool:
    """Return whether these parts are among those, in this order."""
    rest = iter(places)
    return all(part in rest for part in chain)


_new, _set = object.__new__, object.__setattr__

Matcher: TypeAlias = Callable[[Prospect], TargetingMatch]
"""Matches a prospect with the targets of a targeting."""


def build_matcher(
    *,
    industries: Sequence[str] | None,
    titles: Sequence[str] | None,
    company_sizes: Sequence[str] | None,
    locations: Sequence[str] | None,
    codes: frozenset[str],
) -> Matcher:
    """Return the matcher of these targets; `codes` are as `read_regions` returns them."""
    industry, title = _phrase_matcher(industries), _phrase_matcher(titles)
    size, location = _size_matcher(company_sizes), _place_matcher(locations, codes)
    is_usual = codes is DEFAULT_CODES

    def match(prospect: Prospect) -> TargetingMatch:
        places = prospect.places if is_usual else split_regions(prospect.location_parts, codes)
        made = _new(TargetingMatch)  # unchecked, as its fields are valid
        _set(made, "industry", industry(prospect.industry_phrase))
        _set(made, "title", title(prospect.title_phrase))
        _set(made, "company_size", size(prospect.company_size))
        _set(made, "location", location(places))
        return made

    return match
