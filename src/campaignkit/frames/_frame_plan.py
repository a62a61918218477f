"""`FramePlan`: a frame whose leads have channels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

import narwhals as nw
from attrs import field, frozen

from campaignkit.domain._gate import ALSGate
from campaignkit.domain._lead_ids import LeadId, find_near_duplicates
from campaignkit.errors import PlanError
from campaignkit.frames._columns import Columns
from campaignkit.frames._eligibility import OpenLeads
from campaignkit.frames._terms import Key, Terms
from campaignkit.planning._totals import Totals

F = TypeVar("F")


@frozen
class FramePlan(Generic[F]):
    """A frame whose leads have channels, and the totals behind them.

    `frame` is of the kind that was given. `plans` has the totals of each campaign, and `terms` the
    terms under which it was planned, both by ascending id of the campaign, of the type that its
    column has; without campaigns the only key is None. `columns` are the names that were given, and
    `gate` is the gate under which all leads were planned.
    """

    frame: F
    plans: Mapping[Key | None, Totals]
    terms: Mapping[Key | None, Terms]
    columns: Columns
    gate: ALSGate
    _leads: OpenLeads = field(alias="leads", eq=False, repr=False)

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


def leads_of(plan: FramePlan[Any]) -> OpenLeads:
    """Return the leads of a plan as they were given, with their flags."""
    return plan._leads  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
