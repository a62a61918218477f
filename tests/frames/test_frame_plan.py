"""A plan of a frame explains and counts its leads as `Plan` does, in every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.display import as_html
from campaignkit.domain._lead_ids import LeadId
from campaignkit.frames import FramePlan, allocate
from campaignkit.planning._explanations import name_lead
from tests.frames.batches import REACHABLE, Batch, batches, campaigns, lead_columns, list_rows
from tests.frames.engines import EAGER, ENGINES, UNORDERED, pa, to_columns
from tests.planning.strategies import gates

# Random leads may all have low scores, or none of them a channel.
RANDOM = pytest.mark.filterwarnings("ignore::campaignkit.errors.PlanWarning")

few = settings(max_examples=max(1, settings().max_examples // 20))

MIX = ck.Allocation(email=50, sms=50)


def assert_explained(
    done: FramePlan[Any], batch: Batch, gate: ck.ALSGate, some: int, campaign: str | None = None
) -> None:
    """Assert that leads are explained and counted as those of the plan of the same leads."""
    plan, waiting = batch.plan(gate)
    for lead in batch.leads[:some]:
        expected = (
            f"{name_lead(lead.id)} waits: {waiting[lead.id].message}"
            if lead.id in waiting
            else plan.explain(lead.id)
        )
        assert done.explain(lead.id, campaign=campaign) == expected


def list_lines(text: str) -> list[str]:
    """Return the lines of a picture below its title."""
    return text.splitlines()[1:]


def strip_title(html: str) -> str:
    """Return a picture in HTML without its title."""
    return html.partition("</p>")[2]


def assert_pictured(done: FramePlan[Any], batch: Batch, gate: ck.ALSGate) -> None:
    """Assert that a plan looks like the plan of the same leads."""
    plan, waiting = batch.plan(gate)
    if not waiting and not any("scale" in sentence for sentence in done.warnings):
        assert list_lines(done.as_text()) == list_lines(plan.as_text())
        assert strip_title(as_html(done)) == strip_title(as_html(plan))


def assert_counted(done: FramePlan[Any], batch: Batch, gate: ck.ALSGate) -> None:
    plan, waiting = batch.plan(gate)
    late = Counter((gate.tier(lead.als_score), None) for lead in batch.leads if lead.id in waiting)
    assert done.flow() == Counter(plan.flow()) + late
    reasons = [*plan.unassigned.values(), *waiting.values()]
    assert done.unassigned_counts == Counter(reasons)


CHANGES: Mapping[str, Callable[[Any], object]] = {
    "pandas: a column": lambda leads: leads.__setitem__("als_score", 0),
    "pandas: ids": lambda leads: leads.__setitem__("lead_id", leads["lead_id"].to_list()[::-1]),
    "pandas: cells": lambda leads: leads.loc.__setitem__((slice(1, 3), "als_score"), 0),
    "pandas: a column less": lambda leads: leads.pop("lead_id"),
    "polars: cells": lambda leads: leads.__setitem__((2, "als_score"), 0),
    "polars: a column less": lambda leads: leads.drop_in_place("als_score"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_plan_stays_as_it_is_when_its_frame_is_changed_later(change: str) -> None:
    columns: Mapping[str, list[Any]] = {
        "lead_id": ["a", "b", "c", "d"],
        "als_score": [95, 70, 30, 5],
    }
    leads: Any = ENGINES[change.partition(":")[0]](columns)
    done = allocate(leads, MIX)
    CHANGES[change](leads)
    before = [ck.Lead(*row) for row in zip(*columns.values(), strict=True)]
    plan = ck.plan(MIX, before)
    assert [done.explain(lead.id) for lead in before] == [plan.explain(lead.id) for lead in before]
    assert list_lines(done.as_text()) == list_lines(plan.as_text())
    assert ck.allocation_advice(MIX, done) == ck.allocation_advice(MIX, before)
    assert ck.compare({"asked": MIX}, done) == ck.compare({"asked": MIX}, before)


@RANDOM
@pytest.mark.parametrize("engine", EAGER)
@settings(max_examples=max(1, settings().max_examples // 5))
@given(batches, gates)
def test_leads_in_memory_are_explained_as_a_plan_explains_them(
    engine: str, batch: Batch, gate: ck.ALSGate
) -> None:
    frame = ENGINES[engine](lead_columns({"": batch}))
    done = allocate(frame, batch.terms, reachable=REACHABLE, gate=gate)
    assert_explained(done, batch, gate, 60)
    assert_counted(done, batch, gate)
    assert_pictured(done, batch, gate)


@RANDOM
@pytest.mark.parametrize("engine", sorted({*ENGINES} - {*EAGER}))
@few
@given(batches, gates)
def test_leads_in_engines_are_explained_as_a_plan_explains_them(
    engine: str, batch: Batch, gate: ck.ALSGate
) -> None:
    frame = ENGINES[engine](lead_columns({"": batch}))
    done = allocate(frame, batch.terms, reachable=REACHABLE, gate=gate)
    assert_explained(done, batch, gate, 3)
    assert_counted(done, batch, gate)
    assert_pictured(done, batch, gate)


@RANDOM
@pytest.mark.parametrize("engine", ENGINES)
@few
@given(campaigns, gates, st.data())
def test_one_campaign_of_many_is_planned_like_one(
    engine: str, batches: dict[str, Batch], gate: ck.ALSGate, data: st.DataObject
) -> None:
    terms = {name: batch.terms for name, batch in batches.items()}
    frame = ENGINES[engine](lead_columns(batches))
    done = allocate(frame, terms, reachable=REACHABLE, campaign="campaign", gate=gate)
    name = data.draw(st.sampled_from(sorted(batches)))
    batch = batches[name]
    one = done.for_campaign(name)
    assert_explained(done, batch, gate, 1, campaign=name)
    assert_explained(one, batch, gate, 1)
    assert_counted(one, batch, gate)
    assert one.plan == done.plans[name]
    assert one.terms == {name: done.terms[name]}
    has_order = engine not in UNORDERED
    rows = list_rows(to_columns(done.frame), has_order=has_order)
    assert list_rows(to_columns(one.frame), has_order=has_order) == [
        row for row in rows if row[0] == name
    ]
    everything = Counter[tuple[ck.ALSTier | None, ck.Channel | None]]()
    for key in batches if has_order else ():
        everything.update(done.for_campaign(key).flow())
    assert not has_order or done.flow() == everything


TWICE: Mapping[str, list[Any]] = {
    "lead_id": ["a", "b", "a"],
    "als_score": [90, 25, 10],
    "campaign": ["north", "north", "south"],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_unknown_leads_and_campaigns_are_refused(engine: str) -> None:
    done = allocate(ENGINES[engine](TWICE), MIX, campaign="campaign")
    assert done.explain("b") == "'b' gets email: a cold lead (score 25) may get only email"
    assert done.explain(" a\n", campaign="south").endswith("(score 10) may get no channel")
    faults = {
        ("z", None): "lead_id: the plan has no lead 'z'",
        (7, None): "lead_id: the plan has no lead 7",
        (2**64, None): "lead_id: the plan has no lead 18446744073709551616",
        ("b", "south"): "lead_id: campaign 'south' has no lead 'b'",
        ("a", None): "lead_id: 'a' is in several campaigns, so name one: 'north', 'south'",
        ("a", "x"): "campaign: the plan has no campaign 'x'; there are 'north', 'south'",
        ("a", 1.5): "campaign must be a str or int or UUID, not 1.5",
        (1.5, None): "lead_id must be text, a whole number or a UUID, not 1.5",
    }
    for (lead_id, campaign), fault in faults.items():
        with pytest.raises(ck.PlanError) as caught:
            done.explain(lead_id, campaign=campaign)  # type: ignore[arg-type]
        assert caught.value.faults == (fault,)
    alone = allocate(ENGINES[engine]({**TWICE, "lead_id": ["a", "b", "c"]}), MIX)
    for call in (lambda: alone.explain("a", campaign="x"), lambda: alone.for_campaign("x")):
        with pytest.raises(ck.PlanError, match="campaign: all leads are of one campaign"):
            call()


@pytest.mark.parametrize("engine", ENGINES)
def test_ids_of_every_kind_are_found(engine: str) -> None:
    ids: list[list[LeadId]] = [[1, 2**63 - 1], ["a", "b"], [UUID(int=1), UUID(int=2)]]
    for first, second in ids:
        frame = ENGINES[engine]({"lead_id": [first, second], "als_score": [90.0, None]})
        done = allocate(frame, MIX)
        assert "(score 90) may get" in done.explain(first)
        assert done.explain(second).endswith(ck.Reason.UNSCORED.message)
        with pytest.raises(ck.PlanError, match="has no lead"):
            done.explain("no-such-lead")
        assert isinstance(first, int) or done.explain(str(first)) == done.explain(first)


def test_the_totals_of_many_campaigns_are_not_those_of_one() -> None:
    columns = {"lead_id": ["a", "b"], "als_score": [90, 90], "c": ["x", "y"]}
    done = allocate(pa.table(columns), MIX, campaign="c")
    with pytest.raises(ck.PlanError) as caught:
        _ = done.plan
    several = "the result has 2 campaigns, not one; `plans` has the totals of each"
    assert caught.value.faults == (several,)
    none = allocate(pa.table(columns).slice(0, 0), MIX, campaign="c")
    with pytest.raises(ck.PlanError, match="the result has 0 campaigns"):
        _ = none.plan


def test_a_thousand_campaigns_are_summed_up() -> None:
    count = 1_000
    frame = ENGINES["pyarrow"](
        {
            "lead_id": list(range(2 * count)),
            "als_score": [90, 30] * count,
            "campaign": [f"campaign {n // 2}" for n in range(2 * count)],
        }
    )
    terms = {f"campaign {n}": ck.Allocation(email=n // 10, sms=100 - n // 10) for n in range(count)}
    done = allocate(frame, terms, campaign="campaign")
    text = done.as_text()
    title, *_ = text.splitlines()
    assert title == f"Plan of a frame: {done}"
    assert "and 980 more" in text
    assert len(text.splitlines()) < 100
    assert all(len(line) <= 80 for line in text.splitlines())
    assert len(as_html(done)) < 60_000
    shown = [name for name in terms if f" {name} " in text or f" {name}:" in text]
    assert len(shown) == 20
    shortfalls = {
        name: max(totals.target[c] - totals.counts[c] for c in ck.Channel)
        for name, totals in done.plans.items()
    }
    assert min(shortfalls[name] for name in shown) == max(shortfalls.values())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("campaign", [None, "campaign"])
def test_frames_without_leads_are_shown(engine: str, campaign: str | None) -> None:
    frame = ENGINES[engine]({"lead_id": [], "als_score": [], "campaign": []})
    done = allocate(frame, MIX, campaign=campaign)
    assert done.as_text().startswith("Plan of a frame: 0 ")
    assert as_html(done)
    assert not done.warnings
    assert not done.flow()
    assert not done.unassigned_counts


def test_a_result_whose_data_are_gone_is_shown_by_its_totals() -> None:
    connection = duckdb.connect()
    table = pa.table({"lead_id": ["a", "b"], "als_score": [90, 10]})
    done = allocate(cast("Any", connection).from_arrow(table), MIX)
    connection.close()
    text = done.as_text()
    assert "the frame cannot be computed" in text
    assert " total          1      1" in text
    assert as_html(done)
    with pytest.raises(ck.PlanError, match="the frame cannot be computed"):
        done.explain("a")
