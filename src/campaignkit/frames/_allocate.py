"""`allocate`: plans over frames of any library."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, cast

import narwhals as nw
from attrs import evolve

from campaignkit.core._channels import PerChannel
from campaignkit.core._checks import flag_error, short_repr
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate
from campaignkit.domain._scale import read_scale
from campaignkit.errors import PlanError, PlanWarning
from campaignkit.frames._columns import (
    ADDED,
    Columns,
    Reachable,
    read_reachable,
)
from campaignkit.frames._eligibility import OpenLeads, open_lead_frame
from campaignkit.frames._frame_plan import F, FramePlan, PlannedRows
from campaignkit.frames._in_engine import allocate_in_engine
from campaignkit.frames._in_memory import allocate_in_memory
from campaignkit.frames._kept_columns import add_by_key, keep_columns
from campaignkit.frames._open_frame import Frame
from campaignkit.frames._progress_bar import Begin, show_stages
from campaignkit.frames._score_warning import find_score_warning
from campaignkit.frames._terms import Terms, TermsByCampaign, TermsOf, read_terms
from campaignkit.frames._vectorized import Plans
from campaignkit.planning._totals import Overflow


def allocate(
    frame: F,
    allocation: Allocation | Terms | Mapping[Any, Any] | Any,  # noqa: ANN401  # or any frame
    *,
    id: str = "lead_id",  # noqa: A002  # it is what the column holds
    score: str = "als_score",
    scale: tuple[float, float] | None = None,
    reachable: Reachable | None = None,
    campaign: str | None = None,
    gate: ALSGate = DEFAULT_GATE,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow | None = None,
    progress: bool = False,
) -> FramePlan[F]:
    """Give each lead of a frame the channel that `campaignkit.plan` gives it.

    The result's frame has three columns more: `tier`, `channel`, and, for a lead without a
    channel, the `reason`.

    Frames in memory come back with their rows in their order and new columns of categories. Lazy
    frames come back lazy, but the call computes what the plan needs: of a Polars `LazyFrame` the
    ids, scores, campaigns and flags; of DuckDB, PySpark and Ibis (over DuckDB) frames only counts,
    so these frames must still hold the same leads when the result is computed.

    A `PlanWarning` says that no score is above 1, or above 10, or that no lead gets a channel, and
    what to do. The result has it in `warnings`.

    Args:
        frame: A frame of pandas, Polars, Arrow, DuckDB, PySpark, Ibis or narwhals.
        allocation: The share of each channel, or `Terms`. With `campaign` it may also be a mapping
            from campaigns to these, or a second frame with a row for each campaign.
        id: The column of ids. White space around them is ignored.
        score: The column of scores. Null and NaN are no score.
        scale: The lowest and the highest score, 0 and 100 by default: with (0, 1), 0.85 is planned
            as 85. Mapped scores are rounded to five decimal places; the frame keeps its own.
        reachable: Which leads can be reached on some channels: for each channel the name of a
            column, a Series or an expression of the frame's library, a narwhals expression, or a
            function of the frame that returns one of these. The values are true and false, 1 and 0,
            or words for yes and no; null is no. On channels not named, every lead can be reached.
        campaign: The column of campaigns; each is planned separately. One campaign by default.
        gate: The channels that each score opens.
        carried: What each channel was given before. This, `at_most` and `overflow` apply to all
            terms that do not set their own.
        at_most: The most leads that a channel may get now. Channels not named have no cap.
        overflow: What to do with leads whose turn falls on a channel that they may not get;
            `REASSIGN` by default.
        progress: Whether to show a bar of the progress.

    Raises:
        PlanError: columns are absent or of another kind, `scale` is invalid, scores out of range,
            flags neither yes nor no, ids missing, blank or not unique, or campaigns without terms;
            lists all faults.
        CountsError: `carried` or `at_most` is invalid.

    >>> import pyarrow as pa
    >>> leads = pa.table({"lead_id": ["a", "b", "c"], "als_score": [90, 50, None]})
    >>> done = allocate(leads, Allocation(email=50, sms=50))
    >>> done.frame["channel"].to_pylist(), done.frame["reason"].to_pylist()
    (['sms', 'email', None], [None, None, 'unscored'])
    >>> done.plan.counts["sms"], done.plan.bottlenecks
    (1, ())
    """
    faults: list[str] = []
    columns = Columns(
        id, score, read_reachable(reachable, faults), campaign, read_scale(scale, faults)
    )
    if not isinstance(gate, ALSGate):
        faults.append(f"gate must be an ALSGate, not {short_repr(gate)}")
    if fault := flag_error(progress):
        faults.append(f"progress {fault}")
    leads, opened = open_lead_frame(frame, columns, faults, adds=True)
    defaults = Terms(DEFAULT_ALLOCATION, carried, at_most, overflow)
    try:
        terms = _allocation_to_terms(allocation, columns, defaults)
    except PlanError as error:
        raise PlanError([*faults, *error.faults]) from None
    if faults:
        raise PlanError(faults)
    with show_stages(wanted=progress) as begin:
        if isinstance(opened.flagged, nw.DataFrame) or opened.flagged.implementation.is_polars():
            begin("reading the leads")
            names = {columns.score, *opened.flags.values()}
            flagged = keep_columns(opened.flagged, columns.key_columns(), names)
            opened = evolve(opened, flagged=flagged)
        planned, plans, rows = _plan(leads, opened, terms=terms, gate=gate, begin=begin)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        planned = planned.to_native()
    made = FramePlan(
        cast("F", planned),
        plans,
        plans.terms,
        columns,
        gate,
        opened,
        rows,
        find_score_warning(rows.scores, columns),
    )
    for sentence in made.warnings:
        warnings.warn(sentence, PlanWarning, stacklevel=2)
    return made


def _plan(
    leads: Frame, opened: OpenLeads, *, terms: TermsOf, gate: ALSGate, begin: Begin
) -> tuple[Any, Plans, PlannedRows]:
    """Return the leads with the columns to be added, each campaign's totals, and planned rows."""
    flagged, columns, flags = opened.flagged, opened.columns, opened.flags
    if isinstance(flagged, nw.LazyFrame):
        return allocate_in_engine(flagged, columns, flags, terms, gate=gate, begin=begin)
    added, plans, rows = allocate_in_memory(flagged, columns, flags, terms, gate=gate, begin=begin)
    if isinstance(leads, nw.LazyFrame):
        planned = flagged.with_columns(*added)
        lazy = add_by_key(leads, planned, columns.key_columns(), tuple(ADDED))
        return lazy, plans, rows
    return leads.with_columns(*added), plans, rows


def _allocation_to_terms(allocation: object, columns: Columns, defaults: Terms) -> TermsOf:
    """Return the terms of each campaign; without a column of campaigns the only one is None."""
    if isinstance(allocation, Terms):
        one = allocation.with_defaults(defaults)
    elif isinstance(allocation, Allocation):
        one = evolve(defaults, allocation=allocation)
    elif columns.campaign is None or isinstance(allocation, Campaign):
        if isinstance(allocation, Mapping):
            wanted = "an Allocation or Terms; a mapping needs `campaign`, a column of its keys"
            raise PlanError(
                [f"allocation must be {wanted}, not {short_repr(cast('object', allocation))}"]
            )
        one = Terms(cast("Allocation", allocation))
    else:
        return read_terms(allocation, columns.campaign, defaults)
    return one if columns.campaign is not None else TermsByCampaign({None: one})
