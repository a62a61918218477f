"""Stores that break what the contract says of the campaigns of a client, each in one way."""

# ruff: noqa: ANN401, ARG002, SLF001  # they spoil what the store in memory has
# pyright: reportPrivateUsage=false, reportIncompatibleVariableOverride=false

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID

from attrs import evolve

from campaignkit import ChannelCounts, Claim, ClientEvent, ClientState, LeadRecord
from campaignkit.clients import LeadEntryKind, Suppression
from campaignkit.domain._snapshot import OutcomeT
from campaignkit.storage import (
    ClientHistoryQuery,
    ClientSnapshot,
    ClientSnapshotQuery,
    ClientWrites,
    Decide,
    DecideClient,
    LeadQuery,
    MemoryStore,
    Page,
    Snapshot,
    SnapshotQuery,
    SuppressionsQuery,
    Writes,
)
from campaignkit.storage._memory_clients import ClientRecord
from tests.testing.broken import AnswersWrongly, Meeting, noticed_by


class _SeesWrongly(MemoryStore):
    """Has something else in what a decision on a campaign sees."""

    def see(self, found: Snapshot, query: SnapshotQuery) -> Snapshot:
        client = found.client
        return found if client is None else evolve(found, client=self.alter(client, query))

    def alter(self, client: ClientState, query: SnapshotQuery) -> ClientState:
        raise NotImplementedError

    def _get_snapshot(self, query: SnapshotQuery) -> Snapshot:
        return self.see(super()._get_snapshot(query), query)

    _answers: ClassVar[Mapping[type, Callable[[Any, Any], object]]] = {
        **MemoryStore._answers,
        SnapshotQuery: lambda self, query: self._get_snapshot(query),
    }


class _WritesWrongly(MemoryStore):
    """Writes something else of a client than a decision says."""

    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        raise NotImplementedError

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        def altered(before: ClientSnapshot) -> ClientWrites[OutcomeT]:
            writes = decide(before)
            return self.alter(writes, before) if type(writes) is ClientWrites else writes

        if not callable(decide):
            return super().apply_client_decision(query, decide)
        return super().apply_client_decision(query, altered)


# -- The client ------------------------------------------------------------------------------------


@noticed_by("test_a_client_is_adopted_once")
class AdoptsEveryClient(_SeesWrongly):
    def see(self, found: Snapshot, query: SnapshotQuery) -> Snapshot:
        return found if found.client else evolve(found, client=ClientState())


@noticed_by("test_a_client_is_adopted_once")
class ForgetsAClientThatIsAdoptedAgain(MemoryStore):
    def adopt_client(self, client_id: UUID) -> None:
        super().adopt_client(client_id)
        self._clients[client_id] = ClientRecord()


@noticed_by("test_a_client_is_adopted_once")
class AdoptsWhereverItWrites(MemoryStore):
    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        self.adopt_client(query.client_id)
        return super().apply_client_decision(query, decide)


@noticed_by("test_any_policy_comes_back_as_it_was")
class ForgetsCooldowns(_WritesWrongly):
    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        policy = writes.policy
        return evolve(writes, policy=None if policy is None else evolve(policy, cooldown=None))


@noticed_by("test_each_act_of_a_client_raises_its_revision")
class CountsOnlyActsOnAClient(MemoryStore):
    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        client = self._clients.get(query.client_id, ClientRecord())
        before = client.revision
        written = super().apply_decision(query, decide)
        client.revision = before
        return written


