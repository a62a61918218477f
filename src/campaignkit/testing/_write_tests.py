"""What holds of writing: all of it or nothing, and nothing but that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from campaignkit.core._channels import NO_COUNTS, Channel, ChannelCounts
from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._permissions import PermissionMode
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    TransientConflictError,
)
from campaignkit.storage._interface import Store
from campaignkit.targeting._targeting import Targeting
from campaignkit.testing import strategies
from campaignkit.testing._assertions import holds, raises, same
from campaignkit.testing._decision_samples import (
    DAY,
    NEXT_DAY,
    admitting,
    assigned,
    releasing,
    writing,
)
from campaignkit.testing._kit import CREATED, StoreKit, listing, state


class WritingContract(StoreKit):
    """What holds of writing: all of it or nothing, and nothing but that."""

    def test_writes_are_kept(self, store: Store) -> None:
        """Campaign, progress and assignments of any value, together, seen from every handle."""
        other = self.another(store)

        def check(
            old: Campaign, new: Campaign, progress: Progress, leads: list[Assignment]
        ) -> None:
            tenant = self.tenant(store)
            old, new = tenant.own(old, 1), tenant.own(new, 1)
            key = old.client_id, old.id
            total = max(progress.admitted_total, len(leads))
            progress = evolve(progress, admitted_total=total, allocation=new.allocation)
            store.add(old)
            outcome = object()
            wanted = Writes(new, progress, tuple(leads), outcome=outcome)
            written = store.transact(*key, writing(wanted))
            stored = written.campaign
            holds("the result has the campaign", stored is not None)
            if stored is not None:
                self.accepted(stored, new)
            same("the result", evolve(written, campaign=new), wanted)
            holds("the outcome comes back as it was", written.outcome is outcome)
            for handle in (store, other):
                same("the campaign", handle.get(*key, include_deleted=True), stored)
                in_order = sorted(leads, key=lambda lead: lead.lead_id)
                same("the assignments", listing(handle, *key), in_order)
                for day in {lead.day for lead in leads} | {DAY}:
                    today = sum(lead.day == day for lead in leads)
                    same(
                        f"the progress on {day}",
                        handle.progress(*key, day),
                        evolve(progress, day=day, admitted_today=today),
                    )

        self.for_all(
            check,
            strategies.campaigns(),
            strategies.campaigns(),
            strategies.progresses(),
            st.lists(strategies.assignments(), max_size=4, unique_by=lambda lead: lead.lead_id),
        )

    def test_what_is_none_or_empty_stays(self, store: Store) -> None:
        """Each part of the writes may be left out, and then nothing of it changes."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(assigned("a"), assigned("b", channel=Channel.SMS)))
        before = state(store, campaign, DAY)
        written = store.transact(*key, writing(Writes(outcome="nothing")))
        same("the result", written, Writes(outcome="nothing"))
        same("what is stored", state(store, campaign, DAY), before)

        renamed = evolve(campaign, name="Perth agencies")
        stored = store.transact(*key, writing(Writes[None](campaign=renamed))).campaign
        after = state(store, campaign, DAY)
        same("the campaign", after.snapshot.campaign, stored)
        same("the progress", after.days, before.days)
        same("the assignments", after.assignments, before.assignments)

        same("a result without campaign", store.transact(*key, releasing("a")).campaign, None)
        same("the campaign", store.get(*key), stored)

    def test_progress_keeps_its_total_carried_counts_allocation_and_epoch(
        self, store: Store
    ) -> None:
        """They are stored as they are, up to the largest integer; day and today's count are not."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        largest = ChannelCounts(dict.fromkeys(Channel, LARGEST_INTEGER))
        different = ChannelCounts({channel: count for count, channel in enumerate(Channel)})
        for progress in (
            Progress(None, 0, LARGEST_INTEGER, largest, campaign.allocation, LARGEST_INTEGER),
            Progress(DAY, 7, 9, different, campaign.allocation, 3),
            Progress(DAY, 7, 9, different, None, 4),
            Progress(allocation=campaign.allocation),
        ):
            store.transact(*key, writing(Writes[None](progress=progress)))
            expected = evolve(progress, allocation=campaign.allocation, admitted_today=0)
            for day in (DAY, NEXT_DAY):
                same("the progress", store.progress(*key, day), evolve(expected, day=day))

    def test_the_count_of_a_day_follows_its_leads(self, store: Store) -> None:
        """Each lead counts on its own day, whatever day the call names, until it is released."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id

        def today() -> tuple[int, ...]:
            days = (DAY, NEXT_DAY, date.max)
            return tuple(store.progress(*key, day).admitted_today for day in days)

        leads = [assigned(i, day=DAY) for i in "abc"] + [assigned(i, day=NEXT_DAY) for i in "de"]
        store.transact(*key, admitting(*leads), day=DAY)
        same("the counts", today(), (3, 2, 0))
        store.transact(*key, releasing("a", "d"), day=NEXT_DAY, lead_ids=["a", "d"])
        same("the counts", today(), (2, 1, 0))
        store.transact(*key, releasing("b", "c"))
        same("the counts", today(), (0, 1, 0))
        store.transact(*key, admitting(assigned("a", day=date.max)), day=DAY)
        same("the counts", today(), (0, 1, 1))
        same("the total", store.progress(*key, DAY).admitted_total, 2)
        same("the leads", [lead.lead_id for lead in listing(store, *key)], ["a", "e"])

    def test_a_released_lead_can_be_assigned_again(self, store: Store) -> None:
        """Later, or at once: what is released goes before what is assigned."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(assigned("a"), assigned("b")))
        store.transact(*key, releasing("a"))
        store.transact(*key, admitting(assigned("a", day=NEXT_DAY)))
        moved = assigned("b", day=NEXT_DAY, channel=Channel.VOICE, epoch=2)
        store.transact(*key, writing(Writes[None](released=("b",), assigned=(moved,))))
        same("the leads", listing(store, *key), [assigned("a", day=NEXT_DAY), moved])
        same("the day before", store.progress(*key, DAY).admitted_today, 0)
        same("the day after", store.progress(*key, NEXT_DAY).admitted_today, 2)

    def test_campaigns_have_leads_of_their_own(self, store: Store) -> None:
        """The same lead may be in several campaigns, of one client or of two."""
        tenant, stranger = self.tenant(store), self.tenant(store)
        campaigns = store.add_all([tenant.campaign(), tenant.campaign(), stranger.campaign()])
        for n, campaign in enumerate(campaigns):
            leads = [assigned("a", epoch=n), assigned(f"own-{n}", epoch=n)]
            store.transact(campaign.client_id, campaign.id, admitting(*leads))
        one = campaigns[1]
        store.transact(one.client_id, one.id, releasing("a"))
        for n, campaign in enumerate(campaigns):
            key = campaign.client_id, campaign.id
            there = [assigned("a", epoch=n), assigned(f"own-{n}", epoch=n)][n == 1 :]
            same("the leads", listing(store, *key), there)
            found = store.snapshot(*key, lead_ids=["a", "own-0", "own-1", "own-2"]).assignments
            same("those asked for", dict(found), {lead.lead_id: lead for lead in there})
            progress = store.progress(*key, DAY)
            same("today", (progress.admitted_today, progress.admitted_total), (len(there),) * 2)

    def test_carried_counts_belong_to_their_allocation(self, store: Store) -> None:
        """Under other shares they are zero and a new epoch begins, whoever changed the shares."""
        email, sms = Allocation(email=100), Allocation(sms=100)
        campaign = store.add(self.tenant(store).campaign(allocation=email))
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(assigned("a"), assigned("b")))
        first = store.progress(*key, DAY)
        same("the carried counts", first.carried, ChannelCounts({"email": 2}))

        changed = store.replace(campaign, evolve(campaign, allocation=sms))
        second = evolve(first, carried=NO_COUNTS, allocation=sms, epoch=1)
        same("the progress after a change", store.progress(*key, DAY), second)
        lead = assigned("c", channel=Channel.SMS, epoch=1)
        store.transact(*key, admitting(lead), day=DAY)
        second = evolve(
            second, admitted_today=3, admitted_total=3, carried=ChannelCounts({"sms": 1})
        )
        same("the progress in the new epoch", store.progress(*key, DAY), second)
        same("the snapshot's", store.snapshot(*key, day=DAY).progress, second)
        same("leads stay where they are", listing(store, *key)[0].channel, Channel.EMAIL)

        back = store.transact(
            *key, writing(Writes[None](campaign=evolve(changed, allocation=email)))
        )
        third = evolve(second, carried=NO_COUNTS, allocation=email, epoch=2)
        same("the progress after the change back", store.progress(*key, DAY), third)
        seen: list[Progress] = []

        def decide(snapshot: Snapshot) -> Writes[None]:
            seen.append(snapshot.progress)
            return Writes(campaign=evolve(snapshot.campaign, name="new"))

        store.transact(*key, decide, day=DAY)
        same("what a decision sees", seen[-1], third)
        holds("the campaign was changed", back.campaign is not None)

    def test_a_change_back_before_any_write_of_progress_changes_nothing(self, store: Store) -> None:
        """An epoch begins when counts are written under other shares, not when shares change."""
        email, sms = Allocation(email=100), Allocation(sms=100)
        campaign = store.add(self.tenant(store).campaign(allocation=email))
        key = campaign.client_id, campaign.id
        changed = store.replace(campaign, evolve(campaign, allocation=sms))
        new = Progress(DAY, allocation=sms)
        same("the progress of a campaign that did nothing", store.progress(*key, DAY), new)
        campaign = store.replace(changed, evolve(changed, allocation=email))
        store.transact(*key, admitting(assigned("a")))
        before = store.progress(*key, DAY)
        changed = store.replace(campaign, evolve(campaign, allocation=sms))
        store.replace(changed, evolve(changed, allocation=email))
        same("the progress", store.progress(*key, DAY), before)

    def test_what_a_decision_raises_reaches_the_caller_and_writes_nothing(
        self, store: Store
    ) -> None:
        """Unchanged, whatever it is, also an error of the kinds that stores raise."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(assigned("a")))
        before = state(store, campaign, DAY)
        errors: Sequence[BaseException] = (
            ValueError("no"),
            ConflictError("mine"),
            TransientConflictError("mine"),
            NotFoundError("lead", "b"),
            NotImplementedError(),
            BaseException("even this"),
        )
        for error in errors:

            def decide(_: Snapshot, error: BaseException = error) -> Writes[None]:
                raise error

            raised = raises(
                BaseException,
                "a decision that raises",
                partial(store.transact, *key, decide, day=DAY, lead_ids=["a", "b"]),
            )
            holds(f"{error!r} must come back as it is, not as {raised!r}", raised is error)
            same("what is stored", state(store, campaign, DAY), before)
        store.transact(*key, admitting(assigned("b")))
        same("the next decision", store.progress(*key, DAY).admitted_total, 2)

    def test_writes_that_do_not_fit_write_nothing(self, store: Store) -> None:
        """A lead that is there already, or not there, or another's campaign: all or nothing."""
        tenant, stranger = self.tenant(store), self.tenant(store)
        campaign = store.add(tenant.campaign(1))
        other = store.add(tenant.campaign(2))
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(*map(assigned, "abc")))
        store.transact(other.client_id, other.id, admitting(assigned("x")))
        before = state(store, campaign, DAY, NEXT_DAY), state(store, other, DAY, NEXT_DAY)
        new = evolve(campaign, name="half", status=CampaignStatus.PAUSED)
        progress = Progress(DAY, 0, 99, ChannelCounts({"sms": 9}), campaign.allocation, 5)
        fresh = tuple(assigned(f"new-{n}", day=NEXT_DAY) for n in range(3))
        double = assigned("a", day=NEXT_DAY, channel=Channel.SMS)
        unfit: dict[str, Writes[None]] = {
            "a lead that is there": Writes(new, progress, (*fresh, double), ("b",)),
            "a lead that is there, alone": Writes(assigned=(double,)),
            "the very same assignment": Writes(assigned=(assigned("a"),)),
            "a lead twice": Writes(new, progress, (*fresh, fresh[0]), ("b",)),
            "a release of nobody": Writes(new, progress, fresh, ("b", "nobody")),
            "a release of nobody, alone": Writes(released=("nobody",)),
            "a release of another campaign's lead": Writes(new, progress, fresh, ("x",)),
            "a release twice": Writes(new, progress, fresh, ("b", "b")),
            "another id": Writes(evolve(new, id=tenant.id(3)), progress, fresh, ("b",)),
            "another campaign's id": Writes(evolve(other, name="half"), progress, fresh, ("b",)),
            "another client": Writes(evolve(new, client_id=stranger.client_id), progress, fresh),
        }
        for what, writes in unfit.items():
            raises(ConflictError, what, partial(store.transact, *key, writing(writes)))
            after = state(store, campaign, DAY, NEXT_DAY), state(store, other, DAY, NEXT_DAY)
            same(f"what is stored after {what}", after, before)
            same("campaigns", len(store.find(tenant.client_id).items), 2)
        raises(NotFoundError, "what was never added", partial(store.get, key[0], tenant.id(3)))

    def test_a_deleted_campaign_can_be_restored(self, store: Store) -> None:
        """`transact` and `replace` act on deleted campaigns too."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        deleted = store.replace(campaign, evolve(campaign, deleted_at=CREATED))
        raises(NotFoundError, "get of a deleted campaign", partial(store.get, *key))
        restored = store.replace(deleted, evolve(deleted, deleted_at=None))
        same("the restored campaign", store.get(*key), restored)
        store.transact(*key, writing(Writes[None](campaign=evolve(restored, deleted_at=CREATED))))
        written = store.transact(*key, writing(Writes[None](campaign=restored)))
        same("the restored campaign", store.get(*key), written.campaign)

    def test_a_stale_campaign_replaces_nothing(self, store: Store) -> None:
        """`replace` wants the campaign as it is; one field of difference is enough to refuse."""
        tenant = self.tenant(store)
        campaign = store.add(tenant.campaign(1, total_lead_limit=None))
        key = campaign.client_id, campaign.id
        store.transact(*key, admitting(assigned("a")))
        differences: Sequence[dict[str, Any]] = (
            {"name": "another"},
            {"status": CampaignStatus.PAUSED},
            {"permission_mode": PermissionMode.MANUAL},
            {"targeting": Targeting(titles=["CEO"])},
            {"allocation": Allocation(email=100)},
            {"daily_lead_limit": 51},
            {"total_lead_limit": 1},
            {"start_date": DAY},
            {"end_date": DAY},
            {"created_at": CREATED + timedelta(microseconds=1)},
            {"updated_at": CREATED + timedelta(microseconds=1)},
            {"deleted_at": CREATED},
        )
        before = state(store, campaign, DAY)
        for difference in differences:
            stale = evolve(campaign, **difference)
            raises(
                ConflictError,
                f"a campaign that differs in {difference}",
                partial(store.replace, stale, evolve(stale, name="after")),
            )
            same("what is stored", state(store, campaign, DAY), before)
        after = evolve(campaign, name="after")
        after = self.accepted(self.another(store).replace(campaign, after), after)
        same("the replaced campaign", store.get(*key), after)
        same("what it has done", state(store, campaign, DAY).days, before.days)
        if after != campaign:
            raises(ConflictError, "a replay", partial(store.replace, campaign, after))
        same("a replacement by itself", store.replace(after, after).name, "after")

    def test_replace_keeps_to_one_campaign(self, store: Store) -> None:
        """A campaign is replaced by one of the same id and client, or not at all."""
        tenant = self.tenant(store)
        one, two = store.add_all([tenant.campaign(1), tenant.campaign(2)])
        stranger = evolve(one, client_id=self.tenant(store).client_id)
        for other in (two, stranger, tenant.campaign(3)):
            raises(InvalidError, "two campaigns", partial(store.replace, one, other))
        same("what is stored", store.find(tenant.client_id).items, (one, two))

    def test_time_may_go_backwards(self, store: Store) -> None:
        """A store neither orders nor detects changes by `updated_at`."""
        campaign = store.add(self.tenant(store).campaign())
        for seconds in (60, -60, 0, 0):
            moment = CREATED + timedelta(seconds=seconds)
            after = evolve(campaign, updated_at=moment, name=f"{campaign.name}!")
            campaign = self.accepted(store.replace(campaign, after), after)
        found = store.get(campaign.client_id, campaign.id)
        same("the campaign", found, campaign)

    def test_two_handles_on_the_same_data_agree(self, store: Store) -> None:
        """What one has written, the other sees at once; neither keeps anything to itself."""
        other = self.another(store)
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        handles = [store, other]
        for turn in range(4):
            writer, reader = handles[turn % 2], handles[1 - turn % 2]
            before = reader.get(*key)
            state(reader, campaign, DAY)
            after = evolve(before, name=f"turn {turn}")
            lead = assigned(f"lead-{turn}")
            writer.transact(*key, admitting(lead, campaign=after))
            same("the name", reader.get(*key).name, after.name)
            same(
                "a lead",
                reader.snapshot(*key, lead_ids=[lead.lead_id]).assignments[lead.lead_id],
                lead,
            )
            same("the other's view", state(reader, campaign, DAY), state(writer, campaign, DAY))
            raises(ConflictError, "stale to the other", partial(reader.replace, before, after))

    def test_any_number_of_leads_in_one_call(self, store: Store) -> None:
        """A thousand leads are assigned, asked for, counted and released like one."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        ids = [f"lead-{n:04}" for n in range(1_000)]
        leads = [assigned(lead_id, day=(DAY, NEXT_DAY)[n % 2]) for n, lead_id in enumerate(ids)]
        store.transact(*key, admitting(*leads), day=DAY, lead_ids=ids)
        found = store.snapshot(*key, day=DAY, lead_ids=ids)
        same("the leads", dict(found.assignments), dict(zip(ids, leads, strict=True)))
        same("today", found.progress.admitted_today, 500)
        same("the total", found.progress.admitted_total, 1_000)
        store.transact(*key, releasing(*ids[::2]), day=DAY, lead_ids=ids)
        same("those who are left", listing(store, *key, size=300), leads[1::2])
        same("today", store.progress(*key, DAY).admitted_today, 0)
