"""`campaignkit show` shows campaigns and their progress, and writes nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text

from campaignkit import Actor, Campaign, CampaignService, from_dict
from campaignkit.storage import Snapshot, Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import (
    CLIENT,
    ID,
    MONDAY,
    TUESDAY,
    intake,
    stored,
    url,
    write_campaign,
    write_hot,
)
from tests.cli.running import run, spawn
from tests.storage.sqlalchemy import databases

GOLDEN = f"""\
Sydney agencies: active
  id             {ID}
  client         {CLIENT}
  mode           manual
  dates          from 2026-11-23 until 2026-12-24
  industries     SEO, Branding
  titles         any
  company sizes  11-50
  locations      any

Progress
  2026-11-23  20 of 20 leads a day
  in all      20 of 50 leads
  admits      no lead on 2026-11-23: the campaign's daily lead limit is reached

 channel   asked  target  given  difference  share
──────────────────────────────────────────────────
 email       40%       8      8           0  40.0%
 linkedin    30%       6      6           0  30.0%
 voice       20%       4      4           0  20.0%
 sms          5%       1      1           0   5.0%
 mail         5%       1      1           0   5.0%
──────────────────────────────────────────────────
 total      100%      20     20

Next: campaignkit intake CAMPAIGN.toml LEADS --day YYYY-MM-DD --db DATABASE --by USER
  admits the leads of a file
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign that has had its first day."""
    more = """\
