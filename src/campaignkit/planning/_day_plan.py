"""The plan of a day: which leads a campaign admits, and which it keeps for the days to come.

An intake that takes the best leads of a pool first uses up those of scarce channels at once. With a
horizon, the pool is planned for all days of it together, and each day takes its part of that plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add, sub

from attrs import evolve

from campaignkit.core._channels import CHANNELS, SETS, ChannelCounts
from campaignkit.core._decisions import Reason
from campaignkit.domain._allocation import Allocation, sainte_lague, sainte_lague_within
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Progress
from campaignkit.planning._channel_caps import HorizonCaps
from campaignkit.planning._deal import distribute, split_in_proportion
from campaignkit.planning._plan import LeadGroups, Plan, deal_groups
from campaignkit.planning._totals import Bottleneck, Totals, solve_totals


def count_capacity(campaign: Campaign, progress: Progress, days: int) -> int:
    """Return how many more leads the limits together admit in a number of days of intake.

    The first of them is the day of the progress.
    """
    total = campaign.remaining(progress)[Reason.TOTAL_LIMIT]
    later = campaign.daily_lead_limit * (days - 1)
    return min(total, campaign.capacity(progress) + later)


def plan_day(
    groups: LeadGroups, carried: ChannelCounts, capacity: int, caps: HorizonCaps
) -> tuple[LeadGroups, Plan]:
    """Plan the leads of a horizon; return those of its first day in groups, and their plan.

    `capacity` is that of the first day. All leads fit under the caps of the horizon.

    The totals z of all leads are split over the days so that the mix of each prefix is as near as
    possible to that of the whole: the day's counts d minimise Σ (carried + d)² / (carried + z),
    with no more than the day's caps, and no less than what later days could not take. Of each group
    the day takes the best leads; the others are `reserved`.
    """
    masks, sizes = groups.count_eligible()
    allocation = groups.allocation
    totals = solve_totals(allocation, masks, sizes, carried=carried, at_most=caps.whole)
    matrix = distribute(masks, sizes, totals.counts.amounts)
    if totals.counts.total > capacity or caps.are_exceeded_today(totals.counts.amounts):
        totals = _find_day_totals(totals, allocation, carried, capacity, caps)
        matrix = _split_matrix(matrix, totals.counts.amounts)
        groups = _reserve_rest(groups, dict(zip(masks, map(sum, matrix), strict=True)))
    return groups, deal_groups(groups, totals, dict(zip(masks, matrix, strict=True)), carried)


def _find_day_totals(
    totals: Totals,
    allocation: Allocation,
    carried: ChannelCounts,
    capacity: int,
    caps: HorizonCaps,
) -> Totals:
    """Return the part of the totals of a horizon that its first day takes.

    Counts and target are both split over the days. Each channel that gets less than its target of
    the day is a bottleneck by itself.
    """
    shares = zip(carried.amounts, allocation.shares, strict=True)
    before = [leads if share else 0 for leads, share in shares]
    z = totals.counts.amounts
    most = [min(n, caps.today.amounts.get(c, n)) for c, n in enumerate(z)]
    units = min(capacity, sum(most))
    least = [max(0, n - caps.later.get(c, n)) for c, n in enumerate(z)]
    if sum(least) > units:
        least = [0] * len(z)
    rest = sainte_lague_within(
        list(map(add, before, z)),
        units - sum(least),
        list(map(add, before, least)),
        list(map(sub, most, least)),
    )
    counts = list(map(add, least, rest))
    target = sainte_lague(list(map(add, before, totals.target.amounts)), units, before)
    return Totals(
        ChannelCounts.of(counts),
        ChannelCounts.of(target),
        _find_day_bottlenecks(counts, target, totals, caps),
    )


def _find_day_bottlenecks(
    counts: Sequence[int], target: Sequence[int], whole: Totals, caps: HorizonCaps
) -> tuple[Bottleneck, ...]:
    """Return each channel that gets less than its target of the day, the largest shortfall first.

    Its limit is that of the day, or else the one that keeps it short in the horizon.
    """
    limit_of = {c: one.limit for one in reversed(whole.bottlenecks) for c in one.channels}
    short = [c for c, n in enumerate(counts) if n < target[c]]
    short.sort(key=lambda c: counts[c] - target[c])
    return tuple(
        [
            Bottleneck(
                SETS[1 << c],
                counts[c],
                target[c],
                caps.today.name_limit(1 << c, counts) or limit_of.get(CHANNELS[c]),
            )
            for c in short
        ]
    )


def _split_matrix(matrix: Sequence[Sequence[int]], counts: Sequence[int]) -> list[list[int]]:
    """Return a part of each number of a matrix whose columns add up to `counts`.

    Each column is split in proportion. As no number grows, what is left of the matrix is a split of
    what is left of the totals.
    """
    columns = map(split_in_proportion, counts, zip(*matrix, strict=True))
    return list(map(list, zip(*columns, strict=True)))


def _reserve_rest(groups: LeadGroups, taken: Mapping[int, int]) -> LeadGroups:
    """Return the groups with so many of the best leads of each mask, and the others reserved."""
    eligible: list[Sequence[Lead]] = []
    reserved: list[Lead] = []
    for mask, leads in enumerate(groups.eligible):
        eligible.append(leads[: taken.get(mask, 0)])
        reserved += leads[taken.get(mask, 0) :]
    return evolve(groups, eligible=eligible, reserved=reserved)
