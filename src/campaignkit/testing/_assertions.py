"""The assertions of the kit: a failure says what was expected of the store.

Its messages are shown by test runners that do not rewrite asserts, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

ErrorT = TypeVar("ErrorT", bound=BaseException)


def check(what: str, condition: object) -> None:
    """Fail with what should be true, unless it is."""
    if not condition:
        raise AssertionError(what)


def check_equal(what: str, actual: object, expected: object) -> None:
    """Fail with both values, unless they are equal."""
    check(f"{what}\n  expected: {expected!r}\n  but was:  {actual!r}", actual == expected)


def check_raises(kind: type[ErrorT], what: str, call: Callable[[], object]) -> ErrorT:
    """Return the error of this kind that a call raises; fail if it raises none."""
    try:
        result = call()
    except kind as error:
        return error
    msg = f"{what} must raise {kind.__name__}, but returned {result!r}"
    raise AssertionError(msg)
