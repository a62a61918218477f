"""Comparisons: what several mixes do with the same leads, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, Unpack

from attrs import evolve, field, frozen

from campaignkit.core._channels import CHANNELS, Channel, ChannelCounts, PerChannel
from campaignkit.core._checks import is_mapping, kind_error, short_repr, text_error, to_text
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._make_frame import make_frame_of_rows
from campaignkit.core._sentences import format_count
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._gate import ALSGate
from campaignkit.errors import InvalidError, PlanError
from campaignkit.planning._advice import Advice, advise
from campaignkit.planning._lead_sources import (
    CountsByChannels,
    FrameColumns,
    LeadSource,
    check_column_names,
    choose_gate,
    count_by_channels,
)
from campaignkit.planning._totals import Bottleneck, Overflow, plan_counts, read_plan_options


class ComparisonRow(NamedTuple):
    """What a channel gets under a mix.

    Attributes:
        mix: The name of the mix.
        channel: The channel.
        asked: The share of the channel in the mix, in percent.
        target: How many leads the channel would get without a gate and caps.
        given: How many leads it gets.
        share: The part of all leads with a channel that it gets, in percent. None if there are
            no such leads.
        shortfall: By how many leads it is below its target.

    >>> ComparisonRow("calls", "voice", asked=50, target=40, given=30, share=37.5, shortfall=10)[:3]
    ('calls', 'voice', 50)
    """

    mix: str
    channel: str
    asked: int
    target: int
    given: int
    share: float | None
    shortfall: int


@frozen
class ComparedMix(TypedBase):
    """What leads get under one of several mixes.

    Attributes:
        allocation: The mix.
        counts: How many leads each channel gets.
        target: How many leads each channel would get without a gate and caps.
        bottlenecks: The proof of why the two differ. Empty exactly if they are equal.
        held: How many leads have an eligible channel, but no room there.
        no_channel: How many leads have no eligible channel.

    >>> compared = compare({"both": Allocation(email=60, sms=40)}, {"cold": 90})["both"]
    >>> compared.counts["email"], compared.shortfall["sms"]
    (90, 36)
    >>> str(compared.advice.nearest)
    'email 100%'
    """

    allocation: Allocation
    counts: ChannelCounts
    target: ChannelCounts
    bottlenecks: tuple[Bottleneck, ...]
    held: int
    no_channel: int
    _leads: CountsByChannels | None = field(default=None, alias="leads", eq=False, repr=False)
    _gate: ALSGate | None = field(default=None, alias="gate", eq=False, repr=False)

    def __str__(self) -> str:
        return f"{self.allocation}: {self.counts}"

    @property
    def shortfall(self) -> ChannelCounts:
        """By how many leads each channel is below its target."""
        pairs = zip(self.target.amounts, self.counts.amounts, strict=True)
        return ChannelCounts.of(max(0, target - given) for target, given in pairs)

    @property
    def advice(self) -> Advice:
        """What `allocation_advice` says of the mix and these leads, without carried counts or caps.

        It is computed on access, which takes up to some seconds for fewer than ten leads.

        Raises:
            PlanError: the mix was not made by `compare`, and is not part of a comparison.
        """
        if self._leads is None or self._gate is None:
            raise PlanError(["advice needs the leads, which only a comparison has"])
        return advise(self.allocation, self._leads, self._gate)


@frozen
class Comparison(TypedBase, Mapping[str, ComparedMix]):
    """What several mixes do with the same leads: a mapping of their names, in the order given.

    Attributes:
        mixes: What the leads get under each mix, by its name.
        leads: How many leads can be reached on exactly the open channels of each set. The empty set
            has those that can get no channel at all.
        gate: The channels that each score opens.

    >>> mixes = {"asked": Allocation(email=60, sms=40), "calls": Allocation(email=60, voice=40)}
    >>> comparison = compare(mixes, {"hot": 10, "warm": 40, "cold": 50})
    >>> {name: mix.shortfall.total for name, mix in comparison.items()}
    {'asked': 30, 'calls': 0}
    """

    mixes: Mapping[str, ComparedMix]
    leads: Mapping[frozenset[Channel], int]
    gate: ALSGate

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        mixes = {
            name: evolve(mix, leads=self.leads, gate=self.gate) for name, mix in self.mixes.items()
        }
        object.__setattr__(self, "mixes", FrozenMap(mixes))

    def __getitem__(self, name: str) -> ComparedMix:
        return self.mixes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.mixes)

    def __len__(self) -> int:
        return len(self.mixes)

    def __str__(self) -> str:
        mixes = "1 mix" if len(self) == 1 else f"{len(self):,} mixes"
        return f"comparison of {mixes} on {format_count(sum(self.leads.values()), 'lead')}"

    @property
    def rows(self) -> tuple[ComparisonRow, ...]:
        """What each channel gets under each mix, in this order."""
        return tuple(
            ComparisonRow(
                name,
                channel.value,
                asked=mix.allocation[channel],
                target=mix.target[channel],
                given=mix.counts[channel],
                share=100 * mix.counts[channel] / total if (total := mix.counts.total) else None,
                shortfall=mix.shortfall[channel],
            )
            for name, mix in self.mixes.items()
            for channel in CHANNELS
        )

    def to_frame(self, backend: str = "pandas") -> Any:  # noqa: ANN401  # of each library
        """Return `rows` as a dataframe.

        Args:
            backend: The library of the dataframe: "pandas", "polars" or "pyarrow".

        Raises:
            PlanError: another library.
            MissingExtraError: the library is not installed.

        >>> comparison = compare({"asked": Allocation(email=60, sms=40)}, {"cold": 10})
        >>> comparison.to_frame("pyarrow")["shortfall"].to_pylist()
        [0, 0, 0, 4, 0]
        """
        return make_frame_of_rows(ComparisonRow._fields, self.rows, backend)


def compare(
    mixes: Mapping[str, Allocation],
    leads: LeadSource,
    *,
    gate: ALSGate | None = None,
    carried: PerChannel | None = None,
    at_most: PerChannel | None = None,
    overflow: Overflow = Overflow.REASSIGN,
    **columns: Unpack[FrameColumns],
) -> Comparison:
    """Compare what several mixes do with the same leads.

    Args:
        mixes: Allocations by names of your choice.
        leads: Leads, a dataframe, a result of `frames.allocate`, or numbers of leads: by tier, or
            by the channels that they may get.
        gate: The channels that each score opens. By default that of a result, or else
            `DEFAULT_GATE`.
        carried: What each channel was given before, as for `plan`.
        at_most: The most leads that a channel may get now, as for `plan`.
        overflow: What to do with leads whose turn falls on a channel that they may not get.
        **columns: For a dataframe, `id`, `score`, `scale` and `reachable` as for `frames.allocate`.

    Raises:
        PlanError: no mixes, names that are not text, other values than allocations, or invalid
            leads, numbers of leads, columns, or options of the plan; lists all faults.

    >>> from campaignkit import Lead
    >>> mixes = {"asked": Allocation(email=60, sms=40), "less": Allocation(email=90, sms=10)}
    >>> comparison = compare(mixes, [Lead("a", 90), *(Lead(f"{n}", 30) for n in range(9))])
    >>> comparison["asked"].shortfall["sms"], comparison["less"].shortfall["sms"]
    (3, 0)
    """
    check_column_names("compare", columns)
    faults = list(_find_mix_errors(mixes))
    try:
        read_plan_options(carried, at_most, overflow)
    except InvalidError as error:
        faults += error.faults
    try:
        chosen = choose_gate(gate, leads)
        eligible = count_by_channels(leads, chosen, columns)
    except InvalidError as error:
        raise PlanError([*faults, *error.faults]) from None
    if faults:
        raise PlanError(faults)
    plan = partial(plan_counts, carried=carried, at_most=at_most, overflow=overflow)
    planned = {to_text(name): (mix, plan(mix, eligible)) for name, mix in mixes.items()}
    total = sum(eligible.values())
    return Comparison(
        mixes={
            name: ComparedMix(
                mix,
                counts=made.counts,
                target=made.target,
                bottlenecks=made.bottlenecks,
                held=made.held,
                no_channel=total - made.target.total,
            )
            for name, (mix, made) in planned.items()
        },
        leads=eligible,
        gate=chosen,
    )


def _find_mix_errors(mixes: object) -> Iterator[str]:
    if not is_mapping(mixes) or isinstance(mixes, Allocation):  # which maps its channels
        yield f"mixes must map names to allocations, not be {short_repr(mixes)}"
    elif not mixes:
        yield "mixes must have at least one allocation"
    else:
        for name, mix in mixes.items():
            if fault := text_error(name):
                yield f"mixes: name {fault}"
            if fault := kind_error(mix, Allocation):
                yield f"mixes: {short_repr(name)} {fault}"
