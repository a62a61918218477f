"""Every public callable, each of its arguments, and what a caller should not pass.

Only the library's own errors may come of it, and their messages name the argument; or the call
succeeds, and what it returns is made of nothing but Python's own kinds of values. A public callable
without a recipe here fails the test, so none is forgotten.
"""

# What is tried here is of no type that a checker would let pass.
# pyright: basic, reportMissingTypeStubs=false

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from itertools import count, islice
from types import FrameType, ModuleType
from typing import Any, TypeVar
from uuid import UUID

import attrs
import polars as pl
import pytest
from hypothesis import settings
from sqlalchemy import Column, MetaData, Table, Text, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

import campaignkit as ck
from campaignkit import frames, mcp, notebook, storage, testing, tools
from campaignkit.serialization._rows import ROW_FIELDS
from campaignkit.storage import sqlalchemy as sql
from tests.odd_values import ODD, HostileError, look_alikes
from tests.public_names import MODULES

MADE = datetime(2026, 11, 1, tzinfo=UTC)
DAY = date(2026, 11, 23)
CLIENT, CAMPAIGN, SUGGESTION = UUID(int=2), UUID(int=1), UUID(int=3)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
EMAIL, HOT = ck.Channel.EMAIL, ck.ALSTier.HOT
LEAD = ck.Lead("a", 90)
COUNTS = ck.ChannelCounts({"email": 1})
PLAN = ck.plan(ck.DEFAULT_ALLOCATION, [LEAD])
ASSIGNED = ck.Assignment("a", EMAIL, HOT, 90, DAY, 0)
PROGRESS = ck.Progress(DAY, allocation=ck.DEFAULT_ALLOCATION)
DRAFT = ck.Campaign.draft(id=CAMPAIGN, client_id=CLIENT, name="Sydney", created_at=MADE)
ACTIVE = DRAFT.activate(at=MADE)
INTAKE = ck.intake(ACTIVE, [LEAD], progress=PROGRESS)
YES = ck.targeting.DimensionMatch(ck.Fit.YES)
ADVICE = ck.allocation_advice(ck.DEFAULT_ALLOCATION, {frozenset(ck.Channel): 30})
NEED = ck.planning.Need(1, (HOT,), frozenset({EMAIL}))
BEGUN = ck.Event(
    campaign_id=CAMPAIGN,
    kind=ck.EventKind.CREATED,
    by=ANN,
    at=MADE,
    after=ck.Fields.of(DRAFT),
)
SUGGESTED = ck.Suggestion(
    id=SUGGESTION,
    campaign_id=CAMPAIGN,
    command=ck.Activate(),
    by=SCOUT,
    at=MADE,
    before=ck.Suggestion.basis(DRAFT, ck.Activate()),
)
OFFERED = attrs.evolve(
    SUGGESTED,
    command=ck.AssignLeads([LEAD], DAY),
    before=ck.Suggestion.basis(DRAFT, ck.AssignLeads([LEAD], DAY)),
    digest="",
)
FORECAST = ck.forecast(DRAFT, [LEAD], days=1, progress=PROGRESS)
FORECAST_DAY = FORECAST.days[0]
SHARED = ck.share_out([LEAD], {"a": 1, "b": 1})
COMPARISON = ck.compare({"asked": ck.DEFAULT_ALLOCATION}, [LEAD])
MATCH = ck.Targeting().match(ck.Prospect())
POLICY = ck.ClientPolicy(
    one_campaign_per_lead=True, cooldown=30, channel_limits={"sms": ck.ChannelLimit(per_day=5)}
)
STOP = ck.Suppression("a", ck.Channel.SMS, DAY, by=ANN, at=MADE, reason="asked")
CLIENT_EVENT = ck.ClientEvent(
    client_id=CLIENT, kind=ck.ClientEventKind.POLICY_SET, by=ANN, at=MADE, after=POLICY
)
ENTRY = ck.LeadEntry(kind=ck.LeadEntryKind.ADMITTED, campaign_id=CAMPAIGN, day=DAY)
EDITS: Mapping[str, object] = {
    "name": "Hobart",
    "permission_mode": "manual",
    "targeting": ck.Targeting(),
    "allocation": ck.DEFAULT_ALLOCATION,
    "daily_lead_limit": 5,
    "total_lead_limit": 9,
    "start_date": DAY,
    "end_date": DAY,
}

