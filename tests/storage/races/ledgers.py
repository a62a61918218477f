"""What is stored for a campaign, read by plain SQL, and what must hold of it after every race."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Engine, MetaData, select

import campaignkit as ck
from campaignkit.storage import Store
from campaignkit.storage.sqlalchemy import define_tables

CLIENT = UUID(int=7)
DAY = date(2026, 11, 23)
NEXT_DAY = date(2026, 11, 24)
ANN = ck.Actor.user("ann")

TABLES = define_tables(MetaData(), clients=None)


def make_service(store: Store, *, ahead: timedelta = timedelta()) -> ck.CampaignService:
    """Return a service for which it is `DAY`, on a host whose clock is ahead."""
    return ck.CampaignService(store, clock=lambda: datetime.now(UTC) + ahead, today=lambda _: DAY)


ENDS = ("approved", "rejected", "stale", "expired", "closed")
"""The states in which a suggestion stays."""


@frozen
class Row:
    """A lead, as it is stored."""

    lead_id: str
    channel: str
    day: date
    epoch: int


@frozen
class Ledger:
    """What is stored for a campaign; `progress` is empty where there is no such row.

    `suggestions` has their states, `events` their kinds, in the order of their numbers.
    """

    campaign: Mapping[str, Any]
    progress: Mapping[str, Any]
    days: Mapping[date, int]
    leads: tuple[Row, ...]
    suggestions: Mapping[UUID, str]
    events: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        return [lead.lead_id for lead in self.leads]


def read(engine: Engine, campaign_id: UUID) -> Ledger:
    """Read the ledger, without the library."""
    campaigns, progress, days, leads = (
        *(TABLES.campaigns, TABLES.progress),
        *(TABLES.days, TABLES.leads),
    )
    suggestions, events = TABLES.suggestions, TABLES.events
    rows = select(leads.c.lead_id, leads.c.channel, leads.c.day, leads.c.epoch)
    with engine.connect() as connection:
        one = (
            connection.execute(select(campaigns).where(campaigns.c.id == campaign_id))
            .mappings()
            .one()
        )
        done = connection.execute(select(progress).where(progress.c.campaign_id == campaign_id))
        counts = connection.execute(
            select(days.c.day, days.c.admitted).where(days.c.campaign_id == campaign_id)
        )
        taken = connection.execute(
            rows.where(leads.c.campaign_id == campaign_id).order_by(leads.c.lead_id)
        )
        row = done.mappings().one_or_none()
        states = connection.execute(
            select(suggestions.c.id, suggestions.c.state).where(
                suggestions.c.campaign_id == campaign_id
            )
        )
        told = connection.execute(
            select(events.c.number, events.c.kind)
            .where(events.c.campaign_id == campaign_id)
            .order_by(events.c.number)
        ).all()
        assert [number for number, _ in told] == list(range(1, len(told) + 1))
        return Ledger(
            campaign=dict(one),
            progress={} if row is None else dict(row),
            days={day: admitted for day, admitted in counts if admitted},
            leads=tuple(Row(*values) for values in taken),
            suggestions={row[0]: row[1] for row in states},
            events=tuple(kind for _, kind in told),
        )


def checked(engine: Engine, campaign_id: UUID) -> Ledger:
    """Read the ledger, and hold that its counters equal its rows and are within the limits."""
    ledger = read(engine, campaign_id)
    assert ledger.days == Counter(lead.day for lead in ledger.leads)
    if ledger.progress:
        epoch = ledger.progress["epoch"]
        carried = Counter(lead.channel for lead in ledger.leads if lead.epoch == epoch)
        assert ledger.progress["admitted_total"] == len(ledger.leads)
        assert {c: ledger.progress[f"{c}_carried"] for c in ck.Channel} == {
            channel: carried[channel] for channel in ck.Channel
        }
    else:
        assert not ledger.leads
    limits = ledger.campaign["daily_lead_limit"], ledger.campaign["total_lead_limit"]
    assert max(ledger.days.values(), default=0) <= limits[0]
    assert limits[1] is None or len(ledger.leads) <= limits[1]
    return ledger


def running(**fields: Any) -> ck.Campaign:  # as of a draft
    """Return a campaign that is running, as a host might have made it: nothing is stored yet."""
    draft = ck.Campaign.draft(client_id=CLIENT, name="0", **fields)
    return draft.activate(at=draft.created_at)
