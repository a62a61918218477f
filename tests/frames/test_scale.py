"""Scores of another scale are mapped to 0 to 100, exactly and alike in every engine."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, cast

import duckdb
import narwhals as nw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.domain._scale import Scale
from campaignkit.errors import PlanWarning
from campaignkit.frames import allocate
from tests.frames.engines import ENGINES, ibis, pa, pd, to_columns

MIX = ck.Allocation(email=50, sms=50)
few = settings(max_examples=max(1, settings().max_examples // 20))


def leads_with(scores: list[Any]) -> Mapping[str, list[Any]]:
    return {"lead_id": [f"lead {n:03}" for n in range(len(scores))], "als_score": scores}


def added(frame: Any) -> list[tuple[Any, ...]]:
    columns = to_columns(frame)
    names = ("lead_id", "tier", "channel", "reason")
    return sorted(zip(*(columns[name] for name in names), strict=True))


@pytest.mark.parametrize("engine", ENGINES)
def test_whole_percentages_are_what_they_say(engine: str) -> None:
    given_scores = [n / 100 for n in range(101)]
    of_one = allocate(ENGINES[engine](leads_with(given_scores)), MIX, scale=(0, 1))
    expected = allocate(ENGINES["pyarrow"](leads_with(list(range(101)))), MIX)
    assert added(of_one.frame) == added(expected.frame)
    assert of_one.explain("lead 057") == expected.explain("lead 057")
    assert "(score 57) may get" in of_one.explain("lead 057")
    assert sorted(to_columns(of_one.frame)["als_score"]) == given_scores
    assert not of_one.warnings


@pytest.mark.parametrize("engine", ENGINES)
@few
@given(st.data())
def test_a_scale_of_any_ends_is_mapped_alike(engine: str, data: st.DataObject) -> None:
    ends = st.integers(-1_000, 1_000) | st.floats(-1_000, 1_000).map(lambda end: round(end, 2))
    low, high = sorted(data.draw(st.lists(ends, min_size=2, max_size=2, unique=True)))
    scores = data.draw(st.lists(st.none() | st.floats(low, high), max_size=30))
    scores += [float(low), float(high), (low + high) / 2]
    scale = Scale(float(low), float(high))
    mapped = [None if score is None else scale.map_number(score) for score in scores]
    assert mapped[-3:-1] == [0, 100]
    done = allocate(ENGINES[engine](leads_with(scores)), MIX, scale=(low, high))
    expected = allocate(ENGINES["pandas"](leads_with(mapped)), MIX, scale=(0, 100))
    assert added(done.frame) == added(expected.frame)


@pytest.mark.parametrize("kind", ["float32", "float64", "decimal128(6, 4)"])
@pytest.mark.parametrize("engine", ["pyarrow", "duckdb", "polars", "polars-lazy", "pandas-arrow"])
def test_scores_of_any_type_are_mapped_exactly(engine: str, kind: str) -> None:
    typed = pa.decimal128(6, 4) if kind.startswith("decimal") else pa.type_for_alias(kind)
    scores = pa.array([n / 100 for n in range(101)]).cast(typed)
    ids = [f"lead {n:03}" for n in range(101)]
    table = pa.table({"lead_id": ids, "als_score": scores})
    frame: Any = {
        "pyarrow": lambda: table,
        "duckdb": lambda: cast("Any", duckdb.connect()).from_arrow(table),
        "polars": lambda: nw.from_native(table).to_polars(),
        "polars-lazy": lambda: nw.from_native(table).to_polars().lazy(),
        "pandas-arrow": lambda: table.to_pandas(types_mapper=pd.ArrowDtype),
    }[engine]()
    done = allocate(frame, MIX, scale=(0, 1))
    expected = allocate(ENGINES["pyarrow"](leads_with(list(range(101)))), MIX)
    assert added(done.frame) == added(expected.frame)


@pytest.mark.parametrize("scale", [(0, 0.3), (0.1, 0.9), (-0.7, 0.6), (1e-6, 2e-6)])
@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("engine", ["pyarrow", "duckdb", "polars", "polars-lazy", "ibis"])
def test_the_ends_of_a_scale_belong_to_it(
    engine: str, kind: str, scale: tuple[float, float]
) -> None:
    scores = pa.array([*scale, np.nextafter(scale[0], -1), np.nextafter(scale[1], 1)])
    frame: Any = ENGINES["pyarrow"](leads_with([0, 0, 0, 0]))
    table = frame.set_column(1, "als_score", scores.cast(pa.type_for_alias(kind)))
    opened: Any = {
        "pyarrow": lambda: table,
        "duckdb": lambda: cast("Any", duckdb.connect()).from_arrow(table),
        "polars": lambda: nw.from_native(table).to_polars(),
        "polars-lazy": lambda: nw.from_native(table).to_polars().lazy(),
        "ibis": lambda: ibis.memtable(table),
    }[engine]()
    done = allocate(opened, MIX, scale=scale)
    expected = allocate(ENGINES["pyarrow"](leads_with([0, 100, 0, 100])), MIX)
    assert added(done.frame) == added(expected.frame)


@pytest.mark.parametrize(
    "scale",
    [
        *(1, (), (1,), (0, 1, 2), "01", (1, 0), (1, 1), (0, "1"), (True, 5), (0, None)),
        *((0, float("inf")), (float("nan"), 1), (0, 10**400), {0: 1}),
    ],
)
def test_a_wrong_scale_is_reported_with_all_else(scale: Any) -> None:
    frame = ENGINES["pyarrow"]({"lead_id": ["a"], "als_score": [90]})
    with pytest.raises(ck.PlanError) as caught:
        allocate(frame, MIX, scale=scale, id="no", gate=5)  # type: ignore[arg-type]
    text = str(caught.value)
    assert "scale must be the lowest and the highest score, in this order, such as (0, 1)" in text
    assert "gate must be" in text
    assert "id: there is no column 'no'" in text


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_outside_of_the_scale_are_reported_with_all_else(engine: str) -> None:
    frame = ENGINES[engine]({"lead_id": ["a", "b", "b"], "als_score": [0.5, 1.5, -0.1]})
    with pytest.raises(ck.PlanError) as caught:
        allocate(frame, MIX, scale=(0, 1))
    assert caught.value.faults == (
        "als_score must be a number from 0 to 1, not -0.1, 1.5",
        "lead_id must come once, but these come more often: 'b'",
    )


LOW: Mapping[str, tuple[list[Any], int | None]] = {
    "of one": ([0.0, 1.0, None], 1),
    "of ten": ([0.5, 9.0], 10),
    "exactly ten": ([10, 1], 10),
    "a single one": ([0.5, None], None),
    "all zero": ([0, 0], None),
    "higher": ([10.5, 1], None),
    "none": ([None, None], None),
}


OPEN_GATE = ck.ALSGate(
    bounds=ck.DEFAULT_GATE.bounds,
    channels=dict.fromkeys(ck.ALSTier, frozenset(ck.Channel)),
)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", LOW)
def test_scores_of_another_scale_come_with_a_warning(engine: str, case: str) -> None:
    scores, top = LOW[case]
    frame = ENGINES[engine](leads_with([None if one is None else float(one) for one in scores]))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        done = allocate(frame, MIX, gate=OPEN_GATE)
    assert [str(one.message) for one in warned] == list(done.warnings)
    assert {one.category for one in warned} <= {PlanWarning}
    assert {one.filename for one in warned} <= {__file__}
    about_scale = [text for text in done.warnings if "scale" in text]
    assert len(about_scale) == (top is not None)
    for text in about_scale:
        assert f"als_score: no score is above {top}; pass scale=(0, {top}) if" in text
        assert text[:30] in done.as_text()
    if about_scale:
        assert not allocate(frame, MIX, gate=OPEN_GATE, scale=(0, 10)).warnings


@pytest.mark.parametrize("engine", ENGINES)
def test_a_result_in_which_nobody_is_placed_comes_with_a_warning(engine: str) -> None:
    frame = ENGINES[engine](leads_with([15, 16, None]))
    with pytest.warns(PlanWarning, match="none of 3 leads has a channel") as caught:
        done = allocate(frame, MIX)
    assert caught[0].filename == __file__
    (sentence,) = done.warnings
    assert sentence.endswith("reason (2): the lead's tier opens no channel")
    plan = ck.plan(MIX, [ck.Lead("lead 000", 15), ck.Lead("lead 001", 16), ck.Lead("lead 002")])
    shown = done.as_text().splitlines()[1:]
    assert shown == plan.as_text().splitlines()[1:]
    assert "none of 3 leads has a channel" in plan.as_text()
    several = ENGINES[engine]({**leads_with([15, 90]), "campaign": ["north", "south"]})
    apart = allocate(several, MIX, campaign="campaign")
    assert "none of 1 lead has a channel" in apart.for_campaign("north").as_text()


@pytest.mark.parametrize("scores", [[5, 25], [25, 5], [25, None], [None, 25, 5], [25, 5, None]])
def test_of_equally_common_reasons_all_name_the_same(scores: list[Any]) -> None:
    columns, mix = leads_with(scores), ck.Allocation(sms=100)
    with pytest.warns(PlanWarning, match="has a channel; the most common reason"):
        done = allocate(ENGINES["pyarrow"](columns), mix)
    plan = ck.plan(mix, [ck.Lead(*row) for row in zip(*columns.values(), strict=True)])
    assert done.as_text().splitlines()[1:] == plan.as_text().splitlines()[1:]


def test_a_frame_without_leads_comes_without_a_warning() -> None:
    assert not allocate(ENGINES["pyarrow"](leads_with([])), MIX).warnings


def test_tiers_are_ordered() -> None:
    scores = [90, 70, 50, 25, 10, None]
    frame: Any = allocate(ENGINES["pandas"](leads_with(scores)), MIX).frame
    assert (frame.tier >= "warm").tolist() == [True, True, False, False, False, False]
    assert (frame.tier.max(), frame.tier.min()) == ("hot", "dead")
    assert not frame.channel.cat.ordered
    polars: Any = allocate(ENGINES["polars"](leads_with(scores)), MIX).frame
    assert (polars["tier"] >= "warm").to_list() == [True, True, False, False, False, None]
    assert polars.sort("tier", nulls_last=True)["tier"].to_list()[0] == "dead"
    lazy: Any = allocate(ENGINES["polars-lazy"](leads_with(scores)), MIX).frame
    assert lazy.collect()["tier"].max() == "hot"
    arrow: Any = allocate(ENGINES["pyarrow"](leads_with(scores)), MIX).frame
    assert arrow["tier"].type.ordered
    assert arrow["tier"].type.value_type == pa.string()
    words = arrow["tier"].chunk(0).dictionary.to_pylist()
    assert words == ["dead", "cold", "cool", "warm", "hot"]
