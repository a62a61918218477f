"""`campaignkit approve` and `reject`: a user's decision on what an AI suggests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypedDict, cast
from uuid import UUID

from attrs import Factory, evolve, frozen
from sqlalchemy import URL

from campaignkit import (
    Activate,
    Actor,
    ApprovalPreview,
    AssignLeads,
    Campaign,
    CampaignService,
    ChannelCounts,
    Command,
    Edit,
    Fields,
    Intake,
    Lead,
    Reason,
    Release,
    StructureError,
    SuggestionError,
    SuggestionState,
    Targeting,
    from_dict,
    to_dict,
)
from campaignkit.cli._command_error import CommandError, FileError
from campaignkit.cli._database import name_options, open_existing
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._next_step import campaign_next_part
from campaignkit.cli._suggestions import fix_today
from campaignkit.cli._terminal import Result, show_progress
from campaignkit.core._sentences import format_count
from campaignkit.display._descriptions import describe_command, describe_kept_out, list_channels
from campaignkit.display._document import Document, Part, Sentences
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    campaign_name,
    campaign_state,
    lead_count,
    lead_reason_part,
    name_ids,
)
from campaignkit.domain._campaign import Edits
from campaignkit.serialization._read_errors import is_object


@frozen(kw_only=True)
class ApprovalJob:
    """Which suggestion to approve, on which terms."""

    url: URL
    wait: float
    suggestion_id: UUID
    by: Actor
    today: date | None
    day: date | None
    lead_ids: Sequence[str] | None
    leads: LeadsInput | None
    fields: Fields
    expect: str | None


class _Terms(TypedDict):
    """The arguments of `CampaignService.approve` that say what is approved."""

    day: date | None
    lead_ids: Sequence[str] | None
    leads: Sequence[Lead] | None
    amend: Edit | None


def view_approval(job: ApprovalJob) -> Result:
    """Return what an approval would do now, and write nothing.

    Raises:
        CommandError: what `approve_suggestion` would raise.
    """
    with open_existing(job.url, job.wait) as database, _name_options():
        service = CampaignService(database.store, today=fix_today(job.today))
        client_id = database.find_client_of_suggestion(job.suggestion_id)
        terms, file = _read_terms(service, client_id, job)
        seen = service.preview_approval(client_id, job.suggestion_id, by=job.by, **terms)
    shown = make_document(seen)
    return Result(
        Document(shown.title, [*shown.parts, *file.to_parts()]),
        {"preview": to_dict(seen), **file.to_json()},
    )


def approve_suggestion(job: ApprovalJob) -> Result:
    """Approve a suggestion, or a part of it.

    Raises:
        CommandError: a file, the database or the rules refuse, the suggestion is not pending, or it
            would not do what was expected.
    """
    with open_existing(job.url, job.wait) as database, _name_options():
        service = CampaignService(database.store, today=fix_today(job.today))
        client_id = database.find_client_of_suggestion(job.suggestion_id)
        terms, file = _read_terms(service, client_id, job)
        expect = None if job.expect is None else _read_preview(job.expect)
        done = service.approve(client_id, job.suggestion_id, by=job.by, expect=expect, **terms)
        suggestion = service.suggestion(client_id, job.suggestion_id)
    ahead: list[Part] = []
    if isinstance(done, Campaign) and isinstance(suggestion.command, Activate):
        ahead = campaign_next_part(done, str(done.id), database.place)
    command, some, why = suggestion.command, "", ""
    if isinstance(done, Intake) and isinstance(command, AssignLeads):
        leads = lead_count(done)
        some = f", {leads:,} of them" if leads < len(command.leads) else ""
        command = evolve(command, day=done.progress.day or command.day)
    if suggestion.state is SuggestionState.CLOSED:
        why = f" ({suggestion.why})"
    title = f"{suggestion.state.capitalize()}: {describe_command(terms['amend'] or command)}"
    return Result(
        Document(
            f"{title}{some}{why}", [Sentences(_describe_done(done)), *file.to_parts(), *ahead]
        ),
        {
            "suggestion": to_dict(suggestion),
            type(done).__name__.lower(): to_dict(done),
            **file.to_json(),
        },
    )


def _read_terms(
    service: CampaignService, client_id: UUID, job: ApprovalJob
) -> tuple[_Terms, _FreshLeads]:
    """Return the terms of an approval, and what was read of the file of leads.

    Raises:
        FileError: the file of leads cannot be read, or has bad rows or leads of others.
    """
    file, amend = _FreshLeads(), None
    if job.leads is not None or job.fields:  # only these depend on what was suggested
        suggestion = service.suggestion(client_id, job.suggestion_id)
        command = suggestion.command
        if job.leads is not None:
            campaign = service.get(client_id, suggestion.campaign_id, include_deleted=True)
            file = _read_fresh_leads(command, job.leads, campaign.targeting)
        if job.fields:
            suggested = command.fields if isinstance(command, Edit) else Fields()
            amend = Edit(**cast("Edits", {**suggested, **job.fields}))
    terms = _Terms(day=job.day, lead_ids=job.lead_ids, leads=file.leads, amend=amend)
    return terms, file


@frozen
class _FreshLeads:
    """What a file of leads has: suggested leads as they are now, others, and bad rows.

    `left_out` says why suggested leads do not fit the targeting of the campaign.
    """

    leads: Sequence[Lead] | None = None
    strangers: Sequence[str] = ()
    left_out: Mapping[str, Reason] = Factory(dict[str, Reason])
    batch: Batch | None = None

    def to_parts(self) -> list[Part]:
        """Return what was left out, if anything."""
        if self.batch is None:
            return []
        parts = [
            *self.batch.describe_reading(),
            *lead_reason_part("Not approved", self.left_out.items()),
            *self.batch.left_out_parts(),
        ]
        if self.strangers:
            others = format_count(len(self.strangers), "lead")
            caption = f"Left out: {others} of the file, not in the suggestion"
            parts.append(Sentences([name_ids(self.strangers)], caption))
        return parts

    def to_json(self) -> Mapping[str, object]:
        """Return the number of rows and what was left out, as JSON has it."""
        if self.batch is None:
            return {}
        return {
            "read_as": self.batch.reading_json(),
            "rows": self.batch.rows,
            "bad_rows": self.batch.bad.to_json(),
            "strangers": self.strangers,
            "targeting": self.batch.targeting_json,
            "left_out": self.left_out,
        }


def _read_fresh_leads(command: Command, leads: LeadsInput, targeting: Targeting) -> _FreshLeads:
    """Return the leads of a file that were suggested, but for those that do not fit a targeting.

    Raises:
        FileError: the file has bad rows, or leads that were not suggested, unless these are left
            out; or it has none of those that were, or none of these fits.
    """
    leads.check_outputs()
    with leads.open() as file, show_progress(file.size) as stage:
        batch = leads.read(file, stage, "approved", targeting)
    if not isinstance(command, AssignLeads):
        return _FreshLeads(batch.leads, batch=batch)  # the service refuses it
    suggested = set(command.lead_ids)
    strangers = [str(lead.id) for lead in batch.leads if lead.id not in suggested]
    none_left = len(strangers) == len(batch.leads)
    if strangers and (not leads.skip_bad or none_left):
        advice = [] if none_left else ["leave them out with --skip-bad"]
        message = (
            f"{file.name}: {len(strangers):,} of {format_count(len(batch.leads), 'lead')} not in"
            " the suggestion, so nothing was approved"
        )
        raise FileError(message, [name_ids(strangers), *advice], {"strangers": strangers})
    found = batch.find_left_out()
    left_out = {lead_id: found[lead_id] for lead_id in sorted(suggested & found.keys())}
    known = [lead for lead in batch.leads if lead.id in suggested and lead.id not in left_out]
    if not known and batch.targeting is not None and left_out:
        message = f"{file.name}: no suggested lead fits the targeting, so nothing was approved"
        raise FileError(message, batch.targeting.describe(), {"left_out": left_out})
    return _FreshLeads(known, strangers, left_out, batch)


def _read_preview(path: str) -> ApprovalPreview:
    """Return the preview of a file that `approve --preview --json` has written.

    Raises:
        FileError: the file has no preview.
    """
    message = f"{path} is not what `approve --preview --json` prints"
    try:
        data = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise FileError(message, [f"it is not JSON: {error}"]) from error
    try:
        return from_dict(ApprovalPreview, data["preview"] if is_object(data) else data)
    except KeyError as error:
        raise FileError(message, ["it has no preview"]) from error
    except StructureError as error:
        raise FileError(message, error.faults, {"faults": list(error.faults)}) from error


def _describe_done(done: Campaign | Intake | Release) -> Sequence[str]:
    match done:
        case Campaign():
            return [f"{campaign_name(done)} is {campaign_state(done)}"]
        case Intake():
            counts = ChannelCounts(Counter(new.channel for new in done.assignments.values()))
            reserved = sum(reason is Reason.RESERVED for reason in done.deferred.values())
            outcomes = {
                f"admitted{list_channels(counts)}": len(done.assignments),
                "in the campaign already": len(done.already),
                "kept for a later day": reserved,
                "kept waiting by a limit": len(done.deferred) - reserved,
                "for which no channel is open": len(done.unassigned),
            }
            return [
                f"{format_count(leads, 'lead')} {outcome}"
                for outcome, leads in outcomes.items()
                if leads or outcome == "admitted"
            ]
        case Release():
            return [f"{format_count(len(done.released), 'lead')} released"]


def reject_suggestion(
    url: URL,
    wait: float,
    suggestion_id: UUID,
    by: Actor,
    *,
    reason: str,
    lead_ids: Sequence[str] | None,
    until: date | None,
    today: date | None,
) -> Result:
    """Reject a suggestion, or some of its leads.

    Raises:
        CommandError: the database refuses, or the suggestion is not pending.
    """
    with open_existing(url, wait) as database, _name_options():
        service = CampaignService(database.store, today=fix_today(today))
        client_id = database.find_client_of_suggestion(suggestion_id)
        rejected = service.reject(
            client_id, suggestion_id, by=by, reason=reason, lead_ids=lead_ids, until=until
        )
    what, lines = describe_command(rejected.command), list(describe_kept_out(rejected))
    if rejected.state is SuggestionState.PENDING:
        what = format_count(len(set(lead_ids or ())), "lead")
        lines.append(f"{format_count(rejected.lead_count, 'lead')} of the suggestion left, pending")
    return Result(
        Document(f"Rejected: {what} ({reason})", [Sentences(lines)]),
        {"suggestion": to_dict(rejected)},
    )


_OPTIONS = {
    "amend": "--set",
    "day": "--day",
    "lead_ids": "--lead",
    "leads": "--leads",
    "reason": "--reason",
    "until": "--until",
}
"""The option of each argument of `approve` and `reject`."""


@contextmanager
def _name_options() -> Generator[None]:
    """Turn errors that options can avoid into the end of the command, in words of options."""
    try:
        with name_options(_OPTIONS):
            yield
    except SuggestionError as error:
        if Reason.DAY_PASSED not in error.reasons:
            raise
        advice = "--day approves it for another day, --today says which day it is for you"
        reasons = [reason.value for reason in error.reasons]
        raise CommandError(str(error), [advice], {"reasons": reasons}) from error
