"""Commands and events in words: the only place that describes them to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final, cast

from campaignkit.core._channels import ChannelCounts
from campaignkit.core._partial import describe_unreadable
from campaignkit.core._sentences import format_count, join_first, join_words
from campaignkit.domain._campaign import Action
from campaignkit.domain._commands import (
    AssignLeads,
    Command,
    Edit,
    Fields,
    ReleaseLeads,
    describe_terms,
    lead_ids_of,
)
from campaignkit.domain._events import BEGINNINGS, Event, EventKind
from campaignkit.domain._permissions import Actor
from campaignkit.domain._suggestions import Suggestion, SuggestionHead, SuggestionState
from campaignkit.targeting._targeting import Targeting, get_targets


def describe_time(at: datetime) -> str:
    """Return a time in UTC to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def describe_actor(actor: Actor) -> str:
    """Return an actor's name and whether it is a user or an AI."""
    return f"{actor.name} ({actor.kind})"


def describe_command(command: Command) -> str:
    """Say what a command does, as an imperative."""
    fields = command.fields if isinstance(command, Edit) else Fields()
    when = ""
    if isinstance(command, AssignLeads):
        when = f"{command.day}{describe_terms(command.horizon, command.at_most)}"
    what = _describe_action(command.action, fields, len(lead_ids_of(command)), when)
    if isinstance(command, ReleaseLeads):
        what += _describe_contacted(contacted=command.contacted)
        if command.suppress is not None:
            what += f", and suppress them on {join_words(command.suppress)}"
    return what


def _describe_contacted(*, contacted: bool) -> str:
    return " as contacted" if contacted else ""


def _describe_action(action: Action, fields: Fields, leads: int, when: str) -> str:
    match action:
        case Action.EDIT:
            values = (f"{name} to {describe_value(new)}" for name, new in fields.items())
            return f"set {', '.join(values)}"
        case Action.ASSIGN:
            return f"assign {format_count(leads, 'lead')} on {when}"
        case Action.RELEASE:
            return f"release {format_count(leads, 'lead')}"
        case _:
            return action.value


def describe_suggestion(
    suggestion: Suggestion | SuggestionHead, campaign: str = ""
) -> Iterator[str]:
    """Say in sentences what is suggested, by whom, why, and what became of it."""
    head = suggestion.head if isinstance(suggestion, Suggestion) else suggestion
    when = f"{head.day}{describe_terms(head.horizon, head.at_most)}"
    what = _describe_action(head.action, head.after, head.lead_count, when)
    what += _describe_contacted(contacted=head.contacted)
    yield what + (f" for {campaign}" if campaign else "")
    if head.counts.total:
        which = _COUNTED.get(head.action, "expected")
        yield f"{which}{list_channels(head.counts)}{_describe_waiting(head)}"
    yield f"suggested {_describe_decision(head.by, head.at, head.reason)}"
    if head.decided_by is not None and head.decided_at is not None:
        yield f"{head.state} {_describe_decision(head.decided_by, head.decided_at, head.why)}"
    elif head.state is SuggestionState.STALE:
        yield "stale: what it depends on has changed"
    elif head.state is SuggestionState.PENDING and head.day_passed:
        yield "its day is over: it can be approved for another day"
    if head.decided_at is None and head.expires_at is not None:
        is_expired = head.state is SuggestionState.EXPIRED
        yield f"{'expired' if is_expired else 'expires'} on {describe_time(head.expires_at)}"
    yield from describe_kept_out(suggestion)


_COUNTED = {
    Action.RELEASE: "their channels",
    Action.RESTORE: "leads of other campaigns now, which it lets go",
}
"""What the counts of a suggestion are of, where they are not of leads to admit."""


def _describe_waiting(head: SuggestionHead) -> str:
    """Say how many leads of a suggestion would have waited, for a limit or for their day."""
    waiting = head.lead_count - head.counts.total
    cause = "over the limits" if head.horizon == 1 else "for later days"
    return f" ({format_count(waiting, 'lead')} {cause})" if waiting > 0 else ""


def describe_kept_out(suggestion: Suggestion | SuggestionHead) -> Iterator[str]:
    """Say what a rejection keeps the AI from, and until when."""
    if isinstance(suggestion, Suggestion):
        by_end = Counter(one.until for one in suggestion.rejections.values())
        for until in sorted(by_end, key=lambda until: until or date.max):
            end = "" if until is None else f" up to and including {until}"
            leads = format_count(by_end[until], "lead")
            yield f"{leads} kept out{end} unless a user takes them in"
    if suggestion.state is not SuggestionState.REJECTED or suggestion.action is Action.ASSIGN:
        return
    same = [f"{name} is {describe_value(was)}" for name, was in suggestion.before.items()]
    unchanged = join_words(same or ["its leads are all in the campaign"])
    yield f"the AI cannot do or suggest this again while {unchanged}"


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
    EventKind.ADOPTED: "adopted the campaign",
    EventKind.APPLIED: "{past}",
    EventKind.SUGGESTED: "suggested to {infinitive}",
    EventKind.REFRESHED: "changed the suggestion to {infinitive}",
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
    if event.kind not in BEGINNINGS:
        yield from describe_changes(event.before, event.after)
    if event.counts.total or event.day:
        yield describe_moved_leads(event)
    if event.suggestion_id is not None:
        yield f"suggestion {event.suggestion_id}"


def describe_moved_leads(event: Event) -> str:
    """Say how many leads an event assigned or released, and on which channels."""
    day = f" on {event.day}" if event.day else ""
    left = " released, as other campaigns have them" if event.action is Action.RESTORE else ""
    return f"{format_count(event.counts.total, 'lead')}{day}{left}{list_channels(event.counts)}"


def describe_changes(before: Fields, after: Fields) -> Iterator[str]:
    """Say of each field what it was and what it is then."""
    for name, new in after.items():
        was = describe_value(before[name]) if name in before else "unreadable"
        yield f"{name}: {was} → {describe_value(new)}"


def list_channels(counts: ChannelCounts) -> str:
    """Return the channels that have leads behind a colon, or nothing."""
    some = [f"{channel} {leads:,}" for channel, leads in counts.items() if leads]
    return f": {', '.join(some)}" if some else ""


def describe_value(value: object) -> str:
    """Return the value of a field as people write it."""
    match value:
        case None | bool():
            return {None: "none", True: "yes", False: "no"}[value]
        case Targeting():
            named = [f"{name} {join_words(texts)}" for name, texts in list_targets(value) if texts]
            if value.faults:
                named.append(describe_unreadable(value.faults))
            return ", ".join(named) or "any"
        case datetime():
            return describe_time(value)
        case int():
            return f"{value:,}"
        case frozenset() | tuple():
            return _list_values(cast("frozenset[object] | tuple[object, ...]", value))
        case _:
            return str(value)


_MOST_LISTED = 8


def _list_values(values: frozenset[object] | tuple[object, ...]) -> str:
    """Return the first few values, those of a set by their names, and how many more there are."""
    words = [describe_value(value) for value in values]
    if isinstance(values, frozenset):
        words.sort()
    return join_first(words[:_MOST_LISTED], len(words)) or "none"


def list_targets(targeting: Targeting) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Iterate over the kinds of targets, each with its texts, or None if they cannot be read."""
    for name in ("industries", "titles", "company_sizes", "locations"):
        yield name.replace("_", " "), get_targets(targeting, name)
