"""The centred deal: every channel gets leads of the same average rank, however small the batch.

A cap on every channel makes the plan deal any row of numbers that one may wish for.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Allocation, Channel, ChannelCounts, Lead, plan
from campaignkit.core._channels import MASKS
from campaignkit.planning._deal import distribute
from tests.planning import oracle
from tests.planning.oracle import ORDER

TOP = 100
SHARES = Allocation(email=TOP - len(ORDER) + 1, **dict.fromkeys(ORDER[1:], 1))

Row = tuple[int, ...]

# Rows of a number for each channel, from the evenest to the most lopsided.
rows = st.lists(
    st.integers(0, 3) | st.integers(0, 30) | st.integers(0, 200),
    min_size=len(ORDER),
    max_size=len(ORDER),
).map(tuple)


def dealt(row: Row) -> list[Channel]:
    """Return the channels that the plan deals to leads of falling score, by rank."""
    size = sum(row)
    ranked = [Lead(rank, TOP - rank * 15 / max(size, 1)) for rank in range(size)]
    made = plan(SHARES, ranked, at_most=dict(zip(ORDER, row, strict=True)))
    return [made.assignments[lead.id] for lead in ranked]


def dealt_in_turn(row: Row) -> list[tuple[int, int]]:
    """Return what each channel gets and what is left before it, in the order of dealing."""
    ascending = sorted(number for number in row if number)
    return [(number, sum(ascending[i:])) for i, number in enumerate(ascending)]


def distance_from_the_middle(row: Row) -> Fraction:
    """Return how far the average rank of a channel can lie from the middle, at the most.

    The i-th of x leads dealt from n has the rank r with r + 1 = ⌈(i·n - h) / x⌉, so that their mean
    is off the middle by ½ or less. A rank among those that are left by x leads dealt before is
    (r + δ)·n / (n - x) among all, with |δ| off its own middle by (n - x) / 2n or less; so what
    it was off grows by n / (n - x), and then by ½. The last channel has all that is left: it is
    off by nothing.
    """
    worst = Fraction(0)
    turns = dealt_in_turn(row)
    for turn, (number, left) in enumerate(turns):
        off = Fraction(1, 2) if number < left else Fraction(0)
        for taken, before in reversed(turns[:turn]):
            off = off * Fraction(before, before - taken) + Fraction(1, 2)
        worst = max(worst, off)
    return worst


@given(rows)
def test_it_is_dealt_rank_by_rank_as_the_formula_says(row: Row) -> None:
    expected = oracle.deal(dict(zip(ORDER, row, strict=True)))
    if oracle.is_mirrored(frozenset(ORDER), 0, sum(row)):
        expected.reverse()
    assert dealt(row) == expected


@given(rows)
def test_each_channel_gets_leads_of_about_the_same_average_rank(row: Row) -> None:
    bound = distance_from_the_middle(row)
    channels = dealt(row)
    for channel, number in zip(ORDER, row, strict=True):
        ranks = [rank for rank, one in enumerate(channels) if one is channel]
        assert len(ranks) == number
        if ranks:
            mean = Fraction(sum(ranks), number)
            assert abs(mean - Fraction(sum(row) - 1, 2)) <= bound


@given(rows)
def test_each_top_of_the_ranks_holds_each_channels_share(row: Row) -> None:
    # Each deal rounds to the nearest, so what is left is off by ½ more after each: with c
    # channels no prefix is off by more than (c - 1) / 2 leads.
    bound = Fraction(max(len(dealt_in_turn(row)) - 1, 0), 2)
    assert _worst_prefix(dealt(row), row) <= bound


@pytest.mark.parametrize("size", range(1, 17))
def test_in_no_small_batch_is_a_channel_far_from_the_middle(size: int) -> None:
    # One lead each is the worst there is: the last of c channels then lies (c - 1) / 2 off.
    for row in _partitions(size, len(ORDER)):
        channels = dealt(row)
        bound = Fraction(sum(1 for number in row if number) - 1, 2)
        assert _worst_prefix(channels, row) <= bound
        for channel, number in zip(ORDER, row, strict=True):
            ranks = [rank for rank, one in enumerate(channels) if one is channel]
            assert len(ranks) == number
            assert not ranks or abs(Fraction(sum(ranks), number) - Fraction(size - 1, 2)) <= bound


def test_a_small_batch_by_hand() -> None:
    email, linkedin, voice = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
    row = ChannelCounts({email: 4, linkedin: 2, voice: 1}).amounts
    # Voice, the fewest, lies in the middle of seven; linkedin in the middle of each half.
    assert dealt(row) == [email, linkedin, email, voice, email, linkedin, email]


def test_a_small_batch_by_hand_and_its_mirrored_deal() -> None:
    email, linkedin = ORDER[:2]
    halves = Allocation(email=50, linkedin=50)
    pairs = [
        plan(halves, [Lead("a", 90), Lead("b", 86)], carried={email: day, linkedin: day})
        for day in range(8)
    ]
    to_email = [pair.assignments["a"] is email for pair in pairs]
    assert sorted(to_email) == [False] * 4 + [True] * 4
    assert all({*pair.assignments.values()} == {email, linkedin} for pair in pairs)


def test_channels_with_the_fewest_leads_choose_first_and_in_proportion() -> None:
    email, voice = Channel.EMAIL, Channel.VOICE
    rows = [MASKS[frozenset(one)] for one in ({email}, {voice}, {email, voice})]
    # Voice has 13 leads for 6: of the 10 it takes 4, rounded down, and of the 3 the rest. Email
    # has the 21 that are left for 13: of the 20 it takes 12, and the 1.
    totals = ChannelCounts({email: 13, voice: 6}).amounts
    assert distribute(rows, [20, 10, 3], totals) == [
        list(ChannelCounts(counts).amounts)
        for counts in ({email: 12}, {voice: 4}, {email: 1, voice: 2})
    ]


def _worst_prefix(channels: list[Channel], row: Row) -> Fraction:
    size = len(channels)
    worst = Fraction(0)
    for channel, number in zip(ORDER, row, strict=True):
        so_far = 0
        for rank, one in enumerate(channels, start=1):
            so_far += one is channel
            worst = max(worst, abs(so_far - Fraction(rank * number, size)))
    return worst


def _partitions(size: int, parts: int) -> Iterator[Row]:
    """Yield all ways to write a size as a sum of so many numbers, the largest first."""

    def rest(left: int, most: int, places: int) -> Iterator[Row]:
        if places == 0:
            if left == 0:
                yield ()
            return
        for first in range(min(left, most), -1, -1):
            for others in rest(left - first, first, places - 1):
                yield (first, *others)

    return rest(size, size, parts)
