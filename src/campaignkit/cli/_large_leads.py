"""Leads in CSV and Parquet files that may be larger than memory."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import duckdb
from attrs import frozen

from campaignkit import Channel
from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import CsvFile, Source, Tick, open_csv
from campaignkit.cli._large_database import (
    ROWS,
    WHOLE,
    explain_errors,
    get_first_line,
    iterate_rows,
    quote_name,
    quote_text,
    quote_texts,
    run_stage,
)
from campaignkit.cli._leads_csv import (
    ALLOCATION_COLUMNS,
    MOST_BAD_ROWS,
    BadRow,
    BadRows,
    LeadColumns,
    RowReader,
    duplicate_fault,
    file_changed_error,
    find_bad_rows,
)
from campaignkit.cli._output import Output, is_parquet
from campaignkit.cli._terminal import Stage
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.domain._yes_no import NO, YES

pa: Any = importlib.import_module("pyarrow")
pq: Any = importlib.import_module("pyarrow.parquet")

ROW_COLUMN, ID_COLUMN, SCORE_COLUMN, BAD_COLUMN = (
    f"_of_lead_{it}" for it in ("row", "id", "score", "bad")
)
_NUMBER_FORM = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_TEXT = 16 << 20  # characters of a batch
_BUFFER = 1 << 20  # in bytes

T = TypeVar("T")
BadNumbers: TypeAlias = Mapping[int, int | None]
"""The numbers of bad rows, each with the number of another row with the same id."""
Placed: TypeAlias = Iterator[tuple[int, str, str, str]]
"""The number of a row, and its `ALLOCATION_COLUMNS`."""


class Leads(Source, Protocol):
    """A file of leads; its rows have ascending numbers."""

    @property
    def header(self) -> Sequence[str]:
        """The names of the columns exactly as in the file."""
        ...

    @property
    def size(self) -> int:
        """The total of the ticks."""
        ...

    def state(self) -> tuple[int, int]:
        """Return the size and the time of the last change."""
        ...

    def load(self, database: duckdb.DuckDBPyConnection, columns: LeadColumns, stage: Stage) -> None:
        """Load the columns that a plan needs into a table."""
        ...

    def find_bad_rows(
        self, database: duckdb.DuckDBPyConnection, columns: LeadColumns, bad: BadNumbers
    ) -> BadRows:
        """Return the first bad rows, with everything that is wrong with them."""
        ...

    def write_csv(
        self, database: duckdb.DuckDBPyConnection, output: Output, placed: Placed, tick: Tick
    ) -> None:
        """Write the planned rows, each with its channel."""
        ...

    @property
    def schema(self) -> Any:  # noqa: ANN401  # of PyArrow
        """The columns of the Parquet output."""
        ...

    def batches(self, placed: Placed, tick: Tick) -> Iterator[Any]:
        """Iterate over the same rows as batches of Parquet."""
        ...


@contextmanager
def open_leads(database: duckdb.DuckDBPyConnection, leads: str) -> Generator[Leads]:
    """Open a file of leads.

    Raises:
        FileError: the file does not exist, or cannot be read.
    """
    if not is_parquet(leads):
        with open_csv(leads) as csv:
            yield _Csv(csv)
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
        names = file.schema_arrow.names
        yield _Parquet(leads, names, rows.columns, [*map(str, rows.types)], table, file)


def _without_patterns(path: str) -> str:
    """Escape the wildcards of a path."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


