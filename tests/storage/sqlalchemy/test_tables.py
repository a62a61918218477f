"""The tables are the design's, and stricter; Alembic finds nothing to change in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata, produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import OpContainer
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Enum,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy import __version__ as sqlalchemy_version
from sqlalchemy.exc import DBAPIError, IntegrityError

from campaignkit import DEFAULT_ALLOCATION, Allocation, Campaign, Channel, InvalidError
from campaignkit.serialization._rows import ROW_FIELDS
from campaignkit.storage.sqlalchemy import (
    SQLAlchemyStore,
    Tables,
    adopt_table,
    define_tables,
    read_ledger_version,
    schema,
    upgrade_script,
)
from campaignkit.storage.sqlalchemy._verify import list_differences
from tests.storage.sqlalchemy import databases
from tests.storage.sqlalchemy.databases import DESIGN, clients_table

CLIENT = UUID(int=1)

COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid)
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = 'campaigns'::regclass AND attnum > 0 ORDER BY attnum
"""
REQUIRED = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = 'campaigns'::regclass AND attnum > 0 AND attnotnull ORDER BY attnum
"""
CONSTRAINTS = """
    SELECT contype, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'campaigns'::regclass AND contype <> 'n'
"""
CHECKS = """
    SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'campaigns'"
LABELS = """
    SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder)
    FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid GROUP BY typname
"""


def host(**options: Any) -> tuple[MetaData, Tables]:
    """Give a host's MetaData with its clients, and our tables on it."""
    metadata = MetaData(**options)
    clients_table(metadata)
    return metadata, define_tables(metadata)


def catalog(url: str, script: str, query: str) -> list[Any]:
    """Run a script on a database, ask something, and take all back."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text(script))
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


# -- What PostgreSQL gets -------------------------------------------------------------------------

OURS = f"CREATE TABLE clients (id UUID PRIMARY KEY); {schema('postgresql', clients='clients.id')}"


@pytest.mark.parametrize("query", [COLUMNS, LABELS], ids=["columns", "labels"])
def test_columns_types_defaults_and_labels_are_the_designs(postgres: str, query: str) -> None:
    assert catalog(postgres, OURS, query) == catalog(postgres, DESIGN, query)


@pytest.mark.parametrize("query", [CONSTRAINTS, INDEXES], ids=["constraints", "indexes"])
def test_the_designs_constraints_and_indexes_are_there(postgres: str, query: str) -> None:
    assert set(catalog(postgres, OURS, query)) > set(catalog(postgres, DESIGN, query))


def test_a_value_is_required_where_the_domain_needs_one(postgres: str) -> None:
    assert [name for (name,) in catalog(postgres, OURS, REQUIRED)] == [
        *("id", "client_id", "name", "status", "permission_mode"),
        *(f"{channel}_allocation" for channel in Channel),
        *("daily_lead_limit", "created_at", "updated_at"),
    ]


def test_there_are_two_indexes_more_and_they_serve_the_pages(postgres: str) -> None:
    ours, designs = dict(catalog(postgres, OURS, INDEXES)), dict(catalog(postgres, DESIGN, INDEXES))
    assert ours.keys() - designs.keys() == {
        *("idx_campaigns_client_page", "idx_campaigns_status_page")
    }


# -- What both refuse -----------------------------------------------------------------------------

WRONG: dict[str, dict[str, object]] = {
    "sum": {"email_allocation": 41},
    "negative share": {"email_allocation": 120, "linkedin_allocation": -50},
    **{f"no {channel} share": {f"{channel}_allocation": None} for channel in Channel},
    "no name": {"name": None},
    "no client": {"client_id": None},
    "no status": {"status": None},
    "no mode": {"permission_mode": None},
    "unknown status": {"status": "archived"},
    "unknown mode": {"permission_mode": "whenever"},
    "daily limit": {"daily_lead_limit": 0},
    "no daily limit": {"daily_lead_limit": None},
    "total limit": {"total_lead_limit": 0},
    "dates": {"start_date": "2026-11-23", "end_date": "2026-11-22"},
    "no day": {"start_date": "2026-02-30"},
    "no time": {"created_at": None},
    "garbled time": {"updated_at": "yesterday at noon"},
    "garbled id": {"id": "x"},
    "fraction": {"email_allocation": "40.5", "linkedin_allocation": "29.5"},
    "words for a number": {"daily_lead_limit": "many"},
    "targets that are no list": {"target_titles": '{"CEO": 1}'},
    "garbled targets": {"target_titles": "[CEO"},
}


def add_row(connection: Connection, values: dict[str, object]) -> None:
    given = {"client_id": CLIENT.hex, "name": "Sydney agencies", **values}
    # SQLite's driver warns of dates since Python 3.12.
    given = {k: v.isoformat() if type(v) is date else v for k, v in given.items()}
    columns, places = ", ".join(given), ", ".join(f":{name}" for name in given)
    connection.execute(text(f"INSERT INTO campaigns ({columns}) VALUES ({places})"), given)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def with_client(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Give a database with our tables and a client, for tests that leave nothing in it."""
    metadata, _ = host()
    with ExitStack() as stack:
        server = "sqlite" not in request.param and request.getfixturevalue("postgres_url")
        url = stack.enter_context(databases.new(server)) if server else "sqlite://"
        engine = create_engine(url)
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            metadata.create_all(connection)
            connection.execute(insert(metadata.tables["clients"]).values(id=CLIENT))
        yield engine


