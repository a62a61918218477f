"""`campaignkit show`: a campaign and its progress, or all campaigns of a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from itertools import groupby

from attrs import frozen
from sqlalchemy import URL

from campaignkit import Campaign, Progress, to_dict
from campaignkit.cli._database import iterate_pages, open_existing
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Column, Document, Facts, Part, Row, Table
from campaignkit.display._parts import (
    campaign_facts,
    campaign_title,
    corrupt_part,
    number_column,
    progress_facts,
    progress_table,
)


@frozen
class CampaignView:
    """A campaign, and its progress on a day or on none."""

    campaign: Campaign
    progress: Progress

    def to_document(self) -> Document:
        """Return the report for people."""
        progress = [*progress_facts(self.progress, self.campaign)]
        if self.progress.day is not None:
            progress.append(("takes", _describe_capacity(self.campaign, self.progress)))
        return Document(
            campaign_title(self.campaign),
            [
                Facts(campaign_facts(self.campaign)),
                Facts(progress, "Progress"),
                progress_table(self.progress, self.campaign.allocation),
            ],
        )

    def to_json(self) -> Mapping[str, object]:
        """Return the document that `--json` prints."""
        return {
            "campaign": to_dict(self.campaign),
            "progress": progress_json(self.campaign, self.progress),
        }


def _describe_capacity(campaign: Campaign, progress: Progress) -> str:
    """Say how many more leads a campaign takes on the day of its progress, or why none."""
    assert progress.day is not None  # noqa: S101  # the caller has checked it
    reasons = [words for _, words in campaign.not_running_reasons(progress.day)]
    reasons += [why.message for why, left in campaign.remaining(progress).items() if not left]
    if reasons:
        return f"no lead on {progress.day}: {'; '.join(reasons)}"
    return f"up to {format_count(campaign.capacity(progress), 'more lead')} on {progress.day}"


def progress_json(campaign: Campaign, progress: Progress) -> Mapping[str, object]:
    """Return a progress as JSON has it, with the capacity that it leaves on its day."""
    document: dict[str, object] = to_dict(progress)
    if progress.day is not None:
        running = campaign.running(progress.day)
        document["running"] = running.allowed
        document["reasons"] = running.reasons
        document["capacity"] = campaign.capacity(progress) if running else 0
    return document


@frozen
class CampaignList:
    """Campaigns by client, each with the number of its leads, and errors of unreadable ones."""

    campaigns: tuple[tuple[Campaign, int], ...]
    corrupt: tuple[str, ...]

    def to_document(self) -> Document:
        """Return the report for people."""
        by_client = groupby(self.campaigns, key=lambda each: each[0].client_id)
        columns = [
            Column("id", is_id=True),
            Column("status"),
            number_column("leads"),
            Column("name"),
        ]
        parts: list[Part] = []
        for client_id, campaigns in by_client:
            rows: list[Row] = [(str(c.id), c.status, leads, c.name) for c, leads in campaigns]
            parts.append(Table(columns, rows, caption=f"Client {client_id}"))
        title = "" if parts else "There are no campaigns."
        return Document(title, [*parts, *corrupt_part(self.corrupt)])

    def to_json(self) -> Mapping[str, object]:
        """Return the document that `--json` prints."""
        return {
            "campaigns": [
                {**to_dict(campaign), "admitted_total": leads} for campaign, leads in self.campaigns
            ],
            "corrupt": self.corrupt,
        }


def list_campaigns(url: URL, wait: float) -> CampaignList:
    """Return the campaigns of all clients, without deleted ones.

    Raises:
        CommandError: the database cannot be used.
    """
    found: list[tuple[Campaign, int]] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        for client_id, leads in database.count_leads().items():
            for page in iterate_pages(partial(database.store.find, client_id)):
                found += [(campaign, leads.get(campaign.id, 0)) for campaign in page.items]
                corrupt += map(str, page.corrupt)
    return CampaignList(tuple(found), tuple(corrupt))


def view_campaign(url: URL, wait: float, campaign: str, day: date | None) -> CampaignView:
    """Return the campaign of an id or a file, deleted or not, and its progress.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    with open_existing(url, wait) as database:
        snapshot = database.store.snapshot(*database.find_campaign(campaign), day=day)
    return CampaignView(snapshot.campaign, snapshot.progress)
