"""Suggestions are judged again when they are approved: each rule by example, on both services."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import define

import campaignkit as ck
from campaignkit import Channel, Reason
from campaignkit.errors import SuggestionError
from campaignkit.storage import MemoryStore, Page
from tests.service import services

CLIENT = UUID(int=7)
MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
LEADS = [ck.Lead(f"lead-{n}", 90 - n) for n in range(4)]
IDS = [str(lead.id) for lead in LEADS]
CO_PILOT, AUTOPILOT, MANUAL = (
    ck.PermissionMode.CO_PILOT,
    ck.PermissionMode.AUTOPILOT,
    ck.PermissionMode.MANUAL,
)


@define
class Desk:
    """A campaign that runs, the service that it is reached by, and what day and time it is."""

    store: MemoryStore
    service: services.Service
    key: tuple[UUID, UUID]
    today: list[date]
    now: list[datetime]

    def suggest(self, *leads: ck.Lead, day: date = MONDAY, **named: Any) -> ck.Suggestion:  # noqa: ANN401
        done = self.service.intake(*self.key, leads or LEADS, day=day, by=SCOUT, **named)
        assert isinstance(done, ck.Suggestion)
        return done

    def submit(self, command: ck.Command, **named: Any) -> ck.Suggestion:  # noqa: ANN401
        done = self.service.submit(*self.key, command, by=SCOUT, **named)
        assert isinstance(done, ck.Suggestion)
        return done

    def approve(self, suggestion: ck.Suggestion, **named: Any) -> Any:  # noqa: ANN401
        return self.service.approve(CLIENT, suggestion.id, by=ANN, **named)

    def preview(self, suggestion: ck.Suggestion, **named: Any) -> ck.ApprovalPreview:  # noqa: ANN401
        return self.service.preview_approval(CLIENT, suggestion.id, by=ANN, **named)

    def reject(self, suggestion: ck.Suggestion, **named: Any) -> ck.Suggestion:  # noqa: ANN401
        return self.service.reject(CLIENT, suggestion.id, by=ANN, reason="no", **named)

    def edit(self, **edits: Any) -> None:  # noqa: ANN401
        """Edit the campaign as a user, paused for it."""
        self.service.pause(*self.key, by=ANN)
        self.service.edit(*self.key, by=ANN, **edits)
        self.service.activate(*self.key, by=ANN)

    def state(self, suggestion: ck.Suggestion) -> str:
        return self.service.suggestion(CLIENT, suggestion.id).state.value

    def refusal(self, kind: type[ck.RefusedError], call: Any) -> tuple[Reason, ...]:  # noqa: ANN401
        """Return the reasons of a refusal, which must change nothing."""
        before = self.service.history(*self.key), self.service.suggestions(*self.key)
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind
        assert (self.service.history(*self.key), self.service.suggestions(*self.key)) == before
        return caught.value.reasons


@pytest.fixture
def desk(make: services.Make) -> Desk:
    return open_desk(make)


def answer_with(answer: object) -> Callable[..., object]:
    """Return a function that answers with this, whatever it is asked."""

    def answer_so(*_: object) -> object:
        return answer

    return answer_so


def open_desk(make: services.Make, *, today: bool = True, rules: Any = None, **fields: Any) -> Desk:  # noqa: ANN401
    day, now = [MONDAY], [services.START]
    named: dict[str, Any] = {"clock": lambda: now[0], **(rules or {})}

    def find_today(_: ck.Campaign) -> date:
        return day[0]

    if today:
        named["today"] = find_today
    service = make(store := MemoryStore(), **named)
    created: dict[str, Any] = {"client_id": CLIENT, "name": "x", "created_at": now[0], **fields}
    draft = service.create(ck.Campaign.draft(**created), by=ANN)
    service.activate(CLIENT, draft.id, by=ANN)
    return Desk(store, service, (CLIENT, draft.id), day, now)


# -- The day --------------------------------------------------------------------------------------


@pytest.mark.parametrize("today", [MONDAY - timedelta(days=1), MONDAY, TUESDAY, WEDNESDAY])
@pytest.mark.parametrize("day", [None, MONDAY, TUESDAY, WEDNESDAY])
@pytest.mark.parametrize("end", [None, MONDAY, TUESDAY])
def test_leads_are_booked_on_the_day_on_which_they_go_out(
    make: services.Make, today: date, day: date | None, end: date | None
) -> None:
    desk = open_desk(make, end_date=end)
    suggestion = desk.suggest()
    desk.today[0] = today
    goes_out = day or MONDAY
    if goes_out < today:
        reasons = desk.refusal(SuggestionError, lambda: desk.approve(suggestion, day=day))
        assert reasons == (Reason.DAY_PASSED,)
        assert desk.state(suggestion) == "pending"
    elif end is not None and goes_out > end:
        reasons = desk.refusal(ck.NotRunningError, lambda: desk.approve(suggestion, day=day))
        assert reasons == (Reason.ENDED,)
        assert desk.state(suggestion) == "pending"
    else:
        intake = desk.approve(suggestion, day=day)
        assert {one.day for one in intake.assignments.values()} == {goes_out}
    (head,) = desk.service.suggestions(*desk.key).items
    assert head.day_passed is (today > MONDAY and head.state is ck.SuggestionState.PENDING)


def test_no_day_gets_more_than_its_limit_by_late_approvals(make: services.Make) -> None:
    desk = open_desk(make, daily_lead_limit=3)
    monday = desk.suggest(*LEADS[:2])
    desk.today[0] = TUESDAY
    desk.service.intake(*desk.key, LEADS[2:], day=TUESDAY, by=ANN)
    intake = desk.approve(monday, day=TUESDAY)
    assert (len(intake.assignments), set(intake.deferred.values())) == (1, {Reason.DAILY_LIMIT})


@pytest.mark.parametrize(
    ("now", "is_over"),
    [
        (datetime(2026, 11, 24, 11, 59, 59, 999_999, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 12, tzinfo=UTC), True),
    ],
)
def test_without_a_host_a_day_is_over_once_it_is_over_everywhere(
    make: services.Make, now: datetime, *, is_over: bool
) -> None:
    desk = open_desk(make, today=False)
    suggestion = desk.suggest()
    desk.now[0] = now
    if is_over:
        reasons = desk.refusal(SuggestionError, lambda: desk.approve(suggestion))
        assert reasons == (Reason.DAY_PASSED,)
    else:
        assert desk.approve(suggestion).assignments


@pytest.mark.parametrize("mode", [CO_PILOT, AUTOPILOT])
def test_only_users_take_leads_in_for_a_day_that_is_over(desk: Desk, mode: Any) -> None:  # noqa: ANN401
    desk.service.edit(*desk.key, permission_mode=mode, by=ANN)
    desk.today[0] = TUESDAY
    named: dict[str, Any] = {"day": MONDAY, "by": SCOUT}
    for call in (desk.service.intake, desk.service.preview):
        reasons = desk.refusal(
            ck.PermissionDeniedError,
            lambda: call(*desk.key, LEADS, **named),  # noqa: B023  # called at once
        )
        assert reasons == (Reason.DAY_PASSED,)
    assert desk.service.intake(*desk.key, LEADS, day=MONDAY, by=ANN).assignments


@pytest.mark.parametrize("answer", [None, "2026-11-23", 5])
def test_a_host_must_answer_with_a_date(make: services.Make, answer: Any) -> None:  # noqa: ANN401
    desk = open_desk(make, today=False, rules={"today": answer_with(answer)})
    with pytest.raises(ck.InvalidError, match=r"^today\(campaign\) must be a date"):
        desk.suggest()


# -- The basis ------------------------------------------------------------------------------------

OTHERS: Mapping[str, Any] = {
    "allocation": ck.Allocation(mail=100),
    "targeting": ck.Targeting(titles=["CEO"]),
    "name": "y",
    "daily_lead_limit": 7,
    "end_date": WEDNESDAY,
}


@pytest.mark.parametrize("changed", OTHERS)
@pytest.mark.parametrize("kind", ["leads", "edit", "pause"])
def test_a_suggestion_is_stale_by_what_it_depends_on(desk: Desk, kind: str, changed: str) -> None:
    first = desk.service.get(*desk.key)
    commands: dict[str, ck.Command] = {
        "leads": ck.AssignLeads(LEADS, MONDAY),
        "edit": ck.Edit(name="suggested"),
        "pause": ck.Pause(),
    }
    basis = {"leads": {"allocation", "targeting"}, "edit": {"name"}, "pause": {"status"}}[kind]
    suggestion = desk.submit(commands[kind])
    desk.edit(**{changed: OTHERS[changed]})
    assert desk.state(suggestion) == ("stale" if changed in basis else "pending")
    (head,) = desk.service.suggestions(*desk.key).items
    assert head.state == desk.state(suggestion)
    desk.edit(**{changed: getattr(first, changed)})
    assert desk.state(suggestion) == "pending"  # there and back is no change
    desk.edit(**{changed: OTHERS[changed]})
    if changed not in basis:
        desk.approve(suggestion)
        return
    with pytest.raises(SuggestionError, match=f"{changed} was .* and is ") as caught:
        desk.approve(suggestion)
    assert caught.value.reasons == (Reason.STALE,)
    desk.edit(**{changed: getattr(first, changed)})
    assert desk.state(suggestion) == "stale"  # which is written down now


# -- The leads as they are now --------------------------------------------------------------------


def test_fresh_leads_are_judged_as_they_are_now(desk: Desk) -> None:
    suggestion = desk.suggest()
    fresh = [
        ck.Lead(IDS[0], 90, frozenset({Channel.MAIL})),
        ck.Lead(IDS[1], 90, frozenset()),
        ck.Lead(IDS[2]),
    ]
    intake = desk.approve(suggestion, leads=fresh)
    assert {i: one.channel for i, one in intake.assignments.items()} == {IDS[0]: Channel.MAIL}
    assert intake.unassigned == {IDS[1]: Reason.UNREACHABLE, IDS[2]: Reason.UNSCORED}
    assert desk.state(suggestion) == "approved"  # IDS[3] is missing, and so was not approved
    assert not desk.service.suggestion(CLIENT, suggestion.id).rejections


def test_an_approval_names_suggested_leads_only(desk: Desk) -> None:
    suggestion, pause = desk.suggest(*LEADS[:2]), desk.submit(ck.Pause())
    wrong: list[tuple[ck.Suggestion, dict[str, Any], str]] = [
        (suggestion, {"leads": LEADS}, "leads: these leads were not suggested: 'lead-2', 'lead-3'"),
        (suggestion, {"lead_ids": IDS}, "lead_ids: these leads were not suggested"),
        (suggestion, {"leads": LEADS[:1], "lead_ids": IDS[1:2]}, "lead_ids must be among leads"),
        (suggestion, {"leads": []}, "leads must name at least one lead"),
        (suggestion, {"lead_ids": []}, "lead_ids must name at least one lead"),
        (suggestion, {"leads": [LEADS[0], LEADS[0]]}, "these come more often: 'lead-0'"),
        (suggestion, {"leads": "lead-0"}, "leads must"),
        (pause, {"leads": LEADS}, "leads must be None for a suggestion to pause"),
        (pause, {"day": TUESDAY}, "day must be None for a suggestion to pause"),
    ]
    before = desk.service.history(*desk.key)
    for one, named, words in wrong:
        with pytest.raises(ck.errors.PlanError, match=words):
            desk.approve(one, **named)
    assert desk.service.history(*desk.key) == before
    assert (desk.state(suggestion), desk.state(pause)) == ("pending", "pending")


def test_an_edit_is_approved_with_other_values(desk: Desk) -> None:
    suggestion = desk.submit(ck.Edit(name="y", daily_lead_limit=7))
    for amend, words in (
        ({"name": "z"}, "amend must have the fields name, daily_lead_limit, not name"),
        ({"name": "z", "daily_lead_limit": 0}, "daily_lead_limit"),
        ({"name": "z", "permission_mode": AUTOPILOT}, "amend must have the fields"),
        ("z", "amend must be an Edit or its fields"),
    ):
        with pytest.raises(ck.errors.CampaignError, match=words):
            desk.approve(suggestion, amend=amend)
    with pytest.raises(ck.errors.CampaignError, match="amend must not come with leads"):
        desk.approve(suggestion, amend={"name": "z"}, lead_ids=IDS)
    done = desk.approve(suggestion, amend=ck.Edit(name="z", daily_lead_limit=9))
    assert (done.name, done.daily_lead_limit) == ("z", 9)
    first, last = (
        event for event in desk.service.history(*desk.key).items if event.suggestion_id is not None
    )
    assert dict(first.after) == {"name": "y", "daily_lead_limit": 7}
    assert dict(last.after) == {"name": "z", "daily_lead_limit": 9}
    with pytest.raises(ck.errors.CampaignError, match="amend must be None for a suggestion to"):
        desk.approve(desk.suggest(), amend={"name": "z"})


# -- Identity -------------------------------------------------------------------------------------

SCORED = [ck.Lead(lead.id, 50) for lead in LEADS]
ANY = uuid4()
COMMANDS: Mapping[str, tuple[ck.Command, ck.Command, bool]] = {
    "order": (ck.AssignLeads(LEADS, MONDAY), ck.AssignLeads(LEADS[::-1], MONDAY), True),
    "scores": (ck.AssignLeads(LEADS, MONDAY), ck.AssignLeads(SCORED, MONDAY), True),
    "day": (ck.AssignLeads(LEADS, MONDAY), ck.AssignLeads(LEADS, TUESDAY), True),
    "kind of id": (
        ck.AssignLeads([ck.Lead(ANY, 90)], MONDAY),
        ck.AssignLeads([ck.Lead(str(ANY), 90)], MONDAY),
        True,
    ),
    "fewer": (ck.AssignLeads(LEADS, MONDAY), ck.AssignLeads(LEADS[:3], MONDAY), False),
    "fields": (
        ck.Edit(name="y", daily_lead_limit=7),
        ck.Edit(daily_lead_limit=7, name="y"),
        True,
    ),
    "values": (ck.Edit(daily_lead_limit=7), ck.Edit(daily_lead_limit=8), False),
    "more fields": (ck.Edit(daily_lead_limit=7), ck.Edit(daily_lead_limit=7, name="y"), False),
    "none": (ck.Edit(end_date=None), ck.Edit(end_date=WEDNESDAY), False),
    "allocation": (
        ck.Edit(allocation=ck.Allocation(email=60, sms=40)),
        ck.Edit(allocation=ck.Allocation(sms=40, email=60)),
        True,
    ),
    "targeting": (
        ck.Edit(targeting=ck.Targeting(titles=["CEO"])),
        ck.Edit(targeting=ck.Targeting(industries=["CEO"])),
        False,
    ),
    "action": (ck.Pause(), ck.Complete(), False),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_equal_commands_are_one_suggestion(make: services.Make, case: str) -> None:
    desk = open_desk(make)
    one, other, are_equal = COMMANDS[case]
    if {"allocation", "targeting"} & {*one.changed_fields}:
        desk.service.pause(*desk.key, by=ANN)
    first = desk.submit(one, reason="first", expires_at=services.START + timedelta(days=1))
    if isinstance(other, ck.AssignLeads) and not are_equal:
        reasons = desk.refusal(ck.PermissionDeniedError, lambda: desk.submit(other))
        assert reasons == (Reason.ALREADY_SUGGESTED,)
        return
    for by in (SCOUT, ck.Actor.ai("another")):
        again = desk.service.submit(*desk.key, other, by=by, reason="again")
        assert isinstance(again, ck.Suggestion)
        assert (again.id == first.id) is are_equal
    kinds = [event.kind.value for event in desk.service.history(*desk.key).items]
    changed = case in {"scores", "day"}
    expected = ["suggested", "refreshed"] if changed else ["suggested"]
    assert [kind for kind in kinds if kind in {"suggested", "refreshed"}] == (
        expected if are_equal else ["suggested", "suggested"]
    )
    if are_equal:
        found = desk.service.suggestion(CLIENT, first.id)
        assert (found.reason, found.by, found.at) == ("first", SCOUT, first.at)
        assert found.revision == (2 if changed else 1)
        wanted = {str(lead.id): lead.als_score for lead in getattr(other, "leads", ())}
        leads = getattr(found.command, "leads", ())
        assert {lead.id: lead.als_score for lead in leads} == wanted


def test_a_new_one_is_made_for_one_that_can_no_longer_be_approved(make: services.Make) -> None:
    desk = open_desk(make, rules={"suggestion_lifetime": timedelta(hours=1)})
    first = desk.suggest()
    assert first.expires_at == services.START + timedelta(hours=1)
    desk.now[0] += timedelta(hours=1)
    second = desk.suggest()
    desk.edit(allocation=ck.Allocation(email=100))
    third = desk.suggest()
    assert [desk.state(one) for one in (first, second, third)] == ["expired", "stale", "pending"]
    told = [e.kind.value for e in desk.service.history(*desk.key).items if e.suggestion_id]
    assert told == ["suggested", "expired", "suggested", "stale", "suggested"]


def test_a_suggestion_of_a_day_that_is_over_is_brought_to_another(desk: Desk) -> None:
    first = desk.suggest()
    desk.today[0] = TUESDAY
    again = desk.suggest(day=TUESDAY)
    assert (again.id, again.day, again.revision) == (first.id, TUESDAY, 2)
    assert desk.approve(again).assignments


def test_leads_of_another_suggestion_are_left_out(desk: Desk) -> None:
    first = desk.suggest(*LEADS[:2])
    second = desk.suggest(*LEADS[1:3], ck.Lead("none"))
    assert second.unassigned == {IDS[1]: Reason.ALREADY_SUGGESTED, "none": Reason.UNSCORED}
    assert desk.suggest(*LEADS[1:3], ck.Lead("none")) == second  # all of the names count
    desk.reject(first, lead_ids=IDS[:1])
    desk.approve(first)
    desk.service.release(*desk.key, IDS[1:2], by=ANN)
    refreshed = desk.suggest(*LEADS[1:3])
    assert refreshed.id != second.id  # other names
    assert refreshed.unassigned == {IDS[2]: Reason.ALREADY_SUGGESTED}


def test_leads_are_free_again_where_the_other_can_no_longer_be_approved(
    make: services.Make,
) -> None:
    desk = open_desk(make, rules={"suggestion_lifetime": timedelta(hours=1)})
    desk.suggest(*LEADS[:2])
    desk.now[0] += timedelta(hours=1)
    assert not desk.suggest(*LEADS[1:3]).unassigned


# -- Rejections -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [CO_PILOT, AUTOPILOT])
def test_rejected_leads_stay_out_until_their_day(make: services.Make, mode: Any) -> None:  # noqa: ANN401
    desk = open_desk(make, daily_lead_limit=2)
    rejected = desk.reject(desk.suggest(), until=TUESDAY)
    kept = {i: one.until for i, one in rejected.rejections.items()}
    assert kept == dict.fromkeys(IDS[:2], TUESDAY)  # whom an approval would have admitted
    assert desk.service.suggestion(CLIENT, rejected.id).rejections == rejected.rejections
    desk.service.edit(*desk.key, permission_mode=mode, daily_lead_limit=9, by=ANN)
    for day in (MONDAY, TUESDAY):
        seen = desk.service.preview(*desk.key, LEADS[:3], day=day, by=SCOUT)
        assert seen.unassigned == dict.fromkeys(IDS[:2], Reason.REJECTED)
    done = desk.service.intake(*desk.key, LEADS[:3], day=TUESDAY, by=SCOUT)
    assert done.unassigned == dict.fromkeys(IDS[:2], Reason.REJECTED)
    assert not desk.service.preview(*desk.key, LEADS[:2], day=WEDNESDAY, by=SCOUT).unassigned


def test_a_user_takes_rejected_leads_in_and_ends_the_rejection(desk: Desk) -> None:
    desk.reject(desk.suggest())
    refusal = desk.refusal(ck.PermissionDeniedError, desk.suggest)
    assert refusal == (Reason.REJECTED,)
    taken = desk.service.intake(*desk.key, LEADS[:1], day=MONDAY, by=ANN)
    assert list(taken.assignments) == IDS[:1]
    desk.service.release(*desk.key, IDS[:1], by=ANN)
    again = desk.suggest()
    assert [lead.id for lead in getattr(again.command, "leads", ())] == IDS[:1]
    assert again.unassigned == dict.fromkeys(IDS[1:], Reason.REJECTED)


def test_named_leads_are_rejected_and_the_rest_stays_pending(desk: Desk) -> None:
    suggestion = desk.suggest()
    left = desk.reject(suggestion, lead_ids=IDS[:1])
    assert (left.state.value, left.lead_count, left.revision) == ("pending", 3, 2)
    assert left.unassigned == {IDS[0]: Reason.REJECTED}
    assert desk.suggest() == desk.service.suggestion(CLIENT, suggestion.id)  # nothing is new
    assert list(desk.approve(suggestion).assignments) == IDS[1:]
    with pytest.raises(ck.errors.PlanError, match="lead_ids: these leads were not suggested"):
        desk.reject(desk.suggest(ck.Lead("new", 90)), lead_ids=["z"])


def test_a_rejection_tells_all_that_the_suggestion_keeps_out(desk: Desk) -> None:
    """Also what was rejected of it before."""
    suggestion = desk.suggest()
    desk.reject(suggestion, lead_ids=IDS[:1], until=TUESDAY)
    rejected = desk.reject(suggestion)
    assert {i: one.until for i, one in rejected.rejections.items()} == {
        IDS[0]: TUESDAY,
        **dict.fromkeys(IDS[1:]),
    }
    assert desk.service.suggestion(CLIENT, suggestion.id) == rejected


def test_nobody_would_be_admitted_so_all_are_rejected(make: services.Make) -> None:
    desk = open_desk(make, daily_lead_limit=1)
    suggestion = desk.suggest()
    desk.service.intake(*desk.key, [ck.Lead("other", 90)], day=MONDAY, by=ANN)
    desk.today[0] = TUESDAY
    desk.service.pause(*desk.key, by=ANN)
    assert set(desk.reject(suggestion).rejections) == set(IDS)


def test_a_rejection_does_not_end_before_it_begins(desk: Desk) -> None:
    suggestion = desk.suggest(day=TUESDAY)
    desk.today[0] = TUESDAY
    with pytest.raises(ck.InvalidError, match="until must not be over: 2026-11-23 is before"):
        desk.reject(suggestion, until=MONDAY)
    assert desk.reject(suggestion, until=TUESDAY).rejections


def test_a_longer_rejection_is_not_shortened(desk: Desk) -> None:
    for until, expected in ((WEDNESDAY, WEDNESDAY), (TUESDAY, WEDNESDAY), (None, None)):
        day = MONDAY if until is WEDNESDAY else WEDNESDAY + timedelta(days=1)
        rejected = desk.reject(desk.suggest(LEADS[0], day=day), until=until)
        assert {one.until for one in rejected.rejections.values()} == {expected}


@pytest.mark.parametrize("mode", [CO_PILOT, AUTOPILOT])
@pytest.mark.parametrize(
    "command", [ck.Edit(daily_lead_limit=7), ck.Pause(), ck.ReleaseLeads(["in"])], ids=str
)
def test_a_rejected_command_is_refused_while_its_basis_is_as_it_was(
    desk: Desk,
    mode: Any,  # noqa: ANN401
    command: ck.Command,
) -> None:
    desk.service.intake(*desk.key, [ck.Lead("in", 90)], day=MONDAY, by=ANN)
    suggestion = desk.submit(command)
    with pytest.raises(ck.InvalidError, match="until must be None for a suggestion to"):
        desk.reject(suggestion, until=MONDAY)
    with pytest.raises(ck.errors.PlanError, match="lead_ids must be None for a suggestion to"):
        desk.reject(suggestion, lead_ids=["in"])
    desk.reject(suggestion)
    desk.service.edit(*desk.key, permission_mode=mode, name="touched", by=ANN)
    refused = (Reason.REJECTED_BEFORE,)
    assert desk.refusal(ck.PermissionDeniedError, lambda: desk.submit(command)) == refused
    if isinstance(command, ck.Edit):
        desk.service.edit(*desk.key, daily_lead_limit=8, by=ANN)
        desk.service.submit(*desk.key, command, by=SCOUT)
    desk.service.submit(*desk.key, command, by=ANN)  # which binds no user


def test_a_rejected_release_is_another_one_without_one_of_its_leads(desk: Desk) -> None:
    command = ck.ReleaseLeads(IDS[:2])
    desk.service.intake(*desk.key, LEADS, day=MONDAY, by=ANN)
    desk.reject(desk.submit(command))
    desk.service.release(*desk.key, IDS[:1], by=ANN)
    assert getattr(desk.submit(command).command, "lead_ids", ()) == (IDS[1],)
    desk.service.intake(*desk.key, LEADS, day=MONDAY, by=ANN)
    refused = (Reason.REJECTED_BEFORE,)
    assert desk.refusal(ck.PermissionDeniedError, lambda: desk.submit(command)) == refused


# -- Room, previews, oversight --------------------------------------------------------------------


def test_an_approval_that_admits_nobody_consumes_nothing(make: services.Make) -> None:
    desk = open_desk(make, daily_lead_limit=1, total_lead_limit=2)
    suggestion = desk.suggest(*LEADS[:2])
    desk.service.intake(*desk.key, [ck.Lead("other", 90)], day=MONDAY, by=ANN)
    fresh = [LEADS[0], ck.Lead(IDS[1])]
    for call in (desk.approve, desk.preview):
        reasons = desk.refusal(
            SuggestionError,
            lambda: call(suggestion, leads=fresh),  # noqa: B023  # called at once
        )
        assert reasons == (Reason.UNSCORED, Reason.DAILY_LIMIT)
    assert list(desk.approve(suggestion, day=TUESDAY).assignments) == IDS[:1]


def test_a_part_that_is_in_the_campaign_already_does_not_close_the_rest(desk: Desk) -> None:
    suggestion = desk.suggest()
    desk.service.intake(*desk.key, LEADS[:1], day=MONDAY, by=ANN)
    history = desk.service.history(*desk.key)
    parts: list[dict[str, Any]] = [{"lead_ids": IDS[:1]}, {"leads": LEADS[:1]}]
    for named in parts:
        with pytest.raises(ck.errors.PlanError, match="must name a lead that is not in the camp"):
            desk.approve(suggestion, **named)
    assert desk.service.history(*desk.key) == history
    desk.service.intake(*desk.key, LEADS, day=MONDAY, by=ANN)
    assert list(desk.approve(suggestion, lead_ids=IDS[:1]).already) == IDS[:1]
    closed = desk.service.suggestion(CLIENT, suggestion.id)
    assert (closed.state.value, closed.lead_count) == ("closed", 4)
    assert closed.why == "all of its leads are in the campaign already"


def test_what_the_approver_sees_is_what_is_done(make: services.Make) -> None:
    desk = open_desk(make, allocation=ck.Allocation(email=100))
    suggestion = desk.suggest()
    seen = desk.preview(suggestion)
    assert seen.changes == {}
    desk.service.intake(*desk.key, [ck.Lead("other", 25)], day=MONDAY, by=ANN)
    done = desk.approve(suggestion, expect=seen)  # progress is not compared
    assert {i: a.channel for i, a in done.assignments.items()} == {
        i: a.channel for i, a in getattr(seen.outcome, "assignments", {}).items()
    }


def test_an_approval_that_would_do_something_else_is_refused(desk: Desk) -> None:
    suggestion = desk.suggest()
    history = desk.service.history(*desk.key)

    def preview(**named: Any) -> ck.ApprovalPreview:  # noqa: ANN401
        return desk.service.preview_approval(CLIENT, suggestion.id, by=ANN, **named)

    def refuse(expect: ck.ApprovalPreview, **named: Any) -> None:  # noqa: ANN401
        with pytest.raises(ck.ConflictError, match="no longer do what was previewed"):
            desk.approve(suggestion, expect=expect, **named)

    seen = preview()
    refuse(seen, lead_ids=IDS[:2])
    refuse(seen, day=TUESDAY)
    fewer = preview(leads=[ck.Lead(IDS[0], 90, frozenset({Channel.MAIL})), *LEADS[1:]])
    assert fewer.changes["mail"] == (0, 1)
    refuse(fewer)
    assert preview(day=TUESDAY).changes == {"day": (MONDAY, TUESDAY)}
    assert desk.service.history(*desk.key) == history
    desk.suggest(*(ck.Lead(lead.id, 88) for lead in LEADS))  # the same channels
    refuse(seen)
    desk.service.intake(*desk.key, LEADS[:1], day=MONDAY, by=ANN)
    assert preview().changes["already"] == (0, 1)
    refuse(desk.service.preview_approval(CLIENT, desk.submit(ck.Pause()).id, by=ANN))
    for strange in (suggestion, "seen", 5):
        with pytest.raises(ck.InvalidError, match=r"^expect must be an? ApprovalPreview"):
            desk.approve(suggestion, expect=strange)


@pytest.mark.parametrize(
    "command", [ck.Pause(), ck.Complete(), ck.Delete(), ck.Edit(name="y")], ids=str
)
def test_what_was_previewed_is_done_later(desk: Desk, command: ck.Command) -> None:
    """Also what has a time of its own, such as that of a deletion."""
    suggestion = desk.submit(command)
    seen = desk.preview(suggestion)
    desk.now[0] += timedelta(minutes=5)
    desk.approve(suggestion, expect=seen)
    assert desk.state(suggestion) == "approved"


STRICTNESS = [ck.Verdict.EXECUTE, ck.Verdict.SUGGEST, ck.Verdict.REFUSE]
SUBMITTED: list[ck.Command] = [
    *(ck.Pause(), ck.Complete(), ck.Delete(), ck.Edit(name="y")),
    *(ck.AssignLeads(LEADS, MONDAY), ck.ReleaseLeads(["in"])),
]


def test_nothing_of_the_ai_is_applied_unless_mode_and_oversight_allow_it(
    make: services.Make,
) -> None:
    for mode, verdict, by, command in product(
        ck.PermissionMode, ck.Verdict, (ANN, SCOUT), SUBMITTED
    ):
        asked: list[tuple[ck.Campaign, ck.Command]] = []

        def oversee(campaign: ck.Campaign, command: ck.Command) -> ck.Verdict:
            asked.append((campaign, command))  # noqa: B023  # called at once
            return verdict  # noqa: B023

        desk = open_desk(make, rules={"oversight": oversee})
        desk.service.intake(*desk.key, [ck.Lead("in", 90)], day=MONDAY, by=ANN)
        campaign = desk.service.edit(*desk.key, permission_mode=mode, by=ANN)
        before = desk.store.snapshot(*desk.key, day=MONDAY, lead_ids=["in"])
        expected = max(mode.verdict(by), verdict, key=STRICTNESS.index)
        if by is ANN:
            expected = ck.Verdict.EXECUTE
        case = f"{command} by {by} in {mode}, overseen by {verdict}"
        if expected is ck.Verdict.REFUSE:
            with pytest.raises(ck.PermissionDeniedError) as caught:
                desk.service.submit(*desk.key, command, by=by)
            assert caught.value.reasons == (Reason.USER_MUST_INITIATE,), case
        else:
            done = desk.service.submit(*desk.key, command, by=by)
            assert isinstance(done, ck.Suggestion) is (expected is ck.Verdict.SUGGEST), case
        assert asked == ([(campaign, command)] if by is SCOUT else []), case
        after = desk.store.snapshot(*desk.key, day=MONDAY, lead_ids=["in"])
        assert (after == before) is (expected is not ck.Verdict.EXECUTE), case


@pytest.mark.parametrize("answer", [None, True, "execute", ck.PermissionMode.MANUAL])
def test_oversight_must_answer_with_a_verdict(make: services.Make, answer: Any) -> None:  # noqa: ANN401
    desk = open_desk(make, rules={"oversight": answer_with(answer)})
    with pytest.raises(ck.InvalidError, match="must return a Verdict"):
        desk.submit(ck.Pause())


def test_what_a_user_approves_after_the_mode_became_manual_is_the_users_act(desk: Desk) -> None:
    suggestion = desk.suggest()
    desk.service.edit(*desk.key, permission_mode=MANUAL, by=ANN)
    with pytest.raises(ck.PermissionDeniedError):
        desk.submit(ck.Pause())
    assert desk.approve(suggestion).assignments
    assert desk.service.history(*desk.key).items[-1].by == ANN


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("suggestion_lifetime", timedelta()),
        ("suggestion_lifetime", timedelta(hours=-1)),
        ("suggestion_lifetime", 3600),
        ("today", MONDAY),
        ("oversight", ck.Verdict.REFUSE),
    ],
)
def test_a_service_refuses_rules_that_are_none(
    make: services.Make,
    argument: str,
    value: Any,  # noqa: ANN401
) -> None:
    with pytest.raises(ck.InvalidError, match=f"^{argument} must be a "):
        make(MemoryStore(), **{argument: value})


# -- Heads and the feed ---------------------------------------------------------------------------


def test_lists_have_heads_and_one_suggestion_its_leads(desk: Desk) -> None:
    suggestion = desk.suggest(reason="new")
    (head,) = desk.service.suggestions(*desk.key).items
    assert head == suggestion.head
    assert not hasattr(head, "command")
    assert (head.action, head.day, head.lead_count) == (ck.Action.ASSIGN, MONDAY, 4)
    assert head.counts.total == 4
    assert desk.service.suggestion(CLIENT, suggestion.id) == suggestion


def test_lists_do_not_read_the_leads(desk: Desk) -> None:
    """So a list of large suggestions takes no more memory, nor time, than one of edits."""
    desk.suggest(*(ck.Lead(f"lead-{n}", 90) for n in range(10_000)))
    desk.service.suggestions(CLIENT)
    tracemalloc.start()
    try:
        page = desk.service.suggestions(CLIENT)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [head.lead_count for head in page.items] == [10_000]
    assert most < 40_000  # a list of the leads has 8 bytes for each


def test_the_feed_has_each_event_of_a_client_once(make: services.Make) -> None:
    desk = open_desk(make)
    service = desk.service
    other = service.create(ck.Campaign.draft(client_id=CLIENT, name="other"), by=ANN)
    stranger = ck.Campaign.draft(client_id=UUID(int=8), name="stranger")
    service.create(stranger, by=ANN)
    seen: list[ck.Event] = []
    cursor: str | None = None
    for turn in range(12):
        if turn < 6:
            service.edit(*desk.key, name=f"name {turn}", by=ANN)
            service.edit(CLIENT, other.id, name=f"name {turn}", by=ANN)
        page = service.feed(CLIENT, cursor, limit=3)
        seen += page.items
        assert page.next is not None
        cursor = page.next
    assert service.feed(CLIENT, cursor) == Page((), next=cursor)
    for campaign_id in (desk.key[1], other.id):
        own = [event for event in seen if event.campaign_id == campaign_id]
        assert tuple(own) == service.history(CLIENT, campaign_id).items
    assert {event.campaign_id for event in seen} == {desk.key[1], other.id}
    assert cursor is not None
    for strange in ("", "x", cursor[:-4], service.feed(UUID(int=8)).next, 5):
        with pytest.raises(ck.InvalidError, match=r"^cursor must be "):
            service.feed(CLIENT, strange)  # type: ignore[arg-type]
