"""The columns that a plan reads and adds, and what can be wrong with them, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import field, frozen

from campaignkit.core._channels import CHANNELS, POSITIONS, Channel, is_channel
from campaignkit.core._checks import is_mapping, is_text, short_repr, to_text
from campaignkit.core._decisions import Reason
from campaignkit.core._sentences import join_first
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._scale import Scale
from campaignkit.domain._yes_no import YES_OR_NO

Reachable: TypeAlias = Mapping[Channel, Any] | Mapping[str, Any]
"""For channels, or their names, what is true where a lead can be reached on it: the name of a
column, a Series or an expression of the frame's own library, a narwhals expression, or a function
that is given the frame and returns one of these."""

OWN = "_campaignkit_"
"""Prefix of the columns that a plan uses for itself and removes at the end."""

TIERS = tuple(reversed(ALSTier))
"""The tiers from the lowest scores up; columns of tiers hold positions in this tuple."""

REASONS = (
    Reason.UNSCORED,
    Reason.DEAD_TIER,
    Reason.UNREACHABLE,
    Reason.NO_SHARE,
    Reason.HELD,
    Reason.DAILY_LIMIT,
    Reason.TOTAL_LIMIT,
)
"""Why a lead of a frame may have no channel; columns of reasons hold positions in this tuple."""

NO_TIER, NO_CHANNEL, NO_REASON = len(TIERS), len(CHANNELS), len(REASONS)

ADDED = {
    "tier": tuple(tier.value for tier in TIERS),
    "channel": tuple(channel.value for channel in CHANNELS),
    "reason": tuple(reason.value for reason in REASONS),
}
"""The columns that a plan adds, each with its words."""

ORDERED = {"tier"}
"""Those of these columns whose words have an order."""


def plain_text(name: Any) -> Any:  # noqa: ANN401  # checked later
    """Return text as plain text, and anything else as it is."""
    return to_text(name) if is_text(name) else name


@frozen
class Columns:
    """The names of a frame's columns, and what tells whether a lead can be reached.

    Every channel that `reachable` does not name is reachable; `campaign` is None where all leads
    are of one campaign. `scale` is None for scores from 0 to 100.
    """

    id: str = field(default="lead_id", converter=plain_text)
    score: str = field(default="als_score", converter=plain_text)
    reachable: Reachable | None = None
    campaign: str | None = field(default=None, converter=plain_text)
    scale: Scale | None = None

    def key_columns(self) -> list[str]:
        """Return the columns that identify a row: that of the id, and that of the campaign."""
        names = [self.id] if self.campaign is None else [self.id, self.campaign]
        return list(dict.fromkeys(names))

    def by_argument(self) -> Mapping[str, str]:
        """Return the names of columns, without flags, each by the argument that names it."""
        campaign = {} if self.campaign is None else {"campaign": self.campaign}
        return {"id": self.id, "score": self.score, **campaign}

    def flags(self) -> Mapping[str, Any]:
        """Return the flags, each by the argument that gives it."""
        return {f"reachable[{name}]": flag for name, flag in (self.reachable or {}).items()}


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
            flags[CHANNELS[POSITIONS[channel]]] = plain_text(flag)
        else:
            wrong, names = short_repr(channel), ", ".join(CHANNELS)
            faults.append(f"reachable names {wrong}, which is no channel; there are {names}")
    return flags


def find_name_errors(
    by_argument: Mapping[str, object],
    present: Sequence[object],
    *,
    added: Collection[str],
    ignores_case: bool,
) -> Iterator[str]:
    """Describe what is wrong with the names of columns, in a frame with the columns `present`.

    `by_argument` has the names of columns by the argument that names them; `added` are those of the
    columns that are to be added.
    """
    for argument, name in by_argument.items():
        if not isinstance(name, str):
            yield f"{argument} must be the name of a column, as text, not {short_repr(name)}"
    absent = {
        argument: name
        for argument, name in by_argument.items()
        if isinstance(name, str) and name not in present
    }
    for argument, name in absent.items():
        yield f"{argument}: there is no column {short_repr(name)}"
    if absent:
        yield f"the columns are {', '.join(map(short_repr, present))}"
    texts = [name for name in present if isinstance(name, str)]  # pandas takes any names
    if taken := [name for name in texts if (name.lower() if ignores_case else name) in added]:
        names = ", ".join(taken)
        yield f"the frame already has what is to be added: {names}; drop or rename these columns"
    if own := [name for name in texts if name.lower().startswith(OWN)]:
        yield f"names of columns must not begin with {OWN}, as do {', '.join(map(short_repr, own))}"


# --- what is wrong with values, in the same words for every engine -------------------------------

EXAMPLES = 5
"""How many of the bad values an error names."""


def missing_error(column: str, rows: int) -> str:
    """Say that rows have no value in a column that needs one."""
    return f"{column} is missing in {rows:,} row{'' if rows == 1 else 's'}"


def column_kind_error(column: str, wanted: str, kind: object) -> str:
    """Say that a column holds another kind of values."""
    return f"{column} must be {wanted}, not {kind}; convert the column first"


def bad_scores_error(column: str, rows: int, some: Sequence[object], scale: Scale) -> str:
    """Say that scores are out of range, and name some of them, one for each row."""
    return f"{column} must be a number {scale}, not {_name_examples(some, rows)}"


def bad_flags_error(column: str, rows: int, some: Sequence[object]) -> str:
    """Say that flags are neither yes nor no, and name some of them, one for each row."""
    return f"{column} must be {YES_OR_NO}, not {_name_examples(some, rows)}"


def bad_ids_error(column: str, rows: int, some: Sequence[object]) -> str:
    """Say that ids are blank or hold NUL, and name some of them, one for each row."""
    return f"{column} must not be blank or hold NUL, but is {_name_examples(some, rows)}"


def duplicate_error(column: str, ids: int, some: Sequence[object], *, within: bool) -> str:
    """Say that ids come more often than once, `within` a campaign or at all, and name some."""
    where = " in a campaign" if within else ""
    return f"{column} must come once{where}, but these come more often: {_name_examples(some, ids)}"


def terms_error(column: str, campaigns: int, some: Sequence[object]) -> str:
    """Say that there are campaigns without terms, and name some of them."""
    return f"{column} must be a campaign that has terms, not {_name_examples(some, campaigns)}"


def _name_examples(some: Sequence[object], total: int) -> str:
    return join_first(map(short_repr, some), total)
