"""Campaigns: what they are, and what may be done to them when."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import attrs
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignkit import (
    DEFAULT_ALLOCATION,
    Action,
    Actor,
    Allocation,
    Campaign,
    CampaignError,
    CampaignStatus,
    Decision,
    DomainError,
    NotEditableError,
    PermissionMode,
    Progress,
    Reason,
    Targeting,
    TransitionError,
)
from campaignkit.domain._campaign import DEFAULT_DAILY_LEAD_LIMIT, EDITABLE, TRANSITIONS
from campaignkit.testing import strategies as any_
from tests.domain.values import (
    NO_GOOD_TEXTS,
    NO_WHOLE_NUMBERS,
    ForeignInteger,
    Strange,
    assert_value,
)

DRAFT, ACTIVE, PAUSED, COMPLETED = CampaignStatus
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = date(2026, 11, 23)
MOST = 2**31 - 1
LAST = datetime.max.replace(tzinfo=UTC)
TICK = timedelta(microseconds=1)
NAIVE = datetime(2026, 11, 23, 9)  # noqa: DTZ001  # this is what is refused
ANN = Actor.user("ann")

FIELDS = [
    *("id", "client_id", "name", "status", "permission_mode", "targeting", "allocation"),
    *("daily_lead_limit", "total_lead_limit", "start_date", "end_date"),
    *("created_at", "updated_at", "deleted_at"),
]
SETTINGS = FIELDS[2:3] + FIELDS[4:11]

# --- The rules, as tables ------------------------------------------------------------------------

# action: the statuses in which it may be done to a campaign that is not deleted
MAY_BE: dict[str, set[str]] = {
    "activate": {"draft", "paused"},
    "pause": {"active"},
    "complete": {"active", "paused"},
    "edit": {"draft", "active", "paused"},
    "delete": {"draft", "active", "paused", "completed"},
    "restore": set(),
    "assign": {"active"},
    "release": {"draft", "active", "paused"},
}

# action: the status that follows
LEADS_TO = {"activate": "active", "pause": "paused", "complete": "completed"}

# field: the statuses in which it may be edited
MAY_CHANGE: dict[str, set[str]] = {
    "name": {"draft", "active", "paused"},
    "permission_mode": {"draft", "active", "paused"},
    "daily_lead_limit": {"draft", "active", "paused"},
    "total_lead_limit": {"draft", "active", "paused"},
    "end_date": {"draft", "active", "paused"},
    "targeting": {"draft", "paused"},
    "allocation": {"draft", "paused"},
    "start_date": {"draft"},
}

ILLEGAL = {
    ("draft", "pause"): "a draft campaign may become active, not paused",
    ("draft", "complete"): "a draft campaign may become active, not completed",
    ("active", "activate"): "an active campaign may become paused or completed, not active",
    ("paused", "pause"): "a paused campaign may become active or completed, not paused",
    ("completed", "activate"): "a completed campaign is final",
    ("completed", "pause"): "a completed campaign is final",
    ("completed", "complete"): "a completed campaign is final",
}


def in_status(status: CampaignStatus, **fields: Strange) -> Campaign:
    """Return a plain campaign in a status."""
    plain = Campaign.draft(client_id=UUID(int=2), name="x", id=UUID(int=1), created_at=NOW)
    return evolve(plain, status=status, **fields)


def test_the_tables_of_the_library() -> None:
    assert {(status.value, to.value) for status, moves in TRANSITIONS.items() for to in moves} == {
        (status, to) for action, to in LEADS_TO.items() for status in MAY_BE[action]
    }
    assert {(name, status.value) for status, names in EDITABLE.items() for name in names} == (
        {(name, status) for name, statuses in MAY_CHANGE.items() for status in statuses}
    )
    assert list(TRANSITIONS) == list(EDITABLE) == list(CampaignStatus)
    assert {action.value for action in Action} == set(MAY_BE)


# --- "May it?" -----------------------------------------------------------------------------------


def edits_of(campaign: Campaign, action: str) -> dict[str, Any]:
    return {"name": campaign.name} if action == "edit" else {}


@pytest.mark.parametrize("deleted_at", [None, NOW])
@pytest.mark.parametrize("status", CampaignStatus)
@pytest.mark.parametrize("action", Action)
def test_what_may_be_done_when(
    action: Action, status: CampaignStatus, deleted_at: datetime | None
) -> None:
    campaign = in_status(status, deleted_at=deleted_at)
    expected: set[str] = set()
    if action == "restore":
        expected = set() if deleted_at else {"not_deleted"}
    else:
        if deleted_at:
            expected.add("deleted")
        if status not in MAY_BE[action]:
            reasons = {"assign": "not_active", **dict.fromkeys(LEADS_TO, "illegal_transition")}
            expected.add(reasons.get(action, "not_editable"))
    decision = campaign.can(action, **edits_of(campaign, action))  # pyright: ignore[reportArgumentType]
    assert {reason.value for reason in decision.reasons} == expected
    assert bool(decision) == (not expected)
    assert decision.channel is None
    assert len(decision.messages) == len(decision.reasons) == len(expected)


METHODS: Mapping[Action, Callable[..., Campaign]] = {
    Action.ACTIVATE: Campaign.activate,
    Action.PAUSE: Campaign.pause,
    Action.COMPLETE: Campaign.complete,
    Action.EDIT: Campaign.edit,
    Action.DELETE: Campaign.delete,
    Action.RESTORE: Campaign.restore,
}

# Edits of any fields, among them such as do not fit the campaign's status, its dates or anything.
any_edits = any_.edits() | st.fixed_dictionaries(
    {},
    optional={
        "name": any_.texts() | st.sampled_from(["", "\0"]),
        "daily_lead_limit": st.integers(-1, 2),
        "total_lead_limit": st.none() | st.integers(-1, 2),
        "start_date": st.none() | any_.days() | any_.moments(),
        "end_date": st.none() | any_.days(),
        "permission_mode": st.sampled_from(["manual", "robot"]),
        "allocation": st.just("email"),
        "targeting": st.none() | any_.targetings(),
    },
)


@given(any_.campaigns(), st.sampled_from(sorted(METHODS)), st.data(), any_.moments())
def test_the_method_does_what_may_be_done_and_refuses_for_the_same_reasons(
    campaign: Campaign, action: Action, data: st.DataObject, at: datetime
) -> None:
    edits: Any = data.draw(any_edits) if action is Action.EDIT else {}
    before = pickle.dumps(campaign)
    decision = campaign.can(action, **edits)
    assert decision == campaign.can(action.value, **edits)
    if set(decision.reasons) == {Reason.INVALID}:
        with pytest.raises(CampaignError) as invalid:
            METHODS[action](campaign, at=at, **edits)
        assert "; ".join(decision.messages) == str(invalid.value)
    elif decision.reasons:
        refusal = NotEditableError if action is Action.EDIT else TransitionError
        with pytest.raises(refusal) as refused:
            METHODS[action](campaign, at=at, **edits)
        assert refused.value.decision == decision
        assert refused.value.reasons == decision.reasons
    else:
        assert decision
        after = METHODS[action](campaign, at=at, **edits)
        changes: dict[str, Any] = {"updated_at": after.updated_at, **edits}
        if action in LEADS_TO:
            changes["status"] = LEADS_TO[action]
        if action in {Action.DELETE, Action.RESTORE}:
            gone = max(at, campaign.created_at)
            changes["deleted_at"] = gone if action is Action.DELETE else None
        assert after == evolve(campaign, **changes)
        assert after.updated_at == min(max(at, min(campaign.updated_at, LAST - TICK) + TICK), LAST)
        assert after.updated_at > campaign.updated_at or campaign.updated_at == LAST
        assert after.updated_at.tzinfo is UTC
    assert pickle.dumps(campaign) == before


@given(any_.campaigns(), st.sampled_from(Action), any_.actors(), st.data())
def test_who_asks_adds_what_the_mode_says(
    campaign: Campaign, action: Action, by: Actor, data: st.DataObject
) -> None:
    edits: Any = data.draw(any_edits) if action is Action.EDIT else {}
    alone, together = campaign.can(action, **edits), campaign.can(action, by=by, **edits)
    mode = {"autopilot": None, "co_pilot": "needs_approval", "manual": "user_must_initiate"}
    more = None if by.kind == "user" else mode[campaign.permission_mode.value]
    if "permission_mode" in edits and by.kind == "ai":
        # Nobody can approve it, so it does not help that somebody might.
        wanted = ["user_must_choose_mode", *([more] if more == "user_must_initiate" else [])]
    else:
        wanted = [more] if more else []
    assert list(together.reasons) == [*alone.reasons, *wanted]
    assert together.messages[: len(alone.messages)] == alone.messages


def test_who_asks_must_be_an_actor() -> None:
    nobody: Any = "ann"
    with pytest.raises(DomainError, match=r"^by must be an Actor"):
        in_status(DRAFT).can("activate", by=nobody)


@pytest.mark.parametrize("deleted_at", [None, NOW])
@pytest.mark.parametrize("status", CampaignStatus)
@pytest.mark.parametrize("field", MAY_CHANGE)
def test_which_field_may_be_edited_when(
    field: str, status: CampaignStatus, deleted_at: datetime | None
) -> None:
    campaign = in_status(status, deleted_at=deleted_at)
    values: dict[str, Any] = {
        "name": "y",
        "permission_mode": PermissionMode.MANUAL,
        "daily_lead_limit": 7,
        "total_lead_limit": 70,
        "start_date": DAY,
        "end_date": DAY,
        "targeting": Targeting(titles=["CEO"]),
        "allocation": Allocation(email=100),
    }
    edits: Any = {field: values[field]}
    decision = campaign.can("edit", **edits)
    fixed = status.value not in MAY_CHANGE[field]
    reasons = [Reason.DELETED] * bool(deleted_at) + [Reason.NOT_EDITABLE] * fixed
    assert decision.reasons == tuple(reasons)
    if reasons:
        with pytest.raises(NotEditableError) as caught:
            campaign.edit(at=NOW, **edits)
        assert caught.value.decision == decision
    else:
        edited = campaign.edit(at=NOW, **edits)
        assert getattr(edited, field) == values[field]
        unchanged = evolve(edited, updated_at=NOW, **{field: getattr(campaign, field)})
        assert unchanged == campaign


def test_every_field_is_fixed_or_editable() -> None:
    fixed = {"id", "client_id", "status", "created_at", "updated_at", "deleted_at"}
    assert [field.name for field in attrs.fields(Campaign)] == FIELDS
    assert set(FIELDS) == fixed | set(MAY_CHANGE)


@pytest.mark.parametrize(("status", "action"), ILLEGAL)
def test_an_illegal_move_names_the_legal_ones(status: str, action: str) -> None:
    campaign = in_status(CampaignStatus(status))
    assert campaign.can(action).messages == (ILLEGAL[status, action],)
    with pytest.raises(TransitionError) as caught:
        METHODS[Action(action)](campaign, at=NOW)
    assert str(caught.value) == ILLEGAL[status, action]


def test_other_refusals_in_words() -> None:
    deleted = in_status(ACTIVE, deleted_at=NOW)
    completed = in_status(COMPLETED)
    editable = "name, permission_mode, daily_lead_limit, total_lead_limit, end_date"
    every = f"{editable}, targeting, allocation, start_date"
    active = f"an active campaign may be edited in {editable}"
    assert [
        str(decision)
        for decision in (
            deleted.can("delete"),
            deleted.can("activate"),
            completed.can("restore"),
            completed.can("release"),
            completed.can("edit", name="y"),
            in_status(ACTIVE).can("edit", start_date=DAY, name="y", targeting=Targeting()),
            in_status(PAUSED).can("edit", start_date=DAY),
            in_status(DRAFT).can("edit"),
            deleted.can("edit", start_date=DAY, name=""),
        )
    ] == [
        "the campaign is deleted",
        "the campaign is deleted; an active campaign may become paused or completed, not active",
        "the campaign is not deleted",
        "a completed campaign is read-only and keeps its leads",
        "a completed campaign is read-only",
        f"{active}, not in start_date, targeting",
        f"a paused campaign may be edited in {editable}, targeting, allocation, not in start_date",
        f"an edit must name at least one of {every}",
        f"the campaign is deleted; {active}, not in start_date; name must not be blank, but is ''",
    ]


@pytest.mark.parametrize("status", CampaignStatus)
def test_an_edit_names_a_field(status: CampaignStatus) -> None:
    campaign = in_status(status)
    assert campaign.can("edit").reasons == (Reason.INVALID,)
    with pytest.raises(CampaignError, match=r"^an edit must name at least one of name, "):
        campaign.edit(at=NOW)
    with pytest.raises(NotEditableError) as caught:
        evolve(campaign, deleted_at=NOW).edit(at=NOW)
    assert caught.value.reasons == (Reason.DELETED, Reason.INVALID)


@pytest.mark.parametrize(
    "field", [*(field for field in FIELDS if field not in MAY_CHANGE), "colour"]
)
def test_there_is_no_such_field_to_edit(field: str) -> None:
    campaign = in_status(DRAFT)
    strange: Any = {field: 1, "name": "y", "shape": 2}
    every = "name, permission_mode, daily_lead_limit, total_lead_limit, end_date, "
    message = (
        f"no field to edit is called {field}, shape; "
        f"there are {every}targeting, allocation, start_date"
    )
    asks: list[Callable[[], object]] = [
        lambda: campaign.edit(at=NOW, **strange),
        lambda: campaign.can("edit", **strange),
    ]
    if field not in {"id", "created_at", "client_id"}:
        strange_settings: Any = {field: 1, "shape": 2}
        asks.append(lambda: Campaign.draft(client_id=uuid4(), name="x", **strange_settings))
    for ask in asks:
        with pytest.raises(CampaignError) as caught:
            ask()
        assert caught.value.faults == (message,)


@pytest.mark.parametrize("action", [action for action in Action if action != "edit"])
def test_only_an_edit_names_fields(action: Action) -> None:
    for campaign in (in_status(DRAFT), in_status(ACTIVE, deleted_at=NOW)):
        with pytest.raises(CampaignError) as caught:
            campaign.can(action, name="y")
        assert caught.value.faults == (f"only an edit takes fields, not {action}",)


@pytest.mark.parametrize("action", ["fly", "", None, ["edit"], 1])
def test_there_is_no_such_action(action: Strange) -> None:
    with pytest.raises(CampaignError) as caught:
        in_status(DRAFT).can(action)
    known = "activate, pause, complete, edit, delete, restore, "
    assert caught.value.faults[0].startswith(f"no action is called {action!r}; there are {known}")


def test_a_life() -> None:
    campaign = Campaign.draft(client_id=uuid4(), name="x", created_at=NOW)
    campaign = campaign.edit(at=NOW, start_date=DAY).activate(at=NOW).pause(at=NOW)
    campaign = campaign.delete(at=NOW).restore(at=NOW).activate(at=NOW).complete(at=NOW)
    assert campaign.status is COMPLETED
    assert campaign.updated_at == NOW + 7 * TICK
    campaign = campaign.delete(at=NOW + TICK)
    assert campaign.deleted_at == NOW + TICK
    assert campaign.updated_at == NOW + 8 * TICK
    assert campaign.restore(at=NOW).deleted_at is None


@pytest.mark.parametrize("at", [NAIVE, None, "2026-11-23T09:00:00Z", DAY])
def test_an_act_has_an_aware_time(at: Strange) -> None:
    acts: list[Callable[[], Campaign]] = [
        lambda: in_status(DRAFT).activate(at=at),
        lambda: in_status(ACTIVE).pause(at=at),
        lambda: in_status(PAUSED).complete(at=at),
        lambda: in_status(DRAFT).edit(at=at, name="y"),
        lambda: in_status(DRAFT).delete(at=at),
        lambda: in_status(DRAFT, deleted_at=NOW).restore(at=at),
    ]
    for act in acts:
        with pytest.raises(CampaignError, match=r"^at must ") as caught:
            act()
        assert len(caught.value.faults) == 1


def test_the_last_moment_of_the_calendar() -> None:
    campaign = in_status(DRAFT, updated_at=LAST - TICK).activate(at=NOW)
    assert campaign.updated_at == LAST
    assert campaign.pause(at=NOW).updated_at == LAST


# --- Values --------------------------------------------------------------------------------------


@given(any_.campaigns())
def test_a_campaign_is_a_value(campaign: Campaign) -> None:
    assert_value(campaign)
    for twin in (copy.deepcopy(campaign), pickle.loads(pickle.dumps(campaign))):
        assert twin.updated_at.tzinfo is UTC


@settings(max_examples=25)  # slow ones
@given(any_.campaigns(), any_.campaigns())
def test_campaigns_are_equal_by_all_their_fields(one: Campaign, other: Campaign) -> None:
    same = all(getattr(one, name) == getattr(other, name) for name in FIELDS)
    assert (one == other) == same
    for name in FIELDS:
        try:
            mixed = evolve(one, **{name: getattr(other, name)})
        except CampaignError:
            continue
        assert (mixed == one) == (getattr(one, name) == getattr(other, name))


def test_a_draft_has_defaults() -> None:
    before = datetime.now(UTC)
    client_id = uuid4()
    draft = Campaign.draft(client_id=client_id, name="x")
    assert before <= draft.created_at <= datetime.now(UTC)
    assert draft == Campaign(
        id=draft.id,
        client_id=client_id,
        name="x",
        status=DRAFT,
        permission_mode=PermissionMode.CO_PILOT,
        targeting=Targeting(),
        allocation=DEFAULT_ALLOCATION,
        daily_lead_limit=50,
        total_lead_limit=None,
        start_date=None,
        end_date=None,
        created_at=draft.created_at,
        updated_at=draft.created_at,
        deleted_at=None,
    )
    assert DEFAULT_DAILY_LEAD_LIMIT == 50
    assert type(draft.id) is UUID
    assert draft.id != Campaign.draft(client_id=client_id, name="x").id


@given(any_.campaigns(status=st.just(DRAFT), deleted_at=st.none()))
def test_a_draft_may_have_settings_of_its_own(campaign: Campaign) -> None:
    settings: Any = {name: getattr(campaign, name) for name in SETTINGS}
    draft = Campaign.draft(
        client_id=campaign.client_id, id=campaign.id, created_at=campaign.created_at, **settings
    )
    assert draft == evolve(campaign, updated_at=campaign.created_at)


def test_words_and_numbers_of_other_libraries_become_what_they_stand_for() -> None:
    foreign: Any = {
        "status": "paused",
        "permission_mode": "manual",
        "daily_lead_limit": ForeignInteger(7),
        "total_lead_limit": ForeignInteger(70),
    }
    campaign = evolve(in_status(DRAFT), **foreign)
    assert campaign.status is PAUSED
    assert campaign.permission_mode is PermissionMode.MANUAL
    assert (campaign.daily_lead_limit, campaign.total_lead_limit) == (7, 70)
    assert type(campaign.daily_lead_limit) is type(campaign.total_lead_limit) is int


@given(any_.campaigns(), any_.moments())
def test_times_are_kept_in_utc(campaign: Campaign, moment: datetime) -> None:
    for name in ("created_at", "updated_at", "deleted_at"):
        changes: Any = {name: moment}
        changed = evolve(campaign, **changes)
        assert getattr(changed, name) == moment
        assert getattr(changed, name).tzinfo is UTC


# --- What is no campaign -------------------------------------------------------------------------

TOO_EARLY = datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))
NO_LIMITS: list[Any] = [*(bad for bad in NO_WHOLE_NUMBERS if bad is not None), 0, -1, MOST + 1]
NO_DAYS: list[Any] = ["2026-11-23", 20261123, NOW, NAIVE]
NO_MOMENTS: list[Any] = ["2026-11-23T09:00:00Z", 0, DAY, NAIVE, TOO_EARLY]
NO_IDS: list[Any] = [None, str(UUID(int=7)), 7, b"0123456789abcdef"]

BAD: dict[str, list[Any]] = {
    "id": NO_IDS,
    "client_id": NO_IDS,
    "name": NO_GOOD_TEXTS,
    "status": [None, "running", "Draft", 0, ["draft"]],
    "permission_mode": [None, "co-pilot", 1, {"manual"}],
    "targeting": [None, (), {"titles": ["CEO"]}],
    "allocation": [None, {"email": 100}, (100, 0, 0, 0, 0)],
    "daily_lead_limit": [*NO_LIMITS, None],
    "total_lead_limit": NO_LIMITS,
    "start_date": NO_DAYS,
    "end_date": NO_DAYS,
    "created_at": [*NO_MOMENTS, None],
    "updated_at": [*NO_MOMENTS, None],
    "deleted_at": NO_MOMENTS,
}
any_bad = st.sets(st.sampled_from(FIELDS), min_size=1).flatmap(
    lambda names: st.fixed_dictionaries({name: st.sampled_from(BAD[name]) for name in names})
)


def named(error: CampaignError) -> list[str]:
    """Return the fields that the faults of an error are about."""
    return [fault.partition(" must ")[0] for fault in error.faults]


@given(any_.campaigns(start_date=st.none(), end_date=st.none()), any_bad)
def test_no_invalid_campaign_can_be_had_and_all_that_is_wrong_is_told_at_once(
    campaign: Campaign, bad: dict[str, Any]
) -> None:
    expected = [name for name in FIELDS if name in bad]
    fields = attrs.asdict(campaign, recurse=False)
    makers: list[Callable[[], object]] = [
        lambda: Campaign(**{**fields, **bad}),
        lambda: evolve(campaign, **bad),
    ]
    if set(bad) <= set(SETTINGS):
        settings: Any = {**{name: fields[name] for name in SETTINGS}, **bad}
        makers.append(lambda: Campaign.draft(client_id=uuid4(), **settings))
        draft = evolve(campaign, status=DRAFT, deleted_at=None)
        edits: Any = bad
        makers.append(lambda: draft.edit(at=NOW, **edits))
    for make in makers:
        with pytest.raises(CampaignError) as caught:
            make()
        assert named(caught.value) == expected


@pytest.mark.parametrize(("name", "bad"), [(name, bad) for name in FIELDS for bad in BAD[name]])
def test_each_bad_value_is_refused(name: str, bad: Strange) -> None:
    with pytest.raises(CampaignError) as caught:
        evolve(in_status(ACTIVE), **{name: bad})
    assert named(caught.value) == [name]


@pytest.mark.parametrize("name", [*SETTINGS, "client_id", "id", "created_at"])
def test_no_invalid_draft_can_be_had(name: str) -> None:
    for bad in BAD[name]:
        if bad is None and name in {"id", "created_at"}:
            continue
        fields: Any = {"client_id": uuid4(), "name": "x", name: bad}
        with pytest.raises(CampaignError) as caught:
            Campaign.draft(**fields)
        assert named(caught.value) == ([name, "updated_at"] if name == "created_at" else [name])


@pytest.mark.parametrize(
    ("name", "bad", "fault"),
    [
        ("id", "7", "must be a UUID, not '7'"),
        ("client_id", None, "must be a UUID, not None"),
        ("name", " ", "must not be blank, but is ' '"),
        (
            "status",
            "running",
            f"must be a CampaignStatus ({', '.join(CampaignStatus)}), not 'running'",
        ),
        ("permission_mode", 1, f"must be a PermissionMode ({', '.join(PermissionMode)}), not 1"),
        ("targeting", None, "must be a Targeting, not None"),
        ("allocation", (100,), "must be an Allocation, not (100,)"),
        ("daily_lead_limit", 0, f"must be from 1 to {MOST}, not 0"),
        ("total_lead_limit", MOST + 1, f"must be from 1 to {MOST}, not {MOST + 1}"),
        ("total_lead_limit", True, "must be a whole number, not True"),
        ("start_date", NOW, f"must be a date, not {NOW!r}"),
        ("end_date", "today", "must be a date, not 'today'"),
        ("created_at", NAIVE, "must have a time zone, but 2026-11-23T09:00:00 has none"),
        ("updated_at", DAY, f"must be a datetime, not {DAY!r}"),
        ("deleted_at", 0, "must be a datetime, not 0"),
    ],
)
def test_what_is_wrong_in_words(name: str, bad: Strange, fault: str) -> None:
    with pytest.raises(CampaignError) as caught:
        evolve(in_status(ACTIVE), **{name: bad})
    assert caught.value.faults == (f"{name} {fault}",)


def test_what_remains_depends_on_a_progress() -> None:
    strange: Any = DAY
    with pytest.raises(CampaignError) as caught:
        in_status(ACTIVE).remaining(strange)
    assert caught.value.faults == (f"progress must be a Progress, not {DAY!r}",)


def test_the_longest_name() -> None:
    assert len(evolve(in_status(DRAFT), name="a" * 10_000).name) == 10_000
    with pytest.raises(CampaignError, match=r"^name must have at most 10,000 characters"):
        evolve(in_status(DRAFT), name="a" * 10_001)


def test_the_ends_of_the_limits() -> None:
    campaign = evolve(in_status(DRAFT), daily_lead_limit=1, total_lead_limit=MOST)
    assert (campaign.daily_lead_limit, campaign.total_lead_limit) == (1, MOST)
    campaign = evolve(campaign, daily_lead_limit=MOST, total_lead_limit=1)
    assert (campaign.daily_lead_limit, campaign.total_lead_limit) == (MOST, 1)


@given(any_.days(), any_.days())
def test_a_campaign_does_not_end_before_it_starts(start: date, end: date) -> None:
    draft = in_status(DRAFT)
    if start <= end:
        dated = draft.edit(at=NOW, start_date=start, end_date=end)
        assert (dated.start_date, dated.end_date) == (start, end)
        return
    fault = f"end_date {end} is before start_date {start}"
    makers: list[Callable[[], object]] = [
        lambda: evolve(draft, start_date=start, end_date=end),
        lambda: evolve(draft, start_date=start).edit(at=NOW, end_date=end),
        lambda: evolve(draft, end_date=end).edit(at=NOW, start_date=start),
        lambda: Campaign.draft(client_id=uuid4(), name="x", start_date=start, end_date=end),
    ]
    for make in makers:
        with pytest.raises(CampaignError) as caught:
            make()
        assert caught.value.faults == (fault,)


def test_dates_of_one_day() -> None:
    assert in_status(ACTIVE, start_date=DAY, end_date=DAY).is_running(DAY)


def test_dates_out_of_order_are_told_with_all_else() -> None:
    bad: Any = {"name": "", "start_date": DAY, "end_date": DAY - timedelta(1)}
    with pytest.raises(CampaignError) as caught:
        evolve(in_status(DRAFT), **bad)
    assert caught.value.faults == (
        "name must not be blank, but is ''",
        "end_date 2026-11-22 is before start_date 2026-11-23",
    )


class Id(UUID):
    """An id of another library that is one of Python's, too, as those of asyncpg are."""


