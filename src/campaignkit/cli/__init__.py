"""The command line: gives the leads of a file channels, once or in a campaign day by day.

Only this package imports typer and rich.

- `_app` puts the commands together; they are in `_lead_commands`, `_suggestion_commands`,
  `_campaign_commands`, `_client_commands`, `_ledger_commands` and `_mcp_command`, each with
  examples for its help;
- `_option_groups` and `_parameters` have the options that several commands take;
- `_json_documents` describes what `--json` prints, `_completion` completes command lines in shells;
- `_endings` says how a command ends;
- `_allocate`, `_intake`, `_show`, `_suggestions` and `_clients` run the commands and return the
  results that are printed; all but the first need SQLAlchemy, and are loaded when needed;
- `_serve_mcp` runs the server of `campaignkit mcp`;
- `_options` and `_client_options` read the texts of options, and report all faults together;
- `_leads_input` is the file of leads with all that options say about it, `_leads_file` opens it;
- `_dialect` finds out how a text file is written, `_csv_file` reads it, `_typed_files` reads Excel
  and Parquet, and `_source` is what they have in common;
- `_lead_rows` makes leads of rows, `_write_rows` writes the rows with what was planned;
- `_output` writes a file completely or not at all;
- `_campaign_toml` is a campaign in a file, and how it differs from the stored one;
- `_database` opens the database of a URL, and turns its errors into words;
- `_plan_summary` is a plan in numbers;
- `_terminal` prints results, errors and a progress bar;
- `_command_error` has the errors that end a command.
"""

from __future__ import annotations

from campaignkit.core._extras import require_extra

with require_extra("cli", "the command line"):
    from campaignkit.cli._app import app, main

__all__ = ["app", "main"]