@noticed_by("test_each_act_of_a_client_raises_its_revision")
class CountsItsReaders(AnswersWrongly):
    kind = ClientSnapshotQuery

    def ask(self, query: Any) -> Any:
        for client in self._clients.values():
            client.revision += 1
        return super().ask(query)

    def answer(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        return self.as_it_should(query)


@noticed_by("test_the_history_of_a_client_is_kept")
class NumbersEventsFromZero(AnswersWrongly):
    kind = ClientHistoryQuery

    def answer(self, query: ClientHistoryQuery) -> Page[ClientEvent, int]:
        page = self.as_it_should(query)
        items = [evolve(event, number=(event.number or 0) - 1) for event in page.items]
        return evolve(page, items=tuple(items))


@noticed_by("test_the_history_of_a_client_is_kept")
class HasOneHistoryForAll(AnswersWrongly):
    kind = ClientHistoryQuery

    def answer(self, query: ClientHistoryQuery) -> Page[ClientEvent, int]:
        longest = max(self._clients, key=lambda key: len(self._clients[key].events))
        return self.as_it_should(query, client_id=longest)


@noticed_by("test_the_history_of_a_client_is_kept")
class ForgetsEventsOfCampaigns(MemoryStore):
    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        def decide_without(before: Snapshot) -> Writes[OutcomeT]:
            writes = decide(before)
            own = {event.client_id for event in getattr(writes, "client_events", ())}
            return evolve(writes, client_events=()) if own == {query.client_id} else writes

        return super().apply_decision(query, decide_without if callable(decide) else decide)


@noticed_by("test_a_decision_on_a_client_that_raises_writes_nothing")
class SetsThePolicyBeforeItChecks(_WritesWrongly):
    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        for client in self._clients.values():
            client.policy = writes.policy or client.policy
        return writes


@noticed_by("test_a_decision_on_a_client_that_raises_writes_nothing")
class LiftsWhatIsNotThere(_WritesWrongly):
    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        there = before.client.suppressions
        return evolve(
            writes, lifted=tuple(s for s in writes.lifted if s in there.get(s.lead_id, ()))
        )


# -- What was used ---------------------------------------------------------------------------------


class _CountsWrongly(_SeesWrongly):
    def alter(self, client: ClientState, query: SnapshotQuery) -> ClientState:
        return evolve(client, used=self.count(client.used, query))

    def count(
        self, used: Mapping[date, ChannelCounts], query: SnapshotQuery
    ) -> Mapping[date, ChannelCounts]:
        raise NotImplementedError


@noticed_by("test_channels_of_days_are_counted_over_campaigns")
class CountsItsOwnCampaign(_CountsWrongly):
    def count(
        self, used: Mapping[date, ChannelCounts], query: SnapshotQuery
    ) -> Mapping[date, ChannelCounts]:
        own = self._records[query.campaign_id].days
        return {day: own[day] for day in used if day in own}


@noticed_by("test_channels_of_days_are_counted_over_campaigns")
class GivesBackTheContacted(_CountsWrongly):
    def count(
        self, used: Mapping[date, ChannelCounts], query: SnapshotQuery
    ) -> Mapping[date, ChannelCounts]:
        left = {day: [*counts.amounts] for day, counts in used.items()}
        for record in self._list_records(query.client_id):
            for gone in record.releases:
                if gone.contacted and gone.assignment.day in left:
                    left[gone.assignment.day][
                        [*ChannelCounts()].index(gone.assignment.channel)
                    ] -= 1
        return {day: ChannelCounts.of(amounts) for day, amounts in left.items()}


@noticed_by("test_the_days_around_a_day_are_counted")
class LooksBackOnly(_CountsWrongly):
    def count(
        self, used: Mapping[date, ChannelCounts], query: SnapshotQuery
    ) -> Mapping[date, ChannelCounts]:
        return {day: counts for day, counts in used.items() if query.day and day <= query.day}


@noticed_by("test_the_days_around_a_day_are_counted")
class LooksAWeekBack(_CountsWrongly):
    def count(
        self, used: Mapping[date, ChannelCounts], query: SnapshotQuery
    ) -> Mapping[date, ChannelCounts]:
        if query.day is None or query.day.year in {date.min.year, date.max.year}:
            return used
        early = self._find_used(query.client_id, query.day - timedelta(days=1))
        return {**early, **used}


# -- Claims ----------------------------------------------------------------------------------------


class _ClaimsWrongly(_SeesWrongly):
    def alter(self, client: ClientState, query: SnapshotQuery) -> ClientState:
        kept = {i: self.choose(claims, query) for i, claims in client.claims.items()}
        return evolve(client, claims={i: claims for i, claims in kept.items() if claims})

    def choose(self, claims: tuple[Claim, ...], query: SnapshotQuery) -> tuple[Claim, ...]:
        raise NotImplementedError


@noticed_by("test_other_campaigns_have_claims")
class TakesAllClaimsForLive(_ClaimsWrongly):
    def choose(self, claims: tuple[Claim, ...], query: SnapshotQuery) -> tuple[Claim, ...]:
        return tuple(evolve(claim, is_live=True) for claim in claims)


@noticed_by("test_other_campaigns_have_claims")
class ForgetsWhatIsOver(_ClaimsWrongly):
    def choose(self, claims: tuple[Claim, ...], query: SnapshotQuery) -> tuple[Claim, ...]:
        return tuple(claim for claim in claims if claim.is_live)


@noticed_by("test_other_campaigns_have_claims")
class HasOneClaimALead(_ClaimsWrongly):
    def choose(self, claims: tuple[Claim, ...], query: SnapshotQuery) -> tuple[Claim, ...]:
        return claims[:1]


@noticed_by("test_other_campaigns_have_claims")
class ClaimsItsOwnLeads(_SeesWrongly):
    def alter(self, client: ClientState, query: SnapshotQuery) -> ClientState:
        record = self._records[query.campaign_id]
        own = {i: (*record.find_claims(i),) for i in query.lead_ids if query.day}
        every = {i: (*client.claims.get(i, ()), *claims) for i, claims in own.items()}
        return evolve(client, claims={i: claims for i, claims in every.items() if claims})


@noticed_by("test_a_campaign_knows_which_of_its_leads_are_elsewhere")
class AlwaysLooksElsewhere(_SeesWrongly):
    def _get_snapshot(self, query: SnapshotQuery) -> Snapshot:
        return MemoryStore._get_snapshot(self, evolve(query, elsewhere=True))


@noticed_by("test_a_campaign_knows_which_of_its_leads_are_elsewhere")
class FindsItAllElsewhere(_SeesWrongly):
    def see(self, found: Snapshot, query: SnapshotQuery) -> Snapshot:
        leads = self._records[query.campaign_id].leads
        others = [r for r in self._list_records(query.client_id) if r.leads is not leads]
        there = {i: lead for i, lead in leads.items() if any(i in r.leads for r in others)}
        return evolve(found, elsewhere=there if query.elsewhere else {})


@noticed_by("test_a_campaign_remembers_whom_it_has_contacted")
class TakesEachReleaseForContacted(_SeesWrongly):
    def see(self, found: Snapshot, query: SnapshotQuery) -> Snapshot:
        gone = {one.lead_id for one in self._records[query.campaign_id].releases}
        return evolve(found, contacted=frozenset(gone.intersection(query.lead_ids)))


@noticed_by("test_a_campaign_remembers_whom_it_has_contacted")
class RemembersOnlyForAClient(_SeesWrongly):
    def see(self, found: Snapshot, query: SnapshotQuery) -> Snapshot:
        return found if found.client else evolve(found, contacted=frozenset())


# -- Suppressions ----------------------------------------------------------------------------------


@noticed_by("test_suppressions_add_up")
class SeesSuppressionsOfDaysOnly(_SeesWrongly):
    def alter(self, client: ClientState, query: SnapshotQuery) -> ClientState:
        return client if query.day else evolve(client, suppressions={})


@noticed_by("test_suppressions_add_up")
class KeepsTheFirstSuppression(_WritesWrongly):
    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        several = [some for c in self._clients.values() for some in c.suppressions.values()]
        stored = {(one.lead_id, one.channel) for some in several for one in some}
        new = [one for one in writes.suppressions if (one.lead_id, one.channel) not in stored]
        return evolve(writes, suppressions=tuple(new))


@noticed_by("test_suppressions_add_up", "test_suppressions_are_lifted")
class KeepsTheLastSuppression(_WritesWrongly):
    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        for client in self._clients.values():
            for one in writes.suppressions:
                client.suppressions.pop(one.lead_id, None)
        return evolve(writes, lifted=())


@noticed_by("test_suppressions_are_lifted")
class LiftsAllOfALead(_WritesWrongly):
    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        ids = {one.lead_id for one in writes.lifted}
        stored = before.client.suppressions.items()
        return evolve(writes, lifted=tuple(one for i, some in stored if i in ids for one in some))


@noticed_by("test_a_page_has_all_suppressions_of_a_lead")
class CutsLeadsInTwo(AnswersWrongly):
    kind = SuppressionsQuery

    def answer(self, query: SuppressionsQuery) -> Page[Suppression, str]:
        page = self.as_it_should(query)
        return evolve(page, items=page.items[: query.limit])


@noticed_by("test_many_leads_can_be_suppressed")
class SuppressesOnlySoMany(_WritesWrongly):
    def alter(self, writes: ClientWrites[Any], before: ClientSnapshot) -> ClientWrites[Any]:
        return evolve(writes, suppressions=writes.suppressions[:999])


class _LivesWrongly(MemoryStore):
    def answer(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        raise NotImplementedError

    def _get_client_snapshot(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        return self.answer(query)


@noticed_by("test_a_decision_on_a_client_sees_live_assignments")
class AlwaysReadsWhatIsLive(_LivesWrongly):
    def answer(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        return MemoryStore._get_client_snapshot(self, evolve(query, live=True))


@noticed_by("test_a_decision_on_a_client_sees_live_assignments")
class HasOneLiveAssignment(_LivesWrongly):
    def answer(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        found = MemoryStore._get_client_snapshot(self, query)
        return evolve(found, assignments=found.assignments[:1])


@noticed_by("test_leads_of_several_campaigns_are_counted")
class CountsWhatIsOver(_LivesWrongly):
    def answer(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        found = MemoryStore._get_client_snapshot(self, query)
        records = self._list_records(query.client_id)
        times = Counter(lead_id for record in records for lead_id in record.leads)
        doubles = sum(number > 1 for number in times.values())
        return evolve(found, doubles=doubles if query.doubles else 0)


@noticed_by("test_leads_of_several_campaigns_are_counted")
class AlwaysCountsDoubles(_LivesWrongly):
    def answer(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        return MemoryStore._get_client_snapshot(self, evolve(query, doubles=True))


# -- A lead ----------------------------------------------------------------------------------------


@noticed_by("test_a_lead_has_a_record")
class ForgetsReleases(AnswersWrongly):
    kind = LeadQuery

    def answer(self, query: LeadQuery) -> LeadRecord:
        record = self.as_it_should(query)
        kept = [entry for entry in record.entries if entry.kind is not LeadEntryKind.RELEASED]
        return evolve(record, entries=tuple(kept))


@noticed_by("test_a_lead_has_a_record")
class TellsTheLastFirst(AnswersWrongly):
    kind = LeadQuery

    def answer(self, query: LeadQuery) -> LeadRecord:
        record = self.as_it_should(query)
        return evolve(record, entries=record.entries[::-1])


class _ErasesWrongly(MemoryStore):
    """Spoils what it has of a campaign, once a lead was erased."""

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        before = dict(self._records)
        writes = super().apply_client_decision(query, decide)
        if writes.erased is not None:
            self.spoil(before, query.client_id, writes.erased)
        return writes

    def spoil(self, before: Mapping[UUID, Any], client_id: UUID, lead_id: str) -> None:
        raise NotImplementedError


@noticed_by("test_a_lead_is_erased")
class LeavesIdsInSuggestions(_ErasesWrongly):
    def spoil(self, before: Mapping[UUID, Any], client_id: UUID, lead_id: str) -> None:
        for campaign_id, record in self._records.items():
            record.suggestions = before[campaign_id].suggestions


@noticed_by("test_a_lead_is_erased")
class LeavesIdsInReleases(_ErasesWrongly):
    def spoil(self, before: Mapping[UUID, Any], client_id: UUID, lead_id: str) -> None:
        for campaign_id, record in self._records.items():
            record.releases = before[campaign_id].releases


@noticed_by("test_a_lead_is_erased", "test_an_erased_lead_stays_erased")
class RemovesTheLead(_ErasesWrongly):
    def spoil(self, before: Mapping[UUID, Any], client_id: UUID, lead_id: str) -> None:
        for record in self._records.values():
            record.leads = {i: one for i, one in record.leads.items() if i[:7] != "erased:"}


@noticed_by("test_a_lead_is_erased", "test_an_erased_lead_stays_erased")
class ForgetsItsKey(_ErasesWrongly):
    def spoil(self, before: Mapping[UUID, Any], client_id: UUID, lead_id: str) -> None:
        self._clients[client_id].key = None


# -- Threads ---------------------------------------------------------------------------------------


@noticed_by("test_a_clients_limits_hold_among_threads")
class LooksAtTheClientBeforeItLocks(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting()

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        client = self.ask(query).client
        self.meeting.wait()
        return super().apply_decision(query, lambda now: decide(evolve(now, client=client)))
