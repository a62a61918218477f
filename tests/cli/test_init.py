"""`campaignkit init` makes a campaign's file that `check` and `intake` use as it is."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit.cli._campaign_toml import read_campaign, read_campaign_file
from campaignkit.cli._campaign_writer import replace_table
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._leads_table import write_leads_table
from tests.cli.campaigns import CLIENT, url
from tests.cli.known_exports import KNOWN_EXPORTS
from tests.cli.running import COMMAND, Run, run, run_on_terminal
from tests.cli.test_exports import EXPORTS
from tests.hostile import SPOILT, assert_safe

DAY = "2026-11-23"


def init(folder: Path, *options: str) -> Run:
    return run("init", folder / "leads.csv", "--out", folder / "campaign.toml", *options)


def read_table(folder: Path) -> Mapping[str, Any]:
    table: Mapping[str, Any] = tomllib.loads((folder / "campaign.toml").read_text("utf-8"))["leads"]
    return table


def assert_used(folder: Path, *, rows: int) -> None:
    """Check that the other commands use the new file as it is."""
    files = (folder / "campaign.toml", folder / "leads.csv")
    ran = run("check", *files, "--json")
    assert (ran.code, ran.stderr) == (0, ""), ran
    assert json.loads(ran.stdout)["leads"] == rows
    ran = run("intake", *files, "--db", url(folder), "--day", DAY, "--today", DAY, "--by", "ann")
    assert (ran.code, ran.stderr) == (0, ""), ran
    assert f": {rows} leads, " in ran.stdout


@pytest.mark.parametrize(("name", "mark"), [*zip(KNOWN_EXPORTS, cycle(",;\t|"), strict=False)])
def test_known_exports_need_no_option(tmp_path: Path, name: str, mark: str) -> None:
    export = KNOWN_EXPORTS[name]
    (tmp_path / "leads.csv").write_text(export.to_csv(mark), encoding="utf-8")
    ran = init(tmp_path)
    assert (ran.code, ran.stderr) == (0, ""), ran
    table = read_table(tmp_path)
    expected = {name: value for name, value in export.expected.items() if value}
    if export.scale == "0..100":
        del expected["scale"]  # the default
    assert table == expected
    for note in export.says:
        assert note in ran.stdout
    assert_used(tmp_path, rows=len(export.rows) - 1)


@pytest.mark.parametrize("name", EXPORTS)
def test_every_way_to_write_a_file_needs_no_option(tmp_path: Path, name: str) -> None:
    (tmp_path / "leads.csv").write_bytes(EXPORTS[name][0])
    ran = init(tmp_path)
    assert (ran.code, ran.stderr) == (0, ""), ran
    assert f"read as: {EXPORTS[name][1]}" in ran.stdout
    assert read_table(tmp_path) == {
        "id": "lead_id",
        "score": "als_score",
        "block": {"email": ["do_not_email"]},
    }
    assert_used(tmp_path, rows=4)


LEADS = "lead_id,als_score,do_not_email,city\na,90,no,Perth\nb,85,yes,Sydney\nc,70,no,Perth\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    return tmp_path


def test_options_say_what_the_campaign_is(folder: Path) -> None:
    (folder / "leads.csv").write_text(f"{LEADS},70,no,Perth\n", encoding="utf-8")
    ran = init(
        folder,
        *("--name", 'The "best" of Perth', "--client", str(CLIENT), "--mode", "manual"),
        *("--allocation", "email=60,linkedin=40", "--daily", "80", "--total", "300"),
        *("--start", "2026-12-01", "--end", "2026-12-24"),
        *("--block", "sms=city:Perth", "--prospect", "location=city", "--unknown", "leave"),
    )
    assert (ran.code, ran.stderr) == (0, ""), ran
    campaign = read_campaign(str(folder / "campaign.toml"))
    assert (campaign.name, campaign.client_id) == ('The "best" of Perth', CLIENT)
    assert str(campaign.permission_mode) == "manual"
    assert {c: n for c, n in campaign.allocation.items() if n} == {"email": 60, "linkedin": 40}
    assert (campaign.daily_lead_limit, campaign.total_lead_limit) == (80, 300)
    assert (str(campaign.start_date), str(campaign.end_date)) == ("2026-12-01", "2026-12-24")
    assert read_table(folder) == {
        "id": "lead_id",
        "score": "als_score",
        "unknown": "leave",
        "block": {"email": ["do_not_email"], "sms": ["city:Perth"]},
        "prospect": {"location": "city"},
    }
    assert "1 of the first 4 rows would be refused; `campaignkit check` says why" in ran.stdout


def test_ids_are_new_each_time_and_the_name_is_that_of_the_file(folder: Path) -> None:
    ids: set[UUID] = set()
    for _ in range(2):
        assert init(folder).code == 0
        campaign = read_campaign(str(folder / "campaign.toml"))
        assert campaign.name == "leads"
        assert (campaign.id.version, campaign.client_id.version) == (4, 4)
        ids |= {campaign.id, campaign.client_id}
        (folder / "campaign.toml").unlink()
    assert len(ids) == 4


def test_the_targeting_in_the_comments_is_one(folder: Path) -> None:
    assert init(folder).code == 0
    text = (folder / "campaign.toml").read_text(encoding="utf-8")
    assert '# [targeting]\n# locations = ["Perth", "Sydney"]\n' in text
    lines = text.replace("# [targeting]", "[targeting]").replace("# locations", "locations")
    lines = lines.replace("# total_lead", "total_lead").replace("# start_", "start_")
    (folder / "campaign.toml").write_text(lines.replace("# end_", "end_"), encoding="utf-8")
    campaign = read_campaign(str(folder / "campaign.toml"))
    assert str(campaign.targeting) == "locations ['Perth', 'Sydney']"


def test_no_placeholder_is_a_target(tmp_path: Path) -> None:
    rows = "".join(f"{at},{at},{('N/A', 'SEO')[at % 2]}\n" for at in range(20, 40))
    leads = f"Lead ID,Score,Industry\n{rows}"
    (tmp_path / "leads.csv").write_text(leads, encoding="utf-8")
    assert init(tmp_path).code == 0
    text = (tmp_path / "campaign.toml").read_text(encoding="utf-8")
    assert '# industries = ["SEO"]\n' in text


def test_no_file_is_overwritten_and_none_is_read_before(tmp_path: Path) -> None:
    there = tmp_path / "campaign.toml"
    there.write_text("name = 1", encoding="utf-8")
    ran = init(tmp_path)  # there are no leads
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"Error: {there} exists, and no file is overwritten\n"
        "  --out names another file\n"
        "  --update changes only the table [leads] of this one\n"
    )
    assert there.read_text(encoding="utf-8") == "name = 1"


def test_a_header_that_has_changed_is_told_with_the_command_that_reads_it(tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("Lead ID,Score\na,90\nb,40\n", encoding="utf-8")
    campaign = tmp_path / "campaign.toml"
    assert init(tmp_path).code == 0
    leads.write_text("Lead ID,Fit Score\na,90\nb,40\n", encoding="utf-8")
    for command in (("check", campaign, leads), ("allocate", leads, "--campaign", campaign)):
        ran = run(*command)
        update = f"init {leads} --out {campaign} --update"
        assert (ran.code, f"campaignkit {update} finds out" in ran.stderr) == (1, True)
    assert run(*update.split(), "--accept").code == 0
    assert run("check", campaign, leads).code == 0


def test_what_was_not_found_is_named_with_its_option(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("Company ID,Points\n7,many\n7,few\n", encoding="utf-8")
    ran = init(tmp_path)
    assert ran.code == 1
    assert ran.stderr == (
        f"Error: {tmp_path}/leads.csv: not all columns were found\n"
        "  no column looks like the id of a lead: --id names it\n"
        "  no column looks like the score of a lead: --score names it\n"
        "  if there is none, add a column of scores from 0 to 100 or of grades such as A to F:"
        " a lead without a score gets no channel\n"
        "  the columns are 'Company ID', 'Points'\n"
    )
    assert not (tmp_path / "campaign.toml").exists()
    assert init(tmp_path, "--id", "Company ID", "--score", "Points").code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "x.txt"), "--out must end in .toml, not 'x.txt'"),
        (("--daily", "0"), "--daily: must be"),
        (("--mode", "fast"), "--mode: must be"),
        (("--allocation", "email=9"), "--allocation: shares must add up to 100, not 9"),
        (("--start", "2026-12-02", "--end", "2026-12-01"), "end"),
        (("--scale", "wide"), "--scale must be"),
        (("--update", "--name", "x"), "--name is for a new file, not for --update"),
    ],
)
def test_wrong_options_are_refused(folder: Path, options: tuple[str, ...], said: str) -> None:
    ran = init(folder, *options)
    assert (ran.code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert not (folder / "campaign.toml").exists()


def test_text_from_a_file_cannot_control_a_terminal_or_the_new_file(tmp_path: Path) -> None:
    quoted = SPOILT.replace('"', '""')
    (tmp_path / "leads.csv").write_text(
        f'lead_id,als_score,do not email,city\n"a{quoted}",90,"{quoted}","{quoted}"\n'
        f'b,80,unsubscribed,"{quoted}"\n',
        encoding="utf-8",
        newline="",
    )
    ran = init(tmp_path, "--name", "x")
    assert (ran.code, ran.stderr) == (0, "")
    assert_safe(ran.stdout)
    assert read_table(tmp_path)["block"] == {"email": ["do not email:unsubscribed"]}


NAMES = [
    *("lead_id", "ID", "Email", "Score", "Rating", "Do not email", "Opt-out", "Status", "Phone"),
    *("LinkedIn", "Consent", "Title", "Employees", "City", "State", "Country, if known", "x: y"),
    *("", "  ", "[leads]", 'a "quote"', "a\\b", "\x7f", "Nicht anrufen (ja/nein)", "#", "=1+1"),
]
VALUES = [
    *("", "1", "0", "0.5", "85%", "7/10", "A", "hot", "x", "yes", "nein", "N/A", "bounced", "é"),
    *("a, b", "a:b", '"', "\\", "11-50", "-3", "1e9", "\u202e", "CEO", "Do not contact"),
]


@given(
    header=st.lists(st.sampled_from(NAMES), min_size=1, max_size=9),
    rows=st.lists(st.lists(st.sampled_from(VALUES), min_size=9, max_size=9), max_size=4),
)
def test_whatever_is_written_is_a_campaign_that_check_reads(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(row[: len(header)] for row in rows)])
    ran = init(folder, *(["--score", "Score"] if header.count("Score") == 1 else []))
    assert_safe(ran.stdout)
    if ran.code:
        assert (ran.code, ran.stderr.startswith("Error: ")) == (1, True)
        assert not (folder / "campaign.toml").exists()
        return
    _, table = read_campaign_file(str(folder / "campaign.toml"))
    assert {"id", "score"} <= {*table.settings}
    again = run("check", folder / "campaign.toml", folder / "leads.csv", "--skip-bad", "--json")
    document = json.loads(again.stdout)
    assert document["leads"] + document["bad_rows"]["count"] == document["read_as"]["rows"]


# -- Updates --------------------------------------------------------------------------------------


def test_an_update_changes_only_the_table(folder: Path) -> None:
    path = folder / "campaign.toml"
    head = f'# mine\r\nid = "{CLIENT}"\r\nclient_id = "{CLIENT}"\r\nname = "x"  # [leads]\r\n\r\n'
    tail = "\r\n# The mix\r\n[allocation]\r\nemail = 100 # all\r\n"
    old = '[leads]\r\nid = "Old"\r\nscore = "als_score"\r\nscale = "0..10"\r\nyes = ["aye"]\r\n'
    old += '\r\n[leads.block]\r\nsms = ["city:Perth", "gone"]\r\n'
    path.write_text(f"{head}{old}{tail}", encoding="utf-8", newline="")
    ran = init(folder, "--update", "--block", "voice=do_not_email")
    assert (ran.code, ran.stderr) == (0, ""), ran
    text = path.read_bytes().decode()
    assert text.startswith(head)
    assert text.endswith(tail)
    assert read_table(folder) == {
        "id": "lead_id",
        "score": "als_score",
        "scale": "0..10",
        "yes": ["aye"],
        "block": {"email": ["do_not_email"], "voice": ["do_not_email"], "sms": ["city:Perth"]},
        "prospect": {"location": "city"},
    }
    again = run("init", folder / "leads.csv", "--out", folder / "none.toml", "--update")
    assert (again.code, "none.toml" in again.stderr) == (1, True)


def test_a_table_in_another_form_is_not_replaced(folder: Path) -> None:
    path = folder / "campaign.toml"
    text = f'id = "{CLIENT}"\nclient_id = "{CLIENT}"\nname = "x"\nleads.id = "lead_id"\n'
    path.write_text(text, encoding="utf-8")
    ran = init(folder, "--update")
    assert ran.code == 1
    assert "has its table [leads] in a form that cannot be replaced" in ran.stderr
    assert '  id = "lead_id"\n' in ran.stderr
    assert path.read_text(encoding="utf-8") == text


PIECES = [
    "# a comment\n",
    "\n",
    '[targeting]\ntitles = ["CEO",\n  "[leads]"]  # [leads]\n',
    "[allocation]\nemail = 100\n# below\n",
    "[leads_of_mine]\nid = 'x'\n",
    "[other.leads]\nid = 'x'\n",
]
TABLES = [
    "[leads]\nid = 'a'\nscore = 'b'\n",
    "[ leads ]\nyes = [\n  'x',\n]\n\n[leads.block]\nsms = ['y']\n",
    '["leads"]\n# old\nid = "a"\n[leads.need]\n',
]


@given(
    above=st.lists(st.sampled_from(PIECES), unique=True),
    table=st.sampled_from(["", *TABLES]),
    below=st.integers(0, 6),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_all_but_the_table_stays_as_it_is(
    above: list[str], table: str, below: int, end: str
) -> None:
    before, after = "".join(above[below:]), "".join(above[:below])
    new = write_leads_table(LeadColumns(id="n", need={}))
    old_text = f"name = 'x'\n{before}{table}{after}".replace("\n", end)
    replaced = replace_table(old_text, new.replace("\n", end))
    old, found = tomllib.loads(old_text), tomllib.loads(replaced)
    assert found == {**old, "leads": {"id": "n", "score": "als_score"}}
    if table:
        assert replaced == f"name = 'x'\n{before}{new}{after}".replace("\n", end)
    else:
        assert replaced.startswith(old_text)


# -- Questions ------------------------------------------------------------------------------------


def ask(folder: Path, answers: Sequence[str], *options: str) -> tuple[int, str]:
    """Run the command on a terminal; return its exit code and what it shows, without colours."""
    command = (*COMMAND, "init", "leads.csv", *options)
    code, shown = run_on_terminal(command, cwd=folder, answers=answers)
    return code, re.sub(r"\x1b\[[\d;]*m", "", shown).replace("\r\n", "\n")


def test_a_terminal_asks_and_an_empty_line_takes_the_proposal(folder: Path) -> None:
    code, shown = ask(folder, [""] * 7)
    assert code == 0, shown
    for question in (
        "Name of the campaign [leads]: ",
        "Column of the id [lead_id]: ",
        "Column of the score [als_score]: ",
        "What the scores span [0..100]: ",
        "Close email by yes in 'do_not_email'? [Y/n]: ",
        "Is 'city' the location of a lead? [Y/n]: ",
        "Write campaign.toml? [Y/n]: ",
    ):
        assert f"\n{question}\n" in shown, shown
    assert max(map(len, shown.splitlines())) <= 80
    campaign, _ = read_campaign_file(str(folder / "campaign.toml"))
    assert campaign.name == "leads"
    assert read_table(folder) == {
        "id": "lead_id",
        "score": "als_score",
        "block": {"email": ["do_not_email"]},
        "prospect": {"location": "city"},
    }


def test_answers_in_a_terminal_are_taken_and_wrong_ones_asked_again(folder: Path) -> None:
    answers = ["Perth", "lead id", "lead_id", "als_score", "wide", "0..200", "n", "n", "y"]
    code, shown = ask(folder, answers)
    assert code == 0, shown
    assert "no column is called 'lead id'" in shown
    assert "must be the lowest and the highest score" in shown
    assert read_table(folder) == {"id": "lead_id", "score": "als_score", "scale": "0..200"}
    assert read_campaign(str(folder / "campaign.toml")).name == "Perth"


@pytest.mark.parametrize("answers", [[*[""] * 6, "n"], ["Perth"]])
def test_nothing_is_written_after_a_no_and_after_the_end_of_input(
    folder: Path, answers: Sequence[str]
) -> None:
    code, shown = ask(folder, answers)
    assert (code, "nothing was written" in shown or "Aborted" in shown) == (1, True), shown
    assert not (folder / "campaign.toml").exists()


@pytest.mark.parametrize("option", ["--accept", "--json"])
def test_nothing_is_asked_where_nobody_answers(folder: Path, option: str) -> None:
    code, shown = ask(folder, [], option)
    assert (code, "[Y/n]" in shown, "[lead_id]" in shown) == (0, False, False), shown


@pytest.mark.parametrize(
    "name",
    [
        *("Marketing opt-out", "Global Opt Out", "unsubscribed_at", "UNSUB_TIME", "Opt-out date"),
        *("EMAIL_BLOCKLIST", "Do Not Call Registry", "GDPR deleted", "Email Suppressions"),
        *("Keine Werbung", "Désinscription", "Ne pas déranger", "No molestar", "Accepts Marketing"),
    ],
)
def test_a_column_that_may_close_a_channel_is_told_if_it_is_not_used(
    tmp_path: Path, name: str
) -> None:
    lines = [f"lead_id,als_score,{name},City", "a,90,x,Perth", "b,85,,Sydney"]
    (tmp_path / "leads.csv").write_text("\n".join(lines), encoding="utf-8")
    notes = json.loads(init(tmp_path, "--json").stdout)["notes"]
    assert notes == [f"{name!r} closes nothing"]
    ran = init(tmp_path, "--json", "--update", "--block", f"email={name}")
    assert json.loads(ran.stdout)["notes"] == []


def test_columns_that_share_a_name_and_may_close_a_channel_are_told(tmp_path: Path) -> None:
    lines = ["lead_id,als_score,Email Opt Out,Email Opt Out", "a,90,1,0", "b,85,0,1"]
    (tmp_path / "leads.csv").write_text("\n".join(lines), encoding="utf-8")
    ran = init(tmp_path)
    assert "Not certain\n  'Email Opt Out' closes nothing; 2 columns have this name" in ran.stdout