FRAME = pl.DataFrame({"lead_id": ["a"], "als_score": [90], "phone": [True], "campaign": ["x"]})
DONE = frames.allocate(FRAME, ck.DEFAULT_ALLOCATION)
LOOP = asyncio.new_event_loop()
ENGINE = create_engine("sqlite://")
LEDGER = ENGINE.connect()
TABLES = sql.define_tables(MetaData(), clients=None)
TABLES.campaigns.metadata.create_all(LEDGER)
ASYNC_ENGINE = create_async_engine("sqlite+aiosqlite://")

GOOD: Mapping[str, Callable[[], object]] = {
    "action": lambda: "pause",
    "after": lambda: None,
    "allocation": lambda: ck.DEFAULT_ALLOCATION,
    "scale": lambda: (0, 100),
    "backend": lambda: "pyarrow",
    "already": lambda: {"a": ASSIGNED},
    "at": lambda: MADE,
    "at_most": lambda: {"email": 1},
    "before": lambda: DRAFT,
    "by": lambda: ANN,
    "campaign": lambda: DRAFT,
    "campaign_id": lambda: CAMPAIGN,
    "campaigns": lambda: [DRAFT],
    "carried": lambda: {"email": 1},
    "command": ck.Activate,
    "channel": lambda: "email",
    "client": ck.clients.ClientState,
    "contacted": lambda: ["a"],
    "client_id": lambda: CLIENT,
    "counts": lambda: COUNTS,
    "day": lambda: DAY,
    "days": lambda: 2,
    "decide": lambda: lambda _: storage.Writes(),
    "eligible": lambda: {frozenset(ck.Channel): 30},
    "events": lambda: [BEGUN],
    "flat": lambda: False,
    "format_spec": lambda: ">20",
    "address": lambda: "ann@example.com",
    "key": lambda: "name",
    "forecast": lambda: FORECAST,
    "gate": lambda: ck.DEFAULT_GATE,
    "horizon": lambda: 2,
    "horizons": lambda: [1, "pool"],
    "tier": lambda: ck.ALSTier.HOT,
    "weights": lambda: {"a": 1},
    "fits": lambda: None,
    "lead": lambda: LEAD,
    "lead_id": lambda: "a",
    "lead_ids": lambda: ["a"],
    "leads": lambda: [LEAD],
    "mixes": lambda: {"asked": ck.DEFAULT_ALLOCATION},
    "name": lambda: "ann",
    "other": lambda: ck.targeting.CompanySize(1, 10),
    "overflow": lambda: "hold",
    "pool": lambda: [LEAD],
    "progress": lambda: PROGRESS,
    "prospect": lambda: ck.Prospect(title="CEO"),
    "query": lambda: storage.SnapshotQuery(CLIENT, CAMPAIGN),
    "score": lambda: 50,
    "share": lambda: 50,
    "state": lambda: ck.SuggestionState.REJECTED,
    "suggestion_id": lambda: SUGGESTION,
    "text": lambda: "11-50",
    "url": lambda: "sqlite://",
    "value": lambda: LEAD,
    "reason": lambda: "no",
    "head": lambda: OFFERED.head,
    "why": lambda: "no",
}
"""A good value for every argument of this name, unless the recipe of a callable has another."""


CLIENT_QUERY = storage.ClientSnapshotQuery(CLIENT, ["a"], live=True)

TOOL_CALL = {"name": "pause_campaign", "arguments": {"campaign_id": str(CAMPAIGN)}}

S = TypeVar("S", bound=storage.Store)


def _filled(store: S) -> S:
    store.add(DRAFT, [BEGUN])
    store.transact(CLIENT, CAMPAIGN, lambda _: storage.Writes(suggestions=(SUGGESTED,)))
    return store


def _store() -> storage.MemoryStore:
    store = _filled(storage.MemoryStore())
    store.adopt_client(CLIENT)
    return store


OPENED: list[sql.AsyncSQLAlchemyStore] = []
"""The stores that a test has opened, with threads and connections to close."""


@pytest.fixture(autouse=True)
def _close_stores() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # for each test
    yield
    while OPENED:
        LOOP.run_until_complete(OPENED.pop().close())


async def _async_store() -> sql.AsyncSQLAlchemyStore:
    store = await sql.AsyncSQLAlchemyStore.open("sqlite://")
    OPENED.append(store)
    await store.add(DRAFT, [BEGUN])
    await store.transact(CLIENT, CAMPAIGN, lambda _: storage.Writes(suggestions=(SUGGESTED,)))
    return store


class _ShortKit(testing.StoreKit):
    def settings(self) -> settings:
        return settings(max_examples=1, stateful_step_count=1, database=None)


def _active_store() -> storage.MemoryStore:
    store = storage.MemoryStore()
    store.add(ACTIVE)
    return store


