"""A campaign in a store, as the tests of the kit read and change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from attrs import evolve, frozen

from campaignkit.core._channels import Channel, ChannelCounts
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import K
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import AssignLeads, Command, Pause, digest_command
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment, Progress, ReleasedLead
from campaignkit.domain._permissions import Actor
from campaignkit.domain._snapshot import Decide, Page, Snapshot, T, Writes
from campaignkit.domain._suggestions import (
    Rejection,
    Suggestion,
    SuggestionHead,
    SuggestionState,
)
from campaignkit.storage._interface import Store
from campaignkit.storage._queries import SnapshotQuery
from campaignkit.testing._assertions import check, check_equal

SuggestionT = TypeVar("SuggestionT", Suggestion, SuggestionHead)

CREATED = datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC)
DAY = date(2026, 11, 23)
NEXT_DAY = date(2026, 11, 24)
_USER = Actor.user("ann")


def make_assignment(
    lead_id: str, *, day: date = DAY, channel: Channel = Channel.EMAIL, epoch: int = 0
) -> Assignment:
    """Return the assignment of a Hot lead."""
    return Assignment(lead_id, channel, ALSTier.HOT, 92.5, day, epoch)


def make_releases(*lead_ids: str, contacted: bool = False) -> tuple[ReleasedLead, ...]:
    """Return the releases of leads that `make_assignment` has assigned."""
    return tuple(
        ReleasedLead(make_assignment(lead_id), contacted=contacted, by=_USER, at=CREATED)
        for lead_id in lead_ids
    )


def make_suggestion(
    campaign: Campaign, number: int = 1, state: SuggestionState = SuggestionState.PENDING
) -> Suggestion:
    """Return a suggestion to pause a campaign; the ids of suggestions ascend with their numbers."""
    return suggest_command(campaign, Pause(), number, state)


def suggest_leads(
    campaign: Campaign,
    lead_ids: Iterable[str],
    number: int = 1,
    state: SuggestionState = SuggestionState.PENDING,
    *,
    left_out: Iterable[str] = (),
) -> Suggestion:
    """Return a suggestion to assign leads on `DAY`. Its digest covers those that it leaves out."""
    leads = [Lead(lead_id, 92.5) for lead_id in sorted(lead_ids)]
    left = dict.fromkeys(left_out, Reason.ALREADY_SUGGESTED)
    named = AssignLeads([*leads, *map(Lead, left)], DAY)
    suggestion = suggest_command(campaign, AssignLeads(leads, DAY), number, state)
    return evolve(suggestion, unassigned=left, digest=digest_command(named))


def suggest_command(
    campaign: Campaign,
    command: Command,
    number: int = 1,
    state: SuggestionState = SuggestionState.PENDING,
) -> Suggestion:
    """Return a suggestion of any command."""
    pending = Suggestion(
        id=UUID(int=(campaign.id.int + (number << 40)) % (1 << 128)),
        campaign_id=campaign.id,
        command=command,
        by=Actor.ai("scout"),
        at=CREATED,
        before={"status": campaign.status, "deleted_at": None},
    )
    return pending if state is SuggestionState.PENDING else decide_on(pending, state)


def decide_on(suggestion: SuggestionT, state: SuggestionState) -> SuggestionT:
    """Return a suggestion, or the head of one, after a decision on it."""
    at = CREATED + timedelta(hours=1)
    return suggestion.with_decision(state, by=_USER, at=at, why="tested")


def make_event(campaign: Campaign, reason: str, **fields: Any) -> Event:  # noqa: ANN401  # of an event
    """Return an event of a campaign."""
    plain: dict[str, Any] = {"kind": EventKind.APPLIED, "by": _USER, "at": CREATED}
    return Event(campaign_id=campaign.id, reason=reason, **{**plain, **fields})


def read_pages(page: Callable[..., Page[T, K]], key: Callable[[T], K], size: int) -> list[T]:
    """Return the items of all pages of a listing, read in pages of so many.

    `page` takes `after` and `limit`. Fails if a page has more, or a page that is not the last has
    fewer, or `next` is not the key of its last item.
    """
    found: list[T] = []
    after: K | None = None
    seen = set[K]()
    while True:
        one = page(after=after, limit=size)
        rows = len(one.items) + len(one.corrupt)
        found += one.items
        check(f"a page of {size} has {rows} rows", rows <= size)
        if one.next is None:
            return found
        check_equal("the rows of a page that is not the last", rows, size)
        if not one.corrupt:
            check_equal("the next page starts behind the last item", one.next, key(one.items[-1]))
        check("pages must not repeat", one.next not in seen)
        seen.add(one.next)
        after = one.next


def read_feed(
    store: Store, client_id: UUID, cursor: str | None = None, *, size: int = 100
) -> list[Event]:
    """Return what the feed of a client has behind a cursor, read in pages of so many."""
    found: list[Event] = []
    while True:
        page = store.feed(client_id, cursor, limit=size)
        check("the cursor of a page of a feed is never None", page.next is not None)
        check(f"a page of {size} has {len(page.items)} events", len(page.items) <= size)
        if not page.items:
            check("the cursor stays where there is nothing new", cursor in (None, page.next))
            return found
        found += page.items
        places = {(event.campaign_id, event.number) for event in found}
        check_equal("a feed has each event once", len(places), len(found))
        cursor = page.next


def check_only_page(what: str, page: Page[Any, Any], *items: object) -> None:
    """Fail unless a page has exactly these items, and no other page follows it."""
    check_equal(what, (page.items, page.next, page.corrupt), (items, None, ()))


@frozen
class CampaignState:
    """All that a store has of a campaign."""

    snapshot: Snapshot
    assignments: list[Assignment]
    days: Mapping[date, Progress]
    heads: list[SuggestionHead]
    suggestions: list[Suggestion]
    rejections: Mapping[str, Rejection]
    events: list[Event]


@frozen
class StoredCampaign:
    """A campaign as it was added, read and changed through one handle on a store."""

    store: Store
    campaign: Campaign

    @property
    def key(self) -> tuple[UUID, UUID]:
        """The ids of its client and of itself."""
        return self.campaign.client_id, self.campaign.id

    def through(self, store: Store) -> StoredCampaign:
        """Return the same campaign through another handle."""
        return evolve(self, store=store)

    def get(self) -> Campaign:
        """Return the campaign as it is stored now, deleted or not."""
        return self.store.get(*self.key, include_deleted=True)

    def read_snapshot(self, day: date | None = None, lead_ids: Collection[str] = ()) -> Snapshot:
        """Return its snapshot."""
        return self.store.snapshot(*self.key, day=day, lead_ids=lead_ids)

    def read_progress(self, day: date = DAY) -> Progress:
        """Return its progress on a day."""
        return self.store.progress(*self.key, day)

    def transact(self, decide: Decide[T], **asked: Any) -> Writes[T]:  # noqa: ANN401  # of `transact`
        """Have the store carry out a decision."""
        return self.store.transact(*self.key, decide, **asked)

    def write(self, writes: Writes[T], **asked: Any) -> Writes[T]:  # noqa: ANN401  # of `transact`
        """Write this, whatever is stored."""
        return self.transact(lambda _: writes, **asked)

    def record(
        self,
        *records: Suggestion | SuggestionHead | Event,
        **writes: Any,  # noqa: ANN401  # of writes
    ) -> None:
        """Write suggestions and events, new ones or such as replace stored ones."""
        suggestions = tuple(record for record in records if not isinstance(record, Event))
        events = tuple(record for record in records if isinstance(record, Event))
        asked = [suggestion.id for suggestion in suggestions]
        asked += [rejection.suggestion_id for rejection in writes.get("rejections", ())]
        self.write(
            Writes[None](suggestions=suggestions, events=events, **writes), suggestion_ids=asked
        )

    def ask(self, **asked: Any) -> Snapshot:  # noqa: ANN401  # of the query
        """Return the snapshot that a decision would be called with."""
        return self.store.ask(SnapshotQuery(*self.key, **asked))

    def admit(self, *leads: Assignment, campaign: Campaign | None = None) -> None:
        """Write assignments and count them, whatever the limits."""

        def decide(snapshot: Snapshot) -> Writes[None]:
            before = snapshot.progress
            after = evolve(
                before,
                admitted_today=0,
                admitted_total=before.admitted_total + len(leads),
                carried=before.carried + ChannelCounts(Counter(lead.channel for lead in leads)),
            )
            return Writes(campaign=campaign, progress=after, assigned=leads)

        self.transact(decide)

    def release(self, *lead_ids: str, **asked: Any) -> None:  # noqa: ANN401  # of `transact`
        """Release leads, and take them from the total."""

        def decide(snapshot: Snapshot) -> Writes[None]:
            total = snapshot.progress.admitted_total - len(lead_ids)
            after = evolve(snapshot.progress, admitted_today=0, admitted_total=total)
            return Writes(progress=after, released=make_releases(*lead_ids))

        self.transact(decide, **asked)

    def replace(self, before: Campaign, **changes: Any) -> Campaign:  # noqa: ANN401  # of a campaign
        """Replace the campaign by one with changed fields; return it as stored."""
        return self.store.replace(before, evolve(before, **changes))

    def list_assignments(self, *, day: date | None = None, size: int = 100) -> list[Assignment]:
        """Return all assignments, or those of a day, read page by page."""
        page = partial(self.store.assignments, *self.key, day=day)
        return read_pages(page, lambda assignment: assignment.lead_id, size)

    def list_suggestions(self, *, size: int = 100) -> list[SuggestionHead]:
        """Return the heads of all suggestions, read page by page."""
        page = partial(self.store.suggestions, *self.key)
        return read_pages(page, lambda head: head.id, size)

    def read_suggestion(self, suggestion: Suggestion | SuggestionHead) -> Suggestion:
        """Return a suggestion as it is stored now, with its leads."""
        return self.store.suggestion(self.campaign.client_id, suggestion.id)

    def list_events(self, *, size: int = 100) -> list[Event]:
        """Return the history, read page by page."""
        page = partial(self.store.history, *self.key)
        return read_pages(page, lambda event: event.number or 0, size)

    def read_state(self) -> CampaignState:
        """Return all that the store has of the campaign."""
        assignments, heads = self.list_assignments(), self.list_suggestions()
        days = {DAY, NEXT_DAY, *(assignment.day for assignment in assignments)}
        suggestions = [self.read_suggestion(head) for head in heads]
        return CampaignState(
            snapshot=self.read_snapshot(lead_ids=[a.lead_id for a in assignments]),
            assignments=assignments,
            days={day: self.read_progress(day) for day in days},
            heads=heads,
            suggestions=suggestions,
            rejections={i: one for whole in suggestions for i, one in whole.rejections.items()},
            events=self.list_events(),
        )
