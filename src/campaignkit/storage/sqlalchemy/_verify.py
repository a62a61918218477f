"""Compare what a database has with what the library needs, by meaning.

Only the library's own tables are looked at, however many there are beside them. What a host adds
to them is not a difference, unless it keeps the library from its work.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Connection,
    Date,
    DateTime,
    Dialect,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from campaignkit.core._sentences import join_words
from campaignkit.serialization._rows import SHARE_COLUMNS
from campaignkit.storage.sqlalchemy._catalog import (
    Catalog,
    FoundForeignKey,
    FoundTable,
    Names,
    find_checks,
    full_name,
)
from campaignkit.storage.sqlalchemy._codec import CampaignRows
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._tables import (
    LEDGER_VERSION,
    TARGETS,
    AnyColumn,
    Tables,
)
from campaignkit.storage.sqlalchemy._upgrades import read_ledger_version, read_recorded_version

PRIVILEGES: Mapping[str, Names] = {
    "campaigns": ("SELECT", "INSERT", "UPDATE"),
    "progress": ("SELECT", "INSERT", "UPDATE"),
    "days": ("SELECT", "INSERT", "UPDATE"),
    "leads": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "suggestions": ("SELECT", "INSERT", "UPDATE"),
    "suggested_leads": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "rejections": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "version": ("SELECT",),
    "events": ("SELECT", "INSERT"),
    "clients": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "client_days": ("SELECT", "INSERT", "UPDATE"),
    "suppressions": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "releases": ("SELECT", "INSERT", "UPDATE"),
    "client_events": ("SELECT", "INSERT"),
}
"""What the role of a store must be allowed to do, by the names of the tables in `Tables`."""

_NEVER_UPDATED = ("id", "client_id", "created_at")
"""The fields of a campaign that no act changes."""

_MAY_BE_NONE = ("total_lead_limit", "start_date", "end_date", "deleted_at")
"""The fields of a campaign that may be None, which is written as NULL."""


def list_differences(connection: Connection, tables: Tables) -> tuple[str, ...]:
    """Return what the database lacks of what the library needs, a sentence for each."""
    with translate_errors():
        found = Catalog.from_connection(connection, tables)
        compared = (_compare_table(found, tables, table) for table in tables)
        differences = [*chain.from_iterable(compared)]
        if connection.dialect.name == "postgresql":
            differences += _list_missing_privileges(connection, tables, found)
        unreadable = (f"table {found.name(tables.version)}", "may not use the schema")
        if not any(words in one for one in differences for words in unreadable):
            differences += _compare_version(connection, tables)
        elif found.get(tables.version) is None:
            version = read_ledger_version(connection, tables)
            differences += [] if version is None else _list_outdated(f"is of version {version}")
    return tuple(dict.fromkeys(differences))


# -- Comparing a table ----------------------------------------------------------------------------


def _compare_table(found: Catalog, tables: Tables, table: Table) -> Iterator[str]:
    own, name = found.get(table), found.name(table)
    if own is None:
        yield f"table {name} is missing"
        return
    is_hosts = table is tables.campaigns and tables.is_adopted
    if is_hosts:
        yield from _compare_adopted(found, tables, own)
        return
    for column in table.columns:
        yield from _compare_column(found, name, own, column)
    if table is tables.campaigns:
        yield from _compare_labels(found, tables, own)
    else:
        yield from _compare_defaults(name, table, own)
        yield from _list_strange_columns(name, table, own)
    yield from _compare_keys(name, table, own)
    yield from _compare_checks(found, name, table, own)


def _compare_adopted(found: Catalog, tables: Tables, own: FoundTable) -> Iterator[str]:
    """Compare a host's table: it needs the mapped columns only, whatever else it has."""
    name = found.name(tables.campaigns)
    for field_name, column in tables.columns.items():
        if column is None:
            continue
        place = f"column {name}.{column.name}"
        if column.name not in own.columns:
            yield f"{place} is missing"
            continue
        if fault := _declaration_fault(field_name, column, found.dialect):
            yield f"{place} {fault}"
        yield from _compare_type(found, place, own, column)
        writes_null = field_name in _MAY_BE_NONE and None not in tables.values.get(field_name, ())
        if writes_null and not own.columns[column.name]["nullable"]:
            yield f"{place} must allow NULL"
    own_id = tables.columns["id"]
    if own_id is not None and (own_id.name,) not in own.keys:
        yield f"table {name} has no unique key ({own_id.name})"
    yield from _compare_labels(found, tables, own)


