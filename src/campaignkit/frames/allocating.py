"""Plans over frames of any engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

import narwhals as nw
from attrs import frozen

from campaignkit.domain.allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain.als import DEFAULT_GATE, ALSGate
from campaignkit.domain.channels import PerChannel
from campaignkit.domain.checks import shown
from campaignkit.domain.frozen import FrozenMap
from campaignkit.errors import PlanError
from campaignkit.frames.columns import Columns, Reachable, column_faults
from campaignkit.frames.eager import allocate_eager
from campaignkit.frames.lazy import allocate_lazy
from campaignkit.frames.progress import STAGES, stages
from campaignkit.frames.terms import Key, Terms, TermsOf, read_terms
from campaignkit.planning.apportion import Overflow, Totals

__all__ = ["Allocated", "allocate"]

F = TypeVar("F")


@frozen
class Allocated(Generic[F]):
    """A frame whose leads have their channels, and the totals behind them.

    `frame` is of the kind that was given. `plans` has for each campaign what each channel gets,
    its target and the bottlenecks between, and `terms` on what terms that was; where all leads are
    of one campaign its key is None. `columns` are those that were named.
    """

    frame: F
    plans: Mapping[Key | None, Totals]
    terms: Mapping[Key | None, Terms]
    columns: Columns

    @property
    def plan(self) -> Totals:
        """The totals of the only campaign.

        Raises:
            PlanError: there are several, or none.
        """
        if len(self.plans) != 1:
            raise PlanError([f"there are {len(self.plans):,} campaigns, not one"])
        return next(iter(self.plans.values()))


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
    overflow: Overflow = Overflow.REASSIGN,
    progress: bool = False,
) -> Allocated[F]:
    """Give each lead of a frame a channel, as `campaignkit.plan` does; the answer is the same.

    The frame comes back as it was, with three columns more: `tier`, `channel`, and where there is
    none its `reason`. `id` and `score` name columns. `reachable` has for each channel a column, or
    a narwhals expression, that is true where a lead can be reached on it (null is no); a channel
    that it does not name reaches everybody. A missing score, null or NaN, is none.

    With `campaign`, a column, each campaign's leads are planned for themselves, and `allocation`
    is an allocation for all of them, a mapping from campaigns to allocations or `Terms`, or a
    second frame with a row for each campaign (`Terms`). The other arguments are those of `plan`;
    they complete plain allocations. With `progress` a bar shows how far the work is.

    Frames in memory come back with their rows in their order and new columns of categories; lazy
    Polars, DuckDB, PySpark and Ibis (over DuckDB) frames come back lazy, but the leads are counted
    and their ids looked at now: when it is computed the frame must still hold the same leads.

    Raises:
        PlanError: columns that are not there or hold something else, scores out of range, ids that
            are missing, blank or not unique, campaigns without terms; all that is wrong.
        CountsError: bad `carried` or `at_most`.

    >>> import pyarrow as pa
    >>> leads = pa.table({"lead_id": ["a", "b", "c"], "als_score": [90, 50, None]})
    >>> done = allocate(leads, Allocation(email=50, sms=50))
    >>> done.frame["channel"].to_pylist(), done.frame["reason"].to_pylist()
    (['sms', 'email', None], [None, None, 'unscored'])
    >>> done.plan.counts["sms"], done.plan.bottlenecks
    (1, ())
    """
    columns = Columns(id, score, reachable, campaign)
    try:
        leads: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(cast("Any", frame))
    except TypeError as error:
        raise PlanError([f"expected a frame of leads, not {shown(frame)}"]) from error
    faults = column_faults(columns, leads.collect_schema().names())
    try:
        terms = _terms(allocation, columns, carried, at_most, overflow)
    except PlanError as error:
        raise PlanError([*faults, *error.faults]) from None
    if faults:
        raise PlanError(faults)
    done: nw.DataFrame[Any] | nw.LazyFrame[Any]
    with stages(STAGES, wanted=progress) as begin:
        if isinstance(leads, nw.LazyFrame):
            done, plans = allocate_lazy(leads, columns, terms, gate, begin)
        else:
            done, plans = allocate_eager(leads, columns, terms, gate, begin)
    each = dict.fromkeys(plans, terms) if isinstance(terms, Terms) else terms
    native = cast("F", done.to_native())
    return Allocated(native, plans, FrozenMap(each), columns)


def _terms(
    allocation: object,
    columns: Columns,
    carried: PerChannel | None,
    at_most: PerChannel | None,
    overflow: Overflow,
) -> TermsOf:
    """Return the terms of each campaign; without a column of campaigns there is but one, None."""
    if isinstance(allocation, Terms):
        common = allocation
    elif isinstance(allocation, Allocation) or columns.campaign is None:
        common = Terms(cast("Allocation", allocation), carried, at_most, overflow)
    else:
        others = Terms(DEFAULT_ALLOCATION, carried, at_most, overflow)
        return read_terms(allocation, columns.campaign, others)
    return common if columns.campaign is not None else {None: common}
