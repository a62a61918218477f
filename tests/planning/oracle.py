"""The plan's mathematics once more, slowly and plainly, to hold the library against.

Nothing here knows how the library computes. Counts are plain dicts from channel to int, costs exact
fractions, and leads are given out one at a time wherever that can be waited for.
"""

from __future__ import annotations

import importlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import comb
from typing import Any, NamedTuple, TypeAlias

import campaignkit as ck
from campaignkit import Channel
from campaignkit.domain._lead_ids import LeadId

# scipy has no type hints of its own.
linprog: Callable[..., Any] = importlib.import_module("scipy.optimize").linprog

ORDER = tuple(Channel)

ChannelSet: TypeAlias = frozenset[Channel]
Demand: TypeAlias = Mapping[ChannelSet, int]
Counts: TypeAlias = dict[Channel, int]
Given: TypeAlias = Mapping[Channel, int] | None
Unit: TypeAlias = tuple[Fraction, int]
Matrix: TypeAlias = Mapping[ChannelSet, Mapping[Channel, int]]


class Problem(NamedTuple):
    """How many leads may use which channels, and what the channels weigh, have and may take.

    Only channels with a share are in `shares`, `carried` and `caps`, only such and no empty set in
    `demand`. A channel that `caps` does not name takes as many as come.
    """

    shares: Counts
    demand: dict[ChannelSet, int]
    carried: Counts
    caps: Counts

    @property
    def leads(self) -> int:
        """How many leads have a channel at all."""
        return sum(self.demand.values())


def problem(
    allocation: ck.Allocation,
    demand: Demand,
    carried: Given = None,
    at_most: Given = None,
    overflow: ck.Overflow = ck.Overflow.REASSIGN,
) -> Problem:
    """Return the problem that a call of plan_counts poses."""
    shares = {channel: allocation[channel] for channel in ORDER if allocation[channel]}
    joined: Counter[ChannelSet] = Counter()
    for channels, leads in demand.items():
        if eligible := channels.intersection(shares):
            joined[eligible] += leads
    had = {channel: (carried or {}).get(channel, 0) for channel in shares}
    caps = {channel: cap for channel, cap in (at_most or {}).items() if channel in shares}
    if overflow is ck.Overflow.HOLD:
        due = fair(shares, joined.total() + sum(had.values()))
        for channel in shares:
            room = max(0, due[channel] - had[channel])
            caps[channel] = min(room, caps.get(channel, room))
    return Problem(shares, dict(joined), had, caps)


# --- counts to totals ------------------------------------------------------------------------


def unit(shares: Counts, channel: Channel, number: int) -> Unit:
    """Return what the number-th unit of a channel costs, and its place among equal ones."""
    return Fraction(2 * number - 1, shares[channel]), ORDER.index(channel)


def sainte_lague(shares: Counts, units: int, carried: Given = None) -> Counts:
    """Give one unit after the other to the channel that it costs the least."""
    has = {channel: (carried or {}).get(channel, 0) for channel in shares}
    given = dict.fromkeys(shares, 0)
    for _ in range(units):
        channel = min(shares, key=lambda one: unit(shares, one, has[one] + 1))
        has[channel] += 1
        given[channel] += 1
    return given


def fair(shares: Counts, units: int) -> Counts:
    """Return the same for any number of units, if the shares add up to 100.

    A hundred units are shared exactly, and raise the cost of every next unit by the same.
    """
    hundreds, rest = divmod(units, 100)
    last = sainte_lague(shares, rest)
    return {channel: hundreds * share + last[channel] for channel, share in shares.items()}


def greedy(posed: Problem) -> Counts:
    """Give one unit after the other to the open channel that it costs the least.

    A channel is closed once it cannot grow, which is tried by an augmenting path: a lead that is
    free, or one that another channel gives up because it finds another itself.
    """
    given = dict.fromkeys(posed.shares, 0)
    free = Counter(posed.demand)
    held: Counter[tuple[ChannelSet, Channel]] = Counter()
    channels = set(posed.shares)
    while channels:
        channel = min(
            channels, key=lambda one: unit(posed.shares, one, posed.carried[one] + given[one] + 1)
        )
        full = channel in posed.caps and given[channel] >= posed.caps[channel]
        if full or not _grow(channel, free, held):
            channels.discard(channel)
        else:
            given[channel] += 1
    return given


