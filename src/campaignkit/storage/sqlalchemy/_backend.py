"""The interface of the two databases: lock, read and write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date

from attrs import frozen
from sqlalchemy import Connection

from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._suggestions import Suggestion
from campaignkit.storage.sqlalchemy._codec import Row, Values
from campaignkit.storage.sqlalchemy._fetch import fetch_rows
from campaignkit.storage.sqlalchemy._statements import AnySelect, State, Statements


@frozen
class Changes:
    """What to write, as columns take it.

    `days` has the change of each day's count, never 0. `campaign` has the changed columns, by the
    names in `ROW_FIELDS`.
    """

    assigned: tuple[Assignment, ...]
    days: Mapping[date, int]
    progress: Values
    campaign: Values
    suggestions: tuple[Suggestion, ...] = ()
    events: tuple[Event, ...] = ()


class Backend(ABC):
    """The statements of one database on a set of tables.

    `snapshot` is `Statements.select_state` with the named leads, one in each row. `key` has the
    parameters `ck_client` and `ck_campaign`, which name a campaign.
    """

    statements: Statements
    snapshot: AnySelect

    @abstractmethod
    def name_leads(self, lead_ids: Sequence[str]) -> Values:
        """Return the parameter that names leads."""

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
        """
