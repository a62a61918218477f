"""How the contract and the machine use one kind of store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, ClassVar
from uuid import UUID, uuid4

from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.storage._interface import Store
from campaignkit.testing._assertions import check_equal
from campaignkit.testing._stored import CREATED, StoredCampaign

_EXAMPLES_OF_THE_PROFILE = 5
_STEP_COUNT = 20


@frozen
class Tenant:
    """A client of one test or example only, with ids that nothing else in the store has.

    Its campaigns' ids ascend with their numbers, which are below 2⁶⁴.
    """

    store: Store
    client_id: UUID
    fixed: Mapping[str, Any]
    _first: int
    _numbers: Iterator[int]

    def id(self, number: int) -> UUID:
        """Return the id of this number."""
        return UUID(int=self._first + number)

    def own(self, campaign: Campaign, number: int | None = None) -> Campaign:
        """Return a campaign like this one that is the tenant's, and that the store can keep."""
        number = next(self._numbers) if number is None else number
        fields = {**self.fixed, "id": self.id(number), "client_id": self.client_id}
        return evolve(campaign, **fields)

    def campaign(self, number: int | None = None, **fields: Any) -> Campaign:  # noqa: ANN401  # of a campaign
        """Return a new active campaign with these fields."""
        plain: dict[str, Any] = {
            "id": self.client_id,
            "client_id": self.client_id,
            "name": "Sydney agencies",
            "status": CampaignStatus.ACTIVE,
            "created_at": CREATED,
            "updated_at": CREATED,
        }
        values: dict[str, Any] = {**plain, **fields}
        return self.own(Campaign(**values), number)

    def add(self, number: int | None = None, **fields: Any) -> StoredCampaign:  # noqa: ANN401  # as above
        """Add a new active campaign with these fields."""
        return StoredCampaign(self.store, self.store.add(self.campaign(number, **fields)))


class StoreKit:
    """How the kit uses one kind of store. A subclass overrides what is different in its own.

    Arguments of several methods:
        store: The store that is tested.

    >>> class WithoutTotal(StoreKit):
    ...     fixed = {"total_lead_limit": None}
    """

    fixed: ClassVar[Mapping[str, Any]] = {}
    """Fields with the same value in every campaign of the kit, as a host's table has no column for
    them: `{"total_lead_limit": None}`."""

    keeps_updated_at: ClassVar[bool] = True
    """Whether an update stores `updated_at` as it is; a host's trigger may set it otherwise."""

    knows_clients: ClassVar[bool] = False
    """Whether the store refuses campaigns of clients that `add_client` has not added."""

    def add_client(self, store: Store, client_id: UUID) -> None:
        """Add a client to the host's table of clients, if there is one.

        Args:
            client_id: The id of the new client.
        """

    def another(self, store: Store) -> Store:
        """Return another handle on the data of a store, such as one with its own engine.

        It may be the same one each time; without another one, return the store itself.
        """
        return store

    def add_tenant(self, store: Store) -> Tenant:
        """Return a new tenant, whose client the store knows."""
        client_id = uuid4()
        self.add_client(store, client_id)
        return Tenant(store, client_id, self.fixed, uuid4().int >> 64 << 64, count(1))

    def add_campaign(self, store: Store, **fields: Any) -> StoredCampaign:  # noqa: ANN401  # of a campaign
        """Add an active campaign with these fields, of a new tenant.

        Args:
            **fields: Fields of the campaign.
        """
        return self.add_tenant(store).add(**fields)

    def check_update(self, stored: Campaign, wanted: Campaign) -> Campaign:
        """Return a campaign as an update stored it; fail if it is not what was wanted.

        Args:
            stored: The campaign as the store returned it.
            wanted: The campaign as it was written.
        """
        check_equal(
            "an update must store the campaign unchanged",
            stored if self.keeps_updated_at else evolve(stored, updated_at=wanted.updated_at),
            wanted,
        )
        return stored

    def settings(self) -> settings:
        """Return how long Hypothesis searches: for a fraction of the examples of its profile.

        An example makes several calls of the store, and a profile is made for plain functions.
        """
        return settings(
            max_examples=max(1, settings().max_examples // _EXAMPLES_OF_THE_PROFILE),
            stateful_step_count=_STEP_COUNT,
            deadline=None,
            # The speed of a store, or of the machine, is not tested.
            suppress_health_check=[HealthCheck.too_slow],
        )

    def for_all(self, check: Callable[..., None], *strategies: SearchStrategy[Any]) -> None:
        """Check something for generated values of these strategies.

        Args:
            check: Called with a value of each strategy; raises if something is wrong.
            *strategies: The strategies of its arguments.
        """
        self.settings()(given(*strategies)(check))()
