"""Scores of another scale, mapped to 0 to 100 alike in every engine."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.core._checks import short_repr, to_list
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE, exact_number

_STEPS_PER_POINT = 100_000.0
"""Mapped scores are rounded to so many parts of 1, which a float of 32 bits can tell apart."""


@frozen
class Scale:
    """A scale of scores, mapped linearly: its lowest score to 0, and its highest to 100.

    Each step is one operation on floats of 64 bits, so that all engines get the same result. What
    is mapped is rounded: 0.57 of 1 would be 56.99999999999999, and 0.7 in 32 bits 69.9999988. Only
    what is mapped can be out of range: an end may be a little more in 32 bits than in 64.
    """

    low: float
    high: float

    def map_numbers(self, numbers: NDArray[Any]) -> NDArray[np.float64]:
        """Return scores from 0 to 100."""
        wide = numbers.astype(np.float64)
        mapped: NDArray[np.float64] = (
            np.floor((wide - self.low) * self._factor + 0.5) / _STEPS_PER_POINT
        )
        return mapped

    def map_expression(self, score: nw.Expr) -> nw.Expr:
        """Return scores from 0 to 100."""
        wide = score.cast(nw.Float64)
        steps = ((wide - self.low) * self._factor + 0.5).floor().cast(nw.Float64)
        return steps / (
            0 * wide + _STEPS_PER_POINT
        )  # Polars multiplies by the reciprocal of a number

    @property
    def _factor(self) -> float:
        return (TOP_SCORE - LOWEST_SCORE) * _STEPS_PER_POINT / (self.high - self.low)

    def __str__(self) -> str:
        low, high = (int(end) if end.is_integer() else end for end in (self.low, self.high))
        return f"from {low} to {high}"


FULL_SCALE = Scale(float(LOWEST_SCORE), float(TOP_SCORE))


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
