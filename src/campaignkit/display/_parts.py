"""The parts that documents are made of; the command line's reports use them, too."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import evolve, fields

from campaignkit.core._channels import CHANNELS, Channel, ChannelCounts
from campaignkit.core._decisions import Reason
from campaignkit.core._partial import describe_unreadable, list_faults
from campaignkit.core._sentences import format_count, join_channels, join_words
from campaignkit.display._descriptions import (
    describe_event,
    describe_event_details,
    describe_suggestion,
    describe_value,
    list_targets,
)
from campaignkit.display._document import (
    Bar,
    Column,
    Difference,
    Entries,
    Entry,
    Facts,
    Flow,
    Part,
    Row,
    Sentences,
    Table,
)
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import lead_ids_of
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSGate, ALSTier
from campaignkit.domain._leads import name_some
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._suggestions import Suggestion, SuggestionHead
from campaignkit.planning._intake import Intake, Release
from campaignkit.planning._plan import Plan
from campaignkit.planning._totals import Bottleneck, Totals
from campaignkit.targeting._targeting import Targeting

CHANNEL_COLUMN = Column("channel")


def number_column(name: str) -> Column:
    """Return a column of numbers."""
    return Column(name, is_number=True)


# --- what each channel gets ------------------------------------------------------------------


def channel_table(
    *,
    target: ChannelCounts,
    counts: ChannelCounts,
    asked: Allocation | None = None,
    carried: ChannelCounts | None = None,
) -> Table:
    """Return what each channel should get beside what it got, and its share of all so far."""
    before = carried if carried is not None and carried.total else None
    together = counts if before is None else before + counts
    columns = [CHANNEL_COLUMN]
    columns += [number_column("asked")] if asked else []
    columns += [number_column("carried")] if before else []
    columns += map(number_column, ("target", "given", "difference", "share"))
    longest = max(*target.amounts, *counts.amounts)
    rows: list[Row] = [
        (
            channel,
            *([f"{asked[channel]}%"] if asked else []),
            *([before[channel]] if before else []),
            target[channel],
            counts[channel],
            Difference(counts[channel] - target[channel]),
            f"{100 * together[channel] / together.total:.1f}%" if together.total else "",
            Bar(counts[channel], longest, target[channel]),
        )
        for channel in CHANNELS
    ]
    total: Row = (
        "total",
        *(["100%"] if asked else []),
        *([before.total] if before else []),
        *(target.total, counts.total, "", "", ""),
    )
    return Table([*columns, Column("given (| = target)")], rows, total)


def progress_table(progress: Progress, allocation: Allocation) -> Table:
    """Return what each channel was given under an allocation beside its share."""
    with_share = sum(progress.carried[channel] for channel, share in allocation.items() if share)
    target = ChannelCounts(allocation.apportion(with_share))
    return channel_table(target=target, counts=progress.carried, asked=allocation)


def share_table(allocation: Allocation) -> Table:
    """Return the share of each channel."""
    longest = max(allocation.shares)
    rows = [(channel, f"{share}%", Bar(share, longest)) for channel, share in allocation.items()]
    return Table([CHANNEL_COLUMN, number_column("share"), Column("")], rows)


def tier_flow(
    flow: Mapping[tuple[ALSTier | None, Channel | None], int],
    gate: ALSGate | None = None,
    caption: str = "",
    *,
    is_in_text: bool = True,
) -> Flow:
    """Return how many leads of each tier get each channel, where the gate opens it to the tier."""

    def amount(tier: ALSTier | None, channel: Channel | None) -> int | None:
        if gate is not None and channel is not None:
            opened = frozenset[Channel]() if tier is None else gate.channels(tier)
            if channel not in opened:
                return None
        return flow.get((tier, channel), 0)

    tiers, channels = (*ALSTier, None), (*CHANNELS, None)
    return Flow(
        sources=[tier or "unscored" for tier in tiers],
        sinks=[channel or "none" for channel in channels],
        amounts=[[amount(tier, channel) for channel in channels] for tier in tiers],
        caption=caption,
        is_in_text=is_in_text,
    )


def tier_part(
    flow: Mapping[tuple[ALSTier | None, Channel | None], int],
    gate: ALSGate | None = None,
    *,
    is_in_text: bool = True,
) -> list[Part]:
    """Return which tiers get which channels, if the tiers are known."""
    if not flow:
        return []
    return [tier_flow(flow, gate, "From tiers to channels", is_in_text=is_in_text)]


def counts_table(counts: ChannelCounts, caption: str = "") -> Table:
    """Return how many leads each channel has, and its share of them."""
    longest = max(counts.amounts)
    rows: list[Row] = [
        (
            channel,
            leads,
            f"{100 * leads / counts.total:.1f}%" if counts.total else "",
            Bar(leads, longest),
        )
        for channel, leads in counts.items()
    ]
    columns = [CHANNEL_COLUMN, *map(number_column, ("leads", "share")), Column("")]
    return Table(columns, rows, ("total", counts.total, "", ""), caption)


def assignment_table(assignments: Iterable[tuple[str, Assignment]]) -> Table:
    """Return leads with their channels, tiers and scores."""
    columns = [
        *(Column("lead", is_id=True), Column("channel"), Column("tier")),
        *(number_column("score"), Column("day", is_id=True)),
    ]
    rows: list[Row] = [
        (lead_id, one.channel, one.tier, str(one.als_score), str(one.day))
        for lead_id, one in assignments
    ]
    return Table(columns, rows)


def release_part(release: Release) -> list[Part]:
    """Return how many leads were released from which channels."""
    counts = ChannelCounts(Counter(lead.channel for lead in release.released.values()))
    freed = [(channel, format_count(n, "lead")) for channel, n in counts.items() if n]
    return [Facts(freed, "Released from")] if freed else []


def plan_parts(
    table: Table,
    totals: Totals | Plan,
    flow: Mapping[tuple[ALSTier | None, Channel | None], int],
    without_channel: Sequence[Part],
) -> list[Part]:
    """Return what a plan gives to channels and tiers, what is short, and who gets nothing."""
    return [
        table,
        *tier_part(flow),
        *bottleneck_part(totals.bottlenecks, totals.counts),
        *without_channel,
    ]


def warning_part(sentences: Iterable[str | None]) -> list[Part]:
    """Return what somebody should know before anything else, if there is anything."""
    lines = [sentence for sentence in sentences if sentence]
    return [Sentences(lines, is_warning=True)] if lines else []


def more_part(number: int, noun: str) -> list[Part]:
    """Return how many more there are than those that are shown, if there are any."""
    return [Sentences([f"and {format_count(number, f'more {noun}')}"])] if number > 0 else []


# --- what is short, and who gets nothing -----------------------------------------------------


def bottleneck_part(
    bottlenecks: Sequence[Bottleneck],
    counts: ChannelCounts,
    gate: ALSGate | None = None,
    at_most: Mapping[Channel, int] | None = None,
) -> list[Part]:
    """Return what is short and why, or that nothing is."""
    if bottlenecks:
        lines = [describe_bottleneck(each, gate, at_most or {}) for each in bottlenecks]
        return [Sentences(lines, "Bottlenecks", is_warning=True)]
    if counts.total:
        return [Sentences([], "No bottleneck: every channel gets its target.")]
    return []


def describe_bottleneck(
    bottleneck: Bottleneck, gate: ALSGate | None, at_most: Mapping[Channel, int]
) -> str:
    """Say which channels are short, of how much, and which tiers and caps are the reason."""
    channels = [channel for channel in CHANNELS if channel in bottleneck.channels]
    room = format_count(bottleneck.room, "lead")
    said = f"{join_channels(channels)}: room for {room}, {bottleneck.wanted:,} wanted"
    notes: list[str] = []
    if gate is not None:
        opened = [tier for tier in ALSTier if gate.channels(tier)]
        open_to = [tier for tier in opened if gate.channels(tier) & bottleneck.channels]
        if len(open_to) < len(opened):
            what = "it" if len(channels) == 1 else "them"
            notes.append(f"only {join_words(open_to)} leads may get {what}")
    notes += [f"{c} capped at {at_most[c]:,}" for c in channels if c in at_most]
    if bottleneck.limit and not (at_most.keys() & bottleneck.channels):
        notes.append(bottleneck.limit.words)
    return f"{said} ({'; '.join(notes)})" if notes else said


def reason_part(caption: str, counts: Mapping[Reason, int], already: int = 0) -> list[Part]:
    """Return how many leads got nothing and why, among them those that were admitted before."""
    rows: list[Sequence[str | int]] = []
    if already:
        rows.append((already, "already", "the lead was admitted before"))
    rows += [(counts[r], r, r.message) for r in Reason if counts.get(r)]
    return [Facts(rows, caption)] if rows else []


def lead_count(intake: Intake) -> int:
    """Return how many leads an intake was about."""
    parts = (intake.assignments, intake.already, intake.deferred, intake.unassigned)
    return sum(map(len, parts))


def lead_reason_part(caption: str, leads: Iterable[tuple[object, Reason]]) -> list[Part]:
    """Return how many leads have which reason, and a few of them."""
    by_reason: defaultdict[Reason, list[object]] = defaultdict(list)
    for lead_id, reason in leads:
        by_reason[reason].append(lead_id)
    counts = {reason: len(ids) for reason, ids in by_reason.items()}
    return named_reason_part(caption, counts, by_reason)


def named_reason_part(
    caption: str, counts: Mapping[Reason, int], first: Mapping[Reason, Sequence[object]]
) -> list[Part]:
    """Return how many leads have which reason, and the first of them."""
    rows = [
        (counts[reason], reason, f"{reason.message}{bracket_ids(first[reason], counts[reason])}")
        for reason in Reason
        if counts.get(reason)
    ]
    return [Facts(rows, caption)] if rows else []


def later_days_part(sentences: Sequence[str]) -> list[Part]:
    """Return what an intake leaves to the days after it, if there is anything to say."""
    return [Sentences(sentences, "Later days")] if sentences else []


def name_ids(ids: Iterable[object], total: int | None = None) -> str:
    """Return a few ids, and how many more there are, in `total` if given."""
    return name_some([i if isinstance(i, int) else str(i) for i in ids], total)


def bracket_ids(ids: Collection[object], total: int | None = None) -> str:
    """Return a few ids in brackets, if there are any."""
    return f" ({name_ids(ids, total)})" if ids else ""


def corrupt_part(faults: Sequence[str]) -> list[Part]:
    """Return what is wrong with the rows that cannot be read, if there are any."""
    if not faults:
        return []
    return [Sentences(faults, f"Left out: {format_count(len(faults), 'bad row')}")]


# --- campaigns -------------------------------------------------------------------------------


def campaign_name(campaign: Campaign) -> str:
    """Return the name of a campaign, or its id if that cannot be read."""
    return str(campaign.id) if "name" in campaign.faults else campaign.name


def campaign_state(campaign: Campaign) -> str:
    """Return the status of a campaign, or that it is deleted."""
    if campaign.deleted_at:
        return "deleted"
    return "unreadable" if "status" in campaign.faults else campaign.status.value


def campaign_title(campaign: Campaign) -> str:
    """Return the name and the state of a campaign, and which fields of it cannot be read."""
    unreadable = f" ({describe_unreadable(campaign.faults)})" if campaign.faults else ""
    return f"{campaign_name(campaign)}: {campaign_state(campaign)}{unreadable}"


def campaign_facts(campaign: Campaign) -> list[tuple[str, str]]:
    """Return what a campaign is, without its allocation and its limits."""
    bounds = (("from", campaign.start_date), ("until", campaign.end_date))
    dates = " ".join(f"{word} {day}" for word, day in bounds if day)
    return [
        ("id", str(campaign.id)),
        ("client", str(campaign.client_id)),
        ("mode", campaign.permission_mode.value),
        ("dates", dates or "no start or end date"),
        *targeting_facts(campaign.targeting),
    ]


def readable_parts(campaign: Campaign) -> list[Part]:
    """Return the fields that can be read of a corrupt row, and what is wrong with the others."""
    names = [part.name for part in fields(Campaign) if part.name not in campaign.faults]
    facts = [(name, describe_value(getattr(campaign, name))) for name in names]
    if campaign.targeting.faults:
        facts += targeting_facts(campaign.targeting)
    return [Facts(facts), Sentences(list_faults(campaign.faults), "Cannot be read")]


def targeting_facts(targeting: Targeting) -> list[tuple[str, str]]:
    """Return the targets of each kind."""
    return [
        (name, "cannot be read" if texts is None else ", ".join(texts) or "any")
        for name, texts in list_targets(targeting)
    ]


def limit_facts(campaign: Campaign) -> list[tuple[str, str]]:
    """Return the limits of a campaign."""
    most = campaign.total_lead_limit
    return [
        ("a day", f"up to {format_count(campaign.daily_lead_limit, 'lead')}"),
        ("in all", "no limit" if most is None else f"up to {format_count(most, 'lead')}"),
    ]


def progress_facts(progress: Progress, campaign: Campaign | None = None) -> list[tuple[str, str]]:
    """Return how many leads were admitted, of how many if the campaign is given."""
    today, total = progress.admitted_today, progress.admitted_total
    if campaign is None:
        on_day = [(str(progress.day), format_count(today, "lead"))] if progress.day else []
        return [*on_day, ("in all", format_count(total, "lead"))]
    daily, most = limit_facts(campaign)[0], campaign.total_lead_limit
    if progress.day:
        limit = format_count(campaign.daily_lead_limit, "lead")
        daily = (str(progress.day), f"{today:,} of {limit} a day")
    of = f"{format_count(total, 'lead')}, no limit"
    return [daily, ("in all", of if most is None else f"{total:,} of {format_count(most, 'lead')}")]


# --- suggestions and events ------------------------------------------------------------------


def suggestion_part(
    suggestion: Suggestion | SuggestionHead, campaign: str = "", applied: Event | None = None
) -> Sentences:
    """Return a suggestion in sentences under its id, with what was applied of it."""
    sentences = list(describe_suggestion(suggestion, campaign))
    if applied is not None:
        details = describe_event_details(evolve(applied, suggestion_id=None))
        sentences += [f"applied: {one}" for one in details]
    return Sentences(sentences, str(suggestion.id))


def suggestion_parts(
    suggestion: Suggestion | SuggestionHead, campaign: str = "", applied: Event | None = None
) -> list[Part]:
    """Return a suggestion in sentences, and which leads it has and leaves out."""
    facts = [("campaign", str(suggestion.campaign_id))]
    if suggestion.revision > 1:
        facts.append(("revision", str(suggestion.revision)))
    parts: list[Part] = [suggestion_part(suggestion, campaign, applied), Facts(facts)]
    if isinstance(suggestion, Suggestion):
        if lead_ids := lead_ids_of(suggestion.command):
            facts.append(("leads", name_ids(lead_ids)))
        parts += lead_reason_part("Left out", sorted(suggestion.unassigned.items()))
    return parts


def event_part(events: Iterable[Event]) -> Entries:
    """Return events in their order."""
    return Entries(
        [
            Entry(each.number, describe_event(each), list(describe_event_details(each)))
            for each in events
        ]
    )
