"""Columns of a frame in memory, read by way of Arrow as what the plan needs of them."""

from __future__ import annotations

import importlib
import math
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, TypeAlias, cast
from uuid import UUID

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.domain._yes_no import YES_OR_NO, read_yes_no
from campaignkit.frames import _column_errors as faults
from campaignkit.frames._blocks import in_blocks
from campaignkit.frames._ordering import Bytes, Ids, Numbers

# PyArrow has no type hints.
pa: Any = importlib.import_module("pyarrow")
pc: Any = importlib.import_module("pyarrow.compute")

IDS = "all text, all whole numbers of up to 64 bits, or all UUIDs"
SCORES = "numbers from 0 to 100"

_BEGINS_SPACE, _ENDS_SPACE = (
    np.isin(np.arange(256), [char.encode()[at] for char in WHITE_SPACE]) for at in (0, -1)
)

_BOOLS: frozenset[type] = frozenset({bool, np.bool_})

Scores: TypeAlias = NDArray[Any]
"""Scores as bytes if all are whole, with `MISSING`, and else as floats of 64 bits, with NaN."""

MISSING = TOP_SCORE + 1
"""Stands for no score among whole ones."""


@frozen
class Column:
    """A column of a frame: its name, its values as one Arrow array, and its own type in words."""

    name: str
    values: Any
    kind: str

    @classmethod
    def of(cls, series: nw.Series[Any], name: str, wanted: str, found: list[str]) -> Column:
        """Return a series as a column, or one without rows if it is a mixture; that is a fault."""
        native: Any = series.to_native()
        kind = str(getattr(native, "dtype", getattr(native, "type", None)))
        try:
            if not len(series) and series.implementation.is_pandas():
                values: Any = pa.nulls(0)  # such a column is of floats, whatever was meant
            elif series.dtype == nw.Object:
                values = _from_plain_objects(series.to_list())
                kind = f"objects of {values.type}"
            else:
                values = cast("Any", series).to_arrow()
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise_interruption(error)
            there: list[Any] = [None if _is_missing(it) else it for it in series.to_list()]
            kinds: set[type[Any]] = {type(value) for value in there if value is not None}
            kind = f"objects of {' and '.join(sorted(one.__name__ for one in kinds))}"
            values = _from_objects(there, kinds)
            if values is None:
                found.append(faults.wrong_kind(name, wanted, kind))
                return cls(name, pa.nulls(0), kind)
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if pa.types.is_run_end_encoded(values.type):
            values = pc.run_end_decode(values)
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        if pa.types.is_string_view(values.type):  # of which Arrow does little
            values = pc.cast(values, pa.large_string())
        return cls(name, values, kind)

    def flags(self, found: list[str]) -> NDArray[np.bool_]:
        """Return what is true and what is not; null is not."""
        kind = self.values.type
        if pa.types.is_boolean(kind):
            filled = pc.fill_null(self.values, False)  # noqa: FBT003  # it takes no name
            flags: NDArray[np.bool_] = filled.to_numpy(zero_copy_only=False)
            return flags
        if _is_number(kind):
            numbers = self._numbers()
            flags = numbers == 1
            bad = ~(flags | (numbers == 0) | np.isnan(numbers))
        elif _is_text(kind):
            encoded = pc.dictionary_encode(self.values)
            said = [*map(read_yes_no, encoded.dictionary.to_pylist()), False]
            words = pc.fill_null(encoded.indices, len(said) - 1).to_numpy()
            flags = np.array([bool(one) for one in said])[words]
            bad = np.array([one is None for one in said])[words]
        else:
            if not pa.types.is_null(kind):
                found.append(faults.wrong_kind(self.name, YES_OR_NO, self.kind))
            return np.zeros(len(self.values), np.bool_)
        rows = np.flatnonzero(bad)
        if len(rows):
            some = self.values.take(pa.array(rows)).to_numpy(zero_copy_only=False)
            first = np.sort(some)[: faults.EXAMPLES].tolist()
            found.append(faults.bad_flags(self.name, len(rows), first))
        return flags

    def _numbers(self) -> NDArray[np.float64]:
        """Return numbers as floats; null becomes NaN."""
        values: Any = self.values
        if pa.types.is_decimal(values.type):
            values = pc.cast(values, pa.float64())
        numbers: NDArray[np.float64] = values.to_numpy(zero_copy_only=False).astype(np.float64)
        return numbers

    def scores(self, found: list[str]) -> Scores:
        """Return the scores."""
        values, kind = self.values, self.values.type
        nothing = np.full(len(values), MISSING, np.uint8)
        if pa.types.is_null(kind):
            return nothing
        if not _is_number(kind):
            found.append(faults.wrong_kind(self.name, SCORES, self.kind))
            return nothing
        if pa.types.is_decimal(kind):
            values = pc.cast(values, pa.float64())
        numbers: NDArray[Any] = values.to_numpy(zero_copy_only=False)  # null becomes NaN
        bad = (numbers < LOWEST_SCORE) | (numbers > TOP_SCORE)
        if rows := int(np.count_nonzero(bad)):
            some = np.sort(numbers[bad])[: faults.EXAMPLES].tolist()
            found.append(faults.bad_scores(self.name, rows, some))
            return nothing
        if numbers.dtype.kind != "f":
            return numbers.astype(np.uint8)
        filled = np.where(np.isnan(numbers), MISSING, numbers)
        whole = filled.astype(np.uint8)
        return whole if np.array_equal(whole, filled) else numbers.astype(np.float64)

    def as_ids(self, found: list[str]) -> Column:
        """Return the column with its ids trimmed, and null where there is none, or no good one."""
        if not self._is_of_ids(found):
            return Column(self.name, pa.nulls(len(self.values)), self.kind)
        if self.values.null_count:
            found.append(faults.missing(self.name, self.values.null_count))
        if not _is_text(self.values.type):
            return self
        some = self.values.take(pa.array(np.flatnonzero(_may_be_padded(_bytes_of(self.values)))))
        if not pc.any(pc.or_(_is_bad(some), pc.not_equal(_trimmed(some), some))).as_py():
            return self
        is_bad = _is_bad(self.values)
        bad = self.values.filter(is_bad)
        if len(bad):
            first = pc.unique(bad).sort()[: faults.EXAMPLES].to_pylist()
            found.append(faults.bad_ids(self.name, len(bad), first))
        return Column(self.name, pc.if_else(is_bad, None, _trimmed(self.values)), self.kind)

    def ids(self) -> Ids:
        """Return the ids of a column of these, without those that are missing."""
        values, kind = self.values.drop_null(), self.values.type
        if pa.types.is_null(kind):
            return Numbers.of(np.empty(0, np.int64))
        if pa.types.is_integer(kind):
            return Numbers.of(values.to_numpy())
        if isinstance(kind, pa.UuidType):
            width = kind.storage_type.byte_width
            bounds = np.arange(len(values) + 1) * width
            offset = values.offset * width
            return Bytes.of(_buffer(values.storage, 1, np.uint8)[offset:], bounds)
        return _bytes_of(values)

    def _is_of_ids(self, found: list[str]) -> bool:
        """Tell whether the column may hold ids; add the fault if it may not."""
        kind = self.values.type
        if (
            pa.types.is_integer(kind)
            or _is_text(kind)
            or isinstance(kind, pa.UuidType)
            or pa.types.is_null(kind)
        ):
            return True
        found.append(faults.wrong_kind(self.name, IDS, self.kind))
        return False

    def keys(self, found: list[str]) -> tuple[list[Any], NDArray[np.int32]]:
        """Return the different values, and for each row its value's number; behind them is none."""
        values = self.values
        if not self._is_of_ids(found):
            return [], np.zeros(len(values), np.int32)
        if values.null_count:
            found.append(faults.missing(self.name, values.null_count))
        is_uuid = isinstance(values.type, pa.UuidType)
        encoded = pc.dictionary_encode(values.storage if is_uuid else values)
        different = encoded.dictionary.to_pylist()
        if is_uuid:
            different = [UUID(bytes=one) for one in different]
        numbers = pc.fill_null(encoded.indices, len(different))
        return different, numbers.to_numpy()

    def key_type(self) -> type:
        """Return the class that values have in Python."""
        if pa.types.is_integer(self.values.type):
            return int
        return UUID if isinstance(self.values.type, pa.UuidType) else str

    def present(self) -> NDArray[np.bool_]:
        """Return which values are not missing."""
        valid: NDArray[np.bool_] = pc.is_valid(self.values).to_numpy(zero_copy_only=False)
        return valid

    def at(self, rows: NDArray[np.intp]) -> list[Any]:
        """Return the values of some rows."""
        values: list[Any] = self.values.drop_null().take(pa.array(rows)).to_pylist()
        return values


