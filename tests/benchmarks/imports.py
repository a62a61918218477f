"""What `import campaignkit` adds to starting Python, and what `import attrs` does.

Fresh processes, turn by turn, wall time. `-I` keeps the user's site, PYTHON* variables and the
working folder out of it. `-S` would keep out site-packages as well, where attrs is; so site stays,
and its price, which every start pays alike, goes with the bare start that is subtracted.
`-X importtime` is not used: it slows imports down, and most the small ones.
"""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

from tests.benchmarks.harness import Benchmark, Effort, Figures, Within, interleave


def start(statement: str) -> str:
    """Return what a fresh Python prints that does nothing but this."""
    command = [sys.executable, "-I", "-c", statement]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def measure_import(effort: Effort) -> Figures:
    bare, attrs, ours = interleave(
        (
            lambda: start("pass"),
            lambda: start("import attrs"),
            lambda: start("import campaignkit"),
        ),
        min(effort.rounds, 60),
        clock=perf_counter,
    )
    return Figures(ours=ours - bare, peer=attrs - bare)


def check_import() -> None:
    """Ours loads attrs, and nothing heavy before it is used."""
    loaded = set(start("import sys, campaignkit; print(*sys.modules)").split())
    assert {"campaignkit", "attrs"} <= loaded
    assert not loaded & {"cattrs", "sqlalchemy", "numpy", "hypothesis", "asyncio"}


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="import",
        what="import campaignkit, over bare Python",
        peer="import attrs",
        wanted=Within(2.5),
        measure=measure_import,
        check=check_import,
    ),
)
