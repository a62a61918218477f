"""Documents as self-contained HTML: no scripts, no style sheets, nothing that is loaded.

Text and lines have the colour of the text around them, whatever the theme. The few other colours
have enough contrast on white and on the black of notebooks, and whatever they show is also said in
words. Each element carries its own style, because viewers of notebooks often drop style sheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    Flow,
    Part,
    Sentences,
    Table,
)
from campaignkit.display._palettes import find_colour

_SECTION = "max-width:64em;line-height:1.45;overflow-x:auto"
_TITLE = "font-weight:600;font-size:1.1em;margin:.3em 0"
_CAPTION = "font-weight:600;text-align:left;caption-side:top;padding:.6em 0 .2em;color:inherit"
_TABLE = "border-collapse:collapse;border:0;margin:.3em 0;width:auto;display:table"
_PLAIN_CELL = "padding:.15em min(1.2em,2.5vw) .15em 0;border:0;vertical-align:top;background:none"
_WORD_CELL = f"{_PLAIN_CELL};text-align:left"
_NUMBER_CELL = (
    f"{_PLAIN_CELL};text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
)
_GROUP_CELL = f"{_PLAIN_CELL};text-align:center"
_LINE = ";border-bottom:1px solid currentColor"
_TOTAL = ";border-top:1px solid currentColor"
_LIST = "margin:.2em 0;padding-left:1.2em"


def render_html(document: Document) -> str:
    """Return a document as HTML."""
    title = escape_html(document.title)
    parts = "".join(map(render_html_part, document.parts))
    return (
        f'<section aria-label="{title}" style="{_SECTION}">'
        f'<p style="{_TITLE}">{title}</p>{parts}</section>'
    )


def render_html_part(part: Part) -> str:
    """Return a part of a document as HTML."""
    match part:
        case Table():
            return _render_html_table(part)
        case Flow():
            return f"{_draw_flow(part)}{_render_html_table(part.to_table())}"
        case Facts():
            rows = [[_render_html_fact(cell) for cell in row] for row in part.rows]
            return f"{_render_html_caption(part.caption)}{_render_html_grid(rows)}"
        case Sentences():
            return f"{_render_html_caption(part.caption)}{_render_html_list(part.lines)}"
        case Entries():
            rows = [
                [
                    (_NUMBER_CELL, f"{each.number or ''}"),
                    (_WORD_CELL, f"{escape_html(each.text)}{_render_html_list(each.lines)}"),
                ]
                for each in part.entries
            ]
            return f"{_render_html_caption(part.caption)}{_render_html_grid(rows)}"


def escape_html(text: str) -> str:
    """Return a text for HTML, in which every character can be seen."""
    return escape(escape_text(text))


def _render_html_caption(caption: str) -> str:
    return f'<p style="{_CAPTION};margin:0">{escape_html(caption)}</p>' if caption else ""


def _render_html_list(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape_html(line)}</li>" for line in lines)
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
    caption = f'<caption style="{_CAPTION}">{escape_html(table.caption)}</caption>'
    head = "".join(
        f'<th scope="col" style="{_html_style(column)}{_LINE}">{escape_html(column.name)}</th>'
        for column in table.columns
    )
    groups = "".join(
        f'<th scope="colgroup" colspan="{len(places)}" style="{_GROUP_CELL}">'
        f"{escape_html(name)}</th>"
        if name
        else "<td></td>" * len(places)
        for name, places in table.groups
    )
    body = "".join(_render_html_row(table.columns, row) for row in table.rows)
    foot = (
        f"<tfoot>{_render_html_row(table.columns, table.total, _TOTAL)}</tfoot>"
        if table.total
        else ""
    )
    return (
        f'<table style="{_TABLE}">{caption if table.caption else ""}'
        f"<thead>{f'<tr>{groups}</tr>' if groups else ''}<tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody>{foot}</table>"
    )


def _render_html_row(columns: Sequence[Column], row: Sequence[Cell], line: str = "") -> str:
    name = row[0] if isinstance(row[0], str) else ""
    first, *others = (
        f'style="{_html_style(column)}{line}">{_render_html_cell(cell, name)}'
        for column, cell in zip(columns, row, strict=True)
    )
    cells = "".join(f"<td {other}</td>" for other in others)
    return f'<tr style="background:none"><th scope="row" {first}</th>{cells}</tr>'


def _html_style(column: Column) -> str:
    return _NUMBER_CELL if column.is_number else _WORD_CELL


def _render_html_cell(cell: Cell, row_name: str = "") -> str:
    match cell:
        case Bar():
            return _render_html_bar(cell, find_colour(row_name))
        case Difference(leads):
            return f"{leads:+,}".replace("-", "−") if leads else "0"
        case int():
            return f"{cell:,}"
        case str():
            return escape_html(cell)


def _render_html_bar(bar: Bar, colour: str) -> str:
    """Draw a bar; screen readers skip it, because the numbers beside it say the same."""

    def percent(length: int) -> str:
        return f"{100 * length / bar.longest:.1f}%" if bar.longest else "0%"

    filled = (
        f'<span style="display:block;height:100%;width:{percent(bar.length)};'
        f'background:{colour}"></span>'
    )
    mark = (
        ""
        if bar.mark is None
        else '<span style="position:absolute;top:-.15em;bottom:-.15em;'
        f'left:{percent(bar.mark)};border-left:2px solid currentColor"></span>'
    )
    return (
        '<span aria-hidden="true" style="display:block;position:relative;width:14em;max-width:30vw;'
        f'height:.8em;margin-top:.35em">{filled}{mark}</span>'
    )


# --- flows -----------------------------------------------------------------------------------

_HIGH, _SPACE, _BAND = 200.0, 14.0, 240.0


def _draw_flow(flow: Flow) -> str:
    """Draw bands from sources on the left to sinks on the right, as wide as their amounts."""
    into = [sum(column) for column in zip(*flow.numbers, strict=True)]
    out = [sum(row) for row in flow.numbers]
    leads = sum(out)
    if not leads:
        return _render_html_caption(flow.caption)
    scale = _HIGH / leads
    lefts, rights = _stack_amounts(out, scale), _stack_amounts(into, scale)
    high = max(lefts[-1], rights[-1])
    body = "".join(
        [
            *_draw_bands(flow, lefts, rights, scale),
            *_draw_ends(flow.sources, out, lefts, scale, x=110, anchor="end"),
            *_draw_ends(flow.sinks, into, rights, scale, x=110 + _BAND, anchor="start"),
        ]
    )
    return (
        f'{_render_html_caption(flow.caption)}<svg aria-hidden="true" role="presentation" '
        f'viewBox="0 0 {220 + _BAND:.0f} {high:.0f}" '
        'style="display:block;width:100%;max-width:36em;height:auto;font-size:13px">'
        f"{body}</svg>"
    )


def _stack_amounts(amounts: Sequence[int], scale: float) -> list[float]:
    """Return where each amount begins on its side, and where the last of them ends."""
    tops = [_SPACE / 2]
    for amount in amounts:
        tops.append(tops[-1] + amount * scale + (_SPACE if amount else 0))
    return tops


def _draw_bands(
    flow: Flow, lefts: Sequence[float], rights: Sequence[float], scale: float
) -> Iterator[str]:
    begin, end, middle = 118, 102 + _BAND, 110 + _BAND / 2
    down = list(rights)
    for i, (source, row) in enumerate(zip(flow.sources, flow.numbers, strict=True)):
        left = lefts[i]
        for j, amount in enumerate(row):
            if amount:
                right, wide = down[j], amount * scale
                ending = left + wide, right + wide
                yield (
                    f'<path fill="{find_colour(source)}" fill-opacity=".45" d="M{begin} {left:.1f}'
                    f"C{middle:.0f} {left:.1f} {middle:.0f} {right:.1f} {end:.0f} {right:.1f}"
                    f"V{ending[1]:.1f}C{middle:.0f} {ending[1]:.1f} {middle:.0f} {ending[0]:.1f} "
                    f'{begin} {ending[0]:.1f}Z"/>'
                )
                left, down[j] = ending


def _draw_ends(
    names: Sequence[str],
    amounts: Sequence[int],
    tops: Sequence[float],
    scale: float,
    *,
    x: float,
    anchor: str,
) -> Iterator[str]:
    beside = -6 if anchor == "end" else 6
    for i, (name, amount) in enumerate(zip(names, amounts, strict=True)):
        if amount:
            wide = amount * scale
            yield (
                f'<rect x="{x - (0 if anchor == "end" else 8):.0f}" y="{tops[i]:.1f}" width="8" '
                f'height="{max(wide, 1):.1f}" fill="{find_colour(name)}"/>'
                f'<text x="{x + beside:.0f}" y="{tops[i] + wide / 2 + 4:.1f}" '
                f'text-anchor="{anchor}" fill="currentColor">{escape_html(name)} {amount:,}</text>'
            )
