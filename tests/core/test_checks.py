"""The checks that several values share."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit.core._checks import (
    LARGEST_INTEGER,
    as_int,
    date_error,
    datetime_error,
    integer_error,
    is_date,
    short_repr,
    text_error,
    to_utc,
)
from campaignkit.testing import strategies as any_
from tests.domain.values import NO_GOOD_TEXTS, NO_TEXTS, NO_WHOLE_NUMBERS, ForeignInteger, Strange


def test_the_largest_integer_of_a_table() -> None:
    assert LARGEST_INTEGER == 2_147_483_647


# --- Showing -------------------------------------------------------------------------------------


def test_a_value_is_shown_as_python_writes_it() -> None:
    assert short_repr("it's") == '"it\'s"'
    assert short_repr(None) == "None"


def test_a_long_value_is_cut() -> None:
    assert short_repr("a" * 78) == "'" + "a" * 78 + "'"
    assert short_repr("a" * 79) == "'" + "a" * 79 + "…'"


def test_a_number_of_more_digits_than_python_prints_is_shown() -> None:
    assert short_repr(10**5000) == "a very large int"


# --- Whole numbers -------------------------------------------------------------------------------


@given(st.integers())
def test_whole_numbers_of_any_library_become_ints(n: int) -> None:
    foreign: Any = ForeignInteger(n)
    assert as_int(foreign) == n
    assert type(as_int(foreign)) is int
    assert as_int(n) is n


@pytest.mark.parametrize("bad", NO_WHOLE_NUMBERS)
def test_what_is_no_whole_number_stays_and_is_refused(bad: Strange) -> None:
    assert as_int(bad) is bad
    assert integer_error(bad, 0, 1) == f"must be a whole number, not {bad!r}"


@given(st.integers(), st.integers(), st.integers())
def test_a_whole_number_lies_from_low_to_high(n: int, low: int, high: int) -> None:
    expected = None if n in range(low, high + 1) else f"must be from {low} to {high}, not {n}"
    assert integer_error(n, low, high) == expected


def test_both_ends_are_in() -> None:
    assert [n for n in range(6) if integer_error(n, 1, 4) is None] == [1, 2, 3, 4]


# --- Texts ---------------------------------------------------------------------------------------


@given(any_.texts())
def test_good_texts(text: str) -> None:
    assert text_error(text) is None


@given(st.text(st.characters()))  # surrogates and NUL, too
def test_a_text_is_good_exactly_if_a_store_can_keep_it(text: str) -> None:
    try:
        text.encode()
        good = bool(text.split()) and text == text.replace("\0", "")
    except UnicodeEncodeError:
        good = False
    assert (text_error(text) is None) == good


@pytest.mark.parametrize("bad", NO_GOOD_TEXTS)
def test_what_is_wrong_with_a_text(bad: Strange) -> None:
    if bad in NO_TEXTS:
        expected = f"must be text, not {bad!r}"
    elif bad.isspace() or not bad:
        expected = f"must not be blank, but is {bad!r}"
    else:
        expected = f"must be text without NUL and lone surrogates, not {bad!r}"
    assert text_error(bad) == expected


@pytest.mark.parametrize("text", ["\ud7ff", "\ue000", "x\x01", "a\U0001f600"])
def test_the_neighbours_of_what_is_refused(text: str) -> None:
    assert text_error(text) is None


def test_the_first_and_the_last_surrogates() -> None:
    for surrogate in ("\ud800", "\udbff", "\udc00", "\udfff"):
        assert text_error(f"a{surrogate}") is not None


# --- Days ----------------------------------------------------------------------------------------


@given(any_.days())
def test_a_date_is_a_day(day: date) -> None:
    assert is_date(day)
    assert date_error(day) is None


@pytest.mark.parametrize("bad", [None, "2026-11-23", 20261123, datetime(2026, 11, 23, tzinfo=UTC)])
def test_anything_else_is_no_day(bad: Strange) -> None:
    assert not is_date(bad)
    assert date_error(bad) == f"must be a date, not {bad!r}"


# --- Moments -------------------------------------------------------------------------------------


class _Nowhere(tzinfo):
    """A time zone that does not know how far it is from UTC."""

    def utcoffset(self, _dt: datetime | None, /) -> None: ...

    def dst(self, _dt: datetime | None, /) -> None: ...

    def tzname(self, _dt: datetime | None, /) -> None: ...


@given(any_.moments())
def test_an_aware_moment_becomes_the_same_moment_in_utc(moment: datetime) -> None:
    assert datetime_error(moment) is None
    in_utc = to_utc(moment)
    assert in_utc == moment
    assert in_utc.tzinfo is UTC


@given(st.datetimes(), st.sampled_from([None, _Nowhere()]))
def test_a_naive_moment_is_refused(moment: datetime, zone: tzinfo | None) -> None:
    naive = moment.replace(tzinfo=zone)
    assert datetime_error(naive) == f"must have a time zone, but {moment.isoformat()} has none"
    assert to_utc(naive) is naive


@pytest.mark.parametrize("bad", [None, "2026-11-23T00:00:00Z", 0, date(2026, 11, 23)])
def test_anything_else_is_no_moment(bad: Strange) -> None:
    assert datetime_error(bad) == f"must be a datetime, not {bad!r}"
    assert to_utc(bad) is bad


def test_what_is_in_utc_already_stays_as_it_is() -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    assert to_utc(moment) is moment


def test_a_zone_with_daylight_saving() -> None:
    sydney = ZoneInfo("Australia/Sydney")
    assert to_utc(datetime(2026, 11, 23, 9, tzinfo=sydney)) == datetime(
        2026, 11, 22, 22, tzinfo=UTC
    )
    assert to_utc(datetime(2026, 6, 23, 9, tzinfo=sydney)) == datetime(2026, 6, 22, 23, tzinfo=UTC)


class Unfinished(tzinfo):
    """A zone that is none, as its class is not finished."""

    def utcoffset(self, _: object) -> timedelta:
        raise NotImplementedError

    def dst(self, _: object) -> None: ...

    def tzname(self, _: object) -> None: ...


def test_a_zone_that_does_not_tell_its_offset_is_refused() -> None:
    moment = datetime(2026, 11, 23, tzinfo=Unfinished())
    assert str(datetime_error(moment)).startswith("must have a time zone that knows its offset")
    assert to_utc(moment) is moment


EAST, WEST = timezone(timedelta(hours=10)), timezone(timedelta(hours=-10))


@pytest.mark.parametrize(
    "moment", [datetime.min.replace(tzinfo=EAST), datetime.max.replace(tzinfo=WEST)]
)
def test_what_lies_outside_the_calendar_in_utc_is_refused(moment: datetime) -> None:
    expected = f"must lie within the years 1 to 9999 in UTC, not {short_repr(moment)}"
    assert datetime_error(moment) == expected
    assert to_utc(moment) is moment


@pytest.fixture(params=["EAST-14", "UTC", "WEST12"])
def _machine_zone(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Generator[None]:
    """Let the machine stand far in the east, at Greenwich, or far in the west."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_machine_zone")
@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=WEST),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=EAST),
    ],
)
def test_the_ends_of_the_calendar(moment: datetime) -> None:
    assert datetime_error(moment) is None
    assert to_utc(moment) == moment


class Special(int):
    """A whole number of a program's own kind."""


def test_whole_numbers_of_a_programs_own_kind_may_be_the_ends_of_a_range() -> None:
    assert [integer_error(Special(n), 1, 5) is None for n in range(7)] == [
        False,
        *[True] * 5,
        False,
    ]
