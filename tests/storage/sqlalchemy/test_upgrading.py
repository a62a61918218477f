"""Ledgers of older releases are brought up to date, while processes of both releases work."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    delete,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

import campaignkit as ck
from campaignkit.domain._events import replay
from campaignkit.storage.sqlalchemy import (
    SQLAlchemyStore,
    Tables,
    adopt_table,
    define_tables,
    read_ledger_version,
    schema,
    upgrade_ledger,
    upgrade_script,
)
from campaignkit.storage.sqlalchemy._engines import make_engine
from campaignkit.storage.sqlalchemy._tables import LEDGER_VERSION
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.keep_ledger import (
    ACME,
    ANN,
    DAY,
    LEDGERS,
    SCOUT,
    SYDNEY,
    acts,
    keep,
    leads,
)

pytestmark = pytest.mark.long

KEPT = sorted({int(path.name.split("-")[1]) for path in LEDGERS.glob("version-*.sql")})

REFUSED: dict[int, set[str]] = {
    1: {
        *("suggest leads", "suggest an edit"),
        *("approve leads", "approve an edit", "reject a pause"),
    }
}
"""What a process of a version cannot do after the upgrade. It is refused, and does no harm."""

EVENING = datetime(2026, 11, 23, 18, tzinfo=UTC)


def kept(version: int, dialect: str, what: str = "", folder: Path = LEDGERS) -> list[str]:
    """Return the statements of a kept file."""
    name = f"version-{version}-{dialect}{what}.sql"
    return (folder / name).read_text(encoding="utf-8").split(";\n")[:-1]


def load(engine: Engine, version: int, edit: Callable[[str], str] = str) -> None:
    run_script(engine, [edit(statement) for statement in kept(version, engine.dialect.name)])


def run_script(engine: Engine, statements: Sequence[str]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def upgrade(engine: Engine, tables: Tables) -> Sequence[int]:
    with engine.begin() as connection:
        return upgrade_ledger(connection, tables)


@pytest.fixture
def tables() -> Tables:
    return define_tables(MetaData(), clients=None)


def read_catalog(connection: Connection) -> set[tuple[Any, ...]]:
    """Return the columns, indexes and constraints of the tables, whatever their order."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE sql != ''")
        return {(name, " ".join(sql.split()).replace(" )", ")")) for name, sql in found}
    columns = """
        SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
        FROM information_schema.columns WHERE table_schema = 'public'"""
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    constraints = """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""
    return {
        tuple(row)
        for query in (columns, indexes, constraints)
        for row in connection.execute(text(query))
    }


def present_catalog(engine: Engine, **names: Any) -> set[tuple[Any, ...]]:
    """Return what this release's script makes, without leaving it there."""
    with engine.connect() as connection:
        assert read_catalog(connection) == set()
        for statement in schema(engine.dialect.name, **names).split(";\n")[:-1]:
            connection.exec_driver_sql(statement)
        found = read_catalog(connection)
        if engine.dialect.name == "postgresql":
            connection.rollback()
            return found
        for table in reversed(list(define_tables(MetaData(), clients=None, **names))):
            table.drop(connection)
        connection.commit()
    return found


Columns = dict[str, list[str]]


def list_columns(engine: Engine, tables: Tables) -> Columns:
    """Return the columns of those tables that there are, but for that of the version."""
    found = inspect(engine)
    return {
        table.name: [column["name"] for column in found.get_columns(table.name)]
        for table in tables
        if table is not tables.version and found.has_table(table.name)
    }


def read_rows(engine: Engine, tables: Tables, columns: Columns) -> dict[str, list[tuple[Any, ...]]]:
    own = {table.name: table for table in tables}
    found: dict[str, list[tuple[Any, ...]]] = {}
    with engine.connect() as connection:
        for name, names in columns.items():
            query: Any = select(*(own[name].c[one] for one in names))
            rows: list[tuple[Any, ...]] = [tuple(row) for row in connection.execute(query).all()]
            found[name] = sorted(rows, key=str)
    return found


