"""The documents of comparisons, and of the mixes in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from campaignkit.core._channels import CHANNELS, Channel
from campaignkit.core._sentences import format_count
from campaignkit.display._document import Column, Document, Row, Sentences, Table
from campaignkit.display._make_document import make_document
from campaignkit.display._parts import CHANNEL_COLUMN, channel_table, describe_bottleneck
from campaignkit.planning._comparison import ComparedMix, Comparison


@make_document.register
def _(value: ComparedMix) -> Document:
    table = channel_table(target=value.target, counts=value.counts, asked=value.allocation)
    return Document(
        f"Mix: {format_count(value.counts.total, 'lead')} with a channel",
        [table, Sentences(list(_describe_mix(value)))],
    )


@make_document.register
def _(value: Comparison) -> Document:
    title = str(value)
    shown = dict(islice(value.items(), _MOST_MIXES))
    more = len(value) - len(shown)
    return Document(
        f"{title[0].upper()}{title[1:]}",
        [
            _comparison_table(shown),
            *(Sentences([*_describe_mix(mix), *_advise(mix)], name) for name, mix in shown.items()),
            *([Sentences([f"and {more:,} more"])] if more else []),
        ],
    )


_MOST_MIXES = 20


def _comparison_table(value: Mapping[str, ComparedMix]) -> Table:
    """Return what each channel gets, with the mixes side by side."""
    mixes = value.values()
    names = ("asked", "given", "share", "shortfall")
    columns = [Column(name, is_number=True, group=group) for group in value for name in names]
    rows: list[Row] = [
        (channel, *(cell for mix in mixes for cell in _channel_cells(mix, channel)))
        for channel in CHANNELS
    ]
    totals = [cell for mix in mixes for cell in ("100%", mix.counts.total, "", mix.shortfall.total)]
    return Table([CHANNEL_COLUMN, *columns], rows, ("total", *totals))


def _channel_cells(mix: ComparedMix, channel: Channel) -> Row:
    given, total = mix.counts[channel], mix.counts.total
    share = f"{100 * given / total:.1f}%" if total else ""
    return f"{mix.allocation[channel]}%", given, share, mix.shortfall[channel]


def _describe_mix(mix: ComparedMix) -> Iterator[str]:
    """Say what is short under a mix, and who gets no channel."""
    if mix.no_channel:
        yield f"{format_count(mix.no_channel, 'lead')} without a channel"
    if mix.held:
        yield f"held because all channels are full: {format_count(mix.held, 'lead')}"
    if mix.bottlenecks:
        yield from (describe_bottleneck(each, None, {}) for each in mix.bottlenecks)
    elif mix.counts.total:
        yield "No bottleneck: every channel gets its target."


def _advise(mix: ComparedMix) -> tuple[str, ...]:
    return mix.advice.sentences if mix.bottlenecks else ()
