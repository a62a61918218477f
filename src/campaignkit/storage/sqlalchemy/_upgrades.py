"""Bring the ledger of an older release up to date.

`_STEPS` has for each version the function that returns the SQL to reach it from the version before.
From version 3 on, a step must change nothing when it is repeated: a ledger whose version is not
recorded, as one that a migration of Alembic made, goes through them all. A step may use the present
definition of a table until a later version changes that table; then it needs one of its own. The
tests upgrade a kept ledger of each version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from attrs import asdict
from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Table,
    delete,
    false,
    func,
    inspect,
    literal_column,
    select,
    update,
)
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from campaignkit.core._checks import as_int, check_kinds, integer_error
from campaignkit.errors import InvalidError, StorageError
from campaignkit.storage.sqlalchemy._ddl import (
    dialect_error,
    join_statements,
    make_dialect,
    render,
    sort_indexes,
)
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._tables import LEDGER_VERSION, Tables, insert_version

CREATING = 2_006_130_721
"""An advisory lock for creating and upgrading: a number that nobody else is likely to use."""


def read_ledger_version(connection: Connection, tables: Tables) -> int | None:
    """Return the version of the ledger in a database, or None if there is none.

    A ledger whose version is not recorded is of version 1 or 2, as its columns tell.

    Args:
        connection: A connection to the database.
        tables: The tables of the store.

    Raises:
        InvalidError: an argument of another kind.
        StorageError: the database refuses.

    >>> from sqlalchemy import MetaData, create_engine
    >>> from campaignkit.storage.sqlalchemy import define_tables
    >>> metadata = MetaData()
    >>> tables = define_tables(metadata, clients=None)
    >>> with create_engine("sqlite://").begin() as connection:
    ...     print(read_ledger_version(connection, tables))
    ...     metadata.create_all(connection)
    ...     print(read_ledger_version(connection, tables))
    None
    4
    """
    check_kinds(InvalidError, connection=(connection, Connection), tables=(tables, Tables))
    with translate_errors():
        inspector, suggestions = inspect(connection), tables.suggestions
        schema = connection.schema_for_object(suggestions)
        if inspector.has_table(tables.version.name, schema):
            recorded = read_recorded_version(connection, tables)
            if recorded is not None:
                return recorded
        if not inspector.has_table(suggestions.name, schema):
            return None
        columns = inspector.get_columns(suggestions.name, schema)
    names = {column["name"] for column in columns}
    if not names >= {"id", "campaign_id", "state", "suggestion"}:
        return None  # a table of the host's own, which happens to have this name
    return 2 if "digest" in names else 1


def read_recorded_version(connection: Connection, tables: Tables) -> int | None:
    """Return the version that the ledger's own table records, or None if that has no row."""
    recorded = connection.scalar(select(func.max(tables.version.c.version)))
    return None if recorded is None else int(recorded)


def upgrade_ledger(connection: Connection, tables: Tables) -> Sequence[int]:
    """Upgrade the ledger in a database to this release's version; return the versions it reached.

    That is nothing where the ledger is of this version, or of a newer release's. It is done in the
    caller's transaction, which the caller ends: call it from a migration, with `op.get_bind()` or
    any other connection. In Alembic's offline mode there is none: execute `upgrade_script`. On
    SQLite the tables with changed constraints are created again, with their rows, but without the
    host's own indexes and triggers on them.

    Args:
        connection: A connection to the database, in a transaction.
        tables: The tables of the store.

    Raises:
        InvalidError: an argument of another kind.
        StorageError: there is no ledger, or the database refuses. Or SQLite checks foreign keys,
            and other tables refer to the ledger: it would delete or change their rows.

    >>> from sqlalchemy import MetaData, create_engine
    >>> from campaignkit.storage.sqlalchemy import define_tables
    >>> metadata = MetaData()
    >>> tables = define_tables(metadata, clients=None)
    >>> with create_engine("sqlite://").begin() as connection:
    ...     metadata.create_all(connection)
    ...     upgrade_ledger(connection, tables)
    ()
    """
    version = _require_version(connection, tables)
    if version >= LEDGER_VERSION:
        return ()
    schema = connection.schema_for_object(tables.suggestions)
    if schema != tables.suggestions.schema:
        msg = f"an upgrade cannot translate schemas: define the tables with schema={schema!r}"
        raise StorageError(msg)
    with translate_errors():
        _lock(connection, tables)
    reached = range(_require_version(connection, tables) + 1, LEDGER_VERSION + 1)
    if not reached:
        return ()  # another process was faster
    with translate_errors():
        if connection.dialect.name == "sqlite":
            _protect_hosts_rows(connection, tables)
        for statement in _list_statements(tables, connection.dialect.name, reached):
            connection.exec_driver_sql(statement)
    return tuple(reached)


