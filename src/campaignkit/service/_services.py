"""The use cases over any store: each is one pure decision and one `transact`.

What is decided is written once, as functions from a snapshot to writes; `CampaignService` and
`AsyncCampaignService` only carry decisions to their store and outcomes back.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Generic, TypeVar, Unpack, cast, overload
from uuid import UUID

from attrs import evolve, frozen

from campaignkit import decider as judgement
from campaignkit.core._checks import (
    aware_fault,
    day_fault,
    kind_fault,
    shown,
    to_date,
    to_list,
    to_member,
    to_utc,
)
from campaignkit.decider import Act, Done, Refusal
from campaignkit.domain._brief import Brief
from campaignkit.domain._campaign import Campaign, CampaignStatus, Edits
from campaignkit.domain._commands import (
    Activate,
    AssignLeads,
    Change,
    Complete,
    Delete,
    Edit,
    Pause,
    ReleaseLeads,
    Restore,
    check_change,
)
from campaignkit.domain._events import Event
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import Lead, text_ids
from campaignkit.domain._permissions import Actor, Initiator, User, check_actor
from campaignkit.domain._snapshot import Decide, Page, Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import CampaignError, InvalidError, TransientConflictError
from campaignkit.planning._intake import Intake, Release
from campaignkit.storage._base import DEFAULT_PAGE, AsyncStore, Store

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


def retried(
    store: Store, call: Callable[[], T], pause: Callable[[float], object] = time.sleep
) -> T:
    """Return what a call on a store does, repeated a few times where it met another transaction."""
    for seconds in _pauses(store.owns_transactions):
        try:
            return call()
        except TransientConflictError:
            pause(seconds)
    return call()


def _new_id(at: datetime, last: UUID | None) -> UUID:
    """Return an id of version 7 (RFC 9562): by the time of its making in µs, and behind `last`.

    So the ids of a campaign's suggestions, each made under its lock, ascend in the order of their
    making, also where several fall into one tick, or clocks go apart or backwards.
    """
    microseconds = max(0, (at - _EPOCH) // timedelta(microseconds=1))
    milliseconds, rest = divmod(microseconds, 1000)
    tick = (milliseconds << 12) + (rest << 12) // 1000
    if last is not None and tick <= (behind := _tick(last)):
        tick = min(behind + 1, _LAST_TICK)
    milliseconds, fraction = divmod(tick, 1 << 12)
    return UUID(
        int=milliseconds << 80 | _VERSION << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    )


def _tick(last: UUID) -> int:
    """Return the last tick whose ids need not be behind an id: the 60 bits around its version.

    A tick is about a quarter of a microsecond.
    """
    milliseconds, fraction = last.int >> 80, last.int >> 64 & 0xFFF
    # The ids of no version but 7 are told apart from ours of the same millisecond by their version.
    return (milliseconds << 12) + (fraction if last.version == _VERSION else 0xFFF)


_VERSION = 7
_LAST_TICK = (1 << 60) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class _UseCase(Generic[T]):
    """A decision on one campaign, and what its snapshot must hold."""

    client_id: UUID
    campaign_id: UUID
    decide: Decide[T]
    day: date | None = None
    lead_ids: Collection[str] = ()
    suggestion_ids: Collection[UUID] = ()
    pending: bool = False
    last_suggestion: bool = False


@frozen
class _UseCases:
    """The decisions of both services."""

    gate: ALSGate
    clock: Callable[[], datetime]

    def act(self, by: Actor, reason: str | None = None) -> Act:
        """Return an act at this moment; call it where the campaign is locked."""
        return Act(by=by, at=self.now(), gate=self.gate, reason=reason)

    def now(self) -> datetime:
        """Return the time of the clock, in UTC.

        Raises:
            InvalidError: it has no time zone.
        """
        at = self.clock()
        if fault := aware_fault(at):
            raise InvalidError([f"the time of the clock {fault}"])
        return to_utc(at)

    def begin(self, campaign: Campaign, by: Actor, reason: str | None) -> list[Event]:
        check_actor(by)
        return [judgement.begin(campaign, self.act(by, reason))]

    def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        change: Change,
        *,
        by: Actor,
        reason: str | None,
        expires_at: datetime | None,
    ) -> _UseCase[Done | Suggestion]:
        check_actor(by)
        check_change(change)

        def decide(snapshot: Snapshot) -> Writes[Done | Suggestion]:
            act = self.act(by, reason)
            new_id = _new_id(act.at, snapshot.last_suggestion)
            return judgement.submit(
                snapshot, change, act, suggestion_id=new_id, expires_at=expires_at
            )

        case = self._on(client_id, campaign_id, change, decide)
        return evolve(case, last_suggestion=by.kind is Initiator.AI)

    def approve(
        self,
        client_id: UUID,
        suggestion: Suggestion,
        by: Actor,
        lead_ids: Iterable[LeadId] | None,
    ) -> _UseCase[Done]:
        some = None if lead_ids is None else text_ids(lead_ids)

        def decide(snapshot: Snapshot) -> Writes[Done]:
            return judgement.approve(snapshot, suggestion.id, self.act(by), lead_ids=some)

        case = self._on(client_id, suggestion.campaign_id, suggestion.change, decide)
        return evolve(case, suggestion_ids=(suggestion.id,))

    def reject(
        self, client_id: UUID, suggestion: Suggestion, by: Actor, why: str
    ) -> _UseCase[Suggestion]:
        def decide(snapshot: Snapshot) -> Writes[Suggestion]:
            return judgement.reject(snapshot, suggestion.id, self.act(by, why))

        return _UseCase(client_id, suggestion.campaign_id, decide, suggestion_ids=(suggestion.id,))

    def preview(
        self, client_id: UUID, campaign_id: UUID, change: AssignLeads, by: Actor
    ) -> _UseCase[Intake]:
        check_actor(by)

        def decide(snapshot: Snapshot) -> Writes[Intake]:
            return Writes(outcome=judgement.preview(snapshot, change, self.act(by)))

        return self._on(client_id, campaign_id, change, decide)

    def day(self, day: date) -> date:
        if fault := day_fault(day):
            raise CampaignError([f"day {fault}"])
        return to_date(day)

    def brief(self, snapshot: Snapshot, day: date) -> Brief:
        return snapshot.campaign.brief(day, snapshot.progress, gate=self.gate)

    def _on(
        self, client_id: UUID, campaign_id: UUID, change: Change, decide: Decide[T]
    ) -> _UseCase[T]:
        return _UseCase(
            client_id,
            campaign_id,
            decide,
            day=change.day if isinstance(change, AssignLeads) else None,
            lead_ids=judgement.leads_of(change),
            pending=judgement.closes(change),
        )

    def seen(
        self, page: Page[Suggestion, UUID], states: Collection[SuggestionState] | None
    ) -> Page[Suggestion, UUID]:
        """Return a page with the suggestions that are in one of the states now."""
        now = self.now()
        items = [suggestion.as_of(now) for suggestion in page.items]
        wanted = list(SuggestionState) if states is None else _members(states)
        return evolve(page, items=tuple(s for s in items if s.state in wanted))


def _stored_in(states: Collection[SuggestionState] | None) -> Collection[SuggestionState] | None:
    """Return the states in which a store may have what is in these: what has expired is pending."""
    several = to_list(states) if isinstance(states, Collection) else None
    if several is None or not any(one is _EXPIRED for one in _members(several)):
        return states  # which the store refuses where it is no such thing
    return [*several, SuggestionState.PENDING]


_EXPIRED = SuggestionState.EXPIRED


def _members(states: Iterable[SuggestionState]) -> list[SuggestionState]:
    return [to_member(SuggestionState, state) for state in states]


def _check_parts(store: object, gate: object, **functions: object) -> None:
    """Refuse what a service cannot be made of.

    Raises:
        InvalidError: what is no store, no gate, or no function; all that is wrong.
    """
    faults = [
        f"{name} must be a function, not {shown(some)}"
        for name, some in functions.items()
        if not callable(some)
    ]
    if not callable(getattr(store, "transact", None)):
        faults.append(f"store must be a Store, not {shown(store)}")
    if fault := kind_fault(gate, ALSGate):
        faults.append(f"gate {fault}")
    if faults:
        raise InvalidError(faults)


def _outcome(writes: Writes[T]) -> T:
    """Return what came of a decision; raise what it wrote down as a refusal."""
    if isinstance(writes.outcome, Refusal):
        raise writes.outcome.error
    # A change of the campaign's own fields has no outcome but the campaign, as it was stored.
    return cast("T", writes.campaign if writes.outcome is None else writes.outcome)


def _campaign(done: Done | Suggestion) -> Campaign | Suggestion:
    return cast("Campaign | Suggestion", done)


def _intake(done: Done | Suggestion) -> Intake | Suggestion:
    return cast("Intake | Suggestion", done)


def _release(done: Done | Suggestion) -> Release | Suggestion:
    return cast("Release | Suggestion", done)


class CampaignService:
    """The use cases of campaigns, over any store.

    Whoever acts is named by `by`. A user's act is done at once in every permission mode. The AI's
    is done in autopilot, becomes a `Suggestion` in co_pilot, which is returned instead, and is
    refused in manual mode; `reason` says in words what speaks for it. Acts on one campaign follow
    one another, so each decides upon what those before it left, and each leaves its events in the
    campaign's history.

    `gate` opens channels to scores. `clock` returns the time, aware; it is read for each act while
    the campaign is locked. A call that met another transaction is repeated a few times, after
    `pause` has waited so many seconds, where the store owns its transactions.

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
    >>> pause = service.pause(draft.client_id, draft.id, by=Actor.ai("scout"), reason="bounces")
    >>> pause.state.value, service.approve(draft.client_id, pause.id, by=ann).status.value
    ('pending', 'paused')
    """

    def __init__(
        self,
        store: Store,
        *,
        gate: ALSGate = DEFAULT_GATE,
        clock: Callable[[], datetime] = _now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        _check_parts(store, gate, clock=clock, pause=pause)
        self.store = store
        self._cases = _UseCases(gate, clock)
        self._pause = pause

    # -- Campaigns --------------------------------------------------------------------------------

    def create(self, campaign: Campaign, *, by: Actor, reason: str | None = None) -> Campaign:
        """Store a new campaign, an undeleted draft; return it as stored.

        The AI may create what is in co_pilot mode: a draft does nothing until it is activated.

        Raises:
            TransitionError: it is no draft, or deleted.
            AlreadyExistsError: a campaign with this id is stored.
            UnknownClientError: the host does not know its client.
        """
        begin = self._cases.begin
        return self._retried(lambda: self.store.add(campaign, begin(campaign, by, reason)))

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

    def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        """Return a page of all clients' campaigns that are running on a day, by ascending id.

        This alone crosses clients: it is for an engine that serves them all.

        Raises:
            InvalidError: `day` is no date.
        """
        return self.store.running_across_clients(day, after=after, limit=limit)

    def brief(self, client_id: UUID, campaign_id: UUID, day: date) -> Brief:
        """Return what a campaign still looks for on a day: `Campaign.brief` as of now.

        Raises:
            CampaignError: `day` is no date.
        """
        known = self._cases.day(day)
        snapshot = self.store.snapshot(client_id, campaign_id, day=known)
        return self._cases.brief(snapshot, known)

    # -- Acts -------------------------------------------------------------------------------------

    @overload
    def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        change: Change,
        *,
        by: User,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> Done: ...
    @overload
    def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        change: Change,
        *,
        by: Actor,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> Done | Suggestion: ...
    def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        change: Change,
        *,
        by: Actor,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> Done | Suggestion:
        """Have a change decided upon: what all acts on a campaign go through.

        Return what came of it: the campaign as stored, the `Intake`, the `Release`; or the
        suggestion that it became, which `expires_at` that time; what is done at once, such as all
        that a user submits, has no use for it. Where no lead would be assigned or released nothing
        is written, suggested or told. Completing and deleting close what is pending.

        Raises:
            RefusedError: the rules of the campaign refuse it, whoever asks; or its mode does.
            InvalidError: what the change names cannot be, or the expiry is not later than now.
        """
        case = self._cases.submit(
            client_id, campaign_id, change, by=by, reason=reason, expires_at=expires_at
        )
        return _outcome(self._run(case))

    @overload
    def edit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: User,
        reason: str | None = None,
        **edits: Unpack[Edits],
    ) -> Campaign: ...
    @overload
    def edit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor,
        reason: str | None = None,
        **edits: Unpack[Edits],
    ) -> Campaign | Suggestion: ...
    def edit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor,
        reason: str | None = None,
        **edits: Unpack[Edits],
    ) -> Campaign | Suggestion:
        """Change fields of a campaign; return it as stored.

        Only a user may change its permission mode.

        Raises:
            NotEditableError: a field that the campaign's status keeps fixed.
            CampaignError: a field that there is not, a value that cannot be, or no field at all.
        """
        return _campaign(self.submit(client_id, campaign_id, Edit(**edits), by=by, reason=reason))

    @overload
    def activate(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    def activate(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    def activate(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """Set a campaign running, from draft or paused; return it as stored.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        return _campaign(self.submit(client_id, campaign_id, Activate(), by=by, reason=reason))

    @overload
    def pause(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    def pause(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    def pause(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """Pause an active campaign; return it as stored. No intake follows a pause.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        return _campaign(self.submit(client_id, campaign_id, Pause(), by=by, reason=reason))

    @overload
    def complete(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    def complete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    def complete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """Complete an active or paused campaign, which is final; return it as stored.

        Raises:
            TransitionError: its status does not allow this, or it is deleted.
        """
        return _campaign(self.submit(client_id, campaign_id, Complete(), by=by, reason=reason))

    @overload
    def delete(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    def delete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    def delete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """Delete a campaign, softly; return it as stored.

        Raises:
            TransitionError: it is deleted already.
        """
        return _campaign(self.submit(client_id, campaign_id, Delete(), by=by, reason=reason))

    @overload
    def restore(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    def restore(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    def restore(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """Restore a deleted campaign; return it as stored.

        Raises:
            TransitionError: it is not deleted.
        """
        return _campaign(self.submit(client_id, campaign_id, Restore(), by=by, reason=reason))

    @overload
    def intake(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: User,
        reason: str | None = None,
    ) -> Intake: ...
    @overload
    def intake(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: Actor,
        reason: str | None = None,
    ) -> Intake | Suggestion: ...
    def intake(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: Actor,
        reason: str | None = None,
    ) -> Intake | Suggestion:
        """Admit leads on a day and give each admitted one a channel.

        The same leads again are admitted no second time: they are in the `already` of the result.

        Raises:
            NotRunningError: the campaign is not running on that day.
            CampaignError: `day` is no date.
            PlanError: an id that comes twice, is a number, or is of another kind than the others.
        """
        change = AssignLeads(leads, day)
        return _intake(self.submit(client_id, campaign_id, change, by=by, reason=reason))

    def preview(
        self, client_id: UUID, campaign_id: UUID, leads: Iterable[Lead], *, day: date, by: Actor
    ) -> Intake:
        """Return what an intake would do now, or raise what it would raise; write nothing.

        What would become a suggestion is previewed as if it were approved at once.
        """
        case = self._cases.preview(client_id, campaign_id, AssignLeads(leads, day), by)
        snapshot = self.store.snapshot(
            case.client_id, case.campaign_id, day=case.day, lead_ids=case.lead_ids
        )
        return _outcome(case.decide(snapshot))

    @overload
    def release(
        self,
        client_id: UUID,
        campaign_id: UUID,
        lead_ids: Iterable[LeadId],
        *,
        by: User,
        reason: str | None = None,
    ) -> Release: ...
    @overload
    def release(
        self,
        client_id: UUID,
        campaign_id: UUID,
        lead_ids: Iterable[LeadId],
        *,
        by: Actor,
        reason: str | None = None,
    ) -> Release | Suggestion: ...
    def release(
        self,
        client_id: UUID,
        campaign_id: UUID,
        lead_ids: Iterable[LeadId],
        *,
        by: Actor,
        reason: str | None = None,
    ) -> Release | Suggestion:
        """Take leads out of a campaign again, and give back what they used up.

        Ids that the campaign does not have are in the `absent` of the result.

        Raises:
            NotEditableError: the campaign is completed or deleted.
            PlanError: an id that is a number.
        """
        change = ReleaseLeads(lead_ids)
        return _release(self.submit(client_id, campaign_id, change, by=by, reason=reason))

    # -- Suggestions and history ------------------------------------------------------------------

    def approve(
        self,
        client_id: UUID,
        suggestion_id: UUID,
        *,
        by: Actor,
        lead_ids: Iterable[LeadId] | None = None,
    ) -> Done:
        """Apply a suggestion to the campaign as it is now; return what came of it, as `submit`.

        With `lead_ids` only these of the leads to assign are approved. Those that were assigned
        meanwhile are in the `already` of the result, those that the limits or the gate keep out by
        now in its `deferred` and `unassigned`; then it is decided upon all the same.

        Raises:
            NotFoundError: none of the client's campaigns has it.
            PermissionDeniedError: the actor is no user.
            ConflictError: it was decided upon already.
            SuggestionError: it has expired, or the campaign's status or what the change touches is
                no longer what it was. It is marked so.
            RefusedError: the rules of the campaign refuse the change now; it stays pending.
            CampaignError: what it would set does not go with the rest of the campaign as that is
                now; it stays pending.
            PlanError: leads that were not suggested, or a suggestion that is not to assign leads.
        """
        check_actor(by)
        found = self.store.suggestion(client_id, suggestion_id)
        return _outcome(self._run(self._cases.approve(client_id, found, by, lead_ids)))

    def reject(self, client_id: UUID, suggestion_id: UUID, *, by: Actor, why: str) -> Suggestion:
        """Reject a suggestion, and say why; return it as it is then.

        Raises:
            NotFoundError: none of the client's campaigns has it.
            PermissionDeniedError: the actor is no user.
            ConflictError: it was decided upon already.
            SuggestionError: it has expired. It is marked so.
            InvalidError: `why` has no words.
        """
        check_actor(by)
        found = self.store.suggestion(client_id, suggestion_id)
        return _outcome(self._run(self._cases.reject(client_id, found, by, why)))

    def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """Return a suggestion as it is now: one whose time has come has expired.

        Raises:
            NotFoundError: none of the client's campaigns has it.
        """
        return self.store.suggestion(client_id, suggestion_id).as_of(self._cases.now())

    def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        """Return a page of suggestions as they are now, the oldest first, those behind `after`.

        They are those of one campaign or of all the client's. A page has fewer than `limit` where
        some have expired that are stored as pending; it is the last one where `next` is None. The
        suggestions of one campaign are in the order in which they were stored, whatever the clocks
        of the hosts, so that none comes before a page that was read already.
        """
        page = self.store.suggestions(
            client_id, campaign_id, states=_stored_in(states), after=after, limit=limit
        )
        return self._cases.seen(page, states)

    def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        """Return a page of what was done to a campaign, in order, the events behind `after`."""
        return self.store.history(client_id, campaign_id, after=after, limit=limit)

    def _run(self, case: _UseCase[T]) -> Writes[T]:
        return self._retried(
            lambda: self.store.transact(
                case.client_id,
                case.campaign_id,
                case.decide,
                day=case.day,
                lead_ids=case.lead_ids,
                suggestion_ids=case.suggestion_ids,
                pending=case.pending,
                last_suggestion=case.last_suggestion,
            )
        )

    def _retried(self, call: Callable[[], T]) -> T:
        return retried(self.store, call, self._pause)


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
        _check_parts(store, gate, clock=clock, pause=pause)
        self.store = store
        self._cases = _UseCases(gate, clock)
        self._pause = pause

    # -- Campaigns --------------------------------------------------------------------------------

    async def create(self, campaign: Campaign, *, by: Actor, reason: str | None = None) -> Campaign:
        """As `CampaignService.create`."""
        begin = self._cases.begin
        return await self._retried(lambda: self.store.add(campaign, begin(campaign, by, reason)))

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

    async def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        """As `CampaignService.running_across_clients`."""
        return await self.store.running_across_clients(day, after=after, limit=limit)

    async def brief(self, client_id: UUID, campaign_id: UUID, day: date) -> Brief:
        """As `CampaignService.brief`."""
        known = self._cases.day(day)
        snapshot = await self.store.snapshot(client_id, campaign_id, day=known)
        return self._cases.brief(snapshot, known)

    # -- Acts -------------------------------------------------------------------------------------

    @overload
    async def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        change: Change,
        *,
        by: User,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> Done: ...
    @overload
    async def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        change: Change,
        *,
        by: Actor,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> Done | Suggestion: ...
    async def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        change: Change,
        *,
        by: Actor,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> Done | Suggestion:
        """As `CampaignService.submit`."""
        case = self._cases.submit(
            client_id, campaign_id, change, by=by, reason=reason, expires_at=expires_at
        )
        return _outcome(await self._run(case))

    @overload
    async def edit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: User,
        reason: str | None = None,
        **edits: Unpack[Edits],
    ) -> Campaign: ...
    @overload
    async def edit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor,
        reason: str | None = None,
        **edits: Unpack[Edits],
    ) -> Campaign | Suggestion: ...
    async def edit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        by: Actor,
        reason: str | None = None,
        **edits: Unpack[Edits],
    ) -> Campaign | Suggestion:
        """As `CampaignService.edit`."""
        return _campaign(
            await self.submit(client_id, campaign_id, Edit(**edits), by=by, reason=reason)
        )

    @overload
    async def activate(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    async def activate(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    async def activate(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """As `CampaignService.activate`."""
        return _campaign(
            await self.submit(client_id, campaign_id, Activate(), by=by, reason=reason)
        )

    @overload
    async def pause(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    async def pause(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    async def pause(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """As `CampaignService.pause`."""
        return _campaign(await self.submit(client_id, campaign_id, Pause(), by=by, reason=reason))

    @overload
    async def complete(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    async def complete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    async def complete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """As `CampaignService.complete`."""
        return _campaign(
            await self.submit(client_id, campaign_id, Complete(), by=by, reason=reason)
        )

    @overload
    async def delete(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    async def delete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    async def delete(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """As `CampaignService.delete`."""
        return _campaign(await self.submit(client_id, campaign_id, Delete(), by=by, reason=reason))

    @overload
    async def restore(
        self, client_id: UUID, campaign_id: UUID, *, by: User, reason: str | None = None
    ) -> Campaign: ...
    @overload
    async def restore(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion: ...
    async def restore(
        self, client_id: UUID, campaign_id: UUID, *, by: Actor, reason: str | None = None
    ) -> Campaign | Suggestion:
        """As `CampaignService.restore`."""
        return _campaign(await self.submit(client_id, campaign_id, Restore(), by=by, reason=reason))

    @overload
    async def intake(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: User,
        reason: str | None = None,
    ) -> Intake: ...
    @overload
    async def intake(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: Actor,
        reason: str | None = None,
    ) -> Intake | Suggestion: ...
    async def intake(
        self,
        client_id: UUID,
        campaign_id: UUID,
        leads: Iterable[Lead],
        *,
        day: date,
        by: Actor,
        reason: str | None = None,
    ) -> Intake | Suggestion:
        """As `CampaignService.intake`."""
        change = AssignLeads(leads, day)
        return _intake(await self.submit(client_id, campaign_id, change, by=by, reason=reason))

    async def preview(
        self, client_id: UUID, campaign_id: UUID, leads: Iterable[Lead], *, day: date, by: Actor
    ) -> Intake:
        """As `CampaignService.preview`."""
        case = self._cases.preview(client_id, campaign_id, AssignLeads(leads, day), by)
        snapshot = await self.store.snapshot(
            case.client_id, case.campaign_id, day=case.day, lead_ids=case.lead_ids
        )
        return _outcome(case.decide(snapshot))

    @overload
    async def release(
        self,
        client_id: UUID,
        campaign_id: UUID,
        lead_ids: Iterable[LeadId],
        *,
        by: User,
        reason: str | None = None,
    ) -> Release: ...
    @overload
    async def release(
        self,
        client_id: UUID,
        campaign_id: UUID,
        lead_ids: Iterable[LeadId],
        *,
        by: Actor,
        reason: str | None = None,
    ) -> Release | Suggestion: ...
    async def release(
        self,
        client_id: UUID,
        campaign_id: UUID,
        lead_ids: Iterable[LeadId],
        *,
        by: Actor,
        reason: str | None = None,
    ) -> Release | Suggestion:
        """As `CampaignService.release`."""
        change = ReleaseLeads(lead_ids)
        return _release(await self.submit(client_id, campaign_id, change, by=by, reason=reason))

    # -- Suggestions and history ------------------------------------------------------------------

    async def approve(
        self,
        client_id: UUID,
        suggestion_id: UUID,
        *,
        by: Actor,
        lead_ids: Iterable[LeadId] | None = None,
    ) -> Done:
        """As `CampaignService.approve`."""
        check_actor(by)
        found = await self.store.suggestion(client_id, suggestion_id)
        return _outcome(await self._run(self._cases.approve(client_id, found, by, lead_ids)))

    async def reject(
        self, client_id: UUID, suggestion_id: UUID, *, by: Actor, why: str
    ) -> Suggestion:
        """As `CampaignService.reject`."""
        check_actor(by)
        found = await self.store.suggestion(client_id, suggestion_id)
        return _outcome(await self._run(self._cases.reject(client_id, found, by, why)))

    async def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """As `CampaignService.suggestion`."""
        found = await self.store.suggestion(client_id, suggestion_id)
        return found.as_of(self._cases.now())

    async def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        """As `CampaignService.suggestions`."""
        page = await self.store.suggestions(
            client_id, campaign_id, states=_stored_in(states), after=after, limit=limit
        )
        return self._cases.seen(page, states)

    async def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        """As `CampaignService.history`."""
        return await self.store.history(client_id, campaign_id, after=after, limit=limit)

    async def _run(self, case: _UseCase[T]) -> Writes[T]:
        return await self._retried(
            lambda: self.store.transact(
                case.client_id,
                case.campaign_id,
                case.decide,
                day=case.day,
                lead_ids=case.lead_ids,
                suggestion_ids=case.suggestion_ids,
                pending=case.pending,
                last_suggestion=case.last_suggestion,
            )
        )

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        for seconds in _pauses(self.store.owns_transactions):
            try:
                return await call()
            except TransientConflictError:
                await self._pause(seconds)
        return await call()
