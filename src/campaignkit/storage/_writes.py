"""What every store checks before it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from campaignkit.core._checks import (
    check_kinds,
    short_repr,
    to_list,
)
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._snapshot import Decide, Snapshot, T, Writes
from campaignkit.errors import ConflictError, InvalidError


def fits(snapshot: Snapshot, writes: Writes[Any]) -> None:
    """Check that the writes of a decision belong to the snapshot that it was given.

    Raises:
        ConflictError: they are of another campaign, name a lead or a suggestion twice, or have an
            event of a suggestion that is neither among them nor in the snapshot.
        InvalidError: not a snapshot, or `decide` returned something else than `Writes`.
    """
    check_kinds(InvalidError, snapshot=(snapshot, Snapshot))
    if not isinstance(writes, Writes):
        raise InvalidError([f"decide must return Writes, not {short_repr(writes)}"])
    campaign = snapshot.campaign
    new = writes.campaign
    if new is not None and (new.id, new.client_id) != (campaign.id, campaign.client_id):
        msg = f"campaign {campaign.id} cannot become {new.id} of client {new.client_id}"
        raise ConflictError(msg)
    owners = [part.campaign_id for part in writes.suggestions]
    owners += [part.campaign_id for part in writes.events]
    if others := [owner for owner in owners if owner != campaign.id]:
        msg = f"campaign {campaign.id}: suggestions or events of others: {others}"
        raise ConflictError(msg)
    named = (
        [assignment.lead_id for assignment in writes.assigned],
        writes.released,
        [suggestion.id for suggestion in writes.suggestions],
    )
    if twice := [i for ids in named for i, n in Counter(ids).items() if n > 1]:
        msg = f"campaign {campaign.id}: leads or suggestions that are named twice: {twice}"
        raise ConflictError(msg)
    known = {*snapshot.suggestions, *(suggestion.id for suggestion in writes.suggestions)}
    told = {event.suggestion_id for event in writes.events} - {None}
    if unknown := told - known:
        msg = f"campaign {campaign.id}: events of suggestions that it was not asked of: {unknown}"
        raise ConflictError(msg)


def begun_histories(
    campaigns: Iterable[Campaign], events: Iterable[Event]
) -> Mapping[UUID, Sequence[Event]]:
    """Return the first events of new campaigns, by the ids of the campaigns.

    Raises:
        ConflictError: an event belongs to none of the campaigns, or to a suggestion.
        InvalidError: something that is not a campaign or an event.
    """
    new = check_several(Campaign, campaigns, "campaigns")
    begun: dict[UUID, list[Event]] = {campaign.id: [] for campaign in new}
    for event in check_several(Event, events, "events"):
        if event.suggestion_id is not None:
            msg = f"an event of suggestion {event.suggestion_id}, but a new campaign has none"
            raise ConflictError(msg)
        if event.campaign_id not in begun:
            msg = f"an event of campaign {event.campaign_id}, which is not among the new ones"
            raise ConflictError(msg)
        begun[event.campaign_id].append(event)
    return begun


def check_several(kind: type[T], values: Iterable[T], what: str) -> tuple[T, ...]:
    """Return the values of an iterable as a tuple, all of one class; `what` names the argument.

    Raises:
        InvalidError: the argument is not an iterable, or a value is of another class.
    """
    several = to_list(values)
    if several is None:
        raise InvalidError([f"{what} must be several of {kind.__name__}, not {short_repr(values)}"])
    if strange := [one for one in several if not isinstance(one, kind)]:
        raise InvalidError([f"{what} must be of {kind.__name__}, not {short_repr(strange[0])}"])
    return tuple(several)


def replacing(before: Campaign, after: Campaign) -> Decide[None]:
    """Return the decision that replaces a campaign, unless it is no longer what it was.

    Raises:
        InvalidError: campaigns of different ids or clients.
    """
    check_kinds(InvalidError, before=(before, Campaign), after=(after, Campaign))
    if (before.id, before.client_id) != (after.id, after.client_id):
        raise InvalidError(["a campaign can only be replaced by one of the same id and client"])

    def decide(snapshot: Snapshot) -> Writes[None]:
        if snapshot.campaign != before:
            msg = f"campaign {before.id} is no longer what it was when it was read"
            raise ConflictError(msg)
        return Writes(campaign=after)

    return decide
