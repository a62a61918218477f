"""A row that cannot be read comes as corrupt beside the good ones, in each listing and driver."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import evolve, frozen

import campaignkit as ck
from campaignkit.storage import Page, Store
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.doing import CREATED, DAY, admit, campaign, nothing, see
from tests.storage.sqlalchemy.test_refusals import POSTGRES, SQLITE, joined, opened, sql

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
UNTOLD = b"\xff\xfe\xc3(".hex()
"""What is UTF-8 nowhere."""


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Generator[str]:
    with databases.new(postgres_url) as url:
        yield url


@frozen
class Listings:
    """Three campaigns of a client, of which the middle one has three leads, events and so on."""

    store: Store
    client_id: UUID
    id: UUID

    def page(self, table: str) -> Callable[..., Page[Any, Any]]:
        every: dict[str, Callable[..., Page[Any, Any]]] = {
            "campaigns": partial(self.store.find, self.client_id),
            "running": partial(self.store.running_across_clients, DAY),
            "campaign_leads": partial(self.store.assignments, self.client_id, self.id),
            "campaign_suggestions": partial(self.store.suggestions, self.client_id, self.id),
            "campaign_events": partial(self.store.history, self.client_id, self.id),
            "feed": self.read_feed,
        }
        return every[table]

    def read_feed(self, after: str | None = None, limit: int = 100) -> Page[Any, Any]:
        """Read the feed as a listing, which ends."""
        page = self.store.feed(self.client_id, after, limit=limit)
        is_full = len(page.items) + len(page.corrupt) == limit
        return page if is_full else evolve(page, next=None)


def listings(store: Store) -> Listings:
    client_id = uuid4()
    first = uuid4().int >> 64 << 64
    for n in range(3):
        store.add(campaign(client_id=client_id, id=UUID(int=first + n)))
    service, key = (
        ck.CampaignService(store, clock=lambda: CREATED),
        (client_id, UUID(int=first + 1)),
    )
    for n in range(3):
        service.edit(*key, name=f"name {n}", by=ANN, reason="why")
        service.edit(*key, name=f"suggested {n}", by=SCOUT, reason="why")
        store.transact(*key, admit(f"lead-{n}"))
    store.transact(*key, admit("lead-9"))
    return Listings(store, *key)


def pages(page: Callable[..., Page[Any, Any]], size: int) -> Iterator[Page[Any, Any]]:
    after: Any = None
    for _ in range(20):
        one = page(after=after, limit=size)
        yield one
        after = one.next
        if after is None:
            return
    pytest.fail("the pages have no end")


def check(found: Listings, table: str) -> ck.CorruptRowError:
    """Check that a listing has one corrupt row, and all good ones, in pages of any size."""
    listing = found.page(table)
    whole = listing(limit=100)
    (error,) = whole.corrupt
    assert whole.items
    assert str(error).isprintable()
    for size in (1, 2, 3):
        every = list(pages(listing, size))
        assert tuple(item for one in every for item in one.items) == whole.items
        assert [str(e) for one in every for e in one.corrupt] == [str(error)]
        assert all(len(one.items) <= size for one in every)
    return error


BYTES: tuple[tuple[str, str, str], ...] = (
    ("campaigns", "name", "id LIKE '%1'"),
    ("campaigns", "target_titles", "id LIKE '%1'"),
    ("campaigns", "status", "id LIKE '%1'"),
    ("campaigns", "created_at", "id LIKE '%1'"),
    ("campaigns", "end_date", "id LIKE '%1'"),
    ("campaigns", "daily_lead_limit", "id LIKE '%1'"),
    ("campaign_leads", "lead_id", "lead_id = 'lead-1'"),
    ("campaign_leads", "lead_id", "lead_id = 'lead-0'"),
    ("campaign_leads", "lead_id", "lead_id = 'lead-9'"),
    ("campaign_leads", "channel", "lead_id = 'lead-1'"),
    ("campaign_leads", "day", "lead_id = 'lead-1'"),
    ("campaign_suggestions", "state", "id = (SELECT max(id) FROM campaign_suggestions)"),
    ("campaign_suggestions", "suggestion", "id = (SELECT min(id) FROM campaign_suggestions)"),
    ("campaign_events", "kind", "number = 2"),
    ("campaign_events", "event", "number = 2"),
)


@pytest.mark.parametrize("driver", SQLITE)
@pytest.mark.parametrize("way", ["opened", "joined"])
def test_text_that_is_not_utf_8(sqlite: str, driver: str, way: str) -> None:
    with opened(sqlite, driver) as store:
        found = listings(store)
    for table, column, where in BYTES:
        sql(sqlite, f"CREATE TABLE saved AS SELECT * FROM {table}")
        spoil = f"SET {column} = CAST(x'{UNTOLD}' AS TEXT) WHERE {where}"
        sql(sqlite, "PRAGMA ignore_check_constraints = ON", f"UPDATE {table} {spoil}")
        with opened(sqlite, driver) if way == "opened" else only(sqlite, driver) as store:
            error = check(Listings(store, found.client_id, found.id), table)
            if table == "campaign_events":
                check(Listings(store, found.client_id, found.id), "feed")
            assert "\\udcff" in str(error)
            if table == "campaigns":
                key: tuple[UUID, Any] = (found.client_id, error.key)
                with pytest.raises(ck.CorruptRowError) as refused:
                    store.get(*key)
                assert store.snapshot(*key, day=DAY).campaign == refused.value.readable
                assert store.transact(*key, see).outcome == refused.value.readable
        sql(
            sqlite,
            "PRAGMA foreign_keys = OFF",
            f"DELETE FROM {table}",
            f"INSERT INTO {table} SELECT * FROM saved",
            "DROP TABLE saved",
        )


@contextmanager
def only(url: str, driver: str) -> Generator[Store]:
    with joined(url, driver) as (store, _):
        yield store


BEFORE_CHRIST = "'0044-03-15 BC'"  # what asyncpg does not read as some other day, as infinity
HUGE = "('{\"campaign_id\": 1' || repeat('0', 6000) || '}')::jsonb"
DEEP = "(repeat('[', 5000) || repeat(']', 5000))::jsonb"

VALUES: tuple[tuple[str, str, str, str], ...] = (
    ("campaigns", "start_date", BEFORE_CHRIST, "id = '{id}'"),
    ("running", "start_date", BEFORE_CHRIST, "id = '{id}'"),
    ("campaigns", "created_at", BEFORE_CHRIST, "id = '{id}'"),
    ("campaign_leads", "day", BEFORE_CHRIST, "lead_id = 'lead-1'"),
    ("campaign_suggestions", "suggestion", HUGE, "id = (SELECT max(id::text)::uuid FROM {table})"),
    ("campaign_events", "event", HUGE, "number = 2"),
    ("campaign_events", "event", DEEP, "number = 2"),
    ("feed", "event", HUGE, "number = 2"),
    ("feed", "event", DEEP, "number = 2"),
)


@pytest.mark.parametrize("driver", POSTGRES)
def test_values_that_python_does_not_have(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        for listing, column, value, condition in VALUES:
            table = {"running": "campaigns", "feed": "campaign_events"}.get(listing, listing)
            sql(postgres, "TRUNCATE campaigns CASCADE")
            found = listings(store)
            where = condition.format(id=found.id, table=table)
            sql(postgres, f"UPDATE {table} SET {column} = {value} WHERE {where}")
            check(found, listing)
            key = found.client_id, found.id
            if table == "campaigns":
                service = ck.CampaignService(store)
                assert service.delete(*key, by=ANN).deleted_at is not None
                restored = service.restore(*key, by=ANN)
                assert [*restored.faults] == [column]
                with pytest.raises(ck.CorruptRowError, match=column):
                    service.get(*key)
            if listing == "campaign_leads":
                for use in (
                    partial(store.snapshot, *key, lead_ids=["lead-0", "lead-1"]),
                    partial(store.transact, *key, nothing, lead_ids=["lead-1"]),
                ):
                    with pytest.raises(ck.CorruptRowError, match="lead-1"):
                        use()
            if listing == "campaign_suggestions":
                (error,) = store.suggestions(*key).corrupt
                spoilt: Any = error.key
                with pytest.raises(ck.CorruptRowError):
                    store.transact(*key, nothing, suggestion_ids=[spoilt])
                store.transact(*key, nothing, pending=True)  # which leaves it out
