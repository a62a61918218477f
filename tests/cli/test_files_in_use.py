"""A command does not overwrite a file that it uses, however its path is spelled."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from campaignkit.cli import _output as output
from campaignkit.cli._command_error import FileError
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.cli.campaigns import MONDAY, intake, url, write_campaign, write_hot
from tests.cli.running import COMMAND, Run, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a campaign and leads, and work in it; the names end as outputs may."""
    write_campaign(tmp_path)
    write_hot(tmp_path, range(3))
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- Spellings ------------------------------------------------------------------------------------


def symlink(path: Path) -> str:
    link = path.parent / "symlink.csv"
    link.symlink_to(path)
    return str(link)


def chain_of_links(path: Path) -> str:
    (path.parent / "first").symlink_to(path.name)
    return symlink(path.parent / "first")


def hard_link(path: Path) -> str:
    if not path.exists():
        pytest.skip("nothing to link to")
    link = path.parent / "hard.csv"
    link.hardlink_to(path)
    return str(link)


def folder_by_link(path: Path) -> str:
    link = path.parent / "by-link"
    link.symlink_to(path.parent)
    return str(link / path.name)


def through_descriptor(path: Path) -> str:
    return f"/proc/self/cwd/{path.name}"


SPELLINGS: list[Callable[[Path], str]] = [
    str,
    lambda path: path.name,
    lambda path: f"./../{path.parent.name}//{path.name}",
    symlink,
    chain_of_links,
    hard_link,
    folder_by_link,
    through_descriptor,
]


@frozen
class Case:
    """A file that `intake` reads or keeps, by what name, and what is said of it."""

    name: str
    said: str
    db: str | None = None


FILES = [
    Case("leads.csv", "the leads are read from it"),
    Case("campaign.csv", "the campaign is read from it"),
    *(Case(f"data.csv{end}", "the database is kept in it") for end in ("", "-wal", "-journal")),
]


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_no_file_in_use_is_written_over(
    folder: Path, case: Case, spelled: Callable[[Path], str], *, exists: bool
) -> None:
    (folder / "campaign.toml").rename(folder / "campaign.csv")
    path = folder / case.name
    if "data" in case.name:
        if exists:
            SQLAlchemyStore.open(f"sqlite:///{folder}/data.csv").close()
            path.touch()
    elif not exists:
        pytest.skip("it is read")
    out = spelled(path)
    before = {each: each.read_bytes() for each in folder.iterdir() if each.is_file()}
    campaign, leads = folder / "campaign.csv", folder / "leads.csv"
    # What has no suffix may not be written to anyway, so the check is asked as well.
    options = ("--db", "sqlite:///data.csv", "--day", MONDAY, "--by", "ann", "--out", out)
    if out.endswith(".csv"):
        ran = run("intake", campaign, leads, *options)
        assert (ran.code, ran.stdout) == (1, "")
        assert ran.stderr == f"Error: cannot write --out {out}: {case.said}\n"
    else:
        assert run("intake", campaign, leads, *options).code == 2
    after = {each: each.read_bytes() for each in folder.iterdir() if each.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "db",
    [
        "sqlite:///{folder}/data.csv",
        "sqlite+pysqlite:///data.csv",
        "sqlite:///./sub/../data.csv",
        "sqlite:///file:data.csv?uri=true",
        "sqlite:///file:{folder}/data.csv?uri=true",
        "sqlite:///file:%64ata.csv?uri=true",
        "sqlite:///file://localhost{folder}/d%61ta%2Ecsv?uri=1",
        "sqlite:///file://{folder}/data.csv?uri=true&cache=shared",
        "sqlite:///file:data.csv?mode=rwc&uri=True",
        "sqlite:///link.db",
    ],
)
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("large", ["data.csv", "DATA.CSV"])
def test_the_files_of_a_database_are_found_by_its_url(
    folder: Path, db: str, large: str, *, exists: bool
) -> None:
    (folder / "sub").mkdir()
    (folder / "link.db").symlink_to("data.csv")
    if exists:
        if large != "data.csv":  # here these are two files, and both are there
            pytest.skip("the file system tells them apart")
        SQLAlchemyStore.open("sqlite:///data.csv").close()
    ran = intake(folder, "--out", large, db=db.format(folder=folder))
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr == f"Error: cannot write --out {large}: the database is kept in it\n"
    assert (folder / "data.csv").exists() is exists


@pytest.mark.parametrize(
    "db", ["sqlite:///file::memory:?uri=true", "sqlite:///file:x?mode=memory&uri=true"]
)
def test_a_database_in_memory_is_refused_in_any_spelling(folder: Path, db: str) -> None:
    ran = intake(folder, db=db)
    assert ran.code == 2
    assert "--db must be a database that is kept" in ran.stderr


def test_a_url_with_a_file_uri_works_for_all_commands(folder: Path) -> None:
    db = f"sqlite:///file:{folder}/my%20data.db?uri=true"
    assert run("show", "--db", db).code == 1
    assert intake(folder, "--out", "out.csv", db=db).code == 0
    assert (folder / "my data.db").exists()
    assert "Sydney agencies" in run("show", "--db", db).stdout


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_allocate_does_not_write_over_its_leads(
    folder: Path, spelled: Callable[[Path], str]
) -> None:
    leads = folder / "leads.csv"
    before, out = leads.read_bytes(), spelled(leads)
    ran = run("allocate", leads, "--out", out)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr == f"Error: cannot write --out {out}: the leads are read from it\n"
    assert leads.read_bytes() == before


