"""Run the command line in this process, or in one of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import frozen
from typer.testing import CliRunner

from campaignkit.cli import app

COMMAND = (sys.executable, "-m", "campaignkit")
HEADER = "lead_id,als_score,do_not_email,do_not_call,phone"


@frozen
class Run:
    code: int
    stdout: str
    stderr: str


def run(*arguments: str | Path, stdin: bytes = b"") -> Run:
    """Run the command line in this process."""
    result = CliRunner().invoke(app, [*map(str, arguments)], input=stdin, catch_exceptions=False)
    return Run(result.exit_code, result.stdout, result.stderr)


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


def run_on_terminal(command: Sequence[str], *, cwd: Path, **env: str) -> tuple[int, str]:
    """Run a command on a terminal of 80 columns; return its exit code and what was shown."""
    host, guest = pty.openpty()
    termios.tcsetwinsize(guest, (50, 80))
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
        except OSError:  # how Linux says that the other side of a terminal is closed
            pass
    os.close(host)
    return process.returncode, shown.decode()


def write_leads(path: Path, rows: Iterable[Sequence[object]], header: str = HEADER) -> Path:
    """Write a file whose values need no quotes."""
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path
