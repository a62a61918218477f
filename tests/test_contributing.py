"""The table of rules in docs/contributing.md and the list of modules of `cli` are true."""

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


def test_the_list_of_modules_of_the_command_line_is_complete() -> None:
    folder = ROOT / "src/campaignkit/cli"
    text = (folder / "__init__.py").read_text(encoding="utf-8").split('"""')[1]
    modules = {path.stem for path in folder.glob("_*.py")} - {"__init__"}
    assert set(re.findall(r"`(_\w+)`", text)) == modules
