"""The allocation of leads to channels in percent, and its exact apportionment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import compress
from operator import attrgetter, gt
from typing import Annotated, TypeAlias

from attrs import field, frozen

from campaignkit.core._channels import (
    CHANNELS,
    NO_COUNTS,
    Amounts,
    Channel,
    ChannelCounts,
    PerChannel,
    find_position,
    is_channel,
)
from campaignkit.core._checks import as_int, count_error, integer_error, is_mapping, short_repr
from campaignkit.core._immutable import ImmutableBase
from campaignkit.core._sentences import join_words
from campaignkit.errors import AllocationError

TOTAL_PERCENT = 100

share_error = partial(integer_error, low=0, high=TOTAL_PERCENT)
Share: TypeAlias = Annotated[int, share_error]
"""A whole percentage."""


def sainte_lague(shares: Sequence[int], units: int, carried: Sequence[int]) -> list[int]:
    """Apportion units to shares, given what each has already.

    The result z minimises Σ (carried + z)² / share with Σ z = units: each unit in turn goes where
    (2(carried + z) + 1) / share is least, the first position winning a tie. Nearly all units are
    given at once, by rounding each position's quota; the few by which that misses are then given,
    or taken back, one at a time.

    Shapes: `shares` and `carried` have equal lengths; at least one share is positive, unless
    there are no units. Positions with share 0 get nothing.

    Source: Webster / Sainte-Laguë; M. L. Balinski and H. P. Young, *Fair Representation*, 1982.

    >>> sainte_lague([40, 30, 20, 5, 5], 57, [0, 0, 0, 0, 0])
    [23, 17, 11, 3, 3]
    """
    given = _round_quotas(shares, units, carried)
    missing = units - sum(given)
    while missing > 0:
        best, best_cost, best_share = -1, 1, 0
        for c, share in enumerate(shares):
            cost = 2 * (carried[c] + given[c]) + 1
            if cost * best_share < best_cost * share:
                best, best_cost, best_share = c, cost, share
        given[best] += 1
        missing -= 1
    while missing < 0:
        worst, worst_cost, worst_share = -1, 0, 1
        for c, share in enumerate(shares):
            cost = 2 * (carried[c] + given[c]) - 1
            if given[c] and cost * worst_share >= worst_cost * share:
                worst, worst_cost, worst_share = c, cost, share
        given[worst] -= 1
        missing += 1
    return given


def sainte_lague_within(
    shares: Sequence[int], units: int, carried: Sequence[int], most: Sequence[int]
) -> list[int]:
    """Apportion units as `sainte_lague` does, but so many at most to each position.

    What has too much is full in the best result, as the others can only get more without it.

    Shapes: the positions with a share can take all units.

    >>> sainte_lague_within([40, 30, 20, 5, 5], 57, [0, 0, 0, 0, 0], [9, 57, 57, 57, 57])
    [9, 24, 16, 4, 4]
    """
    given = sainte_lague(shares, units, carried)
    full = [False] * len(shares)
    while any(map(gt, given, most)):
        full = [f or z > m for f, z, m in zip(full, given, most, strict=True)]
        rest = sainte_lague(
            [0 if f else share for f, share in zip(full, shares, strict=True)],
            units - sum(compress(most, full)),
            carried,
        )
        given = [m if f else z for f, m, z in zip(full, most, rest, strict=True)]
    return given


def _round_quotas(shares: Sequence[int], units: int, carried: Sequence[int]) -> list[int]:
    """Return what each position lacks of its quota of all units, rounded to the nearest."""
    while units:
        half = sum(shares)
        due, whole = 2 * (units + sum(carried)), 2 * half
        given = [(due * share + half) // whole - carried[c] for c, share in enumerate(shares)]
        if min(given) >= 0:
            return given
        # What has more than its quota already gets nothing, and the quotas of the rest only fall.
        shares = [0 if z < 0 else share for z, share in zip(given, shares, strict=True)]
        carried = [0 if z < 0 else had for z, had in zip(given, carried, strict=True)]
    return [0] * len(shares)


_INTEGERS = frozenset({int})


@lru_cache(maxsize=1024)  # the same few mixes stand in every campaign
def _check_shares(shares: Amounts) -> int:
    """Return the channels that have a share, as a mask.

    Raises:
        AllocationError: the shares do not form an allocation.
    """
    if faults := _share_faults(shares):
        raise AllocationError(faults)
    return sum(1 << c for c, share in enumerate(shares) if share)


_get_shares: Callable[[object], Amounts] = attrgetter(*(channel.value for channel in CHANNELS))


def _share_faults(shares: Amounts) -> list[str]:
    faults = [
        f"share of {channel} {fault}"
        for channel, share in zip(CHANNELS, shares, strict=True)
        if (fault := share_error(share))
    ]
    if not faults and sum(shares) != TOTAL_PERCENT:
        parts = [str(share) for share in shares if share]
        total = f"{' + '.join(parts)} = {sum(shares)}" if len(parts) > 1 else f"{sum(shares)}"
        faults = [f"shares must add up to 100, not {total}"]
    return faults


@frozen(eq=False, kw_only=True)
class Allocation(ImmutableBase, Mapping[Channel, int]):
    """The percentage of a campaign's leads that each channel gets.

    Whole percentages from 0 to 100 that add up to 100. Omitted channels are 0 % and never used. It
    is a mapping from all channels in the order of `Channel`, and equals any mapping with the same
    items.

    Attributes:
        email: The percentage of leads that get an e-mail.
        linkedin: The percentage of leads that get a LinkedIn message.
        voice: The percentage of leads that get a call.
        sms: The percentage of leads that get an SMS.
        mail: The percentage of leads that get a letter.
        shares: All percentages as a tuple, in the order of `Channel`.
        mask: The channels that have a share, as bits: 1 is the first channel, 2 the second.

    Raises:
        AllocationError: the percentages are invalid; they are never normalised silently.

    >>> a = Allocation(email=60, linkedin=40)
    >>> a[Channel.EMAIL], a[Channel.SMS]
    (60, 0)
    """

    email: Share = 0
    linkedin: Share = 0
    voice: Share = 0
    sms: Share = 0
    mail: Share = 0
    shares: Amounts = field(init=False)
    mask: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        shares = _get_shares(self)
        if not _INTEGERS.issuperset(map(type, shares)):
            shares = tuple(map(as_int, shares))
            if faults := _share_faults(shares):
                raise AllocationError(faults)
            for channel, share in zip(CHANNELS, shares, strict=True):
                object.__setattr__(self, channel.value, share)
        object.__setattr__(self, "shares", shares)
        object.__setattr__(self, "mask", _check_shares(shares))

    @classmethod
    def from_mapping(cls, shares: PerChannel) -> Allocation:
        """Return the allocation of a mapping from channels, or their names, to percentages.

        Args:
            shares: The percentage of each channel, or of its name; omitted channels are 0 %.

        Raises:
            AllocationError: an unknown channel, or percentages that do not form an allocation.

        >>> Allocation.from_mapping({"email": 100})
        Allocation(email=100)
        """
        if not is_mapping(shares):
            fault = f"must map channels to percentages, not be {short_repr(shares)}"
            raise AllocationError([f"shares {fault}"])
        _refuse_unknown_channels(shares)
        return cls(**{Channel(channel).value: share for channel, share in shares.items()})

    def __getitem__(self, channel: Channel | str) -> int:
        return self.shares[find_position(channel)]

    def __iter__(self) -> Iterator[Channel]:
        return iter(CHANNELS)

    def __len__(self) -> int:
        return len(CHANNELS)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Allocation):
            return self.shares == other.shares
        return super().__eq__(other) if is_mapping(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(zip(CHANNELS, self.shares, strict=True)))  # as any such mapping

    def _repr_arguments(self) -> Mapping[str, object]:
        return {channel.value: share for channel, share in self.items() if share}

    def __str__(self) -> str:
        return join_words(f"{channel} {share}%" for channel, share in self.items() if share)

    def apportion(self, leads: int) -> ChannelCounts:
        """Return how many leads of a batch each channel gets if no lead is gated.

        No channel loses any when there are more leads (Sainte-Laguë; ties go to the channel that
        comes first).

        Args:
            leads: The number of leads; the counts add up to it.

        Raises:
            AllocationError: `leads` is not a whole number of 0 or more.

        >>> dict(Allocation(email=60, linkedin=40).apportion(7).items())[Channel.EMAIL]
        4
        """
        units = as_int(leads)
        if count_error(units):
            raise AllocationError([f"cannot apportion {short_repr(leads)} leads"])
        return ChannelCounts.of(sainte_lague(self.shares, units, NO_COUNTS.amounts))

    def with_share(self, channel: Channel | str, share: int) -> Allocation:
        """Return the allocation with one share replaced; the others give way in proportion.

        What is left of 100 is apportioned to the other shares as they stand, so a channel that
        has none still has none.

        Args:
            channel: The channel, or its name.
            share: Its new percentage.

        Raises:
            AllocationError: the share is not a whole number from 0 to 100, or what is left has
                no other channel to go to.

        >>> Allocation(email=40, linkedin=40, voice=20).with_share("email", 70)
        Allocation(email=70, linkedin=20, voice=10)
        """
        _refuse_unknown_channels([channel])
        position = find_position(channel)
        wanted = as_int(share)
        if fault := share_error(wanted):
            raise AllocationError([f"share of {channel} {fault}"])
        others = [0 if c == position else old for c, old in enumerate(self.shares)]
        if wanted < TOTAL_PERCENT and not any(others):
            msg = f"no other channel has a share to take the {TOTAL_PERCENT - wanted} that are left"
            raise AllocationError([msg])
        new = sainte_lague(others, TOTAL_PERCENT - wanted, NO_COUNTS.amounts)
        new[position] = wanted
        return make_allocation(new)


def make_allocation(shares: Iterable[int]) -> Allocation:
    """Return the allocation of the percentages of all channels, in canonical order.

    >>> make_allocation([100] + [0] * (len(CHANNELS) - 1)) == Allocation(email=100)
    True
    """
    return Allocation(**dict(zip(CHANNELS, shares, strict=True)))


def _refuse_unknown_channels(channels: Iterable[Channel | str]) -> None:
    if unknown := [short_repr(channel) for channel in channels if not is_channel(channel)]:
        known = ", ".join(CHANNELS)
        raise AllocationError([f"no channel is called {', '.join(unknown)}; there are {known}"])


DEFAULT_ALLOCATION = Allocation(email=40, linkedin=30, voice=20, sms=5, mail=5)
"""The mix of a campaign by default: 40 % email, 30 % linkedin, 20 % voice, 5 % sms, 5 % mail."""
