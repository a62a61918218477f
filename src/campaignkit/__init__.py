"""Outreach campaigns with enforced invariants, and a channel mix that is honoured exactly.

>>> import campaignkit as ck
>>> allocation = ck.Allocation(email=40, linkedin=30, voice=20, sms=5, mail=5)
>>> plan = ck.plan(allocation, [ck.Lead(f"lead-{i}", als_score=90) for i in range(20)])
>>> {channel.value: leads for channel, leads in plan.counts.items()}
{'email': 8, 'linkedin': 6, 'voice': 4, 'sms': 1, 'mail': 1}
"""

from __future__ import annotations

import importlib
import typing

from campaignkit import errors
from campaignkit.core import _display
from campaignkit.core._channels import Channel, ChannelCounts
from campaignkit.core._decisions import Decision, Reason
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._brief import Brief, Need
from campaignkit.domain._campaign import Action, Campaign, CampaignStatus
from campaignkit.domain._commands import (
    Activate,
    AssignLeads,
    Command,
    Complete,
    Delete,
    Edit,
    Fields,
    Pause,
    ReleaseLeads,
    Restore,
)
from campaignkit.domain._events import Event, EventKind, replay
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate, ALSTier
from campaignkit.domain._lead_ids import normalise_email
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._permissions import Actor, Initiator, PermissionMode, User, Verdict
from campaignkit.domain._suggestions import Suggestion, SuggestionState
from campaignkit.errors import (
    AllocationError,
    AlreadyExistsError,
    CampaignError,
    CampaignKitError,
    ConflictError,
    CorruptRowError,
    CountsError,
    DomainError,
    GateError,
    HostRefusedError,
    InvalidError,
    LeadError,
    NotEditableError,
    NotFoundError,
    NotRunningError,
    PermissionDeniedError,
    PlanError,
    RefusedError,
    ScoreError,
    StorageError,
    StoreUnavailableError,
    StructureError,
    SuggestionError,
    TargetingError,
    TransientConflictError,
    TransitionError,
    UnknownChannelError,
    UnknownClientError,
)
from campaignkit.planning._intake import Intake, Release, decide, intake, release
from campaignkit.planning._plan import Plan, choose, plan
from campaignkit.planning._totals import Bottleneck, CountPlan, Overflow, plan_counts
from campaignkit.targeting._company_size import CompanySize
from campaignkit.targeting._matching import DimensionMatch, Fit, TargetingMatch
from campaignkit.targeting._places import DEFAULT_REGIONS
from campaignkit.targeting._prospects import Prospect
from campaignkit.targeting._targeting import Targeting

if typing.TYPE_CHECKING:
    from campaignkit.planning._advice import Advice, allocation_advice
    from campaignkit.planning._forecast import Forecast, ForecastDay, ForecastRow, forecast
    from campaignkit.serialization import from_dict, from_json, to_dict, to_json
    from campaignkit.service import AsyncCampaignService, CampaignService
    from campaignkit.targeting._index import TargetingIndex

__all__ = [
    "DEFAULT_ALLOCATION",
    "DEFAULT_GATE",
    "DEFAULT_REGIONS",
    "ALSGate",
    "ALSTier",
    "Action",
    "Activate",
    "Actor",
    "Advice",
    "Allocation",
    "AllocationError",
    "AlreadyExistsError",
    "AssignLeads",
    "Assignment",
    "AsyncCampaignService",
    "Bottleneck",
    "Brief",
    "Campaign",
    "CampaignError",
    "CampaignKitError",
    "CampaignService",
    "CampaignStatus",
    "Channel",
    "ChannelCounts",
    "Command",
    "CompanySize",
    "Complete",
    "ConflictError",
    "CorruptRowError",
    "CountPlan",
    "CountsError",
    "Decision",
    "Delete",
    "DimensionMatch",
    "DomainError",
    "Edit",
    "Event",
    "EventKind",
    "Fields",
    "Fit",
    "Forecast",
    "ForecastDay",
    "ForecastRow",
    "GateError",
    "HostRefusedError",
    "Initiator",
    "Intake",
    "InvalidError",
    "Lead",
    "LeadError",
    "Need",
    "NotEditableError",
    "NotFoundError",
    "NotRunningError",
    "Overflow",
    "Pause",
    "PermissionDeniedError",
    "PermissionMode",
    "Plan",
    "PlanError",
    "Progress",
    "Prospect",
    "Reason",
    "RefusedError",
    "Release",
    "ReleaseLeads",
    "Restore",
    "ScoreError",
    "StorageError",
    "StoreUnavailableError",
    "StructureError",
    "Suggestion",
    "SuggestionError",
    "SuggestionState",
    "Targeting",
    "TargetingError",
    "TargetingIndex",
    "TargetingMatch",
    "TransientConflictError",
    "TransitionError",
    "UnknownChannelError",
    "UnknownClientError",
    "User",
    "Verdict",
    "allocation_advice",
    "choose",
    "decide",
    "errors",
    "forecast",
    "from_dict",
    "from_json",
    "intake",
    "normalise_email",
    "plan",
    "plan_counts",
    "release",
    "replay",
    "to_dict",
    "to_json",
]

# What a program that only plans has no need of is loaded when it is first asked for.
_ON_CALL = {
    **dict.fromkeys(("AsyncCampaignService", "CampaignService"), "service"),
    **dict.fromkeys(("from_dict", "from_json", "to_dict", "to_json"), "serialization"),
    **dict.fromkeys(("Advice", "allocation_advice"), "planning._advice"),
    **dict.fromkeys(("Forecast", "ForecastDay", "ForecastRow", "forecast"), "planning._forecast"),
    "TargetingIndex": "targeting._index",
}


if not typing.TYPE_CHECKING:  # else it would vouch for names that there are not

    def __getattr__(name: str) -> object:
        if name not in _ON_CALL:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        room = importlib.import_module(f"{__name__}.{_ON_CALL[name]}")
        value = globals()[name] = getattr(room, name)  # from now on it is found without asking
        return value


def _render_by(name: str) -> typing.Callable[[object], str]:
    """Return a function of `campaignkit.display`, which is loaded when it is first called."""

    def render(value: object) -> str:
        return getattr(importlib.import_module(f"{__name__}.display"), name)(value)  # type: ignore[no-any-return]

    return render


_display.RENDERERS.text = _render_by("as_text")
_display.RENDERERS.html = _render_by("as_html")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
