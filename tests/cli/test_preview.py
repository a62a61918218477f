"""`campaignkit preview` shows what the intake that follows does, and stores nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, inspect, text

from campaignkit import Action, Actor, Allocation, Campaign, CampaignService, Edit
from campaignkit.cli._campaign_toml import read_campaign
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import (
    CLIENT,
    ID,
    MONDAY,
    NAMED,
    TUESDAY,
    intake,
    url,
    write_campaign,
    write_hot,
)
from tests.cli.running import Run, run, write_leads
from tests.storage.sqlalchemy import databases

ANN = Actor.user("ann")
OTHER = UUID("99999999-43f5-4c1b-9a37-0d1f6a1c7e52")
POLICY = "one_campaign_per_lead = true\n[channel_limits.email]\nper_day = 3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign of 20 leads a day, and with 60 leads."""
    write_campaign(tmp_path, "daily_lead_limit = 20\n")
    write_hot(tmp_path, range(60))
    return tmp_path


def preview(folder: Path, *options: str | Path, day: str = MONDAY, db: str | None = None) -> Run:
    files = (folder / "campaign.toml", folder / "leads.csv")
    today = () if "--today" in options else ("--today", MONDAY)
    return run("preview", "--db", db or url(folder), *files, "--day", day, *today, *options)


def read_rows(db: str) -> dict[str, list[Any]]:
    """Return all rows of all tables of a database."""
    engine = create_engine(db.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        rows = {
            name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}"))))  # noqa: S608
            for name in names
        }
    engine.dispose()
    return rows


# --- what is there before ------------------------------------------------------------------------


def _nothing(_folder: Path, _db: str) -> None: ...


def _first_day(folder: Path, db: str) -> None:
    assert intake(folder, db=db).code == 0


def _aim(folder: Path, _db: str) -> None:
    """Let the campaign look for an industry that every other lead has, and some may have."""
    write_campaign(folder, 'daily_lead_limit = 20\n[targeting]\nindustries = ["SEO"]\n')
    rows = [(f"lead-{n}", 90 - n, ("SEO", "Farming", "")[n % 3]) for n in range(30)]
    write_leads(folder / "leads.csv", rows, "lead_id,als_score,industry")


def _use_service(db: str, folder: Path, do: Callable[[CampaignService, Campaign], object]) -> None:
    with SQLAlchemyStore.open(db) as store:
        do(CampaignService(store), read_campaign(str(folder / "campaign.toml")))


def _draft(folder: Path, db: str) -> None:
    _first_day_of_another(folder, db)
    _use_service(db, folder, lambda service, wanted: service.create(wanted, by=ANN))


def _edited(folder: Path, db: str) -> None:
    _first_day(folder, db)
    edit = Edit(daily_lead_limit=7, name="Sydney")
    _use_service(db, folder, lambda service, _: service.submit(CLIENT, ID, edit, by=ANN))


def _edited_draft(folder: Path, db: str) -> None:
    _draft(folder, db)
    edit = Edit(allocation=Allocation(email=70, sms=30))
    _use_service(db, folder, lambda service, _: service.submit(CLIENT, ID, edit, by=ANN))


def _first_day_of_another(folder: Path, db: str) -> None:
    """Let another campaign of the client have ten of the leads, under rules of the client."""
    (folder / "other.toml").write_text(
        NAMED.replace(str(ID), str(OTHER)) + "daily_lead_limit = 10\n", encoding="utf-8"
    )
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    where = ("--db", db, "--by", "ann")
    for command in (
        ("intake", folder / "other.toml", folder / "leads.csv", "--day", MONDAY),
        ("policy", "--client", str(CLIENT), "--set", folder / "policy.toml"),
        ("suppress", "lead-030", "--client", str(CLIENT)),
    ):
        assert run(*command, *where).code == 0


CASES: dict[str, tuple[Callable[[Path, str], None], str, Sequence[str]]] = {
    "a new database": (_nothing, MONDAY, ()),
    "a horizon": (_nothing, MONDAY, ("--horizon", "3")),
    "the next day": (_first_day, TUESDAY, ()),
    "the same day again": (_first_day, MONDAY, ()),
    "a new campaign of a client with rules": (_first_day_of_another, MONDAY, ()),
    "a draft": (_draft, MONDAY, ()),
    "an edited file": (_edited, TUESDAY, ("--update",)),
    "an edited file of a draft": (_edited_draft, MONDAY, ("--update",)),
    "a targeting": (_aim, MONDAY, ("--prospect", "industry=industry", "--unknown", "leave")),
    "a name for who acts": (_first_day, TUESDAY, ("--by", "eva")),
}


@pytest.mark.parametrize("case", CASES)
def test_a_preview_is_the_intake_that_follows(folder: Path, case: str) -> None:
    prepare, day, options = CASES[case]
    prepare(folder, url(folder))
    _check_preview(folder, url(folder), day, options)


@pytest.mark.parametrize("case", ["a new campaign of a client with rules", "an edited file"])
def test_a_preview_on_postgresql(folder: Path, postgres_url: str, case: str) -> None:
    prepare, day, options = CASES[case]
    with databases.new(postgres_url) as db:
        prepare(folder, db)
        _check_preview(folder, db, day, options)


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 30))]
)
def test_previews_of_random_campaigns_are_the_intakes_that_follow(folder: Path, seed: int) -> None:
    """With rules of the client, leads of another campaign, horizons and changes of limits."""
    chosen = Random(seed)
    db = url(folder)
    rows = [
        (f"lead-{n:02}", chosen.choice(["", chosen.randint(0, 100)]), chosen.choice(["", "yes"]))
        for n in range(40)
    ]
    write_leads(folder / "leads.csv", rows, "lead_id,als_score,closed")
    if chosen.random() < 0.7:
        _first_day_of_another(folder, db)
    day = date(2026, 11, 23)
    for _ in range(3):
        daily = chosen.randint(1, 12)
        total = daily * chosen.randint(1, 3) + 12
        write_campaign(folder, f"daily_lead_limit = {daily}\ntotal_lead_limit = {total}\n")
        day += timedelta(days=chosen.randint(0, 2))
        options = ["--update", "--horizon", str(chosen.randint(1, 4))]
        options += ["--block", "email=closed"] if chosen.random() < 0.5 else []
        _check_preview(folder, db, str(day), options)


