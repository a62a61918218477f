"""The tables as SQL, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Dialect, Index, MetaData, Table, Uuid
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from campaignkit.core._checks import is_text, short_repr
from campaignkit.errors import InvalidError
from campaignkit.storage.sqlalchemy._tables import PREFIX, define_tables

_DIALECTS: Mapping[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}


def schema(
    dialect: str, *, clients: str | None = None, schema: str | None = None, prefix: str = PREFIX
) -> str:
    """Return the SQL that creates the tables on PostgreSQL or on SQLite, as one script.

    `clients` is the column that a campaign's client must be in, such as `clients.id`, of a table
    that is there already; None for no such table. `schema` and `prefix` name the tables as in
    `define_tables`; the schema must be there already.

    Raises:
        InvalidError: a dialect that is neither `postgresql` nor `sqlite`, a column that is not
            named with its table, or what `define_tables` refuses.

    >>> print(schema("postgresql").splitlines()[0])
    CREATE TYPE campaign_status AS ENUM ('draft', 'active', 'paused', 'completed');
    """
    if not is_text(dialect) or dialect not in _DIALECTS:
        raise InvalidError(
            [f"dialect must be one of {', '.join(_DIALECTS)}, not {short_repr(dialect)}"]
        )
    target: Dialect = _DIALECTS[dialect].dialect()
    metadata = MetaData()
    if clients is not None:
        _add_stub(metadata, clients)
    tables = define_tables(metadata, clients=clients, schema=schema, prefix=prefix)
    statements: list[ExecutableDDLElement] = [
        CreateEnumType(enum)
        for name in ("status", "permission_mode")
        if isinstance(enum := tables.campaigns.c[name].type.dialect_impl(target), ENUM)
    ]
    for table in tables:
        statements.append(CreateTable(table))
        statements += [CreateIndex(index) for index in sorted(table.indexes, key=_name)]
    return "\n\n".join(_text(statement, target) for statement in statements) + "\n"


def _name(index: Index) -> str:
    return str(index.name)


def _text(statement: ExecutableDDLElement, dialect: Dialect) -> str:
    lines = str(statement.compile(dialect=dialect)).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines) + ";"


def _add_stub(metadata: MetaData, clients: str) -> None:
    table, _, column = clients.rpartition(".") if is_text(clients) else ("", "", "")
    if not table:
        fault = f"must be a column such as 'clients.id', not {short_repr(clients)}"
        raise InvalidError([f"clients {fault}"])
    owner, _, name = table.rpartition(".")
    Table(name, metadata, Column(column, Uuid(), primary_key=True), schema=owner or None)
