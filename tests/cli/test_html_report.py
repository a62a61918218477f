"""The page that `--report` writes: its numbers, its text, and what may not be written over."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaignkit.cli._report import save_report
from campaignkit.cli._terminal import Result
from campaignkit.display._document import Column, Document, Part, Sentences, Table
from campaignkit.display._html_page import render_html_page
from campaignkit.display._make_document import make_document
from tests.cli.campaigns import MONDAY, TUESDAY, intake, url, write_campaign, write_hot
from tests.cli.running import Run, run, spawn, write_leads
from tests.cli.test_allocate import EXAMPLE, OPTIONS
from tests.display.examples import EXAMPLES
from tests.display.reading_html import Element, parsed
from tests.hostile import SPOILT, assert_safe

MARKUP = "\"'><script>alert(1)<\x2fscript><img src=x onerror=alert(2)><!-- </style> &lt;b&gt;"
DOCTYPE = "<!doctype html>\n"


@frozen
class Page:
    """A page as its reader sees it."""

    tree: Element

    @property
    def title(self) -> str:
        return self.tree.all("title")[0].text

    @property
    def body(self) -> Element:
        (body,) = self.tree.all("body")
        return body

    def section(self, caption: str) -> Element | None:
        """Return the section whose heading begins so."""
        for section in self.tree.all("section"):
            if any(heading.text.startswith(caption) for heading in section.all("h2")):
                return section
        return None

    def rows(self, caption: str) -> Sequence[Sequence[str]]:
        """Return the cells of the table of a section, without the bars, which have no text."""
        section = self.section(caption)
        return [] if section is None else section.all("table")[0].rows()

    def lines(self, caption: str) -> Sequence[str]:
        section = self.section(caption)
        return [] if section is None else [item.text for item in section.all("li")]


def read_page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(DOCTYPE)
    return Page(parsed(text.removeprefix(DOCTYPE)))


def read_json(ran: Run) -> dict[str, Any]:
    assert (ran.code, ran.stderr) == (0, "")
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


# --- every number is that of the JSON ------------------------------------------------------------


def check_numbers(page: Page, document: Mapping[str, Any]) -> None:
    """Hold that the page has the numbers of the JSON, and no others."""
    asked = document.get("allocation") or document["progress"]["allocation"]
    counts, target = document["counts"], document["target"]
    carried = document["carried"] if any(document["carried"].values()) else None
    shares = document["share"]
    table, *_ = page.tree.all("table")
    head, *rows, total = table.rows()
    assert [dict(zip(head, row, strict=True)) for row in rows] == [
        {
            "channel": channel,
            "asked": f"{asked[channel]}%",
            **({"carried": f"{carried[channel]:,}"} if carried else {}),
            "target": f"{target[channel]:,}",
            "given": f"{count:,}",
            "difference": f"{count - target[channel]:+,}".replace("-", "−").replace("+0", "0"),
            "share": "" if shares[channel] is None else f"{shares[channel]:.1f}%",
            "given (| = target)": "",
        }
        for channel, count in counts.items()
    ]
    sums = [carried, target, counts] if carried else [target, counts]
    assert total == ["total", "100%", *(f"{sum(each.values()):,}" for each in sums), "", "", ""]

    _, *tiers = page.rows("From tiers") or [[]]
    assert {tier: (leads, *(cell or "0" for cell in cells)) for tier, leads, *cells in tiers} == {
        tier: (
            f"{one['leads']:,}",
            *(f"{leads:,}" for leads in one["channels"].values()),
            f"{one['leads'] - sum(one['channels'].values()):,}",
        )
        for tier, one in document["tiers"].items()
        if one["leads"]
    }
    without = {
        reason: number
        for kind in ("unassigned", "deferred")
        for reason, number in document.get(kind, {}).items()
    }
    without |= {"already": document["already"]} if document.get("already") else {}
    given = page.rows("Without a channel") or page.rows("Not admitted")
    assert {reason: number for number, reason, _ in given} == {
        reason: f"{number:,}" for reason, number in without.items()
    }
    said = page.lines("Bottlenecks")
    assert len(said) == len(document["bottlenecks"])
    for line, bottleneck in zip(said, document["bottlenecks"], strict=True):
        leads = f"{bottleneck['room']:,} lead" + ("" if bottleneck["room"] == 1 else "s")
        assert f"room for {leads}, {bottleneck['wanted']:,} wanted" in line
    for kind, words in (("bad_rows", "bad row"), ("dropped_rows", "row of lead")):
        check_left_out(page, document[kind], words)
    check_reading(page, document["read_as"])


def check_left_out(page: Page, rows: Mapping[str, Any], words: str) -> None:
    """Hold that the page has the number of rows, and the first ten with their lines."""
    number, first = rows["count"], rows["first"]
    words = words.replace("row", "row" if number == 1 else "rows", 1)
    lines = page.lines(f"Left out: {number:,} {words}")
    assert len(lines) == min(number, 10) + (number > 10)
    for line, row in zip(lines, first, strict=False):
        assert line.startswith(f"line {row['line']}: ")
        assert all(fault["expected"] in line for fault in row["faults"])
    if number > 10:
        assert lines[-1] == f"and {number - 10:,} more"


def check_reading(page: Page, read_as: Mapping[str, Any]) -> None:
    first, *_ = page.tree.all("section")
    said = " ".join(item.text for item in first.all("li"))
    rows = f"{read_as['rows']:,} row" + ("" if read_as["rows"] == 1 else "s")
    assert re.search(rf"read as: comma, UTF-8, {rows}\b", said)
    below = read_as["footer_lines"]
    assert (" below the rows left out" in said) is bool(below)
    if below:
        assert re.search(rf", {below:,} lines? below the rows left out", said)
    for column in read_as["blank_columns"]:
        assert f"{column} is blank in all {rows}" in said


ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcdefghijklmnop"),
        st.sampled_from(["95", "91", "77", "70", "45", "30", "25", "5", "", "101", "x"]),
        st.sampled_from(["", "no", "yes", "maybe"]),
        st.sampled_from(["", "1"]),
    ),
    min_size=1,
    max_size=30,
)
COLUMNS = ("--block", "email=no_email", "--need", "voice=phone", "--skip-bad")


def write_rows(folder: Path, rows: Sequence[Sequence[str]], footers: int) -> Path:
    path = write_leads(folder / "leads.csv", rows, "lead_id,als_score,no_email,phone")
    with path.open("a", encoding="utf-8") as file:
        file.write("Total,,,\n" * footers)
    return path


PROPERTY = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@PROPERTY
@given(
    ROWS,
    st.integers(0, 2),
    st.tuples(
        st.sampled_from(["--duplicates=first", "--duplicates=best", "--duplicates=refuse"]),
        st.sampled_from(["--overflow=reassign", "--overflow=hold"]),
        st.sampled_from(["--carried=email=1234,sms=7", "--at-most=linkedin=1"]),
    ),
)
def test_the_numbers_of_allocate_are_those_of_the_json(
    tmp_path: Path,
    rows: list[tuple[str, str, str, str]],
    footers: int,
    options: tuple[str, str, str],
) -> None:
    leads, report = write_rows(tmp_path, rows, footers), tmp_path / "report.html"
    report.unlink(missing_ok=True)
    ran = run("allocate", leads, *COLUMNS, *options, "--json", "--report", report)
    if ran.code:
        assert not report.exists()
        return
    document, page = read_json(ran), read_page(report)
    check_numbers(page, document)
    placed = document["leads"] - document["placed"]
    assert page.title.endswith(f", {document['placed']:,} with a channel, {placed:,} without")


@settings(PROPERTY, max_examples=10)
@given(ROWS, ROWS, st.integers(1, 8))
def test_the_numbers_of_intakes_are_those_of_the_json(
    tmp_path: Path,
    monday: list[tuple[str, str, str, str]],
    tuesday: list[tuple[str, str, str, str]],
    daily: int,
) -> None:
    write_campaign(tmp_path, f"daily_lead_limit = {daily}\ntotal_lead_limit = 9\n")
    (tmp_path / "campaigns.db").unlink(missing_ok=True)
    report = tmp_path / "report.html"
    for day, rows in ((MONDAY, monday), (TUESDAY, tuesday)):
        write_rows(tmp_path, rows, footers=0)
        report.unlink(missing_ok=True)
        ran = intake(
            *(tmp_path, *COLUMNS, "--duplicates", "best", "--json", "--report", report), day=day
        )
        if ran.code:
            assert not report.exists()
            continue
        document, page = read_json(ran), read_page(report)
        check_numbers(page, document)
        admitted = f"{document['admitted']:,} admitted to Sydney agencies on {day}"
        assert page.title.endswith(admitted)
        progress = document["progress"]
        assert page.rows("Progress") == [
            [day, f"{progress['admitted_today']} of {leads(daily)} a day"],
            ["in all", f"{progress['admitted_total']} of 9 leads"],
        ]


def leads(number: int) -> str:
    return f"{number} lead{'' if number == 1 else 's'}"


FILES = ("{0}/campaign.toml", "{0}/leads.csv")
DAY = ("--day", MONDAY)
INTAKE = (*FILES, "--db", "sqlite:///{0}/campaigns.db", "--day", MONDAY)
COMMANDS: dict[str, Sequence[str]] = {
    "allocate": ("{0}/leads.csv",),
    "intake": (*INTAKE, "--by", "ann", "--today", MONDAY),
    "preview": INTAKE,
    "forecast": (*FILES, "--day", MONDAY, "--days", "5"),
    "horizons": (*FILES, "--day", MONDAY, "--days", "5", "--horizon", "1", "--horizon", "pool"),
    "compare": ("{0}/leads.csv", "--campaign", "{0}/campaign.toml", "--mix", "calls=voice=100"),
}
"""The commands with a report, and their arguments in a folder."""


def fill_folder(folder: Path) -> None:
    write_campaign(folder, "daily_lead_limit = 20\n")
    (folder / "leads.csv").write_bytes(EXAMPLE.read_bytes())
    with (folder / "leads.csv").open("a", encoding="utf-8") as file:
        file.write("bad,x,,,\nTotal,,,,\n")


def run_with_report(folder: Path, name: str, *more: str) -> tuple[Run, Page]:
    """Run one of the commands on a file with one bad row, and read its report."""
    command = "forecast" if name == "horizons" else name
    arguments = [each.format(folder) for each in COMMANDS[name]]
    report = folder / "report.html"
    ran = run(command, *arguments, *OPTIONS, "--skip-bad", "--report", report, *more)
    return ran, read_page(report)


@pytest.mark.parametrize("command", COMMANDS)
def test_it_has_the_text_of_the_printed_report(tmp_path: Path, command: str) -> None:
    """Whatever is printed, line by line, but for what is said of files and of the database."""
    fill_folder(tmp_path)
    ran, page = run_with_report(tmp_path, command)
    assert (ran.code, ran.stderr) == (0, "")
    said = re.sub(r"[─\s,]+", "", page.body.text.replace("−", "-"))
    lines = ran.stdout.splitlines()
    missing = [line for line in lines if re.sub(r"[─\s,]+", "", line) not in said]
    about_files = "Wrote |The rows were not written|The database knows|Nothing was stored"
    assert [line for line in missing if not re.match(about_files, line)] == []
    assert not re.search(about_files, page.body.text)
    end = r"\n(\nNothing was stored in the database; .*\n)?"
    assert re.search(rf"\nWrote {re.escape(str(tmp_path))}/report\.html{end}\Z", ran.stdout)
    assert len(page.lines("Left out: 1 bad row")) == 1


def test_the_numbers_of_a_forecast_are_those_of_the_json(tmp_path: Path) -> None:
    fill_folder(tmp_path)
    ran, page = run_with_report(tmp_path, "forecast", "--json")
    forecast = read_json(ran)["forecasts"]["1"]
    (table, *_) = page.tree.all("table")
    _, *rows = table.rows()
    assert [row[:8] for row in rows] == [
        [
            *(day["day"], f"{sum(day['counts'].values())}"),
            *map(str, day["counts"].values()),
            f"{day['progress']['admitted_total']}",
        ]
        for day in forecast["days"]
    ]


def test_the_numbers_of_a_comparison_are_those_of_the_json(tmp_path: Path) -> None:
    fill_folder(tmp_path)
    ran, page = run_with_report(tmp_path, "compare", "--json")
    mixes = read_json(ran)["mixes"]
    (table, *_) = page.tree.all("table")
    groups, _, *rows, total = table.rows()
    assert [name for name in groups if name] == ["campaign", "calls"] == [*mixes]
    for channel, *cells in rows:
        for mix in mixes.values():
            count, all_of_it = mix["counts"][channel], sum(mix["counts"].values())
            expected = [f"{mix['allocation'][channel]}%", f"{count:,}"]
            expected += [f"{100 * count / all_of_it:.1f}%", f"{mix['shortfall'][channel]:,}"]
            assert cells[:4] == expected
            del cells[:4]
    assert [cell for cell in total[1:] if cell and cell != "100%"] == [
        f"{sum(mix[kind].values()):,}" for mix in mixes.values() for kind in ("counts", "shortfall")
    ]


def test_it_is_the_same_with_json_and_without(tmp_path: Path) -> None:
    for name, more in (("a.html", ()), ("b.HTM", ("--json",))):
        assert run("allocate", EXAMPLE, *OPTIONS, *more, "--report", tmp_path / name).code == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.HTM").read_bytes()


def test_its_days_are_those_of_the_data(tmp_path: Path) -> None:
    write_campaign(tmp_path)
    write_hot(tmp_path, range(30))
    report = tmp_path / "report.html"
    assert run("allocate", tmp_path / "leads.csv", "--report", report).code == 0
    dates = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")
    assert not dates.findall(report.read_text(encoding="utf-8"))
    assert intake(tmp_path, "--report", report, day=TUESDAY).code == 0
    assert {*dates.findall(report.read_text(encoding="utf-8"))} == {TUESDAY}


def test_a_preview_is_reported_as_what_would_be_done(tmp_path: Path) -> None:
    write_campaign(tmp_path, "daily_lead_limit = 20\n")
    write_hot(tmp_path, range(30))
    report, csv = tmp_path / "report.html", tmp_path / "out.csv"
    files = (tmp_path / "campaign.toml", tmp_path / "leads.csv")
    options = (*files, "--db", url(tmp_path), "--day", MONDAY, "--out", csv, "--report", report)
    document = read_json(run("preview", *options, "--json"))
    check_numbers(read_page(report), document)
    assert "20 would be admitted to Sydney agencies" in read_page(report).title
    said = run("preview", *options).stdout
    assert f"Wrote {csv}\n\nWrote {report}\n\nNothing was stored in the database; " in said


def test_what_waits_for_approval_is_reported(tmp_path: Path) -> None:
    write_campaign(tmp_path, 'permission_mode = "co_pilot"\n')
    write_hot(tmp_path, range(3))
    report = tmp_path / "report.html"
    ran = intake(tmp_path, "--ai", "scout", "--report", report)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.endswith(f"Wrote {report}\n")
    text = read_page(report).body.text
    assert "Nothing more is done until a user has approved this." in text
    assert "scout" in text


# --- text from outside is no markup --------------------------------------------------------------


def shape(element: Element) -> list[tuple[str, tuple[str, ...]]]:
    """Return all elements with the names of their attributes, in their order."""
    return [(each.tag, tuple(each.attributes)) for each in element.all()]


def write_with_text(folder: Path, text: str) -> Path:
    """Write a campaign and leads; the text is wherever text may be."""
    quoted = text.replace('"', '""')
    (folder / "campaign.toml").write_text(
        'id = "5f0f3d5c-43f5-4c1b-9a37-0d1f6a1c7e52"\n'
        'client_id = "7a1c2f5e-0d8b-4c55-9a53-0f2d7f1f3a10"\n'
        f"name = {json.dumps(text)}\ntotal_lead_limit = 9\n"
    )
    path = folder / f"{text.replace('/', '')[:60]}.csv"
    path.write_text(
        f'lead_id,als_score,"{quoted}","b{quoted}"\n"a{quoted}",90,yes,\n"A{quoted}",90,,\n'
        f'c,"{quoted}",,\nd,50,"{quoted}",\ne,60,,\ne,70,,\n"f{quoted}",5\n',
        encoding="utf-8",
        newline="",
    )
    return path


@pytest.mark.parametrize("text", [MARKUP, SPOILT.replace("\x00", ""), "<", "&amp;", "'\"\\u003c"])
@pytest.mark.parametrize("command", ["allocate", "intake"])
def test_text_from_outside_is_no_markup(tmp_path: Path, text: str, command: str) -> None:
    pages: list[Page] = []
    for name, outside in (("plain", "text"), ("hostile", text)):
        folder = tmp_path / name
        folder.mkdir()
        leads, report = write_with_text(folder, outside), folder / "report.html"
        rows = ("--skip-bad", "--duplicates", "first")
        columns = ("--block", f"email={outside}", "--need", f"sms=b{outside}")
        options = (*rows, *columns, "--report", report)
        if command == "allocate":
            ran = run("allocate", leads, *options)
        else:
            db, campaign = f"sqlite:///{folder}/campaigns.db", folder / "campaign.toml"
            who = ("--db", db, "--day", MONDAY, "--by", f"ann{outside}", "--today", MONDAY)
            ran = run("intake", campaign, leads, *who, *options)
        assert ran.code == 0, ran.stderr
        assert_safe(report.read_text(encoding="utf-8"))
        pages.append(read_page(report))
    plain, hostile = pages
    assert shape(plain.tree) == shape(hostile.tree)
    assert len(hostile.lines("Left out: 3 bad rows")) == 3


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_the_document_of_any_value_makes_a_page(value: object) -> None:
    """So any command can write its report as a page."""
    document = make_document(value)
    text = render_html_page(document, f"made by {MARKUP}")
    page = Page(parsed(text.removeprefix(DOCTYPE)))
    assert page.title == document.title
    assert [each.text for each in page.tree.all("h1")] == [document.title]
    captions = [part.caption for part in document.parts if part.caption]
    assert [each.text for each in page.tree.all("h2", "p")] == captions
    assert not page.tree.all("script", "img", "a", "iframe", "object")
    (footer,) = page.tree.all("footer")
    assert footer.text == f"made by {MARKUP}"


def test_a_table_without_a_caption_is_under_no_heading_of_another_part() -> None:
    table = Table([Column("x")], [["1"]])
    parts: list[Part] = [
        Sentences(["a"]),
        table,
        Sentences(["b"], "B"),
        table,
        Sentences([], "C."),
        table,
    ]
    text = render_html_page(Document("title", parts), "footer")
    sections = parsed(text.removeprefix(DOCTYPE)).all("section")
    assert [
        [each.tag for each in section.all("h2", "p", "li", "table")] for section in sections
    ] == [
        ["li", "table"],
        ["h2", "li"],
        ["table"],
        ["p"],
        ["table"],
    ]


def test_it_loads_nothing(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    assert run("allocate", EXAMPLE, *OPTIONS, "--report", report).code == 0
    text, page = report.read_text(encoding="utf-8"), read_page(report)
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<script|javascript:| on\w+=", text)
    (policy,) = [each for each in page.tree.all("meta") if "http-equiv" in each.attributes]
    assert policy.attributes["content"].startswith("default-src 'none'; ")
    (icon,) = page.tree.all("link")
    assert icon.attributes["href"] == "data:,"  # or else a browser asks the server for one
    assert run("--version").stdout.strip() in page.body.text


def test_a_page_without_a_title_is_named_after_its_footer(tmp_path: Path) -> None:
    save_report(str(tmp_path / "x.html"), Result(Document(""), {}))
    page = read_page(tmp_path / "x.html")
    assert page.title == run("--version").stdout.strip()
    assert not page.tree.all("h1")


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "-", "report", "report.pdf", "report.html.csv", "html"])
@pytest.mark.parametrize("command", ["allocate", "intake"])
def test_another_suffix_is_refused(tmp_path: Path, command: str, path: str) -> None:
    write_campaign(tmp_path)
    leads = write_hot(tmp_path, range(3))
    if command == "allocate":
        ran = run("allocate", leads, "--report", path)
    else:
        ran = intake(tmp_path, "--report", path)
    assert ran.code == 2
    assert f"--report must end in .html or .htm, not {path!r}" in ran.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"leads.csv", "campaign.toml"}


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("leads.html", (), "the leads are read from it"),
        ("./../{folder}/leads.html", (), "the leads are read from it"),
        ("campaign.html", (), "the campaign is read from it"),
        ("data.html", (), "the database is kept in it"),
        ("link.html", ("--out", "new.csv"), "--out writes it"),
        ("rejects.html", ("--rejects", "no.csv"), "--rejects writes it"),
        ("folder.html", (), "it is a folder"),
        ("none/report.html", (), "there is no folder {folder}/none"),
    ],
)
def test_no_other_file_is_written_over(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    more: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_campaign(tmp_path).rename("campaign.html")
    write_hot(tmp_path, range(3)).rename("leads.html")
    Path("folder.html").mkdir()
    Path("link.html").symlink_to("new.csv")
    Path("rejects.html").symlink_to("no.csv")
    before = {each: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}
    report, said = name.format(folder=tmp_path.name), said.format(folder=tmp_path)
    options = ("--db", "sqlite:///data.html", *DAY, "--by", "ann", *more)
    for command in (
        ("intake", "campaign.html", "leads.html", *options),
        ("preview", "campaign.html", "leads.html", *options),
        ("forecast", "campaign.html", "leads.html", "--db", "sqlite:///data.html", *DAY),
        ("compare", "leads.html", "--campaign", "campaign.html"),
        ("allocate", "leads.html", "--campaign", "campaign.html", *more),
    ):
        if command[0] in {"allocate", "compare"} and name == "data.html":
            continue
        if command[0] in {"forecast", "compare"} and more:
            continue
        ran = run(*command, "--report", report)
        assert (ran.code, ran.stdout) == (1, "")
        assert ran.stderr == f"Error: cannot write --report {report}: {said}\n"
        after = {each: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}
        assert after == before


@pytest.mark.parametrize("before", [None, "as it was"])
@pytest.mark.parametrize("options", [(), ("--score", "no"), ("--duplicates", "first")])
def test_a_command_that_fails_leaves_no_report(
    tmp_path: Path, before: str | None, options: tuple[str, ...]
) -> None:
    write_campaign(tmp_path)
    leads = write_rows(tmp_path, [("a", "x", "", ""), ("b", "90", "", "1")], footers=0)
    report = tmp_path / "report.html"
    if before is not None:
        report.write_text(before, encoding="utf-8")
    for ran in (
        run("allocate", leads, *options, "--report", report),
        intake(tmp_path, *options, "--report", report),
    ):
        assert ran.code == 1
        assert not list(tmp_path.glob(".campaignkit*"))
        assert report.exists() is (before is not None)
        assert before is None or report.read_text(encoding="utf-8") == before


def test_a_warning_that_ends_the_command_leaves_no_report(tmp_path: Path) -> None:
    write_campaign(tmp_path)
    leads = write_leads(tmp_path / "leads.csv", [("a", 0.5), ("b", 1)], "lead_id,als_score")
    report = tmp_path / "report.html"
    for ran in (
        run("allocate", leads, "--strict", "--report", report),
        intake(tmp_path, "--strict", "--report", report),
    ):
        assert ran.code == 1
        assert {each.name for each in tmp_path.iterdir()} <= {"leads.csv", "campaign.toml"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk here is always full")
def test_a_full_disk(tmp_path: Path) -> None:
    write_campaign(tmp_path)
    leads = write_hot(tmp_path, range(3))
    report = tmp_path / "report.html"
    report.symlink_to("/dev/full")
    ran = run("allocate", leads, "--report", report)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr == f"Error: cannot write {report}: No space left on device\n"
    assert intake(tmp_path, "--report", report).code == 1
    report.unlink()
    assert intake(tmp_path, "--json").code == 0  # nothing was stored before: all are admitted now
    assert read_json(intake(tmp_path, "--json"))["already"] == 3


def test_an_undecodable_name_is_escaped(tmp_path: Path) -> None:
    leads = write_hot(tmp_path, range(3))
    path = str(tmp_path / "\udcff<b>.csv")
    leads.rename(path)
    assert spawn("allocate", path, "--report", tmp_path / "report.html").returncode == 0
    assert r"\udcff<b>.csv: 3 leads" in read_page(tmp_path / "report.html").title
