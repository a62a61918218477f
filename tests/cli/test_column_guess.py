"""What the columns of a file are is guessed from names and values."""

from __future__ import annotations

import random

import pytest

from campaignkit.cli._column_guess import Sample, guess_columns, guess_scale
from tests.cli.known_exports import KNOWN_EXPORTS, to_plain


@pytest.mark.parametrize("name", KNOWN_EXPORTS)
def test_the_columns_of_known_exports(name: str) -> None:
    export = KNOWN_EXPORTS[name]
    header, *rows = export.rows
    guess = guess_columns(header, rows)
    assert to_plain(guess) == export.expected
    for note in export.says:
        assert note in [each.text for each in guess.notes]


@pytest.mark.parametrize("name", KNOWN_EXPORTS)
def test_case_accents_and_order_of_columns_change_nothing(name: str) -> None:
    export = KNOWN_EXPORTS[name]
    header, *rows = export.rows
    order = [*range(len(header))]
    random.Random(name).shuffle(order)
    mixed = guess_columns(
        [f" {header[at]} ".upper() for at in order], [[row[at] for at in order] for row in rows]
    )
    assert (mixed.id or "").strip() == export.id.upper()
    assert (mixed.score or "").strip() == export.score.upper()


@pytest.mark.parametrize(
    ("name", "values", "scale"),
    [
        ("Score", "0 100", "0..100"),
        ("Score", "12 87,5", "0..100"),
        ("Score", "0.5 1", "0..1"),
        ("Score", "4.5 2", "0..5"),
        ("Score", "4.25 2", "0..10"),
        ("Score", "9.75 2", "0..10"),
        ("Score", "250 2", "0..500"),
        ("Score", "-3 40", "-5..100"),
        ("Score (1-5)", "1 5", "1..5"),
        ("Note (0 à 20)", "3 18", "0..20"),
        ("Score (0-10)", "3 18", "0..100"),
        ("Score", "85% 7%", "0..100"),
        ("Score", "85/100 7/100", "0..100"),
        ("Score", "good 7", None),
        ("Score", "good 7 30", "0..100"),
        ("Score", "", None),
    ],
)
def test_scales(name: str, values: str, scale: str | None) -> None:
    assert guess_scale(Sample(name, values.split())) == scale


def test_the_column_whose_values_are_unique_is_the_id() -> None:
    header = ["Lead ID", "Record ID", "Score", "Email"]
    rows = [["1", "a", "90", "ann@x"], ["1", "b", "80", "bo@x"], ["2", "c", "7", "cy@x"]]
    guess = guess_columns(header, rows)
    assert guess.id == "Record ID"
    assert [note.text for note in guess.notes] == [
        (
            "the id is 'Record ID' (every row has its own value), but it could also be 'Lead ID'"
            " (1 row with a value of another row)"
        ),
    ]
    known = guess_columns(header, rows, lead_id="Lead ID", score="Score")
    assert (known.id, known.score, known.notes) == ("Lead ID", "Score", ())


def test_what_looks_like_no_id_and_no_score_is_none() -> None:
    guess = guess_columns(["Company ID", "Owner", "Score"], [["1", "x", "good"], ["1", "y", "?"]])
    assert (guess.id, guess.score, guess.notes) == (None, None, ())
    guess = guess_columns(["ID", "ID", "Score"], [["1", "x", ""]])
    assert (guess.id, guess.score) == (None, "Score")
    assert [note.text for note in guess.notes] == [
        "'Score' is blank in the first 1 row: nobody has a score"
    ]
    assert guess_columns([], []) == guess_columns(["", ""], [])


def test_a_very_wide_file_takes_no_long_time() -> None:
    header = [f"Column {n}" for n in range(20_000)]
    header[7_000:7_002] = ["Lead ID", "Score"]
    guess = guess_columns(header, [["1"] * 20_000] * 2)
    assert (guess.id, guess.score) == ("Lead ID", "Score")


@pytest.mark.parametrize("values", ["", "no", "yes", "N/A", "0", "1"])
def test_a_title_of_address_is_no_title_of_a_job(values: str) -> None:
    rows = [["1", "Mr", values], ["2", "Frau", values]]
    assert guess_columns(["id", "Title", "Do not email"], rows).prospect == {}


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        ("Do not email", "email"),
        ("do_not_mail", "mail"),
        ("No SMS", "sms"),
        ("Opted out of texts", "sms"),
        ("Person - Do not call?", "voice"),
        ("Do Not Call (yes/no)", "voice"),
        ("No LinkedIn messages", "linkedin"),
        ("Keine Anrufe", "voice"),
        ("Keine E-Mails", "email"),
        ("Keine Briefe", "mail"),
        ("Fax Opt Out", ""),
        ("Email", ""),
        ("Notes", ""),
        ("Mailing Street", ""),
        ("No. of Employees", ""),
        ("Phone", ""),
        ("Do not contact", "email linkedin voice sms mail"),
        ("Opt-out", "email linkedin voice sms mail"),
    ],
)
def test_what_closes_a_channel(name: str, closed: str) -> None:
    guess = guess_columns(["id", name], [["1", "yes"], ["2", ""]])
    assert " ".join(guess.block) == closed
    assert all(columns == [name] for columns in guess.block.values())


def test_a_column_of_consent_closes_by_no_and_by_a_blank() -> None:
    guess = guess_columns(
        ["id", "SMS consent", "Subscribed"],
        [["1", "Yes", "Unsubscribed"], ["2", "No", "Subscribed"]],
    )
    assert guess.block == {
        "sms": ["SMS consent:No,0,f,false,n"],
        "email": ["Subscribed:Unsubscribed,0,f,false,n,no"],
    }
    assert guess.need == {"sms": ["SMS consent"], "email": ["Subscribed"]}
