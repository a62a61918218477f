"""Every time that enters is turned into UTC: within a zone Python compares what walls show."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

import campaignkit as ck
from campaignkit import storage
from campaignkit.storage import AsyncMemoryStore, MemoryStore
from tests.public_names import MODULES

SYDNEY = ZoneInfo("Australia/Sydney")
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")

# The clocks were put back at three; so 02:10 of the second time is later than 02:50 of the first.
EARLIER = datetime(2026, 4, 5, 2, 50, fold=0, tzinfo=SYDNEY)
LATER = datetime(2026, 4, 5, 2, 10, fold=1, tzinfo=SYDNEY)
BEFORE = datetime(2026, 4, 1, tzinfo=UTC)

DRAFT = ck.Campaign.draft(client_id=UUID(int=7), name="x", created_at=BEFORE)
RUNNING = DRAFT.activate(at=BEFORE)
SUGGESTED = ck.Suggestion(
    id=UUID(int=1),
    campaign_id=DRAFT.id,
    command=ck.Edit(name="y"),
    by=SCOUT,
    at=BEFORE,
    before=ck.Suggestion.basis(DRAFT, ck.Edit(name="y")),
)
EXPIRING = evolve(SUGGESTED, at=EARLIER, expires_at=LATER)
RENAMED = ck.Event(
    campaign_id=DRAFT.id,
    kind=ck.EventKind.APPLIED,
    by=ANN,
    at=BEFORE,
    before=ck.Fields({"name": "x"}),
    after=ck.Fields({"name": "y"}),
)
ASSIGNED = ck.Assignment("a", ck.Channel.SMS, ck.ALSTier.HOT, 90, date(2026, 4, 5), epoch=0)

Told: TypeAlias = datetime | None


def submitted(expires_at: datetime, now: datetime) -> ck.Suggestion:
    service = ck.CampaignService(MemoryStore(), clock=lambda: now)
    key = service.create(DRAFT, by=ANN).client_id, DRAFT.id
    done = service.submit(*key, ck.Edit(name="y"), by=SCOUT, expires_at=expires_at)
    assert isinstance(done, ck.Suggestion)
    return done


async def submitted_async(expires_at: datetime, now: datetime) -> ck.Suggestion:
    service = ck.AsyncCampaignService(AsyncMemoryStore(), clock=lambda: now)
    await service.create(DRAFT, by=ANN)
    done = await service.submit(
        DRAFT.client_id, DRAFT.id, ck.Edit(name="y"), by=SCOUT, expires_at=expires_at
    )
    assert isinstance(done, ck.Suggestion)
    return done


def expiring_as_of(at: datetime) -> Told:
    """Return the expiry, where it is seen to have come at this time."""
    is_over = EXPIRING.is_expired(at)
    assert is_over is (EXPIRING.as_of(at).state is ck.SuggestionState.EXPIRED)
    return EXPIRING.expires_at if is_over else EXPIRING.at


# What each argument becomes where it is kept.
CASES: Mapping[tuple[str, str], Callable[[datetime], Told]] = {
    ("Campaign", "created_at"): lambda t: evolve(DRAFT, created_at=t).created_at,
    ("Campaign", "updated_at"): lambda t: evolve(DRAFT, updated_at=t).updated_at,
    ("Campaign", "deleted_at"): lambda t: evolve(DRAFT, deleted_at=t).deleted_at,
    ("Campaign.draft", "created_at"): lambda t: (
        ck.Campaign.draft(client_id=UUID(int=7), name="x", created_at=t).updated_at
    ),
    ("Campaign.activate", "at"): lambda t: DRAFT.activate(at=t).updated_at,
    ("Campaign.pause", "at"): lambda t: RUNNING.pause(at=t).updated_at,
    ("Campaign.complete", "at"): lambda t: RUNNING.complete(at=t).updated_at,
    ("Campaign.edit", "at"): lambda t: DRAFT.edit(at=t, name="y").updated_at,
    ("Campaign.delete", "at"): lambda t: DRAFT.delete(at=t).deleted_at,
    ("Campaign.restore", "at"): lambda t: evolve(DRAFT, deleted_at=BEFORE).restore(at=t).updated_at,
    ("Suggestion", "at"): lambda t: evolve(SUGGESTED, at=t).at,
    ("Suggestion", "expires_at"): lambda t: evolve(SUGGESTED, expires_at=t).expires_at,
    ("Suggestion", "decided_at"): lambda t: (
        evolve(
            SUGGESTED, state=ck.SuggestionState.APPROVED, decided_by=ANN, decided_at=t
        ).decided_at
    ),
    ("Suggestion.with_decision", "at"): lambda t: (
        SUGGESTED.with_decision(ck.SuggestionState.APPROVED, by=ANN, at=t).decided_at
    ),
    ("Suggestion.is_expired", "at"): expiring_as_of,
    ("Suggestion.as_of", "at"): expiring_as_of,
    ("SuggestionHead", "at"): lambda t: evolve(SUGGESTED.head, at=t).at,
    ("SuggestionHead", "expires_at"): lambda t: evolve(SUGGESTED.head, expires_at=t).expires_at,
    ("SuggestionHead", "decided_at"): lambda t: (
        evolve(
            SUGGESTED.head, state=ck.SuggestionState.APPROVED, decided_by=ANN, decided_at=t
        ).decided_at
    ),
    ("SuggestionHead.with_decision", "at"): lambda t: (
        SUGGESTED.head.with_decision(ck.SuggestionState.APPROVED, by=ANN, at=t).decided_at
    ),
    ("SuggestionHead.is_expired", "at"): expiring_as_of,
    ("SuggestionHead.as_of", "at"): expiring_as_of,
    ("Suppression", "at"): lambda t: ck.Suppression("a", by=ANN, at=t).at,
    ("ReleasedLead", "at"): lambda t: ck.ReleasedLead(ASSIGNED, by=ANN, at=t).at,
    ("ClientEvent", "at"): lambda t: (
        ck.ClientEvent(client_id=UUID(int=7), kind=ck.ClientEventKind.ERASED, by=ANN, at=t).at
    ),
    ("LeadEntry", "at"): lambda t: ck.LeadEntry(kind=ck.LeadEntryKind.ADMITTED, at=t).at,
    ("Event", "at"): lambda t: evolve(RENAMED, at=t).at,
    ("Event", "updated_at"): lambda t: evolve(RENAMED, updated_at=t).updated_at,
    ("CampaignService", "clock"): lambda t: submitted(t + timedelta(days=1), t).at,
    ("CampaignService.submit", "expires_at"): lambda t: submitted(t, BEFORE).expires_at,
    ("AsyncCampaignService", "clock"): lambda t: (
        asyncio.run(submitted_async(t + timedelta(days=1), t)).at
    ),
    ("AsyncCampaignService.submit", "expires_at"): lambda t: (
        asyncio.run(submitted_async(t, BEFORE)).expires_at
    ),
}

# What takes a time under another type.
OTHERS: Mapping[str, Callable[[datetime], Any]] = {
    "Fields": lambda t: ck.Fields({"deleted_at": t})["deleted_at"],
    "from_dict": lambda t: (
        ck.from_dict(ck.Campaign, {**ck.to_dict(DRAFT), "deleted_at": t.isoformat()}).deleted_at
    ),
    "what came back": lambda t: ck.from_json(ck.Event, ck.to_json(evolve(RENAMED, at=t))).at,
}


def taking_times() -> Iterator[tuple[str, str]]:
    """Give each argument of the public face that is a time, with what takes it."""
    for module in (*MODULES, storage):
        for name in module.__all__:
            public = getattr(module, name)
            yield from ((name, argument) for argument in times_of(public))
            if not inspect.isclass(public):
                continue
            for method, found in inspect.getmembers(public, callable):
                if not method.startswith("_"):
                    called = f"{name}.{method}"
                    yield from ((called, argument) for argument in times_of(found))


def times_of(public: object) -> Iterator[str]:
    if not callable(public):
        return
    try:
        parameters = inspect.signature(public).parameters
    except ValueError:  # of a type of Python's own
        return
    for name, parameter in parameters.items():
        if re.search(r"(?<!\.)\bdatetime\b(?!\.)", str(parameter.annotation)):
            yield name


def test_each_argument_that_is_a_time_has_a_case() -> None:
    assert set(taking_times()) == set(CASES)


@pytest.mark.parametrize("case", [*CASES, *OTHERS], ids=str)
def test_a_time_that_enters_is_turned_into_utc(case: Any) -> None:  # noqa: ANN401
    kept: Callable[[datetime], Any] = CASES[case] if case in CASES else OTHERS[case]
    for at in (EARLIER, LATER):
        found = kept(at)
        assert found == at.astimezone(UTC)
        assert (type(found), found.tzinfo) == (datetime, UTC)
    assert kept(EARLIER) < kept(LATER)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_time_without_a_zone_is_refused_by_name(case: tuple[str, str]) -> None:
    with pytest.raises(ck.InvalidError, match=r"must have a time zone, but .* has none"):
        CASES[case](datetime(2026, 4, 5, 2, 10))  # noqa: DTZ001  # that is the point
