"""Who is admitted where channels have caps: held against trying all sets of leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import Channel, Lead, Reason
from campaignkit.testing import strategies as any_
from tests.planning import oracle
from tests.planning.strategies import allocations, gates, reach, scores

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ANN = ck.Actor.user("ann")
CAMPAIGN = ck.Campaign.draft(client_id=UUID(int=2), name="x", id=UUID(int=1), created_at=NOW)

caps = st.dictionaries(st.sampled_from(Channel), st.integers(0, 3))


def running(allocation: ck.Allocation, daily: int = 50, total: int | None = None) -> ck.Campaign:
    return evolve(
        CAMPAIGN.activate(at=NOW),
        allocation=allocation,
        daily_lead_limit=daily,
        total_lead_limit=total,
    )


def pools(most: int, *, least: int = 0) -> st.SearchStrategy[list[Lead]]:
    few = st.lists(st.tuples(scores, reach), min_size=least, max_size=most)
    return few.map(lambda found: [Lead(f"lead-{n}", *some) for n, some in enumerate(found)])


class Case(NamedTuple):
    """An intake of a pool under caps."""

    allocation: ck.Allocation
    gate: ck.ALSGate
    pool: Sequence[Lead]
    at_most: Mapping[Channel, int]
    daily: int
    carried: ck.ChannelCounts

    def intake(self, horizon: int = 1) -> ck.Intake:
        """Take the pool in."""
        return ck.intake(
            running(self.allocation, self.daily),
            self.pool,
            progress=ck.Progress(DAY, carried=self.carried),
            gate=self.gate,
            at_most=self.at_most,
            horizon=horizon,
        )


def cases(pool: st.SearchStrategy[list[Lead]], daily: int) -> st.SearchStrategy[Case]:
    carried = any_.channel_counts(max_value=9)
    return st.builds(Case, allocations, gates, pool, caps, st.integers(1, daily), carried)


def by_merit(leads: Sequence[Lead]) -> list[Lead]:
    return sorted(leads, key=lambda lead: (-(lead.als_score or 0), lead.id))


def do_fit(open_to: Sequence[frozenset[Channel]], at_most: Mapping[Channel, int]) -> bool:
    """Tell whether each lead can have a channel of its own set, by trying them all."""
    if not open_to:
        return True
    return any(
        do_fit(open_to[1:], {**at_most, c: at_most.get(c, len(open_to)) - 1})
        for c in open_to[0]
        if at_most.get(c, 1) > 0
    )


@given(cases(pools(6), 6))
def test_the_best_set_that_fits_is_admitted_and_planned_best(case: Case) -> None:
    allocation, gate, pool, at_most, daily, carried = case
    taken = case.intake()
    eligible = {lead.id: oracle.eligible(allocation, gate, lead) for lead in pool}
    open_to = {i: found for i, found in eligible.items() if not isinstance(found, Reason)}
    ranked = [lead.id for lead in by_merit(pool) if lead.id in open_to]
    sizes = range(min(daily, len(ranked)), -1, -1)
    sets = (some for size in sizes for some in combinations(range(len(ranked)), size))
    fitting = [some for some in sets if do_fit([open_to[ranked[i]] for i in some], at_most)]
    most = max(map(len, fitting))
    assert len(taken.assignments) == most
    best = min(some for some in fitting if len(some) == most)
    assert {*taken.assignments} == {ranked[i] for i in best}
    # Whatever its size, no set that fits has a better lead in place of a worse one.
    assert best == min(fitting, key=lambda some: [-(i in some) for i in range(len(ranked))])

    admitted = [lead for lead in pool if lead.id in taken.assignments]
    demand: dict[frozenset[Channel], int] = {}
    for lead in admitted:
        channels = open_to[lead.id]
        demand[channels] = demand.get(channels, 0) + 1
    posed = oracle.problem(allocation, demand, carried, at_most)
    assert {c: n for c, n in taken.plan.counts.items() if allocation[c]} == oracle.greedy(posed)
    others = [lead for lead in pool if isinstance(eligible[lead.id], Reason)]
    assert taken.plan == ck.plan(
        allocation, [*admitted, *others], gate=gate, carried=carried, at_most=at_most
    )
    assert Reason.HELD not in taken.unassigned.values()

    # The others wait for the day if it was full at their turn, and else for a channel.
    seen = 0
    for lead_id in ranked:
        if lead_id in taken.assignments:
            seen += 1
        else:
            reason = Reason.DAILY_LIMIT if seen == daily else Reason.CHANNEL_LIMIT
            assert taken.deferred[str(lead_id)] is reason


@given(cases(pools(40), 30), st.integers(1, 3))
def test_every_lead_that_waits_for_a_channel_has_a_proof(case: Case, horizon: int) -> None:
    allocation, gate, pool, at_most, _, _ = case
    taken = case.intake(horizon)
    assert {*taken.assignments, *taken.deferred, *taken.unassigned} == {lead.id for lead in pool}
    assert all(taken.plan.counts[c] <= n for c, n in at_most.items())
    waiting = [i for i, reason in taken.deferred.items() if reason is Reason.CHANNEL_LIMIT]
    said = [one for one in taken.sentences if "wait for " in one or "waits for " in one]
    counted = sum(int(one.split(" ")[0]) for one in said if "room for" in one)
    assert counted == len(waiting)
    for lead_id in waiting:
        proof = taken.explain(lead_id).removeprefix(
            f"'{lead_id}' waits: {Reason.CHANNEL_LIMIT.message}; "
        )
        (lead,) = [lead for lead in pool if lead.id == lead_id]
        mine = oracle.eligible(allocation, gate, lead)
        names, numbers = proof.split(": room for ")
        full = frozenset(map(Channel, names.replace(" and ", ", ").split(", ")))
        room, wanted = (int(part.split()[0]) for part in numbers.split("(at_most), "))
        inside = [
            other
            for other in pool
            if not isinstance(channels := oracle.eligible(allocation, gate, other), Reason)
            and channels <= full
        ]
        assert not isinstance(mine, Reason)
        assert mine <= full
        if horizon == 1:
            assert room == sum(at_most[c] for c in full)
        better = by_merit(inside)
        assert better.index(lead) >= room
        assert wanted > room


@given(cases(pools(1, least=1), 3), st.integers(1, 3))
def test_a_decision_under_caps_equals_an_intake_of_that_one_lead(case: Case, horizon: int) -> None:
    taken, begin = case.intake(horizon), ck.Progress(DAY, carried=case.carried)
    decision = ck.decide(
        running(case.allocation, case.daily),
        case.pool[0],
        progress=begin,
        by=ANN,
        gate=case.gate,
        at_most=case.at_most,
        horizon=horizon,
    )
    if taken.assignments:
        assert decision.channel is taken.assignments["lead-0"].channel
    else:
        (reason,) = {**taken.deferred, **taken.unassigned}.values()
        assert not decision
        assert reason in decision.reasons


def test_a_limit_is_named() -> None:
    pool = [Lead(f"lead-{n:02}", 90, frozenset({Channel.LINKEDIN})) for n in range(45)]
    pool += [Lead(f"other-{n}", 90) for n in range(9)]
    campaign = running(ck.DEFAULT_ALLOCATION)
    taken = ck.intake(
        campaign, pool, progress=ck.Progress(DAY), at_most={"linkedin": 17, "voice": 2}
    )
    assert taken.sentences[0] == "28 leads wait for linkedin: room for 17 (at_most), 45 wanted"
    assert taken.explain("lead-20") == (
        "'lead-20' waits: the channels open to the lead have reached their limits; "
        "linkedin: room for 17 (at_most), 45 wanted"
    )
    assert [str(one) for one in taken.plan.bottlenecks] == [
        "email, voice, sms and mail: room for 9, 18 wanted",
        "voice: room for 2 (at_most), 5 wanted",
    ]
