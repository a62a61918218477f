"""The commands and their options."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from campaignkit.cli._campaign_commands import CAMPAIGN_COMMANDS
from campaignkit.cli._client_commands import CLIENT_COMMANDS
from campaignkit.cli._lead_commands import LEAD_COMMANDS
from campaignkit.cli._ledger_commands import LEDGER_COMMANDS
from campaignkit.cli._option_groups import spread_groups
from campaignkit.cli._outlook_commands import OUTLOOK_COMMANDS
from campaignkit.cli._suggestion_commands import SUGGESTION_COMMANDS
from campaignkit.core._escaping import escape_text


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
    context_settings={"help_option_names": ["-h", "--help"]},
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


_COMMANDS = {
    **LEAD_COMMANDS,
    **OUTLOOK_COMMANDS,
    **SUGGESTION_COMMANDS,
    **CAMPAIGN_COMMANDS,
    **CLIENT_COMMANDS,
    **LEDGER_COMMANDS,
}

for _command, _examples in _COMMANDS.items():
    app.command(epilog=_examples)(spread_groups(_command))


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
