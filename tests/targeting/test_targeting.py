"""Whom a campaign looks for."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Targeting, TargetingError
from campaignkit.targeting import CompanySize
from campaignkit.testing import strategies as any_
from tests.domain.values import NO_GOOD_TEXTS, Strange, assert_value

DIMENSIONS = ["industries", "titles", "company_sizes", "locations"]


@given(any_.targetings())
def test_a_targeting_is_a_value(targeting: Targeting) -> None:
    assert_value(targeting)


def test_without_targets_it_is_for_anyone() -> None:
    assert Targeting() == Targeting((), (), (), ()) == Targeting([], [], [], [])


@given(st.lists(any_.texts()), st.lists(any_.company_size_texts()))
def test_targets_stay_as_they_were_written_and_in_their_order(
    texts: list[str], sizes: list[str]
) -> None:
    targeting = Targeting(texts, iter(texts), sizes, tuple(texts))
    assert targeting.industries == targeting.titles == targeting.locations == tuple(texts)
    assert targeting.company_sizes == tuple(sizes)


@given(any_.targetings(), st.sampled_from(DIMENSIONS), st.text(st.characters(), max_size=5))
def test_a_changed_copy_is_a_targeting_or_an_error(
    targeting: Targeting, dimension: str, text: str
) -> None:
    changes: Any = {dimension: [text]}
    try:
        changed = evolve(targeting, **changes)
    except TargetingError as error:
        (fault,) = error.faults
        assert fault.startswith(f"{dimension}[0]")
    else:
        assert getattr(changed, dimension) == (text,)
        assert text.strip()
        text.encode()
        if dimension == "company_sizes":
            CompanySize.parse(text)


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("bad", NO_GOOD_TEXTS)
def test_a_target_is_text_that_a_store_can_keep(dimension: str, bad: Strange) -> None:
    targets: Any = {dimension: ["1", bad]}
    with pytest.raises(TargetingError) as caught:
        Targeting(**targets)
    (fault,) = caught.value.faults
    assert fault.startswith(f"{dimension}[1] must ")
    assert repr(bad) in fault


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("bad", ["CEO", b"CEO", None, 7, {"CEO"}, frozenset({"CEO"}), {"CEO": 1}])
def test_targets_are_several_texts(dimension: str, bad: Strange) -> None:
    targets: Any = {dimension: bad}
    with pytest.raises(TargetingError) as caught:
        Targeting(**targets)
    assert caught.value.faults == (
        f"{dimension} must be an ordered iterable of texts, not {bad!r}",
    )


def test_all_that_is_wrong_is_told_at_once() -> None:
    strange: Any = {"industries": "SEO", "titles": ["", "CEO", 7]}
    with pytest.raises(TargetingError) as caught:
        Targeting(**strange, company_sizes=("1-10", "big", " "), locations=("\0",))
    assert caught.value.faults == (
        "industries must be an ordered iterable of texts, not 'SEO'",
        "titles[0] must not be blank, but is ''",
        "titles[2] must be text, not 7",
        (
            "company_sizes[1]: company size must be such as '1-10', '11-50', '500+' or '> 500', "
            "not 'big'"
        ),
        "company_sizes[2] must not be blank, but is ' '",
        "locations[0] must be text without NUL and lone surrogates, not '\\x00'",
    )


@given(any_.targetings(), any_.targetings())
def test_targetings_are_equal_by_their_targets(one: Targeting, other: Targeting) -> None:
    same = all(getattr(one, name) == getattr(other, name) for name in DIMENSIONS)
    assert (one == other) == same


@pytest.mark.parametrize("name", ["industries", "titles", "company_sizes", "locations"])
def test_a_target_has_a_longest_length(name: str) -> None:
    fault = rf"{name}\[0\] must have at most 500 characters"
    with pytest.raises(TargetingError, match=fault):
        Targeting(**{name: ["1" * 501]})
