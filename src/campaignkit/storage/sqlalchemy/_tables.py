"""The tables: that of campaigns, defined here or a host's own, and the library's ledger.

The ledger has what campaigns have done, what was suggested for them, and their history.

`ROW_FIELDS` has the columns of a campaign. A table that is defined here is stricter than what reads
it: it has a value wherever the domain needs one. SQLite gets checks of its own for what PostgreSQL
refuses by its types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, TypeAlias, cast

from attrs import evolve, field, frozen
from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    Enum,
    ForeignKey,
    Index,
    Insert,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    event,
    exists,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import SchemaItem, conv
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.core._checks import check_kinds, is_text, kind_error, short_repr, text_error
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._allocation import DEFAULT_ALLOCATION
from campaignkit.domain._campaign import DEFAULT_DAILY_LEAD_LIMIT, CampaignStatus
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE
from campaignkit.domain._permissions import PermissionMode
from campaignkit.errors import InvalidError
from campaignkit.serialization._rows import ROW_FIELDS, SHARE_COLUMNS
from campaignkit.storage.sqlalchemy._values import Follow, Meaning, Meanings, read_values
from campaignkit.targeting.sql._clause import to_column

AnyColumn: TypeAlias = Column[Any]

CARRIED_COLUMNS: Mapping[str, Channel] = FrozenMap(
    {f"{channel}_carried": channel for channel in CHANNELS}
)
"""The columns of the carried counts, in canonical order, each with the channel it counts."""

ADMITTED_COLUMNS: Mapping[str, Channel] = FrozenMap(
    {f"{channel}_admitted": channel for channel in CHANNELS}
)
"""The columns of what a client's campaigns have admitted, in canonical order, by channel."""

TARGETS = tuple(name for name in ROW_FIELDS if name.startswith("target_"))

_SCORE: TypeEngine[float] = Double()
_PLAIN = JSON().with_variant(JSONB(), "postgresql")
_PLAIN_OR_NULL = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# None is NULL, not the JSON `null`, as an ORM inserts None where a host gives no value.
_TEXTS = ARRAY(Text()).with_variant(JSON(none_as_null=True), "sqlite")
_INTEGER_COLUMNS = (*SHARE_COLUMNS, "daily_lead_limit", "total_lead_limit")
_TIME_COLUMNS = ("created_at", "updated_at", "deleted_at")

LEDGER_VERSION = 4
"""The version of a ledger that is created now. `_upgrades` has what each version changed."""

PREFIX = "campaign_"
"""What the names of the library's tables beside that of campaigns begin with by default."""

_LONGEST_PREFIX = 32
"""With it the longest name of an index has fewer than the 63 bytes that PostgreSQL keeps."""

# No capitals, because names that need no quotes are the same in both databases.
_PREFIX = re.compile(f"([a-z_][a-z0-9_]{{0,{_LONGEST_PREFIX - 1}}})?")

_REQUIRED = ("id", "client_id", "name", "status")


@frozen(eq=False)
class Tables:
    """The tables that a store works on; they iterate in an order in which they can be created.

    Attributes:
        campaigns: The campaigns: the library's table, or the host's.
        progress: How many leads a campaign has admitted in total, and on each channel.
        days: How many leads a campaign has admitted on each day.
        leads: The assignments of a campaign.
        suggestions: The suggestions, without their leads.
        suggested_leads: The leads of suggestions.
        rejections: The leads that users have rejected.
        version: The version of the ledger; see `read_ledger_version`.
        events: The history of each campaign.
        clients: The policies of clients, of those that have one or had a suppression.
        client_days: How many leads these clients' campaigns have admitted on each day and channel.
        suppressions: The leads that clients' campaigns must not contact.
        releases: The assignments that have ended.
        client_events: The history of each client.
        columns: The column of `campaigns` for each field; None where a host's table has none.
        values: What values of these columns mean, by field, where that is not what the library's
            own table means by them.
        is_adopted: Whether `campaigns` is a host's table.
        follow: The host's function for columns of its own that follow an act.

    >>> from sqlalchemy import MetaData
    >>> tables = define_tables(MetaData(), clients=None)
    >>> tables.leads.name, tables.columns["status"].name
    ('campaign_leads', 'status')
    """

    campaigns: Table
    progress: Table
    days: Table
    leads: Table
    suggestions: Table
    suggested_leads: Table
    rejections: Table
    version: Table
    events: Table
    clients: Table
    client_days: Table
    suppressions: Table
    releases: Table
    client_events: Table
    columns: Mapping[str, AnyColumn | None]
    values: Meanings = field(factory=FrozenMap[str, Mapping[Any, Meaning]])
    is_adopted: bool = False
    follow: Follow | None = None

    def __iter__(self) -> Iterator[Table]:
        return iter(
            (
                *(self.campaigns, self.progress, self.days, self.leads),
                *(self.suggestions, self.suggested_leads, self.rejections),
                *(self.version, self.events),
                *(self.clients, self.client_days, self.suppressions),
                *(self.releases, self.client_events),
            )
        )


