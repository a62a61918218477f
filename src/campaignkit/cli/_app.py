"""The commands as a person types them, and how they end."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO

import typer
from rich.console import Console
from typer.core import TyperGroup

from campaignkit import DEFAULT_GATE, InvalidError, plan
from campaignkit.cli import _allocation_report as report
from campaignkit.cli import _terminal as terminal
from campaignkit.cli._command_error import FileError, Refusal, UsageError
from campaignkit.cli._csv_file import open_csv
from campaignkit.cli._leads_csv import Columns, placed_rows, read_leads
from campaignkit.cli._options import (
    PlanOptions,
    all_at_once,
    read_actor,
    read_allocation,
    read_columns,
    read_day,
    read_id,
    read_numbers,
    read_out,
    read_overflow,
    read_size,
    read_states,
)
from campaignkit.cli._output import (
    STDOUT,
    check_added,
    check_target,
    is_parquet,
    leads_in_use,
    open_output,
)
from campaignkit.core._checks import short_repr
from campaignkit.core._escaping import escape_text


class _Commands(TyperGroup):
    """Commands whose complaints about the command line are safe to show: they quote it."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as typer has it
        """Read the options before the command."""
        with _safe_complaints():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # as typer has it
        """Read the command and its options, and run it."""
        with _safe_complaints():
            return super().invoke(ctx)


@contextmanager
def _safe_complaints() -> Generator[None]:
    try:
        yield
    except Exception as error:
        # Typer's own errors, whose class is at another place in each version.
        message = getattr(error, "message", None)
        if isinstance(message, str) and hasattr(error, "format_message"):
            setattr(error, "message", escape_text(message))  # noqa: B010  # of no class we know
        raise


app = typer.Typer(
    name="campaignkit",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help, which any terminal and any pipe can show
    pretty_exceptions_enable=False,
)

# What a shell says of a program that a signal ended: 128 and the signal's number.
_INTERRUPTED = 130
_BROKEN_PIPE = 141

LeadsArgument = Annotated[
    str,
    typer.Argument(help="CSV file in UTF-8 with a header; - reads stdin."),
]
IdOption = Annotated[str, typer.Option("--id", metavar="COLUMN", help="Column of the lead's id.")]
ScoreOption = Annotated[
    str,
    typer.Option(
        "--score", metavar="COLUMN", help="Column of the score, 0 to 100; blank is unscored."
    ),
]
BlockOption = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        metavar="CHANNEL=COLUMN",
        help="Not on this channel where that column says yes, y, true, t or 1 (not: no, n, false,"
        " f, 0 or nothing). Repeat at will.",
    ),
]
NeedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--need",
        metavar="CHANNEL=COLUMN",
        help="On this channel only where that column is filled. Repeat at will.",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict/--skip-bad", help="Stop at bad rows, or leave them out and go on."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of tables.")
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--db",
        metavar="URL",
        help="The database, such as sqlite:///campaigns.db or postgresql://user@host/database.",
    ),
]
UserOption = Annotated[str | None, typer.Option("--by", metavar="USER", help="The user who acts.")]
AiOption = Annotated[
    str | None,
    typer.Option(
        "--ai", metavar="NAME", help="The AI that acts; the campaign's permission mode decides."
    ),
]
SuggestionArgument = Annotated[
    str,
    typer.Argument(metavar="SUGGESTION", help="Id that `campaignkit suggestions` prints."),
]
WaitOption = Annotated[
    int,
    typer.Option(min=0, metavar="SECONDS", help="How long to wait for others to finish writing."),
]


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # typer passes it so
    if wanted:
        typer.echo(f"campaignkit {version('campaignkit')}")
        raise typer.Exit


