"""Campaigns that cannot be wrong, and a channel allocation that is really applied.

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
from campaignkit.domain.allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain.als import DEFAULT_GATE, ALSGate, ALSTier
from campaignkit.domain.briefs import Brief, Need
from campaignkit.domain.campaign import Action, Campaign, CampaignStatus
from campaignkit.domain.changes import (
    Activate,
    AssignLeads,
    Change,
    Complete,
    Delete,
    Edit,
    Fields,
    Pause,
    ReleaseLeads,
    Restore,
)
from campaignkit.domain.channels import Channel, ChannelCounts
from campaignkit.domain.company_size import CompanySize
from campaignkit.domain.decisions import Decision, Reason
from campaignkit.domain.events import Event, EventKind, replay
from campaignkit.domain.lead_ids import normalise_email
from campaignkit.domain.leads import Lead
from campaignkit.domain.ledger import Assignment, Progress
from campaignkit.domain.matching import DimensionMatch, Fit, TargetingMatch
from campaignkit.domain.permissions import Actor, Initiator, PermissionMode, User, Verdict
from campaignkit.domain.places import DEFAULT_REGIONS
from campaignkit.domain.prospects import Prospect
from campaignkit.domain.suggestions import Suggestion, SuggestionState
from campaignkit.domain.targeting import Targeting
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
from campaignkit.planning.apportion import Bottleneck, CountPlan, Overflow, plan_counts
from campaignkit.planning.intake import Intake, Release, decide, intake, release
from campaignkit.planning.plan import Plan, choose, plan

if typing.TYPE_CHECKING:
    from campaignkit.domain.targeting_index import TargetingIndex
    from campaignkit.planning.advice import Advice, allocation_advice
    from campaignkit.planning.forecast import Forecast, ForecastDay, ForecastRow, forecast
    from campaignkit.serialization import from_dict, from_json, to_dict, to_json
    from campaignkit.service import AsyncCampaignService, CampaignService

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
    "Change",
    "Channel",
    "ChannelCounts",
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
    **dict.fromkeys(("Advice", "allocation_advice"), "planning.advice"),
    **dict.fromkeys(("Forecast", "ForecastDay", "ForecastRow", "forecast"), "planning.forecast"),
    "TargetingIndex": "domain.targeting_index",
}


if not typing.TYPE_CHECKING:  # else it would vouch for names that there are not

    def __getattr__(name: str) -> object:
        if name not in _ON_CALL:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        room = importlib.import_module(f"{__name__}.{_ON_CALL[name]}")
        value = globals()[name] = getattr(room, name)  # from now on it is found without asking
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