# -- What becomes of a kept ledger ----------------------------------------------------------------


def test_each_version_is_kept() -> None:
    assert [*range(1, LEDGER_VERSION)] == KEPT


def test_the_present_version_can_be_kept(engine: Engine, tables: Tables, tmp_path: Path) -> None:
    """What is written makes the same ledger elsewhere, on which the acts can be repeated."""
    dialect = engine.dialect.name
    keep(engine, LEDGER_VERSION, tmp_path)
    engine.dispose()
    with engine.begin() as connection:
        tables.campaigns.metadata.drop_all(connection)
    run_script(engine, kept(LEDGER_VERSION, dialect, folder=tmp_path))
    assert upgrade(engine, tables) == ()
    for name, statements in kept_acts(LEDGER_VERSION, dialect, tmp_path):
        assert name
        run_script(engine, statements)
    store = SQLAlchemyStore(engine, tables)
    for campaign in store.find(ACME, include_deleted=True).items:
        check_campaign(store, campaign)


@pytest.fixture(params=KEPT)
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.parametrize(
    ("how", "names"), [("function", {}), ("script", {"prefix": "ledger_"})], ids=str
)
def test_it_becomes_as_new(engine: Engine, version: int, how: str, names: dict[str, Any]) -> None:
    """Tables, columns, constraints and indexes are those of a ledger that is created now."""
    tables = define_tables(MetaData(), clients=None, **names)
    wanted = present_catalog(engine, **names)
    ledger = r"campaign_(\w+)(?= |\(|\"|;|$)"
    pattern = re.compile(rf"\b(idx_)?{ledger}") if names else re.compile("$^")
    load(engine, version, lambda sql: pattern.sub(rename, sql))
    with engine.connect() as connection:
        assert read_ledger_version(connection, tables) == version
        assert read_catalog(connection) != wanted
    if how == "function":
        assert upgrade(engine, tables) == tuple(range(version + 1, LEDGER_VERSION + 1))
    else:
        script = upgrade_script(tables, engine.dialect.name, version)
        run_script(engine, script.split(";\n")[:-1])
    with engine.connect() as connection:
        assert read_catalog(connection) == wanted
        assert read_ledger_version(connection, tables) == LEDGER_VERSION


def rename(found: re.Match[str]) -> str:
    index, name = found.groups()
    if name in {"status", "id"}:
        return found.group()
    return f"{index or ''}ledger_{name}"


def test_all_of_it_can_be_read(url: str, tables: Tables, version: int) -> None:
    """Campaigns, leads, suggestions and histories say what they said."""
    engine = make_engine(url, 10)
    load(engine, version)
    commands = suggested_commands(engine) if version == 1 else {}
    columns = list_columns(engine, tables) if version > 1 else {}
    before = read_rows(engine, tables, columns)
    upgrade(engine, tables)
    store = SQLAlchemyStore(engine, tables)
    campaigns = store.find(ACME, include_deleted=True)
    assert len(campaigns.items) == 4
    for campaign in campaigns.items:
        check_campaign(store, campaign)
    suggestions = store.suggestions(ACME)
    assert suggestions.corrupt == ()
    whole = {head.id: store.suggestion(ACME, head.id) for head in suggestions.items}
    if version == 1:
        assert {i: one.command for i, one in whole.items()} == commands
        states = sorted(one.state.value for one in whole.values())
        assert states == ["approved", "closed", *["expired"] * 4, "rejected"]
    else:
        assert read_rows(engine, tables, columns) == before
        assert sum(one.state is ck.SuggestionState.PENDING for one in whole.values()) == 4
    with engine.connect() as connection:
        clients = list(connection.scalars(select(tables.leads.c.client_id)))
    assert clients
    assert set(clients) == {ACME}
    engine.dispose()