KINDS_OF_THEIR_OWN: list[tuple[str, Any]] = [
    ("id", Id(int=1)),
    ("client_id", Id(int=2)),
    ("created_at", type("Moment", (datetime,), {})(2026, 11, 23, 9, tzinfo=UTC)),
    ("start_date", type("Day", (date,), {})(2026, 11, 23)),
]


@pytest.mark.parametrize(("field", "value"), KINDS_OF_THEIR_OWN)
@pytest.mark.parametrize(("name", "bad"), [(None, None), ("name", ""), ("end_date", date.min)])
def test_kinds_of_their_own_are_values_like_others(
    field: str, value: Strange, name: str | None, bad: Strange
) -> None:
    plain = in_status(DRAFT, start_date=DAY)
    changes = {field: value} if name is None else {field: value, name: bad}
    if name is None:
        assert evolve(plain, **changes) == plain
    else:
        with pytest.raises(CampaignError):
            evolve(plain, **changes)


# --- Running -------------------------------------------------------------------------------------


def idle(campaign: Campaign, day: date) -> set[str]:
    """Return why a campaign is not running on a day, by the rules as they are written."""
    start, end = campaign.start_date or date.min, campaign.end_date or date.max
    wrong = {
        "not_active": campaign.status != "active",
        "deleted": campaign.deleted_at is not None,
        "not_started": not start <= day,
        "ended": not day <= end,
    }
    return {reason for reason, is_so in wrong.items() if is_so}


