"""What a plan did, as tables and sentences for a person and as JSON for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self

from attrs import frozen
from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding

from campaignkit import (
    Allocation,
    ALSGate,
    ALSTier,
    Bottleneck,
    Channel,
    ChannelCounts,
    Plan,
    Reason,
)
from campaignkit.cli._command_error import FileError
from campaignkit.cli._leads_csv import MOST_BAD_ROWS, BadRow, BadRows, Batch
from campaignkit.cli._options import PlanOptions
from campaignkit.cli._terminal import Table, cell, say
from campaignkit.core._sentences import format_count, join_words
from campaignkit.domain._leads import name_some

_SHOWN = 10
_UNSCORED = "unscored"

# The same lines as box.SIMPLE, for terminals that only know ASCII.
_ASCII_LINES = box.Box("    \n    \n -- \n    \n    \n -- \n    \n    \n", ascii=True)


@frozen
class NearDuplicates:
    """How many groups of ids may name one person each, and the first thousand of them."""

    count: int
    first: Sequence[Sequence[str]]

    @classmethod
    def of(cls, groups: Sequence[Sequence[str]]) -> Self:
        """Return what to keep of all groups."""
        return cls(len(groups), groups[:MOST_BAD_ROWS])


@frozen
class Summary:
    """A plan in numbers.

    `given` counts leads for each tier and channel, None standing for no score and for no channel;
    `carried` is what each channel with a share had before; `near_duplicates` are groups of ids that
    may name the same person.
    """

    name: str
    rows: int
    leads: int
    bad: BadRows
    how: PlanOptions
    gate: ALSGate
    carried: ChannelCounts
    counts: ChannelCounts
    target: ChannelCounts
    bottlenecks: Sequence[Bottleneck]
    given: Mapping[tuple[ALSTier | None, Channel | None], int]
    unassigned: Mapping[Reason, int]
    near_duplicates: NearDuplicates = NearDuplicates(0, ())

    def share(self, channel: Channel) -> float | None:
        """Return which percentage of the leads given so far is on a channel, if there are any."""
        return _share(self.carried + self.counts, channel)

    def of_tier(self, tier: ALSTier | None) -> int:
        """Return how many leads are in a tier."""
        return sum(leads for (this, _), leads in self.given.items() if this is tier)


def summarise(name: str, batch: Batch, how: PlanOptions, gate: ALSGate, planned: Plan) -> Summary:
    """Count what a plan gave to the leads of a file."""
    return Summary(
        name=name,
        rows=batch.rows,
        leads=len(batch.leads),
        bad=batch.bad,
        how=how,
        gate=gate,
        carried=ChannelCounts({c: n for c, n in how.carried.items() if how.allocation[c]}),
        counts=planned.counts,
        target=planned.target,
        bottlenecks=planned.bottlenecks,
        given=Counter(
            (gate.tier(lead.als_score), planned.assignments.get(lead.id)) for lead in batch.leads
        ),
        unassigned=Counter(planned.unassigned.values()),
        near_duplicates=NearDuplicates.of(planned.near_duplicates),
    )


def show(console: Console, summary: Summary) -> None:
    """Print tables and sentences; they fit into 80 columns."""
    with trimmed(console):
        _show_tables(console, summary)
        _show_faults(console, summary)


@contextmanager
def trimmed(console: Console) -> Generator[None]:
    """Print what is printed meanwhile, all at once, without blanks at the ends of lines."""
    with console.capture() as captured:
        yield
    # Tables are padded with blanks, of which a file and a test have no use.
    console.file.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())
    console.file.flush()


def _show_tables(console: Console, summary: Summary) -> None:
    placed = summary.counts.total
    leads = f"{format_count(summary.leads, 'lead')}, {placed:,} with a channel"
    say(console, (summary.name, "bold"), f": {leads}, {summary.leads - placed:,} without")
    console.print()
    show_channels(console, summary)
    console.print()
    console.print(_tier_table(console, summary))


def _show_faults(console: Console, summary: Summary) -> None:
    """Print who got nothing and why, what is short and why, and what was left out."""
    if summary.unassigned:
        title(console, "Without a channel")
        console.print(reason_table(summary.unassigned))
    show_bottlenecks(console, summary)
    show_near_duplicates(console, summary.near_duplicates)
    show_left_out(console, summary.bad)


def show_bottlenecks(console: Console, summary: Summary) -> None:
    """Print what is short and why."""
    if summary.bottlenecks:
        title(console, "Bottlenecks")
        for bottleneck in summary.bottlenecks:
            say(console, (_sentence(bottleneck, summary), "yellow"), indent=2)
    elif summary.counts.total:
        title(console, "No bottleneck: every channel gets its target.")


def show_near_duplicates(console: Console, near: NearDuplicates) -> None:
    """Print which ids may name the same person, if any do."""
    if near.count:
        title(
            console, f"Nearly the same id, but different leads: {format_count(near.count, 'group')}"
        )
        for group in near.first[:_SHOWN]:
            say(console, (name_some(group), "yellow"), indent=2)
        if near.count > _SHOWN:
            say(console, f"and {near.count - _SHOWN:,} more", indent=2)


def near_duplicates_json(near: NearDuplicates) -> Mapping[str, object]:
    """Return the number of groups of nearly the same ids, and the first of them."""
    return {"count": near.count, "first": near.first}


def show_left_out(console: Console, bad: BadRows) -> None:
    """Print what is wrong with the rows that were left out, if any were."""
    if bad.count:
        title(console, f"Left out: {format_count(bad.count, 'bad row')}")
        for line in bad_lines(bad):
            say(console, line, indent=2)


def title(console: Console, text: str) -> None:
    """Print a line that what follows stands under."""
    console.print()
    say(console, (text, "bold"))


def show_channels(console: Console, summary: Summary) -> None:
    """Print what each channel was to get and got."""
    console.print(
        channel_table(
            console,
            summary.how.allocation,
            target=summary.target,
            counts=summary.counts,
            carried=summary.carried,
        )
    )


def table(console: Console, *, total: bool = False) -> Table:
    """Return a table without rows, whose lines the terminal can show."""
    lines = box.SIMPLE if console.encoding.startswith("utf") else _ASCII_LINES
    return Table(
        box=lines, show_edge=False, padding=(0, 0, 0, 1), show_footer=total, header_style="bold"
    )


def channel_table(
    console: Console,
    allocation: Allocation,
    *,
    target: ChannelCounts,
    counts: ChannelCounts,
    carried: ChannelCounts,
) -> Table:
    """Return the table of what each channel was to get and got, and what it had before."""
    together = carried + counts
    channels = table(console, total=True)
    channels.add_column("channel", "total", style="cyan")
    channels.add_column("asked", "100%", justify="right")
    if carried.total:
        channels.add_column("carried", f"{carried.total:,}", justify="right")
    channels.add_column("target", f"{target.total:,}", justify="right")
    channels.add_column("given", f"{counts.total:,}", justify="right", style="bold")
    channels.add_column("difference", justify="right")
    channels.add_column("share", justify="right")
    for channel in Channel:
        share = _share(together, channel)
        channels.add_row(
            channel,
            f"{allocation[channel]}%",
            *([f"{carried[channel]:,}"] if carried.total else []),
            f"{target[channel]:,}",
            f"{counts[channel]:,}",
            _difference(counts[channel] - target[channel]),
            "" if share is None else f"{share:.1f}%",
        )
    return channels


def _share(counts: ChannelCounts, channel: Channel) -> float | None:
    return 100 * counts[channel] / counts.total if counts.total else None


def _difference(leads: int) -> RenderableType:
    return cell(f"{leads:+,}", "yellow" if leads < 0 else "") if leads else cell("0", "dim")


def _tier_table(console: Console, summary: Summary) -> Table:
    """Tiers down, channels across; where a channel is closed to a tier, the cell is empty."""
    tiers = table(console)
    tiers.add_column("tier", style="cyan")
    tiers.add_column("leads", justify="right", style="bold")
    for channel in Channel:
        tiers.add_column(channel, justify="right")
    tiers.add_column("none", justify="right")
    for tier in (*ALSTier, None):
        opened = frozenset[Channel]() if tier is None else summary.gate.channels(tier)
        given = [
            _number(summary.given.get((tier, channel), 0)) if channel in opened else cell("")
            for channel in Channel
        ]
        none = _number(summary.given.get((tier, None), 0))
        tiers.add_row(tier or _UNSCORED, f"{summary.of_tier(tier):,}", *given, none)
    return tiers


def _number(leads: int) -> RenderableType:
    return cell(f"{leads:,}") if leads else cell("0", "dim")


def reason_table(reasons: Mapping[Reason, int], already: int = 0) -> RenderableType:
    """Return how many leads got nothing and why, those that a campaign has already among them."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="bold")
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    if already:
        grid.add_row(f"{already:,}", "already", "the campaign took the lead before")
    for reason in Reason:
        if leads := reasons.get(reason):
            grid.add_row(f"{leads:,}", reason, reason.message)
    return Padding(grid, (0, 0, 0, 2))


