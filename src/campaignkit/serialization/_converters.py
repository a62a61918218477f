"""How each type is read and written: scalars, containers, and classes by their fields.

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
from functools import cache, partial
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
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import EDITABLE, Action, Campaign, CampaignStatus
from campaignkit.domain._commands import FIELD_NAMES, Command, Edit, Fields
from campaignkit.domain._lead_ids import LeadId
from campaignkit.errors import CampaignError, StructureError
from campaignkit.planning._intake import Intake, Release
from campaignkit.serialization._read_errors import (
    ErrorCollector,
    Read,
    ReadError,
    expect_list,
    expect_object,
    fail_expected,
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
class _AssignmentEntry:
    id: LeadId
    channel: Channel


@attrs.frozen
class _ReasonEntry:
    id: LeadId
    reason: Reason


@attrs.frozen
class _CountsEntry:
    channels: frozenset[Channel]
    counts: ChannelCounts


_ENTRIES: Mapping[Kind, type] = {
    Mapping[LeadId, Channel]: _AssignmentEntry,
    Mapping[LeadId, Reason]: _ReasonEntry,
    Mapping[frozenset[Channel], ChannelCounts]: _CountsEntry,
}
"""The mappings whose keys are not text; each is a list of such entries, of a key and its value."""


_CHANNEL_SETS: frozenset[Kind] = frozenset({frozenset[Channel], Iterable[Channel | str]})
"""A set of channels as values hold it, and as a constructor takes it."""


def _make_quick_form(kind: Kind) -> Form:
    return _make_form(
        kind, quick_form, lambda kind: Form(_generated_reader(kind), _generated_writer(kind))
    )


def _make_careful_form(kind: Kind) -> Form:
    return _make_form(
        kind, careful_form, lambda kind: Form(_collecting_reader(kind), quick_form(kind).write)
    )


quick_form: Callable[[Kind], Form] = cache(_make_quick_form)
"""The form of a type with its quick reader."""

careful_form: Callable[[Kind], Form] = cache(_make_careful_form)
"""The form of a type with its careful reader."""


def _make_form(kind: Kind, part: Callable[[Kind], Form], of_class: Callable[[Kind], Form]) -> Form:
    """Return the form of a type, by those of its parts.

    Raises:
        StructureError: a type that has no plain form.
    """
    if kind in _SCALARS:
        form = _SCALARS[kind]
    elif _is_enumeration(kind):
        form = Form(member_reader(kind), attrgetter("_value_"))
    elif kind is ChannelCounts:
        form = _counts_form(part(Mapping[Channel, int]))
    elif kind is Fields:
        form = _fields_form(part, FIELD_NAMES)
    elif kind in _COMMANDS:
        form = _tagged_form(
            kind, _edit_form(_fields_form(part, _EDITABLE)) if kind is Edit else of_class(kind)
        )
    elif kind == Command:
        form = _command_form(part)
    elif kind == _OUTCOME:
        form = _outcome_form(part)
    elif kind == _CHANGES:
        form = _changes_form(part)
    elif attrs.has(kind):
        form = of_class(kind)
    else:
        form = _container_form(kind, part)
    return form


def _container_form(kind: Kind, part: Callable[[Kind], Form]) -> Form:
    origin: Kind = get_origin(kind)
    parts = get_args(kind)
    if origin in {Union, UnionType} and NoneType in parts:
        form = _optional_form(part(Union[tuple(set(parts) - {NoneType})]))  # noqa: UP007  # computed
    elif origin is tuple and parts[1:] == (...,):
        form = _tuple_form(part(parts[0]))
    elif kind in _CHANNEL_SETS:
        form = _set_form(part(Channel))
    elif kind in _ENTRIES:
        form = _entries_form(_ENTRIES[kind], part(_ENTRIES[kind]))
    elif origin is Mapping:
        form = _mapping_form(*map(part, parts))
    else:
        raise StructureError([f"{getattr(kind, '__name__', kind)} has no plain form"])
    return form


def _is_enumeration(kind: Kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


# --- classes ---------------------------------------------------------------------------------

_CATTRS = Converter()

_SELF_CHECKING: Mapping[Kind, set[type]] = {Allocation: {int}, Targeting: {list}}
"""The classes that take each field in its plain form, which is of this type, and check the rest."""


@attrs.frozen
class _Field:
    """A field that a class is made of and compared by, by its own name and by the plain form's."""

    field: str
    name: str
    kind: Kind
    is_required: bool


def _list_fields(kind: type) -> list[_Field]:
    return [
        _Field(field.name, str(field.alias), field.type, field.default is attrs.NOTHING)
        for field in attrs.fields(attrs.resolve_types(kind))
        if field.init and field.eq
    ]


def _generated_reader(kind: Kind) -> Read:
    if kind in _SELF_CHECKING:
        return _checked_reader(kind, _SELF_CHECKING[kind])
    if not _list_fields(kind):
        return _collecting_reader(kind)  # what is generated would take any keys
    read: Read = make_dict_structure_fn(
        kind,
        _CATTRS,
        _cattrs_forbid_extra_keys=True,
        _cattrs_detailed_validation=False,
        **_overrides(kind, lambda kind: {"struct_hook": quick_form(kind).read}),
    )
    return read


