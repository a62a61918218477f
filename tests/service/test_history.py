"""Any history of campaigns, by users and the AI, played on both services beside a plain model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import NullPool, create_engine, text

import campaignkit as ck
from campaignkit import Reason
from campaignkit.storage import MemoryStore, Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.service import services
from tests.service.model import Admitted, Deed, Model, RefusalError, Suggested, Terms, Told
from tests.service.services import START
from tests.storage.sqlalchemy import databases

T = TypeVar("T")
Key: TypeAlias = tuple[UUID, UUID]
CLIENTS = [UUID(int=7), UUID(int=8)]
DAYS = [date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)]
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
A_SECOND = timedelta(seconds=1)

actors = st.sampled_from([ANN, ANN, ANN, SCOUT, SCOUT])
deciders = st.sampled_from([ANN, ANN, ANN, ANN, SCOUT])
days = st.sampled_from(DAYS)
acts = st.sampled_from(
    ["activate", "pause", "activate", "complete", "activate", "delete", "restore", "restore"]
)
places = st.lists(st.integers(0, 9), max_size=3)
strangers = st.lists(st.sampled_from("abcyz"), max_size=2)
batches = st.lists(
    st.builds(
        ck.Lead,
        st.sampled_from("abcdefghij"),
        st.sampled_from([90, 85, 84.5, 60, 45, 45.5, 20, 10, None]),
        st.sampled_from([frozenset(ck.Channel), frozenset({ck.Channel.EMAIL}), frozenset()]),
    ),
    min_size=2,
    max_size=8,
    unique_by=lambda lead: lead.id,
)
ALLOCATIONS = [ck.DEFAULT_ALLOCATION, ck.Allocation(email=100), ck.Allocation(voice=50, sms=50)]
MODES = [ck.PermissionMode.CO_PILOT, *ck.PermissionMode]
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["Sydney", "Perth"]),
    "permission_mode": st.sampled_from(MODES),
    "targeting": st.sampled_from([ck.Targeting(), ck.Targeting(titles=["CEO"])]),
    "allocation": st.sampled_from(ALLOCATIONS),
    "daily_lead_limit": st.integers(1, 4),
    "total_lead_limit": st.none() | st.integers(1, 8),
    "start_date": st.none() | days,
    "end_date": st.none() | days,
}
offers = st.lists(st.tuples(batches, days, places), min_size=2, max_size=4)
edits = st.lists(
    st.one_of(*(st.tuples(st.just(name), value) for name, value in VALUES.items())),
    min_size=1,
    max_size=3,
).map(dict[str, Any])
steps = st.integers(-2, 60).map(lambda seconds: timedelta(seconds=seconds))
deeds = st.one_of(
    acts.map(Deed),
    edits.map(lambda named: Deed("edit", edits=named)),
    st.builds(Deed, st.just("assign"), batch=batches, day=days),
    st.builds(Deed, st.just("release"), ids=st.lists(st.sampled_from("abcdefz"))),
)
expiries = st.sampled_from([None, None, timedelta(seconds=1), timedelta(seconds=90)])

fates = st.tuples(
    *[
        st.tuples(
            st.sampled_from(
                [
                    *("approved", "in part", "rejected", "rejected in part", "again"),
                    *("overtaken", "late", "over", "waits"),
                ]
            ),
            deciders,
            st.lists(st.sampled_from("abcdefghij"), unique=True, min_size=3),
        )
    ]
    * 3
)

terms = st.one_of(
    st.just(Terms()),
    st.builds(
        Terms,
        day=st.none() | days,
        ids=st.none() | st.lists(st.sampled_from("abcdefghij"), unique=True, min_size=1),
        leads=st.none() | st.none() | batches,
    ),
    st.builds(Terms, amend=st.sampled_from(["Sydney", "Hobart"]).map(lambda name: {"name": name})),
)

SIMPLE: Mapping[str, ck.Command] = {
    "activate": ck.Activate(),
    "pause": ck.Pause(),
    "complete": ck.Complete(),
    "delete": ck.Delete(),
    "restore": ck.Restore(),
}


def as_change(deed: Deed) -> ck.Command:
    if deed.act == "edit":
        return ck.Edit(**deed.edits)
    if deed.act == "assign":
        assert deed.day is not None
        return ck.AssignLeads(deed.batch, deed.day)
    return ck.ReleaseLeads(deed.ids) if deed.act == "release" else SIMPLE[deed.act]


class ServiceMachine(RuleBasedStateMachine):
    """Rules that act through a service and on the model, and compare what comes of it."""

    campaigns: Bundle[Key] = Bundle("campaigns")
    suggestions: Bundle[tuple[Key, Suggested]] = Bundle("suggestions")

    def __init__(self, make: services.Make, store: Store | None = None) -> None:
        super().__init__()
        self.now: datetime = START
        self.store = MemoryStore() if store is None else store
        self.today = DAYS[0]
        self.service = make(self.store, clock=lambda: self.now, today=self._find_today)
        self.models: dict[Key, Model] = {}

    def _find_today(self, _: ck.Campaign) -> date:
        return self.today

    def _compare(self, wanted: Callable[[], Any], done: Callable[[], Any]) -> tuple[Any, Any]:
        """Return what the model and the service say, or hold that they refuse alike."""
        refusal, expected = None, None
        try:
            expected = wanted()
        except RefusalError as error:
            refusal = error
        if refusal is None:
            return expected, done()
        before = self._all()
        with pytest.raises(refusal.kind) as caught:
            done()
        assert type(caught.value) is refusal.kind
        if isinstance(caught.value, ck.RefusedError):
            assert caught.value.reasons == refusal.reasons
        assert (self._all() == before) is not refusal.is_written
        return None, None

    def _all(self) -> dict[Key, tuple[Any, ...]]:
        """Return all that is stored."""
        return {
            key: (
                self.store.snapshot(*key),
                self.store.assignments(*key),
                [self.store.progress(*key, day) for day in DAYS],
                self.store.suggestions(*key),
                self.store.history(*key, limit=1_000),
            )
            for key in self.models
        }

    def _agree(self, key: Key) -> None:
        model = self.models[key]
        found = self.service.get(*key, include_deleted=True)
        assert found == model.campaign()
        for day in DAYS:
            assert self.store.progress(*key, day) == model.progress(day)
        leads = self.store.assignments(*key).items
        assert list(leads) == [model.leads[lead_id] for lead_id in sorted(model.leads)]
        heads = self.service.suggestions(*key, limit=1_000).items
        found_states = {head.id: (head.state.value, head.revision) for head in heads}
        assert found_states == {
            s.id: (model.state_of(s, self.now, looks=False), s.revision) for s in model.suggestions
        }
        for head in heads:
            is_over = head.day is not None and head.day < self.today
            assert head.day_passed is (is_over and head.state is ck.SuggestionState.PENDING)
        for suggested in model.suggestions:
            self._agree_on(key, suggested)
        events = self.service.history(*key, limit=1_000).items
        assert [told(event) for event in events] == [expected(one) for one in model.history]
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert ck.replay(events) == found
        assert given(events) == Counter(lead.channel for lead in leads)

    def _agree_on(self, key: Key, suggested: Suggested) -> None:
        """Hold that a suggestion is what it should be, with its leads and whom it keeps out."""
        model = self.models[key]
        whole = self.service.suggestion(key[0], suggested.id or UUID(int=0))
        assert whole.state == model.state_of(suggested, self.now, looks=True)
        assert whole.command == as_change(suggested.deed)
        assert dict(whole.unassigned) == suggested.unassigned
        kept = {lead_id: one.until for lead_id, one in whole.rejections.items()}
        assert kept == model.kept_by(suggested)

    @initialize(target=campaigns)
    def begin(self) -> MultipleResults[Key]:
        """Set campaigns of two clients running, some with hardly any limits."""
        added: list[Key] = []
        for client_id, limits in zip([*CLIENTS, *CLIENTS], [(2, 5), (40, None)] * 2, strict=True):
            key = self._create(
                client_id, ANN, daily_lead_limit=limits[0], total_lead_limit=limits[1]
            )
            self._submit(key, Deed("activate"), ANN)
            added.append(key)
        return multiple(*added)

    def _create(self, client_id: UUID, by: ck.Actor, **fields: Any) -> Key:  # noqa: ANN401
        number = len(self.models) + 1
        named: dict[str, Any] = {"name": "x", **fields}
        draft = ck.Campaign.draft(
            id=UUID(int=number), client_id=client_id, created_at=self.now, **named
        )
        model, key = _model(draft), (client_id, draft.id)
        if self._compare(
            lambda: model.create(by, self.now), lambda: self.service.create(draft, by=by)
        ) == (None, None):
            with pytest.raises(ck.NotFoundError):
                self.service.get(*key)
            return self._create(client_id, ANN, **fields)
        self.models[key] = model
        model.today = self.today
        self._agree(key)
        return key

    @rule(today=days)
    def turn_day(self, *, today: date) -> None:
        """Make it another day for the host."""
        self.today = today
        for key, model in self.models.items():
            model.today = today
            self._agree(key)

    @rule(
        target=campaigns,
        client=st.sampled_from(CLIENTS),
        fields=edits,
        by=actors,
        go=st.sampled_from([True, True, False]),
    )
    def create(self, *, client: UUID, fields: Mapping[str, Any], by: ck.Actor, go: bool) -> Key:
        """Create a draft; one that the AI may not create is then created by a user."""
        valid = {name: value for name, value in fields.items() if "date" not in name}
        key = self._create(client, by, **valid)
        if go:
            self._submit(key, Deed("activate"), ANN)
        return key

    @rule(target=suggestions, at=campaigns, deed=deeds, by=actors, step=steps, expiry=expiries)
    def submit(
        self, *, at: Key, deed: Deed, by: ck.Actor, step: timedelta, expiry: timedelta | None
    ) -> MultipleResults[tuple[Key, Suggested]]:
        """Submit anything that a user or the AI may think of."""
        self.now += step
        expires = None if expiry is None else self.now + expiry
        suggested = self._submit(at, deed, by, expires)
        return multiple(*([] if suggested is None else [(at, suggested)]))

    @rule(target=suggestions, at=campaigns, batch=batches, day=days, fates=fates, deed=deeds)
    def suggest(
        self,
        *,
        at: Key,
        batch: Sequence[ck.Lead],
        day: date,
        fates: Sequence[tuple[str, ck.Actor, Sequence[str]]],
        deed: Deed,
    ) -> MultipleResults[tuple[Key, Suggested]]:
        """Have the AI suggest what it can, let something happen or not, and decide upon it."""
        co_pilot = {"permission_mode": ck.PermissionMode.CO_PILOT}
        for first in (Deed("restore"), Deed("activate"), Deed("edit", edits=co_pilot)):
            self._submit(at, first, ANN)
        made: list[tuple[Key, Suggested]] = []
        wanted = (Deed("assign", batch=batch, day=day), Deed("edit", edits={"name": "AI"}), deed)
        for one, (fate, by, ids) in zip(wanted, fates, strict=True):
            self.now += A_SECOND
            suggested = self._submit(at, one, SCOUT, self.now + 30 * A_SECOND)
            if suggested is None:
                continue
            made.append((at, suggested))
            self._decide(at, one, made[-1], fate=fate, by=by, ids=ids)
        return multiple(*made)

    def _decide(
        self,
        key: Key,
        deed: Deed,
        suggestion: tuple[Key, Suggested],
        *,
        fate: str,
        by: ck.Actor,
        ids: Sequence[str],
    ) -> None:
        """Let something happen to what was suggested."""
        expires = self.now + 30 * A_SECOND
        if fate == "overtaken":  # by what may touch the same
            self._submit(key, deed, ANN)
        if fate == "late":
            self.now = expires
        if fate == "over":
            self._submit(key, Deed("delete"), ANN)
        if fate == "again":
            self._submit(key, deed, SCOUT, expires)
        if fate in {"overtaken", "late", "over", "approved", "again"}:
            self.approve(at=suggestion, by=by, step=A_SECOND, terms=Terms(), previews=True)
        if fate == "in part":
            self.approve(at=suggestion, by=by, step=A_SECOND, terms=Terms(ids=ids), previews=True)
        if fate.startswith("rejected"):
            some = ids[:2] if fate == "rejected in part" else None
            until = deed.day if some else None
            self.reject(at=suggestion, by=by, step=A_SECOND, ids=some, until=until)
            self._submit(key, deed, SCOUT, self.now + 30 * A_SECOND)

    def _submit(
        self, key: Key, deed: Deed, by: ck.Actor, expires: datetime | None = None
    ) -> Suggested | None:
        model, change = self.models[key], as_change(deed)
        can = None
        if deed.act not in {"assign", "release"}:
            can = model.campaign().can(deed.act, by=by, **deed.edits)
        wanted, done = self._compare(
            lambda: model.submit(deed, by, self.now, expires),
            lambda: self.service.submit(*key, change, by=by, expires_at=expires),
        )
        if can is not None:
            assert can.allowed is isinstance(done, ck.Campaign)
        self._outcome(key, wanted, done)
        self._agree(key)
        return wanted if isinstance(wanted, Suggested) else None

    def _outcome(self, key: Key, wanted: object, done: object) -> None:
        """Hold that what came of a deed is what should."""
        model = self.models[key]
        if isinstance(wanted, Suggested):
            assert isinstance(done, ck.Suggestion)
            wanted.id = done.id
            assert (done.by, done.at, done.expires_at) == (wanted.by, wanted.at, wanted.expires)
            assert done.before == wanted.before
        elif isinstance(wanted, Admitted):
            assert isinstance(done, ck.Intake)
            assert dict(done.assignments) == wanted.assignments
            assert dict(done.already) == wanted.already
            assert dict(done.deferred) == wanted.deferred
            assert dict(done.unassigned) == wanted.unassigned
        elif isinstance(wanted, dict):
            assert isinstance(done, ck.Release)
            assert done.released == wanted
        else:
            assert done in {None, model.campaign()}

    @rule(at=suggestions, by=deciders, step=steps, terms=terms, previews=st.booleans())
    def approve(
        self,
        *,
        at: tuple[Key, Suggested],
        by: ck.Actor,
        step: timedelta,
        terms: Terms,
        previews: bool,
    ) -> None:
        """Approve what was suggested at some time, on some terms, previewed or not."""
        self.now += step
        key, suggested = at
        own_id = suggested.id or UUID(int=0)
        named: dict[str, Any] = {"by": by, "day": terms.day, "amend": terms.amend}
        if suggested.deed.act == "assign":
            # Nearly always leads that were suggested: others are refused.
            terms = attrs.evolve(terms, ids=_known(terms.ids, suggested, str))
            terms = attrs.evolve(terms, leads=_known(terms.leads, suggested, lambda x: str(x.id)))
        if terms.leads is not None and terms.ids is not None:
            missing = set(terms.ids) - {str(lead.id) for lead in terms.leads}
            terms = attrs.evolve(terms, ids=None) if missing else terms
        named |= {"leads": terms.leads, "lead_ids": terms.ids}
        expect = None
        if previews:
            before = self._all()
            seen = _told(lambda: self.service.preview_approval(key[0], own_id, **named))
            assert self._all() == before
            expect = seen if isinstance(seen, ck.ApprovalPreview) else None
        wanted, done = self._compare(
            lambda: self.models[key].approve(suggested, by, self.now, terms),
            lambda: self.service.approve(key[0], own_id, expect=expect, **named),
        )
        if previews and done is not None:
            assert expect is not None
            seen = expect.outcome
            if isinstance(seen, ck.Campaign) and isinstance(done, ck.Campaign):
                seen = attrs.evolve(seen, updated_at=done.updated_at)
            assert seen == done
        self._outcome(key, wanted, done)
        self._agree(key)

    @rule(
        at=suggestions,
        by=deciders,
        step=steps,
        ids=st.none() | st.lists(st.sampled_from("abcdefghij"), unique=True),
        until=st.none() | days,
    )
    def reject(
        self,
        *,
        at: tuple[Key, Suggested],
        by: ck.Actor,
        step: timedelta,
        ids: Sequence[str] | None,
        until: date | None,
    ) -> None:
        """Reject what was suggested at some time, or some of it, and keep the words of why."""
        self.now += step
        key, suggested = at
        found = self.store.suggestion(key[0], suggested.id or UUID(int=0))
        if suggested.deed.act == "assign":
            ids = _known(ids, suggested, str)
        self._compare(
            lambda: self.models[key].reject(suggested, by, self.now, ids, until),
            lambda: self.service.reject(
                key[0], found.id, by=by, reason="not now", lead_ids=ids, until=until
            ),
        )
        if suggested.state == "rejected" and found.state == "pending":
            assert self.service.suggestion(key[0], found.id).why == "not now"
            assert self.service.history(*key, limit=1_000).items[-1].reason == "not now"
        self._agree(key)

    @rule(at=campaigns, allocation=st.sampled_from(ALLOCATIONS), by=actors)
    def reallocate(self, *, at: Key, allocation: ck.Allocation, by: ck.Actor) -> None:
        """Pause, change the shares, and go on, as far as all of that is allowed."""
        for deed in (
            *(Deed("restore"), Deed("pause")),
            *(Deed("edit", edits={"allocation": allocation}), Deed("activate")),
        ):
            self.now += A_SECOND
            self._submit(at, deed, by)

    @rule(at=campaigns, offers=offers, by=actors)
    def intake(
        self,
        *,
        at: Key,
        offers: Sequence[tuple[Sequence[ck.Lead], date, Sequence[int]]],
        by: ck.Actor,
    ) -> None:
        """Preview an intake, then do it, then do it again, then release some; several times."""
        for batch, day, released in offers:
            self._offer(at, batch, day, by)
            there = sorted(self.models[at].leads)
            gone = [there[place % len(there)] for place in released if there]
            self._submit(at, Deed("release", ids=gone), by)

    def _offer(self, key: Key, batch: Sequence[ck.Lead], day: date, by: ck.Actor) -> None:
        before = self._all()
        preview = _told(lambda: self.service.preview(*key, batch, day=day, by=by))
        assert self._all() == before
        deed = Deed("assign", batch=batch, day=day)
        wanted, taken = self._compare(
            lambda: self.models[key].submit(deed, by, self.now),
            lambda: self.service.intake(*key, batch, day=day, by=by),
        )
        self._outcome(key, wanted, taken)
        self._agree(key)
        if isinstance(taken, ck.Intake):
            assert preview == taken
            assert taken.progress == self.models[key].progress(day)
            if {Reason.REJECTED, Reason.ALREADY_SUGGESTED} & {*taken.unassigned.values()}:
                return  # which does not bind a user
            again = self.service.intake(*key, batch, day=day, by=ANN)
            assert not again.assignments
            assert again.already == {**taken.already, **taken.assignments}
            assert (again.deferred, again.unassigned) == (taken.deferred, taken.unassigned)
            self._agree(key)
        elif taken is None:
            assert preview == _told(lambda: self.service.intake(*key, batch, day=day, by=by))

    @rule(
        at=campaigns,
        states=st.none() | st.sets(st.sampled_from(ck.SuggestionState)),
        size=st.integers(1, 3),
        everywhere=st.booleans(),
    )
    def list_suggestions(
        self, *, at: Key, states: set[ck.SuggestionState] | None, size: int, everywhere: bool
    ) -> None:
        """List what was suggested, page by page, as it is by now."""
        client_id, campaign_id = at
        found: list[UUID] = []
        after: UUID | None = None
        while True:
            page = self.service.suggestions(
                client_id,
                None if everywhere else campaign_id,
                states=states,
                after=after,
                limit=size,
            )
            found += [suggestion.id for suggestion in page.items]
            if (after := page.next) is None:
                break
        own = [
            suggested
            for (owner, campaign), model in self.models.items()
            if owner == client_id and (everywhere or campaign == campaign_id)
            for suggested in model.suggestions
            if states is None or model.state_of(suggested, self.now, looks=False) in states
        ]
        assert found == sorted(found)
        assert set(found) == {suggested.id for suggested in own}

    @rule(at=campaigns, deed=deeds, by=actors, suggestion=suggestions)
    def intrude(
        self, *, at: Key, deed: Deed, by: ck.Actor, suggestion: tuple[Key, Suggested]
    ) -> None:
        """Reach for what is another client's."""
        before = self._all()
        stranger = CLIENTS[1 - CLIENTS.index(at[0])]
        calls: list[Callable[[], object]] = [
            lambda: self.service.submit(stranger, at[1], as_change(deed), by=by),
            lambda: self.service.history(stranger, at[1]),
            lambda: self.service.suggestions(stranger, at[1]),
        ]
        (owner, _), suggested = suggestion
        stranger_to_it = CLIENTS[1 - CLIENTS.index(owner)]
        own_id = suggested.id or UUID(int=0)
        calls += [
            lambda: self.service.suggestion(stranger_to_it, own_id),
            lambda: self.service.approve(stranger_to_it, own_id, by=by),
            lambda: self.service.reject(stranger_to_it, own_id, by=by, reason="no"),
        ]
        for call in calls:
            with pytest.raises(ck.NotFoundError):
                call()
        assert self._all() == before

    @rule(
        client_id=st.sampled_from(CLIENTS),
        deleted=st.booleans(),
        statuses=st.none() | st.sets(st.sampled_from(ck.CampaignStatus)),
        day=days,
    )
    def find(
        self,
        *,
        client_id: UUID,
        deleted: bool,
        statuses: set[ck.CampaignStatus] | None,
        day: date,
    ) -> None:
        """Find campaigns."""
        own = {key: model for key, model in self.models.items() if key[0] == client_id}
        campaigns = [model.campaign() for _, model in sorted(own.items())]
        shown = [c for c in campaigns if deleted or c.deleted_at is None]
        found = self.service.find(client_id, statuses=statuses, include_deleted=deleted)
        assert list(found.items) == [c for c in shown if statuses is None or c.status in statuses]
        running = [c for c in campaigns if c.is_running(day)]
        page = self.service.find(client_id, running_on=day, limit=2)
        assert list(page.items) == running[:2]
        if page.next is not None:
            rest = self.service.find(client_id, running_on=day, after=page.next)
            assert list(rest.items) == running[2:]
        for campaign in campaigns:
            if campaign.deleted_at is None:
                assert self.service.get(client_id, campaign.id) == campaign
            else:
                with pytest.raises(ck.NotFoundError):
                    self.service.get(client_id, campaign.id)