def _sentence(bottleneck: Bottleneck, summary: Summary) -> str:
    channels = [channel for channel in Channel if channel in bottleneck.channels]
    room, wanted = format_count(bottleneck.room, "lead"), f"{bottleneck.wanted:,} wanted"
    said = f"{join_words(channels)}: room for {room}, {wanted}"
    opened = {tier for tier in ALSTier if summary.gate.channels(tier)}
    open_to = {tier for tier in opened if summary.gate.channels(tier) & bottleneck.channels}
    notes: list[str] = []
    if open_to < opened:
        tiers = join_words([tier for tier in ALSTier if tier in open_to])
        notes.append(f"only {tiers} leads may get {'it' if len(channels) == 1 else 'them'}")
    capped = [c for c in channels if c in summary.how.at_most]
    notes += [f"{channel} capped at {summary.how.at_most[channel]:,}" for channel in capped]
    return f"{said} ({'; '.join(notes)})" if notes else said


def check_bad_rows(name: str, batch: Batch, undone: str, *, strict: bool) -> None:
    """Refuse a file with bad rows, unless they are to be left out and others are good.

    Raises:
        FileError: names the bad rows, and what was not done for them.
    """
    bad = batch.bad
    none_good = bad.count == batch.rows
    if not bad.count or (not strict and not none_good):
        return
    rows = format_count(bad.count, "bad row")
    advice = "fix them" if none_good else "fix them, or leave them out with --skip-bad"
    message = f"{name}: {rows} of {batch.rows:,}, so nothing was {undone}"
    details = {"rows": batch.rows, "bad_rows": bad_rows_json(bad)}
    raise FileError(message, [*bad_lines(bad), advice], details)


