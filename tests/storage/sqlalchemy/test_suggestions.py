"""Suggestions in tables: their leads apart, read whole, and found by indexes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

import campaignkit as ck
from campaignkit.commands import AssignLeads
from campaignkit.storage import SnapshotQuery, Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._store import backend, default_tables
from campaignkit.testing._stored import suggest_leads
from tests.storage.sqlalchemy.doing import CREATED, DAY, LOCK, campaign, emitted, nothing
from tests.storage.sqlalchemy.test_plans import plan

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
LEADS = [ck.Lead(f"lead-{n}", 90) for n in range(3)]
PAYLOAD = "campaign_suggested_leads"
Key = tuple[UUID, UUID]


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyStore:
    default_tables().campaigns.metadata.create_all(engine)
    return SQLAlchemyStore(engine)


def serve(store: SQLAlchemyStore) -> ck.CampaignService:
    return ck.CampaignService(store, clock=lambda: CREATED)


def suggest(
    service: ck.CampaignService, key: Key, leads: Collection[ck.Lead] = LEADS
) -> ck.Suggestion:
    made = service.intake(*key, leads, day=DAY, by=SCOUT)
    assert isinstance(made, ck.Suggestion)
    return made


def add(store: SQLAlchemyStore) -> Key:
    added = store.add(campaign())
    return added.client_id, added.id


# -- Heads without their leads ---------------------------------------------------------------------


def test_lists_and_ends_of_campaigns_do_not_touch_the_leads(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    service, key = serve(store), add(store)
    for n in range(3):
        suggest(service, key, [ck.Lead(f"{n}.{lead.id}", 90) for lead in LEADS])
    calls: Mapping[str, Callable[[], object]] = {
        "list": lambda: service.suggestions(*key),
        "list all": lambda: service.suggestions(key[0], states=[ck.SuggestionState.PENDING]),
        "list stale ones": lambda: service.suggestions(*key, states=[ck.SuggestionState.STALE]),
        "feed": lambda: service.feed(key[0]),
        "delete": lambda: service.delete(*key, by=ANN),
    }
    for name, call in calls.items():
        with emitted(engine) as sent:
            call()
        assert not [statement for statement in sent if PAYLOAD in statement], name
    states = {head.state for head in service.suggestions(*key).items}
    assert states == {ck.SuggestionState.CLOSED}
    other = add(store)
    kept = suggest(service, other)
    with emitted(engine) as sent:
        service.complete(*other, by=ANN)
    assert not [statement for statement in sent if PAYLOAD in statement]
    closed = store.suggestion(other[0], kept.id)
    assert (closed.state, closed.command) == (ck.SuggestionState.CLOSED, kept.command)


@pytest.mark.parametrize("decision", ["approve", "approve some", "reject"])
def test_a_decision_reads_the_leads_and_does_not_write_them(
    store: SQLAlchemyStore, engine: Engine, decision: str
) -> None:
    service, key = serve(store), add(store)
    made = suggest(service, key)
    calls: Mapping[str, Callable[[], object]] = {
        "approve": lambda: service.approve(key[0], made.id, by=ANN),
        "approve some": lambda: service.approve(key[0], made.id, by=ANN, lead_ids=["lead-1"]),
        "reject": lambda: service.reject(key[0], made.id, by=ANN, reason="no"),
    }
    with emitted(engine) as sent:
        calls[decision]()
    used = [statement for statement in sent if PAYLOAD in statement]
    assert used
    assert all(statement.startswith("SELECT") for statement in used)
    assert store.suggestion(key[0], made.id).command == made.command


@pytest.mark.parametrize("many", [1, 2000])
def test_suggesting_takes_the_same_statements_for_any_number_of_leads(
    store: SQLAlchemyStore, engine: Engine, many: int
) -> None:
    service, key = serve(store), add(store)
    store.transact(*key, nothing)
    leads = [ck.Lead(f"many-{n}", 90) for n in range(many)]
    with emitted(engine) as sent:
        made = suggest(service, key, leads)
    writes = [s for s in sent if s.startswith(("INSERT", "UPDATE", "DELETE", "WITH"))]
    writes = [s for s in writes if not s.startswith(LOCK)]
    assert len(writes) == {"postgresql": 1, "sqlite": 4}[engine.dialect.name]
    with emitted(engine) as sent:
        assert service.intake(*key, leads, day=DAY, by=SCOUT) == made
    assert not [s for s in sent if "INSERT INTO campaign_events" in s]


# -- Read while it is written ----------------------------------------------------------------------


def test_a_suggestion_is_read_whole_while_it_is_brought_up_to_date(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    """Between the head and the leads another transaction replaces both; twice in a row."""
    service, key = serve(store), add(store)
    made = suggest(service, key)
    fresh = [evolve(lead, als_score=70) for lead in LEADS]
    rounds: list[list[ck.Lead]] = []
    inside: list[bool] = []

    def refresh(*args: Any) -> None:  # of an event
        if PAYLOAD in args[2] and rounds and not inside:
            inside.append(True)
            command = AssignLeads(rounds.pop(0), DAY)
            stored = store.suggestion(key[0], made.id)
            again = evolve(stored, command=command, revision=stored.revision + 1)
            writes = Writes[None](suggestions=(again,))
            store.transact(*key, lambda _: writes, suggestion_ids=[made.id])
            inside.clear()

    reads: list[Callable[[], ck.Suggestion]] = [
        lambda: store.suggestion(key[0], made.id),
        lambda: store.ask(SnapshotQuery(*key, suggestion_ids=[made.id])).suggestions[made.id],
    ]
    for read in reads:
        rounds[:] = [fresh[:2], LEADS[1:]]
        event.listen(engine, "before_cursor_execute", refresh)
        found = read()
        event.remove(engine, "before_cursor_execute", refresh)
        assert not rounds
        assert found == store.suggestion(key[0], made.id)
        assert found.command == AssignLeads(LEADS[1:], DAY)


# -- Rows that cannot be read ----------------------------------------------------------------------

SPOILT: Mapping[str, tuple[str, str]] = {
    "a lead of another revision": ("revision = 2 WHERE lead_id = 'lead-1'", "of revision 1"),
    "leads of another revision": ("revision = 2", "of revision 1"),
    "a lead that was left out": ("reason = 'rejected' WHERE lead_id = 'lead-1'", "leads must be 3"),
    "an unknown reason": ("reason = 'odd' WHERE lead_id = 'lead-1'", "unassigned"),
    "an unknown channel": ("reachable = 'email fax' WHERE lead_id = 'lead-1'", "fax"),
    "a score of no tier": ("als_score = 101 WHERE lead_id = 'lead-1'", "101"),
    "another lead's id": ("lead_id = ' ' WHERE lead_id = 'lead-1'", "id"),
}


@pytest.mark.parametrize(("change", "fault"), SPOILT.values(), ids=SPOILT)
def test_leads_that_cannot_be_read_are_named_and_hide_no_head(
    store: SQLAlchemyStore, engine: Engine, change: str, fault: str
) -> None:
    service, key = serve(store), add(store)
    made = suggest(service, key)
    other = suggest(service, key, [ck.Lead("other", 90)])
    with engine.begin() as connection:
        where = "AND" if "WHERE" in change else "WHERE"
        spoil = f"UPDATE {PAYLOAD} SET {change} {where} lead_id LIKE 'lead%'"
        connection.execute(text(spoil))
    calls: list[Callable[[], object]] = [
        lambda: store.suggestion(key[0], made.id),
        lambda: service.approve(key[0], made.id, by=ANN),
        lambda: store.transact(*key, nothing, suggestion_ids=[made.id]),
        lambda: store.transact(*key, nothing, digest=made.digest),
    ]
    for call in calls:
        with pytest.raises(ck.CorruptRowError, match=f"suggestion {made.id}") as raised:
            call()
        assert fault in str(raised.value)
    assert {head.id for head in store.suggestions(*key).items} == {made.id, other.id}
    assert store.suggestion(key[0], other.id).command == other.command
    service.delete(*key, by=ANN)  # which needs no leads


@pytest.mark.parametrize("column", ["lead_id", "revision", "als_score", "reachable", "reason"])
@pytest.mark.parametrize("value", ["CAST(x'fffec328' AS TEXT)", "x'fffec328'"])
def test_bytes_among_the_leads_are_named(sqlite_engine: Engine, column: str, value: str) -> None:
    default_tables().campaigns.metadata.create_all(sqlite_engine)
    store = SQLAlchemyStore(sqlite_engine)
    service, key = serve(store), add(store)
    made = suggest(service, key)
    with sqlite_engine.begin() as connection:
        spoil = f"UPDATE {PAYLOAD} SET {column} = {value} WHERE lead_id = 'lead-1'"
        connection.execute(text(spoil))
    calls: list[Callable[[], object]] = [
        lambda: store.suggestion(key[0], made.id),
        lambda: store.transact(*key, nothing, suggestion_ids=[made.id]),
    ]
    for call in calls:
        with pytest.raises(ck.CorruptRowError, match=f"suggestion {made.id}") as raised:
            call()
        assert str(raised.value).isprintable()
    assert [head.id for head in store.suggestions(*key).items] == [made.id]


def test_a_lead_that_is_missing_is_noticed(store: SQLAlchemyStore, engine: Engine) -> None:
    service, key = serve(store), add(store)
    made = suggest(service, key)
    for gone in ("WHERE lead_id = 'lead-1'", ""):
        with engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {PAYLOAD} {gone}"))
        with pytest.raises(ck.CorruptRowError, match="leads must be 3 of revision 1"):
            store.suggestion(key[0], made.id)


UNDECODABLE = {"postgresql": "'0044-03-15 BC'", "sqlite": "'some day'"}


def test_a_rejection_that_cannot_be_read_is_named(store: SQLAlchemyStore, engine: Engine) -> None:
    service, key = serve(store), add(store)
    made = suggest(service, key)
    service.reject(key[0], made.id, by=ANN, reason="no")
    with engine.begin() as connection:
        value = UNDECODABLE[engine.dialect.name]
        spoil = f"UPDATE campaign_rejections SET until = {value} WHERE lead_id = 'lead-1'"
        connection.execute(text(spoil))
    calls: list[Callable[[], object]] = [
        lambda: store.suggestion(key[0], made.id),
        lambda: store.transact(*key, nothing, lead_ids=["lead-0", "lead-1"], barriers=True),
        lambda: service.intake(*key, LEADS, day=DAY, by=SCOUT),
    ]
    for call in calls:
        with pytest.raises(ck.CorruptRowError, match=r"rejection lead-1 .* until must be a date"):
            call()
    store.transact(*key, nothing, lead_ids=["lead-0"], barriers=True)
    service.intake(*key, LEADS, day=DAY, by=ANN)  # a user lifts it, whatever is in it


def test_an_event_that_cannot_be_read_is_among_the_corrupt_ones_of_a_feed(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    service, key = serve(store), add(store)
    for name in ("y", "z"):
        service.edit(*key, name=name, by=ANN)  # after an event of the campaign as it was added
    told = store.feed(key[0]).items
    with engine.begin() as connection:
        connection.execute(text("UPDATE campaign_events SET event = '{}' WHERE number = 2"))
    page = store.feed(key[0])
    assert page.items == (told[0], told[2])
    assert [error.key for error in page.corrupt] == [(key[1], 2)]
    first = store.feed(key[0], limit=1)
    second = store.feed(key[0], first.next, limit=1)
    assert (second.items, len(second.corrupt)) == ((), 1)
    third = store.feed(key[0], second.next, limit=1)
    assert (third.items, third.corrupt) == (told[2:], ())
    assert store.feed(key[0], third.next).next == third.next == page.next


# -- What the tables refuse ------------------------------------------------------------------------


@pytest.mark.parametrize("table", [PAYLOAD, "campaign_rejections"])
def test_a_row_of_no_suggestion_is_refused(
    store: SQLAlchemyStore, engine: Engine, table: str
) -> None:
    service, key = serve(store), add(store)
    made = suggest(service, key)
    service.reject(key[0], made.id, by=ANN, reason="no")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        with pytest.raises(DBAPIError):
            connection.execute(text(f"UPDATE {table} SET suggestion_id = '{UUID(int=5).hex}'"))


# -- A host's transaction --------------------------------------------------------------------------


def test_a_repeatable_read_that_missed_a_suggestion_makes_no_second_one(
    postgres_engine: Engine,
) -> None:
    """Its snapshot is of before: it cannot see the equal one, but neither commit beside it."""
    default_tables().campaigns.metadata.create_all(postgres_engine)
    store = SQLAlchemyStore(postgres_engine)
    key = add(store)
    with postgres_engine.connect().execution_options(isolation_level="REPEATABLE READ") as host:
        hosts = serve(SQLAlchemyStore(host))
        hosts.get(*key)  # from here on it sees what there is now
        made = suggest(serve(store), key)
        with pytest.raises(ck.TransientConflictError):
            suggest(hosts, key)
        host.rollback()
        assert suggest(hosts, key) == made


# -- Plans -----------------------------------------------------------------------------------------


def test_heads_are_looked_up_by_their_ids(store: SQLAlchemyStore, engine: Engine) -> None:
    """Not among all suggestions of the campaign, whether the table was analysed or not."""
    added = store.add(campaign())
    many = [suggest_leads(added, [f"lead-{n}"], n) for n in range(1, 3_000)]
    key = added.client_id, added.id
    store.transact(*key, lambda _: Writes[None](suggestions=tuple(many)))
    statements = backend(None, engine.dialect.name).statements
    values = {"ck_campaign": key[1], "ck_suggestions": [one.id for one in many[:50]]}
    by_id = {"postgresql": "campaign_suggestions_pkey", "sqlite": "USING PRIMARY KEY (id=?)"}
    with engine.connect() as connection:
        for analyze in ("", "ANALYZE"):
            connection.execute(text(analyze or "SELECT 1"))
            found = plan(connection, statements.select_heads, values)
            assert by_id[engine.dialect.name] in found
            assert "campaign_id = " not in found.replace("Filter: (named.campaign_id", "")
            assert "SCAN campaign_suggestions" not in found
