"""Many campaigns planned together get the totals and deals that each gets alone."""

from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.core._channels import ALL
from campaignkit.frames import Terms
from campaignkit.frames._terms import TermsByCampaign
from campaignkit.frames._vectorized import Plans, deal_all, distribute_all, find_mirrored
from campaignkit.planning._deal import deal, distribute, is_mirrored
from campaignkit.planning._totals import Totals, carried_total, solve_totals
from tests.planning.strategies import allocations, amounts, overflows

MASKS = range(ALL + 1)


def _sizes(most: int) -> st.SearchStrategy[list[int]]:
    size = st.just(0) | st.integers(0, most)
    return st.lists(size, min_size=len(MASKS), max_size=len(MASKS))


def _campaigns(most: int) -> st.SearchStrategy[list[tuple[Terms, list[int]]]]:
    terms = st.builds(Terms, allocations, amounts(most), amounts(most), overflows)
    return st.lists(st.tuples(terms, _sizes(most)).map(_with_shares), max_size=3)


def _with_shares(campaign: tuple[Terms, list[int]]) -> tuple[Terms, list[int]]:
    """Remove channels without a share from the eligibility sets."""
    terms, given = campaign
    sizes = [0] * len(MASKS)
    for mask, size in zip(MASKS, given, strict=True):
        sizes[mask & terms.allocation.mask] += size
    return terms, sizes


def _solve_alone(terms: Terms, sizes: list[int]) -> Totals:
    return solve_totals(
        terms.allocation,
        MASKS[1:],
        sizes[1:],
        carried=terms.carried,
        at_most=terms.at_most,
        overflow=terms.overflow,
    )


# Products of the last exceed 64 bits.
of_any_size = st.sampled_from([1, 3, 20, 1_000, 10**6, 10**18]).flatmap(_campaigns)


@given(of_any_size)
def test_totals_are_split_over_the_sets_of_each_campaign(
    campaigns: list[tuple[Terms, list[int]]],
) -> None:
    sizes = np.array([counted for _, counted in campaigns], np.int64).reshape(-1, len(MASKS))
    matrices = distribute_all([terms for terms, _ in campaigns], sizes)
    for (terms, counted), matrix in zip(campaigns, matrices.tolist(), strict=True):
        totals = _solve_alone(terms, counted).counts.amounts
        assert matrix == distribute(MASKS, [0, *counted[1:]], totals)


@given(of_any_size)
def test_the_totals_of_each_campaign_are_those_of_solve_totals(
    campaigns: list[tuple[Terms, list[int]]],
) -> None:
    sizes = np.array([counted for _, counted in campaigns], np.int64).reshape(-1, len(MASKS))
    plans = Plans(TermsByCampaign({n: terms for n, (terms, _) in enumerate(campaigns)}), sizes)
    wanted = {n: _solve_alone(*one) for n, one in enumerate(campaigns)}
    assert plans == wanted
    assert pickle.loads(pickle.dumps(plans)) == wanted


@given(of_any_size.map(lambda campaigns: [it for it in campaigns if sum(it[1]) < 10**5]))
def test_each_set_is_dealt_as_deal_deals_it(
    campaigns: list[tuple[Terms, list[int]]],
) -> None:
    terms = [terms for terms, _ in campaigns]
    sizes = np.array([[0, *counted[1:]] for _, counted in campaigns], np.int64).reshape(
        -1, len(MASKS)
    )
    matrix = distribute_all(terms, sizes)
    mirrored = find_mirrored(terms, matrix)
    dealt = deal_all(matrix.reshape(-1, len(ck.Channel)), sizes.ravel(), mirrored.ravel()).tolist()
    at = 0
    for (one, counted), rows in zip(campaigns, matrix.tolist(), strict=True):
        before = carried_total(one.allocation.shares, one.carried.amounts)
        for mask, row in enumerate(rows[1:], start=1):
            is_mirror = is_mirrored(mask, before=before, placed=max(1, sum(map(sum, rows))))
            wanted = [len(ck.Channel)] * counted[mask]
            for channel, ranks in deal(range(counted[mask]), row, mirrored=is_mirror):
                for rank in ranks:
                    wanted[rank] = channel
            assert dealt[at : at + counted[mask]] == wanted
            at += counted[mask]


def test_the_repr_shows_all_plans() -> None:
    sizes = np.array([[0, 2, *[0] * (len(MASKS) - 2)]])
    plans = Plans(TermsByCampaign({"north": Terms(ck.Allocation(email=100))}), sizes)
    assert repr(plans) == f"Plans({{'north': {plans['north']!r}}})"