def _table(metadata: MetaData | None = None) -> Table:
    return Table("host", metadata or MetaData(), *(Column(name) for name in ROW_FIELDS))


SELF: Mapping[type, Callable[[], object]] = {
    ck.ALSGate: lambda: ck.DEFAULT_GATE,
    ck.Actor: lambda: ANN,
    ck.planning.Advice: lambda: ADVICE,
    ck.Allocation: lambda: ck.DEFAULT_ALLOCATION,
    ck.AssignLeads: lambda: ck.AssignLeads([LEAD], DAY),
    ck.Assignment: lambda: ASSIGNED,
    ck.AsyncCampaignService: lambda: ck.AsyncCampaignService(storage.AsyncMemoryStore(_store())),
    ck.planning.Bottleneck: lambda: ck.planning.Bottleneck(frozenset({EMAIL}), 1, 2),
    ck.Brief: lambda: DRAFT.brief(DAY, PROGRESS),
    ck.Campaign: lambda: DRAFT,
    ck.CampaignService: lambda: ck.CampaignService(_store()),
    ck.ChannelCounts: lambda: COUNTS,
    ck.ChannelLimit: lambda: ck.ChannelLimit(17, 100),
    ck.Claim: lambda: ck.Claim("a", CAMPAIGN, DAY, is_live=True),
    ck.ClientEvent: lambda: CLIENT_EVENT,
    ck.ClientPolicy: lambda: POLICY,
    ck.ClientState: lambda: ck.ClientState(POLICY, suppressions={"a": (STOP,)}),
    ck.LeadEntry: lambda: ENTRY,
    ck.LeadRecord: lambda: ck.LeadRecord("a", (ENTRY,)),
    ck.LiveAssignment: lambda: ck.LiveAssignment(CAMPAIGN, ASSIGNED),
    ck.ReleasedLead: lambda: ck.ReleasedLead(ASSIGNED, by=ANN, at=MADE),
    ck.Suppression: lambda: STOP,
    storage.ClientSnapshot: lambda: storage.ClientSnapshot(ck.ClientState(POLICY)),
    storage.ClientWrites: storage.ClientWrites,
    storage.ClientHistoryQuery: lambda: storage.ClientHistoryQuery(CLIENT, 1),
    storage.ClientQuery: lambda: storage.ClientQuery(CLIENT, DAY),
    storage.ClientSnapshotQuery: lambda: storage.ClientSnapshotQuery(CLIENT, ["a"], live=True),
    storage.LeadQuery: lambda: storage.LeadQuery(CLIENT, "a"),
    storage.SuppressionsQuery: lambda: storage.SuppressionsQuery(CLIENT, "a"),
    ck.targeting.CompanySize: lambda: ck.targeting.CompanySize(1, 10),
    ck.planning.ComparedMix: lambda: COMPARISON["asked"],
    ck.planning.Comparison: lambda: COMPARISON,
    ck.CountPlan: lambda: ck.plan_counts(ck.DEFAULT_ALLOCATION, {}),
    ck.Decision: lambda: DRAFT.can("pause"),
    ck.targeting.DimensionMatch: lambda: YES,
    ck.Edit: lambda: ck.Edit(name="x"),
    ck.Event: lambda: BEGUN,
    ck.Fields: lambda: ck.Fields({"name": "x"}),
    ck.Forecast: lambda: FORECAST,
    ck.planning.ForecastDay: lambda: FORECAST_DAY,
    ck.planning.HorizonComparison: lambda: ck.planning.HorizonComparison({"1": FORECAST}),
    ck.Intake: lambda: INTAKE,
    ck.Lead: lambda: LEAD,
    ck.planning.Need: lambda: NEED,
    ck.Operation: lambda: ck.Operation(
        "get", CLIENT, CAMPAIGN, 1, None, 0.01, ck.OperationOutcome.DONE
    ),
    ck.PermissionMode: lambda: ck.PermissionMode.MANUAL,
    ck.Plan: lambda: PLAN,
    ck.planning.PoolBottleneck: lambda: ck.planning.PoolBottleneck(("a",), 1, 2),
    ck.Progress: lambda: PROGRESS,
    ck.Prospect: lambda: ck.Prospect(title="CEO"),
    ck.Release: lambda: ck.release(ACTIVE, ["a"], progress=PROGRESS, already={}),
    ck.ReleaseLeads: lambda: ck.ReleaseLeads(["a"]),
    ck.ApprovalPreview: lambda: ck.ApprovalPreview(
        OFFERED.head, OFFERED.command, INTAKE, {"day": (DAY, DAY)}
    ),
    ck.Rejection: lambda: ck.Rejection("a", SUGGESTION, DAY),
    ck.planning.ShareOut: lambda: SHARED,
    ck.Suggestion: lambda: SUGGESTED,
    ck.SuggestionHead: lambda: OFFERED.head,
    ck.Targeting: lambda: ck.Targeting(titles=["CEO"]),
    ck.targeting.TargetingIndex: lambda: ck.targeting.TargetingIndex({"a": ck.Targeting()}),
    ck.targeting.TargetingMatch: lambda: MATCH,
    frames.Terms: lambda: frames.Terms(ck.DEFAULT_ALLOCATION),
    storage.AsyncMemoryStore: lambda: storage.AsyncMemoryStore(_store()),
    storage.MemoryStore: _store,
    storage.AsyncObservedStore: lambda: storage.AsyncObservedStore(
        storage.AsyncMemoryStore(_store()), print
    ),
    storage.ObservedStore: lambda: storage.ObservedStore(_store(), print),
    storage.Page: lambda: storage.Page(()),
    storage.Snapshot: lambda: storage.Snapshot(DRAFT, PROGRESS),
    storage.Writes: storage.Writes,
    storage.AssignmentsQuery: lambda: storage.AssignmentsQuery(CLIENT, CAMPAIGN, DAY),
    storage.CampaignQuery: lambda: storage.CampaignQuery(CLIENT, CAMPAIGN),
    storage.CampaignsQuery: lambda: storage.CampaignsQuery(CLIENT, [ck.CampaignStatus.ACTIVE], DAY),
    storage.FeedQuery: lambda: storage.FeedQuery(CLIENT),
    storage.HistoryQuery: lambda: storage.HistoryQuery(CLIENT, CAMPAIGN, 1),
    storage.RunningCampaignsQuery: lambda: storage.RunningCampaignsQuery(DAY),
    storage.SnapshotQuery: lambda: storage.SnapshotQuery(CLIENT, CAMPAIGN, DAY, ["a"]),
    storage.SuggestionQuery: lambda: storage.SuggestionQuery(CLIENT, SUGGESTION),
    storage.SuggestionsQuery: lambda: storage.SuggestionsQuery(
        CLIENT, CAMPAIGN, [ck.SuggestionState.PENDING]
    ),
    sql.SQLAlchemyStore: lambda: _filled(sql.SQLAlchemyStore.open("sqlite://")),
    sql.AsyncSQLAlchemyStore: lambda: LOOP.run_until_complete(_async_store()),
    **{kind: kind for kind in (ck.Activate, ck.Complete, ck.Delete, ck.Pause, ck.Restore)},
}
"""A value of every public class whose methods are walked."""


