"""`FramePlan`: a frame whose leads have channels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeAlias, TypeVar, cast
from uuid import UUID

import narwhals as nw
from attrs import evolve, field, frozen

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.core._checks import check_kinds, short_repr
from campaignkit.core._decisions import Reason
from campaignkit.core._display import DisplayMixin
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._make_frame import BACKENDS, make_frame_of_rows
from campaignkit.core._sentences import format_count
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.domain._lead_ids import LeadId, find_near_duplicates
from campaignkit.domain._leads import check_id, name_some
from campaignkit.errors import PlanError
from campaignkit.frames._columns import Columns
from campaignkit.frames._eligibility import OpenLeads
from campaignkit.frames._open_frame import Frame
from campaignkit.frames._rows_in_engine import RowsInEngine
from campaignkit.frames._rows_in_memory import RowsInMemory
from campaignkit.frames._terms import Key, Terms
from campaignkit.frames._vectorized import Plans
from campaignkit.planning._explanations import (
    Explanation,
    explain_lead,
    explain_nobody_placed,
    needs_place,
)
from campaignkit.planning._totals import Totals

F = TypeVar("F")

PlannedRows: TypeAlias = RowsInMemory | RowsInEngine
"""The rows of a plan: arrays in memory, or a query of an engine."""


@frozen
class FramePlan(DisplayMixin, Generic[F]):
    """A frame whose leads have channels, and the totals behind them.

    Notebooks and `as_text` show what each channel was asked to get and got, which tiers got which
    channels, and who got nothing and why; for several campaigns, a summary. For a lazy frame this,
    `explain`, `flow` and `unassigned_counts` run queries: the frame must still hold the same leads.

    Attributes:
        frame: The frame with the columns `tier`, `channel` and `reason`, of the kind that was
            given.
        plans: The totals of each campaign, by ascending id of the type that its column has. Without
            campaigns the only key is None.
        terms: The terms under which each campaign was planned, by the same ids.
        columns: The names of columns that were given.
        gate: The channels that each score opens.

    >>> import pyarrow as pa
    >>> import campaignkit as ck
    >>> from campaignkit.frames import allocate
    >>> leads = pa.table({"lead_id": ["a", "b", "c"], "als_score": [90, 70, 5]})
    >>> print(allocate(leads, ck.Allocation(email=100)))
    2 leads with a channel in 1 campaign
    """

    frame: F
    plans: Mapping[Key | None, Totals]
    terms: Mapping[Key | None, Terms]
    columns: Columns
    gate: ALSGate
    _leads: OpenLeads = field(alias="leads", eq=False, repr=False)
    _rows: PlannedRows = field(alias="rows", eq=False, repr=False)
    _score_warning: str | None = field(alias="score_warning", eq=False, repr=False)

    def __str__(self) -> str:
        with_channel = sum(totals.counts.total for totals in self.plans.values())
        leads, campaigns = (
            format_count(with_channel, "lead"),
            format_count(len(self.plans), "campaign"),
        )
        return f"{leads} with a channel in {campaigns}"

    @property
    def plan(self) -> Totals:
        """The totals of the only campaign.

        Raises:
            PlanError: there are several campaigns, or none.
        """
        if len(self.plans) != 1:
            several = f"the result has {len(self.plans):,} campaigns, not one"
            raise PlanError([f"{several}; `plans` has the totals of each"])
        return next(iter(self.plans.values()))

    @property
    def unassigned_counts(self) -> Mapping[Reason, int]:
        """How many leads have no channel, by reason; over all campaigns.

        Raises:
            PlanError: the frame is lazy, and its engine cannot compute it any more.

        >>> import pyarrow as pa
        >>> import campaignkit as ck
        >>> from campaignkit.frames import allocate
        >>> leads = pa.table({"lead_id": ["a", "b", "c"], "als_score": [90, 5, 5]})
        >>> allocate(leads, ck.Allocation(email=100)).unassigned_counts[ck.Reason.DEAD_TIER]
        2
        """
        total: Counter[Reason] = Counter()
        for reasons in self._rows.counts.reasons.values():
            total.update({reason: n for reason, n in reasons.items() if reason is not None})
        return FrozenMap({reason: total[reason] for reason in Reason if total[reason]})

    def flow(self) -> Mapping[tuple[ALSTier | None, Channel | None], int]:
        """Return how many leads of each tier got each channel, where there are any.

        The tier None stands for no score, the channel None for no channel. Campaigns are added up.

        Raises:
            PlanError: the frame is lazy, and its engine cannot compute it any more.

        >>> import pyarrow as pa
        >>> import campaignkit as ck
        >>> from campaignkit.frames import allocate
        >>> leads = pa.table({"lead_id": ["a", "b", "c"], "als_score": [90, 70, 95]})
        >>> allocate(leads, ck.Allocation(email=100)).flow()[ck.ALSTier.HOT, ck.Channel.EMAIL]
        2
        """
        return FrozenMap(self._rows.counts.flow)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on what is probably not as intended, as the call warned of it."""
        placed = sum(totals.counts.total for totals in self.plans.values())
        nobody = None if placed else explain_nobody_placed(placed, self.unassigned_counts)
        return tuple(sentence for sentence in (self._score_warning, nobody) if sentence)

    def explain(self, lead_id: LeadId, *, campaign: Key | None = None) -> Explanation:
        """Say in one sentence why a lead gets its channel, or none, as `Plan.explain` does.

        Args:
            lead_id: The id of a lead of the frame.
            campaign: The id of the lead's campaign. Needed only if leads of several campaigns have
                the id.

        Raises:
            PlanError: there is no such lead or campaign, or leads of several campaigns have the id;
                or the frame is lazy, and its engine cannot compute it any more.

        >>> import pyarrow as pa
        >>> import campaignkit as ck
        >>> from campaignkit.frames import allocate
        >>> leads = pa.table({"lead_id": ["a", "b"], "als_score": [25, 10]})
        >>> print(allocate(leads, ck.Allocation(email=50, sms=50)).explain("a"))
        'a' gets email: a cold lead (score 25) may get only email
        """
        lead_id = check_id(lead_id)
        within = None if campaign is None else self._check_campaign(campaign)
        found = self._rows.find(lead_id)
        if within is not None:
            found = [one for one in found if one.campaign == within]
        if not found:
            where = "the plan" if within is None else f"campaign {short_repr(campaign)}"
            raise PlanError([f"lead_id: {where} has no lead {short_repr(lead_id)}"])
        if len(found) > 1:
            several = name_some(sorted(str(one.campaign) for one in found))
            raise PlanError(
                [f"lead_id: {short_repr(lead_id)} is in several campaigns, so name one: {several}"]
            )
        one = found[0]
        place = None
        if needs_place(one.mask, one.reason):
            place = self._plans.find_place(one.campaign, one.mask, one.rank)
        return explain_lead(
            one.lead,
            one.channel,
            one.reason,
            gate=self.gate,
            allocation=self.terms[one.campaign].allocation,
            place=place,
        )

    def for_campaign(self, campaign: Key) -> FramePlan[F]:
        """Return the plan of one of several campaigns: its rows, its totals and its terms.

        Args:
            campaign: The id of the campaign.

        Raises:
            PlanError: there is no such campaign, or the frame has no column of campaigns.

        >>> import pyarrow as pa
        >>> import campaignkit as ck
        >>> from campaignkit.frames import allocate
        >>> leads = pa.table({"lead_id": ["a", "a"], "als_score": [90, 5], "team": ["x", "y"]})
        >>> done = allocate(leads, ck.Allocation(email=100), campaign="team")
        >>> done.for_campaign("y").frame.num_rows, done.for_campaign("y").plan.counts.total
        (1, 0)
        """
        key = self._check_campaign(campaign)
        frame: Frame = nw.from_native(cast("Any", self.frame))
        rows, frame = self._rows.pick(key, frame)
        if isinstance(frame, nw.LazyFrame) and frame.implementation.is_polars():
            frame = frame.filter(nw.col(str(self.columns.campaign)).cast(nw.String) == str(key))
        is_opened = isinstance(self.frame, nw.DataFrame | nw.LazyFrame)
        picked: Any = frame if is_opened else frame.to_native()
        plans = self._plans.pick(key)
        return evolve(self, frame=picked, plans=plans, terms=plans.terms, rows=rows)

    def to_frame(self, backend: str | None = None) -> Any:  # noqa: ANN401  # of each library
        """Return the totals as a dataframe: a row for each campaign and channel.

        Its columns are `campaign` (only if the leads have one; UUIDs as text), `channel`, `asked`
        in percent, `target`, `given`, their `difference`, and `share`: the percentage of all leads
        so far that the channel got, with those that were carried, or null without leads.

        Args:
            backend: The library of the dataframe: "pandas", "polars" or "pyarrow". By default that
                of the given frame, and PyArrow for DuckDB, PySpark and Ibis.

        Raises:
            PlanError: another library.
            MissingExtraError: the library is not installed.

        >>> import pyarrow as pa
        >>> import campaignkit as ck
        >>> from campaignkit.frames import allocate
        >>> leads = pa.table({"lead_id": ["a", "b"], "als_score": [90, 25]})
        >>> totals = allocate(leads, ck.Allocation(email=50, sms=50)).to_frame()
        >>> totals.select(["channel", "given", "share"]).to_pylist()[0]
        {'channel': 'email', 'given': 1, 'share': 50.0}
        """
        engine = nw.from_native(cast("Any", self.frame)).implementation.value
        names = ["channel", "asked", "target", "given", "difference", "share"]
        rows = [
            (str(key) if isinstance(key, UUID) else key, *row)
            for key in self.plans
            for row in _list_channel_rows(self.terms[key], self.plans[key])
        ]
        backend = (engine if engine in BACKENDS else "pyarrow") if backend is None else backend
        if self.columns.campaign is not None:
            return make_frame_of_rows(["campaign", *names], rows, backend)
        return make_frame_of_rows(names, [row[1:] for row in rows], backend)

    @property
    def _plans(self) -> Plans:
        return cast("Plans", self.plans)

    def _check_campaign(self, campaign: Key) -> Key:
        """Return the id of a campaign of the plan, in the form that its column has.

        Raises:
            PlanError: there is no such campaign.
        """
        check_kinds(PlanError, campaign=(campaign, (str, int, UUID)))
        if self.columns.campaign is None:
            raise PlanError(["campaign: all leads are of one campaign, which has no id"])
        key = self._plans.terms.find_key(campaign)
        if key is None or key not in self.plans:
            there = name_some([str(one) for one in self.plans])
            missing = f"campaign: the plan has no campaign {short_repr(campaign)}"
            raise PlanError([f"{missing}; there are {there}"])
        return key

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


def _list_channel_rows(
    terms: Terms, totals: Totals
) -> Iterator[tuple[str, int, int, int, int, float | None]]:
    """List for each channel its name, what was asked, target, given, difference, and share."""
    together = terms.carried + totals.counts
    for channel in CHANNELS:
        target, given = totals.target[channel], totals.counts[channel]
        share = 100 * together[channel] / together.total if together.total else None
        asked = terms.allocation[channel]
        yield channel.value, asked, target, given, given - target, share


def leads_of(plan: FramePlan[Any]) -> OpenLeads:
    """Return the leads of a plan as they were given, with their flags."""
    return plan._leads  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def rows_of(plan: FramePlan[Any]) -> PlannedRows:
    """Return the planned rows of a plan."""
    return plan._rows  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
