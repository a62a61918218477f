"""The statements that both databases share, built once for each set of tables.

What they select is read by position, as `codec` says. The names of their parameters begin with
`ck_`: one that is also the name of a column would be taken for what that is to become.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from campaignkit.domain._suggestions import SuggestionState
from campaignkit.serialization._rows import ROW_FIELDS
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    EVENT,
    PROGRESS,
    SUGGESTION,
    CampaignRows,
    Row,
    Values,
)
from campaignkit.storage.sqlalchemy._guarded import readable
from campaignkit.storage.sqlalchemy._tables import AnyColumn, Tables

AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"

_CAMPAIGN = slice(0, len(ROW_FIELDS))
_PROGRESS = slice(_CAMPAIGN.stop, _CAMPAIGN.stop + len(PROGRESS))
_TODAY = _PROGRESS.stop

Condition: TypeAlias = ColumnElement[bool]
DialectInsertT = TypeVar("DialectInsertT", postgresql.Insert, sqlite.Insert)


@frozen
class Filters:
    """What a page of a listing is narrowed down by."""

    statuses: bool = False
    drafts: bool = False
    running: bool = False
    deleted: bool = False
    day: bool = False
    campaign: bool = False
    after: bool = False
    across_clients: bool = False


@frozen
class State:
    """The rows of a campaign: itself, its progress, the count of a day, leads."""

    campaign: Row
    progress: Row
    admitted_today: int | None = None
    leads: Sequence[Row] = ()

    @classmethod
    def of(cls, rows: Sequence[Row]) -> State:
        """Return what `Queries.state` or `Queries.state_with` selected: a row, or one a lead."""
        first, lead = rows[0], _TODAY + 1
        leads = [row[lead:] for row in rows if len(row) > lead and row[lead] is not None]
        today = first[_TODAY] if len(first) > _TODAY else None
        return cls(first[_CAMPAIGN], first[_PROGRESS], today, leads)


class Queries:
    """The statements on a set of tables.

    Parameters: `ck_client` and `ck_campaign`, the ids as their columns take them; `ck_campaigns`,
    several of the latter; `ck_day`; `ck_statuses`, and `ck_active`, that status; `ck_after`, the
    key that a page follows, and `ck_size`, how many rows it may have; `ck_suggestion` and
    `ck_suggestions`, the ids of one or several suggestions.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.rows = CampaignRows(tables)
        self.id = self._column("id")
        self.campaign = bindparam("ck_campaign", type_=self.id.type)
        self.client_id = self._column("client_id")
        self._is_client = self.client_id == bindparam("ck_client", type_=self.client_id.type)
        self._day = bindparam("ck_day", type_=Date())
        self.is_own = (self.id == self.campaign) & self._is_client

        self.progress = [readable(tables.progress.c[name]) for name in PROGRESS]
        self.add = insert(tables.campaigns)
        is_one = self.id.in_(bindparam("ck_campaigns", expanding=True, type_=self.id.type))
        self.get_all = select(*self.rows.selected()).where(is_one)
        self.get_ids = select(self.id).where(is_one)
        self.is_there = select(self.id).where(self.is_own)
        self.get_deleted = select(*self.rows.selected()).where(self.is_own)
        self.get = self.get_deleted.where(*self._undeleted())
        # In one statement: two could see two moments, which do not fit together.
        self.state = (
            select(*self._state_columns()).select_from(self._with_progress()).where(self.is_own)
        )
        self.today = self._today()
        self.move = self._move()
        suggestions = self.tables.suggestions
        is_named = suggestions.c.id.in_(bindparam("ck_suggestions", expanding=True, type_=Uuid()))
        is_its = suggestions.c.campaign_id == self.campaign
        is_pending = suggestions.c.state == SuggestionState.PENDING.value
        columns = [readable(suggestions.c[name]) for name in SUGGESTION]
        self.named = select(*columns).where(is_its, is_named)
        self.named_or_pending = select(*columns).where(is_its, is_named | is_pending)
        self.last_suggestion = (
            select(suggestions.c.id).where(is_its).order_by(suggestions.c.id.desc()).limit(1)
        )
        self.suggestion = self._suggestions(
            suggestions.c.id == bindparam("ck_suggestion", type_=Uuid())
        )
        self.last_number = (
            select(func.coalesce(func.max(tables.events.c.number), literal_column("0")))
            .where(tables.events.c.campaign_id == self.campaign)
            .scalar_subquery()
        )
        self.begin_history = insert(tables.events)
        self._proposals: dict[Filters, AnySelect] = {}
        self._stories: dict[Filters, AnySelect] = {}
        self._finds: dict[Filters, AnySelect] = {}
        self._listings: dict[Filters, AnySelect] = {}
        self._changes: dict[tuple[str, ...], Update] = {}

    def find(self, filters: Filters) -> AnySelect:
        """Return the statement for a page of campaigns."""
        if filters not in self._finds:
            page = select(*self.rows.selected()).where(*self._found(filters))
            self._finds[filters] = page.order_by(self.id).limit(bindparam("ck_size"))
        return self._finds[filters]

    def listing(self, filters: Filters) -> AnySelect:
        """Return the statement for a page of a campaign's assignments."""
        if filters not in self._listings:
            leads = self.tables.leads
            columns = [readable(leads.c[name]) for name in (*ASSIGNMENT, "campaign_id")]
            page = select(*columns).where(*self._listed(filters)).order_by(leads.c.lead_id)
            self._listings[filters] = page.limit(bindparam("ck_size"))
        return self._listings[filters]

    def proposals(self, filters: Filters) -> AnySelect:
        """Return the statement for a page of a client's suggestions, or of a campaign's."""
        if filters not in self._proposals:
            suggestions = self.tables.suggestions
            page = self._suggestions(*self._proposed(filters)).order_by(suggestions.c.id)
            self._proposals[filters] = page.limit(bindparam("ck_size"))
        return self._proposals[filters]

    def story(self, filters: Filters) -> AnySelect:
        """Return the statement for a page of a campaign's events."""
        if filters not in self._stories:
            events = self.tables.events
            told: list[Condition] = [
                events.c.campaign_id == self.campaign,
                exists(self.is_there),
            ]
            if filters.after:
                told.append(events.c.number > bindparam("ck_after", type_=Integer()))
            columns = [readable(events.c[name]) for name in EVENT]
            page = select(*columns).where(*told).order_by(events.c.number)
            self._stories[filters] = page.limit(bindparam("ck_size"))
        return self._stories[filters]

    def state_with(self, leads: FromClause, condition: Condition) -> AnySelect:
        """Return the statement for `state` with leads joined to it."""
        columns = (readable(leads.c[name]) for name in ASSIGNMENT)
        joined = self._with_progress().outerjoin(leads, condition)
        return select(*self._state_columns(), *columns).select_from(joined).where(self.is_own)

    def change(self, names: tuple[str, ...]) -> Update:
        """Return the statement that sets these columns of a campaign, by the names in `ROW_FIELDS`.

        It sets no others: a host's triggers and those who write beside us see what was changed.
        """
        if names not in self._changes:
            columns = [self._column(name) for name in names]
            new = {
                column: bindparam(f"ck_new_{column.key}", type_=column.type) for column in columns
            }
            self._changes[names] = (
                update(self.tables.campaigns).where(self.id == self.campaign).values(new)
            )
        return self._changes[names]

    def changed(self, values: Values) -> Values:
        """Return the parameters of `change`."""
        return {f"ck_new_{self._column(name).key}": value for name, value in values.items()}

    def moved(self, values: Values) -> Values:
        """Return the parameters of `move`."""
        return {f"ck_progress_{name}": value for name, value in values.items()}

    def create_progress(self, into: Callable[[Table], DialectInsertT]) -> DialectInsertT:
        """Return the statement that gives a campaign the progress of none, unless it has one."""
        new = into(self.tables.progress).from_select(["campaign_id"], self.is_there)
        return new.on_conflict_do_nothing()

    def gain(self, into: Callable[[Table], DialectInsertT]) -> DialectInsertT:
        """Return the statement that adds to the counts of days."""
        days = self.tables.days
        new = into(days)
        return new.on_conflict_do_update(
            index_elements=[days.c.campaign_id, days.c.day],
            set_={"admitted": days.c.admitted + new.excluded.admitted},
        )

    def _move(self) -> Update:
        table = self.tables.progress
        new = {
            name: bindparam(f"ck_progress_{name}", type_=table.c[name].type) for name in PROGRESS
        }
        return update(table).where(table.c.campaign_id == self.campaign).values(new)

    def _today(self) -> AnySelect:
        days = self.tables.days
        return select(days.c.admitted).where(
            days.c.campaign_id == self.campaign, days.c.day == self._day
        )

    def _state_columns(self) -> list[ColumnElement[Any]]:
        admitted = readable(self.tables.days.c.admitted)
        return [*self.rows.selected(), *self.progress, admitted]

    def _with_progress(self) -> FromClause:
        progress, days = self.tables.progress, self.tables.days
        is_today = (days.c.campaign_id == self.id) & (days.c.day == self._day)
        is_its = progress.c.campaign_id == self.id
        return self.tables.campaigns.outerjoin(progress, is_its).outerjoin(days, is_today)

    def _column(self, name: str) -> AnyColumn:
        column = self.tables.columns[name]
        assert column is not None  # noqa: S101  # only asked for where there is one
        return column

    def _undeleted(self) -> list[Condition]:
        deleted_at = self.tables.columns["deleted_at"]
        return [] if deleted_at is None else [deleted_at.is_(None)]

    def _found(self, filters: Filters) -> list[Condition]:
        found: list[Condition] = [] if filters.across_clients else [self._is_client]
        if filters.running or not filters.deleted:
            found += self._undeleted()
        status = self._column("status")
        if filters.statuses:
            is_one = status.in_(bindparam("ck_statuses", expanding=True, type_=status.type))
            # A status that is NULL reads as draft.
            found.append(or_(is_one, status.is_(None)) if filters.drafts else is_one)
        if filters.running:
            found.append(status == bindparam("ck_active", type_=status.type))
            start, end = self.tables.columns["start_date"], self.tables.columns["end_date"]
            if start is not None:
                found.append(or_(start.is_(None), start <= self._day))
            if end is not None:
                found.append(or_(end.is_(None), end >= self._day))
        if filters.after:
            found.append(self.id > bindparam("ck_after", type_=self.id.type))
        return found

    def _suggestions(self, *conditions: Condition) -> AnySelect:
        """Return the statement for suggestions of a client's campaigns."""
        suggestions = self.tables.suggestions
        columns = [
            *(readable(suggestions.c[name]) for name in SUGGESTION),
            readable(self.client_id),
        ]
        both = suggestions.join(self.tables.campaigns, suggestions.c.campaign_id == self.id)
        return select(*columns).select_from(both).where(self._is_client, *conditions)

    def _proposed(self, filters: Filters) -> list[Condition]:
        suggestions = self.tables.suggestions
        proposed: list[Condition] = []
        if filters.campaign:
            proposed.append(suggestions.c.campaign_id == self.campaign)
        if filters.statuses:
            states = bindparam("ck_statuses", expanding=True, type_=Text())
            proposed.append(suggestions.c.state.in_(states))
        if filters.after:
            proposed.append(suggestions.c.id > bindparam("ck_after", type_=Uuid()))
        return proposed

    def _listed(self, filters: Filters) -> list[Condition]:
        leads = self.tables.leads
        listed: list[Condition] = [leads.c.campaign_id == self.campaign, exists(self.is_there)]
        if filters.day:
            listed.append(leads.c.day == self._day)
        if filters.after:
            listed.append(leads.c.lead_id > bindparam("ck_after", type_=Text()))
        return listed
