"""Leads in files that need not fit into memory: Parquet, and CSV if so asked; by way of DuckDB.

The rows are kept in a temporary database on disk, planned there as frames are, and written out
in their order. What is wrong with rows is counted and named by its values, not by its lines.
"""

from __future__ import annotations

import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import duckdb
from attrs import frozen

from campaignkit import DEFAULT_GATE, ALSTier, Channel, ChannelCounts, PlanError, Reason
from campaignkit.cli.errors import FileError, Refusal, UsageError
from campaignkit.cli.leads_csv import ADDED, NO, YES, BadRows, Columns
from campaignkit.cli.options import PlanOptions
from campaignkit.cli.output import STDOUT, check_target, is_parquet
from campaignkit.cli.report import Summary
from campaignkit.domain.checks import shown
from campaignkit.domain.words import counted
from campaignkit.frames import Totals, allocate
from campaignkit.frames.arrow import SPACE

__all__ = ["allocate_large"]

Begin: TypeAlias = Callable[[str], object]

_ROW, _ID, _SCORE = "_campaignkit_row", "_campaignkit_lead", "_campaignkit_als"
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


@frozen
class _Source:
    """The file that leads are read from."""

    name: str
    columns: Sequence[str]

    def is_at(self, path: str) -> bool:
        """Tell whether a path leads to this very file."""
        return Path(path).exists() and Path(path).samefile(self.name)


def allocate_large(
    leads: str, columns: Columns, how: PlanOptions, out: str | None, begin: Begin
) -> Summary:
    """Read leads, plan, and write who gets which channel.

    Raises:
        FileError: a file cannot be read, used or written.
        Refusal: rows are no leads.
    """
    if STDOUT in (leads, out):
        raise UsageError(["Parquet and large files are read and written by name, not as -"])
    with _database() as database:
        begin("reading")
        source = _load(database, leads)
        _check(source, columns)
        if out is not None:
            check_target(out, source)
        _read(database, source, columns)
        begin("planning")
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
            lines = [
                fault.replace(_ID, columns.id).replace(_SCORE, columns.score)
                for fault in error.faults
            ]
            message = f"{leads} has bad rows, and nothing was planned"
            raise Refusal(message, lines, {"faults": lines}) from error
        done.frame.create("placed")  # computed once, and only now
        if out is not None:
            begin("writing")
            _write(database, source, out)
        return _summary(database, source.name, how, done.plan)