@app.callback()
def campaignkit(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Outreach campaigns, and a channel allocation that is really applied.

    Exit codes: 0 done; 1 a file, the database or the rules of a campaign refuse; 2 the command
    line is wrong.
    """


@app.command()
def allocate(
    leads: LeadsArgument,
    *,
    id_column: IdOption = "lead_id",
    score: ScoreOption = "als_score",
    block: BlockOption = None,
    need: NeedOption = None,
    allocation: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL=PERCENT,...",
            help="Shares that add up to 100; a channel not named has none."
            "  [default: email=40,linkedin=30,voice=20,sms=5,mail=5]",
        ),
    ] = None,
    overflow: Annotated[
        str,
        typer.Option(
            metavar="reassign|hold",
            help="Where a channel has more leads than its share: reassign gives every lead a"
            " channel that it can have, hold lets no channel exceed its share.",
        ),
    ] = "reassign",
    at_most: Annotated[
        list[str] | None,
        typer.Option(metavar="CHANNEL=LEADS", help="Cap a channel in this batch. Repeat at will."),
    ] = None,
    carried: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHANNEL=LEADS",
            help="What a channel was given before under these shares. Repeat at will.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the rows with tier, channel and reason added; - writes to stdout, and the"
            " tables go to stderr. Without it nothing is written.",
        ),
    ] = None,
    strict: StrictOption = True,
    large: Annotated[
        bool,
        typer.Option("--large", help="Work on disk, for files that do not fit into memory."),
    ] = False,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="With --large and Parquet: how much memory to use, such as 2GB."
            "  [default: half of what there is]",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give each lead of a file a channel: CSV, or Parquet by the names .parquet and .pq.

    The channels get the shares asked for as exactly as the scores permit: hot leads, from 85 on,
    may get any channel; warm ones, from 60, email, linkedin and voice; cool ones, from 35, email
    and linkedin; cold ones, from 20, email; all others none.
    """
    with _ending(as_json=as_json):
        with all_at_once() as faults:
            columns = _columns(id_column, score, block, need, faults)
            how = PlanOptions(
                allocation=read_allocation(allocation, faults),
                overflow=read_overflow(overflow, faults),
                at_most=read_numbers("--at-most", at_most or (), faults),
                carried=read_numbers("--carried", carried or (), faults),
            )
            out = read_out(out, (".csv", ".parquet", ".pq"), faults)
            _refuse_both(as_json, out, faults)
            on_disk = large or is_parquet(leads) or (out is not None and is_parquet(out))
            most = read_size("--memory", memory, faults)
            if memory is not None and not on_disk:
                faults.append("--memory is for --large and Parquet")
        if on_disk:
            summary = _allocate_on_disk(leads, columns, how, out, most, strict=strict)
        else:
            summary = _allocate(leads, columns, how, out, strict=strict)
        if as_json:
            _print_json(report.summary_json(summary, out))
        else:
            _tell(summary, out)


@app.command()
def intake(
    campaign: Annotated[
        str,
        typer.Argument(metavar="CAMPAIGN", help="TOML file that describes the campaign."),
    ],
    leads: LeadsArgument,
    *,
    db: DatabaseOption,
    day: Annotated[
        str,
        typer.Option(metavar="YYYY-MM-DD", help="The business day whose limit counts."),
    ],
    id_column: IdOption = "lead_id",
    score: ScoreOption = "als_score",
    block: BlockOption = None,
    need: NeedOption = None,
    user: UserOption = None,
    ai: AiOption = None,
    update: Annotated[
        bool,
        typer.Option("--update", help="Change the stored campaign where the file differs."),
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the rows with tier, channel, reason, intake and day added; - writes to"
            " stdout, and the tables go to stderr.",
        ),
    ] = None,
    wait: WaitOption = 10,
    strict: StrictOption = True,
    as_json: JsonOption = False,
) -> None:
    """Take leads of a CSV file into a campaign, day by day.

    Who acts must be named. The first run creates the campaign and activates it, and makes the
    tables that the database lacks. Each run takes the best leads that are not in it yet, as many as
    the limits let in, and gives each a channel; nobody is taken twice. What an AI may not do by
    itself becomes a suggestion, and waits for a user.
    """
    # SQLAlchemy takes its time to load: only the commands that need it wait for it.
    from campaignkit.cli import _campaign_report as campaign_report  # noqa: PLC0415
    from campaignkit.cli import _database as database  # noqa: PLC0415
    from campaignkit.cli import _decision_report as decision_report  # noqa: PLC0415
    from campaignkit.cli import _intake_command as taking  # noqa: PLC0415

    with _ending(as_json=as_json):
        with all_at_once() as faults:
            out = read_out(out, (".csv",), faults)
            job = taking.Job(
                url=database.read_url(db, faults),
                wait=wait,
                campaign=campaign,
                leads=leads,
                columns=_columns(id_column, score, block, need, faults),
                day=read_day(day, faults),
                by=read_actor(user, ai, faults),
                update=update,
                strict=strict,
                out=out,
            )
            _refuse_both(as_json, out, faults)
        taken = taking.take(job)
        if isinstance(taken, campaign_report.Waiting):
            if as_json:
                _print_json(decision_report.waiting_json(taken))
            else:
                decision_report.show_waiting(terminal.stream(stderr=out == STDOUT), taken)
        elif as_json:
            _print_json(campaign_report.taken_json(taken, out))
        else:
            console = terminal.stream(stderr=out == STDOUT)
            campaign_report.show_taken(console, taken)
            _say_where(
                console, out, "The database knows who got which channel; --out FILE writes it."
            )


