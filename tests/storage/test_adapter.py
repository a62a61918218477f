"""A store is an abstract base class, and an adapter needs nothing that is not public."""

from __future__ import annotations

import copy
import inspect
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from threading import RLock
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from attrs import evolve

from campaignkit import (
    AlreadyExistsError,
    Campaign,
    ConflictError,
    Event,
    InvalidError,
    NotFoundError,
    Progress,
    Suggestion,
    SuggestionHead,
    SuggestionState,
)
from campaignkit.storage import (
    AssignmentsQuery,
    AsyncMemoryStore,
    AsyncStore,
    CampaignQuery,
    CampaignsQuery,
    Decide,
    FeedQuery,
    HistoryQuery,
    MemoryStore,
    Page,
    Query,
    RunningCampaignsQuery,
    Snapshot,
    SnapshotQuery,
    Store,
    SuggestionQuery,
    SuggestionsQuery,
    Writes,
    check_decision,
    check_writes,
    choose_events,
    pair_with_events,
    read_cursor,
    write_cursor,
)
from campaignkit.testing import StoreContract

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")
METHODS = ["add_all", "apply_decision", "ask"]
"""What a store must define."""


class Shelf(Store):
    """An adapter as others write them: a dict of plain dicts, of which a call works on a copy."""

    owns_transactions = True

    def __init__(self) -> None:
        self.shelf: dict[UUID, dict[str, Any]] = {}
        self.lock = RLock()

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        new = pair_with_events(campaigns, events)
        with self.lock:
            for campaign, _ in new:
                if campaign.id in self.shelf:
                    raise AlreadyExistsError("campaign", campaign.id)
            for campaign, first in new:
                self.shelf[campaign.id] = {
                    "campaign": campaign,
                    "progress": Progress(),
                    "leads": {},
                    "suggestions": {},
                    "rejections": {},
                    "events": first,
                }
        return tuple(campaign for campaign, _ in new)

    def ask(self, query: Query[T]) -> T:
        return cast("T", self.answer(query))

    def answer(self, query: Query[Any]) -> object:  # noqa: C901, PLR0911  # one for each query
        match query:
            case CampaignQuery():
                campaign: Campaign = self.record(query.client_id, query.campaign_id)["campaign"]
                if campaign.deleted_at is not None and not query.include_deleted:
                    raise NotFoundError("campaign", query.campaign_id)
                return campaign
            case CampaignsQuery():
                return page_of(self.campaigns(partial(is_found, query)), query)
            case RunningCampaignsQuery():
                return page_of(self.campaigns(partial(is_run, query)), query)
            case SnapshotQuery():
                return snapshot_of(self.record(query.client_id, query.campaign_id), query)
            case AssignmentsQuery():
                day, leads = query.day, self.record(query.client_id, query.campaign_id)["leads"]
                return page_of({i: a for i, a in leads.items() if day in {None, a.day}}, query)
            case SuggestionsQuery():
                found = self.suggested(query.client_id, query.campaign_id)
                states = query.states
                wanted = {
                    i: s.head for i, s in found.items() if states is None or s.state in states
                }
                return page_of(wanted, query)
            case SuggestionQuery():
                own = self.suggested(query.client_id, None)
                if query.suggestion_id not in own:
                    raise NotFoundError("suggestion", query.suggestion_id)
                suggestion = own[query.suggestion_id]
                return whole_of(self.record(query.client_id, suggestion.campaign_id), suggestion)
            case HistoryQuery():
                events: list[Event] = self.record(query.client_id, query.campaign_id)["events"]
                return page_of(dict(enumerate(events, 1)), query)
            case FeedQuery():
                return self.feed_page(query)
            case _:
                raise InvalidError([f"query must be a Query, not {query}"])

    def feed_page(self, query: FeedQuery) -> Page[Event, str]:
        seen = read_cursor(query.client_id, query.cursor)
        own = self.campaigns(lambda c: c.client_id == query.client_id)
        events = {i: self.record(query.client_id, i)["events"] for i in own}
        last = {i: len(several) for i, several in events.items()}
        chosen = choose_events(last, seen, query.limit)
        behind = write_cursor(query.client_id, seen | dict(chosen))
        return Page(tuple(events[i][number - 1] for i, number in chosen), behind)

    def suggested(self, client_id: UUID, campaign_id: UUID | None) -> dict[UUID, Suggestion]:
        own = (
            list(self.campaigns(lambda c: c.client_id == client_id))
            if campaign_id is None
            else [campaign_id]
        )
        return {i: s for one in own for i, s in self.record(client_id, one)["suggestions"].items()}

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        check_decision(query, decide)
        with self.lock:
            record = self.record(query.client_id, query.campaign_id)
            before = snapshot_of(record, query)
            writes = decide(before)
            check_writes(before, writes)
            self.write(record, before, writes)
            self.shelf[query.campaign_id] = record
        return writes

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

    def write(self, record: dict[str, Any], before: Snapshot, writes: Writes[Any]) -> None:
        leads = record["leads"]
        released = [gone.lead_id for gone in writes.released]
        if absent := set(released) - set(leads):
            msg = f"not there: {absent}"
            raise ConflictError(msg)
        for lead_id in released:
            del leads[lead_id]
        new = {assignment.lead_id: assignment for assignment in writes.assigned}
        others = {
            s.id
            for one in self.shelf.values()
            for s in writes.suggestions
            if s.id in one["suggestions"] and s.id not in before.heads
        }
        if new.keys() & leads.keys() or others:
            msg = f"there already: {new.keys() & leads.keys()}, {others}"
            raise ConflictError(msg)
        leads.update(new)
        for given in writes.suggestions:
            is_head = isinstance(given, SuggestionHead)
            stored = record["suggestions"][given.id].with_head(given) if is_head else given
            record["suggestions"][given.id] = stored
        for lead_id in writes.lifted:
            record["rejections"].pop(lead_id, None)
        record["rejections"].update({one.lead_id: one for one in writes.rejections})
        first = len(record["events"]) + 1
        record["events"] += [evolve(e, number=n) for n, e in enumerate(writes.events, first)]
        record["campaign"] = writes.campaign or record["campaign"]
        record["progress"] = writes.progress or record["progress"]


