"""Draw the pictures of the documents: `python -m tests.draw_pictures`.

The numbers of the first one are those of the plan in the README's first example, which is run for
it. Both are readable at the width of a telephone, and bring a background for light and for dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from io import StringIO
from itertools import accumulate, product
from pathlib import Path
from typing import Any, TypeVar
from xml.sax.saxutils import escape

import campaignkit as ck
from campaignkit.display._palettes import CHANNEL_COLOURS, TIER_COLOURS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/_static"

KeyT = TypeVar("KeyT")

_WIDTH = 400
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.page { fill: #fff; stroke: #d0d7de }
.box { fill: #f3f6fa; stroke: #8c959f }
.wide { fill: none; stroke: #8c959f; stroke-dasharray: 4 3 }
.strong { font-weight: 600 }
.small { font-size: 12px; fill: #57606a }
.bar { fill: #57606a }
.line { fill: none; stroke: #57606a; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .page { fill: #15181d; stroke: #3d444d }
  .box { fill: #21262d; stroke: #6e7681 }
  .wide { stroke: #6e7681 }
  .small { fill: #a6adb5 }
  .bar { fill: #a6adb5 }
  .line { stroke: #a6adb5 }
}
"""


def draw_all() -> Mapping[str, str]:
    """Return each picture by the name of its file."""
    return {"plan.svg": draw_plan(*run_example()), "concepts.svg": draw_concepts()}


def run_example() -> tuple[ck.Allocation, ck.Plan]:
    """Run the README's first example, and return its mix and its plan."""
    readme = (ROOT / "README.md").read_text("utf-8")
    code = readme.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    with redirect_stdout(StringIO()):
        exec(code, names)  # noqa: S102  # the README's own code
    return names["mix"], names["plan"]


# -- the plan -------------------------------------------------------------------------------------


_LEAD = 2.6  # the height of one lead
_LEFT, _RIGHT, _BAR = 78.0, 214.0, 9.0
_TOP, _HEIGHT = 74.0, 318.0


def draw_plan(mix: ck.Allocation, plan: ck.Plan) -> str:
    """Return the leads of each tier, the channels that they get, and what was asked for."""
    flow = {(t, c): leads for (t, c), leads in plan.flow().items() if t and c}
    tiers = {tier: _sum(flow, tier) for tier in ck.ALSTier if _sum(flow, tier)}
    channels = {channel: plan.counts[channel] for channel in ck.Channel}
    total = plan.counts.total
    left, right = _stack(tiers), _stack(channels)
    parts = [
        _text(16, 30, f"{total} leads, and the channels that they get", "strong"),
        _text(_LEFT - 6, 60, "leads", "small", "end"),
        _text(_RIGHT + 16, 60, "channel", "small"),
        _text(324, 60, "asked", "small", "end"),
        _text(384, 60, "given", "small", "end"),
    ]
    for tier, leads in tiers.items():
        colour, middle = TIER_COLOURS[tier], left[tier] + leads * _LEAD / 2 + 4.5
        parts.append(_rect(_LEFT, left[tier], _BAR, leads * _LEAD, f'fill="{colour}"'))
        parts.append(_text(_LEFT - 6, middle, f"{tier.capitalize()} {leads}", anchor="end"))
    for channel, leads in channels.items():
        middle = right[channel] + leads * _LEAD / 2 + 4.5
        paint = f'fill="{CHANNEL_COLOURS[channel]}"'
        parts.append(_rect(_RIGHT, right[channel], _BAR, leads * _LEAD, paint))
        parts.append(_text(_RIGHT + 16, middle, channel))
        parts.append(_text(324, middle, f"{mix[channel]} %", anchor="end"))
        parts.append(_text(384, middle, f"{100 * leads / total:.3g} %", "strong", "end"))
    for tier, channel in product(tiers, channels):
        if leads := flow.get((tier, channel), 0):
            height = leads * _LEAD
            parts.append(_band(left[tier], right[channel], height, TIER_COLOURS[tier]))
            left[tier] += height
            right[channel] += height
    parts += [
        _text(16, 424, "A gate opens the channels of a tier. Only Hot leads may get", "small"),
        _text(16, 440, "SMS or mail, so the plan keeps Hot leads for these two.", "small"),
    ]
    title = "From tiers to channels"
    words = ", ".join(
        f"{leads} {tier} leads get {channel}" for (tier, channel), leads in flow.items()
    )
    return _picture(456, title, f"{title}: {words}.", parts)


def _sum(flow: Mapping[tuple[ck.ALSTier, ck.Channel], int], tier: ck.ALSTier) -> int:
    return sum(leads for (of, _), leads in flow.items() if of == tier)


def _stack(sizes: Mapping[KeyT, int]) -> dict[KeyT, float]:
    """Return the top of each bar of a column, with equal gaps."""
    gap = (_HEIGHT - sum(sizes.values()) * _LEAD) / (len(sizes) - 1)
    tops = accumulate((size * _LEAD + gap for size in sizes.values()), initial=_TOP)
    return dict(zip(sizes, tops, strict=False))


