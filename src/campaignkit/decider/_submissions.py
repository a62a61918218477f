"""Commands: what is applied at once, what becomes a suggestion, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from campaignkit.core._channels import POSITIONS
from campaignkit.core._decisions import Reason, make_decision
from campaignkit.core._escaping import escape_text
from campaignkit.core._immutable import FrozenMap
from campaignkit.decider._acts import (
    ActContext,
    RecordedRefusal,
    count_channels,
    make_event,
    make_suggestion_event,
)
from campaignkit.decider._effects import Effect, Outcome, apply_command, close_outdated, run_intake
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._commands import (
    AssignLeads,
    Command,
    ReleaseLeads,
    digest_command,
    lead_ids_of,
)
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._leads import MOST_NAMED, Lead, name_some
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._permissions import Initiator
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import (
    Suggestion,
    SuggestionHead,
    SuggestionState,
    expiry_error,
)
from campaignkit.errors import (
    ConflictError,
    InvalidError,
    NotRunningError,
    PermissionDeniedError,
)
from campaignkit.planning._intake import Intake, find_closed, join_kept_out, limit_reason


def submit(
    snapshot: Snapshot,
    command: Command,
    act: ActContext,
    *,
    suggestion_id: UUID,
    digest: str | None = None,
    expires_at: datetime | None = None,
) -> Writes[Outcome | Suggestion]:
    """Decide on a command: apply it, make it a suggestion, or refuse it.

    `digest` is the command's, from `digest_command`; it is computed if it is None. Only suggestions
    expire, but an invalid `expires_at` is refused in any case. The outcome may be a
    `RecordedRefusal`.

    Raises:
        RefusedError: the campaign's rules or its permission mode refuse it, or a user has rejected
            it, or it is for a day that is over.
        InvalidError: the command is invalid, its expiry is not later than now, or a function of the
            host returns something else than it must.
    """
    if expires_at is not None and (fault := expiry_error(expires_at, act.at)):
        raise InvalidError([f"expires_at {fault}"])
    if act.by.kind is Initiator.USER:
        return apply_command(snapshot, command, act).with_events(EventKind.APPLIED, act)
    digest = digest_command(command) if digest is None else digest
    permission = _Permission.of(snapshot, command, act, digest)
    kept_out = permission.kept_out
    effect = apply_command(snapshot, command, act, kept_out=kept_out)
    permission.require()
    if not permission.is_suggested:
        return effect.with_events(EventKind.APPLIED, act)
    new = Suggestion(
        id=suggestion_id,
        campaign_id=snapshot.campaign.id,
        command=_restrict_to_needed(effect),
        by=act.by,
        at=act.at,
        reason=act.reason,
        expires_at=expires_at,
        before=Suggestion.basis(snapshot.campaign, command),
        counts=count_channels(effect.leads.values()),
        digest=digest,
        unassigned=_list_unassigned(effect, kept_out),
    )
    return _suggest(snapshot, effect, new, act)


def preview(
    snapshot: Snapshot, command: AssignLeads, act: ActContext, *, digest: str | None = None
) -> Intake:
    """Return what an intake would do now, whether at once or after approval.

    `digest` is that of `submit`.

    Raises:
        RefusedError: as for `submit`.
    """
    if act.by.kind is Initiator.USER:
        return run_intake(snapshot, command, act)
    digest = digest_command(command) if digest is None else digest
    permission = _Permission.of(snapshot, command, act, digest)
    result = run_intake(snapshot, command, act, permission.kept_out)
    permission.require()
    has_leads = bool(result.assignments or result.deferred)
    nobody = permission.is_suggested and not has_leads
    if nobody and (reasons := _list_kept_out(snapshot, result.unassigned)):
        raise PermissionDeniedError(make_decision(*reasons))
    return result


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
    order, as the limits permit, and none on another channel than the planned one. They belong to
    the present epoch. The outcome is why each of the rest is not admitted, by its id.

    Raises:
        NotRunningError: the campaign is not running on that day.
        PermissionDeniedError: the actor may not do this at once, or is the AI and the day is over.
        ConflictError: the campaign no longer has that allocation.
    """
    campaign = snapshot.campaign
    present = snapshot.progress.for_allocation(campaign.allocation)
    if not (running := campaign.running(day)):
        raise NotRunningError(running)
    by_ai, rejected = act.by.kind is Initiator.AI, dict[str, Reason]()
    if by_ai:
        command = AssignLeads([Lead(one.lead_id, one.als_score) for one in planned], day)
        # What needs approval cannot be recorded, so it does not matter which leads are pending.
        reasons = act.permission_reasons(campaign, command)
        if reasons := reasons or act.day_passed_reasons(campaign, day):
            raise PermissionDeniedError(make_decision(*reasons))
        rejected = _list_rejected(snapshot, command)
    if campaign.allocation != allocation:
        msg = f"campaign {campaign.id} no longer has the shares that its leads were planned by"
        raise ConflictError(msg)
    absent = [one for one in planned if one.lead_id not in snapshot.assignments]
    barred = _list_barred(snapshot, absent, day, rejected)
    open_leads = [one for one in absent if one.lead_id not in barred]
    admitted, waiting = _fit_planned(snapshot, open_leads, present, day)
    left_out = FrozenMap(barred | waiting)
    assigned = tuple(evolve(one, epoch=present.epoch) for one in admitted)
    if not assigned:
        return Writes(outcome=left_out)
    counts = count_channels(assigned)
    event = make_event(
        campaign, act, EventKind.APPLIED, action=AssignLeads.action, day=day, counts=counts
    )
    return Writes(
        progress=present.admit(counts),
        assigned=assigned,
        lifted=() if by_ai else tuple(one.lead_id for one in assigned),
        events=(event,),
        outcome=left_out,
    )


