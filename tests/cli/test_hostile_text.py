"""Text from outside cannot control a terminal, whatever command prints it."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import campaignkit.cli
from campaignkit import (
    Actor,
    AssignLeads,
    Campaign,
    CampaignService,
    Edit,
    Lead,
    Pause,
    PermissionMode,
    Suggestion,
    Targeting,
)
from campaignkit.cli._terminal import open_console, print_document, print_error
from campaignkit.display._document import Column, Document, Facts, Sentences, Table
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import CLIENT, ID, url
from tests.cli.running import Run, run, spawn
from tests.hostile import HOSTILE, SPOILT, assert_safe

AI, ANN = Actor.ai(f"scout{SPOILT}"), Actor.user(f"ann{SPOILT}")
DAY = date(2026, 11, 23)
FAKE = "fake: "  # what follows upon the line end in a spoilt name


QUIET = {"approve", "policy", "suppress", "erase"}
"""Commands whose reports may have no text from outside."""


def check(ran: Run) -> None:
    for shown in (ran.stdout, ran.stderr):
        assert_safe(shown)
        assert not any(line.lstrip().startswith(FAKE) for line in shown.split("\n")), shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a database all of whose texts are hostile, and files like that."""
    folder = tmp_path_factory.mktemp("hostile")
    with SQLAlchemyStore.open(url(folder)) as store:
        service = CampaignService(store)
        campaign = Campaign.draft(
            id=ID,
            client_id=CLIENT,
            name=SPOILT,
            permission_mode=PermissionMode.CO_PILOT,
            targeting=Targeting(titles=[SPOILT], locations=[SPOILT]),
        )
        service.create(campaign, by=ANN)
        service.activate(CLIENT, ID, by=ANN)
        leads = [Lead(f"{n}{SPOILT}", 90) for n in range(3)]
        service.intake(CLIENT, ID, leads[:1], day=DAY, by=ANN)
        service.edit(CLIENT, ID, by=ANN, name=f"new {SPOILT}")
    quoted = SPOILT.replace('"', '""')
    (folder / "leads.csv").write_text(
        f'lead_id,als_score,"{quoted}"\n"a{quoted}",90,yes\n"A{quoted}",90,yes\nc,90,\n',
        encoding="utf-8",
        newline="",
    )
    (folder / "bad.csv").write_text(
        f'lead_id,als_score,"{quoted}"\n"a{quoted}","{quoted}","{quoted}"\n"a{quoted}",1,"{quoted}"\n',
        encoding="utf-8",
        newline="",
    )
    toml = json.dumps(SPOILT)  # the escapes of JSON are those of TOML
    (folder / "campaign.toml").write_text(
        f'id = "{ID}"\nclient_id = "{CLIENT}"\nname = {toml}\n'
        f'permission_mode = "co_pilot"\ntargeting = {{ titles = [{toml}] }}\n'
    )
    (folder / "wrong.toml").write_text(
        f"{toml} = 1\nname = {toml}\nstart_date = {toml}\npermission_mode = {toml}\n"
    )
    (folder / "none.toml").write_text(f"name = {SPOILT}\n", encoding="utf-8", newline="")
    return folder


def suggest_all(folder: Path) -> list[Suggestion]:
    """Let the AI suggest one thing of each kind."""
    with SQLAlchemyStore.open(url(folder)) as store:
        service = CampaignService(store, today=lambda _: DAY)
        made = [
            service.submit(CLIENT, ID, change, by=AI, reason=SPOILT)
            for change in (
                Edit(name=f"other {SPOILT}"),
                AssignLeads([Lead(SPOILT, 90), Lead(f"2{SPOILT}", 90)], DAY),
                Pause(),
            )
        ]
    return [one for one in made if isinstance(one, Suggestion)]


