"""What known programs write below the rows of an export."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_FOOTERS = 20
"""The most lines that are looked at."""

_FEWEST_COLUMNS = 3  # of a file whose lines of one field may be a footer

_FOOTER = re.compile(
    r"(grand |sub)?totals?"
    r"(\s*[:(].*|\s+(number of\s+)?(rows|records|leads|contacts)\b.*|\s+[\d.,]+)?"
    r"|copyright\s.*(\d{4}|©).*|©.*|confidential information(\s.*)?"
    r"|generated (by|on|at)(\s.*|:.*)?"
    r"|exported (by|on|at|from)(\s.*|:.*)?|filtered by(\s.*|:.*)?|as of \d.*"
    r"|\(?[\d,.]+ rows?( affected)?\)?"
    r"|end of (report|file|export)([\s.].*)?|page \d+ of \d+|report generated(\s.*|:.*)?",
    re.IGNORECASE | re.DOTALL,
)
"""What known programs write below the rows of an export.

Each ends where an id would go on: total@example.com is a lead, and so is Total Energies.
"""

_TOTAL = re.compile(
    r"((grand |sub-?)?totals?|sum|summe|gesamt(summe|ergebnis)?|total général|somme|totale|suma"
    r"|totaal)( \(\d+ \w+\))?:?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\d.,%\s]+")


def count_footers(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many of the last rows are what known programs write below the rows.

    Lines of one field beside a line that is known belong to it, such as the names of the report
    and of the company: a row of several columns is not written so.
    """
    count, is_known = 0, False
    for row in reversed(rows):
        if _is_footer(row):
            is_known = True
        elif len(row) != 1 or width < _FEWEST_COLUMNS:
            break
        count += 1
    return count if is_known else 0


def _is_footer(row: Sequence[str]) -> bool:
    """Return whether a row has one cell with known words, or a total and else only numbers."""
    filled = [text for cell in row if (text := cell.strip())]
    if len(filled) == 1:
        return bool(_FOOTER.fullmatch(filled[0]))
    return (
        len(filled) > 1
        and bool(_TOTAL.fullmatch(filled[0]))
        and all(map(_NUMBER.fullmatch, filled[1:]))
    )