@app.command()
def show(
    campaign: Annotated[
        str | None,
        typer.Argument(
            metavar="CAMPAIGN",
            help="Id of a campaign, or the TOML file that describes it; without it all campaigns"
            " are listed.",
        ),
    ] = None,
    *,
    db: DatabaseOption,
    day: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Also say how the campaign stands on this day."),
    ] = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Show how a campaign stands, or list all campaigns. Nothing is written."""
    from campaignkit.cli import _campaign_report as campaign_report  # noqa: PLC0415  # as above
    from campaignkit.cli import _database as database  # noqa: PLC0415  # as above
    from campaignkit.cli import _show_command as looking  # noqa: PLC0415  # as above

    with _ending(as_json=as_json):
        with all_at_once() as faults:
            url = database.read_url(db, faults)
            on = None if day is None else read_day(day, faults)
            if campaign is None and day is not None:
                faults.append("--day needs a CAMPAIGN to be shown on that day")
        if campaign is None:
            listing = looking.look_through(url, wait)
            if as_json:
                _print_json(campaign_report.listing_json(listing))
            else:
                campaign_report.show_listing(terminal.stream(), listing)
        else:
            short_repr = looking.look_at(url, wait, campaign, on)
            if as_json:
                _print_json(campaign_report.shown_json(short_repr))
            else:
                campaign_report.show_campaign(terminal.stream(), short_repr)


@app.command()
def suggestions(
    campaign: Annotated[
        str | None,
        typer.Argument(
            metavar="CAMPAIGN",
            help="Id of a campaign, or the TOML file that describes it; without it those for all"
            " campaigns are listed.",
        ),
    ] = None,
    *,
    db: DatabaseOption,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="pending, approved, rejected, stale, expired, closed, or all. Repeat at will."
            "  [default: pending]",
        ),
    ] = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """List what the AI suggests and what became of it. Nothing is written."""
    from campaignkit.cli import _database as database  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_commands as deciding  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_report as decision_report  # noqa: PLC0415  # as above

    with _ending(as_json=as_json):
        with all_at_once() as faults:
            url = database.read_url(db, faults)
            states = read_states(state or (), faults)
        found = deciding.suggested(url, wait, campaign, states)
        if as_json:
            _print_json(decision_report.suggested_json(found))
        else:
            decision_report.show_suggested(terminal.stream(), found)


@app.command()
def approve(
    suggestion: SuggestionArgument,
    *,
    db: DatabaseOption,
    user: UserOption = None,
    ai: AiOption = None,
    lead: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Approve the assignment of this lead only. Repeat at will."
        ),
    ] = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Apply what the AI suggests to the campaign as it is now; only a user may."""
    from campaignkit.cli import _database as database  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_commands as deciding  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_report as decision_report  # noqa: PLC0415  # as above

    with _ending(as_json=as_json):
        with all_at_once() as faults:
            url = database.read_url(db, faults)
            suggestion_id = read_id(suggestion, faults)
            by = read_actor(user, ai, faults)
        approved = deciding.approve(url, wait, suggestion_id, by, lead)
        if as_json:
            _print_json(decision_report.approved_json(approved))
        else:
            decision_report.show_approved(terminal.stream(), approved)


