"""What every store refuses alike of a new campaign's history."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from campaignkit import Actor, Campaign, ConflictError, Event, EventKind, NotFoundError
from campaignkit.storage import MemoryStore, Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore


@pytest.fixture(params=["memory", "SQLite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Give each kind of store in turn."""
    if request.param == "memory":
        yield MemoryStore()
        return
    with SQLAlchemyStore.open("sqlite://") as opened:
        yield opened


def test_a_new_campaigns_history_tells_of_no_suggestion(store: Store) -> None:
    draft = Campaign.draft(client_id=uuid4(), name="x")
    event = Event(
        campaign_id=draft.id,
        kind=EventKind.SUGGESTED,
        by=Actor.ai("scout"),
        at=draft.created_at,
        suggestion_id=uuid4(),
    )
    with pytest.raises(ConflictError, match=f"suggestion {event.suggestion_id}, but a new"):
        store.add(draft, [event])
    with pytest.raises(NotFoundError):
        store.get(draft.client_id, draft.id)
