"""Errors of the databases are the library's, told apart by their codes."""

from __future__ import annotations

import asyncio
import pickle
import re
import sqlite3
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
import psycopg
import pytest
from sqlalchemy import Engine, MetaData, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from campaignkit import (
    AlreadyExistsError,
    Campaign,
    ConflictError,
    CorruptRowError,
    HostRefusedError,
    NotFoundError,
    StorageError,
    StoreUnavailableError,
    TransientConflictError,
    UnknownClientError,
)
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, define_tables
from campaignkit.storage.sqlalchemy._driver_errors import CODES, translate_errors
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.databases import with_the_designs_table
from tests.storage.sqlalchemy.doing import campaign
from tests.storage.sqlalchemy.row_content import MARKER, assert_no_content

EXPECTED: dict[str, type[StorageError]] = {
    "08006": StoreUnavailableError,  # connection failure
    "0A000": TransientConflictError,  # cached plan must not change result type
    "22003": StorageError,  # a number out of range
    "22021": StorageError,  # no text of this encoding
    "22P05": StorageError,  # a character that the encoding does not have
    "23502": HostRefusedError,  # not null
    "23503": HostRefusedError,  # a foreign key of the host's
    "23505": HostRefusedError,  # a key of the host's
    "23P01": HostRefusedError,  # an exclusion of the host's
    "23514": HostRefusedError,  # check
    "25006": StoreUnavailableError,  # read only
    "25P02": StorageError,  # aborted before
    "25P03": StoreUnavailableError,  # idle in transaction
    "40001": TransientConflictError,  # serialization failure
    "40P01": TransientConflictError,  # deadlock
    "40003": StoreUnavailableError,  # statement completion unknown
    "42501": HostRefusedError,  # insufficient privilege
    "42703": StorageError,  # no such column
    "42P01": StorageError,  # no such table
    "44000": HostRefusedError,  # check option of a view
    "53100": StoreUnavailableError,  # disk full
    "53300": StoreUnavailableError,  # too many connections
    "54000": StorageError,  # too long
    "55P03": StoreUnavailableError,  # lock not available
    "57014": StoreUnavailableError,  # query cancelled
    "57P01": StoreUnavailableError,  # shutdown
    "57P02": StoreUnavailableError,  # crash
    "57P03": StoreUnavailableError,  # starting
    "58030": StoreUnavailableError,  # I/O error
    "P0001": HostRefusedError,  # a host's own trigger
    "XX000": StorageError,  # internal
    "ZZ001": HostRefusedError,  # a host's own code, raised in a function
}
UNKNOWN_AFTER_COMMIT = {"08006", "25P03", "40003", "57P01", "57P02", "57P03", "58030"}


def raising(code: str, more: str = "") -> str:
    # The message is of another error altogether, and of a row: nobody may read or print it.
    message = f"deadlock detected, could not serialize access, duplicate key value {MARKER}"
    using = f"ERRCODE = '{code}', DETAIL = '{MARKER}', HINT = '{MARKER}'{more}"
    return f"DO $$ BEGIN RAISE '{message}' USING {using}; END $$"


@pytest.mark.parametrize("code", EXPECTED)
@pytest.mark.parametrize("committing", [True, False])
def test_sqlstates_of_psycopg(postgres_url: str, code: str, *, committing: bool) -> None:
    engine = create_engine(postgres_url)
    with (
        engine.connect() as connection,
        pytest.raises(StorageError) as raised,
        translate_errors(committing=committing),
    ):
        connection.exec_driver_sql(raising(code))
    engine.dispose()
    check(raised.value, code, committing=committing)
    assert isinstance(raised.value.__cause__, psycopg.Error)


@pytest.mark.parametrize("code", EXPECTED)
def test_sqlstates_of_asyncpg(postgres_url: str, code: str) -> None:
    url = make_url(postgres_url).set(drivername="postgresql+asyncpg")

    async def provoke() -> None:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                with translate_errors():
                    await connection.exec_driver_sql(raising(code))
        finally:
            await engine.dispose()

    with pytest.raises(StorageError) as raised:
        asyncio.run(provoke())
    check(raised.value, code)
    assert isinstance(raised.value.__cause__, asyncpg.PostgresError)


def check(error: StorageError, code: str, *, committing: bool = False) -> None:
    assert type(error) is EXPECTED[code]
    assert getattr(error, "outcome_unknown", False) == (committing and code in UNKNOWN_AFTER_COMMIT)
    assert str(error)
    assert code in str(error)
    assert_no_content(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))


@pytest.mark.parametrize(
    ("schema", "table", "kind"),
    [
        ("crm", "ledger_leads", TransientConflictError),
        ("public", "any_leads", TransientConflictError),
        ("public", "ledger_leads", HostRefusedError),
        ("crm", "campaign_leads", HostRefusedError),
    ],
)
def test_a_key_of_the_librarys_own_is_met_by_chance(
    postgres_url: str, schema: str, table: str, kind: type[StorageError]
) -> None:
    engine = create_engine(postgres_url)
    ledger = frozenset({("crm", "ledger_leads"), (None, "any_leads")})
    with (
        engine.connect() as connection,
        pytest.raises(StorageError) as raised,
        translate_errors(ledger),
    ):
        connection.exec_driver_sql(raising("23505", f", SCHEMA = '{schema}', TABLE = '{table}'"))
    engine.dispose()
    assert type(raised.value) is kind


