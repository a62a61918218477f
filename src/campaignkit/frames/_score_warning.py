"""A warning of scores that look like those of another scale."""

from __future__ import annotations

from campaignkit.domain._gate import TOP_SCORE
from campaignkit.domain._scale import find_other_scale
from campaignkit.frames._columns import Columns
from campaignkit.frames._planned_rows import ScoreRange


def find_score_warning(scores: ScoreRange, columns: Columns) -> str | None:
    """Say that scores look like those of another scale, and what to do."""
    top = None if columns.scale else find_other_scale(scores.scored, scores.highest)
    if top is None:
        return None
    return (
        f"{columns.score}: no score is above {top}; pass scale=(0, {top}) if these scores go up to"
        f" {top}, or scale=(0, {TOP_SCORE}) if they are as they should be"
    )
