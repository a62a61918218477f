"""Whether prospects fit, in Python and in PostgreSQL, and what people write in place of that.

They write one case-insensitive alternation for each dimension, or `ILIKE '%…%'`, and look for it in
the raw text. That is wrong (a CTO is found in every Director), but it is the price to compare with.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from random import Random
from time import perf_counter
from typing import Any, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    create_engine,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
)

import campaignkit as ck
from campaignkit.storage.sqlalchemy import matches_clause, normalised_column
from tests import postgres
from tests.benchmarks.harness import (
    Benchmark,
    Effort,
    Faster,
    Figures,
    Within,
    compare,
    factor,
    interleave,
)

TITLES = (
    *("CEO", "Co-Founder & CEO", "Founder", "Managing Director", "Director of Marketing", "Owner"),
    *("Chief Technology Officer", "Vice President, Sales", "Sr. Marketing Manager", "Head of IT"),
    *("Senior Software Engineer", "Account Executive", "Operations Manager", "Art Director"),
    *("Recruiter", "Business Development Manager", "Office Manager", "Product Owner", "Partner"),
)
INDUSTRIES = (
    *("Marketing & Advertising", "Information Technology and Services", "Hospitality", "SEO"),
    *("Financial Services", "Hospital & Health Care", "Construction", "Retail", "Real Estate"),
    *("Computer Software", "Education Management", "Law Practice", "Banking", "Design"),
)
CITIES = (
    *("Sydney, NSW, Australia", "Melbourne VIC", "North Sydney, NSW", "Brisbane, Queensland"),
    *("Austin, TX", "Toronto, Ontario, Canada", "London, England, United Kingdom", "Nelson Bay"),
    *("Perth, WA", "Hobart TAS", "Auckland, New Zealand", "San Francisco, California"),
)
SIZES = ("1-10", "11-50", "51-200", "201-500", "501-1,000", "1,001-5,000", "10,001+")

TARGETING = ck.Targeting(
    industries=("SEO", "Marketing & Advertising", "Computer Software"),
    titles=("CEO", "Founder", "Managing Director", "Owner", "CMO"),
    company_sizes=("1-10", "11-50", "501-1,000"),
    locations=("Sydney", "Melbourne, VIC", "Brisbane"),
)

Known: TypeAlias = dict[str, str]


def somebody(rng: Random) -> Known:
    return {
        "industry": rng.choice(INDUSTRIES),
        "title": rng.choice(TITLES),
        "company_size": rng.choice(SIZES),
        "location": rng.choice(CITIES),
    }


def people(count: int) -> list[Known]:
    rng = Random(5)
    return [somebody(rng) for _ in range(count)]


def prospect(known: Known) -> ck.Prospect:
    fields: Any = known
    return ck.Prospect(**fields)


# --- One prospect, one targeting -----------------------------------------------------------------


def alternations() -> list[tuple[str, re.Pattern[str]]]:
    """Return what is searched for in each of a prospect's texts."""
    lists = {
        "industry": TARGETING.industries,
        "title": TARGETING.titles,
        "company_size": TARGETING.company_sizes,
        "location": TARGETING.locations,
    }
    return [
        (name, re.compile("|".join(map(re.escape, targets)), re.IGNORECASE))
        for name, targets in lists.items()
    ]


def searches(some: Sequence[Known]) -> Callable[[], None]:
    """Return a run of all searches in each prospect, of which each says its part, as ours does."""
    (a, one), (b, two), (c, three), (d, four) = alternations()

    def run() -> None:
        for known in some:
            _ = (
                one.search(known[a]),
                two.search(known[b]),
                three.search(known[c]),
                four.search(known[d]),
            )

    return run


def measure_match(effort: Effort, *, fresh: bool) -> Figures:
    some = people(min(effort.leads, 500))
    made = [prospect(known) for known in some]

    def match() -> None:
        for one in made:
            _ = TARGETING.match(one).verdict

    def make_and_match() -> None:
        for known in some:
            _ = TARGETING.match(prospect(known)).verdict

    ours = make_and_match if fresh else match
    return compare(ours, searches(some), rounds=min(effort.rounds, 60), per=len(some))


