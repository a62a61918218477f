"""The picture of a value: what a chart draws, without how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

from attrs import frozen

from campaignkit.core._channels import Channel, ChannelCounts


@frozen
class StackedBar:
    """A bar of parts in a row, with a mark at its target, if it has one.

    `parts` has the number of leads of each part; its name is a channel, a tier, or something else.
    """

    name: str
    parts: Mapping[str, int]
    target: int | None = None

    @property
    def leads(self) -> int:
        """The length of the bar."""
        return sum(self.parts.values())


@frozen
class Bars:
    """Bars below one another; `part_names` are those of their parts in the order of the legend.

    Without a legend each bar has one part, and their names are the same.
    """

    title: str
    bars: Sequence[StackedBar]
    part_names: Sequence[str]
    has_legend: bool = True


@frozen
class Day:
    """The leads that the channels get on a day.

    `drift` is how far each channel is above its share after that day, or below; it is empty where
    the shares are not known.
    """

    day: date
    counts: ChannelCounts
    drift: Mapping[Channel, int]


@frozen
class Days:
    """The leads of each day, and the drift from the shares, on one axis of time."""

    days: Sequence[Day]


@frozen
class NamedResult:
    """What each channel gets and should get, in one of several results of the same kind."""

    name: str
    counts: ChannelCounts
    target: ChannelCounts

    @property
    def shortfall(self) -> int:
        """By how many leads the channel that is furthest below its target is below it."""
        return max(wanted - self.counts[c] for c, wanted in self.target.items())


@frozen
class Results:
    """Results below one another, with a column for each channel; `note` says which are left out.

    The columns have one scale, or each its own, which shows what differs in a scarce channel.
    """

    title: str
    results: Sequence[NamedResult]
    note: str = ""
    has_own_scales: bool = False


Panel: TypeAlias = Bars | Days | Results


@frozen
class Picture:
    """Panels below a title, and what they show in sentences."""

    title: str
    sentences: Sequence[str]
    panels: Sequence[Panel]