def define_tables(
    metadata: MetaData,
    *,
    clients: str | AnyColumn | None = "clients.id",
    schema: str | None = None,
    prefix: str = PREFIX,
) -> Tables:
    """Add the tables to a host's MetaData, and return them; nothing is created in a database.

    Args:
        metadata: The MetaData of the host.
        clients: The column that a campaign's client must be in, or its name. None for no such
            table.
        schema: The schema of all tables and enum types. The MetaData's own by default.
        prefix: What the names of all tables but `campaigns` begin with; `campaign_` by default.
            Those of their indexes begin with `idx_` and this.

    Raises:
        InvalidError: an argument of another kind; or the MetaData has a table, an index or an enum
            type of one of our names. It is left as it was.

    >>> from sqlalchemy import MetaData
    >>> tables = define_tables(MetaData(), clients=None)
    >>> [table.name for table in tables][:4]
    ['campaigns', 'campaign_progress', 'campaign_days', 'campaign_leads']
    >>> [table.name for table in tables][4:7]
    ['campaign_suggestions', 'campaign_suggested_leads', 'campaign_rejections']
    >>> [table.name for table in tables][7:]  # doctest: +NORMALIZE_WHITESPACE
    ['campaign_ledger_version', 'campaign_events', 'campaign_clients', 'campaign_client_days',
     'campaign_suppressions', 'campaign_releases', 'campaign_client_events']
    """
    check_kinds(InvalidError, metadata=(metadata, MetaData))
    _check_names(schema, prefix)
    own_schema = schema or metadata.schema

    def define(onto: MetaData) -> Tables:
        campaigns = _define_campaigns(onto, _client_column(metadata, clients), own_schema)
        columns = {name: campaigns.c[name] for name in ROW_FIELDS}
        return _with_ledger(campaigns, columns, onto, own_schema, prefix)

    _check_free(metadata, list(define(MetaData())))
    return define(metadata)


