"""Whatever interrupts a call of the async store, no lock, transaction or connection is left.

Ctrl-C is not among these exceptions: `asyncio.run` cancels its task instead.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import QueuePool, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

import campaignkit as ck
from campaignkit.storage import Snapshot, Writes
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore
from campaignkit.testing._stored import make_releases
from tests.storage.interruptions import OURS, Interruption, telling
from tests.storage.sqlalchemy.doing import CREATED, DAY, admit, assigned, campaign
from tests.storage.sqlalchemy.test_interruptions import KEY, STORED
from tests.storage.test_memory_interruptions import SoftTimeLimitError

pytestmark = pytest.mark.long

Act = Callable[[AsyncSQLAlchemyStore], Coroutine[Any, Any, object]]


def change(snapshot: Snapshot) -> Writes[None]:
    is_there = "b" in snapshot.assignments
    return Writes(
        campaign=snapshot.campaign.edit(at=CREATED, name=f"{snapshot.campaign.name}'"[-9:]),
        progress=ck.Progress(admitted_total=1 if is_there else 2),
        assigned=() if is_there else assigned("b"),
        released=make_releases("b") if is_there else (),
    )


ACTS: dict[str, Act] = {
    "write": lambda store: store.transact(*KEY, change, day=DAY, lead_ids=["a", "b"]),
    "add": lambda store: store.add_all([campaign(), campaign()]),
    "get": lambda store: store.get(*KEY),
}


@pytest.mark.parametrize("name", ACTS)
def test_no_lock_of_sqlite_outlives_a_call(sqlite: str, name: str) -> None:
    other = sqlite3.connect(sqlite.removeprefix("sqlite:///"), timeout=0, isolation_level=None)

    def check() -> None:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy

    interrupt_everywhere(sqlite, ACTS[name], check)
    other.close()


@pytest.mark.parametrize("name", ["get", "write"])
def test_no_transaction_of_postgresql_outlives_a_call(postgres: str, name: str) -> None:
    watch = create_engine(postgres, isolation_level="AUTOCOMMIT")
    open_ones = text(
        "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
    )
    with watch.connect() as other:

        def check() -> None:
            assert not other.execute(open_ones).all()

        interrupt_everywhere(postgres, ACTS[name], check)
    watch.dispose()


async def finish_tasks() -> None:
    """Await what an interrupted call left to a task of its own."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others)


def interrupt_everywhere(url: str, act: Act, check: Callable[[], object]) -> None:
    """Interrupt an act at each line, and check while the error and its traceback are kept."""
    interruption = Interruption(OURS)
    with asyncio.Runner() as runner:
        store = runner.run(AsyncSQLAlchemyStore.open(url, lock_timeout=0.05))
        assert isinstance(store.bind, AsyncEngine)
        pool = store.bind.sync_engine.pool
        assert isinstance(pool, QueuePool)
        runner.run(store.add(STORED))
        runner.run(store.transact(*KEY, admit("a")))
        runner.run(act(store))
        interruption.run(lambda: runner.run(act(store)))
        lines = telling(interruption.places, always="sqlalchemy/_transactions.py")
        for at in lines:
            raised = interruption.run(lambda: runner.run(act(store)), at, SoftTimeLimitError())
            place = interruption.places[-1]
            runner.run(finish_tasks())
            check()
            assert pool.checkedout() == 0, place
            runner.run(store.get(*KEY))
            del raised
        runner.run(act(store))
        assert len(lines) > 50
        runner.run(store.close())