def check_match() -> None:
    """Whoever fits is found by the searches too, and the searches find more."""
    fits = dict.fromkeys(ck.Fit, 0)
    wrong = 0
    for known in people(2_000):
        verdict = TARGETING.match(prospect(known)).verdict
        found = all(pattern.search(known[name]) for name, pattern in alternations())
        fits[verdict] += 1
        assert found or verdict is not ck.Fit.YES or known["location"] == "Melbourne VIC"
        wrong += found and verdict is ck.Fit.NO
    assert fits[ck.Fit.YES]
    assert wrong


# --- One prospect, many targetings ---------------------------------------------------------------

MANY = 10_000


def targetings(count: int) -> dict[int, ck.Targeting]:
    """Return targetings of some thousand cities, so that few of them fit anybody."""
    rng = Random(6)

    def some(values: Sequence[str]) -> list[str]:
        return rng.sample(values, rng.randint(1, 3))

    cities = [f"City {n}" for n in range(count // 20)] or ["City 0"]
    return {
        i: ck.Targeting(some(INDUSTRIES), some(TITLES), some(SIZES), rng.choices(cities, k=2))
        for i in range(count)
    }


def seekers() -> list[ck.Prospect]:
    return [prospect({**known, "location": "City 0, NSW"}) for known in people(20)]


def measure_index(effort: Effort) -> Figures:
    many = targetings(min(effort.leads, MANY))
    index, some = ck.targeting.TargetingIndex(many), seekers()

    def ours() -> None:
        for one in some:
            index.find_fits(one)

    def peer() -> None:
        for one in some:
            _ = [key for key, each in many.items() if each.match(one).verdict is ck.Fit.YES]

    return compare(ours, peer, rounds=min(effort.rounds, 7), per=len(some))


def check_index() -> None:
    many = targetings(1_000)
    index = ck.targeting.TargetingIndex(many)
    found = [index.find_fits(one) for one in seekers()]
    assert any(found)
    for one, keys in zip(seekers(), found, strict=True):
        assert list(keys) == [k for k, t in many.items() if t.match(one).verdict is ck.Fit.YES]


def measure_index_growth(effort: Effort) -> Figures:
    """Compare the time a prospect takes among ten times as many targetings, fits being as many.

    The peer is the growth of the fits.
    """
    few = targetings(min(effort.leads, MANY))
    more = targetings(10 * len(few))
    some = seekers()
    small, large = ck.targeting.TargetingIndex(few), ck.targeting.TargetingIndex(more)

    def run(index: ck.targeting.TargetingIndex[int]) -> int:
        return sum(len(index.find_fits(one)) for one in some)

    first, then = interleave((partial(run, small), partial(run, large)), min(effort.rounds, 60))
    return Figures(ours=then / first, peer=(run(large) + 1) / (run(small) + 1))


# --- A million prospects in PostgreSQL -----------------------------------------------------------

_COLUMNS = {name: Column(name, Text) for name in ("industry", "title", "location")}
PROSPECTS = Table(
    "prospects",
    MetaData(),
    Column("id", Integer, primary_key=True),
    *_COLUMNS.values(),
    Column("company_size", Text),
    Column("low", Integer),
    Column("high", Integer),
    *(normalised_column(f"{name}_words", column) for name, column in _COLUMNS.items()),
)
C = PROSPECTS.c
ONE_TITLE = ck.Targeting(titles=["CEO"])


def raw(targeting: ck.Targeting) -> ColumnElement[bool]:
    return matches_clause(
        targeting,
        industry=C.industry,
        title=C.title,
        company_size=C.company_size,
        location=C.location,
    )


def generated(targeting: ck.Targeting) -> ColumnElement[bool]:
    return matches_clause(
        targeting,
        industry=C.industry_words,
        title=C.title_words,
        company_size=(C.low, C.high),
        location=C.location_words,
        normalised=True,
    )


def ilike(targeting: ck.Targeting) -> ColumnElement[bool]:
    lists = {
        C.industry: targeting.industries,
        C.title: targeting.titles,
        C.company_size: targeting.company_sizes,
        C.location: targeting.locations,
    }
    return and_(
        *(
            or_(*(column.ilike(f"%{target}%") for target in targets))
            for column, targets in lists.items()
            if targets
        )
    )


@cache
def server() -> str:
    """Return the URL of an empty database that goes away with this process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(postgres.database())


@contextmanager
def a_million(effort: Effort) -> Generator[Connection]:
    """Give a connection to a database that has so many prospects."""
    some = people(min(effort.leads, 5_000))
    rows: list[dict[str, Any]] = []
    for known in some:
        size = ck.targeting.CompanySize.parse(known["company_size"])
        rows.append({**known, "low": size.low, "high": size.high})
    names = ", ".join(rows[0])
    engine = create_engine(server())
    with engine.connect() as connection:
        # In a transaction that is given up; in one process, so that the ratio is that of the work.
        PROSPECTS.create(connection)
        connection.execute(insert(PROSPECTS), rows)
        copies = (effort.leads - len(rows)) // len(rows)
        copy = f"SELECT {names} FROM prospects, generate_series(1, {copies})"
        connection.execute(text(f"INSERT INTO prospects ({names}) {copy}"))
        connection.execute(text("ANALYZE prospects"))
        connection.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        yield connection
    engine.dispose()


Clause: TypeAlias = Callable[[ck.Targeting], ColumnElement[bool]]


def measure_clause(clause: Clause, targeting: ck.Targeting, effort: Effort) -> Figures:
    with a_million(effort) as connection:

        def side(condition: ColumnElement[bool]) -> Callable[[], object]:
            query = select(func.count(literal_column("*"))).where(condition)
            return lambda: connection.scalar(query)

        # The work is done in another process, so its time is that on the wall.
        ours, peer = interleave(
            (side(clause(targeting)), side(ilike(targeting))),
            min(effort.rounds, 7),
            clock=perf_counter,
        )
    return Figures(ours=ours, peer=peer)


def check_clause(clause: Clause, targeting: ck.Targeting) -> None:
    """The clause finds exactly who fits."""
    with a_million(Effort(leads=500)) as connection:
        found = connection.execute(select(PROSPECTS).where(clause(targeting))).mappings().all()
        everybody = connection.execute(select(PROSPECTS)).mappings().all()
    fits = [
        row["id"]
        for row in everybody
        if targeting.match(
            ck.Prospect(
                industry=row["industry"],
                title=row["title"],
                company_size=row["company_size"],
                location=row["location"],
            )
        ).verdict
        is ck.Fit.YES
    ]
    assert fits
    assert sorted(row["id"] for row in found) == fits


ALTERNATIONS = "four re searches, IGNORECASE"


def clause_benchmark(
    name: str, what: str, clause: Clause, targeting: ck.Targeting, most: float
) -> Benchmark:
    return Benchmark(
        name=name,
        what=what,
        peer="ILIKE '%…%', the same lists",
        wanted=Within(most),
        measure=partial(measure_clause, clause, targeting),
        check=partial(check_clause, clause, targeting),
    )


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="match",
        what="match, one prospect, one targeting",
        peer=ALTERNATIONS,
        wanted=Within(1),
        measure=partial(measure_match, fresh=False),
        check=check_match,
    ),
    Benchmark(
        name="match-fresh",
        what="match, and the Prospect made",
        peer=ALTERNATIONS,
        wanted=Within(),
        measure=partial(measure_match, fresh=True),
        check=check_match,
    ),
    Benchmark(
        name="index",
        what="TargetingIndex, 10,000 targetings",
        peer="match, one by one",
        wanted=Faster(100),
        measure=measure_index,
        check=check_index,
    ),
    Benchmark(
        name="index-growth",
        what="TargetingIndex, 10,000 to 100,000",
        peer="the number of fits",
        wanted=Within(1.5),
        measure=measure_index_growth,
        check=check_index,
        show=factor,
    ),
    clause_benchmark("clause", "matches_clause, 1,000,000 rows", raw, TARGETING, 4),
    clause_benchmark("clause-title", "matches_clause, one title", raw, ONE_TITLE, 4),
    clause_benchmark("words", "the same, generated columns", generated, TARGETING, 1),
    clause_benchmark("words-title", "the same, one title", generated, ONE_TITLE, 1),
)
