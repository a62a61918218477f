"""Threads that use a store at once, and wait for each other by barriers, never by the clock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Barrier, Event, Thread
from typing import Any

from campaignkit.domain._snapshot import Decide, Snapshot, T, Writes
from campaignkit.errors import ConflictError, NotRunningError, TransientConflictError

_PATIENCE = 60.0
_MOMENT = 0.1
_ATTEMPTS = 1_000


def retry(call: Callable[[], T]) -> T:
    """Return the result of a call that is repeated after each `TransientConflictError`."""
    for _ in range(_ATTEMPTS):
        try:
            return call()
        except TransientConflictError:
            continue
    return call()


def run_together(*calls: Callable[[], T]) -> list[T]:
    """Run calls on threads of their own that start at once; return their results, or raise."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        start.wait(_PATIENCE)
        return call()

    results = [_start_thread(partial(run, call)) for call in calls]
    return [result.result(_PATIENCE) for result in results]


def _start_thread(call: Callable[[], T]) -> Future[T]:
    """Run a call on a thread, which does not keep the process from ending if it hangs."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:  # noqa: BLE001  # raised by `result`
            result.set_exception(error)

    Thread(target=run, daemon=True).start()
    return result


def overtake(
    transact: Callable[[Decide[Any]], Writes[Any]],
    first: Decide[Any],
    other_transact: Callable[[Decide[Any]], Writes[Any]],
    second: Decide[Any],
) -> tuple[Any, Any]:
    """Start a second decision while the first one is made; return both outcomes.

    A store that locks makes the second one wait; the first waits for it only a moment.
    """
    started: list[Future[Any]] = []
    done = Event()

    def run_second() -> object:
        try:
            return _outcome(other_transact, second)
        finally:
            done.set()

    def decide(snapshot: Snapshot) -> Writes[Any]:
        if not started:  # else this is the first decision, repeated
            started.append(_start_thread(run_second))
            done.wait(_MOMENT)
        return first(snapshot)

    outcome = _outcome(transact, decide)
    return outcome, started[0].result(_PATIENCE)


def _outcome(transact: Callable[[Decide[Any]], Writes[Any]], decide: Decide[Any]) -> object:
    """Return the outcome of a decision, or None if it is refused."""
    try:
        return retry(lambda: transact(decide)).outcome
    except (ConflictError, NotRunningError):
        return None
