"""The base of queries and results, whose fields are checked and converted by their annotations.

A result (`Plan`, `Intake`, `Page`, …) is usually made by the library, with fields that are right.
But its class is public, and a wrong field would show much later, in a report or a file. So for each
class a reader is built once for each field; a field that has a usual class is not read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import EnumType, StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, NoReturn, TypeAlias, TypeVar, Union, cast, get_args, get_origin
from uuid import UUID

from attrs import fields, resolve_types

from campaignkit.core._channels import Channel, channel_set
from campaignkit.core._checks import (
    as_int,
    datetime_error,
    is_date,
    is_mapping,
    short_repr,
    to_date,
    to_flag,
    to_list,
    to_member,
    to_text,
    to_utc,
    to_uuid,
)
from campaignkit.core._errors import InvalidError
from campaignkit.core._immutable import FrozenMap, ImmutableBase
from campaignkit.core._interruptions import raise_interruption

_Kind: TypeAlias = Any
_Reader: TypeAlias = Callable[[Any], Any]


CHECK = "check"
"""The key of a field's metadata under which a function checks its values."""


class _MisfitError(Exception):
    """A value that a reader refuses; the message says what is wrong, without the field's name."""


def _raise_misfit(fault: str) -> NoReturn:
    raise _MisfitError(fault)


class TypedBase(ImmutableBase):
    """Base of attrs classes whose fields are checked by their annotations alone.

    Values of classes that stand for one of Python's own, such as NumPy's numbers, are converted.
    An iterable becomes a tuple, a mapping a `FrozenMap`. The content of a `FrozenMap` is not
    checked, because a plan has one with an entry for each lead. A field's metadata may have a
    `CHECK`: a function that says what is wrong with any value but None, or returns None.

    Raises:
        InvalidError: fields of another kind; all that are.
    """

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        faults: list[str] = []
        for name, alias, kinds, read in _readers(type(self)):  # type: ignore[arg-type]  # it is
            value = getattr(self, name)
            if type(value) in kinds:  # as nearly all are
                continue
            try:
                made = read(value)
            except _MisfitError as misfit:
                faults.append(f"{alias} {misfit}")
            else:
                if made is not value:
                    object.__setattr__(self, name, made)
        if faults:
            raise InvalidError(faults)


@cache
def _readers(kind: _Kind) -> tuple[tuple[str, str, frozenset[type], _Reader], ...]:
    """Return for each field its name, its alias, the classes that need no reading, and a reader."""
    readers: list[tuple[str, str, frozenset[type], _Reader]] = []
    for part in fields(resolve_types(kind)):
        classes, read = _usual_classes(part.type), _reader(part.type)
        if CHECK in part.metadata:
            classes, read = classes & {NoneType}, partial(_read_checked, read, part.metadata[CHECK])
        if part.init and read is not _keep:
            readers.append((part.name, str(part.alias), classes, read))
    return tuple(readers)


def _usual_classes(kind: _Kind) -> frozenset[type]:
    """Return the classes of which a field usually is; their values are taken without being read."""
    origin: _Kind = get_origin(kind)
    if origin in {Union, UnionType}:
        return frozenset[type]().union(*map(_usual_classes, get_args(kind)))
    if origin is Annotated:
        return _usual_classes(get_args(kind)[0])
    if origin is Mapping:
        return frozenset({FrozenMap})
    if kind is datetime:  # which may have any time zone, or none
        return frozenset()
    return frozenset({kind} if isinstance(kind, type) and origin is None else ())


def _keep(value: object) -> object:
    return value


def _read_plain(into: _Reader, kind: type | tuple[type, ...], wanted: str, value: object) -> object:
    made = into(value)
    is_flag = type(made) is bool and kind is not bool
    if is_flag or not issubclass(type(made), kind):
        _raise_misfit(f"must be {wanted}, not {short_repr(value)}")
    return made


def _read_date(value: Any) -> object:  # noqa: ANN401  # of any kind
    return to_date(value) if is_date(value) else None


def _read_datetime(value: Any) -> object:  # noqa: ANN401  # of any kind
    if fault := datetime_error(value):
        _raise_misfit(fault)
    return to_utc(value)


