"""The commands and their options."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from campaignkit import DEFAULT_ALLOCATION, DEFAULT_GATE, Action
from campaignkit.cli._allocate import allocate_leads
from campaignkit.cli._client_commands import CLIENT_COMMANDS
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._lead_rows import LeadColumns
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._options import (
    AllocateJob,
    PlanOptions,
    collect_faults,
    read_actor,
    read_allocation,
    read_columns,
    read_day,
    read_duplicates,
    read_duration,
    read_fields,
    read_file_options,
    read_horizon_option,
    read_id,
    read_numbers,
    read_optional_day,
    read_out,
    read_overflow,
    read_rejects,
    read_states,
)
from campaignkit.cli._output import FORMATS, STDOUT
from campaignkit.cli._parameters import (
    AiOption,
    BlockOption,
    BomOption,
    CampaignArgument,
    DatabaseOption,
    DelimiterOption,
    DuplicatesOption,
    EncodingOption,
    IdOption,
    JsonOption,
    LeadsArgument,
    NeedOption,
    PrefixOption,
    ReasonOption,
    RejectsOption,
    SchemaOption,
    ScoreOption,
    SheetOption,
    SkipRowsOption,
    StrictOption,
    SuggestionArgument,
    TodayOption,
    UserOption,
    WaitOption,
)
from campaignkit.cli._terminal import print_result
from campaignkit.core._escaping import escape_text
from campaignkit.core._sentences import join_channels


class _Commands(TyperGroup):
    """Commands whose usage errors, which quote the command line, are escaped."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as typer has it
        """Read the options before the command."""
        with _escape_usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # as typer has it
        """Read the command and its options, and run it."""
        with _escape_usage_errors():
            return super().invoke(ctx)


@contextmanager
def _escape_usage_errors() -> Generator[None]:
    try:
        yield
    except Exception as error:
        # Typer's own errors; the module of their class depends on the version.
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
    """Outreach campaigns with a channel mix that is honoured exactly.

    Exit codes: 0 success; 1 a file, the database or the rules refuse; 2 the command line is wrong.
    """


def _describe_gate() -> str:
    tiers = [
        f"{tier} leads ({bound} and up) " + join_channels(DEFAULT_GATE.channels(tier))
        for tier, bound in DEFAULT_GATE.bounds.items()
    ]
    return f"The score of a lead decides which channels it may get: {'; '.join(tiers)}."


