"""What the campaigns of a client share: how it is locked, read, counted and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from sqlalchemy import Connection, Engine, event, text, update

import campaignkit as ck
from campaignkit.clients import ChannelLimit, ClientPolicy, Suppression
from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.domain._clients import ClientEvent, ClientEventKind, ClientState
from campaignkit.domain._ledger import ReleasedLead
from campaignkit.storage import (
    ClientSnapshot,
    ClientSnapshotQuery,
    ClientWrites,
    Snapshot,
    SnapshotQuery,
    Writes,
)
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._client_acts import add_client
from campaignkit.storage.sqlalchemy._store import backend, default_tables
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.doing import DAY, LOCK, admit, campaign, emitted, nothing
from tests.storage.sqlalchemy.test_plans import plan

ANN = ck.Actor.user("ann")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ONE_EACH = ClientPolicy(one_campaign_per_lead=True, cooldown=5)
TABLES = default_tables()


@pytest.fixture
def store(engine: Engine) -> SQLAlchemyStore:
    TABLES.campaigns.metadata.create_all(engine)
    return SQLAlchemyStore(engine)


@pytest.fixture
def postgres_store(postgres_engine: Engine) -> SQLAlchemyStore:
    TABLES.campaigns.metadata.create_all(postgres_engine)
    return SQLAlchemyStore(postgres_engine)


def add_two(store: SQLAlchemyStore) -> tuple[UUID, UUID, UUID]:
    """Give the ids of a client and of two campaigns of it, in the order of their ids."""
    first = store.add(campaign())
    second = store.add(campaign(client_id=first.client_id))
    one, other = sorted([first.id, second.id])
    return first.client_id, one, other


def adopt(store: SQLAlchemyStore, client_id: UUID, policy: ClientPolicy = ONE_EACH) -> None:
    store.adopt_client(client_id)
    write(store, client_id, policy=policy)


def write(store: SQLAlchemyStore, client_id: UUID, **writes: Any) -> None:
    query = ClientSnapshotQuery(client_id)
    store.apply_client_decision(query, lambda _: ClientWrites[None](**writes))


def see(store: SQLAlchemyStore, client_id: UUID, campaign_id: UUID, *lead_ids: str) -> Snapshot:
    """Return the snapshot that a decision has; what is read without a lock is the same."""
    query = SnapshotQuery(client_id, campaign_id, DAY, lead_ids)
    seen: list[Snapshot] = []

    def decide(snapshot: Snapshot) -> Writes[None]:
        seen.append(snapshot)
        return Writes()

    store.apply_decision(query, decide)
    unlocked = store.ask(query)
    assert evolve(unlocked, client=None) == evolve(seen[0], client=None)
    assert unlocked.client == seen[0].client
    return seen[0]


def release(*lead_ids: str, contacted: bool) -> Callable[[Snapshot], Writes[None]]:
    def decide(snapshot: Snapshot) -> Writes[None]:
        own = (snapshot.assignments[i] for i in lead_ids)
        return Writes(released=tuple(ReleasedLead(a, contacted, by=ANN, at=AT) for a in own))

    return decide


def stop(lead_id: str, channel: str | None = None, until: date | None = None) -> Suppression:
    make: Any = Suppression
    made: Suppression = make(lead_id, channel, until, by=ANN, at=AT)
    return made


def used(store: SQLAlchemyStore, client_id: UUID) -> dict[date, int]:
    return {day: counts.total for day, counts in store.client(client_id, day=DAY).used.items()}


# -- Counting and reading -------------------------------------------------------------------------


def test_a_client_is_counted_when_it_is_adopted_and_from_then_on(store: SQLAlchemyStore) -> None:
    client_id, one, other = add_two(store)
    tomorrow = DAY + timedelta(1)
    store.transact(client_id, one, admit("a", "b"))
    store.transact(client_id, other, admit("b", "c", day=tomorrow))
    store.transact(client_id, one, release("a", contacted=True), lead_ids=["a"])
    store.transact(client_id, other, release("c", contacted=False), lead_ids=["c"])
    assert see(store, client_id, one, "a").client is None
    assert used(store, client_id) == {}
    for _ in range(2):
        store.adopt_client(client_id)
        assert used(store, client_id) == {DAY: 2, tomorrow: 1}
    store.transact(client_id, other, admit("d"))
    assert used(store, client_id) == {DAY: 3, tomorrow: 1}
    store.transact(client_id, one, release("b", contacted=False), lead_ids=["b"])
    store.transact(client_id, other, release("d", contacted=True), lead_ids=["d"])
    assert used(store, client_id) == {DAY: 2, tomorrow: 1}
    assert store.progress(client_id, one, DAY).admitted_today == 1


def test_days_that_share_a_week_are_read(store: SQLAlchemyStore) -> None:
    client_id, one, _ = add_two(store)
    store.adopt_client(client_id)
    for distance in (-7, -6, 6, 7):
        store.transact(client_id, one, admit(f"lead {distance}", day=DAY + timedelta(distance)))
    assert sorted(used(store, client_id)) == [DAY - timedelta(6), DAY + timedelta(6)]
    for day in (date.min, date.max):
        assert store.client(client_id, day=day).used == {}


def test_claims_are_those_of_other_campaigns(store: SQLAlchemyStore) -> None:
    client_id, one, other = add_two(store)
    done = store.add(campaign(client_id=client_id))
    store.transact(client_id, one, admit("mine", "both"))
    store.transact(client_id, other, admit("both", "gone", "contacted"))
    store.transact(client_id, done.id, admit("over"))
    for act in (release("gone", contacted=False), release("contacted", contacted=True)):
        store.transact(client_id, other, act, lead_ids=["gone", "contacted"])
    ended = done.complete(at=AT)
    store.transact(client_id, done.id, lambda _: Writes[None](campaign=ended))
    stranger = store.add(campaign())
    store.transact(stranger.client_id, stranger.id, admit("free"))
    adopt(store, client_id)
    names = ("mine", "both", "gone", "contacted", "over", "free")
    snapshot = see(store, client_id, one, *names)
    assert snapshot.client is not None
    found = {
        (c.lead_id, c.campaign_id, c.is_live)
        for own in snapshot.client.claims.values()
        for c in own
    }
    assert found == {
        ("both", other, True),
        ("contacted", other, False),
        ("over", done.id, False),
    }
    assert snapshot.client.keep_out(names, one, DAY) == {
        "both": ck.Reason.CLAIMED,
        "contacted": ck.Reason.COOLING_DOWN,
        "over": ck.Reason.COOLING_DOWN,
    }
    assert see(store, client_id, other, "contacted", "gone").contacted == {"contacted"}
    doubles = store.ask(SnapshotQuery(client_id, one, elsewhere=True)).elsewhere
    assert set(doubles) == {"both"}


def test_live_assignments_come_with_a_decision_on_a_client(store: SQLAlchemyStore) -> None:
    client_id, one, other = add_two(store)
    store.transact(client_id, one, admit("a", "b"))
    store.transact(client_id, other, admit("a"))
    deleted = store.add(campaign(client_id=client_id))
    store.transact(client_id, deleted.id, admit("a"))
    gone = deleted.delete(at=AT)
    store.transact(client_id, deleted.id, lambda _: Writes[None](campaign=gone))
    store.adopt_client(client_id)
    seen: list[ClientSnapshot] = []

    def decide(snapshot: ClientSnapshot) -> ClientWrites[None]:
        seen.append(snapshot)
        return ClientWrites()

    query = ClientSnapshotQuery(client_id, ["b", "a", "c"], live=True)
    store.apply_client_decision(query, decide)
    live = [(one.campaign_id, one.assignment.lead_id) for one in seen[0].assignments]
    assert live == [(one, "a"), (other, "a"), (one, "b")]


def test_a_client_that_was_not_adopted_is_not_found(store: SQLAlchemyStore) -> None:
    client_id, _, __ = add_two(store)
    with pytest.raises(ck.NotFoundError):
        write(store, client_id, policy=ONE_EACH)
    assert store.client(client_id).policy == ClientPolicy()


def test_a_client_whose_adoption_was_interrupted_is_counted_later(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    """As when the process was killed after the client was committed and before it was counted."""
    client_id, one, other = add_two(store)
    store.transact(client_id, one, admit("a", "b"))
    with engine.begin() as connection:
        add_client(connection, backend(None, engine.dialect.name), client_id)
    assert see(store, client_id, one, "a").client == evolve(ClientState(), revision=1)
    store.transact(client_id, other, admit("c"))
    store.transact(client_id, one, release("b", contacted=False), lead_ids=["b"])
    assert used(store, client_id) == {}
    write(store, client_id, policy=ONE_EACH)
    assert used(store, client_id) == {DAY: 2}
    assert store.client(client_id).policy == ONE_EACH


def test_leads_of_an_older_process_are_claimed_when_the_client_is_adopted(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    client_id, one, other = add_two(store)
    store.transact(client_id, one, admit("a"))
    with engine.begin() as connection:
        connection.execute(update(TABLES.leads).values(client_id=None))
    assert [entry.campaign_id for entry in store.lead(client_id, "a").entries] == [one]
    adopt(store, client_id)
    client = see(store, client_id, other, "a").client
    assert client is not None
    assert set(client.claims) == {"a"}


# -- Suppressions, the history, and erasing -------------------------------------------------------

UNTILS = (DAY, DAY + timedelta(3), None)


@pytest.mark.parametrize("order", list(permutations(UNTILS)), ids=str)
def test_the_suppression_that_holds_longest_counts(
    store: SQLAlchemyStore, order: tuple[date | None, ...]
) -> None:
    client_id, _, __ = add_two(store)
    store.adopt_client(client_id)
    for until in order:
        write(store, client_id, suppressions=(stop("a", "sms", until), stop("b", None, until)))
    again = evolve(stop("a", "sms"), reason="later")
    write(store, client_id, suppressions=(again,))
    assert store.suppressions(client_id).items == (stop("a", "sms"), stop("b"))


def test_suppressions_are_lifted_and_paged_by_lead(store: SQLAlchemyStore) -> None:
    client_id, one, _ = add_two(store)
    store.adopt_client(client_id)
    several = (stop("a"), stop("a", "email"), stop("a", "mail", DAY), stop("b"), stop("c"))
    write(store, client_id, suppressions=several)
    page = store.suppressions(client_id, limit=1)
    assert (page.items, page.next) == (several[:3], "a")
    page = store.suppressions(client_id, after="a", limit=2)
    assert (page.items, page.next) == (several[3:], None)
    client = see(store, client_id, one, "a", "b", "d").client
    assert client is not None
    assert client.suppressions == {"a": several[:3], "b": several[3:4]}

    query = ClientSnapshotQuery(client_id, ["a"])
    store.apply_client_decision(
        query,
        lambda snapshot: ClientWrites[None](lifted=snapshot.client.suppressions["a"][:2]),
    )
    assert store.suppressions(client_id).items == several[2:]


def test_a_release_suppresses_in_the_same_transaction(store: SQLAlchemyStore) -> None:
    client_id, one, _ = add_two(store)
    store.transact(client_id, one, admit("a"))
    store.adopt_client(client_id)

    def decide(snapshot: Snapshot) -> Writes[None]:
        return evolve(release("a", contacted=True)(snapshot), suppressions=(stop("a"),))

    store.transact(client_id, one, decide, lead_ids=["a"])
    assert store.suppressions(client_id).items == (stop("a"),)


def test_a_history_names_what_was_done(store: SQLAlchemyStore) -> None:
    client_id, _, __ = add_two(store)
    store.adopt_client(client_id)
    events = tuple(
        ClientEvent(client_id=client_id, kind=ClientEventKind.SUPPRESSED, by=ANN, at=AT, leads=n)
        for n in range(3)
    )
    write(store, client_id, events=events[:2])
    write(store, client_id, events=events[2:])
    numbered = tuple(evolve(one, number=n) for n, one in enumerate(events, 1))
    assert store.client_history(client_id).items == numbered
    page = store.client_history(client_id, after=1, limit=1)
    assert (page.items, page.next) == (numbered[1:2], 2)


def test_an_erased_lead_is_nowhere_and_stays_out(store: SQLAlchemyStore, engine: Engine) -> None:
    client_id, one, other = add_two(store)
    service = ck.CampaignService(store, today=lambda _: DAY)
    scout = ck.Actor.ai("scout")
    leads = [ck.Lead("ann@example.com", 90), ck.Lead("bob", 90)]
    service.intake(client_id, one, leads, day=DAY, by=ANN)
    service.release(client_id, one, ["ann@example.com"], by=ANN)
    service.intake(client_id, one, leads, day=DAY, by=ANN)
    suggested = service.intake(client_id, other, leads, day=DAY, by=scout)
    assert isinstance(suggested, ck.Suggestion)
    service.reject(client_id, suggested.id, by=ANN, reason="no")
    service.intake(client_id, other, leads, day=DAY, by=ANN)
    store.adopt_client(client_id)
    counts = used(store, client_id)

    def erase() -> None:
        never = (stop("ann@example.com"),)
        write(store, client_id, suppressions=never, erased="ann@example.com")

    erase()
    assert "ann@" not in read_all(engine)
    assert used(store, client_id) == counts
    assert store.progress(client_id, one, DAY).admitted_today == 2
    client = see(store, client_id, one, "ann@example.com").client
    assert client is not None
    assert client.suppressions == {"ann@example.com": (stop("ann@example.com"),)}
    (kind,) = [entry.kind for entry in store.lead(client_id, "ann@example.com").entries]
    assert kind.value == "suppressed"
    # A user takes it in again, and erases it once more.
    query = ClientSnapshotQuery(client_id, ["ann@example.com"])
    store.apply_client_decision(
        query,
        lambda snapshot: ClientWrites[None](lifted=snapshot.client.suppressions["ann@example.com"]),
    )
    assert store.suppressions(client_id).items == ()
    store.transact(client_id, one, admit("ann@example.com"))
    erase()
    assert len(store.assignments(client_id, one).items) == 3
    assert len(store.suppressions(client_id).items) == 1


def read_all(engine: Engine) -> str:
    """Return all that is stored, as text."""
    with engine.connect() as connection:
        return "".join(str(row) for table in TABLES for row in connection.execute(table.select()))


def test_no_act_on_an_erased_lead_stores_its_id_again(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    """Nor is it in what was stored about it before, as why a suggestion was stale."""
    client_id, one, _ = add_two(store)
    service, ann = ck.CampaignService(store, today=lambda _: DAY), "ann@example.com"
    service.intake(client_id, one, [ck.Lead(ann, 90), ck.Lead("bob", 90)], day=DAY, by=ANN)
    idea = service.release(client_id, one, [ann], by=ck.Actor.ai("scout"))
    assert isinstance(idea, ck.Suggestion)
    service.release(client_id, one, [ann], by=ANN)
    with pytest.raises(ck.SuggestionError):
        service.approve(client_id, idea.id, by=ANN)
    assert ann in read_all(engine)
    service.erase(client_id, ann, by=ANN)
    assert ann not in read_all(engine)
    service.unsuppress(client_id, [ann], ["email"], by=ANN)
    service.suppress(client_id, [ann], ["email"], by=ANN)
    service.release(client_id, one, [ann], by=ANN, suppress=["mail"])
    service.erase(client_id, ann, by=ANN)
    assert ann not in read_all(engine)


def test_acts_go_on_after_the_last_revision(store: SQLAlchemyStore, engine: Engine) -> None:
    client_id, one, _ = add_two(store)
    adopt(store, client_id)
    with engine.begin() as connection:
        connection.execute(update(TABLES.clients).values(revision=LARGEST_INTEGER))
    service = ck.CampaignService(store)
    assert service.pause(client_id, one, by=ANN)
    assert store.client(client_id).revision == 1
    write(store, client_id, suppressions=(stop("a"),))
    assert store.client(client_id).revision == 2


# -- Hosts' tables --------------------------------------------------------------------------------


def test_a_campaign_without_a_status_has_its_leads(postgres_engine: Engine) -> None:
    """NULL is the status that a campaign has by default, which is not that it is completed."""
    store = SQLAlchemyStore(postgres_engine, databases.with_the_designs_table(postgres_engine))
    first = campaign()
    databases.add_client(postgres_engine, first.client_id)
    store.add(first)
    other = store.add(campaign(client_id=first.client_id))
    client_id = first.client_id
    for each in (first, other):
        store.transact(client_id, each.id, admit("ann"))
    adopt(store, client_id)
    with postgres_engine.begin() as connection:
        connection.execute(text("UPDATE campaigns SET status = NULL"))
    client = see(store, client_id, first.id, "ann").client
    assert client is not None
    assert [claim.is_live for claim in client.claims["ann"]] == [True]
    query = SnapshotQuery(client_id, first.id, elsewhere=True)
    assert set(store.ask(query).elsewhere) == {"ann"}
    asked = store.ask(ClientSnapshotQuery(client_id, ["ann"], live=True))
    assert {one.campaign_id for one in asked.assignments} == {first.id, other.id}


# -- Rows that cannot be read ---------------------------------------------------------------------


def corrupt(engine: Engine, table: Any, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(table).values(values))


def test_a_corrupt_policy_refuses_what_depends_on_it(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    client_id, one, _ = add_two(store)
    adopt(store, client_id)
    corrupt(engine, TABLES.clients, policy={"channel_limits": {"sms": {"per_day": "x"}}})
    service = ck.CampaignService(store)
    with pytest.raises(ck.CorruptRowError, match="channel_limits") as refused:
        service.intake(client_id, one, [ck.Lead("a", 90)], day=DAY, by=ANN)
    assert (refused.value.what, refused.value.key) == ("client", client_id)
    with pytest.raises(ck.CorruptRowError):
        store.client(client_id)
    assert service.pause(client_id, one, by=ANN)
    write(store, client_id, suppressions=(stop("a"),), policy=ONE_EACH)
    assert store.client(client_id).policy == ONE_EACH


def test_a_corrupt_suppression_is_named(store: SQLAlchemyStore, engine: Engine) -> None:
    client_id, one, _ = add_two(store)
    adopt(store, client_id)
    write(store, client_id, suppressions=(stop("a"), stop("b")))
    with engine.begin() as connection:
        is_a = TABLES.suppressions.c.lead_id == "a"
        connection.execute(update(TABLES.suppressions).where(is_a).values(channel="fax"))
    with pytest.raises(ck.CorruptRowError) as refused:
        see(store, client_id, one, "a")
    assert (refused.value.what, refused.value.key) == ("suppression", "a")
    assert see(store, client_id, one, "b").client
    page = store.suppressions(client_id)
    assert page.items == (stop("b"),)
    assert [error.key for error in page.corrupt] == ["a"]


def test_a_value_that_the_driver_cannot_decode_is_named(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine
) -> None:
    store, client_id, one = postgres_store, *add_two(postgres_store)[:2]
    adopt(store, client_id)
    write(store, client_id, suppressions=(stop("a"), stop("b")))
    with postgres_engine.begin() as connection:
        connection.execute(
            text("UPDATE campaign_suppressions SET until = 'infinity' WHERE lead_id = 'a'")
        )
    with pytest.raises(ck.CorruptRowError) as refused:
        see(store, client_id, one, "a", "b")
    assert (refused.value.what, refused.value.key) == ("suppression", "a")
    page = store.suppressions(client_id)
    assert (page.items, len(page.corrupt)) == ((stop("b"),), 1)


# -- Locks ----------------------------------------------------------------------------------------


class Act(threading.Thread):
    """An act in a thread of its own; `join` gives what it raised."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self._do = do
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._do()
        except BaseException as error:  # noqa: BLE001  # told by the test
            self.error = error


