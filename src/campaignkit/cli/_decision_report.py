"""Suggestions, decisions on them and histories, for a person and as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from rich.console import Console

from campaignkit import (
    Action,
    Actor,
    AssignLeads,
    Campaign,
    ChannelCounts,
    Command,
    Edit,
    Event,
    EventKind,
    Intake,
    ReleaseLeads,
    Suggestion,
    SuggestionState,
    to_dict,
)
from campaignkit.cli import _allocation_report as report
from campaignkit.cli._campaign_report import Waiting
from campaignkit.cli._decision_commands import Approved, Suggested, Told
from campaignkit.cli._terminal import say
from campaignkit.core._sentences import format_count
from campaignkit.serialization._read_errors import is_object

# --- suggestions ---------------------------------------------------------------------------------


def show_suggested(console: Console, suggested: Suggested) -> None:
    """Print each suggestion: what, for which campaign, by whom, why, and what became of it."""
    with report.trimmed(console):
        if not suggested.proposed and not suggested.corrupt:
            say(console, "There are no such suggestions.")
        for n, one in enumerate(suggested.proposed):
            if n:
                console.print()
            _show_suggestion(console, one.suggestion, f" for {one.campaign.name}")
        _show_corrupt(console, suggested.corrupt)


def suggested_json(suggested: Suggested) -> Mapping[str, object]:
    """Return the document that `suggestions --json` prints."""
    return {
        "suggestions": [
            {**to_dict(one.suggestion), "campaign": one.campaign.name} for one in suggested.proposed
        ],
        "corrupt": suggested.corrupt,
    }


def show_waiting(console: Console, waiting: Waiting) -> None:
    """Print what a user has to approve before leads can be taken."""
    with report.trimmed(console):
        if waiting.is_new:
            say(console, "Created ", (waiting.campaign.name, "bold"), ", a draft")
        for suggestion in waiting.suggestions:
            _show_suggestion(console, suggestion, f" for {waiting.campaign.name}")
        console.print()
        say(console, "Nothing more is done until a user has approved this.")


def waiting_json(waiting: Waiting) -> Mapping[str, object]:
    """Return the document that `intake --json` prints where a user has to approve first."""
    return {
        "campaign": to_dict(waiting.campaign),
        "created": waiting.is_new,
        "suggestions": [to_dict(suggestion) for suggestion in waiting.suggestions],
    }


def show_approved(console: Console, approved: Approved) -> None:
    """Print what was approved, and what came of it."""
    done, command = approved.done, approved.suggestion.command
    some = ""
    if isinstance(done, Intake) and isinstance(command, AssignLeads):
        named = len({*done.assignments, *done.already, *done.deferred, *done.unassigned})
        some = f", {named:,} of them" if named < len(command.leads) else ""
    say(console, "Approved: ", (_described(command), "bold"), some)
    if isinstance(done, Campaign):
        say(console, f"{done.name} is {'deleted' if done.deleted_at else done.status}", indent=2)
    elif isinstance(done, Intake):
        say(console, f"{format_count(len(done.assignments), 'lead')} taken", indent=2)
        for number, words in (
            (len(done.already), "in the campaign already"),
            (len(done.deferred), "kept waiting by a limit"),
            (len(done.unassigned), "for which no channel is open"),
        ):
            if number:
                say(console, f"{format_count(number, 'lead')} {words}", indent=2)
    else:
        say(console, f"{format_count(len(done.released), 'lead')} released", indent=2)


def approved_json(approved: Approved) -> Mapping[str, object]:
    """Return the document that `approve --json` prints."""
    done = approved.done
    name = (
        "campaign"
        if isinstance(done, Campaign)
        else "intake"
        if isinstance(done, Intake)
        else "release"
    )
    return {"suggestion": to_dict(approved.suggestion), name: to_dict(done)}


def show_rejected(console: Console, suggestion: Suggestion) -> None:
    """Print what was rejected, and why."""
    say(console, "Rejected: ", (_described(suggestion.command), "bold"), f" ({suggestion.why})")


def rejected_json(suggestion: Suggestion) -> Mapping[str, object]:
    """Return the document that `reject --json` prints."""
    return {"suggestion": to_dict(suggestion)}


def _show_suggestion(console: Console, suggestion: Suggestion, purpose: str) -> None:
    say(console, (str(suggestion.id), "cyan"))
    say(console, (_described(suggestion.command), "bold"), purpose, indent=2)
    because = f": {suggestion.reason}" if suggestion.reason else ""
    say(console, f"suggested by {_who(suggestion.by)} on {_when(suggestion.at)}{because}", indent=2)
    if suggestion.decided_by is not None and suggestion.decided_at is not None:
        when = f"by {_who(suggestion.decided_by)} on {_when(suggestion.decided_at)}"
        because = f": {suggestion.why}" if suggestion.why else ""
        say(console, f"{suggestion.state} {when}{because}", indent=2)
    elif suggestion.state is SuggestionState.EXPIRED:
        say(console, f"expired on {_when(suggestion.expires_at)}", indent=2)
    elif suggestion.expires_at is not None:
        say(console, f"expires on {_when(suggestion.expires_at)}", indent=2)


def _described(command: Command) -> str:
    """Say in words what a command would do."""
    match command:
        case Edit():
            fields: Mapping[str, object] = to_dict(command)["fields"]
            return "set " + ", ".join(f"{name} to {_said(value)}" for name, value in fields.items())
        case AssignLeads():
            return f"assign {format_count(len(command.leads), 'lead')} on {command.day}"
        case ReleaseLeads():
            return f"release {format_count(len(command.lead_ids), 'lead')}"
        case _:
            return command.action.value


# --- history -------------------------------------------------------------------------------------


def show_told(console: Console, told: Told) -> None:
    """Print what was done to a campaign, an event a line or two."""
    with report.trimmed(console):
        say(console, (told.campaign.name, "bold"), f": {format_count(len(told.events), 'event')}")
        for event in told.events:
            who, when = _who(event.by), _when(event.at)
            say(console, (f"{event.number:>4}", "cyan"), f"  {when}  {who} {_deed(event)}")
            for line in _details(event):
                say(console, line, indent=6)
        _show_corrupt(console, told.corrupt)


def told_json(told: Told) -> Mapping[str, object]:
    """Return the document that `history --json` prints."""
    return {
        "campaign": to_dict(told.campaign),
        "events": [to_dict(event) for event in told.events],
        "corrupt": told.corrupt,
    }


_ACTS: Mapping[Action, tuple[str, str]] = {
    Action.EDIT: ("edit", "edited"),
    Action.ACTIVATE: ("activate", "activated"),
    Action.PAUSE: ("pause", "paused"),
    Action.COMPLETE: ("complete", "completed"),
    Action.DELETE: ("delete", "deleted"),
    Action.RESTORE: ("restore", "restored"),
    Action.ASSIGN: ("assign leads", "assigned leads"),
    Action.RELEASE: ("release leads", "released leads"),
}

_DEEDS: Mapping[EventKind, str] = {
    EventKind.CREATED: "created the campaign",
    EventKind.APPLIED: "{done}",
    EventKind.SUGGESTED: "suggested to {do}",
    EventKind.APPROVED: "approved the suggestion to {do}",
    EventKind.REJECTED: "rejected the suggestion to {do}",
    EventKind.STALE: "found the suggestion to {do} stale",
    EventKind.EXPIRED: "found the suggestion to {do} expired",
    EventKind.CLOSED: "closed the suggestion to {do}",
}


def _deed(event: Event) -> str:
    do, done = ("", "") if event.action is None else _ACTS[event.action]
    because = f" ({event.reason})" if event.reason else ""
    return _DEEDS[event.kind].format(do=do, done=done) + because


def _details(event: Event) -> Iterator[str]:
    if event.kind is not EventKind.CREATED:
        before: Mapping[str, object] = to_dict(event.before)
        after: Mapping[str, object] = to_dict(event.after)
        for name, value in after.items():
            yield f"{name}: {_said(before[name])} → {_said(value)}"
    if event.counts.total:
        day = f" on {event.day}" if event.day else ""
        yield f"{format_count(event.counts.total, 'lead')}{day}: {_counted(event.counts)}"
    if event.suggestion_id is not None:
        yield f"suggestion {event.suggestion_id}"


def _counted(counts: ChannelCounts) -> str:
    return ", ".join(f"{channel} {n:,}" for channel, n in counts.items() if n)


# --- both ----------------------------------------------------------------------------------------


def _show_corrupt(console: Console, corrupt: Iterable[str]) -> None:
    if faults := tuple(corrupt):
        report.title(console, f"Left out: {format_count(len(faults), 'bad row')}")
        for fault in faults:
            say(console, fault, indent=2)


def _who(actor: Actor) -> str:
    return f"{actor.name} ({actor.kind})"


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _said(value: Any) -> str:  # noqa: ANN401  # what a plain form holds
    if is_object(value):
        return ", ".join(f"{name} {_said(part)}" for name, part in value.items())
    if isinstance(value, list):
        return " and ".join(map(str, cast("list[object]", value))) or "any"
    return "none" if value is None else str(value)
