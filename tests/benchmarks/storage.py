"""Campaigns in SQLite and PostgreSQL, and what one would write by hand instead of a store.

Times are by the wall where a database writes or works in a process of its own; SQLite reads in
this one, and there the time is the processor's. Both sides work through one engine, as a host makes
it, each call in a transaction of its own. A long listing is compared with itself.
`python -m tests.benchmarks.storage` prints the plans of a page in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session, registry

import campaignkit as ck
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from tests.benchmarks import handwritten
from tests.benchmarks.databases import KINDS, async_url, database, engine_on
from tests.benchmarks.harness import (
    Benchmark,
    Effort,
    Faster,
    Figures,
    Within,
    compare,
)
from tests.benchmarks.serialization import campaigns
from tests.storage.sqlalchemy.test_plans import FILL, plan_of_a_page

CLIENT = UUID(int=1)
PAGE = 100


def against(
    kind: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    effort: Effort,
    *,
    per: int = 1,
) -> Figures:
    """Return both sides' seconds, as a database of this kind is timed when it reads."""
    clock = process_time if kind == "sqlite" else perf_counter
    return compare(ours, peer, rounds=min(effort.rounds, 40), per=per, clock=clock)


def of_one_client(many: int) -> list[ck.Campaign]:
    return [evolve(campaign, client_id=CLIENT) for campaign in campaigns(many)]


@contextmanager
def stored(kind: str, many: int) -> Generator[tuple[Engine, SQLAlchemyStore, list[ck.Campaign]]]:
    """Give a host's engine on a database, a store on it, and the client's campaigns there."""
    with database(kind) as url, engine_on(url) as engine:
        store = SQLAlchemyStore(engine)
        made = store.add_all(of_one_client(many))
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        yield engine, store, sorted(made, key=lambda campaign: campaign.id)


# --- reading -----------------------------------------------------------------------------------


def by_core(engine: Engine, campaign_id: UUID) -> ck.Campaign:
    with engine.connect() as connection:
        return handwritten.get(connection, CLIENT, campaign_id)


class Model:
    """The equal model of the ORM."""

    id: UUID
    name: str


registry().map_imperatively(Model, handwritten.CAMPAIGNS)


def by_orm(engine: Engine, campaign_id: UUID) -> Model:
    """Find a campaign as the ORM's own guide shows it, with the statement where it is used."""
    columns = handwritten.CAMPAIGNS.c
    statement = select(Model).where(
        columns.id == campaign_id, columns.client_id == CLIENT, columns.deleted_at.is_(None)
    )
    with Session(engine) as session:
        return session.scalars(statement).one()


