"""How the databases go about the statements: by an index, however large the tables have become."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, ReturnsRows, Uuid, bindparam, insert, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement, Executable

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._postgresql import PostgreSQL
from campaignkit.storage.sqlalchemy._store import backend, default_tables
from tests.storage.sqlalchemy.doing import DAY, admit, campaign

MANY = 20_000
CLIENT = UUID(int=1)


class Explain(Executable, ClauseElement):
    """The plan of a statement instead of its result."""

    inherit_cache = False

    def __init__(self, statement: ReturnsRows) -> None:
        self.statement = statement


@compiles(Explain)
def _(element: Explain, compiler: SQLCompiler, **options: Any) -> str:  # handed on
    how = "EXPLAIN QUERY PLAN" if compiler.dialect.name == "sqlite" else "EXPLAIN"
    return f"{how} {compiler.process(element.statement, **options)}"


def plan(connection: Connection, statement: Any, values: Mapping[str, object]) -> str:
    # Of the cursor: SQLAlchemy would read the columns of the plan as those of the statement.
    cursor: Any = connection.execute(Explain(statement), values).cursor
    return "\n".join(str(row[-1]) for row in cursor.fetchall())


FILL = {
    "postgresql": """
        INSERT INTO campaigns (client_id, name)
        SELECT lpad(to_hex(n % 2 * (n % 50) + 1), 32, '0')::uuid, 'x' FROM generate_series(1, {n}) n
    """,
    "sqlite": """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {n})
        INSERT INTO campaigns (client_id, name)
        SELECT printf('%032x', n % 2 * (n % 50) + 1), 'x' FROM numbers
    """,
}


@pytest.mark.parametrize("client", [CLIENT, UUID(int=4)], ids=["half of all", "few"])
def test_a_page_is_found_and_ordered_by_its_index(engine: Engine, client: UUID) -> None:
    by_its_index = {
        "postgresql": ("Index Scan using idx_campaigns_client_page", "Sort"),
        "sqlite": ("USING INDEX idx_campaigns_client_page (client_id=? AND id>?)", "TEMP B-TREE"),
    }
    there, absent = by_its_index[engine.dialect.name]
    with filled(engine) as connection:
        connection.execute(text("ANALYZE"))
        found = plan_of_a_page(connection, client)
    assert there in found
    assert absent not in found


ACTIVATE = "UPDATE campaigns SET status = 'active' WHERE name = 'x' AND id {order} :middle"


@pytest.mark.parametrize("order", ["<", ">="])
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "middle"])
def test_a_page_across_clients_is_found_and_ordered_by_its_index(
    engine: Engine, order: str, *, is_first: bool
) -> None:
    """Whether those behind the page are running or those before it."""
    index = "idx_campaigns_status_page"
    middle = UUID(int=1 << 127)
    with filled(engine) as connection:
        activate = text(ACTIVATE.format(order=order)).bindparams(bindparam("middle", type_=Uuid()))
        connection.execute(activate, {"middle": middle})
        connection.execute(text("ANALYZE"))
        values: dict[str, object] = {"ck_active": True, "ck_day": DAY}
        if not is_first:
            values["ck_after"] = middle
        page = backend(None, connection.dialect.name).statements.page_campaigns(values)
        found = plan(connection, page, {**values, "ck_size": 101})
    if engine.dialect.name == "sqlite":
        there = "(status=?)" if is_first else "(status=? AND id>?)"
        assert f"USING INDEX {index} {there}" in found
        assert "TEMP B-TREE" not in found
    else:
        # Where nearly all are running, the primary key is as good.
        assert f"Index Scan using {index}" in found or "Index Scan using campaigns_pkey" in found
        assert "Sort" not in found


def test_a_page_of_a_table_that_was_never_analyzed_is_found_by_its_index(engine: Engine) -> None:
    # PostgreSQL then takes it that hardly any row has no `deleted_at`, and orders what little it
    # expects by itself; from the first ANALYZE on, also an automatic one, the above holds.
    with filled(engine) as connection:
        found = plan_of_a_page(connection, CLIENT)
    assert "idx_campaigns_client_page" in found
    assert "Seq Scan" not in found


@contextmanager
def filled(engine: Engine) -> Generator[Connection]:
    """Give a connection to a database with many campaigns, half of them of one client."""
    default_tables().campaigns.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(FILL[engine.dialect.name].format(n=MANY)))
        yield connection


def plan_of_a_page(connection: Connection, client: UUID) -> str:
    """Give the plan for a page in the middle of a client's campaigns."""
    values = {"ck_client": client, "ck_after": UUID(int=1 << 127)}
    page = backend(None, connection.dialect.name).statements.page_campaigns(values)
    return plan(connection, page, {**values, "ck_size": 101})


Statement = Callable[[Backend], Any]
LEADS: dict[str, Statement] = {
    "read": lambda backend: vars(backend)[
        "_select_leads" if "_select_leads" in vars(backend) else "_select_ledger"
    ],
    "release": lambda backend: vars(backend)["_delete_leads"],
    "snapshot": lambda backend: backend.snapshot,
}


