"""Shells complete commands, options, values and names of files."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_group

from campaignkit import Channel, PermissionMode, SuggestionState
from campaignkit.cli import app
from campaignkit.cli._completion import SCRIPTS, complete_line
from campaignkit.cli._json_documents import DOCUMENTS
from tests.cli.running import run

COMMANDS: Final = get_group(app).commands

START: Final = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
PREPARE: Final = {
    "bash": "source ./script",
    "zsh": "autoload -U compinit; compinit -u -d dump; source ./script",
    "fish": "source ./script",
}
TYPED: Final = {
    "inta\t": "intake",
    "allocate lea\t--overflow re\t": "allocate leads.csv --overflow reassign",
    "allocate --allocation email=60,vo\t40": "allocate --allocation email=60,voice=40",
}
"""What is typed behind the name of the program, and what the line is then."""


def complete(line: str, shell: str = "zsh") -> list[str]:
    """Return the words without what they mean."""
    found = complete_line(COMMANDS, f"campaignkit {line}", shell)
    return [word.partition("\t")[0] for word in found]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", [*COMMANDS]),
        ("sup", ["suppress", "suppressions"]),
        ("allocate --out", ["--out"]),
        ("allocate --skip", ["--skip-bad", "--skip-rows"]),
        ("allocate leads.csv --overflow ", ["reassign", "hold"]),
        ("allocate --duplicates ", ["refuse", "best", "first"]),
        ("allocate --delimiter t", ["tab"]),
        ("allocate --block ", [f"{channel}=" for channel in Channel]),
        ("allocate --out ", []),
        ("allocate ", []),
        ("suggestions --state ", [*SuggestionState, "all"]),
        ("suppress --channel sms,", [f"sms,{one}" for one in Channel if one != "sms"]),
        ("approve x --set daily", ["daily_lead_limit="]),
        ("allocate --prospect ind", ["industry="]),
        ("init --mode ", [*PermissionMode]),
        ("schema ", ["postgresql", "sqlite"]),
        ("json-schema ", [*DOCUMENTS]),
        ("completion ", [*SCRIPTS]),
        ("nonsense ", []),
        ("allocate 'open", []),
        ("allocate --bom --overflow ho", ["hold"]),
        ("allocate --nonsense ", []),
    ],
)
def test_a_line_is_completed(line: str, words: Sequence[str]) -> None:
    assert sorted(complete(line)) == sorted(words)


def test_bash_completes_what_is_behind_an_equals_sign() -> None:
    assert complete("allocate --allocation email=60,vo", "bash") == ["60,voice="]
    assert complete("allocate --allocation email=60,vo") == ["email=60,voice="]


def test_an_unknown_shell_is_refused() -> None:
    refused = run("completion", "tcsh")
    assert refused.code == 2
    assert "SHELL must be bash, zsh or fish, not 'tcsh'" in refused.stderr


@pytest.mark.parametrize(
    "shell", [pytest.param(name, marks=[pytest.mark.long] * (name != "bash")) for name in SCRIPTS]
)
def test_a_real_shell_completes(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} on this machine")
    program = tmp_path / "bin/campaignkit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m campaignkit "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "script").write_text(run("completion", shell).stdout, encoding="utf-8")
    (tmp_path / "leads.csv").touch()
    # At the end of each line: to its begin, so that the shell prints it, and to its end.
    lines = [f"campaignkit {typed}\x01echo RESULT \x05\n" for typed in TYPED]
    shown = type_into(shell, [f"{PREPARE[shell]}\n", *lines, "exit\n"], tmp_path)
    results = [line for line in shown.split("\r\n") if line.startswith("RESULT ")]
    assert results == [f"RESULT campaignkit {line}" for line in TYPED.values()], shown


def type_into(shell: str, lines: Sequence[str], folder: Path) -> str:
    """Type lines into an interactive shell; return what the terminal was sent."""
    host, guest = pty.openpty()
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with subprocess.Popen(
        ["/usr/bin/setsid", "--ctty", *START[shell]],
        cwd=folder,
        stdin=guest,
        stdout=guest,
        stderr=guest,
        env={**os.environ, "PATH": path, "TERM": "dumb", "COLUMNS": "300", **home},
    ):
        os.close(guest)
        os.write(host, "".join(lines).encode())
        shown = b""
        try:
            while piece := os.read(host, 1 << 16):
                shown += piece
        except OSError:  # how Linux says that the other side of a terminal is closed
            pass
    os.close(host)
    return shown.decode(errors="replace")
