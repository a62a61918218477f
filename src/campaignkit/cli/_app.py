"""The commands and their options."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from campaignkit.cli._campaign_commands import CAMPAIGN_COMMANDS
from campaignkit.cli._client_commands import CLIENT_COMMANDS
from campaignkit.cli._endings import EXIT_CODES, handle_errors
from campaignkit.cli._lead_commands import LEAD_COMMANDS
from campaignkit.cli._ledger_commands import LEDGER_COMMANDS
from campaignkit.cli._mcp_command import MCP_COMMANDS
from campaignkit.cli._option_groups import spread_groups
from campaignkit.cli._outlook_commands import OUTLOOK_COMMANDS
from campaignkit.cli._setup_commands import SETUP_COMMANDS
from campaignkit.cli._suggestion_commands import SUGGESTION_COMMANDS
from campaignkit.cli._terminal import print_json
from campaignkit.core._escaping import escape_text


class _Commands(TyperGroup):
    """Commands whose usage errors are escaped, since they quote the command line.

    They are printed as JSON as well, if the command line has `--json`.
    """

    def make_context(  # as typer has it
        self,
        info_name: str | None,
        args: list[str],
        parent: Any = None,  # noqa: ANN401
        **extra: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Read the options before the command."""
        as_json = "--json" in args
        with _print_usage_errors(as_json=as_json):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[_AS_JSON] = as_json
        return context

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # as typer has it
        """Read the command and its options, and run it."""
        with _print_usage_errors(as_json=ctx.meta[_AS_JSON]):
            return super().invoke(ctx)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  # as typer has it
        """Write the commands in groups."""
        widest = max(map(len, self.commands))
        for title, names in group_commands(self.list_commands(ctx)).items():
            with formatter.section(title):
                rows = [(name.ljust(widest), self._summarize(name, formatter)) for name in names]
                formatter.write_dl(rows)

    def _summarize(self, name: str, formatter: Any) -> str:  # noqa: ANN401  # as typer has it
        return self.commands[name].get_short_help_str(formatter.width)


_AS_JSON = "campaignkit.as_json"

_GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "Begin": ["init", "check", "allocate", "compare", "forecast"],
    "Every day": ["preview", "intake", "show", "history", "explain"],
    "Change a campaign": [
        *("activate", "pause", "resume", "edit", "complete", "delete", "restore"),
    ],
    "Decide on suggestions": ["suggestions", "suggestion", "approve", "reject"],
    "Clients and leads": [
        *("lead", "release", "suppress", "unsuppress", "suppressions", "erase", "policy"),
    ],
    "Databases and programs": ["verify", "schema", "feed", "json-schema", "completion", "mcp"],
}
"""The groups of the commands in the help, which has them in this order."""


def group_commands(names: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return the names of commands in groups; those without one are at the end."""
    left = dict.fromkeys(names)
    groups = {
        title: [name for name in some if left.pop(name, name) is None]
        for title, some in _GROUPS.items()
    }
    return {title: some for title, some in {**groups, "Other": [*left]}.items() if some}


@contextmanager
def _print_usage_errors(*, as_json: bool) -> Generator[None]:
    try:
        yield
    except Exception as error:
        # Typer's own errors; the module of their class depends on the version.
        message = getattr(error, "message", None)
        if isinstance(message, str) and hasattr(error, "format_message"):
            setattr(error, "message", escape_text(message))  # noqa: B010  # of no class we know
            if as_json:
                with handle_errors(as_json=True):
                    print_json({"error": escape_text(getattr(error, "format_message")())})  # noqa: B009
        raise


app = typer.Typer(
    name="campaignkit",
    cls=_Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,  # `completion` does it
    epilog="\n".join(
        ["\b", "Exit codes:", *(f"  {code:<3}  {means}" for code, means in EXIT_CODES.items())]
    ),
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

    `campaignkit COMMAND -h` describes a command, with examples.
    """


_COMMANDS = {
    **SETUP_COMMANDS,
    **LEAD_COMMANDS,
    **OUTLOOK_COMMANDS,
    **SUGGESTION_COMMANDS,
    **CAMPAIGN_COMMANDS,
    **CLIENT_COMMANDS,
    **LEDGER_COMMANDS,
    **MCP_COMMANDS,
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
