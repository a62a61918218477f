"""`verify` names what a database lacks, each thing by itself, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Enum,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable

from campaignkit.storage.sqlalchemy import (
    AsyncSQLAlchemyStore,
    SQLAlchemyStore,
    Tables,
    adopt_table,
    define_tables,
)
from campaignkit.storage.sqlalchemy._tables import LEDGER_VERSION
from campaignkit.storage.sqlalchemy._verify import PRIVILEGES
from campaignkit.testing import EventLoop
from tests.storage.sqlalchemy import databases

TABLES = define_tables(MetaData(), clients=None)
COLUMNS = [column for table in TABLES for column in table.columns]
INDEXES = sorted((i for table in TABLES for i in table.indexes), key=lambda i: str(i.name))

COVERED = {"idx_campaigns_client", "idx_campaigns_status"}
"""Indexes whose columns another one begins with: no plan needs them."""


def differences(connection: Connection, tables: Tables = TABLES) -> Sequence[str]:
    return SQLAlchemyStore(connection, tables).verify()


# -- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def created(postgres_url: str) -> Iterator[Connection]:
    """Give a connection to a PostgreSQL database that has the tables."""
    with databases.new(postgres_url) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            TABLES.campaigns.metadata.create_all(connection)
        with engine.connect() as connection:
            yield connection
        engine.dispose()


@contextmanager
def changed(connection: Connection, *statements: str) -> Generator[None]:
    """Change a database, and take it back."""
    for statement in statements:
        connection.exec_driver_sql(statement)
    try:
        yield
    finally:
        connection.rollback()


def test_there_is_no_difference_after_create_all(created: Connection) -> None:
    assert differences(created) == ()


def postgresql_mutations() -> Iterator[tuple[str, str, str]]:
    """Yield what lacks, how to take it away, and what of it must be said."""
    for table in TABLES:
        yield f"table {table}", f"DROP TABLE {table} CASCADE", f"table {table} is missing"
    for column in COLUMNS:
        place, alter = f"column {column}", f"ALTER TABLE {column.table}"
        drop = f"{alter} DROP COLUMN {column.name} CASCADE"
        yield place, drop, f"{place} is missing"
        other = f"{drop}; {alter} ADD COLUMN {column.name} BYTEA"
        yield f"type of {column}", other, f"{place} must be "
        if column.primary_key:
            continue
        what = "DROP NOT NULL" if not column.nullable else "SET NOT NULL"
        said = "must be NOT NULL" if not column.nullable else "must allow NULL"
        yield f"{what} of {column}", f"{alter} ALTER {column.name} {what}", f"{place} {said}"
        if column.server_default is not None and column.table is not TABLES.campaigns:
            undefined = f"{alter} ALTER {column.name} DROP DEFAULT"
            yield f"default of {column}", undefined, f"{place} must have the default 0"
    for index in INDEXES:
        if index.name not in COVERED:
            columns = ", ".join(index.columns.keys())
            said = f"table {index.table} has no index that begins with ({columns})"
            yield str(index.name), f"DROP INDEX {index.name}", said
    for kind in ("campaign_status", "permission_mode"):
        column = next(c for c in TABLES.campaigns.c if getattr(c.type, "name", None) == kind)
        assert isinstance(column.type, Enum)
        for label in column.type.enums:
            rename = f"ALTER TYPE {kind} RENAME VALUE '{label}' TO 'another'"
            yield f"label {label}", rename, f"type {kind} has no label {label}"


MUTATIONS = {what: (change, said) for what, change, said in postgresql_mutations()}


@pytest.mark.parametrize("what", MUTATIONS)
def test_each_thing_that_postgresql_lacks_is_named(created: Connection, what: str) -> None:
    change, said = MUTATIONS[what]
    with changed(created, change):
        found = differences(created)
    assert any(one.startswith(said) for one in found), found
    if not what.startswith(("table", "column", "type")):  # these take others with them
        assert len(found) == 1, found


def test_each_constraint_that_postgresql_lacks_is_named(created: Connection) -> None:
    """Drop each constraint that there is, whatever its name."""
    query = """
        SELECT conrelid::regclass::text, conname, contype FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f', 'c')
    """
    kinds = {"p": "primary key", "f": "foreign key", "c": "CHECK"}
    constraints = created.exec_driver_sql(query).all()
    assert len(constraints) > 25
    for table, name, kind in constraints:
        with changed(created, f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"):
            found = differences(created)
        assert any(one.startswith(f"table {table} has no {kinds[kind]} (") for one in found), name


ALIKE = {
    "other names": (
        "ALTER INDEX idx_campaign_leads_day RENAME TO other;"
        "ALTER TABLE campaign_days RENAME CONSTRAINT valid_counts TO other;"
        "ALTER TABLE campaign_days RENAME CONSTRAINT campaign_days_campaign_id_fkey TO another"
    ),
    "a condition in two constraints": (
        "ALTER TABLE campaigns DROP CONSTRAINT valid_limits,"
        " ADD CHECK (total_lead_limit > 0), ADD CHECK ((daily_lead_limit) > 0)"
    ),
    "a unique index for a primary key": (
        "ALTER TABLE campaign_days DROP CONSTRAINT campaign_days_pkey;"
        "CREATE UNIQUE INDEX ON campaign_days (campaign_id, day)"
    ),
    "wider types": (
        "ALTER TABLE campaigns ALTER daily_lead_limit TYPE BIGINT, ALTER name TYPE VARCHAR"
    ),
    "another label": "ALTER TYPE campaign_status ADD VALUE 'archived'",
    "an index on more columns": (
        "DROP INDEX idx_campaign_events_suggestion;"
        "CREATE INDEX ON campaign_events (suggestion_id, number)"
    ),
    "columns, indexes and rules of the host's": (
        "ALTER TABLE campaigns ADD owner TEXT NOT NULL DEFAULT 'us' CHECK (owner <> '');"
        "ALTER TABLE campaign_leads ADD note TEXT; CREATE INDEX ON campaigns (name);"
        "ALTER TABLE campaigns ADD UNIQUE (client_id, name)"
    ),
    "fewer indexes": "DROP INDEX idx_campaigns_client; DROP INDEX idx_campaigns_status",
    "a newer ledger": f"UPDATE {TABLES.version} SET version = {LEDGER_VERSION + 1}",
    "a domain": ("CREATE DOMAIN words AS TEXT; ALTER TABLE campaigns ALTER name TYPE words"),
}


@pytest.mark.parametrize("change", ALIKE.values(), ids=ALIKE)
def test_what_means_the_same_is_no_difference(created: Connection, change: str) -> None:
    with changed(created, change):
        assert differences(created) == ()


UPGRADE = f"and this release needs version {LEDGER_VERSION}: call upgrade_ledger"

UNLIKE = {
    "an older ledger": (
        f"UPDATE {TABLES.version} SET version = {LEDGER_VERSION - 1}",
        f"the ledger is of version {LEDGER_VERSION - 1}, {UPGRADE}",
    ),
    "a ledger of no version": (
        f"DELETE FROM {TABLES.version}",
        f"the ledger records no version, {UPGRADE}",
    ),
    "a partial index": (
        """DROP INDEX idx_campaign_events_suggestion;
        CREATE INDEX ON campaign_events (suggestion_id) WHERE number > 5""",
        "table campaign_events has no index that begins with (suggestion_id)",
    ),
    "a foreign key that keeps rows": (
        """ALTER TABLE campaign_days DROP CONSTRAINT campaign_days_campaign_id_fkey,
        ADD FOREIGN KEY (campaign_id) REFERENCES campaigns""",
        "table campaign_days has no foreign key (campaign_id) to campaigns (id) ON DELETE CASCADE",
    ),
    "a narrower type": (
        "ALTER TABLE campaigns ALTER name TYPE VARCHAR(40)",
        "column campaigns.name must be TEXT, not VARCHAR(40)",
    ),
    "a weaker check": (
        "ALTER TABLE campaign_days DROP CONSTRAINT valid_counts, ADD CHECK (admitted >= -1)",
        "table campaign_days has no CHECK (admitted >= 0)",
    ),
    "another default": (
        "ALTER TABLE campaign_progress ALTER epoch SET DEFAULT 5",
        "column campaign_progress.epoch must have the default 0",
    ),
    "a column that must be filled": (
        "ALTER TABLE campaign_days ADD note TEXT NOT NULL",
        "column campaign_days.note must allow NULL or have a default",
    ),
    "a generated column": (
        """ALTER TABLE campaigns DROP COLUMN name,
        ADD name TEXT NOT NULL GENERATED ALWAYS AS ('x') STORED""",
        "column campaigns.name must not be generated, because it is written",
    ),
    "numbers that are always generated": (
        """ALTER TABLE campaigns ALTER daily_lead_limit DROP DEFAULT,
        ALTER daily_lead_limit ADD GENERATED ALWAYS AS IDENTITY""",
        "column campaigns.daily_lead_limit must not be generated, because it is written",
    ),
}


@pytest.mark.parametrize(("change", "said"), UNLIKE.values(), ids=UNLIKE)
def test_what_means_less_is_a_difference(created: Connection, change: str, said: str) -> None:
    with changed(created, change):
        assert differences(created) == (said,)


@pytest.fixture
def role(created: Connection) -> Iterator[str]:
    """Give the name of a role with the privileges that a store needs, and no others."""
    name = f"role_{uuid4().hex}"
    created.exec_driver_sql(f"CREATE ROLE {name}")
    for attribute, privileges in PRIVILEGES.items():
        table = getattr(TABLES, attribute)
        created.exec_driver_sql(f"GRANT {', '.join(privileges)} ON {table} TO {name}")
    yield name
    created.rollback()


def test_what_the_role_may_not_do_is_named(created: Connection, role: str) -> None:
    created.exec_driver_sql(f"SET LOCAL ROLE {role}")
    assert differences(created) == ()
    for attribute, privileges in PRIVILEGES.items():
        table = getattr(TABLES, attribute)
        for privilege in privileges:
            created.exec_driver_sql("RESET ROLE; SAVEPOINT granted")
            created.exec_driver_sql(f"REVOKE {privilege} ON {table} FROM {role}")
            created.exec_driver_sql(f"SET LOCAL ROLE {role}")
            (found,) = differences(created)
            assert found.startswith(f"role {role} may not {privilege} ")
            assert found.endswith(f"table {table}")
            created.exec_driver_sql("ROLLBACK TO granted")


def test_columns_that_the_role_may_not_change_are_named(created: Connection, role: str) -> None:
    created.exec_driver_sql(f"REVOKE UPDATE ON campaigns FROM {role}")
    names = [c.name for c in TABLES.campaigns.c if c.name not in {"status", "end_date"}]
    created.exec_driver_sql(f"GRANT UPDATE ({', '.join(names)}) ON campaigns TO {role}")
    created.exec_driver_sql(f"SET LOCAL ROLE {role}")
    said = f"role {role} may not UPDATE status and end_date of table campaigns"
    assert differences(created) == (said,)


def test_a_schema_that_the_role_may_not_use_is_named(created: Connection, role: str) -> None:
    tables = define_tables(MetaData(), clients=None, schema="closed")
    created.exec_driver_sql("CREATE SCHEMA closed")
    tables.campaigns.metadata.create_all(created)
    created.exec_driver_sql(f"SET LOCAL ROLE {role}")
    assert differences(created, tables) == (f"role {role} may not use the schema closed",)


def test_a_lack_of_policies_is_named(created: Connection, role: str) -> None:
    created.exec_driver_sql("ALTER TABLE campaign_days ENABLE ROW LEVEL SECURITY")
    created.exec_driver_sql("CREATE POLICY own ON campaign_days FOR SELECT USING (true)")
    created.exec_driver_sql("CREATE POLICY its ON campaign_days FOR ALL TO postgres USING (true)")
    created.exec_driver_sql(f"SET LOCAL ROLE {role}")
    assert differences(created) == tuple(
        f"row-level security of table campaign_days does not let role {role} {privilege}"
        for privilege in ("INSERT", "UPDATE")
    )


# -- SQLite ---------------------------------------------------------------------------------------


DIALECT = sqlite_dialect.dialect()


def statements() -> Iterator[str]:
    for table in TABLES:
        yield str(CreateTable(table).compile(dialect=DIALECT)).strip()
        yield from (str(CreateIndex(index).compile(dialect=DIALECT)) for index in table.indexes)
    yield f"INSERT INTO {TABLES.version} VALUES ({LEDGER_VERSION})"


def verified_sqlite(script: Sequence[str]) -> Sequence[str]:
    """Return the differences of a new database in memory that a script makes."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        for statement in script:
            connection.exec_driver_sql(statement)
        found = differences(connection)
    engine.dispose()
    return found


