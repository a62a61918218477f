"""`Store.replace` compares whole campaigns: one that was read before a change is stale."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve, fields

from campaignkit import (
    Allocation,
    Campaign,
    CampaignStatus,
    ConflictError,
    InvalidError,
    NotFoundError,
    PermissionMode,
    Targeting,
)
from campaignkit.storage import MemoryStore

DRAFT = Campaign.draft(client_id=uuid4(), name="x")
MOMENT = timedelta(microseconds=1)

DIFFERENCES: dict[str, Any] = {
    "name": "y",
    "status": CampaignStatus.PAUSED,
    "permission_mode": PermissionMode.MANUAL,
    "targeting": Targeting(titles=["CEO"]),
    "allocation": Allocation(email=100),
    "daily_lead_limit": 51,
    "total_lead_limit": 1,
    "start_date": date(2026, 11, 23),
    "end_date": date(2026, 11, 23),
    "created_at": DRAFT.created_at + MOMENT,
    "updated_at": DRAFT.updated_at - MOMENT,
    "deleted_at": DRAFT.created_at,
}


def test_every_field_is_compared() -> None:
    assert {"id", "client_id", *DIFFERENCES} == {field.name for field in fields(Campaign)}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_stale_campaign_replaces_nothing(name: str) -> None:
    store = MemoryStore()
    now = evolve(DRAFT, **{name: DIFFERENCES[name]})
    store.add(now)
    with pytest.raises(ConflictError):
        store.replace(DRAFT, evolve(DRAFT, name="z"))
    assert store.find(DRAFT.client_id, include_deleted=True).items == (now,)
    after = evolve(now, name="z")
    assert store.replace(now, after) == after
    with pytest.raises(ConflictError):
        store.replace(now, after)
    assert store.replace(after, after) == after


@pytest.mark.parametrize("other", [{"id": uuid4()}, {"client_id": uuid4()}])
def test_a_campaign_is_replaced_by_one_of_its_own_id_and_client(other: dict[str, Any]) -> None:
    store = MemoryStore()
    store.add(DRAFT)
    with pytest.raises(InvalidError):
        store.replace(DRAFT, evolve(DRAFT, **other))
    with pytest.raises(NotFoundError):
        store.replace(evolve(DRAFT, **other), evolve(DRAFT, **other))
    assert store.find(DRAFT.client_id).items == (DRAFT,)
