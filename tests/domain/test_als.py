"""Scores, tiers, and the gate that opens channels to them."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from campaignkit import DEFAULT_GATE, ALSGate, ALSTier, Channel, GateError, ScoreError
from campaignkit.core._channels import SETS
from campaignkit.domain._gate import check_score, score_error
from campaignkit.testing import strategies as any_
from tests.domain.values import Float, ForeignInteger, ForeignReal, Strange, assert_value

HOT, WARM, COOL, COLD, DEAD = ALSTier
EMAIL, LINKEDIN, VOICE = Channel.EMAIL, Channel.LINKEDIN, Channel.VOICE
SMS, MAIL = Channel.SMS, Channel.MAIL
CHANNELS = ", ".join(Channel)
BOUNDS: Any = {HOT: 85, WARM: 60, COOL: 35, COLD: 20}

NO_SCORES: list[Any] = [
    *(True, False, "90", b"90", Decimal(90), 1 + 0j, [90], object()),
    *(math.nan, math.inf, -math.inf, -1, 101, -0.0001, 100.0001, 10**40, ForeignReal(math.nan)),
    *(ForeignInteger(101), ForeignReal(100.5), Fraction(-1, 10**9), Fraction(10**400), HOT),
    Float("nan"),
]


# --- Tiers of the default gate -------------------------------------------------------------------


def test_the_tiers_from_the_warmest() -> None:
    assert list(ALSTier) == ["hot", "warm", "cool", "cold", "dead"]


@pytest.mark.parametrize(
    ("low", "tier", "below"),
    [(85, HOT, WARM), (60, WARM, COOL), (35, COOL, COLD), (20, COLD, DEAD)],
)
def test_a_bound_belongs_to_the_warmer_tier(low: int, tier: ALSTier, below: ALSTier) -> None:
    half: Any = Fraction(1, 2)
    for at_least in (low, float(low), low + 0.5, math.nextafter(low, 100), low + half):
        assert DEFAULT_GATE.tier(at_least) is tier
    for less in (low - 1, low - 0.5, math.nextafter(low, 0), low - half):
        assert DEFAULT_GATE.tier(less) is below


def test_the_ends_of_the_scale() -> None:
    assert [DEFAULT_GATE.tier(score) for score in (0, -0.0, 0.0)] == [DEAD] * 3
    assert [DEFAULT_GATE.tier(score) for score in (100, 100.0)] == [HOT] * 2


def test_84_and_a_half_is_warm() -> None:
    assert DEFAULT_GATE.tier(84.5) is WARM
    assert DEFAULT_GATE.channels(84.5) == {EMAIL, LINKEDIN, VOICE}


@pytest.mark.parametrize(
    ("tier", "score", "channels"),
    [
        (HOT, 90, set(Channel)),
        (WARM, 84.5, {EMAIL, LINKEDIN, VOICE}),
        (COOL, 40, {EMAIL, LINKEDIN}),
        (COLD, 20, {EMAIL}),
        (DEAD, 19.99, set[Channel]()),
    ],
)
def test_the_channels_of_the_default_gate(
    tier: ALSTier, score: float, channels: set[Channel]
) -> None:
    assert DEFAULT_GATE.tier(score) is tier
    assert DEFAULT_GATE.channels(score) == DEFAULT_GATE.channels(tier) == channels


# --- Any gate ------------------------------------------------------------------------------------


@given(any_.gates(), any_.scores())
def test_a_score_has_the_warmest_tier_whose_bound_it_reaches(gate: ALSGate, score: float) -> None:
    reached = [tier for tier in (HOT, WARM, COOL, COLD) if score >= gate.bounds[tier]]
    tier = gate.tier(score)
    assert tier is (reached[0] if reached else DEAD)
    channels = gate.channels(score)
    assert channels == gate.channels(tier)
    assert SETS[gate.mask(score)] is channels


@given(any_.gates())
def test_a_missing_score_has_no_tier_and_opens_nothing(gate: ALSGate) -> None:
    assert gate.tier(None) is None
    assert gate.channels(None) == frozenset()
    assert gate.mask(None) == 0


@given(any_.gates())
def test_a_gate_is_a_value(gate: ALSGate) -> None:
    assert_value(gate)


@given(any_.gates(), any_.gates())
def test_gates_are_equal_by_bounds_and_channels(one: ALSGate, other: ALSGate) -> None:
    same = all(one.channels(tier) == other.channels(tier) for tier in ALSTier)
    assert (one == other) == (same and one.bounds == other.bounds)


@given(any_.gates(), st.permutations(list(ALSTier)))
def test_the_order_in_which_tiers_are_named_does_not_matter(
    gate: ALSGate, order: list[ALSTier]
) -> None:
    bounds = {tier.value: gate.bounds[tier] for tier in order if tier is not DEAD}
    channels = {tier.value: sorted(gate.channels(tier)) for tier in order}
    again = ALSGate(bounds=bounds, channels=channels)
    assert again == gate
    assert hash(again) == hash(gate)
    assert list(again.bounds) == [HOT, WARM, COOL, COLD]


def test_the_sets_need_not_nest_and_dead_may_have_some() -> None:
    channels: Any = {"hot": ["mail"], "cool": (c for c in ("sms", "voice")), "dead": {"email"}}
    gate = ALSGate(bounds=BOUNDS, channels=channels)
    assert [gate.channels(score) for score in (90, 60, 40, 20, 0)] == (
        [{MAIL}, set(), {SMS, VOICE}, set(), {EMAIL}]
    )


def test_a_gate_reads_as_it_is_written() -> None:
    gate = ALSGate(bounds=BOUNDS, channels={COLD: [SMS]})
    bounds = ", ".join(f"ALSTier.{tier.name}: {bound}" for tier, bound in BOUNDS.items())
    opened = ", ".join(
        f"ALSTier.{tier.name}: frozenset({'{Channel.SMS}' if tier is COLD else ''})"
        for tier in ALSTier
    )
    assert repr(gate) == f"ALSGate(bounds={{{bounds}}}, channels={{{opened}}})"
    assert str(gate) == "hot from 85, warm from 60, cool from 35, cold from 20"


def test_scores_at_the_bounds_of_a_gate_that_has_the_ends_of_the_scale() -> None:
    gate = ALSGate(bounds={HOT: 100, WARM: 0.5, COOL: 0.25, COLD: 0}, channels={COLD: [SMS]})
    assert [gate.tier(score) for score in (100, 99.9, 0.5, 0.3, 0.2, 0)] == (
        [HOT, WARM, WARM, COOL, COLD, COLD]
    )
    assert gate.channels(-0.0) == {SMS}


def test_bounds_of_other_kinds_of_numbers_are_kept_as_plain_ones() -> None:
    bounds: Any = {"hot": Fraction(171, 2), "warm": ForeignInteger(60), "cool": 35, "cold": 20.0}
    kept = list(ALSGate(bounds=bounds, channels={}).bounds.values())
    assert kept == [85.5, 60, 35, 20.0]
    assert [type(bound) for bound in kept] == [float, int, int, float]


def test_a_gate_with_other_bounds_keeps_its_channels() -> None:
    bounds: Any = {**BOUNDS, HOT: 95}
    gate = evolve(DEFAULT_GATE, bounds=bounds)
    assert gate.tier(90) is WARM
    assert gate.channels(HOT) == set(Channel)
    with pytest.raises(GateError):
        evolve(gate, bounds=evolve_bounds(hot=1))


def evolve_bounds(**changes: Strange) -> Strange:
    return {**{tier.value: low for tier, low in BOUNDS.items()}, **changes}


# --- What is no score ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "plain"),
    [
        (ForeignInteger(85), 85),
        (ForeignReal(84.5), 84.5),
        (Fraction(169, 2), 84.5),
        (Float(1), 1.0),
    ],
)
def test_numbers_of_other_libraries_are_scores(score: Strange, plain: float) -> None:
    assert check_score(score) == plain
    assert type(check_score(score)) is type(plain)
    assert score_error(score) is None
    assert DEFAULT_GATE.tier(score) is DEFAULT_GATE.tier(plain)


@pytest.mark.parametrize("score", [0, 100, 0.0, 100.0, 55, 84.5])
def test_plain_numbers_stay_as_they_are(score: float) -> None:
    assert check_score(score) is score


@pytest.mark.parametrize("bad", NO_SCORES)
def test_what_is_no_score_is_an_error(bad: Strange) -> None:
    with pytest.raises(ScoreError) as caught:
        check_score(bad)
    (fault,) = caught.value.faults
    assert fault.startswith("score must be a number from 0 to 100, not ")
    assert score_error(bad) == fault.removeprefix("score ")
    with pytest.raises(ScoreError):
        DEFAULT_GATE.tier(bad)
    if bad is not HOT:
        with pytest.raises(ScoreError):
            DEFAULT_GATE.channels(bad)


@pytest.mark.parametrize("bad", [True, "90", -1, math.nan, Decimal(90)])
def test_the_error_names_the_score(bad: Strange) -> None:
    assert score_error(bad) == f"must be a number from 0 to 100, not {bad!r}"


def test_no_score_is_no_score() -> None:
    bad: Any = None
    assert score_error(bad) == "must be a number from 0 to 100, not None"


# --- What is no gate -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "channels", "faults"),
    [
        (
            {"hot": 85},
            {},
            ["bounds must name hot, warm, cool, cold, not hot"],
        ),
        ({}, {}, ["bounds must name hot, warm, cool, cold, not nothing"]),
        (
            evolve_bounds(dead=0),
            {},
            ["bounds must name hot, warm, cool, cold, not hot, warm, cool, cold, dead"],
        ),
        (
            evolve_bounds(warm=85, cold=30.5),
            {},
            ["bounds must fall from hot to cold, not be 85, 85, 35, 30.5"],
        ),
        (
            evolve_bounds(cold=36),
            {},
            ["bounds must fall from hot to cold, not be 85, 60, 35, 36"],
        ),
        (
            evolve_bounds(hot=101, cold=math.nan),
            {"warm": "email", "dead": ["fax"], "cold": 7},
            [
                "bound of hot must be a number from 0 to 100, not 101",
                "bound of cold must be a number from 0 to 100, not nan",
                "channels of warm: expected several channels, not the text 'email'",
                "channels of cold: expected several channels, not 7",
                f"channels of dead: no channel is called 'fax'; there are {CHANNELS}",
            ],
        ),
        (
            {"warm": True, "cool": 1},
            {},
            [
                "bounds must name hot, warm, cool, cold, not warm, cool",
                "bound of warm must be a number from 0 to 100, not True",
            ],
        ),
        (
            evolve_bounds(tepid=1, luke=2),
            {},
            ["bounds: no tier is called 'tepid', 'luke'; there are hot, warm, cool, cold, dead"],
        ),
        (
            evolve_bounds(),
            {"tepid": ["email"]},
            ["channels: no tier is called 'tepid'; there are hot, warm, cool, cold, dead"],
        ),
        (
            [85, 60, 35, 20],
            {},
            ["bounds must be a mapping from tiers, not [85, 60, 35, 20]"],
        ),
        (
            evolve_bounds(),
            ["email"],
            ["channels must be a mapping from tiers, not ['email']"],
        ),
    ],
)
def test_what_is_no_gate(bounds: Strange, channels: Strange, faults: list[str]) -> None:
    with pytest.raises(GateError) as caught:
        ALSGate(bounds=bounds, channels=channels)
    assert list(caught.value.faults) == faults
