"""A campaign's life by commands: from draft to completed, edited, paused and resumed."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

import campaignkit as ck
from campaignkit.cli._campaign_toml import read_campaign
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import (
    CLIENT,
    ID,
    MONDAY,
    NAMED,
    intake,
    stored,
    url,
    write_campaign,
    write_hot,
)
from tests.cli.deciding import begin_campaign
from tests.cli.running import Run, run
from tests.storage.sqlalchemy import databases

LIMITS = "daily_lead_limit = 20\n"
BY_USER, BY_AI = ("--by", "ann"), ("--ai", "scout")

ACTS: dict[str, tuple[str, ...]] = {
    "activate": (),
    "pause": (),
    "resume": (),
    "complete": (),
    "delete": (),
    "restore": (),
    "edit": ("--set", "daily_lead_limit=5"),
    "release": ("lead-000",),
}
"""The commands that change a campaign, and the arguments that each needs besides."""

BEFORE = {"activate": "pause", "resume": "pause", "restore": "delete"}
"""What must be done to an active campaign before an act."""

READINGS: dict[str, tuple[str, ...]] = {
    "show": (),
    "show --day": ("--day", MONDAY),
    "history": (),
    "suggestions": (),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign in co_pilot that has had its first day."""
    return begin_campaign(tmp_path)


def act(folder: Path, command: str, *options: str, db: str | None = None) -> Run:
    where = ("--db", db or url(folder))
    return run(command.split(maxsplit=1)[0], folder / "campaign.toml", *options, *where)


def find_next(shown: str) -> list[str]:
    """Return the words of the command that a report names as the next one."""
    line = next(line for line in shown.splitlines() if line.startswith("Next: campaignkit "))
    return shlex.split(line.removeprefix("Next: campaignkit "))


def fill_in(words: list[str], leads: str | Path = "") -> list[str]:
    """Return a command with what it leaves open."""
    values = {"USER": "ann", "LEADS": str(leads), "YYYY-MM-DD": MONDAY, "WORDS": "no"}
    return [values.get(word, word) for word in words]


# --- all acts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ACTS)
def test_an_act_names_the_campaign_by_its_file_and_says_what_is_next(
    folder: Path, command: str
) -> None:
    if before := BEFORE.get(command):
        assert act(folder, before, *BY_USER).code == 0
    ran = act(folder, command, *ACTS[command], *BY_USER)
    assert (ran.code, ran.stderr) == (0, "")
    if command == "complete":
        assert "Next: " not in ran.stdout
    elif command == "release":
        assert "1 lead released" in ran.stdout
        assert ran.stdout.endswith("again; campaignkit suppress keeps them out.\n")
        contacted = act(folder, command, "lead-001", "--contacted", *BY_USER)
        assert "admit them again" not in contacted.stdout
    else:
        name, file, *_ = find_next(ran.stdout)
        assert name in {"intake", "resume", "restore"}
        assert file == str(folder / "campaign.toml")


@pytest.mark.parametrize("command", ACTS)
def test_what_an_ai_does_becomes_a_suggestion_that_a_user_approves(
    folder: Path, command: str
) -> None:
    if before := BEFORE.get(command):
        assert act(folder, before, *BY_USER).code == 0
    was = stored(url(folder))
    ran = act(folder, command, *ACTS[command], *BY_AI)
    assert (ran.code, ran.stderr) == (0, "")
    assert stored(url(folder)) == was
    approved = run(*fill_in(find_next(ran.stdout)))
    assert (approved.code, approved.stderr) == (0, "")
    assert stored(url(folder)) != was