def suggested_commands(engine: Engine) -> dict[UUID, Any]:
    """Return the commands of suggestions as version 1 stored them, in order of merit or of ids."""
    query = "SELECT id, suggestion FROM campaign_suggestions"
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    plain: dict[UUID, Any] = {
        UUID(str(own_id)): json.loads(found) if isinstance(found, str) else found
        for own_id, found in rows
    }
    return {own_id: ck.from_dict(ck.Command, one["command"]) for own_id, one in plain.items()}


def check_campaign(store: SQLAlchemyStore, campaign: ck.Campaign) -> None:
    history = store.history(ACME, campaign.id)
    assert history.corrupt == ()
    assert replay(history.items) == campaign
    assignments = store.assignments(ACME, campaign.id)
    assert assignments.corrupt == ()
    progress = store.progress(ACME, campaign.id, DAY)
    assert progress.admitted_total == len(assignments.items)
    assert progress.admitted_today == sum(one.day == DAY for one in assignments.items)


def test_it_can_be_worked_on(engine: Engine, tables: Tables, version: int) -> None:
    load(engine, version)
    upgrade(engine, tables)
    service = ck.CampaignService(SQLAlchemyStore(engine, tables), clock=lambda: EVENING)
    if version == 1:
        suggestion = service.intake(ACME, SYDNEY, leads("l", "m"), day=DAY, by=SCOUT)
        assert isinstance(suggestion, ck.Suggestion)
        assert service.approve(ACME, suggestion.id, by=ANN)
    else:
        for _, act in acts(service):
            act()
    for campaign in service.find(ACME, include_deleted=True).items:
        check_campaign(SQLAlchemyStore(engine, tables), campaign)


def test_the_ledger_of_an_adopted_table(postgres_engine: Engine, version: int) -> None:
    engine, metadata = postgres_engine, MetaData()
    load(engine, version)
    tables = adopt_table(Table("campaigns", metadata, autoload_with=engine))
    assert upgrade(engine, tables)[-1] == LEDGER_VERSION
    store = SQLAlchemyStore(engine, tables)
    for campaign in store.find(ACME, include_deleted=True).items:
        check_campaign(store, campaign)
    with engine.connect() as connection:
        found = read_catalog(connection)
    with databases.new(engine.url.render_as_string(hide_password=False)) as url:
        other = create_engine(url)
        assert found == present_catalog(other)
        other.dispose()


# -- Processes of both releases at the same time --------------------------------------------------


def kept_acts(
    version: int, dialect: str, folder: Path = LEDGERS
) -> Iterator[tuple[str, list[str]]]:
    """Yield the acts of processes of a version, each with the statements that they send."""
    name, statements = "", list[str]()
    for statement in kept(version, dialect, "-acts", folder):
        if found := re.match(r"\s*-- (.*)\n", statement):
            if statements:
                yield name, statements
            name, statements = found[1], []
        statements.append(statement[found.end() if found else 0 :])
    yield name, statements


def test_an_older_process_goes_on(engine: Engine, tables: Tables, version: int) -> None:
    """After the upgrade it does all that is promised, and what it does can be read."""
    load(engine, version)
    upgrade(engine, tables)
    refused: set[str] = set()
    for name, statements in kept_acts(version, engine.dialect.name):
        try:
            with engine.begin() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        except IntegrityError:
            refused.add(name)
    assert refused == REFUSED.get(version, set())
    store = SQLAlchemyStore(engine, tables)
    campaigns = store.find(ACME, include_deleted=True).items
    assert len(campaigns) == 5
    for campaign in campaigns:
        check_campaign(store, campaign)
    assert store.suggestions(ACME).corrupt == ()
    names = {campaign.name for campaign in campaigns}
    assert {"Darwin", "Hobart, too"} < names


