"""Tests of writing: a decision's writes are stored completely and unchanged, or not at all."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from attrs import evolve
from hypothesis import strategies as st

from campaignkit.core._channels import NO_COUNTS, Channel, ChannelCounts
from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import ConflictError, NotFoundError, TransientConflictError
from campaignkit.storage._interface import Store
from campaignkit.testing import strategies
from campaignkit.testing._assertions import check, check_equal, check_raises
from campaignkit.testing._kit import StoreKit
from campaignkit.testing._stored import (
    DAY,
    NEXT_DAY,
    StoredCampaign,
    make_assignment,
    make_event,
    make_suggestion,
)


class WritingContract(StoreKit):
    """Tests of writing: a decision's writes are stored completely and unchanged, or not at all."""

    def test_writes_are_kept(self, store: Store) -> None:
        """Campaign, progress and assignments of any value, seen through every handle."""
        other = self.another(store)

        def check_written(
            old: Campaign, new: Campaign, progress: Progress, leads: list[Assignment]
        ) -> None:
            tenant = self.add_tenant(store)
            new = tenant.own(new, 1)
            one = StoredCampaign(store, store.add(tenant.own(old, 1)))
            total = max(progress.admitted_total, len(leads))
            progress = evolve(progress, admitted_total=total, allocation=new.allocation)
            wanted = Writes(new, progress, tuple(leads), outcome=object())
            written = one.write(wanted)
            stored = self.check_update(written.campaign or one.campaign, new)
            check_equal("the result", evolve(written, campaign=new), wanted)
            for seen in (one, one.through(other)):
                check_equal("the campaign", seen.get(), stored)
                in_order = sorted(leads, key=lambda lead: lead.lead_id)
                check_equal("the assignments", seen.list_assignments(), in_order)
                for day in {lead.day for lead in leads} | {DAY}:
                    today = sum(lead.day == day for lead in leads)
                    expected = evolve(progress, day=day, admitted_today=today)
                    check_equal(f"the progress on {day}", seen.read_progress(day), expected)

        self.for_all(
            check_written,
            strategies.campaigns(),
            strategies.campaigns(),
            strategies.progresses(),
            st.lists(strategies.assignments(), max_size=4, unique_by=lambda lead: lead.lead_id),
        )

    def test_progress_keeps_the_largest_integers(self, store: Store) -> None:
        """Total, carried counts and epoch are stored up to the largest integer."""
        one = self.add_campaign(store)
        counts = ChannelCounts(dict.fromkeys(Channel, LARGEST_INTEGER))
        largest = Progress(
            None, 0, LARGEST_INTEGER, counts, one.campaign.allocation, LARGEST_INTEGER
        )
        one.write(Writes[None](progress=largest))
        check_equal("the progress", one.read_progress(), evolve(largest, day=DAY))

    def test_carried_counts_belong_to_their_allocation(self, store: Store) -> None:
        """Under other shares they are 0 and an epoch begins, but only when counts are written."""
        email, sms = Allocation(email=100), Allocation(sms=100)
        one = self.add_campaign(store, allocation=email)
        changed = one.replace(one.campaign, allocation=sms)
        check_equal("before any write", one.read_progress(), Progress(DAY, allocation=sms))
        back = one.replace(changed, allocation=email)
        one.admit(make_assignment("a"), make_assignment("b"))
        first = one.read_progress()
        check_equal("the carried counts", first.carried, ChannelCounts({"email": 2}))
        changed = one.replace(back, allocation=sms)
        back = one.replace(changed, allocation=email)
        check_equal("after a change and back", one.read_progress(), first)

        one.replace(back, allocation=sms)
        second = evolve(first, carried=NO_COUNTS, allocation=sms, epoch=1)
        check_equal("after a change", one.read_progress(), second)
        one.admit(make_assignment("c", channel=Channel.SMS, epoch=1))
        counts = ChannelCounts({"sms": 1})
        second = evolve(second, admitted_today=3, admitted_total=3, carried=counts)
        check_equal("in the new epoch", one.read_progress(), second)
        one.write(Writes[None](campaign=evolve(one.get(), allocation=email)))
        third = evolve(second, carried=NO_COUNTS, allocation=email, epoch=2)
        check_equal("after another change", one.read_progress(), third)

    def test_what_a_decision_raises_reaches_the_caller_and_writes_nothing(
        self, store: Store
    ) -> None:
        """Any exception comes back unchanged, also an error of the kinds that stores raise."""
        one = self.add_campaign(store)
        one.admit(make_assignment("a"))
        before = one.read_state()
        for error in (
            ValueError("no"),
            ConflictError("mine"),
            TransientConflictError("mine"),
            NotFoundError("lead", "b"),
            NotImplementedError(),
            BaseException("even this"),
        ):

            def decide(_: Snapshot, error: BaseException = error) -> Writes[None]:
                raise error

            call = partial(one.transact, decide, day=DAY, lead_ids=["a", "b"])
            raised = check_raises(BaseException, "a decision that raises", call)
            check(f"{error!r} must come back unchanged, not as {raised!r}", raised is error)
            check_equal("what is stored", one.read_state(), before)
        one.admit(make_assignment("b"))
        check_equal("the next decision", one.read_progress().admitted_total, 2)

    def test_writes_that_do_not_fit_write_nothing(self, store: Store) -> None:
        """If one part of the writes conflicts with what is stored, no part is written."""
        tenant, stranger = self.add_tenant(store), self.add_tenant(store)
        one, other = tenant.add(1), tenant.add(2)
        one.admit(*map(make_assignment, "abc"))
        other.admit(make_assignment("x"))
        there, strange = make_suggestion(one.campaign, 1), make_suggestion(other.campaign, 2)
        one.record(there, make_event(one.campaign, "before"))
        other.record(strange, make_event(other.campaign, "before"))
        before = one.read_state(), other.read_state()
        event, new = make_event(one.campaign, "half"), make_suggestion(one.campaign, 3)
        half = evolve(one.campaign, name="half", status=CampaignStatus.PAUSED)
        fresh = tuple(make_assignment(f"new-{n}", day=NEXT_DAY) for n in range(3))
        double = make_assignment("a", day=NEXT_DAY, channel=Channel.SMS)
        good = Writes[None](
            campaign=half,
            progress=Progress(DAY, 0, 99, ChannelCounts({"sms": 9}), one.campaign.allocation, 5),
            assigned=fresh,
            released=("b",),
            suggestions=(new, make_suggestion(one.campaign, 1, SuggestionState.CLOSED)),
            events=(event, event),
        )
        unfit: dict[str, dict[str, Any]] = {
            "a lead that is there": {"assigned": (*fresh, double)},
            "the very same assignment": {"assigned": (make_assignment("a"),)},
            "a lead twice": {"assigned": (*fresh, fresh[0])},
            "a release of nobody": {"released": ("b", "nobody")},
            "a release of another campaign's lead": {"released": ("x",)},
            "a release twice": {"released": ("b", "b")},
            "another id": {"campaign": evolve(half, id=tenant.id(3))},
            "another campaign": {"campaign": evolve(other.campaign, name="half")},
            "another client": {"campaign": evolve(half, client_id=stranger.client_id)},
            "a suggestion twice": {"suggestions": (new, new)},
            "another campaign's suggestion": {"suggestions": (new, strange)},
            "a suggestion taken from another campaign": {
                "suggestions": (new, evolve(strange, campaign_id=one.campaign.id))
            },
            "another campaign's event": {"events": (event, make_event(other.campaign, "half"))},
            "an event of an unknown suggestion": {
                "events": (event, evolve(event, suggestion_id=uuid4()))
            },
            "an event of another campaign's suggestion": {
                "events": (event, evolve(event, suggestion_id=strange.id))
            },
        }
        for what, parts in unfit.items():
            for writes in (evolve(good, **parts), Writes[None](**parts)):
                check_raises(ConflictError, what, partial(one.write, writes))
                now = one.read_state(), other.read_state()
                check_equal(f"what is stored after {what}", now, before)
        check_equal("campaigns", len(store.find(tenant.client_id).items), 2)
        written = one.write(good)
        check_equal("what was written", written.suggestions, good.suggestions)
        found = [event.reason for event in one.list_events()]
        check_equal("the history", found, ["before", "half", "half"])

    def test_any_number_of_leads_in_one_call(self, store: Store) -> None:
        """A thousand leads are assigned, asked for, counted and released like one."""
        one = self.add_campaign(store)
        ids = [f"lead-{n:04}" for n in range(1_000)]
        leads = [make_assignment(i, day=(DAY, NEXT_DAY)[n % 2]) for n, i in enumerate(ids)]
        one.admit(*leads)
        found = one.read_snapshot(DAY, ids)
        check_equal("the leads", dict(found.assignments), dict(zip(ids, leads, strict=True)))
        counts = found.progress.admitted_today, found.progress.admitted_total
        check_equal("today and in all", counts, (500, 1_000))
        one.release(*ids[::2], day=DAY, lead_ids=ids)
        check_equal("the remaining leads", one.list_assignments(size=300), leads[1::2])
        check_equal("today", one.read_progress().admitted_today, 0)

    def test_any_suggestion_comes_back_as_it_was(self, store: Store) -> None:
        """Suggestions of any command, pending or decided, are stored unchanged."""
        one = self.add_campaign(store)

        def look(snapshot: Snapshot) -> Writes[Snapshot]:
            return Writes(outcome=snapshot)

        def check_stored(suggestion: Suggestion) -> None:
            own = evolve(suggestion, id=uuid4(), campaign_id=one.campaign.id)
            one.record(own)
            for seen in (one, one.through(self.another(store))):
                found = seen.store.suggestion(one.campaign.client_id, own.id)
                check_equal("the suggestion", found, own)
                snapshot = seen.transact(look, suggestion_ids=[own.id]).outcome
                check_equal("a decision's", snapshot and snapshot.suggestions, {own.id: own})
            check("it is among all of them", own in one.list_suggestions())

        self.for_all(check_stored, strategies.suggestions())

    def test_any_event_comes_back_as_it_was(self, store: Store) -> None:
        """Events of any kind are stored unchanged, except that the store numbers them."""
        one = self.add_campaign(store)
        suggestion = make_suggestion(one.campaign)
        one.record(suggestion)
        written: list[Event] = []

        def check_stored(event: Event) -> None:
            about = None if event.suggestion_id is None else suggestion.id
            own = evolve(event, campaign_id=one.campaign.id, suggestion_id=about)
            one.transact(lambda _: Writes[None](events=(own,)), suggestion_ids=[suggestion.id])
            written.append(evolve(own, number=len(written) + 1))
            history = self.another(store).history(*one.key, after=len(written) - 1)
            check_equal("the last event", history.items, (written[-1],))

        self.for_all(check_stored, strategies.events())
        check_equal("the history", one.list_events(), written)
