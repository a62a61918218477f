"""How PostgreSQL locks a campaign, reads what a decision needs, and writes what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from attrs import astuple, evolve, frozen
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Connection,
    Date,
    Double,
    Integer,
    Subquery,
    TableValuedAlias,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.dml import ReturningDelete
from sqlalchemy.types import TypeEngine

from campaignkit.errors import ConflictError
from campaignkit.storage.sqlalchemy._backend import Backend, Changes
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    Row,
    Values,
    assignment_values,
    event_values,
    suggestion_values,
)
from campaignkit.storage.sqlalchemy._queries import AnySelect, Queries, State

_DAY = ("day", "admitted")
_SUGGESTION = ("id", "state", "suggestion")
_EVENT = ("place", "kind", "suggestion_id", "event")

_TYPES: dict[str, TypeEngine[Any]] = {
    "lead_id": Text(),
    "channel": Text(),
    "tier": Text(),
    "als_score": Double(),
    "day": Date(),
    "epoch": Integer(),
    "admitted": Integer(),
    "id": Uuid(),
    "state": Text(),
    "suggestion": Text(),
    "place": Integer(),
    "kind": Text(),
    "suggestion_id": Uuid(),
    "event": Text(),
}


@frozen
class _Parts:
    """What a statement writes: leads, days that gain or lose some, the progress, and so on."""

    leads: bool
    gaining: bool
    losing: bool
    progress: bool
    suggestions: bool
    events: bool
    columns: tuple[str, ...]


class PostgreSQL(Backend):
    """Takes three statements for an intake: lock, read, write. They cannot be fewer."""

    def __init__(self, queries: Queries) -> None:
        tables = queries.tables
        self.queries = queries
        leads = self._found(*(tables.leads.c[name] for name in ASSIGNMENT))
        self.snapshot = queries.state_with(leads, true())
        self._lock = self._locking()
        self._create_progress = queries.create_progress(insert)
        self._read = self._reading(leads)
        self._release = self._releasing()
        self._writes: dict[_Parts, AnySelect] = {}

    def wanted(self, lead_ids: Sequence[str]) -> Values:
        """As `Backend.wanted`."""
        return {"ck_wanted_lead_id": list(lead_ids)}

    def begin_writing(self, connection: Connection, key: Values) -> None:
        """As `Backend.begin_writing`: nothing, since SAVEPOINT is like any other statement."""

    def lock(
        self, connection: Connection, key: Values, day: date | None, lead_ids: Sequence[str]
    ) -> State | None:
        """As `Backend.lock`."""
        row = connection.execute(self._lock, key).first()
        if row is None:
            # A host's own campaign has no progress yet, and there is nothing to lock. At
            # REPEATABLE READ two first intakes would then not see each other, if the row were
            # made only after the decision.
            connection.execute(self._create_progress, key)
            row = connection.execute(self._lock, key).first()
        if row is None:
            return None
        locked = State.of([row])
        if day is None and not lead_ids:
            return locked
        # Only a later statement: one that waits for its lock still reads, of the rows that it
        # does not lock, what was there before it waited.
        wanted = {**key, "ck_day": day, **self.wanted(lead_ids)}
        read: Sequence[Row] = connection.execute(self._read, wanted).all()
        leads = [row[1:] for row in read if row[1] is not None]
        return evolve(locked, admitted_today=read[0][0], leads=leads)

    def release(
        self, connection: Connection, key: Values, lead_ids: Sequence[str]
    ) -> Sequence[Row]:
        """As `Backend.release`."""
        return connection.execute(self._release, {**key, **self.wanted(lead_ids)}).all()

    def write(self, connection: Connection, key: Values, changes: Changes) -> Row | None:
        """As `Backend.write`: in one statement, however much it is."""
        gained = {day: by for day, by in changes.days.items() if by > 0}
        lost = {day: -by for day, by in changes.days.items() if by < 0}
        parts = _Parts(
            leads=bool(changes.assigned),
            gaining=bool(gained),
            losing=bool(lost),
            progress=bool(changes.progress),
            suggestions=bool(changes.suggestions),
            events=bool(changes.events),
            columns=tuple(changes.campaign),
        )
        if not any(astuple(parts)):
            return None
        values = {
            **key,
            **_arrays("added", ASSIGNMENT, [assignment_values(a) for a in changes.assigned]),
            **_arrays("gained", _DAY, list(gained.items())),
            **_arrays("lost", _DAY, list(lost.items())),
            **_arrays(
                "suggested", _SUGGESTION, _texts(map(suggestion_values, changes.suggestions))
            ),
            **_arrays(
                "told",
                _EVENT,
                [
                    (place, *row)
                    for place, row in enumerate(_texts(map(event_values, changes.events)), start=1)
                ],
            ),
            **self.queries.moved(changes.progress),
            **self.queries.changed(changes.campaign),
        }
        row = connection.execute(self._writing(parts), values).one()
        if row[0] != len(changes.assigned):
            msg = f"campaign {key['ck_campaign']}: some of the leads to assign are there already"
            raise ConflictError(msg)
        if row[1] != len(changes.suggestions):
            msg = f"campaign {key['ck_campaign']}: some of the suggestions are another's"
            raise ConflictError(msg)
        return row[2:] if parts.columns else None

    def _locking(self) -> AnySelect:
        """Return the statement that locks and reads a campaign and its progress, in this order.

        Every transaction comes through here, also one that only edits: who changes either row
        must have waited for both, or at REPEATABLE READ another could miss the change. The lock
        on the campaign lets rows that refer to it come in.
        """
        queries, progress = self.queries, self.queries.tables.progress
        campaigns = queries.tables.campaigns
        return (
            select(*queries.rows.selected(), *queries.progress)
            .join_from(campaigns, progress, progress.c.campaign_id == queries.id)
            .where(queries.is_own)
            .with_for_update(key_share=True, of=campaigns)
            .suffix_with(text(f"FOR UPDATE OF {progress.name}"))
        )

    def _found(self, *columns: ColumnElement[Any]) -> Subquery:
        """Return these columns of the leads that are wanted and there.

        Each is looked up by itself: for `lead_id = ANY (…)` a table that was never analysed gets
        a plan that reads the whole campaign, and the driver keeps that plan.
        """
        leads = self.queries.tables.leads
        wanted = _unnested("wanted", ["lead_id"])
        found = (
            select(*columns)
            .where(leads.c.campaign_id == self.queries.campaign)
            .where(leads.c.lead_id == wanted.c.lead_id)
            .limit(literal_column("1"))
            .lateral("found")
        )
        return select(*found.c).select_from(wanted.join(found, true())).subquery("leads")

    def _reading(self, leads: Subquery) -> AnySelect:
        today = select(self.queries.today.scalar_subquery().label("admitted")).subquery("today")
        return select(today.c.admitted, *leads.c).select_from(today.outerjoin(leads, true()))

    def _releasing(self) -> ReturningDelete[*tuple[Any, ...]]:
        leads = self.queries.tables.leads
        place: ColumnElement[Any] = literal_column(f"{leads.name}.ctid")
        places = select(self._found(place.label("place")).c.place).scalar_subquery()
        return (
            delete(leads)
            .where(place == any_(func.array(places)))
            .returning(leads.c.lead_id, leads.c.day)
        )

    def _writing(self, parts: _Parts) -> AnySelect:
        if parts not in self._writes:
            self._writes[parts] = self._write(parts)
        return self._writes[parts]

    def _write(self, parts: _Parts) -> AnySelect:
        """Return the statement that writes these parts, each in a CTE.

        It returns how many leads were added, how many suggestions were put, and the campaign's row
        if that is among the parts.
        """
        queries = self.queries
        ctes = [
            *([self._gaining()] if parts.gaining else []),
            *([self._losing()] if parts.losing else []),
            *([queries.move.cte("moved")] if parts.progress else []),
            *([self._telling()] if parts.events else []),
        ]
        counts = (
            _count(self._adding() if parts.leads else None),
            _count(self._suggesting() if parts.suggestions else None),
        )
        if not parts.columns:
            return select(*counts).add_cte(*ctes)
        changed = queries.change(parts.columns).returning(*queries.rows.selected()).cte("changed")
        return select(*counts, *changed.c).add_cte(*ctes)

    def _adding(self) -> CTE:
        leads = self.queries.tables.leads
        rows = _unnested("added", ASSIGNMENT)
        return (
            insert(leads)
            .from_select(["campaign_id", *ASSIGNMENT], select(self.queries.campaign, *rows.c))
            .on_conflict_do_nothing()
            .returning(leads.c.lead_id)
            .cte("added_leads")
        )

    def _suggesting(self) -> CTE:
        suggestions, rows = self.queries.tables.suggestions, _unnested("suggested", _SUGGESTION)
        given = (self.queries.campaign, rows.c.id, rows.c.state, cast(rows.c.suggestion, JSONB()))
        new = insert(suggestions).from_select(["campaign_id", *_SUGGESTION], select(*given))
        return (
            new.on_conflict_do_update(
                index_elements=[suggestions.c.id],
                set_={name: new.excluded[name] for name in ("state", "suggestion")},
                where=suggestions.c.campaign_id == new.excluded.campaign_id,
            )
            .returning(suggestions.c.id)
            .cte("put_suggestions")
        )

    def _telling(self) -> CTE:
        """Return what adds events behind the last one, which nobody else can at this time."""
        queries, rows = self.queries, _unnested("told", _EVENT)
        number = queries.last_number + rows.c.place
        given = (rows.c.kind, rows.c.suggestion_id, cast(rows.c.event, JSONB()))
        columns = ["campaign_id", "number", "kind", "suggestion_id", "event"]
        return (
            insert(queries.tables.events)
            .from_select(columns, select(queries.campaign, number, *given))
            .cte("told_events")
        )

    def _gaining(self) -> CTE:
        rows = _unnested("gained", _DAY)
        new = select(self.queries.campaign, *rows.c)
        return self.queries.gain(insert).from_select(["campaign_id", *_DAY], new).cte("gained_days")

    def _losing(self) -> CTE:
        days, rows = self.queries.tables.days, _unnested("lost", _DAY)
        return (
            update(days)
            .where(days.c.campaign_id == self.queries.campaign, days.c.day == rows.c.day)
            .values(admitted=days.c.admitted - rows.c.admitted)
            .cte("lost_days")
        )


def _count(added: CTE | None) -> ColumnElement[Any]:
    if added is None:
        return literal_column("0")
    return select(func.count()).select_from(added).scalar_subquery()


def _texts(rows: Iterable[tuple[*tuple[Any, ...], Values]]) -> list[tuple[Any, ...]]:
    """Return rows with their last value, which is an object, as the text of its JSON."""
    return [(*row[:-1], json.dumps(row[-1], ensure_ascii=False)) for row in rows]


def _unnested(name: str, columns: Sequence[str]) -> TableValuedAlias:
    """Return a table of rows that are given as an array for each column."""
    arrays = [bindparam(f"ck_{name}_{n}", type_=ARRAY(_TYPES[n])) for n in columns]
    typed = [column(n, _TYPES[n]) for n in columns]
    return func.unnest(*arrays).table_valued(*typed, name=name).render_derived()


def _arrays(name: str, columns: Sequence[str], rows: Sequence[Row]) -> Values:
    """Return the parameters of `_unnested` for rows."""
    arrays = zip(*rows, strict=True) if rows else [()] * len(columns)
    return {f"ck_{name}_{n}": list(values) for n, values in zip(columns, arrays, strict=True)}
