"""What a host's PostgreSQL is set to: how long to wait for locks, and to be read only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from campaignkit import Actor, Campaign, CampaignService, Lead, StoreUnavailableError
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests import postgres as servers
from tests.postgres import driver_url
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.doing import DAY, admit, campaign, rename
from tests.storage.sqlalchemy.test_poolers import stored

# -- Time-outs ------------------------------------------------------------------------------------

NOTING = """
CREATE TABLE IF NOT EXISTS noted (lock_timeout TEXT);
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO noted VALUES (current_setting('lock_timeout')); RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER note BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION note();
"""
"""Notes which time-out holds as a campaign is written."""

TIMEOUTS = [
    # of the database, ours, which holds
    ("0", 10.0, "10s"),
    ("20ms", 10.0, "20ms"),
    ("1500ms", 1.0, "1s"),
    ("1min", 90.0, "1min"),
    ("2h", 90.0, "90s"),
    ("1d", None, "1d"),
    ("1", 0.0, "1ms"),
]


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with databases.new(postgres_url) as url:
        with SQLAlchemyStore.open(url):
            pass
        with psycopg.connect(driver_url(url)) as connection:
            connection.execute(NOTING)
        yield url


@pytest.mark.parametrize(("hosts", "ours", "holds"), TIMEOUTS)
@pytest.mark.parametrize("way", ["opened", "host"])
@pytest.mark.parametrize("driver", ["psycopg", "async asyncpg"])
def test_the_shorter_time_out_for_locks_holds(
    url: str, driver: str, way: str, *, hosts: str, ours: float | None, holds: str
) -> None:
    database = make_url(url).database
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database} SET lock_timeout = '{hosts}'".encode())
        connection.execute("TRUNCATE noted")
        with stored(url, driver, way, lock_timeout=ours) as store:
            added = store.add(campaign())
            store.transact(added.client_id, added.id, rename("x"))
        assert connection.execute("SELECT * FROM noted").fetchall() == [(holds,)]


@pytest.mark.parametrize(("hosts", "ours", "holds"), TIMEOUTS)
def test_the_connections_of_an_opened_store_have_it_too(
    url: str, hosts: str, ours: float | None, holds: str
) -> None:
    database = make_url(url).database
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database} SET lock_timeout = '{hosts}'".encode())
    with SQLAlchemyStore.open(url, lock_timeout=ours) as store:
        assert isinstance(store.bind, Engine)
        with store.bind.connect() as connected:
            assert connected.exec_driver_sql("SHOW lock_timeout").scalar() == holds


# -- Read only ------------------------------------------------------------------------------------

ANN = Actor.user("ann")


@pytest.fixture(scope="module")
def known(postgres_url: str) -> Iterator[tuple[str, Campaign]]:
    """Give a database with a campaign that has admitted a lead."""
    with databases.new(postgres_url) as url, SQLAlchemyStore.open(url) as store:
        added = store.add(campaign())
        store.transact(added.client_id, added.id, admit("a"))
        yield url, store.get(added.client_id, added.id)


@pytest.fixture(scope="module", params=["hot standby", "role"])
def read_only(request: pytest.FixtureRequest, known: tuple[str, Campaign]) -> Iterator[str]:
    """Give that database as a replica has it, and to a role that is set to read only."""
    url, _ = known
    if request.param == "hot standby":
        if servers.GIVEN_SERVER in os.environ:
            pytest.skip(f"the server in {servers.GIVEN_SERVER} cannot be copied")
        with servers.standby(url) as copy:
            with psycopg.connect(driver_url(copy)) as connection:
                assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
            yield copy
        return
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        connection.execute("CREATE ROLE campaignkit_reader LOGIN SUPERUSER")
        connection.execute("ALTER ROLE campaignkit_reader SET default_transaction_read_only = on")
        yield make_url(url).set(username="campaignkit_reader").render_as_string(hide_password=False)
        connection.execute("DROP ROLE campaignkit_reader")


@pytest.mark.parametrize("way", ["opened", "host"])
@pytest.mark.parametrize("driver", ["psycopg", "async psycopg", "async asyncpg"])
def test_what_is_read_only_serves_reads_and_says_so_to_writes(
    read_only: str, known: tuple[str, Campaign], driver: str, way: str
) -> None:
    there = known[1]
    key = there.client_id, there.id
    with stored(read_only, driver, way) as store:
        service = CampaignService(store)
        assert service.get(*key) == there
        assert store.find(key[0]).items == (there,)
        assert len(store.assignments(*key).items) == 1
        preview = service.preview(*key, [Lead("b", als_score=90)], day=DAY, by=ANN)
        assert len(preview.assignments) == 1
        writes: list[Callable[[], object]] = [
            lambda: store.add(campaign()),
            lambda: store.transact(*key, rename("x")),
            lambda: service.pause(*key, by=ANN),
            lambda: service.intake(*key, [Lead("b", als_score=90)], day=DAY, by=ANN),
        ]
        for write in writes:
            with pytest.raises(StoreUnavailableError, match="is read-only") as refused:
                write()
            assert not refused.value.outcome_unknown
        assert service.get(*key) == there