def _list_barred(
    snapshot: Snapshot, planned: Sequence[Assignment], day: date, rejected: Mapping[str, Reason]
) -> dict[str, Reason]:
    """Return why leads must not be admitted on their planned channels, whatever room there is."""
    client, campaign_id = snapshot.client, snapshot.campaign.id
    kept_out = join_kept_out(campaign_id, day, client, snapshot.contacted, rejected)
    closed = find_closed(client, day)
    return {
        one.lead_id: reason
        for one in planned
        if (
            reason := Reason.SUPPRESSED
            if closed.get(one.lead_id, 0) >> POSITIONS[one.channel] & 1
            else kept_out.get(one.lead_id)
        )
    }


def _fit_planned(
    snapshot: Snapshot, planned: Sequence[Assignment], present: Progress, day: date
) -> tuple[list[Assignment], dict[str, Reason]]:
    """Return the leads that the limits let in, in their order, and for which limit others wait."""
    campaign, client = snapshot.campaign, snapshot.client
    room = {} if client is None else dict(client.room(day))
    capacity = campaign.capacity(present)
    total = campaign.remaining(present)[Reason.TOTAL_LIMIT]
    admitted: list[Assignment] = []
    waiting: dict[str, Reason] = {}
    rank = 0
    for one in planned:
        if rank >= capacity:
            waiting[one.lead_id] = limit_reason(rank, total)
        elif room.get(one.channel, 1) <= 0:
            waiting[one.lead_id] = Reason.CHANNEL_LIMIT
            continue
        else:
            admitted.append(one)
            if one.channel in room:
                room[one.channel] -= 1
        rank += 1
    return admitted, waiting


# -- What the AI may not do -----------------------------------------------------------------------


