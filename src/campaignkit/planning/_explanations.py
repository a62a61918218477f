"""Explanations of why a lead gets its channel, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from attrs import frozen

from campaignkit.core._channels import MEMBERS, POSITIONS, SETS, Channel
from campaignkit.core._checks import short_repr
from campaignkit.core._decisions import Reason
from campaignkit.core._display import DisplayMixin
from campaignkit.core._sentences import format_count, join_channels, ordinal
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._lead_ids import LeadId
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment


class Explanation(str, DisplayMixin):
    """A sentence that says why a lead gets its channel, or none: a str that notebooks show as text.

    >>> Explanation("'a' gets email") == "'a' gets email"
    True
    """

    __slots__ = ()


@frozen
class Place:
    """The place of a lead among those that may get the same channels.

    `row` has how many of these leads each channel took, `leads` is how many there are, and `rank`
    the lead's place among them, from 1.
    """

    row: Sequence[int]
    leads: int
    rank: int


def explain_lead(
    lead: Lead,
    channel: Channel | None,
    reason: Reason | None,
    *,
    gate: ALSGate,
    allocation: Allocation,
    place: Place | None,
    closed: int = 0,
) -> Explanation:
    """Say why a lead gets its channel, or why it gets none.

    `place` is None where `needs_place` says so. `closed` is the mask of the channels on which the
    lead is suppressed.
    """
    if reason is not None and reason in LIMITS:
        return Explanation(f"{name_lead(lead.id)} waits: {reason.message}")
    because = explain_choice(lead, gate, allocation, closed)
    if place is not None:
        because += f"; {explain_rank(channel, place)}"
    return Explanation(f"{name_lead(lead.id)} gets {channel or 'no channel'}: {because}")


def needs_place(mask: int, reason: Reason | None) -> bool:
    """Return whether a lead got its channel, or none, by its place among others."""
    return reason is Reason.HELD or (len(MEMBERS[mask]) > 1 and reason is None)


LIMITS = (Reason.DAILY_LIMIT, Reason.TOTAL_LIMIT)
"""Why a lead waits."""


def name_lead(lead_id: LeadId) -> str:
    """Return the id of a lead as it stands in sentences."""
    return short_repr(str(lead_id) if isinstance(lead_id, UUID) else lead_id)


def explain_presence(there: Assignment) -> Explanation:
    """Say since when a lead has its channel, and what it was then."""
    who = f"a {there.tier} lead (score {there.als_score})"
    return Explanation(
        f"{short_repr(there.lead_id)} has {there.channel} since {there.day}, then {who}"
    )


def explain_choice(lead: Lead, gate: ALSGate, allocation: Allocation, closed: int = 0) -> str:
    """Say which channels a lead may get, and why not others."""
    if lead.als_score is None:
        return Reason.UNSCORED.message
    who = f"a {gate.tier(lead.als_score)} lead (score {_format_score(lead.als_score)})"
    opened = gate.channels(lead.als_score)
    if not opened:
        return f"{who} may get no channel"
    reached = opened & lead.reachable
    without = {channel for channel in reached - SETS[closed] if not allocation[channel]}
    said = f"{who} may get {'only ' if len(opened) == 1 else ''}{join_channels(opened, 'or')}"
    if not reached:
        return f"{said}, and this one cannot be reached there"
    if reached != opened:
        said += f", this one can be reached only on {join_channels(reached)}"
    if shut := reached & SETS[closed]:
        link = ", this one" if reached == opened else " but"
        said += f"{link} must not be contacted on {join_channels(shut)}"
    if without:
        said += f", and {join_channels(without)} {'has' if len(without) == 1 else 'have'} no share"
    return said


def find_main_reason(unassigned: Mapping[Reason, int]) -> Reason:
    """Return the most common reason, and of equal ones the first."""
    return max(Reason, key=lambda reason: unassigned.get(reason, 0))


def explain_nobody_placed(placed: int, unassigned: Mapping[Reason, int]) -> str | None:
    """Say why no lead has a channel, by the most common reason; None if a lead has one.

    There is nothing to say about no leads.
    """
    if placed or not unassigned:
        return None
    leads = sum(unassigned.values())
    reason = find_main_reason(unassigned)
    who = f"none of {format_count(leads, 'lead')} has a channel"
    return f"{who}; the most common reason ({unassigned[reason]:,}): {reason.message}"


def _format_score(score: float) -> str:
    """Return a score as text; whole numbers have no decimal point, as in a column of floats."""
    return str(int(score) if score == int(score) else score)


def explain_rank(channel: Channel | None, place: Place) -> str:
    """Say why a lead got one of its eligible channels, or why there was no room for it."""
    row, leads, rank = place.row, place.leads, place.rank
    if channel is None:
        if not any(row):
            return "there is no room for leads with this choice"
        who = f"of the {leads:,} leads with this choice"
        return f"{who} there is room for {sum(row):,}, and this one is {ordinal(rank)} by score"
    taken = row[POSITIONS[channel]]
    if leads == 1:
        return f"the mix is nearest to the shares with it on {channel}"
    if taken == leads:
        return f"so do all {leads:,} leads with this choice"
    who = f"of the {leads:,} leads with this choice, dealt evenly by score"
    return f"{who}, {channel} takes {taken:,}, and this one is {ordinal(rank)}"
