"""Values as plain data and back: dicts and JSON, nested or, for a campaign, as a row of its table.

`json_schema` describes the same data for others.

The plain form has nothing in it but what JSON has: a UUID is its canonical text, a date
``2026-11-23``, a moment ``2026-11-23T09:00:00+00:00``, a member of an enumeration its value, a set
of channels a list in canonical order, a value its fields by name, a mapping an object. A command
also has its `action`, which tells the kinds of command apart: ``{"action": "pause"}``. A mapping
whose keys are not text is a list of entries, such as ``{"channels": ["email"], "counts": {…}}`` or
``{"id": "lead-1", "channel": "email"}``. A lead's id keeps its kind: text is text, a whole number
a number, a UUID ``{"uuid": "…"}``. In a preview of an approval the outcome has its class as a key,
such as ``{"intake": {…}}``, and a change is ``{"then": …, "now": …}``.

What can be read of a corrupt row (`CorruptRowError.readable`) has the fields that can be read, and
`faults`: for each other field a list of what is wrong with it. It can be written, but not read.

Reading is strict: it takes this form only (and a moment with any offset). A field that has a
default may be absent. All faults of the data are reported together, each with the path of its
place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from enum import StrEnum
from functools import reduce
from operator import getitem
from types import UnionType
from typing import Any, NoReturn, TypeAlias, cast, overload

from attrs import frozen, has

from campaignkit.core._channels import ChannelCounts
from campaignkit.core._checks import flag_error, is_text, short_repr
from campaignkit.core._immutable import T
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import Command, Fields
from campaignkit.errors import StructureError
from campaignkit.serialization._json_schema import Schema, assemble
from campaignkit.serialization._read_errors import (
    DuplicateKeyDict,
    Path,
    Read,
    ReadError,
    UnknownKeyFault,
    is_object,
    render_faults,
)
from campaignkit.serialization._rows import ROW_FIELDS, row_reader, row_schema, to_row

__all__ = ["ROW_FIELDS", "from_dict", "from_json", "json_schema", "to_dict", "to_json"]


UnknownPieces: TypeAlias = Sequence[tuple[Path, object]]
"""The paths of unknown keys, each with what it has."""


def to_dict(value: object, *, flat: bool = False) -> Any:  # noqa: ANN401  # text of an enum's member
    """Return the plain form of a value: a dict, or the text that a member of an enumeration is.

    Args:
        value: Any public value, such as a campaign or a plan.
        flat: Whether the dict of a campaign is a row, with the columns of its table.

    Raises:
        StructureError: the value has no plain form, or no flat one.

    >>> from campaignkit import Lead
    >>> to_dict(Lead("lead-1", als_score=50, reachable={"sms", "email"}))
    {'id': 'lead-1', 'als_score': 50, 'reachable': ['email', 'sms']}
    """
    codec = _codecs(flat)[type(value)]
    try:
        return codec.write(value)
    except RecursionError:
        raise StructureError([f"value {short_repr(value)} is nested too deeply"]) from None


@overload
def from_dict(kind: type[T], data: object, *, flat: bool = False) -> T: ...
@overload
def from_dict(kind: UnionType, data: object, *, flat: bool = False) -> Command: ...
def from_dict(kind: type[T] | UnionType, data: object, *, flat: bool = False) -> T | Command:
    """Return the value of this type whose plain form the data is.

    Args:
        kind: The class of the value, or `Command`.
        data: What `to_dict` returned, or the same from elsewhere.
        flat: Whether the data is a campaign as a row, with the columns of its table.

    Raises:
        StructureError: data that is the form of no such value; `faults` lists all that is wrong.
            Or a type that has no plain form, or no flat one.

    >>> from campaignkit import Allocation, errors
    >>> try:
    ...     from_dict(Allocation, {"email": 60.0, "sms": 140, "fax": 0})
    ... except errors.StructureError as error:
    ...     for fault in error.faults:
    ...         print(fault)
    $.fax: is unknown; there are email, linkedin, voice, sms, mail
    $.email: must be a whole number, not 60.0
    $.sms: must be from 0 to 100, not 140
    """
    value: T = _find_codec(kind, flat=flat).read_plain(data)
    return value


def read_known(kind: type[T], data: object) -> tuple[T, UnknownPieces]:
    """Read data that may have unknown keys; return the value, and what is under those keys.

    For what a store keeps: a newer release may have written it.

    Raises:
        StructureError: something else is wrong, too.

    >>> from campaignkit.targeting import CompanySize
    >>> read_known(CompanySize, {"low": 11, "high": 50, "unit": "people"})
    (CompanySize(low=11, high=50), [(('unit',), 'people')])
    """
    codec = _find_codec(kind, flat=False)
    try:
        return codec.read_plain(data), []
    except StructureError:
        paths = codec.find_unknown_keys(data)
        if not paths:
            raise
    known, unknown = deepcopy(data), list[tuple[Path, object]]()
    for path in paths:
        *parents, key = path
        unknown.append((path, reduce(getitem, parents, cast("Any", known)).pop(key)))
    return codec.read_plain(known), unknown


def put_back(plain: Any, unknown: UnknownPieces) -> None:  # noqa: ANN401  # of any depth
    """Put back what `read_known` has left out, wherever the object around it still exists."""
    for (*parents, key), piece in unknown:
        place = plain
        for step in parents:
            place = place.get(step) if is_object(place) else None
        if is_object(place):
            place.setdefault(key, piece)


def to_json(value: object, *, flat: bool = False) -> str:
    """Return the plain form of a value as JSON.

    Args:
        value: Any public value, such as a campaign or a plan.
        flat: Whether the JSON of a campaign is a row, with the columns of its table.

    Raises:
        StructureError: as for `to_dict`, or a number that JSON cannot hold.

    >>> from campaignkit.targeting import CompanySize
    >>> to_json(CompanySize(11, 50))
    '{"low": 11, "high": 50}'
    """
    plain = to_dict(value, flat=flat)
    try:
        return json.dumps(plain, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise_interruption(error)
        raise StructureError([f"{short_repr(value)} cannot be JSON: {error}"]) from error


@overload
def from_json(kind: type[T], text: str | bytes, *, flat: bool = False) -> T: ...
@overload
def from_json(kind: UnionType, text: str | bytes, *, flat: bool = False) -> Command: ...
def from_json(kind: type[T] | UnionType, text: str | bytes, *, flat: bool = False) -> T | Command:
    """Return the value of this type whose plain form the JSON holds.

    Args:
        kind: The class of the value, or `Command`.
        text: The JSON; bytes must be UTF-8.
        flat: Whether the JSON is a campaign as a row, with the columns of its table.

    Raises:
        StructureError: as for `from_dict`; or text that is no JSON, to which NaN does not belong;
            or an object in which a key comes more than once.

    >>> from campaignkit.targeting import CompanySize
    >>> from_json(CompanySize, '{"low": 11, "high": 50}')
    CompanySize(low=11, high=50)
    """
    codec = _find_codec(kind, flat=flat)
    data, has_duplicates = _parse_json(text)
    value: T = codec.explain(data) if has_duplicates else codec.read_plain(data)
    return value


def json_schema(kind: type | UnionType, *, flat: bool = False) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the plain form of a type.

    All that `from_dict` reads is valid. What is valid can be read, except for what JSON Schema
    cannot say:

    - A whole number is not written 40.0; a date and a time are those of the calendar, and lie
      within the years 1 to 9999 in UTC. A validator that asserts formats checks the calendar.
    - Shares add up to 100. The bounds of a gate fall from hot to cold.
    - An end is not before its start, an expiry not before the making, and `high` not below `low`.
      Leads admitted today are among those admitted in total.
    - A cooldown of a client's policy comes with `one_campaign_per_lead`.
    - A company size among the targets can be read by `CompanySize.parse`.
    - Text has no lone surrogates. Ids of leads in commands have at most 512 characters, without the
      white space around them.
    - A lead, or a set of channels, comes once in a list of entries. A key comes once in an object.
    - A suggestion that was decided has `decided_by` and `decided_at`, one that is pending has
      neither. Only an event that changed the campaign has `updated_at`.

    Args:
        kind: The class, or `Command`.
        flat: Whether the schema is that of a campaign as a row.

    Raises:
        StructureError: a type that has no plain form, or no flat one.

    >>> from campaignkit import Allocation
    >>> json_schema(Allocation)["properties"]["email"]
    {'type': 'integer', 'minimum': 0, 'maximum': 100, 'default': 0}
    """
    return assemble_schema(_find_codec(kind, flat=flat).schema)