@frozen
class _Permission:
    """Whether the AI may do something: at once, as a suggestion, or not at all.

    `refusals` are the reasons against it, `kept_out` the leads that it may not name.
    """

    is_suggested: bool
    refusals: list[tuple[Reason, str]]
    kept_out: FrozenMap[str, Reason]

    @classmethod
    def of(cls, snapshot: Snapshot, command: Command, act: ActContext, digest: str) -> _Permission:
        """Return what the mode, the host, and earlier decisions of users permit."""
        reasons = act.permission_reasons(snapshot.campaign, command)
        is_suggested = [reason for reason, _ in reasons] == [Reason.NEEDS_APPROVAL]
        kept_out = _list_rejected(snapshot, command)
        if is_suggested:
            reasons = []
            kept_out = _list_pending(snapshot, command, act, digest) | kept_out
        reasons += _list_objections(snapshot, command, act, digest)
        return cls(is_suggested, reasons, FrozenMap(kept_out))

    def require(self) -> None:
        """Raise why the AI may not do it.

        Raises:
            PermissionDeniedError: there are reasons against it.
        """
        if self.refusals:
            raise PermissionDeniedError(make_decision(*self.refusals))


def _list_objections(
    snapshot: Snapshot, command: Command, act: ActContext, digest: str
) -> list[tuple[Reason, str]]:
    """Return why the AI may not do this in any mode; empty if it may.

    A day that is over takes in no more leads. What a user has rejected stays rejected while what
    the command depends on is as it was; the leads of an intake are rejected one by one.
    """
    if isinstance(command, AssignLeads):
        return act.day_passed_reasons(snapshot.campaign, command.day)
    live = sum(lead_id in snapshot.assignments for lead_id in lead_ids_of(command))
    for head in snapshot.heads.values():
        is_rejected = head.state is SuggestionState.REJECTED and head.digest == digest
        # A release depends on its leads: with fewer of them in the campaign it is another one.
        if is_rejected and live >= head.lead_count and not head.basis_changes(snapshot.campaign):
            why = escape_text(repr(head.why))  # in quotes: a model may read it
            message = f"{Reason.REJECTED_BEFORE.message} ({why}; suggestion {head.id})"
            return [(Reason.REJECTED_BEFORE, message)]
    return []


def _list_rejected(snapshot: Snapshot, command: Command) -> dict[str, Reason]:
    """Return the leads that users have rejected for the day of a command."""
    if not isinstance(command, AssignLeads):
        return {}
    rejections = snapshot.rejections.items()
    return {i: Reason.REJECTED for i, one in rejections if one.holds_on(command.day)}


def _list_pending(
    snapshot: Snapshot, command: Command, act: ActContext, digest: str
) -> dict[str, Reason]:
    """Return the leads that wait in another suggestion which may still be approved."""
    return {
        lead_id: Reason.ALREADY_SUGGESTED
        for lead_id, ids in snapshot.waiting.items()
        if any(_holds_leads(snapshot.heads.get(i), snapshot, command, act, digest) for i in ids)
    }


def _holds_leads(
    head: SuggestionHead | None,
    snapshot: Snapshot,
    command: Command,
    act: ActContext,
    digest: str,
) -> bool:
    """Return whether a suggestion keeps its leads out of another one of the same action.

    A release does so until it is decided or has expired: its other leads are not looked up.
    """
    if head is None or head.action is not command.action or head.digest == digest:
        return False
    return head.as_of(act.at, snapshot.campaign).state is SuggestionState.PENDING


# -- Suggestions ----------------------------------------------------------------------------------


def _restrict_to_needed(effect: Effect) -> Command:
    """Return a command with only those of its leads that an approval can need, ordered by id."""
    command, outcome = effect.command, effect.outcome
    if isinstance(command, AssignLeads) and isinstance(outcome, Intake):
        needed = {*outcome.assignments, *outcome.deferred}
        leads = {i: lead for lead in command.leads if (i := str(lead.id)) in needed}
        return evolve(command, leads=[evolve(leads[i], id=i) for i in sorted(leads)])
    if isinstance(command, ReleaseLeads):
        return evolve(command, lead_ids=sorted(effect.leads))
    return command


def _list_unassigned(effect: Effect, kept_out: Mapping[str, Reason]) -> Mapping[str, Reason]:
    """Return the leads that a suggestion leaves out, with the reasons."""
    if isinstance(effect.outcome, Intake):
        return effect.outcome.unassigned
    named = effect.command.lead_ids if isinstance(effect.command, ReleaseLeads) else ()
    return FrozenMap({i: kept_out[i] for i in named if i in kept_out})


