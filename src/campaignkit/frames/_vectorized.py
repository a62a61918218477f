"""The totals and deals of many campaigns at once, as arrays with a row for each campaign.

Ports of `solve_totals` in `campaignkit.planning._totals`, and of `distribute`, `deal` and
`is_mirrored` in `campaignkit.planning._deal`. The first two are called where numbers may not fit
into 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from campaignkit.core._channels import ALL, CHANNELS
from campaignkit.core._display import DisplayMixin
from campaignkit.core._sentences import format_count
from campaignkit.frames._columns import NO_CHANNEL
from campaignkit.frames._terms import Key, Terms, TermsByCampaign
from campaignkit.planning._deal import ARRANGEMENTS, BLOCK, distribute
from campaignkit.planning._explanations import Place
from campaignkit.planning._totals import Overflow, Totals, carried_total, solve_totals

MASK_COUNT = ALL + 1
"""How many eligibility masks a campaign may have, the empty one among them."""

IntArray: TypeAlias = NDArray[np.int64]

_SAFE_FACTOR = 1 << 31 - len(CHANNELS)
"""The product of two sums of a number below it for each mask fits into 64 bits."""


@frozen(eq=False)
class Plans(DisplayMixin, Mapping[Key | None, Totals]):
    """The totals of each campaign, computed when they are read.

    Shapes: `sizes` has a row of numbers of leads, by mask, for each campaign in the order of
    `terms`; the first, of leads without an eligible channel, is ignored.
    """

    terms: TermsByCampaign
    sizes: IntArray
    _rows: dict[Key | None, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_rows", {key: row for row, key in enumerate(self.terms)})

    def __getitem__(self, key: Key | None) -> Totals:
        key = self.terms.find_key(key)
        return _solve_one(self.terms[key], self.sizes[self._rows[key]].tolist())

    def pick(self, key: Key) -> Plans:
        """Return the totals of one campaign."""
        key = cast("Key", self.terms.find_key(key))
        return Plans(TermsByCampaign({key: self.terms[key]}), self.sizes[[self._rows[key]]])

    def find_place(self, key: Key | None, mask: int, rank: int) -> Place:
        """Return the place of a lead among those of its campaign with the same eligibility mask."""
        sizes = self.sizes[self._rows[key]].tolist()
        masks = [mask for mask, size in enumerate(sizes) if mask and size]
        rows = distribute(masks, [sizes[mask] for mask in masks], self[key].counts.amounts)
        return Place(rows[masks.index(mask)], sizes[mask], rank)

    def __iter__(self) -> Iterator[Key | None]:
        return iter(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    def __str__(self) -> str:
        return f"totals of {format_count(len(self), 'campaign')}"

    def _repr_arguments(self) -> None:
        return None


def _solve_one(terms: Terms, sizes: Sequence[int]) -> Totals:
    return solve_totals(
        terms.allocation,
        _MASKS[1:],
        sizes[1:],
        carried=terms.carried,
        at_most=terms.at_most,
        overflow=terms.overflow,
    )


def distribute_all(terms: Sequence[Terms], sizes: IntArray) -> IntArray:
    """Return for each campaign what each channel gets of each of its eligibility sets.

    Shapes: `sizes` has a row of numbers, by mask, for each campaign; the first is ignored. The
    result has a matrix for each campaign: a row for each mask, a number in it for each channel.

    >>> from campaignkit import Allocation
    >>> sizes = np.zeros((1, MASK_COUNT), np.int64)
    >>> sizes[0, 0b00011] = 10
    >>> distribute_all([Terms(Allocation(email=80, linkedin=20))], sizes)[0, 0b00011][:2].tolist()
    [8, 2]
    """
    sizes = sizes.copy()
    sizes[:, 0] = 0
    largest = max(int(sizes.max(initial=0)), *(max(one.carried.amounts) for one in terms), 0)
    if largest >= _SAFE_FACTOR:
        rows = sizes.tolist()
        counts = [_solve_one(one, row).counts for one, row in zip(terms, rows, strict=True)]
        each = [distribute(_MASKS, row, c.amounts) for row, c in zip(rows, counts, strict=True)]
        return np.array(each, np.int64)
    totals = _solve_totals_all(terms, sizes)
    matrix, is_short = _distribute_in_proportion(sizes, totals)
    for row in np.flatnonzero(is_short).tolist():
        matrix[row] = distribute(_MASKS, sizes[row].tolist(), totals[row].tolist())
    return matrix


_MASKS = range(MASK_COUNT)


# --- totals --------------------------------------------------------------------------------------


def _solve_totals_all(terms: Sequence[Terms], sizes: IntArray) -> IntArray:
    """Return how many leads each channel gets, as `solve_totals` does, in a row per campaign.

    Campaigns with caps, with leads to hold, or with a bottleneck are solved one by one.
    """
    by_channel = (len(terms), len(CHANNELS))
    shares = np.array([one.allocation.shares for one in terms], np.int64).reshape(by_channel)
    carried = np.array([one.carried.amounts for one in terms], np.int64).reshape(by_channel)
    capacities = sizes @ _OVERLAPS
    counts = _sainte_lague_all(shares, capacities[:, -1], carried)
    is_special = [bool(one.at_most) or one.overflow is Overflow.HOLD for one in terms]
    is_overfilled = (counts @ _CONTAINS > capacities).any(axis=1)
    for row in np.flatnonzero(is_overfilled | np.array(is_special, np.bool_)).tolist():
        counts[row] = _solve_one(terms[row], sizes[row].tolist()).counts.amounts
    return counts


_OVERLAPS = np.array([[int(mask & other > 0) for other in _MASKS] for mask in _MASKS])
"""Which masks share a channel."""

_CONTAINS = np.array([[mask >> c & 1 for mask in _MASKS] for c in range(len(CHANNELS))])
"""Which masks hold which channel."""


def _sainte_lague_all(shares: IntArray, units: IntArray, carried: IntArray) -> IntArray:
    """Return what `sainte_lague` gives for each row."""
    given = _round_quotas_all(shares, units, carried)
    missing = units - given.sum(axis=1)
    while len(rows := np.flatnonzero(missing > 0)):
        costs = 2 * (carried[rows] + given[rows]) + 1
        given[rows, _find_best_positions(costs, shares[rows], np.less)] += 1
        missing[rows] -= 1
    while len(rows := np.flatnonzero(missing < 0)):
        has_some = given[rows] > 0
        costs = np.where(has_some, 2 * (carried[rows] + given[rows]) - 1, 0)
        given[
            rows, _find_best_positions(costs, np.where(has_some, shares[rows], 1), np.greater_equal)
        ] -= 1
        missing[rows] += 1
    return given


def _round_quotas_all(shares: IntArray, units: IntArray, carried: IntArray) -> IntArray:
    """Return each position's quota of all units, rounded to the nearest, less what it carries."""
    while True:
        weight = shares.sum(axis=1, keepdims=True)
        due = units[:, None] + carried.sum(axis=1, keepdims=True)
        given: IntArray = (2 * due * shares + weight) // np.maximum(2 * weight, 1) - carried
        given[units == 0] = 0
        has_more = given < 0
        if not has_more.any():
            return given
        shares, carried = np.where(has_more, 0, shares), np.where(has_more, 0, carried)


