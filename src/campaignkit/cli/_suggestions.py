"""`campaignkit suggestions` and `suggestion`: what AIs suggest, in a list and one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import partial
from uuid import UUID

from sqlalchemy import URL

from campaignkit import (
    Campaign,
    CampaignService,
    Event,
    Suggestion,
    SuggestionHead,
    SuggestionState,
    to_dict,
)
from campaignkit.cli._database import iterate_pages, open_existing
from campaignkit.cli._next_step import suggestion_next_part
from campaignkit.cli._terminal import Result
from campaignkit.display._document import Document, Part
from campaignkit.display._parts import (
    campaign_name,
    corrupt_part,
    suggestion_part,
    suggestion_parts,
)
from campaignkit.storage import CampaignsQuery
from campaignkit.storage._applied import find_applied, query_applied


def list_suggestions(
    url: URL,
    wait: float,
    campaign: str | None,
    states: Collection[SuggestionState] | None,
    today: date | None,
) -> Result:
    """Return the suggestions in these states for one campaign, or for those of all clients.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    parts: list[Part] = []
    suggestions: list[Mapping[str, object]] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        service = CampaignService(database.store, today=fix_today(today))
        places: list[tuple[UUID, UUID | None]] = (
            [(client_id, None) for client_id in database.count_leads()]
            if campaign is None
            else [database.find_campaign(campaign)]
        )
        for client_id, campaign_id in places:
            read = partial(service.suggestions, client_id, campaign_id, states=states)
            for page in iterate_pages(read):
                names = find_names(service, client_id, (head.campaign_id for head in page.items))
                for head in page.items:
                    name = names[head.campaign_id]
                    applied = _read_applied(service, client_id, head)
                    parts.append(suggestion_part(head, name, applied))
                    more = {"campaign": name, "applied": to_dict(applied) if applied else None}
                    suggestions.append({**to_dict(head), **more})
                corrupt += map(str, page.corrupt)
    title = "" if parts or corrupt else "There are no such suggestions."
    return Result(
        Document(title, [*parts, *corrupt_part(corrupt)]),
        {"suggestions": suggestions, "corrupt": corrupt},
    )


def view_suggestion(url: URL, wait: float, suggestion_id: UUID, today: date | None) -> Result:
    """Return a suggestion with its leads and its campaign.

    Raises:
        CommandError: the database cannot be used, or there is no such suggestion.
    """
    with open_existing(url, wait) as database:
        service = CampaignService(database.store, today=fix_today(today))
        client_id = database.find_client_of_suggestion(suggestion_id)
        suggestion = service.suggestion(client_id, suggestion_id)
        campaign = database.read_campaign(client_id, suggestion.campaign_id)
        applied = _read_applied(service, client_id, suggestion)
    return Result(
        Document("", suggestion_parts(suggestion, campaign_name(campaign), applied)),
        {
            "suggestion": to_dict(suggestion),
            "campaign": to_dict(campaign),
            "applied": to_dict(applied) if applied else None,
        },
    )


def report_suggestion(suggestion: Suggestion, campaign: str, place: str) -> Result:
    """Return what an act became that waits for a user, and how a user decides on it."""
    parts = [*suggestion_parts(suggestion, campaign), *suggestion_next_part([suggestion], place)]
    return Result(Document("", parts), {"suggestion": to_dict(suggestion)})


def _read_applied(
    service: CampaignService, client_id: UUID, suggestion: Suggestion | SuggestionHead
) -> Event | None:
    """Return the event that has what was applied of a suggestion; None if nothing was."""
    query = query_applied(client_id, suggestion)
    return None if query is None else find_applied(service.ask(query))


def find_names(
    service: CampaignService, client_id: UUID, campaign_ids: Iterable[UUID]
) -> Mapping[UUID, str]:
    """Return the names of a client's campaigns; the id of one that cannot be read."""
    ids = set(campaign_ids)
    if not ids:
        return {}
    query = CampaignsQuery(client_id, include_deleted=True, ids=ids, limit=len(ids))
    names = {campaign.id: campaign.name for campaign in service.ask(query).items}
    return {campaign_id: names.get(campaign_id, str(campaign_id)) for campaign_id in ids}


def fix_today(today: date | None) -> Callable[[Campaign], date] | None:
    """Return the business day of a service: this day, or None for the default rule."""
    return None if today is None else lambda _: today
