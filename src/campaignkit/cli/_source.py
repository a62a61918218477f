"""What all files of leads have in common, whatever their format."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from campaignkit.cli._command_error import FileError

STDIN = "-"

Tick: TypeAlias = Callable[[int], object]
"""Called now and then with how much has been read, in the unit of the file's size."""

Place: TypeAlias = tuple[int, int]
"""The first and the last line of a row, or twice its number where there are no lines."""


def read_error(name: str, error: OSError) -> FileError:
    """Return the error for a file that the system cannot read."""
    return FileError(f"cannot read {name}: {error.strerror}")