def assemble_schema(schema: Schema) -> Schema:
    """Return a schema made of those of forms, with a definition of each class in it."""
    return assemble(schema, _definition_of)


def _definition_of(kind: type) -> Schema:
    return _CODECS[kind].schema


def _codecs(flat: bool) -> _Codecs:  # noqa: FBT001  # the argument that is read
    if flat is False:
        return _CODECS
    if fault := flag_error(flat):
        raise StructureError([f"flat {fault}"])
    return _ROW_CODECS if flat else _CODECS


_KINDS = (type, UnionType)


def _find_codec(kind: type | UnionType, *, flat: bool) -> _Codec:
    if not isinstance(kind, _KINDS):
        raise StructureError(
            [f"kind must be a class with a plain form such as Campaign, not {short_repr(kind)}"]
        )
    return _codecs(flat)[kind]


# --- readers and writers of types ------------------------------------------------------------


@frozen
class _Codec:
    """What writes a type, and its two readers: the careful one explains what the quick cannot."""

    write: Callable[[Any], Any]
    quick: Read
    careful: Read
    schema: Schema
    misread: tuple[type[Exception], ...]
    """What the quick reader raises; an exception of another class is none of the reader's."""

    def read_plain(self, data: object) -> Any:  # noqa: ANN401
        try:
            return self.quick(data)
        except self.misread as error:  # for which the careful one has words
            raise_interruption(error)
            return self.explain(data)

    def find_unknown_keys(self, data: object) -> list[Path]:
        """Return the paths of the keys that their objects cannot have."""
        try:
            self.careful(data)
        except ReadError as wrong:
            return [path for path, fault in wrong.faults if isinstance(fault, UnknownKeyFault)]
        except RecursionError as error:
            raise_interruption(error)
        return []

    def explain(self, data: object) -> Any:  # noqa: ANN401
        try:
            return self.careful(data)
        except ReadError as wrong:
            raise StructureError(render_faults(wrong.faults)) from None
        except RecursionError:
            raise StructureError(["$: is nested too deeply"]) from None


