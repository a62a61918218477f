"""`campaignkit pause`, `complete` and their like: an act on a campaign without arguments."""

from __future__ import annotations

from sqlalchemy import URL

from campaignkit import Action, Actor, CampaignService, Suggestion, to_dict
from campaignkit.cli._database import open_existing
from campaignkit.cli._terminal import Result
from campaignkit.display._document import Document
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
    if isinstance(done, Suggestion):
        parts = suggestion_parts(done, campaign_name(stored))
        return Result(Document("", parts), {"suggestion": to_dict(done)})
    return Result(make_document(stored), {"campaign": to_dict(stored)})
