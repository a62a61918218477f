"""The command that serves the tools of an AI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from campaignkit import Actor
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._option_groups import LedgerOptions
from campaignkit.cli._options import collect_faults, read_actor
from campaignkit.cli._parameters import DATABASE_EXAMPLE, show_examples


def mcp(
    *,
    ledger: LedgerOptions,
    client: Annotated[
        str,
        typer.Option(
            "--client",
            metavar="CLIENT",
            help="Id of a client, or TOML file of one of its campaigns.",
        ),
    ],
    ai: Annotated[
        str, typer.Option("--ai", metavar="NAME", help="Name of the AI, for the history.")
    ],
) -> None:
    """Serve tools to an AI over MCP, the Model Context Protocol.

    The program of the AI starts this command, and talks to it over standard input and output. The
    tools work on the campaigns of one client. What the AI submits is done, becomes a suggestion, or
    is refused, as the permission mode of the campaign says. No tool approves or rejects. Needs the
    extra mcp.
    """
    from campaignkit.cli._serve_mcp import serve  # noqa: PLC0415  # as above

    with handle_errors(as_json=False):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            by: Actor = read_actor(None, ai, faults)
        serve(url, ledger.wait, client, by)


MCP_COMMANDS: Mapping[Callable[..., None], str] = {
    mcp: show_examples(f"campaignkit mcp --client campaign.toml --ai scout {DATABASE_EXAMPLE}"),
}
"""The command, and the end of its help."""