def with_leads(engine: Engine) -> dict[str, object]:
    """Take many leads into a campaign; return what names it in a statement."""
    default_tables().campaigns.metadata.create_all(engine)
    store = SQLAlchemyStore(engine)
    added = store.add(campaign())
    store.transact(added.client_id, added.id, admit(*(f"lead-{n:05}" for n in range(MANY))))
    return {"ck_campaign": added.id, "ck_client": added.client_id, "ck_day": DAY}


# One table for all that is asked of it: to fill one takes longer than to ask.


def test_wanted_leads_are_looked_up_one_by_one(engine: Engine) -> None:
    kind = backend(None, engine.dialect.name)
    values = {
        **with_leads(engine),
        **kind.name_leads([f"lead-{number:05}" for number in range(50)]),
    }
    with engine.connect() as connection:
        for is_analyzed in (False, True):
            if is_analyzed:
                connection.execute(text("ANALYZE"))
            for name, statement in LEADS.items():
                found = plan(connection, statement(kind), values)
                asked = f"{name}, analyzed {is_analyzed}: {found}"
                if engine.dialect.name == "sqlite":
                    its = "campaign_leads USING PRIMARY KEY (campaign_id=? AND lead_id=?)"
                    assert its in found, asked
                else:
                    assert "Scan using campaign_leads_pkey" in found, asked
                    assert "Seq Scan on campaign_leads" not in found, asked
                    assert "Hash" not in found, asked


def test_a_page_of_leads_is_found_by_an_index(engine: Engine) -> None:
    statements = backend(None, engine.dialect.name).statements
    values = {**with_leads(engine), "ck_after": "lead-10000", "ck_size": 101}
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        for given in ({"ck_after"}, {"ck_after", "ck_day"}):
            found = plan(connection, statements.page_assignments(given), values)
            assert "Sort" not in found
            assert "TEMP B-TREE" not in found
            assert "Seq Scan on campaign_leads" not in found


# -- Suggestions ----------------------------------------------------------------------------------

ANN, BOT = ck.Actor.user("ann"), ck.Actor.ai("bot")

SUGGESTIONS: dict[str, Statement] = {
    "met": lambda backend: backend.select_met(digest=True, leads=True),
    "lift": lambda backend: (
        getattr(backend, "_find_write")(  # noqa: B009  # of an intake
            frozenset({"lifted"}), (), returning=False
        )
        if isinstance(backend, PostgreSQL)
        else vars(backend)["_lift_rejections"]
    ),
    "feed": lambda backend: vars(backend).get("_select_events", backend.statements.select_events),
}


def suggest(store: SQLAlchemyStore, of: ck.Campaign, many: int) -> None:
    """Suggest so many leads twice, and reject one half."""
    service = ck.CampaignService(store, today=lambda _: DAY)
    for name in ("a", "b"):
        leads = [ck.Lead(f"{name}-{n:05}", 90) for n in range(many)]
        service.intake(of.client_id, of.id, leads, day=DAY, by=BOT)
    rejected = service.suggestions(of.client_id).items[0].id
    service.reject(of.client_id, rejected, by=ANN, reason="not these")


def test_suggested_and_rejected_leads_and_events_are_looked_up_one_by_one(engine: Engine) -> None:
    """Also where a plan is made while the tables are empty, as the driver keeps it."""
    tables = default_tables()
    tables.campaigns.metadata.create_all(engine)
    kind, store = backend(None, engine.dialect.name), SQLAlchemyStore(engine)
    own = store.add(campaign(daily_lead_limit=MANY))
    named = [f"a-{number:05}" for number in range(50)]
    values: dict[str, object] = {
        "ck_campaign": own.id,
        "ck_digest": "",
        "ck_lifted_lead_id": named,
        "ck_after": 9,
        "ck_last": 12,
        "ck_spans_campaign_id": [own.id],
        "ck_spans_after": [9],
        "ck_spans_last": [12],
        **kind.name_leads(named),
    }

    def check(stage: str) -> None:
        with engine.connect() as connection:
            for name, statement in SUGGESTIONS.items():
                found = plan(connection, statement(kind), values)
                asked = f"{stage}, {name}: {found}"
                assert "Hash" not in found, asked
                if stage == "empty" and name == "lift":
                    continue  # of an empty table all is read at once
                for table in (tables.suggested_leads, tables.rejections, tables.events):
                    assert f"Seq Scan on {table.name}" not in found, asked
                    assert f"SCAN {table.name}" not in found, asked

    check("empty")
    suggest(store, own, MANY // 4)
    event: dict[str, object] = {"campaign_id": own.id, "kind": "applied", "event": {}}
    with engine.begin() as connection:
        rows = [{**event, "number": number} for number in range(10, MANY // 4)]
        connection.execute(insert(tables.events), rows)
    check("never analyzed")
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    check("analyzed")
