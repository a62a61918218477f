"""Lock, read and write a campaign in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Literal, NoReturn, TypeAlias

from attrs import evolve
from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    FromClause,
    Integer,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeEngine

from campaignkit.domain._suggestions import Suggestion, SuggestionHead
from campaignkit.errors import ConflictError
from campaignkit.serialization import UnknownPieces
from campaignkit.serialization._rows import ROW_FIELDS
from campaignkit.storage._observation import lock_wait
from campaignkit.storage.sqlalchemy._backend import (
    Backend,
    Changes,
    ClientAddedError,
    raise_hidden,
    raise_unread_suggestions,
)
from campaignkit.storage.sqlalchemy._client_codec import (
    RELEASE,
    map_erased_names,
    release_values,
    week_values,
)
from campaignkit.storage.sqlalchemy._client_statements import SHARED, ClientStatements
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    EVENT,
    REJECTION,
    SUGGESTED_LEAD,
    Row,
    Values,
    assignment_values,
    event_values,
    head_values,
    parse_uuid,
    rejection_values,
    suggested_lead_values,
)
from campaignkit.storage.sqlalchemy._driver_errors import is_duplicate
from campaignkit.storage.sqlalchemy._fetch import fetch_each, fetch_rows, readable
from campaignkit.storage.sqlalchemy._statements import AnySelect, State, Statements
from campaignkit.storage.sqlalchemy._tables import ADMITTED_COLUMNS

_DAY_COLUMNS: Mapping[str, TypeEngine[Any]] = {"day": Date(), "admitted": Integer()}
_CLIENT_DAY_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "day": Date(),
    **{name: Integer() for name in ADMITTED_COLUMNS},
}
_HEAD_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "state": Text(),
    "digest": Text(),
    "suggestion": Text(),
}

_ROWS: Mapping[str, Mapping[str, TypeEngine[Any]]] = {
    "requested": {"lead_id": Text()},
    "leads": {
        "lead_id": Text(),
        "channel": Text(),
        "tier": Text(),
        "als_score": Double(),
        "day": Date(),
        "epoch": Integer(),
    },
    "raised_days": _DAY_COLUMNS,
    "lowered_days": _DAY_COLUMNS,
    "new_suggestions": _HEAD_COLUMNS,
    "known_suggestions": _HEAD_COLUMNS,
    "suggested_leads": {
        "suggestion_id": Uuid(),
        "lead_id": Text(),
        "revision": Integer(),
        "als_score": Double(),
        "reachable": Text(),
        "reason": Text(),
    },
    "rejections": {"lead_id": Text(), "suggestion_id": Uuid(), "until": Date()},
    "lifted": {"lead_id": Text()},
    "events": {"place": Integer(), "kind": Text(), "suggestion_id": Uuid(), "event": Text()},
    "releases": {
        "place": Integer(),
        "lead_id": Text(),
        "channel": Text(),
        "tier": Text(),
        "als_score": Double(),
        "day": Date(),
        "epoch": Integer(),
        "contacted": Boolean(),
        "by": Text(),
        "at": DateTime(timezone=True),
    },
    "raised_client_days": _CLIENT_DAY_COLUMNS,
    "lowered_client_days": _CLIENT_DAY_COLUMNS,
}
"""The columns of rows that are given as an array for each column."""

_Part: TypeAlias = Literal[
    "leads",
    "raised_days",
    "lowered_days",
    "progress",
    "new_suggestions",
    "known_suggestions",
    "suggested_leads",
    "rejections",
    "lifted",
    "events",
    "releases",
    "raised_client_days",
    "lowered_client_days",
]


_COUNT_COLUMNS = 3  # before the campaign's row in what a write returns
_OWN_COLUMNS = 3  # before the leads in what is read after the lock
_IS_LIVE = SHARED.index("is_live")
_LEAD_PLACES = [SHARED.index(name) for name in ASSIGNMENT]
_SHARED_KINDS = {"used", "claim", "suppression"}


class PostgreSQL(Backend):
    """A user's intake takes three statements: lock, read, write. Fewer are impossible."""

    def __init__(self, statements: Statements) -> None:
        super().__init__()
        tables = statements.tables
        self.statements = statements
        self.clients = ClientStatements(statements, self.find_named, _unnest("requested"), insert)
        leads, and_contacted = (self.find_leads(contacted=both) for both in (False, True))
        self.snapshot = statements.select_state_with(leads, true())
        self.snapshot_and_contacted = statements.select_state_with(and_contacted, true())
        self._select_for_update = self._build_lock()
        self._insert_progress = statements.insert_progress(insert)
        self._select_ledger = self._build_read(leads)
        self._select_ledger_and_contacted = self._build_read(and_contacted)
        self._select_known = self._build_known()
        self._select_events = self._build_events()
        named = _is_at(tables.leads, self._find_places(tables.leads, "requested"))
        self._delete_leads = (
            delete(tables.leads)
            .where(named)
            .returning(*(tables.leads.c[name] for name in ASSIGNMENT))
        )
        days = tables.days
        self._select_days = select(days.c.day).where(
            days.c.campaign_id == statements.campaign,
            days.c.day.in_(bindparam("ck_days", expanding=True, type_=Date())),
        )
        self._writes: dict[tuple[frozenset[_Part], tuple[str, ...], bool], AnySelect] = {}

    def name_leads(self, lead_ids: Sequence[str]) -> Values:
        """As `Backend.name_leads`."""
        return {"ck_requested_lead_id": list(lead_ids)}

    def find_named(
        self,
        columns: Sequence[ColumnElement[Any]],
        source: FromClause,
        lead_id: ColumnElement[Any],
        conditions: Sequence[ColumnElement[bool]],
        *,
        named: str = "requested",
    ) -> FromClause:
        """As `Backend.find_named`; `named` is the name of the given rows with the leads.

        Each lead is looked up separately: with `lead_id = ANY (…)` or a join a table that was never
        analysed gets a plan that reads the whole campaign, and the driver keeps that plan.
        """
        leads = _unnest(named)
        found = select(*columns).select_from(source).where(lead_id == leads.c.lead_id, *conditions)
        return _find_each(leads, found).subquery()

    def begin_writing(self, connection: Connection, key: Values) -> None:
        """As `Backend.begin_writing`: nothing to do."""

    def begin_client(self, connection: Connection, key: Values) -> None:
        """As `Backend.begin_client`: nothing to do."""

    def lock_state(
        self,
        connection: Connection,
        key: Values,
        day: date | None,
        lead_ids: Sequence[str],
        *,
        reads_client: bool = False,
    ) -> State | None:
        """As `Backend.lock_state`."""
        with lock_wait():
            rows = self._lock_rows(connection, key)
        if not rows:
            return None
        locked = State.of(rows)
        must_look_again = reads_client and locked.client is None
        if day is None and not (lead_ids or must_look_again) and locked.has_history:
            return locked
        # In a later statement: one that waits for a lock reads the rows that it does not lock as
        # they were before it waited.
        values = {**key, "ck_day": day, **self.name_leads(lead_ids)}
        if day is not None and lead_ids and locked.client is not None:
            return self._read_with_shared(connection, values, locked, lead_ids)
        with_contacted = day is not None and bool(lead_ids)
        select_ledger = self._select_ledger_and_contacted if with_contacted else self._select_ledger
        ledger: Sequence[Row] = connection.execute(select_ledger, values).all()
        admitted, has_history, has_client = ledger[0][:_OWN_COLUMNS]
        if has_client and locked.client is None:
            raise ClientAddedError
        state = evolve(locked, has_history=has_history, admitted_today=admitted)
        return state.with_leads([row[_OWN_COLUMNS:] for row in ledger])

    def _read_with_shared(
        self, connection: Connection, values: Values, locked: State, lead_ids: Sequence[str]
    ) -> State:
        """Read what an intake into a campaign of a client must know, in one statement."""
        secret = None if locked.client is None else locked.client.key
        client_id = parse_uuid(values["ck_client"])
        names = [*lead_ids, *map_erased_names(client_id, secret, lead_ids)]
        given = {**values, **week_values(values["ck_day"]), **self.name_leads(names)}
        rows: Sequence[Row] = connection.execute(self._select_known, given).all()
        wanted, own = set(lead_ids), rows[0]
        leads = [
            [row[place] for place in _LEAD_PLACES]
            for row in rows
            if row[0] == "lead" and row[1] in wanted
        ]
        return evolve(
            locked,
            has_history=bool(own[_IS_LIVE]),
            admitted_today=own[-len(ADMITTED_COLUMNS)],
            leads=leads,
            contacted={row[1] for row in rows if row[0] == "contacted"} & wanted,
            shared=[row for row in rows if row[0] in _SHARED_KINDS],
        )

    def _lock_rows(self, connection: Connection, key: Values) -> Sequence[Row]:
        """Lock a campaign and its progress, and return their rows; none if the client has none."""
        rows = fetch_rows(connection, self._select_for_update, key)
        if not rows:
            # A host's own campaign has no progress row to lock yet. If it were inserted after the
            # decision, two first intakes at REPEATABLE READ would not see each other.
            if connection.in_nested_transaction():
                self._delay_adoption(connection, key)
            connection.execute(self._insert_progress, key)
            rows = fetch_rows(connection, self._select_for_update, key)
        if not rows and connection.scalar(self.statements.select_own_id, key) is not None:
            # It can be read: it was added a moment ago, or the role may not change it.
            rows = fetch_rows(connection, self._select_for_update, key)
            if not rows:
                self._raise_unlockable(connection, key)
        return rows

    def _delay_adoption(self, connection: Connection, key: Values) -> None:
        """Have whoever adds the client wait for the end of the host's transaction.

        The host may have added the campaign in it: nobody else sees it yet, so that nobody could
        lock it and count its leads. A transaction at REPEATABLE READ is told of a client that was
        added after it began.
        """
        if connection.execute(self.clients.reserve_client, key).first() is not None:
            connection.execute(self.clients.free_client, key)

    def _raise_unlockable(self, connection: Connection, key: Values) -> NoReturn:
        """Refuse a campaign that can be read, but not locked together with its progress."""
        campaigns, progress = self.statements.tables.campaigns, self.statements.tables.progress
        own_row = self.statements.select_own_id.with_for_update(key_share=True)
        is_locked = connection.scalar(own_row, key) is not None
        raise_hidden(progress if is_locked else campaigns, "UPDATE")

    def read_events(
        self, connection: Connection, spans: Sequence[tuple[object, int, int]]
    ) -> Sequence[Row]:
        """As `Backend.read_events`."""
        rows = [{"campaign_id": key, "after": n, "last": last} for key, n, last in spans]
        return fetch_rows(connection, self._select_events, _bind_arrays("spans", rows))

    def delete_leads(
        self, connection: Connection, key: Values, lead_ids: Sequence[str]
    ) -> Sequence[Row]:
        """As `Backend.delete_leads`."""
        return connection.execute(self._delete_leads, {**key, **self.name_leads(lead_ids)}).all()

    def write_changes(self, connection: Connection, key: Values, changes: Changes) -> Row | None:
        """As `Backend.write_changes`: in one statement, but for suggestions whose leads change."""
        days = changes.days.items()
        rows: dict[_Part, Sequence[Values]] = {
            "leads": [assignment_values(assignment) for assignment in changes.assigned],
            "raised_days": [{"day": day, "admitted": by} for day, by in days if by > 0],
            "lowered_days": [{"day": day, "admitted": -by} for day, by in days if by < 0],
            "progress": [changes.progress] if changes.progress else [],
            "new_suggestions": list(map(_dump_head, changes.new_suggestions)),
            "known_suggestions": [
                _dump_head(given, changes.known[given.id]) for given in changes.known_suggestions
            ],
            "suggested_leads": [
                values
                for suggestion in changes.whole_suggestions
                for values in suggested_lead_values(suggestion)
            ],
            "rejections": [rejection_values(rejection) for rejection in changes.rejections],
            "lifted": [{"lead_id": lead_id} for lead_id in changes.lifted],
            "events": [
                {"place": place, **_dump(event_values(event), "event")}
                for place, event in enumerate(changes.events, start=1)
            ],
            "releases": [
                {"place": place, **_dump(release_values(released), "by")}
                for place, released in enumerate(changes.released, start=1)
            ],
            "raised_client_days": changes.raised_client_days,
            "lowered_client_days": changes.lowered_client_days,
        }
        parts: frozenset[_Part] = frozenset(part for part, some in rows.items() if some)
        columns = tuple(changes.campaign)
        if not (parts or columns):
            return None
        values = {
            **key,
            **self.statements.bind_progress(changes.progress),
            **self.statements.bind_campaign(changes.campaign),
        }
        for part, some in rows.items():
            if some and part != "progress":
                values |= _bind_arrays(part, some)
        if replaced := changes.replaced_suggestions:
            # By itself: the parts of one statement do not see each other's rows.
            delete_leads = self.statements.delete_suggested_leads
            connection.execute(delete_leads, {"ck_suggestions": replaced})
        write = self._find_write(parts, columns, returning=not changes.is_corrupt)
        row = self._execute_write(connection, write, values, changes)
        self._check_counts(connection, key, changes, row)
        if columns and changes.is_corrupt:
            statements = self.statements
            return fetch_each(connection, statements.select_campaign, statements.id, key)[0]
        return row[_COUNT_COLUMNS:] if columns else None

    def _execute_write(
        self, connection: Connection, write: AnySelect, values: Values, changes: Changes
    ) -> Row:
        """Return the row of a write.

        Raises:
            HostRefusedError: an UPDATE or a DELETE before it did nothing.
        """
        tables = self.statements.tables
        try:
            row = connection.execute(write, values).first()
        except IntegrityError as error:
            # The stored leads of these suggestions were deleted before, under the campaign's lock.
            if changes.replaced_suggestions and is_duplicate(error, tables.suggested_leads.name):
                raise_hidden(tables.suggested_leads, "DELETE")
            raise
        if row is None:
            raise_hidden(tables.campaigns, "UPDATE")
        return row

    def _check_counts(
        self, connection: Connection, key: Values, changes: Changes, row: Row
    ) -> None:
        """Check that a write has written all rows; `row` begins with how many.

        Raises:
            ConflictError: a lead or a suggestion is stored already.
            HostRefusedError: an UPDATE or a DELETE left out rows.
        """
        leads, suggestions, lowered = row[:_COUNT_COLUMNS]
        if leads != len(changes.assigned):
            msg = f"campaign {key['ck_campaign']}: some of the leads to assign are there already"
            raise ConflictError(msg)
        if suggestions != len(changes.suggestions):
            raise_unread_suggestions(key["ck_campaign"])
        days = [day for day, by in changes.days.items() if by < 0]
        if lowered != len(days) and (
            connection.execute(self._select_days, {**key, "ck_days": days}).first()
        ):
            raise_hidden(self.statements.tables.days, "UPDATE")

    def _build_lock(self) -> AnySelect:
        """Return the statement that locks and reads a client, a campaign and its progress.

        Every transaction uses it, also one that only edits: if one changed a row without waiting
        for all, another at REPEATABLE READ could miss the change. The lock on the campaign permits
        inserts of rows that refer to it.

        The rows are locked in this order: no row of the join, and so none to lock, is there before
        the UPDATE of the client has returned its row or none.
        """
        statements, progress = self.statements, self.statements.tables.progress
        campaigns, client = statements.tables.campaigns, self.clients.lock_client.cte("client")
        joined = campaigns.join(progress, progress.c.campaign_id == statements.id)
        columns = statements.rows.select_columns()
        return (
            select(*columns, *statements.progress, statements.has_history, *client.c)
            .select_from(joined.outerjoin(client, true()))
            .where(statements.is_own)
            .with_for_update(key_share=True, of=campaigns)
            .suffix_with(text(f"FOR UPDATE OF {progress.name}"))
        )

    def _build_read(self, leads: FromClause) -> AnySelect:
        admitted = self.statements.select_admitted.scalar_subquery().label("admitted")
        has_client = exists(self.clients.select_client).label("has_client")
        own = select(admitted, self.statements.has_history, has_client).subquery("own")
        return select(*own.c, *leads.c).select_from(own.outerjoin(leads, true()))

    def _build_known(self) -> AnySelect:
        """Return the statement for all that an intake must know after it has locked the rows.

        The first row has whether there is a history, and the count of the day.
        """
        statements, part = self.statements, self.clients.part
        releases, any_event = statements.tables.releases, exists(statements.select_any_event)
        has_history = case(
            (any_event, literal_column("1", Integer())), else_=literal_column("0", Integer())
        )
        first_count, *_ = ADMITTED_COLUMNS
        admitted = {first_count: statements.select_admitted.scalar_subquery()}
        leads = self.find_leads(contacted=False)
        gone = self.look_up(releases, releases, [releases.c.lead_id], (releases.c.contacted,))
        parts = (
            part("own", is_live=has_history, **admitted),
            part("lead", **{name: leads.c[name] for name in ASSIGNMENT}),
            part("contacted", lead_id=gone.c.lead_id),
            *self.clients.shared_parts,
        )
        return select(*union_all(*parts).subquery("known").c)

    def _build_events(self) -> AnySelect:
        events = self.statements.tables.events
        kinds = {"campaign_id": self.statements.id.type, "after": Integer(), "last": Integer()}
        spans = _unnest("spans", kinds)
        return _find_each(
            spans,
            select(*(events.c[name] for name in EVENT))
            .where(events.c.campaign_id == spans.c.campaign_id)
            .where(events.c.number > spans.c.after, events.c.number <= spans.c["last"]),
        )

    def _find_places(self, table: Table, named: str) -> AnySelect:
        """Return the statement for the places of the rows of leads; `named` as in `look_up`."""
        its = table.c.campaign_id == self.statements.campaign
        place = _place(table).label("place")
        found = self.find_named([place], table, table.c.lead_id, (its,), named=named)
        return select(found.c.place)

    def _find_write(
        self, parts: frozenset[_Part], columns: tuple[str, ...], *, returning: bool
    ) -> AnySelect:
        key = parts, columns, returning
        if key not in self._writes:
            self._writes[key] = self._build_write(parts, columns, returning=returning)
        return self._writes[key]

    def _build_write(
        self, parts: frozenset[_Part], columns: tuple[str, ...], *, returning: bool
    ) -> AnySelect:
        """Return the statement that writes these parts, and columns of the campaign, each in a CTE.

        It returns how many leads and suggestions were written, how many days lowered, and with
        `returning` the row of the campaign if that has changed.
        """
        statements = self.statements
        build: Mapping[_Part, Callable[[], CTE]] = {
            "raised_days": self._raise_days,
            "progress": partial(statements.update_progress.cte, "moved_progress"),
            "suggested_leads": self._insert_suggested_leads,
            "rejections": self._write_rejections,
            "lifted": self._lift_rejections,
            "events": self._insert_events,
            "releases": self._insert_releases,
            "raised_client_days": self._raise_client_days,
            "lowered_client_days": self._lower_client_days,
        }
        ctes = [build[part]() for part in build if part in parts]
        inserts = [self._insert_leads()] if "leads" in parts else []
        lowered = [self._lower_days()] if "lowered_days" in parts else []
        into_suggestions = {
            "new_suggestions": statements.insert_suggestions,
            "known_suggestions": statements.replace_suggestions,
        }
        writes = [
            self._write_suggestions(part, into_suggestions[part])
            for part in into_suggestions
            if part in parts
        ]
        counts = _count_rows(inserts), _count_rows(writes), _count_rows(lowered)
        if not columns:
            return select(*counts).add_cte(*ctes)
        update_campaign = statements.update_campaign(columns)
        if not returning:
            return select(*counts).add_cte(*ctes, update_campaign.cte("changed_campaign"))
        columns_of_row = zip(ROW_FIELDS, statements.rows.select_columns(), strict=True)
        row = [readable(column).label(name) for name, column in columns_of_row]
        campaign = update_campaign.returning(*row).cte("changed_campaign")
        return select(*counts, *campaign.c).add_cte(*ctes)

    def _insert_leads(self) -> CTE:
        leads, own = (
            self.statements.tables.leads,
            (self.statements.campaign, self.statements.client),
        )
        rows = _unnest("leads")
        return (
            insert(leads)
            .from_select(["campaign_id", "client_id", *ASSIGNMENT], select(*own, *rows.c))
            .on_conflict_do_nothing()
            .returning(leads.c.lead_id)
            .cte("inserted_leads")
        )

    def _write_suggestions(
        self, part: str, write: Callable[[Insert], ReturningInsert[*tuple[Any, ...]]]
    ) -> CTE:
        suggestions, rows = self.statements.tables.suggestions, _unnest(part)
        plain = cast(rows.c.suggestion, JSONB())
        values = select(self.statements.campaign, rows.c.id, rows.c.state, rows.c.digest, plain)
        columns = ["campaign_id", "id", "state", "digest", "suggestion"]
        new = insert(suggestions).from_select(columns, values)
        return write(new).cte(f"written_{part}")

    def _insert_suggested_leads(self) -> CTE:
        rows = _unnest("suggested_leads")
        return (
            insert(self.statements.tables.suggested_leads)
            .from_select(
                ["campaign_id", *SUGGESTED_LEAD], select(self.statements.campaign, *rows.c)
            )
            .cte("inserted_suggested_leads")
        )

    def _write_rejections(self) -> CTE:
        rows = _unnest("rejections")
        new = insert(self.statements.tables.rejections).from_select(
            ["campaign_id", *REJECTION], select(self.statements.campaign, *rows.c)
        )
        return self.statements.write_rejections(new).cte("written_rejections")

    def _lift_rejections(self) -> CTE:
        """Return the statement that deletes rejections; one that a policy hides stays in force.

        To count those would make every intake slower.
        """
        rejections = self.statements.tables.rejections
        named = _is_at(rejections, self._find_places(rejections, "lifted"))
        return delete(rejections).where(named).cte("lifted_rejections")

    def _insert_events(self) -> CTE:
        """Insert events after the last one. The lock keeps other transactions from doing so."""
        statements, rows = self.statements, _unnest("events")
        number = statements.last_number + rows.c.place
        given = (rows.c.kind, rows.c.suggestion_id, cast(rows.c.event, JSONB()))
        columns = ["campaign_id", "number", "kind", "suggestion_id", "event"]
        return (
            insert(statements.tables.events)
            .from_select(columns, select(statements.campaign, number, *given))
            .cte("inserted_events")
        )

    def _insert_releases(self) -> CTE:
        """Insert releases after the last one, as events."""
        statements, rows = self.statements, _unnest("releases")
        number = statements.last_release + rows.c.place
        given = [cast(rows.c.by, JSONB()) if name == "by" else rows.c[name] for name in RELEASE]
        own = (statements.campaign, number, statements.client)
        columns = ["campaign_id", "number", "client_id", *RELEASE]
        new = insert(statements.tables.releases).from_select(columns, select(*own, *given))
        return new.cte("inserted_releases")

    def _raise_client_days(self) -> CTE:
        rows = _unnest("raised_client_days")
        new = select(self.statements.client, *rows.c)
        return (
            self.statements.raise_client_days(insert)
            .from_select(["client_id", *_CLIENT_DAY_COLUMNS], new)
            .cte("raised_client_days")
        )

    def _lower_client_days(self) -> CTE:
        days, rows = self.statements.tables.client_days, _unnest("lowered_client_days")
        return (
            update(days)
            .where(days.c.client_id == self.statements.client, days.c.day == rows.c.day)
            .values({name: days.c[name] + rows.c[name] for name in ADMITTED_COLUMNS})
            .cte("lowered_client_days")
        )

    def _raise_days(self) -> CTE:
        rows = _unnest("raised_days")
        new = select(self.statements.campaign, *rows.c)
        return (
            self.statements.raise_days(insert)
            .from_select(["campaign_id", *_DAY_COLUMNS], new)
            .cte("raised_days")
        )

    def _lower_days(self) -> CTE:
        days, rows = self.statements.tables.days, _unnest("lowered_days")
        return (
            update(days)
            .where(days.c.campaign_id == self.statements.campaign, days.c.day == rows.c.day)
            .values(admitted=days.c.admitted - rows.c.admitted)
            .returning(days.c.day)
            .cte("lowered_days")
        )