@app.command()
def reject(
    suggestion: SuggestionArgument,
    *,
    db: DatabaseOption,
    why: Annotated[str, typer.Option(metavar="WORDS", help="Why not; it stays on record.")],
    user: UserOption = None,
    ai: AiOption = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Reject what the AI suggests; only a user may."""
    from campaignkit.cli import _database as database  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_commands as deciding  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_report as decision_report  # noqa: PLC0415  # as above

    with _ending(as_json=as_json):
        with all_at_once() as faults:
            url = database.read_url(db, faults)
            suggestion_id = read_id(suggestion, faults)
            by = read_actor(user, ai, faults)
        rejected = deciding.reject(url, wait, suggestion_id, by, why)
        if as_json:
            _print_json(decision_report.rejected_json(rejected))
        else:
            decision_report.show_rejected(terminal.stream(), rejected)


@app.command()
def history(
    campaign: Annotated[
        str,
        typer.Argument(
            metavar="CAMPAIGN", help="Id of a campaign, or the TOML file that describes it."
        ),
    ],
    *,
    db: DatabaseOption,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Tell who did what to a campaign, and when. Nothing is written."""
    from campaignkit.cli import _database as database  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_commands as deciding  # noqa: PLC0415  # as above
    from campaignkit.cli import _decision_report as decision_report  # noqa: PLC0415  # as above

    with _ending(as_json=as_json):
        with all_at_once() as faults:
            url = database.read_url(db, faults)
        told = deciding.told(url, wait, campaign)
        if as_json:
            _print_json(decision_report.told_json(told))
        else:
            decision_report.show_told(terminal.stream(), told)


@app.command()
def schema(
    dialect: Annotated[
        str, typer.Argument(metavar="postgresql|sqlite", help="The database that it is for.")
    ],
    *,
    clients: Annotated[
        str | None,
        typer.Option(
            metavar="TABLE.COLUMN",
            help="Where the host has its clients; each campaign's must then be there.",
        ),
    ] = None,
) -> None:
    """Print the SQL that creates the tables; no database is asked."""
    from campaignkit.storage import sqlalchemy  # noqa: PLC0415  # as above

    with _ending(as_json=False):
        with all_at_once() as faults:
            script = ""
            if clients is not None and escape_text(clients) != clients:
                faults.append(f"--clients must be printable, not {short_repr(clients)}")
            try:
                script = sqlalchemy.schema(dialect, clients=clients)
            except InvalidError as error:
                faults.extend(error.faults)
        sys.stdout.write(script)
        sys.stdout.flush()


def _columns(
    id_column: str,
    score: str,
    block: Sequence[str] | None,
    need: Sequence[str] | None,
    faults: list[str],
) -> Columns:
    return Columns(
        id=id_column.strip(),
        score=score.strip(),
        block=read_columns("--block", block or (), faults),
        need=read_columns("--need", need or (), faults),
    )


def _refuse_both(as_json: bool, out: str | None, faults: list[str]) -> None:  # noqa: FBT001
    if as_json and out == STDOUT:
        faults.append("--json and --out - both want standard output")


def _allocate(
    leads: str, columns: Columns, how: PlanOptions, out: str | None, *, strict: bool
) -> report.Summary:
    """Read leads, plan, and write who gets which channel."""
    if out is not None:
        check_target(out, [leads_in_use(leads)])
    with open_csv(leads) as file, terminal.stages(file.size) as stage:
        if out is not None:
            check_added(file)
        batch = read_leads(file, columns, stage("reading", file.size))
        report.check_bad_rows(file.name, batch, "planned", strict=strict)
        stage("planning", None)
        planned = plan(
            how.allocation,
            batch.leads,
            gate=DEFAULT_GATE,
            carried=how.carried,
            at_most=how.at_most,
            overflow=how.overflow,
        )
        if out is not None:
            rows = placed_rows(file, columns, planned, DEFAULT_GATE, stage("writing", file.size))
            with open_output(out) as output:
                output.write(rows, encoding=file.encoding, line_end=file.line_end)
        return report.summarise(file.name, batch, how, DEFAULT_GATE, planned)


def _allocate_on_disk(
    leads: str,
    columns: Columns,
    how: PlanOptions,
    out: str | None,
    memory: str | None,
    *,
    strict: bool,
) -> report.Summary:
    """Do the same with Parquet, and with files of any size."""
    try:
        from campaignkit.cli._large import allocate_large  # noqa: PLC0415  # may be missing
    except ModuleNotFoundError as missing:
        needed = f"Parquet and --large need {missing.name}: pip install 'campaignkit[large]'"
        raise UsageError([needed]) from missing
    file = Path(leads)
    with terminal.stages(file.stat().st_size if file.is_file() else 0) as stage:
        return allocate_large(leads, columns, how, out, memory=memory, strict=strict, stage=stage)


def _tell(summary: report.Summary, out: str | None) -> None:
    """Show a person what was done; beside the rows if those went to standard output."""
    console = terminal.stream(stderr=out == STDOUT)
    report.show(console, summary)
    _say_where(console, out, "Nothing was written; --out FILE writes who gets which channel.")


def _say_where(console: Console, out: str | None, nowhere: str) -> None:
    """Say where the rows are."""
    if out != STDOUT:
        console.print()
        terminal.say(console, nowhere if out is None else f"Wrote {out}")


def _print_json(document: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    sys.stdout.flush()


@contextmanager
def _ending(*, as_json: bool) -> Generator[None]:
    """End a command with its exit code, and its refusals with words for person and program."""
    try:
        try:
            yield
        except UsageError as usage:
            message = "the options are wrong" if len(usage.faults) > 1 else "an option is wrong"
            terminal.error(message, usage.faults)
            raise typer.Exit(2) from None
        except Refusal as refusal:
            _refuse(refusal, as_json=as_json)
        except OSError as error:
            if error.filename is None:  # it is that of a standard stream
                raise
            message = f"cannot use {os.fsdecode(error.filename)}: {error.strerror}"
            _refuse(FileError(message), as_json=as_json)
        except KeyboardInterrupt:
            terminal.error("interrupted")
            raise typer.Exit(_INTERRUPTED) from None
    except BrokenPipeError:  # nobody reads on, which is their right
        _silence(sys.stdout, sys.stderr)
        raise typer.Exit(_BROKEN_PIPE) from None
    except OSError as error:  # a full disk, where standard output goes to a file
        _silence(sys.stdout)
        terminal.error(f"cannot write to standard output: {error.strerror}")
        raise typer.Exit(1) from None


def _refuse(refusal: Refusal, *, as_json: bool) -> NoReturn:
    if as_json:
        _print_json({"error": refusal.message, **refusal.details})
    terminal.error(refusal.message, refusal.lines)
    raise typer.Exit(1) from None


def _silence(*streams: TextIO) -> None:
    """Let what is still buffered go nowhere, else Python would try once more, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())


def main() -> None:
    """Run the command line."""
    # What is asked to end cleans up after itself, as it does at Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files, in an ASCII terminal
    app(prog_name="campaignkit")
