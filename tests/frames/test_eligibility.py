"""What leads of a frame may get is counted alike in every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings

import campaignkit as ck
from campaignkit.core._channels import MASKS, SETS
from campaignkit.frames import allocate
from campaignkit.frames._columns import Columns
from campaignkit.frames._eligibility import count_eligible, open_lead_frame
from campaignkit.frames._frame_plan import leads_of
from tests.frames.batches import REACHABLE, Batch, campaigns, lead_columns
from tests.frames.engines import ENGINES
from tests.planning.strategies import gates

few = settings(max_examples=max(1, settings().max_examples // 20))


@pytest.mark.filterwarnings("ignore::campaignkit.errors.PlanWarning")
@pytest.mark.parametrize("engine", ENGINES)
@few
@given(campaigns, gates)
def test_leads_are_counted_by_what_they_may_get(
    engine: str, batches: dict[str, Batch], gate: ck.ALSGate
) -> None:
    expected: dict[str, Counter[frozenset[ck.Channel]]] = {
        name: Counter(
            SETS[gate.mask(lead.als_score) & MASKS[lead.reachable]] for lead in batch.leads
        )
        for name, batch in batches.items()
    }
    frame = ENGINES[engine](lead_columns(batches))
    terms = {name: batch.terms for name, batch in batches.items()}
    done = allocate(frame, terms, reachable=REACHABLE, campaign="campaign", gate=gate)
    planned, _ = count_eligible(leads_of(done), gate)
    assert {name: counts for name, counts in planned.items() if counts} == {
        name: counts for name, counts in expected.items() if counts
    }


BAD: Mapping[str, list[object]] = {
    "lead_id": ["a", "a"],
    "als_score": [101, 50],
    "by_email": [7, 1],
    "campaign": ["north", None],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_bad_rows_are_refused(engine: str) -> None:
    faults: list[str] = []
    columns = Columns(reachable={"email": "by_email"}, campaign="campaign")
    _, opened = open_lead_frame(ENGINES[engine](BAD), columns, faults, adds=False)
    assert not faults
    with pytest.raises(ck.PlanError) as caught:
        count_eligible(opened, ck.DEFAULT_GATE)
    score, flag, campaign = caught.value.faults
    assert score.startswith("als_score must be a number from 0 to 100, not 101")
    assert flag.startswith("reachable[email] must be")
    assert campaign == "campaign is missing in 1 row"
