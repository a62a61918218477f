"""Tests of what the campaigns of a client share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from itertools import permutations
from typing import Any
from uuid import UUID

from attrs import evolve
from hypothesis import strategies as st

from campaignkit.core._channels import CHANNELS, Channel, ChannelCounts
from campaignkit.core._checks import LARGEST_INTEGER
from campaignkit.core._immutable import T
from campaignkit.domain._campaign import CampaignStatus
from campaignkit.domain._client_policy import (
    ChannelLimit,
    ClientPolicy,
    Suppression,
    channel_order,
)
from campaignkit.domain._clients import (
    WEEK,
    Claim,
    ClientEvent,
    ClientEventKind,
    ClientState,
    LiveAssignment,
)
from campaignkit.domain._commands import AssignLeads, ReleaseLeads
from campaignkit.domain._lead_records import LeadEntry, LeadEntryKind
from campaignkit.domain._ledger import ReleasedLead
from campaignkit.domain._permissions import Actor
from campaignkit.domain._snapshot import (
    ClientSnapshot,
    ClientWrites,
    DecideClient,
    Snapshot,
    Writes,
)
from campaignkit.domain._suggestions import Rejection
from campaignkit.errors import ConflictError, InvalidError, NotFoundError
from campaignkit.storage._interface import Store
from campaignkit.storage._queries import ClientSnapshotQuery
from campaignkit.testing._assertions import check, check_equal, check_raises
from campaignkit.testing._kit import StoreKit, Tenant
from campaignkit.testing._stored import (
    CREATED,
    DAY,
    NEXT_DAY,
    StoredCampaign,
    check_only_page,
    make_assignment,
    make_releases,
    suggest_command,
    suggest_leads,
)

_USER = Actor.user("ann")
_STRICT = ClientPolicy(
    one_campaign_per_lead=True,
    cooldown=90,
    channel_limits={channel: ChannelLimit(1_000, 5_000) for channel in Channel},
)
"""A policy for which a store must read everything."""

_amounts = st.none() | st.integers(0, LARGEST_INTEGER)
_limits = st.dictionaries(
    st.sampled_from(Channel), st.builds(ChannelLimit, per_day=_amounts, per_week=_amounts)
)
_policies = st.builds(ClientPolicy, channel_limits=_limits) | st.builds(
    ClientPolicy,
    one_campaign_per_lead=st.just(value=True),
    cooldown=st.none() | st.integers(1, LARGEST_INTEGER),
    channel_limits=_limits,
)


def _stop(
    lead_id: str,
    channel: Channel | None = None,
    until: date | None = None,
    **fields: Any,  # noqa: ANN401  # of a suppression
) -> Suppression:
    given: dict[str, Any] = {"by": _USER, "at": CREATED, **fields}
    return Suppression(lead_id, channel, until, **given)


def write_client(
    store: Store,
    client_id: UUID,
    *,
    lead_ids: Collection[str] = (),
    **writes: Any,  # noqa: ANN401  # of writes
) -> ClientWrites[Any]:
    """Write this for a client that was adopted, whatever is stored."""
    query = ClientSnapshotQuery(client_id, lead_ids)
    return store.apply_client_decision(query, lambda _: ClientWrites(**writes))


def _event(
    client_id: UUID,
    kind: ClientEventKind = ClientEventKind.SUPPRESSED,
    **fields: Any,  # noqa: ANN401  # of an event
) -> ClientEvent:
    return ClientEvent(client_id=client_id, kind=kind, by=_USER, at=CREATED, **fields)


def _release(one: StoredCampaign, *lead_ids: str, contacted: bool = False) -> None:
    """Release leads; where they were contacted, nothing is given back."""

    def decide(snapshot: Snapshot) -> Writes[None]:
        before = snapshot.progress
        back = 0 if contacted else len(lead_ids)
        after = evolve(before, admitted_today=0, admitted_total=before.admitted_total - back)
        released = make_releases(*lead_ids, contacted=contacted)
        return Writes(progress=after, released=released)

    one.transact(decide)


def _shared(snapshot: Snapshot) -> ClientState:
    """Return what the campaigns of the client share; fail if the snapshot does not have it."""
    check("a snapshot has the client that was adopted", snapshot.client is not None)
    return snapshot.client or ClientState()


def _used(state: ClientState) -> dict[date, ChannelCounts]:
    """Return the days on which there is anything."""
    return {day: counts for day, counts in state.used.items() if counts.total}


def _by_lead(values: Mapping[str, Iterable[T]]) -> dict[str, set[T]]:
    return {lead_id: set(several) for lead_id, several in values.items() if several}


def _in_order(stops: Iterable[Suppression]) -> list[Suppression]:
    return sorted(stops, key=lambda one: (one.lead_id, channel_order(one)))


def _list_suppressions(store: Store, client_id: UUID, size: int = 100) -> list[Suppression]:
    """Return the suppressions of a client, read in pages of so many leads."""
    found: list[Suppression] = []
    after: str | None = None
    while True:
        page = store.suppressions(client_id, after=after, limit=size)
        ids = list(dict.fromkeys(one.lead_id for one in page.items))
        check_equal("a page goes on behind the one before", ids, sorted(ids))
        check("a page begins behind its `after`", not ids or after is None or after < ids[0])
        check(f"a page of {size} has {len(ids)} leads", len(ids) <= size)
        found += page.items
        if page.next is None:
            return found
        check_equal("the leads of a page that is not the last", len(ids), size)
        check_equal("the next page starts behind the last lead", page.next, ids[-1])
        after = page.next


class ClientContract(StoreKit):
    """Tests of what the campaigns of a client share."""

    def _add_adopted(self, store: Store, policy: ClientPolicy = _STRICT) -> Tenant:
        """Return a new tenant whose client was adopted, with a policy."""
        tenant = self.add_tenant(store)
        store.adopt_client(tenant.client_id)
        write_client(store, tenant.client_id, policy=policy)
        return tenant

    # -- The client -------------------------------------------------------------------------------

    def test_a_client_is_adopted_once(self, store: Store) -> None:
        """Before, it has no rules, and nothing of it can be written; then it is there."""
        tenant = self.add_tenant(store)
        one, client_id = tenant.add(), tenant.client_id
        one.admit(make_assignment("a"))
        called: list[ClientSnapshot] = []

        def decide(snapshot: ClientSnapshot) -> ClientWrites[None]:
            called.append(snapshot)
            return ClientWrites()

        act = partial(store.apply_client_decision, ClientSnapshotQuery(client_id), decide)
        for seen in (store, self.another(store)):
            check_equal("the rules", seen.client(client_id, day=DAY), ClientState())
            found = one.through(seen).read_snapshot(DAY, ["a"]).client
            check_equal("the client of a snapshot", found, None)
            check_only_page("suppressions", seen.suppressions(client_id))
            check_only_page("its history", seen.client_history(client_id))
        error = check_raises(NotFoundError, "an act on a client that was not adopted", act)
        check_equal("what was not found", (error.what, error.key), ("client", client_id))
        check_equal("no decision is called", called, [])
        stop = partial(one.write, Writes[None](suppressions=(_stop("a"),)))
        check_raises(ConflictError, "suppressions of a client that was not adopted", stop)
        store.adopt_client(client_id)
        write_client(store, client_id, policy=_STRICT)
        for handle in (store, self.another(store)):
            handle.adopt_client(client_id)
        act()
        for seen in (store, self.another(store)):
            check_equal("the policy", seen.client(client_id).policy, _STRICT)
            check_equal("a snapshot's", _shared(one.through(seen).read_snapshot()).policy, _STRICT)
        check_equal("a decision's", called[0].client.policy, _STRICT)
        other = self.add_tenant(store).add()
        check_equal("another client", other.read_snapshot(DAY).client, None)

    def test_any_policy_comes_back_as_it_was(self, store: Store) -> None:
        """A policy is stored unchanged, and another client's stays as it is."""
        tenant, other = self._add_adopted(store), self._add_adopted(store)
        one = tenant.add()

        def check_stored(policy: ClientPolicy) -> None:
            write_client(store, tenant.client_id, policy=policy)
            for seen in (store, self.another(store)):
                check_equal("the policy", seen.client(tenant.client_id).policy, policy)
                found = _shared(one.through(seen).read_snapshot()).policy
                check_equal("that of a snapshot", found, policy)

        self.for_all(check_stored, _policies)
        check_equal("another client's", store.client(other.client_id).policy, _STRICT)

    def test_each_act_of_a_client_raises_its_revision(self, store: Store) -> None:
        """Acts on its campaigns, too; so a host's transaction meets those that it did not see."""
        tenant = self._add_adopted(store)
        one, client_id = tenant.add(), tenant.client_id
        acts: dict[str, Callable[[], object]] = {
            "an intake": partial(one.admit, make_assignment("a")),
            "an edit": lambda: one.replace(one.get(), name="Perth agencies"),
            "a release": partial(_release, one, "a"),
            "a policy": partial(write_client, store, client_id, policy=ClientPolicy()),
            "a suppression": partial(write_client, store, client_id, suppressions=(_stop("b"),)),
        }
        for what, act in acts.items():
            before = store.client(client_id).revision
            check_equal("reading changes nothing", store.client(client_id).revision, before)
            act()
            check(f"{what} raises the revision", store.client(client_id).revision > before)

    def test_the_history_of_a_client_is_kept(self, store: Store) -> None:
        """Its events, also of acts on campaigns, are numbered from 1, and read in pages."""
        tenant, other = self._add_adopted(store), self._add_adopted(store)
        client_id = tenant.client_id
        events = [
            _event(client_id, ClientEventKind.POLICY_SET, before=ClientPolicy(), after=_STRICT),
            _event(client_id, leads=3, channels=(Channel.SMS,), until=DAY, reason="as asked"),
            _event(client_id, ClientEventKind.UNSUPPRESSED, leads=1, channels=None),
            _event(client_id, ClientEventKind.ERASED, leads=1, number=90),
        ]
        written = write_client(store, client_id, events=tuple(events[:2]), outcome="done")
        check_equal("the outcome", written.outcome, "done")
        one = tenant.add()
        one.write(Writes[None](client_events=(events[2],)))
        write_client(store, client_id, events=(events[3],))
        odd = (_event(other.client_id),)
        strange = partial(write_client, store, client_id, events=odd)
        check_raises(ConflictError, "an event of another client", strange)
        strange_of_campaign = partial(one.write, Writes[None](client_events=odd))
        check_raises(ConflictError, "of a campaign's act", strange_of_campaign)
        wanted = [evolve(event, number=n) for n, event in enumerate(events, 1)]
        for seen in (store, self.another(store)):
            check_only_page("its history", seen.client_history(client_id), *wanted)
            page = seen.client_history(client_id, after=1, limit=2)
            check_equal("a page", (page.items, page.next), (tuple(wanted[1:3]), 3))
            check_only_page("another client's", seen.client_history(other.client_id))

    def test_a_decision_on_a_client_that_raises_writes_nothing(self, store: Store) -> None:
        """So do writes of which a part does not fit, and what is no decision."""
        tenant = self._add_adopted(store)
        client_id, query = tenant.client_id, ClientSnapshotQuery(tenant.client_id, ["a"])
        write_client(store, client_id, suppressions=(_stop("a"),))
        before = store.client(client_id).policy, _list_suppressions(store, client_id)
        error = ValueError("no")

        def fail(_: ClientSnapshot) -> ClientWrites[None]:
            raise error

        raised = check_raises(ValueError, "a decision", lambda: _decide(store, query, fail))
        check("what it raises comes back unchanged", raised is error)
        more: dict[str, Any] = {"policy": ClientPolicy(), "suppressions": (_stop("z"),)}
        misfits: list[dict[str, Any]] = [
            {"lifted": (_stop("b"),)},
            {"lifted": (_stop("a", Channel.SMS),)},
            {"suppressions": (_stop("b"), _stop("b", None, DAY))},
        ]
        for misfit in misfits:
            writes = ClientWrites[None](**{**more, **misfit})
            call = partial(_decide, store, query, lambda _, writes=writes: writes)  # type: ignore[misc]  # mypy cannot infer it
            check_raises(ConflictError, "writes that do not fit", call)

        def decide_nothing(_: ClientSnapshot) -> None:
            return None

        no_decisions: list[Any] = [decide_nothing, None]
        for decide in no_decisions:
            check_raises(InvalidError, "no decision", partial(_decide, store, query, decide))
        odd: Any = "acme"
        check_raises(InvalidError, "no query", partial(_decide, store, odd, fail))
        after = store.client(client_id).policy, _list_suppressions(store, client_id)
        check_equal("what is stored", after, before)

    # -- What was used ----------------------------------------------------------------------------

    def test_channels_of_days_are_counted_over_campaigns(self, store: Store) -> None:
        """Of all campaigns, before and after the client was adopted, and what was contacted."""
        tenant = self.add_tenant(store)
        one, two = tenant.add(), tenant.add()
        deleted = tenant.add(deleted_at=CREATED)
        stranger = self._add_adopted(store).add()
        email, sms = Channel.EMAIL, Channel.SMS
        one.admit(make_assignment("a"), make_assignment("b"), make_assignment("c"))
        _release(one, "a")
        _release(one, "b", contacted=True)
        deleted.admit(make_assignment("d", channel=sms))
        stranger.admit(make_assignment("a"))
        store.adopt_client(tenant.client_id)
        write_client(store, tenant.client_id, policy=_STRICT)
        self._check_used(store, one, {DAY: {email: 2, sms: 1}})
        two.admit(make_assignment("a"), make_assignment("e", day=NEXT_DAY, channel=sms))
        two.release("a")
        one.admit(make_assignment("a", channel=sms))
        _release(one, "a", contacted=True)
        completed = evolve(two.get(), status=CampaignStatus.COMPLETED)
        two.write(Writes[None](campaign=completed))
        wanted = {DAY: {email: 2, sms: 2}, NEXT_DAY: {sms: 1}}
        for seen in (store, self.another(store)):
            self._check_used(seen, one, wanted)
        found = one.read_snapshot(None, ["c"])
        check_equal("without a day", _used(_shared(found)), {})

    def _check_used(
        self, store: Store, one: StoredCampaign, wanted: Mapping[date, Mapping[Channel, int]]
    ) -> None:
        counts = {day: ChannelCounts(some) for day, some in wanted.items()}
        found = _shared(one.through(store).read_snapshot(DAY))
        check_equal("what a snapshot has as used", _used(found), counts)
        state = store.client(one.campaign.client_id, day=DAY)
        check_equal("what the client has as used", _used(state), counts)

    def test_the_days_around_a_day_are_counted(self, store: Store) -> None:
        """Six before it and six after, also where the calendar ends."""
        tenant = self._add_adopted(store)
        one = tenant.add()
        days = [DAY + timedelta(days=n) for n in range(-7, 8)] + [date.min, date.max]
        one.admit(*(make_assignment(f"{day}", day=day) for day in days))
        for asked in (DAY, days[0], date.min, date.max):
            wanted = {
                day: ChannelCounts({"email": 1}) for day in days if abs((day - asked).days) < WEEK
            }
            for seen in (one, one.through(self.another(store))):
                found = _used(_shared(seen.read_snapshot(asked)))
                check_equal(f"used around {asked}", found, wanted)

    # -- Claims -----------------------------------------------------------------------------------

    def test_other_campaigns_have_claims(self, store: Store) -> None:
        """Live ones of those that run or may, others of those that are over or have contacted."""
        tenant = self._add_adopted(store)
        own = tenant.add()
        live = [tenant.add(status=s) for s in CampaignStatus if s is not CampaignStatus.COMPLETED]
        over = [tenant.add(status=CampaignStatus.COMPLETED), tenant.add(deleted_at=CREATED)]
        stranger = self._add_adopted(store).add()
        for one in (own, *live, *over, stranger):
            one.admit(make_assignment("a"), make_assignment("b", day=NEXT_DAY))
        own.admit(make_assignment("c"))
        live[0].admit(make_assignment("d"), make_assignment("e"))
        _release(live[0], "d", contacted=True)
        _release(live[0], "e")
        stranger.admit(make_assignment("c"))
        wanted: dict[str, set[Claim]] = {
            lead_id: {
                *(Claim(lead_id, one.campaign.id, day, is_live=True) for one in live),
                *(Claim(lead_id, one.campaign.id, day, is_live=False) for one in over),
            }
            for lead_id, day in (("a", DAY), ("b", NEXT_DAY))
        }
        wanted["d"] = {Claim("d", live[0].campaign.id, DAY, is_live=False)}
        for seen in (own, own.through(self.another(store))):
            for asked in ("abcdef", "a", "f", ""):
                found = _shared(seen.read_snapshot(DAY, [*asked]))
                of_asked = {i: claims for i, claims in wanted.items() if i in asked}
                check_equal(f"the claims on {asked!r}", _by_lead(found.claims), of_asked)
            found = _shared(seen.read_snapshot(None, ["a"]))
            check_equal("without a day", dict(found.claims), {})
        live[0].admit(make_assignment("d", day=NEXT_DAY))
        claims = {
            Claim("d", live[0].campaign.id, DAY, is_live=False),
            Claim("d", live[0].campaign.id, NEXT_DAY, is_live=True),
        }
        found = _shared(own.read_snapshot(DAY, ["d"]))
        check_equal("after it came in again", _by_lead(found.claims), {"d": claims})

    def test_a_campaign_knows_which_of_its_leads_are_elsewhere(self, store: Store) -> None:
        """Those that another campaign has now; only where the query asks for them."""
        tenant = self._add_adopted(store)
        own, other = tenant.add(deleted_at=CREATED), tenant.add()
        over = tenant.add(status=CampaignStatus.COMPLETED)
        mine = {i: make_assignment(i) for i in "abcd"}
        own.admit(*mine.values())
        other.admit(make_assignment("a"), make_assignment("b"), make_assignment("x"))
        _release(other, "b", contacted=True)
        over.admit(make_assignment("c"))
        self._add_adopted(store).add().admit(make_assignment("d"))
        for seen in (own, own.through(self.another(store))):
            found = dict(seen.ask(elsewhere=True).elsewhere)
            check_equal("those elsewhere", found, {"a": mine["a"]})
            check_equal("unless asked for", dict(seen.ask(day=DAY).elsewhere), {})

    def test_a_campaign_remembers_whom_it_has_contacted(self, store: Store) -> None:
        """A lead that it released as contacted is known, and its counts stay; no other is."""
        tenant, plain = self._add_adopted(store), self.add_tenant(store)
        for one, other in ((tenant.add(), tenant.add()), (plain.add(), plain.add())):
            one.admit(make_assignment("a"), make_assignment("b"), make_assignment("c"))
            other.admit(make_assignment("b"))
            _release(one, "a", contacted=True)
            _release(one, "b")
            for seen in (one, one.through(self.another(store))):
                found = seen.read_snapshot(DAY, ["a", "b", "c", "d"])
                check_equal("whom it has contacted", set(found.contacted), {"a"})
                check_equal("its leads", set(found.assignments), {"c"})
                counts = found.progress.admitted_today, found.progress.admitted_total
                check_equal("today and in all", counts, (2, 2))
                check_equal("of others", set(seen.read_snapshot(DAY, ["b"]).contacted), set[str]())
            found = other.read_snapshot(DAY, ["a", "b"])
            check_equal("another campaign's", set(found.contacted), set[str]())

    # -- Suppressions -----------------------------------------------------------------------------

    def test_suppressions_add_up(self, store: Store) -> None:
        """On each channel the longest one counts, in any order; of equal ones the first."""
        tenant = self._add_adopted(store)
        one, client_id = tenant.add(), tenant.client_id
        sms = Channel.SMS
        ends = [None, DAY, NEXT_DAY]
        for n, order in enumerate(permutations(ends)):
            for until in (*order, *order):
                write_client(store, client_id, suppressions=(_stop(f"{n}", sms, until),))
        first = _stop("a", None, DAY, reason="first")
        write_client(store, client_id, suppressions=(first, _stop("b", Channel.EMAIL, DAY)))
        later = CREATED + timedelta(days=1)
        second = _stop("a", None, DAY, reason="second", at=later, by=Actor.user("bo"))
        longer = evolve(_stop("b", Channel.EMAIL, NEXT_DAY), at=later)
        one.write(Writes[None](suppressions=(second, longer, _stop("b", sms))))
        wanted = [_stop(f"{n}", sms) for n in range(6)]
        wanted += [first, longer, _stop("b", sms)]
        for seen in (store, self.another(store)):
            check_equal("the suppressions", _list_suppressions(seen, client_id), wanted)
            for day in (DAY, None):
                found = _shared(one.through(seen).read_snapshot(day, ["a", "b", "5", "c"]))
                check_equal(
                    "of the leads of a snapshot",
                    _by_lead(found.suppressions),
                    {"a": {first}, "b": {longer, _stop("b", sms)}, "5": {_stop("5", sms)}},
                )
            asked = partial(store.ask, ClientSnapshotQuery(client_id, ["b", "c"]))
            wanted_b = {"b": {longer, _stop("b", sms)}}
            check_equal("of a decision", _by_lead(asked().client.suppressions), wanted_b)
        check_only_page("another client's", store.suppressions(self.add_tenant(store).client_id))

    def test_suppressions_are_lifted(self, store: Store) -> None:
        """Those that are named and no other, before others are added."""
        tenant, other = self._add_adopted(store), self._add_adopted(store)
        client_id = tenant.client_id
        stops = [_stop("a"), _stop("a", Channel.SMS), _stop("b", Channel.SMS), _stop("c")]
        for own in (client_id, other.client_id):
            write_client(store, own, suppressions=tuple(stops))
        shorter = _stop("c", None, DAY)
        writes: dict[str, Any] = {"lifted": (stops[0], stops[3]), "suppressions": (shorter,)}
        write_client(store, client_id, lead_ids=["a", "c"], **writes)
        found = _list_suppressions(self.another(store), client_id)
        check_equal("what is left", found, [stops[1], stops[2], shorter])
        found = _list_suppressions(store, other.client_id)
        check_equal("another client's", found, stops)

    def test_a_page_has_all_suppressions_of_a_lead(self, store: Store) -> None:
        """Leads are ordered by code points, and the channels of each are on one page."""
        tenant = self._add_adopted(store)
        ids = ["10", "9", "A", "B", "a", "e\u0301", "é", "ﬀ", "\uffee", "😀"]
        stops = [_stop(i, c, DAY) for i in ids for c in (None, *CHANNELS)]
        write_client(store, tenant.client_id, suppressions=tuple(reversed(stops)))
        wanted = _in_order(stops)
        for size in (1, 3, len(ids), 100):
            found = _list_suppressions(self.another(store), tenant.client_id, size)
            check_equal(f"in pages of {size}", _in_order(found), wanted)
        page = store.suppressions(tenant.client_id, after="B", limit=1)
        check_equal("behind a lead", {one.lead_id for one in page.items}, {"a"})

    def test_many_leads_can_be_suppressed(self, store: Store) -> None:
        """Thousands at once, and again."""
        tenant = self._add_adopted(store)
        one = tenant.add()
        ids = [f"{n:05}" for n in range(3_000)]
        stops = tuple(_stop(i, c) for i in ids for c in (None, Channel.SMS))
        for _ in range(2):
            write_client(store, tenant.client_id, suppressions=stops)
        found = _shared(one.read_snapshot(DAY, ids))
        check_equal("the leads", len(found.suppressions), len(ids))
        stored = _list_suppressions(store, tenant.client_id, 1_000)
        check_equal("the suppressions", len(stored), len(stops))

    def test_a_decision_on_a_client_sees_live_assignments(self, store: Store) -> None:
        """Of the leads that it asks for, in campaigns that are neither completed nor deleted."""
        tenant = self._add_adopted(store)
        one, paused = tenant.add(), tenant.add(status=CampaignStatus.PAUSED)
        over = [tenant.add(status=CampaignStatus.COMPLETED), tenant.add(deleted_at=CREATED)]
        for each in (one, paused, *over, self._add_adopted(store).add()):
            each.admit(make_assignment("a"), make_assignment("b"))
        one.admit(make_assignment("c"))
        one.release("b")
        wanted = {
            LiveAssignment(one.campaign.id, make_assignment("a")),
            LiveAssignment(paused.campaign.id, make_assignment("a")),
            LiveAssignment(paused.campaign.id, make_assignment("b")),
        }
        query = ClientSnapshotQuery(tenant.client_id, ["a", "b", "x"], live=True)
        found = self._see(store, query)
        check_equal("live assignments", set(found.assignments), wanted)
        check_equal("each once", len(found.assignments), len(wanted))
        found = self._see(self.another(store), evolve(query, live=False))
        check_equal("unless asked for", found.assignments, ())

    def test_leads_of_several_campaigns_are_counted(self, store: Store) -> None:
        """Those of campaigns that are neither completed nor deleted, of one client, each once."""
        tenant = self._add_adopted(store)
        one, other, third = tenant.add(), tenant.add(status=CampaignStatus.PAUSED), tenant.add()
        over = [tenant.add(status=CampaignStatus.COMPLETED), tenant.add(deleted_at=CREATED)]
        one.admit(*map(make_assignment, "abcd"))
        other.admit(*map(make_assignment, "abx"))
        third.admit(make_assignment("a"), make_assignment("d"))
        for each in (*over, self._add_adopted(store).add()):
            each.admit(make_assignment("c"), make_assignment("x"))
        query = ClientSnapshotQuery(tenant.client_id, doubles=True)
        check_equal("a, b and d", self._see(store, query).doubles, 3)
        third.release("d")
        check_equal("a and b", self._see(self.another(store), query).doubles, 2)
        query = evolve(query, doubles=False)
        check_equal("unless asked for", self._see(store, query).doubles, 0)

    def _see(self, store: Store, query: ClientSnapshotQuery) -> ClientSnapshot:
        """Return the snapshot of a decision, which a reader sees as well."""

        def look(snapshot: ClientSnapshot) -> ClientWrites[ClientSnapshot]:
            return ClientWrites(outcome=snapshot)

        seen = store.apply_client_decision(query, look).outcome
        read = store.ask(query)
        check("a decision has a snapshot", seen is not None)
        check_equal("a reader's assignments", {*read.assignments}, {*(seen or read).assignments})
        check_equal("a reader's doubles", read.doubles, (seen or read).doubles)
        return seen or read

    # -- A lead -----------------------------------------------------------------------------------

    def test_a_lead_has_a_record(self, store: Store) -> None:
        """Who admitted, released, suggested and rejected it, and its suppressions, by time."""
        tenant = self._add_adopted(store)
        one, two = tenant.add(), tenant.add()
        stop = _stop("a", Channel.SMS, NEXT_DAY, at=CREATED + timedelta(days=90), reason="asked")
        day, ai = CREATED.date() - timedelta(days=1), Actor.ai("scout")
        one.admit(make_assignment("a"), make_assignment("b"))
        two.admit(make_assignment("a", day=day, channel=Channel.SMS))
        gone = ReleasedLead(make_assignment("a"), contacted=True, by=ai, at=CREATED)
        two.write(Writes[None](released=(gone,)))
        two.admit(make_assignment("a", day=NEXT_DAY))
        idea = suggest_leads(one.campaign, "ab")
        one.record(idea, rejections=[Rejection("a", idea.id, NEXT_DAY)])
        one.record(suggest_leads(one.campaign, "b", 2, left_out="a"))
        one.record(suggest_command(one.campaign, ReleaseLeads(["a"]), 3))
        write_client(store, tenant.client_id, suppressions=(stop, _stop("b")))
        self._add_adopted(store).add().admit(make_assignment("a"))
        first: dict[str, Any] = {"campaign_id": one.campaign.id, "suggestion_id": idea.id}
        second: dict[str, Any] = {"campaign_id": two.campaign.id, "channel": Channel.SMS}
        released: dict[str, Any] = {"at": CREATED, "by": ai, "contacted": True}
        kinds = LeadEntryKind
        wanted = (
            LeadEntry(kind=kinds.ADMITTED, day=day, **second),
            LeadEntry(kind=kinds.SUGGESTED, day=DAY, at=CREATED, by=idea.by, **first),
            LeadEntry(kind=kinds.REJECTED, until=NEXT_DAY, **first),
            LeadEntry(kind=kinds.RELEASED, day=day, **released, **second),
            LeadEntry(
                kind=kinds.ADMITTED,
                campaign_id=one.campaign.id,
                channel=Channel.EMAIL,
                day=DAY,
            ),
            LeadEntry(
                kind=kinds.ADMITTED,
                campaign_id=two.campaign.id,
                channel=Channel.EMAIL,
                day=NEXT_DAY,
            ),
            LeadEntry(
                kind=kinds.SUPPRESSED,
                channel=Channel.SMS,
                until=NEXT_DAY,
                at=stop.at,
                by=_USER,
                reason="asked",
            ),
        )
        for seen in (store, self.another(store)):
            record = seen.lead(tenant.client_id, "a")
            check_equal("the lead", record.lead_id, "a")
            check_equal("its record", record.entries, wanted)
            check_equal("a stranger's", seen.lead(tenant.client_id, "z").entries, ())
        plain = self.add_tenant(store)
        plain.add().admit(make_assignment("a"))
        found = store.lead(plain.client_id, "a").entries
        check_equal("of a client that was not adopted", [e.kind for e in found], [kinds.ADMITTED])

    def test_a_lead_is_erased(self, store: Store) -> None:
        """Its id is nowhere, every count stays, and its suppressions hold under its id."""
        tenant, other = self._add_adopted(store), self._add_adopted(store)
        one, two, theirs = tenant.add(), tenant.add(), other.add()
        for each in (one, two, theirs):
            each.admit(make_assignment("ann"), make_assignment("bob"), make_assignment("zoe"))
        _release(two, "ann", contacted=True)
        idea = suggest_leads(one.campaign, ["ann", "cem"], 1, left_out=["dan"])
        left = suggest_leads(one.campaign, ["cem"], 2, left_out=["ann"])
        one.record(idea, left, rejections=[Rejection("ann", idea.id)])
        write_client(
            store, tenant.client_id, suppressions=(_stop("ann", Channel.SMS, DAY), _stop("bob"))
        )
        before = [each.read_progress() for each in (one, two, theirs)]
        used = store.client(tenant.client_id, day=DAY).used
        digests = [idea.digest, left.digest]
        stops = (_stop("ann", reason="asked"),)
        event = _event(tenant.client_id, ClientEventKind.ERASED, leads=1)
        write_client(store, tenant.client_id, suppressions=stops, erased="ann", events=(event,))
        for seen in (store, self.another(store)):
            self._check_erased(seen, tenant, one, two)
            there = {head.digest for head in one.through(seen).list_suggestions()}
            check_equal(
                "nor is a hash without a key of it", there.intersection(digests), set[str]()
            )
            after = [each.through(seen).read_progress() for each in (one, two, theirs)]
            check_equal("every count stays", after, before)
            check_equal("the days", seen.client(tenant.client_id, day=DAY).used, used)
        check_equal(
            "another client's", set(theirs.read_snapshot(DAY, ["ann"]).assignments), {"ann"}
        )
        check_equal("its event", len(store.client_history(tenant.client_id).items), 1)

    def _check_erased(
        self, store: Store, tenant: Tenant, one: StoredCampaign, two: StoredCampaign
    ) -> None:
        one, two = one.through(store), two.through(store)
        ids = [lead.lead_id for each in (one, two) for lead in each.list_assignments()]
        ids += [one.lead_id for one in _list_suppressions(store, tenant.client_id)]
        for head in one.list_suggestions():
            whole = one.read_suggestion(head)
            check("a suggestion to assign leads", isinstance(whole.command, AssignLeads))
            ids += getattr(whole.command, "lead_ids", ())
            ids += [*whole.unassigned, *whole.rejections]
        check_equal("the id is nowhere", ids.count("ann"), 0)
        names = {i for i in ids if i.startswith("erased:")}
        check_equal("it has one name instead", len(names), 1)
        [name] = names
        check_equal("wherever it was", ids.count(name), 6)
        found = one.ask(day=DAY, lead_ids=["ann", "bob"], barriers=True)
        check_equal("its campaigns do not have it", set(found.assignments), {"bob"})
        check_equal("nor does it wait", dict(found.waiting), {})
        kept = {(s.lead_id, s.channel, s.until) for s in _shared(found).suppressions.get("ann", ())}
        wanted = {("ann", None, None), ("ann", Channel.SMS, DAY)}
        check_equal("its suppressions hold", kept, wanted)
        asked = store.ask(ClientSnapshotQuery(tenant.client_id, ["ann"]))
        kept = {(s.lead_id, s.channel, s.until) for s in asked.client.suppressions.get("ann", ())}
        check_equal("a decision on the client sees them", kept, wanted)
        kinds = [entry.kind for entry in store.lead(tenant.client_id, "ann").entries]
        check_equal("its record", kinds, [LeadEntryKind.SUPPRESSED] * 2)
        kinds = [entry.kind for entry in store.lead(tenant.client_id, name).entries]
        check_equal(
            "that of its name",
            Counter(kinds),
            {
                LeadEntryKind.ADMITTED: 2,
                LeadEntryKind.RELEASED: 1,
                LeadEntryKind.SUGGESTED: 1,
                LeadEntryKind.REJECTED: 1,
                LeadEntryKind.SUPPRESSED: 2,
            },
        )

    def test_an_erased_lead_stays_erased(self, store: Store) -> None:
        """Suppressed again, its id does not come back; admitted again, it can be erased again."""
        tenant = self._add_adopted(store)
        one, client_id = tenant.add(), tenant.client_id
        one.admit(make_assignment("ann"))
        write_client(store, client_id, suppressions=(_stop("ann"),), erased="ann")
        again = _stop("ann", Channel.SMS, DAY)
        write_client(store, client_id, suppressions=(again,))
        ids = {stop.lead_id for stop in _list_suppressions(store, client_id)}
        check_equal("one name", [len(ids), "ann" in ids], [1, False])
        asked = ClientSnapshotQuery(client_id, ["ann"])
        stops = store.ask(asked).client.suppressions.get("ann", ())
        check_equal("what holds", {stop.channel for stop in stops}, {None, Channel.SMS})
        on_mail = (_stop("ann", Channel.MAIL),)
        write_client(store, client_id, lead_ids=["ann"], lifted=tuple(stops), suppressions=on_mail)
        ids = {stop.lead_id for stop in _list_suppressions(store, client_id)}
        check_equal("one name, of what takes their place", [len(ids), "ann" in ids], [1, False])
        stops = store.ask(asked).client.suppressions.get("ann", ())
        check_equal("what takes their place", {stop.channel for stop in stops}, {Channel.MAIL})
        write_client(store, client_id, lead_ids=["ann"], lifted=tuple(stops))
        check_equal("nothing is left", _list_suppressions(store, client_id), [])
        check_equal("nor under its id", dict(store.ask(asked).client.suppressions), {})
        one.admit(make_assignment("ann"))
        before = one.read_progress()
        write_client(store, client_id, suppressions=(_stop("ann"),), erased="ann")
        check_equal("every count stays", one.read_progress(), before)
        leads = one.list_assignments()
        check_equal("its rows stay", len(leads), 2)
        check_equal("its id is gone", [a.lead_id for a in leads if a.lead_id == "ann"], [])


def _decide(
    store: Store, query: ClientSnapshotQuery, decide: DecideClient[None]
) -> ClientWrites[None]:
    return store.apply_client_decision(query, decide)
