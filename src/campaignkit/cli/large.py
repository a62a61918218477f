"""Leads in files that need not fit into memory: Parquet, and CSV if so asked; by way of DuckDB.

A first pass puts what a plan needs into a temporary database on disk, where it is planned as frames
are. A second one reads the file again, row by row beside who got what, and writes both. So neither
memory nor the database grows with what else is in the rows.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

import duckdb
from attrs import frozen

from campaignkit import DEFAULT_GATE, ALSTier, Channel, ChannelCounts, PlanError, Reason
from campaignkit.cli.csv_file import CsvFile, open_csv
from campaignkit.cli.errors import FileError, Refusal, UsageError
from campaignkit.cli.large_near_duplicates import near_duplicates
from campaignkit.cli.leads_csv import (
    ADDED,
    MOST_BAD_ROWS,
    BadRow,
    BadRows,
    Batch,
    Columns,
    RowReader,
    check_columns,
    repeated,
)
from campaignkit.cli.options import PlanOptions
from campaignkit.cli.output import STDOUT, check_target, is_parquet, whole_or_not_at_all
from campaignkit.cli.report import NearDuplicates, Summary, bad_rows
from campaignkit.cli.terminal import Stage
from campaignkit.domain.als import LOWEST_SCORE, TOP_SCORE
from campaignkit.domain.lead_ids import WHITE_SPACE
from campaignkit.domain.yes_no import NO, YES
from campaignkit.frames import Totals, allocate

__all__ = ["allocate_large"]

_ROW, _ID, _SCORE, _BAD = (f"_of_lead_{it}" for it in ("row", "id", "score", "bad"))
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_BUFFER = 8 << 20  # in bytes; what the file is read with does not count as the database's memory
_WHOLE = 100
_SECONDS_BETWEEN_TICKS = 0.1

T = TypeVar("T")


@frozen
class _Source:
    """A file that leads are read from, as a table of DuckDB.

    `table` is the SQL that reads it; `names` and `kinds` are what DuckDB calls its columns, which
    the file itself calls `header`, and their types. `csv` is the file where it is CSV.
    """

    name: str
    header: Sequence[str]
    names: Sequence[str]
    kinds: Sequence[str]
    table: str
    csv: CsvFile | None = None

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns, in CSV without white space around them."""
        return self.header if self.csv is None else self.csv.columns

    def is_at(self, path: str) -> bool:
        """Tell whether a path leads to this very file."""
        return Path(path).exists() and Path(path).samefile(self.name)

    def is_text(self, name: str) -> bool:
        """Tell whether a column holds text."""
        return self.kinds[self.columns.index(name)] == "VARCHAR"

    def value(self, name: str) -> str:
        """Return the value of a column, in SQL."""
        return _name(self.names[self.columns.index(name)])

    def word(self, name: str) -> str:
        """Return the value as a bare word in lower case, blank where there is none."""
        text = f"coalesce(CAST({self.value(name)} AS VARCHAR), '')"
        return f"lower(trim({text}, {_text(WHITE_SPACE)}))"

    def number(self, name: str) -> str:
        """Return the value as a number, null where it is blank or none."""
        is_one = f"regexp_full_match({self.word(name)}, {_text(_NUMBER)})"
        return f"CASE WHEN {is_one} THEN TRY_CAST({self.word(name)} AS DOUBLE) END"


def allocate_large(
    leads: str,
    columns: Columns,
    how: PlanOptions,
    out: str | None,
    *,
    memory: str | None,
    stage: Stage,
) -> Summary:
    """Read leads, plan, and write who gets which channel.

    `memory` is how much the database may use, as DuckDB writes it; by default half of what
    the machine, or its container, has.

    Raises:
        FileError: a file cannot be read, used or written.
        Refusal: rows are no leads.
    """
    if STDOUT in (leads, out):
        raise UsageError(["Parquet and large files are read and written by name, not as -"])
    with _database(out, memory) as database, _opened(database, leads) as source:
        check_columns(source, columns)
        if out is not None:
            check_target(out, source)
        before = _state(source)
        run = partial(_run, database, stage)
        run("reading", f"cannot read {leads}", partial(_read, database, source, columns))
        plan = partial(_plan, database, source, columns, how)
        totals = run("planning", f"cannot plan {leads}", plan)
        if out is not None:
            with _whole_or_not_at_all(out) as new:
                write = partial(_write, database, source, new, as_parquet=is_parquet(out))
                run("writing", f"cannot write {out}", write)
                if _state(source) != before:
                    message = f"{leads} changed while it was being read"
                    raise FileError(message)
        near = run(
            "checking", f"cannot check {leads}", partial(near_duplicates, database, "leads", _ID)
        )
        return _summary(database, source.name, how, totals, near)