def _fields_of(kind: type) -> Mapping[str, object]:
    value: Any = SELF[kind]()
    parts = attrs.fields(kind)
    return {str(part.alias): getattr(value, part.name) for part in parts if part.init}


FIELDS: Mapping[type, Callable[[], Mapping[str, object]]] = {
    kind: partial(_fields_of, kind) for kind in SELF if attrs.has(kind) and kind is not ck.Edit
}

ARGUMENTS: Mapping[str, Callable[[], Any]] = {
    "Edit": lambda: EDITS,
    "ChannelCounts": lambda: {"counts": {"email": 1}},
    "Fields": lambda: {"values": {"name": "x"}},
    "Terms.with_defaults": lambda: {"defaults": frames.Terms(ck.DEFAULT_ALLOCATION)},
    "Terms.of": lambda: {"campaign": ACTIVE},
    "TargetingIndex": lambda: {"targetings": {"a": ck.Targeting()}},
    "CampaignService": lambda: {"store": _store()},
    "AsyncCampaignService": lambda: {"store": storage.AsyncMemoryStore(_store())},
    "AsyncMemoryStore": lambda: {"sync": _store()},
    "AsyncObservedStore": lambda: {
        "store": storage.AsyncMemoryStore(_store()),
        "observer": print,
    },
    "ObservedStore": lambda: {"store": _store(), "observer": print},
    "Allocation.apportion": lambda: {"leads": 7},
    "Allocation.from_mapping": lambda: {"shares": {"email": 100}},
    "Campaign.draft": lambda: {"id": CAMPAIGN, "created_at": MADE, **EDITS},
    "Campaign.can": lambda: {"action": "edit", **EDITS},
    "Campaign.edit": lambda: EDITS,
    "Suppression.is_later": lambda: {"other": STOP},
    "Suggestion.basis_changes": lambda: {"campaign": ACTIVE},
    "Targeting.normalise": lambda: {"text": "CEO"},
    "from_dict": lambda: {"kind": ck.Lead, "data": ck.to_dict(LEAD)},
    "from_json": lambda: {"kind": ck.Lead, "text": ck.to_json(LEAD)},
    "json_schema": lambda: {"kind": ck.Lead},
    "intake": lambda: {"campaign": ACTIVE},
    "decide": lambda: {"campaign": ACTIVE},
    "release": lambda: {"campaign": ACTIVE, "progress": INTAKE.progress},
    "forecast": lambda: {"campaign": ACTIVE, "progress": PROGRESS},
    "compare_horizons": lambda: {"campaign": ACTIVE, "progress": PROGRESS, "pool": [LEAD]},
    "share_out": lambda: {"carried": {"a": 1}},
    "chart": lambda: {"value": {"plan": PLAN, "forecast": FORECAST}},
    "schema": lambda: {"dialect": "sqlite"},
    "SQLAlchemyStore": lambda: {"bind": ENGINE},
    "AsyncSQLAlchemyStore": lambda: {"bind": ASYNC_ENGINE},
    "define_tables": lambda: {"metadata": MetaData(), "clients": None},
    "adopt_table": lambda: {
        "table": _table(),
        "columns": {"name": "name"},
        "values": {"daily_lead_limit": {None: 25}},
    },
    "read_ledger_version": lambda: {"connection": LEDGER, "tables": TABLES},
    "upgrade_ledger": lambda: {"connection": LEDGER, "tables": TABLES},
    "upgrade_script": lambda: {"tables": TABLES, "dialect": "sqlite", "version": 1},
    "matches_clause": lambda: {
        "targeting": ck.Targeting(["SEO"], ["CEO"], ["1-10"], ["Sydney"]),
        **{name: Column(name, Text) for name in ("industry", "title", "company_size", "location")},
    },
    "normalised_column": lambda: {"name": "words", "of": Column("title", Text)},
    "allocate": lambda: {"frame": FRAME, "reachable": {"voice": "phone"}},
    "frames.share_out": lambda: {
        "frame": FRAME.drop("campaign"),
        "weights": {"x": 2, "y": 1},
        "fits": {"x": "phone"},
    },
    "record": lambda: {"store": _active_store(), "plan": DONE, "campaigns": ACTIVE},
    "run_machine": lambda: {"kit": _ShortKit(), "store": storage.MemoryStore()},
    "pair_with_events": lambda: {"campaigns": [DRAFT]},
    "check_writes": lambda: {
        "snapshot": storage.Snapshot(DRAFT, PROGRESS),
        "writes": storage.Writes(),
    },
    "check_client_decision": lambda: {"query": CLIENT_QUERY},
    "check_client_writes": lambda: {
        "query": CLIENT_QUERY,
        "snapshot": storage.ClientSnapshot(ck.ClientState(POLICY)),
        "writes": storage.ClientWrites(),
    },
    "server": lambda: {"service": ck.CampaignService(_store())},
    "call": lambda: {"service": ck.CampaignService(_store()), **TOOL_CALL},
    "call_async": lambda: {
        "service": ck.AsyncCampaignService(storage.AsyncMemoryStore(_store())),
        **TOOL_CALL,
    },
    "CampaignService.edit": lambda: EDITS,
    "AsyncCampaignService.edit": lambda: EDITS,
    **{
        f"{kind}.{name}": arguments
        for kind in (
            *("MemoryStore", "AsyncMemoryStore", "SQLAlchemyStore", "AsyncSQLAlchemyStore"),
            *("ObservedStore", "AsyncObservedStore"),
        )
        for name, arguments in {
            "add": lambda: {"campaign": _another(), "events": []},
            "add_all": lambda: {"campaigns": [_another()], "events": []},
            "replace": lambda: {"after": ACTIVE},
            "apply_client_decision": lambda: {
                "query": CLIENT_QUERY,
                "decide": lambda _: storage.ClientWrites(),
            },
        }.items()
    },
    **{
        f"{kind}.{name}": arguments
        for kind in ("CampaignService", "AsyncCampaignService")
        for name, arguments in {
            "create": lambda: {"campaign": _another()},
            "set_client_policy": lambda: {"policy": POLICY},
            "release": lambda: {"contacted": True, "suppress": ["sms"]},
        }.items()
    },
}
"""Arguments of a callable that differ from what is good by name, or that have no default."""


