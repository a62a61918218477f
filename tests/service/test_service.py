"""The rules of the services, one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest

import campaignkit as ck
from campaignkit import Reason
from campaignkit.service._use_cases import current_time
from campaignkit.storage import MemoryStore
from tests.service import services
from tests.service.services import START

CLIENT, STRANGER = UUID(int=7), UUID(int=8)
DAY = date(2026, 11, 23)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
HOT = [ck.Lead(f"lead-{n}", 90) for n in range(10)]


def draft(**fields: Any) -> ck.Campaign:  # noqa: ANN401  # of every kind
    plain: dict[str, Any] = {"client_id": CLIENT, "name": "x", "created_at": START}
    return ck.Campaign.draft(**{**plain, **fields})


def running(service: services.Service, **fields: Any) -> ck.Campaign:  # noqa: ANN401  # as above
    created = service.create(draft(**fields), by=ANN)
    return service.activate(CLIENT, created.id, by=ANN)


# -- Who may act ----------------------------------------------------------------------------------

EXPECTED = {
    (ck.PermissionMode.AUTOPILOT, "user"): "done",
    (ck.PermissionMode.AUTOPILOT, "ai"): "done",
    (ck.PermissionMode.CO_PILOT, "user"): "done",
    (ck.PermissionMode.CO_PILOT, "ai"): "suggested",
    (ck.PermissionMode.MANUAL, "user"): "done",
    (ck.PermissionMode.MANUAL, "ai"): "refused",
}

# Each use case, on a campaign that is active, paused or deleted, whichever the use case needs.
Act: TypeAlias = Callable[[services.Service, UUID, Any], object]
ACTS: dict[str, tuple[str, Act]] = {
    "activate": ("paused", lambda s, i, by: s.activate(CLIENT, i, by=by)),
    "pause": ("active", lambda s, i, by: s.pause(CLIENT, i, by=by)),
    "complete": ("active", lambda s, i, by: s.complete(CLIENT, i, by=by)),
    "edit": ("active", lambda s, i, by: s.edit(CLIENT, i, name="y", by=by)),
    "delete": ("active", lambda s, i, by: s.delete(CLIENT, i, by=by)),
    "restore": ("deleted", lambda s, i, by: s.restore(CLIENT, i, by=by)),
    "intake": ("active", lambda s, i, by: s.intake(CLIENT, i, HOT, day=DAY, by=by)),
    "release": ("active", lambda s, i, by: s.release(CLIENT, i, ["lead-1"], by=by)),
}


@pytest.mark.parametrize(("mode", "kind"), EXPECTED)
@pytest.mark.parametrize("act", ACTS)
def test_the_permission_mode_decides_what_becomes_of_an_act(
    make: services.Make, act: str, mode: ck.PermissionMode, kind: str
) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service, permission_mode=mode)
    status, call = ACTS[act]
    service.intake(CLIENT, campaign.id, HOT[1:2], day=DAY, by=ANN)
    if status == "paused":
        service.pause(CLIENT, campaign.id, by=ANN)
    if status == "deleted":
        service.delete(CLIENT, campaign.id, by=ANN)
    before = store.snapshot(CLIENT, campaign.id, day=DAY)
    do = partial(call, service, campaign.id, ck.Actor(ck.Initiator(kind), "x"))
    expected = EXPECTED[mode, kind]
    if expected == "refused":
        with pytest.raises(ck.PermissionDeniedError) as caught:
            do()
        assert caught.value.reasons == (Reason.USER_MUST_INITIATE,)
    else:
        assert isinstance(do(), ck.Suggestion) is (expected == "suggested")
    changed = store.snapshot(CLIENT, campaign.id, day=DAY) != before
    assert changed is (expected == "done")
    assert len(store.suggestions(CLIENT).items) == (expected == "suggested")


@pytest.mark.parametrize(("mode", "kind"), EXPECTED)
def test_a_preview_is_for_all_who_may_act_or_suggest(
    make: services.Make, mode: ck.PermissionMode, kind: str
) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service, permission_mode=mode)
    before = store.snapshot(CLIENT, campaign.id, day=DAY), store.history(CLIENT, campaign.id)
    by = ck.Actor(ck.Initiator(kind), "x")
    preview = partial(service.preview, CLIENT, campaign.id, HOT, day=DAY, by=by)
    if EXPECTED[mode, kind] == "refused":
        with pytest.raises(ck.PermissionDeniedError):
            preview()
    else:
        assert len(preview().assignments) == len(HOT)
    after = store.snapshot(CLIENT, campaign.id, day=DAY), store.history(CLIENT, campaign.id)
    assert after == before
    assert store.suggestions(CLIENT).items == ()


@pytest.mark.parametrize("mode", ck.PermissionMode)
def test_a_user_creates_in_any_mode(make: services.Make, mode: ck.PermissionMode) -> None:
    store = MemoryStore()
    new = draft(permission_mode=mode)
    assert make(store).create(new, by=ANN) == store.get(CLIENT, new.id) == new


def test_the_ai_creates_what_is_in_co_pilot(make: services.Make) -> None:
    store = MemoryStore()
    new = draft()
    assert make(store).create(new, by=SCOUT) == store.get(CLIENT, new.id) == new
    (event,) = store.history(CLIENT, new.id).items
    assert (event.kind, event.by) == (ck.EventKind.CREATED, SCOUT)
    wrong = {
        ck.PermissionMode.AUTOPILOT: (Reason.USER_MUST_CHOOSE_MODE,),
        ck.PermissionMode.MANUAL: (Reason.USER_MUST_CHOOSE_MODE, Reason.USER_MUST_INITIATE),
    }
    for mode, reasons in wrong.items():
        with pytest.raises(ck.PermissionDeniedError) as caught:
            make(store).create(draft(permission_mode=mode), by=SCOUT)
        assert caught.value.reasons == reasons
    assert store.find(CLIENT).items == (new,)


@pytest.mark.parametrize("mode", ck.PermissionMode)
@pytest.mark.parametrize("to", ck.PermissionMode)
def test_only_a_user_chooses_the_mode(
    make: services.Make, mode: ck.PermissionMode, to: ck.PermissionMode
) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service, permission_mode=mode)
    edits: list[dict[str, Any]] = [{"permission_mode": to}, {"name": "y", "permission_mode": to}]
    for named in edits:
        with pytest.raises(ck.PermissionDeniedError) as caught:
            service.edit(CLIENT, campaign.id, by=SCOUT, **named)
        assert caught.value.reasons[0] is Reason.USER_MUST_CHOOSE_MODE
    assert store.get(CLIENT, campaign.id) == campaign
    assert store.suggestions(CLIENT).items == ()
    assert service.edit(CLIENT, campaign.id, permission_mode=to, by=ANN).permission_mode is to


@pytest.mark.parametrize("act", ACTS)
def test_an_actor_must_be_one(make: services.Make, act: str) -> None:
    service = make(MemoryStore())
    campaign = running(service)
    if act in {"activate", "restore"}:
        service.pause(CLIENT, campaign.id, by=ANN)
    if act == "restore":
        service.delete(CLIENT, campaign.id, by=ANN)
    with pytest.raises(ck.DomainError, match="must be an Actor"):
        ACTS[act][1](service, campaign.id, "ann")


# -- Creating and changing ------------------------------------------------------------------------


def test_only_an_undeleted_draft_is_created(make: services.Make) -> None:
    store = MemoryStore()
    service = make(store)
    wrong = {
        (Reason.ILLEGAL_TRANSITION,): draft().activate(at=START),
        (Reason.DELETED,): draft().delete(at=START),
        (Reason.ILLEGAL_TRANSITION, Reason.DELETED): draft().activate(at=START).delete(at=START),
    }
    for reasons, campaign in wrong.items():
        with pytest.raises(ck.TransitionError) as caught:
            service.create(campaign, by=ANN)
        assert caught.value.reasons == reasons
    assert store.find(CLIENT, include_deleted=True).items == ()


def test_an_id_is_created_once(make: services.Make) -> None:
    service = make(MemoryStore())
    created = service.create(draft(), by=ANN)
    with pytest.raises(ck.AlreadyExistsError):
        service.create(draft(id=created.id, name="y"), by=ANN)
    assert service.get(CLIENT, created.id) == created


def test_the_clock_tells_when(make: services.Make) -> None:
    now = [START + timedelta(hours=1)]
    service = make(MemoryStore(), clock=lambda: now[0])
    campaign = running(service)
    assert campaign.updated_at == now[0]
    now[0] += timedelta(hours=1)
    assert service.edit(CLIENT, campaign.id, name="y", by=ANN).updated_at == now[0]
    deleted = service.delete(CLIENT, campaign.id, by=ANN)
    assert deleted.deleted_at == now[0]
    # It never stands still, even where the clock does.
    assert deleted.updated_at == now[0] + timedelta(microseconds=1)
    now[0] -= timedelta(days=365)
    restored = service.restore(CLIENT, campaign.id, by=ANN)
    assert restored.updated_at == deleted.updated_at + timedelta(microseconds=1)


def test_a_clock_without_a_time_zone_is_refused(make: services.Make) -> None:
    store = MemoryStore()
    campaign = running(make(store))
    service = make(store, clock=lambda: START.replace(tzinfo=None))
    calls: list[Callable[[], object]] = [
        lambda: service.pause(CLIENT, campaign.id, by=ANN),
        lambda: service.preview(CLIENT, campaign.id, HOT, day=DAY, by=ANN),
        lambda: service.suggestions(CLIENT),
    ]
    for call in calls:
        with pytest.raises(ck.InvalidError, match="the time of the clock must have a time zone"):
            call()
    assert store.get(CLIENT, campaign.id) == campaign


def test_by_itself_it_asks_the_computers_clock(make: services.Make) -> None:
    before = datetime.now(UTC)
    campaign = running(make(store := MemoryStore(), clock=current_time))
    for event in store.history(CLIENT, campaign.id).items:
        assert before <= event.at <= datetime.now(UTC)


@pytest.mark.parametrize("act", ACTS)
def test_another_clients_campaign_is_not_found(make: services.Make, act: str) -> None:
    service = make(MemoryStore())
    created = service.create(draft(client_id=STRANGER), by=ANN)
    with pytest.raises(ck.NotFoundError):
        ACTS[act][1](service, created.id, ANN)
    with pytest.raises(ck.NotFoundError):
        service.get(CLIENT, created.id)
    assert service.find(CLIENT).items == ()
    assert service.get(STRANGER, created.id) == created


def test_an_edit_names_fields_that_there_are(make: services.Make) -> None:
    service = make(MemoryStore())
    campaign = running(service)
    wrong: list[dict[str, Any]] = [{}, {"status": "draft"}, {"name": " "}, {"daily_lead_limit": 0}]
    for edits in wrong:
        with pytest.raises(ck.CampaignError):
            service.edit(CLIENT, campaign.id, by=ANN, **edits)
    assert service.get(CLIENT, campaign.id) == campaign


# -- Intake and release ---------------------------------------------------------------------------


def test_the_best_leads_come_in_as_far_as_the_limits_go(make: services.Make) -> None:
    service = make(MemoryStore())
    campaign = running(service, daily_lead_limit=2, total_lead_limit=3)
    leads = [
        ck.Lead(name, score) for name, score in zip("abcde", (40, 90, 70, 90, 10), strict=True)
    ]
    taken = service.intake(CLIENT, campaign.id, leads, day=DAY, by=ANN)
    assert list(taken.assignments) == ["b", "d"]
    assert taken.deferred == {"c": Reason.DAILY_LIMIT, "a": Reason.TOTAL_LIMIT}
    assert taken.unassigned == {"e": Reason.DEAD_TIER}
    next_day = service.intake(CLIENT, campaign.id, leads, day=DAY + timedelta(days=1), by=ANN)
    assert list(next_day.assignments) == ["c"]
    assert sorted(next_day.already) == ["b", "d"]
    assert next_day.deferred == {"a": Reason.TOTAL_LIMIT}
    assert next_day.progress.admitted_today == 1
    assert next_day.progress.admitted_total == 3


def test_an_intake_is_idempotent(make: services.Make) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service, daily_lead_limit=4)
    take = partial(service.intake, CLIENT, campaign.id, HOT, day=DAY, by=ANN)
    first = take()
    before = store.snapshot(CLIENT, campaign.id, day=DAY)
    for _ in range(3):
        again = take()
        assert not again.assignments
        assert again.already == first.assignments
        assert again.deferred == first.deferred
        assert store.snapshot(CLIENT, campaign.id, day=DAY) == before
    assert not take(day=DAY + timedelta(days=1)).already.keys() - first.assignments.keys()


def test_a_preview_writes_nothing_and_comes_true(make: services.Make) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service, daily_lead_limit=4)
    service.intake(CLIENT, campaign.id, HOT[:3], day=DAY, by=ANN)
    before = store.snapshot(CLIENT, campaign.id, day=DAY), store.assignments(CLIENT, campaign.id)
    asked: dict[str, Any] = {"day": DAY, "by": ANN}
    preview = service.preview(CLIENT, campaign.id, iter(HOT), **asked)
    after = store.snapshot(CLIENT, campaign.id, day=DAY), store.assignments(CLIENT, campaign.id)
    assert before == after
    assert len(preview.assignments) == 1
    assert service.intake(CLIENT, campaign.id, iter(HOT), **asked) == preview


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (["pause"], Reason.NOT_ACTIVE),
        (["complete"], Reason.NOT_ACTIVE),
        (["delete"], Reason.DELETED),
    ],
)
def test_a_campaign_that_does_not_run_takes_nobody(
    make: services.Make, prepare: list[str], reason: Reason
) -> None:
    service = make(MemoryStore())
    campaign = running(service)
    for act in prepare:
        getattr(service, act)(CLIENT, campaign.id, by=ANN)
    for use in (service.intake, service.preview):
        with pytest.raises(ck.NotRunningError) as caught:
            use(CLIENT, campaign.id, HOT, day=DAY, by=ANN)
        assert caught.value.reasons == (reason,)


@pytest.mark.parametrize("mode", ck.PermissionMode)
def test_a_preview_is_refused_as_the_intake_is(
    make: services.Make, mode: ck.PermissionMode
) -> None:
    service = make(MemoryStore())
    campaign = service.create(draft(permission_mode=mode), by=ANN)
    for by in (ANN, ck.Actor.ai("scout")):
        for use in (service.intake, service.preview):
            with pytest.raises(ck.NotRunningError) as caught:
                use(CLIENT, campaign.id, HOT, day=DAY, by=by)
            assert caught.value.reasons == (Reason.NOT_ACTIVE,)


def test_a_campaign_runs_on_the_days_between_its_dates(make: services.Make) -> None:
    service = make(MemoryStore())
    campaign = running(service, start_date=DAY, end_date=DAY)
    for days, reason in ((-1, Reason.NOT_STARTED), (1, Reason.ENDED)):
        with pytest.raises(ck.NotRunningError) as caught:
            service.intake(CLIENT, campaign.id, HOT, day=DAY + timedelta(days=days), by=ANN)
        assert caught.value.reasons == (reason,)
    assert len(service.intake(CLIENT, campaign.id, HOT, day=DAY, by=ANN).assignments) == 10


def test_a_day_is_a_date(make: services.Make) -> None:
    service = make(MemoryStore())
    campaign = running(service)
    days: tuple[Any, ...] = (START, None, "2026-11-23")
    for day in days:
        for use in (service.intake, service.preview):
            with pytest.raises(ck.CampaignError, match="day must be a date"):
                use(CLIENT, campaign.id, HOT, day=day, by=ANN)


def test_ids_are_text_in_the_end(make: services.Make) -> None:
    service = make(MemoryStore())
    campaign = running(service)
    some_id = uuid4()
    taken = service.intake(CLIENT, campaign.id, [ck.Lead(some_id, 90)], day=DAY, by=ANN)
    assert list(taken.assignments) == [str(some_id)]
    again = service.intake(CLIENT, campaign.id, [ck.Lead(str(some_id), 90)], day=DAY, by=ANN)
    assert list(again.already) == [str(some_id)]
    released = service.release(CLIENT, campaign.id, [some_id, some_id], by=ANN)
    assert list(released.released) == [str(some_id)]
    for call in (
        partial(service.intake, CLIENT, campaign.id, [ck.Lead(1, 90)], day=DAY, by=ANN),
        partial(service.release, CLIENT, campaign.id, [1], by=ANN),
    ):
        with pytest.raises(ck.PlanError, match="text or UUIDs"):
            call()


def test_a_release_gives_back_what_was_used_up(make: services.Make) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service, daily_lead_limit=4, total_lead_limit=6)
    next_day = DAY + timedelta(days=1)
    before = service.intake(CLIENT, campaign.id, HOT[:3], day=DAY, by=ANN)
    service.intake(CLIENT, campaign.id, HOT[3:6], day=next_day, by=ANN)
    released = service.release(CLIENT, campaign.id, [*(f"lead-{n}" for n in range(4)), "z"], by=ANN)
    assert sorted(released.released) == ["lead-0", "lead-1", "lead-2", "lead-3"]
    assert released.absent == ("z",)
    assert released.released["lead-0"] == before.assignments["lead-0"]
    for day, count in ((DAY, 0), (next_day, 2)):
        progress = store.progress(CLIENT, campaign.id, day)
        assert (progress.admitted_today, progress.admitted_total) == (count, 2)
        assert progress.carried.total == 2
    assert not service.release(CLIENT, campaign.id, ["lead-0"], by=ANN).released
    taken = service.intake(CLIENT, campaign.id, HOT[:4], day=DAY, by=ANN)
    assert len(taken.assignments) == 4


def test_carried_counts_are_given_back_within_their_epoch_only(make: services.Make) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service, allocation=ck.Allocation(email=100))
    service.intake(CLIENT, campaign.id, HOT[:2], day=DAY, by=ANN)
    service.pause(CLIENT, campaign.id, by=ANN)
    service.edit(CLIENT, campaign.id, allocation=ck.Allocation(email=50, sms=50), by=ANN)
    service.activate(CLIENT, campaign.id, by=ANN)
    service.intake(CLIENT, campaign.id, HOT[2:4], day=DAY, by=ANN)
    service.release(CLIENT, campaign.id, ["lead-0", "lead-2"], by=ANN)
    progress = store.progress(CLIENT, campaign.id, DAY)
    assert (progress.admitted_total, progress.epoch) == (2, 1)
    kept = store.snapshot(CLIENT, campaign.id, lead_ids=["lead-3"]).assignments["lead-3"]
    assert progress.carried == ck.ChannelCounts({kept.channel: 1})


@pytest.mark.parametrize("act", ["complete", "delete"])
def test_what_is_read_only_keeps_its_leads(make: services.Make, act: str) -> None:
    service = make(MemoryStore())
    campaign = running(service)
    service.intake(CLIENT, campaign.id, HOT, day=DAY, by=ANN)
    getattr(service, act)(CLIENT, campaign.id, by=ANN)
    with pytest.raises(ck.NotEditableError):
        service.release(CLIENT, campaign.id, ["lead-0"], by=ANN)


def test_the_gate_is_the_services(make: services.Make) -> None:
    bounds = dict(ck.DEFAULT_GATE.bounds)
    gate = ck.ALSGate(bounds=bounds, channels={ck.ALSTier.HOT: {ck.Channel.SMS}})
    service = make(MemoryStore(), gate=gate)
    campaign = running(service)
    taken = service.intake(CLIENT, campaign.id, [*HOT, ck.Lead("w", 70)], day=DAY, by=ANN)
    assert {a.channel for a in taken.assignments.values()} == {ck.Channel.SMS}
    assert taken.unassigned == {"w": Reason.DEAD_TIER}


def test_nobody_comes_in_where_nobody_is_offered(make: services.Make) -> None:
    store = MemoryStore()
    service = make(store)
    campaign = running(service)
    before = store.snapshot(CLIENT, campaign.id, day=DAY)
    assert not service.intake(CLIENT, campaign.id, [], day=DAY, by=ANN).assignments
    assert not service.release(CLIENT, campaign.id, [], by=ANN).released
    assert store.snapshot(CLIENT, campaign.id, day=DAY) == before
