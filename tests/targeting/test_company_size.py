"""Company sizes, as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import TargetingError
from campaignkit.targeting import CompanySize
from campaignkit.testing import strategies as any_
from tests.domain.values import (
    NO_GOOD_TEXTS,
    NO_WHOLE_NUMBERS,
    ForeignInteger,
    Strange,
    assert_value,
)

FORMS: list[tuple[str, int, int | None]] = [
    ("1-10", 1, 10),
    ("11–50", 11, 50),
    ("51 to 200", 51, 200),
    ("1,001-5,000", 1001, 5000),
    ("500+", 500, None),
    ("10001+", 10001, None),
    ("> 500", 501, None),
    ("self-employed", 1, 1),
    ("1", 1, 1),
    # Upper case, spaces, and words after it.
    ("1-10 employees", 1, 10),
    ("1 employee", 1, 1),
    ("11 - 50 People", 11, 50),
    ("500 + staff", 500, None),
    ("51 TO 200 EMPLOYEES", 51, 200),
    ("Self-Employed", 1, 1),
    ("self employed", 1, 1),
    ("selfemployed", 1, 1),
    ("  1 \t-\n 10  ", 1, 10),
    ("> 500 employees", 501, None),
    # Bounds on one side.
    (">500", 501, None),
    (">= 500", 500, None),
    (">=500", 500, None),
    ("≥ 500", 500, None),
    ("≥500", 500, None),
    ("< 500", 0, 499),
    ("<500", 0, 499),
    ("<= 500", 0, 500),
    ("≤500", 0, 500),
    ("\uff1e 500", 501, None),
    *((f"self{dash}employed", 1, 1) for dash in "-‐\u2011–—"),
    # Any dash.
    *((f"11{dash}50", 11, 50) for dash in "-‐\u2011‒–—―⸺⸻−~〜\uff0d\ufe63\uff5e"),
    *((f"11 {dash} 50", 11, 50) for dash in "–—~"),
    # Any thousands mark.
    *((f"1{mark}001–5{mark}000", 1001, 5000) for mark in ",.'’ \u00a0\u202f\u2009"),
    ("1,000,000+", 1_000_000, None),
    ("1.000.000.000", 10**9, 10**9),
    ("999999999999", 10**12 - 1, 10**12 - 1),
    ("10 001 - 50 000", 10001, 50000),
    ("\uff11–\uff11\uff10", 1, 10),
    ("0-1", 0, 1),
    ("007", 7, 7),
    ("7-7", 7, 7),
]


@pytest.mark.parametrize(("text", "low", "high"), FORMS)
def test_a_size_as_people_write_it(text: str, low: int, high: int | None) -> None:
    assert CompanySize.parse(text) == CompanySize(low, high)


@given(
    st.integers(0, 4 * 10**11),
    st.integers(0, 4 * 10**11),
    st.sampled_from(["{}", "{:,}"]),
    st.sampled_from(["-", " - ", "–", " to "]),
    st.sampled_from(["", " employees"]),
)
def test_a_band_is_read_back(low: int, more: int, number: str, dash: str, after: str) -> None:
    few, many = number.format(low), number.format(low + more)
    assert CompanySize.parse(f"{few}{dash}{many}{after}") == CompanySize(low, low + more)
    assert CompanySize.parse(f"{few}+{after}") == CompanySize(low)
    assert CompanySize.parse(f"{few}{after}") == CompanySize(low, low)
    assert CompanySize.parse(f">{few}{after}") == CompanySize(low + 1)
    assert CompanySize.parse(f"<={many}{after}") == CompanySize(0, low + more)
    assert CompanySize.parse(f"<{number.format(low + 1)}{after}") == CompanySize(0, low)


@given(any_.company_size_texts())
def test_a_size_does_not_depend_on_case_and_spaces(text: str) -> None:
    assert CompanySize.parse(f"  {text.upper()} ".replace(" ", "  ")) == CompanySize.parse(text)


UNREADABLE = [
    *("big", "about 50", "1-", "-10", "+500", "500+ +", "1-10-20", "1 to", "to 10", "10 k", "5e3"),
    *("1,00", "1,0000", "10,0", "1,,000", ",100", "1_000", "1-10 employes", "employees", "½", "-1"),
    *("> ", ">", "<", "> > 5", ">5+", "=5", "1234567890123", "1,000,000,000,000,000", "1.5-2"),
    *(
        "unself-employed",
        "self--employed",
        "1-10 employees staff",
        "1 - 10x",
        "x1-10",
        "\u0661-\u0661\u0660",
    ),
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(TargetingError) as caught:
        CompanySize.parse(text)
    shown = f"company size must be such as '1-10', '11-50', '500+' or '> 500', not {text!r}"
    assert caught.value.faults == (shown,)


@pytest.mark.parametrize("bad", NO_GOOD_TEXTS)
def test_what_is_no_text_is_an_error_that_names_it(bad: Strange) -> None:
    with pytest.raises(TargetingError, match=r"^company size must ") as caught:
        CompanySize.parse(bad)
    assert repr(bad) in str(caught.value)


@pytest.mark.parametrize("text", ["50-11", "5,000 - 1,001", "1-0", "< 0", "> 999999999999"])
def test_a_band_without_a_number_in_it_is_an_error(text: str) -> None:
    with pytest.raises(TargetingError) as caught:
        CompanySize.parse(text)
    assert caught.value.faults == (
        f"company size must contain a number of employees, not be {text!r}",
    )


pieces = st.sampled_from(
    [
        *"0123456789,.'’ +-–—~<>≥≤=",
        "to",
        " to ",
        "employees",
        "self",
        "\0",
        "1,000",
        "\u00a0",
        "\uff11",
    ]
)


@given(st.text() | st.lists(pieces, max_size=12).map("".join) | st.text(st.characters()))
def test_any_text_is_a_size_or_a_targeting_error(text: str) -> None:
    try:
        size = CompanySize.parse(text)
    except TargetingError:
        return
    assert size.low >= 0
    assert size.high is None or size.high >= size.low
    assert CompanySize.parse(text) == size


# --- The interval --------------------------------------------------------------------------------


@given(any_.company_sizes())
def test_a_size_reads_back_as_it_is_written(size: CompanySize) -> None:
    assert CompanySize.parse(str(size)) == size


@given(any_.company_sizes())
def test_a_size_is_a_value(size: CompanySize) -> None:
    assert_value(size)


def test_both_ends_may_be_one() -> None:
    assert CompanySize(0, 0) == CompanySize.parse("0")


@given(st.integers(-100, 100), st.integers(-100, 100))
def test_an_interval_holds_a_number_of_employees(low: int, high: int) -> None:
    if any(low <= n <= high for n in range(101)) and low >= 0:
        assert (CompanySize(low, high).low, CompanySize(low, high).high) == (low, high)
    else:
        with pytest.raises(TargetingError):
            CompanySize(low, high)


def test_the_error_shows_the_ends() -> None:
    with pytest.raises(TargetingError) as caught:
        CompanySize(5000, 1001)
    assert caught.value.faults == ("company size: high must be 5000 or more, not 1001",)


@pytest.mark.parametrize("bad", [bad for bad in NO_WHOLE_NUMBERS if bad is not None])
def test_the_ends_are_whole_numbers(bad: Strange) -> None:
    for ends, wrong in (((bad,), "low"), ((bad, 5), "low"), ((5, bad), "high")):
        with pytest.raises(TargetingError) as caught:
            CompanySize(*ends)
        fault = f"company size: {wrong} must be a whole number, not {bad!r}"
        assert caught.value.faults == (fault,)


def test_the_ends_lie_within_reason() -> None:
    most = 10**12 - 1
    assert CompanySize(most, most).low == most
    with pytest.raises(TargetingError) as caught:
        CompanySize(-1, most + 1)
    assert caught.value.faults == (
        f"company size: low must be from 0 to {most}, not -1",
        f"company size: high must be from 0 to {most}, not {most + 1}",
    )


def test_numbers_of_other_libraries_become_ints() -> None:
    foreign: Any = ForeignInteger(7)
    assert CompanySize(foreign, foreign) == CompanySize(7, 7)
    assert CompanySize(foreign) == CompanySize(7)


def test_it_reads_as_it_is_written() -> None:
    assert repr(CompanySize(7)) == "CompanySize(low=7)"


def test_its_text_is_as_short_as_can_be_read_back() -> None:
    sizes = [CompanySize(1, 1), CompanySize(11, 50), CompanySize(500)]
    assert [str(size) for size in sizes] == ["1", "11-50", "500+"]


def test_sizes_meet_where_a_number_lies_in_both() -> None:
    sizes = [CompanySize(low, high) for low in range(4) for high in (None, *range(low, 4))]
    for one in sizes:
        for other in sizes:
            both = [
                n
                for n in range(5)
                if one.contains(CompanySize(n, n)) and other.contains(CompanySize(n, n))
            ]
            assert one.overlaps(other) == bool(both)
