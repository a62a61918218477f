"""From counts to totals: how many leads each channel gets, and the proof that none is better.

Eligibility sets and sets of channels are masks here. `room[S]` is the most leads that the
channels of S can take together: a polymatroid, over which the totals z with the least
Σ (carried + z)² / share are found by decomposition.

Sources: S. Fujishige, "Lexicographically optimal base of a polymatroid with respect to a weight
vector", 1980; H. Groenevelt, "Two algorithms for maximizing a separable concave function over a
polymatroid feasible region", 1991.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from operator import sub

from attrs import frozen

from campaignkit.domain.allocation import Allocation, sainte_lague
from campaignkit.domain.channels import (
    ALL,
    CHANNELS,
    MASKS,
    MEMBERS,
    NO_COUNTS,
    SETS,
    Amounts,
    Channel,
    ChannelCounts,
    PerChannel,
    channel_set,
    read_amounts,
)
from campaignkit.domain.checks import shown, whole
from campaignkit.domain.frozen import FrozenMap
from campaignkit.errors import PlanError
from campaignkit.planning.deal import spread

__all__ = ["Bottleneck", "CountPlan", "Overflow", "Totals", "plan_counts", "read_carried", "solve"]


class Overflow(StrEnum):
    """What becomes of leads that gating keeps from the channel whose turn it is."""

    REASSIGN = "reassign"
    HOLD = "hold"


@frozen
class Bottleneck:
    """A set of channels that wants more leads than it has room for.

    `wanted` is what the target gives these channels together, `room` the most leads that they can
    take together: those eligible for at least one of them, or what caps leave. As room is less
    than wanted, no plan can meet the target.

    >>> print(Bottleneck(frozenset({Channel.SMS, Channel.MAIL}), room=143, wanted=502))
    sms and mail: room for 143, 502 wanted
    """

    channels: frozenset[Channel]
    room: int
    wanted: int

    def __str__(self) -> str:
        *head, last = [channel.value for channel in CHANNELS if channel in self.channels]
        names = f"{', '.join(head)} and {last}" if head else last
        return f"{names}: room for {self.room:,}, {self.wanted:,} wanted"


@frozen
class Totals:
    """What each channel gets, what it would get ungated and uncapped, and what stands between."""

    counts: ChannelCounts
    target: ChannelCounts
    bottlenecks: tuple[Bottleneck, ...]


@frozen
class CountPlan:
    """A plan of leads that are only counted.

    `counts` and `target` are leads for each channel; `by_eligibility` splits the counts over the
    eligibility sets, as they were given; `held` leads have an eligible channel but no room.
    `bottlenecks` is empty exactly when the counts meet the target.
    """

    counts: ChannelCounts
    target: ChannelCounts
    by_eligibility: Mapping[frozenset[Channel], ChannelCounts]
    held: int
    bottlenecks: tuple[Bottleneck, ...]


def plan_counts(
    allocation: Allocation,
    eligible: Mapping[frozenset[Channel], int],
    *,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> CountPlan:
    """Plan leads of which only the number for each set of channels open to them is known.

    As many leads as possible are placed, and among all ways to do so the mix is the fairest: it
    minimises Σ (carried + count)² / share. It takes the same time for 50 leads and for 50
    million. A channel without a share gets nothing. `carried` is what each channel has already
    been given under this allocation, `at_most` the most that it may get now; a channel that
    `at_most` does not name has no such cap. With `Overflow.HOLD` no channel exceeds its share,
    and what does not fit is held.

    Raises:
        PlanError: a set of anything but channels, a number of leads that is none, or an unknown
            overflow.
        CountsError: bad `carried` or `at_most`.

    >>> email, sms = Channel.EMAIL, Channel.SMS
    >>> leads = {frozenset({email, sms}): 10, frozenset({email}): 90}
    >>> planned = plan_counts(Allocation(email=80, sms=20), leads)
    >>> planned.counts[sms], planned.target[sms], str(planned.bottlenecks[0])
    (10, 20, 'sms: room for 10, 20 wanted')
    """
    sets, sizes = _read_eligible(eligible)
    rows = [MASKS[channels] & allocation.mask for channels in sets]
    counted = [0] * (ALL + 1)
    for i, mask in enumerate(rows):
        counted[mask] += sizes[i]
    totals = solve(allocation, counted, carried=carried, at_most=at_most, overflow=overflow)
    matrix = spread(rows, sizes, totals.counts.amounts)
    return CountPlan(
        counts=totals.counts,
        target=totals.target,
        by_eligibility=FrozenMap(
            {channels: ChannelCounts.of(matrix[i]) for i, channels in enumerate(sets)}
        ),
        held=totals.target.total - totals.counts.total,
        bottlenecks=totals.bottlenecks,
    )


def _read_eligible(
    eligible: Mapping[frozenset[Channel], int],
) -> tuple[list[frozenset[Channel]], list[int]]:
    if not isinstance(eligible, Mapping):
        raise PlanError([f"eligible must map sets of channels to leads, not be {shown(eligible)}"])
    found: Counter[frozenset[Channel]] = Counter()
    faults: list[str] = []
    for channels, leads in eligible.items():
        size = whole(leads)
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            faults.append(f"leads must be a whole number of 0 or more, not {shown(leads)}")
            size = 0
        try:
            found[channel_set(channels)] += size
        except (TypeError, ValueError) as error:
            faults.append(f"eligibility set {shown(channels)}: {error}")
    if faults:
        raise PlanError(faults)
    # In an order of its own, so that the plan does not depend on that of the mapping.
    sets = sorted(found, key=MASKS.__getitem__)
    return sets, [found[channels] for channels in sets]


_OVERFLOWS = tuple(Overflow)


def solve(
    allocation: Allocation,
    sizes: Sequence[int],
    *,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
) -> Totals:
    """Return the totals of a plan, given the number of leads for each eligibility mask.

    Shapes: `sizes` has 32 numbers, by mask; the masks hold no channel without a share.

    Raises:
        CountsError: bad `carried` or `at_most`.
        PlanError: an unknown overflow.
    """
    if overflow not in _OVERFLOWS:
        raise PlanError([f"overflow must be {' or '.join(Overflow)}, not {shown(overflow)}"])
    shares = allocation.shares
    before = read_carried(carried)
    leads = sum(sizes[1:])
    target = sainte_lague(shares, leads, before)
    room = _room(sizes)
    if at_most is not None or overflow == Overflow.HOLD:
        _cap(room, _caps(shares, target, before, at_most, Overflow(overflow)))
    free = target if room[ALL] == leads else sainte_lague(shares, room[ALL], before)
    counts = _settle(free, shares, before, room)
    return Totals(
        counts=ChannelCounts.of(counts),
        target=ChannelCounts.of(target),
        bottlenecks=tuple(_bottlenecks(counts, target, room)) if counts != target else (),
    )


def read_carried(carried: PerChannel | None) -> Amounts:
    """Return carried counts in canonical order, 0 where one is absent.

    Raises:
        CountsError: a key that is no channel, or a value that is no count.
    """
    if carried is None:
        return NO_COUNTS.amounts
    if isinstance(carried, ChannelCounts):
        return carried.amounts
    return tuple([amount or 0 for amount in read_amounts(carried, "carried")])


def _caps(
    shares: Amounts,
    target: Sequence[int],
    carried: Amounts,
    at_most: PerChannel | None,
    overflow: Overflow,
) -> Sequence[int | None]:
    named = (None,) * len(shares) if at_most is None else read_amounts(at_most, "at_most")
    if overflow is Overflow.REASSIGN:
        return named
    own = target
    if sharing := sum([k for c, k in enumerate(carried) if shares[c]]):
        fair = sainte_lague(shares, sharing + sum(target), NO_COUNTS.amounts)
        own = [max(0, f - carried[c]) for c, f in enumerate(fair)]
    return [u if (cap := named[c]) is None else min(u, cap) for c, u in enumerate(own)]


def _parts(mask: int) -> tuple[int, ...]:
    """Return the masks of a mask's subsets, in the order in which `_sums` sums them."""
    parts = [0]
    for c in MEMBERS[mask]:
        parts += [part | 1 << c for part in parts]
    return tuple(parts)