def upgrade_script(tables: Tables, dialect: str, version: int) -> str:
    """Return the SQL that upgrades a ledger of a version, as one script for one transaction.

    On SQLite run it with `PRAGMA foreign_keys = OFF` where other tables refer to the ledger.

    Args:
        tables: The tables of the store.
        dialect: `postgresql` or `sqlite`.
        version: The version of the ledger that is there.

    Raises:
        InvalidError: a dialect that is neither `postgresql` nor `sqlite`, or a version that is not
            one of those before this release's; all that is wrong. Or `tables` of another kind.

    >>> from sqlalchemy import MetaData
    >>> from campaignkit.storage.sqlalchemy import define_tables
    >>> tables = define_tables(MetaData(), clients=None)
    >>> print(upgrade_script(tables, "postgresql", 3).split(";")[-6].strip())
    ALTER TABLE campaign_leads ADD COLUMN IF NOT EXISTS client_id UUID
    """
    check_kinds(InvalidError, tables=(tables, Tables))
    number = as_int(version)
    faults = {
        "dialect": dialect_error(dialect),
        "version": integer_error(number, 1, LEDGER_VERSION - 1),
    }
    if found := [f"{name} {fault}" for name, fault in faults.items() if fault]:
        raise InvalidError(found)
    reached = range(number + 1, LEDGER_VERSION + 1)
    return join_statements(_list_statements(tables, dialect, reached))


def _require_version(connection: Connection, tables: Tables) -> int:
    """Return the version of the ledger.

    Raises:
        StorageError: there is none, or the database refuses.
    """
    version = read_ledger_version(connection, tables)
    if version is None:
        name = tables.suggestions.name
        msg = f"there is no ledger to upgrade: the database has no table {name} of ours"
        raise StorageError(msg)
    return version


def _lock(connection: Connection, tables: Tables) -> None:
    """Keep other upgrades out. In SQLite this also makes the driver begin the transaction.

    Raises:
        StorageError: there is no transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(CREATING)))
        return  # the first statement of an upgrade needs a transaction
    connection.execute(delete(tables.campaigns).where(false()))
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        msg = "an upgrade needs a transaction, but this connection is in AUTOCOMMIT"
        raise StorageError(msg)


def _protect_hosts_rows(connection: Connection, tables: Tables) -> None:
    """Refuse an upgrade in which SQLite would delete or change rows of the host's tables.

    Where foreign keys are checked, to drop a table deletes its rows, with what refers to them.

    Raises:
        StorageError: foreign keys are checked, and other tables refer to the ledger.
    """
    if not connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        return
    ledger = {table.name for table in tables if table is not tables.campaigns}
    keys = inspect(connection).get_multi_foreign_keys(schema=tables.suggestions.schema)
    referring = {
        name
        for (_, name), its in keys.items()
        if name not in ledger and any(key["referred_table"] in ledger for key in its)
    }
    if referring:
        msg = (
            f"tables that refer to the ledger would lose rows: {', '.join(sorted(referring))}. "
            "Upgrade on a connection with PRAGMA foreign_keys = OFF, set before its transaction"
        )
        raise StorageError(msg)


def _list_statements(tables: Tables, database: str, versions: Iterable[int]) -> Iterator[str]:
    if database == "postgresql":
        # Every act locks this table first, but for that of clients, which it locks before from
        # version 4 on. So none is under way that holds a table which a step waits for, and waits
        # for another. A step that changes that of clients must lock it first.
        progress = _table_names(tables, database)["progress"]
        yield f"LOCK TABLE {progress} IN ACCESS EXCLUSIVE MODE"
    for number in versions:
        yield from _STEPS[number](tables, database)
    yield render(insert_version(tables.version, LEDGER_VERSION), database)


# -- The steps ------------------------------------------------------------------------------------


def _store_leads_apart(tables: Tables, database: str) -> Iterator[str]:
    """Give the leads of suggestions, and rejections, tables of their own.

    What was pending is expired afterwards: it was not made with what an approval needs.
    """
    yield from _create(tables.suggested_leads, database)
    yield from _create(tables.rejections, database)
    names = _table_names(tables, database)
    # In SQLite the default stays until version 3.
    yield "ALTER TABLE {suggestions} ADD COLUMN digest TEXT NOT NULL DEFAULT ''".format(**names)
    if database == "postgresql":
        yield "ALTER TABLE {suggestions} ALTER COLUMN digest DROP DEFAULT".format(**names)
    yield from _create_indexes(tables.suggestions, database)
    yield from (statement.format(**names) for statement in _MOVED_LEADS[database])


_MOVED_LEADS: Mapping[str, Sequence[str]] = {
    "postgresql": (
        """\
