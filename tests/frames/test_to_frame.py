"""Totals and forecasts as dataframes of each library."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any
from uuid import UUID

import narwhals as nw
import polars as pl
import pytest

import campaignkit as ck
from campaignkit.errors import MissingExtraError
from campaignkit.frames import FramePlan, Terms, allocate
from tests.frames.engines import ENGINES, pa, pd, to_columns

MIX = ck.Allocation(email=50, sms=30, voice=20)
LEADS: dict[str, list[Any]] = {
    "lead_id": [f"lead {n}" for n in range(20)],
    "als_score": [90 - 5 * n if n < 15 else None for n in range(20)],
    "campaign": ["north", "south"] * 10,
}
OWN = {"polars-lazy": "polars", "duckdb": "pyarrow", "ibis": "pyarrow"}
NUMBERS = ["asked", "target", "given", "difference", "share"]


def expected_rows(done: FramePlan[Any], carried: int = 0) -> list[tuple[Any, ...]]:
    return [
        (
            *([] if key is None else [key]),
            *(channel.value, MIX[channel], totals.target[channel], given, given - target),
            100 * (given + (carried if channel == "sms" else 0)) / (totals.counts.total + carried),
        )
        for key, totals in done.plans.items()
        for channel in ck.Channel
        for given, target in [(totals.counts[channel], totals.target[channel])]
    ]


def rows_of(frame: object) -> list[tuple[Any, ...]]:
    return list(zip(*to_columns(frame).values(), strict=True))


@pytest.mark.parametrize("engine", ENGINES)
def test_totals_are_a_frame_of_the_given_library(engine: str) -> None:
    done = allocate(ENGINES[engine](LEADS), MIX)
    found = done.to_frame()
    library = nw.from_native(found).implementation.value
    assert library == OWN.get(engine, engine.split("-", maxsplit=1)[0])
    assert list(to_columns(found)) == ["channel", *NUMBERS]
    assert rows_of(found) == expected_rows(done)
    carried = allocate(ENGINES[engine](LEADS), Terms(MIX, carried={"sms": 7}))
    assert rows_of(carried.to_frame()) == expected_rows(carried, 7)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_campaigns_have_a_row_for_each_channel(backend: str) -> None:
    done = allocate(ENGINES["duckdb"](LEADS), MIX, campaign="campaign")
    found = done.to_frame(backend)
    assert nw.from_native(found).implementation.value == backend
    assert list(to_columns(found)) == ["campaign", "channel", *NUMBERS]
    assert rows_of(found) == expected_rows(done)
    one = done.for_campaign("south").to_frame(backend)
    assert rows_of(one) == [row for row in rows_of(found) if row[0] == "south"]


def test_campaigns_by_uuid_and_without_leads() -> None:
    ids = pd.Series([UUID(int=1), UUID(int=1)], dtype=object)
    frame = pd.DataFrame({"lead_id": ["a", "b"], "als_score": [90, 80], "campaign": ids})
    terms = {UUID(int=1): MIX, UUID(int=2): MIX}
    found = allocate(frame, terms, campaign="campaign").to_frame("pyarrow")
    assert set(found["campaign"].to_pylist()) == {str(UUID(int=1)), str(UUID(int=2))}
    assert found["share"].to_pylist()[5:] == [None] * 5
    empty = allocate(frame.iloc[:0], MIX, campaign="campaign").to_frame()
    assert (len(empty), list(empty)) == (0, ["campaign", "channel", *NUMBERS])


@pytest.mark.parametrize("backend", ["dask", "", 5, [], pd])
def test_an_unknown_library_is_refused(backend: Any) -> None:
    done = allocate(ENGINES["pandas"](LEADS), MIX)
    with pytest.raises(ck.PlanError, match="backend must be pandas or polars or pyarrow, not "):
        done.to_frame(backend)


@pytest.mark.parametrize(
    ("backend", "what"),
    [("pandas", "pandas"), ("polars", "polars"), ("pyarrow", r"'campaignkit\[frames\]'")],
)
def test_a_missing_library_is_named_with_how_to_install_it(
    backend: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = allocate(ENGINES["duckdb"](LEADS), MIX)
    monkeypatch.setitem(sys.modules, backend, None)
    message = rf"to_frame\(backend='{backend}'\) needs {backend}, .*: pip install {what}$"
    with pytest.raises(MissingExtraError, match=message):
        done.to_frame(backend)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_a_forecast_is_a_frame_of_its_rows(backend: str) -> None:
    campaign = ck.Campaign.draft(client_id=UUID(int=2), name="x", daily_lead_limit=2)
    pool = [ck.Lead(f"lead {n}", 90) for n in range(3)]
    result = ck.forecast(campaign, pool, days=2, progress=ck.Progress(date(2026, 11, 23)))
    found = result.to_frame(backend)
    assert nw.from_native(found).implementation.value == backend
    columns = to_columns(found)
    assert list(columns) == ["day", "channel", "tier", "leads"]
    days = [day.date() if backend == "pandas" else day for day in columns.pop("day")]
    assert days == [row.day for row in result.rows]
    assert list(zip(*columns.values(), strict=True)) == [row[1:] for row in result.rows]
    assert result.to_frame().day.dt.year.tolist() == [2026] * len(result.rows)
    assert isinstance(result.to_frame("polars"), pl.DataFrame)
    assert isinstance(result.to_frame("pyarrow"), pa.Table)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_a_comparison_is_a_frame_of_its_rows(backend: str) -> None:
    frame: Any = ENGINES["pyarrow"](LEADS)
    comparison = ck.compare({"asked": MIX, "calls": ck.Allocation(voice=100)}, frame)
    found = comparison.to_frame(backend)
    assert nw.from_native(found).implementation.value == backend
    assert list(to_columns(found)) == list(comparison.rows[0]._fields)
    assert rows_of(found) == [tuple(row) for row in comparison.rows]
