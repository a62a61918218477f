"""Any history of clients with a policy, limits and suppressions, against a model of dicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import define, field
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

import campaignkit as ck
from campaignkit import Channel, Reason
from campaignkit.clients import LeadEntryKind
from campaignkit.storage import ClientSnapshotQuery, MemoryStore, Store
from campaignkit.storage.sqlalchemy import SQLAlchemyStore
from tests.storage.sqlalchemy import databases

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()
DAYS = [TODAY + timedelta(days=n) for n in (-1, 0, 1, 2, 5)]
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
EMAIL, SMS = Channel.EMAIL, Channel.SMS
# Each lead has one channel, so who is admitted follows from the rules alone.
CHANNELS = {f"{'es'[n % 2]}{n}": (EMAIL, SMS)[n % 2] for n in range(6)}
POLICIES = [
    ck.ClientPolicy(),
    ck.ClientPolicy(one_campaign_per_lead=True),
    ck.ClientPolicy(one_campaign_per_lead=True, cooldown=3),
    ck.ClientPolicy(channel_limits={"email": ck.ChannelLimit(per_day=2, per_week=3)}),
    ck.ClientPolicy(
        one_campaign_per_lead=True,
        cooldown=3,
        channel_limits={"email": ck.ChannelLimit(per_week=4), "sms": ck.ChannelLimit(per_day=1)},
    ),
]

_ids = st.lists(st.sampled_from([*CHANNELS]), min_size=1, max_size=5, unique=True)
_channels = st.sampled_from([None, (EMAIL,), (SMS,), (EMAIL, SMS), tuple(Channel)])
_days = st.sampled_from(DAYS)
_caps = st.none() | st.none() | st.integers(0, 2)
_ends = st.none() | st.sampled_from(DAYS[1:])
_places = st.integers(0, 3)
_clients = st.integers(0, 1)


@define
class Entry:
    """What the model knows of a campaign: who is in it since when, and who has gone."""

    client: int
    is_completed: bool = False
    is_deleted: bool = False
    leads: dict[str, tuple[Channel, date]] = field(factory=dict[str, tuple[Channel, date]])
    contacted: list[tuple[str, Channel, date]] = field(factory=list[tuple[str, Channel, date]])
    released: Counter[str] = field(factory=Counter[str])

    @property
    def is_live(self) -> bool:
        return not self.is_completed and not self.is_deleted

    def counted(self) -> list[tuple[Channel, date]]:
        """Return what counts for its day: what is there, and what was contacted."""
        return [*self.leads.values(), *((channel, day) for _, channel, day in self.contacted)]


class ClientMachine(RuleBasedStateMachine):
    """Two clients, the first with three campaigns; what every act does is told by the model."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.service = ck.CampaignService(store, clock=lambda: NOW, today=lambda _: TODAY)
        self.clients = [uuid4(), uuid4()]
        self.policies = [ck.ClientPolicy(), ck.ClientPolicy()]
        self.stops: list[dict[tuple[str, Channel | None], date | None]] = [{}, {}]
        self.entries: list[Entry] = []
        self.keys: list[tuple[UUID, UUID]] = []
        for client in (0, 0, 0, 1):
            draft = ck.Campaign.draft(
                client_id=self.clients[client],
                name="x",
                allocation=ck.Allocation(email=50, sms=50),
                permission_mode=ck.PermissionMode.AUTOPILOT,
                daily_lead_limit=3,
                created_at=NOW,
            )
            self.service.create(draft, by=ANN)
            self.service.activate(draft.client_id, draft.id, by=ANN)
            self.entries.append(Entry(client))
            self.keys.append((draft.client_id, draft.id))
        self.erased = 0

    # -- What the rules say -----------------------------------------------------------------------

    def is_stopped(self, client: int, lead_id: str, channel: Channel, day: date) -> bool:
        stops = self.stops[client]
        ends = [stops[lead_id, c] for c in (None, channel) if (lead_id, c) in stops]
        return any(end is None or day <= end for end in ends)

    def find_reason(self, at: int, lead_id: str, day: date) -> Reason | None:
        own = self.entries[at]
        policy = self.policies[own.client]
        others = [e for e in self.entries if e.client == own.client and e is not own]
        if self.is_stopped(own.client, lead_id, CHANNELS[lead_id], day):
            return Reason.SUPPRESSED
        if any(lead_id == gone for gone, _, _ in own.contacted):
            return Reason.CONTACTED
        if not policy.one_campaign_per_lead:
            return None
        if any(e.is_live and lead_id in e.leads for e in others):
            return Reason.CLAIMED
        past = [e.leads[lead_id][1] for e in others if lead_id in e.leads]
        past += [when for e in others for gone, _, when in e.contacted if gone == lead_id]
        if policy.cooldown and any(abs((day - when).days) < policy.cooldown for when in past):
            return Reason.COOLING_DOWN
        return None

    def find_room(self, client: int, channel: Channel, day: date) -> int:
        limit = self.policies[client].channel_limits.get(channel, ck.ChannelLimit())
        used = Counter(
            when
            for e in self.entries
            if e.client == client
            for given, when in e.counted()
            if given is channel
        )
        rooms = [99]
        if limit.per_day is not None:
            rooms.append(limit.per_day - used[day])
        if limit.per_week is not None:
            for back in range(7):
                week = [day + timedelta(days=n - back) for n in range(7)]
                rooms.append(limit.per_week - sum(used[each] for each in week))
        return max(0, min(rooms))

    # -- Acts -------------------------------------------------------------------------------------

    @initialize(policies=st.tuples(*[st.sampled_from(POLICIES)] * 2))
    def begin(self, policies: tuple[ck.ClientPolicy, ck.ClientPolicy]) -> None:
        for client, policy in enumerate(policies):
            self.set_policy(client, policy)

    @rule(several=st.lists(st.tuples(_places, _ids, _days, _caps), min_size=1, max_size=6))
    def take_several(self, several: Sequence[tuple[int, Sequence[str], date, int | None]]) -> None:
        for at, ids, day, most in several:
            self.take(at, ids, day, most)

    def take(self, at: int, ids: Sequence[str], day: date, most: int | None) -> None:
        own = self.entries[at]
        leads = [ck.Lead(i, 90, frozenset({CHANNELS[i]})) for i in ids]
        caps = None if most is None else {"email": most}
        call: Callable[[], Any] = lambda: self.service.intake(  # noqa: E731  # it may be refused
            *self.keys[at], leads, day=day, by=ANN, at_most=caps
        )
        if not own.is_live:
            with pytest.raises(ck.NotRunningError):
                call()
            return
        room = {c: self.find_room(own.client, c, day) for c in (EMAIL, SMS)}
        room[EMAIL] = min(room[EMAIL], 99 if most is None else most)
        left = 3 - sum(when == day for _, when in own.counted())
        admitted: dict[str, Channel] = {}
        deferred: dict[str, Reason] = {}
        unassigned: dict[str, Reason] = {}
        for lead_id in sorted(set(ids) - own.leads.keys()):
            channel = CHANNELS[lead_id]
            if reason := self.find_reason(at, lead_id, day):
                unassigned[lead_id] = reason
            elif left <= 0:
                deferred[lead_id] = Reason.DAILY_LIMIT
            elif not room[channel]:
                deferred[lead_id] = Reason.CHANNEL_LIMIT
            else:
                admitted[lead_id] = channel
                room[channel] -= 1
                left -= 1
        done = call()
        assert {i: one.channel for i, one in done.assignments.items()} == admitted
        assert (done.deferred, done.unassigned) == (deferred, unassigned)
        own.leads |= {i: (channel, day) for i, channel in admitted.items()}

    @rule(
        at=_places,
        ids=_ids,
        contacted=st.booleans(),
        by_ai=st.booleans(),
        suppress=st.none() | st.just((SMS,)),
    )
    def release(
        self, at: int, ids: Sequence[str], *, contacted: bool, by_ai: bool, suppress: Any
    ) -> None:
        own, by = self.entries[at], SCOUT if by_ai else ANN
        terms: dict[str, Any] = {"contacted": contacted, "suppress": suppress}
        if not own.is_live:
            with pytest.raises((ck.NotEditableError, ck.PermissionDeniedError)):
                self.service.release(*self.keys[at], ids, by=by, **terms)
            return
        if by_ai and suppress:
            with pytest.raises(ck.PermissionDeniedError):
                self.service.release(*self.keys[at], ids, by=by, **terms)
            return
        done = self.service.release(*self.keys[at], ids, by=by, **terms)
        assert isinstance(done, ck.Release)
        assert set(done.released) == set(ids) & own.leads.keys()
        for lead_id in done.released:
            begun = by_ai and own.leads[lead_id][1] <= TODAY
            self.let_go(own, lead_id, contacted=contacted or begun)
        for lead_id in ids if suppress else ():
            self.add_stop(own.client, lead_id, SMS, None)

    def let_go(self, own: Entry, lead_id: str, *, contacted: bool) -> None:
        channel, day = own.leads.pop(lead_id)
        own.released[lead_id] += 1
        if contacted:
            own.contacted.append((lead_id, channel, day))

    @rule(client=_clients, policy=st.sampled_from(POLICIES))
    def change_policy(self, client: int, policy: ck.ClientPolicy) -> None:
        self.set_policy(client, policy)

    def set_policy(self, client: int, policy: ck.ClientPolicy) -> None:
        self.service.set_client_policy(self.clients[client], policy, by=ANN)
        self.policies[client] = policy

    @rule(
        client=_clients, ids=_ids, channels=_channels, until=st.none() | st.sampled_from(DAYS[1:])
    )
    def suppress(self, client: int, ids: Sequence[str], channels: Any, until: date | None) -> None:
        hits = self.service.suppress(self.clients[client], ids, channels, by=ANN, until=until)
        whole = channels is None or len(channels) == len(Channel)
        named: Sequence[Channel] = tuple(Channel) if channels is None else channels
        for lead_id in ids:
            for channel in (None,) if whole else named:
                self.add_stop(client, lead_id, channel, until)
        wanted = {
            (self.keys[at][1], i)
            for at, entry in enumerate(self.entries)
            if entry.client == client and entry.is_live
            for i, (channel, day) in entry.leads.items()
            if i in ids and channel in named and (until is None or day <= until)
        }
        assert {(hit.campaign_id, hit.assignment.lead_id) for hit in hits} == wanted

    def add_stop(
        self, client: int, lead_id: str, channel: Channel | None, until: date | None
    ) -> None:
        stops, key = self.stops[client], (lead_id, channel)
        there = stops.get(key, date.min)
        stops[key] = None if until is None or there is None else max(until, there)

    @rule(client=_clients, ids=_ids, channels=_channels)
    def unsuppress(self, client: int, ids: Sequence[str], channels: Any) -> None:
        self.service.unsuppress(self.clients[client], ids, channels, by=ANN)
        stops = self.stops[client]
        for lead_id in ids:
            everywhere = stops.pop((lead_id, None), date.min)
            open_again = tuple(Channel) if channels is None else channels
            for channel in Channel:
                if channel in open_again:
                    stops.pop((lead_id, channel), None)
                elif everywhere != date.min:
                    self.add_stop(client, lead_id, channel, everywhere)
            if everywhere != date.min and not any(c in open_again for c in Channel):
                stops[lead_id, None] = everywhere

    @rule(client=_clients, lead_id=st.sampled_from([*CHANNELS]))
    def erase(self, client: int, lead_id: str) -> None:
        self.service.erase(self.clients[client], lead_id, by=ANN)
        self.erased += 1
        name = f"erased {self.erased}"
        for own in self.entries:
            if own.client == client:
                own.leads = {name if i == lead_id else i: one for i, one in own.leads.items()}
                own.contacted = [(name if i == lead_id else i, *rest) for i, *rest in own.contacted]  # type: ignore[misc]  # each has three parts
                own.released.pop(lead_id, None)
        self.add_stop(client, lead_id, None, None)

    @rule(at=_places)
    def delete_or_restore(self, at: int) -> None:
        own = self.entries[at]
        if not own.is_deleted:
            self.service.delete(*self.keys[at], by=ANN)
            own.is_deleted = True
            return
        self.service.restore(*self.keys[at], by=ANN)
        own.is_deleted = False
        if self.policies[own.client].one_campaign_per_lead and not own.is_completed:
            others = [e for e in self.entries if e is not own and e.client == own.client]
            for lead_id in [*own.leads]:
                if any(e.is_live and lead_id in e.leads for e in others):
                    self.let_go(own, lead_id, contacted=own.leads[lead_id][1] <= TODAY)

    @rule(at=st.just(2))
    def complete(self, at: int) -> None:
        own = self.entries[at]
        if own.is_live:
            self.service.complete(*self.keys[at], by=ANN)
            own.is_completed = True

    # -- What is stored ---------------------------------------------------------------------------

    def teardown(self) -> None:
        self.compare()

    @rule()
    def compare(self) -> None:
        """Compare all that is stored with the model."""
        for own, key in zip(self.entries, self.keys, strict=True):
            stored = self.store.assignments(*key).items
            known = {i: one for i, one in own.leads.items() if i in CHANNELS}
            found = {a.lead_id: (a.channel, a.day) for a in stored}
            assert {i: one for i, one in found.items() if i in CHANNELS} == known
            assert len(stored) == len(own.leads)
            for day in DAYS:
                progress = self.store.progress(*key, day)
                assert progress.admitted_today == sum(when == day for _, when in own.counted())
                assert progress.admitted_total == len(own.counted())
            progress = self.store.progress(*key, TODAY)
            assert progress.carried == ck.ChannelCounts(Counter(c for c, _ in own.counted()))
        for n, client_id in enumerate(self.clients):
            assert self.service.client_policy(client_id) == self.policies[n]
            query = ClientSnapshotQuery(client_id, [*CHANNELS])
            stops = self.store.ask(query).client.suppressions
            kept = {(i, one.channel): one.until for i, some in stops.items() for one in some}
            assert kept == self.stops[n]
            for lead_id in CHANNELS:
                kinds = Counter(e.kind for e in self.service.lead(client_id, lead_id).entries)
                own_ones = [e for e in self.entries if e.client == n]
                released = sum(e.released[lead_id] for e in own_ones)
                present = sum(lead_id in e.leads for e in own_ones)
                assert kinds[LeadEntryKind.RELEASED] == released
                assert kinds[LeadEntryKind.ADMITTED] == released + present


def play(store: Store, examples: int) -> None:
    one = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(lambda: ClientMachine(store), settings=one)  # type: ignore[arg-type]  # which it also takes


def test_any_history_of_clients_in_memory() -> None:
    play(MemoryStore(), max(1, settings().max_examples // 2))


def test_any_history_of_clients_in_sqlite(tmp_path: Path) -> None:
    with SQLAlchemyStore.open(f"sqlite:///{tmp_path / 'campaigns.db'}") as store:
        play(store, max(1, settings().max_examples // 12))


def test_any_history_of_clients_in_postgresql(postgres_url: str) -> None:
    with databases.new(postgres_url) as url, SQLAlchemyStore.open(url) as store:
        play(store, max(1, settings().max_examples // 12))
