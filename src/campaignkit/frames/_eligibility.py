"""Frames of leads that are open for planning, and what their leads may get."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
from attrs import frozen

from campaignkit.core._channels import POSITIONS, SETS, Channel
from campaignkit.domain._gate import ALSGate
from campaignkit.frames._columns import ADDED, Columns
from campaignkit.frames._in_engine import count_eligible_in_engine
from campaignkit.frames._in_memory import count_eligible_in_memory
from campaignkit.frames._open_frame import Frame, collect
from campaignkit.frames._planned_rows import ScoreRange
from campaignkit.frames._reachability import open_flagged
from campaignkit.frames._terms import Key


@frozen
class OpenLeads:
    """A frame of leads, and the columns in which a plan finds what it needs.

    `flagged` is the frame as it was given, with a column for each flag that was not a column of it.
    `flags` are the names of the columns of flags by position of the channel; every channel without
    one is reachable.
    """

    flagged: Frame
    columns: Columns
    flags: Mapping[int, str]


def open_lead_frame(
    given: object, columns: Columns, faults: list[str], *, adds: bool
) -> tuple[Frame, OpenLeads]:
    """Return a frame of any library as it was given, and open for planning.

    `adds` tells whether the columns of a plan are to be added. What is wrong with names and flags
    is added to `faults`; with any faults no flag is looked at.

    Raises:
        PlanError: it is no frame, or its columns cannot be listed.
    """
    added = ADDED if adds else ()
    expected = "expected a dataframe (`campaignkit.plan` takes lists of leads)"
    leads, flagged, names = open_flagged(
        given, columns.by_argument(), columns.flags(), faults, added=added, expected=expected
    )
    channels = dict(zip(columns.flags(), columns.reachable or {}, strict=True))
    flags = {POSITIONS[channels[argument]]: name for argument, name in names.items()}
    return leads, OpenLeads(flagged, columns, flags)


def count_eligible(
    leads: OpenLeads, gate: ALSGate
) -> tuple[Mapping[Key | None, Mapping[frozenset[Channel], int]], ScoreRange]:
    """Count the leads of each campaign by the channels that the gate opens and that reach them.

    The second value is the range of their scores.

    Shares do not matter. Campaigns come by ascending id; without campaigns the only key is None.
    Engines that can do so compute the counts where the data are.

    Raises:
        PlanError: bad or repeated values, or an engine that is not supported.
    """
    frame, columns, flags = leads.flagged, leads.columns, leads.flags
    if isinstance(frame, nw.LazyFrame) and frame.implementation.is_polars():
        names = {columns.score, *columns.key_columns(), *flags.values()}
        frame = collect(frame.select(*sorted(names)))
    if isinstance(frame, nw.LazyFrame):
        sizes, scores = count_eligible_in_engine(frame, columns, flags, gate)
    else:
        sizes, scores = count_eligible_in_memory(frame, columns, flags, gate)
    counts = {
        campaign: {SETS[mask]: size for mask, size in enumerate(row) if size}
        for campaign, row in sizes.items()
    }
    return counts, scores
