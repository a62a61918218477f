"""How sentences name several things, count them, and rank them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from campaignkit.core._channels import ALL, CHANNELS, MEMBERS, SETS
from campaignkit.core._sentences import format_count, join_channels, join_words, ordinal

RANKS = """0th 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th
18th 19th 20th 21st 22nd 23rd 24th 25th 26th 27th 28th 29th 30th 31st 32nd 33rd 34th"""


def test_ranks() -> None:
    assert [ordinal(number) for number in range(35)] == RANKS.split()
    assert [ordinal(number) for number in (91, 111, 1_000, 2_112)] == [
        "91st",
        "111th",
        "1,000th",
        "2,112th",
    ]


@given(st.integers(0, 99), st.integers(1, 10**6))
def test_a_rank_ends_as_its_last_two_digits_do(last: int, hundreds: int) -> None:
    assert ordinal(hundreds * 100 + last)[-2:] == ordinal(last)[-2:]
    if last >= 20:
        assert ordinal(last)[-2:] == ordinal(last % 10)[-2:]


def test_a_number_of_things() -> None:
    said = [format_count(number, "lead") for number in (0, 1, 2, 10_001)]
    assert said == ["0 leads", "1 lead", "2 leads", "10,001 leads"]


@given(st.lists(st.sampled_from("abc"), min_size=1), st.sampled_from(["and", "or"]))
def test_a_list_has_one_conjunction_and_commas_before_it(
    words: list[str], conjunction: str
) -> None:
    said = join_words(words, conjunction)
    assert said.replace(f" {conjunction} ", ", ").split(", ") == words
    assert said.count(f" {conjunction} ") == (len(words) > 1)
    assert conjunction not in said[: -len(f" {conjunction} a")]


def test_channels_are_listed_in_their_order() -> None:
    assert join_channels(frozenset()) == "nothing"
    for mask in range(1, ALL + 1):
        names = [CHANNELS[c].value for c in MEMBERS[mask]]
        assert join_channels(SETS[mask]) == join_words(names) == join_words(names, "and")
        assert join_channels(SETS[mask], "or") == join_words(names, "or")
