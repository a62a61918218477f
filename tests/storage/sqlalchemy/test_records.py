"""Suggestions and events in tables: checked, readable whatever is in them, and never alone."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import evolve
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

import campaignkit as ck
from campaignkit.storage import Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._store import default_tables
from tests.storage.sqlalchemy.doing import CREATED, DAY, emitted

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
TABLES = default_tables()
LEADS = [ck.Lead(f"lead-{n}", 90) for n in range(3)]


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyStore:
    TABLES.campaigns.metadata.create_all(engine)
    return SQLAlchemyStore(engine)


def key_of(one: ck.Campaign) -> tuple[UUID, UUID]:
    return one.client_id, one.id


def serving(store: SQLAlchemyStore) -> ck.CampaignService:
    return ck.CampaignService(store, clock=lambda: CREATED + timedelta(days=1))


def begun(store: SQLAlchemyStore) -> tuple[ck.Campaign, ck.CampaignService, Mapping[str, UUID]]:
    """Return a campaign with a history, a service on it, and suggestions that wait."""
    service = serving(store)
    draft = service.create(
        ck.Campaign.draft(client_id=uuid4(), name="x", created_at=CREATED), by=SCOUT
    )
    key = key_of(draft)
    service.activate(*key, by=ANN)
    service.intake(*key, LEADS[:1], day=DAY, by=ANN)
    rejected = service.intake(*key, [ck.Lead("rejected", 90)], day=DAY, by=SCOUT)
    assert isinstance(rejected, ck.Suggestion)
    service.reject(key[0], rejected.id, by=ANN, reason="no")
    waiting = {
        "assign": service.intake(*key, LEADS, day=DAY, by=SCOUT),
        "rename": service.edit(*key, name="y", by=SCOUT),
        "complete": service.complete(*key, by=SCOUT),
    }
    ids = {name: one.id for name, one in waiting.items() if isinstance(one, ck.Suggestion)}
    return service.get(*key), service, ids


# -- No write without its event, and no event without its write -----------------------------------

ACTS: Mapping[str, Callable[[ck.CampaignService, ck.Campaign, Mapping[str, UUID]], object]] = {
    "create": lambda s, c, _: s.create(
        ck.Campaign.draft(client_id=c.client_id, name="z", id=UUID(int=9)), by=ANN
    ),
    "edit": lambda s, c, _: s.edit(*key_of(c), name="z", by=ANN),
    "delete": lambda s, c, _: s.delete(*key_of(c), by=ANN),
    "intake": lambda s, c, _: s.intake(*key_of(c), LEADS, day=DAY, by=ANN),
    "release": lambda s, c, _: s.release(*key_of(c), ["lead-0"], by=ANN),
    "suggest": lambda s, c, _: s.edit(*key_of(c), name="z", by=SCOUT),
    "approve leads": lambda s, c, ids: s.approve(c.client_id, ids["assign"], by=ANN),
    "approve the end": lambda s, c, ids: s.approve(c.client_id, ids["complete"], by=ANN),
    "reject": lambda s, c, ids: s.reject(c.client_id, ids["assign"], by=ANN, reason="no"),
    "reject some": lambda s, c, ids: s.reject(
        c.client_id, ids["assign"], by=ANN, reason="no", lead_ids=["lead-2"]
    ),
    "refresh": lambda s, c, _: s.intake(
        *key_of(c), [evolve(lead, als_score=91) for lead in LEADS], day=DAY, by=SCOUT
    ),
    "release and suppress": lambda s, c, _: s.release(
        *key_of(c), ["lead-0"], by=ANN, suppress=["email"]
    ),
    "suppress": lambda s, c, _: s.suppress(c.client_id, ["lead-0"], by=ANN),
    "lift": lambda s, c, _: s.unsuppress(c.client_id, ["stopped"], by=ANN),
    "set a policy": lambda s, c, _: s.set_client_policy(
        c.client_id, ck.ClientPolicy(one_campaign_per_lead=True), by=ANN
    ),
    "erase": lambda s, c, _: s.erase(c.client_id, "stopped", by=ANN),
    "take in what was rejected": lambda s, c, _: s.intake(
        *key_of(c), [ck.Lead("rejected", 90)], day=DAY, by=ANN
    ),
}
OF_CLIENTS = {"suppress", "lift", "set a policy", "erase"}
WRITES = (
    [
        (table, write)
        for table in ("campaigns", *(f"campaign_{n}" for n in ("progress", "days", "leads")))
        for write in ("INSERT", "UPDATE", "DELETE")
    ]
    + [
        (f"campaign_{table}", write)
        for table in ("suggestions", "events", "clients", "client_days", "client_events")
        for write in ("INSERT", "UPDATE")
    ]
    + [
        (f"campaign_{table}", write)
        for table in ("suggested_leads", "rejections", "releases", "suppressions")
        for write in ("INSERT", "UPDATE", "DELETE")
    ]
)


def everything(engine: Engine) -> dict[str, list[Any]]:
    """Read all rows, without the library."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {table.name}"))))
            for table in TABLES
            if table is not TABLES.version
        }