def _define_campaigns(metadata: MetaData, client_id: AnyColumn, schema: str | None) -> Table:
    return Table(
        "campaigns",
        metadata,
        Column("id", Uuid(), primary_key=True, server_default=_NewId()),
        client_id,
        Column("name", Text(), nullable=False),
        _enum(metadata, schema, "status", "campaign_status", CampaignStatus.DRAFT),
        _enum(metadata, schema, "permission_mode", "permission_mode", PermissionMode.CO_PILOT),
        *(Column(name, _TEXTS) for name in TARGETS),
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


def adopt_table(
    table: Table,
    columns: Mapping[str, str | None] | None = None,
    *,
    values: Mapping[str, Mapping[Any, Meaning]] | None = None,
    follow: Follow | None = None,
    schema: str | None = None,
    prefix: str = PREFIX,
) -> Tables:
    """Use a host's own table of campaigns, and add our ledger to its MetaData beside it.

    A missing share is 0; whatever else is missing is what NULL would be. Columns are read and
    written through their own types.

    Args:
        table: The host's table.
        columns: How the table calls each field, or None where it has no such column. Fields that
            are not named are called as they are, or missing.
        values: What the host's values mean, by field. For `status` and `permission_mode` it has all
            labels, each with the member that it reads as; several may read as one, of which the
            first is written. A label that it does not have makes a row corrupt. For any field it
            may say what None means, which is NULL: a value, or a function of the client's id except
            for `status`, `start_date` and `end_date`. NULL is never written for that value, and
            stays where an act does not change the field. Functions are called while rows are read;
            they must be pure and must not wait.
        follow: Called as `follow(before, after, event)` for every act that is done and recorded,
            with the campaign before and after it. Returns values for other columns of the table, by
            their keys, such as the time of a pause; they are set by the statement that stores the
            act. It must be pure. If it touches a field in `before.faults`, the act is refused.
        schema: The schema of the ledger. The table's own by default.
        prefix: What the names of the ledger's tables begin with; `campaign_` by default. Those of
            their indexes begin with `idx_` and this.

    Raises:
        InvalidError: a name, a column or a label that there is not, one column for two names, no
            column for the id, the client, the name, the status or any share, or what cannot be in
            a campaign; all that is wrong. Or an argument of another kind; or the MetaData has a
            table or an index of one of our names. It is left as it was.

    >>> from sqlalchemy import Column, MetaData, Table
    >>> table = Table("campaigns", MetaData(), *(Column(name) for name in ROW_FIELDS))
    >>> tables = adopt_table(table, values={
    ...     "status": {
    ...         "draft": "draft", "pending_approval": "draft", "live": "active",
    ...         "stopped": "paused", "done": "completed", None: "draft",
    ...     },
    ...     "daily_lead_limit": {None: 25},
    ... })
    >>> tables.columns["daily_lead_limit"].name
    'daily_lead_limit'
    """
    check_kinds(
        InvalidError,
        table=(table, Table),
        columns=(columns, (Mapping, type(None))),
        values=(values, (Mapping, type(None))),
    )
    if follow is not None and not callable(follow):
        raise InvalidError([f"follow must be a function, not {short_repr(follow)}"])
    given: Mapping[str, str | None] = {} if columns is None else columns
    if faults := [
        f"columns[{name!r}] {fault}"
        for name, own in given.items()
        if name in ROW_FIELDS and (fault := kind_error(own, (str, type(None))))
    ]:
        raise InvalidError(faults)
    _check_names(schema, prefix)
    names = {name: given.get(name, name if name in table.c else None) for name in ROW_FIELDS}
    meanings, faults = read_values(table, names, {} if values is None else values)
    if faults := [*_adoption_faults(table, given, names), *faults]:
        raise InvalidError(faults)
    own_columns = {name: None if own is None else table.c[own] for name, own in names.items()}
    own_schema = schema or table.schema

    def define(onto: MetaData) -> Tables:
        ledger = _with_ledger(table, own_columns, onto, own_schema, prefix)
        return evolve(ledger, values=meanings, is_adopted=True, follow=follow)

    _, *ledger = define(MetaData())
    _check_free(table.metadata, ledger, adopted=table)
    return define(table.metadata)


def _check_names(schema: object, prefix: object) -> None:
    """Check the arguments that name tables.

    Raises:
        InvalidError: what is wrong with them.
    """
    faults: list[str] = []
    if schema is not None and (fault := text_error(schema)):
        faults.append(f"schema {fault}")
    if not (is_text(prefix) and _PREFIX.fullmatch(prefix)):
        fault = f"must be up to {_LONGEST_PREFIX} of a-z, 0-9 and _, and not begin with a digit"
        faults.append(f"prefix {fault}, not {short_repr(prefix)}")
    if faults:
        raise InvalidError(faults)


def _check_free(
    metadata: MetaData, tables: Iterable[Table], *, adopted: Table | None = None
) -> None:
    """Refuse a MetaData that has one of the names of new tables.

    Raises:
        InvalidError: it has a table or an index of the name of one of ours, or an enum type of the
            name of one of ours with other labels.
    """
    own, theirs = list(tables), list(metadata.tables.values())
    taken = _relation_names(own) & _relation_names(theirs)
    if adopted is not None:
        # Whatever its schema: a statement that locks both tells them apart by their names.
        taken |= {(t.schema, t.name) for t in own if t.name == adopted.name}
    kinds = _enum_labels(theirs)
    taken |= {
        name for name, labels in _enum_labels(own).items() if kinds.get(name, labels) != labels
    }
    if taken:
        names = ", ".join(sorted(".".join(filter(None, name)) for name in taken))
        fault = f"metadata must not have names of our tables, indexes and types, but has {names}"
        raise InvalidError([f"{fault}; choose another prefix or schema, or adopt the table"])


def _relation_names(tables: Iterable[Table]) -> set[tuple[str | None, str]]:
    """Return the names of tables and indexes, which are those of one namespace in a database."""
    return {
        (table.schema, str(one.name).lower())
        for table in tables
        for one in (table, *table.indexes, *table.constraints)
        if isinstance(one, (Table, Index, UniqueConstraint, PrimaryKeyConstraint)) and one.name
    }


def _enum_labels(tables: Iterable[Table]) -> Mapping[tuple[str | None, str], Sequence[str]]:
    """Return the labels of enum types, by their names; tables may share a type."""
    types: list[Any] = [column.type for table in tables for column in table.columns]
    plain: list[Any] = [getattr(kind, "item_type", kind) for kind in types]  # not of an array
    kinds = [cast("Any", kind) for kind in plain if isinstance(kind, Enum)]
    return {(kind.schema, kind.name): kind.enums for kind in kinds if kind.name is not None}


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


def _with_ledger(
    campaigns: Table,
    columns: Mapping[str, AnyColumn | None],
    metadata: MetaData,
    schema: str | None,
    prefix: str,
) -> Tables:
    campaign_id, clients_id = columns["id"], columns["client_id"]
    assert campaign_id is not None  # noqa: S101  # `define_tables` has it, `adopt_table` asks for it
    assert clients_id is not None  # noqa: S101  # as above

    def client(*, primary: bool = True, nullable: bool = False) -> AnyColumn:
        # It does not refer to the host's clients: a row of ours would lock theirs.
        kind: TypeEngine[Any] = Uuid() if isinstance(clients_id.type, NullType) else clients_id.type
        return Column("client_id", kind, primary_key=primary, nullable=nullable)

    def key(*, primary: bool = True) -> AnyColumn:
        # The library deletes softly. A host that deletes a row does not know the ledger.
        reference = ForeignKey(campaign_id, ondelete="CASCADE")
        return Column(
            "campaign_id", campaign_id.type, reference, primary_key=primary, nullable=False
        )

    progress = Table(
        f"{prefix}progress",
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
        f"{prefix}days",
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

    def assignment(*, primary: bool) -> list[SchemaItem]:
        return [
            Column("lead_id", by_code_point, primary_key=primary, nullable=False),
            Column("channel", Text(), nullable=False),
            Column("tier", Text(), nullable=False),
            Column("als_score", _SCORE, nullable=False),
            Column("day", Date(), nullable=False),
            Column("epoch", Integer(), nullable=False),
            _check_constraint("valid_score", f"als_score BETWEEN {LOWEST_SCORE} AND {TOP_SCORE}"),
            _check_constraint("valid_epoch", "epoch >= 0"),
        ]

    leads = Table(
        f"{prefix}leads",
        metadata,
        key(),
        *assignment(primary=True),
        # NULL in what a release wrote that did not know it, until the client has a row.
        client(primary=False, nullable=True),
        # A page of the leads of one day.
        Index(f"idx_{prefix}leads_day", "campaign_id", "day", "lead_id"),
        # The campaigns of a client that have a lead.
        Index(f"idx_{prefix}leads_client", "client_id", "lead_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    suggestions = Table(
        f"{prefix}suggestions",
        metadata,
        Column("id", Uuid(), primary_key=True),
        key(primary=False),
        Column("state", Text(), nullable=False),
        Column("digest", Text(), nullable=False),
        Column("suggestion", _PLAIN, nullable=False),
        _sqlite_check("valid_id", _is_uuid("id")),
        _sqlite_check("valid_suggestion", _is_object("suggestion")),
        # A page of a campaign's suggestions; and what is pending.
        Index(f"idx_{prefix}suggestions_page", "campaign_id", "id"),
        Index(f"idx_{prefix}suggestions_state", "campaign_id", "state", "id"),
        # The suggestions of equal commands.
        Index(f"idx_{prefix}suggestions_digest", "campaign_id", "digest"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    # Apart, so that lists of suggestions and decisions on them do not touch their leads.
    suggested_leads = Table(
        f"{prefix}suggested_leads",
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
        Index(f"idx_{prefix}suggested_leads_lead", "campaign_id", "lead_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    rejections = Table(
        f"{prefix}rejections",
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
        Index(f"idx_{prefix}rejections_suggestion", "suggestion_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    version = Table(
        f"{prefix}ledger_version",
        metadata,
        # The highest one counts.
        Column("version", Integer(), primary_key=True, autoincrement=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    events = Table(
        f"{prefix}events",
        metadata,
        key(),
        Column("number", Integer(), primary_key=True, autoincrement=False),
        Column("kind", Text(), nullable=False),
        Column("suggestion_id", Uuid(), ForeignKey(suggestions.c.id)),
        Column("event", _PLAIN, nullable=False),
        _check_constraint("valid_number", "number > 0"),
        _sqlite_check("valid_event", _is_object("event")),
        Index(f"idx_{prefix}events_suggestion", "suggestion_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    clients = Table(
        f"{prefix}clients",
        metadata,
        client(),
        # NULL until the days of the client are counted.
        Column("policy", _PLAIN_OR_NULL),
        _count_column("revision"),
        # Of the names of those who are erased; NULL until there is one.
        Column("key", Text()),
        _check_constraint("valid_revision", "revision >= 0"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    client_days = Table(
        f"{prefix}client_days",
        metadata,
        client(),
        Column("day", Date(), primary_key=True),
        *(_count_column(name) for name in ADMITTED_COLUMNS),
        _check_constraint("valid_counts", _all(f"{name} >= 0" for name in ADMITTED_COLUMNS)),
        schema=schema,
        sqlite_with_rowid=False,
    )
    suppressions = Table(
        f"{prefix}suppressions",
        metadata,
        client(),
        Column("lead_id", by_code_point, primary_key=True),
        # `all` stands for every channel.
        Column("channel", Text(), primary_key=True),
        # The last day; NULL for ever.
        Column("until", Date()),
        *_act_columns(),
        Column("reason", Text()),
        schema=schema,
        sqlite_with_rowid=False,
    )
    releases = Table(
        f"{prefix}releases",
        metadata,
        key(),
        # From 1 on, in the order of the releases of a campaign.
        Column("number", Integer(), primary_key=True, autoincrement=False),
        client(primary=False),
        *assignment(primary=False),
        Column("contacted", Boolean(), nullable=False),
        *_act_columns(),
        _check_constraint("valid_number", "number > 0"),
        # What was released of a lead, by any of a client's campaigns or by one.
        Index(f"idx_{prefix}releases_client", "client_id", "lead_id"),
        Index(f"idx_{prefix}releases_campaign", "campaign_id", "lead_id"),
        schema=schema,
        sqlite_with_rowid=False,
    )
    client_events = Table(
        f"{prefix}client_events",
        metadata,
        client(),
        Column("number", Integer(), primary_key=True, autoincrement=False),
        Column("kind", Text(), nullable=False),
        Column("event", _PLAIN, nullable=False),
        _check_constraint("valid_number", "number > 0"),
        _sqlite_check("valid_event", _is_object("event")),
        schema=schema,
        sqlite_with_rowid=False,
    )
    events.add_is_dependent_on(version)
    event.listen(events, "after_create", partial(_record_version, version))
    return Tables(
        campaigns=campaigns,
        progress=progress,
        days=days,
        leads=leads,
        suggestions=suggestions,
        suggested_leads=suggested_leads,
        rejections=rejections,
        version=version,
        events=events,
        clients=clients,
        client_days=client_days,
        suppressions=suppressions,
        releases=releases,
        client_events=client_events,
        columns=FrozenMap(columns),
    )


def _act_columns() -> list[SchemaItem]:
    """Return the columns of who did something, and when."""
    return [
        Column("by", _PLAIN, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        _sqlite_check("valid_actor", _is_object('"by"')),
    ]


def _record_version(version: Table, _: Table, connection: Connection, **__: object) -> None:
    """Record the version of a new ledger: one whose events have just been created.

    Not when the table of versions is created, which an older ledger does not have either.
    """
    connection.execute(insert_version(version, LEDGER_VERSION))


def insert_version(version: Table, number: int) -> Insert:
    """Return the statement that records a version of the ledger, unless it is recorded."""
    is_there = exists(select(version.c.version).where(version.c.version == number))
    return insert(version).from_select(
        ["version"], select(literal(number, Integer())).where(~is_there)
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
    keys = (table, f"{metadata.schema}.{table}")  # as SQLAlchemy finds the column of a foreign key
    found = next((metadata.tables[key] for key in keys if key in metadata.tables), None)
    return None if found is None else found.c.get(column)


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