def test_stored_text_is_escaped(folder: Path) -> None:
    db = ("--db", url(folder))
    edit, leads, pause = suggest_all(folder)
    by, today = ("--by", SPOILT), ("--today", "2026-11-23")
    client = ("--client", CLIENT)
    for command in (
        ("show", *db),
        ("show", ID, *db),
        ("show", ID, *db, "--day", "2026-11-23"),
        ("suggestions", *db),
        ("suggestions", ID, *db, "--state", "all"),
        ("suggestion", edit.id, *db),
        ("suggestion", leads.id, *db),
        ("approve", edit.id, *db, *by, "--preview", "--set", f"name=third {SPOILT}"),
        ("approve", edit.id, *db, *by, "--set", SPOILT),
        ("approve", edit.id, *db, *by, "--set", f"{SPOILT}=1"),
        ("approve", edit.id, *db, *by, "--set", f"end_date={SPOILT}"),
        ("reject", edit.id, *db, *by, "--reason", SPOILT),
        ("reject", edit.id, *db, *by, "--reason", SPOILT),
        ("reject", leads.id, *db, *by, "--reason", SPOILT, "--lead", f"2{SPOILT}"),
        ("reject", leads.id, *db, *by, "--reason", SPOILT, "--until", SPOILT),
        ("suggestion", leads.id, *db, *today),
        ("approve", leads.id, *db, *by, *today, "--preview"),
        ("approve", leads.id, *db, *by, *today, "--leads", folder / "leads.csv"),
        ("approve", leads.id, *db, *by, *today, "--leads", folder / "bad.csv"),
        ("approve", leads.id, *db, *by, *today, "--expect", folder / "none.toml"),
        ("approve", leads.id, *db, *by, *today, "--expect", SPOILT),
        ("approve", leads.id, *db, *by, "--day", SPOILT),
        ("approve", leads.id, *db, *by, *today, "--lead", f"no {SPOILT}"),
        ("approve", leads.id, *db, *by, *today, "--lead", SPOILT),
        ("reject", pause.id, *db, *by, "--reason", SPOILT),
        ("suggestions", *db, "--state", "all"),
        ("history", ID, *db),
        ("feed", CLIENT, *db),
        ("feed", CLIENT, *db, "--cursor", SPOILT),
        ("feed", folder / "campaign.toml", *db),
        ("policy", *db, *client, *by, "--limit", f"{SPOILT}=1/day"),
        ("policy", *db, *client, *by, "--limit", f"sms={SPOILT}"),
        ("policy", *db, *client, *by, "--cooldown", SPOILT),
        ("policy", *db, *client, *by, "--set", SPOILT),
        ("policy", *db, *client, *by, "--set", folder / "wrong.toml"),
        ("policy", *db, "--client", SPOILT),
        ("policy", *db, *client, *by, "--reason", SPOILT, "--limit", "sms=9/day"),
        ("suppress", f"0{SPOILT}", SPOILT, *db, *client, *by, "--reason", SPOILT),
        ("suppress", "x", *db, *client, *by, "--channel", SPOILT),
        ("suppress", *db, *client, *by, "--leads", folder / "leads.csv"),
        ("suppress", *db, *client, *by, "--leads", folder / "bad.csv", "--id", SPOILT),
        ("policy", *db, *client, "--history"),
        ("suppressions", *db, *client),
        ("unsuppress", SPOILT, *db, *client, *by),
        ("release", ID, f"0{SPOILT}", f"no{SPOILT}", *db, *by, "--suppress", "sms"),
        ("lead", f"0{SPOILT}", *db, *client),
        ("erase", f"0{SPOILT}", *db, *client, *by),
    ):
        arguments = [str(part) for part in command]
        ran = run(*arguments)
        check(ran)
        shown = r"\x1b" in ran.stdout
        assert shown or ran.code or command[0] in QUIET, arguments
        check(run(*arguments, "--json"))


@pytest.mark.parametrize("leads", ["leads.csv", "bad.csv"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--json",),
        ("--skip-bad",),
        ("--block", f"email={SPOILT}"),
        ("--block", f"email=x{SPOILT}"),
        ("--id", SPOILT),
        ("--score", SPOILT),
        ("--need", f"{SPOILT}=x"),
        ("--overflow", SPOILT),
        ("--allocation", SPOILT),
        ("--at-most", f"email={SPOILT}"),
        ("--carried", f"{SPOILT}=1"),
        ("--delimiter", SPOILT),
        ("--encoding", SPOILT),
        ("--duplicates", SPOILT),
        ("--rejects", SPOILT),
        ("--rejects", f"no{SPOILT}/x.csv"),
        ("--out", f"no{SPOILT}/x.csv"),
        ("--report", SPOILT),
        ("--report", f"no{SPOILT}/x.html"),
        (f"--{SPOILT}",),
        (SPOILT,),
    ],
)
def test_files_and_options_are_shown_safely(
    folder: Path, leads: str, options: tuple[str, ...]
) -> None:
    check(run("allocate", folder / leads, *options))


