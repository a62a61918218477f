"""What an intake leaves to the days after it, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from attrs import frozen

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._sentences import join_words
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._gate import ALSTier
from campaignkit.planning._plan import LeadGroups, eligible_mask
from campaignkit.planning._totals import solve_totals


@frozen
class Outlook:
    """The leads of an intake, with the carried counts and the limits before it.

    `capacity` is how many leads the limits admit together until the campaign's end.
    """

    groups: LeadGroups
    carried: ChannelCounts
    daily_limit: int
    capacity: int

    def describe(self, given: ChannelCounts) -> Iterator[str]:
        """Say which channels can no longer have what the leads allow, and which leads wait.

        `given` is what each channel gets by the intake.
        """
        groups = self.groups
        yield from _describe_reserve(groups)
        waiting = [*groups.reserved, *groups.over_capacity][: self.capacity - given.total]
        rest = Counter(eligible_mask(groups.allocation, lead, groups.gate) for lead in waiting)
        today = Counter(dict(zip(*groups.count_eligible(), strict=True)))
        best = _solve_counts(groups.allocation, today + rest, self.carried)
        reached = given + _solve_counts(groups.allocation, rest, self.carried + given)
        days = 1 + -(-len(waiting) // self.daily_limit)
        phrase = "can still get" if self.carried.total else "can end at"
        yield from describe_shortfall(phrase, reached, best, days)


def _describe_reserve(groups: LeadGroups) -> Iterator[str]:
    """Say that leads of better tiers wait for a later day while those of a worse one go out."""
    tiers, tier_of = list(ALSTier), groups.gate.tier
    admitted = Counter(tier_of(lead.als_score) for some in groups.eligible for lead in some)
    reserved = Counter(tier_of(lead.als_score) for lead in groups.reserved)
    worst = max((tiers.index(tier) for tier in admitted if tier), default=0)
    better = {tier: reserved[tier] for tier in tiers[:worst] if reserved[tier]}
    if better:
        leads = join_words(f"{n:,} {tier}" for tier, n in better.items())
        verb = "lead waits" if sum(better.values()) == 1 else "leads wait"
        number = admitted[tiers[worst]]
        others = f"{number:,} {tiers[worst]} {'is' if number == 1 else 'are'}"
        yield f"{leads} {verb} for a later day of the horizon, and {others} admitted today"


def describe_shortfall(
    phrase: str, reached: ChannelCounts, best: ChannelCounts, days: int
) -> Iterator[str]:
    """Say which channels get less than the leads allow, and which horizon would change that.

    The numbers count from a day on. So the phrase is not that a channel "ends at" one if it was
    given leads before.
    """
    if short := [c for c in CHANNELS if reached[c] < best[c]]:
        ends = join_words(f"{c} {phrase} {reached[c]:,} of {best[c]:,}" for c in short)
        them = "it" if len(short) == 1 else "them"
        yield f"{ends}; a horizon of {days:,} days would keep leads for {them}"


def _solve_counts(
    allocation: Allocation, sizes: Mapping[int, int], carried: ChannelCounts
) -> ChannelCounts:
    """Return what each channel gets of leads, given their number for each eligibility mask."""
    return solve_totals(allocation, [*sizes], [*sizes.values()], carried=carried).counts
