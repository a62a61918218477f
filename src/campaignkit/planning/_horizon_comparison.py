"""Comparisons of horizons: the same campaign and leads, planned for more or fewer days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Unpack

from attrs import frozen

from campaignkit.core._checks import check_kinds, is_frame, short_repr, to_list
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import format_count
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._clients import ClientState
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._horizons import (
    ForecastHorizon,
    forecast_horizon_error,
    missing_end_error,
    to_forecast_horizon,
)
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.errors import PlanError
from campaignkit.planning._forecast import Forecast, forecast
from campaignkit.planning._lead_sources import (
    FRAME_HOOKS,
    FrameColumns,
    LeadSource,
    check_column_names,
    choose_gate,
)

_MOST_FAULTS = 5


@frozen
class HorizonComparison(TypedBase, Mapping[str, Forecast]):
    """The forecasts of a campaign with several horizons, in the order given, by their names.

    Attributes:
        forecasts: The forecast with each horizon, such as "1", "20" or "pool".

    >>> from datetime import date
    >>> from uuid import UUID
    >>> from campaignkit import Allocation
    >>> campaign = Campaign.draft(
    ...     client_id=UUID(int=2), name="Sydney agencies", daily_lead_limit=10,
    ...     allocation=Allocation(email=90, sms=10), start_date=date(2026, 11, 23),
    ... )
    >>> compared = compare_horizons(campaign, {"hot": 4, "cold": 36}, [1, "pool"], days=4)
    >>> {name: each.counts["sms"] for name, each in compared.items()}
    {'1': 1, 'pool': 4}
    """

    forecasts: Mapping[str, Forecast]

    def __getitem__(self, horizon: str) -> Forecast:
        return self.forecasts[horizon]

    def __iter__(self) -> Iterator[str]:
        return iter(self.forecasts)

    def __len__(self) -> int:
        return len(self.forecasts)

    def __str__(self) -> str:
        return f"comparison of {format_count(len(self), 'horizon')}"


def compare_horizons(
    campaign: Campaign,
    pool: LeadSource,
    horizons: Iterable[ForecastHorizon] = (1, "pool"),
    *,
    days: int | Iterable[date],
    progress: Progress | None = None,
    gate: ALSGate | None = None,
    already: Mapping[str, Assignment] | None = None,
    client: ClientState | None = None,
    **columns: Unpack[FrameColumns],
) -> HorizonComparison:
    """Forecast a campaign with several horizons, to choose one.

    Args:
        campaign: The campaign.
        pool: Leads in any form that `forecast` takes.
        horizons: The horizons, as for `forecast`.
        days: The days of intake, as for `forecast`.
        progress: What the campaign has admitted before. Nothing by default.
        gate: The channels that each score opens, as for `forecast`.
        already: The assignments of leads that are in the campaign, by id.
        client: What the campaigns of the client share, as for `forecast`.
        **columns: For a dataframe, `id`, `score`, `scale` and `reachable` as for `frames.allocate`.

    Raises:
        TransitionError: the campaign is completed, or a deleted draft.
        PlanError: no horizons, or as for `forecast`.

    >>> from datetime import date
    >>> from uuid import UUID
    >>> campaign = Campaign.draft(
    ...     client_id=UUID(int=2), name="x", daily_lead_limit=10, start_date=date(2026, 11, 23)
    ... )
    >>> compared = compare_horizons(campaign, {"hot": 10, "cold": 30}, [1, 2, "pool"], days=4)
    >>> [horizon.horizon for horizon in compared.values()]
    [1, 2, 4]
    """
    check_column_names("compare_horizons", columns)
    check_kinds(PlanError, campaign=(campaign, Campaign))
    chosen = _read_horizons(horizons, campaign.end_date)
    # What can be read only once, or takes long to read, is read for all horizons.
    gate = choose_gate(gate, pool)
    source: LeadSource = pool
    if is_frame(pool):
        source, columns = FRAME_HOOKS.list_leads(pool, columns), {}
    elif isinstance(pool, Iterator):
        source = list(pool)
    calendar = list(days) if isinstance(days, Iterator) else days
    return HorizonComparison(
        FrozenMap(
            {
                str(horizon): forecast(
                    campaign,
                    source,
                    days=calendar,
                    progress=progress,
                    gate=gate,
                    already=already,
                    horizon=horizon,
                    client=client,
                    **columns,
                )
                for horizon in chosen
            }
        )
    )


def _read_horizons(
    horizons: Iterable[ForecastHorizon], end_date: date | None
) -> list[ForecastHorizon]:
    """Return the horizons of a call, at least one.

    Raises:
        PlanError: none, invalid ones, or "end" without an end date.
    """
    chosen: list[ForecastHorizon] = [to_forecast_horizon(each) for each in to_list(horizons) or ()]
    if not chosen:
        wanted = 'a list of horizons, such as [1, 20, "pool"]'
        raise PlanError([f"horizons must be {wanted}, not {short_repr(horizons)}"])
    found = [forecast_horizon_error(each) or missing_end_error(each, end_date) for each in chosen]
    if faults := [fault for fault in found if fault]:
        raise PlanError([f"horizons: each {fault}" for fault in faults[:_MOST_FAULTS]])
    return chosen
