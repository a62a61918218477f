"""Sharing a pool out: exact totals, no lead lost, and leads of the same merit for all."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from random import Random
from statistics import fmean
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignkit import Lead, PlanError, share_out
from campaignkit.planning import PoolBottleneck, ShareOut, _pool_split
from campaignkit.planning._pool_split import PoolSplit, UnitOrder, deal_pool, split_pool

# scipy has no type hints of its own.
assign: Callable[..., tuple[object, Sequence[int]]] = importlib.import_module(
    "scipy.optimize"
).linear_sum_assignment

Case = tuple[Sequence[Lead], Mapping[str, int], Callable[[Lead], Sequence[str]], Mapping[str, int]]


@st.composite
def pools(draw: st.DrawFn, *, campaigns: int = 5, leads: int = 24) -> Case:
    """Give leads, weights, what each lead fits, and carried counts."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=campaigns, unique=True))
    weights = {name: draw(st.integers(1, draw(st.sampled_from((2, 10, 60))))) for name in names}
    scores = draw(st.lists(st.none() | st.sampled_from((10, 50, 90)), max_size=leads))
    pool = [Lead(f"lead-{n}", score) for n, score in enumerate(scores)]
    # Leads of a few kinds, so that campaigns compete for them.
    kinds = draw(st.lists(st.sets(st.sampled_from(names)), min_size=1, max_size=4))
    kind_of = {lead.id: sorted(draw(st.sampled_from(kinds))) for lead in pool}
    carried = draw(st.dictionaries(st.sampled_from(names), st.integers(0, 12)))
    return pool, weights, lambda lead: kind_of[lead.id], carried


def _capacity(case: Case, campaigns: set[str]) -> int:
    pool, _, fits, _ = case
    return sum(not campaigns.isdisjoint(fits(lead)) for lead in pool)


def _best_by_units(case: Case) -> dict[str, int]:
    """Give out one unit after the other, the cheapest first, where Hall's condition permits it."""
    pool, weights, fits, carried = case
    names = list(weights)
    sets = [
        {n for i, n in enumerate(names) if number >> i & 1} for number in range(1 << len(names))
    ]
    room = [_capacity(case, some) for some in sets]
    given_out = dict.fromkeys(names, 0)

    def may_grow(name: str) -> bool:
        return all(
            sum(given_out[n] for n in some) < most
            for some, most in zip(sets, room, strict=True)
            if name in some
        )

    for _ in range(sum(bool(fits(lead)) for lead in pool)):
        _, _, name = min(
            (Fraction(2 * (carried.get(n, 0) + given_out[n]) + 1, weights[n]), place, n)
            for place, n in enumerate(names)
            if may_grow(n)
        )
        given_out[name] += 1
    return given_out


def _best_by_assignment(case: Case) -> dict[str, int]:
    """Assign leads to units of campaigns at the least total cost."""
    pool, weights, fits, carried = case
    pool = [lead for lead in pool if fits(lead)]
    scale = lcm(*weights.values()) * len(weights) * (len(pool) + 1)
    units = [(place, name, n) for place, name in enumerate(weights) for n in range(len(pool))]
    cost = np.array(
        [
            (2 * (carried.get(name, 0) + n) + 1) * scale // weights[name] + place
            for place, name, n in units
        ],
        float,
    )
    barred = float(cost.sum()) + 1 if len(cost) else 1.0
    matrix = np.array(
        [
            [
                c if name in fits(lead) else barred
                for (_, name, _), c in zip(units, cost, strict=True)
            ]
            for lead in pool
        ]
    ).reshape(len(pool), len(units))
    _, columns = assign(matrix)
    taken = [units[column][1] for column in columns]
    return {name: taken.count(name) for name in weights}


@settings(max_examples=100)
@given(pools())
def test_the_totals_are_the_best_that_fits_permit(case: Case) -> None:
    assert dict(share_out(*case).counts) == _best_by_units(case)


@settings(max_examples=40)
@given(pools(campaigns=4, leads=12))
def test_they_are_those_of_the_cheapest_assignment(case: Case) -> None:
    assert dict(share_out(*case).counts) == _best_by_assignment(case)


@pytest.mark.parametrize("seed", range(20))
def test_no_lead_of_many_campaigns_would_be_better_elsewhere(seed: int) -> None:
    rng = Random(seed)
    campaigns = rng.randint(10, 40)
    some = [rng.sample(range(campaigns), rng.choice((2, 2, 2, 3, 4))) for _ in range(300)]
    rows = sorted({tuple(sorted(row)) for row in some[: rng.randint(campaigns, 300)]})
    sizes = [rng.randint(1, rng.choice((2, 40))) for _ in rows]
    weights = [rng.randint(1, rng.choice((3, 100))) for _ in range(campaigns)]
    split = split_pool(weights, rows, sizes, [0] * campaigns)
    assert [*map(sum, split.matrix)] == sizes
    assert split.given == [
        sum(
            n
            for row, some in zip(rows, split.matrix, strict=True)
            for c, n in zip(row, some, strict=True)
            if c == each
        )
        for each in range(campaigns)
    ]
    for taker, number in enumerate(split.given):
        following = Fraction(2 * number + 1, weights[taker]), taker
        for giver in split.tight_set(taker) - {taker}:
            assert (Fraction(2 * split.given[giver] - 1, weights[giver]), giver) < following


