"""What becomes of an act: one pure decision over what is stored, the command, the actor, the time.

Both services put every act through here, so that none passes around the permission mode. A decision
is made upon a snapshot and returns what is to be written, the events that tell of it among it. What
would write nothing, such as an intake in which nobody is admitted, tells of nothing either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from attrs import evolve, frozen

from campaignkit.core._channels import ChannelCounts
from campaignkit.core._checks import LONGEST_TEXT, check_kinds, short_repr, text_error
from campaignkit.core._decisions import Reason, make_decision
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Action, Campaign, CampaignStatus
from campaignkit.domain._commands import (
    Activate,
    AssignLeads,
    Command,
    Complete,
    Delete,
    Edit,
    FieldCommand,
    Fields,
    Pause,
    ReleaseLeads,
    Restore,
    check_command,
)
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._permissions import (
    Actor,
    PermissionMode,
    Verdict,
    deciding_reasons,
    permission_reasons,
)
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState, expiry_error
from campaignkit.errors import (
    CampaignKitError,
    ConflictError,
    InvalidError,
    NotFoundError,
    NotRunningError,
    PermissionDeniedError,
    PlanError,
    SuggestionError,
    TransitionError,
)
from campaignkit.planning._intake import Intake, Release, intake, release

__all__ = [
    "ActContext",
    "Outcome",
    "RecordedRefusal",
    "approve",
    "command_lead_ids",
    "created_event",
    "ends_pending",
    "preview",
    "record_planned",
    "reject",
    "submit",
]

Outcome: TypeAlias = Campaign | Intake | Release
"""What comes of a command that is applied: the campaign as it is then, or what became of leads."""


@frozen
class ActContext:
    """Who acts, when, and in which words; and the gate through which leads come in.

    `at` is read where the decision is made, under the campaign's lock, so that nothing is decided
    later than it says.
    """

    by: Actor
    at: datetime
    gate: ALSGate
    reason: str | None = None


@frozen
class RecordedRefusal:
    """An outcome of any decision that is written down, and is an error to the caller nevertheless.

    Who carries a decision out raises its error once that is written.
    """

    error: CampaignKitError


def created_event(campaign: Campaign, act: ActContext) -> Event:
    """Return the event with which a new campaign's history begins.

    The AI may only create what runs in co_pilot: a mode that gives it more, or less, is a user's
    to choose.

    Raises:
        InvalidError: what is no campaign.
        TransitionError: the campaign is no draft, or deleted.
        PermissionDeniedError: the AI creates it in another mode.
    """
    check_kinds(InvalidError, campaign=(campaign, Campaign))
    because: list[tuple[Reason, str]] = []
    if campaign.status is not CampaignStatus.DRAFT:
        message = f"a new campaign must be a draft, not {campaign.status}"
        because.append((Reason.ILLEGAL_TRANSITION, message))
    if campaign.deleted_at is not None:
        because.append((Reason.DELETED, Reason.DELETED.message))
    if because:
        raise TransitionError(make_decision(*because))
    choosing = campaign.permission_mode is not PermissionMode.CO_PILOT
    reasons = permission_reasons(campaign.permission_mode, act.by, choosing_mode=choosing)
    if choosing and reasons:
        raise PermissionDeniedError(make_decision(*reasons))
    return _make_event(
        campaign,
        act,
        EventKind.CREATED,
        after=Fields.of(campaign),
        updated_at=_separate_update(campaign, act),
    )


def submit(
    snapshot: Snapshot,
    command: Command,
    act: ActContext,
    *,
    suggestion_id: UUID,
    expires_at: datetime | None = None,
) -> Writes[Outcome | Suggestion]:
    """Decide what becomes of a command: it is applied, becomes a suggestion, or is refused.

    Only suggestions expire, but an invalid `expires_at` is refused in any case.

    Raises:
        RefusedError: the rules of the campaign or its permission mode refuse it.
        InvalidError: the command cannot be, or its expiry is not later than now.
    """
    if expires_at is not None and (fault := expiry_error(expires_at, act.at)):
        raise InvalidError([f"expires_at {fault}"])
    applied = _apply(snapshot, command, act)
    if _verdict(snapshot.campaign, command, act.by) is Verdict.EXECUTE:
        return applied.with_events(EventKind.APPLIED, act)
    if not applied.has_writes:
        return applied.writes
    suggestion = Suggestion(
        id=suggestion_id,
        campaign_id=snapshot.campaign.id,
        command=command,
        by=act.by,
        at=act.at,
        reason=act.reason,
        expires_at=expires_at,
        before=Suggestion.basis(snapshot.campaign, command),
    )
    event = applied.event(EventKind.SUGGESTED, act, suggestion.id)
    return Writes(suggestions=(suggestion,), events=(event,), outcome=suggestion)


def preview(snapshot: Snapshot, command: AssignLeads, act: ActContext) -> Intake:
    """Return what an intake would do now, at once or once it is approved.

    Raises:
        RefusedError: the rules of the campaign or its permission mode refuse it.
    """
    taken = _run_intake(snapshot, command, act)
    _verdict(snapshot.campaign, command, act.by)
    return taken


def record_planned(
    snapshot: Snapshot,
    planned: Sequence[Assignment],
    act: ActContext,
    *,
    day: date,
    allocation: Allocation,
) -> Writes[Any]:
    """Take in leads that were planned before, under an allocation, by their channels of then.

    Those that are there already are left as they are; of the others as many come in, in their
    order, as the limits let in. They begin in the present epoch.

    Raises:
        NotRunningError: the campaign is not running on that day.
        PermissionDeniedError: the actor may not do this at once.
        ConflictError: the campaign no longer has that allocation.
    """
    campaign, present = (
        snapshot.campaign,
        snapshot.progress.for_allocation(snapshot.campaign.allocation),
    )
    if not (running := campaign.running(day)):
        raise NotRunningError(running)
    if reasons := permission_reasons(campaign.permission_mode, act.by):
        raise PermissionDeniedError(make_decision(*reasons))
    if campaign.allocation != allocation:
        msg = f"campaign {campaign.id} no longer has the shares that its leads were planned by"
        raise ConflictError(msg)
    new = [one for one in planned if one.lead_id not in snapshot.assignments]
    assigned = tuple(evolve(one, epoch=present.epoch) for one in new[: campaign.capacity(present)])
    if not assigned:
        return Writes()
    counts = _count_channels(assigned)
    told = _make_event(
        campaign, act, EventKind.APPLIED, action=AssignLeads.action, day=day, counts=counts
    )
    return Writes(progress=present.admit(counts), assigned=assigned, events=(told,))


def approve(
    snapshot: Snapshot,
    suggestion_id: UUID,
    act: ActContext,
    *,
    lead_ids: Iterable[LeadId] | None = None,
) -> Writes[Outcome]:
    """Apply a suggestion to the campaign as it is now, all of it or only for some leads.

    Raises:
        PermissionDeniedError: the actor is no user.
        ConflictError: it was decided upon already.
        RefusedError: the campaign's rules refuse the command now; the suggestion stays pending.
        CampaignError: what it would set does not go with the rest of the campaign as that is now.
        PlanError: leads that were not suggested, or a suggestion that is not to assign leads.
    """
    suggestion = _require_pending(snapshot, suggestion_id, act)
    act = evolve(act, at=max(act.at, suggestion.at))  # on a host whose clock is behind, too
    if overtaken := _close_if_outdated(snapshot.campaign, suggestion, act):
        return overtaken
    command = suggestion.command
    if lead_ids is not None:
        if not isinstance(command, AssignLeads):
            raise PlanError(
                [f"lead_ids: only leads to assign can be approved in part, not {command.action}"]
            )
        command = command.restrict_to(lead_ids)
        if not command.leads:
            raise PlanError(["to approve a suggestion in part is to name leads, at least one"])
    applied = _apply(snapshot, command, act, approving=suggestion_id)
    decided = suggestion.with_decision(
        SuggestionState.APPROVED, by=act.by, at=act.at, why=act.reason
    )
    writes = applied.with_events(EventKind.APPROVED, act, suggestion_id)
    return evolve(writes, suggestions=(decided, *writes.suggestions))


def reject(snapshot: Snapshot, suggestion_id: UUID, act: ActContext) -> Writes[Suggestion]:
    """Reject a suggestion, in the words of the act.

    Raises:
        PermissionDeniedError: the actor is no user.
        ConflictError: it was decided upon already.
        InvalidError: the act has no words.
    """
    suggestion = _require_pending(snapshot, suggestion_id, act)
    if fault := text_error(act.reason, LONGEST_TEXT):
        raise InvalidError([f"why {fault}"])
    if suggestion.is_expired(act.at):
        return _expire(snapshot.campaign, suggestion, act)
    decided = suggestion.with_decision(
        SuggestionState.REJECTED, by=act.by, at=act.at, why=act.reason
    )
    event = _suggestion_event(snapshot.campaign, decided, act, EventKind.REJECTED)
    return Writes(suggestions=(decided,), events=(event,), outcome=decided)


def command_lead_ids(command: Command) -> tuple[str, ...]:
    """Return the ids of the leads of which a decision on a command must know."""
    return command.lead_ids if isinstance(command, AssignLeads | ReleaseLeads) else ()


def ends_pending(command: Command) -> bool:
    """Tell whether a command ends what is pending, so that a decision on it must know of that."""
    return isinstance(command, Complete | Delete)


# -- The verdict ----------------------------------------------------------------------------------


def _verdict(campaign: Campaign, command: Command, by: Actor) -> Verdict:
    """Return whether a command is to be applied or suggested.

    Raises:
        PermissionDeniedError: neither.
    """
    choosing = isinstance(command, Edit) and "permission_mode" in command.fields
    reasons = permission_reasons(campaign.permission_mode, by, choosing_mode=choosing)
    if not reasons:
        return Verdict.EXECUTE
    if [reason for reason, _ in reasons] == [Reason.NEEDS_APPROVAL]:
        return Verdict.SUGGEST
    raise PermissionDeniedError(make_decision(*reasons))


def _require_pending(snapshot: Snapshot, suggestion_id: UUID, act: ActContext) -> Suggestion:
    """Return a suggestion that the actor may decide upon, unless its time has come.

    Raises:
        PermissionDeniedError: the actor is no user.
        NotFoundError: the campaign does not have it.
        ConflictError: it was decided upon already.
    """
    if not (decision := make_decision(*deciding_reasons(act.by))):
        raise PermissionDeniedError(decision)
    suggestion = snapshot.suggestions.get(suggestion_id)
    if suggestion is None:
        raise NotFoundError("suggestion", suggestion_id)
    if suggestion.state is not SuggestionState.PENDING:
        msg = f"suggestion {suggestion_id} is {suggestion.state} already"
        raise ConflictError(msg)
    return suggestion


def _close_if_outdated(
    campaign: Campaign, suggestion: Suggestion, act: ActContext
) -> Writes[Any] | None:
    if suggestion.is_expired(act.at):
        return _expire(campaign, suggestion, act)
    if not (moved := suggestion.basis_changes(campaign)):
        return None
    told = "; ".join(
        f"{name} was {_format_value(was)} and is {_format_value(now)}"
        for name, (was, now) in moved.items()
    )
    message = f"{Reason.STALE.message}: {told}"
    decided = suggestion.with_decision(SuggestionState.STALE, by=act.by, at=act.at, why=message)
    event = evolve(
        _suggestion_event(campaign, decided, act, EventKind.STALE),
        before=Fields({name: was for name, (was, _) in moved.items()}),
        after=Fields.of(campaign, moved),
    )
    error = SuggestionError(make_decision((Reason.STALE, message)))
    return Writes(suggestions=(decided,), events=(event,), outcome=RecordedRefusal(error))


def _expire(campaign: Campaign, suggestion: Suggestion, act: ActContext) -> Writes[Any]:
    message = _expiry_message(suggestion)
    decided = suggestion.with_decision(SuggestionState.EXPIRED, by=act.by, at=act.at, why=message)
    event = _suggestion_event(campaign, decided, act, EventKind.EXPIRED)
    error = SuggestionError(make_decision((Reason.EXPIRED, message)))
    return Writes(suggestions=(decided,), events=(event,), outcome=RecordedRefusal(error))


def _expiry_message(suggestion: Suggestion) -> str:
    return f"{Reason.EXPIRED.message}, at {suggestion.expires_at}"


def _format_value(value: object) -> str:
    if value is None:
        return "none"
    # Members of enumerations and times say what they are.
    return str(value) if isinstance(value, StrEnum | date) else short_repr(value)


# -- What a command does ---------------------------------------------------------------------------


@frozen
class _Effect:
    """What a command does to a campaign: what is to be written, and what an event has to tell."""

    before: Campaign
    command: Command
    writes: Writes[Any]
    leads: Mapping[str, Assignment]
    closed: tuple[Suggestion, ...]

    @property
    def has_writes(self) -> bool:
        return self.writes.campaign is not None or bool(self.leads)

    def event(self, kind: EventKind, act: ActContext, suggestion_id: UUID | None = None) -> Event:
        command, after = self.command, self.writes.campaign or self.before
        return _make_event(
            self.before,
            act,
            kind,
            action=command.action,
            before=Fields.of(self.before, command.changed_fields),
            after=Fields.of(after, command.changed_fields),
            updated_at=_separate_update(self.writes.campaign, act) if kind.is_done else None,
            day=command.day if isinstance(command, AssignLeads) else None,
            counts=_count_channels(self.leads.values()),
            suggestion_id=suggestion_id,
        )

    def with_events(
        self, kind: EventKind, act: ActContext, suggestion_id: UUID | None = None
    ) -> Writes[Any]:
        """Return the writes with the events that tell of them."""
        if not self.has_writes and suggestion_id is None:
            return self.writes
        ended = [
            _suggestion_event(self.before, suggestion, act, EventKind(suggestion.state.value))
            for suggestion in self.closed
        ]
        return evolve(
            self.writes,
            suggestions=self.closed,
            events=(self.event(kind, act, suggestion_id), *ended),
        )


def _apply(
    snapshot: Snapshot, command: Command, act: ActContext, *, approving: UUID | None = None
) -> _Effect:
    """Return what a command does, by the rules that the campaign and the intake have.

    Raises:
        RefusedError: they refuse it.
    """
    check_command(command)
    campaign, leads, closed = snapshot.campaign, dict[str, Assignment](), tuple[Suggestion, ...]()
    writes: Writes[Any]
    match command:
        case AssignLeads():
            taken = _run_intake(snapshot, command, act)
            leads, writes = dict(taken.assignments), Writes(outcome=taken)
            if leads:
                assigned = tuple(leads.values())
                writes = Writes(progress=taken.progress, assigned=assigned, outcome=taken)
        case ReleaseLeads():
            gone = release(
                campaign,
                command.lead_ids,
                progress=snapshot.progress,
                already=snapshot.assignments,
            )
            leads, writes = dict(gone.released), Writes(outcome=gone)
            if leads:
                writes = Writes(progress=gone.progress, released=tuple(leads), outcome=gone)
        case _:
            writes = Writes(campaign=_apply_to_fields(campaign, command, act.at))
            if ends_pending(command):
                closed = _close_pending(snapshot.suggestions.values(), act, but=approving)
    return _Effect(campaign, command, writes, leads, closed)


def _apply_to_fields(campaign: Campaign, command: FieldCommand, at: datetime) -> Campaign:
    match command:
        case Edit():
            return campaign.edit(at=at, **command.edits)
        case Activate():
            return campaign.activate(at=at)
        case Pause():
            return campaign.pause(at=at)
        case Complete():
            return campaign.complete(at=at)
        case Delete():
            return campaign.delete(at=at)
        case Restore():
            return campaign.restore(at=at)


def _run_intake(snapshot: Snapshot, command: AssignLeads, act: ActContext) -> Intake:
    return intake(
        snapshot.campaign,
        command.leads,
        progress=snapshot.progress,
        gate=act.gate,
        already=snapshot.assignments,
    )


def _close_pending(
    suggestions: Collection[Suggestion], act: ActContext, *, but: UUID | None
) -> tuple[Suggestion, ...]:
    """Return what ends with the campaign: the pending suggestions, some of which had expired."""
    return tuple(
        suggestion.with_decision(
            SuggestionState.EXPIRED, by=act.by, at=act.at, why=_expiry_message(suggestion)
        )
        if suggestion.is_expired(act.at)
        else suggestion.with_decision(SuggestionState.CLOSED, by=act.by, at=act.at)
        for suggestion in sorted(suggestions, key=lambda suggestion: suggestion.id)
        if suggestion.state is SuggestionState.PENDING and suggestion.id != but
    )


# -- Events ---------------------------------------------------------------------------------------


def _suggestion_event(
    campaign: Campaign, decided: Suggestion, act: ActContext, kind: EventKind
) -> Event:
    event = _make_event(
        campaign, act, kind, action=decided.command.action, suggestion_id=decided.id
    )
    return evolve(event, at=decided.decided_at or act.at, reason=decided.why)


def _separate_update(after: Campaign | None, act: ActContext) -> datetime | None:
    """Return the `updated_at` that a campaign gets, if the time of the act does not tell it."""
    return None if after is None or after.updated_at == act.at else after.updated_at


def _count_channels(leads: Iterable[Assignment]) -> ChannelCounts:
    return ChannelCounts(Counter(lead.channel for lead in leads))


def _make_event(
    campaign: Campaign,
    act: ActContext,
    kind: EventKind,
    *,
    action: Action | None = None,
    **told: Any,  # noqa: ANN401  # of an event
) -> Event:
    return Event(
        campaign_id=campaign.id,
        kind=kind,
        action=action,
        by=act.by,
        at=act.at,
        reason=act.reason,
        **told,
    )
