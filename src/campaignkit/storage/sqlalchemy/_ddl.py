"""The tables as SQL, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Column, Dialect, Index, MetaData, Table, Uuid, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from campaignkit.core._checks import is_text, short_repr
from campaignkit.errors import InvalidError
from campaignkit.storage.sqlalchemy._tables import LEDGER_VERSION, PREFIX, define_tables

_DIALECTS: Mapping[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}


def schema(
    dialect: str, *, clients: str | None = None, schema: str | None = None, prefix: str = PREFIX
) -> str:
    """Return the SQL that creates the tables on PostgreSQL or on SQLite, as one script.

    Args:
        dialect: `postgresql` or `sqlite`.
        clients: The column that a campaign's client must be in, such as `clients.id`, of a table
            that is there already. None for no such table.
        schema: The schema of the tables, which must be there already.
        prefix: What the names of the tables begin with, as in `define_tables`.

    Raises:
        InvalidError: a dialect that is neither `postgresql` nor `sqlite`, a column that is not
            named with its table, or what `define_tables` refuses.

    >>> print(schema("postgresql").splitlines()[0])
    CREATE TYPE campaign_status AS ENUM ('draft', 'active', 'paused', 'completed');
    """
    if fault := dialect_error(dialect):
        raise InvalidError([f"dialect {fault}"])
    metadata = MetaData()
    if clients is not None:
        _add_stub(metadata, clients)
    tables = define_tables(metadata, clients=clients, schema=schema, prefix=prefix)
    target = make_dialect(dialect)
    statements: list[ClauseElement] = [
        CreateEnumType(enum)
        for name in ("status", "permission_mode")
        if isinstance(enum := tables.campaigns.c[name].type.dialect_impl(target), ENUM)
    ]
    for table in tables:
        statements.append(CreateTable(table))
        statements += [CreateIndex(index) for index in sort_indexes(table)]
    statements.append(insert(tables.version).values(version=LEDGER_VERSION))
    return join_statements(render(statement, dialect) for statement in statements)


def dialect_error(dialect: object) -> str | None:
    """Say what is wrong with the name of a dialect."""
    if is_text(dialect) and dialect in _DIALECTS:
        return None
    return f"must be one of {', '.join(_DIALECTS)}, not {short_repr(dialect)}"


def make_dialect(name: str) -> Dialect:
    """Return the dialect of this name; it does not escape percent signs."""
    dialect: Dialect = _DIALECTS[name].dialect(paramstyle="named")
    return dialect


def sort_indexes(table: Table) -> Sequence[Index]:
    """Return the indexes of a table, always in the same order."""
    return sorted(table.indexes, key=lambda index: str(index.name))


def render(statement: ClauseElement, dialect: str) -> str:
    """Return a statement as SQL."""
    literal = {} if isinstance(statement, DDLElement) else {"literal_binds": True}
    compiled = statement.compile(dialect=make_dialect(dialect), compile_kwargs=literal)
    return "\n".join(line.rstrip() for line in str(compiled).strip().splitlines())


def join_statements(statements: Iterable[str]) -> str:
    """Return statements as one script."""
    return "\n\n".join(f"{statement};" for statement in statements) + "\n"


def _add_stub(metadata: MetaData, clients: str) -> None:
    table, _, column = clients.rpartition(".") if is_text(clients) else ("", "", "")
    if not table:
        fault = f"must be a column such as 'clients.id', not {short_repr(clients)}"
        raise InvalidError([f"clients {fault}"])
    owner, _, name = table.rpartition(".")
    Table(name, metadata, Column(column, Uuid(), primary_key=True), schema=owner or None)
