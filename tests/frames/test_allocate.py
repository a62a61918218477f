"""Every engine gives each lead the same channel as `campaignkit.plan`."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import allocate
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