def _known(some: Sequence[T] | None, suggested: Suggested, name: Callable[[T], str]) -> Any:  # noqa: ANN401
    """Return those that are about leads that wait; None for none of them."""
    return [one for one in some or () if name(one) in suggested.leads()] or None


def told(event: ck.Event) -> tuple[object, ...]:
    return (
        event.kind,
        event.action,
        event.by,
        event.at,
        dict(event.before),
        dict(event.after),
        +Counter(dict(event.counts)),
        event.suggestion_id,
    )


def expected(one: Told) -> tuple[object, ...]:
    about = None if one.about is None else one.about.id
    return one.kind, one.act, one.by, one.at, one.before, one.after, one.counts, about


def given(events: Sequence[ck.Event]) -> Counter[ck.Channel]:
    """Return how many leads are left of all that the events tell of."""
    left: Counter[ck.Channel] = Counter()
    for event in events:
        if event.kind.is_done:
            change = left.subtract if event.action is ck.Action.RELEASE else left.update
            change(dict(event.counts))
    return +left


def _model(campaign: ck.Campaign) -> Model:
    return Model({name: getattr(campaign, name) for name in attrs.fields_dict(ck.Campaign)})


def _told(call: Callable[[], object]) -> object:
    try:
        return call()
    except ck.errors.CampaignKitError as error:
        return type(error), error.args


