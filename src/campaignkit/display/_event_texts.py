"""Changes and events in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from campaignkit.core._channels import ChannelCounts
from campaignkit.core._sentences import counted, joined
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._commands import AssignLeads, Change, Edit, ReleaseLeads
from campaignkit.domain._events import Event
from campaignkit.domain._leads import named
from campaignkit.domain._permissions import Actor
from campaignkit.targeting._targeting import Targeting


def moment(at: datetime) -> str:
    """Return a time, which is in UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def actor(by: Actor) -> str:
    """Say who acts, and whether that is a user or the AI."""
    return f"{by.name} ({by.kind})"


def change(suggested: Change) -> Iterator[str]:
    """Say what a change is to do."""
    match suggested:
        case Edit():
            yield from (f"{name}: {value(new)}" for name, new in suggested.fields.items())
        case AssignLeads():
            leads = counted(len(suggested.leads), "lead")
            yield f"{leads} on {suggested.day}{_some(suggested.lead_ids)}"
        case ReleaseLeads():
            yield f"{counted(len(suggested.lead_ids), 'lead')}{_some(suggested.lead_ids)}"
        case _:
            yield f"{suggested.action} the campaign"


def _some(ids: Sequence[str]) -> str:
    return f" ({named(ids)})" if ids else ""


def what(event: Event) -> str:
    """Say in a few words what an event tells."""
    return f"{event.kind} {event.action}" if event.action else event.kind.value


def details(event: Event) -> str:
    """Say what an event changed, or is to change, and which leads it moved."""
    return "; ".join(_details(event))


def _details(event: Event) -> Iterator[str]:
    if event.before:
        for name, new in event.after.items():
            yield f"{name}: {value(event.before.get(name))} → {value(new)}"
    if event.counts.total or event.day:
        on = f" on {event.day}" if event.day else ""
        yield f"{counted(event.counts.total, 'lead')}{on}{_by_channel(event.counts)}"
    if event.reason:
        yield event.reason


def _by_channel(counts: ChannelCounts) -> str:
    some = [f"{channel} {leads:,}" for channel, leads in counts.items() if leads]
    return f": {joined(some)}" if some else ""


def value(of_field: object) -> str:
    """Write the value of a campaign's field as people do."""
    match of_field:
        case Allocation():
            return joined(f"{c} {share}%" for c, share in of_field.items() if share)
        case Targeting(industries=industries, titles=titles):
            sizes, locations = of_field.company_sizes, of_field.locations
            return ", ".join([*industries, *titles, *sizes, *locations]) or "any"
        case datetime():
            return moment(of_field)
        case int():
            return f"{of_field:,}"
        case _:
            return "none" if of_field is None else str(of_field)
