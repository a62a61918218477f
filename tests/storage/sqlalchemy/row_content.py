"""What no error may tell: the content of a row."""

from __future__ import annotations

import traceback

__all__ = ["MARKER", "assert_no_content"]

MARKER = "Zeppelin\u4e2d"


def assert_no_content(error: BaseException) -> None:
    """Check that nothing which is printed of an error, or of what it came from, has the marker."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        for text in (str(one), repr(one), repr(one.args), *getattr(one, "__notes__", ())):
            assert MARKER not in text
            assert MARKER[:-1] not in text
        one = one.__cause__ or one.__context__
    assert MARKER[:-1] not in "".join(traceback.format_exception(error))
