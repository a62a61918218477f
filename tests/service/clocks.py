"""Clocks that no host should have, and what holds of a campaign under any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from attrs import frozen
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.storage import Store

ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
START = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 23)
Service: TypeAlias = ck.CampaignService
Key: TypeAlias = tuple[UUID, UUID]

# What refuses an act, whatever the clock; of what is over or not there, too.
REFUSALS = (ck.RefusedError, ck.ConflictError, ck.InvalidError, ck.NotFoundError)


ACTS: Mapping[str, Callable[[Service, Key, datetime, int], object]] = {
    "rename": lambda s, key, _, n: s.edit(*key, by=ANN, name=f"name {n}"),
    "activate": lambda s, key, _, __: s.activate(*key, by=ANN),
    "pause": lambda s, key, _, __: s.pause(*key, by=ANN),
    "delete": lambda s, key, _, __: s.delete(*key, by=ANN),
    "restore": lambda s, key, _, __: s.restore(*key, by=ANN),
    "intake": lambda s, key, _, n: s.intake(*key, [ck.Lead(f"l{n}", 90)], day=DAY, by=ANN),
    "suggest a name": lambda s, key, at, n: s.submit(
        *key, ck.Edit(name=f"name {n}"), by=SCOUT, expires_at=_soon(at)
    ),
    "suggest a limit": lambda s, key, _, n: s.edit(*key, daily_lead_limit=n + 1, by=SCOUT),
    "suggest leads": lambda s, key, _, n: s.intake(*key, [ck.Lead(f"l{n}", 90)], day=DAY, by=SCOUT),
    "suggest the end": lambda s, key, _, __: s.delete(*key, by=SCOUT),
    "approve": lambda s, key, _, n: s.approve(key[0], _some(s, key, n), by=ANN),
    "reject": lambda s, key, _, n: s.reject(key[0], _some(s, key, n), by=ANN, reason="no"),
}


def _soon(at: datetime) -> datetime | None:
    with suppress(OverflowError):
        return at + timedelta(minutes=30)
    return None


def _some(service: Service, key: Key, n: int) -> UUID:
    some = [one.id for one in service.suggestions(*key).items if one.decided_by is None]
    return some[n % len(some)] if some else UUID(int=1)


def steps() -> st.SearchStrategy[list[timedelta | datetime]]:
    """Return what clocks may do: stand still, tick, go back, be an hour apart, or say anything."""
    some = [0, 0, 1, -1, 60_000_000, -60_000_000, 3_600_000_000, -3_600_000_000]
    moves = st.sampled_from(some).map(lambda us: timedelta(microseconds=us))
    years = st.integers(-30_000, 30_000).map(lambda days: timedelta(days=days))
    anything = st.datetimes(timezones=st.just(UTC))
    return st.lists(moves | moves | moves | years | anything, min_size=8, max_size=20)


@frozen
class Game:
    """When a campaign is made, which acts follow, and what the clock does before each reading."""

    created_at: datetime
    doing: Sequence[str]
    steps: Sequence[timedelta | datetime]


def games() -> st.SearchStrategy[Game]:
    made = st.just(START) | st.datetimes(timezones=st.just(UTC))
    doing = st.lists(st.sampled_from(sorted(ACTS)), min_size=6, max_size=16)
    return st.builds(Game, made, doing, steps())


class Clock:
    """A clock that does what it is told, over and over, once each time that it is read."""

    def __init__(self, steps: Sequence[timedelta | datetime]) -> None:
        self.now, self._steps, self._next = START, steps, 0

    def __call__(self) -> datetime:
        step = self._steps[self._next % len(self._steps)]
        self._next += 1
        if isinstance(step, datetime):
            self.now = step
        else:
            with suppress(OverflowError):
                self.now += step
        return self.now


def play(service: Service, store: Store, clock: Clock, game: Game) -> Key:
    """Do all of a game to a new campaign of its own; hold what holds after each act."""
    draft = ck.Campaign.draft(client_id=uuid4(), name="x", created_at=game.created_at)
    key = service.create(draft, by=ANN).client_id, draft.id
    check(store, key)
    last: UUID | None = None
    seen = set[UUID]()
    for number, act in enumerate(game.doing):
        updated_at = store.get(*key, include_deleted=True).updated_at
        with suppress(*REFUSALS):
            done = ACTS[act](service, key, clock.now, number)
            if isinstance(done, ck.Suggestion) and act.startswith("suggest"):
                # Whoever pages on from the last one finds it, unless it is one that was there.
                page = store.suggestions(*key, after=last).items
                assert page == ((done.head,) if done.id not in seen else ())
                last = max(done.id, last or done.id)
                seen.add(done.id)
        assert store.get(*key, include_deleted=True).updated_at >= updated_at
    check(store, key)
    return key


def check(store: Store, key: Key) -> None:
    """Hold that the history gives the campaign, and that nothing ends before it begins."""
    campaign = store.get(*key, include_deleted=True)
    events = store.history(*key, limit=1_000).items
    assert ck.replay(events) == campaign
    assert campaign.deleted_at is None or campaign.deleted_at >= campaign.created_at
    suggestions = store.suggestions(*key, limit=1_000).items
    made = [e.suggestion_id for e in events if e.kind is ck.EventKind.SUGGESTED]
    assert [one.id for one in suggestions] == made
    told = {e.suggestion_id: e for e in events if e.suggestion_id is not None}
    for one in suggestions:
        if one.decided_at is None:
            assert told[one.id].kind in {ck.EventKind.SUGGESTED, ck.EventKind.REFRESHED}
            continue
        assert one.at <= one.decided_at == told[one.id].at
        if one.expires_at is not None:
            is_over = one.decided_at >= one.expires_at
            assert is_over == (one.state is ck.SuggestionState.EXPIRED)
    for before, after in pairwise(list(_closed(events))):
        assert before < after


def _closed(events: Sequence[ck.Event]) -> Iterator[UUID]:
    """Give the suggestions that the end of the campaign closed, in the order of the history."""
    for event in events:
        if event.kind is ck.EventKind.CLOSED and event.suggestion_id is not None:
            yield event.suggestion_id


def hour_apart(store: Store, make: Callable[..., Service]) -> tuple[Service, Service]:
    """Return services of two hosts: the clock of the first is an hour ahead."""
    ahead: Any = {"clock": lambda: START + timedelta(hours=1)}
    return make(store, **ahead), make(store, clock=lambda: START)
