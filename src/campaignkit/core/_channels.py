"""The channels, sets of them, and counts for each of them.

`Channel` is the table of the channels: all that has something for each of them is made from it.
Only `Allocation` names each channel once more, so that type checkers know its shares.

Inside the library a set of channels is also a mask, a byte with bit i for the i-th channel, so that
the planning is arithmetic on small integers. So there may be eight channels at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TypeAlias, TypeVar, cast

from campaignkit.core._checks import as_int, count_error, is_mapping, is_text, short_repr, to_list
from campaignkit.core._display import DisplayMixin
from campaignkit.core._errors import CountsError, UnknownChannelError
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._pydantic import PydanticMixin


class Channel(StrEnum):
    """A way to reach a lead; the order of the members is the canonical order, which breaks ties.

    >>> list(Channel)[0].value
    'email'
    """

    EMAIL = "email"
    LINKEDIN = "linkedin"
    VOICE = "voice"
    SMS = "sms"
    MAIL = "mail"


CHANNELS: tuple[Channel, ...] = tuple(Channel)
ALL: int = (1 << len(CHANNELS)) - 1

POSITIONS: Mapping[str, int] = {channel: position for position, channel in enumerate(CHANNELS)}
"""Each channel's place in canonical order."""

MEMBERS: tuple[tuple[int, ...], ...] = tuple(
    tuple(c for c in range(len(CHANNELS)) if mask >> c & 1) for mask in range(ALL + 1)
)
"""For each mask, the positions of its channels in canonical order."""

SETS: tuple[frozenset[Channel], ...] = tuple(
    frozenset(CHANNELS[c] for c in members) for members in MEMBERS
)
"""For each mask, its set of channels."""

MASKS: Mapping[frozenset[Channel], int] = {channels: mask for mask, channels in enumerate(SETS)}
"""For each set of channels, its mask."""

Amounts: TypeAlias = tuple[int, ...]
"""A whole number for each channel, in canonical order."""

PerChannel: TypeAlias = Mapping[Channel, int] | Mapping[str, int]

A = TypeVar("A", int, None)


def channel_set(channels: Iterable[Channel | str]) -> frozenset[Channel]:
    """Return channels, or their names, as a set of channels.

    Raises:
        ValueError: an unknown name; the message has all of them.

    >>> channel_set(["email"]) == {Channel.EMAIL}
    True
    """
    # The members of SETS are shared, so that equal sets are one object.
    given: object = channels
    if type(given) is frozenset and given in MASKS:
        return SETS[MASKS[cast("frozenset[Channel]", given)]]
    names = None if is_mapping(channels) else to_list(channels)
    if names is None:
        kind = "the text " if is_text(channels) else ""
        msg = f"expected several channels, not {kind}{short_repr(cast('object', channels))}"
        raise ValueError(msg)
    unknown = [short_repr(name) for name in names if not is_channel(name)]
    if unknown:
        msg = f"no channel is called {', '.join(unknown)}; there are {', '.join(CHANNELS)}"
        raise ValueError(msg)
    return SETS[MASKS[frozenset(Channel(name) for name in names)]]


def is_channel(name: object) -> bool:
    """Return whether this is a channel or the name of one."""
    return issubclass(type(name), str) and name in POSITIONS


def find_position(channel: Channel | str) -> int:
    """Return a channel's place in canonical order.

    Raises:
        UnknownChannelError: neither a channel nor the name of one.
    """
    try:
        return POSITIONS[channel]
    except (KeyError, TypeError) as error:  # and what no mapping could hold
        raise_interruption(error)
        fault = f"no channel is called {short_repr(channel)}; there are {', '.join(CHANNELS)}"
        raise UnknownChannelError([fault]) from None


