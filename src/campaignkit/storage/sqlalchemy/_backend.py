"""The interface of the two databases: lock, read and write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NoReturn
from uuid import UUID

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    cast,
    null,
    select,
    union_all,
)

from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, ReleasedLead
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead
from campaignkit.errors import ConflictError, HostRefusedError
from campaignkit.serialization import UnknownPieces
from campaignkit.storage.sqlalchemy._client_statements import ClientStatements
from campaignkit.storage.sqlalchemy._codec import ASSIGNMENT, Row, Values
from campaignkit.storage.sqlalchemy._fetch import fetch_rows
from campaignkit.storage.sqlalchemy._statements import AnySelect, State, Statements
from campaignkit.storage.sqlalchemy._tables import ADMITTED_COLUMNS


@frozen
class Changes:
    """What to write, as columns take it.

    `days` has the change of each day's count, never 0, and `client_days` that of each day and
    channel of a client that has a row. `campaign` has the changed columns, by their keys in the
    table; the others of a row that `is_corrupt` may be such as the driver cannot decode. `known`
    has the ids of the suggestions that were stored before, each with what a newer release stored
    with it.
    """

    assigned: tuple[Assignment, ...]
    days: Mapping[date, int]
    progress: Values
    campaign: Values
    is_corrupt: bool = False
    released: tuple[ReleasedLead, ...] = ()
    client_days: Mapping[date, Sequence[int]] = FrozenMap[date, Sequence[int]]()
    suggestions: tuple[Suggestion | SuggestionHead, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    lifted: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    known: Mapping[UUID, UnknownPieces] = FrozenMap[UUID, UnknownPieces]()

    @property
    def raised_client_days(self) -> list[Values]:
        """The rows of the days of a client that no channel gives back."""
        return [row for row in self._list_client_days() if min(_counts(row)) >= 0]

    @property
    def lowered_client_days(self) -> list[Values]:
        """The rows of the other days; they are there."""
        return [row for row in self._list_client_days() if min(_counts(row)) < 0]

    def _list_client_days(self) -> list[Values]:
        return [
            {"day": day, **dict(zip(ADMITTED_COLUMNS, counts, strict=True))}
            for day, counts in self.client_days.items()
        ]

    @property
    def new_suggestions(self) -> list[Suggestion | SuggestionHead]:
        """The suggestions that must not be stored yet."""
        return [given for given in self.suggestions if given.id not in self.known]

    @property
    def known_suggestions(self) -> list[Suggestion | SuggestionHead]:
        """The suggestions that replace stored ones."""
        return [given for given in self.suggestions if given.id in self.known]

    @property
    def whole_suggestions(self) -> list[Suggestion]:
        """The suggestions that are written with their leads."""
        return [given for given in self.suggestions if isinstance(given, Suggestion)]

    @property
    def replaced_suggestions(self) -> list[UUID]:
        """The ids of those whose stored leads are replaced."""
        return [whole.id for whole in self.whole_suggestions if whole.id in self.known]


def _counts(row: Values) -> list[int]:
    return [row[name] for name in ADMITTED_COLUMNS]


class Backend(ABC):
    """The statements of one database on a set of tables.

    `snapshot` is `Statements.select_state` with the named leads, one in each row;
    `snapshot_and_contacted` also has those that were released as contacted. `key` has the
    parameters `ck_client` and `ck_campaign`, which name a campaign.
    """

    statements: Statements
    clients: ClientStatements
    snapshot: AnySelect
    snapshot_and_contacted: AnySelect

    def __init__(self) -> None:
        self._met: dict[tuple[bool, bool], AnySelect] = {}

    @abstractmethod
    def name_leads(self, lead_ids: Sequence[str]) -> Values:
        """Return the parameter that names leads."""

    @abstractmethod
    def find_named(
        self,
        columns: Sequence[ColumnElement[Any]],
        source: FromClause,
        lead_id: ColumnElement[Any],
        conditions: Sequence[ColumnElement[bool]],
    ) -> FromClause:
        """Return columns of a source, of its rows of the named leads that meet conditions."""

    def look_up(
        self,
        source: FromClause,
        table: FromClause,
        columns: Sequence[ColumnElement[Any]],
        conditions: Sequence[ColumnElement[bool]],
    ) -> FromClause:
        """Return columns of a source, of the rows of the campaign's named leads in its table."""
        is_its = table.c.campaign_id == self.statements.campaign
        return self.find_named(columns, source, table.c.lead_id, (is_its, *conditions))

    def select_met(self, *, digest: bool, leads: bool) -> AnySelect:
        """Return the statement for what an act meets: kind, campaign, suggestion, lead, last day.

        With `digest` the equal suggestions and the last one, with `leads` the pending suggestions
        of the named leads and their rejections.
        """
        if (digest, leads) not in self._met:
            statements = self.statements
            parts: list[AnySelect] = []
            if digest:
                parts += [statements.select_equal(), statements.select_last()]
            if leads:
                parts.append(statements.select_waiting(self.look_up))
                parts.append(statements.select_rejected(self.look_up))
            self._met[digest, leads] = select(*union_all(*parts).subquery("met").c)
        return self._met[digest, leads]

    @abstractmethod
    def begin_writing(self, connection: Connection, key: Values) -> None:
        """Do what must come first, before any SAVEPOINT, in a transaction that writes."""

    def read_state(
        self, connection: Connection, key: Values, day: date | None, lead_ids: Sequence[str]
    ) -> State | None:
        """Read a campaign in one statement; None if the client has no such campaign."""
        values = {**key, "ck_day": day, **self.name_leads(lead_ids)}
        statement = self.statements.select_state
        if lead_ids:
            statement = self.snapshot if day is None else self.snapshot_and_contacted
        rows = fetch_rows(connection, statement, values)
        return State.of(rows) if rows else None

    def find_leads(self, *, contacted: bool) -> FromClause:
        """Return the campaign's named leads.

        With `contacted` also those that it has released as contacted; these have no channel.
        """
        leads, releases = self.statements.tables.leads, self.statements.tables.releases
        columns = [leads.c[name] for name in ASSIGNMENT]
        found = self.look_up(leads, leads, columns, ())
        if not contacted:
            return found
        gone = self.look_up(releases, releases, [releases.c.lead_id], (releases.c.contacted,))
        rest = [cast(null(), its.type).label(its.name) for its in columns[1:]]
        return union_all(select(*found.c), select(gone.c.lead_id, *rest)).subquery("found_leads")

    @abstractmethod
    def lock_state(
        self,
        connection: Connection,
        key: Values,
        day: date | None,
        lead_ids: Sequence[str],
        *,
        reads_client: bool = False,
    ) -> State | None:
        """Lock a campaign and before it its client, then read it; None if there is no such one.

        With `reads_client` the decision depends on what the client's other campaigns do, whether
        it is about leads or not.

        Raises:
            ClientAddedError: the client was added after it was looked for.
        """

    @abstractmethod
    def begin_client(self, connection: Connection, key: Values) -> None:
        """Do what must come first, before any SAVEPOINT, in a transaction that writes a client."""

    @abstractmethod
    def read_events(
        self, connection: Connection, spans: Sequence[tuple[object, int, int]]
    ) -> Sequence[Row]:
        """Read events of campaigns, each given as its id, the number before and the last one."""

    @abstractmethod
    def delete_leads(
        self, connection: Connection, key: Values, lead_ids: Sequence[str]
    ) -> Sequence[Row]:
        """Delete leads; return the row of each that was there."""

    @abstractmethod
    def write_changes(self, connection: Connection, key: Values, changes: Changes) -> Row | None:
        """Write changes; return the campaign's row if that was among them.

        Raises:
            ConflictError: a lead to assign is there already, or a suggestion is another
                campaign's.
            HostRefusedError: the database left out a part without an error.
        """


class ClientAddedError(Exception):
    """A client was added after an act had looked for it: the act must start over."""


def raise_hidden(table: Table, act: str) -> NoReturn:
    """Raise an error for rows that can be read, but that the database silently left unchanged.

    Raises:
        HostRefusedError: always.
    """
    msg = (
        f"table {table.name}: {act} changed nothing that can be read: "
        "row-level security, a trigger or a rule of the host prevents it"
    )
    raise HostRefusedError(msg, table=table.name)


def raise_unread_suggestions(campaign_id: object) -> NoReturn:
    """Refuse suggestions that are stored already and were not in the snapshot.

    Raises:
        ConflictError: always.
    """
    msg = f"campaign {campaign_id}: some of the suggestions are stored but not in the snapshot"
    raise ConflictError(msg)
