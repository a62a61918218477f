"""Keep a ledger of the present version, before a change of the tables makes it an older one.

Run `python -m tests.storage.sqlalchemy.keep_ledger` before such a change. For each database it
writes two files: the ledger as SQL, and the statements that this release's processes send while
they go on working on it, which must not fail on what an upgrade makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, schema
from campaignkit.storage.sqlalchemy._store import default_tables
from campaignkit.storage.sqlalchemy._tables import LEDGER_VERSION
from tests import postgres

LEDGERS = Path(__file__).with_name("ledgers")
ACME, SYDNEY, HOBART, PERTH, CAIRNS, DARWIN = (UUID(int=n) for n in range(1, 7))
DAY, NEXT_DAY = date(2026, 11, 24), date(2026, 11, 25)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
PLACES = {"postgresql": "%s", "sqlite": "?"}
AS_STORED = {"postgresql": "{}::text", "sqlite": "{}"}
STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def clock() -> Callable[[], datetime]:
    """Return a clock that goes on by a second at each look."""
    seconds = count()
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    return lambda: start + timedelta(seconds=next(seconds))


def make_campaign(own_id: UUID, name: str, **fields: Any) -> ck.Campaign:
    made = datetime(2026, 11, 23, 8, tzinfo=UTC)
    return ck.Campaign.draft(id=own_id, client_id=ACME, name=name, created_at=made, **fields)


def leads(*names: str) -> list[ck.Lead]:
    some = frozenset({ck.Channel.EMAIL, ck.Channel.VOICE})
    reachable = (frozenset(ck.Channel), some, frozenset[ck.Channel]())
    scores = (90, 84.5, 36.25, None, 91)
    return [
        ck.Lead(name, als_score=scores[n % 5], reachable=reachable[n % 3])
        for n, name in enumerate(names)
    ]


def fill(service: Any) -> None:
    """Make campaigns with leads, with suggestions in all states, and a history."""
    targeting = ck.Targeting(industries=("SEO",), titles=("CEO",), locations=("Sydney",))
    for campaign in (
        make_campaign(SYDNEY, "Sydney agencies", targeting=targeting, total_lead_limit=500),
        make_campaign(HOBART, "Hobart", end_date=date(2026, 12, 31)),
        make_campaign(PERTH, "Perth", allocation=ck.Allocation(email=100)),
        make_campaign(CAIRNS, "Cairns"),
    ):
        service.create(campaign, by=ANN, reason="the client asked")
    for own_id in (SYDNEY, HOBART, PERTH):
        service.activate(ACME, own_id, by=ANN)
    service.intake(ACME, SYDNEY, leads("a", "b", "c", "d", "e"), day=DAY, by=ANN)
    service.intake(ACME, SYDNEY, leads("f", "g"), day=NEXT_DAY, by=ANN)
    service.release(ACME, SYDNEY, ["f"], by=ANN, reason="asked not to be called")
    approved = service.intake(ACME, SYDNEY, leads("h", "i"), day=DAY, by=SCOUT)
    service.approve(ACME, approved.id, by=ANN)
    rejected = service.intake(ACME, SYDNEY, leads("j", "k"), day=DAY, by=SCOUT)
    reject(service, rejected.id)
    service.intake(ACME, SYDNEY, leads("l", "m", "n"), day=DAY, by=SCOUT, reason="replies came")
    service.release(ACME, SYDNEY, ["a", "b"], by=SCOUT)
    service.edit(ACME, SYDNEY, by=SCOUT, name="Sydney agencies, again", daily_lead_limit=20)
    service.pause(ACME, HOBART, by=SCOUT, reason="bounces")
    service.pause(ACME, PERTH, by=SCOUT)
    service.complete(ACME, PERTH, by=ANN)
    service.delete(ACME, CAIRNS, by=ANN)


def reject(service: Any, suggestion_id: UUID) -> None:
    service.reject(ACME, suggestion_id, by=ANN, reason="not now")


def acts(service: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what processes go on doing, each act with its name."""
    store = service.store
    heads = {(one.campaign_id, one.action): one.id for one in pending(store)}
    yield "read", lambda: store.get(ACME, SYDNEY)
    yield "find", lambda: store.find(ACME, include_deleted=True)
    yield "progress", lambda: store.progress(ACME, SYDNEY, DAY)
    yield "assignments", lambda: store.assignments(ACME, SYDNEY)
    yield "history", lambda: store.history(ACME, SYDNEY)
    yield "create", lambda: service.create(make_campaign(DARWIN, "Darwin"), by=ANN)
    yield "activate", lambda: service.activate(ACME, DARWIN, by=ANN)
    yield "intake", lambda: service.intake(ACME, DARWIN, leads("p", "q"), day=DAY, by=ANN)
    yield "intake again", lambda: service.intake(ACME, SYDNEY, leads("r"), day=NEXT_DAY, by=ANN)
    yield "release", lambda: service.release(ACME, SYDNEY, ["c"], by=ANN)
    yield "edit", lambda: service.edit(ACME, HOBART, by=ANN, name="Hobart, too")
    yield "pause", lambda: service.pause(ACME, DARWIN, by=ANN)
    yield "list suggestions", lambda: store.suggestions(ACME)
    yield "suggest leads", lambda: service.intake(ACME, SYDNEY, leads("t"), day=DAY, by=SCOUT)
    yield "suggest an edit", lambda: service.edit(ACME, HOBART, by=SCOUT, name="Hobart, again")
    sydney, action = SYDNEY, ck.Action
    yield "approve leads", lambda: service.approve(ACME, heads[sydney, action.ASSIGN], by=ANN)
    yield "approve an edit", lambda: service.approve(ACME, heads[sydney, action.EDIT], by=ANN)
    yield "reject a pause", lambda: reject(service, heads[HOBART, action.PAUSE])


