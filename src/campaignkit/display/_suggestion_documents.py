"""The documents of suggestions, and of pages of a listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from campaignkit.core._sentences import format_count
from campaignkit.decider import ApprovalPreview
from campaignkit.display._client_documents import describe_client_event, suppression_table
from campaignkit.display._descriptions import (
    describe_changes,
    describe_command,
    describe_value,
)
from campaignkit.display._document import (
    Column,
    Document,
    Part,
    Row,
    Sentences,
    Table,
)
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    assignment_table,
    corrupt_part,
    event_part,
    lead_count,
    release_part,
    suggestion_part,
    suggestion_parts,
)
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import ClientEvent
from campaignkit.domain._commands import Fields
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import Page
from campaignkit.domain._suggestions import Suggestion, SuggestionHead
from campaignkit.planning._intake import Intake, Release


@make_document.register
def _(value: SuggestionHead) -> Document:
    return Document(_title_suggestion(value), suggestion_parts(value))


@make_document.register
def _(value: Suggestion) -> Document:
    return Document(_title_suggestion(value), suggestion_parts(value))


def _title_suggestion(suggestion: Suggestion | SuggestionHead) -> str:
    passed = ", its day is over" if suggestion.day_passed else ""
    return f"Suggestion to {suggestion.action}: {suggestion.state}{passed}"


@make_document.register
def _(value: ApprovalPreview) -> Document:
    outcome, head = value.outcome, value.suggestion
    parts: list[Part] = []
    match outcome:
        case Intake():
            total = format_count(lead_count(outcome), "lead")
            title = f"{len(outcome.assignments):,} of {total} admitted on {outcome.progress.day}"
            parts += make_document(outcome).parts
        case Release():
            title = f"{format_count(len(outcome.released), 'lead')} released"
            parts += release_part(outcome)
        case Campaign():
            title = describe_command(value.command)
            names = value.command.changed_fields
            changes = list(describe_changes(head.before, Fields.of(outcome, names)))
            parts.append(Sentences(changes, "Changes to the campaign"))
    return Document(
        f"If approved now: {title}", [suggestion_part(head), _change_part(value), *parts]
    )


def _change_part(preview: ApprovalPreview) -> Part:
    """Return what is different from the suggestion, as a table if there is anything."""
    if not preview.changes:
        return Sentences([], "Nothing has changed since it was suggested.")
    columns = [Column("changed"), Column("suggested"), Column("now")]
    rows = [
        (name, describe_value(was), describe_value(now))
        for name, (was, now) in preview.changes.items()
    ]
    return Table(columns, rows)


@make_document.register(Page)
def _(value: Page[Any, Any]) -> Document:
    title, parts = "Nothing", list[Part]()
    if value.items:
        noun, parts = _list_items(value.items)
        title = format_count(len(value.items), noun)
    if value.next is not None:
        title += ", and there are more"
    return Document(title, [*parts, *corrupt_part([str(error) for error in value.corrupt])])


def _list_items(items: Sequence[object]) -> tuple[str, list[Part]]:
    """Return what the items of a page, which are of one kind, are called, and the list of them."""
    match items[0]:
        case Event():
            return "event", [event_part(cast("Sequence[Event]", items))]
        case Suggestion() | SuggestionHead():
            suggestions = cast("Sequence[Suggestion | SuggestionHead]", items)
            return "suggestion", [suggestion_part(each) for each in suggestions]
        case Campaign():
            columns = [Column("name"), Column("status"), Column("id", is_id=True)]
            campaigns = cast("Sequence[Campaign]", items)
            rows: list[Row] = [(each.name, each.status, str(each.id)) for each in campaigns]
            return "campaign", [Table(columns, rows)]
        case Suppression():
            return "suppression", [suppression_table(cast("Sequence[Suppression]", items))]
        case ClientEvent():
            events = cast("Sequence[ClientEvent]", items)
            return "event", [Sentences([describe_client_event(each) for each in events])]
        case _:
            assignments = cast("Sequence[Assignment]", items)
            return "lead", [assignment_table((each.lead_id, each) for each in assignments)]
