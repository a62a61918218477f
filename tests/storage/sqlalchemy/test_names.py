"""A host chooses the names of the tables, and keeps its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import settings
from sqlalchemy import (
    ARRAY,
    Column,
    Engine,
    Enum,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
)

from campaignkit import (
    Campaign,
    HostRefusedError,
    InvalidError,
    StorageError,
    TransientConflictError,
)
from campaignkit.serialization._rows import ROW_FIELDS
from campaignkit.storage import Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, Tables, adopt_table, define_tables
from campaignkit.storage.sqlalchemy._engines import make_engine
from campaignkit.testing import SequentialStoreContract
from tests.storage.sqlalchemy import databases

USUAL = [table.name for table in define_tables(MetaData(), clients=None)]
INDEXES = sorted(
    str(index.name) for table in define_tables(MetaData(), clients=None) for index in table.indexes
)


# -- The whole contract under other names ---------------------------------------------------------


class OtherNames(SequentialStoreContract):
    """The host has a table of its own under every name that a table of ours usually has."""

    def settings(self) -> settings:
        """Few examples: other classes try many on the same operations."""
        return settings(super().settings(), max_examples=1)

    engine: ClassVar[Engine]
    tables: ClassVar[Tables]

    @classmethod
    def connect(cls, url: str) -> Engine:
        """Return an engine on a database with the schema `outreach`."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, url: str) -> Iterator[Store]:
        metadata = MetaData()
        theirs = [Table(name, metadata, Column("note", Text())) for name in USUAL]
        cls.engine = engine = cls.connect(url)
        cls.tables = define_tables(metadata, clients=None, schema="outreach", prefix="ledger_")
        with engine.begin() as connection:
            metadata.create_all(connection)
            for table in theirs:
                connection.execute(insert(table).values(note="the host's"))
        yield SQLAlchemyStore(engine, cls.tables)
        with engine.connect() as connection:
            kept = [connection.scalars(select(table.c.note)).all() for table in theirs]
        assert kept == [["the host's"]] * len(theirs)
        engine.dispose()

    def another(self, store: Store) -> Store:
        return SQLAlchemyStore(self.engine, self.tables)


@pytest.mark.long
class TestOnPostgreSQL(OtherNames):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, postgres_url: str) -> Iterator[str]:
        with databases.new(postgres_url) as url:
            yield url

    @classmethod
    def connect(cls, url: str) -> Engine:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA outreach"))
        return engine


class TestOnSQLite(OtherNames):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, tmp_path_factory: pytest.TempPathFactory) -> str:
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'campaigns.db'}"

    @classmethod
    def connect(cls, url: str) -> Engine:
        engine = make_engine(url, 10)

        @event.listens_for(engine, "connect")
        def _(connection: Any, _: object) -> None:
            connection.execute(f"ATTACH '{engine.url.database}.outreach' AS outreach")

        return engine


# -- Names that are taken -------------------------------------------------------------------------


def host_table(name: str, *parts: Any) -> Callable[[MetaData], object]:
    return lambda metadata: Table(name, metadata, Column("x", Integer()), *parts)


TAKEN: dict[str, tuple[str, Callable[[MetaData], object]]] = {
    **{f"table {name}": (name, host_table(name)) for name in USUAL},
    "capitals": ("campaign_leads", host_table("Campaign_Leads")),
    **{f"index {name}": (name, host_table("theirs", Index(name, "x"))) for name in INDEXES},
    "table as an index": ("idx_campaign_leads_day", host_table("idx_campaign_leads_day")),
    "index as a table": ("campaign_days", host_table("theirs", Index("campaign_days", "x"))),
    "unique": ("campaign_days", host_table("t", UniqueConstraint("x", name="campaign_days"))),
    "key": ("campaign_days", host_table("t", PrimaryKeyConstraint("x", name="campaign_days"))),
    "type": (
        "permission_mode",
        host_table("theirs", Column("mode", Enum("easy", "hard", name="permission_mode"))),
    ),
    "type of an array": (
        "permission_mode",
        host_table("theirs", Column("modes", ARRAY(Enum("easy", "hard", name="permission_mode")))),
    ),
}


@pytest.mark.parametrize(("name", "take"), TAKEN.values(), ids=TAKEN)
def test_a_taken_name_is_refused_before_anything_is_added(
    name: str, take: Callable[[MetaData], object]
) -> None:
    metadata = MetaData()
    take(metadata)
    before = dict(metadata.tables)
    with pytest.raises(InvalidError, match=rf"^metadata must not .* but has {name};"):
        define_tables(metadata, clients=None)
    assert dict(metadata.tables) == before
    if name.startswith(("campaign_", "idx_campaign_")):
        define_tables(metadata, clients=None, prefix="other_")
    else:
        define_tables(metadata, clients=None, schema="other")


def test_a_type_of_the_same_labels_is_shared(engine: Engine) -> None:
    metadata = MetaData()
    theirs = Enum("autopilot", "co_pilot", "manual", name="permission_mode", metadata=metadata)
    Table("people", metadata, Column("mode", theirs))
    define_tables(metadata, clients=None)
    metadata.create_all(engine)
    assert inspect(engine).has_table("campaign_leads")


NAMES: list[dict[str, Any]] = [{}, {"prefix": "x_"}, {"schema": "s"}, {"prefix": ""}]


