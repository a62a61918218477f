"""Written cells are read back unchanged, and what is not ours in a file stays as it is."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from campaignkit.cli._command_error import FileError
from campaignkit.cli._csv_file import MOST_CHARACTERS
from campaignkit.cli._dialect import FileOptions
from campaignkit.cli._leads_file import open_leads
from campaignkit.cli._output import open_output
from tests.cli.running import run

pa: Any = importlib.import_module("pyarrow")
pq: Any = importlib.import_module("pyarrow.parquet")

SPECIAL = "\r\n\",;\t\0\ufeff '=+-@|\\\u2028\u0085é🙂"
CELLS = st.text(st.sampled_from(SPECIAL) | st.characters(exclude_categories=["Cs"]), max_size=6)
HARD = [
    *("\r", "\n", "\r\n", "\n\r", "a\rb", "a\r", "\ra", '"', '""', 'a"b', ",", "\0", "a\0b"),
    *("\ufeff", "\ufeffa", " a ", "\t", "", " ", "=1+1", "+1", "-1", "@A1", "=cmd|' /C calc'!A0"),
    *("\x0b", "\x0c", "\x1c", "\u2028", "\u0085", "'", "\\", '\\"', "NULL", "null", "nan"),
]


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5))


@given(tables(), st.sampled_from(["utf-8", "utf-8-sig"]), st.sampled_from(["\n", "\r\n"]))
@example([["\ufeffa", "b"], ["\r", ""]], "utf-8", "\n")
@example([["a"], [""], ["\r"]], "utf-8", "\n")
@settings(max_examples=settings().max_examples * 2)
def test_any_cells_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Sequence[Sequence[str]],
    encoding: str,
    line_end: str,
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.csv"
    with open_output(str(path)) as output:
        output.write(rows, encoding=encoding, line_end=line_end)
    with path.open(encoding="utf-8-sig", newline="") as text:
        assert list(csv.reader(text, strict=True)) == rows
    as_written = FileOptions(delimiter=",", encoding="utf-8", skip_rows=0)
    with open_leads(str(path), options=as_written) as file:
        assert [file.header, *(row for _, _, row in file.rows(lambda _: None))] == rows


def table(cells: Sequence[str]) -> list[list[str]]:
    """Return leads with one of the cells each, in the notes and in the name of a column."""
    return [
        ["lead_id", "als_score", "notes", *cells],
        *([f"lead-{n}", "90", cell, *cells] for n, cell in enumerate(cells)),
    ]


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with open_output(str(path)) as output:
        output.write(rows, encoding="utf-8", line_end="\n")
    return path


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text, strict=True))


def test_cells_are_unchanged_in_csv(tmp_path: Path) -> None:
    rows = table(HARD)
    leads, out = write_csv(tmp_path / "leads.csv", rows), tmp_path / "out.csv"
    assert run("allocate", leads, "--out", out).code == 0
    assert [row[:-3] for row in read_csv(out)] == rows


def test_cells_are_unchanged_in_parquet(tmp_path: Path) -> None:
    """But that a blank one is null there; and from there they come back."""
    rows = table(HARD)
    leads = write_csv(tmp_path / "leads.csv", rows)
    there, back = tmp_path / "there.parquet", tmp_path / "back.csv"
    assert run("allocate", leads, "--out", there).code == 0
    written = pq.read_table(there)
    assert written.column_names == [*rows[0], "tier", "channel", "reason"]
    columns = [[cell or "" for cell in column.to_pylist()] for column in written.columns[:-3]]
    assert [*map(list, zip(*columns, strict=True))] == rows[1:]
    pq.write_table(written.drop_columns(["tier", "channel", "reason"]), there)
    assert run("allocate", there, "--out", back).code == 0
    assert [row[:-3] for row in read_csv(back)] == rows


def test_a_cell_that_is_too_long_to_read_is_not_written(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    longest = "x" * (MOST_CHARACTERS - 1_000) + '"' * 1_000  # which are written twice
    with open_output(str(out)) as output:
        output.write([["a", longest]], encoding="utf-8", line_end="\n")
    with open_leads(str(out)) as file:
        assert [len(name) for name in file.header] == [1, MOST_CHARACTERS]
    out.unlink()
    with pytest.raises(FileError, match="a cell has over 16,777,216 characters"):  # noqa: SIM117
        with open_output(str(out)) as output:
            output.write([["a", "b"], ["", f"{longest}x"]], encoding="utf-8", line_end="\n")
    assert not list(tmp_path.iterdir())


# -- Parquet --------------------------------------------------------------------------------------

NAMES = ["a", "A", "", " ", "x.y", "x", 'q"t', "a'b", "n\0l", "\ufeff", "a_1", "C2", "ä", "Ä", "é"]


@pytest.mark.parametrize("source", ["csv", "parquet"])
@pytest.mark.parametrize("target", ["csv", "parquet"])
def test_every_column_keeps_its_name(tmp_path: Path, source: str, target: str) -> None:
    header = ["lead_id", "als_score", "Lead_ID", *NAMES]
    rows = [[f"{row}-{n}" for n in range(len(header))] for row in range(3)]
    for row in rows:
        row[1] = "90"
    leads, out = tmp_path / f"leads.{source}", tmp_path / f"out.{target}"
    if source == "csv":
        write_csv(leads, [header, *rows])
    else:
        columns = zip(*rows, strict=True)
        pq.write_table(pa.table([pa.array(c) for c in columns], names=header), leads)
    blocks = ["--need", "email=a", "--need", "mail=A", "--need", "sms=x.y", "--need", "voice=é"]
    assert run("allocate", leads, *blocks, "--out", out).code == 0
    if target == "csv":
        found, *values = read_csv(out)
    else:
        written = pq.read_table(out)
        found = written.column_names
        values = [[cell or "" for cell in row.values()] for row in by_position(written)]
    assert found == [*header, "tier", "channel", "reason"]
    assert [row[:-3] for row in values] == rows


def by_position(written: Any) -> list[dict[str, str]]:  # noqa: ANN401  # a table of PyArrow
    names = [str(n) for n in range(written.num_columns)]
    rows: list[dict[str, str]] = written.rename_columns(names).to_pylist()
    return rows


@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_duplicate_columns_are_refused_for_parquet_output(tmp_path: Path, source: str) -> None:
    leads, out = tmp_path / f"leads.{source}", tmp_path / "out.parquet"
    header = ["lead_id", "als_score", "x", "x", "", ""]
    if source == "csv":
        write_csv(leads, [header, ["a", "90", "1", "2", "3", "4"]])
    else:
        pq.write_table(pa.table([pa.array(["1"])] * len(header), names=header), leads)
    ran = run("allocate", leads, "--out", out)
    assert ran.code == 1
    assert ran.stderr.splitlines() == [
        f"Error: {leads} has several columns called 'x', ''",
        "  rename them, or write CSV: Parquet has one column for a name",
    ]
    assert not out.exists()
    assert run("allocate", leads, "--out", tmp_path / "out.csv").code == 0


def test_values_of_parquet_stay_of_their_kind(tmp_path: Path) -> None:
    leads, out = tmp_path / "leads.parquet", tmp_path / "out.parquet"
    there = pa.table(
        {
            "lead_id": ["a", "b", "a", "c"],
            "als_score": pa.array([90, 50, 90, 70], pa.int32()),
            "many": [[1, 2], None, [], [3]],
            "parts": [{"x": 1}, None, {"x": None}, {"x": 2}],
            "text": pa.array(["x", None, "", "x"]).dictionary_encode(),
            "time": pa.array([1, 2, 3, None], pa.timestamp("ns", "UTC")),
        }
    )
    pq.write_table(there, leads)
    assert run("allocate", leads, "--skip-bad", "--out", out).code == 0
    written = pq.read_table(out)
    assert written["tier"].to_pylist() == ["cool", "warm"]
    assert written.drop_columns(["tier", "channel", "reason"]).equals(there.take([1, 3]))


def test_wildcards_in_a_file_name_are_literal(tmp_path: Path) -> None:
    for name, lead in (("le[a]ds*.parquet", "mine"), ("leads.parquet", "other")):
        pl.DataFrame({"lead_id": [lead], "als_score": [90]}).write_parquet(tmp_path / name)
    for out in ("out.csv", "out.parquet"):
        target = tmp_path / "year=2026" / out
        target.parent.mkdir(exist_ok=True)
        assert run("allocate", tmp_path / "le[a]ds*.parquet", "--out", target).code == 0
        assert b"mine" in target.read_bytes()
    moved = target.parent / "leads.parquet"
    (tmp_path / "leads.parquet").rename(moved)
    assert run("allocate", moved, "--out", tmp_path / "out.csv").code == 0
    assert read_csv(tmp_path / "out.csv")[0] == [
        "lead_id",
        "als_score",
        "tier",
        "channel",
        "reason",
    ]


# -- Names of files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("x.xls", "x.jsonl", "x.csv.gz", "x", "x.txt", "x.tsv", "x.CSV.zip", "x.parquet.gz"),
        *("x.csv ", "x.csv.", "xcsv", "", "x.db", "x.feather", "x.pqt"),
    ],
)
def test_an_unknown_extension_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("allocate", "none.csv", "--out", name)  # before anything is read
    assert (ran.code, ran.stdout) == (2, "")
    assert f"--out must end in .csv, .xlsx, .parquet, .pq or .json, not {name!r}" in ran.stderr
    ran = run("intake", "none.toml", "none.csv", "--db", "sqlite:///none.db", "--out", name)
    assert ran.code == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.CSV", ".csv", "x.y.csv", "x.PQ", "x.Parquet"])
def test_the_extension_is_case_insensitive(tmp_path: Path, name: str) -> None:
    leads = write_csv(tmp_path / "leads.csv", [["lead_id", "als_score"], ["a", "90"]])
    assert run("allocate", leads, "--out", tmp_path / name).code == 0
    is_parquet = (tmp_path / name).read_bytes().startswith(b"PAR1")
    assert is_parquet is not name.lower().endswith("csv")


# -- Files of any kind ----------------------------------------------------------------------------

H = b"lead_id,als_score,notes\n"
LONG = b"x" * 131_072
DIRTY = {
    "blank first line": b"\n" + H + b"a,90,x\n",
    "several blank first lines": b"\r\n\n\r" + H + b"a,90,x\n",
    "extra fields": H + b"a,90,x\nb,90,x,\nc,90,x,y\n",
    "extra empty fields in all": H + b"a,90,x,\nb,90,x,\n",
    "too few fields": H + b"a,90\nb\nc,90,x\n",
    "mixed line ends": b"lead_id,als_score,notes\r\na,90,x\nb,90,y\rc,50,z\r\n",
    "mixed line ends, LF first": H + b"a,90,x\r\nb,90,y\rc,50,z\n",
    "only CR": b"lead_id,als_score,notes\ra,90,x\rb,50,y\r",
    "long cells, quoted and not": H + b'a,90,"' + LONG * 8 + b'"\nb,90,' + LONG * 8 + b"\n",
    "a longer cell than is read": H + b"a,90,x" + LONG * 128 + b"\n",
    "long cells in all": H + b"".join(b"l%d,90,%s\n" % (n, LONG) for n in range(5)),
    "a quote inside": H + b'a,90,x"y\n',
    "quotes doubled": H + b'a,90,"x""y"\n"b""",50,""""\n',
    "text after a quote": H + b'a,90,"x"y\n',
    "a space before a quote": H + b'a,90, "x"\n',
    "a space before a quoted comma": H + b'a,90, "x,y"\n',
    "an open quote": H + b'a,90,"x\nb,90,y\n',
    "an open quote at the end": H + b'a,90,x\nb,90,"',
    "a BOM": b"\xef\xbb\xbf" + H + b"a,90,x\n",
    "two BOMs": b"\xef\xbb\xbf\xef\xbb\xbf" + H + b"a,90,x\n",
    "a BOM in quotes": b'"\xef\xbb\xbfnotes",lead_id,als_score\nx,a,90\n',
    "a BOM inside": H + b"\xef\xbb\xbfa,90,x\n",
    "UTF-16": H.decode().encode("utf-16"),
    "NUL in an id": H + b"a\0,90,x\nb,90,y\n",
    "NUL in notes": H + b"a,90,\0x\0\nb,90,y\n",
    "NUL in a score": H + b"a,9\x000,x\n",
    "a header twice": b"lead_id,als_score,lead_id\na,90,x\n",
    "another header twice": b"lead_id,als_score,x,x\na,90,1,2\n",
    "blank headers": b"lead_id,als_score,,\na,90,1,2\n",
    "headers of either case": b"lead_id,als_score,LEAD_ID\na,90,x\n",
    "white space around headers": b" lead_id ,\tals_score,notes \na,90,x\n",
    "headers that are added": b"lead_id,als_score,tier\na,90,x\n",
    "headers with reserved names": b"lead_id,als_score,row,_campaignkit_row,bad\na,90,x,y,z\n",
    "no such column": b"id,score\na,90\n",
    "semicolons": b"lead_id;als_score\na;90\n",
    "empty": b"",
    "only a BOM": b"\xef\xbb\xbf",
    "only blank lines": b"\n\r\n\n",
    "only a header": H,
    "only a header without a line end": H.rstrip(),
    "blank lines": H + b"\na,90,x\n\n\nb,50,y\n",
    "blank lines at the end": H + b"a,90,x\n\n\r\n\n",
    "lines of spaces": H + b"a,90,x\n  \nb,50,y\n",
    "lines of commas": H + b"a,90,x\n,,\n,,\n",
    "no line end at the end": H + b"a,90,x\nb,50,y",
    "invalid UTF-8": H + b"a,90,\xff\n",
    "invalid UTF-8 in the header": b"lead_id,als_score,\xe9\na,90,x\n",
    "UTF-8 cut off": H + b"a,90,\xc3",
    "surrogates": H + b"a,90,\xed\xa0\x80\n",
    "many columns": b"lead_id,als_score," + b",".join(b"c%d" % n for n in range(3_000)) + b"\n"
    b"a,90" + b",x" * 3_000 + b"\n",
    "newlines in cells": H + b'a,90,"x\ny"\n"b\n",50,"\r\n"\nc,50,"\r"\n',
    "a newline in the header": b'lead_id,als_score,"no\ntes"\na,90,x\n',
    "ids with white space": H + b" a ,90,x\n\xc2\xa0b\xe2\x80\x83,50,y\n\x1fc\x1c,40,z\n",
    "ids twice": H + b"a,90,x\nb,90,y\n a,50,z\na ,x,z\n",
    "ids twice, the first bad": H + b"a,x,x\na,90,y\nb,90,z\n",
    "ids twice, one too short": H + b"a,90\na,90,y\n",
    "ids of either case and form": H + "a,90,\nA,90,\né,50,\ne\u0301,50,\n".encode(),
    "blank ids": H + b",90,x\n ,50,y\nc,40,z\n",
    "scores": H
    + b"a,1e1,\nb,.5,\nc,5.,\nd,+5,\ne,1_0,\nf,nan,\ng,inf,\nh,-0,\ni,0x1,\nj,\xd9\xa1,\n",
    "scores with white space": H + b"a, 90 ,\nb,\t50,\nc,\xc2\xa060,\nd, ,\n",
    "scores out of range": H + b"a,100.0000001,\nb,-1e-9,\nc,1e400,\nd,100,\ne,0,\n",
    "bounds": H + b"".join(b"l%s,%s,\n" % (s, s) for s in b"85 84.9999999999999 60 35 20".split()),
    "many bad rows": H + b"".join(b"l%d,%s,x\n" % (n, b"x" if n else b"1") for n in range(1_200)),
    "ids twice after many bad rows": H
    + b"z,90,x\n"
    + b"".join(b"l%d,x,x\n" % n for n in range(1_100))
    + b"z,90,y\n",
    "formulas": H + b"=1+1,90,=cmd()\n+1,50,-1\n@x,50,'=1\n",
    "a comment": b"# leads\n" + H + b"a,90,x\n",
    "sep=": b"sep=,\n" + H + b"a,90,x\n",
    "backslashes": H + b'a,90,"x\\"\nb,50,\\\n',
}


@pytest.mark.parametrize("content", DIRTY.values(), ids=DIRTY.keys())
def test_any_file_is_planned_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    if "bad_rows" in check_file(tmp_path, content):
        check_file(tmp_path, content, "--skip-bad")


def check_file(folder: Path, content: bytes, *options: str) -> dict[str, object]:
    """Hold that what is written has the text of the good rows, and return what is printed."""
    leads, out = folder / "leads.csv", folder / "out.csv"
    leads.write_bytes(content)
    out.unlink(missing_ok=True)
    ran = run("allocate", leads, "--out", out, *options, "--json")
    assert ran.code in {0, 1}
    assert "Traceback" not in ran.stderr
    document: dict[str, object] = json.loads(ran.stdout)
    assert out.exists() == ("error" not in document) == (ran.code == 0)
    if out.exists():
        with open_leads(str(leads), ["lead_id", "als_score"]) as one, open_leads(str(out)) as other:
            rows = [[*row] for _, _, row in other.rows(lambda _: None)]
            there = [[*row] for _, _, row in one.rows(lambda _: None)]
            assert [*one.header, "tier", "channel", "reason"] == [*other.header]
        assert [row[:-3] for row in rows] == [row for row in there if row in [r[:-3] for r in rows]]
        assert len(rows) == document["leads"]
    return document


PIECES = [
    *("a", "b", "90", "x", ",", ",", ",", "\n", "\n", "\r\n", "\r", '"', '""', " ", "\0"),
    *("\ufeff", "é", "lead_id,als_score\n", "lead_id", "a,90\n", "b,50\n", '"a\nb",20\n'),
]


@given(st.lists(st.sampled_from(PIECES), max_size=20), st.booleans(), st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_are_planned_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[str],
    with_header: bool,  # noqa: FBT001  # Hypothesis passes it so
    skip: bool,  # noqa: FBT001  # as well
) -> None:
    content = ("lead_id,als_score\n" if with_header else "") + "".join(pieces)
    options = ("--skip-bad",) if skip else ()
    check_file(tmp_path_factory.getbasetemp(), content.encode(), *options)
