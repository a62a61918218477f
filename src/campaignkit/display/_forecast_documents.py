"""The documents of forecasts and advice."""

from __future__ import annotations

from itertools import islice

from campaignkit.core._channels import CHANNELS, NO_COUNTS
from campaignkit.core._sentences import format_count
from campaignkit.display._document import (
    Column,
    Difference,
    Document,
    Facts,
    Part,
    Row,
    Sentences,
    Table,
)
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import (
    CHANNEL_COLUMN,
    bottleneck_part,
    channel_table,
    more_part,
    number_column,
    progress_facts,
    reason_part,
)
from campaignkit.domain._gate import ALSTier
from campaignkit.planning._advice import Advice
from campaignkit.planning._forecast import Forecast, ForecastDay
from campaignkit.planning._horizon_comparison import HorizonComparison

_MOST_FORECAST_DAYS = 62
_MOST_HORIZONS = 20


@make_document.register
def _(value: Forecast) -> Document:
    days = value.days[:_MOST_FORECAST_DAYS]
    rows: list[Row] = [
        (
            str(each.day),
            each.counts.total,
            *each.counts.amounts,
            each.progress.admitted_total,
            "; ".join(each.idle) or _list_shortfalls(each),
        )
        for each in days
    ]
    columns = [*map(number_column, ("day", "leads", *CHANNELS, "in all")), Column("shortfall")]
    return Document(
        f"{value.campaign.name}: forecast of {format_count(len(value.days), 'day')}",
        [
            Sentences(value.sentences),
            *([Table(columns, rows)] if rows else []),
            *more_part(len(value.days) - len(days), "day"),
            *reason_part("Without a channel", value.unassigned),
        ],
    )


@make_document.register
def _(value: HorizonComparison) -> Document:
    shown = dict(islice(value.items(), _MOST_HORIZONS))
    best = find_best_tier(value) or ALSTier.HOT
    rows: list[Row] = [
        (
            label_horizon(name, each),
            each.counts.total,
            *each.counts.amounts,
            str(each.find_last_day(best) or ""),
        )
        for name, each in shown.items()
    ]
    columns = [*map(number_column, ("horizon", "leads", *CHANNELS))]
    attainable = next((each.attainable for each in value.values()), NO_COUNTS)
    total: Row = ("attainable", attainable.total, *attainable.amounts, "")
    title = str(value)
    return Document(
        f"{title[0].upper()}{title[1:]}",
        [
            Table([*columns, Column(f"{best} leads until", is_id=True)], rows, total),
            *(Sentences(each.sentences, f"Horizon {name}") for name, each in shown.items()),
            *more_part(len(value) - len(shown), "horizon"),
        ],
    )


def find_best_tier(value: HorizonComparison) -> ALSTier | None:
    """Return the best tier of which leads are admitted with any of the horizons."""
    tiers = {tier for each in value.values() if (tier := each.best_tier)}
    return min(tiers, key=[*ALSTier].index, default=None)


def label_horizon(name: str, forecast: Forecast) -> str:
    """Return the name of a horizon, with its days where the name does not say them."""
    return name if name == str(forecast.horizon) else f"{name} ({forecast.horizon:,})"


def _list_shortfalls(day: ForecastDay) -> str:
    return ", ".join(
        f"{channel} {wanted - day.counts[channel]:,}"
        for channel, wanted in day.target.items()
        if wanted > day.counts[channel]
    )


@make_document.register
def _(value: Advice) -> Document:
    parts: list[Part] = [Sentences(value.sentences)]
    if value.nearest is not None and value.nearest != value.asked:
        rows: list[Row] = [
            (channel, f"{asked}%", f"{near}%", Difference(near - asked))
            for (channel, asked), near in zip(
                value.asked.items(), value.nearest.shares, strict=True
            )
        ]
        columns = map(number_column, ("asked", "nearest", "difference"))
        parts.append(Table([CHANNEL_COLUMN, *columns], rows))
    return Document("Advice on an allocation", parts)


@make_document.register
def _(value: ForecastDay) -> Document:
    rows: list[Row] = [
        (tier, counts.total, *counts.amounts) for tier, counts in value.by_tier.items()
    ]
    columns = [Column("tier"), number_column("leads"), *map(number_column, CHANNELS)]
    return Document(
        f"Forecast of {value.day}: {format_count(value.counts.total, 'lead')}",
        [
            *([Sentences(value.idle, "The campaign takes no leads")] if value.idle else []),
            *([channel_table(target=value.target, counts=value.counts)] if rows else []),
            *([Table(columns, rows, caption="From tiers to channels")] if rows else []),
            *bottleneck_part(value.bottlenecks, value.counts),
            Facts(progress_facts(value.progress), "Progress after it"),
        ],
    )
