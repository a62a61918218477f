"""The SQL of the page on row-level security, on a host with the roles of Supabase."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from attrs import frozen
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import MetaData, create_engine, make_url

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, Tables, define_tables
from tests import postgres
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.test_refusals import ACTS, Site, site

PAGE = Path(__file__).parents[3] / "docs/guides/embedding/row-level-security.md"
ROLE, CLOSE, READ = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)

ROLES = ("anon", "authenticated", "service_role", "outreach")

HOST = """
    CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS;
    GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES
        TO anon, authenticated, service_role;
    CREATE SCHEMA auth;
    GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
        $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
    CREATE TABLE members (client_id uuid, user_id uuid, PRIMARY KEY (client_id, user_id));
    ALTER TABLE members ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON members FOR SELECT USING (user_id = auth.uid());
"""
"""As a project of Supabase is made: what is created in `public` is open to the API."""

READABLE = {"campaigns", "campaign_progress", "campaign_days", "campaign_leads"}


@frozen
class Host:
    """A host with two clients, each with a campaign and a member; `urls` are of roles."""

    url: str
    tables: Tables
    sites: Mapping[str, Site]
    users: Mapping[str, UUID]

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(postgres.driver_url(self.url))

    def rows(self) -> Mapping[str, Any]:
        """Return all that is in our tables."""
        with self.connect() as connection:
            return {table.name: list_rows(connection, table.name) for table in self.tables}


def list_rows(connection: psycopg.Connection[Any], table: str) -> list[str]:
    query = sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(table))
    return sorted(json.dumps(row, sort_keys=True) for (row,) in connection.execute(query))


@pytest.fixture(scope="module")
def host(postgres_url: str) -> Iterator[Host]:
    with databases.new(postgres_url) as url:
        metadata = MetaData()
        databases.clients_table(metadata)
        tables = define_tables(metadata)
        own = psycopg.connect(postgres.driver_url(url), autocommit=True)
        own.execute(HOST)
        engine = create_engine(url)
        metadata.create_all(engine)
        engine.dispose()
        for script in (ROLE, CLOSE, READ):
            own.execute(script.encode())
        users = {name: uuid4() for name in ("acme", "rival", "nobody")}
        with as_library(url, tables) as store:
            sites = {name: make_site(own, store, users[name]) for name in ("acme", "rival")}
        yield Host(url, tables, sites, users)
        own.close()
    with psycopg.connect(postgres.driver_url(postgres_url), autocommit=True) as server:
        for role in ROLES:
            server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def as_library(url: str, tables: Tables) -> SQLAlchemyStore:
    """Open a store that works as the library's role, which owns nothing and creates nothing."""
    role = make_url(url).update_query_dict({"options": "-c role=outreach"})
    store = SQLAlchemyStore.open(role, tables)
    assert store.verify() == ()
    return store


def make_site(own: psycopg.Connection[Any], store: SQLAlchemyStore, user: UUID) -> Site:
    client_id = uuid4()
    own.execute("INSERT INTO clients (id) VALUES (%s)", [client_id])
    own.execute("INSERT INTO members VALUES (%s, %s)", [client_id, user])
    made = site(store, client_id)
    for statement in CLIENT:
        own.execute(statement.encode(), {"client": client_id, "campaign": made.campaign.id})
    return made


CLIENT = (
    "INSERT INTO campaign_clients VALUES (%(client)s, '{}')",
    "INSERT INTO campaign_client_days VALUES (%(client)s, '2026-11-23', 1)",
    """INSERT INTO campaign_suppressions VALUES (%(client)s, 'ann', 'all', NULL, '{}', now())""",
    """INSERT INTO campaign_releases VALUES (%(campaign)s, 1, %(client)s, 'ann', 'email', 'hot', 90,
        '2026-11-23', 0, true, '{}', now())""",
    "INSERT INTO campaign_client_events VALUES (%(client)s, 1, 'policy_set', '{}')",
)
"""A row in each table of what the campaigns of a client share."""


