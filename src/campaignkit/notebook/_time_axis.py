"""What an axis of time shows: bars of days or of weeks, and as many dates as fit below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from attrs import frozen

from campaignkit.core._channels import NO_COUNTS, Channel, ChannelCounts
from campaignkit.notebook._pictures import Day

_MOST_BARS = 100
_MOST_LABELS = 8
_SHORTEST = 5  # days, so that one day alone is not as wide as the chart
_BAR_GAP = 0.1  # of a bar, on each side of it
_UNIX_EPOCH = date(1970, 1, 1)
_DAY_MS = 86_400_000
_MONTHS = 12


@frozen
class Period:
    """The days of one bar: their leads, and the drift after the last of them.

    `begin` and `end` are the edges of the bar in milliseconds since 1970, as Vega counts time.
    """

    first_day: date
    begin: int
    end: int
    counts: ChannelCounts
    drift: Mapping[Channel, int]


@frozen
class TimeAxis:
    """The bars of some days, and the dates below them.

    `domain` and `labels` are times in milliseconds; `label_format` is one of Vega.
    """

    periods: Sequence[Period]
    days_per_bar: int
    domain: tuple[int, int]
    labels: Sequence[int]
    label_format: str


def make_time_axis(days: Sequence[Day]) -> TimeAxis:
    """Return the axis of days in their order, at least one: a bar a day, or one for whole weeks."""
    first, last = days[0].day, days[-1].day
    span = (last - first).days + 1
    days_per_bar = 1 if span <= _MOST_BARS else -(-span // (7 * _MOST_BARS)) * 7
    periods: dict[date, Period] = {}
    for each in days:
        bar = (each.day - first).days // days_per_bar * days_per_bar
        begin = first + timedelta(days=bar)
        before = periods[begin].counts if begin in periods else NO_COUNTS
        periods[begin] = Period(
            begin,
            _to_ms(begin, _BAR_GAP * days_per_bar),
            _to_ms(begin, (1 - _BAR_GAP) * days_per_bar),
            before + each.counts,
            each.drift,
        )
    labels, label_format = _choose_labels(first, last)
    end = max(span + (-span) % days_per_bar, _SHORTEST)
    domain = _to_ms(first), _to_ms(first, end)
    return TimeAxis(list(periods.values()), days_per_bar, domain, labels, label_format)


def _choose_labels(first: date, last: date) -> tuple[Sequence[int], str]:
    """Return where dates stand below the axis, and Vega's format for them."""
    span = (last - first).days
    for step in (1, 2, 7, 14):
        if span < step * _MOST_LABELS:
            places = range(0, span + 1, step)
            return [_to_ms(first, place + 0.5) for place in places], "%-d %b"
    month = first.year * _MONTHS + first.month - 1
    last_month = last.year * _MONTHS + last.month - 1
    steps = (1, 2, 3, 6, *range(_MONTHS, last_month + _MONTHS, _MONTHS))
    step = next(step for step in steps if last_month - month < step * _MOST_LABELS)
    begin = month + (-month) % step
    months = [date(n // _MONTHS, n % _MONTHS + 1, 1) for n in range(begin, last_month + 1, step)]
    labels = [_to_ms(day) for day in months if day >= first]
    return labels, "%b %Y" if step < _MONTHS else "%Y"


def _to_ms(day: date, days: float = 0) -> int:
    return round(((day - _UNIX_EPOCH).days + days) * _DAY_MS)
