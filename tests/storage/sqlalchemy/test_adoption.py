"""Campaigns that a host inserted get a history at the first act, once, whoever acts at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, text

import campaignkit as ck
from campaignkit import EventKind
from campaignkit.serialization._rows import SHARE_COLUMNS
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, Tables
from tests.storage.sqlalchemy.databases import add_client, with_other_values
from tests.storage.sqlalchemy.doing import CREATED, nothing
from tests.storage.sqlalchemy.test_transactions import is_somebody_waiting

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
SHARES = dict(zip(SHARE_COLUMNS, (40, 30, 20, 5, 5), strict=True))


def hosts_row(engine: Engine, tables: Tables, **values: object) -> tuple[UUID, UUID]:
    """Add a running campaign as a host does."""
    client_id, own_id = uuid4(), uuid4()
    add_client(engine, client_id)
    own = {"id": own_id, "client_id": client_id, "title": "x", "state": "live", **SHARES}
    times = {"created_at": CREATED, "updated_at": CREATED}
    with engine.begin() as connection:
        connection.execute(insert(tables.campaigns).values({**own, **times, **values}))
    return client_id, own_id


def kinds(store: SQLAlchemyStore, key: tuple[UUID, UUID]) -> list[EventKind]:
    return [event.kind for event in store.history(*key).items]


def test_a_row_of_the_hosts_can_be_rebuilt_from_its_history(engine: Engine) -> None:
    tables = with_other_values(engine)
    store = SQLAlchemyStore(engine, tables)
    key = hosts_row(engine, tables, mode="auto", target_titles=["CEO"], total_lead_limit=7)
    service = ck.CampaignService(store, clock=lambda: CREATED)
    service.intake(*key, [ck.Lead("a", 90)], day=CREATED.date(), by=SCOUT)
    service.pause(*key, by=ANN)
    assert kinds(store, key) == [EventKind.ADOPTED, EventKind.APPLIED, EventKind.APPLIED]
    assert ck.replay(store.history(*key).items) == store.get(*key)


def test_a_corrupt_row_is_adopted_as_far_as_it_can_be_read(engine: Engine) -> None:
    tables = with_other_values(engine)
    store = SQLAlchemyStore(engine, tables)
    key = hosts_row(engine, tables, title=" ", sms_allocation=None, state="live")
    service = ck.CampaignService(store)
    service.pause(*key, by=ANN)
    adopted = store.history(*key).items[0]
    assert adopted.kind is EventKind.ADOPTED
    assert set(ck.Fields.of(ck.Campaign.draft(client_id=key[0], name="y"))) - set(
        adopted.after
    ) == {"name", "allocation"}
    with pytest.raises(ck.errors.InvalidError, match="all of it"):
        ck.replay(store.history(*key).items)
    service.edit(*key, name="y", allocation=ck.Allocation(email=100), by=ANN)
    assert ck.replay(store.history(*key).items) == store.get(*key)


@pytest.mark.parametrize("by", [ANN, SCOUT], ids=str)
def test_two_first_acts_adopt_once(postgres_engine: Engine, by: ck.Actor) -> None:
    """The second waits for the lock with a statement that began before the first event was."""
    tables = with_other_values(postgres_engine)
    store = SQLAlchemyStore(postgres_engine, tables)
    key = hosts_row(postgres_engine, tables)
    store.transact(*key, nothing)  # which makes the row that is locked
    second = ck.CampaignService(store)
    with ThreadPoolExecutor() as pool:

        def overtaken() -> datetime:
            """Tell the time, which is read under the lock, when the other one waits."""
            waiting = pool.submit(lambda: second.edit(*key, name="z", by=ANN))
            while not is_somebody_waiting(postgres_engine):
                assert not waiting.done()
            return datetime.now(UTC)

        ck.CampaignService(store, clock=overtaken).pause(*key, by=by)
    first = EventKind.APPLIED if by == ANN else EventKind.SUGGESTED
    assert kinds(store, key) == [EventKind.ADOPTED, first, EventKind.APPLIED]
    assert ck.replay(store.history(*key).items) == store.get(*key)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_snapshot_of_before_the_first_act_adopts_no_second_time(
    postgres_engine: Engine, *, is_known: bool
) -> None:
    """Whether the row that is locked was there before, or not."""
    tables = with_other_values(postgres_engine)
    store = SQLAlchemyStore(postgres_engine, tables)
    key = hosts_row(postgres_engine, tables)
    if is_known:
        store.transact(*key, nothing)
    level = {"isolation_level": "REPEATABLE READ"}
    with postgres_engine.connect().execution_options(**level) as connection:
        connection.execute(text("SELECT 1 FROM outreach"))
        ck.CampaignService(store).pause(*key, by=SCOUT)
        late = ck.CampaignService(SQLAlchemyStore(connection, tables))
        with pytest.raises(ck.TransientConflictError):
            late.pause(*key, by=SCOUT)
    assert kinds(store, key) == [EventKind.ADOPTED, EventKind.SUGGESTED]
