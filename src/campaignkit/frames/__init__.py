"""Plans over dataframes."""

from __future__ import annotations

from campaignkit.frames._allocate import Allocated, allocate
from campaignkit.frames._record import Recorded, record
from campaignkit.frames._terms import Terms
from campaignkit.planning._totals import Totals

__all__ = ["Allocated", "Recorded", "Terms", "Totals", "allocate", "record"]
