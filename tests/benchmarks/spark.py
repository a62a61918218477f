"""Frames of leads on Spark, and the same work written by hand in its SQL.

Spark runs on two executors that are processes of their own, so times are by the wall. Both sides
read the same Parquet file and write to nowhere. We also count the leads and look whether an id
comes twice; by hand nobody does.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import polars as pl

from campaignkit.frames import allocate
from tests.benchmarks.frames import ALLOCATION, REACHABLE, channels, leads, many, ours, sql, steps
from tests.benchmarks.harness import Benchmark, Effort, Figures, Within, compare

ROUNDS = 3


@contextmanager
def on_spark(frame: pl.DataFrame) -> Generator[tuple[Any, Any]]:
    """Give the leads of a frame as one of Spark, and the work by hand as another."""
    from tests.frames.spark import cluster  # noqa: PLC0415  # it needs Java

    with TemporaryDirectory() as folder, cluster(Path(folder, "work")) as session:
        file = Path(folder, "leads.parquet")
        frame.write_parquet(file, row_group_size=len(frame) // 8 + 1)
        there = session.read.parquet(str(file))
        there.createOrReplaceTempView("leads")
        session.createDataFrame(steps(frame).to_arrow()).createOrReplaceTempView("steps")
        yield there, session.sql(sql("div"))


def planned(there: Any) -> Any:  # noqa: ANN401  # its types are those of its newest release
    return allocate(there, ALLOCATION, reachable=REACHABLE).frame


def compute(frame: Any) -> None:  # noqa: ANN401
    frame.write.format("noop").mode("overwrite").save()


def measure(effort: Effort) -> Figures:
    with on_spark(leads(many(effort))) as (there, by_hand):
        return compare(
            lambda: compute(planned(there)),
            lambda: compute(by_hand),
            rounds=min(effort.rounds, ROUNDS),
            per=many(effort),
            clock=perf_counter,
        )


def check() -> None:
    """Check that both have the channels that the frame in memory has."""
    frame = leads(70_000)  # so many that they are parted
    wanted = channels(ours(frame)())
    with on_spark(frame) as (there, by_hand):
        for done in (planned(there), by_hand):
            assert channels(pl.DataFrame(done.toArrow())) == wanted


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="frames-spark",
        what="allocate, 10,000,000 leads on Spark",
        peer="SQL by hand",
        wanted=Within(2),
        measure=measure,
        check=check,
        needs="Java",
    ),
)
