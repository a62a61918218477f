"""`campaignkit show`, `history` and `feed`: what a database has of campaigns, and their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from attrs import evolve
from sqlalchemy import URL

from campaignkit import Campaign, CampaignService, Event, Progress, to_dict
from campaignkit.cli._campaign_toml import read_client_id
from campaignkit.cli._database import iterate_pages, open_existing
from campaignkit.cli._next_step import campaign_next_part
from campaignkit.cli._suggestions import find_names
from campaignkit.cli._terminal import Result
from campaignkit.core._sentences import format_count
from campaignkit.display._campaign_documents import client_limit_parts
from campaignkit.display._document import Column, Document, Facts, Part, Row, Sentences, Table
from campaignkit.display._parts import (
    campaign_facts,
    campaign_name,
    campaign_title,
    corrupt_part,
    event_part,
    number_column,
    progress_facts,
    progress_table,
    readable_parts,
)


def view_campaign(url: URL, wait: float, campaign: str, day: date | None) -> Result:
    """Return the campaign of an id or a file, deleted or not, and its progress.

    Raises:
        CommandError: the database or the file cannot be used, or there is no such campaign.
    """
    with open_existing(url, wait) as database:
        snapshot = database.store.snapshot(*database.find_campaign(campaign), day=day)
    stored, progress = snapshot.campaign, snapshot.progress
    ahead = campaign_next_part(stored, campaign, database.place)
    if stored.faults:
        so_far = Facts(progress_facts(progress), "Progress")
        return Result(
            Document(campaign_title(stored), [*readable_parts(stored), so_far, *ahead]),
            {"campaign": to_dict(stored), "progress": to_dict(progress)},
        )
    facts = [*progress_facts(progress, stored)]
    plain: dict[str, object] = {"campaign": to_dict(stored)}
    limits: Sequence[Part] = ()
    if day is not None:
        facts.append(("admits", _describe_capacity(stored, progress, day)))
        brief = stored.brief(day, progress, client=snapshot.client)
        limits = client_limit_parts(brief)
        plain["client_room"] = {channel.value: leads for channel, leads in brief.room.items()}
    plain["progress"] = progress_json(stored, progress)
    return Result(
        Document(
            campaign_title(stored),
            [
                Facts(campaign_facts(stored)),
                Facts(facts, "Progress"),
                progress_table(progress, stored.allocation),
                *limits,
                *ahead,
            ],
        ),
        plain,
    )


def _describe_capacity(campaign: Campaign, progress: Progress, day: date) -> str:
    """Say how many more leads a campaign admits on a day, or why none."""
    reasons = [message for _, message in campaign.not_running_reasons(day)]
    reasons += [why.message for why, left in campaign.remaining(progress).items() if not left]
    if reasons:
        return f"no lead on {day}: {'; '.join(reasons)}"
    return f"up to {format_count(campaign.capacity(progress), 'more lead')} on {day}"


def progress_json(campaign: Campaign, progress: Progress) -> Mapping[str, object]:
    """Return a progress as JSON has it, with the capacity that it leaves on its day."""
    document: dict[str, object] = to_dict(progress)
    if progress.day is not None:
        running = campaign.running(progress.day)
        document["running"] = running.allowed
        document["reasons"] = running.reasons
        document["capacity"] = campaign.capacity(progress) if running else 0
    return document


def list_campaigns(url: URL, wait: float) -> Result:
    """Return the campaigns of all clients, without deleted ones.

    Raises:
        CommandError: the database cannot be used.
    """
    columns = [Column("id", is_id=True), Column("status"), number_column("leads"), Column("name")]
    parts: list[Part] = []
    campaigns: list[Mapping[str, object]] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        for client_id, leads in database.count_leads().items():
            rows: list[Row] = []
            for page in iterate_pages(partial(database.store.find, client_id)):
                for each in page.items:
                    count = leads.get(each.id, 0)
                    rows.append((str(each.id), each.status, count, each.name))
                    campaigns.append({**to_dict(each), "admitted_total": count})
                corrupt += map(str, page.corrupt)
            if rows:
                parts.append(Table(columns, rows, caption=f"Client {client_id}"))
    title = "" if parts else "There are no campaigns."
    return Result(
        Document(title, [*parts, *corrupt_part(corrupt)]),
        {"campaigns": campaigns, "corrupt": corrupt},
    )


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
        stored = database.read_campaign(*key)
    return Result(
        Document(
            f"{campaign_name(stored)}: {format_count(len(events), 'event')}",
            [event_part(events), *corrupt_part(corrupt)],
        ),
        {
            "campaign": to_dict(stored),
            "events": [to_dict(event) for event in events],
            "corrupt": corrupt,
        },
    )


def view_feed(url: URL, wait: float, client: str, cursor: str | None, limit: int | None) -> Result:
    """Return the events of a client's campaigns behind a cursor, and the cursor behind them.

    Without a limit these are all that there are now.

    Raises:
        CommandError: the database or the file cannot be used, or the cursor is not the client's.
    """
    client_id = read_client_id(client)
    events: list[Event] = []
    corrupt: list[str] = []
    with open_existing(url, wait) as database:
        service = CampaignService(database.store)
        while True:
            page = service.feed(client_id, cursor, limit=_PAGE if limit is None else limit)
            events += page.items
            corrupt += map(str, page.corrupt)
            is_last = limit is not None or page.next == cursor
            cursor = page.next
            if is_last:
                break
        names = find_names(service, client_id, (event.campaign_id for event in events))
    by_campaign: dict[UUID, list[Event]] = {}
    for event in events:
        by_campaign.setdefault(event.campaign_id, []).append(event)
    parts: list[Part] = [
        evolve(event_part(some), caption=names[campaign_id])
        for campaign_id, some in by_campaign.items()
    ]
    return Result(
        Document(
            format_count(len(events), "event"),
            [*parts, *corrupt_part(corrupt), Sentences([str(cursor)], "Next cursor")],
        ),
        {"events": [to_dict(event) for event in events], "next": cursor, "corrupt": corrupt},
    )


_PAGE = 1_000