def test_any_history(make: services.Make) -> None:
    class Played(ServiceMachine):
        def __init__(self) -> None:
            super().__init__(make)

    few = settings(max_examples=max(1, settings().max_examples // 3), stateful_step_count=20)
    run_state_machine_as_test(Played, settings=few)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_any_history_in_a_database(database: str, request: pytest.FixtureRequest) -> None:
    if database == "sqlite":
        play_in(SQLAlchemyStore.open, "sqlite://")
    else:
        with databases.new(request.getfixturevalue("postgres_url")) as url:
            play_in(open_emptied, url)


def open_emptied(url: str) -> SQLAlchemyStore:
    """Open a store in a database without anything that was stored there before."""
    store = SQLAlchemyStore.open(url)
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text("TRUNCATE campaigns CASCADE"))
    return store


def play_in(open_store: Callable[[str], SQLAlchemyStore], url: str) -> None:
    """Play histories on a store that is opened for each."""

    class Played(ServiceMachine):
        def __init__(self) -> None:
            self.opened = open_store(url)
            super().__init__(ck.CampaignService, self.opened)

        def teardown(self) -> None:
            self.opened.close()

    few = settings(max_examples=max(1, settings().max_examples // 30), stateful_step_count=10)
    run_state_machine_as_test(Played, settings=few)