_DECLARATIONS: Mapping[str, tuple[str, tuple[type[TypeEngine[Any]], ...]]] = {
    **dict.fromkeys(("id", "client_id"), ("UUIDs", (Uuid, String))),
    **dict.fromkeys(("name", "status", "permission_mode"), ("text", (String,))),
    **dict.fromkeys(TARGETS, ("lists of texts", (ARRAY, JSON))),
    **dict.fromkeys(
        (*SHARE_COLUMNS, "daily_lead_limit", "total_lead_limit"),
        ("whole numbers", (Integer, Numeric)),
    ),
    **dict.fromkeys(("start_date", "end_date"), ("days", (Date,))),
    **dict.fromkeys(("created_at", "updated_at", "deleted_at"), ("times", (DateTime,))),
}
"""What the columns of a host's table must hold, and the types that do."""


def _declaration_fault(name: str, column: AnyColumn, dialect: Dialect) -> str | None:
    """Return what is wrong with the type that a host gives a column of its table."""
    what, kinds = _DECLARATIONS[name]
    kind = column.type
    # A decorator of the host's converts as it likes.
    if isinstance(kind, (NullType, TypeDecorator)) or isinstance(kind.dialect_impl(dialect), kinds):
        return None
    return None if isinstance(kind, kinds) else f"must hold {what}, not {kind!r}"


def _compare_column(found: Catalog, name: str, own: FoundTable, column: AnyColumn) -> Iterator[str]:
    place = f"column {name}.{column.name}"
    there = own.columns.get(column.name)
    if there is None:
        yield f"{place} is missing"
        return
    yield from _compare_type(found, place, own, column)
    if column.nullable and not there["nullable"]:
        yield f"{place} must allow NULL"
    is_key = any(column.name in key for key in own.keys) and column.primary_key
    if not column.nullable and there["nullable"] and not is_key:
        yield f"{place} must be NOT NULL"


def _compare_defaults(name: str, table: Table, own: FoundTable) -> Iterator[str]:
    """Compare defaults, of which the first row of a campaign's progress is made."""
    for column in table.columns:
        wanted, there = getattr(column.server_default, "arg", None), own.columns.get(column.name)
        if wanted is None or there is None:
            continue
        default = there.get("default")
        if default is None or _normalise(default) != _normalise(str(wanted)):
            yield f"column {name}.{column.name} must have the default {wanted}"


def _list_strange_columns(name: str, table: Table, own: FoundTable) -> Iterator[str]:
    for column in own.columns.values():
        is_filled = column.get("default") or column.get("computed") or column.get("identity")
        if column["name"] not in table.c and not column["nullable"] and not is_filled:
            yield f"column {name}.{column['name']} must allow NULL or have a default"


def _compare_keys(name: str, table: Table, own: FoundTable) -> Iterator[str]:
    primary = tuple(column.name for column in table.primary_key.columns)
    if not any(set(key) == set(primary) for key in own.keys):
        yield f"table {name} has no primary key ({', '.join(primary)})"
    orders = [*own.indexes, *own.keys]
    needed = [primary, *(tuple(index.columns.keys()) for index in table.indexes)]
    for columns in sorted(needed, key=lambda columns: (len(columns), columns)):
        if not any(order[: len(columns)] == columns for order in orders):
            yield f"table {name} has no index that begins with ({', '.join(columns)})"
    for key in sorted(table.foreign_key_constraints, key=lambda key: tuple(key.column_keys)):
        wanted = _wanted_key(key)
        if not any(_is_such_key(there, wanted) for there in own.foreign_keys):
            target = f"{wanted.target} ({', '.join(wanted.target_columns)})"
            ending = f" ON DELETE {wanted.on_delete}" if wanted.on_delete else ""
            own_columns = ", ".join(wanted.columns)
            yield f"table {name} has no foreign key ({own_columns}) to {target}{ending}"


