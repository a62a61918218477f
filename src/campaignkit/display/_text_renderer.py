"""Documents as lines of text, each a sequence of styled spans.

`render_text` joins the spans; the command line prints them in colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from attrs import frozen

from campaignkit.core._escaping import escape_text
from campaignkit.display._document import (
    Bar,
    Cell,
    Column,
    Difference,
    Document,
    Entries,
    Facts,
    Flow,
    Part,
    Sentences,
    Table,
)

Style: TypeAlias = Literal["", "title", "caption", "name", "total", "warning", "faint"]


@frozen
class Span:
    """A piece of a line, and its style."""

    text: str
    style: Style = ""


Line: TypeAlias = Sequence[Span]


@frozen
class Layout:
    """The width of lines; sentences are not folded where `folds_sentences` is false."""

    width: int = 80
    folds_sentences: bool = True
    has_bars: bool = True

    @property
    def sentence_width(self) -> int | None:
        """The width that sentences are folded at."""
        return self.width if self.folds_sentences else None


_BAR = 20
_GAP = "  "
_INDENT = "  "
_NUMBER_WIDTH = 4
_NARROWEST = 12
_NARROWEST_LINE = 2  # which any character fits into


def render_text(document: Document) -> str:
    """Return a document as plain text, in lines of at most 80 columns."""
    lines = render_lines(document, Layout())
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def render_lines(document: Document, layout: Layout) -> Iterator[Line]:
    """Iterate over the lines of a document.

    An empty line separates captions and tables, and what is below other sentences with a caption.
    """
    is_first = True
    if document.title:
        yield from _render_sentence(document.title, layout, style="title")
        is_first = False
    is_below_caption = False
    for part in document.parts:
        if isinstance(part, Flow) and not part.is_in_text:
            continue
        is_apart = bool(part.caption) or isinstance(part, Table | Flow)
        if not is_first and (is_apart or (is_below_caption and isinstance(part, Sentences))):
            yield []
        if part.caption:
            yield from _render_sentence(part.caption, layout, style="caption")
        yield from _render_part(part, layout)
        is_first = False
        is_below_caption = bool(part.caption) and isinstance(part, Sentences)


def _render_part(part: Part, layout: Layout) -> Iterator[Line]:
    match part:
        case Table():
            yield from _render_table(part, layout)
        case Flow():
            yield from _render_table(part.to_table(), layout)
        case Facts():
            yield from _render_facts(part, layout)
        case Sentences():
            for sentence in part.lines:
                style: Style = "warning" if part.is_warning else ""
                yield from _render_sentence(sentence, layout, _INDENT, style)
        case Entries():
            for entry in part.entries:
                number = Span(f"{entry.number or '':>{_NUMBER_WIDTH}}", "name")
                width = _width(number.text) + len(_GAP)
                yield from _hang_indent([number, Span(_GAP)], entry.text, layout.sentence_width)
                for line in entry.lines:
                    yield from _render_sentence(line, layout, " " * width)


def _render_sentence(
    text: str, layout: Layout, indent: str = "", style: Style = ""
) -> Iterator[Line]:
    yield from _hang_indent([Span(indent)], text, layout.sentence_width, style)


def _hang_indent(start: Line, text: str, width: int | None, style: Style = "") -> Iterator[Line]:
    """Iterate over the lines of a text behind a start; the start's width indents the others."""
    used = sum(_width(span.text) for span in start)
    for line in _fold_text(text, None if width is None else width - used):
        yield [*start, Span(line, style)]
        start = [Span(" " * used)]


def _render_facts(facts: Facts, layout: Layout) -> Iterator[Line]:
    if not facts.rows:
        return
    rows = [[_format_cell(cell) for cell in row] for row in facts.rows]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)][:-1]
    for cells, row in zip(rows, facts.rows, strict=True):
        start = [Span(_INDENT)]
        for text, cell, width in zip(cells, row, widths, strict=False):
            is_number = isinstance(cell, int)
            start.append(_align(text, width, "" if is_number else "name", is_right=is_number))
            start.append(Span(_GAP))
        yield from _hang_indent(start, cells[-1], layout.width)


# --- tables ----------------------------------------------------------------------------------


def _render_table(table: Table, layout: Layout) -> Iterator[Line]:
    """Iterate over the lines of a table.

    A table that is too wide loses its bars, which only repeat numbers; then its groups of columns
    go into tables of their own; then its widest column of words is folded; if that column becomes
    too narrow, each row is a sentence.
    """
    if not layout.has_bars or sum(_column_widths(table)) > _available_width(table, layout):
        table = _remove_bars(table)
    widths = _column_widths(table)
    if (spare := _available_width(table, layout) - sum(widths)) < 0:
        if len(tables := _split_groups(table, layout)) > 1:
            for n, part in enumerate(tables):
                yield from [[]] if n else []
                yield from _render_table(part, layout)
            return
        words = [i for i, c in enumerate(table.columns) if not (c.is_number or c.is_id)]
        widest = max(words, key=widths.__getitem__, default=0)
        widths[widest] += spare
        if widths[widest] < _NARROWEST:
            yield from _render_rows_as_sentences(table, layout)
            return
    rule = Span("─" * (1 + sum(widths) + len(_GAP) * (len(widths) - 1)))
    names = [column.name for column in table.columns]
    yield from _render_groups(table, widths)
    yield from _render_row(table.columns, widths, names, style="caption")
    yield [rule]
    for row in table.rows:
        yield from _render_row(table.columns, widths, row)
    if table.total:
        yield [rule]
        yield from _render_row(table.columns, widths, table.total, style="total")


