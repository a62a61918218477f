"""The store in memory: the reference for all others, and for notebooks and tests."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import partial
from threading import RLock
from time import perf_counter
from typing import Any, ClassVar, cast
from uuid import UUID
from weakref import WeakSet

from attrs import define, evolve, field, frozen

from campaignkit.core._channels import NO_COUNTS, POSITIONS, ChannelCounts
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._campaign import Campaign, holds_leads
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import (
    WEEK,
    Claim,
    ClientEvent,
    ClientState,
    LiveAssignment,
)
from campaignkit.domain._commands import lead_ids_of
from campaignkit.domain._erased_names import erased_name
from campaignkit.domain._events import Event
from campaignkit.domain._lead_records import LeadRecord, make_lead_record
from campaignkit.domain._ledger import Assignment, Progress, ReleasedLead
from campaignkit.domain._snapshot import (
    ClientSnapshot,
    ClientWrites,
    Decide,
    DecideClient,
    OutcomeT,
    Page,
    Snapshot,
    T,
    Writes,
)
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import AlreadyExistsError, ConflictError, InvalidError, NotFoundError
from campaignkit.storage._async_interface import AsyncStore
from campaignkit.storage._feed import choose_events, read_cursor, write_cursor
from campaignkit.storage._interface import Store
from campaignkit.storage._memory_clients import (
    ClientRecord,
    rename,
    rename_all,
    rename_key,
)
from campaignkit.storage._observation import note_lock_wait
from campaignkit.storage._queries import (
    KEPT_STATES,
    AssignmentsQuery,
    CampaignQuery,
    CampaignsQuery,
    ClientHistoryQuery,
    ClientQuery,
    ClientSnapshotQuery,
    FeedQuery,
    HistoryQuery,
    KeyT,
    LeadQuery,
    Query,
    RunningCampaignsQuery,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    SuppressionsQuery,
    find_answer,
)
from campaignkit.storage._writes import (
    check_client_decision,
    check_client_writes,
    check_decision,
    check_writes,
    pair_with_events,
)

Days = Mapping[date, ChannelCounts]
"""How many leads each channel was given on each day."""


@frozen
class _Change:
    """New values of a record. They are final, so applying a change twice is harmless."""

    campaign: Campaign
    progress: Progress
    released: tuple[str, ...]
    assigned: Mapping[str, Assignment]
    days: Days
    contacted: Mapping[str, tuple[date, ...]]
    first_release: int
    releases: list[ReleasedLead]
    suggestions: Mapping[UUID, Suggestion]
    rejections: Mapping[str, Rejection]
    lifted: tuple[str, ...]
    first_event: int
    events: list[Event]


@define
class _Record:
    """All that is stored of one campaign."""

    campaign: Campaign
    progress: Progress = field(factory=Progress)
    leads: dict[str, Assignment] = field(factory=dict[str, Assignment])
    days: dict[date, ChannelCounts] = field(factory=dict[date, ChannelCounts])
    releases: list[ReleasedLead] = field(factory=list[ReleasedLead])
    # The days on which the campaign may have contacted leads that it has released.
    contacted: dict[str, tuple[date, ...]] = field(factory=dict[str, tuple[date, ...]])
    suggestions: dict[UUID, Suggestion] = field(factory=dict[UUID, Suggestion])
    rejections: dict[str, Rejection] = field(factory=dict[str, Rejection])
    events: list[Event] = field(factory=list[Event])

    @property
    def is_live(self) -> bool:
        """Whether the campaign holds its leads."""
        return holds_leads(self.campaign)

    def snapshot(self, query: SnapshotQuery) -> Snapshot:
        """Return what a decision is called with, without what its client shares."""
        day = query.day
        today = self.days.get(day, NO_COUNTS).total if day else 0
        progress = evolve(self.progress, day=day, admitted_today=today)
        waiting = self._find_waiting(query.lead_ids) if query.barriers else {}
        equal = [] if query.digest is None else self._list_equal(query.digest)
        whole = [s.id for s in equal if s.state is SuggestionState.PENDING]
        asked = [i for i in query.suggestion_ids if i in self.suggestions]
        heads = {*asked, *(s.id for s in equal)}.union(*waiting.values())
        if query.pending:
            heads |= {s.id for s in self._list_pending()}
        return Snapshot(
            campaign=self.campaign,
            progress=progress.for_allocation(self.campaign.allocation),
            assignments=_select_known(self.leads, query.lead_ids),
            suggestions=FrozenMap({i: self.get_suggestion(i) for i in (*asked, *whole)}),
            heads=FrozenMap({i: self.suggestions[i].head for i in heads}),
            waiting=FrozenMap(waiting),
            rejections=_select_known(self.rejections, query.lead_ids)
            if query.barriers
            else FrozenMap({}),
            last_suggestion=None if query.digest is None else max(self.suggestions, default=None),
            contacted=frozenset(i for i in query.lead_ids if i in self.contacted)
            if day
            else frozenset(),
            has_history=bool(self.events),
        )

    def get_suggestion(self, suggestion_id: UUID) -> Suggestion:
        """Return a suggestion with what it keeps out now."""
        rejections = {i: r for i, r in self.rejections.items() if r.suggestion_id == suggestion_id}
        return evolve(self.suggestions[suggestion_id], rejections=rejections)

    def _list_pending(self) -> Iterable[Suggestion]:
        return (s for s in self.suggestions.values() if s.state is SuggestionState.PENDING)

    def _list_equal(self, digest: str) -> list[Suggestion]:
        return [
            s for s in self.suggestions.values() if s.digest == digest and s.state in KEPT_STATES
        ]

    def _find_waiting(self, lead_ids: Collection[str]) -> dict[str, frozenset[UUID]]:
        wanted = set(lead_ids)
        found: defaultdict[str, set[UUID]] = defaultdict(set)
        for suggestion in self._list_pending():
            for lead_id in wanted.intersection(lead_ids_of(suggestion.command)):
                found[lead_id].add(suggestion.id)
        return {lead_id: frozenset(ids) for lead_id, ids in found.items()}

    def change(self, writes: Writes[Any]) -> _Change:
        """Return the change that writes make to this record.

        Raises:
            ConflictError: leads to release are not there, or leads to assign are.
        """
        released = tuple(gone.lead_id for gone in writes.released)
        absent = [i for i in released if i not in self.leads]
        ids = [assignment.lead_id for assignment in writes.assigned]
        present = [i for i in ids if i in self.leads and i not in released]
        if absent or present:
            msg = (
                f"campaign {self.campaign.id}: leads to release that are not there: {absent}; "
                f"to assign that are there: {present}"
            )
            raise ConflictError(msg)
        # What is stored of a lead is released, whatever the decision says of it.
        gone = [evolve(one, assignment=self.leads[one.lead_id]) for one in writes.released]
        contacted = [one.assignment for one in gone if one.contacted]
        progress = writes.progress
        return _Change(
            campaign=self.campaign if writes.campaign is None else writes.campaign,
            progress=self.progress
            if progress is None
            else evolve(progress, day=None, admitted_today=0),
            released=released,
            assigned={assignment.lead_id: assignment for assignment in writes.assigned},
            days=self._change_days(
                writes.assigned, [one.assignment for one in gone if not one.contacted]
            ),
            contacted={
                lead.lead_id: (*self.contacted.get(lead.lead_id, ()), lead.day)
                for lead in contacted
            },
            first_release=len(self.releases),
            releases=gone,
            suggestions={given.id: self._merge(given) for given in writes.suggestions},
            rejections={rejection.lead_id: rejection for rejection in writes.rejections},
            lifted=writes.lifted,
            first_event=len(self.events),
            events=[
                evolve(event, number=number)
                for number, event in enumerate(writes.events, len(self.events) + 1)
            ],
        )

    def _change_days(self, gained: Iterable[Assignment], lost: Iterable[Assignment]) -> Days:
        by = Counter((lead.day, lead.channel) for lead in gained)
        by.subtract((lead.day, lead.channel) for lead in lost)
        changed: dict[date, list[int]] = {}
        for (day, channel), count in by.items():
            amounts = changed.setdefault(day, [*self.days.get(day, NO_COUNTS).amounts])
            amounts[POSITIONS[channel]] += count
        return {day: ChannelCounts.of(amounts) for day, amounts in changed.items()}

    def _merge(self, given: Suggestion | SuggestionHead) -> Suggestion:
        """Return what a suggestion becomes; it may be given without its leads."""
        if isinstance(given, Suggestion):
            return evolve(given, rejections={})  # which the record has for itself
        return self.suggestions[given.id].with_head(given)

    def apply(self, change: _Change) -> None:
        self.campaign, self.progress = change.campaign, change.progress
        for lead_id in change.released:
            self.leads.pop(lead_id, None)
        self.leads.update(change.assigned)
        self.days.update(change.days)
        self.contacted.update(change.contacted)
        releases = change.releases
        self.releases[change.first_release : change.first_release + len(releases)] = releases
        self.suggestions.update(change.suggestions)
        for lead_id in change.lifted:
            self.rejections.pop(lead_id, None)
        self.rejections.update(change.rejections)
        self.events[change.first_event : change.first_event + len(change.events)] = change.events

    def rename_lead(self, old: str, new: str) -> _Record:
        """Return a record in which a lead has another id; where that is taken, one beside it."""
        number = 1
        free = new
        while free in self.leads:
            number += 1
            free = f"{new}:{number}"
        return evolve(
            self,
            leads=rename_key(self.leads, old, free),
            releases=rename_all(self.releases, old, new),
            contacted=self._rename_contacted(old, new),
            suggestions={i: rename(one, old, new) for i, one in self.suggestions.items()},
            rejections=rename_key(self.rejections, old, new),
        )

    def _rename_contacted(self, old: str, new: str) -> dict[str, tuple[date, ...]]:
        days = (*self.contacted.get(new, ()), *self.contacted.get(old, ()))
        rest = {i: some for i, some in self.contacted.items() if i not in {old, new}}
        return rest | ({new: days} if days else {})

    def find_claims(self, lead_id: str) -> Iterable[Claim]:
        """Return what the campaign has to do with a lead, as other campaigns see it."""
        campaign_id = self.campaign.id
        if (lead := self.leads.get(lead_id)) is not None:
            yield Claim(lead_id, campaign_id, lead.day, self.is_live)
        for day in self.contacted.get(lead_id, ()):
            yield Claim(lead_id, campaign_id, day, is_live=False)


def _select_known(values: Mapping[KeyT, T], keys: Iterable[KeyT]) -> Mapping[KeyT, T]:
    return FrozenMap({key: values[key] for key in keys if key in values})


class MemoryStore(Store):
    """A store that keeps everything in memory. Threads may share it.

    A forked process has a copy of its own. A call that an exception interrupts, such as Ctrl-C, is
    stored completely or not at all.

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
        self._clients: dict[UUID, ClientRecord] = {}
        self._redo: Callable[[], None] | None = None
        self.renew_lock()
        _STORES.add(self)

    def renew_lock(self) -> None:
        """Make a new lock: in a forked process the thread that holds the old one does not exist."""
        self._lock = RLock()

    def ask(self, query: Query[T]) -> T:
        """As `Store.ask`."""
        answer = find_answer(self._answers, query)
        return cast("T", self._run_alone(lambda: answer(self, query)))

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        new = pair_with_events(campaigns, events)

        def add() -> None:
            for campaign, _ in new:
                if campaign.id in self._records:
                    raise AlreadyExistsError("campaign", campaign.id)
            records = {campaign.id: _Record(campaign, events=first) for campaign, first in new}
            self._commit(partial(self._records.update, records))

        self._run_alone(add)
        return tuple(campaign for campaign, _ in new)

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        """As `Store.apply_decision`."""
        check_decision(query, decide)
        campaign_id = query.campaign_id
        asked = perf_counter()

        def act() -> Writes[OutcomeT]:
            note_lock_wait(perf_counter() - asked)
            record = self._record(query.client_id, campaign_id)
            snapshot = self._get_snapshot(query)
            writes = decide(snapshot)
            check_writes(snapshot, writes)
            change = record.change(writes)
            client = self._clients.get(query.client_id)
            own = ClientWrites[None](suppressions=writes.suppressions, events=writes.client_events)
            shared = None if client is None else client.change(own)
            new = [given.id for given in writes.suggestions if given.id not in snapshot.heads]
            if unread := [i for i in new if i in self._suggested]:
                msg = f"campaign {campaign_id}: suggestions that are not in the snapshot: {unread}"
                raise ConflictError(msg)
            suggested = dict.fromkeys(new, campaign_id)

            def write() -> None:
                record.apply(change)
                self._suggested.update(suggested)
                if client is not None and shared is not None:
                    client.apply(shared)

            self._commit(write)
            return writes

        return self._run_alone(act)

    def adopt_client(self, client_id: UUID) -> None:
        """As `Store.adopt_client`."""
        query = ClientQuery(client_id)  # refuses what is no id

        def adopt() -> None:
            if query.client_id not in self._clients:
                self._commit(partial(self._clients.update, {query.client_id: ClientRecord()}))

        self._run_alone(adopt)

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """As `Store.apply_client_decision`."""
        check_client_decision(query, decide)
        asked = perf_counter()

        def act() -> ClientWrites[OutcomeT]:
            note_lock_wait(perf_counter() - asked)
            client = self._clients.get(query.client_id)
            if client is None:
                raise NotFoundError("client", query.client_id)
            snapshot = self._get_client_snapshot(query)
            writes = decide(snapshot)
            check_client_writes(query, snapshot, writes)
            change = client.change(writes)
            renamed: dict[UUID, _Record] = {}
            if writes.erased is not None and change.key is not None:
                name = erased_name(change.key, writes.erased)
                own = self._list_records(query.client_id)
                renamed = {r.campaign.id: r.rename_lead(writes.erased, name) for r in own}

            def write() -> None:
                client.apply(change)
                self._records.update(renamed)

            self._commit(write)
            return writes

        return self._run_alone(act)

    def _get_campaign(self, query: CampaignQuery) -> Campaign:
        campaign = self._record(query.client_id, query.campaign_id).campaign
        if campaign.deleted_at is not None and not query.include_deleted:
            raise NotFoundError("campaign", query.campaign_id)
        return campaign

    def _list_campaigns(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        own = (record.campaign for record in self._list_records(query.client_id))
        ids = None if query.ids is None else set(query.ids)
        found = {
            campaign.id: campaign
            for campaign in own
            if (query.include_deleted or campaign.deleted_at is None)
            and (query.statuses is None or campaign.status in query.statuses)
            and (query.running_on is None or campaign.is_running(query.running_on))
            and (ids is None or campaign.id in ids)
        }
        return _page(found, query.after, query.limit)

    def _list_running_campaigns(self, query: RunningCampaignsQuery) -> Page[Campaign, UUID]:
        if query.where is not None:
            raise InvalidError(["where must be None: a store in memory has no table of a host's"])
        day, everything = query.day, (record.campaign for record in self._records.values())
        found = {c.id: c for c in everything if c.is_running(day or c.start_date or date.min)}
        return _page(found, query.after, query.limit)

    def _get_snapshot(self, query: SnapshotQuery) -> Snapshot:
        record = self._record(query.client_id, query.campaign_id)
        snapshot, client = record.snapshot(query), self._clients.get(query.client_id)
        if client is None:
            return snapshot
        others = [r for r in self._list_records(query.client_id) if r is not record]
        lead_ids = query.lead_ids if query.day else ()
        held = {i: [c for r in others for c in r.find_claims(i)] for i in lead_ids}
        elsewhere = {
            i: lead
            for i, lead in record.leads.items()
            if query.elsewhere and any(r.is_live and i in r.leads for r in others)
        }
        state = ClientState(
            client.policy,
            client.revision,
            used=self._find_used(query.client_id, query.day),
            claims=FrozenMap({i: tuple(claims) for i, claims in held.items() if claims}),
            suppressions=client.find_suppressions(query.lead_ids),
        )
        return evolve(snapshot, client=state, elsewhere=FrozenMap(elsewhere))

    def _find_used(self, client_id: UUID, day: date | None) -> Days:
        """Return what the campaigns of a client were given on the days around one."""
        used: dict[date, ChannelCounts] = {}
        if day is None:
            return FrozenMap(used)
        around = [day.toordinal() + n for n in range(1 - WEEK, WEEK)]
        days = [date.fromordinal(n) for n in around if 1 <= n <= date.max.toordinal()]
        for record in self._list_records(client_id):
            for each in days:
                if counts := record.days.get(each):
                    used[each] = used.get(each, NO_COUNTS) + counts
        return FrozenMap({each: counts for each, counts in used.items() if counts.total})

    def _get_client(self, query: ClientQuery) -> ClientState:
        client = self._clients.get(query.client_id)
        if client is None:
            return ClientState()
        used = self._find_used(query.client_id, query.day)
        return ClientState(client.policy, client.revision, used)

    def _get_client_snapshot(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        client = self._clients.get(query.client_id, ClientRecord())
        suppressions = client.find_suppressions(query.lead_ids)
        state = ClientState(client.policy, client.revision, suppressions=suppressions)
        records = [r for r in self._list_records(query.client_id) if r.is_live and query.live]
        live = [
            LiveAssignment(record.campaign.id, record.leads[lead_id])
            for lead_id in sorted(set(query.lead_ids))
            for record in sorted(records, key=lambda r: r.campaign.id)
            if lead_id in record.leads
        ]
        return ClientSnapshot(state, tuple(live), self._count_doubles(query))

    def _count_doubles(self, query: ClientSnapshotQuery) -> int:
        if not query.doubles:
            return 0
        records = [record for record in self._list_records(query.client_id) if record.is_live]
        found = Counter(lead_id for record in records for lead_id in record.leads)
        return sum(number > 1 for number in found.values())

    def _list_suppressions(self, query: SuppressionsQuery) -> Page[Suppression, str]:
        client = self._clients.get(query.client_id, ClientRecord())
        page = _page(client.suppressions, query.after, query.limit)
        return Page(tuple(one for several in page.items for one in several), page.next)

    def _list_client_events(self, query: ClientHistoryQuery) -> Page[ClientEvent, int]:
        events = self._clients.get(query.client_id, ClientRecord()).events
        return _page(dict(enumerate(events, 1)), query.after, query.limit)

    def _get_lead(self, query: LeadQuery) -> LeadRecord:
        lead_id, records = query.lead_id, self._list_records(query.client_id)
        client = self._clients.get(query.client_id, ClientRecord())
        heads = {i: one for record in records for i, one in record.suggestions.items()}
        return make_lead_record(
            lead_id,
            present=[
                LiveAssignment(r.campaign.id, r.leads[lead_id])
                for r in records
                if lead_id in r.leads
            ],
            released=[
                (r.campaign.id, gone)
                for r in records
                for gone in r.releases
                if gone.lead_id == lead_id
            ],
            suggestions=[one.head for one in heads.values() if lead_id in lead_ids_of(one.command)],
            rejections=[
                (rejection, heads[rejection.suggestion_id].head)
                for r in records
                if (rejection := r.rejections.get(lead_id)) is not None
            ],
            suppressions=client.find_suppressions([lead_id]).get(lead_id, ()),
        )

    def _list_assignments(self, query: AssignmentsQuery) -> Page[Assignment, str]:
        leads = self._record(query.client_id, query.campaign_id).leads
        day = query.day
        return _page(
            {i: a for i, a in leads.items() if day is None or a.day == day},
            query.after,
            query.limit,
        )

    def _list_suggestions(self, query: SuggestionsQuery) -> Page[SuggestionHead, UUID]:
        records = (
            self._list_records(query.client_id)
            if query.campaign_id is None
            else [self._record(query.client_id, query.campaign_id)]
        )
        found = {
            suggestion.id: suggestion.head
            for record in records
            for suggestion in record.suggestions.values()
            if query.states is None or suggestion.state in query.states
        }
        return _page(found, query.after, query.limit)

    def _get_suggestion(self, query: SuggestionQuery) -> Suggestion:
        campaign_id = self._suggested.get(query.suggestion_id)
        record = None if campaign_id is None else self._records[campaign_id]
        if record is None or record.campaign.client_id != query.client_id:
            raise NotFoundError("suggestion", query.suggestion_id)
        return record.get_suggestion(query.suggestion_id)

    def _list_events(self, query: HistoryQuery) -> Page[Event, int]:
        events = dict(enumerate(self._record(query.client_id, query.campaign_id).events, 1))
        if (own := query.suggestion_id) is not None:
            events = {number: one for number, one in events.items() if one.suggestion_id == own}
        return _page(events, query.after, query.limit)

    def _read_feed(self, query: FeedQuery) -> Page[Event, str]:
        records = {r.campaign.id: r for r in self._list_records(query.client_id)}
        seen = read_cursor(query.client_id, query.cursor)
        last = {campaign_id: len(record.events) for campaign_id, record in records.items()}
        chosen = choose_events(last, seen, query.limit)
        events = tuple(records[campaign_id].events[number - 1] for campaign_id, number in chosen)
        return Page(events, next=write_cursor(query.client_id, seen | dict(chosen)))

    _answers: ClassVar[Mapping[type, Callable[[Any, Any], object]]] = {
        CampaignQuery: _get_campaign,
        CampaignsQuery: _list_campaigns,
        RunningCampaignsQuery: _list_running_campaigns,
        SnapshotQuery: _get_snapshot,
        AssignmentsQuery: _list_assignments,
        SuggestionsQuery: _list_suggestions,
        SuggestionQuery: _get_suggestion,
        HistoryQuery: _list_events,
        FeedQuery: _read_feed,
        ClientQuery: _get_client,
        ClientSnapshotQuery: _get_client_snapshot,
        SuppressionsQuery: _list_suppressions,
        ClientHistoryQuery: _list_client_events,
        LeadQuery: _get_lead,
    }

    def _run_alone(self, do: Callable[[], T]) -> T:
        """Run a function under the lock, after the change that was interrupted is applied."""
        # On one line: there is no line in between at which an exception could come and leave the
        # lock held.
        with self._lock: return self._after_settling(do)  # noqa: E701  # fmt: skip

    def _after_settling(self, do: Callable[[], T]) -> T:
        self._settle()
        return do()

    def _commit(self, change: Callable[[], None]) -> None:
        """Commit a change: the assignment is the moment of the commit.

        If the rest is interrupted, the next call applies the change again. So its result must be
        the same however often, and however far, it was applied before.
        """
        self._redo = change
        self._settle()

    def _settle(self) -> None:
        if self._redo is not None:
            self._redo()
            self._redo = None

    def _list_records(self, client_id: UUID) -> list[_Record]:
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


def _page(found: dict[KeyT, T], after: KeyT | None, limit: int) -> Page[T, KeyT]:
    keys = sorted(found)
    start = 0 if after is None else bisect_right(keys, after)
    wanted = keys[start : start + limit]
    more = len(keys) > start + limit
    return Page(tuple(found[key] for key in wanted), next=wanted[-1] if more else None)


class AsyncMemoryStore(AsyncStore):
    """The store in memory for async code.

    No call waits for anything, so no other task runs before it is done.

    Args:
        sync: The `MemoryStore` that keeps everything. A new one by default.

    >>> import asyncio
    >>> from uuid import uuid4
    >>> async def main() -> None:
    ...     store = AsyncMemoryStore()
    ...     draft = await store.add(Campaign.draft(client_id=uuid4(), name="Sydney agencies"))
    ...     print(store.sync.get(draft.client_id, draft.id).name)
    >>> asyncio.run(main())
    Sydney agencies
    """

    owns_transactions = True

    def __init__(self, sync: MemoryStore | None = None) -> None:
        self.sync = MemoryStore() if sync is None else sync

    async def ask(self, query: Query[T]) -> T:
        """As `AsyncStore.ask`."""
        return self.sync.ask(query)

    async def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        return self.sync.add_all(campaigns, events)

    async def apply_decision(
        self, query: SnapshotQuery, decide: Decide[OutcomeT]
    ) -> Writes[OutcomeT]:
        """As `Store.apply_decision`."""
        return self.sync.apply_decision(query, decide)

    async def adopt_client(self, client_id: UUID) -> None:
        """As `Store.adopt_client`."""
        self.sync.adopt_client(client_id)

    async def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """As `Store.apply_client_decision`."""
        return self.sync.apply_client_decision(query, decide)