# -- The database ---------------------------------------------------------------------------------


@contextmanager
def _database(out: str | None, memory: str | None) -> Generator[duckdb.DuckDBPyConnection]:
    """Give an empty database on disk, which is gone afterwards.

    Raises:
        FileError: it cannot be made.
    """
    try:
        of_its_own = tempfile.TemporaryDirectory(prefix=".campaignkit-", dir=_where(out))
    except OSError as error:
        message = f"cannot make a temporary database: {error.strerror}"
        raise FileError(message, [str(error.filename)]) from error
    with of_its_own as folder:
        connection = duckdb.connect(str(Path(folder) / "leads.duckdb"))
        try:
            # The rows are numbered, and later met again, in the order of the file.
            connection.execute("SET preserve_insertion_order = true")
            # It keeps count of how far it is, but shows nothing.
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute(f"SET memory_limit = {_text(memory or _half(connection))}")
            yield connection
        finally:
            connection.close()


def _half(database: duckdb.DuckDBPyConnection) -> str:
    """Return half of the memory that there is.

    DuckDB would use four fifths of it by itself: in a small container too little is left then for
    what it does not count.
    """
    ((most,),) = database.execute("SELECT current_setting('memory_limit')").fetchall()
    amount, unit = most.split()
    return f"{float(amount) * 0.5 / 0.8:.2f} {unit}"


def _where(out: str | None) -> str | None:
    """Return a folder with room for what is written; temporary files are often kept in memory."""
    if named := os.environ.get("TMPDIR"):
        return named
    target = Path(out or "").resolve()
    is_device = target.exists() and not target.is_file()
    return None if is_device or not target.parent.is_dir() else str(target.parent)


def _run(
    database: duckdb.DuckDBPyConnection,
    stage: Stage,
    name: str,
    message: str,
    work: Callable[[], T],
) -> T:
    """Return what a stage of the work comes to, and show meanwhile how far each query is.

    It is done in a thread of its own: in the midst of a query a signal would not be heard.

    Raises:
        FileError: the database cannot go on.
    """
    tick = stage(name, _WHOLE)
    with ThreadPoolExecutor(max_workers=1) as worker:
        result = worker.submit(work)
        try:
            while wait([result], timeout=_SECONDS_BETWEEN_TICKS).not_done:
                if (percent := database.query_progress()) >= 0:
                    tick(int(percent))
            return result.result()
        except duckdb.OutOfMemoryException as error:
            raise FileError(message, [_first_line(error), "--memory lets it use more"]) from error
        except duckdb.Error as error:
            raise FileError(message, [_first_line(error)]) from error
        finally:
            while wait([result], timeout=_SECONDS_BETWEEN_TICKS).not_done:  # at Ctrl-C
                database.interrupt()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


# -- Reading --------------------------------------------------------------------------------------


@contextmanager
def _opened(database: duckdb.DuckDBPyConnection, leads: str) -> Generator[_Source]:
    """Open a file of leads.

    Raises:
        FileError: there is no such file, or it cannot be read.
    """
    path = _text(str(Path(leads).absolute()))
    if not is_parquet(leads):
        with open_csv(leads) as file:
            names = [f"column{number}" for number in range(len(file.header))]
            kinds = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
            table = (
                f"read_csv({path}, auto_detect = false, columns = {{{kinds}}}, header = true,"
                f" strict_mode = true, buffer_size = {_BUFFER},"
                """ delim = ',', quote = '"', escape = '"', nullstr = '')"""
            )
            texts = ["VARCHAR"] * len(names)
            yield _Source(file.name, file.header, names, texts, table, file)
        return
    if not Path(leads).is_file():
        message = f"cannot read {leads}: there is no such file"
        raise FileError(message)
    table = f"read_parquet({path})"
    try:
        rows = database.sql(f"FROM {table}")
        source = _Source(leads, rows.columns, rows.columns, [*map(str, rows.types)], table)
    except duckdb.Error as error:
        message = f"cannot read {leads}"
        raise FileError(message, [_first_line(error)]) from error
    yield source


def _state(source: _Source) -> tuple[int, int]:
    """Return what a file has of its own that changes when somebody writes to it."""
    state = Path(source.name).stat()
    return state.st_size, state.st_mtime_ns


