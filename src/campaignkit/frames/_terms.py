"""On what terms each campaign's leads are planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Self, TypeAlias, cast
from uuid import UUID

from attrs import evolve, field, frozen

from campaignkit.core._channels import (
    CHANNELS,
    NO_COUNTS,
    Channel,
    ChannelCounts,
    PerChannel,
    read_amounts,
    read_counts,
)
from campaignkit.core._checks import as_int, check_kinds, integer_error, short_repr, to_member
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap, ImmutableBase
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._ledger import Progress
from campaignkit.errors import InvalidError, NotRunningError, PlanError
from campaignkit.frames._open_frame import open_frame
from campaignkit.planning._totals import Overflow

Key: TypeAlias = str | int | UUID
"""What a column of campaigns holds: their ids."""

UNLIMITED = 2**62
"""Stands for no limit where limits are columns; no limit is larger."""


def _read_carried(carried: PerChannel | None) -> ChannelCounts | None:
    return None if carried is None else read_counts(carried, "carried")


def _read_caps(caps: PerChannel | None) -> Mapping[Channel, int] | None:
    if caps is None:
        return None
    amounts = zip(CHANNELS, read_amounts(caps, "at_most", None), strict=True)
    return FrozenMap({channel: amount for channel, amount in amounts if amount is not None})


@frozen
class Terms(ImmutableBase):
    """On what terms a campaign's leads are planned: what `plan` takes, and how many may come in.

    `daily_room` and `total_room` are how many leads the campaign's limits still let in, None
    where there is no limit: the best leads come first, by score, then by id, and those beyond
    wait. Those with no eligible channel use up no room.

    `carried`, `at_most` and `overflow` that are None are not given: those of the call of `allocate`
    hold, and where it gives none either nothing was carried, nothing is capped, and the overflow
    is "reassign". To say that there are none whatever the call says, give `{}`.

    Raises:
        CountsError: bad `carried` or `at_most`.
        PlanError: anything else that is wrong.

    >>> Terms(Allocation(email=100), at_most={"email": 7}, overflow="hold").overflow.value
    'hold'
    """

    allocation: Allocation
    _carried: ChannelCounts | None = field(default=None, alias="carried", converter=_read_carried)
    at_most: Mapping[Channel, int] | None = field(default=None, converter=_read_caps)
    _overflow: Overflow | None = field(default=None, alias="overflow")
    daily_room: int | None = None
    total_room: int | None = None

    def __attrs_post_init__(self) -> None:
        allocation: object = self.allocation
        faults: list[str] = []
        if not isinstance(allocation, Allocation):
            faults.append(f"allocation {_allocation_fault(allocation)}")
        if self._overflow is not None:
            overflow = to_member(Overflow, self._overflow)
            object.__setattr__(self, "_overflow", overflow)
            if not isinstance(overflow, Overflow):
                given = short_repr(overflow)
                faults.append(f"overflow must be {' or '.join(Overflow)}, not {given}")
        for name in ("daily_room", "total_room"):
            room = getattr(self, name)
            if room is not None:
                object.__setattr__(self, name, as_int(room))
                if fault := integer_error(as_int(room), 0, UNLIMITED):
                    faults.append(f"{name} {fault}")
        if faults:
            raise PlanError(faults)

    def __repr__(self) -> str:
        given: dict[str, object] = {
            "allocation": self.allocation,
            "carried": self._carried,
            "at_most": self.at_most,
        }
        given |= {"overflow": self._overflow and self._overflow.value}
        given |= {"daily_room": self.daily_room, "total_room": self.total_room}
        inside = ", ".join(
            f"{name}={value!r}" for name, value in given.items() if value is not None
        )
        return f"{type(self).__name__}({inside})"

    @property
    def carried(self) -> ChannelCounts:
        """What each channel was given before."""
        return NO_COUNTS if self._carried is None else self._carried

    @property
    def overflow(self) -> Overflow:
        """What happens to leads that do not fit into their channels' shares."""
        return Overflow.REASSIGN if self._overflow is None else self._overflow

    def with_defaults(self, defaults: Terms) -> Self:
        """Return these terms, and where one of the arguments of a call is not given, the other's.

        >>> cautious = Terms(Allocation(email=100), at_most={"email": 7})
        >>> Terms(Allocation(sms=100), overflow="hold").with_defaults(cautious).at_most["email"]
        7
        """
        check_kinds(PlanError, defaults=(defaults, Terms))
        if (defaults._carried, defaults.at_most, defaults._overflow) == (None, None, None):
            return self
        return evolve(
            self,
            carried=defaults._carried if self._carried is None else self._carried,
            at_most=defaults.at_most if self.at_most is None else self.at_most,
            overflow=defaults._overflow if self._overflow is None else self._overflow,
        )

    @classmethod
    def of(cls, campaign: Campaign, progress: Progress) -> Self:
        """Return the terms of a campaign's intake on the day of its progress.

        Raises:
            NotRunningError: the campaign is not running on that day.
            PlanError: `campaign` is not a campaign, or `progress` is not of a day.
        """
        check_kinds(PlanError, campaign=(campaign, Campaign), progress=(progress, Progress))
        if progress.day is None:
            raise PlanError(["the progress must be that of a day"])
        if not (running := campaign.running(progress.day)):
            raise NotRunningError(running)
        room = campaign.remaining(progress)
        return cls(
            campaign.allocation,
            carried=progress.for_allocation(campaign.allocation).carried,
            daily_room=room[Reason.DAILY_LIMIT],
            total_room=room[Reason.TOTAL_LIMIT],
        )

    @property
    def room(self) -> int | None:
        """How many leads the limits together let in; None if there is no limit."""
        rooms = [room for room in (self.daily_room, self.total_room) if room is not None]
        return min(rooms, default=None)