@contextmanager
def failing(engine: Engine, table: str, write: str) -> Generator[None]:
    """Let every such statement on a table fail."""
    name = f"refuse_{table}_{write}".lower()
    if engine.dialect.name == "sqlite":
        make = [
            f"CREATE TRIGGER {name} BEFORE {write} ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
        ]
        drop = [f"DROP TRIGGER {name}"]
    else:
        body = "BEGIN RAISE EXCEPTION 'no'; END"
        make = [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            (
                f"CREATE TRIGGER {name} BEFORE {write} ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION {name}()"
            ),
        ]
        drop = [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]
    with engine.begin() as connection:
        for statement in make:
            connection.exec_driver_sql(statement)
    try:
        yield
    finally:
        with engine.begin() as connection:
            for statement in drop:
                connection.exec_driver_sql(statement)


# By default each act on one kind of database, by turns, and on both with --long.
TURNS = [
    pytest.param(act, kind, marks=() if (place + turn) % 2 else pytest.mark.long)
    for place, act in enumerate(ACTS)
    for turn, kind in enumerate(("sqlite", "postgres"))
]


@pytest.mark.parametrize(("act", "url"), TURNS, indirect=["url"])
def test_a_statement_that_fails_leaves_neither_the_write_nor_its_event(
    store: SQLAlchemyStore, engine: Engine, act: str
) -> None:
    one, service, ids = begun(store)
    service.suppress(one.client_id, ["stopped"], by=ANN)
    before = everything(engine)
    failed: list[tuple[str, str]] = []
    for table, write in WRITES:
        with failing(engine, table, write), engine.connect() as connection:
            try:
                ACTS[act](serving(SQLAlchemyStore(connection)), one, ids)
            except ck.StorageError:
                failed.append((table, write))
                connection.commit()  # the host goes on as if nothing had been tried
            else:
                connection.rollback()
        assert everything(engine) == before, f"{write} {table}, for a host"
    for table, write in failed:
        with failing(engine, table, write):
            with pytest.raises(ck.StorageError):
                ACTS[act](service, one, ids)
            assert everything(engine) == before, f"{write} {table}"
    events = "campaign_client_events" if act in OF_CLIENTS else "campaign_events"
    assert (events, "INSERT") in failed
    assert len({table for table, _ in failed}) > 1
    ACTS[act](service, one, ids)
    after = everything(engine)
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert {events} < changed <= {table for table, _ in failed}


# -- What the tables refuse, and what is read all the same ----------------------------------------

SPOILT: Mapping[str, tuple[str, str]] = {
    "no state": ("campaign_suggestions", "state = NULL"),
    "no kind": ("campaign_events", "kind = NULL"),
    "no number": ("campaign_events", "number = 0"),
    "no suggestion": ("campaign_events", f"suggestion_id = '{UUID(int=5).hex}'"),
    "nothing suggested": ("campaign_suggestions", "suggestion = NULL"),
    "nothing told": ("campaign_events", "event = NULL"),
    "what is no JSON": ("campaign_events", "event = '{no'"),
}


@pytest.mark.parametrize(("table", "change"), SPOILT.values(), ids=SPOILT)
def test_what_no_record_can_be_is_refused(
    store: SQLAlchemyStore, engine: Engine, table: str, change: str
) -> None:
    begun(store)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        # By a check or a key; or, on PostgreSQL, by the type of the column.
        with pytest.raises(DBAPIError):
            connection.execute(text(f"UPDATE {table} SET {change}"))


