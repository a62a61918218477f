"""An async store behind the face of a plain one: call by call the same."""

from __future__ import annotations

import asyncio
import inspect
from threading import current_thread
from typing import Any
from uuid import uuid4

import pytest

import campaignkit as ck
from campaignkit.storage import AsyncMemoryStore, AsyncStore, MemoryStore, Store
from campaignkit.testing import BlockingStore, EventLoop

METHODS = [
    name
    for name, thing in vars(Store).items()
    if inspect.isfunction(thing) and not name.startswith("_")
]


@pytest.mark.parametrize("name", METHODS)
def test_it_has_every_method_of_a_store(name: str) -> None:
    wanted = inspect.signature(getattr(Store, name))
    assert inspect.signature(getattr(BlockingStore, name)) == wanted
    assert inspect.signature(getattr(AsyncStore, name)) == wanted


def test_a_coroutine_runs_on_the_loops_own_thread() -> None:
    async def thread() -> str:
        await asyncio.sleep(0)
        return current_thread().name

    with EventLoop() as loop:
        assert loop.run(thread()) == "campaignkit-event-loop"


def test_errors_come_back() -> None:
    with EventLoop() as loop:
        store = BlockingStore(AsyncMemoryStore(), loop)
        with pytest.raises(ck.NotFoundError):
            store.get(uuid4(), uuid4())


@pytest.mark.parametrize("owns", [True, False])
def test_it_owns_its_transactions_as_the_async_store_does(*, owns: bool) -> None:
    inner = AsyncMemoryStore()
    inner.owns_transactions = owns
    with EventLoop() as loop:
        assert BlockingStore(inner, loop).owns_transactions is owns


def test_a_loop_may_be_of_another_kind() -> None:
    made = asyncio.new_event_loop()
    with EventLoop(lambda: made) as loop:
        assert loop.run(asyncio.sleep(0, "done")) == "done"
    assert made.is_closed()


@pytest.mark.parametrize("strange", [None, "store", MemoryStore()])
def test_what_is_no_async_store_or_no_loop_is_refused(strange: Any) -> None:  # noqa: ANN401
    with pytest.raises(ck.errors.InvalidError) as caught:
        BlockingStore(strange, strange)
    assert [fault.partition(",")[0] for fault in caught.value.faults] == [
        "store must be an AsyncStore",
        "loop must be an EventLoop",
    ]
