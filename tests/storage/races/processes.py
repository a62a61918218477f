"""Processes that do what a test tells them, and wait for one another at pipes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""How many seconds a test waits for a process that ought to answer at once."""

# Each process is forked from one that has loaded all of this and done nothing yet.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "psycopg",
        "pytest",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.pysqlite",
        "tests.storage.races.sites",
    ]
)


class Parent:
    """The test, as a process sees it."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe

    def say(self, value: object = None) -> None:
        self._pipe.send((_SAID, value))

    def hear(self) -> Any:  # whatever the test says
        return self._pipe.recv()

    def meet(self) -> None:
        """Wait until all are here."""
        self.say()
        self.hear()


_SAID, _DONE, _FAILED = "said", "done", "failed"


class Process(Generic[T]):
    """A process that does one thing."""

    def __init__(self, act: Callable[[Parent], T]) -> None:
        self._pipe, its = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_perform, args=(its, act), daemon=True)
        self._process.start()
        its.close()

    def say(self, value: object = None) -> None:
        self._pipe.send(value)

    def hear(self) -> Any:  # whatever the process says
        return self._received(_SAID)

    def has_answered(self) -> bool:
        """Whether there is something to hear, or a result."""
        return self._pipe.poll()

    def result(self) -> T:
        """Return what it returns, when it does."""
        result: T = self._received(_DONE)
        return result

    def exit_code(self) -> int | None:
        """Return how it ended, when it has."""
        self._process.join(PATIENCE)
        return self._process.exitcode

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()

    def _received(self, expected: str) -> Any:
        if not self._pipe.poll(PATIENCE):
            msg = f"a process said nothing for {PATIENCE} seconds"
            raise TimeoutError(msg)
        kind, value = self._pipe.recv()
        assert kind == expected, f"{kind}: {value}"
        return value


def _perform(pipe: Connection[Any, Any], act: Callable[[Parent], object]) -> None:
    warnings.simplefilter("error")
    try:
        result = act(Parent(pipe))
    except BaseException:  # noqa: BLE001  # the test shows it
        pipe.send((_FAILED, traceback.format_exc()))
    else:
        pipe.send((_DONE, result))


@contextmanager
def started(act: Callable[[Parent], T]) -> Generator[Process[T]]:
    """Give a process that does something, and is gone at the end."""
    process = Process(act)
    try:
        yield process
    finally:
        process.end()


def together(*acts: Callable[[Parent], T], meetings: int = 1) -> list[T]:
    """Do things in a process each, which meet so often, and return what each returns."""
    processes = [Process(act) for act in acts]
    try:
        for _ in range(meetings):
            for process in processes:
                process.hear()
            for process in processes:
                process.say()
        return [process.result() for process in processes]
    finally:
        for process in processes:
            process.end()


class Countdown:
    """Counts the calls and returns of functions, and kills this process at one of them.

    Where there are fewer it is killed at the end.
    """

    def __init__(self, at: int | None) -> None:
        self.steps = 0
        self._at = at

    def __enter__(self) -> Self:
        sys.setprofile(self._step)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        if self._at is not None:
            _kill()

    def _step(self, _: FrameType, __: str, ___: object) -> None:
        if self.steps == self._at:
            _kill()
        self.steps += 1


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
