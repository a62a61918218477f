"""The table `[leads]` of a campaign's file, and the options that it stands for."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Channel
from campaignkit.cli._campaign_toml import find_differences, read_campaign, read_campaign_file
from campaignkit.cli._cell_words import fold_word
from campaignkit.cli._command_error import FileError
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._leads_table import (
    LeadsTable,
    list_settings,
    read_leads_table,
    read_settings,
    write_leads_table,
)
from campaignkit.cli._prospect_rows import PROSPECT_FIELDS, Unknown
from campaignkit.domain._scale import Scale
from tests.cli.campaigns import CLIENT, intake, url, write_campaign
from tests.cli.running import run, write_leads

TABLE = """
[allocation]
email = 100

[leads]
id = "Lead ID"
score = "Fit"
scale = "0..10"
grades = {A = 90, "b c" = 70.5}
yes = ["x", "opted out"]
no = ["-"]
unknown = "leave"

[leads.block]
email = ["Do not email"]
sms = "Do not email"

[leads.need]
sms = ["Mobile"]

[leads.prospect]
title = "Job"
"""
COLUMNS = LeadColumns(
    id="Lead ID",
    score="Fit",
    scale=Scale(0, 10),
    grades={"A": 90, "b c": 70.5},
    yes=("x", "opted out"),
    no=("-",),
    unknown=Unknown.LEAVE,
    block={Channel.EMAIL: ("Do not email",), Channel.SMS: ("Do not email",)},
    need={Channel.SMS: ("Mobile",)},
    prospect={"title": "Job"},
)


def test_a_table_is_read(tmp_path: Path) -> None:
    path = write_campaign(tmp_path, TABLE)
    campaign, table = read_campaign_file(str(path))
    assert campaign.allocation.email == 100
    assert table.merge({}, [], override=False) == COLUMNS
    assert read_leads_table(tomllib.loads(TABLE), "x.toml") == COLUMNS
    assert read_leads_table({}, "x.toml") == LeadColumns()


def test_a_table_is_no_part_of_the_campaign(tmp_path: Path) -> None:
    path = write_campaign(tmp_path, TABLE)
    with_table = read_campaign(str(path))
    write_campaign(tmp_path, TABLE.partition("[leads]")[0])
    without = read_campaign(str(path))
    assert not find_differences(with_table, without)
    write_campaign(tmp_path, TABLE.replace("0..10", "0..100"))
    write_leads(
        tmp_path / "leads.csv", [("a", 90, "", 1, "CEO")], "Lead ID,Fit,Do not email,Mobile,Job"
    )
    assert intake(tmp_path).code == 0
    write_campaign(tmp_path, TABLE.replace("0..10", "0..99"))
    assert intake(tmp_path).code == 0, "the stored campaign does not differ from the file"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
names = texts.map(str.strip).filter(bool)
lists = st.lists(names, min_size=1, max_size=3, unique=True).map(tuple)
scores = st.floats(0, 100)
ends = st.floats(-1e6, 1e6)


@st.composite
def columns(draw: st.DrawFn) -> LeadColumns:
    low, high = draw(st.tuples(ends, ends).filter(lambda both: both[1] - both[0] > 1e-9))
    words = draw(st.lists(names, unique_by=fold_word, max_size=4))
    middle = draw(st.integers(0, len(words)))
    channels = st.sampled_from(Channel)
    return LeadColumns(
        id=draw(names),
        score=draw(names),
        scale=draw(st.none() | st.just(Scale(low, high))),
        grades={word.strip(): draw(scores) for word in draw(st.lists(names, unique_by=fold_word))},
        yes=tuple(words[:middle]),
        no=tuple(words[middle:]),
        unknown=draw(st.sampled_from(Unknown)),
        block=draw(st.dictionaries(channels, lists)),
        need=draw(st.dictionaries(channels, lists)),
        prospect=draw(st.dictionaries(st.sampled_from([*PROSPECT_FIELDS]), names)),
    )


@given(columns())
def test_what_is_written_is_read(written: LeadColumns) -> None:
    text = write_leads_table(written)
    data = tomllib.loads(text)
    assert [*data] == ["leads"]
    assert read_leads_table(data, "x.toml") == written
    assert write_leads_table(read_leads_table(data, "x.toml")) == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from([*list_settings(COLUMNS), "score", "block", "need", "prospect", "grades"])


@given(st.dictionaries(keys.map(lambda key: key.partition(".")[0]) | texts, json_values))
def test_any_table_is_read_or_its_faults_are_named(table: dict[str, Any]) -> None:
    faults: list[str] = []
    settings = read_settings({"leads": table}, faults)
    if faults:
        assert all(fault.startswith("leads") or "leads." in fault[:9] for fault in faults)
    else:
        assert read_leads_table({"leads": table}, "x.toml") == LeadsTable("x", settings).merge(
            {}, [], override=False
        )


def test_all_faults_are_named_at_once_with_their_keys(tmp_path: Path) -> None:
    more = """
