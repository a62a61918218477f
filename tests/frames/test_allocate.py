"""Every engine gives each lead the same channel as `campaignkit.plan`."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import allocate
from tests.frames.batches import (
    RANKS,
    REACHABLE,
    ROW,
    Batch,
    added_columns,
    assert_dealt,
    assert_planned,
    assert_totals,
    batches,
    campaigns,
    lead_columns,
)
from tests.frames.engines import EAGER, ENGINES, UNORDERED, to_columns
from tests.planning.strategies import gates

# Random leads may all have low scores, or none of them a channel.
RANDOM = pytest.mark.filterwarnings("ignore::campaignkit.errors.PlanWarning")


@RANDOM
@pytest.mark.parametrize("engine", EAGER)
@given(batches, gates)
def test_each_lead_gets_what_plan_gives_it(engine: str, batch: Batch, gate: ck.ALSGate) -> None:
    frame = ENGINES[engine](lead_columns({"": batch}))
    done = allocate(frame, batch.terms, reachable=REACHABLE, gate=gate)
    assert to_columns(done.frame) == {**to_columns(frame), **added_columns({"": batch}, gate)}
    assert_totals(done.plan, batch.plan(gate)[0])


# Few examples, because some engines take their time, but each of many campaigns.
few = settings(max_examples=max(1, settings().max_examples // 20))


@RANDOM
@pytest.mark.parametrize("engine", ENGINES)
@few
@given(campaigns, gates, st.randoms(use_true_random=False))
def test_each_campaign_is_planned_separately(
    engine: str, batches: dict[str, Batch], gate: ck.ALSGate, random: Random
) -> None:
    has_order = engine not in UNORDERED
    assert_planned(ENGINES[engine], batches, gate, random, has_order=has_order)


@pytest.mark.parametrize("engine", ["duckdb", "ibis"])
@few
@given(st.data())
def test_the_deal_is_exact_beyond_what_floats_hold(engine: str, data: st.DataObject) -> None:
    row = data.draw(
        st.lists(
            st.integers(0, 1 << 30), min_size=len(ck.Channel), max_size=len(ck.Channel)
        ).filter(any)
    )
    ranks = data.draw(st.lists(st.integers(0, sum(row) - 1), min_size=1, max_size=50))
    assert_dealt(ENGINES[engine], row, ranks)


@pytest.mark.parametrize("engine", ["duckdb", "ibis"])
def test_the_deal_is_exact_where_floats_are_wrong(engine: str) -> None:
    assert_dealt(ENGINES[engine], ROW, RANKS)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_result_is_one_line_of_text(engine: str) -> None:
    leads = ENGINES[engine](
        {"lead_id": ["a", "b", "c"], "als_score": [90, 90, None], "campaign": ["x", "y", "y"]}
    )
    assert str(allocate(leads, ck.DEFAULT_ALLOCATION)) == "2 leads with a channel in 1 campaign"
    apart = allocate(leads, ck.DEFAULT_ALLOCATION, campaign="campaign")
    assert f"{apart}" == "2 leads with a channel in 2 campaigns"
