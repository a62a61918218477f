"""Commands and events in words: the only place that describes them to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from campaignkit.core._channels import ChannelCounts
from campaignkit.core._sentences import format_count, join_words
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Action
from campaignkit.domain._commands import AssignLeads, Command, Edit, ReleaseLeads
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._permissions import Actor
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.targeting._targeting import Targeting


def describe_time(at: datetime) -> str:
    """Return a time in UTC to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def describe_actor(actor: Actor) -> str:
    """Return an actor's name and whether it is a user or an AI."""
    return f"{actor.name} ({actor.kind})"


def describe_command(command: Command) -> str:
    """Say what a command does, as an imperative."""
    match command:
        case Edit():
            fields = (f"{name} to {describe_value(new)}" for name, new in command.fields.items())
            return f"set {', '.join(fields)}"
        case AssignLeads():
            return f"assign {format_count(len(command.leads), 'lead')} on {command.day}"
        case ReleaseLeads():
            return f"release {format_count(len(command.lead_ids), 'lead')}"
        case _:
            return command.action.value


def describe_suggestion(suggestion: Suggestion, campaign: str = "") -> Iterator[str]:
    """Say in sentences what is suggested, by whom, why, and what became of it."""
    yield describe_command(suggestion.command) + (f" for {campaign}" if campaign else "")
    yield f"suggested {_describe_decision(suggestion.by, suggestion.at, suggestion.reason)}"
    if suggestion.decided_by is not None and suggestion.decided_at is not None:
        decided = _describe_decision(suggestion.decided_by, suggestion.decided_at, suggestion.why)
        yield f"{suggestion.state} {decided}"
    elif suggestion.expires_at is not None:
        is_expired = suggestion.state is SuggestionState.EXPIRED
        verb = "expired" if is_expired else "expires"
        yield f"{verb} on {describe_time(suggestion.expires_at)}"


def _describe_decision(actor: Actor, at: datetime, reason: str | None) -> str:
    because = f": {reason}" if reason else ""
    return f"by {describe_actor(actor)} on {describe_time(at)}{because}"


_ACTION_VERBS: Final[Mapping[Action, tuple[str, str]]] = {
    Action.EDIT: ("edit", "edited"),
    Action.ACTIVATE: ("activate", "activated"),
    Action.PAUSE: ("pause", "paused"),
    Action.COMPLETE: ("complete", "completed"),
    Action.DELETE: ("delete", "deleted"),
    Action.RESTORE: ("restore", "restored"),
    Action.ASSIGN: ("assign leads", "assigned leads"),
    Action.RELEASE: ("release leads", "released leads"),
}
"""Each action in the infinitive and in the past tense."""

_EVENT_VERBS: Final[Mapping[EventKind, str]] = {
    EventKind.CREATED: "created the campaign",
    EventKind.APPLIED: "{past}",
    EventKind.SUGGESTED: "suggested to {infinitive}",
    EventKind.APPROVED: "approved the suggestion to {infinitive}",
    EventKind.REJECTED: "rejected the suggestion to {infinitive}",
    EventKind.STALE: "found the suggestion to {infinitive} stale",
    EventKind.EXPIRED: "found the suggestion to {infinitive} expired",
    EventKind.CLOSED: "closed the suggestion to {infinitive}",
}


def describe_event(event: Event) -> str:
    """Say who did what, when, and why."""
    infinitive, past = ("", "") if event.action is None else _ACTION_VERBS[event.action]
    deed = _EVENT_VERBS[event.kind].format(infinitive=infinitive, past=past)
    because = f" ({event.reason})" if event.reason else ""
    return f"{describe_time(event.at)}  {describe_actor(event.by)} {deed}{because}"


def describe_event_details(event: Event) -> Iterator[str]:
    """Say which fields an event changed, which leads it moved, and whose suggestion it is about."""
    if event.kind is not EventKind.CREATED:
        for name, new in event.after.items():
            yield f"{name}: {describe_value(event.before.get(name))} → {describe_value(new)}"
    if event.counts.total or event.day:
        day = f" on {event.day}" if event.day else ""
        yield f"{format_count(event.counts.total, 'lead')}{day}{_list_channels(event.counts)}"
    if event.suggestion_id is not None:
        yield f"suggestion {event.suggestion_id}"


def _list_channels(counts: ChannelCounts) -> str:
    some = [f"{channel} {leads:,}" for channel, leads in counts.items() if leads]
    return f": {', '.join(some)}" if some else ""


def describe_value(value: object) -> str:
    """Return the value of a campaign's field as people write it."""
    match value:
        case None:
            return "none"
        case Allocation():
            return join_words(f"{channel} {share}%" for channel, share in value.items() if share)
        case Targeting():
            named = [f"{name} {join_words(texts)}" for name, texts in list_targets(value) if texts]
            return ", ".join(named) or "any"
        case datetime():
            return describe_time(value)
        case int():
            return f"{value:,}"
        case _:
            return str(value)


def list_targets(targeting: Targeting) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Iterate over the kinds of targets, each with its texts."""
    yield "industries", targeting.industries
    yield "titles", targeting.titles
    yield "company sizes", targeting.company_sizes
    yield "locations", targeting.locations
