"""The order of ids, and which of them are duplicate, by radix sorts.

Ids are numbers, or bytes: text in UTF-8, whose bytes are ordered as its code points are, or the
sixteen bytes of a UUID. They are compared digit by digit, a digit being up to 32 bits, and only
those that are equal so far take part in the next step.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.frames._parallel import Scalar, look_up, map_blocks

Rows: TypeAlias = NDArray[np.intp]
"""Positions of rows."""

Digits: TypeAlias = NDArray[np.unsignedinteger[Any]]

_DIGIT_BASE = 1 << 32
_SORT_BITS = 16  # NumPy sorts numbers of 16 bits in linear time
_MOST_SLOTS = 4  # ids that fill at least one slot in so many are not sorted


@frozen
class NumberIds:
    """Whole numbers as ids, each stored as its distance from the least, or from 0."""

    distances: NDArray[np.uint64]
    most: int

    @classmethod
    def of(cls, values: NDArray[np.integer[Any]]) -> NumberIds:
        """Return the ids of a column of whole numbers of any width."""
        if not len(values):
            return cls(np.empty(0, np.uint64), 0)
        least, most = int(values.min()), int(values.max())
        kind = np.uint64 if values.dtype.kind == "u" else np.int64
        wide = values.astype(kind, copy=False).view(np.uint64)
        if least >= 0 and most < _MOST_SLOTS * len(values):
            return cls(wide, most)  # close enough to 0 as they are
        return cls(wide - np.uint64(least % (1 << 64)), most - least)

    def __len__(self) -> int:
        return len(self.distances)

    def read_digit(self, at: int, rows: Rows | None = None) -> tuple[Digits, int | None]:
        """Return the digit at a position, of some rows or of all, and the position of the next.

        First come the higher bits, as many as fit, at 0, then the others, then None.
        """
        some = self.distances if rows is None else self.distances.take(rows)
        low = max(0, self.most.bit_length() - _DIGIT_BASE.bit_length() + 1)
        if at:
            return (some & np.uint64((1 << low) - 1)).astype(np.uint32), None
        if not low:
            return some, None
        return (some >> np.uint64(low)).astype(np.uint32), 1


@frozen
class ByteIds:
    """Strings of bytes as ids: one buffer, and where each id starts and ends in it.

    They all have the same length, or are UTF-8, which has no byte of 255.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.integer[Any]]
    ends: NDArray[np.integer[Any]]
    shortest: int
    longest: int

    @classmethod
    def of(cls, data: NDArray[np.uint8], bounds: NDArray[np.integer[Any]]) -> ByteIds:
        """Return the ids of a buffer that holds one after the other: n ids have n + 1 bounds."""
        lengths = np.diff(bounds)
        longest = int(lengths.max(initial=0))
        shortest = int(lengths.min(initial=longest))
        return cls(data, bounds[:-1], bounds[1:], shortest, longest)

    def __len__(self) -> int:
        return len(self.starts)

    def read_digit(self, at: int, rows: Rows | None = None) -> tuple[Digits, int | None]:
        """As in `NumberIds`: as many bytes as fit, each in the base of the values found there.

        So bytes that all ids share take no space, and decimal digits little more than a number.
        """
        starts, ends = self.starts, self.ends
        if rows is not None:
            starts, ends = starts[rows], ends[rows]
        digits = np.zeros(len(starts), np.uint32)
        codes = np.empty(len(starts), np.uint8)
        room = _DIGIT_BASE

        def read_block(block: slice) -> None:
            codes[block] = self._codes(starts[block] + at, ends[block], at)

        def append(numbers: NDArray[np.uint32], base: np.uint32) -> None:
            def append_block(block: slice) -> None:
                digits[block] *= base
                digits[block] += numbers.take(codes[block])

            map_blocks(len(digits), append_block)

        while at < self.longest:
            map_blocks(len(codes), read_block)
            is_there = _find_codes(codes)
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
        """Return the byte at each place; where ids may have ended, 0 is an end, others 1 more."""
        if at < self.shortest:
            return self.data.take(places)
        codes = self.data.take(places, mode="clip")
        codes += np.uint8(1)
        codes *= places < ends
        return codes


IdColumn: TypeAlias = NumberIds | ByteIds
"""A column of ids."""


