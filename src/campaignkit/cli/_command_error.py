"""The errors that end a command, each with its own exit code."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

from campaignkit.errors import InvalidError, RefusedError


class UsageError(Exception):
    """The command line is wrong; `faults` lists everything that is (exit code 2)."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)


class CommandError(Exception):
    """A file, the database or the rules refuse a command (exit code 1).

    `lines` follow the message, and `details` are added to the JSON document.
    """

    def __init__(
        self, message: str, lines: Iterable[str] = (), details: Mapping[str, object] | None = None
    ) -> None:
        self.message = message
        self.lines = tuple(lines)
        self.details = dict(details or {})
        super().__init__(message)


class FileError(CommandError):
    """A file cannot be read, used or written."""


@contextmanager
def explain_refusals() -> Generator[None]:
    """Turn what the rules refuse into the end of a command."""
    try:
        yield
    except RefusedError as error:
        reasons = [reason.value for reason in error.reasons]
        raise CommandError(str(error), details={"reasons": reasons}) from error
    except InvalidError as error:  # such as an id that no store takes
        raise CommandError(str(error), details={"faults": list(error.faults)}) from error
