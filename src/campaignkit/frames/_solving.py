"""From the leads of many campaigns, counted by eligibility set, to what each set gets.

The same steps as `solve_totals` in `campaignkit.planning._totals` and `distribute` in
`campaignkit.planning._deal`, with a row for each campaign. Those two are called where numbers may
not fit into 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from campaignkit.core._channels import ALL, CHANNELS, MEMBERS
from campaignkit.frames._ordering import Rows
from campaignkit.frames._terms import Key, Terms, TermsByCampaign
from campaignkit.planning._deal import distribute
from campaignkit.planning._totals import Overflow, Totals, solve_totals

SETS_OF_EACH = ALL + 1
"""How many eligibility masks a campaign may have, the empty one among them."""

Counts: TypeAlias = NDArray[np.int64]

_LARGE = 1 << 31 - len(CHANNELS)
"""The product of two sums of a number below it for each mask fits into 64 bits."""


@frozen(eq=False, repr=False)
class Plans(Mapping[Key | None, Totals]):
    """The totals of each campaign, worked out when they are asked for.

    Shapes: `sizes` has a row of numbers of leads, by mask, for each campaign in the order of
    `terms`; what stands for no channel is not looked at.
    """

    terms: TermsByCampaign
    sizes: Counts
    _rows: dict[Key | None, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_rows", {key: row for row, key in enumerate(self.terms)})

    def __getitem__(self, key: Key | None) -> Totals:
        key = self.terms.own(key)
        return _settled(self.terms[key], self.sizes[self._rows[key]].tolist())

    def __iter__(self) -> Iterator[Key | None]:
        return iter(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


def _settled(terms: Terms, sizes: Sequence[int]) -> Totals:
    return solve_totals(
        terms.allocation,
        [0, *sizes[1:]],
        carried=terms.carried,
        at_most=terms.at_most,
        overflow=terms.overflow,
    )


def spread_all(terms: Sequence[Terms], sizes: Counts) -> Counts:
    """Return for each campaign what each channel gets of each of its eligibility sets.

    Shapes: `sizes` has a row of numbers, by mask, for each campaign; what stands for no channel is
    not looked at. The result has a matrix for each campaign: a row for each mask, a number in it
    for each channel.

    >>> from campaignkit import Allocation
    >>> sizes = np.zeros((1, SETS_OF_EACH), np.int64)
    >>> sizes[0, 0b00011] = 10
    >>> spread_all([Terms(Allocation(email=80, linkedin=20))], sizes)[0, 0b00011][:2].tolist()
    [8, 2]
    """
    sizes = sizes.copy()
    sizes[:, 0] = 0
    largest = max(int(sizes.max(initial=0)), *(max(one.carried.amounts) for one in terms), 0)
    if largest >= _LARGE:
        each = [_spread_alone(one, row) for one, row in zip(terms, sizes.tolist(), strict=True)]
        return np.array(each, np.int64)
    totals = _solve_all(terms, sizes)
    matrix, is_short = _spread_in_proportion(sizes, totals)
    for row in np.flatnonzero(is_short).tolist():
        matrix[row] = distribute(_MASKS, sizes[row].tolist(), totals[row].tolist())
    return matrix


def _spread_alone(terms: Terms, sizes: Sequence[int]) -> list[list[int]]:
    return distribute(_MASKS, sizes, _settled(terms, sizes).counts.amounts)


_MASKS = range(SETS_OF_EACH)


# --- totals --------------------------------------------------------------------------------------


def _solve_all(terms: Sequence[Terms], sizes: Counts) -> Counts:
    """Return how many leads each channel gets, as `solve_totals` does, in a row per campaign."""
    by_channel = (len(terms), len(CHANNELS))
    shares = np.array([one.allocation.shares for one in terms], np.int64).reshape(by_channel)
    carried = np.array([one.carried.amounts for one in terms], np.int64).reshape(by_channel)
    room = sizes @ _MEET
    _cap_all(room, terms)
    holds = np.array([one.overflow is Overflow.HOLD for one in terms], np.bool_)
    counts = np.empty_like(shares)
    counts[~holds] = _Shared(shares[~holds], carried[~holds], room[~holds]).settle()
    own = _own_all(shares[holds], carried[holds], sizes[holds].sum(axis=1))
    counts[holds] = _Shared(shares[holds], carried[holds], room[holds]).hold(own)
    return counts


_MEET = np.array([[int(mask & other > 0) for other in _MASKS] for mask in _MASKS])
"""Which masks share a channel."""

_HOLDS = np.array([[mask >> c & 1 for mask in _MASKS] for c in range(len(CHANNELS))])
"""Which masks hold which channel."""


def _cap_all(room: Counts, terms: Sequence[Terms]) -> None:
    """Let no channel take more than its cap: its leads bound a set, or its cap and the others."""
    for row, one in enumerate(terms):
        for channel, cap in (one.at_most or {}).items():
            c = CHANNELS.index(channel)
            with_it = np.flatnonzero(_HOLDS[c])
            without = with_it ^ 1 << c
            capped = room[row, without] + min(cap, int(room[row, 1 << c]))
            room[row, with_it] = np.minimum(room[row, with_it], capped)


def _own_all(shares: Counts, carried: Counts, leads: Counts) -> Counts:
    """Return how many leads each channel may get until it has its share of all there are."""
    had = np.where(shares > 0, carried, 0).sum(axis=1)
    fair = _sainte_lague_all(shares, had + leads, np.zeros_like(carried))
    target = _sainte_lague_all(shares, leads, carried)
    own: Counts = np.where(had[:, None] > 0, np.maximum(0, fair - carried), target)
    return own


@frozen
class _Shared:
    """Room that channels share, with a row for each campaign.

    Shapes: shares and carried counts of n channels, and `remaining` for each of their 2^n sets.
    """

    shares: Counts
    carried: Counts
    room: Counts

    def settle(self) -> Counts:
        """Return the channels' totals where they share all the room there is."""
        counts = _sainte_lague_all(self.shares, self.room[:, -1], self.carried)
        for full, rows in self._overfilled(counts):
            others = self.room.shape[1] - 1 - full
            self._settle_part(counts, rows, full, 0)
            self._settle_part(counts, rows, others, full)
        return counts

    def hold(self, own: Counts) -> Counts:
        """Return the channels' totals where none may have more than its own."""
        counts = own.copy()
        for full, rows in self._overfilled(counts):
            self._settle_part(counts, rows, full, 0)
        return counts

    def _overfilled(self, counts: Counts) -> list[tuple[int, Rows]]:
        """Return sets that counts overfill most, the smallest of several, each with its rows."""
        members = _HOLDS[: counts.shape[1], : self.room.shape[1]]
        full: Rows = np.argmax(counts @ members - self.room, axis=1)
        return [(mask, np.flatnonzero(full == mask)) for mask in set(full.tolist()) if mask]

    def _settle_part(self, counts: Counts, rows: Rows, part: int, full: int) -> None:
        """Set the totals of a part of the channels, in the room that a full set leaves them."""
        at = rows[:, None], np.array(MEMBERS[part])
        parts = np.array([some | full for some in range(part + 1) if some & part == some])
        left = self.room[rows[:, None], parts] - self.room[rows, full, None]
        counts[at] = _Shared(self.shares[at], self.carried[at], left).settle()