def as_limits(terms: Terms) -> tuple[int, int]:
    """Return how many leads may come in, and how many the total limit alone lets in."""
    rooms = terms.room, terms.total_room
    capacity, total = (UNLIMITED if room is None else room for room in rooms)
    return capacity, total


class TermsByCampaign(FrozenMap[Key | None, Terms]):
    """The terms of campaigns by their ids; a UUID and its canonical text are the same one.

    >>> terms = TermsByCampaign({UUID(int=0): Terms(Allocation(email=100))})
    >>> terms["00000000-0000-0000-0000-000000000000"].room is None
    True
    """

    __slots__ = ()

    def __getitem__(self, key: Key | None) -> Terms:
        return self._data[self.own(key)]

    def own(self, key: Key | None) -> Key | None:
        """Return an id in the form that is here, if it is here in either."""
        return key if key in self._data else _other_form(key)

    def for_column(self, kind: type) -> Self:
        """Return them in the order of their ids, which are of the type that a column has."""
        keys: dict[Any, Terms] = {
            other if isinstance(other := _other_form(key), kind) else key: terms
            for key, terms in self.items()
        }
        return type(self)(dict(sorted(keys.items(), key=_order)))


def _order(item: tuple[Any, Terms]) -> tuple[str, Any]:
    return type(item[0]).__name__, item[0]


def _other_form(key: object) -> Any:  # noqa: ANN401  # a Key, or whatever was asked for
    """Return a UUID as text, text that is a UUID's canonical form as a UUID, and others as is."""
    if isinstance(key, UUID):
        return str(key)
    if isinstance(key, str) and len(key) == _UUID_LENGTH:
        try:
            uuid = UUID(key)
        except ValueError as error:
            raise_interruption(error)
            return key
        return uuid if str(uuid) == key else key
    return key


_UUID_LENGTH = 36

TermsOf: TypeAlias = Terms | TermsByCampaign
"""The same terms for all campaigns, or those of each."""


