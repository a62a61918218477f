"""Workbooks of Excel, and Parquet files: rows whose cells are values."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import FileIO
from itertools import repeat
from typing import Any, ClassVar, TypeAlias

from attrs import field, frozen

from campaignkit.cli._command_error import CommandError, FileError
from campaignkit.cli._dialect import FileOptions, choose_header
from campaignkit.cli._source import Place, Tick
from campaignkit.core._checks import short_repr, to_list
from campaignkit.core._errors import MissingExtraError
from campaignkit.core._extras import require_extra
from campaignkit.core._sentences import join_first
from campaignkit.serialization._read_errors import is_object

Value: TypeAlias = Any
"""The value of a cell: None, text, a number, a truth value, a time, bytes or a list of these."""

_ROWS = 10_000
_LOOKED_AT = 50
_EXACT = 1 << 53  # below, every whole number is a float
_MOST_SHOWN = 10


def to_text(value: Value) -> str:
    """Return a value as the cell of a text file has it."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # noqa: PLR0124  # NaN
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return value.isoformat(" ") if isinstance(value, datetime) else _write_other(value)


def _write_other(value: Value) -> str:
    """Return text that is stored as bytes, as some programs do, and the values of a list."""
    values = None if is_object(value) else to_list(value)
    if values is not None:
        return "; ".join(map(to_text, values))
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def import_library(user: str, names: Sequence[str]) -> Sequence[Any]:
    """Return modules of the extra `files`.

    Raises:
        CommandError: one of them is missing; it says what to install.
    """
    from importlib import import_module  # noqa: PLC0415

    try:
        with require_extra("files", user):
            return [import_module(name) for name in names]
    except MissingExtraError as missing:
        raise CommandError(str(missing)) from missing


# -- Excel ----------------------------------------------------------------------------------------


@frozen
class ExcelFile:
    """A sheet of a workbook; `header_row` is the row of its header, counted from 1."""

    name: str
    sheet: str
    header: Sequence[str]
    header_row: int
    _rows: Any = field(alias="rows")
    _file: FileIO = field(alias="file")

    unit: ClassVar[str] = "row"
    is_text: ClassVar[bool] = False
    has_decimal_comma: ClassVar[bool] = False

    @property
    def columns(self) -> list[str]:
        """The names in the header, without white space around them."""
        return [name.strip() for name in self.header]

    @property
    def size(self) -> int:
        """The number of rows, up to which `rows` ticks."""
        return int(self._rows.total_height)

    def describe(self) -> Sequence[str]:
        """Say how the file is written."""
        words = ["Excel", f"sheet {short_repr(self.sheet)}"]
        if self.header_row > 1:
            words.append(f"header on row {self.header_row:,}")
        return words

    def to_json(self) -> Mapping[str, object]:
        """Say how the file is written, as JSON has it."""
        return {"format": "excel", "sheet": self.sheet, "header_line": self.header_row}

    def values(self, tick: Tick) -> Generator[tuple[int, int, Sequence[Value]]]:
        """Iterate over the rows below the header that are not empty, each after its place."""
        for number, row in enumerate(self._rows.iter_rows(), start=1):
            if number > self.header_row and any(cell != "" for cell in row):
                yield number, number, [*map(_from_excel, row)]
            if not number % _ROWS:
                tick(number)

    def rows(
        self, tick: Tick, _only: Collection[str] = ()
    ) -> Generator[tuple[int, int, Sequence[str]]]:
        """Iterate over the same rows as text."""
        for first, last, row in self.values(tick):
            yield first, last, [*map(to_text, row)]

    def state(self) -> tuple[int, int]:
        """Return the size and the time of the last change."""
        state = os.fstat(self._file.fileno())
        return state.st_size, state.st_mtime_ns


def _from_excel(value: Value) -> Value:
    """Return a value; Excel has numbers with a fraction only."""
    if type(value) is float and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value if value != "" else None


