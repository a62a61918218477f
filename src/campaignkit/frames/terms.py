"""On what terms each campaign's leads are planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Self, TypeAlias, cast
from uuid import UUID

import narwhals as nw
from attrs import evolve, field, frozen

from campaignkit.domain.allocation import Allocation
from campaignkit.domain.campaign import Campaign
from campaignkit.domain.channels import (
    CHANNELS,
    NO_COUNTS,
    Channel,
    ChannelCounts,
    PerChannel,
    read_amounts,
    read_counts,
)
from campaignkit.domain.checks import shown, whole, whole_fault
from campaignkit.domain.decisions import Reason
from campaignkit.domain.frozen import Checked, FrozenMap
from campaignkit.domain.ledger import Progress
from campaignkit.errors import InvalidError, NotRunningError, PlanError
from campaignkit.planning.apportion import Overflow

__all__ = ["Key", "Terms", "TermsOf", "key_of", "read_terms"]

Key: TypeAlias = str | int | UUID
"""What a column of campaigns holds: their ids."""

_MOST = 2**62


def _read_carried(carried: PerChannel | None) -> ChannelCounts:
    return NO_COUNTS if carried is None else read_counts(carried)


def _read_caps(caps: PerChannel | None) -> Mapping[Channel, int] | None:
    if caps is None:
        return None
    amounts = zip(CHANNELS, read_amounts(caps, "at_most", None), strict=True)
    return FrozenMap({channel: amount for channel, amount in amounts if amount is not None})


@frozen
class Terms(Checked):
    """On what terms a campaign's leads are planned: what `plan` takes, and how many may come in.

    `daily_room` and `total_room` are how many leads the campaign's limits still let in, None
    where there is no limit: the best leads come first, by score, then by id, and those beyond
    wait. Those with no eligible channel use up no room.

    Raises:
        CountsError: bad `carried` or `at_most`.
        PlanError: anything else that is wrong.

    >>> Terms(Allocation(email=100), at_most={"email": 7}, overflow="hold").overflow.value
    'hold'
    """

    allocation: Allocation
    carried: ChannelCounts = field(default=NO_COUNTS, converter=_read_carried)
    at_most: Mapping[Channel, int] | None = field(default=None, converter=_read_caps)
    overflow: Overflow = Overflow.REASSIGN
    daily_room: int | None = None
    total_room: int | None = None

    def __attrs_post_init__(self) -> None:
        allocation: object = self.allocation
        faults: list[str] = []
        if not isinstance(allocation, Allocation):
            faults.append(f"allocation must be an Allocation, not {shown(allocation)}")
        if self.overflow not in tuple(Overflow):
            said = shown(self.overflow)
            faults.append(f"overflow must be {' or '.join(Overflow)}, not {said}")
        else:
            object.__setattr__(self, "overflow", Overflow(self.overflow))
        for name in ("daily_room", "total_room"):
            room = getattr(self, name)
            if room is not None:
                object.__setattr__(self, name, whole(room))
                if fault := whole_fault(whole(room), 0, _MOST):
                    faults.append(f"{name} {fault}")
        if faults:
            raise PlanError(faults)

    @classmethod
    def of(cls, campaign: Campaign, progress: Progress) -> Self:
        """Return the terms of a campaign's intake on the day of its progress.

        Raises:
            NotRunningError: the campaign is not running on that day.
            PlanError: a progress of no day.
        """
        if progress.day is None:
            raise PlanError(["the progress must be that of a day"])
        if not (running := campaign.running(progress.day)):
            raise NotRunningError(running)
        room = campaign.room(progress)
        return cls(
            campaign.allocation,
            carried=progress.under(campaign.allocation).carried,
            daily_room=room[Reason.DAILY_LIMIT],
            total_room=room[Reason.TOTAL_LIMIT],
        )

    @property
    def room(self) -> int | None:
        """How many leads the limits together let in; None if there is no limit."""
        rooms = [room for room in (self.daily_room, self.total_room) if room is not None]
        return min(rooms, default=None)


TermsOf: TypeAlias = Terms | Mapping[Key | None, Terms]
"""The same terms for all campaigns, or those of each."""


def key_of(value: object) -> object:
    """Return a campaign's id so that a UUID and its canonical text are the same."""
    return str(value) if isinstance(value, UUID) else value


def read_terms(given: object, campaign: str, common: Terms) -> dict[Key | None, Terms]:
    """Return the terms of each campaign from a mapping or a second frame.

    In a mapping the values are `Terms`, or allocations, whose other terms are the `common` ones. A
    frame has a row for each campaign: its id, in a column called as that of the leads; the shares,
    in columns called as the channels; and, where they matter, `overflow`, `daily_room`,
    `total_room`, and for each channel `carried_email` and so on, and `at_most_email` and so on.

    Raises:
        PlanError: names every campaign whose terms cannot be.
    """
    if isinstance(given, Mapping):
        rows = _of_mapping(cast("Mapping[Key, object]", given), common)
    else:
        rows = _of_frame(given, campaign)
    found: dict[Key | None, Terms] = {}
    seen: set[object] = set()
    faults: list[str] = []
    for key, terms in rows:
        if key_of(key) in seen:
            faults.append(f"campaign {shown(key)} has terms more often than once")
        seen.add(key_of(key))
        try:
            found[key] = terms()
        except InvalidError as error:
            faults += [f"campaign {shown(key)}: {fault}" for fault in error.faults]
    if faults:
        raise PlanError(faults)
    return found


_Rows: TypeAlias = Iterator[tuple[Key, Callable[[], Terms]]]


def _of_mapping(given: Mapping[Key, object], common: Terms) -> _Rows:
    completed = lru_cache(partial(_completed, common))  # many campaigns have the same allocation
    for key, value in given.items():
        yield key, partial(completed, value)


def _completed(common: Terms, value: object) -> Terms:
    if isinstance(value, Terms):
        return value
    return evolve(common, allocation=cast("Allocation", value))


_OPTIONAL = ("overflow", "daily_room", "total_room")


def _of_frame(given: object, campaign: str) -> _Rows:
    try:
        frame = nw.from_native(cast("Any", given)).lazy().collect()
    except TypeError:
        expected = "an Allocation, a mapping of campaigns to Terms, or a frame of these"
        raise PlanError([f"expected {expected}, not {shown(given)}"]) from None
    if campaign not in frame.columns:
        there = ", ".join(map(shown, frame.columns))
        raise PlanError([f"the frame of terms has no column {shown(campaign)}; there are {there}"])
    for row in frame.iter_rows(named=True):
        cells = {name: _cell(value) for name, value in row.items()}
        yield cells[campaign], partial(_terms_of, cells)


def _terms_of(cells: Mapping[str, Any]) -> Terms:
    optional = {name: cells[name] for name in _OPTIONAL if cells.get(name) is not None}
    return Terms(
        Allocation(**{c.value: cells[c] for c in CHANNELS if c in cells}),
        carried=_counts(cells, "carried_"),
        at_most=_counts(cells, "at_most_"),
        **optional,
    )


def _counts(cells: Mapping[str, Any], prefix: str) -> dict[Channel, int]:
    named = {c: cells.get(f"{prefix}{c}") for c in CHANNELS}
    return {c: count for c, count in named.items() if count is not None}


def _cell(value: Any) -> Any:  # noqa: ANN401  # whatever frames hold
    """Return a value of a frame where NaN is no value, and whole numbers may have become floats."""
    if isinstance(value, float):
        return None if value != value else int(value) if value.is_integer() else value  # noqa: PLR0124
    return value