IDENTITIES = {
    "anon": ("anon", None),
    "authenticated without a user": ("authenticated", None),
    "a user of no client": ("authenticated", "nobody"),
    "a member of another client": ("authenticated", "rival"),
}


def become(host: Host, connection: psycopg.Connection[Any], role: str, user: str | None) -> None:
    """Act as the API does for a request, to the end of the transaction."""
    claim = "" if user is None else str(host.users[user])
    connection.execute("SELECT set_config('request.jwt.claim.sub', %s, true)", [claim])
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize(("role", "user"), IDENTITIES.values(), ids=IDENTITIES)
def test_an_outsider_reads_nothing(host: Host, role: str, user: str | None) -> None:
    acme = {str(host.sites["acme"].campaign.id), str(host.sites["acme"].suggested)}
    for table in host.tables:
        with host.connect() as connection:
            become(host, connection, role, user)
            try:
                rows = list_rows(connection, table.name)
            except InsufficientPrivilege:
                assert role == "anon" or table.name not in READABLE
                continue
            assert table.name in READABLE
            assert bool(rows) == (user == "rival")
            assert not any(one in row for row in rows for one in acme)


@pytest.mark.parametrize("user", [None, "nobody", "rival", "acme"])
@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nobody_changes_anything(host: Host, role: str, user: str | None) -> None:
    before = host.rows()
    assert all(before.values()), "there must be rows in each table"
    for table in host.tables:
        name, column = sql.Identifier(table.name), sql.Identifier(next(iter(table.columns)).name)
        for change in (
            sql.SQL("INSERT INTO {} DEFAULT VALUES").format(name),
            sql.SQL("UPDATE {} SET {} = NULL").format(name, column),
            sql.SQL("DELETE FROM {}").format(name),
            sql.SQL("TRUNCATE {} CASCADE").format(name),
            sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(name),
        ):
            with host.connect() as connection:
                become(host, connection, role, user)
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(change)
                connection.rollback()
    assert host.rows() == before


def test_a_member_reads_the_campaigns_of_the_client(host: Host) -> None:
    all_rows = host.rows()
    for name, one in host.sites.items():
        for table in READABLE:
            with host.connect() as connection:
                become(host, connection, "authenticated", name)
                rows = list_rows(connection, table)
            own = str(one.campaign.id)
            assert rows == [row for row in all_rows[table] if own in row]
            assert rows


def test_no_table_is_left_open(host: Host) -> None:
    """Also none that a later release adds: the tables are those that the library has now."""
    open_tables = """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'members'
        AND relname <> 'clients' AND NOT (relrowsecurity
            AND NOT has_table_privilege('anon', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
            AND NOT has_table_privilege('authenticated', oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
    """
    with host.connect() as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert {name for (name,) in tables} >= {table.name for table in host.tables}
        assert connection.execute(open_tables).fetchall() == []
        # What is created now is open, until the second step is run again, and then the third.
        connection.execute("CREATE TABLE campaign_later (x INTEGER)")
        assert connection.execute(open_tables).fetchall() == [("campaign_later",)]
        for script in (CLOSE, READ, CLOSE, READ):
            connection.execute(script.encode())
        assert connection.execute(open_tables).fetchall() == []
        connection.rollback()


def test_the_librarys_role_can_do_every_act(host: Host) -> None:
    own = psycopg.connect(postgres.driver_url(host.url), autocommit=True)
    with as_library(host.url, host.tables) as store, own:
        for name in ACTS.keys() - {"create"}:  # that needs a client of its own
            ACTS[name](make_site(own, store, uuid4()))
        one = make_site(own, store, uuid4())
        service, key = one.service, one.key
        service.delete(*key, by=ck.Actor.user("ann"))
        service.restore(*key, by=ck.Actor.user("ann"))
        assert service.history(*key).items
        assert len(service.feed(key[0]).items) == len(service.history(*key).items)
        with pytest.raises(ck.UnknownClientError):
            ACTS["create"](one)
