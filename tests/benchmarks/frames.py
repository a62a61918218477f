"""Frames of leads, and the same work written by hand for their engines.

The hands get what suits them: what each channel gets of each eligibility set is ready made for
them, and nobody looks whether an id comes twice. As we and they work on several processors, it is
the time on the wall that is compared.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from time import perf_counter
from typing import Any, TypeAlias, cast

import duckdb
import numpy as np
import polars as pl

import campaignkit as ck
from campaignkit.frames import allocate
from campaignkit.frames._vectorized import deal_all
from campaignkit.planning._deal import distribute, is_mirrored
from tests.benchmarks.harness import (
    Benchmark,
    Effort,
    Faster,
    Figures,
    Within,
    compare,
    factor,
    interleave,
)

# pandas has no type hints of its own.
pd: Any = import_module("pandas")

ALLOCATION = ck.DEFAULT_ALLOCATION
CHANNELS = tuple(ck.Channel)
REACHABLE = {"voice": "has_phone", "sms": "has_mobile", "mail": "has_address"}
ROUNDS = 5

Side: TypeAlias = Callable[[], object]


def many(effort: Effort) -> int:
    """Return how many leads a frame has: ten millions, where a batch has one."""
    return 10 * effort.leads


def leads(count: int) -> pl.DataFrame:
    """Return so many leads in no order, with whole scores and ids that are whole numbers."""
    rng = np.random.default_rng(count)
    return pl.DataFrame(
        {
            "lead_id": rng.permutation(count),
            "als_score": rng.integers(0, 101, count),
            **{flag: rng.random(count) < 0.7 for flag in REACHABLE.values()},
        }
    )


def named_leads(count: int) -> pl.DataFrame:
    """Return leads whose ids are text: a word and a number."""
    return leads(count).with_columns(pl.format("lead-{}", "lead_id").alias("lead_id"))


def sparse_leads(count: int) -> pl.DataFrame:
    """Return leads whose ids are whole numbers from all over 62 bits."""
    ids = np.random.default_rng(0).integers(0, 1 << 62, count)
    return leads(count).with_columns(pl.Series("lead_id", ids))


def ours(frame: object) -> Side:
    return lambda: allocate(frame, ALLOCATION, reachable=REACHABLE).frame


# --- by hand ----------------------------------------------------------------------------------

# The mask of the channels that a lead may get, bit by bit, as SQL and as Polars have it.
BITS = (
    "als_score >= 20",
    "als_score >= 35",
    "als_score >= 60 AND has_phone",
    "als_score >= 85 AND has_mobile",
    "als_score >= 85 AND has_address",
)
MASK = " + ".join(f"CASE WHEN {bit} THEN {1 << c} ELSE 0 END" for c, bit in enumerate(BITS))


def hands(frame: pl.DataFrame) -> tuple[list[int], list[list[int]], list[bool]]:
    """Return a frame's eligibility masks, what each channel gets of each, and which to mirror."""
    sizes = dict(frame.group_by(pl.sql_expr(MASK).alias("mask")).len().iter_rows())
    eligible = {
        frozenset(channel for c, channel in enumerate(CHANNELS) if mask >> c & 1): size
        for mask, size in sizes.items()
    }
    planned = ck.plan_counts(ALLOCATION, eligible)
    masks = sorted(mask for mask in sizes if mask)
    matrix = distribute(masks, [sizes[mask] for mask in masks], list(planned.counts.values()))
    placed = planned.counts.total
    return masks, matrix, [is_mirrored(mask, before=0, placed=placed) for mask in masks]


