"""Allocations: percentages that are never normalised, apportioned exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import DEFAULT_ALLOCATION, Allocation, AllocationError, Channel, ChannelCounts
from campaignkit.domain._allocation import make_allocation, sainte_lague
from campaignkit.testing import strategies as any_
from tests.domain.values import NO_WHOLE_NUMBERS, ForeignInteger, Strange, assert_value

NAMES = [channel.value for channel in Channel]

# Shares that need not sum to 100, at least one of them positive, and what each has already.
weights = st.lists(st.integers(0, 12) | st.integers(0, 1000), min_size=1, max_size=6).filter(any)
having = st.integers(0, 5) | st.integers(0, 60)


def one_at_a_time(shares: Sequence[int], units: int, carried: Sequence[int]) -> list[int]:
    """Give each unit in turn where the next half unit is the cheapest; the first wins a tie."""
    given_ = [0] * len(shares)
    for _ in range(units):
        cheapest = min(
            (c for c, share in enumerate(shares) if share),
            key=lambda c: Fraction(2 * (carried[c] + given_[c]) + 1, shares[c]),
        )
        given_[cheapest] += 1
    return given_


# --- Apportionment -------------------------------------------------------------------------------


@given(st.data(), weights, st.integers(0, 150))
def test_units_go_one_at_a_time_to_the_cheapest(
    data: st.DataObject, shares: list[int], units: int
) -> None:
    carried = data.draw(st.lists(having, min_size=len(shares), max_size=len(shares)))
    assert sainte_lague(shares, units, carried) == one_at_a_time(shares, units, carried)


@given(any_.allocations(), st.integers(0, 10**30), any_.channel_counts(max_value=10**30))
def test_any_number_of_units_is_given_out_where_it_is_fairest(
    allocation: Allocation, units: int, carried: ChannelCounts
) -> None:
    counts = sainte_lague(allocation.shares, units, carried.amounts)
    assert sum(counts) == units
    assert min(counts) >= 0
    assert all(share or not z for share, z in zip(allocation.shares, counts, strict=True))
    # No unit could be passed on to where it costs less: so there is nothing fairer.
    some = [c for c, share in enumerate(allocation.shares) if share]
    last = [
        (Fraction(2 * (carried.amounts[c] + counts[c]) - 1, allocation.shares[c]), c)
        for c in some
        if counts[c]
    ]
    coming = [
        (Fraction(2 * (carried.amounts[c] + counts[c]) + 1, allocation.shares[c]), c) for c in some
    ]
    assert not last or max(last) <= min(coming)


def test_no_units_for_no_shares() -> None:
    assert sainte_lague([0, 0], 0, [3, 0]) == [0, 0]
    assert sainte_lague([], 0, []) == []


def test_the_first_wins_a_tie() -> None:
    assert Allocation(email=20, linkedin=20, voice=20, sms=20, mail=20).apportion(3) == (
        ChannelCounts({"email": 1, "linkedin": 1, "voice": 1})
    )


@given(any_.allocations(), st.integers(0, 10**30))
def test_apportioning_is_that_of_nothing_carried(allocation: Allocation, leads: int) -> None:
    counts = allocation.apportion(leads)
    assert type(counts) is ChannelCounts
    assert list(counts.amounts) == sainte_lague(allocation.shares, leads, [0] * len(Channel))


@given(any_.allocations(), st.integers(0, 300))
def test_no_channel_loses_a_lead_where_there_are_more(allocation: Allocation, leads: int) -> None:
    fewer, more = allocation.apportion(leads), allocation.apportion(leads + 1)
    assert all(more[channel] >= fewer[channel] for channel in Channel)


@given(any_.allocations(), st.integers(0, 10**6))
def test_whole_hundreds_are_split_without_rest(allocation: Allocation, hundreds: int) -> None:
    expected = {channel: share * hundreds for channel, share in allocation.items()}
    assert allocation.apportion(100 * hundreds) == expected


def test_apportioning_leads_counted_by_another_library() -> None:
    foreign: Any = ForeignInteger(57)
    counts = {"email": 23, "linkedin": 17, "voice": 11, "sms": 3, "mail": 3}
    assert DEFAULT_ALLOCATION.apportion(foreign) == ChannelCounts(counts)


@pytest.mark.parametrize("bad", [*NO_WHOLE_NUMBERS, -1])
def test_leads_are_a_whole_number_of_0_or_more(bad: Strange) -> None:
    with pytest.raises(AllocationError) as caught:
        DEFAULT_ALLOCATION.apportion(bad)
    assert caught.value.faults == (f"cannot apportion {bad!r} leads",)


# --- Values --------------------------------------------------------------------------------------


@given(any_.allocations())
def test_an_allocation_is_a_value(allocation: Allocation) -> None:
    assert_value(allocation)


@given(any_.allocations())
def test_an_allocation_reads_like_a_mapping(allocation: Allocation) -> None:
    shares = {channel: getattr(allocation, channel.value) for channel in Channel}
    assert list(allocation.keys()) == list(Channel)
    assert list(allocation.items()) == list(shares.items())
    assert dict(allocation) == shares
    assert all(allocation[channel] == allocation[channel.value] for channel in Channel)
    assert allocation.shares == tuple(shares.values())
    expected = sum(2**bit for bit, share in enumerate(shares.values()) if share)
    assert allocation.mask == expected
    assert Allocation.from_mapping(shares) == allocation
    assert Allocation.from_mapping({ch.value: n for ch, n in shares.items() if n}) == allocation


@given(any_.allocations(), any_.allocations())
def test_allocations_are_equal_by_their_shares(one: Allocation, other: Allocation) -> None:
    assert (one == other) == (one.shares == other.shares)


def test_the_default_is_that_of_the_table() -> None:
    assert Allocation(email=40, linkedin=30, voice=20, sms=5, mail=5) == DEFAULT_ALLOCATION


def test_a_strange_channel_is_no_key() -> None:
    with pytest.raises(KeyError):
        DEFAULT_ALLOCATION["fax"]


def test_it_reads_as_it_is_written() -> None:
    assert repr(Allocation(voice=40, email=60)) == "Allocation(email=60, voice=40)"


def test_percentages_of_other_libraries_become_ints() -> None:
    foreign: Any = ForeignInteger(50)
    allocation = Allocation(voice=foreign, mail=foreign)
    assert allocation == Allocation(voice=50, mail=50)
    assert {type(share) for share in allocation.shares} == {int}


# --- What is no allocation -----------------------------------------------------------------------


@given(st.lists(st.integers(-20, 120), min_size=len(Channel), max_size=len(Channel)))
def test_numbers_are_an_allocation_exactly_if_they_sum_to_100(shares: list[int]) -> None:
    parts = [str(share) for share in shares if share]
    total = " + ".join(parts) + (f" = {sum(shares)}" if len(parts) > 1 else "") or "0"
    outside = [
        f"share of {name} must be from 0 to 100, not {share}"
        for name, share in zip(NAMES, shares, strict=True)
        if not 0 <= share <= 100
    ]
    wrong_sum = [f"shares must add up to 100, not {total}"]
    if faults := outside or (wrong_sum if sum(shares) != 100 else []):
        with pytest.raises(AllocationError) as caught:
            make_allocation(shares)
        assert list(caught.value.faults) == faults
    else:
        assert make_allocation(shares).shares == tuple(shares)


@pytest.mark.parametrize("shares", [(120, -20), (99,), (100, 1), ()])
def test_what_the_table_may_let_pass_is_refused(shares: tuple[int, ...]) -> None:
    with pytest.raises(AllocationError):
        Allocation.from_mapping(dict(zip(NAMES, shares, strict=False)))


def test_shares_are_named() -> None:
    by_position: Any = Allocation
    with pytest.raises(TypeError):
        by_position(60, 40)


@pytest.mark.parametrize("bad", [b for b in NO_WHOLE_NUMBERS if b is not None])
@pytest.mark.parametrize("name", NAMES)
def test_percentages_are_whole_numbers(name: str, bad: Strange) -> None:
    with pytest.raises(AllocationError) as caught:
        Allocation(**{**dict.fromkeys(NAMES, 25), name: bad})
    assert caught.value.faults == (f"share of {name} must be a whole number, not {bad!r}",)


def test_all_that_is_wrong_is_told_at_once() -> None:
    bad: Any = "30"
    with pytest.raises(AllocationError) as caught:
        Allocation(email=-1, linkedin=bad, voice=101)
    assert caught.value.faults == (
        "share of email must be from 0 to 100, not -1",
        "share of linkedin must be a whole number, not '30'",
        "share of voice must be from 0 to 100, not 101",
    )


@given(any_.allocations(), st.sampled_from(Channel), st.integers(-5, 105))
def test_a_changed_copy_is_an_allocation_or_an_error(
    allocation: Allocation, channel: Channel, share: int
) -> None:
    changes: Any = {channel.value: share}
    if share == allocation[channel]:
        assert evolve(allocation, **changes) == allocation
    else:
        with pytest.raises(AllocationError):
            evolve(allocation, **changes)


def test_strangers_in_a_mapping_are_refused() -> None:
    strange: Any = {"email": 100, "fax": 0, 3: 1}
    with pytest.raises(AllocationError) as caught:
        Allocation.from_mapping(strange)
    expected = f"no channel is called 'fax', 3; there are {', '.join(NAMES)}"
    assert caught.value.faults == (expected,)


# --- Replacing a share ---------------------------------------------------------------------------


@given(any_.allocations(), st.sampled_from(Channel), st.integers(0, 100))
def test_the_others_give_way_in_proportion(
    allocation: Allocation, channel: Channel, share: int
) -> None:
    others = [0 if other is channel else old for other, old in allocation.items()]
    left = 100 - share
    if left and not any(others):
        with pytest.raises(AllocationError) as caught:
            allocation.with_share(channel, share)
        fault = f"no other channel has a share to take the {left} that are left"
        assert caught.value.faults == (fault,)
        return
    changed = allocation.with_share(channel, share)
    assert changed[channel] == share
    assert sum(changed.shares) == 100
    rest = [0 if other is channel else new for other, new in changed.items()]
    assert rest == one_at_a_time(others, left, [0] * len(others))
    for old, new in zip(others, rest, strict=True):
        quota = Fraction(old * left, sum(others) or 1)
        assert (new == 0) if old == 0 else abs(new - quota) < 1 + Fraction(len(others), 2)
        if all((other * left) % (sum(others) or 1) == 0 for other in others):
            assert new == quota


@given(any_.allocations(), st.sampled_from(Channel))
def test_a_share_replaced_by_itself_changes_nothing(
    allocation: Allocation, channel: Channel
) -> None:
    assert allocation.with_share(channel, allocation[channel]) == allocation
    assert allocation.with_share(channel.value, allocation[channel]) == allocation


def test_all_for_one() -> None:
    assert DEFAULT_ALLOCATION.with_share("sms", 100) == Allocation(sms=100)
    assert Allocation(sms=100).with_share("email", 100) == Allocation(email=100)


def test_none_for_one() -> None:
    changed = Allocation(email=50, linkedin=30, sms=20).with_share(Channel.EMAIL, 0)
    assert changed == Allocation(linkedin=60, sms=40)


def test_a_share_of_another_library() -> None:
    foreign: Any = ForeignInteger(70)
    changed = Allocation(email=40, linkedin=40, voice=20).with_share("email", foreign)
    assert changed == Allocation(email=70, linkedin=20, voice=10)


@pytest.mark.parametrize("bad", [*NO_WHOLE_NUMBERS, -1, 101])
def test_a_new_share_is_a_whole_percentage(bad: Strange) -> None:
    with pytest.raises(AllocationError) as caught:
        DEFAULT_ALLOCATION.with_share("sms", bad)
    wanted = "from 0 to 100" if type(bad) is int else "a whole number"
    assert caught.value.faults == (f"share of sms must be {wanted}, not {bad!r}",)


def test_a_strange_channel_has_no_share() -> None:
    with pytest.raises(AllocationError, match=r"^no channel is called 'fax'; there are email, "):
        DEFAULT_ALLOCATION.with_share("fax", 10)


def test_what_no_other_channel_can_take_is_told() -> None:
    with pytest.raises(AllocationError) as caught:
        Allocation(email=100).with_share("email", 30)
    message = "no other channel has a share to take the 70 that are left"
    assert caught.value.faults == (message,)


def test_rounding_all_quotas_may_give_one_channel_two_too_many() -> None:
    # The quotas 51.84 and four times 0.54 round to 56. Email's units 51 and 52 cost 101/96 and
    # 103/96, more than the first one of each other channel, 1/1.
    allocation = Allocation(email=96, linkedin=1, voice=1, sms=1, mail=1)
    counts = {"email": 50, "linkedin": 1, "voice": 1, "sms": 1, "mail": 1}
    assert allocation.apportion(54) == ChannelCounts(counts)


@pytest.mark.parametrize(
    ("shares", "units", "carried", "given_now"),
    [
        ([6, 18, 42, 5, 29], 4, [0, 0, 4, 0, 0], [1, 1, 0, 0, 2]),
        ([7, 5, 35, 48, 5], 6, [0, 1, 0, 0, 0], [1, 0, 2, 3, 0]),
        ([4, 26, 5, 61, 4], 3, [0, 0, 0, 5, 1], [0, 2, 0, 1, 0]),
    ],
)
def test_a_channel_whose_quota_rounds_to_nothing_shares_in_what_others_leave(
    shares: list[int], units: int, carried: list[int], given_now: list[int]
) -> None:
    assert sainte_lague(shares, units, carried) == given_now
    assert one_at_a_time(shares, units, carried) == given_now
