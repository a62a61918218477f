"""Pools of many days and of many campaigns: horizons, and sharing out.

A maximum flow finds whether totals can be met, once; sharing out finds the totals, too.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from functools import partial
from random import Random
from typing import Any, cast

import numpy as np
import polars as pl
from attrs import evolve

import campaignkit as ck
from campaignkit import frames
from campaignkit.planning._pool_split import split_pool
from tests.benchmarks import samples
from tests.benchmarks.frames import named_leads
from tests.benchmarks.frames import ours as allocated
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


def forecast_of(leads: Sequence[ck.Lead], horizon: int) -> ck.Forecast:
    campaign = evolve(samples.running_campaign(), daily_lead_limit=300)
    return ck.forecast(campaign, leads, days=30, progress=ck.Progress(samples.DAY), horizon=horizon)


def measure_forecast(effort: Effort) -> Figures:
    leads = samples.leads(min(effort.leads, LEADS), scores=samples.mixed_score)
    ours, peer = partial(forecast_of, leads, 30), partial(forecast_of, leads, 1)
    return compare(ours, peer, rounds=min(effort.rounds, 5))


def check_forecast() -> None:
    leads = samples.leads(2_000, scores=samples.mixed_score)
    paced, greedy = forecast_of(leads, 30), forecast_of(leads, 1)
    assert paced.counts.total == greedy.counts.total
    assert paced.counts == paced.attainable == greedy.attainable


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
        self.row_of = [i for i, size in enumerate(self.sizes) for _ in range(size)]
        rng.shuffle(self.row_of)

    def read_sizes(self) -> list[int]:
        """Count the leads of each set."""
        sizes = [0] * len(self.rows)
        for i in self.row_of:
            sizes[i] += 1
        return sizes

    def share_out(self, sizes: Sequence[int]) -> Sequence[int]:
        return split_pool(self.weights, self.rows, sizes, [0] * len(self.weights)).given

    def flow(self, wanted: Sequence[int], sizes: Sequence[int]) -> int:
        """Return the maximum flow from the sets to the campaigns, of which each takes no more."""
        sets, campaigns = len(self.rows), len(self.weights)
        source, sink = sets + campaigns, sets + campaigns + 1
        links = [(i, sets + c, sizes[i]) for i, row in enumerate(self.rows) for c in row]
        links += [(source, i, size) for i, size in enumerate(sizes)]
        links += [(sets + c, sink, most) for c, most in enumerate(wanted)]
        tails, heads, room = np.array(links, np.int32).T
        graph = csr_array((room, (tails, heads)), shape=(sink + 1, sink + 1))
        return int(maximum_flow(graph, source, sink).flow_value)


def measure_share_out(campaigns: int, sets: int, effort: Effort, *, reads: bool) -> Figures:
    """Measure both sides from the set number of each lead, or from the size of each set."""
    sets = min(sets, effort.leads)
    pool = Pool(campaigns, sets, effort.leads)
    total = sum(pool.sizes)
    wanted = [total * weight // sum(pool.weights) for weight in pool.weights]

    def find_sizes() -> list[int]:
        return pool.read_sizes() if reads else pool.sizes

    return compare(
        lambda: pool.share_out(find_sizes()),
        lambda: pool.flow(wanted, find_sizes()),
        rounds=min(effort.rounds, 7),
    )


def check_share_out(campaigns: int, sets: int) -> None:
    """Check that a flow can meet the totals."""
    pool = Pool(campaigns, min(sets, 200), 10_000)
    assert pool.read_sizes() == pool.sizes
    totals = pool.share_out(pool.sizes)
    assert sum(totals) == sum(pool.sizes) == pool.flow(totals, pool.sizes)


def share_out_benchmark(campaigns: int, sets: int, most: float | None) -> Benchmark:
    """Return the benchmark with the reading of the leads, or, without a limit, that without it."""
    reads = most is not None
    return Benchmark(
        name=f"share-out-{campaigns}" + ("" if reads else "-sizes"),
        what=f"totals of {campaigns} campaigns, {sets:,} sets"
        + (", 1,000,000 leads read" if reads else ""),
        peer="scipy maximum_flow" + (", leads read" if reads else ""),
        wanted=Within(most),
        measure=partial(measure_share_out, campaigns, sets, reads=reads),
        check=partial(check_share_out, campaigns, sets),
    )


# --- sharing out a dataframe -----------------------------------------------------------------


def fits_frame(count: int, sets: int) -> tuple[pl.DataFrame, Mapping[str, str]]:
    """Return leads with ids of text that fit sets of campaigns, and the columns of their flags."""
    pool = Pool(CAMPAIGNS, sets, count) if sets else None
    frame = named_leads(count)
    if pool is None:
        return frame, {}
    is_in = np.zeros((sets, CAMPAIGNS), np.bool_)
    for i, row in enumerate(pool.rows):
        is_in[i, list(row)] = True
    set_of = np.random.default_rng(16).integers(0, sets, count)
    flags = {name: f"fits_{c}" for c, name in enumerate(WEIGHTS)}
    columns = [pl.Series(name, is_in[set_of, c]) for c, name in enumerate(flags.values())]
    return frame.with_columns(columns), flags


CAMPAIGNS = 20
WEIGHTS = {f"campaign-{c}": 5 * c + 1 for c in range(CAMPAIGNS)}


def measure_frame(sets: int, effort: Effort) -> Figures:
    frame, fits = fits_frame(effort.leads, min(sets, effort.leads))
    ours = partial(frames.share_out, frame, WEIGHTS, fits=fits)
    return compare(ours, allocated(frame), rounds=min(effort.rounds, 7))


def check_frame(sets: int) -> None:
    """Check that each lead of the frame gets the campaign that `share_out` gives it."""
    frame, fits = fits_frame(2_000, min(sets, 100))
    done = frames.share_out(frame, WEIGHTS, fits=fits).frame
    leads = [ck.Lead(*row) for row in frame.select("lead_id", "als_score").iter_rows()]
    fitting = dict(zip(frame["lead_id"], frame.iter_rows(named=True), strict=True))
    shared = ck.share_out(
        leads,
        WEIGHTS,
        lambda lead: [key for key in WEIGHTS if not fits or fitting[str(lead.id)][fits[key]]],
    )
    expected = {lead.id: key for key, given in shared.leads.items() for lead in given}
    assert dict(done.select("lead_id", "campaign").iter_rows()) == expected
    assert set(cast("pl.DataFrame", allocated(frame)())["channel"]) == {*ck.Channel, None}


def frame_benchmark(name: str, what: str, sets: int) -> Benchmark:
    return Benchmark(
        name=name,
        what=f"frames.share_out, 1,000,000 leads, 20 campaigns, {what}",
        peer="frames.allocate for one",
        wanted=Within(4),
        measure=partial(measure_frame, sets),
        check=partial(check_frame, sets),
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
    Benchmark(
        name="forecast-horizon",
        what="forecast of 30 days, 10,000 leads, horizon",
        peer="the same without a horizon",
        wanted=Within(1.5),
        measure=measure_forecast,
        check=check_forecast,
    ),
    share_out_benchmark(20, 3_000, 2),
    share_out_benchmark(20, 3_000, None),
    share_out_benchmark(100, 5_000, 10),
    share_out_benchmark(100, 5_000, None),
    frame_benchmark("share-out-frame", "all leads fit all", 0),
    frame_benchmark("share-out-frame-sets", "3,000 sets", 3_000),
)
