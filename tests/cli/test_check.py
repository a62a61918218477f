"""`campaignkit check` shows how a file of leads would be understood, and writes nothing."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.campaigns import NAMED, intake, write_campaign
from tests.cli.running import COMMAND, run, run_on_terminal
from tests.cli.test_exports import EXPORTS, write_book

TABLE = """
[targeting]
titles = ["CEO"]
locations = ["Perth"]

[leads]
id = "Lead ID"
score = "Fit"
scale = "0..1"
grades = {A = 90}
unknown = "leave"

[leads.block]
email = ["No mail", "Status:gone,left"]
linkedin = ["No mail"]

[leads.need]
email = ["Email"]
sms = ["Phone"]
voice = ["Phone"]

[leads.prospect]
title = "Job"
"""
LEADS = """\
Lead ID;Fit;No mail;Status;Email;Phone;Job;City
a;0,93;no;new;a@x;1;CEO;Perth
b;A;ja;gone;b@x;n/a;CTO;Perth

c;;x;left;;;;
d;0.1;;new;d@x;4;CEO;
d;0.2;;fresh;d@x;;CEO;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_campaign(tmp_path, TABLE)
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    return tmp_path


def test_all_that_is_understood_is_shown(folder: Path) -> None:
    ran = run("check", folder / "campaign.toml", folder / "leads.csv", "--duplicates", "first")
    assert (ran.code, ran.stderr) == (0, "")
    shown = ran.stdout.replace(f"{folder}/", "")
    assert (
        shown
        == """\
leads.csv: 4 leads
  read as: semicolon, UTF-8, 5 rows
  targeting applied to title ('Job')
  targeting not applied to location: no column is mapped; --prospect location=COLUMN maps one
  1 lead does not fit: title 1
  1 lead left out without being known to fit: title 1; --unknown take takes such leads

 column   what it is for                 blank
──────────────────────────────────────────────
 Lead ID  id                                 0
 Fit      score, 0..1                        1
 No mail  yes closes email and linkedin      1
 Status   'gone' or 'left' closes email      0
 Email    a blank closes email               1
 Phone    a blank closes voice and sms       2
 Job      title of the prospect              1
  not used: 'City'

The first rows as they are read
 line  id  score      tier      closed                       prospect
─────────────────────────────────────────────────────────────────────
 2     a   0,93 → 93  hot                                    CEO
 3     b   A → 90     hot       email, linkedin, voice, sms  CTO
 5     c              unscored  email, linkedin, voice, sms
 6     d   0.1 → 10   dead                                   CEO
 7     d   0.2 → 20   cold      voice, sms                   CEO

 tier      leads
────────────────
 hot           2
 dead          1
 unscored      1

Closed channels
 channel   leads  by
────────────────────────────────
 email         2  No mail
 email         2  Status
 email         1  Email is blank
 linkedin      2  No mail
 voice         2  Phone is blank
 sms           2  Phone is blank

Values that close nothing
  'Status': 'new' 2

Left out: 1 row of leads that have another one
  line 7: Lead ID is 'd', expected one row for each lead, and line 6 was kept
"""
    )
    assert not [*folder.glob("*.db")]


def test_what_would_be_refused_is_shown_and_the_exit_code_is_1(folder: Path) -> None:
    files = (folder / "campaign.toml", folder / "leads.csv")
    ran = run("check", *files)
    assert ran.code == 1
    assert "2 bad rows\n  line 6: Lead ID is 'd'" in ran.stdout
    assert ran.stderr == (
        f"Error: {folder}/leads.csv is refused: 2 bad rows of 5\n"
        "  fix them, or leave them out with --skip-bad\n"
        "  --duplicates best or --duplicates first keeps one row of each lead\n"
    )
    assert intake(folder).code == 1
    plain = json.loads(run("check", *files, "--json").stdout)
    assert plain["error"] == f"{folder}/leads.csv is refused: 2 bad rows of 5"
    assert (plain["leads"], plain["bad_rows"]["count"]) == (3, 2)
    rejects = folder / "refused.csv"
    assert run("check", *files, "--skip-bad", "--rejects", rejects).code == 0
    assert rejects.read_text(encoding="utf-8").count("\n") == 3
    (folder / "leads.csv").write_text("Lead ID,Fit,No mail\n", encoding="utf-8")
    ran = run("check", *files)
    assert (ran.code, ran.stdout) == (1, "")
    assert "--block email: column 'Status' is missing" in ran.stderr


