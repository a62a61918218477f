"""Errors that a signal's handler raises, as the time limits of hosts do: told from all others.

They come at any line, and may be of any class. Who catches an error of a class as wide as
`ValueError` or `OSError`, to say what was wrong with a value or with a database, first lets
`raise_interruption` look whether it is one of these.
"""

from __future__ import annotations

from inspect import CO_VARARGS
from traceback import walk_tb
from types import FrameType


def raise_interruption(error: BaseException) -> None:
    """Raise what a signal's handler raised, if that is this error, or the cause of it."""
    found: BaseException | None = None
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if any(_is_handler(frame) for frame, _ in walk_tb(cause.__traceback__)):
            found = cause  # what it is the cause of may have its traceback, too
        cause = cause.__cause__
    if found is None:
        return
    context = found.__context__
    try:
        raise found
    finally:
        found.__context__ = context


def _is_handler(frame: FrameType) -> bool:
    """Tell whether this is the frame of a handler: it is given the frame that it interrupts."""
    code = frame.f_code
    is_varied = bool(code.co_flags & CO_VARARGS)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + is_varied]
    given = [frame.f_locals.get(name) for name in names]
    several = given.pop() if is_varied else ()
    return any(isinstance(value, FrameType) for value in (*given, *(several or ())))
