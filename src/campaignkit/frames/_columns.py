"""Which columns of a frame hold what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import field, frozen

from campaignkit.core._channels import CHANNELS, POSITIONS, Channel, is_channel
from campaignkit.core._checks import is_mapping, is_text, short_repr, to_text
from campaignkit.frames._codes import ADDED

Reachable: TypeAlias = Mapping[Channel, Any] | Mapping[str, Any]
"""For channels, or their names, what is true where a lead can be reached on it: the name of a
column, a Series or an expression of the frame's own library, a narwhals expression, or a function
that is given the frame and returns one of these."""

OWN = "_campaignkit_"
"""With this the names of columns begin that a plan adds, and takes away again."""


def _plain(name: Any) -> Any:  # noqa: ANN401  # looked at later
    return to_text(name) if is_text(name) else name


@frozen
class Columns:
    """The names of a frame's columns, and what tells whether a lead can be reached.

    Every channel that `reachable` does not name is reachable; `campaign` is None where all leads
    are of one campaign.
    """

    id: str = field(default="lead_id", converter=_plain)
    score: str = field(default="als_score", converter=_plain)
    reachable: Reachable | None = None
    campaign: str | None = field(default=None, converter=_plain)

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


def read_reachable(reachable: object, faults: list[str]) -> Mapping[Channel, Any] | None:
    """Return the flags by channel, in the order given; what is wrong is added to `faults`."""
    if reachable is None:
        return None
    if not is_mapping(reachable):
        faults.append(f"reachable must map channels to columns, not be {short_repr(reachable)}")
        return None
    flags: dict[Channel, Any] = {}
    for channel, flag in reachable.items():
        if is_channel(channel):
            flags[CHANNELS[POSITIONS[channel]]] = _plain(flag)
        else:
            names = ", ".join(CHANNELS)
            said = short_repr(channel)
            faults.append(f"reachable names {said}, which is no channel; there are {names}")
    return flags


def column_faults(columns: Columns, there: Sequence[str], *, ignores_case: bool) -> Iterator[str]:
    """Say what is wrong with the names of columns, in a frame that has those that are there."""
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
