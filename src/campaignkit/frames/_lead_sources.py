"""Frames and results of `allocate` as leads for advice, forecasts and comparisons."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, TypeGuard, cast

import narwhals as nw
import numpy as np

from campaignkit.core._channels import ALL, SETS, Channel
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._leads import Lead
from campaignkit.domain._scale import read_scale
from campaignkit.errors import PlanError, PlanWarning
from campaignkit.frames._arrow import IDS, ArrowColumn, Scores, find_scored
from campaignkit.frames._columns import Columns, read_reachable
from campaignkit.frames._eligibility import OpenLeads, count_eligible, open_lead_frame
from campaignkit.frames._frame_plan import FramePlan, leads_of
from campaignkit.frames._in_memory import read_reach, read_scores
from campaignkit.frames._open_frame import collect
from campaignkit.frames._planned_rows import ScoreRange
from campaignkit.frames._rows_in_memory import find_score_range
from campaignkit.frames._score_warning import find_score_warning
from campaignkit.frames._terms import Key
from campaignkit.planning._lead_sources import FrameColumns


def find_gate(source: object) -> ALSGate | None:
    """Return the gate of a result; a frame has none."""
    return source.gate if _is_result(source) else None


def count_leads(
    source: object, gate: ALSGate, columns: FrameColumns
) -> Mapping[frozenset[Channel], int]:
    """Return how many leads of a frame or a result may get which channels.

    Raises:
        PlanError: several campaigns, invalid columns, or bad values in them.
    """
    opened, campaign = _open_source(source, columns)
    counts, scores = count_eligible(opened, gate)
    _warn_of_scale(source, opened, scores)
    return counts.get(campaign, {})  # it may have no leads


def list_leads(source: object, columns: FrameColumns) -> list[Lead]:
    """Return the leads of a frame or a result.

    Raises:
        PlanError: several campaigns, invalid columns, or bad values in them.
    """
    opened, campaign = _open_source(source, columns)
    frame, names, flags = opened.flagged, opened.columns, opened.flags
    if isinstance(frame, nw.LazyFrame):
        wanted = {*names.key_columns(), names.score, *flags.values()}
        frame = collect(frame.select(*sorted(wanted)))
    faults: list[str] = []
    scores = read_scores(frame, names, faults)
    reach = read_reach(frame, flags, faults)
    ids = ArrowColumn.of(frame[names.id], names.id, IDS, faults).as_ids(faults)
    is_wanted = np.ones(len(frame), np.bool_)
    if names.campaign is not None:
        keys = ArrowColumn.of(frame[names.campaign], names.campaign, IDS, faults)
        distinct, numbers = keys.read_keys(faults)
        is_wanted = np.array([key == campaign for key in distinct], np.bool_)[numbers]
    if faults:
        raise PlanError(faults)
    _warn_of_scale(source, opened, find_score_range(scores))
    masks = [ALL] * len(frame) if reach is None else reach.tolist()
    rows = zip(ids.values.to_pylist(), _list_scores(scores), masks, is_wanted, strict=True)
    return [Lead(lead_id, score, SETS[mask]) for lead_id, score, mask, wanted in rows if wanted]


def _warn_of_scale(source: object, opened: OpenLeads, scores: ScoreRange) -> None:
    """Warn as `allocate` does; the call that made a result has warned already."""
    sentence = None if _is_result(source) else find_score_warning(scores, opened.columns)
    if sentence is not None:
        # The caller of a public function, which goes through a hook, a reader and this function.
        warnings.warn(sentence, PlanWarning, stacklevel=6)


def _list_scores(scores: Scores) -> list[int | float | None]:
    scored: list[bool] = find_scored(scores).tolist()
    return [score if has else None for score, has in zip(scores.tolist(), scored, strict=True)]


def _is_result(source: object) -> TypeGuard[FramePlan[Any]]:
    return isinstance(source, FramePlan)


def _open_source(source: object, columns: FrameColumns) -> tuple[OpenLeads, Key | None]:
    """Return the leads of a frame, or those of a result and its only campaign."""
    if _is_result(source):
        return _open_result(source, columns)
    faults: list[str] = []
    given = {
        **columns,
        "reachable": read_reachable(columns.get("reachable"), faults),
        "scale": read_scale(columns.get("scale"), faults),
    }
    _, opened = open_lead_frame(source, Columns(**cast("Any", given)), faults, adds=False)
    if faults:
        raise PlanError(faults)
    return opened, None


def _open_result(result: FramePlan[Any], columns: FrameColumns) -> tuple[OpenLeads, Key | None]:
    faults = [f"{name} is for a dataframe; a result knows its own columns" for name in columns]
    if len(result.plans) != 1:
        several = f"the result has {len(result.plans):,} campaigns, not one"
        faults.append(f"{several}; `for_campaign` returns that of one of them")
    if faults:
        raise PlanError(faults)
    return leads_of(result), next(iter(result.plans))
