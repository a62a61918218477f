"""The arguments and options that several commands take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import typer

LeadsArgument = Annotated[
    str,
    typer.Argument(
        metavar="LEADS",
        help="CSV, Excel or Parquet file with a header; - reads standard input.",
    ),
]
LeadsCampaignOption = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        metavar="FILE",
        help="TOML file of a campaign; its table [leads] says what the columns are.",
    ),
]
OverrideOption = Annotated[
    bool,
    typer.Option(
        "--override",
        help="Use options that differ from what the campaign's file says.",
    ),
]
ReportOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write the report to this HTML file as well, to be sent, read in a browser, or"
        " printed.",
    ),
]
BomOption = Annotated[
    bool,
    typer.Option("--bom", help="Write CSV as UTF-8 with a byte order mark, which Excel needs."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of tables.")
]
SchemaOption = Annotated[
    str | None, typer.Option("--schema", metavar="NAME", help="Schema of the tables.")
]
PrefixOption = Annotated[
    str, typer.Option(metavar="PREFIX", help="How the names of all tables but campaigns begin.")
]
SuggestionArgument = Annotated[
    str,
    typer.Argument(
        metavar="SUGGESTION", help="Id of a suggestion, from `campaignkit suggestions`."
    ),
]
TodayOption = Annotated[
    str | None,
    typer.Option(
        metavar="YYYY-MM-DD",
        help="Your business day; earlier days are over. Default: a day is over once it is over in"
        " all time zones.",
    ),
]
CampaignFileArgument = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="TOML file of the campaign.")
]
CampaignArgument = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="Id or TOML file of a campaign.")
]
CampaignFileOption = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        metavar="FILE",
        help="TOML file of a campaign: its mix counts, and its table [leads] says what the columns"
        " are.",
    ),
]
WaitOption = Annotated[
    int, typer.Option(min=0, metavar="SECONDS", help="How long to wait for other writers.")
]
HorizonOption = Annotated[
    str,
    typer.Option(
        metavar="DAYS",
        help="For how many days of intake the leads are to last, this day among them, or end:"
        " to the campaign's end date. Leads of scarce channels are then kept for later days.",
    ),
]
ReasonOption = Annotated[
    str | None,
    typer.Option(metavar="WORDS", help="Why; the words are kept in the history."),
]

DATABASE_EXAMPLE = "--db sqlite:///campaigns.db"


_MOST_CHARACTERS = 74


def show_examples(*commands: str) -> str:
    """Return examples for the end of a help page; the first character keeps their lines."""
    lines = [line for command in commands for line in _break(command)]
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def _break(command: str) -> Iterator[str]:
    """Break a command into lines that fit a terminal, as a shell reads them."""
    line = ""
    for word in re.findall(r"(?:'[^']*'|\S)+", command):
        if len(line) + len(word) >= _MOST_CHARACTERS:
            yield f"{line} \\"
            line = f"      {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line
