"""Parquet, and files that need not fit into memory, get what CSV files get."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from campaignkit import DEFAULT_ALLOCATION, Channel, Lead, plan
from tests.cli.running import run, write_leads

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


def test_a_large_csv_file_gets_the_same_rows_in_their_order(
    tmp_path: Path, expected: list[list[str]]
) -> None:
    out = tmp_path / "out.csv"
    done = run("allocate", EXAMPLE, *OPTIONS, "--large", "--out", out)
    assert (done.code, done.stderr) == (0, "")
    assert rows(out) == expected


def test_the_summary_is_the_same() -> None:
    one, other = (
        json.loads(run("allocate", EXAMPLE, *OPTIONS, "--json", *large).stdout)
        for large in ((), ("--large",))
    )
    assert one == other


@pytest.mark.parametrize("typed", [False, True], ids=["all text", "typed"])
def test_parquet_goes_in_and_comes_out(
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


def test_all_bad_values_are_counted_and_named_and_nothing_is_written(tmp_path: Path) -> None:
    file = write_leads(
        tmp_path / "leads.csv",
        [("a", "much", "perhaps", "no", ""), ("b", "1_0", "yes", "", ""), ("c", "", "", "so", "")],
    )
    out = tmp_path / "out.csv"
    done = run("allocate", file, *OPTIONS, "--large", "--out", out)
    assert done.code == 1
    assert done.stderr.splitlines() == [
        f"Error: {file} has bad rows, and nothing was planned",
        "  do_not_email must be yes or no, not 'perhaps' in 1 row",
        "  do_not_call must be yes or no, not 'so' in 1 row",
        "  als_score must be a number from 0 to 100, or blank, not '1_0', 'much' in 2 rows",
    ]
    assert not out.exists()


def test_what_a_plan_refuses_is_told_by_the_names_of_the_file(tmp_path: Path) -> None:
    file = write_leads(
        tmp_path / "leads.csv",
        [("a", "101", "", "", ""), (" a ", "5", "", "", ""), ("", "nan", "", "", "")],
    )
    done = run("allocate", file, "--large", "--json")
    assert done.code == 1
    assert json.loads(done.stdout)["faults"] == [
        "als_score must be a number from 0 to 100, or blank, not 'nan' in 1 row"
    ]
    write_leads(file, [("a", "101", "", "", ""), (" a ", "5", "", "", ""), ("", "7", "", "", "")])
    done = run("allocate", file, "--large", "--json")
    assert sorted(json.loads(done.stdout)["faults"]) == [
        "als_score must be a number from 0 to 100, not 101.0",
        "lead_id is missing in 1 row",
        "lead_id must come once, but these come more often: 'a'",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-", "--large"), 2, "by name"),
        ((EXAMPLE, "--large", "--out", "-"), 2, "by name"),
        ((EXAMPLE, "--large", "--skip-bad"), 2, "--skip-bad"),
        (("nowhere.parquet",), 1, "no such file"),
        ((EXAMPLE, "--large", "--score", "much"), 1, "no column called 'much'"),
        ((EXAMPLE, "--large", "--out", EXAMPLE), 1, "the leads are read from it"),
        ((EXAMPLE, "--out", "nowhere/out.parquet"), 1, "there is no folder"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[Any, ...], code: int, said: str) -> None:
    done = run("allocate", *arguments)
    assert done.code == code
    assert said in done.stderr


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
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
