"""From totals to leads: split totals over eligibility sets, and deal leads to channels."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, compress, pairwise

from campaignkit.core._channels import CHANNELS, MEMBERS
from campaignkit.core._immutable import T


def distribute(rows: Sequence[int], sizes: Sequence[int], totals: Sequence[int]) -> list[list[int]]:
    """Split each channel's total over the eligibility sets that may fill it.

    Channels that the fewest leads may use choose first, and each takes from its sets in
    proportion to what they have left; where that leaves a channel short, leads change channels
    along a shortest chain until none is.

    Shapes: `rows` are masks, `sizes` their numbers of leads, `totals` a number for each channel
    that can be placed. The result has such a list for each row; its columns add up to `totals`.
    """
    matrix = [[0] * len(CHANNELS) for _ in rows]
    left = list(sizes)
    open_rows = _open_rows(tuple(rows))
    room = [sum(map(sizes.__getitem__, open_to)) for open_to in open_rows]
    short: list[int] = []
    for c in sorted(range(len(CHANNELS)), key=room.__getitem__):
        open_to, taking = open_rows[c], totals[c]
        available = sum(map(left.__getitem__, open_to))
        if taking > available:
            taking = available
            short.append(c)
        seen = taken = 0
        for i in open_to if taking else ():
            free = left[i]
            seen += free
            share = seen * taking // available - taken
            matrix[i][c] = share
            left[i] = free - share
            taken += share
    for c in short:
        missing = totals[c] - sum([matrix[i][c] for i in open_rows[c]])
        while missing:
            missing -= _shift_leads(rows, matrix, left, c, missing)
    return matrix


def split_in_proportion(leads: int, claims: Sequence[int]) -> list[int]:
    """Split leads in proportion to claims, none of which gets more than it claims.

    At least as many leads are claimed as there are.

    >>> split_in_proportion(5, [2, 4, 4])
    [1, 2, 2]
    """
    total = sum(claims)
    parts: list[int] = []
    seen = taken = 0
    for claim in claims:
        seen += claim
        part = seen * leads // (total or 1) - taken
        taken += part
        parts.append(part)
    return parts


@lru_cache(maxsize=1024)  # the same few sets of leads come in every campaign
def _open_rows(rows: Sequence[int]) -> Sequence[Sequence[int]]:
    """Return for each channel the indices of the rows that contain it."""
    return [[i for i, mask in enumerate(rows) if mask >> c & 1] for c in range(len(CHANNELS))]


def _shift_leads(
    rows: Sequence[int], matrix: list[list[int]], left: list[int], short: int, missing: int
) -> int:
    """Move leads to a short channel along a shortest chain; return how many.

    A row without free leads passes some of another channel's on, and that channel is made up for
    by another row, until one has free leads.
    """
    via: dict[int, tuple[int, int]] = {}  # channel: the row that it gave up, and to which channel
    queue = deque([short])
    while (free := _free_row(rows, left, c := queue.popleft())) is None:
        for i, mask in enumerate(rows):
            for other in MEMBERS[mask] if mask >> c & 1 else ():
                if matrix[i][other] and other != short and other not in via:
                    via[other] = i, c
                    queue.append(other)
    chain = [c]
    while chain[-1] != short:
        chain.append(via[chain[-1]][1])
    links = [(via[giver][0], giver, taker) for giver, taker in pairwise(chain)]
    moved = min([missing, left[free], *(matrix[i][giver] for i, giver, _ in links)])
    left[free] -= moved
    matrix[free][c] += moved
    for i, giver, taker in links:
        matrix[i][giver] -= moved
        matrix[i][taker] += moved
    return moved


def _free_row(rows: Sequence[int], left: Sequence[int], channel: int) -> int | None:
    return next((i for i, mask in enumerate(rows) if mask >> channel & 1 and left[i]), None)


def deal(
    ranked: Sequence[T], row: Sequence[int], *, mirrored: bool
) -> Iterator[tuple[int, list[T]]]:
    """Deal the leads of one eligibility set, best first, to channels; yield each with its leads.

    Channels come in ascending order of their numbers. With n leads left, of which x are the
    channel's, the lead at rank r is among them where ⌊((r+1)x + h) / n⌋ > ⌊(rx + h) / n⌋, with
    h = ⌊n/2⌋: so the j-th of them, counted from 1, stands at rank ⌊(jn − h − 1) / x⌋, and they
    are spread evenly about the middle. Leads beyond the sum of `row` are not dealt. If the deal is
    `mirrored`, ranks are counted from the last of those that are dealt.

    >>> list(deal("abcdef", [4, 2, 0, 0, 0], mirrored=False))
    [(1, ['b', 'e']), (0, ['a', 'c', 'd', 'f'])]
    >>> list(deal("abc", [1, 1, 0, 0, 0], mirrored=True))
    [(0, ['b']), (1, ['a'])]
    """
    remaining = list(ranked[: sum(row)])
    if mirrored:
        remaining.reverse()
    for x, c in sorted((x, c) for c, x in enumerate(row) if x):
        n = len(remaining)
        if x == n:  # the last channel takes all that are left
            yield c, remaining[::-1] if mirrored else remaining
            return
        ranks = [v // x for v in range(n - n // 2 - 1, n * x, n)]
        dealt = [remaining[r] for r in ranks]
        if mirrored:
            dealt.reverse()
        yield c, dealt
        keep = bytearray(b"\1") * n
        for r in ranks:
            keep[r] = 0
        remaining = list(compress(remaining, keep))


BLOCK = 8
"""Of so many batches in a row half are mirrored."""

ARRANGEMENTS = [sum(1 << i for i in half) for half in combinations(range(BLOCK), BLOCK // 2)]
"""All ways to mirror half of a block; bit i stands for its i-th batch."""


def is_mirrored(mask: int, *, before: int, placed: int) -> bool:
    """Return whether the deal of an eligibility set is mirrored, so that no channel is favoured.

    A small batch is rounded in the same way each time, to the good of one channel. With `before`
    leads given to the channels in earlier batches and `placed` in this one, ⌊before / placed⌋ is
    the number of this batch among batches of its size. Of each block of eight such numbers, four
    are mirrored: which four is drawn by a hash of the block, the size and the set.

    >>> sum(is_mirrored(0b11, before=2 * day, placed=2) for day in range(800))
    400
    """
    block, number = divmod(before // placed, BLOCK)
    word = _mix_bits(
        _mix_bits(_mix_bits(block & _WORD_MASK) + placed & _WORD_MASK) + mask & _WORD_MASK
    )
    return bool(ARRANGEMENTS[word % len(ARRANGEMENTS)] >> number & 1)


_WORD_MASK = (1 << 64) - 1


def _mix_bits(word: int) -> int:
    """Return a word of 64 bits in which each bit depends on all of the given one.

    Source: the finaliser of SplitMix64; G. L. Steele, D. Lea and C. H. Flood, "Fast splittable
    pseudorandom number generators", 2014; constants by D. Stafford.
    """
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _WORD_MASK
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _WORD_MASK
    return word ^ word >> 31
