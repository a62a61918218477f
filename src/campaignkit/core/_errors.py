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

    >>> from campaignkit import Allocation
    >>> try:
    ...     Allocation(email=40)
    ... except CampaignKitError as error:
    ...     print(error)
    shares must add up to 100, not 40
    """

    def __str__(self) -> str:
        return escape_text(self._message())

    def _message(self) -> str:
        return super().__str__()


class DomainError(CampaignKitError, ValueError):
    """A value or an act that the rules do not allow.

    >>> issubclass(DomainError, ValueError)
    True
    """


class InvalidError(DomainError):
    """An invalid value.

    Attributes:
        faults: One sentence for each thing that is wrong with it.

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
    """Percentages that do not form an allocation.

    >>> from campaignkit import Allocation
    >>> Allocation(email=40, sms=30)
    Traceback (most recent call last):
        ...
    campaignkit.errors.AllocationError: shares must add up to 100, not 40 + 30 = 70
    """


class CampaignError(InvalidError):
    """Invalid fields of a campaign.

    >>> from uuid import uuid4
    >>> from campaignkit import Campaign
    >>> Campaign.draft(client_id=uuid4(), name="x", daily_lead_limit=0)
    Traceback (most recent call last):
        ...
    campaignkit.errors.CampaignError: daily_lead_limit ...
    """


class CountsError(InvalidError):
    """Invalid counts: negative, not whole, or for an unknown channel.

    >>> from campaignkit import ChannelCounts
    >>> ChannelCounts({"email": -1})
    Traceback (most recent call last):
        ...
    campaignkit.errors.CountsError: count of email ...
    """


class GateError(InvalidError):
    """Invalid bounds or channels of a gate.

    >>> from campaignkit import ALSGate
    >>> ALSGate(bounds={"hot": 60, "warm": 85, "cool": 35, "cold": 20}, channels={})
    Traceback (most recent call last):
        ...
    campaignkit.errors.GateError: bounds must fall from hot to cold, not be 60, 85, 35, 20
    """


class LeadError(InvalidError):
    """Invalid fields of a lead.

    >>> from campaignkit import Lead
    >>> Lead("ann", als_score=101)
    Traceback (most recent call last):
        ...
    campaignkit.errors.LeadError: lead 'ann': als_score must be a number from 0 to 100, not 101
    """


class PlanError(InvalidError):
    """A batch of leads that cannot be planned, for example because an id is repeated.

    >>> from campaignkit import Allocation, Lead, plan
    >>> plan(Allocation(email=100), [Lead("ann"), Lead("ann")])
    Traceback (most recent call last):
        ...
    campaignkit.errors.PlanError: ...
    """


class PlanWarning(UserWarning):
    """A plan that is probably not as intended: scores on another scale, or nobody with a channel.

    The message says what to do. It is a warning of Python, not an error.

    >>> import warnings
    >>> warnings.filterwarnings("error", category=PlanWarning)  # to raise it instead
    >>> warnings.filters.pop(0)[0]
    'error'
    """


class ScoreError(InvalidError):
    """An Agency Lead Score that is not a number from 0 to 100.

    >>> from campaignkit import DEFAULT_GATE
    >>> DEFAULT_GATE.tier(101)
    Traceback (most recent call last):
        ...
    campaignkit.errors.ScoreError: score must be a number from 0 to 100, not 101
    """


class StructureError(InvalidError):
    """Plain data or JSON that cannot be read; each fault begins with the path of its place.

    >>> from campaignkit import Allocation, from_json
    >>> from_json(Allocation, '{"email": 60.0}')
    Traceback (most recent call last):
        ...
    campaignkit.errors.StructureError: $.email: must be a whole number, not 60.0
    """


class TargetingError(InvalidError):
    """Targets that cannot be read, such as a company size without a number.

    >>> from campaignkit import Targeting
    >>> Targeting(company_sizes=["large"])
    Traceback (most recent call last):
        ...
    campaignkit.errors.TargetingError: company_sizes[0]: company size must be such as ...
    """


class UnknownChannelError(InvalidError, KeyError):
    """An unknown channel, used as a key.

    >>> from campaignkit import Allocation
    >>> Allocation(email=100)["fax"]
    Traceback (most recent call last):
        ...
    campaignkit.errors.UnknownChannelError: no channel is called 'fax'; there are ...
    """


class MissingExtraError(CampaignKitError, ModuleNotFoundError):
    """A library that is not installed, and the extra of campaignkit that brings it, if one does.

    >>> print(MissingExtraError("campaignkit.frames", "numpy", "frames"))
    campaignkit.frames needs numpy, which is not installed: pip install 'campaignkit[frames]'

    Attributes:
        name: The missing library.
        extra: The extra that brings it. None if it is installed by its own name.
    """

    def __init__(self, user: str, name: str, extra: str | None) -> None:
        self.user = user
        self.extra = extra
        super().__init__(user, name, extra)
        self.name = name

    def _message(self) -> str:
        what = f"'campaignkit[{self.extra}]'" if self.extra else self.name
        return f"{self.user} needs {self.name}, which is not installed: pip install {what}"