def whole_of(record: Mapping[str, Any], suggestion: Suggestion) -> Suggestion:
    rejections = record["rejections"].items()
    own = {i: one for i, one in rejections if one.suggestion_id == suggestion.id}
    return evolve(suggestion, rejections=own)


def snapshot_of(record: Mapping[str, Any], query: SnapshotQuery) -> Snapshot:
    leads, rejections = record["leads"], record["rejections"]
    stored: dict[UUID, Suggestion] = record["suggestions"]
    pending = {i for i, s in stored.items() if s.state is SuggestionState.PENDING}
    equal = {i for i, s in stored.items() if s.digest == query.digest}
    rejected = {i for i in equal if stored[i].state is SuggestionState.REJECTED}
    waiting: dict[str, frozenset[UUID]] = {}
    for lead_id in query.lead_ids if query.barriers else ():
        if ids := {i for i in pending if lead_id in getattr(stored[i].command, "lead_ids", ())}:
            waiting[lead_id] = frozenset(ids)
    whole = (stored.keys() & set(query.suggestion_ids)) | (equal & pending)
    heads = whole.union(rejected, pending if query.pending else (), *waiting.values())
    today = sum(assignment.day == query.day for assignment in leads.values())
    progress = evolve(record["progress"], day=query.day, admitted_today=today)
    return Snapshot(
        campaign=record["campaign"],
        progress=progress.for_allocation(record["campaign"].allocation),
        assignments={i: leads[i] for i in query.lead_ids if i in leads},
        suggestions={i: whole_of(record, stored[i]) for i in whole},
        heads={i: stored[i].head for i in heads},
        waiting=waiting,
        rejections={i: rejections[i] for i in query.lead_ids if query.barriers and i in rejections},
        last_suggestion=None if query.digest is None else max(stored, default=None),
        has_history=bool(record["events"]),
    )


def is_found(query: CampaignsQuery, campaign: Campaign) -> bool:
    return (
        campaign.client_id == query.client_id
        and (query.include_deleted or campaign.deleted_at is None)
        and (query.statuses is None or campaign.status in query.statuses)
        and (query.running_on is None or campaign.is_running(query.running_on))
        and (query.ids is None or campaign.id in query.ids)
    )


def is_run(query: RunningCampaignsQuery, campaign: Campaign) -> bool:
    if query.where is not None:
        raise InvalidError(["where must be None"])
    days = query.day, campaign.start_date, campaign.end_date, campaign.created_at.date()
    return campaign.is_running(next(day for day in days if day))


def page_of(found: Mapping[Any, T], query: Any) -> Page[T, Any]:  # of a listing
    keys = sorted(found)
    start = 0 if query.after is None else bisect_right(keys, query.after)
    wanted = keys[start : start + query.limit]
    more = len(keys) > start + query.limit
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
    names = [name for name, _ in inspect.getmembers(Store, inspect.isfunction)]
    assert len(names) > len(METHODS)
    for name in names:
        plain, other = getattr(Store, name), getattr(AsyncStore, name)
        assert inspect.signature(plain) == inspect.signature(other)
        assert inspect.iscoroutinefunction(other)


def test_a_store_that_says_nothing_owns_no_transactions() -> None:
    assert not Store.owns_transactions
    assert not AsyncStore.owns_transactions
