"""`campaignkit suggestions`, `approve` and `reject`: what an AI suggests, and a user's decision."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from attrs import frozen
from sqlalchemy import URL

from campaignkit import (
    Actor,
    AssignLeads,
    Campaign,
    CampaignService,
    Intake,
    InvalidError,
    Release,
    Suggestion,
    SuggestionState,
    to_dict,
)
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._database import iterate_pages, open_existing
from campaignkit.core._sentences import format_count
from campaignkit.display._descriptions import describe_command
from campaignkit.display._document import Document, Sentences
from campaignkit.display._parts import corrupt_part, suggestion_part


@frozen
class SuggestionList:
    """Suggestions, each with the name of its campaign, and errors of unreadable ones."""

    suggestions: tuple[tuple[Suggestion, str], ...]
    corrupt: tuple[str, ...]

    def to_document(self) -> Document:
        """Return the report for people."""
        is_empty = not self.suggestions and not self.corrupt
        parts = [suggestion_part(suggestion, name) for suggestion, name in self.suggestions]
        title = "There are no such suggestions." if is_empty else ""
        return Document(title, [*parts, *corrupt_part(self.corrupt)])

    def to_json(self) -> Mapping[str, object]:
        """Return the document that `--json` prints."""
        return {
            "suggestions": [
                {**to_dict(suggestion), "campaign": name} for suggestion, name in self.suggestions
            ],
            "corrupt": self.corrupt,
        }


@frozen
class ApproveResult:
    """An approved suggestion, and what its command did."""

    suggestion: Suggestion
    done: Campaign | Intake | Release

    def to_document(self) -> Document:
        """Return the report for people."""
        done, command, some = self.done, self.suggestion.command, ""
        if isinstance(done, Intake) and isinstance(command, AssignLeads):
            leads = len({*done.assignments, *done.already, *done.deferred, *done.unassigned})
            some = f", {leads:,} of them" if leads < len(command.leads) else ""
        lines = [*_describe_done(done)]
        return Document(f"Approved: {describe_command(command)}{some}", [Sentences(lines)])

    def to_json(self) -> Mapping[str, object]:
        """Return the document that `--json` prints."""
        name = type(self.done).__name__.lower()
        return {"suggestion": to_dict(self.suggestion), name: to_dict(self.done)}


def _describe_done(done: Campaign | Intake | Release) -> Sequence[str]:
    match done:
        case Campaign():
            return [f"{done.name} is {'deleted' if done.deleted_at else done.status}"]
        case Intake():
            outcomes = {
                "taken": len(done.assignments),
                "in the campaign already": len(done.already),
                "kept waiting by a limit": len(done.deferred),
                "for which no channel is open": len(done.unassigned),
            }
            return [
                f"{format_count(leads, 'lead')} {outcome}"
                for outcome, leads in outcomes.items()
                if leads or outcome == "taken"
            ]
        case Release():
            return [f"{format_count(len(done.released), 'lead')} released"]


@frozen
class RejectResult:
    """A rejected suggestion."""

    suggestion: Suggestion

    def to_document(self) -> Document:
        """Return the report for people."""
        suggestion = self.suggestion
        return Document(f"Rejected: {describe_command(suggestion.command)} ({suggestion.why})")

    def to_json(self) -> Mapping[str, object]:
        """Return the document that `--json` prints."""
        return {"suggestion": to_dict(self.suggestion)}


def list_suggestions(
    url: URL, wait: float, campaign: str | None, states: Collection[SuggestionState] | None
) -> SuggestionList:
    """Return the suggestions in these states for one campaign, or for those of all clients.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    with open_existing(url, wait) as database:
        service = CampaignService(database.store)
        places: list[tuple[UUID, UUID | None]] = (
            [(client_id, None) for client_id in database.count_leads()]
            if campaign is None
            else [database.find_campaign(campaign)]
        )
        found: list[tuple[Suggestion, str]] = []
        corrupt: list[str] = []
        for client_id, campaign_id in places:
            read = partial(service.suggestions, client_id, campaign_id, states=states)
            for page in iterate_pages(read):
                corrupt += map(str, page.corrupt)
                for one in page.items:
                    its_campaign = service.get(client_id, one.campaign_id, include_deleted=True)
                    found.append((one, its_campaign.name))
    return SuggestionList(tuple(found), tuple(corrupt))


def approve_suggestion(
    url: URL, wait: float, suggestion_id: UUID, by: Actor, lead_ids: Sequence[str] | None
) -> ApproveResult:
    """Approve a suggestion, or some of its leads.

    Raises:
        CommandError: the database or the rules refuse, or the suggestion is not pending.
    """
    with open_existing(url, wait) as database, _explain_invalid():
        service = CampaignService(database.store)
        client_id = database.find_client_of_suggestion(suggestion_id)
        done = service.approve(client_id, suggestion_id, by=by, lead_ids=lead_ids)
        return ApproveResult(service.suggestion(client_id, suggestion_id), done)


def reject_suggestion(
    url: URL, wait: float, suggestion_id: UUID, by: Actor, why: str
) -> RejectResult:
    """Reject a suggestion.

    Raises:
        CommandError: the database refuses, or the suggestion is not pending.
    """
    with open_existing(url, wait) as database, _explain_invalid():
        service = CampaignService(database.store)
        client_id = database.find_client_of_suggestion(suggestion_id)
        return RejectResult(service.reject(client_id, suggestion_id, by=by, why=why))


@contextmanager
def _explain_invalid() -> Generator[None]:
    """Turn invalid arguments into the end of the command."""
    try:
        yield
    except InvalidError as error:
        raise CommandError(str(error)) from error
