"""Scores of another scale, mapped to 0 to 100."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, isfinite

from attrs import field, frozen

from campaignkit.core._checks import short_repr, to_list
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE, exact_number

STEPS_PER_POINT = 100_000.0
"""Mapped scores are rounded to so many parts of 1, which a float of 32 bits can tell apart."""


@frozen
class Scale:
    """A scale of scores, mapped linearly: its lowest score to 0, and its highest to 100.

    Each step is one operation on floats of 64 bits, so that all engines get the same result. What
    is mapped is rounded: 0.57 of 1 would be 56.99999999999999, and 0.7 in 32 bits 69.9999988. Only
    what is mapped can be out of range: an end may be a little more in 32 bits than in 64.
    """

    low: float = field(converter=float)
    high: float = field(converter=float)

    @property
    def factor(self) -> float:
        """How many steps a score of 1 is."""
        return (TOP_SCORE - LOWEST_SCORE) * STEPS_PER_POINT / (self.high - self.low)

    def map_number(self, number: float) -> float:
        """Return a score from 0 to 100, or one out of this range.

        >>> Scale(0, 1).map_number(0.57)
        57.0
        """
        steps = (number - self.low) * self.factor + 0.5
        return floor(steps) / STEPS_PER_POINT if isfinite(steps) else steps

    def __str__(self) -> str:
        low, high = map(format_end, (self.low, self.high))
        return f"from {low} to {high}"


FULL_SCALE = Scale(float(LOWEST_SCORE), float(TOP_SCORE))


def format_end(end: float) -> str:
    """Return an end of a scale as people write it."""
    return str(int(end) if end.is_integer() else end)


def read_scale(scale: object, faults: list[str]) -> Scale | None:
    """Return a scale; what is wrong is added to `faults`. None is no scale."""
    if scale is None:
        return None
    ends = [exact_number(end) for end in to_list(scale) or ()]
    numbers = [float(end) for end in ends if end is not None and abs(end) < _TOO_LARGE]
    if len(ends) == len(numbers) == 2:  # noqa: PLR2004  # the lowest and the highest
        low, high = numbers
        if high - low > _TOO_NARROW:
            return Scale(low, high)
    given = short_repr(scale)
    wanted = "the lowest and the highest score, in this order, such as (0, 1)"
    faults.append(f"scale must be {wanted}, not {given}")
    return None


_TOO_LARGE = 1e15
_TOO_NARROW = 1e-15


_FEWEST_SCORES = 2
"""A single score says nothing about a scale."""

OTHER_SCALES = (1, 10)
"""The upper ends of usual scales."""


def find_scale_warning(
    column: str, scored: int, highest: float | None, describe: Callable[[int], str]
) -> str | None:
    """Say that scores look like those of another scale, and what to do; None if they do not.

    Args:
        column: The column of the scores.
        scored: How many scores there are.
        highest: The highest of them.
        describe: Says how the scale from 0 to a number is given.
    """
    if scored < _FEWEST_SCORES or not highest:
        return None
    top = min((top for top in OTHER_SCALES if highest <= top), default=None)
    if top is None:
        return None
    return (
        f"{column}: no score is above {top}; pass {describe(top)} if these scores go up to"
        f" {top}, or {describe(TOP_SCORE)} if they are as they should be"
    )
