"""Each page of the site in Chromium: how it looks, and that what its buttons copy runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import Block, browse, look_at, press_buttons
from tests.browser.pasting import errors_at_the_prompt, errors_shown
from tests.test_documents import difference, run_command

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[2] / "docs"
SOURCES = [path for kind in ("md", "rst", "nb.py") for path in DOCS.rglob(f"*.{kind}")]
PAGES = sorted(
    [re.sub(r"\.(md|rst|nb\.py)$", "", path.relative_to(DOCS).as_posix()) for path in SOURCES]
    + ["genindex", "py-modindex", "search"]
)
PYTHON = {"python", "pycon", "ipython3", "default"}
# Between the entries of the reference, each of which stands alone.
FORGET = """\
for _name in [_name for _name in globals() if not _name.startswith("__")]:
    del globals()[_name]

"""


@pytest.fixture(scope="module")
def browser(site: Path) -> Iterator[tuple[BrowserContext, str]]:
    with browse(site) as opened:
        yield opened


def test_every_page_is_looked_at(site: Path) -> None:
    built = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert built == {f"{page}.html" for page in PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_it_looks_right(page: str, browser: tuple[BrowserContext, str]) -> None:
    context, address = browser
    look = asdict(look_at(context, f"{address}/{page}.html"))
    assert {kind: faults for kind, faults in look.items() if faults} == {}


def test_no_formula_is_cut(browser: tuple[BrowserContext, str]) -> None:
    context, address = browser
    with context.new_page() as page:
        page.set_viewport_size({"width": 1_000, "height": 800})
        page.goto(f"{address}/explanation/mathematics.html")
        shown = page.screenshot(full_page=True)
        page.add_style_tag(content=".math-block { overflow: visible !important; }")
        assert page.screenshot(full_page=True) == shown


@pytest.mark.parametrize("page", PAGES)
def test_what_its_buttons_copy_runs(
    page: str, browser: tuple[BrowserContext, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, address = browser
    blocks = press_buttons(context, f"{address}/{page}.html")
    shutil.copytree(DOCS / "examples", tmp_path / "docs/examples")
    folder = tmp_path
    if page.startswith("notebooks/"):
        folder = tmp_path / "docs/notebooks"
        folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    assert faults_when_pasted(blocks, folder) == []


def faults_when_pasted(blocks: list[Block], folder: Path) -> list[str]:
    """Paste Python at one prompt and commands in a shell, block after block, and tell what fails.

    A block that begins with the name of a file is saved as that file. An error that a block shows
    is no fault.
    """
    pasted: list[str] = []
    expected: list[str] = []
    entry = ""
    for block in blocks:
        if file := re.match(r"# (\w+\.py)\n", block.copied):
            (folder / file[1]).write_text(block.copied, encoding="utf-8")
        elif block.language in PYTHON:
            pasted += [FORGET] * (block.entry != entry) + [block.copied]
            expected += errors_shown(block.shown)
            entry = block.entry
    errors = errors_at_the_prompt("".join(pasted), folder) if pasted else []
    faults = [f"{kind}: {message}" for kind, message in errors]
    if [kind for kind, _ in errors] == expected:
        faults = []
    for block in blocks:
        if block.language == "console":
            faults += faults_in_a_shell(block)
    return faults


def faults_in_a_shell(block: Block) -> list[str]:
    """Run the copied commands one after another; together they print what the block shows."""
    commands = block.copied.replace("\\\n", "").splitlines()
    outputs = "".join(run_command(command)[1] for command in commands)
    session = block.shown.replace("\\\n", "")
    shown = "".join(line for line in session.splitlines(keepends=True) if line[:2] != "$ ")
    # Pages leave out empty lines at the end of a block.
    found = difference(shown.rstrip("\n") + "\n", outputs.rstrip("\n") + "\n")
    return [f"{block.copied}{found}"] if found else []
