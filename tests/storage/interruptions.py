"""Exceptions that come from outside, as those of signal handlers do: at any line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import campaignkit

OURS = str(Path(campaignkit.__file__).parent)

Place = tuple[str, int]


class Interruption:
    """Runs something and raises an error at the n-th line that it comes to; 0 is the first.

    Where it comes to fewer, nothing is raised. `places` are the lines that it came to.
    """

    def __init__(self, *roots: str) -> None:
        self._roots = roots
        self.places: list[Place] = []

    def run(
        self, act: Callable[[], object], at: int = -1, error: BaseException | None = None
    ) -> BaseException | None:
        """Return what was raised; with it is its traceback, and all that this refers to."""
        places: list[Place] = []

        def line(frame: FrameType, event: str, _: object) -> Any:  # a trace function
            if event == "line":
                places.append((frame.f_code.co_filename, frame.f_lineno))
                if len(places) - 1 == at and error is not None:
                    raise error
            return line

        def call(frame: FrameType, _: str, __: object) -> Any:  # a trace function
            return line if frame.f_code.co_filename.startswith(self._roots) else None

        sys.settrace(call)
        try:
            act()
        except BaseException as raised:
            # SQLAlchemy asserts what no longer holds once it is interrupted in its own midst.
            if raised is not error and not isinstance(raised, AssertionError):
                raise
            return raised
        finally:
            sys.settrace(None)
            self.places = places
        return None


def telling(places: list[Place], *, always: str | None = None) -> list[int]:
    """Return which of the lines to try: each at its first time, and in some files each time."""
    assert always is None or any(name.endswith(always) for name, _ in places), (
        f"no line of {always}"
    )
    firsts = {place: at for at, place in reversed(list(enumerate(places)))}
    return [
        at
        for at, place in enumerate(places)
        if firsts[place] == at or (always and place[0].endswith(always))
    ]
