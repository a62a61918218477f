"""The tables: that of campaigns, defined here or a host's own, and the library's ledger.

The ledger has what campaigns have done, what was suggested for them, and their history.

`ROW_FIELDS` has the columns of a campaign. A table that is defined here is stricter than what reads
it: it has a value wherever the domain needs one. SQLite gets checks of its own for what PostgreSQL
refuses by its types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeAlias, cast

from attrs import frozen
from sqlalchemy import (
    ARRAY,
    JSON,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import SchemaItem, conv
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.core._checks import check_kinds, kind_error, short_repr, text_error
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._allocation import DEFAULT_ALLOCATION
from campaignkit.domain._campaign import DEFAULT_DAILY_LEAD_LIMIT, CampaignStatus
from campaignkit.domain._events import EventKind
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE, ALSTier
from campaignkit.domain._permissions import PermissionMode
from campaignkit.domain._suggestions import SuggestionState
from campaignkit.errors import InvalidError
from campaignkit.serialization._rows import ROW_FIELDS, SHARE_COLUMNS
from campaignkit.targeting.sql._clause import to_column

AnyColumn: TypeAlias = Column[Any]

CARRIED_COLUMNS: Mapping[str, Channel] = FrozenMap(
    {f"{channel}_carried": channel for channel in CHANNELS}
)
"""The columns of the carried counts, in canonical order, each with the channel it counts."""

TARGETS = tuple(name for name in ROW_FIELDS if name.startswith("target_"))

_SCORE: TypeEngine[float] = Double()
_PLAIN = JSON().with_variant(JSONB(), "postgresql")
_INTEGER_COLUMNS = (*SHARE_COLUMNS, "daily_lead_limit", "total_lead_limit")
_TIME_COLUMNS = ("created_at", "updated_at", "deleted_at")

LEDGER_TABLES = (
    *("campaign_progress", "campaign_days", "campaign_leads"),
    *("campaign_suggestions", "campaign_suggested_leads", "campaign_rejections"),
    "campaign_events",
)
"""The names of the library's tables beside that of campaigns."""

_REQUIRED = ("id", "client_id", "name", "status")


@frozen(eq=False)
class Tables:
    """The tables that a store works on; they iterate in an order in which they can be created.

    `columns` has, for each name in `ROW_FIELDS`, the column of `campaigns` that holds it, or None
    where a host's table has none.
    """

    campaigns: Table
    progress: Table
    days: Table
    leads: Table
    suggestions: Table
    suggested_leads: Table
    rejections: Table
    events: Table
    columns: Mapping[str, AnyColumn | None]

    def __iter__(self) -> Iterator[Table]:
        return iter(
            (
                *(self.campaigns, self.progress, self.days, self.leads),
                *(self.suggestions, self.suggested_leads, self.rejections, self.events),
            )
        )


def define_tables(
    metadata: MetaData, *, clients: str | AnyColumn | None = "clients.id", schema: str | None = None
) -> Tables:
    """Add the tables to a host's MetaData, and return them; nothing is created in a database.

    `clients` is the column, or its name, that a campaign's client must be in; None for no such
    table. `schema` is that of all our tables and enum types, by default the MetaData's own.

    Raises:
        InvalidError: an argument of another kind, or a MetaData that has a table of our names.

    >>> tables = define_tables(MetaData(), clients=None)
    >>> [table.name for table in tables][:4]
    ['campaigns', 'campaign_progress', 'campaign_days', 'campaign_leads']
    >>> [table.name for table in tables][4:]
    ['campaign_suggestions', 'campaign_suggested_leads', 'campaign_rejections', 'campaign_events']
    """
    check_kinds(InvalidError, metadata=(metadata, MetaData))
    if schema is not None and (fault := text_error(schema)):
        raise InvalidError([f"schema {fault}"])
    _check_free(metadata, schema, ("campaigns", *LEDGER_TABLES))
    client_id = _client_column(metadata, clients)
    campaigns = Table(
        "campaigns",
        metadata,
        Column("id", Uuid(), primary_key=True, server_default=_NewId()),
        client_id,
        Column("name", Text(), nullable=False),
        _enum(metadata, schema, "status", "campaign_status", CampaignStatus.DRAFT),
        _enum(metadata, schema, "permission_mode", "permission_mode", PermissionMode.CO_PILOT),
        *(Column(name, ARRAY(Text()).with_variant(JSON(), "sqlite")) for name in TARGETS),
        *(
            _count_column(name, default=share)
            for name, share in zip(SHARE_COLUMNS, DEFAULT_ALLOCATION.shares, strict=True)
        ),
        _count_column("daily_lead_limit", default=DEFAULT_DAILY_LEAD_LIMIT),
        Column("total_lead_limit", Integer()),
        Column("start_date", Date()),
        Column("end_date", Date()),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("deleted_at", DateTime(timezone=True)),
        _check_constraint("valid_allocation", f"{' + '.join(SHARE_COLUMNS)} = 100"),
        _check_constraint(
            "valid_shares", _all(f"{share} BETWEEN 0 AND 100" for share in SHARE_COLUMNS)
        ),
        _check_constraint("valid_limits", "daily_lead_limit > 0 AND total_lead_limit > 0"),
        _check_constraint("valid_dates", "end_date >= start_date"),
        _sqlite_check("valid_targets", _all(map(_is_array, TARGETS))),
        _sqlite_check("valid_ids", _all(map(_is_uuid, _uuids("id", client_id=client_id)))),
        _sqlite_check("valid_integers", _all(map(_is_integer, _INTEGER_COLUMNS))),
        _sqlite_check("valid_days", _all(map(_is_day, ("start_date", "end_date")))),
        _sqlite_check("valid_times", _all(map(_is_time, _TIME_COLUMNS))),
        Index("idx_campaigns_client", "client_id"),
        Index("idx_campaigns_status", "status"),
        # Any page of a client's campaigns by id.
        Index("idx_campaigns_client_page", "client_id", "id"),
        # A page of all clients' campaigns that are running.
        Index("idx_campaigns_status_page", "status", "id"),
        schema=schema,
    )
    return _with_ledger(campaigns, {name: campaigns.c[name] for name in ROW_FIELDS})


