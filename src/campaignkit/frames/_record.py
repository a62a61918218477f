"""The leads of a frame into the ledger: batch by batch, nobody twice, and within the limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

import narwhals as nw
from attrs import evolve, frozen

from campaignkit.core._channels import Channel
from campaignkit.core._checks import (
    LARGEST_INTEGER,
    check_kinds,
    date_error,
    flag_error,
    integer_error,
)
from campaignkit.core._immutable import FrozenMap
from campaignkit.decider import ActContext, record_planned
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._gate import DEFAULT_GATE, ALSTier
from campaignkit.domain._leads import name_some, to_text_ids
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._permissions import Actor, check_actor
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.errors import CampaignError, PlanError
from campaignkit.frames._allocate import Allocated
from campaignkit.frames._native import by_code_points, in_batches
from campaignkit.frames._progress_bar import bar
from campaignkit.service._sync_service import retry_conflicts
from campaignkit.storage._interface import Store
from campaignkit.storage._writes import check_several


@frozen
class Recorded:
    """How many of a campaign's leads were taken in, were there already, and found no room."""

    assigned: int = 0
    already: int = 0
    waiting: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(
            self.assigned + other.assigned,
            self.already + other.already,
            self.waiting + other.waiting,
        )


def record(
    store: Store,
    done: Allocated[Any],
    campaigns: Campaign | Iterable[Campaign],
    *,
    day: date,
    by: Actor,
    reason: str | None = None,
    batch: int = 1_000,
    progress: bool = False,
) -> Mapping[UUID, Recorded]:
    """Take the leads that a plan gave a channel into their campaigns, on a day.

    Each batch is one transaction: the campaign is locked, leads that it already has are left as
    they are, and of the others no more are taken in than its limits leave room for, the best
    first. So a call that was killed may simply be made again, and other intakes may go on
    meanwhile. Each batch leaves an event in the campaign's history. `campaigns` are those of the
    frame's campaign column, or the only one.

    Raises:
        PlanError: not a store, not what `allocate` returned, campaigns that are missing, or ids of
            leads that are numbers; nothing is recorded then.
        NotRunningError: a campaign is not running on that day.
        PermissionDeniedError: the actor may not do this at once.
        ConflictError: a campaign no longer has the shares under which its leads were planned.
        CampaignError: `day` is no date, `batch` no whole number from 1 on, or `progress` neither
            true nor false.
    """
    check_actor(by)
    check_kinds(PlanError, store=(store, Store), done=(done, Allocated))
    faults = {
        "day": date_error(day),
        "batch": integer_error(batch, 1, LARGEST_INTEGER),
        "progress": flag_error(progress),
    }
    if found := [f"{name} {fault}" for name, fault in faults.items() if fault]:
        raise CampaignError(found)
    several = (campaigns,) if isinstance(campaigns, Campaign) else campaigns
    each = check_several(Campaign, several, "campaigns")
    of_key = _campaigns_of(done, each)
    recorded: dict[UUID, Recorded] = {campaign.id: Recorded() for campaign in each}
    placed = sum(plan.counts.total for plan in done.plans.values())
    with bar(placed, "lead", wanted=progress) as tell:
        for key, planned in _batches(done, day, batch):
            campaign, allocation = of_key[key]
            recorded[campaign.id] += _record(
                store, campaign, allocation, planned, by=by, reason=reason
            )
            tell(len(planned))
    return FrozenMap(recorded)


def _campaigns_of(
    done: Allocated[Any], campaigns: Sequence[Campaign]
) -> Mapping[object, tuple[Campaign, Allocation]]:
    """Return each campaign of a frame, and the allocation under which its leads were planned."""
    if done.columns.campaign is None:
        if len(campaigns) != 1:
            raise PlanError(
                [f"campaigns must be one, as all leads are of one, not {len(campaigns):,}"]
            )
        return {None: (campaigns[0], done.terms[None].allocation)}
    by_key = {str(campaign.id): campaign for campaign in campaigns}
    needed = [key for key, plan in done.plans.items() if plan.counts.total]
    if missing := [key for key in needed if str(key) not in by_key]:
        raise PlanError([f"the campaigns of the frame must be given, too: {name_some(missing)}"])
    return {
        str(key): (by_key[str(key)], done.terms[key].allocation)
        for key in done.plans
        if str(key) in by_key
    }


def _batches(
    done: Allocated[Any], day: date, size: int
) -> Iterator[tuple[object, list[Assignment]]]:
    """Iterate over the placed leads, best first, so many of one campaign at a time."""
    columns = done.columns
    campaign = nw.lit("") if columns.campaign is None else nw.col(columns.campaign)
    frame: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(done.frame)
    placed = frame.filter(~nw.col("channel").is_null()).select(
        campaign.cast(nw.String).alias("campaign"),
        nw.col(columns.id).alias("lead_id"),
        nw.col(columns.score).cast(nw.Float64).alias("score"),
        nw.col("tier").cast(nw.String),
        nw.col("channel").cast(nw.String),
    )
    if isinstance(placed, nw.LazyFrame):
        placed = by_code_points(placed, ["campaign", "lead_id"])
    ordered = placed.sort("campaign", "score", "lead_id", descending=[False, True, False])
    for key, leads in groupby(in_batches(ordered, size), key=itemgetter(0)):
        while some := list(islice(leads, size)):
            ids = to_text_ids(row[1] for row in some)
            planned = [
                Assignment(lead_id, Channel(channel), ALSTier(tier), score, day, _NO_EPOCH)
                for lead_id, (_, _, score, tier, channel) in zip(ids, some, strict=True)
            ]
            yield (None if columns.campaign is None else key), planned


_NO_EPOCH = 0
"""Until the leads come in: that of the campaign then is theirs."""


def _record(
    store: Store,
    campaign: Campaign,
    allocation: Allocation,
    planned: Sequence[Assignment],
    *,
    by: Actor,
    reason: str | None,
) -> Recorded:
    """Take leads of one campaign in, in one transaction."""
    day = planned[0].day

    def decide(snapshot: Snapshot) -> Writes[Recorded]:
        act = ActContext(by, datetime.now(UTC), DEFAULT_GATE, reason)
        writes = record_planned(snapshot, planned, act, day=day, allocation=allocation)
        assigned = len(writes.assigned)
        already = sum(one.lead_id in snapshot.assignments for one in planned)
        return evolve(
            writes, outcome=Recorded(assigned, already, len(planned) - already - assigned)
        )

    def call() -> Recorded:
        writes = store.transact(
            campaign.client_id,
            campaign.id,
            decide,
            day=day,
            lead_ids=[one.lead_id for one in planned],
        )
        return writes.outcome or Recorded()

    return retry_conflicts(store, call)
