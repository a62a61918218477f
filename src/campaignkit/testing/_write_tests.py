"""Tests of writing: a decision's writes are stored completely and unchanged, or not at all."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from attrs import evolve
from hypothesis import strategies as st

from campaignkit.core._channels import NO_COUNTS, Channel, ChannelCounts
from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._commands import lead_ids_of
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionState
from campaignkit.errors import ConflictError, NotFoundError, TransientConflictError
from campaignkit.storage._interface import Store
from campaignkit.testing import strategies
from campaignkit.testing._assertions import check, check_equal, check_raises
from campaignkit.testing._kit import StoreKit
from campaignkit.testing._stored import (
    CREATED,
    DAY,
    NEXT_DAY,
    StoredCampaign,
    decide_on,
    make_assignment,
    make_event,
    make_releases,
    make_suggestion,
    suggest_leads,
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
        there, strange = (
            suggest_leads(one.campaign, "abc", 1),
            suggest_leads(other.campaign, "x", 2),
        )
        unread = suggest_leads(one.campaign, "de", 4)
        rejection = Rejection("d", there.id)
        one.record(there, unread, make_event(one.campaign, "before"), rejections=[rejection])
        other.record(strange, make_event(other.campaign, "before"))
        before = one.read_state(), other.read_state()
        event, new = make_event(one.campaign, "half"), suggest_leads(one.campaign, "fg", 3)
        half = evolve(one.campaign, name="half", status=CampaignStatus.PAUSED)
        fresh = tuple(make_assignment(f"new-{n}", day=NEXT_DAY) for n in range(3))
        double = make_assignment("a", day=NEXT_DAY, channel=Channel.SMS)
        good = Writes[None](
            campaign=half,
            progress=Progress(DAY, 0, 99, ChannelCounts({"sms": 9}), one.campaign.allocation, 5),
            assigned=fresh,
            released=make_releases("b"),
            suggestions=(new, decide_on(there, SuggestionState.CLOSED).head),
            rejections=(Rejection("a", there.id), Rejection("f", new.id)),
            lifted=("d", "nobody"),
            events=(event, event),
        )
        asked = {"suggestion_ids": [there.id, strange.id]}
        closed = decide_on(there.head, SuggestionState.CLOSED)
        unfit: dict[str, dict[str, Any]] = {
            "a lead that is there": {"assigned": (*fresh, double)},
            "the very same assignment": {"assigned": (make_assignment("a"),)},
            "a lead twice": {"assigned": (*fresh, fresh[0])},
            "a release of nobody": {"released": make_releases("b", "nobody")},
            "a release of another campaign's lead": {"released": make_releases("x")},
            "a release twice": {"released": make_releases("b", "b")},
            "another id": {"campaign": evolve(half, id=tenant.id(3))},
            "another campaign": {"campaign": evolve(other.campaign, name="half")},
            "another client": {"campaign": evolve(half, client_id=stranger.client_id)},
            "a suggestion twice": {"suggestions": (new, new)},
            "another campaign's suggestion": {"suggestions": (new, strange)},
            "a suggestion taken from another campaign": {
                "suggestions": (new, evolve(strange, campaign_id=one.campaign.id))
            },
            "the head of an unknown suggestion": {"suggestions": (new.head,)},
            "the head of another campaign's suggestion": {
                "suggestions": (evolve(strange.head, campaign_id=one.campaign.id),)
            },
            "a suggestion that was not read": {
                "suggestions": (new, decide_on(unread, SuggestionState.CLOSED))
            },
            "the head of a suggestion that was not read": {
                "suggestions": (decide_on(unread.head, SuggestionState.CLOSED),)
            },
            "a head of other leads": {"suggestions": (evolve(closed, digest=unread.digest),)},
            "a head of more leads": {"suggestions": (evolve(closed, lead_count=4),)},
            "a head of another day": {"suggestions": (evolve(closed, day=NEXT_DAY),)},
            "a head of another revision": {"suggestions": (evolve(closed, revision=2),)},
            "a lead that is rejected twice": {
                "rejections": (Rejection("f", there.id), Rejection("f", there.id, DAY))
            },
            "a lead that is rejected and lifted": {
                "rejections": (Rejection("f", there.id),),
                "lifted": ("f",),
            },
            "a rejection by an unknown suggestion": {"rejections": (Rejection("f", uuid4()),)},
            "a rejection by another campaign's suggestion": {
                "rejections": (Rejection("f", strange.id),)
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
                check_raises(ConflictError, what, partial(one.write, writes, **asked))
                now = one.read_state(), other.read_state()
                check_equal(f"what is stored after {what}", now, before)
        check_equal("campaigns", len(store.find(tenant.client_id).items), 2)
        written = one.write(good, **asked)
        check_equal("what was written", written.suggestions, good.suggestions)
        found = [event.reason for event in one.list_events()]
        check_equal("the history", found, ["before", "half", "half"])
        rejections = dict(one.ask(lead_ids=list("abcdefg"), barriers=True).rejections)
        check_equal("the rejections", rejections, {one.lead_id: one for one in good.rejections})

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
                check_equal("the suggestion", seen.read_suggestion(own), own)
                snapshot = seen.transact(look, suggestion_ids=[own.id]).outcome
                check_equal("a decision's", snapshot and snapshot.suggestions, {own.id: own})
                check_equal("its head", snapshot and snapshot.heads, {own.id: own.head})
            check("it is among all of them", own.head in one.list_suggestions())

        self.for_all(check_stored, strategies.suggestions())

    def test_a_head_leaves_the_leads_as_they_are(self, store: Store) -> None:
        """A decision is written without the leads, which stay with the suggestion."""
        one = self.add_campaign(store)
        other = suggest_leads(one.campaign, "ax", 2)
        for state in SuggestionState:
            suggestion = suggest_leads(one.campaign, "ab", left_out="c")
            one.record(suggestion, other)
            decided = suggestion
            if state is not SuggestionState.PENDING:
                decided = decide_on(suggestion, state)
            one.record(evolve(decided.head, expires_at=CREATED + timedelta(days=9)))
            wanted = evolve(decided, expires_at=CREATED + timedelta(days=9))
            for seen in (one, one.through(self.another(store))):
                check_equal("it has its leads", seen.read_suggestion(suggestion), wanted)
                check_equal("the heads", seen.list_suggestions(), [wanted.head, other.head])
                check_equal("another one", seen.read_suggestion(other), other)

    def test_a_revision_replaces_the_leads(self, store: Store) -> None:
        """Of a suggestion that is written again no earlier lead is left, whatever its revision."""
        one = self.add_campaign(store)
        first, other = suggest_leads(one.campaign, "abc", left_out="d"), "ab"
        one.record(first, suggest_leads(one.campaign, other, 2))
        for leads, left_out, revision in (
            ("cd", "e", 2),
            ("dx", "", 2),
            ("", "ad", 3),
            ("a", "", 1),
        ):
            again = suggest_leads(one.campaign, leads, left_out=left_out)
            again = evolve(again, revision=revision)
            one.record(again)
            for seen in (one, one.through(self.another(store))):
                check_equal("the suggestion", seen.read_suggestion(first), again)
                waiting = seen.ask(lead_ids=list("abcdex"), barriers=True).waiting
                own = {lead_id for lead_id, ids in waiting.items() if first.id in ids}
                check_equal("the leads that wait", own, set(leads))
        found = one.read_suggestion(make_suggestion(one.campaign, 2))
        check_equal("another one's leads", [*lead_ids_of(found.command)], [*other])

    def test_rejections_are_kept_until_they_are_replaced_or_lifted(self, store: Store) -> None:
        """There is one for each lead, the last one, and the suggestion has those that it is of."""
        tenant = self.add_tenant(store)
        one, stranger = tenant.add(), tenant.add()
        first, second = suggest_leads(one.campaign, "ab"), suggest_leads(one.campaign, "bc", 2)
        theirs = suggest_leads(stranger.campaign, "ab", 3)
        stranger.record(theirs, rejections=[Rejection("a", theirs.id)])
        one.record(first, second, rejections=[Rejection("a", first.id), Rejection("b", first.id)])
        one.record(rejections=[Rejection("b", second.id, DAY), Rejection("c", second.id)])
        one.record(lifted=("c", "x"))
        for seen in (one, one.through(self.another(store))):
            for asked in ("abcx", "b", ""):
                wanted = {"a": Rejection("a", first.id), "b": Rejection("b", second.id, DAY)}
                wanted = {lead_id: wanted[lead_id] for lead_id in asked if lead_id in wanted}
                found = seen.ask(lead_ids=[*asked], barriers=True).rejections
                check_equal(f"the rejections of {asked!r}", dict(found), wanted)
            check_equal("unless asked for", dict(seen.ask(lead_ids=["a"]).rejections), {})
            wanted = {"a": Rejection("a", first.id)}
            check_equal("those of a suggestion", seen.read_suggestion(first).rejections, wanted)
            wanted = {"b": Rejection("b", second.id, DAY)}
            check_equal("of another", seen.read_suggestion(second).rejections, wanted)
        kept = evolve(first, rejections={"z": Rejection("z", first.id)}, revision=2)
        one.record(kept, decide_on(second.head, SuggestionState.REJECTED))
        found = dict(one.read_suggestion(first).rejections)
        check_equal("what a suggestion says of them is not stored", [*found], ["a"])
        one.record(rejections=[Rejection("b", second.id)], lifted=("a",))
        check_equal("none of the first is left", dict(one.read_suggestion(first).rejections), {})
        found = dict(one.ask(lead_ids=["b"], barriers=True).rejections)
        check_equal("for ever", found, {"b": Rejection("b", second.id)})
        found = dict(stranger.ask(lead_ids=["a", "b"], barriers=True).rejections)
        check_equal("another campaign's", found, {"a": Rejection("a", theirs.id)})

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
