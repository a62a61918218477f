"""Run the command line in this process, or in one of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from attrs import field, frozen
from typer.main import get_command
from typer.testing import CliRunner

from campaignkit.cli import app

COMMAND = (sys.executable, "-m", "campaignkit")
HEADER = "lead_id,als_score,do_not_email,do_not_call,phone"


@frozen
class Run:
    """The exit code of a command, what it wrote to each stream, and both streams as written."""

    code: int
    stdout: str
    stderr: str
    output: str = field(default="", eq=False)


@cache
def build_command() -> Callable[..., object]:
    """Return the command line as a function of its arguments; building it takes a while."""
    return get_command(app)


def run(*arguments: str | Path, stdin: bytes = b"") -> Run:
    """Run the command line in this process."""
    command = build_command()
    code: object = None
    with CliRunner().isolation(input=stdin) as streams:
        try:
            command([*map(str, arguments)], "campaignkit")
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        sys.stderr.flush()
        stdout, stderr, output = (
            stream.getvalue().decode(errors="replace").replace("\r\n", "\n") for stream in streams
        )
    assert isinstance(code, int)
    return Run(code, stdout, stderr, output)


def spawn(
    *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        env={**os.environ, **(env or {})},
        capture_output=True,
        check=False,
    )


def run_on_terminal(
    command: Sequence[str], *, cwd: Path, answers: Iterable[str] = (), **env: str
) -> tuple[int, str]:
    """Run a command on a terminal of 80 columns; return its exit code and what was shown.

    `answers` are typed one by one, each when a question is asked, which ends with a colon.
    """
    host, guest = pty.openpty()
    termios.tcsetwinsize(guest, (50, 80))
    left = iter(answers)
    with subprocess.Popen(
        command,
        cwd=cwd,
        stdin=guest,
        stdout=guest,
        stderr=guest,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "50", **env},
    ) as process:
        os.close(guest)
        shown = b""
        try:
            while piece := os.read(host, 1 << 16):
                shown += piece
                if shown.endswith(b": "):
                    answer = next(left, None)
                    os.write(host, b"\x04" if answer is None else f"{answer}\n".encode())
        except OSError:  # how Linux says that the other side of a terminal is closed
            pass
    os.close(host)
    return process.returncode, shown.decode()


def write_leads(path: Path, rows: Iterable[Sequence[object]], header: str = HEADER) -> Path:
    """Write a file whose values need no quotes."""
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path