def _check_preview(folder: Path, db: str, day: str, options: Sequence[str]) -> None:
    seen, done = folder / "seen.csv", folder / "done.csv"
    database = folder / "campaigns.db"
    before = database.read_bytes() if database.exists() else None
    rows = read_rows(db) if before is not None else None
    previewed = preview(folder, "--json", "--out", seen, *options, day=day, db=db)
    if previewed.code:  # it would begin a campaign in which no lead gets a channel
        assert "nobody would be admitted" in previewed.stderr
        admitted = intake(folder, "--json", "--out", done, *options, day=day, db=db)
        assert (admitted.code, admitted.stderr) == (previewed.code, previewed.stderr)
        assert (read_rows(db) if database.exists() else None) == rows
        return
    assert previewed.stderr == ""
    shown = preview(folder, *options, day=day, db=db)
    assert "\nNothing was stored in the database; " in shown.stdout
    assert "Would" in shown.stdout or "Created" not in shown.stdout
    assert (database.read_bytes() if database.exists() else None) == before
    if rows is not None:
        assert read_rows(db) == rows
    admitted = intake(folder, "--json", "--out", done, *options, day=day, db=db)
    assert (admitted.code, admitted.stderr) == (0, "")
    assert seen.read_bytes() == done.read_bytes()
    was, became = json.loads(previewed.stdout), json.loads(admitted.stdout)
    assert (was.pop("preview"), became.pop("preview")) == (True, False)
    for document in (was, became):
        del document["output"]
        for moment in ("created_at", "updated_at"):
            del document["campaign"][moment]
    assert was == became


# --- what is refused -----------------------------------------------------------------------------


def test_what_the_intake_refuses_the_preview_refuses_alike(folder: Path) -> None:
    _edited(folder, url(folder))
    for options in ((), ("--update", "--day", "2026-13-01")):
        one, other = preview(folder, *options), intake(folder, *options)
        assert (one.code, one.stderr) == (other.code, other.stderr)
        assert one.code in {1, 2}
    run("pause", str(ID), "--db", url(folder), "--by", "ann")
    one, other = preview(folder, "--update"), intake(folder, "--update")
    command = f"campaignkit resume {folder / 'campaign.toml'} --db {url(folder)} --by USER"
    advice = f"{command} lets it admit leads again"
    refused = f"Error: the campaign is paused, not active\n  {advice}\n"
    assert one.stderr == other.stderr == refused


def test_a_preview_of_a_new_database_creates_nothing(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    shown = preview(folder)
    assert shown.code == 0
    assert shown.stdout.splitlines()[:2] == [
        f"{folder / 'leads.csv'}: 60 leads, 20 would be admitted to Sydney agencies on {MONDAY}",
        "  Would create and activate the campaign",
    ]
    assert {path.name for path in folder.iterdir()} == names


def test_a_database_of_another_program_gets_no_tables(folder: Path) -> None:
    engine = create_engine(url(folder))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_another_program (id INTEGER)"))
    refused = preview(folder)
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == intake(folder).stderr
    assert "nothing was created: pass --create" in refused.stderr
    assert preview(folder, "--create").code == 0
    assert read_rows(url(folder)) == {"of_another_program": []}


def test_what_an_ai_would_suggest_is_previewed_as_if_it_were_approved(folder: Path) -> None:
    _first_day(folder, url(folder))
    by_user = json.loads(preview(folder, "--json", day=TUESDAY).stdout)
    by_ai = json.loads(preview(folder, "--json", "--ai", "scout", day=TUESDAY).stdout)
    assert by_ai == by_user
    shown = preview(folder, "--ai", "scout", day=TUESDAY).stdout
    assert shown.endswith(
        "\nNothing was stored in the database; what scout may not do alone becomes a suggestion,"
        " and waits for a user.\n"
    )
    assert by_ai["admitted"] == 20


def test_a_preview_waits_for_no_writer(folder: Path) -> None:
    """A campaign that runs is previewed while another transaction writes."""
    _first_day(folder, url(folder))
    engine = create_engine(url(folder), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE"))
        shown = preview(folder, "--wait", "0", day=TUESDAY)
        connection.execute(text("ROLLBACK"))
    assert (shown.code, shown.stderr) == (0, "")
    assert action_count(folder, Action.ASSIGN) == 1


def action_count(folder: Path, action: Action) -> int:
    events = json.loads(run("history", str(ID), "--db", url(folder), "--json").stdout)["events"]
    return sum(event["action"] == action for event in events)


def test_what_was_written_is_said_together_before_that_nothing_was_stored(folder: Path) -> None:
    out, report = folder / "out.csv", folder / "report.html"
    ran = preview(folder, "--out", out, "--report", report)
    assert (ran.code, ran.stderr) == (0, "")
    said = [line for line in ran.stdout.splitlines() if line][-3:]
    assert said[:2] == [f"Wrote {out}", f"Wrote {report}"]
    assert said[2].startswith("Nothing was stored in the database; ")