@app.command(epilog=_describe_gate())
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
    strict: StrictOption = True,
    duplicates: DuplicatesOption = "refuse",
    rejects: RejectsOption = None,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    sheet: SheetOption = None,
    skip_rows: SkipRowsOption = None,
    bom: BomOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give each lead of a file a channel.

    How the file is written is found out by looking. The channels get their shares as exactly as
    the scores permit.
    """
    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            columns = _read_columns(id_column, score, block, need, faults)
            options = PlanOptions(
                allocation=read_allocation(allocation, faults),
                overflow=read_overflow(overflow, faults),
                at_most=read_numbers("--at-most", at_most or (), faults),
                carried=read_numbers("--carried", carried or (), faults),
            )
            out = read_out(out, tuple(FORMATS), faults, as_json=as_json)
            job = AllocateJob(
                leads=LeadsInput(
                    path=leads,
                    columns=columns,
                    file=read_file_options(delimiter, encoding, sheet, skip_rows, faults),
                    duplicates=read_duplicates(duplicates, faults),
                    rejects=read_rejects(rejects, faults),
                    strict=strict,
                ),
                options=options,
                out=out,
                bom=bom,
            )
        print_result(allocate_leads(job), as_json=as_json, stderr=out == STDOUT)


@app.command()
def intake(
    campaign: Annotated[
        str,
        typer.Argument(metavar="CAMPAIGN", help="TOML file of the campaign."),
    ],
    leads: LeadsArgument,
    *,
    db: DatabaseOption,
    day: Annotated[
        str,
        typer.Option(metavar="YYYY-MM-DD", help="Business day of the intake."),
    ],
    id_column: IdOption = "lead_id",
    score: ScoreOption = "als_score",
    block: BlockOption = None,
    need: NeedOption = None,
    user: UserOption = None,
    ai: AiOption = None,
    horizon: Annotated[
        str,
        typer.Option(
            metavar="DAYS",
            help="For how many days of intake the leads are to last, this day among them, or end:"
            " to the campaign's end date. Leads of scarce channels are then kept for later days.",
        ),
    ] = "1",
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
    today: TodayOption = None,
    update: Annotated[
        bool,
        typer.Option("--update", help="Change the stored campaign to match the file."),
    ] = False,
    create: Annotated[
        bool,
        typer.Option(
            "--create", help="Create missing tables in a database that has other tables, too."
        ),
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the rows with tier, channel, reason, intake and day added; - writes them to"
            " standard output, and the report to standard error.",
        ),
    ] = None,
    wait: WaitOption = 10,
    strict: StrictOption = True,
    duplicates: DuplicatesOption = "refuse",
    rejects: RejectsOption = None,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    sheet: SheetOption = None,
    skip_rows: SkipRowsOption = None,
    bom: BomOption = False,
    as_json: JsonOption = False,
) -> None:
    """Admit leads of a file to a campaign, day by day.

    --by or --ai is required. The first run creates missing tables and the campaign, and activates
    it; beside the tables of another program only with --create. Each run admits the best leads that
    are not in the campaign yet, as many as the limits allow, and gives each a channel; no lead is
    admitted twice. What an AI may not do by itself
    becomes a suggestion that waits for a user.
    """
    # SQLAlchemy is slow to load: only the commands that need it import it.
    from campaignkit.cli._database import read_url  # noqa: PLC0415
    from campaignkit.cli._intake import IntakeJob, run_intake  # noqa: PLC0415

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            job = IntakeJob(
                url=read_url(db, faults),
                wait=wait,
                campaign=campaign,
                leads=LeadsInput(
                    path=leads,
                    columns=_read_columns(id_column, score, block, need, faults),
                    file=read_file_options(delimiter, encoding, sheet, skip_rows, faults),
                    duplicates=read_duplicates(duplicates, faults),
                    rejects=read_rejects(rejects, faults),
                    strict=strict,
                ),
                day=read_day("--day", day, faults),
                by=read_actor(user, ai, faults),
                today=read_optional_day("--today", today, faults),
                horizon=read_horizon_option("--horizon", horizon, faults),
                expires_in=read_duration("--expires-in", expires_in, faults),
                only_suggest=suggest,
                update=update,
                create=create,
                out=read_out(out, tuple(FORMATS), faults, as_json=as_json),
                bom=bom,
            )
            given = {"--expires-in": expires_in is not None, "--suggest": suggest}
            if ai is None:
                faults += [f"{option} needs --ai" for option, is_given in given.items() if is_given]
        print_result(run_intake(job), as_json=as_json, stderr=job.out == STDOUT)


@app.command()
def show(
    campaign: Annotated[
        str | None,
        typer.Argument(
            metavar="CAMPAIGN",
            help="Id or TOML file of a campaign. Default: list all campaigns.",
        ),
    ] = None,
    *,
    db: DatabaseOption,
    day: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Also show the campaign's capacity on this day."),
    ] = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Show a campaign and its progress, or list all."""
    from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above
    from campaignkit.cli._show import list_campaigns, view_campaign  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = read_url(db, faults)
            on = read_optional_day("--day", day, faults)
            if campaign is None and day is not None:
                faults.append("--day needs a CAMPAIGN")
        if campaign is None:
            print_result(list_campaigns(url, wait), as_json=as_json)
        else:
            print_result(view_campaign(url, wait, campaign, on), as_json=as_json)


@app.command()
def suggestions(
    campaign: Annotated[
        str | None,
        typer.Argument(
            metavar="CAMPAIGN",
            help="Id or TOML file of a campaign. Default: those of all campaigns.",
        ),
    ] = None,
    *,
    db: DatabaseOption,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="pending, approved, rejected, stale, expired, closed, or all. Repeatable."
            "  [default: pending]",
        ),
    ] = None,
    today: TodayOption = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """List what AIs suggest."""
    from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above
    from campaignkit.cli._suggestions import list_suggestions  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = read_url(db, faults)
            states = read_states(state or (), faults)
            day = read_optional_day("--today", today, faults)
        print_result(list_suggestions(url, wait, campaign, states, day), as_json=as_json)


