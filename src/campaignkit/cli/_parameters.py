"""The arguments and options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

LeadsArgument = Annotated[
    str,
    typer.Argument(help="CSV, Excel or Parquet file with a header; - reads standard input."),
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
DelimiterOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="comma, semicolon, tab or pipe.  [default: found out by looking]",
    ),
]
EncodingOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Encoding of the file, such as utf-8, utf-16 or cp1252.  [default: found out by"
        " looking]",
    ),
]
SheetOption = Annotated[
    str | None,
    typer.Option(
        metavar="SHEET",
        help="Name or number of the sheet of an Excel file.  [default: the first with the columns]",
    ),
]
SkipRowsOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="LINES",
        help="Number of lines before the header.  [default: found out by looking]",
    ),
]
DuplicatesOption = Annotated[
    str,
    typer.Option(
        metavar="refuse|best|first",
        help="Several rows of one lead: refuse them, or keep the one with the best score or the"
        " first. A channel that any of them closes stays closed.",
    ),
]
RejectsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Write every refused row to this CSV file, with line and reason."
    ),
]
BomOption = Annotated[
    bool,
    typer.Option("--bom", help="Write CSV as UTF-8 with a byte order mark, which Excel needs."),
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