INSERT INTO {suggested_leads}
    (suggestion_id, lead_id, campaign_id, revision, als_score, reachable)
SELECT s.id, lead->>'id', s.campaign_id, 1, (lead->>'als_score')::DOUBLE PRECISION,
    CASE jsonb_array_length(lead->'reachable') WHEN 5 THEN NULL ELSE coalesce((
        SELECT string_agg(channel, ' ') FROM jsonb_array_elements_text(lead->'reachable') channel
    ), '') END
FROM {suggestions} s, jsonb_array_elements(s.suggestion->'command'->'leads') lead""",
        """\
INSERT INTO {suggested_leads} (suggestion_id, lead_id, campaign_id, revision)
SELECT s.id, lead_id, s.campaign_id, 1
FROM {suggestions} s, jsonb_array_elements_text(s.suggestion->'command'->'lead_ids') lead_id""",
        """\
UPDATE {suggestions} SET
    state = CASE state WHEN 'pending' THEN 'expired' ELSE state END,
    suggestion = suggestion - 'command' || jsonb_build_object(
        'action', suggestion->'command'->'action',
        'day', suggestion->'command'->'day',
        'after', coalesce(suggestion->'command'->'fields', '{{}}'),
        'lead_count', coalesce(
            jsonb_array_length(suggestion->'command'->'leads'),
            jsonb_array_length(suggestion->'command'->'lead_ids'),
            0
        )
    )""",
    ),
    "sqlite": (
        """\
INSERT INTO {suggested_leads}
    (suggestion_id, lead_id, campaign_id, revision, als_score, reachable)
SELECT s.id, json_extract(lead.value, '$.id'), s.campaign_id, 1,
    json_extract(lead.value, '$.als_score'),
    CASE json_array_length(lead.value, '$.reachable') WHEN 5 THEN NULL ELSE coalesce((
        SELECT group_concat(channel.value, ' ') FROM json_each(lead.value, '$.reachable') channel
    ), '') END
FROM {suggestions} s, json_each(s.suggestion, '$.command.leads') lead""",
        """\
INSERT INTO {suggested_leads} (suggestion_id, lead_id, campaign_id, revision)
SELECT s.id, lead.value, s.campaign_id, 1
FROM {suggestions} s, json_each(s.suggestion, '$.command.lead_ids') lead""",
        """\