def test_it_is_upgraded_while_processes_work(url: str, tables: Tables) -> None:
    """No intake fails, none is lost, and the counts are those of the leads."""
    engine = make_engine(url, 10)
    load(engine, LEDGER_VERSION - 1)
    upgraded, started = threading.Event(), threading.Barrier(3)
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                admit_as_before(engine, f"{name}-{number}")
                if number == 5:
                    started.wait(10)
            upgraded.wait(10)
            service = ck.CampaignService(SQLAlchemyStore(engine, tables), clock=lambda: EVENING)
            service.intake(ACME, SYDNEY, leads(f"{name}-last"), day=DAY, by=ANN)
            admit_as_before(engine, f"{name}-later")
        except BaseException as error:  # noqa: BLE001  # told by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("x", "y")]
    for thread in threads:
        thread.start()
    started.wait(10)
    assert upgrade(engine, tables) == (LEDGER_VERSION,)
    upgraded.set()
    for thread in threads:
        thread.join()
    assert failures == []
    store = SQLAlchemyStore(engine, tables)
    check_campaign(store, store.get(ACME, SYDNEY))
    found = {one.lead_id for one in store.assignments(ACME, SYDNEY).items}
    assert len(found) == 6 + 44
    assert len([one for one in found if one[0] in "xy"]) == 44
    engine.dispose()


ADMIT = (
    """INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch)
        VALUES ({campaign}, '{lead}', 'email', 'hot', 90, {day}, 0)""",
    """INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ({campaign}, {day}, 1)
        ON CONFLICT (campaign_id, day) DO UPDATE SET admitted = campaign_days.admitted + 1""",
    """UPDATE campaign_progress SET admitted_total = admitted_total + 1
        WHERE campaign_id = {campaign}""",
)
"""What a process of the version before writes when it admits a lead."""


def admit_as_before(engine: Engine, lead_id: str) -> None:
    """Admit a lead as a process of the version before does."""
    is_postgres = engine.dialect.name == "postgresql"
    campaign = f"'{SYDNEY}'" if is_postgres else f"'{SYDNEY.hex}'"
    lock = f"""SELECT 1 FROM campaigns JOIN campaign_progress ON campaign_id = id
        WHERE id = {campaign} FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress"""
    with engine.begin() as connection:  # which locks the whole database of SQLite
        for sql in [lock, *ADMIT] if is_postgres else ADMIT:
            own = sql.format(campaign=campaign, lead=lead_id, day=f"'{DAY}'")
            connection.exec_driver_sql(own)


