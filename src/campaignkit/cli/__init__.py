"""The command line: gives the leads of a file channels, once or in a campaign day by day.

Only this package imports typer and rich.

- `_app` puts the commands together; they are in `_setup_commands`, `_lead_commands`,
  `_outlook_commands`, `_suggestion_commands`, `_campaign_commands`, `_client_commands`,
  `_ledger_commands` and `_mcp_command`, each with examples for its help;
- `_option_groups` and `_parameters` have the options that several commands take;
- `_options` and `_client_options` read the texts of options, and report all faults together;
- `_endings` says how a command ends, and `_command_error` has the errors that end one;
- `_completion` completes command lines in shells;
- each of these runs commands and returns the results that are printed: `_new_campaign` (init),
  `_leads_check` (check), `_allocate`, `_compare`, `_intake` (also preview), `_forecast`,
  `_explain`, `_acts` (edit, pause and the like), `_decisions` (approve, reject), `_suggestions`,
  `_show`, `_clients`, `_schema` and `_serve_mcp` (mcp). Those that need a database are loaded when
  needed.

The file of leads:

- `_leads_input` is a file of leads with all that options say about it, `_leads_file` opens it;
- `_dialect` finds out how a text file is written, `_csv_file` reads it, `_typed_files` reads Excel
  and Parquet, and `_source` is what they have in common;
- `_lead_columns` says what the columns are, and `_leads_table` keeps that in a campaign's file;
- `_column_guess` proposes columns by the names of `_column_names`, `_questions` asks about them;
- `_lead_rows` reads the leads of all rows, and `_row_reader` one row; `_cell_words`,
  `_score_reader` and `_prospect_rows` read cells, and `_memo` remembers what they found;
- `_bad_rows` has the rows that are refused, and `_footers` knows the lines below the rows;
- `_leads_view` shows columns and first rows as they are understood;
- `_added_columns` makes the cells that commands add, and `_write_rows` writes them with the rows.

The campaign, the database and the output:

- `_intake_job` says what an intake is to do, and `_ready_campaign` creates, changes or activates
  the stored campaign before it;
- `_campaign_toml` is a campaign in a file, and how it differs from the stored one;
  `_campaign_writer` writes such a file;
- `_database` opens the database of a URL, and turns its errors into words;
- `_plan_summary` is a plan in numbers, and `_next_step` says what to do next;
- `_terminal` prints results, errors and a progress bar, `_report` writes a result as a page;
- `_json_documents` describes what `--json` prints;
- `_output` writes a file completely or not at all.
"""

from __future__ import annotations

from campaignkit.core._extras import require_extra

with require_extra("cli", "the command line"):
    from campaignkit.cli._app import app, main

__all__ = ["app", "main"]