def _wanted_key(key: Any) -> FoundForeignKey:  # noqa: ANN401  # its type is generic in SQLAlchemy 2.1
    targets = [element.target_fullname.rpartition(".") for element in key.elements]
    columns = tuple(target for _, _, target in targets)
    return FoundForeignKey(tuple(key.column_keys), targets[0][0], columns, key.ondelete)


def _is_such_key(there: FoundForeignKey, wanted: FoundForeignKey) -> bool:
    # A schema that is the default one may be named or not.
    targets = there.target.rpartition("."), wanted.target.rpartition(".")
    schemas = {schema for schema, _, _ in targets} - {""}
    is_same_table = targets[0][2] == targets[1][2] and len(schemas) < len(targets)
    is_same = (there.columns, there.target_columns) == (wanted.columns, wanted.target_columns)
    return is_same and is_same_table and wanted.on_delete in {None, there.on_delete}


# -- Types and labels -----------------------------------------------------------------------------


def _compare_type(found: Catalog, place: str, own: FoundTable, column: AnyColumn) -> Iterator[str]:
    wanted, there = column.type, own.columns[column.name]
    if there.get("computed") or there.get("identity", {}).get("always"):
        yield f"{place} must not be generated, because it is written"
    if isinstance(wanted, NullType):
        return
    shown, given = _render_type(wanted, found.dialect), _render_type(there["type"], found.dialect)
    fits = _affinities_fit if found.dialect.name == "sqlite" else _types_fit
    if not fits(shown, given):
        yield f"{place} must be {shown}, not {given or 'of no type'}"
    collation = getattr(wanted.dialect_impl(found.dialect), "collation", None)
    if collation == "C" and own.collations.get(column.name, "C") not in _BY_CODE_POINT:
        yield f"{place} must have the collation C, not {own.collations[column.name]}"


_BY_CODE_POINT = ("C", "POSIX", "C.UTF-8", "C.utf8", "ucs_basic", "pg_c_utf8")


def _render_type(kind: TypeEngine[Any], dialect: Dialect) -> str:
    """Return a type as SQL without irrelevant details; an empty text for an unknown type."""
    if isinstance(kind, postgresql.DOMAIN):
        kind = kind.data_type
    try:
        shown = dialect.type_compiler_instance.process(kind)
    except CompileError:
        return ""
    shown = re.sub(r" COLLATE .*", "", shown)
    return _SAME_TYPES.get(shown, shown)


_SAME_TYPES: Mapping[str, str] = {
    "VARCHAR": "TEXT",
    "VARCHAR[]": "TEXT[]",
    "FLOAT": "DOUBLE PRECISION",
    "FLOAT(53)": "DOUBLE PRECISION",
    "TIMESTAMP(6) WITH TIME ZONE": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP(6) WITHOUT TIME ZONE": "TIMESTAMP WITHOUT TIME ZONE",
}
"""Types of PostgreSQL that hold the same."""

_WIDER: Mapping[str, Names] = {
    "SMALLINT": ("INTEGER", "BIGINT"),
    "INTEGER": ("BIGINT",),
    "JSON": ("JSONB",),
    "TEXT": ("CITEXT",),
}
"""Types of PostgreSQL that hold more, and are written and read alike."""


def _types_fit(wanted: str, given: str) -> bool:
    """Tell whether a type of PostgreSQL holds what another does."""
    if wanted == given or given in _WIDER.get(wanted, ()):
        return True
    limits = [re.fullmatch(r"VARCHAR\((\d+)\)", kind) for kind in (wanted, given)]
    if limits[0] and given in {"TEXT", "CITEXT"}:
        return True
    if limits[0] and limits[1]:
        return int(limits[1][1]) >= int(limits[0][1])
    # Of an enum type only the name: a schema may be the default one.
    return wanted.rpartition(".")[2] == given.rpartition(".")[2]