def _all_rows(table: Table) -> Sequence[Sequence[Cell]]:
    return [*table.rows, *([table.total] if table.total else [])]


def _column_widths(table: Table) -> list[int]:
    every = [[column.name for column in table.columns], *_all_rows(table)]
    return [max(_width(_format_cell(cell)) for cell in cells) for cells in zip(*every, strict=True)]


def _available_width(table: Table, layout: Layout) -> int:
    return layout.width - 1 - len(_GAP) * (len(table.columns) - 1)


def _remove_bars(table: Table) -> Table:
    kept = [
        i for i in range(len(table.columns)) if not any(isinstance(r[i], Bar) for r in table.rows)
    ]
    return table.select_columns(kept)


def _split_groups(table: Table, layout: Layout) -> list[Table]:
    """Return tables with as many groups of columns as fit, each with the columns of no group."""
    loose = [i for i, column in enumerate(table.columns) if not column.group]
    parts: list[Table] = []
    kept = loose
    for _, places in (group for group in table.groups if group[0]):
        wider = table.select_columns([*kept, *places])
        if kept != loose and sum(_column_widths(wider)) > _available_width(wider, layout):
            parts.append(table.select_columns(kept))
            kept = loose
        kept = [*kept, *places]
    return [*parts, table.select_columns(kept)]


def _render_groups(table: Table, widths: Sequence[int]) -> Iterator[Line]:
    """Iterate over the lines of the names of groups, each above its columns."""
    if groups := table.groups:
        wide = [sum(widths[i] for i in some) + len(_GAP) * (len(some) - 1) for _, some in groups]
        columns = [Column(name, is_number=bool(name)) for name, _ in groups]
        yield from _render_row(columns, wide, [name for name, _ in groups], style="caption")


def _render_row(
    columns: Sequence[Column], widths: Sequence[int], row: Sequence[Cell], style: Style = ""
) -> Iterator[Line]:
    folded = [
        _fold_text(_format_cell(cell), width) for cell, width in zip(row, widths, strict=True)
    ]
    styles: list[Style] = [style or _choose_style(i, cell) for i, cell in enumerate(row)]
    for n in range(max(map(len, folded))):
        line = [Span(" ")]
        for i, lines in enumerate(folded):
            text = lines[n] if n < len(lines) else ""
            line.append(_align(text, widths[i], styles[i], is_right=columns[i].is_number))
            line.append(Span(_GAP))
        yield line[:-1]


def _choose_style(place: int, cell: Cell) -> Style:
    match cell:
        case Difference(leads) if leads < 0:
            return "warning"
        case 0 | Difference(0):
            return "faint"
        case _:
            return "" if place else "name"


def _render_rows_as_sentences(table: Table, layout: Layout) -> Iterator[Line]:
    for row in _all_rows(table):
        named = [
            f"{column.name} {_format_cell(cell)}"
            for column, cell in zip(table.columns[1:], row[1:], strict=True)
            if cell != ""
        ]
        yield from _hang_indent(
            [Span(" ")], f"{_format_cell(row[0])}: {', '.join(named)}", layout.width
        )


def _format_cell(cell: Cell) -> str:
    match cell:
        case Bar():
            return _draw_text_bar(cell)
        case Difference(leads):
            return f"{leads:+,}" if leads else "0"
        case int():
            return f"{cell:,}"
        case str():
            return escape_text(cell)


def _draw_text_bar(bar: Bar) -> str:
    """Draw a bar of whole characters, and its mark as a line."""

    def scale_length(length: int) -> int:
        return -(-_BAR * length // bar.longest) if bar.longest else 0

    drawn = scale_length(bar.length)
    line = "█" * drawn
    if bar.mark is None:
        return line
    at = scale_length(bar.mark)
    return line.ljust(at, "░") + "▏" if at >= drawn else f"{line[:at]}▏{line[at + 1 :]}"


# --- widths ----------------------------------------------------------------------------------


def _width(text: str) -> int:
    """Return how many columns a terminal needs for a text."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # noqa: PLC0415  # its tables take a while to load

    return wcswidth(text)


def _align(text: str, width: int, style: Style, *, is_right: bool) -> Span:
    space = " " * (width - _width(text))
    return Span(space + text if is_right else text + space, style)


def _fold_text(text: str, width: int | None) -> Sequence[str]:
    """Return the lines of a text; a word that is longer than a line is broken."""
    text = escape_text(text)
    if width is None:
        return [text]
    wrap: Callable[..., Sequence[str]] = textwrap.wrap
    if not text.isascii():
        from wcwidth import wrap  # noqa: PLC0415  # as above
    return wrap(text, max(width, _NARROWEST_LINE), break_on_hyphens=False) or [""]
