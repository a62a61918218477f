"""Add to an error what a trigger of the host said, as far as its source has the words.

A message of `RAISE` may have values of rows in it. So only what is a literal in the source of the
function or trigger is shown, with each value that was put into it left out.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import HostRefusedError
from campaignkit.storage.sqlalchemy._driver_errors import HostWords, take_words

_FUNCTION = text("SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure(:name)")
_TRIGGERS = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
_LITERAL = re.compile(r"'((?:[^']|'')*)'")


def add_host_words(connection: Connection, error: HostRefusedError) -> None:
    """Add the words of the host to an error, after what failed was rolled back."""
    words = take_words(error)
    if words is None:
        return
    try:
        sources = _read_sources(connection, words)
    except (SQLAlchemyError, sqlite3.Error) as failure:  # the first error is the one to raise
        raise_interruption(failure)
        return
    if said := _find_literal(sources, words.text):
        error.message = f"{error.message}: {said}"
        error.args = (error.message, *error.args[1:])


def _read_sources(connection: Connection, words: HostWords) -> list[str]:
    if connection.dialect.name == "sqlite":
        # By the driver itself: a transaction of the store's would wait for other writers.
        cursor = connection.connection.cursor()
        try:
            cursor.execute(_TRIGGERS)
            return [row[0] for row in cursor.fetchall()]
        finally:
            cursor.close()
    if words.function is None:
        return []
    return list(connection.scalars(_FUNCTION, {"name": words.function}))


def _find_literal(sources: Iterable[str], said: str) -> str | None:
    """Return the literal of a source that was said, in which an ellipsis stands for each value."""
    found: list[str] = []
    for source in sources:
        for literal in _LITERAL.findall(source):
            words = " ".join(literal.replace("''", "'").split())
            parts = [part.replace("\0", "%") for part in words.replace("%%", "\0").split("%")]
            if re.fullmatch(".*".join(map(re.escape, parts)), said, re.DOTALL):
                found.append("\u2026".join(parts))
    return max(found, key=len, default=None)
