"""A first intake is stored completely, or not at all, even if it is interrupted."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import make_url

from campaignkit import Actor, Campaign, CampaignService, CampaignStatus, NotFoundError
from campaignkit.cli import _database as database
from campaignkit.cli import _intake as intake_command
from campaignkit.cli import _output as output
from campaignkit.cli import _report as report
from campaignkit.cli._command_error import CommandError
from campaignkit.cli._write_rows import write_rows
from campaignkit.errors import TransientConflictError
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import CLIENT, MONDAY, intake, stored, url, write_campaign, write_hot
from tests.cli.running import COMMAND, run, write_leads
from tests.storage.sqlalchemy import databases

LEADS, DAILY = 30, 20
BEFORE = "as it was before\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a campaign of 20 leads a day, 30 leads, and older outputs."""
    write_campaign(tmp_path, f"daily_lead_limit = {DAILY}\n")
    write_hot(tmp_path, range(LEADS))
    write_older_outputs(tmp_path)
    return tmp_path


def write_older_outputs(folder: Path) -> None:
    for name in ("out.csv", "report.html"):
        (folder / name).write_text(BEFORE, encoding="utf-8")


def arguments(folder: Path, *options: str) -> list[str]:
    files = [str(folder / "campaign.toml"), str(folder / "leads.csv")]
    return ["intake", "--db", url(folder), *files, "--day", MONDAY, "--by", "ann", *options]


def check_older_outputs(folder: Path) -> None:
    for name in ("out.csv", "report.html"):
        assert (folder / name).read_text(encoding="utf-8") == BEFORE


def check_all_or_nothing(folder: Path) -> bool:
    """Hold that the database has all or nothing, that no file was begun, and return which."""
    text = (folder / "out.csv").read_text(encoding="utf-8")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert text == BEFORE or len(text.splitlines()) == LEADS + 1
    assert page == BEFORE or page.endswith("</html>\n")
    try:
        campaign, progress, assignments = stored(url(folder))
    except NotFoundError:
        assert text == page == BEFORE
        return False
    assert campaign.status is CampaignStatus.ACTIVE
    assert (progress.admitted_total, len(assignments)) == (DAILY, DAILY)
    return True


def complete(folder: Path) -> None:
    """Run the command again, and hold that it completes what is there."""
    assert intake(folder, *outputs(folder)).code == 0
    assert check_all_or_nothing(folder)
    assert (folder / "report.html").read_text(encoding="utf-8") != BEFORE
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        assert sum(row["day"] == MONDAY for row in csv.DictReader(file)) == DAILY


def outputs(folder: Path) -> list[str]:
    return ["--out", str(folder / "out.csv"), "--report", str(folder / "report.html")]


def names(folder: Path) -> set[str]:
    """Return what is in a folder, but for what SQLite keeps beside a database."""
    return {path.name for path in folder.iterdir()} - {
        f"campaigns.db{suffix}" for suffix in ("", "-wal", "-shm")
    }


# The command, but that it says so and waits once a certain function has done its work.
STOP_AFTER = """
import sys
from campaignkit.cli import main
from campaignkit.cli import _intake as intake_command
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._sqlite import SQLite

owner, name = {
    "create": (SQLAlchemyStore, "add"),
    "activate": (SQLAlchemyStore, "apply_decision"),
    "assign": (SQLite, "_assign_leads"),
    "rows": (intake_command, "write_rows"),
    "report": (intake_command, "write_report"),
    "commit": (intake_command, "run_transaction"),
    "rename": (intake_command, "run_intake"),
}[sys.argv.pop(1)]
work = getattr(owner, name)

def and_stop(*args, **kwargs):
    done = work(*args, **kwargs)
    print("stopped", flush=True)
    sys.stdin.read()
    return done

setattr(owner, name, and_stop)
main()
"""


