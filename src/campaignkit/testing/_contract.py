"""The contract of a store as tests: derive a class from it and define the fixture `store`.

A test class for a store:

    import pytest
    from campaignkit.testing import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            with MyStore.open(tmp_path / "campaigns.db") as store:
                yield store

        def another(self, store):  # another handle on the same data, if there is one
            return MyStore.open(store.path)

A `BlockingStore` wraps an async store:

        @pytest.fixture
        def store(self):
            with EventLoop() as loop:
                yield BlockingStore(MyAsyncStore(), loop)

Each test makes clients and ids of its own, so the store need not be empty. Hypothesis's profile
sets the number of examples: 20 for each test if the profile has 100.
"""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import Any, cast
from uuid import UUID

from attrs import evolve

from campaignkit.core._channels import ChannelCounts
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._client_policy import ChannelLimit, ClientPolicy
from campaignkit.domain._events import Event
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import Decide, Snapshot, Writes
from campaignkit.domain._suggestions import SuggestionState
from campaignkit.errors import AlreadyExistsError, CorruptRowError
from campaignkit.planning._intake import Intake, intake
from campaignkit.storage._interface import Store
from campaignkit.testing._add_tests import AddingContract
from campaignkit.testing._assertions import check, check_equal, check_raises
from campaignkit.testing._client_tests import ClientContract, write_client
from campaignkit.testing._kit import StoreKit
from campaignkit.testing._machine import run_machine
from campaignkit.testing._read_tests import ReadingContract
from campaignkit.testing._stored import (
    CREATED,
    DAY,
    NEXT_DAY,
    StoredCampaign,
    make_assignment,
    make_event,
    make_suggestion,
    read_feed,
    suggest_leads,
)
from campaignkit.testing._threads import overtake, retry, run_together
from campaignkit.testing._write_tests import WritingContract

_THREADS = range(4)
_MOST_READS = 400
"""How often a thread reads beside one that writes. If they take turns on a single connection, a
thread that never stopped reading could keep the other one waiting."""


def _take_in(lead_ids: list[str]) -> Decide[Intake]:
    """Return the decision of an intake of Hot leads."""

    def decide(snapshot: Snapshot) -> Writes[Intake]:
        done = intake(
            snapshot.campaign,
            [Lead(lead_id, 90) for lead_id in lead_ids],
            progress=snapshot.progress,
            already=snapshot.assignments,
            client=snapshot.client,
        )
        return Writes(
            progress=done.progress, assigned=tuple(done.assignments.values()), outcome=done
        )

    return decide


def _pause(snapshot: Snapshot) -> Writes[int]:
    """Pause a campaign, and return how many leads it had."""
    paused = snapshot.campaign.pause(at=CREATED)
    return Writes(campaign=paused, outcome=snapshot.progress.admitted_total)


def _append(word: str) -> Decide[None]:
    """Return the decision that appends a word to a campaign's name, and records that."""

    def decide(snapshot: Snapshot) -> Writes[None]:
        campaign = evolve(snapshot.campaign, name=f"{snapshot.campaign.name} {word}")
        return Writes(campaign=campaign, events=(make_event(campaign, word),))

    return decide


class SequentialStoreContract(AddingContract, ReadingContract, WritingContract, ClientContract):
    """The tests of every store, also of one that joins a host's transaction and its one thread.

    A subclass has a fixture `store` for pytest, and may override what `StoreKit` has.

    >>> import pytest
    >>> from campaignkit.storage import MemoryStore
    >>> class TestMyStore(SequentialStoreContract):
    ...     @pytest.fixture
    ...     def store(self):
    ...         return MemoryStore()
    """

    def test_it_says_whether_it_owns_its_transactions(self, store: Store) -> None:
        """The service repeats a call only if it does."""
        check("owns_transactions is True or False", isinstance(store.owns_transactions, bool))

    def test_any_history(self, store: Store) -> None:
        """Random calls in any order give the same results as a model of dicts."""
        run_machine(self, store)


