"""A warning of scores that look like those of another scale."""

from __future__ import annotations

from campaignkit.domain._scale import find_scale_warning
from campaignkit.frames._columns import Columns
from campaignkit.frames._planned_rows import ScoreRange


def find_score_warning(scores: ScoreRange, columns: Columns) -> str | None:
    """Say that scores look like those of another scale, and what to do."""
    if columns.scale is not None:
        return None
    return find_scale_warning(
        columns.score, scores.scored, scores.highest, lambda top: f"scale=(0, {top})"
    )