def _find_codes(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which codes occur; if the range from the first to the last is short, all in it.

    Only the first and the last are found fast. An end, 0, is not in the range.
    """
    is_there = np.zeros(_CODE_COUNT, np.bool_)
    is_there[0] = not codes.all()
    first, last = int((codes - np.uint8(1)).min()) + 1, int(codes.max())
    if last - first < _FEW_CODES:
        is_there[first : last + 1] = True
    else:

        def mark_block(block: slice) -> None:
            is_there[codes[block]] = True

        map_blocks(len(codes), mark_block)
    return is_there


_CODE_COUNT = 256
_FEW_CODES = 16


def scatter(values: NDArray[Scalar], places: Digits | Rows, size: int) -> NDArray[Scalar]:
    """Return an array of a size with each value at its own place, and 0 elsewhere.

    >>> scatter(np.array([7, 8]), np.array([2, 0]), 3).tolist()
    [8, 0, 7]
    """
    at_places = np.zeros(size, values.dtype)

    def write_block(block: slice) -> None:
        at_places[places[block]] = values[block]

    map_blocks(len(values), write_block)
    return at_places


@frozen
class SortedRows:
    """Rows by ascending id."""

    order: Rows

    def in_id_order(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the rows' values in the order of the ids."""
        return look_up(values, self.order)

    def in_row_order(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values, given in the order of the ids, in that of the rows."""
        return scatter(values, self.order, len(values))


@frozen
class SlottedRows:
    """Rows whose ids are close together: each is its row's slot, and no sort is needed.

    `is_taken` tells which slots have a row; None if all have.
    """

    slots: Digits
    is_taken: NDArray[np.bool_] | None
    size: int

    @classmethod
    def of(cls, digits: Digits) -> SlottedRows | None:
        """Return the slots of numbers that all differ and are close together, else None."""
        size = int(digits.max(initial=0)) + 1
        if size > _MOST_SLOTS * len(digits):
            return None
        is_taken = scatter(np.ones(len(digits), np.bool_), digits, size)
        if np.count_nonzero(is_taken) < len(digits):
            return None
        return cls(digits, None if size == len(digits) else is_taken, size)

    def in_id_order(self, values: NDArray[Any]) -> NDArray[Any]:
        """As `SortedRows.in_id_order`."""
        by_slot = scatter(values, self.slots, self.size)
        return by_slot if self.is_taken is None else by_slot[self.is_taken]

    def in_row_order(self, values: NDArray[Any]) -> NDArray[Any]:
        """As `SortedRows.in_row_order`."""
        by_slot = values
        if self.is_taken is not None:
            by_slot = np.empty(self.size, values.dtype)
            by_slot[self.is_taken] = values
        return look_up(by_slot, self.slots)


RowOrder: TypeAlias = SortedRows | SlottedRows


def sort_ids(ids: IdColumn, within: Digits | None = None) -> tuple[RowOrder, NDArray[np.bool_]]:
    """Return the order of rows by id, and which ids, in this order, repeat the one before.

    With `within`, a number for each row, rows with the same id are ordered by that, and repeat one
    another only if it is the same, too.

    >>> order, repeats = sort_ids(NumberIds.of(np.array([7, -2, 7])))
    >>> order.in_id_order(np.array([1, 2, 3])).tolist(), repeats.tolist()
    ([2, 1, 3], [False, False, True])
    """
    digits, at = ids.read_digit(0)
    if (slots := SlottedRows.of(digits)) is not None:
        return slots, np.zeros(len(digits), np.bool_)
    order = sort_by(digits)
    repeats = _find_repeats(digits.take(order))
    del digits
    while at is not None and repeats.any():
        tied = _TiedRows.of(repeats)
        digits, at = ids.read_digit(at, order[tied.places])
        tied.resolve(order, repeats, digits)
    if within is not None and repeats.any():
        tied = _TiedRows.of(repeats)
        tied.resolve(order, repeats, within[order[tied.places]])
    return SortedRows(order), repeats


def sort_by(digits: Digits, order: Rows | None = None) -> Rows:
    """Return rows by ascending digit; of equal digits, in the given order.

    Sixteen bits at a time, the least significant first: a sort in linear time.
    """
    for low in range(0, max(1, int(digits.max(initial=0)).bit_length()), _SORT_BITS):
        part = digits if order is None else digits.take(order)
        if low:
            part = part >> part.dtype.type(low)
        step = np.argsort(part.astype(np.uint16, copy=False), kind="stable")
        order = step if order is None else order.take(step)
    return np.arange(len(digits)) if order is None else order


def _find_repeats(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values equal the one before."""
    repeats = np.zeros(len(values), np.bool_)
    np.equal(values[1:], values[:-1], out=repeats[1:])
    return repeats


@frozen
class _TiedRows:
    """The places in an order whose rows equal a neighbour, and the number of each place's run."""

    places: Rows
    runs: Digits

    @classmethod
    def of(cls, repeats: NDArray[np.bool_]) -> _TiedRows:
        in_run = repeats.copy()
        in_run[:-1] |= repeats[1:]
        places = np.flatnonzero(in_run)
        return cls(places, np.cumsum(~repeats[places], dtype=np.uint32))

    def resolve(self, order: Rows, repeats: NDArray[np.bool_], digits: Digits) -> None:
        """Order the rows of each run by their digits, and mark which are still equal."""
        inner = sort_by(self.runs, sort_by(digits))
        order[self.places] = order[self.places][inner]
        repeats[self.places] &= _find_repeats(digits[inner])
