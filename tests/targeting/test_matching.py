"""Whether a prospect fits: by a corpus, by an independent oracle, and by what always holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import Fit, Prospect, Targeting, TargetingError
from campaignkit.core._checks import short_repr
from campaignkit.targeting import DEFAULT_REGIONS, CompanySize, DimensionMatch, TargetingIndex
from campaignkit.testing import strategies as any_
from tests.domain.values import NO_GOOD_TEXTS, NO_WHOLE_NUMBERS, Strange, assert_value
from tests.targeting import matching_oracle as oracle
from tests.targeting.meeting import any_texts, prospects, targetings

# --- The corpus ----------------------------------------------------------------------------------

CORPUS = Path(__file__).with_name("fits.txt")
TARGETS = {
    "title": "titles",
    "industry": "industries",
    "company_size": "company_sizes",
    "location": "locations",
}


@frozen
class Case:
    dimension: str
    targets: tuple[str, ...]
    known: str
    by_a_person: str
    by_the_rules: str

    @property
    def targeting(self) -> Targeting:
        targets: Any = {TARGETS[self.dimension]: self.targets}
        return Targeting(**targets)

    @property
    def prospect(self) -> Prospect:
        known: Any = {self.dimension: self.known or None}
        return Prospect(**known)

    def __str__(self) -> str:
        return f"{self.dimension} {'; '.join(self.targets)} | {self.known}"


def read_corpus() -> Iterator[Case]:
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if " | " in line and not line.startswith("#"):
            dimension, targets, known, *verdicts = (cell.strip() for cell in line.split("|"))
            several = tuple(target for some in targets.split(";") if (target := some.strip()))
            yield Case(dimension, several, known, verdicts[0], verdicts[-1])


CASES = list(read_corpus())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_verdict_is_what_the_corpus_says(case: Case) -> None:
    match = case.targeting.match(case.prospect)
    assert match.verdict == case.by_the_rules
    assert getattr(match, case.dimension).verdict == case.by_the_rules
    # And whoever has a store of targetings hears the same.
    index = TargetingIndex({"it": case.targeting})
    found = (index.find_fits(case.prospect), index.find_unknown(case.prospect))
    assert found == {"yes": (("it",), ()), "unknown": ((), ("it",)), "no": ((), ())}[match.verdict]


def test_the_corpus_is_large_and_seldom_at_odds_with_the_rules() -> None:
    agreed = Counter(c.dimension for c in CASES if c.by_a_person == c.by_the_rules)
    assert agreed.keys() == TARGETS.keys()
    assert agreed.total() >= 200
    assert min(agreed.values()) >= 40
    assert len(CASES) - agreed.total() <= len(CASES) / 10
    assert len({(str(case), case.by_a_person) for case in CASES}) == len(CASES)


# --- The rules -----------------------------------------------------------------------------------


@given(targetings(), prospects())
def test_it_agrees_with_the_rules_word_by_word(targeting: Targeting, prospect: Prospect) -> None:
    match = targeting.match(prospect)
    size = prospect.company_size
    bands = [CompanySize.parse(text) for text in targeting.company_sizes]
    expected = {
        "industry": oracle.text_verdict(prospect.industry, targeting.industries),
        "title": oracle.text_verdict(prospect.title, targeting.titles),
        "company_size": oracle.size_verdict(
            None if size is None else size.low,
            None if size is None else size.high,
            [(b.low, oracle.MANY if b.high is None else b.high) for b in bands],
        ),
        "location": oracle.text_verdict(prospect.location, targeting.locations, places=True),
    }
    assert {name: getattr(match, name).verdict.value for name in expected} == expected
    assert match.verdict == oracle.overall(list(expected.values()))


@given(targetings(), prospects())
def test_the_target_that_decided_would_decide_alone(
    targeting: Targeting, prospect: Prospect
) -> None:
    match = targeting.match(prospect)
    for name, targets in TARGETS.items():
        said: DimensionMatch = getattr(match, name)
        given_targets: tuple[str, ...] = getattr(targeting, targets)
        alone: list[Any] = [{targets: [target]} for target in given_targets]
        verdicts = [getattr(Targeting(**one).match(prospect), name).verdict for one in alone]
        if said.target is None:
            assert said.verdict is not Fit.YES or not given_targets
            assert Fit.YES not in verdicts
            continue
        place = given_targets.index(said.target)
        assert verdicts[place] is not Fit.NO
        if Fit.YES in verdicts:
            assert place == verdicts.index(Fit.YES)
        else:  # bands that hold it only together, or that hold a part of it
            assert name == "company_size"
            assert place == verdicts.index(Fit.UNKNOWN)


def test_of_bands_that_hold_a_part_the_first_is_told() -> None:
    targeting = Targeting(company_sizes=["300-400", "11-50", "1-10", "60-70"])
    for size, verdict in (("5-90", Fit.UNKNOWN), ("5-20", Fit.YES)):
        said = targeting.match(Prospect(company_size=size)).company_size
        assert said == DimensionMatch(verdict, "11-50")


@pytest.mark.parametrize(
    ("targets", "told"),
    [(["5-15", "11-30", "1-20"], "11-30"), (["15-25", "1-20", "11-30"], "1-20")],
)
def test_of_bands_that_hold_all_the_first_is_told(targets: list[str], told: str) -> None:
    said = Targeting(company_sizes=targets).match(Prospect(company_size="11-20")).company_size
    assert said == DimensionMatch(Fit.YES, told)


@given(targetings(), prospects(), st.sampled_from([*TARGETS]))
def test_what_is_not_known_is_never_a_no(
    targeting: Targeting, prospect: Prospect, name: str
) -> None:
    nothing: Any = {name: None}
    less = targeting.match(evolve(prospect, **nothing))
    more = targeting.match(prospect)
    assert getattr(less, name).verdict is not Fit.NO
    if more.verdict is Fit.YES:
        assert less.verdict is not Fit.NO


@given(targetings(), prospects(), any_texts, st.sampled_from(["titles", "industries", "locations"]))
def test_one_more_target_takes_nobody_away(
    targeting: Targeting, prospect: Prospect, text: str, name: str
) -> None:
    before: tuple[str, ...] = getattr(targeting, name)
    if before and targeting.match(prospect).verdict is Fit.YES:
        more: Any = {name: (*before, text)}
        assert evolve(targeting, **more).match(prospect).verdict is Fit.YES


@given(any_.targetings(), any_.prospects())
def test_any_targeting_matches_any_prospect(targeting: Targeting, prospect: Prospect) -> None:
    assert targeting.match(prospect) == targeting.match(prospect)
    assert targeting.match(prospect).verdict in Fit
    assert targeting == evolve(targeting)
    assert_value(targeting)  # though it remembers how it matches


@given(any_texts)
def test_each_text_fits_itself(text: str) -> None:
    targeting = Targeting([text], [text], [], [text])
    match = targeting.match(Prospect(industry=text, title=text, location=text))
    assert match.verdict is (Fit.YES if oracle.all_words(text) else Fit.UNKNOWN)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_number_fits_the_bands_that_hold_it(low: int, more: int) -> None:
    targeting = Targeting(company_sizes=[str(CompanySize(low, low + more))])
    for employees in (low - 1, low, low + more // 2, low + more, low + more + 1):
        if employees >= 0:
            fit = targeting.match(Prospect(company_size=employees)).verdict
            assert fit is (Fit.YES if low <= employees <= low + more else Fit.NO)


# --- Regions -------------------------------------------------------------------------------------


def test_the_regions_are_those_of_three_countries() -> None:
    assert {region.casefold() for region in DEFAULT_REGIONS} == oracle.DEFAULT_REGIONS


def test_a_host_may_replace_the_regions() -> None:
    napier, prospect = Targeting(locations=["Napier"]), Prospect(location="Napier H.B.")
    assert napier.match(prospect).verdict is Fit.NO
    assert napier.match(prospect, regions={*DEFAULT_REGIONS, "HB"}).verdict is Fit.YES
    assert napier.match(prospect, regions=["hb"]).verdict is Fit.YES
    assert napier.match(prospect).verdict is Fit.NO
    sydney = Prospect(location="Sydney NSW")
    assert Targeting(locations=["Sydney"]).match(sydney, regions=()).verdict is Fit.NO
    codes = ["HB"]
    assert napier.match(prospect, regions=codes).verdict is Fit.YES
    codes[0] = "NSW"
    assert napier.match(prospect, regions=codes).verdict is Fit.NO
    assert TargetingIndex({1: napier}, regions=["HB"]).find_fits(prospect) == (1,)
    assert TargetingIndex({1: napier}).find_fits(prospect) == ()


@given(targetings(), prospects(), st.lists(st.sampled_from(["sydney", "b", "NSW", "東京"])))
def test_any_regions_by_the_rules(
    targeting: Targeting, prospect: Prospect, regions: list[str]
) -> None:
    said = targeting.match(prospect, regions=regions).location.verdict
    codes = {region.casefold() for region in regions}
    targets = targeting.locations
    if not targets or prospect.location is None or not oracle.all_words(prospect.location):
        assert said is (Fit.UNKNOWN if targets else Fit.YES)
    else:
        fits = any(oracle.has_places(prospect.location, target, codes) for target in targets)
        assert said is (Fit.YES if fits else Fit.NO)


NO_REGIONS: list[tuple[Strange, list[Any]]] = [
    *((codes, []) for codes in ("NSW", b"NSW", None, 7)),
    ([""], [""]),
    (["-"], ["-"]),
    (["NSW", "New South Wales", "WA", 7], ["New South Wales", 7]),
    ([[]], [[]]),
]


@pytest.mark.parametrize(("bad", "wrong"), NO_REGIONS)
def test_regions_are_words(bad: Strange, wrong: list[Any]) -> None:
    faults = [f"regions must be of one word, as 'NSW' is, not {code!r}" for code in wrong]
    faults = faults or [f"regions must be an iterable of codes, not {bad!r}"]
    with pytest.raises(TargetingError) as caught:
        Targeting().match(Prospect(), regions=bad)
    assert list(caught.value.faults) == faults
    with pytest.raises(TargetingError) as caught:
        TargetingIndex({}, regions=bad)
    assert list(caught.value.faults) == faults


# --- Prospects -----------------------------------------------------------------------------------


@given(any_.prospects())
def test_a_prospect_is_a_value(prospect: Prospect) -> None:
    assert_value(prospect)


def test_a_size_is_a_number_or_a_band() -> None:
    band = CompanySize(11, 50)
    assert Prospect(company_size="11–50 employees") == Prospect(company_size=band)
    assert Prospect(company_size=7).company_size == CompanySize(7, 7)
    assert Prospect(company_size=0).company_size == CompanySize(0, 0)
    assert Prospect().company_size is Prospect(company_size=" ").company_size is None


@pytest.mark.parametrize("bad", [bad for bad in NO_GOOD_TEXTS if bad is not None and bad != ""])
def test_what_is_known_is_text(bad: Strange) -> None:
    if isinstance(bad, str) and not bad.strip():
        assert Prospect(title=bad).title == bad
        return
    with pytest.raises(TargetingError) as caught:
        Prospect(industry=bad, title=bad, location=bad)
    assert [fault.split()[:2] for fault in caught.value.faults] == [
        ["prospect:", name] for name in ("industry", "title", "location")
    ]
    assert all(repr(bad) in fault for fault in caught.value.faults)


@pytest.mark.parametrize(
    "bad", ["big", "50-11", -1, *(b for b in NO_WHOLE_NUMBERS if b not in (None, "1"))]
)
def test_a_size_that_cannot_be_read_is_an_error_that_names_it(bad: Strange) -> None:
    with pytest.raises(TargetingError) as caught:
        Prospect(company_size=bad, title=cast("Any", 7))
    first, second = caught.value.faults
    assert first == "prospect: title must be text, not 7"
    assert second.startswith("prospect: company_size: ")
    assert repr(bad) in second
    if not isinstance(bad, str) and bad != -1:
        expected = "must be a whole number of employees or a band such as '11-50'"
        assert second == f"prospect: company_size: {expected}, not {bad!r}"


@pytest.mark.parametrize("bad", [None, "CEO", {"title": "CEO"}, Targeting()])
def test_only_a_prospect_can_fit(bad: Strange) -> None:
    index = TargetingIndex[str]({})
    for ask in (Targeting().match, index.find_fits, index.find_unknown):
        with pytest.raises(TargetingError) as caught:
            ask(bad)
        assert caught.value.faults == (f"prospect must be a Prospect, not {short_repr(bad)}",)
