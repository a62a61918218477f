"""The contract of a store, as tests: a class to derive from, with one fixture to give.

A test class for a store of one's own:

    import pytest
    from campaignkit.testing import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            with MyStore.open(tmp_path / "campaigns.db") as store:
                yield store

        def another(self, store):            # another handle on the same data, if there is one
            return MyStore.open(store.path)

An async store is put behind a `BlockingStore`:

        @pytest.fixture
        def store(self):
            with EventLoop() as loop:
                yield BlockingStore(MyAsyncStore(), loop)

Each test makes clients and ids of its own, so the store need not be empty. How long Hypothesis
searches follows its profile: 20 examples a test where the profile has 100.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event
from typing import TypeVar, cast
from uuid import UUID

from attrs import evolve

from campaignkit.core._channels import ChannelCounts
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import Page, Snapshot, Writes
from campaignkit.domain._suggestions import SuggestionState
from campaignkit.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptRowError,
    NotRunningError,
)
from campaignkit.storage._interface import Store
from campaignkit.testing._add_tests import AddingContract
from campaignkit.testing._assertions import holds, raises, same
from campaignkit.testing._decision_samples import (
    DAY,
    NEXT_DAY,
    admitting,
    assigned,
    decided,
    happened,
    naming,
    pausing,
    proposed,
    recording,
    taking,
)
from campaignkit.testing._history_tests import RecordingContract
from campaignkit.testing._kit import StoreKit, Tenant, listing, story
from campaignkit.testing._machine import run_machine
from campaignkit.testing._read_tests import ReadingContract
from campaignkit.testing._threads import PATIENCE, overtaken, settled, settled_call, together
from campaignkit.testing._write_tests import WritingContract

T = TypeVar("T")

_MOST_READS = 400
"""How often a thread reads beside one that writes: where both take turns at a single connection,
one that never tired of reading could keep the other waiting for it."""


class SequentialStoreContract(AddingContract, ReadingContract, WritingContract, RecordingContract):
    """What holds of every store, also of one that joins a host's transaction and its one thread."""

    def test_it_says_whether_it_owns_its_transactions(self, store: Store) -> None:
        """Yes or no, so that a service knows whether it may repeat a call."""
        holds("owns_transactions is True or False", isinstance(store.owns_transactions, bool))

    def test_any_history(self, store: Store) -> None:
        """Whatever is done, in whatever order, a store agrees with a plain model of dicts."""
        run_machine(self, store)


