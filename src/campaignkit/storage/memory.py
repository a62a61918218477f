"""The store in memory: the reference for all others, and enough for notebooks and tests."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date
from threading import RLock
from typing import Any, TypeVar
from uuid import UUID

from attrs import define, evolve, field

from campaignkit.domain.campaign import Campaign, CampaignStatus
from campaignkit.domain.events import Event
from campaignkit.domain.frozen import FrozenMap
from campaignkit.domain.ledger import Assignment, Progress
from campaignkit.domain.suggestions import Suggestion, SuggestionState
from campaignkit.errors import AlreadyExistsError, ConflictError, NotFoundError
from campaignkit.storage.protocols import (
    DEFAULT_PAGE,
    AsyncStore,
    Decide,
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

__all__ = ["AsyncMemoryStore", "MemoryStore"]

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")


@define
class _Record:
    """What is stored of one campaign; values are immutable, so nobody outside can change it."""

    campaign: Campaign
    progress: Progress = field(factory=Progress)
    leads: dict[str, Assignment] = field(factory=dict[str, Assignment])
    days: Counter[date] = field(factory=Counter[date])
    suggestions: dict[UUID, Suggestion] = field(factory=dict[UUID, Suggestion])
    events: list[Event] = field(factory=list[Event])

    def snapshot(
        self,
        day: date | None,
        lead_ids: Collection[str],
        suggestion_ids: Collection[UUID] = (),
        *,
        pending: bool = False,
    ) -> Snapshot:
        waiting = self._pending() if pending else ()
        progress = evolve(self.progress, day=day, admitted_today=self.days[day] if day else 0)
        return Snapshot(
            campaign=self.campaign,
            progress=progress.under(self.campaign.allocation),
            assignments=FrozenMap({i: self.leads[i] for i in lead_ids if i in self.leads}),
            suggestions=FrozenMap(
                {
                    i: self.suggestions[i]
                    for i in (*suggestion_ids, *waiting)
                    if i in self.suggestions
                }
            ),
        )

    def _pending(self) -> Iterable[UUID]:
        return (i for i, s in self.suggestions.items() if s.state is SuggestionState.PENDING)

    def check(self, writes: Writes[Any]) -> None:
        """Refuse writes that do not fit, so that what follows cannot fail half-way."""
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

    def write(self, writes: Writes[Any]) -> None:
        if writes.campaign is not None:
            self.campaign = writes.campaign
        if writes.progress is not None:
            self.progress = evolve(writes.progress, day=None, admitted_today=0)
        for lead_id in writes.released:
            self.days[self.leads.pop(lead_id).day] -= 1
        for assignment in writes.assigned:
            self.leads[assignment.lead_id] = assignment
            self.days[assignment.day] += 1
        self.suggestions.update({suggestion.id: suggestion for suggestion in writes.suggestions})
        self.add(writes.events)

    def add(self, events: Iterable[Event]) -> None:
        """Number events, and add them."""
        self.events += [evolve(e, number=n) for n, e in enumerate(events, len(self.events) + 1)]


class MemoryStore(Store):
    """A store that keeps everything in memory, for as long as it lives; safe among threads.

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
        self._lock = RLock()

    def add(self, campaign: Campaign, events: Iterable[Event] = ()) -> Campaign:
        """As `Store.add`; a client is known by having a campaign."""
        return self.add_all((campaign,), events)[0]

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        new = tuple(campaigns)
        begun = begun_histories(new, events)
        with self._lock:
            seen = set(self._records)
            for campaign in new:
                if campaign.id in seen:
                    raise AlreadyExistsError("campaign", campaign.id)
                seen.add(campaign.id)
            self._records.update({campaign.id: _Record(campaign) for campaign in new})
            for campaign_id, own in begun.items():
                self._records[campaign_id].add(own)
        return new

    def get(self, client_id: UUID, campaign_id: UUID, *, include_deleted: bool = False) -> Campaign:
        """As `Store.get`."""
        check_asked({"client_id": client_id, "campaign_id": campaign_id})
        with self._lock:
            campaign = self._record(client_id, campaign_id).campaign
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
        size = page_size(limit, ids, statuses=statuses, running_on=running_on)
        with self._lock:
            own = [r.campaign for r in self._records.values() if r.campaign.client_id == client_id]
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
        with self._lock:
            all_of_them = [record.campaign for record in self._records.values()]
        return _page({c.id: c for c in all_of_them if c.is_running(day)}, after, size)

    def snapshot(
        self,
        client_id: UUID,
        campaign_id: UUID,
        *,
        day: date | None = None,
        lead_ids: Collection[str] = (),
    ) -> Snapshot:
        """As `Store.snapshot`."""
        check_asked({"client_id": client_id, "campaign_id": campaign_id}, day)
        with self._lock:
            return self._record(client_id, campaign_id).snapshot(day, lead_ids)

    def progress(self, client_id: UUID, campaign_id: UUID, day: date) -> Progress:
        """As `Store.progress`."""
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
        with self._lock:
            leads = dict(self._record(client_id, campaign_id).leads)
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
        with self._lock:
            records = (
                [r for r in self._records.values() if r.campaign.client_id == client_id]
                if campaign_id is None
                else [self._record(client_id, campaign_id)]
            )
            own = [suggestion for record in records for suggestion in record.suggestions.values()]
        found = {s.id: s for s in own if states is None or s.state in states}
        return _page(found, after, size)

    def suggestion(self, client_id: UUID, suggestion_id: UUID) -> Suggestion:
        """As `Store.suggestion`."""
        check_asked({"client_id": client_id, "suggestion_id": suggestion_id})
        with self._lock:
            campaign_id = self._suggested.get(suggestion_id)
            record = None if campaign_id is None else self._records[campaign_id]
            if record is None or record.campaign.client_id != client_id:
                raise NotFoundError("suggestion", suggestion_id)
            return record.suggestions[suggestion_id]

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
        with self._lock:
            events = list(self._record(client_id, campaign_id).events)
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
    ) -> Writes[OutcomeT]:
        """As `Store.transact`."""
        check_asked({"client_id": client_id, "campaign_id": campaign_id}, day, suggestion_ids)
        with self._lock:
            record = self._record(client_id, campaign_id)
            snapshot = record.snapshot(day, lead_ids, suggestion_ids, pending=pending)
            writes = decide(snapshot)
            fits(snapshot, writes)
            record.check(writes)
            ids = [suggestion.id for suggestion in writes.suggestions]
            if strangers := [i for i in ids if self._suggested.get(i, campaign_id) != campaign_id]:
                msg = f"campaign {campaign_id}: suggestions of others: {strangers}"
                raise ConflictError(msg)
            record.write(writes)
            self._suggested.update(dict.fromkeys(ids, campaign_id))
        return writes

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """As `Store.replace`."""
        self.transact(before.client_id, before.id, replacing(before, after))
        return after

    def _record(self, client_id: UUID, campaign_id: UUID) -> _Record:
        record = self._records.get(campaign_id)
        if record is None or record.campaign.client_id != client_id:
            raise NotFoundError("campaign", campaign_id)
        return record


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
        )

    async def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """As `Store.replace`."""
        return self.sync.replace(before, after)
