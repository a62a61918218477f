"""The whole table of who may do what, and every way by which an AI might get around it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from itertools import product
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest
from attrs import evolve

import campaignkit as ck
from campaignkit import Reason, decider
from campaignkit.storage import CampaignQuery, MemoryStore, Snapshot
from tests.service import services
from tests.service.services import START

CLIENT = UUID(int=7)
DAY = date(2026, 11, 23)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")

# -- The table ------------------------------------------------------------------------------------

# Each change, the statuses in which the rules allow it to a campaign that is not deleted, and why
# not in the others.
CHANGES: Mapping[str, tuple[ck.Command, set[str], type[ck.RefusedError], Reason]] = {
    "activate": (
        ck.Activate(),
        {"draft", "paused"},
        ck.TransitionError,
        Reason.ILLEGAL_TRANSITION,
    ),
    "pause": (ck.Pause(), {"active"}, ck.TransitionError, Reason.ILLEGAL_TRANSITION),
    "complete": (
        ck.Complete(),
        {"active", "paused"},
        ck.TransitionError,
        Reason.ILLEGAL_TRANSITION,
    ),
    "delete": (
        ck.Delete(),
        {"draft", "active", "paused", "completed"},
        ck.TransitionError,
        Reason.DELETED,
    ),
    "restore": (ck.Restore(), set(), ck.TransitionError, Reason.NOT_DELETED),
    "name": (
        ck.Edit(name="y"),
        {"draft", "active", "paused"},
        ck.NotEditableError,
        Reason.NOT_EDITABLE,
    ),
    "mode": (
        ck.Edit(permission_mode=ck.PermissionMode.AUTOPILOT, name="y"),
        {"draft", "active", "paused"},
        ck.NotEditableError,
        Reason.NOT_EDITABLE,
    ),
    "shares": (
        ck.Edit(allocation=ck.Allocation(sms=100)),
        {"draft", "paused"},
        ck.NotEditableError,
        Reason.NOT_EDITABLE,
    ),
    "start": (
        ck.Edit(start_date=DAY),
        {"draft"},
        ck.NotEditableError,
        Reason.NOT_EDITABLE,
    ),
    "assign": (
        ck.AssignLeads([ck.Lead("new", 90)], DAY),
        {"active"},
        ck.NotRunningError,
        Reason.NOT_ACTIVE,
    ),
    "release": (
        ck.ReleaseLeads(["old"]),
        {"draft", "active", "paused"},
        ck.NotEditableError,
        Reason.NOT_EDITABLE,
    ),
}

# What becomes of what the rules allow: by mode and by who initiates it.
VERDICTS: Mapping[tuple[str, str], str] = {
    ("autopilot", "user"): "done",
    ("autopilot", "ai"): "done",
    ("co_pilot", "user"): "done",
    ("co_pilot", "ai"): "suggested",
    ("manual", "user"): "done",
    ("manual", "ai"): "refused",
}


def stored(status: str, mode: str, *, is_deleted: bool) -> tuple[MemoryStore, ck.Campaign]:
    """Return a store with a campaign in a status and a mode, which has admitted a lead."""
    draft = ck.Campaign.draft(client_id=CLIENT, name="x", created_at=START)
    store = MemoryStore()
    campaign = store.add(
        evolve(
            draft,
            status=ck.CampaignStatus(status),
            permission_mode=ck.PermissionMode(mode),
            deleted_at=START if is_deleted else None,
        )
    )
    record = vars(store)["_records"][campaign.id]
    old = ck.Assignment("old", ck.Channel.EMAIL, ck.ALSTier.HOT, 90, DAY, 0)
    record.leads["old"] = old
    record.days[DAY] = ck.ChannelCounts({"email": 1})
    record.progress = ck.Progress(admitted_total=1, carried=ck.ChannelCounts({"email": 1}))
    return store, campaign


def state_of(store: MemoryStore, campaign_id: UUID) -> tuple[object, object]:
    """Return what is stored of a campaign, without what was recorded."""
    snapshot = store.snapshot(CLIENT, campaign_id, day=DAY)
    return evolve(snapshot, has_history=True), store.assignments(CLIENT, campaign_id)


def refusals(change: str, status: str, *, is_deleted: bool) -> tuple[Any, tuple[Reason, ...]]:
    """Return why the rules refuse a change, whoever asks."""
    _, legal, kind, reason = CHANGES[change]
    if change == "restore":
        return kind, () if is_deleted else (reason,)
    reasons = [Reason.DELETED] if is_deleted else []
    if status not in legal:
        # Of an intake it is first said that the campaign does not run.
        reasons.insert(0 if change == "assign" else len(reasons), reason)
    return kind, tuple(reasons)


@pytest.mark.parametrize(("mode", "kind"), VERDICTS)
def test_the_whole_table(make: services.Make, mode: str, kind: str) -> None:
    by = ck.Actor(ck.Initiator(kind), "x")
    seen = set[str]()
    for change, status, is_deleted in product(CHANGES, ck.CampaignStatus, (False, True)):
        store, campaign = stored(status, mode, is_deleted=is_deleted)
        service = make(store, clock=lambda: START + timedelta(days=1))
        key = CLIENT, campaign.id
        before = state_of(store, campaign.id)
        error, reasons = refusals(change, status, is_deleted=is_deleted)
        expected = VERDICTS[mode, kind]
        if not reasons and kind == "ai":
            if change == "mode":
                expected, error, reasons = "refused", ck.PermissionDeniedError, ()
                reasons = (Reason.USER_MUST_CHOOSE_MODE,)
                reasons += (Reason.USER_MUST_INITIATE,) if mode == "manual" else ()
            elif expected == "refused":
                error, reasons = ck.PermissionDeniedError, (Reason.USER_MUST_INITIATE,)
        case = f"{change} of what is {status}, deleted: {is_deleted}"
        if reasons:
            with pytest.raises(error) as caught:
                service.submit(*key, CHANGES[change][0], by=by)
            assert type(caught.value) is error, case
            assert caught.value.reasons == reasons, case
            expected = "refused"
        else:
            outcome = service.submit(*key, CHANGES[change][0], by=by)
            assert isinstance(outcome, ck.Suggestion) is (expected == "suggested"), case
        seen.add(expected)
        after = state_of(store, campaign.id)
        assert (after != before) is (expected == "done"), case
        told = [event.kind.value for event in store.history(*key).items]
        last = {"done": ["applied"], "suggested": ["suggested"], "refused": []}[expected]
        assert told == (["adopted", *last] if last else [])
        assert len(store.suggestions(*key).items) == (expected == "suggested"), case
    assert seen == {"refused", VERDICTS[mode, kind]}


# -- Every way around it --------------------------------------------------------------------------


class Ally:
    """Says of itself that it is a user, and is no `Actor`."""

    kind = ck.Initiator.USER
    name = "ann"


FORGED: Any = Ally()
BYS: Mapping[str, Any] = {"the AI": SCOUT, "an ally": FORGED, "a name": "ann", "nobody": None}
LEADS = [ck.Lead("new", 90)]
Call: TypeAlias = Callable[[services.Service, UUID, UUID, Any], object]


def submitting(change: ck.Command) -> Call:
    return lambda s, i, _, by: s.submit(CLIENT, i, change, by=by)


# Every method of the services, called by `by` upon a campaign in co_pilot or manual for which a
# pause waits.
CALLS: Mapping[str, Call] = {
    "activate": lambda s, i, _, by: s.activate(CLIENT, i, by=by),
    "pause": lambda s, i, _, by: s.pause(CLIENT, i, by=by),
    "complete": lambda s, i, _, by: s.complete(CLIENT, i, by=by),
    "delete": lambda s, i, _, by: s.delete(CLIENT, i, by=by),
    "restore": lambda s, i, _, by: s.restore(CLIENT, i, by=by),
    "edit": lambda s, i, _, by: s.edit(CLIENT, i, by=by, name="y"),
    "edit the mode": lambda s, i, _, by: s.edit(
        CLIENT, i, by=by, permission_mode=ck.PermissionMode.AUTOPILOT
    ),
    "intake": lambda s, i, _, by: s.intake(CLIENT, i, LEADS, day=DAY, by=by),
    "preview": lambda s, i, _, by: s.preview(CLIENT, i, LEADS, day=DAY, by=by),
    "release": lambda s, i, _, by: s.release(CLIENT, i, ["old"], by=by),
    "approve": lambda s, _, waiting, by: s.approve(CLIENT, waiting, by=by),
    "approve in part": lambda s, _, waiting, by: s.approve(CLIENT, waiting, by=by, lead_ids=["a"]),
    "preview_approval": lambda s, _, waiting, by: s.preview_approval(CLIENT, waiting, by=by),
    "approve on a day": lambda s, _, waiting, by: s.approve(CLIENT, waiting, by=by, day=DAY),
    "approve as they are now": lambda s, _, waiting, by: s.approve(
        CLIENT, waiting, by=by, leads=LEADS
    ),
    "reject in part": lambda s, _, waiting, by: s.reject(
        CLIENT, waiting, by=by, reason="so", lead_ids=["new"], until=DAY
    ),
    "reject": lambda s, _, waiting, by: s.reject(CLIENT, waiting, by=by, reason="so"),
    "create": lambda s, i, _, by: s.create(
        ck.Campaign.draft(id=i, client_id=CLIENT, name="again"), by=by
    ),
    "create another": lambda s, _, __, by: s.create(
        ck.Campaign.draft(client_id=CLIENT, name="z", permission_mode=ck.PermissionMode.AUTOPILOT),
        by=by,
    ),
    "ask": lambda s, i, _, __: s.ask(CampaignQuery(CLIENT, i)),
    "get": lambda s, i, _, __: s.get(CLIENT, i),
    "find": lambda s, _, __, ___: s.find(CLIENT),
    "brief": lambda s, i, _, __: s.brief(CLIENT, i, DAY),
    "running_across_clients": lambda s, _, __, ___: s.running_across_clients(DAY),
    "suggestion": lambda s, _, waiting, __: s.suggestion(CLIENT, waiting),
    "suggestions": lambda s, i, _, __: s.suggestions(CLIENT, i),
    "history": lambda s, i, _, __: s.history(CLIENT, i),
    "feed": lambda s, _, __, ___: s.feed(CLIENT),
    "set_client_policy": lambda s, _, __, by: s.set_client_policy(
        CLIENT, ck.ClientPolicy(one_campaign_per_lead=True), by=by
    ),
    "suppress": lambda s, _, __, by: s.suppress(CLIENT, ["old"], by=by),
    "unsuppress": lambda s, _, __, by: s.unsuppress(CLIENT, ["old"], by=by),
    "erase": lambda s, _, __, by: s.erase(CLIENT, "old", by=by),
    "release and suppress": lambda s, i, _, by: s.release(
        CLIENT, i, ["old"], by=by, contacted=True, suppress=["email"]
    ),
    "client": lambda s, _, __, ___: s.client(CLIENT),
    "client_policy": lambda s, _, __, ___: s.client_policy(CLIENT),
    "client_history": lambda s, _, __, ___: s.client_history(CLIENT),
    "suppressions": lambda s, _, __, ___: s.suppressions(CLIENT),
    "suppressed_assignments": lambda s, i, _, __: s.suppressed_assignments(CLIENT, i),
    "lead": lambda s, _, __, ___: s.lead(CLIENT, "old"),
    **{f"submit {name}": submitting(change) for name, (change, *_) in CHANGES.items()},
}


@pytest.mark.parametrize("service", [ck.CampaignService, ck.AsyncCampaignService])
def test_every_method_of_the_services_is_here(service: type) -> None:
    methods = {name for name, _ in inspect.getmembers(service, inspect.isfunction)}
    assert {name for name in methods if not name.startswith("_")} == {
        call.partition(" ")[0] for call in CALLS
    }


def test_both_services_take_the_same() -> None:
    def taken(service: type) -> dict[str, list[tuple[str, Any]]]:
        return {
            name: [(p.name, p.default) for p in inspect.signature(method).parameters.values()]
            for name, method in inspect.getmembers(service, inspect.isfunction)
            if not name.startswith("_")
        }

    assert taken(ck.CampaignService) == taken(ck.AsyncCampaignService)


@pytest.mark.parametrize("who", BYS)
@pytest.mark.parametrize("mode", ["co_pilot", "manual"])
def test_no_method_applies_an_act_of_the_ai(make: services.Make, mode: str, who: str) -> None:
    for call, status, is_deleted in product(CALLS, ck.CampaignStatus, (False, True)):
        store, campaign = stored(status, mode, is_deleted=is_deleted)
        waiting = ck.Suggestion(
            id=uuid4(),
            campaign_id=campaign.id,
            command=ck.AssignLeads(LEADS, DAY),
            by=SCOUT,
            at=START,
            before=ck.Suggestion.basis(campaign, ck.AssignLeads(LEADS, DAY)),
        )
        vars(store)["_records"][campaign.id].suggestions[waiting.id] = waiting
        vars(store)["_suggested"][waiting.id] = campaign.id
        before = state_of(store, campaign.id)
        with suppress(ck.DomainError, ck.StorageError):
            CALLS[call](make(store), campaign.id, waiting.id, BYS[who])
        assert state_of(store, campaign.id) == before, f"{call} of what is {status}"
        assert store.suggestion(CLIENT, waiting.id) == waiting, call
        assert [one.id for one in store.find(CLIENT, include_deleted=True).items] == [campaign.id]
        told = store.history(CLIENT, campaign.id).items
        kinds = {event.kind for event in told}
        assert kinds <= {ck.EventKind.ADOPTED, ck.EventKind.SUGGESTED}, call
        assert not store.snapshot(CLIENT, campaign.id, lead_ids=["new"]).rejections, call
        if who != "the AI" or mode == "manual":
            assert not told, call
            assert store.suggestions(CLIENT).items == (waiting.head,), call


def test_the_mode_that_counts_is_the_one_that_is_stored(make: services.Make) -> None:
    store, campaign = stored("active", "autopilot", is_deleted=False)
    service = make(store)
    assert isinstance(service.edit(CLIENT, campaign.id, by=SCOUT, name="y"), ck.Campaign)
    manual = ck.PermissionMode.MANUAL
    service.edit(CLIENT, campaign.id, by=ANN, permission_mode=manual)
    with pytest.raises(ck.PermissionDeniedError):
        service.edit(CLIENT, campaign.id, by=SCOUT, name="z")


# -- Approving ------------------------------------------------------------------------------------


def running(
    make: services.Make,
    store: MemoryStore | None = None,
    **fields: Any,  # noqa: ANN401  # of a draft
) -> tuple[services.Service, UUID, list[Any]]:
    """Return a service, the id of a campaign that runs in co_pilot, and the time, to be moved."""
    now = [START]
    service = make(store or MemoryStore(), clock=lambda: now[0])
    draft = ck.Campaign.draft(client_id=CLIENT, name="x", created_at=START, **fields)
    service.create(draft, by=ANN)
    service.activate(CLIENT, draft.id, by=ANN)
    return service, draft.id, now


def suggested(outcome: object) -> UUID:
    assert isinstance(outcome, ck.Suggestion)
    return outcome.id


def test_limits_and_gate_are_those_of_the_approval(make: services.Make) -> None:
    store = MemoryStore()
    service, campaign_id, _ = running(make, store, daily_lead_limit=5)
    leads = [ck.Lead(f"lead-{n}", 90) for n in range(5)]
    offer = suggested(service.intake(CLIENT, campaign_id, leads, day=DAY, by=SCOUT))
    service.edit(CLIENT, campaign_id, daily_lead_limit=3, by=ANN)
    service.intake(CLIENT, campaign_id, leads[:1], day=DAY, by=ANN)
    channels = {ck.ALSTier.HOT: {ck.Channel.SMS}}
    gate = ck.ALSGate(bounds=dict(ck.DEFAULT_GATE.bounds), channels=channels)
    taken = make(store, gate=gate).approve(CLIENT, offer, by=ANN)
    assert isinstance(taken, ck.Intake)
    assert {one.channel for one in taken.assignments.values()} == {ck.Channel.SMS}
    assert (len(taken.assignments), list(taken.already)) == (2, ["lead-0"])
    assert set(taken.deferred.values()) == {Reason.DAILY_LIMIT}


def test_what_the_rules_refuse_by_now_stays_pending(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    offer = suggested(service.intake(CLIENT, campaign_id, LEADS, day=DAY, by=SCOUT))
    service.edit(CLIENT, campaign_id, end_date=DAY - timedelta(days=1), by=ANN)
    with pytest.raises(ck.NotRunningError):
        service.approve(CLIENT, offer, by=ANN)
    assert service.suggestion(CLIENT, offer).state is ck.SuggestionState.PENDING
    service.edit(CLIENT, campaign_id, end_date=None, by=ANN)
    taken = service.approve(CLIENT, offer, by=ANN)
    assert isinstance(taken, ck.Intake)
    assert list(taken.assignments) == ["new"]


def test_what_does_not_go_with_the_rest_by_now_stays_pending(make: services.Make) -> None:
    service = make(MemoryStore())
    draft = service.create(ck.Campaign.draft(client_id=CLIENT, name="x"), by=ANN)
    end = suggested(service.edit(CLIENT, draft.id, end_date=DAY, by=SCOUT))
    service.edit(CLIENT, draft.id, start_date=DAY + timedelta(days=1), by=ANN)
    before = service.history(CLIENT, draft.id)
    with pytest.raises(ck.CampaignError, match="is before start_date"):
        service.approve(CLIENT, end, by=ANN)
    assert service.suggestion(CLIENT, end).state is ck.SuggestionState.PENDING
    assert service.history(CLIENT, draft.id) == before


def test_a_release_is_stale_without_one_of_its_leads(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    leads = [ck.Lead("a", 90), ck.Lead("b", 90)]
    service.intake(CLIENT, campaign_id, leads, day=DAY, by=ANN)
    ids = [suggested(service.release(CLIENT, campaign_id, [named], by=SCOUT)) for named in "ab"]
    service.release(CLIENT, campaign_id, ["a"], by=ANN)
    states = [service.suggestion(CLIENT, one).state.value for one in ids]
    assert states == ["stale", "pending"]
    service.intake(CLIENT, campaign_id, leads, day=DAY, by=ANN)
    gone = service.approve(CLIENT, ids[0], by=ANN)
    assert isinstance(gone, ck.Release)
    assert list(gone.released) == ["a"]
    service.release(CLIENT, campaign_id, ["b"], by=ANN)
    with pytest.raises(ck.SuggestionError, match="1 of the leads is not in the campaign"):
        service.approve(CLIENT, ids[1], by=ANN)


def test_what_changes_and_changes_back_is_not_stale(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    rename = suggested(service.edit(CLIENT, campaign_id, name="y", by=SCOUT))
    service.pause(CLIENT, campaign_id, by=ANN)
    service.edit(CLIENT, campaign_id, daily_lead_limit=7, by=ANN)
    service.activate(CLIENT, campaign_id, by=ANN)
    renamed = service.approve(CLIENT, rename, by=ANN)
    assert isinstance(renamed, ck.Campaign)
    assert (renamed.name, renamed.daily_lead_limit) == ("y", 7)


def test_what_is_stale_is_so_for_good(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    rename = suggested(service.edit(CLIENT, campaign_id, name="y", by=SCOUT))
    service.edit(CLIENT, campaign_id, name="z", by=ANN)
    assert service.suggestion(CLIENT, rename).state is ck.SuggestionState.STALE
    with pytest.raises(ck.SuggestionError) as caught:
        service.approve(CLIENT, rename, by=ANN)
    assert caught.value.reasons == (Reason.STALE,)
    assert "name was 'x' and is 'z'" in str(caught.value)
    service.edit(CLIENT, campaign_id, name="x", by=ANN)
    with pytest.raises(ck.ConflictError, match="is stale already"):
        service.approve(CLIENT, rename, by=ANN)
    told = [e for e in service.history(CLIENT, campaign_id).items if e.suggestion_id == rename]
    assert [event.kind.value for event in told] == ["suggested", "stale"]
    assert dict(told[1].before) == {"name": "x"}
    assert dict(told[1].after) == {"name": "z"}


def test_an_expiry_is_told_by_the_act_that_meets_it(make: services.Make) -> None:
    service, campaign_id, now = running(make)
    expires = START + timedelta(hours=1)
    asked: dict[str, Any] = {"by": SCOUT, "expires_at": expires}
    one, two, three = (
        suggested(service.submit(CLIENT, campaign_id, ck.Edit(daily_lead_limit=n), **asked))
        for n in (7, 8, 9)
    )
    service.edit(CLIENT, campaign_id, daily_lead_limit=50, by=ANN)
    now[0] = expires - timedelta(microseconds=1)
    service.approve(CLIENT, one, by=ANN)
    now[0] = expires
    for state in (ck.SuggestionState.EXPIRED, ck.SuggestionState.PENDING):
        page = service.suggestions(CLIENT, states={state})
        found = {suggestion.id for suggestion in page.items}
        assert found == ({two, three} if state is ck.SuggestionState.EXPIRED else set())
    length = len(service.history(CLIENT, campaign_id).items)
    with pytest.raises(ck.SuggestionError) as caught:
        service.reject(CLIENT, two, by=ANN, reason="no")
    assert caught.value.reasons == (Reason.EXPIRED,)
    service.delete(CLIENT, campaign_id, by=ANN)
    told = service.history(CLIENT, campaign_id).items[length:]
    assert [(event.kind.value, event.suggestion_id) for event in told] == [
        ("expired", two),
        ("applied", None),
        ("expired", three),
    ]
    assert [event.reason for event in told] == [str(caught.value), None, str(caught.value)]


def test_what_has_expired_is_not_approved(make: services.Make) -> None:
    service, campaign_id, now = running(make)
    expires = START + timedelta(hours=1)
    rename = suggested(
        service.submit(CLIENT, campaign_id, ck.Edit(name="y"), by=SCOUT, expires_at=expires)
    )
    now[0] = expires
    before = service.get(CLIENT, campaign_id)
    with pytest.raises(ck.SuggestionError) as caught:
        service.approve(CLIENT, rename, by=ANN)
    assert caught.value.reasons == (Reason.EXPIRED,)
    assert service.get(CLIENT, campaign_id) == before
    found = service.suggestion(CLIENT, rename)
    assert (found.state, found.decided_by) == (ck.SuggestionState.EXPIRED, ANN)
    last = service.history(CLIENT, campaign_id).items[-1]
    assert (last.kind, last.suggestion_id) == (ck.EventKind.EXPIRED, rename)


def test_a_suggestion_is_closed_as_done_where_all_its_leads_are_in_already(
    make: services.Make,
) -> None:
    service, campaign_id, _ = running(make)
    offer = suggested(service.intake(CLIENT, campaign_id, LEADS, day=DAY, by=SCOUT))
    service.intake(CLIENT, campaign_id, LEADS, day=DAY, by=ANN)
    taken = service.approve(CLIENT, offer, by=ANN)
    assert isinstance(taken, ck.Intake)
    assert (dict(taken.assignments), list(taken.already)) == ({}, ["new"])
    assert service.suggestion(CLIENT, offer).state is ck.SuggestionState.CLOSED
    last = service.history(CLIENT, campaign_id).items[-1]
    assert (last.kind, last.counts.total) == (ck.EventKind.CLOSED, 0)
    assert last.reason == "all of its leads are in the campaign already"


@pytest.mark.parametrize("by", [ANN, SCOUT], ids=["user", "ai"])
def test_an_expiry_lies_ahead_whoever_names_it(make: services.Make, by: ck.Actor) -> None:
    service, campaign_id, _ = running(make)
    before = service.history(CLIENT, campaign_id)
    wrong: list[tuple[Any, str]] = [
        (START, "is not later than"),
        (START - timedelta(days=1), "is not later than"),
        (START.replace(tzinfo=None), "must have a time zone"),
        ("tomorrow", "must be a datetime"),
    ]
    for expires, words in wrong:
        with pytest.raises(ck.InvalidError, match=f"^expires_at .*{words}"):
            service.submit(CLIENT, campaign_id, ck.Pause(), by=by, expires_at=expires)
    assert service.suggestions(CLIENT).items == ()
    assert service.history(CLIENT, campaign_id) == before


def test_what_a_user_submits_is_done_for_good(make: services.Make) -> None:
    service, campaign_id, now = running(make)
    expires = START + timedelta(hours=1)
    service.submit(CLIENT, campaign_id, ck.Pause(), by=ANN, expires_at=expires)
    now[0] = expires
    assert service.get(CLIENT, campaign_id).status == "paused"
    assert service.suggestions(CLIENT).items == ()


def test_a_suggestion_is_decided_upon_once(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    decided = {
        state: suggested(service.edit(CLIENT, campaign_id, name=state, by=SCOUT))
        for state in ("approved", "rejected", "stale", "closed")
    }
    service.reject(CLIENT, decided["rejected"], by=ANN, reason="no")
    service.approve(CLIENT, decided["approved"], by=ANN)
    with pytest.raises(ck.SuggestionError):
        service.approve(CLIENT, decided["stale"], by=ANN)
    service.complete(CLIENT, campaign_id, by=ANN)
    before = service.history(CLIENT, campaign_id)
    for state, suggestion_id in decided.items():
        assert service.suggestion(CLIENT, suggestion_id).state == state
        with pytest.raises(ck.ConflictError, match=f"is {state} already"):
            service.approve(CLIENT, suggestion_id, by=ANN)
        with pytest.raises(ck.ConflictError, match=f"is {state} already"):
            service.reject(CLIENT, suggestion_id, by=ANN, reason="no")
    assert service.history(CLIENT, campaign_id) == before


def test_the_approval_of_an_end_closes_all_but_itself(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    end = suggested(service.complete(CLIENT, campaign_id, by=SCOUT))
    others = {suggested(service.edit(CLIENT, campaign_id, name=n, by=SCOUT)) for n in ("a", "b")}
    done = service.approve(CLIENT, end, by=ANN)
    assert isinstance(done, ck.Campaign)
    assert done.status == "completed"
    states = {one.id: one.state.value for one in service.suggestions(CLIENT).items}
    assert states == {end: "approved", **dict.fromkeys(others, "closed")}


def test_an_end_closes_suggestions_in_the_order_of_their_making() -> None:
    """Whatever the order in which a store returns them."""
    campaign = ck.Campaign.draft(client_id=CLIENT, name="x", created_at=START).activate(at=START)
    pending = [
        ck.Suggestion(
            id=UUID(int=number),
            campaign_id=campaign.id,
            command=ck.Pause(),
            by=SCOUT,
            at=START,
            before=ck.Suggestion.basis(campaign, ck.Pause()),
        )
        for number in (3, 1, 2)
    ]
    heads = {each.id: each.head for each in pending}
    snapshot = Snapshot(campaign, ck.Progress(), heads=heads)
    act = decider.ActContext(by=ANN, at=START, gate=ck.DEFAULT_GATE)
    writes = decider.submit(snapshot, ck.Complete(), act, suggestion_id=UUID(int=9))
    ids = [UUID(int=number) for number in (1, 2, 3)]
    assert [suggestion.id for suggestion in writes.suggestions] == ids
    assert [event.suggestion_id for event in writes.events] == [None, *ids]


def test_only_leads_to_assign_are_approved_in_part(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    offer = suggested(service.intake(CLIENT, campaign_id, LEADS, day=DAY, by=SCOUT))
    pause = suggested(service.pause(CLIENT, campaign_id, by=SCOUT))
    wrong: list[tuple[UUID, list[str], str]] = [
        (offer, ["z", "new"], "were not suggested: 'z'"),
        (offer, [], "at least one"),
        (pause, ["new"], "lead_ids must be None for a suggestion to pause"),
    ]
    for suggestion_id, lead_ids, words in wrong:
        with pytest.raises(ck.PlanError, match=words):
            service.approve(CLIENT, suggestion_id, by=ANN, lead_ids=lead_ids)
    assert {one.state.value for one in service.suggestions(CLIENT).items} == {"pending"}


def test_words_are_kept_and_must_be_some(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    pause = service.pause(CLIENT, campaign_id, by=SCOUT, reason="it bounces")
    assert isinstance(pause, ck.Suggestion)
    assert pause.reason == "it bounces"
    for words in ("", " ", "\0"):
        with pytest.raises(ck.InvalidError, match="reason must"):
            service.edit(CLIENT, campaign_id, name="y", by=SCOUT, reason=words)
        with pytest.raises(ck.InvalidError, match="reason must"):
            service.reject(CLIENT, pause.id, by=ANN, reason=words)
        with pytest.raises(ck.InvalidError, match="reason must"):
            service.edit(CLIENT, campaign_id, name="y", by=ANN, reason=words)
    nothing: Any = None
    with pytest.raises(ck.InvalidError, match="reason must be text, not None"):
        service.reject(CLIENT, pause.id, by=ANN, reason=nothing)
    assert service.suggestion(CLIENT, pause.id).state is ck.SuggestionState.PENDING
    service.edit(CLIENT, campaign_id, name="y", by=ANN, reason="the client asked")
    told = service.history(CLIENT, campaign_id).items
    assert [event.reason for event in told[-2:]] == ["it bounces", "the client asked"]


def test_what_would_do_nothing_is_neither_suggested_nor_told(make: services.Make) -> None:
    service, campaign_id, _ = running(make, daily_lead_limit=1)
    service.intake(CLIENT, campaign_id, LEADS, day=DAY, by=ANN)
    before = service.history(CLIENT, campaign_id)
    for by in (ANN, SCOUT):
        again = service.intake(CLIENT, campaign_id, [*LEADS, ck.Lead("b", 90)], day=DAY, by=by)
        assert isinstance(again, ck.Intake)
        assert not again.assignments
        gone = service.release(CLIENT, campaign_id, ["nobody"], by=by)
        assert isinstance(gone, ck.Release)
    assert service.history(CLIENT, campaign_id) == before
    assert service.suggestions(CLIENT).items == ()
    manual = ck.PermissionMode.MANUAL
    service.edit(CLIENT, campaign_id, permission_mode=manual, by=ANN)
    with pytest.raises(ck.PermissionDeniedError):
        service.release(CLIENT, campaign_id, ["nobody"], by=SCOUT)


def test_ids_of_suggestions_ascend_with_the_time_of_their_making(make: services.Make) -> None:
    service, campaign_id, now = running(make)
    ids: list[UUID] = []
    for _ in range(20):
        now[0] += timedelta(microseconds=1)
        edited = service.edit(CLIENT, campaign_id, name=f"y{len(ids)}", by=SCOUT)
        ids.append(suggested(edited))
    assert ids == sorted(ids)
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}


def test_only_a_campaign_is_created(make: services.Make) -> None:
    strange: tuple[Any, ...] = ("x", None, ck.Campaign, {"name": "x"})
    for campaign in strange:
        with pytest.raises(ck.InvalidError, match="campaign must be a Campaign, not"):
            make(MemoryStore()).create(campaign, by=ANN)


def test_only_a_change_is_submitted(make: services.Make) -> None:
    service, campaign_id, _ = running(make)
    strange: tuple[Any, ...] = ("pause", None, ck.Pause, {"action": "pause"})
    for change in strange:
        with pytest.raises(ck.CampaignError, match="command must be one of Edit, Activate"):
            service.submit(CLIENT, campaign_id, change, by=ANN)
