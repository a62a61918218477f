"""What the services share: each use case is one pure decision and one `transact`.

`CampaignService` and `AsyncCampaignService` carry the decisions to their store and the outcomes
back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Generic, TypeVar, cast
from uuid import UUID

from attrs import evolve, frozen

from campaignkit import decider
from campaignkit.core._channels import Channel
from campaignkit.core._checks import (
    LONGEST_TEXT,
    check_kinds,
    date_error,
    datetime_error,
    kind_error,
    short_repr,
    text_error,
    to_date,
    to_utc,
)
from campaignkit.core._faults import FaultCollector
from campaignkit.core._immutable import T
from campaignkit.decider import (
    ActContext,
    Approval,
    ApprovalPreview,
    Outcome,
    Oversight,
    RecordedRefusal,
    Today,
)
from campaignkit.domain._brief import Brief
from campaignkit.domain._campaign import LAST_MOMENT, Action, Campaign
from campaignkit.domain._client_policy import ClientPolicy, Suppression
from campaignkit.domain._clients import LiveAssignment
from campaignkit.domain._commands import (
    AssignLeads,
    Command,
    Restore,
    check_command,
    digest_command,
    lead_ids_of,
    read_channels,
)
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import to_storable_ids
from campaignkit.domain._permissions import Actor, Initiator, check_actor
from campaignkit.domain._snapshot import (
    ClientSnapshot,
    ClientWrites,
    Decide,
    DecideClient,
    Page,
    Snapshot,
    Writes,
)
from campaignkit.domain._suggestions import Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import CampaignError, InvalidError, NotFoundError
from campaignkit.planning._intake import Intake
from campaignkit.service._suggestion_ids import new_suggestion_id
from campaignkit.storage._observation import observer_error
from campaignkit.storage._queries import (
    CampaignsQuery,
    ClientSnapshotQuery,
    Query,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
)

SuggestedT = TypeVar("SuggestedT", bound=Suggestion)
"""What an actor's act may become instead of being done: a suggestion, or nothing."""
SuggestionT = TypeVar("SuggestionT", Suggestion, SuggestionHead)

_RETRIES = 5
_FIRST_PAUSE = 0.01


