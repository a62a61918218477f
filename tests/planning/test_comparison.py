"""A comparison says of each mix what plans of the same leads say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import narwhals as nw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit import Allocation, ALSTier, Channel, Lead, PlanError, compare
from campaignkit.planning import Comparison, ComparisonRow
from campaignkit.testing import strategies
from tests.domain.values import Strange, assert_value
from tests.planning.oracle import ChannelSet
from tests.planning.strategies import allocations, amounts, demands, gates, leads, overflows

OPTIONS = st.fixed_dictionaries(
    {"carried": amounts(10**9), "at_most": amounts(20), "overflow": overflows}
)

MIXES = st.dictionaries(strategies.texts(), allocations, min_size=1, max_size=3)
TIERS = st.dictionaries(st.sampled_from(ALSTier), st.integers(0, 30))
ASKED, CALLS = ck.DEFAULT_ALLOCATION, Allocation(email=50, voice=50)


@given(MIXES, leads, gates, OPTIONS)
def test_leads_are_counted_as_a_plan_counts_them(
    mixes: Mapping[str, Allocation],
    batch: list[Lead],
    gate: ck.ALSGate,
    options: Strange,
) -> None:
    compared = compare(mixes, batch, gate=gate, **options)
    assert list(compared) == list(mixes)
    for name, mix in compared.items():
        made = ck.plan(mixes[name], batch, gate=gate, **options)
        reasons = Counter(made.unassigned.values())
        held = reasons.pop(ck.Reason.HELD, 0)
        assert mix.allocation == mixes[name]
        assert (mix.counts, mix.target, mix.bottlenecks) == (
            made.counts,
            made.target,
            made.bottlenecks,
        )
        assert (mix.held, mix.no_channel) == (held, reasons.total())
        assert mix.shortfall == {c: max(0, made.target[c] - made.counts[c]) for c in Channel}


@given(MIXES, demands(10**9), OPTIONS)
def test_counts_are_planned_as_counts(
    mixes: Mapping[str, Allocation],
    demand: Mapping[ChannelSet, int],
    options: Strange,
) -> None:
    compared = compare(mixes, demand, **options)
    assert compared.leads == demand
    for name, mix in compared.items():
        made = ck.plan_counts(mixes[name], demand, **options)
        assert (mix.counts, mix.target, mix.held) == (made.counts, made.target, made.held)
        assert mix.bottlenecks == made.bottlenecks
        assert mix.counts.total + mix.held + mix.no_channel == sum(demand.values())


@given(MIXES, TIERS, gates, st.booleans())
def test_leads_counted_by_tier_are_reachable_on_all_that_the_gate_opens(
    mixes: Mapping[str, Allocation],
    tiers: Mapping[ALSTier, int],
    gate: ck.ALSGate,
    as_text: bool,  # noqa: FBT001
) -> None:
    counts: Strange = {(tier.value if as_text else tier): n for tier, n in tiers.items()}
    lowest = {**gate.bounds, ALSTier.DEAD: 0}
    batch = [Lead(f"{tier}{i}", lowest[tier]) for tier, n in tiers.items() for i in range(n)]
    counted, listed = compare(mixes, counts, gate=gate), compare(mixes, batch, gate=gate)
    assert counted.mixes == listed.mixes


@settings(max_examples=30)
@given(MIXES, st.dictionaries(st.sampled_from(ALSTier), st.integers(10, 60)), gates)
def test_the_advice_of_a_mix_is_that_on_its_allocation(
    mixes: Mapping[str, Allocation], tiers: Mapping[ALSTier, int], gate: ck.ALSGate
) -> None:
    compared = compare(mixes, tiers, gate=gate)
    advice = {name: ck.allocation_advice(mix, tiers, gate=gate) for name, mix in mixes.items()}
    assert {name: mix.advice for name, mix in compared.items()} == advice
    again = ck.from_dict(Comparison, ck.to_dict(compared))
    assert {name: mix.advice for name, mix in again.items()} == advice


def test_a_mix_alone_has_no_leads_to_advise_on() -> None:
    alone = ck.from_dict(
        ck.planning.ComparedMix, ck.to_dict(compare({"asked": ASKED}, {"cold": 9})["asked"])
    )
    with pytest.raises(PlanError, match="only a comparison has"):
        assert alone.advice


def test_it_is_a_mapping_in_the_order_given() -> None:
    compared = compare({"asked": ASKED, "calls": CALLS}, {"hot": 10, "cold": 90})
    assert_value(compared)
    assert list(compared) == ["asked", "calls"]
    assert "calls" in compared
    assert "other" not in compared
    assert len(compared) == 2
    with pytest.raises(KeyError):
        compared["other"]


def test_its_rows_have_each_mix_and_channel() -> None:
    compared = compare({"asked": ASKED, "calls": CALLS}, {"hot": 10, "cold": 90})
    assert [(row.mix, row.channel) for row in compared.rows] == [
        (name, channel.value) for name in compared for channel in Channel
    ]
    voice = compared.rows[7]
    assert voice == ("calls", "voice", 50, 50, 10, 10.0, 40)
    nothing = compare({"asked": ASKED}, [])
    assert nothing.rows[0].share is None
    for backend in ("pandas", "polars", "pyarrow"):
        table = nw.from_native(compared.to_frame(backend), eager_only=True)
        assert table.columns == list(ComparisonRow._fields)
        assert table.rows() == list(compared.rows)
        assert len(nothing.to_frame(backend)) == len(Channel)
    with pytest.raises(PlanError, match="backend must be pandas or polars or pyarrow, not 'R'"):
        compared.to_frame("R")


def test_all_that_is_wrong_is_said_at_once() -> None:
    mixes: Strange = {1: ASKED, " ": CALLS, "a": {"email": 100}}
    odd: Strange = {"hot": -1, "tepid": 2}
    more: Strange = {"carried": {"email": -1}, "overflow": "spill", "id": "lead", "score": "ALS"}
    with pytest.raises(PlanError) as caught:
        compare(mixes, odd, **more)
    tiers = ", ".join(ALSTier)
    assert caught.value.faults == (
        "mixes: name must be text, not 1",
        "mixes: name must not be blank, but is ' '",
        "mixes: 'a' must be an Allocation, not {'email': 100}",
        "carried of email must be a whole number of 0 or more, not -1",
        "overflow must be reassign or hold, not 'spill'",
        "leads of hot must be a whole number of 0 or more, not -1",
        f"leads: no tier is called 'tepid'; there are {tiers}",
        "id is for a dataframe, which leads is not",
        "score is for a dataframe, which leads is not",
    )


@pytest.mark.parametrize(
    ("mixes", "fault"),
    [
        ({}, "mixes must have at least one allocation"),
        ([ASKED], "mixes must map names to allocations, not be [Allocation("),
        (ASKED, "mixes must map names to allocations, not be Allocation("),
        (None, "mixes must map names to allocations, not be None"),
    ],
)
def test_mixes_have_names(mixes: Strange, fault: str) -> None:
    with pytest.raises(PlanError) as caught:
        compare(mixes, [])
    assert caught.value.faults[0].startswith(fault)


@pytest.mark.parametrize("batch", [[Lead("a"), Lead("a")], [Lead("a"), Lead(1)], [1], "ab", 7])
def test_leads_that_no_plan_takes_are_refused(batch: Strange) -> None:
    for call in (lambda: compare({"a": ASKED}, batch), lambda: ck.allocation_advice(ASKED, batch)):
        with pytest.raises(PlanError):
            call()


FORECASTS: tuple[Strange, ...] = (ck.forecast, ck.compare_horizons)
CALLS_WITH_COLUMNS: tuple[Strange, ...] = (compare, ck.allocation_advice, *FORECASTS)


@pytest.mark.parametrize("call", CALLS_WITH_COLUMNS)
def test_an_unknown_keyword_is_refused_as_python_does(call: Strange) -> None:
    wanted = rf"^{call.__name__}\(\) got an unexpected keyword argument 'scores'$"
    days: Strange = {"days": 1} if call in FORECASTS else {}
    with pytest.raises(TypeError, match=wanted):
        call(ASKED, [], **days, scores="x")
