"""Changes, suggestions and events as values, and the campaign that a history leads to."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_args
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.core._checks import short_repr
from campaignkit.domain._campaign import Edits
from campaignkit.domain._commands import FIELD_NAMES
from campaignkit.domain._suggestions import expiry_error
from campaignkit.testing import strategies as any_
from tests.domain.values import Strange, assert_value

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 23)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
DRAFT = ck.Campaign.draft(client_id=UUID(int=2), name="x", id=UUID(int=1), created_at=NOW)
SIMPLE = (ck.Activate(), ck.Pause(), ck.Complete(), ck.Delete(), ck.Restore())


# -- Values ---------------------------------------------------------------------------------------


@given(any_.commands() | any_.suggestions() | any_.events())
def test_all_are_values(value: object) -> None:
    if value not in SIMPLE:
        assert_value(value)


@pytest.mark.parametrize("change", SIMPLE)
def test_those_without_anything_to_them_are_values_too(change: ck.Command) -> None:
    for copy in (pickle.loads(pickle.dumps(change)), evolve(change)):
        assert type(copy) is type(change)
        assert copy == change
        assert hash(copy) == hash(change)
    assert len({*SIMPLE}) == len(SIMPLE)


def test_there_is_a_change_for_each_action() -> None:
    assert {change.action for change in get_args(ck.Command)} == set(ck.Action)
    assert len(get_args(ck.Command)) == len(ck.Action)


@given(any_.commands())
def test_a_change_is_told_from_the_others_by_its_action(change: ck.Command) -> None:
    plain = ck.to_dict(change)
    assert plain["action"] == change.action.value
    for copy in (ck.from_dict(ck.Command, plain), ck.from_json(ck.Command, ck.to_json(change))):
        assert type(copy) is type(change)
        assert copy == change
    for kind in get_args(ck.Command):
        if kind is not type(change):
            with pytest.raises(ck.StructureError, match=r"\$\.action: must be"):
                ck.from_dict(kind, plain)


@pytest.mark.parametrize(
    ("plain", "fault"),
    [
        ({}, "$.action: is missing"),
        ({"action": "fly"}, "$.action: must be one of activate, pause"),
        ({"action": ["pause"]}, "$.action: must be one of activate, pause"),
        ({"action": "pause", "x": 1}, "$.x: is unknown; there are none"),
        ({"action": "edit"}, "$.fields: is missing"),
        ({"action": "edit", "fields": {}}, "$.fields: an edit must name at least one"),
        ({"action": "edit", "fields": {"status": "draft"}}, "$.fields.status: is unknown"),
        ({"action": "edit", "fields": {"name": " "}}, "$.fields.name: must not be blank"),
        ({"action": "edit", "fields": {"daily_lead_limit": 1.0}}, "$.fields.daily_lead_limit"),
        ({"action": "assign", "leads": [{"id": " "}], "day": "2026-11-23"}, "$.leads[0].id"),
        ({"action": "assign", "leads": [{"id": 1}], "day": "2026-11-23"}, "text or UUIDs"),
        ("pause", "$: must be an object"),
    ],
)
def test_what_is_no_change_is_told(plain: object, fault: str) -> None:
    with pytest.raises(ck.StructureError) as caught:
        ck.from_dict(ck.Command, plain)
    assert fault in str(caught.value)


def test_keys_that_come_twice_are_told() -> None:
    with pytest.raises(ck.StructureError, match="comes more than once"):
        ck.from_json(ck.Command, '{"action": "edit", "fields": {"name": "x", "name": "y"}}')
    with pytest.raises(ck.StructureError, match="comes more than once"):
        ck.from_json(ck.Command, '{"action": "release", "lead_ids": [], "lead_ids": []}')


# -- Changes --------------------------------------------------------------------------------------


@given(any_.edits())
def test_an_edit_keeps_what_a_campaign_would(named: Edits) -> None:
    change = ck.Edit(**named)
    assert change.edits == named
    assert set(change.changed_fields) == set(named)


def test_an_edit_takes_what_a_campaign_takes() -> None:
    manual: Strange = "manual"
    assert ck.Edit(permission_mode=manual).fields["permission_mode"] is ck.PermissionMode.MANUAL


def test_an_edit_says_all_that_is_wrong() -> None:
    wrong: Strange = {"name": " ", "daily_lead_limit": 0, "start_date": NOW}
    with pytest.raises(ck.CampaignError) as caught:
        ck.Edit(**wrong)
    assert [fault.partition(" ")[0] for fault in caught.value.faults] == list(wrong)
    with pytest.raises(ck.CampaignError, match="must name at least one"):
        ck.Edit()
    status: Strange = {"status": "draft"}
    with pytest.raises(ck.CampaignError, match="no field to edit is called status"):
        ck.Edit(**status)


def test_two_dates_that_do_not_fit_are_the_campaigns_to_refuse() -> None:
    # It may refuse them for more reasons than that, and tells all.
    named: Edits = {"start_date": DAY, "end_date": DAY - timedelta(days=1), "name": "y"}
    assert ck.Edit(**named).edits == named


def test_leads_to_assign_have_ids_of_text_in_the_end() -> None:
    own_id = UUID(int=7)
    change = ck.AssignLeads([ck.Lead(own_id, 90)], DAY)
    assert change.lead_ids == (str(own_id),)
    assert change.restrict_to([own_id]) == change.restrict_to([str(own_id)]) == change
    assert ck.ReleaseLeads([own_id, str(own_id), "a"]).lead_ids == (str(own_id), "a")


def test_some_of_the_leads_may_be_assigned() -> None:
    change = ck.AssignLeads([ck.Lead("a", 90), ck.Lead("b", 50), ck.Lead("c", 20)], DAY)
    assert change.restrict_to(["c", "a"]) == ck.AssignLeads(
        [ck.Lead("a", 90), ck.Lead("c", 20)], DAY
    )
    with pytest.raises(ck.PlanError) as caught:
        change.restrict_to(["z", "a", "y"])
    assert caught.value.faults == ("lead_ids: these leads were not suggested: 'y', 'z'",)


@pytest.mark.parametrize("day", [NOW, None, "2026-11-23"])
def test_leads_are_assigned_on_a_day(day: Strange) -> None:
    with pytest.raises(ck.CampaignError, match="day must be a date"):
        ck.AssignLeads([], day)


def test_only_leads_are_assigned() -> None:
    strangers: tuple[Strange, ...] = (["a"], [ck.Lead(1, 90)], [None], "a", 7, None)
    for leads in strangers:
        with pytest.raises(ck.PlanError):
            ck.AssignLeads(leads, DAY)
    with pytest.raises(ck.PlanError, match="leads must be a list or another iterable, not None"):
        ck.AssignLeads(strangers[-1], DAY)
    ids: tuple[Strange, ...] = ("abc", [1], [None], 7, None)
    for lead_ids in ids:
        with pytest.raises(ck.PlanError):
            ck.ReleaseLeads(lead_ids)


# -- Fields ---------------------------------------------------------------------------------------


@given(any_.campaigns())
def test_fields_are_a_campaigns(campaign: ck.Campaign) -> None:
    fields = ck.Fields.of(campaign)
    assert tuple(fields) == FIELD_NAMES
    assert ck.Fields(fields) == fields
    assert all(getattr(campaign, name) == value for name, value in fields.items())


def test_fields_say_all_that_is_wrong() -> None:
    names: Strange = ["name"]
    with pytest.raises(ck.CampaignError, match=r"must map names to values, not be \['name'\]$"):
        ck.Fields(names)
    known = ", ".join(FIELD_NAMES)
    with pytest.raises(ck.CampaignError) as caught:
        ck.Fields({"updated_at": NOW, "colour": "red"})
    assert caught.value.faults == (f"no field is called updated_at, colour; there are {known}",)
    with pytest.raises(ck.CampaignError) as caught:
        ck.Fields({"status": "gone", "name": "", "id": 1})
    assert len(caught.value.faults) == 3


# -- Suggestions ----------------------------------------------------------------------------------

PLAIN: Mapping[str, Any] = {
    "id": UUID(int=3),
    "campaign_id": DRAFT.id,
    "command": ck.Pause(),
    "by": SCOUT,
    "at": NOW,
    "before": {"status": "draft"},
}
PENDING = ck.Suggestion(**PLAIN)


def assert_each_is_named(wrong: Mapping[str, object], faults: Sequence[str]) -> None:
    """Hold that there is a fault for each, in this order, which names it and shows its value."""
    assert [fault.partition(" ")[0] for fault in faults] == list(wrong)
    for value, fault in zip(wrong.values(), faults, strict=True):
        assert fault.endswith(f" {short_repr(value)}")


def test_a_suggestion_says_all_that_is_wrong() -> None:
    wrong: dict[str, Strange] = {
        "id": "x",
        "campaign_id": None,
        "by": "scout",
        "at": DAY,
        "reason": " ",
        "expires_at": "soon",
        "state": "done",
        "decided_by": "ann",
        "decided_at": 1,
        "why": "",
    }
    with pytest.raises(ck.InvalidError) as caught:
        ck.Suggestion(**{**PLAIN, **wrong})
    assert_each_is_named(wrong, caught.value.faults)
    no_change: Strange = "pause"
    with pytest.raises(ck.CampaignError) as refused:
        evolve(PENDING, command=no_change)
    kinds = "Edit, Activate, Pause, Complete, Delete, Restore, AssignLeads, ReleaseLeads"
    assert refused.value.faults == (f"command must be one of {kinds}, not 'pause'",)


@pytest.mark.parametrize("state", ck.SuggestionState)
def test_what_is_pending_is_not_decided_and_all_else_is(state: ck.SuggestionState) -> None:
    decided = {"decided_by": ANN, "decided_at": NOW}
    for missing in ([], ["decided_by"], ["decided_at"], ["decided_by", "decided_at"]):
        fields: Any = {name: who for name, who in decided.items() if name not in missing}
        may_be = {
            ck.SuggestionState.PENDING: len(missing) == 2,
            ck.SuggestionState.EXPIRED: len(missing) != 1,
            ck.SuggestionState.STALE: len(missing) != 1,  # as a list shows it
        }.get(state, not missing)
        if may_be:
            assert evolve(PENDING, state=state, **fields).state is state
        else:
            with pytest.raises(ck.InvalidError) as caught:
                evolve(PENDING, state=state, **fields)
            who, when = fields.get("decided_by"), fields.get("decided_at")
            assert caught.value.faults == (
                f"state {state} does not fit decided_by {who!r} and decided_at {when}",
            )


@given(any_.suggestions(), any_.moments())
def test_only_what_is_pending_expires(suggestion: ck.Suggestion, at: datetime) -> None:
    late = suggestion.expires_at is not None and suggestion.expires_at <= at
    expected = suggestion.state
    if suggestion.state is ck.SuggestionState.PENDING and late:
        expected = ck.SuggestionState.EXPIRED
    assert suggestion.as_of(at).state is expected
    assert evolve(suggestion.as_of(at), state=suggestion.state) == suggestion


@given(st.none() | any_.texts())
def test_a_decision_tells_who_decided_what_and_when_and_why(why: str | None) -> None:
    state, at = ck.SuggestionState.REJECTED, NOW + timedelta(hours=1)
    decided = evolve(PENDING, state=state, decided_by=ANN, decided_at=at, why=why)
    assert PENDING.with_decision(state, by=ANN, at=at, why=why) == decided


def test_what_it_was_made_against_may_be_any_mapping() -> None:
    before = ck.Suggestion(**PLAIN).before
    assert type(before) is ck.Fields
    assert before == ck.Fields({"status": ck.CampaignStatus.DRAFT})


@pytest.mark.parametrize("early", [NOW, NOW - timedelta(hours=1)])
def test_what_is_suggested_expires_later(early: datetime) -> None:
    with pytest.raises(ck.InvalidError) as caught:
        evolve(PENDING, expires_at=early)
    assert caught.value.faults == (f"expires_at {early} is not later than at {NOW}",)
    assert expiry_error(early, NOW) == f"{early} is not later than at {NOW}"
    assert expiry_error(NOW, early - timedelta(seconds=1)) is None


def test_what_is_no_time_is_no_expiry() -> None:
    soon: Strange = "soon"
    assert expiry_error(soon, NOW) == "must be a datetime, not 'soon'"


def test_times_are_kept_in_utc() -> None:
    sydney = timezone(timedelta(hours=11))
    later = NOW + timedelta(hours=1)
    moved = evolve(PENDING, at=NOW.astimezone(sydney), expires_at=later.astimezone(sydney))
    assert (moved.at.tzinfo, moved.expires_at) == (UTC, later)


@given(any_.campaigns(), any_.commands(), st.data())
def test_what_has_moved_is_what_is_otherwise(
    campaign: ck.Campaign, change: ck.Command, data: st.DataObject
) -> None:
    basis = ck.Suggestion.basis(campaign, change)
    assert set(basis) == {
        ck.Action.ASSIGN: {"allocation", "targeting"},
        ck.Action.RELEASE: set[str](),
    }.get(change.action, {*change.changed_fields})
    suggestion = evolve(PENDING, campaign_id=campaign.id, command=change, before=basis)
    assert not suggestion.basis_changes(campaign)
    other = data.draw(any_.campaigns())
    assert suggestion.basis_changes(other) == {
        name: (getattr(campaign, name), getattr(other, name))
        for name in basis
        if getattr(campaign, name) != getattr(other, name)
    }


# -- Events and the campaign that they lead to ----------------------------------------------------


def test_an_event_says_all_that_is_wrong() -> None:
    wrong: dict[str, Strange] = {
        "campaign_id": 1,
        "number": 0,
        "kind": "done",
        "action": "pause",
        "by": "ann",
        "at": DAY,
        "day": NOW,
        "suggestion_id": "x",
        "reason": "\0",
    }
    with pytest.raises(ck.InvalidError) as caught:
        ck.Event(**wrong)
    assert_each_is_named(wrong, caught.value.faults)


def test_the_leads_of_an_event_may_be_counted_by_any_mapping() -> None:
    made = ck.Event(
        campaign_id=DRAFT.id, kind=ck.EventKind.APPLIED, by=ANN, at=NOW, counts={"email": 3}
    )
    assert made.counts == ck.ChannelCounts({ck.Channel.EMAIL: 3})


def event(kind: ck.EventKind, before: Mapping[str, Any], after: Mapping[str, Any]) -> ck.Event:
    return ck.Event(
        campaign_id=DRAFT.id,
        number=2,
        kind=kind,
        by=ANN,
        at=NOW + timedelta(hours=1),
        before=ck.Fields(before),
        after=ck.Fields(after),
    )


MADE = evolve(event(ck.EventKind.CREATED, {}, {}), number=1, at=NOW, after=ck.Fields.of(DRAFT))
MANUAL = {"permission_mode": ck.PermissionMode.MANUAL}
RENAMED = event(ck.EventKind.APPLIED, {"name": "x"}, {"name": "y"})


@given(any_.campaigns())
def test_the_making_of_a_campaign_leads_to_it(campaign: ck.Campaign) -> None:
    made = evolve(MADE, campaign_id=campaign.id, after=ck.Fields.of(campaign))
    assert evolve(ck.replay([made]), updated_at=campaign.updated_at) == campaign
    assert ck.replay([evolve(made, updated_at=campaign.updated_at)]) == campaign


@pytest.mark.parametrize(
    "fields",
    [
        {"after": ck.Fields()},
        {"kind": ck.EventKind.SUGGESTED},
        {"kind": ck.EventKind.STALE},
    ],
)
def test_only_what_changes_a_campaign_tells_when_it_was_updated(fields: dict[str, Any]) -> None:
    with pytest.raises(ck.InvalidError, match=r"^updated_at must be None where"):
        evolve(RENAMED, updated_at=NOW, **fields)


@pytest.mark.parametrize("kind", ck.EventKind)
def test_only_what_was_done_counts(kind: ck.EventKind) -> None:
    told = [MADE, evolve(RENAMED, kind=kind)]
    if kind in {ck.EventKind.CREATED, ck.EventKind.ADOPTED}:
        once = "^a history must begin with the making of its campaign, once$"
        with pytest.raises(ck.InvalidError, match=once):
            ck.replay(told)
        return
    found = ck.replay(told)
    is_done = kind in {ck.EventKind.APPLIED, ck.EventKind.APPROVED}
    assert (found.name, found.updated_at) == (("y", RENAMED.at) if is_done else ("x", NOW))
    paused = event(ck.EventKind.APPLIED, {"permission_mode": DRAFT.permission_mode}, MANUAL)
    later = ck.replay([*told, evolve(paused, number=3, at=RENAMED.at + timedelta(hours=1))])
    assert later == evolve(
        found, permission_mode=ck.PermissionMode.MANUAL, updated_at=RENAMED.at + timedelta(hours=1)
    )


def test_leads_do_not_touch_the_campaign() -> None:
    taken = evolve(event(ck.EventKind.APPLIED, {}, {}), counts=ck.ChannelCounts({"email": 3}))
    assert ck.replay([MADE, taken]) == DRAFT


def test_what_is_no_whole_history_is_refused() -> None:
    wrong = {
        "^a history must begin with the making of its campaign, once$": [[RENAMED]],
        "^a history must begin with the making of its campaign, and all of it$": [
            [],
            [event(ck.EventKind.REJECTED, {}, {})],
            [evolve(MADE, after=ck.Fields())],
            [evolve(MADE, after=ck.Fields({"name": "x"}))],
        ],
        "has an event of another": [
            [MADE, evolve(RENAMED, campaign_id=UUID(int=9), kind=kind)]
            for kind in (ck.EventKind.APPLIED, ck.EventKind.REJECTED)
        ],
        "must be whole, but after event 1 comes 3": [[MADE, evolve(RENAMED, number=3)]],
        "must be whole, but after event 2 comes 2": [[MADE, RENAMED, RENAMED]],
        "event 3 found name to be 'x', but its history gives 'y'": [
            [MADE, RENAMED, evolve(RENAMED, number=3)]
        ],
    }
    for words, histories in wrong.items():
        for history in histories:
            with pytest.raises(ck.InvalidError, match=words):
                ck.replay(history)
