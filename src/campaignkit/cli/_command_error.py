"""What ends a command early, each with its own exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class UsageError(Exception):
    """The command line itself is wrong; `faults` says everything that is (exit code 2)."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)


class Refusal(Exception):  # noqa: N818  # it is named for what it tells
    """What was asked for cannot be done (exit code 1).

    `lines` follow the message, and `details` join it in a JSON document.
    """

    def __init__(
        self, message: str, lines: Iterable[str] = (), details: Mapping[str, object] | None = None
    ) -> None:
        self.message = message
        self.lines = tuple(lines)
        self.details = dict(details or {})
        super().__init__(message)


class FileError(Refusal):
    """A file cannot be read, used or written."""
