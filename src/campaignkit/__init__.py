"""Outreach campaigns with enforced invariants, and a channel mix that is honoured exactly.

>>> import campaignkit as ck
>>> allocation = ck.Allocation(email=40, linkedin=30, voice=20, sms=5, mail=5)
>>> plan = ck.plan(allocation, [ck.Lead(f"lead-{i}", als_score=90) for i in range(20)])
>>> {channel.value: leads for channel, leads in plan.counts.items()}
{'email': 8, 'linkedin': 6, 'voice': 4, 'sms': 1, 'mail': 1}

Errors, commands and the values of clients are attributes too, such as `ck.NotFoundError`,
`ck.Pause` and `ck.ClientPolicy`. They are documented and listed in `ck.errors`, `ck.commands` and
`ck.clients`.
"""

from __future__ import annotations

import importlib
import typing

from campaignkit import clients, commands, errors, planning, targeting
from campaignkit.clients import *  # noqa: F403
from campaignkit.commands import *  # noqa: F403
from campaignkit.core import _display, _pydantic
from campaignkit.core._channels import Channel, ChannelCounts
from campaignkit.core._decisions import Decision, Reason
from campaignkit.core._lazy_names import load_on_use as _load_on_use
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._brief import Brief
from campaignkit.domain._campaign import Action, Campaign, CampaignStatus
from campaignkit.domain._events import Event, EventKind, replay
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate, ALSTier
from campaignkit.domain._lead_ids import normalise_email
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._permissions import Actor, Initiator, PermissionMode, User, Verdict
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import *  # noqa: F403
from campaignkit.planning._intake import Intake, Release, decide, intake, release
from campaignkit.planning._lead_sources import FRAME_HOOKS as _FRAME_HOOKS
from campaignkit.planning._plan import Plan, choose, plan
from campaignkit.planning._totals import CountPlan, Overflow, plan_counts
from campaignkit.targeting._matching import Fit
from campaignkit.targeting._prospects import Prospect
from campaignkit.targeting._targeting import Targeting

if typing.TYPE_CHECKING:
    from campaignkit.decider import ApprovalPreview
    from campaignkit.planning._advice import allocation_advice
    from campaignkit.planning._comparison import compare
    from campaignkit.planning._forecast import Forecast, forecast
    from campaignkit.planning._horizon_comparison import compare_horizons
    from campaignkit.planning._share_out import share_out
    from campaignkit.serialization import from_dict, from_json, json_schema, to_dict, to_json
    from campaignkit.service import AsyncCampaignService, CampaignService
    from campaignkit.storage._observation import Operation, OperationOutcome
else:
    __getattr__ = _load_on_use(
        __name__,
        {
            **dict.fromkeys(("AsyncCampaignService", "CampaignService"), "service"),
            **dict.fromkeys(
                ("from_dict", "from_json", "json_schema", "to_dict", "to_json"), "serialization"
            ),
            "ApprovalPreview": "decider",
            "allocation_advice": "planning._advice",
            "compare": "planning._comparison",
            **dict.fromkeys(("Forecast", "forecast"), "planning._forecast"),
            "compare_horizons": "planning._horizon_comparison",
            "share_out": "planning._share_out",
            **dict.fromkeys(("Operation", "OperationOutcome"), "storage._observation"),
        },
    )

__all__: list[str] = [
    "DEFAULT_ALLOCATION",
    "DEFAULT_GATE",
    "ALSGate",
    "ALSTier",
    "Action",
    "Actor",
    "Allocation",
    "ApprovalPreview",
    "Assignment",
    "AsyncCampaignService",
    "Brief",
    "Campaign",
    "CampaignService",
    "CampaignStatus",
    "Channel",
    "ChannelCounts",
    "CountPlan",
    "Decision",
    "Event",
    "EventKind",
    "Fit",
    "Forecast",
    "Initiator",
    "Intake",
    "Lead",
    "Operation",
    "OperationOutcome",
    "Overflow",
    "PermissionMode",
    "Plan",
    "Progress",
    "Prospect",
    "Reason",
    "Rejection",
    "Release",
    "Suggestion",
    "SuggestionHead",
    "SuggestionState",
    "Targeting",
    "User",
    "Verdict",
    "allocation_advice",
    "choose",
    "clients",
    "commands",
    "compare",
    "compare_horizons",
    "decide",
    "errors",
    "forecast",
    "from_dict",
    "from_json",
    "intake",
    "json_schema",
    "normalise_email",
    "plan",
    "plan_counts",
    "planning",
    "release",
    "replay",
    "share_out",
    "targeting",
    "to_dict",
    "to_json",
]
if typing.TYPE_CHECKING:  # what these modules list are attributes, too
    __all__ += clients.__all__
    __all__ += commands.__all__
    __all__ += errors.__all__


def _call(module: str, name: str) -> typing.Callable[..., typing.Any]:
    """Return a function of a module that is loaded when it is first called."""

    def call(*arguments: object) -> object:
        function = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return function(*arguments)

    return call


_display.RENDERERS.text = _call("display", "as_text")
_display.RENDERERS.html = _call("display", "as_html")
_FRAME_HOOKS.find_gate = _call("frames._lead_sources", "find_gate")
_FRAME_HOOKS.count_leads = _call("frames._lead_sources", "count_leads")
_FRAME_HOOKS.list_leads = _call("frames._lead_sources", "list_leads")
_pydantic.SCHEMA_HOOKS.core_schema = _call("serialization._pydantic", "make_core_schema")
_pydantic.SCHEMA_HOOKS.json_schema = _call("serialization._pydantic", "make_json_schema")


def __dir__() -> list[str]:
    return __all__