class StoreContract(SequentialStoreContract):
    """All tests of a store, those with several threads among them.

    A subclass has a fixture `store` for pytest, and may override what `StoreKit` has.

    >>> import pytest
    >>> from campaignkit.storage import MemoryStore
    >>> class TestMyStore(StoreContract):
    ...     @pytest.fixture
    ...     def store(self):
    ...         return MemoryStore()
    """

    def _handles(self, one: StoredCampaign) -> list[StoredCampaign]:
        """Return the campaign for each thread: through the store and another handle in turn."""
        return [one.through(self.another(one.store)) if n % 2 else one for n in _THREADS]

    def test_limits_hold_among_threads(self, store: Store) -> None:
        """Limits are met exactly, no lead is taken twice, none is lost, and counters are right."""
        limit = {} if "total_lead_limit" in self.fixed else {"total_lead_limit": 20}
        one = self.add_campaign(store, daily_lead_limit=13, **limit)

        def take(thread: int, handle: StoredCampaign) -> list[Assignment]:
            day = (DAY, NEXT_DAY)[thread % 2]
            taken: list[Assignment] = []
            for turn in range(6):
                # Each lead is offered by two threads, on one day by both or on each by one.
                ids = [f"{turn}-{thread // 2}-{n}" for n in range(5)]
                call = partial(handle.transact, _take_in(ids), day=day, lead_ids=ids)
                done = retry(call).outcome
                taken += done.assignments.values() if done else ()
            return taken

        results = run_together(*(partial(take, n, h) for n, h in enumerate(self._handles(one))))
        taken = sorted(lead.lead_id for some in results for lead in some)
        stored = [lead.lead_id for lead in one.list_assignments()]
        check_equal("leads taken, each by one thread", taken, stored)
        check_equal("the leads in all", len(stored), limit.get("total_lead_limit", 26))
        self._check_counters(one, limit=13)

    def _check_counters(self, one: StoredCampaign, *, limit: int) -> None:
        stored = one.list_assignments()
        for day in (DAY, NEXT_DAY):
            progress = one.read_progress(day)
            today = sum(lead.day == day for lead in stored)
            check_equal("the count of a day equals its leads", progress.admitted_today, today)
            check(f"{today} leads on a day whose limit is {limit}", today <= limit)
            check_equal("the total equals the leads", progress.admitted_total, len(stored))
            carried = ChannelCounts(Counter(lead.channel for lead in stored))
            check_equal("the carried counts equal the leads", progress.carried, carried)

    def test_a_clients_limits_hold_among_threads(self, store: Store) -> None:
        """Intakes of several campaigns at once overdraw no limit and share no lead."""
        tenant = self.add_tenant(store)
        store.adopt_client(tenant.client_id)
        limit = ChannelLimit(per_day=9, per_week=15)
        policy = ClientPolicy(one_campaign_per_lead=True, channel_limits={"email": limit})
        write_client(store, tenant.client_id, policy=policy)
        several = [tenant.add(allocation=Allocation(email=100)) for _ in _THREADS]
        handles = [
            one.through(self.another(store)) if n % 2 else one for n, one in enumerate(several)
        ]

        def take(thread: int, handle: StoredCampaign) -> None:
            day = (DAY, NEXT_DAY)[thread % 2]
            for turn in range(5):
                ids = [f"{turn}-{n}" for n in range(4)]
                call = partial(handle.transact, _take_in(ids), day=day, lead_ids=ids)
                retry(call)

        run_together(*(partial(take, n, handle) for n, handle in enumerate(handles)))
        leads = [lead for one in several for lead in one.list_assignments()]
        ids = [lead.lead_id for lead in leads]
        check_equal("leads in several campaigns", len(ids), len(set(ids)))
        by_day = Counter(lead.day for lead in leads)
        check("no day is overdrawn", max(by_day.values()) <= (limit.per_day or 0))
        check_equal("the week is full", len(leads), limit.per_week)
        used = {
            day: counts.total
            for day, counts in store.client(tenant.client_id, day=DAY).used.items()
        }
        check_equal("the counts of the client", Counter(used), by_day)

    def test_no_change_is_lost_among_threads(self, store: Store) -> None:
        """Each decision sees all changes before it, and events are numbered without a gap."""
        one = self.add_campaign(store, name=">")

        def write(thread: int, handle: StoredCampaign) -> None:
            for turn in range(5):
                retry(partial(handle.transact, _append(f"{thread}.{turn}")))

        run_together(*(partial(write, n, h) for n, h in enumerate(self._handles(one))))
        words = one.get().name.split()[1:]
        events = one.list_events()
        check_equal(
            "changes", sorted(words), [f"{n}.{turn}" for n in _THREADS for turn in range(5)]
        )
        check_equal("events, in the order of changes", [event.reason for event in events], words)
        numbers = [event.number for event in events]
        check_equal("their numbers", numbers, list(range(1, len(events) + 1)))

    def test_a_suggestion_is_decided_once_among_threads(self, store: Store) -> None:
        """One of several threads finds it pending and decides; the others find it decided."""
        one = self.add_campaign(store)
        suggestion = make_suggestion(one.campaign)
        approved = make_suggestion(one.campaign, state=SuggestionState.APPROVED)
        one.record(suggestion)

        def decide(snapshot: Snapshot) -> Writes[bool]:
            if snapshot.suggestions[suggestion.id].state is not SuggestionState.PENDING:
                return Writes(outcome=False)
            event = make_event(one.campaign, "approved")
            return Writes(suggestions=(approved,), events=(event,), outcome=True)

        calls = [
            partial(handle.transact, decide, suggestion_ids=[suggestion.id])
            for handle in self._handles(one)
        ]
        results = run_together(*(partial(retry, call) for call in calls))
        check_equal("approvals", sum(bool(result.outcome) for result in results), 1)
        check_equal("events", len(one.list_events()), 1)

    def test_equal_suggestions_meet_among_threads(self, store: Store) -> None:
        """One of several threads suggests; the others find that suggestion, and who waits in it."""
        one = self.add_campaign(store)
        wanted = suggest_leads(one.campaign, "ab")

        def suggest(thread: int, handle: StoredCampaign) -> UUID | None:
            new = suggest_leads(one.campaign, "ab", thread + 1)

            def decide(snapshot: Snapshot) -> Writes[UUID]:
                for found in snapshot.suggestions.values():
                    waiting = {"a": {found.id}, "b": {found.id}}
                    check_equal("the leads wait", dict(snapshot.waiting), waiting)
                    return Writes(outcome=found.id)
                event = make_event(one.campaign, "suggested", suggestion_id=new.id)
                return Writes(suggestions=(new,), events=(event,), outcome=new.id)

            def call() -> Writes[UUID]:
                ids = ["a", "b"]
                return handle.transact(decide, lead_ids=ids, barriers=True, digest=wanted.digest)

            return retry(call).outcome

        calls = [partial(suggest, n, h) for n, h in enumerate(self._handles(one))]
        found = set(run_together(*calls))
        check_equal("the suggestions", {head.id for head in one.list_suggestions()}, found)
        check_equal("one for all", len(found), 1)
        check_equal("events", len(one.list_events()), 1)

    def test_a_feed_misses_nothing_among_threads(self, store: Store) -> None:
        """Whoever follows a client reads each event once, whatever is committed meanwhile."""
        tenant = self.add_tenant(store)
        campaigns = [tenant.add(), tenant.add()]
        left, found = [*_THREADS], list[Event]()

        def write(thread: int) -> None:
            stored = campaigns[thread % 2].through(self.another(store) if thread > 1 else store)
            try:
                for turn in range(10):
                    retry(partial(stored.record, make_event(stored.campaign, f"{thread}.{turn}")))
            finally:
                left.remove(thread)

        def follow() -> str | None:
            cursor: str | None = None
            for _ in range(_MOST_READS):
                page = self.another(store).feed(tenant.client_id, cursor, limit=3)
                found.extend(page.items)
                cursor = page.next
                if not left:
                    break
            return cursor

        *_, cursor = run_together(*(partial(write, thread) for thread in _THREADS), follow)
        found += read_feed(store, tenant.client_id, cursor)
        for one in campaigns:
            own = [event for event in found if event.campaign_id == one.campaign.id]
            check_equal("the events of a campaign, in their order", own, one.list_events())
        check_equal("events", len(found), 10 * len(_THREADS))

    def test_an_id_is_used_once_among_threads(self, store: Store) -> None:
        """One of several threads that add the same id at once succeeds."""
        campaign = self.add_tenant(store).campaign()

        def add(thread: int, handle: StoredCampaign) -> str | None:
            own = evolve(campaign, name=f"thread {thread}")
            try:
                return retry(partial(handle.store.add, own)).name
            except AlreadyExistsError:
                return None

        one = StoredCampaign(store, campaign)
        names = run_together(*(partial(add, n, h) for n, h in enumerate(self._handles(one))))
        check_equal("those who added it", [name for name in names if name], [one.get().name])

    def test_a_decision_that_is_overtaken_does_no_harm(self, store: Store) -> None:
        """If another call comes while one decides, limits and pauses hold, and no change is lost.

        The store may let the others wait, or refuse one of the two, which is then repeated.
        """
        limited = self.add_campaign(store, daily_lead_limit=1)
        self._overtake(limited, _take_in(["a"]), _take_in(["b"]))
        check_equal("leads where the limit is one", len(limited.list_assignments()), 1)
        self._check_counters(limited, limit=1)

        paused = self.add_campaign(store)
        _, total = self._overtake(paused, _take_in(["a"]), _pause)
        check_equal("leads, as the pause counted them", len(paused.list_assignments()), total)
        check_equal("the total", paused.read_progress().admitted_total, total)
        check_equal("the status", paused.get().status, CampaignStatus.PAUSED)

        named = self.add_campaign(store, name=">")
        self._overtake(named, _append("a"), _append("b"))
        check_equal("what was written", sorted(named.get().name), sorted("> a b"))

    def _overtake(
        self,
        one: StoredCampaign,
        first: Decide[Any],
        second: Decide[Any],
    ) -> tuple[object, object]:
        asked: dict[str, Any] = {"day": DAY, "lead_ids": ["a", "b"]}
        other = one.through(self.another(one.store))
        return overtake(
            partial(one.transact, **asked), first, partial(other.transact, **asked), second
        )

    def test_a_snapshot_is_of_one_moment(self, store: Store) -> None:
        """Its campaign, counts and leads belong together, also while another thread writes."""
        one = self.add_campaign(store, name="0")
        ids = [f"lead-{n}" for n in range(40)]
        done = threading.Event()

        def write_leads() -> None:
            try:
                for n, lead_id in enumerate(ids, start=1):
                    new = evolve(one.get(), name=str(n))
                    retry(partial(one.admit, make_assignment(lead_id), campaign=new))
            finally:
                done.set()

        def read_snapshots() -> None:
            handle = one.through(self.another(store))
            for _ in range(_MOST_READS):
                if done.is_set():
                    return
                found = handle.read_snapshot(DAY, ids)
                n, progress = len(found.assignments), found.progress
                counts = progress.admitted_today, progress.admitted_total, progress.carried.total
                check_equal("its counts and its leads", counts, (n, n, n))
                check_equal("its campaign and its leads", found.campaign.name, str(n))

        run_together(write_leads, read_snapshots)