_TAKEN: Mapping[str, Collection[str]] = {
    "TEXT": ("TEXT", "BLOB"),
    "INTEGER": ("INTEGER", "NUMERIC", "BLOB"),
    "REAL": ("REAL", "NUMERIC", "INTEGER", "BLOB"),
    "NUMERIC": ("NUMERIC", "TEXT", "BLOB"),
}
"""The affinities of SQLite that leave a value as it is, by that of its type."""


def _affinities_fit(wanted: str, given: str) -> bool:
    return _find_affinity(given) in _TAKEN[_find_affinity(wanted)]


def _find_affinity(kind: str) -> str:
    """Return the affinity of a type, by the rules of https://sqlite.org/datatype3.html."""
    for parts, affinity in _AFFINITIES.items():
        if any(part in kind.upper() for part in parts):
            return affinity
    return "NUMERIC" if kind else "BLOB"


_AFFINITIES: Mapping[Names, str] = {
    ("INT",): "INTEGER",
    ("CHAR", "CLOB", "TEXT"): "TEXT",
    ("BLOB",): "BLOB",
    ("REAL", "FLOA", "DOUB"): "REAL",
}


def _compare_labels(found: Catalog, tables: Tables, own: FoundTable) -> Iterator[str]:
    """Compare the labels of the enum types of PostgreSQL with those that are read and written."""
    rows = CampaignRows(tables)
    for name in ("status", "permission_mode"):
        column = tables.columns[name]
        there = None if column is None else own.columns.get(column.name)
        if column is None or there is None or not isinstance(there["type"], postgresql.ENUM):
            continue
        convert = column.type.dialect_impl(found.dialect).bind_processor(found.dialect)
        labels = [str(convert(label) if convert else label) for label in rows.list_all_labels(name)]
        if missing := [label for label in labels if label not in there["type"].enums]:
            yield f"type {there['type'].name} has no label {join_words(missing)}"


# -- CHECK constraints ----------------------------------------------------------------------------


def _compare_checks(found: Catalog, name: str, table: Table, own: FoundTable) -> Iterator[str]:
    """Compare conditions, however they are spread over constraints and whatever those are called.

    What is wanted is read from the statement that would create the table.
    """
    created = CreateTable(table, include_foreign_key_constraints=[])
    wanted = find_checks(str(created.compile(dialect=found.dialect)))
    there = _split_conditions(own.checks)
    for condition in _split_conditions(wanted):
        if condition not in there and not _is_wider(condition, there):
            yield f"table {name} has no CHECK ({condition})"


def _split_conditions(checks: Iterable[str]) -> dict[str, None]:
    """Return the parts of conditions that AND joins, in the same form for each database."""
    parts = [part for check in checks for part in _normalise(check).split(" AND ")]
    return dict.fromkeys(parts)


_KEYWORDS = re.compile(
    r"\b(and|between|case|else|end|false|glob|in|is|not|null|or|then|when)\b", re.IGNORECASE
)


def _normalise(condition: str) -> str:
    # SQLite keeps a condition as it was written.
    plain = _KEYWORDS.sub(lambda found: found[0].upper(), condition)
    plain = re.sub(r"\s*([<>=!]+|\+)\s*", r" \1 ", " ".join(plain.split()))
    plain = re.sub(r"::(double precision|character varying|\w+)(\[\])?", "", plain)
    plain = re.sub(r"(\w+) BETWEEN (\S+) AND (\S+)", r"\1 >= \2 AND \1 <= \3", plain)
    plain = re.sub(r"(\w+)\s*= ANY\s*\(+ARRAY\[(.*?)\]\)+", r"\1 IN \2", plain)
    return " ".join(re.sub(r"[()\"`\[\]]", " ", plain).split())


