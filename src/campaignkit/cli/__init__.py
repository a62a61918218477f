"""The command line: gives the leads of a CSV file channels, once or in a campaign day by day.

Only this package imports typer and rich; `python -m campaignkit` says so where they are missing.

- `app` is the commands and their options, as a person types them, and how a command ends;
- `options` turns the texts of options into values, and names all that is wrong with them at once;
- `csv_file` is a file that can be read more than once, wherever it comes from;
- `leads_csv` makes leads of its rows, and names all that is wrong with them;
- `output` writes a file wholly or not at all;
- `campaign_toml` is a campaign in a file, and how it differs from the stored one;
- `database` opens or looks at what a URL names, and turns what it refuses into words;
- `taking` takes the leads of a file into a campaign, `looking` reads how campaigns stand;
- `report` shows a plan, to a person as tables and to a program as JSON;
- `campaign_report` shows an intake, a campaign or many of them likewise;
- `terminal` is the two streams, and the progress bar;
- `errors` is what ends a command early.

`database`, `taking` and `looking` need SQLAlchemy, and are loaded by the commands that need them.
"""

from __future__ import annotations

from campaignkit.cli._app import app, main

__all__ = ["app", "main"]
