"""`campaignkit history`: the events of a campaign."""

from __future__ import annotations

from functools import partial

from sqlalchemy import URL

from campaignkit import CampaignService, Event, to_dict
from campaignkit.cli._database import iterate_pages, open_existing
from campaignkit.cli._terminal import Result
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Document
from campaignkit.display._parts import corrupt_part, event_part


def view_history(url: URL, wait: float, campaign: str) -> Result:
    """Return the events of the campaign of an id or a file, deleted or not.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    events: list[Event] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        service, key = CampaignService(database.store), database.find_campaign(campaign)
        for page in iterate_pages(partial(service.history, *key)):
            events += page.items
            corrupt += map(str, page.corrupt)
        stored = service.get(*key, include_deleted=True)
    return Result(
        Document(
            f"{stored.name}: {format_count(len(events), 'event')}",
            [event_part(events), *corrupt_part(corrupt)],
        ),
        {
            "campaign": to_dict(stored),
            "events": [to_dict(event) for event in events],
            "corrupt": corrupt,
        },
    )
