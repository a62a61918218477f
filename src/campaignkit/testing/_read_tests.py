"""Tests of reading: what is found, in which order, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID, uuid4

from attrs import evolve

from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import NotFoundError
from campaignkit.storage._interface import Store
from campaignkit.testing._assertions import check_equal, check_raises
from campaignkit.testing._kit import StoreKit
from campaignkit.testing._stored import (
    CREATED,
    DAY,
    check_only_page,
    make_assignment,
    make_event,
    make_suggestion,
    read_pages,
)


class ReadingContract(StoreKit):
    """Tests of reading: what is found, in which order, and whose it is."""

    def test_another_clients_campaign_is_not_found(self, store: Store) -> None:
        """Neither by its own id nor by a suggestion's; a stranger's is as unknown as nobody's."""
        owner, stranger = self.add_tenant(store), self.add_tenant(store)
        one = owner.add()
        suggestion = make_suggestion(one.campaign)
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
        check_only_page("the owner's suggestions", store.suggestions(owner.client_id), suggestion)
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
        made: list[Suggestion] = []
        for number in (5, 1, 4, 2, 6, 3):
            state = list(SuggestionState)[number - 1]
            made += [make_suggestion(one.campaign, number, state) for one in stored]
            for one, suggestion in zip(stored, made[-2:], strict=True):
                one.record(suggestion)
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


def _is_running(campaign: Campaign, day: date) -> bool:
    """Tell whether a campaign is running on a day, independently of `Campaign.is_running`."""
    return (
        campaign.status is CampaignStatus.ACTIVE
        and campaign.deleted_at is None
        and (campaign.start_date is None or campaign.start_date <= day)
        and (campaign.end_date is None or day <= campaign.end_date)
    )
