"""Work in blocks and threads has the same result as work on all rows at once."""

from __future__ import annotations

from typing import Any, cast

import duckdb
import numpy as np
import polars as pl
import pytest

import campaignkit as ck
from campaignkit.frames import Terms, allocate
from campaignkit.frames._parallel import (
    count_numbers,
    look_up,
    map_blocks,
    map_in_threads,
    split_evenly,
)

MANY = 600_001  # worth threads, and no whole number of blocks


@pytest.mark.parametrize("rows", [0, 1, 1_000, MANY])
def test_each_row_is_in_one_block(rows: int) -> None:
    seen = np.zeros(rows, np.int64)

    def count_rows(block: slice) -> int:
        seen[block] += 1
        return len(seen[block])

    assert sum(map_blocks(rows, count_rows)) == rows
    assert (seen == 1).all()


@pytest.mark.parametrize("rows", [1, MANY])
def test_an_error_in_a_thread_is_raised(rows: int) -> None:
    def divide(item: int) -> float:
        return 1 / item

    with pytest.raises(ZeroDivisionError):
        map_in_threads(rows, divide, [1, 0, 1])
    assert map_in_threads(rows, divide, [1, 2, 4]) == [1, 0.5, 0.25]


@pytest.mark.parametrize("rows", [0, 7, MANY])
@pytest.mark.parametrize("kinds", [1, 256, 200_000])
def test_numbers_are_counted_and_looked_up(rows: int, kinds: int) -> None:
    numbers = np.random.default_rng(rows).integers(0, kinds, rows, np.uint32)
    table = np.arange(kinds, dtype=np.uint16)
    assert np.array_equal(count_numbers(numbers, kinds), np.bincount(numbers, minlength=kinds))
    assert np.array_equal(look_up(table, numbers), table[numbers])


@pytest.mark.parametrize("sizes", [[], [0], [3, 4], [MANY], [0, MANY, 0], [1_000] * 3_000])
def test_parts_are_even_and_leave_nothing_out(sizes: list[int]) -> None:
    parts = split_evenly(np.array(sizes, np.int64))
    assert [at for part in parts for at in range(part.start, part.stop)] == [*range(len(sizes))]
    for part in parts:
        assert sum(sizes[part]) <= sum(sizes) / len(parts) + max(sizes)


@pytest.mark.parametrize("named", [False, pytest.param(True, marks=pytest.mark.long)])
def test_many_leads_get_what_each_campaign_gets_alone(named: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(MANY)
    ids = rng.permutation(MANY)
    frame = pl.DataFrame(
        {
            "lead_id": [f"lead-{i}" for i in ids] if named else ids,
            "als_score": rng.integers(0, 101, MANY),
            "by_phone": rng.random(MANY) < 0.5,
            "campaign": rng.integers(0, 700, MANY),
        }
    )
    terms = Terms(ck.DEFAULT_ALLOCATION, daily_room=700)
    reachable = {"voice": "by_phone"}
    done = allocate(frame, terms, campaign="campaign", reachable=reachable)
    parts = done.frame.partition_by("campaign", as_dict=True, include_key=False)
    assert len(parts) == 700
    for (campaign,), part in list(parts.items())[::50]:
        alone = allocate(part.drop("tier", "channel", "reason"), terms, reachable=reachable)
        assert alone.frame.equals(part)
        assert alone.plan == done.plans[campaign]
    # DuckDB has its own way to number and to deal.
    half = Terms(ck.DEFAULT_ALLOCATION, daily_room=MANY // 2)
    here = allocate(frame, half, reachable=reachable)
    with duckdb.connect() as database:
        there = allocate(
            database.from_arrow(cast("Any", frame).to_arrow()), half, reachable=reachable
        )
        found = there.frame.pl().sort("lead_id")
    words = pl.col("tier", "channel", "reason").cast(pl.String)
    assert here.frame.with_columns(words).sort("lead_id").equals(found)
    assert here.plan == there.plan
