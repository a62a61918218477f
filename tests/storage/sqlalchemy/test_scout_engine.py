"""The engine of the guide, in several processes at once, until all campaigns are completed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, insert, update
from sqlalchemy.ext.asyncio import create_async_engine

import campaignkit as ck
from campaignkit.core._checks import LONGEST_TEXT
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from tests.storage.sqlalchemy.examples import EXAMPLES, load_example

pytestmark = pytest.mark.long

scout: Any = load_example("scout_engine")
FIRST_DAY = date(2026, 11, 23)
ANN = ck.Actor.user("ann")
AI, USER = ck.Initiator.AI, ck.Initiator.USER
ACTS = {
    ck.PermissionMode.AUTOPILOT: {(ck.EventKind.APPLIED, AI)},
    ck.PermissionMode.CO_PILOT: {(ck.EventKind.SUGGESTED, AI), (ck.EventKind.APPROVED, USER)},
    ck.PermissionMode.MANUAL: {(ck.EventKind.APPLIED, USER)},
}
"""Who assigns leads and completes campaigns, and how."""

ENGINES = ((), ("--async",), ())


TITLES = ("CEO", "Co-Founder & C.E.O.", "Director", "Managing Director", "Gérant (CEO)", "CTO")
INDUSTRIES = ("SEO", "Marketing & Advertising", "Hospitality", "Museo", None)
LOCATIONS = ("Sydney, NSW", "North Sydney", "Melbourne VIC", "Zürich, Schweiz", None)

TARGETING = ck.Targeting(
    industries=("SEO", "Marketing and Advertising"),
    titles=("CEO", "Managing Director"),
    company_sizes=("1-10", "51-200"),
    locations=("Sydney, NSW", "Melbourne, VIC", "Zürich"),
)


def prospects(count: int) -> Iterator[dict[str, Any]]:
    rng = Random(11)
    for number in range(count):
        yield {
            "id": f"prospect-{number:04}",
            "industry": rng.choice(INDUSTRIES[: None if rng.random() < 0.3 else 2]),
            "title": rng.choice(TITLES),
            "location": rng.choice(LOCATIONS),
            "employees": rng.choice((5, 60, 30, None, 7)),
            "phone": rng.choice((None, "+61 2 5550 0000", "+61 2 5550 0001")),
            "engagement": rng.randint(0, 100),
        }


def fitting(rows: list[dict[str, Any]]) -> set[str]:
    return {
        row["id"]
        for row in rows
        if TARGETING.match(
            ck.Prospect(
                industry=row["industry"],
                title=row["title"],
                company_size=row["employees"],
                location=row["location"],
            )
        ).verdict
        is ck.Fit.YES
    }


def begun(
    service: ck.CampaignService, number: int, mode: ck.PermissionMode | None = None
) -> ck.Campaign:
    """Set a campaign running, of a client of its own; without a mode in each mode in turn."""
    draft = ck.Campaign.draft(
        client_id=UUID(int=number + 1),
        name=f"campaign {number}",
        targeting=TARGETING,
        permission_mode=mode or list(ck.PermissionMode)[number % 3],
        daily_lead_limit=12,
        total_lead_limit=30,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    service.create(draft, by=ANN)
    return service.activate(draft.client_id, draft.id, by=ANN)


@contextmanager
def host_with(url: str, rows: list[dict[str, Any]]) -> Generator[Engine]:
    """Give a host's engine on a database with these prospects and our tables."""
    host = create_engine(url)
    scout.METADATA.create_all(host)
    with host.begin() as connection:
        connection.execute(insert(scout.PROSPECTS), rows)
    yield host
    host.dispose()


