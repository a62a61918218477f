"""What the campaigns of a client share: its rules, whom nobody may contact, a lead's record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

import campaignkit as ck
from campaignkit import Channel, ClientEventKind, LeadEntryKind, Reason
from campaignkit.storage import (
    AssignmentsQuery,
    ClientSnapshotQuery,
    ClientWrites,
    DecideClient,
    HistoryQuery,
    MemoryStore,
    SnapshotQuery,
)
from tests.service.services import START, BusyStore, Make, Service

T = TypeVar("T")

ACME, OTHER = UUID(int=1), UUID(int=2)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
ONE_EACH = ck.ClientPolicy(one_campaign_per_lead=True)
Key = tuple[UUID, UUID]
"""The ids of a client and of a campaign."""
SMS, EMAIL = Channel.SMS, Channel.EMAIL


def hot(*lead_ids: str) -> list[ck.Lead]:
    return [ck.Lead(lead_id, 90) for lead_id in lead_ids]


def cold(*lead_ids: str) -> list[ck.Lead]:
    """Leads of which only email can be used."""
    return [ck.Lead(lead_id, 25) for lead_id in lead_ids]


def start(service: Service, client_id: UUID = ACME, **fields: Any) -> Key:  # noqa: ANN401
    """Return the ids of the client and of a new active campaign."""
    draft = ck.Campaign.draft(client_id=client_id, name="Sydney", created_at=START, **fields)
    service.create(draft, by=ANN)
    service.activate(client_id, draft.id, by=ANN)
    return client_id, draft.id


def take(service: Service, key: Key, leads: list[ck.Lead], **terms: Any) -> ck.Intake:  # noqa: ANN401
    given: dict[str, Any] = {"day": DAY, "by": ANN, **terms}
    done = service.intake(*key, leads, **given)
    assert isinstance(done, ck.Intake)
    return done


def assigned(service: Service, key: Key) -> set[str]:
    return {lead.lead_id for lead in service.ask(AssignmentsQuery(*key)).items}


# -- Policies --------------------------------------------------------------------------------------


def test_a_policy_is_set_and_its_history_kept(make: Make) -> None:
    service = make(MemoryStore())
    assert service.client_policy(ACME) == ck.ClientPolicy()
    assert service.set_client_policy(ACME, ONE_EACH, by=ANN, reason="fewer doubles") == ONE_EACH
    assert service.set_client_policy(ACME, ONE_EACH, by=ANN) == ONE_EACH  # records nothing
    assert service.client_policy(ACME) == ONE_EACH
    assert service.client_policy(OTHER) == ck.ClientPolicy()
    [event] = service.client_history(ACME).items
    assert (event.number, event.kind, event.by, event.at) == (
        *(1, ClientEventKind.POLICY_SET, ANN, START),
    )
    assert (event.before, event.after, event.reason) == (
        *(ck.ClientPolicy(), ONE_EACH, "fewer doubles"),
    )


ACTS: dict[str, Callable[[Service, ck.Actor], object]] = {
    "set_client_policy": lambda service, by: service.set_client_policy(ACME, ONE_EACH, by=by),
    "suppress": lambda service, by: service.suppress(ACME, ["a"], by=by),
    "suppress nobody": lambda service, by: service.suppress(ACME, [], by=by),
    "unsuppress": lambda service, by: service.unsuppress(ACME, ["a"], by=by),
    "erase": lambda service, by: service.erase(ACME, "a", by=by),
}


@pytest.mark.parametrize("name", ACTS)
def test_only_users_set_the_rules_of_a_client(make: Make, name: str) -> None:
    store = MemoryStore()
    service = make(store)
    for adopted in (False, True):
        with pytest.raises(ck.PermissionDeniedError, match="only a user may set") as refused:
            ACTS[name](service, SCOUT)
        assert refused.value.reasons == (Reason.USER_MUST_SET_RULES,)
        assert service.client_history(ACME).items == ()
        assert not adopted or store.client(ACME).revision == 0
        store.adopt_client(ACME)
    ACTS[name](service, ANN)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_a_client_is_repeated_where_it_met_another(make: Make, name: str) -> None:
    class Busy(BusyStore):
        def apply_client_decision(
            self, query: ClientSnapshotQuery, decide: DecideClient[T]
        ) -> ClientWrites[T]:
            self._meet()
            return super().apply_client_decision(query, decide)

    pauses: list[float] = []
    service = make(Busy(2), pause=pauses.append)
    ACTS[name](service, ANN)
    assert len(pauses) == 2


def test_a_mode_does_not_matter_for_the_rules_of_a_client(make: Make) -> None:
    service = make(MemoryStore())
    key = start(service, permission_mode=ck.PermissionMode.AUTOPILOT)
    take(service, key, hot("a"))
    with pytest.raises(ck.PermissionDeniedError) as refused:
        service.release(*key, ["a"], by=SCOUT, suppress=["sms"])
    assert refused.value.reasons == (Reason.USER_MUST_SET_RULES,)
    assert assigned(service, key) == {"a"}


# -- One campaign a lead ---------------------------------------------------------------------------


def test_a_lead_is_in_one_campaign_and_cools_down(make: Make) -> None:
    service = make(MemoryStore())
    one, two = start(service), start(service)
    service.set_client_policy(
        ACME, ck.ClientPolicy(one_campaign_per_lead=True, cooldown=10), by=ANN
    )
    take(service, one, hot("a", "b", "c", "d"))
    service.release(*one, ["b"], by=ANN)  # which gives it back, so it cools nothing
    service.release(*one, ["c"], by=ANN, contacted=True)
    leads = hot("a", "b", "c")
    assert take(service, two, leads).unassigned == {
        "a": Reason.CLAIMED,
        "c": Reason.COOLING_DOWN,
    }
    assert assigned(service, two) == {"b"}
    for days, reason in ((9, Reason.COOLING_DOWN), (-9, Reason.COOLING_DOWN), (10, None)):
        seen = service.preview(*two, hot("c"), day=DAY + timedelta(days=days), by=ANN)
        assert seen.unassigned.get("c") is reason
    again = service.preview(*one, hot("c"), day=DAY + timedelta(days=99), by=ANN)
    assert again.unassigned == {"c": Reason.CONTACTED}
    service.complete(*one, by=ANN)
    later = DAY + timedelta(days=10)
    assert take(service, two, hot("a"), day=DAY).unassigned == {"a": Reason.COOLING_DOWN}
    assert set(take(service, two, hot("a"), day=later).assignments) == {"a"}


def test_the_rule_is_adopted_where_there_are_doubles(make: Make) -> None:
    service = make(MemoryStore())
    one, two, three = start(service), start(service), start(service)
    for key in (one, two):
        take(service, key, hot("a", "b"))
    service.set_client_policy(ACME, ONE_EACH, by=ANN)
    assert service.client_history(ACME).items[-1].leads == 2
    assert assigned(service, one) == assigned(service, two) == {"a", "b"}
    assert take(service, three, hot("a")).unassigned == {"a": Reason.CLAIMED}
    assert set(take(service, one, hot("a", "c")).already) == {"a"}


def test_a_restored_campaign_lets_go_of_what_is_elsewhere(make: Make) -> None:
    at = datetime(2026, 11, 23, 12, tzinfo=START.tzinfo)
    service = make(MemoryStore(), clock=lambda: at)
    one, two = start(service), start(service)
    service.set_client_policy(ACME, ONE_EACH, by=ANN)
    take(service, one, [*hot("a", "b"), *cold("z")])
    take(service, one, hot("c"), day=DAY + timedelta(days=2))
    service.delete(*one, by=ANN)
    take(service, two, hot("a", "b", "c"), day=DAY + timedelta(days=30))
    assert set(assigned(service, two)) == {"a", "b", "c"}
    restored = service.restore(*one, by=ANN)
    assert isinstance(restored, ck.Campaign)
    assert assigned(service, one) == {"z"}
    event = service.ask(HistoryQuery(*one)).items[-1]
    assert (event.action, event.counts.total) == (ck.Action.RESTORE, 3)
    # What was booked for a day that has begun may have been contacted, and is not given back.
    progress = service.ask(SnapshotQuery(*one, day=DAY)).progress
    assert (progress.admitted_today, progress.admitted_total) == (3, 3)
    gone = [entry for entry in service.lead(ACME, "c").entries if entry.contacted is not None]
    assert [entry.contacted for entry in gone] == [False]


def test_restoring_releases_nothing_without_the_rule_or_where_it_is_completed(make: Make) -> None:
    service = make(MemoryStore())
    for policy, completes in ((None, False), (ck.ClientPolicy(), False), (ONE_EACH, True)):
        one, two = start(service), start(service)
        take(service, one, hot("a"))
        if completes:
            service.complete(*one, by=ANN)
        service.delete(*one, by=ANN)
        take(service, two, hot("a"))
        if policy is not None:
            service.set_client_policy(ACME, policy, by=ANN)
        service.restore(*one, by=ANN)
        assert assigned(service, one) == {"a"}
        assert service.ask(HistoryQuery(*one)).items[-1].counts.total == 0
        service.delete(*two, by=ANN)


# -- Limits ----------------------------------------------------------------------------------------


def test_channels_have_limits_over_all_campaigns(make: Make) -> None:
    service = make(MemoryStore())
    one, two = start(service), start(service)
    other = start(service, OTHER)
    limit = ck.ChannelLimit(per_day=3, per_week=5)
    service.set_client_policy(ACME, ck.ClientPolicy(channel_limits={"email": limit}), by=ANN)
    assert len(take(service, one, cold("a", "b")).assignments) == 2
    done = take(service, two, cold("c", "d", "e"))
    assert (set(done.assignments), done.deferred) == (
        {"c"},
        {"d": Reason.CHANNEL_LIMIT, "e": Reason.CHANNEL_LIMIT},
    )
    assert len(take(service, other, cold("a", "b", "c", "d")).assignments) == 4
    # A week looks both ways, since days are booked in any order.
    later = DAY + timedelta(days=6)
    assert len(take(service, one, cold("f", "g", "h"), day=later).assignments) == 2
    between = take(service, two, cold("i"), day=NEXT)
    assert between.deferred == {"i": Reason.CHANNEL_LIMIT}
    service.release(*two, ["c"], by=ANN)
    assert set(take(service, two, cold("i"), day=NEXT).assignments) == {"i"}
    service.release(*one, ["a"], by=ANN, contacted=True)
    assert take(service, two, cold("j"), day=NEXT).deferred == {"j": Reason.CHANNEL_LIMIT}


def test_an_intake_may_be_capped_by_the_call(make: Make) -> None:
    service = make(MemoryStore())
    key = start(service, permission_mode=ck.PermissionMode.CO_PILOT)
    seen = service.preview(*key, cold("a", "b"), day=DAY, by=ANN, at_most={"email": 1})
    assert seen.deferred == {"b": Reason.CHANNEL_LIMIT}
    idea = service.intake(*key, cold("a", "b"), day=DAY, by=SCOUT, at_most={"email": 1})
    assert isinstance(idea, ck.Suggestion)
    [head] = service.suggestions(*key).items
    assert (head.at_most, idea.head.at_most) == ({"email": 1}, {"email": 1})
    assert "at most email 1" in str(head)
    assert "at most email 1" in head.as_text()
    again = service.intake(*key, cold("b", "a"), day=NEXT, by=SCOUT, at_most={Channel.EMAIL: 1})
    assert isinstance(again, ck.Suggestion)
    assert again.id == idea.id
    with pytest.raises(ck.PermissionDeniedError) as refused:
        service.intake(*key, cold("a", "b"), day=NEXT, by=SCOUT, at_most={"email": 2})
    assert refused.value.reasons == (Reason.ALREADY_SUGGESTED,)
    done = service.approve(ACME, idea.id, by=ANN)
    assert isinstance(done, ck.Intake)
    assert (set(done.assignments), set(done.deferred)) == ({"a"}, {"b"})
    with pytest.raises(ck.CampaignError, match="at_most of email must be"):
        service.intake(*key, cold("a"), day=DAY, by=ANN, at_most={"email": -1})


def test_an_approval_is_judged_by_the_rules_then(make: Make) -> None:
    service = make(MemoryStore())
    one = start(service, permission_mode=ck.PermissionMode.CO_PILOT)
    two = start(service)
    service.set_client_policy(ACME, ONE_EACH, by=ANN)
    idea = service.intake(*one, hot("a", "b", "c"), day=DAY, by=SCOUT)
    assert isinstance(idea, ck.Suggestion)
    assert set(take(service, two, hot("a")).assignments) == {"a"}  # it claims nothing
    service.suppress(ACME, ["b"], by=ANN)
    seen = service.preview_approval(ACME, idea.id, by=ANN)
    done = service.approve(ACME, idea.id, by=ANN, expect=seen)
    assert isinstance(done, ck.Intake)
    assert done.unassigned == {"a": Reason.CLAIMED, "b": Reason.SUPPRESSED}
    assert set(done.assignments) == {"c"}
    last = service.intake(*one, hot("d"), day=DAY, by=SCOUT)
    assert isinstance(last, ck.Suggestion)
    service.suppress(ACME, ["d"], by=ANN)
    with pytest.raises(ck.SuggestionError) as refused:
        service.approve(ACME, last.id, by=ANN)
    assert refused.value.reasons == (Reason.SUPPRESSED,)
    assert service.suggestion(ACME, last.id).state is ck.SuggestionState.PENDING


# -- Suppressions ----------------------------------------------------------------------------------


def test_suppressed_leads_are_not_contacted(make: Make) -> None:
    service = make(MemoryStore())
    key, other = start(service), start(service, OTHER)
    take(service, key, cold("a", "b"))
    hits = service.suppress(ACME, ["a", "a", "x", "y"], ["email"], by=ANN, reason="asked")
    assert hits == (ck.LiveAssignment(key[1], take(service, key, cold("a")).already["a"]),)
    assert take(service, key, cold("x", "z")).unassigned == {"x": Reason.SUPPRESSED}
    # Hot leads still have other channels.
    assert take(service, key, hot("y")).assignments["y"].channel is not EMAIL
    assert set(take(service, other, cold("x")).assignments) == {"x"}
    page = service.suppressed_assignments(*key, limit=1)
    assert ([lead.lead_id for lead in page.items], page.next) == (["a"], "a")
    assert service.suppressed_assignments(*key, after="a").items == ()
    assert service.suppress(ACME, ["a", "x", "y"], ["email"], by=ANN) == hits  # says it again
    [event] = service.client_history(ACME).items  # and records nothing
    assert (event.kind, event.leads, event.channels) == (
        *(ClientEventKind.SUPPRESSED, 3, (EMAIL,)),
    )


def test_a_suppression_ends_and_is_extended(make: Make) -> None:
    service = make(MemoryStore())
    key = start(service)
    assert take(service, key, hot("z"), day=NEXT).assignments
    service.suppress(ACME, ["a", "z"], by=ANN, until=DAY)
    assert service.suppressed_assignments(*key).items == ()  # it goes out a day later
    assert take(service, key, hot("a")).unassigned == {"a": Reason.SUPPRESSED}
    assert service.preview(*key, hot("a"), day=NEXT, by=ANN).unassigned == {}
    service.suppress(ACME, ["a"], by=ANN, until=NEXT)
    service.suppress(ACME, ["a"], by=ANN, until=DAY)  # a shorter one changes nothing
    assert service.preview(*key, hot("a"), day=NEXT, by=ANN).unassigned
    service.suppress(ACME, ["a"], by=ANN)
    far = service.preview(*key, hot("a"), day=date.max, by=ANN)
    assert far.unassigned == {"a": Reason.SUPPRESSED}
    for until in (date(2026, 10, 30), "soon"):
        odd: Any = until
        with pytest.raises(ck.InvalidError, match="until must"):
            service.suppress(ACME, ["a"], by=ANN, until=odd)
    with pytest.raises(ck.CampaignError, match="channels must name at least one"):
        service.suppress(ACME, ["a"], [], by=ANN)
    with pytest.raises(ck.CampaignError, match="channels: no channel is called 'fax'"):
        service.unsuppress(ACME, ["a"], ["fax"], by=ANN)


def test_one_on_all_channels_that_is_lifted_on_some_goes_on_for_the_others(make: Make) -> None:
    service = make(MemoryStore())
    key = start(service)
    service.suppress(ACME, ["a", "b"], by=ANN, until=NEXT)
    service.suppress(ACME, ["a"], ["sms"], by=ANN)
    lifted = service.unsuppress(ACME, ["a", "x"], ["email", "voice"], by=ANN)
    assert [(one.lead_id, one.channel, one.until) for one in lifted] == [("a", None, NEXT)]
    kept = {(one.lead_id, one.channel, one.until) for one in service.suppressions(ACME).items}
    assert kept == {
        ("a", Channel.LINKEDIN, NEXT),
        ("a", SMS, None),
        ("a", Channel.MAIL, NEXT),
        ("b", None, NEXT),
    }
    assert set(take(service, key, cold("a", "b")).assignments) == {"a"}
    assert len(service.unsuppress(ACME, ["a", "b"], list(Channel), by=ANN)) == 4
    assert service.suppressions(ACME).items == ()
    assert service.unsuppress(ACME, ["a"], by=ANN) == ()
    kinds = [(event.kind.value, event.leads) for event in service.client_history(ACME).items]
    assert kinds == [("suppressed", 2), ("suppressed", 1), ("unsuppressed", 1), ("unsuppressed", 2)]


@pytest.mark.parametrize("owns", [True, False])
def test_many_leads_are_suppressed_in_portions(make: Make, *, owns: bool) -> None:
    store = MemoryStore()
    store.owns_transactions = owns
    pauses: list[float] = []
    service = make(store, pause=pauses.append)
    ids = [f"{n}" for n in range(12_000)]
    service.suppress(ACME, ids, by=ANN)
    sizes = [event.leads for event in service.client_history(ACME).items]
    assert sizes == ([5_000, 5_000, 2_000] if owns else [12_000])
    assert len(service.suppressions(ACME, limit=20_000).items) == 12_000
    assert len(pauses) == (2 if owns else 0)  # in which others get their turn
    assert all(0 < seconds < 1 for seconds in pauses)
    assert len(service.unsuppress(ACME, ids, by=ANN)) == 12_000
    assert len(pauses) == (4 if owns else 0)


def test_all_portions_are_judged_at_one_moment(make: Make) -> None:
    # The last day on which it holds is over everywhere from the second look at the clock on.
    times = iter(START + timedelta(days=n) for n in range(100))
    pauses: list[float] = []
    service = make(MemoryStore(), clock=lambda: next(times), pause=pauses.append)
    last = START.date() - timedelta(days=1)
    service.suppress(ACME, [f"{n}" for n in range(12_000)], by=ANN, until=last)
    events = service.client_history(ACME).items
    assert [event.leads for event in events] == [5_000, 5_000, 2_000]
    assert len({event.at for event in events}) == 1
    assert len({one.at for one in service.suppressions(ACME, limit=20_000).items}) == 1


IDLE_ACTS: dict[str, Callable[[Service, Key], object]] = {
    "the same policy": lambda s, _: s.set_client_policy(ACME, ck.ClientPolicy(), by=ANN),
    "suppress nobody": lambda s, _: s.suppress(ACME, [], by=ANN),
    "unsuppress": lambda s, _: s.unsuppress(ACME, ["a"], by=ANN),
    "release nobody": lambda s, key: s.release(*key, [], by=ANN, suppress=["sms"]),
}
REFUSED_ACTS: dict[str, Callable[[Service, Key], object]] = {
    "a policy of the AI": lambda s, _: s.set_client_policy(ACME, ONE_EACH, by=SCOUT),
    "until a day that is over": lambda s, _: s.suppress(
        ACME, ["a"], by=ANN, until=DAY - timedelta(days=99)
    ),
    "erase what is erased": lambda s, _: s.erase(ACME, f"erased:{'0' * 64}", by=ANN),
    "release by the AI": lambda s, key: s.release(*key, ["a"], by=SCOUT, suppress=["sms"]),
    "release in a deleted campaign": lambda s, key: (
        s.delete(*key, by=ANN),
        s.release(*key, ["a"], by=ANN, suppress=["sms"]),
    ),
}


@pytest.mark.parametrize("name", [*IDLE_ACTS, *REFUSED_ACTS])
def test_an_act_that_changes_nothing_leaves_nothing_of_a_client(make: Make, name: str) -> None:
    store = MemoryStore()
    service = make(store)
    key = start(service)
    if name in IDLE_ACTS:
        IDLE_ACTS[name](service, key)
    else:
        with pytest.raises((ck.RefusedError, ck.InvalidError)):
            REFUSED_ACTS[name](service, key)
    with pytest.raises(ck.NotFoundError):  # the client was not adopted
        store.apply_client_decision(ClientSnapshotQuery(ACME), lambda _: ClientWrites[None]())


FAULTY: dict[str, tuple[Callable[[Service, Any], object], list[str]]] = {
    "suppress": (
        lambda s, odd: s.suppress(ACME, [" ", 7], ["fax"], by=odd, reason=" ", until=odd),
        ["lead_ids: ", "lead_ids: ", "channels: ", "until ", "by ", "reason "],
    ),
    "unsuppress": (
        lambda s, odd: s.unsuppress(ACME, ["a", ""], [], by=odd, reason=""),
        ["lead_ids: ", "channels ", "by ", "reason "],
    ),
    "set_client_policy": (
        lambda s, odd: s.set_client_policy(ACME, odd, by=odd, reason=" "),
        ["policy ", "by ", "reason "],
    ),
    "erase": (
        lambda s, odd: s.erase(ACME, len(odd), by=odd, reason=" "),
        ["lead_id: ", "by ", "reason "],
    ),
    "release": (
        lambda s, odd: s.release(
            ACME, OTHER, iter(["a", " "]), by=ANN, contacted=odd, suppress=["fax"]
        ),
        ["lead_ids: ", "contacted ", "suppress: "],
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_all_faults_of_the_arguments_are_told_at_once(make: Make, name: str) -> None:
    act, begins = FAULTY[name]
    with pytest.raises(ck.InvalidError) as refused:
        act(make(MemoryStore()), "odd")
    faults = refused.value.faults
    assert len(faults) == len(begins), faults
    assert all(map(str.startswith, faults, begins)), faults


# -- Releases --------------------------------------------------------------------------------------


def test_a_user_gives_back_what_was_not_contacted(make: Make) -> None:
    service = make(MemoryStore())
    key = start(service, daily_lead_limit=2)
    take(service, key, cold("a", "b"))
    gone = service.release(*key, ["a"], by=ANN)
    assert isinstance(gone, ck.Release)
    assert (set(gone.released), gone.contacted) == ({"a"}, ())
    assert set(take(service, key, cold("a")).assignments) == {"a"}
    gone = service.release(*key, ["a", "x"], by=ANN, contacted=True)
    assert isinstance(gone, ck.Release)
    assert (gone.contacted, gone.absent) == (("a",), ("x",))
    assert "1 contacted" in str(gone)
    progress = service.ask(SnapshotQuery(*key, day=DAY)).progress
    assert gone.progress.admitted_total == progress.admitted_total
    assert (progress.admitted_today, progress.admitted_total, progress.carried["email"]) == (
        *(2, 2, 2),
    )
    assert take(service, key, cold("c")).deferred == {"c": Reason.DAILY_LIMIT}
    assert take(service, key, cold("a"), day=NEXT).unassigned == {"a": Reason.CONTACTED}


@pytest.mark.parametrize("host", [True, False])
def test_the_ai_gives_back_nothing_of_a_day_that_has_begun(make: Make, *, host: bool) -> None:
    # It is 11:00 in UTC: the day after has begun in UTC+14, and the host says so or not.
    at = datetime(2026, 11, 23, 11, tzinfo=START.tzinfo)

    def today(_: ck.Campaign) -> date:
        return DAY

    service = make(MemoryStore(), clock=lambda: at, today=today if host else None)
    key = start(service, permission_mode=ck.PermissionMode.AUTOPILOT)
    begun = DAY if host else NEXT
    future = begun + timedelta(days=1)
    take(service, key, hot("a"), day=begun)
    take(service, key, hot("b"), day=future)
    take(service, key, hot("c"), day=DAY - timedelta(days=1))
    gone = service.release(*key, ["a", "b", "c"], by=SCOUT)
    assert isinstance(gone, ck.Release)
    assert gone.contacted == ("a", "c")
    assert gone.progress.admitted_total == 2
    again = service.preview(*key, hot("a", "b", "c"), day=future, by=ANN)
    assert again.unassigned == {"a": Reason.CONTACTED, "c": Reason.CONTACTED}


def test_a_release_of_the_ai_may_say_contacted_and_is_another_command_then(make: Make) -> None:
    service = make(MemoryStore())
    key = start(service, permission_mode=ck.PermissionMode.CO_PILOT)
    take(service, key, hot("a", "b"))
    idea = service.release(*key, ["a"], by=SCOUT, contacted=True)
    assert isinstance(idea, ck.Suggestion)
    assert idea.head.contacted
    assert "contacted" in str(idea)
    assert "as contacted" in idea.as_text()
    with pytest.raises(ck.PermissionDeniedError) as refused:
        service.release(*key, ["a"], by=SCOUT)
    assert refused.value.reasons == (Reason.ALREADY_SUGGESTED,)
    done = service.approve(ACME, idea.id, by=ANN)
    assert isinstance(done, ck.Release)
    assert done.contacted == ("a",)


def test_a_release_suppresses_in_the_same_transaction(make: Make) -> None:
    store = MemoryStore()
    service = make(store)
    key, other = start(service), start(service)
    take(service, key, cold("a"))
    service.release(*key, ["a", "x"], by=ANN, contacted=True, suppress=["sms", "email"])
    kept = {(one.lead_id, one.channel) for one in service.suppressions(ACME).items}
    assert kept == {(lead_id, channel) for lead_id in "ax" for channel in (SMS, EMAIL)}
    assert assigned(service, key) == set()
    assert take(service, other, cold("a", "x")).unassigned == {
        "a": Reason.SUPPRESSED,
        "x": Reason.SUPPRESSED,
    }
    service.release(*key, ["a"], by=ANN, suppress=list(Channel))
    assert ("a", None) in {(one.lead_id, one.channel) for one in service.suppressions(ACME).items}
    events = service.client_history(ACME).items
    assert [(e.kind, e.by, e.leads, e.channels) for e in events] == [
        (ClientEventKind.SUPPRESSED, ANN, 2, (SMS, EMAIL)[::-1]),
        (ClientEventKind.SUPPRESSED, ANN, 1, None),
    ]
    numbers = [event.number for event in service.ask(HistoryQuery(*key)).items]
    service.release(*key, ["a"], by=ANN, suppress=list(Channel), reason="once more")
    assert service.client_history(ACME).items == events  # it changes nothing
    assert [event.number for event in service.ask(HistoryQuery(*key)).items] == numbers
    with pytest.raises(ck.CampaignError, match="suppress: no channel is called 'fax'"):
        service.release(*key, ["a"], by=ANN, suppress=["fax"])


# -- A lead ----------------------------------------------------------------------------------------


def test_a_lead_has_a_record_and_is_erased(make: Make) -> None:
    service = make(MemoryStore())
    key = start(service, permission_mode=ck.PermissionMode.CO_PILOT)
    idea = service.intake(*key, hot("ann"), day=DAY, by=SCOUT)
    assert isinstance(idea, ck.Suggestion)
    service.reject(ACME, idea.id, by=ANN, reason="not now")
    take(service, key, hot("ann", "bo"))
    service.release(*key, ["ann"], by=ANN, contacted=True)
    service.suppress(ACME, ["ann"], ["sms"], by=ANN)
    kinds = {entry.kind for entry in service.lead(ACME, "ann").entries}
    assert kinds == set(LeadEntryKind) - {LeadEntryKind.REJECTED}  # the intake has lifted it
    assert service.lead(OTHER, "ann").entries == ()
    assert service.lead(ACME, " ann ") == service.lead(ACME, "ann")
    before = service.ask(SnapshotQuery(*key, day=DAY)).progress
    service.erase(ACME, "ann", by=ANN, reason="as asked")
    assert service.ask(SnapshotQuery(*key, day=DAY)).progress == before
    stops = service.lead(ACME, "ann").entries
    assert {entry.kind for entry in stops} == {LeadEntryKind.SUPPRESSED}
    assert {entry.channel for entry in stops} == {None, SMS}
    assert take(service, key, hot("ann")).unassigned == {"ann": Reason.SUPPRESSED}
    assert service.client_history(ACME).items[-1].kind is ClientEventKind.ERASED
    # A user may lift it by the real id.
    service.unsuppress(ACME, ["ann"], by=ANN)
    assert set(take(service, key, hot("ann")).assignments) == {"ann"}


def test_a_lead_that_is_erased_is_not_erased_by_its_name(make: Make) -> None:
    service = make(MemoryStore())
    service.erase(ACME, "ann", by=ANN)
    [stop] = service.suppressions(ACME).items
    for name in (stop.lead_id, f"{stop.lead_id}:2"):
        with pytest.raises(ck.PlanError, match="not the name of an erased one: 'erased:"):
            service.erase(ACME, name, by=ANN)
    assert [entry.channel for entry in service.lead(ACME, "ann").entries] == [None]
    service.erase(ACME, "erased:ann", by=ANN)  # an id that no store makes
    assert len(service.suppressions(ACME).items) == 2


# -- The order of reasons --------------------------------------------------------------------------


def test_the_first_reason_that_holds_is_told(make: Make) -> None:
    service = make(MemoryStore())
    allocation = ck.Allocation(email=50, sms=50)
    key = start(service, allocation=allocation, permission_mode=ck.PermissionMode.CO_PILOT)
    other = start(service)
    service.set_client_policy(ACME, ONE_EACH, by=ANN)
    ids = ["suppressed", "contacted", "claimed", "rejected"]
    # Each lead has all reasons from its own on.
    idea = service.intake(*key, hot(*ids), day=DAY, by=SCOUT)
    assert isinstance(idea, ck.Suggestion)
    service.reject(ACME, idea.id, by=ANN, reason="no")
    take(service, key, hot(*ids[:2]))
    service.release(*key, ids[:2], by=ANN, contacted=True)
    pending = service.intake(*key, hot("waiting"), day=DAY, by=SCOUT)
    assert isinstance(pending, ck.Suggestion)
    take(service, other, hot(*ids[:3]))
    service.suppress(ACME, ids[:1], by=ANN)
    leads = [
        *hot(*ids, "waiting"),
        ck.Lead("unscored"),
        ck.Lead("dead", 5),
        ck.Lead("unreachable", 90, reachable=frozenset()),
        ck.Lead("no share", 90, reachable=frozenset({Channel.VOICE})),
    ]
    service.suppress(ACME, ["unscored", "dead", "unreachable", "no share"], by=ANN)
    offered = service.intake(*key, [*leads, *hot("fine")], day=DAY, by=SCOUT)
    assert isinstance(offered, ck.Suggestion)
    assert offered.unassigned == {
        "suppressed": Reason.SUPPRESSED,
        "contacted": Reason.CONTACTED,
        "claimed": Reason.CLAIMED,
        "rejected": Reason.REJECTED,
        "waiting": Reason.ALREADY_SUGGESTED,
        "unscored": Reason.UNSCORED,
        "dead": Reason.DEAD_TIER,
        "unreachable": Reason.UNREACHABLE,
        "no share": Reason.NO_SHARE,
    }
