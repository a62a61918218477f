"""A store is an abstract base class, and an adapter needs nothing that is not public."""

from __future__ import annotations

import copy
import hmac
import inspect
import json
import secrets
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import partial
from threading import RLock
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from attrs import evolve

import campaignkit as ck
from campaignkit import (
    AlreadyExistsError,
    Campaign,
    ConflictError,
    Event,
    InvalidError,
    NotFoundError,
    Progress,
    Suggestion,
    SuggestionHead,
    SuggestionState,
)
from campaignkit.storage import (
    AssignmentsQuery,
    AsyncMemoryStore,
    AsyncStore,
    CampaignQuery,
    CampaignsQuery,
    ClientHistoryQuery,
    ClientQuery,
    ClientSnapshot,
    ClientSnapshotQuery,
    ClientWrites,
    Decide,
    DecideClient,
    FeedQuery,
    HistoryQuery,
    LeadQuery,
    MemoryStore,
    Page,
    Query,
    RunningCampaignsQuery,
    Snapshot,
    SnapshotQuery,
    Store,
    SuggestionQuery,
    SuggestionsQuery,
    SuppressionsQuery,
    Writes,
    check_client_decision,
    check_client_writes,
    check_decision,
    check_writes,
    choose_events,
    make_lead_record,
    pair_with_events,
    read_cursor,
    write_cursor,
)
from campaignkit.testing import StoreContract

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")
METHODS = ["add_all", "adopt_client", "apply_client_decision", "apply_decision", "ask"]
"""What a store must define."""


