"""The leads that a campaign still needs on a day: how many, for which channels, and how warm.

A day's leads are to be split as the allocation has it, with what was given before made up for: the
target. Which of them a channel can have depends on their tiers. By Hall's theorem leads can meet
the target exactly when for every set of channels those that may use at least one of them are as
many as the target gives the set. So each need says how many leads, of which tiers together, are
wanted at least; where the gate nests, as the default one does, these are all tiers from one on up.

Source: P. Hall, "On Representatives of Subsets", 1935.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import reduce
from typing import TypeAlias
from uuid import UUID

from attrs import frozen

from campaignkit.core._channels import (
    ALL,
    CHANNELS,
    MASKS,
    MEMBERS,
    NO_COUNTS,
    SETS,
    Channel,
    ChannelCounts,
)
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import format_count, join_channels, join_words
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._allocation import Allocation, sainte_lague_within
from campaignkit.domain._clients import ClientState
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.targeting._targeting import Targeting


@frozen
class Need(TypedBase):
    """The least number of leads of some tiers, together, that is needed to fill some channels.

    Attributes:
        leads: The number of leads.
        tiers: The tiers that the leads may have. Empty if no tier opens these channels.
        channels: The channels to fill.
        als_score: The lowest score of a lead of these tiers, where they are all from one on up.

    >>> print(Need(5, (ALSTier.HOT,), frozenset({Channel.SMS, Channel.MAIL}), als_score=85))
    5 leads of ALS 85 and up for sms and mail
    """

    leads: int
    tiers: tuple[ALSTier, ...]
    channels: frozenset[Channel]
    als_score: float | None = None

    def __str__(self) -> str:
        leads = format_count(self.leads, "lead")
        wanted = join_channels(self.channels)
        if not self.tiers:
            return f"{leads} for {wanted}, which no tier opens"
        which = join_words(self.tiers)
        which = which if self.als_score is None else f"ALS {self.als_score:g} and up"
        return f"{leads} of {which} for {wanted}"


@frozen
class Brief(TypedBase):
    """The leads that a campaign needs on a day.

    Attributes:
        client_id: The client of the campaign.
        campaign_id: The id of the campaign.
        day: The day.
        targeting: The audience that the campaign is for.
        today: How many leads it may still admit on that day; 0 where it is not running.
        in_all: How many leads it may still admit ever. None without a limit.
        wanted: How many of today's leads each channel should get.
        needs: How warm the leads must be for that.
        idle: Every reason why the campaign is not running on that day.
        room: How many more leads the client's limits let each channel be given on that day, for
            channels that have a limit.
        shut: Why each channel with a share that can be given no more leads on that day is shut.

    >>> from datetime import UTC, date, datetime
    >>> from uuid import UUID
    >>> from campaignkit import Campaign, Progress
    >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies")
    >>> campaign = campaign.activate(at=datetime.now(UTC))
    >>> brief = campaign.brief(date(2026, 11, 23), Progress(date(2026, 11, 23)))
    >>> brief.today, brief.wanted["email"]
    (50, 20)
    """

    client_id: UUID
    campaign_id: UUID
    day: date
    targeting: Targeting
    today: int
    in_all: int | None
    wanted: ChannelCounts
    needs: tuple[Need, ...]
    idle: tuple[Reason, ...] = ()
    room: Mapping[Channel, int] = FrozenMap[Channel, int]()
    shut: Mapping[Channel, str] = FrozenMap[Channel, str]()

    def __str__(self) -> str:
        leads = format_count(self.today, "lead")
        return f"{leads} wanted on {self.day} by campaign {self.campaign_id}"


def split_remaining(
    allocation: Allocation, leads: int, carried: ChannelCounts, room: Mapping[Channel, int]
) -> ChannelCounts:
    """Return how the next leads are to be split over the channels, given what each has already.

    They are as many as the channels have room for; those that `room` does not name have enough.
    """
    most = [room.get(c, leads) if allocation[c] else 0 for c in CHANNELS]
    split = sainte_lague_within(allocation.shares, min(leads, sum(most)), carried.amounts, most)
    return ChannelCounts.of(split)


def describe_shut_channels(
    allocation: Allocation, client: ClientState, day: date
) -> Mapping[Channel, str]:
    """Say for each channel with a share why the client's limits shut it on a day, where they do."""
    shut: dict[Channel, str] = {}
    for channel, room in client.room(day).items():
        if allocation[channel] and not room:
            limit = client.policy.channel_limits[channel]
            used = client.used.get(day, NO_COUNTS)[channel]
            most = f"{limit.per_week or 0:,} a week"
            if limit.per_day is not None and used >= limit.per_day:
                most = f"{limit.per_day:,} a day"
            shut[channel] = f"the client's limit of {most} is reached"
    return FrozenMap(shut)


