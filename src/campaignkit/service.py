"""The use cases over any store: each is one pure decision and one `transact`.

What is decided is written once, as functions from a snapshot to writes; `CampaignService` and
`AsyncCampaignService` only carry decisions to their store and outcomes back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, date, datetime
from functools import partial
from typing import Generic, TypeVar, Unpack, cast
from uuid import UUID

from attrs import frozen

from campaignkit.domain.als import DEFAULT_GATE, ALSGate
from campaignkit.domain.campaign import Campaign, CampaignStatus, Edits
from campaignkit.domain.checks import day_fault
from campaignkit.domain.decisions import Reason, refuse
from campaignkit.domain.leads import Lead, LeadId, ids_of, text_ids
from campaignkit.domain.permissions import Actor, permission_reasons
from campaignkit.errors import (
    CampaignError,
    PermissionDeniedError,
    TransientConflictError,
    TransitionError,
)
from campaignkit.planning.intake import Intake, Release, intake, release
from campaignkit.storage.protocols import (
    DEFAULT_PAGE,
    AsyncStore,
    Decide,
    Page,
    Snapshot,
    Store,
    Writes,
)

__all__ = ["AsyncCampaignService", "CampaignService"]

T = TypeVar("T")

_RETRIES = 5
_FIRST_PAUSE = 0.01


def _now() -> datetime:
    return datetime.now(UTC)


async def _sleep(seconds: float) -> None:
    import asyncio  # noqa: PLC0415  # only a conflict needs it, and it is slow to load

    await asyncio.sleep(seconds)


def _pauses(may_repeat: bool) -> Iterable[float]:  # noqa: FBT001
    """Return how long to wait before each retry, in seconds: doubling, with full jitter.

    A transaction of the host's is not ours to repeat.
    """
    retries = _RETRIES if may_repeat else 0
    return (random.uniform(0, _FIRST_PAUSE * 2**n) for n in range(retries))  # noqa: S311


def _permit(campaign: Campaign, by: Actor) -> None:
    """Refuse what the AI may not do at once in this campaign."""
    if not (decision := refuse(*permission_reasons(campaign.permission_mode, by))):
        raise PermissionDeniedError(decision)


@frozen
class _UseCase(Generic[T]):
    """A decision on one campaign, and what its snapshot must hold."""

    client_id: UUID
    campaign_id: UUID
    decide: Decide[T]
    day: date | None = None
    lead_ids: Collection[str] = ()


@frozen
class _UseCases:
    """The decisions of both services."""

    gate: ALSGate
    clock: Callable[[], datetime]

    def created(self, campaign: Campaign, by: Actor) -> Campaign:
        """Return a campaign that may be added."""
        because: list[tuple[Reason, str]] = []
        if campaign.status is not CampaignStatus.DRAFT:
            message = f"a new campaign must be a draft, not {campaign.status}"
            because.append((Reason.ILLEGAL_TRANSITION, message))
        if campaign.deleted_at is not None:
            because.append((Reason.DELETED, Reason.DELETED.words))
        if because:
            raise TransitionError(refuse(*because))
        _permit(campaign, by)
        return campaign

    def act(
        self, client_id: UUID, campaign_id: UUID, act: Callable[..., Campaign], by: Actor
    ) -> _UseCase[None]:
        now = self.clock()

        def decide(snapshot: Snapshot) -> Writes[None]:
            after = act(snapshot.campaign, at=now)
            _permit(snapshot.campaign, by)
            return Writes(campaign=after)

        return _UseCase(client_id, campaign_id, decide)

    def edit(self, client_id: UUID, campaign_id: UUID, edits: Edits, by: Actor) -> _UseCase[None]:
        return self.act(client_id, campaign_id, partial(Campaign.edit, **edits), by)

    def intake(
        self, client_id: UUID, campaign_id: UUID, leads: Iterable[Lead], day: date, by: Actor
    ) -> _UseCase[Intake]:
        if fault := day_fault(day):
            raise CampaignError([f"day {fault}"])
        batch = list(leads)
        lead_ids = text_ids(ids_of(batch))

        def decide(snapshot: Snapshot) -> Writes[Intake]:
            taken = intake(
                snapshot.campaign,
                batch,
                progress=snapshot.progress,
                gate=self.gate,
                already=snapshot.assignments,
            )
            _permit(snapshot.campaign, by)
            if not taken.assignments:
                return Writes(outcome=taken)
            return Writes(
                progress=taken.progress,
                assigned=tuple(taken.assignments.values()),
                outcome=taken,
            )

        return _UseCase(client_id, campaign_id, decide, day=day, lead_ids=lead_ids)

    def release(
        self, client_id: UUID, campaign_id: UUID, lead_ids: Iterable[LeadId], by: Actor
    ) -> _UseCase[Release]:
        ids = text_ids(lead_ids)

        def decide(snapshot: Snapshot) -> Writes[Release]:
            given_back = release(
                snapshot.campaign,
                ids,
                progress=snapshot.progress,
                already=snapshot.assignments,
            )
            _permit(snapshot.campaign, by)
            if not given_back.released:
                return Writes(outcome=given_back)
            return Writes(
                progress=given_back.progress,
                released=tuple(given_back.released),
                outcome=given_back,
            )

        return _UseCase(client_id, campaign_id, decide, lead_ids=ids)


def _as_stored(writes: Writes[None]) -> Campaign:
    return cast("Campaign", writes.campaign)  # an act always writes it


def _outcome(writes: Writes[T]) -> T:
    return cast("T", writes.outcome)  # its decision always sets it


class CampaignService:
    """The use cases of campaigns, over any store.

    Whoever acts is named by `by`. A user's act is done at once in every permission mode; the
    AI's is done in autopilot, and refused in the other modes. Acts on one campaign follow one
    another, so each decides upon what those before it left.

    `gate` opens channels to scores. `clock` returns the time, aware. A call that met another
    transaction is repeated a few times, after `pause` has waited so many seconds, where the store
    owns its transactions.

    Every method raises `NotFoundError` for a campaign that the client does not have,
    `PermissionDeniedError` for what the mode refuses, and the errors of the store.

    >>> from campaignkit.storage import MemoryStore
    >>> from uuid import uuid4
    >>> service, ann = CampaignService(MemoryStore()), Actor.user("ann")
    >>> draft = service.create(Campaign.draft(client_id=uuid4(), name="Sydney agencies"), by=ann)
    >>> running = service.activate(draft.client_id, draft.id, by=ann)
    >>> taken = service.intake(
    ...     draft.client_id, draft.id, [Lead("a", 90)], day=date(2026, 11, 23), by=ann
    ... )
    >>> taken.assignments["a"].channel.value
    'email'
    """

    def __init__(
        self,
        store: Store,
        *,
        gate: ALSGate = DEFAULT_GATE,
        clock: Callable[[], datetime] = _now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.store = store
        self._cases = _UseCases(gate, clock)
        self._pause = pause

    def create(self, campaign: Campaign, *, by: Actor) -> Campaign:
        """Store a new campaign, an undeleted draft; return it as stored.

        Raises:
            TransitionError: it is no draft, or deleted.
            AlreadyExistsError: a campaign with this id is stored.
            UnknownClientError: the host does not know its client.
        """
        new = self._cases.created(campaign, by)
        return self._retried(lambda: self.store.add(new))

    def get(self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False) -> Campaign:
        """Return a campaign."""
        return self.store.get(client_id, campaign_id, include_deleted=include_deleted)

    def find(
        self,
        client_id: UUID,
        *,
        statuses: Collection[CampaignStatus] | None = None,
        running_on: date | None = None,
        include_deleted: bool = False,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Campaign, UUID]:
        """Return a page of a client's campaigns by ascending id, those behind `after`."""
        return self.store.find(
            client_id,
            statuses=statuses,
            running_on=running_on,
            include_deleted=include_deleted,
            after=after,
            limit=limit,
        )

    def edit(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, **edits: Unpack[Edits]
    ) -> Campaign:
        """Change fields of a campaign; return it as stored.

        Raises:
            NotEditableError: a field that the campaign's status keeps fixed.
            CampaignError: a field that there is not, a value that cannot be, or no field at all.
        """
        return _as_stored(self._run(self._cases.edit(client_id, campaign_id, edits, by)))

    def activate(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """Set a campaign running, from draft or paused; return it as stored.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        return _as_stored(self._run(self._cases.act(client_id, campaign_id, Campaign.activate, by)))

    def pause(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """Pause an active campaign; return it as stored. No intake follows a pause.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        return _as_stored(self._run(self._cases.act(client_id, campaign_id, Campaign.pause, by)))

    def complete(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """Complete an active or paused campaign, which is final; return it as stored.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        return _as_stored(self._run(self._cases.act(client_id, campaign_id, Campaign.complete, by)))

    def delete(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """Delete a campaign, softly; return it as stored.

        Raises:
            TransitionError: it is deleted already.
        """
        return _as_stored(self._run(self._cases.act(client_id, campaign_id, Campaign.delete, by)))

    def restore(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """Restore a deleted campaign; return it as stored.

        Raises:
            TransitionError: it is not deleted.
        """
        return _as_stored(self._run(self._cases.act(client_id, campaign_id, Campaign.restore, by)))

    def intake(
        self, client_id: UUID, campaign_id: UUID, leads: Iterable[Lead], *, day: date, by: Actor
    ) -> Intake:
        """Admit leads on a day and give each admitted one a channel.

        The same leads again are admitted no second time: they are in the `already` of the result.

        Raises:
            NotRunningError: the campaign is not running on that day.
            CampaignError: `day` is no date.
            PlanError: an id that comes twice, is a number, or is of another kind than the others.
        """
        return _outcome(self._run(self._cases.intake(client_id, campaign_id, leads, day, by)))

    def preview(
        self, client_id: UUID, campaign_id: UUID, leads: Iterable[Lead], *, day: date, by: Actor
    ) -> Intake:
        """Return what an intake would do now, or raise what it would raise; write nothing."""
        case = self._cases.intake(client_id, campaign_id, leads, day, by)
        snapshot = self.store.snapshot(
            case.client_id, case.campaign_id, day=case.day, lead_ids=case.lead_ids
        )
        return _outcome(case.decide(snapshot))

    def release(
        self, client_id: UUID, campaign_id: UUID, lead_ids: Iterable[LeadId], *, by: Actor
    ) -> Release:
        """Take leads out of a campaign again, and give back what they used up.

        Ids that the campaign does not have are in the `absent` of the result.

        Raises:
            NotEditableError: the campaign is completed or deleted.
            PlanError: an id that is a number.
        """
        return _outcome(self._run(self._cases.release(client_id, campaign_id, lead_ids, by)))

    def _run(self, case: _UseCase[T]) -> Writes[T]:
        return self._retried(
            lambda: self.store.transact(
                case.client_id,
                case.campaign_id,
                case.decide,
                day=case.day,
                lead_ids=case.lead_ids,
            )
        )

    def _retried(self, call: Callable[[], T]) -> T:
        for seconds in _pauses(self.store.owns_transactions):
            try:
                return call()
            except TransientConflictError:
                self._pause(seconds)
        return call()


class AsyncCampaignService:
    """The use cases of campaigns over an async store; otherwise as `CampaignService`."""

    def __init__(
        self,
        store: AsyncStore,
        *,
        gate: ALSGate = DEFAULT_GATE,
        clock: Callable[[], datetime] = _now,
        pause: Callable[[float], Awaitable[None]] = _sleep,
    ) -> None:
        self.store = store
        self._cases = _UseCases(gate, clock)
        self._pause = pause

    async def create(self, campaign: Campaign, *, by: Actor) -> Campaign:
        """As `CampaignService.create`."""
        new = self._cases.created(campaign, by)
        return await self._retried(lambda: self.store.add(new))

    async def get(
        self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False
    ) -> Campaign:
        """As `CampaignService.get`."""
        return await self.store.get(client_id, campaign_id, include_deleted=include_deleted)

    async def find(
        self,
        client_id: UUID,
        *,
        statuses: Collection[CampaignStatus] | None = None,
        running_on: date | None = None,
        include_deleted: bool = False,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Campaign, UUID]:
        """As `CampaignService.find`."""
        return await self.store.find(
            client_id,
            statuses=statuses,
            running_on=running_on,
            include_deleted=include_deleted,
            after=after,
            limit=limit,
        )

    async def edit(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, **edits: Unpack[Edits]
    ) -> Campaign:
        """As `CampaignService.edit`."""
        return _as_stored(await self._run(self._cases.edit(client_id, campaign_id, edits, by)))

    async def activate(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """As `CampaignService.activate`."""
        return _as_stored(
            await self._run(self._cases.act(client_id, campaign_id, Campaign.activate, by))
        )

    async def pause(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """As `CampaignService.pause`."""
        return _as_stored(
            await self._run(self._cases.act(client_id, campaign_id, Campaign.pause, by))
        )

    async def complete(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """As `CampaignService.complete`."""
        return _as_stored(
            await self._run(self._cases.act(client_id, campaign_id, Campaign.complete, by))
        )

    async def delete(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """As `CampaignService.delete`."""
        return _as_stored(
            await self._run(self._cases.act(client_id, campaign_id, Campaign.delete, by))
        )

    async def restore(self, client_id: UUID, campaign_id: UUID, *, by: Actor) -> Campaign:
        """As `CampaignService.restore`."""
        return _as_stored(
            await self._run(self._cases.act(client_id, campaign_id, Campaign.restore, by))
        )

    async def intake(
        self, client_id: UUID, campaign_id: UUID, leads: Iterable[Lead], *, day: date, by: Actor
    ) -> Intake:
        """As `CampaignService.intake`."""
        case = self._cases.intake(client_id, campaign_id, leads, day, by)
        return _outcome(await self._run(case))

    async def preview(
        self, client_id: UUID, campaign_id: UUID, leads: Iterable[Lead], *, day: date, by: Actor
    ) -> Intake:
        """As `CampaignService.preview`."""
        case = self._cases.intake(client_id, campaign_id, leads, day, by)
        snapshot = await self.store.snapshot(
            case.client_id, case.campaign_id, day=case.day, lead_ids=case.lead_ids
        )
        return _outcome(case.decide(snapshot))

    async def release(
        self, client_id: UUID, campaign_id: UUID, lead_ids: Iterable[LeadId], *, by: Actor
    ) -> Release:
        """As `CampaignService.release`."""
        case = self._cases.release(client_id, campaign_id, lead_ids, by)
        return _outcome(await self._run(case))

    async def _run(self, case: _UseCase[T]) -> Writes[T]:
        return await self._retried(
            lambda: self.store.transact(
                case.client_id,
                case.campaign_id,
                case.decide,
                day=case.day,
                lead_ids=case.lead_ids,
            )
        )

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        for seconds in _pauses(self.store.owns_transactions):
            try:
                return await call()
            except TransientConflictError:
                await self._pause(seconds)
        return await call()
