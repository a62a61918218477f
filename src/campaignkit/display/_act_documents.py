"""The documents of acts: actors, commands, events, and what a store reads and writes for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, get_args

from campaignkit.core._sentences import ordinal
from campaignkit.display._descriptions import (
    describe_actor,
    describe_command,
    describe_event,
    describe_event_details,
    describe_value,
)
from campaignkit.display._document import Document, Facts, Part, Sentences
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import campaign_title, name_ids, progress_facts
from campaignkit.domain._commands import Command, Edit, Fields, lead_ids_of
from campaignkit.domain._events import Event
from campaignkit.domain._permissions import Actor, Initiator
from campaignkit.domain._snapshot import Snapshot, Writes
from campaignkit.storage._observation import Operation


@make_document.register
def _(value: Actor) -> Document:
    rights = "the campaign's permission mode decides what it may do"
    if value.kind is Initiator.USER:
        rights = "may act in every permission mode"
    return Document(f"Actor: {describe_actor(value)}", [Sentences([rights])])


@make_document.register
def _(value: Fields) -> Document:
    facts = [(name, describe_value(field)) for name, field in value.items()]
    return Document("Fields of a campaign", [Facts(facts) if facts else Sentences(["none"])])


def _command_document(value: Command) -> Document:
    parts: list[Part] = []
    if isinstance(value, Edit):
        parts.append(Facts([(name, describe_value(new)) for name, new in value.fields.items()]))
    lead_ids = lead_ids_of(value)
    if lead_ids:
        parts.append(Facts([("leads", name_ids(lead_ids))]))
    what = describe_command(value) if lead_ids else f"{value.action} the campaign"
    return Document(f"Command: {what}", parts)


for _kind in get_args(Command):
    make_document.register(_kind, _command_document)


@make_document.register
def _(value: Event) -> Document:
    title = "Event, not stored yet" if value.number is None else f"Event {value.number:,}"
    lines = [describe_event(value), *describe_event_details(value)]
    return Document(title, [Sentences(lines), Facts([("campaign", str(value.campaign_id))])])


@make_document.register
def _(value: Operation) -> Document:
    waited = "did not ask for it" if value.lock_wait is None else f"{value.lock_wait:.3f} s"
    facts = [
        ("client", "across clients" if value.client_id is None else str(value.client_id)),
        ("campaign", describe_value(value.campaign_id)),
        ("attempt", ordinal(value.attempt)),
        ("wait for the campaign's lock", waited),
        ("duration", f"{value.duration:.3f} s"),
        ("error", describe_value(value.error)),
    ]
    return Document(f"Operation {value.name}: {value.outcome}", [Facts(facts)])


# --- transactions ----------------------------------------------------------------------------


@make_document.register
def _(value: Snapshot) -> Document:
    found: dict[str, Collection[object]] = {
        "requested leads that are in the campaign": value.assignments,
        "requested leads in pending suggestions": value.waiting,
        "requested leads that a user has rejected": value.rejections,
        "requested leads that were released as contacted": value.contacted,
        "leads that another campaign has now": value.elsewhere,
        "suggestions": value.heads,
        "suggestions with their leads": value.suggestions,
    }
    read = [(len(some), what) for what, some in found.items()]
    history = "has events" if value.has_history else "has no events yet"
    return Document(
        f"Snapshot of {campaign_title(value.campaign)}",
        [
            Facts([("history", history)]),
            Facts(progress_facts(value.progress), "Progress"),
            Facts(read, "Read with it"),
        ],
    )


@make_document.register(Writes)
def _(value: Writes[Any]) -> Document:
    written = {
        "campaign": value.campaign is not None,
        "progress": value.progress is not None,
        "leads assigned": len(value.assigned),
        "leads released": len(value.released),
        "suggestions": len(value.suggestions),
        "rejections": len(value.rejections),
        "rejections lifted": len(value.lifted),
        "suppressions": len(value.suppressions),
        "events": len(value.events),
    }
    facts = [(int(number), what) for what, number in written.items() if number]
    parts: list[Part] = [Facts(facts)] if facts else [Sentences(["the store stays as it is"])]
    if value.outcome is not None:
        parts.append(Sentences([str(value.outcome)], "Handed to the caller"))
    return Document("Writes of a decision", parts)
