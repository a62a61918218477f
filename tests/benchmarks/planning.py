"""The plan, one pick at a time and by the batch.

The peers get what suits them: a linear program whose arrays are ready made, one GrowthBook object
for all leads with nothing but the id set anew, a bare loop that stores nothing but its picks.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any, TypeAlias

import growthbook
import numpy as np

import campaignkit as ck
from tests.benchmarks import samples
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

# scipy has no type hints of its own.
linprog: Callable[..., Any] = importlib.import_module("scipy.optimize").linprog

ALLOCATION = ck.DEFAULT_ALLOCATION
CHANNELS = tuple(ck.Channel)
WEIGHTS = [share for _, share in ALLOCATION.items()]
CUMULATED = [sum(WEIGHTS[: end + 1]) for end in range(len(WEIGHTS))]

# --- plan_counts, and a linear program -------------------------------------------------------

GATED = tuple(
    ck.DEFAULT_GATE.channels(tier) for tier in ck.ALSTier if ck.DEFAULT_GATE.channels(tier)
)
ROUTES = [(row, channel) for row, allowed in enumerate(GATED) for channel in sorted(allowed)]

Batch: TypeAlias = Mapping[frozenset[ck.Channel], int]
Program: TypeAlias = tuple[object, object, object]


def any_mix(rng: Random) -> Batch:
    """Return about 10,000 leads in any mix of tiers."""
    return {allowed: rng.randint(0, 5_000) for allowed in GATED}


def few_hot(rng: Random) -> Batch:
    """Return about 9,000 leads of which few are Hot, and not many Warm; that takes most steps."""
    spans = ((0, 200), (500, 1_500), (3_000, 5_000), (3_000, 5_000))
    return {allowed: rng.randint(*span) for allowed, span in zip(GATED, spans, strict=True)}


def batches(mix: Callable[[Random], Batch]) -> list[Batch]:
    rng = Random(20)
    return [mix(rng) for _ in range(20)]


def program(batch: Batch) -> Program:
    """Return the linear program that places the most leads, as linprog takes it: c, A_ub, b_ub.

    One variable a route from a set to a channel; a set gives no more than it has, a channel
    takes no more than its share.
    """
    target = ALLOCATION.apportion(sum(batch.values()))
    sets = [[float(of == row) for of, _ in ROUTES] for row in range(len(GATED))]
    channels = [[float(to == channel) for _, to in ROUTES] for channel in CHANNELS]
    room = [batch[allowed] for allowed in GATED] + [target[channel] for channel in CHANNELS]
    return -np.ones(len(ROUTES)), np.array(sets + channels), np.array(room, dtype=float)


def solve(linear: Program) -> float:
    """Return how many leads the linear program places, by HiGHS."""
    return -float(linprog(linear[0], linear[1], linear[2], method="highs").fun)


def within_shares(batch: Batch, overflow: ck.Overflow) -> int:
    """Return how many leads our plan places without exceeding any channel's share."""
    made = ck.plan_counts(ALLOCATION, batch, overflow=overflow)
    return sum(min(made.counts[channel], made.target[channel]) for channel in CHANNELS)


def measure_counts(
    mix: Callable[[Random], Batch], overflow: ck.Overflow, effort: Effort
) -> Figures:
    some = batches(mix)
    programs = [program(batch) for batch in some]

    def ours() -> None:
        for batch in some:
            ck.plan_counts(ALLOCATION, batch, overflow=overflow)

    def peer() -> None:
        for linear in programs:
            solve(linear)

    return compare(ours, peer, rounds=min(effort.rounds, 40), per=len(some))


def check_counts(mix: Callable[[Random], Batch], overflow: ck.Overflow) -> None:
    """Check that the linear optimum and ours place the same number of leads within the shares."""
    for batch in batches(mix):
        assert within_shares(batch, overflow) == round(solve(program(batch)))


# --- choose and decide, and one evaluation of an experiment with five weights ----------------


def evaluations(leads: list[ck.Lead]) -> Callable[[], list[ck.Channel]]:
    """Return a run of one growthbook evaluation a lead.

    The object is made once, and a lead's id put straight into its attributes: that is cheaper
    than `set_attributes`, and much cheaper than an object a lead.
    """
    attributes: dict[str, object] = {"id": ""}
    book = growthbook.GrowthBook(attributes=attributes)
    experiment = growthbook.Experiment(
        key="mix", variations=list(CHANNELS), weights=[weight / 100 for weight in WEIGHTS]
    )

    def run() -> list[ck.Channel]:
        picks: list[ck.Channel] = []
        for lead in leads:
            attributes["id"] = lead.id
            picks.append(book.run(experiment).value)
        return picks

    return run