def current_time() -> datetime:
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait so many seconds."""
    time.sleep(seconds)


async def sleep_async(seconds: float) -> None:
    """Wait so many seconds, beside the other tasks."""
    import asyncio  # noqa: PLC0415  # only a conflict needs it, and it is slow to load

    await asyncio.sleep(seconds)


def retry_pauses(*, may_repeat: bool) -> Iterable[float]:
    """Return how long to wait before each retry, in seconds: doubling, with full jitter.

    A transaction of the host's is not ours to repeat.
    """
    retries = _RETRIES if may_repeat else 0
    return (random.uniform(0, _FIRST_PAUSE * 2**n) for n in range(retries))  # noqa: S311


@frozen
class UseCase(Generic[T]):
    """A decision on one campaign, and the query for what its snapshot must hold."""

    query: SnapshotQuery
    decide: Decide[T]


@frozen
class ClientUseCase(Generic[T]):
    """A decision on what the campaigns of a client share, and the query for its snapshot."""

    query: ClientSnapshotQuery
    decide: DecideClient[T]


@frozen
class UseCases:
    """The decisions of both services, under the rules of the host."""

    gate: ALSGate
    clock: Callable[[], datetime]
    today: Today | None = None
    suggestion_lifetime: timedelta | None = None
    oversight: Oversight | None = None

    def act(self, by: Actor, reason: str | None = None) -> ActContext:
        """Return an act at this moment; call it where the campaign is locked."""
        return ActContext(
            by=by,
            at=self.now(),
            gate=self.gate,
            reason=reason,
            today=self.today,
            oversight=self.oversight,
        )

    def now(self) -> datetime:
        """Return the time of the clock, in UTC.

        Raises:
            InvalidError: it has no time zone.
        """
        at = self.clock()
        if fault := datetime_error(at):
            raise InvalidError([f"the time of the clock {fault}"])
        return to_utc(at)

    def begin_history(self, campaign: Campaign, by: Actor, reason: str | None) -> list[Event]:
        check_actor(by)
        return [decider.created_event(campaign, self.act(by, reason))]

    def submit(
        self,
        client_id: UUID,
        campaign_id: UUID,
        command: Command,
        *,
        by: Actor[SuggestedT],
        reason: str | None,
        expires_at: datetime | None,
    ) -> UseCase[Outcome | SuggestedT]:
        check_actor(by)
        check_command(command)
        digest = digest_command(command) if by.kind is Initiator.AI else None

        def decide(snapshot: Snapshot) -> Writes[Outcome | SuggestedT]:
            act = self.act(by, reason)
            expires = expires_at
            if expires is None and self.suggestion_lifetime is not None:
                expires = act.at + min(self.suggestion_lifetime, LAST_MOMENT - act.at)
            writes = decider.submit(
                snapshot,
                command,
                act,
                suggestion_id=new_suggestion_id(act.at, snapshot.last_suggestion),
                digest=digest,
                expires_at=expires,
            )
            if writes.suppressions and snapshot.client is None:
                raise NotFoundError("client", client_id)  # whom the service adopts then
            # A user's act is never made a suggestion: what `SuggestedT` says of the actor.
            known = cast("Writes[Outcome | SuggestedT]", writes)
            return decider.begin_history(snapshot, known, act)

        return UseCase(_snapshot_query(client_id, campaign_id, command, digest), decide)

    def approve(
        self,
        client_id: UUID,
        suggestion: Suggestion,
        by: Actor,
        terms: Approval,
        expect: ApprovalPreview | None,
    ) -> UseCase[Outcome]:
        if fault := expect is not None and kind_error(expect, ApprovalPreview):
            raise InvalidError([f"expect {fault}"])

        def decide(snapshot: Snapshot) -> Writes[Outcome]:
            act = self.act(by)
            writes = decider.approve(snapshot, suggestion, act, terms, expect=expect)
            return decider.begin_history(snapshot, writes, act)

        return UseCase(_suggestion_query(client_id, suggestion, terms.day), decide)

    def preview_approval(
        self, client_id: UUID, suggestion: Suggestion, by: Actor, terms: Approval
    ) -> UseCase[ApprovalPreview]:
        def decide(snapshot: Snapshot) -> Writes[ApprovalPreview]:
            seen = decider.preview_approval(snapshot, suggestion, self.act(by), terms)
            return Writes(outcome=seen)

        return UseCase(_suggestion_query(client_id, suggestion, terms.day), decide)

    def reject(
        self,
        client_id: UUID,
        suggestion: Suggestion,
        *,
        by: Actor,
        reason: str,
        lead_ids: Sequence[str] | None,
        until: date | None,
    ) -> UseCase[Suggestion]:
        def decide(snapshot: Snapshot) -> Writes[Suggestion]:
            act = self.act(by, reason)
            writes = decider.reject(snapshot, suggestion, act, lead_ids=lead_ids, until=until)
            return decider.begin_history(snapshot, writes, act)

        query = evolve(_suggestion_query(client_id, suggestion, None), barriers=True)
        return UseCase(query, decide)

    def preview(
        self, client_id: UUID, campaign_id: UUID, command: AssignLeads, by: Actor
    ) -> UseCase[Intake]:
        check_actor(by)
        digest = digest_command(command) if by.kind is Initiator.AI else None

        def decide(snapshot: Snapshot) -> Writes[Intake]:
            act = self.act(by)
            return Writes(outcome=decider.preview(snapshot, command, act, digest=digest))

        return UseCase(_snapshot_query(client_id, campaign_id, command, digest), decide)

    # -- What the campaigns of a client share -----------------------------------------------------

    def set_client_policy(
        self, client_id: UUID, policy: ClientPolicy, by: Actor, reason: str | None
    ) -> ClientUseCase[ClientPolicy]:
        faults = FaultCollector()
        faults.read(check_kinds, InvalidError, policy=(policy, ClientPolicy))
        _check_client_act(faults, by, reason)
        return self.change_client_policy(client_id, lambda _: policy, by, reason)

    def change_client_policy(
        self,
        client_id: UUID,
        change: Callable[[ClientPolicy], ClientPolicy],
        by: Actor,
        reason: str | None,
    ) -> ClientUseCase[ClientPolicy]:
        """Return the change of a policy to what a function makes of the one that there is."""
        _check_client_act(FaultCollector(), by, reason)

        def decide(snapshot: ClientSnapshot) -> ClientWrites[ClientPolicy]:
            policy = change(snapshot.client.policy)
            return decider.set_policy(snapshot, client_id, policy, self.act(by, reason))

        return ClientUseCase(ClientSnapshotQuery(client_id, doubles=True), decide)

    def suppress(
        self,
        client_id: UUID,
        lead_ids: Iterable[LeadId],
        channels: Iterable[Channel | str] | None,
        by: Actor,
        reason: str | None,
        *,
        until: date | None,
        at_once: bool,
    ) -> list[ClientUseCase[tuple[LiveAssignment, ...]]]:
        """Return a case for each portion of the leads, all of which are judged at one moment."""
        faults = FaultCollector()
        ids = faults.read(to_storable_ids, lead_ids)
        several = faults.read(_read_suppressed_channels, channels)
        last = faults.read(_read_last_day, until)
        _check_client_act(faults, by, reason)
        begin_act = cache(partial(self.act, by, reason))

        def make_case(portion: tuple[str, ...]) -> ClientUseCase[tuple[LiveAssignment, ...]]:
            return ClientUseCase(
                ClientSnapshotQuery(client_id, portion, live=True),
                lambda snapshot: decider.suppress(
                    snapshot, client_id, portion, begin_act(), channels=several, until=last
                ),
            )

        return [make_case(portion) for portion in _split_leads(ids, at_once=at_once)]

    def unsuppress(
        self,
        client_id: UUID,
        lead_ids: Iterable[LeadId],
        channels: Iterable[Channel | str] | None,
        by: Actor,
        reason: str | None,
        *,
        at_once: bool,
    ) -> list[ClientUseCase[tuple[Suppression, ...]]]:
        """Return a case for each portion of the leads, as for `suppress`."""
        faults = FaultCollector()
        ids = faults.read(to_storable_ids, lead_ids)
        several = faults.read(_read_suppressed_channels, channels)
        _check_client_act(faults, by, reason)
        begin_act = cache(partial(self.act, by, reason))

        def make_case(portion: tuple[str, ...]) -> ClientUseCase[tuple[Suppression, ...]]:
            return ClientUseCase(
                ClientSnapshotQuery(client_id, portion),
                lambda snapshot: decider.unsuppress(
                    snapshot, client_id, portion, begin_act(), channels=several
                ),
            )

        return [make_case(portion) for portion in _split_leads(ids, at_once=at_once)]

    def erase(
        self, client_id: UUID, lead_id: LeadId, by: Actor, reason: str | None
    ) -> ClientUseCase[None]:
        faults = FaultCollector()
        ids = faults.read(to_storable_ids, [lead_id], "lead_id")
        _check_client_act(faults, by, reason)
        [known] = ids

        def decide(_: ClientSnapshot) -> ClientWrites[None]:
            return decider.erase(client_id, known, self.act(by, reason))

        return ClientUseCase(ClientSnapshotQuery(client_id), decide)

    def check_day(self, day: date) -> date:
        if fault := date_error(day):
            raise CampaignError([f"day {fault}"])
        return to_date(day)

    def brief(self, snapshot: Snapshot, day: date) -> Brief:
        return snapshot.campaign.brief(
            day, snapshot.progress, gate=self.gate, client=snapshot.client
        )

    # -- Suggestions as they are now --------------------------------------------------------------

    def widen_query(self, query: Query[T]) -> Query[T]:
        """Return the query for the store, which has what expired or became stale as pending."""
        stored: object = query
        states = stored.states if isinstance(stored, SuggestionsQuery) else None
        if states is not None and not _UNNOTICED.isdisjoint(states):
            wider = {*states, SuggestionState.PENDING}
            stored = evolve(cast("SuggestionsQuery", stored), states=wider)
        return cast("Query[T]", stored)

    def campaigns_query(self, query: Query[object], answer: object) -> CampaignsQuery | None:
        """Return the query for the campaigns of the suggestions in an answer; None for no need."""
        if isinstance(query, SuggestionQuery):
            items: Iterable[Suggestion | SuggestionHead] = (cast("Suggestion", answer),)
        elif isinstance(query, SuggestionsQuery):
            items = cast("Page[SuggestionHead, UUID]", answer).items
        else:
            return None
        ids = {one.campaign_id for one in items if one.state is SuggestionState.PENDING}
        if not ids:
            return None
        return CampaignsQuery(query.client_id, include_deleted=True, ids=ids, limit=len(ids))

    def update_answer(
        self, query: Query[T], answer: T, campaigns: Page[Campaign, UUID] | None
    ) -> T:
        """Return the answer to a query with suggestions as they are now.

        `campaigns` are those of the suggestions that are pending.
        """
        if not isinstance(query, SuggestionQuery | SuggestionsQuery):
            return answer
        by_id: dict[UUID, Campaign] = {}
        if campaigns is not None:
            readable: Iterable[Campaign | None] = (error.readable for error in campaigns.corrupt)
            by_id = {c.id: c for c in (*campaigns.items, *readable) if c is not None}
        now = self.now()
        if isinstance(query, SuggestionQuery):
            return cast("T", self._as_of(now, cast("Suggestion", answer), by_id))
        page = cast("Page[SuggestionHead, UUID]", answer)
        states = SuggestionState if query.states is None else query.states
        items = (self._as_of(now, head, by_id) for head in page.items)
        return cast("T", evolve(page, items=tuple(s for s in items if s.state in states)))

    def leads_query(self, query: Query[object], answer: object) -> SnapshotQuery | None:
        """Return the query for the leads that a pending release depends on; None for no need."""
        if not isinstance(query, SuggestionQuery):
            return None
        found = cast("Suggestion", answer)
        if found.action is not Action.RELEASE or found.state is not SuggestionState.PENDING:
            return None
        return SnapshotQuery(
            query.client_id, found.campaign_id, lead_ids=lead_ids_of(found.command)
        )

    def mark_stale_release(self, answer: T, snapshot: Snapshot) -> T:
        """Return a release as stale, if some of its leads are not in the campaign any more."""
        found = cast("Suggestion", answer)
        if set(lead_ids_of(found.command)) <= set(snapshot.assignments):
            return answer
        return cast("T", evolve(found, state=SuggestionState.STALE))

    def _as_of(
        self, now: datetime, suggestion: SuggestionT, campaigns: Mapping[UUID, Campaign]
    ) -> SuggestionT:
        campaign = campaigns.get(suggestion.campaign_id)
        if campaign is None:  # nothing to ask for, or a row that cannot be read
            return suggestion.as_of(now)
        act = ActContext(by=suggestion.by, at=now, gate=self.gate, today=self.today)
        return suggestion.as_of(now, campaign, today=act.first_open_day(campaign))


_UNNOTICED = {SuggestionState.EXPIRED, SuggestionState.STALE}
"""The states that a suggestion may be in without being stored so."""


def _snapshot_query(
    client_id: UUID, campaign_id: UUID, command: Command, digest: str | None
) -> SnapshotQuery:
    """Return the query for what a decision on a command must know; `digest` is that of an AI's."""
    lead_ids = lead_ids_of(command)
    return SnapshotQuery(
        client_id,
        campaign_id,
        day=command.day if isinstance(command, AssignLeads) else None,
        lead_ids=lead_ids,
        pending=decider.ends_pending(command),
        barriers=digest is not None and bool(lead_ids),
        digest=digest,
        elsewhere=isinstance(command, Restore),
    )


