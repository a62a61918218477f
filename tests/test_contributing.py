"""The table of rules in docs/contributing.md names modules and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+) \| (.+) \| (.+) \| `(\S+)::(\w+)` \|$", PAGE, re.MULTILINE)


def test_each_rule_has_a_row() -> None:
    table = PAGE.partition("| rule |")[2].partition("\n\n")[0]
    assert len(ROWS) == table.count("\n") - 1 > 0


def test_homes_and_ports_are_modules() -> None:
    modules = [name for _, *cells, _, _ in ROWS for name in re.findall(r"`(\S+\.py)`", str(cells))]
    assert not [name for name in modules if not (ROOT / "src/campaignkit" / name).is_file()]


def test_parity_tests_exist() -> None:
    tests = [(file, test) for *_, file, test in ROWS]
    assert not [
        (file, test)
        for file, test in tests
        if f"\ndef {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
