"""`Terms`: the arguments of a plan for each campaign."""

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
from campaignkit.core._sentences import format_count
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._ledger import Progress
from campaignkit.errors import InvalidError, NotRunningError, PlanError
from campaignkit.frames._open_frame import collect, open_frame
from campaignkit.planning._totals import Overflow

Key: TypeAlias = str | int | UUID
"""An id of a campaign, as a column holds it."""

UNLIMITED = 2**62
"""No limit, in columns of limits; the largest limit."""


def _read_optional_carried(carried: PerChannel | None) -> ChannelCounts | None:
    return None if carried is None else read_counts(carried, "carried")


def _read_caps(caps: PerChannel | None) -> Mapping[Channel, int] | None:
    if caps is None:
        return None
    amounts = zip(CHANNELS, read_amounts(caps, "at_most", None), strict=True)
    return FrozenMap({channel: amount for channel, amount in amounts if amount is not None})


@frozen
class Terms(ImmutableBase):
    """The arguments of a plan for one campaign, and how many leads its limits allow.

    The best leads come first, by score, then by id, and the others wait. Leads without an eligible
    channel do not count.

    Attributes:
        allocation: The share of each channel.
        carried: What each channel was given before.
        at_most: The most leads that a channel may get. If this, `carried` or `overflow` is None,
            that of the call of `allocate` applies; if the call has none either, nothing was
            carried, nothing is capped, and the overflow is "reassign". Pass `{}` for no caps or
            nothing carried, regardless of the call.
        overflow: What to do with leads whose turn falls on a channel that they may not get.
        daily_room: How many more leads the daily limit allows. None is no limit.
        total_room: How many more leads the total limit allows. None is no limit.

    Raises:
        CountsError: `carried` or `at_most` is invalid.
        PlanError: another argument is invalid.

    >>> Terms(Allocation(email=100), at_most={"email": 7}, overflow="hold").overflow.value
    'hold'
    """

    allocation: Allocation
    _carried: ChannelCounts | None = field(
        default=None, alias="carried", converter=_read_optional_carried
    )
    at_most: Mapping[Channel, int] | None = field(default=None, converter=_read_caps)
    _overflow: Overflow | None = field(default=None, alias="overflow")
    daily_room: int | None = None
    total_room: int | None = None

    def __attrs_post_init__(self) -> None:
        allocation: object = self.allocation
        faults: list[str] = []
        if not isinstance(allocation, Allocation):
            faults.append(f"allocation {_not_allocation_error(allocation)}")
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

    def __str__(self) -> str:
        room = "no limit" if self.room is None else f"up to {format_count(self.room, 'lead')}"
        return f"{self.allocation} ({room})"

    @property
    def carried(self) -> ChannelCounts:
        """What each channel was given before."""
        return NO_COUNTS if self._carried is None else self._carried

    @property
    def overflow(self) -> Overflow:
        """What to do with leads that do not fit into their channels' shares."""
        return Overflow.REASSIGN if self._overflow is None else self._overflow

    def with_defaults(self, defaults: Terms) -> Self:
        """Return these terms, with carried counts, caps and overflow filled in if they are None.

        Args:
            defaults: The terms that have what is missing.

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

        Args:
            campaign: A campaign that is running on that day.
            progress: What was admitted before.

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
        """How many leads the limits allow; None if there is no limit."""
        rooms = [room for room in (self.daily_room, self.total_room) if room is not None]
        return min(rooms, default=None)


def to_limits(terms: Terms) -> tuple[int, int]:
    """Return how many leads the limits allow, and how many the total limit alone allows."""
    rooms = terms.room, terms.total_room
    capacity, total = (UNLIMITED if room is None else room for room in rooms)
    return capacity, total


class TermsByCampaign(FrozenMap[Key | None, Terms]):
    """The terms of campaigns by their ids; a UUID and its canonical text are the same key.

    >>> terms = TermsByCampaign({UUID(int=0): Terms(Allocation(email=100))})
    >>> terms["00000000-0000-0000-0000-000000000000"].room is None
    True
    """

    __slots__ = ()

    def __getitem__(self, key: Key | None) -> Terms:
        return self._data[self.find_key(key)]

    def find_key(self, key: Key | None) -> Key | None:
        """Return the key in the form that the mapping has."""
        return key if key in self._data else _convert_uuid(key)

    def for_column(self, kind: type) -> Self:
        """Return the terms by ascending id, with ids of the type that a column has."""
        keys: dict[Any, Terms] = {
            other if isinstance(other := _convert_uuid(key), kind) else key: terms
            for key, terms in self.items()
        }
        ascending = sorted(keys, key=lambda key: (type(key).__name__, key))
        return type(self)({key: keys[key] for key in ascending})


def _convert_uuid(key: object) -> Any:  # noqa: ANN401
    """Return a UUID as text, the canonical text of a UUID as a UUID, and others as they are."""
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

    The values of a mapping are `Terms` or allocations. A frame has a row for each campaign: its id,
    in a column with the name that the leads have; the shares, in columns with the names of
    channels; and optionally `overflow`, `daily_room`, `total_room`, and for each channel
    `carried_email` and so on, and `at_most_email` and so on.

    Raises:
        PlanError: lists all campaigns whose terms are invalid.
    """
    if isinstance(given, Mapping):
        rows = _read_terms_mapping(cast("Mapping[Key, object]", given), defaults)
    else:
        rows = _read_terms_frame(given, campaign, defaults)
    terms_by_key: dict[Key | None, Terms] = {}
    seen: set[object] = set()
    faults: list[str] = []
    for given_key, make_terms in rows:
        key = _plain_key(given_key)
        if key is None:
            wanted = "text, a whole number or a UUID"
            faults.append(f"campaign must be {wanted}, not {short_repr(given_key)}")
            continue
        if key in seen:
            faults.append(f"campaign {short_repr(key)} has terms more often than once")
        seen |= {key, _convert_uuid(key)}
        try:
            terms_by_key[key] = make_terms()
        except InvalidError as error:
            faults += [f"campaign {short_repr(key)}: {fault}" for fault in error.faults]
    if faults:
        raise PlanError(faults)
    return TermsByCampaign(terms_by_key)