def _suggest(snapshot: Snapshot, effect: Effect, new: Suggestion, act: ActContext) -> Writes[Any]:
    """Return the writes of a suggestion; an equal one that is pending is brought up to date.

    One that can no longer be approved is closed, and a new one is made.
    """
    closed: list[SuggestionHead] = []
    events: list[Event] = []
    is_approvable = not isinstance(effect.command, AssignLeads | ReleaseLeads) or bool(
        new.lead_count
    )
    for equal in _find_equal(snapshot, new.digest):
        outdated = close_outdated(snapshot, equal, act)
        if outdated is None and is_approvable:
            return _refresh(effect, equal, new, act)
        if outdated is None:
            head = equal.head.with_decision(
                SuggestionState.CLOSED,
                by=act.by,
                at=act.at,
                why="none of its leads can be admitted or released now",
            )
            outdated = head, make_suggestion_event(snapshot.campaign, head, act)
        closed.append(outdated[0])
        events.append(outdated[1])
    if effect.has_writes:
        suggested = effect.event(EventKind.SUGGESTED, act, new.id)
        return Writes(suggestions=(new, *closed), events=(*events, suggested), outcome=new)
    outcome: object = effect.outcome
    if not is_approvable and (because := _list_kept_out(snapshot, new.unassigned)):
        outcome = RecordedRefusal(PermissionDeniedError(make_decision(*because)))
    return Writes(suggestions=tuple(closed), events=tuple(events), outcome=outcome)


def _list_kept_out(
    snapshot: Snapshot, unassigned: Mapping[str, Reason]
) -> list[tuple[Reason, str]]:
    """Return why leads are kept out of a suggestion of which nobody is left.

    Each message names the leads and the suggestions. What a user said of them is in quotes: a model
    may read it.
    """
    kept_out: list[tuple[Reason, str]] = []
    for reason in (Reason.REJECTED, Reason.ALREADY_SUGGESTED):
        ids = sorted(lead_id for lead_id, why in unassigned.items() if why is reason)
        if ids:
            words = [name_some(ids), *_name_suggestions(snapshot, reason, ids)]
            kept_out.append((reason, f"{reason.message} ({'; '.join(words)})"))
    return kept_out


def _name_suggestions(snapshot: Snapshot, reason: Reason, lead_ids: Iterable[str]) -> Iterator[str]:
    """Name the suggestions that keep leads out, each after the user's reason if that is known."""
    found = (
        [snapshot.rejections[lead_id].suggestion_id]
        if reason is Reason.REJECTED
        else snapshot.waiting[lead_id]
        for lead_id in lead_ids
    )
    named = sorted({suggestion_id for ids in found for suggestion_id in ids})
    for suggestion_id in named[:MOST_NAMED]:
        head = snapshot.heads.get(suggestion_id)
        if reason is Reason.REJECTED and head is not None and head.why is not None:
            yield escape_text(repr(head.why))
        yield f"suggestion {suggestion_id}"
    if len(named) > MOST_NAMED:
        yield f"and {len(named) - MOST_NAMED} more suggestions"


def _find_equal(snapshot: Snapshot, digest: str) -> list[Suggestion]:
    return [
        suggestion
        for suggestion in snapshot.suggestions.values()
        if suggestion.state is SuggestionState.PENDING and suggestion.digest == digest
    ]


def _refresh(
    effect: Effect, equal: Suggestion, new: Suggestion, act: ActContext
) -> Writes[Suggestion]:
    """Return the writes that bring a suggestion up to date; none if it is."""
    if (equal.command, equal.unassigned) == (new.command, new.unassigned):
        return Writes(outcome=equal)
    fresh = evolve(
        equal,
        command=new.command,
        counts=new.counts,
        unassigned=new.unassigned,
        revision=equal.revision + 1,
    )
    event = effect.event(EventKind.REFRESHED, act, equal.id)
    return Writes(suggestions=(fresh,), events=(event,), outcome=fresh)
