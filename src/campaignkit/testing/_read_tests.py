"""Tests of reading: what is found, in which order, and whose it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID, uuid4

from attrs import evolve

from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._commands import ReleaseLeads
from campaignkit.domain._events import Event
from campaignkit.domain._snapshot import Page, Snapshot, Writes
from campaignkit.domain._suggestions import SuggestionHead, SuggestionState
from campaignkit.errors import InvalidError, NotFoundError
from campaignkit.storage._interface import Store
from campaignkit.storage._queries import CampaignsQuery
from campaignkit.testing._assertions import check, check_equal, check_raises
from campaignkit.testing._kit import StoreKit
from campaignkit.testing._stored import (
    CREATED,
    DAY,
    StoredCampaign,
    check_only_page,
    decide_on,
    make_assignment,
    make_event,
    make_suggestion,
    read_feed,
    read_pages,
    suggest_command,
    suggest_leads,
)


class _Condition:
    """What looks like a condition of SQLAlchemy and is none."""

    def self_group(self) -> None:
        """Do nothing."""


class ReadingContract(StoreKit):
    """Tests of reading: what is found, in which order, and whose it is."""

    def test_another_clients_campaign_is_not_found(self, store: Store) -> None:
        """Neither by its own id nor by a suggestion's; a stranger's is as unknown as nobody's."""
        owner, stranger = self.add_tenant(store), self.add_tenant(store)
        one = owner.add()
        suggestion = suggest_leads(one.campaign, "a")
        one.admit(make_assignment("a"))
        one.record(suggestion, make_event(one.campaign, "done"))
        before = one.read_state()
        for campaign in (one.campaign, owner.campaign()):
            self._check_not_found(store, evolve(campaign, client_id=stranger.client_id))
        for suggestion_id in (suggestion.id, uuid4()):
            call = partial(store.suggestion, stranger.client_id, suggestion_id)
            check_raises(NotFoundError, "another client's suggestion", call)
        for client_id in (stranger.client_id, uuid4()):
            check_only_page("campaigns", store.find(client_id, include_deleted=True))
            check_only_page("suggestions", store.suggestions(client_id))
            check_equal("the feed", read_feed(store, client_id), [])
        heads = store.suggestions(owner.client_id)
        check_only_page("the owner's suggestions", heads, suggestion.head)
        check_equal("what was there", one.read_state(), before)

    def _check_not_found(self, store: Store, campaign: Campaign) -> None:
        key = campaign.client_id, campaign.id
        called: list[Snapshot] = []

        def decide(snapshot: Snapshot) -> Writes[None]:
            called.append(snapshot)
            return Writes(assigned=(make_assignment("b"),))

        calls: dict[str, Callable[[], object]] = {
            "get": partial(store.get, *key),
            "get with deleted ones": partial(store.get, *key, include_deleted=True),
            "snapshot": partial(store.snapshot, *key, day=DAY, lead_ids=["a"]),
            "assignments": partial(store.assignments, *key),
            "suggestions": partial(store.suggestions, *key),
            "history": partial(store.history, *key),
            "transact": partial(store.transact, *key, decide, day=DAY, lead_ids=["a"]),
        }
        for what, call in calls.items():
            error = check_raises(NotFoundError, f"{what} of a campaign of another client", call)
            check_equal("what was not found", (error.what, error.key), ("campaign", campaign.id))
        check_equal("no decision is called", called, [])

    def test_campaigns_are_found_by_status_day_and_deletion(self, store: Store) -> None:
        """Each condition narrows what `find` returns, in pages of any size, by ascending id."""
        tenants = [self.add_tenant(store), self.add_tenant(store)]
        near = [DAY + timedelta(days=days) for days in range(-2, 3)]
        fields: list[dict[str, Any]] = [
            {"status": status, "start_date": start, "end_date": end, "deleted_at": deleted}
            for status in CampaignStatus
            for start, end in product((None, near[1], DAY, near[3]), repeat=2)
            for deleted in (None, CREATED)
            if (status is CampaignStatus.ACTIVE or start is end is None)
            and (start is None or end is None or start <= end)
        ]
        campaigns = [tenant.campaign(**some) for some in fields for tenant in tenants]
        store.add_all(reversed(campaigns))
        statuses = (None, (), [CampaignStatus.DRAFT], {CampaignStatus.ACTIVE}, set(CampaignStatus))
        client_id = tenants[0].client_id
        for some, day, deleted in product(statuses, (None, *near), (False, True)):
            asked: dict[str, Any] = {
                "statuses": some,
                "running_on": day,
                "include_deleted": deleted,
            }
            wanted = [
                campaign
                for campaign in campaigns
                if campaign.client_id == client_id
                and (deleted or campaign.deleted_at is None)
                and (some is None or campaign.status in some)
                and (day is None or _is_running(campaign, day))
            ]
            for size in (3, len(wanted), 100) if day in (None, DAY) else (100,):
                page = partial(self.another(store).find, client_id, **asked)
                found = read_pages(page, lambda campaign: campaign.id, max(size, 1))
                check_equal(f"find({asked}) in pages of {size}", found, wanted)
        for day, size in ((DAY, 2), (near[0], 3), (near[4], 100)):
            page = partial(store.running_across_clients, day)
            found = read_pages(page, lambda campaign: campaign.id, size)
            check_equal("ids ascend", found, sorted(found, key=lambda campaign: campaign.id))
            # The store may hold campaigns of other tests, too.
            own = {tenant.client_id for tenant in tenants}
            wanted = sorted((c for c in campaigns if _is_running(c, day)), key=lambda c: c.id)
            check_equal(f"running on {day}", [c for c in found if c.client_id in own], wanted)

    def test_each_running_campaign_may_have_its_own_day(self, store: Store) -> None:
        """As clients in several time zones have; in pages of any size none is missed or doubled."""
        tenants = [self.add_tenant(store), self.add_tenant(store)]
        own = {tenant.client_id: DAY + timedelta(days=n) for n, tenant in enumerate(tenants)}
        near = [DAY + timedelta(days=days) for days in range(-1, 3)]
        statuses = (CampaignStatus.ACTIVE, CampaignStatus.PAUSED)
        fields: list[dict[str, Any]] = [
            {"status": status, "start_date": start, "end_date": end, "deleted_at": deleted}
            for status, deleted in product(statuses, (None, CREATED))
            for start, end in product((None, *near), repeat=2)
            if start is None or end is None or start <= end
        ]
        campaigns = [tenant.campaign(**some) for some in fields for tenant in tenants]
        store.add_all(reversed(campaigns))
        wanted = [c for c in campaigns if _is_running(c, own[c.client_id])]
        wanted.sort(key=lambda campaign: campaign.id)

        def find_day(campaign: Campaign) -> date:
            # The store may hold campaigns of other tests, too.
            return own.get(campaign.client_id, DAY)

        for size in (1, 3, 100):
            page = self.another(store).running_across_clients(find_day, limit=size)
            found = list(page.items)
            while page.next is not None:
                page = store.running_across_clients(find_day, after=page.next, limit=size)
                check("a page has no more than its limit", len(page.items) <= size)
                found += page.items
            running = [campaign for campaign in found if campaign.client_id in own]
            check_equal(f"running in pages of {size}", running, wanted)

    def test_a_condition_that_a_store_cannot_apply_is_refused(self, store: Store) -> None:
        """An ignored one would return campaigns that the caller has left out."""
        self.add_campaign(store)
        condition: Any = _Condition()
        call = partial(store.running_across_clients, DAY, where=condition)
        error = check_raises(InvalidError, "a condition of no kind", call)
        check("the error names it", str(error).startswith("where "))

    def test_campaigns_are_ordered_by_the_value_of_their_ids(self, store: Store) -> None:
        """Ids with the first bit set or not; a page may begin behind any id, also an unused one."""
        tenant = self.add_tenant(store)
        ids = [UUID(int=uuid4().int ^ (bit << 127)) for bit in (0, 1) for _ in range(20)]
        several = [evolve(tenant.campaign(), id=some_id) for some_id in ids]
        store.add_all(several)
        wanted = sorted(several, key=lambda campaign: campaign.id.int)
        check_only_page("all", store.find(tenant.client_id), *wanted)
        for at, unused in product((0, 13, 39), (0, 1)):
            after = UUID(int=wanted[at].id.int + unused)
            page = store.find(tenant.client_id, after=after, limit=5)
            check_equal("those behind an id", page.items, tuple(wanted[at + 1 : at + 6]))

    def test_leads_may_be_asked_for_by_any_text(self, store: Store) -> None:
        """Ids that no lead has or can have, such as one with a NUL, are not found."""
        one = self.add_campaign(store)
        one.admit(make_assignment("b"), make_assignment("d"))
        found = one.read_snapshot(lead_ids=["", " ", "b\0", "\ud800", "B", "b", "b"])
        check_equal("the leads", dict(found.assignments), {"b": make_assignment("b")})
        for after, wanted in {"": "bd", "a": "bd", "b": "d", "c": "d", "d": "", "😀": ""}.items():
            page = store.assignments(*one.key, after=after)
            check_only_page(f"leads behind {after!r}", page, *map(make_assignment, wanted))

    def test_suggestions_are_found_by_campaign_and_state(self, store: Store) -> None:
        """Of one campaign or of all the client's, in pages of any size, by ascending id."""
        tenant = self.add_tenant(store)
        stored = [tenant.add(1), tenant.add(2, deleted_at=CREATED)]
        made: list[SuggestionHead] = []
        for number in (5, 1, 4, 2, 6, 3):
            state = list(SuggestionState)[number - 1]
            for one in stored:
                suggestion = suggest_leads(one.campaign, "ab", number, state)
                one.record(suggestion)
                made.append(suggestion.head)
        strangers = self.add_campaign(store)
        strangers.record(make_suggestion(strangers.campaign))
        made.sort(key=lambda suggestion: suggestion.id)
        pending, decided = (
            {SuggestionState.PENDING},
            set(SuggestionState) - {SuggestionState.PENDING},
        )
        for campaign_id in (None, stored[0].campaign.id, stored[1].campaign.id):
            for states in (None, set[SuggestionState](), pending, decided):
                wanted = [
                    suggestion
                    for suggestion in made
                    if campaign_id in (None, suggestion.campaign_id)
                    and (states is None or suggestion.state in states)
                ]
                page = partial(store.suggestions, tenant.client_id, campaign_id, states=states)
                for size in (1, 4, 100):
                    found = read_pages(page, lambda suggestion: suggestion.id, size)
                    check_equal(f"suggestions in {states}, in pages of {size}", found, wanted)

    def test_events_are_found_by_their_suggestion(self, store: Store) -> None:
        """In pages of any size, by ascending number; none where the suggestion is another's."""
        one, other = self.add_campaign(store), self.add_campaign(store)
        ideas = [suggest_leads(one.campaign, "ab", number) for number in (1, 2)]
        told = make_event(one.campaign, "told")
        about_each = [evolve(told, suggestion_id=idea.id) for idea in ideas]
        one.record(*ideas, *about_each, told, *about_each)
        events = one.list_events()
        for about in (ideas[0].id, ideas[1].id, uuid4()):
            wanted = [event for event in events if event.suggestion_id == about]
            page = partial(store.history, *one.key, suggestion_id=about)
            for size in (1, 2, 100):
                found = read_pages(page, lambda event: event.number or 0, size)
                check_equal(f"events about {about} in pages of {size}", found, wanted)
            page = partial(store.history, *other.key, suggestion_id=about)
            check_equal("those of another campaign", list(page().items), [])

    def test_a_decision_sees_the_suggestions_that_it_asks_for(self, store: Store) -> None:
        """Those of the ids with their leads, and of all that are pending the heads."""
        tenant = self.add_tenant(store)
        one, other = tenant.add(), tenant.add()
        made = [
            suggest_leads(one.campaign, "ab", number, state)
            for number, state in enumerate(SuggestionState, start=1)
        ]
        more = suggest_leads(one.campaign, "c", 7)
        strange = suggest_leads(other.campaign, "ab", 8)
        one.record(*made, more)
        other.record(strange)
        for seen, pending in product((one, one.through(self.another(store))), (False, True)):
            for asked in ([], [made[0], made[1]], [made[2], strange]):
                found = seen.ask(suggestion_ids=[s.id for s in (*asked, *asked)], pending=pending)
                whole = {s.id: s for s in asked if s is not strange}
                check_equal("the suggestions", dict(found.suggestions), whole)
                also = {more.id: more, made[0].id: made[0]} if pending else {}
                heads = {i: s.head for i, s in (whole | also).items()}
                check_equal("the heads", dict(found.heads), heads)
                rest = [*found.waiting, *found.rejections, found.last_suggestion]
                check_equal("nothing else", rest, [None])

    def test_a_decision_sees_which_leads_wait(self, store: Store) -> None:
        """Of the asked leads those in pending suggestions of the campaign, in any number."""
        tenant = self.add_tenant(store)
        one, other = tenant.add(), tenant.add()
        first = suggest_leads(one.campaign, ["a", "b"], 1, left_out=["c"])
        second = suggest_leads(one.campaign, ["b", "B"], 2)
        release = suggest_command(one.campaign, ReleaseLeads(["b", "d"]), 3)
        ended = [
            suggest_leads(one.campaign, ["a", "e"], number, state)
            for number, state in enumerate(SuggestionState, start=4)
            if state is not SuggestionState.PENDING
        ]
        one.record(first, second, release, *ended, make_suggestion(one.campaign, 20))
        other.record(suggest_leads(other.campaign, ["a", "c", "e"], 21))
        wait = {
            "a": {first.id},
            "b": {first.id, second.id, release.id},
            "B": {second.id},
            "d": {release.id},
        }
        for seen in (one, one.through(self.another(store))):
            for asked in (["a", "b", "B", "c", "d", "e", "f"], ["b"], ["e"], ["a", "a", "\0"], []):
                found = seen.ask(lead_ids=asked, barriers=True)
                wanted = {lead_id: wait[lead_id] for lead_id in asked if lead_id in wait}
                waiting = {lead_id: set(ids) for lead_id, ids in found.waiting.items()}
                check_equal(f"of {asked} those that wait", waiting, wanted)
                ids = set[UUID]().union(*wanted.values())
                heads = {s.id: s.head for s in (first, second, release) if s.id in ids}
                check_equal("the heads of these suggestions", dict(found.heads), heads)
                check_equal("none with its leads", dict(found.suggestions), {})
            check_equal("unless asked for", dict(seen.ask(lead_ids=["a"]).waiting), {})
        one.record(decide_on(second.head, SuggestionState.APPROVED))
        found = one.ask(lead_ids=["b", "B"], barriers=True)
        waiting = {lead_id: set(ids) for lead_id, ids in found.waiting.items()}
        check_equal("after a decision", waiting, {"b": {first.id, release.id}})

    def test_a_decision_sees_equal_suggestions(self, store: Store) -> None:
        """Of the digest the pending ones with their leads, and the heads of the rejected ones."""
        tenant = self.add_tenant(store)
        one, other = tenant.add(), tenant.add()
        check_equal("none yet", one.ask(digest="none").last_suggestion, None)
        made = {
            state: suggest_leads(one.campaign, "ab", number, state)
            for number, state in enumerate(SuggestionState, start=1)
        }
        again = suggest_leads(one.campaign, "a", 7, left_out="b")
        last = suggest_leads(one.campaign, "abc", 9, SuggestionState.APPROVED)
        strange = suggest_leads(other.campaign, "ab", 8)
        # The same leads wait in it, but others were named.
        unlike = suggest_leads(one.campaign, "ab", 8, left_out="z")
        one.record(*made.values(), again, unlike, last)
        other.record(strange)
        pending, rejected = made[SuggestionState.PENDING], made[SuggestionState.REJECTED]
        equal = {pending.id: pending, again.id: again}
        for seen in (one, one.through(self.another(store))):
            found = seen.ask(digest=pending.digest)
            check_equal("the pending ones", dict(found.suggestions), equal)
            heads = {i: s.head for i, s in (equal | {rejected.id: rejected}).items()}
            check_equal("the heads", dict(found.heads), heads)
            check_equal("the last of all", found.last_suggestion, last.id)
            found = seen.ask(digest=last.digest, pending=True)
            check_equal("none that is decided", dict(found.suggestions), {})
            check_equal("the last of all", found.last_suggestion, last.id)
        found = other.ask(digest=pending.digest)
        check_equal("another campaign's", dict(found.suggestions), {strange.id: strange})
        check_equal("the last one of another campaign", found.last_suggestion, strange.id)

    def test_campaigns_are_found_by_their_ids(self, store: Store) -> None:
        """Those of the client, under the other conditions, in pages of any size."""
        tenant, stranger = self.add_tenant(store), self.add_tenant(store)
        own = [tenant.add().campaign for _ in range(4)]
        deleted, theirs = tenant.add(deleted_at=CREATED).campaign, stranger.add().campaign
        for named in (own[:2], own[::2], (), [own[3], deleted, theirs], [theirs]):
            ids = [campaign.id for campaign in named]
            for with_deleted, size in product((False, True), (1, 2, 100)):
                kept = {deleted.id, theirs.id} - ({deleted.id} if with_deleted else set())
                wanted = sorted((c for c in named if c.id not in kept), key=lambda c: c.id)

                def page(
                    after: UUID | None,
                    limit: int,
                    ids: list[UUID] = ids,
                    with_deleted: bool = with_deleted,  # noqa: FBT001  # of the query
                ) -> Page[Campaign, UUID]:
                    query = CampaignsQuery(
                        tenant.client_id, None, None, with_deleted, after, limit, ids
                    )
                    return self.another(store).ask(query)

                check_equal("campaigns", read_pages(page, lambda c: c.id, size), wanted)

    def test_a_feed_has_each_event_once(self, store: Store) -> None:
        """Of all campaigns of the client, deleted ones too; whoever goes on misses none."""
        tenant, stranger = self.add_tenant(store), self.add_tenant(store)
        stored, theirs = [tenant.add(), tenant.add(deleted_at=CREATED)], stranger.add()
        start = store.feed(tenant.client_id).next
        check_equal("the feed of nothing", read_feed(store, tenant.client_id, start), [])
        cursors: dict[str | None, list[Event]] = {None: [], start: []}
        for turn in range(3):
            for one in (stored[0], theirs, *stored):
                # Neither their times nor their numbers tell their order.
                at = CREATED - timedelta(minutes=turn)
                one.record(make_event(one.campaign, "told", at=at, number=9))
            for size in (1, 2, 100):
                found = read_feed(self.another(store), tenant.client_id, size=size)
                self._check_feed(found, *stored)
            for cursor, before in cursors.items():
                rest = read_feed(store, tenant.client_id, cursor, size=3)
                self._check_feed([*before, *rest], *stored)
            page = store.feed(tenant.client_id, limit=2)
            cursors[page.next] = list(page.items)
            stored.append(tenant.add())
        self._check_feed(read_feed(store, stranger.client_id), theirs)

    def _check_feed(self, found: list[Event], *wanted: StoredCampaign) -> None:
        for one in wanted:
            own = [event for event in found if event.campaign_id == one.campaign.id]
            check_equal("the events of a campaign, in their order", own, one.list_events())
        count = sum(len(one.list_events()) for one in wanted)
        check_equal("how many events there are", len(found), count)

    def test_a_feed_gives_each_campaign_its_turn(self, store: Store) -> None:
        """A busy campaign does not hold up others, also where there are more than a page has."""
        tenant = self.add_tenant(store)
        stored = [tenant.add() for _ in range(5)]
        for n, one in enumerate(stored):
            one.record(*(make_event(one.campaign, "told") for _ in range(20 if n == 0 else 2)))
        page = store.feed(tenant.client_id, limit=10)
        counts = Counter(event.campaign_id for event in page.items)
        check_equal("events", dict(counts), {one.campaign.id: 2 for one in stored})
        turns = set[UUID]()
        for _ in range(20):
            for one in stored:
                one.record(make_event(one.campaign, "told"))
            page = store.feed(tenant.client_id, page.next, limit=2)
            check_equal("the events of a page", len(page.items), 2)
            turns |= {event.campaign_id for event in page.items}
        check_equal("the campaigns that had a turn", len(turns), len(stored))

    def test_a_cursor_is_of_one_client(self, store: Store) -> None:
        """Another client's is refused, and so is what is no cursor."""
        tenant, stranger = self.add_tenant(store), self.add_tenant(store)
        for one in (tenant.add(), stranger.add()):
            one.record(make_event(one.campaign, "told"))
        cursor = store.feed(tenant.client_id).next or ""
        theirs = store.feed(stranger.client_id).next
        check("a cursor of another client is another one", cursor != theirs)
        odd = [
            "",
            " ",
            "x",
            "é",
            "\ud800",
            "0",
            cursor[:-1],
            f"{cursor}A",
            f" {cursor}",
            f"{cursor}\n",
        ]
        for given in (theirs, *odd, cursor.swapcase(), cursor[:4], cursor + cursor):
            call = partial(store.feed, tenant.client_id, given)
            check_raises(InvalidError, f"the cursor {given!r}", call)
        check_equal("the feed goes on", read_feed(store, tenant.client_id, cursor), [])


def _is_running(campaign: Campaign, day: date) -> bool:
    """Tell whether a campaign is running on a day, independently of `Campaign.is_running`."""
    return (
        campaign.status is CampaignStatus.ACTIVE
        and campaign.deleted_at is None
        and (campaign.start_date is None or campaign.start_date <= day)
        and (campaign.end_date is None or day <= campaign.end_date)
    )
