"""Options that several commands take, each group in one class.

A command has a group as one parameter, and `spread_groups` puts the group's options in its place.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import attrs
import typer

from campaignkit.cli._campaign_toml import read_campaign_file
from campaignkit.cli._dialect import FileOptions
from campaignkit.cli._leads_input import LeadsInput
from campaignkit.cli._leads_table import LeadsTable, Settings, read_option
from campaignkit.cli._options import (
    read_actor,
    read_columns,
    read_day,
    read_duplicates,
    read_file_options,
    read_grade_option,
    read_horizon_option,
    read_optional_day,
    read_out,
    read_prospect_columns,
    read_rejects,
    split_words,
)
from campaignkit.cli._output import FORMATS
from campaignkit.cli._parameters import (
    BomOption,
    HorizonOption,
    OverrideOption,
    ReportOption,
    TodayOption,
    WaitOption,
)
from campaignkit.cli._report import read_report

if TYPE_CHECKING:
    from sqlalchemy import URL

    from campaignkit import Actor
    from campaignkit.cli._intake_job import IntakeJob


def spread_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes the options of its groups one by one."""
    parameters = inspect.signature(command, eval_str=True).parameters.values()
    options = [option for one in parameters for option in _list_options(one)]

    def run(**given: Any) -> None:  # noqa: ANN401  # what typer has read
        command(**{one.name: _take(one, given) for one in parameters})

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {one.name: one.annotation for one in options}
    setattr(run, "__signature__", inspect.Signature(options))  # noqa: B010  # not in its type
    return run


def _list_options(parameter: inspect.Parameter) -> Sequence[inspect.Parameter]:
    """Return the options of a group, which may have groups of its own, or the parameter itself."""
    if not _is_group(parameter.annotation):
        return [parameter]
    return [option for one in _list_fields(parameter.annotation) for option in _list_options(one)]


def _take(parameter: inspect.Parameter, given: dict[str, Any]) -> object:
    """Return the value of a parameter, with what was given for the options of a group."""
    if not _is_group(parameter.annotation):
        return given[parameter.name]
    fields = _list_fields(parameter.annotation)
    return parameter.annotation(**{one.name: _take(one, given) for one in fields})


def _is_group(annotation: object) -> bool:
    return isinstance(annotation, type) and attrs.has(annotation)


def _list_fields(group: type[Any]) -> Sequence[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is attrs.NOTHING else field.default,
            annotation=hints[field.name],
        )
        for field in attrs.fields(group)
    ]


@attrs.frozen(kw_only=True)
class LedgerOptions:
    """The database, and how long to wait for it."""

    db: Annotated[
        str,
        typer.Option(
            "--db",
            metavar="URL",
            help="Database, such as sqlite:///campaigns.db or postgresql://user@host/database.",
        ),
    ]
    wait: WaitOption = 10

    def read_url(self, faults: list[str]) -> URL:
        """Return the address of the database."""
        # SQLAlchemy is slow to load: only what needs it imports it.
        from campaignkit.cli._database import read_url  # noqa: PLC0415

        return read_url(self.db, faults)


@attrs.frozen(kw_only=True)
class OptionalLedgerOptions:
    """The database, where a command can do without one."""

    db: Annotated[
        str | None,
        typer.Option(
            "--db",
            metavar="URL",
            help="Database of the campaign, such as sqlite:///campaigns.db; nothing is stored in"
            " it.  [default: only files are read]",
        ),
    ] = None
    wait: WaitOption = 10

    def read_url(self, faults: list[str]) -> URL | None:
        """Return the address of the database, or None."""
        if self.db is None:
            return None
        return LedgerOptions(db=self.db).read_url(faults)


