"""A text file of rows that can be read more than once, also from standard input.

How it is written is found out by looking, or given by options.
"""

from __future__ import annotations

import csv
import os
import re
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from io import FileIO
from itertools import chain, islice
from typing import Any, AnyStr, ClassVar

from attrs import field, frozen

from campaignkit.cli._command_error import FileError
from campaignkit.cli._dialect import BOM, Dialect, FileOptions, look_at_text
from campaignkit.cli._source import Place, Tick, read_error

MOST_CHARACTERS = 16 << 20
"""The most characters of a cell, read or written."""

csv.field_size_limit(MOST_CHARACTERS)  # Python has one for the whole process

_BUFFER = 1 << 20
_CHARACTERS = 1 << 16  # of lines that are read at once
_BYTEWISE = frozenset({"ascii", "utf-8", "cp1252", "iso8859-1"})
"""Usual encodings in which the byte of a line end is nothing else."""


@frozen
class CsvFile:
    """An open text file of rows: its name for messages, its size in bytes, its dialect."""

    name: str
    size: int
    header: Sequence[str]
    header_text: str
    dialect: Dialect
    line_end: str
    _file: FileIO = field(alias="file")

    unit: ClassVar[str] = "line"
    is_text: ClassVar[bool] = True

    @property
    def columns(self) -> list[str]:
        """The names in the header, without white space around them."""
        return [name.strip() for name in self.header]

    @property
    def has_decimal_comma(self) -> bool:
        """Whether a comma in a number can only be a decimal one."""
        return self.dialect.delimiter != ","

    def describe(self) -> Sequence[str]:
        """Say how the file is written."""
        dialect = self.dialect
        mark = " with BOM" if dialect.has_mark and dialect.encoding == "utf-8" else ""
        words = [dialect.delimiter_name, f"{_show_encoding(dialect.encoding)}{mark}"]
        if dialect.header_line > 1:
            words.append(f"header on line {dialect.header_line:,}")
        return words

    def to_json(self) -> Mapping[str, object]:
        """Say how the file is written, as JSON has it."""
        dialect = self.dialect
        return {
            "format": "csv",
            "delimiter": dialect.delimiter,
            "encoding": dialect.encoding,
            "header_line": dialect.header_line,
        }

    def rows(
        self, tick: Tick, _only: Collection[str] = ()
    ) -> Generator[tuple[int, int, list[str]]]:
        """Iterate over the rows below the header, each after its first and its last line.

        Raises:
            FileError: a byte that does not fit, or quotes that leave open where a row ends.
        """
        rows = self._parse_lines(self._iterate_lines(tick))
        next(rows, None)  # the header
        return rows

    def encoded_rows(self, places: Iterable[Place], encoding: str, tick: Tick) -> Generator[bytes]:
        """Iterate over the rows at ascending places as they are, without their line ends.

        In the encoding of the file most need not be decoded, which takes a third of the time.
        """
        dialect = self.dialect
        before = dialect.header_line - 1
        if encoding == dialect.encoding and encoding in _BYTEWISE:
            lines = iterate_byte_lines(self._file, self.name, tick)
            return _take_rows(lines, places, 0, b"\r\n")
        rows = _take_rows(self._iterate_lines(tick), places, before, "\r\n")
        return (row.encode(encoding) for row in rows)

    def state(self) -> tuple[int, int]:
        """Return the size and the time of the last change."""
        state = os.fstat(self._file.fileno())
        return state.st_size, state.st_mtime_ns

    def _iterate_lines(self, tick: Tick) -> Generator[str]:
        """Iterate over the lines of the file, from that of the header on."""
        return iterate_lines(self._file, self.name, self.dialect, tick)

    def _parse_lines(self, lines: Iterator[str]) -> Generator[tuple[int, int, list[str]]]:
        return parse_lines(lines, self.name, self.dialect)


def open_text(file: FileIO, name: str, wanted: Collection[str], options: FileOptions) -> CsvFile:
    """Return a text file of rows.

    Raises:
        FileError: the file cannot be read, or it is empty.
    """
    try:
        dialect = look_at_text(file, name, wanted, options)
    except OSError as error:
        raise read_error(name, error) from error
    header: list[str] | None = None
    text = ""
    if dialect is not None:
        with closing(iterate_lines(file, name, dialect, lambda _: None)) as lines:
            taken = _Recorded(lines)
            with closing(parse_lines(taken, name, dialect)) as rows:
                _, _, header = next(rows, (0, 0, None))
            text = "".join(taken.lines)
    if dialect is None or header is None:
        message = f"{name} is empty, expected a header line and then one lead a line"
        raise FileError(message)
    return CsvFile(
        name=name,
        size=os.fstat(file.fileno()).st_size,
        header=header,
        header_text=without_line_end(text),
        dialect=dialect,
        line_end="\r\n" if text.endswith("\r\n") else "\n",
        file=file,
    )


