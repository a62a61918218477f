"""A process that is killed while it records a frame has recorded whole batches, the best first.

As in the other file of kills, it is killed by a count of its own steps, at moments drawn by a seed.
"""

from __future__ import annotations

import importlib
import random
import signal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

import campaignkit as ck
from campaignkit.frames import FramePlan, RecordCounts, Terms, allocate, record
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import ledgers
from tests.storage.races.ledgers import ANN, CLIENT, DAY
from tests.storage.races.processes import Countdown, Parent, started
from tests.storage.races.sites import WAIT

# PyArrow has no type hints.
pa: Any = importlib.import_module("pyarrow")

KILLS = 8
"""How many of each kind of database."""

LIMIT, BATCH = 33, 5
LEADS = {
    "lead_id": [f"lead-{n:03}" for n in range(60)],
    "als_score": [n * 37 % 101 for n in range(60)],
}


def planned(campaign: ck.Campaign) -> FramePlan[Any]:
    """Plan what more leads there are than the campaign's limit lets in."""
    return allocate(pa.table(LEADS), Terms.of(campaign, ck.Progress(DAY)))


def best_first(done: FramePlan[Any]) -> dict[str, str]:
    """Return who gets a channel, and which, in the order in which they are recorded."""
    placed = [row for row in done.frame.to_pylist() if row["channel"]]
    placed.sort(key=lambda row: (-row["als_score"], row["lead_id"]))
    return {row["lead_id"]: row["channel"] for row in placed}


def record_it(url: str, campaign: ck.Campaign, at: int | None, _: Parent) -> int:
    """Record the leads, and be killed at a step of it; or return how many steps it took."""
    done = planned(campaign)
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store, Countdown(at) as countdown:
        record(store, done, campaign, day=DAY, by=ANN, batch=BATCH)
    return countdown.steps


def recorded(engine: Engine, campaign_id: UUID) -> dict[str, str]:
    """Return who is in the ledger, and hold that its counters and its events tell the same."""
    ledger = ledgers.checked(engine, campaign_id)
    history = ck.CampaignService(SQLAlchemyStore(engine)).history(CLIENT, campaign_id).items
    told = sum((event.counts for event in history if event.counts), ck.ChannelCounts())
    assert told.total == len(ledger.leads)
    assert told == {c: ledger.progress.get(f"{c}_carried", 0) for c in ck.Channel}
    return {lead.lead_id: lead.channel for lead in ledger.leads}


def test_after_a_kill_the_same_recording_goes_on_and_takes_nobody_twice(
    url: str, engine: Engine, effort: int
) -> None:
    store = SQLAlchemyStore(engine, lock_timeout=WAIT)

    def new() -> ck.Campaign:
        return store.add(ledgers.running(daily_lead_limit=LIMIT))

    with started(partial(record_it, url, new(), None)) as process:
        steps = process.result()
    draw = random.Random(11)
    reached: set[int] = set()
    for at in [0, *sorted(draw.randrange(steps) for _ in range(KILLS * effort)), steps]:
        campaign = new()
        done = planned(campaign)
        wanted = best_first(done)
        with started(partial(record_it, url, campaign, at)) as process:
            assert process.exit_code() == -signal.SIGKILL
        before = recorded(engine, campaign.id)
        assert before == dict(list(wanted.items())[: len(before)])
        assert len(before) % BATCH == 0 or len(before) == LIMIT
        again = record(store, done, campaign, day=DAY, by=ANN, batch=BATCH)
        assert again == {
            campaign.id: RecordCounts(assigned=LIMIT - len(before), already=len(before))
        }
        assert recorded(engine, campaign.id) == wanted
        reached.add(len(before))
    assert {0, LIMIT} < reached  # some were killed in the midst of it
