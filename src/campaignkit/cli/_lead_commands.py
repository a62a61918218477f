"""The commands that plan the leads of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer
from attrs import evolve

from campaignkit import DEFAULT_ALLOCATION, DEFAULT_GATE, Allocation
from campaignkit.cli._allocate import allocate_leads
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._option_groups import ActorOptions, IntakeOptions, LeadsOptions
from campaignkit.cli._options import (
    AllocateJob,
    PlanOptions,
    collect_faults,
    read_allocation,
    read_duration,
    read_numbers,
    read_out,
    read_overflow,
)
from campaignkit.cli._output import FORMATS, STDOUT
from campaignkit.cli._parameters import (
    BomOption,
    CampaignFileArgument,
    CampaignFileOption,
    JsonOption,
    LeadsArgument,
    ReportOption,
    show_examples,
)
from campaignkit.cli._report import read_report
from campaignkit.cli._terminal import print_result
from campaignkit.core._sentences import join_channels


def allocate(
    leads: LeadsArgument,
    *,
    file: LeadsOptions,
    campaign: CampaignFileOption = None,
    allocation: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL=PERCENT,...",
            help="Shares that add up to 100; omitted channels are 0 %."
            f"  [default: {','.join(f'{c}={n}' for c, n in DEFAULT_ALLOCATION.items() if n)}]",
        ),
    ] = None,
    overflow: Annotated[
        str,
        typer.Option(
            metavar="reassign|hold",
            help="With more leads than shares: reassign gives every lead a channel that is open to"
            " it, hold lets no channel exceed its share.",
        ),
    ] = "reassign",
    at_most: Annotated[
        list[str] | None,
        typer.Option(metavar="CHANNEL=LEADS", help="Cap a channel in this batch. Repeatable."),
    ] = None,
    carried: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHANNEL=LEADS",
            help="Leads that a channel got earlier under these shares. Repeatable.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the rows with tier, channel and reason added; - writes them to standard"
            " output, and the report to standard error. Default: nothing is written.",
        ),
    ] = None,
    bom: BomOption = False,
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give each lead of a file a channel.

    How the file is written is found out by looking. The channels get their shares as exactly as
    the scores permit.
    """
    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            options = PlanOptions(
                allocation=read_allocation(allocation, faults),
                overflow=read_overflow(overflow, faults),
                at_most=read_numbers("--at-most", at_most or (), faults),
                carried=read_numbers("--carried", carried or (), faults),
            )
            out = read_out(out, tuple(FORMATS), faults, as_json=as_json)
            rows = file.read(leads, faults, campaign)
            if rows.campaign is not None:
                mix = rows.campaign.allocation
                if allocation is None:
                    options = evolve(options, allocation=mix)
                elif mix != options.allocation and not file.override:
                    faults.append(_describe_difference(options.allocation, mix, campaign))
            path = read_report(report, faults)
            job = AllocateJob(leads=rows, options=options, out=out, bom=bom, report=path)
        print_result(allocate_leads(job), as_json=as_json, stderr=out == STDOUT)


def intake(
    campaign: CampaignFileArgument,
    leads: LeadsArgument,
    *,
    options: IntakeOptions,
    actor: ActorOptions,
    expires_in: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Let what --ai suggests expire after this time, such as 90m, 36h or 3d."
            "  [default: never]",
        ),
    ] = None,
    suggest: Annotated[
        bool,
        typer.Option("--suggest", help="Let --ai only suggest, in autopilot mode as well."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Admit leads of a file to a campaign, day by day.

    --by or --ai is required. The first run creates missing tables and the campaign, and activates
    it; beside the tables of another program only with --create. Each run admits the best leads that
    are not in the campaign yet, as many as the limits allow, and gives each a channel; no lead is
    admitted twice. What an AI may not do by itself
    becomes a suggestion that waits for a user. `campaignkit preview` shows all this first.
    """
    # SQLAlchemy is slow to load: only the commands that need it import it.
    from campaignkit.cli._intake import run_intake  # noqa: PLC0415

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            given = {"--expires-in": expires_in is not None, "--suggest": suggest}
            if actor.ai is None:
                faults += [f"{option} needs --ai" for option, is_given in given.items() if is_given]
            lifetime = read_duration("--expires-in", expires_in, faults)
            by = actor.read(faults)
            job = evolve(
                options.read(campaign, leads, by, faults, as_json=as_json),
                expires_in=lifetime,
                only_suggest=suggest,
            )
        print_result(run_intake(job), as_json=as_json, stderr=job.out == STDOUT)


def preview(
    campaign: CampaignFileArgument,
    leads: LeadsArgument,
    *,
    options: IntakeOptions,
    actor: ActorOptions,
    as_json: JsonOption = False,
) -> None:
    """Show what an intake would do, and store nothing.

    The report and the rows of --out are those of `campaignkit intake` with the same options. A
    campaign that is not in the database yet is previewed as it would be created and activated. What
    would become a suggestion of --ai is previewed as if it were approved at once.
    """
    from campaignkit.cli._intake import preview_intake  # noqa: PLC0415  # as above
    from campaignkit.cli._intake_job import PREVIEWER  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            by = actor.read_or(PREVIEWER, faults)
            job = options.read(campaign, leads, by, faults, as_json=as_json)
        print_result(preview_intake(job), as_json=as_json, stderr=job.out == STDOUT)


def _describe_difference(given: Allocation, wanted: Allocation, path: str | None) -> str:
    """Say that an option gives other shares than the file of the campaign."""
    one, other = (
        ",".join(f"{channel}={share}" for channel, share in shares.items() if share)
        for shares in (given, wanted)
    )
    return (
        f"--allocation is {one}, but the allocation is {other} in {path};"
        " --override uses the option"
    )


def _describe_gate() -> str:
    tiers = [
        f"{tier} leads ({bound} and up) " + join_channels(DEFAULT_GATE.channels(tier))
        for tier, bound in DEFAULT_GATE.bounds.items()
    ]
    return f"The score of a lead decides which channels it may get: {'; '.join(tiers)}."


LEAD_COMMANDS: Mapping[Callable[..., None], str] = {
    allocate: _describe_gate()
    + "\n\n"
    + show_examples(
        "campaignkit allocate leads.csv --allocation email=60,sms=40 --out plan.csv",
        "campaignkit allocate export.xlsx --id 'Lead ID' --score Score"
        " --block email='Do not email' --out plan.xlsx",
    ),
    intake: show_examples(
        "campaignkit intake campaign.toml leads.csv --db sqlite:///campaigns.db"
        " --day 2026-11-23 --by eva --out admitted.csv --report admitted.html",
    ),
    preview: show_examples(
        "campaignkit preview campaign.toml leads.csv --db sqlite:///campaigns.db --day 2026-11-23",
        "campaignkit preview campaign.toml leads.csv --db sqlite:///campaigns.db"
        " --day 2026-11-23 --horizon 5 --out preview.csv --report preview.html",
    ),
}
"""Each command, and the end of its help."""