def steps(frame: pl.DataFrame) -> pl.DataFrame:
    """Return for each mask the five steps of its deal: x leads of n, h their half, channel c."""
    masks, matrix, mirrored = hands(frame)
    columns: dict[str, list[Any]] = {"mask": masks, "dealt": [sum(row) for row in matrix]}
    columns["turned"] = [
        max(sum(row) - 1, 0) * turn for row, turn in zip(matrix, mirrored, strict=True)
    ]
    for row in matrix:
        left = sum(row)
        for step, (x, c) in enumerate(sorted((x, c) for c, x in enumerate(row))):
            parts = {"x": x, "n": max(left, 1), "h": left // 2, "c": CHANNELS[c].value}
            for name, value in parts.items():
                columns.setdefault(f"{name}{step}", []).append(value)
            left -= x
    return pl.DataFrame(columns, schema_overrides={"mask": pl.Int32})


def by_hand(frame: pl.DataFrame) -> Side:
    """Return the work in Polars: sorted, numbered, dealt, and put into the old order."""
    table = steps(frame)

    def run() -> pl.DataFrame:
        ranked = (
            frame.lazy()
            .with_row_index("row")
            .with_columns(pl.sql_expr(MASK).alias("mask"))
            .sort("als_score", "lead_id", descending=[True, False])
            .with_columns(pl.int_range(pl.len()).over("mask").alias("r"))
            .join(table.lazy(), on="mask", how="left")
            .with_columns((pl.col("turned") - pl.col("r")).abs().alias("r0"))
        )
        for step in range(4):
            r, x, n, h = (pl.col(f"{name}{step}") for name in "rxnh")
            before = (r * x + h) // n
            ranked = ranked.with_columns(before.alias("before")).with_columns(
                (r * x + h - pl.col("before") * n + x >= n).alias(f"t{step}"),
                (r - pl.col("before")).alias(f"r{step + 1}"),
            )
        channel = pl.col("c4")
        for step in reversed(range(4)):
            channel = pl.when(pl.col(f"t{step}")).then(pl.col(f"c{step}")).otherwise(channel)
        dealt = pl.when(pl.col("r") < pl.col("dealt")).then(channel).alias("channel")
        return ranked.with_columns(dealt).sort("row").select(*frame.columns, "channel").collect()

    return run


def by_pandas(frame: pl.DataFrame) -> Side:
    """Return the work in pandas: sorted, dealt group by group, and put into the old order."""
    table: Any = frame.to_pandas()
    row_of = {mask: (row, turn) for mask, row, turn in zip(*hands(frame), strict=True)}
    words = np.array([*(channel.value for channel in CHANNELS), None], object)

    def deal(group: Any) -> object:  # noqa: ANN401  # of pandas
        row, turn = row_of.get(group.name, ([0] * len(CHANNELS), False))
        dealt = deal_all(np.array([row]), np.array([len(group)]), np.array([turn]))
        return pd.Series(words[dealt], index=group.index)

    def run() -> object:
        score = table["als_score"]
        mask = (score >= 20) + 2 * (score >= 35) + 4 * ((score >= 60) & table["has_phone"])
        mask += 8 * ((score >= 85) & table["has_mobile"])
        mask += 16 * ((score >= 85) & table["has_address"])
        ordered = table.assign(mask=mask).sort_values(
            ["als_score", "lead_id"], ascending=[False, True]
        )
        dealt = ordered.groupby("mask", group_keys=False)[["lead_id"]].apply(deal)
        return table.assign(channel=dealt)

    return run


def sql(div: str) -> str:
    """Return the work in SQL, over tables of leads and steps; `div` divides whole numbers."""
    query = f"""
        SELECT *, abs(turned - r) AS r0 FROM (
            SELECT *, row_number() OVER (
                PARTITION BY mask ORDER BY als_score DESC, lead_id
            ) - 1 AS r FROM (SELECT *, {MASK} AS mask FROM leads)
        ) LEFT JOIN steps USING (mask)
    """
    for i in range(4):
        query = f"SELECT *, (r{i} * x{i} + h{i}) {div} n{i} AS b{i} FROM ({query})"
        took = f"r{i} * x{i} + h{i} - b{i} * n{i} + x{i} >= n{i}"
        query = f"SELECT *, {took} AS t{i}, r{i} - b{i} AS r{i + 1} FROM ({query})"
    cases = " ".join(f"WHEN t{i} THEN c{i}" for i in range(4))
    columns = ", ".join(("lead_id", "als_score", *REACHABLE.values()))
    channel = f"CASE WHEN r < dealt THEN CASE {cases} ELSE c4 END END AS channel"
    return f"SELECT {columns}, {channel} FROM ({query})"


# --- measured ---------------------------------------------------------------------------------


def by_wall(mine: Side, theirs: Side, effort: Effort, *, per: int) -> Figures:
    return compare(mine, theirs, rounds=min(effort.rounds, ROUNDS), per=per, clock=perf_counter)


def measure(
    make: Callable[[int], pl.DataFrame], peer: Callable[[pl.DataFrame], Side], effort: Effort
) -> Figures:
    frame = make(many(effort))
    return by_wall(ours(frame), peer(frame), effort, per=len(frame))


def bare_rank(frame: pl.DataFrame) -> Side:
    """Return the ranks of ids in their eligibility sets, which must be known: less than ours."""
    marked = frame.with_columns(pl.sql_expr(MASK).alias("mask"))
    return lambda: marked.select(pl.col("lead_id").rank("ordinal").over("mask"))


def read_and_write(frame: pl.DataFrame) -> Side:
    """Return one reading of every column, and the writing of one."""
    columns = [pl.col(name).cast(pl.Int64, strict=False) for name in frame.columns[1:]]
    return lambda: frame.select(pl.col("lead_id").hash() + pl.sum_horizontal(columns))


def measure_pandas(effort: Effort) -> Figures:
    frame = leads(many(effort))
    return by_wall(ours(frame.to_pandas()), by_pandas(frame), effort, per=len(frame))


def measure_growth(effort: Effort) -> Figures:
    """Return how many times as long a lead takes among 10,000,000 as among 100,000."""
    frames = [leads(many(effort)), leads(effort.leads // 10)]
    sides = [make(frame) for make in (ours, bare_rank) for frame in frames]
    mine, mine_few, rank, rank_few = interleave(
        sides, min(effort.rounds, ROUNDS), clock=perf_counter
    )
    more = len(frames[0]) / len(frames[1])
    return Figures(ours=mine / mine_few / more, peer=rank / rank_few / more)


def measure_campaigns(effort: Effort) -> Figures:
    """Return what a lead takes among the campaigns of a thousand leads, and in one campaign."""
    frame = leads(many(effort))
    campaigns = max(1, len(frame) // 1_000)
    of_each = frame.with_columns((pl.col("lead_id") % campaigns).alias("campaign"))
    allocations = dict.fromkeys(range(campaigns), ALLOCATION)
    return by_wall(
        lambda: allocate(of_each, allocations, campaign="campaign", reachable=REACHABLE),
        ours(frame),
        effort,
        per=len(frame),
    )


def lazily(frame: pl.DataFrame) -> Side:
    """Return the work on a lazy frame, and the computation of all its columns."""
    lazy = frame.lazy()
    # The call is part of the work.
    return lambda: allocate(lazy, ALLOCATION, reachable=REACHABLE).frame.collect()  # noqa: PLW0108


def measure_lazy(effort: Effort) -> Figures:
    frame = named_leads(effort.leads)
    return by_wall(lazily(frame), ours(frame), effort, per=len(frame))


def check_lazy() -> None:
    """Check that a lazy frame is given what the same frame in memory is given."""
    frame = named_leads(5_000)
    assert channels(lazily(frame)()) == channels(ours(frame)())


def in_duckdb(frame: pl.DataFrame) -> tuple[duckdb.DuckDBPyConnection, Side, Side]:
    """Return DuckDB with the leads, our work, and that by hand, each into a table."""
    connection = duckdb.connect(config={"threads": 2})
    connection.register("frame", frame)
    connection.register("ready", steps(frame))
    connection.execute("CREATE TABLE leads AS FROM frame")
    connection.execute("CREATE TABLE steps AS FROM ready")

    def mine() -> object:
        done = allocate(connection.table("leads"), ALLOCATION, reachable=REACHABLE).frame
        connection.execute("DROP TABLE IF EXISTS ours")
        done.create("ours")
        return connection

    query = sql("//")
    return (
        connection,
        mine,
        lambda: connection.execute(f"CREATE OR REPLACE TABLE theirs AS {query}"),
    )


def measure_duckdb(effort: Effort) -> Figures:
    frame = leads(many(effort))
    _, mine, theirs = in_duckdb(frame)
    return by_wall(mine, theirs, effort, per=len(frame))


# Linux tells the highest and the present size of a process; 5 sets the highest back.
PEAK = """
import sys
from pathlib import Path
from tests.benchmarks import frames

def size(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(what))

frame = frames.leads(int(sys.argv[1]))
frames.ours(frames.leads(1_000))()
Path("/proc/self/clear_refs").write_text("5")
before = size("VmRSS")
done = frames.ours(frame)()
print(size("VmHWM") - before + frame.estimated_size(), frame.estimated_size())
"""


def measure_memory(effort: Effort) -> Figures:
    """Return the peak of memory in a process of its own, and the size of the frame, in bytes."""
    run = subprocess.run(
        [sys.executable, "-c", PEAK, str(many(effort))],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    peak, size = map(int, run.stdout.split())
    return Figures(ours=peak, peer=size)


def megabytes(size: float) -> str:
    """Return a size in words."""
    return f"{size / 1e6:,.0f} MB"


# --- checked ----------------------------------------------------------------------------------


def channels(frame: object) -> list[str | None]:
    """Return the channels of a frame's leads, in the order of their ids."""
    table: Any = frame
    if not isinstance(frame, pl.DataFrame):
        table = cast("Any", pl).from_pandas(frame)
    words: list[str | None] = table.sort("lead_id")["channel"].cast(pl.String).to_list()
    return words


def check(make: Callable[[int], pl.DataFrame]) -> None:
    """Check that all hands come to the same as we."""
    frame = make(5_000)
    mine = channels(ours(frame)())
    assert set(mine) == {*ck.Channel, None}
    assert mine == channels(by_hand(frame)())
    assert mine == channels(by_pandas(frame)())
    assert mine == channels(ours(frame.to_pandas())())


def check_duckdb() -> None:
    """Check that both tables have the channels that the frame in memory has."""
    frame = leads(5_000)
    connection, mine, theirs = in_duckdb(frame)
    mine()
    theirs()
    wanted = channels(ours(frame)())
    for table in ("ours", "theirs"):
        assert channels(connection.table(table).pl()) == wanted


def check_growth() -> None:
    """Check that both frames are of the same kind."""
    assert leads(100).schema == leads(1_000).schema


def check_campaigns() -> None:
    """Check that each campaign's leads are planned for themselves."""
    frame = leads(2_000).with_columns((pl.col("lead_id") % 2).alias("campaign"))
    allocations = dict.fromkeys(range(2), ALLOCATION)
    done = allocate(frame, allocations, campaign="campaign", reachable=REACHABLE).frame
    for campaign in range(2):
        alone = ours(frame.filter(pl.col("campaign") == campaign))()
        assert channels(alone) == channels(done.filter(pl.col("campaign") == campaign))


# --- all of them ------------------------------------------------------------------------------

HAND = "Polars by hand"


def polars_benchmark(
    name: str,
    what: str,
    *,
    wanted: Faster | Within,
    peer: str = HAND,
    make: Callable[[int], pl.DataFrame] = leads,
    side: Callable[[pl.DataFrame], Side] = by_hand,
) -> Benchmark:
    return Benchmark(
        name=f"frames-{name}",
        what=f"allocate, 10,000,000 leads, {what}",
        peer=peer,
        wanted=wanted,
        measure=partial(measure, make, side),
        check=partial(check, make),
    )


RANK = "Polars, bare rank over set"
READ = "all columns read, one written"

BENCHMARKS: tuple[Benchmark, ...] = (
    polars_benchmark("int", "int ids", wanted=Faster(4)),
    polars_benchmark("text", "text ids", make=named_leads, wanted=Faster(4)),
    polars_benchmark("sparse", "62-bit ids", make=sparse_leads, wanted=Faster()),
    polars_benchmark("rank", "int ids", peer=RANK, side=bare_rank, wanted=Within(1)),
    polars_benchmark(
        "rank-text", "text ids", peer=RANK, make=named_leads, side=bare_rank, wanted=Within(1)
    ),
    polars_benchmark("floor", "int ids", peer=READ, side=read_and_write, wanted=Within()),
    Benchmark(
        name="frames-pandas",
        what="allocate, 10,000,000 leads in pandas",
        peer="pandas groupby-apply",
        wanted=Faster(10),
        measure=measure_pandas,
        check=partial(check, leads),
    ),
    Benchmark(
        name="frames-growth",
        what="allocate, time a lead, 100,000 to 10,000,000",
        peer=RANK,
        wanted=Within(1.5),
        measure=measure_growth,
        check=check_growth,
        show=factor,
    ),
    Benchmark(
        name="frames-campaigns",
        what="allocate, campaigns of 1,000 leads",
        peer="one campaign",
        wanted=Within(1.5),
        measure=measure_campaigns,
        check=check_campaigns,
    ),
    Benchmark(
        name="frames-lazy",
        what="allocate, 1,000,000 leads of a LazyFrame, collected",
        peer="the same in memory",
        wanted=Within(2),
        measure=measure_lazy,
        check=check_lazy,
    ),
    Benchmark(
        name="frames-duckdb",
        what="allocate, 10,000,000 leads in DuckDB",
        peer="SQL by hand",
        wanted=Within(2),
        measure=measure_duckdb,
        check=check_duckdb,
    ),
    Benchmark(
        name="frames-memory",
        what="allocate, 10,000,000 leads, peak memory",
        peer="the frame itself",
        wanted=Within(3),
        measure=measure_memory,
        check=check_growth,
        show=megabytes,
    ),
)
