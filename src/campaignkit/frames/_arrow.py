"""Columns of a frame in memory, read through Arrow as ids, scores and flags."""

from __future__ import annotations

import importlib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, TypeAlias, cast
from uuid import UUID

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.domain._gate import TOP_SCORE
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.domain._scale import FULL_SCALE, Scale
from campaignkit.domain._yes_no import YES_OR_NO, read_yes_no
from campaignkit.frames._columns import (
    EXAMPLES,
    bad_flags_error,
    bad_ids_error,
    bad_scores_error,
    column_kind_error,
    missing_error,
)
from campaignkit.frames._parallel import map_blocks
from campaignkit.frames._radix_sort import ByteIds, IdColumn, NumberIds
from campaignkit.frames._scale import map_numbers

# PyArrow has no type hints.
pa: Any = importlib.import_module("pyarrow")
pc: Any = importlib.import_module("pyarrow.compute")

IDS = "all text, all whole numbers of up to 64 bits, or all UUIDs"

_STARTS_SPACE, _ENDS_SPACE = (
    np.isin(np.arange(256), [char.encode()[at] for char in WHITE_SPACE]) for at in (0, -1)
)

_BOOLS: frozenset[type] = frozenset({bool, np.bool_})

Scores: TypeAlias = NDArray[Any]
"""Bytes if all scores are whole, with `NO_SCORE` for none; otherwise floats, with NaN for none."""

NO_SCORE = TOP_SCORE + 1


def find_scored(scores: Scores) -> NDArray[np.bool_]:
    """Return which leads have a score."""
    return scores != NO_SCORE if scores.dtype == np.uint8 else ~np.isnan(scores)


