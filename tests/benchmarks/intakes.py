"""Intakes into SQLite and PostgreSQL, and the transaction that one would write by hand.

Both make the same plan. Times are by the wall, since a database works in processes of its own.
Alone, both take leads through the engine that the store opened, which locks SQLite when a
transaction begins; eight processes at once have an engine each, and PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import partial
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import Engine, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

import campaignkit as ck
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from tests.benchmarks import handwritten, samples
from tests.benchmarks.databases import async_url, database, engine_on
from tests.benchmarks.harness import Benchmark, Effort, Faster, Figures, Within, compare
from tests.storage.races.processes import Parent, together

DAY = samples.DAY
ANN = ck.Actor.user("ann")
CLIENT = samples.running_campaign().client_id
BATCH = 50
PROCESSES = 8

Take = Callable[[UUID, list[ck.Lead]], object]
"""Takes leads into the campaign of an id."""


def offers(many: int, of: str = "") -> Generator[list[ck.Lead]]:
    """Give batches of so many leads that nobody else gives, all of them eligible."""
    leads = samples.leads(many, scores=samples.mixed_score)
    for turn in count():
        yield [evolve(lead, id=f"{of}{turn}-{lead.id}") for lead in leads]


def running(store: SQLAlchemyStore, number: int) -> UUID:
    """Store a campaign whose limits are far away, and take a first lead, so that it has a row."""
    campaign = evolve(
        samples.running_campaign(),
        id=UUID(int=number, version=4),
        daily_lead_limit=10**9,
        total_lead_limit=None,
    )
    store.add(campaign)
    by_service(store)(campaign.id, [ck.Lead("first", 90)])
    return campaign.id


def by_service(store: SQLAlchemyStore) -> Callable[[UUID, list[ck.Lead]], ck.Intake]:
    service = ck.CampaignService(store)
    return lambda campaign_id, leads: service.intake(CLIENT, campaign_id, leads, day=DAY, by=ANN)


def by_hand(engine: Engine) -> Callable[[UUID, list[ck.Lead]], ck.Plan]:
    def take(campaign_id: UUID, leads: list[ck.Lead]) -> ck.Plan:
        with engine.begin() as connection:
            return handwritten.intake(connection, CLIENT, campaign_id, leads, DAY)

    return take


# --- alone -------------------------------------------------------------------------------------


@contextmanager
def opened(kind: str) -> Generator[tuple[SQLAlchemyStore, Engine]]:
    """Give a store on a new database, and its engine."""
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        assert isinstance(store.bind, Engine)
        yield store, store.bind


def measure_intake(kind: str, most: int, effort: Effort) -> Figures:
    many = min(effort.leads, most)
    batches = offers(many)
    with opened(kind) as (store, engine):
        mine, theirs = running(store, 1), running(store, 2)
        ours, peer = by_service(store), by_hand(engine)
        return compare(
            lambda: ours(mine, next(batches)),
            lambda: peer(theirs, next(batches)),
            rounds=min(effort.rounds, 60 if many <= BATCH else 7),
            per=many,
            clock=perf_counter,
        )


def check_intake(kind: str) -> None:
    """Check that both make the same plan, batch after batch, and write the same rows."""
    batches = offers(BATCH)
    with opened(kind) as (store, engine):
        mine, theirs = running(store, 1), running(store, 2)
        for _ in range(5):
            leads = next(batches)
            taken, made = by_service(store)(mine, leads), by_hand(engine)(theirs, leads)
            assert {i: a.channel for i, a in taken.assignments.items()} == made.assignments
        assert store.assignments(CLIENT, mine).items == store.assignments(CLIENT, theirs).items
        progress = store.progress(CLIENT, mine, DAY)
        assert progress == store.progress(CLIENT, theirs, DAY)
        assert progress.admitted_total == 5 * BATCH + 1


# --- async -------------------------------------------------------------------------------------

Taking = Callable[[UUID, list[ck.Lead]], Coroutine[Any, Any, object]]


@contextmanager
def awaited(kind: str) -> Generator[tuple[asyncio.Runner, SQLAlchemyStore, Taking, Taking]]:
    """Give a loop, a store, and what takes leads on that loop: the async service, and async Core.

    Both work through the engine that the async store opened.
    """
    with database(kind) as url, SQLAlchemyStore.open(url) as store, asyncio.Runner() as runner:
        opened = runner.run(AsyncSQLAlchemyStore.open(async_url(make_url(url))))
        engine, service = opened.bind, ck.AsyncCampaignService(opened)
        assert isinstance(engine, AsyncEngine)

        async def by_store(campaign_id: UUID, leads: list[ck.Lead]) -> object:
            return await service.intake(CLIENT, campaign_id, leads, day=DAY, by=ANN)

        async def by_core(campaign_id: UUID, leads: list[ck.Lead]) -> object:
            async with engine.begin() as connection:
                return await handwritten.async_intake(connection, CLIENT, campaign_id, leads, DAY)

        yield runner, store, by_store, by_core
        runner.run(opened.close())


def measure_async(kind: str, effort: Effort) -> Figures:
    many = min(effort.leads, BATCH)
    batches = offers(many)
    with awaited(kind) as (runner, store, by_store, by_core):
        mine, theirs = running(store, 1), running(store, 2)
        return compare(
            lambda: runner.run(by_store(mine, next(batches))),
            lambda: runner.run(by_core(theirs, next(batches))),
            rounds=min(effort.rounds, 60),
            per=many,
            clock=perf_counter,
        )


def check_async(kind: str) -> None:
    """Check that both write the same rows."""
    batches = offers(BATCH)
    with awaited(kind) as (runner, store, by_store, by_core):
        mine, theirs = running(store, 1), running(store, 2)
        for _ in range(3):
            leads = next(batches)
            runner.run(by_store(mine, leads))
            runner.run(by_core(theirs, leads))
        assert store.assignments(CLIENT, mine).items == store.assignments(CLIENT, theirs).items
        assert store.progress(CLIENT, mine, DAY) == store.progress(CLIENT, theirs, DAY)
        assert store.progress(CLIENT, mine, DAY).admitted_total == 3 * BATCH + 1


# --- eight processes ---------------------------------------------------------------------------


@frozen
class Work:
    """What each process does: so many turns of taking leads, by the service or by hand."""

    url: str
    ids: tuple[UUID, ...]
    turns: int
    is_ours: bool

    def do(self, name: str, worker: int, test: Parent) -> tuple[float, float]:
        """Take leads into one campaign after another; return when that began and ended."""
        batches = offers(BATCH, name)
        with engine_on(self.url) as engine:
            take: Take = by_service(SQLAlchemyStore(engine)) if self.is_ours else by_hand(engine)
            take(self.ids[worker % len(self.ids)], next(batches))  # connected, and compiled
            given = [next(batches) for _ in range(self.turns)]
            test.meet()
            start = perf_counter()
            for turn, leads in enumerate(given):
                # By steps of its own, so that it meets now one of the others, now another.
                take(self.ids[(worker * 13 + turn * (2 * worker + 1)) % len(self.ids)], leads)
            return start, perf_counter()

    def elapsed(self, processes: int, name: str) -> float:
        """Return how many seconds it took from the first one's start to the last one's end."""
        spans = together(*(partial(self.do, f"{name}-{n}-", n) for n in range(processes)))
        return max(end for _, end in spans) - min(start for start, _ in spans)


def measure_processes(campaigns: int, effort: Effort) -> Figures:
    """Measure the time a lead, by turns of eight processes that take 50 at a time."""
    turns, processes = min(effort.rounds, 40), min(effort.rounds + 1, PROCESSES)
    with database("postgres") as url, SQLAlchemyStore.open(url) as store:
        ids = tuple(running(store, number) for number in range(1, campaigns + 1))
        ours, peer = (Work(url, ids, turns, is_ours) for is_ours in (True, False))
        times: dict[Work, list[float]] = {ours: [], peer: []}
        for n in range(min(effort.rounds, 5)):
            for work, taken in times.items():
                taken.append(work.elapsed(processes, f"{work.is_ours}-{n}"))
    leads = processes * turns * BATCH
    return Figures(ours=median(times[ours]) / leads, peer=median(times[peer]) / leads)


def check_processes(campaigns: int) -> None:
    """Check that both take all leads that are offered."""
    with database("postgres") as url, SQLAlchemyStore.open(url) as store:
        ids = tuple(running(store, number) for number in range(1, campaigns + 1))
        for is_ours in (True, False):
            Work(url, ids, 1, is_ours).elapsed(2, str(is_ours))
        totals = [store.progress(CLIENT, one, DAY).admitted_total for one in ids]
        assert sum(totals) == campaigns + 2 * 2 * 2 * BATCH


# --- all of them -------------------------------------------------------------------------------

BY_HAND = "a transaction by hand"

BENCHMARKS: tuple[Benchmark, ...] = (
    *(
        Benchmark(
            name=f"intake-{kind}{suffix}",
            what=f"intake of {many:,}, a lead, {name}",
            peer=BY_HAND,
            wanted=wanted,
            measure=partial(measure_intake, kind, many),
            check=partial(check_intake, kind),
        )
        for kind, name in (("sqlite", "SQLite"), ("postgres", "PostgreSQL"))
        for suffix, many, wanted in (("", BATCH, Within(1.5)), ("-many", 10_000, Within()))
    ),
    *(
        Benchmark(
            name=f"async-intake-{kind}",
            what=f"async intake of {BATCH}, a lead, {name}",
            peer="async Core by hand",
            wanted=Within(1.3),
            measure=partial(measure_async, kind),
            check=partial(check_async, kind),
        )
        for kind, name in (("sqlite", "SQLite"), ("postgres", "PostgreSQL"))
    ),
    *(
        Benchmark(
            name=f"eight-{campaigns}",
            what=f"8 processes, {campaigns} campaigns, a lead",
            peer=BY_HAND,
            wanted=Faster(0.8),
            measure=partial(measure_processes, campaigns),
            check=partial(check_processes, campaigns),
        )
        for campaigns in (1, 100)
    ),
)
