"""The temporary database on disk in which leads are planned that need not fit into memory."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import duckdb

from campaignkit.cli._command_error import FileError
from campaignkit.cli._terminal import Stage

pa: Any = importlib.import_module("pyarrow")

ROWS = 50_000
"""How many rows are worked on at a time."""

WHOLE = 100
"""What the ticks of a stage add up to whose progress is a percentage."""

_SECONDS_BETWEEN_TICKS = 0.1

T = TypeVar("T")


@contextmanager
def open_database(out: str | None, memory: str | None) -> Generator[duckdb.DuckDBPyConnection]:
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
        with in_words("cannot make a temporary database"):
            connection = duckdb.connect(str(Path(folder) / "leads.duckdb"))
        try:
            # The rows are numbered, and later met again, in the order of the file.
            connection.execute("SET preserve_insertion_order = true")
            # It keeps count of how far it is, but shows nothing.
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute(f"SET memory_limit = {sql_text(memory or _half(connection))}")
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


def run_stage(
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
    tick = stage(name, WHOLE)
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001  # whoever waits gets it
            result.set_exception(error)

    worker = Thread(target=run)
    with in_words(message):
        try:
            worker.start()
            while wait([result], timeout=_SECONDS_BETWEEN_TICKS).not_done:
                if (percent := database.query_progress()) >= 0:
                    tick(int(percent))
            return result.result()
        finally:
            # At Ctrl-C; whenever it comes, a query that has begun must not go on to its end.
            while worker.is_alive():
                if wait([result], timeout=_SECONDS_BETWEEN_TICKS).not_done:
                    database.interrupt()


@contextmanager
def in_words(message: str) -> Generator[None]:
    """Turn what the database refuses into what ends a command.

    Raises:
        FileError: the database cannot go on.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise FileError(message, [first_line(error), "--memory lets it use more"]) from error
    except (duckdb.Error, pa.ArrowException) as error:
        raise FileError(message, [first_line(error)]) from error


def first_line(error: Exception) -> str:
    """Return what an error says first; what follows it is for those who know the query."""
    return str(error).partition("\n")[0]


def stream(database: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    """Iterate over the rows of a query, of which few are in memory at a time."""
    with closing(database.cursor()) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(ROWS // 10):
            yield from rows


def sql_name(name: str) -> str:
    """Return a name as SQL has it."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def sql_text(text: str) -> str:
    """Return a text as SQL has it."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def sql_texts(texts: Iterable[str]) -> str:
    """Return texts as a list of SQL."""
    return ", ".join(map(sql_text, sorted(texts)))
