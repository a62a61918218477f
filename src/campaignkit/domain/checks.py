"""Small checks that several values share; each says what is wrong in words, or nothing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from operator import index
from typing import cast

from campaignkit.escaping import escape_text

__all__ = [
    "LARGEST_INTEGER",
    "LONGEST_ID",
    "LONGEST_TEXT",
    "aware_fault",
    "count_fault",
    "day_fault",
    "is_day",
    "kind_fault",
    "shown",
    "text_fault",
    "to_utc",
    "whole",
    "whole_fault",
]

LARGEST_INTEGER = 2**31 - 1
"""The largest number that an SQL INTEGER column holds."""

LONGEST_ID = 512
"""How many characters the id of a campaign's lead may have. PostgreSQL has an index on ids, which
holds 2,704 bytes, and a character has up to four."""

LONGEST_TEXT = 10_000
"""How many characters the name of a campaign or an actor may have, and a reason."""

_LONGEST_SHOWN = 80
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def shown(value: object) -> str:
    """Return a value as an error message shows it: its repr, safe to print, and cut if long."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        text = f"a very large {type(value).__name__}"
    return escape_text(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def whole(value: int) -> int:
    """Return a whole number of any integer type as an int, and anything else as it came.

    A bool is not a number here, nor is a float, however whole it is: `whole_fault` refuses them.
    """
    if type(value) is int or isinstance(value, bool):
        return value
    try:
        return index(value)
    except TypeError:
        return value


def whole_fault(value: object, low: int, high: int) -> str | None:
    """Say what is wrong with a value that should be an int from low to high."""
    if type(value) is int and low <= value <= high:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        return f"must be a whole number, not {shown(value)}"
    if not low <= value <= high:
        return f"must be from {low} to {high}, not {shown(value)}"
    return None


def count_fault(value: object) -> str | None:
    """Say what is wrong with a value that should be a whole number of 0 or more, of any type."""
    number = whole(cast("int", value))
    if type(number) is int and number >= 0:
        return None
    return f"must be a whole number of 0 or more, not {shown(value)}"


def text_fault(value: object, longest: int | None = None) -> str | None:
    """Say what is wrong with a value that should be text that every store can keep."""
    if not isinstance(value, str):
        return f"must be text, not {shown(value)}"
    if longest is not None and len(value) > longest:
        return f"must have at most {longest:,} characters, but {shown(value)} has {len(value):,}"
    if not value.strip():
        return f"must not be blank, but is {shown(value)}"
    if _UNKEEPABLE.search(value):
        return f"must be text without NUL and lone surrogates, not {shown(value)}"
    return None


def kind_fault(value: object, kind: type) -> str | None:
    """Say what is wrong with a value that should be of this class."""
    return None if isinstance(value, kind) else f"must be a {kind.__name__}, not {shown(value)}"


def is_day(value: object) -> bool:
    """Tell whether the value is a date; a datetime is a moment, not a day."""
    return isinstance(value, date) and not isinstance(value, datetime)


def day_fault(value: object) -> str | None:
    """Say what is wrong with a value that should be a date."""
    return None if is_day(value) else f"must be a date, not {shown(value)}"


def aware_fault(value: object) -> str | None:
    """Say what is wrong with a value that should be a datetime with a time zone."""
    if isinstance(value, datetime) and value.tzinfo is UTC:
        return None
    if not isinstance(value, datetime):
        return f"must be a datetime, not {shown(value)}"
    try:
        if value.utcoffset() is None:
            return f"must have a time zone, but {value.isoformat()} has none"
        value.astimezone(UTC)
    except (OverflowError, ValueError):
        return f"must lie within the years 1 to 9999 in UTC, not {shown(value)}"
    return None


def to_utc(value: datetime) -> datetime:
    """Return an aware datetime in UTC, and anything else as it came, for `aware_fault`."""
    if isinstance(value, datetime) and value.tzinfo is UTC:
        return value
    return value if aware_fault(value) else value.astimezone(UTC)