@pytest.mark.parametrize("values", WRONG.values(), ids=WRONG)
def test_what_no_campaign_can_be_is_refused(with_client: Engine, values: dict[str, object]) -> None:
    with with_client.connect() as connection:
        add_row(connection, {})
        # By a check; or, on PostgreSQL, by the type of the column.
        wanted = IntegrityError if with_client.dialect.name == "sqlite" else DBAPIError
        with pytest.raises(wanted):
            add_row(connection, values)


MIXES = [
    dict(DEFAULT_ALLOCATION),
    *(
        {**dict.fromkeys(Channel, 0), Channel.EMAIL: email, Channel.LINKEDIN: 100 - email}
        for email in (100, 101, 120)
    ),
    dict.fromkeys(Channel, 99),
]
LIMITS = (-1, 0, 1, 2**31 - 1)
DATES = (None, date(2026, 11, 22), date(2026, 11, 23))


def campaign_fields() -> Iterator[dict[str, Any]]:
    """Yield fields of a campaign at and beyond the bounds of what is valid."""
    yield from ({"allocation": shares} for shares in MIXES)
    yield from ({"daily_lead_limit": limit} for limit in LIMITS)
    yield from ({"total_lead_limit": limit} for limit in (None, *LIMITS))
    yield from ({"start_date": start, "end_date": end} for start, end in product(DATES, DATES))


def is_campaign(fields: dict[str, Any]) -> bool:
    """Tell whether the domain accepts these fields."""
    try:
        shares = fields.get("allocation", MIXES[0])
        settings: dict[str, Any] = {**fields, "allocation": Allocation.from_mapping(shares)}
        Campaign.draft(client_id=CLIENT, name="x", **settings)
    except InvalidError:
        return False
    return True


def test_the_checks_accept_what_a_campaign_accepts(engine: Engine) -> None:
    metadata, _ = host()
    with engine.connect() as connection:
        metadata.create_all(connection)
        connection.execute(insert(metadata.tables["clients"]).values(id=CLIENT))
        for fields in campaign_fields():
            shares = fields.get("allocation", MIXES[0])
            row = {f"{c}_allocation": n for c, n in shares.items()}
            row |= {name: value for name, value in fields.items() if name != "allocation"}
            try:
                with connection.begin_nested():
                    add_row(connection, row)
            except DBAPIError:
                is_row = False
            else:
                is_row = True
            assert is_row is is_campaign(fields), fields


