"""`campaignkit intake` admits leads to a stored campaign, day by day, and nobody twice."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from campaignkit import (
    DEFAULT_ALLOCATION,
    Actor,
    Campaign,
    CampaignService,
    CampaignStatus,
    Channel,
)
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import (
    CLIENT,
    ID,
    MONDAY,
    NAMED,
    TUESDAY,
    intake,
    stored,
    url,
    write_campaign,
    write_hot,
)
from tests.cli.running import COMMAND, run, spawn, write_leads
from tests.storage.sqlalchemy import databases

ANN = Actor.user("ann")
EXAMPLES = "sqlite:///campaigns.db or postgresql://user@host/database"
FIELDS = (
    "id, client_id, name, permission_mode, targeting, allocation, daily_lead_limit,"
    " total_lead_limit, start_date, end_date"
)
LIMITS = "daily_lead_limit = 20\ntotal_lead_limit = 50\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign of 20 leads a day and 50 in all, and with 60 leads."""
    write_campaign(tmp_path, LIMITS)
    write_hot(tmp_path, range(60))
    return tmp_path


def document(folder: Path, *options: str, day: str = MONDAY) -> dict[str, Any]:
    ran = intake(folder, "--json", *options, day=day)
    assert (ran.code, ran.stderr) == (0, "")
    parsed: dict[str, Any] = json.loads(ran.stdout)
    return parsed


# --- days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_days_follow_one_another_and_nobody_is_admitted_twice(
    folder: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        _days(folder, url(folder))
    else:
        with databases.new(request.getfixturevalue("postgres_url")) as db:
            _days(folder, db)


def _days(folder: Path, db: str) -> None:
    admitted: list[int] = []
    for day in (MONDAY, MONDAY, TUESDAY, "2026-11-25", "2026-11-26"):
        ran = intake(folder, "--json", day=day, db=db)
        assert (ran.code, ran.stderr) == (0, "")
        admitted.append(json.loads(ran.stdout)["admitted"])
    assert admitted == [20, 0, 20, 10, 0]
    campaign, progress, assignments = stored(db)
    assert campaign.status is CampaignStatus.ACTIVE
    assert progress.admitted_total == 50
    assert [each.lead_id for each in assignments] == [f"lead-{n:03}" for n in range(50)]
    assert Counter(str(each.day) for each in assignments) == {
        MONDAY: 20,
        TUESDAY: 20,
        "2026-11-25": 10,
    }
    # All are hot, so that the carried counts bring each day to the shares.
    assert progress.carried == DEFAULT_ALLOCATION.apportion(50)


def test_the_json_of_an_intake(folder: Path) -> None:
    leads = folder / "leads.csv"
    with leads.open("a", encoding="utf-8") as file:
        file.write("cold,25\ndead,5\nnew,\n")
    first = document(folder)
    assert first.pop("campaign")["id"] == str(ID)
    tiers = first.pop("tiers")  # of those who were admitted
    assert {tier: each["leads"] for tier, each in tiers.items() if each["leads"]} == {"hot": 20}
    assert tiers["hot"]["channels"] == first["counts"]
    counts = dict(DEFAULT_ALLOCATION.apportion(20))
    assert first == {
        "input": str(leads),
        "read_as": {
            "format": "csv",
            "delimiter": ",",
            "encoding": "utf-8",
            "header_line": 1,
            "rows": 63,
            "footer_lines": 0,
            "blank_columns": [],
        },
        "output": None,
        "rows": 63,
        "leads": 63,
        "created": True,
        "activated": True,
        "changes": [],
        "preview": False,
        "horizon": 1,
        "admitted": 20,
        "already": 0,
        "deferred": {"daily_limit": 30, "total_limit": 11},
        "later_days": [],
        "unassigned": {"unscored": 1, "dead_tier": 1},
        "carried": dict.fromkeys(Channel, 0),
        "target": counts,
        "counts": counts,
        "share": dict(DEFAULT_ALLOCATION),
        "bottlenecks": [],
        "near_duplicates": {"count": 0, "first": []},
        "progress": {
            "day": MONDAY,
            "admitted_today": 20,
            "admitted_total": 20,
            "carried": counts,
            "allocation": dict(DEFAULT_ALLOCATION),
            "epoch": 0,
            "running": True,
            "reasons": [],
            "capacity": 0,
        },
        "bad_rows": {"count": 0, "first": []},
        "dropped_rows": {"count": 0, "first": []},
        "targeting": None,
        "warnings": [],
    }
    second = document(folder, day=TUESDAY)
    assert (second["created"], second["activated"]) == (False, False)
    assert (second["already"], second["admitted"], second["carried"]) == (20, 20, first["counts"])


