"""Stores that break the contract, each in one way, and the tests of the kit that must notice."""

# ruff: noqa: ANN401, ARG002  # arguments are passed on, whatever they are, or not looked at

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Condition
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from attrs import evolve

from campaignkit import (
    AlreadyExistsError,
    Assignment,
    Campaign,
    CampaignStatus,
    ChannelCounts,
    ConflictError,
    Event,
    Fields,
    InvalidError,
    NotFoundError,
    Progress,
    Rejection,
    StorageError,
    Suggestion,
    SuggestionHead,
    SuggestionState,
)
from campaignkit.commands import AssignLeads, ReleaseLeads
from campaignkit.domain._snapshot import OutcomeT
from campaignkit.storage import (
    AssignmentsQuery,
    AsyncMemoryStore,
    CampaignQuery,
    CampaignsQuery,
    Decide,
    FeedQuery,
    HistoryQuery,
    MemoryStore,
    Page,
    Query,
    RunningCampaignsQuery,
    Snapshot,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    Writes,
    choose_events,
    pair_with_events,
    read_cursor,
    write_cursor,
)
from campaignkit.testing._stored import make_releases

AnswerT = TypeVar("AnswerT")
StoreT = TypeVar("StoreT", bound=type[MemoryStore] | type[AsyncMemoryStore])

BROKEN: list[tuple[type[MemoryStore | AsyncMemoryStore], str]] = []
"""Each broken store with each test that must notice, as far as it is named here."""

# A test that many stores break; it plays random histories against them.
HISTORY = "test_any_history"


def noticed_by(*tests: str) -> Callable[[StoreT], StoreT]:
    def register(store: StoreT) -> StoreT:
        BROKEN.extend((store, test) for test in tests)
        return store

    return register


class Meeting:
    """Where two threads wait for each other, once, so that what may happen does happen."""

    def __init__(self) -> None:
        self._barrier = Barrier(2)
        self._is_over = False

    def wait(self) -> None:
        if not self._is_over:
            try:
                self._barrier.wait(0.3)
                self._is_over = True
            except BrokenBarrierError:  # nobody else is on the way
                self._barrier.reset()


class AnswersWrongly(MemoryStore):
    """Answers one kind of query in its own way."""

    kind: ClassVar[type[Query[Any]]]

    def ask(self, query: Any) -> Any:
        return self.answer(query) if isinstance(query, self.kind) else super().ask(query)

    def answer(self, query: Any) -> Any:
        raise NotImplementedError

    def as_it_should(self, query: Query[AnswerT], **changes: Any) -> AnswerT:
        changed: Query[AnswerT] = evolve(cast("Any", query), **changes)
        return super().ask(changed)


# -- Adding ----------------------------------------------------------------------------------------


class _AltersCampaigns(MemoryStore):
    def alter(self, campaign: Campaign) -> Campaign:
        raise NotImplementedError

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        return super().add_all([self.alter(campaign) for campaign in campaigns], events)

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args

        def altered(snapshot: Snapshot) -> Writes[Any]:
            writes: Writes[Any] = decide(snapshot)
            new = writes.campaign
            return writes if new is None else evolve(writes, campaign=self.alter(new))

        return super().transact(client_id, campaign_id, altered, **asked)


def _list_released(writes: Writes[Any]) -> set[str]:
    return {gone.lead_id for gone in writes.released}


@noticed_by("test_any_campaign_comes_back_as_it_was", "test_writes_are_kept")
class RoundsTimes(_AltersCampaigns):
    def alter(self, campaign: Campaign) -> Campaign:
        whole = campaign.updated_at.replace(
            microsecond=campaign.updated_at.microsecond // 1000 * 1000
        )
        return evolve(campaign, updated_at=whole)


@noticed_by("test_any_campaign_comes_back_as_it_was")
class ComposesCharacters(_AltersCampaigns):
    def alter(self, campaign: Campaign) -> Campaign:
        return evolve(campaign, name=unicodedata.normalize("NFC", campaign.name))


@noticed_by("test_any_campaign_comes_back_as_it_was")
class StripsTexts(_AltersCampaigns):
    def alter(self, campaign: Campaign) -> Campaign:
        return evolve(campaign, name=campaign.name.strip())


@noticed_by("test_any_campaign_comes_back_as_it_was")
class HasSmallIntegers(_AltersCampaigns):
    def alter(self, campaign: Campaign) -> Campaign:
        return evolve(campaign, daily_lead_limit=min(campaign.daily_lead_limit, 2**15 - 1))


@noticed_by("test_any_campaign_comes_back_as_it_was", "test_writes_are_kept")
class ForgetsTargets(_AltersCampaigns):
    def alter(self, campaign: Campaign) -> Campaign:
        return evolve(campaign, targeting=evolve(campaign.targeting, locations=()))


@noticed_by(HISTORY)
class LetsTimeOnlyAdvance(_AltersCampaigns):
    def alter(self, campaign: Campaign) -> Campaign:
        if (record := self._records.get(campaign.id)) is None:
            return campaign
        earliest = record.campaign.updated_at + timedelta(microseconds=1)
        return evolve(campaign, updated_at=max(campaign.updated_at, earliest))


@noticed_by(HISTORY)
class BeginsWithASecondEpoch(AnswersWrongly):
    kind = SnapshotQuery

    def answer(self, query: SnapshotQuery) -> Snapshot:
        found = self.as_it_should(query)
        return evolve(found, progress=evolve(found.progress, epoch=found.progress.epoch + 1))


@noticed_by("test_campaigns_are_added_all_or_none", HISTORY)
class OverwritesDuplicates(MemoryStore):
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        new = tuple(campaigns)
        for campaign in new:
            self._records.pop(campaign.id, None)
        return super().add_all({campaign.id: campaign for campaign in new}.values(), events)


@noticed_by("test_campaigns_are_added_all_or_none")
class SeesOnlyItsClientsDuplicates(MemoryStore):
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        new = tuple(campaigns)
        for campaign in new:
            there = self._records.get(campaign.id)
            if there is not None and there.campaign.client_id != campaign.client_id:
                del self._records[campaign.id]
        return super().add_all(new, events)


@noticed_by("test_campaigns_are_added_all_or_none")
class AddsUpToTheFirstClash(MemoryStore):
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        return tuple(
            super(AddsUpToTheFirstClash, self).add_all([one], events)[0] for one in campaigns
        )


@noticed_by("test_any_number_of_campaigns_can_be_added")
class AddsOnlyABatch(MemoryStore):
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        return super().add_all(list(campaigns)[:200], events)


@noticed_by("test_any_number_of_campaigns_can_be_added")
class ReadsWhatItAddsTwice(MemoryStore):
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        super().add_all(campaigns, events)
        return tuple(campaigns)


@noticed_by("test_a_client_must_be_known_where_clients_are")
class TakesAnyClient(MemoryStore):
    """The kit is told that it does not."""


# -- Reading ---------------------------------------------------------------------------------------


@noticed_by("test_another_clients_campaign_is_not_found")
class HasNoLeadsForNobody(AnswersWrongly):
    kind = AssignmentsQuery

    def answer(self, query: AssignmentsQuery) -> Page[Assignment, str]:
        try:
            return self.as_it_should(query)
        except NotFoundError:
            return Page(())


@noticed_by("test_another_clients_campaign_is_not_found", HISTORY)
class IgnoresTheClient(MemoryStore):
    def _record(self, client_id: UUID, campaign_id: UUID) -> Any:
        record = self._records.get(campaign_id)
        owner = client_id if record is None else record.campaign.client_id
        return super()._record(owner, campaign_id)


