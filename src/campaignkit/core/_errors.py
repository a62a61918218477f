"""The errors that carry no decision; `campaignkit.errors` has the whole tree."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from campaignkit.core._escaping import escape_text


class CampaignKitError(Exception):
    """The root of every error of this library.

    As text it is one line, in which `escape_text` has made visible what could repaint a terminal
    or begin another line of a log.
    """

    def __str__(self) -> str:
        return escape_text(self._message())

    def _message(self) -> str:
        return super().__str__()


class DomainError(CampaignKitError, ValueError):
    """A value or an act that the rules of a campaign do not allow."""


class InvalidError(DomainError):
    """A value that cannot be; `faults` holds one sentence for each thing that is wrong.

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
    """Five percentages that are no allocation."""


class CampaignError(InvalidError):
    """Fields that make no campaign."""


class CountsError(InvalidError):
    """Counts for each channel that are no counts: negative, not whole, or of no channel."""


class GateError(InvalidError):
    """Bounds or channels that make no gate."""


class LeadError(InvalidError):
    """Fields that make no lead."""


class PlanError(InvalidError):
    """A batch of leads that cannot be planned, such as one with an id in it twice."""


class ScoreError(InvalidError):
    """An Agency Lead Score that is not a number from 0 to 100."""


class StructureError(InvalidError):
    """Plain data or JSON that holds no such value; each fault names the path of its place."""


class TargetingError(InvalidError):
    """Targets that cannot be read, such as a company size that names no number."""


class UnknownChannelError(InvalidError, KeyError):
    """A key of a mapping from channels that is no channel."""


class StorageError(CampaignKitError):
    """Something that a store could not do."""


class NotFoundError(StorageError, LookupError):
    """There is no such thing for this client; what belongs to another client is not found."""

    def __init__(self, what: str, key: object) -> None:
        self.what = what
        self.key = key
        super().__init__(what, key)

    def _message(self) -> str:
        return f"{self.what} {self.key} not found"


class AlreadyExistsError(StorageError):
    """Something with this id is already stored."""

    def __init__(self, what: str, key: object) -> None:
        self.what = what
        self.key = key
        super().__init__(what, key)

    def _message(self) -> str:
        return f"{self.what} {self.key} already exists"


class ConflictError(StorageError):
    """What is stored is no longer what the write was decided upon."""


class TransientConflictError(ConflictError):
    """Two transactions met, and the database gave this one up; the same call may now succeed."""


class UnknownClientError(StorageError):
    """The campaign names a client that the host's table does not hold."""

    def __init__(self, client_ids: Iterable[UUID]) -> None:
        self.client_ids = tuple(client_ids)
        super().__init__(self.client_ids)

    def _message(self) -> str:
        return "unknown client " + ", ".join(str(client_id) for client_id in self.client_ids)


class HostRefusedError(StorageError):
    """What a rule of the host's own database refuses: a CHECK, a trigger, a foreign key, a right.

    The same call will be refused again. `sqlstate` is the code of PostgreSQL, `constraint` and
    `table` are the names that it tells; each is None where it tells none, as SQLite never does.
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
    """A stored row that breaks a rule of the domain; `faults` lists all that is wrong with it."""

    def __init__(self, what: str, key: object, faults: Iterable[str]) -> None:
        self.what = what
        self.key = key
        self.faults = tuple(faults)
        super().__init__(what, key, self.faults)

    def _message(self) -> str:
        return f"stored {self.what} {self.key} cannot be read: " + "; ".join(self.faults)


class StoreUnavailableError(StorageError):
    """The store did not answer in time, or not at all.

    `outcome_unknown` is true where a COMMIT failed in mid-air, so that the write may or may not
    have happened.
    """

    def __init__(self, message: str, outcome_unknown: bool = False) -> None:  # noqa: FBT001, FBT002
        self.message = message
        self.outcome_unknown = outcome_unknown
        # Positional, because an exception is unpickled from its args.
        super().__init__(message, outcome_unknown)

    def _message(self) -> str:
        return self.message
