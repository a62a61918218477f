"""Any history of a store, played beside a plain model of dicts that it must agree with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import cycle, product
from typing import Any
from uuid import UUID

from attrs import define, evolve, field, frozen
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from campaignkit.core._channels import NO_COUNTS, Channel, ChannelCounts
from campaignkit.core._checks import check_kinds
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import AlreadyExistsError, ConflictError, InvalidError, NotFoundError
from campaignkit.storage._interface import Store
from campaignkit.testing import strategies
from campaignkit.testing._assertions import raises, same
from campaignkit.testing._decision_samples import decided, happened, proposed
from campaignkit.testing._kit import CREATED, StoreKit, listing, pages, proposals, runs, story

_DAYS = [date(2026, 11, day) for day in (22, 23, 24)]
# Ids that sorting by anything but code points puts in another order.
_LEADS = ["10", "9", "A", "a", "B", "e\u0301", "é", "ﬀ", "\uffee", "😀"]
_ALLOCATIONS = [DEFAULT_ALLOCATION, Allocation(email=100), Allocation(voice=50, sms=50)]

_numbers = st.integers(1, 12)
_handles = st.integers(0, 1)
_tenants = st.integers(0, 1)
_days = st.sampled_from(_DAYS)
_allocations = st.sampled_from(_ALLOCATIONS)
_sizes = st.integers(1, 4)
_some_leads = st.lists(st.sampled_from(_LEADS), max_size=4, unique=True)
_moments = st.integers(-60, 60).map(lambda minutes: CREATED + timedelta(minutes=minutes))
_dates = st.sampled_from([(None, None), (_DAYS[0], _DAYS[1]), (_DAYS[1], None), (None, _DAYS[1])])
_values: Mapping[str, st.SearchStrategy[Any]] = {
    "name": strategies.texts(),
    "status": st.sampled_from(CampaignStatus),
    "allocation": _allocations,
    "daily_lead_limit": strategies.limits(),
    "updated_at": _moments,
    "deleted_at": st.none() | _moments,
}
_changes = st.lists(
    st.one_of(*(st.tuples(st.just(name), values) for name, values in _values.items())), max_size=3
).map(dict[str, Any])


@frozen
class _Work:
    """A decision that admits some who are absent, by place, and releases some who are there."""

    day: date | None
    on: date
    channel: Channel
    coming: Sequence[int]
    leaving: Sequence[int]
    back: bool
    unfit: str
    change: Mapping[str, Any]
    size: int
    put: Sequence[int] = ()
    state: SuggestionState = SuggestionState.PENDING
    told: int = 1
    pending: bool = False
    last: bool = False


_places = st.lists(st.integers(0, len(_LEADS) - 1), max_size=3)
_works = st.lists(
    st.builds(
        _Work,
        day=st.none() | _days,
        on=_days,
        channel=st.sampled_from(Channel),
        coming=_places,
        leaving=_places,
        back=st.booleans(),
        unfit=st.sampled_from(["", "", "", "stranger", "double"]),
        change=_changes,
        size=_sizes,
        put=st.lists(st.integers(1, 3), max_size=2, unique=True),
        state=st.sampled_from(SuggestionState),
        told=st.integers(0, 2),
        pending=st.booleans(),
        last=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
_FIRST = _Work(None, _DAYS[1], Channel.EMAIL, range(4), (), back=False, unfit="", change={}, size=1)


def _pick(lead_ids: Sequence[str], places: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(lead_ids[p % len(lead_ids)] for p in places)) if lead_ids else []


@define
class _Entry:
    """What the model knows of one campaign."""

    campaign: Campaign
    total: int = 0
    carried: ChannelCounts = NO_COUNTS
    allocation: Allocation | None = None
    epoch: int = 0
    leads: dict[str, Assignment] = field(factory=dict[str, Assignment])
    suggestions: dict[UUID, Suggestion] = field(factory=dict[UUID, Suggestion])
    events: list[Event] = field(factory=list[Event])

    def progress(self, day: date | None) -> Progress:
        kept = self.allocation is None or self.allocation == self.campaign.allocation
        return Progress(
            day=day,
            admitted_today=sum(lead.day == day for lead in self.leads.values()),
            admitted_total=self.total,
            carried=self.carried if kept else NO_COUNTS,
            allocation=self.campaign.allocation,
            epoch=self.epoch if kept else self.epoch + 1,
        )

    def snapshot(self, day: date | None, lead_ids: Collection[str]) -> Snapshot:
        return Snapshot(
            campaign=self.campaign,
            progress=self.progress(day),
            assignments={i: self.leads[i] for i in lead_ids if i in self.leads},
        )


class StoreMachine(RuleBasedStateMachine):
    """Rules that act on a store and on a plain model, and compare what comes back.

    There are two tenants and two handles on the data. What was read is kept: old campaigns are
    replayed through `replace`, old snapshots must stay as they were.
    """

    campaigns: Bundle[tuple[int, UUID]] = Bundle("campaigns")
    read: Bundle[Campaign] = Bundle("read")

    def __init__(self, kit: StoreKit, store: Store) -> None:
        super().__init__()
        self.kit = kit
        self.handles = (store, kit.another(store))
        self.tenants = (kit.tenant(store), kit.tenant(store))
        self.model: dict[UUID, _Entry] = {}
        self.snapshots: list[tuple[Snapshot, dict[str, Assignment]]] = []

    def _key(self, at: tuple[int, UUID]) -> tuple[UUID, UUID]:
        tenant, campaign_id = at
        return self.tenants[tenant].client_id, campaign_id

    @initialize(target=campaigns)
    def begin(self) -> MultipleResults[tuple[int, UUID]]:
        """Give each tenant two campaigns, one of them deleted."""
        added: list[tuple[int, UUID]] = []
        for number, (tenant, gone) in enumerate(product((0, 1), (None, CREATED)), start=1):
            campaign = self.tenants[tenant].campaign(deleted_at=gone)
            campaign = evolve(campaign, id=self.tenants[0].id(number))
            self.handles[tenant].add(campaign)
            self.model[campaign.id] = _Entry(campaign)
            added.append((tenant, campaign.id))
            self._write(self.handles[tenant], added[-1], _FIRST)
        return multiple(*added)

    @rule(
        target=campaigns,
        tenant=_tenants,
        numbers=st.lists(_numbers, min_size=1, max_size=3),
        handle=_handles,
        dates=_dates,
        change=_changes,
    )
    def add(
        self,
        *,
        tenant: int,
        numbers: Sequence[int],
        handle: int,
        dates: tuple[date | None, date | None],
        change: Mapping[str, Any],
    ) -> MultipleResults[tuple[int, UUID]]:
        """Add campaigns, all or, where one of their ids is taken, none."""
        start, end = dates
        # The ids are the first tenant's, so that the second comes upon some that are taken.
        ids = [self.tenants[0].id(number) for number in numbers]
        plain = self.tenants[tenant].campaign(start_date=start, end_date=end, **change)
        new = [evolve(plain, id=campaign_id) for campaign_id in ids]
        store, added = self.handles[handle], list[tuple[int, UUID]]()
        if len(set(ids)) < len(ids) or self.model.keys() & set(ids):
            raises(AlreadyExistsError, "an id that is taken", lambda: store.add_all(new))
        else:
            same("campaigns are returned as they were added", store.add_all(new), tuple(new))
            self.model.update({campaign.id: _Entry(campaign) for campaign in new})
            added = [(tenant, campaign_id) for campaign_id in ids]
        return multiple(*added)

    @rule(at=campaigns, handle=_handles, works=_works)
    def transact(self, *, at: tuple[int, UUID], handle: int, works: Sequence[_Work]) -> None:
        """Write anything to a campaign, several times: each time all of it or nothing."""
        writer, reader = self.handles[handle], self.handles[1 - handle]
        for work in works:
            self._write(writer, at, work)
            self._look(reader, at, work.on, _LEADS)
        self._list(reader, at, works[-1].day, works[-1].size)

    def _write(self, store: Store, at: tuple[int, UUID], work: _Work) -> None:
        entry, day, on = self.model[at[1]], work.day, work.on
        there, absent = sorted(entry.leads), [i for i in _LEADS if i not in entry.leads]
        released, assigned = _pick(there, work.leaving), _pick(absent, work.coming)
        if work.back:  # who is released may be assigned again at once
            assigned += released
        remain = [i for i in there if i not in released]
        strange = absent[:1] if work.unfit == "stranger" else []
        double = remain[:1] if work.unfit == "double" else []

        put = [proposed(entry.campaign, number) for number in work.put]
        if work.state is not SuggestionState.PENDING:
            put = [decided(suggestion, work.state) for suggestion in put]
        told = [happened(entry.campaign, f"{len(entry.events)}.{n}") for n in range(work.told)]
        asked = [suggestion.id for suggestion in put]

        present = entry.progress(day)
        before = evolve(
            entry.snapshot(day, _LEADS),
            suggestions={
                i: suggestion
                for i, suggestion in entry.suggestions.items()
                if i in asked or (work.pending and suggestion.state is SuggestionState.PENDING)
            },
            last_suggestion=max(entry.suggestions, default=None) if work.last else None,
        )
        gone = [entry.leads[i] for i in released]
        new = [Assignment(i, work.channel, ALSTier.HOT, 90.5, on, present.epoch) for i in assigned]
        wanted = evolve(entry.campaign, **{**work.change, **self.kit.fixed})
        given_back = [lead.channel for lead in gone if lead.epoch == present.epoch]
        after = evolve(
            present,
            admitted_today=0,
            admitted_total=entry.total - len(gone) + len(new),
            carried=ChannelCounts(
                {
                    c: n - given_back.count(c) + (len(new) if c is work.channel else 0)
                    for c, n in present.carried.items()
                }
            ),
        )
        writes = Writes(
            campaign=wanted if work.change else None,
            progress=after if gone or new else None,
            assigned=(*new, *(evolve(entry.leads[i], day=on) for i in double)),
            released=(*released, *strange),
            suggestions=tuple(put),
            events=tuple(told),
            outcome=object(),
        )

        def decide(snapshot: Snapshot) -> Writes[object]:
            same("a decision sees what is stored", snapshot, before)
            return writes

        def call() -> Writes[object]:
            return store.transact(
                *self._key(at),
                decide,
                day=day,
                lead_ids=_LEADS,
                suggestion_ids=asked,
                pending=work.pending,
                last_suggestion=work.last,
            )

        if strange or double:
            raises(ConflictError, "writing what does not fit", call)
        else:
            written = call()
            if written.campaign is not None:
                entry.campaign = self.kit.accepted(written.campaign, wanted)
            same(
                "the result is what was written", evolve(written, campaign=writes.campaign), writes
            )
            if writes.progress is not None:
                entry.total, entry.carried = after.admitted_total, after.carried
                entry.allocation, entry.epoch = after.allocation, after.epoch
            for i in released:
                del entry.leads[i]
            entry.leads.update({lead.lead_id: lead for lead in new})
            entry.suggestions.update({suggestion.id: suggestion for suggestion in put})
            for event in told:
                entry.events.append(evolve(event, number=len(entry.events) + 1))
        self._records(store, at)

    def _records(self, store: Store, at: tuple[int, UUID]) -> None:
        """Hold that what was suggested and told is what is found."""
        entry = self.model[at[1]]
        by_id = sorted(entry.suggestions.items())
        same("the suggestions", proposals(store, entry.campaign), [s for _, s in by_id])
        same("the history", story(store, entry.campaign, size=3), entry.events)

    @rule(target=read, at=campaigns)
    def get(self, *, at: tuple[int, UUID]) -> Campaign:
        """Read a campaign from both handles, and keep what was read."""
        campaign = self.model[at[1]].campaign
        for store in self.handles:
            get = partial(store.get, *self._key(at))
            same("get, asked for deleted ones too", get(include_deleted=True), campaign)
            if campaign.deleted_at is None:
                same("get", get(), campaign)
            else:
                raises(NotFoundError, "get of a deleted campaign", get)
        return campaign

    @rule(before=read, handle=_handles, change=_changes)
    def replace(self, *, before: Campaign, handle: int, change: Mapping[str, Any]) -> None:
        """Replace a campaign that was read at some time, perhaps long ago."""
        entry, store = self.model[before.id], self.handles[handle]
        after = evolve(before, **{**change, **self.kit.fixed})
        if entry.campaign == before:
            entry.campaign = self.kit.accepted(store.replace(before, after), after)
        else:
            raises(ConflictError, "a stale campaign", lambda: store.replace(before, after))

    @rule(at=campaigns, handle=_handles, day=st.none() | _days, lead_ids=_some_leads, size=_sizes)
    def look(
        self,
        *,
        at: tuple[int, UUID],
        handle: int,
        day: date | None,
        lead_ids: Sequence[str],
        size: int,
    ) -> None:
        """Read a snapshot, and keep it; list the leads, page by page."""
        store = self.handles[handle]
        self._look(store, at, day, lead_ids)
        self._list(store, at, day, size)
        if day is not None:
            progress = self.model[at[1]].progress(day)
            same("the progress", store.progress(*self._key(at), day), progress)

    def _look(
        self, store: Store, at: tuple[int, UUID], day: date | None, lead_ids: Sequence[str]
    ) -> None:
        entry = self.model[at[1]]
        found = store.snapshot(*self._key(at), day=day, lead_ids=lead_ids)
        same("a snapshot", found, entry.snapshot(day, lead_ids))
        self.snapshots.append((found, dict(found.assignments)))

    def _list(self, store: Store, at: tuple[int, UUID], day: date | None, size: int) -> None:
        leads = self.model[at[1]].leads
        same(
            "the assignments",
            listing(store, *self._key(at), day=day, size=size),
            [leads[i] for i in sorted(leads) if day is None or leads[i].day == day],
        )

    @rule(
        tenant=_tenants,
        handle=_handles,
        statuses=st.none() | st.frozensets(st.sampled_from(CampaignStatus)),
        day=st.none() | _days,
        deleted=st.booleans(),
        size=_sizes,
    )
    def find(
        self,
        *,
        tenant: int,
        handle: int,
        statuses: frozenset[CampaignStatus] | None,
        day: date | None,
        deleted: bool,
        size: int,
    ) -> None:
        """Find campaigns, page by page."""
        client_id = self.tenants[tenant].client_id
        page = partial(
            self.handles[handle].find,
            client_id,
            statuses=statuses,
            running_on=day,
            include_deleted=deleted,
        )
        found = pages(page, lambda campaign: campaign.id, size)
        own = [e.campaign for e in self.model.values() if e.campaign.client_id == client_id]
        wanted = [
            c
            for c in sorted(own, key=lambda campaign: campaign.id)
            if (deleted or c.deleted_at is None)
            and (statuses is None or c.status in statuses)
            and (day is None or runs(c, day))
        ]
        same("the campaigns found", found, wanted)

    @rule(at=campaigns, handle=_handles)
    def refuse(self, *, at: tuple[int, UUID], handle: int) -> None:
        """Have a decision raise, and reach for a campaign as the other tenant."""
        store, (owner, campaign_id) = self.handles[handle], at
        stranger, error = self.tenants[1 - owner].client_id, KeyError(campaign_id)

        def decide(_: Snapshot) -> Writes[None]:
            raise error

        raised = raises(KeyError, "a decision", lambda: store.transact(*self._key(at), decide))
        same("what a decision raises reaches the caller", raised, error)
        calls: tuple[Callable[[], object], ...] = (
            lambda: store.get(stranger, campaign_id, include_deleted=True),
            lambda: store.snapshot(stranger, campaign_id),
            lambda: store.assignments(stranger, campaign_id),
            lambda: store.suggestions(stranger, campaign_id),
            lambda: store.history(stranger, campaign_id),
            lambda: store.transact(stranger, campaign_id, lambda _: Writes[None]()),
        )
        for call in calls:
            raises(NotFoundError, "another client's campaign", call)

    def teardown(self) -> None:
        """Look at everything once more, campaigns from the one and the other handle in turn."""
        if sys.exc_info()[0] is not None:
            return  # what went wrong is known already, and is not to be hidden by what follows
        for snapshot, assignments in self.snapshots:
            same("a snapshot stays as it was", dict(snapshot.assignments), assignments)
        for store, entry in zip(cycle(self.handles), self.model.values(), strict=False):
            key = entry.campaign.client_id, entry.campaign.id
            for day in _DAYS:
                found = store.snapshot(*key, day=day, lead_ids=_LEADS)
                same("a snapshot", found, entry.snapshot(day, _LEADS))


def run_machine(kit: StoreKit, store: Store) -> None:
    """Play many histories against a store, as many as Hypothesis's profile says.

    Raises:
        InvalidError: not a kit, or not a store.
    """
    check_kinds(InvalidError, kit=(kit, StoreKit), store=(store, Store))

    class Played(StoreMachine):
        def __init__(self) -> None:
            super().__init__(kit, store)

    run_state_machine_as_test(Played, settings=kit.settings())
