"""Open a file of leads: text, Excel or Parquet, also compressed, and found out by looking."""

from __future__ import annotations

import gzip
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Collection, Generator
from contextlib import contextmanager
from io import FileIO
from os import fstat
from typing import BinaryIO, TypeAlias

from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import CsvFile, open_text
from campaignkit.cli._dialect import FileOptions
from campaignkit.cli._source import STDIN, read_error
from campaignkit.cli._typed_files import ExcelFile, ParquetFile, open_excel, open_parquet

LeadsSource: TypeAlias = CsvFile | ExcelFile | ParquetFile
"""A file of leads; its rows have ascending numbers."""

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of today, and of before 2007


@contextmanager
def open_leads(
    path: str, wanted: Collection[str] = (), options: FileOptions | None = None
) -> Generator[LeadsSource]:
    """Open a file of leads, or standard input for "-".

    What cannot be read twice, or is compressed, is copied to a temporary file first.

    Args:
        path: The path of the file.
        wanted: The columns that its header should have; they help to find the header.
        options: What is known of the file.

    Raises:
        FileError: there is no such file, it cannot be read, or it is empty.
        CommandError: the library that reads it is missing, or an option does not fit.
    """
    name = "standard input" if path == STDIN else path
    options = options or FileOptions()
    with _open_twice_readable(path, name) as file, _decompress(file, name) as plain:
        start = _read_start(plain, name)
        if start == _PARQUET:
            _refuse_options(name, "a Parquet file", options, sheet=True, text=True)
            yield open_parquet(plain, name)
        elif start in _EXCEL:
            _refuse_options(name, "an Excel file", options, sheet=False, text=True)
            yield open_excel(plain, name, wanted, options)
        else:
            _refuse_options(name, "a text file", options, sheet=True, text=False)
            yield open_text(plain, name, wanted, options)


def _refuse_options(name: str, kind: str, options: FileOptions, *, sheet: bool, text: bool) -> None:
    """Refuse options that say nothing about a file of this kind.

    Raises:
        FileError: lists these options.
    """
    given = {
        "--sheet": sheet and options.sheet,
        "--delimiter": text and options.delimiter,
        "--encoding": text and options.encoding,
        "--skip-rows": sheet and text and options.skip_rows is not None,
    }
    if wrong := [option for option, is_given in given.items() if is_given]:
        message = f"{name} is {kind}, which has no {' and no '.join(wrong)}"
        raise FileError(message)


def _read_start(file: FileIO, name: str) -> bytes:
    try:
        file.seek(0)
        return file.read(4)
    except OSError as error:
        raise read_error(name, error) from error


@contextmanager
def _open_twice_readable(path: str, name: str) -> Generator[FileIO]:
    if path == STDIN:
        with _copy_to_disk(sys.stdin.buffer, name) as copy:
            yield copy
        return
    try:
        file = FileIO(path)
    except OSError as error:
        raise read_error(name, error) from error
    with file:
        if stat.S_ISREG(fstat(file.fileno()).st_mode):
            yield file
        else:
            with _copy_to_disk(file, name) as copy:
                yield copy


@contextmanager
def _decompress(file: FileIO, name: str) -> Generator[FileIO]:
    """Open what a compressed file contains; any other file is that file."""
    if not _read_start(file, name).startswith(_GZIP):
        yield file
        return
    file.seek(0)
    with (
        open(file.fileno(), "rb", closefd=False) as raw,
        gzip.GzipFile(fileobj=raw) as packed,
        _copy_to_disk(packed, name) as copy,
    ):
        yield copy


@contextmanager
def _copy_to_disk(file: BinaryIO | FileIO | gzip.GzipFile, name: str) -> Generator[FileIO]:
    with tempfile.TemporaryFile() as copy:
        try:
            shutil.copyfileobj(file, copy, _CHUNK)
            copy.flush()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            message = f"cannot read {name}: the compressed file is damaged"
            raise FileError(message, [str(error)]) from error
        except OSError as error:
            message = f"cannot copy {name} to a temporary file: {error.strerror}"
            raise FileError(message) from error
        with FileIO(copy.fileno(), closefd=False) as raw:
            raw.seek(0)
            yield raw
