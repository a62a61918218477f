"""Results of tools: what a call returns when it is done, as plain data with its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from campaignkit.domain._brief import Brief
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import require_readable_progress
from campaignkit.domain._snapshot import Page, Snapshot
from campaignkit.errors import CorruptRowError
from campaignkit.planning._intake import Intake, Release
from campaignkit.serialization._converters import Kind, Write, quick_form
from campaignkit.serialization._json_schema import TEXT, Schema, mapping_of, object_of
from campaignkit.storage._applied import find_applied


@frozen
class ResultForm:
    """How the outcome of a call is written as plain data, and the schema of that."""

    write: Write
    schema: Schema


_TEXTS: Schema = {"type": "array", "items": TEXT}

_PARTIAL: Schema = {
    "type": "object",
    "properties": {"faults": mapping_of(TEXT, None, _TEXTS)},
    "required": ["faults"],
}
"""What can be read of a corrupt value, and what is wrong with the rest."""

_UNREADABLE = object_of({"what": TEXT, "id": TEXT, "faults": _TEXTS}, ["what", "id", "faults"])


def value_result(kind: type) -> ResultForm:
    """Return the result that is a value of a class."""
    form = quick_form(kind)
    return ResultForm(form.write, form.schema)


def page_result(kind: type, key: type) -> ResultForm:
    """Return the result that is a page of values, sorted by a key."""
    item, after = quick_form(kind), quick_form(_optional(key))

    def write_page(page: Page[Any, Any]) -> dict[str, object]:
        return {
            "items": [item.write(one) for one in page.items],
            "next": after.write(page.next),
            "unreadable": [_write_corrupt(error) for error in page.corrupt],
        }

    properties = {
        "items": {"type": "array", "items": item.schema},
        "next": after.schema,
        "unreadable": {"type": "array", "items": _UNREADABLE},
    }
    return ResultForm(write_page, object_of(properties, [*properties]))


def _optional(kind: Kind) -> Kind:
    return kind | None


def _write_corrupt(error: CorruptRowError) -> dict[str, object]:
    return {"what": error.what, "id": str(error.key), "faults": list(error.faults)}


def progress_result(kind: type) -> ResultForm:
    """Return the result that is the progress in a snapshot."""
    form = quick_form(kind)

    def write_progress(snapshot: Snapshot) -> object:
        return form.write(require_readable_progress(snapshot.progress))

    return ResultForm(write_progress, form.schema)


def brief_result() -> ResultForm:
    """Return the result that is a brief, whose targeting may be what can be read of it."""
    form = quick_form(Brief)
    partial = {"type": "object", "properties": {"targeting": _PARTIAL}, "required": ["targeting"]}
    return ResultForm(form.write, {"anyOf": [form.schema, partial]})


def _applied_result() -> ResultForm:
    """Return the result that is the event `approved` of a suggestion; null if it has none."""
    form = quick_form(Event)

    def write_applied(events: Page[Event, int] | None) -> object:
        if events is None:
            return None
        if applied := find_applied(events):
            return form.write(applied)
        return _write_corrupt(events.corrupt[-1]) if events.corrupt else None

    schema = {"anyOf": [form.schema, _UNREADABLE, {"type": "null"}]}
    return ResultForm(write_applied, schema)


APPLIED = _applied_result()
"""What was applied of a suggestion, from the page of its events."""


def _campaign_result() -> ResultForm:
    """Return the result that is a campaign, or what can be read of a corrupt one."""

    def write_campaign(campaign: Campaign) -> object:
        return quick_form(type(campaign)).write(campaign)

    return ResultForm(write_campaign, {"anyOf": [quick_form(Campaign).schema, _PARTIAL]})


OUTCOMES: Mapping[type, ResultForm] = {
    Campaign: _campaign_result(),
    Intake: value_result(Intake),
    Release: value_result(Release),
}
"""The results of commands, by what the service returns of them."""
