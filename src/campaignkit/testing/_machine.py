"""Any history of a store, compared with a model of dicts."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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
from campaignkit.domain._commands import Pause, ReleaseLeads, lead_ids_of
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import (
    Rejection,
    Suggestion,
    SuggestionHead,
    SuggestionState,
)
from campaignkit.errors import AlreadyExistsError, ConflictError, InvalidError, NotFoundError
from campaignkit.storage._interface import Store
from campaignkit.storage._queries import SnapshotQuery
from campaignkit.testing import strategies
from campaignkit.testing._assertions import check_equal, check_raises
from campaignkit.testing._kit import StoreKit
from campaignkit.testing._stored import (
    CREATED,
    StoredCampaign,
    make_event,
    make_releases,
    make_suggestion,
    read_pages,
    suggest_command,
    suggest_leads,
)

_DAYS = [date(2026, 11, day) for day in (22, 23, 24)]
# In the order of code points; other orders fold case, weigh accents, or sort numbers or UTF-16.
_LEADS = ["10", "9", "A", "B", "a", "e\u0301", "é", "ﬀ", "\uffee", "😀"]
_ALLOCATIONS = [DEFAULT_ALLOCATION, Allocation(email=100), Allocation(voice=50, sms=50)]

_handles = st.integers(0, 1)
_tenants = st.integers(0, 1)
_days = st.sampled_from(_DAYS)
_sizes = st.integers(1, 4)
_times = st.integers(-60, 60).map(lambda minutes: CREATED + timedelta(minutes=minutes))
_periods = st.sampled_from([(None, None), (_DAYS[0], _DAYS[1]), (_DAYS[1], None), (None, _DAYS[1])])
_fields: Mapping[str, st.SearchStrategy[Any]] = {
    "name": strategies.texts(),
    "status": st.sampled_from(CampaignStatus),
    "allocation": st.sampled_from(_ALLOCATIONS),
    "daily_lead_limit": strategies.limits(),
    "updated_at": _times,
    "deleted_at": st.none() | _times,
}
_changes = st.lists(
    st.one_of(*(st.tuples(st.just(name), values) for name, values in _fields.items())), max_size=3
).map(dict[str, Any])


@frozen
class _Proposal:
    """A suggestion to write, or its head if it is stored; leads are places among all."""

    number: int
    leads: Sequence[int]
    left_out: Sequence[int]
    state: SuggestionState
    revision: int
    is_head: bool


@frozen
class _Act:
    """A decision; leads to admit and to release are places among those absent and present."""

    day: date | None
    lead_day: date
    channel: Channel
    admitted: Sequence[int]
    released: Sequence[int]
    readmits: bool
    conflict: str
    change: Mapping[str, Any]
    size: int
    suggestions: Sequence[_Proposal] = ()
    events: int = 1
    is_read: bool = True
    pending: bool = False
    barriers: bool = False
    digest: int | None = None
    rejected: Sequence[int] = ()
    until: date | None = None
    lifted: Sequence[int] = ()


_ASSIGNING = 3
"""The suggestions up to this number are to assign leads, the next to release, the last to pause."""

_places = st.lists(st.integers(0, len(_LEADS) - 1), max_size=3)
_proposals = st.builds(
    _Proposal,
    number=st.integers(1, _ASSIGNING + 2),
    # Of few leads, so that suggestions have some in common, and equal ones occur.
    leads=st.lists(st.integers(0, 2), max_size=2),
    left_out=st.lists(st.integers(1, 3), max_size=2),
    state=st.just(SuggestionState.PENDING) | st.sampled_from(SuggestionState),
    revision=st.integers(1, 3),
    is_head=st.booleans(),
)
_acts = st.lists(
    st.builds(
        _Act,
        day=st.none() | _days,
        lead_day=_days,
        channel=st.sampled_from(Channel),
        admitted=_places,
        released=_places,
        readmits=st.booleans(),
        conflict=st.sampled_from(["", "", "", "absent", "present"]),
        change=_changes,
        size=_sizes,
        suggestions=st.lists(_proposals, max_size=2, unique_by=lambda one: one.number),
        events=st.integers(0, 2),
        is_read=st.sampled_from([True, True, True, False]),
        pending=st.booleans(),
        barriers=st.booleans(),
        digest=st.none() | st.integers(0, 2),
        rejected=_places,
        until=st.none() | _days,
        lifted=_places,
    ),
    min_size=1,
    max_size=4,
)
_FIRST_ACT = _Act(
    None, _DAYS[1], Channel.EMAIL, range(4), (), readmits=False, conflict="", change={}, size=1
)


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
    rejections: dict[str, Rejection] = field(factory=dict[str, Rejection])
    events: list[Event] = field(factory=list[Event])

    def progress(self, day: date | None) -> Progress:
        is_same = self.allocation is None or self.allocation == self.campaign.allocation
        return Progress(
            day=day,
            admitted_today=sum(lead.day == day for lead in self.leads.values()),
            admitted_total=self.total,
            carried=self.carried if is_same else NO_COUNTS,
            allocation=self.campaign.allocation,
            epoch=self.epoch if is_same else self.epoch + 1,
        )

    def snapshot(self, day: date | None, lead_ids: Collection[str]) -> Snapshot:
        return Snapshot(
            campaign=self.campaign,
            progress=self.progress(day),
            assignments={i: self.leads[i] for i in lead_ids if i in self.leads},
            has_history=bool(self.events),
        )

    def suggestion(self, suggestion_id: UUID) -> Suggestion:
        own = {i: one for i, one in self.rejections.items() if one.suggestion_id == suggestion_id}
        return evolve(self.suggestions[suggestion_id], rejections=own)

    def digest(self, act: _Act) -> str | None:
        """Return the digest of an act: of a suggestion of the campaign, or of none."""
        if act.digest is None:
            return None
        known = sorted({suggestion.digest for suggestion in self.suggestions.values()})
        return known[act.digest % len(known)] if known else "none"

    def snapshot_for(self, act: _Act, suggestion_ids: Collection[UUID]) -> Snapshot:
        stored, digest = self.suggestions, self.digest(act)
        pending = {i for i, one in stored.items() if one.state is SuggestionState.PENDING}
        equal = {i for i, one in stored.items() if one.digest == digest}
        rejected = {i for i in equal if stored[i].state is SuggestionState.REJECTED}
        waiting = {
            lead_id: ids
            for lead_id in _LEADS
            if act.barriers
            and (ids := {i for i in pending if lead_id in lead_ids_of(stored[i].command)})
        }
        whole = (stored.keys() & set(suggestion_ids)) | (equal & pending)
        heads = whole.union(rejected, pending if act.pending else (), *waiting.values())
        return evolve(
            self.snapshot(act.day, _LEADS),
            suggestions={i: self.suggestion(i) for i in whole},
            heads={i: stored[i].head for i in heads},
            waiting={lead_id: frozenset(ids) for lead_id, ids in waiting.items()},
            rejections=self.rejections if act.barriers else {},
            last_suggestion=None if digest is None else max(stored, default=None),
        )

    def propose(self, given: _Proposal) -> Suggestion | SuggestionHead:
        """Return what a proposal writes: the whole suggestion, or its head if it is stored."""
        leads = dict.fromkeys(_LEADS[place] for place in sorted(set(given.leads)))
        left_out = [i for i in dict.fromkeys(_LEADS[p] for p in given.left_out) if i not in leads]
        new = suggest_leads(self.campaign, leads, given.number, given.state, left_out=left_out)
        if given.number > _ASSIGNING:
            command = Pause() if given.number > _ASSIGNING + 1 else ReleaseLeads(sorted(leads))
            new = suggest_command(self.campaign, command, given.number, given.state)
        stored = self.suggestions.get(new.id)
        if stored is None or not given.is_head:
            return evolve(new, revision=given.revision)
        decided = {
            name: getattr(new, name) for name in ("state", "decided_by", "decided_at", "why")
        }
        return evolve(stored.head, **decided)

    def writes_of(self, act: _Act, fixed: Mapping[str, Any]) -> Writes[object]:
        """Return the writes of an act, which conflict with what is stored if it says so."""
        present, absent = sorted(self.leads), [i for i in _LEADS if i not in self.leads]
        released, admitted = _pick(present, act.released), _pick(absent, act.admitted)
        if act.readmits:
            admitted += released
        before = self.progress(act.day)
        new = [
            Assignment(i, act.channel, ALSTier.HOT, 90.5, act.lead_day, before.epoch)
            for i in admitted
        ]
        counts = Counter(before.carried)
        counts.update(lead.channel for lead in new)
        leaving = [self.leads[i] for i in released]
        counts.subtract(lead.channel for lead in leaving if lead.epoch == before.epoch)
        after = evolve(
            before,
            admitted_today=0,
            admitted_total=self.total - len(released) + len(new),
            carried=ChannelCounts(counts),
        )
        suggestions = tuple(map(self.propose, act.suggestions))
        known = [given.id for given in suggestions] or sorted(self.suggestions)
        # Only leads that were to be assigned can be rejected.
        about = [i for i in known if i <= make_suggestion(self.campaign, _ASSIGNING).id]
        rejected = dict.fromkeys(_LEADS[place] for place in act.rejected) if about else {}
        lifted = dict.fromkeys(_LEADS[place] for place in act.lifted)
        strange = absent[:1] if act.conflict == "absent" else []
        double = [i for i in present if i not in released][: act.conflict == "present"]
        count = len(self.events)
        return Writes(
            campaign=evolve(self.campaign, **{**act.change, **fixed}) if act.change else None,
            progress=after if released or new else None,
            assigned=(*new, *(evolve(self.leads[i], day=act.lead_day) for i in double)),
            released=make_releases(*released, *strange),
            suggestions=suggestions,
            rejections=tuple(Rejection(i, about[-1], act.until) for i in rejected),
            lifted=tuple(i for i in lifted if i not in rejected),
            events=tuple(
                # Neither the time of an event nor the number that it has matters.
                make_event(self.campaign, f"{n}", at=CREATED - timedelta(minutes=n), number=1)
                for n in range(count, count + act.events)
            ),
            outcome=object(),
        )

    def conflicts(self, writes: Writes[object], before: Snapshot) -> bool:
        released = {gone.lead_id for gone in writes.released}
        kept = self.leads.keys() - released
        given = {suggestion.id for suggestion in writes.suggestions}
        referred = {rejection.suggestion_id for rejection in writes.rejections} - given
        return (
            not (self.leads.keys() >= released)
            or any(lead.lead_id in kept for lead in writes.assigned)
            or not before.heads.keys() >= (self.suggestions.keys() & given) | referred
        )

    def apply(self, writes: Writes[object]) -> None:
        if writes.progress is not None:
            self.total, self.carried = writes.progress.admitted_total, writes.progress.carried
            self.allocation, self.epoch = writes.progress.allocation, writes.progress.epoch
        for gone in writes.released:
            del self.leads[gone.lead_id]
        self.leads.update({lead.lead_id: lead for lead in writes.assigned})
        for given in writes.suggestions:
            if isinstance(given, SuggestionHead):
                self.suggestions[given.id] = self.suggestions[given.id].with_head(given)
            else:
                self.suggestions[given.id] = given
        for i in writes.lifted:
            self.rejections.pop(i, None)
        self.rejections.update({rejection.lead_id: rejection for rejection in writes.rejections})
        for event in writes.events:
            self.events.append(evolve(event, number=len(self.events) + 1))


class StoreMachine(RuleBasedStateMachine):
    """Rules that act on a store and on a model of dicts, and compare the results.

    There are two tenants and two handles on the data. Campaigns and snapshots that were read are
    kept: old campaigns are passed to `replace`, and old snapshots must not change. Its rules are
    called by Hypothesis; `run_machine` runs it.

    Args:
        kit: How the store is used.
        store: The store that is tested.

    >>> from campaignkit.storage import MemoryStore
    >>> from campaignkit.testing import StoreKit
    >>> machine = StoreMachine(StoreKit(), MemoryStore())
    >>> len(machine.tenants)
    2
    """

    campaigns: Bundle[UUID] = Bundle("campaigns")
    read: Bundle[Campaign] = Bundle("read")

    def __init__(self, kit: StoreKit, store: Store) -> None:
        super().__init__()
        self.kit = kit
        self.handles = (store, kit.another(store))
        self.tenants = (kit.add_tenant(store), kit.add_tenant(store))
        self.model: dict[UUID, _Entry] = {}
        self.snapshots: list[tuple[Snapshot, dict[str, Assignment]]] = []
        self.cursors: list[str | None] = [None, None]
        self.followed: list[Counter[UUID]] = [Counter(), Counter()]
        self.handled = sys.exc_info()[1]  # of who plays the histories, such as an earlier attempt

    def _find_stored(self, campaign_id: UUID, handle: int) -> StoredCampaign:
        return StoredCampaign(self.handles[handle], self.model[campaign_id].campaign)

    @initialize(target=campaigns)
    def begin(self) -> MultipleResults[UUID]:
        """Give each tenant two campaigns, one of them deleted."""
        added: list[UUID] = []
        for number, (tenant, deleted) in enumerate(product((0, 1), (None, CREATED)), start=1):
            campaign = self.tenants[tenant].campaign(deleted_at=deleted)
            campaign = evolve(campaign, id=self.tenants[0].id(number))
            self.handles[tenant].add(campaign)
            self.model[campaign.id] = _Entry(campaign)
            added.append(campaign.id)
            self._transact(campaign.id, tenant, _FIRST_ACT)
        return multiple(*added)

    @rule(
        target=campaigns,
        tenant=_tenants,
        numbers=st.lists(st.integers(1, 12), min_size=1, max_size=3),
        handle=_handles,
        period=_periods,
        change=_changes,
    )
    def add(
        self,
        *,
        tenant: int,
        numbers: Sequence[int],
        handle: int,
        period: tuple[date | None, date | None],
        change: Mapping[str, Any],
    ) -> MultipleResults[UUID]:
        """Add campaigns, or none if one of their ids is used already."""
        start, end = period
        # Both tenants use the ids of the first, so that the second one finds some of them used.
        ids = [self.tenants[0].id(number) for number in numbers]
        plain = self.tenants[tenant].campaign(start_date=start, end_date=end, **change)
        new = [evolve(plain, id=campaign_id) for campaign_id in ids]
        store = self.handles[handle]
        if len(set(ids)) < len(ids) or self.model.keys() & set(ids):
            check_raises(AlreadyExistsError, "a used id", lambda: store.add_all(new))
            return multiple()
        check_equal("add_all returns the campaigns", store.add_all(new), tuple(new))
        self.model.update({campaign.id: _Entry(campaign) for campaign in new})
        return multiple(*ids)

    @rule(at=campaigns, handle=_handles, acts=_acts)
    def transact(self, *, at: UUID, handle: int, acts: Sequence[_Act]) -> None:
        """Write to a campaign several times: each time everything or nothing."""
        for act in acts:
            self._transact(at, handle, act)
            self._check_snapshot(at, 1 - handle, act.lead_day, _LEADS)
        self._check_lists(at, 1 - handle, acts[-1].day, acts[-1].size)

    def _transact(self, at: UUID, handle: int, act: _Act) -> None:
        entry, stored = self.model[at], self._find_stored(at, handle)
        writes = entry.writes_of(act, self.kit.fixed)
        others = [one.suggestions for one in self.model.values() if one is not entry]
        asked = [suggestion.id for suggestion in writes.suggestions]
        asked += [rejection.suggestion_id for rejection in writes.rejections]
        asked = asked if act.is_read else []
        asked += [suggestion_id for suggestions in others for suggestion_id in suggestions]
        before, digest = entry.snapshot_for(act, asked), entry.digest(act)
        query = SnapshotQuery(
            *stored.key, act.day, _LEADS, asked, act.pending, act.barriers, digest
        )
        check_equal("the answer is what a decision sees", stored.store.ask(query), before)

        def decide(snapshot: Snapshot) -> Writes[object]:
            check_equal("a decision sees what is stored", snapshot, before)
            return writes

        def call() -> Writes[object]:
            return stored.transact(
                decide,
                day=act.day,
                lead_ids=_LEADS,
                suggestion_ids=asked,
                pending=act.pending,
                barriers=act.barriers,
                digest=digest,
            )

        if entry.conflicts(writes, before):
            check_raises(ConflictError, "writes that do not fit", call)
        else:
            written = call()
            if writes.campaign is not None:
                stored_now = written.campaign or entry.campaign
                entry.campaign = self.kit.check_update(stored_now, writes.campaign)
            result = evolve(written, campaign=writes.campaign)
            check_equal("the result is what was written", result, writes)
            entry.apply(writes)
        self._check_lists(at, handle, act.day, act.size)

    @rule(target=read, at=campaigns)
    def get(self, *, at: UUID) -> Campaign:
        """Read a campaign through both handles, and keep it."""
        campaign = self.model[at].campaign
        for handle in (0, 1):
            stored = self._find_stored(at, handle)
            get = partial(stored.store.get, *stored.key)
            check_equal("get, with deleted ones", stored.get(), campaign)
            if campaign.deleted_at is None:
                check_equal("get", get(), campaign)
            else:
                check_raises(NotFoundError, "get of a deleted campaign", get)
        return campaign

    @rule(before=read, handle=_handles, change=_changes)
    def replace(self, *, before: Campaign, handle: int, change: Mapping[str, Any]) -> None:
        """Replace a campaign that was read at any time before."""
        entry, store = self.model[before.id], self.handles[handle]
        after = evolve(before, **{**change, **self.kit.fixed})
        if entry.campaign == before:
            entry.campaign = self.kit.check_update(store.replace(before, after), after)
        else:
            check_raises(ConflictError, "a stale campaign", lambda: store.replace(before, after))

    @rule(
        at=campaigns,
        handle=_handles,
        day=st.none() | _days,
        lead_ids=st.lists(st.sampled_from(_LEADS), max_size=4, unique=True),
        size=_sizes,
    )
    def look(
        self, *, at: UUID, handle: int, day: date | None, lead_ids: Sequence[str], size: int
    ) -> None:
        """Read a snapshot, and keep it; read the listings page by page."""
        self._check_snapshot(at, handle, day, lead_ids)
        self._check_lists(at, handle, day, size)
        if day is not None:
            found = self._find_stored(at, handle).read_progress(day)
            check_equal("the progress", found, self.model[at].progress(day))

    def _check_snapshot(
        self, at: UUID, handle: int, day: date | None, lead_ids: Sequence[str]
    ) -> None:
        found = self._find_stored(at, handle).read_snapshot(day, lead_ids)
        check_equal("a snapshot", found, self.model[at].snapshot(day, lead_ids))
        self.snapshots.append((found, dict(found.assignments)))

    def _check_lists(self, at: UUID, handle: int, day: date | None, size: int) -> None:
        entry, stored = self.model[at], self._find_stored(at, handle)
        leads = [lead for _, lead in sorted(entry.leads.items()) if day is None or lead.day == day]
        suggestions = [entry.suggestion(i) for i in sorted(entry.suggestions)]
        found = stored.list_assignments(day=day, size=size)
        check_equal("the assignments", found, leads)
        heads = stored.list_suggestions(size=size)
        check_equal("the suggestions", heads, [suggestion.head for suggestion in suggestions])
        check_equal("with their leads", list(map(stored.read_suggestion, heads)), suggestions)
        check_equal("the history", stored.list_events(size=size), entry.events)

    @rule(
        tenant=_tenants,
        handle=_handles,
        statuses=st.none() | st.frozensets(st.sampled_from(CampaignStatus)),
        deleted=st.booleans(),
        size=_sizes,
    )
    def find(
        self,
        *,
        tenant: int,
        handle: int,
        statuses: frozenset[CampaignStatus] | None,
        deleted: bool,
        size: int,
    ) -> None:
        """Find campaigns, page by page."""
        client_id = self.tenants[tenant].client_id
        find = partial(self.handles[handle].find, client_id, include_deleted=deleted)
        page = partial(find, statuses=statuses)
        wanted = [
            entry.campaign
            for _, entry in sorted(self.model.items())
            if entry.campaign.client_id == client_id
            and (deleted or entry.campaign.deleted_at is None)
            and (statuses is None or entry.campaign.status in statuses)
        ]
        found = read_pages(page, lambda campaign: campaign.id, size)
        check_equal("the campaigns found", found, wanted)

    @rule(tenant=_tenants, handle=_handles, limit=_sizes | st.just(100))
    def follow(self, *, tenant: int, handle: int, limit: int) -> None:
        """Read the next page of a tenant's feed, behind the cursor of the one before."""
        client_id, seen = self.tenants[tenant].client_id, self.followed[tenant]
        page = self.handles[handle].feed(client_id, self.cursors[tenant], limit=limit)
        unread = {
            i: entry.events[seen[i] :]
            for i, entry in self.model.items()
            if entry.campaign.client_id == client_id
        }
        counts = Counter(event.campaign_id for event in page.items)
        wanted = [event for i in unread for event in unread[i][: counts[i]]]
        check_equal("the rows of a page of a feed that cannot be read", page.corrupt, ())
        in_order = sorted(page.items, key=lambda event: [*unread].index(event.campaign_id))
        check_equal("the next events of each campaign, in their order", in_order, wanted)
        check_equal("as many as the limit", len(wanted), min(limit, sum(map(len, unread.values()))))
        most = max(counts.values(), default=0)
        rest = [i for i in unread if counts[i] < min(most - 1, len(unread[i]))]
        check_equal("campaigns that wait for others", rest, [])
        seen.update(counts)
        self.cursors[tenant] = page.next
        theirs = partial(self.handles[handle].feed, self.tenants[1 - tenant].client_id, page.next)
        check_raises(InvalidError, "a cursor of another client", theirs)

    @rule(at=campaigns, handle=_handles)
    def refuse(self, *, at: UUID, handle: int) -> None:
        """Let a decision raise, and ask for a campaign as the other tenant."""
        stored, error = self._find_stored(at, handle), KeyError(at)
        (stranger,) = {tenant.client_id for tenant in self.tenants} - {stored.campaign.client_id}

        def decide(_: Snapshot) -> Writes[None]:
            raise error

        raised = check_raises(KeyError, "a decision", lambda: stored.transact(decide))
        check_equal("what a decision raises reaches the caller", raised, error)
        theirs = evolve(stored, campaign=evolve(stored.campaign, client_id=stranger))
        for call in (
            theirs.get,
            theirs.read_snapshot,
            theirs.list_assignments,
            theirs.list_suggestions,
            theirs.list_events,
            partial(theirs.write, Writes[None]()),
        ):
            check_raises(NotFoundError, "another client's campaign", call)

    def teardown(self) -> None:
        """Check all snapshots once more, those of campaigns through each handle in turn."""
        if sys.exc_info()[1] is not self.handled:
            return  # keep the error that ended the history
        for snapshot, assignments in self.snapshots:
            check_equal("an old snapshot", dict(snapshot.assignments), assignments)
        for handle, at in zip(cycle((0, 1)), self.model, strict=False):
            for day in _DAYS:
                self._check_snapshot(at, handle, day, _LEADS)
        for tenant in (0, 1) if self.model else ():
            self.follow(tenant=tenant, handle=tenant, limit=10_000)


def run_machine(kit: StoreKit, store: Store) -> None:
    """Play many histories against a store, as many as Hypothesis's profile says.

    Args:
        kit: How the store is used.
        store: The store that is tested.

    Raises:
        InvalidError: not a kit, or not a store.

    >>> from hypothesis import settings
    >>> from campaignkit.storage import MemoryStore
    >>> class Briefly(StoreKit):
    ...     def settings(self):
    ...         return settings(super().settings(), max_examples=1)
    >>> run_machine(Briefly(), MemoryStore())
    """
    check_kinds(InvalidError, kit=(kit, StoreKit), store=(store, Store))

    class Machine(StoreMachine):
        def __init__(self) -> None:
            super().__init__(kit, store)

    run_state_machine_as_test(Machine, settings=kit.settings())
