"""What every store checks before it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from attrs import evolve

from campaignkit.core._checks import check_kinds, kind_error, short_repr, to_list
from campaignkit.domain._campaign import Campaign, require_readable
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import ClientEvent
from campaignkit.domain._events import Event
from campaignkit.domain._snapshot import (
    ClientSnapshot,
    ClientWrites,
    Decide,
    Snapshot,
    T,
    Writes,
)
from campaignkit.domain._suggestions import SuggestionHead
from campaignkit.errors import AlreadyExistsError, ConflictError, InvalidError
from campaignkit.storage._queries import ClientSnapshotQuery, SnapshotQuery


def check_decision(query: object, decide: object) -> None:
    """Check the arguments of `Store.apply_decision`.

    Args:
        query: What should be a `SnapshotQuery`.
        decide: What should be a function.

    Raises:
        InvalidError: names all arguments of another kind.

    >>> check_decision("acme", len)
    Traceback (most recent call last):
        ...
    campaignkit.errors.InvalidError: query must be a SnapshotQuery, not 'acme'
    """
    _check_decision(query, SnapshotQuery, decide, Snapshot)


def check_client_decision(query: object, decide: object) -> None:
    """Check the arguments of `Store.apply_client_decision`.

    Args:
        query: What should be a `ClientSnapshotQuery`.
        decide: What should be a function.

    Raises:
        InvalidError: names all arguments of another kind.

    >>> check_client_decision("acme", len)
    Traceback (most recent call last):
        ...
    campaignkit.errors.InvalidError: query must be a ClientSnapshotQuery, not 'acme'
    """
    _check_decision(query, ClientSnapshotQuery, decide, ClientSnapshot)


def _check_decision(query: object, kind: type, decide: object, of: type) -> None:
    faults = [f"query {fault}"] if (fault := kind_error(query, kind)) else []
    if not callable(decide):
        faults.append(f"decide must be a function of a {of.__name__}, not {short_repr(decide)}")
    if faults:
        raise InvalidError(faults)


def check_writes(snapshot: Snapshot, writes: Writes[Any]) -> None:
    """Check that the writes of a decision belong to the snapshot that it was called with.

    Args:
        snapshot: The snapshot that the decision was called with.
        writes: What it returned.

    Raises:
        ConflictError: they are of another campaign, name a lead or a suggestion twice, have a head
            of a suggestion that is not in the snapshot or that has another command there, an event
            or a rejection of one that is neither among them nor in the snapshot, an event of
            another client, or suppressions or events of a client that the snapshot does not have.
        InvalidError: not a snapshot, or `decide` returned something else than `Writes`.

    >>> from uuid import uuid4
    >>> from campaignkit import Progress
    >>> draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> check_writes(Snapshot(draft, Progress()), Writes(lifted=("ann", "ann")))
    Traceback (most recent call last):
        ...
    campaignkit.errors.ConflictError: ...: leads or suggestions that are named twice: ['ann']
    """
    check_kinds(InvalidError, snapshot=(snapshot, Snapshot))
    if not isinstance(writes, Writes):
        raise InvalidError([f"decide must return Writes, not {short_repr(writes)}"])
    campaign = snapshot.campaign
    new = writes.campaign
    if new is not None and (new.id, new.client_id) != (campaign.id, campaign.client_id):
        msg = f"campaign {campaign.id} cannot become {new.id} of client {new.client_id}"
        raise ConflictError(msg)
    owners = [suggestion.campaign_id for suggestion in writes.suggestions]
    owners += [event.campaign_id for event in writes.events]
    if others := [owner for owner in owners if owner != campaign.id]:
        msg = f"campaign {campaign.id}: suggestions or events of other campaigns: {others}"
        raise ConflictError(msg)
    suggestion_ids = [suggestion.id for suggestion in writes.suggestions]
    lead_ids = [assignment.lead_id for assignment in writes.assigned]
    released = [gone.lead_id for gone in writes.released]
    rejected = [rejection.lead_id for rejection in writes.rejections]
    repeated = [
        one
        for ids in (lead_ids, released, suggestion_ids, (*rejected, *writes.lifted))
        if len(ids) != len(set(ids))
        for one, count in Counter[str | UUID](ids).items()
        if count > 1
    ]
    if repeated:
        msg = f"campaign {campaign.id}: leads or suggestions that are named twice: {repeated}"
        raise ConflictError(msg)
    heads = {given.id: given for given in writes.suggestions if isinstance(given, SuggestionHead)}
    referred: set[UUID | None] = {event.suggestion_id for event in writes.events} - {None}
    referred |= {rejection.suggestion_id for rejection in writes.rejections}
    known = snapshot.heads
    if unknown := (heads.keys() - known.keys()) | referred.difference(known, suggestion_ids):
        msg = f"campaign {campaign.id}: it does not have these suggestions: {unknown}"
        raise ConflictError(msg)
    if others := [
        i for i, head in heads.items() if _identify_command(head) != _identify_command(known[i])
    ]:
        msg = f"campaign {campaign.id}: heads of suggestions of another command: {others}"
        raise ConflictError(msg)
    if (writes.suppressions or writes.client_events) and snapshot.client is None:
        msg = f"client {campaign.client_id} was not adopted and cannot have suppressions or events"
        raise ConflictError(msg)
    _check_owner(campaign.client_id, writes.client_events)
    _check_once(writes.suppressions, f"campaign {campaign.id}")


def check_client_writes(
    query: ClientSnapshotQuery, snapshot: ClientSnapshot, writes: ClientWrites[Any]
) -> None:
    """Check that the writes of a decision on a client belong to the snapshot that it saw.

    Args:
        query: The query of the snapshot.
        snapshot: The snapshot that the decision was called with.
        writes: What it returned.

    Raises:
        ConflictError: an event of another client, suppressions of one lead on one channel twice, or
            one to lift that is not in the snapshot.
        InvalidError: not a query or a snapshot, or `decide` returned something else than
            `ClientWrites`.

    >>> from uuid import UUID
    >>> from campaignkit.clients import ClientState
    >>> query = ClientSnapshotQuery(UUID(int=2))
    >>> check_client_writes(query, ClientSnapshot(ClientState()), ClientWrites())
    """
    check_kinds(
        InvalidError, query=(query, ClientSnapshotQuery), snapshot=(snapshot, ClientSnapshot)
    )
    if not isinstance(writes, ClientWrites):
        raise InvalidError([f"decide must return ClientWrites, not {short_repr(writes)}"])
    client_id = query.client_id
    _check_owner(client_id, writes.events)
    stored = snapshot.client.suppressions
    if strange := [one for one in writes.lifted if one not in stored.get(one.lead_id, ())]:
        msg = f"client {client_id}: suppressions to lift that are not there: {strange}"
        raise ConflictError(msg)
    _check_once(writes.suppressions, f"client {client_id}")
    _check_once(writes.lifted, f"client {client_id}")


def _check_owner(client_id: UUID, events: Iterable[ClientEvent]) -> None:
    """Refuse events of other clients.

    Raises:
        ConflictError: there are such.
    """
    if others := [event.client_id for event in events if event.client_id != client_id]:
        msg = f"client {client_id}: events of other clients: {others}"
        raise ConflictError(msg)


def _check_once(suppressions: Iterable[Suppression], what: str) -> None:
    """Refuse suppressions of a lead on a channel that are named twice.

    Raises:
        ConflictError: there are such.
    """
    counts = Counter((one.lead_id, one.channel) for one in suppressions)
    if repeated := [key for key, count in counts.items() if count > 1]:
        msg = f"{what}: suppressions that are named twice: {repeated}"
        raise ConflictError(msg)


def _identify_command(head: SuggestionHead) -> tuple[object, ...]:
    """Return what of a head is about the command and its leads, which a head does not replace."""
    own = head.action, head.day, head.after, head.lead_count, head.digest
    return *own, head.revision


def pair_with_events(
    campaigns: Iterable[Campaign], events: Iterable[Event]
) -> list[tuple[Campaign, list[Event]]]:
    """Return new campaigns, each with its first events, which are numbered from 1.

    Args:
        campaigns: The new campaigns.
        events: Their events, in the order of each campaign's history.

    Raises:
        AlreadyExistsError: two campaigns have the same id.
        ConflictError: an event belongs to none of the campaigns, or to a suggestion.
        CorruptRowError: something that was read of a corrupt row.
        InvalidError: something that is not a campaign, or not an event.

    >>> from uuid import uuid4
    >>> draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> pair_with_events([draft], []) == [(draft, [])]
    True
    """
    new = check_several(Campaign, campaigns, "campaigns")
    first: dict[UUID, list[Event]] = {}
    for campaign in new:
        require_readable(campaign, campaign.faults)
        if campaign.id in first:
            raise AlreadyExistsError("campaign", campaign.id)
        first[campaign.id] = []
    for event in check_several(Event, events, "events"):
        if event.suggestion_id is not None:
            msg = f"an event of suggestion {event.suggestion_id}, but a new campaign has none"
            raise ConflictError(msg)
        if event.campaign_id not in first:
            msg = f"an event of campaign {event.campaign_id}, which is not among the new ones"
            raise ConflictError(msg)
        own = first[event.campaign_id]
        own.append(evolve(event, number=len(own) + 1))
    return [(campaign, first[campaign.id]) for campaign in new]


def check_new(campaign: object, extra: object) -> None:
    """Check the arguments of `Store.add`.

    Raises:
        InvalidError: names all arguments of another kind.
    """
    check_kinds(InvalidError, campaign=(campaign, Campaign), extra=(extra, (Mapping, type(None))))


def check_several(kind: type[T], values: Iterable[T], name: str) -> tuple[T, ...]:
    """Return the values of an iterable as a tuple, all of one class; `name` is the argument's.

    Raises:
        InvalidError: the argument is not an iterable, or a value is of another class.
    """
    several = to_list(values)
    if several is None:
        raise InvalidError([f"{name} must be several of {kind.__name__}, not {short_repr(values)}"])
    if faults := [fault for value in several if (fault := kind_error(value, kind))]:
        raise InvalidError([f"{name} {faults[0]}"])
    return tuple(several)


def make_replacement(before: Campaign, after: Campaign) -> Decide[None]:
    """Return the decision that replaces a campaign, unless it is no longer what it was.

    Raises:
        InvalidError: campaigns of different ids or clients.
    """
    check_kinds(InvalidError, before=(before, Campaign), after=(after, Campaign))
    if (before.id, before.client_id) != (after.id, after.client_id):
        raise InvalidError(["after must have the same id and client as before"])

    def decide(snapshot: Snapshot) -> Writes[None]:
        if snapshot.campaign != before:
            msg = f"campaign {before.id} is no longer what it was when it was read"
            raise ConflictError(msg)
        return Writes(campaign=after)

    return decide