def process(command: list[str], stdin: Path | None = None, stdout: Path | None = None) -> Run:
    """Run a command in a process of its own, whose streams may be files."""
    with (stdin or Path(os.devnull)).open("rb") as read, (stdout or Path("out")).open("ab") as to:
        ran = subprocess.run(
            [*COMMAND, *command], check=False, stdin=read, stdout=to, stderr=subprocess.PIPE
        )
    said = "" if stdout else Path("out").read_text(encoding="utf-8")
    return Run(ran.returncode, said, ran.stderr.decode())


def test_standard_streams_are_checked_as_files(folder: Path) -> None:
    leads = folder / "leads.csv"
    before = leads.read_bytes()
    for command, streams in (
        (["allocate", "-", "--out", "leads.csv"], (leads, None)),
        (["allocate", "/dev/stdin", "--out", "leads.csv"], (leads, None)),
        (["allocate", "leads.csv", "--out", "-"], (None, leads)),
        (["allocate", "leads.csv", "--out", "/dev/stdout"], (None, leads)),
        (["allocate", "-", "--out", "-"], (leads, leads)),
    ):
        ran = process(command, *streams)
        assert (ran.code, ran.stdout) == (1, "")
        assert ran.stderr.endswith(": the leads are read from it\n")
        assert leads.read_bytes() == before


@pytest.mark.parametrize(
    "out",
    [
        "-",
        "/dev/stdout",
        pytest.param("/dev/fd/1", marks=pytest.mark.long),
        pytest.param("/proc/self/fd/1", marks=pytest.mark.long),
    ],
)
def test_standard_output_by_any_name(folder: Path, out: str) -> None:
    expected = b"lead_id,als_score,tier,channel,reason\n"
    command = [*COMMAND, "allocate", "leads.csv", "--out", out]
    by_pipe = subprocess.run(command, capture_output=True, check=True)
    assert by_pipe.stdout.startswith(expected)
    assert b"3 leads" in by_pipe.stderr
    rows = folder / "rows"
    assert process(["allocate", "leads.csv", "--out", out], stdout=rows).code == 0
    assert rows.read_bytes() == by_pipe.stdout


def test_a_pipe_given_by_its_descriptor(folder: Path) -> None:
    reader, writer = os.pipe()
    ran = subprocess.run(
        [*COMMAND, "allocate", "leads.csv", "--out", f"/dev/fd/{writer}"],
        pass_fds=[writer],
        capture_output=True,
        check=False,
    )
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.readline().startswith(b"lead_id,")
    assert ran.returncode == 0
    assert folder.exists()


def test_a_pipe_may_be_read_and_written_at_once(folder: Path) -> None:
    """As a terminal is when a command has both of its streams there."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    content = (folder / "leads.csv").read_bytes()
    read: list[bytes] = []

    def serve() -> None:
        pipe.write_bytes(content)
        read.append(pipe.read_bytes())

    other = threading.Thread(target=serve)
    other.start()
    assert run("allocate", pipe, "--out", pipe).code == 0
    other.join()
    assert read[0].startswith(b"lead_id,als_score,tier")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_files_beside_files_in_use_may_be_written(folder: Path) -> None:
    for out in ("campaigns.db.csv", "campaign.toml.csv", "LEADS.csv", "new.csv"):
        assert intake(folder, "--out", out, db=url(folder)).code == 0
        assert (folder / out).read_bytes().startswith(b"lead_id,")


def test_an_output_that_cannot_be_written_stops_the_intake(folder: Path) -> None:
    (folder / "folder.csv").mkdir()
    (folder / "circle.csv").symlink_to("circle.csv")
    (folder / "0.csv").symlink_to("leads.csv")
    for link in range(1, 60):  # more than a system follows
        (folder / f"{link}.csv").symlink_to(f"{link - 1}.csv")
    for out, why in (
        ("circle.csv", "it is a symbolic link in a circle"),
        ("59.csv", "it is a symbolic link in a circle"),
        ("none/out.csv", f"there is no folder {folder}/none"),
        ("leads.csv/out.csv", f"there is no folder {folder}/leads.csv"),
        ("folder.csv", "it is a folder"),
    ):
        for ran in (intake(folder, "--out", out), run("allocate", "leads.csv", "--out", out)):
            assert ran.code in {1, 2}
            assert ran.stderr == f"Error: cannot write --out {out}: {why}\n"
    assert not (folder / "campaigns.db").exists()


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3_000])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_impossible_file_names_are_refused(
    folder: Path, name: str, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path, there = f"{name}{suffix}", sorted(folder.iterdir())
    for arguments in (
        ["allocate", path],
        ["allocate", "leads.csv", "--out", path],
        ["show", "--db", f"sqlite:///{path}"],
        ["history", path, "--db", f"sqlite:///{path}"],
    ):
        ran = run(*arguments)
        assert ran.code == 1
        assert ran.stderr.startswith("Error: cannot ")
        assert "File name too long" in ran.stderr
        assert "standard output" not in ran.stderr
    assert intake(folder, db=f"sqlite:///{path}").code == 1
    assert intake(folder, "--out", path).code in {1, 2}  # it writes CSV only
    assert run("show", "--db", "sqlite:///\udcff.db").code == 2
    assert sorted(folder.iterdir()) == there
    assert not capfd.readouterr().err


def test_file_names_are_compared_without_case_and_unicode_form(
    folder: Path,
) -> None:
    in_use = [output.FileInUse(str(folder / "Größe.db"), "in use")]
    for same in ("GRÖSSE.DB", "gro\u0308ße.db", "größe.db"):
        with pytest.raises(FileError, match="in use"):
            output.check_target(str(folder / same), in_use)
    output.check_target(str(folder / "groesse.db"), in_use)
