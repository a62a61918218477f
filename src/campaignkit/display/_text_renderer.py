"""Pictures as plain text, in lines that fit into 80 columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from campaignkit.core._escaping import escape_text
from campaignkit.display._document import (
    Bar,
    Cell,
    Column,
    Facts,
    Flow,
    Part,
    Picture,
    Sentences,
    Table,
)

WIDTH = 80
_BAR = 20
_GAP = "  "
_NARROWEST = 12


def text_of(picture: Picture) -> str:
    """Return a picture as lines of text."""
    lines = list(_wrapped(picture.title, WIDTH))
    for part in picture.parts:
        lines += ["", *_part(part)]
    return "\n".join(line.rstrip() for line in lines)


def _part(part: Part) -> Iterator[str]:
    if part.caption:
        yield from _wrapped(part.caption, WIDTH)
    match part:
        case Table():
            yield from _table(part)
        case Flow():
            yield from _table(part.table())
        case Facts():
            names = max((_width(escape_text(name)) for name, _ in part.pairs), default=0)
            for name, value in part.pairs:
                yield from _beside(f"  {_left(escape_text(name), names)}{_GAP}", value)
        case Sentences():
            for line in part.lines:
                yield from _beside("  ", line)


def _beside(first: str, text: str) -> Iterator[str]:
    """Yield a text behind the beginning of a line, its further lines below it."""
    start = first
    for line in _wrapped(text, WIDTH - _width(first)):
        yield f"{start}{line}"
        start = " " * _width(first)


# --- tables ----------------------------------------------------------------------------------


def _table(table: Table) -> Iterator[str]:
    every = [*table.rows, *([table.total] if table.total else [])]
    cells = [[_cell(cell) for cell in row] for row in every]
    names = [column.name for column in table.columns]
    widths = [max(_width(row[i]) for row in [names, *cells]) for i in range(len(table.columns))]
    spare = WIDTH - 1 - len(_GAP) * (len(widths) - 1) - sum(widths)
    if spare < 0:
        # The widest column of words gives way; where that is not enough, each row is a list.
        words = [i for i, column in enumerate(table.columns) if not column.is_number]
        widest = max(words, key=widths.__getitem__)
        widths[widest] += spare
        if widths[widest] < _NARROWEST:
            yield from _listed(table.columns, every)
            return
    yield from _row(table.columns, widths, names)
    yield f" {'─' * (sum(widths) + len(_GAP) * (len(widths) - 1))}"
    for i, row in enumerate(cells):
        if table.total and i == len(table.rows):
            yield f" {'─' * (sum(widths) + len(_GAP) * (len(widths) - 1))}"
        yield from _row(table.columns, widths, row)


def _row(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> Iterator[str]:
    folded = [list(_wrapped(cell, width)) for cell, width in zip(cells, widths, strict=True)]
    for n in range(max(map(len, folded))):
        line = [lines[n] if n < len(lines) else "" for lines in folded]
        yield " " + _GAP.join(
            _right(cell, width) if column.is_number else _left(cell, width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        )


def _listed(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    for row in rows:
        named = [
            f"{column.name} {_cell(cell)}"
            for column, cell in zip(columns[1:], row[1:], strict=True)
            if not isinstance(cell, Bar) and cell != ""
        ]
        yield from _beside(" ", f"{_cell(row[0])}: {', '.join(named)}")


def _cell(cell: Cell) -> str:
    match cell:
        case Bar():
            return _bar(cell)
        case int():
            return f"{cell:,}"
        case str():
            return escape_text(cell)


def _bar(bar: Bar) -> str:
    """Draw a bar of whole characters, its mark as a line at the place where it was to end."""

    def scaled(length: int) -> int:
        return -(-_BAR * length // bar.longest) if bar.longest else 0

    drawn = scaled(bar.length)
    line = "█" * drawn
    if bar.mark is None:
        return line
    at = scaled(bar.mark)
    return line.ljust(at, "░") + "▏" if at >= drawn else f"{line[:at]}▏{line[at + 1 :]}"


# --- widths ----------------------------------------------------------------------------------


def _width(text: str) -> int:
    """Return how many columns a terminal needs for a text."""
    return len(text) if text.isascii() else sum(map(_wide, text))


def _wide(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _left(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - _width(text)) + text


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield a text in lines of a width; a word that is longer than that is broken."""
    line, used = "", 0
    for word in escape_text(text).split(" "):
        wide = _width(word)
        if not line:
            line, used = word, wide
        elif used + 1 + wide <= width:
            line, used = f"{line} {word}", used + 1 + wide
        else:
            yield line
            line, used = word, wide
        if used > width:
            *heads, line = _pieces(line, width)
            yield from heads
            used = _width(line)
    yield line


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yield a text in pieces that fit into a width, each of at least one character."""
    start = used = 0
    for at, char in enumerate(text):
        wide = _wide(char)
        if used + wide > width and at > start:
            yield text[start:at]
            start, used = at, 0
        used += wide
    yield text[start:]
