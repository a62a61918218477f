"""What a command does to a campaign, whoever asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias, cast
from uuid import UUID

from attrs import evolve, frozen

from campaignkit.core._checks import short_repr
from campaignkit.core._decisions import Reason, make_decision
from campaignkit.core._immutable import FrozenMap
from campaignkit.decider._acts import (
    ActContext,
    count_channels,
    make_event,
    make_suggestion_event,
    separate_update,
)
from campaignkit.decider._suppressions import add_suppressions
from campaignkit.domain._campaign import Campaign, holds_leads
from campaignkit.domain._clients import ClientState
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
from campaignkit.domain._ledger import Assignment, ReleasedLead
from campaignkit.domain._permissions import Actor, Initiator
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import NotEditableError
from campaignkit.planning._intake import Intake, Release, intake, release

Outcome: TypeAlias = Campaign | Intake | Release
"""The outcome of a command that is applied: the campaign after it, an intake or a release."""


@frozen
class Effect:
    """The effect of a command on a campaign: its writes, and the facts that its event records."""

    before: Campaign
    command: Command
    writes: Writes[Any]
    leads: Mapping[str, Assignment]
    closed: tuple[SuggestionHead, ...]

    @property
    def has_writes(self) -> bool:
        """Whether it changes the campaign, its leads, or whom no campaign may contact."""
        writes = self.writes
        return writes.campaign is not None or bool(self.leads or writes.suppressions)

    @property
    def outcome(self) -> Outcome:
        """What comes of the command."""
        changed: Outcome | None = self.writes.campaign
        return cast("Outcome", self.writes.outcome) if changed is None else changed

    def event(self, kind: EventKind, act: ActContext, suggestion_id: UUID | None = None) -> Event:
        """Return the event that records it, or that it is suggested."""
        command, after = self.command, self.writes.campaign or self.before
        # Nobody knows what could not be read.
        known = [name for name in command.changed_fields if name not in self.before.faults]
        return make_event(
            self.before,
            act,
            kind,
            action=command.action,
            before=Fields.of(self.before, known),
            after=Fields.of(after, command.changed_fields),
            updated_at=separate_update(self.writes.campaign, act) if kind.is_done else None,
            day=command.day if isinstance(command, AssignLeads) else None,
            counts=count_channels(self.leads.values()),
            suggestion_id=suggestion_id,
        )

    def with_events(
        self, kind: EventKind, act: ActContext, suggestion_id: UUID | None = None
    ) -> Writes[Any]:
        """Return the writes with the events that record them."""
        if not self.has_writes and suggestion_id is None:
            return self.writes
        ended = [make_suggestion_event(self.before, head, act) for head in self.closed]
        return evolve(
            self.writes,
            suggestions=self.closed,
            events=(self.event(kind, act, suggestion_id), *ended),
        )


def apply_command(
    snapshot: Snapshot,
    command: Command,
    act: ActContext,
    *,
    approving: UUID | None = None,
    kept_out: Mapping[str, Reason] = FrozenMap[str, Reason](),
) -> Effect:
    """Return the effect of a command.

    Raises:
        RefusedError: the rules of the campaign refuse it.
    """
    check_command(command)
    campaign, leads = snapshot.campaign, dict[str, Assignment]()
    closed = tuple[SuggestionHead, ...]()
    writes: Writes[Any]
    match command:
        case AssignLeads():
            admitted = run_intake(snapshot, command, act, kept_out)
            leads, writes = dict(admitted.assignments), Writes(outcome=admitted)
            if leads:
                writes = Writes(
                    progress=admitted.progress,
                    assigned=tuple(leads.values()),
                    lifted=tuple(leads) if act.by.kind is Initiator.USER else (),
                    outcome=admitted,
                )
        case ReleaseLeads():
            gone = _run_release(snapshot, command, act, kept_out)
            leads, writes = dict(gone.released), Writes(outcome=gone)
            if leads:
                writes = evolve(_write_release(gone, act), outcome=gone)
            if command.suppress is not None:
                new, events = add_suppressions(
                    snapshot.client or ClientState(),
                    *(campaign.client_id, command.lead_ids, command.suppress, act),
                )
                writes = evolve(writes, suppressions=new, client_events=events)
        case Restore():
            restored = campaign.restore(at=act.at)
            writes = Writes(campaign=restored)
            if others := _release_elsewhere(snapshot, restored, act):
                leads = dict(others.released)
                writes = evolve(_write_release(others, act), campaign=restored)
        case _:
            if isinstance(command, Edit) and act.by.kind is Initiator.AI:
                _refuse_fixed_fields(campaign, command, act.by)
            writes = Writes(campaign=_apply_to_fields(campaign, command, act.at))
            if ends_pending(command):
                closed = _close_pending(snapshot.heads.values(), act, but=approving)
    return Effect(campaign, command, writes, leads, closed)


def _run_release(
    snapshot: Snapshot, command: ReleaseLeads, act: ActContext, kept_out: Mapping[str, Reason]
) -> Release:
    """Return the release of the leads of a command.

    The AI gives back nothing of a day that has begun: what it took could have been sent by then.

    Raises:
        NotEditableError: the campaign is completed or deleted.
        PermissionDeniedError: the AI would suppress leads.
    """
    campaign, by_ai = snapshot.campaign, act.by.kind is Initiator.AI
    if command.suppress is not None:
        act.require_user()
    return release(
        campaign,
        [lead_id for lead_id in command.lead_ids if lead_id not in kept_out],
        progress=snapshot.progress,
        already=snapshot.assignments,
        contacted=command.contacted,
        day_begun=act.last_begun_day(campaign) if by_ai else None,
    )


def _release_elsewhere(snapshot: Snapshot, restored: Campaign, act: ActContext) -> Release | None:
    """Return the release of leads that another campaign of the client has now; None for no leads.

    They may have been contacted where their day has begun.
    """
    client, elsewhere = snapshot.client, snapshot.elsewhere
    is_ruled = client is not None and client.policy.one_campaign_per_lead
    if not (is_ruled and elsewhere and holds_leads(restored)):
        return None
    return release(
        restored,
        elsewhere,
        progress=snapshot.progress,
        already=elsewhere,
        day_begun=act.last_begun_day(restored),
    )


def _write_release(gone: Release, act: ActContext) -> Writes[Any]:
    contacted = set(gone.contacted)
    released = [
        ReleasedLead(lead, contacted=lead_id in contacted, by=act.by, at=act.at)
        for lead_id, lead in gone.released.items()
    ]
    return Writes(progress=gone.progress, released=tuple(released))


def _refuse_fixed_fields(campaign: Campaign, command: Edit, by: Actor) -> None:
    """Refuse an edit of fields that the status keeps fixed, offering only those that `by` may edit.

    Raises:
        NotEditableError: there are such fields.
    """
    fixed = campaign.can(command.action, **command.edits)
    if Reason.NOT_EDITABLE in fixed.reasons:
        told = campaign.can(command.action, by=by, **command.edits)
        because = zip(told.reasons, told.messages, strict=True)
        raise NotEditableError(make_decision(*(one for one in because if one[0] in fixed.reasons)))


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


def run_intake(
    snapshot: Snapshot,
    command: AssignLeads,
    act: ActContext,
    kept_out: Mapping[str, Reason] = FrozenMap[str, Reason](),
) -> Intake:
    """Return the intake of the leads of a command.

    Raises:
        NotRunningError: the campaign is not running on that day.
    """
    return intake(
        snapshot.campaign,
        command.leads,
        progress=snapshot.progress,
        gate=act.gate,
        already=snapshot.assignments,
        kept_out=kept_out,
        horizon=command.horizon,
        at_most=command.at_most,
        client=snapshot.client,
        contacted=snapshot.contacted,
    )


def ends_pending(command: Command) -> bool:
    """Return whether a command closes pending suggestions, so that a decision must read them."""
    return isinstance(command, Complete | Delete)


def _close_pending(
    heads: Collection[SuggestionHead], act: ActContext, *, but: UUID | None
) -> tuple[SuggestionHead, ...]:
    """Return the pending suggestions as closed, or as expired if their expiry has passed."""
    return tuple(
        close_expired(head, act) or head.with_decision(SuggestionState.CLOSED, by=act.by, at=act.at)
        for head in sorted(heads, key=lambda head: head.id)
        if head.state is SuggestionState.PENDING and head.id != but
    )


def close_expired(head: SuggestionHead, act: ActContext) -> SuggestionHead | None:
    """Return a pending suggestion as expired, or None if its expiry has not passed."""
    if not head.is_expired(act.at):
        return None
    why = f"{Reason.EXPIRED.message}, at {head.expires_at}"
    return head.with_decision(SuggestionState.EXPIRED, by=act.by, at=act.at, why=why)


def close_outdated(
    snapshot: Snapshot, suggestion: Suggestion, act: ActContext
) -> tuple[SuggestionHead, Event] | None:
    """Return a pending suggestion as expired or stale with the event; None if it is neither."""
    campaign = snapshot.campaign
    if expired := close_expired(suggestion.head, act):
        return expired, make_suggestion_event(campaign, expired, act)
    moved = suggestion.basis_changes(campaign)
    messages = [
        f"{name} was {format_value(was)} and is {format_value(now)}"
        for name, (was, now) in moved.items()
    ]
    if isinstance(command := suggestion.command, ReleaseLeads) and (
        gone := [i for i in command.lead_ids if i not in snapshot.assignments]
    ):
        # It names none: these words are stored, and stay as they are where a lead is erased.
        verb = "is" if len(gone) == 1 else "are"
        messages.append(f"{len(gone):,} of the leads {verb} not in the campaign")
    if not messages:
        return None
    why = f"{Reason.STALE.message}: {'; '.join(messages)}"
    stale = suggestion.head.with_decision(SuggestionState.STALE, by=act.by, at=act.at, why=why)
    event = evolve(
        make_suggestion_event(campaign, stale, act),
        before=Fields({name: was for name, (was, _) in moved.items()}),
        after=Fields.of(campaign, moved),
    )
    return stale, event


def format_value(value: object) -> str:
    """Return the value of a field as messages show it."""
    if value is None:
        return "none"
    # Members of enumerations and times say what they are.
    return str(value) if isinstance(value, StrEnum | date) else short_repr(value)
