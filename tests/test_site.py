"""The documentation builds without a warning, loads nothing from elsewhere, and is whole."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
PUBLIC = (
    "campaignkit",
    "campaignkit.errors",
    "campaignkit.commands",
    "campaignkit.planning",
    "campaignkit.targeting",
    "campaignkit.tools",
    "campaignkit.mcp",
    "campaignkit.storage",
    "campaignkit.storage.sqlalchemy",
    "campaignkit.frames",
    "campaignkit.display",
    "campaignkit.notebook",
    "campaignkit.testing",
    "campaignkit.testing.strategies",
)
NOTEBOOKS = sorted(
    path.name.removesuffix(".nb.py") for path in (ROOT / "docs/notebooks").glob("*.nb.py")
)


class Page(HTMLParser):
    """What a page loads, where its links lead, and the places in it that links may lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = {""}
        self.descriptions: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        if tag == "meta" and given.get("name") == "description":
            self.descriptions.append(given["content"])
        if tag == "a":
            self.links += [given["href"]] if "href" in given else []
        elif tag != "link" or given.get("rel") not in {"next", "prev", "index", "search"}:
            self.loaded += [given[n] for n in ("src", "srcset", "data", "href") if n in given]


@pytest.fixture(scope="module")
def pages(site: Path) -> Mapping[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def _inventory(site: Path) -> set[str]:
    """Return the names that the site's inventory has, which other projects link to."""
    packed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(packed).decode().splitlines()
    return {line.split(" ")[0] for line in lines if " py:" in line}


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_has_an_entry(module: str, site: Path) -> None:
    names = {f"{module}.{name}" for name in import_module(module).__all__}
    assert names - _inventory(site) == set()


def test_no_page_loads_anything_from_elsewhere(pages: Mapping[Path, Page]) -> None:
    loaded = {source for page in pages.values() for source in page.loaded}
    assert {source for source in loaded if source.startswith("_static/")}
    elsewhere = [one for one in loaded if urlsplit(one).netloc or urlsplit(one).scheme == "http"]
    assert [one for one in elsewhere if not one.startswith("data:")] == []


def test_no_style_or_script_loads_anything_from_elsewhere(site: Path) -> None:
    for path in [*site.rglob("*.css"), *site.rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""(@import|url\()\s*["']?(https?:)?//""", text), path
    for path in site.rglob("*.html"):
        for script in re.findall("<script[^>]*>(.*?)</script>", path.read_text("utf-8"), re.DOTALL):
            assert "//" not in script, path


def test_no_link_is_broken(site: Path, pages: Mapping[Path, Page]) -> None:
    broken: list[tuple[str, str]] = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            exists = target in pages or (target.is_file() and not parts.fragment)
            if not exists or (
                target in pages and unquote(parts.fragment) not in pages[target].places
            ):
                broken.append((str(path.relative_to(site)), link))
    assert broken == []
    assert sum(len(page.links) for page in pages.values()) > 1_000


def test_every_page_is_reached_from_the_first(site: Path, pages: Mapping[Path, Page]) -> None:
    first = site / "index.html"
    linked = {(site / unquote(urlsplit(link).path)).resolve() for link in pages[first].links}
    assert written(pages, site) - linked - {first} == set()


def written(pages: Mapping[Path, Page], site: Path) -> set[Path]:
    """Return the pages that Sphinx does not make of itself."""
    return pages.keys() - {site / f"{name}.html" for name in ("genindex", "py-modindex", "search")}


def test_every_page_has_a_description_of_its_own(site: Path, pages: Mapping[Path, Page]) -> None:
    descriptions = {path: pages[path].descriptions for path in written(pages, site)}
    wrong = {
        path.relative_to(site).as_posix(): found
        for path, found in descriptions.items()
        if [50 <= len(one) <= 160 for one in found] != [True]
    }
    assert wrong == {}
    assert len({one for [one] in descriptions.values()}) == len(descriptions)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_each_notebook_was_run_and_shows_pictures(notebook: str, site: Path) -> None:
    text = (site / f"notebooks/{notebook}.html").read_text(encoding="utf-8")
    assert "<section aria-label=" in text
    assert text.count('class="cell_output') >= 3
    assert "Traceback" not in text


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_each_notebook_can_be_downloaded_and_runs_in_any_folder(
    notebook: str, site: Path, pages: Mapping[Path, Page], tmp_path: Path
) -> None:
    file = f"{notebook}.ipynb"
    assert file in pages[site / f"notebooks/{notebook}.html"].links
    assert f"../notebooks/{file}" in pages[site / "guides/notebooks.html"].links
    text = (site / "notebooks" / file).read_text(encoding="utf-8")
    v4: Any = nbformat.v4  # has no type hints
    book = v4.reads(text)
    assert not any(cell.get("outputs") for cell in book.cells)
    NotebookClient(book, timeout=60, resources={"metadata": {"path": tmp_path}}).execute()
    assert sum(bool(cell.get("outputs")) for cell in book.cells) >= 3
    assert list(tmp_path.iterdir()) == []


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 3
