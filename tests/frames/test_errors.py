"""All faults of a frame are reported together, in the same words on every engine."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import narwhals as nw
import polars as pl
import pytest

import campaignkit as ck
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.frames import Terms, allocate
from tests.frames.engines import EAGER, ENGINES, Columns, ibis, pa, pd, to_columns

each = pytest.mark.parametrize("engine", ENGINES)
MIX = ck.DEFAULT_ALLOCATION


def catch_faults(frame: object, allocation: Any = MIX, **named: Any) -> tuple[str, ...]:
    with pytest.raises(ck.PlanError) as caught:
        allocate(frame, allocation, **named)
    return caught.value.faults


@each
def test_all_faults_of_rows_are_counted_and_reported(engine: str) -> None:
    columns: Columns = {
        "lead_id": ["a", "a", None, " ", "b", "c", "d", "b", "b", None],
        "als_score": [101.0, -1.0, 3.0, None, None, 100.5, 200.0, 300.0, 400.0, 85.0],
        "campaign": ["x", "x", "x", None, "y", "z", "x", "y", "y", "x"],
    }
    faults = catch_faults(ENGINES[engine](columns), {"x": MIX, "z": MIX}, campaign="campaign")
    scores = "-1.0, 100.5, 101.0, 200.0, 300.0 and 1 more"
    assert sorted(faults) == sorted(
        [
            f"als_score must be a number from 0 to 100, not {scores}",
            "campaign is missing in 1 row",
            "campaign must be a campaign that has terms, not 'y'",
            "lead_id is missing in 2 rows",
            "lead_id must not be blank or hold NUL, but is ' '",
            "lead_id must come once in a campaign, but these come more often: 'a', 'b'",
        ]
    )


@each
def test_a_few_of_many_duplicate_ids_are_reported(engine: str) -> None:
    ids = [number % 30 for number in range(60)]
    frame = ENGINES[engine]({"lead_id": ids, "als_score": [50] * 60})
    (fault,) = catch_faults(frame)
    assert fault == ("lead_id must come once, but these come more often: 0, 1, 2, 3, 4 and 25 more")


@each
def test_ids_that_a_lead_refuses_are_refused(engine: str) -> None:
    blank = [*WHITE_SPACE, WHITE_SPACE, "", "a\0", "\0"]
    good = ["a", "b ", "\u200b", "\ufeff", "A", "a b"]
    frame = ENGINES[engine]({"lead_id": [*blank, *good], "als_score": [50] * len(blank + good)})
    (fault,) = catch_faults(frame)
    assert fault.endswith(f"and {len(blank) - 5} more")
    for lead_id in blank:
        with pytest.raises(ck.LeadError):
            ck.Lead(lead_id)
    allocate(ENGINES[engine]({"lead_id": good, "als_score": [50] * len(good)}), MIX)


@each
def test_white_space_around_ids_is_ignored(engine: str) -> None:
    ids = ["b", f"{WHITE_SPACE}a", "d ", "c\n", "e"]
    columns: Columns = {"lead_id": ids, "als_score": [50] * 5}
    found = to_columns(allocate(ENGINES[engine](columns), MIX).frame)
    plan = ck.plan(MIX, [ck.Lead(one, 50) for one in ids])
    channels = dict(zip(found["lead_id"], found["channel"], strict=True))
    assert channels == {one: plan.assignments[one.strip()] for one in ids}
    twice = ENGINES[engine]({"lead_id": [*ids, " d", "c"], "als_score": [50] * 7})
    (fault,) = catch_faults(twice)
    assert fault == "lead_id must come once, but these come more often: 'c', 'd'"


@each
@pytest.mark.parametrize("column", ["lead_id", "als_score", "by_email", "campaign"])
@pytest.mark.parametrize("kind", ["real", "flag", "text", "blob"])
def test_a_column_of_a_wrong_type_is_reported(engine: str, column: str, kind: str) -> None:
    values: dict[str, list[Any]] = {
        "real": [51.5, 52.5],
        "flag": [True, False],
        "text": ["x", "y"],
        "blob": [b"x", b"y"],
    }
    good: dict[str, list[Any]] = {
        "lead_id": ["x", "y"],
        "als_score": [50, 60],
        "by_email": [True, True],
        "campaign": ["x", "y"],
    }
    fits = {
        "lead_id": {"text"},
        "als_score": {"real"},
        "by_email": {"flag"},
        "campaign": {"text"},
    }[column]
    frame = ENGINES[engine](good | {column: values[kind]})
    named: Any = {"reachable": {"email": "by_email"}, "campaign": "campaign"}
    if kind in fits:
        allocate(frame, MIX, **named)
        return
    (fault,) = catch_faults(frame, **named)
    name = "reachable[email]" if column == "by_email" else column
    assert fault.startswith(f"{name} must be ")
    assert fault.endswith("; convert the column first") or column == "by_email"


@pytest.mark.parametrize("values", [[90, "a"], [True, 90], [90, b"x"]])
def test_a_mixed_column_is_reported_with_its_types(values: list[Any]) -> None:
    frame = pd.DataFrame({"lead_id": ["x", "y"], "als_score": pd.Series(values, dtype=object)})
    (fault,) = catch_faults(frame)
    kinds = sorted({type(value).__name__ for value in values})
    found = f"objects of {' and '.join(kinds)}"
    assert (
        fault == f"als_score must be numbers from 0 to 100, not {found}; convert the column first"
    )


@each
def test_missing_and_existing_columns_are_reported_with_bad_terms(engine: str) -> None:
    frame = ENGINES[engine]({"lead_id": ["a"], "als_score": [1], "tier": ["x"]})
    faults = catch_faults(
        frame, {"x": "much"}, campaign="camp", reachable={"email": "opted_in", "fax": "has_fax"}
    )
    assert faults == (
        "reachable names 'fax', which is no channel; there are " + ", ".join(ck.Channel),
        "campaign: there is no column 'camp'",
        "reachable[email]: there is no column 'opted_in'",
        "the columns are 'lead_id', 'als_score', 'tier'",
        "the frame already has what is to be added: tier; drop or rename these columns",
        "campaign 'x': allocation must be an Allocation, not 'much'",
    )


@pytest.mark.parametrize("value", [None, [1], "frame", {"lead_id": [1]}])
def test_a_value_that_is_not_a_frame_is_reported(value: object) -> None:
    (fault,) = catch_faults(value)
    assert repr(value) in fault


def test_bad_terms_are_reported_by_campaign() -> None:
    frame = pl.DataFrame({"lead_id": ["a"], "als_score": [1], "c": ["x"]})
    terms = pl.DataFrame(
        {"c": ["x", "y", "y"], "email": [100, 90, 100], "daily_room": [-1, None, None]}
    )
    assert catch_faults(frame, terms, campaign="c") == (
        "campaign 'x': daily_room must be from 0 to 4611686018427387904, not -1",
        "campaign 'y': shares must add up to 100, not 90",
        "campaign 'y' has terms more often than once",
    )


def test_a_lazy_frame_of_another_engine_is_refused() -> None:
    leads = pl.DataFrame({"lead_id": ["a"], "als_score": [90]})
    table = ibis.polars.connect({"leads": leads}).table("leads")
    supported = "only those of Polars, DuckDB, PySpark and Ibis over DuckDB"
    assert catch_faults(table) == (
        f"frames of Ibis over polars cannot be planned where they are, {supported}",
        "collect it into a frame in memory, or hand over the table beneath",
    )
    done = allocate(table.to_polars(), MIX)  # as it says
    assert done.frame["channel"].to_list() == ["email"]


# --- what is accepted -------------------------------------------------------------------------


@each
def test_null_and_nan_are_no_score(engine: str) -> None:
    nan = float("nan")
    columns: Columns = {"lead_id": ["a", "b", "c"], "als_score": [None, nan, 90.0]}
    done = allocate(ENGINES[engine](columns), ck.Allocation(email=100))
    found = to_columns(done.frame)
    channels = dict(zip(found["lead_id"], found["channel"], strict=True))
    assert channels == {"a": None, "b": None, "c": "email"}
    assert sorted(found["reason"], key=str) == [None, "unscored", "unscored"]


@each
def test_a_frame_without_rows_is_accepted(engine: str) -> None:
    done = allocate(ENGINES[engine]({"lead_id": [], "als_score": []}), MIX)
    assert done.plan.counts.total == 0
    found = to_columns(done.frame)
    assert list(found) == ["lead_id", "als_score", "tier", "channel", "reason"]
    assert not any(found.values())


def test_the_type_of_an_empty_pandas_column_is_ignored() -> None:
    nothing = pd.DataFrame({"lead_id": [], "als_score": [], "campaign": [], "by_email": []})
    for kind in ("float64", "object", "datetime64[ns]"):
        done = allocate(
            nothing.astype(kind), MIX, campaign="campaign", reachable={"email": "by_email"}
        )
        assert not done.plans


@pytest.mark.parametrize("engine", EAGER)
def test_the_same_id_may_be_in_several_campaigns(engine: str) -> None:
    frame = ENGINES[engine]({"lead_id": [7, 7], "als_score": [50, 60], "c": ["x", "y"]})
    done = allocate(frame, MIX, campaign="c")
    assert {key: plan.counts.total for key, plan in done.plans.items()} == {"x": 1, "y": 1}


def test_a_uuid_and_its_text_are_the_same_campaign() -> None:
    one = UUID(int=1)
    frame = pl.DataFrame({"lead_id": [7], "als_score": [50], "c": [str(one)]})
    done = allocate(frame, {one: Terms(MIX)}, campaign="c")
    assert done.plans[one].counts.total == 1


def test_campaigns_without_leads_have_plans_too() -> None:
    frame = pl.DataFrame({"lead_id": [7], "als_score": [50], "c": ["x"]})
    done = allocate(frame, {"x": MIX, "y": MIX}, campaign="c")
    assert done.plans["y"].counts.total == 0


def test_reachability_may_be_an_expression() -> None:
    frame = pa.table({"lead_id": ["a", "b"], "als_score": [90, 90], "phone": ["1", None]})
    reachable = {"voice": ~nw.col("phone").is_null()}
    done = allocate(frame, ck.Allocation(voice=100), reachable=reachable)
    assert done.frame["channel"].to_pylist() == ["voice", None]
    assert done.frame["reason"].to_pylist() == [None, "no_share"]


def test_the_index_of_a_pandas_frame_is_kept() -> None:
    frame = pd.DataFrame({"lead_id": ["a", "b"], "als_score": [90, 50]}, index=[5, 5])
    done = allocate(frame, MIX)
    assert list(done.frame.index) == [5, 5]
    assert list(frame.columns) == ["lead_id", "als_score"]


def test_a_progress_bar_is_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pl.DataFrame({"lead_id": ["a"], "als_score": [90]})
    allocate(frame, MIX)
    assert not capsys.readouterr().err
    allocate(frame, MIX, progress=True)
    shown = capsys.readouterr().err
    for stage in ("reading the leads", "planning", "writing the columns"):
        assert stage in shown
