"""Leads of several campaigns as columns, and the columns that a plan adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import narwhals as nw
import numpy as np
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.core._channels import ALL
from campaignkit.domain._lead_ids import LeadId
from campaignkit.frames import Terms, Totals, allocate
from campaignkit.frames._in_engine import deal_leads
from campaignkit.planning._intake import limit_reason
from campaignkit.planning._plan import group_by_eligibility, plan_groups
from tests.frames.engines import Columns, as_text, to_columns
from tests.planning.strategies import allocations, amounts, leads_of, overflows

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


class Batch(NamedTuple):
    """A campaign's leads and terms."""

    terms: Terms
    leads: list[ck.Lead]

    def plan(self, gate: ck.ALSGate) -> tuple[ck.Plan, Mapping[LeadId, ck.Reason]]:
        """Return the plan, and the reasons of the leads that exceed the limits."""
        terms = self.terms
        groups = group_by_eligibility(terms.allocation, self.leads, gate, capacity=terms.room)
        made = plan_groups(
            groups,
            carried=terms.carried,
            at_most=terms.at_most,
            overflow=terms.overflow,
        )
        total = len(self.leads) if terms.total_room is None else terms.total_room
        waiting = {
            lead.id: limit_reason(rank, total)
            for rank, lead in enumerate(groups.over_capacity, start=terms.room or 0)
        }
        return made, waiting


rooms = st.none() | st.none() | st.integers(0, 20)
# Some carried counts exceed 64 bits.
carried = amounts(20) | amounts(20) | amounts(2**70)
terms = st.builds(Terms, allocations, carried, amounts(5), overflows, rooms, rooms)
batches = st.builds(Batch, terms, leads)


def lead_columns(batches: Mapping[str, Batch]) -> Columns:
    """Return the columns of leads, one campaign after the other."""
    rows = [(campaign, lead) for campaign, batch in batches.items() for lead in batch.leads]
    return {
        "campaign": [campaign for campaign, _ in rows],
        "lead_id": [lead.id for _, lead in rows],
        "als_score": [lead.als_score for _, lead in rows],
        **{
            name: [channel in lead.reachable for _, lead in rows]
            for channel, name in REACHABLE.items()
        },
    }


def added_columns(batches: Mapping[str, Batch], gate: ck.ALSGate) -> Columns:
    """Return the columns that a plan adds."""
    words: dict[str, list[str | None]] = {"tier": [], "channel": [], "reason": []}
    for batch in batches.values():
        made, waiting = batch.plan(gate)
        reasons = {**made.unassigned, **waiting}
        for lead in batch.leads:
            words["tier"].append(_plain(gate.tier(lead.als_score)))
            words["channel"].append(_plain(made.assignments.get(lead.id)))
            words["reason"].append(_plain(reasons.get(lead.id)))
    return words


def _plain(word: str | None) -> str | None:
    return word and str.__str__(word)


def assert_totals(found: Totals, made: ck.Plan) -> None:
    assert (found.counts, found.target) == (made.counts, made.target)
    assert found.bottlenecks == made.bottlenecks


def campaigns_of(kind: st.SearchStrategy[LeadId]) -> st.SearchStrategy[dict[str, Batch]]:
    several = st.lists(st.builds(Batch, terms, leads_of(kind)), min_size=1, max_size=12)
    return several.map(lambda some: {f"campaign {n}": batch for n, batch in enumerate(some)})


campaigns = st.sampled_from(IDS).flatmap(campaigns_of)


def assert_planned(
    to_frame: Callable[[Columns], object],
    batches: Mapping[str, Batch],
    gate: ck.ALSGate,
    random: Random,
    *,
    has_order: bool = True,
) -> None:
    """Assert that rows in any order get what each campaign's plan gives them."""
    columns = lead_columns(batches)
    order = list(range(len(columns["lead_id"])))
    random.shuffle(order)
    columns, words = (
        {name: [values[row] for row in order] for name, values in some.items()}
        for some in (columns, added_columns(batches, gate))
    )
    frame = to_frame(columns)
    terms = {campaign: batch.terms for campaign, batch in batches.items()}
    done = allocate(frame, terms, reachable=REACHABLE, campaign="campaign", gate=gate)
    expected = {**columns, "lead_id": as_text(columns["lead_id"]), **words}
    found = to_columns(done.frame)
    assert list(found) == list(expected)
    assert list_rows(found, has_order=has_order) == list_rows(expected, has_order=has_order)
    assert done.plans.keys() == batches.keys()
    for campaign, batch in batches.items():
        assert_totals(done.plans[campaign], batch.plan(gate)[0])


def list_rows(columns: Columns, *, has_order: bool) -> list[tuple[Any, ...]]:
    """Return rows in their order, or by campaign and id if the engine has no order."""
    rows = list(zip(*columns.values(), strict=True))
    return rows if has_order else sorted(rows, key=lambda row: row[:2])


def channel_at(row: list[int], rank: int, *, mirrored: bool) -> str:
    """Return the channel at a rank of the deal by its formula."""
    left = sum(row)
    rank = left - 1 - rank if mirrored else rank
    for x, channel in sorted(zip(row, ck.Channel, strict=True), key=lambda pair: pair[0]):
        before, after = ((r * x + left // 2) // left for r in (rank, rank + 1))
        if after > before:
            return channel.value
        rank, left = rank - before, left - x
    raise AssertionError(row)


def _find_wrong_by_floats(row: list[int]) -> list[int]:
    """Return ranks whose first quotient is just below a whole number, to which floats round it."""
    x, n = min(row), sum(row)
    ranks = [(-below - n // 2) * pow(x, -1, n) % n for below in range(1, 50)]
    dividends = {rank: rank * x + n // 2 for rank in ranks}
    return [rank for rank, some in dividends.items() if int(float(some) / n) > some // n]


ROW = [2**30 - 3 - 6 * n for n in range(len(ck.Channel))]
RANKS = _find_wrong_by_floats(ROW)
"""With floats alone, all of these would get wrong channels."""
assert RANKS


def assert_dealt(to_frame: Callable[[Columns], object], row: list[int], ranks: list[int]) -> None:
    """Assert that leads get the channels of the deal of a row, from these ranks at either end."""
    for mirrored in (False, True):
        at = [sum(row) - 1 - rank for rank in ranks] if mirrored else ranks
        columns = {"lead_id": list(range(len(at))), "rank": at, "mask": [ALL] * len(at)}
        frame: Any = to_frame({**columns, "tier": [4] * len(at), "reason": [0] * len(at)})
        names = {name: f"_campaignkit_{name}" for name in ("rank", "mask", "tier", "reason")}
        leads: nw.LazyFrame[Any] = nw.from_native(frame).rename(names)
        leads = leads.with_columns(nw.col("_campaignkit_mask").cast(nw.Int32))
        sets = {"_campaignkit_mask": ("int32", [ALL])}
        dealt = deal_leads(leads, sets, np.array([row]), np.array([mirrored]))
        found = to_columns(dealt.to_native())
        channels = dict(zip(found["lead_id"], found["channel"], strict=True))
        assert channels == {i: channel_at(row, r, mirrored=mirrored) for i, r in enumerate(at)}
