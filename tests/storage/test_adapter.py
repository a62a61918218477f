"""A store is an abstract base class, and an adapter needs nothing that is not public."""

from __future__ import annotations

import copy
import inspect
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from threading import RLock
from typing import Any, TypeVar
from uuid import UUID

import pytest
from attrs import evolve

from campaignkit import (
    AlreadyExistsError,
    Assignment,
    Campaign,
    CampaignStatus,
    ConflictError,
    Event,
    NotFoundError,
    Progress,
    Suggestion,
    SuggestionState,
)
from campaignkit.storage import (
    DEFAULT_PAGE,
    AsyncMemoryStore,
    AsyncStore,
    Decide,
    MemoryStore,
    Page,
    Snapshot,
    Store,
    Writes,
    begun_histories,
    check_asked,
    fits,
    page_size,
    replacing,
    running_page_size,
)
from campaignkit.testing import StoreContract

T = TypeVar("T")
KeyT = TypeVar("KeyT", UUID, str, int)
OutcomeT = TypeVar("OutcomeT")
METHODS = sorted(name for name, one in vars(Store).items() if inspect.isfunction(one))


class Shelf(Store):
    """An adapter as others write them: a dict of plain dicts, of which a call works on a copy."""

    owns_transactions = True

    def __init__(self) -> None:
        self.shelf: dict[UUID, dict[str, Any]] = {}
        self.lock = RLock()

    def add(self, campaign: Campaign, events: Iterable[Event] = ()) -> Campaign:
        return self.add_all((campaign,), events)[0]

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        new = tuple(campaigns)
        begun = begun_histories(new, events)
        with self.lock:
            for campaign, count in Counter(new).items():
                if campaign.id in self.shelf or count > 1:
                    raise AlreadyExistsError("campaign", campaign.id)
            for campaign in new:
                self.shelf[campaign.id] = {
                    "campaign": campaign,
                    "progress": Progress(),
                    "leads": {},
                    "suggestions": {},
                    "events": [evolve(e, number=n) for n, e in enumerate(begun[campaign.id], 1)],
                }
        return new

    def get(self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False) -> Campaign:
        check_asked({"client_id": client_id, "campaign_id": campaign_id})
        campaign: Campaign = self.record(client_id, campaign_id)["campaign"]
        if campaign.deleted_at is not None and not include_deleted:
            raise NotFoundError("campaign", campaign_id)
        return campaign

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
        ids = {"client_id": client_id, "after": after}
        size = page_size(limit, ids, statuses=statuses, running_on=running_on)
        return page_of(
            self.campaigns(
                lambda c: (
                    c.client_id == client_id
                    and (include_deleted or c.deleted_at is None)
                    and (statuses is None or c.status in statuses)
                    and (running_on is None or c.is_running(running_on))
                )
            ),
            after,
            size,
        )

    def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        size = running_page_size(limit, day, after)
        return page_of(self.campaigns(lambda c: c.is_running(day)), after, size)

    def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        check_asked({"client_id": client_id, "campaign_id": campaign_id}, day)
        return snapshot_of(self.record(client_id, campaign_id), day, lead_ids, ())

    def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        return self.snapshot(client_id, campaign_id, day=day).progress

    def assignments(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        after: str | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Assignment, str]:
        ids = {"client_id": client_id, "campaign_id": campaign_id}
        size = page_size(limit, ids, after=after, day=day)
        leads = self.record(client_id, campaign_id)["leads"]
        return page_of({i: a for i, a in leads.items() if day in {None, a.day}}, after, size)

    def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        ids = {"client_id": client_id, "campaign_id": campaign_id, "after": after}
        size = page_size(limit, ids, states=states)
        own = (
            [i for i, c in self.campaigns().items() if c.client_id == client_id]
            if campaign_id is None
            else [campaign_id]
        )
        all_of_them = {
            i: s for one in own for i, s in self.record(client_id, one)["suggestions"].items()
        }
        found = {i: s for i, s in all_of_them.items() if states is None or s.state in states}
        return page_of(found, after, size)

    def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        check_asked({"client_id": client_id, "suggestion_id": suggestion_id})
        for campaign_id in self.campaigns(lambda c: c.client_id == client_id):
            own: dict[UUID, Suggestion] = self.record(client_id, campaign_id)["suggestions"]
            if suggestion_id in own:
                return own[suggestion_id]
        raise NotFoundError("suggestion", suggestion_id)

    def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        ids = {"client_id": client_id, "campaign_id": campaign_id}
        size = page_size(limit, ids, number=after)
        events: list[Event] = self.record(client_id, campaign_id)["events"]
        return page_of(dict(enumerate(events, 1)), after, size)

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
        check_asked({"client_id": client_id, "campaign_id": campaign_id}, day, suggestion_ids)
        with self.lock:
            record = self.record(client_id, campaign_id)
            waiting = [
                i
                for i, s in record["suggestions"].items()
                if pending and s.state is SuggestionState.PENDING
            ]
            before = snapshot_of(record, day, lead_ids, [*suggestion_ids, *waiting])
            if last_suggestion:
                before = evolve(before, last_suggestion=max(record["suggestions"], default=None))
            writes = decide(before)
            fits(before, writes)
            self.write(record, writes)
            self.shelf[campaign_id] = record
        return writes

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        self.transact(before.client_id, before.id, replacing(before, after))
        return after

    def record(self, client_id: UUID, campaign_id: UUID) -> dict[str, Any]:
        with self.lock:
            found = self.shelf.get(campaign_id)
            if found is None or found["campaign"].client_id != client_id:
                raise NotFoundError("campaign", campaign_id)
            return {name: copy.copy(part) for name, part in found.items()}

    def campaigns(
        self, wanted: Callable[[Campaign], bool] = lambda _: True
    ) -> dict[UUID, Campaign]:
        with self.lock:
            own = {i: record["campaign"] for i, record in self.shelf.items()}
        return {i: campaign for i, campaign in own.items() if wanted(campaign)}

    def write(self, record: dict[str, Any], writes: Writes[Any]) -> None:
        leads = record["leads"]
        if absent := set(writes.released) - set(leads):
            msg = f"not there: {absent}"
            raise ConflictError(msg)
        for lead_id in writes.released:
            del leads[lead_id]
        new = {assignment.lead_id: assignment for assignment in writes.assigned}
        others = {
            i
            for i, one in self.shelf.items()
            for s in writes.suggestions
            if s.id in one["suggestions"] and i != record["campaign"].id
        }
        if new.keys() & leads.keys() or others:
            msg = f"there already: {new.keys() & leads.keys()}, {others}"
            raise ConflictError(msg)
        leads.update(new)
        record["suggestions"].update({s.id: s for s in writes.suggestions})
        first = len(record["events"]) + 1
        record["events"] += [evolve(e, number=n) for n, e in enumerate(writes.events, first)]
        record["campaign"] = writes.campaign or record["campaign"]
        record["progress"] = writes.progress or record["progress"]


