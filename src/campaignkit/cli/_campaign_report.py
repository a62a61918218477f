"""What an intake did and how a campaign stands, for a person and as JSON for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from attrs import frozen
from rich.console import Console
from rich.padding import Padding

from campaignkit import (
    ALSGate,
    Campaign,
    ChannelCounts,
    Intake,
    Overflow,
    Progress,
    Reason,
    Suggestion,
    Targeting,
    to_dict,
)
from campaignkit.cli import _allocation_report as report
from campaignkit.cli._leads_csv import Batch
from campaignkit.cli._options import PlanOptions
from campaignkit.cli._terminal import Table, say
from campaignkit.core._sentences import format_count


@frozen(kw_only=True)
class Taken:
    """What was done to a campaign, in `changes` by words; its intake; and that in numbers."""

    campaign: Campaign
    is_new: bool
    is_activated: bool
    changes: tuple[str, ...]
    intake: Intake
    numbers: report.Summary


@frozen
class Waiting:
    """A campaign in whose way something stands that a user has to approve first."""

    campaign: Campaign
    is_new: bool
    suggestions: tuple[Suggestion, ...]


@frozen
class Shown:
    """A campaign, and its progress on a day or on none."""

    campaign: Campaign
    progress: Progress


@frozen
class Listed:
    """A campaign, and how many leads it has."""

    campaign: Campaign
    leads: int


@frozen
class Listing:
    """Campaigns in the order of their clients, and what is wrong with those that are unreadable."""

    campaigns: tuple[Listed, ...]
    corrupt: tuple[str, ...]


# --- an intake -----------------------------------------------------------------------------------


def summarise_intake(name: str, batch: Batch, gate: ALSGate, taken: Intake) -> report.Summary:
    """Count what an intake gave to the leads of a file."""
    allocation = taken.progress.allocation
    assert allocation is not None  # noqa: S101  # an intake's progress is under its campaign's
    carried = {c: n - taken.plan.counts[c] for c, n in taken.progress.carried.items()}
    return report.Summary(
        name=name,
        rows=batch.rows,
        leads=len(batch.leads),
        bad=batch.bad,
        how=PlanOptions(allocation, Overflow.REASSIGN, {}, {}),
        gate=gate,
        carried=ChannelCounts(carried),
        counts=taken.plan.counts,
        target=taken.plan.target,
        bottlenecks=taken.plan.bottlenecks,
        given=Counter((new.tier, new.channel) for new in taken.assignments.values()),
        unassigned=Counter([*taken.deferred.values(), *taken.unassigned.values()]),
        near_duplicates=report.NearDuplicates.of(taken.near_duplicates),
    )


def show_taken(console: Console, taken: Taken) -> None:
    """Print who was taken, who was not and why, and how the campaign stands; in 80 columns."""
    numbers, progress = taken.numbers, taken.intake.progress
    with report.trimmed(console):
        leads = format_count(numbers.leads, "lead")
        into = f"{len(taken.intake.assignments):,} taken into "
        name = (taken.campaign.name, "bold")
        say(console, (numbers.name, "bold"), f": {leads}, {into}", name, f" on {progress.day}")
        for act in _acts(taken):
            say(console, act)
        console.print()
        report.show_channels(console, numbers)
        if taken.intake.already or numbers.unassigned:
            report.title(console, "Not taken")
            console.print(report.reason_table(numbers.unassigned, len(taken.intake.already)))
        report.show_bottlenecks(console, numbers)
        report.show_near_duplicates(console, numbers.near_duplicates)
        report.show_left_out(console, numbers.bad)
        report.title(console, "Progress")
        console.print(_grid(_progress(taken.campaign, progress)))


def taken_json(taken: Taken, written: str | None) -> Mapping[str, object]:
    """Return the document that `intake --json` prints."""
    numbers, intake = taken.numbers, taken.intake
    return {
        "input": numbers.name,
        "output": written,
        "rows": numbers.rows,
        "leads": numbers.leads,
        "campaign": to_dict(taken.campaign),
        "created": taken.is_new,
        "activated": taken.is_activated,
        "changes": taken.changes,
        "taken": len(intake.assignments),
        "already": len(intake.already),
        "deferred": _reasons(intake.deferred.values()),
        "unassigned": _reasons(intake.unassigned.values()),
        "carried": dict(numbers.carried),
        "target": dict(numbers.target),
        "counts": dict(numbers.counts),
        "share": report.rounded_shares(numbers),
        "bottlenecks": report.bottlenecks_json(numbers.bottlenecks),
        "near_duplicates": report.near_duplicates_json(numbers.near_duplicates),
        "progress": _progress_json(taken.campaign, intake.progress),
        "bad_rows": report.bad_rows_json(numbers.bad),
    }


def _acts(taken: Taken) -> Iterator[str]:
    if taken.is_new:
        yield "Created and activated the campaign"
    yield from taken.changes
    if taken.is_activated and not taken.is_new:
        yield "Activated the campaign, which was a draft"


def _reasons(reasons: Iterable[Reason]) -> Mapping[Reason, int]:
    counts = Counter(reasons)
    return {reason: counts[reason] for reason in Reason if reason in counts}


# --- a campaign ----------------------------------------------------------------------------------


def show_campaign(console: Console, shown: Shown) -> None:
    """Print a campaign and how it stands; in 80 columns."""
    campaign, progress = shown.campaign, shown.progress
    with report.trimmed(console):
        state = "deleted" if campaign.deleted_at else campaign.status
        say(console, (campaign.name, "bold"), f": {state}")
        console.print(_grid(_facts(campaign)))
        report.title(console, "Progress")
        console.print(_grid(_progress(campaign, progress)))
        if progress.day is not None:
            say(console, _on_a_day(campaign, progress), indent=2)
        console.print()
        console.print(
            report.channel_table(
                console,
                campaign.allocation,
                target=campaign.allocation.apportion(progress.carried.total),
                counts=progress.carried,
                carried=ChannelCounts(),
            )
        )


def shown_json(shown: Shown) -> Mapping[str, object]:
    """Return the document that `show --json` prints for a campaign."""
    return {
        "campaign": to_dict(shown.campaign),
        "progress": _progress_json(shown.campaign, shown.progress),
    }


def _facts(campaign: Campaign) -> Iterator[tuple[str, str]]:
    yield "id", str(campaign.id)
    yield "client", str(campaign.client_id)
    yield "mode", campaign.permission_mode
    yield "dates", _dates(campaign)
    yield from _targets(campaign.targeting)


def _dates(campaign: Campaign) -> str:
    bounds = (("from", campaign.start_date), ("until", campaign.end_date))
    return " ".join(f"{word} {day}" for word, day in bounds if day) or "without bounds"


def _targets(targeting: Targeting) -> Iterator[tuple[str, str]]:
    for name, targets in to_dict(targeting).items():
        yield name.replace("_", " "), ", ".join(targets) or "any"


def _progress(campaign: Campaign, progress: Progress) -> Iterator[tuple[str, str]]:
    if progress.day is not None:
        today, limit = progress.admitted_today, format_count(campaign.daily_lead_limit, "lead")
        yield str(progress.day), f"{today:,} of {limit} a day"
    else:
        yield "a day", f"up to {format_count(campaign.daily_lead_limit, 'lead')}"
    total, most = progress.admitted_total, campaign.total_lead_limit
    no_limit = f"{format_count(total, 'lead')}, no limit"
    yield "in all", no_limit if most is None else f"{total:,} of {format_count(most, 'lead')}"


def _on_a_day(campaign: Campaign, progress: Progress) -> str:
    assert progress.day is not None  # noqa: S101  # only asked for a day
    because = [words for _, words in campaign.not_running_reasons(progress.day)]
    because += [why.message for why, left in campaign.remaining(progress).items() if not left]
    if because:
        return f"takes no lead on {progress.day}: {'; '.join(because)}"
    room = format_count(campaign.capacity(progress), "more lead")
    return f"takes up to {room} on {progress.day}"


def _progress_json(campaign: Campaign, progress: Progress) -> Mapping[str, object]:
    """Return the plain form of a progress, and what it leaves on its day, if it is of one."""
    document: dict[str, object] = to_dict(progress)
    if progress.day is not None:
        running = campaign.running(progress.day)
        document["running"] = running.allowed
        document["reasons"] = running.reasons
        document["capacity"] = campaign.capacity(progress) if running else 0
    return document


# --- many campaigns ------------------------------------------------------------------------------


def show_listing(console: Console, listing: Listing) -> None:
    """Print the campaigns of each client as a table; in 80 columns."""
    with report.trimmed(console):
        if not listing.campaigns:
            say(console, "There are no campaigns.")
        for n, (client_id, listed) in enumerate(
            groupby(listing.campaigns, key=lambda each: each.campaign.client_id)
        ):
            if n:
                console.print()
            say(console, (f"Client {client_id}", "bold"))
            console.print(_listing_table(console, listed))
        if listing.corrupt:
            report.title(console, f"Left out: {format_count(len(listing.corrupt), 'bad row')}")
            for fault in listing.corrupt:
                say(console, fault, indent=2)


def _listing_table(console: Console, listed: Iterable[Listed]) -> Table:
    campaigns = report.table(console)
    campaigns.add_column("id", style="cyan", no_wrap=True)
    campaigns.add_column("status")
    campaigns.add_column("leads", justify="right", style="bold")
    campaigns.add_column("name", overflow="fold")
    for each in listed:
        campaign = each.campaign
        campaigns.add_row(str(campaign.id), campaign.status, f"{each.leads:,}", campaign.name)
    return campaigns


def listing_json(listing: Listing) -> Mapping[str, object]:
    """Return the document that `show --json` prints for all campaigns."""
    return {
        "campaigns": [
            {**to_dict(each.campaign), "admitted_total": each.leads} for each in listing.campaigns
        ],
        "corrupt": listing.corrupt,
    }


def _grid(rows: Iterable[tuple[str, str]]) -> Padding:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return Padding(grid, (0, 0, 0, 2))