@app.command()
def suggestion(
    suggestion: SuggestionArgument,
    *,
    db: DatabaseOption,
    today: TodayOption = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Show one suggestion with its leads."""
    from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above
    from campaignkit.cli._suggestions import view_suggestion  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = read_url(db, faults)
            suggestion_id = read_id(suggestion, faults)
            day = read_optional_day("--today", today, faults)
        print_result(view_suggestion(url, wait, suggestion_id, day), as_json=as_json)


@app.command()
def approve(
    suggestion: SuggestionArgument,
    *,
    db: DatabaseOption,
    user: UserOption = None,
    ai: AiOption = None,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Show what would be done now, and do nothing."),
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Do exactly what --preview --json has written to this file, or nothing.",
        ),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD", help="Admit the leads on this day, not on the suggested one."
        ),
    ] = None,
    today: TodayOption = None,
    lead: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Approve only this lead of a suggested assignment. Repeatable."
        ),
    ] = None,
    leads: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="File with the leads as they are now; leads that it lacks are not approved.",
        ),
    ] = None,
    id_column: IdOption = "lead_id",
    score: ScoreOption = "als_score",
    block: BlockOption = None,
    need: NeedOption = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict/--skip-bad",
            help="Fail on bad rows and on leads that were not suggested, or leave them out.",
        ),
    ] = True,
    duplicates: DuplicatesOption = "refuse",
    rejects: RejectsOption = None,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    sheet: SheetOption = None,
    skip_rows: SkipRowsOption = None,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Approve a suggested edit with another value, such as daily_lead_limit=80,"
            " end_date=none or allocation=email=60,sms=40. Repeatable.",
        ),
    ] = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Approve a suggestion (users only).

    It is applied to the campaign as it is now. What is not approved is not rejected, but the
    suggestion is decided as a whole.
    """
    from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above
    from campaignkit.cli._decisions import (  # noqa: PLC0415  # as above
        ApprovalJob,
        approve_suggestion,
        view_approval,
    )

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            fresh = LeadsInput(
                path=leads or "",
                columns=_read_columns(id_column, score, block, need, faults),
                file=read_file_options(delimiter, encoding, sheet, skip_rows, faults),
                duplicates=read_duplicates(duplicates, faults),
                rejects=read_rejects(rejects, faults),
                strict=strict,
            )
            job = ApprovalJob(
                url=read_url(db, faults),
                wait=wait,
                suggestion_id=read_id(suggestion, faults),
                by=read_actor(user, ai, faults),
                today=read_optional_day("--today", today, faults),
                day=read_optional_day("--day", day, faults),
                lead_ids=lead,
                leads=None if leads is None else fresh,
                fields=read_fields("--set", fields or (), faults),
                expect=expect,
            )
            if fields and (lead or leads is not None):
                faults.append("--set must not come with --lead or --leads: an edit has no leads")
            if preview and expect is not None:
                faults.append("--expect must not come with --preview")
        decide = view_approval if preview else approve_suggestion
        print_result(decide(job), as_json=as_json)


@app.command()
def reject(
    suggestion: SuggestionArgument,
    *,
    db: DatabaseOption,
    reason: Annotated[
        str, typer.Option(metavar="WORDS", help="Why; the words are kept in the history.")
    ],
    user: UserOption = None,
    ai: AiOption = None,
    lead: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Reject only this lead of a suggested assignment; the others stay pending."
            " Repeatable.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            help="Last day for which no AI may bring the leads into the campaign again."
            "  [default: for good]",
        ),
    ] = None,
    today: TodayOption = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Reject a suggestion, or some of its leads (users only).

    No AI can bring the leads into the campaign again, in any permission mode, until a user takes
    them in. Another command is refused to AIs while what it depends on stays the same.
    """
    from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above
    from campaignkit.cli._decisions import reject_suggestion  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = read_url(db, faults)
            suggestion_id = read_id(suggestion, faults)
            by = read_actor(user, ai, faults)
            last_day = read_optional_day("--until", until, faults)
            first_day = read_optional_day("--today", today, faults)
        result = reject_suggestion(
            *(url, wait, suggestion_id, by),
            reason=reason,
            lead_ids=lead,
            until=last_day,
            today=first_day,
        )
        print_result(result, as_json=as_json)


_ACTS = {
    Action.ACTIVATE: "Activate a draft or paused campaign.",
    Action.PAUSE: "Pause an active campaign.",
    Action.COMPLETE: "Complete an active or paused campaign, which is final.",
    Action.DELETE: "Delete a campaign; it is hidden, and can be restored.",
    Action.RESTORE: "Restore a deleted campaign.",
}
"""The acts without arguments; each is a command."""


def _add_act(action: Action, summary: str) -> None:
    def change(
        campaign: CampaignArgument,
        *,
        db: DatabaseOption,
        user: UserOption = None,
        ai: AiOption = None,
        reason: ReasonOption = None,
        wait: WaitOption = 10,
        as_json: JsonOption = False,
    ) -> None:
        from campaignkit.cli._acts import change_campaign  # noqa: PLC0415  # as above
        from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above

        with handle_errors(as_json=as_json):
            with collect_faults() as faults:
                url = read_url(db, faults)
                by = read_actor(user, ai, faults)
            result = change_campaign(url, wait, campaign, action, by=by, reason=reason)
            print_result(result, as_json=as_json)

    change.__name__ = action.value
    app.command(help=summary)(change)


for _action, _summary in _ACTS.items():
    _add_act(_action, _summary)


@app.command()
def history(
    campaign: CampaignArgument,
    *,
    db: DatabaseOption,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """List who did what to a campaign, and when."""
    from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above
    from campaignkit.cli._show import view_history  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = read_url(db, faults)
        print_result(view_history(url, wait, campaign), as_json=as_json)


@app.command()
def feed(
    client: Annotated[
        str,
        typer.Argument(
            metavar="CLIENT", help="Id of a client, or TOML file of one of its campaigns."
        ),
    ],
    *,
    db: DatabaseOption,
    cursor: Annotated[
        str | None,
        typer.Option(
            metavar="CURSOR",
            help="Cursor that the last feed ended with; it goes on behind that."
            "  [default: from the first event]",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="EVENTS", help="At most so many events.  [default: all]"),
    ] = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """List what happened in all campaigns of a client since a cursor, and the next cursor.

    Whoever goes on with the next cursor gets each event exactly once.
    """
    from campaignkit.cli._database import read_url  # noqa: PLC0415  # as above
    from campaignkit.cli._show import view_feed  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = read_url(db, faults)
        print_result(view_feed(url, wait, client, cursor, limit), as_json=as_json)


for _command, _examples in CLIENT_COMMANDS.items():
    app.command(epilog=_examples)(_command)


@app.command()
def verify(
    *,
    db: DatabaseOption,
    own_schema: SchemaOption = None,
    prefix: PrefixOption = "campaign_",
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Compare a database with what the library needs, and list all that differs.

    The exit code is 1 if something does. Nothing is created or changed. A table of campaigns that a
    program has adopted is not known here: call `store.verify()` in that program.
    """
    from campaignkit.cli._database import read_url, verify_database  # noqa: PLC0415  # as above
    from campaignkit.cli._schema import read_tables  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = read_url(db, faults)
            tables = read_tables(own_schema, prefix, faults)
        print_result(verify_database(url, wait, tables), as_json=as_json)


