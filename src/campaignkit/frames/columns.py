"""Which columns of a frame hold what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
from attrs import frozen

from campaignkit.domain.channels import CHANNELS, POSITIONS, Channel
from campaignkit.domain.checks import shown
from campaignkit.frames.codes import ADDED

__all__ = ["Columns", "Reachable", "column_faults"]

Reachable = Mapping[Channel, str | nw.Expr] | Mapping[str, str | nw.Expr]
"""For channels, or their names, a column or a narwhals expression that is true where a lead can
be reached on it."""


@frozen
class Columns:
    """The names of a frame's columns, and what tells whether a lead can be reached.

    Every channel that `reachable` does not name is reachable; `campaign` is None where all leads
    are of one campaign.
    """

    id: str = "lead_id"
    score: str = "als_score"
    reachable: Reachable | None = None
    campaign: str | None = None

    @property
    def flags(self) -> Mapping[int, nw.Expr]:
        """The expressions of the channels that are named, by their positions; null is no."""
        return {
            POSITIONS[channel]: (nw.col(flag) if isinstance(flag, str) else flag)
            for channel, flag in (self.reachable or {}).items()
        }

    def named(self) -> Mapping[str, str]:
        """Return the columns that are named, each after the argument that names it."""
        flags = {
            f"reachable[{channel}]": flag
            for channel, flag in (self.reachable or {}).items()
            if isinstance(flag, str)
        }
        campaign = {} if self.campaign is None else {"campaign": self.campaign}
        return {"id": self.id, "score": self.score, **campaign, **flags}


def column_faults(columns: Columns, there: Sequence[str]) -> list[str]:
    """Say what is wrong with the names of columns, in a frame that has those that are there."""
    faults = [
        f"reachable names {shown(channel)}, which is no channel; there are {', '.join(CHANNELS)}"
        for channel in columns.reachable or {}
        if channel not in CHANNELS
    ]
    missing = {what: name for what, name in columns.named().items() if name not in there}
    faults += [f"{what}: there is no column {shown(name)}" for what, name in missing.items()]
    if missing:
        faults.append(f"the columns are {', '.join(map(shown, there))}")
    if taken := [name for name in ADDED if name in there]:
        faults.append(f"the frame already has what is to be added: {', '.join(taken)}")
    return faults