@pytest.mark.parametrize(
    ("number", "point", "is_stored"),
    [
        pytest.param(signal.SIGKILL, "create", False, marks=pytest.mark.long),
        pytest.param(signal.SIGKILL, "activate", False, marks=pytest.mark.long),
        (signal.SIGKILL, "assign", False),
        (signal.SIGKILL, "rows", False),
        (signal.SIGKILL, "report", False),
        (signal.SIGKILL, "commit", True),
        (signal.SIGKILL, "rename", True),
        (signal.SIGTERM, "rows", False),
        pytest.param(signal.SIGTERM, "commit", True, marks=pytest.mark.long),
        (signal.SIGINT, "assign", False),
    ],
)
def test_a_signal(folder: Path, number: signal.Signals, point: str, *, is_stored: bool) -> None:
    before = names(folder)
    command = arguments(folder, *outputs(folder))
    with subprocess.Popen(
        [sys.executable, "-c", STOP_AFTER, point, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"stopped\n"
        process.send_signal(number)
    assert process.returncode == (-number if number is signal.SIGKILL else 130)
    if number is not signal.SIGKILL:
        assert names(folder) == before
    assert check_all_or_nothing(folder) is is_stored
    complete(folder)


def say_nothing(message: str, lines: Iterable[str] = ()) -> None:
    """Take the place of what says that a command was interrupted."""


EVERY = 3  # lines; all of them have passed, and take longer


@pytest.mark.long
def test_an_exception_at_any_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise it once at each line of the command's own that is reached, and begin again."""
    files = {module.__file__ for module in (intake_command, database, output, report)}
    seen: set[tuple[str, int]] = set()
    outcomes: set[bool] = set()
    monkeypatch.setattr("campaignkit.cli._endings.print_error", say_nothing)

    def at_line(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401  # as sys has it
        if frame.f_code.co_filename not in files:
            return None
        place = (frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and place not in seen:
            seen.add(place)
            if len(seen) % EVERY == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return at_line

    before = sys.gettrace()
    for n in range(1_000):
        reached = len(seen)
        write_older_outputs(folder)
        sys.settrace(at_line)
        try:
            ran = intake(folder, *outputs(folder)).code
        finally:
            sys.settrace(before)
        is_done = check_all_or_nothing(folder)
        outcomes.add(is_done)
        assert names(folder) == {"campaign.toml", "leads.csv", "out.csv", "report.html"}, seen
        for suffix in ("", "-wal", "-shm"):
            (folder / f"campaigns.db{suffix}").unlink(missing_ok=True)
        if len(seen) // EVERY == reached // EVERY:
            assert (ran, is_done) == (0, True)
            assert n * EVERY > 50  # lines
            break
        assert ran == 130
    assert outcomes == {True, False}


# The command under limits to how large a file may become, as on a disk with so much room.
LIMITED = """
import json, os, resource, sys
from campaignkit.cli import app

codes = []
folder, limits, arguments = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
for number, limit in enumerate(limits):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        app([each.replace("NUMBER", str(number)) for each in arguments])
    except SystemExit as error:
        codes.append(error.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(json.dumps(codes))
"""


@pytest.mark.long
def test_a_full_disk(tmp_path: Path) -> None:
    limits = [1_000, 5_000, *range(8_192, 230_000, 16_384), 10**9]
    # The rows are longer than what the database keeps, or shorter; either may find the disk full.
    codes: dict[str, list[int]] = {}
    for kind, notes in (("short", ""), ("long", "x" * 7_000)):
        where = tmp_path / kind
        where.mkdir()
        write_campaign(where, f"daily_lead_limit = {DAILY}\n")
        leads = [(f"lead-{n}", 90, notes) for n in range(LEADS)]
        write_leads(where / "leads.csv", leads, "lead_id,als_score,notes")
        command = arguments(where, "--out", str(where / "outNUMBER.csv"))
        command += ["--report", str(where / "outNUMBER.html")]
        command[2] = f"sqlite:///{where}/NUMBER.db"
        ran = subprocess.run(
            [sys.executable, "-c", LIMITED, str(where), json.dumps(limits), *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        codes[kind] = json.loads(ran.stdout.splitlines()[-1])
        assert len(codes[kind]) == len(limits)
        for number, code in enumerate(codes[kind]):
            out, page = where / f"out{number}.csv", where / f"out{number}.html"
            try:
                campaign, progress, _ = stored(f"sqlite:///{where}/{number}.db")
            except NotFoundError:
                assert (code, out.exists(), page.exists()) == (1, False, False)
            else:
                assert (code, out.exists(), page.exists()) == (0, True, True)
                assert campaign.status is CampaignStatus.ACTIVE
                assert progress.admitted_total == DAILY
        assert not list(where.glob(".campaignkit*"))
    assert codes["short"] != codes["long"]
    assert {*codes["short"]} == {*codes["long"]} == {0, 1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk here is always full")
def test_rows_that_cannot_be_written(folder: Path) -> None:
    ran = intake(folder, "--out", "/dev/full")
    assert ran.code == 1
    assert ran.stderr == "Error: cannot write /dev/full: No space left on device\n"
    assert not check_all_or_nothing(folder)
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [*COMMAND, *arguments(folder, "--out", "-")],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert process.returncode == 1
    assert process.stderr == b"Error: cannot write to standard output: No space left on device\n"
    assert not check_all_or_nothing(folder)
    complete(folder)


def test_a_closed_pipe_for_the_rows(folder: Path) -> None:
    rows = [(f"lead-{n}", 90) for n in range(20_000)]
    write_leads(folder / "leads.csv", rows, "lead_id,als_score")
    with subprocess.Popen(
        [*COMMAND, *arguments(folder, "--out", "-")], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"lead_id")
        process.stdout.close()
    assert process.returncode == 141
    assert not check_all_or_nothing(folder)


def test_rows_that_cannot_get_their_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = folder / "new.csv"
    write = write_rows

    def and_take_the_name(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        write(*args, **kwargs)
        out.mkdir()

    monkeypatch.setattr("campaignkit.cli._intake.write_rows", and_take_the_name)
    ran = intake(folder, "--out", out)
    assert ran.code == 1
    assert ran.stderr.splitlines() == [
        f"Error: cannot write {out}: Is a directory",
        "  the intake is stored: the same command admits nobody twice, and writes the file",
    ]
    assert check_all_or_nothing(folder)
    assert names(folder) == {"campaign.toml", "leads.csv", "out.csv", "report.html", "new.csv"}
    monkeypatch.undo()
    complete(folder)


def no_change(_: Path) -> None:
    """Leave the files as they are."""


def not_running(folder: Path) -> None:
    write_campaign(folder, "start_date = 2026-11-24\n")


def bad_rows(folder: Path) -> None:
    write_leads(folder / "leads.csv", [("a", "x"), ("", "90")], "lead_id,als_score")


def an_id_too_long(folder: Path) -> None:
    with (folder / "leads.csv").open("a", encoding="utf-8") as file:
        file.write(f"{'x' * 100_000},99.9\n")


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (not_running, list[str]()),
        (bad_rows, []),
        (bad_rows, ["--skip-bad"]),
        (no_change, ["--id", "none"]),
        (an_id_too_long, []),
    ],
    ids=["not running", "bad rows", "no good row", "no such column", "id too long"],
)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_refused_intake_changes_nothing(
    folder: Path,
    change: Callable[[Path], None],
    options: list[str],
    kind: str,
    request: pytest.FixtureRequest,
) -> None:
    change(folder)
    if kind == "sqlite":
        _refused(folder, url(folder), options)
    else:
        with databases.new(request.getfixturevalue("postgres_url")) as db:
            _refused(folder, db, options)


def _refused(folder: Path, db: str, options: list[str]) -> None:
    ran = intake(folder, *outputs(folder), *options, db=db)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Error: ")
    assert "Traceback" not in ran.stderr
    check_older_outputs(folder)
    with pytest.raises(NotFoundError):
        stored(db)


@pytest.mark.parametrize("command", ["allocate", "intake"])
def test_skip_bad_fails_if_no_row_is_good(folder: Path, command: str) -> None:
    bad_rows(folder)
    options = [*outputs(folder), "--skip-bad"]
    if command == "intake":
        ran, undone = intake(folder, *options), "admitted"
    else:
        ran, undone = run("allocate", folder / "leads.csv", *options), "planned"
    assert ran.code == 1
    first, *_, advice = ran.stderr.splitlines()
    assert first.endswith(f"leads.csv: 2 bad rows of 2, so nothing was {undone}")
    assert advice == "  fix them"
    assert not (folder / "campaigns.db").exists()
    check_older_outputs(folder)


def test_work_that_conflicts_is_repeated(tmp_path: Path) -> None:
    by, place = Actor.user("ann"), make_url(url(tmp_path))
    finished: list[str] = []

    def work(store: SQLAlchemyStore) -> str:
        name = f"attempt {len(attempts)}"
        attempts.append(name)
        CampaignService(store).create(Campaign.draft(client_id=CLIENT, name=name), by=by)
        if len(attempts) < 3:
            raise TransientConflictError
        return name

    attempts: list[str] = []
    assert database.run_transaction(place, 1, work, finished.append, create=False) == "attempt 2"
    assert finished == ["attempt 2"]
    with SQLAlchemyStore.open(place) as store:
        assert [each.name for each in store.find(CLIENT).items] == ["attempt 2"]


def test_a_finished_transaction_is_not_repeated(tmp_path: Path) -> None:
    finished: list[str] = []

    def finish(name: str) -> None:
        finished.append(name)
        raise TransientConflictError

    with pytest.raises(CommandError, match="refuses"):
        database.run_transaction(make_url(url(tmp_path)), 1, lambda _: "done", finish, create=False)
    assert finished == ["done"]