def test_what_the_database_makes_up_is_a_campaign(engine: Engine) -> None:
    metadata, tables = host()
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(insert(metadata.tables["clients"]).values(id=CLIENT))
        add_row(connection, {})
    (found,) = SQLAlchemyStore(engine, tables).find(CLIENT).items
    made = Campaign.draft(client_id=CLIENT, name="Sydney agencies", id=found.id)
    assert found.id.int
    assert found == Campaign.draft(
        client_id=CLIENT, name="Sydney agencies", id=found.id, created_at=found.created_at
    )
    assert abs((made.created_at - found.created_at).total_seconds()) < 60


# -- What Alembic sees ----------------------------------------------------------------------------


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def test_alembic_finds_nothing_to_change(engine: Engine) -> None:
    metadata, _ = host()
    with engine.connect() as connection:
        metadata.create_all(connection)
        assert differences(connection, metadata) == []


def test_what_alembic_makes_is_the_same(postgres_engine: Engine) -> None:
    metadata, tables = host()
    with postgres_engine.connect() as connection:
        metadata.create_all(connection)
        wanted = {row for query in (CHECKS, LABELS) for row in told(connection, query)}
        connection.rollback()

        run_generated(MigrationContext.configure(connection), metadata, tables)
        assert differences(connection, metadata) == []
        made = {row for query in (CHECKS, LABELS) for row in told(connection, query)}
    assert made == wanted


def test_alembic_makes_a_schema_of_its_own_as_the_page_says(postgres_engine: Engine) -> None:
    metadata = MetaData()
    tables = define_tables(metadata, clients=None, schema="outreach")
    with postgres_engine.connect() as connection:
        connection.exec_driver_sql("CREATE SCHEMA outreach")
        context = MigrationContext.configure(connection, opts={"include_schemas": True})
        run_generated(context, metadata, tables)
        version = read_ledger_version(connection, tables)
        assert version is not None
        connection.exec_driver_sql(upgrade_script(tables, "postgresql", version))
        assert list_differences(connection, tables) == ()
        assert compare_metadata(context, metadata) == []
        # Without the option Alembic looks into one schema only, and would make the tables again.
        assert differences(connection, metadata) != []
        connection.rollback()


def run_generated(context: MigrationContext, metadata: MetaData, tables: Tables) -> None:
    """Run what autogenerate proposes."""
    connection = context.connection
    assert connection is not None
    if sqlalchemy_version.startswith("2.0."):  # with which Alembic leaves out named types
        for column in tables.campaigns.columns:
            if isinstance(column.type, Enum):
                column.type.create(connection)
    operations = Operations(context)
    for operation in flat(produce_migrations(context, metadata).upgrade_ops):
        operations.invoke(operation)


def flat(operation: MigrateOperation | None) -> Iterator[MigrateOperation]:
    if isinstance(operation, OpContainer):
        for part in operation.ops:
            yield from flat(part)
    elif operation is not None:
        yield operation


def told(connection: Connection, query: str) -> list[tuple[str, str]]:
    return [(name, str(what)) for name, what in connection.execute(text(query))]


def test_the_printed_sql_makes_the_same(engine: Engine) -> None:
    metadata, _ = host()
    script = schema(engine.dialect.name, clients="clients.id")
    with engine.connect() as connection:
        metadata.tables["clients"].create(connection)
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        assert differences(connection, metadata) == []


def test_the_printed_sql_is_always_the_same() -> None:
    assert len({schema("sqlite") for _ in range(5)}) == 1


@pytest.mark.parametrize("dialect", ["mysql", "", "PostgreSQL"])
def test_only_two_dialects_can_be_printed(dialect: str) -> None:
    with pytest.raises(InvalidError, match="postgresql, sqlite"):
        schema(dialect)


# -- What a host keeps ----------------------------------------------------------------------------


def test_a_store_creates_nothing(engine: Engine) -> None:
    SQLAlchemyStore(engine)
    assert inspect(engine).get_table_names() == []


