"""The plan of a day: which leads a campaign admits, and which it keeps for the days to come.

An intake that takes the best leads of a pool first uses up those of scarce channels at once. With a
horizon, the pool is planned for all days of it together, and each day takes its part of that plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._decisions import Reason
from campaignkit.domain._allocation import Allocation, sainte_lague
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Progress
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


def plan_day(groups: LeadGroups, carried: ChannelCounts, capacity: int) -> tuple[LeadGroups, Plan]:
    """Plan the leads of a horizon; return those of its first day in groups, and their plan.

    `capacity` is that of the first day.

    The totals z of all leads are split over the days so that the mix of each prefix is as near as
    possible to that of the whole: the day's counts d minimise Σ (carried + d)² / (carried + z). Of
    each group the day takes the best leads; the others are `reserved`.
    """
    masks, sizes = groups.count_eligible()
    allocation = groups.allocation
    totals = solve_totals(allocation, masks, sizes, carried=carried)
    matrix = distribute(masks, sizes, totals.counts.amounts)
    if totals.counts.total > capacity:
        totals = _find_day_totals(totals, allocation, carried, capacity)
        matrix = _split_matrix(matrix, totals.counts.amounts)
        groups = _reserve_rest(groups, dict(zip(masks, map(sum, matrix), strict=True)))
    return groups, deal_groups(groups, totals, dict(zip(masks, matrix, strict=True)), carried)


def _find_day_totals(
    totals: Totals, allocation: Allocation, carried: ChannelCounts, capacity: int
) -> Totals:
    """Return the part of the totals of a horizon that its first day takes.

    Counts and target are both split over the days. Each channel that gets less than its target of
    the day is a bottleneck by itself.
    """
    shares = zip(carried.amounts, allocation.shares, strict=True)
    before = [leads if share else 0 for leads, share in shares]

    def split_off_day(leads: ChannelCounts) -> ChannelCounts:
        due = [k + n for k, n in zip(before, leads.amounts, strict=True)]
        return ChannelCounts.of(sainte_lague(due, capacity, before))

    counts, target = split_off_day(totals.counts), split_off_day(totals.target)
    short = [channel for channel in CHANNELS if counts[channel] < target[channel]]
    short.sort(key=lambda channel: counts[channel] - target[channel])
    return Totals(
        counts,
        target,
        tuple([Bottleneck(frozenset({c}), counts[c], target[c]) for c in short]),
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
