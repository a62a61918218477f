"""Pictures as Vega-Lite specifications of one width; text and lines have one colour, the ink."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, count
from typing import Any, TypeAlias

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.core._escaping import escape_text
from campaignkit.display._palettes import find_colour
from campaignkit.notebook._pictures import Bars, Days, Panel, Picture, Results, StackedBar
from campaignkit.notebook._time_axis import Period, TimeAxis, make_time_axis

_WIDTH = 620
_NAMES, _LONG_NAMES = 130, 210  # of the width, for the names of channels, and of campaigns
_PLOT = _WIDTH - _NAMES
_BAR, _DAYS_HEIGHT, _DRIFT = 28, 180, 40  # heights
_TEXT, _HEADING, _TITLE = 14, 14, 16  # sizes of fonts
_COLUMN_GAP = 14
_SAFE = 0.8  # of a width: readers have other fonts than the one that texts are measured with
_BAR_ROOM, _COLUMN_ROOM = 1.4, 1.8  # of the longest bar, so that numbers fit behind it
_FEWEST_LEADS = 4  # of an axis, so that it has no fractions of leads
_EXACT, _EXACT_IN_COLUMN = 1_000_000, 10_000  # numbers below it have all their digits
_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))

Spec: TypeAlias = dict[str, Any]
"""A part of a Vega-Lite specification."""


def draw_picture(
    picture: Picture, *, ink: str = "currentColor", ground: str = "transparent"
) -> Spec:
    """Return a picture as a Vega-Lite specification."""
    names = _LONG_NAMES if any(isinstance(one, Results) for one in picture.panels) else _NAMES
    parts = [part for panel in picture.panels for part in _draw_panel(panel, names)]
    title = {"anchor": "start", "frame": "bounds", "fontSize": _TITLE, "offset": 12}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": ground,
        "config": _make_config(ink),
        "description": describe_picture(picture),
        "resolve": {"scale": {"color": "independent"}},
        "spacing": 12,
        "title": {"text": escape_text(picture.title), "limit": _WIDTH * _SAFE, **title},
        "vconcat": parts or [_draw_note("There is nothing to draw.")],
    }


def describe_picture(picture: Picture) -> str:
    """Return in words what a picture shows."""
    return escape_text("; ".join([picture.title, *picture.sentences]))


def _make_config(ink: str) -> Spec:
    """Return the style of all charts."""
    text = {"labelColor": ink, "titleColor": ink, "labelFontSize": _TEXT, "titleFontSize": _TEXT}
    lines = {"domainColor": ink, "tickColor": ink, "gridColor": ink, "gridOpacity": 0.2}
    legend = {"orient": "top", "symbolType": "square", "symbolSize": 140, "title": None}
    return {
        "aria": False,  # the chart has its description
        "axis": {**text, **lines, "labelLimit": _NAMES * _SAFE, "labelPadding": 6},
        "axisY": {"minExtent": _NAMES, "maxExtent": _NAMES},
        "facet": {"spacing": _COLUMN_GAP},
        "font": "system-ui, sans-serif",
        "header": text,
        "legend": {**text, **legend, "columnPadding": 16, "columns": 6, "offset": 4},
        "rule": {"color": ink},
        "text": {"color": ink, "fontSize": _TEXT},
        "tick": {"color": ink},
        "title": {
            "color": ink,
            "anchor": "start",
            "fontSize": _HEADING,
            "frame": "bounds",
            "subtitleColor": ink,
            "subtitleFontSize": _TEXT,
        },
        "view": {"stroke": None},
    }


def _draw_panel(panel: Panel, names: int) -> Sequence[Spec]:
    match panel:
        case Bars():
            return [_draw_bars(panel, names)] if panel.bars else []
        case Days():
            return _draw_days(panel) if panel.days else []
        case Results():
            return [_draw_results(panel, names)] if panel.results else []


def _draw_note(text: str) -> Spec:
    encoding = {"text": {"field": "text"}, "x": {"value": 0}}
    return {
        **_make_data([{"text": text}]),
        "mark": {"type": "text", "align": "left"},
        "encoding": encoding,
        "height": _BAR,
        "width": _WIDTH,
    }


def _make_data(rows: Iterable[Spec]) -> Spec:
    return {"data": {"values": [*rows]}}


def _encode_leads(field: str, **more: object) -> Spec:
    return {"field": field, "type": "quantitative", "title": None, **more}


def _make_scale(low: float, high: float) -> Spec:
    return {"domain": [low, high], "nice": False}


def _encode_names(width: int) -> Spec:
    """Return the names of rows, in the order of the rows."""
    axis = {"domain": False, "ticks": False, "labelLimit": width * _SAFE}
    extent = {"minExtent": width, "maxExtent": width}
    return {"field": "name", "sort": None, "title": None, "axis": {**axis, **extent}}


def _encode_colours(names: Sequence[str], *, has_legend: bool = True) -> Spec:
    scale = {"domain": [*map(str, names)], "range": [*map(find_colour, names)]}
    colour: Spec = {"field": "part", "scale": scale, "sort": None}
    return colour if has_legend else {**colour, "legend": None}


def _draw_target_and_number(names: Spec, scale: Spec) -> list[Spec]:
    """Return the mark at the target of a bar, and the number behind the bar."""
    place = {"axis": None, "scale": scale}
    return [
        {
            "mark": {"type": "tick", "thickness": 3, "size": _BAR - 6},
            "encoding": {"x": _encode_leads("target", **place), "y": names},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {
                "x": _encode_leads("end", **place),
                "y": names,
                "text": {"field": "label"},
            },
        },
    ]


# --- bars ------------------------------------------------------------------------------------


def _draw_bars(panel: Bars, width: int) -> Spec:
    shown = dict(zip(_distinct_names(bar.name for bar in panel.bars), panel.bars, strict=True))
    parts = [
        {"name": name, "part": part, "leads": leads, "place": place}
        for name, bar in shown.items()
        for place, (part, leads) in enumerate(bar.parts.items())
    ]
    ends = [
        {
            "name": name,
            **({} if bar.target is None else {"target": bar.target}),
            "end": max(bar.leads, bar.target or 0),
            "label": _label_bar(bar),
        }
        for name, bar in shown.items()
    ]
    scale = _make_scale(
        0, _BAR_ROOM * max(1, *(bar.leads for bar in panel.bars), *_list_targets(panel))
    )
    names = _encode_names(width)
    encoding = {
        "x": _encode_leads("leads", axis=None, scale=scale),
        "y": names,
        "color": _encode_colours(panel.part_names, has_legend=panel.has_legend),
        "order": {"field": "place"},
    }
    marks = [{**_make_data(ends), **layer} for layer in _draw_target_and_number(names, scale)]
    return {
        "title": panel.title,
        "layer": [{**_make_data(parts), "mark": "bar", "encoding": encoding}, *marks],
        "height": {"step": _BAR},
        "width": _WIDTH - width,
    }


def _list_targets(panel: Bars) -> list[int]:
    return [bar.target for bar in panel.bars if bar.target is not None]


def _label_bar(bar: StackedBar) -> str:
    if bar.target is None or bar.target == bar.leads:
        return _shorten(bar.leads)
    return f"{_shorten(bar.leads)} of {_shorten(bar.target)}"


# --- days ------------------------------------------------------------------------------------


def _draw_days(panel: Days) -> Sequence[Spec]:
    axis = make_time_axis(panel.days)
    first, last = panel.days[0].day, panel.days[-1].day
    each = "each day" if axis.days_per_bar == 1 else f"in {axis.days_per_bar} days"
    rows = [
        {**_to_row(period, channel, leads), "bottom": top - leads, "top": top}
        for period in axis.periods
        for (channel, leads), top in zip(
            period.counts.items(), accumulate(period.counts.amounts), strict=True
        )
    ]
    longest = max(_FEWEST_LEADS, *(period.counts.total for period in axis.periods))
    number_axis = {"format": _choose_number_format(longest), "tickCount": 4, "tickMinStep": 1}
    counts = {
        "title": f"Leads {each}, {first} to {last}",
        **_make_data(rows),
        "mark": "rect",
        "encoding": {
            **_encode_times(axis, has_labels=True),
            "y": _encode_leads("bottom", scale=_make_scale(0, longest), axis=number_axis),
            "y2": {"field": "top"},
            "color": _encode_colours(CHANNELS),
        },
        "height": _DAYS_HEIGHT,
        "width": _PLOT,
    }
    channels = [c for c in CHANNELS if all(c in each.drift for each in panel.days)]
    return [counts, *_draw_drift(axis, channels)]


def _draw_drift(axis: TimeAxis, channels: Sequence[Channel]) -> list[Spec]:
    """Return for each channel how far it is above its share or below, all on one scale."""
    numbers = [period.drift[channel] for period in axis.periods for channel in channels]
    low, high = min([0, *numbers]), max([0, *numbers])
    scale = _make_scale(low, high) if low < high else _make_scale(-1, 1)
    style = {
        "format": f"+{_choose_number_format(max(-low, high))}",
        "grid": False,
        "domain": False,
        "ticks": False,
    }
    name = {"titleAngle": 0, "titleAlign": "left", "titleX": -_NAMES, "titleY": _DRIFT / 2 - 6}
    name |= {"titleBaseline": "middle", "titleFontWeight": "normal"}
    charts: list[Spec] = []
    for channel in channels:
        title = [channel.value, _format_signed(axis.periods[-1].drift[channel])]
        y_axis = {**style, **name, "title": title, "values": [n for n in (low, high) if n]}
        encoding = {
            **_encode_times(axis, has_labels=channel is channels[-1]),
            "y": {"field": "leads", "type": "quantitative", "scale": scale, "axis": y_axis},
            "y2": {"datum": 0},
        }
        bars = {"mark": {"type": "rect", "color": find_colour(channel)}, "encoding": encoding}
        zero = {
            "mark": {"type": "rule", "strokeWidth": 1, "opacity": 0.6},
            "encoding": {"y": {"datum": 0}},
        }
        rows = [_to_row(period, channel, period.drift[channel]) for period in axis.periods]
        charts.append({**_make_data(rows), "layer": [bars, zero], "height": _DRIFT, "width": _PLOT})
    if charts:
        charts[0]["title"] = "Leads above or below the share (on the left: after the last day)"
    return charts


def _encode_times(axis: TimeAxis, *, has_labels: bool) -> Spec:
    labels = {"values": [*axis.labels], "format": axis.label_format, "grid": False}
    x = {
        "field": "begin",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domain": [*axis.domain]},
        "axis": {**labels, "labelOverlap": True} if has_labels else None,
    }
    return {"x": x, "x2": {"field": "end"}}


def _to_row(period: Period, channel: Channel, leads: int) -> Spec:
    edges = {"begin": period.begin, "end": period.end}
    return {"day": f"{period.first_day}", **edges, "part": channel.value, "leads": leads}


def _choose_number_format(largest: int) -> str:
    return ",d" if largest < _EXACT else ".3~s"


def _format_signed(number: int) -> str:
    sign = "+" if number > 0 else "−" if number else ""
    return f"{sign}{_shorten(abs(number))}"


# --- results ---------------------------------------------------------------------------------


def _draw_results(panel: Results, width: int) -> Spec:
    most = {c: max(1, *(max(r.counts[c], r.target[c]) for r in panel.results)) for c in CHANNELS}
    longest = max(most.values())
    units = {c: longest / most[c] if panel.has_own_scales else 1 for c in CHANNELS}
    rows = [
        {"name": name, "part": c.value, **_measure_bar(each.counts[c], each.target[c], units[c])}
        for name, each in zip(
            _distinct_names(one.name for one in panel.results), panel.results, strict=True
        )
        for c in CHANNELS
    ]
    scale = _make_scale(0, _COLUMN_ROOM * longest)
    names = _encode_names(width)
    encoding = {
        "x": _encode_leads("length", axis=None, scale=scale),
        "y": names,
        "color": _encode_colours(CHANNELS, has_legend=False),
    }
    header = {"title": None, "labelAnchor": "start", "labelFontWeight": "bold"}
    return {
        "title": {"text": panel.title, **({"subtitle": panel.note} if panel.note else {})},
        **_make_data(rows),
        "facet": {"column": {"field": "part", "sort": [*map(str, CHANNELS)], "header": header}},
        "spec": {
            "layer": [
                {"mark": "bar", "encoding": encoding},
                *_draw_target_and_number(names, scale),
            ],
            "height": {"step": _BAR},
            "width": (_WIDTH - width) / len(CHANNELS) - _COLUMN_GAP,
        },
    }


def _measure_bar(leads: int, target: int, unit: float) -> Spec:
    """Return the lengths of a bar and of its target in a column, and its number."""
    return {
        "leads": leads,
        "length": leads * unit,
        **({"target": target * unit} if leads or target else {}),
        "end": max(leads, target) * unit,
        "label": _shorten(leads, _EXACT_IN_COLUMN),
    }


def _distinct_names(names: Iterable[str]) -> Iterator[str]:
    """Iterate over names as they are shown, with a number behind those that look like another."""
    seen = set[str]()
    for name in map(escape_text, names):
        numbered = (f"{name} ({number})" for number in count(2))
        distinct = next(one for one in chain([name], numbered) if one not in seen)
        seen.add(distinct)
        yield distinct


def _shorten(leads: int, exact_below: int = _EXACT) -> str:
    if leads < exact_below:
        return f"{leads:,}"
    size, unit = next((size, unit) for size, unit in _UNITS if leads >= size)
    return f"{leads // size:,}{unit}"
