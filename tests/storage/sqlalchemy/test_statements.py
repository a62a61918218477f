"""Which statements a call takes: as few for many leads as for one, and none that does too much."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from campaignkit import Actor, Campaign, CampaignService, Lead, Progress
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._store import backend, default_tables
from campaignkit.testing._stored import make_releases
from tests.storage.sqlalchemy.doing import (
    CREATED,
    DAY,
    LOCK,
    admit,
    assigned,
    campaign,
    emitted,
    nothing,
    rename,
    writing,
)

ANN = Actor.user("ann")


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyStore:
    default_tables().campaigns.metadata.create_all(engine)
    return SQLAlchemyStore(engine)


def statements(sent: list[str]) -> list[str]:
    """Return what reads or writes tables."""
    words = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}
    return [s for s in sent if s.split()[0] in words and not s.startswith("SELECT set_config")]


@pytest.mark.parametrize("many", [1, 50, 2000])
def test_an_intake_takes_the_same_statements_for_any_number_of_leads(
    store: SQLAlchemyStore, engine: Engine, many: int
) -> None:
    service = CampaignService(store)
    added = store.add(campaign(daily_lead_limit=10_000))
    key = added.client_id, added.id
    service.intake(*key, [Lead("first", 90)], day=DAY, by=ANN)
    leads = [Lead(f"lead-{number}", 20 + number % 80) for number in range(many)]
    with emitted(engine) as sent:
        service.intake(*key, leads, day=DAY, by=ANN)
    # Lock, read, write; in SQLite the lock and each kind of change are statements of their own.
    wanted = {"postgresql": 3, "sqlite": 8}[engine.dialect.name]
    assert len(statements(sent)) == wanted
    with emitted(engine) as again:
        service.intake(*key, [*leads, Lead("another", 90)], day=DAY, by=ANN)
    assert len(statements(again)) == wanted


@pytest.mark.parametrize("many", [1, 500])
def test_a_release_takes_the_same_statements_for_any_number_of_leads(
    store: SQLAlchemyStore, engine: Engine, many: int
) -> None:
    added = store.add(campaign())
    key = added.client_id, added.id
    ids = [f"lead-{number}" for number in range(many)]
    store.transact(*key, admit(*ids))
    CampaignService(store).edit(*key, name="y", by=ANN)  # which begins its history
    with emitted(engine) as sent:
        store.transact(*key, writing(progress=Progress(), released=make_releases(*ids)))
    assert len(statements(sent)) == {"postgresql": 3, "sqlite": 6}[engine.dialect.name]
    assert not store.assignments(*key).items


@pytest.mark.parametrize("call", ["get", "find", "progress", "snapshot", "assignments"])
def test_reading_takes_one_statement(store: SQLAlchemyStore, engine: Engine, call: str) -> None:
    added = store.add(campaign())
    key = added.client_id, added.id
    store.transact(*key, admit("a", "b"))
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: store.get(*key),
        "find": lambda: store.find(key[0], running_on=DAY),
        "progress": lambda: store.progress(*key, DAY),
        "snapshot": lambda: store.snapshot(*key, day=DAY, lead_ids=["a", "b", "c"]),
        "assignments": lambda: store.assignments(*key, day=DAY),
    }
    with emitted(engine) as sent:
        calls[call]()
    assert len(statements(sent)) == 1
    # No setting either, such as how long to wait for a lock: a read waits for none.
    assert [s for s in sent if s not in {"COMMIT", "ROLLBACK"}] == statements(sent)


def test_only_what_changed_is_set(store: SQLAlchemyStore, engine: Engine) -> None:
    added = store.add(campaign())

    def set_by(after: Campaign) -> list[str]:
        with emitted(engine) as sent:
            store.replace(store.get(added.client_id, added.id), after)
        found = [
            match[1] for s in sent if (match := re.search(r"UPDATE campaigns SET (.*?) WHERE", s))
        ]
        return [column.split("=")[0] for update in found for column in update.split(", ")]

    edited = added.edit(at=CREATED + timedelta(1), name="x", end_date=DAY)
    assert set_by(edited) == ["name", "end_date", "updated_at"]
    assert set_by(edited) == []
    assert set_by(edited.pause(at=CREATED + timedelta(2))) == ["status", "updated_at"]


def test_a_decision_that_writes_nothing_writes_nothing(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    added = store.add(campaign())
    key = added.client_id, added.id
    store.transact(*key, nothing)
    with emitted(engine) as sent:
        store.transact(*key, nothing, day=DAY, lead_ids=["a"])
    # That of PostgreSQL for the lock would write the revision of a client.
    writing = [s for s in statements(sent) if not s.startswith(("SELECT", LOCK))]
    assert len(writing) == {"postgresql": 0, "sqlite": 1}[engine.dialect.name]


def test_an_admission_leaves_the_campaigns_row_alone(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    added = store.add(campaign())
    with emitted(engine) as sent:
        store.transact(added.client_id, added.id, admit("a"))
    assert not [s for s in sent if "UPDATE campaigns" in s]


def test_many_campaigns_are_added_in_batches(store: SQLAlchemyStore, engine: Engine) -> None:
    client_id = campaign().client_id
    many = [campaign(client_id=client_id, name=f"campaign {n}") for n in range(10_000)]
    with emitted(engine) as sent:
        assert store.add_all(many) == tuple(many)
    assert len(statements(sent)) <= 15
    page = store.find(client_id, limit=10_000)
    assert page.items == tuple(sorted(many, key=lambda campaign: campaign.id))
    assert page.next is None


def test_many_leads_are_admitted_at_once(store: SQLAlchemyStore) -> None:
    added = store.add(campaign())
    key = added.client_id, added.id
    ids = [f"lead-{number:05}" for number in range(10_000)]
    store.transact(*key, admit(*ids), lead_ids=ids)
    assert store.assignments(*key, limit=10_000).items == assigned(*ids)
    snapshot = store.snapshot(*key, day=DAY, lead_ids=ids)
    assert (snapshot.progress.admitted_today, len(snapshot.assignments)) == (10_000, 10_000)


def test_statements_are_built_once_for_any_number_of_stores(engine: Engine) -> None:
    with engine.connect() as connection:
        first, second = SQLAlchemyStore(connection), SQLAlchemyStore(connection)
        assert vars(first)["_backend"] is vars(second)["_backend"]
    assert backend(None, engine.dialect.name) is backend(None, engine.dialect.name)


def test_statements_are_compiled_once(store: SQLAlchemyStore, engine: Engine) -> None:
    added = store.add(campaign())
    key = added.client_id, added.id

    def everything(turn: int) -> None:
        store.transact(*key, admit(f"lead-{turn}"), day=DAY, lead_ids=["a"])
        store.transact(*key, rename(f"name {turn}"))
        store.find(key[0], running_on=DAY)
        store.assignments(*key, day=DAY, after=f"lead-{turn}")
        store.snapshot(*key, day=DAY, lead_ids=["a"])

    everything(0)
    compiled: list[object] = []

    def look(context: object, *_: object) -> None:
        compiled.append(context)

    event.listen(engine, "before_execute", look)
    cache = vars(engine)["_compiled_cache"]
    assert cache is not None
    before = len(cache)
    everything(1)
    assert compiled
    assert len(cache) == before
