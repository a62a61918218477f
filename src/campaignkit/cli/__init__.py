"""The command line: reads leads from a CSV file, plans, and shows or writes who gets which channel.

Only this package imports typer and rich; `python -m campaignkit` says so where they are missing.

- `app` is the commands and their options, as a person types them, and how a command ends;
- `options` turns the texts of options into values, and names all that is wrong with them at once;
- `csv_file` is a file that can be read more than once, wherever it comes from;
- `leads_csv` makes leads of its rows, and names all that is wrong with them;
- `output` writes a file wholly or not at all;
- `report` shows a plan, to a person as tables and to a program as JSON;
- `terminal` is the two streams, and the progress bar;
- `errors` is what ends a command early.
"""

from __future__ import annotations

from campaignkit.cli.app import app, main

__all__ = ["app", "main"]