@pytest.mark.parametrize("names", NAMES, ids=str)
def test_tables_are_defined_once(names: dict[str, Any]) -> None:
    metadata = MetaData()
    define_tables(metadata, clients=None, **names)
    before = dict(metadata.tables)
    with pytest.raises(InvalidError, match=r"^metadata must not have names of our tables"):
        define_tables(metadata, clients=None, **names)
    assert dict(metadata.tables) == before


@pytest.mark.parametrize("names", NAMES, ids=str)
def test_a_table_is_adopted_once(names: dict[str, Any]) -> None:
    table = Table("outreach", MetaData(), *map(untyped, ROW_FIELDS))
    adopt_table(table, **names)
    before = dict(table.metadata.tables)
    with pytest.raises(InvalidError, match=r"^metadata must not have names of our tables"):
        adopt_table(table, **names)
    assert dict(table.metadata.tables) == before


def test_no_table_of_the_ledger_has_the_name_of_the_adopted_one() -> None:
    table = Table("x_leads", MetaData(), *map(untyped, ROW_FIELDS))
    for schema in (None, "other"):
        with pytest.raises(InvalidError, match=r"but has (other\.)?x_leads;"):
            adopt_table(table, schema=schema, prefix="x_")
    assert list(table.metadata.tables) == ["x_leads"]


def untyped(name: str) -> Column[Any]:
    return Column(name)


# -- Which names there are ------------------------------------------------------------------------


def test_prefix_and_schema_are_those_of_the_ledger_alone_beside_an_adopted_table() -> None:
    table = Table("outreach", MetaData(), *map(untyped, ROW_FIELDS), schema="crm")
    campaigns, *ledger = adopt_table(table, schema="aside", prefix="x_")
    assert campaigns is table
    assert [one.name for one in ledger] == [f"x_{name[len('campaign_') :]}" for name in USUAL[1:]]
    assert {one.schema for one in ledger} == {"aside"}
    for one in ledger:
        assert all(str(index.name).startswith("idx_x_") for index in one.indexes)


def test_campaigns_keep_their_name_and_the_rest_begins_with_the_prefix() -> None:
    tables = define_tables(MetaData(), clients=None, schema="aside", prefix="x_")
    assert [one.name for one in tables] == [name.replace("campaign_", "x_") for name in USUAL]
    assert {one.schema for one in tables} == {"aside"}
    kinds: list[Any] = [tables.campaigns.c[name].type for name in ("status", "permission_mode")]
    assert [kind.schema for kind in kinds] == ["aside", "aside"]
    indexes = {str(index.name) for one in tables for index in one.indexes}
    assert indexes == {name.replace("idx_campaign_", "idx_x_") for name in INDEXES}


@pytest.mark.parametrize("prefix", ["x" * 33, "X_", "x-", "1_", "x.", " ", "ä_", 'x"', None, 1])
def test_a_prefix_needs_no_quotes(prefix: Any) -> None:
    metadata = MetaData()
    table = Table("outreach", metadata, *map(untyped, ROW_FIELDS))
    for schema, faults in ((None, 1), (" ", 2)):
        with pytest.raises(InvalidError, match="prefix must be up to 32 of a-z, 0-9") as refused:
            define_tables(metadata, clients=None, prefix=prefix, schema=schema)
        assert len(refused.value.faults) == faults
        with pytest.raises(InvalidError, match="prefix must be up to 32 of a-z, 0-9"):
            adopt_table(table, prefix=prefix, schema=schema)
    assert list(metadata.tables) == ["outreach"]


@pytest.mark.parametrize("prefix", ["", "_", "x" * 32])
def test_a_prefix_may_be_empty_or_long(engine: Engine, prefix: str) -> None:
    metadata = MetaData()
    tables = define_tables(metadata, clients=None, prefix=prefix)
    metadata.create_all(engine)
    names = inspect(engine).get_table_names()
    assert {table.name for table in tables} == {*names}
    assert {i["name"] for name in names for i in inspect(engine).get_indexes(name)} == {
        str(index.name) for table in tables for index in table.indexes
    }


# -- Whose rule refuses ---------------------------------------------------------------------------

RULES = {
    "a host's table of our usual name": (
        "INSERT INTO campaign_leads VALUES (NULL)",
        HostRefusedError,
    ),
    "the ledger": (
        "INSERT INTO outreach.ledger_progress (campaign_id) VALUES (NEW.id), (NEW.id)",
        TransientConflictError,
    ),
}


@pytest.mark.parametrize(("statement", "kind"), RULES.values(), ids=RULES)
def test_a_rule_is_the_hosts_or_the_ledgers_by_the_names_that_were_chosen(
    postgres_engine: Engine, statement: str, kind: type[StorageError]
) -> None:
    metadata = MetaData()
    Table("campaign_leads", metadata, Column("note", Text(), nullable=False))
    tables = define_tables(metadata, clients=None, schema="outreach", prefix="ledger_")
    body = f"BEGIN {statement}; RETURN NEW; END"
    with postgres_engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA outreach"))
        metadata.create_all(connection)
        make = "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS"
        connection.exec_driver_sql(f"{make} $$ {body} $$")
        when = "AFTER INSERT ON outreach.campaigns FOR EACH ROW"
        connection.exec_driver_sql(f"CREATE TRIGGER act {when} EXECUTE FUNCTION act()")
    with pytest.raises(kind) as raised:
        SQLAlchemyStore(postgres_engine, tables).add(
            Campaign.draft(client_id=UUID(int=1), name="Sydney agencies")
        )
    assert type(raised.value) is kind
