"""Every engine gives each lead the same channel as `campaignkit.plan`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.domain.leads import LeadId
from campaignkit.frames import allocate
from tests.frames.engines import EAGER, Columns, to_columns
from tests.planning.strategies import allocations, amounts, gates, leads_of, overflows

REACHABLE = {channel: f"by_{channel}" for channel in ck.Channel}


INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text("ab-0129 é\u3000\uffff\U0001f600", min_size=1, max_size=6).filter(str.strip)
IDS: tuple[st.SearchStrategy[LeadId], ...] = (
    TEXT,
    st.builds("lead-{}".format, st.integers(0, 10**12)),
    INT64,
    st.integers(0, 60),
    st.uuids(),
    st.builds(UUID, int=st.integers(0, 99)),
)
leads = st.sampled_from(IDS).flatmap(leads_of)


class Call(NamedTuple):
    allocation: ck.Allocation
    leads: list[ck.Lead]
    gate: ck.ALSGate
    carried: Mapping[ck.Channel, int] | None
    at_most: Mapping[ck.Channel, int] | None
    overflow: ck.Overflow

    @property
    def terms(self) -> dict[str, Any]:
        return {
            "gate": self.gate,
            "carried": self.carried,
            "at_most": self.at_most,
            "overflow": self.overflow,
        }


calls = st.builds(Call, allocations, leads, gates, amounts(20), amounts(5), overflows)


def columns_of(leads: list[ck.Lead]) -> Columns:
    return {
        "lead_id": [lead.id for lead in leads],
        "als_score": [lead.als_score for lead in leads],
        **{
            name: [channel in lead.reachable for lead in leads]
            for channel, name in REACHABLE.items()
        },
    }


def words(made: ck.Plan, leads: list[ck.Lead], gate: ck.ALSGate) -> dict[str, list[Any]]:
    return {
        "tier": [gate.tier(lead.als_score) for lead in leads],
        "channel": [made.assignments.get(lead.id) for lead in leads],
        "reason": [made.unassigned.get(lead.id) for lead in leads],
    }


@pytest.mark.parametrize("engine", EAGER)
@given(calls)
def test_the_answer_is_that_of_plan(engine: str, call: Call) -> None:
    columns = columns_of(call.leads)
    frame = EAGER[engine](columns)
    done = allocate(frame, call.allocation, reachable=REACHABLE, **call.terms)
    made = ck.plan(call.allocation, call.leads, **call.terms)
    found = to_columns(done.frame)
    assert found == {**to_columns(frame), **words(made, call.leads, call.gate)}
    assert (done.plan.counts, done.plan.target, done.plan.bottlenecks) == (
        made.counts,
        made.target,
        made.bottlenecks,
    )
