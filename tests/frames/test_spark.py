"""Spark gives each lead the same channel as `campaignkit.plan`, and its executors do the work."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import allocate, share_out
from tests.frames.batches import RANKS, ROW, Batch, assert_dealt, assert_planned, campaigns
from tests.frames.engines import Columns, as_text, to_pyarrow
from tests.frames.test_collations import (
    CAMPAIGNS,
    IDS,
    allocate_leads,
    plan_channels,
    read_channels,
)
from tests.frames.test_dtypes import CALLS, find_differences
from tests.frames.test_share_out import Pool, assert_shared, pools
from tests.planning.strategies import gates

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore::campaignkit.errors.PlanWarning"),  # of random leads
]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """Give Spark with two executors; only here it is imported."""
    from tests.frames.spark import cluster  # noqa: PLC0415

    with cluster(tmp_path_factory.mktemp("spark")) as started:
        yield started


COLLATIONS = ["UTF8_LCASE", "UNICODE_CI"]

few = settings(
    max_examples=max(1, settings().max_examples // 33),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes many more runs
    suppress_health_check=[HealthCheck.too_slow],
)


@few
@given(campaigns, gates, st.integers(1, 7), st.randoms(use_true_random=False))
def test_each_campaign_is_planned_separately(
    session: Any, batches: dict[str, Batch], gate: ck.ALSGate, partitions: int, random: Random
) -> None:
    def to_spark(columns: Columns) -> object:
        typed = to_pyarrow({**columns, "lead_id": as_text(columns["lead_id"])})
        return session.createDataFrame(typed).repartition(partitions)

    assert_planned(to_spark, batches, gate, random, has_order=False)


@few
@given(pools(), st.integers(1, 7))
def test_each_lead_gets_the_campaign_that_share_out_gives_it(
    session: Any, pool: Pool, partitions: int
) -> None:
    def to_spark(columns: Columns) -> object:
        typed = to_pyarrow({**columns, "lead_id": as_text(columns["lead_id"])})
        return session.createDataFrame(typed).repartition(partitions)

    if max([key for key in pool.weights if isinstance(key, int)], default=0) < 2**63:
        assert_shared(to_spark, pool, has_order=False)
        return
    with pytest.raises(ck.PlanError, match=r"weights: .* less than 2\*\*63 in Spark"):
        share_out(to_spark(pool.columns()), pool.weights)


def test_a_column_of_any_type_is_shared_out_alike(session: Any) -> None:
    assert not list(find_differences("spark", session.createDataFrame, CALLS["share_out"]))


@pytest.mark.parametrize("collation", COLLATIONS)
def test_ids_that_a_collation_takes_for_equal_keep_their_campaigns(
    session: Any, collation: str
) -> None:
    plain = session.createDataFrame([(one, 90) for one in "aAbB"], "lead_id STRING, als_score INT")
    leads = plain.select(plain.lead_id.cast(f"STRING COLLATE {collation}"), "als_score")
    done = share_out(leads, {"x": 1, "y": 1})
    shared = ck.share_out([ck.Lead(one, 90) for one in "aAbB"], {"x": 1, "y": 1})
    campaigns = {lead.id: key for key, given in shared.leads.items() for lead in given}
    assert {row.lead_id: row.campaign for row in done.frame.collect()} == campaigns


def test_the_deal_is_exact_where_floats_are_wrong(session: Any) -> None:
    assert_dealt(lambda columns: session.createDataFrame(to_pyarrow(columns)), ROW, RANKS)


def test_a_column_of_any_type_is_read_alike(session: Any) -> None:
    assert not list(find_differences("spark", session.createDataFrame))


def test_an_expression_that_fails_for_a_row_is_refused(session: Any) -> None:
    leads = session.createDataFrame([("a", 90)], "lead_id STRING, als_score INT")
    flag = leads.lead_id.cast("int") > 0
    with pytest.raises(ck.PlanError, match="the frame cannot be computed: "):
        allocate(leads, ck.DEFAULT_ALLOCATION, reachable={"voice": flag})


def test_two_executors_do_the_work(session: Any) -> None:
    assert session.range(2).count() == 2  # which waits for them
    tracker = session.sparkContext._jsc.sc().statusTracker()  # noqa: SLF001  # Python has no such
    assert len(tracker.getExecutorInfos()) == 3  # they, and the driver


@pytest.mark.parametrize("collation", COLLATIONS)
def test_the_collation_of_a_column_is_ignored(session: Any, collation: str) -> None:
    rows = [(campaign, lead_id, 90) for campaign in CAMPAIGNS for lead_id in IDS]
    plain = session.createDataFrame(rows, "campaign STRING, lead_id STRING, als_score INT")
    kind = f"STRING COLLATE {collation}"
    leads = plain.select(plain.campaign.cast(kind), plain.lead_id.cast(kind), "als_score")
    assert leads.schema["lead_id"].dataType.collation == collation
    done = allocate_leads(leads)
    assert done.frame.schema["lead_id"].dataType.collation == collation
    assert read_channels(done) == plan_channels()


MANY = 200_000
"""Enough leads for several buckets."""


def _many(session: Any, score: str, lead_id: str = "id") -> Any:
    return session.range(MANY, numPartitions=4).selectExpr(
        f"{lead_id} AS lead_id", f"{score} AS als_score", "id % 3 > 0 AS by_phone"
    )


def _by_id(leads: pl.DataFrame) -> pl.DataFrame:
    words = pl.col("tier", "channel", "reason")
    return leads.with_columns(words.cast(pl.String)).sort("lead_id")


SCORES = {
    "all alike": "90",
    "none": "CAST(NULL AS INT)",
    "close together": "90 + pow(id % 1009 / 1009, 9)",
    "a few alike": "CAST(if(id % 5 = 0, id % 101, 70) AS INT)",
}


@pytest.mark.parametrize("scores", SCORES)
def test_no_task_gets_most_leads_and_the_result_equals_that_in_memory(
    session: Any, scores: str
) -> None:
    leads = _many(session, SCORES[scores], "concat('lead-', id)")
    mix = ck.Allocation(email=50, voice=50)
    reachable = {"voice": "by_phone"}
    done = allocate(leads, mix, reachable=reachable)
    there = pl.DataFrame(done.frame.selectExpr("*", "spark_partition_id() AS task").toArrow())
    of_each: Any = there["task"].value_counts()["count"]
    assert of_each.max() < MANY / 2
    here = allocate(leads.toArrow(), mix, reachable=reachable)
    assert done.plans == here.plans
    assert _by_id(there.drop("task")).equals(_by_id(pl.DataFrame(here.frame)))


def _plan(frame: Any) -> str:
    with redirect_stdout(StringIO()) as printed:
        frame.explain("simple")
    return printed.getvalue()


def test_rows_are_numbered_within_buckets_and_by_spark_alone(session: Any) -> None:
    leads = _many(session, "CAST(id % 101 AS INT)")
    plan = _plan(allocate(leads, ck.DEFAULT_ALLOCATION).frame)
    windows = [line for line in plan.splitlines() if "row_number()" in line]
    assert windows
    assert all("_campaignkit_bucket" in line for line in windows)
    for by_python in ("Python", "Pandas", "Arrow"):
        assert by_python not in plan
    page = (Path(__file__).parents[2] / "docs/explanation/spark.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(Project .*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    assert _operators(plan) == _operators(shown)


def _operators(plan: str) -> list[str]:
    """Return the operators from the top, but for those that only make columns."""
    lines = re.findall(r"^[ :+-]*(?:\*\(\d+\) )?([A-Z]\w+)", plan, flags=re.MULTILINE)
    return [name for name in lines if name not in {"AdaptiveSparkPlan", "Project"}]


def test_leads_are_counted_where_they_are_and_read_for_a_forecast(session: Any) -> None:
    leads = [ck.Lead(f"lead-{n}", n % 101) for n in range(150)]
    rows = [(lead.id, lead.als_score) for lead in leads]
    frame = session.createDataFrame(rows, "lead_id STRING, als_score INT").repartition(3)
    mixes = {"asked": ck.DEFAULT_ALLOCATION, "calls": ck.Allocation(voice=100)}
    draft = ck.Campaign.draft(client_id=UUID(int=1), id=UUID(int=2), name="Sydney")
    monday = ck.Progress(date(2026, 11, 23))
    for source in (frame, allocate(frame, ck.DEFAULT_ALLOCATION)):
        assert ck.compare(mixes, source) == ck.compare(mixes, leads)
        assert ck.forecast(draft, source, days=3, progress=monday) == ck.forecast(
            draft, leads, days=3, progress=monday
        )


def test_a_result_explains_and_shows_itself(session: Any) -> None:
    columns: Columns = {
        "lead_id": [f"lead {n}" for n in range(60)],
        "als_score": [None if n % 7 == 0 else n * 1.5 / 100 for n in range(60)],
        "campaign": ["north", "south"] * 30,
        "by_sms": [n % 3 > 0 for n in range(60)],
    }
    mix = ck.Allocation(email=50, sms=50)
    named: Any = {"campaign": "campaign", "scale": (0, 1), "reachable": {"sms": "by_sms"}}
    table = to_pyarrow(columns)
    done = allocate(session.createDataFrame(table), mix, **named)
    expected = allocate(table, mix, **named)
    assert done.as_text() == expected.as_text()
    assert done.for_campaign("north").as_text() == expected.for_campaign("north").as_text()
    for lead_id in ("lead 0", "lead 13", "lead 59"):
        assert done.explain(lead_id) == expected.explain(lead_id)
