"""Leads in CSV and Parquet files that may be larger than memory."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import duckdb
from attrs import evolve, frozen

from campaignkit import Channel
from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import CsvFile, Tick, open_csv
from campaignkit.cli._large_database import (
    ROWS,
    explain_errors,
    get_first_line,
    iterate_rows,
    quote_name,
    quote_text,
)
from campaignkit.cli._leads_csv import (
    ALLOCATION_COLUMNS,
    LeadColumns,
    RowReader,
    file_changed_error,
)
from campaignkit.cli._output import is_parquet
from campaignkit.core._immutable import T
from campaignkit.domain._lead_ids import fold_id
from campaignkit.frames._arrow import pa

pq: Any = importlib.import_module("pyarrow.parquet")

ROW_COLUMN, ID_COLUMN, SCORE_COLUMN, FOLDED_COLUMN, BAD_COLUMN = (
    f"_of_lead_{it}" for it in ("row", "id", "score", "folded", "bad")
)
_TEXT = 16 << 20  # characters of a batch
_BUFFER = 1 << 20  # in bytes

Placed: TypeAlias = Iterator[tuple[int, str, str, str]]
"""The number of a row, and its `ALLOCATION_COLUMNS`."""


@frozen
class ParquetFile:
    """An open Parquet file, whose rows are read as CSV has them; the first one has the number 1.

    `texts` are the SQL of its columns as text, `types` what DuckDB calls their types.
    """

    name: str
    columns: Sequence[str]
    types: Sequence[str]
    texts: Sequence[str]
    table: str
    file: Any
    database: duckdb.DuckDBPyConnection

    unit: ClassVar[str] = "row"
    encoding: ClassVar[str] = "utf-8"
    line_end: ClassVar[str] = "\n"

    @property
    def header(self) -> Sequence[str]:
        """The names of its columns."""
        return self.columns

    @property
    def size(self) -> int:
        """The number of rows, up to which `rows` ticks."""
        return int(self.file.metadata.num_rows)

    def state(self) -> tuple[int, int]:
        """Return the size and the time of the last change."""
        state = Path(self.name).stat()
        return state.st_size, state.st_mtime_ns

    def select(self, columns: LeadColumns) -> ParquetFile:
        """Return the same file with the columns of leads only; NaN is blank in them."""
        names = [*dict.fromkeys(name for _, name in columns.list_options())]
        types = [self.type_of(name) for name in names]
        texts = [self.texts[self.columns.index(name)] for name in names]
        texts = [
            f"replace({text}, 'nan', '')" if kind in {"FLOAT", "DOUBLE"} else text
            for kind, text in zip(types, texts, strict=True)
        ]
        return evolve(self, columns=names, types=types, texts=texts)

    def type_of(self, column: str) -> str:
        """Return what DuckDB calls the type of a column."""
        return self.types[self.columns.index(column)]

    def rows(self, tick: Tick) -> Generator[tuple[int, Sequence[str]]]:
        """Iterate over the rows, each after its number."""
        query = f"SELECT {', '.join(self.texts)} FROM {self.table}"
        for number, row in enumerate(iterate_rows(self.database, query), start=1):
            yield number, row
            if not number % ROWS:
                tick(number)


Leads: TypeAlias = CsvFile | ParquetFile
"""A file of leads; its rows have ascending numbers."""


@contextmanager
def open_leads(database: duckdb.DuckDBPyConnection, leads: str) -> Generator[Leads]:
    """Open a file of leads.

    Raises:
        FileError: the file does not exist, or cannot be read.
    """
    if not is_parquet(leads):
        with open_csv(leads) as csv:
            yield csv
        return
    if not Path(leads).is_file():
        message = f"cannot read {leads}: there is no such file"
        raise FileError(message)
    path = quote_text(_without_patterns(str(Path(leads).absolute())))
    table = f"read_parquet({path}, hive_partitioning = false)"
    try:
        file = pq.ParquetFile(leads, buffer_size=_BUFFER)
    except (pa.ArrowException, OSError) as error:
        message = f"cannot read {leads}"
        raise FileError(message, [get_first_line(error)]) from error
    with file:
        with explain_errors(f"cannot read {leads}"):
            rows = database.sql(f"FROM {table}")
        # DuckDB renames columns with duplicate names.
        texts = [f"coalesce(CAST({quote_name(name)} AS VARCHAR), '')" for name in rows.columns]
        types = [*map(str, rows.types)]
        yield ParquetFile(leads, file.schema_arrow.names, types, texts, table, file, database)


def _without_patterns(path: str) -> str:
    """Escape the wildcards of a path."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


# -- Reading --------------------------------------------------------------------------------------

_LOADED = [
    ("row", pa.int64()),
    ("id", pa.string()),
    ("score", pa.float64()),
    ("open", pa.uint8()),  # a bit for each channel on which the lead can be reached
    ("folded", pa.string()),  # the id without case and Unicode form, null if it is the id
    ("bad", pa.bool_()),
]


