"""Any history of campaigns, played on both services beside a plain model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
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

import campaignkit as ck
from campaignkit.storage import MemoryStore
from campaignkit.testing import strategies
from tests.service import services
from tests.service.model import Model, RefusalError
from tests.service.services import START

CLIENT = UUID(int=7)
DAYS = [date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)]
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")

actors = st.sampled_from([ANN, ANN, ANN, ANN, SCOUT])
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
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["Sydney", "Perth"]),
    "permission_mode": strategies.permission_modes(),
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


class ServiceMachine(RuleBasedStateMachine):
    """Rules that act through a service and on the model, and compare what comes of it."""

    campaigns: Bundle[UUID] = Bundle("campaigns")

    def __init__(self, make: services.Make) -> None:
        super().__init__()
        self.now: datetime = START
        self.store = MemoryStore()
        self.service = make(self.store, clock=lambda: self.now)
        self.models: dict[UUID, Model] = {}

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
        assert self._all() == before
        return None, None

    def _all(self) -> dict[UUID, tuple[Any, ...]]:
        """Return all that is stored."""
        return {
            campaign_id: (
                self.store.snapshot(CLIENT, campaign_id),
                self.store.assignments(CLIENT, campaign_id),
                [self.store.progress(CLIENT, campaign_id, day) for day in DAYS],
            )
            for campaign_id in self.models
        }

    def _agree(self, campaign_id: UUID) -> None:
        model = self.models[campaign_id]
        found = self.service.get(CLIENT, campaign_id, include_deleted=True)
        assert found == model.campaign()
        for day in DAYS:
            assert self.store.progress(CLIENT, campaign_id, day) == model.progress(day)
        leads = self.store.assignments(CLIENT, campaign_id).items
        assert list(leads) == [model.leads[lead_id] for lead_id in sorted(model.leads)]

    @initialize(target=campaigns)
    def begin(self) -> MultipleResults[UUID]:
        """Set two campaigns running, one with hardly any limits."""
        for limits in ((2, 5), (40, None)):
            draft = self._draft(name="x", daily_lead_limit=limits[0], total_lead_limit=limits[1])
            self.models[draft.id] = _model(self.service.create(draft, by=ANN))
            self.act(at=draft.id, act="activate", by=ANN, step=timedelta(0))
        return multiple(*self.models)

    def _draft(self, **fields: Any) -> ck.Campaign:  # noqa: ANN401  # of every kind
        number = len(self.models) + 1
        return ck.Campaign.draft(
            id=UUID(int=number), client_id=CLIENT, created_at=self.now, **fields
        )

    @rule(target=campaigns, fields=edits, by=actors, go=st.sampled_from([True, True, False]))
    def create(self, *, fields: Mapping[str, Any], by: ck.Actor, go: bool) -> UUID:
        """Create a draft; one that the AI may not create is then created by a user."""
        valid = {name: value for name, value in fields.items() if "date" not in name}
        draft = self._draft(**{"name": "x", **valid})
        mode = draft.permission_mode
        if by is SCOUT and mode is not ck.PermissionMode.AUTOPILOT:
            with pytest.raises(ck.PermissionDeniedError):
                self.service.create(draft, by=by)
            by = ANN
        assert self.service.create(draft, by=by) == draft
        self.models[draft.id] = _model(draft)
        if go:
            self.act(at=draft.id, act="activate", by=by, step=timedelta(0))
        return draft.id

    @rule(
        at=campaigns,
        act=acts,
        by=actors,
        step=steps,
    )
    def act(self, *, at: UUID, act: str, by: ck.Actor, step: timedelta) -> None:
        """Do what changes status, or deletes, or restores."""
        self.now += step
        model, method = self.models[at], getattr(self.service, act)
        can = model.campaign().can(act, by=by)
        _, after = self._compare(
            lambda: model.act(act, by, self.now), lambda: method(CLIENT, at, by=by)
        )
        assert can.allowed is (after is not None)
        assert after in {None, model.campaign()}
        self._agree(at)

    @rule(at=campaigns, allocation=st.sampled_from(ALLOCATIONS), by=actors)
    def reallocate(self, *, at: UUID, allocation: ck.Allocation, by: ck.Actor) -> None:
        """Pause, change the shares, and go on, as far as all of that is allowed."""
        a_second = timedelta(seconds=1)
        self.act(at=at, act="restore", by=by, step=a_second)
        self.act(at=at, act="pause", by=by, step=a_second)
        self.edit(at=at, named={"allocation": allocation}, by=by, step=a_second)
        self.act(at=at, act="activate", by=by, step=a_second)

    @rule(at=campaigns, named=edits, by=actors, step=steps)
    def edit(self, *, at: UUID, named: Mapping[str, Any], by: ck.Actor, step: timedelta) -> None:
        """Edit fields, those that are fixed and those that do not fit among them."""
        self.now += step
        model = self.models[at]
        can = model.campaign().can("edit", by=by, **named)
        _, after = self._compare(
            lambda: model.edit(named, by, self.now),
            lambda: self.service.edit(CLIENT, at, by=by, **named),
        )
        assert can.allowed is (after is not None)
        assert after in {None, model.campaign()}
        self._agree(at)

    @rule(at=campaigns, offers=offers, by=actors)
    def intake(
        self,
        *,
        at: UUID,
        offers: Sequence[tuple[Sequence[ck.Lead], date, Sequence[int]]],
        by: ck.Actor,
    ) -> None:
        """Preview an intake, then do it, then do it again, then release some; several times."""
        for batch, day, released in offers:
            self._offer(at, batch, day, by)
            self._release(at, released, "", by)

    def _offer(self, at: UUID, batch: Sequence[ck.Lead], day: date, by: ck.Actor) -> None:
        model, before = self.models[at], self._all()
        asked: dict[str, Any] = {"day": day, "by": by}
        preview = _outcome(lambda: self.service.preview(CLIENT, at, batch, **asked))
        assert self._all() == before
        expected, taken = self._compare(
            lambda: model.intake(batch, day, by),
            lambda: self.service.intake(CLIENT, at, batch, **asked),
        )
        self._agree(at)
        again = _outcome(lambda: self.service.intake(CLIENT, at, batch, **asked))
        if taken is None:
            assert preview == again
            return
        assert preview == taken
        assert dict(taken.assignments) == expected.assignments
        assert dict(taken.already) == expected.already
        assert dict(taken.deferred) == expected.deferred
        assert dict(taken.unassigned) == expected.unassigned
        assert taken.progress == model.progress(day)
        assert isinstance(again, ck.Intake)
        assert not again.assignments
        assert again.already == {**taken.already, **taken.assignments}
        assert (again.deferred, again.unassigned) == (taken.deferred, taken.unassigned)
        self._agree(at)

    @rule(at=campaigns, released=places, absent=strangers, by=actors)
    def release(
        self, *, at: UUID, released: Sequence[int], absent: Sequence[str], by: ck.Actor
    ) -> None:
        """Release some who are there, by place, and some who may not be."""
        self._release(at, released, absent, by)

    def _release(
        self, at: UUID, places: Sequence[int], absent: Sequence[str], by: ck.Actor
    ) -> None:
        model = self.models[at]
        there = sorted(model.leads)
        ids = [*absent, *(there[place % len(there)] for place in places if there)]
        gone, released = self._compare(
            lambda: model.release(ids, by),
            lambda: self.service.release(CLIENT, at, iter(ids), by=by),
        )
        if released is not None:
            assert dict(released.released) == gone
            assert released.absent == tuple(i for i in dict.fromkeys(ids) if i not in gone)
            assert released.progress == model.progress(None)
        self._agree(at)

    @rule(deleted=st.booleans(), statuses=st.none() | st.sets(strategies.statuses()), day=days)
    def find(self, *, deleted: bool, statuses: set[ck.CampaignStatus] | None, day: date) -> None:
        """Find campaigns."""
        campaigns = [model.campaign() for _, model in sorted(self.models.items())]
        shown = [c for c in campaigns if deleted or c.deleted_at is None]
        found = self.service.find(CLIENT, statuses=statuses, include_deleted=deleted)
        assert list(found.items) == [c for c in shown if statuses is None or c.status in statuses]
        running = [c for c in campaigns if c.is_running(day)]
        page = self.service.find(CLIENT, running_on=day, limit=2)
        assert list(page.items) == running[:2]
        if page.next is not None:
            rest = self.service.find(CLIENT, running_on=day, after=page.next)
            assert list(rest.items) == running[2:]
        for campaign in campaigns:
            if campaign.deleted_at is None:
                assert self.service.get(CLIENT, campaign.id) == campaign
            else:
                with pytest.raises(ck.NotFoundError):
                    self.service.get(CLIENT, campaign.id)


def _model(campaign: ck.Campaign) -> Model:
    return Model({name: getattr(campaign, name) for name in attrs.fields_dict(ck.Campaign)})


def _outcome(call: Callable[[], ck.Intake]) -> object:
    try:
        return call()
    except ck.DomainError as error:
        return type(error), error.args


def test_any_history(make: services.Make) -> None:
    class Played(ServiceMachine):
        def __init__(self) -> None:
            super().__init__(make)

    few = settings(max_examples=max(1, settings().max_examples // 3), stateful_step_count=20)
    run_state_machine_as_test(Played, settings=few)