@frozen
class _Csv:
    """Leads in CSV; the number of a row is the line on which it begins."""

    _file: CsvFile

    @property
    def name(self) -> str:
        return self._file.name

    @property
    def header(self) -> Sequence[str]:
        return self._file.header

    @property
    def columns(self) -> Sequence[str]:
        return self._file.columns

    @property
    def size(self) -> int:
        return self._file.size

    def state(self) -> tuple[int, int]:
        return self._file.state()

    def load(self, database: duckdb.DuckDBPyConnection, columns: LeadColumns, stage: Stage) -> None:
        flags = ", ".join(
            f"open & {1 << n} <> 0 AS {flag_column(channel)}" for n, channel in enumerate(Channel)
        )
        insert = (
            f"SELECT row AS {ROW_COLUMN}, id AS {ID_COLUMN}, score AS {SCORE_COLUMN}, {flags},"
            f" bad AS {BAD_COLUMN}"
        )
        schema = pa.schema(_LOADED)
        tick = stage("reading", self._file.size)
        with explain_errors(f"cannot read {self.name}"):
            database.register("loaded", schema.empty_table())
            database.execute(f"CREATE TABLE leads AS {insert} FROM loaded")
            database.execute("BEGIN")
            for rows in _chunks(self._read(columns, tick), lambda row: len(row[1])):
                columns_of = zip(zip(*rows, strict=True), schema.types, strict=True)
                arrays = [pa.array(values, kind) for values, kind in columns_of]
                database.register("loaded", pa.Table.from_arrays(arrays, schema=schema))
                database.execute(f"INSERT INTO leads {insert} FROM loaded")
            database.unregister("loaded")
            database.execute("COMMIT")

    def _read(
        self, columns: LeadColumns, tick: Tick
    ) -> Iterator[tuple[int, str, float | None, int, bool]]:
        """Iterate over the rows in the columns of `_LOADED`."""
        read = RowReader(self.columns, columns)
        width = len(self.header)
        bits = {channel: 1 << n for n, channel in enumerate(Channel)}
        masks: dict[frozenset[Channel], int] = {}
        for line, row in self._file.rows(tick):
            if len(row) != width:
                yield line, "", None, 0, True
                continue
            try:
                lead = read.lead(row)
            except ValueError:
                yield line, read.id(row), None, 0, True
                continue
            if (mask := masks.get(lead.reachable)) is None:
                mask = masks[lead.reachable] = sum(bits[channel] for channel in lead.reachable)
            yield line, str(lead.id), lead.als_score, mask, False

    def find_bad_rows(
        self,
        database: duckdb.DuckDBPyConnection,  # noqa: ARG002  # as `Leads` has it
        columns: LeadColumns,
        bad: BadNumbers,
    ) -> BadRows:
        return find_bad_rows(self._file, columns, bad)

    def _rows(self, placed: Placed, tick: Tick) -> Iterator[list[str]]:
        """Iterate over the planned rows, each with its channel."""
        with closing(self._file.rows(tick)) as rows:
            for number, *added in placed:
                row = next((row for line, row in rows if line == number), None)
                if row is None:
                    raise file_changed_error(self)
                row += added
                yield row

    def write_csv(
        self,
        database: duckdb.DuckDBPyConnection,  # noqa: ARG002  # as `Leads` has it
        output: Output,
        placed: Placed,
        tick: Tick,
    ) -> None:
        rows = chain([[*self.header, *ALLOCATION_COLUMNS]], self._rows(placed, tick))
        output.write(rows, encoding=self._file.encoding, line_end=self._file.line_end)

    @property
    def schema(self) -> Any:  # noqa: ANN401  # of PyArrow
        return pa.schema([(name, pa.string()) for name in (*self.header, *ALLOCATION_COLUMNS)])

    def batches(self, placed: Placed, tick: Tick) -> Iterator[Any]:
        schema = self.schema
        for rows in _chunks(self._rows(placed, tick), lambda row: sum(map(len, row))):
            cells = ([cell or None for cell in column] for column in zip(*rows, strict=True))
            arrays = [pa.array(column, pa.string()) for column in cells]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


_LOADED = [
    ("row", pa.int64()),
    ("id", pa.string()),
    ("score", pa.float64()),
    ("open", pa.uint8()),  # a bit for each channel on which the lead can be reached
    ("bad", pa.bool_()),
]


def _chunks(rows: Iterable[T], length: Callable[[T], int]) -> Iterator[list[T]]:
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


