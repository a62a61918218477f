"""The leads of a frame into the ledger: batch by batch, nobody twice, and within the limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

import narwhals as nw
from attrs import evolve, frozen

from campaignkit.domain.allocation import Allocation
from campaignkit.domain.als import ALSTier
from campaignkit.domain.campaign import Action, Campaign
from campaignkit.domain.channels import Channel, ChannelCounts
from campaignkit.domain.checks import day_fault
from campaignkit.domain.decisions import refuse
from campaignkit.domain.events import Event, EventKind
from campaignkit.domain.frozen import FrozenMap
from campaignkit.domain.leads import named, text_ids
from campaignkit.domain.ledger import Assignment
from campaignkit.domain.permissions import Actor, check_actor, permission_reasons
from campaignkit.errors import (
    CampaignError,
    ConflictError,
    NotRunningError,
    PermissionDeniedError,
    PlanError,
)
from campaignkit.frames.allocating import Allocated
from campaignkit.frames.engines import by_code_points, in_batches
from campaignkit.frames.progress import bar
from campaignkit.service import retried
from campaignkit.storage.protocols import Snapshot, Store, Writes

__all__ = ["Recorded", "record"]

T = TypeVar("T")


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
        PlanError: campaigns that are missing, or ids of leads that are numbers; nothing is
            recorded then.
        NotRunningError: a campaign is not running on that day.
        PermissionDeniedError: the actor may not do this at once.
        ConflictError: a campaign no longer has the shares under which its leads were planned.
        CampaignError: `day` is no date.
    """
    check_actor(by)
    if fault := day_fault(day):
        raise CampaignError([f"day {fault}"])
    each = [campaigns] if isinstance(campaigns, Campaign) else list(campaigns)
    found = _campaigns_of(done, each)
    recorded: dict[UUID, Recorded] = {campaign.id: Recorded() for campaign in each}
    placed = sum(plan.counts.total for plan in done.plans.values())
    with bar(placed, "lead", wanted=progress) as tell:
        for key, rows in _batches(done, batch):
            campaign, allocation = found[key]
            act = _Act(rows, allocation, day, by, reason, datetime.now(UTC))
            recorded[campaign.id] += _transact(store, campaign, act)
            tell(len(rows))
    return FrozenMap(recorded)


def _campaigns_of(
    done: Allocated[Any], campaigns: Sequence[Campaign]
) -> Mapping[object, tuple[Campaign, Allocation]]:
    """Return each campaign of a frame, and the allocation under which its leads were planned."""
    if done.columns.campaign is None:
        if len(campaigns) != 1:
            raise PlanError([f"the leads are of one campaign, not of {len(campaigns):,}"])
        return {None: (campaigns[0], done.terms[None].allocation)}
    by_key = {str(campaign.id): campaign for campaign in campaigns}
    needed = [key for key, plan in done.plans.items() if plan.counts.total]
    if missing := [key for key in needed if str(key) not in by_key]:
        raise PlanError([f"the campaigns of the frame must be given, too: {named(missing)}"])
    return {
        str(key): (by_key[str(key)], done.terms[key].allocation)
        for key in done.plans
        if str(key) in by_key
    }


_Row = tuple[str, float, str, str]
"""A lead's id, score, tier and channel."""


def _batches(done: Allocated[Any], size: int) -> Iterator[tuple[object, list[_Row]]]:
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
            ids = text_ids(row[1] for row in some)
            rows = [(i, row[2], row[3], row[4]) for i, row in zip(ids, some, strict=True)]
            yield (None if columns.campaign is None else key), rows


@frozen
class _Act:
    """What is to be recorded of one campaign at once, by whom, and as planned under what."""

    rows: Sequence[_Row]
    allocation: Allocation
    day: date
    by: Actor
    reason: str | None
    at: datetime

    def decide(self, snapshot: Snapshot) -> Writes[Recorded]:
        """Decide who of the leads is taken in."""
        campaign, present = snapshot.campaign, snapshot.progress
        if not (running := campaign.running(self.day)):
            raise NotRunningError(running)
        if reasons := permission_reasons(campaign.permission_mode, self.by):
            raise PermissionDeniedError(refuse(*reasons))
        if campaign.allocation != self.allocation:
            msg = f"campaign {campaign.id} no longer has the shares that its leads were planned by"
            raise ConflictError(msg)
        new = [row for row in self.rows if row[0] not in snapshot.assignments]
        room = campaign.capacity(present)
        assigned = tuple(
            Assignment(
                lead_id=lead_id,
                channel=Channel(channel),
                tier=ALSTier(tier),
                als_score=score,
                day=self.day,
                epoch=present.epoch,
            )
            for lead_id, score, tier, channel in new[:room]
        )
        outcome = Recorded(
            assigned=len(assigned),
            already=len(self.rows) - len(new),
            waiting=len(new) - len(assigned),
        )
        if not assigned:
            return Writes(outcome=outcome)
        counts = ChannelCounts(Counter(one.channel for one in assigned))
        event = Event(
            campaign_id=campaign.id,
            kind=EventKind.APPLIED,
            action=Action.ASSIGN,
            by=self.by,
            at=self.at,
            day=self.day,
            counts=counts,
            reason=self.reason,
        )
        after = evolve(
            present,
            admitted_today=present.admitted_today + len(assigned),
            admitted_total=present.admitted_total + len(assigned),
            carried=present.carried + counts,
        )
        return Writes(progress=after, assigned=assigned, events=(event,), outcome=outcome)


def _transact(store: Store, campaign: Campaign, act: _Act) -> Recorded:
    def call() -> Recorded:
        writes = store.transact(
            campaign.client_id,
            campaign.id,
            act.decide,
            day=act.day,
            lead_ids=[row[0] for row in act.rows],
        )
        return writes.outcome or Recorded()

    return retried(store, call)