def online_leads(effort: Effort) -> list[ck.Lead]:
    return samples.leads(
        min(effort.leads, 500), scores=samples.mixed_score, reach=samples.everywhere
    )


def choices_of(
    leads: list[ck.Lead], carried: Mapping[ck.Channel, int] | None
) -> Callable[[], list[ck.Channel | None]]:
    return lambda: [ck.choose(ALLOCATION, lead, carried=carried) for lead in leads]


def choices_of_fresh(leads: list[ck.Lead]) -> Callable[[], list[ck.Channel | None]]:
    """Return a run as a host does it that holds no Lead yet."""
    rows = [(lead.id, lead.als_score, lead.reachable) for lead in leads]
    return lambda: [
        ck.choose(ALLOCATION, ck.Lead(id=id_, als_score=score, reachable=reach), carried=CARRIED)
        for id_, score, reach in rows
    ]


def decisions_of(leads: list[ck.Lead]) -> Callable[[], list[ck.Decision]]:
    campaign = samples.running_campaign()
    progress = samples.progress(campaign)
    ann = ck.Actor.user("ann")
    return lambda: [ck.decide(campaign, lead, progress=progress, by=ann) for lead in leads]


def measure_online(
    side: Callable[[list[ck.Lead]], Callable[[], object]], effort: Effort
) -> Figures:
    leads = online_leads(effort)
    return compare(side(leads), evaluations(leads), rounds=min(effort.rounds, 100), per=len(leads))


CARRIED = samples.CARRIED
PLAIN_CARRIED = dict(CARRIED.items())
choose_carried = partial(choices_of, carried=CARRIED)
choose_plain = partial(choices_of, carried=PLAIN_CARRIED)
choose_first = partial(choices_of, carried=None)


def check_peer_picks(leads: list[ck.Lead]) -> None:
    """Check that every evaluation picks a channel, and over all of them more than one."""
    picks = evaluations(leads)()
    assert len(picks) == len(leads)
    assert len(set(picks)) > 1
    assert set(picks) <= set(CHANNELS)


def check_choose(side: Callable[[list[ck.Lead]], Callable[[], list[ck.Channel | None]]]) -> None:
    """Check that each lead gets a channel that its tier opens."""
    leads = online_leads(Effort())
    check_peer_picks(leads)
    for lead, channel in zip(leads, side(leads)(), strict=True):
        assert channel in ck.DEFAULT_GATE.channels(lead.als_score)


def check_decide() -> None:
    """Check that each lead is let in, on the channel that `choose` gives."""
    leads = online_leads(Effort())
    check_peer_picks(leads)
    decisions = decisions_of(leads)()
    assert all(decisions)
    assert [made.channel for made in decisions] == choose_carried(leads)()


# --- plan, and a loop of random.choices -------------------------------------------------------


def random_picks(leads: list[ck.Lead]) -> Callable[[], list[ck.Channel]]:
    choices = Random(0).choices
    return lambda: [choices(CHANNELS, WEIGHTS)[0] for _ in leads]


def summed_random_picks(leads: list[ck.Lead]) -> Callable[[], list[ck.Channel]]:
    """Return the fastest way to call it: the weights summed up beforehand."""
    choices = Random(0).choices
    return lambda: [choices(CHANNELS, cum_weights=CUMULATED)[0] for _ in leads]


def measure_plan(
    leads_of: Callable[[int], list[ck.Lead]],
    peer: Callable[[list[ck.Lead]], Callable[[], object]],
    effort: Effort,
) -> Figures:
    leads = leads_of(min(effort.leads, 10_000))
    return compare(
        lambda: ck.plan(ALLOCATION, leads),
        peer(leads),
        rounds=min(effort.rounds, 30),
        per=len(leads),
    )


def check_plan(
    leads_of: Callable[[int], list[ck.Lead]],
    peer: Callable[[list[ck.Lead]], Callable[[], list[ck.Channel]]],
) -> None:
    """Check that both go through every lead, and that ours accounts for each by its id."""
    leads = leads_of(500)
    made = ck.plan(ALLOCATION, leads)
    assert made.assignments.keys() | made.unassigned.keys() == {lead.id for lead in leads}
    assert len(made.assignments) + len(made.unassigned) == len(leads) == len(peer(leads)())
    assert made.counts == {
        channel: list(made.assignments.values()).count(channel) for channel in CHANNELS
    }


# --- plan's growth, and that of a loop that fills a dict -------------------------------------


def fill(leads: list[ck.Lead]) -> dict[object, ck.Channel]:
    filled: dict[object, ck.Channel] = {}
    email = ck.Channel.EMAIL
    for lead in leads:
        filled[lead.id] = email
    return filled


