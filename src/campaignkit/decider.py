"""The decider: pure functions from a snapshot and a command to writes.

Both services pass every act through here, so that none bypasses the permission mode. The writes
include the events that record the act. An act that changes nothing, such as an intake that admits
nobody, writes nothing and records no event.
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
"""The outcome of a command that is applied: the campaign after it, an intake or a release."""


@frozen
class ActContext:
    """The context of an act: the actor, the time, the reason, and the gate for new leads.

    `at` must be read under the campaign's lock, so that the decision is not made later than `at`.
    """

    by: Actor
    at: datetime
    gate: ALSGate
    reason: str | None = None


@frozen
class RecordedRefusal:
    """An outcome whose writes are stored and whose error is then raised to the caller."""

    error: CampaignKitError


def created_event(campaign: Campaign, act: ActContext) -> Event:
    """Return the first event of a new campaign's history.

    The AI may create campaigns in co_pilot only: another mode is a user's choice.

    Raises:
        InvalidError: not a campaign.
        TransitionError: the campaign is not a draft, or is deleted.
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
    """Decide on a command: apply it, make it a suggestion, or refuse it.

    Only suggestions expire, but an invalid `expires_at` is refused in any case.

    Raises:
        RefusedError: the campaign's rules or its permission mode refuse it.
        InvalidError: the command is invalid, or its expiry is not later than now.
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
    """Return what an intake would do now, whether at once or after approval.

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
    """Admit leads that were planned earlier under an allocation, on their planned channels.

    Leads that the campaign already has are skipped. Of the others, as many are admitted, in their
    order, as the limits permit. They belong to the present epoch.

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
    event = _make_event(
        campaign, act, EventKind.APPLIED, action=AssignLeads.action, day=day, counts=counts
    )
    return Writes(progress=present.admit(counts), assigned=assigned, events=(event,))


def approve(
    snapshot: Snapshot,
    suggestion_id: UUID,
    act: ActContext,
    *,
    lead_ids: Iterable[LeadId] | None = None,
) -> Writes[Outcome]:
    """Approve a suggestion: apply it to the campaign as it is now, in full or for some leads.

    Raises:
        PermissionDeniedError: the actor is not a user.
        ConflictError: it is no longer pending.
        RefusedError: the campaign's rules refuse the command now; the suggestion stays pending.
        CampaignError: the edited campaign would be invalid now.
        PlanError: leads that were not suggested, or a suggestion that does not assign leads.
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
    """Reject a suggestion for the reason of the act.

    Raises:
        PermissionDeniedError: the actor is not a user.
        ConflictError: it is no longer pending.
        InvalidError: the act has no reason.
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
    """Return the ids of the leads that a decision on this command must read."""
    return command.lead_ids if isinstance(command, AssignLeads | ReleaseLeads) else ()


def ends_pending(command: Command) -> bool:
    """Return whether a command closes pending suggestions, so that a decision must read them."""
    return isinstance(command, Complete | Delete)


# -- The verdict ----------------------------------------------------------------------------------


def _verdict(campaign: Campaign, command: Command, by: Actor) -> Verdict:
    """Return whether a command is executed or suggested.

    Raises:
        PermissionDeniedError: it is refused.
    """
    choosing = isinstance(command, Edit) and "permission_mode" in command.fields
    reasons = permission_reasons(campaign.permission_mode, by, choosing_mode=choosing)
    if not reasons:
        return Verdict.EXECUTE
    if [reason for reason, _ in reasons] == [Reason.NEEDS_APPROVAL]:
        return Verdict.SUGGEST
    raise PermissionDeniedError(make_decision(*reasons))


def _require_pending(snapshot: Snapshot, suggestion_id: UUID, act: ActContext) -> Suggestion:
    """Return a pending suggestion that the actor may decide on; it may have expired.

    Raises:
        PermissionDeniedError: the actor is not a user.
        NotFoundError: the campaign does not have it.
        ConflictError: it is no longer pending.
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
    """The effect of a command on a campaign: its writes, and the facts that its event records."""

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
        """Return the writes with the events that record them."""
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
    """Return the effect of a command.

    Raises:
        RefusedError: the rules of the campaign refuse it.
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
    """Return the pending suggestions as closed, or as expired if their expiry has passed."""
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
    """Return the campaign's `updated_at` if it differs from the time of the act."""
    return None if after is None or after.updated_at == act.at else after.updated_at


def _count_channels(leads: Iterable[Assignment]) -> ChannelCounts:
    return ChannelCounts(Counter(lead.channel for lead in leads))


def _make_event(
    campaign: Campaign,
    act: ActContext,
    kind: EventKind,
    *,
    action: Action | None = None,
    **fields: Any,  # noqa: ANN401  # of an event
) -> Event:
    return Event(
        campaign_id=campaign.id,
        kind=kind,
        action=action,
        by=act.by,
        at=act.at,
        reason=act.reason,
        **fields,
    )