@given(pools(campaigns=8, leads=60), st.randoms(use_true_random=False))
def test_each_lead_comes_once_where_it_fits_in_whatever_order(case: Case, random: Random) -> None:
    pool, weights, fits, carried = case
    shared = share_out(*case)
    placed = [lead for leads in shared.leads.values() for lead in leads]
    assert sorted(lead.id for lead in [*placed, *shared.unassigned]) == sorted(
        lead.id for lead in pool
    )
    assert all(name in fits(lead) for name, leads in shared.leads.items() for lead in leads)
    assert not any(map(fits, shared.unassigned))
    assert {name: len(leads) for name, leads in shared.leads.items()} == shared.counts
    assert list(shared.leads) == list(weights)
    for leads in [*shared.leads.values(), shared.unassigned]:
        merits = [(-1 if lead.als_score is None else lead.als_score) for lead in leads]
        assert merits == sorted(merits, reverse=True)
        for lead, other in pairwise(leads):
            assert lead.als_score != other.als_score or str(lead.id) < str(other.id)
    shuffled = list(pool)
    random.shuffle(shuffled)
    assert share_out(shuffled, weights, fits, carried) == shared


@given(pools(campaigns=6, leads=40))
def test_bottlenecks_prove_each_shortfall(case: Case) -> None:
    shared = share_out(*case)
    assert (shared.counts == shared.target) == (not shared.bottlenecks)
    for each in shared.bottlenecks:
        assert each.room == _capacity(case, set(each.campaigns))
        assert each.wanted == sum(shared.target[name] for name in each.campaigns)
        assert each.room < each.wanted
    named = {name for each in shared.bottlenecks for name in each.campaigns}
    assert {name for name, count in shared.counts.items() if count < shared.target[name]} <= named


def _deal_by_rule(split: PoolSplit, row_of: Sequence[int]) -> list[int]:
    """Deal leads one by one to the campaign with the least (2 * given + 1) / total."""
    left = [
        dict(zip(row, some, strict=True))
        for row, some in zip(split.rows, split.matrix, strict=True)
    ]
    given_out = [0] * len(split.given)
    dealt: list[int] = []
    for i in row_of:
        _, c = min(
            (Fraction(2 * given_out[c] + 1, split.given[c]), c) for c, n in left[i].items() if n
        )
        left[i][c] -= 1
        given_out[c] += 1
        dealt.append(c)
    return dealt