@pytest.mark.parametrize("campaign", ["campaign.toml", "wrong.toml", "none.toml", SPOILT])
@pytest.mark.parametrize("leads", ["leads.csv", "bad.csv", SPOILT])
@pytest.mark.parametrize("by", ["--by", "--ai"])
def test_an_intake_is_shown_safely(
    folder: Path, tmp_path: Path, campaign: str, leads: str, by: str
) -> None:
    for db in (url(folder), url(tmp_path)):
        for more in ((), ("--update",), ("--day", SPOILT), ("--json",), ("--expires-in", SPOILT)):
            day = () if "--day" in more else ("--day", "2026-11-23")
            files = (folder / campaign, folder / leads)
            check(run("intake", "--db", db, *files, *day, by, SPOILT, *more))


@pytest.mark.parametrize(
    "command",
    [
        (SPOILT,),
        (f"--{SPOILT}",),
        ("show", "--db", f"sqlite:///{SPOILT}"),
        ("show", "--db", SPOILT),
        ("show", "--db", f"{SPOILT}://x"),
        ("show", SPOILT, "--db", "sqlite:///x"),
        ("suggestions", "--db", "sqlite:///x", "--state", SPOILT),
        ("approve", SPOILT, "--db", "sqlite:///x", "--by", "ann"),
        ("suggestion", SPOILT, "--db", "sqlite:///x", "--today", SPOILT),
        ("feed", SPOILT, "--db", "sqlite:///x"),
        ("reject", SPOILT, "--db", "sqlite:///x", "--by", "ann", "--reason", SPOILT),
        ("history", SPOILT, "--db", "sqlite:///x"),
        ("history", "x", SPOILT),
        ("show", "--wait", SPOILT),
        ("schema", SPOILT),
        ("schema", "sqlite", "--clients", SPOILT),
        ("schema", "sqlite", "--clients", f"a.{SPOILT}"),
    ],
)
def test_a_command_line_is_shown_safely(command: tuple[str, ...]) -> None:
    if "\x00" in "".join(command):
        pytest.skip("no command line has a NUL")
    check(run(*command))


def test_an_undecodable_file_name_is_escaped(folder: Path, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\x1b[2J\n\xc2\x9b.csv"
    Path(os.fsdecode(path)).write_bytes((folder / "leads.csv").read_bytes())
    ran = spawn("allocate", os.fsdecode(path))
    assert ran.returncode == 0
    assert_safe(ran.stdout.decode() + ran.stderr.decode())
    assert rb"\udcff\x1b[2J\n\x9b.csv" in ran.stdout


# --- the two streams ------------------------------------------------------------------------------


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_console_escapes_control_characters(
    *, is_terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    console = open_console()
    monkeypatch.setattr(type(console), "is_terminal", is_terminal)  # so that sentences fold
    for character in HOSTILE:
        text = f"a{character}b"
        table, facts = Table([Column(text)], [[text]], [text], text), Facts([(text, text)], text)
        print_document(console, Document(text, [table, facts, Sentences([text], text)]))
        shown = capsys.readouterr().out
        assert_safe(shown)
        assert shown.count("\n") == 14, ascii(shown)


def test_an_error_escapes_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    for character in HOSTILE:
        text = f"a{character}b"
        print_error(text, [text])
        shown = capsys.readouterr().err
        assert_safe(shown)
        assert shown.count("\n") == 2, ascii(shown)


HOME = "terminal"
PRINTERS = {"rich.text", "rich.table", "rich.panel", "rich.columns", "rich.markup", "rich.prompt"}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    assert campaignkit.cli.__file__ is not None
    for path in sorted(Path(campaignkit.cli.__file__).parent.glob("*.py")):
        yield path.stem.removeprefix("_"), ast.parse(path.read_text(encoding="utf-8"))


def test_only_the_terminal_module_prints() -> None:
    """What makes text for a person is made in one module; the others cannot even import it."""
    round_it = [
        (name, ast.unparse(node))
        for name, tree in _modules()
        if name != HOME
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and node.module in PRINTERS)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "Console"})
    ]
    assert not round_it