def _another() -> ck.Campaign:
    return ck.Campaign.draft(client_id=CLIENT, name="another", created_at=MADE)


# What is not walked, and why.
NOT_WALKED = {
    "User": "a type of actors",
    **dict.fromkeys(("ComparisonRow", "ForecastRow"), "a tuple with names, as Python makes it"),
    "Explanation": "text, as Python makes it",
    "Store": "a base class", "AsyncStore": "a base class", "Query": "a base class",
    "Tables": "made by define_tables",
    **dict.fromkeys(("Decide", "DecideClient", "Observer"), "a type of functions"),
    "HostCondition": "a type of conditions",
    **dict.fromkeys(("lock_wait", "definitions"), "it takes no arguments"),
    "BlockingStore": "its calls are those of the store behind it",
    "EventLoop": "it would make a loop with each call",
    **dict.fromkeys(
        (
            *("CorruptRowContract", "SequentialStoreContract", "StoreContract"),
            *("StoreKit", "StoreMachine"),
        ),
        "a class of tests",
    ),
    "FramePlan": "made by allocate",
    "FrameShareOut": "made by share_out",
    "RecordCounts": "made by record",
    "Chart": "made by chart",
    "Totals": "made by allocate",
    "Page": "its items are of any class",
    "ApprovalPreview": "made by preview_approval",
    "read_cursor": "for stores, which call it with what a query has",
    "choose_events": "for stores, which call it with what they have",
    "write_cursor": "for stores, which call it with what they have",
    "make_lead_record": "for stores, which call it with what they have",
    "ALSGate.mask": "takes scores that are known to be good",
    "ClientState.closed_mask": "for intakes, which call it with what they have read",
    "ClientState.keep_out": "for intakes, which call it with what they have read",
    "ChannelCounts.of": "makes counts of numbers that are known to be good",
}  # fmt: skip