def load_leads(
    database: duckdb.DuckDBPyConnection, file: Leads, columns: LeadColumns, tick: Tick
) -> None:
    """Load the columns that a plan needs into the table `leads`.

    Raises:
        FileError: the file cannot be read, or the database cannot go on.
    """
    flags = ", ".join(
        f"open & {1 << n} <> 0 AS {flag_column(channel)}" for n, channel in enumerate(Channel)
    )
    # A number or a UUID as an id stays one: leads of equal score are planned in the order of ids.
    id_type = "VARCHAR" if isinstance(file, CsvFile) else file.type_of(columns.id)
    insert = (
        f"SELECT row AS {ROW_COLUMN}, TRY_CAST(id AS {id_type}) AS {ID_COLUMN},"
        f" score AS {SCORE_COLUMN}, {flags}, folded AS {FOLDED_COLUMN}, bad AS {BAD_COLUMN}"
    )
    schema = pa.schema(_LOADED)
    with explain_errors(f"cannot read {file.name}"):
        database.register("loaded", schema.empty_table())
        database.execute(f"CREATE TABLE leads AS {insert} FROM loaded")
        database.execute("BEGIN")
        for rows in _split_chunks(_read_rows(file, columns, tick), lambda row: len(row[1])):
            columns_of = zip(zip(*rows, strict=True), schema.types, strict=True)
            arrays = [pa.array(values, kind) for values, kind in columns_of]
            database.register("loaded", pa.Table.from_arrays(arrays, schema=schema))
            database.execute(f"INSERT INTO leads {insert} FROM loaded")
        database.unregister("loaded")
        database.execute("COMMIT")


def _read_rows(
    file: Leads, columns: LeadColumns, tick: Tick
) -> Iterator[tuple[int, str, float | None, int, str | None, bool]]:
    """Iterate over the rows in the columns of `_LOADED`."""
    source = select_columns(file, columns)
    reader = RowReader(source.columns, columns)
    width = len(source.columns)
    bits = {channel: 1 << n for n, channel in enumerate(Channel)}
    masks: dict[frozenset[Channel], int] = {}
    for number, row in source.rows(tick):
        if len(row) != width:
            yield number, "", None, 0, None, True
            continue
        try:
            lead = reader.lead(row)
        except ValueError:
            yield number, reader.id(row), None, 0, None, True
            continue
        if (mask := masks.get(lead.reachable)) is None:
            mask = masks[lead.reachable] = sum(bits[channel] for channel in lead.reachable)
        lead_id = str(lead.id)
        folded = fold_id(lead_id)
        yield number, lead_id, lead.als_score, mask, None if folded == lead_id else folded, False


def select_columns(file: Leads, columns: LeadColumns) -> Leads:
    """Return the file with the columns of leads, and without others if that is faster to read."""
    return file if isinstance(file, CsvFile) else file.select(columns)


def flag_column(channel: Channel) -> str:
    """Return the name of the flag column of a channel."""
    return f"_of_lead_{channel}"


def _split_chunks(rows: Iterable[T], length: Callable[[T], int]) -> Iterator[list[T]]:
    """Iterate over batches of rows that fit into memory."""
    chunk: list[T] = []
    total = 0
    for row in rows:
        chunk.append(row)
        total += length(row)
        if len(chunk) >= ROWS or total >= _TEXT:
            yield chunk
            chunk, total = [], 0
    if chunk:
        yield chunk


# -- Writing --------------------------------------------------------------------------------------


def iterate_placed_rows(file: Leads, placed: Placed, tick: Tick) -> Iterator[Sequence[str]]:
    """Iterate over the planned rows as CSV has them, each with its channel.

    Raises:
        FileError: the file changed after its leads were read.
    """
    with closing(file.rows(tick)) as rows:
        for number, *added in placed:
            row = next((row for at, row in rows if at == number), None)
            if row is None:
                raise file_changed_error(file)
            yield [*row, *added]


def make_parquet_schema(file: Leads) -> Any:  # noqa: ANN401  # of PyArrow
    """Return the columns of the planned rows in Parquet."""
    if isinstance(file, CsvFile):
        schema = pa.schema([(name, pa.string()) for name in file.header])
    else:
        schema = file.file.schema_arrow
    for name in ALLOCATION_COLUMNS:
        schema = schema.append(pa.field(name, pa.string()))
    return schema


def iterate_batches(file: Leads, placed: Placed, tick: Tick) -> Iterator[Any]:
    """Iterate over the planned rows as batches of Parquet, each with its channel.

    Raises:
        FileError: the file changed after its leads were read.
    """
    schema = make_parquet_schema(file)
    if isinstance(file, ParquetFile):
        yield from _add_channels(file, placed, schema, tick)
        return
    rows = iterate_placed_rows(file, placed, tick)
    for chunk in _split_chunks(rows, lambda row: sum(map(len, row))):
        arrays = [_to_text_array(column) for column in zip(*chunk, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _add_channels(
    file: ParquetFile,
    placed: Placed,
    schema: Any,  # noqa: ANN401  # of PyArrow
    tick: Tick,
) -> Iterator[Any]:
    """Iterate over the batches of a Parquet file, without bad rows, each row with its channel."""
    before = 0
    following = next(placed, None)
    for batch in file.file.iter_batches(ROWS):
        end = before + len(batch)
        kept: list[tuple[int, str, str, str]] = []
        while following is not None and following[0] <= end:
            kept.append(following)
            following = next(placed, None)
        if kept:
            places = [number - before - 1 for number, *_ in kept]
            if len(places) < len(batch):
                batch = batch.take(pa.array(places))  # noqa: PLW2901  # without bad rows
            added = [*map(_to_text_array, [*zip(*kept, strict=True)][1:])]
            yield pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema)
        before = end
        tick(before)
    if following is not None:
        raise file_changed_error(file)


def _to_text_array(cells: Iterable[object]) -> Any:  # noqa: ANN401  # of PyArrow
    """Return cells as an array of text, null where they are blank."""
    return pa.array([cell or None for cell in cells], pa.string())
