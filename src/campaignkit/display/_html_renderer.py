"""Pictures as HTML that stands by itself: no script, no style sheet, nothing that is loaded.

Text and lines have the colour of the text around them, whatever the theme; the few other colours
stand out from white and from the black of notebooks alike, and say nothing that is not also said
in words. Each element carries its own style, as viewers of notebooks often drop style sheets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

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

_COLOURS = ("#d6404f", "#c77700", "#2a9d6f", "#2f7fd1", "#8a63d2", "#808080")
_BAR_COLOUR = "#2f7fd1"

_SECTION = "max-width:64em;line-height:1.45"
_TITLE = "font-weight:600;font-size:1.1em;margin:.3em 0"
_CAPTION = "font-weight:600;text-align:left;caption-side:top;padding:.6em 0 .2em;color:inherit"
_TABLE = "border-collapse:collapse;border:0;margin:.3em 0;width:auto;display:table"
_CELL = "padding:.15em 1.2em .15em 0;border:0;vertical-align:top;background:none"
_WORDS = f"{_CELL};text-align:left"
_NUMBER = f"{_CELL};text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
_LINE = ";border-bottom:1px solid currentColor"
_TOTAL = ";border-top:1px solid currentColor"
_LIST = "margin:.2em 0;padding-left:1.2em"


def html_of(picture: Picture) -> str:
    """Return a picture as HTML."""
    title = _text(picture.title)
    parts = "".join(map(_part, picture.parts))
    return (
        f'<section aria-label="{title}" style="{_SECTION}">'
        f'<p style="{_TITLE}">{title}</p>{parts}</section>'
    )


def _part(part: Part) -> str:
    match part:
        case Table():
            return _table(part)
        case Flow():
            return f"{_drawing(part)}{_table(part.table())}"
        case Facts():
            return _facts(part)
        case Sentences():
            lines = "".join(f"<li>{_text(line)}</li>" for line in part.lines)
            return f'{_heading(part.caption)}<ul style="{_LIST}">{lines}</ul>'


def _text(text: str) -> str:
    return escape(escape_text(text))


def _heading(caption: str) -> str:
    return f'<p style="{_CAPTION};margin:0">{_text(caption)}</p>' if caption else ""


# --- tables ----------------------------------------------------------------------------------


def _table(table: Table) -> str:
    caption = f'<caption style="{_CAPTION}">{_text(table.caption)}</caption>'
    head = "".join(
        f'<th scope="col" style="{_style(column)}{_LINE}">{_text(column.name)}</th>'
        for column in table.columns
    )
    body = "".join(_row(table.columns, row) for row in table.rows)
    foot = f"<tfoot>{_row(table.columns, table.total, _TOTAL)}</tfoot>" if table.total else ""
    return (
        f'<table style="{_TABLE}">{caption if table.caption else ""}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    )


def _row(columns: Sequence[Column], row: Sequence[Cell], line: str = "") -> str:
    first, *others = (
        f'style="{_style(column)}{line}">{_cell(cell)}'
        for column, cell in zip(columns, row, strict=True)
    )
    cells = "".join(f"<td {other}</td>" for other in others)
    return f'<tr style="background:none"><th scope="row" {first}</th>{cells}</tr>'


def _style(column: Column) -> str:
    return _NUMBER if column.is_number else _WORDS


def _cell(cell: Cell) -> str:
    match cell:
        case Bar():
            return _bar(cell)
        case int():
            return f"{cell:,}"
        case str():
            return _text(cell)


def _bar(bar: Bar) -> str:
    """Draw a bar; what it shows stands in numbers beside it, so that it need not be read out."""

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


def _facts(facts: Facts) -> str:
    rows = "".join(
        f'<tr style="background:none"><th scope="row" style="{_WORDS};font-weight:400;'
        f'opacity:.8">{_text(name)}</th><td style="{_WORDS}">{_text(value)}</td></tr>'
        for name, value in facts.pairs
    )
    return f'{_heading(facts.caption)}<table style="{_TABLE}"><tbody>{rows}</tbody></table>'


# --- flows -----------------------------------------------------------------------------------

_HIGH, _SPACE, _BAND = 200.0, 14.0, 360.0


def _drawing(flow: Flow) -> str:
    """Draw bands from sources on the left to sinks on the right, as wide as their amounts."""
    into = [sum(column) for column in zip(*flow.amounts, strict=True)]
    out = [sum(row) for row in flow.amounts]
    leads = sum(out)
    if not leads:
        return _heading(flow.caption)
    scale = _HIGH / leads
    lefts, rights = _tops(out, scale), _tops(into, scale)
    high = max(lefts[-1], rights[-1])
    body = "".join(
        [
            *_bands(flow.amounts, lefts, rights, scale),
            *_ends(flow.sources, out, lefts, scale, x=110, anchor="end"),
            *_ends(flow.sinks, into, rights, scale, x=110 + _BAND, anchor="start"),
        ]
    )
    return (
        f'{_heading(flow.caption)}<svg aria-hidden="true" role="presentation" '
        f'viewBox="0 0 {220 + _BAND:.0f} {high:.0f}" '
        'style="display:block;width:100%;max-width:44em;height:auto;font-size:12px">'
        f"{body}</svg>"
    )


def _tops(amounts: Sequence[int], scale: float) -> list[float]:
    """Return where each amount begins on its side, and where the last of them ends."""
    tops = [_SPACE / 2]
    for amount in amounts:
        tops.append(tops[-1] + amount * scale + (_SPACE if amount else 0))
    return tops


def _bands(
    amounts: Sequence[Sequence[int]], lefts: Sequence[float], rights: Sequence[float], scale: float
) -> Iterator[str]:
    begin, end, middle = 118, 102 + _BAND, 110 + _BAND / 2
    down = list(rights)
    for i, row in enumerate(amounts):
        left = lefts[i]
        for j, amount in enumerate(row):
            if amount:
                right, wide = down[j], amount * scale
                ending = left + wide, right + wide
                yield (
                    f'<path fill="{_colour(i)}" fill-opacity=".45" d="M{begin} {left:.1f}'
                    f"C{middle:.0f} {left:.1f} {middle:.0f} {right:.1f} {end:.0f} {right:.1f}"
                    f"V{ending[1]:.1f}C{middle:.0f} {ending[1]:.1f} {middle:.0f} {ending[0]:.1f} "
                    f'{begin} {ending[0]:.1f}Z"/>'
                )
                left, down[j] = ending


def _ends(
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
            fill = _colour(i) if anchor == "end" else "currentColor"
            yield (
                f'<rect x="{x - (0 if anchor == "end" else 8):.0f}" y="{tops[i]:.1f}" width="8" '
                f'height="{max(wide, 1):.1f}" fill="{fill}"/>'
                f'<text x="{x + beside:.0f}" y="{tops[i] + wide / 2 + 4:.1f}" '
                f'text-anchor="{anchor}" fill="currentColor">{_text(name)} {amount:,}</text>'
            )


def _colour(number: int) -> str:
    return _COLOURS[min(number, len(_COLOURS) - 1)]