class _Recorded:
    """Lines, and those that were taken."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self.lines: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.lines.append(next(self._source))
        return self.lines[-1]


def iterate_lines(file: FileIO, name: str, dialect: Dialect, tick: Tick) -> Generator[str]:
    """Iterate over the lines of a file, from that of its header on.

    Raises:
        FileError: the file cannot be read, or a byte does not fit the encoding.
    """
    file.seek(0)
    try:
        # Another file over the same descriptor: either may then be closed before the other.
        with open(
            file.fileno(), buffering=_BUFFER, encoding=dialect.encoding, newline="", closefd=False
        ) as text:
            before = [*islice(text, dialect.header_line)]
            first = before[-1].lstrip(BOM) if dialect.header_line == 1 else before[-1]
            yield first
            while lines := text.readlines(_CHARACTERS):
                yield from lines
                tick(file.tell())
    except UnicodeError as error:
        message = f"{name} is not {dialect.encoding.upper()}: {error}"
        raise FileError(message, ["name its --encoding"]) from error
    except OSError as error:
        raise read_error(name, error) from error


def iterate_byte_lines(file: FileIO, name: str, tick: Tick) -> Generator[bytes]:
    """Iterate over all lines of a file that has the bytes of ASCII for the ends of lines.

    Raises:
        FileError: the file cannot be read.
    """
    try:
        with open(file.fileno(), "rb", buffering=_BUFFER, closefd=False) as raw:
            raw.seek(0)
            while lines := raw.readlines(_CHARACTERS):
                for line in lines:
                    if b"\r" not in line or line.find(b"\r\n") == line.find(b"\r"):
                        yield line
                    else:  # carriage returns alone end lines as well
                        yield from re.findall(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)", line)[:-1]
                tick(raw.tell())
    except OSError as error:
        raise read_error(name, error) from error


def _take_rows(
    lines: Generator[AnyStr], places: Iterable[Place], at: int, ends: AnyStr
) -> Generator[AnyStr]:
    """Iterate over the rows at ascending places, without their ends; line `at` comes before."""
    with closing(lines):
        first: int
        last: int
        for first, last in places:
            skipped = first - at - 1
            row = next(lines if not skipped else islice(lines, skipped, None), None)
            if row is None:
                return
            if last > first:
                parts: Any = [row, *islice(lines, last - first)]
                row = ends[:0].join(parts)
            at = last
            yield row.rstrip(ends)


def parse_lines(
    lines: Iterator[str], name: str, dialect: Dialect
) -> Generator[tuple[int, int, list[str]]]:
    """Iterate over the rows that are not blank, each after its first and its last line.

    Raises:
        FileError: quotes leave open where a row ends, or a cell is too long.
    """
    delimiter = dialect.delimiter
    box: deque[str] = deque()
    # Strict, because a quote out of place would silently make one row of many.
    reader = csv.reader(iter(box.popleft, None), delimiter=delimiter, strict=True)
    at = dialect.header_line - 1
    first = at + 1
    try:
        for line in lines:
            at += 1
            if '"' not in line and len(line) < MOST_CHARACTERS:
                if row := line.rstrip("\r\n"):  # far faster than the reader
                    yield at, at, row.split(delimiter)
                continue
            first = at
            box.append(line)
            try:
                cells = next(reader)
            except IndexError:  # the row goes on
                rest = csv.reader(chain([line], lines), delimiter=delimiter, strict=True)
                cells = next(rest)
                at += rest.line_num - 1
            yield first, at, cells
    except csv.Error as error:
        message = f"{name} cannot be read beyond the row that begins on line {first}: {error}"
        raise FileError(message, ["a quote out of place hides where the rows end"]) from error


def without_line_end(text: str) -> str:
    """Return a row without the end of its last line."""
    return text.rstrip("\r\n")  # a line has one end, and a row none outside of quotes


def _show_encoding(encoding: str) -> str:
    return encoding.upper() if encoding.startswith("utf") else encoding