def adopt_table(table: Table, columns: Mapping[str, str | None] | None = None) -> Tables:
    """Use a host's own table of campaigns, and add our ledger to its MetaData beside it.

    `columns` tells, for names in `ROW_FIELDS`, how the table calls them, or None where it has no
    such column; the others are called as they are, or missing. A missing share is 0; whatever
    else is missing is what NULL would be. Columns are read and written through their own types.

    Raises:
        InvalidError: a name or a column that there is not, one column for two names, or no column
            for the id, the client, the name, the status or any share; all that is wrong. Or an
            argument of another kind, or a MetaData that has a table of our names.

    >>> table = Table("campaigns", MetaData(), *(Column(name) for name in ROW_FIELDS))
    >>> adopt_table(table).columns["daily_lead_limit"].name
    'daily_lead_limit'
    """
    check_kinds(InvalidError, table=(table, Table), columns=(columns, (Mapping, type(None))))
    given: Mapping[str, str | None] = {} if columns is None else columns
    if faults := [
        f"columns[{name!r}] {fault}"
        for name, own in given.items()
        if name in ROW_FIELDS and (fault := kind_error(own, (str, type(None))))
    ]:
        raise InvalidError(faults)
    _check_free(table.metadata, table.schema, LEDGER_TABLES)
    names = {name: given.get(name, name if name in table.c else None) for name in ROW_FIELDS}
    if faults := list(_adoption_faults(table, given, names)):
        raise InvalidError(faults)
    return _with_ledger(
        table, {name: None if own is None else table.c[own] for name, own in names.items()}
    )


def _check_free(metadata: MetaData, schema: str | None, names: Iterable[str]) -> None:
    """Refuse a MetaData that has tables of these names, before anything is added to it."""
    keys = [".".join(filter(None, (schema or metadata.schema, name))) for name in names]
    if taken := [key for key in keys if key in metadata.tables]:
        raise InvalidError(
            [f"metadata must not have tables of our names, but has {', '.join(taken)}"]
        )


def _adoption_faults(
    table: Table, given: Mapping[str, str | None], names: Mapping[str, str | None]
) -> Iterable[str]:
    known = ", ".join(ROW_FIELDS)
    for name, own in given.items():
        if name not in ROW_FIELDS:
            strange = short_repr(name)
            yield f"columns names {strange}, which a campaign does not have; it has {known}"
        elif own is not None and own not in table.c:
            yield f"table {table.name} has no column {short_repr(own)} for {name}"
    used = [own for own in names.values() if own is not None]
    for own in dict.fromkeys(own for own in used if used.count(own) > 1):
        yield f"column {own} stands for {' and '.join(n for n, o in names.items() if o == own)}"
    for name in _REQUIRED:
        if names[name] is None:
            yield f"table {table.name} must have a column for {name}"
    if all(names[share] is None for share in SHARE_COLUMNS):
        yield f"table {table.name} must have a column for some of {', '.join(SHARE_COLUMNS)}"