def _find_best_positions(costs: IntArray, shares: IntArray, beats: np.ufunc) -> NDArray[np.intp]:
    """Return for each row the position whose cost by share beats those before it."""
    rows, best = np.arange(len(costs)), np.zeros(len(costs), np.intp)
    for c in range(1, costs.shape[1]):
        wins = beats(costs[:, c] * shares[rows, best], costs[rows, best] * shares[:, c])
        best[wins] = c
    return best


# --- totals by eligibility set -------------------------------------------------------------------


def _distribute_in_proportion(
    sizes: IntArray, totals: IntArray
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Split totals over sets in proportion, and return which campaigns that leaves short."""
    masks = np.flatnonzero(sizes.any(axis=0))  # most are in no campaign
    left, holds = sizes[:, masks], _CONTAINS[:, masks]
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


# --- the deal ------------------------------------------------------------------------------------


def deal_all(matrix: IntArray, sizes: IntArray, mirrored: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the channel of each lead of many eligibility sets, whose leads come best first.

    The ranks that a channel gets are those of `campaignkit.planning._deal.deal`.

    Shapes: `matrix` has a row for each set, a number in it for each channel; `sizes` has the set's
    number of leads, at least the sum of that row, and `mirrored` whether its deal is mirrored. The
    result has the leads of the first set, then those of the second, and so on.

    >>> row = [4, 2] + [0] * (len(CHANNELS) - 2)
    >>> channel_of = deal_all(np.array([row]), np.array([7]), np.array([False]))
    >>> channel_of[:6].tolist(), bool(channel_of[6] == NO_CHANNEL)
    ([0, 1, 0, 0, 1, 0], True)
    """
    channel_of = np.full(int(sizes.sum()), NO_CHANNEL, np.uint8)
    left = matrix.sum(axis=1)
    starts = sizes.cumsum() - sizes
    free = _join_ranges(starts, left)  # places of the leads that are yet to be dealt
    if mirrored.any():
        turned = np.where(mirrored, 2 * starts + left - 1, 0).astype(free.dtype)
        np.abs(np.subtract(np.repeat(turned, left), free, out=free), out=free)
    ascending = np.argsort(matrix, axis=1, kind="stable")
    for turn, channels in enumerate(ascending.T, start=1):
        if turn == len(CHANNELS):
            channel_of[free] = np.repeat(channels.astype(np.uint8), left)
            break
        x = np.take_along_axis(matrix, channels[:, None], axis=1)[:, 0]
        j = _join_ranges(np.ones_like(x), x)
        ranks = np.repeat(left, x)
        ranks *= j
        ranks -= np.repeat(left // 2 + 1, x)
        ranks //= np.repeat(x, x)
        ranks += np.repeat(left.cumsum() - left, x)
        channel_of[free[ranks]] = np.repeat(channels.astype(np.uint8), x)
        keep = np.ones(len(free), np.bool_)
        keep[ranks] = False
        free = free[keep]
        left = left - x
    return channel_of


def find_mirrored(terms: Sequence[Terms], matrix: IntArray) -> NDArray[np.bool_]:
    """Return what `campaignkit.planning._deal.is_mirrored` says of each campaign's sets.

    Shapes: `matrix` has a row for each mask of each campaign, a number in it for each channel; the
    result has a flag for each mask.
    """
    placed = matrix.sum(axis=(1, 2))
    numbers = [  # carried counts may be too large for 64 bits
        carried_total(one.allocation.shares, one.carried.amounts) // max(count, 1)
        for one, count in zip(terms, placed.tolist(), strict=True)
    ]
    blocks = np.array([number // BLOCK & _WORD_MAX for number in numbers], np.uint64)
    within = np.array([number % BLOCK for number in numbers], np.uint8)
    masks = np.arange(matrix.shape[1], dtype=np.uint64)
    words = _mix_bits_all(
        _mix_bits_all(_mix_bits_all(blocks) + placed.astype(np.uint64))[:, None] + masks
    )
    arrangements = np.array(ARRANGEMENTS, np.uint8)[words % len(ARRANGEMENTS)]
    return (arrangements >> within[:, None] & 1).astype(np.bool_)


_WORD_MAX = (1 << 64) - 1


def _mix_bits_all(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return what `_mix_bits` of `campaignkit.planning._deal` gives for each word."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words = (words ^ words >> np.uint64(shift)) * np.uint64(factor)
    return words ^ words >> np.uint64(31)


def _join_ranges(starts: IntArray, lengths: IntArray) -> NDArray[np.signedinteger[Any]]:
    """Return ranges of numbers, given by their starts and lengths, one after the other.

    >>> _join_ranges(np.array([3, 7]), np.array([2, 1])).tolist()
    [3, 4, 7]
    """
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    kind = np.int32 if max(total, int(starts.max(initial=0))) < _INT32_SUM_BOUND else np.int64
    numbers = np.repeat((starts - (ends - lengths)).astype(kind), lengths)
    numbers += np.arange(total, dtype=kind)
    return numbers


_INT32_SUM_BOUND = 1 << 30
"""Numbers below it take up half the memory, and so do sums of two of them."""
