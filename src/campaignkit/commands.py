"""Commands: actions on a campaign as values.

The service's `submit` takes any of them, and a `Suggestion` carries one.

>>> import campaignkit as ck
>>> ck.commands.Edit(daily_lead_limit=30).changed_fields
('daily_lead_limit',)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from campaignkit.core._channels import Channel
from campaignkit.core._checks import Count
from campaignkit.domain._campaign import Action
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
from campaignkit.domain._horizons import Horizon
from campaignkit.domain._leads import Lead, StoredLeads

__all__ = [
    "Activate",
    "AssignLeads",
    "Command",
    "Complete",
    "Delete",
    "Edit",
    "Fields",
    "Pause",
    "ReleaseLeads",
    "Restore",
]

# The annotations of the commands are resolved in this module.
_NAMES_IN_ANNOTATIONS = (
    *(Action, Count, Channel, ClassVar, Horizon, Lead, Mapping, StoredLeads, date),
)

for _kind in (Activate, AssignLeads, Complete, Delete, Edit, Fields, Pause, ReleaseLeads, Restore):
    _kind.__module__ = __name__  # shown by tracebacks and by pickles