def _suggestion_query(client_id: UUID, suggestion: Suggestion, day: date | None) -> SnapshotQuery:
    """Return the query for what a decision on a suggestion must know."""
    query = _snapshot_query(client_id, suggestion.campaign_id, suggestion.command, None)
    own_day = query.day if day is None else day
    return evolve(query, day=own_day, suggestion_ids=(suggestion.id,))


MOST_SUPPRESSED = 5_000
"""How many leads are suppressed at once, so that no intake waits long for the client."""

BETWEEN_PORTIONS = 0.03
"""How many seconds lie between two portions, so that others get their turn. What waits for SQLite
looks every 25 ms or oftener in its first eighth of a second."""


def _split_leads(ids: Sequence[str], *, at_once: bool) -> list[tuple[str, ...]]:
    """Return ids of leads, each once, in the portions of one transaction each."""
    known = tuple(dict.fromkeys(ids))
    size = max(1, len(known)) if at_once else MOST_SUPPRESSED
    # Of no lead there is one portion, so that whoever may not do this is refused all the same.
    return [known[start : start + size] for start in range(0, len(known), size)] or [()]


def _read_suppressed_channels(
    channels: Iterable[Channel | str] | None,
) -> tuple[Channel, ...] | None:
    """Return the channels of a suppression; None stands for all.

    Raises:
        CampaignError: not several channels, or none of them.
    """
    if channels is None:
        return None
    several = read_channels(channels, "channels")
    if not several:
        raise CampaignError(["channels must name at least one channel, or be None for all"])
    return several


