"""The order of ids, and which of them come twice, by radix sorts.

Ids are numbers, or bytes: text in UTF-8, whose bytes order as its code points do, or the sixteen
bytes of a UUID. They are compared one digit of 32 bits after the other, and only those that are
alike so far take part in the next.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.frames._blocks import in_blocks, look_up

N = TypeVar("N", bound=np.generic)

Rows: TypeAlias = NDArray[np.intp]
"""Numbers of rows."""

Digits: TypeAlias = NDArray[np.unsignedinteger[Any]]

_BASE = 1 << 32
_HALF = 16
_SPARSE = 4  # slots for each id, up to which ids find their places without a sort


class Ids(Protocol):
    """A column of ids."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def digit(self, at: int, rows: Rows | None = None) -> tuple[Digits, int | None]:
        """Return the digit that begins at a place, of some rows or of all, and where the next is.

        The first begins at 0; after the last there is None.
        """
        ...


@frozen
class Numbers:
    """Whole numbers as ids, each given as its distance from the least, or from 0."""

    distances: NDArray[np.uint64]
    most: int

    @classmethod
    def of(cls, values: NDArray[np.integer[Any]]) -> Numbers:
        """Return the ids of a column of whole numbers of any width."""
        if not len(values):
            return cls(np.empty(0, np.uint64), 0)
        least, most = int(values.min()), int(values.max())
        kind = np.uint64 if values.dtype.kind == "u" else np.int64
        wide = values.astype(kind, copy=False).view(np.uint64)
        if least >= 0 and most < _SPARSE * len(values):  # they will do as they are
            return cls(wide, most)
        return cls(wide - np.uint64(least % (1 << 64)), most - least)

    def __len__(self) -> int:
        return len(self.distances)

    def digit(self, at: int, rows: Rows | None = None) -> tuple[Digits, int | None]:
        """As `Ids.digit`: the higher bits, as many as fit, and then the others."""
        some = self.distances if rows is None else self.distances.take(rows)
        low = max(0, self.most.bit_length() - _BASE.bit_length() + 1)
        if at:
            return (some & np.uint64((1 << low) - 1)).astype(np.uint32), None
        if not low:
            return some, None
        return (some >> np.uint64(low)).astype(np.uint32), 1


@frozen
class Bytes:
    """Strings of bytes as ids: one buffer, and where in it each begins and ends.

    They are of one length, or text, in which there is no byte of 255.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.integer[Any]]
    ends: NDArray[np.integer[Any]]
    shortest: int
    longest: int

    @classmethod
    def of(cls, data: NDArray[np.uint8], bounds: NDArray[np.integer[Any]]) -> Bytes:
        """Return the ids of a buffer that holds one after the other, n ids between n + 1 bounds."""
        starts, ends = bounds[:-1], bounds[1:]

        def extremes(block: slice) -> tuple[int, int]:
            lengths = ends[block] - starts[block]
            return int(lengths.min()), int(lengths.max())

        found = in_blocks(len(starts), extremes)
        shortest = min((low for low, _ in found), default=0)
        longest = max((high for _, high in found), default=0)
        return cls(data, starts, ends, shortest, longest)

    def __len__(self) -> int:
        return len(self.starts)

    def digit(self, at: int, rows: Rows | None = None) -> tuple[Digits, int | None]:
        """As `Ids.digit`: as many bytes as fit, where each counts in the base of those found there.

        So what all have in common takes up no room, and ids of decimal numbers are hardly longer
        than these.
        """
        starts, ends = self.starts, self.ends
        if rows is not None:
            starts, ends = starts[rows], ends[rows]
        digits = np.zeros(len(starts), np.uint32)
        codes = np.empty(len(starts), np.uint8)
        room = _BASE

        def read(block: slice) -> None:
            codes[block] = self._codes(starts[block] + at, ends[block], at)

        def append(numbers: NDArray[np.uint32], base: np.uint32) -> None:
            def append_to(block: slice) -> None:
                digits[block] *= base
                digits[block] += numbers.take(codes[block])

            in_blocks(len(digits), append_to)

        while at < self.longest:
            in_blocks(len(codes), read)
            is_there = _found(codes)
            base = int(np.count_nonzero(is_there))
            if room < base:
                return digits, at
            room //= base
            at += 1
            if base > 1:
                append((np.cumsum(is_there) - 1).astype(np.uint32), np.uint32(base))
        return digits, None

    def _codes(
        self, places: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]], at: int
    ) -> NDArray[np.uint8]:
        """Return the byte at each place; once one may be behind an end that is 0, others 1 more."""
        if at < self.shortest:
            return self.data.take(places)
        codes = self.data.take(places, mode="clip")
        codes += np.uint8(1)
        codes *= places < ends
        return codes


def _found(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which codes there are, or, where few lie between the first and the last, all these.

    Only the first and the last are found fast. An end, 0, is none of these.
    """
    is_there = np.zeros(_CODES, np.bool_)
    is_there[0] = not codes.all()
    first, last = int((codes - np.uint8(1)).min()) + 1, int(codes.max())
    if last - first < _FEW:
        is_there[first : last + 1] = True
    else:

        def see(block: slice) -> None:
            is_there[codes[block]] = True

        in_blocks(len(codes), see)
    return is_there


