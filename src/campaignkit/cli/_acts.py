"""`campaignkit pause`, `complete` and their like: an act on a campaign without arguments."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from attrs import evolve
from sqlalchemy import URL

from campaignkit import Action, Actor, CampaignService, Event, EventKind, Suggestion, to_dict
from campaignkit.cli._database import OpenDatabase, iterate_pages, open_existing
from campaignkit.cli._terminal import Result
from campaignkit.display._descriptions import describe_moved_leads
from campaignkit.display._document import Document, Sentences
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import campaign_name, suggestion_parts
from campaignkit.domain._commands import FIELD_COMMANDS


def change_campaign(
    url: URL, wait: float, campaign: str, action: Action, *, by: Actor, reason: str | None
) -> Result:
    """Do an act on the campaign of an id or a file; return the campaign, or what waits for a user.

    It works on a corrupt row as well, unless the act depends on what cannot be read.

    Raises:
        CommandError: the database or the file cannot be used, or the rules refuse.
    """
    with open_existing(url, wait) as database:
        key = database.find_campaign(campaign)
        service = CampaignService(database.store)
        done = service.submit(*key, FIELD_COMMANDS[action](), by=by, reason=reason)
        stored = database.read_campaign(*key)
        is_restored = action is Action.RESTORE and not isinstance(done, Suggestion)
        event = _find_last_event(database, key, action) if is_restored else None
    if isinstance(done, Suggestion):
        parts = suggestion_parts(done, campaign_name(stored))
        return Result(Document("", parts), {"suggestion": to_dict(done)})
    document, plain = make_document(stored), {"campaign": to_dict(stored)}
    if event is not None:
        plain["released"] = event.counts.total
        if event.counts.total:
            warning = Sentences([describe_moved_leads(event)], is_warning=True)
            document = evolve(document, parts=[*document.parts, warning])
    return Result(document, plain)


def _find_last_event(
    database: OpenDatabase, key: tuple[UUID, UUID], action: Action
) -> Event | None:
    """Return the last event of an act that was done."""
    pages = iterate_pages(partial(database.store.history, *key))
    events = [event for page in pages for event in page.items if event.kind is EventKind.APPLIED]
    return next((event for event in reversed(events) if event.action is action), None)
