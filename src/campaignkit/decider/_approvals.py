"""Approvals: a suggestion is judged again by what is true when a user approves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from attrs import evolve, frozen

from campaignkit.core._channels import CHANNELS
from campaignkit.core._checks import date_error, is_mapping, is_text, short_repr, to_date
from campaignkit.core._decisions import Reason, make_decision
from campaignkit.core._escaping import escape_text
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._typed_base import TypedBase
from campaignkit.decider._acts import ActContext, RecordedRefusal, make_suggestion_event
from campaignkit.decider._effects import (
    Effect,
    Outcome,
    apply_command,
    close_expired,
    close_outdated,
    format_value,
)
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import AssignLeads, Command, Edit, lead_ids_of
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import Lead, get_ids, name_some, read_list, to_text_ids
from campaignkit.domain._permissions import deciding_reasons
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import (
    CampaignError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    PlanError,
    SuggestionError,
    TransientConflictError,
)
from campaignkit.planning._intake import Intake, Release


@frozen
class Approval:
    """The terms on which a suggestion is approved.

    `day` is another day for its leads, `lead_ids` the only ones that are approved, `leads` the
    leads as they are now, and `amend` the edit that is made instead.
    """

    day: date | None = None
    lead_ids: tuple[str, ...] | None = None
    leads: tuple[Lead, ...] | None = None
    amend: Edit | None = None

    @classmethod
    def from_arguments(
        cls,
        day: date | None,
        lead_ids: Iterable[LeadId] | None,
        leads: Iterable[Lead] | None,
        amend: Edit | Mapping[str, object] | None,
    ) -> Approval:
        """Return the terms that the arguments of `approve` state.

        Raises:
            CampaignError: `day` is not a date, or `amend` is no valid edit or comes with leads.
            PlanError: `leads` or `lead_ids` are not leads or ids, or there are none.
        """
        if day is not None and (fault := date_error(day)):
            raise CampaignError([f"day {fault}"])
        if amend is not None and (lead_ids is not None or leads is not None):
            raise CampaignError(
                ["amend must not come with leads or lead_ids: an edit has no leads"]
            )
        edit = _read_edit(amend)
        fresh = None if leads is None else tuple(read_list(leads, "leads"))
        if fresh is not None:
            to_text_ids(get_ids(fresh), "leads")
        some = None if lead_ids is None else tuple(to_text_ids(lead_ids))
        for name, named in (("leads", fresh), ("lead_ids", some)):
            if named == ():
                raise PlanError([f"{name} must name at least one lead to approve"])
        return cls(None if day is None else to_date(day), some, fresh, edit)

    def amend_command(self, command: Command) -> Command:
        """Return a suggested command as it is approved.

        Raises:
            PlanError: leads that were not suggested, or terms of leads for another command.
            CampaignError: an amendment of other fields, or of what is not an edit.
        """
        if isinstance(command, AssignLeads):
            if self.amend is not None:
                raise CampaignError([f"amend {describe_misfit(command)}"])
            return self._choose_leads(command)
        for name in ("day", "lead_ids", "leads"):
            if getattr(self, name) is not None:
                raise PlanError([f"{name} {describe_misfit(command)}, which assigns no leads"])
        if self.amend is None:
            return command
        if not isinstance(command, Edit):
            raise CampaignError([f"amend {describe_misfit(command)}"])
        if set(self.amend.fields) != set(command.fields):
            wanted, given = ", ".join(command.fields), ", ".join(self.amend.fields)
            raise CampaignError([f"amend must have the fields {wanted}, not {given}"])
        return self.amend

    def _choose_leads(self, command: AssignLeads) -> AssignLeads:
        if self.leads is not None:
            ids, command_ids = to_text_ids(get_ids(self.leads)), command.lead_ids
            if strangers := sorted(set(ids).difference(command_ids)):
                fault = f"these leads were not suggested: {name_some(strangers)}"
                raise PlanError([f"leads: {fault}"])
            command = evolve(command, leads=self.leads)
            if missing := sorted(
                set(self.lead_ids or ()).intersection(command_ids).difference(ids)
            ):
                raise PlanError([f"lead_ids must be among leads, which miss {name_some(missing)}"])
        if self.lead_ids is not None:
            command = command.restrict_to(self.lead_ids)
        return command if self.day is None else evolve(command, day=self.day)


def describe_misfit(command: Command) -> str:
    """Say of an argument that it does not go with a suggestion of this command."""
    return f"must be None for a suggestion to {command.action}"


def _read_edit(amend: Edit | Mapping[str, object] | None) -> Edit | None:
    """Return an amendment, which may be given by its fields.

    Raises:
        CampaignError: it is neither, or invalid.
    """
    if amend is None or isinstance(amend, Edit):
        return amend
    if not is_mapping(amend) or not all(map(is_text, amend)):
        raise CampaignError([f"amend must be an Edit or its fields, not {short_repr(amend)}"])
    try:
        return Edit(**cast("Any", dict(amend)))
    except CampaignError as error:
        raise CampaignError([f"amend: {fault}" for fault in error.faults]) from None


@frozen
class ApprovalPreview(TypedBase):
    """What an approval would do now.

    Give it to `approve` as `expect` to have done exactly this, or nothing.

    Attributes:
        suggestion: The suggestion, without its leads.
        command: What would be applied.
        outcome: What would come of it: a campaign, an `Intake` or a `Release`.
        changes: What is different from the suggestion, by name: each the value then and now. Of
            leads these are the `day`, the number for each channel, how many the approval is for
            (`approved`, admitted or not), and how many of them are `deferred`, `unassigned` and
            `already` in the campaign; of an edit the amended fields.

    >>> from datetime import date
    >>> from uuid import uuid4
    >>> from campaignkit import Actor, Campaign, CampaignService
    >>> from campaignkit.storage import MemoryStore
    >>> service, ann = CampaignService(MemoryStore()), Actor.user("ann")
    >>> acme, better = uuid4(), {"name": "Perth agencies"}
    >>> draft = service.create(Campaign.draft(client_id=acme, name="Perth"), by=ann)
    >>> idea = service.edit(acme, draft.id, name="Perth SEO", by=Actor.ai("scout"))
    >>> seen = service.preview_approval(acme, idea.id, by=ann, amend=better)
    >>> dict(seen.changes)
    {'name': ('Perth SEO', 'Perth agencies')}
    >>> service.approve(acme, idea.id, by=ann, amend=better, expect=seen).name
    'Perth agencies'
    """

    suggestion: SuggestionHead
    command: Command
    outcome: Outcome
    changes: Mapping[str, tuple[object, object]]

    def __str__(self) -> str:
        changed = "; ".join(
            f"{escape_text(name)} {format_value(was)} → {format_value(now)}"
            for name, (was, now) in self.changes.items()
        )
        return f"{self.outcome}" + (f" (since the suggestion: {changed})" if changed else "")

    @property
    def comparable(self) -> object:
        """What must be the same when it is approved; progress does not count."""
        outcome, head = self.outcome, self.suggestion
        match outcome:
            case Intake():
                channels = {i: one.channel for i, one in outcome.assignments.items()}
                others = {*outcome.already}, dict(outcome.deferred), dict(outcome.unassigned)
                what: object = (channels, others, getattr(self.command, "day", None))
            case Release():
                what = ({*outcome.released}, {*outcome.absent})
            case Campaign():  # which may have the time of the act
                what = self.command
        return head.id, head.revision, what


def approve(
    snapshot: Snapshot,
    as_read: Suggestion,
    act: ActContext,
    terms: Approval = Approval(),
    *,
    expect: ApprovalPreview | None = None,
) -> Writes[Outcome]:
    """Approve a suggestion: apply it to the campaign as it is now, on these terms.

    `as_read` is the suggestion for which the snapshot was read: with its leads, on its day.

    The outcome is a `RecordedRefusal` if it has expired or is stale, which is written.

    Raises:
        PermissionDeniedError: the actor is not a user.
        NotFoundError: the campaign does not have it.
        InvalidError: `today` of the host does not return a date.
        TransientConflictError: it has changed since it was read for this decision.
        ConflictError: it is no longer pending, or the outcome is not the expected one.
        SuggestionError: its day is over, or no lead would be admitted; it stays pending.
        RefusedError: the campaign's rules refuse the command now; the suggestion stays pending.
        CampaignError: the edited campaign would be invalid now, or an invalid amendment.
        PlanError: leads that were not suggested, or a suggestion that does not assign leads.
    """
    judged = _judge(snapshot, as_read, act, terms)
    if isinstance(judged, Writes):
        return judged
    suggestion, effect = judged
    act = act.not_before(suggestion)
    if expect is not None and _make_preview(suggestion, effect).comparable != expect.comparable:
        msg = f"suggestion {as_read.id} would no longer do what was previewed"
        raise ConflictError(msg)
    if not effect.has_writes:
        done = suggestion.head.with_decision(
            SuggestionState.CLOSED, by=act.by, at=act.at, why=_ALL_IN_CAMPAIGN
        )
        event = make_suggestion_event(snapshot.campaign, done, act)
        return Writes(suggestions=(done,), events=(event,), outcome=effect.outcome)
    decided = suggestion.head.with_decision(
        SuggestionState.APPROVED, by=act.by, at=act.at, why=act.reason
    )
    writes = effect.with_events(EventKind.APPROVED, act, as_read.id)
    return evolve(writes, suggestions=(decided, *writes.suggestions))


_ALL_IN_CAMPAIGN = "all of its leads are in the campaign already"


def preview_approval(
    snapshot: Snapshot, as_read: Suggestion, act: ActContext, terms: Approval
) -> ApprovalPreview:
    """Return what an approval would do now.

    Raises:
        SuggestionError: it has expired or is stale; otherwise as `approve`.
    """
    judged = _judge(snapshot, as_read, act, terms)
    if isinstance(judged, Writes):
        refusal: Any = judged.outcome
        raise refusal.error
    return _make_preview(*judged)


def _judge(
    snapshot: Snapshot, as_read: Suggestion, act: ActContext, terms: Approval
) -> Writes[Any] | tuple[Suggestion, Effect]:
    """Return the effect of an approval, or the writes that close what can be approved no more.

    Raises:
        CampaignKitError: as for `approve`.
    """
    suggestion = require_pending(snapshot, as_read, act)
    act = act.not_before(suggestion)
    if outdated := close_outdated(snapshot, suggestion, act):
        return _refuse_outdated(*outdated)
    command = terms.amend_command(suggestion.command)
    campaign = snapshot.campaign
    if isinstance(command, AssignLeads) and (
        reasons := act.day_passed_reasons(campaign, command.day)
    ):
        raise SuggestionError(make_decision(*reasons))
    effect = apply_command(snapshot, command, act, approving=as_read.id)
    outcome = effect.outcome
    if isinstance(outcome, Intake) and not effect.has_writes:
        others = {*outcome.deferred.values(), *outcome.unassigned.values()}
        if because := [(reason, reason.message) for reason in Reason if reason in others]:
            raise SuggestionError(make_decision(*because))
        if not set(lead_ids_of(suggestion.command)) <= set(snapshot.assignments):
            name = "leads" if terms.lead_ids is None else "lead_ids"
            raise PlanError([f"{name} must name a lead that is not in the campaign already"])
    return suggestion, effect


def _refuse_outdated(head: SuggestionHead, event: Event) -> Writes[Any]:
    reason = Reason.EXPIRED if head.state is SuggestionState.EXPIRED else Reason.STALE
    error = SuggestionError(make_decision((reason, head.why or reason.message)))
    return Writes(suggestions=(head,), events=(event,), outcome=RecordedRefusal(error))


def refuse_expired(
    snapshot: Snapshot, suggestion: Suggestion, act: ActContext
) -> Writes[Any] | None:
    """Return the writes that close an expired suggestion; None if it has not expired."""
    expired = close_expired(suggestion.head, act)
    if expired is None:
        return None
    return _refuse_outdated(expired, make_suggestion_event(snapshot.campaign, expired, act))


def require_pending(snapshot: Snapshot, as_read: Suggestion, act: ActContext) -> Suggestion:
    """Return a pending suggestion that the actor may decide on; it may have expired.

    The query for the snapshot was made of the suggestion `as_read`, before the campaign was locked.
    Since then the AI may have brought it up to date, or a user rejected some of its leads.

    Raises:
        PermissionDeniedError: the actor is not a user.
        NotFoundError: the campaign does not have it.
        TransientConflictError: it has other leads or another day than the snapshot.
        ConflictError: it is no longer pending.
    """
    if not (decision := make_decision(*deciding_reasons(act.by))):
        raise PermissionDeniedError(decision)
    suggestion = snapshot.suggestions.get(as_read.id)
    if suggestion is None:
        raise NotFoundError("suggestion", as_read.id)
    if suggestion.revision != as_read.revision:
        msg = f"suggestion {as_read.id} has changed since it was read"
        raise TransientConflictError(msg)
    if suggestion.state is not SuggestionState.PENDING:
        msg = f"suggestion {as_read.id} is {suggestion.state} already"
        raise ConflictError(msg)
    return suggestion


def _make_preview(suggestion: Suggestion, effect: Effect) -> ApprovalPreview:
    return ApprovalPreview(
        suggestion=suggestion.head,
        command=effect.command,
        outcome=effect.outcome,
        changes=_list_changes(suggestion, effect.command, effect.outcome),
    )


def _list_changes(
    suggestion: Suggestion, command: Command, outcome: Outcome
) -> Mapping[str, tuple[object, object]]:
    then: dict[str, object] = {}
    now: dict[str, object] = {}
    if isinstance(command, Edit) and isinstance(suggestion.command, Edit):
        then, now = dict(suggestion.command.fields), dict(command.fields)
    if isinstance(outcome, Intake) and isinstance(command, AssignLeads):
        counts = suggestion.counts
        then = {"day": suggestion.day, "approved": suggestion.lead_count}
        then |= {channel.value: counts[channel] for channel in CHANNELS}
        then |= {"deferred": suggestion.lead_count - counts.total, "unassigned": 0, "already": 0}
        now = {"day": command.day, "approved": len(command.leads)}
        now |= {channel.value: outcome.plan.counts[channel] for channel in CHANNELS}
        now |= {"deferred": len(outcome.deferred), "unassigned": len(outcome.unassigned)}
        now |= {"already": len(outcome.already)}
    return FrozenMap({name: (then[name], now[name]) for name in then if then[name] != now[name]})