class Shelf(Store):
    """An adapter as others write them: a dict of plain dicts, of which a call works on a copy."""

    owns_transactions = True

    def __init__(self) -> None:
        self.shelf: dict[UUID, dict[str, Any]] = {}
        self.clients: dict[UUID, dict[str, Any]] = {}
        self.lock = RLock()

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        new = pair_with_events(campaigns, events)
        with self.lock:
            for campaign, _ in new:
                if campaign.id in self.shelf:
                    raise AlreadyExistsError("campaign", campaign.id)
            for campaign, first in new:
                self.shelf[campaign.id] = {
                    "campaign": campaign,
                    "progress": Progress(),
                    "leads": {},
                    "suggestions": {},
                    "rejections": {},
                    "releases": [],
                    "events": first,
                }
        return tuple(campaign for campaign, _ in new)

    def ask(self, query: Query[T]) -> T:
        return cast("T", self.answer(query))

    def answer(self, query: Query[Any]) -> object:  # noqa: C901, PLR0911, PLR0912  # one for each query
        match query:
            case CampaignQuery():
                campaign: Campaign = self.record(query.client_id, query.campaign_id)["campaign"]
                if campaign.deleted_at is not None and not query.include_deleted:
                    raise NotFoundError("campaign", query.campaign_id)
                return campaign
            case CampaignsQuery():
                return page_of(self.campaigns(partial(is_found, query)), query)
            case RunningCampaignsQuery():
                return page_of(self.campaigns(partial(is_run, query)), query)
            case SnapshotQuery():
                return self.snapshot_of(query)
            case AssignmentsQuery():
                day, leads = query.day, self.record(query.client_id, query.campaign_id)["leads"]
                return page_of({i: a for i, a in leads.items() if day in {None, a.day}}, query)
            case SuggestionsQuery():
                found = self.suggested(query.client_id, query.campaign_id)
                states = query.states
                wanted = {
                    i: s.head for i, s in found.items() if states is None or s.state in states
                }
                return page_of(wanted, query)
            case SuggestionQuery():
                own = self.suggested(query.client_id, None)
                if query.suggestion_id not in own:
                    raise NotFoundError("suggestion", query.suggestion_id)
                suggestion = own[query.suggestion_id]
                return whole_of(self.record(query.client_id, suggestion.campaign_id), suggestion)
            case HistoryQuery():
                events: list[Event] = self.record(query.client_id, query.campaign_id)["events"]
                about = query.suggestion_id
                numbered = enumerate(events, 1)
                return page_of(
                    {n: e for n, e in numbered if about in {None, e.suggestion_id}}, query
                )
            case FeedQuery():
                return self.feed_page(query)
            case ClientQuery():
                return evolve(self.state_of(query.client_id, (), query.day) or ck.ClientState())
            case ClientSnapshotQuery():
                return self.client_snapshot(query)
            case SuppressionsQuery():
                stops = self.client_of(query.client_id)["suppressions"]
                page = page_of(stops, query)
                return Page(tuple(one for some in page.items for one in some.values()), page.next)
            case ClientHistoryQuery():
                events = self.client_of(query.client_id)["events"]
                return page_of(dict(enumerate(events, 1)), query)
            case LeadQuery():
                return self.lead_record(query)
            case _:
                raise InvalidError([f"query must be a Query, not {query}"])

    def feed_page(self, query: FeedQuery) -> Page[Event, str]:
        seen = read_cursor(query.client_id, query.cursor)
        own = self.campaigns(lambda c: c.client_id == query.client_id)
        events = {i: self.record(query.client_id, i)["events"] for i in own}
        last = {i: len(several) for i, several in events.items()}
        chosen = choose_events(last, seen, query.limit)
        behind = write_cursor(query.client_id, seen | dict(chosen))
        return Page(tuple(events[i][number - 1] for i, number in chosen), behind)

    def suggested(self, client_id: UUID, campaign_id: UUID | None) -> dict[UUID, Suggestion]:
        own = (
            list(self.campaigns(lambda c: c.client_id == client_id))
            if campaign_id is None
            else [campaign_id]
        )
        return {i: s for one in own for i, s in self.record(client_id, one)["suggestions"].items()}

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        check_decision(query, decide)
        with self.lock:
            record = self.record(query.client_id, query.campaign_id)
            before = self.snapshot_of(query)
            writes = decide(before)
            check_writes(before, writes)
            self.write(record, before, writes)
            if query.client_id in self.clients:
                of_client = ClientWrites[None](
                    suppressions=writes.suppressions, events=writes.client_events
                )
                self.write_client(query.client_id, of_client)
            self.shelf[query.campaign_id] = record
        return writes

    # -- What the campaigns of a client share -----------------------------------------------------

    def adopt_client(self, client_id: UUID) -> None:
        with self.lock:
            self.clients.setdefault(ClientQuery(client_id).client_id, new_client())

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        check_client_decision(query, decide)
        with self.lock:
            if query.client_id not in self.clients:
                raise NotFoundError("client", query.client_id)
            before = self.client_snapshot(query)
            writes = decide(before)
            check_client_writes(query, before, writes)
            self.write_client(query.client_id, writes)
        return writes

    def client_of(self, client_id: UUID) -> dict[str, Any]:
        return self.clients.get(client_id) or new_client()

    def records(self, client_id: UUID) -> list[dict[str, Any]]:
        return [one for one in self.shelf.values() if one["campaign"].client_id == client_id]

    def snapshot_of(self, query: SnapshotQuery) -> Snapshot:
        record = self.record(query.client_id, query.campaign_id)
        found, ids = snapshot_of(record, query), query.lead_ids if query.day else ()
        state = self.state_of(query.client_id, ids, query.day, query.campaign_id)
        if state is not None:
            stops = suppressions_of(self.client_of(query.client_id), query.lead_ids)
            state = evolve(state, suppressions=stops)
        gone = {one.lead_id for one in record["releases"] if one.contacted}
        live = {
            i
            for one in self.records(query.client_id)
            if is_live(one)
            for i in one["leads"]
            if one["campaign"].id != query.campaign_id
        }
        wanted = live if query.elsewhere and state else ()
        return evolve(
            found,
            client=state,
            contacted=frozenset(gone.intersection(ids)),
            elsewhere={i: lead for i, lead in record["leads"].items() if i in wanted},
        )

    def state_of(
        self, client_id: UUID, ids: Collection[str], day: date | None, own: UUID | None = None
    ) -> ck.ClientState | None:
        with self.lock:
            client, records = self.clients.get(client_id), self.records(client_id)
            if client is None:
                return None
            claims: dict[str, list[ck.Claim]] = {}
            for one in records:
                campaign_id = one["campaign"].id
                held = [(lead, is_live(one)) for lead in one["leads"].values()]
                held += [(gone.assignment, False) for gone in one["releases"] if gone.contacted]
                for lead, live in held:
                    if lead.lead_id in ids and campaign_id != own:
                        claim = ck.Claim(lead.lead_id, campaign_id, lead.day, is_live=live)
                        claims.setdefault(lead.lead_id, []).append(claim)
            used = Counter[tuple[date, str]]()
            for one in records:
                used.update((lead.day, lead.channel) for lead in counted(one))
            days = {each for each, _ in used if day and abs((each - day).days) < 7}
            return ck.ClientState(
                client["policy"],
                client["revision"],
                used={
                    each: ck.ChannelCounts({c: n for (at, c), n in used.items() if at == each})
                    for each in days
                },
                claims={i: tuple(several) for i, several in claims.items()},
            )

    def count_doubles(self, client_id: UUID) -> int:
        leads = [i for one in self.records(client_id) if is_live(one) for i in one["leads"]]
        return len({i for i in leads if leads.count(i) > 1})

    def client_snapshot(self, query: ClientSnapshotQuery) -> ClientSnapshot:
        state = self.state_of(query.client_id, (), None) or ck.ClientState()
        stops = suppressions_of(self.client_of(query.client_id), query.lead_ids)
        live = [one for one in self.records(query.client_id) if is_live(one) and query.live]
        return ClientSnapshot(
            evolve(state, suppressions=stops),
            tuple(
                ck.LiveAssignment(one["campaign"].id, lead)
                for one in live
                for i, lead in one["leads"].items()
                if i in query.lead_ids
            ),
            self.count_doubles(query.client_id) if query.doubles else 0,
        )

    def write_client(self, client_id: UUID, writes: ClientWrites[Any]) -> None:
        client = copy.deepcopy(self.clients[client_id])
        stops: dict[str, dict[Any, ck.Suppression]] = client["suppressions"]
        names = {
            one.lead_id: stored_name(client, one.lead_id)
            for one in (*writes.lifted, *writes.suppressions)
        }
        for one in writes.lifted:
            del stops[names[one.lead_id]][one.channel]
        for one in writes.suppressions:
            add_stop(stops, evolve(one, lead_id=names[one.lead_id]))
        renamed: dict[UUID, dict[str, Any]] = {}
        if (gone := writes.erased) is not None:
            client["key"] = client["key"] or secrets.token_hex(32)
            name = hashed_name(client["key"], gone)
            for one in stops.pop(gone, {}).values():
                add_stop(stops, evolve(one, lead_id=name))
            for record in self.records(client_id):
                renamed[record["campaign"].id] = rename_lead(record, gone, name)
        client["suppressions"] = {
            i: dict(sorted(some.items(), key=place_of)) for i, some in stops.items() if some
        }
        client["revision"] += 1
        client["policy"] = writes.policy or client["policy"]
        first = len(client["events"]) + 1
        client["events"] += [evolve(e, number=n) for n, e in enumerate(writes.events, first)]
        self.clients[client_id] = client
        self.shelf.update(renamed)

    def lead_record(self, query: LeadQuery) -> ck.LeadRecord:
        records, lead_id = self.records(query.client_id), query.lead_id
        stops = suppressions_of(self.client_of(query.client_id), [lead_id])
        suggested = {i: s for one in records for i, s in one["suggestions"].items()}
        return make_lead_record(
            lead_id,
            present=[
                ck.LiveAssignment(one["campaign"].id, one["leads"][lead_id])
                for one in records
                if lead_id in one["leads"]
            ],
            released=[
                (one["campaign"].id, gone)
                for one in records
                for gone in one["releases"]
                if gone.lead_id == lead_id
            ],
            suggestions=[
                s.head
                for s in suggested.values()
                if s.action is ck.Action.ASSIGN and lead_id in s.command.lead_ids
            ],
            rejections=[
                (rejection, suggested[rejection.suggestion_id].head)
                for one in records
                for i, rejection in one["rejections"].items()
                if i == lead_id
            ],
            suppressions=stops.get(lead_id, {}),
        )

    def record(self, client_id: UUID, campaign_id: UUID) -> dict[str, Any]:
        with self.lock:
            found = self.shelf.get(campaign_id)
            if found is None or found["campaign"].client_id != client_id:
                raise NotFoundError("campaign", campaign_id)
            return {name: copy.copy(part) for name, part in found.items()}

    def campaigns(
        self, wanted: Callable[[Campaign], bool] = lambda _: True
    ) -> dict[UUID, Campaign]:
        with self.lock:
            own = {i: record["campaign"] for i, record in self.shelf.items()}
        return {i: campaign for i, campaign in own.items() if wanted(campaign)}

    def write(self, record: dict[str, Any], before: Snapshot, writes: Writes[Any]) -> None:
        leads = record["leads"]
        released = [gone.lead_id for gone in writes.released]
        if absent := set(released) - set(leads):
            msg = f"not there: {absent}"
            raise ConflictError(msg)
        record["releases"] = [
            *record["releases"],
            *(evolve(one, assignment=leads[one.lead_id]) for one in writes.released),
        ]
        for lead_id in released:
            del leads[lead_id]
        new = {assignment.lead_id: assignment for assignment in writes.assigned}
        others = {
            s.id
            for one in self.shelf.values()
            for s in writes.suggestions
            if s.id in one["suggestions"] and s.id not in before.heads
        }
        if new.keys() & leads.keys() or others:
            msg = f"there already: {new.keys() & leads.keys()}, {others}"
            raise ConflictError(msg)
        leads.update(new)
        for given in writes.suggestions:
            is_head = isinstance(given, SuggestionHead)
            stored = record["suggestions"][given.id].with_head(given) if is_head else given
            record["suggestions"][given.id] = stored
        for lead_id in writes.lifted:
            record["rejections"].pop(lead_id, None)
        record["rejections"].update({one.lead_id: one for one in writes.rejections})
        first = len(record["events"]) + 1
        record["events"] += [evolve(e, number=n) for n, e in enumerate(writes.events, first)]
        record["campaign"] = writes.campaign or record["campaign"]
        record["progress"] = writes.progress or record["progress"]


