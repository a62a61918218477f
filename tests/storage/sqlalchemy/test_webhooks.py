"""The readers of the guide to the feed, several at once, while others write."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

import campaignkit as ck
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.sqlalchemy.examples import EXAMPLES, load_example

webhooks: Any = load_example("webhooks")

ACME = UUID(int=1)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")


class Receiver:
    """A receiver of a webhook; an unreliable one is down for every fifth request."""

    def __init__(self) -> None:
        self.is_reliable = False
        self.keys: list[str] = []
        self.bodies: dict[str, Any] = {}
        self.requests = 0
        self._lock = Lock()

    def take(self, key: str, body: bytes) -> int:
        """Return the status of the answer."""
        with self._lock:
            self.requests += 1
            if not self.is_reliable and self.requests % 5 == 0:
                return 503
            self.keys.append(key)
            self.bodies[key] = json.loads(body)
            return 204


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def hook(receiver: Receiver) -> Iterator[str]:
    """Give the URL of a receiver."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(self.headers["Idempotency-Key"], body))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        serving.join()


def begin(engine: Engine, *readers: str) -> ck.CampaignService:
    webhooks.METADATA.create_all(engine)
    with engine.begin() as connection:
        for name in readers:
            webhooks.add_reader(connection, name, ACME)
    return ck.CampaignService(SQLAlchemyStore(engine, webhooks.TABLES))


def write_events(service: ck.CampaignService, count: int) -> None:
    """Write events of a campaign; five for each round."""
    campaign = service.create(ck.Campaign.draft(client_id=ACME, name="a"), by=ANN)
    key = ACME, campaign.id
    for number in range(count):
        service.activate(*key, by=ANN)
        service.edit(*key, name=f"a{number}", by=ANN)
        idea = service.edit(*key, name=f"b{number}", by=SCOUT)
        service.approve(ACME, idea.id, by=ANN)
        service.pause(*key, by=ANN)


def all_events(service: ck.CampaignService) -> list[ck.Event]:
    return [
        event
        for campaign in service.find(ACME).items
        for event in service.history(ACME, campaign.id, limit=1_000).items
    ]


def keep_reading(read: Callable[[], int], is_done: Callable[[], bool]) -> int:
    """Read until there is nothing more after the writers are done; try again after errors."""
    total = 0
    while True:
        was_done = is_done()
        try:
            count = read()
        except OSError:  # the receiver was down
            continue
        total += count
        if was_done and not count:
            return total


def test_each_event_arrives_in_its_order_whatever_fails(
    engine: Engine, receiver: Receiver, hook: str
) -> None:
    service = begin(engine, webhooks.WEBHOOK)

    def read() -> int:
        return int(webhooks.send_events(engine, ACME, webhooks.post_to(hook), limit=7))

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write_events, service, 6) for _ in range(2)]

        def is_done() -> bool:
            return all(writer.done() for writer in writers)

        readers = [pool.submit(keep_reading, read, is_done) for _ in range(3)]
        for writer in writers:
            writer.result()
        for reader in readers:
            reader.result()
    events = all_events(service)
    assert len(events) == 2 * (1 + 5 * 6)
    assert receiver.bodies == {f"{e.campaign_id}/{e.number}": ck.to_dict(e) for e in events}
    first_copies = defaultdict[str, list[int]](list)
    for key in dict.fromkeys(receiver.keys):
        campaign, _, number = key.partition("/")
        first_copies[campaign].append(int(number))
    assert all(numbers == sorted(numbers) for numbers in first_copies.values())


def test_a_dashboard_counts_each_event_once(engine: Engine) -> None:
    service = begin(engine, webhooks.DASHBOARD)

    def read() -> int:
        return int(webhooks.count_events(engine, ACME, limit=7))

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write_events, service, 6) for _ in range(2)]

        def is_done() -> bool:
            return all(writer.done() for writer in writers)

        readers = [pool.submit(keep_reading, read, is_done) for _ in range(3)]
        for writer in writers:
            writer.result()
        counted = sum(reader.result() for reader in readers)
    while more := read():  # a reader that found the cursor moved stops early
        counted += more
    events = all_events(service)
    assert counted == len(events)
    with engine.connect() as connection:
        figures = connection.execute(select(webhooks.FIGURES.c["kind", "count"]))
        counts = {row["kind"]: row["count"] for row in figures.mappings()}
    assert counts == Counter(event.kind.value for event in events)


def test_the_program_sends_what_is_new(
    url: str, engine: Engine, receiver: Receiver, hook: str
) -> None:
    service = begin(engine, webhooks.WEBHOOK)
    receiver.is_reliable = True
    write_events(service, 1)
    command = [sys.executable, str(EXAMPLES / "webhooks.py"), url, str(ACME), hook]
    for sent in (6, 0):
        assert subprocess.check_output(command, text=True) == f"{sent} events sent\n"
    assert len(receiver.keys) == 6
