"""What others may write into the tables of clients on SQLite, where columns take any value.

A row is read as what it means, or named by a `CorruptRowError`; no other error leaves the library.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from sqlalchemy.exc import IntegrityError

import campaignkit as ck
from campaignkit.storage import ClientQuery, Store
from tests.storage.sqlalchemy.doing import CREATED, DAY
from tests.storage.sqlalchemy.test_refusals import SQLITE, joined, opened, sql

ANN = ck.Actor.user("ann")
CLIENT, ONE, TWO = UUID(int=1), UUID(int=2), UUID(int=3)
POLICY = ck.ClientPolicy(
    one_campaign_per_lead=True, cooldown=9, channel_limits={"email": ck.ChannelLimit(50, 90)}
)
IDS = ["here", "there", "gone", "stopped", "erased", "new"]
LEADS = [ck.Lead(lead_id, 90) for lead_id in IDS]

USUAL = ("NULL", "a word", "a part", "bytes", "no UTF-8", "a moment")
ODD = {
    "NULL": "NULL",
    "a word": "'x'",
    "no text": "''",
    "a number as text": "'1'",
    "a negative number": "-1",
    "zero": "0",
    "a part": "1.5",
    "a large number": "9223372036854775807",
    "infinity": "9e999",
    "bytes": "x'fffe'",
    "no UTF-8": "CAST(x'fffe' AS TEXT)",
    "a day": "'2026-11-23'",
    "a day that is none": "'2026-13-45'",
    "a moment": "'2026-11-23 08:00:00.000000'",
    "a list": "'[]'",
    "an object": "'{}'",
    "null": "'null'",
    "text in JSON": "'\"x\"'",
    "a half of a character": "'\"\\ud800\"'",
    "deep": "replace(hex(zeroblob(2000)), '0', '[')",
    "an id": f"'{UUID(int=77).hex}'",
}
"""Values of SQL, by what they are."""

TABLES = {
    "clients": "true",
    "client_days": "true",
    "suppressions": "lead_id = 'stopped'",
    "releases": "true",
    "client_events": "number = 1",
    "leads": "lead_id = 'here'",
    "rejections": "true",
    "suggested_leads": "true",
}
"""Each table, and which of its rows is spoilt."""


def use(store: Store) -> Mapping[str, Callable[[], object]]:
    """Return what can be read of a client, and done to it."""
    service = ck.CampaignService(store, clock=lambda: CREATED)
    one, two = (CLIENT, ONE), (CLIENT, TWO)
    return {
        "policy": lambda: service.client_policy(CLIENT),
        "client": lambda: service.ask(ClientQuery(CLIENT, DAY)),
        "client_history": lambda: service.client_history(CLIENT),
        "suppressions": lambda: service.suppressions(CLIENT),
        "suppressions, one by one": lambda: service.suppressions(CLIENT, after="a", limit=1),
        "lead": lambda: [service.lead(CLIENT, lead_id) for lead_id in IDS],
        "suppressed_assignments": lambda: service.suppressed_assignments(*one),
        "assignments": lambda: store.assignments(*one),
        "snapshot": lambda: store.snapshot(*one, day=DAY, lead_ids=IDS),
        "progress": lambda: store.progress(*one, DAY),
        "brief": lambda: service.brief(*one, DAY),
        "preview": lambda: service.preview(*one, LEADS, day=DAY, by=ANN),
        "set_client_policy": lambda: service.set_client_policy(
            CLIENT, ck.ClientPolicy(one_campaign_per_lead=True), by=ANN
        ),
        "suppress": lambda: service.suppress(CLIENT, IDS, by=ANN),
        "unsuppress": lambda: service.unsuppress(CLIENT, IDS, by=ANN),
        "erase": lambda: service.erase(CLIENT, "there", by=ANN),
        "intake": lambda: service.intake(*one, LEADS, day=DAY, by=ANN),
        "intake later": lambda: service.intake(
            *two, LEADS, day=DAY + timedelta(days=1), by=ANN, at_most={"email": 1}
        ),
        "release": lambda: service.release(*one, IDS, by=ANN),
        "release and suppress": lambda: service.release(
            *one, IDS, by=ANN, contacted=True, suppress=["sms"]
        ),
        "edit": lambda: service.edit(*one, by=ANN, name="Perth"),
        "delete and restore": lambda: (
            service.delete(*one, by=ANN),
            service.restore(*one, by=ANN),
        ),
        "adopt": lambda: store.adopt_client(CLIENT),
    }


def fill(store: Store) -> None:
    """Store two campaigns of a client, and something in each table of what they share."""
    service = ck.CampaignService(store, clock=lambda: CREATED)
    for campaign_id in (ONE, TWO):
        draft = ck.Campaign.draft(
            id=campaign_id,
            client_id=CLIENT,
            name="Sydney",
            created_at=CREATED,
            permission_mode=ck.PermissionMode.CO_PILOT,
        )
        service.create(draft, by=ANN)
        service.activate(CLIENT, campaign_id, by=ANN)
    service.set_client_policy(CLIENT, POLICY, by=ANN, reason="one seat")
    one, two = (CLIENT, ONE), (CLIENT, TWO)
    service.intake(*one, LEADS[:1], day=DAY, by=ANN)
    service.intake(*two, LEADS[1:3], day=DAY, by=ANN)
    service.release(*two, ["gone"], by=ANN, contacted=True)
    idea = service.intake(*one, [ck.Lead("asked", 90)], day=DAY, by=ck.Actor.ai("scout"))
    assert isinstance(idea, ck.Suggestion)
    service.reject(CLIENT, idea.id, by=ANN, reason="no")
    service.suppress(CLIENT, ["stopped", "here"], ["email"], by=ANN, until=DAY, reason="asked")
    service.erase(CLIENT, "erased", by=ANN)


@frozen
class Desk:
    """A ledger on a host's connection, whose transaction is never committed."""

    store: Store
    run: Callable[[str], Any]

    @contextmanager
    def undone(self, name: str) -> Generator[None]:
        """Undo what is done meanwhile."""
        self.run(f"SAVEPOINT {name}")
        try:
            yield
        finally:
            self.run(f"ROLLBACK TO {name}")
            self.run(f"RELEASE {name}")

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self.run(f"PRAGMA table_info(campaign_{table})")]

    def spoil(self, table: str, column: str, value: str) -> bool:
        """Put a value into a row for which it is possible; return whether there is one."""
        change = f'UPDATE campaign_{table} SET "{column}" = {value} WHERE {TABLES[table]}'
        try:
            assert self.run(change).rowcount == 1
        except IntegrityError:
            return False
        return True


