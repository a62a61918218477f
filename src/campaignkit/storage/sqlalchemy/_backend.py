"""The interface of the two databases: lock, read and write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NoReturn
from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, FromClause, Table, select, union_all

from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead
from campaignkit.errors import ConflictError, HostRefusedError
from campaignkit.serialization import UnknownPieces
from campaignkit.storage.sqlalchemy._codec import Row, Values
from campaignkit.storage.sqlalchemy._fetch import fetch_rows
from campaignkit.storage.sqlalchemy._statements import AnySelect, State, Statements


@frozen
class Changes:
    """What to write, as columns take it.

    `days` has the change of each day's count, never 0. `campaign` has the changed columns, by
    their keys in the table; the others of a row that `is_corrupt` may be such as the driver cannot
    decode. `known` has the ids of the suggestions that were stored before, each with what a newer
    release stored with it.
    """

    assigned: tuple[Assignment, ...]
    days: Mapping[date, int]
    progress: Values
    campaign: Values
    is_corrupt: bool = False
    suggestions: tuple[Suggestion | SuggestionHead, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    lifted: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    known: Mapping[UUID, UnknownPieces] = FrozenMap[UUID, UnknownPieces]()

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


class Backend(ABC):
    """The statements of one database on a set of tables.

    `snapshot` is `Statements.select_state` with the named leads, one in each row. `key` has the
    parameters `ck_client` and `ck_campaign`, which name a campaign.
    """

    statements: Statements
    snapshot: AnySelect

    def __init__(self) -> None:
        self._met: dict[tuple[bool, bool], AnySelect] = {}

    @abstractmethod
    def name_leads(self, lead_ids: Sequence[str]) -> Values:
        """Return the parameter that names leads."""

    @abstractmethod
    def look_up(
        self,
        source: FromClause,
        table: FromClause,
        columns: Sequence[ColumnElement[Any]],
        conditions: Sequence[ColumnElement[bool]],
    ) -> FromClause:
        """Return columns of a source, of the rows of the named leads in a table of it."""

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
        values = {**key, "ck_day": day}
        if lead_ids:
            rows = fetch_rows(connection, self.snapshot, {**values, **self.name_leads(lead_ids)})
        else:
            rows = fetch_rows(connection, self.statements.select_state, values)
        return State.of(rows) if rows else None

    @abstractmethod
    def lock_state(
        self, connection: Connection, key: Values, day: date | None, lead_ids: Sequence[str]
    ) -> State | None:
        """Lock a campaign, then read it; None if the client has no such campaign."""

    @abstractmethod
    def read_events(
        self, connection: Connection, spans: Sequence[tuple[object, int, int]]
    ) -> Sequence[Row]:
        """Read events of campaigns, each given as its id, the number before and the last one."""

    @abstractmethod
    def delete_leads(
        self, connection: Connection, key: Values, lead_ids: Sequence[str]
    ) -> Sequence[Row]:
        """Delete leads; return the id and the day of each that was there."""

    @abstractmethod
    def write_changes(self, connection: Connection, key: Values, changes: Changes) -> Row | None:
        """Write changes; return the campaign's row if that was among them.

        Raises:
            ConflictError: a lead to assign is there already, or a suggestion is another
                campaign's.
            HostRefusedError: the database left out a part without an error.
        """


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