def _read_last_day(until: date | None) -> date | None:
    """Return the last day of a suppression; None stands for ever.

    Raises:
        InvalidError: not a date.
    """
    if until is not None and (fault := date_error(until)):
        raise InvalidError([f"until {fault}"])
    return None if until is None else to_date(until)


def _check_client_act(faults: FaultCollector, by: Actor, reason: str | None) -> None:
    """Check who acts on a client and why, and raise all that is wrong with the act.

    Raises:
        InvalidError: an argument is wrong; all are listed.
    """
    faults.read(check_actor, by)
    faults.read(_check_reason, reason)
    faults.raise_all()


def _check_reason(reason: str | None) -> None:
    if reason is not None and (fault := text_error(reason, LONGEST_TEXT)):
        raise InvalidError([f"reason {fault}"])


def check_service_arguments(
    store: object,
    gate: object,
    suggestion_lifetime: object,
    observer: object,
    optional: Mapping[str, object],
    **functions: object,
) -> None:
    """Refuse what a service cannot be made of; `optional` has functions that may be None.

    Raises:
        InvalidError: an argument of the wrong type; all are listed.
    """
    given = {name: some for name, some in optional.items() if some is not None}
    faults = [
        f"{name} must be a function, not {short_repr(some)}"
        for name, some in (functions | given).items()
        if not callable(some)
    ]
    if not callable(getattr(store, "apply_decision", None)):
        faults.append(f"store must be a Store, not {short_repr(store)}")
    if fault := kind_error(gate, ALSGate):
        faults.append(f"gate {fault}")
    if suggestion_lifetime is not None and not (
        isinstance(suggestion_lifetime, timedelta) and suggestion_lifetime > timedelta()
    ):
        fault = f"must be a timedelta of more than 0, not {short_repr(suggestion_lifetime)}"
        faults.append(f"suggestion_lifetime {fault}")
    if observer is not None and (fault := observer_error(observer)):
        faults.append(f"observer {fault}")
    if faults:
        raise InvalidError(faults)


def operation_name(command: Command) -> str:
    """Return the name of the method that submits a command, for logs and observers."""
    return "intake" if isinstance(command, AssignLeads) else command.action.value


def unwrap_outcome(writes: Writes[T]) -> T:
    """Return what came of a decision; raise the error of a recorded refusal."""
    if isinstance(writes.outcome, RecordedRefusal):
        raise writes.outcome.error
    # A change of the campaign's own fields has no outcome but the campaign, as it was stored.
    return cast("T", writes.campaign if writes.outcome is None else writes.outcome)