def _grow(
    channel: Channel, free: Counter[ChannelSet], held: Counter[tuple[ChannelSet, Channel]]
) -> bool:
    came: dict[Channel, tuple[Channel, ChannelSet]] = {}
    queue = deque([channel])
    seen = {channel}
    while queue:
        taker = queue.popleft()
        for channels in free:
            if taker not in channels:
                continue
            if free[channels]:
                free[channels] -= 1
                held[channels, taker] += 1
                while taker != channel:
                    asker, passed = came[taker]
                    held[passed, taker] -= 1
                    held[passed, asker] += 1
                    taker = asker
                return True
            for giver in channels - seen:
                if held[channels, giver]:
                    came[giver] = (taker, channels)
                    seen.add(giver)
                    queue.append(giver)
    return False


def fits(posed: Problem, counts: Counts) -> bool:
    """Tell whether leads can be found for these counts: each in turn, by an augmenting path."""
    free = Counter(posed.demand)
    held: Counter[tuple[ChannelSet, Channel]] = Counter()
    return all(
        counts[channel] <= posed.caps.get(channel, counts[channel])
        and all(_grow(channel, free, held) for _ in range(counts[channel]))
        for channel in counts
    )


def brute_force(posed: Problem) -> Counts:
    """Try all counts there are.

    Best is what places the most leads, then what costs the least. Among equals it is what has the
    earlier units: that is what giving them one at a time, the first channel at a tie, ends in.
    """
    ranges = [
        range(min(posed.leads, posed.caps.get(channel, posed.leads)) + 1)
        for channel in posed.shares
    ]
    for most in range(posed.leads, -1, -1):
        fitting = [
            counts
            for some in product(*ranges)
            if sum(some) == most
            and fits(posed, counts := dict(zip(posed.shares, some, strict=True)))
        ]
        if fitting:
            return min(fitting, key=lambda counts: (cost(posed, counts), units(posed, counts)))
    raise AssertionError(posed)  # no leads at all always fit


def cost(posed: Problem, counts: Mapping[Channel, int]) -> Fraction:
    """Return the sum over the channels of (carried + count)² / share."""
    return sum(
        (
            Fraction((posed.carried[channel] + counts[channel]) ** 2, share)
            for channel, share in posed.shares.items()
        ),
        Fraction(0),
    )


def units(posed: Problem, counts: Counts) -> list[Unit]:
    """Return the units that counts consist of, in the order in which they are given."""
    return sorted(
        unit(posed.shares, channel, posed.carried[channel] + number)
        for channel, count in counts.items()
        for number in range(1, count + 1)
    )


def linear(posed: Problem) -> Counts:
    """Return counts of the least cost from a linear program with an arc for each unit.

    Its matrix is totally unimodular, so its corners are whole. Ties are broken as it likes.
    """
    most = posed.leads
    if most == 0:
        return dict.fromkeys(posed.shares, 0)  # linprog wants at least one variable
    routes = [(row, channel) for row in posed.demand for channel in ORDER if channel in row]
    arcs = [(channel, number) for channel in posed.shares for number in range(1, most + 1)]
    costs = [
        float(unit(posed.shares, channel, posed.carried[channel] + number)[0])
        for channel, number in arcs
    ]
    reward = max(costs, default=0.0) + 1.0  # for each lead placed, more than any lead can cost
    at_most = [
        [*(float(row == of) for of, _ in routes), *(0.0 for _ in arcs)] for row in posed.demand
    ]
    equal = [
        [*(float(to == channel) for _, to in routes), *(-float(to == channel) for to, _ in arcs)]
        for channel in posed.shares
    ]
    bounds = [
        *((0, None) for _ in routes),
        *((0, int(number <= posed.caps.get(channel, most))) for channel, number in arcs),
    ]
    solved = linprog(
        [*(0.0 for _ in routes), *(cost - reward for cost in costs)],
        A_ub=at_most,
        b_ub=list(posed.demand.values()),
        A_eq=equal,
        b_eq=[0.0 for _ in equal],
        bounds=bounds,
        method="highs-ds",
    )
    counts = dict.fromkeys(posed.shares, 0)
    for (channel, _), amount in zip(arcs, solved.x[len(routes) :], strict=True):
        assert abs(amount - round(amount)) < 1e-6
        counts[channel] += round(amount)
    return counts