TWINS = (
    *("AsyncSQLAlchemyStore", "AsyncMemoryStore", "AsyncCampaignService"),
    *("ObservedStore", "AsyncObservedStore"),
)
"""Classes that are tried with fewer odd values: their calls are those of their twins."""

ONE_CALL = {"define_tables", "adopt_table"}
"""Callables that change what they are given, so that it serves one call."""

SAID_AS: Mapping[str, tuple[str, ...]] = {
    "shares": ("channel", "share"),
    "values": ("field", "name"),
    "text": ("company size",),
    "events": ("history",),
    "counts": ("count",),
    "low": ("company size",),
    "writes": ("decide",),
    "columns": ("column",),
    "scale": ("als_score",),
    **dict.fromkeys(("frame", "leads", "pool"), ("there is no column", "a dataframe")),
    **dict.fromkeys(ck.Channel, ("shares must add up",)),
}
"""Words by which a message may name an argument, too."""

OPERATORS = ("__getitem__", "__contains__", "__format__", "__eq__", "__add__")
MAPPINGS = (
    ck.Fields,
    ck.planning.Comparison,
    ck.planning.HorizonComparison,
)  # whose keys are missing as those of any dict


def _public() -> Iterator[tuple[str, Any]]:
    modules: list[tuple[ModuleType, list[str]]] = [
        *((module, module.__all__) for module in MODULES),
        (storage, storage.__all__), (sql, sql.__all__), (notebook, notebook.__all__),
        (frames, frames.__all__), (testing, testing.__all__), (tools, tools.__all__),
        (mcp, mcp.__all__),
    ]  # fmt: skip
    seen: dict[str, Any] = {}
    for module, names in modules:
        for name in names:
            value = getattr(module, name)
            if callable(value) and not (
                isinstance(value, type) and issubclass(value, BaseException)
            ):
                is_another = seen.setdefault(name, value) is not value
                yield f"{module.__name__.split('.')[-1]}.{name}" if is_another else name, value


def _itself(value: Callable[..., object]) -> Callable[..., object]:
    return value


def _method(kind: type, name: str) -> Callable[..., object]:
    found: Callable[..., object] = getattr(SELF[kind](), name)
    return found


def _callables() -> Iterator[tuple[str, Callable[[], Callable[..., object]], type | None]]:
    """Give each public callable by name, with what makes it anew, and its class."""
    for name, value in _public():
        is_walked = name not in NOT_WALKED
        if not isinstance(value, type):
            if is_walked:
                yield name, partial(_itself, value), None
            continue
        if is_walked and not issubclass(value, Enum):
            yield name, partial(_itself, value), value
        if value in SELF:
            yield from (
                (f"{name}.{method}", partial(_method, value, method), value)
                for method in _methods(value)
                if f"{name}.{method}" not in NOT_WALKED
            )
        elif is_walked and not issubclass(value, Enum):
            pytest.fail(f"there is no example of {name}")


