"""Stores of campaigns: the contract, the reference store in memory, and what adapters need.

A store of your own derives from `Store` or `AsyncStore`, and defines `ask`, `add_all` and
`transact`. A query is checked where it is made. What else every store must refuse is refused by
`check_asked`, `fits` and `begun_histories`.
"""

from __future__ import annotations

from campaignkit.domain._snapshot import Decide, Page, Snapshot, Writes
from campaignkit.storage._async_interface import AsyncStore
from campaignkit.storage._interface import Store
from campaignkit.storage._memory import AsyncMemoryStore, MemoryStore
from campaignkit.storage._reads import (
    DEFAULT_PAGE,
    AssignmentsQuery,
    CampaignQuery,
    CampaignsQuery,
    HistoryQuery,
    Query,
    RunningCampaignsQuery,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    check_asked,
)
from campaignkit.storage._writes import begun_histories, fits

__all__ = [
    "DEFAULT_PAGE",
    "AssignmentsQuery",
    "AsyncMemoryStore",
    "AsyncStore",
    "CampaignQuery",
    "CampaignsQuery",
    "Decide",
    "HistoryQuery",
    "MemoryStore",
    "Page",
    "Query",
    "RunningCampaignsQuery",
    "Snapshot",
    "SnapshotQuery",
    "Store",
    "SuggestionQuery",
    "SuggestionsQuery",
    "Writes",
    "begun_histories",
    "check_asked",
    "fits",
]