@pytest.mark.parametrize("command", [*ACTS, *READINGS])
def test_a_campaign_that_is_not_in_the_database_yet(folder: Path, command: str) -> None:
    options = (*ACTS[command], *BY_USER) if command in ACTS else READINGS[command]
    write_campaign(folder, LIMITS, NAMED.replace(str(ID), str(UUID(int=7))))
    missing = act(folder, command, *options)
    campaign = folder / "campaign.toml"
    assert (missing.code, missing.stdout) == (1, "")
    assert missing.stderr == (
        f"Error: the campaign of {campaign} is not in {url(folder)} yet\n"
        f"  the first campaignkit intake {campaign} LEADS --day YYYY-MM-DD --db {url(folder)}"
        " --by USER creates and activates it\n"
    )
    nowhere = act(folder, command, *options, db=f"sqlite:///{folder / 'none.db'}")
    assert (nowhere.code, nowhere.stdout) == (1, "")
    assert "there is no database" in nowhere.stderr
    assert "the first intake creates it" in nowhere.stderr
    assert not (folder / "none.db").exists()


def test_a_life_from_draft_to_completed(tmp_path: Path) -> None:
    """Each report names the command that goes on."""
    folder = tmp_path
    write_campaign(folder, LIMITS)
    (folder / "leads.csv").write_text("lead_id,als_score\nann,90\nbob,40\n", encoding="utf-8")
    with SQLAlchemyStore.open(url(folder)) as store:
        draft = read_campaign(str(folder / "campaign.toml"))
        ck.CampaignService(store).create(draft, by=ck.Actor.user("ann"))
    refused = act(folder, "resume", *BY_USER)
    assert refused.stderr == (
        "Error: Sydney agencies is a draft, and only a paused campaign is resumed\n"
        f"  campaignkit activate {folder / 'campaign.toml'} --db {url(folder)} --by USER"
        " starts it\n"
    )
    statuses: list[str] = []
    step = find_next(act(folder, "show").stdout)
    for other in (None, None, "pause", None, "delete", None, "complete"):
        command = fill_in(step, folder / "leads.csv")
        ran = act(folder, other, *BY_USER) if other else run(*command)
        assert (ran.code, ran.stderr) == (0, ""), (other or command, ran.stderr)
        campaign = stored(url(folder))[0]
        statuses.append("deleted" if campaign.deleted_at else campaign.status.value)
        if "Next: " in (shown := act(folder, "show").stdout):
            step = find_next(shown)
    assert statuses == ["active", "active", "paused", "active", "deleted", "active", "completed"]
    assert "Next: " not in act(folder, "show").stdout
    assert stored(url(folder))[1].admitted_total == 2


