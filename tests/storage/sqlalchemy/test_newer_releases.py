"""What a newer release wrote into the ledger stops no older process, and is not lost by it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, text, update

import campaignkit as ck
from campaignkit.storage import Page
from campaignkit.storage.sqlalchemy import SQLAlchemyStore, Tables
from campaignkit.storage.sqlalchemy._store import default_tables

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")

UNKNOWN: dict[str, Any] = {
    "at_once": True,
    "size": None,
    "options": {"a": [1, {"b": None}]},
    "by": {"team": "sales"},
    "counts": {"fax": 0},
    "before": {"budget": 3},
}
"""What is added to stored JSON; what is an object is added to the object of its name."""


@pytest.fixture
def tables() -> Tables:
    return default_tables()


class Host:
    """A campaign with suggestions of all kinds that touch stored heads, and a history."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self.engine, self.tables = engine, tables
        tables.campaigns.metadata.create_all(engine)
        self.store = SQLAlchemyStore(engine, tables)
        self.service = ck.CampaignService(self.store, clock=lambda: NOW)
        draft = ck.Campaign.draft(client_id=uuid4(), name="Sydney agencies")
        campaign = self.service.create(draft, by=ANN)
        self.client_id, self.key = campaign.client_id, (campaign.client_id, campaign.id)
        self.service.activate(*self.key, by=ANN)
        self.service.intake(*self.key, leads("a", "b"), day=DAY, by=ANN)
        self.leads = self.suggest(self.service.intake(*self.key, leads("c"), day=DAY, by=SCOUT))
        self.edit = self.suggest(self.service.edit(*self.key, by=SCOUT, name="Sydney"))
        self.pause = self.suggest(self.service.pause(*self.key, by=SCOUT))

    @staticmethod
    def suggest(suggested: object) -> UUID:
        assert isinstance(suggested, ck.Suggestion)
        return suggested.id

    def set(self, table: str, column: str, value: object, **where: object) -> None:
        """Set a column as a newer release would."""
        found = getattr(self.tables, table)
        change = update(found).values({column: value})
        for name, one in where.items():
            change = change.where(found.c[name] == one)
        with self.engine.begin() as connection:
            connection.execute(change)

    def add_unknown(self, table: str, column: str, unknown: Mapping[str, Any]) -> None:
        found = getattr(self.tables, table)
        for row in self.rows(table):
            keys = {key.name: row[key.name] for key in found.primary_key}
            self.set(table, column, merge(row[column], unknown), **keys)

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            found = connection.execute(select(getattr(self.tables, table))).mappings()
            return [dict(row) for row in found]


def leads(*names: str) -> list[ck.Lead]:
    return [ck.Lead(name, als_score=90) for name in names]


