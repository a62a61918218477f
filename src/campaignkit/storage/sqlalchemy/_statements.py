"""The statements that both databases share, built once for each set of tables.

The order of selected columns is that of `_codec`. The names of parameters begin with `ck_`: a
parameter with the name of a column would be taken for the column's new value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeAlias, TypeVar

from attrs import evolve, frozen
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeEngine

from campaignkit.domain._campaign import CampaignStatus
from campaignkit.domain._suggestions import SuggestionState
from campaignkit.serialization._rows import ROW_FIELDS
from campaignkit.storage._queries import KEPT_STATES
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    EVENT,
    PROGRESS,
    REJECTION,
    SUGGESTED_LEAD,
    SUGGESTION,
    CampaignRows,
    Row,
    Values,
)
from campaignkit.storage.sqlalchemy._tables import ADMITTED_COLUMNS, AnyColumn, Tables

AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"

_CAMPAIGN_PART = slice(0, len(ROW_FIELDS))
_PROGRESS_PART = slice(_CAMPAIGN_PART.stop, _CAMPAIGN_PART.stop + len(PROGRESS))
_HAS_HISTORY = _PROGRESS_PART.stop
_CLIENT_PART = slice(_HAS_HISTORY + 1, _HAS_HISTORY + 4)
_ADMITTED_TODAY = _CLIENT_PART.stop


class ClientRow(NamedTuple):
    """The columns of a client that are read, in their order.

    `policy` is its plain form, and None until the days of the client are counted. `key` is that of
    the names of erased leads, and None until there is one.
    """

    revision: int
    policy: object = None
    key: str | None = None


Condition: TypeAlias = ColumnElement[bool]
LookUp: TypeAlias = Callable[
    [FromClause, FromClause, Sequence[ColumnElement[Any]], Sequence[ColumnElement[bool]]],
    FromClause,
]
"""Return columns of a source, of the rows of the named leads in one of its tables."""
DialectInsertT = TypeVar("DialectInsertT", postgresql.Insert, sqlite.Insert)


@frozen
class State:
    """The rows of a campaign: its own, its progress, its leads, and the count of a day.

    `has_history` tells whether it has events. `client` is that of its client, or None if there is
    none. `contacted` has the requested leads that it has released as contacted. `shared` has the
    rows of `ClientStatements.select_shared`, or None if they are not read yet.
    """

    campaign: Row
    progress: Row
    has_history: bool
    client: ClientRow | None = None
    admitted_today: int | None = None
    leads: Sequence[Row] = ()
    contacted: Collection[str] = ()
    shared: Sequence[Row] | None = None

    @classmethod
    def of(cls, rows: Sequence[Row]) -> State:
        """Return the state of the rows of `select_state`, or of `select_state_with`."""
        first, lead = rows[0], _ADMITTED_TODAY + 1
        today = first[_ADMITTED_TODAY] if len(first) > _ADMITTED_TODAY else None
        has_history, client = bool(first[_HAS_HISTORY]), first[_CLIENT_PART]
        own = first[_CAMPAIGN_PART], first[_PROGRESS_PART]
        state = cls(*own, has_history, None if client[0] is None else ClientRow(*client), today)
        return state.with_leads([row[lead:] for row in rows if len(row) > lead])

    def with_leads(self, rows: Sequence[Row]) -> State:
        """Return the state with the leads of rows: those without a channel were contacted.

        A row without a lead is that of a join with none.
        """
        leads = [row for row in rows if row[1] is not None]
        contacted = {row[0] for row in rows if row[1] is None} - {None}
        return evolve(self, leads=leads, contacted=contacted)


_Build: TypeAlias = Callable[["Statements", Collection[str]], AnySelect]

_DAY_PARAMETER = bindparam("ck_day", type_=Date())


def _build_once(build: _Build) -> _Build:
    """Keep what a method of `Statements` builds for a page, by the parameters that are given."""

    @wraps(build)
    def build_once(statements: Statements, given: Collection[str]) -> AnySelect:
        key = build.__name__, frozenset(given)
        if key not in statements.pages:
            page = build(statements, given).limit(bindparam("ck_size"))
            statements.pages[key] = page
        return statements.pages[key]

    return build_once


class Statements:
    """The statements on a set of tables.

    Parameters: `ck_client` and `ck_campaign`, the ids as their columns take them; `ck_campaigns`,
    several of the latter; `ck_day`; `ck_statuses`; `ck_after`, the
    key that a page follows, and `ck_size`, how many rows it may have; `ck_suggestion` and
    `ck_suggestions`, the ids of one or several suggestions.

    The methods that begin with `page_` return the statement for a page of a listing. It has those
    conditions of which the parameters are `given`, and is built once for each set of them.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        _, *ledger = tables
        self.ledger_names = frozenset((table.schema, table.name) for table in ledger)
        self.rows = CampaignRows(tables)
        self.id = self._column("id")
        self.campaign = bindparam("ck_campaign", type_=self.id.type)
        self.client_id = self._column("client_id")
        self.client = bindparam("ck_client", type_=self.client_id.type)
        self.is_own = (self.id == self.campaign) & self._is_client()
        self.pages: dict[tuple[str, frozenset[str]], AnySelect] = {}
        self._updates: dict[tuple[str, ...], Update] = {}

        is_one = self.id.in_(_bind_several("ck_campaigns", self.id.type))
        self.insert_campaigns = insert(tables.campaigns)
        self.select_campaigns = select(*self.rows.select_columns()).where(is_one)
        self.select_ids = select(self.id).where(is_one)
        self.select_own_id = select(self.id).where(self.is_own)
        self.select_campaign = select(*self.rows.select_columns()).where(self.is_own)
        self.select_undeleted = self.select_campaign.where(*self._exclude_deleted())

        is_its_event = tables.events.c.campaign_id == self.campaign
        self.select_any_event: AnySelect = select(literal_column("1", Integer())).where(
            is_its_event
        )
        self.has_history = exists(self.select_any_event).label("has_history")
        self.progress = [tables.progress.c[name] for name in PROGRESS]
        # In one statement: two could read two different moments.
        self.select_state = (
            select(*self._state_columns()).select_from(self._join_progress()).where(self.is_own)
        )
        days = tables.days
        self.select_admitted = select(days.c.admitted).where(
            days.c.campaign_id == self.campaign, days.c.day == _DAY_PARAMETER
        )
        self.update_progress = self._update_progress()

        suggestions, events = tables.suggestions, tables.events
        is_its = suggestions.c.campaign_id == self.campaign
        is_named = suggestions.c.id.in_(_bind_several("ck_suggestions", Uuid()))
        is_pending = suggestions.c.state == SuggestionState.PENDING.value
        columns = [suggestions.c[name] for name in SUGGESTION]
        self.select_pending = select(*columns).where(is_its, is_pending)
        # OFFSET keeps the planner from going through the campaign's suggestions for the named ones.
        named = select(*columns).where(is_named).offset(literal_column("0")).subquery("named")
        self.head_id = named.c.id
        self.select_heads = select(*named.c).where(named.c.campaign_id == self.campaign)
        leads, rejections = tables.suggested_leads, tables.rejections
        self.select_suggested_leads = select(*(leads.c[name] for name in SUGGESTED_LEAD)).where(
            leads.c.suggestion_id.in_(_bind_several("ck_suggestions", Uuid()))
        )
        self.delete_suggested_leads = delete(leads).where(
            leads.c.suggestion_id.in_(_bind_several("ck_suggestions", Uuid()))
        )
        select_rejections = select(*(rejections.c[name] for name in REJECTION))
        self.select_rejections = select_rejections.where(
            rejections.c.suggestion_id.in_(_bind_several("ck_suggestions", Uuid()))
        )
        self.select_rejections_of_campaign = select_rejections.where(
            rejections.c.campaign_id == self.campaign
        )
        self.select_suggestion = self._select_of_client().where(
            suggestions.c.id == bindparam("ck_suggestion", type_=Uuid())
        )
        self.insert_events = insert(events)
        releases = tables.releases
        self.last_release = (
            select(func.coalesce(func.max(releases.c.number), literal_column("0")))
            .where(releases.c.campaign_id == self.campaign)
            .scalar_subquery()
        )
        self.last_number = (
            select(func.coalesce(func.max(events.c.number), literal_column("0")))
            .where(events.c.campaign_id == self.campaign)
            .scalar_subquery()
        )
        last = select(func.max(events.c.number)).where(events.c.campaign_id == self.id)
        self.select_last_numbers = select(self.id, self.client_id, last.scalar_subquery()).where(
            self._is_client()
        )
        self.select_events = select(*(events.c[name] for name in EVENT)).where(
            events.c.campaign_id == self.campaign,
            events.c.number > bindparam("ck_after", type_=Integer()),
            events.c.number <= bindparam("ck_last", type_=Integer()),
        )

    # -- Suggestions that an act of the AI meets --------------------------------------------------

    def select_equal(self) -> AnySelect:
        """Return the statement for the suggestions of equal commands that are kept."""
        suggestions = self.tables.suggestions
        columns = _meeting_columns("equal", suggestions.c.campaign_id, suggestions.c.id)
        return select(*columns).where(
            suggestions.c.campaign_id == self.campaign,
            suggestions.c.digest == bindparam("ck_digest", type_=Text()),
            # Not IN, whose list would be expanded again at every execution.
            or_(*(suggestions.c.state == state.value for state in KEPT_STATES)),
        )

    def select_last(self) -> AnySelect:
        """Return the statement for the greatest id of the campaign's suggestions."""
        suggestions = self.tables.suggestions
        last = (
            select(suggestions.c.campaign_id, suggestions.c.id)
            .where(suggestions.c.campaign_id == self.campaign)
            .order_by(suggestions.c.id.desc())
            .limit(literal_column("1"))
            .subquery()
        )
        return select(*_meeting_columns("last", last.c.campaign_id, last.c.id))

    def select_waiting(self, look_up: LookUp) -> AnySelect:
        """Return the statement for the pending suggestions that have the named leads."""
        leads, suggestions = self.tables.suggested_leads, self.tables.suggestions
        found = look_up(
            leads.join(suggestions, suggestions.c.id == leads.c.suggestion_id),
            leads,
            (leads.c.campaign_id, leads.c.suggestion_id, leads.c.lead_id),
            (leads.c.reason.is_(None), suggestions.c.state == SuggestionState.PENDING.value),
        )
        return select(*_meeting_columns("waiting", *found.c))

    def select_rejected(self, look_up: LookUp) -> AnySelect:
        """Return the statement for the rejections of the named leads."""
        rejections = self.tables.rejections
        names = ("campaign_id", "suggestion_id", "lead_id", "until")
        found = look_up(rejections, rejections, [rejections.c[name] for name in names], ())
        return select(*_meeting_columns("rejected", *found.c))

    # -- Pages ------------------------------------------------------------------------------------

    @_build_once
    def page_campaigns(self, given: Collection[str]) -> AnySelect:
        """Return the statement for a page of a client's campaigns, or of all clients'.

        With `ck_deleted` the deleted ones are among them, with `ck_active` only those that are
        running, with `ck_day` on this day. `ck_statuses_or_null` stands for `ck_statuses` where
        NULL is one of these.
        """
        status = self._column("status")
        page = select(*self.rows.select_columns()).order_by(self.id)
        if "ck_client" in given:
            page = page.where(self._is_client())
        if "ck_deleted" not in given or "ck_active" in given:
            page = page.where(*self._exclude_deleted())
        if "ck_statuses" in given:
            is_one = status.in_(_bind_several("ck_statuses", status.type))
            page = page.where(self._or_unknown(is_one))
        if "ck_statuses_or_null" in given:
            is_one = status.in_(_bind_several("ck_statuses_or_null", status.type))
            page = page.where(self._or_unknown(or_(is_one, status.is_(None))))
        if "ck_active" in given:
            page = page.where(self._is_active(status))
        if "ck_day" in given:
            page = page.where(self._is_on_day())
        if "ck_ids" in given:
            page = page.where(self.id.in_(_bind_several("ck_ids", self.id.type)))
        if "ck_after" in given:
            page = page.where(self.id > bindparam("ck_after", type_=self.id.type))
        return page

    def _is_active(self, status: AnyColumn) -> Condition:
        labels = self.rows.list_labels([CampaignStatus.ACTIVE])
        return self._or_unknown(or_(false(), *(status == label for label in labels)))

    def _or_unknown(self, is_one: Condition) -> Condition:
        """Return a condition of the status that includes a host's unknown labels.

        Such a campaign might be among those that are asked for, and is told of as corrupt.
        """
        if not self.tables.is_adopted:
            return is_one
        labels = self.rows.list_all_labels("status")
        return or_(is_one, self._column("status").not_in(labels))

    @_build_once
    def page_assignments(self, given: Collection[str]) -> AnySelect:
        """Return the statement for a page of a campaign's assignments."""
        leads = self.tables.leads
        columns = [leads.c[name] for name in (*ASSIGNMENT, "campaign_id")]
        page = self._select_of_campaign(leads, columns).order_by(leads.c.lead_id)
        if "ck_day" in given:
            page = page.where(leads.c.day == _DAY_PARAMETER)
        if "ck_after" in given:
            page = page.where(leads.c.lead_id > bindparam("ck_after", type_=Text()))
        return page

    @_build_once
    def page_suggestions(self, given: Collection[str]) -> AnySelect:
        """Return the statement for a page of a client's suggestions, or of a campaign's."""
        suggestions = self.tables.suggestions
        page = self._select_of_client().order_by(suggestions.c.id)
        if "ck_campaign" in given:
            page = page.where(suggestions.c.campaign_id == self.campaign)
        if "ck_states" in given:
            page = page.where(suggestions.c.state.in_(_bind_several("ck_states", Text())))
        if "ck_after" in given:
            page = page.where(suggestions.c.id > bindparam("ck_after", type_=Uuid()))
        return page

    @_build_once
    def page_events(self, given: Collection[str]) -> AnySelect:
        """Return the statement for a page of a campaign's events."""
        events = self.tables.events
        columns = [events.c[name] for name in EVENT]
        page = self._select_of_campaign(events, columns).order_by(events.c.number)
        if "ck_after" in given:
            page = page.where(events.c.number > bindparam("ck_after", type_=Integer()))
        if "ck_suggestion" in given:
            page = page.where(events.c.suggestion_id == bindparam("ck_suggestion", type_=Uuid()))
        return page

    def _select_of_campaign(self, table: Table, columns: Sequence[ColumnElement[Any]]) -> AnySelect:
        is_its = table.c.campaign_id == self.campaign
        return select(*columns).where(is_its, exists(self.select_own_id))

    def _select_of_client(self) -> AnySelect:
        suggestions = self.tables.suggestions
        columns = [suggestions.c[name] for name in SUGGESTION]
        joined = suggestions.join(self.tables.campaigns, suggestions.c.campaign_id == self.id)
        selected = select(*columns, self.client_id).select_from(joined)
        return selected.where(self._is_client())

    # -- States -----------------------------------------------------------------------------------

    def select_state_with(self, leads: FromClause, condition: Condition) -> AnySelect:
        """Return the statement for `select_state` with leads joined to it."""
        columns = (leads.c[name] for name in ASSIGNMENT)
        joined = self._join_progress().outerjoin(leads, condition)
        return select(*self._state_columns(), *columns).select_from(joined).where(self.is_own)

    def _state_columns(self) -> list[ColumnElement[Any]]:
        clients, admitted = self.tables.clients, self.tables.days.c.admitted
        client = [clients.c[name] for name in ClientRow._fields]
        return [*self.rows.select_columns(), *self.progress, self.has_history, *client, admitted]

    def _join_progress(self) -> FromClause:
        progress, days = self.tables.progress, self.tables.days
        clients = self.tables.clients
        is_today = (days.c.campaign_id == self.id) & (days.c.day == _DAY_PARAMETER)
        is_its = progress.c.campaign_id == self.id
        joined = self.tables.campaigns.outerjoin(progress, is_its).outerjoin(days, is_today)
        return joined.outerjoin(clients, clients.c.client_id == self.client)

    # -- Writes -----------------------------------------------------------------------------------

    def update_campaign(self, keys: tuple[str, ...]) -> Update:
        """Return the statement that sets these columns of a campaign, by their keys in its table.

        It sets no others, so that a host's triggers see what has changed.
        """
        if keys not in self._updates:
            columns = [self.tables.campaigns.c[key] for key in keys]
            new = {
                column: bindparam(f"ck_new_{column.key}", type_=column.type) for column in columns
            }
            self._updates[keys] = (
                update(self.tables.campaigns).where(self.id == self.campaign).values(new)
            )
        return self._updates[keys]

    def bind_campaign(self, values: Values) -> Values:
        """Return the parameters of `update_campaign`."""
        return {f"ck_new_{key}": value for key, value in values.items()}

    def _update_progress(self) -> Update:
        table = self.tables.progress
        new = {
            name: bindparam(f"ck_progress_{name}", type_=table.c[name].type) for name in PROGRESS
        }
        return update(table).where(table.c.campaign_id == self.campaign).values(new)

    def bind_progress(self, values: Values) -> Values:
        """Return the parameters of `update_progress`."""
        return {f"ck_progress_{name}": value for name, value in values.items()}

    def insert_progress(self, into: Callable[[Table], DialectInsertT]) -> DialectInsertT:
        """Return the statement that inserts an empty progress of a campaign, unless it has one."""
        new = into(self.tables.progress).from_select(["campaign_id"], self.select_own_id)
        return new.on_conflict_do_nothing()

    def raise_days(self, into: Callable[[Table], DialectInsertT]) -> DialectInsertT:
        """Return the statement that adds to the counts of days."""
        days = self.tables.days
        new = into(days)
        return new.on_conflict_do_update(
            index_elements=[days.c.campaign_id, days.c.day],
            set_={"admitted": days.c.admitted + new.excluded.admitted},
        )

    def raise_client_days(self, into: Callable[[Table], DialectInsertT]) -> DialectInsertT:
        """Return the statement that adds to the counts of a client's days."""
        days = self.tables.client_days
        new = into(days)
        return new.on_conflict_do_update(
            index_elements=[days.c.client_id, days.c.day],
            set_={name: days.c[name] + new.excluded[name] for name in ADMITTED_COLUMNS},
        )

    def insert_suggestions(
        self, new: postgresql.Insert | sqlite.Insert
    ) -> ReturningInsert[*tuple[Any, ...]]:
        """Return the statement that inserts suggestions; it returns the ids that are new."""
        return new.on_conflict_do_nothing().returning(self.tables.suggestions.c.id)

    def replace_suggestions(
        self, new: postgresql.Insert | sqlite.Insert
    ) -> ReturningInsert[*tuple[Any, ...]]:
        """Return the statement that replaces suggestions; it returns the ids of the campaign's."""
        suggestions = self.tables.suggestions
        written = new.on_conflict_do_update(
            index_elements=[suggestions.c.id],
            set_={name: new.excluded[name] for name in ("state", "digest", "suggestion")},
            where=suggestions.c.campaign_id == new.excluded.campaign_id,
        )
        return written.returning(suggestions.c.id)

    def write_rejections(self, new: DialectInsertT) -> DialectInsertT:
        """Return the statement that inserts rejections, or replaces those of the same leads."""
        rejections = self.tables.rejections
        return new.on_conflict_do_update(
            index_elements=[rejections.c.campaign_id, rejections.c.lead_id],
            set_={name: new.excluded[name] for name in ("suggestion_id", "until")},
        )

    # -- Columns ----------------------------------------------------------------------------------

    def is_ended(self, campaign_id: ColumnElement[Any]) -> Condition:
        """Return the condition that a campaign is completed or deleted, as a query of its own.

        A join would have the planner of PostgreSQL begin with all campaigns of the client.
        """
        status, deleted_at = self._column("status"), self.tables.columns["deleted_at"]
        labels = self.rows.list_labels([CampaignStatus.COMPLETED])
        ended = [status.is_(None) if label is None else status == label for label in labels]
        if deleted_at is not None:
            ended.append(deleted_at.is_not(None))
        # NULL in a host's column is not that label, rather than perhaps.
        is_it = func.coalesce(or_(false(), *ended), false())
        one = select(is_it).where(self.id == campaign_id)
        return one.offset(literal_column("0")).scalar_subquery()

    def _column(self, name: str) -> AnyColumn:
        column = self.tables.columns[name]
        assert column is not None  # noqa: S101  # only asked for where there is one
        return column

    def _is_client(self) -> Condition:
        return self.client_id == self.client

    def _is_on_day(self) -> Condition:
        """Return the condition that a campaign's dates permit `ck_day` or contradict each other."""
        permitted = and_(true(), *self._include_day())
        start, end = self.tables.columns["start_date"], self.tables.columns["end_date"]
        if not self.tables.is_adopted or start is None or end is None:
            return permitted
        return or_(permitted, end < start)

    def _include_day(self) -> Iterator[Condition]:
        """Yield the conditions that each of a campaign's dates permits `ck_day`."""
        for name, permits in (("start_date", operator.le), ("end_date", operator.ge)):
            column, null = self.tables.columns[name], self.rows.null_date(name)
            if null is not None:
                present = literal(null, Date())
                bound = present if column is None else func.coalesce(column, present)
                yield permits(bound, _DAY_PARAMETER)
            elif column is not None:
                yield or_(column.is_(None), permits(column, _DAY_PARAMETER))

    def _exclude_deleted(self) -> list[Condition]:
        deleted_at = self.tables.columns["deleted_at"]
        return [] if deleted_at is None else [deleted_at.is_(None)]


def _meeting_columns(
    kind: str,
    campaign_id: ColumnElement[Any],
    suggestion_id: ColumnElement[Any],
    lead_id: ColumnElement[Any] | None = None,
    until: ColumnElement[Any] | None = None,
) -> Sequence[ColumnElement[Any]]:
    """Return the columns of a part of `Backend.select_met`, in the order in which they are read."""
    return (
        literal_column(f"'{kind}'", Text()).label("kind"),
        campaign_id.label("campaign_id"),
        suggestion_id.label("suggestion_id"),
        (cast(null(), Text()) if lead_id is None else lead_id).label("lead_id"),
        (cast(null(), Date()) if until is None else until).label("until"),
    )


def _bind_several(name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
    return bindparam(name, expanding=True, type_=kind)
