"""Columns of a frame in memory, read by way of Arrow as what the plan needs of them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import narwhals as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.domain.als import LOWEST_SCORE, TOP_SCORE
from campaignkit.frames import faults
from campaignkit.frames.blocks import in_blocks
from campaignkit.frames.ordering import Bytes, Ids, Numbers

__all__ = [
    "FLAGS",
    "IDS",
    "MISSING",
    "SCORES",
    "SPACE",
    "Column",
    "Scores",
    "categories",
    "small_table",
    "table",
]

# PyArrow has no type hints.
pa: Any = importlib.import_module("pyarrow")
pc: Any = importlib.import_module("pyarrow.compute")

IDS = "all text, all whole numbers or all UUIDs"
SCORES = "numbers from 0 to 100"
FLAGS = "true or false"

SPACE = "".join(
    map(
        chr,
        (
            *range(9, 14),
            *range(28, 33),
            0x85,
            0xA0,
            0x1680,
            *range(0x2000, 0x200B),
            0x2028,
            0x2029,
            0x202F,
            0x205F,
            0x3000,
        ),
    )
)
"""All characters that `str.strip` takes for white space."""

_BEGINS_SPACE = np.isin(np.arange(256), [char.encode()[0] for char in SPACE])

Scores: TypeAlias = NDArray[Any]
"""Scores as bytes if all are whole, with `MISSING`, and else as floats of 64 bits, with NaN."""

MISSING = TOP_SCORE + 1
"""Stands for no score among whole ones."""


@frozen
class Column:
    """A column of a frame: its name, and its values as one Arrow array."""

    name: str
    values: Any

    @classmethod
    def of(cls, series: nw.Series[Any], name: str, wanted: str, found: list[str]) -> Column:
        """Return a series as a column, or one without rows if it is a mixture; that is a fault."""
        try:
            if series.dtype == nw.Object:
                return cls(name, pa.array(series.to_list(), from_pandas=True))
            values: Any = cast("Any", series).to_arrow()
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            kinds = sorted({type(value).__name__ for value in series.to_list()})
            found.append(faults.wrong_kind(name, wanted, f"of {' and '.join(kinds)}"))
            return cls(name, pa.nulls(0))
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        return cls(name, values)

    def flags(self, found: list[str]) -> NDArray[np.bool_]:
        """Return what is true and what is not; null is not."""
        if pa.types.is_null(self.values.type):
            return np.zeros(len(self.values), np.bool_)
        if not pa.types.is_boolean(self.values.type):
            found.append(faults.wrong_kind(self.name, FLAGS, self.values.type))
            return np.zeros(len(self.values), np.bool_)
        filled = pc.fill_null(self.values, False)  # noqa: FBT003  # it takes no name
        flags: NDArray[np.bool_] = filled.to_numpy(zero_copy_only=False)
        return flags

    def scores(self, found: list[str]) -> Scores:
        """Return the scores."""
        values, kind = self.values, self.values.type
        nothing = np.full(len(values), MISSING, np.uint8)
        if pa.types.is_null(kind):
            return nothing
        if pa.types.is_decimal(kind):
            values = pc.cast(values, pa.float64())
        elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            found.append(faults.wrong_kind(self.name, SCORES, kind))
            return nothing
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

    def ids(self, found: list[str]) -> Ids:
        """Return the ids, without those that are missing."""
        values = self.values
        if pa.types.is_dictionary(values.type):
            values = pc.cast(values, values.type.value_type)
        if values.null_count:
            found.append(faults.missing(self.name, values.null_count))
            values = values.drop_null()
        if pa.types.is_null(values.type):
            return Numbers.of(np.empty(0, np.int64))
        if pa.types.is_integer(values.type):
            return Numbers.of(values.to_numpy())
        if isinstance(values.type, pa.UuidType):
            width = values.type.storage_type.byte_width
            bounds = np.arange(len(values) + 1) * width
            offset = values.offset * width
            return Bytes.of(_buffer(values.storage, 1, np.uint8)[offset:], bounds)
        if not _is_text(values.type):
            found.append(faults.wrong_kind(self.name, IDS, values.type))
            return Numbers.of(np.empty(0, np.int64))
        if not pa.types.is_string(values.type):
            values = pc.cast(values, pa.large_string())
        return self._text_ids(values, found)

    def _text_ids(self, values: Any, found: list[str]) -> Bytes:  # noqa: ANN401
        width = np.int32 if pa.types.is_string(values.type) else np.int64
        offsets = _buffer(values, 1, width)[values.offset : values.offset + len(values) + 1]
        ids = Bytes.of(_buffer(values, 2, np.uint8), offsets)
        bad = np.flatnonzero(_may_be_bad(ids))
        if len(bad):
            some = values.take(pa.array(bad))
            blank = pc.equal(pc.utf8_trim(some, characters=SPACE), "")
            some = some.filter(pc.or_(blank, pc.match_substring(some, "\0")))
            if len(some):
                first = pc.unique(some).sort()[: faults.EXAMPLES].to_pylist()
                found.append(faults.bad_ids(self.name, len(some), first))
        return ids

    def keys(self, found: list[str]) -> tuple[list[Any], NDArray[np.int32]]:
        """Return the different values, and for each row its value's number; behind them is none."""
        values, kind = self.values, self.values.type
        if pa.types.is_dictionary(kind):
            values = pc.cast(values, kind.value_type)
        is_id = pa.types.is_integer(kind) or _is_text(values.type) or isinstance(kind, pa.UuidType)
        if not (is_id or pa.types.is_null(kind)):
            found.append(faults.wrong_kind(self.name, IDS, kind))
            return [], np.zeros(len(values), np.int32)
        if values.null_count:
            found.append(faults.missing(self.name, values.null_count))
        encoded = pc.dictionary_encode(values)
        values = encoded.dictionary.to_pylist()
        numbers = pc.fill_null(encoded.indices, len(values))
        return values, numbers.to_numpy()

    def present(self) -> NDArray[np.bool_]:
        """Return which values are not missing."""
        valid: NDArray[np.bool_] = pc.is_valid(self.values).to_numpy(zero_copy_only=False)
        return valid

    def at(self, rows: NDArray[np.intp]) -> list[Any]:
        """Return the values of some rows."""
        values: list[Any] = self.values.drop_null().take(pa.array(rows)).to_pylist()
        return values


def _is_text(kind: Any) -> bool:  # noqa: ANN401
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _buffer(values: Any, number: int, kind: type[np.generic]) -> NDArray[Any]:  # noqa: ANN401
    buffer = values.buffers()[number]
    return np.empty(0, kind) if buffer is None else np.frombuffer(buffer, kind)


def _may_be_bad(ids: Bytes) -> NDArray[np.bool_]:
    """Return which texts are empty or begin as white space does, or, with NUL in any, all."""
    if not len(ids.data) or not ids.data.all():
        return np.ones(len(ids), np.bool_)
    may_be = np.empty(len(ids), np.bool_)

    def look(block: slice) -> None:
        starts = ids.starts[block]
        first = ids.data.take(starts, mode="clip")  # of an empty one, that of the next
        may_be[block] = (starts == ids.ends[block]) | _BEGINS_SPACE.take(first)

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