def open_excel(file: FileIO, name: str, wanted: Collection[str], options: FileOptions) -> ExcelFile:
    """Return a sheet of a workbook: the one of the option, or the first with the wanted columns.

    Raises:
        FileError: the file cannot be read, it has no such sheet, or the sheet is empty.
        CommandError: the library that reads it is missing.
    """
    (calamine,) = import_library("an Excel file", ["python_calamine"])
    try:
        with open(file.fileno(), "rb", closefd=False) as whole:
            whole.seek(0)
            book = calamine.CalamineWorkbook.from_filelike(whole)
        names: list[str] = book.sheet_names
        chosen = _choose_sheets(name, names, options.sheet)
        sheets = {sheet: book.get_sheet_by_name(sheet) for sheet in chosen}
    except (calamine.CalamineError, OSError, ValueError) as error:
        message = f"cannot read {name} as an Excel file"
        raise FileError(message, [str(error)]) from error
    heads = {sheet: _read_head(rows, options.skip_rows or 0) for sheet, rows in sheets.items()}
    if not any(heads.values()):
        message = f"{name} is empty, expected a row of names and then one lead a row"
        raise FileError(message)
    first = next(sheet for sheet, head in heads.items() if head)
    sheet, row = choose_header(heads, wanted, at_first=options.skip_rows is not None)
    if not set(map(str.strip, dict(heads[sheet])[row])).issuperset(wanted) and sheet != first:
        sheet, row = choose_header({first: heads[first]}, wanted)
    return ExcelFile(
        name=name,
        sheet=sheet,
        header=dict(heads[sheet])[row],
        header_row=row,
        rows=sheets[sheet],
        file=file,
    )


def _choose_sheets(name: str, names: Sequence[str], wanted: str) -> Sequence[str]:
    """Return the sheets that may be meant: by name, by number from 1, or all.

    Raises:
        FileError: there is no such sheet.
    """
    if not wanted:
        return names
    if wanted in names:
        return [wanted]
    if wanted.isascii() and wanted.isdigit() and 0 < int(wanted[:9]) <= len(names):
        return [names[int(wanted) - 1]]
    there = join_first(map(short_repr, names[:_MOST_SHOWN]), len(names))
    message = f"{name} has no sheet {short_repr(wanted)}"
    raise FileError(message, [f"the sheets are {there}"])


def _read_head(
    sheet: Any,  # noqa: ANN401  # of the library
    skipped: int,
) -> list[tuple[int, list[str]]]:
    """Return the first rows that are not empty, each after its number."""
    head: list[tuple[int, list[str]]] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        texts = [to_text(_from_excel(cell)) for cell in row]
        if number > skipped and any(texts):
            head.append((number, texts))
        if len(head) == _LOOKED_AT:
            break
    return head


# -- Parquet --------------------------------------------------------------------------------------