daily_lead_limit = 0
[leads]
id = ""
scroe = "x"
scale = "10..0"
grades = {A = 101, a = 5, B = "x", " b" = 1, " " = 2}
yes = ["x", ""]
no = 5
unknown = "drop"
block = "x"
[leads.need]
emial = ["x"]
sms = []
[leads.prospect]
country = "Country"
"""
    path = write_campaign(tmp_path, more)
    with pytest.raises(FileError) as refused:
        read_campaign(str(path))
    assert [*refused.value.lines] == [
        "leads.id must be the name of a column, not ''",
        "leads.scroe: is unknown; is it 'score'?",
        (
            "leads.scale must be the lowest and the highest score, such as '0..1' or '0..10', not"
            " '10..0'"
        ),
        "leads.grades: 'A' must be a number from 0 to 100, not 101",
        "leads.grades: 'a' is given twice",
        "leads.grades: 'B' must be a number from 0 to 100, not 'x'",
        "leads.grades: 'b' is given twice",
        "leads.grades: ' ' is no grade",
        "leads.yes must be a list of texts, not ['x', '']",
        "leads.no must be a list of texts, not 5",
        "leads.unknown must be take or leave, not 'drop'",
        "leads.block must be a table, not 'x'",
        "leads.need.emial: is unknown; is it 'email'?",
        "leads.need.sms must be a list of texts, not []",
        "leads.prospect.country: is unknown; there are industry, title, company_size, location",
        "daily_lead_limit: must be from 1 to 2147483647, not 0",
    ]


OPTIONS = {
    "--id": ("Lead ID", "als_score"),
    "--score": ("Fit", "Lead ID"),
    "--scale": ("0 .. 10.0", "0..1"),
    "--grades": ("b c=70.5,A=90", "A=90"),
    "--yes": ("opted out,x", "x"),
    "--no": ("-", "nope"),
    "--unknown": ("leave", "take"),
    "--block": ("email=Do not email", "email=Mobile"),
    "--need": ("sms=Mobile", "sms=Job"),
    "--prospect": ("title=Job", "title=Fit"),
}
"""Options with a value that is the table's, and with another one."""


@pytest.fixture(name="there")
def write_files(tmp_path: Path) -> Path:
    header = "Lead ID,Fit,Do not email,Mobile,Job,als_score"
    rows = [("a", "8.5", "no", "1", "CEO", 1), ("b", 9, "", "2", "CTO", 2)]
    write_leads(tmp_path / "leads.csv", rows, header)
    write_campaign(tmp_path, TABLE)
    return tmp_path


