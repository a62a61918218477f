"""A CSV file that can be read more than once, also from standard input.

It is UTF-8, comma-separated, with a header line; blank lines do not count.
"""

from __future__ import annotations

import codecs
import csv
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from io import FileIO
from typing import BinaryIO, ClassVar, Protocol, TypeAlias

from attrs import field, frozen

from campaignkit.cli._command_error import FileError

STDIN = "-"

MOST_CHARACTERS = 16 << 20
"""The most characters of a cell, read or written."""

csv.field_size_limit(MOST_CHARACTERS)  # Python has one for the whole process

_CHUNK = 1 << 20
_LINES_BETWEEN_TICKS = 4_096

Tick: TypeAlias = Callable[[int], object]
"""Called now and then with the number of bytes that have been read."""


class Source(Protocol):
    """A file with rows, whose numbers count `unit`s: lines or rows."""

    unit: ClassVar[str]

    @property
    def name(self) -> str:
        """The name for messages."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """The names of its columns."""
        ...

    def rows(self, tick: Tick) -> Generator[tuple[int, Sequence[str]]]:
        """Iterate over the rows, each after its number."""
        ...


@frozen
class CsvFile:
    """An open CSV file: its name for messages, its size in bytes, and its format."""

    name: str
    size: int
    header: Sequence[str]
    encoding: str
    line_end: str
    _file: FileIO = field(alias="file")

    unit: ClassVar[str] = "line"

    @property
    def columns(self) -> list[str]:
        """The names in the header, without white space around them."""
        return [name.strip() for name in self.header]

    def rows(self, tick: Tick) -> Generator[tuple[int, list[str]]]:
        """Iterate over the rows below the header, each after the line on which it begins.

        Raises:
            FileError: a byte that is not UTF-8, or quotes that leave open where a row ends.
        """
        rows = _iterate_numbered_rows(self._file, self.name, tick)
        next(rows, None)  # the header
        return rows

    def state(self) -> tuple[int, int]:
        """Return the size and the time of the last change."""
        state = os.fstat(self._file.fileno())
        return state.st_size, state.st_mtime_ns


@contextmanager
def open_csv(path: str) -> Generator[CsvFile]:
    """Open a CSV file, or standard input for "-".

    What cannot be read twice is copied to a temporary file first.

    Raises:
        FileError: there is no such file, it cannot be read, or it is empty.
    """
    name = "standard input" if path == STDIN else path
    with _open_twice_readable(path, name) as file:
        try:
            start = file.read(_CHUNK)
        except OSError as error:
            raise _read_error(name, error) from error
        with closing(_iterate_numbered_rows(file, name)) as rows:
            header = next(rows, None)
        if header is None:
            message = f"{name} is empty, expected a header line and then one lead a line"
            raise FileError(message)
        yield CsvFile(
            name=name,
            size=os.fstat(file.fileno()).st_size,
            header=header[1],
            encoding="utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8",
            line_end="\r\n" if start.splitlines(keepends=True)[0].endswith(b"\r\n") else "\n",
            file=file,
        )


@contextmanager
def _open_twice_readable(path: str, name: str) -> Generator[FileIO]:
    if path == STDIN:
        with _copy_to_disk(sys.stdin.buffer, name) as copy:
            yield copy
        return
    try:
        file = FileIO(path)
    except OSError as error:
        raise _read_error(name, error) from error
    with file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield file
        else:
            with _copy_to_disk(file, name) as copy:
                yield copy


@contextmanager
def _copy_to_disk(file: BinaryIO | FileIO, name: str) -> Generator[FileIO]:
    with tempfile.TemporaryFile() as copy:
        try:
            shutil.copyfileobj(file, copy, _CHUNK)
            copy.flush()
        except OSError as error:
            message = f"cannot copy {name} to a temporary file: {error.strerror}"
            raise FileError(message) from error
        with FileIO(copy.fileno(), closefd=False) as raw:
            raw.seek(0)
            yield raw


def _iterate_numbered_rows(
    file: FileIO, name: str, tick: Tick = lambda _: None
) -> Generator[tuple[int, list[str]]]:
    file.seek(0)
    line, next_tick = 1, _LINES_BETWEEN_TICKS
    try:
        # Another file over the same descriptor: either may then be closed before the other.
        with open(file.fileno(), encoding="utf-8-sig", newline="", closefd=False) as text:
            # Strict, because a quote out of place would silently make one row of many.
            reader = csv.reader(text, strict=True)
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1
                if line >= next_tick:
                    next_tick = line + _LINES_BETWEEN_TICKS
                    tick(file.tell())
    except UnicodeDecodeError as error:
        offset, byte = _first_bad_byte(file)
        message = f"{name} is not UTF-8: the byte at offset {offset} is 0x{byte:02x}"
        raise FileError(
            message, ["save it as UTF-8; spreadsheets call that 'CSV UTF-8'"]
        ) from error
    except csv.Error as error:
        message = f"{name} cannot be read beyond the row that begins on line {line}: {error}"
        raise FileError(message, ["a quote out of place hides where the rows end"]) from error
    except OSError as error:
        raise _read_error(name, error) from error


def _read_error(name: str, error: OSError) -> FileError:
    return FileError(f"cannot read {name}: {error.strerror}")


def _first_bad_byte(file: FileIO) -> tuple[int, int]:
    """Return the offset of the first byte that is not UTF-8, and the byte."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    file.seek(0)
    while True:
        chunk = file.read(_CHUNK)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return offset - pending + error.start, error.object[error.start]
        offset += len(chunk)
