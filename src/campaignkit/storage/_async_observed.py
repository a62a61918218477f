"""An async store whose operations an observer is told of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from campaignkit.core._checks import kind_error
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
from campaignkit.storage._observation import ObservedCall, Observer, observer_error
from campaignkit.storage._queries import ClientSnapshotQuery, Query, SnapshotQuery


class AsyncObservedStore(AsyncStore):
    """A store that does what another one does, and tells an observer of each operation.

    It is for who uses a store without a service; a service has an `observer` of its own. What is
    told are the methods of a store: `ask` under the name of the method that asks the query, such as
    `get`; `add` and `add_all`, the latter without ids; `apply_decision`, `adopt_client` and
    `apply_client_decision`.

    Args:
        store: The store that does the work.
        observer: Called after every attempt, in the same thread or task. What it raises is logged.

    Raises:
        InvalidError: not an async store, or not a plain function.

    >>> import asyncio
    >>> from campaignkit.storage import AsyncMemoryStore
    >>> from uuid import UUID
    >>> def show(operation: object) -> None:
    ...     print(operation.name, operation.outcome)
    >>> async def main() -> None:
    ...     store = AsyncObservedStore(AsyncMemoryStore(), show)
    ...     print((await store.find(UUID(int=1))).items)
    >>> asyncio.run(main())
    find done
    ()
    """

    def __init__(self, store: AsyncStore, observer: Observer) -> None:
        faults = {"store": kind_error(store, AsyncStore), "observer": observer_error(observer)}
        if any(faults.values()):
            raise InvalidError([f"{name} {fault}" for name, fault in faults.items() if fault])
        self.store = store
        self.observer = observer
        self.owns_transactions = store.owns_transactions

    async def ask(self, query: Query[T]) -> T:
        """As `AsyncStore.ask`."""
        with ObservedCall.from_query(self.observer, query).attempt():
            return await self.store.ask(query)

    async def add(
        self,
        campaign: Campaign,
        events: Iterable[Event] = (),
        *,
        extra: Mapping[str, object] | None = None,
    ) -> Campaign:
        """As `AsyncStore.add`."""
        is_one = isinstance(campaign, Campaign)
        key = (campaign.client_id, campaign.id) if is_one else ()
        with ObservedCall(self.observer, "add", *key).attempt():
            return await self.store.add(campaign, events, extra=extra)

    async def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `AsyncStore.add_all`."""
        with ObservedCall(self.observer, "add_all").attempt():
            return await self.store.add_all(campaigns, events)

    async def apply_decision(
        self, query: SnapshotQuery, decide: Decide[OutcomeT]
    ) -> Writes[OutcomeT]:
        """As `AsyncStore.apply_decision`."""
        with ObservedCall.from_query(self.observer, query, "apply_decision").attempt():
            return await self.store.apply_decision(query, decide)

    async def adopt_client(self, client_id: UUID) -> None:
        """As `AsyncStore.adopt_client`."""
        with ObservedCall(self.observer, "adopt_client", client_id).attempt():
            await self.store.adopt_client(client_id)

    async def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """As `AsyncStore.apply_client_decision`."""
        with ObservedCall.from_query(self.observer, query, "apply_client_decision").attempt():
            return await self.store.apply_client_decision(query, decide)
