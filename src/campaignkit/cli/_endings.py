"""How a command ends: errors in words for people or programs, and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn, TextIO

import typer

from campaignkit.cli._command_error import CommandError, FileError, UsageError
from campaignkit.cli._terminal import print_error, print_json

# A shell's exit code for a program that a signal ended is 128 and the signal's number.
_INTERRUPTED = 130
_BROKEN_PIPE = 141

EXIT_CODES: Final[Mapping[int, str]] = {
    0: "success, also with warnings",
    1: "a file, the database or the rules of a campaign refuse",
    2: "the command line is wrong; nothing was read or written",
    _INTERRUPTED: "interrupted by Ctrl-C or by the signal TERM",
    _BROKEN_PIPE: "the reader of the output, such as head, stopped before its end",
}
"""What each exit code means."""


@contextmanager
def handle_errors(*, as_json: bool) -> Generator[None]:
    """Print errors for people or programs, and end the command with its exit code."""
    try:
        try:
            yield
        except UsageError as usage:
            message = "the options are wrong" if len(usage.faults) > 1 else "an option is wrong"
            if as_json:
                print_json({"error": message, "faults": usage.faults})
            print_error(message, usage.faults)
            raise typer.Exit(2) from None
        except CommandError as refusal:
            _exit_with_error(refusal, as_json=as_json)
        except OSError as error:
            if error.filename is None:  # it is that of a standard stream
                raise
            message = f"cannot use {os.fsdecode(error.filename)}: {error.strerror}"
            _exit_with_error(FileError(message), as_json=as_json)
        except KeyboardInterrupt:
            print_error("interrupted")
            raise typer.Exit(_INTERRUPTED) from None
    except BrokenPipeError:  # the reader of a pipe has closed it
        _discard_buffered(sys.stdout, sys.stderr)
        raise typer.Exit(_BROKEN_PIPE) from None
    except OSError as error:  # a full disk, where standard output goes to a file
        _discard_buffered(sys.stdout)
        print_error(f"cannot write to standard output: {error.strerror}")
        raise typer.Exit(1) from None


def _exit_with_error(refusal: CommandError, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"error": refusal.message, **refusal.details})
    print_error(refusal.message, refusal.lines)
    raise typer.Exit(1) from None


def _discard_buffered(*streams: TextIO) -> None:
    """Discard what is still buffered; else Python would try to write it again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
