"""Explanations of why a lead gets its channel, or none."""

from __future__ import annotations

from collections.abc import Sequence

from campaignkit.core._channels import POSITIONS, Channel
from campaignkit.core._decisions import Reason
from campaignkit.core._display import DisplayMixin
from campaignkit.core._sentences import join_channels, ordinal
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._leads import Lead


class Explanation(str, DisplayMixin):
    """A sentence that says why a lead gets its channel, or none: a str that notebooks show as text.

    >>> Explanation("'a' gets email") == "'a' gets email"
    True
    """

    __slots__ = ()


def explain_choice(lead: Lead, gate: ALSGate, allocation: Allocation) -> str:
    """Say which channels a lead may get, and why not others."""
    if lead.als_score is None:
        return Reason.UNSCORED.message
    who = f"a {gate.tier(lead.als_score)} lead (score {lead.als_score})"
    opened = gate.channels(lead.als_score)
    if not opened:
        return f"{who} may get no channel"
    reached = opened & lead.reachable
    without = {channel for channel in reached if not allocation[channel]}
    said = f"{who} may get {'only ' if len(opened) == 1 else ''}{join_channels(opened, 'or')}"
    if not reached:
        return f"{said}, and this one cannot be reached there"
    if reached != opened:
        said += f", this one can be reached only on {join_channels(reached)}"
    if without:
        said += f", and {join_channels(without)} {'has' if len(without) == 1 else 'have'} no share"
    return said


def explain_rank(channel: Channel | None, row: Sequence[int], leads: int, rank: int) -> str:
    """Say why a lead got one of its eligible channels, or why there was no room for it.

    `row` has how many of the leads with the same channels open each channel took, `leads` is how
    many there are, and `rank` the lead's place among them, from 1.
    """
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
