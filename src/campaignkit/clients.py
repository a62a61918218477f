"""What the campaigns of a client share: its policy, whom nobody may contact, and a lead's record.

>>> import campaignkit as ck
>>> policy = ck.ClientPolicy(channel_limits={"linkedin": ck.ChannelLimit(per_day=17, per_week=100)})
>>> print(policy)
linkedin: 17 a day, 100 a week
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from campaignkit.core._channels import Channel, ChannelCounts
from campaignkit.core._checks import Amount, Limit, StoredId, Words
from campaignkit.domain._client_policy import ChannelLimit, ClientPolicy, Suppression
from campaignkit.domain._clients import (
    Claim,
    ClientEvent,
    ClientEventKind,
    ClientState,
    LiveAssignment,
)
from campaignkit.domain._lead_records import LeadEntry, LeadEntryKind, LeadRecord
from campaignkit.domain._ledger import Assignment, ReleasedLead
from campaignkit.domain._permissions import Actor

__all__ = [
    "ChannelLimit",
    "Claim",
    "ClientEvent",
    "ClientEventKind",
    "ClientPolicy",
    "ClientState",
    "LeadEntry",
    "LeadEntryKind",
    "LeadRecord",
    "LiveAssignment",
    "ReleasedLead",
    "Suppression",
]

# The annotations of these values are resolved in this module.
_NAMES_IN_ANNOTATIONS = (
    *(Actor, Amount, Assignment, Channel, ChannelCounts, Limit, Mapping),
    *(StoredId, UUID, Words, date, datetime),
)

for _kind in (
    ChannelLimit,
    Claim,
    ClientEvent,
    ClientEventKind,
    ClientPolicy,
    ClientState,
    LeadEntry,
    LeadEntryKind,
    LeadRecord,
    LiveAssignment,
    ReleasedLead,
    Suppression,
):
    _kind.__module__ = __name__  # shown by tracebacks and by pickles
