"""Channels, sets of them, and counts for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import CountsError
from campaignkit.core._channels import (
    ALL,
    CHANNELS,
    MASKS,
    MEMBERS,
    NO_COUNTS,
    SETS,
    Channel,
    ChannelCounts,
    channel_set,
    read_amounts,
    read_counts,
)
from campaignkit.core._immutable import FrozenMap
from campaignkit.testing import strategies as any_
from tests.domain.values import NO_WHOLE_NUMBERS, ForeignInteger, Strange, assert_value

NAMES = [channel.value for channel in Channel]


def test_the_canonical_order() -> None:
    assert [str(channel) for channel in CHANNELS] == ["email", "linkedin", "voice", "sms", "mail"]


def test_a_mask_has_a_bit_for_each_channel_in_canonical_order() -> None:
    sets = 2 ** len(Channel)
    assert (len(SETS), len(MEMBERS), len(MASKS), ALL) == (sets, sets, sets, sets - 1)
    for mask in range(sets):
        digits = f"{mask:b}"[::-1]
        members = [position for position, digit in enumerate(digits) if digit == "1"]
        assert list(MEMBERS[mask]) == members
        assert {NAMES[position] for position in members} == SETS[mask]
        assert MASKS[SETS[mask]] == mask


# --- Sets ----------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(Channel)), st.sampled_from([Channel, str]))
def test_a_set_of_channels_or_of_their_names_is_the_shared_one(
    channels: list[Channel], kind: Callable[[Channel], str]
) -> None:
    some = [kind(channel) for channel in channels]
    for several in (some, tuple(some), set(some), frozenset(some), iter(some)):
        found = channel_set(several)
        assert found == set(channels)
        assert found is SETS[MASKS[found]]
        assert all(type(channel) is Channel for channel in found)


@pytest.mark.parametrize(
    ("strange", "message"),
    [
        (["email", "fax", "post"], "no channel is called 'fax', 'post'"),
        ([1, "sms", None, ["mail"]], "no channel is called 1, None, ['mail']"),
        (frozenset({"fax"}), "no channel is called 'fax'"),
    ],
)
def test_a_set_of_strangers_is_refused(strange: Strange, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the message is compared below
        channel_set(strange)
    assert str(caught.value) == f"{message}; there are {', '.join(NAMES)}"


@pytest.mark.parametrize(
    ("strange", "shown"),
    [("email", "the text 'email'"), (None, "None"), (5, "5"), ({"email": 1}, "{'email': 1}")],
)
def test_what_holds_no_channels_is_no_set(strange: Strange, shown: str) -> None:
    with pytest.raises(ValueError, match=r"^expected several channels, not ") as caught:
        channel_set(strange)
    assert str(caught.value) == f"expected several channels, not {shown}"


# --- Counts --------------------------------------------------------------------------------------

counts_given = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 10**20))


@given(any_.channel_counts())
def test_counts_are_values(counts: ChannelCounts) -> None:
    assert_value(counts)


@given(counts_given, st.sampled_from([Channel, str]))
def test_counts_have_every_channel_and_0_where_none_was_named(
    given_: dict[str, int], kind: Callable[[str], str]
) -> None:
    counts = ChannelCounts({kind(name): n for name, n in given_.items()})
    full = {channel: given_.get(channel.value, 0) for channel in Channel}
    assert dict(counts) == full
    assert list(counts) == NAMES
    assert list(counts.values()) == list(counts.amounts) == list(full.values())
    assert (len(counts), counts.total) == (len(Channel), sum(given_.values()))
    assert all(counts[channel] == counts[channel.value] == n for channel, n in full.items())
    assert ChannelCounts.of(list(full.values())) == counts


@given(counts_given, counts_given)
def test_counts_equal_any_mapping_with_the_same_items(
    one: dict[str, int], other: dict[str, int]
) -> None:
    counts = ChannelCounts(one)
    full: Mapping[Channel, int] = {channel: one.get(channel, 0) for channel in Channel}
    assert counts == full
    assert full == counts
    assert counts == FrozenMap(full)
    assert (counts == ChannelCounts(other)) == (full == dict(ChannelCounts(other)))
    assert counts != {channel: n for channel, n in full.items() if channel is not Channel.MAIL}
    assert counts != 0
    assert hash(counts) == hash(FrozenMap(full)) == hash(ChannelCounts.of(counts.amounts))


@given(any_.channel_counts(), any_.channel_counts())
def test_counts_add_up_channel_by_channel(one: ChannelCounts, other: ChannelCounts) -> None:
    added = one + other
    assert type(added) is ChannelCounts
    assert added == {channel: one[channel] + other[channel] for channel in Channel}
    assert added.total == one.total + other.total


def test_counts_of_nothing() -> None:
    assert ChannelCounts() == ChannelCounts({}) == ChannelCounts(None) == NO_COUNTS
    assert NO_COUNTS.amounts == (0,) * len(Channel)


def test_counts_read_as_they_are_written() -> None:
    counts = {name: 10 * place for place, name in enumerate(NAMES)}
    items = ", ".join(f"{name}={count}" for name, count in counts.items() if count)
    assert repr(ChannelCounts(counts)) == f"ChannelCounts({items})"


def test_counts_have_no_strangers() -> None:
    strange: Any = "fax"
    counts = ChannelCounts({"mail": 3})
    with pytest.raises(KeyError):
        counts[strange]
    assert strange not in counts
    assert "mail" in counts
    assert counts.get(strange) is None


@given(any_.channel_counts())
def test_counts_are_read_from_counts_as_they_are_and_from_any_mapping(
    counts: ChannelCounts,
) -> None:
    assert read_counts(counts) is counts
    assert read_counts(dict(counts)) == counts


def test_counts_say_that_they_cannot_change() -> None:
    counts: Any = ChannelCounts()
    with pytest.raises(AttributeError, match=r"^ChannelCounts cannot change$"):
        counts.amounts = (1, 1, 1, 1, 1)
    with pytest.raises(AttributeError, match=r"^ChannelCounts cannot change$"):
        del counts.amounts


def test_counts_take_whole_numbers_of_other_libraries() -> None:
    foreign: Any = ForeignInteger(3)
    count = ChannelCounts({"sms": foreign})["sms"]
    assert (type(count), count) == (int, 3)


@pytest.mark.parametrize("bad", [*NO_WHOLE_NUMBERS, -1, ForeignInteger(-1)])
def test_counts_are_whole_numbers_of_0_or_more(bad: Strange) -> None:
    with pytest.raises(CountsError) as caught:
        ChannelCounts({Channel.SMS: bad})
    expected = f"count of sms must be a whole number of 0 or more, not {bad!r}"
    assert caught.value.faults == (expected,)


@pytest.mark.parametrize("bad", [5, "email", [("email", 1)], {"email"}, 0, "", []])
def test_counts_come_from_a_mapping(bad: Strange) -> None:
    with pytest.raises(CountsError) as caught:
        ChannelCounts(bad)
    assert caught.value.faults == (f"counts must map channels to counts, not be {bad!r}",)


def test_all_that_is_wrong_with_counts_is_told_at_once() -> None:
    strange: Any = {"email": -1, "fax": 2, 7: True, "sms": 0.5, "mail": 1}
    with pytest.raises(CountsError) as caught:
        ChannelCounts(strange)
    assert caught.value.faults == (
        "count of email must be a whole number of 0 or more, not -1",
        f"count names 'fax', which is no channel; there are {', '.join(CHANNELS)}",
        f"count names 7, which is no channel; there are {', '.join(CHANNELS)}",
        "count of sms must be a whole number of 0 or more, not 0.5",
    )


@given(counts_given)
def test_amounts_tell_an_absent_channel_from_a_zero(given_: dict[str, int]) -> None:
    assert read_amounts(given_, "at_most", None) == tuple(given_.get(name) for name in NAMES)
    assert read_amounts(given_, "carried", 0) == ChannelCounts(given_).amounts


def test_amounts_are_called_what_they_are() -> None:
    with pytest.raises(CountsError, match=r"^at_most of email must be"):
        read_amounts({"email": -1}, "at_most", None)