_STEPS = tuple(
    tuple((mask, mask ^ 1 << c) for mask in range(ALL + 1) if mask >> c & 1)
    for c in range(len(CHANNELS))
)
"""For each channel, the masks that hold it, each with that mask without it."""

_MEETING = tuple(tuple(m for m in range(ALL + 1) if m & mask) for mask in range(ALL + 1))
"""For each mask, the masks that share a channel with it."""

_PARTS = tuple(_parts(mask) for mask in range(ALL + 1))


def _room(sizes: Sequence[int]) -> list[int]:
    """Return for each set of channels how many leads may use at least one of them."""
    room = [0] * (ALL + 1)
    for eligible, size in enumerate(sizes):
        if size:
            for mask in _MEETING[eligible]:
                room[mask] += size
    return room


def _cap(room: list[int], caps: Sequence[int | None]) -> None:
    """Let no channel take more than its cap: its leads bound a set, or its cap and the others."""
    for c, cap in enumerate(caps):
        if cap is not None:
            for mask, without in _STEPS[c]:
                capped = room[without] + cap
                room[mask] = min(room[mask], capped)


def _sums(amounts: Sequence[int]) -> list[int]:
    """Return for each set of channels the sum of their amounts."""
    sums = [0]
    for amount in amounts:
        sums += [total + amount for total in sums]
    return sums


def _settle(
    free: list[int], shares: Sequence[int], carried: Sequence[int], room: Sequence[int]
) -> list[int]:
    """Return the totals of some channels, given what they share if only their common room binds.

    The set that this overfills most is full in the best plan; it, and the others in the room that
    it leaves them, are settled apart.

    Shapes: a number for each of n channels; `room` for each of their 2^n sets.
    """
    excess = list(map(sub, _sums(free), room))
    worst = max(excess)
    if not worst:
        return free
    full = excess.index(worst)
    counts = [0] * len(free)
    for part, below in ((full, 0), (len(room) - 1 - full, full)):
        members, ground = MEMBERS[part], room[below]
        left = [room[below | some] - ground for some in _PARTS[part]]
        if len(members) == 1:
            counts[members[0]] = left[1]
            continue
        own = [shares[c] for c in members]
        had = [carried[c] for c in members]
        settled = _settle(sainte_lague(own, left[-1], had), own, had, left)
        for c, count in zip(members, settled, strict=True):
            counts[c] = count
    return counts


def _bottlenecks(
    counts: Sequence[int], target: Sequence[int], room: Sequence[int]
) -> list[Bottleneck]:
    """Return, for each channel short of its target, the smallest full set that holds it.

    A channel that is short can only grow at the expense of the others in that set, and as the
    plan is optimal none of these is above its target: so the set wants more than it has room for.
    """
    # What two full sets share is full too, so the smallest is part of all others: the least mask.
    full = [mask for mask, total in enumerate(_sums(counts)) if total == room[mask]]
    short = [c for c, goal in enumerate(target) if counts[c] < goal]
    smallest = {next(mask for mask in full if mask >> c & 1) for c in short}
    found = [
        Bottleneck(SETS[mask], room[mask], sum([target[c] for c in MEMBERS[mask]]))
        for mask in sorted(smallest, key=MEMBERS.__getitem__)
    ]
    found.sort(key=lambda it: it.room - it.wanted)
    return found
