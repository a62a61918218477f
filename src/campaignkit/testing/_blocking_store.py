"""An async store as a plain one, so that one kit serves both kinds.

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
from collections.abc import Callable, Collection, Coroutine, Iterable
from datetime import date
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Decide, Page, Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.storage._base import DEFAULT_PAGE, AsyncStore, Store

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")


class EventLoop:
    """An event loop that runs on a thread of its own for as long as the context lasts.

    Any thread may have it run a coroutine; those of several threads are tasks side by side.

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
        """Run a coroutine on the loop, and return or raise what it does."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


class BlockingStore(Store):
    """The face of a plain store before an async one, whose every call it runs on an event loop."""

    def __init__(self, store: AsyncStore, loop: EventLoop) -> None:
        self.store = store
        self.loop = loop
        self.owns_transactions = store.owns_transactions

    def add(self, campaign: Campaign, events: Iterable[Event] = ()) -> Campaign:
        """As `AsyncStore.add`."""
        return self.loop.run(self.store.add(campaign, events))

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `AsyncStore.add_all`."""
        return self.loop.run(self.store.add_all(campaigns, events))

    def get(self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False) -> Campaign:
        """As `AsyncStore.get`."""
        return self.loop.run(
            self.store.get(client_id, campaign_id, include_deleted=include_deleted)
        )

    def find(
        self,
        client_id: UUID,
        *,
        statuses: Collection[CampaignStatus] | None = None,
        running_on: date | None = None,
        include_deleted: bool = False,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Campaign, UUID]:
        """As `AsyncStore.find`."""
        return self.loop.run(
            self.store.find(
                client_id,
                statuses=statuses,
                running_on=running_on,
                include_deleted=include_deleted,
                after=after,
                limit=limit,
            )
        )

    def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        """As `AsyncStore.running_across_clients`."""
        return self.loop.run(self.store.running_across_clients(day, after=after, limit=limit))

    def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        """As `AsyncStore.snapshot`."""
        return self.loop.run(
            self.store.snapshot(client_id, campaign_id, day=day, lead_ids=lead_ids)
        )

    def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        """As `AsyncStore.progress`."""
        return self.loop.run(self.store.progress(client_id, campaign_id, day))

    def assignments(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        after: str | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Assignment, str]:
        """As `AsyncStore.assignments`."""
        return self.loop.run(
            self.store.assignments(client_id, campaign_id, day=day, after=after, limit=limit)
        )

    def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        """As `AsyncStore.suggestions`."""
        return self.loop.run(
            self.store.suggestions(client_id, campaign_id, states=states, after=after, limit=limit)
        )

    def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """As `AsyncStore.suggestion`."""
        return self.loop.run(self.store.suggestion(client_id, suggestion_id))

    def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        """As `AsyncStore.history`."""
        return self.loop.run(self.store.history(client_id, campaign_id, after=after, limit=limit))

    def transact(
        self,
        client_id: UUID,
        campaign_id: UUID,
        decide: Decide[OutcomeT],
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
        suggestion_ids: Collection[UUID] = (),
        pending: bool = False,
        last_suggestion: bool = False,
    ) -> Writes[OutcomeT]:
        """As `AsyncStore.transact`."""
        return self.loop.run(
            self.store.transact(
                client_id,
                campaign_id,
                decide,
                day=day,
                lead_ids=lead_ids,
                suggestion_ids=suggestion_ids,
                pending=pending,
                last_suggestion=last_suggestion,
            )
        )

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """As `AsyncStore.replace`."""
        return self.loop.run(self.store.replace(before, after))
