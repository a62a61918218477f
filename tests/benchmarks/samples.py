"""Campaigns and leads that look like real ones, the same in every run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID

import campaignkit as ck

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
CARRIED = ck.ChannelCounts({"email": 203, "linkedin": 149, "voice": 99, "sms": 26, "mail": 23})

HOT, WARM, COOL, COLD = (range(85, 101), range(60, 85), range(35, 60), range(20, 35))
MIX = (HOT, WARM, COOL, COLD), (10, 25, 40, 25)
"""The design's mix of tiers: every lead of it may use a channel."""


def uuid_of(rng: Random, _: int) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def text_of(rng: Random, number: int) -> str:
    return str(uuid_of(rng, number))


def int_of(_: Random, number: int) -> int:
    return number


def any_score(rng: Random) -> int:
    return rng.randint(0, 100)


def real_score(rng: Random) -> float:
    return rng.uniform(0, 100)


def mixed_score(rng: Random) -> int:
    tiers, shares = MIX
    return rng.choice(rng.choices(tiers, shares)[0])


def everywhere(_: Random) -> frozenset[ck.Channel]:
    return frozenset(ck.Channel)


def in_part(rng: Random) -> frozenset[ck.Channel]:
    return frozenset(channel for channel in ck.Channel if rng.random() < 0.7)


def leads(
    count: int,
    *,
    ids: Callable[[Random, int], str | int | UUID] = text_of,
    scores: Callable[[Random], float] = any_score,
    reach: Callable[[Random], frozenset[ck.Channel]] = everywhere,
) -> list[ck.Lead]:
    """Return so many leads in no order of score or id (but int ids count up)."""
    rng = Random(count)
    return [
        ck.Lead(id=ids(rng, number), als_score=scores(rng), reachable=reach(rng))
        for number in range(count)
    ]


def running_campaign() -> ck.Campaign:
    """Return an active campaign whose limits are far away."""
    draft = ck.Campaign.draft(
        id=UUID(int=1, version=4),
        client_id=UUID(int=2, version=4),
        name="Sydney agencies",
        permission_mode=ck.PermissionMode.AUTOPILOT,
        daily_lead_limit=1_000,
        total_lead_limit=100_000,
        start_date=date(2026, 11, 1),
        end_date=date(2026, 12, 24),
        created_at=AT,
    )
    return draft.activate(at=AT)


def progress(campaign: ck.Campaign) -> ck.Progress:
    """Return the progress in the middle of that campaign's day."""
    return ck.Progress(
        day=DAY,
        admitted_today=20,
        admitted_total=CARRIED.total,
        carried=CARRIED,
        allocation=campaign.allocation,
    )