@pytest.fixture(params=SQLITE)
def desk(sqlite: str, request: pytest.FixtureRequest) -> Generator[Desk]:
    with opened(sqlite, request.param) as store:
        fill(store)
    sql(sqlite, "PRAGMA foreign_keys = OFF")
    with joined(sqlite, request.param) as (store, run):
        run("PRAGMA ignore_check_constraints = ON")
        run("BEGIN")
        yield Desk(store, run)
        run("ROLLBACK")


NEW = ("clients", "client_days", "suppressions", "releases", "client_events")


@pytest.mark.parametrize(
    ("table", "names"),
    [
        *((table, USUAL) for table in NEW),
        *(pytest.param(table, tuple(ODD), marks=pytest.mark.long) for table in TABLES),
    ],
)
def test_an_odd_value_is_read_or_named(desk: Desk, table: str, names: tuple[str, ...]) -> None:
    assert desk.run(f"SELECT count(*) FROM campaign_{table}").scalar()
    told: list[str] = []
    for column in desk.columns(table):
        for name in names:
            with desk.undone("spoilt"):
                if not desk.spoil(table, column, ODD[name]):
                    continue
                for act, do in use(desk.store).items():
                    with desk.undone("done"):
                        try:
                            do()
                        except (ck.CorruptRowError, ck.NotFoundError, ck.RefusedError):
                            pass
                        except Exception as error:  # noqa: BLE001  # all that leaves it is listed
                            told.append(f"{column} = {name}: {act}: {error!r:.200}")
    assert not told, "\n".join(told)
