"""Scores of another scale in columns, mapped to 0 to 100 alike in every engine."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from campaignkit.domain._scale import STEPS_PER_POINT, Scale


def map_numbers(scale: Scale, numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Return scores from 0 to 100, as `Scale.map_number` has them."""
    wide = numbers.astype(np.float64)
    mapped: NDArray[np.float64] = (
        np.floor((wide - scale.low) * scale.factor + 0.5) / STEPS_PER_POINT
    )
    return mapped


def map_expression(scale: Scale, score: nw.Expr) -> nw.Expr:
    """Return scores from 0 to 100, as `Scale.map_number` has them."""
    wide = score.cast(nw.Float64)
    steps = ((wide - scale.low) * scale.factor + 0.5).floor().cast(nw.Float64)
    # Polars multiplies by the reciprocal of a number.
    return steps / (0 * wide + STEPS_PER_POINT)
