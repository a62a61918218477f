"""What holds of adding campaigns."""

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
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._ledger import Progress
from campaignkit.domain._permissions import PermissionMode
from campaignkit.domain._snapshot import Snapshot
from campaignkit.errors import (
    AlreadyExistsError,
    UnknownClientError,
)
from campaignkit.storage._interface import Store
from campaignkit.targeting._targeting import Targeting
from campaignkit.testing import strategies
from campaignkit.testing._assertions import holds, raises, same
from campaignkit.testing._decision_samples import (
    DAY,
    admitting,
    assigned,
)
from campaignkit.testing._kit import CREATED, StoreKit, last, state

# What stores like to spoil: scripts, marks that compose, white space around, quotes, wide letters.
NAMES = [
    "Zürich, 東京 & São Paulo",
    "e\u0301 is not é",
    "  around  ",
    "line\nbreak\ttab\r",
    "'; DROP TABLE campaigns; --",
    '{a,b} \\ % _ "q" NULL null',
    "😀 \U0010fffd \uffff \u200f",
    "x" * 5_000,
]
TARGETS = [name[:LONGEST_TARGET] for name in NAMES]


class AddingContract(StoreKit):
    """What holds of adding campaigns."""

    def test_any_campaign_comes_back_as_it_was(self, store: Store) -> None:
        """Values are handed over as they are, of every status, deleted or not."""
        other = self.another(store)

        def check(campaign: Campaign) -> None:
            tenant = self.tenant(store)
            own = tenant.own(campaign)
            same("add returns what is stored", store.add(own), own)
            for handle in (store, other):
                key = own.client_id, own.id
                same("get", handle.get(*key, include_deleted=True), own)
                page = handle.find(own.client_id, include_deleted=True)
                same("find", page.items, (own,))
                same("the snapshot's campaign", handle.snapshot(*key).campaign, own)

        self.for_all(check, strategies.campaigns())

    def test_extreme_values_come_back_as_they_were(self, store: Store) -> None:
        """Texts of all scripts, the ends of the calendar, microseconds, and the largest integer."""
        tenant = self.tenant(store)
        first = datetime.min.replace(tzinfo=UTC)
        last = datetime.max.replace(tzinfo=UTC)
        extremes: list[dict[str, Any]] = [
            *({"name": name} for name in NAMES),
            *({"targeting": Targeting(TARGETS, TARGETS, (), (target,))} for target in TARGETS),
            *({"updated_at": CREATED.replace(microsecond=us)} for us in (0, 1, 999_999)),
            {"daily_lead_limit": LARGEST_INTEGER, "total_lead_limit": LARGEST_INTEGER},
            {"daily_lead_limit": 1, "total_lead_limit": 1},
            {"start_date": date.min, "end_date": date.max},
            {"start_date": date(1969, 12, 31), "end_date": date(1970, 1, 1)},
            {"created_at": first, "updated_at": last, "deleted_at": last},
            {"created_at": last, "updated_at": first, "deleted_at": first},
            {"created_at": datetime(2026, 11, 23, 2, 30, 0, 1).astimezone()},
            *({"permission_mode": mode} for mode in PermissionMode),
            *({"status": status} for status in CampaignStatus),
            *({"allocation": Allocation(**{channel.value: 100})} for channel in Channel),
        ]
        campaigns = [tenant.campaign(**fields) for fields in extremes]
        for campaign in campaigns:
            same("add returns what is stored", store.add(campaign), campaign)
            key = campaign.client_id, campaign.id
            same("get", self.another(store).get(*key, include_deleted=True), campaign)
        for campaign, following in pairwise(campaigns):
            after = evolve(following, id=campaign.id)
            stored = self.accepted(store.replace(campaign, after), after)
            key = campaign.client_id, campaign.id
            same("get", self.another(store).get(*key, include_deleted=True), stored)

    def test_a_new_campaign_has_done_nothing(self, store: Store) -> None:
        """Its progress is zero under its own allocation, in its first epoch."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        nothing = Progress(DAY, allocation=campaign.allocation)
        same("the progress", store.progress(*key, DAY), nothing)
        same("the snapshot", store.snapshot(*key, day=DAY), Snapshot(campaign, nothing))
        last("the assignments", store.assignments(*key))
        nothing = evolve(nothing, day=None)
        same("the snapshot of no day", store.snapshot(*key), Snapshot(campaign, nothing))

    def test_an_id_is_taken_only_once(self, store: Store) -> None:
        """A campaign of the same id is refused, whoever its client is, and overwrites nothing."""
        tenant = self.tenant(store)
        campaign = store.add(tenant.campaign(1))
        store.transact(campaign.client_id, campaign.id, admitting(assigned("a")))
        before = state(store, campaign, DAY)
        for name, owner in (("another", tenant), ("a stranger's", self.tenant(store))):
            double = evolve(campaign, name=name, client_id=owner.client_id)
            error = raises(AlreadyExistsError, "an id that is taken", partial(store.add, double))
            same("what is there already", (error.what, error.key), ("campaign", campaign.id))
            same("what was there", state(store, campaign, DAY), before)
        deleted = store.add(tenant.campaign(2, deleted_at=CREATED))
        double = evolve(deleted, deleted_at=None)
        raises(AlreadyExistsError, "the id of a deleted campaign", partial(store.add, double))

    def test_campaigns_are_added_all_or_none(self, store: Store) -> None:
        """One that is stored already, or comes twice, keeps out all that come with it."""
        tenant = self.tenant(store)
        one, two, three = (tenant.campaign(number) for number in (1, 2, 3))
        same("what is added is returned", store.add_all([two]), (two,))
        for several in ([one, two, three], [one, three, one], [one, one], [three, two]):
            error = raises(AlreadyExistsError, "ids that clash", partial(store.add_all, several))
            holds("the error names the id", error.key in {one.id, two.id})
            same("what is stored", store.find(tenant.client_id).items, (two,))
        same("the order is that of the call", store.add_all([three, one]), (three, one))
        same("what is stored", store.find(tenant.client_id).items, (one, two, three))

    def test_any_number_of_campaigns_can_be_added(self, store: Store) -> None:
        """None, or hundreds, from any iterable and of several clients."""
        tenants = [self.tenant(store), self.tenant(store)]
        same("none", store.add_all(()), ())
        many = [tenants[n % 2].campaign(n) for n in range(1, 301)]
        same("many", store.add_all(iter(many)), tuple(many))
        for tenant in tenants:
            own = [campaign for campaign in many if campaign.client_id == tenant.client_id]
            same("each client's", store.find(tenant.client_id, limit=300).items, tuple(own))

    def test_a_client_must_be_known_where_clients_are(self, store: Store) -> None:
        """Where there is a table of clients, a campaign of none of them is refused, with its id."""
        tenant = self.tenant(store)
        one = tenant.campaign(1)
        two = evolve(tenant.campaign(2), client_id=uuid4())
        if self.knows_clients:
            for call in (partial(store.add, two), partial(store.add_all, [one, two])):
                error = raises(UnknownClientError, "a client that is not known", call)
                same("the unknown clients", error.client_ids, (two.client_id,))
            same("what is stored", store.find(tenant.client_id).items, ())
        else:
            same("what is stored", store.add_all([one, two]), (one, two))