def _methods(kind: type) -> Iterator[str]:
    """Give the public methods, and operators, that a class has of ours."""
    for method in dir(kind):
        owner = next((base for base in kind.__mro__ if method in vars(base)), object)
        is_public = not method.startswith("_") or (
            method in OPERATORS and not issubclass(kind, Enum)
        )
        found = inspect.getattr_static(kind, method)
        is_method = callable(found) or isinstance(found, classmethod | staticmethod)
        if is_public and is_method and owner.__module__.startswith("campaignkit"):
            yield method


CALLABLES = {name: (make, kind) for name, make, kind in _callables()}
PLACES = {name: place for place, name in enumerate(CALLABLES)}


def _arguments(name: str, kind: type | None, call: Callable[..., object]) -> dict[str, object]:
    signature = inspect.signature(call)
    good: dict[str, object] = {}
    special: dict[str, object] = dict(ARGUMENTS.get(name, dict)())
    if kind in FIELDS and name == getattr(kind, "__name__", ""):
        special = {**FIELDS[kind](), **special}  # type: ignore[index]
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            good |= {k: v for k, v in special.items() if k not in good}
        elif parameter.name in special:
            good[parameter.name] = special[parameter.name]
        elif parameter.default is not parameter.empty:
            good[parameter.name] = parameter.default
        elif parameter.name in GOOD:
            good[parameter.name] = GOOD[parameter.name]()
        else:
            pytest.fail(f"{name} has no recipe for its argument {parameter.name}")
    return good


def _call(call: Callable[..., object], arguments: Mapping[str, object]) -> object:
    """Call by name what can be, await what is to be awaited."""
    signature = inspect.signature(call)
    positional = [
        arguments[parameter.name]
        for parameter in signature.parameters.values()
        if parameter.kind is parameter.POSITIONAL_ONLY
    ]
    rest = {
        key: value
        for key, value in arguments.items()
        if (p := signature.parameters.get(key)) is None or p.kind is not p.POSITIONAL_ONLY
    }
    result = call(*positional, **rest)
    if inspect.iscoroutine(result):
        result = LOOP.run_until_complete(result)
    if isinstance(result, sql.AsyncSQLAlchemyStore):
        OPENED.append(result)
    return result


_EXACT = (str, int, float, bool, UUID, datetime, date, type(None), bytes, ck.planning.Explanation)


def _strange_leaves(value: object, path: str = "") -> Iterator[str]:
    """Give what a value is made of that is of another class than Python's own."""
    if type(value) in _EXACT or isinstance(value, Enum):
        return
    kind = type(value)
    if isinstance(value, str | int | float | UUID | date) or _is_foreign(kind):
        yield f"{path} is a {kind.__qualname__}"
    for name, part in _parts(value):
        yield from _strange_leaves(part, f"{path}{name}")