class CorruptRowContract(StoreKit):
    """Tests of a store whose rows others may corrupt, to be added to `StoreContract`.

    >>> import pytest
    >>> from campaignkit.storage import MemoryStore
    >>> class TestMyStore(CorruptRowContract, StoreContract):
    ...     @pytest.fixture
    ...     def store(self):
    ...         return MemoryStore()
    ...
    ...     def corrupt(self, store, campaign):
    ...         ...  # write a NULL into its row
    """

    def corrupt(self, store: Store, campaign: Campaign) -> None:
        """Make the stored row of a campaign break a rule of the domain, such as a NULL share.

        Args:
            campaign: The campaign as it is stored.
        """
        raise NotImplementedError

    def test_a_corrupt_row_names_itself_and_hides_no_other(self, store: Store) -> None:
        """Reading it raises an error with its faults; a listing has it beside the valid rows.

        Where the error has what is `readable`, a decision is called with that, and it can be
        written; otherwise no decision is called.
        """
        tenant = self.add_tenant(store)
        good = store.add_all([tenant.campaign(n) for n in (1, 2, 4, 5)])
        bad = tenant.add(3)
        self.corrupt(store, bad.campaign)
        called: list[Snapshot] = []

        def decide(snapshot: Snapshot) -> Writes[None]:
            called.append(snapshot)
            return Writes()

        error = check_raises(CorruptRowError, "a corrupt row", partial(store.get, *bad.key))
        errors, readable = [error], cast("Campaign | None", error.readable)
        if readable is None:
            calls = (bad.read_snapshot, bad.read_progress, partial(bad.transact, decide))
            errors += [check_raises(CorruptRowError, "a corrupt row", call) for call in calls]
            check_equal("no decision is called", called, [])
        else:
            check_equal("the snapshot", bad.read_snapshot().campaign, readable)
            bad.transact(decide)
            check_equal("the decision", [snapshot.campaign for snapshot in called], [readable])
            deleted = readable.delete(at=readable.updated_at)
            bad.write(Writes[None](campaign=deleted))
            hidden = check_raises(
                CorruptRowError,
                "a corrupt row",
                partial(store.get, *bad.key, include_deleted=True),
            )
            check_equal("what is readable", hidden.readable.faults, readable.faults)
            check("it is deleted", hidden.readable.deleted_at is not None)
            bad.write(Writes[None](campaign=hidden.readable.restore(at=deleted.updated_at)))
        for size in (1, 2, 3, 5, 100):
            page = store.find(tenant.client_id, limit=size)
            found, corrupt = list(page.items), list(page.corrupt)
            while page.next is not None:
                page = store.find(tenant.client_id, after=page.next, limit=size)
                found += page.items
                corrupt += page.corrupt
            check_equal("the good rows", found, list(good))
            check_equal("the corrupt rows", len(corrupt), 1)
            errors += corrupt
        for error in errors:
            check_equal("the row", (error.what, error.key), ("campaign", bad.campaign.id))
            check("its faults are named", error.faults)
