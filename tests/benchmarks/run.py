"""Run the benchmarks and print what was promised beside what was found."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from tests.benchmarks import (
    clients,
    files,
    frames,
    imports,
    intakes,
    planning,
    pools,
    serialization,
    spark,
    storage,
    suggestions,
    targeting,
)
from tests.benchmarks.harness import FULL, Benchmark

SUBJECTS = (
    *(planning, pools, serialization, storage, intakes, clients, suggestions),
    *(targeting, files, frames, spark, imports),
)
BENCHMARKS: tuple[Benchmark, ...] = tuple(
    benchmark for subject in SUBJECTS for benchmark in subject.BENCHMARKS
)

ROW = "{:<15}  {:<38}  {:<27}  {:>8}  {:>8}  {:>7}  {:>7}  {}"
VERDICTS = {True: "met", False: "NOT MET", None: "reported"}


def is_chosen(benchmark: Benchmark, names: Sequence[str]) -> bool:
    """Tell whether a benchmark is among those that were named, or among all."""
    if benchmark.needs:
        return benchmark.name in names
    return not names or any(f"{benchmark.name}-".startswith(f"{name}-") for name in names)


def main(names: Sequence[str]) -> int:
    """Measure the named benchmarks, or all; 1 if one of them missed what it promises.

    A name also stands for those that it begins: "plan" for "plan-int"; but those that need more
    than Python must be named in full.
    """
    chosen = [benchmark for benchmark in BENCHMARKS if is_chosen(benchmark, names)]
    if not chosen:
        print("There are:", *(benchmark.name for benchmark in BENCHMARKS))
        return 2
    print(
        f"Python {platform.python_version()}. Of rounds by turns the median, by the wall the least."
    )
    print(ROW.format("name", "what", "peer", "ours", "peer", "ratio", "wanted", ""))
    missed = False
    for benchmark in chosen:
        figures = benchmark.measure(FULL)
        met = benchmark.wanted.met(figures)
        missed = missed or met is False
        line = ROW.format(
            benchmark.name,
            benchmark.what,
            benchmark.peer,
            benchmark.show(figures.ours),
            benchmark.show(figures.peer),
            f"{benchmark.wanted.ratio(figures):.2f}",
            str(benchmark.wanted),
            VERDICTS[met],
        )
        print(line, flush=True)
    for benchmark in BENCHMARKS:
        if benchmark.needs and not names:
            print(f"{benchmark.name} needs {benchmark.needs}, and runs where it is named.")
    return int(missed)
