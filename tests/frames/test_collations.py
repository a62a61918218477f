"""Text is compared by code points, whatever the collation of a database."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

import campaignkit as ck
from campaignkit.frames import FramePlan, Terms, allocate
from tests.frames.engines import ibis, to_columns

IDS = ["b", "B", "a", "A", "é", "e", "E", "z", "Z", "É"]
CAMPAIGNS = ["c", "C"]
TERMS = {
    "c": Terms(ck.Allocation(email=50, linkedin=50), daily_room=7),
    "C": Terms(ck.Allocation(email=20, sms=80)),
}

every = pytest.mark.parametrize("collation", ["nocase", "noaccent", "nocase.noaccent"])


# How Ibis looks a table up is deprecated by DuckDB.
by_ibis = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def allocate_leads(frame: object) -> FramePlan[Any]:
    return allocate(frame, TERMS, campaign="campaign")


def plan_channels() -> dict[tuple[str, str], str | None]:
    """Return the channel that `plan` gives each lead."""
    leads = [ck.Lead(i, 90) for i in IDS]
    one = ck.plan(TERMS["c"].allocation, sorted(leads, key=lambda lead: str(lead.id))[:7])
    two = ck.plan(TERMS["C"].allocation, leads)
    each = {"c": one.assignments, "C": two.assignments}
    return {(c, i): each[c].get(i) for c in CAMPAIGNS for i in IDS}


def read_channels(done: FramePlan[Any]) -> dict[tuple[str, str], str | None]:
    columns = to_columns(done.frame)
    rows = zip(columns["campaign"], columns["lead_id"], strict=True)
    return dict(zip(rows, columns["channel"], strict=True))


def fill(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Create a table of leads whose columns of text have a type."""
    connection.execute(f"CREATE TABLE leads (campaign {kind}, lead_id {kind}, als_score INT)")
    rows = [(campaign, lead_id, 90) for campaign in CAMPAIGNS for lead_id in IDS]
    connection.executemany("INSERT INTO leads VALUES (?, ?, ?)", rows)


@every
def test_the_collation_of_a_column_is_ignored_in_duckdb(collation: str) -> None:
    with duckdb.connect() as connection:
        fill(connection, f'VARCHAR COLLATE "{collation}"')
        assert read_channels(allocate_leads(connection.table("leads"))) == plan_channels()


@every
def test_the_default_collation_is_ignored_in_duckdb(collation: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"SET default_collation = '{collation}'")
        fill(connection, "VARCHAR")
        assert read_channels(allocate_leads(connection.table("leads"))) == plan_channels()


@by_ibis
@every
def test_the_collation_of_a_column_is_ignored_through_ibis(collation: str) -> None:
    connection = ibis.duckdb.connect()
    fill(connection.con, f'VARCHAR COLLATE "{collation}"')
    assert read_channels(allocate_leads(connection.table("leads"))) == plan_channels()


@by_ibis
@every
def test_a_default_collation_is_refused_through_ibis(collation: str) -> None:
    connection = ibis.duckdb.connect()
    connection.raw_sql(f"SET default_collation = '{collation}'")
    fill(connection.con, "VARCHAR")
    with pytest.raises(ck.PlanError, match=f"default collation {collation}"):
        allocate_leads(connection.table("leads"))
