"""A task that is cancelled in the midst of a `transact` leaves all of it, or nothing.

It is cancelled each time that it waits for something, in turn: as it begins to wait, and when
what it waits for has come but it has not gone on yet. No connection stays checked
out, and the next call works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from itertools import count
from typing import Any, Generic, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Engine, QueuePool, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore
from campaignkit.storage.sqlalchemy._engines import prepare
from tests.storage.races import ledgers
from tests.storage.races.acts import everything, first, is_done, nothing
from tests.storage.races.ledgers import CLIENT, DAY
from tests.storage.races.sites import WAIT

T = TypeVar("T")

DRIVERS = {"psycopg": "postgres", "asyncpg": "postgres", "aiosqlite": "sqlite"}


@pytest.fixture(scope="module", params=list(DRIVERS))
def driver(request: pytest.FixtureRequest) -> str:
    """Give each async driver in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest, driver: str) -> str:
    """Give the URL of a database for the driver."""
    return str(request.getfixturevalue(DRIVERS[driver]))


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("is_late", [False, True], ids=["early", "late"])
def test_a_cancelled_task_leaves_all_or_nothing(
    driver: str,
    url: str,
    engine: Engine,
    is_late: bool,
    times: int,
) -> None:
    asyncio.run(cancel_everywhere(driver, url, engine, is_late=is_late, times=times))


async def cancel_everywhere(
    driver: str, url: str, engine: Engine, *, is_late: bool, times: int
) -> None:
    """Cancel a task at each wait of it, and `times` in a row."""
    target = make_url(url)
    target = target.set(drivername=f"{target.get_backend_name()}+{driver}")
    its = create_async_engine(target)
    prepare(its.sync_engine, WAIT)
    ends: list[bool] = []
    try:
        for at in count():
            campaign_id, waits = await cancel_once(its, range(at, at + times), is_late=is_late)
            ends.append(is_done(engine, campaign_id))
            if waits <= at:
                break
    finally:
        await its.dispose()
    # What is begun in SQLite goes on to its end, since nobody can stop a thread.
    assert ends[0] == (driver == "aiosqlite")
    assert ends[-1]


async def cancel_once(engine: AsyncEngine, at: range, *, is_late: bool) -> tuple[UUID, int]:
    """Cancel a task at these waits of it; return how many it had."""
    store = AsyncSQLAlchemyStore(engine)
    campaign_id = (await store.add(ledgers.running())).id
    await store.transact(CLIENT, campaign_id, first, day=DAY)
    if not is_late:
        await engine.dispose()  # so that it must connect, and be cancelled there as well
    do = store.transact(CLIENT, campaign_id, everything, day=DAY, lead_ids=["first"])
    watched = Watched(do, at, is_late=is_late)
    task = asyncio.create_task(watched.run())
    await asyncio.wait([task])
    assert task.cancelled() == (watched.waits > at.start)
    # What cleans up may go on by itself for a while.
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == 0
    await store.transact(CLIENT, campaign_id, nothing)
    return campaign_id, watched.waits


class Watched(Generic[T]):
    """Runs a coroutine, counts how often it waits, and cancels its task at some of the waits.

    A wait that `is_late` is over by then, but the coroutine has not gone on yet.
    """

    def __init__(self, work: Coroutine[Any, Any, T], at: range, *, is_late: bool) -> None:
        self.waits = 0
        self._work = work
        self._at = at
        self._is_late = is_late

    async def run(self) -> T:
        return await self

    def __await__(self) -> Generator[Any, Any, T]:
        """Go through what `await` would, one wait after the other."""
        steps = self._work.__await__()
        go_on: Callable[[], Any] = partial(next, steps)
        while True:
            try:
                future = go_on()
            except StopIteration as end:
                result: T = end.value
                return result
            if self.waits in self._at:
                self._cancel_at(future)
            self.waits += 1
            try:
                go_on = partial(steps.send, (yield future))
            except BaseException as error:  # noqa: BLE001  # it is the coroutine's to handle
                go_on = partial(steps.throw, error)

    def _cancel_at(self, future: asyncio.Future[Any] | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._is_late and future is not None:
            # Before the task's own callback, which lets it go on.
            future.add_done_callback(lambda _: task.cancel())
        else:
            task.cancel()