def read_amounts(given: PerChannel, what: str, absent: A) -> tuple[int | A, ...]:
    """Return the numbers of a mapping from channels in canonical order, `absent` where one is.

    Raises:
        CountsError: a key that is no channel, or a value that is not a whole number of 0 or more.
    """
    if not is_mapping(given):
        what = "counts" if what == "count" else what
        raise CountsError([f"{what} must map channels to counts, not be {short_repr(given)}"])
    amounts: list[int | A] = [absent] * len(CHANNELS)
    faults: list[str] = []
    for channel, value in given.items():
        if type(value) is int and value >= 0 and channel in POSITIONS:
            amounts[POSITIONS[channel]] = value  # the usual ones need no closer look
        elif not is_channel(channel):
            names = ", ".join(CHANNELS)
            faults.append(
                f"{what} names {short_repr(channel)}, which is no channel; there are {names}"
            )
        elif fault := count_error(value):
            faults.append(f"{what} of {channel} {fault}")
        else:
            amounts[POSITIONS[channel]] = as_int(value)
    if faults:
        raise CountsError(faults)
    return tuple(amounts)


class ChannelCounts(DisplayMixin, PydanticMixin, Mapping[Channel, int]):
    """A count for each channel; a channel that is not named has 0.

    It is immutable and hashable, and equals any mapping with the same items.

    Args:
        counts: The count of each channel, or of its name. Every count is 0 by default.

    Attributes:
        amounts: The counts as a tuple, in the order of `Channel`.

    Raises:
        CountsError: a key that is no channel, or a value that is not a whole number of 0 or more.

    >>> counts = ChannelCounts({Channel.EMAIL: 3})
    >>> counts[Channel.EMAIL], counts["sms"], counts.total
    (3, 0, 3)
    """

    __slots__ = ("amounts",)

    amounts: Amounts

    def __init__(self, counts: PerChannel | None = None) -> None:
        if hasattr(self, "amounts"):
            msg = "ChannelCounts cannot change"
            raise AttributeError(msg)
        amounts = read_amounts({} if counts is None else counts, "count", 0)
        object.__setattr__(self, "amounts", amounts)

    @classmethod
    def of(cls, amounts: Iterable[int]) -> ChannelCounts:
        """Return counts from valid numbers in canonical order, unchecked.

        Args:
            amounts: A count for each channel, in the order of `Channel`.
        """
        self = object.__new__(cls)
        _set_amounts(self, tuple(amounts))
        return self

    @property
    def total(self) -> int:
        """The sum over the channels."""
        return sum(self.amounts)

    def __getitem__(self, channel: Channel | str) -> int:
        return self.amounts[find_position(channel)]

    def __iter__(self) -> Iterator[Channel]:
        return iter(CHANNELS)

    def __len__(self) -> int:
        return len(CHANNELS)

    def __add__(self, other: ChannelCounts) -> ChannelCounts:
        if not isinstance(other, ChannelCounts):
            return NotImplemented
        return ChannelCounts.of(a + b for a, b in zip(self.amounts, other.amounts, strict=True))

    def __hash__(self) -> int:
        return hash(FrozenMap(self))  # which it equals when the items are the same

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ChannelCounts):
            return self.amounts == other.amounts
        return super().__eq__(other) if is_mapping(other) else NotImplemented

    def __setattr__(self, name: str, value: object) -> None:
        msg = "ChannelCounts cannot change"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        msg = "ChannelCounts cannot change"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[type[ChannelCounts], tuple[dict[Channel, int]]]:
        return type(self), (dict(self),)

    def _repr_arguments(self) -> Mapping[str, object]:
        return {channel.value: n for channel, n in self.items() if n}

    def __str__(self) -> str:
        return ", ".join(f"{channel} {n:,}" for channel, n in self.items())


_set_amounts: Callable[[ChannelCounts, Amounts], None] = vars(ChannelCounts)["amounts"].__set__
NO_COUNTS = ChannelCounts()


def read_counts(counts: PerChannel, what: str = "count") -> ChannelCounts:
    """Return counts by channel; a `ChannelCounts` is returned unchanged."""
    if isinstance(counts, ChannelCounts):
        return counts
    return ChannelCounts.of(read_amounts(counts, what, 0))
