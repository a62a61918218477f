"""Times of two or more things, taken turn by turn, and the ratio that was promised."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

from attrs import frozen


@frozen
class Effort:
    """How much work a measurement is worth: at most so many rounds, and leads in a batch."""

    rounds: int = 1_000
    leads: int = 1_000_000


FULL = Effort()
SMOKE = Effort(rounds=1, leads=60)
"""Just enough to see that a benchmark still runs; its figures mean nothing."""


@frozen
class Figures:
    """What one measurement found; seconds, or whatever the benchmark's `show` puts into words."""

    ours: float
    peer: float


@frozen
class Faster:
    """Ours is to be at least `least` times as fast as the peer; None only reports it."""

    least: float | None = None

    def ratio(self, figures: Figures) -> float:
        return figures.peer / figures.ours

    def met(self, figures: Figures) -> bool | None:
        return None if self.least is None else self.ratio(figures) >= self.least

    def __str__(self) -> str:
        return "" if self.least is None else f">= {self.least:g}"


@frozen
class Within:
    """Ours is to take at most `most` times what the peer takes; None only reports it."""

    most: float | None = None

    def ratio(self, figures: Figures) -> float:
        return figures.ours / figures.peer

    def met(self, figures: Figures) -> bool | None:
        return None if self.most is None else self.ratio(figures) <= self.most

    def __str__(self) -> str:
        return "" if self.most is None else f"<= {self.most:g}"


def duration(seconds: float) -> str:
    """Return a time with three digits that matter."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def factor(value: float) -> str:
    """Return a pure number, such as a growth, in words."""
    return f"{value:.2f} x"


@frozen
class Benchmark:
    """A promise about speed, the function that measures it, and the one that checks the sides.

    `check` raises AssertionError unless ours and the peer did the work they claim to do. What
    `needs` more than the extra runs only where it is named.
    """

    name: str
    what: str
    peer: str
    wanted: Faster | Within
    measure: Callable[[Effort], Figures]
    check: Callable[[], None]
    show: Callable[[float], str] = duration
    needs: str = ""


def interleave(
    sides: Sequence[Callable[[], object]],
    rounds: int,
    *,
    clock: Callable[[], float] = process_time,
) -> list[float]:
    """Return each side's median seconds over so many rounds; a round samples every side once.

    So a slow moment of the machine falls on all sides alike; and as the time is that of the
    processor, other programs do not count. By another clock they do, and only ever add to it: there
    it is the least time of the rounds, which was disturbed least. A first round warms up, and a
    second one finds how often a quick side runs in a sample: samples last about alike, and too long
    for the caches that are cold after a collection to matter. Garbage is collected before every
    sample, so no side pays for another's, and the collector stays on meanwhile, as it is in the
    programs that call us: what a side allocates is part of its price.
    """
    for side in sides:
        side()
    first = [_sample(side, 1, clock) for side in sides]
    enough = min(max(*first, _TOO_SHORT), _LONG_ENOUGH)
    times = [max(1, int(enough / max(taken, _TICK))) for taken in first]
    samples: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, often, taken in zip(sides, times, samples, strict=True):
            taken.append(_sample(side, often, clock))
    typical = median if clock is process_time else min
    return [typical(taken) for taken in samples]


_LONG_ENOUGH = 0.02
_TOO_SHORT = 0.005
_TICK = 1e-4


def _sample(side: Callable[[], object], times: int, clock: Callable[[], float]) -> float:
    gc.collect()
    start = clock()
    for _ in range(times):
        side()
    return (clock() - start) / times


def compare(
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    rounds: int,
    per: int = 1,
    clock: Callable[[], float] = process_time,
) -> Figures:
    """Return both sides' seconds, as `interleave` has them, for one of `per` things in a call."""
    mine, theirs = interleave((ours, peer), rounds, clock=clock)
    return Figures(ours=mine / per, peer=theirs / per)