# -- SQLite ---------------------------------------------------------------------------------------


def test_a_snapshot_that_another_overtook_may_be_tried_again(sqlite: str) -> None:
    with SQLAlchemyStore.open(sqlite) as store:
        added = store.add(campaign())
        host = create_engine(sqlite)
        with host.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.isolation_level = None
            connection.exec_driver_sql("BEGIN")
            joined = SQLAlchemyStore(connection)
            before = joined.get(added.client_id, added.id)
            store.replace(before, before.edit(at=before.updated_at, name="x"))
            with pytest.raises(TransientConflictError) as raised:
                joined.replace(before, before.edit(at=before.updated_at, name="y"))
            assert isinstance(raised.value.__cause__, sqlite3.OperationalError)
            connection.rollback()
        host.dispose()


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError) as raised:
        SQLAlchemyStore.open(f"sqlite:///{tmp_path}")
    assert isinstance(raised.value.__cause__, sqlite3.OperationalError)


def test_a_file_that_is_no_database_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("no database at all, but long enough to look at " * 100)
    with pytest.raises(StorageError) as raised:
        SQLAlchemyStore.open(f"sqlite:///{tmp_path / 'notes'}")
    assert isinstance(raised.value.__cause__, sqlite3.DatabaseError)


def test_a_full_disk_writes_nothing(sqlite: str) -> None:
    with SQLAlchemyStore.open(sqlite) as store:
        engine = store.bind
        assert isinstance(engine, Engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        many = [campaign(name="x" * 1000) for _ in range(500)]
        with pytest.raises(StoreUnavailableError) as raised:
            store.add_all(many)
        assert not raised.value.outcome_unknown
        assert not store.find(many[0].client_id).items


# -- What a host's rows and tables say ------------------------------------------------------------


def test_clients_that_are_not_there_are_named(postgres_engine: Engine) -> None:
    store = SQLAlchemyStore(postgres_engine, with_the_designs_table(postgres_engine))
    known, *unknown = campaign(), campaign(), campaign()
    databases.add_client(postgres_engine, known.client_id)
    with pytest.raises(UnknownClientError) as raised:
        store.add_all([known, *unknown])
    assert raised.value.client_ids == tuple(c.client_id for c in unknown)
    assert isinstance(raised.value.__cause__, psycopg.errors.ForeignKeyViolation)
    assert store.add(known) == known


def test_clients_that_are_not_there_are_named_on_sqlite(sqlite: str) -> None:
    metadata = MetaData()
    clients = databases.clients_table(metadata)
    tables = define_tables(metadata)
    host = create_engine(sqlite)
    clients.create(host)
    with SQLAlchemyStore.open(sqlite, tables) as store:
        added = campaign()
        with pytest.raises(UnknownClientError) as raised:
            store.add(added)
        assert raised.value.client_ids == (added.client_id,)
        databases.add_client(host, added.client_id)
        assert store.add(added) == added
    host.dispose()


def test_what_another_constraint_of_the_host_refuses_is_no_unknown_client(
    postgres_engine: Engine,
) -> None:
    tables = with_the_designs_table(postgres_engine)
    with postgres_engine.begin() as connection:
        connection.execute(text("CREATE TABLE names (name TEXT PRIMARY KEY)"))
        connection.execute(text("ALTER TABLE campaigns ADD FOREIGN KEY (name) REFERENCES names"))
    added = campaign()
    databases.add_client(postgres_engine, added.client_id)
    with pytest.raises(HostRefusedError) as raised:
        SQLAlchemyStore(postgres_engine, tables).add(added)
    assert (raised.value.sqlstate, raised.value.table) == ("23503", "campaigns")
    assert raised.value.constraint == "campaigns_name_fkey"


def test_without_tables_it_is_an_error_of_ours(engine: Engine) -> None:
    store = SQLAlchemyStore(engine)
    for call in (
        lambda: store.add(campaign()),
        lambda: store.find(campaign().client_id),
        lambda: store.progress(campaign().client_id, campaign().id, campaign().created_at.date()),
    ):
        with pytest.raises(StorageError):
            call()


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("campaign", campaign().id),
        AlreadyExistsError("campaign", campaign().id),
        ConflictError("x"),
        TransientConflictError("x"),
        UnknownClientError([campaign().client_id]),
        HostRefusedError("x", "23514", "valid_name", "campaigns"),
        CorruptRowError("campaign", campaign().id, ["name is blank"]),
        StoreUnavailableError("x", outcome_unknown=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_pickles(error: StorageError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), vars(copy), str(copy)) == (type(error), vars(error), str(error))


def test_an_id_that_is_taken_is_named(engine: Engine) -> None:
    with SQLAlchemyStore.open(engine.url) as store:
        there, new = store.add(campaign()), campaign()
        for batch in ([new, there], [new, new]):
            with pytest.raises(AlreadyExistsError) as raised:
                store.add_all(batch)
            assert raised.value.key == batch[1].id
        assert store.find(new.client_id).items == ()
        assert isinstance(store.add(new), Campaign)


def test_the_documents_have_the_whole_table() -> None:
    page = (Path(__file__).parents[3] / "docs/guides/embedding/errors.md").read_text()
    rows = re.findall(r"^\| (`.*`) \| `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    told = {code: row[1:] for row in rows for code in re.findall(r"`(\w+)`", row[0])}
    assert told == {code: (m.error.__name__, m.words) for code, m in CODES.items()}
