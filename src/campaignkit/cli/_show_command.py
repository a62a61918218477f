"""What a database holds: its campaigns, or one of them and its progress."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import URL

from campaignkit.cli._campaign_report import Listed, Listing, Shown
from campaignkit.cli._campaign_toml import named_campaign
from campaignkit.cli._database import existing


def look_through(url: URL, wait: float) -> Listing:
    """Return the campaigns of all clients, but those that are deleted.

    Raises:
        Refusal: the database cannot be used.
    """
    found: list[Listed] = []
    corrupt: list[str] = []
    with existing(url, wait) as database:
        for client_id, leads in database.leads().items():
            after: UUID | None = None
            while True:
                page = database.store.find(client_id, after=after)
                found += [Listed(campaign, leads.get(campaign.id, 0)) for campaign in page.items]
                corrupt += map(str, page.corrupt)
                if (after := page.next) is None:
                    break
    return Listing(tuple(found), tuple(corrupt))


def look_at(url: URL, wait: float, campaign: str, day: date | None) -> Shown:
    """Return the campaign that an id or a file names, and its progress, deleted or not.

    Raises:
        Refusal: the database cannot be used, or has no such campaign; or the file cannot.
    """
    client_id, campaign_id = named_campaign(campaign)
    with existing(url, wait) as database:
        owner = client_id or database.owner(campaign_id)
        snapshot = database.store.snapshot(owner, campaign_id, day=day)
    return Shown(snapshot.campaign, snapshot.progress)