@attrs.frozen(kw_only=True)
class ActorOptions:
    """Who acts."""

    user: Annotated[str | None, typer.Option("--by", metavar="USER", help="User who acts.")] = None
    ai: Annotated[
        str | None,
        typer.Option(
            "--ai",
            metavar="NAME",
            help="AI that acts; what it may do depends on the permission mode.",
        ),
    ] = None

    @property
    def is_given(self) -> bool:
        """Whether anyone is named."""
        return self.user is not None or self.ai is not None

    def read_or(self, default: Actor, faults: list[str]) -> Actor:
        """Return the user or the AI, or the default if nobody is named."""
        return self.read(faults) if self.is_given else default

    def read(self, faults: list[str]) -> Actor:
        """Return the user or the AI; one of both is required."""
        return read_actor(self.user, self.ai, faults)


@attrs.frozen(kw_only=True)
class FormatOptions:
    """How a file is written, where it is not found out by looking."""

    delimiter: Annotated[
        str | None,
        typer.Option(
            metavar="comma|semicolon|tab|pipe",
            help="What separates the cells of a text file.  [default: found out by looking]",
        ),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Encoding of the file, such as utf-8, utf-16 or cp1252.  [default: found out by"
            " looking]",
        ),
    ] = None
    sheet: Annotated[
        str | None,
        typer.Option(
            metavar="SHEET",
            help="Name or number of the sheet of an Excel file.  [default: the first with the"
            " columns]",
        ),
    ] = None
    skip_rows: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="LINES",
            help="Number of lines before the header.  [default: found out by looking]",
        ),
    ] = None

    def read(self, faults: list[str]) -> FileOptions:
        """Return how the file is written."""
        return read_file_options(self.delimiter, self.encoding, self.sheet, self.skip_rows, faults)


@attrs.frozen(kw_only=True)
class ColumnOptions:
    """What the columns of a file of leads are."""

    id_column: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="COLUMN",
            help="Column of the lead's id.  [default: lead_id; init finds it]",
        ),
    ] = None
    score: Annotated[
        str | None,
        typer.Option(
            "--score",
            metavar="COLUMN",
            help="Column of the score; blank means unscored.  [default: als_score; init finds it]",
        ),
    ] = None
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="LOW..HIGH",
            help="What the scores span, such as 0..1 or 0..10.  [default: 0..100]",
        ),
    ] = None
    grades: Annotated[
        str | None,
        typer.Option(
            metavar="GRADE=SCORE,...",
            help="Scores from 0 to 100 of what is no number, such as A=90,B=70.",
        ),
    ] = None
    block: Annotated[
        list[str] | None,
        typer.Option(
            "--block",
            metavar="CHANNEL=COLUMN",
            help="Close the channel to leads with yes in the column, in any language of Europe, or"
            " with one of the values of COLUMN:VALUE,VALUE. No or blank leaves it open."
            " Repeatable.",
        ),
    ] = None
    need: Annotated[
        list[str] | None,
        typer.Option(
            "--need",
            metavar="CHANNEL=COLUMN",
            help="Close the channel to leads with a blank in the column. Repeatable.",
        ),
    ] = None
    yes: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD,...", help="Further words for yes. Repeatable."),
    ] = None
    no: Annotated[
        list[str] | None,
        typer.Option("--no", metavar="WORD,...", help="Further words for no. Repeatable."),
    ] = None
    prospect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=COLUMN",
            help="Column of what is known of a lead: industry, title, company_size or location;"
            " several as in location=City,Country. Repeatable.",
        ),
    ] = None
    unknown: Annotated[
        str | None,
        typer.Option(
            metavar="take|leave",
            help="What to do with leads of whom it is not known whether they fit the campaign's"
            " targeting.  [default: take]",
        ),
    ] = None

    def read_settings(self, faults: list[str]) -> Settings:
        """Return what the options say about the columns."""
        given: dict[str, Any] = {
            "id": self.id_column,
            "score": self.score,
            "scale": self.scale,
            "yes": split_words(self.yes),
            "no": split_words(self.no),
            "unknown": self.unknown,
        }
        for name, read in (("block", read_columns), ("need", read_columns)):
            columns = read(f"--{name}", getattr(self, name) or (), faults)
            given |= {f"{name}.{channel}": names for channel, names in columns.items()}
        for name, column in read_prospect_columns(self.prospect or (), faults).items():
            given[f"prospect.{name}"] = column
        said = {name: value for name, value in given.items() if value is not None}
        settings = {name: read_option(name, value, faults) for name, value in said.items()}
        if self.grades is not None:
            settings["grades"] = read_grade_option("--grades", self.grades, faults)
        return settings


