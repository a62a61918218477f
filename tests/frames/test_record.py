"""Leads of a planned frame are recorded once and within the limits, also if a call is repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import narwhals as nw
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
        one.id: RecordCounts(assigned=5, left_out={ck.Reason.DAILY_LIMIT: 15})
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
    assert counts == RecordCounts(len(placed) - 2, left_out={ck.Reason.REJECTED: 2})
    counts = record(store, done, one, day=DAY, by=ANN)[one.id]
    assert counts == RecordCounts(assigned=2, already=len(placed) - 2)


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


# -- What the campaigns of a client share -----------------------------------------------------


def set_up_client(store: Store) -> tuple[ck.Campaign, ck.Campaign]:
    """Make two campaigns of a client with a policy; the first of them has leads, and had others."""
    service = ck.CampaignService(store)
    limits = {"sms": ck.ChannelLimit(per_week=4), "mail": ck.ChannelLimit(per_day=2)}
    policy = ck.ClientPolicy(one_campaign_per_lead=True, cooldown=30, channel_limits=limits)
    service.set_client_policy(CLIENT, policy, by=ANN)
    mix = ck.Allocation(email=50, sms=25, mail=25)
    first, second = (store.add(campaign(n, allocation=mix)) for n in (1, 2))
    gone = store.add(campaign(3, allocation=ck.Allocation(sms=100)))
    key, day = (CLIENT, gone.id), DAY - timedelta(days=6)
    service.intake(*key, [ck.Lead(f"lead-{n:03}", 99) for n in (0, 1, 2)], day=day, by=ANN)
    service.complete(*key, by=ANN)
    service.intake(
        *(CLIENT, first.id), [ck.Lead(f"lead-{n:03}", 95) for n in (3, 4)], day=DAY, by=ANN
    )
    key = CLIENT, second.id
    service.intake(*key, [ck.Lead("lead-005", 99)], day=day, by=ANN)
    service.release(*key, ["lead-005"], by=ANN, contacted=True)
    service.suppress(CLIENT, [f"lead-{n:03}" for n in (6, 7)], by=ANN)
    service.suppress(CLIENT, [f"lead-{n:03}" for n in range(8, 14)], ["email", "sms"], by=ANN)
    service.suppress(CLIENT, ["lead-020"], by=ANN, until=LAST)
    return first, second


LAST = date(9000, 1, 1)
"""A day that is not over, whatever the clock says."""


def judge(
    store: Store, one: ck.Campaign, channels: Mapping[str, str]
) -> tuple[Counter[str | None], set[str]]:
    """Return how often each reason leaves leads out that come in this order, and who comes in."""
    room = dict(store.client(CLIENT, day=DAY).room(DAY))
    present = set(read_assignments(store, one))
    counts: Counter[str | None] = Counter()
    for lead_id, channel in channels.items():
        entries = store.lead(CLIENT, lead_id).entries
        closed = [e.channel for e in entries if e.kind is ck.LeadEntryKind.SUPPRESSED]
        others = [e for e in entries if e.campaign_id not in {None, one.id}]
        contacted = any(e.contacted and e.campaign_id == one.id for e in entries)
        gone = {e.campaign_id for e in others if e.kind is ck.LeadEntryKind.RELEASED}
        live = {e.campaign_id for e in others} - gone
        reason = None
        if lead_id in present:
            reason = "already"
        elif None in closed or channel in closed:
            reason = "suppressed"
        elif contacted:
            reason = "contacted"
        elif any(store.get(CLIENT, i).status is ck.CampaignStatus.ACTIVE for i in live if i):
            reason = "claimed"
        elif others:
            reason = "cooling_down"
        elif room.get(ck.Channel(channel), 1) < 1:
            reason = "channel_limit"
        elif ck.Channel(channel) in room:
            room[ck.Channel(channel)] -= 1
        counts[reason] += 1
        if reason in {None, "already"}:
            present.add(lead_id)
    return counts, present


def plan_by_hand(store: Store, one: ck.Campaign, engine: str = "polars") -> Any:
    """Plan a frame that says nothing of what the client's campaigns share."""
    columns: dict[str, list[Any]] = {
        "lead_id": [f"lead-{n:03}" for n in range(40)],
        "als_score": [99 - n / 8 for n in range(40)],
    }
    return allocate(ENGINES[engine](columns), terms(store, one))


@pytest.mark.parametrize("engine", ENGINES)
def test_channels_that_a_client_shuts_leave_leads_out_and_move_nobody(engine: str) -> None:
    check_client_rules(MemoryStore(), engine)


def test_every_store_shuts_the_channels_of_a_client(store: Store) -> None:
    check_client_rules(store, "polars")


def check_client_rules(store: Store, engine: str) -> None:
    first, second = set_up_client(store)
    for one in (second, first):
        done = plan_by_hand(store, one, engine)
        channels = dict(list_channels(done))
        expected, admitted = judge(store, one, channels)
        before = read_assignments(store, one)
        counts = record(store, done, one, day=DAY, by=ANN, batch=7)[one.id]
        assert counts.left_out == {
            reason: n for reason, n in expected.items() if reason not in {None, "already"}
        }
        assert (counts.assigned, counts.already) == (expected[None], expected["already"])
        now = read_assignments(store, one)
        assert now.keys() == admitted
        new = {i: a.channel.value for i, a in now.items() if i not in before}
        assert new == {i: channels[i] for i in new}
        again = record(store, done, one, day=DAY, by=ANN, batch=11)[one.id]
        assert again == RecordCounts(0, len(admitted & channels.keys()), counts.left_out)
        if one is second:
            assert counts.left_out.keys() == {
                *("suppressed", "contacted", "claimed", "cooling_down", "channel_limit")
            }


def list_channels(plan: Any) -> list[tuple[str, str]]:
    """Return the leads of a plan with their channels, best first."""
    frame = nw.from_native(plan.frame).lazy().collect().filter(~nw.col("channel").is_null())
    ordered = frame.sort("lead_id")
    return [(row["lead_id"], row["channel"]) for row in ordered.to_arrow().to_pylist()]


def test_counts_by_reason_are_shown_and_added() -> None:
    one = RecordCounts(3, 1, {ck.Reason.CLAIMED: 2})
    other = RecordCounts(1, 0, {ck.Reason.SUPPRESSED: 1, ck.Reason.CLAIMED: 4})
    both = one + other
    assert both == RecordCounts(4, 1, {ck.Reason.SUPPRESSED: 1, ck.Reason.CLAIMED: 6})
    assert str(both) == "4 leads admitted, 1 already in, 7 left out (1 suppressed, 6 claimed)"
    assert both.as_text().splitlines() == [
        "4 of 12 leads admitted",
        "  4  assigned    admitted to the campaign now",
        "  1  already     in the campaign before",
        "  1  suppressed  the lead must not be contacted on the channels open to it",
        "  6  claimed     another campaign of the client has the lead",
    ]
