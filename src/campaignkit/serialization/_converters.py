"""How each type is read and written: leaves, containers, and classes by their fields.

There are two readers of every type. The quick one reads a class by the function that cattrs
generates for it, and raises one of `MISREAD` at the first thing that is wrong; the careful one
goes through the same data and raises `ReadError` with all that is. They read leaves and containers
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin
from uuid import UUID

import attrs
from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.fns import identity
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from campaignkit.core._channels import CHANNELS, Channel, ChannelCounts
from campaignkit.core._checks import short_repr
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap, attrs_init
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import EDITABLE, Action, Campaign, CampaignStatus
from campaignkit.domain._commands import FIELD_NAMES, Command, Edit, Fields
from campaignkit.domain._lead_ids import LeadId
from campaignkit.errors import CampaignError, StructureError
from campaignkit.serialization._read_errors import (
    ErrorCollector,
    Read,
    ReadError,
    expect_list,
    expect_object,
    fail_kind,
)
from campaignkit.serialization._scalars import (
    member_reader,
    read_date,
    read_flag,
    read_integer,
    read_lead_id,
    read_score,
    read_text,
    read_timestamp,
    read_uuid,
    write_lead_id,
    write_timestamp,
    write_uuid,
)
from campaignkit.targeting._targeting import Targeting

Kind: TypeAlias = Any
"""A type as annotations have it: a class, a union, a generic."""

Write: TypeAlias = Callable[[Any], Any]

MISREAD = (
    ReadError,
    ForbiddenExtraKeysError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What quick readers raise of data that is wrong. It is not every Exception, of which the time
limit of a host, raised by a signal handler, is one, too."""


@attrs.frozen
class Form:
    """The plain form of a type: what reads it and what writes it."""

    read: Read
    write: Write


_SCALARS: Mapping[Kind, Form] = {
    str: Form(read_text, identity),
    bool: Form(read_flag, identity),
    int: Form(read_integer, identity),
    float: Form(read_score, identity),  # every real number of the domain is a score
    int | float: Form(read_score, identity),
    UUID: Form(read_uuid, write_uuid),
    date: Form(read_date, date.isoformat),
    datetime: Form(read_timestamp, write_timestamp),
    LeadId: Form(read_lead_id, write_lead_id),
}


@attrs.frozen
class _Assigned:
    id: LeadId
    channel: Channel


@attrs.frozen
class _Unassigned:
    id: LeadId
    reason: Reason


@attrs.frozen
class _Split:
    channels: frozenset[Channel]
    counts: ChannelCounts


_ENTRIES: Mapping[Kind, type] = {
    Mapping[LeadId, Channel]: _Assigned,
    Mapping[LeadId, Reason]: _Unassigned,
    Mapping[frozenset[Channel], ChannelCounts]: _Split,
}
"""The mappings whose keys are not text; each is a list of such entries, of a key and its value."""


_CHANNEL_SETS: frozenset[Kind] = frozenset({frozenset[Channel], Iterable[Channel | str]})
"""A set of channels as values hold it, and as a constructor takes it."""


def _quick(kind: Kind) -> Form:
    return _form(kind, quick, lambda kind: Form(_generated_reader(kind), _generated_writer(kind)))


def _careful(kind: Kind) -> Form:
    return _form(kind, careful, lambda kind: Form(_gathering_reader(kind), quick(kind).write))


quick: Callable[[Kind], Form] = cache(_quick)
"""The form of a type with its quick reader."""

careful: Callable[[Kind], Form] = cache(_careful)
"""The form of a type with its careful reader."""


def _form(kind: Kind, part: Callable[[Kind], Form], of_class: Callable[[Kind], Form]) -> Form:
    """Return the form of a type, by those of its parts.

    Raises:
        StructureError: a type that has no plain form.
    """
    if kind in _SCALARS:
        form = _SCALARS[kind]
    elif _is_enumeration(kind):
        form = Form(member_reader(kind), attrgetter("_value_"))
    elif kind is ChannelCounts:
        form = _counts(part(Mapping[Channel, int]))
    elif kind is Fields:
        form = _fields(part, FIELD_NAMES)
    elif kind in _COMMANDS:
        form = _tagged(kind, _edit(_fields(part, _EDITABLE)) if kind is Edit else of_class(kind))
    elif kind == Command:
        form = _command(part)
    elif attrs.has(kind):
        form = of_class(kind)
    else:
        form = _container(kind, part)
    return form


