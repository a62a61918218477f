"""Parquet and files larger than memory get the same plan as CSV files."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from campaignkit import DEFAULT_ALLOCATION, Channel, Lead, frames, plan
from campaignkit.cli._leads_csv import ALLOCATION_COLUMNS
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.domain._yes_no import NO, YES
from tests.cli.running import COMMAND, run, write_leads

EXAMPLE = Path(__file__).parents[2] / "docs/examples/leads.csv"
OPTIONS = (
    *("--block", "email=do_not_email", "--block", "voice=do_not_call"),
    *("--need", "voice=phone", "--need", "sms=phone", "--at-most", "email=40"),
)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def expected(tmp_path: Path) -> list[list[str]]:
    """Give the rows that a CSV file gets which fits into memory."""
    out = tmp_path / "expected.csv"
    assert run("allocate", EXAMPLE, *OPTIONS, "--out", out).code == 0
    return rows(out)


def test_a_large_csv_file_gets_the_same_rows_in_the_same_order(
    tmp_path: Path, expected: list[list[str]]
) -> None:
    out = tmp_path / "out.csv"
    done = run("allocate", EXAMPLE, *OPTIONS, "--large", "--out", out)
    assert (done.code, done.stderr) == (0, "")
    assert rows(out) == expected


def test_ids_and_words_are_read_as_in_memory(tmp_path: Path) -> None:
    words = [case(word) for word in (*YES, *NO) for case in (str.lower, str.upper, str.title)]
    leads = [(f" lead-{i}\t", "90", f" {word} ", "", "") for i, word in enumerate(words)]
    leads += [
        (f"{space}{ord(space)}{space}", "90", space, "", "")
        for space in WHITE_SPACE
        if space not in "\r\n"
    ]
    path = write_leads(tmp_path / "leads.csv", leads)
    outs = [tmp_path / "out.csv", tmp_path / "large.csv"]
    for out, options in zip(outs, ((), ("--large",)), strict=True):
        done = run("allocate", path, "--block", "email=do_not_email", *options, "--out", out)
        assert (done.code, done.stderr) == (0, "")
    assert rows(outs[0]) == rows(outs[1])
    assert {row[-2] for row in rows(outs[0])[1:]} > {"email", "linkedin"}


def test_the_summary_is_the_same() -> None:
    one, other = (
        json.loads(run("allocate", EXAMPLE, *OPTIONS, "--json", *large).stdout)
        for large in ((), ("--large",))
    )
    assert one == other


@pytest.mark.parametrize("typed", [False, True], ids=["all text", "typed"])
def test_parquet_is_read_and_written(
    typed: bool,  # noqa: FBT001  # pytest names it
    tmp_path: Path,
    expected: list[list[str]],
) -> None:
    file, out = tmp_path / "leads.parquet", tmp_path / "out.parquet"
    leads = pl.read_csv(EXAMPLE, infer_schema=False)
    if typed:
        said = pl.col("do_not_email", "do_not_call").fill_null("").str.to_lowercase()
        leads = leads.with_columns(
            pl.col("als_score").cast(pl.Float64), said.is_in(["yes", "y", "true", "t", "1"])
        )
    leads.write_parquet(file)
    done = run("allocate", file, *OPTIONS, "--out", out)
    assert (done.code, done.stderr) == (0, "")
    written = pl.read_parquet(out)
    assert written.columns == expected[0]
    assert written.drop("tier", "channel", "reason").equals(leads)
    added = written.select(pl.col("tier", "channel", "reason").cast(pl.String).fill_null(""))
    assert [list(row) for row in added.iter_rows()] == [row[-3:] for row in expected[1:]]


def test_ids_in_parquet_may_be_numbers(tmp_path: Path) -> None:
    file, out = tmp_path / "leads.parquet", tmp_path / "out.parquet"
    numbers = [12, 9, 100, 7]
    pl.DataFrame({"lead_id": numbers, "als_score": [90, 50, 50, None]}).write_parquet(file)
    assert run("allocate", file, "--out", out).code == 0
    scores = (90, 50, 50, None)
    leads = [Lead(number, score) for number, score in zip(numbers, scores, strict=True)]
    made = plan(DEFAULT_ALLOCATION, leads)
    written = pl.read_parquet(out)
    assert written["channel"].to_list() == [made.assignments.get(number) for number in numbers]


def test_a_header_with_duplicate_or_blank_names_is_kept(tmp_path: Path) -> None:
    file, small, large = (tmp_path / name for name in ("leads.csv", "small.csv", "large.csv"))
    text = '\ufefflead_id, als_score ,,"x, y",x,x\r\na,90,1,2,3,\r\n\r\n"b",50,"q""q","",,z\r\n'
    file.write_text(text, encoding="utf-8", newline="")
    assert run("allocate", file, "--out", small).code == 0
    assert run("allocate", file, "--out", large, "--large").code == 0
    assert large.read_bytes() == small.read_bytes()


@pytest.mark.parametrize(
    ("named", "out", "where"),
    [
        ("", "out.csv", "."),
        ("scratch", "out.csv", "scratch"),
        ("", "/dev/null", None),
        ("", None, None),
    ],
)
def test_the_temporary_database_is_beside_the_output_or_in_tmpdir(
    named: str,
    out: str | None,
    where: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", named and str(tmp_path / named))
    connect, paths = duckdb.connect, list[Path]()

    def seen(path: str) -> duckdb.DuckDBPyConnection:
        paths.append(Path(path))
        return connect(path)

    monkeypatch.setattr(duckdb, "connect", seen)
    assert run("allocate", EXAMPLE, "--large", *(("--out", out) if out else ())).code == 0
    (path,) = paths
    expected = Path(tempfile.gettempdir()) if where is None else tmp_path / where
    assert path.parent.parent == expected.resolve()
    assert not path.parent.exists()


def test_a_failure_to_create_the_temporary_database_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")
    done = run("allocate", EXAMPLE, "--large")
    assert done.code == 1
    assert done.stderr.startswith("Error: cannot make a temporary database: No such file")


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    link = tmp_path / "out.csv"
    link.symlink_to("/dev/null")
    assert run("allocate", EXAMPLE, "--large", "--out", link).code == 0
    assert Path("/dev/null").is_char_device()
    assert link.is_symlink()


BAD = (
    "lead_id,als_score,do_not_email,do_not_call,phone,notes\n"
    'a,much,perhaps,no,,"two\nlines"\n'
    "\n"
    "b,1_0,yes,,,\n"
    "c,,,so,,\n"
    'd,90,,,,"a\n\nb"\n'
    "  ,101,,,,\n"
    "e,nan,,,,\n"
    " d ,50,,,,\n"
    "d,1e999,,,,\n"
    "f,1e1,n,Y,,\n"
)


def test_bad_rows_have_the_same_line_numbers_with_large(tmp_path: Path) -> None:
    file, out = tmp_path / "leads.csv", tmp_path / "out.csv"
    file.write_text(BAD, encoding="utf-8")
    small, large = (
        run("allocate", file, *OPTIONS, "--json", "--out", out, *on_disk)
        for on_disk in ((), ("--large",))
    )
    assert (small.code, large.code) == (1, 1)
    assert json.loads(large.stdout) == json.loads(small.stdout)
    assert "  line 8: d has" not in small.stderr
    assert large.stderr == small.stderr
    assert not out.exists()


def test_bad_rows_of_parquet_are_named_by_their_numbers(tmp_path: Path) -> None:
    file, out = tmp_path / "leads.parquet", tmp_path / "out.parquet"
    leads = {"lead_id": [3, 4, None, 3, 5], "als_score": [1.5, float("nan"), 7.0, 101.0, -0.5]}
    pl.DataFrame(leads).write_parquet(file)
    done = run("allocate", file, "--out", out)
    assert done.code == 1
    in_range, twice = "expected a number from 0 to 100, or blank", "one row for each lead"
    beyond = f"als_score is '101.0', {in_range}"
    assert done.stderr.splitlines() == [
        f"Error: {file}: 4 bad rows of 5, so nothing was planned",
        f"  row 1: lead_id is '3', expected {twice}, but row 4 has it too",
        "  row 3: lead_id is '', expected an id, neither blank nor with NUL",
        f"  row 4: lead_id is '3', expected {twice}, but row 1 has it too; {beyond}",
        f"  row 5: als_score is '-0.5', {in_range}",
        "  fix them, or leave them out with --skip-bad",
    ]
    assert not out.exists()


def test_columns_of_a_wrong_type_are_named(tmp_path: Path) -> None:
    file = tmp_path / "leads.parquet"
    pl.DataFrame({"lead_id": [1.5, 2.5], "als_score": [90, 50]}).write_parquet(file)
    done = run("allocate", file, "--json")
    assert done.code == 1
    (fault,) = json.loads(done.stdout)["faults"]
    wanted = "all text, all whole numbers of up to 64 bits, or all UUIDs"
    assert fault == f"lead_id must be {wanted}, not double; convert the column first"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((EXAMPLE, "--memory", "2GB"), 2, "--memory needs --large or a Parquet file"),
        ((EXAMPLE, "--large", "--memory", "much"), 2, "such as 500MB or 2GB, not 'much'"),
        ((EXAMPLE, "--large", "--memory", "1KB"), 1, "--memory lets it use more"),
        (("nowhere.parquet",), 1, "no such file"),
        ((EXAMPLE, "--large", "--score", "much"), 1, "column 'much' is missing"),
        ((EXAMPLE, "--large", "--out", EXAMPLE), 1, "the leads are read from it"),
        ((EXAMPLE, "--out", "nowhere/out.parquet"), 1, "there is no folder"),
    ],
)
def test_impossible_options_and_files_are_refused(
    arguments: tuple[Any, ...], code: int, said: str
) -> None:
    done = run("allocate", *arguments)
    assert done.code == code
    assert said in done.stderr


def test_a_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "leads.parquet"
    file.write_text("lead_id,als_score\n", encoding="utf-8")
    done = run("allocate", file)
    assert done.code == 1
    assert done.stderr.startswith(f"Error: cannot read {file}\n")


def test_every_channel_may_be_blocked(tmp_path: Path) -> None:
    file = write_leads(
        tmp_path / "leads.csv", [("a", "90", "yes", "", ""), ("b", "90", "", "", "")]
    )
    blocks = [part for channel in Channel for part in ("--block", f"{channel}=do_not_email")]
    out = tmp_path / "out.csv"
    assert run("allocate", file, *blocks, "--large", "--out", out).code == 0
    assert [row[-1] for row in rows(out)[1:]] == ["unreachable", ""]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of nearly twice the memory that the tests below let the command use."""
    file = tmp_path_factory.mktemp("wide") / "leads.csv"
    words = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(60_000)]
    leads = {
        "lead_id": [word * 6 for word in words],
        "als_score": [number * 37 % 101 for number in range(60_000)],
        "notes": [word * 10 for word in words],
    }
    pl.DataFrame(leads).write_csv(file)
    assert file.stat().st_size > 58_000_000
    return file