def _checked_reader(kind: Kind, plain: set[type]) -> Read:
    def read_plain(data: Any, _: Kind) -> object:  # noqa: ANN401
        # A class takes more than its plain form, such as a tuple for a list.
        is_plain = plain.issuperset(map(type, data.values()))
        if not is_plain:
            fail_expected("plain", data)
        return kind(**data)

    return read_plain


def _generated_writer(kind: type) -> Write:
    return make_dict_unstructure_fn(
        kind, _CATTRS, **_overrides(kind, lambda kind: {"unstruct_hook": quick_form(kind).write})
    )


def _overrides(kind: type, hook: Callable[[Kind], dict[str, Any]]) -> dict[str, Any]:
    """Tell cattrs what to call each field, and what reads or writes it."""
    omitted = {field.name: override(omit=True) for field in attrs.fields(kind)}
    return omitted | {
        part.field: override(rename=part.name, **hook(part.kind)) for part in _list_fields(kind)
    }


def _collecting_reader(kind: type) -> Read:
    parts = [(part, careful_form(part.kind).read) for part in _list_fields(kind)]
    names = [part.name for part, _ in parts]

    def read_object(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        errors.check_known_keys(given, names)
        errors.check_duplicate_keys(given)
        found: dict[str, Any] = {}
        for part, read_part in parts:
            if part.name in given:
                found[part.name] = errors.read(read_part, given[part.name], part.name)
            elif part.is_required:
                found[part.name] = errors.add_missing(part.name)
        return errors.make(kind, names, **found)

    return read_object


# --- commands --------------------------------------------------------------------------------

_COMMANDS: Mapping[type, str] = {command: command.action.value for command in get_args(Command)}
"""What is at the `action` of each class of commands, by which it is told from the others."""

_EDITABLE = EDITABLE[CampaignStatus.DRAFT]


def _tagged_form(kind: type, untagged: Form) -> Form:
    """Return the form of a class with its tag before it."""
    tag = _COMMANDS[kind]

    def read_tagged(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        if "action" not in given:
            errors.add_missing("action")
        elif given["action"] != tag:
            errors.add(f"must be {tag!r}, not {short_repr(given['action'])}", "action")
        return errors.finish(errors.read(untagged.read, _without(given, "action")))

    def write_tagged(command: object) -> dict[str, object]:
        return {"action": tag, **untagged.write(command)}

    return Form(read_tagged, write_tagged)


def _without(given: dict[Any, Any], key: str) -> dict[Any, Any]:
    # By its own class, which knows the keys that come more than once.
    rest = copy(given)
    rest.pop(key, None)
    return rest


def _command_form(part: Callable[[Kind], Form]) -> Form:
    """Return the form of any command, by the tag that it must have."""
    forms = {kind.action: part(kind) for kind in get_args(Command)}
    read_tag = member_reader(Action)

    def read_command(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        if "action" in given:
            tag = errors.read(read_tag, given["action"], "action")
        else:
            tag = errors.add_missing("action")
        errors.finish(None)
        return forms[tag].read(given, None)

    def write_command(command: Command) -> object:
        return forms[command.action].write(command)

    return Form(read_command, write_command)


def _edit_form(fields: Form) -> Form:
    def read_edit(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        errors.check_known_keys(given, ("fields",))
        errors.check_duplicate_keys(given)
        if "fields" not in given:
            errors.add_missing("fields")
            return errors.finish(None)
        found = errors.read(fields.read, given["fields"], "fields")
        errors.finish(None)
        try:
            return Edit(**found)
        except CampaignError as error:
            errors.faults += [(("fields",), fault) for fault in error.faults]
            return errors.finish(None)

    def write_edit(edit: Edit) -> dict[str, object]:
        return {"fields": fields.write(edit.fields)}

    return Form(read_edit, write_edit)


def _fields_form(part: Callable[[Kind], Form], names: Sequence[str]) -> Form:
    kinds = attrs.fields_dict(attrs.resolve_types(Campaign))
    forms = {name: part(kinds[name].type) for name in names}

    def read_fields(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        errors.check_known_keys(given, names)
        errors.check_duplicate_keys(given)
        found = {
            name: errors.read(forms[name].read, piece, name)
            for name, piece in given.items()
            if name in forms
        }
        return errors.make(Fields, names, found)

    def write_fields(fields: Fields) -> dict[str, object]:
        return {name: forms[name].write(value) for name, value in fields.items()}

    return Form(read_fields, write_fields)


# --- previews of approvals -------------------------------------------------------------------

_OUTCOME: Kind = Campaign | Intake | Release
_CHANGES: Kind = Mapping[str, tuple[object, object]]


def _outcome_form(part: Callable[[Kind], Form]) -> Form:
    """Return the form of what comes of a command: an object with the name of its class."""
    kinds: Mapping[str, type] = {kind.__name__.lower(): kind for kind in get_args(_OUTCOME)}

    def read_outcome(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        errors.check_known_keys(given, kinds)
        errors.check_duplicate_keys(given)
        found = [
            errors.read(part(kinds[name]).read, piece, name)
            for name, piece in given.items()
            if name in kinds
        ]
        if len(found) != 1:
            errors.add(f"must have one of {', '.join(kinds)}")
            return errors.finish(None)
        return errors.finish(found[0])

    def write_outcome(outcome: object) -> dict[str, object]:
        kind = type(outcome)
        return {kind.__name__.lower(): part(kind).write(outcome)}

    return Form(read_outcome, write_outcome)


def _changes_form(part: Callable[[Kind], Form]) -> Form:
    """Return the form of changes: for each name the value `then` and the value `now`."""
    kinds = attrs.fields_dict(attrs.resolve_types(Campaign))
    forms = {name: part(kinds[name].type) for name in _EDITABLE}
    forms |= dict.fromkeys((*CHANNELS, "approved", "deferred", "unassigned", "already"), part(int))
    forms["day"] = part(date)

    def read_changes(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        errors.check_known_keys(given, forms)
        errors.check_duplicate_keys(given)
        changes = {
            name: errors.read(partial(read_change, forms[name]), piece, name)
            for name, piece in given.items()
            if name in forms
        }
        return errors.finish(FrozenMap(changes))

    def read_change(value: Form, data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        errors.check_known_keys(given, _TIMES)
        errors.check_duplicate_keys(given)
        was, now = (
            errors.read(value.read, given[time], time)
            if time in given
            else errors.add_missing(time)
            for time in _TIMES
        )
        return errors.finish((was, now))

    def write_changes(changes: Mapping[str, tuple[object, object]]) -> dict[str, object]:
        return {
            name: dict(zip(_TIMES, map(forms[name].write, change), strict=True))
            for name, change in changes.items()
        }

    return Form(read_changes, write_changes)


_TIMES = ("then", "now")


# --- containers ------------------------------------------------------------------------------


def _optional_form(some: Form) -> Form:
    read_some, write_some = some.read, some.write

    def read_optional(data: object, _: Kind) -> object:
        return None if data is None else read_some(data, None)

    def write_optional(value: object) -> object:
        return None if value is None else write_some(value)

    return Form(read_optional, identity if write_some is identity else write_optional)


def _tuple_form(item: Form) -> Form:
    def read_tuple(data: object, _: Kind) -> object:
        errors = ErrorCollector()
        items = [errors.read(item.read, piece, i) for i, piece in enumerate(expect_list(data))]
        return errors.finish(tuple(items))

    def write_tuple(items: tuple[object, ...]) -> list[object]:
        return [item.write(value) for value in items]

    return Form(read_tuple, list if item.write is identity else write_tuple)


def _set_form(member: Form) -> Form:
    def read_set(data: object, _: Kind) -> object:
        errors = ErrorCollector()
        members: set[object] = set()
        for i, piece in enumerate(expect_list(data)):
            found = errors.read(member.read, piece, i)
            if found in members:
                errors.add(f"{short_repr(piece)} comes more than once", i)
            members.add(found)
        return errors.finish(frozenset(members))

    def write_set(members: frozenset[Channel]) -> list[str]:
        return [channel.value for channel in CHANNELS if channel in members]

    return Form(read_set, write_set)


def _mapping_form(key: Form, value: Form) -> Form:
    def read_mapping(data: object, _: Kind) -> object:
        given = expect_object(data)
        errors = ErrorCollector()
        errors.check_duplicate_keys(given)
        items = {
            errors.read(key.read, name, name): errors.read(value.read, piece, name)
            for name, piece in given.items()
        }
        return errors.finish(FrozenMap(items))

    def write_mapping(mapping: Mapping[object, object]) -> dict[str, object]:
        return {key.write(name): value.write(mapping[name]) for name in mapping}

    return Form(read_mapping, write_mapping)


def _entries_form(kind: Kind, entry: Form) -> Form:
    key, value = attrs.fields_dict(kind)

    def read_entries(data: object, _: Kind) -> object:
        errors = ErrorCollector()
        items: dict[object, object] = {}
        for i, piece in enumerate(expect_list(data)):
            found = errors.read(entry.read, piece, i)
            if not isinstance(found, kind):
                continue
            if getattr(found, key) in items:
                errors.add(f"{short_repr(piece[key])} comes more than once", i, key)
            items[getattr(found, key)] = getattr(found, value)
        return errors.finish(FrozenMap(items))

    def write_entries(mapping: Mapping[object, object]) -> list[object]:
        return [entry.write(kind(name, mapping[name])) for name in mapping]

    return Form(read_entries, write_entries)


def _counts_form(mapping: Form) -> Form:
    def read_counts(data: object, _: Kind) -> object:
        errors = ErrorCollector()
        counts = errors.read(mapping.read, data)
        return errors.make(ChannelCounts, CHANNELS, counts)

    def write_counts(counts: ChannelCounts) -> dict[str, int]:
        return {channel.value: n for channel, n in counts.items()}

    return Form(read_counts, write_counts)
