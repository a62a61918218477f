"""The classes of which public functions, methods and fields give values to a person."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from attrs import fields, has, resolve_types

import campaignkit as ck
from campaignkit import commands, decider, frames, planning, storage, targeting

__all__ = ["list_returned_kinds"]

_MODULES = (ck, commands, planning, targeting, storage, frames, decider)
_NAMES = {name: getattr(module, name) for module in _MODULES for name in module.__all__}
"""The public names; some annotations can be read only with those of packages above."""


def list_returned_kinds() -> set[type[Any]]:
    """Return the public classes of the library, and those of what they and functions return."""
    found: set[type[Any]] = set()
    queue = deque(kind for value in _NAMES.values() for kind in _kinds_of(value))
    while queue:
        kind = queue.popleft()
        if kind not in found:
            found.add(kind)
            queue.extend(_member_kinds(kind))
    return found


def _kinds_of(value: object) -> Iterator[type]:
    """Give a class of the library itself, and the classes that a function returns."""
    if isinstance(value, type):
        yield from _read_annotation(value)
    elif inspect.isfunction(value):
        yield from _read_annotation(get_type_hints(value, localns=_NAMES).get("return"))


def _member_kinds(kind: type) -> Iterator[type]:
    """Give the classes that the public methods, properties and fields of a class have."""
    for name, member in inspect.getmembers_static(kind):
        if not name.startswith("_"):
            function: Any = member.fget if isinstance(member, property) else member
            yield from _kinds_of(inspect.unwrap(getattr(function, "__func__", function)))
    if has(kind):
        own: Any = resolve_types(kind, localns=_NAMES)
        for part in fields(own):
            if not part.name.startswith("_"):
                yield from _read_annotation(part.type)


def _read_annotation(annotation: Any) -> Iterable[type]:  # noqa: ANN401  # of any form
    """Give the classes of the library in an annotation."""
    if get_origin(annotation) is not None or isinstance(annotation, UnionType):
        several = [get_origin(annotation), *get_args(annotation)]
        return [kind for one in several for kind in _read_annotation(one)]
    if annotation.__class__ is list:  # the arguments of a Callable
        arguments: list[Any] = annotation
        return [kind for one in arguments for kind in _read_annotation(one)]
    is_ours = isinstance(annotation, type) and annotation.__module__.startswith("campaignkit")
    return [annotation] if is_ours else []