def _read(database: duckdb.DuckDBPyConnection, source: _Source, columns: Columns) -> None:
    """Keep of each row what a plan needs, numbered in their order."""
    lead_id, score = source.value(columns.id), source.value(columns.score)
    if source.is_text(columns.id):
        lead_id = f"trim({lead_id}, {_text(WHITE_SPACE)})"
    if source.is_text(columns.score):
        score = source.number(columns.score)
    kept = {
        _ROW: "row_number() OVER ()",
        _ID: lead_id,
        _SCORE: score,
        **{_flag(channel): _open(source, columns, channel) for channel in Channel},
        _BAD: _is_bad(source, columns),
    }
    parts = ", ".join(f"{value} AS {_name(name)}" for name, value in kept.items())
    database.execute(f"CREATE TABLE leads AS SELECT {parts} FROM {source.table}")


def _is_bad(source: _Source, columns: Columns) -> str:
    """Return the condition under which a row by itself is no lead."""
    lead_id, score = source.word(columns.id), source.word(columns.score)
    missing = ("",) if source.is_text(columns.score) else ("", "nan")
    in_range = f"{source.number(columns.score)} BETWEEN {LOWEST_SCORE} AND {TOP_SCORE}"
    blocks = dict.fromkeys(name for names in columns.block.values() for name in names)
    faults = [
        f"{lead_id} = '' OR contains({lead_id}, chr(0))",
        f"{score} NOT IN ({_texts(missing)}) AND NOT coalesce({in_range}, false)",
        *(f"{source.word(name)} NOT IN ({_texts((*YES, *NO))})" for name in blocks),
    ]
    return " OR ".join(f"({fault})" for fault in faults)


def _open(source: _Source, columns: Columns, channel: Channel) -> str:
    """Return the condition under which a lead can be reached on a channel."""
    blocks, needs = columns.block.get(channel, ()), columns.need.get(channel, ())
    blocked = [f"{source.word(name)} NOT IN ({_texts(YES)})" for name in blocks]
    needed = [f"{source.word(name)} <> ''" for name in needs]
    return " AND ".join([*blocked, *needed]) or "true"


def _flag(channel: Channel) -> str:
    return f"_of_lead_{channel}"


