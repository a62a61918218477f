"""Real processes: signals, closed pipes and terminals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, run_on_terminal, write_leads

# The command, but that it says so and waits once it is in the midst of writing.
PAUSE_WHILE_WRITING = """
import sys
from collections.abc import Callable
from contextlib import contextmanager
from campaignkit.cli import main
from campaignkit.cli import _allocate

@contextmanager
def show_progress(size):
    def pause(done):
        print("writing", flush=True)
        sys.stdin.read()

    yield lambda name, total: pause if name == "writing" else lambda done: None

_allocate.show_progress = show_progress
main()
"""
MANY = [(f"lead-{i}", 90) for i in range(10_000)]
HEADER = "lead_id,als_score"

by_each_signal = pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)


@by_each_signal
@pytest.mark.parametrize("before", [None, "as it was"])
def test_a_signal_leaves_no_half_written_file(
    tmp_path: Path, number: signal.Signals, before: str | None
) -> None:
    out = tmp_path / "out.csv"
    if before:
        out.write_text(before, encoding="utf-8")
    beside = stop_allocation(PAUSE_WHILE_WRITING, number, tmp_path, "--out", str(out))
    assert beside == 1  # what was being written


def stop_allocation(script: str, number: signal.Signals, folder: Path, *options: str) -> int:
    """Stop an allocation while it writes, and check that the folder is unchanged.

    Return how many files were beside those that were there.
    """
    leads = write_leads(folder / "leads.csv", MANY, HEADER)
    there = {path: path.read_bytes() for path in folder.iterdir()}
    with subprocess.Popen(
        [sys.executable, "-c", script, "allocate", leads, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        beside = len(list(folder.iterdir())) - len(there)
        process.send_signal(number)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said == b"Error: interrupted\n"
    assert {path: path.read_bytes() for path in folder.iterdir()} == there
    return beside


def test_a_signal_while_standard_input_is_read(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with subprocess.Popen(
        [*COMMAND, "allocate", "-", "--out", out],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        # More than a pipe holds: once it is written, the command has begun to read.
        process.stdin.write(b"lead_id,als_score\n" + b"a,1\n" * 1_000_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        said = process.communicate()
    assert process.returncode == 130
    assert said == (b"", b"Error: interrupted\n")
    assert not list(tmp_path.iterdir())


def test_a_closed_pipe_for_rows_ends_the_command_silently(tmp_path: Path) -> None:
    leads = write_leads(tmp_path / "leads.csv", MANY, HEADER)
    with subprocess.Popen(
        [*COMMAND, "allocate", leads, "--out", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"lead_id,als_score,tier,channel,reason\n"
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 141
    assert said == b""


@pytest.mark.parametrize("options", [[], ["--json"], ["--out", "-"], ["--json", "--nonsense"]])
def test_a_closed_standard_output_ends_the_command_silently(
    tmp_path: Path, options: list[str]
) -> None:
    leads = write_leads(tmp_path / "leads.csv", MANY[:10], HEADER)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        process = subprocess.run(
            [*COMMAND, "allocate", leads, *options],
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert process.returncode == 141
    assert process.stderr == b""


@pytest.mark.parametrize("options", [[], ["--json"], ["--out", "-"]])
def test_a_full_disk_is_reported(tmp_path: Path, options: list[str]) -> None:
    leads = write_leads(tmp_path / "leads.csv", MANY[:10], HEADER)
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [*COMMAND, "allocate", leads, *options],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert process.returncode == 1
    assert process.stderr == b"Error: cannot write to standard output: No space left on device\n"


ON_A_FULL_DISK = """
import contextlib, io, json, resource, sys
from campaignkit.cli import app

ran = []
for limit in json.loads(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            app(sys.argv[2:])
        except SystemExit as error:
            code = error.code
    ran.append([code, said.getvalue()])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
sys.stderr.write(json.dumps(ran))
"""


@pytest.mark.parametrize(
    "written", ["out.csv", "out.xlsx", "out.parquet", "out.json", "page.html", "new.toml"]
)
def test_no_file_is_half_written_on_a_full_disk(tmp_path: Path, written: str) -> None:
    leads = write_leads(tmp_path / "leads.csv", MANY[:2_000], HEADER)
    out = tmp_path / written
    command: list[str | Path] = (
        ["init", leads, "--accept"] if written == "new.toml" else ["allocate", leads]
    )
    option = "--report" if written == "page.html" else "--out"
    limits = [1, 300, 700, 5_000] if written != "new.toml" else [1, 300, 700]
    process = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, json.dumps(limits), *command, option, out],
        capture_output=True,
        check=False,
        text=True,
    )
    assert json.loads(process.stderr) == [[1, f"Error: cannot write {out}: File too large\n"]] * (
        len(limits)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


def test_a_closed_standard_error_ends_the_command_silently(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        process = subprocess.run(
            [*COMMAND, "allocate", tmp_path / "none.csv"],
            stdout=nobody,
            stderr=nobody,
            check=False,
        )
    assert process.returncode == 141


def on_terminal(leads: Path, *options: str, **env: str) -> tuple[int, str]:
    """Allocate on a terminal of 80 columns; return the exit code and what was shown."""
    return run_on_terminal([*COMMAND, "allocate", leads.name, *options], cwd=leads.parent, **env)


COLOUR = re.compile(r"\x1b\[[0-9;]*[34][0-7][0-9;]*m")
STYLE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("no_colour", [True, False])
def test_a_terminal_has_colours_unless_no_color_is_set(tmp_path: Path, *, no_colour: bool) -> None:
    leads = write_leads(tmp_path / "leads.csv", MANY[:10], HEADER)
    code, shown = on_terminal(leads, **({"NO_COLOR": "1"} if no_colour else {}))
    assert code == 0
    assert bool(COLOUR.search(shown)) is not no_colour
    assert max(len(STYLE.sub("", line)) for line in shown.splitlines()) <= 80


def test_a_large_file_shows_a_transient_progress_bar(tmp_path: Path) -> None:
    rows = [(f"lead-{i}", 90, "x" * 1_000) for i in range(4_500)]
    leads = write_leads(tmp_path / "leads.csv", rows, f"{HEADER},notes")
    code, shown = on_terminal(leads, "--out", "out.csv")
    assert code == 0
    for stage in ("reading", "planning", "writing"):
        assert stage in shown
    assert shown.index("writing") < shown.rindex("\x1b[2K") < shown.index("4,500 leads")
    shown = on_terminal(leads, "--json")[1]
    assert shown.rindex("\x1b[2K") < shown.index('"input"')


def test_a_small_file_shows_no_progress(tmp_path: Path) -> None:
    leads = write_leads(tmp_path / "leads.csv", MANY[:10], HEADER)
    assert "reading" not in on_terminal(leads)[1]
