"""What the services share: each use case is one pure decision and one `transact`.

`CampaignService` and `AsyncCampaignService` carry the decisions to their store and the outcomes
back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Generic, TypeVar, cast
from uuid import UUID

from attrs import evolve, frozen

from campaignkit import decider
from campaignkit.core._checks import (
    date_error,
    datetime_error,
    kind_error,
    short_repr,
    to_date,
    to_utc,
)
from campaignkit.decider import ActContext, Outcome, RecordedRefusal
from campaignkit.domain._brief import Brief
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import (
    AssignLeads,
    Command,
    check_command,
)
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import to_text_ids
from campaignkit.domain._permissions import Actor, Initiator, check_actor
from campaignkit.domain._snapshot import Decide, Page, Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import CampaignError, InvalidError
from campaignkit.planning._intake import Intake
from campaignkit.service._suggestion_ids import new_suggestion_id
from campaignkit.storage._queries import Query, SnapshotQuery, SuggestionQuery, SuggestionsQuery

T = TypeVar("T")
SuggestedT = TypeVar("SuggestedT", bound=Suggestion)
"""What an actor's act may become instead of being done: a suggestion, or nothing."""

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
class UseCases:
    """The decisions of both services."""

    gate: ALSGate
    clock: Callable[[], datetime]

    def act(self, by: Actor, reason: str | None = None) -> ActContext:
        """Return an act at this moment; call it where the campaign is locked."""
        return ActContext(by=by, at=self.now(), gate=self.gate, reason=reason)

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

        def decide(snapshot: Snapshot) -> Writes[Outcome | SuggestedT]:
            act = self.act(by, reason)
            new_id = new_suggestion_id(act.at, snapshot.last_suggestion)
            writes = decider.submit(
                snapshot, command, act, suggestion_id=new_id, expires_at=expires_at
            )
            # A user's act is never made a suggestion: what `SuggestedT` says of the actor.
            return cast("Writes[Outcome | SuggestedT]", writes)

        query = _snapshot_query(client_id, campaign_id, command)
        return UseCase(evolve(query, last_suggestion=by.kind is Initiator.AI), decide)

    def approve(
        self,
        client_id: UUID,
        suggestion: Suggestion,
        by: Actor,
        lead_ids: Iterable[LeadId] | None,
    ) -> UseCase[Outcome]:
        some = None if lead_ids is None else to_text_ids(lead_ids)

        def decide(snapshot: Snapshot) -> Writes[Outcome]:
            return decider.approve(snapshot, suggestion.id, self.act(by), lead_ids=some)

        query = _snapshot_query(client_id, suggestion.campaign_id, suggestion.command)
        return UseCase(evolve(query, suggestion_ids=(suggestion.id,)), decide)

    def reject(
        self, client_id: UUID, suggestion: Suggestion, by: Actor, why: str
    ) -> UseCase[Suggestion]:
        def decide(snapshot: Snapshot) -> Writes[Suggestion]:
            return decider.reject(snapshot, suggestion.id, self.act(by, why))

        suggestion_ids = (suggestion.id,)
        query = SnapshotQuery(client_id, suggestion.campaign_id, suggestion_ids=suggestion_ids)
        return UseCase(query, decide)

    def preview(
        self, client_id: UUID, campaign_id: UUID, command: AssignLeads, by: Actor
    ) -> UseCase[Intake]:
        check_actor(by)

        def decide(snapshot: Snapshot) -> Writes[Intake]:
            return Writes(outcome=decider.preview(snapshot, command, self.act(by)))

        return UseCase(_snapshot_query(client_id, campaign_id, command), decide)

    def check_day(self, day: date) -> date:
        if fault := date_error(day):
            raise CampaignError([f"day {fault}"])
        return to_date(day)

    def brief(self, snapshot: Snapshot, day: date) -> Brief:
        return snapshot.campaign.brief(day, snapshot.progress, gate=self.gate)

    def widen_query(self, query: Query[T]) -> Query[T]:
        """Return the query for the store: a suggestion that has expired is stored as pending."""
        stored: object = query
        states = stored.states if isinstance(stored, SuggestionsQuery) else None
        if states is not None and SuggestionState.EXPIRED in states:
            wider = [*states, SuggestionState.PENDING]
            stored = evolve(cast("SuggestionsQuery", stored), states=wider)
        return cast("Query[T]", stored)

    def update_answer(self, query: Query[T], answer: T) -> T:
        """Return the answer to a query with suggestions as they are now."""
        if isinstance(query, SuggestionQuery):
            return cast("T", cast("Suggestion", answer).as_of(self.now()))
        if not isinstance(query, SuggestionsQuery):
            return answer
        page, now = cast("Page[Suggestion, UUID]", answer), self.now()
        states = SuggestionState if query.states is None else query.states
        items = (suggestion.as_of(now) for suggestion in page.items)
        return cast("T", evolve(page, items=tuple(s for s in items if s.state in states)))


def _snapshot_query(client_id: UUID, campaign_id: UUID, command: Command) -> SnapshotQuery:
    """Return the query for what a decision on a command must know."""
    return SnapshotQuery(
        client_id,
        campaign_id,
        day=command.day if isinstance(command, AssignLeads) else None,
        lead_ids=decider.command_lead_ids(command),
        pending=decider.ends_pending(command),
    )


def check_service_arguments(store: object, gate: object, **functions: object) -> None:
    """Refuse what a service cannot be made of.

    Raises:
        InvalidError: what is no store, no gate, or no function; all that is wrong.
    """
    faults = [
        f"{name} must be a function, not {short_repr(some)}"
        for name, some in functions.items()
        if not callable(some)
    ]
    if not callable(getattr(store, "apply_decision", None)):
        faults.append(f"store must be a Store, not {short_repr(store)}")
    if fault := kind_error(gate, ALSGate):
        faults.append(f"gate {fault}")
    if faults:
        raise InvalidError(faults)


def unwrap_outcome(writes: Writes[T]) -> T:
    """Return what came of a decision; raise what it wrote down as a refusal."""
    if isinstance(writes.outcome, RecordedRefusal):
        raise writes.outcome.error
    # A change of the campaign's own fields has no outcome but the campaign, as it was stored.
    return cast("T", writes.campaign if writes.outcome is None else writes.outcome)
