"""The benchmarks still run and compare like with like; how fast they are is no test's business."""

from __future__ import annotations

from math import isfinite

import pytest

from tests.benchmarks.harness import SMOKE, Benchmark, Faster, Figures, Within
from tests.benchmarks.run import BENCHMARKS, is_chosen, main

on_spark = (
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
)
each = pytest.mark.parametrize(
    "benchmark_",
    [pytest.param(one, id=one.name, marks=on_spark if one.needs else ()) for one in BENCHMARKS],
)


@each
def test_runs(benchmark_: Benchmark) -> None:
    figures = benchmark_.measure(SMOKE)
    assert isfinite(figures.ours)
    assert isfinite(figures.peer)
    assert benchmark_.show(figures.ours)


@each
def test_compares_like_with_like(benchmark_: Benchmark) -> None:
    benchmark_.check()


def test_ratios_and_verdicts() -> None:
    figures = Figures(ours=2.0, peer=50.0)
    assert Faster(25).ratio(figures) == 25
    assert Faster(25).met(figures)
    assert not Faster(25.1).met(figures)
    assert Within(0.04).ratio(figures) == 0.04
    assert Within(0.04).met(figures)
    assert not Within(0.039).met(figures)
    assert Within().met(figures) is None
    assert Faster().met(figures) is None


def test_what_needs_java_runs_only_where_it_is_named_in_full() -> None:
    (spark,) = (benchmark for benchmark in BENCHMARKS if benchmark.needs == "Java")
    assert is_chosen(spark, ["plan", spark.name])
    assert not any(is_chosen(spark, names) for names in ([], ["frames"]))


def test_an_unknown_name_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "growth" in capsys.readouterr().out
