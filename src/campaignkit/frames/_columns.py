"""Which columns of a frame hold what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.core._checks import short_repr
from campaignkit.frames._codes import ADDED

Reachable: TypeAlias = Mapping[Channel, Any] | Mapping[str, Any]
"""For channels, or their names, what is true where a lead can be reached on it: the name of a
column, a Series or an expression of the frame's own library, a narwhals expression, or a function
that is given the frame and returns one of these."""

OWN = "_campaignkit_"
"""With this the names of columns begin that a plan adds, and takes away again."""


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

    def keys(self) -> list[str]:
        """Return the columns that identify a row: that of the id, and that of the campaign."""
        return [self.id] if self.campaign is None else [self.id, self.campaign]

    def named(self) -> Mapping[str, str]:
        """Return the columns that are named, each after the argument that names it."""
        flags = {
            f"reachable[{channel}]": flag
            for channel, flag in (self.reachable or {}).items()
            if isinstance(flag, str)
        }
        campaign = {} if self.campaign is None else {"campaign": self.campaign}
        return {"id": self.id, "score": self.score, **campaign, **flags}


def column_faults(columns: Columns, there: Sequence[str], *, ignores_case: bool) -> Iterator[str]:
    """Say what is wrong with the names of columns, in a frame that has those that are there."""
    reachable: object = columns.reachable
    if not isinstance(reachable, Mapping | None):
        yield f"reachable must map channels to columns, not be {short_repr(reachable)}"
        columns = Columns(columns.id, columns.score, None, columns.campaign)
    for channel in columns.reachable or {}:
        if channel not in CHANNELS:
            names = ", ".join(CHANNELS)
            yield f"reachable names {short_repr(channel)}, which is no channel; there are {names}"
    named: Mapping[str, object] = columns.named()
    for what, name in named.items():
        if not isinstance(name, str):
            yield f"{what} must be the name of a column, as text, not {short_repr(name)}"
    missing = {what: n for what, n in named.items() if isinstance(n, str) and n not in there}
    yield from (f"{what}: there is no column {short_repr(name)}" for what, name in missing.items())
    if missing:
        yield f"the columns are {', '.join(map(short_repr, there))}"
    texts = [name for name in there if _is_text(name)]
    if taken := [it for it in texts if (it.lower() if ignores_case else it) in ADDED]:
        yield f"the frame already has what is to be added: {', '.join(taken)}"
    if own := [name for name in texts if name.lower().startswith(OWN)]:
        yield f"names of columns must not begin with {OWN}, as do {', '.join(map(short_repr, own))}"


def _is_text(name: object) -> bool:
    return isinstance(name, str)