def merge(known: dict[str, Any], unknown: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored JSON with what is unknown in its places."""
    merged = dict(known)
    for name, piece in unknown.items():
        old = known.get(name)
        merged[name] = {**old, **piece} if isinstance(old, dict) else piece
    return merged


# -- Unknown fields of stored JSON ----------------------------------------------------------------


def test_unknown_fields_are_not_read(engine: Engine, tables: Tables) -> None:
    host = Host(engine, tables)
    before = (
        host.store.suggestions(host.client_id),
        host.store.suggestion(host.client_id, host.leads),
        host.store.history(*host.key),
        host.store.feed(host.client_id).items,
    )
    for table, column in (("suggestions", "suggestion"), ("events", "event")):
        host.add_unknown(table, column, UNKNOWN)
    assert before == (
        host.store.suggestions(host.client_id),
        host.store.suggestion(host.client_id, host.leads),
        host.store.history(*host.key),
        host.store.feed(host.client_id).items,
    )


ACTS: dict[str, Callable[[Host], object]] = {
    "approve": lambda host: host.service.approve(host.client_id, host.leads, by=ANN),
    "approve an edit": lambda host: host.service.approve(host.client_id, host.edit, by=ANN),
    "reject": lambda host: host.service.reject(host.client_id, host.pause, by=ANN, reason="no"),
    "refresh": lambda host: host.service.intake(
        *host.key, [ck.Lead("c", als_score=50)], day=DAY, by=SCOUT
    ),
    "complete": lambda host: host.service.complete(*host.key, by=ANN),
}
"""What replaces the heads of suggestions."""


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_unknown_fields_are_kept(
    engine: Engine, tables: Tables, act: Callable[[Host], object]
) -> None:
    """An act changes of the stored JSON what it changes where nothing is unknown, and no more."""
    host = Host(engine, tables)
    host.add_unknown("suggestions", "suggestion", UNKNOWN)
    unknown = {row["id"]: row["suggestion"] for row in host.rows("suggestions")}
    act(host)
    changed = 0
    for row in host.rows("suggestions"):
        stored = row["suggestion"]
        assert merge(stored, UNKNOWN) == stored
        changed += stored != unknown[row["id"]] or row["state"] != "pending"
        head = next(h for h in host.store.suggestions(host.client_id).items if h.id == row["id"])
        strict = {**without_unknown(stored), "id": str(head.id), "campaign_id": str(host.key[1])}
        given = {**strict, "state": row["state"], "digest": row["digest"]}
        assert ck.from_dict(type(head), given) == head
    assert changed


def without_unknown(stored: dict[str, Any]) -> dict[str, Any]:
    rest = json.loads(json.dumps(stored))
    for name, piece in UNKNOWN.items():
        if name in {"at_once", "size", "options"}:
            del rest[name]
        else:
            for key in piece:
                del rest[name][key]
    return dict(rest)


def test_users_get_no_leave_to_add_fields() -> None:
    with pytest.raises(ck.StructureError, match="is unknown"):
        ck.from_dict(ck.Actor, {"kind": "user", "name": "ann", "team": "sales"})


def test_what_is_wrong_besides_is_told(engine: Engine, tables: Tables) -> None:
    host = Host(engine, tables)
    host.add_unknown("suggestions", "suggestion", {"more": 1, "by": {"kind": "robot", "x": 1}})
    page = host.store.suggestions(host.client_id)
    assert page.items == ()
    assert len(page.corrupt) == 3
    assert any("$.by.kind" in fault for fault in page.corrupt[0].faults)


def test_an_edit_of_unknown_fields_is_listed_and_not_approved(
    engine: Engine, tables: Tables
) -> None:
    """Approving it would set a part of what was suggested."""
    host = Host(engine, tables)
    row = next(row for row in host.rows("suggestions") if row["id"] == host.edit)
    more = merge(row["suggestion"], {"after": {"budget": 5}})
    host.set("suggestions", "suggestion", more, id=host.edit)
    host.set("suggestions", "digest", "f" * 64, id=host.edit)
    listed = {head.id: head for head in host.store.suggestions(host.client_id).items}
    assert dict(listed[host.edit].after) == {"name": "Sydney"}
    with pytest.raises(ck.CorruptRowError, match="fields that this release does not know"):
        host.service.approve(host.client_id, host.edit, by=ANN)
    assert host.service.approve(host.client_id, host.leads, by=ANN)
    host.service.complete(*host.key, by=ANN)
    row = next(row for row in host.rows("suggestions") if row["id"] == host.edit)
    assert row["suggestion"]["after"] == {"name": "Sydney", "budget": 5}
    assert row["state"] == "closed"


# -- Unknown labels -------------------------------------------------------------------------------

LABELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a channel": ("leads", "channel", {"lead_id": "a"}),
    "a tier": ("leads", "tier", {"lead_id": "a"}),
    "a state": ("suggestions", "state", {}),
    "a kind": ("events", "kind", {"number": 2}),
    "a reason": ("suggested_leads", "reason", {"lead_id": "c"}),
    "a reachable channel": ("suggested_leads", "reachable", {"lead_id": "c"}),
}


@pytest.mark.parametrize(("table", "column", "where"), LABELS.values(), ids=LABELS)
def test_an_unknown_label_is_stored_and_hides_nothing_else(
    engine: Engine, tables: Tables, table: str, column: str, where: dict[str, Any]
) -> None:
    host = Host(engine, tables)
    where = where or {"id": host.leads}
    host.set(table, column, "new", **where)
    pages: dict[str, Page[Any, Any]] = {
        "leads": host.store.assignments(*host.key),
        "suggestions": host.store.suggestions(host.client_id),
        "events": host.store.history(*host.key),
    }
    sizes = {"leads": 2, "suggestions": 3, "events": 6}
    for name, page in pages.items():
        corrupt = [error.faults for error in page.corrupt]
        assert len(corrupt) == (name == table)
        assert len(page.items) == sizes[name] - len(corrupt)
        assert all("new" in fault for faults in corrupt for fault in faults)
    feed = host.store.feed(host.client_id)
    assert (len(feed.items), len(feed.corrupt)) == (6 - (table == "events"), table == "events")
    if table in {"suggestions", "suggested_leads"}:
        with pytest.raises(ck.CorruptRowError):
            host.store.suggestion(host.client_id, host.leads)
    # What does not need that row goes on.
    host.service.intake(*host.key, leads("z"), day=DAY, by=ANN)
    host.service.approve(host.client_id, host.edit, by=ANN)
    host.service.complete(*host.key, by=ANN)


def test_a_command_of_a_newer_release_is_left_alone(engine: Engine, tables: Tables) -> None:
    host = Host(engine, tables)
    row = next(row for row in host.rows("suggestions") if row["id"] == host.pause)
    newer = {**row["suggestion"], "action": "hibernate"}
    host.set("suggestions", "suggestion", newer, id=host.pause)
    page = host.store.suggestions(host.client_id)
    assert (len(page.items), [error.key for error in page.corrupt]) == (2, [host.pause])
    with pytest.raises(ck.CorruptRowError):
        host.service.approve(host.client_id, host.pause, by=ANN)
    host.service.complete(*host.key, by=ANN)
    row = next(row for row in host.rows("suggestions") if row["id"] == host.pause)
    assert row["suggestion"] == newer


def test_no_check_of_the_ledger_lists_labels(tables: Tables) -> None:
    """A list of labels would keep an older ledger from taking those of a newer release."""
    for table in list(tables)[1:]:
        for constraint in table.constraints:
            condition = str(getattr(constraint, "sqltext", text("")))
            assert " IN (" not in condition, f"{table.name}: {condition}"
