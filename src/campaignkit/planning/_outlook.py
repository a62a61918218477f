"""What an intake leaves to the days after it, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from attrs import frozen

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._sentences import format_count, join_words
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._gate import ALSTier
from campaignkit.planning._admission import Admission, prove_full
from campaignkit.planning._channel_caps import ChannelLimits
from campaignkit.planning._plan import LeadGroups, order_by_merit
from campaignkit.planning._totals import NO_CAPS, Bottleneck, Caps, solve_totals


@frozen
class Outlook:
    """The leads of an intake, with the carried counts and the limits before it.

    `capacity` is how many leads the limits admit together until the campaign's end, which is
    `most_days` away. `limits` are those of the channels, if there are any.
    """

    groups: LeadGroups
    carried: ChannelCounts
    daily_limit: int
    capacity: int
    most_days: int
    limits: ChannelLimits | None = None

    def describe(self, given: ChannelCounts) -> Iterator[str]:
        """Say which channels can no longer have what the leads allow, and which leads wait.

        `given` is what each channel gets by the intake.
        """
        groups = self.groups
        yield from _describe_reserve(groups)
        yield from _describe_full_sets(groups)
        if self.limits is None:
            enough, best, reached = self._look_ahead(given)
        else:
            enough, best, reached = self._look_ahead_under(self.limits, given)
        phrase = "can still get" if self.carried.total else "can end at"
        yield from describe_shortfall(phrase, reached, best, enough)

    def _look_ahead(self, given: ChannelCounts) -> tuple[EnoughDays, ChannelCounts, ChannelCounts]:
        """Return a horizon for all leads, what it brings, and what is left without it."""
        groups, allocation = self.groups, self.groups.allocation
        waiting = [*groups.reserved, *groups.over_capacity][: self.capacity - given.total]
        rest = Counter(map(groups.find_mask, waiting))
        today = Counter(dict(zip(*groups.count_eligible(), strict=True)))
        best = solve_counts(allocation, today + rest, self.carried)
        reached = given + solve_counts(allocation, rest, self.carried + given)
        return EnoughDays(1 + -(-len(waiting) // self.daily_limit)), best, reached

    def _look_ahead_under(
        self, limits: ChannelLimits, given: ChannelCounts
    ) -> tuple[EnoughDays, ChannelCounts, ChannelCounts]:
        """Return the same under limits of channels.

        The horizon is the shortest in which the leads can have the best mix, or else the longest
        there is.
        """
        groups, allocation = self.groups, self.groups.allocation
        admitted = [lead for leads in groups.eligible for lead in leads]
        waiting = [*order_by_merit([*groups.reserved, *groups.over_caps]), *groups.over_capacity]
        everyone = list(map(groups.find_mask, order_by_merit([*admitted, *waiting])))
        enough = find_days(
            allocation,
            everyone,
            self.carried,
            self.capacity,
            limits=limits,
            most_days=self.most_days,
        )
        days = enough.days
        capacity = min(self.capacity, limits.capacity + self.daily_limit * (days - 1))
        best = plan_admitted(
            allocation, everyone, self.carried, capacity, limits.compute_caps(days).whole
        )
        reached = plan_admitted(
            allocation,
            list(map(groups.find_mask, waiting)),
            self.carried + given,
            min(self.capacity - given.total, self.daily_limit * (days - 1)),
            limits.find_later(given.amounts, days),
        )
        return enough, best, given + reached


class EnoughDays(NamedTuple):
    """A number of days in which leads can have their best mix.

    It is not certain where limits of a week meet a daily lead limit that binds: each channel has
    room in these days, but perhaps all of them on the same ones.
    """

    days: int
    is_certain: bool = True


def find_days(
    allocation: Allocation,
    masks: Iterable[int],
    carried: ChannelCounts,
    capacity: int,
    *,
    limits: ChannelLimits,
    most_days: int,
) -> EnoughDays:
    """Return in how many days in a row leads, best first, can have their best mix under limits.

    Shapes: `masks` has the eligibility mask of each lead.
    """
    open_to = filter(None, [mask & ~limits.always_closed for mask in masks])
    sizes = Counter(islice(open_to, capacity))
    later = max(0, sizes.total() - limits.capacity)
    wanted = solve_counts(allocation, sizes, carried)
    least = 1 + -(-later // limits.daily_limit)
    days = limits.count_days(wanted.amounts, least, most_days)
    return EnoughDays(days, is_certain=not (later and limits.are_weekly))


def plan_admitted(
    allocation: Allocation,
    masks: Sequence[int],
    carried: ChannelCounts,
    capacity: int,
    caps: Caps,
) -> ChannelCounts:
    """Return what each channel gets of those leads, best first, that fit under caps.

    Shapes: `masks` has the eligibility mask of each lead.
    """
    admission = Admission(caps, capacity)
    fitting = islice(filter(admission.admit, masks), capacity)
    return solve_counts(allocation, Counter(fitting), carried, caps)


def _describe_full_sets(groups: LeadGroups) -> Iterator[str]:
    """Say how many leads wait for which full channels, those that most wait for first."""
    full_sets = find_full_sets(groups)
    waiting = Counter(full_sets[groups.find_mask(lead)] for lead in groups.over_caps)
    for full, number in waiting.most_common():
        yield f"{number:,} {'lead waits' if number == 1 else 'leads wait'} for {full}"


def explain_full_set(groups: LeadGroups, lead_id: str) -> str | None:
    """Say which channels are full for a lead beyond their caps; None for other leads."""
    found = [lead for lead in groups.over_caps if str(lead.id) == lead_id]
    return str(find_full_sets(groups)[groups.find_mask(found[0])]) if found else None


def find_full_sets(groups: LeadGroups) -> Mapping[int, Bottleneck]:
    """Return the full set of channels around each mask of leads that do not fit under the caps."""
    if not groups.over_caps:
        return {}
    admitted = [len(leads) for leads in groups.eligible]
    for lead in groups.reserved:
        admitted[groups.find_mask(lead)] += 1
    return prove_full(groups.caps, admitted, map(groups.find_mask, groups.over_caps))


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
    phrase: str,
    reached: ChannelCounts,
    best: ChannelCounts,
    enough: EnoughDays,
    beyond: int = 0,
) -> Iterator[str]:
    """Say which channels get less than the leads allow, and which horizon would change that.

    `reached` and `best` count the leads from a day on. Where channels were given leads before that
    day, the phrase is one such as "still gets", as none "ends at" these numbers. If the horizon has
    days `beyond` those of a forecast, that is named as the cause instead.
    """
    if short := [c for c in CHANNELS if reached[c] < best[c]]:
        ends = join_words(f"{c} {phrase} {reached[c]:,} of {best[c]:,}" for c in short)
        them = "it" if len(short) == 1 else "them"
        cause = f"the horizon is {format_count(beyond, 'day')} longer than this forecast"
        verb = "would" if enough.is_certain else "may"
        advice = f"a horizon of {enough.days:,} days {verb} keep leads for {them}"
        yield f"{ends}; {cause if beyond else advice}"


def solve_counts(
    allocation: Allocation,
    sizes: Mapping[int, int],
    carried: ChannelCounts,
    caps: Caps = NO_CAPS,
) -> ChannelCounts:
    """Return what each channel gets of leads, given their number for each eligibility mask."""
    return solve_totals(
        allocation, [*sizes], [*sizes.values()], carried=carried, at_most=caps
    ).counts
