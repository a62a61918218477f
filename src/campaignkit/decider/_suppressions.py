"""Suppressions that an act makes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.decider._acts import ActContext
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import ClientEvent, ClientEventKind, ClientState


def make_suppressions(
    lead_ids: Iterable[str],
    channels: tuple[Channel, ...] | None,
    act: ActContext,
    until: date | None = None,
) -> tuple[Suppression, ...]:
    """Return the suppressions of leads on some channels, or on all of them (None)."""
    where = [None] if covers_all(channels) else [*(channels or ())]
    return tuple(
        Suppression(lead_id, channel, until, by=act.by, at=act.at, reason=act.reason)
        for lead_id in lead_ids
        for channel in where
    )


def add_suppressions(
    client: ClientState,
    client_id: UUID,
    lead_ids: Iterable[str],
    channels: tuple[Channel, ...] | None,
    act: ActContext,
    *,
    until: date | None = None,
) -> tuple[tuple[Suppression, ...], tuple[ClientEvent, ...]]:
    """Return those suppressions that hold longer than the stored ones, and their event, if any."""
    stored = client.suppressions
    stops = make_suppressions(lead_ids, channels, act, until)
    new = tuple(stop for stop in stops if _holds_longer(stop, stored.get(stop.lead_id, ())))
    if not new:
        return (), ()
    event = make_client_event(
        client_id,
        ClientEventKind.SUPPRESSED,
        act,
        leads=len({stop.lead_id for stop in new}),
        channels=None if covers_all(channels) else channels,
        until=until,
    )
    return new, (event,)


def _holds_longer(stop: Suppression, stored: Iterable[Suppression]) -> bool:
    """Return whether a suppression holds longer than the stored one on its channel, if any."""
    there = next((one for one in stored if one.channel is stop.channel), None)
    return there is None or stop.is_later(there)


def make_client_event(
    client_id: UUID,
    kind: ClientEventKind,
    act: ActContext,
    **fields: Any,  # noqa: ANN401  # of an event
) -> ClientEvent:
    """Return the event of an act on what the campaigns of a client share."""
    return ClientEvent(
        client_id=client_id, kind=kind, by=act.by, at=act.at, reason=act.reason, **fields
    )


def covers_all(channels: tuple[Channel, ...] | None) -> bool:
    """Return whether channels are all there are; None stands for all."""
    return channels is None or set(channels) == set(CHANNELS)
