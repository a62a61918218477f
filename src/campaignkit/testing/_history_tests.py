"""What holds of suggestions and of a campaign's history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from attrs import evolve

from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import AlreadyExistsError, ConflictError, InvalidError, NotFoundError
from campaignkit.storage._interface import Store
from campaignkit.testing import strategies
from campaignkit.testing._assertions import holds, raises, same
from campaignkit.testing._decision_samples import (
    DAY,
    admitting,
    assigned,
    decided,
    happened,
    proposed,
    recording,
    writing,
)
from campaignkit.testing._kit import CREATED, StoreKit, last, pages, proposals, state, story

_PENDING = SuggestionState.PENDING


def numbered(*events: Event) -> tuple[Event, ...]:
    """Return events as a store numbers them that has no others."""
    return tuple(evolve(event, number=number) for number, event in enumerate(events, start=1))


class RecordingContract(StoreKit):
    """What holds of suggestions and of a campaign's history."""

    def test_any_suggestion_comes_back_as_it_was(self, store: Store) -> None:
        """Of any change, pending or decided upon, with all its words and values."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        handles = (store, self.another(store))

        def check(suggestion: Suggestion) -> None:
            own = evolve(suggestion, id=uuid4(), campaign_id=campaign.id)
            store.transact(*key, recording(own))
            for handle in handles:
                same("the suggestion", handle.suggestion(campaign.client_id, own.id), own)
                seen = self._seen(handle, campaign, suggestion_ids=[own.id])
                same("what a decision sees", seen, {own.id: own})
            holds("it is among all of them", own in proposals(store, campaign))

        self.for_all(check, strategies.suggestions())

    def test_any_event_comes_back_as_it_was(self, store: Store) -> None:
        """Of any kind, with all its words, values and counts; but the store gives its number."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        suggestion = proposed(campaign)
        store.transact(*key, recording(suggestion))
        other = self.another(store)
        told: list[Event] = []

        def check(event: Event) -> None:
            about = None if event.suggestion_id is None else suggestion.id
            own = evolve(event, campaign_id=campaign.id, suggestion_id=about)
            store.transact(*key, recording(own), suggestion_ids=[suggestion.id])
            told.append(evolve(own, number=len(told) + 1))
            last("the last event", other.history(*key, after=len(told) - 1), told[-1])

        self.for_all(check, strategies.events())
        same("the history", story(store, campaign), told)

    def test_a_history_is_in_the_order_of_its_writing(self, store: Store) -> None:
        """Numbers ascend from 1 without a gap, whatever the times and numbers of the events."""
        tenant = self.tenant(store)
        campaign, bare = tenant.campaign(1), tenant.campaign(2)
        first = [happened(campaign, "made"), happened(campaign, "once more", number=7)]
        store.add_all([campaign, bare], first)
        key = campaign.client_id, campaign.id
        later = [
            happened(campaign, f"later {n}", at=CREATED - timedelta(days=n), number=1)
            for n in range(5)
        ]
        for events in (later[:1], later[1:4], later[4:]):
            self.another(store).transact(*key, recording(*events))
        wanted = list(numbered(*first, *later))
        for size in (1, 2, 3, 7, 100):
            page = partial(store.history, *key)
            found = pages(page, lambda event: event.number or 0, size)
            same(f"the history in pages of {size}", found, wanted)
        last("behind the last", store.history(*key, after=7))
        last("far behind the last", store.history(*key, after=1_000))
        last("behind the third", store.history(*key, after=3), *wanted[3:])
        last("a history of nothing", store.history(bare.client_id, bare.id))
        for limit in (0, -1):
            raises(InvalidError, "no size", partial(store.history, *key, limit=limit))
            raises(InvalidError, "no size", partial(store.suggestions, key[0], limit=limit))

    def test_each_campaign_has_a_history_of_its_own(self, store: Store) -> None:
        """Numbers are a campaign's, and what one does the other does not tell."""
        tenant, stranger = self.tenant(store), self.tenant(store)
        campaigns = [tenant.campaign(1), tenant.campaign(2), stranger.campaign(1)]
        for campaign in campaigns:
            store.add(campaign, [happened(campaign, "made")])
        for turn in range(3):
            for campaign in campaigns[: turn + 1]:
                key = campaign.client_id, campaign.id
                store.transact(*key, recording(happened(campaign, f"turn {turn}")))
        for missing, campaign in enumerate(campaigns):
            words = ["made", *(f"turn {turn}" for turn in range(missing, 3))]
            wanted = numbered(*(happened(campaign, word) for word in words))
            same("the history", tuple(story(store, campaign)), wanted)

    def test_suggestions_are_found_by_campaign_and_state(self, store: Store) -> None:
        """Of one campaign or of all the client's, in the order of their ids, page by page."""
        tenant, stranger = self.tenant(store), self.tenant(store)
        one, two = store.add_all([tenant.campaign(1), tenant.campaign(2, deleted_at=CREATED)])
        theirs = store.add(stranger.campaign(1))
        made: list[Suggestion] = []
        for number in (5, 1, 4, 2, 6, 3):
            state = list(SuggestionState)[number - 1]
            for campaign in (one, two, theirs):
                suggestion = proposed(campaign, number)
                if state is not _PENDING:
                    suggestion = decided(suggestion, state)
                store.transact(campaign.client_id, campaign.id, recording(suggestion))
                made.append(suggestion)
        made.sort(key=lambda suggestion: suggestion.id)
        asks: Sequence[set[SuggestionState] | None] = (
            None,
            set(),
            {_PENDING},
            {SuggestionState.REJECTED, SuggestionState.CLOSED},
            set(SuggestionState),
        )
        for campaign_ids, campaign_id in (
            ({one.id, two.id}, None),
            ({one.id}, one.id),
            ({two.id}, two.id),
        ):
            for states in asks:
                wanted = [
                    suggestion
                    for suggestion in made
                    if suggestion.campaign_id in campaign_ids
                    and (states is None or suggestion.state in states)
                ]
                page = partial(store.suggestions, one.client_id, campaign_id, states=states)
                for size in (1, 4, 100):
                    found = pages(page, lambda suggestion: suggestion.id, size)
                    same(f"suggestions in {states}, in pages of {size}", found, wanted)
        last("of a client without campaigns", store.suggestions(uuid4()))

    def test_a_suggestion_is_replaced_by_what_became_of_it(self, store: Store) -> None:
        """By its id; the others stay as they are."""
        campaign = store.add(self.tenant(store).campaign())
        key = campaign.client_id, campaign.id
        one, two, three = (proposed(campaign, number) for number in (1, 2, 3))
        store.transact(*key, recording(one, two))
        after = decided(one, SuggestionState.REJECTED)
        self.another(store).transact(*key, recording(three, after))
        same("the suggestions", proposals(store, campaign), [after, two, three])
        same("the suggestion", store.suggestion(key[0], one.id), after)
        same(
            "what is pending", self._seen(store, campaign, pending=True).keys(), {two.id, three.id}
        )

    def test_a_decision_sees_the_suggestions_that_it_asks_for(self, store: Store) -> None:
        """Those named, and all that are pending; none of another campaign's, and none unasked."""
        tenant = self.tenant(store)
        campaign, other = store.add_all([tenant.campaign(1), tenant.campaign(2)])
        key = campaign.client_id, campaign.id
        pending = [proposed(campaign, number) for number in (1, 2)]
        done = decided(proposed(campaign, 3), SuggestionState.APPROVED)
        store.transact(*key, recording(*pending, done))
        strange = proposed(other, 4)
        store.transact(other.client_id, other.id, recording(strange))
        one, two, three = pending[0].id, pending[1].id, done.id
        asks: Sequence[tuple[list[UUID], bool, set[UUID]]] = (
            ([], False, set()),
            ([], True, {one, two}),
            ([three], False, {three}),
            ([three, one, one], False, {one, three}),
            ([three], True, {one, two, three}),
            ([strange.id, uuid4()], False, set()),
        )
        for ids, with_pending, wanted in asks:
            seen = self._seen(store, campaign, suggestion_ids=ids, pending=with_pending)
            same(f"what is seen of {ids}", seen.keys(), wanted)
            holds("they are as they were", set(seen.values()) <= {*pending, done})
        before = state(store, campaign)
        same("what a snapshot alone has of them", before.snapshot.suggestions, {})

    def test_a_decision_is_told_the_last_suggestion_if_it_asks(self, store: Store) -> None:
        """The greatest id of the campaign's own, whatever became of it."""
        tenant = self.tenant(store)
        campaign, other = store.add_all([tenant.campaign(1), tenant.campaign(2)])

        def check(what: str, wanted: UUID | None) -> None:
            same(what, self._last_suggestion(store, campaign, last_suggestion=True), wanted)

        check("the last of none", None)
        greatest = decided(proposed(campaign, 3), SuggestionState.REJECTED)
        for suggestion in (greatest, proposed(campaign, 1), proposed(other, 4)):
            owner = campaign.client_id, suggestion.campaign_id
            store.transact(*owner, recording(suggestion))
        check("the last", greatest.id)
        same("the last, unasked", self._last_suggestion(store, campaign), None)
        self.another(store).transact(
            campaign.client_id, campaign.id, recording(proposed(campaign, 5))
        )
        check("the last, after another", proposed(campaign, 5).id)

    def _last_suggestion(self, store: Store, campaign: Campaign, **asked: Any) -> UUID | None:  # noqa: ANN401
        def decide(snapshot: Snapshot) -> Writes[UUID]:
            return Writes(outcome=snapshot.last_suggestion)

        return store.transact(campaign.client_id, campaign.id, decide, **asked).outcome

    def _seen(self, store: Store, campaign: Campaign, **asked: Any) -> dict[UUID, Suggestion]:  # noqa: ANN401
        def decide(snapshot: Snapshot) -> Writes[dict[UUID, Suggestion]]:
            return Writes(outcome=dict(snapshot.suggestions))

        return store.transact(campaign.client_id, campaign.id, decide, **asked).outcome or {}

    def test_records_of_another_client_are_not_found(self, store: Store) -> None:
        """Neither by the campaign's id nor by the suggestion's."""
        owner, stranger = self.tenant(store), self.tenant(store)
        campaign = store.add(owner.campaign(), [])
        own = store.add(stranger.campaign())
        suggestion = proposed(campaign)
        key = campaign.client_id, campaign.id
        store.transact(*key, recording(suggestion, happened(campaign, "done")))
        client_id = stranger.client_id
        calls: dict[str, Callable[[], object]] = {
            "history": partial(store.history, client_id, campaign.id),
            "suggestions": partial(store.suggestions, client_id, campaign.id),
            "suggestion": partial(store.suggestion, client_id, suggestion.id),
            "history of nothing": partial(store.history, client_id, uuid4()),
            "suggestions for nothing": partial(store.suggestions, client_id, uuid4()),
            "no suggestion": partial(store.suggestion, client_id, uuid4()),
        }
        for what, call in calls.items():
            raises(NotFoundError, what, call)
        last("the stranger's suggestions", store.suggestions(client_id))
        last("the stranger's own", store.suggestions(client_id, own.id))
        last("the owner's", store.suggestions(owner.client_id), suggestion)

    def test_records_are_written_with_what_they_tell_of_or_not_at_all(self, store: Store) -> None:
        """Where anything of it does not fit there is neither the one nor the other."""
        tenant = self.tenant(store)
        campaign, other = store.add_all([tenant.campaign(1), tenant.campaign(2)])
        key = campaign.client_id, campaign.id
        there, strange = proposed(campaign, 1), proposed(other, 2)
        store.transact(*key, admitting(assigned("a")))
        store.transact(*key, recording(there, happened(campaign, "before")))
        store.transact(other.client_id, other.id, recording(strange, happened(other, "before")))
        before = state(store, campaign, DAY), state(store, other, DAY)
        new, event = proposed(campaign, 3), happened(campaign, "half")
        after = evolve(campaign, name="half")
        good = Writes[None](
            campaign=after,
            assigned=(assigned("b"),),
            suggestions=(new, decided(there, SuggestionState.CLOSED)),
            events=(event, event),
        )
        unfit = {
            "a lead that is there": evolve(good, assigned=(assigned("a"),)),
            "a release of nobody": evolve(good, released=("nobody",)),
            "a suggestion twice": evolve(good, suggestions=(new, new)),
            "another's suggestion": evolve(good, suggestions=(new, strange)),
            "another's suggestion as its own": evolve(
                good, suggestions=(new, evolve(strange, campaign_id=campaign.id))
            ),
            "another's event": evolve(good, events=(event, happened(other, "half"))),
            "an event of a suggestion that there is not": evolve(
                good, events=(event, evolve(event, suggestion_id=uuid4()))
            ),
            "an event of another's suggestion": evolve(
                good, events=(event, evolve(event, suggestion_id=strange.id))
            ),
        }
        for what, writes in unfit.items():
            raises(ConflictError, what, partial(store.transact, *key, writing(writes)))
            now = state(store, campaign, DAY), state(store, other, DAY)
            same(f"what is stored after {what}", now, before)
        written = store.transact(*key, writing(good))
        same("what was written", written.suggestions, good.suggestions)
        same("the suggestions", len(proposals(store, campaign)), 2)
        same("the history", [e.reason for e in story(store, campaign)], ["before", "half", "half"])

    def test_a_campaign_is_added_with_its_history_or_not_at_all(self, store: Store) -> None:
        """An id that is taken leaves no events, and no campaign brings those of another."""
        tenant = self.tenant(store)
        campaign, new = tenant.campaign(1), tenant.campaign(2)
        store.add(campaign, [happened(campaign, "made")])
        before = state(store, campaign, DAY)
        made = [happened(new, "made"), happened(campaign, "made again")]
        raises(AlreadyExistsError, "an id twice", partial(store.add_all, [new, campaign], made))
        raises(ConflictError, "an event of another", partial(store.add_all, [new], made))
        raises(ConflictError, "an event of nothing", partial(store.add_all, [], made))
        same("what was there", state(store, campaign, DAY), before)
        raises(NotFoundError, "what was never added", partial(store.get, new.client_id, new.id))
        store.add(new, made[:1])
        same("its history", tuple(story(store, new)), numbered(made[0]))