def test_names_stand_whatever_the_hosts_convention(engine: Engine) -> None:
    convention = {
        "ck": "check_%(table_name)s_%(constraint_name)s",
        "ix": "index_%(column_0_label)s",
    }
    metadata, _ = host(naming_convention=convention)
    metadata.create_all(engine)
    checks = {check["name"] for check in inspect(engine).get_check_constraints("campaigns")}
    indexes = {index["name"] for index in inspect(engine).get_indexes("campaigns")}
    assert {"valid_allocation", "valid_shares", "valid_limits", "valid_dates"} <= checks
    assert {"idx_campaigns_client", "idx_campaigns_status"} <= indexes


def test_dropping_the_tables_leaves_the_types_of_the_host(postgres_engine: Engine) -> None:
    metadata, tables = host()
    engine = postgres_engine
    metadata.create_all(engine)
    for table in reversed(list(tables)):
        table.drop(engine)
    with engine.connect() as connection:
        assert {name for name, _ in told(connection, LABELS)} == {
            "campaign_status",
            "permission_mode",
        }
    assert inspect(engine).get_table_names() == ["clients"]


def test_tables_may_have_a_schema_of_their_own(postgres_engine: Engine) -> None:
    engine = postgres_engine
    metadata = MetaData()
    tables = define_tables(metadata, clients=None, schema="outreach")
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA outreach"))
        metadata.create_all(connection)
    store = SQLAlchemyStore(engine, tables)
    campaign = store.add(Campaign.draft(client_id=CLIENT, name="Sydney agencies"))
    assert store.replace(campaign, campaign.edit(at=campaign.created_at, name="x")).name == "x"
    assert set(inspect(engine).get_table_names("outreach")) == {
        *("campaigns", "campaign_progress", "campaign_days", "campaign_leads"),
        *("campaign_suggestions", "campaign_suggested_leads", "campaign_rejections"),
        *("campaign_ledger_version", "campaign_events"),
        *("campaign_clients", "campaign_client_days", "campaign_suppressions"),
        *("campaign_releases", "campaign_client_events"),
    }
    assert inspect(engine).get_table_names() == []


def test_the_client_is_of_the_type_of_the_hosts_clients() -> None:
    metadata = MetaData()
    Table("clients", metadata, Column("id", String(36), primary_key=True))
    assert isinstance(define_tables(metadata).campaigns.c.client_id.type, String)


# -- What can be adopted --------------------------------------------------------------------------


def untyped(name: str) -> Column[Any]:
    return Column(name)


def test_a_table_that_is_called_as_ours_is_adopted_as_it_is() -> None:
    table = Table("campaigns", MetaData(), *map(untyped, ROW_FIELDS))
    assert dict(adopt_table(table).columns) == {name: table.c[name] for name in ROW_FIELDS}


def test_adopting_says_all_that_is_wrong() -> None:
    table = Table("outreach", MetaData(), *map(untyped, ("id", "client_id", "title")))
    with pytest.raises(InvalidError) as refused:
        adopt_table(table, {"nmae": "title", "status": "state", "start_date": "id", "name": None})
    assert len(refused.value.faults) == 5
    assert "columns names 'nmae'" in refused.value.faults[0]
    assert refused.value.faults[1:] == (
        "table outreach has no column 'state' for status",
        "column id stands for id and start_date",
        "table outreach must have a column for name",
        "table outreach must have a column for some of "
        + ", ".join(f"{channel}_allocation" for channel in Channel),
    )


def test_the_ledger_of_an_adopted_table_has_its_schema_and_type_of_id() -> None:
    table = Table(
        "outreach",
        MetaData(),
        Column("id", String(36), primary_key=True),
        *(untyped(name) for name in ROW_FIELDS if name != "id"),
        schema="crm",
    )
    tables = adopt_table(table)
    assert {t.schema for t in tables} == {"crm"}
    keys = [t.c.campaign_id for t in tables if "campaign_id" in t.c]
    assert {type(key.type) for key in keys} == {String}
    assert tables.leads.c.campaign_id.references(table.c.id)


def test_nothing_is_emitted_when_tables_are_defined(engine: Engine) -> None:
    emitted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: emitted.append(args[2]))
    host()
    assert emitted == []