def test_the_rows_say_who_was_admitted_when(folder: Path) -> None:
    write_leads(
        folder / "leads.csv",
        [("a", 90, "no"), ("b", 70, "no"), ("c", 50, "yes"), ("d", "", "no"), ("e", 40, "no")],
        "lead_id,als_score,do_not_email",
    )
    write_campaign(folder, "daily_lead_limit = 2\n")
    out = folder / "out.csv"
    options = ("--block", "email=do_not_email", "--out", out)
    assert intake(folder, *options).code == 0
    assert (
        out.read_text(encoding="utf-8")
        == """\
lead_id,als_score,do_not_email,tier,channel,reason,intake,day
a,90,no,hot,email,,new,2026-11-23
b,70,no,warm,linkedin,,new,2026-11-23
c,50,yes,cool,,daily_limit,deferred,
d,,no,,,unscored,unassigned,
e,40,no,cool,,daily_limit,deferred,
"""
    )
    # The score of one who was admitted changes, but not the tier on admission.
    leads = folder / "leads.csv"
    leads.write_text(leads.read_text(encoding="utf-8").replace("a,90", "a,10"), encoding="utf-8")
    assert intake(folder, *options, day=TUESDAY).code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = [row[3:] for row in csv.reader(file)][1:]
    assert rows == [
        ["hot", "email", "", "already", "2026-11-23"],
        ["warm", "linkedin", "", "already", "2026-11-23"],
        ["cool", "linkedin", "", "new", "2026-11-24"],
        ["", "", "unscored", "unassigned", ""],
        ["cool", "email", "", "new", "2026-11-24"],
    ]


def test_the_report_of_an_intake(folder: Path) -> None:
    first = intake(folder).stdout.splitlines()
    assert first[:2] == [
        f"{folder / 'leads.csv'}: 60 leads, 20 admitted to Sydney agencies on {MONDAY}",
        "  Created and activated the campaign",
    ]
    assert first[-5:] == [
        "Progress",
        "  2026-11-23  20 of 20 leads a day",
        "  in all      20 of 50 leads",
        "",
        "The database knows who got which channel; --out FILE writes it.",
    ]
    again = intake(folder).stdout
    assert "  20  already      the lead was admitted before\n" in again
    assert "Created" not in again
    assert max(map(len, again.splitlines()[1:])) <= 80


def test_rows_may_go_to_standard_output(folder: Path) -> None:
    files = (folder / "campaign.toml", folder / "leads.csv")
    ran = spawn(
        *("intake", "--db", url(folder), *files, "--day", MONDAY, "--by", "ann", "--out", "-")
    )
    assert ran.returncode == 0
    assert ran.stdout.startswith(b"lead_id,als_score,tier,channel,reason,intake,day\n")
    assert b"20 admitted to Sydney agencies" in ran.stderr


def test_a_day_without_leads(folder: Path) -> None:
    write_hot(folder, [])
    assert "0 leads, 0 admitted" in intake(folder).stdout
    assert stored(url(folder))[0].status is CampaignStatus.ACTIVE


# --- refusals ------------------------------------------------------------------------------------


