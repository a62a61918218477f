"""The checks of pages find what is wrong: each of them fails on a page that is bad in that way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import Block, browse, look_at, press_buttons
from tests.browser.test_pages import DOCS, faults_when_pasted

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

GOOD = "<p>Text of 16 px, black on white.</p>"
DARK = "<style>@media (prefers-color-scheme: dark) { p { background: #000; color: #333 } }</style>"
TEXT = '<text x="9" y="30" fill="#333">dark</text>'
BAD = [
    ("overflow", '<div style="width: 500px">wider than a phone</div>'),
    (
        "overflow",
        '<div style="width: 99px; overflow: hidden; white-space: pre">it is cut off here</div>',
    ),
    ("contrast", '<p style="color: #888">3.5:1</p>'),
    ("contrast", '<p style="color: #aaa; font-size: 24px">large, and 2.3:1</p>'),
    ("contrast", '<p style="opacity: 0.4">faint</p>'),
    ("contrast", '<div style="background: #346"><b style="color: #00f">blue on blue</b></div>'),
    ("contrast", '<p style="background: linear-gradient(#fff, #333)">dark at one end</p>'),
    ("contrast", f"{DARK}<p>bad in the dark only</p>"),
    ("contrast", f'<svg><rect width="99" height="60" fill="#111"/>{TEXT}</svg>'),
    ("console", "<script>console.error('oops')</script>"),
    ("console", "<script>nobodyHasDefinedThis()</script>"),
    ("failed", '<img src="missing.png" alt="">'),
    ("elsewhere", '<img src="https://example.org/a.png" alt="">'),
    ("elsewhere", "<style>p { background: url(//example.org/a.png) }</style>"),
]
# What else the browser tells of a request that fails.
ALONG = {"failed": {"console"}, "elsewhere": {"failed", "console"}}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrowserContext, str, Path]]:
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(DOCS / "_static/copy.js", folder)
    with browse(folder) as (context, address):
        yield context, address, folder


def show(browser: tuple[BrowserContext, str, Path], body: str) -> tuple[BrowserContext, str]:
    """Write a page with this body, and return where it is."""
    context, address, folder = browser
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">'
    (folder / "page.html").write_text(head + body, encoding="utf-8")
    return context, f"{address}/page.html"


def test_a_good_page_has_no_faults(browser: tuple[BrowserContext, str, Path]) -> None:
    assert not any(asdict(look_at(*show(browser, GOOD))).values())


@pytest.mark.parametrize(("kind", "body"), BAD)
def test_a_fault_is_found(kind: str, body: str, browser: tuple[BrowserContext, str, Path]) -> None:
    look = asdict(look_at(*show(browser, GOOD + body)))
    found = {name for name, faults in look.items() if faults}
    assert found == {kind} | ALONG.get(kind, set())


@pytest.mark.parametrize(
    ("language", "copied", "fault"),
    [
        ("python", ">>> x = 1\n", "SyntaxError"),
        ("python", "missing\n", "NameError"),
        ("python", "def f():\n    x = 1\n\n    return x\n\n", "IndentationError"),
        ("python", "for x in [1]:\n    print(x)\nprint(x)\n", "SyntaxError"),
        ("console", "echo two\n", "printed:\ntwo"),
    ],
)
def test_a_copy_that_does_not_run_is_found(
    language: str,
    copied: str,
    fault: str,
    browser: tuple[BrowserContext, str, Path],
    tmp_path: Path,
) -> None:
    body = f"""<div class="highlight-{language}" data-copy="{copied.replace(">", "&gt;")}">
    <pre>$ echo one\none</pre></div><script src="copy.js"></script>"""
    blocks = press_buttons(*show(browser, body))
    assert [block.copied for block in blocks] == [copied]
    assert fault in "\n".join(faults_when_pasted(blocks, tmp_path))


def test_without_a_clipboard_the_browser_copies_what_is_selected(
    browser: tuple[BrowserContext, str, Path],
) -> None:
    """As on a site that is served without TLS."""
    body = """<div class="highlight-python" data-copy="x = 1&#10;"><pre>x = 1</pre></div>
    <script src="copy.js"></script>"""
    context, address = show(browser, body)
    with context.new_page() as page:
        page.goto(address)
        page.evaluate("navigator.clipboard.writeText('before')")
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.hover("pre")
        page.click("button.copy")
        assert page.text_content("button.copy") == "Copied"
    with context.new_page() as page:
        page.goto(address)
        assert page.evaluate("navigator.clipboard.readText()") == "x = 1\n"


def test_an_error_that_a_session_shows_is_no_fault(tmp_path: Path) -> None:
    shown = ">>> int('x')\nTraceback (most recent call last):\n...\nValueError: invalid"
    blocks = [Block("python", "", shown, "int('x')\n")]
    assert faults_when_pasted(blocks, tmp_path) == []
    assert faults_when_pasted([Block("python", "", ">>> int('x')", "int('x')\n")], tmp_path)