def pending(store: Any) -> list[Any]:
    return list(store.suggestions(ACME, states=[ck.SuggestionState.PENDING]).items)


def record(engine: Engine, service: Any) -> str:
    """Return the statements of all acts as SQL, with a comment before those of each."""
    sent: list[str] = []

    def note(connection: Connection, _: Any, statement: str, values: Any, *__: Any) -> None:
        several: list[Any] = [values] if isinstance(values, (tuple, dict)) else values
        if not statement.startswith(STATEMENTS):
            return
        sent.extend(with_literals(connection, statement, one) for one in several)

    event.listen(engine, "before_cursor_execute", note)
    parts: list[str] = []
    for name, act in acts(service):
        sent.clear()
        act()
        parts.append("".join([f"-- {name}\n\n", *(f"{statement};\n\n" for statement in sent)]))
    return "".join(parts)


def with_literals(connection: Connection, statement: str, values: Any) -> str:
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        query: Any = statement  # of the library, and so as good as a literal
        return psycopg.ClientCursor(driver).mogrify(query, values)
    for value in values:
        literal = driver.execute("SELECT quote(?)", (value,)).fetchone()[0]
        statement = statement.replace("?", literal.replace("?", "\0"), 1)
    return statement.replace("\0", "?")


def dump(engine: Engine) -> str:
    """Return what makes the tables and their rows."""
    script = schema(engine.dialect.name).partition("INSERT INTO")[0]
    with engine.connect() as connection:
        return "".join([script, *(f"\n{row};\n" for row in list_inserts(connection))])


def list_inserts(connection: Connection) -> Iterator[str]:
    for table in default_tables():
        names = ", ".join(column.name for column in table.columns)
        insert = f"INSERT INTO {table.name} ({names}) VALUES "
        places = ", ".join(PLACES[connection.dialect.name] for _ in table.columns)
        values = ", ".join(AS_STORED[connection.dialect.name].format(c.name) for c in table.columns)
        for row in connection.execute(text(f"SELECT {values} FROM {table.name}")):
            yield with_literals(connection, f"{insert}({places})", tuple(row))


def keep(engine: Engine, version: int, folder: Path = LEDGERS) -> None:
    """Write the files for the database of an engine, which must be empty."""
    default_tables().campaigns.metadata.create_all(engine)
    service = ck.CampaignService(SQLAlchemyStore(engine), clock=clock())
    fill(service)
    name = f"version-{version}-{engine.dialect.name}"
    (folder / f"{name}.sql").write_text(dump(engine), encoding="utf-8")
    acting = ck.CampaignService(SQLAlchemyStore(engine), clock=clock())
    (folder / f"{name}-acts.sql").write_text(record(engine, acting), encoding="utf-8")
    engine.dispose()


def main() -> None:
    """Write the files for both databases."""
    with postgres.database() as url:
        keep(create_engine(url), LEDGER_VERSION)
    keep(create_engine("sqlite://"), LEDGER_VERSION)


if __name__ == "__main__":
    main()
