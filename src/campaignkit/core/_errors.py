"""The errors that carry no decision; `campaignkit.errors` has the whole tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from campaignkit.core._escaping import escape_text


class CampaignKitError(Exception):
    """The root of every error of this library.

    Its text is one line. `escape_text` makes characters visible that could repaint a terminal or
    begin another line of a log.
    """

    def __str__(self) -> str:
        return escape_text(self._message())

    def _message(self) -> str:
        return super().__str__()


class DomainError(CampaignKitError, ValueError):
    """A value or an act that the rules do not allow."""


class InvalidError(DomainError):
    """An invalid value; `faults` has one sentence for each thing that is wrong with it.

    >>> InvalidError(["name is blank", "daily_lead_limit is 0"]).faults
    ('name is blank', 'daily_lead_limit is 0')
    """

    faults: tuple[str, ...]

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def _message(self) -> str:
        return "; ".join(self.faults)


class AllocationError(InvalidError):
    """Percentages that do not form an allocation."""


class CampaignError(InvalidError):
    """Invalid fields of a campaign."""


class CountsError(InvalidError):
    """Invalid counts: negative, not whole, or for an unknown channel."""


class GateError(InvalidError):
    """Invalid bounds or channels of a gate."""


class LeadError(InvalidError):
    """Invalid fields of a lead."""


class PlanError(InvalidError):
    """A batch of leads that cannot be planned, for example because an id is repeated."""


class ScoreError(InvalidError):
    """An Agency Lead Score that is not a number from 0 to 100."""


class StructureError(InvalidError):
    """Plain data or JSON that cannot be read; each fault begins with the path of its place."""


class TargetingError(InvalidError):
    """Targets that cannot be read, such as a company size without a number."""


class UnknownChannelError(InvalidError, KeyError):
    """An unknown channel, used as a key."""


class MissingExtraError(CampaignKitError, ModuleNotFoundError):
    """A library that is not installed, and the extra of campaignkit that brings it.

    >>> print(MissingExtraError("campaignkit.frames", "numpy", "frames"))
    campaignkit.frames needs numpy, which is not installed: pip install 'campaignkit[frames]'

    Attributes:
        name: the missing library.
        extra: the extra that brings it.
    """

    def __init__(self, user: str, name: str, extra: str) -> None:
        self.user = user
        self.extra = extra
        super().__init__(user, name, extra)
        self.name = name

    def _message(self) -> str:
        install = f"pip install 'campaignkit[{self.extra}]'"
        return f"{self.user} needs {self.name}, which is not installed: {install}"


class StorageError(CampaignKitError):
    """A failure of a store."""


class NotFoundError(StorageError, LookupError):
    """Something that this client does not have; other clients' campaigns are not found."""

    def __init__(self, what: str, key: object) -> None:
        self.what = what
        self.key = key
        super().__init__(what, key)

    def _message(self) -> str:
        return f"{self.what} {self.key} not found"


class AlreadyExistsError(StorageError):
    """An id that is already stored."""

    def __init__(self, what: str, key: object) -> None:
        self.what = what
        self.key = key
        super().__init__(what, key)

    def _message(self) -> str:
        return f"{self.what} {self.key} already exists"


class ConflictError(StorageError):
    """A write based on a state that is no longer stored."""


class TransientConflictError(ConflictError):
    """A transaction that the database aborted for another one; repeat the call."""


class UnknownClientError(StorageError):
    """A client id that the host's table of clients does not have."""

    def __init__(self, client_ids: Iterable[UUID]) -> None:
        self.client_ids = tuple(client_ids)
        super().__init__(self.client_ids)

    def _message(self) -> str:
        return "unknown client " + ", ".join(str(client_id) for client_id in self.client_ids)


class HostRefusedError(StorageError):
    """A write that the host's database refuses: a CHECK, trigger, foreign key or missing right.

    Repeating the call does not help. `sqlstate` is PostgreSQL's error code, `constraint` and
    `table` are the names that it reports. Each is None if not reported; SQLite reports none.
    """

    def __init__(
        self,
        message: str,
        sqlstate: str | None = None,
        constraint: str | None = None,
        table: str | None = None,
    ) -> None:
        self.message = message
        self.sqlstate = sqlstate
        self.constraint = constraint
        self.table = table
        super().__init__(message, sqlstate, constraint, table)

    def _message(self) -> str:
        return self.message


class CorruptRowError(StorageError):
    """A stored row that is not valid; `faults` lists all that is wrong with it.

    `what` is what the row is of, such as `campaign`, and `key` names it: a campaign by its id.
    `readable` is what can be read of a campaign: a `Campaign` with the valid fields of the row. To
    touch another one raises this error with the faults of that field; `readable.faults` has all, by
    field. It can be paused, completed, deleted, restored and edited as usual, through a service. It
    is None for other rows, and for a campaign whose ids cannot be read.
    """

    def __init__(
        self,
        what: str,
        key: object,
        faults: Iterable[str],
        readable: Any = None,  # noqa: ANN401  # a Campaign, which is defined above this module
    ) -> None:
        self.what = what
        self.key = key
        self.faults = tuple(faults)
        self.readable = readable
        super().__init__(what, key, self.faults, readable)

    def _message(self) -> str:
        return f"stored {self.what} {self.key} cannot be read: " + "; ".join(self.faults)


class StoreUnavailableError(StorageError):
    """A store that did not answer, or not in time.

    `outcome_unknown` is true if a COMMIT failed, so the write may or may not have happened.
    """

    def __init__(self, message: str, outcome_unknown: bool = False) -> None:  # noqa: FBT001, FBT002
        self.message = message
        self.outcome_unknown = outcome_unknown
        # Positional, because an exception is unpickled from its args.
        super().__init__(message, outcome_unknown)

    def _message(self) -> str:
        return self.message