class StoreContract(SequentialStoreContract):
    """All that holds of a store, among threads too."""

    def test_limits_hold_among_threads(self, store: Store) -> None:
        """Limits are met exactly, no lead is taken twice, none is lost, and counters are right."""
        campaign = store.add(self.tenant(store).campaign(daily_lead_limit=13, **self._total(20)))
        key = campaign.client_id, campaign.id
        total = 20 if campaign.total_lead_limit else 26

        def take(thread: int) -> list[Assignment]:
            handle = self._handle(store, thread)
            day = (DAY, NEXT_DAY)[thread % 2]
            taken: list[Assignment] = []
            for turn in range(6):
                # Each lead is offered by two threads, on one day by both or on each by one.
                offered = [f"{turn}-{thread // 2}-{n}" for n in range(5)]
                outcome = settled(
                    partial(handle.transact, *key, taking(offered), day=day, lead_ids=offered)
                )
                taken += outcome.assignments.values()
            return taken

        taken = [a for some in together(*(partial(take, n) for n in range(4))) for a in some]
        stored = listing(store, *key)
        same(
            "leads taken, each by one thread",
            sorted(a.lead_id for a in taken),
            [a.lead_id for a in stored],
        )
        same("the leads in all", len(stored), total)
        self._counters_are_right(store, campaign, limit=13)

    def _total(self, limit: int) -> dict[str, int]:
        return {} if "total_lead_limit" in self.fixed else {"total_lead_limit": limit}

    def _counters_are_right(self, store: Store, campaign: Campaign, *, limit: int) -> None:
        key = campaign.client_id, campaign.id
        stored = listing(store, *key)
        for day in (DAY, NEXT_DAY):
            progress = store.progress(*key, day)
            today = sum(lead.day == day for lead in stored)
            same("the count of a day equals its leads", progress.admitted_today, today)
            holds(f"{today} leads on a day whose limit is {limit}", today <= limit)
            same("the total equals the leads", progress.admitted_total, len(stored))
            carried = ChannelCounts(Counter(lead.channel for lead in stored))
            same("the carried counts equal the leads", progress.carried, carried)

    def _handle(self, store: Store, thread: int) -> Store:
        return self.another(store) if thread % 2 else store

    def test_no_change_is_lost_among_threads(self, store: Store) -> None:
        """Each change is decided upon all that went before it."""
        campaign = store.add(self.tenant(store).campaign(name=">"))
        key = campaign.client_id, campaign.id

        def write(thread: int) -> None:
            handle = self._handle(store, thread)
            for turn in range(5):
                settled(partial(handle.transact, *key, naming(f" {thread}.{turn}")))

        together(*(partial(write, thread) for thread in range(4)))
        wanted = sorted(f"{thread}.{turn}" for thread in range(4) for turn in range(5))
        same("what was written", sorted(store.get(*key).name[1:].split()), wanted)

    def test_no_event_is_lost_among_threads(self, store: Store) -> None:
        """Each has a number of its own, and the numbers have no gap."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id

        def write(thread: int) -> None:
            handle = self._handle(store, thread)
            for turn in range(5):
                event = happened(campaign, f"{thread}.{turn}")
                settled(partial(handle.transact, *key, recording(event)))

        together(*(partial(write, thread) for thread in range(4)))
        events = story(store, campaign)
        wanted = sorted(f"{thread}.{turn}" for thread in range(4) for turn in range(5))
        same("what was told", sorted(str(event.reason) for event in events), wanted)
        same("the numbers", [event.number for event in events], list(range(1, 21)))

    def test_a_suggestion_is_decided_upon_once_among_threads(self, store: Store) -> None:
        """Of several who find it pending, one decides; the others find that it is not."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        suggestion = proposed(campaign)
        store.transact(*key, recording(suggestion))

        def decide(snapshot: Snapshot) -> Writes[bool]:
            found = snapshot.suggestions[suggestion.id]
            if found.state is not SuggestionState.PENDING:
                return Writes(outcome=False)
            return Writes(
                suggestions=(decided(found, SuggestionState.APPROVED),),
                events=(happened(campaign, "approved"),),
                outcome=True,
            )

        def approve(thread: int) -> bool:
            handle = self._handle(store, thread)
            asked = [suggestion.id]
            return settled(partial(handle.transact, *key, decide, suggestion_ids=asked))

        same("approvals", sum(together(*(partial(approve, n) for n in range(4)))), 1)
        same("what was told", len(story(store, campaign)), 1)

    def test_only_one_replacement_of_the_same_campaign_succeeds(self, store: Store) -> None:
        """Of several who read the same, one writes; to the others it is a conflict."""
        campaign = store.add(self.tenant(store).campaign())

        def replace(thread: int) -> str | None:
            after = evolve(campaign, name=f"thread {thread}")
            try:
                return self._handle(store, thread).replace(campaign, after).name
            except ConflictError:
                return None

        names = [n for n in together(*(partial(replace, n) for n in range(4))) if n]
        found = store.get(campaign.client_id, campaign.id).name
        same("those who replaced it", names, [found] if names else ["exactly one"])

    def test_an_id_is_taken_only_once_among_threads(self, store: Store) -> None:
        """Of several who add the same id at once, one does."""
        tenant = self.tenant(store)
        campaign = tenant.campaign()

        def add(thread: int) -> str | None:
            handle = self._handle(store, thread)
            own = evolve(campaign, name=f"thread {thread}")
            try:
                return settled_call(partial(handle.add, own)).name
            except AlreadyExistsError:
                return None

        names = [n for n in together(*(partial(add, n) for n in range(4))) if n]
        same("those who added it", names, [store.get(campaign.client_id, campaign.id).name])

    def test_no_intake_follows_a_pause(self, store: Store) -> None:
        """What a pause sees is what remains: no lead comes in behind it."""
        campaign = store.add(self.tenant(store).campaign(daily_lead_limit=1_000))
        key = campaign.client_id, campaign.id
        begun = Event()

        def take(thread: int) -> None:
            handle = self._handle(store, thread)
            for turn in range(200):
                offered = [f"{thread}-{turn}"]
                begun.set()
                try:
                    settled(
                        partial(handle.transact, *key, taking(offered), day=DAY, lead_ids=offered)
                    )
                except NotRunningError:
                    return

        def pause() -> int:
            begun.wait(PATIENCE)
            return settled(partial(store.transact, *key, pausing, day=DAY))

        results = together(pause, *(partial(take, thread) for thread in range(3)))
        self._remains(store, campaign, cast("int", results[0]))

    def _remains(self, store: Store, campaign: Campaign, total: int) -> None:
        key = campaign.client_id, campaign.id
        same("leads, as the pause counted them", len(listing(store, *key)), total)
        same("the total, as the pause saw it", store.progress(*key, DAY).admitted_total, total)
        same("the status", store.get(*key).status, CampaignStatus.PAUSED)

    def test_a_decision_that_is_overtaken_does_no_harm(self, store: Store) -> None:
        """While one decides, others try to: a limit holds, a pause holds, no change is lost.

        Whether the others wait, or one of the two is given up and repeated, is the store's affair.
        """
        other = self.another(store)
        limited = store.add(self.tenant(store).campaign(daily_lead_limit=1))
        key = limited.client_id, limited.id
        overtaken(
            lambda decide: store.transact(*key, decide, day=DAY, lead_ids=["a"]),
            taking(["a"]),
            lambda decide: other.transact(*key, decide, day=DAY, lead_ids=["b"]),
            taking(["b"]),
        )
        same("leads where the limit is one", len(listing(store, *key)), 1)
        self._counters_are_right(store, limited, limit=1)

        paused = store.add(self.tenant(store).campaign())
        key = paused.client_id, paused.id
        _, total = overtaken(
            lambda decide: store.transact(*key, decide, day=DAY, lead_ids=["a"]),
            taking(["a"]),
            lambda decide: other.transact(*key, decide, day=DAY),
            pausing,
        )
        self._remains(store, paused, cast("int", total))

        named = store.add(self.tenant(store).campaign(name=">"))
        key = named.client_id, named.id
        overtaken(
            lambda decide: store.transact(*key, decide),
            naming(" a"),
            lambda decide: other.transact(*key, decide),
            naming(" b"),
        )
        same("what was written", sorted(store.get(*key).name), sorted("> a b"))

    def test_a_snapshot_is_of_one_moment(self, store: Store) -> None:
        """Its campaign, counts and leads belong together, also while others write."""
        campaign = store.add(self.tenant(store).campaign(name="0"))
        key = campaign.client_id, campaign.id
        ids = [f"lead-{n}" for n in range(40)]
        done = Event()

        def write() -> None:
            try:
                for n, lead_id in enumerate(ids, start=1):
                    new = evolve(store.get(*key), name=str(n))
                    settled_call(
                        partial(store.transact, *key, admitting(assigned(lead_id), campaign=new))
                    )
            finally:
                done.set()

        def read() -> None:
            handle = self.another(store)
            for _ in range(_MOST_READS):
                if done.is_set():
                    return
                one = handle.snapshot(*key, day=DAY, lead_ids=ids)
                n = len(one.assignments)
                counts = (one.progress.admitted_today, one.progress.admitted_total)
                same("its counts and its leads", counts, (n, n))
                same("its carried counts", one.progress.carried.total, n)
                same("its campaign and its leads", one.campaign.name, str(n))

        together(write, read)


