"""`campaignkit allocate` for Parquet, and for CSV files larger than memory.

A first pass loads the columns that a plan needs into a temporary DuckDB database on disk, which
`campaignkit.frames` plans. A second pass reads the file again and writes each row with its channel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import chain
from warnings import catch_warnings, simplefilter

import duckdb

from campaignkit import DEFAULT_GATE, ALSTier, Channel, PlanError, PlanWarning, Reason
from campaignkit.cli._command_error import CommandError, FileError
from campaignkit.cli._large_database import explain_errors, iterate_rows, open_database, run_stage
from campaignkit.cli._large_leads import (
    BAD_COLUMN,
    FOLDED_COLUMN,
    ID_COLUMN,
    ROW_COLUMN,
    SCORE_COLUMN,
    Leads,
    flag_column,
    iterate_batches,
    iterate_placed_rows,
    load_leads,
    make_parquet_schema,
    open_leads,
    pq,
    select_columns,
)
from campaignkit.cli._leads_csv import (
    ALLOCATION_COLUMNS,
    MOST_BAD_ROWS,
    BadRows,
    Batch,
    LeadColumns,
    check_bad_rows,
    check_columns,
    file_changed_error,
    find_bad_rows,
)
from campaignkit.cli._options import AllocateJob, PlanOptions
from campaignkit.cli._output import (
    Output,
    check_new_columns,
    check_target,
    is_parquet,
    leads_file,
    open_output,
)
from campaignkit.cli._plan_summary import NearDuplicates, PlanSummary
from campaignkit.cli._terminal import Stage
from campaignkit.core._checks import short_repr
from campaignkit.frames import Totals, allocate


def allocate_large(job: AllocateJob, stage: Stage) -> PlanSummary:
    """Read leads, plan, and write who gets which channel.

    Raises:
        FileError: a file cannot be read, used or written.
        CommandError: a column is of the wrong kind, or rows are bad.
    """
    leads, columns, out = job.leads, job.columns, job.out
    if out is not None:
        check_target(out, [leads_file(leads)])
    with open_database(out, job.memory) as database, open_leads(database, leads) as source:
        if out is not None:
            check_new_columns(source)
            if is_parquet(out):
                _check_unique_names(source)
        check_columns(source, columns)
        before = source.state()
        load_leads(database, source, columns, stage("reading", source.size))
        run = partial(run_stage, database, stage)
        check = partial(_remove_bad_rows, database, source, columns, run, strict=job.strict)
        plan = partial(
            run, "planning", f"cannot plan {leads}", partial(_plan_leads, database, job.options)
        )
        batch = check() if _is_any(database, BAD_COLUMN) else _count_batch(database)
        try:
            totals = plan()
        except PlanError as error:
            faults = [
                fault.replace(ID_COLUMN, columns.id).replace(SCORE_COLUMN, columns.score)
                for fault in error.faults
            ]
            if batch.bad.count or not (batch := check()).bad.count:
                message = f"{leads} has bad columns, and nothing was planned"
                raise CommandError(message, faults, {"faults": faults}) from error
            totals = plan()
        find = partial(_group_near_duplicates, database)
        near = run("checking", f"cannot check {leads}", find)
        if out is not None:
            with open_output(out) as output:
                _write_rows(database, source, output, stage, as_parquet=is_parquet(out))
                if source.state() != before:
                    raise file_changed_error(source)
        return _summarize(database, source.name, job.options, totals, batch=batch, near=near)


def _check_unique_names(source: Leads) -> None:
    """Check that the names of columns are unique, which Parquet needs.

    Raises:
        FileError: lists the duplicate names.
    """
    twice = [short_repr(name) for name, times in Counter(source.header).items() if times > 1]
    if twice:
        message = f"{source.name} has several columns called {', '.join(twice)}"
        raise FileError(message, ["rename them, or write CSV: Parquet has one column for a name"])


# -- Planning -------------------------------------------------------------------------------------


def _count_batch(database: duckdb.DuckDBPyConnection, bad: BadRows | None = None) -> Batch:
    ((count,),) = database.execute("SELECT count(*) FROM leads").fetchall()
    return Batch(int(count), (), bad or BadRows())


def _is_any(database: duckdb.DuckDBPyConnection, condition: str) -> bool:
    return database.execute(f"FROM leads WHERE {condition} LIMIT 1").fetchone() is not None


def _plan_leads(database: duckdb.DuckDBPyConnection, how: PlanOptions) -> Totals:
    """Plan the leads, and store the channels in the order of the rows.

    Raises:
        PlanError: an id is on several rows, or a column is of the wrong kind.
    """
    with catch_warnings():
        simplefilter("ignore", PlanWarning)  # the report says so, in words of the command line
        done = allocate(
            database.table("leads"),
            how.allocation,
            id=ID_COLUMN,
            score=SCORE_COLUMN,
            reachable={channel: flag_column(channel) for channel in Channel},
            carried=how.carried,
            at_most=how.at_most,
            overflow=how.overflow,
        )
    # The frame is lazy; sort the few columns that are needed, and compute them once.
    done.frame.order(ROW_COLUMN).project(", ".join((ROW_COLUMN, *ALLOCATION_COLUMNS))).create(
        "placed"
    )
    return done.plan


def _remove_bad_rows(
    database: duckdb.DuckDBPyConnection,
    source: Leads,
    columns: LeadColumns,
    run: Callable[[str, str, Callable[[], object]], object],
    *,
    strict: bool,
) -> Batch:
    """Remove the bad rows from the table, and return them.

    Raises:
        FileError: lists the bad rows, if `strict` or if no row is good.
    """
    find = partial(
        database.execute,
        f"CREATE TABLE bad AS SELECT {ROW_COLUMN} AS row,"
        f" CASE {ROW_COLUMN} WHEN first[1] THEN first[2] ELSE first[1] END AS other"
        f" FROM leads LEFT JOIN (SELECT {ID_COLUMN}, min({ROW_COLUMN}, 2) AS first FROM leads"
        f" WHERE CAST({ID_COLUMN} AS VARCHAR) <> '' GROUP BY {ID_COLUMN}"
        f" HAVING count(*) > 1) USING ({ID_COLUMN})"
        f" WHERE {BAD_COLUMN} OR first IS NOT NULL",
    )
    message = f"cannot read {source.name}"
    run("reading", message, find)
    with explain_errors(message):
        ((count,),) = database.execute("SELECT count(*) FROM bad").fetchall()
        if not count:
            return _count_batch(database)
        query = f"FROM bad ORDER BY row LIMIT {MOST_BAD_ROWS}"
        bad = dict(database.execute(query).fetchall())
        first = find_bad_rows(select_columns(source, columns), columns, bad).first
        batch = _count_batch(database, BadRows(count, first))
    check_bad_rows(source.name, batch, "planned", strict=strict)
    leave = f"DELETE FROM leads WHERE {ROW_COLUMN} IN (SELECT row FROM bad)"
    run("reading", message, partial(database.execute, leave))
    return batch


def _group_near_duplicates(database: duckdb.DuckDBPyConnection) -> NearDuplicates:
    """Return the groups that `find_near_duplicates` would find; numbers and UUIDs form none."""
    is_text = database.table("leads").select(ID_COLUMN).types == ["VARCHAR"]
    if not is_text or not _is_any(database, f"{FOLDED_COLUMN} IS NOT NULL"):
        return NearDuplicates(0, ())
    database.execute(
        f"CREATE TABLE near AS SELECT list({ID_COLUMN} ORDER BY {ID_COLUMN}) AS ids FROM leads"
        f" GROUP BY coalesce({FOLDED_COLUMN}, {ID_COLUMN}) HAVING count(*) > 1"
    )
    ((count,),) = database.execute("SELECT count(*) FROM near").fetchall()
    first = database.execute(f"FROM near ORDER BY ids LIMIT {MOST_BAD_ROWS}").fetchall()
    return NearDuplicates(count, [tuple(ids) for (ids,) in first])


# -- Writing --------------------------------------------------------------------------------------


def _write_rows(
    database: duckdb.DuckDBPyConnection,
    source: Leads,
    output: Output,
    stage: Stage,
    *,
    as_parquet: bool,
) -> None:
    """Write the rows of the file in their order, each with its channel."""
    added = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '')" for name in ALLOCATION_COLUMNS)
    placed = iterate_rows(database, f"SELECT {ROW_COLUMN}, {added} FROM placed")
    tick = stage("writing", source.size)
    with explain_errors(f"cannot write {output.name}"):
        if as_parquet:
            with (
                output.explain_errors(),
                output.open_binary() as file,
                pq.ParquetWriter(file, make_parquet_schema(source)) as writer,
            ):
                for batch in iterate_batches(source, placed, tick):
                    writer.write_batch(batch)
        else:
            header = [*source.header, *ALLOCATION_COLUMNS]
            rows = chain([header], iterate_placed_rows(source, placed, tick))
            output.write(rows, encoding=source.encoding, line_end=source.line_end)


_REASONS_BY_NAME = {reason.value: reason for reason in Reason}


def _summarize(
    database: duckdb.DuckDBPyConnection,
    name: str,
    how: PlanOptions,
    totals: Totals,
    *,
    batch: Batch,
    near: NearDuplicates,
) -> PlanSummary:
    groups = database.execute(
        "SELECT tier, channel, reason, count(*) FROM placed GROUP BY ALL"
    ).fetchall()
    by_tier: Counter[tuple[ALSTier | None, Channel | None]] = Counter()
    unassigned: Counter[Reason] = Counter()
    for tier, channel, reason, count in groups:
        by_tier[tier and ALSTier(tier), channel and Channel(channel)] += count
        if reason is not None:
            unassigned[_REASONS_BY_NAME[reason]] += count
    return PlanSummary(
        name=name,
        rows=batch.rows,
        leads=by_tier.total(),
        bad=batch.bad,
        near_duplicates=near,
        options=how,
        gate=DEFAULT_GATE,
        carried=how.counted_carried,
        plan=totals,
        by_tier=by_tier,
        unassigned=unassigned,
    )