def measure_get(kind: str, peer: Callable[[Engine, UUID], object], effort: Effort) -> Figures:
    with stored(kind, min(effort.leads, 1_000)) as (engine, store, made):
        one = made[len(made) // 2].id
        return against(kind, lambda: store.get(CLIENT, one), lambda: peer(engine, one), effort)


def check_get(kind: str) -> None:
    """Check that all sides find the same campaign, and ours and Core's are equal."""
    with stored(kind, 20) as (engine, store, made):
        for campaign in made:
            assert store.get(CLIENT, campaign.id) == by_core(engine, campaign.id) == campaign
            model = by_orm(engine, campaign.id)
            assert (model.id, model.name) == (campaign.id, campaign.name)


def page_by_core(engine: Engine, after: UUID) -> list[ck.Campaign]:
    with engine.connect() as connection:
        return handwritten.find(connection, CLIENT, after, PAGE + 1)[:PAGE]


def measure_find(kind: str, effort: Effort) -> Figures:
    with stored(kind, min(effort.leads, 1_000)) as (engine, store, made):
        after = made[len(made) // 2].id
        return against(
            kind,
            lambda: store.find(CLIENT, after=after),
            lambda: page_by_core(engine, after),
            effort,
            per=PAGE,
        )


def check_find(kind: str) -> None:
    """Check that both find the same page, and that it is full."""
    with stored(kind, 250) as (engine, store, made):
        page = store.find(CLIENT, after=made[9].id)
        assert list(page.items) == page_by_core(engine, made[9].id) == made[10:110]


# --- a long listing ----------------------------------------------------------------------------

KEYS = text("SELECT id FROM campaigns WHERE client_id = :client ORDER BY id")


@contextmanager
def long_listing(kind: str, many: int) -> Generator[tuple[Engine, list[UUID]]]:
    """Give an engine on a database with so many campaigns of one client, and their ids in order."""
    with database(kind) as url, engine_on(url) as engine:
        dialect = engine.dialect.name
        with engine.begin() as connection:
            # All of one client, which in a table that others share is the longest listing.
            fill = FILL[dialect].format(n=many).replace("n % 2 * (n % 50) + 1", "1")
            connection.execute(text(fill))
            connection.execute(text("ANALYZE"))
            client = CLIENT if dialect == "postgresql" else CLIENT.hex
            keys = connection.execute(KEYS, {"client": client}).scalars()
            ids = [key if isinstance(key, UUID) else UUID(key) for key in keys]
        yield engine, ids


def measure_pages(kind: str, effort: Effort) -> Figures:
    """Measure ten of the last pages, and as the peer ten of the first."""
    with long_listing(kind, min(effort.leads, 1_000_000)) as (engine, ids):
        store = SQLAlchemyStore(engine)
        early = [None, *ids[PAGE - 1 : PAGE * 9 : PAGE]]
        late = ids[-PAGE - 1 : -PAGE * 10 - 2 : -PAGE] or ids[:1]

        def read(ends: Sequence[UUID | None]) -> None:
            for after in ends:
                store.find(CLIENT, after=after)

        return against(kind, partial(read, late), partial(read, early), effort, per=len(late))


def check_pages(kind: str) -> None:
    """Check that the pages of a long listing are the listing, and found by an index."""
    with long_listing(kind, 1_050) as (engine, ids):
        store = SQLAlchemyStore(engine)
        found: list[UUID] = []
        after: UUID | None = None
        while True:
            page = store.find(CLIENT, after=after)
            found += [campaign.id for campaign in page.items]
            if page.next is None:
                break
            after = page.next
        assert found == ids
    assert "idx_campaigns_client_page" in show_plan(kind, 20_000)


def show_plan(kind: str, many: int) -> str:
    """Return the plan of a page in the midst of so many campaigns."""
    with long_listing(kind, many) as (engine, _), engine.connect() as connection:
        return plan_of_a_page(connection, CLIENT)


# --- many at once ------------------------------------------------------------------------------


def measure_add(kind: str, effort: Effort) -> Figures:
    """Measure adding many campaigns, and a bare INSERT of their rows in batches."""
    many = min(effort.leads, 10_000)
    made = of_one_client(many)
    with stored(kind, 1) as (engine, store, _):
        rows = list(map(handwritten.row_of, made))

        def clear() -> None:
            with engine.begin() as connection:
                connection.execute(text("DELETE FROM campaigns"))

        def ours() -> None:
            clear()
            store.add_all(made)

        def peer() -> None:
            clear()
            with engine.begin() as connection:
                connection.execute(insert(handwritten.CAMPAIGNS), rows)

        rounds = min(effort.rounds, 5)
        return compare(ours, peer, rounds=rounds, per=many, clock=perf_counter)


def check_add(kind: str) -> None:
    """Check that what is added by hand is the same."""
    made = of_one_client(20)
    with stored(kind, 1) as (engine, store, _):
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM campaigns"))
            connection.execute(insert(handwritten.CAMPAIGNS), list(map(handwritten.row_of, made)))
        assert store.find(CLIENT).items == tuple(sorted(made, key=lambda campaign: campaign.id))


# --- async -------------------------------------------------------------------------------------

Side = Callable[[], Coroutine[Any, Any, list[ck.Campaign]]]


@contextmanager
def awaited(kind: str, many: int) -> Generator[tuple[asyncio.Runner, Side, Side, Side, Side]]:
    """Give a loop, and on it `get` and `find`, each of the store and by async Core."""
    with stored(kind, many) as (engine, _, made), asyncio.Runner() as runner:
        hosts = create_async_engine(async_url(engine.url))
        store, one = AsyncSQLAlchemyStore(hosts), made[len(made) // 2].id

        async def get() -> list[ck.Campaign]:
            return [await store.get(CLIENT, one)]

        async def get_by_core() -> list[ck.Campaign]:
            async with hosts.connect() as connection:
                found = await connection.execute(handwritten.GET, {"one": one, "client": CLIENT})
                return [handwritten.campaign_of(found.one())]

        async def find() -> list[ck.Campaign]:
            return list((await store.find(CLIENT, after=one)).items)

        async def find_by_core() -> list[ck.Campaign]:
            values = {"client": CLIENT, "after": one, "size": PAGE + 1}
            async with hosts.connect() as connection:
                found = await connection.execute(handwritten.FIND, values)
                return list(map(handwritten.campaign_of, found.all()[:PAGE]))

        yield runner, get, get_by_core, find, find_by_core
        runner.run(hosts.dispose())


def measure_async(kind: str, call: str, effort: Effort) -> Figures:
    """Measure so many calls in a row, so that the start of a loop does not count."""
    with awaited(kind, min(effort.leads, 1_000)) as (runner, get, get_by_core, find, find_by_core):
        ours, peer = (get, get_by_core) if call == "get" else (find, find_by_core)
        often = 20 if call == "get" else 5

        async def repeat(side: Side) -> None:
            for _ in range(often):
                await side()

        return against(
            kind,
            lambda: runner.run(repeat(ours)),
            lambda: runner.run(repeat(peer)),
            effort,
            per=often,
        )


def check_async(kind: str) -> None:
    """Check that both sides find the same."""
    with awaited(kind, 250) as (runner, get, get_by_core, find, find_by_core):
        assert runner.run(get()) == runner.run(get_by_core())
        page = runner.run(find())
        assert page == runner.run(find_by_core())
        assert len(page) == PAGE


# --- all of them -------------------------------------------------------------------------------

BENCHMARKS: tuple[Benchmark, ...] = tuple(
    benchmark
    for kind, name, within, faster in (
        ("sqlite", "SQLite", 1.2, 2),
        ("postgres", "PostgreSQL", 1.3, 1.3),
    )
    for benchmark in (
        Benchmark(
            name=f"get-{kind}",
            what=f"get, {name}",
            peer="Core by hand",
            wanted=Within(within),
            measure=partial(measure_get, kind, by_core),
            check=partial(check_get, kind),
        ),
        Benchmark(
            name=f"get-orm-{kind}",
            what=f"get, {name}",
            peer="SQLAlchemy ORM",
            wanted=Faster(faster),
            measure=partial(measure_get, kind, by_orm),
            check=partial(check_get, kind),
        ),
        Benchmark(
            name=f"find-{kind}",
            what=f"find 100, a campaign, {name}",
            peer="Core by hand",
            wanted=Within(1.3),
            measure=partial(measure_find, kind),
            check=partial(check_find, kind),
        ),
        Benchmark(
            name=f"pages-{kind}",
            what=f"find 100, page 10,000, {name}",
            peer="the first pages",
            wanted=Within(1.3),
            measure=partial(measure_pages, kind),
            check=partial(check_pages, kind),
        ),
        Benchmark(
            name=f"add-{kind}",
            what=f"add_all 10,000, a campaign, {name}",
            peer="the bare INSERT in batches",
            wanted=Within(),
            measure=partial(measure_add, kind),
            check=partial(check_add, kind),
        ),
        *(
            Benchmark(
                name=f"async-{call}-{kind}",
                what=f"async {call}, {name}",
                peer="async Core by hand",
                wanted=Within(1.3),
                measure=partial(measure_async, kind, call),
                check=partial(check_async, kind),
            )
            for call in ("get", "find")
        ),
    )
)

if __name__ == "__main__":
    for kind in KINDS:
        print(kind, show_plan(kind, 1_000_000), sep="\n")
