"""Two readers of a client's feed: a webhook, and the figures of a dashboard.

    python webhooks.py sqlite:///host.db CLIENT_ID http://localhost:8000/hook

sends what has happened since the last run, prints how many events that was, and exits. Run it as
often as you like, on as many hosts as you like.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from urllib.request import Request, urlopen
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    create_engine,
    insert,
    select,
    update,
)

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, define_tables

# -- The host's tables ----------------------------------------------------------------------------

METADATA = MetaData()
TABLES = define_tables(METADATA, clients=None)
READERS = Table(
    "feed_readers",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("client_id", Uuid, primary_key=True),
    Column("cursor", Text, nullable=False),  # empty at the beginning
)
FIGURES = Table(
    "dashboard",
    METADATA,
    Column("client_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

WEBHOOK, DASHBOARD = "webhook", "dashboard"

Send = Callable[[str, str], None]
"""Sends a body under a key. It raises an exception if the receiver did not confirm it."""

# -- Cursors --------------------------------------------------------------------------------------


def add_reader(connection: Connection, name: str, client_id: UUID) -> None:
    """Add a reader that begins with the first event of a client."""
    connection.execute(insert(READERS).values(name=name, client_id=client_id, cursor=""))


def read_cursor(connection: Connection, name: str, client_id: UUID) -> str:
    """Return the cursor of a reader."""
    is_reader = (READERS.c.name == name) & (READERS.c.client_id == client_id)
    return str(connection.execute(select(READERS.c.cursor).where(is_reader)).scalar_one())


def move_cursor(connection: Connection, name: str, client_id: UUID, old: str, new: str) -> bool:
    """Move the cursor of a reader; return False if another host has moved it meanwhile."""
    is_reader = (READERS.c.name == name) & (READERS.c.client_id == client_id)
    is_old = READERS.c.cursor == old
    moved = update(READERS).where(is_reader, is_old).values(cursor=new).returning(READERS.c.name)
    return connection.execute(moved).first() is not None


# -- A webhook: at least once ---------------------------------------------------------------------


def send_events(host: Engine, client_id: UUID, send: Send, *, limit: int = 100) -> int:
    """Send the next events of a client, then store the cursor; return how many there were."""
    with host.begin() as connection:
        cursor = read_cursor(connection, WEBHOOK, client_id)
        page = SQLAlchemyStore(connection, TABLES).feed(client_id, cursor or None, limit=limit)
    for error in page.corrupt:
        print(error, file=sys.stderr)  # events that cannot be read are skipped, and must be told
    for event in page.items:
        send(f"{event.campaign_id}/{event.number}", ck.to_json(event))
    with host.begin() as connection:
        move_cursor(connection, WEBHOOK, client_id, cursor, page.next or "")
    return len(page.items)


def post_to(url: str) -> Send:
    """Return a function that sends bodies to a URL."""

    def send(key: str, body: str) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        request = Request(url, body.encode(), headers)  # noqa: S310  # the host's own URL
        with urlopen(request, timeout=10):  # noqa: S310  # raises for any other answer than 2xx
            pass

    return send


# -- A dashboard: exactly once --------------------------------------------------------------------


def count_events(host: Engine, client_id: UUID, *, limit: int = 100) -> int:
    """Count the next events of a client by kind, in one transaction; return how many there were."""
    with host.begin() as connection:
        cursor = read_cursor(connection, DASHBOARD, client_id)
        page = SQLAlchemyStore(connection, TABLES).feed(client_id, cursor or None, limit=limit)
        if not move_cursor(connection, DASHBOARD, client_id, cursor, page.next or ""):
            return 0  # another host counts these
        for kind, count in Counter(event.kind.value for event in page.items).items():
            _add_count(connection, client_id, kind, count)
    return len(page.items)


def _add_count(connection: Connection, client_id: UUID, kind: str, count: int) -> None:
    # No other transaction writes these figures: they would have to move the cursor first.
    figures = FIGURES.c
    is_figure = (figures.client_id == client_id) & (figures.kind == kind)
    more = update(FIGURES).where(is_figure).values(count=figures.count + count)
    if connection.execute(more.returning(figures.kind)).first() is None:
        connection.execute(insert(FIGURES).values(client_id=client_id, kind=kind, count=count))


# -- The command ----------------------------------------------------------------------------------


def main(url: str, client_id: str, hook: str) -> None:
    """Send all events that there are, from the first one on the first run."""
    host = create_engine(url)
    METADATA.create_all(host)
    is_own = (READERS.c.name == WEBHOOK) & (READERS.c.client_id == UUID(client_id))
    with host.begin() as connection:
        if connection.execute(select(READERS.c.name).where(is_own)).first() is None:
            add_reader(connection, WEBHOOK, UUID(client_id))
    sent = 0
    while count := send_events(host, UUID(client_id), post_to(hook)):
        sent += count
    print(f"{sent} events sent")
    host.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
