"""Suppressions that an act makes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.decider._acts import ActContext
from campaignkit.domain._client_policy import Suppression


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


def covers_all(channels: tuple[Channel, ...] | None) -> bool:
    """Return whether channels are all there are; None stands for all."""
    return channels is None or set(channels) == set(CHANNELS)
