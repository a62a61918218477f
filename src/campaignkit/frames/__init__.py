"""Plans over dataframes."""

from __future__ import annotations

from campaignkit.frames.allocating import Allocated, allocate
from campaignkit.frames.recording import Recorded, record
from campaignkit.frames.terms import Terms
from campaignkit.planning.apportion import Totals

__all__ = ["Allocated", "Recorded", "Terms", "Totals", "allocate", "record"]
