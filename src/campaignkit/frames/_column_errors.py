"""What can be wrong with the rows of a frame, in the same words on every engine."""

from __future__ import annotations

from collections.abc import Sequence

from campaignkit.core._checks import short_repr
from campaignkit.domain._yes_no import YES_OR_NO

EXAMPLES = 5
"""How many of the bad values a fault names."""


def counted(rows: int) -> str:
    """Return a number of rows in words."""
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def _examples(some: Sequence[object], of: int) -> str:
    named = ", ".join(map(short_repr, some))
    return f"{named} and {of - len(some):,} more" if of > len(some) else named


def missing(column: str, rows: int) -> str:
    """Say that rows have no value in a column that needs one."""
    return f"{column} is missing in {counted(rows)}"


def wrong_kind(column: str, wanted: str, kind: object) -> str:
    """Say that a column holds another kind of values."""
    return f"{column} must be {wanted}, not {kind}"


def bad_scores(column: str, rows: int, some: Sequence[object]) -> str:
    """Say that scores are out of range, and name some of them, one for each row."""
    return f"{column} must be a number from 0 to 100, not {_examples(some, rows)}"


def bad_flags(column: str, rows: int, some: Sequence[object]) -> str:
    """Say that flags are neither yes nor no, and name some of them, one for each row."""
    return f"{column} must be {YES_OR_NO}, not {_examples(some, rows)}"


def bad_ids(column: str, rows: int, some: Sequence[object]) -> str:
    """Say that ids are blank or hold NUL, and name some of them, one for each row."""
    return f"{column} must not be blank or hold NUL, but is {_examples(some, rows)}"


def repeated(column: str, ids: int, some: Sequence[object], *, within: bool) -> str:
    """Say that ids come more often than once, and name some of them."""
    where = " in a campaign" if within else ""
    return f"{column} must come once{where}, but these come more often: {_examples(some, ids)}"


def no_terms(column: str, campaigns: int, some: Sequence[object]) -> str:
    """Say that there are campaigns without terms, and name some of them."""
    return f"{column} must be a campaign that has terms, not {_examples(some, campaigns)}"