UPDATE {suggestions} SET
    state = CASE state WHEN 'pending' THEN 'expired' ELSE state END,
    suggestion = json_set(
        json_remove(suggestion, '$.command'),
        '$.action', json_extract(suggestion, '$.command.action'),
        '$.day', json_extract(suggestion, '$.command.day'),
        '$.after', json(coalesce(json_extract(suggestion, '$.command.fields'), '{{}}')),
        '$.lead_count', coalesce(
            json_array_length(suggestion, '$.command.leads'),
            json_array_length(suggestion, '$.command.lead_ids'),
            0
        )
    )""",
    ),
}


def _drop_vocabularies(tables: Tables, database: str) -> Iterator[str]:
    """Record versions, and take any label for a state, a kind, a channel and a tier.

    A newer release may write labels that this one does not know.
    """
    yield from _create(tables.version, database)
    if database == "sqlite":  # which cannot drop a constraint
        referring = (tables.suggested_leads, tables.rejections, tables.events)
        yield from _rebuild(tables, [tables.leads, tables.suggestions, *referring])
        return
    for name, checks in {
        "leads": ("valid_channel", "valid_tier"),
        "suggestions": ("valid_state",),
        "events": ("valid_kind",),
    }.items():
        dropped = ", ".join(f"DROP CONSTRAINT IF EXISTS {check}" for check in checks)
        yield f"ALTER TABLE {_table_names(tables, database)[name]} {dropped}"


def _share_by_clients(tables: Tables, database: str) -> Iterator[str]:
    """Add what the campaigns of a client share, and the client of each lead."""
    for table in (tables.clients, tables.client_days, tables.suppressions):
        yield from _create(table, database)
    for table in (tables.releases, tables.client_events):
        yield from _create(table, database)
    if database == "sqlite":  # which cannot add a column only if it is missing
        yield from _rebuild(tables, [tables.leads])
        return
    leads, names = tables.leads, _table_names(tables, database)
    column = render(CreateColumn(leads.c.client_id), database)
    yield f"ALTER TABLE {names['leads']} ADD COLUMN IF NOT EXISTS {column}"
    client_id = _select_client(tables, leads.c.campaign_id)
    yield render(
        update(leads).values(client_id=client_id).where(leads.c.client_id.is_(None)), database
    )
    yield from _create_indexes(leads, database)


def _select_client(tables: Tables, campaign_id: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Return a query of the client of a campaign."""
    own_id, client_id = tables.columns["id"], tables.columns["client_id"]
    assert own_id is not None  # noqa: S101  # each table of campaigns has them
    assert client_id is not None  # noqa: S101  # as above
    return select(client_id).where(own_id == campaign_id).scalar_subquery()


_STEPS: Mapping[int, Callable[[Tables, str], Iterator[str]]] = {
    2: _store_leads_apart,
    3: _drop_vocabularies,
    4: _share_by_clients,
}


# -- Parts of steps -------------------------------------------------------------------------------


def _table_names(tables: Tables, database: str) -> Mapping[str, str]:
    """Return the names of all tables as SQL has them, by the names of their fields."""
    prepare = make_dialect(database).identifier_preparer
    fields: Mapping[str, Any] = asdict(tables, recurse=False)
    return {
        name: prepare.format_table(cast("Any", table))
        for name, table in fields.items()
        if isinstance(table, Table)
    }


def _create(table: Table, database: str) -> Iterator[str]:
    yield render(CreateTable(table, if_not_exists=True), database)
    yield from _create_indexes(table, database)


def _create_indexes(table: Table, database: str) -> Iterator[str]:
    for index in sort_indexes(table):
        yield render(CreateIndex(index, if_not_exists=True), database)


def _rebuild(tables: Tables, rebuilt: Sequence[Table]) -> Iterator[str]:
    """Create tables again as they are defined now, with their rows, in SQLite.

    `rebuilt` has those that refer to one of them, too, and comes in the order of `Tables`: where
    foreign keys are checked, SQLite deletes what refers to the rows of a table that is dropped.
    """
    format_table = make_dialect("sqlite").identifier_preparer.format_table
    client_id = _select_client(tables, literal_column(f"kept_{tables.leads.name}.campaign_id"))
    # Which a lead has from version 4 on.
    derived = {tables.leads.c.client_id: f"({render(client_id.element, 'sqlite')})"}
    for table in rebuilt:
        kept = f"CREATE TEMPORARY TABLE kept_{table.name}"
        yield f"{kept} AS SELECT * FROM {format_table(table)}"  # noqa: S608  # names of ours
    for table in reversed(rebuilt):
        yield f"DROP TABLE {format_table(table)}"
    for table in rebuilt:
        yield from _create(table, "sqlite")
        columns = ", ".join(column.name for column in table.columns)
        values = ", ".join(derived.get(column, column.name) for column in table.columns)
        rows = f"SELECT {values} FROM temp.kept_{table.name}"  # noqa: S608  # as above
        yield f"INSERT INTO {format_table(table)} ({columns}) {rows}"
        yield f"DROP TABLE temp.kept_{table.name}"