def test_a_file_larger_than_memory_gets_the_plan_made_in_memory(wide: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert run("allocate", wide, "--large", "--memory", "32MB", "--out", out).code == 0
    expected = frames.allocate(pl.read_csv(wide), DEFAULT_ALLOCATION).frame
    assert pl.read_csv(out).equals(
        expected.with_columns(pl.col(*ALLOCATION_COLUMNS).cast(pl.String))
    )
    assert list(tmp_path.iterdir()) == [out]


def test_the_default_memory_limit_is_half_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, databases = duckdb.connect, list[duckdb.DuckDBPyConnection]()
    limits: list[str] = []

    def limit(database: duckdb.DuckDBPyConnection) -> str:
        return str(database.execute("SELECT current_setting('memory_limit')").fetchall()[0][0])

    def seen(path: str) -> duckdb.DuckDBPyConnection:
        databases.append(connect(path))
        return databases[0].cursor()  # of the same database, and open when that is not any more

    monkeypatch.setattr(duckdb, "connect", seen)
    for memory in ((), ("--memory", "1GiB")):
        assert run("allocate", EXAMPLE, "--large", *memory).code == 0
        limits.append(limit(databases.pop()))
    with connect() as database:
        most, unit = limit(database).split()
    assert limits[0].split()[1] == unit
    assert float(limits[0].split()[0]) == pytest.approx(float(most) * 5 / 8, abs=0.1)
    assert limits[1] == "1.0 GiB"


def test_a_small_memory_limit_needs_the_disk(
    wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = duckdb.connect

    def without_disk(path: str) -> duckdb.DuckDBPyConnection:
        database = connect(path)
        database.execute("SET max_temp_directory_size = '0KiB'")
        return database

    monkeypatch.setattr(duckdb, "connect", without_disk)
    out = tmp_path / "out.csv"
    done = run("allocate", wide, "--large", "--memory", "32MB", "--out", out)
    assert done.code == 1
    assert "--memory lets it use more" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("blocks", [1, 16])
def test_a_file_size_limit_is_reported_and_nothing_is_left(tmp_path: Path, blocks: int) -> None:
    """A block is 512 bytes or 1 KiB; the database has some 12 KiB before it holds any lead."""
    out = tmp_path / "out.csv"
    limited = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"]
    command = [*limited, *COMMAND, "allocate", str(EXAMPLE), "--large", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: cannot ")
    assert b"File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
