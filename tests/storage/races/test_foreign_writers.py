"""Somebody writes the same table by plain SQL, and knows nothing of the library.

With and without a trigger that always sets `updated_at` to the same time. All they do is counted
in turns, of which `--hypothesis-profile=long` makes 50 times as many.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, Uuid, bindparam, text

import campaignkit as ck
from campaignkit.errors import ConflictError
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import ledgers
from tests.storage.races.acts import count, take, take_until_paused
from tests.storage.races.conftest import file_url
from tests.storage.races.ledgers import CLIENT, DAY
from tests.storage.races.processes import Parent, together
from tests.storage.races.sites import Opened, engine_of
from tests.storage.sqlalchemy import databases

SQLITE_TRIGGER = """
CREATE TRIGGER touch AFTER UPDATE ON campaigns BEGIN
    UPDATE campaigns SET updated_at = '2000-01-01 00:00:00.000000' WHERE id = NEW.id;
END
"""
"""As `databases.TRIGGER`."""

CHANGES = [
    "name = 'another'",
    "status = 'paused'",
    "email_allocation = 39, mail_allocation = 6",
    "total_lead_limit = NULL",
    "deleted_at = created_at",
]
MIXES = [(100, 0, 0), (20, 80, 0), (34, 33, 33)]


@pytest.fixture(scope="module", params=["postgres", "sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=[False, True], ids=["no trigger", "trigger"])
def has_trigger(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def url(
    kind: str,
    has_trigger: bool,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[str]:
    """Give the URL of a database whose table has the trigger, or has not."""
    if kind == "sqlite":
        url = file_url(tmp_path_factory.mktemp("foreign"))
        make(url, SQLITE_TRIGGER if has_trigger else None)
        yield url
        return
    with databases.new(request.getfixturevalue("postgres_url")) as url:
        make(url, databases.TRIGGER.format(table="campaigns") if has_trigger else None)
        yield url


def make(url: str, trigger: str | None) -> None:
    with SQLAlchemyStore.open(url):
        pass  # to have the tables
    with engine_of(url) as engine, engine.begin() as connection:
        if trigger is not None:
            connection.execute(text(trigger))


def write(connection: Connection, change: str, campaign_id: UUID) -> None:
    """Change columns of a campaign, and nothing else."""
    statement = text(f"UPDATE campaigns SET {change} WHERE id = :id")  # ours
    connection.execute(statement.bindparams(bindparam("id", campaign_id, Uuid())))


@pytest.mark.parametrize("change", CHANGES)
def test_replace_sees_that_somebody_wrote(engine: Engine, change: str) -> None:
    store = SQLAlchemyStore(engine)
    campaign = store.add(ledgers.running(total_lead_limit=10))
    with engine.begin() as connection:
        write(connection, "daily_lead_limit = 7", campaign.id)
    before = store.get(CLIENT, campaign.id)
    with engine.begin() as connection:
        write(connection, change, campaign.id)
    with pytest.raises(ConflictError):
        store.replace(before, before.edit(at=before.updated_at, name="ours"))
    now = store.get(CLIENT, campaign.id, include_deleted=True)
    assert now.name != "ours"
    assert now.updated_at == before.updated_at  # by this nobody could have told
    after = now.restore(at=now.updated_at) if now.deleted_at else now.complete(at=now.updated_at)
    assert store.replace(now, after).status == after.status


def test_no_update_is_lost(url: str, engine: Engine, effort: int) -> None:
    site, turns = Opened(url), 5 * effort
    campaign_id = SQLAlchemyStore(engine).add(ledgers.running(total_lead_limit=1)).id
    together(
        *[partial(count, site, campaign_id, turns)] * 3,
        *[partial(replace, site, campaign_id, turns)] * 2,
        *[partial(count_by_sql, url, campaign_id, turns)] * 3,
    )
    row = ledgers.checked(engine, campaign_id).campaign
    assert row["name"] == str(6 * turns)
    assert row["daily_lead_limit"] == 50 + 2 * turns
    assert row["total_lead_limit"] == 1 + 3 * turns


def replace(site: Opened, campaign_id: UUID, turns: int, test: Parent) -> None:
    """Read a campaign, raise its limit, and replace it, again until nobody came between."""
    with site.enter() as run:
        test.meet()
        for _ in range(turns):
            while not run(partial(_replaced, campaign_id)):
                pass


def _replaced(campaign_id: UUID, service: ck.CampaignService) -> bool:
    before = service.get(CLIENT, campaign_id)
    limit = before.daily_lead_limit + 1
    try:
        service.store.replace(before, before.edit(at=before.updated_at, daily_lead_limit=limit))
    except ConflictError:
        return False
    return True


def count_by_sql(url: str, campaign_id: UUID, turns: int, test: Parent) -> None:
    """Add to the counter that the library adds to, and to one that only we do."""
    with engine_of(url) as engine:
        test.meet()
        for _ in range(turns):
            with engine.begin() as connection:
                write(
                    connection,
                    "name = CAST(CAST(name AS INTEGER) + 1 AS TEXT),"
                    " total_lead_limit = total_lead_limit + 1",
                    campaign_id,
                )


def test_new_shares_and_a_pause_by_sql(
    url: str, engine: Engine, effort: int, tmp_path: Path
) -> None:
    site, paused, turns = Opened(url), tmp_path / "paused", 5 * effort
    store = SQLAlchemyStore(engine)
    campaign_id = store.add(ledgers.running(daily_lead_limit=100_000)).id
    total, *taken = together(
        partial(edit_by_sql, url, campaign_id, turns, paused),
        *(partial(take_until_paused, site, campaign_id, n, paused) for n in range(1, 8)),
        meetings=2,
    )
    ledger = ledgers.checked(engine, campaign_id)
    assert len(ledger.leads) == total == sum(taken) > 0
    assert max(lead.epoch for lead in ledger.leads) <= turns
    with engine.begin() as connection:
        write(connection, "status = 'active'", campaign_id)
    with site.enter() as run:
        take(run, campaign_id, [ck.Lead("last", 90)], DAY)
    ledger = ledgers.checked(engine, campaign_id)
    shares = [ledger.progress[f"{channel}_allocation"] for channel in ck.Channel]
    assert shares == [*MIXES[(turns - 1) % 3], *[0] * (len(ck.Channel) - 3)]


def edit_by_sql(url: str, campaign_id: UUID, turns: int, paused: Path, test: Parent) -> int:
    """Change the shares over and over, then pause, and tell how many leads there are then."""
    with engine_of(url) as engine:
        test.meet()
        for turn in range(turns):
            email, linkedin, voice = MIXES[turn % 3]
            with engine.begin() as connection:
                write(
                    connection,
                    f"email_allocation = {email}, linkedin_allocation = {linkedin},"
                    f" voice_allocation = {voice}, sms_allocation = 0, mail_allocation = 0",
                    campaign_id,
                )
        with engine.begin() as connection:
            write(connection, "status = 'paused'", campaign_id)
        paused.touch()
        total = len(ledgers.read(engine, campaign_id).leads)
        test.meet()
    return total
