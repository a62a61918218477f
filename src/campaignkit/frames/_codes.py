"""What is added to a frame: its columns, and the words in them, which have numbers here."""

from __future__ import annotations

from campaignkit.core._channels import CHANNELS
from campaignkit.core._decisions import Reason
from campaignkit.domain._gate import ALSTier

TIERS = tuple(reversed(ALSTier))
"""The tiers from the lowest scores up."""

REASONS = (
    Reason.UNSCORED,
    Reason.DEAD_TIER,
    Reason.UNREACHABLE,
    Reason.NO_SHARE,
    Reason.HELD,
    Reason.DAILY_LIMIT,
    Reason.TOTAL_LIMIT,
)
"""Why a lead of a frame may have no channel."""

NO_TIER, NO_REASON = len(TIERS), len(REASONS)

ADDED = {
    "tier": tuple(tier.value for tier in TIERS),
    "channel": tuple(channel.value for channel in CHANNELS),
    "reason": tuple(reason.value for reason in REASONS),
}
"""The columns that are added; the number behind a column's last word stands for none."""