def _name(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _text(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _texts(texts: Iterable[str]) -> str:
    return ", ".join(map(_text, sorted(texts)))


# -- Planning -------------------------------------------------------------------------------------


def _plan(
    database: duckdb.DuckDBPyConnection, source: _Source, columns: Columns, how: PlanOptions
) -> Totals:
    """Keep who gets what, in the order of the rows.

    Raises:
        Refusal: names the rows that are no leads, or all that is wrong with their columns.
    """
    if database.execute(f"FROM leads WHERE {_BAD} LIMIT 1").fetchone():
        raise _refusal(database, source, columns, ())
    try:
        done = allocate(
            database.table("leads"),
            how.allocation,
            id=_ID,
            score=_SCORE,
            reachable={channel: _flag(channel) for channel in Channel},
            carried=how.carried,
            at_most=how.at_most,
            overflow=how.overflow,
        )
    except PlanError as error:
        raise _refusal(database, source, columns, error.faults) from error
    # Computed once, and only now; what is sorted is narrow.
    done.frame.order(_ROW).project(", ".join(ADDED)).create("placed")
    return done.plan


def _refusal(
    database: duckdb.DuckDBPyConnection,
    source: _Source,
    columns: Columns,
    faults: Sequence[str],
) -> Refusal:
    """Return what names the rows that are no leads, or, if there are none, these faults."""
    database.execute(
        f"CREATE TABLE bad AS SELECT {_ROW} AS row,"
        f" CASE {_ROW} WHEN first[1] THEN first[2] ELSE first[1] END AS other"
        f" FROM leads LEFT JOIN (SELECT {_ID}, min({_ROW}, 2) AS first FROM leads"
        f" WHERE CAST({_ID} AS VARCHAR) <> '' GROUP BY {_ID} HAVING count(*) > 1) USING ({_ID})"
        f" WHERE {_BAD} OR first IS NOT NULL"
    )
    count, rows = database.execute(
        "SELECT (SELECT count(*) FROM bad), (SELECT count(*) FROM leads)"
    ).fetchall()[0]
    if not count:
        lines = [fault.replace(_ID, columns.id).replace(_SCORE, columns.score) for fault in faults]
        message = f"{source.name} has bad columns, and nothing was planned"
        return Refusal(message, lines, {"faults": lines})
    bad = BadRows(count, list(_first_bad(database, source, columns)))
    return bad_rows(source.name, Batch(rows, (), bad), "planned", can_skip=False)


def _first_bad(
    database: duckdb.DuckDBPyConnection, source: _Source, columns: Columns
) -> Iterator[BadRow]:
    bad = database.execute(f"FROM bad ORDER BY row LIMIT {MOST_BAD_ROWS}").fetchall()
    numbers = {number for pair in bad for number in pair if number is not None}
    if source.csv is not None:
        unit, rows = "line", _in_csv(source.csv, numbers)
    else:
        unit, rows = "row", _in_parquet(database, source, numbers)
    read = RowReader(source.columns, columns)
    for row, other in bad:
        line, values = rows[row]
        faults = [*read.faults(values)]
        if other is not None:
            faults.insert(0, repeated(columns, read.id(values), f"{unit} {rows[other][0]}"))
        yield BadRow(line, faults, unit)


_Rows: TypeAlias = Mapping[int, tuple[int, Sequence[str]]]
"""Some rows by their numbers: the line on which each begins, and its values."""


def _in_csv(file: CsvFile, numbers: Collection[int]) -> _Rows:
    rows = enumerate(islice(file.rows(lambda _: None), max(numbers)), start=1)
    return {number: row for number, row in rows if number in numbers}


def _in_parquet(
    database: duckdb.DuckDBPyConnection, source: _Source, numbers: Collection[int]
) -> _Rows:
    rows = database.execute(
        f"SELECT * FROM (SELECT row_number() OVER () AS {_ROW}, * FROM {source.table})"
        f" WHERE {_ROW} IN ({', '.join(map(str, numbers))})"
    ).fetchall()
    return {number: (number, [*map(_as_text, values)]) for number, *values in rows}


def _as_text(value: object) -> str:
    """Return a value as CSV has it: null and NaN are blank."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124  # NaN


# -- Writing --------------------------------------------------------------------------------------


@contextmanager
def _whole_or_not_at_all(out: str) -> Generator[Path]:
    try:
        with whole_or_not_at_all(out) as new:
            yield new
    except OSError as error:
        message = f"cannot write {out}: {error.strerror}"
        raise FileError(message) from error


def _write(
    database: duckdb.DuckDBPyConnection, source: _Source, target: Path, *, as_parquet: bool
) -> None:
    """Write the rows as they are in the file, each with what it got, in their order."""
    rows = f"{source.table} POSITIONAL JOIN placed"
    if source.csv is not None and not as_parquet:  # a header may have a name twice, or none
        names = ", ".join(_text(name) if name else "NULL" for name in (*source.header, *ADDED))
        columns = ", ".join(map(_name, (*source.names, *ADDED)))
        query, form = f"SELECT {names} UNION ALL SELECT {columns} FROM {rows}", "csv, HEADER false"
    else:
        called = zip((*source.names, *ADDED), (*source.header, *ADDED), strict=True)
        columns = ", ".join(f"{_name(name)} AS {_name(header)}" for name, header in called)
        query, form = f"SELECT {columns} FROM {rows}", "parquet" if as_parquet else "csv, HEADER"
    database.execute(f"COPY ({query}) TO {_text(str(target))} (FORMAT {form}, USE_TMP_FILE false)")


_REASONS = {reason.value: reason for reason in Reason}


def _summary(
    database: duckdb.DuckDBPyConnection,
    name: str,
    how: PlanOptions,
    totals: Totals,
    near: NearDuplicates,
) -> Summary:
    groups = database.execute(
        "SELECT tier, channel, reason, count(*) FROM placed GROUP BY ALL"
    ).fetchall()
    given: Counter[tuple[ALSTier | None, Channel | None]] = Counter()
    unassigned: Counter[Reason] = Counter()
    for tier, channel, reason, count in groups:
        given[tier and ALSTier(tier), channel and Channel(channel)] += count
        if reason is not None:
            unassigned[_REASONS[reason]] += count
    rows = given.total()
    return Summary(
        name=name,
        rows=rows,
        leads=rows,
        bad=BadRows(),
        how=how,
        gate=DEFAULT_GATE,
        carried=ChannelCounts({c: n for c, n in how.carried.items() if how.allocation[c]}),
        counts=totals.counts,
        target=totals.target,
        bottlenecks=totals.bottlenecks,
        given=given,
        unassigned=unassigned,
        near_duplicates=near,
    )
