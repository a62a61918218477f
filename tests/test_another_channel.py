"""Another channel is one entry in the table of channels, and a share of `Allocation`.

The source is copied and gets a sixth channel. Tests that hold a rule of all channels then pass on
the copy: rows, JSON, tables, frames and plans have the new channel without a change of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import campaignkit
from campaignkit import Channel

TESTS = Path(__file__).parent
LAST = [*Channel][-1]
HELD = [
    "core/test_channels.py",
    "test_serialization.py::test_every_campaign_comes_back_from_its_row",
    *(
        f"test_serialization.py::test_every_value_comes_back[{value}]"
        for value in ("Allocation", "ChannelCounts", "ALSGate", "Progress", "Plan")
    ),
    *(
        f"test_json_schema.py::test_every_value_is_valid[{value}]"
        for value in ("Campaign", "Intake")
    ),
    "test_json_schema.py::test_the_schema_of_a_campaign",
    "test_json_schema.py::test_the_schema_of_a_row_has_its_columns",
    "storage/test_memory.py::TestMemoryStore::test_any_campaign_comes_back_as_it_was",
    *(
        f"storage/sqlalchemy/test_contract.py::TestSQLite::{name}"
        for name in (
            "test_any_campaign_comes_back_as_it_was",
            "test_writes_are_kept",
        )
    ),
    "planning/test_plan_counts.py::test_totals_have_no_flaw_at_any_scale",
    "planning/test_choose.py::test_it_equals_a_plan_of_that_one_lead",
    "frames/test_allocate.py::test_each_lead_gets_what_plan_gives_it[polars]",
    "frames/test_allocate.py::test_each_campaign_is_planned_separately[duckdb]",
    "display/test_palettes.py",
    "test_notebook.py",
]
FIVE = "core/test_channels.py::test_the_canonical_order"


def with_another(copy: Path, *, share: bool) -> dict[str, str]:
    """Copy the source with another channel; return the environment of programs that import it."""
    source = copy / "campaignkit"
    shutil.copytree(Path(campaignkit.__file__).parent, source)
    _add_behind(source / "core/_channels.py", f'    {LAST.name} = "{LAST.value}"\n')
    if share:
        _add_behind(source / "domain/_allocation.py", f"    {LAST.value}: Share = 0\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}


def _add_behind(path: Path, line: str) -> None:
    """Add behind a line of the last channel that of another one."""
    text, added = path.read_text("utf-8"), line.replace(LAST.value, "whatsapp")
    assert text.count(line) == 1
    path.write_text(text.replace(line, line + added.replace(LAST.name, "WHATSAPP")), "utf-8")


def run_python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=TESTS.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_all_that_is_held_of_channels_is_held_of_another_one(tmp_path: Path) -> None:
    environment = with_another(tmp_path, share=True)
    names = run_python(environment, "-c", "import campaignkit; print(*campaignkit.Channel)").stdout
    assert names.split() == [*Channel, "whatsapp"]
    done = run_python(
        environment,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"),
        *(f"tests/{name}" for name in HELD),
        f"--deselect=tests/{FIVE}",
    )
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr


def test_a_channel_without_a_share_is_noticed_at_once(tmp_path: Path) -> None:
    done = run_python(with_another(tmp_path, share=False), "-c", "import campaignkit")
    assert done.stderr.endswith("'Allocation' object has no attribute 'whatsapp'\n")
