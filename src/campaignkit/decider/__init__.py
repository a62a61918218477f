"""The decider: pure functions from a snapshot and a command to writes.

Both services pass every act through here, so that none bypasses the permission mode. The writes
include the events that record the act. An act that moves nothing, such as an intake that admits
nobody, records no event of its own.
"""

from __future__ import annotations

from campaignkit.decider._acts import (
    ActContext,
    Oversight,
    RecordedRefusal,
    Today,
    begin_history,
    created_event,
)
from campaignkit.decider._approvals import Approval, ApprovalPreview, approve, preview_approval
from campaignkit.decider._clients import (
    erase,
    keep_suppressed,
    set_policy,
    suppress,
    unsuppress,
)
from campaignkit.decider._effects import Outcome, ends_pending
from campaignkit.decider._rejections import reject
from campaignkit.decider._submissions import preview, record_planned, submit

__all__ = [
    "ActContext",
    "Approval",
    "ApprovalPreview",
    "Outcome",
    "Oversight",
    "RecordedRefusal",
    "Today",
    "approve",
    "begin_history",
    "created_event",
    "ends_pending",
    "erase",
    "keep_suppressed",
    "preview",
    "preview_approval",
    "record_planned",
    "reject",
    "set_policy",
    "submit",
    "suppress",
    "unsuppress",
]
