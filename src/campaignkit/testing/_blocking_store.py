"""A sync interface of an async store, so that the contract and the machine test both kinds.

>>> from campaignkit.storage import AsyncMemoryStore
>>> from campaignkit import Campaign
>>> from uuid import uuid4
>>> with EventLoop() as loop:
...     store = BlockingStore(AsyncMemoryStore(), loop)
...     store.add(Campaign.draft(client_id=uuid4(), name="Sydney agencies")).name
'Sydney agencies'
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from threading import Thread
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from campaignkit.core._checks import check_kinds
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._snapshot import (
    ClientWrites,
    Decide,
    DecideClient,
    OutcomeT,
    T,
    Writes,
)
from campaignkit.errors import InvalidError
from campaignkit.storage._async_interface import AsyncStore
from campaignkit.storage._interface import Store
from campaignkit.storage._queries import ClientSnapshotQuery, Query, SnapshotQuery


class EventLoop:
    """An event loop on a thread of its own, as a context manager.

    Any thread may run a coroutine on it; those of several threads are concurrent tasks.

    Args:
        make: Makes the loop, such as uvloop's.

    >>> async def answer():
    ...     return 42
    >>> with EventLoop() as loop:
    ...     loop.run(answer())
    42
    """

    def __init__(
        self, make: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    ) -> None:
        self._loop = make()
        self._thread = Thread(target=self._loop.run_forever, name="campaignkit-event-loop")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop, and return its result or raise its error.

        Args:
            coroutine: The coroutine.
        """
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


class BlockingStore(Store):
    """A sync store that runs the calls of an async one on an event loop.

    Args:
        store: The async store.
        loop: The loop, which must have been entered.

    Raises:
        InvalidError: not an async store, or not an `EventLoop`.

    >>> from campaignkit.storage import AsyncMemoryStore
    >>> from uuid import uuid4
    >>> with EventLoop() as loop:
    ...     store = BlockingStore(AsyncMemoryStore(), loop)
    ...     store.add(Campaign.draft(client_id=uuid4(), name="Sydney agencies")).name
    'Sydney agencies'
    """

    def __init__(self, store: AsyncStore, loop: EventLoop) -> None:
        check_kinds(InvalidError, store=(store, AsyncStore), loop=(loop, EventLoop))
        self.store = store
        self.loop = loop
        self.owns_transactions = store.owns_transactions

    def ask(self, query: Query[T]) -> T:
        """As `AsyncStore.ask`."""
        return self.loop.run(self.store.ask(query))

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `AsyncStore.add_all`."""
        return self.loop.run(self.store.add_all(campaigns, events))

    def add(
        self,
        campaign: Campaign,
        events: Iterable[Event] = (),
        *,
        extra: Mapping[str, object] | None = None,
    ) -> Campaign:
        """As `AsyncStore.add`."""
        return self.loop.run(self.store.add(campaign, events, extra=extra))

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        """As `AsyncStore.apply_decision`."""
        return self.loop.run(self.store.apply_decision(query, decide))

    def adopt_client(self, client_id: UUID) -> None:
        """As `AsyncStore.adopt_client`."""
        self.loop.run(self.store.adopt_client(client_id))

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """As `AsyncStore.apply_client_decision`."""
        return self.loop.run(self.store.apply_client_decision(query, decide))