@frozen
class _Parquet:
    """Leads in Parquet; the first row has the number 1.

    `table` is the SQL that reads it; `names` and `kinds` are what DuckDB calls its columns, which
    the file itself calls `header`, and their types.
    """

    name: str
    header: Sequence[str]
    _names: Sequence[str]
    _kinds: Sequence[str]
    _table: str
    _file: Any

    @property
    def columns(self) -> Sequence[str]:
        return self.header

    @property
    def size(self) -> int:
        return WHOLE

    def state(self) -> tuple[int, int]:
        state = Path(self.name).stat()
        return state.st_size, state.st_mtime_ns

    def is_text(self, name: str) -> bool:
        """Return whether a column contains text."""
        return self._kinds[self.columns.index(name)] == "VARCHAR"

    def value(self, name: str) -> str:
        """Return the SQL of a column's value."""
        return quote_name(self._names[self.columns.index(name)])

    def word(self, name: str) -> str:
        """Return the SQL of the value as a trimmed word in lower case; null is blank."""
        text = f"coalesce(CAST({self.value(name)} AS VARCHAR), '')"
        return f"lower(trim({text}, {quote_text(WHITE_SPACE)}))"

    def number(self, name: str) -> str:
        """Return the SQL of the value as a number; other values are null."""
        is_one = f"regexp_full_match({self.word(name)}, {quote_text(_NUMBER_FORM)})"
        return f"CASE WHEN {is_one} THEN TRY_CAST({self.word(name)} AS DOUBLE) END"

    def load(self, database: duckdb.DuckDBPyConnection, columns: LeadColumns, stage: Stage) -> None:
        lead_id, score = self.value(columns.id), self.value(columns.score)
        if self.is_text(columns.id):
            lead_id = f"trim({lead_id}, {quote_text(WHITE_SPACE)})"
        kept = {
            ROW_COLUMN: "row_number() OVER ()",
            ID_COLUMN: lead_id,
            SCORE_COLUMN: self.number(columns.score) if self.is_text(columns.score) else score,
            **{
                flag_column(channel): _reachable_condition(self, columns, channel)
                for channel in Channel
            },
            BAD_COLUMN: _bad_condition(self, columns),
        }
        parts = ", ".join(f"{value} AS {quote_name(name)}" for name, value in kept.items())
        query = f"CREATE TABLE leads AS SELECT {parts} FROM {self._table}"
        load = partial(database.execute, query)
        run_stage(database, stage, "reading", f"cannot read {self.name}", load)

    def find_bad_rows(
        self, database: duckdb.DuckDBPyConnection, columns: LeadColumns, bad: BadNumbers
    ) -> BadRows:
        lines = sorted(bad)[:MOST_BAD_ROWS]
        rows = database.execute(
            f"SELECT * FROM (SELECT row_number() OVER () AS {ROW_COLUMN}, * FROM {self._table})"
            f" WHERE {ROW_COLUMN} IN ({', '.join(map(str, lines))}) ORDER BY {ROW_COLUMN}"
        ).fetchall()
        read = RowReader(self.columns, columns)
        found: list[BadRow] = []
        for number, *values in rows:
            row = [*map(_as_text, values)]
            faults = [*read.faults(row)]
            if (other := bad[number]) is not None:
                faults.insert(0, duplicate_fault(columns, read.id(row), f"row {other}"))
            found.append(BadRow(number, faults, "row"))
        return BadRows(len(bad), found)

    def write_csv(
        self,
        database: duckdb.DuckDBPyConnection,
        output: Output,
        placed: Placed,
        tick: Tick,
    ) -> None:
        texts = ", ".join(
            f"coalesce(CAST({quote_name(name)} AS VARCHAR), '')" for name in self._names
        )
        rows = enumerate(iterate_rows(database, f"SELECT {texts} FROM {self._table}"), start=1)
        total = self._file.metadata.num_rows

        def merged() -> Iterator[Sequence[str]]:
            yield [*self.header, *ALLOCATION_COLUMNS]
            for number, *added in placed:
                row = next((row for at, row in rows if at == number), None)
                if row is None:
                    raise file_changed_error(self)
                if not number % ROWS:
                    tick(number * WHOLE // total)
                yield [*row, *added]

        output.write(merged(), encoding="utf-8", line_end="\n")

    @property
    def schema(self) -> Any:  # noqa: ANN401  # of PyArrow
        schema = self._file.schema_arrow
        for name in ALLOCATION_COLUMNS:
            schema = schema.append(pa.field(name, pa.string()))
        return schema

    def batches(self, placed: Placed, tick: Tick) -> Iterator[Any]:
        schema = self.schema
        before, total = 0, self._file.metadata.num_rows
        following = next(placed, None)
        for batch in self._file.iter_batches(ROWS):
            end = before + len(batch)
            kept: list[tuple[int, str, str, str]] = []
            while following is not None and following[0] <= end:
                kept.append(following)
                following = next(placed, None)
            if kept:
                places = [number - before - 1 for number, *_ in kept]
                if len(places) < len(batch):
                    batch = batch.take(pa.array(places))  # noqa: PLW2901  # without bad rows
                added = [
                    pa.array([cell or None for cell in cells], pa.string())
                    for cells in [*zip(*kept, strict=True)][1:]
                ]
                yield pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema)
            before = end
            tick(before * WHOLE // total)
        if following is not None:
            raise file_changed_error(self)


def _bad_condition(source: _Parquet, columns: LeadColumns) -> str:
    """Return the SQL condition under which a row by itself is bad."""
    lead_id, score = source.word(columns.id), source.word(columns.score)
    missing = ("",) if source.is_text(columns.score) else ("", "nan")
    in_range = f"{source.number(columns.score)} BETWEEN {LOWEST_SCORE} AND {TOP_SCORE}"
    blocks = dict.fromkeys(name for names in columns.block.values() for name in names)
    faults = [
        f"{lead_id} = '' OR contains({lead_id}, chr(0))",
        f"{score} NOT IN ({quote_texts(missing)}) AND NOT coalesce({in_range}, false)",
        *(f"{source.word(name)} NOT IN ({quote_texts((*YES, *NO))})" for name in blocks),
    ]
    return " OR ".join(f"({fault})" for fault in faults)


def _reachable_condition(source: _Parquet, columns: LeadColumns, channel: Channel) -> str:
    """Return the SQL condition under which a lead can be reached on a channel."""
    blocks, needs = columns.block.get(channel, ()), columns.need.get(channel, ())
    blocked = [f"{source.word(name)} NOT IN ({quote_texts(YES)})" for name in blocks]
    needed = [f"{source.word(name)} <> ''" for name in needs]
    return " AND ".join([*blocked, *needed]) or "true"


def flag_column(channel: Channel) -> str:
    """Return the name of the flag column of a channel."""
    return f"_of_lead_{channel}"


def _as_text(value: object) -> str:
    """Return a value as CSV has it; null and NaN are blank."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124  # NaN
