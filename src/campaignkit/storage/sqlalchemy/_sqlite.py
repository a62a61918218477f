"""Lock, read and write a campaign in SQLite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from attrs import evolve
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    ScalarSelect,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from campaignkit.errors import ConflictError
from campaignkit.storage._observation import lock_wait
from campaignkit.storage.sqlalchemy._backend import Backend, Changes, raise_unread_suggestions
from campaignkit.storage.sqlalchemy._client_codec import following_revision, release_values
from campaignkit.storage.sqlalchemy._client_statements import ClientStatements
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    Row,
    Values,
    assignment_values,
    event_values,
    head_values,
    name_parameters,
    rejection_values,
    suggested_lead_values,
)
from campaignkit.storage.sqlalchemy._driver_errors import is_duplicate, without_content
from campaignkit.storage.sqlalchemy._fetch import fetch_rows, readable
from campaignkit.storage.sqlalchemy._statements import State, Statements
from campaignkit.storage.sqlalchemy._tables import ADMITTED_COLUMNS


class SQLite(Backend):
    """A transaction that writes locks the whole database, so what it reads cannot change."""

    def __init__(self, statements: Statements) -> None:
        super().__init__()
        self.statements = statements
        ids = func.json_each(bindparam("ck_lead_ids", type_=Text())).table_valued("value")
        named = select(ids.c.value.label("lead_id")).subquery("named")
        self.clients = ClientStatements(statements, self.find_named, named, sqlite.insert)
        tables = statements.tables
        leads, days = tables.leads, tables.days
        is_named = leads.c.lead_id.in_(_select_lead_ids())
        self.snapshot = statements.select_state_with(
            leads, (leads.c.campaign_id == statements.id) & is_named
        )
        and_contacted = self.find_leads(contacted=True)
        self.snapshot_and_contacted = statements.select_state_with(and_contacted, true())
        self._select_leads_and_contacted = select(*and_contacted.c)
        self._insert_progress = statements.insert_progress(sqlite.insert)
        self._select_leads = select(*(leads.c[name] for name in ASSIGNMENT)).where(
            leads.c.campaign_id == statements.campaign, is_named
        )
        self._delete_leads = (
            delete(leads)
            .where(leads.c.campaign_id == statements.campaign, is_named)
            .returning(*(readable(leads.c[name]) for name in ASSIGNMENT))
        )
        self._insert_leads = insert(leads)
        self._raise_days = statements.raise_days(sqlite.insert)
        self._lower_days = (
            update(days)
            .where(days.c.campaign_id == statements.campaign, days.c.day == bindparam("ck_day"))
            .values(admitted=days.c.admitted - bindparam("ck_less"))
        )
        releases, client_days = tables.releases, tables.client_days
        self._insert_releases = insert(releases).values(
            campaign_id=statements.campaign, number=statements.last_release + literal_column("1")
        )
        self._raise_client_days = statements.raise_client_days(sqlite.insert)
        self._lower_client_days = (
            update(client_days)
            .where(
                client_days.c.client_id == statements.client,
                client_days.c.day == bindparam("ck_day"),
            )
            .values(
                {name: client_days.c[name] + bindparam(f"ck_{name}") for name in ADMITTED_COLUMNS}
            )
        )

        new = sqlite.insert(tables.suggestions)
        self._insert_suggestion = statements.insert_suggestions(new)
        self._replace_suggestion = statements.replace_suggestions(new)
        self._insert_suggested_leads = insert(tables.suggested_leads)
        rejections = tables.rejections
        self._write_rejections = statements.write_rejections(sqlite.insert(rejections))
        self._lift_rejections = delete(rejections).where(
            rejections.c.campaign_id == statements.campaign,
            rejections.c.lead_id.in_(_select_lead_ids()),
        )
        events = tables.events
        self._add_event = insert(events).values(
            campaign_id=statements.campaign,
            number=statements.last_number + literal_column("1"),
            kind=bindparam("ck_kind"),
            suggestion_id=bindparam("ck_suggestion_id", type_=events.c.suggestion_id.type),
            event=bindparam("ck_event", type_=events.c.event.type),
        )

    def name_leads(self, lead_ids: Sequence[str]) -> Values:
        """As `Backend.name_leads`."""
        return {"ck_lead_ids": json.dumps(lead_ids, ensure_ascii=False)}

    def find_named(
        self,
        columns: Sequence[ColumnElement[Any]],
        source: FromClause,
        lead_id: ColumnElement[Any],
        conditions: Sequence[ColumnElement[bool]],
    ) -> FromClause:
        """As `Backend.find_named`."""
        is_named = lead_id.in_(_select_lead_ids())
        return select(*columns).select_from(source).where(is_named, *conditions).subquery()

    def begin_writing(self, connection: Connection, key: Values) -> None:
        """As `Backend.begin_writing`: insert the progress, which locks the database for writers.

        If the transaction read first, another one could change what it read before it writes.
        Also, the driver begins a transaction only at a writing statement: a SAVEPOINT before it
        would be a transaction of its own, and its RELEASE the COMMIT.
        """
        with lock_wait():
            connection.execute(self._insert_progress, key)

    def begin_client(self, connection: Connection, key: Values) -> None:
        """As `Backend.begin_client`: touch the client, which locks the database for writers."""
        with lock_wait():
            connection.execute(self.clients.touch_client, key)

    def lock_state(
        self,
        connection: Connection,
        key: Values,
        day: date | None,
        lead_ids: Sequence[str],
        *,
        reads_client: bool = False,
    ) -> State | None:
        """As `Backend.lock_state`; `begin_writing` has locked it."""
        del reads_client  # all is locked
        rows = fetch_rows(connection, self.statements.select_state, {**key, "ck_day": day})
        if not rows:
            return None
        state = State.of(rows)
        if state.client is not None:
            connection.execute(self.clients.raise_revision, key)
            revision = following_revision(state.client.revision)
            state = evolve(state, client=state.client._replace(revision=revision))
        if not lead_ids:
            return state
        values = {**key, **self.name_leads(lead_ids)}
        select_leads = self._select_leads if day is None else self._select_leads_and_contacted
        return state.with_leads(fetch_rows(connection, select_leads, values))

    def read_events(
        self, connection: Connection, spans: Sequence[tuple[object, int, int]]
    ) -> Sequence[Row]:
        """As `Backend.read_events`: by a query for each; `IN` with pairs reads the whole table."""
        values = ({"ck_campaign": key, "ck_after": n, "ck_last": last} for key, n, last in spans)
        return [
            row
            for given in values
            for row in fetch_rows(connection, self.statements.select_events, given)
        ]

    def delete_leads(
        self, connection: Connection, key: Values, lead_ids: Sequence[str]
    ) -> Sequence[Row]:
        """As `Backend.delete_leads`."""
        return connection.execute(self._delete_leads, {**key, **self.name_leads(lead_ids)}).all()

    def write_changes(self, connection: Connection, key: Values, changes: Changes) -> Row | None:
        """As `Backend.write_changes`: one statement for each kind of change."""
        statements, campaign_id = self.statements, key["ck_campaign"]
        if changes.assigned:
            self._assign_leads(connection, key, changes)
        self._write_shared(connection, key, changes)
        raised = [
            {"campaign_id": campaign_id, "day": day, "admitted": by}
            for day, by in changes.days.items()
            if by > 0
        ]
        if raised:
            connection.execute(self._raise_days, raised)
        lowered = [
            {"ck_campaign": campaign_id, "ck_day": day, "ck_less": -by}
            for day, by in changes.days.items()
            if by < 0
        ]
        if lowered:
            connection.execute(self._lower_days, lowered)
        if changes.progress:
            connection.execute(
                statements.update_progress, {**key, **statements.bind_progress(changes.progress)}
            )
        self._store_suggestions(connection, campaign_id, changes)
        if changes.lifted:
            named = self.name_leads(changes.lifted)
            connection.execute(self._lift_rejections, {**key, **named})
        if changes.rejections:
            rows = [{"campaign_id": campaign_id, **rejection_values(r)} for r in changes.rejections]
            connection.execute(self._write_rejections, rows)
        if changes.events:
            connection.execute(
                self._add_event,
                [
                    {"ck_campaign": campaign_id, **name_parameters(event_values(event))}
                    for event in changes.events
                ],
            )
        if not changes.campaign:
            return None
        change = statements.update_campaign(tuple(changes.campaign))
        connection.execute(change, {**key, **statements.bind_campaign(changes.campaign)})
        # Read again: RETURNING would show the row as it was before the triggers.
        return fetch_rows(connection, statements.select_campaign, key)[0]

    def _store_suggestions(
        self, connection: Connection, campaign_id: object, changes: Changes
    ) -> None:
        for suggestion in changes.suggestions:
            is_known = suggestion.id in changes.known
            head = head_values(suggestion, changes.known.get(suggestion.id, ()))
            values = {"campaign_id": campaign_id, **head}
            write = self._replace_suggestion if is_known else self._insert_suggestion
            if connection.execute(write, values).first() is None:
                raise_unread_suggestions(campaign_id)
        if replaced := changes.replaced_suggestions:
            delete_leads = self.statements.delete_suggested_leads
            connection.execute(delete_leads, {"ck_suggestions": replaced})
        leads = [
            {"campaign_id": campaign_id, **values}
            for suggestion in changes.whole_suggestions
            for values in suggested_lead_values(suggestion)
        ]
        if leads:
            connection.execute(self._insert_suggested_leads, leads)

    def _write_shared(self, connection: Connection, key: Values, changes: Changes) -> None:
        """Write what the campaigns of the client share."""
        client_id, campaign_id = key["ck_client"], key["ck_campaign"]
        if changes.released:
            own = {"client_id": client_id, "ck_campaign": campaign_id}
            rows = [{**own, **release_values(released)} for released in changes.released]
            connection.execute(self._insert_releases, rows)
        if raised := changes.raised_client_days:
            connection.execute(
                self._raise_client_days, [{"client_id": client_id, **row} for row in raised]
            )
        if lowered := changes.lowered_client_days:
            connection.execute(
                self._lower_client_days,
                [{"ck_client": client_id, **name_parameters(row)} for row in lowered],
            )

    def _assign_leads(self, connection: Connection, key: Values, changes: Changes) -> None:
        campaign_id = key["ck_campaign"]
        own = {"campaign_id": campaign_id, "client_id": key["ck_client"]}
        rows = [{**own, **assignment_values(assignment)} for assignment in changes.assigned]
        try:
            # Not as JSON: it does not keep numbers to the last digit.
            connection.execute(self._insert_leads, rows)
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            msg = f"campaign {campaign_id}: some of the leads to assign are there already"
            raise ConflictError(msg) from without_content(error)


def _select_lead_ids() -> ScalarSelect[str]:
    """Return a query of the named ids; `IN` looks up each by the primary key."""
    ids = func.json_each(bindparam("ck_lead_ids", type_=Text())).table_valued("value")
    return select(ids.c.value).scalar_subquery()
