"""How many leads each channel may get: today, and in all days of a horizon together."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from campaignkit.core._channels import PerChannel
from campaignkit.planning._totals import NO_CAPS, Caps, read_at_most


@frozen
class HorizonCaps:
    """The most leads that channels may get in the days of a horizon.

    `today` has the caps of the first day, and `whole` those of all days together. `later` has for
    each channel whose later days have limits what these can take if today takes nothing.
    """

    today: Caps
    whole: Caps
    later: Mapping[int, int]

    def are_exceeded_today(self, counts: tuple[int, ...]) -> bool:
        """Return whether one of the counts, in canonical order, is more than today can take."""
        return any(counts[c] > cap for c, cap in self.today.amounts.items())


NO_HORIZON_CAPS = HorizonCaps(NO_CAPS, NO_CAPS, {})


def find_horizon_caps(at_most: PerChannel | None, days: int) -> HorizonCaps:
    """Return the caps of a horizon of so many days; `at_most` caps only the first.

    Raises:
        CountsError: `at_most` is invalid.
    """
    today = read_at_most(at_most)
    if not today.amounts:
        return NO_HORIZON_CAPS
    return HorizonCaps(today, today if days == 1 else NO_CAPS, {})
