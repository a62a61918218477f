"""The temporary DuckDB database for files larger than memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb

from campaignkit.cli._command_error import FileError
from campaignkit.cli._terminal import Stage
from campaignkit.core._immutable import T
from campaignkit.frames._arrow import pa

ROWS = 50_000
"""The number of rows of a batch."""

_SECONDS_BETWEEN_TICKS = 0.1


@contextmanager
def open_database(out: str | None, memory: str | None) -> Generator[duckdb.DuckDBPyConnection]:
    """Open an empty database on disk, and delete it at the end.

    Raises:
        FileError: the database cannot be created.
    """
    try:
        of_its_own = tempfile.TemporaryDirectory(prefix=".campaignkit-", dir=_choose_folder(out))
    except OSError as error:
        message = f"cannot make a temporary database: {error.strerror}"
        raise FileError(message, [str(error.filename)]) from error
    with of_its_own as folder:
        with explain_errors("cannot make a temporary database"):
            connection = duckdb.connect(str(Path(folder) / "leads.duckdb"))
        try:
            # Rows are numbered, and later joined, in the order of the file.
            connection.execute("SET preserve_insertion_order = true")
            # DuckDB then knows its progress; our own bar shows it.
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute(
                f"SET memory_limit = {quote_text(memory or _half_of_memory(connection))}"
            )
            yield connection
        finally:
            connection.close()


def _half_of_memory(database: duckdb.DuckDBPyConnection) -> str:
    """Return half of the memory.

    DuckDB's own limit is four fifths of it, which leaves too little for what it does not count in a
    small container.
    """
    ((most,),) = database.execute("SELECT current_setting('memory_limit')").fetchall()
    amount, unit = most.split()
    return f"{float(amount) * 0.5 / 0.8:.2f} {unit}"


def _choose_folder(out: str | None) -> str | None:
    """Return a folder on the disk of the output; /tmp is often kept in memory."""
    if named := os.environ.get("TMPDIR"):
        return named
    target = Path(out or "").resolve()
    is_device = target.exists() and not target.is_file()
    return None if is_device or not target.parent.is_dir() else str(target.parent)


def run_stage(
    database: duckdb.DuckDBPyConnection,
    stage: Stage,
    name: str,
    message: str,
    work: Callable[[], T],
) -> T:
    """Run a stage of the work, show the progress of its queries, and return its result.

    The work is done in another thread, because a signal is not handled during a query.

    Raises:
        FileError: the database cannot go on.
    """
    tick = stage(name, 100)  # percent
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised again in the main thread
            result.set_exception(error)

    worker = Thread(target=run)
    with explain_errors(message):
        try:
            worker.start()
            while wait([result], timeout=_SECONDS_BETWEEN_TICKS).not_done:
                if (percent := database.query_progress()) >= 0:
                    tick(int(percent))
            return result.result()
        finally:
            # At Ctrl-C, whenever it comes, end the query that is running.
            while worker.is_alive():
                if wait([result], timeout=_SECONDS_BETWEEN_TICKS).not_done:
                    database.interrupt()


@contextmanager
def explain_errors(message: str) -> Generator[None]:
    """Turn errors of the database into the end of the command.

    Raises:
        FileError: the database cannot go on.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise FileError(message, [get_first_line(error), "--memory lets it use more"]) from error
    except (duckdb.Error, pa.ArrowException) as error:
        raise FileError(message, [get_first_line(error)]) from error


def get_first_line(error: Exception) -> str:
    """Return the first line of an error; the others are about the query."""
    return str(error).partition("\n")[0]


def iterate_rows(database: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    """Iterate over the rows of a query, with few of them in memory at a time."""
    with closing(database.cursor()) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(ROWS // 10):
            yield from rows


def quote_name(name: str) -> str:
    """Quote a name for SQL."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def quote_text(text: str) -> str:
    """Quote a text for SQL."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
