"""The SQL of the guide brings a ledger from before up to date."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, MetaData, text

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, define_tables

PAGE = Path(__file__).parents[3] / "docs/embedding.md"
_SECTION = PAGE.read_text(encoding="utf-8").partition("## Upgrading a ledger")[2]
UPGRADE = _SECTION.partition("```sql\n")[2].partition("```")[0]

DOWNGRADE = """
DROP TABLE campaign_suggested_leads, campaign_rejections;
ALTER TABLE campaign_suggestions DROP COLUMN digest;
ALTER TABLE campaign_events DROP CONSTRAINT valid_kind;
ALTER TABLE campaign_events ADD CONSTRAINT valid_kind CHECK (kind IN (
    'created', 'applied', 'suggested', 'approved', 'rejected', 'stale', 'expired', 'closed'
));
"""
"""What makes an older ledger of a present one without suggestions."""

ACME = UUID(int=1)
LEADS: list[dict[str, Any]] = [
    {"id": "a", "als_score": 90.5, "reachable": list(ck.Channel)},
    {"id": "b", "als_score": None, "reachable": ["email", "voice"]},
    {"id": "c", "als_score": 20, "reachable": []},
]
COMMANDS: list[dict[str, Any]] = [
    {"action": "assign", "leads": LEADS, "day": "2026-11-24"},
    {"action": "release", "lead_ids": ["x", "y"]},
    {"action": "edit", "fields": {"name": "b", "daily_lead_limit": 9}},
    {"action": "pause"},
]
EXPECTED = [
    ck.AssignLeads(
        [
            ck.Lead("a", 90.5),
            ck.Lead("b", None, frozenset({ck.Channel.EMAIL, ck.Channel.VOICE})),
            ck.Lead("c", 20, frozenset()),
        ],
        date(2026, 11, 24),
    ),
    ck.ReleaseLeads(["x", "y"]),
    ck.Edit(name="b", daily_lead_limit=9),
    ck.Pause(),
]


def read_catalog(connection: Connection) -> set[tuple[Any, ...]]:
    """Return the columns, indexes and constraints of the tables, whatever their order."""
    columns = """
        SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
        FROM information_schema.columns WHERE table_schema = 'public'"""
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    constraints = """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""
    return {
        tuple(row)
        for query in (columns, indexes, constraints)
        for row in connection.execute(text(query))
    }


def insert_suggestion(
    connection: Connection, campaign: ck.Campaign, number: int, state: str
) -> None:
    decided = {"by": {"kind": "user", "name": "ann"}, "at": "2026-11-24T10:00:00+00:00"}
    pending = state == "pending"
    plain = {
        "command": COMMANDS[number % 10],
        "by": {"kind": "ai", "name": "scout"},
        "at": "2026-11-23T10:00:00+00:00",
        "reason": None,
        "expires_at": None,
        "before": {"status": "active", "deleted_at": None},
        "decided_by": None if pending else decided["by"],
        "decided_at": None if pending else decided["at"],
        "why": None,
    }
    row = {"id": UUID(int=number), "campaign": campaign.id, "state": state}
    sql = "INSERT INTO campaign_suggestions VALUES (:id, :campaign, :state, CAST(:plain AS jsonb))"
    connection.execute(text(sql), row | {"plain": json.dumps(plain)})


def test_an_older_ledger_becomes_a_present_one(postgres_engine: Engine) -> None:
    tables = define_tables(metadata := MetaData(), clients=None)
    metadata.create_all(postgres_engine)
    store = SQLAlchemyStore(postgres_engine, tables)
    campaign = store.add(ck.Campaign.draft(client_id=ACME, name="a"))
    with postgres_engine.begin() as connection:
        present = read_catalog(connection)
        connection.execute(text(DOWNGRADE))
        for number in range(len(COMMANDS)):
            insert_suggestion(connection, campaign, 10 + number, "approved")
            insert_suggestion(connection, campaign, 20 + number, "pending")
        assert read_catalog(connection) != present
        # The colon of a cast is no parameter of ours.
        connection.exec_driver_sql(UPGRADE)
        assert read_catalog(connection) == present
    heads = store.suggestions(ACME).items
    assert [head.state.value for head in heads] == ["approved"] * 4 + ["expired"] * 4
    assert [head.lead_count for head in heads] == [3, 2, 0, 0] * 2
    found = [store.suggestion(ACME, head.id).command for head in heads]
    assert found == EXPECTED * 2