@given(any_.campaigns(), any_.days(), st.integers(-1, 1))
def test_when_a_campaign_is_running(campaign: Campaign, day: date, off: int) -> None:
    days = [day, date.min, date.max, campaign.start_date or day, campaign.end_date or day]
    days += [d + timedelta(off) for d in days if date.min < d < date.max]
    for one in days:
        running = campaign.running(one)
        assert {reason.value for reason in running.reasons} == idle(campaign, one)
        assert campaign.is_running(one) is bool(running) is (not running.reasons)
        assert [reason for reason, _ in campaign.not_running_reasons(one)] == list(running.reasons)
        assert [message for _, message in campaign.not_running_reasons(one)] == list(
            running.messages
        )


def test_why_it_is_not_running_in_words() -> None:
    yesterday, tomorrow = DAY - timedelta(1), DAY + timedelta(1)
    late = in_status(ACTIVE, start_date=tomorrow)
    over = in_status(PAUSED, end_date=yesterday, deleted_at=NOW)
    assert late.running(DAY).messages == ("the campaign starts on 2026-11-24, after 2026-11-23",)
    assert over.running(DAY).messages == (
        "the campaign is paused, not active",
        "the campaign is deleted",
        "the campaign ended on 2026-11-22, before 2026-11-23",
    )
    assert in_status(ACTIVE).running(DAY) == Decision(allowed=True)