def sqlite_mutations() -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what lacks, and the script of a database that lacks it."""
    script = [*statements()]
    for statement in script:
        name = statement.split()[2]
        if statement.startswith("INSERT"):
            yield "version", script[:-1]
            continue
        if not statement.startswith("CREATE TABLE"):
            yield f"index {name}", [one for one in script if one is not statement]
            continue
        yield f"table {name}", [one for one in script if not is_of_table(one, name)]
        for line in [one for one in statement.splitlines() if one.startswith("\t")]:
            for what, instead in line_mutations(name, line.strip().rstrip(",")):
                changed = statement.replace(line.rstrip(", "), f"\t{instead}" if instead else "")
                changed = re.sub(r"\n(, ?\n|\n)", "\n", changed)
                changed = re.sub(r",\s*\)", "\n)", changed)
                if "PRIMARY KEY" not in changed:
                    changed = changed.replace(" WITHOUT ROWID", "")
                yield what, [changed if one is statement else one for one in script]


def is_of_table(statement: str, name: str) -> bool:
    return re.match(rf"(CREATE (TABLE|INDEX \w+ ON)|INSERT INTO) {name}\b", statement) is not None


def line_mutations(table: str, line: str) -> Iterator[tuple[str, str]]:
    """Yield what lacks, and what the line of a CREATE TABLE is then."""
    name, rest = line.split(" ", 1)
    if "CHECK" in line or "KEY" in line:
        yield line[:50], ""
        return
    yield f"type of {name}", re.sub(r"^\S+", "REAL", rest).join((f"{name} ", ""))
    if "NOT NULL" in line:
        yield f"NOT NULL of {table}.{name}", line.replace(" NOT NULL", "")
    else:
        yield f"NULL of {name}", f"{line} NOT NULL"
    if line.startswith("epoch") and "DEFAULT" in line:
        yield f"default of {name}", line.replace(" DEFAULT 0", "")


KEYS = {str(column) for column in COLUMNS if column.primary_key}
"""These may be NULL in SQLite, but the library writes none."""


def test_there_is_no_difference_after_create_all_in_sqlite() -> None:
    assert verified_sqlite([*statements()]) == ()


def test_a_condition_may_be_spelled_in_another_way_in_sqlite() -> None:
    rewrites = (
        ("daily_lead_limit > 0", "daily_lead_limit>0"),
        (" AND total_lead_limit > 0", " and\n\ttotal_lead_limit  >  0"),
        ("daily_lead_limit", "`daily_lead_limit`"),
        ("end_date >= start_date", "end_date>=start_date"),
        (" BETWEEN 0 AND 100", " between 0 and 100"),
        (" + ", "+"),
        ("CHECK (", "check("),
    )
    script = "\0".join(statements())
    for old, new in rewrites:
        assert old in script
        script = script.replace(old, new)
    assert verified_sqlite(script.split("\0")) == ()


# Every third by default, and all with --long.
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
def test_each_thing_that_sqlite_lacks_is_named(every: int) -> None:
    mutations = [*sqlite_mutations()]
    assert len(mutations) > 150
    for what, script in mutations[::every]:
        is_covered = what in {f"index {name}" for name in COVERED}
        is_key = what.startswith("NOT NULL") and what.split()[-1] in KEYS
        is_same = is_covered or is_key or what == "type of als_score"
        assert bool(verified_sqlite(script)) != is_same, (what, script)


# -- Other names, other tables --------------------------------------------------------------------


def test_other_names(postgres_engine: Engine) -> None:
    metadata = MetaData()
    databases.clients_table(metadata)
    tables = define_tables(metadata, schema="outreach", prefix="ck_")
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA outreach")
        metadata.create_all(connection)
    store = SQLAlchemyStore(postgres_engine, tables)
    assert store.verify() == ()
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outreach.ck_leads DROP COLUMN epoch")
        connection.exec_driver_sql("ALTER TABLE outreach.campaigns DROP COLUMN end_date")
    assert store.verify() == (
        "column outreach.campaigns.end_date is missing",
        "table outreach.campaigns has no CHECK (end_date >= start_date)",
        "column outreach.ck_leads.epoch is missing",
        "table outreach.ck_leads has no CHECK (epoch >= 0)",
    )


def test_an_adopted_table_needs_what_is_mapped(postgres_engine: Engine) -> None:
    tables = databases.with_another_hosts_table(postgres_engine)
    store = SQLAlchemyStore(postgres_engine, tables)
    assert store.verify() == ()
    with postgres_engine.begin() as connection:
        for change in (
            "ALTER TABLE outreach DROP COLUMN client, ALTER daily_limit TYPE TEXT",
            "ALTER TABLE outreach ALTER starts SET NOT NULL, DROP COLUMN end_date",
            "ALTER TYPE state RENAME VALUE 'paused' TO 'halted'",
            "ALTER TABLE outreach DROP CONSTRAINT outreach_pkey CASCADE",
        ):
            connection.exec_driver_sql(change)
    found = set(store.verify())
    assert {one for one in found if "foreign key" not in one} == {
        "column outreach.daily_limit must be INTEGER, not TEXT",
        "column outreach.starts must allow NULL",
        "column outreach.end_date is missing",
        "table outreach has no unique key (campaign)",
        "type state has no label paused",
    }


def test_types_that_cannot_hold_a_campaign_are_named(engine: Engine) -> None:
    names: Mapping[str, Any] = {
        "id": Uuid(),
        "client_id": Uuid(),
        "name": Integer(),
        "status": String(),
        "email_allocation": String(),
        "start_date": Integer(),
        "created_at": Integer(),
    }
    table = Table("outreach", MetaData(), *(Column(name, kind) for name, kind in names.items()))
    table.append_constraint(ForeignKeyConstraint(["id"], ["outreach.id"]))
    tables = adopt_table(table)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE outreach (id INTEGER)")
    found = SQLAlchemyStore(engine, tables).verify()
    assert {one for one in found if "must hold" in one} == set()
    assert "column outreach.name is missing" in found
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE outreach")
        columns = ", ".join(f"{c.name} {c.type.compile(engine.dialect)}" for c in table.columns)
        connection.exec_driver_sql(f"CREATE TABLE outreach ({columns})")
    found = SQLAlchemyStore(engine, tables).verify()
    assert [one for one in found if "must hold" in one] == [
        "column outreach.name must hold text, not Integer()",
        "column outreach.email_allocation must hold whole numbers, not String()",
        "column outreach.start_date must hold days, not Integer()",
        "column outreach.created_at must hold times, not Integer()",
    ]


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg", "aiosqlite"])
def test_an_async_store(request: pytest.FixtureRequest, driver: str) -> None:
    url = str(request.getfixturevalue("sqlite" if driver == "aiosqlite" else "postgres"))
    with SQLAlchemyStore.open(url) as store:
        assert store.verify() == ()
    name = make_url(url).set(drivername=f"{make_url(url).get_backend_name()}+{driver}")

    async def verify() -> Sequence[str]:
        engine = create_async_engine(name)
        try:
            return await AsyncSQLAlchemyStore(engine).verify()
        finally:
            await engine.dispose()

    with EventLoop() as loop:
        assert loop.run(verify()) == ()
        engine = create_engine(url)
        TABLES.events.drop(engine)
        engine.dispose()
        assert loop.run(verify()) == ("table campaign_events is missing",)


@pytest.mark.parametrize(
    "others", ["", "CREATE TABLE other (id INTEGER PRIMARY KEY CHECK (id > 0))"]
)
def test_a_database_that_has_none_of_the_tables(engine: Engine, others: str) -> None:
    if others:
        script = [others, "CREATE TABLE referring (id INTEGER REFERENCES other (id))"]
        with engine.begin() as connection:
            for statement in (*script, "CREATE VIEW shown AS SELECT id FROM other"):
                connection.exec_driver_sql(statement)
    found = SQLAlchemyStore(engine, TABLES).verify()
    assert found == tuple(f"table {table} is missing" for table in TABLES)


def test_other_tables_cost_no_statement(engine: Engine) -> None:
    """The statements are as many with 139 tables of the host's as with none."""
    sent: list[str] = []
    store = SQLAlchemyStore(engine)
    TABLES.campaigns.metadata.create_all(engine)
    assert store.verify() == ()  # now the engine knows the database
    event.listen(engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    assert store.verify() == ()
    alone = len(sent)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE host_0 (id INTEGER PRIMARY KEY)")
        for n in range(1, 139):
            columns = "id INTEGER PRIMARY KEY, name VARCHAR(40) UNIQUE, CHECK (id > 0)"
            key = "parent INTEGER REFERENCES host_0 (id)"
            connection.exec_driver_sql(f"CREATE TABLE host_{n} ({key}, {columns})")
    sent.clear()
    assert store.verify() == ()
    assert len(sent) == alone
