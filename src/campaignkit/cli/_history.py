"""`campaignkit history`: the events of a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from attrs import frozen
from sqlalchemy import URL

from campaignkit import Campaign, CampaignService, Event, to_dict
from campaignkit.cli._database import iterate_pages, open_existing
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Document
from campaignkit.display._parts import corrupt_part, event_part


@frozen
class HistoryView:
    """A campaign, its events in their order, and errors of unreadable ones."""

    campaign: Campaign
    events: tuple[Event, ...]
    corrupt: tuple[str, ...]

    def to_document(self) -> Document:
        """Return the report for people."""
        return Document(
            f"{self.campaign.name}: {format_count(len(self.events), 'event')}",
            [event_part(self.events), *corrupt_part(self.corrupt)],
        )

    def to_json(self) -> Mapping[str, object]:
        """Return the document that `--json` prints."""
        return {
            "campaign": to_dict(self.campaign),
            "events": [to_dict(event) for event in self.events],
            "corrupt": self.corrupt,
        }


def view_history(url: URL, wait: float, campaign: str) -> HistoryView:
    """Return the events of the campaign of an id or a file, deleted or not.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    with open_existing(url, wait) as database:
        service, key = CampaignService(database.store), database.find_campaign(campaign)
        events: list[Event] = []
        corrupt: list[str] = []
        for page in iterate_pages(partial(service.history, *key)):
            events += page.items
            corrupt += map(str, page.corrupt)
        return HistoryView(service.get(*key, include_deleted=True), tuple(events), tuple(corrupt))
