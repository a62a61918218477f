"""Whatever interrupts a call, nothing is left of it: no lock, no transaction, no connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy
from sqlalchemy import Engine, QueuePool, create_engine, text

import campaignkit as ck
from campaignkit.storage import Snapshot, Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.testing._stored import make_releases, suggest_leads
from tests.storage.interruptions import OURS, Interruption, telling
from tests.storage.sqlalchemy.doing import CREATED, DAY, admit, assigned, campaign
from tests.storage.test_memory_interruptions import SoftTimeLimitError

pytestmark = pytest.mark.long

SQLALCHEMYS = str(Path(sqlalchemy.__file__).parent / "engine")

STORED = campaign(id=UUID(int=11), client_id=UUID(int=1))
KEY = STORED.client_id, STORED.id


def write(store: SQLAlchemyStore) -> None:
    """Write something of everything."""
    event = ck.Event(
        campaign_id=STORED.id, kind=ck.EventKind.APPLIED, by=ck.Actor.user("ann"), at=CREATED
    )

    def decide(snapshot: Snapshot) -> Writes[None]:
        is_there = "b" in snapshot.assignments
        suggested = suggest_leads(STORED, "cd" if is_there else "de", left_out="f")
        rejection = ck.Rejection("c", suggested.id)
        return Writes(
            campaign=snapshot.campaign.edit(at=CREATED, name=f"{snapshot.campaign.name}'"[-9:]),
            progress=ck.Progress(admitted_total=1 if is_there else 2),
            assigned=() if is_there else assigned("b"),
            released=make_releases("b") if is_there else (),
            suggestions=(suggested,),
            rejections=(rejection,) if is_there else (),
            lifted=() if is_there else ("c",),
            events=(event,),
        )

    asked: dict[str, Any] = {"digest": "none", "suggestion_ids": [suggest_leads(STORED, "c").id]}
    store.transact(*KEY, decide, day=DAY, lead_ids=["a", "b"], barriers=True, **asked)


def list_strangers(store: SQLAlchemyStore) -> None:
    """Ask twice: for what is listed, and whether the campaign is there."""
    with pytest.raises(ck.NotFoundError):
        store.assignments(STORED.client_id, UUID(int=12))


ACTS: dict[str, Callable[[SQLAlchemyStore], object]] = {
    "write": write,
    "add": lambda store: store.add_all([campaign(), campaign()]),
    "get": lambda store: store.get(*KEY),
    "find": lambda store: store.find(STORED.client_id),
    "snapshot": lambda store: store.snapshot(*KEY, day=DAY, lead_ids=["a"]),
    "feed": lambda store: store.feed(STORED.client_id),
    "nothing to list": list_strangers,
}


@contextmanager
def opened(url: str, *, is_hosts: bool) -> Generator[SQLAlchemyStore]:
    """Give a store that has a campaign."""
    with SQLAlchemyStore.open(url, lock_timeout=0.01) as store:
        store.add(STORED)
        store.transact(*KEY, admit("a"))
        if not is_hosts:
            yield store
            return
    host = create_engine(url)
    try:
        yield SQLAlchemyStore(host, lock_timeout=0.01)
    finally:
        host.dispose()


@pytest.mark.parametrize(
    ("is_hosts", "error", "roots", "name"),
    [
        *((False, KeyboardInterrupt, (OURS,), name) for name in ACTS),
        (True, KeyboardInterrupt, (OURS,), "get"),
        (True, SoftTimeLimitError, (OURS,), "write"),
        (False, KeyboardInterrupt, (SQLALCHEMYS,), "get"),
    ],
)
def test_no_lock_of_sqlite_outlives_a_call(
    sqlite: str, name: str, *, is_hosts: bool, error: type[BaseException], roots: tuple[str, ...]
) -> None:
    other = sqlite3.connect(sqlite.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    with opened(sqlite, is_hosts=is_hosts) as store:

        def check() -> None:
            other.execute("BEGIN IMMEDIATE")  # there is no other writer,
            other.execute("ROLLBACK")
            busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            assert not busy  # and no reader

        interrupt_everywhere(store, ACTS[name], error, roots, check)
    other.close()


@pytest.mark.parametrize("name", ["get", "write"])
def test_no_transaction_of_postgresql_outlives_a_call(postgres: str, name: str) -> None:
    watch = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with opened(postgres, is_hosts=True) as store, watch.connect() as other:

        def check() -> None:
            open_ones = text(
                "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
            )
            # The server learns a moment later that a connection was closed.
            assert any(not other.execute(open_ones).all() for _ in range(2_000))

        interrupt_everywhere(store, ACTS[name], KeyboardInterrupt, (OURS,), check)
    watch.dispose()


def test_what_is_in_memory_outlives_ctrl_c() -> None:
    with opened("sqlite://", is_hosts=False) as store:
        interrupt_everywhere(
            store, ACTS["write"], KeyboardInterrupt, (SQLALCHEMYS,), lambda: store.get(*KEY)
        )


def interrupt_everywhere(
    store: SQLAlchemyStore,
    act: Callable[[SQLAlchemyStore], object],
    error: type[BaseException],
    roots: tuple[str, ...],
    check: Callable[[], object],
) -> None:
    """Interrupt an act at each line, and check while the error and its traceback are kept."""
    engine = store.bind
    assert isinstance(engine, Engine)
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    interruption = Interruption(*roots)
    act(store)
    interruption.run(lambda: act(store))
    lines = telling(
        interruption.places, always="sqlalchemy/_transactions.py" if OURS in roots else None
    )
    for at in lines:
        raised = interruption.run(lambda: act(store), at, error())
        place = interruption.places[-1]
        check()
        assert pool.checkedout() == 0, place
        store.get(*KEY)  # it is of use, and has a connection again for the next time
        del raised
    act(store)
    assert len(lines) > len(ACTS)
