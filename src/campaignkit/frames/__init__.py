"""Plans over dataframes."""

from __future__ import annotations

from campaignkit.frames._allocate import allocate
from campaignkit.frames._frame_plan import FramePlan
from campaignkit.frames._record import RecordCounts, record
from campaignkit.frames._terms import Terms
from campaignkit.planning._totals import Totals

__all__ = ["FramePlan", "RecordCounts", "Terms", "Totals", "allocate", "record"]
