"""What is too long names itself before anything is sent; the longest that may be is kept."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

import campaignkit as ck
from campaignkit.core._checks import LONGEST_ID, LONGEST_TEXT
from campaignkit.storage import MemoryStore, Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.sqlalchemy.doing import CREATED, DAY

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
_RANDOM = random.Random(7)


def text_of(length: int) -> str:
    """Return a text of characters of four bytes, which nothing can compress."""
    return "".join(chr(_RANDOM.randrange(0x20000, 0x2A000)) for _ in range(length))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    with SQLAlchemyStore.open(request.getfixturevalue(request.param)) as opened:
        yield opened


Key = tuple[UUID, UUID]
ACTS: Mapping[str, tuple[int, Callable[[ck.CampaignService, Key, str], Any]]] = {
    "id of a lead": (
        LONGEST_ID,
        lambda s, key, long: s.intake(*key, [ck.Lead("a", 90), ck.Lead(long, 90)], day=DAY, by=ANN),
    ),
    "id of a suggested lead": (
        LONGEST_ID,
        lambda s, key, long: s.intake(*key, [ck.Lead(long, 90)], day=DAY, by=SCOUT),
    ),
    "name of a campaign": (
        LONGEST_TEXT,
        lambda s, key, long: s.create(ck.Campaign.draft(client_id=key[0], name=long), by=ANN),
    ),
    "new name": (LONGEST_TEXT, lambda s, key, long: s.edit(*key, name=long, by=ANN)),
    "name of an actor": (
        LONGEST_TEXT,
        lambda s, key, long: s.edit(*key, name="y", by=ck.Actor.user(long)),
    ),
    "reason": (LONGEST_TEXT, lambda s, key, long: s.edit(*key, name="z", by=ANN, reason=long)),
    "reason of a suggestion": (
        LONGEST_TEXT,
        lambda s, key, long: s.edit(*key, name="s", by=SCOUT, reason=long),
    ),
    "why": (
        LONGEST_TEXT,
        lambda s, key, long: s.reject(key[0], last_suggestion(s, key), by=ANN, reason=long),
    ),
}


def last_suggestion(service: ck.CampaignService, key: Key) -> UUID:
    return service.suggestions(*key).items[-1].id


def test_what_is_too_long_names_itself(store: Store) -> None:
    service = ck.CampaignService(store, clock=lambda: CREATED)
    draft = service.create(
        ck.Campaign.draft(client_id=uuid4(), name="x", created_at=CREATED), by=ANN
    )
    key = draft.client_id, draft.id
    service.activate(*key, by=ANN)
    service.edit(*key, name="suggested", by=SCOUT)
    for name, (longest, act) in ACTS.items():
        before = service.history(*key, limit=1000)
        with pytest.raises(ck.DomainError, match=f"at most {longest:,} characters"):
            act(service, key, text_of(longest + 1))
        assert service.history(*key, limit=1000) == before, name
        assert act(service, key, text_of(longest)) is not None


def test_a_decision_on_one_lead_is_that_of_an_intake() -> None:
    campaign = ck.Campaign.draft(client_id=uuid4(), name="x")
    with pytest.raises(ck.PlanError, match="at most 512 characters"):
        ck.decide(campaign, ck.Lead("x" * 513, 90), progress=ck.Progress(DAY), by=ANN)
