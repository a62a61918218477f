"""What the contract and the machine share: how a store is set up, and what is looked at in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Page, Snapshot
from campaignkit.domain._suggestions import Suggestion
from campaignkit.storage._interface import Store
from campaignkit.testing._assertions import holds, same

T = TypeVar("T")
K = TypeVar("K")

CREATED = datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC)

_EXAMPLES_OF_THE_PROFILE = 5
_STEPS = 20


@frozen
class Tenant:
    """A client of one test's or one example's own, with ids that nothing else in the store has.

    Its campaigns' ids ascend with their numbers, which are below 2⁶⁴.
    """

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

    def campaign(self, number: int | None = None, **fields: object) -> Campaign:
        """Return a new active campaign, but for the fields that are named."""
        plain: dict[str, Any] = {
            "id": self.client_id,
            "client_id": self.client_id,
            "name": "Sydney agencies",
            "status": CampaignStatus.ACTIVE,
            "created_at": CREATED,
            "updated_at": CREATED,
        }
        plain.update(fields)
        return self.own(Campaign(**plain), number)


class StoreKit:
    """How the kit gets along with one kind of store; what a subclass may say otherwise."""

    fixed: ClassVar[Mapping[str, Any]] = {}
    """Fields that every campaign of the kit has like this, as a host's table has no column for
    them: `{"total_lead_limit": None}`."""

    keeps_updated_at: ClassVar[bool] = True
    """Whether an update stores `updated_at` as it is; a host's trigger may set it otherwise."""

    knows_clients: ClassVar[bool] = False
    """Whether the store refuses campaigns of clients that `add_client` has not added."""

    def add_client(self, store: Store, client_id: UUID) -> None:
        """Make a client known to the host's table of clients, where there is one."""

    def another(self, store: Store) -> Store:
        """Return another handle on the data of a store, such as one with its own engine.

        It may be the same one each time; who has none returns the store itself.
        """
        return store

    def tenant(self, store: Store) -> Tenant:
        """Return a new tenant, whom the store knows."""
        client_id = uuid4()
        self.add_client(store, client_id)
        return Tenant(client_id, self.fixed, uuid4().int >> 64 << 64, count(1))

    def accepted(self, stored: Campaign, wanted: Campaign) -> Campaign:
        """Return a campaign as an update stored it; fail if it is not what was wanted."""
        same(
            "an update must store the campaign as it was handed over",
            stored if self.keeps_updated_at else evolve(stored, updated_at=wanted.updated_at),
            wanted,
        )
        return stored

    def settings(self) -> settings:
        """Return how long Hypothesis searches: a fraction of what its present profile says.

        An example costs several calls of the store, and a profile is made for plain functions.
        """
        return settings(
            max_examples=max(1, settings().max_examples // _EXAMPLES_OF_THE_PROFILE),
            stateful_step_count=_STEPS,
            deadline=None,
            # How fast a store is, or the machine that it runs on, is not for this kit to say.
            suppress_health_check=[HealthCheck.too_slow],
        )

    def for_all(self, check: Callable[..., None], *strategies: SearchStrategy[Any]) -> None:
        """Check something for all values of these strategies, as far as the profile goes."""
        self.settings()(given(*strategies)(check))()


def pages(page: Callable[..., Page[T, K]], key: Callable[[T], K], size: int) -> list[T]:
    """Return the items of all pages of a listing, read in pages of so many.

    `page` takes `after` and `limit`. It fails if they are no proper pages.
    """
    found: list[T] = []
    after: K | None = None
    seen = set[K]()
    while True:
        one = page(after=after, limit=size)
        rows = len(one.items) + len(one.corrupt)
        found += one.items
        holds(f"a page of {size} has {rows} rows", rows <= size)
        if one.next is None:
            return found
        same("a page that has a next one must be full; its rows", rows, size)
        if not one.corrupt:
            same("the next page starts behind the last item of this", one.next, key(one.items[-1]))
        holds("pages must go on, not round in circles", one.next not in seen)
        seen.add(one.next)
        after = one.next


def last(what: str, page: Page[Any, Any], *items: object) -> None:
    """Fail unless a page has exactly these items, and no other page follows it."""
    same(what, (page.items, page.next, page.corrupt), (items, None, ()))


def listing(
    store: Store, client_id: UUID, campaign_id: UUID, *, day: date | None = None, size: int = 100
) -> list[Assignment]:
    """Return all assignments of a campaign, or of one of its days, read page by page."""
    page = partial(store.assignments, client_id, campaign_id, day=day)
    return pages(page, lambda assignment: assignment.lead_id, size)


def runs(campaign: Campaign, day: date) -> bool:
    """Tell whether a campaign is running on a day, apart from what the library says of it."""
    return (
        campaign.status is CampaignStatus.ACTIVE
        and campaign.deleted_at is None
        and (campaign.start_date is None or campaign.start_date <= day)
        and (campaign.end_date is None or day <= campaign.end_date)
    )


def proposals(store: Store, campaign: Campaign, *, size: int = 100) -> list[Suggestion]:
    """Return all suggestions for a campaign, read page by page."""
    page = partial(store.suggestions, campaign.client_id, campaign.id)
    return pages(page, lambda suggestion: suggestion.id, size)


def story(store: Store, campaign: Campaign, *, size: int = 100) -> list[Event]:
    """Return all events of a campaign, read page by page."""
    page = partial(store.history, campaign.client_id, campaign.id)
    return pages(page, lambda event: event.number or 0, size)


@frozen
class State:
    """All that a store shows of a campaign."""

    snapshot: Snapshot
    assignments: tuple[Assignment, ...]
    days: Mapping[date, Progress]
    suggestions: tuple[Suggestion, ...]
    events: tuple[Event, ...]


def state(store: Store, campaign: Campaign, *days: date) -> State:
    """Return all that a store shows of a campaign, on these days and on those of its leads."""
    key = campaign.client_id, campaign.id
    assignments = tuple(listing(store, *key))
    on = {*days, *(assignment.day for assignment in assignments)}
    return State(
        snapshot=store.snapshot(*key, lead_ids=[a.lead_id for a in assignments]),
        assignments=assignments,
        days={day: store.progress(*key, day) for day in on},
        suggestions=tuple(proposals(store, campaign)),
        events=tuple(story(store, campaign)),
    )