def _band(start: float, end: float, height: float, colour: str) -> str:
    x, to = _LEFT + _BAR, _RIGHT
    middle = (x + to) / 2
    path = (
        f"M{x:g} {start:g} C{middle:g} {start:g} {middle:g} {end:g} {to:g} {end:g} "
        f"V{end + height:g} "
        f"C{middle:g} {end + height:g} {middle:g} {start + height:g} {x:g} {start + height:g} Z"
    )
    return f'<path d="{path}" fill="{colour}" fill-opacity=".45"/>'


# -- the concepts ---------------------------------------------------------------------------------


def draw_concepts() -> str:
    """Return the concepts of the library, and how they belong together."""
    parts = list(_draw_concepts())
    title = "The concepts of campaignkit"
    description = (
        "A user or an AI gives a service a command. The permission mode of the campaign decides "
        "whether a command of the AI is carried out, becomes a suggestion that a user approves or "
        "rejects, or is refused. An intake takes leads through the gate, which turns scores into "
        "tiers and opens channels, and through the plan, which follows the allocation, and the "
        "limits. The store keeps campaigns and the ledger, and the feed gives its events."
    )
    return _picture(640, title, description, parts)


def _draw_concepts() -> Iterator[str]:
    yield from _box(16, 16, 176, 46, "User", "a person")
    yield from _box(208, 16, 176, 46, "AI", "an agent, a model")
    yield _arrow("M104 62 V96")
    yield _arrow("M296 62 V96")
    yield _text(200, 84, "command", "small", "middle")

    yield from _box(16, 98, 368, 46, "Permission mode", "autopilot, co-pilot or manual")
    yield _arrow("M104 144 V188")
    yield _text(112, 170, "carried out", "small")
    yield _arrow("M296 144 V188")
    yield _text(304, 170, "waits", "small")

    yield from _box(16, 190, 168, 46, "Service", "one call, one transaction")
    yield from _box(216, 190, 168, 46, "Suggestion", "a user decides")
    yield _arrow("M216 213 H186")

    yield _rect(16, 262, 368, 226, 'class="wide" rx="8"')
    yield _arrow("M100 236 V260")
    yield _text(28, 284, "Intake", "strong")
    yield _text(84, 284, "the command that admits leads on a day", "small")
    yield from _box(28, 298, 160, 46, "Leads", "id, score, reachable on")
    yield from _box(212, 298, 160, 46, "Gate", "score → tier → channels")
    yield _arrow("M188 321 H210")
    yield from _box(28, 364, 160, 46, "Campaign", "allocation, limits, dates")
    yield from _box(212, 364, 160, 46, "Plan", "a channel for each lead")
    yield _arrow("M292 344 V362")
    yield _arrow("M188 387 H210")
    yield from _box(28, 430, 344, 46, "Result", "admitted today, deferred, or without a channel")
    yield _arrow("M292 410 V428")

    yield _arrow("M200 488 V512")
    yield _rect(16, 514, 368, 110, 'class="wide" rx="8"')
    yield _text(28, 536, "Store", "strong")
    yield _text(76, 536, "in memory, SQLite, PostgreSQL", "small")
    yield from _box(28, 550, 100, 62, "Campaigns", "as they are")
    yield from _box(140, 550, 136, 62, "Ledger", "assignments,", "suggestions, events")
    yield from _box(298, 550, 74, 62, "Feed", "who reads", "events")
    yield _arrow("M276 581 H296")


# -- what both are made of ------------------------------------------------------------------------


def _picture(height: int, title: str, description: str, parts: list[str]) -> str:
    content = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" \
width="{_WIDTH * 1.1:g}" height="{height * 1.1:g}" role="img" aria-labelledby="title desc">
<title id="title">{escape(title)}</title>
<desc id="desc">{escape(description)}</desc>
<style>{_STYLE}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" \
orient="auto"><path d="M0 0 L8 4 L0 8 Z" class="bar"/></marker></defs>
<rect class="page" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="10"/>
{content}
</svg>
"""


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    moved = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}"{named}{moved}>{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, attributes: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" {attributes}/>'


def _box(x: float, y: float, width: float, height: float, name: str, *notes: str) -> Iterator[str]:
    middle = x + width / 2
    first = y + (height - 17 * len(notes)) / 2 + 5
    yield _rect(x, y, width, height, 'class="box" rx="6"')
    yield _text(middle, first, name, "strong", "middle")
    for number, note in enumerate(notes, 1):
        yield _text(middle, first + 17 * number, note, "small", "middle")


def _arrow(path: str) -> str:
    return f'<path class="line" d="{path}" marker-end="url(#head)"/>'


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in draw_all().items():
        (FOLDER / name).write_text(picture, encoding="utf-8")
