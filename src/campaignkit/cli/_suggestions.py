"""`campaignkit suggestions`, `approve` and `reject`: what an AI suggests, and a user's decision."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from sqlalchemy import URL

from campaignkit import (
    Actor,
    AssignLeads,
    Campaign,
    CampaignService,
    Intake,
    InvalidError,
    Release,
    SuggestionState,
    to_dict,
)
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._database import iterate_pages, open_existing
from campaignkit.cli._terminal import Result
from campaignkit.core._sentences import format_count
from campaignkit.display._descriptions import describe_command
from campaignkit.display._document import Document, Part, Sentences
from campaignkit.display._parts import corrupt_part, suggestion_part


def list_suggestions(
    url: URL, wait: float, campaign: str | None, states: Collection[SuggestionState] | None
) -> Result:
    """Return the suggestions in these states for one campaign, or for those of all clients.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    parts: list[Part] = []
    suggestions: list[Mapping[str, object]] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        service = CampaignService(database.store)
        places: list[tuple[UUID, UUID | None]] = (
            [(client_id, None) for client_id in database.count_leads()]
            if campaign is None
            else [database.find_campaign(campaign)]
        )
        for client_id, campaign_id in places:
            read = partial(service.suggestions, client_id, campaign_id, states=states)
            for page in iterate_pages(read):
                for each in page.items:
                    name = service.get(client_id, each.campaign_id, include_deleted=True).name
                    parts.append(suggestion_part(each, name))
                    suggestions.append({**to_dict(each), "campaign": name})
                corrupt += map(str, page.corrupt)
    title = "" if parts or corrupt else "There are no such suggestions."
    return Result(
        Document(title, [*parts, *corrupt_part(corrupt)]),
        {"suggestions": suggestions, "corrupt": corrupt},
    )


def approve_suggestion(
    url: URL, wait: float, suggestion_id: UUID, by: Actor, lead_ids: Sequence[str] | None
) -> Result:
    """Approve a suggestion, or some of its leads.

    Raises:
        CommandError: the database or the rules refuse, or the suggestion is not pending.
    """
    with open_existing(url, wait) as database, _explain_invalid():
        service = CampaignService(database.store)
        client_id = database.find_client_of_suggestion(suggestion_id)
        done = service.approve(client_id, suggestion_id, by=by, lead_ids=lead_ids)
        suggestion = service.suggestion(client_id, suggestion_id)
    command, some = suggestion.command, ""
    if isinstance(done, Intake) and isinstance(command, AssignLeads):
        leads = len({*done.assignments, *done.already, *done.deferred, *done.unassigned})
        some = f", {leads:,} of them" if leads < len(command.leads) else ""
    return Result(
        Document(f"Approved: {describe_command(command)}{some}", [Sentences(_describe_done(done))]),
        {"suggestion": to_dict(suggestion), type(done).__name__.lower(): to_dict(done)},
    )


def _describe_done(done: Campaign | Intake | Release) -> Sequence[str]:
    match done:
        case Campaign():
            return [f"{done.name} is {'deleted' if done.deleted_at else done.status}"]
        case Intake():
            outcomes = {
                "admitted": len(done.assignments),
                "in the campaign already": len(done.already),
                "kept waiting by a limit": len(done.deferred),
                "for which no channel is open": len(done.unassigned),
            }
            return [
                f"{format_count(leads, 'lead')} {outcome}"
                for outcome, leads in outcomes.items()
                if leads or outcome == "admitted"
            ]
        case Release():
            return [f"{format_count(len(done.released), 'lead')} released"]


def reject_suggestion(url: URL, wait: float, suggestion_id: UUID, by: Actor, why: str) -> Result:
    """Reject a suggestion.

    Raises:
        CommandError: the database refuses, or the suggestion is not pending.
    """
    with open_existing(url, wait) as database, _explain_invalid():
        service = CampaignService(database.store)
        client_id = database.find_client_of_suggestion(suggestion_id)
        rejected = service.reject(client_id, suggestion_id, by=by, why=why)
    return Result(
        Document(f"Rejected: {describe_command(rejected.command)} ({rejected.why})"),
        {"suggestion": to_dict(rejected)},
    )


@contextmanager
def _explain_invalid() -> Generator[None]:
    """Turn invalid arguments into the end of the command."""
    try:
        yield
    except InvalidError as error:
        raise CommandError(str(error)) from error
