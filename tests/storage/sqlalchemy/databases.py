"""Databases as hosts have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from campaignkit import DEFAULT_ALLOCATION, Channel
from campaignkit.serialization._rows import SHARE_COLUMNS
from campaignkit.storage.sqlalchemy import Tables, adopt_table, define_tables
from campaignkit.storage.sqlalchemy._tables import TARGETS
from tests import postgres

_SHARES = ", ".join(
    f"{channel}_allocation INTEGER DEFAULT {share}" for channel, share in DEFAULT_ALLOCATION.items()
)
_SUM = " + ".join(f"{channel}_allocation" for channel in Channel)

DESIGN = f"""
CREATE TABLE clients (id UUID PRIMARY KEY);
CREATE TYPE permission_mode AS ENUM ('autopilot', 'co_pilot', 'manual');
CREATE TYPE campaign_status AS ENUM ('draft', 'active', 'paused', 'completed');
CREATE TABLE campaigns (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id UUID NOT NULL REFERENCES clients(id),
    name TEXT NOT NULL,
    status campaign_status DEFAULT 'draft',
    permission_mode permission_mode DEFAULT 'co_pilot',
    target_industries TEXT[], target_titles TEXT[],
    target_company_sizes TEXT[], target_locations TEXT[],
    {_SHARES},
    daily_lead_limit INTEGER DEFAULT 50, total_lead_limit INTEGER,
    start_date DATE, end_date DATE,
    created_at TIMESTAMPTZ DEFAULT NOW(), updated_at TIMESTAMPTZ DEFAULT NOW(),
    deleted_at TIMESTAMPTZ,
    CONSTRAINT valid_allocation CHECK ({_SUM} = 100)
);
CREATE INDEX idx_campaigns_client ON campaigns(client_id);
CREATE INDEX idx_campaigns_status ON campaigns(status);
"""
"""The table that hosts have, as their migration makes it."""

TRIGGER = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.updated_at := '2000-01-01T00:00Z'; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch();
"""
"""A trigger that has its own opinion of the time, and an early one."""


new = postgres.new
"""Gives the URL of an empty PostgreSQL database beside another."""


def clients_table(metadata: MetaData) -> Table:
    return Table("clients", metadata, Column("id", Uuid(), primary_key=True))


def create_ledger(connection: Connection, tables: Tables) -> None:
    """Create our tables, and nothing of the host's."""
    campaigns, *ledger = tables
    campaigns.metadata.create_all(connection, tables=ledger)


def add_client(engine: Engine, client_id: UUID) -> None:
    """Make a client known."""
    with engine.begin() as connection:
        connection.execute(insert(clients_table(MetaData())).values(id=client_id))


def with_the_designs_table(engine: Engine) -> Tables:
    """Make the table as the host's migration does, and our ledger beside it."""
    metadata = MetaData()
    clients_table(metadata)
    tables = define_tables(metadata)
    with engine.begin() as connection:
        connection.execute(text(DESIGN))
        create_ledger(connection, tables)
    return tables


def with_another_hosts_table(engine: Engine) -> Tables:
    """Make the table of a host that calls things otherwise, has more of them, and a trigger."""
    metadata = MetaData()
    clients_table(metadata)
    client_id: Column[UUID] = Column("client_id", ForeignKey("clients.id"), nullable=False)
    table = Table(
        "outreach",
        metadata,
        Column("campaign", Uuid(), primary_key=True),
        client_id,
        Column("name", Text(), nullable=False),
        Column("client", Text(), nullable=False, server_default="ours"),
        Column("state", Enum("draft", "active", "paused", "completed", "archived", name="state")),
        Column("permission_mode", Enum("autopilot", "co_pilot", "manual", name="mode")),
        *(Column(f"target_{name}", ARRAY(Text())) for name in ("industries", "titles")),
        *(Column(f"target_{name}", ARRAY(Text())) for name in ("company_sizes", "locations")),
        *(Column(f"allocation_{channel}", Integer(), nullable=False) for channel in Channel),
        Column("daily_limit", Integer()),
        Column("starts", Date()),
        Column("end_date", Date()),
        Column("created_at", DateTime(timezone=True), server_default=func.now()),
        Column("updated_at", DateTime(timezone=True), server_default=func.now()),
        Column("deleted_at", DateTime(timezone=True)),
        Column("owner", Text(), nullable=False, server_default="nobody"),
    )
    tables = adopt_table(
        table,
        {
            "id": "campaign",
            "status": "state",
            "daily_lead_limit": "daily_limit",
            "start_date": "starts",
            **{f"{channel}_allocation": f"allocation_{channel}" for channel in Channel},
        },
    )
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(TRIGGER.format(table="outreach")))
    return tables


STATUSES = {
    "draft": "draft",
    "pending_approval": "draft",
    "live": "active",
    "boosted": "active",
    "stopped": "paused",
    "done": "completed",
    "cancelled": "completed",
    None: "draft",
}
MODES = {"auto": "autopilot", "assisted": "co_pilot", "by_hand": "manual"}


def with_other_values(
    engine: Engine, values: Mapping[str, Mapping[Any, object]] | None = None, **follow: Any
) -> Tables:
    """Make the table of a host with labels of its own, and columns that follow what is done."""
    metadata = MetaData()
    clients_table(metadata)
    client_id: Column[UUID] = Column("client_id", ForeignKey("clients.id"), nullable=False)
    lists = ARRAY(Text()).with_variant(JSON(), "sqlite")
    labels = [label for label in STATUSES if label is not None]
    table = Table(
        "outreach",
        metadata,
        Column("id", Uuid(), primary_key=True),
        client_id,
        Column("title", Text()),
        Column("state", Enum(*labels, "archived", name="state")),
        Column("mode", Enum(*MODES, name="mode")),
        *(Column(name, lists) for name in TARGETS),
        *(Column(name, Integer()) for name in SHARE_COLUMNS),
        Column("daily_lead_limit", Integer()),
        Column("total_lead_limit", Integer()),
        Column("start_date", Date()),
        Column("end_date", Date()),
        Column("created_at", DateTime(timezone=True)),
        Column("updated_at", DateTime(timezone=True)),
        Column("deleted_at", DateTime(timezone=True)),
        Column("owner", Text(), nullable=False, server_default="nobody"),
        Column("paused_at", DateTime(timezone=True)),
        Column("pause_reason", Text()),
    )
    columns = {"name": "title", "status": "state", "permission_mode": "mode"}
    usual: dict[str, Mapping[Any, object]] = {"status": STATUSES, "permission_mode": MODES}
    tables = adopt_table(table, columns, values={**usual, **(values or {})}, **follow)
    metadata.create_all(engine)
    return tables