def _read_number(value: Any) -> object:  # noqa: ANN401
    if issubclass(type(value), float):
        return float.__float__(value)
    return as_int(value)


_READERS: Mapping[_Kind, _Reader] = {
    str: partial(_read_plain, to_text, str, "text"),
    bool: partial(_read_plain, to_flag, bool, "True or False"),
    int: partial(_read_plain, as_int, int, "a whole number"),
    float: partial(_read_plain, _read_number, (int, float), "a number"),
    NoneType: partial(_read_plain, _keep, NoneType, "None"),
    UUID: partial(_read_plain, to_uuid, UUID, "a UUID"),
    date: partial(_read_plain, _read_date, date, "a date"),
    datetime: _read_datetime,
}


def _describe(kind: _Kind) -> str:
    return ", ".join(cast("Iterable[str]", kind)) if isinstance(kind, EnumType) else "values"


@cache
def _reader(kind: _Kind) -> _Reader:
    origin: _Kind = get_origin(kind)
    some: _Kind = origin or kind
    read: _Reader = partial(_read_plain, _keep, some, f"a {getattr(some, '__name__', some)}")
    if kind in _READERS:
        read = _READERS[kind]
    elif isinstance(kind, TypeVar) and kind.__bound__ is not None:
        read = _reader(kind.__bound__)
    elif kind in {Any, object} or isinstance(kind, TypeVar):
        read = _keep
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        read = partial(_read_plain, partial(to_member, kind), kind, f"one of {_describe(kind)}")
    elif origin in {Union, UnionType}:
        several = [_reader(part) for part in get_args(kind) if part is not NoneType]
        read = partial(_read_union, several, NoneType in get_args(kind))
    elif origin is Annotated:
        read = _reader(get_args(kind)[0])
    elif origin in {tuple, Collection}:
        first: _Kind = get_args(kind)[0]
        wanted = f"an iterable of {_describe(first)}"
        read = partial(_read_tuple, _usual_classes(first), _reader(first), wanted)
    elif kind == frozenset[Channel]:
        read = _read_channel_set
    elif origin is Mapping:
        read = partial(_read_mapping, *map(_reader, get_args(kind)))
    return read


def _read_checked(
    read: _Reader, find_error: Callable[[object], str | None], value: object
) -> object:
    try:
        made = read(value)
    except _MisfitError as misfit:
        _raise_misfit(find_error(value) or str(misfit))
    if fault := find_error(made):
        _raise_misfit(fault)
    return made


def _read_union(readers: Iterable[_Reader], is_optional: bool, value: object) -> object:  # noqa: FBT001
    """Read what may be of several kinds, or None."""
    if value is None and is_optional:
        return None
    faults: list[str] = []
    for read in readers:
        try:
            return read(value)
        except _MisfitError as misfit:
            faults.append(str(misfit))
    _raise_misfit(" or ".join(dict.fromkeys(faults)))


def _read_tuple(
    classes: frozenset[type],
    read: _Reader,
    wanted: str,
    value: Any,  # noqa: ANN401  # of any kind
) -> object:
    several: Sequence[object] | None = None
    if type(value) is tuple:
        several = cast("tuple[object, ...]", value)
        if not several:  # as nearly always
            return ()
    elif not is_mapping(value):
        several = to_list(value)
    if several is None:
        _raise_misfit(f"must be {wanted}, not {short_repr(cast('object', value))}")
    if classes.issuperset(map(type, several)):
        return tuple(several)
    return tuple([read(one) for one in several])


def _read_channel_set(value: Any) -> object:  # noqa: ANN401
    try:
        return channel_set(value)
    except ValueError as error:
        raise_interruption(error)
        _raise_misfit(f"must be channels: {error}")


def _read_mapping(key: _Reader, item: _Reader, value: object) -> object:
    if type(value) is FrozenMap:
        return cast("object", value)
    if not is_mapping(value):
        _raise_misfit(f"must be a mapping, not {short_repr(value)}")
    given = cast("Mapping[object, object]", value)
    return FrozenMap({key(one): item(some) for one, some in given.items()})