@frozen
class ArrowColumn:
    """A column of a frame: its name, its values as one Arrow array, and its own type in words."""

    name: str
    values: Any
    kind: str

    @classmethod
    def of(cls, series: nw.Series[Any], name: str, wanted: str, faults: list[str]) -> ArrowColumn:
        """Return a series as a column; if it is a mixture, one without rows, and add the fault."""
        native: Any = series.to_native()
        kind = str(getattr(native, "dtype", getattr(native, "type", None)))
        values: Any = None
        if not len(series) and series.implementation.is_pandas():
            values = pa.nulls(0)  # pandas gives empty columns the type of floats
        elif series.dtype != nw.Object:
            with suppress(pa.ArrowException, UnicodeError):  # such as a category of several types
                values = cast("Any", series).to_arrow()
        if values is None:
            objects: list[Any] = [None if _is_missing(it) else it for it in series.to_list()]
            kinds: set[type[Any]] = {type(value) for value in objects if value is not None}
            kind = f"objects of {' and '.join(sorted(one.__name__ for one in kinds))}"
            values = read_objects(objects, kinds)
        if values is None:
            faults.append(column_kind_error(name, wanted, kind))
            return cls(name, pa.nulls(0), kind)
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if pa.types.is_run_end_encoded(values.type):
            values = pc.run_end_decode(values)
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        if pa.types.is_string_view(values.type):  # which few functions of Arrow take
            values = pc.cast(values, pa.large_string())
        return cls(name, values, kind)

    def read_flags(self, faults: list[str]) -> NDArray[np.bool_]:
        """Return the flags as booleans; null is false."""
        kind = self.values.type
        if pa.types.is_boolean(kind):
            filled = pc.fill_null(self.values, False)  # noqa: FBT003  # it takes no name
            flags: NDArray[np.bool_] = filled.to_numpy(zero_copy_only=False)
            return flags
        if _is_number_type(kind):
            numbers = self._numbers()
            flags = numbers == 1
            bad = ~(flags | (numbers == 0) | np.isnan(numbers))
        elif _is_text_type(kind):
            encoded = pc.dictionary_encode(self.values)
            meanings = [*map(read_yes_no, encoded.dictionary.to_pylist()), False]
            words = pc.fill_null(encoded.indices, len(meanings) - 1).to_numpy()
            flags = np.array([bool(one) for one in meanings])[words]
            bad = np.array([one is None for one in meanings])[words]
        else:
            if not pa.types.is_null(kind):
                faults.append(column_kind_error(self.name, YES_OR_NO, self.kind))
            return np.zeros(len(self.values), np.bool_)
        rows = np.flatnonzero(bad)
        if len(rows):
            some = self.values.take(pa.array(rows)).to_numpy(zero_copy_only=False)
            first = np.sort(some)[:EXAMPLES].tolist()
            faults.append(bad_flags_error(self.name, len(rows), first))
        return flags

    def _numbers(self) -> NDArray[Any]:
        """Return whole numbers without nulls as they are, and others as floats; null is NaN."""
        values: Any = self.values
        if pa.types.is_decimal(values.type):
            values = pc.cast(values, pa.float64())
        numbers: NDArray[Any] = values.to_numpy(zero_copy_only=False)
        return numbers

    def read_scores(self, faults: list[str], scale: Scale | None = None) -> Scores:
        """Return the scores, mapped from a scale if there is one."""
        bounds = scale or FULL_SCALE
        nothing = np.full(len(self.values), NO_SCORE, np.uint8)
        if pa.types.is_null(self.values.type):
            return nothing
        if not _is_number_type(self.values.type):
            faults.append(column_kind_error(self.name, f"numbers {bounds}", self.kind))
            return nothing
        raw = self._numbers()
        numbers = raw if scale is None else map_numbers(scale, raw)
        bad = (numbers < FULL_SCALE.low) | (numbers > FULL_SCALE.high)
        if rows := int(np.count_nonzero(bad)):
            some = np.sort(raw[bad])[:EXAMPLES].tolist()
            faults.append(bad_scores_error(self.name, rows, some, bounds))
            return nothing
        if numbers.dtype.kind != "f":
            return numbers.astype(np.uint8)
        filled = np.where(np.isnan(numbers), NO_SCORE, numbers)
        whole = filled.astype(np.uint8)
        return whole if np.array_equal(whole, filled) else numbers.astype(np.float64)

    def as_ids(self, faults: list[str]) -> ArrowColumn:
        """Return the column with its ids trimmed, and null for missing and bad ids."""
        if not self._check_id_kind(faults):
            return ArrowColumn(self.name, pa.nulls(len(self.values)), self.kind)
        if self.values.null_count:
            faults.append(missing_error(self.name, self.values.null_count))
        if not _is_text_type(self.values.type):
            return self
        rows = np.flatnonzero(_may_need_trimming(_to_bytes(self.values)))
        some = self.values.take(pa.array(rows))
        if not pc.any(pc.or_(_is_bad_id(some), pc.not_equal(_trim(some), some))).as_py():
            return self
        is_bad = _is_bad_id(self.values)
        bad = self.values.filter(is_bad)
        if len(bad):
            first = pc.unique(bad).sort()[:EXAMPLES].to_pylist()
            faults.append(bad_ids_error(self.name, len(bad), first))
        return ArrowColumn(self.name, pc.if_else(is_bad, None, _trim(self.values)), self.kind)

    def read_ids(self) -> IdColumn:
        """Return the ids of a column that `as_ids` returned, without the nulls."""
        values, kind = self.values.drop_null(), self.values.type
        if pa.types.is_null(kind):
            return NumberIds.of(np.empty(0, np.int64))
        if pa.types.is_integer(kind):
            return NumberIds.of(values.to_numpy())
        if isinstance(kind, pa.UuidType):
            width = kind.storage_type.byte_width
            bounds = np.arange(len(values) + 1) * width
            offset = values.offset * width
            return ByteIds.of(_read_buffer(values.storage, 1, np.uint8)[offset:], bounds)
        return _to_bytes(values)

    def _check_id_kind(self, faults: list[str]) -> bool:
        """Return whether the column may hold ids; add the fault if it may not."""
        kind = self.values.type
        if (
            pa.types.is_integer(kind)
            or _is_text_type(kind)
            or isinstance(kind, pa.UuidType)
            or pa.types.is_null(kind)
        ):
            return True
        faults.append(column_kind_error(self.name, IDS, self.kind))
        return False

    def read_keys(self, faults: list[str]) -> tuple[list[Any], NDArray[np.int32]]:
        """Return the distinct values, and for each row the position of its value in them.

        A null has the position behind the last.
        """
        values = self.values
        if not self._check_id_kind(faults):
            return [], np.zeros(len(values), np.int32)
        if values.null_count:
            faults.append(missing_error(self.name, values.null_count))
        is_uuid = isinstance(values.type, pa.UuidType)
        encoded = pc.dictionary_encode(values.storage if is_uuid else values)
        distinct = encoded.dictionary.to_pylist()
        if is_uuid:
            distinct = [UUID(bytes=one) for one in distinct]
        numbers = pc.fill_null(encoded.indices, len(distinct))
        return distinct, numbers.to_numpy()

    def key_type(self) -> type:
        """Return the class of the values in Python."""
        if pa.types.is_integer(self.values.type):
            return int
        return UUID if isinstance(self.values.type, pa.UuidType) else str

    def is_present(self) -> NDArray[np.bool_]:
        """Return which values are not null."""
        valid: NDArray[np.bool_] = pc.is_valid(self.values).to_numpy(zero_copy_only=False)
        return valid

    def read_rows(self, rows: NDArray[np.intp]) -> list[Any]:
        """Return the values at some positions, nulls not counted."""
        values: list[Any] = self.values.drop_null().take(pa.array(rows)).to_pylist()
        return values


