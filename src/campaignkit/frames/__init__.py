"""Plans over dataframes, and pools that are shared out."""

from __future__ import annotations

from campaignkit.core._extras import require_extra
from campaignkit.planning._totals import Totals

with require_extra("frames", __name__):
    from campaignkit.frames import _documents
    from campaignkit.frames._allocate import allocate
    from campaignkit.frames._frame_plan import FramePlan
    from campaignkit.frames._record import RecordCounts, record
    from campaignkit.frames._share_out import FrameShareOut, share_out
    from campaignkit.frames._terms import Terms

__all__ = [
    "FramePlan",
    "FrameShareOut",
    "RecordCounts",
    "Terms",
    "Totals",
    "allocate",
    "record",
    "share_out",
]

_DOCUMENTS = _documents  # registers how the values of this package are displayed
