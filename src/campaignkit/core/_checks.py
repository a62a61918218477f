"""Checks and conversions shared by several values.

A function `…_error` returns what is wrong with a value, for a sentence that begins with its name,
or None. A function `to_…` converts to Python's own class, and returns anything else unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache, partial
from operator import index
from typing import Annotated, Any, TypeAlias, TypeGuard, TypeVar, cast
from uuid import UUID

from campaignkit.core._errors import InvalidError
from campaignkit.core._escaping import escape_text
from campaignkit.core._interruptions import raise_interruption

LARGEST_INTEGER = 2**31 - 1
"""The largest number in an SQL INTEGER column."""

LONGEST_ID = 512
"""The most characters in the id of a campaign's lead. PostgreSQL's index entries hold 2,704 bytes,
and a character takes up to four."""

LONGEST_TARGET = 500
"""How many characters a target of a campaign may have. A database compares it with each place of a
text, and SQLite takes no longer pattern than 50,000 bytes: a character may become 18 by folding."""

LONGEST_TEXT = 10_000
"""The most characters in a reason, and in the name of a campaign or an actor."""
EnumT = TypeVar("EnumT", bound=StrEnum)

_LONGEST_REPR = 80
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def short_repr(value: object) -> str:
    """Return a value's repr for an error message: safe to print and cut if long."""
    try:
        text = repr(value)
    except ValueError as error:  # a whole number of more digits than Python prints
        raise_interruption(error)
        text = f"a very large {type(value).__name__}"
    except RecursionError:
        text = f"a deeply nested {type(value).__name__}"
    if len(text) > _LONGEST_REPR:
        quote = text[-1] if is_text(value) else ""
        text = f"{text[:_LONGEST_REPR]}…{quote}"
    return escape_text(text)


def is_text(value: object) -> TypeGuard[str]:
    """Tell whether a value is text.

    What says so by its `__class__` only, as proxies and mocks do, has nothing of a text.
    """
    return issubclass(type(value), str)


def is_keepable(text: str) -> bool:
    """Tell whether every store can keep a text: one without NUL and lone surrogates."""
    return (text.isascii() and "\0" not in text) or not _UNKEEPABLE.search(text)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Tell whether a value is a mapping, and does not only say so."""
    return type(value) is dict or issubclass(type(value), Mapping)


def is_frame(value: object) -> bool:
    """Tell whether a value is a dataframe of any library, by what all of them have.

    No library is imported for it. The result of `frames.allocate` has columns, too.
    """
    return hasattr(type(value), "columns")


def as_int(value: int) -> int:
    """Return a whole number of any integer type as an int, and anything else unchanged.

    Bools and floats are not converted, not even 40.0: `integer_error` refuses them.
    """
    if type(value) is int or isinstance(value, bool):
        return value
    try:
        return index(value)
    except TypeError as error:
        raise_interruption(error)
        return value


def integer_error(value: object, low: int, high: int) -> str | None:
    """Say what is wrong with a value that should be an int from low to high."""
    if type(value) is int and low <= value <= high:
        return None
    if type(value) is bool or not issubclass(type(value), int):
        return f"must be a whole number, not {short_repr(value)}"
    if not low <= cast("int", value) <= high:
        return f"must be from {low} to {high}, not {short_repr(value)}"
    return None


def count_error(value: object) -> str | None:
    """Say what is wrong with a value that should be a whole number of 0 or more, of any type."""
    number = as_int(cast("int", value))
    if type(number) is int and number >= 0:
        return None
    return f"must be a whole number of 0 or more, not {short_repr(value)}"


def to_text(value: str) -> str:
    """Return text of any class as a str, and anything else unchanged.

    A member of a StrEnum becomes its value.
    """
    return str.__str__(value) if type(value) is not str and is_text(value) else value


def to_uuid(value: UUID) -> UUID:
    """Return a UUID of any class as Python's own, and anything else unchanged."""
    kind = type(value)
    return UUID(int=value.int) if kind is not UUID and issubclass(kind, UUID) else value


def to_date(value: date) -> date:
    """Return a date of any class as Python's own, and anything else, even a datetime, unchanged."""
    if type(value) is date or not is_date(value):
        return value
    return date.fromordinal(date.toordinal(value))


def to_flag(value: bool) -> bool:  # noqa: FBT001  # the value that is read
    """Return a bool of Python or NumPy as Python's, and anything else unchanged."""
    kind = type(value)
    is_numpys = kind.__module__ == "numpy" and kind.__name__ in {"bool", "bool_"}
    return bool(value) if is_numpys else value


def to_member(kind: type[EnumT], value: object) -> EnumT:
    """Return the member of an enumeration with this value, and anything else unchanged."""
    if type(value) is kind or not is_text(value):
        return cast("EnumT", value)
    return cast("EnumT", _members_by_value(kind).get(to_text(value), value))


@cache
def _members_by_value(kind: type[StrEnum]) -> Mapping[str, object]:
    return {member.value: member for member in kind}