def new_client() -> dict[str, Any]:
    policy = ck.ClientPolicy()
    return {"policy": policy, "revision": 0, "key": None, "suppressions": {}, "events": []}


def is_live(record: Mapping[str, Any]) -> bool:
    campaign: Campaign = record["campaign"]
    return campaign.status is not ck.CampaignStatus.COMPLETED and campaign.deleted_at is None


def counted(record: Mapping[str, Any]) -> list[ck.Assignment]:
    """Return what counts for its day: what is there, and what was contacted."""
    gone = [one.assignment for one in record["releases"] if one.contacted]
    return [*record["leads"].values(), *gone]


def hashed_name(key: str, lead_id: str) -> str:
    return f"erased:{hmac.new(key.encode(), repr(lead_id).encode(), 'sha256').hexdigest()}"


def stored_name(client: Mapping[str, Any], lead_id: str) -> str:
    name = hashed_name(client["key"], lead_id) if client["key"] else lead_id
    return name if name in client["suppressions"] else lead_id


def suppressions_of(
    client: Mapping[str, Any], lead_ids: Iterable[str]
) -> dict[str, tuple[ck.Suppression, ...]]:
    found = {i: client["suppressions"].get(stored_name(client, i), {}) for i in lead_ids}
    return {
        i: tuple(evolve(one, lead_id=i) for one in some.values())
        for i, some in found.items()
        if some
    }


