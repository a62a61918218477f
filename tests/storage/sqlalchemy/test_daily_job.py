"""A daily job over all clients: the host's own columns, time zones, and any number of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    MetaData,
    Table,
    Text,
    Uuid,
    exists,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.orm import registry

import campaignkit as ck
from campaignkit.storage import CampaignsQuery, Store
from campaignkit.storage.sqlalchemy import (
    AsyncSQLAlchemyStore,
    SQLAlchemyStore,
    Tables,
    define_tables,
)
from campaignkit.testing import BlockingStore, EventLoop
from tests.storage.sqlalchemy.doing import CREATED, DAY

REGIONS = ("au", "nz", "au", "de", "au", "nz")
ZONES = {"au": "Australia/Sydney", "nz": "Pacific/Auckland", "de": "Europe/Berlin"}
LATE = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
"""Monday in Sydney and Auckland, and still Sunday in Berlin."""


@pytest.fixture
def tables() -> Tables:
    """Give the tables of a host with a column and a table of its own."""
    metadata = MetaData()
    tables = define_tables(metadata, clients=None)
    tables.campaigns.append_column(Column("region", Text()))
    tables.campaigns.append_column(Column("is_vip", Boolean()))
    Table("accounts", metadata, Column("client", Uuid(), primary_key=True), Column("plan", Text()))
    return tables


@pytest.fixture
def campaigns(engine: Engine, tables: Tables) -> list[ck.Campaign]:
    """Store a campaign of each client, in the order of their ids."""
    tables.campaigns.metadata.create_all(engine)
    store = SQLAlchemyStore(engine, tables)
    new = [active() for _ in REGIONS]
    stored = sorted(store.add_all(new), key=lambda campaign: campaign.id)
    with engine.begin() as connection:
        for campaign, region in zip(stored, REGIONS, strict=True):
            its = tables.campaigns.c.id == campaign.id
            connection.execute(
                update(tables.campaigns).where(its).values(region=region, is_vip=region == "de")
            )
        accounts = tables.campaigns.metadata.tables["accounts"]
        rows = [{"client": c.client_id, "plan": f"{n % 2}"} for n, c in enumerate(stored)]
        connection.execute(insert(accounts), rows)
    return stored


def active(**fields: Any) -> ck.Campaign:  # of a campaign
    draft = ck.Campaign.draft(client_id=uuid4(), name="x", created_at=CREATED, **fields)
    return evolve(draft, status=ck.CampaignStatus.ACTIVE)


@pytest.fixture(params=["sync", "async"])
def store(
    request: pytest.FixtureRequest, url: str, tables: Tables, campaigns: list[ck.Campaign]
) -> Iterator[Store]:
    """Give each kind of store on the filled database."""
    assert campaigns
    if request.param == "sync":
        with SQLAlchemyStore.open(url, tables) as opened:
            yield opened
        return
    with EventLoop() as loop:
        asynchronous = loop.run(AsyncSQLAlchemyStore.open(url, tables))
        yield BlockingStore(asynchronous, loop)
        loop.run(asynchronous.close())


def read_all(page: Callable[..., Any], limit: int) -> list[ck.Campaign]:
    some = page(limit=limit)
    found = list(some.items)
    while some.next is not None:
        some = page(limit=limit, after=some.next)
        found += some.items
    return found


def conditions(tables: Tables) -> Mapping[str, tuple[Any, Callable[[int], bool]]]:
    campaigns = tables.campaigns
    accounts = campaigns.metadata.tables["accounts"]
    its = accounts.c.client == campaigns.c.client_id

    class HostCampaign:
        region: Any
        is_vip: Any

    registry().map_imperatively(HostCampaign, campaigns)
    return {
        "a column": (campaigns.c.region == "au", lambda n: REGIONS[n] == "au"),
        "several": (campaigns.c.region.in_(["de", "nz"]), lambda n: REGIONS[n] != "au"),
        "a function": (func.upper(campaigns.c.region) == "DE", lambda n: REGIONS[n] == "de"),
        "an attribute": (HostCampaign.region == "nz", lambda n: REGIONS[n] == "nz"),
        "a flag": (HostCampaign.is_vip, lambda n: REGIONS[n] == "de"),
        "exists": (exists().where(its, accounts.c.plan == "1"), lambda n: n % 2 == 1),
        "in": (
            campaigns.c.client_id.in_(select(accounts.c.client).where(accounts.c.plan == "0")),
            lambda n: n % 2 == 0,
        ),
        "all": (true(), lambda _: True),
    }


def test_a_job_may_be_about_some_rows_of_the_host(
    store: Store, tables: Tables, campaigns: list[ck.Campaign]
) -> None:
    for name, (where, keeps) in conditions(tables).items():
        wanted = [campaign for n, campaign in enumerate(campaigns) if keeps(n)]
        for limit in (1, 2, 100):
            page = partial(store.running_across_clients, DAY, where=where)
            assert read_all(page, limit) == wanted, name


def test_a_condition_on_other_tables_is_refused(store: Store, tables: Tables) -> None:
    accounts = tables.campaigns.metadata.tables["accounts"]
    for where, fault in (
        (accounts.c.plan == "1", "where must be about campaigns; put accounts in a subquery"),
        (tables.campaigns.alias("other").c.region == "au", "where must be about campaigns"),
        ("region = 'au'", "where must be a condition of SQLAlchemy, not \"region = 'au'\""),
        (tables.campaigns, "where must be a condition of SQLAlchemy"),
    ):
        bad: Any = where
        with pytest.raises(ck.InvalidError) as refused:
            store.running_across_clients(DAY, where=bad)
        assert str(refused.value).startswith(fault)


def test_each_client_has_its_own_day(
    store: Store, tables: Tables, campaigns: list[ck.Campaign], engine: Engine
) -> None:
    regions = {c.client_id: region for c, region in zip(campaigns, REGIONS, strict=True)}

    def local_day(campaign: ck.Campaign) -> date:
        return LATE.astimezone(ZoneInfo(ZONES[regions[campaign.client_id]])).date()

    with engine.begin() as connection:
        connection.execute(update(tables.campaigns).values(start_date=date(2026, 11, 23)))
    wanted = [c.id for c, region in zip(campaigns, REGIONS, strict=True) if region != "de"]
    for limit in (1, 2, 100):
        found = read_all(partial(store.running_across_clients, local_day), limit)
        assert [campaign.id for campaign in found] == wanted
    is_nz = tables.campaigns.c.region == "nz"
    found = read_all(partial(store.running_across_clients, local_day, where=is_nz), 1)
    assert [campaign.id for campaign in found] == [campaigns[1].id, campaigns[5].id]


@pytest.mark.parametrize("day", [None, "2026-11-23", LATE])
def test_a_function_must_return_a_date(store: Store, day: Any) -> None:
    with pytest.raises(ck.InvalidError, match=r"^day\(campaign\) must be a date, not "):
        store.running_across_clients(lambda _: day)


def test_a_functions_error_is_raised_as_it_is(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        store.running_across_clients(lambda _: DAY + timedelta(1 // 0))


def test_campaigns_may_be_asked_for_by_any_number_of_ids(
    store: Store, campaigns: list[ck.Campaign], engine: Engine, tables: Tables
) -> None:
    """More than either database takes parameters; they come in order and in pages of any size."""
    mine = [evolve(active(), client_id=campaigns[0].client_id) for _ in range(5)]
    ours = sorted([campaigns[0], *SQLAlchemyStore(engine, tables).add_all(mine)], key=by_id)
    many = 100_000 if isinstance(store, SQLAlchemyStore) else 2_000  # the async store does the same
    for count, limit in ((many, 1000), (2_500, 2), (2_500, 6)):
        spread = [UUID(int=n * (2**128 // count)) for n in range(count)]
        ids = [*spread, *(campaign.id for campaign in ours), *spread[:10], ours[0].id]
        page = partial(ask_by_ids, store, campaigns[0].client_id, ids)
        assert read_all(page, limit) == ours


def by_id(campaign: ck.Campaign) -> UUID:
    return campaign.id


def ask_by_ids(store: Store, client_id: UUID, ids: list[UUID], **paging: Any) -> Any:  # of a query
    return store.ask(CampaignsQuery(client_id, ids=ids, **paging))