def test_warnings_are_refused_under_strict(tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("lead_id,als_score\na,0.5\nb,0.75\nc,0.25\n", encoding="utf-8")
    assert run("check", leads).code == 0
    ran = run("check", leads, "--strict")
    assert ran.code == 1
    assert f"Error: {leads} is refused: 1 warning under --strict\n" in ran.stderr
    assert run("check", leads, "--strict", "--scale", "0..1").code == 0


def test_options_that_differ_from_the_campaign_are_refused(folder: Path) -> None:
    files = (folder / "campaign.toml", folder / "leads.csv", "--duplicates", "first")
    ran = run("check", *files, "--scale", "0..2")
    assert (ran.code, ran.stdout) == (2, "")
    assert "--scale is '0..2', but leads.scale is '0..1'" in ran.stderr
    assert " 0,93 → 46.5 " in run("check", *files, "--scale", "0..2", "--override").stdout


def test_more_than_one_file_of_leads_is_refused(folder: Path) -> None:
    ran = run("check", folder / "campaign.toml", folder / "leads.csv", folder / "leads.csv")
    assert (ran.code, "one file of leads is checked at a time" in ran.stderr) == (2, True)


@pytest.mark.parametrize("name", EXPORTS)
def test_the_counts_are_those_of_the_rows(tmp_path: Path, name: str) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_bytes(EXPORTS[name][0])
    options = ("--block", "email=do_not_email", "--need", "sms=Vorname")
    plain = json.loads(run("check", leads, *options, "--json").stdout)
    assert {one["column"]: one["blank"] for one in plain["columns"]} == {
        "lead_id": 0,
        "als_score": 1,
        "do_not_email": 1,
        "Vorname": 1,
    }
    assert [(one["channel"], one["because"], one["leads"]) for one in plain["closed"]] == [
        ("email", "value", 1),
        ("sms", "blank", 1),
    ]
    assert plain["tiers"] == {"hot": 1, "warm": 1, "cool": 0, "cold": 1, "dead": 0, "unscored": 1}
    assert len(plain["first_rows"]) == 4


def test_the_counts_are_those_of_the_plan(tmp_path: Path) -> None:
    leads, out = Path("docs/examples/leads.csv").resolve(), tmp_path / "out.csv"
    options = ("--block", "email=do_not_email", "--need", "voice=phone")
    plain = json.loads(run("check", leads, *options, "--json").stdout)
    assert run("allocate", leads, *options, "--out", out).code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    tiers = Counter(row["tier"] or "unscored" for row in rows)
    assert {tier: n for tier, n in plain["tiers"].items() if n} == dict(tiers)
    assert plain["closed"] == [
        {
            "channel": "email",
            "column": "do_not_email",
            "because": "value",
            "leads": sum(row["do_not_email"] == "yes" for row in rows),
        },
        {
            "channel": "voice",
            "column": "phone",
            "because": "blank",
            "leads": sum(not row["phone"] for row in rows),
        },
    ]


def test_workbooks_have_rows_and_no_lines(tmp_path: Path) -> None:
    book = write_book(tmp_path / "l.xlsx", Leads=[["lead_id", "als_score"], [7, 90], [8, "high"]])
    ran = run("check", book, "--json")
    plain = json.loads(ran.stdout)
    assert [one["row"] for one in plain["first_rows"]] == [2, 3]
    assert plain["first_rows"][1]["faults"] == [
        "als_score is 'high', expected a number from 0 to 100, or blank"
    ]


def test_long_names_and_many_columns_fit_a_terminal(tmp_path: Path) -> None:
    names = [f"A column with quite a long name, number {n}" for n in range(3_000)]
    cells = ["x" * 500] * len(names)
    rows = [["lead_id", "als_score", *names], ["a" * 300, "90", *cells]]
    with (tmp_path / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    (tmp_path / "campaign.toml").write_text(
        f'{NAMED}[leads.block]\nsms = ["{names[7]}:x,y,z"]\n'
        f'[leads.prospect]\ntitle = "{names[1]}"\nlocation = "{names[2]}"\n',
        encoding="utf-8",
    )
    command = (*COMMAND, "check", "campaign.toml", "leads.csv")
    code, shown = run_on_terminal(command, cwd=tmp_path)
    lines = re.sub(r"\x1b\[[\d;]*m", "", shown).split("\r\n")
    assert (code, len(lines) < 80) == (0, True)
    assert max(map(len, lines)) <= 80, max(lines, key=len)
    assert "and 2,987 more" in " ".join(shown.split())
