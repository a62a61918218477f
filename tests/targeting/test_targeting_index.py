"""Many targetings at once."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Fit, Prospect, Targeting, TargetingError
from campaignkit.targeting import CompanySize, TargetingIndex
from campaignkit.targeting._company_size import merge_sizes
from campaignkit.testing import strategies as any_
from tests.domain.values import Strange
from tests.targeting.meeting import prospects, targetings


@given(st.lists(targetings() | any_.targetings(), max_size=20), st.lists(prospects(), max_size=5))
def test_it_says_what_each_says(some: list[Targeting], known: list[Prospect]) -> None:
    index = TargetingIndex(dict(enumerate(some)))
    assert len(index) == len(some)
    for prospect in known:
        said = {i: targeting.match(prospect).verdict for i, targeting in enumerate(some)}
        assert index.find_fits(prospect) == tuple(i for i, fit in said.items() if fit is Fit.YES)
        assert index.find_unknown(prospect) == tuple(
            i for i, fit in said.items() if fit is Fit.UNKNOWN
        )


@given(st.lists(any_.company_sizes(), max_size=6), any_.company_sizes() | st.none())
def test_it_says_of_any_sizes_what_each_says(
    sizes: list[CompanySize], size: CompanySize | None
) -> None:
    some = {i: Targeting(company_sizes=map(str, sizes[i:])) for i in range(len(sizes) + 1)}
    index, prospect = TargetingIndex(some), Prospect(company_size=size)
    said = {i: targeting.match(prospect).verdict for i, targeting in some.items()}
    assert index.find_fits(prospect) == tuple(i for i, fit in said.items() if fit is Fit.YES)
    assert index.find_unknown(prospect) == tuple(i for i, fit in said.items() if fit is Fit.UNKNOWN)


@given(st.lists(any_.company_sizes(), max_size=6), any_.company_sizes())
def test_merged_sizes_are_the_same_numbers(sizes: list[CompanySize], probe: CompanySize) -> None:
    together = merge_sizes(sizes)
    for one, other in pairwise(together):
        assert one.high is not None
        assert one.high + 1 < other.low
    ends = {end for size in (*sizes, *together) for end in (size.low, size.high) if end is not None}
    for number in {n for end in ends for n in (end - 1, end, end + 1) if n >= 0} | {probe.low}:
        at = CompanySize(number, number)
        assert any(size.contains(at) for size in sizes) == any(
            size.contains(at) for size in together
        )
    if any(size.contains(probe) for size in sizes):
        assert any(size.contains(probe) for size in together)
    assert any(size.overlaps(probe) for size in sizes) == any(
        size.overlaps(probe) for size in together
    )


def test_keys_are_the_callers_and_in_their_order() -> None:
    ceo = Targeting(titles=["CEO"])
    index = TargetingIndex({"z": ceo, ("a", 1): Targeting(), None: ceo})
    assert index.find_fits(Prospect(title="CEO")) == ("z", ("a", 1), None)
    assert index.find_fits(Prospect(title="CTO")) == (("a", 1),)
    assert index.find_unknown(Prospect()) == ("z", None)


def test_of_many_each_is_found_in_its_place() -> None:
    index = TargetingIndex({n: Targeting(titles=["CTO" if n % 3 else "CEO"]) for n in range(100)})
    assert index.find_fits(Prospect(title="CEO")) == tuple(range(0, 100, 3))
    assert index.find_unknown(Prospect()) == tuple(range(100))


def test_each_phrase_in_a_text_counts() -> None:
    inside = ("vice", "vice president", "president", "president of sales", "of", "sales")
    some = {title: Targeting(titles=[title]) for title in ("vice of", *inside, "sales vice")}
    assert TargetingIndex(some).find_fits(Prospect(title="Vice President of Sales")) == inside


def test_places_may_lie_between_those_of_a_target() -> None:
    index = TargetingIndex(
        {
            target: Targeting(locations=[target])
            for target in ("a, c", "b, d", "a, d", "d, a", "a, a")
        }
    )
    assert index.find_fits(Prospect(location="a, b, c, d")) == ("a, c", "b, d", "a, d")
    assert index.find_fits(Prospect(location="a, x, a")) == ("a, a",)
    long = ",".join("a" * 250)
    assert TargetingIndex({1: Targeting(locations=[long])}).find_fits(Prospect(location=long)) == (
        1,
    )


@pytest.mark.parametrize("bad", [None, [Targeting()], "a"])
def test_targetings_come_by_their_keys(bad: Strange) -> None:
    with pytest.raises(TargetingError) as caught:
        TargetingIndex(bad)
    assert caught.value.faults == (f"targetings must be a mapping, not {bad!r}",)


def test_only_targetings_are_indexed() -> None:
    bad: Strange = {"a": None, "b": Targeting(), "c": ["CEO"]}
    with pytest.raises(TargetingError) as caught:
        TargetingIndex(bad)
    assert caught.value.faults == (
        "targetings must map to Targetings, not None",
        "targetings must map to Targetings, not ['CEO']",
    )


# --- targets that repeat themselves ---------------------------------------------------------------

repetitive = st.lists(st.sampled_from("ab"), min_size=1, max_size=7)


@given(st.lists(repetitive, max_size=8), st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
def test_it_says_of_what_repeats_itself_what_each_says(
    targets: list[list[str]], there: list[str]
) -> None:
    title, location = " ".join(there), ", ".join(there)
    some = {i: Targeting(titles=[" ".join(one)]) for i, one in enumerate(targets)}
    some |= {-i: Targeting(locations=[", ".join(one)]) for i, one in enumerate(targets, 1)}
    for prospect in (Prospect(title=title), Prospect(location=location)):
        fits = {key for key, one in some.items() if one.match(prospect).verdict is Fit.YES}
        assert {*TargetingIndex(some).find_fits(prospect)} == fits


@pytest.mark.parametrize(
    ("name", "there", "mark"), [("titles", "title", " "), ("locations", "location", ",")]
)
def test_how_long_targets_are_costs_a_prospect_nothing(name: str, there: str, mark: str) -> None:
    prospect = Prospect(**{there: f"a{mark}" * 5_000})

    def seconds(depth: int) -> float:
        index = TargetingIndex({1: Targeting(**{name: [f"a{mark}" * depth + "b"]})})
        index.find_fits(prospect)
        start = process_time()
        for _ in range(3):
            assert index.find_fits(prospect) == ()
        return process_time() - start

    assert min(seconds(240) for _ in range(3)) < 5 * min(seconds(10) for _ in range(3))
