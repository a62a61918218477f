"""Advice on an allocation that cannot be met: other percentages, or more leads.

Leads fit the counts t of a mix exactly when no set of channels gets fewer leads than are confined
to it, which may use no other channel: that is Hall's condition, as t adds up to all leads.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from math import lcm
from operator import le
from typing import Unpack

from attrs import frozen

from campaignkit.core._channels import ALL, CHANNELS, MASKS, MEMBERS, NO_COUNTS
from campaignkit.core._checks import check_kinds
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import format_count, join_words
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._allocation import TOTAL_PERCENT, Allocation, make_allocation, sainte_lague
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.errors import PlanError
from campaignkit.planning._lead_sources import (
    CountsByChannels,
    FrameColumns,
    LeadSource,
    check_column_names,
    choose_gate,
    count_by_channels,
)
from campaignkit.planning._totals import plan_counts


@frozen
class Advice(TypedBase):
    r"""Whether leads can meet an allocation exactly, and the nearest one that they can.

    Attributes:
        asked: The allocation that is asked for.
        leads: How many leads have an eligible channel.
        nearest: The allocation nearest to `asked` that they can meet exactly: `asked` itself if
            possible, None if no whole percentages are.
        missing: How many more leads of each tier would make `asked` possible. Empty if it is
            possible already, None if no number of leads would do.

    >>> advice = allocation_advice(Allocation(email=80, sms=20), {"cold": 90})
    >>> print(*advice.sentences, sep="\n")
    nearest to what was asked, 90 leads can be given email 100%
    22 more hot leads would make email 80% and sms 20% possible
    """

    asked: Allocation
    leads: int
    nearest: Allocation | None
    missing: Mapping[ALSTier, int] | None

    def __str__(self) -> str:
        return "; ".join(self.sentences)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Sentences on what the leads can meet, and what would make the mix possible."""
        leads, asked = format_count(self.leads, "lead"), str(self.asked)
        if self.nearest == self.asked:
            return (f"{leads} can be given {asked}, as asked",)
        can = f"no whole percentages can be met to the lead by {leads}"
        if self.nearest is not None:
            can = f"nearest to what was asked, {leads} can be given {self.nearest}"
        if self.missing is None:
            return can, f"no number of leads more would make {asked} possible"
        more = join_words(f"{n:,} more {tier}" for tier, n in self.missing.items())
        noun = "lead" if sum(self.missing.values()) == 1 else "leads"
        return can, f"{more} {noun} would make {asked} possible"


def allocation_advice(
    allocation: Allocation,
    leads: LeadSource,
    *,
    gate: ALSGate | None = None,
    **columns: Unpack[FrameColumns],
) -> Advice:
    """Advise on an allocation that leads cannot meet.

    Of the allocations that give every lead a channel and have no bottleneck, the nearest is the
    one with the least Σ (share − asked)² / asked, which is how the plan measures a mix; of equally
    near ones that with the larger share for the first channel. What was asked not to be used stays
    so. The missing leads are as few as will do, and of the coldest tiers that will do; they are
    taken to be reachable on all channels that `gate` opens to their tier. This takes a few
    milliseconds, but up to some seconds for fewer than ten leads.

    Args:
        allocation: The allocation that is asked for.
        leads: Leads, a dataframe, a result of `frames.allocate`, or numbers of leads: by tier, or
            by the channels that they may get.
        gate: The channels that each score opens. By default that of a result, or else
            `DEFAULT_GATE`.
        **columns: For a dataframe, `id`, `score`, `scale` and `reachable` as for `frames.allocate`.

    Raises:
        PlanError: invalid leads, numbers of leads, or columns.

    >>> asked = Allocation(email=50, linkedin=40, sms=10)
    >>> advice = allocation_advice(asked, {"hot": 4, "cool": 96})
    >>> advice.nearest
    Allocation(email=53, linkedin=43, sms=4)
    >>> advice.missing[ALSTier.HOT]
    7
    """
    check_column_names("allocation_advice", columns)
    check_kinds(PlanError, allocation=(allocation, Allocation))
    gate = choose_gate(gate, leads)
    return advise(allocation, count_by_channels(leads, gate, columns), gate)


def advise(allocation: Allocation, eligible: CountsByChannels, gate: ALSGate) -> Advice:
    """Advise on an allocation, given how many leads may get which channels."""
    planned = plan_counts(allocation, eligible)
    leads = planned.counts.total
    if not planned.bottlenecks:
        return Advice(allocation, leads, nearest=allocation, missing=FrozenMap())
    # As nothing is capped, all leads with a channel are placed.
    confined = [0] * (ALL + 1)
    for channels, placed in planned.by_eligibility.items():
        for mask in range(ALL + 1):
            if not MASKS[channels] & allocation.mask & ~mask:
                confined[mask] += placed.total
    return Advice(
        allocation,
        leads,
        nearest=_find_nearest(allocation, leads, tuple(confined)),
        missing=_missing_leads(allocation, leads, confined, gate),
    )


def _count_by_set(shares: Sequence[int], leads: int) -> list[int]:
    """Return how many leads the shares give to each set of channels."""
    counts = sainte_lague(shares, leads, NO_COUNTS.amounts)
    return [sum([counts[c] for c in members]) for members in MEMBERS]


# --- the percentages -------------------------------------------------------------------------


