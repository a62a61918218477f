"""A progress bar is shown on request, on a terminal and in a notebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.cli.running import run_on_terminal

LEADS = """
import pyarrow as pa
import campaignkit as ck
from datetime import UTC, date, datetime
from uuid import UUID
from campaignkit import frames
from campaignkit.storage import MemoryStore

day, by = date(2026, 11, 23), ck.Actor.user("ann")
leads = pa.table({"lead_id": [f"lead-{n}" for n in range(50)], "als_score": [90] * 50})
twice = pa.table({"lead_id": ["ann", "ann"], "als_score": [90, 80]})
store = MemoryStore()
draft = ck.Campaign.draft(client_id=UUID(int=7), name="Sydney", daily_lead_limit=1_000)
campaign = store.add(draft.activate(at=datetime.now(UTC)))
"""
ALLOCATE = "done = frames.allocate(leads, campaign.allocation, progress=True)"
RECORD = "frames.record(store, done, campaign, day=day, by=by, batch=7, progress=True)"
REFUSED = "frames.allocate(twice, campaign.allocation, progress=True)"
DENIED = "frames.record(store, done, campaign, day=day, by=ck.Actor.ai('scout'), progress=True)"
QUIET = """
quiet = frames.allocate(leads, campaign.allocation)
frames.record(store, quiet, campaign, day=day, by=by);
"""
WIDGETS = "application/vnd.jupyter.widget"
NO_WIDGETS = "import sys; sys.modules['ipywidgets'] = None"


def test_on_a_terminal_the_bar_is_text_and_ends_full(tmp_path: Path) -> None:
    program = f"{LEADS}\n{ALLOCATE}\n{RECORD}\nprint('the end')"
    code, shown = run_on_terminal([sys.executable, "-c", program], cwd=tmp_path)
    assert code == 0
    planning, recording, end = split_lines(shown)[-3:]
    assert last_frame(planning).startswith("writing the columns |")
    assert set(last_frame(planning).split("|")[1]) == {"█"}
    assert last_frame(recording).startswith("100%|")
    assert "50.0/50.0" in last_frame(recording)
    assert end == "the end"


DUCKDB = "import duckdb; leads = duckdb.connect().from_arrow(leads)"


@pytest.mark.parametrize(
    ("source", "stages"),
    [
        ("", ["reading the leads", "planning", "writing the columns"]),
        (DUCKDB, ["counting the leads", "checking their ids", "planning"]),
    ],
    ids=["in memory", "in DuckDB"],
)
def test_on_a_terminal_each_stage_begins_where_the_one_before_ends(
    tmp_path: Path, source: str, stages: list[str]
) -> None:
    program = f"{LEADS}\n{source}\n{ALLOCATE}"
    code, shown = run_on_terminal([sys.executable, "-c", program], cwd=tmp_path)
    assert code == 0
    (line,) = split_lines(shown)
    at_times = [frame.split("|") for frame in line.split("\r")[1:]]
    seen = [(name.strip(), round(3 * bar.count("█") / len(bar))) for name, bar, _ in at_times]
    ends = [("", 0), *zip(stages, range(3), strict=True), (stages[-1], 3)]
    assert list(dict.fromkeys(seen)) == ends


def split_lines(shown: str) -> list[str]:
    """Return the lines of a terminal, each with all frames that it showed."""
    return shown.removesuffix("\r\n").split("\r\n")


def last_frame(line: str) -> str:
    """Return the last frame of a line of a terminal."""
    return line.rsplit("\r", maxsplit=1)[-1]


@pytest.mark.parametrize(
    "call", [REFUSED, pytest.param(f"{ALLOCATE}\n{DENIED}", marks=pytest.mark.long)]
)
def test_on_a_terminal_an_error_begins_on_a_line_of_its_own(tmp_path: Path, call: str) -> None:
    code, shown = run_on_terminal([sys.executable, "-c", f"{LEADS}\n{call}"], cwd=tmp_path)
    assert code == 1
    begun = split_lines(shown).index("Traceback (most recent call last):")
    assert "|" in split_lines(shown)[begun - 1]


def test_no_bar_is_shown_by_default(tmp_path: Path) -> None:
    program = f"{LEADS}\n{QUIET}\nimport sys; print('tqdm' in sys.modules)"
    assert run_on_terminal([sys.executable, "-c", program], cwd=tmp_path) == (0, "False\r\n")


@pytest.fixture(scope="module", params=[True, False], ids=["with widgets", "without"])
def notebook(request: pytest.FixtureRequest) -> Any:
    """Give a notebook after it was run, with the widgets of a browser or without."""
    first = LEADS if request.param else f"{NO_WIDGETS}\n{LEADS}"
    cells = [first, ALLOCATE, f"_ = {RECORD}", REFUSED, DENIED, QUIET]
    v4: Any = nbformat.v4  # has no type hints
    book = v4.new_notebook(cells=[v4.new_code_cell(it) for it in cells])
    NotebookClient(book, kernel_name="python3", allow_errors=True, timeout=60).execute()
    return book


def test_in_a_notebook_the_bar_is_a_widget_or_text_and_ends_full(notebook: Any) -> None:
    bars = list_bars(notebook)
    shown = [cell.outputs for cell in notebook.cells]
    assert shown[0] == shown[5] == []
    errors = [[it.ename for it in outputs if it.output_type == "error"] for outputs in shown]
    assert errors == [[], [], [], ["PlanError"], ["PermissionDeniedError"], []]
    if bars:
        assert [(bar["value"], bar["max"], bar["bar_style"]) for bar in bars] == [
            (3, 3, "success"),
            (50, 50, "success"),
            (0, 3, "danger"),
            (0, 50, "danger"),
        ]
        assert all(outputs[0].data["text/plain"].strip() for outputs in shown[1:5])
    else:
        texts = ["".join(it.get("text", "") for it in outputs) for outputs in shown]
        assert texts[1].endswith("\n")
        assert last_frame(texts[1].rstrip("\n")).startswith("writing the columns |██████████|")
        assert "50.0/50.0" in last_frame(texts[2].rstrip("\n"))
        assert "IProgress" not in "".join(texts)  # what is missing for a widget is no warning
        assert all(text.endswith("\n") for text in texts[3:5])


def list_bars(notebook: Any) -> list[dict[str, Any]]:
    """Return the progress bars of a notebook in the order of their creation."""
    kept = notebook.metadata.get("widgets", {}).get(f"{WIDGETS}-state+json", {})
    models = kept.get("state", {}).values()
    return [it["state"] for it in models if it["model_name"] == "FloatProgressModel"]
