"""From the leads of many campaigns, counted by eligibility set, to what each set gets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from campaignkit.domain.channels import ALL
from campaignkit.frames.terms import Terms
from campaignkit.planning.apportion import Totals, solve
from campaignkit.planning.deal import spread

__all__ = ["SETS_OF_EACH", "plan_sizes"]

SETS_OF_EACH = ALL + 1
"""How many eligibility masks a campaign may have, the empty one among them."""


def plan_sizes(terms: Terms, sizes: Sequence[int]) -> tuple[Totals, list[tuple[int, list[int]]]]:
    """Return the totals of a campaign, and for each mask with leads what each channel gets.

    Shapes: `sizes` has 32 numbers, by mask; what stands for no channel is not looked at.
    """
    counted = [0, *sizes[1:]]
    totals = solve(
        terms.allocation,
        counted,
        carried=terms.carried,
        at_most=terms.at_most,
        overflow=terms.overflow,
    )
    masks = list(compress(range(SETS_OF_EACH), counted))
    matrix = spread(masks, list(compress(counted, counted)), totals.counts.amounts)
    return totals, list(zip(masks, matrix, strict=True))
