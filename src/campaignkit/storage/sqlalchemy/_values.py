"""What the values in a host's table of campaigns mean, where they are not the library's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Enum, Table

from campaignkit.core._checks import integer_error, is_mapping, short_repr, to_member
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._commands import Fields
from campaignkit.domain._events import Event
from campaignkit.domain._permissions import PermissionMode
from campaignkit.errors import InvalidError
from campaignkit.serialization._rows import ROW_FIELDS, SHARE_COLUMNS
from campaignkit.targeting._targeting import Targeting

Meaning: TypeAlias = object | Callable[[UUID], object]
"""What a value of the host's is to the library. NULL may have a meaning for each client."""

Meanings: TypeAlias = Mapping[str, Mapping[Any, Meaning]]
"""What values of columns mean, by the names in `ROW_FIELDS` and the host's values."""

Follow: TypeAlias = Callable[[Campaign, Campaign, Event], Mapping[str, object]]
"""A host's function of a campaign before and after an act, and of its event. It returns values for
columns of the host's own. It must be pure."""

LABELED: Mapping[str, type[StrEnum]] = FrozenMap(
    {"status": CampaignStatus, "permission_mode": PermissionMode}
)
"""The columns of labels, each with the enumeration that it holds."""

_ALWAYS_THE_SAME = ("id", "client_id", "deleted_at")
_SEARCHED = ("status", "start_date", "end_date")


def read_values(
    table: Table, names: Mapping[str, str | None], values: Mapping[str, Mapping[Any, Meaning]]
) -> tuple[Meanings, list[str]]:
    """Return the argument `values` of `adopt_table` as the columns take it, and what is wrong.

    `names` has the table's name for each column, or None where it has no such column.
    """
    faults: list[str] = []
    meanings: dict[str, Mapping[Any, Meaning]] = {}
    for name, given in values.items():
        if name not in ROW_FIELDS:
            known = ", ".join(ROW_FIELDS)
            strange = short_repr(name)
            faults.append(f"values names {strange}, which a campaign does not have; it has {known}")
        elif name in _ALWAYS_THE_SAME:
            faults.append(f"values must not name {name}, which always means the same")
        elif not is_mapping(given):
            faults.append(f"values[{name!r}] must be a mapping, not {short_repr(given)}")
        else:
            own = names[name]
            column = None if own is None else table.c.get(own)
            found = dict[Any, Meaning]()
            for value, meaning, fault in _read_column(name, column, given):
                faults += [f"values[{name!r}] {fault}"] if fault else []
                found[value] = meaning
            meanings[name] = FrozenMap(found)
    return FrozenMap(meanings), faults


def _read_column(
    name: str, column: Column[Any] | None, given: Mapping[Any, Meaning]
) -> Iterator[tuple[object, Meaning, str | None]]:
    """Give each of the host's values of a column, what it means, and what is wrong with that."""
    seen = set[object]()
    for value, meaning in given.items():
        if value is None:
            yield value, *_read_null(name, meaning)
        elif name not in LABELED:
            fault = f"may only map None, which is NULL, not {short_repr(value)}"
            yield value, meaning, fault
        elif column is None:
            yield value, meaning, f"names {short_repr(value)}, but the table has no such column"
        else:
            label, member, wrong = _read_host_label(name, column, value, meaning)
            is_again = wrong is None and label in seen
            seen.add(label)
            twice = f"names {short_repr(label_text(label))} twice"
            yield label, member, twice if is_again else wrong


def _read_host_label(
    name: str, column: Column[Any], value: object, meaning: Meaning
) -> tuple[object, Meaning, str | None]:
    """Return a label as its column takes it, what it means, and what is wrong with that."""
    known = _list_labels(column)
    label = value if known is None else known.get(value)
    kind, fault = LABELED[name], None
    member = to_member(kind, meaning)
    if known is not None and label is None:
        there = ", ".join(dict.fromkeys(str(label_text(one)) for one in known.values()))
        fault = f"names {short_repr(value)}, but column {column.name} has only {there}"
    elif not isinstance(member, kind):
        own = ", ".join(kind)
        fault = f"must map {short_repr(value)} to one of {own}, not {short_repr(meaning)}"
    return label, member, fault


def _list_labels(column: Column[Any]) -> Mapping[object, object] | None:
    """Return what a column of an enumeration takes, by its labels and members; None for others."""
    kind = column.type
    if not isinstance(kind, Enum):
        return None
    if kind.enum_class is None:
        return {label: label for label in kind.enums}
    members = list(kind.enum_class)
    return {**dict(zip(kind.enums, members, strict=True)), **{one: one for one in members}}


def label_text(label: object) -> object:
    """Return the text of a label, which may be a member of an enumeration."""
    return getattr(label, "value", label)


def _read_null(name: str, meaning: Meaning) -> tuple[Meaning, str | None]:
    """Return what NULL means, and what is wrong with that."""
    if callable(meaning):
        if name not in _SEARCHED:
            return meaning, None
        return meaning, "must map None to a value, not to a function: searches use it"
    field, part = ROW_FIELDS[name]
    try:
        if name in SHARE_COLUMNS:
            read = meaning
            faults = [fault] if (fault := integer_error(meaning, 0, 100)) else []
        elif part is not None:
            kept: Any = {part: meaning}
            read, faults = getattr(Targeting(**kept), part), []
        else:
            field = "created_at" if field == "updated_at" else field  # which is like it
            read, faults = Fields({field: meaning})[field], []
    except InvalidError as error:
        read, faults = meaning, list(error.faults)
    return read, f"maps None to an invalid value: {'; '.join(faults)}" if faults else None
