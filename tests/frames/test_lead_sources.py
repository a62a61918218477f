"""Advice, forecasts and comparisons of a frame, or of a result, are those of the same leads."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.domain._lead_ids import LeadId
from campaignkit.frames import allocate
from tests.domain.values import Strange
from tests.frames.batches import IDS, REACHABLE, TEXT, Batch, lead_columns, leads, terms
from tests.frames.engines import ENGINES, to_polars
from tests.planning.strategies import allocations, amounts, gates, leads_of, overflows

pytestmark = pytest.mark.filterwarnings("ignore::campaignkit.errors.PlanWarning")

few = settings(max_examples=max(1, settings().max_examples // 20))
MIXES = st.dictionaries(st.sampled_from("abc"), allocations, min_size=1)
OPTIONS = st.fixed_dictionaries(
    {"carried": amounts(20), "at_most": amounts(5), "overflow": overflows}
)
MONDAY = date(2026, 11, 23)


def to_frame(engine: str, batch: list[ck.Lead]) -> Strange:
    nothing: Strange = None
    return ENGINES[engine](lead_columns({"x": Batch(nothing, batch)}))


@pytest.mark.parametrize("engine", ENGINES)
@few
@given(leads, gates, MIXES, OPTIONS)
def test_a_frame_is_compared_as_its_leads(
    engine: str,
    batch: list[ck.Lead],
    gate: ck.ALSGate,
    mixes: Mapping[str, ck.Allocation],
    options: Strange,
) -> None:
    frame = to_frame(engine, batch)
    expected = ck.compare(mixes, batch, gate=gate, **options)
    assert ck.compare(mixes, frame, gate=gate, reachable=REACHABLE, **options) == expected
    done = allocate(frame, next(iter(mixes.values())), gate=gate, reachable=REACHABLE)
    assert ck.compare(mixes, done, **options) == expected
    assert ck.compare(mixes, done, gate=ck.DEFAULT_GATE).mixes == ck.compare(mixes, batch).mixes


drafts = st.builds(
    ck.Campaign.draft,
    id=st.just(UUID(int=1)),
    client_id=st.just(UUID(int=2)),
    name=st.just("Sydney"),
    allocation=allocations,
    daily_lead_limit=st.integers(1, 6),
    start_date=st.just(MONDAY),
)


@pytest.mark.parametrize("engine", ENGINES)
@few
@given(leads_of(TEXT) | leads_of(st.uuids()), gates, drafts)
def test_a_campaign_is_forecast_with_a_frame_as_with_its_leads(
    engine: str, batch: list[ck.Lead], gate: ck.ALSGate, draft: ck.Campaign
) -> None:
    frame = to_frame(engine, batch)
    expected = ck.forecast(draft, batch, days=3, gate=gate)
    assert ck.forecast(draft, frame, days=3, gate=gate, reachable=REACHABLE) == expected
    done = allocate(frame, draft.allocation, gate=gate, reachable=REACHABLE)
    assert ck.forecast(draft, done, days=3) == expected


FEW = frozenset({ck.Channel.EMAIL, ck.Channel.SMS})
POOL = [ck.Lead(f"lead-{n}", n % 101, FEW if n % 3 else frozenset(ck.Channel)) for n in range(120)]


@pytest.mark.parametrize("engine", ENGINES)
def test_advice_on_a_frame_is_that_on_its_leads(engine: str) -> None:
    frame = to_frame(engine, POOL)
    asked = ck.Allocation(email=30, voice=40, sms=30)
    expected = ck.allocation_advice(asked, POOL)
    assert expected.nearest not in {None, asked}
    assert ck.allocation_advice(asked, frame, reachable=REACHABLE) == expected
    done = allocate(frame, ck.DEFAULT_ALLOCATION, reachable=REACHABLE)
    assert ck.allocation_advice(asked, done) == expected


def two_campaigns(ids: st.SearchStrategy[LeadId]) -> st.SearchStrategy[dict[str, Batch]]:
    return st.fixed_dictionaries(dict.fromkeys("xy", st.builds(Batch, terms, leads_of(ids))))


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=2)
@given(st.sampled_from(IDS).flatmap(two_campaigns), gates, MIXES)
def test_the_result_of_one_of_many_campaigns_has_its_leads(
    engine: str,
    two: dict[str, Batch],
    gate: ck.ALSGate,
    mixes: Mapping[str, ck.Allocation],
) -> None:
    frame = ENGINES[engine](lead_columns(two))
    each = {name: batch.terms for name, batch in two.items()}
    done = allocate(frame, each, campaign="campaign", gate=gate, reachable=REACHABLE)
    for name, batch in two.items():
        one = done.for_campaign(name)
        assert ck.compare(mixes, one) == ck.compare(mixes, batch.leads, gate=gate)


# --- what is refused -------------------------------------------------------------------------

DRAFT = ck.Campaign.draft(client_id=UUID(int=2), name="Sydney", id=UUID(int=1), start_date=MONDAY)


def advise(leads: Strange, **columns: Strange) -> object:
    return ck.allocation_advice(ck.DEFAULT_ALLOCATION, leads, **columns)


def compare(leads: Strange, **columns: Strange) -> object:
    return ck.compare({"asked": ck.DEFAULT_ALLOCATION}, leads, **columns)


def forecast(leads: Strange, **columns: Strange) -> object:
    return ck.forecast(DRAFT, leads, days=1, **columns)


CALLS: Mapping[str, Callable[..., object]] = {
    "advice": advise,
    "comparison": compare,
    "forecast": forecast,
}


def refuse(call: str, leads: Strange, **columns: Strange) -> tuple[str, ...]:
    with pytest.raises(ck.PlanError) as caught:
        CALLS[call](leads, **columns)
    return caught.value.faults


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", ENGINES)
def test_bad_rows_of_a_frame_are_refused(engine: str, call: str) -> None:
    rows: Strange = {"id": ["a", "b", "a"], "ALS": [101, 50, 5], "phone": [7, 1, 0]}
    frame = ENGINES[engine]({"lead_id": rows["id"], **rows})
    faults = refuse(call, frame, id="id", score="ALS", reachable={"voice": "phone"})
    assert [fault.partition(" must")[0] for fault in faults][:2] == ["ALS", "reachable[voice]"]
    good = ENGINES[engine]({"lead_id": rows["id"], "als_score": [1, 2, 3]})
    assert "a" in refuse(call, good)[-1]


@pytest.mark.parametrize("call", CALLS)
def test_names_of_columns_are_checked(call: str) -> None:
    frame = to_frame("polars", POOL)
    faults = refuse(call, frame, id="key", score=7, reachable={"fax": "phone", "sms": "mobile"})
    assert faults[:4] == (
        f"reachable names 'fax', which is no channel; there are {', '.join(ck.Channel)}",
        "score must be the name of a column, as text, not 7",
        "id: there is no column 'key'",
        "reachable[sms]: there is no column 'mobile'",
    )


@pytest.mark.parametrize("call", CALLS)
def test_a_result_must_be_of_one_campaign(call: str) -> None:
    rows: Strange = {"lead_id": ["a", "b"], "als_score": [90, 50], "team": ["x", "y"]}
    done = allocate(to_polars(rows), ck.DEFAULT_ALLOCATION, campaign="team")
    several = "the result has 2 campaigns, not one; `for_campaign` returns that of one of them"
    assert refuse(call, done) == (several,)


@pytest.mark.parametrize("call", CALLS)
def test_columns_are_for_frames_only(call: str) -> None:
    done = allocate(to_frame("polars", POOL), ck.DEFAULT_ALLOCATION)
    what = "pool" if call == "forecast" else "leads"
    for source in (POOL, {"hot": 3}):
        faults = refuse(call, source, id="key", reachable=None)
        assert faults == tuple(
            f"{name} is for a dataframe, which {what} is not" for name in ("id", "reachable")
        )
    assert refuse(call, done, id="lead_id") == (
        "id is for a dataframe; a result knows its own columns",
    )


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", ENGINES)
def test_scores_of_another_scale_are_warned_of(engine: str, call: str) -> None:
    frame = ENGINES[engine]({"lead_id": ["a", "b"], "als_score": [0.9, 0.2]})
    with pytest.warns(ck.errors.PlanWarning, match=r"als_score: no score is above 1; ") as caught:
        CALLS[call](frame)
    assert [one.filename for one in caught] == [__file__]
    with pytest.warns(ck.errors.PlanWarning):
        done = allocate(frame, ck.DEFAULT_ALLOCATION)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CALLS[call](done)
        mapped = CALLS[call](frame, scale=(0, 1))
    assert mapped == CALLS[call]([ck.Lead("a", 90), ck.Lead("b", 20)])


def test_a_plan_of_leads_names_the_function_for_frames() -> None:
    frame: Strange = to_frame("pandas", POOL)
    with pytest.raises(ck.PlanError, match=r"not a dataframe \(pandas.*`frames.allocate` plans"):
        ck.plan(ck.DEFAULT_ALLOCATION, frame)