class CorruptRowContract(StoreKit):
    """What holds of a store whose rows others may spoil, beside `StoreContract`."""

    def corrupt(self, store: Store, campaign: Campaign) -> None:
        """Make the stored row of a campaign break a rule of the domain, such as a NULL share."""
        raise NotImplementedError

    def test_a_corrupt_row_names_itself_and_hides_no_other(self, store: Store) -> None:
        """Whoever reads it hears what is wrong with it; a listing has it beside the good rows."""
        tenant = self.tenant(store)
        good = store.add_all([tenant.campaign(n) for n in (1, 2, 4, 5)])
        bad = store.add(tenant.campaign(3))
        self.corrupt(store, bad)
        key = bad.client_id, bad.id
        called: list[Snapshot] = []

        def decide(snapshot: Snapshot) -> Writes[None]:
            called.append(snapshot)
            return Writes()

        calls: tuple[Callable[[], object], ...] = (
            partial(store.get, *key),
            partial(store.snapshot, *key),
            partial(store.progress, *key, DAY),
            partial(store.transact, *key, decide),
        )
        for call in calls:
            self._names(raises(CorruptRowError, "a corrupt row", call), bad)
        same("no decision is called", called, [])
        for size in (1, 2, 3, 5, 100):
            found: list[Campaign] = []
            spoilt: list[CorruptRowError] = []
            for page in _walk(store, tenant, size):
                found += page.items
                spoilt += page.corrupt
            same("the good rows", found, list(good))
            same("the corrupt rows", len(spoilt), 1)
            self._names(spoilt[0], bad)

    def _names(self, error: CorruptRowError, campaign: Campaign) -> None:
        same("the corrupt row", (error.what, error.key), ("campaign", campaign.id))
        holds("its faults are named", error.faults)


def _walk(store: Store, tenant: Tenant, size: int) -> Iterator[Page[Campaign, UUID]]:
    page = store.find(tenant.client_id, limit=size)
    yield page
    while page.next is not None:
        page = store.find(tenant.client_id, after=page.next, limit=size)
        yield page