def add_stop(stops: dict[str, dict[Any, ck.Suppression]], new: ck.Suppression) -> None:
    own = stops.setdefault(new.lead_id, {})
    if new.channel not in own or new.is_later(own[new.channel]):
        own[new.channel] = new


def place_of(item: tuple[ck.Channel | None, ck.Suppression]) -> int:
    return -1 if item[0] is None else list(ck.Channel).index(item[0])


def rename_lead(record: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return a record with another id of a lead, found in the plain form of all that has it."""
    free = new
    while free in record["leads"]:
        free += "'"

    def renamed(given: Any, name: str = new) -> Any:  # any value
        plain = json.dumps(ck.to_dict(given))
        changed = plain.replace(json.dumps(old), json.dumps(name))
        if changed == plain:
            return given
        fields = json.loads(changed)
        if "digest" in fields:
            fields["digest"] = new
        kind: Any = given.__class__
        return ck.from_dict(kind, fields)

    return {
        **record,
        "leads": {free if i == old else i: renamed(a, free) for i, a in record["leads"].items()},
        "releases": [renamed(one) for one in record["releases"]],
        "rejections": {
            new if i == old else i: renamed(one) for i, one in record["rejections"].items()
        },
        "suggestions": {i: renamed(one) for i, one in record["suggestions"].items()},
    }


def whole_of(record: Mapping[str, Any], suggestion: Suggestion) -> Suggestion:
    rejections = record["rejections"].items()
    own = {i: one for i, one in rejections if one.suggestion_id == suggestion.id}
    return evolve(suggestion, rejections=own)


def snapshot_of(record: Mapping[str, Any], query: SnapshotQuery) -> Snapshot:
    leads, rejections = record["leads"], record["rejections"]
    stored: dict[UUID, Suggestion] = record["suggestions"]
    pending = {i for i, s in stored.items() if s.state is SuggestionState.PENDING}
    equal = {i for i, s in stored.items() if s.digest == query.digest}
    rejected = {i for i in equal if stored[i].state is SuggestionState.REJECTED}
    waiting: dict[str, frozenset[UUID]] = {}
    for lead_id in query.lead_ids if query.barriers else ():
        if ids := {i for i in pending if lead_id in getattr(stored[i].command, "lead_ids", ())}:
            waiting[lead_id] = frozenset(ids)
    whole = (stored.keys() & set(query.suggestion_ids)) | (equal & pending)
    heads = whole.union(rejected, pending if query.pending else (), *waiting.values())
    today = sum(assignment.day == query.day for assignment in counted(record))
    progress = evolve(record["progress"], day=query.day, admitted_today=today)
    return Snapshot(
        campaign=record["campaign"],
        progress=progress.for_allocation(record["campaign"].allocation),
        assignments={i: leads[i] for i in query.lead_ids if i in leads},
        suggestions={i: whole_of(record, stored[i]) for i in whole},
        heads={i: stored[i].head for i in heads},
        waiting=waiting,
        rejections={i: rejections[i] for i in query.lead_ids if query.barriers and i in rejections},
        last_suggestion=None if query.digest is None else max(stored, default=None),
        has_history=bool(record["events"]),
    )


def is_found(query: CampaignsQuery, campaign: Campaign) -> bool:
    return (
        campaign.client_id == query.client_id
        and (query.include_deleted or campaign.deleted_at is None)
        and (query.statuses is None or campaign.status in query.statuses)
        and (query.running_on is None or campaign.is_running(query.running_on))
        and (query.ids is None or campaign.id in query.ids)
    )


def is_run(query: RunningCampaignsQuery, campaign: Campaign) -> bool:
    if query.where is not None:
        raise InvalidError(["where must be None"])
    days = query.day, campaign.start_date, campaign.end_date, campaign.created_at.date()
    return campaign.is_running(next(day for day in days if day))


def page_of(found: Mapping[Any, T], query: Any) -> Page[T, Any]:  # of a listing
    keys = sorted(found)
    start = 0 if query.after is None else bisect_right(keys, query.after)
    wanted = keys[start : start + query.limit]
    more = len(keys) > start + query.limit
    return Page(tuple(found[key] for key in wanted), next=wanted[-1] if more else None)


class TestShelf(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return Shelf()


# -- A store with something missing ---------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_store_with_a_method_missing_cannot_be_made(method: str) -> None:
    rest = {name: getattr(MemoryStore, name) for name in METHODS if name != method}
    with pytest.raises(TypeError, match=f"abstract method '?{method}"):
        type("Mine", (Store,), rest)()


@pytest.mark.parametrize("method", METHODS)
def test_an_async_store_with_a_method_missing_cannot_be_made(method: str) -> None:
    rest = {name: getattr(AsyncMemoryStore, name) for name in METHODS if name != method}
    with pytest.raises(TypeError, match=f"abstract method '?{method}"):
        type("Mine", (AsyncStore,), rest)()


def test_all_that_is_missing_is_named() -> None:
    for kind in (Store, AsyncStore):
        with pytest.raises(TypeError) as raised:
            type("Mine", (kind,), {})()
        assert all(method in str(raised.value) for method in METHODS)


def test_the_two_have_the_same_methods() -> None:
    names = [name for name, _ in inspect.getmembers(Store, inspect.isfunction)]
    assert len(names) > len(METHODS)
    for name in names:
        plain, other = getattr(Store, name), getattr(AsyncStore, name)
        assert inspect.signature(plain) == inspect.signature(other)
        assert inspect.iscoroutinefunction(other)


def test_a_store_that_says_nothing_owns_no_transactions() -> None:
    assert not Store.owns_transactions
    assert not AsyncStore.owns_transactions
