"""What the rows of a plan return, in memory and in a query engine."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from campaignkit.core._channels import Channel
from campaignkit.core._decisions import Reason
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._leads import Lead
from campaignkit.frames._terms import Key


@frozen
class PlannedLead:
    """A lead of a plan: its campaign, what it got, or why it got nothing, and its place.

    `mask` is its eligibility mask, and `rank` its place, from 1, among the leads of its campaign
    with the same mask. They mean nothing for a lead that is over a limit.
    """

    campaign: Key | None
    lead: Lead
    channel: Channel | None
    reason: Reason | None
    mask: int
    rank: int


@frozen
class RowCounts:
    """Numbers of leads: of each tier on each channel, and of each campaign by reason.

    None stands for no score, no channel, and no reason, which leads with a channel have.
    """

    flow: Mapping[tuple[ALSTier | None, Channel | None], int]
    reasons: Mapping[Key | None, Mapping[Reason | None, int]]


@frozen
class ScoreRange:
    """How many leads have a score, and the highest of these; None if there is none."""

    scored: int
    highest: float | None
