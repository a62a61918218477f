"""Values as plain data: what is written can be read, and what cannot be read is all told."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import reduce
from http import HTTPStatus
from operator import getitem
from typing import Any, TypeAlias, TypeVar, cast
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.serialization import ROW_FIELDS
from campaignkit.serialization._converters import MISREAD, careful_form, quick_form
from campaignkit.serialization._read_errors import ReadError
from campaignkit.testing import strategies as values
from tests.public_names import list_public_values
from tests.storage.interruptions import OURS, Interruption
from tests.storage.test_memory_interruptions import SoftTimeLimitError

KINDS: tuple[type[object], ...] = (
    ck.ALSGate,
    ck.ALSTier,
    ck.Action,
    ck.Activate,
    ck.Actor,
    ck.planning.Advice,
    ck.Allocation,
    ck.ApprovalPreview,
    ck.AssignLeads,
    ck.Assignment,
    ck.planning.Bottleneck,
    ck.planning.BottleneckLimit,
    ck.Brief,
    ck.Campaign,
    ck.CampaignStatus,
    ck.Channel,
    ck.ChannelCounts,
    ck.ChannelLimit,
    ck.clients.Claim,
    ck.clients.ClientEvent,
    ck.clients.ClientEventKind,
    ck.ClientPolicy,
    ck.clients.ClientState,
    ck.targeting.CompanySize,
    ck.planning.ComparedMix,
    ck.planning.Comparison,
    ck.Complete,
    ck.CountPlan,
    ck.Decision,
    ck.targeting.DimensionMatch,
    ck.Fit,
    ck.Forecast,
    ck.planning.ForecastDay,
    ck.planning.HorizonComparison,
    ck.Delete,
    ck.Edit,
    ck.Event,
    ck.EventKind,
    ck.Fields,
    ck.Initiator,
    ck.Intake,
    ck.Lead,
    ck.clients.LeadEntry,
    ck.clients.LeadEntryKind,
    ck.clients.LeadRecord,
    ck.clients.LiveAssignment,
    ck.planning.Need,
    ck.Operation,
    ck.OperationOutcome,
    ck.Overflow,
    ck.Pause,
    ck.PermissionMode,
    ck.Plan,
    ck.Progress,
    ck.Prospect,
    ck.Reason,
    ck.Rejection,
    ck.Release,
    ck.ReleaseLeads,
    ck.clients.ReleasedLead,
    ck.Restore,
    ck.Suggestion,
    ck.SuggestionHead,
    ck.SuggestionState,
    ck.clients.Suppression,
    ck.Targeting,
    ck.targeting.TargetingMatch,
    ck.Verdict,
)

FEWER = settings(max_examples=max(15, settings().max_examples // 4))  # for each of so many kinds
WITHOUT_PLAIN_FORM: set[object] = {ck.planning.ShareOut, ck.planning.PoolBottleneck}
"""Their keys are of whatever kind the host gives."""
WITH_FIELDS = tuple(kind for kind in KINDS if not issubclass(kind, StrEnum))


K = TypeVar("K")
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def test_every_public_value_is_here() -> None:
    public: set[object] = {value for _, value in list_public_values() if inspect.isclass(value)}
    assert {thing for thing in public if is_value(thing)} - WITHOUT_PLAIN_FORM <= set(KINDS)


def is_value(thing: object) -> bool:
    return isinstance(thing, type) and (attrs.has(thing) or issubclass(thing, StrEnum))


# --- there and back --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@FEWER
@given(data=st.data())
def test_every_value_comes_back(kind: type[object], data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))
    plain = ck.to_dict(value)
    copy = ck.from_dict(kind, plain)
    assert type(copy) is kind
    assert copy == value
    assert ck.from_json(kind, ck.to_json(value)) == value
    assert ck.from_json(kind, ck.to_json(value).encode()) == value
    # Nor does a score of 90.0 become one of 90, which would be equal.
    assert ck.to_json(copy) == ck.to_json(value) == json.dumps(plain, ensure_ascii=False)
    assert set(map(type, pieces_of(plain))) <= {dict, list, str, int, float, bool, type(None)}


def pieces_of(plain: Json) -> Iterator[Json]:
    yield plain
    if isinstance(plain, dict):
        assert set(map(type, plain)) <= {str}
        for piece in plain.values():
            yield from pieces_of(piece)
    elif isinstance(plain, list):
        for piece in plain:
            yield from pieces_of(piece)


@given(values.campaigns())
def test_every_campaign_comes_back_from_its_row(campaign: ck.Campaign) -> None:
    row = ck.to_dict(campaign, flat=True)
    assert tuple(row) == tuple(ROW_FIELDS)
    assert ck.from_dict(ck.Campaign, row, flat=True) == campaign
    assert ck.from_json(ck.Campaign, ck.to_json(campaign, flat=True), flat=True) == campaign
    nested = ck.to_dict(campaign)
    for column, (field, part) in ROW_FIELDS.items():
        assert row[column] == (nested[field] if part is None else nested[field][part])


@given(values.moments().map(lambda at: at.astimezone(UTC)), st.uuids())
def test_times_and_ids_are_written_as_python_does(at: datetime, an_id: UUID) -> None:
    made = ck.Campaign.draft(client_id=an_id, name="x", created_at=at, start_date=at.date())
    plain = ck.to_dict(made)
    assert plain["created_at"] == at.isoformat()
    assert plain["start_date"] == at.date().isoformat()
    assert plain["client_id"] == str(an_id)


CAMPAIGN = ck.Campaign(
    id=UUID(int=1),
    client_id=UUID(int=2),
    name="Zürich",
    status=ck.CampaignStatus.ACTIVE,
    targeting=ck.Targeting(titles=["CEO"], company_sizes=["11-50", "500+"]),
    total_lead_limit=1_000,
    start_date=date(2026, 11, 1),
    created_at=datetime(2026, 11, 1, 9, tzinfo=UTC),
    updated_at=datetime(2026, 11, 23, 9, 30, 0, 250, tzinfo=UTC),
)
NESTED: Mapping[str, Any] = {
    "id": "00000000-0000-0000-0000-000000000001",
    "client_id": "00000000-0000-0000-0000-000000000002",
    "name": "Zürich",
    "status": "active",
    "permission_mode": "co_pilot",
    "targeting": {
        "industries": [],
        "titles": ["CEO"],
        "company_sizes": ["11-50", "500+"],
        "locations": [],
    },
    "allocation": {channel.value: share for channel, share in ck.DEFAULT_ALLOCATION.items()},
    "daily_lead_limit": 50,
    "total_lead_limit": 1_000,
    "start_date": "2026-11-01",
    "end_date": None,
    "created_at": "2026-11-01T09:00:00+00:00",
    "updated_at": "2026-11-23T09:30:00.000250+00:00",
    "deleted_at": None,
}
FLAT: Mapping[str, Any] = {
    "id": "00000000-0000-0000-0000-000000000001",
    "client_id": "00000000-0000-0000-0000-000000000002",
    "name": "Zürich",
    "status": "active",
    "permission_mode": "co_pilot",
    "target_industries": [],
    "target_titles": ["CEO"],
    "target_company_sizes": ["11-50", "500+"],
    "target_locations": [],
    **{f"{channel}_allocation": share for channel, share in ck.DEFAULT_ALLOCATION.items()},
    "daily_lead_limit": 50,
    "total_lead_limit": 1_000,
    "start_date": "2026-11-01",
    "end_date": None,
    "created_at": "2026-11-01T09:00:00+00:00",
    "updated_at": "2026-11-23T09:30:00.000250+00:00",
    "deleted_at": None,
}


def test_the_forms_of_a_campaign() -> None:
    assert ck.to_dict(CAMPAIGN) == NESTED
    assert ck.to_dict(CAMPAIGN, flat=True) == FLAT
    assert '"name": "Zürich"' in ck.to_json(CAMPAIGN)


EMAIL, SMS = ck.Channel.EMAIL, ck.Channel.SMS


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (EMAIL, "email"),
        (
            ck.Lead("a", 90, frozenset({SMS, EMAIL})),
            {"id": "a", "als_score": 90, "reachable": ["email", "sms"]},
        ),
        (ck.Lead(7, 84.5, frozenset()), {"id": 7, "als_score": 84.5, "reachable": []}),
        (
            ck.Lead(UUID(int=7), None, frozenset({SMS})),
            {
                "id": {"uuid": "00000000-0000-0000-0000-000000000007"},
                "als_score": None,
                "reachable": ["sms"],
            },
        ),
        (
            ck.ChannelCounts({SMS: 3}),
            {channel.value: 3 * (channel is SMS) for channel in ck.Channel},
        ),
        (
            ck.ALSGate(bounds={"hot": 90, "warm": 50.5, "cool": 30, "cold": 10}, channels={}),
            {
                "bounds": {"hot": 90, "warm": 50.5, "cool": 30, "cold": 10},
                "channels": {"hot": [], "warm": [], "cool": [], "cold": [], "dead": []},
            },
        ),
    ],
    ids=["enum", "text id", "int id", "uuid id", "counts", "gate"],
)
def test_forms(value: object, plain: object) -> None:
    assert ck.to_dict(value) == plain
    assert ck.from_dict(type(value), plain) == value


def test_mappings_whose_keys_are_no_text_are_lists_of_entries() -> None:
    some = frozenset({SMS, EMAIL})
    counted = ck.plan_counts(ck.Allocation(email=50, sms=50), {some: 2})
    assert ck.to_dict(counted)["by_eligibility"] == [
        {"channels": ["email", "sms"], "counts": ck.to_dict(ck.ChannelCounts({EMAIL: 1, SMS: 1}))}
    ]
    planned = ck.plan(ck.Allocation(email=100), [ck.Lead(1, 90), ck.Lead(2)])
    assert ck.to_dict(planned)["assignments"] == [{"id": 1, "channel": "email"}]
    assert ck.to_dict(planned)["unassigned"] == [{"id": 2, "reason": "unscored"}]


def test_absent_fields_have_their_defaults() -> None:
    required = ("id", "client_id", "name", "created_at", "updated_at")
    least = ck.Campaign(**{name: getattr(CAMPAIGN, name) for name in required})
    assert ck.from_dict(ck.Campaign, {name: NESTED[name] for name in required}) == least
    assert ck.from_dict(ck.Campaign, {name: FLAT[name] for name in required}, flat=True) == least
    assert ck.from_dict(ck.ChannelCounts, {"sms": 3}) == ck.ChannelCounts({SMS: 3})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T09:00:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23T09:00:00.5+00:00", datetime(2026, 11, 23, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23T20:00:00+11:00", datetime(2026, 11, 23, 9, tzinfo=UTC)),
    ],
)
def test_moments_of_any_offset_are_kept_in_utc(text: str, moment: datetime) -> None:
    campaign = ck.from_dict(ck.Campaign, {**NESTED, "created_at": text})
    assert campaign.created_at == moment
    assert campaign.created_at.tzinfo is UTC


# --- what cannot be read -----------------------------------------------------------------------


def faults_of(read: Callable[..., object], *args: object, **options: object) -> tuple[str, ...]:
    with pytest.raises(ck.StructureError) as caught:
        read(*args, **options)
    return caught.value.faults


Path: TypeAlias = tuple[str | int, ...]

BREAKAGES: Mapping[Path, tuple[object, str]] = {
    ("id",): ("{00000000-0000-0000-0000-000000000001}", "must be a UUID such as"),
    ("client_id",): (2, "must be a UUID such as"),
    ("name",): (" ", "must not be blank, but is ' '"),
    ("status",): ("Active", "must be one of draft, active, paused, completed, not 'Active'"),
    ("permission_mode",): (None, "must be one of autopilot, co_pilot, manual, not None"),
    ("targeting", "titles"): ("CEO", "must be a list, not 'CEO'"),
    ("targeting", "company_sizes", 1): ("many", "company size must be such as '1-10'"),
    ("targeting", "locations"): ({}, "must be a list, not {}"),
    ("allocation", "email"): ("40", "must be a whole number, not '40'"),
    ("allocation", "linkedin"): (30.0, "must be a whole number, not 30.0"),
    ("allocation", "voice"): (120, "must be from 0 to 100, not 120"),
    ("allocation", "sms"): (True, "must be a whole number, not True"),
    ("daily_lead_limit",): (0, "must be from 1 to 2147483647, not 0"),
    ("total_lead_limit",): (10**5_000, "must be from 1 to 2147483647, not a very large int"),
    ("start_date",): ("20261101", "must be a date such as '2026-11-23', not '20261101'"),
    ("end_date",): ("2026-02-30", "must be a date such as '2026-11-23', not '2026-02-30'"),
    ("created_at",): ("2026-11-01T09:00:00", "must be a date and time with its offset"),
    ("updated_at",): ("9999-12-31T23:59:59-01:00", "must lie within the years 1 to 9999 in UTC"),
    ("deleted_at",): (1, "must be a date and time with its offset"),
    ("targeting", "fax"): (
        [],
        "is unknown; there are industries, titles, company_sizes, locations",
    ),
    ("fax",): (None, "is unknown; there are id, client_id, name"),
}


def broken(plain: Mapping[str, Any], breakages: Mapping[Path, object]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(plain))
    for (*outer, last), piece in breakages.items():
        inner: Any = reduce(getitem, outer, cast("Any", copy))
        inner[last] = piece
    return copy


def shown(path: Path) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


@given(st.sets(st.sampled_from(list(BREAKAGES)), min_size=1))
def test_all_faults_are_told_with_their_paths(paths: set[Path]) -> None:
    told = faults_of(
        ck.from_dict, ck.Campaign, broken(NESTED, {path: BREAKAGES[path][0] for path in paths})
    )
    assert len(told) == len(paths)
    for path in paths:
        (fault,) = (fault for fault in told if fault.startswith(f"{shown(path)}: "))
        assert BREAKAGES[path][1] in fault


COLUMNS: Mapping[Path, str] = {
    (field,) if part is None else (field, part): column
    for column, (field, part) in ROW_FIELDS.items()
}


@given(st.sets(st.sampled_from([path for path in BREAKAGES if path[:2] in COLUMNS]), min_size=1))
def test_all_faults_of_a_row_are_told_with_their_columns(paths: set[Path]) -> None:
    in_row: dict[Path, Path] = {path: (COLUMNS[path[:2]], *path[2:]) for path in paths}
    row = broken(FLAT, {in_row[path]: BREAKAGES[path][0] for path in paths})
    told = faults_of(ck.from_dict, ck.Campaign, row, flat=True)
    assert len(told) == len(paths)
    for path in paths:
        (fault,) = (fault for fault in told if fault.startswith(f"{shown(in_row[path])}: "))
        assert BREAKAGES[path][1] in fault


def test_what_the_fields_are_together_is_told_as_well() -> None:
    wrong = broken(
        NESTED,
        {
            ("name",): 5,
            ("end_date",): "2026-10-01",
            ("allocation", "email"): 41,
            ("targeting", "titles"): ["CEO", 5, ""],
        },
    )
    del wrong["client_id"]
    assert set(faults_of(ck.from_dict, ck.Campaign, wrong)) == {
        "$.client_id: is missing",
        "$.name: must be text, not 5",
        "$.targeting.titles[1]: must be text, not 5",
        "$.targeting.titles[2]: must not be blank, but is ''",
        "$.allocation: shares must add up to 100, not 41 + 30 + 20 + 5 + 5 = 101",
        "$.end_date: 2026-10-01 is before start_date 2026-11-01",
    }
    row = {**FLAT, "mail_allocation": 6}
    assert faults_of(ck.from_dict, ck.Campaign, row, flat=True) == (
        "$: shares must add up to 100, not 40 + 30 + 20 + 5 + 6 = 101",
    )


CHANNELS = ", ".join(ck.Channel)
ROOM = dict.fromkeys((channel.value for channel in ck.Channel), 0)
A_UUID = "01234567-89ab-4cde-8f01-23456789abcd"


FAULTS: list[tuple[type[object], object, list[str]]] = [
    (ck.Channel, "fax", [f"$: must be one of {CHANNELS}, not 'fax'"]),
    (ck.Channel, ["sms"], [f"$: must be one of {CHANNELS}, not ['sms']"]),
    (ck.Lead, ["a"], ["$: must be an object, not ['a']"]),
    # What the class itself takes is not always its plain form.
    (ck.Targeting, {"titles": ("CEO",)}, ["$.titles: must be a list, not ('CEO',)"]),
    (
        ck.Allocation,
        {"email": HTTPStatus.CONTINUE},
        ["$.email: must be a whole number, not <HTTPStatus.CONTINUE: 100>"],
    ),
    (
        ck.Lead,
        {"id": " ", "als_score": 101},
        [
            "$.id: must not be blank, but is ' '",
            "$.als_score: must be a number from 0 to 100, not 101",
        ],
    ),
    (
        ck.Lead,
        {"id": 1.0, "als_score": "90"},
        [
            '$.id: must be text, a whole number or a UUID such as {"uuid": "…"}, not 1.0',
            "$.als_score: must be a number from 0 to 100, not '90'",
        ],
    ),
    (
        ck.Lead,
        {"id": True},
        [
            '$.id: must be text, a whole number or a UUID such as {"uuid": "…"}, not True',
        ],
    ),
    (
        ck.Lead,
        {"id": {"uid": A_UUID}},
        [
            "$.id.uid: is unknown; there are uuid",
            "$.id.uuid: is missing",
        ],
    ),
    (
        ck.Lead,
        {"id": {"uuid": "a"}},
        [
            "$.id.uuid: must be a UUID such as '01234567-89ab-4cde-8f01-23456789abcd', not 'a'",
        ],
    ),
    (
        ck.Lead,
        {"id": "a", "reachable": ["sms", "fax", "sms", "fax"]},
        [
            f"$.reachable[1]: must be one of {CHANNELS}, not 'fax'",
            "$.reachable[2]: 'sms' comes more than once",
            f"$.reachable[3]: must be one of {CHANNELS}, not 'fax'",
        ],
    ),
    (
        ck.ChannelCounts,
        {"email": 1.5, "sms": -1, "fax": 0},
        [
            "$.email: must be a whole number, not 1.5",
            f"$.fax: must be one of {CHANNELS}, not 'fax'",
            "$.sms: must be a whole number of 0 or more, not -1",
        ],
    ),
    (
        ck.Progress,
        {"admitted_today": 3, "admitted_total": 2},
        [
            "$.admitted_today: 3 is more than admitted_total 2",
        ],
    ),
    (
        ck.Progress,
        {"epoch": "0", "allocation": {"sms": 100, "fax": 0}},
        [
            f"$.allocation.fax: is unknown; there are {CHANNELS}",
            "$.epoch: must be a whole number, not '0'",
        ],
    ),
    (ck.targeting.CompanySize, {"low": "1", "high": 0}, ["$.low: must be a whole number, not '1'"]),
    (
        ck.targeting.CompanySize,
        {"low": 5, "high": 1},
        [
            "$: company size: high must be 5 or more, not 1",
        ],
    ),
    (
        ck.Decision,
        {"allowed": 1, "reasons": ["ended", "late"], "messages": [2]},
        [
            "$.allowed: must be true or false, not 1",
            f"$.reasons[1]: must be one of {', '.join(ck.Reason)}, not 'late'",
            "$.messages[0]: must be text, not 2",
        ],
    ),
    (
        ck.Actor,
        {"kind": "robot", "name": ""},
        [
            "$.kind: must be one of user, ai, not 'robot'",
            "$: name of actor must not be blank, but is ''",
        ],
    ),
    (
        ck.CountPlan,
        {
            "counts": {},
            "target": {},
            "by_eligibility": [
                {"channels": ["email"], "counts": ROOM},
                {"channels": [], "counts": ROOM},
                {"channels": ["email"], "counts": ROOM, "n": 1},
                {"channels": ["email"], "counts": ROOM},
            ],
            "held": 0,
            "bottlenecks": {},
        },
        [
            "$.by_eligibility[2].n: is unknown; there are channels, counts",
            "$.by_eligibility[2].channels: ['email'] comes more than once",
            "$.by_eligibility[3].channels: ['email'] comes more than once",
            "$.bottlenecks: must be a list, not {}",
        ],
    ),
]


@pytest.mark.parametrize(("kind", "plain", "faults"), FAULTS)
def test_faults(kind: type[object], plain: object, faults: list[str]) -> None:
    assert list(faults_of(ck.from_dict, kind, plain)) == faults


AI, MONDAY = ck.Actor.ai("scout"), date(2026, 11, 23)
EDIT = ck.Edit(name="Zug", total_lead_limit=None)
PREVIEW = ck.ApprovalPreview(
    suggestion=ck.Suggestion(
        id=UUID(int=3),
        campaign_id=CAMPAIGN.id,
        command=EDIT,
        by=AI,
        at=CAMPAIGN.created_at,
        before=ck.Suggestion.basis(CAMPAIGN, EDIT),
    ).head,
    command=EDIT,
    outcome=CAMPAIGN,
    changes={"total_lead_limit": (500, None), "day": (MONDAY, date(2026, 11, 24)), "sms": (2, 1)},
)


def test_the_form_of_a_preview_of_an_approval() -> None:
    plain = ck.to_dict(PREVIEW)
    assert plain["outcome"] == {"campaign": NESTED}
    assert plain["changes"] == {
        "total_lead_limit": {"then": 500, "now": None},
        "day": {"then": "2026-11-23", "now": "2026-11-24"},
        "sms": {"then": 2, "now": 1},
    }
    assert ck.from_dict(ck.ApprovalPreview, plain) == PREVIEW


@pytest.mark.parametrize(
    ("broken", "faults"),
    [
        ({"outcome": {}}, ["$.outcome: must have one of campaign, intake, release"]),
        (
            {"outcome": {"campaign": NESTED, "release": 1}},
            [
                "$.outcome.release: must be an object, not 1",
                "$.outcome: must have one of campaign, intake, release",
            ],
        ),
        (
            {"outcome": {"plan": {}}},
            [
                "$.outcome.plan: is unknown; there are campaign, intake, release",
                "$.outcome: must have one of campaign, intake, release",
            ],
        ),
        ({"changes": {"sms": {"then": 1}}}, ["$.changes.sms.now: is missing"]),
        ({"changes": {"sms": [1, 2]}}, ["$.changes.sms: must be an object, not [1, 2]"]),
        (
            {"changes": {"day": {"then": "soon", "now": 1, "later": 2}, "fax": {}}},
            [
                "$.changes.fax: is unknown; there are name,",
                "$.changes.day.later: is unknown; there are then, now",
                "$.changes.day.then: must be a date",
                "$.changes.day.now: must be a date",
            ],
        ),
    ],
)
def test_faults_of_a_preview(broken: dict[str, object], faults: list[str]) -> None:
    told = faults_of(ck.from_dict, ck.ApprovalPreview, {**ck.to_dict(PREVIEW), **broken})
    for fault, words in zip(told, faults, strict=True):
        assert fault.startswith(words)


def test_keys_that_are_no_names_are_quoted_in_paths() -> None:
    plain: Json = {"assignments": {"lead 1": {}}, "already": {}, "deferred": {}, "unassigned": {}}
    told = faults_of(ck.from_dict, ck.Intake, plain)
    assert "$.assignments['lead 1'].channel: is missing" in told


@pytest.mark.parametrize("kind", [int, dict, object, ck.CampaignService, list[int], None])
def test_what_is_no_value_has_no_plain_form(kind: object) -> None:
    (fault,) = faults_of(ck.from_dict, kind, {})
    assert "plain form" in fault


@pytest.mark.parametrize("value", [1, {}, None, object(), [CAMPAIGN]])
def test_nor_can_it_be_written(value: object) -> None:
    (fault,) = faults_of(ck.to_dict, value)
    assert "has no plain form" in fault


@pytest.mark.parametrize("horizon", ["pool", "20", 0, 1.0, True, None, []])
def test_what_is_no_horizon_is_refused_with_what_is_one(horizon: Json) -> None:
    plain = ck.to_dict(ck.AssignLeads([], date(2026, 11, 23), 20)) | {"horizon": horizon}
    (fault,) = faults_of(ck.from_dict, ck.AssignLeads, plain)
    wanted = '$.horizon: must be a number of days from 1 to 100,000, or "end", not '
    assert fault == f"{wanted}{horizon!r}"


def test_a_pool_that_is_shared_out_has_no_plain_form_either() -> None:
    shared = ck.share_out([ck.Lead("a", 90)], {"north": 1})
    assert faults_of(ck.to_dict, shared) == ("a value of kind ShareOut has no plain form",)
    assert faults_of(ck.from_dict, type(shared), {}) == faults_of(ck.to_dict, shared)


def test_only_a_campaign_is_a_row() -> None:
    expected = ("flat: only a campaign is a row, not a value of kind Allocation",)
    assert faults_of(ck.to_dict, ck.DEFAULT_ALLOCATION, flat=True) == expected
    assert faults_of(ck.from_dict, ck.Allocation, {}, flat=True) == expected
    assert faults_of(ck.from_dict, ck.Campaign, [], flat=True) == ("$: must be an object, not []",)


def test_a_number_that_json_lacks_is_not_written() -> None:
    unchecked: Any = float("nan")
    with pytest.raises(ck.StructureError, match="cannot be JSON"):
        ck.to_json(ck.planning.Need(1, (), frozenset({SMS}), als_score=unchecked))


# --- JSON ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "$: is not JSON: Expecting value"),
        ("{} {}", "$: is not JSON: Extra data"),
        ('{"als_score": NaN}', "$: is not JSON: NaN is no number"),
        ('{"als_score": -Infinity}', "$: is not JSON: -Infinity is no number"),
        ('{"id": 1' + "0" * 5_000 + "}", "$: is not JSON: Exceeds the limit"),
        (b'{"id": "\xff"}', "$: is not UTF-8: invalid start byte at byte 8"),
        ('{"id": "a"}'.encode("utf-16"), "$: is not UTF-8"),
        (b'\xef\xbb\xbf{"id": "a"}', "$: is not JSON: Unexpected UTF-8 BOM"),
        ("[" * 200_000, "$: is nested too deeply"),
        (None, "$: is not JSON"),
    ],
)
def test_what_is_no_json(text: object, words: str) -> None:
    (fault,) = faults_of(ck.from_json, ck.Lead, text)
    assert fault.startswith(words)


def test_a_key_comes_once() -> None:
    text = """{
        "id": {"uuid": "a", "uuid": "01234567-89ab-4cde-8f01-23456789abcd"},
        "als_score": 1, "als_score": 2, "als_score": 3, "fax": {"x": 1, "x": 1}
    }"""
    assert faults_of(ck.from_json, ck.Lead, text) == (
        "$.fax: is unknown; there are id, als_score, reachable",
        "$.als_score: comes more than once",
        "$.id.uuid: comes more than once",
    )
    assert faults_of(ck.from_json, ck.ChannelCounts, '{"sms": 1, "sms": 1}') == (
        "$.sms: comes more than once",
    )
    row = json.dumps(FLAT)[:-1] + ', "name": "again"}'
    assert faults_of(ck.from_json, ck.Campaign, row, flat=True) == ("$.name: comes more than once",)


@given(st.data())
def test_no_doubled_key_slips_through(data: st.DataObject) -> None:
    kinds: list[type[object]] = [ck.Campaign, ck.Progress, ck.ALSGate]
    value = data.draw(st.sampled_from(kinds).flatmap(st.from_type))
    text = ck.to_json(value)
    assert ck.from_json(type(value), text) == value
    opened = [i for i, mark in enumerate(text) if mark == "{"]
    at = data.draw(st.sampled_from(opened)) + 1
    first = text[at:].partition(":")[0]
    told = faults_of(ck.from_json, type(value), f"{text[:at]}{first}: 0, {text[at:]}")
    assert [fault for fault in told if fault.endswith("comes more than once")]


# --- whatever comes --------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["id", "uuid", "email", "sms", "hot", "active", "channels", "counts", "2026-11-23", A_UUID]
)
TEXTS = st.text(st.characters()) | WORDS  # NUL and lone surrogates among them
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXTS
    | st.sampled_from(["2026-11-23T09:00:00Z", "2026-11-23T09:00:00"])
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


def check_reading(kind: type[object], plain: object) -> None:
    """Check that this is read, or refused by our error alone, and that both readers agree."""
    try:
        value = ck.from_dict(kind, plain)
    except ck.StructureError as error:
        faults = error.faults
    else:
        assert type(value) is kind
        assert ck.from_dict(kind, ck.to_dict(value)) == value
        assert quick_form(kind).read(plain) == careful_form(kind).read(plain) == value
        return
    assert faults
    assert all(fault.startswith("$") for fault in faults)
    with pytest.raises(ReadError):
        careful_form(kind).read(plain)
    with pytest.raises(MISREAD):
        quick_form(kind).read(plain)


@given(st.sampled_from(KINDS), ANYTHING)
def test_anything_is_read_or_refused(kind: type[object], plain: object) -> None:
    check_reading(kind, plain)


@pytest.mark.parametrize("kind", WITH_FIELDS)
@FEWER
@given(data=st.data())
def test_what_was_tampered_with_is_read_or_refused(kind: type[object], data: st.DataObject) -> None:
    check_reading(kind, tampered(data, ck.to_dict(data.draw(st.from_type(kind)))))


@given(data=st.data())
def test_a_row_that_was_tampered_with_is_read_or_refused(data: st.DataObject) -> None:
    row = tampered(data, ck.to_dict(data.draw(values.campaigns()), flat=True))
    try:
        campaign = ck.from_dict(ck.Campaign, row, flat=True)
    except ck.StructureError as error:
        faults = error.faults
    else:
        assert ck.from_dict(ck.Campaign, ck.to_dict(campaign, flat=True), flat=True) == campaign
        return
    assert faults
    columns = {re.split(r"[.\[:]", fault)[1] for fault in faults}
    assert not columns & {"targeting", "allocation"} - set(row if isinstance(row, dict) else ())


def tampered(data: st.DataObject, plain: Json) -> Json:
    """Return the plain form with one piece of it replaced, taken away or added."""
    if not isinstance(plain, dict | list) or not plain or data.draw(st.booleans()):
        anything: Json = data.draw(ANYTHING)
        return anything
    if isinstance(plain, dict):
        return with_one_tampered(data, plain, TEXTS)
    return list(with_one_tampered(data, dict(enumerate(plain)), st.just(-1)).values())


def with_one_tampered(
    data: st.DataObject, pieces: dict[K, Json], keys: st.SearchStrategy[K]
) -> dict[K, Json]:
    place = data.draw(st.sampled_from(list(pieces)))
    match data.draw(st.sampled_from(["within", "without", "with"])):
        case "within":
            return pieces | {place: tampered(data, pieces[place])}
        case "without":
            return {key: piece for key, piece in pieces.items() if key != place}
        case _:
            return pieces | {data.draw(keys): data.draw(ANYTHING)}


@pytest.mark.parametrize("flat", [False, True])
def test_what_is_nested_too_deeply_is_refused(flat: bool) -> None:  # noqa: FBT001
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    (fault,) = faults_of(ck.from_dict, ck.Campaign, {**FLAT, "name": deep}, flat=flat)[-1:]
    assert fault


# --- what is no fault of the data -----------------------------------------------------------------


@pytest.mark.parametrize("flat", [False, True])
def test_no_reader_swallows_what_a_signal_handler_raises(flat: bool) -> None:  # noqa: FBT001
    plain = ck.to_dict(CAMPAIGN, flat=flat)
    interruption = Interruption(OURS, "<cattrs generated")

    def read() -> object:
        return ck.from_dict(ck.Campaign, plain, flat=flat)

    interruption.run(read)
    interruption.run(read)  # a first time comes to lines that no other does
    lines = len(interruption.places)
    assert lines > 10
    for at in range(lines):
        error = SoftTimeLimitError()
        assert interruption.run(read, at, error) is error, interruption.places[at]
