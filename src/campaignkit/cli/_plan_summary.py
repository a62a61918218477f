"""A plan for the leads of a file in numbers, which `allocate` and `intake` report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from attrs import frozen

from campaignkit import (
    DEFAULT_GATE,
    ALSGate,
    ALSTier,
    Channel,
    ChannelCounts,
    Plan,
    Reason,
    to_dict,
)
from campaignkit.cli._added_columns import Outcome
from campaignkit.cli._bad_rows import MOST_BAD_ROWS
from campaignkit.cli._lead_rows import Batch
from campaignkit.cli._options import PlanOptions
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Part, Sentences, Table
from campaignkit.display._parts import bottleneck_part, channel_table
from campaignkit.domain._leads import name_some
from campaignkit.planning._explanations import explain_nobody_placed, find_main_reason
from campaignkit.planning._totals import Totals

_MOST_GROUPS = 10


@frozen
class NearDuplicates:
    """How many groups of ids may name one person each, and the first thousand of them."""

    count: int
    first: Sequence[Sequence[str]]

    @classmethod
    def from_groups(cls, groups: Sequence[Sequence[str]]) -> Self:
        """Count groups, and keep the first of them."""
        return cls(len(groups), groups[:MOST_BAD_ROWS])

    def to_json(self) -> Mapping[str, object]:
        """Return the number of groups and the first of them."""
        return {"count": self.count, "first": self.first}

    def to_parts(self) -> list[Part]:
        """Return the first ten groups, if there are any."""
        if not self.count:
            return []
        lines = [name_some(group) for group in self.first[:_MOST_GROUPS]]
        lines += [f"and {self.count - _MOST_GROUPS:,} more"] if self.count > _MOST_GROUPS else []
        caption = f"Nearly the same id, but different leads: {format_count(self.count, 'group')}"
        return [Sentences(lines, caption, is_warning=True)]


@frozen
class PlanSummary:
    """A plan in numbers.

    `by_tier` counts leads for each tier and channel; None stands for no score and for no channel.
    `carried` are the earlier counts of the channels with a share. `nobody` says why no lead got a
    channel, and what would help.
    """

    name: str
    batch: Batch
    leads: int
    options: PlanOptions
    gate: ALSGate
    carried: ChannelCounts
    plan: Plan | Totals
    by_tier: Mapping[tuple[ALSTier | None, Channel | None], int]
    unassigned: Mapping[Reason, int]
    near_duplicates: NearDuplicates = NearDuplicates(0, ())
    nobody: str | None = None

    def reading_parts(self, acts: Sequence[str] = ()) -> list[Part]:
        """Say what was done, how the file was read, and what is probably not as intended."""
        parts = self.batch.describe_reading(acts)
        return [*parts, Sentences(self.warnings, is_warning=True)] if self.warnings else parts

    def share(self, channel: Channel) -> float | None:
        """Return the percentage of all leads so far that a channel got, None without leads."""
        together = self.carried + self.plan.counts
        return 100 * together[channel] / together.total if together.total else None

    def count_tier(self, tier: ALSTier | None) -> int:
        """Return how many leads are in a tier."""
        return sum(leads for (each, _), leads in self.by_tier.items() if each is tier)

    def to_table(self) -> Table:
        """Return what each channel should get and got."""
        return channel_table(
            target=self.plan.target,
            counts=self.plan.counts,
            asked=self.options.allocation,
            carried=self.carried,
        )

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences on what is probably not as intended, besides those on the file."""
        return [] if self.nobody is None else [self.nobody]

    def warning_parts(self) -> list[Part]:
        """Return what is short, which ids are nearly the same, and which rows were left out."""
        plan = self.plan
        return [
            *bottleneck_part(plan.bottlenecks, plan.counts, self.gate, self.options.at_most),
            *self.near_duplicates.to_parts(),
            *self.batch.left_out_parts(),
        ]

    def leads_json(self, out: str | None) -> Mapping[str, object]:
        """Return the files and the number of leads, as JSON has them."""
        return {
            "input": self.name,
            "read_as": self.batch.reading_json(),
            "output": out,
            "rows": self.batch.rows,
            "leads": self.leads,
        }

    def tiers_json(self) -> Mapping[str, object]:
        """Return which tiers got which channels, as JSON has it."""
        return {
            "tiers": {
                tier or "unscored": {
                    "leads": self.count_tier(tier),
                    "channels": {c: self.by_tier.get((tier, c), 0) for c in Channel},
                }
                for tier in (*ALSTier, None)
            }
        }

    def counts_json(self) -> Mapping[str, object]:
        """Return what each channel should get and got, as JSON has it."""
        shares = {c: self.share(c) for c in Channel}
        return {
            "carried": dict(self.carried),
            "target": dict(self.plan.target),
            "counts": dict(self.plan.counts),
            "share": {c: None if share is None else round(share, 4) for c, share in shares.items()},
        }

    def warnings_json(self) -> Mapping[str, object]:
        """Return the same as `warning_parts`, as JSON has it."""
        return {
            "bottlenecks": [to_dict(bottleneck) for bottleneck in self.plan.bottlenecks],
            "near_duplicates": self.near_duplicates.to_json(),
            **self.batch.left_out_json(),
        }


def summarize_plan(
    name: str, batch: Batch, options: PlanOptions, plan: Plan, outcomes: Iterable[Outcome]
) -> PlanSummary:
    """Count what a plan gives to the leads of a file."""
    by_tier: Counter[tuple[ALSTier | None, Channel | None]] = Counter()
    unassigned: Counter[Reason] = Counter()
    for (tier, channel, reason), leads in Counter(outcomes).items():
        by_tier[tier, channel] += leads
        if reason is not None:
            unassigned[reason] += leads
    return PlanSummary(
        name=name,
        batch=batch,
        leads=len(batch.leads),
        options=options,
        gate=DEFAULT_GATE,
        carried=options.counted_carried,
        plan=plan,
        by_tier=by_tier,
        unassigned=unassigned,
        near_duplicates=NearDuplicates.from_groups(plan.near_duplicates),
        nobody=warn_of_nobody(plan.counts.total, unassigned),
    )


def warn_of_nobody(placed: int, unassigned: Mapping[Reason, int]) -> str | None:
    """Say why no lead has a channel, and which option may help; None if a lead has one."""
    said = explain_nobody_placed(placed, unassigned)
    helps = None if said is None else _HELPS.get(find_main_reason(unassigned))
    return said if helps is None else f"{said}; {helps}"


_HELPS = {
    Reason.UNSCORED: "--score names the column of the scores",
    Reason.DEAD_TIER: "--scale says what the scores span, such as 0..1",
    Reason.UNREACHABLE: "--block and --need close channels",
}
"""What may help if most leads get no channel for a reason."""


def reasons_json(reasons: Iterable[Reason]) -> Mapping[Reason, int]:
    """Count reasons in their own order."""
    counts = Counter(reasons)
    return {reason: counts[reason] for reason in Reason if reason in counts}
