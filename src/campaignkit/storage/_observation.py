"""Report operations to the log and to an observer.

The log has no lead ids, names or texts of users above DEBUG, and no content of rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from enum import StrEnum
from inspect import iscoroutinefunction
from time import perf_counter
from types import TracebackType
from typing import TypeAlias
from uuid import UUID
from weakref import ref

from attrs import define, field, frozen

from campaignkit.core._checks import Seconds, short_repr
from campaignkit.core._escaping import escape_text
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._typed_base import TypedBase
from campaignkit.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptRowError,
    HostRefusedError,
    InvalidError,
    NotFoundError,
    RefusedError,
    StoreUnavailableError,
    TransientConflictError,
    UnknownClientError,
)
from campaignkit.storage._queries import Query

LOG = logging.getLogger("campaignkit")
"""The logger of the library."""
LOG.addHandler(logging.NullHandler())

_LONG_WAIT = 1.0
"""From how many seconds on waiting for a lock is worth a line at INFO."""


class OperationOutcome(StrEnum):
    """How an attempt at an operation ended.

    `RETRIED` is a conflict after which another attempt follows, so an operation has one outcome
    that is not `RETRIED`. `FAILED` is any error but those of the other outcomes.

    >>> OperationOutcome("not_found")
    <OperationOutcome.NOT_FOUND: 'not_found'>
    """

    DONE = "done"
    SUGGESTED = "suggested"
    REFUSED = "refused"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    RETRIED = "retried"
    CORRUPT = "corrupt"
    UNAVAILABLE = "unavailable"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


_OUTCOMES: Mapping[type[BaseException], OperationOutcome] = FrozenMap(
    {
        RefusedError: OperationOutcome.REFUSED,
        HostRefusedError: OperationOutcome.REFUSED,
        InvalidError: OperationOutcome.INVALID,
        UnknownClientError: OperationOutcome.INVALID,
        NotFoundError: OperationOutcome.NOT_FOUND,
        ConflictError: OperationOutcome.CONFLICT,
        AlreadyExistsError: OperationOutcome.CONFLICT,
        CorruptRowError: OperationOutcome.CORRUPT,
        StoreUnavailableError: OperationOutcome.UNAVAILABLE,
        Exception: OperationOutcome.FAILED,
        BaseException: OperationOutcome.INTERRUPTED,
    }
)
"""The outcome for each class of error; the closest one counts."""


@frozen
class Operation(TypedBase):
    """An attempt at an operation of a service or a store, as an observer is told of it.

    Attributes:
        name: The method, such as `intake`, or `get` of the store.
        client_id: The client, or None for an operation across clients.
        campaign_id: The campaign, if there is one.
        attempt: 1, or more after conflicts with other transactions.
        lock_wait: How many seconds it waited for the campaign's lock, or None if it asked for none.
        duration: How many seconds the attempt took, all in all.
        outcome: How it ended. After `retried` another attempt follows.
        error: The name of the error's class, or None.

    >>> from uuid import UUID
    >>> from campaignkit.storage import MemoryStore
    >>> from campaignkit import CampaignService
    >>> service = CampaignService(MemoryStore(), observer=lambda operation: print(
    ...     operation.name, operation.attempt, operation.outcome, operation.error))
    >>> service.find(UUID(int=1)).items
    find 1 done None
    ()
    """

    name: str
    client_id: UUID | None
    campaign_id: UUID | None
    attempt: int
    lock_wait: Seconds | None
    duration: Seconds
    outcome: OperationOutcome
    error: str | None = None

    def __str__(self) -> str:
        error = "" if self.error is None else f", {self.error}"
        took = f"attempt {self.attempt:,}, {self.duration:.3f} s"
        return escape_text(f"{self.name}: {self.outcome} ({took}{error})")


Observer: TypeAlias = Callable[[Operation], object]
"""A function that is told of every attempt at an operation when it has ended."""


def observer_error(observer: object) -> str | None:
    """Say what is wrong with a value that should be an observer."""
    functions = (observer, getattr(type(observer), "__call__", None))  # noqa: B004  # as it is called
    if not callable(observer) or any(map(iscoroutinefunction, functions)):
        return f"must be a plain function, not {short_repr(observer)}"
    return None


@frozen
class ObservedCall:
    """A call of an operation, whose attempts its observer is told of, if there is one."""

    observer: Observer | None
    name: str
    client_id: UUID | None = None
    campaign_id: UUID | None = None

    @classmethod
    def from_query(
        cls, observer: Observer | None, query: Query[object], name: str | None = None
    ) -> ObservedCall:
        """Return the call of an operation on what a query is about, named after it by default."""
        if not isinstance(query, Query):  # which the store will refuse
            return cls(observer, name or "ask")
        ids = (getattr(query, part, None) for part in ("client_id", "campaign_id"))
        return cls(observer, name or query.operation, *ids)

    def attempt(self, number: int = 1, *, may_repeat: bool = False) -> AbstractContextManager[None]:
        """Return the context of an attempt; if it `may_repeat`, another follows a conflict."""
        if self.observer is None:
            return _UNOBSERVED
        return _Attempt(self, self.observer, number, may_repeat, self.campaign_id)

    def log_retry(self, attempt: int, seconds: float) -> None:
        """Log that an attempt met another transaction, and is repeated after so many seconds."""
        LOG.info(
            "%s, campaign %s: attempt %d met another transaction and is repeated in %.3f s",
            self.name,
            self.campaign_id,
            attempt,
            seconds,
        )


_UNOBSERVED = nullcontext()


@define(eq=False)
class _Attempt(AbstractContextManager[None]):
    """An attempt in progress. One within another is a part of it and is not reported."""

    call: ObservedCall
    observer: Observer
    number: int
    may_repeat: bool
    campaign_id: UUID | None
    lock_wait: float | None = None
    is_suggested: bool = False
    _started: float = field(init=False, default=0.0)
    _token: Token[ref[_Attempt] | None] | None = field(init=False, default=None)

    def __enter__(self) -> None:
        if _current() is None:
            self._token = _CURRENT.set(ref(self))
        self._started = perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        duration = perf_counter() - self._started
        if self._token is None:
            return
        _CURRENT.reset(self._token)
        operation = Operation(
            self.call.name,
            _valid_id(self.call.client_id),
            _valid_id(self.campaign_id),
            self.number,
            self.lock_wait,
            duration,
            self._outcome(error),
            None if error is None else type(error).__name__,
        )
        try:
            self.observer(operation)
        except Exception as failure:
            raise_interruption(failure)
            # Not with the traceback, which may show the content of the operation's own error.
            LOG.error("the observer raised %s", type(failure).__name__)  # noqa: TRY400
            LOG.debug("the observer's error", exc_info=True)

    def _outcome(self, error: BaseException | None) -> OperationOutcome:
        if error is None:
            return OperationOutcome.SUGGESTED if self.is_suggested else OperationOutcome.DONE
        if self.may_repeat and isinstance(error, TransientConflictError):
            return OperationOutcome.RETRIED
        return next(_OUTCOMES[kind] for kind in type(error).__mro__ if kind in _OUTCOMES)


def _valid_id(key: object) -> UUID | None:
    """Return an id, or None for what the operation has refused as an id."""
    return key if isinstance(key, UUID) else None


_CURRENT: ContextVar[ref[_Attempt] | None] = ContextVar("campaignkit_attempt", default=None)
"""The attempt that is going on. A weak reference: an attempt that was interrupted as it began, or
whose context a task has inherited, must not hide later ones."""


def _current() -> _Attempt | None:
    reference = _CURRENT.get()
    return None if reference is None else reference()


def note_campaign(campaign_id: UUID) -> None:
    """Tell the observer the campaign, which is known only now."""
    if (attempt := _current()) is not None:
        attempt.campaign_id = campaign_id


def note_suggestion() -> None:
    """Tell the observer that the act has become a suggestion."""
    if (attempt := _current()) is not None:
        attempt.is_suggested = True


@define(eq=False)
class lock_wait:  # noqa: N801  # used like a function; a generator would be slower
    """Measure how long a store waits for a campaign's lock, from the beginning of the block.

    Stores of your own may use it, too.

    >>> from threading import Lock
    >>> lock = Lock()
    >>> with lock_wait():
    ...     lock.acquire()
    True
    """

    _started: float = field(init=False, default=0.0)

    def __enter__(self) -> None:
        """Begin to wait."""
        self._started = perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Note how long it took, whether the lock was granted or not."""
        note_lock_wait(perf_counter() - self._started)


def note_lock_wait(seconds: float) -> None:
    """Log how long an operation waited for a campaign's lock, and tell the observer."""
    level = logging.DEBUG if seconds < _LONG_WAIT else logging.INFO
    LOG.log(level, "waited %.3f s for a campaign's lock", seconds)
    if (attempt := _current()) is not None:
        attempt.lock_wait = (attempt.lock_wait or 0.0) + seconds


def log_conflict(error: ConflictError | StoreUnavailableError) -> None:
    """Log an error of a database whose message shows nothing of rows."""
    level = logging.INFO if isinstance(error, ConflictError) else logging.WARNING
    LOG.log(level, "%s: %s", type(error).__name__, error)


def log_corrupt_row(error: CorruptRowError) -> None:
    """Log a row that cannot be read; what it contains, such as a lead's id, only at DEBUG."""
    LOG.warning("a stored %s cannot be read%s", error.what, _show_id(error.key))
    LOG.debug("%s", error)


def _show_id(key: object) -> str:
    return f": {key}" if isinstance(key, UUID) else ""
