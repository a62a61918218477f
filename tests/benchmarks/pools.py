"""Pools of many days and of many campaigns: horizons, and sharing out.

A maximum flow finds whether totals can be met, once; sharing out finds the totals, too.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

import numpy as np

import campaignkit as ck
from campaignkit.planning._pool_split import split_pool
from tests.benchmarks import samples
from tests.benchmarks.harness import Benchmark, Effort, Figures, Within, compare

# scipy has no type hints of its own.
csr_array: Any = importlib.import_module("scipy.sparse").csr_array
maximum_flow: Any = importlib.import_module("scipy.sparse.csgraph").maximum_flow

LEADS, DAYS = 10_000, 20


def intake_of(leads: Sequence[ck.Lead], horizon: int) -> ck.Intake:
    campaign = samples.running_campaign()
    return ck.intake(campaign, leads, progress=ck.Progress(samples.DAY), horizon=horizon)


def measure_horizon(effort: Effort) -> Figures:
    leads = samples.leads(min(effort.leads, LEADS), scores=samples.mixed_score)
    ours, peer = partial(intake_of, leads, DAYS), partial(intake_of, leads, 1)
    return compare(ours, peer, rounds=min(effort.rounds, 40))


def check_horizon() -> None:
    leads = samples.leads(2_000, scores=samples.mixed_score)
    paced, greedy = intake_of(leads, DAYS), intake_of(leads, 1)
    assert paced.plan.counts.total == greedy.plan.counts.total
    assert paced.assignments.keys() != greedy.assignments.keys()


# --- sharing out -------------------------------------------------------------------------------


class Pool:
    """Leads that fit sets of campaigns, by number."""

    def __init__(self, campaigns: int, sets: int, leads: int) -> None:
        rng = Random(16)
        self.weights = [rng.randint(1, 100) for _ in range(campaigns)]
        found: set[tuple[int, ...]] = set()
        while len(found) < sets:
            found.add(tuple(sorted(rng.sample(range(campaigns), rng.randint(1, 6)))))
        self.rows = sorted(found)
        self.sizes = [rng.randint(1, 2 * max(1, leads // sets)) for _ in self.rows]

    def share_out(self) -> list[int]:
        return split_pool(self.weights, self.rows, self.sizes, [0] * len(self.weights)).given

    def flow(self, wanted: Sequence[int]) -> int:
        """Return the maximum flow from the sets to the campaigns, of which each takes no more."""
        sets, campaigns = len(self.rows), len(self.weights)
        source, sink = sets + campaigns, sets + campaigns + 1
        links = [(i, sets + c, self.sizes[i]) for i, row in enumerate(self.rows) for c in row]
        links += [(source, i, size) for i, size in enumerate(self.sizes)]
        links += [(sets + c, sink, most) for c, most in enumerate(wanted)]
        tails, heads, room = np.array(links, np.int32).T
        graph = csr_array((room, (tails, heads)), shape=(sink + 1, sink + 1))
        return int(maximum_flow(graph, source, sink).flow_value)


def measure_share_out(campaigns: int, sets: int, effort: Effort) -> Figures:
    sets = min(sets, effort.leads)
    pool = Pool(campaigns, sets, effort.leads)
    total = sum(pool.sizes)
    wanted = [total * weight // sum(pool.weights) for weight in pool.weights]
    return compare(pool.share_out, partial(pool.flow, wanted), rounds=min(effort.rounds, 7))


def check_share_out(campaigns: int, sets: int) -> None:
    """Check that a flow can meet the totals."""
    pool = Pool(campaigns, min(sets, 200), 10_000)
    totals = pool.share_out()
    assert sum(totals) == sum(pool.sizes) == pool.flow(totals)


def share_out_benchmark(campaigns: int, sets: int, most: float) -> Benchmark:
    return Benchmark(
        name=f"share-out-{campaigns}",
        what=f"totals of {campaigns} campaigns, {sets:,} sets",
        peer="scipy maximum_flow",
        wanted=Within(most),
        measure=partial(measure_share_out, campaigns, sets),
        check=partial(check_share_out, campaigns, sets),
    )


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="horizon",
        what="intake of 10,000 leads, horizon of 20 days",
        peer="the same without a horizon",
        wanted=Within(1.3),
        measure=measure_horizon,
        check=check_horizon,
    ),
    share_out_benchmark(20, 3_000, 2),
    share_out_benchmark(100, 5_000, 10),
)