def compute_needs(wanted: ChannelCounts, gate: ALSGate) -> tuple[Need, ...]:
    """Return the least number of leads of each group of tiers that is needed to fill channels.

    So many leads as are wanted in all, each of which every channel can reach that its tier opens,
    can be given to channels just as wanted exactly when they meet every need. No need follows
    from the others.

    >>> from campaignkit.domain._gate import DEFAULT_GATE
    >>> wanted = ChannelCounts({"email": 20, "voice": 10, "sms": 3})
    >>> for need in compute_needs(wanted, DEFAULT_GATE):
    ...     print(need)
    3 leads of ALS 85 and up for sms
    13 leads of ALS 60 and up for voice and sms
    33 leads of ALS 20 and up for email, voice and sms
    """
    opened = {tier: MASKS[gate.channels(tier)] for tier in ALSTier}
    able = reduce(int.__or__, opened.values())
    asked = sum(1 << c for c in MEMBERS[ALL] if wanted.amounts[c])
    found = _largest_demands(wanted, opened, asked & able)
    lacking = asked & ~able
    kept = [tiers for tiers in found if found[tiers][0] > _implied_demand(tiers, found)]
    kept.sort(key=lambda tiers: (len(tiers), *map(_WARMEST_FIRST.index, tiers)))
    shut = [((), (_sum_over(wanted, lacking), lacking))] if lacking else []
    return tuple(
        Need(leads, tiers, SETS[mask], _lowest_score(tiers, gate))
        for tiers, (leads, mask) in [*shut, *((tiers, found[tiers]) for tiers in kept)]
    )


_WARMEST_FIRST = tuple(ALSTier)
_Tiers: TypeAlias = tuple[ALSTier, ...]


def _largest_demands(
    wanted: ChannelCounts, opened: Mapping[ALSTier, int], asked: int
) -> dict[_Tiers, tuple[int, int]]:
    """Return the largest number that tiers must have, with the channels that ask for it.

    A set of channels asks it of the tiers that open some of them. Of the sets that ask the same
    tiers the one that holds all others comes last, and asks for the most.
    """
    return {
        tuple(tier for tier, some in opened.items() if some & mask): (_sum_over(wanted, mask), mask)
        for mask in range(1, ALL + 1)
        if not mask & ~asked
    }


def _implied_demand(tiers: _Tiers, found: Mapping[_Tiers, tuple[int, int]]) -> int:
    """Return how many leads these tiers have anyway, if tiers that are a part of them have theirs.

    Parts that share no tier add up; two are enough, as what is asked of several is asked of all of
    them together, too.
    """
    inside = [(set(some), leads) for some, (leads, _) in found.items() if set(some) < set(tiers)]
    return max(
        (
            leads + max((more for rest, more in inside if rest.isdisjoint(part)), default=0)
            for part, leads in inside
        ),
        default=0,
    )


def _sum_over(wanted: ChannelCounts, mask: int) -> int:
    return sum(wanted.amounts[c] for c in MEMBERS[mask])


def _lowest_score(tiers: _Tiers, gate: ALSGate) -> float | None:
    if not tiers or tiers != _WARMEST_FIRST[: len(tiers)]:
        return None
    return gate.bounds.get(tiers[-1], 0)
