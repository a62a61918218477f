"""What the kit asserts with: every failure says in words what was expected of the store.

A test runner that does not rewrite asserts shows these messages too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

ErrorT = TypeVar("ErrorT", bound=BaseException)


def holds(what: str, truth: object) -> None:
    """Fail with what should hold, unless it does."""
    if not truth:
        raise AssertionError(what)


def same(what: str, actual: object, expected: object) -> None:
    """Fail with both values, unless they are equal."""
    holds(f"{what}\n  expected: {expected!r}\n  but was:  {actual!r}", actual == expected)


def raises(kind: type[ErrorT], what: str, call: Callable[[], object]) -> ErrorT:
    """Return the error of this kind that a call raises; fail if it raises none."""
    try:
        result = call()
    except kind as error:
        return error
    msg = f"{what} must raise {kind.__name__}, but returned {result!r}"
    raise AssertionError(msg)