@noticed_by("test_another_clients_campaign_is_not_found")
class WritesForAnyClient(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args
        record = self._records.get(campaign_id)
        owner = client_id if record is None else record.campaign.client_id
        return super().transact(owner, campaign_id, decide, **asked)


class _FindsWrongly(AnswersWrongly):
    kind = CampaignsQuery


@noticed_by(
    "test_another_clients_campaign_is_not_found",
    "test_campaigns_are_found_by_status_day_and_deletion",
)
class FindsForAllClients(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        clients = {record.campaign.client_id for record in self._records.values()}
        pages = [self.as_it_should(query, client_id=one) for one in clients | {query.client_id}]
        items = [campaign for page in pages for campaign in page.items]
        return Page(tuple(sorted(items, key=lambda campaign: campaign.id)))


@noticed_by(HISTORY, "test_campaigns_are_found_by_status_day_and_deletion")
class FindsDeleted(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        return self.as_it_should(query, include_deleted=True)


@noticed_by(HISTORY)
class GetsDeleted(AnswersWrongly):
    kind = CampaignQuery

    def answer(self, query: CampaignQuery) -> Campaign:
        return self.as_it_should(query, include_deleted=True)


@noticed_by(HISTORY)
class ForgetsWhatDeletedOnesDid(AnswersWrongly):
    kind = AssignmentsQuery

    def answer(self, query: AssignmentsQuery) -> Page[Assignment, str]:
        self.get(query.client_id, query.campaign_id)
        return self.as_it_should(query)


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class TakesNoStatusForAny(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        return self.as_it_should(query, statuses=query.statuses or None)


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class EndsADayEarly(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        page, day = self.as_it_should(query), query.running_on
        kept = tuple(c for c in page.items if day is None or c.end_date is None or day < c.end_date)
        return evolve(page, items=kept)


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class FindsDeletedOnesRunning(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        page, day = self.as_it_should(query, running_on=None), query.running_on
        kept = tuple(
            c
            for c in page.items
            if day is None
            or c.is_running(day)
            or (query.include_deleted and evolve(c, deleted_at=None).is_running(day))
        )
        return evolve(page, items=kept)


class _RunsWrongly(AnswersWrongly):
    kind = RunningCampaignsQuery

    def answer(self, query: RunningCampaignsQuery) -> Page[Campaign, UUID]:
        page = self.as_it_should(query)
        return evolve(page, items=tuple(c for c in page.items if self.keeps(c)))

    def keeps(self, campaign: Campaign) -> bool:
        raise NotImplementedError


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class SeesTheFirstClientOnly(_RunsWrongly):
    def keeps(self, campaign: Campaign) -> bool:
        first = next(iter(self._records.values())).campaign
        return campaign.client_id == first.client_id


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class SeesOnlyWhatHasNoDates(_RunsWrongly):
    def keeps(self, campaign: Campaign) -> bool:
        return campaign.start_date is None


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class SeesAllThatIsActive(AnswersWrongly):
    kind = RunningCampaignsQuery

    def answer(self, query: RunningCampaignsQuery) -> Page[Campaign, UUID]:
        page = self.as_it_should(query)
        active = [
            record.campaign
            for record in self._records.values()
            if record.campaign.status is CampaignStatus.ACTIVE
        ]
        return evolve(page, items=tuple(sorted(active, key=lambda c: c.id)), next=None)


@noticed_by("test_each_running_campaign_may_have_its_own_day")
class TakesAnyDayForTheFirst(AnswersWrongly):
    kind = RunningCampaignsQuery

    def answer(self, query: RunningCampaignsQuery) -> Page[Campaign, UUID]:
        dates = [record.campaign.start_date for record in self._records.values()]
        first = min((start for start in dates if start), default=None)
        return self.as_it_should(query, day=query.day or first)


@noticed_by("test_a_condition_that_a_store_cannot_apply_is_refused")
class IgnoresConditions(AnswersWrongly):
    kind = RunningCampaignsQuery

    def answer(self, query: RunningCampaignsQuery) -> Page[Campaign, UUID]:
        return self.as_it_should(query, where=None)


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion", HISTORY)
class SkipsAtAPagesEnd(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        page = self.as_it_should(query)
        return page if query.after is None else evolve(page, items=page.items[1:])


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class RepeatsAtAPagesEnd(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        after = query.after and UUID(int=query.after.int - 1)
        return self.as_it_should(query, after=after)


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class EndsAfterAPage(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        return evolve(self.as_it_should(query), next=None)


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class HasAnEmptyLastPage(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        page = self.as_it_should(query)
        return evolve(page, next=page.items[-1].id if page.items else None)


@noticed_by("test_campaigns_are_found_by_status_day_and_deletion")
class FiltersAfterPaging(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        page = self.as_it_should(query, include_deleted=True)
        kept = tuple(c for c in page.items if query.include_deleted or c.deleted_at is None)
        return evolve(page, items=kept)


@noticed_by("test_campaigns_are_ordered_by_the_value_of_their_ids")
class TakesIdsForSignedNumbers(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        def signed(campaign_id: UUID) -> int:
            return campaign_id.int ^ (1 << 127)

        after, limit = query.after, query.limit
        items = self.as_it_should(query, after=None, limit=10_000).items
        left = sorted(
            (c for c in items if after is None or signed(c.id) > signed(after)),
            key=lambda c: signed(c.id),
        )
        more = len(left) > limit
        return Page(tuple(left[:limit]), next=left[limit - 1].id if more else None)


@noticed_by("test_campaigns_are_ordered_by_the_value_of_their_ids")
class BeginsOnlyBehindItsOwn(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        if query.after is not None and query.after not in self._records:
            return Page(())
        return self.as_it_should(query)


class _OrdersLeads(AnswersWrongly):
    kind = AssignmentsQuery

    def order(self, lead_id: str) -> Any:
        raise NotImplementedError

    def answer(self, query: AssignmentsQuery) -> Page[Assignment, str]:
        after, limit = query.after, query.limit
        items = self.as_it_should(query, after=None, limit=10_000).items
        left = sorted(
            (a for a in items if after is None or self.order(a.lead_id) > self.order(after)),
            key=lambda a: self.order(a.lead_id),
        )
        more = len(left) > limit
        return Page(tuple(left[:limit]), next=left[limit - 1].lead_id if more else None)


@noticed_by(HISTORY)
class OrdersLeadsWithoutCase(_OrdersLeads):
    def order(self, lead_id: str) -> Any:
        return (lead_id.casefold(), lead_id)


@noticed_by(HISTORY)
class OrdersLeadsByUtf16(_OrdersLeads):
    def order(self, lead_id: str) -> Any:
        return lead_id.encode("utf-16-be")


@noticed_by(HISTORY)
class OrdersLeadsAsNumbers(_OrdersLeads):
    def order(self, lead_id: str) -> Any:
        return (len(lead_id), lead_id)


@noticed_by(HISTORY)
class ForgetsAssignmentsAtAPagesEnd(AnswersWrongly):
    kind = AssignmentsQuery

    def answer(self, query: AssignmentsQuery) -> Page[Assignment, str]:
        page = self.as_it_should(query)
        return evolve(page, items=page.items[1:]) if query.after else page


@noticed_by(HISTORY)
class IgnoresTheDayOfAListing(AnswersWrongly):
    kind = AssignmentsQuery

    def answer(self, query: AssignmentsQuery) -> Page[Assignment, str]:
        return self.as_it_should(query, day=None)


@noticed_by(HISTORY)
class ShowsADecisionNoLeads(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        return super().transact(*args, **{**asked, "lead_ids": ()})


@noticed_by(HISTORY)
class ShowsADecisionAnotherDay(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        day = asked.get("day")
        return super().transact(*args, **{**asked, "day": day and day + timedelta(days=1)})


@noticed_by(HISTORY)
class HasTheProgressOfAnotherDay(AnswersWrongly):
    kind = SnapshotQuery

    def answer(self, query: SnapshotQuery) -> Snapshot:
        leads = self._record(query.client_id, query.campaign_id).leads
        last = query.day and max((a.day for a in leads.values()), default=query.day)
        found = self.as_it_should(query, day=last)
        return evolve(found, progress=evolve(found.progress, day=query.day))


@noticed_by(HISTORY)
class TakesIdsWithoutCase(AnswersWrongly):
    kind = SnapshotQuery

    def answer(self, query: SnapshotQuery) -> Snapshot:
        leads = self._record(query.client_id, query.campaign_id).leads
        wanted = {lead_id.casefold() for lead_id in query.lead_ids}
        alike = [lead_id for lead_id in leads if lead_id.casefold() in wanted]
        return self.as_it_should(query, lead_ids=alike)


@noticed_by("test_leads_may_be_asked_for_by_any_text")
class CannotAskForANul(AnswersWrongly):
    kind = SnapshotQuery

    def answer(self, query: SnapshotQuery) -> Snapshot:
        if any("\0" in lead_id for lead_id in query.lead_ids):
            msg = "invalid byte sequence"
            raise StorageError(msg)
        return self.as_it_should(query)


@noticed_by(HISTORY)
class ShowsItsOwnDict(AnswersWrongly):
    kind = SnapshotQuery

    def answer(self, query: SnapshotQuery) -> Snapshot:
        found = self.as_it_should(query)
        leads = self._record(query.client_id, query.campaign_id).leads
        if leads.keys() <= set(query.lead_ids):
            object.__setattr__(found, "assignments", leads)  # past the copy that a snapshot makes
        return found


# -- Writing ---------------------------------------------------------------------------------------


class _AltersWrites(MemoryStore):
    """Puts something between a decision and the store, or between the store and the caller."""

    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        raise NotImplementedError

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args
        decided: list[Writes[Any]] = []

        def altered(snapshot: Snapshot) -> Writes[Any]:
            decided.append(decide(snapshot))
            return self.alter(decided[-1])

        super().transact(client_id, campaign_id, altered, **asked)
        return decided[-1]


@noticed_by("test_writes_are_kept", "test_carried_counts_belong_to_their_allocation")
class ForgetsTheEpoch(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        new = writes.progress
        return writes if new is None else evolve(writes, progress=evolve(new, epoch=0))


@noticed_by("test_writes_are_kept")
class RoundsScores(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        rounded = tuple(evolve(a, als_score=round(a.als_score, 4)) for a in writes.assigned)
        return evolve(writes, assigned=rounded)


@noticed_by("test_writes_are_kept", HISTORY)
class ForgetsTheOutcome(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        return evolve(super().transact(*args, **asked), outcome=None)


@noticed_by(HISTORY)
class ClearsWhatIsNotWritten(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        return evolve(writes, progress=writes.progress or Progress())


@noticed_by("test_progress_keeps_the_largest_integers", "test_limits_hold_among_threads")
class CountsCallsForLeads(_AltersWrites):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        self.calls += 1
        if writes.progress is None:
            return writes
        after = evolve(writes.progress, admitted_today=0, admitted_total=self.calls + 100)
        return evolve(writes, progress=after)


def _count(leads: int) -> ChannelCounts:
    return ChannelCounts.of((leads, 0, 0, 0, 0))


@noticed_by(HISTORY)
class KeepsTodaysCount(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        writes = super().transact(*args, **asked)
        if writes.progress is not None and writes.progress.day is not None:
            days = self._record(*args[:2]).days
            days[writes.progress.day] = _count(writes.progress.admitted_today)
        return writes


@noticed_by(HISTORY)
class KeepsTheDaysCountOnRelease(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        record = self._record(*args[:2])
        before = dict(record.days)
        writes = super().transact(*args, **asked)
        for day, counts in before.items():
            record.days[day] = max(record.days[day], counts, key=lambda some: some.total)
        return writes


@noticed_by(HISTORY)
class CountsLeadsOnTheDayOfTheCall(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        writes = super().transact(*args, **asked)
        days, day = self._record(*args[:2]).days, asked.get("day")
        for assignment in writes.assigned:
            days[assignment.day] = _count(days[assignment.day].total - 1)
            counted = day or assignment.day
            days[counted] = _count(days.get(counted, ChannelCounts()).total + 1)
        return writes


@noticed_by(HISTORY)
class AssignsBeforeItReleases(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        if {a.lead_id for a in writes.assigned} & _list_released(writes):
            msg = "already there"
            raise ConflictError(msg)
        return writes


@noticed_by(HISTORY)
class ReleasesForGood(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.gone = set[tuple[UUID, str]]()

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args

        def altered(snapshot: Snapshot) -> Writes[Any]:
            writes: Writes[Any] = decide(snapshot)
            if self.gone & {(campaign_id, a.lead_id) for a in writes.assigned}:
                msg = "already there"
                raise ConflictError(msg)
            return writes

        writes = super().transact(client_id, campaign_id, altered, **asked)
        self.gone |= {(campaign_id, lead_id) for lead_id in _list_released(writes)}
        return writes


@noticed_by(HISTORY)
class HasOneListOfLeads(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.leads: dict[str, Assignment] = {}

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        added = super().add_all(campaigns, events)
        for campaign in added:
            self._records[campaign.id].leads = self.leads
        return added


@noticed_by("test_carried_counts_belong_to_their_allocation", HISTORY)
class CarriesCountsOver(AnswersWrongly):
    kind = SnapshotQuery

    def carry_over(self, *key: UUID) -> None:
        record = self._record(*key)
        if record.progress.allocation is not None:
            record.progress = evolve(record.progress, allocation=record.campaign.allocation)

    def answer(self, query: SnapshotQuery) -> Snapshot:
        self.carry_over(query.client_id, query.campaign_id)
        return self.as_it_should(query)

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        self.carry_over(*args[:2])
        return super().transact(*args, **asked)


@noticed_by("test_carried_counts_belong_to_their_allocation")
class StaysInItsEpoch(AnswersWrongly):
    kind = SnapshotQuery

    def answer(self, query: SnapshotQuery) -> Snapshot:
        found = self.as_it_should(query)
        kept = self._record(query.client_id, query.campaign_id).progress
        return evolve(found, progress=evolve(found.progress, epoch=kept.epoch))


@noticed_by("test_carried_counts_belong_to_their_allocation")
class BeginsAnEpochWithEveryChange(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        record = self._record(*args[:2])
        before = record.campaign.allocation
        writes = super().transact(*args, **asked)
        if record.campaign.allocation != before:
            record.progress = evolve(record.progress, allocation=before)
            record.progress = record.progress.for_allocation(record.campaign.allocation)
        return writes


@noticed_by("test_what_a_decision_raises_reaches_the_caller_and_writes_nothing", HISTORY)
class WrapsErrors(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        try:
            return super().transact(*args, **asked)
        except (ValueError, LookupError) as error:
            msg = "the transaction failed"
            raise StorageError(msg) from error


@noticed_by("test_what_a_decision_raises_reaches_the_caller_and_writes_nothing")
class KeepsADraftOfWhatFailed(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        record = self._record(*args[:2])
        record.progress = evolve(record.progress, epoch=record.progress.epoch + 1)
        writes = super().transact(*args, **asked)
        record.progress = evolve(record.progress, epoch=record.progress.epoch - 1)
        return writes


class _WritesByHand(MemoryStore):
    """Decides under the lock as it should, but writes in its own way."""

    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        raise NotImplementedError

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        *key, decide = args
        with self._lock:
            record = self._record(*key)
            query = SnapshotQuery(key[0], key[1], **asked)
            writes: Writes[Any] = decide(record.snapshot(query))
            self.write((key[0], key[1]), writes)
        return writes


@noticed_by("test_writes_that_do_not_fit_write_nothing", HISTORY)
class KeepsTheHalfThatFits(_WritesByHand):
    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        record = self._record(*key)
        if writes.campaign is not None and writes.campaign.id == key[1]:
            record.campaign = writes.campaign
        record.apply(record.change(writes))


@noticed_by("test_writes_that_do_not_fit_write_nothing")
class WritesCountersOnTheirOwn(_WritesByHand):
    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        record = self._record(*key)
        record.apply(record.change(Writes[None](progress=writes.progress)))
        record.apply(record.change(evolve(writes, progress=None)))


@noticed_by("test_writes_that_do_not_fit_write_nothing", HISTORY)
class OverwritesAssignedLeads(_WritesByHand):
    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        record = self._record(*key)
        there = [a.lead_id for a in writes.assigned if a.lead_id in record.leads]
        writes = evolve(writes, released=make_releases(*{*_list_released(writes), *there}))
        record.apply(record.change(writes))


@noticed_by("test_writes_that_do_not_fit_write_nothing")
class KeepsTheFirstAssignment(_WritesByHand):
    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        record = self._record(*key)
        left = record.leads.keys() - _list_released(writes)
        new = {a.lead_id: a for a in writes.assigned if a.lead_id not in left}
        record.apply(record.change(evolve(writes, assigned=tuple(new.values()))))


@noticed_by("test_writes_that_do_not_fit_write_nothing", HISTORY)
class ReleasesWhoIsNotThere(_WritesByHand):
    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        record = self._record(*key)
        there = make_releases(*(_list_released(writes) & record.leads.keys()))
        record.apply(record.change(evolve(writes, released=there)))


@noticed_by("test_writes_that_do_not_fit_write_nothing")
class TakesAnyCampaign(_WritesByHand):
    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        record = self._record(*key)
        record.apply(record.change(writes))


@noticed_by(HISTORY)
class KeepsDeletedOnesDeleted(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        self.get(*args[:2])
        return super().transact(*args, **asked)


@noticed_by(HISTORY)
class CachesWhatItRead(AnswersWrongly):
    """A second handle on its data shares all but the cache."""

    kind = CampaignQuery

    def __init__(self, sibling: CachesWhatItRead | None = None) -> None:
        super().__init__()
        self.read: dict[UUID, Campaign] = {}
        if sibling is not None:
            vars(self).update(vars(sibling) | {"read": {}})

    def answer(self, query: CampaignQuery) -> Campaign:
        return self.read.setdefault(query.campaign_id, self.as_it_should(query))

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        writes = super().transact(*args, **asked)
        self.read.pop(args[1], None)
        return writes


@noticed_by("test_any_number_of_leads_in_one_call")
class AsksOnlyForSoMany(AnswersWrongly):
    kind = SnapshotQuery

    def answer(self, query: SnapshotQuery) -> Snapshot:
        return self.as_it_should(query, lead_ids=[*query.lead_ids][:999])


@noticed_by("test_it_says_whether_it_owns_its_transactions")
class DoesNotSayWhatItOwns(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        vars(self)["owns_transactions"] = None


# -- Recording -------------------------------------------------------------------------------------


@noticed_by("test_any_suggestion_comes_back_as_it_was")
class ForgetsWhyItWasSuggested(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        return evolve(writes, suggestions=tuple(evolve(s, reason=None) for s in writes.suggestions))


@noticed_by("test_any_suggestion_comes_back_as_it_was")
class ForgetsWhenItExpires(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        kept = (evolve(s, expires_at=None) for s in writes.suggestions)
        return evolve(writes, suggestions=tuple(kept))


@noticed_by("test_any_event_comes_back_as_it_was")
class ForgetsWhatWasBefore(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        return evolve(writes, events=tuple(evolve(e, before=Fields()) for e in writes.events))


@noticed_by("test_any_event_comes_back_as_it_was")
class KeepsOnlyCountsOfLeads(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        known = tuple(e if e.day else evolve(e, counts=ChannelCounts()) for e in writes.events)
        return evolve(writes, events=known)


class _AltersHistory(AnswersWrongly):
    kind = HistoryQuery

    def alter(self, events: list[Event]) -> list[Event]:
        raise NotImplementedError

    def answer(self, query: HistoryQuery) -> Page[Event, int]:
        after, limit = query.after, query.limit
        events = self.alter([*self.as_it_should(query, after=None, limit=10_000).items])
        left = [event for event in events if after is None or (event.number or 0) > after]
        more = len(left) > limit
        return Page(tuple(left[:limit]), next=left[limit - 1].number if more else None)


@noticed_by(HISTORY)
class OrdersHistoryByTime(_AltersHistory):
    def alter(self, events: list[Event]) -> list[Event]:
        in_time = sorted(events, key=lambda event: event.at)
        return [evolve(event, number=number) for number, event in enumerate(in_time, start=1)]


@noticed_by(HISTORY)
class TellsEachOnlyOnce(_AltersHistory):
    def alter(self, events: list[Event]) -> list[Event]:
        return [event for event in events if event.number != 1]


@noticed_by(HISTORY)
class NumbersAllCampaignsTogether(_AltersHistory):
    def alter(self, events: list[Event]) -> list[Event]:
        others = sum(len(record.events) for record in self._records.values()) - len(events)
        return [evolve(event, number=(event.number or 0) + others) for event in events]


class _SuggestsWrongly(AnswersWrongly):
    kind = SuggestionsQuery


@noticed_by("test_suggestions_are_found_by_campaign_and_state")
class TakesNoStateForAny(_SuggestsWrongly):
    def answer(self, query: SuggestionsQuery) -> Page[SuggestionHead, UUID]:
        return self.as_it_should(query, states=query.states or None)


@noticed_by("test_suggestions_are_found_by_campaign_and_state")
class HidesSuggestionsOfDeletedCampaigns(_SuggestsWrongly):
    def answer(self, query: SuggestionsQuery) -> Page[SuggestionHead, UUID]:
        page = self.as_it_should(query)
        shown = (s for s in page.items if not self._records[s.campaign_id].campaign.deleted_at)
        return evolve(page, items=tuple(shown))


@noticed_by("test_suggestions_are_found_by_campaign_and_state")
class ForgetsTheCampaignOfAListing(_SuggestsWrongly):
    def answer(self, query: SuggestionsQuery) -> Page[SuggestionHead, UUID]:
        return self.as_it_should(query, campaign_id=None)


@noticed_by("test_suggestions_are_found_by_campaign_and_state")
class FiltersSuggestionsAfterPaging(_SuggestsWrongly):
    def answer(self, query: SuggestionsQuery) -> Page[SuggestionHead, UUID]:
        page, states = self.as_it_should(query, states=None), query.states
        found = tuple(s for s in page.items if states is None or s.state in states)
        return evolve(page, items=found)


@noticed_by(HISTORY)
class KeepsSuggestionsAsTheyWere(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        new = tuple(s for s in writes.suggestions if s.id not in self._suggested)
        return evolve(writes, suggestions=new)


@noticed_by(HISTORY)
class DropsWhatIsDecided(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        writes = super().transact(*args, **asked)
        record = self._record(*args[:2])
        for suggestion in writes.suggestions:
            if suggestion.state is not SuggestionState.PENDING:
                del record.suggestions[suggestion.id]
        return writes


@noticed_by(HISTORY)
class ShowsADecisionAllSuggestions(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        everything = list(self._record(*args[:2]).suggestions)
        return super().transact(*args, **{**asked, "suggestion_ids": everything})


@noticed_by(HISTORY)
class ShowsADecisionNothingPending(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        return super().transact(*args, **{**asked, "pending": False})


@noticed_by(HISTORY)
class TellsTheLastPendingSuggestion(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args
        pending = [
            suggestion.id
            for suggestion in self._record(client_id, campaign_id).suggestions.values()
            if suggestion.state is SuggestionState.PENDING
        ]
        last = max(pending, default=None) if asked.get("digest") else None

        def misled(snapshot: Snapshot) -> Writes[Any]:
            done: Writes[Any] = decide(evolve(snapshot, last_suggestion=last))
            return done

        return super().transact(client_id, campaign_id, misled, **asked)


@noticed_by(HISTORY)
class ShowsADecisionTheSuggestionsOfOthers(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args
        wanted = asked.get("suggestion_ids", ())
        more = {
            i: record.suggestions[i]
            for record in self._records.values()
            for i in record.suggestions
            if i in wanted
        }

        def with_more(snapshot: Snapshot) -> Writes[Any]:
            writes: Writes[Any] = decide(
                evolve(snapshot, suggestions={**snapshot.suggestions, **more})
            )
            return writes

        return super().transact(client_id, campaign_id, with_more, **asked)


@noticed_by("test_another_clients_campaign_is_not_found")
class TellsAnybodyTheHistory(AnswersWrongly):
    kind = HistoryQuery

    def answer(self, query: HistoryQuery) -> Page[Event, int]:
        record = self._records.get(query.campaign_id)
        owner = query.client_id if record is None else record.campaign.client_id
        return self.as_it_should(query, client_id=owner)


@noticed_by("test_events_are_found_by_their_suggestion")
class ListsEventsOfAllSuggestions(AnswersWrongly):
    kind = HistoryQuery

    def answer(self, query: HistoryQuery) -> Page[Event, int]:
        return self.as_it_should(query, suggestion_id=None)


@noticed_by("test_another_clients_campaign_is_not_found")
class HasNoSuggestionsForNobody(_SuggestsWrongly):
    def answer(self, query: SuggestionsQuery) -> Page[SuggestionHead, UUID]:
        try:
            return self.as_it_should(query)
        except NotFoundError:
            return Page(())


@noticed_by("test_another_clients_campaign_is_not_found")
class ShowsAnybodyASuggestion(AnswersWrongly):
    kind = SuggestionQuery

    def answer(self, query: SuggestionQuery) -> Suggestion:
        for record in self._records.values():
            if query.suggestion_id in record.suggestions:
                return record.suggestions[query.suggestion_id]
        return self.as_it_should(query)


@noticed_by("test_writes_that_do_not_fit_write_nothing", HISTORY)
class TellsBeforeItWrites(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args

        def tell(snapshot: Snapshot) -> Writes[Any]:
            writes: Writes[Any] = decide(snapshot)
            record = self._record(client_id, campaign_id)
            record.apply(record.change(Writes[None](events=writes.events)))
            return evolve(writes, events=())

        return super().transact(client_id, campaign_id, tell, **asked)


@noticed_by("test_writes_that_do_not_fit_write_nothing")
class SuggestsBeforeItWrites(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args

        def suggest(snapshot: Snapshot) -> Writes[Any]:
            writes: Writes[Any] = decide(snapshot)
            own = self._record(client_id, campaign_id).suggestions
            own.update({s.id: s for s in writes.suggestions if isinstance(s, Suggestion)})
            return writes

        return super().transact(client_id, campaign_id, suggest, **asked)


@noticed_by("test_writes_that_do_not_fit_write_nothing")
class LetsSuggestionsMove(MemoryStore):
    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        self._suggested.clear()
        return super().transact(*args, **asked)


@noticed_by("test_a_campaign_is_added_with_its_history_or_not_at_all")
class TellsBeforeItAdds(MemoryStore):
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        told = list(events)
        for event in told:
            if (record := self._records.get(event.campaign_id)) is not None:
                record.apply(record.change(Writes[None](events=(event,))))
        return super().add_all(campaigns, told)


@noticed_by("test_a_campaign_is_added_with_its_history_or_not_at_all")
class AddsWithoutAHistory(MemoryStore):
    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        return super().add_all(campaign for campaign, _ in pair_with_events(campaigns, events))


# -- Suggestions with and without their leads ------------------------------------------------------


@noticed_by("test_suggestions_are_found_by_campaign_and_state")
class ListsLeadsToo(_SuggestsWrongly):
    def answer(self, query: SuggestionsQuery) -> Page[Any, UUID]:
        page = self.as_it_should(query)
        suggestions = (self._records[s.campaign_id].suggestions[s.id] for s in page.items)
        return Page(tuple(suggestions), page.next)


class _MergesWrongly(MemoryStore):
    """Makes of a written suggestion, and of what is stored, something of its own."""

    def merge(self, stored: Suggestion, given: Suggestion | SuggestionHead) -> Any:
        raise NotImplementedError

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        with self._lock:
            record = self._record(query.client_id, query.campaign_id)
            before = dict(record.suggestions)
            writes = super().apply_decision(query, decide)
            for given in writes.suggestions:
                if given.id in before:
                    merged: Suggestion = self.merge(before[given.id], given)
                    record.suggestions[given.id] = merged
            return writes


@noticed_by("test_a_head_leaves_the_leads_as_they_are")
class ForgetsLeadsWithAHead(_MergesWrongly):
    def merge(self, stored: Suggestion, given: Suggestion | SuggestionHead) -> Suggestion:
        if isinstance(given, Suggestion):
            return given
        digest, command = stored.digest, stored.command
        if isinstance(command, AssignLeads):
            command = evolve(command, leads=())
        return evolve(stored.with_head(given), command=command, digest=digest)


@noticed_by("test_a_head_leaves_the_leads_as_they_are")
class IgnoresHeads(_MergesWrongly):
    def merge(self, stored: Suggestion, given: Suggestion | SuggestionHead) -> Suggestion:
        return given if isinstance(given, Suggestion) else stored


@noticed_by("test_a_head_leaves_the_leads_as_they_are")
class ForgetsWhoWasLeftOutWithAHead(_MergesWrongly):
    def merge(self, stored: Suggestion, given: Suggestion | SuggestionHead) -> Suggestion:
        if isinstance(given, Suggestion):
            return given
        return evolve(stored.with_head(given), unassigned={}, digest=stored.digest)


@noticed_by("test_a_revision_replaces_the_leads", HISTORY)
class KeepsLeadsOfEarlierRevisions(_MergesWrongly):
    def merge(self, stored: Suggestion, given: Suggestion | SuggestionHead) -> Suggestion:
        if isinstance(given, SuggestionHead):
            return stored.with_head(given)
        old, new = stored.command, given.command
        if not (isinstance(old, AssignLeads) and isinstance(new, AssignLeads)):
            return given
        leads = {lead.id: lead for lead in (*old.leads, *new.leads)}
        return evolve(given, command=evolve(new, leads=[leads[i] for i in sorted(leads, key=str)]))


@noticed_by("test_a_revision_replaces_the_leads")
class ReplacesLeadsOfLaterRevisionsOnly(_MergesWrongly):
    def merge(self, stored: Suggestion, given: Suggestion | SuggestionHead) -> Suggestion:
        if isinstance(given, SuggestionHead):
            return stored.with_head(given)
        return given if given.revision > stored.revision else stored.with_head(given.head)


@noticed_by("test_writes_that_do_not_fit_write_nothing", HISTORY)
class ReplacesWhatWasNotRead(MemoryStore):
    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        with self._lock:
            shown = self.ask(query)
            own = self._record(query.client_id, query.campaign_id).suggestions
            more = evolve(query, suggestion_ids=[*query.suggestion_ids, *own])
            return super().apply_decision(more, lambda _: decide(shown))


@noticed_by("test_writes_that_do_not_fit_write_nothing")
class SkipsHeadsThatItDoesNotKnow(_WritesByHand):
    def write(self, key: tuple[UUID, UUID], writes: Writes[Any]) -> None:
        record = self._record(*key)
        kept = tuple(
            given
            for given in writes.suggestions
            if isinstance(given, Suggestion) or given.id in record.suggestions
        )
        record.apply(record.change(evolve(writes, suggestions=kept)))
        self._suggested.update({given.id: key[1] for given in kept})


@noticed_by("test_any_suggestion_comes_back_as_it_was")
class ForgetsWhoWasLeftOut(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        kept = (
            evolve(s, unassigned={}, digest=s.digest) if isinstance(s, Suggestion) else s
            for s in writes.suggestions
        )
        return evolve(writes, suggestions=tuple(kept))


# -- What a decision sees of suggestions -----------------------------------------------------------


class _SeesWrongly(MemoryStore):
    """Shows a decision, and whoever asks, another snapshot than it should."""

    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        raise NotImplementedError

    def ask(self, query: Any) -> Any:
        found: Any = super().ask(query)
        return self.see(query, found) if isinstance(query, SnapshotQuery) else found

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        return super().apply_decision(query, lambda found: decide(self.see(query, found)))

    def own(self, query: SnapshotQuery) -> dict[UUID, Suggestion]:
        own: dict[UUID, Suggestion] = self._record(query.client_id, query.campaign_id).suggestions
        return own

    def pending(self, query: SnapshotQuery) -> dict[UUID, Suggestion]:
        return {i: s for i, s in self.own(query).items() if s.state is SuggestionState.PENDING}


ASKED = "test_a_decision_sees_the_suggestions_that_it_asks_for"


@noticed_by(ASKED, HISTORY)
class ShowsNoHeadsOfWholeOnes(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        heads = {i: head for i, head in found.heads.items() if i not in found.suggestions}
        return evolve(found, heads=heads)


@noticed_by(ASKED)
class ShowsAllHeads(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        return evolve(found, heads={i: s.head for i, s in self.own(query).items()})


@noticed_by(ASKED)
class ShowsPendingOnesWithTheirLeads(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        more = self.pending(query) if query.pending else {}
        return evolve(found, suggestions={**found.suggestions, **more})


@noticed_by(ASKED)
class TellsTheLastSuggestionUnasked(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        return evolve(found, last_suggestion=max(self.own(query), default=None))


WAITING = "test_a_decision_sees_which_leads_wait"


class _WaitsWrongly(_SeesWrongly):
    def waits(self, query: SnapshotQuery, suggestion: Suggestion) -> Iterable[str]:
        raise NotImplementedError

    def suggested(self, query: SnapshotQuery) -> Iterable[Suggestion]:
        return self.pending(query).values()

    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        if not query.barriers:
            return found
        waiting: dict[str, set[UUID]] = {}
        for suggestion in self.suggested(query):
            for lead_id in self.waits(query, suggestion):
                waiting.setdefault(lead_id, set()).add(suggestion.id)
        heads = {i: self.head(i) for i in set[UUID]().union(*waiting.values())}
        waits = {lead_id: frozenset(ids) for lead_id, ids in waiting.items()}
        return evolve(found, waiting=waits, heads={**heads, **found.heads})

    def head(self, suggestion_id: UUID) -> SuggestionHead:
        record = self._records[self._suggested[suggestion_id]]
        head: SuggestionHead = record.suggestions[suggestion_id].head
        return head

    def named(self, query: SnapshotQuery, suggestion: Suggestion) -> set[str]:
        command = suggestion.command
        if not isinstance(command, AssignLeads | ReleaseLeads):
            return set()
        return set(command.lead_ids) & set(query.lead_ids)


@noticed_by(WAITING)
class LetsAllLeadsWait(_WaitsWrongly):
    def waits(self, query: SnapshotQuery, suggestion: Suggestion) -> Iterable[str]:
        everybody = evolve(query, lead_ids=getattr(suggestion.command, "lead_ids", ()))
        return self.named(everybody, suggestion)


@noticed_by(WAITING, HISTORY)
class LetsLeadsWaitThatWereLeftOut(_WaitsWrongly):
    def waits(self, query: SnapshotQuery, suggestion: Suggestion) -> Iterable[str]:
        left = set(suggestion.unassigned) & set(query.lead_ids)
        return self.named(query, suggestion) | left


@noticed_by(WAITING)
class LetsOnlyLeadsToAssignWait(_WaitsWrongly):
    def waits(self, query: SnapshotQuery, suggestion: Suggestion) -> Iterable[str]:
        is_assign = isinstance(suggestion.command, AssignLeads)
        return self.named(query, suggestion) if is_assign else ()


@noticed_by(WAITING, HISTORY)
class LetsLeadsWaitAfterADecision(_WaitsWrongly):
    def suggested(self, query: SnapshotQuery) -> Iterable[Suggestion]:
        return self.own(query).values()

    def waits(self, query: SnapshotQuery, suggestion: Suggestion) -> Iterable[str]:
        return self.named(query, suggestion)


@noticed_by(WAITING)
class LetsLeadsWaitInAllCampaigns(_WaitsWrongly):
    def suggested(self, query: SnapshotQuery) -> Iterable[Suggestion]:
        stored = [s for record in self._records.values() for s in record.suggestions.values()]
        return [s for s in stored if s.state is SuggestionState.PENDING]

    def waits(self, query: SnapshotQuery, suggestion: Suggestion) -> Iterable[str]:
        return self.named(query, suggestion)


@noticed_by(WAITING)
class LetsALeadWaitOnce(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        first = {lead_id: frozenset([min(ids)]) for lead_id, ids in found.waiting.items()}
        return evolve(found, waiting=first)


@noticed_by(WAITING)
class LetsLeadsWaitUnasked(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        more: Snapshot = MemoryStore.ask(self, evolve(query, barriers=True))
        return evolve(found, waiting=more.waiting)


@noticed_by(WAITING)
class LetsLeadsWaitWithoutHeads(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        waiting = set[UUID]().union(*found.waiting.values())
        heads = {i: head for i, head in found.heads.items() if i not in waiting}
        return evolve(found, heads=heads)


EQUAL = "test_a_decision_sees_equal_suggestions"


@noticed_by(EQUAL)
class ShowsEqualOnesWithoutTheirLeads(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        asked = {i: s for i, s in found.suggestions.items() if i in query.suggestion_ids}
        return evolve(found, suggestions=asked)


@noticed_by(EQUAL)
class ShowsRejectedOnesWithTheirLeads(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        equal = {i: s for i, s in self.own(query).items() if s.digest == query.digest}
        more = {i: s for i, s in equal.items() if s.state is SuggestionState.REJECTED}
        return evolve(found, suggestions={**found.suggestions, **more})


@noticed_by(EQUAL)
class ShowsNoRejectedOnes(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        kept = {i: h for i, h in found.heads.items() if h.state is not SuggestionState.REJECTED}
        return evolve(found, heads=kept)


@noticed_by(EQUAL)
class ShowsEqualOnesInAnyState(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        equal = {i: s.head for i, s in self.own(query).items() if s.digest == query.digest}
        return evolve(found, heads={**found.heads, **equal})


@noticed_by(EQUAL)
class TakesOrderedLeadsForEqualOnes(_SeesWrongly):
    """Compares the leads that wait instead of the digest, which covers those left out, too."""

    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        own = self.own(query)
        like = {s.command for s in own.values() if s.digest == query.digest}
        equal = {i: s for i, s in self.pending(query).items() if s.command in like}
        return evolve(found, suggestions={**equal} if query.digest else found.suggestions)


@noticed_by(EQUAL)
class LooksForEqualOnesInAllCampaigns(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        stored = [s for record in self._records.values() for s in record.suggestions.values()]
        equal = {s.id: s for s in stored if s.digest == query.digest}
        pending = {i: s for i, s in equal.items() if s.state is SuggestionState.PENDING}
        return evolve(found, suggestions={**found.suggestions, **pending})


@noticed_by(EQUAL)
class TellsTheLastSuggestionOfAllCampaigns(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        return evolve(found, last_suggestion=max(self._suggested, default=None))


# -- Rejections ------------------------------------------------------------------------------------

REJECTIONS = "test_rejections_are_kept_until_they_are_replaced_or_lifted"


@noticed_by(REJECTIONS)
class KeepsTheFirstRejection(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        there = {i for record in self._records.values() for i in record.rejections}
        kept = tuple(one for one in writes.rejections if one.lead_id not in there)
        return evolve(writes, rejections=kept)


@noticed_by(REJECTIONS)
class LiftsNoRejection(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        return evolve(writes, lifted=())


@noticed_by(REJECTIONS)
class RejectsForEver(_AltersWrites):
    def alter(self, writes: Writes[Any]) -> Writes[Any]:
        return evolve(writes, rejections=tuple(evolve(r, until=None) for r in writes.rejections))


@noticed_by(REJECTIONS, HISTORY)
class ShowsAllRejections(_SeesWrongly):
    def see(self, query: SnapshotQuery, found: Snapshot) -> Snapshot:
        own: dict[str, Rejection] = self._record(query.client_id, query.campaign_id).rejections
        return evolve(found, rejections=own)


@noticed_by(REJECTIONS)
class RejectsInAllCampaigns(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.rejections: dict[str, Rejection] = {}

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        added = super().add_all(campaigns, events)
        for campaign in added:
            self._records[campaign.id].rejections = self.rejections
        return added


@noticed_by(REJECTIONS)
class KeepsWhatASuggestionSaysOfRejections(AnswersWrongly):
    kind = SuggestionQuery

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[UUID, dict[str, Rejection]] = {}

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        writes = super().apply_decision(query, decide)
        whole = (s for s in writes.suggestions if isinstance(s, Suggestion))
        self.said.update({s.id: dict(s.rejections) for s in whole})
        return writes

    def answer(self, query: SuggestionQuery) -> Suggestion:
        found = self.as_it_should(query)
        return evolve(found, rejections={**self.said.get(found.id, {}), **found.rejections})


@noticed_by(REJECTIONS)
class ForgetsTheRejectionsOfASuggestion(AnswersWrongly):
    kind = SuggestionQuery

    def answer(self, query: SuggestionQuery) -> Suggestion:
        return evolve(self.as_it_should(query), rejections={})


# -- The feed --------------------------------------------------------------------------------------

FEED = "test_a_feed_has_each_event_once"
TURNS = "test_a_feed_gives_each_campaign_its_turn"
CURSOR = "test_a_cursor_is_of_one_client"


class _FeedsWrongly(AnswersWrongly):
    kind = FeedQuery

    def records(self, client_id: UUID) -> dict[UUID, Any]:
        return {r.campaign.id: r for r in self._list_records(client_id)}

    def page(
        self, query: FeedQuery, chosen: Iterable[tuple[UUID, int]], seen: dict[UUID, int]
    ) -> Page[Event, str]:
        records, places = self._records, list(chosen)
        events = tuple(records[i].events[number - 1] for i, number in places)
        return Page(events, write_cursor(query.client_id, seen | dict(places)))


@noticed_by(FEED, HISTORY)
class FeedsAnEventTwice(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        seen = read_cursor(query.client_id, query.cursor)
        page = self.as_it_should(query)
        behind = read_cursor(query.client_id, page.next)
        again = {i: n - (n > seen.get(i, 0) and n == 2) for i, n in behind.items()}
        return evolve(page, next=write_cursor(query.client_id, again))


@noticed_by(FEED, HISTORY)
class SkipsAnEventOfAFeed(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        page = self.as_it_should(query)
        kept = tuple(event for event in page.items if event.number != 2)
        return evolve(page, items=kept)


@noticed_by(FEED, HISTORY)
class FeedsNothingOfDeletedCampaigns(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        seen = read_cursor(query.client_id, query.cursor)
        own = self.records(query.client_id)
        shown = {i: len(r.events) for i, r in own.items() if r.campaign.deleted_at is None}
        return self.page(query, choose_events(shown, seen, query.limit), seen)


@noticed_by(FEED, "test_another_clients_campaign_is_not_found")
class FeedsAllClients(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        seen = read_cursor(query.client_id, query.cursor)
        last = {i: len(r.events) for i, r in self._records.items()}
        return self.page(query, choose_events(last, seen, query.limit), seen)


@noticed_by(FEED, HISTORY)
class FeedsByTime(_FeedsWrongly):
    """Its cursor says how many events were read, in the order of their times."""

    def answer(self, query: FeedQuery) -> Page[Event, str]:
        read = read_cursor(query.client_id, query.cursor).get(query.client_id, 0)
        events = [e for r in self.records(query.client_id).values() for e in r.events]
        events.sort(key=lambda event: event.at)
        items = tuple(events[read : read + query.limit])
        behind = {query.client_id: read + len(items)}
        return Page(items, write_cursor(query.client_id, behind))


@noticed_by(FEED)
class EndsAFeedWithoutACursor(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        page = self.as_it_should(query)
        return page if page.items else evolve(page, next=None)


@noticed_by(FEED)
class FeedsMoreThanItsLimit(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        return self.as_it_should(query, limit=query.limit + 1)


@noticed_by(TURNS)
class FeedsTheFirstCampaignFirst(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        seen = read_cursor(query.client_id, query.cursor)
        places = [
            (i, n)
            for i, record in sorted(self.records(query.client_id).items())
            for n in range(seen.get(i, 0) + 1, len(record.events) + 1)
        ]
        return self.page(query, places[: query.limit], seen)


@noticed_by(TURNS)
class LetsTheLastCampaignWait(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        seen = read_cursor(query.client_id, query.cursor)
        own = self.records(query.client_id)
        open_ones = [i for i in sorted(own) if len(own[i].events) > seen.get(i, 0)]
        last = {i: len(own[i].events) for i in open_ones[: query.limit]}
        return self.page(query, choose_events(last, seen, query.limit), seen)


@noticed_by(CURSOR)
class BeginsAgainWithAnyCursor(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        try:
            return self.as_it_should(query)
        except InvalidError:
            return self.as_it_should(query, cursor=None)


@noticed_by(CURSOR, HISTORY)
class TakesCursorsOfOthers(_FeedsWrongly):
    def answer(self, query: FeedQuery) -> Page[Event, str]:
        for record in list(self._records.values()):
            with suppress(InvalidError):
                seen = read_cursor(record.campaign.client_id, query.cursor)
                return self.as_it_should(query, cursor=write_cursor(query.client_id, seen))
        return self.as_it_should(query)


@noticed_by("test_a_feed_misses_nothing_among_threads")
class ReadsTheFeedBeforeItsCursor(_FeedsWrongly):
    def __init__(self) -> None:
        super().__init__()
        self.written = Condition()

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        writes = super().apply_decision(query, decide)
        with self.written:
            self.written.notify_all()
        return writes

    def answer(self, query: FeedQuery) -> Page[Event, str]:
        page = self.as_it_should(query, limit=10_000)
        with self.written:
            self.written.wait(0.02)
        return evolve(page, next=self.as_it_should(query, limit=10_000).next)


# -- Campaigns by their ids ------------------------------------------------------------------------

IDS = "test_campaigns_are_found_by_their_ids"


@noticed_by(IDS)
class FindsOthersThanTheNamed(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        return self.as_it_should(query, ids=None)


@noticed_by(IDS)
class TakesNoIdsForAny(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        return self.as_it_should(query, ids=query.ids or None)


@noticed_by(IDS)
class FindsTheNamedDeletedOrNot(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        return self.as_it_should(query, include_deleted=True)


@noticed_by(IDS)
class FindsTheNamedOfAnybody(_FindsWrongly):
    def answer(self, query: CampaignsQuery) -> Page[Campaign, UUID]:
        if query.ids is None:
            return self.as_it_should(query)
        clients = {self._records[i].campaign.client_id for i in query.ids}
        pages = [self.as_it_should(query, client_id=one) for one in clients | {query.client_id}]
        items = [campaign for page in pages for campaign in page.items]
        return Page(tuple(sorted(items, key=lambda campaign: campaign.id)))


# -- Threads and tasks -----------------------------------------------------------------------------


@noticed_by(
    "test_a_decision_that_is_overtaken_does_no_harm",
    "test_no_change_is_lost_among_threads",
    "test_limits_hold_among_threads",
)
class DecidesOutsideTheLock(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting()

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        *key, decide = args
        with self._lock:
            snapshot = self._record(*key).snapshot(SnapshotQuery(key[0], key[1], **asked))
        self.meeting.wait()
        writes: Writes[Any] = decide(snapshot)
        with self._lock:
            record = self._record(*key)
            record.apply(record.change(writes))
        return writes


@noticed_by("test_a_decision_that_is_overtaken_does_no_harm", "test_limits_hold_among_threads")
class ReadsTheLimitBeforeItLocks(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting()

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args
        query = SnapshotQuery(client_id, campaign_id, asked.get("day"))
        early = self._record(client_id, campaign_id).snapshot(query).progress
        self.meeting.wait()
        return super().transact(
            client_id,
            campaign_id,
            lambda snapshot: decide(evolve(snapshot, progress=early)),
            **asked,
        )


@noticed_by("test_no_change_is_lost_among_threads")
class NumbersBeforeItLocks(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting()

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        record = self._record(*args[:2])
        events = list(record.events)
        self.meeting.wait()
        with self._lock:
            record.events = events
            return super().transact(*args, **asked)


@noticed_by("test_a_suggestion_is_decided_once_among_threads")
class ReadsSuggestionsBeforeItLocks(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting()

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args
        early = dict(self._record(client_id, campaign_id).suggestions)
        if early:
            self.meeting.wait()
        return super().transact(
            client_id,
            campaign_id,
            lambda snapshot: decide(evolve(snapshot, suggestions=early)),
            **asked,
        )


@noticed_by("test_equal_suggestions_meet_among_threads")
class LooksForEqualOnesBeforeItLocks(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting()

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        early = self.ask(query)
        self.meeting.wait()
        return super().apply_decision(query, lambda _: decide(early))


@noticed_by(HISTORY)
class SeesPausesLate(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[UUID, Campaign] = {}

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        client_id, campaign_id, decide = args

        def late(snapshot: Snapshot) -> Writes[Any]:
            before = self.seen.get(campaign_id, snapshot.campaign)
            self.seen[campaign_id] = snapshot.campaign
            writes: Writes[Any] = decide(evolve(snapshot, campaign=before))
            return writes

        return super().transact(client_id, campaign_id, late, **asked)


@noticed_by("test_an_id_is_used_once_among_threads")
class LooksBeforeItAdds(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting()

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        new = tuple(campaigns)
        for campaign in new:
            if campaign.id in self._records:
                raise AlreadyExistsError("campaign", campaign.id)
        self.meeting.wait()
        for campaign in new:
            self._records.pop(campaign.id, None)
        return super().add_all(new, events)


@noticed_by("test_a_snapshot_is_of_one_moment")
class ReadsASnapshotInParts(AnswersWrongly):
    kind = SnapshotQuery

    def __init__(self) -> None:
        super().__init__()
        self.written = Condition()

    def transact(self, *args: Any, **asked: Any) -> Writes[Any]:
        writes = super().transact(*args, **asked)
        with self.written:
            self.written.notify_all()
        return writes

    def answer(self, query: SnapshotQuery) -> Snapshot:
        first = self.as_it_should(query)
        with self.written:
            self.written.wait(0.02)
        second = self.as_it_should(query)
        return evolve(first, assignments=second.assignments)


@noticed_by("test_limits_hold_among_threads")
class GivesWayBeforeItDecides(AsyncMemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.another_has_read: asyncio.Event | None = None

    async def apply_decision(
        self, query: SnapshotQuery, decide: Decide[OutcomeT]
    ) -> Writes[OutcomeT]:
        snapshot = await self.ask(query)
        if self.another_has_read is None:
            self.another_has_read = asyncio.Event()
            await asyncio.wait_for(self.another_has_read.wait(), 30)
        self.another_has_read.set()
        writes = decide(snapshot)
        with suppress(ConflictError):
            self.sync.apply_decision(query, lambda _: writes)
        return writes


@noticed_by("test_a_decision_that_is_overtaken_does_no_harm")
class GivesWayBeforeItWrites(AsyncMemoryStore):
    async def apply_decision(
        self, query: SnapshotQuery, decide: Decide[OutcomeT]
    ) -> Writes[OutcomeT]:
        snapshot = await self.ask(query)
        writes = decide(snapshot)
        for _ in range(10):  # long enough for a task that is waiting to begin and end
            await asyncio.sleep(0)
        return self.sync.apply_decision(query, lambda _: writes)
