"""A process that is killed in the midst of a `transact` leaves all of it, or nothing.

It is killed by a count of its own steps, at moments drawn by a seed, most of them late, where it
writes and commits. `--hypothesis-profile=long` draws 50 times as many.
"""

from __future__ import annotations

import random
import signal
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.races import ledgers
from tests.storage.races.acts import everything, first, is_done, nothing
from tests.storage.races.ledgers import CLIENT, DAY
from tests.storage.races.processes import Countdown, Parent, started
from tests.storage.races.sites import WAIT

KILLS = 4
"""How many of each kind."""


def test_a_killed_process_leaves_all_or_nothing(url: str, engine: Engine, effort: int) -> None:
    steps = steps_of_one(url, engine)
    draw = random.Random(7)
    anywhere = [draw.randrange(steps) for _ in range(KILLS * effort)]
    late = [draw.randrange(steps * 3 // 4, steps) for _ in range(KILLS * effort)]
    ends = [is_done_when_killed(url, engine, at) for at in sorted([0, *anywhere, *late, steps])]
    assert ends == sorted(ends)  # at first nothing is left, from the commit on all
    assert not ends[0]
    assert ends[-1]


def steps_of_one(url: str, engine: Engine) -> int:
    """Return how many steps it takes."""
    campaign_id = SQLAlchemyStore(engine).add(ledgers.running()).id
    with started(partial(do_everything, url, campaign_id, None)) as process:
        steps = process.result()
    assert is_done(engine, campaign_id)
    return steps


def is_done_when_killed(url: str, engine: Engine, at: int) -> bool:
    """Kill a process at a step, and tell whether its work is done all the same."""
    store = SQLAlchemyStore(engine, lock_timeout=WAIT)
    campaign_id = store.add(ledgers.running()).id
    with started(partial(do_everything, url, campaign_id, at)) as process:
        assert process.exit_code() == -signal.SIGKILL
    store.transact(CLIENT, campaign_id, nothing)  # the next call works at once
    done = is_done(engine, campaign_id)
    if not done:
        store.transact(CLIENT, campaign_id, everything, day=DAY, lead_ids=["first"])
    assert is_done(engine, campaign_id)
    return done


def do_everything(url: str, campaign_id: UUID, at: int | None, _: Parent) -> int:
    """Do everything, and be killed at a step of it; or return how many steps it took."""
    with SQLAlchemyStore.open(url, lock_timeout=WAIT) as store:
        store.transact(CLIENT, campaign_id, first, day=DAY)
        with Countdown(at) as countdown:
            store.transact(CLIENT, campaign_id, everything, day=DAY, lead_ids=["first"])
        return countdown.steps
