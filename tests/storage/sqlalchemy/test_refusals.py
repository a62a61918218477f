"""What databases refuse, provoked on each driver: by which error it comes, and what that prints."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from attrs import evolve, frozen
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

import campaignkit as ck
from campaignkit.storage import Snapshot, Store, Writes
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore, define_tables
from campaignkit.storage.sqlalchemy._verify import PRIVILEGES
from campaignkit.testing import BlockingStore, EventLoop
from tests import postgres as server
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.doing import CREATED, DAY, admit, campaign, nothing, rename
from tests.storage.sqlalchemy.row_content import MARKER, assert_no_content

POSTGRES = ("psycopg", "psycopg_async", "asyncpg")
SQLITE = ("pysqlite", "aiosqlite")
LEDGER = (
    *("campaign_progress", "campaign_days", "campaign_leads"),
    *("campaign_suggestions", "campaign_suggested_leads", "campaign_rejections"),
    "campaign_events",
)
ANN, SCOUT = ck.Actor.user(f"ann {MARKER}"), ck.Actor.ai(f"scout {MARKER}")
LEADS = [ck.Lead(f"{MARKER}-{n}", 90) for n in range(3)]
MORE = [ck.Lead(f"{MARKER}-{n}", 90) for n in range(3, 5)]
REJECTED = [ck.Lead(f"{MARKER}-5", 90)]


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Generator[str]:
    """Give the URL of a database for all tests: each takes away what it has the host do."""
    with databases.new(postgres_url) as url:
        yield url


def with_driver(url: str, driver: str) -> str:
    name = {"psycopg_async": "psycopg"}.get(driver, driver)
    target = make_url(url)
    target = target.set(drivername=f"{target.get_backend_name()}+{name}")
    return target.render_as_string(hide_password=False)


@contextmanager
def opened(url: str, driver: str) -> Generator[Store]:
    """Give a store that is opened on a database by a driver."""
    target = with_driver(url, driver)
    if driver in {"psycopg", "pysqlite"}:
        with SQLAlchemyStore.open(target) as store:
            yield store
        return
    with EventLoop() as loop:
        one = loop.run(AsyncSQLAlchemyStore.open(target))
        yield BlockingStore(one, loop)
        loop.run(one.close())
        loop.run(asyncio.sleep(0))  # for what a lost connection leaves to do


def reconnect(store: Store) -> None:
    """Close the idle connections of an opened store."""
    if isinstance(store, BlockingStore):
        assert isinstance(store.store, AsyncSQLAlchemyStore)
        assert isinstance(store.store.bind, AsyncEngine)
        store.loop.run(store.store.bind.dispose())
    else:
        assert isinstance(store, SQLAlchemyStore)
        assert isinstance(store.bind, Engine)
        store.bind.dispose()


@contextmanager
def joined(url: str, driver: str) -> Generator[tuple[Store, Callable[[str], object]]]:
    """Give a store on a host's connection, and what runs the host's own SQL there."""
    target = with_driver(url, driver)
    if driver in {"psycopg", "pysqlite"}:
        engine = create_engine(target)
        with engine.connect() as connection:
            yield SQLAlchemyStore(connection), connection.exec_driver_sql
        engine.dispose()
        return
    with EventLoop() as loop:
        async_engine = create_async_engine(target)
        one = loop.run(started(async_engine))

        def run(sql: str) -> object:
            return loop.run(one.exec_driver_sql(sql))

        yield BlockingStore(AsyncSQLAlchemyStore(one), loop), run
        loop.run(one.close())
        loop.run(async_engine.dispose())


async def started(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect()


def engine_of(store: Store) -> Engine:
    """Return the engine, with a plain face, of a store that was opened."""
    one: Any = store.store if isinstance(store, BlockingStore) else store
    bind: Engine | AsyncEngine = one.bind
    return bind if isinstance(bind, Engine) else bind.sync_engine


@contextmanager
def doing(url: str, do: str, *undo: str) -> Generator[None]:
    """Have a host do something, and undo it."""
    sql(url, do)
    try:
        yield
    finally:
        sql(url, *undo)


@contextmanager
def setting(url: str, name: str, value: str) -> Generator[None]:
    """Set a parameter for all new connections to a PostgreSQL database."""
    alter = f"ALTER DATABASE {make_url(url).database}"
    undo = ("SET ROLE NONE", "SET default_transaction_read_only = off", f"{alter} RESET {name}")
    with doing(url, f"{alter} SET {name} = {value}", *undo):
        yield


def sql(url: str, *statements: str) -> None:
    """Do what a host does on a connection of its own."""
    if url.startswith("sqlite"):
        with sqlite3.connect(str(make_url(url).database), isolation_level=None) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    with psycopg.connect(server.driver_url(url), autocommit=True) as other:
        for statement in statements:
            other.execute(statement.encode())


# -- Every act, and a rule of the host's against it -----------------------------------------------


@frozen
class Site:
    """A campaign with leads in it and suggestions that wait, all with the marker in their text."""

    service: ck.CampaignService
    campaign: ck.Campaign
    suggested: UUID

    @property
    def key(self) -> tuple[UUID, UUID]:
        return self.campaign.client_id, self.campaign.id


def site(store: Store, client_id: UUID | None = None) -> Site:
    service = ck.CampaignService(store, clock=lambda: CREATED)
    draft = service.create(marked(client_id), by=ANN)
    key = draft.client_id, draft.id
    service.activate(*key, by=ANN)
    service.intake(*key, LEADS[:1], day=DAY, by=ANN)
    rejected = service.intake(*key, REJECTED, day=DAY, by=SCOUT)
    assert isinstance(rejected, ck.Suggestion)
    service.reject(key[0], rejected.id, by=ANN, reason=MARKER)
    waiting = service.intake(*key, LEADS[1:], day=DAY, by=SCOUT, reason=MARKER)
    assert isinstance(waiting, ck.Suggestion)
    return Site(service, service.get(*key), waiting.id)


def marked(client_id: UUID | None = None) -> ck.Campaign:
    targeting = ck.Targeting(industries=(MARKER,), titles=(MARKER,), locations=(MARKER,))
    return ck.Campaign.draft(
        client_id=client_id or uuid4(), name=MARKER, targeting=targeting, created_at=CREATED
    )


WRITES: Mapping[str, set[str]] = {
    "create": {"campaigns", "campaign_events"},
    "edit": {"campaigns", "campaign_events"},
    "pause": {"campaigns", "campaign_events"},
    "delete": {"campaigns", "campaign_events"},
    "intake": {"campaign_progress", "campaign_days", "campaign_leads", "campaign_events"},
    "suggest": {"campaign_suggestions", "campaign_suggested_leads", "campaign_events"},
    "refresh": {"campaign_suggestions", "campaign_suggested_leads", "campaign_events"},
    "lift": {"campaign_progress", "campaign_days", "campaign_leads", "campaign_events"},
    "approve": {*LEDGER} - {"campaign_suggested_leads", "campaign_rejections"},
    "reject": {"campaign_suggestions", "campaign_rejections", "campaign_events"},
    "release": {"campaign_progress", "campaign_days", "campaign_events"},
}
"""The tables into which acts write rows."""

ACTS: Mapping[str, Callable[[Site], object]] = {
    "create": lambda s: s.service.create(marked(), by=ANN, reason=MARKER),
    "edit": lambda s: s.service.edit(*s.key, name=f"{MARKER}!", by=ANN, reason=MARKER),
    "pause": lambda s: s.service.pause(*s.key, by=ANN, reason=MARKER),
    "delete": lambda s: s.service.delete(*s.key, by=ANN, reason=MARKER),
    "intake": lambda s: s.service.intake(*s.key, LEADS[1:], day=DAY, by=ANN, reason=MARKER),
    "suggest": lambda s: s.service.intake(*s.key, MORE, day=DAY, by=SCOUT, reason=MARKER),
    "refresh": lambda s: s.service.intake(
        *s.key, [evolve(lead, als_score=91) for lead in LEADS[1:]], day=DAY, by=SCOUT
    ),
    "lift": lambda s: s.service.intake(*s.key, REJECTED, day=DAY, by=ANN),
    "approve": lambda s: s.service.approve(s.key[0], s.suggested, by=ANN),
    "reject": lambda s: s.service.reject(s.key[0], s.suggested, by=ANN, reason=MARKER),
    "release": lambda s: s.service.release(*s.key, [LEADS[0].id], by=ANN, reason=MARKER),
}


def refused(one: Site, table: str, *kinds: type[ck.StorageError]) -> list[ck.StorageError]:
    """Have each act that writes to a table refused by its rule; return the errors."""
    errors: list[ck.StorageError] = []
    for name, act in ACTS.items():
        if table not in WRITES[name]:
            continue
        with pytest.raises(ck.StorageError) as raised:
            act(one)
        assert type(raised.value) in kinds, (name, raised.value)
        assert_no_content(raised.value)
        errors.append(raised.value)
    assert errors
    return errors


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_check_of_the_hosts_in_postgresql(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        one = site(store)
        for table in ("campaigns", *LEDGER):
            rule = f"ALTER TABLE {table} ADD CONSTRAINT house_rule CHECK (false) NOT VALID"
            # Of the ledger we know that its rules are ours.
            kind = ck.HostRefusedError if table == "campaigns" else ck.ConflictError
            with doing(postgres, rule, f"ALTER TABLE {table} DROP CONSTRAINT house_rule"):
                errors = refused(one, table, kind)
            for error in errors:
                assert "constraint house_rule" in str(error)
                if isinstance(error, ck.HostRefusedError):
                    named = error.sqlstate, error.constraint, error.table
                    assert named == ("23514", "house_rule", "campaigns")


SAYS = """
CREATE OR REPLACE FUNCTION says() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE 'not this: %', to_jsonb(NEW)
        USING ERRCODE = TG_ARGV[0], DETAIL = NEW::text, HINT = NEW::text;
