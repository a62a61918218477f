"""The words for yes and no in a column of text, in a file as in a frame."""

from __future__ import annotations

YES = frozenset({"yes", "y", "true", "t", "1"})
NO = frozenset({"no", "n", "false", "f", "0", ""})

YES_OR_NO = "true or false, 1 or 0, yes or no"
"""What is accepted, in an error message."""


def read_yes_no(text: str) -> bool | None:
    """Return whether a word says yes, in any case and with white space around it; blank is no.

    None stands for a word that says neither.

    >>> [read_yes_no(text) for text in (" Yes", "F", "", "maybe")]
    [True, False, False, None]
    """
    word = text.strip().lower()
    return True if word in YES else False if word in NO else None
