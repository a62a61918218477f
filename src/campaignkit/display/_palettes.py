"""The colours of channels and of tiers, the same in displays and in charts.

Every colour has a contrast of at least 3:1 on light and on dark pages, and the colours of a palette
differ for colour-blind people, too: tests/display/test_palettes.py says by how much.
"""

from __future__ import annotations

from collections.abc import Mapping

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.domain._gate import ALSTier

CHANNEL_PALETTE = (
    *("#298dff", "#217a40", "#d55770", "#a6860d", "#8058ae"),
    *("#18968c", "#6b6885", "#8a83b5"),
)
"""A colour for each channel that there may be."""

CHANNEL_COLOURS: Mapping[Channel, str] = dict(zip(CHANNELS, CHANNEL_PALETTE, strict=False))

TIER_COLOURS: Mapping[ALSTier, str] = {
    ALSTier.HOT: "#c13834",
    ALSTier.WARM: "#d6730b",
    ALSTier.COOL: "#19a06f",
    ALSTier.COLD: "#046adf",
    ALSTier.DEAD: "#885a89",
}

NEUTRAL_COLOUR = "#8e8b95"
"""The colour of what is neither a channel nor a tier, such as leads without a score."""

_COLOURS: Mapping[str, str] = {
    name.value: colour
    for palette in (CHANNEL_COLOURS, TIER_COLOURS)
    for name, colour in palette.items()
}


def find_colour(name: str) -> str:
    """Return the colour of a channel or a tier, by its name.

    >>> find_colour("hot") == TIER_COLOURS[ALSTier.HOT], find_colour("none") == NEUTRAL_COLOUR
    (True, True)
    """
    return _COLOURS.get(name, NEUTRAL_COLOUR)
