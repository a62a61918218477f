"""What an allocation makes of a number of leads that nothing gates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import DEFAULT_ALLOCATION, Allocation, AllocationError, Channel, ChannelCounts
from tests.planning import oracle
from tests.planning.oracle import ORDER
from tests.planning.strategies import allocations

houses = st.integers(0, 300) | st.integers(0, 10**15)


@given(allocations, st.integers(0, 300))
def test_it_is_sainte_lague(allocation: Allocation, leads: int) -> None:
    shares = {channel: share for channel, share in allocation.items() if share}
    given_out = oracle.sainte_lague(shares, leads)
    assert allocation.apportion(leads) == {one: given_out.get(one, 0) for one in ORDER}


@given(allocations, houses)
def test_it_loses_no_lead_and_serves_only_channels_with_a_share(
    allocation: Allocation, leads: int
) -> None:
    counts = allocation.apportion(leads)
    assert counts.total == leads
    assert not any(counts[channel] for channel, share in allocation.items() if not share)


@given(allocations, houses)
def test_one_lead_more_goes_to_one_channel_and_takes_from_none(
    allocation: Allocation, leads: int
) -> None:
    before, after = allocation.apportion(leads), allocation.apportion(leads + 1)
    more = sorted(after[channel] - before[channel] for channel in ORDER)
    assert more == [*[0] * (len(ORDER) - 1), 1]


@given(allocations, houses)
def test_no_lead_is_better_off_on_another_channel(allocation: Allocation, leads: int) -> None:
    posed = oracle.problem(allocation, {frozenset(ORDER): leads})
    assert oracle.flaws(posed, allocation.apportion(leads)) == []


@given(allocations, st.integers(0, 10**12))
def test_whole_hundreds_are_shared_exactly(allocation: Allocation, hundreds: int) -> None:
    assert allocation.apportion(100 * hundreds) == {
        channel: hundreds * share for channel, share in allocation.items()
    }


def test_a_tie_goes_to_the_channel_that_comes_first() -> None:
    fifths = Allocation(email=20, linkedin=20, voice=20, sms=20, mail=20)
    for leads, channel in enumerate(channel for channel in ORDER if fifths[channel]):
        before, after = fifths.apportion(leads), fifths.apportion(leads + 1)
        assert after[channel] == before[channel] + 1


def test_fifty_seven_leads() -> None:
    # Costs of the last units given and of the next ones, by hand: 45/40 33/30 21/20 5/5 5/5 are
    # given; 47/40 = 1.175, 35/30 = 1.167, 23/20 = 1.15, 7/5 and 7/5 are not.
    counts = {"email": 23, "linkedin": 17, "voice": 11, "sms": 3, "mail": 3}
    assert DEFAULT_ALLOCATION.apportion(57) == ChannelCounts(counts)


@pytest.mark.parametrize("leads", [-1, True, 1.0, "7", None])
def test_it_refuses_what_is_no_number_of_leads(leads: object) -> None:
    with pytest.raises(AllocationError, match=str(leads)):
        DEFAULT_ALLOCATION.apportion(leads)  # type: ignore[arg-type]  # that is the point


def test_a_channel_without_a_share_gets_nothing_however_many_there_are() -> None:
    assert Allocation(sms=100).apportion(7) == {one: 7 * (one is Channel.SMS) for one in ORDER}