_CODES = 256
_FEW = 16


class Places(Protocol):
    """Where each row stands in the order of the ids."""

    def ordered(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the rows' values in the order of the ids."""
        ...

    def rows(self, ordered: NDArray[Any]) -> NDArray[Any]:
        """Return values in the order of the ids as the rows have them."""
        ...


@frozen
class Sorted:
    """The rows in the order of the ids."""

    order: Rows

    def ordered(self, values: NDArray[Any]) -> NDArray[Any]:
        """As `Places.ordered`."""
        return look_up(values, self.order)

    def rows(self, ordered: NDArray[Any]) -> NDArray[Any]:
        """As `Places.rows`."""
        return scattered(ordered, self.order, len(ordered))


@frozen
class Slotted:
    """A slot of its own for each row, and which slots are taken; None if all are.

    Where ids lie close together nothing need be sorted: they are the numbers of the slots.
    """

    slots: Digits
    is_taken: NDArray[np.bool_] | None
    size: int

    @classmethod
    def of(cls, digits: Digits) -> Slotted | None:
        """Return the slots of numbers that all differ and lie close together, else None."""
        size = int(digits.max(initial=0)) + 1
        if size > _SPARSE * len(digits):
            return None
        is_taken = scattered(np.ones(len(digits), np.bool_), digits, size)
        if np.count_nonzero(is_taken) < len(digits):
            return None
        return cls(digits, None if size == len(digits) else is_taken, size)

    def ordered(self, values: NDArray[Any]) -> NDArray[Any]:
        """As `Places.ordered`."""
        by_slot = scattered(values, self.slots, self.size)
        return by_slot if self.is_taken is None else by_slot[self.is_taken]

    def rows(self, ordered: NDArray[Any]) -> NDArray[Any]:
        """As `Places.rows`."""
        by_slot = ordered
        if self.is_taken is not None:
            by_slot = np.empty(self.size, ordered.dtype)
            by_slot[self.is_taken] = ordered
        return look_up(by_slot, self.slots)


def scattered(values: NDArray[N], places: Digits | Rows, size: int) -> NDArray[N]:
    """Return values put at places of their own among so many; what nobody has is 0.

    >>> scattered(np.array([7, 8]), np.array([2, 0]), 3).tolist()
    [8, 0, 7]
    """
    at_places = np.zeros(size, values.dtype)

    def put(block: slice) -> None:
        at_places[places[block]] = values[block]

    in_blocks(len(values), put)
    return at_places


def places_of(ids: Ids, within: Digits | None = None) -> tuple[Places, NDArray[np.bool_]]:
    """Return the rows' places by ascending id, and which ids in this order repeat the one before.

    With `within`, a number for each row, rows with the same id are ordered by that, and repeat one
    another only where it is the same too.

    >>> places, repeats = places_of(Numbers.of(np.array([7, -2, 7])))
    >>> places.ordered(np.array([1, 2, 3])).tolist(), repeats.tolist()
    ([2, 1, 3], [False, False, True])
    """
    digits, at = ids.digit(0)
    if (slotted := Slotted.of(digits)) is not None:
        return slotted, np.zeros(len(digits), np.bool_)
    order = sort_by(digits)
    repeats = _repeats(digits.take(order))
    del digits
    while at is not None and repeats.any():
        tied = _Tied.of(repeats)
        digits, at = ids.digit(at, order[tied.places])
        tied.resolve(order, repeats, digits)
    if within is not None and repeats.any():
        tied = _Tied.of(repeats)
        tied.resolve(order, repeats, within[order[tied.places]])
    return Sorted(order), repeats


def sort_by(digits: Digits, order: Rows | None = None) -> Rows:
    """Return rows in ascending order of their digits; those alike stay in their order.

    Sixteen bits at a time, least significant first: numpy sorts these in time linear in rows.
    """
    for low in range(0, max(1, int(digits.max(initial=0)).bit_length()), _HALF):
        part = digits if order is None else digits.take(order)
        if low:
            part = part >> part.dtype.type(low)
        step = np.argsort(part.astype(np.uint16, copy=False), kind="stable")
        order = step if order is None else order.take(step)
    return np.arange(len(digits)) if order is None else order


def sort_within(groups: Digits, digits: Digits) -> Rows:
    """Return rows in ascending order of their groups, and in each of their digits.

    It is `sort_by(groups, sort_by(digits))`, but several groups at a time are sorted where they
    stand: so few rows that they stay in the processor's cache.

    Shapes: the digits have at most sixteen bits.

    >>> sort_within(np.array([1, 0, 1], np.uint32), np.array([5, 9, 2], np.uint16)).tolist()
    [1, 2, 0]
    """
    low = _HALF - int(digits.max(initial=0)).bit_length()  # bits that are left for groups
    several = groups >> groups.dtype.type(low)
    sizes = np.bincount(several)
    if len(digits) < len(sizes) * _WORTH_IT:
        return sort_by(groups, sort_by(digits))
    order = sort_by(several)
    within = groups.astype(np.uint16) & np.uint16((1 << low) - 1)
    keys = within << np.uint16(_HALF - low) | digits.astype(np.uint16, copy=False)
    keys = keys.take(order)
    for start, end in pairwise([0, *sizes.cumsum().tolist()]):
        part = order[start:end]
        part[:] = part.take(np.argsort(keys[start:end], kind="stable"))
    return order


_WORTH_IT = 2_048  # rows sorted at once, on average, from which that is quicker


def _repeats(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values are the same as the one before."""
    repeats = np.zeros(len(values), np.bool_)
    np.equal(values[1:], values[:-1], out=repeats[1:])
    return repeats


@frozen
class _Tied:
    """The places in an order whose rows are like a neighbour, and the number of each's run."""

    places: Rows
    runs: Digits

    @classmethod
    def of(cls, repeats: NDArray[np.bool_]) -> _Tied:
        in_run = repeats.copy()
        in_run[:-1] |= repeats[1:]
        places = np.flatnonzero(in_run)
        return cls(places, np.cumsum(~repeats[places], dtype=np.uint32))

    def resolve(self, order: Rows, repeats: NDArray[np.bool_], digits: Digits) -> None:
        """Order the rows of each run by their digits, and see which are still alike."""
        inner = sort_by(self.runs, sort_by(digits))
        order[self.places] = order[self.places][inner]
        repeats[self.places] &= _repeats(digits[inner])
