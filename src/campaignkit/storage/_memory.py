"""The store in memory: the reference for all others, and enough for notebooks and tests."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import partial
from threading import RLock
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakSet

from attrs import define, evolve, field, frozen

from campaignkit.core._checks import check_kinds
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Decide, Page, Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import AlreadyExistsError, ConflictError, InvalidError, NotFoundError
from campaignkit.storage._base import (
    DEFAULT_PAGE,
    AsyncStore,
    Store,
    begun_histories,
    check_asked,
    check_named,
    check_several,
    fits,
    page_size,
    replacing,
    running_page_size,
)

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")


@frozen
class _Change:
    """What a record becomes by an act: final values only, so that to apply it twice is harmless."""

    campaign: Campaign
    progress: Progress
    released: tuple[str, ...]
    assigned: Mapping[str, Assignment]
    days: Mapping[date, int]
    suggestions: Mapping[UUID, Suggestion]
    first_event: int
    events: list[Event]


@define
class _Record:
    """What is stored of one campaign; values are immutable, so nobody outside can change it."""

    campaign: Campaign
    progress: Progress = field(factory=Progress)
    leads: dict[str, Assignment] = field(factory=dict[str, Assignment])
    days: dict[date, int] = field(factory=dict[date, int])
    suggestions: dict[UUID, Suggestion] = field(factory=dict[UUID, Suggestion])
    events: list[Event] = field(factory=list[Event])

    def snapshot(
        self,
        day: date | None,
        lead_ids: Collection[str],
        suggestion_ids: Collection[UUID] = (),
        *,
        pending: bool = False,
        last_suggestion: bool = False,
    ) -> Snapshot:
        waiting = self._pending() if pending else ()
        today = self.days.get(day, 0) if day else 0
        progress = evolve(self.progress, day=day, admitted_today=today)
        return Snapshot(
            campaign=self.campaign,
            progress=progress.for_allocation(self.campaign.allocation),
            assignments=FrozenMap({i: self.leads[i] for i in lead_ids if i in self.leads}),
            suggestions=FrozenMap(
                {
                    i: self.suggestions[i]
                    for i in (*suggestion_ids, *waiting)
                    if i in self.suggestions
                }
            ),
            last_suggestion=max(self.suggestions, default=None) if last_suggestion else None,
        )

    def _pending(self) -> Iterable[UUID]:
        return (i for i, s in self.suggestions.items() if s.state is SuggestionState.PENDING)

    def change(self, writes: Writes[Any]) -> _Change:
        """Return what writes make of this record.

        Raises:
            ConflictError: leads to release are not there, or leads to assign are.
        """
        absent = [i for i in writes.released if i not in self.leads]
        ids = [assignment.lead_id for assignment in writes.assigned]
        released = set(writes.released)
        present = [i for i in ids if i in self.leads and i not in released]
        if absent or present:
            msg = (
                f"campaign {self.campaign.id}: leads to release that are not there: {absent}; "
                f"to assign that are there: {present}"
            )
            raise ConflictError(msg)
        gained = Counter(assignment.day for assignment in writes.assigned)
        gained.subtract(self.leads[i].day for i in writes.released)
        progress = writes.progress
        return _Change(
            campaign=self.campaign if writes.campaign is None else writes.campaign,
            progress=self.progress
            if progress is None
            else evolve(progress, day=None, admitted_today=0),
            released=writes.released,
            assigned={assignment.lead_id: assignment for assignment in writes.assigned},
            days={day: self.days.get(day, 0) + by for day, by in gained.items()},
            suggestions={suggestion.id: suggestion for suggestion in writes.suggestions},
            first_event=len(self.events),
            events=_numbered(writes.events, len(self.events)),
        )

    def apply(self, change: _Change) -> None:
        self.campaign, self.progress = change.campaign, change.progress
        for lead_id in change.released:
            self.leads.pop(lead_id, None)
        self.leads.update(change.assigned)
        self.days.update(change.days)
        self.suggestions.update(change.suggestions)
        self.events[change.first_event : change.first_event + len(change.events)] = change.events


def _numbered(events: Iterable[Event], after: int = 0) -> list[Event]:
    return [evolve(event, number=number) for number, event in enumerate(events, after + 1)]


class MemoryStore(Store):
    """A store that keeps everything in memory, for as long as it lives; safe among threads.

    A forked process has a copy of its own from then on. An act that an exception interrupts,
    Ctrl-C among them, is stored as a whole or not at all.

    >>> from uuid import uuid4
    >>> store = MemoryStore()
    >>> campaign = store.add(Campaign.draft(client_id=uuid4(), name="Sydney agencies"))
    >>> store.get(campaign.client_id, campaign.id) == campaign
    True
    """

    owns_transactions = True

    def __init__(self) -> None:
        self._records: dict[UUID, _Record] = {}
        self._suggested: dict[UUID, UUID] = {}  # the campaigns of suggestions
        self._redo: Callable[[], None] | None = None
        self.renew_lock()
        _STORES.add(self)

    def renew_lock(self) -> None:
        """Forget who holds the lock: in a forked process those threads do not exist."""
        self._lock = RLock()

    def add(self, campaign: Campaign, events: Iterable[Event] = ()) -> Campaign:
        """As `Store.add`; a client is known by having a campaign."""
        check_kinds(InvalidError, campaign=(campaign, Campaign))
        return self.add_all((campaign,), events)[0]

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        new = check_several(Campaign, campaigns, "campaigns")
        begun = begun_histories(new, events)
        records = {c.id: _Record(c, events=_numbered(begun[c.id])) for c in new}

        def add() -> None:
            seen: set[UUID] = set()
            for campaign in new:
                if campaign.id in self._records or campaign.id in seen:
                    raise AlreadyExistsError("campaign", campaign.id)
                seen.add(campaign.id)
            self._commit(partial(self._records.update, records))

        self._alone(add)
        return new

    def get(self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False) -> Campaign:
        """As `Store.get`."""
        ids = {"client_id": client_id, "campaign_id": campaign_id}
        check_asked(ids, include_deleted=include_deleted)
        campaign = self._alone(lambda: self._record(client_id, campaign_id).campaign)
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
        """As `Store.find`."""
        ids = {"client_id": client_id, "after": after}
        size = page_size(
            limit,
            ids,
            statuses=statuses,
            include_deleted=include_deleted,
            running_on=running_on,
        )
        own = [r.campaign for r in self._alone(lambda: self._of_client(client_id))]
        found = {
            campaign.id: campaign
            for campaign in own
            if (include_deleted or campaign.deleted_at is None)
            and (statuses is None or campaign.status in statuses)
            and (running_on is None or campaign.is_running(running_on))
        }
        return _page(found, after, size)

    def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        """As `Store.running_across_clients`."""
        size = running_page_size(limit, day, after)
        everybodys = self._alone(lambda: [record.campaign for record in self._records.values()])
        return _page({c.id: c for c in everybodys if c.is_running(day)}, after, size)

    def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        """As `Store.snapshot`."""
        ids = {"client_id": client_id, "campaign_id": campaign_id}
        check_asked(ids, day, lead_ids=lead_ids)
        return self._alone(lambda: self._record(client_id, campaign_id).snapshot(day, lead_ids))

    def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        """As `Store.progress`."""
        check_named(day)
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
        """As `Store.assignments`."""
        ids = {"client_id": client_id, "campaign_id": campaign_id}
        size = page_size(limit, ids, after=after, day=day)
        leads = self._alone(lambda: dict(self._record(client_id, campaign_id).leads))
        found = {i: lead for i, lead in leads.items() if day is None or lead.day == day}
        return _page(found, after, size)

    def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        """As `Store.suggestions`."""
        ids = {"client_id": client_id, "campaign_id": campaign_id, "after": after}
        size = page_size(limit, ids, states=states)

        def collect() -> list[Suggestion]:
            records = (
                self._of_client(client_id)
                if campaign_id is None
                else [self._record(client_id, campaign_id)]
            )
            return [suggestion for record in records for suggestion in record.suggestions.values()]

        own = self._alone(collect)
        found = {s.id: s for s in own if states is None or s.state in states}
        return _page(found, after, size)

    def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """As `Store.suggestion`."""
        check_asked({"client_id": client_id, "suggestion_id": suggestion_id})

        def look_up() -> Suggestion:
            campaign_id = self._suggested.get(suggestion_id)
            record = None if campaign_id is None else self._records[campaign_id]
            if record is None or record.campaign.client_id != client_id:
                raise NotFoundError("suggestion", suggestion_id)
            return record.suggestions[suggestion_id]

        return self._alone(look_up)

    def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        """As `Store.history`."""
        ids = {"client_id": client_id, "campaign_id": campaign_id}
        size = page_size(limit, ids, number=after)
        events = self._alone(lambda: list(self._record(client_id, campaign_id).events))
        return _page(dict(enumerate(events, 1)), after, size)

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
        """As `Store.transact`."""
        asked = {"client_id": client_id, "campaign_id": campaign_id}
        flags = {"pending": pending, "last_suggestion": last_suggestion}
        check_asked(asked, day, suggestion_ids, lead_ids, decide, **flags)

        def act() -> Writes[OutcomeT]:
            record = self._record(client_id, campaign_id)
            snapshot = record.snapshot(
                day,
                lead_ids,
                suggestion_ids,
                pending=pending,
                last_suggestion=last_suggestion,
            )
            writes = decide(snapshot)
            fits(snapshot, writes)
            change = record.change(writes)
            ids = [suggestion.id for suggestion in writes.suggestions]
            if strangers := [i for i in ids if self._suggested.get(i, campaign_id) != campaign_id]:
                msg = f"campaign {campaign_id}: suggestions of others: {strangers}"
                raise ConflictError(msg)
            suggested = dict.fromkeys(ids, campaign_id)
            self._commit(partial(self._write, record, change, suggested))
            return writes

        return self._alone(act)

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """As `Store.replace`."""
        decide = replacing(before, after)
        self.transact(before.client_id, before.id, decide)
        return after

    def _alone(self, do: Callable[[], T]) -> T:
        """Do something while no other thread is at it, after what was interrupted is finished."""
        # On a line of its own, so that no line, and no exception, lies between the end of what
        # is done and the release of the lock.
        with self._lock: return self._after_settling(do)  # noqa: E701  # fmt: skip

    def _after_settling(self, do: Callable[[], T]) -> T:
        self._settle()
        return do()

    def _commit(self, change: Callable[[], None]) -> None:
        """Make a change for good: this assignment is the moment in which it is made.

        Whatever interrupts the rest, the next call applies the change anew, so it must come to
        the same however often, and however far, it was applied before.
        """
        self._redo = change
        self._settle()

    def _settle(self) -> None:
        if self._redo is not None:
            self._redo()
            self._redo = None

    def _write(self, record: _Record, change: _Change, suggested: Mapping[UUID, UUID]) -> None:
        record.apply(change)
        self._suggested.update(suggested)

    def _of_client(self, client_id: UUID) -> list[_Record]:
        return [r for r in self._records.values() if r.campaign.client_id == client_id]

    def _record(self, client_id: UUID, campaign_id: UUID) -> _Record:
        record = self._records.get(campaign_id)
        if record is None or record.campaign.client_id != client_id:
            raise NotFoundError("campaign", campaign_id)
        return record


_STORES: WeakSet[MemoryStore] = WeakSet()


def _renew_locks() -> None:
    for store in list(_STORES):
        store.renew_lock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew_locks)


KeyT = TypeVar("KeyT", UUID, str, int)


def _page(found: dict[KeyT, T], after: KeyT | None, size: int) -> Page[T, KeyT]:
    keys = sorted(found)
    start = 0 if after is None else bisect_right(keys, after)
    wanted = keys[start : start + size]
    more = len(keys) > start + size
    return Page(tuple(found[key] for key in wanted), next=wanted[-1] if more else None)


class AsyncMemoryStore(AsyncStore):
    """The store in memory for async code; `sync` is the store that it stands before.

    No call waits for anything, so none gives way to another task before it is done.
    """

    owns_transactions = True

    def __init__(self, sync: MemoryStore | None = None) -> None:
        self.sync = MemoryStore() if sync is None else sync

    async def add(self, campaign: Campaign, events: Iterable[Event] = ()) -> Campaign:
        """As `Store.add`."""
        return self.sync.add(campaign, events)

    async def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        return self.sync.add_all(campaigns, events)

    async def get(
        self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False
    ) -> Campaign:
        """As `Store.get`."""
        return self.sync.get(client_id, campaign_id, include_deleted=include_deleted)

    async def find(
        self,
        client_id: UUID,
        *,
        statuses: Collection[CampaignStatus] | None = None,
        running_on: date | None = None,
        include_deleted: bool = False,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Campaign, UUID]:
        """As `Store.find`."""
        return self.sync.find(
            client_id,
            statuses=statuses,
            running_on=running_on,
            include_deleted=include_deleted,
            after=after,
            limit=limit,
        )

    async def running_across_clients(
        self, day: date, *, after: UUID | None = None, limit: int = DEFAULT_PAGE
    ) -> Page[Campaign, UUID]:
        """As `Store.running_across_clients`."""
        return self.sync.running_across_clients(day, after=after, limit=limit)

    async def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        """As `Store.snapshot`."""
        return self.sync.snapshot(client_id, campaign_id, day=day, lead_ids=lead_ids)

    async def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        """As `Store.progress`."""
        return self.sync.progress(client_id, campaign_id, day)

    async def assignments(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        after: str | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Assignment, str]:
        """As `Store.assignments`."""
        return self.sync.assignments(client_id, campaign_id, day=day, after=after, limit=limit)

    async def suggestions(
        self,
        client_id: UUID,
        campaign_id: UUID | None = None,
        *,
        states: Collection[SuggestionState] | None = None,
        after: UUID | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Suggestion, UUID]:
        """As `Store.suggestions`."""
        return self.sync.suggestions(
            client_id, campaign_id, states=states, after=after, limit=limit
        )

    async def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """As `Store.suggestion`."""
        return self.sync.suggestion(client_id, suggestion_id)

    async def history(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        after: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> Page[Event, int]:
        """As `Store.history`."""
        return self.sync.history(client_id, campaign_id, after=after, limit=limit)

    async def transact(
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
        """As `Store.transact`."""
        return self.sync.transact(
            client_id,
            campaign_id,
            decide,
            day=day,
            lead_ids=lead_ids,
            suggestion_ids=suggestion_ids,
            pending=pending,
            last_suggestion=last_suggestion,
        )

    async def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """As `Store.replace`."""
        return self.sync.replace(before, after)
