"""Reports that `--report` writes, in a browser: on phone and desk, light and dark, and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from campaignkit import Allocation, compare
from campaignkit.cli._report import save_report
from campaignkit.cli._terminal import Result
from campaignkit.display._make_document import make_document
from tests.browser.looking import LOOK, SCHEMES, browse, look_at
from tests.cli.campaigns import MONDAY, TUESDAY, intake, write_campaign
from tests.cli.running import run
from tests.cli.test_allocate import EXAMPLE, OPTIONS
from tests.display.examples import COLD, FORECAST

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

PAGES = ("allocate", "intake", "bad", "forecast", "comparison")
A4 = {"width": 673, "height": 1_000}  # px between its margins

# Where each piece that must not be cut ends on the right, and what colours there are.
ON_PAPER = """() => ({
  ends: [...document.querySelectorAll("h1, h2, table, svg, li")].map(
    (piece) => piece.getBoundingClientRect().right),
  uncut: ["section", "table", "tr", "svg", "li"].filter((name) =>
    [...document.querySelectorAll(name)].some(
      (piece) => getComputedStyle(piece).breakInside !== "avoid")),
  ground: getComputedStyle(document.body).backgroundColor,
  ink: getComputedStyle(document.body).color,
  isExact: getComputedStyle(document.body).printColorAdjust === "exact",
})"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrowserContext, str]]:
    folder = tmp_path_factory.mktemp("reports")
    write_reports(folder)
    with browse(folder) as opened:
        yield opened


def write_reports(folder: Path) -> None:
    """Write a report of each kind; one is of a file with all that can be wrong with rows."""
    carried = ("--carried", "email=1234567,linkedin=345678", "--at-most", "linkedin=20")
    ran = run("allocate", EXAMPLE, *OPTIONS, *carried, "--report", folder / "allocate.html")
    assert ran.code == 0
    name = f"{'A very long name without an end ' * 5}{'x' * 200}"
    write_campaign(folder, "daily_lead_limit = 50\n")
    campaign = folder / "campaign.toml"
    campaign.write_text(campaign.read_text("utf-8").replace("Sydney agencies", name), "utf-8")
    (folder / "leads.csv").write_bytes(EXAMPLE.read_bytes())
    for day in (MONDAY, TUESDAY):
        assert intake(folder, *OPTIONS, "--report", folder / "intake.html", day=day).code == 0
    long = "y" * 300
    rows = "".join(f"lead-{n},{long}{n},,\n" for n in range(20))
    (folder / "bad.csv").write_text(
        f"lead_id,als_score,{long},phone\n{rows}a,90,,\na,80,,\nb,7,8\nTotal,,,\n", "utf-8"
    )
    options = ("--skip-bad", "--duplicates", "best", "--block", f"email={long}")
    assert run("allocate", folder / "bad.csv", *options, "--report", folder / "bad.html").code == 0
    mixes = {f"mix {n}": Allocation(voice=n, email=100 - n) for n in range(7)}
    for name, value in (("forecast", FORECAST), ("comparison", compare(mixes, COLD))):
        save_report(str(folder / f"{name}.html"), Result(make_document(value), {}))


@pytest.mark.parametrize("page", PAGES)
def test_it_can_be_read(page: str, browser: tuple[BrowserContext, str]) -> None:
    context, address = browser
    look = asdict(look_at(context, f"{address}/{page}.html"))
    assert {kind: faults for kind, faults in look.items() if faults} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", PAGES)
def test_it_can_be_printed(
    page: str, scheme: Literal["light", "dark"], browser: tuple[BrowserContext, str]
) -> None:
    context, address = browser
    with context.new_page() as paper:
        paper.goto(f"{address}/{page}.html")
        paper.set_viewport_size({"width": A4["width"], "height": A4["height"]})
        paper.emulate_media(media="print", color_scheme=scheme)
        found: dict[str, Any] = paper.evaluate(ON_PAPER)
        assert paper.evaluate(LOOK) == {"overflow": [], "contrast": []}
        printed = paper.pdf(format="A4")
    assert max(found["ends"]) <= A4["width"] + 1
    assert found["uncut"] == []
    assert (found["ground"], found["ink"]) == ("rgb(255, 255, 255)", "rgb(31, 35, 40)")
    assert found["isExact"]  # or else bars are left out
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 3


def test_it_needs_no_script(browser: tuple[BrowserContext, str]) -> None:
    context, address = browser
    assert context.browser is not None
    bare = context.browser.new_context(java_script_enabled=False)
    with bare.new_page() as page:
        page.goto(f"{address}/intake.html")
        assert page.locator("h1").is_visible()
        assert page.locator("svg").is_visible()
        assert page.locator("table").count() == 4
    bare.close()
