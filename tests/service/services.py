"""Both services behind one face, so that every test holds both to the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeAlias, cast

import campaignkit as ck
from campaignkit.storage import AsyncMemoryStore, MemoryStore
from campaignkit.testing import EventLoop

Service: TypeAlias = ck.CampaignService
Make: TypeAlias = Callable[..., Service]
"""Make a service over a `MemoryStore`; further arguments are the service's own."""

START = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


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