def read_terms(given: object, campaign: str, defaults: Terms) -> TermsByCampaign:
    """Return the terms of each campaign from a mapping or a second frame.

    In a mapping the values are `Terms` or allocations; what they do not give is that of `defaults`.
    A frame has a row for each campaign: its id, in a column called as that of the leads; the
    shares, in columns called as the channels; and, where they matter, `overflow`, `daily_room`,
    `total_room`, and for each channel `carried_email` and so on, and `at_most_email` and so on.

    Raises:
        PlanError: names every campaign whose terms cannot be.
    """
    if isinstance(given, Mapping):
        rows = _of_mapping(cast("Mapping[Key, object]", given), defaults)
    else:
        rows = _of_frame(given, campaign, defaults)
    found: dict[Key | None, Terms] = {}
    seen: set[object] = set()
    faults: list[str] = []
    for given_key, terms in rows:
        key = _read_key(given_key)
        if key is None:
            faults.append(f"campaign must be {KEYS}, not {short_repr(given_key)}")
            continue
        if key in seen:
            faults.append(f"campaign {short_repr(key)} has terms more often than once")
        seen |= {key, _other_form(key)}
        try:
            found[key] = terms()
        except InvalidError as error:
            faults += [f"campaign {short_repr(key)}: {fault}" for fault in error.faults]
    if faults:
        raise PlanError(faults)
    return TermsByCampaign(found)


KEYS = "text, a whole number or a UUID"


def _read_key(key: object) -> Key | None:
    """Return a campaign's id as plain text, an int or a UUID, and None for anything else."""
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, UUID):
        return key
    number = as_int(cast("int", key))
    return number if type(number) is int else None


_Rows: TypeAlias = Iterator[tuple[object, Callable[[], Terms]]]


def _of_mapping(given: Mapping[Key, object], defaults: Terms) -> _Rows:
    def complete(allocation: Allocation) -> Terms:
        return evolve(defaults, allocation=allocation)

    completed = lru_cache(complete)  # many campaigns have the same allocation
    for key, value in given.items():
        if isinstance(value, Terms):
            yield key, partial(value.with_defaults, defaults)
        else:
            make = completed if isinstance(value, Allocation) else complete
            yield key, partial(make, cast("Allocation", value))


def _allocation_fault(value: object) -> str:
    """Say what is to be given in place of what is no allocation."""
    if isinstance(value, Campaign):
        return "must be an Allocation; Terms.of(campaign, progress) gives the terms of a Campaign"
    return f"must be an Allocation, not {short_repr(value)}"


_OPTIONAL = ("overflow", "daily_room", "total_room")
_COUNTS = ("carried", "at_most")


def _of_frame(given: object, campaign: str, defaults: Terms) -> _Rows:
    expected = "an Allocation, Terms, a mapping of campaigns to these, or a frame of them"
    frame = (
        open_frame(given, f"allocation must be {expected}", "the frame of terms").lazy().collect()
    )
    known = [*CHANNELS, *_OPTIONAL, *(f"{part}_{c}" for part in _COUNTS for c in CHANNELS)]
    there = ", ".join(map(short_repr, frame.columns))
    if campaign not in frame.columns:
        raise PlanError(
            [f"the frame of terms has no column {short_repr(campaign)}; there are {there}"]
        )
    if others := [name for name in frame.columns if name not in known and name != campaign]:
        names = ", ".join(map(short_repr, others))
        columns = f"{short_repr(campaign)}, {', '.join(known)}"
        raise PlanError([f"the frame of terms must have no columns but {columns}, not {names}"])
    for row in frame.iter_rows(named=True):
        cells = {name: _cell(value) for name, value in row.items()}
        yield cells[campaign], partial(_terms_of, cells, defaults)


def _terms_of(cells: Mapping[str, Any], defaults: Terms) -> Terms:
    terms = Terms(
        Allocation(**{c.value: cells[c] for c in CHANNELS if c in cells}),
        **{name: _counts(cells, name) for name in _COUNTS},
        **{name: cells.get(name) for name in _OPTIONAL},
    )
    return terms.with_defaults(defaults)


def _counts(cells: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  # counts or None
    """Return the counts that a row gives for channels; None if it gives none."""
    named = {c: cells.get(f"{name}_{c}") for c in CHANNELS}
    return {c: count for c, count in named.items() if count is not None} or None


def _cell(value: Any) -> Any:  # noqa: ANN401  # whatever frames hold
    """Return a value of a frame where NaN is no value, and whole numbers may have become floats."""
    if isinstance(value, float):
        return None if value != value else int(value) if value.is_integer() else value  # noqa: PLR0124
    return value