END $$
"""

SAID: Mapping[str, type[ck.StorageError]] = {
    **dict.fromkeys(("P0001", "42501", "ZZ999", "42703", "22023"), ck.HostRefusedError),
    **dict.fromkeys(("23000", "23505", "23514", "44000", "XX000"), ck.HostRefusedError),
    # From the database itself these would mean that it is not there, or a statement to prepare.
    **dict.fromkeys(("28000", "08006", "57P01", "0A000"), ck.HostRefusedError),
    "55P03": ck.StoreUnavailableError,  # it asks for another try
}
SAID_IN_LEDGER = ("P0001", "23505")


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_trigger_that_says_what_is_in_the_row(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        one = site(store)
        sql(postgres, SAYS)
        for table in ("campaigns", *LEDGER):
            for code in SAID if table == "campaigns" else SAID_IN_LEDGER:
                before = f"BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW"
                make = f"CREATE TRIGGER says {before} EXECUTE FUNCTION says('{code}')"
                with doing(postgres, make, f"DROP TRIGGER says ON {table}"):
                    errors = refused(one, table, SAID[code])
                for error in errors:
                    if isinstance(error, ck.HostRefusedError):
                        assert error.sqlstate == code
                        assert str(error).endswith(": not this: \u2026")


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_trigger_that_waits_for_the_commit(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        one = site(store)
        sql(postgres, SAYS)
        deferred = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        make = (
            f"CREATE CONSTRAINT TRIGGER says AFTER INSERT OR UPDATE ON campaigns {deferred}"
            " EXECUTE FUNCTION says('P0001')"
        )
        with doing(postgres, make, "DROP TRIGGER says ON campaigns"):
            errors = refused(one, "campaigns", ck.HostRefusedError)
        for error in errors:
            assert str(error).endswith(": not this: \u2026")


@pytest.mark.parametrize("driver", SQLITE)
def test_a_trigger_of_the_hosts_in_sqlite(sqlite: str, driver: str) -> None:
    with opened(sqlite, driver) as store:
        one = site(store)
        for table in ("campaigns", *LEDGER):
            for how in ("ABORT", "FAIL", "ROLLBACK"):
                says = f"BEGIN SELECT RAISE({how}, 'not ''this'', nor that'); END"
                for n, when in enumerate(("INSERT", "UPDATE")):
                    sql(sqlite, f"CREATE TRIGGER says{n} BEFORE {when} ON {table} {says}")
                for error in refused(one, table, ck.HostRefusedError):
                    assert str(error).endswith(": not 'this', nor that")
                sql(sqlite, "DROP TRIGGER says0", "DROP TRIGGER says1")


SKIPS: Mapping[str, str] = {
    "postgresql": "FOR EACH ROW EXECUTE FUNCTION skips()",
    "sqlite": "BEGIN SELECT RAISE(IGNORE); END",
}
SKIP = "CREATE FUNCTION skips() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"


@pytest.mark.parametrize("driver", [*POSTGRES, *SQLITE])
def test_what_a_trigger_skips_in_silence(request: pytest.FixtureRequest, driver: str) -> None:
    with ExitStack() as stack:
        if driver in SQLITE:
            url = str(request.getfixturevalue("sqlite"))
        else:
            url = stack.enter_context(databases.new(str(request.getfixturevalue("postgres_url"))))
        with opened(url, driver) as store:
            one = site(store)
        if driver in POSTGRES:
            sql(url, SKIP)
        skips = SKIPS["sqlite" if driver in SQLITE else "postgresql"]
        for op, act in {"INSERT": "create", "UPDATE": "edit"}.items():
            sql(url, f"CREATE TRIGGER skips BEFORE {op} ON campaigns {skips}")
            for way in (opened(url, driver), only(joined(url, driver))):
                with way as store:
                    here = evolve(one, service=ck.CampaignService(store, clock=lambda: CREATED))
                    with pytest.raises(ck.HostRefusedError, match="changed nothing") as raised:
                        ACTS[act](here)
                    assert raised.value.table == "campaigns"
                    assert_no_content(raised.value)
                    # Nothing is left of it, also in the host's transaction.
                    assert len(here.service.find(one.key[0]).items) == 1
                    assert here.service.get(*one.key) == one.campaign
                    assert len(here.service.history(*one.key).items) == 6
            sql(url, "DROP TRIGGER skips" + (" ON campaigns" if driver in POSTGRES else ""))


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_host_goes_on_after_a_refusal(postgres: str, secured: str, driver: str) -> None:
    with opened(postgres, "psycopg") as store:
        there = site(store)
    deny = "CREATE POLICY deny ON campaigns AS RESTRICTIVE FOR UPDATE USING (false)"
    grant = f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {secured}"
    with (
        doing(postgres, f"{deny}; {grant}", "DROP POLICY deny ON campaigns"),
        joined(postgres, driver) as (store, run),
    ):
        run(f"SET LOCAL ROLE {secured}")
        one = evolve(there, service=ck.CampaignService(store))
        with pytest.raises(ck.HostRefusedError, match="table campaigns"):
            ACTS["edit"](one)
        assert one.service.get(*one.key) == there.campaign
        with pytest.raises(ck.NotFoundError):
            one.service.pause(uuid4(), one.key[1], by=ANN)
        ACTS["create"](one)
        run("ROLLBACK")


HOSTS_COLUMNS = (
    ("owner TEXT CHECK (owner IS NOT NULL)", ck.HostRefusedError),
    ("owner TEXT NOT NULL DEFAULT NULL", ck.HostRefusedError),
    ("team TEXT DEFAULT 'x' REFERENCES teams (name)", ck.HostRefusedError),
)


@pytest.mark.parametrize("driver", SQLITE)
@pytest.mark.parametrize(("column", "kind"), HOSTS_COLUMNS)
def test_a_column_of_the_hosts_in_sqlite(
    sqlite: str, driver: str, column: str, kind: type[ck.StorageError]
) -> None:
    with opened(sqlite, driver) as store:
        one = site(store)
        # SQLite adds no such column: the table is written anew, as migrations do.
        with sqlite3.connect(str(make_url(sqlite).database)) as connection:
            (made,) = connection.execute(
                "SELECT sql FROM sqlite_master WHERE name = 'campaigns'"
            ).fetchone()
            connection.execute("CREATE TABLE teams (name TEXT PRIMARY KEY)")
            connection.execute("PRAGMA writable_schema = ON")
            first = made.index("(") + 1
            anew = f"{made[:first]} {column},{made[first:]}"
            connection.execute("DROP TABLE campaigns")
            connection.execute(anew)
        connection.close()
        with pytest.raises(kind) as raised:
            ACTS["create"](one)
        assert_no_content(raised.value)


@pytest.mark.parametrize("driver", POSTGRES)
def test_columns_and_keys_of_the_hosts_in_postgresql(postgres: str, driver: str) -> None:
    add, alter = "ALTER TABLE campaigns ADD owner TEXT", "ALTER TABLE campaigns ALTER owner"
    columns = {
        "23514": f"{add} DEFAULT 'us' CHECK (owner <> 'them'); {alter} SET DEFAULT 'them'",
        "23502": f"{add} DEFAULT 'us' NOT NULL; {alter} DROP DEFAULT",
        "23503": f"{add} REFERENCES teams; {alter} SET DEFAULT 'us'",
    }
    sql(postgres, "CREATE TABLE IF NOT EXISTS teams (name TEXT PRIMARY KEY)")
    with opened(postgres, driver) as store:
        one = site(store)
        for code, make in columns.items():
            drop = "ALTER TABLE campaigns DROP owner"
            with doing(postgres, make, drop), pytest.raises(ck.HostRefusedError) as raised:
                ACTS["create"](one)
            assert_no_content(raised.value)
            assert (raised.value.sqlstate, raised.value.table) == (code, "campaigns")
        sql(postgres, "DELETE FROM campaigns")
        one = site(store)
        uniques = {
            "23505": ("UNIQUE (name)", "one_name"),
            "23P01": ("EXCLUDE (name WITH =)", "one_name"),
        }
        for code, (rule, name) in uniques.items():
            make = f"ALTER TABLE campaigns ADD CONSTRAINT {name} {rule}"
            drop = f"ALTER TABLE campaigns DROP CONSTRAINT {name}"
            with doing(postgres, make, drop), pytest.raises(ck.HostRefusedError) as raised:
                ACTS["create"](one)
            named = raised.value.sqlstate, raised.value.constraint, raised.value.table
            assert named == (code, name, "campaigns")
            assert_no_content(raised.value)


# -- Rights and row-level security ----------------------------------------------------------------


@pytest.fixture
def limited(postgres: str) -> Iterator[str]:
    """Give the name of a role of no rights."""
    role = f"limited_{uuid4().hex}"
    sql(postgres, f"CREATE ROLE {role}")
    yield role
    sql(postgres, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


AUDIT = """
CREATE TABLE audit (name TEXT, op TEXT);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO audit VALUES (TG_TABLE_NAME, TG_OP); RETURN NULL; END $$
"""


SHARED = tuple(
    f"campaign_{name}"
    for name in ("clients", "client_days", "suppressions", "releases", "client_events")
)


def share(one: Site) -> None:
    """Do all that is done to what the campaigns of a client share."""
    service, client_id, leads = one.service, one.key[0], [LEADS[0].id]
    policy = ck.ClientPolicy(one_campaign_per_lead=True)
    service.set_client_policy(client_id, policy, by=ANN)
    service.intake(*one.key, LEADS[1:], day=DAY, by=ANN)
    service.intake(*one.key, MORE, day=DAY, by=ANN)
    service.release(*one.key, leads, by=ANN)
    service.suppress(client_id, leads, by=ANN, until=DAY)
    service.suppress(client_id, leads, by=ANN)
    service.unsuppress(client_id, leads, by=ANN)
    for lead in (LEADS[0], LEADS[1], REJECTED[0]):
        service.erase(client_id, str(lead.id), by=ANN)


@pytest.fixture(scope="module")
def operations(postgres_url: str) -> Mapping[str, set[tuple[str, str]]]:
    """Give the operations on rows of each act, by table, as the database itself sees them."""
    found: dict[str, set[tuple[str, str]]] = {}
    with databases.new(postgres_url) as url, opened(url, "psycopg") as store:
        sql(url, AUDIT)
        for table in ("campaigns", *LEDGER, *SHARED):
            after = f"AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            sql(url, f"CREATE TRIGGER audit {after} EXECUTE FUNCTION audit()")
        for name, act in {**ACTS, "share": share}.items():
            one = site(store)
            sql(url, "DELETE FROM audit")
            act(one)
            with psycopg.connect(server.driver_url(url)) as other:
                rows = other.execute("SELECT DISTINCT name, op FROM audit").fetchall()
            found[name] = {(table, op) for table, op in rows}
    return found


LOCKED = {("campaigns", "UPDATE"), ("campaign_progress", "UPDATE")}
"""Every act but a creation locks these rows, for which it must be allowed to update them."""


def test_verify_asks_for_the_privileges_that_acts_use(
    operations: Mapping[str, set[tuple[str, str]]],
) -> None:
    tables = define_tables(MetaData(), clients=None)
    needed = {
        (getattr(tables, name).name, op)
        for name, privileges in PRIVILEGES.items()
        for op in privileges
        if op != "SELECT"
    }
    # These rows were there, or not yet; the statements need the right to either.
    others = {("progress", "INSERT"), ("days", "INSERT"), ("rejections", "UPDATE")}
    upserts = {(f"campaign_{name}", op) for name, op in others}
    # Only in a host's transaction, to have others wait for its end.
    hosts = {("campaign_clients", "DELETE")}
    assert needed == LOCKED.union(upserts, hosts, *operations.values())


DENIALS: Mapping[str, Mapping[str, str]] = {
    "right": {op: f"REVOKE {op} ON {{table}} FROM {{role}}" for op in ("INSERT", "UPDATE")}
    | {"DELETE": "REVOKE DELETE ON {table} FROM {role}"},
    "policy": {
        "INSERT": "CREATE POLICY deny ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK (false)",
        "UPDATE": "CREATE POLICY deny ON {table} AS RESTRICTIVE FOR UPDATE USING (false)",
        "DELETE": "CREATE POLICY deny ON {table} AS RESTRICTIVE FOR DELETE USING (false)",
    },
    "check": {
        "UPDATE": "CREATE POLICY deny ON {table} AS RESTRICTIVE FOR UPDATE WITH CHECK (false)",
    },
}
"""How a host keeps a role from an operation on the rows of a table that it may read."""


@pytest.fixture
def secured(postgres: str, limited: str) -> Iterator[str]:
    """Give the name of a role that has all rights, by row-level security that permits all."""
    SQLAlchemyStore.open(postgres).close()
    tables = ("campaigns", *LEDGER)
    for table in tables:
        sql(
            postgres,
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY all_rows ON {table} USING (true) WITH CHECK (true)",
        )
    yield limited
    for table in tables:
        sql(
            postgres,
            f"DROP POLICY all_rows ON {table}",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        )


@pytest.mark.parametrize("driver", POSTGRES)
@pytest.mark.parametrize("way", DENIALS)
def test_what_a_role_may_not_do(
    postgres: str,
    secured: str,
    operations: Mapping[str, set[tuple[str, str]]],
    driver: str,
    way: str,
) -> None:
    with opened(postgres, "psycopg") as store:
        there = site(store)
    # The rules are the same with each driver: one of them goes through all tables.
    tables = ("campaigns", *LEDGER) if driver == "psycopg" else ("campaigns",)
    grant = f"SET ROLE NONE; GRANT ALL ON ALL TABLES IN SCHEMA public TO {secured}"
    sql(postgres, grant)
    wrong: list[tuple[object, ...]] = []
    with setting(postgres, "role", secured), opened(postgres, driver) as store:
        one = Site(
            ck.CampaignService(store, clock=lambda: CREATED), there.campaign, there.suggested
        )
        for table, (op, deny) in itertools.product(tables, DENIALS[way].items()):
            drop = f"SET ROLE NONE; DROP POLICY IF EXISTS deny ON {table}"
            rule = f"SET ROLE NONE; {deny.format(table=table, role=secured)}"
            with doing(postgres, rule, f"{drop}; {grant}"):
                for name, act in ACTS.items():
                    locked = set[object]() if way == "check" or name == "create" else LOCKED
                    is_kept = (way, table, op) == ("policy", "campaign_rejections", "DELETE")
                    if is_kept or (table, op) not in operations[name] | locked:
                        continue  # a rejection that cannot be deleted stays in force
                    with pytest.raises(ck.CampaignKitError) as raised:
                        act(one)
                    error = raised.value
                    if type(error) is not ck.HostRefusedError or table not in str(error):
                        wrong.append((name, table, op, error))
                    assert_no_content(error)
        assert wrong == []
        # Nothing was done.
        assert one.service.get(*one.key) == there.campaign
        for name in ("approve", "release", "lift"):
            ACTS[name](one)


# -- Encodings ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def latin(postgres_url: str) -> Iterator[str]:
    with databases.new(postgres_url, "LATIN1") as url:
        yield url


@contextmanager
def only(given: AbstractContextManager[tuple[Store, object]]) -> Generator[Store]:
    with given as (store, _):
        yield store


@pytest.mark.parametrize("driver", POSTGRES)
def test_an_encoding_that_does_not_have_a_character(latin: str, driver: str) -> None:
    for way in (opened(latin, driver), only(joined(latin, driver))):
        with opened(latin, driver) as store:
            plain = store.add(campaign())
        with way as store:
            one = Site(ck.CampaignService(store, clock=lambda: CREATED), plain, uuid4())
            for name in ("create", "edit", "intake", "suggest"):
                with pytest.raises(ck.StorageError, match="encoding") as raised:
                    ACTS[name](one)
                assert type(raised.value) is ck.StorageError
                assert_no_content(raised.value)
            # It did no harm, also in the host's transaction.
            assert store.get(*one.key).name == "Sydney agencies"
            assert store.transact(*one.key, rename("Zürich")).campaign is not None


# -- What a transaction or a session is in --------------------------------------------------------


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_database_that_is_read_only(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        added = store.add(campaign())
    with (
        setting(postgres, "default_transaction_read_only", "on"),
        joined(postgres, driver) as (store, _),
        pytest.raises(ck.StoreUnavailableError) as raised,
    ):
        store.transact(added.client_id, added.id, rename(MARKER))
    assert "25006" in str(raised.value)
    assert_no_content(raised.value)


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_transaction_that_is_idle_for_too_long(postgres: str, driver: str) -> None:
    def too_long(snapshot: Snapshot) -> Writes[Any]:
        there = (
            "SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in%'"
            " AND datname = current_database()"
        )
        with psycopg.connect(server.driver_url(postgres), autocommit=True) as other:
            for _ in range(500):
                if other.execute(there).fetchone() is None:
                    break
                other.execute("SELECT pg_sleep(0.01)")
        return rename(f"{MARKER}!")(snapshot)

    with opened(postgres, driver) as store:
        # Nothing but the transaction may be idle for too long, however slow the machine is.
        added = store.add(campaign(name=MARKER))
        with setting(postgres, "idle_in_transaction_session_timeout", "'20ms'"):
            reconnect(store)
            with pytest.raises(ck.StoreUnavailableError) as raised:
                store.transact(added.client_id, added.id, too_long)
    assert_no_content(raised.value)
    with opened(postgres, driver) as store:
        assert store.get(added.client_id, added.id).name == MARKER


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_transaction_that_the_host_has_broken(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        added = store.add(campaign())
    with joined(postgres, driver) as (store, run):
        with pytest.raises(Exception, match="division"):
            run("SELECT 1 / 0")
        for use in (
            lambda: store.get(added.client_id, added.id),
            lambda: store.transact(added.client_id, added.id, nothing),
        ):
            with pytest.raises(ck.StorageError, match="earlier error") as raised:
                use()
            assert type(raised.value) is ck.StorageError


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_session_that_is_ended(postgres: str, driver: str) -> None:
    def ending(snapshot: Snapshot) -> Writes[Any]:
        sql(
            postgres,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE state = 'idle in transaction' AND datname = current_database()",
        )
        return rename(MARKER)(snapshot)

    with opened(postgres, driver) as store:
        added = store.add(campaign())
        with pytest.raises(ck.StoreUnavailableError) as raised:
            store.transact(added.client_id, added.id, ending)
        assert_no_content(raised.value)


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_statement_that_takes_too_long(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        added = store.add(campaign())
    with (
        psycopg.connect(server.driver_url(postgres)) as other,
        setting(postgres, "statement_timeout", "'50ms'"),
        opened(postgres, driver) as store,
    ):
        other.execute("SELECT 1 FROM campaigns FOR UPDATE")
        with pytest.raises(ck.StoreUnavailableError, match="57014"):
            store.transact(added.client_id, added.id, nothing)


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_table_that_is_altered_under_prepared_statements(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        added = store.add(campaign())
        key = added.client_id, added.id
        kinds = itertools.cycle(["BIGINT", "INTEGER"])
        uses: tuple[Callable[[], object], ...] = (
            lambda: store.get(*key),
            lambda: store.find(key[0]),
            lambda: store.snapshot(*key, day=DAY),
            lambda: store.transact(*key, rename(MARKER), day=DAY),
        )
        for use in uses:
            for _ in range(8):  # by then every driver has prepared it
                use()
            sql(postgres, f"ALTER TABLE campaigns ALTER daily_lead_limit TYPE {next(kinds)}")
            use()


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_table_that_is_altered_under_a_host_may_be_tried_again(
    postgres: str, driver: str
) -> None:
    with opened(postgres, driver) as store:
        added = store.add(campaign())
    key = added.client_id, added.id
    with joined(postgres, driver) as (store, run):
        for _ in range(8):
            store.get(*key)
        run("COMMIT")
        alter = "ALTER TABLE campaigns ALTER daily_lead_limit TYPE"
        with doing(postgres, f"{alter} BIGINT", f"{alter} INTEGER"):
            with pytest.raises(ck.TransientConflictError, match="0A000"):
                store.get(*key)
            run("ROLLBACK")


@pytest.mark.parametrize("driver", POSTGRES)
def test_a_row_that_is_too_long_for_an_index_of_the_hosts(postgres: str, driver: str) -> None:
    with opened(postgres, driver) as store:
        one = site(store)
        titles = [f"{MARKER} {uuid4()}" for _ in range(500)]
        long = ck.Campaign.draft(
            client_id=one.key[0], name=MARKER, targeting=ck.Targeting(titles=titles)
        )
        make = "CREATE INDEX long ON campaigns (target_titles)"
        with (
            doing(postgres, make, "DROP INDEX long"),
            pytest.raises(ck.StorageError, match="54000") as raised,
        ):
            one.service.create(long, by=ANN)
        assert type(raised.value) is ck.StorageError
        assert_no_content(raised.value)


# -- What SQLite cannot do ------------------------------------------------------------------------


def forbid_writing(_: Connection, driver: sqlite3.Connection) -> None:
    driver.execute("PRAGMA query_only = ON")


def interrupt(_: Connection, driver: sqlite3.Connection) -> None:
    driver.set_progress_handler(lambda: 1, 1)


def deny(_: Connection, driver: sqlite3.Connection) -> None:
    writing = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE}

    def allow(action: int, _: str | None, __: str | None, ___: str | None, ____: str | None) -> int:
        return sqlite3.SQLITE_DENY if action in writing else sqlite3.SQLITE_OK

    driver.set_authorizer(allow)


def shorten(_: Connection, driver: sqlite3.Connection) -> None:
    driver.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10_000)


CANNOT: Mapping[str, tuple[Callable[[Connection, sqlite3.Connection], None], Any]] = {
    "SQLITE_READONLY": (forbid_writing, ck.StoreUnavailableError),
    "SQLITE_INTERRUPT": (interrupt, ck.StoreUnavailableError),
    "SQLITE_AUTH": (deny, ck.HostRefusedError),
    "SQLITE_TOOBIG": (shorten, ck.StorageError),
}


@pytest.mark.parametrize("driver", SQLITE)
@pytest.mark.parametrize("name", CANNOT)
def test_what_sqlite_cannot_do(sqlite: str, driver: str, name: str) -> None:
    make, kind = CANNOT[name]
    with opened(sqlite, driver) as store:
        added = store.add(campaign())
        engine = engine_of(store)

        @event.listens_for(engine, "begin")
        def _(connection: Connection) -> None:
            driver_connection: Any = connection.connection.driver_connection
            make(connection, getattr(driver_connection, "_conn", driver_connection))

        titles = [f"{MARKER} {n}" for n in range(1_000)]
        with pytest.raises(kind, match=name) as raised:
            store.replace(added, evolve(added, targeting=ck.Targeting(titles=titles)))
        assert type(raised.value) is kind
        assert_no_content(raised.value)


@pytest.mark.parametrize("driver", SQLITE)
def test_a_file_that_is_damaged(sqlite: str, driver: str) -> None:
    with opened(sqlite, driver) as store:
        added = store.add(campaign(name=MARKER))
        for n in range(50):
            store.transact(added.client_id, added.id, admit(f"{MARKER}-{n}"))
    sql(sqlite, "PRAGMA wal_checkpoint(TRUNCATE)")
    with open(str(make_url(sqlite).database), "r+b") as file:  # noqa: PTH123
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(ck.StorageError) as raised, opened(sqlite, driver) as store:
        store.transact(added.client_id, added.id, admit("x"))
    assert type(raised.value) is ck.StorageError
    assert_no_content(raised.value)