class _Codecs(dict[type | UnionType, _Codec]):
    """The codecs of types, each made when it is first asked for; faster than a cached function."""

    def __init__(self, make: Callable[[type | UnionType], _Codec]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, kind: type | UnionType) -> _Codec:
        codec = self[kind] = self._make(kind)
        return codec


def _is_value(kind: object) -> bool:
    if isinstance(kind, type):
        if getattr(kind, "__parameters__", ()):
            return False  # its parts are of any kind
        return has(kind) or issubclass(kind, StrEnum | ChannelCounts | Fields)
    return isinstance(kind, UnionType) and kind == Command


def _make_codec(kind: type | UnionType) -> _Codec:
    if not _is_value(kind):
        raise StructureError([f"a value of kind {_type_name(kind)} has no plain form"])
    # cattrs is loaded when something is first read or written.
    from campaignkit.serialization._converters import MISREAD, careful_form, quick_form  # noqa: PLC0415

    form = quick_form(kind)
    schema = form.definition or form.schema
    return _Codec(form.write, form.read, careful_form(kind).read, schema, MISREAD)


def _type_name(kind: type | UnionType) -> str:
    return getattr(kind, "__name__", None) or str(kind)


def _make_row_codec(kind: type | UnionType) -> _Codec:
    if kind is not Campaign:
        fault = f"only a campaign is a row, not a value of kind {_type_name(kind)}"
        raise StructureError([f"flat: {fault}"])
    nested = _CODECS[kind]
    return _Codec(
        lambda campaign: to_row(nested.write(campaign)),
        row_reader(nested.quick),
        row_reader(nested.careful),
        row_schema(_definition_of, kind),
        nested.misread,
    )


_CODECS, _ROW_CODECS = _Codecs(_make_codec), _Codecs(_make_row_codec)


# --- JSON ------------------------------------------------------------------------------------


def _parse_json(text: str | bytes) -> tuple[object, bool]:
    """Return what JSON holds, and whether a key comes more than once in an object of it."""
    has_duplicates = False

    def as_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal has_duplicates
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        has_duplicates = True
        return DuplicateKeyDict(pairs)

    try:
        if isinstance(text, bytes | bytearray):
            text = text.decode()
        if not is_text(text):
            _refuse_kind(text)
        data = json.loads(text, object_pairs_hook=as_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        fault = f"is not UTF-8: {error.reason} at byte {error.start}"
    except (TypeError, ValueError) as error:
        raise_interruption(error)
        fault = f"is not JSON: {error}"
    except RecursionError:
        fault = "is nested too deeply"
    else:
        return data, has_duplicates
    raise StructureError([f"$: {fault}"])


def _refuse_kind(text: object) -> NoReturn:
    msg = f"must be text or bytes, not {short_repr(text)}"
    raise TypeError(msg)


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is no number"
    raise ValueError(msg)
