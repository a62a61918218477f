"""The arguments and options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

LeadsArgument = Annotated[
    str,
    typer.Argument(help="CSV file in UTF-8 with a header; - reads standard input."),
]
IdOption = Annotated[str, typer.Option("--id", metavar="COLUMN", help="Column of the lead's id.")]
ScoreOption = Annotated[
    str,
    typer.Option(
        "--score", metavar="COLUMN", help="Column of the score, 0 to 100; blank means unscored."
    ),
]
BlockOption = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        metavar="CHANNEL=COLUMN",
        help="Close the channel to leads with yes, y, true, t or 1 in the column; no, n, false, f,"
        " 0 or blank leaves it open. Repeatable.",
    ),
]
NeedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--need",
        metavar="CHANNEL=COLUMN",
        help="Close the channel to leads with a blank in the column. Repeatable.",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict/--skip-bad", help="Fail on bad rows, or leave them out."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of tables.")
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--db",
        metavar="URL",
        help="Database, such as sqlite:///campaigns.db or postgresql://user@host/database.",
    ),
]
SchemaOption = Annotated[
    str | None, typer.Option("--schema", metavar="NAME", help="Schema of the tables.")
]
PrefixOption = Annotated[
    str, typer.Option(metavar="PREFIX", help="How the names of all tables but campaigns begin.")
]
UserOption = Annotated[str | None, typer.Option("--by", metavar="USER", help="User who acts.")]
AiOption = Annotated[
    str | None,
    typer.Option(
        "--ai", metavar="NAME", help="AI that acts; what it may do depends on the permission mode."
    ),
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
WaitOption = Annotated[
    int,
    typer.Option(min=0, metavar="SECONDS", help="How long to wait for other writers."),
]
CampaignArgument = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="Id or TOML file of a campaign.")
]
ReasonOption = Annotated[
    str | None,
    typer.Option(metavar="WORDS", help="Why; the words are kept in the history."),
]
