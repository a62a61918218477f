"""Every command prints one JSON document with `--json`, and its schema says what that has."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_group

import campaignkit as ck
from campaignkit.cli import app
from campaignkit.cli._json_documents import DOCUMENTS, EXEMPT, make_schema
from tests.cli.campaigns import CLIENT, ID, TUESDAY
from tests.cli.deciding import ANN, begin_campaign, call_service, offer, suggest
from tests.cli.running import Run, run
from tests.cli.test_acts import corrupt
from tests.describe_json import PAGE, write_page

COMMANDS: Final = get_group(app).commands
MISSING: Final = "sqlite:///missing.db"

SITUATIONS: Final[Mapping[str, Mapping[str, int]]] = {
    "init": {
        "leads.csv --out new.toml": 0,
        "leads.xlsx --out campaign.toml --update": 0,
        "bad.csv --out bad.toml --name Perth": 0,
        "leads.csv --out campaign.toml": 1,
        "leads.csv --out other.toml --daily 0 --end soon": 2,
    },
    "check": {
        "campaign.toml leads.csv": 0,
        "leads.parquet": 0,
        "bad.csv --skip-bad --duplicates best --block 'email=als_score:80'": 0,
        "bad.csv": 1,
        "leads.csv --id nobody": 1,
        "leads.csv --scale wide": 2,
    },
    "allocate": {
        "leads.csv": 0,
        "leads.csv --at-most email=3 --carried sms=2 --out rows.csv": 0,
        "bad.csv --skip-bad --duplicates best": 0,
        "fractions.csv": 0,
        "leads.xlsx": 0,
        "leads.parquet": 0,
        "bad.csv": 1,
        "missing.csv": 1,
        "leads.csv --overflow drop --at-most sms=few": 2,
    },
    "intake": {
        f"campaign.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY} --by ann": 0,
        f"campaign.toml bad.csv {{db}} --day {TUESDAY} --today {TUESDAY} --by ann --skip-bad"
        " --duplicates first --horizon 2": 0,
        f"campaign.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY} --ai scout": 0,
        "other.toml leads.csv {db} --day 2026-11-24 --today 2026-11-24 --by ann": 0,
        "changed.toml leads.csv {db} --day 2026-11-24 --today 2026-11-24 --by ann --update": 0,
        "changed.toml leads.csv {db} --day 2026-11-24 --today 2026-11-24 --by ann": 1,
        "early.toml leads.csv {db} --day 2026-11-24 --today 2026-11-24 --by ann": 1,
        "faulty.toml leads.csv {db} --day 2026-11-24 --by ann": 1,
        "campaign.toml leads.csv {db} --day soon": 2,
    },
    "preview": {
        f"campaign.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY}": 0,
        f"changed.toml bad.csv {{db}} --day {TUESDAY} --today {TUESDAY} --update --skip-bad"
        " --duplicates best --out rows.csv": 0,
        f"changed.toml leads.csv {{db}} --day {TUESDAY} --today {TUESDAY}": 1,
        "campaign.toml leads.csv {db} --day soon": 2,
    },
    "compare": {
        "leads.csv --mix texts=email=60,sms=40": 0,
        "bad.csv --campaign campaign.toml --mix texts=email=60,sms=40 --skip-bad"
        " --duplicates best": 0,
        "bad.csv --mix texts=email=60,sms=40": 1,
        "leads.csv --mix texts=fax=60": 2,
    },
    "forecast": {
        "campaign.toml leads.csv --day 2026-11-24": 0,
        "campaign.toml leads.csv {db} --day 2026-11-24 --horizon 1 --horizon pool": 0,
        "faulty.toml leads.csv --day 2026-11-24": 1,
        "campaign.toml leads.csv --day soon": 2,
    },
    "explain": {
        "lead-020 leads.csv": 0,
        "lead-020 leads.csv --campaign campaign.toml {db} --day 2026-11-24": 0,
        "lead-000 --campaign campaign.toml {db}": 0,
        "lead-040 --campaign campaign.toml {db}": 0,
        "nobody leads.csv": 1,
        "nobody": 2,
    },
    "suggestions": {"{db}": 0, "campaign.toml --state all {db}": 0, "{db} --state some": 2},
    "suggestion": {"{assign} {db}": 0, "{unknown} {db}": 1, "mine {db}": 2},
    "approve": {
        "{assign} {db} --by ann --today 2026-11-24": 0,
        "{edit} {db} --by ann": 0,
        "{release} {db} --by ann": 0,
        "{assign} {db} --by ann --today 2026-11-24 --preview": 0,
        "{assign} {db} --by ann --today 2026-11-24 --preview --leads bad.csv --skip-bad"
        " --duplicates best": 0,
        "{assign} {db} --by ann --today 2026-11-24 --leads bad.csv --skip-bad --duplicates best": 0,
        "{assign} {db} --by ann --today 2026-11-24 --leads leads.csv": 1,
        "{assign} {db} --by ann --today 2026-11-25": 1,
        "{assign} {db}": 2,
    },
    "reject": {
        "{assign} {db} --by ann --reason no --today 2026-11-24": 0,
        "{assign} {db} --by ann --reason no --lead lead-030 --today 2026-11-24": 0,
        "{assign} {db} --ai scout --reason no": 1,
    },
    "show": {
        "{db}": 0,
        "campaign.toml {db}": 0,
        f"campaign.toml --day {TUESDAY} {{db}}": 0,
        "campaign.toml --day 2020-01-01 {db}": 0,
        "{unknown} {db}": 1,
        "--day 2026-11-24 {db}": 2,
    },
    "activate": {"{other} {db} --by ann": 0, "{other} {db} --ai scout": 0, "{other} {db}": 2},
    "pause": {"{id} {db} --by ann": 0, "{id} {db} --ai scout": 0, "{other} {db} --by ann": 1},
    "resume": {
        "{paused} {db} --by ann": 0,
        "{paused} {db} --ai scout": 0,
        "{other} {db} --by ann": 1,
    },
    "edit": {
        "campaign.toml --set name=x {db} --by ann": 0,
        "changed.toml {db} --by ann": 0,
        "changed.toml {db} --ai scout": 0,
        "{id} {db} --by ann": 2,
    },
    "complete": {"{id} {db} --by ann": 0, "{id} {db} --ai scout": 0},
    "delete": {"{id} {db} --by ann": 0, "{id} {db} --ai scout": 0},
    "restore": {"{deleted} {db} --by ann": 0, "{deleted} {db} --ai scout": 0},
    "history": {"campaign.toml {db}": 0, "{unknown} {db}": 1},
    "release": {
        "campaign.toml lead-000 {db} --by ann": 0,
        "campaign.toml lead-000 {db} --ai scout": 0,
        "campaign.toml {db} --by ann": 2,
    },
    "policy": {
        "{client}": 0,
        "{stranger}": 0,
        "{client} --by ann --one-campaign-per-lead": 0,
        "{client} --by ann --limit sms=1/day": 0,
        "{client} --history": 0,
        "{client} --by ann --cooldown 3": 1,
        "{client} --cooldown 3": 2,
    },
    "suppress": {"lead-000 new {client} --by ann": 0, "ann {client} --ai scout": 1},
    "unsuppress": {"lead-001 new {client} --by ann": 0, "ann {client}": 2},
    "suppressions": {"{client}": 0, "{client} --assigned": 0, "{stranger}": 0},
    "lead": {"lead-000 {client}": 0, "stranger {client}": 0},
    "erase": {"lead-000 {client} --by ann": 0, "lead-000 {client} --ai scout": 1},
    "feed": {"campaign.toml {db}": 0, "campaign.toml {db} --cursor nonsense": 1},
    "verify": {"{db}": 0, "{db} --prefix other_": 1},
}
"""Arguments of each command, with the exit code that it ends with."""


@cache
def make_folder() -> tuple[TemporaryDirectory[str], Mapping[str, str]]:
    """Make a folder with all that the situations need, and the words that stand for ids in it."""
    place = TemporaryDirectory()
    folder = Path(place.name)
    begin_campaign(folder)
    assign = offer(folder, range(20, 40))
    edit = suggest(folder, ck.Edit(daily_lead_limit=30))
    release = suggest(folder, ck.ReleaseLeads(["lead-002"]))
    perth, cairns, darwin = (
        ck.Campaign.draft(client_id=CLIENT, name=name) for name in ("Perth", "Cairns", "Darwin")
    )
    call_service(folder, lambda s: s.create(perth, by=ANN))
    call_service(folder, lambda s: s.create(cairns, by=ANN))
    call_service(folder, lambda s: s.delete(CLIENT, cairns.id, by=ANN))
    call_service(folder, lambda s: s.create(darwin, by=ANN))
    call_service(folder, lambda s: s.activate(CLIENT, darwin.id, by=ANN))
    call_service(folder, lambda s: s.pause(CLIENT, darwin.id, by=ANN))
    call_service(folder, lambda s: s.suppress(CLIENT, ["lead-001"], by=ANN))
    written = (folder / "campaign.toml").read_text(encoding="utf-8")
    files = {
        "bad.csv": "lead_id,als_score\nlead-020,90\nann,80\nANN,80\nann,70\nbob,high\nx,1,2\n",
        "fractions.csv": "lead_id,als_score,none\nann,0.9,\nbob,0.5,\n",
        "other.toml": written.replace(str(ID), str(UUID(int=7))),
        "changed.toml": written + "total_lead_limit = 90\n",
        "early.toml": written.replace(str(ID), str(UUID(int=8))) + "start_date = 2027-01-01\n",
        "faulty.toml": "name = 5\ncolour = 'red'\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("leads.xlsx", "leads.parquet"):
        assert run("allocate", folder / "leads.csv", "--out", folder / name).code == 0
    return place, {
        "assign": str(assign.id),
        "edit": str(edit.id),
        "release": str(release.id),
        "other": str(perth.id),
        "deleted": str(cairns.id),
        "paused": str(darwin.id),
    }


def run_json(command: str, line: str, *, db: str = "sqlite:///campaigns.db") -> Run:
    """Run a command in the current folder, which is a copy of that with the situations."""
    _, ids = make_folder()
    words = line.format(
        db=f"--db {db}",
        client=f"--db {db} --client campaign.toml",
        stranger=f"--db {db} --client {UUID(int=5)}",
        id=ID,
        unknown=UUID(int=9),
        **ids,
    )
    return run(command, *shlex.split(words), "--json")


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, _ = make_folder()
    shutil.copytree(place.name, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


@cache
def make_validator(command: str) -> Any:  # noqa: ANN401  # half typed
    schema = make_schema(command)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check_document(command: str, ran: Run) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(ran.stdout)
    found = [error.message for error in make_validator(command).iter_errors(document)]
    assert not found, best_faults(command, document)
    assert ("error" in document) == bool(ran.code), ran
    return document


def best_faults(command: str, document: Mapping[str, Any]) -> Sequence[str]:
    """Return what is wrong with a document, seen as that which it resembles most."""
    kinds: list[Any] = [
        Draft202012Validator({**kind, "$defs": make_schema(command)["$defs"]})
        for kind in make_schema(command)["anyOf"]
    ]
    faults = [[*kind.iter_errors(document)] for kind in kinds]
    return [f"{one.json_path}: {one.message}"[:300] for one in min(faults, key=len)]


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("command", SITUATIONS)
def test_a_document_has_what_its_schema_says_and_no_member_is_never_there(command: str) -> None:
    printed: set[str] = set()
    for line, code in SITUATIONS[command].items():
        shutil.copytree(make_folder()[0].name, Path.cwd(), dirs_exist_ok=True)
        ran = run_json(command, line)
        assert ran.code == code, (line, ran)
        document = check_document(command, ran)
        # What people are told is in the document.
        assert bool(ran.stderr) == bool(code), (line, ran.stderr)
        assert code != 2 or document["faults"], line
        if not code or "warnings" in document:
            printed |= {*document}
    names = {name.removesuffix("?") for members in DOCUMENTS[command] for name in members}
    assert printed == {*names, "warnings"}


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("command", SITUATIONS)
def test_wrong_options_and_missing_databases_have_a_document_too(command: str) -> None:
    line = next(iter(SITUATIONS[command]))
    unknown = run_json(command, f"{line} --nonsense")
    assert unknown.code == 2
    assert "--nonsense" in check_document(command, unknown)["error"]
    if "{" in line:
        refused = run_json(command, line, db=MISSING)
        expected = 0 if command in {"intake", "preview"} else 1  # an intake creates the database
        assert refused.code == expected
        check_document(command, refused)


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("command", ["show", "pause"])
def test_what_can_be_read_of_a_corrupt_campaign_is_in_the_document(command: str) -> None:
    corrupt(Path(), f"name = ' ' WHERE id IN ('{ID.hex}', '{ID}')")
    ran = run_json(command, next(iter(SITUATIONS["pause"])) if command == "pause" else "{id} {db}")
    assert [*check_document(command, ran)["campaign"]["faults"]] == ["name"]


def test_each_command_has_a_schema_and_situations() -> None:
    with_json = {
        name
        for name, command in COMMANDS.items()
        if any("--json" in one.opts for one in command.params)
    }
    assert with_json == {*DOCUMENTS} == {*SITUATIONS}
    assert {*COMMANDS} - with_json <= EXEMPT


def test_the_schema_of_a_command_is_printed() -> None:
    ran = run("json-schema", "allocate")
    assert (ran.code, json.loads(ran.stdout)) == (0, make_schema("allocate"))
    refused = run("json-schema", "schema")
    assert refused.code == 2
    assert "COMMAND must be one of activate, allocate, " in refused.stderr


def test_the_page_about_the_documents_is_what_is_written() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page(), "run `python -m tests.describe_json`"
