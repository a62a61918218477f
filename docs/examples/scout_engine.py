"""A small Scout engine: read the briefs of campaigns, find prospects, submit them as intakes.

    python scout_engine.py [--async] sqlite:///host.db

reads days such as 2026-11-23 from standard input, one per line. It serves all campaigns that are
running on the day, then prints one line. Any number of engines may run at the same time.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    create_engine,
    exists,
    select,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import campaignkit as ck
from campaignkit.storage.sqlalchemy import (
    AsyncSQLAlchemyStore,
    SQLAlchemyStore,
    define_tables,
    matches_clause,
    normalised_column,
)

# -- The host's tables ----------------------------------------------------------------------------

METADATA = MetaData()
TABLES = define_tables(METADATA, clients=None)
_texts = {name: Column(name, Text) for name in ("industry", "title", "location")}
PROSPECTS = Table(
    "prospects",
    METADATA,
    Column("id", Text, primary_key=True),
    *_texts.values(),
    Column("employees", Integer, CheckConstraint("employees >= 0")),
    Column("phone", Text),
    Column("engagement", Integer, nullable=False),
    *(normalised_column(f"{name}_words", text) for name, text in _texts.items()),
)
C = PROSPECTS.c

SCOUT = ck.Actor.ai("scout")
LOWEST_SCORE = ck.DEFAULT_GATE.bounds[ck.ALSTier.COLD]
EVERYWHERE = frozenset(ck.Channel)
BY_PHONE = {ck.Channel.VOICE, ck.Channel.SMS}

# -- Leads for one campaign -----------------------------------------------------------------------


def candidates(brief: ck.Brief) -> Select[*tuple[Any, ...]]:
    """Return a query for prospects that may fit and are not in the campaign yet, best first."""
    leads = TABLES.leads
    is_admitted = exists().where(leads.c.campaign_id == brief.campaign_id, leads.c.lead_id == C.id)
    may_fit = matches_clause(
        brief.targeting,
        industry=C.industry_words,
        title=C.title_words,
        company_size=C.employees,
        location=C.location_words,
        normalised=True,
    )
    is_scored = C.engagement >= LOWEST_SCORE
    return (
        select(PROSPECTS)
        .where(may_fit, is_scored, ~is_admitted)
        .order_by(C.engagement.desc(), C.id)
    )


def to_lead(row: Row[*tuple[Any, ...]]) -> ck.Lead:
    """Return a prospect as a lead. The host computes the score; here it is the engagement."""
    reachable = EVERYWHERE if row.phone else EVERYWHERE - BY_PHONE
    return ck.Lead(row.id, als_score=min(row.engagement, 100), reachable=reachable)


def select_leads(brief: ck.Brief, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[ck.Lead]:
    """Return the best prospects that fit, as many as the campaign may admit today.

    The query also returns prospects whose text is not ASCII, so `match` checks each row again.
    """
    fitting = (row for row in rows if _verdict(brief, row) is ck.Fit.YES)
    return [to_lead(row) for row in islice(fitting, brief.today)]


def _verdict(brief: ck.Brief, row: Row[*tuple[Any, ...]]) -> ck.Fit:
    prospect = ck.Prospect(
        industry=row.industry,
        title=row.title,
        company_size=row.employees,
        location=row.location,
    )
    return brief.targeting.match(prospect).verdict


def reason(brief: ck.Brief) -> str:
    """Return the reason for an intake: the needs of the campaign."""
    return "; ".join(map(str, brief.needs))


PENDING = {ck.SuggestionState.PENDING}

# A user or another engine may have changed the campaign since the brief was read.
CHANGED_MEANWHILE = (ck.NotRunningError, ck.TransitionError)


# -- The engine -----------------------------------------------------------------------------------


def run_day(service: ck.CampaignService, host: Engine, day: date) -> list[ck.Brief]:
    """Serve all campaigns that are running on a day; return the briefs that need a user."""
    left: list[ck.Brief] = []
    for campaign in running_campaigns(service, day):
        brief = service.brief(campaign.client_id, campaign.id, day)
        try:
            serve(service, host, brief, by=SCOUT)
        except ck.PermissionDeniedError:  # manual mode
            left.append(brief)
        except CHANGED_MEANWHILE:
            pass
    return left


def running_campaigns(service: ck.CampaignService, day: date) -> Iterator[ck.Campaign]:
    """Iterate over the campaigns of all clients that are running on a day."""
    page = service.running_across_clients(day)
    yield from page.items
    while page.next is not None:
        page = service.running_across_clients(day, after=page.next)
        yield from page.items


def serve(service: ck.CampaignService, host: Engine, brief: ck.Brief, *, by: ck.Actor) -> None:
    """Submit leads for a campaign, or complete it when its total limit is reached.

    Skip a campaign with a pending suggestion: a user must decide on it first.
    """
    key = brief.client_id, brief.campaign_id
    if service.suggestions(*key, states=PENDING).items:
        return
    if brief.in_all == 0:
        service.complete(*key, by=by, reason="the total lead limit is reached")
    elif brief.today:
        with host.connect() as connection:
            leads = select_leads(brief, connection.execute(candidates(brief)))
        if leads:
            service.intake(*key, leads, day=brief.day, by=by, reason=reason(brief))


# -- The async engine -----------------------------------------------------------------------------


async def run_day_async(
    service: ck.AsyncCampaignService, host: AsyncEngine, day: date
) -> list[ck.Brief]:
    """Do the same as `run_day`."""
    left: list[ck.Brief] = []
    async for campaign in running_campaigns_async(service, day):
        brief = await service.brief(campaign.client_id, campaign.id, day)
        try:
            await serve_async(service, host, brief, by=SCOUT)
        except ck.PermissionDeniedError:
            left.append(brief)
        except CHANGED_MEANWHILE:
            pass
    return left


async def running_campaigns_async(
    service: ck.AsyncCampaignService, day: date
) -> AsyncIterator[ck.Campaign]:
    """Do the same as `running_campaigns`."""
    page = await service.running_across_clients(day)
    for campaign in page.items:
        yield campaign
    while page.next is not None:
        page = await service.running_across_clients(day, after=page.next)
        for campaign in page.items:
            yield campaign


async def serve_async(
    service: ck.AsyncCampaignService, host: AsyncEngine, brief: ck.Brief, *, by: ck.Actor
) -> None:
    """Do the same as `serve`."""
    key = brief.client_id, brief.campaign_id
    if (await service.suggestions(*key, states=PENDING)).items:
        return
    if brief.in_all == 0:
        await service.complete(*key, by=by, reason="the total lead limit is reached")
    elif brief.today:
        async with host.connect() as connection:
            leads = select_leads(brief, await connection.execute(candidates(brief)))
        if leads:
            await service.intake(*key, leads, day=brief.day, by=by, reason=reason(brief))


# -- The command ----------------------------------------------------------------------------------


def days() -> Iterator[date]:
    """Read days from standard input."""
    return (date.fromisoformat(line.strip()) for line in sys.stdin)


def answer(day: date, left: list[ck.Brief]) -> None:
    """Print that a day is done."""
    print(f"{day}: {len(left)} left to users", flush=True)


def main(url: str) -> None:
    """Run the engine."""
    host = create_engine(url)
    with SQLAlchemyStore.open(url, TABLES) as store:
        for day in days():
            answer(day, run_day(ck.CampaignService(store), host, day))
    host.dispose()


async def main_async(url: str) -> None:
    """Run the async engine."""
    host = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
    async with await AsyncSQLAlchemyStore.open(url, TABLES) as store:
        for day in days():
            answer(day, await run_day_async(ck.AsyncCampaignService(store), host, day))
    await host.dispose()


if __name__ == "__main__":
    *options, target = sys.argv[1:]
    if options == ["--async"]:
        asyncio.run(main_async(target))
    else:
        main(target)
