"""What all files of leads have in common, whatever their format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from typing import ClassVar, Protocol, TypeAlias

from campaignkit.cli._command_error import FileError

STDIN = "-"

Tick: TypeAlias = Callable[[int], object]
"""Called now and then with how much has been read, in the unit of the file's size."""

Place: TypeAlias = tuple[int, int]
"""The first and the last line of a row, or twice its number where there are no lines."""


class Source(Protocol):
    """A file with rows, whose numbers count `unit`s: lines or rows."""

    unit: ClassVar[str]
    is_text: ClassVar[bool]

    @property
    def name(self) -> str:
        """The name for messages."""
        ...

    @property
    def size(self) -> int:
        """The size up to which `rows` ticks."""
        ...

    @property
    def header(self) -> Sequence[str]:
        """The names of its columns as they are written."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """The names of its columns."""
        ...

    @property
    def has_decimal_comma(self) -> bool:
        """Whether a comma in a number can only be a decimal one."""
        ...

    def describe(self) -> Sequence[str]:
        """Say how the file is written."""
        ...

    def to_json(self) -> Mapping[str, object]:
        """Say how the file is written, as JSON has it."""
        ...

    def rows(
        self, tick: Tick, _only: Collection[str] = ..., /
    ) -> Generator[tuple[int, int, Sequence[str]]]:
        """Iterate over the rows as text, each after its place.

        Other columns than these may be blank, if any are named.
        """
        ...

    def state(self) -> tuple[int, int]:
        """Return the size and the time of the last change."""
        ...


def read_error(name: str, error: OSError) -> FileError:
    """Return the error for a file that the system cannot read."""
    return FileError(f"cannot read {name}: {error.strerror}")
