"""A file may have 100,000 columns, and a cell a megabyte: what is said stays short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cli.campaigns import CLIENT, TUESDAY, url
from tests.cli.deciding import begin_campaign, offer
from tests.cli.running import run

WIDTH = 100_000
LONG = "y" * 1_000_000
NAMES = [f"column {n}" for n in range(WIDTH)]
FILES: Mapping[str, Sequence[Sequence[str]]] = {
    "wide": [["lead_id", "als_score", *NAMES], ["lead-030", "90", *["x"] * WIDTH]],
    "without the columns": [["lead_idd", "als_scoree", *NAMES], ["lead-030", "90", *["x"] * WIDTH]],
    "short rows": [["lead_id", "als_score", *NAMES], ["lead-030", "90"], ["lead-031"]],
    "the same name again": [["lead_id", "als_score", *["c"] * WIDTH], ["lead-030", *["1"] * 9]],
    "a long header": [["lead_id", "als_score", LONG], ["lead-030", "90", "x"]],
    "long cells": [
        ["lead_id", "als_score", "c"],
        ["lead-030", "90", LONG],
        ["lead-031", LONG, "x"],
        [LONG, "90", ""],
    ],
}
COLUMNS = ("--block", "email=c", "--need", "sms=c", "--prospect", "title=c")
"""Options for the files that have the column, or have it often."""

COMMANDS: Mapping[str, str] = {
    "allocate": "allocate {leads} --out {folder}/out.csv --rejects {folder}/rejects.csv",
    "intake": "intake {campaign} {leads} {db} {by} {day} --out {folder}/out.csv --skip-bad",
    "preview": "preview {campaign} {leads} {db} {day}",
    "forecast": "forecast {campaign} {leads} {db} --day 2026-11-24 --days 2",
    "compare": "compare {leads} --mix a=email=100",
    "explain": "explain lead-030 {leads}",
    "check": "check {leads}",
    "init": "init {leads} --out {folder}/new.toml",
    "approve": "approve {suggestion} --leads {leads} {db} {by} --today 2026-11-23 --preview",
    "suppress": "suppress --client {client} --leads {leads} {db} {by}",
    "unsuppress": "unsuppress --client {client} --leads {leads} {db} {by}",
    "release": "release {campaign} --leads {leads} {db} {by}",
}
ONLY_IDS = ("init", "suppress", "unsuppress", "release")
"""The commands that take no other columns."""


@cache
def make_content(name: str) -> str:
    return "".join(",".join(row) + "\n" for row in FILES[name])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        folder = begin_campaign(Path(name))
        offered = offer(folder, range(30, 34))
        (folder / "suggestion").write_text(str(offered.id), encoding="utf-8")
        yield folder


def run_command(folder: Path, command: str, name: str, *options: str) -> tuple[int, str]:
    leads = folder / "large.csv"
    leads.write_text(make_content(name), encoding="utf-8")
    (folder / "new.toml").unlink(missing_ok=True)
    values = {
        "leads": leads,
        "folder": folder,
        "campaign": folder / "campaign.toml",
        "suggestion": (folder / "suggestion").read_text(encoding="utf-8"),
        "client": CLIENT,
        "db": f"--db {url(folder)}",
        "by": "--by ann",
        "day": f"--day {TUESDAY} --today {TUESDAY}",
    }
    own = () if command in ONLY_IDS or "c" not in FILES[name][0] else COLUMNS
    ran = run(*COMMANDS[command].format(**values).split(), *own, *options)
    return ran.code, ran.output


# By default each command reads every other file, by turns, and all with --long.
TURNS = [
    pytest.param(command, name, marks=() if (place + turn) % 2 else pytest.mark.long)
    for place, command in enumerate(COMMANDS)
    for turn, name in enumerate(FILES)
]


@pytest.mark.parametrize(("command", "name"), TURNS)
def test_what_is_said_stays_short(folder: Path, command: str, name: str) -> None:
    code, said = run_command(folder, command, name)
    assert code in {0, 1}, said[:1_000]
    assert len(said) < 6_000
    assert max(map(len, said.splitlines())) < 1_500


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ONLY_IDS])
def test_the_json_of_bad_rows_has_the_beginning_of_long_cells(folder: Path, command: str) -> None:
    code, said = run_command(folder, command, "long cells", "--json")
    assert code in {0, 1}, said[:1_000]
    # An id is never cut.
    assert len(said.replace(LONG, "")) < 20_000
    assert said.count(LONG) < 3