def _container(kind: Kind, part: Callable[[Kind], Form]) -> Form:
    origin: Kind = get_origin(kind)
    parts = get_args(kind)
    if origin in {Union, UnionType} and NoneType in parts:
        form = _optional(part(Union[tuple(set(parts) - {NoneType})]))  # noqa: UP007  # computed
    elif origin is tuple and parts[1:] == (...,):
        form = _tuple(part(parts[0]))
    elif kind in _CHANNEL_SETS:
        form = _set(part(Channel))
    elif kind in _ENTRIES:
        form = _entries(_ENTRIES[kind], part(_ENTRIES[kind]))
    elif origin is Mapping:
        form = _mapping(*map(part, parts))
    else:
        raise StructureError([f"{getattr(kind, '__name__', kind)} has no plain form"])
    return form


def _is_enumeration(kind: Kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


# --- classes ---------------------------------------------------------------------------------

_CATTRS = Converter()

_CHECKED: Mapping[Kind, set[type]] = {Allocation: {int}, Targeting: {list}}
"""The classes that take each field in its plain form, which is of this type, and check the rest."""


@attrs.frozen
class _Part:
    """A field that a class is made of and compared by, by its own name and by the plain form's."""

    field: str
    name: str
    kind: Kind
    is_required: bool


def _parts(kind: type) -> list[_Part]:
    return [
        _Part(field.name, str(field.alias), field.type, field.default is attrs.NOTHING)
        for field in attrs.fields(attrs.resolve_types(kind))
        if field.init and field.eq
    ]


def _generated_reader(kind: Kind) -> Read:
    if kind in _CHECKED:
        return _checked_reader(kind, _CHECKED[kind])
    if not _parts(kind):
        return _gathering_reader(kind)  # what is generated would take any keys
    read: Read = make_dict_structure_fn(
        kind,
        _CATTRS,
        _cattrs_forbid_extra_keys=True,
        _cattrs_detailed_validation=False,
        **_overrides(kind, lambda kind: {"struct_hook": quick(kind).read}),
    )
    return read


def _checked_reader(kind: Kind, plain: set[type]) -> Read:
    empty, init = object.__new__, attrs_init(kind)

    def read(data: Any, _: Kind) -> object:  # noqa: ANN401
        # A class takes more than its plain form, such as a tuple for a list.
        is_plain = plain.issuperset(map(type, data.values()))
        if not is_plain:
            fail_kind("plain", data)
        made = empty(kind)
        init(made, **data)  # where it fails nobody sees what was made
        return made

    return read


def _generated_writer(kind: type) -> Write:
    return make_dict_unstructure_fn(
        kind, _CATTRS, **_overrides(kind, lambda kind: {"unstruct_hook": quick(kind).write})
    )


def _overrides(kind: type, hook: Callable[[Kind], dict[str, Any]]) -> dict[str, Any]:
    """Tell cattrs what to call each field, and what reads or writes it."""
    omitted = {field.name: override(omit=True) for field in attrs.fields(kind)}
    return omitted | {
        part.field: override(rename=part.name, **hook(part.kind)) for part in _parts(kind)
    }


def _gathering_reader(kind: type) -> Read:
    parts = [(part, careful(part.kind).read) for part in _parts(kind)]
    names = [part.name for part, _ in parts]

    def read(data: object, _: Kind) -> object:
        given = expect_object(data)
        gathering = ErrorCollector()
        gathering.known_keys(given, names)
        gathering.single_keys(given)
        found: dict[str, Any] = {}
        for part, read_part in parts:
            if part.name in given:
                found[part.name] = gathering.read(read_part, given[part.name], part.name)
            elif part.is_required:
                found[part.name] = gathering.missing(part.name)
        return gathering.make(kind, names, **found)

    return read


# --- commands --------------------------------------------------------------------------------

_COMMANDS: Mapping[type, str] = {command: command.action.value for command in get_args(Command)}
"""What is at the `action` of each class of commands, by which it is told from the others."""

_EDITABLE = EDITABLE[CampaignStatus.DRAFT]


def _tagged(kind: type, untagged: Form) -> Form:
    """Return the form of a class with its tag before it."""
    tag = _COMMANDS[kind]

    def read(data: object, _: Kind) -> object:
        given = expect_object(data)
        gathering = ErrorCollector()
        if "action" not in given:
            gathering.missing("action")
        elif given["action"] != tag:
            gathering.add(f"must be {tag!r}, not {short_repr(given['action'])}", "action")
        return gathering.done(gathering.read(untagged.read, _without(given, "action")))

    def write(command: object) -> dict[str, object]:
        return {"action": tag, **untagged.write(command)}

    return Form(read, write)


def _without(given: dict[Any, Any], key: str) -> dict[Any, Any]:
    # By its own class, which knows the keys that come more than once.
    rest = copy(given)
    rest.pop(key, None)
    return rest


def _command(part: Callable[[Kind], Form]) -> Form:
    """Return the form of any command, by the tag that it must have."""
    forms = {kind.action: part(kind) for kind in get_args(Command)}
    read_tag = member_reader(Action)

    def read(data: object, _: Kind) -> object:
        given = expect_object(data)
        gathering = ErrorCollector()
        if "action" in given:
            tag = gathering.read(read_tag, given["action"], "action")
        else:
            tag = gathering.missing("action")
        gathering.done(None)
        return forms[tag].read(given, None)

    def write(command: Command) -> object:
        return forms[command.action].write(command)

    return Form(read, write)


def _edit(fields: Form) -> Form:
    def read(data: object, _: Kind) -> object:
        given = expect_object(data)
        gathering = ErrorCollector()
        gathering.known_keys(given, ("fields",))
        gathering.single_keys(given)
        if "fields" not in given:
            gathering.missing("fields")
            return gathering.done(None)
        found = gathering.read(fields.read, given["fields"], "fields")
        gathering.done(None)
        try:
            return Edit(**found)
        except CampaignError as error:
            gathering.faults += [(("fields",), fault) for fault in error.faults]
            return gathering.done(None)

    def write(edit: Edit) -> dict[str, object]:
        return {"fields": fields.write(edit.fields)}

    return Form(read, write)


def _fields(part: Callable[[Kind], Form], names: Sequence[str]) -> Form:
    kinds = attrs.fields_dict(attrs.resolve_types(Campaign))
    forms = {name: part(kinds[name].type) for name in names}

    def read(data: object, _: Kind) -> object:
        given = expect_object(data)
        gathering = ErrorCollector()
        gathering.known_keys(given, names)
        gathering.single_keys(given)
        found = {
            name: gathering.read(forms[name].read, piece, name)
            for name, piece in given.items()
            if name in forms
        }
        return gathering.make(Fields, names, found)

    def write(fields: Fields) -> dict[str, object]:
        return {name: forms[name].write(value) for name, value in fields.items()}

    return Form(read, write)


# --- containers ------------------------------------------------------------------------------


def _optional(some: Form) -> Form:
    read_some, write_some = some.read, some.write

    def read(data: object, _: Kind) -> object:
        return None if data is None else read_some(data, None)

    def write(value: object) -> object:
        return None if value is None else write_some(value)

    return Form(read, identity if write_some is identity else write)


def _tuple(item: Form) -> Form:
    def read(data: object, _: Kind) -> object:
        gathering = ErrorCollector()
        items = [gathering.read(item.read, piece, i) for i, piece in enumerate(expect_list(data))]
        return gathering.done(tuple(items))

    def write(items: tuple[object, ...]) -> list[object]:
        return [item.write(value) for value in items]

    return Form(read, list if item.write is identity else write)


def _set(member: Form) -> Form:
    def read(data: object, _: Kind) -> object:
        gathering = ErrorCollector()
        members: set[object] = set()
        for i, piece in enumerate(expect_list(data)):
            found = gathering.read(member.read, piece, i)
            if found in members:
                gathering.add(f"{short_repr(piece)} comes more than once", i)
            members.add(found)
        return gathering.done(frozenset(members))

    def write(members: frozenset[Channel]) -> list[str]:
        return [channel.value for channel in CHANNELS if channel in members]

    return Form(read, write)


def _mapping(key: Form, value: Form) -> Form:
    def read(data: object, _: Kind) -> object:
        given = expect_object(data)
        gathering = ErrorCollector()
        gathering.single_keys(given)
        items = {
            gathering.read(key.read, name, name): gathering.read(value.read, piece, name)
            for name, piece in given.items()
        }
        return gathering.done(FrozenMap(items))

    def write(mapping: Mapping[object, object]) -> dict[str, object]:
        return {key.write(name): value.write(mapping[name]) for name in mapping}

    return Form(read, write)


def _entries(kind: Kind, entry: Form) -> Form:
    key, value = attrs.fields_dict(kind)

    def read(data: object, _: Kind) -> object:
        gathering = ErrorCollector()
        items: dict[object, object] = {}
        for i, piece in enumerate(expect_list(data)):
            found = gathering.read(entry.read, piece, i)
            if not isinstance(found, kind):
                continue
            if getattr(found, key) in items:
                gathering.add(f"{short_repr(piece[key])} comes more than once", i, key)
            items[getattr(found, key)] = getattr(found, value)
        return gathering.done(FrozenMap(items))

    def write(mapping: Mapping[object, object]) -> list[object]:
        return [entry.write(kind(name, mapping[name])) for name in mapping]

    return Form(read, write)


def _counts(mapping: Form) -> Form:
    def read(data: object, _: Kind) -> object:
        gathering = ErrorCollector()
        counts = gathering.read(mapping.read, data)
        return gathering.make(ChannelCounts, CHANNELS, counts)

    def write(counts: ChannelCounts) -> dict[str, int]:
        return {channel.value: n for channel, n in counts.items()}

    return Form(read, write)
