"""Rows become leads, or are reported with line, column, value and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from campaignkit import DEFAULT_ALLOCATION, DEFAULT_GATE, Channel, Lead, plan
from campaignkit.cli._added_columns import (
    ALLOCATION_COLUMNS,
    AddedColumns,
    iterate_allocated,
    list_outcomes,
)
from campaignkit.cli._command_error import FileError
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._lead_rows import Batch, Duplicates, read_leads
from campaignkit.cli._leads_file import open_leads
from campaignkit.cli._output import open_output
from campaignkit.cli._write_rows import write_rows
from tests.cli.running import write_leads

COLUMNS = LeadColumns(
    block={
        Channel.EMAIL: ["do_not_email"],
        Channel.VOICE: ["do_not_call"],
        Channel.SMS: ["do_not_call"],
    },
    need={Channel.VOICE: ["phone"]},
)
ALL = frozenset(Channel)


def read_rows(folder: Path, *rows: Sequence[object], columns: LeadColumns = COLUMNS) -> Batch:
    with open_leads(str(write_leads(folder / "leads.csv", rows))) as file:
        return read_leads(file, columns, lambda _: None)


def describe_bad_rows(batch: Batch) -> list[str]:
    return [str(row) for row in batch.bad.first]


def test_a_row_becomes_a_lead(tmp_path: Path) -> None:
    batch = read_rows(
        tmp_path,
        ("a", 84.5, "no", "no", "123"),
        (" b ", " 90 ", "yes", "", "1"),
        ("c", "", "", "YES", " "),
        ("7", "0", " T ", "0", ""),
        ("d", "100.0", "f", "N", "no"),
    )
    assert batch.leads == [
        Lead("a", 84.5),
        Lead("b", 90, ALL - {Channel.EMAIL}),
        Lead("c", None, ALL - {Channel.VOICE, Channel.SMS}),
        Lead("7", 0, ALL - {Channel.EMAIL, Channel.VOICE}),
        Lead("d", 100),
    ]
    assert (batch.rows, batch.bad.count) == (5, 0)


def test_several_columns_for_a_channel_each_close_it(tmp_path: Path) -> None:
    columns = LeadColumns(
        block={Channel.EMAIL: ["do_not_email", "do_not_call"]},
        need={Channel.MAIL: ["phone", "do_not_call"]},
    )
    batch = read_rows(
        tmp_path,
        ("a", 1, "yes", "no", 1),
        ("b", 1, "no", "yes", ""),
        ("c", 1, "no", "", 1),
        columns=columns,
    )
    assert [lead.reachable for lead in batch.leads] == [
        ALL - {Channel.EMAIL},
        ALL - {Channel.EMAIL, Channel.MAIL},
        ALL - {Channel.MAIL},
    ]


@pytest.mark.parametrize(
    "score",
    [
        *("x", "-1", "100.1", "inf", "1e400", "8_5", "85 5", "٨٥", "0x10", "nan5", "101%", "%"),
        *("5/0", "5/", "/5", "101/100", "1/2/3", "-1/2", "5%%", "1/inf", "1e-320/1e-320"),
    ],
)
def test_a_score_is_a_number_from_0_to_100(tmp_path: Path, score: str) -> None:
    batch = read_rows(tmp_path, ("a", 50, "", "", ""), ("b", score, "", "", ""))
    assert [lead.id for lead in batch.leads] == ["a"]
    assert describe_bad_rows(batch) == [
        f"line 3: als_score is {score!r}, expected a number from 0 to 100, or blank"
    ]


def test_all_faults_of_a_row_are_reported(tmp_path: Path) -> None:
    batch = read_rows(tmp_path, (" ", "hot", "maybe", "2", "1"), ("a\0", 1, "", "", ""))
    assert describe_bad_rows(batch) == [
        (
            "line 2: lead_id is ' ', expected an id, neither blank nor with NUL;"
            " als_score is 'hot', expected a number from 0 to 100, or blank;"
            " do_not_email is 'maybe', expected yes or no;"
            " do_not_call is '2', expected yes or no"
        ),
        "line 3: lead_id is 'a\\x00', expected an id, neither blank nor with NUL",
    ]


def test_a_bad_value_is_escaped_and_shortened(tmp_path: Path) -> None:
    batch = read_rows(tmp_path, ("a", "\x1b[2J" + "9" * 200, "", "", ""))
    (line,) = describe_bad_rows(batch)
    assert line.isprintable()
    assert len(line) < 200


def test_a_row_has_as_many_fields_as_the_header(tmp_path: Path) -> None:
    batch = read_rows(tmp_path, ("a",), ("b", 1, "", "", "", ""), ("c", 1, "", "", ""))
    assert [lead.id for lead in batch.leads] == ["c"]
    assert describe_bad_rows(batch) == [
        "line 2: 1 field, expected 5, as in the header",
        "line 3: 6 fields, expected 5, as in the header",
    ]


def test_an_id_on_several_rows_makes_all_of_them_bad(tmp_path: Path) -> None:
    batch = read_rows(
        tmp_path,
        ("a", 1, "", "", ""),
        ("b", 1, "", "", ""),
        ("a ", 1, "yes", "", ""),
        ("a", "x", "", "", ""),
    )
    assert [lead.id for lead in batch.leads] == ["b"]
    assert batch.bad.count == 3
    assert describe_bad_rows(batch) == [
        "line 2: lead_id is 'a', expected one row for each lead, but line 4 has it too",
        "line 4: lead_id is 'a', expected one row for each lead, but line 2 has it too",
        (
            "line 5: lead_id is 'a', expected one row for each lead, but line 2 has it too;"
            " als_score is 'x', expected a number from 0 to 100, or blank"
        ),
    ]


def test_a_good_row_does_not_replace_a_bad_row_with_its_id(tmp_path: Path) -> None:
    batch = read_rows(tmp_path, ("a", 90, "maybe", "", ""), ("a", 90, "no", "", ""))
    assert batch.leads == []
    assert batch.bad.count == 2


def test_blank_ids_are_not_duplicates(tmp_path: Path) -> None:
    rows = [("", 1, "", "", ""), ("", 1, "", "", "")]
    batch = read_rows(tmp_path, *rows, ("a", 1, "", "", ""))
    expected = "lead_id is '', expected an id, neither blank nor with NUL"
    assert describe_bad_rows(batch) == [f"line 2: {expected}", f"line 3: {expected}"]


def test_an_id_that_is_blank_in_all_rows_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"column 'lead_id' is blank in all 5,000 rows$") as refused:
        read_rows(tmp_path, *[("", 1, "", "", "")] * 5_000)
    assert refused.value.lines[0] == "--id names another column"


def test_columns_that_are_blank_in_all_rows_are_named(tmp_path: Path) -> None:
    batch = read_rows(tmp_path, ("a", "", "", "no", " "), ("b", "", "", "", ""))
    assert batch.blank == ["als_score", "do_not_email", "phone"]
    assert batch.reading_json()["blank_columns"] == batch.blank


def test_all_bad_rows_are_counted_and_the_first_thousand_kept(tmp_path: Path) -> None:
    batch = read_rows(tmp_path, *([f"lead-{i}", "x", "", "", ""] for i in range(1_500)))
    assert batch.rows == batch.bad.count == 1_500
    assert [row.line for row in batch.bad.first] == list(range(2, 1_002))


def test_missing_and_duplicate_columns_are_all_named(tmp_path: Path) -> None:
    path = write_leads(tmp_path / "leads.csv", [], header="id, score ,twice,twice,free,free")
    columns = LeadColumns(
        score="score", block={Channel.EMAIL: ["twice"]}, need={Channel.VOICE: ["phone"]}
    )
    with open_leads(str(path)) as file, pytest.raises(FileError) as refused:
        read_leads(file, columns, lambda _: None)
    assert refused.value.message == f"{path} has missing or duplicate columns"
    assert refused.value.lines == (
        "--id: column 'lead_id' is missing",
        "--block email: column 'twice' appears 2 times",
        "--need voice: column 'phone' is missing",
        "the columns are 'id', 'score', 'twice', 'twice', 'free', 'free'",
        "read as: comma, UTF-8",
        "campaignkit init finds out what the columns are, and keeps that in a campaign's file",
    )


def test_a_close_name_is_suggested_for_a_missing_column(tmp_path: Path) -> None:
    header = ",".join(["Lead ID", "ALS-Score", *(f"column {n}" for n in range(100_000))])
    path = write_leads(tmp_path / "leads.csv", [], header=header)
    with open_leads(str(path)) as file, pytest.raises(FileError) as refused:
        read_leads(file, LeadColumns(need={Channel.VOICE: ["telephone"]}), lambda _: None)
    missing = refused.value.lines[:3]
    assert missing == (
        "--id: column 'lead_id' is missing; is it 'Lead ID'?",
        "--score: column 'als_score' is missing; is it 'ALS-Score'?",
        "--need voice: column 'telephone' is missing",
    )
    assert refused.value.lines[3].endswith("'column 17' and 99,982 more")
    assert max(map(len, refused.value.lines)) < 400


def test_a_longer_name_is_suggested_for_a_part_of_it(tmp_path: Path) -> None:
    path = write_leads(tmp_path / "leads.csv", [], header="lead_id,als_score,phone_number")
    for name, expected in (("Phone", "; is it 'phone_number'?"), ("num", "")):
        with open_leads(str(path)) as file, pytest.raises(FileError) as refused:
            read_leads(file, LeadColumns(need={Channel.VOICE: [name]}), lambda _: None)
        assert refused.value.lines[0] == f"--need voice: column {name!r} is missing{expected}"


def test_a_file_that_changes_between_the_passes_is_refused(tmp_path: Path) -> None:
    path = write_leads(tmp_path / "leads.csv", [("a", 90), ("b", 90)], header="lead_id,als_score")
    with open_leads(str(path)) as file:
        batch = read_leads(file, LeadColumns(), lambda _: None)
        planned = plan(DEFAULT_ALLOCATION, batch.leads)
        cells = iterate_allocated(list_outcomes(batch, planned, {}, DEFAULT_GATE))
        path.write_text("lead_id,als_score\na,90\n", encoding="utf-8")
        added = AddedColumns(ALLOCATION_COLUMNS, cells)
        with (
            pytest.raises(FileError, match="changed while it was being read"),
            open_output(str(tmp_path / "out.csv")) as output,
        ):
            write_rows(output, file, batch, added, lambda _: None, bom=False)
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("duplicates", [Duplicates.FIRST, Duplicates.BEST])
@pytest.mark.parametrize("bad", ["a,x,yes,", "a,x,no,", "a,50,gone,1", "a,101,ja,n/a"])
@pytest.mark.parametrize("is_first", [False, True])
def test_what_a_refused_row_of_a_lead_closes_stays_closed(
    tmp_path: Path,
    duplicates: Duplicates,
    bad: str,
    is_first: bool,  # noqa: FBT001  # pytest names it
) -> None:
    rows = ["b,80,,1", "a,90,,1", "c,x,yes,"]
    rows.insert(0 if is_first else 2, bad)
    leads = tmp_path / "leads.csv"
    leads.write_text("\n".join(["lead_id,als_score,optout,phone", *rows]), encoding="utf-8")
    columns = LeadColumns(block={Channel.EMAIL: ["optout"]}, need={Channel.SMS: ["phone"]})
    with open_leads(str(leads)) as file:
        batch = read_leads(file, columns, lambda _: None, duplicates)
    assert batch.bad.count == 2
    _, _, optout, phone = bad.split(",")
    closed = {Channel.EMAIL: optout != "no", Channel.SMS: phone != "1"}
    assert {str(lead.id): {*Channel} - lead.reachable for lead in batch.leads} == {
        "b": set(),
        "a": {channel for channel, is_closed in closed.items() if is_closed},
    }
