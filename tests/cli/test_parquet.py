"""Parquet files get the plan of the same leads in CSV, and their values keep their types."""

from __future__ import annotations

import csv
import importlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from campaignkit import DEFAULT_ALLOCATION, Lead, plan
from tests.cli.running import run

openpyxl: Any = importlib.import_module("openpyxl")

EXAMPLE = Path(__file__).parents[2] / "docs/examples/leads.csv"
OPTIONS = (
    *("--block", "email=do_not_email", "--block", "voice=do_not_call"),
    *("--need", "voice=phone", "--need", "sms=phone", "--at-most", "email=40"),
)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("typed", [False, True], ids=["all text", "typed"])
def test_parquet_is_read_and_written(
    typed: bool,  # noqa: FBT001  # pytest names it
    tmp_path: Path,
) -> None:
    assert run("allocate", EXAMPLE, *OPTIONS, "--out", tmp_path / "expected.csv").code == 0
    expected = rows(tmp_path / "expected.csv")
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


def test_ids_that_are_numbers_are_those_of_csv(tmp_path: Path) -> None:
    file, out = tmp_path / "leads.parquet", tmp_path / "out.parquet"
    numbers = [12, 9, 100, 7]
    pl.DataFrame({"lead_id": numbers, "als_score": [90, 50, 50, None]}).write_parquet(file)
    assert run("allocate", file, "--out", out).code == 0
    scores = (90, 50, 50, None)
    leads = [Lead(str(number), score) for number, score in zip(numbers, scores, strict=True)]
    made = plan(DEFAULT_ALLOCATION, leads)
    written = pl.read_parquet(out)
    assert written["lead_id"].to_list() == numbers
    assert written["channel"].to_list() == [made.assignments.get(str(n)) for n in numbers]


def test_bad_rows_of_parquet_are_named_by_their_numbers(tmp_path: Path) -> None:
    file, out = tmp_path / "leads.parquet", tmp_path / "out.parquet"
    leads = {"lead_id": [3, 4, None, 3, 5], "als_score": [1.5, float("nan"), 7.0, 101.0, -0.5]}
    pl.DataFrame(leads).write_parquet(file)
    done = run("allocate", file, "--out", out)
    assert done.code == 1
    in_range, twice = "expected a number from 0 to 100, or blank", "one row for each lead"
    beyond = f"als_score is '101', {in_range}"
    assert done.stderr.splitlines() == [
        f"Error: {file}: 4 bad rows of 5, so nothing was planned",
        f"  row 1: lead_id is '3', expected {twice}, but row 4 has it too",
        "  row 3: lead_id is '', expected an id, neither blank nor with NUL",
        f"  row 4: lead_id is '3', expected {twice}, but row 1 has it too; {beyond}",
        f"  row 5: als_score is '-0.5', {in_range}",
        "  fix them, or leave them out with --skip-bad",
        "  --duplicates best or --duplicates first keeps one row of each lead",
    ]
    assert not out.exists()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "leads.parquet"
    file.write_bytes(b"PAR1 and no more")
    done = run("allocate", file)
    assert done.code == 1
    assert done.stderr.startswith(f"Error: cannot read {file}\n")


def test_the_content_says_what_a_file_is(tmp_path: Path) -> None:
    file = tmp_path / "leads.parquet"
    file.write_text("lead_id;als_score\na;90\n", encoding="utf-8")
    done = run("allocate", file)
    assert done.code == 0
    assert "read as: semicolon, UTF-8, 1 row" in done.stdout


def test_texts_as_bytes_and_lists_are_read_as_in_csv(tmp_path: Path) -> None:
    file, out = tmp_path / "leads.parquet", tmp_path / "out.csv"
    pl.DataFrame(
        {
            "lead_id": [b"ann", "Zoë".encode(), b"cy", b"\xff\x00"],
            "als_score": [90, 90, 90, 90],
            "optout": [b"yes", b"no", b"", None],
            "phone": [b"1", b"", None, b"2"],
            "tags": [["vip", "unsubscribed"], [], None, ["vip"]],
        }
    ).write_parquet(file)
    options = (
        *("--block", "email=optout", "--need", "voice=phone", "--need", "sms=tags"),
        *("--block", "linkedin=tags:unsubscribed"),
    )
    ran = run("allocate", file, *options, "--out", out)
    assert (ran.code, ran.stderr) == (0, "")
    written = rows(out)
    assert [row[0] for row in written[1:]] == ["ann", "Zoë", "cy", "ff00"]
    assert [row[4] for row in written[1:]] == ["vip; unsubscribed", "", "", "vip"]
    ran = run("check", file, *options, "--json")
    closed = [row["closed"] for row in json.loads(ran.stdout)["first_rows"]]
    assert closed == [["email", "linkedin"], ["voice", "sms"], ["voice", "sms"], []]


def test_numbers_that_a_format_does_not_have_are_nothing_or_text(tmp_path: Path) -> None:
    file, out = tmp_path / "leads.parquet", tmp_path / "out.json"
    odd = [1.5, float("nan"), float("inf"), -float("inf")]
    pl.DataFrame(
        {
            "lead_id": ["a", "b", "c", "d"],
            "als_score": [90, 80, 70, 60],
            "odd": odd,
            "several": [odd] * 4,
            "parts": [{"one": number} for number in odd],
        }
    ).write_parquet(file)
    assert run("allocate", file, "--out", out).code == 0

    def refuse(name: str) -> None:
        raise ValueError(name)

    written = json.loads(out.read_text(encoding="utf-8"), parse_constant=refuse)
    texts = [1.5, None, "inf", "-inf"]
    assert [lead["odd"] for lead in written] == texts
    assert [lead["parts"]["one"] for lead in written] == texts
    assert [lead["several"] for lead in written] == [texts] * 4
    assert run("allocate", file, "--out", tmp_path / "out.xlsx").code == 0
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    assert [cell.value for cell in sheet["C"]] == ["odd", *texts]