@contextmanager
def engines(url: str) -> Generator[list[subprocess.Popen[str]]]:
    """Give engines, each a process of its own, that wait for a day."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(EXAMPLES / "scout_engine.py"), *options, url],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for options in ENGINES
        ]
        yield started
        for engine in started:
            engine.communicate()
            assert engine.returncode == 0


def run_together(started: list[subprocess.Popen[str]], day: date) -> None:
    """Have all engines go through a day at once."""
    for engine in started:
        assert engine.stdin is not None
        print(day, file=engine.stdin, flush=True)
    for engine in started:
        assert engine.stdout is not None
        assert engine.stdout.readline().startswith(f"{day}: ")


def act_as_ann(service: ck.CampaignService, host: Engine, day: date) -> Counter[str]:
    """Approve what is suggested, and serve the campaigns that are left to users."""
    done = Counter[str]()
    running = [one for page in scout.running_pages(service, day) for one in page.items]
    for campaign in running:
        key = campaign.client_id, campaign.id
        pending = service.suggestions(*key, states=scout.PENDING).items
        if campaign.permission_mode is not ck.PermissionMode.CO_PILOT:
            assert not pending
        assert len(pending) <= 1  # though several engines suggested
        for head in pending:
            service.approve(campaign.client_id, head.id, by=ANN)
            done["approved"] += 1
        if campaign.permission_mode is ck.PermissionMode.MANUAL:
            scout.serve(service, host, service.brief(*key, day), by=ANN)
            done["served"] += 1
    return done


def test_engines_fill_campaigns_in_every_mode_until_they_are_completed(url: str) -> None:
    rows = list(prospects(600))
    fits = fitting(rows)
    good = {row["id"] for row in rows if row["engagement"] >= 20}
    assert len(fits & good) > 30
    with (
        host_with(url, rows) as host,
        SQLAlchemyStore.open(url, scout.TABLES) as store,
        engines(url) as started,
    ):
        service = scout.make_service(store, FIRST_DAY)
        campaigns = [begun(service, number) for number in range(6)]
        done = Counter[str]()
        day = FIRST_DAY
        while service.running_across_clients(day).items:
            run_together(started, day)
            done += act_as_ann(scout.make_service(store, day), host, day)
            day += timedelta(days=1)
            assert day < FIRST_DAY + timedelta(days=10)
        engagement = {row["id"]: row["engagement"] for row in rows}
        for campaign in campaigns:
            key = campaign.client_id, campaign.id
            assert store.get(*key).status is ck.CampaignStatus.COMPLETED
            leads = store.assignments(*key).items
            assert len(leads) == campaign.total_lead_limit
            assert max(Counter(lead.day for lead in leads).values()) <= campaign.daily_lead_limit
            taken = {lead.lead_id for lead in leads}
            assert taken <= fits & good
            # The best come first: nobody who fits and was left out is better than who was taken.
            assert min(engagement[i] for i in taken) >= max(engagement[i] for i in fits - taken)
            acts = {
                (event.kind, event.by.kind)
                for event in service.history(*key, limit=1000).items
                if event.action in {ck.Action.ASSIGN, ck.Action.COMPLETE}
            }
            assert acts == ACTS[campaign.permission_mode]
    assert done["approved"]
    assert done["served"]


def test_engines_suggest_nobody_twice(url: str) -> None:
    with (
        host_with(url, list(prospects(600))),
        SQLAlchemyStore.open(url, scout.TABLES) as store,
        engines(url) as started,
    ):
        service = scout.make_service(store, FIRST_DAY)
        campaigns = [begun(service, n, ck.PermissionMode.CO_PILOT) for n in range(20)]
        for number in range(3):  # nobody decides
            day = FIRST_DAY + timedelta(days=number)
            run_together(started, day)
            for campaign in campaigns:
                key = campaign.client_id, campaign.id
                [head] = service.suggestions(*key).items
                assert (head.day, head.lead_count, head.revision) == (day, 12, number + 1)
                events = [event.kind.value for event in service.history(*key).items[2:]]
                assert events == ["suggested", *["refreshed"] * number]


def test_who_was_rejected_makes_room_for_others(url: str) -> None:
    with (
        host_with(url, list(prospects(600))),
        SQLAlchemyStore.open(url, scout.TABLES) as store,
        engines(url) as started,
    ):
        service = scout.make_service(store, FIRST_DAY)
        campaign = begun(service, 0, ck.PermissionMode.CO_PILOT)
        run_together(started, FIRST_DAY)
        [head] = service.suggestions(campaign.client_id).items
        first = service.reject(campaign.client_id, head.id, by=ANN, reason="not these")
        run_together(started, FIRST_DAY)
        [head] = service.suggestions(campaign.client_id, states=scout.PENDING).items
        second = service.suggestion(campaign.client_id, head.id)
        assert len(first.rejections) == second.lead_count == 12
        assert set(first.rejections).isdisjoint(second.command.lead_ids)


LONG_NAME = "x" * (LONGEST_TEXT + 1)


@pytest.mark.parametrize("is_async", [False, True])
def test_an_engine_tells_of_campaigns_that_it_cannot_read(url: str, *, is_async: bool) -> None:
    """It serves them as far as what is broken does not matter."""
    with (
        host_with(url, list(prospects(600))) as host,
        SQLAlchemyStore.open(url, scout.TABLES) as store,
    ):
        service = scout.make_service(store, FIRST_DAY)
        autopilot = ck.PermissionMode.AUTOPILOT
        good, named, sized = [begun(service, number, autopilot) for number in range(3)]
        with host.begin() as connection:
            columns = scout.TABLES.campaigns.c
            broken: dict[UUID, dict[str, Any]] = {
                named.id: {"name": LONG_NAME},
                sized.id: {"target_company_sizes": ["few"]},
            }
            for own_id, values in broken.items():
                connection.execute(
                    update(scout.TABLES.campaigns).where(columns.id == own_id).values(values)
                )
        done = asyncio.run(run_async(url)) if is_async else scout.run_day(service, host, FIRST_DAY)
        assert sorted(error.key for error in done.corrupt) == sorted(broken)
        assert not done.left
        leads = [len(store.assignments(c.client_id, c.id).items) for c in (good, named, sized)]
        assert leads == [12, 12, 0]  # whether a prospect fits an unreadable size is unknown


async def run_async(url: str) -> Any:  # of the example
    host = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
    async with await AsyncSQLAlchemyStore.open(url, scout.TABLES) as store:
        service = scout.make_async_service(store, FIRST_DAY)
        done = await scout.run_day_async(service, host, FIRST_DAY)
    await host.dispose()
    return done
