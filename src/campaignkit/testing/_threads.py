"""Threads that use a store at once, and wait for each other by barriers, never by the clock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Barrier, Event, Thread
from typing import Any, TypeVar, cast

from campaignkit.domain._snapshot import Decide, Snapshot, Writes
from campaignkit.errors import (
    ConflictError,
    NotRunningError,
    TransientConflictError,
)

T = TypeVar("T")

PATIENCE = 60.0
_MOMENT = 0.1
_ATTEMPTS = 1_000


def settled(call: Callable[[], Writes[T]]) -> T:
    """Return the outcome of a `transact` that is repeated while it meets others."""
    return cast("T", settled_call(call).outcome)


def settled_call(call: Callable[[], T]) -> T:
    """Return what a call does that is repeated while it meets others."""
    for _ in range(_ATTEMPTS):
        try:
            return call()
        except TransientConflictError:
            continue
    return call()


def together(*calls: Callable[[], T]) -> list[T]:
    """Run calls on threads of their own that set off at once; return or raise what they do."""
    start = Barrier(len(calls))
    results: list[Future[T]] = [Future() for _ in calls]

    def run(call: Callable[[], T], result: Future[T]) -> None:
        try:
            start.wait(PATIENCE)
            result.set_result(call())
        except BaseException as error:  # noqa: BLE001  # the caller gets it
            result.set_exception(error)

    for call, result in zip(calls, results, strict=True):
        # One that hangs must not keep the process from ending.
        Thread(target=run, args=(call, result), daemon=True).start()
    return [result.result(PATIENCE) for result in results]


def overtaken(
    transact: Callable[[Decide[Any]], Writes[Any]],
    first: Decide[Any],
    transact_too: Callable[[Decide[Any]], Writes[Any]],
    second: Decide[Any],
) -> tuple[Any, Any]:
    """Let a second decision try to come in while a first one is being made; return both outcomes.

    A store that locks keeps the second out; the first waits for it only a moment.
    """
    begun, done = Event(), Event()
    outcome: Future[Any] = Future()

    def overtake() -> None:
        begun.set()
        try:
            outcome.set_result(_refused_or(lambda: settled(lambda: transact_too(second))))
        except BaseException as error:  # noqa: BLE001  # the caller gets it
            outcome.set_exception(error)
        finally:
            done.set()

    def decide(snapshot: Snapshot) -> Writes[Any]:
        if not begun.is_set():  # else this is the first decision, repeated
            Thread(target=overtake, daemon=True).start()
            begun.wait(PATIENCE)
            done.wait(_MOMENT)
        return first(snapshot)

    mine = _refused_or(lambda: settled(lambda: transact(decide)))
    return mine, outcome.result(PATIENCE)


def _refused_or(call: Callable[[], T]) -> T | None:
    try:
        return call()
    except (ConflictError, NotRunningError):
        return None