@pytest.mark.parametrize("option", ["--block", "--need"])
def test_columns_that_close_a_channel_may_be_added_beside_those_of_the_file(
    there: Path, option: str
) -> None:
    same, other = OPTIONS[option]
    command = ("allocate", there / "leads.csv", "--campaign", there / "campaign.toml")
    assert "--override" not in run(*command, option, same, option, other).stderr
    ran = run(*command, option, other)
    assert f"; repeat {option} with what the file has, or --override uses the option alone" in (
        ran.stderr
    )


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_differs_is_refused_and_an_equal_one_is_taken(
    there: Path, option: str
) -> None:
    same, other = OPTIONS[option]
    command = ("allocate", there / "leads.csv", "--campaign", there / "campaign.toml")
    assert (run(*command, option, same).code, run(*command).code) == (0, 0)
    ran = run(*command, option, other)
    assert (ran.code, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()[1:]
    assert option in line
    assert other.partition("=")[2] in line
    assert f" in {there / 'campaign.toml'}; " in line
    assert "--override uses the option" in line
    ran = run(*command, option, other, "--override")
    assert "--override uses" not in ran.stderr


def test_all_differences_are_told_at_once(there: Path) -> None:
    command = ("allocate", there / "leads.csv", "--campaign", there / "campaign.toml")
    given = [word for option, (_, other) in OPTIONS.items() for word in (option, other)]
    ran = run(*command, *given, "--allocation", "sms=100")
    assert ran.code == 2
    assert len(ran.stderr.splitlines()) == 1 + len(OPTIONS) + 1
    assert "--allocation is sms=100, but the allocation is email=100" in ran.stderr


def test_what_a_table_does_not_say_options_say(there: Path) -> None:
    more = ("--block", "email=Job", "--prospect", "location=Job", "--yes", "CEO", "--no", "CTO")
    write_campaign(there, '[leads]\nid = "Lead ID"\nscore = "Fit"\nscale = "0..10"')
    command = ("allocate", there / "leads.csv", "--campaign", there / "campaign.toml")
    ran = run(*command, *more, "--allocation", "email=40,linkedin=30,voice=20,sms=5,mail=5")
    assert (ran.code, ran.stderr) == (0, "")


def test_allocate_uses_the_allocation_of_the_campaign(there: Path) -> None:
    out = there / "out.csv"
    command = ("allocate", there / "leads.csv", "--campaign", there / "campaign.toml", "--out", out)
    assert run(*command).code == 0
    assert ",hot,email,\n" in out.read_text(encoding="utf-8")
    ran = run(*command, "--allocation", "linkedin=100", "--override")
    assert (ran.code, ran.stderr) == (0, "")
    assert ",hot,linkedin,\n" in out.read_text(encoding="utf-8")


def test_intake_uses_the_table_of_its_campaign(there: Path) -> None:
    ran = intake(there, "--out", there / "out.csv")
    assert (ran.code, ran.stderr) == (0, "")
    assert "2 admitted" in ran.stdout
    ran = intake(there, "--score", "als_score")
    assert (ran.code, ran.stdout) == (2, "")
    assert "--score is 'als_score', but leads.score is 'Fit' in" in ran.stderr


def test_commands_on_leads_use_the_column_of_the_id(there: Path) -> None:
    assert intake(there).code == 0
    file = there / "campaign.toml"
    common = ("--leads", there / "leads.csv", "--db", url(there), "--by", "ann")
    commands = [
        ("suppress", "--client", file),
        ("unsuppress", "--client", file),
        ("release", file),
    ]
    for command in commands:
        ran = run(*command, *common)
        assert (ran.code, ran.stderr) == (0, ""), command
        ran = run(*command, *common, "--id", "Mobile")
        assert "--id is 'Mobile', but leads.id is 'Lead ID' in" in ran.stderr
        ran = run(*command, *common, "--id", "lead_id", "--override")
        assert "column 'lead_id' is missing" in ran.stderr
    ran = run("suppress", "--client", str(CLIENT), *common)
    assert "column 'lead_id' is missing" in ran.stderr


def test_a_campaign_file_must_describe_a_campaign(there: Path) -> None:
    for text, said in (("none.toml", "cannot read"), (str(CLIENT), "cannot read")):
        ran = run("allocate", there / "leads.csv", "--campaign", text)
        assert (ran.code, ran.stdout) == (1, "")
        assert said in ran.stderr
    ran = run("approve", str(CLIENT), "--db", url(there), "--by", "a", "--campaign", "x.toml")
    assert ran.code == 2
    assert "--campaign needs --leads" in ran.stderr


def test_every_command_with_a_campaign_and_leads_uses_the_table(there: Path) -> None:
    leads, file = there / "leads.csv", there / "campaign.toml"
    day = ("--db", url(there), "--day", "2026-11-23", "--today", "2026-11-23")
    commands = [
        ("allocate", leads, "--campaign", file),
        ("compare", leads, "--campaign", file),
        ("explain", "a", leads, "--campaign", file),
        ("forecast", file, leads, "--day", "2026-11-23"),
        ("preview", file, leads, *day),
        ("intake", file, leads, *day, "--by", "ann"),
    ]
    for command in commands:
        ran = run(*command)
        assert (ran.code, ran.stderr) == (0, ""), command
        ran = run(*command, "--score", "als_score")
        assert (ran.code, ran.stdout) == (2, ""), command
        assert "--score is 'als_score', but leads.score is 'Fit' in" in ran.stderr


def test_an_approval_reads_the_leads_as_the_campaign_file_says(there: Path) -> None:
    assert intake(there, day="2026-11-23").code == 0
    rows = [("c", 9, "no", "1", "CEO", 1)]
    write_leads(there / "leads.csv", rows, "Lead ID,Fit,Do not email,Mobile,Job,als_score")
    ran = intake(there, "--ai", "scout", "--suggest", "--json")
    (suggestion,) = json.loads(ran.stdout)["suggestions"]
    command = [
        *("approve", suggestion["id"], "--db", url(there), "--by", "ann"),
        *("--today", "2026-11-23", "--leads", str(there / "leads.csv")),
    ]
    assert "column 'lead_id' is missing" in run(*command).stderr
    ran = run(*command, "--campaign", there / "campaign.toml")
    assert (ran.code, ran.stderr) == (0, "")
    assert "1 lead admitted" in ran.stdout
