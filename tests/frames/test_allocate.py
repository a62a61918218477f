"""Every engine gives each lead the same channel as `campaignkit.plan`."""

from __future__ import annotations

from random import Random
from typing import Any

import narwhals as nw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import allocate
from campaignkit.frames.lazy import Hand, placed
from tests.frames.batches import (
    REACHABLE,
    Batch,
    assert_planned,
    assert_totals,
    batches,
    campaigns,
    columns_of,
    words_of,
)
from tests.frames.engines import EAGER, ENGINES, UNORDERED, to_columns
from tests.planning.strategies import gates


@pytest.mark.parametrize("engine", EAGER)
@given(batches, gates)
def test_the_answer_is_that_of_plan(engine: str, batch: Batch, gate: ck.ALSGate) -> None:
    frame = ENGINES[engine](columns_of({"": batch}))
    done = allocate(frame, batch.terms, reachable=REACHABLE, gate=gate)
    assert to_columns(done.frame) == {**to_columns(frame), **words_of({"": batch}, gate)}
    assert_totals(done.plan, batch.plan(gate)[0])


# Few examples, because some engines take their time, but each of many campaigns.
few = settings(max_examples=200 if settings.get_current_profile_name() == "long" else 5)


@pytest.mark.parametrize("engine", ENGINES)
@few
@given(campaigns, gates, st.randoms(use_true_random=False))
def test_each_campaign_is_planned_for_itself(
    engine: str, batches: dict[str, Batch], gate: ck.ALSGate, random: Random
) -> None:
    has_order = engine not in UNORDERED
    assert_planned(ENGINES[engine], batches, gate, random, has_order=has_order)


def channel_at(row: list[int], rank: int) -> str:
    """Return the channel at a rank of the centred deal, as the formula says it."""
    left = sum(row)
    for x, channel in sorted(zip(row, ck.Channel, strict=True), key=lambda pair: pair[0]):
        before, after = ((r * x + left // 2) // left for r in (rank, rank + 1))
        if after > before:
            return channel.value
        rank, left = rank - before, left - x
    raise AssertionError(row)


@pytest.mark.parametrize("engine", ["polars-lazy", "duckdb", "ibis"])
@few
@given(st.data())
def test_the_deal_is_exact_beyond_what_floats_hold(engine: str, data: st.DataObject) -> None:
    row = data.draw(st.lists(st.integers(0, 1 << 30), min_size=5, max_size=5).filter(any))
    ranks = data.draw(st.lists(st.integers(0, sum(row) - 1), min_size=1, max_size=50))
    lead_ids = list(range(len(ranks)))
    columns = {"lead_id": lead_ids, "rank": ranks, "mask": [31] * len(ranks)}
    frame: Any = ENGINES[engine]({**columns, "tier": [4] * len(ranks), "why": [0] * len(ranks)})
    names = {name: f"_campaignkit_{name}" for name in ("rank", "mask", "tier", "why")}
    leads: nw.LazyFrame[Any] = nw.from_native(frame).rename(names)
    leads = leads.with_columns(nw.col("_campaignkit_mask").cast(nw.Int32))
    found = to_columns(placed(leads, [Hand.of(None, 31, row)], []).to_native())
    channels = dict(zip(found["lead_id"], found["channel"], strict=True))
    assert channels == {i: channel_at(row, rank) for i, rank in enumerate(ranks)}
