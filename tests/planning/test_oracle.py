"""The oracles agree with each other, and they can tell right from wrong."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Allocation, Channel
from tests.planning import oracle
from tests.planning.strategies import Call, allocations, calls


@given(calls(most=2, sets=4))
def test_the_greedy_and_brute_force_end_in_the_same(call: Call) -> None:
    posed = call.problem()
    assert oracle.greedy(posed) == oracle.brute_force(posed)


@given(calls(most=9, sets=6))
def test_the_greedy_and_the_linear_program_cost_the_same(call: Call) -> None:
    posed = call.problem()
    best, linear = oracle.greedy(posed), oracle.linear(posed)
    assert oracle.fits(posed, linear)
    assert sum(linear.values()) == sum(best.values())
    assert oracle.cost(posed, linear) == oracle.cost(posed, best)


@given(calls(most=4, sets=4))
def test_the_best_counts_have_no_flaw_and_all_beside_them_have(call: Call) -> None:
    posed = call.problem()
    best = oracle.greedy(posed)
    assert oracle.flaws(posed, best) == []
    for taker, giver in product([*posed.shares, None], repeat=2):
        step = {giver: -1, taker: 1}
        beside = {one: count + step.get(one, 0) for one, count in best.items()}
        if beside != best and min(beside.values()) >= 0:
            assert oracle.flaws(posed, beside) != []


@given(calls(most=2, sets=4))
def test_hall_and_augmenting_paths_find_the_same_room(call: Call) -> None:
    posed = call.problem()
    for channels in oracle.subsets(posed.shares):
        only = posed._replace(
            caps={**posed.caps, **dict.fromkeys(posed.shares.keys() - channels, 0)}
        )
        assert oracle.room(posed, channels) == sum(oracle.greedy(only).values())


@given(allocations, st.integers(0, 400))
def test_whole_hundreds_may_be_given_at_once(allocation: Allocation, units: int) -> None:
    shares = {channel: share for channel, share in allocation.items() if share}
    assert oracle.fair(shares, units) == oracle.sainte_lague(shares, units)


def test_sainte_lague_as_in_a_textbook() -> None:
    email, linkedin, voice = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
    # The quotients 53, 17.7, 10.6; 24, 8; 23, 7.7: the seven largest seat 3, 2 and 2.
    assert oracle.sainte_lague({email: 53, linkedin: 24, voice: 23}, 7) == {
        email: 3,
        linkedin: 2,
        voice: 2,
    }


def test_a_problem_leaves_out_what_has_no_share() -> None:
    email, sms = Channel.EMAIL, Channel.SMS
    demand = {frozenset({email, sms}): 2, frozenset({email}): 3, frozenset({sms}): 4}
    posed = oracle.problem(Allocation(email=100), demand, {email: 1, sms: 9}, {sms: 1})
    assert posed == ({email: 100}, {frozenset({email}): 5}, {email: 1}, {})


def test_the_hash_is_that_of_splitmix() -> None:
    # Its first numbers from the seed 1234567, as published.
    states = [1234567 + step * 0x9E3779B97F4A7C15 for step in (1, 2, 3)]
    assert [oracle.splitmix(state) for state in states] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]
