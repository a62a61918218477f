"""Work on whole columns in threads: NumPy and Arrow let other threads run meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")
WorkResult = TypeVar("WorkResult")
Scalar = TypeVar("Scalar", bound=np.generic)

_BLOCK_ROWS = 1 << 18
"""A block is so small that intermediate results stay in a processor's cache."""

_ROWS_WORTH_THREADS = 1 << 19
_MOST_THREADS = 8


def map_in_threads(
    rows: int, work: Callable[[Item], WorkResult], items: Iterable[Item]
) -> list[WorkResult]:
    """Return the result of `work` for each item; with many rows, several items at the same time."""
    if rows < _ROWS_WORTH_THREADS:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as pool:
        return list(pool.map(work, items))


def map_blocks(rows: int, work: Callable[[slice], WorkResult]) -> list[WorkResult]:
    """Return the result of `work` for each block of so many rows; blocks are done in any order.

    >>> squares = np.arange(3)
    >>> def square(block: slice) -> None:
    ...     squares[block] *= squares[block]
    >>> map_blocks(3, square)
    [None]
    >>> squares.tolist()
    [0, 1, 4]
    """
    return map_in_threads(
        rows, work, (slice(at, at + _BLOCK_ROWS) for at in range(0, rows, _BLOCK_ROWS))
    )


def split_evenly(sizes: NDArray[np.int64]) -> list[slice]:
    """Return slices of a column of sizes; the sizes of each slice have about the same sum.

    There are more slices than processors, so that not all rows are in work at once.

    >>> split_evenly(np.array([3, 4]))
    [slice(0, 2, None)]
    """
    upto = sizes.cumsum()
    rows = int(upto[-1]) if len(upto) else 0
    parts = _MOST_THREADS if rows >= _ROWS_WORTH_THREADS else 1
    inner = np.searchsorted(upto, [rows * part // parts for part in range(1, parts)]).tolist()
    bounds = [0, *inner, len(sizes)]
    return [slice(first, end) for first, end in pairwise(bounds) if first < end]


def count_numbers(numbers: NDArray[np.unsignedinteger[Any]], kinds: int) -> NDArray[np.int64]:
    """Return how often each number below `kinds` occurs.

    >>> count_numbers(np.array([0, 2, 0], np.uint8), 4).tolist()
    [2, 0, 1, 0]
    """
    rows = max(_BLOCK_ROWS, 4 * kinds)  # NumPy makes wide numbers of them first
    counts = np.zeros(kinds, np.int64)
    for at in range(0, len(numbers), rows):
        counts += np.bincount(numbers[at : at + rows], minlength=kinds)
    return counts


def look_up(table: NDArray[Scalar], numbers: NDArray[Any]) -> NDArray[Scalar]:
    """Return the entries of a table at these positions.

    >>> look_up(np.array([10, 11]), np.array([1, 0, 1], np.uint8)).tolist()
    [11, 10, 11]
    """
    found = np.empty(len(numbers), table.dtype)

    def take(block: slice) -> None:
        # NumPy 2.0 does not take positions of 64 bits without a sign.
        found[block] = table.take(numbers[block].astype(np.intp, copy=False))

    map_blocks(len(numbers), take)
    return found
