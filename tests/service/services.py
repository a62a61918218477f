"""Both services behind one face, so that every test holds both to the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeAlias, TypeVar, cast

import campaignkit as ck
from campaignkit.storage import (
    AsyncMemoryStore,
    ClientSnapshot,
    ClientSnapshotQuery,
    ClientWrites,
    Decide,
    DecideClient,
    MemoryStore,
    Snapshot,
    SnapshotQuery,
    Writes,
)
from campaignkit.testing import EventLoop

T = TypeVar("T")

Service: TypeAlias = ck.CampaignService
Make: TypeAlias = Callable[..., Service]
"""Make a service over a `MemoryStore`; further arguments are the service's own."""

START = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


class BusyStore(MemoryStore):
    """Gives up so many writes, after it has decided on them, as a database does."""

    def __init__(self, conflicts: int = 0, error: type[Exception] | None = None) -> None:
        super().__init__()
        self.error = error or ck.TransientConflictError
        self.left = conflicts
        self.calls = 0

    def add_all(
        self, campaigns: Iterable[ck.Campaign], events: Iterable[ck.Event] = ()
    ) -> tuple[ck.Campaign, ...]:
        self._meet()
        return super().add_all(campaigns, events)

    def apply_decision(self, query: SnapshotQuery, decide: Decide[T]) -> Writes[T]:
        def decide_and_meet(snapshot: Snapshot) -> Writes[T]:
            writes = decide(snapshot)
            self._meet()
            return writes

        return super().apply_decision(query, decide_and_meet)

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[T]
    ) -> ClientWrites[T]:
        def decide_and_meet(snapshot: ClientSnapshot) -> ClientWrites[T]:
            writes = decide(snapshot)
            self._meet()
            return writes

        return super().apply_client_decision(query, decide_and_meet)

    def _meet(self) -> None:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error("met another")  # noqa: TRY003  # of any kind


class Blocking:
    """The async service, each of whose calls is run on an event loop until it is done."""

    def __init__(self, service: ck.AsyncCampaignService, loop: EventLoop) -> None:
        self._service = service
        self._loop = loop

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # any method
        method = getattr(self._service, name)

        @wraps(method)
        def call(*args: object, **named: object) -> object:
            return self._loop.run(method(*args, **named))

        return call if inspect.iscoroutinefunction(method) else method


def plain(store: MemoryStore, **arguments: Any) -> Service:  # noqa: ANN401  # handed on
    """Make a service, for which it is `START` unless it gets another clock."""
    given: dict[str, Any] = {"clock": lambda: START, **arguments}
    return ck.CampaignService(store, **given)


@contextmanager
def blocking() -> Generator[Make]:
    """Give what makes an async service over an `AsyncMemoryStore` before the store."""
    with EventLoop() as loop:

        def make(store: MemoryStore, **arguments: Any) -> Service:  # noqa: ANN401  # handed on
            inner = AsyncMemoryStore(store)
            inner.owns_transactions = store.owns_transactions
            if pause := arguments.pop("pause", None):

                async def wait(seconds: float) -> None:  # it is to be awaited
                    pause(seconds)

                arguments["pause"] = wait
            given: dict[str, Any] = {"clock": lambda: START, **arguments}
            return blocked(ck.AsyncCampaignService(inner, **given), loop)

        yield make


def blocked(service: ck.AsyncCampaignService, loop: EventLoop) -> Service:
    """Give an async service behind the face of the plain one."""
    return cast("Service", Blocking(service, loop))
