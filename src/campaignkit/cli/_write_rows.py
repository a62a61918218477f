"""Write the rows of leads, with columns added, in the format that the name of the file says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import chain, islice
from math import isfinite
from typing import Any, TextIO, cast

from campaignkit.cli._added_columns import AddedColumns
from campaignkit.cli._bad_rows import file_changed_error, iterate_bad_rows
from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import CsvFile
from campaignkit.cli._dialect import BOM
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._leads_file import LeadsSource
from campaignkit.cli._memo import Memo
from campaignkit.cli._output import Output, choose_format
from campaignkit.cli._source import Place, Tick
from campaignkit.cli._typed_files import (
    ParquetFile,
    Value,
    import_library,
    to_text,
    to_text_array,
)
from campaignkit.core._checks import short_repr, to_list
from campaignkit.serialization._read_errors import is_object

_ROWS = 2_000
_MOST_EXCEL_ROWS = 1_048_576
_MOST_EXCEL_COLUMNS = 16_384
_MOST_EXCEL_CHARACTERS = 32_767
_EXACT = 1 << 53


def check_format(path: str, source: LeadsSource, added: Sequence[str]) -> None:
    """Check that rows can be written in the format of a path, before any is.

    Raises:
        FileError: the format has one column for a name, and several columns have one; or the sheet
            would be too large.
        CommandError: the library that writes it is missing.
    """
    kind = choose_format(path)
    if kind in {"parquet", "json"}:
        names = Counter([*source.header, *added])
        if twice := [short_repr(name) for name, times in names.items() if times > 1]:
            message = f"{source.name} has several columns called {', '.join(twice[:20])}"
            other = "Parquet" if kind == "parquet" else "JSON"
            advice = f"rename them, or write CSV: {other} has one column for a name"
            raise FileError(message, [advice])
    if kind == "parquet":
        import_library("a Parquet file", ["pyarrow", "pyarrow.parquet"])
    if kind == "excel":
        import_library("an Excel file", ["xlsxwriter"])
        if (width := len(source.header) + len(added)) > _MOST_EXCEL_COLUMNS:
            message = f"{source.name} has too many columns for Excel: {width:,} with those added"
            raise FileError(message, [f"Excel has {_MOST_EXCEL_COLUMNS:,}; write CSV"])


def write_rows(
    output: Output, source: LeadsSource, batch: Batch, added: AddedColumns, tick: Tick, *, bom: bool
) -> None:
    """Write the rows of the leads of a file in their order, with columns added.

    Raises:
        FileError: the rows cannot be written, or the file changed after its leads were read.
    """
    places = zip(*batch.places, strict=True)
    header = [*source.header, *added.names]
    match choose_format(output.path):
        case "csv" if isinstance(source, CsvFile):
            _write_text(output, source, places, added, tick, bom=bom)
        case "csv":
            rows = ([*map(to_text, row)] for row in _add(source, places, added, tick))
            encoding = "utf-8-sig" if bom else "utf-8"
            output.write(chain([header], rows), encoding=encoding, line_end="\n")
        case "json":
            _write_json(output, header, _add(source, places, added, tick))
        case "excel":
            _write_excel(output, header, _add(source, places, added, tick))
        case _:
            _write_parquet(output, source, places, added, tick)
    if source.state() != batch.state or next(added.cells, None) is not None:
        raise file_changed_error(source)


def write_rejects(output: Output, source: LeadsSource, columns: LeadColumns, batch: Batch) -> None:
    """Write every refused row as CSV, with its line and the reason in front.

    Raises:
        FileError: the rows cannot be written.
    """
    rows = _iterate_rejects(source, columns, batch)
    if isinstance(source, CsvFile):
        dialect = source.dialect
        encoding = "utf-8-sig" if dialect.has_mark else "utf-8"
        output.write(rows, encoding=encoding, line_end=source.line_end, delimiter=dialect.delimiter)
    else:
        output.write(rows, encoding="utf-8", line_end="\n")


def _iterate_rejects(
    file: LeadsSource, columns: LeadColumns, batch: Batch
) -> Iterator[Sequence[str]]:
    """Iterate over a header and every refused row, with its line and the reason in front."""
    yield [file.unit, "refused_because", *file.header]
    for bad, row in iterate_bad_rows(file, columns, batch.refused):
        yield [str(bad.line), "; ".join(map(str, bad.faults)), *row]


# -- CSV ------------------------------------------------------------------------------------------


def _write_text(
    output: Output,
    source: CsvFile,
    places: Iterator[Place],
    added: AddedColumns,
    tick: Tick,
    *,
    bom: bool,
) -> None:
    """Write the text of the rows as it is, each with its cells added.

    Nothing that is added has a delimiter, a quote or the end of a line.
    """
    dialect, end = source.dialect, source.line_end
    mark = dialect.delimiter
    encoding = "utf-8" if bom else dialect.encoding

    start = BOM if bom or dialect.has_mark else ""
    head = f"{source.header_text}{mark}{mark.join(added.names)}{end}"

    def encode_cells(cells: tuple[str, ...]) -> bytes:
        return f"{mark}{mark.join(cells)}{end}".encode(encoding)

    ends = map(Memo(encode_cells).__getitem__, added.cells)  # there are few different ones
    rows = source.encoded_rows(places, encoding, tick)
    with closing(rows), output.explain_errors(), output.open_binary() as file:
        file.write(f"{start}{dialect.separator_line}{head}".encode(encoding))
        file.writelines(row + cells for cells, row in zip(ends, rows, strict=False))


def _write_pieces(file: TextIO, pieces: Iterator[str]) -> None:
    """Write many short texts a batch at a time, which is faster."""
    while some := [*islice(pieces, _ROWS)]:
        file.write("".join(some))


def _add(
    source: LeadsSource, places: Iterator[Place], added: AddedColumns, tick: Tick
) -> Iterator[Sequence[Value]]:
    """Iterate over the values of the rows at ascending places, with those added."""
    rows = source.rows(tick) if isinstance(source, CsvFile) else source.values(tick)
    with closing(rows):
        for first, _ in places:
            row = next((row for start, _, row in rows if start == first), None)
            if row is None:
                raise file_changed_error(source)
            yield [*row, *next(added.cells)]


# -- JSON -----------------------------------------------------------------------------------------


def _write_json(output: Output, names: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write an array of objects, one a line; what JSON has no value for is text."""

    def iterate_texts() -> Iterator[str]:
        mark = "[\n"
        for row in rows:
            values = [value if type(value) is str else _to_json(value) for value in row]
            plain = dict(zip(names, values, strict=True))
            yield mark + json.dumps(plain, ensure_ascii=False, default=to_text)
            mark = ",\n"
        yield "[]\n" if mark == "[\n" else "\n]\n"

    with output.explain_errors(), output.open_text("utf-8") as file:
        _write_pieces(file, iterate_texts())