@frozen
class ParquetFile:
    """An open Parquet file; its first row has the number 1."""

    name: str
    file: Any  # of PyArrow
    _file: FileIO = field(alias="raw")

    unit: ClassVar[str] = "row"
    is_text: ClassVar[bool] = False
    has_decimal_comma: ClassVar[bool] = False

    @property
    def header(self) -> Sequence[str]:
        """The names of its columns."""
        names: list[str] = self.file.schema_arrow.names
        return names

    @property
    def columns(self) -> Sequence[str]:
        """The names of its columns."""
        return self.header

    @property
    def size(self) -> int:
        """The number of rows, up to which `rows` ticks."""
        return int(self.file.metadata.num_rows)

    def describe(self) -> Sequence[str]:
        """Say how the file is written."""
        return ["Parquet"]

    def to_json(self) -> Mapping[str, object]:
        """Say how the file is written, as JSON has it."""
        return {"format": "parquet"}

    def values(
        self, tick: Tick, only: Collection[str] = ()
    ) -> Generator[tuple[int, int, Sequence[Value]]]:
        """Iterate over the rows, each after its place; times are text."""
        names = [*self.header]
        read = names if not only else [*only] if self._can_select(only) else names
        number = 0
        for batch in self.file.iter_batches(_ROWS, columns=None if read is names else read):
            columns = iter(batch.columns)
            if read is not names:
                by_name = dict(zip(batch.schema.names, columns, strict=True))
                columns = map(by_name.get, names)
            cells = [repeat(None) if each is None else _to_values(each) for each in columns]
            for row in zip(*cells, strict=False):
                number += 1
                yield number, number, row
            tick(number)

    def rows(
        self, tick: Tick, only: Collection[str] = ()
    ) -> Generator[tuple[int, int, Sequence[str]]]:
        """Iterate over the same rows as text; with `only`, other columns may be blank."""
        for first, last, row in self.values(tick, only):
            yield first, last, [*map(to_text, row)]

    def _can_select(self, only: Collection[str]) -> bool:
        """Return whether names are those of one column each, and not parts of a nested one."""
        names = self.header
        return bool(only) and all(
            names.count(name) == 1
            and not any(other.startswith(f"{name}.") for other in names)
            and "." not in name
            for name in only
        )

    def state(self) -> tuple[int, int]:
        """Return the size and the time of the last change."""
        state = os.fstat(self._file.fileno())
        return state.st_size, state.st_mtime_ns

    def take(
        self,
        places: Iterable[Place],
        added: Iterator[Sequence[str]],
        names: Sequence[str],
        tick: Tick,
    ) -> Generator[Any]:
        """Iterate over batches of the rows at ascending places, with columns of text added."""
        (pa,) = import_library("a Parquet file", ["pyarrow"])
        schema = self.make_schema(names)
        numbers = (first for first, _ in places)
        following = next(numbers, None)
        before = 0
        for batch in self.file.iter_batches(_ROWS):
            end = before + len(batch)
            kept: list[int] = []
            while following is not None and following <= end:
                kept.append(following - before - 1)
                following = next(numbers, None)
            if kept:
                if len(kept) < len(batch):
                    batch = batch.take(pa.array(kept))  # noqa: PLW2901  # without bad rows
                texts = [
                    to_text_array(column)
                    for column in zip(*(next(added) for _ in kept), strict=True)
                ]
                yield pa.RecordBatch.from_arrays([*batch.columns, *texts], schema=schema)
            before = end
            tick(before)

    def make_schema(self, names: Sequence[str]) -> Any:  # noqa: ANN401  # of PyArrow
        """Return the schema with columns of text added."""
        (pa,) = import_library("a Parquet file", ["pyarrow"])
        schema = self.file.schema_arrow
        for name in names:
            schema = schema.append(pa.field(name, pa.string()))
        return schema


def to_text_array(cells: Iterable[object]) -> Any:  # noqa: ANN401  # of PyArrow
    """Return cells as an array of text, null where they are blank."""
    (pa,) = import_library("a Parquet file", ["pyarrow"])
    return pa.array([cell or None for cell in cells], pa.string())


def _to_values(column: Any) -> list[Value]:  # noqa: ANN401  # of PyArrow
    (pa,) = import_library("a Parquet file", ["pyarrow"])
    if pa.types.is_temporal(column.type):  # Python has no time as fine as some of these
        column = column.cast(pa.string())
    values: list[Value] = column.to_pylist()
    return values


def open_parquet(file: FileIO, name: str) -> ParquetFile:
    """Return a Parquet file.

    Raises:
        FileError: the file cannot be read.
        CommandError: the library that reads it is missing.
    """
    pa, pq = import_library("a Parquet file", ["pyarrow", "pyarrow.parquet"])
    try:
        return ParquetFile(name, pq.ParquetFile(open(file.fileno(), "rb", closefd=False)), file)
    except (pa.ArrowException, OSError) as error:
        message = f"cannot read {name}"
        raise FileError(message, [str(error).partition("\n")[0]]) from error
