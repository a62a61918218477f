"""Rejections: what a user rejects, and how long it is kept out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from attrs import evolve

from campaignkit.core._checks import LONGEST_TEXT, date_error, text_error, to_date
from campaignkit.core._decisions import Reason
from campaignkit.decider._acts import ActContext, count_channels, make_suggestion_event
from campaignkit.decider._approvals import (
    describe_misfit,
    refuse_expired,
    require_pending,
)
from campaignkit.decider._effects import run_intake
from campaignkit.domain._campaign import CampaignStatus, evolve_campaign
from campaignkit.domain._commands import AssignLeads, Command
from campaignkit.domain._events import EventKind
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionState
from campaignkit.errors import InvalidError, PlanError


def reject(
    snapshot: Snapshot,
    as_read: Suggestion,
    act: ActContext,
    *,
    lead_ids: Iterable[str] | None = None,
    until: date | None = None,
) -> Writes[Suggestion]:
    """Reject a suggestion, or some of its leads, for the reason of the act.

    `as_read` is as in `approve`.

    The AI cannot bring the rejected leads into the campaign until after `until`. Without
    `lead_ids` these are the leads that an approval would admit on the suggestion's day if the
    campaign were running; if that is nobody, all of them.

    The outcome is a `RecordedRefusal` if it has expired, which is written.

    Raises:
        PermissionDeniedError: the actor is not a user.
        NotFoundError: the campaign does not have it.
        TransientConflictError: it has changed since it was read for this decision.
        ConflictError: it is no longer pending.
        InvalidError: the act has no reason, or `until` is not a date, is over, or is given for a
            command without leads to assign.
        PlanError: leads that were not suggested, or a suggestion that does not assign leads.
    """
    suggestion = require_pending(snapshot, as_read, act)
    act, command = act.not_before(suggestion), suggestion.command
    faults = [f"reason {fault}"] if (fault := text_error(act.reason, LONGEST_TEXT)) else []
    if until is not None and (fault := _until_error(snapshot, until, command, act)):
        faults.append(f"until {fault}")
    if faults:
        raise InvalidError(faults)
    if refused := refuse_expired(snapshot, suggestion, act):
        return refused
    decided = suggestion.with_decision(
        SuggestionState.REJECTED, by=act.by, at=act.at, why=act.reason
    )
    if not isinstance(command, AssignLeads):
        if lead_ids is not None:
            raise PlanError([f"lead_ids {describe_misfit(command)}, which assigns no leads"])
        return _reject_whole(snapshot, decided, act)
    if lead_ids is None:
        ids = tuple(_simulate_intake(snapshot, command, act)) or command.lead_ids
        rest: tuple[str, ...] = ()
    else:
        ids = command.restrict_to(lead_ids).lead_ids
        if not ids:
            raise PlanError(["lead_ids must name at least one lead to reject"])
        rest = tuple(sorted(set(command.lead_ids).difference(ids)))
    until = None if until is None else to_date(until)
    new = [_keep_longer(snapshot, Rejection(i, as_read.id, until)) for i in ids]
    rejections = {**suggestion.rejections, **{one.lead_id: one for one in new}}
    if not rest:
        return _reject_whole(snapshot, evolve(decided, rejections=rejections), act, new)
    remaining = command.restrict_to(rest)
    reduced = evolve(
        suggestion,
        command=remaining,
        counts=count_channels(_simulate_intake(snapshot, remaining, act).values()),
        unassigned={**suggestion.unassigned, **dict.fromkeys(ids, Reason.REJECTED)},
        rejections=rejections,
        revision=suggestion.revision + 1,
    )
    event = make_suggestion_event(snapshot.campaign, reduced, act, EventKind.REFRESHED)
    return Writes(suggestions=(reduced,), rejections=tuple(new), events=(event,), outcome=reduced)


def _until_error(snapshot: Snapshot, until: date, command: Command, act: ActContext) -> str | None:
    """Say what is wrong with the last day of a rejection."""
    if fault := date_error(until):
        return fault
    if not isinstance(command, AssignLeads):
        return describe_misfit(command)
    if (first := act.first_open_day(snapshot.campaign)) > to_date(until):
        return f"must not be over: {until} is before {first}, the first day that is not"
    return None


def _reject_whole(
    snapshot: Snapshot, decided: Suggestion, act: ActContext, new: Iterable[Rejection] = ()
) -> Writes[Suggestion]:
    """Return the writes of a rejected suggestion, with the new rejections of its leads."""
    event = make_suggestion_event(snapshot.campaign, decided, act)
    return Writes(
        suggestions=(decided.head,), rejections=tuple(new), events=(event,), outcome=decided
    )


def _simulate_intake(
    snapshot: Snapshot, command: AssignLeads, act: ActContext
) -> Mapping[str, Assignment]:
    """Return the leads that an approval would admit, were the campaign running on that day."""
    running = evolve_campaign(
        snapshot.campaign,
        status=CampaignStatus.ACTIVE,
        deleted_at=None,
        start_date=None,
        end_date=None,
    )
    return run_intake(evolve(snapshot, campaign=running), command, act).assignments


def _keep_longer(snapshot: Snapshot, rejection: Rejection) -> Rejection:
    """Return a rejection that holds at least as long as the lead's present one."""
    present = snapshot.rejections.get(rejection.lead_id)
    if present is None or rejection.until is None:
        return rejection
    until = present.until and max(present.until, rejection.until)
    return evolve(rejection, until=until)