def _with_ledger(campaigns: Table, columns: Mapping[str, AnyColumn | None]) -> Tables:
    campaign_id = columns["id"]
    assert campaign_id is not None  # noqa: S101  # `define_tables` has it, `adopt_table` asks for it

    def key(*, primary: bool = True) -> AnyColumn:
        # The library deletes softly. A host that deletes a row does not know the ledger.
        reference = ForeignKey(campaign_id, ondelete="CASCADE")
        return Column(
            "campaign_id", campaign_id.type, reference, primary_key=primary, nullable=False
        )

    metadata, schema = campaigns.metadata, campaigns.schema
    progress = Table(
        "campaign_progress",
        metadata,
        key(),
        _count_column("admitted_total"),
        *(_count_column(name) for name in CARRIED_COLUMNS),
        # The shares that the carried counts belong to; none before the first intake.
        *(Column(name, Integer()) for name in SHARE_COLUMNS),
        _count_column("epoch"),
        _check_constraint(
            "valid_counts", _all(f"{n} >= 0" for n in ("admitted_total", *CARRIED_COLUMNS, "epoch"))
        ),
        schema=schema,
        sqlite_with_rowid=False,
    )
    days = Table(
        "campaign_days",
        metadata,
        key(),
        Column("day", Date(), primary_key=True),
        _count_column("admitted"),
        _check_constraint("valid_counts", "admitted >= 0"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    # Ordered by code points, as SQLite does anyway.
    by_code_point = Text().with_variant(Text(collation="C"), "postgresql")
    leads = Table(
        "campaign_leads",
        metadata,
        key(),
        Column("lead_id", by_code_point, primary_key=True),
        Column("channel", Text(), nullable=False),
        Column("tier", Text(), nullable=False),
        Column("als_score", _SCORE, nullable=False),
        Column("day", Date(), nullable=False),
        Column("epoch", Integer(), nullable=False),
        _check_constraint("valid_channel", _is_member("channel", Channel)),
        _check_constraint("valid_tier", _is_member("tier", ALSTier)),
        _check_constraint("valid_score", f"als_score BETWEEN {LOWEST_SCORE} AND {TOP_SCORE}"),
        _check_constraint("valid_epoch", "epoch >= 0"),
        # A page of the leads of one day.
        Index("idx_campaign_leads_day", "campaign_id", "day", "lead_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    suggestions = Table(
        "campaign_suggestions",
        metadata,
        Column("id", Uuid(), primary_key=True),
        key(primary=False),
        Column("state", Text(), nullable=False),
        Column("digest", Text(), nullable=False),
        Column("suggestion", _PLAIN, nullable=False),
        _check_constraint("valid_state", _is_member("state", SuggestionState)),
        _sqlite_check("valid_id", _is_uuid("id")),
        _sqlite_check("valid_suggestion", _is_object("suggestion")),
        # A page of a campaign's suggestions; and what is pending.
        Index("idx_campaign_suggestions_page", "campaign_id", "id"),
        Index("idx_campaign_suggestions_state", "campaign_id", "state", "id"),
        # The suggestions of equal commands.
        Index("idx_campaign_suggestions_digest", "campaign_id", "digest"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    # Apart, so that lists of suggestions and decisions on them do not touch their leads.
    suggested_leads = Table(
        "campaign_suggested_leads",
        metadata,
        Column("suggestion_id", Uuid(), ForeignKey(suggestions.c.id, ondelete="CASCADE")),
        Column("lead_id", by_code_point),
        key(primary=False),
        Column("revision", Integer(), nullable=False),
        Column("als_score", _SCORE),
        # The channels, separated by spaces; NULL stands for all.
        Column("reachable", Text()),
        # Why the lead was left out; NULL for one that was not.
        Column("reason", Text()),
        PrimaryKeyConstraint("suggestion_id", "lead_id"),
        # The suggestions that have a lead.
        Index("idx_campaign_suggested_leads_lead", "campaign_id", "lead_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    rejections = Table(
        "campaign_rejections",
        metadata,
        key(),
        Column("lead_id", by_code_point, primary_key=True),
        Column(
            "suggestion_id",
            Uuid(),
            ForeignKey(suggestions.c.id, ondelete="CASCADE"),
            nullable=False,
        ),
        # The last day; NULL for ever.
        Column("until", Date()),
        Index("idx_campaign_rejections_suggestion", "suggestion_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    events = Table(
        "campaign_events",
        metadata,
        key(),
        Column("number", Integer(), primary_key=True, autoincrement=False),
        Column("kind", Text(), nullable=False),
        Column("suggestion_id", Uuid(), ForeignKey(suggestions.c.id)),
        Column("event", _PLAIN, nullable=False),
        _check_constraint("valid_number", "number > 0"),
        _check_constraint("valid_kind", _is_member("kind", EventKind)),
        _sqlite_check("valid_event", _is_object("event")),
        Index("idx_campaign_events_suggestion", "suggestion_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    return Tables(
        campaigns=campaigns,
        progress=progress,
        days=days,
        leads=leads,
        suggestions=suggestions,
        suggested_leads=suggested_leads,
        rejections=rejections,
        events=events,
        columns=FrozenMap(columns),
    )


class _NewId(FunctionElement[Any]):
    """A random UUID, generated by the database; in SQLite in the form that `Uuid` stores."""

    inherit_cache = True


@compiles(_NewId)
def _new_id(_: _NewId, __: SQLCompiler, **___: object) -> str:
    return "gen_random_uuid()"


@compiles(_NewId, "sqlite")
def _new_sqlite_id(_: _NewId, __: SQLCompiler, **___: object) -> str:
    return "lower(hex(randomblob(16)))"


def _client_column(metadata: MetaData, clients: str | AnyColumn | None) -> AnyColumn:
    if clients is None:
        return Column("client_id", Uuid(), nullable=False)
    if isinstance(clients, str):
        if (fault := text_error(clients)) or "." not in clients:
            fault = fault or f"must name a table and a column of it, not {short_repr(clients)}"
            raise InvalidError([f"clients {fault}"])
        known = _column(metadata, clients)
    else:
        known = clients = cast("AnyColumn", to_column("clients", clients, Column))
    kind: TypeEngine[Any] = (
        Uuid() if known is None or isinstance(known.type, NullType) else known.type
    )
    return Column("client_id", kind, ForeignKey(clients), nullable=False)


def _uuids(*columns: str, client_id: AnyColumn) -> Iterable[str]:
    return (*columns, "client_id") if isinstance(client_id.type, Uuid) else columns


def _column(metadata: MetaData, name: str) -> AnyColumn | None:
    table, _, column = name.rpartition(".")
    return metadata.tables[table].c.get(column) if table in metadata.tables else None


def _enum(
    metadata: MetaData, schema: str | None, name: str, kind: str, default: StrEnum
) -> AnyColumn:
    enum = Enum(
        *(member.value for member in type(default)),
        name=kind,
        # The type belongs to the MetaData: other tables of the host's may use it, so dropping
        # the table must not drop it.
        metadata=metadata,
        schema=schema or metadata.schema,
        create_constraint=True,  # for databases without enum types
    )
    return Column(name, enum, nullable=False, server_default=default.value)


def _count_column(name: str, *, default: int = 0) -> AnyColumn:
    return Column(name, Integer(), nullable=False, server_default=text(str(default)))


def _check_constraint(name: str, condition: str) -> CheckConstraint:
    # `conv` keeps the name, whatever naming convention the MetaData has.
    return CheckConstraint(condition, name=conv(name))


def _sqlite_check(name: str, condition: str) -> SchemaItem:
    # Marked as bound to a type, because Alembic ignores `ddl_if`: it would write the check into
    # migrations for PostgreSQL, but leaves a type's checks to the type.
    check = CheckConstraint(condition, name=conv(name), _type_bound=True)
    return check.ddl_if(dialect="sqlite")


def _all(conditions: Iterable[str]) -> str:
    return " AND ".join(conditions)


def _is_member(column: str, kind: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(member.value) for member in kind)})"


def _is_uuid(column: str) -> str:
    return f"length({column}) = 32 AND {column} NOT GLOB '*[^0-9a-f]*'"


def _is_integer(column: str) -> str:
    return f"typeof({column}) IN ('integer', 'null')"


def _is_array(column: str) -> str:
    # In this order: `json_type` raises an error for text that is not JSON.
    is_array = f"json_type({column}) = 'array'"
    return f"CASE WHEN json_valid({column}) THEN {is_array} ELSE {column} IS NULL END"


def _is_object(column: str) -> str:
    return f"CASE WHEN json_valid({column}) THEN json_type({column}) = 'object' ELSE FALSE END"


def _is_day(column: str) -> str:
    # Moved by no days, because only what is moved is calculated: there is no 30 February.
    return f"date({column}, '+0 days') IS {column}"


def _is_time(column: str) -> str:
    # To the second, since SQLite would round what follows, and the last moment of all upwards.
    return f"datetime(substr({column}, 1, 19), '+0 days') IS substr({column}, 1, 19)"