def _is_foreign(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in {"numpy", "pandas"}


def _parts(value: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401  # of any class
    if isinstance(value, Mapping):
        yield from ((" key", key) for key in value)
        yield from (("[]", value[key]) for key in value)
    elif attrs.has(type(value)):
        parts = [part for part in attrs.fields(type(value)) if part.init]
        # What a decision hands to its caller may be anything, and a result of frames keeps arrays.
        named = [part.name for part in parts if part.name not in {"outcome", "_leads", "_rows"}]
        yield from ((f".{name}", getattr(value, name)) for name in named)
    elif isinstance(value, tuple | list | frozenset | set):
        yield from (("[]", item) for item in value)


# An act may be understood and refused, and what a caller's own object raises is the caller's.
_ANSWERS = (
    HostileError,
    ck.NotFoundError,
    ck.RefusedError,
    ck.ConflictError,
    ck.AlreadyExistsError,
)


def _fault(name: str, argument: str, call: Callable[[], object]) -> str | None:
    """Say what is wrong with what comes of a call."""
    try:
        result = call()
    except _ANSWERS:
        return None
    except ck.CampaignKitError as error:
        # What is read has a path instead, which begins with $.
        names = "|".join([argument, *SAID_AS.get(argument, ())])
        is_named = re.search(rf"\b({names})\b|^\$", str(error))
        return None if is_named else f"does not name {argument}: {str(error)[:150]}"
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is a fault
        return None if _is_pythons(name, error) else f"{type(error).__name__}: {str(error)[:150]}"
    if result is NotImplemented or isinstance(result, type) or name.endswith(".to_frame"):
        return None  # a dataframe is of another library, as it should be
    return next((f"returns what {fault}" for fault in _strange_leaves(result)), None)


def _is_pythons(name: str, error: BaseException) -> bool:
    """Tell whether Python's own operators raise this, too."""
    is_of_dict = CALLABLES[name][1] in MAPPINGS and isinstance(error, KeyError | TypeError)
    return is_of_dict or (name.endswith("__add__") and isinstance(error, TypeError))


def _one_in(kind: Callable[[list[object]], object], value: Callable[[], object]) -> object:
    return kind([value()])


def _under(key: object, values: list[object]) -> object:
    return {key: values[0]}


def _odd(good: object) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give odd values, and what holds them as the good value holds its parts."""
    yield from ODD.items()
    if isinstance(good, list | tuple):
        yield from ((f"[{odd}]", partial(_one_in, list, value)) for odd, value in ODD.items())
    if isinstance(good, Mapping) and good:
        key = next(iter(good))
        under = partial(_under, key)
        yield from ((f"{{good: {o}}}", partial(_one_in, under, v)) for o, v in ODD.items())
        for odd, value in ODD.items():
            try:
                made = {value(): good[key]}
            except Exception:  # noqa: BLE001, S112  # no key
                continue
            yield f"{{{odd}: good}}", partial(dict, made)


@pytest.mark.parametrize("name", CALLABLES)
@pytest.mark.filterwarnings("ignore")  # of the odd values' own libraries
def test_only_documented_errors(name: str) -> None:
    # By turns, so that each odd value is tried on every third argument.
    check_errors(name, every=7 if name.startswith(TWINS) else 3)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in CALLABLES if not name.startswith(TWINS)])
@pytest.mark.filterwarnings("ignore")
def test_only_documented_errors_of_every_odd_value(name: str) -> None:
    check_errors(name, every=1)


def check_errors(name: str, *, every: int) -> None:
    """Call something with odd values, one of so many of them for each argument."""
    make, kind = CALLABLES[name]
    call = make()
    good = _arguments(name, kind, call)
    start = count(PLACES[name])
    assert _fault(name, "nothing", lambda: _call(make(), good)) is None, "the recipe itself fails"
    faults: list[str] = []
    for argument in good:
        call, good = make(), _arguments(name, kind, call)
        for odd, value in islice(_odd(good[argument]), next(start) % every, None, every):
            if name in ONE_CALL:
                good = _arguments(name, kind, call)
            arguments = {**good, argument: value()}
            if fault := _fault(name, argument, partial(_call, call, arguments)):
                faults.append(f"{argument} = {odd}: {fault}")
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_what_looks_like_a_value_of_pythons_own_becomes_one(kind: type) -> None:
    good = FIELDS[kind]()
    value = kind(**good)
    for name, part in good.items():
        first, *rest = part if isinstance(part, tuple) and part else (part,)
        for twin in look_alikes(first):
            made = kind(**{**good, name: (twin, *rest) if isinstance(part, tuple) else twin})
            assert made == value
            assert not list(_strange_leaves(made))


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_a_value_is_made_once(kind: Any) -> None:  # noqa: ANN401  # of its class
    """Let no second call of what makes a value change it."""
    good = FIELDS[kind]()
    value = kind(**good)
    before = repr(value)
    for name in good:
        kind.__init__(value, **{**good, name: object()})
        assert repr(value) == before
    assert value == kind(**good)
    assert not hasattr(value, "__setstate__")  # which would set the fields of a value unchecked
    assert pickle.loads(pickle.dumps(value)) == copy.copy(value) == value  # our own


def test_what_fails_to_be_made_leaves_no_half_of_it() -> None:
    caught: list[Any] = []

    class Spy:
        """What looks at the value that is made of it."""

        def __index__(self) -> int:
            frame: FrameType | None = sys._getframe()  # noqa: SLF001  # as a debugger does
            while frame is not None:
                made = frame.f_locals.get("self")
                if isinstance(made, ck.Assignment):
                    caught.append(made)
                frame = frame.f_back
            return -1

    strange: Any = Spy()
    with pytest.raises(ck.InvalidError, match="epoch must be from 0"):
        ck.Assignment("a", EMAIL, HOT, 90, DAY, epoch=strange)
    assert caught
    assert not any(hasattr(caught[0], name) for name in FIELDS[ck.Assignment]())


def test_every_exemption_is_of_something_public() -> None:
    names = {name for name, _ in _public()}
    assert {name.partition(".")[0] for name in NOT_WALKED} <= names