def test_it_is_upgraded_once(url: str, tables: Tables, version: int) -> None:
    """Two processes that start at the same time may both upgrade the ledger."""
    engine = make_engine(url, 10)
    load(engine, version)
    start, reached = threading.Barrier(2), list[tuple[int, ...]]()

    def work() -> None:
        start.wait(10)
        reached.append(tuple(upgrade(engine, tables)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reached) == [(), tuple(range(version + 1, LEDGER_VERSION + 1))]
    engine.dispose()


# -- How it is called -----------------------------------------------------------------------------


def test_a_migration_of_alembic_calls_it(engine: Engine, version: int) -> None:
    metadata = MetaData()
    tables = define_tables(metadata, clients=None)
    load(engine, version)
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        upgrade_ledger(op.get_bind(), tables)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_on_an_async_connection(url: str, tables: Tables) -> None:
    engine = create_engine(url)
    load(engine, 1)
    engine.dispose()
    is_postgres = url.startswith("postgresql")
    driver = "postgresql+asyncpg" if is_postgres else "sqlite+aiosqlite"

    async def run() -> Sequence[int]:
        async_engine = create_async_engine(engine.url.set(drivername=driver))
        async with async_engine.begin() as connection:
            reached = await connection.run_sync(upgrade_ledger, tables)
        await async_engine.dispose()
        return reached

    assert asyncio.run(run()) == tuple(range(2, LEDGER_VERSION + 1))


def test_an_opened_store_upgrades_its_ledger(url: str, version: int, tables: Tables) -> None:
    engine = create_engine(url)
    load(engine, version)
    with SQLAlchemyStore.open(url) as store:
        assert len(store.find(ACME).items) == 3
    with engine.connect() as connection:
        assert read_ledger_version(connection, tables) == LEDGER_VERSION
    engine.dispose()


def test_a_new_ledger_is_of_this_version(engine: Engine) -> None:
    metadata = MetaData()
    tables = define_tables(metadata, clients=None)
    with engine.begin() as connection:
        assert read_ledger_version(connection, tables) is None
        metadata.create_all(connection)
        assert read_ledger_version(connection, tables) == LEDGER_VERSION
        assert upgrade_ledger(connection, tables) == ()


def test_a_version_that_is_not_recorded_is_found(engine: Engine, tables: Tables) -> None:
    """As in a ledger that a migration of Alembic has created: it writes no rows."""
    SQLAlchemyStore.open(engine.url).close()
    with engine.connect() as connection:
        before = read_catalog(connection)
        connection.execute(delete(tables.version))
        connection.commit()
    assert upgrade(engine, tables)
    assert upgrade(engine, tables) == ()
    with engine.connect() as connection:
        assert read_ledger_version(connection, tables) == LEDGER_VERSION
        assert read_catalog(connection) == before


def test_a_newer_ledger_stays_as_it_is(engine: Engine, tables: Tables) -> None:
    SQLAlchemyStore.open(engine.url).close()
    with engine.begin() as connection:
        connection.execute(insert(tables.version).values(version=LEDGER_VERSION + 7))
        assert upgrade_ledger(connection, tables) == ()
        assert read_ledger_version(connection, tables) == LEDGER_VERSION + 7
    with SQLAlchemyStore.open(engine.url) as store:
        assert store.find(ACME).items == ()


def test_an_upgrade_that_is_rolled_back_changes_nothing(engine: Engine, tables: Tables) -> None:
    load(engine, 1)
    before, rows = catalog_of(engine), kept_rows(engine)
    with engine.connect() as connection:
        upgrade_ledger(connection, tables)
        connection.rollback()
    assert (catalog_of(engine), kept_rows(engine)) == (before, rows)


@pytest.mark.parametrize("version", KEPT)
def test_sqlite_loses_no_row_of_a_host_that_refers_to_the_ledger(
    tmp_path: Path, tables: Tables, version: int
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'host.db'}", None)
    load(engine, version)
    with engine.begin() as connection:
        connection.exec_driver_sql("""
            CREATE TABLE messages (
                campaign_id CHAR(32), lead_id TEXT,
                FOREIGN KEY (campaign_id, lead_id)
                    REFERENCES campaign_leads (campaign_id, lead_id) ON DELETE CASCADE)""")
        connection.exec_driver_sql("""
            CREATE TABLE notes (id CHAR(32) REFERENCES campaign_suggestions ON DELETE SET NULL)""")
        # This key is to a table that stays.
        connection.exec_driver_sql("CREATE TABLE own (id CHAR(32) REFERENCES campaigns)")
        connection.exec_driver_sql(
            "INSERT INTO messages SELECT campaign_id, lead_id FROM campaign_leads"
        )
        connection.exec_driver_sql("INSERT INTO notes SELECT id FROM campaign_suggestions")
    before, rows = catalog_of(engine), kept_rows(engine)
    told = (
        "would lose rows: messages, notes. Upgrade on a connection with PRAGMA foreign_keys = OFF"
    )
    with pytest.raises(ck.StorageError, match=told):
        upgrade(engine, tables)
    assert (catalog_of(engine), kept_rows(engine)) == (before, rows)
    unchecked = create_engine(engine.url)
    counts = "SELECT (SELECT count(*) FROM messages), (SELECT count(id) FROM notes)"
    with unchecked.connect() as connection:
        there = connection.exec_driver_sql(counts).one()
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        assert upgrade_ledger(connection, tables)[-1] == LEDGER_VERSION
        connection.commit()
        assert min(there) > 0
        assert connection.exec_driver_sql(counts).one() == there
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    unchecked.dispose()
    engine.dispose()


@pytest.mark.parametrize("version", KEPT)
def test_it_needs_a_transaction(engine: Engine, tables: Tables, version: int) -> None:
    """Without one, whatever interrupts it would leave the ledger without some of its tables."""
    load(engine, version)
    before, rows = catalog_of(engine), kept_rows(engine)
    with (
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(ck.StorageError, match="transaction"),
    ):
        upgrade_ledger(connection, tables)
    assert (catalog_of(engine), kept_rows(engine)) == (before, rows)


def test_a_connection_that_translates_schemas(postgres_engine: Engine, tables: Tables) -> None:
    """The version is that of the schema that a store would use; SQL cannot be translated."""
    load(postgres_engine, 2)
    before = catalog_of(postgres_engine)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA tenant")
    tenant = postgres_engine.execution_options(schema_translate_map={None: "tenant"})
    tables.campaigns.metadata.create_all(tenant)
    with tenant.begin() as connection:
        assert read_ledger_version(connection, tables) == LEDGER_VERSION
        connection.execute(delete(tables.version))
        with pytest.raises(ck.StorageError, match="define the tables with schema='tenant'"):
            upgrade_ledger(connection, tables)
    assert catalog_of(postgres_engine) == before


def catalog_of(engine: Engine) -> set[tuple[Any, ...]]:
    with engine.connect() as connection:
        return read_catalog(connection)


def kept_rows(engine: Engine) -> list[tuple[Any, ...]]:
    query = "SELECT id, state, suggestion FROM campaign_suggestions ORDER BY id"
    with engine.connect() as connection:
        return [tuple(map(str, row)) for row in connection.execute(text(query))]


def test_verify_says_that_an_older_ledger_is_to_be_upgraded(
    engine: Engine, tables: Tables, version: int
) -> None:
    load(engine, version)
    said = f"the ledger is of version {version}, and this release needs version {LEDGER_VERSION}"
    store = SQLAlchemyStore(engine, tables)
    assert f"{said}: call upgrade_ledger" in store.verify()
    upgrade(engine, tables)
    assert not any("version" in difference for difference in store.verify())


def test_verify_takes_a_table_of_another_program_for_no_ledger(
    engine: Engine, tables: Tables
) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE campaign_suggestions (id INTEGER PRIMARY KEY)"))
    found = SQLAlchemyStore(engine, tables).verify()
    assert "table campaign_ledger_version is missing" in found
    assert not any("upgrade_ledger" in difference for difference in found)


def test_there_must_be_a_ledger(engine: Engine, tables: Tables) -> None:
    with pytest.raises(ck.StorageError, match="has no table campaign_suggestions"):
        upgrade(engine, tables)


def test_a_table_of_the_host_is_no_ledger(engine: Engine, tables: Tables) -> None:
    with engine.begin() as connection:
        body = "id INTEGER PRIMARY KEY, campaign_id INTEGER, suggestion TEXT"
        connection.execute(text(f"CREATE TABLE campaign_suggestions ({body})"))
        assert read_ledger_version(connection, tables) is None
    with pytest.raises(ck.StorageError, match="has no table campaign_suggestions of ours"):
        upgrade(engine, tables)


def test_the_script_names_what_is_wrong(tables: Tables) -> None:
    wrong: Any = 0
    with pytest.raises(ck.InvalidError) as refused:
        upgrade_script(tables, "mysql", wrong)
    assert refused.value.faults == (
        "dialect must be one of postgresql, sqlite, not 'mysql'",
        f"version must be from 1 to {LEDGER_VERSION - 1}, not 0",
    )
