"""Leads of a planned frame are recorded once and within the limits, also if a call is repeated."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import polars as pl
import pytest
import time_machine

import campaignkit as ck
from campaignkit.frames import RecordCounts, Terms, allocate, record
from campaignkit.storage import MemoryStore
from campaignkit.storage._interface import Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.frames.engines import ENGINES
from tests.storage.sqlalchemy import databases

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANN = ck.Actor.user("ann")
CLIENT = UUID(int=7)


def campaign(number: int = 1, **fields: Any) -> ck.Campaign:
    draft = ck.Campaign.draft(
        id=UUID(int=number), client_id=CLIENT, name=f"number {number}", created_at=AT, **fields
    )
    return draft.activate(at=AT)


def leads(count: int, name: str = "lead") -> dict[str, list[Any]]:
    return {
        "lead_id": [f"{name}-{i:03}" for i in range(count)],
        "als_score": [i * 37 % 101 for i in range(count)],
    }


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Store]:
    """Give an empty store of each kind in turn."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        with SQLAlchemyStore.open(f"sqlite:///{tmp_path / 'campaigns.db'}") as store:
            yield store
    else:
        server = request.getfixturevalue("postgres_url")
        with databases.new(server) as url, SQLAlchemyStore.open(url) as store:
            yield store


def terms(store: Store, one: ck.Campaign) -> Terms:
    return Terms.of(one, store.progress(CLIENT, one.id, DAY))


def read_assignments(store: Store, one: ck.Campaign) -> dict[str, ck.Assignment]:
    page = store.assignments(CLIENT, one.id, limit=10_000)
    return {assignment.lead_id: assignment for assignment in page.items}


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_are_recorded_as_they_were_planned(engine: str) -> None:
    store = MemoryStore()
    one = store.add(campaign())
    frame = ENGINES[engine]({"lead_id": ["a", "b"], "als_score": [0.57, 0.9]})
    record(store, allocate(frame, terms(store, one), scale=(0, 1)), one, day=DAY, by=ANN)
    recorded = read_assignments(store, one)
    assert {lead_id: new.als_score for lead_id, new in recorded.items()} == {"a": 57, "b": 90}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_recording_equals_an_intake(engine: str) -> None:
    store = MemoryStore()
    one = store.add(campaign(daily_lead_limit=30))
    columns = leads(70)
    done = allocate(ENGINES[engine](columns), terms(store, one))
    assert record(store, done, one, day=DAY, by=ANN, batch=7) == {one.id: RecordCounts(assigned=30)}
    batch = [
        ck.Lead(str(i), score)
        for i, score in zip(columns["lead_id"], columns["als_score"], strict=True)
    ]
    taken = ck.intake(one, batch, progress=ck.Progress(DAY))
    assert read_assignments(store, one) == taken.assignments
    assert store.progress(CLIENT, one.id, DAY) == taken.progress


class KilledError(Exception):
    """Ends a recording in the middle."""


