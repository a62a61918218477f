"""Writing rows to a file wholly or not at all, or to standard output."""

from __future__ import annotations

import csv
import os
import secrets
import stat
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from campaignkit.cli.csv_file import Source
from campaignkit.cli.errors import FileError
from campaignkit.cli.leads_csv import ADDED

__all__ = ["STDOUT", "check_target", "is_parquet", "whole_or_not_at_all", "write_rows"]

STDOUT = "-"


def check_target(path: str, source: Source, added: Iterable[str] = ADDED) -> None:
    """Check that rows with these columns added can be written there, before there are any.

    Raises:
        FileError: the path is a folder, its folder is not there, it leads to the file that the rows
            are read from, or that has one of the columns that are to be added.
    """
    if taken := [name for name in added if name in source.columns]:
        message = f"{source.name} already has what is to be added: {', '.join(taken)}"
        raise FileError(message, ["rename these columns, or go on from the file without them"])
    if path == STDOUT:
        return
    target = Path(path).resolve()
    if source.is_at(path):
        why = "the leads are read from it"
    elif target.is_dir():
        why = "it is a folder"
    elif not target.parent.is_dir():
        why = f"there is no folder {target.parent}"
    else:
        return
    message = f"cannot write {path}: {why}"
    raise FileError(message)


def is_parquet(path: str) -> bool:
    """Tell whether a file is Parquet, by its name."""
    return path.lower().endswith((".parquet", ".pq"))


def write_rows(path: str, rows: Iterable[Sequence[str]], *, encoding: str, line_end: str) -> None:
    """Write rows as CSV to a file, or to standard output for "-".

    A file is there wholly or, whatever happens while it is written, as it was before.

    Raises:
        FileError: the file cannot be written.
    """
    opened = _standard_output(encoding) if path == STDOUT else _text_file(path, encoding)
    try:
        with opened as file:
            csv.writer(file, lineterminator=line_end).writerows(rows)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = "to standard output" if path == STDOUT else path
        message = f"cannot write {where}: {error.strerror}"
        raise FileError(message) from error


@contextmanager
def _standard_output(encoding: str) -> Generator[TextIO]:
    sys.stdout.flush()
    # A file of its own over the same descriptor: what a broken pipe left in it is not tried again.
    with open(sys.stdout.fileno(), "w", encoding=encoding, newline="", closefd=False) as file:
        yield file


@contextmanager
def _text_file(path: str, encoding: str) -> Generator[TextIO]:
    with (
        whole_or_not_at_all(path) as new,
        new.open("w", encoding=encoding, newline="") as file,
    ):
        yield file


@contextmanager
def whole_or_not_at_all(path: str) -> Generator[Path]:
    """Give a place to write to: what is there at the end comes to be at the path, wholly.

    Whatever happens meanwhile, the path is as it was before.
    """
    target = Path(path).resolve()
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and not stat.S_ISREG(mode):  # a pipe or a device cannot be replaced
        yield target
        return
    new = target.with_name(f".campaignkit-{secrets.token_hex(8)}.tmp")
    try:
        yield new
        with new.open("rb") as file:
            os.fsync(file.fileno())
        if mode is not None:
            new.chmod(stat.S_IMODE(mode))
        new.replace(target)
    except BaseException:  # Ctrl-C as well
        new.unlink(missing_ok=True)
        raise