def test_all_faults_of_the_options_are_named_at_once(folder: Path) -> None:
    ran = run(
        *("intake", "none.toml", "none.csv", "--db", "campaigns.db", "--day", "20261123"),
        *("--by", " ", "--block", "email", "--json", "--out", "-"),
    )
    assert ran.code == 2
    assert json.loads(ran.stdout)["faults"] == [
        line.strip() for line in ran.stderr.splitlines()[1:]
    ]
    assert ran.stderr.splitlines() == [
        "Error: the options are wrong",
        "  --by: name of actor must not be blank, but is ' '",
        f"  --db must be a URL such as {EXAMPLES}, not 'campaigns.db'",
        "  --day must be a day such as 2026-11-23, not '20261123'",
        "  --json and --out - both want standard output",
        "  --block must be CHANNEL=COLUMN, not 'email'",
    ]
    assert not (folder / "campaigns.db").exists()


@pytest.mark.parametrize(
    ("db", "fault"),
    [
        (
            "mysql://u:secret@host/x",
            "url: a store can be opened on postgresql and sqlite, not on mysql",
        ),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite is a driver for async programs only"),
        ("sqlite://", "must be a database that is kept"),
        ("sqlite:///:memory:", "must be a database that is kept"),
        ("sqlite+none:///x.db", "must be a URL"),
        ("u:secret@host", "must be a URL"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_wrong_option(
    folder: Path, db: str, fault: str
) -> None:
    ran = intake(folder, db=db)
    assert (ran.code, ran.stdout) == (2, "")
    assert fault in ran.stderr
    assert "secret" not in ran.stderr


def test_the_day_and_the_database_are_required(folder: Path) -> None:
    files = (folder / "campaign.toml", folder / "leads.csv")
    assert "--day" in run("intake", *files, "--db", url(folder)).stderr
    assert "--db" in run("intake", *files, "--day", MONDAY).stderr


def test_a_horizon_keeps_leads_of_scarce_channels_for_later_days(tmp_path: Path) -> None:
    write_campaign(
        tmp_path,
        'daily_lead_limit = 4\nend_date = "2026-11-26"\n[allocation]\nemail = 75\nsms = 25\n',
    )
    rows = [(f"hot-{n}", 90) for n in range(4)] + [(f"cold-{n:02}", 25) for n in range(12)]
    write_leads(tmp_path / "leads.csv", rows, "lead_id,als_score")
    by_sms = [
        document(tmp_path, "--horizon", horizon, day=f"2026-11-{23 + number}")["counts"]["sms"]
        for number, horizon in enumerate(("4", "end", "20", "1"))
    ]
    assert by_sms == [1, 1, 1, 1]
    first = intake(tmp_path, "--horizon", "4").stdout.splitlines()[0]
    assert first.endswith(" on 2026-11-23, planned for 4 days")
    assert document(tmp_path, "--horizon", "end")["horizon"] == "end"
    assert document(tmp_path)["horizon"] == 1


@pytest.mark.parametrize(
    "horizon",
    ["0", "-1", "1.0", "True", "End", "100001", "\N{ARABIC-INDIC DIGIT TWO}", "", "9" * 5000],
)
def test_what_is_no_horizon_is_a_wrong_option(folder: Path, horizon: str) -> None:
    ran = intake(folder, "--horizon", horizon)
    assert ran.code == 2
    assert "--horizon must be a number of days from 1 to 100,000, or end, not" in ran.stderr


def test_a_horizon_to_the_end_needs_an_end_date(folder: Path) -> None:
    ran = intake(folder, "--horizon", "end")
    assert ran.code == 1
    assert "horizon must be a number of days: the campaign has no end date" in ran.stderr


def test_an_actor_is_required(folder: Path) -> None:
    files = (folder / "campaign.toml", folder / "leads.csv")
    for named in ((), ("--by", "ann", "--ai", "scout")):
        ran = run("intake", *files, "--db", url(folder), "--day", MONDAY, *named)
        assert (ran.code, ran.stdout) == (2, "")
        assert "  either --by USER or --ai NAME is required" in f"  {ran.stderr}"
    assert not (folder / "campaigns.db").exists()


def test_a_campaign_without_ids_is_refused_with_ids_to_paste(folder: Path) -> None:
    path = write_campaign(folder, named='name = "Perth"\n')
    ran = intake(folder)
    assert (ran.code, ran.stdout) == (1, "")
    *_, advice, new_id, new_client = ran.stderr.splitlines()
    assert advice == "  to begin a new campaign, put these at its top:"
    pasted = f"{new_id.strip()}\n{new_client.strip()}\n"
    assert re.fullmatch(r'id = "[0-9a-f-]{36}"\nclient_id = "[0-9a-f-]{36}"\n', pasted)
    path.write_text(pasted + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert intake(folder).code == 0


def test_all_faults_of_a_campaign_are_named_at_once_with_their_paths(folder: Path) -> None:
    more = """\
status = "active"
daily_lead_limit = 0
start_date = 2026-11-23T10:00:00
[allocation]
email = 60.0
fax = 40
[targeting]
titles = ["CEO", ""]
"""
    path = write_campaign(folder, more, named='id = "1"\nname = " "\n')
    ran = intake(folder, "--json")
    assert ran.code == 1
    told = json.loads(ran.stdout)
    assert told["error"] == f"{path} describes no campaign"
    assert sorted(told["faults"]) == [
        "allocation.email: must be a whole number, not 60.0",
        f"allocation.fax: is unknown; there are {', '.join(Channel)}",
        "client_id: is missing",
        "daily_lead_limit: must be from 1 to 2147483647, not 0",
        "id: must be a UUID such as '01234567-89ab-4cde-8f01-23456789abcd', not '1'",
        "name: must not be blank, but is ' '",
        "start_date: must be a date such as '2026-11-23', not '2026-11-23T10:00:00'",
        f"status: is unknown; there are {FIELDS}, leads",
        "targeting.titles[1]: must not be blank, but is ''",
    ]
    assert not (folder / "campaigns.db").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name = ", "is not TOML: Invalid value (at end of document)"),
        (b'name = "\xff"', "is not UTF-8: invalid start byte at byte 8"),
        (b"x = " + b"[" * 10_000, "is not TOML: "),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_is_not_toml_is_refused(
    folder: Path, content: bytes | None, message: str
) -> None:
    path = folder / "campaign.toml"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    ran = intake(folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert message in ran.stderr
    assert str(path) in ran.stderr


@pytest.mark.parametrize(
    "leads", [b"lead_id,als_score\nann,90\n", b"lead_id\n\xe9\n", b"x" * 2**21]
)
def test_a_file_of_leads_in_the_place_of_the_campaign_is_named(folder: Path, leads: bytes) -> None:
    path = folder / "first.csv"
    path.write_bytes(leads)
    ran = run(
        "intake",
        path,
        folder / "campaign.toml",
        "--db",
        url(folder),
        "--day",
        "2026-11-23",
        "--by",
        "ann",
    )
    assert ran.code == 1
    advice = "a campaign's file is TOML, as campaignkit init makes it; a file of leads is none"
    assert ran.stderr.splitlines()[-1] == f"  {advice}"


def test_a_byte_order_mark_in_a_campaign_file_is_ignored(folder: Path) -> None:
    path = folder / "campaign.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert document(folder)["created"]


def test_bad_rows_stop_everything_and_can_be_left_out(folder: Path) -> None:
    write_leads(folder / "leads.csv", [("a", 90), ("b", "x")], "lead_id,als_score")
    ran = intake(folder)
    assert ran.code == 1
    assert "1 bad row of 2, so nothing was admitted" in ran.stderr
    assert not (folder / "campaigns.db").exists()
    assert "1 lead, 1 admitted" in (left := intake(folder, "--skip-bad").stdout)
    assert "Left out: 1 bad row\n  line 3: als_score is 'x'" in left


def test_columns_that_would_be_added_twice_are_refused_before_the_intake(
    folder: Path,
) -> None:
    write_leads(folder / "leads.csv", [("a", 90, "x")], "lead_id,als_score,day")
    ran = intake(folder, "--out", folder / "out.csv")
    assert ran.code == 1
    assert "already has the columns that are added: day" in ran.stderr
    assert not (folder / "campaigns.db").exists()


def test_a_campaign_that_does_not_run_on_that_day_is_refused_and_not_created(
    folder: Path,
) -> None:
    write_campaign(folder, "start_date = 2026-11-24\n")
    ran = intake(folder, "--json")
    message = "the campaign starts on 2026-11-24, after 2026-11-23"
    assert (ran.code, ran.stderr) == (1, f"Error: {message}\n")
    assert json.loads(ran.stdout) == {"error": message, "reasons": ["not_started"]}
    assert "There are no campaigns." in run("show", "--db", url(folder)).stdout


@pytest.mark.parametrize("act", ["pause", "complete", "delete"])
def test_a_stored_campaign_that_does_not_run_is_refused(folder: Path, act: str) -> None:
    assert intake(folder).code == 0
    with SQLAlchemyStore.open(url(folder)) as store:
        getattr(CampaignService(store), act)(CLIENT, ID, by=ANN)
    ran = intake(folder, day=TUESDAY)
    assert (ran.code, ran.stdout) == (1, "")
    assert f"the campaign is {act.removesuffix('e')}" in ran.stderr
    assert stored(url(folder))[1].admitted_total == 20


def test_an_id_of_another_clients_campaign_is_refused(folder: Path) -> None:
    assert intake(folder).code == 0
    write_campaign(folder, named=NAMED.replace(str(CLIENT), str(uuid4())))
    ran = intake(folder)
    assert ran.code == 1
    assert f"id {ID} is that of another client's campaign" in ran.stderr


@pytest.mark.parametrize(
    ("path", "message"),
    [("none/campaigns.db", "the file cannot be opened"), ("leads.csv", "not a database")],
)
def test_a_database_that_cannot_be_opened_is_refused(folder: Path, path: str, message: str) -> None:
    db = f"sqlite:///{folder / path}"
    ran = intake(folder, db=db)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"Error: {db} refuses: ")
    assert message in ran.stderr


def test_an_unreachable_server_is_reported_without_the_password(folder: Path) -> None:
    ran = intake(folder, db="postgresql://ann:secret@127.0.0.1:1/x")
    assert ran.code == 1
    assert "postgresql://ann:***@127.0.0.1:1/x refuses: " in ran.stderr
    assert "secret" not in ran.stderr


def test_a_locked_database_is_refused_after_the_wait(folder: Path) -> None:
    assert intake(folder).code == 0
    with sqlite3.connect(folder / "campaigns.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        ran = intake(folder, "--wait", "0", day=TUESDAY)
        other.execute("ROLLBACK")
    other.close()
    assert ran.code == 1
    assert "database is locked" in ran.stderr
    assert document(folder, day=TUESDAY)["admitted"] == 20


def test_an_unknown_client_of_the_host_is_refused(folder: Path, postgres_url: str) -> None:
    with databases.new(postgres_url) as db:
        engine = create_engine(db)
        with engine.begin() as connection:
            connection.execute(text(databases.DESIGN))
        ran = intake(folder, "--create", db=db)
        assert ran.code == 1
        assert "refuses: a foreign key found no row (SQLSTATE 23503, table campaigns" in ran.stderr
        databases.add_client(engine, CLIENT)
        engine.dispose()
        assert intake(folder, "--create", db=db).code == 0


# --- the file and the stored campaign ------------------------------------------------------------


def test_a_file_that_differs_admits_nobody_and_the_differences_are_listed(folder: Path) -> None:
    assert intake(folder).code == 0
    more = 'daily_lead_limit = 30\nend_date = 2026-12-24\n[targeting]\ntitles = ["CEO"]\n'
    path = write_campaign(folder, more)
    ran = intake(folder, "--json", day=TUESDAY)
    lines = [
        "targeting.titles: none in the database, ['CEO'] in the file",
        "daily_lead_limit: 20 in the database, 30 in the file",
        "total_lead_limit: 50 in the database, none in the file",
        "end_date: none in the database, '2026-12-24' in the file",
    ]
    message = f"{path} and the campaign in the database differ"
    assert (ran.code, json.loads(ran.stdout)) == (1, {"error": message, "differences": lines})
    advice = "fix the file, or change the database with --update"
    assert ran.stderr.splitlines() == [f"Error: {message}", *(f"  {n}" for n in [*lines, advice])]
    campaign, progress, _ = stored(url(folder))
    assert (campaign.daily_lead_limit, progress.admitted_total) == (20, 20)


def test_an_update_makes_the_stored_campaign_match_the_file(folder: Path) -> None:
    assert intake(folder).code == 0
    write_campaign(folder, "daily_lead_limit = 30\n")
    told = document(folder, "--update", day=TUESDAY)
    assert told["changes"] == [
        "Changed daily_lead_limit from 20 to 30",
        "Changed total_lead_limit from 50 to none",
    ]
    assert told["admitted"] == 30
    campaign, progress, _ = stored(url(folder))
    assert (campaign.daily_lead_limit, campaign.total_lead_limit) == (30, None)
    assert progress.admitted_total == 50
    assert document(folder, "--update", day=TUESDAY)["changes"] == []


def test_an_update_that_the_status_forbids_changes_nothing(folder: Path) -> None:
    assert intake(folder).code == 0
    write_campaign(folder, "daily_lead_limit = 30\n[allocation]\nemail = 100\n")
    ran = intake(folder, "--update", day=TUESDAY)
    assert ran.code == 1
    assert "an active campaign may be edited in name, " in ran.stderr
    assert "not in allocation" in ran.stderr
    campaign, progress, _ = stored(url(folder))
    assert (campaign.daily_lead_limit, progress.admitted_total) == (20, 20)


def test_an_update_for_a_day_on_which_the_campaign_does_not_run_changes_nothing(
    folder: Path,
) -> None:
    assert intake(folder).code == 0
    write_campaign(folder, f"{LIMITS}end_date = 2026-11-23\n")
    ran = intake(folder, "--update", day=TUESDAY)
    assert (ran.code, ran.stderr) == (
        1,
        "Error: the campaign ended on 2026-11-23, before 2026-11-24\n",
    )
    assert stored(url(folder))[0].end_date is None


def test_a_campaign_that_keeps_its_id_may_be_renamed(folder: Path) -> None:
    assert intake(folder).code == 0
    write_campaign(folder, LIMITS, named=NAMED.replace("Sydney agencies", "Sydney"))
    told = document(folder, "--update", day=TUESDAY)
    assert (told["already"], told["admitted"], told["created"]) == (20, 20, False)


def test_a_stored_draft_is_activated_and_reported(folder: Path) -> None:
    with SQLAlchemyStore.open(url(folder)) as store:
        draft = Campaign.draft(
            id=ID,
            client_id=CLIENT,
            name="Sydney agencies",
            daily_lead_limit=20,
            total_lead_limit=50,
        )
        CampaignService(store).create(draft, by=ANN)
    assert "Activated the campaign, which was a draft\n" in intake(folder).stdout


# --- processes -----------------------------------------------------------------------------------


def test_concurrent_runs_admit_nobody_twice(folder: Path) -> None:
    files = (folder / "campaign.toml", folder / "leads.csv")
    command = [
        *COMMAND,
        *map(str, ("intake", "--db", url(folder), *files, "--day", MONDAY, "--by", "ann")),
    ]
    runs = [
        subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [each.communicate() for each in runs]
    assert [(each.returncode, err) for each, (_, err) in zip(runs, said, strict=True)] == [
        (0, b"")
    ] * 3
    assert sorted(json.loads(out)["admitted"] for out, _ in said) == [0, 0, 20]


def test_only_the_commands_that_need_it_load_sqlalchemy(folder: Path) -> None:
    code = (
        "import sys; from campaignkit.cli import app;"
        " app(sys.argv[1:], standalone_mode=False); assert 'sqlalchemy' not in sys.modules"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, "allocate", str(folder / "leads.csv")],
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