def bad_lines(bad: BadRows) -> Iterator[str]:
    """Say what is wrong with the first ten bad rows, and how many more there are."""
    shown = bad.first(_SHOWN)
    yield from map(str, shown)
    if more := bad.count - len(shown):
        yield f"and {more:,} more"


def bad_rows_json(bad: BadRows) -> Mapping[str, object]:
    """Return the number of bad rows and what is wrong with the first of them."""
    return {"count": bad.count, "first": [_bad_row_json(row) for row in bad.first()]}


def _bad_row_json(row: BadRow) -> Mapping[str, object]:
    faults = [
        {"column": fault.column, "value": fault.value, "expected": fault.expected}
        for fault in row.faults
    ]
    return {row.unit: row.line, "faults": faults}


def summary_json(summary: Summary, written: str | None) -> Mapping[str, object]:
    """Return the document that `--json` prints."""
    return {
        "input": summary.name,
        "output": written,
        "rows": summary.rows,
        "leads": summary.leads,
        "placed": summary.counts.total,
        "allocation": dict(summary.how.allocation.items()),
        "overflow": summary.how.overflow,
        "at_most": dict(summary.how.at_most),
        "carried": dict(summary.carried),
        "target": dict(summary.target),
        "counts": dict(summary.counts),
        "share": rounded_shares(summary),
        "tiers": {
            tier or _UNSCORED: {
                "leads": summary.of_tier(tier),
                "channels": {c: summary.given.get((tier, c), 0) for c in Channel},
            }
            for tier in (*ALSTier, None)
        },
        "unassigned": {r: summary.unassigned[r] for r in Reason if r in summary.unassigned},
        "bottlenecks": bottlenecks_json(summary.bottlenecks),
        "near_duplicates": near_duplicates_json(summary.near_duplicates),
        "bad_rows": bad_rows_json(summary.bad),
    }


def rounded_shares(summary: Summary) -> Mapping[Channel, float | None]:
    """Return the share of each channel in percent, None where there are no leads."""
    shares = {c: summary.share(c) for c in Channel}
    return {c: None if share is None else round(share, 4) for c, share in shares.items()}


def bottlenecks_json(bottlenecks: Sequence[Bottleneck]) -> Sequence[Mapping[str, object]]:
    """Return bottlenecks as JSON has them."""
    return [
        {
            "channels": [c for c in Channel if c in bottleneck.channels],
            "room": bottleneck.room,
            "wanted": bottleneck.wanted,
        }
        for bottleneck in bottlenecks
    ]