# --- room, by Hall's condition ---------------------------------------------------------------


def subsets(channels: Iterable[Channel]) -> Iterator[ChannelSet]:
    """Yield all sets of these channels, the smallest first."""
    some = sorted(channels, key=ORDER.index)
    for size in range(len(some) + 1):
        yield from map(frozenset, combinations(some, size))


def can_use(posed: Problem, channels: ChannelSet) -> int:
    """Return how many leads may use at least one of these channels."""
    return sum(leads for row, leads in posed.demand.items() if row & channels)


def room(posed: Problem, channels: ChannelSet) -> int:
    """Return how many leads these channels can take at most.

    By Hall's condition: some of them run out of leads, and the others out of what they may take.
    """
    return min(
        can_use(posed, channels - capped) + sum(posed.caps[channel] for channel in capped)
        for capped in subsets(channels & posed.caps.keys())
    )


def rooms(posed: Problem) -> dict[ChannelSet, int]:
    """Return the room of every set of channels."""
    return {channels: room(posed, channels) for channels in subsets(posed.shares)}


def total(counts: Mapping[Channel, int], channels: Iterable[Channel]) -> int:
    """Return the sum of counts over some channels."""
    return sum(counts[channel] for channel in channels)


def flaws(posed: Problem, counts: Mapping[Channel, int]) -> list[str]:
    """Return what shows that counts are not the one best solution; nothing where they are.

    What fits everywhere, fills all the room there is, and gains nothing by passing one unit from
    one channel to another that could take it, is the best there is: the units are the elements of
    a matroid in which no two weigh the same, once ties go to the first channel.
    """
    space = rooms(posed)
    found = [
        f"{set(channels)} has {total(counts, channels)} of at most {most}"
        for channels, most in space.items()
        if total(counts, channels) > most
    ]
    if total(counts, posed.shares) != space[frozenset(posed.shares)]:
        found.append("leads are left that could be placed")
    for giver, taker in product(posed.shares, repeat=2):
        last = posed.carried[giver] + counts[giver]
        more = posed.carried[taker] + counts[taker] + 1
        if (
            giver != taker
            and counts[giver]
            and unit(posed.shares, taker, more) < unit(posed.shares, giver, last)
            and all(
                total(counts, channels) < most
                for channels, most in space.items()
                if taker in channels and giver not in channels
            )
        ):
            found.append(f"{taker} should get one of {giver}'s")
    return found


def tight_set(posed: Problem, counts: Mapping[Channel, int], channel: Channel) -> ChannelSet:
    """Return the smallest set of channels with this one in it that has all it has room for."""
    tight = [
        channels
        for channels, most in rooms(posed).items()
        if channel in channels and total(counts, channels) == most
    ]
    return min(tight, key=len)


def bottlenecks(
    posed: Problem, counts: Mapping[Channel, int], target: Mapping[Channel, int]
) -> list[tuple[ChannelSet, int, int]]:
    """Return (channels, room, wanted) for each channel short of its target, in the plan's order."""
    found = {
        tight_set(posed, counts, channel)
        for channel in posed.shares
        if counts[channel] < target[channel]
    }
    certified = [(one, room(posed, one), total(target, one)) for one in found]
    return sorted(certified, key=lambda one: (one[1] - one[2], sorted(map(ORDER.index, one[0]))))


# --- totals to rows --------------------------------------------------------------------------


def deal(matrix_row: Mapping[Channel, int]) -> list[Channel]:
    """Return the channel of each rank, dealt rank by rank."""
    dealt = [channel for channel in ORDER if matrix_row[channel] > 0]
    ascending = sorted(dealt, key=lambda channel: (matrix_row[channel], ORDER.index(channel)))
    return [_dealt(rank, matrix_row, ascending) for rank in range(sum(matrix_row.values()))]


