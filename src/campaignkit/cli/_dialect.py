"""How a text file is written, found out by looking: encoding, delimiter, and the header's line.

What an option says is not looked for.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import FileIO

from attrs import frozen

from campaignkit.cli._command_error import FileError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""The delimiters by the names that `--delimiter` takes."""

_NAMES = {mark: name for name, mark in DELIMITERS.items()}
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?[\r\n]*', re.IGNORECASE)
_MARKS = (  # that of UTF-32-LE begins with that of UTF-16-LE
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
BOM = "\ufeff"

_LOOKED_AT = 1 << 20  # bytes
_MOST_LINES = 200
_MOST_PREAMBLE = 50
_CHUNK = 1 << 20

Rows = Sequence[tuple[int, Sequence[str]]]


@frozen
class FileOptions:
    """What options say about a file; None and "" are found out by looking."""

    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    skip_rows: int | None = None


@frozen
class Dialect:
    """How a text file is written.

    `header_line` is the line of its header, `separator_line` is a first line such as `sep=;`.
    """

    encoding: str
    delimiter: str
    header_line: int
    has_mark: bool
    separator_line: str = ""

    @property
    def delimiter_name(self) -> str:
        """The name of the delimiter."""
        return _NAMES.get(self.delimiter, repr(self.delimiter))


def look_at_text(
    file: FileIO, name: str, wanted: Collection[str], options: FileOptions
) -> Dialect | None:
    """Return how a text file is written, or None if it has no row.

    `wanted` are the columns that its header should have.

    Raises:
        FileError: the encoding is not known, or a byte does not fit it.
    """
    encoding, has_mark = _find_encoding(file, name, options.encoding)
    file.seek(0)
    head = file.read(_LOOKED_AT)
    text = head.decode(encoding, errors="ignore").lstrip(BOM)
    lines = [*io.StringIO(text, newline="")]
    if len(head) == _LOOKED_AT and len(lines) > 1:
        lines.pop()  # which is cut
    start = options.skip_rows or 0
    looks = bool(lines) and options.skip_rows is None
    found = _SEPARATOR_LINE.fullmatch(lines[0]) if looks else None
    start = 1 if found else start
    given = options.delimiter or (found[1] if found else "")
    tables = {mark: [*_parse_lines(lines, start, mark)] for mark in ([given] if given else _NAMES)}
    if not any(tables.values()):
        return None
    has_start = options.skip_rows is not None
    delimiter, header_line = choose_header(tables, wanted, at_first=has_start)
    return Dialect(encoding, delimiter, header_line, has_mark, lines[0] if found else "")


def choose_header(
    tables: Mapping[str, Rows], wanted: Collection[str], *, at_first: bool = False
) -> tuple[str, int]:
    """Return the key of the table that has a header, and the number of the header's row.

    It is the first row that has all wanted columns. If there is none, it is the first row that is
    about as wide as most rows are. With `at_first` it is the first row.
    """
    tables = {key: rows for key, rows in tables.items() if rows}
    if wanted:
        for key, rows in tables.items():
            for number, cells in rows[: 1 if at_first else _MOST_PREAMBLE]:
                if {cell.strip() for cell in cells}.issuperset(wanted):
                    return key, number
    key = max(tables, key=lambda key: _measure_table(tables[key]))
    rows = tables[key]
    least = max(2, _measure_table(rows)[1] / 2)
    first = rows[0][0]
    if at_first:
        return key, first
    filled = ((number, sum(map(_is_filled, cells))) for number, cells in rows[:_MOST_PREAMBLE])
    return key, next((number for number, cells in filled if cells >= least), first)


def _is_filled(cell: str) -> bool:
    return bool(cell.strip())


def _measure_table(rows: Rows) -> tuple[float, int]:
    """Return how many of the rows have the most frequent width beyond 1, and this width."""
    widths = Counter(len(cells) for _, cells in rows)
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (times / len(rows), width) if width > 1 else (0.0, 1)


def _parse_lines(
    lines: Sequence[str], start: int, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Iterate over the rows that are not blank, each after the line on which it begins."""
    reader = csv.reader(lines[start:], delimiter=delimiter)
    line = start + 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = start + reader.line_num + 1
            if line > start + _MOST_LINES:
                return
    except csv.Error:  # reading the file says what is wrong
        return


# -- Encodings ------------------------------------------------------------------------------------


def _find_encoding(file: FileIO, name: str, given: str) -> tuple[str, bool]:
    """Return the encoding, and whether the file begins with a byte order mark."""
    file.seek(0)
    head = file.read(4_096)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if given:
        given = given.removesuffix("-sig").removesuffix("_sig")
        if marked and (given == marked or _WIDE.get(given, "") == marked[:6] + "-le"):
            return marked, True
        return _WIDE.get(given, given), False
    if marked:
        if marked == "utf-8":
            _check_utf_8(file, name)
        return marked, True
    if wide := _guess_wide(head):
        return wide, False
    return _check_utf_8(file, name), False


def _guess_wide(head: bytes) -> str | None:
    """Return the kind of UTF-16 of text without a mark, whose every second byte is mostly zero."""
    head = head[: len(head) // 2 * 2]
    pairs = len(head) // 2
    if pairs < 2 or b"\0" not in head:  # noqa: PLR2004  # a character is not enough
        return None
    first, second = head[0::2].count(0), head[1::2].count(0)
    most = 0.7 * pairs
    if second > most and not first:
        return "utf-16-le"
    return "utf-16-be" if first > most and not second else None


def _check_utf_8(file: FileIO, name: str) -> str:
    """Return the encoding of a file without a mark: UTF-8, or cp1252.

    A file that has other characters of UTF-8 and a byte that does not fit is damaged.

    Raises:
        FileError: the file is neither.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, is_ascii = 0, True
    file.seek(0)
    while True:
        chunk = file.read(_CHUNK)
        pending = decoder.getstate()[0]
        try:
            is_ascii = decoder.decode(chunk, final=not chunk).isascii() and is_ascii
        except UnicodeDecodeError as error:
            data = error.object
            at = offset - len(pending) + error.start
            before = data[: error.start].isascii() and is_ascii
            if before and (rest := _read_cp1252(file, at)):
                return rest
            message = f"{name} is not UTF-8: the byte at offset {at} is 0x{data[error.start]:02x}"
            advice = "save it as UTF-8 (spreadsheets call that 'CSV UTF-8'), or name its --encoding"
            raise FileError(message, [advice]) from error
        if not chunk:
            return "utf-8"
        offset += len(chunk)


def _read_cp1252(file: FileIO, start: int) -> str | None:
    """Return "cp1252" if a file can be in it, from its first byte that is not UTF-8 on."""
    file.seek(start)
    good = bad = 0
    while chunk := file.read(_CHUNK):
        try:
            chunk.decode("cp1252")
        except UnicodeDecodeError:
            return None
        good += sum(map(len, re.findall(r"[^\x00-\x7f]", chunk.decode("utf-8", "ignore"))))
        bad += chunk.decode("utf-8", "replace").count("\ufffd")
    return "cp1252" if good * 10 < bad else None