def _place(table: Table) -> ColumnElement[Any]:
    return literal_column(f"{table.name}.ctid")


def _is_at(table: Table, places: AnySelect) -> ColumnElement[bool]:
    return _place(table) == any_(func.array(places.scalar_subquery()))


def _count_rows(written: Sequence[CTE]) -> ColumnElement[Any]:
    counts = [select(func.count()).select_from(part).scalar_subquery() for part in written]
    return sum(counts[1:], counts[0]) if counts else literal_column("0")


def _dump_head(suggestion: Suggestion | SuggestionHead, unknown: UnknownPieces = ()) -> Values:
    return _dump(head_values(suggestion, unknown), "suggestion")


def _dump(values: Values, name: str) -> Values:
    """Return values with the one of this name, an object, as the text of its JSON."""
    return {**values, name: json.dumps(values[name], ensure_ascii=False)}


def _unnest(name: str, kinds: Mapping[str, TypeEngine[Any]] | None = None) -> TableValuedAlias:
    """Return a table of rows that are given as an array for each column, by `_bind_arrays`.

    The `kinds` of the columns are those in `_ROWS` if none are given.
    """
    columns = (_ROWS[name] if kinds is None else kinds).items()
    arrays = [
        bindparam(f"ck_{name}_{column_name}", type_=ARRAY(kind)) for column_name, kind in columns
    ]
    typed = [column(column_name, kind) for column_name, kind in columns]
    return func.unnest(*arrays).table_valued(*typed, name=f"given_{name}").render_derived()


def _bind_arrays(name: str, rows: Sequence[Values]) -> Values:
    """Return the parameters of `_unnest` for rows, of which there must be some."""
    return {
        f"ck_{name}_{column_name}": [row[column_name] for row in rows] for column_name in rows[0]
    }


def _find_each(given: FromClause, found: AnySelect) -> AnySelect:
    """Return what is found for each of the given rows."""
    # OFFSET keeps the planner from another kind of join.
    each = found.offset(literal_column("0")).lateral("found")
    return select(*each.c).select_from(given.join(each, true()))