def _sainte_lague_all(shares: Counts, units: Counts, carried: Counts) -> Counts:
    """Return what `sainte_lague` gives for each row."""
    given = _rounded_all(shares, units, carried)
    missing = units - given.sum(axis=1)
    while len(rows := np.flatnonzero(missing > 0)):
        costs = 2 * (carried[rows] + given[rows]) + 1
        given[rows, _best(costs, shares[rows], np.less)] += 1
        missing[rows] -= 1
    while len(rows := np.flatnonzero(missing < 0)):
        has_some = given[rows] > 0
        costs = np.where(has_some, 2 * (carried[rows] + given[rows]) - 1, 0)
        given[rows, _best(costs, np.where(has_some, shares[rows], 1), np.greater_equal)] -= 1
        missing[rows] += 1
    return given


def _rounded_all(shares: Counts, units: Counts, carried: Counts) -> Counts:
    """Return what each position lacks of its quota of all units, rounded to the nearest."""
    while True:
        weight = shares.sum(axis=1, keepdims=True)
        due = units[:, None] + carried.sum(axis=1, keepdims=True)
        given: Counts = (2 * due * shares + weight) // np.maximum(2 * weight, 1) - carried
        given[units == 0] = 0
        has_more = given < 0
        if not has_more.any():
            return given
        shares, carried = np.where(has_more, 0, shares), np.where(has_more, 0, carried)


def _best(costs: Counts, shares: Counts, beats: np.ufunc) -> NDArray[np.intp]:
    """Return in each row the position whose cost by share beats all before and is not beaten."""
    rows, best = np.arange(len(costs)), np.zeros(len(costs), np.intp)
    for c in range(1, costs.shape[1]):
        wins = beats(costs[:, c] * shares[rows, best], costs[rows, best] * shares[:, c])
        best[wins] = c
    return best


# --- who of which set ----------------------------------------------------------------------------


def _spread_in_proportion(sizes: Counts, totals: Counts) -> tuple[Counts, NDArray[np.bool_]]:
    """Return each set's part in each channel's total, and which campaigns that leaves short."""
    masks = np.flatnonzero(sizes.any(axis=0))  # most are in no campaign
    left, holds = sizes[:, masks], _HOLDS[:, masks]
    parts = np.zeros((len(sizes), len(CHANNELS), len(masks)), np.int64)
    rows = np.arange(len(sizes))
    is_short = np.zeros(len(sizes), np.bool_)
    for channel in np.argsort(left @ holds.T, axis=1, kind="stable").T:
        free = np.where(holds[channel], left, 0)
        available, wanted = free.sum(axis=1), totals[rows, channel]
        taking = np.minimum(wanted, available)
        taken = free.cumsum(axis=1) * taking[:, None] // np.maximum(available, 1)[:, None]
        taken[:, 1:] -= taken[:, :-1].copy()
        parts[rows, channel] = taken
        left -= taken
        is_short |= taking < wanted
    matrix = np.zeros((*sizes.shape, len(CHANNELS)), np.int64)
    matrix[:, masks] = parts.transpose(0, 2, 1)
    return matrix, is_short
