"""The targeting of a campaign decides which leads of a file an intake may admit."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from campaignkit.cli._leads_file import open_leads
from tests.cli.campaigns import TUESDAY, intake, stored, url, write_campaign
from tests.cli.deciding import decide, decided
from tests.cli.running import run

openpyxl: Any = importlib.import_module("openpyxl")
pa: Any = importlib.import_module("pyarrow")
pq: Any = importlib.import_module("pyarrow.parquet")

TARGETING = """daily_lead_limit = 2
[targeting]
industries = ["Software"]
company_sizes = ["11-50"]
locations = ["Sydney, Australia"]
"""
MAPPED = """[leads.prospect]
industry = "Industry"
company_size = "Employees"
location = "City, Country"
"""
OPTIONS = (
    *("--prospect", "industry=Industry", "--prospect", "company_size=Employees"),
    *("--prospect", "location=City,Country"),
)
HEADER = ["lead_id", "als_score", "Industry", "Employees", "City", "Country"]
ROWS: Sequence[Sequence[str]] = [
    ["retail", "99", "Retail", "12", "Sydney", "Australia"],
    ["big", "98", "Retail;Software", "5,000+", "Sydney", "Australia"],
    ["abroad", "97", "Software", "12", "Berlin", "Germany"],
    ["unsaid", "96", "N/A", "Enterprise", "Sydney", "Australia"],
    ["fit", "95", "Computer Software", "11-50", "Sydney", "Australia"],
    ["second", "94", "Retail|Software", "12", "Sydney", "Australia"],
    ["dead", "5", "Retail", "", "", ""],
]
OFF = ["retail", "big", "abroad", "dead"]
APPLIED = (
    "targeting applied to industry ('Industry'), company_size ('Employees')"
    " and location ('City', 'Country')"
)
UNKNOWN = "being known to fit: industry 1, company_size 1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_campaign(tmp_path, TARGETING + MAPPED)
    write_rows(tmp_path / "leads.csv")
    return tmp_path


def write_rows(path: Path, rows: Sequence[Sequence[str]] = ROWS, mark: str = ",") -> Path:
    path.write_text(make_text(rows, mark), encoding="utf-8")
    return path


def make_text(rows: Sequence[Sequence[str]] = ROWS, mark: str = ",") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=mark, lineterminator="\n").writerows([HEADER, *rows])
    return written.getvalue()


def admitted(folder: Path) -> list[str]:
    return [each.lead_id for each in stored(url(folder))[2]]


def read_added(path: Path) -> dict[str, tuple[str, str, str]]:
    """Return the reason, the intake and the day of each lead of a file that was written."""
    with open_leads(str(path), ["lead_id"]) as file:
        assert [*file.header] == [*HEADER, "tier", "channel", "reason", "intake", "day"]
        return {row[0]: (row[-3], row[-2], row[-1]) for _, _, row in file.rows(lambda _: None)}


def test_leads_that_do_not_fit_are_left_out_and_use_no_room(folder: Path) -> None:
    out = folder / "out.csv"
    ran = intake(folder, "--out", out)
    assert (ran.code, ran.stderr) == (0, "")
    assert admitted(folder) == ["fit", "unsaid"]
    lines = ran.stdout.splitlines()
    start = lines.index(f"  {APPLIED}")
    assert lines[start : start + 4] == [
        f"  {APPLIED}",
        "  4 leads do not fit: industry 2, company_size 1, location 1",
        f"  1 lead taken without {UNKNOWN}; --unknown leave leaves such leads out",
        "  cannot be read: company_size 'Enterprise'",
    ]
    assert "4  off_target   the lead does not fit the campaign's targeting" in ran.stdout
    assert read_added(out) == {
        **dict.fromkeys(OFF, ("off_target", "unassigned", "")),
        "unsaid": ("", "new", "2026-11-23"),
        "fit": ("", "new", "2026-11-23"),
        "second": ("daily_limit", "deferred", ""),
    }
    ran = intake(folder, "--out", out, day=TUESDAY)
    assert admitted(folder) == ["fit", "second", "unsaid"]
    assert "2  already     the lead was admitted before" in ran.stdout


def test_leads_of_whom_too_little_is_known_can_be_left_out(folder: Path) -> None:
    ran = intake(folder, "--unknown", "leave", "--out", folder / "out.csv")
    assert admitted(folder) == ["fit", "second"]
    assert f"  1 lead left out without {UNKNOWN};" in ran.stdout
    assert "1  fit_unknown  it is not known whether the lead fits" in ran.stdout
    assert read_added(folder / "out.csv")["unsaid"] == ("fit_unknown", "unassigned", "")


def test_the_json_has_the_targeting(folder: Path) -> None:
    ran = intake(folder, "--json")
    document = json.loads(ran.stdout)
    assert document["targeting"] == {
        "applied": {
            "industry": ["Industry"],
            "company_size": ["Employees"],
            "location": ["City", "Country"],
        },
        "not_applied": [],
        "fit": 2,
        "no_fit": {"leads": 4, "fields": {"industry": 2, "company_size": 1, "location": 1}},
        "unknown": {
            "leads": 1,
            "fields": {"industry": 1, "company_size": 1},
            "action": "take",
        },
        "unreadable": ["company_size 'Enterprise'"],
    }
    assert document["unassigned"] == {"off_target": 4}
    assert document["leads"] == 7


def test_a_lead_that_is_in_the_campaign_stays(folder: Path) -> None:
    intake(folder)
    rows = [["fit", "95", "Retail", "12", "Sydney", "Australia"], *ROWS[:4]]
    write_rows(folder / "leads.csv", rows)
    ran = intake(folder, "--out", folder / "out.csv", day=TUESDAY)
    assert ran.code == 0
    added = read_added(folder / "out.csv")
    assert added["fit"] == ("", "already", "2026-11-23")
    assert added["retail"] == ("off_target", "unassigned", "")
    assert admitted(folder) == ["fit", "unsaid"]


NOTHING_MAPPED = (
    "  targeting not applied to industry, company_size and location: no column is mapped;"
    " --prospect industry=COLUMN maps one\n"
)


def test_what_is_not_applied_is_said(folder: Path) -> None:
    write_campaign(folder, TARGETING)
    ran = intake(folder, "--json")
    assert json.loads(ran.stdout)["targeting"]["not_applied"] == [
        "industry",
        "company_size",
        "location",
    ]
    assert admitted(folder) == ["big", "retail"]
    ran = intake(folder)
    assert NOTHING_MAPPED in ran.stdout
    ran = intake(folder, "--prospect", "location=Country", day=TUESDAY)
    assert (
        "  targeting not applied to industry and company_size: no column is mapped;" in ran.stdout
    )


def test_a_campaign_without_targeting_says_nothing(folder: Path) -> None:
    write_campaign(folder, f"daily_lead_limit = 2\n{MAPPED}")
    ran = intake(folder)
    assert ran.code == 0
    assert "argeting" not in ran.stdout
    assert admitted(folder) == ["big", "retail"]


def write_kind(folder: Path, kind: str) -> Path:
    path = folder / f"leads.{kind}"
    match kind:
        case "xlsx":
            book = openpyxl.Workbook()
            for row in [HEADER, *ROWS]:
                cells = [int(cell) if cell.isdigit() else cell or None for cell in row]
                book.active.append(cells)
            book.save(path)
        case "parquet":
            columns = zip(*ROWS, strict=True)
            pq.write_table(pa.table(dict(zip(HEADER, map(list, columns), strict=True))), path)
        case "tsv":
            path.write_bytes(make_text(mark="\t").encode("utf-16"))
        case "gz":
            path.write_bytes(gzip.compress(make_text(mark=";").encode("cp1252"), mtime=0))
        case _:
            write_rows(path, mark="|")
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "gz", "xlsx", "parquet"])
@pytest.mark.parametrize("end", ["csv", "xlsx", "parquet", "json"])
def test_every_kind_of_file_is_judged_alike(folder: Path, kind: str, end: str) -> None:
    leads, out = write_kind(folder, kind), folder / f"out.{end}"
    ran = run(
        *("intake", folder / "campaign.toml", leads, "--db", url(folder), "--by", "ann"),
        *("--day", "2026-11-23", "--today", "2026-11-23", "--out", out),
    )
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    assert "  4 leads do not fit: industry 2, company_size 1, location 1\n" in ran.stdout
    assert admitted(folder) == ["fit", "unsaid"]
    if end == "json":
        objects = json.loads(out.read_bytes())
        reasons = {row["lead_id"]: row["reason"] for row in objects}
        cells = [[str(cell) for cell in [*row.values()][: len(HEADER)]] for row in objects]
        assert [[cell.replace("None", "") for cell in row] for row in cells] == ROWS
    else:
        reasons = {lead_id: added[0] for lead_id, added in read_added(out).items()}
        with open_leads(str(out), ["lead_id"]) as file:
            assert [[*row[: len(HEADER)]] for _, _, row in file.rows(lambda _: None)] == ROWS
    assert {lead_id for lead_id, reason in reasons.items() if reason == "off_target"} == {*OFF}


def test_a_plan_with_the_file_of_a_campaign_leaves_out_the_same_leads(folder: Path) -> None:
    out = folder / "out.csv"
    ran = run(
        *("allocate", folder / "leads.csv", "--campaign", folder / "campaign.toml"),
        *("--unknown", "leave", "--out", out),
    )
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"{folder / 'leads.csv'}: 7 leads, 2 with a channel, 5 without")
    assert "4  off_target " in ran.stdout
    with open_leads(str(out), ["lead_id"]) as file:
        reasons = {row[0]: row[-1] for _, _, row in file.rows(lambda _: None)}
    assert reasons == {
        **dict.fromkeys(OFF, "off_target"),
        "unsaid": "fit_unknown",
        "fit": "",
        "second": "",
    }


@pytest.mark.parametrize("command", ["preview", "forecast", "explain", "check"])
def test_what_is_only_looked_at_is_judged_alike(folder: Path, command: str) -> None:
    files = (folder / "campaign.toml", folder / "leads.csv")
    day = ("--day", "2026-11-23")
    arguments: Mapping[str, Sequence[str | Path]] = {
        "preview": (*files, *day),
        "forecast": (*files, *day, "--days", "2"),
        "explain": ("retail", files[1], "--campaign", files[0], *day),
        "check": files,
    }
    database = () if command == "check" else ("--db", url(folder))
    ran = run(command, *arguments[command], *database)
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    if command == "check":
        assert "Sydney, Australia" in ran.stdout
        assert ran.stdout.count("location of the prospect") == 2
    elif command == "explain":
        assert ran.stdout.startswith("'retail' is left out: the lead does not fit the campaign's")
    else:
        assert "4  off_target" in ran.stdout
    assert "  4 leads do not fit: industry 2, company_size 1, location 1\n" in ran.stdout


def suggest_fitting(folder: Path) -> Any:  # noqa: ANN401  # whatever JSON holds
    """Begin the campaign with one lead, and let the AI suggest the others."""
    write_campaign(folder, TARGETING.replace("= 2", "= 20") + MAPPED)
    write_rows(folder / "leads.csv", ROWS[4:5])
    assert intake(folder).code == 0
    write_rows(folder / "leads.csv")
    ran = intake(folder, "--ai", "scout", "--json", "--today", TUESDAY, day=TUESDAY)
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    return json.loads(ran.stdout)


def test_an_ai_suggests_only_leads_that_fit(folder: Path) -> None:
    document = suggest_fitting(folder)
    (suggestion,) = document["suggestions"]
    assert {lead["id"] for lead in suggestion["command"]["leads"]} == {"unsaid", "second"}
    assert suggestion["unassigned"] == {}
    assert document["targeting"]["no_fit"]["leads"] == 4


def test_an_ai_has_nobody_to_suggest_if_nobody_fits(folder: Path) -> None:
    write_campaign(folder, TARGETING.replace("= 2", "= 20") + MAPPED)
    assert intake(folder).code == 0
    write_rows(folder / "leads.csv", ROWS[:3])
    ran = intake(folder, "--ai", "scout", day=TUESDAY)
    assert (ran.code, ran.stderr) == (0, "")
    assert "3  off_target" in ran.stdout


def test_leads_as_they_are_now_are_judged_again(folder: Path) -> None:
    waiting = suggest_fitting(folder)["suggestions"][0]["id"]
    fresh = write_rows(
        folder / "fresh.csv", [["second", "94", "Retail", "12", "Perth", "Australia"]]
    )
    options = ("--leads", fresh, *OPTIONS)
    before = admitted(folder)
    ran = decide(folder, "approve", waiting, *options)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"Error: {fresh}: no suggested lead fits the targeting, so nothing was approved\n"
        f"  {APPLIED}\n"
        "  1 lead does not fit: industry 1, location 1\n"
    )
    assert admitted(folder) == before
    write_rows(fresh, [ROWS[3], ["second", "94", "Retail", "12", "Perth", "Australia"]])
    ran = decide(folder, "approve", waiting, *options, "--preview")
    assert (
        "Not approved\n  1  off_target  the lead does not fit the campaign's targeting"
        in ran.stdout
    )
    done = decided(folder, "approve", waiting, *options)
    assert done["left_out"] == {"second": "off_target"}
    assert list(done["intake"]["assignments"]) == ["unsaid"]
    assert admitted(folder) == ["fit", "unsaid"]


def test_columns_that_are_missing_are_named_with_those_that_are_close(folder: Path) -> None:
    ran = intake(
        folder, "--prospect", "title=industri", "--prospect", "location=City,Contry", "--override"
    )
    assert (ran.code, ran.stdout) == (1, "")
    assert "--prospect title: column 'industri' is missing; is it 'Industry'?" in ran.stderr
    assert "--prospect location: column 'Contry' is missing; is it 'Country'?" in ran.stderr