def _to_json(value: Value) -> Value:
    """Return a value with what JSON has for NaN, nothing, and text for what is infinite."""
    if isinstance(value, float):
        return value if isfinite(value) else str(value) if value == value else None  # noqa: PLR0124
    if is_object(value):
        return {name: _to_json(one) for name, one in value.items()}
    values = to_list(value)
    return value if values is None else [*map(_to_json, values)]


# -- Excel ----------------------------------------------------------------------------------------


def _write_excel(output: Output, names: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write a workbook of one sheet; text stays text, whatever it looks like.

    Raises:
        FileError: a sheet has no room for so many rows, or a cell for so long a text.
    """
    (xlsxwriter,) = import_library("an Excel file", ["xlsxwriter"])
    whole = _Memory()
    with output.explain_errors():
        book = xlsxwriter.Workbook(whole, {"constant_memory": True, "in_memory": False})
        try:
            try:
                _fill_book(output, book, chain([names], rows))
            finally:
                book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise error.args[0] from error
        with output.open_binary() as file:
            file.write(whole.getbuffer())


class _Memory(BytesIO):
    """A compressed workbook in memory.

    On a full disk its library raises, and ends the archive when it is deleted: in a file that must
    not be closed before.
    """

    def close(self) -> None:
        """Stay open."""


def _fill_book(
    output: Output,
    book: Any,  # noqa: ANN401  # of the library
    rows: Iterable[Sequence[Value]],
) -> None:
    sheet = book.add_worksheet("Leads")
    formats = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        time: book.add_format({"num_format": "hh:mm:ss"}),
        timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
    }
    for at, row in enumerate(rows):
        if at == _MOST_EXCEL_ROWS:
            _refuse_size(output, f"a sheet of Excel has {_MOST_EXCEL_ROWS:,} rows")
        for column, value in enumerate(row):
            _write_cell(output, sheet, formats, at, column, value)


def _write_cell(  # noqa: PLR0917
    output: Output,
    sheet: Any,  # noqa: ANN401  # of the library
    formats: dict[type, Any],
    row: int,
    column: int,
    value: Value,
) -> None:
    kind = cast("type[object]", type(value))
    if value is None or value == "" or value != value:  # noqa: PLR0124  # NaN
        return
    if kind is bool:
        sheet.write_boolean(row, column, value)
    elif (kind is float and isfinite(value)) or (kind is int and abs(value) < _EXACT):
        sheet.write_number(row, column, value)
    elif kind in formats:
        sheet.write_datetime(row, column, value, formats[kind])
    else:
        text = to_text(value)
        if len(text) > _MOST_EXCEL_CHARACTERS:
            _refuse_size(
                output, f"a cell of Excel has {_MOST_EXCEL_CHARACTERS:,} characters at most"
            )
        sheet.write_string(row, column, text)


def _refuse_size(output: Output, why: str) -> None:
    message = f"cannot write {output.name}: {why}"
    raise FileError(message, ["write CSV or Parquet"])


# -- Parquet --------------------------------------------------------------------------------------


def _write_parquet(
    output: Output, source: LeadsSource, places: Iterator[Place], added: AddedColumns, tick: Tick
) -> None:
    """Write the rows of Parquet as they are, and those of other files as text, null where blank."""
    pa, pq = import_library("a Parquet file", ["pyarrow", "pyarrow.parquet"])
    batches: Iterator[Any]
    if isinstance(source, ParquetFile):
        schema = source.make_schema(added.names)
        batches = source.take(places, added.cells, added.names, tick)
    else:
        names = [*source.header, *added.names]
        schema = pa.schema([(name, pa.string()) for name in names])
        batches = _make_batches(pa, schema, _add(source, places, added, tick))
    with (
        output.explain_errors(),
        output.open_binary() as file,
        pq.ParquetWriter(file, schema) as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)


def _make_batches(
    pa: Any,  # noqa: ANN401  # of PyArrow
    schema: Any,  # noqa: ANN401  # as well
    rows: Iterator[Sequence[Value]],
) -> Iterator[Any]:
    while some := [*islice(rows, _ROWS)]:
        arrays = [to_text_array(map(to_text, column)) for column in zip(*some, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
