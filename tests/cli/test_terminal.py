"""What each command prints fits a real terminal of 80 columns."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shlex
import shutil
import subprocess
import termios
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final
from uuid import UUID

import pytest
from typer.main import get_group

import campaignkit as ck
from campaignkit.cli import app
from campaignkit.cli._json_documents import EXEMPT
from tests.cli.campaigns import CLIENT, ID, MONDAY, TUESDAY, intake
from tests.cli.deciding import ANN, call_service, suggest
from tests.cli.running import COMMAND, build_command, run, run_on_terminal

NAME: Final = "Managing directors of agencies in New South Wales and Victoria, fourth quarter 2026"
LONG_ID: Final = "bartholomew.featherstonehaugh-cholmondeley+newsletter@long-name-of-a-firm.example"
STYLE: Final = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")

COMMANDS: Final = get_group(app).commands

LINES: Final[Mapping[str, list[str]]] = {
    "allocate": ["leads.csv", "bad.csv --skip-bad --duplicates best", "bad.csv", "none.csv"],
    "init": ["export.csv --out new.toml --name 'Managing directors of New South Wales'"],
    "check": [
        "leads.csv",
        "campaign.toml export.csv --id 'Lead ID' --score 'Fit Score'",
        "bad.csv",
    ],
    "compare": ["leads.csv --mix 'more mail=email=60,mail=40' --mix texts=sms=100"],
    "forecast": [
        f"campaign.toml leads.csv --day {MONDAY} --days 8",
        f"changed.toml leads.csv --day {MONDAY} --days 8 --horizon 1 --horizon end --horizon pool",
    ],
    "explain": [
        "{lead} leads.csv --campaign campaign.toml {db} --day 2026-11-24",
        "{lead} --campaign campaign.toml {db}",
    ],
    "preview": [f"campaign.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY} {{columns}}"],
    "intake": [
        f"campaign.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY} --by ann",
        f"campaign.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY} --ai scout",
        f"changed.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY} --by ann",
    ],
    "suggestions": ["{db}"],
    "suggestion": ["{assign} {db}", "{edit} {db}"],
    "approve": ["{assign} {db} --by ann --today 2026-11-24 --preview", "{edit} {db} --by ann"],
    "reject": ["{assign} {db} --by ann --reason 'They have asked for a pause until spring.'"],
    "show": ["{db}", f"campaign.toml {{db}} --day {TUESDAY}", "{unknown} {db}"],
    "activate": ["{other} {db} --by ann", "{other} {db} --ai scout"],
    "pause": ["campaign.toml {db} --by ann"],
    "resume": ["{other} {db} --by ann"],
    "edit": ["campaign.toml {db} --by ann --set daily_lead_limit=33"],
    "complete": ["campaign.toml {db} --by ann"],
    "delete": ["campaign.toml {db} --by ann"],
    "restore": ["campaign.toml {db} --by ann"],
    "history": ["campaign.toml {db}"],
    "release": ["campaign.toml {lead} {db} --by ann --contacted --suppress all"],
    "policy": [
        "{client}",
        "{client} --by ann --one-campaign-per-lead --cooldown 30 --limit linkedin=17/day,100/week",
        "{client} --history",
    ],
    "suppress": ["{lead} {client} --by ann"],
    "unsuppress": ["{gone} {client} --by ann"],
    "suppressions": ["{client}", "{client} --assigned"],
    "lead": ["{lead} {client}"],
    "erase": ["{lead} {client} --by ann"],
    "feed": ["campaign.toml {db}"],
    "verify": ["{db}", "{db} --prefix another_prefix_of_tables_"],
}
"""Arguments of each command."""


@cache
def make_folder() -> tuple[TemporaryDirectory[str], Mapping[str, str]]:
    """Make a folder with long names, and the words that stand for what is in it."""
    place = TemporaryDirectory()
    folder = Path(place.name)
    written = f'id = "{ID}"\nclient_id = "{CLIENT}"\nname = "{NAME}"\ndaily_lead_limit = 20\n'
    targeting = '[targeting]\nindustries = ["Advertising and marketing services", "Branding"]\n'
    targeting += 'titles = ["Managing Director", "Chief Executive Officer", "Founder"]\n'
    (folder / "campaign.toml").write_text(written + targeting, encoding="utf-8")
    changed = "total_lead_limit = 90\nend_date = 2027-02-28\n"
    (folder / "changed.toml").write_text(written + changed + targeting, encoding="utf-8")
    ids = [LONG_ID, f"second.{LONG_ID}", *(f"person-{n:03}@example.com" for n in range(100))]
    rows = [f"{one},{99 - n / 2 if n % 9 else ''}" for n, one in enumerate(ids, start=1)]
    (folder / "leads.csv").write_text("\n".join(["lead_id,als_score", *rows, ""]), encoding="utf-8")
    bad = [f"{LONG_ID.upper()},50", f"{'x' * 200},{'y' * 200}", f"{ids[1]},40", "z,none of these,3"]
    text = "\n".join(["lead_id,als_score", *rows, *bad, ""])
    (folder / "bad.csv").write_text(text, encoding="utf-8")
    header = "Lead ID,Fit Score,Company / Account Name as of the Last Quarter,Do Not Email,Industry"
    cells = [
        f"{one},80,Featherstonehaugh and Cholmondeley,no,Advertising and marketing services"
        for one in ids
    ]
    (folder / "export.csv").write_text("\n".join([header, *cells, ""]), encoding="utf-8")
    assert intake(folder).code == 0
    leads = [ck.Lead(one, 90) for one in ids[40:60]]
    assign = suggest(folder, ck.AssignLeads(leads, date(2026, 11, 24)))
    edit = suggest(folder, ck.Edit(daily_lead_limit=30, name=f"{NAME}, and beyond"))
    perth = ck.Campaign.draft(client_id=CLIENT, name=f"{NAME}: Perth")
    call_service(folder, lambda s: s.create(perth, by=ANN))
    call_service(folder, lambda s: s.suppress(CLIENT, [ids[1]], by=ANN, reason="Asked by phone."))
    return place, {
        "assign": str(assign.id),
        "edit": str(edit.id),
        "other": str(perth.id),
        "unknown": str(UUID(int=9)),
        "lead": LONG_ID,
        "gone": ids[1],
        "db": "--db sqlite:///campaigns.db",
        "client": "--db sqlite:///campaigns.db --client campaign.toml",
        "columns": "--out rows.csv",
    }


def show_on_terminal(line: str) -> tuple[int, str]:
    """Run a command on a terminal, in this process; return its exit code and what was shown."""
    host, guest = pty.openpty()
    termios.tcsetwinsize(guest, (50, 80))
    pieces: list[bytes] = []

    def read() -> None:
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while piece := os.read(host, 1 << 16):
                pieces.append(piece)

    reader = Thread(target=read)
    reader.start()
    code: object = None
    with (
        os.fdopen(guest, "w", encoding="utf-8") as screen,
        contextlib.redirect_stdout(screen),
        contextlib.redirect_stderr(screen),
    ):
        try:
            build_command()(shlex.split(line), "campaignkit")
        except SystemExit as end:
            code = end.code
    reader.join()
    os.close(host)
    assert isinstance(code, int)
    return code, b"".join(pieces).decode()


def test_each_command_has_a_line() -> None:
    assert {*LINES} == {*COMMANDS} - EXEMPT


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def show_each(command: str) -> Iterator[tuple[str, str]]:
    """Run each line of a command in a folder as it was; give the line and what was shown."""
    place, words = make_folder()
    for arguments in LINES[command]:
        shutil.copytree(place.name, Path.cwd(), dirs_exist_ok=True)
        line = f"{command} {arguments.format(**words)}"
        code, shown = show_on_terminal(line)
        assert code in {0, 1}, shown
        yield line, shown


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("command", LINES)
def test_what_is_shown_fits_80_columns(command: str) -> None:
    for line, shown in show_each(command):
        lines = STYLE.sub("", shown).splitlines()
        assert lines, line
        assert not [each for each in lines if len(each) > 80 or each != each.rstrip()], shown
        for above, rule, below in zip(lines, lines[1:], lines[2:], strict=False):
            if rule.startswith("─"):
                assert {*rule} == {"─"}
                assert above.startswith(" "), shown  # a row that was wrapped would begin at once
                assert below.startswith(" "), shown


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_without_colours_is_sent_plain_text(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured = [STYLE.sub("", shown) for _, shown in show_each("allocate")]
    monkeypatch.setenv(name, value)
    plain = [shown for _, shown in show_each("allocate")]
    assert not [shown for shown in plain if re.search(r"\x1b\[[0-9;]*3[0-7]", shown)]
    assert [STYLE.sub("", shown) for shown in plain] == coloured


def test_the_size_of_a_real_terminal_counts(tmp_path: Path) -> None:
    place, words = make_folder()
    shutil.copytree(place.name, tmp_path, dirs_exist_ok=True)
    show = ["show", *shlex.split(words["db"])]
    # Empty variables are no numbers, so that the size is that of the terminal.
    _, shown = run_on_terminal([*COMMAND, *show], cwd=tmp_path, COLUMNS="", LINES="")
    lines = STYLE.sub("", shown).splitlines()
    assert max(map(len, lines)) == 80


@pytest.mark.parametrize("option", ["", "--json"])
def test_a_reader_that_stops_early_leaves_no_error(tmp_path: Path, option: str) -> None:
    rows = [f"lead-{n},out of range" for n in range(2_000)]
    text = "\n".join(["lead_id,als_score", "ann,90", *rows, ""])
    (tmp_path / "leads.csv").write_text(text, encoding="utf-8")
    allocate = shlex.join([*COMMAND, "allocate", "leads.csv", "--skip-bad"])
    script = f"{allocate} {option} | head -n 1; exit ${{PIPESTATUS[0]}}"
    # Without a buffer Python takes what the pipe still took for the whole of it.
    env = {**os.environ, "PYTHONUNBUFFERED": ""}
    bash = ["/bin/bash", "-c", script]
    done = subprocess.run(bash, cwd=tmp_path, env=env, capture_output=True, check=False)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == b""
    assert done.returncode in ({141} if option else {0, 141})  # the document fills the pipe


@pytest.mark.usefixtures("_folder")
def test_a_pipe_is_sent_plain_text_in_whole_sentences() -> None:
    place, words = make_folder()
    shutil.copytree(place.name, Path.cwd(), dirs_exist_ok=True)
    shown = run("show", "campaign.toml", *shlex.split(words["db"])).stdout
    assert "\x1b" not in shown
    assert shown.startswith(f"{NAME}: active\n")