def test_what_follows_an_intake_of_an_ai_is_pasted(tmp_path: Path) -> None:
    """The activation is approved or rejected, and the same intake then suggests the leads."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    write_campaign(folder, LIMITS)
    write_hot(folder, range(5))
    shown = intake(folder, *BY_AI).stdout.splitlines()
    commands = [line.partition(": campaignkit ") for line in shown if ": campaignkit " in line]
    assert [when for when, _, _ in commands] == ["Next", "Or", "After that"]
    approve, reject, again = (fill_in(shlex.split(command)) for _, _, command in commands)
    other = shutil.copy(folder / "campaigns.db", tmp_path / "other.db")
    rejected = run(*(f"sqlite:///{other}" if word == url(folder) else word for word in reject))
    assert rejected.stdout.startswith("Rejected: activate")
    approved = run(*approve)
    assert (approved.code, approved.stderr) == (0, "")
    step = find_next(approved.stdout)
    assert step[:3] == ["intake", "CAMPAIGN.toml", "LEADS"]
    assert again[:2] == ["intake", str(folder / "campaign.toml")]
    shown = run(*again, "--today", MONDAY).stdout.splitlines()
    assert not any("After that" in line for line in shown)
    approved = run(*fill_in(find_next("\n".join(shown))), "--today", MONDAY)
    assert (approved.code, approved.stderr) == (0, "")
    assert stored(url(folder))[1].admitted_total == 5


def test_only_a_paused_campaign_is_resumed(folder: Path) -> None:
    refused = act(folder, "resume", *BY_USER)
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == (
        "Error: an active campaign may become paused or completed, not active\n"
    )


# --- edit ----------------------------------------------------------------------------------------


def test_fields_are_set_and_the_file_that_differs_then_is_named(folder: Path) -> None:
    ran = act(folder, "edit", "--set", "daily_lead_limit=80", "--set", "name=Perth", *BY_USER)
    assert ran.stdout.startswith(
        "Perth: active\n"
        "  Changed name from 'Sydney agencies' to 'Perth'\n"
        "  Changed daily_lead_limit from 20 to 80\n"
        "  name: 'Perth' in the database, 'Sydney agencies' in the file\n"
        "  daily_lead_limit: 80 in the database, 20 in the file\n"
        f"  change {folder / 'campaign.toml'} as well: an intake refuses a file that differs\n"
    )
    assert stored(url(folder))[0].daily_lead_limit == 80
    again = act(folder, "edit", "--set", "daily_lead_limit=80", *BY_USER, "--json")
    assert json.loads(again.stdout)["changes"] == []
    by_id = run("edit", str(ID), "--set", "end_date=2027-01-31", *BY_USER, "--db", url(folder))
    assert "  Changed end_date from none to '2027-01-31'\n" in by_id.stdout


def test_without_fields_the_campaign_is_made_to_match_its_file(folder: Path) -> None:
    same = act(folder, "edit", *BY_USER, "--json")
    assert json.loads(same.stdout)["changes"] == []
    events = len(json.loads(act(folder, "history", "--json").stdout)["events"])
    write_campaign(folder, "daily_lead_limit = 30\ntotal_lead_limit = 500\n")
    changed = act(folder, "edit", *BY_USER, "--reason", "more budget")
    assert "  Changed daily_lead_limit from 20 to 30\n" in changed.stdout
    assert "in the file" not in changed.stdout
    assert stored(url(folder))[0].total_lead_limit == 500
    history = act(folder, "history", "--json")
    assert len(json.loads(history.stdout)["events"]) == events + 1
    assert intake(folder, day="2026-11-24").code == 0


def test_an_edit_mends_a_row_that_cannot_be_read(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "campaigns.db")) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE campaigns SET daily_lead_limit = 0, name = ' '")
    shown = act(folder, "show").stdout
    name, file, *_ = find_next(shown)
    assert name == "edit"
    mended = run(name, file, "--db", url(folder), *BY_USER)
    assert "  Changed daily_lead_limit from unreadable to 20\n" in mended.stdout
    assert not stored(url(folder))[0].faults


@pytest.mark.parametrize(
    ("options", "code", "fault"),
    [
        (("--set", "daily_lead_limit"), 2, "--set must be FIELD=VALUE, not 'daily_lead_limit'"),
        (("--set", "daily_limit=80"), 2, "--set daily_limit"),
        (("--set", "daily_lead_limit=0"), 2, "--set daily_lead_limit"),
        (("--set", "allocation=email=100"), 1, "an active campaign may be edited in name, "),
        (("--set", "end_date=2026-11-01", "--set", "start_date=2026-11-02"), 1, "start_date"),
    ],
)
def test_faults_of_an_edit_are_named(
    folder: Path, options: tuple[str, ...], code: int, fault: str
) -> None:
    was = stored(url(folder))
    ran = act(folder, "edit", *options, *BY_USER)
    assert (ran.code, ran.stdout) == (code, "")
    assert fault in ran.stderr
    assert stored(url(folder)) == was


def test_an_id_needs_fields(folder: Path) -> None:
    ran = run("edit", str(ID), *BY_USER, "--db", url(folder))
    assert (ran.code, ran.stdout) == (2, "")
    assert "--set is required where CAMPAIGN is an id, and not a file" in ran.stderr


def test_acts_on_postgresql(folder: Path, postgres_url: str) -> None:
    with databases.new(postgres_url) as db:
        assert intake(folder, db=db).code == 0
        for command, options in (
            ("pause", ()),
            ("resume", ()),
            ("edit", ("--set", "daily_lead_limit=30")),
        ):
            ran = act(folder, command, *options, *BY_USER, db=db)
            assert (ran.code, ran.stderr) == (0, "")
        campaign = stored(db)[0]
        assert (campaign.client_id, campaign.daily_lead_limit) == (CLIENT, 30)
        write_campaign(folder, LIMITS, NAMED.replace(str(ID), str(UUID(int=7))))
        assert " yet\n" in act(folder, "pause", *BY_USER, db=db).stderr
