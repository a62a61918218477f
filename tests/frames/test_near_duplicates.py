"""Ids of a frame that may name the same person."""

from __future__ import annotations

import pytest

from campaignkit import DEFAULT_ALLOCATION, Lead, frames, plan
from tests.frames.engines import ENGINES

IDS = ["Ann@x.com", "ann@x.com", "zoe\u0308", "Zo\u00eb", "bob", "ann@x.co"]
CAMPAIGNS = ["a", "b", "a", "a", "b", "b"]


@pytest.mark.parametrize("engine", ENGINES)
def test_near_duplicates_are_those_of_a_plan(engine: str) -> None:
    frame = ENGINES[engine]({"lead_id": IDS, "als_score": [90] * len(IDS), "campaign": CAMPAIGNS})
    planned = plan(DEFAULT_ALLOCATION, [Lead(one, 90) for one in IDS])
    assert len(planned.near_duplicates) == 2
    done = frames.allocate(frame, DEFAULT_ALLOCATION)
    assert done.near_duplicates == planned.near_duplicates
    apart = frames.allocate(frame, DEFAULT_ALLOCATION, campaign="campaign")
    assert apart.near_duplicates == (("Zo\u00eb", "zoe\u0308"),)