def to_list(values: object) -> list[Any] | None:
    """Return an iterable's values as a list; None for text and for what is not iterable."""
    if type(values) is list or type(values) is tuple:  # as they nearly always come
        return list(cast("Iterable[Any]", values))
    if isinstance(values, str | bytes | bytearray) or not isinstance(values, Iterable):
        return None
    try:
        several: Any = iter(values)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of any
    except TypeError as error:  # an array without a dimension says that it can be iterated over
        raise_interruption(error)
        return None
    return list(several)


def flag_error(value: object) -> str | None:
    """Say what is wrong with a value that should be true or false."""
    is_flag = type(to_flag(cast("bool", value))) is bool
    return None if is_flag else f"must be True or False, not {short_repr(value)}"


def check_kinds(
    error: type[InvalidError], /, **arguments: tuple[object, type | tuple[type, ...]]
) -> None:
    """Refuse arguments that are not of their classes; the error names all of them.

    Raises:
        InvalidError: an argument is not; of the class `error`.
    """
    faults = [
        f"{name} {fault}"
        for name, (value, kind) in arguments.items()
        if (fault := kind_error(value, kind))
    ]
    if faults:
        raise error(faults)


def text_error(value: object, longest: int | None = None) -> str | None:
    """Say what is wrong with a value that should be text which every store can keep."""
    if not (type(value) is str or is_text(value)):
        return f"must be text, not {short_repr(value)}"
    if longest is not None and len(value) > longest:
        return (
            f"must have at most {longest:,} characters, but {short_repr(value)} has {len(value):,}"
        )
    if not value.strip():
        return f"must not be blank, but is {short_repr(value)}"
    if not is_keepable(value):
        return f"must be text without NUL and lone surrogates, not {short_repr(value)}"
    return None


def optional_text_error(value: object) -> str | None:
    """Say what is wrong with a value that should be text which stores can keep, blank or not."""
    is_blank = is_text(value) and not value.strip()
    return None if is_blank else text_error(value)


Seconds: TypeAlias = Annotated[float, "seconds"]
"""How long something took. Every other real number is a score."""

# Types with the check that a class makes of such a field. The JSON Schema is made of them.

Limit: TypeAlias = Annotated[int, partial(integer_error, low=1, high=LARGEST_INTEGER)]
"""A whole number of 1 or more that a column can hold."""

Amount: TypeAlias = Annotated[int, partial(integer_error, low=0, high=LARGEST_INTEGER)]
"""A whole number of 0 or more that a column can hold."""

Count: TypeAlias = Annotated[int, count_error]
"""A whole number of 0 or more, however large."""

Words: TypeAlias = Annotated[str, partial(text_error, longest=LONGEST_TEXT)]
"""Text of a name or a reason."""

StoredId: TypeAlias = Annotated[str, partial(text_error, longest=LONGEST_ID)]
"""The id of a campaign's lead, as a store keeps it."""


def kind_error(value: object, kind: type | tuple[type, ...]) -> str | None:
    """Say what is wrong with a value that should be of this class, or of one of these."""
    if issubclass(type(value), kind):  # as a proxy, or a mock, may only say that it is one
        return None
    kinds = kind if isinstance(kind, tuple) else (kind,)
    names = " or ".join("None" if one is type(None) else one.__name__ for one in kinds)
    article = "an" if names.startswith(tuple("AEIO")) else "a"  # but "a UUID"
    if len(kinds) == 1 and issubclass(kinds[0], StrEnum):
        names += f" ({', '.join(kinds[0])})"
    return f"must be {article} {names}, not {short_repr(value)}"


def is_date(value: object) -> bool:
    """Return whether the value is a date and not a datetime."""
    return issubclass(type(value), date) and not issubclass(type(value), datetime)


def date_error(value: object) -> str | None:
    """Say what is wrong with a value that should be a date."""
    return None if is_date(value) else f"must be a date, not {short_repr(value)}"


def datetime_error(value: object) -> str | None:
    """Say what is wrong with a value that should be a datetime with a time zone."""
    if type(value) is datetime and value.tzinfo is UTC:
        return None
    # What pandas has for no time is a datetime, too, which equals nothing.
    if not (_is_moment(value) and value == value):  # noqa: PLR0124
        return f"must be a datetime, not {short_repr(value)}"
    if getattr(value, "nanosecond", 0):
        return f"must be of whole microseconds, not {short_repr(value)}"
    return _time_zone_error(value)


def _is_moment(value: object) -> TypeGuard[datetime]:
    return issubclass(type(value), datetime)


def _time_zone_error(value: datetime) -> str | None:
    try:
        if value.utcoffset() is None:
            return f"must have a time zone, but {value.isoformat()} has none"
        value.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise_interruption(error)
        return f"must lie within the years 1 to 9999 in UTC, not {short_repr(value)}"
    except (NotImplementedError, TypeError) as error:
        raise_interruption(error)
        return f"must have a time zone that knows its offset, unlike {short_repr(value)}"
    return None


def to_utc(value: datetime) -> datetime:
    """Return an aware datetime in UTC, and anything else unchanged, for `datetime_error`."""
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    if datetime_error(value):
        return value
    at = value.astimezone(UTC)
    if type(at) is datetime:
        return at
    day = date(at.year, at.month, at.day)
    return datetime.combine(day, time(at.hour, at.minute, at.second, at.microsecond), UTC)
