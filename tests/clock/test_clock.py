"""Whatever the computer's clock says: `--clock-offset` moves it, here and in other programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.clock.sitecustomize import OFFSET

ROOT = Path(__file__).parents[2]
TELL = "import time, datetime as d; print(time.time(), d.datetime.now(d.UTC).timestamp())"


def real_time() -> float:
    """Return the time of a program that does not know of our option."""
    env = {name: value for name, value in os.environ.items() if name != OFFSET}
    run = subprocess.run([sys.executable, "-c", TELL], env=env, capture_output=True, check=True)
    return float(run.stdout.split()[0])


def test_the_clock_is_moved_as_asked(request: pytest.FixtureRequest) -> None:
    days = int(request.config.getoption("--clock-offset") or 0)
    moved = timedelta(seconds=time.time() - real_time())
    assert abs(moved - timedelta(days=days)) < timedelta(minutes=5)
    assert abs(datetime.now(UTC).timestamp() - time.time()) < 300


def test_a_program_that_a_test_starts_has_the_clock_of_the_tests() -> None:
    run = subprocess.run([sys.executable, "-c", TELL], capture_output=True, check=True)
    assert all(abs(float(told) - time.time()) < 300 for told in run.stdout.split())


def test_the_option_moves_the_clock_of_tests_and_of_what_they_start() -> None:
    env = {name: value for name, value in os.environ.items() if name != OFFSET}
    tests = [str(Path(__file__)), "-k", "moved_as_asked or program", "-q", "-p", "no:cacheprovider"]
    moved = [sys.executable, "-m", "pytest", "--clock-offset=-200", *tests]
    subprocess.run(moved, cwd=ROOT, env=env, check=True)
