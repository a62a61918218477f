"""Eight processes use twenty campaigns of one client, whose rules hold whatever they do.

On the library's own transactions and on a host's, at every level of isolation. What must hold is
read from the tables by plain SQL. With `--long` they offer 100,000 leads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from functools import partial
from typing import Any

import pytest
from attrs import frozen
from sqlalchemy import Engine

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import client_ledgers
from tests.storage.races.client_acts import (
    CAMPAIGNS,
    Report,
    World,
    add_campaigns,
    new_client,
    strict_policy,
    suppress_and_complete,
    work,
)
from tests.storage.races.client_ledgers import Gifts, check_policy
from tests.storage.races.ledgers import ANN, make_service
from tests.storage.races.processes import together
from tests.storage.races.sites import HostsConnection, HostsEngine, Opened, engine_of

PROCESSES = 8
SITES = {
    "postgres": False,
    "sqlite": False,
    "a host's READ COMMITTED": True,
    "a host's REPEATABLE READ": False,
    "a host's SERIALIZABLE": True,
    "a host's SQLite connection": True,
}
"""The ways to use a store, and whether one is tried with `--long` only."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.long if is_long else ())
        for name, is_long in SITES.items()
    ],
)
def site(request: pytest.FixtureRequest) -> Opened | HostsConnection:
    """Give each way to use a store in turn."""
    match str(request.param).removeprefix("a host's ").split():
        case ["SQLite", _]:
            return HostsConnection(request.getfixturevalue("rollback_sqlite"))
        case ["postgres" | "sqlite" as name]:
            return Opened(request.getfixturevalue(name))
        case words:
            return HostsConnection(request.getfixturevalue("postgres"), " ".join(words))


@pytest.fixture
def engine(site: Opened | HostsEngine | HostsConnection) -> Generator[Engine]:
    """Give the test's own way to the site's database."""
    with engine_of(site.url) as engine:
        yield engine


@frozen
class Size:
    """How many leads there are, how many are offered in how many turns, and a channel's limit."""

    pool: int
    offer: int
    turns: int
    per_day: int


SIZES = {
    "few": Size(120, 12, 8, per_day=3),
    "many": pytest.param(Size(100_000, 250, 80, per_day=600), marks=pytest.mark.long),
}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_rules_of_a_client_hold(
    site: Opened | HostsConnection, engine: Engine, size: Size
) -> None:
    client_id, policy = new_client(), strict_policy(size.per_day)
    ids = add_campaigns(engine, client_id, CAMPAIGNS, limit=10 * size.offer)
    make_service(SQLAlchemyStore(engine)).set_client_policy(client_id, policy, by=ANN)
    world = World(site, site.url, client_id, ids, size.pool, size.offer, size.turns)
    deadlocks = client_ledgers.count_deadlocks(engine)
    reports = together(
        partial(suppress_and_complete, world),
        *(partial(work, world, number) for number in range(1, PROCESSES)),
        meetings=world.meetings,
    )
    ledger = client_ledgers.checked(engine, client_id)
    check_policy(ledger, policy)
    check_suppressed(ledger.ever, reports)
    taken = sum((report.taken for report in reports), Counter[Any]())
    released = sum((report.released for report in reports), Counter[Any]())
    assert taken - released == Counter((g.campaign_id, g.lead_id) for g in ledger.rows)
    assert client_ledgers.count_deadlocks(engine) == deadlocks
    # The rules were reached.
    reasons = sum((report.reasons for report in reports), Counter[str]())
    assert {ck.Reason.CLAIMED, ck.Reason.CHANNEL_LIMIT} <= reasons.keys()


def check_suppressed(ever: Gifts, reports: list[Report]) -> None:
    """Hold that nobody was given to a campaign after the suppression had committed."""
    suppressed = {one: seen for report in reports for one, seen in report.suppressed.items()}
    assert suppressed
    given = Counter({gift: n for gift, n in ever.items() if gift.lead_id in suppressed})
    assert given - sum(suppressed.values(), Gifts()) == Gifts()
