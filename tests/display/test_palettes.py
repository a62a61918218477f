"""The palettes: they stand out from light and dark pages, also for colour-blind people.

Colour blindness is simulated with the matrices of G. M. Machado, M. M. Oliveira and L. A. F.
Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, for
severity 1.0. Differences of colours are those of the CIE, ΔE00: G. Sharma, W. Wu and E. N. Dalal,
"The CIEDE2000 Color-Difference Formula", 2005. Of the best possible eight colours that have such
contrasts, the nearest two differ by about 15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt
from typing import TypeAlias

import pytest

import campaignkit as ck
from campaignkit.display import as_html
from campaignkit.display._palettes import (
    CHANNEL_COLOURS,
    CHANNEL_PALETTE,
    NEUTRAL_COLOUR,
    TIER_COLOURS,
    find_colour,
)
from tests.display.examples import EXAMPLES

Three: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Three, Three, Three]

PALETTES = {
    "five channels": CHANNEL_PALETTE[:5],
    "tiers": [*TIER_COLOURS.values(), NEUTRAL_COLOUR],
    "eight channels": CHANNEL_PALETTE,
}
LEAST = {"five channels": 12, "tiers": 12, "eight channels": 10}
PAGES = ["#ffffff", "#f5f5f5", "#111111", "#1f1f1f"]

VISIONS: Mapping[str, Matrix] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)


def times(matrix: Matrix, vector: Three) -> Three:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def linear(colour: str) -> Three:
    """Return the linear parts of an sRGB colour."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, by WCAG 2."""
    low, high = sorted(times(TO_XYZ, linear(colour))[1] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, vision: Matrix) -> Three:
    """Return a colour as it is seen, in CIELAB."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in times(vision, linear(colour)))
    white = times(TO_XYZ, (1, 1, 1))
    parts = zip(times(TO_XYZ, (red, green, blue)), white, strict=True)
    x, y, z = (
        t ** (1 / 3) if (t := part / full) > 216 / 24389 else (24389 / 27 * t + 16) / 116
        for part, full in parts
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: Three, other: Three) -> float:
    """Return the difference of two colours of CIELAB, ΔE00."""
    mean = (hypot(*one[1:]) + hypot(*other[1:])) / 2
    grey = 1.5 - sqrt(mean**7 / (mean**7 + 25**7)) / 2
    (l1, a1, b1), (l2, a2, b2) = ((lightness, grey * a, b) for lightness, a, b in (one, other))
    c1, c2 = hypot(a1, b1), hypot(a2, b2)
    h1, h2 = (degrees(atan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0
    middle = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = 1 - 0.17 * cos(radians(middle - 30)) + 0.24 * cos(radians(2 * middle))
    t += 0.32 * cos(radians(3 * middle + 6)) - 0.2 * cos(radians(4 * middle - 63))
    by_light = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / sqrt(20 + (light - 50) ** 2))
    by_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    by_hue = 2 * sqrt(c1 * c2) * sin(radians(turn / 2)) / (1 + 0.015 * chroma * t)
    rotated = -2 * sqrt(chroma**7 / (chroma**7 + 25**7))
    rotated *= sin(radians(60 * exp(-(((middle - 275) / 25) ** 2))))
    return sqrt(by_light**2 + by_chroma**2 + by_hue**2 + rotated * by_chroma * by_hue)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_of_the_published_test_data(
    one: Three, other: Three, expected: float
) -> None:
    assert difference(one, other) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("palette", PALETTES)
def test_any_two_colours_of_a_palette_differ(palette: str, vision: str) -> None:
    seen = [lab(colour, VISIONS[vision]) for colour in PALETTES[palette]]
    assert min(difference(*two) for two in combinations(seen, 2)) >= LEAST[palette]


def test_no_channel_looks_like_a_tier() -> None:
    usual = VISIONS["usual"]
    channels, tiers = ([lab(one, usual) for one in PALETTES[p]] for p in ("five channels", "tiers"))
    assert min(difference(channel, tier) for channel in channels for tier in tiers) >= 8


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("palette", PALETTES)
def test_colours_stand_out_from_light_and_from_dark_pages(palette: str, page: str) -> None:
    for colour in PALETTES[palette]:
        assert contrast(colour, page) >= 3  # what WCAG 2.1 asks of graphics


def test_there_is_a_colour_for_each_channel_and_each_tier() -> None:
    assert set(CHANNEL_COLOURS) == set(ck.Channel)
    assert set(TIER_COLOURS) == set(ck.ALSTier)
    names: Sequence[str] = [*ck.Channel, *ck.ALSTier, "none"]
    assert len({find_colour(name) for name in names}) == len(names)


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_displays_have_no_other_colours(value: object) -> None:
    known = {*CHANNEL_COLOURS.values(), *TIER_COLOURS.values(), NEUTRAL_COLOUR}
    assert set(re.findall("#[0-9a-f]{6}", as_html(value))) <= known


def test_a_name_has_its_colour_in_tables_and_in_flows() -> None:
    leads = [ck.Lead(n, score) for n, score in enumerate((90, 70, 70, 45, 45, 25, 25))]
    html = as_html(ck.plan(ck.DEFAULT_ALLOCATION, leads))
    for name in ("warm", "cold", "email", "linkedin"):
        assert re.search(f'fill="{find_colour(name)}"/><text[^>]*>{name} ', html)
    rows = re.findall(r"<tr.*?</tr>", html)
    for channel in ck.Channel:
        (row,) = [row for row in rows if f">{channel}</th>" in row and "background:#" in row]
        assert f"background:{find_colour(channel)}" in row
