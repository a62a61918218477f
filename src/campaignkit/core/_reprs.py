"""The repr of values: nearly valid Python, in one line, and never long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, time, timedelta
from enum import Enum
from itertools import islice
from typing import Any, cast
from uuid import UUID

LONGEST_REPR = 1_000
"""The most characters of a value's repr, whatever the value contains."""

_ITEMS_SHOWN = (5, 2, 1, 0)
"""How many items of a collection are shown: fewer where the repr would be too long."""

_LONGEST_TEXT = 80
_DEEPEST = 8

_SHORT = (int, float, complex, type(None), UUID, date, time, timedelta, type)
"""Classes of which a repr is short."""


def bounded_repr(value: object) -> str:
    """Return a repr of at most `LONGEST_REPR` characters.

    A value is written as a call, with the arguments that differ from their defaults; an immutable
    mapping that is one of them as a dict. A long collection has its first items, and says how many
    more there are. A long text is cut.
    """
    text = ""
    for most in _ITEMS_SHOWN:
        text = _write_repr(value, most, 0)
        if len(text) <= LONGEST_REPR:
            return text
    return f"{text[: LONGEST_REPR - 1]}…"


def _write_repr(value: Any, most: int, depth: int) -> str:  # noqa: ANN401  # of any kind
    match value:
        case _ if depth > _DEEPEST:
            return "…"
        case _ if hasattr(value, "_repr_arguments"):
            return _write_call(value, most, depth)
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case str() | bytes():
            return f"{value[:_LONGEST_TEXT]!r}{'…' if len(value) > _LONGEST_TEXT else ''}"
        case Mapping() | tuple() | list() | set() | frozenset():
            return _write_collection(cast("Collection[object]", value), most, depth)
        case _:  # such as a frame, whose own repr may be a table, or take a query
            return repr(value) if isinstance(value, _SHORT) else f"<{type(value).__name__}>"


def _write_call(value: Any, most: int, depth: int) -> str:  # noqa: ANN401
    name = type(value).__name__
    arguments: Mapping[str, object] | None = value._repr_arguments()  # noqa: SLF001
    if arguments is None:
        items = _write_collection(value, most, depth)
        return items if depth and name == "FrozenMap" else f"{name}({items})"
    inside = (f"{key}={_write_repr(one, most, depth + 1)}" for key, one in arguments.items())
    return f"{name}({', '.join(inside)})"


def _write_collection(values: Collection[object], most: int, depth: int) -> str:
    total = len(values)
    if isinstance(values, Mapping):
        pairs = cast("Iterable[tuple[object, object]]", values.items())
        items = [
            f"{_write_repr(key, most, depth + 1)}: {_write_repr(one, most, depth + 1)}"
            for key, one in islice(pairs, most)
        ]
    else:
        items = [_write_repr(one, most, depth + 1) for one in islice(_in_order(values), most)]
    if more := total - len(items):
        noun = "more" if items else "item" if more == 1 else "items"
        items.append(f"… {more:,} {noun}")
    inside = ", ".join(items)
    match values:
        case set() | frozenset():
            name = type(values).__name__
            return f"{name}({{{inside}}})" if values else f"{name}()"
        case tuple():
            return f"({inside},)" if len(values) == 1 else f"({inside})"
        case Mapping():
            return f"{{{inside}}}"
        case _:
            return f"[{inside}]"


def _in_order(values: Collection[object]) -> Iterable[object]:
    """Return the members of an enumeration in a set in their order, which the set does not keep."""
    kinds = set(map(type, values)) if isinstance(values, set | frozenset) else set[type]()
    if len(kinds) == 1 and issubclass(kind := kinds.pop(), Enum):
        return [member for member in kind if member in values]
    return values