def _from_plain_objects(values: Sequence[Any]) -> Any:  # noqa: ANN401
    """Return Python objects as Arrow reads them; it takes bools for numbers behind one.

    Raises:
        TypeError: they are a mixture; so Arrow's own errors.
    """
    array = pa.array(values, from_pandas=True)
    if _is_number(array.type) and not _BOOLS.isdisjoint(map(type, values)):
        message = "bools and numbers"
        raise TypeError(message)
    return array


def _from_objects(values: Sequence[Any], kinds: Collection[type[Any]]) -> Any:  # noqa: ANN401
    """Return Python objects of these classes as an Arrow array, which takes them not as they come.

    None stands for a mixture, or for what no column holds.
    """

    def are_all(*wanted: type[Any]) -> bool:
        return all(issubclass(kind, wanted) and kind is not bool for kind in kinds)

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
        return pa.array([None if value is None else _to_float(value) for value in values])
    return None


def _is_missing(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()  # also one that signals
    if isinstance(value, float | np.floating):
        return math.isnan(cast("float", value))
    return value is None or type(value).__name__ in {"NAType", "NaTType"}


def _to_float(number: Any) -> float:  # noqa: ANN401  # any real number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _is_number(kind: Any) -> bool:  # noqa: ANN401
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _is_text(kind: Any) -> bool:  # noqa: ANN401
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _buffer(values: Any, number: int, kind: type[np.generic]) -> NDArray[Any]:  # noqa: ANN401
    buffer = values.buffers()[number]
    return np.empty(0, kind) if buffer is None else np.frombuffer(buffer, kind)


def _bytes_of(values: Any) -> Bytes:  # noqa: ANN401
    """Return text as its bytes in UTF-8."""
    width = np.int32 if pa.types.is_string(values.type) else np.int64
    offsets = _buffer(values, 1, width)[values.offset : values.offset + len(values) + 1]
    return Bytes.of(_buffer(values, 2, np.uint8), offsets)


def _trimmed(values: Any) -> Any:  # noqa: ANN401
    """Return text as `trim_id` does."""
    return pc.utf8_trim(values, characters=WHITE_SPACE)


def _is_bad(ids: Any) -> Any:  # noqa: ANN401
    """Return which texts are blank or hold NUL."""
    return pc.or_(pc.equal(_trimmed(ids), ""), pc.match_substring(ids, "\0"))


def _may_be_padded(ids: Bytes) -> NDArray[np.bool_]:
    """Return which texts are empty, begin or end as white space does, or, with NUL in any, all."""
    if not len(ids.data) or not ids.data.all():
        return np.ones(len(ids), np.bool_)
    may_be = np.empty(len(ids), np.bool_)

    def look(block: slice) -> None:
        starts, ends = ids.starts[block], ids.ends[block]
        first = ids.data.take(starts, mode="clip")  # of an empty one, that of the next
        last = ids.data.take(ends - 1, mode="clip")
        may_be[block] = (starts == ends) | _BEGINS_SPACE.take(first) | _ENDS_SPACE.take(last)

    in_blocks(len(ids), look)
    return may_be


def categories(codes: NDArray[np.uint8], words: Sequence[str]) -> Any:  # noqa: ANN401
    """Return words by their numbers; the number behind the last word stands for null."""
    indices = pa.array(codes.view(np.int8), mask=codes == len(words))
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def table(columns: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return Arrow arrays as a table."""
    return pa.table(dict(columns))


def small_table(columns: Mapping[str, tuple[str, Sequence[Any]]]) -> Any:  # noqa: ANN401
    """Return columns, each of the type that Arrow calls so and its values, as a table."""
    arrays = {
        name: pa.array(values, pa.type_for_alias(kind)) for name, (kind, values) in columns.items()
    }
    return pa.table(arrays)


def stream(frame: object) -> Any:  # noqa: ANN401
    """Return a frame, computed piece by piece, as a reader of Arrow batches."""
    return pa.RecordBatchReader.from_stream(frame)
