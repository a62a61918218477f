"""A warning of scores that look like those of another scale."""

from __future__ import annotations

from campaignkit.domain._gate import TOP_SCORE
from campaignkit.frames._columns import Columns
from campaignkit.frames._planned_rows import ScoreRange


def find_score_warning(scores: ScoreRange, columns: Columns) -> str | None:
    """Say that scores look like those of another scale, and what to do."""
    if columns.scale is not None or scores.scored < _FEWEST_SCORES or not scores.highest:
        return None
    top = min((top for top in _OTHER_SCALES if scores.highest <= top), default=None)
    if top is None:
        return None
    return (
        f"{columns.score}: no score is above {top}; pass scale=(0, {top}) if these scores go up to"
        f" {top}, or scale=(0, {TOP_SCORE}) if they are as they should be"
    )


_FEWEST_SCORES = 2
"""A single score says nothing about a scale."""

_OTHER_SCALES = (1, 10)
"""The upper ends of usual scales."""
