"""A campaign as a flat row: the columns of its table, and the field that each holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.core._immutable import FrozenMap
from campaignkit.serialization._json_schema import Schema, object_of
from campaignkit.serialization._read_errors import (
    ErrorCollector,
    Path,
    Read,
    ReadError,
    expect_object,
)

SHARE_COLUMNS: Mapping[str, Channel] = FrozenMap(
    {f"{channel}_allocation": channel for channel in CHANNELS}
)
"""The columns of an allocation, in canonical order, each with the channel whose share it holds."""

ROW_FIELDS: Mapping[str, tuple[str, str | None]] = FrozenMap(
    {
        "id": ("id", None),
        "client_id": ("client_id", None),
        "name": ("name", None),
        "status": ("status", None),
        "permission_mode": ("permission_mode", None),
        "target_industries": ("targeting", "industries"),
        "target_titles": ("targeting", "titles"),
        "target_company_sizes": ("targeting", "company_sizes"),
        "target_locations": ("targeting", "locations"),
        **{column: ("allocation", channel.value) for column, channel in SHARE_COLUMNS.items()},
        "daily_lead_limit": ("daily_lead_limit", None),
        "total_lead_limit": ("total_lead_limit", None),
        "start_date": ("start_date", None),
        "end_date": ("end_date", None),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
        "deleted_at": ("deleted_at", None),
    }
)
"""The columns of the campaigns table, in its order, each with the field of `Campaign` that it
holds, and the field within that one where it holds only a part."""

_COLUMNS: Mapping[tuple[object, ...], str] = {
    (field,) if part is None else (field, part): column
    for column, (field, part) in ROW_FIELDS.items()
}


def to_row(campaign: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a campaign's nested form."""
    return {
        column: campaign[field] if part is None else campaign[field][part]
        for column, (field, part) in ROW_FIELDS.items()
    }


def row_schema(definition_of: Callable[[type], Schema], kind: type) -> Schema:
    """Return the schema of a campaign's row, by the schemas of the nested form."""
    campaign = definition_of(kind)
    properties: dict[str, Schema] = {}
    for column, (field, part) in ROW_FIELDS.items():
        whole: Schema = campaign["properties"][field]
        properties[column] = whole if part is None else _part_schema(definition_of, whole, part)
    required = [column for column in ROW_FIELDS if column in campaign["required"]]
    described = {name: campaign[name] for name in ("title", "description")}
    return {**described, **object_of(properties, required)}


def _part_schema(definition_of: Callable[[type], Schema], whole: Schema, part: str) -> Schema:
    schema: Schema = definition_of(whole["$ref"])["properties"][part]
    return {
        name: rule for name, rule in schema.items() if name != "default"
    }  # which is all or none


def _from_row(row: Mapping[str, Any]) -> dict[str, Any]:
    campaign: dict[str, Any] = {}
    for column, (field, part) in ROW_FIELDS.items():
        if column not in row:
            continue
        if part is None:
            campaign[field] = row[column]
        else:
            campaign.setdefault(field, {})[part] = row[column]
    return campaign


def row_reader(read: Read) -> Read:
    """Return a reader of a campaign's row, given the reader of its nested form."""

    def read_row(data: object) -> Any:  # noqa: ANN401
        row = expect_object(data)
        errors = ErrorCollector()
        errors.check_known_keys(row, ROW_FIELDS)
        errors.check_duplicate_keys(row)
        campaign = None
        try:
            campaign = read(_from_row(row))
        except ReadError as wrong:
            errors.faults += [(_column_path(path), fault) for path, fault in wrong.faults]
        return errors.finish(campaign)

    return read_row


def _column_path(path: Path) -> Path:
    for cut in (2, 1):
        if column := _COLUMNS.get(path[:cut]):
            return column, *path[cut:]
    return ()
