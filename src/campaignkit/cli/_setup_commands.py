"""The commands that make a campaign's file, and show how a file of leads is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import attrs
import typer

from campaignkit import Campaign, StructureError, from_dict
from campaignkit.cli._campaign_toml import read_client_id
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._leads_check import check_leads
from campaignkit.cli._new_campaign import InitJob, start_campaign
from campaignkit.cli._option_groups import ColumnOptions, FormatOptions, LeadsOptions
from campaignkit.cli._options import collect_faults, read_allocation, read_optional_day
from campaignkit.cli._parameters import JsonOption, LeadsArgument, show_examples
from campaignkit.cli._questions import Questions, can_ask
from campaignkit.cli._source import STDIN
from campaignkit.cli._terminal import print_result


@attrs.frozen(kw_only=True)
class _CampaignOptions:
    """What a new campaign is, as in a campaign's file."""

    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the campaign.  [default: that of the file]"),
    ] = None
    client: Annotated[
        str | None,
        typer.Option(
            metavar="CLIENT",
            help="Id of the client, or the file of one of its campaigns.  [default: a new one]",
        ),
    ] = None
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="autopilot|co_pilot|manual",
            help="What an AI may do by itself.  [default: co_pilot]",
        ),
    ] = None
    allocation: Annotated[
        str | None,
        typer.Option(metavar="CHANNEL=PERCENT,...", help="Shares that add up to 100."),
    ] = None
    daily: Annotated[
        int | None,
        typer.Option(metavar="LEADS", help="The most leads a day.  [default: 50]"),
    ] = None
    total: Annotated[
        int | None,
        typer.Option(metavar="LEADS", help="The most leads in all.  [default: no limit]"),
    ] = None
    start: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The first day.")] = None
    end: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The last day.")] = None

    def read(self, default_name: str, faults: list[str]) -> Campaign:
        """Return the draft of the campaign; its ids are new."""
        now = datetime.now(UTC).isoformat()
        start = read_optional_day("--start", self.start, faults)
        end = read_optional_day("--end", self.end, faults)
        given: dict[str, Any] = {
            "permission_mode": self.mode,
            "daily_lead_limit": self.daily,
            "total_lead_limit": self.total,
            "start_date": start and start.isoformat(),
            "end_date": end and end.isoformat(),
        }
        plain = {
            "id": str(uuid4()),
            "client_id": str(uuid4()),
            "name": default_name if self.name is None else self.name,
            "allocation": dict(read_allocation(self.allocation, faults).items()),
            "created_at": now,
            "updated_at": now,
            **{name: value for name, value in given.items() if value is not None},
        }
        try:
            return from_dict(Campaign, plain)
        except StructureError as error:
            faults += [_name_option(fault) for fault in error.faults]
        return from_dict(Campaign, {name: plain[name] for name in _REQUIRED} | {"name": "x"})

    @property
    def given(self) -> list[str]:
        """The options that are given."""
        return [f"--{name}" for name, value in attrs.asdict(self).items() if value is not None]


_REQUIRED = ("id", "client_id", "name", "created_at", "updated_at")
_OPTIONS = {
    "name": "--name",
    "permission_mode": "--mode",
    "daily_lead_limit": "--daily",
    "total_lead_limit": "--total",
    "start_date": "--start",
    "end_date": "--end",
}


def _name_option(fault: str) -> str:
    """Return a fault of a campaign with the option that it is about in front."""
    field, mark, rest = fault.removeprefix("$.").removeprefix("$: ").partition(":")
    return f"{_OPTIONS.get(field, field)}{mark}{rest}"


def init(
    leads: LeadsArgument,
    *,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="TOML file of the campaign, which is written.")
    ] = "campaign.toml",
    campaign: _CampaignOptions,
    columns: ColumnOptions,
    format_: FormatOptions,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Ask nothing, and take what was found out by looking."),
    ] = False,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Change only the table [leads] of a file that exists, by these leads."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the file of a campaign from a file of leads.

    It is found out by looking what the columns are: the id, the score and what it spans, what
    closes a channel, what a channel needs, and what is known of a lead. The names of the exports of
    many programs are known. In a terminal you are asked; the answer in brackets is what was found.
    No file is overwritten.
    """
    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            client_id = None if campaign.client is None else read_client_id(campaign.client)
            draft = campaign.read(_name_after(leads), faults)
            if client_id is not None:
                draft = attrs.evolve(draft, client_id=client_id)
            if not out.lower().endswith(".toml"):
                faults.append(f"--out must end in .toml, not {out!r}")
            if update:
                faults += [f"{each} is for a new file, not for --update" for each in campaign.given]
            is_asking = not accept and not as_json and leads != STDIN and can_ask()
            job = InitJob(
                leads=leads,
                file=format_.read(faults),
                settings=columns.read_settings(faults),
                campaign=draft,
                has_name=campaign.name is not None,
                out=out,
                update=update,
                questions=Questions(is_asking),
            )
        print_result(start_campaign(job), as_json=as_json)


def _name_after(path: str) -> str:
    """Return a name for the campaign of a file of leads."""
    return "campaign" if path == STDIN else Path(path).name.partition(".")[0].strip() or "campaign"


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="[CAMPAIGN] LEADS",
            help="TOML file of a campaign, whose table [leads] says what the columns are; and the"
            " file of leads, - for standard input.",
        ),
    ],
    *,
    file: LeadsOptions,
    as_json: JsonOption = False,
) -> None:
    """Show how a file of leads is read, and write nothing.

    What each column is for, the first rows as they are read, how many leads each tier has, which
    channels are closed and why, and all that is wrong. The exit code is 1 if a command would refuse
    the file.
    """
    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            *campaigns, leads = files
            if len(campaigns) > 1:
                faults.append(f"one file of leads is checked at a time, not {len(files)}")
            read = file.read(leads, faults, campaigns[0] if campaigns else None)
        result, error = check_leads(read)
        if error is None or not as_json:
            print_result(result, as_json=as_json)
        if error is not None:
            raise error


SETUP_COMMANDS: Mapping[Callable[..., None], str] = {
    init: show_examples(
        "campaignkit init leads.csv",
        "campaignkit init export.xlsx --out perth.toml --name 'Perth agencies'"
        " --allocation email=60,linkedin=40 --daily 80 --accept",
        "campaignkit init new_export.csv --out perth.toml --update",
    ),
    check: show_examples(
        "campaignkit check campaign.toml leads.csv",
        "campaignkit check leads.csv --id 'Lead ID' --score 'Fit Score' --scale 0..1"
        " --block email='Do not email'",
    ),
}
"""Each command, and the end of its help."""
