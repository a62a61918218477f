"""The library's tables as a database has them, however many others there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from attrs import field, frozen
from sqlalchemy import ARRAY, Connection, Dialect, Table, Text, bindparam, inspect, text
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import Inspector, ObjectKind

from campaignkit.storage.sqlalchemy._tables import Tables

Names: TypeAlias = tuple[str, ...]


@frozen
class FoundForeignKey:
    """A foreign key; `target` is the full name of a table."""

    columns: Names
    target: str
    target_columns: Names
    on_delete: str | None


@frozen
class FoundTable:
    """A table as it is. `keys` has the columns of its unique keys, `indexes` of all its indexes.

    `checks` has the conditions of its CHECK constraints. Indexes that are partial or on expressions
    are left out.
    """

    columns: Mapping[str, ReflectedColumn]
    keys: list[Names] = field(factory=list[Names])
    indexes: list[Names] = field(factory=list[Names])
    foreign_keys: list[FoundForeignKey] = field(factory=list[FoundForeignKey])
    checks: list[str] = field(factory=list[str])
    collations: dict[str, str] = field(factory=dict[str, str])


@frozen
class Catalog:
    """The tables that there are, by their full names, and the schema of each that is needed."""

    dialect: Dialect
    tables: Mapping[str, FoundTable]
    schemas: Mapping[Table, str | None]

    @classmethod
    def from_connection(cls, connection: Connection, tables: Tables) -> Catalog:
        """Read what a database has of these tables."""
        schemas = {table: connection.schema_for_object(table) for table in tables}
        inspector = inspect(connection)
        found: dict[str, FoundTable] = {}
        for schema in dict.fromkeys(schemas.values()):
            names = [table.name for table in tables if schemas[table] == schema]
            own = _read_tables(inspector, schema, names)
            if not own:
                continue  # to ask for no names would be to ask for all tables
            _read_foreign_keys(inspector, schema, own)
            if connection.dialect.name == "postgresql":
                _read_postgresql(connection, inspector, schema, own)
            else:
                _read_sqlite(connection, schema, own)
            found |= {full_name(schema, name): table for name, table in own.items()}
        return cls(connection.dialect, found, schemas)

    def name(self, table: Table) -> str:
        """Return the full name of a table."""
        return full_name(self.schemas[table], table.name)

    def get(self, table: Table) -> FoundTable | None:
        """Return a table as it is, or None if it is missing."""
        return self.tables.get(self.name(table))


def full_name(schema: str | None, name: str) -> str:
    """Return the name of a table with its schema, if it has one."""
    return name if schema is None else f"{schema}.{name}"


def find_checks(sql: str) -> list[str]:
    """Return the conditions of the CHECK constraints in a CREATE TABLE."""
    checks: list[str] = []
    for match in re.finditer(r"\bCHECK\s*\(", sql, re.IGNORECASE):
        depth, end, is_quoted = 1, match.end(), False
        while depth and end < len(sql):
            is_quoted ^= sql[end] == "'"
            depth += 0 if is_quoted else {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        checks.append(sql[match.end() : end - 1])
    return checks


def _reflection_options(schema: str | None, names: Sequence[str]) -> Mapping[str, Any]:
    return {"schema": schema, "filter_names": list(names), "kind": ObjectKind.ANY}


def _read_tables(
    inspector: Inspector, schema: str | None, names: Sequence[str]
) -> dict[str, FoundTable]:
    options = _reflection_options(schema, names)
    found = {
        key[1]: FoundTable({column["name"]: column for column in columns})
        for key, columns in inspector.get_multi_columns(**options).items()
    }
    if not found:
        return found
    for (_, name), key in inspector.get_multi_pk_constraint(**options).items():
        if columns := tuple(key["constrained_columns"]) if key else ():
            found[name].keys.append(columns)
    for (_, name), keys in inspector.get_multi_unique_constraints(**options).items():
        found[name].keys.extend(tuple(key["column_names"]) for key in keys)
    for (_, name), indexes in inspector.get_multi_indexes(**options).items():
        for index in indexes:
            own = tuple(index["column_names"])
            if None in own or _is_partial(index):
                continue
            found[name].indexes.append(cast("Names", own))
            if index["unique"]:
                found[name].keys.append(cast("Names", own))
    return found


def _is_partial(index: Any) -> bool:  # noqa: ANN401  # as SQLAlchemy reflects it
    options = index.get("dialect_options", {})
    return any(options.get(f"{dialect}_where") is not None for dialect in ("postgresql", "sqlite"))


def _read_foreign_keys(
    inspector: Inspector, schema: str | None, found: Mapping[str, FoundTable]
) -> None:
    options = _reflection_options(schema, [*found])
    for (_, name), keys in inspector.get_multi_foreign_keys(**options).items():
        found[name].foreign_keys.extend(
            FoundForeignKey(
                tuple(key["constrained_columns"]),
                full_name(key["referred_schema"], key["referred_table"]),
                tuple(key["referred_columns"]),
                key.get("options", {}).get("ondelete"),
            )
            for key in keys
        )


def _read_postgresql(
    connection: Connection,
    inspector: Inspector,
    schema: str | None,
    found: Mapping[str, FoundTable],
) -> None:
    options = _reflection_options(schema, [*found])
    for (_, name), checks in inspector.get_multi_check_constraints(**options).items():
        found[name].checks.extend(check["sqltext"] for check in checks)
    given = {"schema": schema, "names": [*found]}
    for name, column, collation in connection.execute(_COLLATIONS, given):
        found[name].collations[column] = collation


def _read_sqlite(
    connection: Connection, schema: str | None, found: Mapping[str, FoundTable]
) -> None:
    # SQLAlchemy does not read each CHECK that SQLite can have.
    master = connection.dialect.identifier_preparer.quote(schema or "main")
    for name, sql in connection.exec_driver_sql(
        f"SELECT name, sql FROM {master}.sqlite_master WHERE type = 'table'"  # noqa: S608  # quoted
    ):
        if name in found:
            found[name].checks.extend(find_checks(sql))


_COLLATIONS = text("""
    SELECT c.relname, a.attname,
        CASE o.collname WHEN 'default' THEN d.datcollate
            ELSE coalesce(o.collcollate, o.collname) END
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    JOIN pg_collation o ON o.oid = a.attcollation
    JOIN pg_database d ON d.datname = current_database()
    WHERE c.relname = ANY (:names)
    AND CASE WHEN :schema IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = :schema END
""").bindparams(bindparam("schema", type_=Text()), bindparam("names", type_=ARRAY(Text())))
