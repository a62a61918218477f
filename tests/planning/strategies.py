"""Random problems, made and never filtered: any allocation, any sets of channels, any ids."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.domain._lead_ids import LeadId
from tests.planning import oracle
from tests.planning.oracle import ORDER, ChannelSet

channels = st.sampled_from(ORDER)
# As likely large as small: drawn element by element, most sets would be all but empty.
channel_sets = st.sampled_from(tuple(oracle.subsets(ORDER)))
overflows = st.sampled_from(ck.Overflow)


_CUTS = len(ORDER) - 1


def _allocation(step: int, cuts: list[int]) -> ck.Allocation:
    edges = [0, *sorted(cut * step for cut in cuts), 100]
    shares = [high - low for low, high in pairwise(edges)]
    return ck.Allocation.from_mapping(dict(zip(ORDER, shares, strict=True)))


def _allocations(step: int) -> st.SearchStrategy[ck.Allocation]:
    cuts = st.lists(st.integers(0, 100 // step), min_size=_CUTS, max_size=_CUTS)
    return st.builds(_allocation, st.just(step), cuts)


# Coarse shares bring ties, and channels without a share; different cuts leave none without.
allocations = st.sampled_from((1, 5, 10, 20)).flatmap(_allocations) | st.builds(
    _allocation,
    st.sampled_from((1, 5)),
    st.lists(st.integers(1, 19), min_size=_CUTS, max_size=_CUTS, unique=True),
)


def demands(most: int, sets: int = 32) -> st.SearchStrategy[Mapping[ChannelSet, int]]:
    """Give numbers of leads for some sets of channels: any sets, also the empty one."""
    rows = st.tuples(channel_sets, st.integers(1, most))
    return st.lists(rows, min_size=min(sets, 4), max_size=sets).map(dict)


def amounts(most: int) -> st.SearchStrategy[Mapping[ck.Channel, int] | None]:
    """Give nothing, or a number for some of the channels."""
    some = st.dictionaries(channels, st.integers(0, most))
    return st.none() | some | st.fixed_dictionaries(dict.fromkeys(ORDER, st.integers(0, most)))


class Call(NamedTuple):
    """The arguments of a call of plan_counts."""

    allocation: ck.Allocation
    demand: Mapping[ChannelSet, int]
    carried: Mapping[ck.Channel, int] | None = None
    at_most: Mapping[ck.Channel, int] | None = None
    overflow: ck.Overflow = ck.Overflow.REASSIGN

    def plan(self) -> ck.CountPlan:
        """Ask the library."""
        return ck.plan_counts(
            self.allocation,
            self.demand,
            carried=self.carried,
            at_most=self.at_most,
            overflow=self.overflow,
        )

    def problem(self) -> oracle.Problem:
        """Ask the oracle."""
        return oracle.problem(*self)


def calls(most: int, sets: int = 32) -> st.SearchStrategy[Call]:
    """Give calls with up to so many leads in each of up to so many sets."""
    return st.builds(
        Call, allocations, demands(most, sets), amounts(2 * most), amounts(most), overflows
    )


def _gate(bounds: list[float], opened: list[ChannelSet]) -> ck.ALSGate:
    falling = sorted(bounds, reverse=True)
    return ck.ALSGate(
        bounds=dict(zip(ck.ALSTier, falling, strict=False)),
        channels=dict(zip(ck.ALSTier, opened, strict=True)),
    )


# Gates need not nest, and even what is Dead may be open.
gates = st.just(ck.DEFAULT_GATE) | st.builds(
    _gate,
    st.lists(st.integers(1, 100), min_size=4, max_size=4, unique=True),
    st.lists(channel_sets, min_size=5, max_size=5),
)

scores = st.one_of(
    st.sampled_from((None, 0, 35, 60, 85, 100)),
    st.sampled_from((0, 19.999, 20, 35, 59.5, 60, 60.0, 84.5, 85, 85.0, 90, 100)),
    st.integers(0, 100),
    st.floats(0, 100),
)
# Half of the leads can be reached everywhere, so that gates and totals matter, too.
reach = st.just(frozenset(ORDER)) | channel_sets

texts = st.text("abAB019-é", min_size=1, max_size=5)
ids: tuple[st.SearchStrategy[LeadId], ...] = (texts, st.integers(), st.uuids())


def leads_of(kind: st.SearchStrategy[LeadId], most: int = 40) -> st.SearchStrategy[list[ck.Lead]]:
    """Give leads whose ids, all of one kind, differ."""
    lead = st.builds(ck.Lead, id=kind, als_score=scores, reachable=reach)
    few = st.lists(lead, max_size=5, unique_by=lambda one: one.id)
    many = st.lists(lead, min_size=8, max_size=most, unique_by=lambda one: one.id)
    return few | many


leads = st.sampled_from(ids).flatmap(leads_of)
