"""The centred deal of `campaignkit.planning._deal`, for many sets of leads at once, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from campaignkit.core._channels import CHANNELS
from campaignkit.frames._terms import Terms
from campaignkit.planning._deal import ARRANGEMENTS, BLOCK
from campaignkit.planning._totals import carried_total

NONE = len(CHANNELS)
"""Stands for no channel where channels are numbers."""


def deal_all(
    matrix: NDArray[np.int64], sizes: NDArray[np.int64], mirrored: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Deal the leads of many sets, each best first, to channels; return each lead's channel.

    The ranks that a channel gets are those of `campaignkit.planning._deal.deal`.

    Shapes: `matrix` has a row for each set, a number in it for each channel; `sizes` has the set's
    number of leads, at least the sum of that row, and `mirrored` whether its deal is. The result
    has the leads of the first set, then those of the second...

    >>> row = [4, 2] + [0] * (len(CHANNELS) - 2)
    >>> dealt = deal_all(np.array([row]), np.array([7]), np.array([False]))
    >>> dealt[:6].tolist(), bool(dealt[6] == NONE)
    ([0, 1, 0, 0, 1, 0], True)
    """
    dealt = np.full(int(sizes.sum()), NONE, np.uint8)
    left = matrix.sum(axis=1)
    starts = sizes.cumsum() - sizes
    free = _spans(starts, left)  # where those stand who are yet to be dealt
    if mirrored.any():
        turned = np.where(mirrored, 2 * starts + left - 1, 0).astype(free.dtype)
        np.abs(np.subtract(np.repeat(turned, left), free, out=free), out=free)
    ascending = np.argsort(matrix, axis=1, kind="stable")
    for turn, channels in enumerate(ascending.T, start=1):
        if turn == len(CHANNELS):
            dealt[free] = np.repeat(channels.astype(np.uint8), left)
            break
        x = np.take_along_axis(matrix, channels[:, None], axis=1)[:, 0]
        j = _spans(np.ones_like(x), x)
        ranks = np.repeat(left, x)
        ranks *= j
        ranks -= np.repeat(left // 2 + 1, x)
        ranks //= np.repeat(x, x)
        ranks += np.repeat(left.cumsum() - left, x)
        dealt[free[ranks]] = np.repeat(channels.astype(np.uint8), x)
        keep = np.ones(len(free), np.bool_)
        keep[ranks] = False
        free = free[keep]
        left = left - x
    return dealt


def find_mirrored(terms: Sequence[Terms], matrix: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each campaign which of its eligibility sets have a mirrored deal.

    They are those of `campaignkit.planning._deal.is_mirrored`.

    Shapes: `matrix` has a row for each mask of each campaign, a number in it for each channel; the
    result has a flag for each mask.
    """
    placed = matrix.sum(axis=(1, 2))
    numbers = [  # carried counts may be too large for 64 bits
        carried_total(one.allocation.shares, one.carried.amounts) // max(count, 1)
        for one, count in zip(terms, placed.tolist(), strict=True)
    ]
    blocks = np.array([number // BLOCK & _WORD for number in numbers], np.uint64)
    within = np.array([number % BLOCK for number in numbers], np.uint8)
    masks = np.arange(matrix.shape[1], dtype=np.uint64)
    words = _mix_all(_mix_all(_mix_all(blocks) + placed.astype(np.uint64))[:, None] + masks)
    arrangements = np.array(ARRANGEMENTS, np.uint8)[words % len(ARRANGEMENTS)]
    return (arrangements >> within[:, None] & 1).astype(np.bool_)


_WORD = (1 << 64) - 1


def _mix_all(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return what `_mix` of `campaignkit.planning._deal` gives for each word."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words = (words ^ words >> np.uint64(shift)) * np.uint64(factor)
    return words ^ words >> np.uint64(31)


def _spans(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.signedinteger[Any]]:
    """Return the numbers from each start on, as many as its length, one span after the other.

    >>> _spans(np.array([3, 7]), np.array([2, 1])).tolist()
    [3, 4, 7]
    """
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    kind = np.int32 if max(total, int(starts.max(initial=0))) < _HALF else np.int64
    numbers = np.repeat((starts - (ends - lengths)).astype(kind), lengths)
    numbers += np.arange(total, dtype=kind)
    return numbers


_HALF = 1 << 30
"""Numbers below it take up half the memory, and so do sums of two of them."""
