"""A call that met another transaction is repeated: only then, and only a few times."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import TypeVar
from uuid import UUID

import pytest

import campaignkit as ck
from tests.service import services
from tests.service.services import START, BusyStore

T = TypeVar("T")

CLIENT = UUID(int=7)
DAY = date(2026, 11, 23)
ANN = ck.Actor.user("ann")
RETRIES = 5
LONGEST = [0.01, 0.02, 0.04, 0.08, 0.16]


def busy(error: type[Exception] | None = None) -> tuple[BusyStore, ck.Campaign]:
    """Return a store that is about to give up calls, and its one campaign, a running one."""
    store = BusyStore(error=error)
    draft = ck.Campaign.draft(id=UUID(int=1), client_id=CLIENT, name="x", created_at=START)
    campaign = store.add(draft.activate(at=START))
    store.calls = 0
    return store, campaign


CALLS: dict[str, Callable[[services.Service, ck.Campaign], object]] = {
    "create": lambda service, _: service.create(
        ck.Campaign.draft(client_id=CLIENT, name="y"), by=ANN
    ),
    "edit": lambda service, c: service.edit(c.client_id, c.id, name="y", by=ANN),
    "pause": lambda service, c: service.pause(c.client_id, c.id, by=ANN),
    "complete": lambda service, c: service.complete(c.client_id, c.id, by=ANN),
    "delete": lambda service, c: service.delete(c.client_id, c.id, by=ANN),
    "intake": lambda service, c: service.intake(
        c.client_id, c.id, iter([ck.Lead("a", 90)]), day=DAY, by=ANN
    ),
    "release": lambda service, c: service.release(c.client_id, c.id, iter(["a"]), by=ANN),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("conflicts", range(RETRIES + 1))
def test_a_write_is_repeated_until_it_succeeds(
    make: services.Make, call: str, conflicts: int
) -> None:
    store, campaign = busy()
    quiet, same_campaign = busy()
    pauses: list[float] = []
    store.left = conflicts
    service = make(store, clock=lambda: START, pause=pauses.append)
    result = CALLS[call](service, campaign)
    assert store.calls == conflicts + 1
    assert len(pauses) == conflicts
    assert all(0 <= pause <= most for pause, most in zip(pauses, LONGEST, strict=False))
    if call != "create":
        assert result == CALLS[call](make(quiet, clock=lambda: START), same_campaign)


@pytest.mark.parametrize("call", CALLS)
def test_it_is_not_repeated_for_ever(make: services.Make, call: str) -> None:
    store, campaign = busy()
    before = store.find(CLIENT), store.assignments(CLIENT, campaign.id)
    pauses: list[float] = []
    store.left = RETRIES + 1
    with pytest.raises(ck.TransientConflictError):
        CALLS[call](make(store, pause=pauses.append), campaign)
    assert store.calls == RETRIES + 1
    assert len(pauses) == RETRIES
    assert (store.find(CLIENT), store.assignments(CLIENT, campaign.id)) == before


@pytest.mark.parametrize("call", CALLS)
def test_a_hosts_transaction_is_not_repeated(make: services.Make, call: str) -> None:
    store, campaign = busy()
    store.owns_transactions = False
    store.left = 1
    pauses: list[float] = []
    with pytest.raises(ck.TransientConflictError):
        CALLS[call](make(store, pause=pauses.append), campaign)
    assert (store.calls, pauses) == (1, [])


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "error", [ck.ConflictError, ck.StoreUnavailableError, ck.StorageError, ck.DomainError, OSError]
)
def test_no_other_error_is_repeated(make: services.Make, call: str, error: type[Exception]) -> None:
    store, campaign = busy(error)
    store.left = 1
    pauses: list[float] = []
    with pytest.raises(error):
        CALLS[call](make(store, pause=pauses.append), campaign)
    assert (store.calls, pauses) == (1, [])


def test_what_a_decision_raises_is_not_repeated(make: services.Make) -> None:
    store, campaign = busy()
    pauses: list[float] = []
    service = make(store, pause=pauses.append)
    with pytest.raises(ck.TransitionError):
        service.activate(CLIENT, campaign.id, by=ANN)
    assert pauses == []


def test_the_longest_pause_doubles_and_any_shorter_one_may_come(make: services.Make) -> None:
    """So those who met do not meet again, and a crowd spreads out."""
    random.seed(7)
    calls: list[list[float]] = []
    for _ in range(50):
        store, campaign = busy()
        store.left = RETRIES
        calls.append([])
        make(store, pause=calls[-1].append).pause(CLIENT, campaign.id, by=ANN)
    for longest, pauses in zip(LONGEST, zip(*calls, strict=True), strict=True):
        assert 0 <= min(pauses) < longest / 5
        assert longest * 4 / 5 < max(pauses) <= longest


def test_by_itself_it_waits_a_moment(make: services.Make) -> None:
    store, campaign = busy()
    store.left = 1
    assert make(store).pause(CLIENT, campaign.id, by=ANN).status is ck.CampaignStatus.PAUSED
