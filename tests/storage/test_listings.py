"""What can be asked for, and a listing be narrowed down by: every store refuses the same alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from campaignkit import Campaign, CampaignStatus, InvalidError
from campaignkit.storage import MemoryStore, Snapshot, Store, Writes
from campaignkit.storage.sqlalchemy import SQLAlchemyStore

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DRAFT = Campaign.draft(client_id=uuid4(), name="x")


@pytest.fixture(params=["memory", "SQLite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Give each kind of store in turn, with a draft."""
    if request.param == "memory":
        memory = MemoryStore()
        memory.add(DRAFT)
        yield memory
        return
    with SQLAlchemyStore.open("sqlite://") as opened:
        opened.add(DRAFT)
        yield opened


@pytest.mark.parametrize("statuses", ["draft", b"draft", "d", 5, ["over"], [None]])
def test_statuses_are_several(store: Store, statuses: Any) -> None:
    with pytest.raises(InvalidError, match="of draft, active, paused, completed"):
        store.find(DRAFT.client_id, statuses=statuses)


@pytest.mark.parametrize("statuses", [["draft"], {CampaignStatus.DRAFT}, CampaignStatus])
def test_statuses_of_any_collection(store: Store, statuses: Any) -> None:
    assert store.find(DRAFT.client_id, statuses=statuses).items == (DRAFT,)


def test_all_that_is_wrong_is_told_at_once(store: Store) -> None:
    nonsense: Any = {"statuses": "draft", "running_on": NOON, "limit": 0}
    with pytest.raises(InvalidError) as refused:
        store.find(DRAFT.client_id, **nonsense)
    assert [fault.split()[0] for fault in refused.value.faults] == [
        "statuses",
        "running_on",
        "limit",
    ]


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "1", None])
def test_a_page_has_one_item_or_more(store: Store, limit: Any) -> None:
    for call in (
        lambda: store.find(DRAFT.client_id, limit=limit),
        lambda: store.running_across_clients(NOON.date(), limit=limit),
        lambda: store.assignments(DRAFT.client_id, DRAFT.id, limit=limit),
        lambda: store.suggestions(DRAFT.client_id, limit=limit),
        lambda: store.feed(DRAFT.client_id, limit=limit),
        lambda: store.history(DRAFT.client_id, DRAFT.id, limit=limit),
    ):
        with pytest.raises(InvalidError, match=r"^limit must be a whole number of 1 or more"):
            call()


@pytest.mark.parametrize("day", [None, "2026-11-23", NOON])
def test_campaigns_run_on_a_date(store: Store, day: Any) -> None:
    with pytest.raises(InvalidError, match=r"^day must be a date"):
        store.running_across_clients(day)


def test_a_page_has_a_hundred_items_unless_asked(store: Store) -> None:
    store.add_all([Campaign.draft(client_id=DRAFT.client_id, name=f"{n}") for n in range(100)])
    assert len(store.find(DRAFT.client_id).items) == 100


@pytest.mark.parametrize("after", ["a\0b", "a\ud800", 7])
def test_leads_are_listed_behind_what_an_id_can_be(store: Store, after: Any) -> None:
    with pytest.raises(InvalidError, match="after must be text"):
        store.assignments(DRAFT.client_id, DRAFT.id, after=after)


def test_leads_are_listed_by_days(store: Store) -> None:
    with pytest.raises(InvalidError, match="day must be a date"):
        store.assignments(DRAFT.client_id, DRAFT.id, day=NOON)


def test_a_page_may_be_larger_than_any_table(store: Store) -> None:
    assert store.find(DRAFT.client_id, limit=10**30).items == (DRAFT,)
    assert store.assignments(DRAFT.client_id, DRAFT.id, limit=10**30).items == ()


TEXT: Any = str(DRAFT.id)

ASKED: dict[str, tuple[str, Callable[[Store], object]]] = {
    "get": ("campaign_id", lambda store: store.get(DRAFT.client_id, TEXT)),
    "get of a client": ("client_id", lambda store: store.get(TEXT, DRAFT.id)),
    "find": ("client_id", lambda store: store.find(TEXT)),
    "find after": ("after", lambda store: store.find(DRAFT.client_id, after=TEXT)),
    "snapshot": ("campaign_id", lambda store: store.snapshot(DRAFT.client_id, TEXT)),
    "assignments": ("campaign_id", lambda store: store.assignments(DRAFT.client_id, TEXT)),
    "suggestions": ("campaign_id", lambda store: store.suggestions(DRAFT.client_id, TEXT)),
    "suggestions after": ("after", lambda store: store.suggestions(DRAFT.client_id, after=TEXT)),
    "suggestion": ("suggestion_id", lambda store: store.suggestion(DRAFT.client_id, TEXT)),
    "history": ("client_id", lambda store: store.history(TEXT, DRAFT.id)),
    "feed": ("client_id", lambda store: store.feed(TEXT)),
    "transact": ("campaign_id", lambda store: store.transact(DRAFT.client_id, TEXT, never)),
    "transact on suggestions": (
        "suggestion_ids",
        lambda store: store.transact(DRAFT.client_id, DRAFT.id, never, suggestion_ids=[TEXT]),
    ),
}


def never(snapshot: Snapshot) -> Writes[None]:
    pytest.fail(f"nothing is decided on {snapshot}")


@pytest.mark.parametrize("call", ASKED)
def test_an_id_is_a_uuid(store: Store, call: str) -> None:
    name, ask = ASKED[call]
    with pytest.raises(InvalidError, match=f"^{name} must be a UUID, not '{TEXT}'$"):
        ask(store)


@pytest.mark.parametrize("day", ["2026-11-23", NOON])
def test_a_day_is_a_date(store: Store, day: Any) -> None:
    with pytest.raises(InvalidError, match="day must be a date, not"):
        store.progress(DRAFT.client_id, DRAFT.id, day)
    with pytest.raises(InvalidError, match="day must be a date, not"):
        store.transact(DRAFT.client_id, DRAFT.id, never, day=day)


def test_ids_and_days_are_refused_at_once(store: Store) -> None:
    nonsense: Any = "2026-11-23"
    with pytest.raises(InvalidError) as refused:
        store.progress(TEXT, TEXT, nonsense)
    assert [fault.split()[0] for fault in refused.value.faults] == [
        "client_id",
        "campaign_id",
        "day",
    ]
