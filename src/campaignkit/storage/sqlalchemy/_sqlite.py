"""How SQLite locks a campaign, reads what a decision needs, and writes what was decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from attrs import evolve
from sqlalchemy import (
    Connection,
    ScalarSelect,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert

from campaignkit.domain._suggestions import Suggestion
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
from campaignkit.storage.sqlalchemy._driver_errors import is_duplicate, without_content
from campaignkit.storage.sqlalchemy._guarded import fetch_rows, readable
from campaignkit.storage.sqlalchemy._queries import Queries, State

_EVENT = ("kind", "suggestion_id", "event")


class SQLite(Backend):
    """Whoever writes has locked the whole database, so what is read then stays as it is."""

    def __init__(self, queries: Queries) -> None:
        tables = queries.tables
        leads, days = tables.leads, tables.days
        is_wanted = leads.c.lead_id.in_(_wanted())
        self.queries = queries
        self.snapshot = queries.state_with(leads, (leads.c.campaign_id == queries.id) & is_wanted)
        self._create_progress = queries.create_progress(sqlite.insert)
        self._leads = select(*(readable(leads.c[name]) for name in ASSIGNMENT)).where(
            leads.c.campaign_id == queries.campaign, is_wanted
        )
        self._release = (
            delete(leads)
            .where(leads.c.campaign_id == queries.campaign, is_wanted)
            .returning(leads.c.lead_id, readable(leads.c.day))
        )
        self._assign = insert(leads)
        self._gain = queries.gain(sqlite.insert)
        self._lose = (
            update(days)
            .where(days.c.campaign_id == queries.campaign, days.c.day == bindparam("ck_day"))
            .values(admitted=days.c.admitted - bindparam("ck_lost"))
        )

        self._suggest = self._suggesting()
        number = queries.last_number + literal_column("1")
        self._tell = insert(tables.events).values(
            campaign_id=queries.campaign,
            number=number,
            **{
                f"{name}": bindparam(f"ck_{name}", type_=tables.events.c[name].type)
                for name in _EVENT
            },
        )

    def wanted(self, lead_ids: Sequence[str]) -> Values:
        """As `Backend.wanted`."""
        return {"ck_wanted": json.dumps(list(lead_ids), ensure_ascii=False)}

    def begin_writing(self, connection: Connection, key: Values) -> None:
        """As `Backend.begin_writing`: insert the progress, which locks the database to writers.

        To read first and then write, as a transaction of the driver's own would, is to decide
        upon what another may have changed in between. And only a writing statement makes that
        driver begin: a SAVEPOINT before it would be a transaction of its own, and its RELEASE
        the COMMIT.
        """
        connection.execute(self._create_progress, key)

    def lock(
        self, connection: Connection, key: Values, day: date | None, lead_ids: Sequence[str]
    ) -> State | None:
        """As `Backend.lock`; it is locked since `begin_writing`."""
        rows = fetch_rows(connection, self.queries.state, {**key, "ck_day": day})
        if not rows:
            return None
        wanted = {**key, **self.wanted(lead_ids)}
        leads = fetch_rows(connection, self._leads, wanted) if lead_ids else ()
        return evolve(State.of(rows), leads=leads)

    def release(
        self, connection: Connection, key: Values, lead_ids: Sequence[str]
    ) -> Sequence[Row]:
        """As `Backend.release`."""
        return connection.execute(self._release, {**key, **self.wanted(lead_ids)}).all()

    def write(self, connection: Connection, key: Values, changes: Changes) -> Row | None:
        """As `Backend.write`: in a statement for each kind of change."""
        queries, campaign_id = self.queries, key["ck_campaign"]
        if changes.assigned:
            self._assign_leads(connection, campaign_id, changes)
        gained = [
            {"campaign_id": campaign_id, "day": day, "admitted": by}
            for day, by in changes.days.items()
            if by > 0
        ]
        if gained:
            connection.execute(self._gain, gained)
        lost = [
            {"ck_campaign": campaign_id, "ck_day": day, "ck_lost": -by}
            for day, by in changes.days.items()
            if by < 0
        ]
        if lost:
            connection.execute(self._lose, lost)
        if changes.progress:
            connection.execute(queries.move, {**key, **queries.moved(changes.progress)})
        for suggestion in changes.suggestions:
            self._put(connection, campaign_id, suggestion)
        if changes.events:
            told = [dict(zip(_EVENT, event_values(event), strict=True)) for event in changes.events]
            prefixed = [{f"ck_{name}": value for name, value in one.items()} for one in told]
            connection.execute(
                self._tell, [{"ck_campaign": campaign_id, **one} for one in prefixed]
            )
        if not changes.campaign:
            return None
        change = queries.change(tuple(changes.campaign))
        connection.execute(change, {**key, **queries.changed(changes.campaign)})
        # Read again: RETURNING would show the row as it was before the triggers.
        return fetch_rows(connection, queries.get_deleted, key)[0]

    def _suggesting(self) -> ReturningInsert[*tuple[Any, ...]]:
        """Return the statement that adds a suggestion, or replaces the campaign's own."""
        suggestions = self.queries.tables.suggestions
        new = sqlite.insert(suggestions)
        return new.on_conflict_do_update(
            index_elements=[suggestions.c.id],
            set_={name: new.excluded[name] for name in ("state", "suggestion")},
            where=suggestions.c.campaign_id == new.excluded.campaign_id,
        ).returning(suggestions.c.id)

    def _put(self, connection: Connection, campaign_id: object, suggestion: Suggestion) -> None:
        suggestion_id, state, rest = suggestion_values(suggestion)
        values = {
            "id": suggestion_id,
            "campaign_id": campaign_id,
            "state": state,
            "suggestion": rest,
        }
        if connection.execute(self._suggest, values).first() is None:
            msg = f"campaign {campaign_id}: suggestion {suggestion_id} is another's"
            raise ConflictError(msg)

    def _assign_leads(self, connection: Connection, campaign_id: object, changes: Changes) -> None:
        rows = [
            {"campaign_id": campaign_id, **dict(zip(ASSIGNMENT, values, strict=True))}
            for values in map(assignment_values, changes.assigned)
        ]
        try:
            # By executemany, since numbers in JSON are not read back to the last digit.
            connection.execute(self._assign, rows)
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            msg = f"campaign {campaign_id}: some of the leads to assign are there already"
            raise ConflictError(msg) from without_content(error)


def _wanted() -> ScalarSelect[str]:
    """Return the ids that are wanted; `IN` them is a probe of the primary key for each."""
    wanted = func.json_each(bindparam("ck_wanted", type_=Text())).table_valued("value")
    return select(wanted.c.value).scalar_subquery()
