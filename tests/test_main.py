"""The command exists without its extra too, and says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

HIDE_AND_RUN = """
import sys
from tests.entry_points import Hide
sys.meta_path.insert(0, Hide([sys.argv.pop()]))
from campaignkit.__main__ import main
main()
"""


def _run_without(module: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HIDE_AND_RUN, module]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_it_says_what_to_install(missing: str) -> None:
    run = _run_without(missing)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr == (
        f"campaignkit: the command line needs {missing}, which is not installed: "
        "pip install 'campaignkit[cli]'\n"
    )


def test_a_fault_of_our_own_is_not_taken_for_a_missing_extra() -> None:
    run = _run_without("attrs")
    assert run.returncode == 1
    assert "ModuleNotFoundError" in run.stderr