@app.command()
def schema(
    dialect: Annotated[str, typer.Argument(metavar="postgresql|sqlite", help="Kind of database.")],
    *,
    clients: Annotated[
        str | None,
        typer.Option(
            metavar="TABLE.COLUMN",
            help="Column of the host's client ids, which campaigns then refer to.",
        ),
    ] = None,
    own_schema: SchemaOption = None,
    prefix: PrefixOption = "campaign_",
    upgrade_from: Annotated[
        int | None,
        typer.Option(
            metavar="VERSION", help="Print the SQL that upgrades a ledger of this version instead."
        ),
    ] = None,
) -> None:
    """Print the SQL that creates the tables, or that upgrades those of an older release.

    This does not connect to a database.
    """
    from campaignkit.cli._schema import write_script  # noqa: PLC0415  # as above

    with handle_errors(as_json=False):
        with collect_faults() as faults:
            script = write_script(
                dialect,
                clients=clients,
                own_schema=own_schema,
                prefix=prefix,
                upgrade_from=upgrade_from,
                faults=faults,
            )
        sys.stdout.write(script)
        sys.stdout.flush()


def _read_columns(
    id_column: str,
    score: str,
    block: Sequence[str] | None,
    need: Sequence[str] | None,
    faults: list[str],
) -> LeadColumns:
    return LeadColumns(
        id=id_column.strip(),
        score=score.strip(),
        block=read_columns("--block", block or (), faults),
        need=read_columns("--need", need or (), faults),
    )


def main() -> None:
    """Run the command line."""
    # A command soon ends, and makes a million leads meanwhile: looking for cycles only takes time.
    gc.disable()
    # Clean up at SIGTERM as at Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files, in an ASCII terminal
    app(prog_name="campaignkit")