def snapshot_of(
    record: Mapping[str, Any],
    day: date | None,
    lead_ids: Collection[str],
    suggestion_ids: Collection[UUID],
) -> Snapshot:
    leads, suggestions = record["leads"], record["suggestions"]
    today = sum(assignment.day == day for assignment in leads.values())
    progress = evolve(record["progress"], day=day, admitted_today=today)
    return Snapshot(
        campaign=record["campaign"],
        progress=progress.for_allocation(record["campaign"].allocation),
        assignments={i: leads[i] for i in lead_ids if i in leads},
        suggestions={i: suggestions[i] for i in suggestion_ids if i in suggestions},
    )


def page_of(found: Mapping[KeyT, T], after: KeyT | None, size: int) -> Page[T, KeyT]:
    keys = sorted(found)
    start = 0 if after is None else bisect_right(keys, after)
    wanted = keys[start : start + size]
    more = len(keys) > start + size
    return Page(tuple(found[key] for key in wanted), next=wanted[-1] if more else None)


class TestShelf(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return Shelf()


# -- A store with something missing ---------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_store_with_a_method_missing_cannot_be_made(method: str) -> None:
    rest = {name: getattr(MemoryStore, name) for name in METHODS if name != method}
    with pytest.raises(TypeError, match=f"abstract method '?{method}"):
        type("Mine", (Store,), rest)()


@pytest.mark.parametrize("method", METHODS)
def test_an_async_store_with_a_method_missing_cannot_be_made(method: str) -> None:
    rest = {name: getattr(AsyncMemoryStore, name) for name in METHODS if name != method}
    with pytest.raises(TypeError, match=f"abstract method '?{method}"):
        type("Mine", (AsyncStore,), rest)()


def test_all_that_is_missing_is_named() -> None:
    for kind in (Store, AsyncStore):
        with pytest.raises(TypeError) as raised:
            type("Mine", (kind,), {})()
        assert all(method in str(raised.value) for method in METHODS)


def test_the_two_have_the_same_methods() -> None:
    for name in METHODS:
        plain, other = getattr(Store, name), getattr(AsyncStore, name)
        assert inspect.signature(plain) == inspect.signature(other)
        assert inspect.iscoroutinefunction(other)


def test_a_store_that_says_nothing_owns_no_transactions() -> None:
    assert not Store.owns_transactions
    assert not AsyncStore.owns_transactions