def _plain_key(key: object) -> Key | None:
    """Return a campaign's id as plain text, an int or a UUID, and None for anything else."""
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, UUID):
        return key
    number = as_int(cast("int", key))
    return number if type(number) is int else None


_Rows: TypeAlias = Iterator[tuple[object, Callable[[], Terms]]]


def _read_terms_mapping(given: Mapping[Key, object], defaults: Terms) -> _Rows:
    def complete(allocation: Allocation) -> Terms:
        return evolve(defaults, allocation=allocation)

    complete_once = lru_cache(complete)  # many campaigns have the same allocation
    for key, value in given.items():
        if isinstance(value, Terms):
            yield key, partial(value.with_defaults, defaults)
        else:
            make = complete_once if isinstance(value, Allocation) else complete
            yield key, partial(make, cast("Allocation", value))


def _not_allocation_error(value: object) -> str:
    """Say that a value is not an allocation, and what to give instead."""
    if isinstance(value, Campaign):
        return "must be an Allocation; Terms.of(campaign, progress) gives the terms of a Campaign"
    return f"must be an Allocation, not {short_repr(value)}"


_OPTIONAL = ("overflow", "daily_room", "total_room")
_COUNTS = ("carried", "at_most")


def _read_terms_frame(given: object, campaign: str, defaults: Terms) -> _Rows:
    expected = "an Allocation, Terms, a mapping of campaigns to these, or a frame of them"
    opened = open_frame(given, f"allocation must be {expected}", "the frame of terms")
    frame = collect(opened.lazy())
    known = [*CHANNELS, *_OPTIONAL, *(f"{part}_{c}" for part in _COUNTS for c in CHANNELS)]
    if campaign not in frame.columns:
        present = ", ".join(map(short_repr, frame.columns))
        raise PlanError(
            [f"the frame of terms has no column {short_repr(campaign)}; there are {present}"]
        )
    if others := [name for name in frame.columns if name not in known and name != campaign]:
        names = ", ".join(map(short_repr, others))
        columns = f"{short_repr(campaign)}, {', '.join(known)}"
        raise PlanError([f"the frame of terms must have no columns but {columns}, not {names}"])
    for row in frame.iter_rows(named=True):
        cells = {name: _clean_cell(value) for name, value in row.items()}
        yield cells[campaign], partial(_row_to_terms, cells, defaults)


def _row_to_terms(cells: Mapping[str, Any], defaults: Terms) -> Terms:
    terms = Terms(
        Allocation(**{c.value: cells[c] for c in CHANNELS if c in cells}),
        **{name: _row_counts(cells, name) for name in _COUNTS},
        **{name: cells.get(name) for name in _OPTIONAL},
    )
    return terms.with_defaults(defaults)


def _row_counts(cells: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  # counts or None
    """Return the counts of a row by channel; None if it has none."""
    named = {c: cells.get(f"{name}_{c}") for c in CHANNELS}
    return {c: count for c, count in named.items() if count is not None} or None


def _clean_cell(value: Any) -> Any:  # noqa: ANN401  # of any frame
    """Return a cell without what pandas does to columns with gaps: NaN, and floats for integers."""
    if isinstance(value, float):
        return None if value != value else int(value) if value.is_integer() else value  # noqa: PLR0124
    return value