@lru_cache  # a notebook asks for HTML and for text
def _find_nearest(asked: Allocation, leads: int, confined: tuple[int, ...]) -> Allocation | None:
    """Search allocations, one channel after the other, for the nearest that the leads can meet.

    What may come nearest is looked at first, and among equals the larger share for the first
    channel; so the first whole allocation that can be met is the one.
    """
    channels = MEMBERS[asked.mask]
    search = _Search(asked, _minimum_shares(asked, leads, confined))
    # For each branch how near it may come, and the shares chosen in it, negated.
    branches: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    while branches:
        _, negated = heappop(branches)
        if len(negated) < len(channels):
            for share in search.possible(negated):
                further = (*negated, -share)
                heappush(branches, (search.distance(further), further))
            continue
        chosen = dict(zip(channels, negated, strict=True))
        shares = [-chosen.get(c, 0) for c in range(len(CHANNELS))]
        if all(map(le, confined, _count_by_set(shares, leads))):
            return make_allocation(shares)
    return None


class _Search:
    """Where allocations may be near to one, given what each set of channels needs at least."""

    def __init__(self, asked: Allocation, least: Sequence[int]) -> None:
        self.asked, self.least = asked.mask, least
        self.channels = MEMBERS[asked.mask]
        self.wanted = [sum([asked.shares[c] for c in members]) for members in MEMBERS]
        self.needy = [mask for mask, need in enumerate(least) if need and not mask & ~asked.mask]

    def possible(self, negated: tuple[int, ...]) -> range:
        """Return the shares of the next channel that leave every set of channels what it needs."""
        channel = self.channels[len(negated)]
        parts = [(0, 0)]
        for c, share in zip(self.channels, negated, strict=False):
            parts += [(part | 1 << c, had - share) for part, had in parts]
        low, high = 0, TOTAL_PERCENT + sum(negated)
        if channel == self.channels[-1]:
            low = high
        for part, had in parts:
            mask = part | 1 << channel
            low = max(low, self.least[mask] - had)
            high = min(high, TOTAL_PERCENT - self.least[self.asked & ~mask] - had)
        return range(low, high + 1)

    def distance(self, negated: tuple[int, ...]) -> int:
        """Return the least distance of allocations of which some shares are chosen.

        What is left costs the least if it is split in proportion to what was asked, or, where a
        set of channels needs more than that, if that set gets just what it needs.
        """
        chosen, before = [0] * len(CHANNELS), 0
        own = 0
        for c, share in zip(self.channels, negated, strict=False):
            chosen[c], before = -share, before | 1 << c
            own += _cost(-share, self.wanted[1 << c])
        after = self.asked & ~before
        if not after:
            return own
        rest, wanted = TOTAL_PERCENT + sum(negated), self.wanted
        least = _cost(rest, wanted[after])
        for mask in self.needy:
            part = mask & after
            if part and part != after:
                need = self.least[mask] - sum([chosen[c] for c in MEMBERS[mask & before]])
                if need * wanted[after] > rest * wanted[part]:
                    others = _cost(rest - need, wanted[after & ~part])
                    least = max(least, _cost(need, wanted[part]) + others)
        return own + least


_SCALE = lcm(*range(1, TOTAL_PERCENT + 1))  # with it every cost is a whole number


def _cost(share: int, wanted: int) -> int:
    """Return what it costs that some channels have this share, split as it was asked for."""
    return (share - wanted) ** 2 * (_SCALE // wanted)


def _minimum_shares(asked: Allocation, leads: int, confined: Sequence[int]) -> list[int]:
    """Return for each set of channels a share that it needs at least, in percent.

    By Sainte-Laguë there is a level at which each channel with t leads has a share between 2t - 1
    and 2t + 1 times the same. So w leads for a set of m channels, of which no more than w get
    any, need 2w - min(m, w), and the other N - w leads leave the others 2(N - w) + n - m at most.
    """
    n = len(MEMBERS[asked.mask])
    least = [0] * (ALL + 1)
    for mask, needed in enumerate(confined):
        if needed:
            m = len(MEMBERS[mask & asked.mask])
            own = 2 * needed - min(m, needed)
            least[mask] = -(-TOTAL_PERCENT * own // (own + 2 * (leads - needed) + n - m))
    return least


# --- the leads -------------------------------------------------------------------------------


def _missing_leads(
    asked: Allocation, leads: int, confined: Sequence[int], gate: ALSGate
) -> Mapping[ALSTier, int] | None:
    """Return how many more leads of which tier would do, or None where none would.

    They get what those that are there cannot take, and these take as much as they can of what
    only the warmest new ones could get.
    """
    more = bisect_left(
        range(TOTAL_PERCENT * (leads + len(CHANNELS))),  # with so many each channel gets all leads
        True,  # noqa: FBT003  # the more leads, the more each set of channels gets
        key=lambda more: all(map(le, confined, _count_by_set(asked.shares, leads + more))),
    )
    counts = _count_by_set(asked.shares, leads + more)

    def count_shortage(mask: int) -> int:
        parts = [part for part in range(mask + 1) if not part & ~mask]
        return counts[mask] - min(
            leads - confined[ALL & ~(mask & ~part)] + counts[part] for part in parts
        )

    missing: dict[ALSTier, int] = {}
    rest = asked.mask  # channels that no tier colder than the one in turn opens
    for tier in reversed(ALSTier):
        without = rest & ~MASKS[gate.channels(tier)]
        if needed := count_shortage(rest) - count_shortage(without):
            missing[tier] = needed
        rest = without
    return (
        None
        if count_shortage(rest)
        else FrozenMap({t: missing[t] for t in ALSTier if t in missing})
    )
