"""Tests of adding campaigns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4

from attrs import evolve

from campaignkit.core._channels import Channel
from campaignkit.core._checks import LARGEST_INTEGER, LONGEST_TARGET
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.errors import (
    AlreadyExistsError,
    ConflictError,
    NotFoundError,
    UnknownClientError,
)
from campaignkit.storage._interface import Store
from campaignkit.targeting._targeting import Targeting
from campaignkit.testing import strategies
from campaignkit.testing._assertions import check, check_equal, check_raises
from campaignkit.testing._kit import StoreKit
from campaignkit.testing._stored import CREATED, StoredCampaign, make_assignment, make_event

# Texts that stores may alter: scripts, combining marks, white space, quotes, wide characters.
_NAMES = [
    "Zürich, 東京 & São Paulo",
    "e\u0301 is not é",
    "  around  ",
    "line\nbreak\ttab\r",
    "'; DROP TABLE campaigns; --",
    '{a,b} \\ % _ "q" NULL null',
    "😀 \U0010fffd \uffff \u200f",
    "x" * 5_000,
]
_TARGETS = [name[:LONGEST_TARGET] for name in _NAMES]
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_EXTREMES: list[dict[str, Any]] = [
    *({"name": name} for name in _NAMES),
    *({"targeting": Targeting(_TARGETS, _TARGETS, (), (target,))} for target in _TARGETS),
    *({"updated_at": CREATED.replace(microsecond=us)} for us in (0, 1, 999_999)),
    {"daily_lead_limit": LARGEST_INTEGER, "total_lead_limit": LARGEST_INTEGER},
    {"daily_lead_limit": 1, "total_lead_limit": 1},
    {"start_date": date.min, "end_date": date.max},
    {"start_date": date(1969, 12, 31), "end_date": date(1970, 1, 1)},
    {"created_at": _EARLIEST, "updated_at": _LATEST, "deleted_at": _LATEST},
    {"created_at": _LATEST, "updated_at": _EARLIEST, "deleted_at": _EARLIEST},
    {"created_at": datetime(2026, 11, 23, 2, 30, 0, 1, tzinfo=UTC).astimezone()},
    *({"allocation": Allocation(**{channel.value: 100})} for channel in Channel),
]


class AddingContract(StoreKit):
    """Tests of adding campaigns."""

    def test_any_campaign_comes_back_as_it_was(self, store: Store) -> None:
        """Campaigns of every status, deleted or not, and extreme values are stored unchanged."""
        other = self.another(store)

        def check_stored(campaign: Campaign) -> None:
            own = self.add_tenant(store).own(campaign)
            check_equal("add returns what is stored", store.add(own), own)
            one = StoredCampaign(store, own)
            for handle in (store, other):
                check_equal("get", one.through(handle).get(), own)
                page = handle.find(own.client_id, include_deleted=True)
                check_equal("find", page.items, (own,))
                check_equal("snapshot", one.through(handle).read_snapshot().campaign, own)

        extremes = [self.add_tenant(store).campaign(**fields) for fields in _EXTREMES]
        for campaign in extremes:
            check_stored(campaign)
        self.for_all(check_stored, strategies.campaigns())
        one = self.add_campaign(store)
        for before, after in pairwise([one.campaign, *extremes]):
            own = evolve(after, id=one.campaign.id, client_id=one.campaign.client_id)
            self.check_update(store.replace(one.get(), own), own)
            self.check_update(one.through(other).get(), own)
            check("another campaign is stored now", before != after)

    def test_campaigns_are_added_all_or_none(self, store: Store) -> None:
        """If an id is used already, by any client, or comes twice, no campaign is added."""
        tenant = self.add_tenant(store)
        one, two, three = (tenant.campaign(number) for number in (1, 2, 3))
        deleted = tenant.add(4, deleted_at=CREATED)
        check_equal("what is added is returned", store.add_all([two]), (two,))
        stored = StoredCampaign(store, two)
        stored.admit(make_assignment("a"))
        before = stored.read_state()
        strangers = evolve(two, client_id=self.add_tenant(store).client_id)
        undeleted = evolve(deleted.campaign, deleted_at=None)
        clashes = ([one, two, three], [one, three, one], [one, one], [one, strangers])
        for several in (*clashes, [one, undeleted]):
            error = check_raises(AlreadyExistsError, "a used id", partial(store.add_all, several))
            check_equal("what is there already", error.what, "campaign")
            check("the error names the id", error.key in {one.id, two.id, deleted.campaign.id})
            check_equal("what is stored", store.find(tenant.client_id).items, (two,))
        check_equal("what was there", stored.read_state(), before)
        check_equal("the order is that of the call", store.add_all([three, one]), (three, one))
        check_equal("what is stored", store.find(tenant.client_id).items, (one, two, three))

    def test_a_campaign_is_added_with_its_history_or_not_at_all(self, store: Store) -> None:
        """A used id leaves no events, and a campaign is not added with events of another."""
        tenant = self.add_tenant(store)
        campaign, new = tenant.campaign(1), tenant.campaign(2)
        store.add(campaign, [make_event(campaign, "made", number=7)])
        one = StoredCampaign(store, campaign)
        before = one.read_state()
        made = [make_event(new, "made"), make_event(campaign, "made again")]
        check_raises(AlreadyExistsError, "a used id", partial(store.add_all, [new, campaign], made))
        check_raises(ConflictError, "an event of another", partial(store.add_all, [new], made))
        check_raises(ConflictError, "an event of nothing", partial(store.add_all, [], made))
        check_equal("what was there", one.read_state(), before)
        check_raises(NotFoundError, "a campaign that was not added", StoredCampaign(store, new).get)
        store.add(new, made[:1])
        for stored, event in ((campaign, make_event(campaign, "made")), (new, made[0])):
            found = StoredCampaign(store, stored).list_events()
            check_equal("the history", found, [evolve(event, number=1)])

    def test_any_number_of_campaigns_can_be_added(self, store: Store) -> None:
        """None, or hundreds, from any iterable and of several clients."""
        tenants = [self.add_tenant(store), self.add_tenant(store)]
        check_equal("none", store.add_all(()), ())
        many = [tenants[n % 2].campaign(n) for n in range(1, 301)]
        check_equal("many", store.add_all(iter(many)), tuple(many))
        for tenant in tenants:
            own = [campaign for campaign in many if campaign.client_id == tenant.client_id]
            check_equal("each client's", store.find(tenant.client_id, limit=300).items, tuple(own))

    def test_a_client_must_be_known_where_clients_are(self, store: Store) -> None:
        """A store with a table of clients refuses a campaign of an unknown client, with its id."""
        tenant = self.add_tenant(store)
        one = tenant.campaign(1)
        two = evolve(tenant.campaign(2), client_id=uuid4())
        if self.knows_clients:
            for call in (partial(store.add, two), partial(store.add_all, [one, two])):
                error = check_raises(UnknownClientError, "an unknown client", call)
                check_equal("the unknown clients", error.client_ids, (two.client_id,))
            check_equal("what is stored", store.find(tenant.client_id).items, ())
        else:
            check_equal("what is stored", store.add_all([one, two]), (one, two))
