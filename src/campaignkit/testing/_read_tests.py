"""What holds of reading: what is found, in which order, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from functools import partial
from itertools import product
from typing import Any, cast
from uuid import UUID, uuid4

from attrs import evolve
from hypothesis import strategies as st

from campaignkit.core._channels import Channel, ChannelCounts
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._ledger import Progress
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.errors import (
    InvalidError,
    NotFoundError,
)
from campaignkit.storage._interface import Store
from campaignkit.testing._assertions import raises, same
from campaignkit.testing._decision_samples import (
    DAY,
    NEXT_DAY,
    admitting,
    assigned,
    releasing,
)
from campaignkit.testing._kit import CREATED, StoreKit, last, listing, pages, runs, state

# Ascending by code points; other orders fold case, weigh accents, or sort numbers and UTF-16 units.
LEAD_IDS = [
    *(" a", "!", "10", "9", "A", "B", "Z", "a", "a ", "aa", "b", "e\u0301", "z", "{", "~"),
    *("\x7f", "\xa0a", "É", "ß", "é", "ÿ", "Ω", "я", "中", "\uf8ff", "ﬀ", "\uffee", "😀", "🦊"),
]


class ReadingContract(StoreKit):
    """What holds of reading: what is found, in which order, and whose it is."""

    def test_what_is_not_there_is_not_found(self, store: Store) -> None:
        """Every method that names a campaign says so, with its id; `find` finds nothing."""
        tenant = self.tenant(store)
        stranger = tenant.campaign()
        self._not_found(store, tenant.client_id, stranger)
        last("what is found", store.find(tenant.client_id))

    def test_another_clients_campaign_is_not_found(self, store: Store) -> None:
        """Tenants never see each other: not their campaigns, leads or counts."""
        owner, stranger = self.tenant(store), self.tenant(store)
        campaign = store.add(owner.campaign())
        store.transact(campaign.client_id, campaign.id, admitting(assigned("a")))
        before = state(store, campaign, DAY)
        self._not_found(store, stranger.client_id, campaign)
        last("what is found", store.find(stranger.client_id, include_deleted=True))
        same("what was there", state(store, campaign, DAY), before)

    def _not_found(self, store: Store, client_id: UUID, campaign: Campaign) -> None:
        key = client_id, campaign.id
        alike = evolve(campaign, client_id=client_id)
        called: list[Snapshot] = []

        def decide(snapshot: Snapshot) -> Writes[None]:
            called.append(snapshot)
            return admitting(assigned("b"))(snapshot)

        calls: dict[str, Callable[[], object]] = {
            "get": partial(store.get, *key),
            "get with deleted ones": partial(store.get, *key, include_deleted=True),
            "snapshot": partial(store.snapshot, *key, day=DAY, lead_ids=["a"]),
            "progress": partial(store.progress, *key, DAY),
            "assignments": partial(store.assignments, *key),
            "transact": partial(store.transact, *key, decide, day=DAY, lead_ids=["a"]),
            "replace": partial(store.replace, alike, alike),
        }
        for what, call in calls.items():
            error = raises(NotFoundError, f"{what} of a campaign that the client has not", call)
            same("what was not found", (error.what, error.key), ("campaign", campaign.id))
        same("no decision is called", called, [])

    def test_deleted_campaigns_are_hidden_unless_asked_for(self, store: Store) -> None:
        """`get` and `find` hide them; what they have done can still be read."""
        tenant = self.tenant(store)
        live = store.add(tenant.campaign(1))
        gone = store.add(tenant.campaign(2, deleted_at=CREATED))
        key = gone.client_id, gone.id
        store.transact(*key, admitting(assigned("a")))
        raises(NotFoundError, "get of a deleted campaign", partial(store.get, *key))
        same("get, asked for", store.get(*key, include_deleted=True), gone)
        same("find", store.find(tenant.client_id).items, (live,))
        same(
            "find, asked for",
            store.find(tenant.client_id, include_deleted=True).items,
            (live, gone),
        )
        same("its snapshot", store.snapshot(*key).campaign, gone)
        same("its total", store.progress(*key, DAY).admitted_total, 1)
        same("its assignments", store.assignments(*key).items, (assigned("a"),))

    def test_find_filters(self, store: Store) -> None:
        """Status, day and deletion each narrow what is found; both dates belong to a campaign."""
        near = [DAY + timedelta(days=days) for days in range(-2, 3)]
        dates = st.none() | st.sampled_from(near[1:-1])
        active = st.just(CampaignStatus.ACTIVE)
        row = st.tuples(active | st.sampled_from(CampaignStatus), dates, dates, st.booleans())
        other = self.another(store)

        def check(
            rows: list[tuple[CampaignStatus, date | None, date | None, bool]],
            some: list[CampaignStatus],
        ) -> None:
            tenant = self.tenant(store)
            campaigns = [
                tenant.campaign(
                    status=status,
                    start_date=start,
                    end_date=None if start and end and end < start else end,
                    deleted_at=CREATED if gone else None,
                )
                for status, start, end, gone in rows
            ]
            store.add_all(reversed(campaigns))
            for statuses, day, deleted in product((None, some), (None, *near), (False, True)):
                found = other.find(
                    tenant.client_id, statuses=statuses, running_on=day, include_deleted=deleted
                )
                wanted = [
                    c
                    for c in campaigns
                    if (deleted or c.deleted_at is None)
                    and (statuses is None or c.status in statuses)
                    and (day is None or runs(c, day))
                ]
                last(f"find({statuses}, {day}, {deleted})", found, *wanted)

        self.for_all(
            check, st.lists(row, max_size=6), st.lists(st.sampled_from(CampaignStatus), max_size=3)
        )

    def test_what_runs_is_found_across_clients(self, store: Store) -> None:
        """All clients' campaigns that are running on a day, page by page, by ascending id."""
        tenants = [self.tenant(store) for _ in range(3)]
        later = DAY + timedelta(days=1)
        fields: list[dict[str, Any]] = [
            {},
            {"start_date": DAY, "end_date": DAY},
            {"start_date": later},
            {"end_date": DAY - timedelta(days=1)},
            {"deleted_at": CREATED},
            *({"status": s} for s in CampaignStatus if s is not CampaignStatus.ACTIVE),
        ]
        own = [tenant.campaign(**some) for some in fields for tenant in tenants]
        store.add_all(own)
        for day, size in ((DAY, 2), (DAY, 3), (later, 100)):
            page = partial(store.running_across_clients, day)
            found = pages(page, lambda campaign: campaign.id, size)
            same("what is found", found, sorted(found, key=lambda campaign: campaign.id.int))
            # The store may hold other clients' campaigns, too.
            ids = {campaign.id for campaign in own}
            wanted = sorted((c for c in own if runs(c, day)), key=lambda campaign: campaign.id.int)
            same(f"those of this test on {day}", [c for c in found if c.id in ids], wanted)
        for bad in (None, "2026-11-23", CREATED):
            call = partial(store.running_across_clients, cast("date", bad))
            raises(InvalidError, f"the day {bad!r}", call)
        strange: list[dict[str, Any]] = [{"limit": 0}, {"after": str(UUID(int=1))}, {"after": 1}]
        for asked in strange:
            raises(InvalidError, f"{asked}", partial(store.running_across_clients, DAY, **asked))

    def test_statuses_may_be_any_collection(self, store: Store) -> None:
        """A set, a list, with repetitions; an empty one finds nothing."""
        tenant = self.tenant(store)
        draft = store.add(tenant.campaign(status=CampaignStatus.DRAFT))
        d, a = CampaignStatus.DRAFT, CampaignStatus.ACTIVE
        several: list[Collection[CampaignStatus]] = [{d}, [d, d], (a, d), set(CampaignStatus)]
        for some in several:
            same(f"find in {some}", store.find(tenant.client_id, statuses=some).items, (draft,))
        others: list[Collection[CampaignStatus]] = [set(), (), [a]]
        for some in others:
            last(f"find in {some}", store.find(tenant.client_id, statuses=some))

    def test_pages_of_campaigns_partition_them(self, store: Store) -> None:
        """Whatever the size of a page, each campaign is on one, by ascending id."""
        tenant = self.tenant(store)
        campaigns = [
            tenant.campaign(n, deleted_at=None if n % 3 else CREATED) for n in range(1, 10)
        ]
        store.add_all(reversed(campaigns))
        store.add(self.tenant(store).campaign())
        for deleted in (False, True):
            wanted = [c for c in campaigns if deleted or c.deleted_at is None]
            for size in range(1, 11):
                page = partial(store.find, tenant.client_id, include_deleted=deleted)
                found = pages(page, lambda campaign: campaign.id, size)
                same(f"pages of {size}", found, wanted)

    def test_campaigns_are_ordered_by_the_value_of_their_ids(self, store: Store) -> None:
        """Ids of all kinds: with the first bit set or not, near to each other or far apart."""
        tenant = self.tenant(store)
        ids = [UUID(int=uuid4().int ^ (bit << 127)) for bit in (0, 1) for _ in range(20)]
        several = [evolve(tenant.campaign(), id=some_id) for some_id in ids]
        store.add_all(several)
        wanted = sorted(several, key=lambda campaign: campaign.id.int)
        same("all", store.find(tenant.client_id).items, tuple(wanted))
        for at in (0, 13, 39):
            page = store.find(tenant.client_id, after=wanted[at].id, limit=5)
            same("those behind an id", page.items, tuple(wanted[at + 1 : at + 6]))

    def test_a_page_may_begin_behind_any_id(self, store: Store) -> None:
        """Also behind one that is not there, another client's, or the last."""
        tenant = self.tenant(store)
        two, four = store.add_all([tenant.campaign(2), tenant.campaign(4)])
        behind = {0: (two, four), 1: (two, four), 2: (four,), 3: (four,), 4: (), 5: ()}
        for number, wanted in behind.items():
            found = store.find(tenant.client_id, after=tenant.id(number))
            last(f"behind number {number}", found, *wanted)
        store.transact(two.client_id, two.id, admitting(assigned("b"), assigned("d")))
        leads = {"": "bd", "a": "bd", "b": "d", "c": "d", "d": "", "😀": ""}
        for after, wanted_leads in leads.items():
            page = store.assignments(two.client_id, two.id, after=after)
            last(f"behind {after!r}", page, *map(assigned, wanted_leads))

    def test_a_page_has_a_size(self, store: Store) -> None:
        """A size that is no whole number of 1 or more is refused; 100 unless the call says."""
        tenant = self.tenant(store)
        campaign = store.add(tenant.campaign())
        for size in (0, -1, True, 1.5, "1", None):
            limit = cast("int", size)
            calls: tuple[Callable[[], object], ...] = (
                partial(store.find, tenant.client_id, limit=limit),
                partial(store.assignments, tenant.client_id, campaign.id, limit=limit),
            )
            for call in calls:
                raises(InvalidError, f"a page of {size!r}", call)
        store.add_all(tenant.campaign() for _ in range(100))
        same("a page's size", len(store.find(tenant.client_id).items), 100)
        leads = [assigned(f"lead-{n}") for n in range(101)]
        store.transact(campaign.client_id, campaign.id, admitting(*leads))
        found = store.assignments(campaign.client_id, campaign.id)
        same("a page's size", len(found.items), 100)

    def test_assignments_are_ordered_by_code_points(self, store: Store) -> None:
        """In pages that partition them, whatever their size; ids that look alike are different."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        same("the example is in order", LEAD_IDS, sorted(LEAD_IDS))
        wanted = [assigned(lead_id) for lead_id in LEAD_IDS]
        store.transact(*key, admitting(*reversed(wanted)))
        for size in (1, 2, 7, len(wanted) - 1, len(wanted), 100):
            same(f"pages of {size}", listing(store, *key, size=size), wanted)
        found = store.snapshot(*key, lead_ids=LEAD_IDS).assignments
        same("those asked for", dict(found), dict(zip(LEAD_IDS, wanted, strict=True)))

    def test_assignments_of_a_day(self, store: Store) -> None:
        """With a day only its leads, in pages that partition them."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        days = [DAY, NEXT_DAY, date.min, date.max]
        leads = [assigned(f"{n:02}", day=days[n % 4]) for n in range(17)]
        store.transact(*key, admitting(*leads))
        for day in (*days, date(2026, 1, 1)):
            wanted = [lead for lead in leads if lead.day == day]
            for size in (1, 2, 4, 100):
                same(f"those of {day}", listing(store, *key, day=day, size=size), wanted)
            same("their number", store.progress(*key, day).admitted_today, len(wanted))

    def test_a_snapshot_is_what_a_decision_sees(self, store: Store) -> None:
        """The same campaign, progress and assignments, for any day and any leads asked for."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        there = [assigned("a"), assigned("b", day=NEXT_DAY), assigned("c", channel=Channel.SMS)]
        store.transact(*key, admitting(*there))
        seen: list[Snapshot] = []

        def decide(snapshot: Snapshot) -> Writes[None]:
            seen[:] = [snapshot]
            return Writes()

        asked: list[tuple[date | None, Collection[str]]] = [
            (None, ()),
            (DAY, ["a"]),
            (NEXT_DAY, {"a", "b", "nobody"}),
            (date(2026, 1, 1), ("c", "c", "A", "a ")),
            (DAY, [*"abc", *(f"lead-{n}" for n in range(1_000))]),
        ]
        for day, lead_ids in asked:
            store.transact(*key, decide, day=day, lead_ids=lead_ids)
            wanted = Snapshot(
                campaign=campaign,
                progress=Progress(
                    day,
                    admitted_today=sum(lead.day == day for lead in there),
                    admitted_total=3,
                    carried=ChannelCounts({"email": 2, "sms": 1}),
                    allocation=campaign.allocation,
                ),
                assignments={lead.lead_id: lead for lead in there if lead.lead_id in lead_ids},
            )
            same("the snapshot", store.snapshot(*key, day=day, lead_ids=lead_ids), wanted)
            same("what the decision saw", seen, [wanted])
            if day is not None:
                same("the progress", store.progress(*key, day), wanted.progress)

    def test_ids_that_no_lead_can_have_are_not_there(self, store: Store) -> None:
        """To ask for what cannot be stored, such as a NUL, finds nothing; it is no error."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(assigned("a")))
        found = store.snapshot(*key, lead_ids=["", " ", "a\0", "\ud800", "a"])
        same("those that are there", dict(found.assignments), {"a": assigned("a")})

    def test_a_snapshot_stays_as_it_was(self, store: Store) -> None:
        """It cannot be changed by the store's later writes, nor change the store."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(assigned("a"), assigned("b")))
        seen: list[Snapshot] = []

        def decide(snapshot: Snapshot) -> Writes[None]:
            seen.append(snapshot)
            return Writes()

        store.transact(*key, decide, lead_ids=["a", "b", "c"])
        seen.append(store.snapshot(*key, lead_ids=["a", "b", "c"]))
        before = state(store, campaign, DAY)
        for snapshot in seen:
            _spoil(snapshot.assignments)
        same("what is stored", state(store, campaign, DAY), before)
        seen = [store.snapshot(*key, lead_ids=["a", "b", "c"])]
        store.transact(*key, releasing("a"))
        store.transact(*key, admitting(assigned("c"), campaign=evolve(campaign, name="new")))
        same("the old campaign", seen[0].campaign, campaign)
        same("the old total", seen[0].progress.admitted_total, 2)
        same("the old leads", sorted(seen[0].assignments), ["a", "b"])


def _spoil(mapping: object) -> None:
    for spoil in ("clear", "popitem"):
        try:
            getattr(mapping, spoil)()
        except (AttributeError, KeyError, TypeError):
            continue