def test_a_record_that_cannot_be_read_hides_no_other(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    one, _, ids = begun(store)
    key, told = key_of(one), store.history(*key_of(one)).items
    spoilt = ids["rename"]
    bound = spoilt.hex if engine.dialect.name == "sqlite" else str(spoilt)
    with engine.begin() as connection:
        connection.execute(text("UPDATE campaign_events SET event = '{}' WHERE number = 2"))
        connection.execute(
            text("UPDATE campaign_suggestions SET suggestion = '{\"change\": 1}' WHERE id = :id"),
            {"id": bound},
        )
    page = store.history(*key)
    assert page.items == (told[0], *told[2:])
    (error,) = page.corrupt
    assert (error.what, error.key) == ("event", (one.id, 2))
    assert "$.by: is missing" in error.faults
    listed = store.suggestions(one.client_id)
    waiting = {head.id for head in listed.items if head.state is ck.SuggestionState.PENDING}
    assert waiting == set(ids.values()) - {spoilt}
    assert [(error.what, error.key) for error in listed.corrupt] == [("suggestion", spoilt)]
    calls: list[Callable[[], object]] = [
        lambda: store.suggestion(one.client_id, spoilt),
        lambda: store.transact(*key, lambda _: Writes[None](), suggestion_ids=[spoilt]),
        lambda: ck.CampaignService(store).approve(one.client_id, spoilt, by=ANN),
        lambda: ck.CampaignService(store).reject(one.client_id, spoilt, by=ANN, reason="no"),
    ]
    for call in calls:
        with pytest.raises(ck.CorruptRowError, match=f"stored suggestion {spoilt}"):
            call()
    # It keeps nobody from completing the campaign, and stays as it is.
    assert ck.CampaignService(store).complete(*key, by=ANN).status is ck.CampaignStatus.COMPLETED
    listed = store.suggestions(one.client_id)
    assert ck.SuggestionState.PENDING not in {head.state for head in listed.items}
    assert [(error.what, error.key) for error in listed.corrupt] == [("suggestion", spoilt)]


@pytest.mark.parametrize("call", ["suggestion", "suggestions", "suggestions of one", "history"])
def test_reading_records_takes_one_statement(
    store: SQLAlchemyStore, engine: Engine, call: str
) -> None:
    one, _, ids = begun(store)
    calls: dict[str, Callable[[], object]] = {
        "suggestion": lambda: store.suggestion(one.client_id, ids["rename"]),
        "suggestions": lambda: store.suggestions(one.client_id, states=set(ck.SuggestionState)),
        "suggestions of one": lambda: store.suggestions(*key_of(one)),
        "history": lambda: store.history(*key_of(one), after=1),
    }
    with emitted(engine) as sent:
        calls[call]()
    assert len([statement for statement in sent if statement.startswith("SELECT")]) == 1


def test_what_is_suggested_and_told_is_for_a_hosts_own_queries(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    one, service, ids = begun(store)
    service.reject(one.client_id, ids["rename"], by=ANN, reason="not now")
    plain = "event ->> 'reason'" if engine.dialect.name == "postgresql" else "event -> '$.reason'"
    query = f"SELECT {plain} FROM campaign_events WHERE kind = 'rejected' ORDER BY number"
    with engine.connect() as connection:
        *_, reason = connection.scalars(text(query))
        states = connection.scalars(text("SELECT state FROM campaign_suggestions ORDER BY state"))
        assert list(states) == ["pending", "pending", "rejected", "rejected"]
        leads = connection.execute(text("SELECT lead_id, until FROM campaign_rejections")).all()
        assert [tuple(row) for row in leads] == [("rejected", None)]
    assert reason in {"not now", '"not now"'}


def test_a_campaign_that_a_host_deletes_takes_its_records_along(engine: Engine) -> None:
    with SQLAlchemyStore.open(engine.url) as store:
        one, _, _ = begun(store)
        host = store.bind
        assert isinstance(host, Engine)
        with host.begin() as connection:
            connection.execute(text("DELETE FROM campaigns"))
        assert set(map(len, everything(host).values())) == {0}
        with pytest.raises(ck.NotFoundError):
            store.history(*key_of(one))
