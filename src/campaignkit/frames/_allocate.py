"""`allocate`: plans over frames of any library."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from campaignkit.frames._arrow import IDS
from campaignkit.frames._columns import (
    ADDED,
    OWN,
    Columns,
    Reachable,
    column_kind_error,
    find_name_errors,
    read_reachable,
)
from campaignkit.frames._in_engine import allocate_in_engine
from campaignkit.frames._in_memory import allocate_in_memory
from campaignkit.frames._open_frame import Frame, Lazy, collect, ignores_case, open_frame
from campaignkit.frames._progress_bar import Begin, show_stages
from campaignkit.frames._reachability import add_flags
from campaignkit.frames._terms import Key, Terms, TermsByCampaign, TermsOf, read_terms
from campaignkit.frames._vectorized import Plans
from campaignkit.planning._totals import Overflow, Totals

F = TypeVar("F")


@frozen
class FramePlan(Generic[F]):
    """A frame whose leads have channels, and the totals behind them.

    `frame` is of the kind that was given. `plans` has the totals of each campaign, and `terms` the
    terms under which it was planned, both by ascending id of the campaign, of the type that its
    column has; without campaigns the only key is None. `columns` are the names that were given.
    """

    frame: F
    plans: Mapping[Key | None, Totals]
    terms: Mapping[Key | None, Terms]
    columns: Columns

    def __str__(self) -> str:
        with_channel = sum(totals.counts.total for totals in self.plans.values())
        campaigns = f"{len(self.plans):,} campaign{'' if len(self.plans) == 1 else 's'}"
        return f"{with_channel:,} leads with a channel in {campaigns}"

    @property
    def plan(self) -> Totals:
        """The totals of the only campaign.

        Raises:
            PlanError: there are several campaigns, or none.
        """
        if len(self.plans) != 1:
            raise PlanError([f"there are {len(self.plans):,} campaigns, not one"])
        return next(iter(self.plans.values()))

    @property
    def near_duplicates(self) -> tuple[tuple[str, ...], ...]:
        """Groups of ids of one campaign that may name the same person, as `Plan.near_duplicates`.

        Each access reads the ids of the frame into memory.
        """
        leads = nw.from_native(cast("Any", self.frame)).lazy()
        by_campaign: defaultdict[object, list[LeadId]] = defaultdict(list)
        for lead_id, *campaign in leads.select(*self.columns.key_columns()).collect().iter_rows():
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
) -> FramePlan[F]:
    """Give each lead of a frame the channel that `campaignkit.plan` gives it.

    The result's frame has three columns more: `tier`, `channel`, and, for a lead without a
    channel, the `reason`. `id` and `score` name columns. White space around ids is ignored, and
    null and NaN are no score.

    `reachable` maps channels to flags that tell which leads can be reached: the name of a column,
    a Series or an expression of the frame's library, a narwhals expression, or a function of the
    frame that returns one of these. The values are true and false, 1 and 0, or words for yes and
    no; null is no. On a channel that it does not name, every lead can be reached.

    With `campaign`, the name of a column, each campaign is planned separately, and `allocation` is
    an allocation or `Terms` for all of them, a mapping from campaigns to these, or a second frame
    with a row for each campaign. The other arguments are those of `plan`; `carried`, `at_most` and
    `overflow` apply to all terms that do not set their own. With `progress` a bar shows the
    progress.

    Frames in memory come back with their rows in their order and new columns of categories. Lazy
    frames come back lazy, but the call computes what the plan needs: of a Polars `LazyFrame` the
    ids, scores, campaigns and flags; of DuckDB, PySpark and Ibis (over DuckDB) frames only counts,
    so these frames must still hold the same leads when the result is computed.

    Raises:
        PlanError: columns are absent or of another kind, scores out of range, flags neither yes nor
            no, ids missing, blank or not unique, or campaigns without terms; lists all faults.
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
    columns = Columns(id, score, read_reachable(reachable, faults), campaign)
    leads = open_frame(frame, "expected a frame of leads", "the frame")
    present = leads.collect_schema().names()
    faults += find_name_errors(columns, present, ignores_case=ignores_case(leads.implementation))
    if not isinstance(gate, ALSGate):
        faults.append(f"gate must be an ALSGate, not {short_repr(gate)}")
    if fault := flag_error(progress):
        faults.append(f"progress {fault}")
    flagged, flags = add_flags(leads, {} if faults else columns.reachable or {}, faults)
    defaults = Terms(DEFAULT_ALLOCATION, carried, at_most, overflow)
    try:
        terms = _allocation_to_terms(allocation, columns, defaults)
    except PlanError as error:
        raise PlanError([*faults, *error.faults]) from None
    if faults:
        raise PlanError(faults)
    with show_stages(wanted=progress) as begin:
        planned, plans = _plan(leads, flagged, columns, flags, terms=terms, gate=gate, begin=begin)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        planned = planned.to_native()
    return FramePlan(cast("F", planned), plans, plans.terms, columns)


def _plan(
    leads: Frame,
    flagged: Frame,
    columns: Columns,
    flags: Mapping[int, str],
    *,
    terms: TermsOf,
    gate: ALSGate,
    begin: Begin,
) -> tuple[Any, Plans]:
    """Return the leads with the columns to be added, and each campaign's totals."""
    if isinstance(flagged, nw.LazyFrame) and not flagged.implementation.is_polars():
        return allocate_in_engine(flagged, columns, flags, terms, gate=gate, begin=begin)
    begin("reading the leads")
    if isinstance(flagged, nw.LazyFrame):
        flagged = _collect_columns(flagged, columns, flags)
    added, plans = allocate_in_memory(flagged, columns, flags, terms, gate=gate, begin=begin)
    if isinstance(leads, nw.LazyFrame):
        return _add_by_key(leads, flagged.with_columns(*added), columns.key_columns()), plans
    return leads.with_columns(*added), plans


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


# --- lazy frames of Polars ----------------------------------------------------------------------


def _collect_columns(leads: Lazy, columns: Columns, flags: Mapping[int, str]) -> nw.DataFrame[Any]:
    """Compute the columns of a lazy frame that a plan needs.

    Raises:
        PlanError: Polars cannot compute them, or ids are Python objects, which it cannot compare.
    """
    schema = leads.collect_schema()
    if objects := [name for name in columns.key_columns() if schema[name] == nw.Object]:
        raise PlanError([column_kind_error(name, IDS, "object") for name in objects])
    names = {*columns.key_columns(), columns.score, *flags.values()}
    return collect(leads.select(*sorted(names)))


def _add_by_key(leads: Lazy, planned: nw.DataFrame[Any], keys: Sequence[str]) -> Lazy:
    """Return a lazy frame with the columns that a plan adds, found by the keys of each row.

    Rows that come as they were collected are not looked up: a join takes longer than the plan.
    Rows whose keys were not planned get null.
    """
    polars: Any = leads.implementation.to_native_namespace()
    rows: Any = planned.select(*keys, *ADDED).to_native()
    known, added = rows.select(keys), rows.select(*ADDED).to_struct(_STRUCT)

    def find_added(columns: Sequence[Any]) -> Any:  # noqa: ANN401  # Series of Polars
        asked = polars.DataFrame(columns)
        if asked.equals(known):
            return added
        both = asked.join(rows, on=keys, how="left", maintain_order="left")
        return both.select(*ADDED).to_struct(_STRUCT)

    struct = polars.map_batches(keys, find_added, return_dtype=added.dtype).struct
    lazy: Lazy = nw.from_native(leads.to_native().with_columns(struct.unnest()))
    return lazy


_STRUCT = f"{OWN}added"
