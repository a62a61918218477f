"""Decisions on what the campaigns of a client share: only users make them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from attrs import evolve

from campaignkit.core._channels import CHANNELS, POSITIONS, Channel
from campaignkit.core._checks import date_error, short_repr, to_date
from campaignkit.decider._acts import ActContext
from campaignkit.decider._suppressions import (
    add_suppressions,
    covers_all,
    make_client_event,
    make_suppressions,
)
from campaignkit.domain._client_policy import ClientPolicy, Suppression, find_closed_mask
from campaignkit.domain._clients import ClientEventKind, ClientState, LiveAssignment
from campaignkit.domain._erased_names import is_erased_name
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import ClientSnapshot, ClientWrites, Page
from campaignkit.errors import InvalidError, PlanError


def set_policy(
    snapshot: ClientSnapshot, client_id: UUID, policy: ClientPolicy, act: ActContext
) -> ClientWrites[ClientPolicy]:
    """Set the policy of a client; the same policy again writes nothing.

    Raises:
        PermissionDeniedError: the actor is not a user.
    """
    act.require_user()
    before = snapshot.client.policy
    if policy == before:
        return ClientWrites(outcome=policy)
    event = make_client_event(
        client_id,
        ClientEventKind.POLICY_SET,
        act,
        before=before,
        after=policy,
        leads=snapshot.doubles if policy.one_campaign_per_lead else 0,
    )
    return ClientWrites(policy=policy, events=(event,), outcome=policy)


def suppress(
    snapshot: ClientSnapshot,
    client_id: UUID,
    lead_ids: tuple[str, ...],
    act: ActContext,
    *,
    channels: tuple[Channel, ...] | None = None,
    until: date | None = None,
) -> ClientWrites[tuple[LiveAssignment, ...]]:
    """Suppress leads on some channels, or on all.

    Of what is suppressed as long already nothing is written. The outcome are the live assignments
    that it hits.

    Raises:
        PermissionDeniedError: the actor is not a user.
        InvalidError: `until` is not a date, or is over everywhere.
    """
    act.require_user()
    last = None if until is None else _require_open(until, act)
    alike = make_suppressions(lead_ids[:1], channels, act, last)  # those of each lead are
    hits = tuple(live for live in snapshot.assignments if is_hit(live.assignment, alike))
    shared = snapshot.client
    new, events = add_suppressions(shared, client_id, lead_ids, channels, act, until=last)
    return ClientWrites(suppressions=new, events=events, outcome=hits)


def unsuppress(
    snapshot: ClientSnapshot,
    client_id: UUID,
    lead_ids: tuple[str, ...],
    act: ActContext,
    *,
    channels: tuple[Channel, ...] | None = None,
) -> ClientWrites[tuple[Suppression, ...]]:
    """Lift the suppressions of leads on some channels, or on all.

    A suppression on all channels that is lifted on some goes on for the others. The outcome are the
    suppressions that there were.

    Raises:
        PermissionDeniedError: the actor is not a user.
    """
    act.require_user()
    lifted: list[Suppression] = []
    kept: list[Suppression] = []
    for lead_id in lead_ids:
        for stop in snapshot.client.suppressions.get(lead_id, ()):
            if channels is None or stop.channel in channels:
                lifted.append(stop)
            elif stop.channel is None:
                lifted.append(stop)
                kept += [evolve(stop, channel=c) for c in CHANNELS if c not in channels]
    if not lifted:
        return ClientWrites(outcome=())
    event = make_client_event(
        client_id,
        ClientEventKind.UNSUPPRESSED,
        act,
        leads=len({stop.lead_id for stop in lifted}),
        channels=None if covers_all(channels) else channels,
    )
    return ClientWrites(
        lifted=tuple(lifted), suppressions=tuple(kept), events=(event,), outcome=tuple(lifted)
    )


def erase(client_id: UUID, lead_id: str, act: ActContext) -> ClientWrites[None]:
    """Remove the id of a lead from all that is stored, and suppress it for ever.

    Raises:
        PermissionDeniedError: the actor is not a user.
        PlanError: `lead_id` is the name of a lead that is erased. Under another name its
            suppressions would not be found by its id.
    """
    act.require_user()
    if is_erased_name(lead_id):
        fault = f"must be the id of a lead, not the name of an erased one: {short_repr(lead_id)}"
        raise PlanError([f"lead_id {fault}"])
    event = make_client_event(client_id, ClientEventKind.ERASED, act, leads=1)
    stops = make_suppressions((lead_id,), None, act)
    return ClientWrites(suppressions=stops, erased=lead_id, events=(event,))


def keep_suppressed(page: Page[Assignment, str], client: ClientState) -> Page[Assignment, str]:
    """Return a page with only those assignments that a suppression of the client hits."""
    stops = client.suppressions
    return evolve(
        page,
        items=tuple(one for one in page.items if is_hit(one, stops.get(one.lead_id, ()))),
    )


def is_hit(assignment: Assignment, suppressions: Iterable[Suppression]) -> bool:
    """Return whether a suppression of its lead hits an assignment: on its channel, on its day."""
    closed = find_closed_mask(suppressions, assignment.day)
    return bool(closed >> POSITIONS[assignment.channel] & 1)


def _require_open(until: date, act: ActContext) -> date:
    """Return a day that is not over everywhere.

    Raises:
        InvalidError: it is, or not a date.
    """
    if fault := date_error(until):
        raise InvalidError([f"until {fault}"])
    if (last := to_date(until)) < act.last_zone_day:
        raise InvalidError([f"until must not be over, but {last} is before {act.last_zone_day}"])
    return last
