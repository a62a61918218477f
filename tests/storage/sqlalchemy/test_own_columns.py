"""Columns that only the host knows: filled at the creation, and following what is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, RowMapping, create_engine, insert, select

import campaignkit as ck
from campaignkit import Campaign
from campaignkit.serialization._rows import SHARE_COLUMNS
from campaignkit.storage import MemoryStore
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore, Tables
from campaignkit.testing import BlockingStore, EventLoop
from tests.storage.sqlalchemy.databases import add_client, with_other_values
from tests.storage.sqlalchemy.doing import emitted

CLIENT, DAY = UUID(int=7), datetime(2026, 11, 23, tzinfo=UTC).date()
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
DRAFT = Campaign.draft(id=UUID(int=1), client_id=CLIENT, name="Sydney", created_at=NOW)


def follow_pauses(before: Campaign, after: Campaign, event: ck.Event) -> Mapping[str, object]:
    """Return when and why a campaign was paused; nothing where it goes on as it was."""
    if before.status is after.status:
        return {}
    is_paused = after.status is ck.CampaignStatus.PAUSED
    return {
        "paused_at": event.at if is_paused else None,
        "pause_reason": f"{event.by.name}: {event.reason}" if is_paused else None,
    }


def host(engine: Engine, **arguments: Any) -> tuple[Tables, ck.CampaignService]:
    """Make the table of a host that knows a client, and give a service on it."""
    tables = with_other_values(engine, **arguments)
    add_client(engine, CLIENT)
    return tables, ck.CampaignService(SQLAlchemyStore(engine, tables), clock=lambda: NOW)


def row(engine: Engine, tables: Tables) -> RowMapping:
    with engine.connect() as connection:
        return connection.execute(select(tables.campaigns)).mappings().one()


def own(engine: Engine, tables: Tables) -> tuple[object, object]:
    """Return when the campaign was paused, which SQLite tells without a zone, and why."""
    found = row(engine, tables)
    at = found["paused_at"]
    return None if at is None else at.replace(tzinfo=UTC), found["pause_reason"]


# -- At the creation ------------------------------------------------------------------------------


def test_a_new_row_has_the_hosts_columns_from_the_first_statement(engine: Engine) -> None:
    tables, service = host(engine)
    extra = {"owner": "ann", "pause_reason": "not yet"}
    with emitted(engine) as sent:
        created = service.create(DRAFT, by=ANN, extra=extra)
    assert len([one for one in sent if "outreach" in one and "SELECT" not in one]) == 1
    assert created == DRAFT
    found = row(engine, tables)
    assert {key: found[key] for key in extra} == extra


def test_an_async_store_takes_them_too(url: str) -> None:
    engine = create_engine(url)
    tables, _ = host(engine)
    is_postgres = url.startswith("postgresql")
    driver = "postgresql+asyncpg" if is_postgres else "sqlite+aiosqlite"
    address = engine.url.set(drivername=driver)
    with EventLoop() as loop:
        store = loop.run(AsyncSQLAlchemyStore.open(address, tables))
        service = ck.AsyncCampaignService(store)
        loop.run(service.create(DRAFT, by=ANN, extra={"owner": "ann"}))
        other = Campaign.draft(client_id=CLIENT, name="Perth")
        with pytest.raises(ck.errors.InvalidError, match="extra names 'onwer'"):
            BlockingStore(store, loop).add(other, extra={"onwer": "ann"})
        loop.run(store.close())
    assert row(engine, tables)["owner"] == "ann"
    engine.dispose()


def test_all_that_is_wrong_with_extra_is_said_and_nothing_is_stored(engine: Engine) -> None:
    _, service = host(engine)
    extra = {"onwer": "ann", "state": "live", "title": "x", "owner": "ann", "pausd": None}
    with pytest.raises(ck.errors.InvalidError) as refused:
        service.create(DRAFT, by=ANN, extra=extra)
    assert refused.value.faults == (
        "extra names 'onwer', 'pausd', which table outreach does not have",
        "extra must not name state, title, which the library writes",
    )
    assert service.find(CLIENT).items == ()
    not_a_mapping: Any = ["owner"]
    with pytest.raises(ck.errors.InvalidError, match="extra must be a Mapping"):
        service.create(DRAFT, by=ANN, extra=not_a_mapping)


def test_a_store_without_such_columns_refuses_them() -> None:
    service = ck.CampaignService(MemoryStore())
    with pytest.raises(ck.errors.InvalidError, match="extra must be None for a MemoryStore"):
        service.create(DRAFT, by=ANN, extra={"owner": "ann"})
    assert service.find(CLIENT).items == ()
    assert service.create(DRAFT, by=ANN, extra={}) == DRAFT


# -- After an act ---------------------------------------------------------------------------------


def test_columns_follow_an_act_in_its_statement(engine: Engine) -> None:
    tables, service = host(engine, follow=follow_pauses)
    key = CLIENT, service.create(DRAFT, by=ANN).id
    service.activate(*key, by=ANN)
    with emitted(engine) as sent:
        service.pause(*key, by=ANN, reason="bounces")
    assert len([one for one in sent if "UPDATE outreach" in one]) == 1
    assert own(engine, tables) == (NOW, "ann: bounces")
    service.edit(*key, name="y", by=ANN)
    assert own(engine, tables) == (NOW, "ann: bounces")
    service.activate(*key, by=ANN)
    assert own(engine, tables) == (None, None)
    assert ck.replay(service.history(*key).items) == service.get(*key)


@pytest.mark.parametrize("own_error", [ValueError(), OSError(), RecursionError(), LookupError()])
def test_what_the_hosts_function_raises_is_not_the_databases(
    engine: Engine, own_error: Exception
) -> None:
    def follow(_before: Campaign, _after: Campaign, _event: ck.Event) -> Mapping[str, object]:
        raise own_error

    tables, service = host(engine, follow=follow)
    key = CLIENT, service.create(DRAFT, by=ANN).id
    with pytest.raises(type(own_error)) as raised:
        service.activate(*key, by=ANN)
    assert raised.value is own_error
    assert service.get(*key) == DRAFT
    assert own(engine, tables) == (None, None)


def test_what_is_suggested_is_followed_when_it_is_approved(engine: Engine) -> None:
    tables, service = host(engine, follow=follow_pauses)
    key = CLIENT, service.create(DRAFT, by=ANN).id
    service.activate(*key, by=ANN)
    idea = service.pause(*key, by=SCOUT, reason="bounces")
    assert own(engine, tables) == (None, None)
    service.approve(CLIENT, idea.id, by=ANN)
    assert own(engine, tables) == (NOW, "ann: None")


def test_leads_are_followed_as_well_and_change_no_other_column(engine: Engine) -> None:
    def count_leads(before: Campaign, after: Campaign, event: ck.Event) -> Mapping[str, object]:
        assert (before == after) is (event.action is ck.Action.ASSIGN)
        return {"owner": f"{event.action} {event.counts.total}"}

    tables, service = host(engine, follow=count_leads)
    key = CLIENT, service.create(DRAFT, by=ANN).id
    service.activate(*key, by=ANN)
    before = row(engine, tables)
    service.intake(*key, [ck.Lead("a", 90), ck.Lead("b", 90)], day=DAY, by=ANN)
    assert row(engine, tables) == {**before, "owner": "assign 2"}
    service.intake(*key, [ck.Lead("c", 1)], day=DAY, by=ANN)  # nobody
    assert row(engine, tables)["owner"] == "assign 2"


WRONG: dict[str, tuple[object, str]] = {
    "unknown": ({"pausd_at": NOW}, "names 'pausd_at', which table outreach does not have"),
    "ours": ({"state": "live"}, "must not name state, which the library writes"),
    "no mapping": (None, "must map columns to values, not be None"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("is_ours", [True, False], ids=["engine", "connection"])
def test_a_mistake_of_the_function_leaves_nothing_half_written(
    engine: Engine, wrong: str, *, is_ours: bool
) -> None:
    given, message = WRONG[wrong]
    answer: Any = {}
    tables, service = host(engine, follow=lambda *_: answer)  # pyright: ignore[reportUnknownLambdaType]
    key = CLIENT, service.create(DRAFT, by=ANN).id
    service.activate(*key, by=ANN)
    service.intake(*key, [ck.Lead("a", 90)], day=DAY, by=ANN)
    before = service.history(*key), service.get(*key), service.store.assignments(*key)
    answer = given
    with engine.connect() as connection:
        store = service.store if is_ours else SQLAlchemyStore(connection, tables)
        joined = ck.CampaignService(store, clock=lambda: NOW)
        for act in (
            lambda: joined.pause(*key, by=ANN),
            lambda: joined.release(*key, ["a"], by=ANN),
        ):
            with pytest.raises(ck.errors.InvalidError) as refused:
                act()
            assert refused.value.faults == (f"follow(before, after, event) {message}",)
        connection.commit()
    assert before == (service.history(*key), service.get(*key), service.store.assignments(*key))


def test_a_corrupt_row_can_be_paused_and_followed(engine: Engine) -> None:
    tables, service = host(engine, follow=follow_pauses)
    key = CLIENT, uuid4()
    with engine.begin() as connection:
        shares = dict.fromkeys(SHARE_COLUMNS, 99)
        new = {"id": key[1], "client_id": CLIENT, "title": "", "state": "live", **shares}
        connection.execute(insert(tables.campaigns).values(new))
    service.pause(*key, by=ANN, reason="broken")
    assert own(engine, tables) == (NOW, "ann: broken")
    assert row(engine, tables)["state"] == "stopped"


def test_a_function_is_required() -> None:
    engine = create_engine("sqlite://")
    with pytest.raises(ck.errors.InvalidError, match="follow must be a function, not 'paused_at'"):
        with_other_values(engine, follow="paused_at")
    engine.dispose()
