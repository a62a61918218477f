"""Documents as self-contained HTML: no scripts, no style sheets, nothing that is loaded.

Text and lines have the colour of the text around them, whatever the theme. The colour of bars has
enough contrast on white and on the black of notebooks, and the numbers beside them say the same.
Each element carries its own style, because viewers of notebooks often drop style sheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from campaignkit.core._escaping import escape_text
from campaignkit.display._document import (
    Bar,
    Cell,
    Column,
    Difference,
    Document,
    Entries,
    Facts,
    Part,
    Sentences,
    Table,
)

_BAR_COLOUR = "#2f7fd1"

_SECTION = "max-width:64em;line-height:1.45"
_TITLE = "font-weight:600;font-size:1.1em;margin:.3em 0"
_CAPTION = "font-weight:600;text-align:left;caption-side:top;padding:.6em 0 .2em;color:inherit"
_TABLE = "border-collapse:collapse;border:0;margin:.3em 0;width:auto;display:table"
_PLAIN_CELL = "padding:.15em 1.2em .15em 0;border:0;vertical-align:top;background:none"
_WORD_CELL = f"{_PLAIN_CELL};text-align:left"
_NUMBER_CELL = (
    f"{_PLAIN_CELL};text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
)
_LINE = ";border-bottom:1px solid currentColor"
_TOTAL = ";border-top:1px solid currentColor"
_LIST = "margin:.2em 0;padding-left:1.2em"


def render_html(document: Document) -> str:
    """Return a document as HTML."""
    title = _escape_html(document.title)
    parts = "".join(map(_render_html_part, document.parts))
    return (
        f'<section aria-label="{title}" style="{_SECTION}">'
        f'<p style="{_TITLE}">{title}</p>{parts}</section>'
    )


def _render_html_part(part: Part) -> str:
    match part:
        case Table():
            return _render_html_table(part)
        case Facts():
            rows = [[_render_html_fact(cell) for cell in row] for row in part.rows]
            return f"{_render_html_caption(part.caption)}{_render_html_grid(rows)}"
        case Sentences():
            return f"{_render_html_caption(part.caption)}{_render_html_list(part.lines)}"
        case Entries():
            rows = [
                [
                    (_NUMBER_CELL, f"{each.number or ''}"),
                    (_WORD_CELL, f"{_escape_html(each.text)}{_render_html_list(each.lines)}"),
                ]
                for each in part.entries
            ]
            return f"{_render_html_caption(part.caption)}{_render_html_grid(rows)}"


def _escape_html(text: str) -> str:
    return escape(escape_text(text))


def _render_html_caption(caption: str) -> str:
    return f'<p style="{_CAPTION};margin:0">{_escape_html(caption)}</p>' if caption else ""


def _render_html_list(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{_escape_html(line)}</li>" for line in lines)
    return f'<ul style="{_LIST}">{items}</ul>' if lines else ""


def _render_html_fact(cell: str | int) -> tuple[str, str]:
    return _NUMBER_CELL if isinstance(cell, int) else _WORD_CELL, _render_html_cell(cell)


def _render_html_grid(rows: Iterable[Sequence[tuple[str, str]]]) -> str:
    """Return a table without a head; each cell comes with its style."""
    body = ""
    for (style, name), *others in rows:
        cells = "".join(f'<td style="{style}">{html}</td>' for style, html in others)
        body += (
            f'<tr style="background:none"><th scope="row" style="{style};font-weight:400;'
            f'opacity:.8">{name}</th>{cells}</tr>'
        )
    return f'<table style="{_TABLE}"><tbody>{body}</tbody></table>'


# --- tables ----------------------------------------------------------------------------------


def _render_html_table(table: Table) -> str:
    caption = f'<caption style="{_CAPTION}">{_escape_html(table.caption)}</caption>'
    head = "".join(
        f'<th scope="col" style="{_html_style(column)}{_LINE}">{_escape_html(column.name)}</th>'
        for column in table.columns
    )
    body = "".join(_render_html_row(table.columns, row) for row in table.rows)
    foot = (
        f"<tfoot>{_render_html_row(table.columns, table.total, _TOTAL)}</tfoot>"
        if table.total
        else ""
    )
    return (
        f'<table style="{_TABLE}">{caption if table.caption else ""}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    )


def _render_html_row(columns: Sequence[Column], row: Sequence[Cell], line: str = "") -> str:
    first, *others = (
        f'style="{_html_style(column)}{line}">{_render_html_cell(cell)}'
        for column, cell in zip(columns, row, strict=True)
    )
    cells = "".join(f"<td {other}</td>" for other in others)
    return f'<tr style="background:none"><th scope="row" {first}</th>{cells}</tr>'


def _html_style(column: Column) -> str:
    return _NUMBER_CELL if column.is_number else _WORD_CELL


def _render_html_cell(cell: Cell) -> str:
    match cell:
        case Bar():
            return _render_html_bar(cell)
        case Difference(leads):
            return f"{leads:+,}".replace("-", "−") if leads else "0"
        case int():
            return f"{cell:,}"
        case str():
            return _escape_html(cell)


def _render_html_bar(bar: Bar) -> str:
    """Draw a bar; screen readers skip it, because the numbers beside it say the same."""

    def percent(length: int) -> str:
        return f"{100 * length / bar.longest:.1f}%" if bar.longest else "0%"

    filled = (
        f'<span style="display:block;height:100%;width:{percent(bar.length)};'
        f'background:{_BAR_COLOUR}"></span>'
    )
    mark = (
        ""
        if bar.mark is None
        else '<span style="position:absolute;top:-.15em;bottom:-.15em;'
        f'left:{percent(bar.mark)};border-left:2px solid currentColor"></span>'
    )
    return (
        '<span aria-hidden="true" style="display:block;position:relative;width:14em;'
        f'height:.8em;margin-top:.35em">{filled}{mark}</span>'
    )