class StorageError(CampaignKitError):
    """A failure of a store.

    The driver's error, if there is one, is its `__cause__`.

    >>> issubclass(NotFoundError, StorageError)
    True
    """


class NotFoundError(StorageError, LookupError):
    """Something that this client does not have; other clients' campaigns are not found.

    Args:
        what: What was not found, such as `campaign`.
        key: The key that it was looked up by, such as its id.

    >>> from uuid import UUID
    >>> from campaignkit.storage import MemoryStore
    >>> MemoryStore().get(UUID(int=2), UUID(int=1))
    Traceback (most recent call last):
        ...
    campaignkit.errors.NotFoundError: campaign 00000000-0000-0000-0000-000000000001 not found
    """

    def __init__(self, what: str, key: object) -> None:
        self.what = what
        self.key = key
        super().__init__(what, key)

    def _message(self) -> str:
        return f"{self.what} {self.key} not found"


class AlreadyExistsError(StorageError):
    """An id that is already stored.

    Args:
        what: What exists, such as `campaign`.
        key: The id.

    >>> from uuid import uuid4
    >>> from campaignkit import Campaign
    >>> from campaignkit.storage import MemoryStore
    >>> store, draft = MemoryStore(), Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> store.add(draft) == draft
    True
    >>> store.add(draft)
    Traceback (most recent call last):
        ...
    campaignkit.errors.AlreadyExistsError: campaign ... already exists
    """

    def __init__(self, what: str, key: object) -> None:
        self.what = what
        self.key = key
        super().__init__(what, key)

    def _message(self) -> str:
        return f"{self.what} {self.key} already exists"


class ConflictError(StorageError):
    """A write based on a state that is no longer stored.

    >>> from uuid import uuid4
    >>> from campaignkit import Campaign
    >>> from campaignkit.storage import MemoryStore
    >>> store = MemoryStore()
    >>> draft = store.add(Campaign.draft(client_id=uuid4(), name="Sydney agencies"))
    >>> active = store.replace(draft, draft.activate(at=draft.updated_at))
    >>> store.replace(draft, active)
    Traceback (most recent call last):
        ...
    campaignkit.errors.ConflictError: campaign ... is no longer what it was when it was read
    """


class TransientConflictError(ConflictError):
    """A transaction that the database aborted for another one; repeat the call.

    A service with a store that owns its transactions repeats the call itself.

    >>> issubclass(TransientConflictError, ConflictError)
    True
    """


class UnknownClientError(StorageError):
    """A client id that the host's table of clients does not have.

    Args:
        client_ids: The ids.

    >>> from uuid import UUID
    >>> print(UnknownClientError([UUID(int=2)]))
    unknown client 00000000-0000-0000-0000-000000000002
    """

    def __init__(self, client_ids: Iterable[UUID]) -> None:
        self.client_ids = tuple(client_ids)
        super().__init__(self.client_ids)

    def _message(self) -> str:
        return "unknown client " + ", ".join(str(client_id) for client_id in self.client_ids)


class HostRefusedError(StorageError):
    """A write that the host's database refuses: a CHECK, trigger, foreign key or missing right.

    Repeating the call does not help.

    Args:
        message: What the database says, without the content of the row.
        sqlstate: PostgreSQL's code of the error. None where it is not reported, as by SQLite, like
            those that follow.
        constraint: The name of the constraint.
        table: The name of the table.

    >>> HostRefusedError("a CHECK fails", "23514", "own_rule", "campaigns").constraint
    'own_rule'
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
    """A stored row that is not valid.

    Args:
        what: What the row is of, such as `campaign`.
        key: What names it: a campaign's id.
        faults: All that is wrong with it.
        readable: A `Campaign` with the valid fields of the row. To touch another one raises this
            error with the faults of that field; `readable.faults` has all, by field. It can be
            paused, completed, deleted, restored and edited as usual, through a service. None for
            other rows, and for a campaign whose ids cannot be read.

    >>> from uuid import UUID
    >>> print(CorruptRowError("campaign", UUID(int=1), ["name is blank"]))
    stored campaign 00000000-0000-0000-0000-000000000001 cannot be read: name is blank
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

    Args:
        message: What the driver says.
        outcome_unknown: Whether a COMMIT failed, so the write may or may not have happened.

    >>> StoreUnavailableError("no answer in time").outcome_unknown
    False
    """

    def __init__(self, message: str, outcome_unknown: bool = False) -> None:  # noqa: FBT001, FBT002
        self.message = message
        self.outcome_unknown = outcome_unknown
        # Positional, because an exception is unpickled from its args.
        super().__init__(message, outcome_unknown)

    def _message(self) -> str:
        return self.message
