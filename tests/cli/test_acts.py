"""`campaignkit pause` and its like act on a campaign, also where its row breaks a rule."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.campaigns import ID, TUESDAY, intake, stored, url
from tests.cli.deciding import begin_campaign
from tests.cli.running import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign in co_pilot that has had its first day."""
    return begin_campaign(tmp_path)


def corrupt(folder: Path, sets: str) -> None:
    with closing(sqlite3.connect(folder / "campaigns.db")) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(f"UPDATE campaigns SET {sets}")  # noqa: S608  # ours


def act(folder: Path, command: str, *options: str) -> str:
    return run(command, "--db", url(folder), str(ID), *options).stdout


def test_acts_change_the_campaign(folder: Path) -> None:
    by = ("--by", "ann", "--reason", "bounces")
    assert act(folder, "pause", *by).startswith("Sydney agencies: paused\n")
    assert act(folder, "activate", *by).startswith("Sydney agencies: active\n")
    assert act(folder, "delete", *by).startswith("Sydney agencies: deleted\n")
    assert act(folder, "restore", *by).startswith("Sydney agencies: active\n")
    document = json.loads(act(folder, "complete", *by, "--json"))
    assert document["campaign"]["status"] == "completed"
    assert "ann (user) completed (bounces)" in act(folder, "history")
    refused = run("pause", "--db", url(folder), str(ID), "--by", "ann")
    assert (refused.code, refused.stderr) == (1, "Error: a completed campaign is final\n")


def test_what_an_ai_does_waits_for_a_user(folder: Path) -> None:
    waiting = act(folder, "pause", "--ai", "scout", "--reason", "bounces")
    assert "pause for Sydney agencies\n" in waiting
    assert stored(url(folder))[0].status.value == "active"


def test_a_corrupt_row_is_shown_stopped_and_mended(folder: Path) -> None:
    corrupt(folder, "name = ' ', target_company_sizes = '[\"a few\"]', daily_lead_limit = 0")
    for command, options in (("show", ()), ("pause", ("--by", "ann"))):
        shown = act(folder, command, *options)
        assert "unreadable: name, targeting, daily_lead_limit" in shown
        assert "  company sizes     cannot be read\n" in shown
        assert "  name must not be blank, but is ' '\n" in shown
    document = json.loads(act(folder, "show", "--json"))
    assert document["campaign"]["status"] == "paused"
    assert [*document["campaign"]["faults"]] == ["name", "targeting", "daily_lead_limit"]
    assert act(folder, "history").startswith(f"{ID}: ")
    act(folder, "activate", "--by", "ann")
    differing = intake(folder, day=TUESDAY)
    assert "daily_lead_limit: unreadable in the database, 20 in the file" in differing.stderr
    mended = intake(folder, "--update", day=TUESDAY)
    assert (mended.code, mended.stderr) == (0, "")
    assert "Changed name from unreadable to 'Sydney agencies'" in mended.stdout
    assert not stored(url(folder))[0].faults
