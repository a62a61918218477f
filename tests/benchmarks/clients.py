"""What it costs that the campaigns of a client share rules, beside the same work without them.

Times are by the wall, since a database works in processes of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import count
from random import Random
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

from attrs import evolve, frozen
from sqlalchemy import Engine, bindparam, insert, text

import campaignkit as ck
from campaignkit.clients import ChannelLimit, ClientPolicy
from campaignkit.storage import SnapshotQuery
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.benchmarks import samples
from tests.benchmarks.databases import KINDS, database, engine_on
from tests.benchmarks.harness import Benchmark, Effort, Faster, Figures, Within, compare
from tests.benchmarks.intakes import BATCH, offers
from tests.storage.races.ledgers import TABLES
from tests.storage.races.processes import Parent, started, together

DAY, AT = samples.DAY, samples.AT
ANN = ck.Actor.user("ann")
PROCESSES, CAMPAIGNS = 8, 20
FAR = ChannelLimit(per_day=10**9, per_week=10**9)
POLICY = ClientPolicy(
    one_campaign_per_lead=True, cooldown=30, channel_limits=dict.fromkeys(ck.Channel, FAR)
)
"""Every rule there is, none of which keeps anybody out."""


@frozen
class Home:
    """A campaign of a client."""

    client_id: UUID
    campaign_id: UUID


def add_homes(
    store: SQLAlchemyStore, many: int, *, clients: int, policy: ClientPolicy | None
) -> tuple[Home, ...]:
    """Store running campaigns of new clients, whose limits are far away."""
    service, owners = ck.CampaignService(store), [uuid4() for _ in range(clients)]
    homes = [Home(owners[n % clients], uuid4()) for n in range(many)]
    store.add_all(
        evolve(
            samples.running_campaign(),
            id=home.campaign_id,
            client_id=home.client_id,
            daily_lead_limit=10**9,
            total_lead_limit=None,
        )
        for home in homes
    )
    if policy is not None:
        for owner in owners:
            service.set_client_policy(owner, policy, by=ANN)
    return tuple(homes)


def take(service: ck.CampaignService, home: Home, leads: list[ck.Lead]) -> ck.Intake:
    taken = service.intake(home.client_id, home.campaign_id, leads, day=DAY, by=ANN)
    assert isinstance(taken, ck.Intake)
    return taken


# --- an intake ---------------------------------------------------------------------------------


def measure_intake(kind: str, effort: Effort) -> Figures:
    many = min(effort.leads, BATCH)
    batches = offers(many)
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        service = ck.CampaignService(store)
        [ours] = add_homes(store, 1, clients=1, policy=POLICY)
        [peer] = add_homes(store, 1, clients=1, policy=None)
        return compare(
            lambda: take(service, ours, next(batches)),
            lambda: take(service, peer, next(batches)),
            rounds=min(effort.rounds, 60),
            per=many,
            clock=perf_counter,
        )


def check_intake(kind: str) -> None:
    """Check that both make the same plan, and that only one obeys rules."""
    batches = offers(BATCH)
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        service = ck.CampaignService(store)
        homes = [add_homes(store, 2, clients=1, policy=policy) for policy in (POLICY, None)]
        leads = next(batches)
        ours, peer = (take(service, home, leads) for home, _ in homes)
        assert {i: a.channel for i, a in ours.assignments.items()} == {
            i: a.channel for i, a in peer.assignments.items()
        }
        ours, peer = (take(service, home, leads) for _, home in homes)
        assert len(ours.assignments) == 0
        assert len(peer.assignments) == BATCH


# --- eight processes ---------------------------------------------------------------------------


@frozen
class Work:
    """What each process does: so many turns of taking leads."""

    url: str
    homes: Sequence[Home]
    turns: int

    def do(self, name: str, worker: int, test: Parent) -> tuple[float, float]:
        """Take leads into one campaign after another; return when that began and ended."""
        batches = offers(BATCH, name)
        with engine_on(self.url) as engine:
            service = ck.CampaignService(SQLAlchemyStore(engine))
            take(service, self.homes[worker % len(self.homes)], next(batches))
            given = [next(batches) for _ in range(self.turns)]
            test.meet()
            start = perf_counter()
            for turn, leads in enumerate(given):
                step = worker * 13 + turn * (2 * worker + 1)
                take(service, self.homes[step % len(self.homes)], leads)
            return start, perf_counter()

    def seconds_a_lead(self, processes: int, name: str) -> float:
        spans = together(*(partial(self.do, f"{name}-{n}-", n) for n in range(processes)))
        elapsed = max(end for _, end in spans) - min(start for start, _ in spans)
        return elapsed / (processes * self.turns * BATCH)


Sides = tuple[tuple[Work, int], tuple[Work, int]]
"""The work of each side, and how many processes do it."""


@contextmanager
def eight_and_one(turns: int) -> Generator[Sides]:
    """Give eight processes and one, on twenty campaigns of one client with rules."""
    with database("postgres") as url, SQLAlchemyStore.open(url) as store:
        work = Work(url, add_homes(store, CAMPAIGNS, clients=1, policy=POLICY), turns)
        yield (work, PROCESSES), (work, 1)


@contextmanager
def with_and_without(turns: int) -> Generator[Sides]:
    """Give eight processes on twenty clients with rules, and on twenty without."""
    with database("postgres") as url, SQLAlchemyStore.open(url) as store:
        homes = [
            add_homes(store, CAMPAIGNS, clients=CAMPAIGNS, policy=policy)
            for policy in (POLICY, None)
        ]
        ours, peer = (Work(url, own, turns) for own in homes)
        yield (ours, PROCESSES), (peer, PROCESSES)


MakeSides = Callable[[int], AbstractContextManager[Sides]]


def measure_processes(make: MakeSides, effort: Effort) -> Figures:
    """Measure the time a lead, by turns of the sides."""
    times: tuple[list[float], list[float]] = ([], [])
    turns, most = min(effort.rounds, 40), min(effort.rounds + 1, PROCESSES)
    with make(turns) as sides:
        for n in range(min(effort.rounds, 5)):
            for (work, processes), taken in zip(sides, times, strict=True):
                name = f"{n}-{processes}-{len(taken)}-{work.homes[0].client_id}"
                taken.append(work.seconds_a_lead(min(processes, most), name))
    return Figures(ours=median(times[0]), peer=median(times[1]))


def check_processes(make: MakeSides) -> None:
    """Check that all leads are taken that are offered."""
    with make(1) as sides:
        for name, (work, _) in zip("ab", sides, strict=True):
            with SQLAlchemyStore.open(work.url) as store:
                before = count_taken(store, work.homes)
                work.seconds_a_lead(2, name)
                assert count_taken(store, work.homes) == before + 2 * 2 * BATCH


def count_taken(store: SQLAlchemyStore, homes: Sequence[Home]) -> int:
    found = (store.progress(home.client_id, home.campaign_id, DAY) for home in homes)
    return sum(progress.admitted_total for progress in found)


# --- suppressions ------------------------------------------------------------------------------


BY_HAND = """
    INSERT INTO campaign_suppressions (client_id, lead_id, channel, until, by, at, reason)
    SELECT :client, lead_id, 'all', NULL, :by, :at, NULL FROM {leads}
