"""`Chart`: a picture that a notebook shows, and that can be saved."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import altair as alt
import vl_convert
from attrs import frozen

from campaignkit.core._checks import flag_error, short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import InvalidError
from campaignkit.notebook._drawing import describe_picture, draw_picture
from campaignkit.notebook._pictures import Picture

T = TypeVar("T")

_GROUNDS = {False: ("#111111", "#ffffff"), True: ("#eeeeee", "#111111")}
_SUFFIXES = (".svg", ".png")
_PNG_SCALE = 2

_TAGS = re.compile("<[^>]*>")
_CLUTTER = re.compile(r' (?:class|role|pointer-events|aria-[a-z]+|xmlns:xlink|version)="[^"]*"')
_FRACTION = re.compile(r"\d+\.\d\d+")
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")
_STYLE = "display:block;max-width:100%;height:auto"


@frozen(repr=False)
class Chart:
    """The chart of a value.

    In a notebook it shows itself as a picture (SVG) inside the page: text and lines have the
    colour of the text around it, in light and in dark themes. It runs no script and loads nothing.

    >>> import campaignkit as ck
    >>> from campaignkit.notebook import chart
    >>> made = chart(ck.plan_counts(ck.Allocation(email=60, sms=40), {("email", "sms"): 10}))
    >>> made.description
    'Plan of counts: 10 leads with a channel; email 6, linkedin 0, voice 0, sms 4 and mail 0'
    >>> made.to_altair().properties(title="Plan A").to_dict()["title"]
    'Plan A'
    """

    _picture: Picture

    @property
    def description(self) -> str:
        """What the chart shows, in words."""
        return describe_picture(self._picture)

    def __str__(self) -> str:
        return self.description

    def __repr__(self) -> str:
        return f"<Chart: {self.description}>"

    def to_altair(self) -> alt.VConcatChart:
        """Return the chart as one of Altair, to change it."""
        return alt.VConcatChart.from_dict(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the chart as a Vega-Lite specification."""
        return draw_picture(self._picture)

    def to_svg(self) -> str:
        """Return the chart as SVG that can stand in an HTML page."""
        svg = _convert(vl_convert.vegalite_to_svg, self.to_dict())
        plain = _TAGS.sub(_tidy_tag, svg)
        label = f'<svg role="img" aria-label="{escape(self.description)}" style="{_STYLE}"'
        return label + plain.removeprefix("<svg")

    def save(self, path: str | PathLike[str], *, dark: bool = False) -> None:
        """Write the chart to a file, as SVG or PNG by its name, on a white or a dark ground.

        Args:
            path: The file; one that is there is replaced.
            dark: Whether the ground is nearly black, and the text nearly white.

        Raises:
            InvalidError: the name ends in neither .svg nor .png.
        """
        faults: list[str] = []
        suffix = Path(path).suffix.lower() if isinstance(path, str | PathLike) else ""
        if suffix not in _SUFFIXES:
            faults.append(f"path must end in {' or '.join(_SUFFIXES)}, not be {short_repr(path)}")
        if fault := flag_error(dark):
            faults.append(f"dark {fault}")
        if faults:
            raise InvalidError(faults)
        ink, ground = _GROUNDS[dark]
        spec = draw_picture(self._picture, ink=ink, ground=ground)
        if suffix == ".svg":
            Path(path).write_text(_convert(vl_convert.vegalite_to_svg, spec), encoding="utf-8")
        else:
            to_png = partial(vl_convert.vegalite_to_png, scale=_PNG_SCALE)
            Path(path).write_bytes(_convert(to_png, spec))

    def _repr_html_(self) -> str:
        return self.to_svg()


def _convert(convert: Callable[[dict[str, Any]], T], spec: dict[str, Any]) -> T:
    """Convert a specification; emoji are escaped where its texts are cut within one.

    Vega cuts a text that is too long between any two UTF-16 units. Half an emoji is then no text
    that the converter can measure.
    """
    try:
        return convert(spec)
    except ValueError as error:
        raise_interruption(error)
        text = json.dumps(spec, ensure_ascii=False)
        plain = _TWO_UNITS.sub(lambda one: f"\\\\U{ord(one[0]):08x}", text)
        if plain == text:
            raise
        return convert(json.loads(plain))


def _tidy_tag(tag: re.Match[str]) -> str:
    """Return a tag without what only Vega's own scripts need, and with short numbers."""
    return _FRACTION.sub(lambda number: f"{float(number[0]):.1f}", _CLUTTER.sub("", tag[0]))