def read_objects(values: Sequence[Any], kinds: Collection[type[Any]]) -> Any:  # noqa: ANN401
    """Return Python objects of these types as an array.

    None means that they are a mixture, or of a type that no column may hold.
    """

    def are_all(*wanted: type[Any]) -> bool:
        return all(issubclass(kind, wanted) and kind is not bool for kind in kinds)

    if are_all(str):
        with suppress(UnicodeError):
            return pa.array(values)
    if _BOOLS.issuperset(kinds):
        return pa.array([None if value is None else bool(value) for value in values], pa.bool_())
    if are_all(UUID):
        raw = [None if value is None else value.bytes for value in values]
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(raw, pa.binary(16)))
    if are_all(Integral):
        numbers = [None if value is None else int(value) for value in values]
        for width in (pa.int64(), pa.uint64()):
            with suppress(pa.ArrowInvalid, OverflowError):
                return pa.array(numbers, width)
    if are_all(Real, Decimal):
        return pa.array([None if value is None else _real_to_float(value) for value in values])
    return None


def _is_missing(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()  # also one that signals
    if isinstance(value, float | np.floating):
        return math.isnan(cast("float", value))
    return value is None or type(value).__name__ in {"NAType", "NaTType"}


def _real_to_float(number: Any) -> float:  # noqa: ANN401  # any real number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _is_number_type(kind: Any) -> bool:  # noqa: ANN401
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _is_text_type(kind: Any) -> bool:  # noqa: ANN401
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _read_buffer(values: Any, number: int, kind: type[np.generic]) -> NDArray[Any]:  # noqa: ANN401
    buffer = values.buffers()[number]
    return np.empty(0, kind) if buffer is None else np.frombuffer(buffer, kind)


def _to_bytes(values: Any) -> ByteIds:  # noqa: ANN401
    """Return text as ids of bytes in UTF-8."""
    width = np.int32 if pa.types.is_string(values.type) else np.int64
    offsets = _read_buffer(values, 1, width)[values.offset : values.offset + len(values) + 1]
    return ByteIds.of(_read_buffer(values, 2, np.uint8), offsets)


def _trim(values: Any) -> Any:  # noqa: ANN401
    """Return text trimmed as `trim_id` does."""
    return pc.utf8_trim(values, characters=WHITE_SPACE)


def _is_bad_id(ids: Any) -> Any:  # noqa: ANN401
    """Return which texts are blank or hold NUL."""
    return pc.or_(pc.equal(_trim(ids), ""), pc.match_substring(ids, "\0"))


def _may_need_trimming(ids: ByteIds) -> NDArray[np.bool_]:
    """Return which texts are empty, or start or end like white space; all, if any has NUL."""
    if not len(ids.data) or not ids.data.all():
        return np.ones(len(ids), np.bool_)
    may_need = np.empty(len(ids), np.bool_)

    def check_block(block: slice) -> None:
        starts, ends = ids.starts[block], ids.ends[block]
        first = ids.data.take(starts, mode="clip")  # of an empty text, that of the next one
        last = ids.data.take(ends - 1, mode="clip")
        may_need[block] = (starts == ends) | _STARTS_SPACE.take(first) | _ENDS_SPACE.take(last)

    map_blocks(len(ids), check_block)
    return may_need


def make_category_table(
    name: str, codes: NDArray[np.uint8], words: Sequence[str], *, is_ordered: bool
) -> Any:  # noqa: ANN401
    """Return a table of one column of words by their positions; the one behind the last is null."""
    indices = pa.array(codes.view(np.int8), mask=codes == len(words))
    texts = pa.array(words, pa.string())
    return pa.table({name: pa.DictionaryArray.from_arrays(indices, texts, ordered=is_ordered)})


def make_small_table(columns: Mapping[str, tuple[str, Sequence[Any]]]) -> Any:  # noqa: ANN401
    """Return a table of columns, given by the names of their Arrow types and their values."""
    arrays = {
        name: pa.array(values, pa.type_for_alias(kind)) for name, (kind, values) in columns.items()
    }
    return pa.table(arrays)


def stream_rows(frame: object) -> Iterator[tuple[Any, ...]]:
    """Iterate over the rows of a frame that is computed piece by piece."""
    for batch in pa.RecordBatchReader.from_stream(frame):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