"""
LEADS = {
    "postgresql": "unnest(CAST(:ids AS text[])) AS given (lead_id)",
    "sqlite": "(SELECT value AS lead_id FROM json_each(:ids))",
}


InsertByHand = Callable[[Engine, UUID, Sequence[str]], None]


def insert_rows(engine: Engine, client_id: UUID, lead_ids: Sequence[str]) -> None:
    """Insert a list of rows, as one does with SQLAlchemy."""
    row: dict[str, object] = {
        "client_id": client_id,
        "channel": "all",
        "until": None,
        "by": {"kind": "user", "name": "ann"},
        "at": AT,
        "reason": None,
    }
    with engine.begin() as connection:
        connection.execute(insert(TABLES.suppressions), [{**row, "lead_id": i} for i in lead_ids])


def insert_array(engine: Engine, client_id: UUID, lead_ids: Sequence[str]) -> None:
    """Insert all rows by one statement that is given an array of ids."""
    kind, its = engine.dialect.name, TABLES.suppressions.c
    statement = text(BY_HAND.format(leads=LEADS[kind])).bindparams(
        bindparam("client", client_id, type_=its.client_id.type),
        bindparam("by", {"kind": "user", "name": "ann"}, type_=its.by.type),
        bindparam("at", AT, type_=its.at.type),
        ids=json.dumps(lead_ids) if kind == "sqlite" else lead_ids,
    )
    with engine.begin() as connection:
        connection.execute(statement)


def measure_suppressing(kind: str, by_hand: InsertByHand, effort: Effort) -> Figures:
    """Measure both with new leads in every round: to repeat it is less work."""
    many = min(effort.leads, 100_000)
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        assert isinstance(store.bind, Engine)
        service, engine = ck.CampaignService(store), store.bind
        ours, peer = UUID(int=1, version=4), UUID(int=2, version=4)
        service.set_client_policy(ours, POLICY, by=ANN)
        numbers = count()

        def new_ids() -> list[str]:
            start = next(numbers)
            return [f"lead-{start}-{n}" for n in range(many)]

        return compare(
            lambda: service.suppress(ours, new_ids(), by=ANN),
            lambda: by_hand(engine, peer, new_ids()),
            rounds=min(effort.rounds, 3),
            per=many,
            clock=perf_counter,
        )


def check_suppressing(kind: str, by_hand: InsertByHand) -> None:
    """Check that both suppress the same leads."""
    ids = [f"lead-{n}" for n in range(60)]
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        assert isinstance(store.bind, Engine)
        ours, peer = UUID(int=1, version=4), UUID(int=2, version=4)
        ck.CampaignService(store).suppress(ours, ids, by=ANN)
        by_hand(store.bind, peer, ids)
        pages = [store.suppressions(client_id, limit=1_000).items for client_id in (ours, peer)]
        [one, other] = ([evolve(found, at=AT) for found in page] for page in pages)
        assert one == other
        assert len(one) == len(ids)


def measure_waiting(kind: str, effort: Effort) -> Figures:
    """Measure the longest intake while leads are suppressed, beside the time that this takes."""
    many = min(effort.leads, 100_000)
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        [home] = add_homes(store, 1, clients=1, policy=POLICY)
        service, batches = ck.CampaignService(store), offers(BATCH)
        take(service, home, next(batches))
        longest, start = 0.0, perf_counter()
        with started(partial(suppress_many, url, home.client_id, many)) as process:
            process.hear()
            process.say()
            start, ended = perf_counter(), 0.0
            while not ended:
                given, began = next(batches), perf_counter()
                take(service, home, given)
                longest = max(longest, perf_counter() - began)
                ended = perf_counter() if process.has_answered() else 0.0
            process.result()
    return Figures(ours=longest, peer=ended - start)


def suppress_many(url: str, client_id: UUID, many: int, test: Parent) -> None:
    ids = [f"stop-{n}" for n in range(many)]
    with SQLAlchemyStore.open(url) as store:
        service = ck.CampaignService(store)
        service.suppress(client_id, ["first"], by=ANN)
        test.meet()
        service.suppress(client_id, ids, by=ANN)


# --- many campaigns ----------------------------------------------------------------------------

FILL = {
    "postgres": """
        INSERT INTO campaign_leads
            (campaign_id, lead_id, channel, tier, als_score, day, epoch, client_id)
        SELECT c.id, c.id || '-' || n, 'email', 'hot', 90, '2026-11-23', 0, c.client_id
        FROM campaigns c, generate_series(1, :many) n
    """,
    "sqlite": """
        WITH RECURSIVE numbers (n) AS (
            SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
        )
        INSERT INTO campaign_leads
            (campaign_id, lead_id, channel, tier, als_score, day, epoch, client_id)
        SELECT c.id, c.id || '-' || n, 'email', 'hot', 90, '2026-11-23', 0, c.client_id
        FROM campaigns c, numbers
    """,
}


@contextmanager
def filled(
    kind: str, campaigns: int, leads: int, *, analysed: bool
) -> Generator[tuple[SQLAlchemyStore, SnapshotQuery]]:
    """Give a store with so many leads, and what an intake of some of them asks."""
    with database(kind) as url, SQLAlchemyStore.open(url) as store:
        assert isinstance(store.bind, Engine)
        with store.bind.begin() as connection:
            if kind == "postgres":
                connection.execute(
                    text("ALTER TABLE campaign_leads SET (autovacuum_enabled = off)")
                )
        homes = add_homes(store, campaigns, clients=1, policy=POLICY)
        with store.bind.begin() as connection:
            connection.execute(text(FILL[kind]), {"many": max(1, leads // campaigns)})
            if analysed:
                connection.execute(text("ANALYZE"))
            ids = connection.scalars(
                text("SELECT lead_id FROM campaign_leads ORDER BY lead_id LIMIT 5000")
            ).all()
        named = Random(1).sample(list(ids), min(BATCH, len(ids)))
        home = homes[-1]
        yield store, SnapshotQuery(home.client_id, home.campaign_id, DAY, named)


def measure_many(kind: str, effort: Effort) -> Figures:
    leads = min(effort.leads, 100_000)
    campaigns = 1_000 if leads > 1_000 else CAMPAIGNS
    with (
        filled(kind, campaigns, leads, analysed=False) as (ours, mine),
        filled(kind, CAMPAIGNS, leads, analysed=True) as (peer, theirs),
    ):
        return compare(
            lambda: ours.ask(mine),
            lambda: peer.ask(theirs),
            rounds=min(effort.rounds, 60),
            clock=perf_counter,
        )


def check_many(kind: str) -> None:
    """Check that both find the leads in other campaigns."""
    for analysed in (False, True):
        with filled(kind, CAMPAIGNS, 200, analysed=analysed) as (store, query):
            client = store.ask(query).client
            assert client is not None
            assert len(client.claims) >= BATCH - 12


# --- all of them -------------------------------------------------------------------------------

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}

BENCHMARKS: tuple[Benchmark, ...] = (
    *(
        Benchmark(
            name=f"shared-intake-{kind}",
            what=f"intake under a policy, a lead, {NAMES[kind]}",
            peer="without a policy",
            wanted=Within({"sqlite": 1.35, "postgres": 1.25}[kind]),
            measure=partial(measure_intake, kind),
            check=partial(check_intake, kind),
        )
        for kind in KINDS
    ),
    Benchmark(
        name="shared-eight",
        what="8 processes, 20 campaigns, 1 client",
        peer="1 process",
        wanted=Faster(0.85),
        measure=partial(measure_processes, eight_and_one),
        check=partial(check_processes, eight_and_one),
    ),
    Benchmark(
        name="shared-clients",
        what="8 processes, 20 clients with a policy",
        peer="without a policy",
        wanted=Faster(0.7),
        measure=partial(measure_processes, with_and_without),
        check=partial(check_processes, with_and_without),
    ),
    *(
        Benchmark(
            name=f"suppress-{kind}{suffix}",
            what=f"suppress 100,000, a lead, {NAMES[kind]}",
            peer=peer,
            wanted=wanted,
            measure=partial(measure_suppressing, kind, by_hand),
            check=partial(check_suppressing, kind, by_hand),
        )
        for kind in KINDS
        for suffix, peer, by_hand, wanted in (
            ("", "an INSERT of a list", insert_rows, Within(1.7)),
            ("-array", "an INSERT of an array", insert_array, Within()),
        )
    ),
    *(
        Benchmark(
            name=f"suppress-wait-{kind}",
            what=f"longest intake meanwhile, {NAMES[kind]}",
            peer="to suppress 100,000",
            wanted=Within(0.1),
            measure=partial(measure_waiting, kind),
            check=partial(check_suppressing, kind, insert_rows),
        )
        for kind in KINDS
    ),
    *(
        Benchmark(
            name=f"shared-many-{kind}",
            what=f"read in 1,000 campaigns, {NAMES[kind]}",
            peer="in 20, analysed",
            wanted=Within(2),
            measure=partial(measure_many, kind),
            check=partial(check_many, kind),
        )
        for kind in KINDS
    ),
)