def is_mirrored(channels: ChannelSet, before: int, placed: int) -> bool:
    """Tell whether the deal of a set is mirrored, when so many were placed before and are now.

    The ways to choose four of eight are numbered as in a dictionary.
    """
    if placed == 0:
        return False
    number = before // placed
    mask = sum(2 ** ORDER.index(channel) for channel in channels)
    hashed = splitmix(splitmix(splitmix(number // 8) + placed) + mask)
    way, to_choose = hashed % comb(8, 4), 4
    for place in range(8):
        with_it = comb(7 - place, to_choose - 1) if to_choose else 0
        is_chosen = way < with_it
        if place == number % 8:
            return is_chosen
        way, to_choose = (way, to_choose - 1) if is_chosen else (way - with_it, to_choose)
    raise AssertionError(number)  # its place is below eight


def splitmix(word: int) -> int:
    """Return what the generator SplitMix64 makes of its state."""
    word %= 2**64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        word = (word ^ (word // 2**shift)) * factor % 2**64
    return word


def _dealt(rank: int, matrix_row: Mapping[Channel, int], ascending: Sequence[Channel]) -> Channel:
    r, n = rank, sum(matrix_row.values())
    for channel in ascending:
        x = matrix_row[channel]
        h = n // 2
        a = (r * x + h) // n
        b = ((r + 1) * x + h) // n
        if b > a:
            return channel
        r, n = r - a, n - x
    raise AssertionError(rank)  # the last channel takes all that are left


def tier(gate: ck.ALSGate, score: float) -> ck.ALSTier:
    """Return the tier of a score by trying the bounds from the highest down."""
    for warm in (ck.ALSTier.HOT, ck.ALSTier.WARM, ck.ALSTier.COOL, ck.ALSTier.COLD):
        if score >= gate.bounds[warm]:
            return warm
    return ck.ALSTier.DEAD


def eligible(allocation: ck.Allocation, gate: ck.ALSGate, lead: ck.Lead) -> ChannelSet | ck.Reason:
    """Return the channels that a lead may get, or why there are none."""
    if lead.als_score is None:
        return ck.Reason.UNSCORED
    opened = gate.channels(tier(gate, lead.als_score))
    if not opened:
        return ck.Reason.DEAD_TIER
    reached = opened & lead.reachable
    if not reached:
        return ck.Reason.UNREACHABLE
    return frozenset(one for one in reached if allocation[one] > 0) or ck.Reason.NO_SHARE


def groups(
    allocation: ck.Allocation, gate: ck.ALSGate, leads: Iterable[ck.Lead]
) -> dict[ChannelSet, list[ck.Lead]]:
    """Return the leads of each eligibility set, the highest score first, then the least id."""
    grouped: dict[ChannelSet, list[ck.Lead]] = {}
    for lead in leads:
        channels = eligible(allocation, gate, lead)
        if not isinstance(channels, ck.Reason):
            grouped.setdefault(channels, []).append(lead)
    return {channels: sorted(group, key=_by_score) for channels, group in grouped.items()}


def _by_score(lead: ck.Lead) -> tuple[float, Any]:
    assert lead.als_score is not None
    return -lead.als_score, lead.id


class Rows(NamedTuple):
    """Which lead gets which channel, and why the others get none."""

    assignments: dict[LeadId, Channel]
    unassigned: dict[LeadId, ck.Reason]


def rows(
    allocation: ck.Allocation,
    gate: ck.ALSGate,
    leads: Sequence[ck.Lead],
    matrix: Matrix,
    carried: Given = None,
) -> Rows:
    """Return what each lead gets when each eligibility set gets its row of the matrix."""
    before = sum(had for channel, had in (carried or {}).items() if allocation[channel])
    placed = sum(sum(matrix[channels].values()) for channels in groups(allocation, gate, leads))
    assignments: dict[LeadId, Channel] = {}
    unassigned: dict[LeadId, ck.Reason] = {}
    for lead in leads:
        reason = eligible(allocation, gate, lead)
        if isinstance(reason, ck.Reason):
            unassigned[lead.id] = reason
    for channels, group in groups(allocation, gate, leads).items():
        dealt = deal(matrix[channels])
        if is_mirrored(channels, before, placed):
            dealt.reverse()
        assignments.update((lead.id, one) for lead, one in zip(group, dealt, strict=False))
        unassigned.update((lead.id, ck.Reason.HELD) for lead in group[len(dealt) :])
    return Rows(assignments, unassigned)
