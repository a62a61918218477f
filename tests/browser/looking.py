"""Pages of a folder in a real browser: what is wrong with how they look, and what they copy."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDTHS = (390, 1_000)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")

# What each button puts on the clipboard, pressed one after another.
PRESS_ALL = """async () => {
  const copied = [];
  for (const block of document.querySelectorAll("[data-copy]")) {
    const button = block.querySelector("button.copy");
    const done = new Promise((resolve) => new MutationObserver(resolve)
      .observe(button, { childList: true, characterData: true, subtree: true }));
    button.click();
    await done;
    copied.push({
      language: block.className.match(/highlight-(\\w+)/)[1],
      entry: block.closest("dl.py")?.querySelector("dt").id || "",
      shown: block.querySelector("pre").textContent,
      copied: await navigator.clipboard.readText(),
    });
  }
  return copied;
}"""


class _Handler(SimpleHTTPRequestHandler):
    """Serve files without a line of log for each."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002
        return


@contextmanager
def serve(folder: Path) -> Generator[str]:
    """Serve a folder to this machine, and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def browse(folder: Path) -> Generator[tuple[BrowserContext, str]]:
    """Open a browser with an empty profile, and yield it with the address of a folder."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  of the extra `browser`

    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no Chromium on the PATH: none of {', '.join(PROGRAMS)}")
    with serve(folder) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        # Nothing is fetched from elsewhere, even where there is a network.
        context.route(lambda url: not _is_here(url), lambda route: route.abort())
        yield context, address
        browser.close()


@dataclass
class Block:
    """A block of code: what it shows, and what its button put on the clipboard.

    `entry` is the entry of the reference that it belongs to, if any.
    """

    language: str
    entry: str
    shown: str
    copied: str


@dataclass
class Look:
    """What is wrong with a page, by kind."""

    console: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    elsewhere: list[str] = field(default_factory=list[str])
    overflow: list[str] = field(default_factory=list[str])
    contrast: list[str] = field(default_factory=list[str])


def look_at(context: BrowserContext, address: str) -> Look:
    """Look at a page at each width, light and dark."""
    look = Look()
    with context.new_page() as page:
        _listen(page, look)
        page.goto(address)
        # Colours change at once, not over a moment.
        page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                found: Mapping[str, list[str]] = page.evaluate(LOOK)
                for kind, faults in found.items():
                    getattr(look, kind).extend(f"{width} {scheme} {fault}" for fault in faults)
    return look


def _listen(page: Page, look: Look) -> None:
    """Write down what a page logs, asks for in vain, and asks others for."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            look.console.append(message.text)

    def on_request(request: Request) -> None:
        if not _is_here(request.url):
            look.elsewhere.append(request.url)

    def on_response(response: Response) -> None:
        if not response.ok:
            look.failed.append(response.url)

    page.on("console", on_console)
    page.on("pageerror", lambda error: look.console.append(str(error)))
    page.on("request", on_request)
    page.on("requestfailed", lambda request: look.failed.append(request.url))
    page.on("response", on_response)


def press_buttons(context: BrowserContext, address: str) -> list[Block]:
    """Return what each copy button of a page puts on the clipboard."""
    with context.new_page() as page:
        page.goto(address)
        return [Block(**block) for block in page.evaluate(PRESS_ALL)]


def _is_here(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:"))
