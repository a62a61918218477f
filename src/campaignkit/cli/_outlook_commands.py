"""The commands that show what the leads of a file would bring, and store nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from campaignkit.cli._compare import compare_mixes
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._option_groups import LeadsOptions, OptionalLedgerOptions
from campaignkit.cli._options import (
    collect_faults,
    read_allocation,
    read_day,
    read_forecast_horizons,
    read_horizon_option,
    read_mixes,
    read_optional_day,
)
from campaignkit.cli._parameters import (
    DATABASE_EXAMPLE,
    CampaignFileArgument,
    CampaignFileOption,
    HorizonOption,
    JsonOption,
    LeadsArgument,
    ReportOption,
    TodayOption,
    show_examples,
)
from campaignkit.cli._report import read_report
from campaignkit.cli._terminal import print_result

_MOST_DAYS = 1_000


def forecast(
    campaign: CampaignFileArgument,
    leads: LeadsArgument,
    *,
    days: Annotated[
        int,
        typer.Option(min=1, max=_MOST_DAYS, metavar="DAYS", help="Number of days of intake."),
    ] = 20,
    day: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD", help="The first day.  [default: the campaign's start date]"
        ),
    ] = None,
    weekdays: Annotated[
        bool, typer.Option("--weekdays", help="Leave out Saturdays and Sundays.")
    ] = False,
    horizon: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DAYS",
            help="For how many days of intake the leads are to last on the first day: a number,"
            " end (to the campaign's end date) or pool (as long as there are leads). Repeatable, to"
            " compare several.  [default: 1]",
        ),
    ] = None,
    ledger: OptionalLedgerOptions,
    update: Annotated[
        bool,
        typer.Option("--update", help="Forecast a stored campaign as if it matched the file."),
    ] = False,
    file: LeadsOptions,
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast what a campaign will do, day by day.

    With --db it goes on from what the campaign has admitted so far, under the rules of its client.
    Without --db the campaign is taken to be new. Several horizons are compared. Nothing is stored.
    """
    # Only the commands that need SQLAlchemy import it, which is slow to load.
    from campaignkit.cli._forecast import ForecastJob, forecast_campaign  # noqa: PLC0415

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            if update and url is None:
                faults.append("--update needs --db")
            job = ForecastJob(
                url=url,
                wait=ledger.wait,
                campaign=campaign,
                first_day=read_optional_day("--day", day, faults),
                days=days,
                only_weekdays=weekdays,
                horizons=read_forecast_horizons("--horizon", horizon or ["1"], faults),
                update=update,
                report=read_report(report, faults),
                leads=file.read(leads, faults, campaign),
            )
        print_result(forecast_campaign(job), as_json=as_json)


def compare(
    leads: LeadsArgument,
    *,
    mix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=CHANNEL=PERCENT,...",
            help="A mix by a name of your choice; its shares add up to 100. Repeatable.",
        ),
    ] = None,
    campaign: CampaignFileOption = None,
    file: LeadsOptions,
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what several mixes do with the leads of a file.

    The mixes stand side by side: what each channel gets, what it falls short of, and what would
    help. --campaign adds the mix of a campaign's file, called campaign, and leads that do not fit
    its targeting are left out. Horizons are compared by `campaignkit forecast`. Nothing is stored.
    """
    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            mixes = read_mixes("--mix", mix or (), faults)
            path = read_report(report, faults)
            if not mix and campaign is None:
                faults.append("--mix or --campaign is required")
            if campaign is not None and "campaign" in mixes:
                faults.append("--mix campaign must have another name: it is that of --campaign")
            rows = file.read(leads, faults, campaign)
        print_result(compare_mixes(rows, mixes, path), as_json=as_json)


def explain(
    lead: Annotated[str, typer.Argument(metavar="ID", help="Id of the lead.")],
    leads: Annotated[
        str | None,
        typer.Argument(
            metavar="LEADS",
            help="CSV, Excel or Parquet file with a header; - reads standard input. Without it the"
            " database says what it knows.",
        ),
    ] = None,
    *,
    campaign: CampaignFileOption = None,
    allocation: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL=PERCENT,...",
            help="The mix, without --campaign.  [default: as for allocate]",
        ),
    ] = None,
    ledger: OptionalLedgerOptions,
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Business day of the intake.")
    ] = None,
    horizon: HorizonOption = "1",
    today: TodayOption = None,
    file: LeadsOptions,
    as_json: JsonOption = False,
) -> None:
    """Explain why a lead gets its channel, or none.

    With LEADS alone it explains the plan of `campaignkit allocate`; --campaign gives the mix, and
    leads that do not fit its targeting are left out. With --db, --campaign and --day it explains
    the intake of that day, as `campaignkit preview` shows it. With --db and --campaign alone it
    says what the database knows of the lead. Nothing is stored.
    """
    # Only the commands that need SQLAlchemy import it, which is slow to load.
    from campaignkit.cli._explain import (  # noqa: PLC0415
        explain_admission,
        explain_allocation,
        explain_stored,
    )
    from campaignkit.cli._intake_job import PREVIEWER, IntakeJob  # noqa: PLC0415

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            mix = None if allocation is None else read_allocation(allocation, faults)
            on = None if day is None else read_day("--day", day, faults)
            first_day = read_optional_day("--today", today, faults)
            ahead = read_horizon_option("--horizon", horizon, faults)
            if allocation is not None and (campaign is not None or url is not None):
                faults.append("--allocation must not come with --campaign or --db")
            if url is not None and campaign is None:
                faults.append("--db needs --campaign")
            if url is None and leads is None:
                faults.append("LEADS or --db is required")
            if url is not None and leads is not None and on is None:
                faults.append("--day is required with --db and LEADS")
            of_intake = {"--day": day is not None, "--horizon": horizon != "1"}
            of_intake["--today"] = today is not None
            if url is None or leads is None:
                faults += [
                    f"{name} needs --db and LEADS" for name, is_on in of_intake.items() if is_on
                ]
            rows = file.read(leads or "", faults, None if leads is None else campaign)
        if url is None:
            result = explain_allocation(lead, rows, mix)
        elif on is None:
            result = explain_stored(lead, url, ledger.wait, str(campaign))
        else:
            job = IntakeJob(
                url=url,
                wait=ledger.wait,
                campaign=str(campaign),
                leads=rows,
                day=on,
                by=PREVIEWER,
                today=first_day,
                horizon=ahead,
                update=False,
                out=None,
                bom=False,
            )
            result = explain_admission(lead, job)
        print_result(result, as_json=as_json)


OUTLOOK_COMMANDS: Mapping[Callable[..., None], str] = {
    forecast: show_examples(
        "campaignkit forecast campaign.toml leads.csv --days 20 --weekdays",
        f"campaignkit forecast campaign.toml leads.csv {DATABASE_EXAMPLE} --day 2026-11-24"
        " --horizon 1 --horizon pool --report forecast.html",
    ),
    compare: show_examples(
        "campaignkit compare leads.csv --mix calls=email=60,voice=40 --mix texts=email=60,sms=40",
        "campaignkit compare leads.csv --campaign campaign.toml --mix texts=email=60,sms=40"
        " --report mixes.html",
    ),
    explain: show_examples(
        "campaignkit explain ann leads.csv --allocation email=60,sms=40",
        f"campaignkit explain ann leads.csv --campaign campaign.toml {DATABASE_EXAMPLE}"
        " --day 2026-11-24",
        f"campaignkit explain ann --campaign campaign.toml {DATABASE_EXAMPLE}",
    ),
}
"""Each command, and the end of its help."""
