"""Rows are judged as `Targeting.match` judges the prospects that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.cli._lead_columns import LeadColumns
from campaignkit.cli._lead_rows import Duplicates, read_leads
from campaignkit.cli._leads_file import open_leads
from campaignkit.cli._prospect_rows import PROSPECT_FIELDS, ProspectJudge, Unknown

FIELDS = [*PROSPECT_FIELDS]
WANTED = ck.Targeting(
    industries=["Software", "Marketing & Advertising"],
    titles=["CEO", "VP Sales"],
    company_sizes=["11-50", "1,000+"],
    locations=["Sydney, NSW", "Germany"],
)
VALUES: Mapping[str, Sequence[str]] = {
    "industry": ["Software", "Computer Software", "marketing and advertising", "Retail", ""],
    "title": ["Founder & C.E.O.", "VP, Sales", "Assistant", "Gérant", " "],
    "company_size": ["11-50", "12", "40-60", "1000+", "5", ""],
    "location": ["Sydney NSW", "Sydney, NSW, Australia", "Sydney", "Berlin, Germany", "DE", ""],
}
targetings = st.builds(
    ck.Targeting,
    industries=st.sampled_from([(), WANTED.industries, ("Retail",)]),
    titles=st.sampled_from([(), WANTED.titles, ("Assistant",)]),
    company_sizes=st.sampled_from([(), WANTED.company_sizes, ("1-10", "41-60")]),
    locations=st.sampled_from([(), WANTED.locations, ("Sydney",)]),
)
some_fields = st.sets(st.sampled_from(FIELDS)).map(lambda some: [f for f in FIELDS if f in some])


def make_judge(targeting: ck.Targeting, fields: Sequence[str] = FIELDS) -> ProspectJudge:
    return ProspectJudge(FIELDS, {field: [field] for field in fields}, targeting)


def judge_cell(field: str, *cells: str) -> ck.Fit:
    names = [f"{field} {n}" for n, _ in enumerate(cells)]
    return ProspectJudge(names, {field: names}, WANTED).judge(cells).verdict


def match_row(targeting: ck.Targeting, row: Sequence[str], fields: Sequence[str]) -> ck.Fit:
    """Match with the library alone, by that part of the targeting which has a field."""
    part = evolve(
        targeting, **{PROSPECT_FIELDS[field]: () for field in FIELDS if field not in fields}
    )
    known = {field: cell for field, cell in zip(FIELDS, row, strict=True) if cell.strip()}
    return part.match(ck.Prospect(**known)).verdict


@given(targetings, some_fields, st.tuples(*(st.sampled_from(VALUES[field]) for field in FIELDS)))
def test_a_row_is_judged_as_its_prospect(
    targeting: ck.Targeting, fields: Sequence[str], row: Sequence[str]
) -> None:
    assert make_judge(targeting, fields).judge(row).verdict is match_row(targeting, row, fields)


@given(
    targetings,
    st.tuples(
        *(st.lists(st.sampled_from(VALUES[field]), min_size=1, max_size=3) for field in FIELDS)
    ),
    st.sampled_from([";", "|", "; ", " | "]),
)
def test_of_several_values_the_best_counts(
    targeting: ck.Targeting, several: Sequence[Sequence[str]], mark: str
) -> None:
    given_values = [[v for v in values if v.strip()] or [""] for values in several]
    found = {match_row(targeting, row, FIELDS) for row in product(*given_values)}
    best = next(fit for fit in (ck.Fit.YES, ck.Fit.UNKNOWN, ck.Fit.NO) if fit in found)
    judge = make_judge(targeting)
    assert judge.judge([mark.join(values) for values in several]).verdict is best


@pytest.mark.parametrize(
    ("field", "cell", "verdict"),
    [
        ("industry", "Retail;Software", "yes"),
        ("industry", "Retail|Marketing & Advertising", "yes"),
        ("industry", "Marketing; and Advertising", "no"),  # no value has the whole phrase
        *[("industry", cell, "unknown") for cell in ("", " ", "N/A", "-", "null", "NaN", "—", ";")],
        ("industry", "N/A; Retail", "no"),
        ("title", "CEO | Founder", "yes"),
        ("title", "unknown", "unknown"),
        ("title", "nan", "unknown"),
        ("title", "Nan Goldin", "no"),
        ("company_size", "11-50", "yes"),
        ("company_size", "11 – 50 employees", "yes"),
        ("company_size", "1,000+", "yes"),
        ("company_size", "1K-5K employees", "yes"),
        ("company_size", "10k+", "yes"),
        ("company_size", "12.0", "yes"),
        ("company_size", "1.000", "yes"),
        ("company_size", "5", "no"),
        ("company_size", "40-60", "unknown"),
        ("company_size", "Enterprise", "unknown"),
        ("company_size", "Nov-50", "unknown"),  # what Excel makes of 11-50
        ("location", "Berlin, Germany", "yes"),
        ("location", "Paris, France; Berlin, Germany", "yes"),
        ("location", "DE", "no"),
        ("location", "Sydney VIC; Perth NSW", "no"),  # no value has both parts
    ],
)
def test_cells_as_people_have_them(field: str, cell: str, verdict: str) -> None:
    assert judge_cell(field, cell) == verdict


def test_several_columns_are_parts_of_a_location_and_values_of_the_other_fields() -> None:
    assert judge_cell("location", "Sydney", "NSW", "Australia") == "yes"
    assert judge_cell("location", "Sydney", "", "Australia") == "no"
    assert judge_cell("location", "Perth; Sydney", "NSW", "n/a") == "yes"
    assert judge_cell("location", "", " ", "-") == "unknown"
    assert judge_cell("industry", "Retail", "Software") == "yes"
    assert judge_cell("industry", "Retail", "") == "no"


def test_fields_that_decide_are_named() -> None:
    judge = make_judge(WANTED)
    assert judge.judge(["Retail", "", "5", "Sydney, NSW"]).fields == ("industry", "company_size")
    assert judge.judge(["Software", "", "40-60", "Sydney, NSW"]).fields == ("title", "company_size")
    assert judge.judge(["Software", "CEO", "12", "Sydney, NSW"]).fields == ()


def test_a_part_without_a_column_is_not_applied() -> None:
    judge = make_judge(WANTED, ["title"])
    assert (judge.applied, judge.missing) == (
        {"title": ["title"]},
        ["industry", "company_size", "location"],
    )
    assert judge.judge(["", "CEO", "", ""]).verdict == "yes"
    some = make_judge(ck.Targeting(titles=["CEO"]))
    assert (some.applied, some.missing) == ({"title": ["title"]}, [])
    assert ProspectJudge.of(FIELDS, {"title": ["title"]}, ck.Targeting()) is None


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("cell", ["x" * 1_000_000, ";".join(map(str, range(200_000))), "a\0b", "|"])
def test_a_cell_may_be_anything(field: str, cell: str) -> None:
    judge = make_judge(WANTED, [field])
    row = [cell if name == field else "" for name in FIELDS]
    assert judge.judge(row).verdict is not None
    shown = "\n".join(judge.to_result(Unknown.TAKE, [judge.judge(row)]).unreadable)
    assert len(shown) < 200_000


def read(folder: Path, text: str, columns: LeadColumns, duplicates: Duplicates) -> object:
    path = folder / "leads.csv"
    path.write_text(text, encoding="utf-8")
    with open_leads(str(path)) as file:
        batch = read_leads(file, columns, lambda _: None, duplicates, WANTED)
    assert batch.targeting is not None
    fits = [fit.verdict.value for fit in batch.targeting.fits]
    return [*zip((lead.id for lead in batch.leads), fits, strict=True)], batch.find_left_out()


ROWS = """lead_id,als_score,Industry,Size
a,90,Software,12
b,80,Retail,12
a,95,Retail,
bad,high,Software,12
c,70,,40-60
Grand Totals,,,
"""


def test_a_batch_has_the_fit_of_each_of_its_leads(tmp_path: Path) -> None:
    columns = LeadColumns(prospect={"industry": "Industry", "company_size": "Size"})
    off, unknown = ck.Reason.OFF_TARGET, ck.Reason.FIT_UNKNOWN
    assert read(tmp_path, ROWS, columns, Duplicates.FIRST) == (
        [("a", "yes"), ("b", "no"), ("c", "unknown")],
        {"b": off},
    )
    leave = evolve(columns, unknown=Unknown.LEAVE)
    assert read(tmp_path, ROWS, leave, Duplicates.BEST) == (
        [("b", "no"), ("a", "no"), ("c", "unknown")],
        {"a": off, "b": off, "c": unknown},
    )
    assert read(tmp_path, ROWS, leave, Duplicates.REFUSE) == (
        [("b", "no"), ("c", "unknown")],
        {"b": off, "c": unknown},
    )