permission_mode = "manual"
daily_lead_limit = 20
total_lead_limit = 50
start_date = 2026-11-23
end_date = "2026-12-24"
[targeting]
industries = ["SEO", "Branding"]
company_sizes = ["11-50"]
"""
    write_campaign(tmp_path, more)
    write_hot(tmp_path, range(60))
    assert intake(tmp_path).code == 0
    return tmp_path


def test_the_report_of_a_campaign(folder: Path) -> None:
    path, golden = folder / "campaign.toml", GOLDEN.replace("DATABASE", url(folder))
    for named in (str(ID), str(ID).upper(), path):
        shown = run("show", "--db", url(folder), named, "--day", MONDAY)
        expected = golden.replace("CAMPAIGN.toml", str(path)) if named == path else golden
        assert (shown.code, shown.stdout, shown.stderr) == (0, expected, "")


def test_an_ascii_terminal_sees_the_same_in_ascii(folder: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    plain = spawn("show", "--db", url(folder), str(ID), "--day", MONDAY, env=env)
    assert plain.stdout.decode("ascii") == GOLDEN.replace("─", "-").replace("DATABASE", url(folder))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (TUESDAY, "admits      up to 20 more leads on 2026-11-24"),
        ("2026-11-22", "admits      no lead on 2026-11-22: the campaign starts on 2026-11-23"),
        ("2026-12-25", "admits      no lead on 2026-12-25: the campaign ended on 2026-12-24"),
    ],
)
def test_a_day_says_whether_leads_are_admitted(folder: Path, day: str, said: str) -> None:
    assert said in run("show", "--db", url(folder), str(ID), "--day", day).stdout


def test_without_a_day_there_is_no_capacity(folder: Path) -> None:
    shown = run("show", "--db", url(folder), str(ID)).stdout
    assert "  a day   up to 20 leads\n  in all  20 of 50 leads\n\n channel" in shown


def test_the_json_of_a_campaign(folder: Path) -> None:
    ran = run("show", "--db", url(folder), str(ID), "--day", TUESDAY, "--json")
    document = json.loads(ran.stdout)
    campaign, progress, _ = stored(url(folder))
    assert from_dict(Campaign, document["campaign"]) == campaign
    assert document["progress"]["admitted_total"] == progress.admitted_total
    assert document["progress"]["capacity"] == 20
    assert "running" not in run("show", "--db", url(folder), str(ID), "--json").stdout


def test_a_deleted_campaign_is_shown_when_named_but_not_listed(folder: Path) -> None:
    with SQLAlchemyStore.open(url(folder)) as store:
        CampaignService(store).delete(CLIENT, ID, by=Actor.user("ann"))
    shown = run("show", "--db", url(folder), str(ID), "--day", TUESDAY)
    assert shown.stdout.startswith("Sydney agencies: deleted\n")
    assert "admits      no lead on 2026-11-24: the campaign is deleted" in shown.stdout
    assert run("show", "--db", url(folder)).stdout == "There are no campaigns.\n"


def drafts(client_id: UUID, names: list[str]) -> list[Campaign]:
    return [
        Campaign.draft(id=uuid4(), client_id=client_id, name=name, created_at=datetime.now(UTC))
        for name in names
    ]


def test_all_campaigns_are_listed_by_client_over_all_pages(folder: Path) -> None:
    other = UUID(int=1)
    new = [*drafts(other, ["x" * 100, "[red]not markup[/red]"]), *drafts(CLIENT, ["y"] * 120)]
    with SQLAlchemyStore.open(url(folder)) as store:
        store.add_all(new)
    lines = run("show", "--db", url(folder)).stdout.splitlines()
    assert [line for line in lines if line.startswith("Client")] == [
        f"Client {other}",
        f"Client {CLIENT}",
    ]
    assert f" {ID}  active     20  Sydney agencies" in lines
    assert all(any(str(campaign.id) in line for line in lines) for campaign in new)
    assert any(line.endswith("[red]not markup[/red]") for line in lines)
    assert max(map(len, lines)) <= 80
    document = json.loads(run("show", "--db", url(folder), "--json").stdout)
    leads = {row["id"]: row["admitted_total"] for row in document["campaigns"]}
    assert leads == {str(ID): 20, **{str(campaign.id): 0 for campaign in new}}
    assert document["corrupt"] == []


def test_an_unreadable_row_does_not_hide_the_others(postgres_url: str) -> None:
    good, bad, client = uuid4(), uuid4(), uuid4()
    with databases.new(postgres_url) as db:
        engine = create_engine(db)
        databases.with_the_designs_table(engine)
        databases.add_client(engine, client)
        insert = text("INSERT INTO campaigns (id, client_id, name) VALUES (:id, :client, :name)")
        with engine.begin() as connection:
            for campaign_id, name in ((good, "good"), (bad, " ")):
                connection.execute(insert, {"id": campaign_id, "client": client, "name": name})
        engine.dispose()
        listed = run("show", "--db", db)
        assert listed.code == 0
        assert f" {good}  draft       0  good\n" in listed.stdout
        assert "Left out: 1 bad row\n" in listed.stdout
        assert f"stored campaign {bad} cannot be read: name must not be blank" in listed.stdout
        shown = run("show", "--db", db, str(bad))
        assert shown.code == 0
        assert f"{bad}: draft (unreadable: name)\n" in shown.stdout
        assert "name must not be blank" in shown.stdout


# --- refusals ------------------------------------------------------------------------------------


def test_a_missing_database_is_not_created(tmp_path: Path) -> None:
    ran = run("show", "--db", url(tmp_path), "--json")
    message = f"there is no database {url(tmp_path)}"
    assert (ran.code, json.loads(ran.stdout)) == (1, {"error": message})
    assert run("show", "--db", url(tmp_path)).stderr.splitlines()[1:] == [
        "  the first intake creates it; the SQL of campaignkit schema sqlite does so without one"
    ]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("script", ["", "CREATE TABLE another_programs (x)"])
def test_a_database_without_campaigns_is_not_changed(tmp_path: Path, script: str) -> None:
    file = tmp_path / "campaigns.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)
    file.touch()
    before = file.read_bytes()
    ran = run("show", "--db", url(tmp_path))
    assert ran.code == 1
    assert "has no campaigns yet: it lacks campaigns, campaign_progress, " in ran.stderr
    assert "makes these tables" in ran.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {file: before}


def test_an_unknown_campaign_is_not_found(folder: Path) -> None:
    absent = uuid4()
    ran = run("show", "--db", url(folder), str(absent))
    assert (ran.code, ran.stderr) == (
        1,
        f"Error: there is no campaign {absent} in {url(folder)}\n",
    )
    file = write_campaign(folder, named=f'id = "{absent}"\nclient_id = "{CLIENT}"\nname = "x"\n')
    ran = run("show", "--db", url(folder), file)
    assert ran.code == 1
    assert f"the campaign of {file} is not in {url(folder)} yet" in ran.stderr


def test_a_missing_file_is_refused(folder: Path) -> None:
    ran = run("show", "--db", url(folder), "none.toml")
    listing = f"campaignkit show --db {url(folder)}"
    assert (ran.code, ran.stderr.splitlines()) == (
        1,
        [
            "Error: cannot read none.toml: No such file or directory",
            f"  a campaign is named by its file or its id; {listing} lists the ids",
        ],
    )


def test_a_day_needs_a_campaign(folder: Path) -> None:
    ran = run("show", "--db", url(folder), "--day", "today")
    assert ran.code == 2
    assert "--day must be a day such as 2026-11-23, not 'today'" in ran.stderr
    assert "--day needs a CAMPAIGN" in ran.stderr


def test_reading_does_not_wait_for_a_writer(folder: Path) -> None:
    with SQLAlchemyStore.open(url(folder)) as store:
        looked: list[int] = []

        def decide(_: Snapshot) -> Writes[None]:
            looked.append(run("show", "--db", url(folder), str(ID), "--wait", "0").code)
            return Writes()

        store.transact(CLIENT, ID, decide, day=date(2026, 11, 23))
    assert looked == [0]


def test_a_single_lead_is_written_in_the_singular(tmp_path: Path) -> None:
    write_campaign(tmp_path, "daily_lead_limit = 1\n")
    write_hot(tmp_path, range(2))
    said = intake(tmp_path).stdout
    assert "1 of 1 lead a day" in said
    assert "1 lead, no limit" in said