def wait_until_locked(connection: Connection, count: int = 1) -> None:
    """Wait until so many connections to the database wait for locks."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(2000):
        found = connection.scalar(waiting)
        connection.rollback()  # a transaction sees what the server did when it first looked
        if found == count:
            return
        # A transaction goes on to see the connections as it saw them first.
        connection.execute(text("SELECT pg_stat_clear_snapshot(), pg_sleep(0.005)"))
    raise AssertionError


def test_the_client_is_locked_before_the_campaign(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine
) -> None:
    """Also where the campaign changes while the act waits for the client."""
    store, (client_id, one, _) = postgres_store, add_two(postgres_store)
    adopt(store, client_id)
    seen: list[Snapshot] = []

    def decide(snapshot: Snapshot) -> Writes[None]:
        seen.append(snapshot)
        return Writes()

    act = Act(lambda: store.transact(client_id, one, decide, day=DAY, lead_ids=["a"]))
    with postgres_engine.connect() as holder, postgres_engine.connect() as other:
        holder.execute(update(TABLES.clients).values(revision=100))
        act.start()
        wait_until_locked(other)
        other.execute(TABLES.campaigns.select().with_for_update(nowait=True))
        other.execute(TABLES.progress.select().with_for_update(nowait=True))
        other.execute(update(TABLES.campaigns).values(name="changed meanwhile"))
        other.commit()
        holder.commit()
    act.join()
    assert act.error is None
    assert seen[0].campaign.name == "changed meanwhile"
    assert seen[0].client is not None
    assert seen[0].client.revision == 101


def test_an_edit_takes_the_client_too(store: SQLAlchemyStore) -> None:
    """Otherwise an edit of one campaign and an intake of another could wait for each other."""
    client_id, one, _ = add_two(store)
    adopt(store, client_id)
    before = store.client(client_id).revision
    store.transact(client_id, one, nothing)
    assert store.client(client_id).revision == before + 1


Prepare = Callable[[SQLAlchemyStore, UUID, UUID], object]
MEANWHILE: Mapping[str, tuple[bool, Prepare]] = {
    "another intake": (
        True,
        lambda store, client, other: store.transact(client, other, admit("x")),
    ),
    "a policy": (True, lambda store, client, _: write(store, client, policy=ONE_EACH)),
    "a suppression": (
        True,
        lambda store, client, _: write(store, client, suppressions=(stop("a"),)),
    ),
    "the client is adopted": (False, lambda store, client, _: store.adopt_client(client)),
}


@pytest.mark.parametrize(("is_adopted", "act"), MEANWHILE.values(), ids=MEANWHILE)
def test_a_host_at_repeatable_read_is_told_of_a_conflict(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine, is_adopted: bool, act: Prepare
) -> None:
    store, (client_id, one, other) = postgres_store, add_two(postgres_store)
    store.transact(client_id, one, nothing)
    if is_adopted:
        adopt(store, client_id)
    repeatable = postgres_engine.execution_options(isolation_level="REPEATABLE READ")
    with repeatable.connect() as connection:
        connection.execute(text("SELECT 1"))
        act(store, client_id, other)
        host = SQLAlchemyStore(connection)
        with pytest.raises(ck.TransientConflictError):
            host.transact(client_id, one, admit("a"), day=DAY, lead_ids=["a"])
        connection.rollback()


@pytest.mark.parametrize("is_hosts", [False, True], ids=["own", "host's"])
def test_an_act_starts_over_when_its_client_was_added_meanwhile(
    postgres_store: SQLAlchemyStore, postgres_engine: Engine, *, is_hosts: bool
) -> None:
    store, (client_id, one, _) = postgres_store, add_two(postgres_store)
    store.transact(client_id, one, nothing)
    seen: list[Snapshot] = []

    def decide(snapshot: Snapshot) -> Writes[None]:
        seen.append(snapshot)
        return admit("a")(snapshot)

    def add_meanwhile(_: Any, __: Any, statement: str, *___: Any) -> None:
        if added or not statement.startswith("SELECT own."):
            return
        added.append(statement)
        with postgres_engine.connect() as connection:
            add_client(connection, backend(None, "postgresql"), client_id)
            connection.commit()

    added: list[str] = []
    with postgres_engine.connect() as connection:
        one_store = SQLAlchemyStore(connection) if is_hosts else store
        event.listen(postgres_engine, "before_cursor_execute", add_meanwhile)
        with emitted(postgres_engine) as sent:
            one_store.transact(client_id, one, decide, day=DAY, lead_ids=["a"])
        event.remove(postgres_engine, "before_cursor_execute", add_meanwhile)
        connection.commit()
    assert len(added) == 1
    assert len([s for s in sent if s.startswith(LOCK)]) == 2
    assert len(seen) == 1
    assert seen[0].client is not None
    store.adopt_client(client_id)
    assert used(store, client_id) == {DAY: 1}


def test_a_failed_decision_on_a_client_is_undone_in_a_hosts_transaction(
    store: SQLAlchemyStore, engine: Engine
) -> None:
    client_id, _, __ = add_two(store)
    with engine.connect() as connection:
        host = SQLAlchemyStore(connection)
        host.adopt_client(client_id)
        write(host, client_id, suppressions=(stop("a"),))

        def fail(_: ClientSnapshot) -> ClientWrites[None]:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            host.apply_client_decision(ClientSnapshotQuery(client_id), fail)
        wrong = ClientEvent(client_id=UUID(int=9), kind=ClientEventKind.SUPPRESSED, by=ANN, at=AT)
        with pytest.raises(ck.ConflictError):
            write(host, client_id, suppressions=(stop("b"),), events=(wrong,))
        connection.commit()
    assert store.suppressions(client_id).items == (stop("a"),)


# -- Plans ----------------------------------------------------------------------------------------

FILL = {
    "postgresql": """
        INSERT INTO campaign_leads
        SELECT c.id, 'lead-' || n, 'email', 'hot', 90, '2026-11-23', 0, c.client_id
        FROM campaigns c, generate_series(1, 100) n
    """,
    "sqlite": """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100)
        INSERT INTO campaign_leads
        SELECT c.id, 'lead-' || n, 'email', 'hot', 90, '2026-11-23', 0, c.client_id
        FROM campaigns c, numbers
    """,
}


@pytest.fixture
def filled(store: SQLAlchemyStore, engine: Engine) -> Iterator[tuple[Connection, UUID, UUID]]:
    """Give a ledger of many campaigns of one client and their leads, which was not analysed."""
    first = store.add(campaign())
    store.add_all([campaign(client_id=first.client_id) for _ in range(300)])
    store.adopt_client(first.client_id)
    with engine.begin() as connection:
        connection.execute(text(FILL[engine.dialect.name]))
        yield connection, first.client_id, first.id


def test_each_lead_is_looked_up_on_a_ledger_that_was_not_analysed(
    filled: tuple[Connection, UUID, UUID],
) -> None:
    connection, client_id, campaign_id = filled
    own = backend(None, connection.dialect.name)
    values = {
        "ck_client": client_id,
        "ck_campaign": campaign_id,
        "ck_first_day": DAY,
        "ck_last_day": DAY,
        **own.name_leads([f"lead-{n}" for n in range(50)]),
    }
    for statement in (own.clients.select_shared, own.clients.select_live):
        found = plan(connection, statement, values)
        assert "idx_campaign_leads_client" in found
        if connection.dialect.name == "postgresql":
            assert "Seq Scan" not in found
            assert "Hash" not in found
        else:
            assert "SCAN campaign" not in found


def test_the_room_of_a_channel_is_that_of_all_campaigns(store: SQLAlchemyStore) -> None:
    client_id, one, other = add_two(store)
    policy = ClientPolicy(channel_limits={ck.Channel.EMAIL: ChannelLimit(per_day=3)})
    adopt(store, client_id, policy)
    store.transact(client_id, one, admit("a", "b"))
    client = see(store, client_id, other, "c").client
    assert client is not None
    assert client.room(DAY) == {ck.Channel.EMAIL: 1}