@contextmanager
def _database() -> Generator[duckdb.DuckDBPyConnection]:
    """Give an empty database on disk, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="campaignkit-") as folder:
        connection = duckdb.connect(str(Path(folder) / "leads.duckdb"))
        try:
            yield connection
        finally:
            connection.close()


def _load(database: duckdb.DuckDBPyConnection, leads: str) -> _Source:
    """Copy the rows of a file into the database, numbered in their order."""
    file = _text(str(Path(leads).absolute()))
    if is_parquet(leads):
        rows = f"read_parquet({file})"
    else:
        rows = (
            f"read_csv({file}, header = true, all_varchar = true, strict_mode = true,"
            """ delim = ',', quote = '"', escape = '"', nullstr = '')"""
        )
    if not Path(leads).is_file():
        message = f"cannot read {leads}: there is no such file"
        raise FileError(message)
    try:
        database.execute(
            f"CREATE TABLE rows AS SELECT row_number() OVER () AS {_ROW}, * FROM {rows}"
        )
    except duckdb.Error as error:
        message = f"cannot read {leads}"
        raise FileError(message, str(error).splitlines()[:1]) from error
    return _Source(leads, database.table("rows").columns[1:])


def _check(source: _Source, columns: Columns) -> None:
    missing = [
        f"{option}: no column called {shown(name)}"
        for option, name in columns.named()
        if name not in source.columns
    ]
    if missing:
        there = ", ".join(map(shown, source.columns))
        message = f"{source.name} does not have each column that is asked for"
        raise FileError(message, [*missing, f"there are {there}"])


def _read(database: duckdb.DuckDBPyConnection, source: _Source, columns: Columns) -> None:
    """Make of the rows a view of leads, whose columns are what a plan needs.

    Raises:
        Refusal: values that are no score, or neither yes nor no.
    """
    rows = database.table("rows")
    kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
    score, lead_id = _name(columns.score), _name(columns.id)
    blocks = dict.fromkeys(name for names in columns.block.values() for name in names)
    words = ", ".join(map(_text, (*YES, *NO)))
    bad = [(name, "yes or no", f"{_word(name)} NOT IN ({words})") for name in blocks]
    if kinds[columns.score] == "VARCHAR":
        word = _word(columns.score)
        is_bad = f"{word} <> '' AND NOT regexp_full_match({word}, {_text(_NUMBER)})"
        bad.append((columns.score, "a number from 0 to 100, or blank", is_bad))
        score = f"CASE WHEN {word} <> '' THEN TRY_CAST({word} AS DOUBLE) END"
    if kinds[columns.id] == "VARCHAR" and not is_parquet(source.name):
        lead_id = f"trim({lead_id}, {_text(SPACE)})"
    faults = [
        f"{name} must be {expected}, not {', '.join(map(shown, some))} in {counted(count, 'row')}"
        for name, expected, where in bad
        for count, some in [_bad(database, name, where)]
        if count
    ]
    if faults:
        message = f"{source.name} has bad rows, and nothing was planned"
        raise Refusal(message, faults, {"faults": faults})
    flags = ", ".join(
        f"{_open(channel, columns)} AS {_name(_flag(channel))}" for channel in Channel
    )
    database.execute(
        f"CREATE VIEW leads AS SELECT *, {lead_id} AS {_ID}, {score} AS {_SCORE}, {flags} FROM rows"
    )


def _bad(
    database: duckdb.DuckDBPyConnection, name: str, where: str
) -> tuple[int, Sequence[object]]:
    """Return how many rows have a bad value, and the least of the values."""
    rows = database.execute(
        f"SELECT {_name(name)}, count(*) FROM rows WHERE {where} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return sum(count for _, count in rows), [value for value, _ in rows[:_EXAMPLES]]


_EXAMPLES = 5


def _open(channel: Channel, columns: Columns) -> str:
    """Return the condition under which a lead can be reached on a channel."""
    yes = ", ".join(map(_text, sorted(YES)))
    blocked = [f"{_word(name)} NOT IN ({yes})" for name in columns.block.get(channel, ())]
    needed = [f"{_word(name)} <> ''" for name in columns.need.get(channel, ())]
    return " AND ".join([*blocked, *needed]) or "true"


def _flag(channel: Channel) -> str:
    return f"_campaignkit_by_{channel}"


def _word(name: str) -> str:
    """Return a value as a bare word in lower case, blank where there is none."""
    return f"lower(trim(coalesce(CAST({_name(name)} AS VARCHAR), ''), {_text(SPACE)}))"


def _name(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _text(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _write(database: duckdb.DuckDBPyConnection, source: _Source, out: str) -> None:
    """Write the rows in their order; a file is there wholly or as it was before."""
    target = Path(out).resolve()
    new = target.with_name(f".campaignkit-{secrets.token_hex(8)}.tmp")
    columns = ", ".join(map(_name, (*source.columns, *ADDED)))
    form = "FORMAT parquet" if is_parquet(out) else "FORMAT csv, HEADER"
    try:
        database.execute(
            f"COPY (SELECT {columns} FROM placed ORDER BY {_ROW}) TO {_text(str(new))} ({form})"
        )
        new.replace(target)
    except (duckdb.Error, OSError) as error:
        message = f"cannot write {out}"
        raise FileError(message, str(error).splitlines()[:1]) from error
    finally:
        new.unlink(missing_ok=True)


_REASONS = {reason.value: reason for reason in Reason}


def _summary(
    database: duckdb.DuckDBPyConnection, name: str, how: PlanOptions, totals: Totals
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
    )
