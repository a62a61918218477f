"""The commands on a database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from campaignkit.cli._completion import SCRIPTS, complete_line
from campaignkit.cli._endings import handle_errors
from campaignkit.cli._option_groups import LedgerOptions
from campaignkit.cli._options import collect_faults
from campaignkit.cli._parameters import (
    DATABASE_EXAMPLE,
    JsonOption,
    PrefixOption,
    SchemaOption,
    show_examples,
)
from campaignkit.cli._terminal import print_json, print_result
from campaignkit.core._checks import short_repr
from campaignkit.core._sentences import join_words


def feed(
    client: Annotated[
        str,
        typer.Argument(
            metavar="CLIENT", help="Id of a client, or TOML file of one of its campaigns."
        ),
    ],
    *,
    ledger: LedgerOptions,
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
    as_json: JsonOption = False,
) -> None:
    """List the events of a client's campaigns since a cursor.

    It ends with the next cursor. Whoever goes on with that gets each event exactly once.
    """
    from campaignkit.cli._show import view_feed  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
        print_result(view_feed(url, ledger.wait, client, cursor, limit), as_json=as_json)


def verify(
    *,
    ledger: LedgerOptions,
    own_schema: SchemaOption = None,
    prefix: PrefixOption = "campaign_",
    as_json: JsonOption = False,
) -> None:
    """Compare a database with what the library needs.

    All that differs is listed, and then the exit code is 1. Nothing is created or changed. A table
    of campaigns that a program has adopted is not known here: call `store.verify()` in that
    program.
    """
    from campaignkit.cli._database import verify_database  # noqa: PLC0415  # as above
    from campaignkit.cli._schema import read_tables  # noqa: PLC0415  # as above

    with handle_errors(as_json=as_json):
        with collect_faults() as faults:
            url = ledger.read_url(faults)
            tables = read_tables(own_schema, prefix, faults)
        print_result(verify_database(url, ledger.wait, tables), as_json=as_json)


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
    """Print the SQL that creates or upgrades the tables.

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


def json_schema(
    command: Annotated[
        str, typer.Argument(metavar="COMMAND", help="Name of a command that takes --json.")
    ],
) -> None:
    """Print the JSON Schema of what a command prints with --json."""
    from campaignkit.cli._json_documents import DOCUMENTS, make_schema  # noqa: PLC0415  # as above

    with handle_errors(as_json=False):
        with collect_faults() as faults:
            if command not in DOCUMENTS:
                known = join_words(sorted(DOCUMENTS), "or")
                faults.append(f"COMMAND must be one of {known}, not {short_repr(command)}")
        print_json(make_schema(command))


def completion(
    context: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="|".join(SCRIPTS), help="Your shell.")],
    *,
    line: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Print the words that complete this line instead, as the script asks for them.",
        ),
    ] = None,
) -> None:
    """Print the script by which your shell completes commands.

    It completes commands, options, their values, and names of files.
    """
    with handle_errors(as_json=False):
        with collect_faults() as faults:
            if shell not in SCRIPTS:
                known = join_words(SCRIPTS, "or")
                faults.append(f"SHELL must be {known}, not {short_repr(shell)}")
        if line is None:
            sys.stdout.write(SCRIPTS[shell])
        else:
            commands = getattr(context.find_root().command, "commands")  # noqa: B009  # as typer has it
            sys.stdout.writelines(f"{word}\n" for word in complete_line(commands, line, shell))
        sys.stdout.flush()


LEDGER_COMMANDS: Mapping[Callable[..., None], str] = {
    feed: show_examples(f"campaignkit feed campaign.toml {DATABASE_EXAMPLE}"),
    verify: show_examples(f"campaignkit verify {DATABASE_EXAMPLE}"),
    schema: show_examples(
        "campaignkit schema postgresql --clients clients.id > campaigns.sql",
        "campaignkit schema sqlite --upgrade-from 3 > upgrade.sql",
    ),
    json_schema: show_examples("campaignkit json-schema intake"),
    completion: show_examples(
        "campaignkit completion bash >> ~/.bashrc",
        "campaignkit completion zsh >> ~/.zshrc",
        "campaignkit completion fish > ~/.config/fish/completions/campaignkit.fish",
    ),
}
"""Each command, and the end of its help."""
