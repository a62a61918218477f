"""A Polars `LazyFrame` stays lazy: a plan computes the columns it needs and finds rows by id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import allocate
from tests.frames.batches import REACHABLE, Batch, campaigns, lead_columns
from tests.frames.engines import ENGINES, to_columns
from tests.planning.strategies import gates

MIX = ck.Allocation(email=50, linkedin=30, voice=20)
F = TypeVar("F")


def allocate_frame(frame: F, terms: Any = MIX, **options: Any) -> F:
    """Return the frame with the channels of its leads, campaign by campaign."""
    return allocate(frame, terms, campaign="campaign", **options).frame


def leads(count: int = 60) -> pl.DataFrame:
    """Return leads of two campaigns that share their ids, with a column that no plan needs."""
    return pl.DataFrame(
        {
            "note": [f"note {number}" for number in range(count)],
            "lead_id": [f"lead {number // 2}" for number in range(count)],
            "campaign": ["north", "south"] * (count // 2),
            "als_score": [number * 37 % 101 for number in range(count)],
        }
    )


def watch_column(frame: pl.DataFrame, name: str, seen: list[str]) -> pl.LazyFrame:
    """Return a lazy frame that records each computation of a column."""

    def note(column: pl.Series) -> pl.Series:
        seen.append(name)
        return column

    kind = frame.schema[name]
    return frame.lazy().with_columns(pl.col(name).map_batches(note, return_dtype=kind))


def test_the_call_computes_only_the_columns_that_a_plan_needs() -> None:
    seen: list[str] = []
    lazy = allocate_frame(watch_column(leads(), "note", seen))
    assert isinstance(lazy, pl.LazyFrame)
    assert not seen
    assert lazy.collect().equals(allocate_frame(leads()))
    assert seen == ["note"]


def test_scores_are_computed_once_for_a_plan_and_not_again_for_its_columns() -> None:
    seen: list[str] = []
    frame = watch_column(leads(), "als_score", seen)
    flag = pl.col("als_score").mod(2) == 0
    lazy = allocate_frame(frame, reachable={"voice": flag})
    assert seen == ["als_score"]
    lazy.select("lead_id", "campaign", "channel").collect()
    assert seen == ["als_score"]


@pytest.mark.filterwarnings("ignore::campaignkit.errors.PlanWarning")
@settings(max_examples=10)
@given(campaigns, gates, st.randoms(use_true_random=False))
def test_rows_get_their_channels_in_any_order(
    batches: dict[str, Batch], gate: ck.ALSGate, random: Random
) -> None:
    frame = ENGINES["polars"](to_columns(ENGINES["polars-lazy"](lead_columns(batches))))
    assert isinstance(frame, pl.DataFrame)
    terms = {name: batch.terms for name, batch in batches.items()}
    wanted = allocate_frame(frame, terms, reachable=REACHABLE, gate=gate)

    def in_any_order(rows: pl.DataFrame) -> pl.DataFrame:
        return rows[random.sample(range(len(rows)), len(rows))]

    shuffled = frame.lazy().map_batches(in_any_order, projection_pushdown=False)
    found = allocate_frame(shuffled, terms, reachable=REACHABLE, gate=gate).collect()
    keys = ["campaign", "lead_id"]
    assert found.sort(keys).equals(wanted.sort(keys))


LATER: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "filtered by others": lambda lazy: lazy.filter(pl.col("als_score") > 50),
    "filtered by the new columns": lambda lazy: lazy.filter(pl.col("channel") == "email"),
    "the first rows": lambda lazy: lazy.head(7),
    "the last rows": lambda lazy: lazy.tail(7),
    "only new columns": lambda lazy: lazy.select("reason", "channel"),
    "sorted": lambda lazy: lazy.sort("note", descending=True),
    "grouped": lambda lazy: lazy.group_by("channel", maintain_order=True).len(),
    "beside others": lambda lazy: lazy.join(
        lazy, on=["lead_id", "campaign"], how="left", maintain_order="left"
    ),
    "none": lambda lazy: lazy.filter(pl.col("note") == ""),
}


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
@pytest.mark.parametrize("later", LATER)
def test_later_operations_apply_to_the_right_rows(later: str, engine: str) -> None:
    lazy = allocate_frame(leads().lazy())
    here = allocate_frame(leads())
    found = LATER[later](lazy).collect(engine=engine)  # type: ignore[call-overload]
    assert found.equals(LATER[later](here.lazy()).collect())
    assert LATER[later](lazy).collect_schema() == found.schema


def test_a_file_larger_than_memory_may_be_written(tmp_path: Path) -> None:
    leads(10_000).write_parquet(tmp_path / "leads.parquet", row_group_size=100)
    lazy = allocate_frame(pl.scan_parquet(tmp_path / "leads.parquet"))
    lazy.sink_parquet(tmp_path / "done.parquet")
    found = pl.read_parquet(tmp_path / "done.parquet")
    wanted = allocate_frame(leads(10_000))
    words = pl.col("tier", "channel", "reason").cast(pl.String)
    assert found.with_columns(words).equals(wanted.with_columns(words))


def test_rows_that_appear_after_the_call_get_null() -> None:
    calls = iter([leads(58), leads()])
    lazy = leads().lazy().map_batches(lambda _: next(calls), projection_pushdown=False)
    done = allocate_frame(lazy).collect()
    wanted = allocate_frame(leads(58))
    assert done.head(58).equals(wanted)
    assert done.tail(2).select("tier", "channel", "reason").null_count().row(0) == (2, 2, 2)


def test_random_scores_are_planned_as_drawn_at_the_call() -> None:
    rng = np.random.default_rng(7)
    drawn: list[pl.Series] = []

    def draw(column: pl.Series) -> pl.Series:
        drawn.append(pl.Series("als_score", rng.integers(0, 101, len(column))))
        return drawn[-1]

    lazy = leads().lazy().with_columns(pl.col("als_score").map_batches(draw, return_dtype=pl.Int64))
    done = allocate_frame(lazy).collect()
    at_the_call = allocate_frame(leads().with_columns(drawn[0]))
    new = ["tier", "channel", "reason"]
    assert done.select(new).equals(at_the_call.select(new))
    assert done["als_score"].equals(drawn[1])


@pytest.mark.parametrize("column", ["lead_id", "campaign"])
def test_ids_that_are_python_objects_are_refused(column: str) -> None:
    objects = pl.Series(column, [object(), object()], dtype=pl.Object)
    with pytest.raises(ck.PlanError, match=f"{column} must be all text, .*, not object"):
        allocate_frame(leads(2).with_columns(objects).lazy())