@pytest.mark.parametrize("bad", [None, NOW, "2026-11-23"])
def test_a_campaign_runs_on_a_day(bad: Strange) -> None:
    for ask in (
        in_status(ACTIVE).running,
        in_status(ACTIVE).is_running,
        in_status(ACTIVE).not_running_reasons,
    ):
        with pytest.raises(CampaignError) as caught:
            ask(bad)
        assert caught.value.faults == (f"day must be a date, not {bad!r}",)


# --- Room ----------------------------------------------------------------------------------------


@given(any_.campaigns(), any_.progresses())
def test_what_the_limits_leave_room_for(campaign: Campaign, progress: Progress) -> None:
    total = campaign.total_lead_limit or MOST
    daily_room = max(campaign.daily_lead_limit - progress.admitted_today, 0)
    total_room = max(total - progress.admitted_total, 0)
    room = {"daily_limit": daily_room, "total_limit": total_room}
    assert campaign.remaining(progress) == room
    assert campaign.capacity(progress) == min(daily_room, total_room)


def test_the_nearer_limit_counts() -> None:
    campaign = in_status(ACTIVE, daily_lead_limit=10, total_lead_limit=100)
    capacities = [
        campaign.capacity(Progress(DAY, today, total))
        for today, total in [(0, 0), (3, 3), (10, 10), (11, 20), (3, 95), (0, 100), (0, 101)]
    ]
    assert capacities == [10, 7, 0, 0, 5, 0, 0]


# --- Who may choose the mode ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", PermissionMode)
def test_only_a_user_may_choose_the_mode(mode: PermissionMode) -> None:
    campaign = in_status(DRAFT, permission_mode=mode)
    chosen = Reason.USER_MUST_CHOOSE_MODE
    asked: Any = {"permission_mode": PermissionMode.MANUAL}
    assert campaign.can("edit", by=Actor.user("ann"), **asked)
    assert chosen in campaign.can("edit", by=Actor.ai("scout"), **asked).reasons
    assert chosen not in campaign.can("edit", by=Actor.ai("scout"), name="y").reasons


@pytest.mark.parametrize("days", [0, 1])
def test_dates_that_fit_are_no_fault_where_something_else_is(days: int) -> None:
    start = NOW.date()
    with pytest.raises(CampaignError) as caught:
        in_status(DRAFT, name=" ", start_date=start, end_date=start + timedelta(days=days))
    assert caught.value.faults == ("name must not be blank, but is ' '",)