def _is_wider(condition: str, there: Iterable[str]) -> bool:
    """Tell whether a list of labels is permitted by one that has more."""
    column, labels = _read_list(condition)
    return bool(labels) and any(
        column == other and labels <= more for other, more in map(_read_list, there)
    )


def _read_list(condition: str) -> tuple[str, set[str]]:
    column, _, labels = condition.partition(" IN ")
    return column, set(re.findall(r"'((?:[^']|'')*)'", labels))


# -- The version of the ledger ---------------------------------------------------------------------


def _compare_version(connection: Connection, tables: Tables) -> Iterator[str]:
    version = read_recorded_version(connection, tables)
    if version is None or version < LEDGER_VERSION:
        yield from _list_outdated(
            "records no version" if version is None else f"is of version {version}"
        )


def _list_outdated(given: str) -> Iterator[str]:
    wanted = f"this release needs version {LEDGER_VERSION}"
    yield f"the ledger {given}, and {wanted}: call upgrade_ledger"


# -- What the role may do -------------------------------------------------------------------------


def _list_missing_privileges(
    connection: Connection, tables: Tables, found: Catalog
) -> Iterator[str]:
    """Say what the role of a connection to PostgreSQL may not do, by privileges or by policies."""
    needed = [
        (found.schemas[table], table.name, column, privilege)
        for table in tables
        if (own := found.get(table)) is not None
        for column, privilege in _list_needs(tables, table)
        if column is None or column in own.columns
    ]
    if not needed:
        return
    keys = ("schemas", "tables", "columns", "privileges")
    given = {key: list(values) for key, values in zip(keys, zip(*needed, strict=True), strict=True)}
    denied: dict[str, list[str]] = {}
    for role, schema, name, column, privilege, is_open, may, is_hidden in connection.execute(
        _ACCESS, given
    ):
        place = full_name(schema, name)
        if not is_open:
            yield f"role {role} may not use the schema {schema or 'of ' + name}"
        elif not may:
            denied.setdefault(f"role {role} may not {privilege} {{}}table {place}", []).append(
                column or ""
            )
        elif is_hidden:
            yield f"row-level security of table {place} does not let role {role} {privilege}"
    for sentence, columns in denied.items():
        named = [column for column in columns if column]
        yield sentence.format(f"{join_words(named)} of " if named else "")


def _list_needs(tables: Tables, table: Table) -> Iterator[tuple[str | None, str]]:
    privileges = next(
        needed for name, needed in PRIVILEGES.items() if getattr(tables, name) is table
    )
    for privilege in privileges:
        if table is not tables.campaigns or privilege == "DELETE":
            yield None, privilege
            continue
        for name, column in tables.columns.items():
            if column is not None and not (privilege == "UPDATE" and name in _NEVER_UPDATED):
                yield column.name, privilege


_ACCESS = text("""
    SELECT current_user, w.schema_name, w.table_name, w.column_name, w.privilege,
        has_schema_privilege(n.oid, 'USAGE'),
        CASE WHEN w.column_name IS NULL THEN has_table_privilege(c.oid, w.privilege)
            ELSE has_column_privilege(c.oid, w.column_name, w.privilege) END,
        row_security_active(c.oid) AND NOT EXISTS (
            SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
            AND p.polcmd IN ('*', CASE w.privilege
                WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w' ELSE 'd' END)
            AND EXISTS (
                SELECT FROM unnest(p.polroles) r
                WHERE CASE r WHEN 0 THEN true ELSE pg_has_role(r, 'USAGE') END
            )
        )
    FROM unnest(:schemas, :tables, :columns, :privileges) WITH ORDINALITY
        AS w (schema_name, table_name, column_name, privilege, place)
    JOIN pg_class c ON c.relname = w.table_name
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE CASE WHEN w.schema_name IS NULL THEN pg_table_is_visible(c.oid)
        ELSE n.nspname = w.schema_name END
    ORDER BY w.place
""").bindparams(
    *(
        bindparam(name, type_=ARRAY(Text()))
        for name in ("schemas", "tables", "columns", "privileges")
    )
)