def test_an_interrupted_recording_can_be_repeated(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = store.add(campaign(daily_lead_limit=1_000))
    done = allocate(pl.DataFrame(leads(70)), terms(store, one))
    transact = store.transact
    calls = iter(range(3))

    def transact_thrice(*args: Any, **named: Any) -> object:
        if next(calls, None) is None:
            raise KilledError
        return transact(*args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(store, "transact", transact_thrice)
        with pytest.raises(KilledError):
            record(store, done, one, day=DAY, by=ANN, batch=10)
    assert len(read_assignments(store, one)) == 30
    placed = done.plan.counts.total
    assert record(store, done, one, day=DAY, by=ANN, batch=10) == {
        one.id: RecordCounts(assigned=placed - 30, already=30)
    }
    assert record(store, done, one, day=DAY, by=ANN) == {one.id: RecordCounts(already=placed)}
    assert store.progress(CLIENT, one.id, DAY).carried == done.plan.counts


def test_other_intakes_reduce_the_room_and_the_best_leads_come_first(
    store: Store,
) -> None:
    one = store.add(campaign(daily_lead_limit=20))
    done = allocate(pl.DataFrame(leads(70)), terms(store, one))
    other = ck.CampaignService(store)
    other.intake(CLIENT, one.id, [ck.Lead(f"other-{i}", 90) for i in range(15)], day=DAY, by=ANN)
    assert record(store, done, one, day=DAY, by=ANN, batch=3) == {
        one.id: RecordCounts(assigned=5, waiting=15)
    }
    progress = store.progress(CLIENT, one.id, DAY)
    assert (progress.admitted_today, progress.carried.total) == (20, 20)
    mine = [
        a.als_score for i, a in read_assignments(store, one).items() if not i.startswith("other")
    ]
    assert sorted(mine, reverse=True) == sorted(done.frame["als_score"], reverse=True)[:5]


def test_equal_scores_are_ordered_by_the_code_points_of_ids() -> None:
    store = MemoryStore()
    one = store.add(campaign(daily_lead_limit=4))
    with duckdb.connect() as database:
        database.execute("SET default_collation = 'nocase'")
        database.execute("CREATE TABLE leads (lead_id VARCHAR, als_score INT)")
        database.execute("INSERT INTO leads VALUES ('b', 90), ('B', 90), ('a', 90), ('A', 90)")
        done = allocate(database.table("leads"), terms(store, one))
        service = ck.CampaignService(store)
        others = [ck.Lead("other", 90), ck.Lead("another", 90)]
        service.intake(CLIENT, one.id, others, day=DAY, by=ANN)
        record(store, done, one, day=DAY, by=ANN)
    assert read_assignments(store, one).keys() == {"A", "B", "other", "another"}


def test_each_batch_adds_an_event(store: Store) -> None:
    one = store.add(campaign(daily_lead_limit=1_000))
    done = allocate(pl.DataFrame(leads(70)), terms(store, one))
    record(store, done, one, day=DAY, by=ANN, batch=40, reason="imported")
    adopted, *events = ck.CampaignService(store).history(CLIENT, one.id).items
    assert (adopted.kind, adopted.by) == (ck.EventKind.ADOPTED, ANN)
    assert [(event.action, event.by, event.reason, event.day) for event in events] == [
        (ck.Action.ASSIGN, ANN, "imported", DAY)
    ] * 2
    assert events[0].counts + events[1].counts == done.plan.counts


def test_several_campaigns_of_one_frame_are_recorded(store: Store) -> None:
    several = [store.add(campaign(number)) for number in (1, 2, 3)]
    frames = [
        pl.DataFrame(leads(20)).with_columns(pl.lit(str(one.id)).alias("campaign"))
        for one in several
    ]
    done = allocate(
        pl.concat(frames), {one.id: terms(store, one) for one in several}, campaign="campaign"
    )
    recorded = record(store, done, several, day=DAY, by=ANN, batch=6)
    for one in several:
        assert recorded[one.id] == RecordCounts(assigned=done.plans[one.id].counts.total)
        assert len(read_assignments(store, one)) == recorded[one.id].assigned


def test_a_missing_campaign_is_reported_and_nothing_is_recorded(store: Store) -> None:
    one, two = (store.add(campaign(number)) for number in (1, 2))
    frame = pl.DataFrame({**leads(2), "campaign": [str(one.id), str(two.id)]})
    frame = frame.with_columns(als_score=90)
    done = allocate(frame, ck.DEFAULT_ALLOCATION, campaign="campaign")
    with pytest.raises(ck.PlanError, match=str(two.id)):
        record(store, done, [one], day=DAY, by=ANN)
    assert not read_assignments(store, one)


def test_ids_that_are_numbers_are_refused(store: Store) -> None:
    one = store.add(campaign())
    done = allocate(pl.DataFrame({"lead_id": [1], "als_score": [90]}), terms(store, one))
    with pytest.raises(ck.PlanError, match="not 1"):
        record(store, done, one, day=DAY, by=ANN)


def test_a_paused_campaign_and_changed_shares_are_refused(
    store: Store,
) -> None:
    one = store.add(campaign())
    done = allocate(pl.DataFrame(leads(9)), terms(store, one))
    paused = one.pause(at=AT)
    store.replace(one, paused)
    with pytest.raises(ck.NotRunningError):
        record(store, done, one, day=DAY, by=ANN)
    edited = paused.edit(at=AT, allocation=ck.Allocation(email=100)).activate(at=AT)
    store.replace(paused, edited)
    with pytest.raises(ck.ConflictError, match="shares"):
        record(store, done, one, day=DAY, by=ANN)
    assert not read_assignments(store, one)


@pytest.mark.parametrize("batch", [0, -1, 1.5, True])
def test_an_invalid_day_and_batch_are_reported_together(batch: Any) -> None:
    store = MemoryStore()
    one = store.add(campaign())
    done = allocate(pl.DataFrame(leads(9)), terms(store, one))
    with pytest.raises(ck.CampaignError) as raised:
        record(store, done, one, day=AT, by=ANN, batch=batch)
    assert [fault.split()[0] for fault in raised.value.faults] == ["day", "batch"]
    assert not read_assignments(store, one)


@pytest.mark.parametrize("mode", [ck.PermissionMode.CO_PILOT, ck.PermissionMode.MANUAL])
def test_an_ai_that_needs_approval_is_refused(mode: ck.PermissionMode, store: Store) -> None:
    one = store.add(campaign(permission_mode=mode))
    done = allocate(pl.DataFrame(leads(9)), terms(store, one))
    with pytest.raises(ck.PermissionDeniedError):
        record(store, done, one, day=DAY, by=ck.Actor.ai("scout"))


def test_an_ai_leaves_out_what_a_user_has_rejected(store: Store) -> None:
    scout, mode = ck.Actor.ai("scout"), ck.PermissionMode.AUTOPILOT
    one = store.add(campaign())
    service = ck.CampaignService(store, today=lambda _: DAY)
    key = one.client_id, one.id
    done = allocate(pl.DataFrame(leads(9)), terms(store, one))
    placed = [row["lead_id"] for row in done.frame.to_dicts() if row["channel"]]
    offer = service.intake(*key, [ck.Lead(i, 90) for i in placed[:2]], day=DAY, by=scout)
    assert isinstance(offer, ck.Suggestion)
    service.reject(CLIENT, offer.id, by=ANN, reason="no")
    one = service.edit(*key, permission_mode=mode, by=ANN)
    with pytest.raises(ck.PermissionDeniedError, match="the day is over"):
        record(store, done, one, day=DAY, by=scout, today=lambda _: DAY + timedelta(days=1))
    for verdict in (ck.Verdict.SUGGEST, ck.Verdict.REFUSE):

        def oversee(_: ck.Campaign, __: ck.Command, verdict: ck.Verdict = verdict) -> ck.Verdict:
            return verdict

        with pytest.raises(ck.PermissionDeniedError, match="oversight"):
            record(store, done, one, day=DAY, by=scout, today=lambda _: DAY, oversight=oversee)
    assert not read_assignments(store, one)
    counts = record(store, done, one, day=DAY, by=scout, today=lambda _: DAY)[one.id]
    assert (counts.rejected, counts.assigned) == (2, len(placed) - 2)
    counts = record(store, done, one, day=DAY, by=ANN)[one.id]
    assert (counts.rejected, counts.assigned) == (0, 2)


def test_an_event_has_the_time_at_which_the_lock_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    store, wait = MemoryStore(), timedelta(seconds=5)
    one = store.add(campaign())
    done = allocate(pl.DataFrame(leads(10)), terms(store, one))
    transact = store.transact
    with time_machine.travel(AT, tick=False) as clock:

        def late(client_id: UUID, campaign_id: UUID, decide: Any, **asked: Any) -> Any:
            def locked(snapshot: Any) -> Any:
                clock.shift(wait)
                return decide(snapshot)

            return transact(client_id, campaign_id, locked, **asked)

        monkeypatch.setattr(store, "transact", late)
        record(store, done, one, day=DAY, by=ANN)
    assert [event.at for event in store.history(CLIENT, one.id).items] == [AT + wait] * 2