def measure_growth(effort: Effort) -> Figures:
    """Return how many times as long a lead takes among 1,000,000 as among 10,000."""
    many = samples.leads(min(effort.leads, 1_000_000))
    few = many[: min(effort.leads, 10_000)]

    ours_few, fill_few, ours_many, fill_many = interleave(
        (
            lambda: ck.plan(ALLOCATION, few),
            lambda: fill(few),
            lambda: ck.plan(ALLOCATION, many),
            lambda: fill(many),
        ),
        min(effort.rounds, 7),
    )
    more = len(many) / len(few)
    return Figures(ours=ours_many / ours_few / more, peer=fill_many / fill_few / more)


def check_growth() -> None:
    """Check that the loop and the plan know the same leads."""
    leads = samples.leads(500)
    made = ck.plan(ALLOCATION, leads)
    assert fill(leads).keys() == made.assignments.keys() | made.unassigned.keys()


# --- all of them ------------------------------------------------------------------------------

LINPROG = "scipy linprog (HiGHS)"
GROWTHBOOK = "growthbook, five weights"
CHOICES = "random.choices"


def counts_benchmark(
    name: str, what: str, mix: Callable[[Random], Batch], overflow: ck.Overflow
) -> Benchmark:
    return Benchmark(
        name=name,
        what=what,
        peer=LINPROG,
        wanted=Faster(28),
        measure=partial(measure_counts, mix, overflow),
        check=partial(check_counts, mix, overflow),
    )


def choose_benchmark(
    name: str,
    what: str,
    side: Callable[[list[ck.Lead]], Callable[[], list[ck.Channel | None]]],
    wanted: Faster,
) -> Benchmark:
    return Benchmark(
        name=name,
        what=what,
        peer=GROWTHBOOK,
        wanted=wanted,
        measure=partial(measure_online, side),
        check=partial(check_choose, side),
    )


def plan_benchmark(
    name: str,
    what: str,
    leads_of: Callable[[int], list[ck.Lead]],
    *,
    wanted: Within,
    peer: str = CHOICES,
    picks: Callable[[list[ck.Lead]], Callable[[], list[ck.Channel]]] = random_picks,
) -> Benchmark:
    return Benchmark(
        name=name,
        what=what,
        peer=peer,
        wanted=wanted,
        measure=partial(measure_plan, leads_of, picks),
        check=partial(check_plan, leads_of, picks),
    )


BENCHMARKS: tuple[Benchmark, ...] = (
    counts_benchmark("counts", "plan_counts, any mix", any_mix, ck.Overflow.REASSIGN),
    counts_benchmark("counts-hold", "plan_counts, any mix, hold", any_mix, ck.Overflow.HOLD),
    counts_benchmark("counts-few", "plan_counts, few Hot", few_hot, ck.Overflow.REASSIGN),
    counts_benchmark("counts-few-hold", "plan_counts, few Hot, hold", few_hot, ck.Overflow.HOLD),
    choose_benchmark("choose", "choose, counts carried", choose_carried, Faster(10)),
    choose_benchmark("choose-first", "choose, nothing carried", choose_first, Faster(10)),
    choose_benchmark("choose-dict", "choose, carried in a dict", choose_plain, Faster()),
    choose_benchmark("choose-fresh", "choose, and the Lead made", choices_of_fresh, Faster()),
    Benchmark(
        name="decide",
        what="decide, active campaign",
        peer=GROWTHBOOK,
        wanted=Faster(5),
        measure=partial(measure_online, decisions_of),
        check=check_decide,
    ),
    plan_benchmark("plan", "plan, 10,000 leads, str ids", samples.leads, wanted=Within(2)),
    plan_benchmark(
        "plan-cum",
        "plan, the same",
        samples.leads,
        wanted=Within(),
        peer="random.choices, cum_weights",
        picks=summed_random_picks,
    ),
    plan_benchmark(
        "plan-reach",
        "plan, mixed reachability",
        partial(samples.leads, reach=samples.in_part),
        wanted=Within(),
    ),
    plan_benchmark(
        "plan-float",
        "plan, float scores",
        partial(samples.leads, scores=samples.real_score),
        wanted=Within(),
    ),
    plan_benchmark(
        "plan-int", "plan, int ids", partial(samples.leads, ids=samples.int_of), wanted=Within()
    ),
    plan_benchmark(
        "plan-uuid", "plan, UUID ids", partial(samples.leads, ids=samples.uuid_of), wanted=Within()
    ),
    Benchmark(
        name="growth",
        what="plan, time a lead, 10,000 to 1,000,000",
        peer="a loop filling a dict by id",
        wanted=Within(1.5),
        measure=measure_growth,
        check=check_growth,
        show=factor,
    ),
)