@attrs.frozen(kw_only=True)
class IntakeOptions:
    """Which leads an intake admits, on which day, and where their rows are written."""

    ledger: LedgerOptions
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Business day of the intake.")]
    file: LeadsOptions
    horizon: HorizonOption = "1"
    today: TodayOption = None
    update: Annotated[
        bool,
        typer.Option("--update", help="Change the stored campaign to match the file."),
    ] = False
    create: Annotated[
        bool,
        typer.Option(
            "--create", help="Create missing tables in a database that has other tables, too."
        ),
    ] = False
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the rows with tier, channel, reason, intake and day added; - writes them to"
            " standard output, and the report to standard error.",
        ),
    ] = None
    bom: BomOption = False
    report: ReportOption = None

    def read(
        self, campaign: str, leads: str, by: Actor, faults: list[str], *, as_json: bool
    ) -> IntakeJob:
        """Return the intake of a campaign's file and a file of leads."""
        # SQLAlchemy is slow to load: only what needs it imports it.
        from campaignkit.cli._intake_job import IntakeJob  # noqa: PLC0415

        return IntakeJob(
            url=self.ledger.read_url(faults),
            wait=self.ledger.wait,
            campaign=campaign,
            day=read_day("--day", self.day, faults),
            by=by,
            today=read_optional_day("--today", self.today, faults),
            horizon=read_horizon_option("--horizon", self.horizon, faults),
            update=self.update,
            create=self.create,
            out=read_out(self.out, tuple(FORMATS), faults, as_json=as_json),
            bom=self.bom,
            report=read_report(self.report, faults),
            leads=self.file.read(leads, faults, campaign),
        )


@attrs.frozen(kw_only=True)
class LeadsOptions:
    """What the columns of a file of leads are, and what is done with bad rows."""

    columns: ColumnOptions
    override: OverrideOption = False
    strict: Annotated[
        bool | None,
        typer.Option(
            "--strict/--skip-bad",
            help="Fail on warnings as well, or leave bad rows out.  [default: fail on bad rows]",
            show_default=False,
        ),
    ] = None
    duplicates: Annotated[
        str,
        typer.Option(
            metavar="refuse|best|first",
            help="Several rows of one lead: refuse them, or keep the one with the best score or"
            " the first. A channel that any of them closes stays closed.",
        ),
    ] = "refuse"
    rejects: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write every refused row to this CSV file, with line and reason.",
        ),
    ] = None
    format: FormatOptions

    def read(self, path: str, faults: list[str], campaign: str | None = None) -> LeadsInput:
        """Return the file of leads, with all that the options say about it.

        What they do not say, the file of the campaign may say; `campaign` is its path. It is read
        only if nothing was wrong so far: call this after all other options are read.

        Raises:
            FileError: the file of the campaign cannot be read, or is wrong.
        """
        settings = self.columns.read_settings(faults)
        file = self.format.read(faults)
        duplicates = read_duplicates(self.duplicates, faults)
        rejects = read_rejects(self.rejects, faults)
        described, table = None, LeadsTable()
        if campaign is not None and not faults:
            described, table = read_campaign_file(campaign)
        return LeadsInput(
            path=path,
            columns=table.merge(settings, faults, override=self.override),
            file=file,
            duplicates=duplicates,
            rejects=rejects,
            strict=self.strict is True,
            skip_bad=self.strict is False,
            campaign=described,
            campaign_path=campaign,
        )
