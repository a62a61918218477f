"""A small Scout engine: read the briefs of campaigns, find prospects, submit them as intakes.

    python scout_engine.py [--async] sqlite:///host.db

reads days such as 2026-11-23 from standard input, one per line. It serves all campaigns that are
running on the day, then prints one line, and on standard error a line for each campaign whose row
breaks a rule. Any number of engines may run at the same time: a command that is pending already is
not suggested twice.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    create_engine,
    exists,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import campaignkit as ck
from campaignkit.storage import Page
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
    """Return a query for prospects that may fit, best first.

    It leaves out those that are in the campaign already, and those that a user has rejected.
    """
    leads, rejected = TABLES.leads.c, TABLES.rejections.c
    is_admitted = exists().where(leads.campaign_id == brief.campaign_id, leads.lead_id == C.id)
    is_rejected = exists().where(
        rejected.campaign_id == brief.campaign_id,
        rejected.lead_id == C.id,
        or_(rejected.until.is_(None), rejected.until >= brief.day),
    )
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
        .where(may_fit, is_scored, ~is_admitted, ~is_rejected)
        .order_by(C.engagement.desc(), C.id)
    )


def suggested_prospects(suggestion: ck.Suggestion) -> Select[*tuple[Any, ...]]:
    """Return a query for the prospects that a suggestion names."""
    command = suggestion.command
    named = command.lead_ids if isinstance(command, ck.AssignLeads) else ()
    return select(PROSPECTS).where(C.id.in_({*named, *suggestion.unassigned})).order_by(C.id)


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


def choose_leads(
    connection: Connection, brief: ck.Brief, passed: Sequence[ck.Suggestion]
) -> list[list[ck.Lead]]:
    """Return the leads to submit, in batches.

    A suggestion whose day has passed is submitted again, with the scores of today: that brings it
    up to date. Without such suggestions there is one batch, of the best prospects.
    """
    if passed:
        queries = map(suggested_prospects, passed)
        return [[to_lead(row) for row in connection.execute(query)] for query in queries]
    leads = select_leads(brief, connection.execute(candidates(brief)))
    return [leads] if leads else []


def reason(brief: ck.Brief) -> str:
    """Return the reason for an intake: the needs of the campaign."""
    return "; ".join(map(str, brief.needs))


PENDING = {ck.SuggestionState.PENDING}
LIFETIME = timedelta(days=7)
"""After this time a suggestion expires, and its leads may be suggested again."""

# A user or another engine may have changed the campaign since the brief was read.
CHANGED_MEANWHILE = (ck.NotRunningError, ck.TransitionError)


def make_service(store: SQLAlchemyStore, day: date) -> ck.CampaignService:
    """Return a service for a day. Earlier days are over, for suggestions and for approvals."""
    return ck.CampaignService(store, today=lambda _: day, suggestion_lifetime=LIFETIME)


def make_async_service(store: AsyncSQLAlchemyStore, day: date) -> ck.AsyncCampaignService:
    """Do the same as `make_service`."""
    return ck.AsyncCampaignService(store, today=lambda _: day, suggestion_lifetime=LIFETIME)


def needs_user(error: ck.PermissionDeniedError) -> bool:
    """Return whether a refusal leaves a campaign to users: it is in manual mode.

    Other refusals are of what another engine has suggested, or what a user has rejected.
    """
    return ck.Reason.USER_MUST_INITIATE in error.reasons


# -- The engine -----------------------------------------------------------------------------------


class Round(NamedTuple):
    """What comes of a day: the briefs that need a user, and the campaigns that need an operator."""

    left: list[ck.Brief]
    corrupt: list[ck.CorruptRowError]


def run_day(service: ck.CampaignService, host: Engine, day: date) -> Round:
    """Serve all campaigns that are running on a day.

    Those whose row breaks a rule are served as far as that does not matter, and are returned.
    """
    done = Round([], [])
    for page in running_pages(service, day):
        done.corrupt.extend(page.corrupt)
        for campaign in readable_campaigns(page):
            try:
                brief = service.brief(campaign.client_id, campaign.id, day)
                serve(service, host, brief, by=SCOUT)
            except ck.PermissionDeniedError as error:
                if needs_user(error):
                    done.left.append(brief)
            except CHANGED_MEANWHILE:
                pass
            except ck.CorruptRowError as error:
                if error.what != "campaign":  # those of the page are known
                    done.corrupt.append(error)
    return done


def readable_campaigns(page: Page[ck.Campaign, UUID]) -> list[ck.Campaign]:
    """Return the campaigns of a page, and what can be read of those that are corrupt."""
    partial = (error.readable for error in page.corrupt)
    return [*page.items, *(campaign for campaign in partial if campaign is not None)]


def running_pages(service: ck.CampaignService, day: date) -> Iterator[Page[ck.Campaign, UUID]]:
    """Iterate over the campaigns of all clients that are running on a day, page by page."""
    page = service.running_across_clients(day)
    yield page
    while page.next is not None:
        page = service.running_across_clients(day, after=page.next)
        yield page


def serve(service: ck.CampaignService, host: Engine, brief: ck.Brief, *, by: ck.Actor) -> None:
    """Submit leads for a campaign, or complete it when its total limit is reached.

    Skip a campaign with a pending suggestion, unless its day has passed: a user must decide first.
    """
    key = brief.client_id, brief.campaign_id
    pending = service.suggestions(*key, states=PENDING).items
    if not all(head.day_passed for head in pending):
        return
    if brief.in_all == 0:
        service.complete(*key, by=by, reason="the total lead limit is reached")
    elif brief.today:
        passed = [service.suggestion(brief.client_id, head.id) for head in pending]
        with host.connect() as connection:
            batches = choose_leads(connection, brief, passed)
        for leads in batches:
            service.intake(*key, leads, day=brief.day, by=by, reason=reason(brief))


# -- The async engine -----------------------------------------------------------------------------


async def run_day_async(service: ck.AsyncCampaignService, host: AsyncEngine, day: date) -> Round:
    """Do the same as `run_day`."""
    done = Round([], [])
    async for page in running_pages_async(service, day):
        done.corrupt.extend(page.corrupt)
        for campaign in readable_campaigns(page):
            try:
                brief = await service.brief(campaign.client_id, campaign.id, day)
                await serve_async(service, host, brief, by=SCOUT)
            except ck.PermissionDeniedError as error:
                if needs_user(error):
                    done.left.append(brief)
            except CHANGED_MEANWHILE:
                pass
            except ck.CorruptRowError as error:
                if error.what != "campaign":  # those of the page are known
                    done.corrupt.append(error)
    return done


async def running_pages_async(
    service: ck.AsyncCampaignService, day: date
) -> AsyncIterator[Page[ck.Campaign, UUID]]:
    """Do the same as `running_pages`."""
    page = await service.running_across_clients(day)
    yield page
    while page.next is not None:
        page = await service.running_across_clients(day, after=page.next)
        yield page


async def serve_async(
    service: ck.AsyncCampaignService, host: AsyncEngine, brief: ck.Brief, *, by: ck.Actor
) -> None:
    """Do the same as `serve`."""
    key = brief.client_id, brief.campaign_id
    pending = (await service.suggestions(*key, states=PENDING)).items
    if not all(head.day_passed for head in pending):
        return
    if brief.in_all == 0:
        await service.complete(*key, by=by, reason="the total lead limit is reached")
    elif brief.today:
        passed = [await service.suggestion(brief.client_id, head.id) for head in pending]
        async with host.connect() as connection:
            batches = await connection.run_sync(choose_leads, brief, passed)
        for leads in batches:
            await service.intake(*key, leads, day=brief.day, by=by, reason=reason(brief))


# -- The command ----------------------------------------------------------------------------------


def days() -> Iterator[date]:
    """Read days from standard input."""
    return (date.fromisoformat(line.strip()) for line in sys.stdin)


def answer(day: date, done: Round) -> None:
    """Print that a day is done, and which campaigns are corrupt."""
    for error in done.corrupt:
        print(error, file=sys.stderr)
    print(f"{day}: {len(done.left)} left to users", flush=True)


def main(url: str) -> None:
    """Run the engine."""
    host = create_engine(url)
    with SQLAlchemyStore.open(url, TABLES) as store:
        for day in days():
            answer(day, run_day(make_service(store, day), host, day))
    host.dispose()


async def main_async(url: str) -> None:
    """Run the async engine."""
    host = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
    async with await AsyncSQLAlchemyStore.open(url, TABLES) as store:
        for day in days():
            answer(day, await run_day_async(make_async_service(store, day), host, day))
    await host.dispose()


if __name__ == "__main__":
    *options, target = sys.argv[1:]
    if options == ["--async"]:
        asyncio.run(main_async(target))
    else:
        main(target)
