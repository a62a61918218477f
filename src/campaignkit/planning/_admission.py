"""Who is admitted where channels have caps: the best leads that fit under all of them together.

The sets of leads that fit are the independent sets of a matroid. So letting in whoever still fits,
best first, ends in the best set.

Source: J. Edmonds, "Matroids and the greedy algorithm", 1971.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from campaignkit.core._channels import ALL, CHANNELS, SETS
from campaignkit.planning._totals import SUBSETS, Bottleneck, BottleneckLimit, Caps, sum_subsets


class Admission:
    """The room for leads that come best first, each with the mask of its eligible channels.

    Leads fit if for each set of channels those that may use no other channel are at most as many
    as the set has room for. Of the sets, only those with caps on all channels can be full while
    there is capacity left.
    """

    def __init__(self, caps: Caps, capacity: int) -> None:
        rooms = _list_rooms(caps, capacity)
        self._spare = {mask: room for mask, room in enumerate(rooms) if mask and room < capacity}
        self._full: set[int] = set()
        for mask, spare in self._spare.items():
            self._fill(mask, spare)
        self._around: dict[int, Sequence[int]] = {}

    def admit(self, mask: int) -> bool:
        """Take a lead in, if it fits; return whether it does."""
        if mask in self._full:
            return False
        around = self._around.get(mask)
        if around is None:
            around = self._around[mask] = [some for some in self._spare if some & mask == mask]
        for some in around:
            self._spare[some] -= 1
            self._fill(some, self._spare[some])
        return True

    def _fill(self, mask: int, spare: int) -> None:
        """Close a set without spare room: no lead that may use its channels only can follow."""
        if not spare:
            self._full.update(SUBSETS[mask])


def _list_rooms(caps: Caps, capacity: int) -> list[int]:
    """Return for each set of channels how many leads may come that can use no other channel."""
    each = sum_subsets([caps.amounts.get(c, capacity) for c in range(len(CHANNELS))])
    return [min(room, capacity) for room in each]


def prove_full(
    caps: Caps, admitted: Sequence[int], refused: Iterable[int]
) -> dict[int, Bottleneck]:
    """Return for each mask of refused leads the smallest full set of channels around it.

    It proves that none of them fits: the set has no room beside the admitted leads that may use no
    other channel, and no worse lead is among these.

    Shapes: `admitted` has the number of leads for each mask; `refused` the mask of each lead.
    """
    rooms = _list_rooms(caps, sum(admitted) + 1)
    inside = [sum([admitted[some] for some in SUBSETS[mask]]) for mask in range(ALL + 1)]
    waiting = [0] * (ALL + 1)
    for mask in refused:
        waiting[mask] += 1
    # The smallest is part of all other full sets, so its mask comes first.
    full_set = {
        mask: next(s for s in range(1, ALL + 1) if s & mask == mask and inside[s] == rooms[s])
        for mask, number in enumerate(waiting)
        if number
    }
    found: dict[int, Bottleneck] = {}
    for full in set(full_set.values()):
        wanted = inside[full] + sum([waiting[some] for some in SUBSETS[full]])
        of_client = caps.of_client & full
        limit = BottleneckLimit.CLIENT if of_client else BottleneckLimit.AT_MOST
        found[full] = Bottleneck(SETS[full], rooms[full], wanted, limit)
    return {mask: found[full] for mask, full in full_set.items()}