@pytest.mark.parametrize("exact_below", [0, _pool_split.EXACT_COSTS])
@given(st.data())
def test_leads_are_dealt_by_the_rule(exact_below: int, data: st.DataObject) -> None:
    campaigns = data.draw(st.integers(1, 6))
    some = st.sets(st.integers(0, campaigns - 1), min_size=1).map(lambda row: tuple(sorted(row)))
    rows = sorted(data.draw(st.sets(some, min_size=1, max_size=6)))
    sizes = [data.draw(st.integers(1, 12)) for _ in rows]
    weights = [data.draw(st.integers(1, 9)) for _ in range(campaigns)]
    split = split_pool(weights, rows, sizes, [0] * campaigns)
    row_of = data.draw(st.permutations([i for i, size in enumerate(sizes) for _ in range(size)]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pool_split, "EXACT_COSTS", exact_below)
        units = UnitOrder.of(split.given)
    dealt = deal_pool(split, row_of, units, mirrored=False)
    assert dealt == _deal_by_rule(split, row_of)
    assert deal_pool(split, row_of[::-1], units, mirrored=True) == dealt[::-1]


def test_carried_counts_make_small_batches_add_up() -> None:
    weights = {"a": 60, "b": 30, "c": 10}
    carried = dict.fromkeys(weights, 0)
    for day in range(100):
        shared = share_out([Lead(f"{day}-{n}", 90) for n in range(3)], weights, carried=carried)
        carried = {name: carried[name] + count for name, count in shared.counts.items()}
    assert carried == {"a": 180, "b": 90, "c": 30}
    alone = share_out([Lead(str(n), 90) for n in range(3)], weights)
    assert alone.counts == {"a": 2, "b": 1, "c": 0}


@given(st.integers(200, 400), st.integers(0, 50))
def test_all_campaigns_get_leads_of_the_same_merit(leads: int, before: int) -> None:
    pool = [Lead(n, 100 - n / 10) for n in range(leads)]
    shared = share_out(pool, {"a": 6, "b": 3, "c": 1}, carried={"a": before})
    middle = (leads - 1) / 2
    for name, found in shared.leads.items():
        ranks = [lead.id for lead in found if isinstance(lead.id, int)]
        assert abs(fmean(ranks) - middle) < 1 + leads / len(ranks) / 2, name


def test_many_small_batches_favour_no_campaign() -> None:
    pool, weights = [Lead(1, 90), Lead(2, 50)], {"a": 1, "b": 1}
    days = [share_out(pool, weights, carried=dict.fromkeys("ab", day)) for day in range(800)]
    best = [shared.leads["a"][0].id == 1 for shared in days]
    assert best.count(True) == best.count(False)


def give_back(found: object) -> Callable[[Lead], object]:
    return lambda _: found


def _share(**changed: object) -> ShareOut[str]:
    usual: dict[str, object] = {"leads": [Lead("a", 90)], "weights": {"x": 1}}
    return share_out(**usual | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"leads": [Lead("a"), Lead("a")]}, ["leads: ids must come once"]),
        ({"leads": "abc"}, ["leads must be a list"]),
        ({"leads": [1]}, ["leads must hold values of Lead only, not 1"]),
        ({"weights": {}}, ["weights must map campaigns to whole numbers, not be {}"]),
        ({"weights": {None: 1, "x": 0}}, ["weights: a campaign must be text", "weights: 'x' must"]),
        ({"weights": ["x"]}, ["weights must map campaigns to whole numbers, not be ['x']"]),
        ({"weights": {"x": 0, "y": 1.5}}, ["weights: 'x' must be", "weights: 'y' must be"]),
        (
            {"carried": {"y": 1, "x": -1}},
            ["carried: 'y' is no campaign of weights", "carried: 'x' must be"],
        ),
        ({"carried": [1]}, ["carried must map campaigns to counts, not be [1]"]),
        ({"weights": {"x": True}, "leads": [None]}, ["leads must hold", "weights: 'x' must be"]),
        ({"fits": "x", "weights": {}}, ["weights must map", "fits must be a function of a lead"]),
        (
            {"fits": give_back("x")},
            ["fits must return a list or set of some of the campaigns 'x', not 'x'"],
        ),
        (
            {"fits": give_back(["y"])},
            ["fits must return a list or set of some of the campaigns 'x', not ['y']"],
        ),
        (
            {"fits": give_back([["y"]])},
            ["fits must return a list or set of some of the campaigns 'x', not [['y']]"],
        ),
        (
            {"fits": give_back(None)},
            ["fits must return a list or set of some of the campaigns 'x', not None"],
        ),
    ],
)
def test_faults_are_named_all_at_once(changed: Mapping[str, object], faults: list[str]) -> None:
    with pytest.raises(PlanError) as caught:
        _share(**changed)
    assert len(caught.value.faults) == len(faults)
    for found, expected in zip(caught.value.faults, faults, strict=True):
        assert found.startswith(expected)


def test_an_empty_pool_is_shared_out() -> None:
    shared = share_out([], {"x": 2, "y": 1})
    assert (shared.counts, shared.target) == ({"x": 0, "y": 0}, {"x": 0, "y": 0})
    assert str(shared) == "0 leads: x 0, y 0 (0 unassigned)"


def test_weights_may_be_whole_numbers_of_numpy() -> None:
    counts = dict(zip(["x", "y"], np.array([2, 1]), strict=True))
    shared = share_out([Lead(n) for n in range(3)], counts, carried=counts)
    assert shared.counts == {"x": 2, "y": 1}
    with pytest.raises(PlanError, match="weights: 'x' must be from 1 to 1000000000000, not 0"):
        _share(weights={"x": np.int64(0)})


def test_of_many_campaigns_the_first_are_named() -> None:
    names = [f"campaign-{n:03}" for n in range(300)]
    shared = share_out([Lead(1)], dict.fromkeys(names, 1), fits=lambda _: names[200:])
    (found, *_) = shared.bottlenecks
    assert str(found) == "campaign-000: room for 0, 1 wanted"
    every = PoolBottleneck(tuple(names), room=1, wanted=2)
    listed = ", ".join(names[:10])
    assert str(every) == f"{listed} and 290 more: room for 1, 2 wanted"
    counted = ", ".join(f"{name} 0" for name in names[:10])
    assert str(shared) == f"1 lead: {counted} and 290 more campaigns (0 unassigned)"


def test_keys_may_be_text_numbers_or_uuids() -> None:
    key = UUID(int=7)
    weights: Mapping[str | int | UUID, int] = {key: 1, 5: 2, "north": 1}
    shared = share_out([Lead("a", 90)], weights)
    assert shared.counts == {key: 0, 5: 1, "north": 0}
