"""Work on whole columns, some of it at the same time: NumPy and Arrow let other threads run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")
N = TypeVar("N", bound=np.generic)

_BLOCK = 1 << 18
"""So few rows that what is worked out of them stays in a processor's cache."""

_MANY = 1 << 19
"""From so many rows on they are worth threads."""

_PARTS = 8
_THREADS = min(os.cpu_count() or 1, _PARTS)


def side_by_side(rows: int, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what work returns for each item, all of which concern so many rows."""
    if rows < _MANY:
        return [work(item) for item in items]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, items))


def in_blocks(rows: int, work: Callable[[slice], R]) -> list[R]:
    """Do work on so many rows, a block of them at a time, in any order; return what it returned.

    >>> squares = np.arange(3)
    >>> def square(block: slice) -> None:
    ...     squares[block] *= squares[block]
    >>> in_blocks(3, square)
    [None]
    >>> squares.tolist()
    [0, 1, 4]
    """
    return side_by_side(rows, work, (slice(at, at + _BLOCK) for at in range(0, rows, _BLOCK)))


def even_parts(sizes: NDArray[np.int64]) -> list[slice]:
    """Return parts of a column of sizes that add up to about the same.

    More than there are threads: so there are never too many rows in the works.

    >>> even_parts(np.array([3, 4]))
    [slice(0, 2, None)]
    """
    upto = sizes.cumsum()
    rows = int(upto[-1]) if len(upto) else 0
    parts = _PARTS if rows >= _MANY else 1
    inner = np.searchsorted(upto, [rows * part // parts for part in range(1, parts)]).tolist()
    bounds = [0, *inner, len(sizes)]
    return [slice(first, end) for first, end in pairwise(bounds) if first < end]


def count(numbers: NDArray[np.unsignedinteger[Any]], kinds: int) -> NDArray[np.int64]:
    """Return how often each number below `kinds` comes.

    >>> count(np.array([0, 2, 0], np.uint8), 4).tolist()
    [2, 0, 1, 0]
    """
    rows = max(_BLOCK, 4 * kinds)  # of which NumPy makes wide numbers first
    counts = np.zeros(kinds, np.int64)
    for at in range(0, len(numbers), rows):
        counts += np.bincount(numbers[at : at + rows], minlength=kinds)
    return counts


def look_up(table: NDArray[N], numbers: NDArray[Any]) -> NDArray[N]:
    """Return the entries of a table that have these numbers.

    >>> look_up(np.array([10, 11]), np.array([1, 0, 1], np.uint8)).tolist()
    [11, 10, 11]
    """
    found = np.empty(len(numbers), table.dtype)

    def take(block: slice) -> None:
        found[block] = table.take(numbers[block])

    in_blocks(len(numbers), take)
    return found
