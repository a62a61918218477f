"""Spark gives each lead the same channel as `campaignkit.plan`, and its executors do the work."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import redirect_stdout
from io import StringIO
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import allocate
from tests.frames.batches import RANKS, ROW, Batch, assert_dealt, assert_planned, campaigns
from tests.frames.engines import Columns, as_text, to_pyarrow
from tests.planning.strategies import gates

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """Give Spark with two executors; only here it is imported."""
    from tests.frames.spark import cluster  # noqa: PLC0415

    with cluster(tmp_path_factory.mktemp("spark")) as started:
        yield started


few = settings(
    max_examples=50 if settings.get_current_profile_name() == "long" else 3,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes many more runs
    suppress_health_check=[HealthCheck.too_slow],
)


@few
@given(campaigns, gates, st.integers(1, 7), st.randoms(use_true_random=False))
def test_each_campaign_is_planned_for_itself(
    session: Any, batches: dict[str, Batch], gate: ck.ALSGate, partitions: int, random: Random
) -> None:
    def to_spark(columns: Columns) -> object:
        typed = to_pyarrow({**columns, "lead_id": as_text(columns["lead_id"])})
        return session.createDataFrame(typed).repartition(partitions)

    assert_planned(to_spark, batches, gate, random, has_order=False)


def test_the_deal_is_exact_where_floats_are_wrong(session: Any) -> None:
    assert_dealt(lambda columns: session.createDataFrame(to_pyarrow(columns)), ROW, RANKS)


def test_two_executors_do_the_work(session: Any) -> None:
    tracker = session.sparkContext._jsc.sc().statusTracker()  # noqa: SLF001  # Python has no such
    assert len(tracker.getExecutorInfos()) == 3  # they, and the driver


def _plan(frame: Any) -> str:
    with redirect_stdout(StringIO()) as printed:
        frame.explain("simple")
    return printed.getvalue()


def test_rows_are_numbered_within_one_score_of_one_set_and_by_spark_alone(session: Any) -> None:
    leads = session.range(1_000).selectExpr("id AS lead_id", "CAST(id % 101 AS INT) AS als_score")
    plan = _plan(allocate(leads, ck.DEFAULT_ALLOCATION).frame)
    assert "row_number() windowspecdefinition(_campaignkit_mask" in plan
    windows = [line for line in plan.splitlines() if "row_number()" in line]
    assert all("_campaignkit_bucket" in line for line in windows)
    for by_python in ("Python", "Pandas", "Arrow"):
        assert by_python not in plan
