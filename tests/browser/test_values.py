"""Every kind of value can be read in a browser: on phone and desk, in the light and the dark."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from campaignkit.display import as_html
from tests.browser.looking import browse, look_at
from tests.display.examples import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { background: #fff; color: #111; font: 14px sans-serif }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }
</style>"""


def test_every_kind_of_value_can_be_read(tmp_path: Path) -> None:
    shown = "".join(map(as_html, EXAMPLES))
    (tmp_path / "page.html").write_text(HEAD + shown, encoding="utf-8")
    with browse(tmp_path) as (context, address):
        look = look_at(context, f"{address}/page.html")
    assert not any(asdict(look).values()), look
