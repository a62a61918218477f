# Made of _async_observed.py by `python -m tests.generate_sync`: change that file, not this one.
"""A store whose operations an observer is told of."""

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
from campaignkit.storage._interface import Store
from campaignkit.storage._observation import ObservedCall, Observer, observer_error
from campaignkit.storage._queries import ClientSnapshotQuery, Query, SnapshotQuery


class ObservedStore(Store):
    """A store that does what another one does, and tells an observer of each operation.

    It is for who uses a store without a service; a service has an `observer` of its own. What is
    told are the methods of a store: `ask` under the name of the method that asks the query, such as
    `get`; `add` and `add_all`, the latter without ids; `apply_decision`, `adopt_client` and
    `apply_client_decision`.

    Args:
        store: The store that does the work.
        observer: Called after every attempt, in the same thread or task. What it raises is logged.

    Raises:
        InvalidError: not a store, or not a plain function.

    >>> from campaignkit.storage import MemoryStore
    >>> from uuid import UUID
    >>> def show(operation: object) -> None:
    ...     print(operation.name, operation.outcome)
    >>> store = ObservedStore(MemoryStore(), show)
    >>> print((store.find(UUID(int=1))).items)
    find done
    ()
    """

    def __init__(self, store: Store, observer: Observer) -> None:
        faults = {"store": kind_error(store, Store), "observer": observer_error(observer)}
        if any(faults.values()):
            raise InvalidError([f"{name} {fault}" for name, fault in faults.items() if fault])
        self.store = store
        self.observer = observer
        self.owns_transactions = store.owns_transactions

    def ask(self, query: Query[T]) -> T:
        """As `Store.ask`."""
        with ObservedCall.from_query(self.observer, query).attempt():
            return self.store.ask(query)

    def add(
        self,
        campaign: Campaign,
        events: Iterable[Event] = (),
        *,
        extra: Mapping[str, object] | None = None,
    ) -> Campaign:
        """As `Store.add`."""
        is_one = isinstance(campaign, Campaign)
        key = (campaign.client_id, campaign.id) if is_one else ()
        with ObservedCall(self.observer, "add", *key).attempt():
            return self.store.add(campaign, events, extra=extra)

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        with ObservedCall(self.observer, "add_all").attempt():
            return self.store.add_all(campaigns, events)

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        """As `Store.apply_decision`."""
        with ObservedCall.from_query(self.observer, query, "apply_decision").attempt():
            return self.store.apply_decision(query, decide)

    def adopt_client(self, client_id: UUID) -> None:
        """As `Store.adopt_client`."""
        with ObservedCall(self.observer, "adopt_client", client_id).attempt():
            self.store.adopt_client(client_id)

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """As `Store.apply_client_decision`."""
        with ObservedCall.from_query(self.observer, query, "apply_client_decision").attempt():
            return self.store.apply_client_decision(query, decide)
