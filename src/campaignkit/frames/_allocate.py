"""Plans over frames of any engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

import narwhals as nw
from attrs import evolve, frozen

from campaignkit.core._channels import PerChannel
from campaignkit.core._checks import flag_error, short_repr
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate
from campaignkit.domain._lead_ids import LeadId, find_near_duplicates
from campaignkit.errors import PlanError
from campaignkit.frames._codes import ADDED
from campaignkit.frames._columns import Columns, Reachable, column_faults, read_reachable
from campaignkit.frames._eager import allocate_eager
from campaignkit.frames._lazy import allocate_lazy
from campaignkit.frames._open_frame import Frame, open_frame
from campaignkit.frames._polars_lazy import add_by_key, collect_columns
from campaignkit.frames._progress_bar import STAGES, stages
from campaignkit.frames._reachability import with_flags
from campaignkit.frames._terms import Key, Terms, TermsByCampaign, TermsOf, read_terms
from campaignkit.planning._totals import Overflow, Totals

F = TypeVar("F")


@frozen
class Allocated(Generic[F]):
    """A frame whose leads have their channels, and the totals behind them.

    `frame` is of the kind that was given. `plans` has for each campaign what each channel gets,
    its target and the bottlenecks between, and `terms` on what terms that was, both in the order of
    the campaigns' ids, which are as in their column; where all leads are of one campaign its key is
    None. `columns` are those that were named.
    """

    frame: F
    plans: Mapping[Key | None, Totals]
    terms: Mapping[Key | None, Terms]
    columns: Columns

    def __str__(self) -> str:
        given = sum(totals.counts.total for totals in self.plans.values())
        number = len(self.plans)
        return f"{given:,} leads with a channel in {number:,} campaign{'' if number == 1 else 's'}"

    @property
    def plan(self) -> Totals:
        """The totals of the only campaign.

        Raises:
            PlanError: there are several, or none.
        """
        if len(self.plans) != 1:
            raise PlanError([f"there are {len(self.plans):,} campaigns, not one"])
        return next(iter(self.plans.values()))

    @property
    def near_duplicates(self) -> tuple[tuple[str, ...], ...]:
        """Groups of ids of one campaign that may name the same person, as `Plan.near_duplicates`.

        The ids are read from the frame, and brought into memory, each time this is asked for.
        """
        leads = nw.from_native(cast("Any", self.frame)).lazy()
        by_campaign: defaultdict[object, list[LeadId]] = defaultdict(list)
        for lead_id, *campaign in leads.select(*self.columns.keys()).collect().iter_rows():
            by_campaign[tuple(campaign)].append(lead_id)
        return tuple(
            sorted(group for ids in by_campaign.values() for group in find_near_duplicates(ids))
        )


def allocate(
    frame: F,
    allocation: Allocation | Terms | Mapping[Any, Any] | Any,  # noqa: ANN401  # or any frame
    *,
    id: str = "lead_id",  # noqa: A002  # it is what the column holds
    score: str = "als_score",
    reachable: Reachable | None = None,
    campaign: str | None = None,
    gate: ALSGate = DEFAULT_GATE,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow | None = None,
    progress: bool = False,
) -> Allocated[F]:
    """Give each lead of a frame a channel, as `campaignkit.plan` does; the answer is the same.

    The frame comes back as it was, with three columns more: `tier`, `channel`, and where there is
    none its `reason`. `id` and `score` name columns; white space around ids does not count, and a
    missing score, null or NaN, is none.

    `reachable` has for each channel what is true where a lead can be reached on it: the name of a
    column, a Series of the frame's own library beside its rows, an expression of that library or of
    narwhals, or a function that is given the frame and returns one of these. It holds true and
    false, 1 and 0, or the words for yes and no that files may have; null is no. A channel that it
    does not name reaches everybody.

    With `campaign`, a column, each campaign's leads are planned for themselves, and `allocation`
    is an allocation for all of them or `Terms`, a mapping from campaigns to these, or a second
    frame with a row for each campaign (`Terms`). The other arguments are those of `plan`;
    `carried`, `at_most` and `overflow` complete all terms that do not give their own. With
    `progress` a bar shows how far the work is.

    Frames in memory come back with their rows in their order and new columns of categories. Lazy
    frames come back lazy, but the call computes what the plan needs: of a Polars `LazyFrame` the
    ids, scores, campaigns and flags; of DuckDB, PySpark and Ibis (over DuckDB) frames only counts,
    so these frames must still hold the same leads when the result is computed.

    Raises:
        PlanError: columns that are not there or hold something else, scores out of range, flags
            that are neither yes nor no, ids that are missing, blank or not unique, campaigns
            without terms; all that is wrong.
        CountsError: bad `carried` or `at_most`.

    >>> import pyarrow as pa
    >>> leads = pa.table({"lead_id": ["a", "b", "c"], "als_score": [90, 50, None]})
    >>> done = allocate(leads, Allocation(email=50, sms=50))
    >>> done.frame["channel"].to_pylist(), done.frame["reason"].to_pylist()
    (['sms', 'email', None], [None, None, 'unscored'])
    >>> done.plan.counts["sms"], done.plan.bottlenecks
    (1, ())
    """
    faults: list[str] = []
    columns = Columns(id, score, read_reachable(reachable, faults), campaign)
    leads = open_frame(frame, "expected a frame of leads", "the frame")
    engine = leads.implementation
    ignores_case = engine.is_duckdb() or engine.is_ibis() or engine.is_pyspark()
    there = leads.collect_schema().names()
    faults += column_faults(columns, there, ignores_case=ignores_case)
    if not isinstance(gate, ALSGate):
        faults.append(f"gate must be an ALSGate, not {short_repr(gate)}")
    if fault := flag_error(progress):
        faults.append(f"progress {fault}")
    flagged, flags = with_flags(leads, {} if faults else columns.reachable or {}, faults)
    try:
        terms = _terms(allocation, columns, Terms(DEFAULT_ALLOCATION, carried, at_most, overflow))
    except PlanError as error:
        raise PlanError([*faults, *error.faults]) from None
    if faults:
        raise PlanError(faults)
    done: Frame
    with stages(STAGES, wanted=progress) as begin:
        if isinstance(flagged, nw.LazyFrame) and not engine.is_polars():
            done, plans = allocate_lazy(flagged, columns, flags, terms, gate=gate, begin=begin)
            done = done.select(*there, *ADDED)
        else:
            begin("reading the leads")
            keys = columns.keys()
            needed = [*keys, columns.score, *flags.values()]
            if isinstance(flagged, nw.LazyFrame):
                flagged = collect_columns(flagged, needed, keys)
            added, plans = allocate_eager(flagged, columns, flags, terms, gate=gate, begin=begin)
            if isinstance(leads, nw.LazyFrame):
                done = add_by_key(leads, flagged.select(*keys).with_columns(*added), keys)
            else:
                done = leads.with_columns(*added)
    native = cast("F", done if isinstance(frame, nw.DataFrame | nw.LazyFrame) else done.to_native())
    return Allocated(native, plans, plans.terms, columns)


def _terms(allocation: object, columns: Columns, common: Terms) -> TermsOf:
    """Return the terms of each campaign; without a column of campaigns there is but one, None."""
    if isinstance(allocation, Terms):
        one = allocation.completed(common)
    elif isinstance(allocation, Allocation):
        one = evolve(common, allocation=allocation)
    elif columns.campaign is None or isinstance(allocation, Campaign):
        if isinstance(allocation, Mapping):
            wanted = "an Allocation or Terms; a mapping needs `campaign`, a column of its keys"
            raise PlanError(
                [f"allocation must be {wanted}, not {short_repr(cast('object', allocation))}"]
            )
        one = Terms(cast("Allocation", allocation))
    else:
        return read_terms(allocation, columns.campaign, common)
    return one if columns.campaign is not None else TermsByCampaign({None: one})
