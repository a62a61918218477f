"""Stores of campaigns: the contract, the reference store in memory, and what adapters need.

A store of your own derives from `Store` or `AsyncStore`, and defines `ask`, `add_all`,
`apply_decision`, `adopt_client` and `apply_client_decision`. A query is checked where it is made.
What else every store must refuse is refused by `check_decision`, `check_writes`,
`check_client_decision`, `check_client_writes` and `pair_with_events`. `read_cursor`,
`choose_events` and `write_cursor` make the pages of a feed, and `make_lead_record` the record of a
lead. `lock_wait` measures how long a store waits for a lock.
"""

from __future__ import annotations

from campaignkit.domain._lead_records import make_lead_record
from campaignkit.domain._snapshot import (
    ClientSnapshot,
    ClientWrites,
    Decide,
    DecideClient,
    Page,
    Snapshot,
    Writes,
)
from campaignkit.storage._async_interface import AsyncStore
from campaignkit.storage._async_observed import AsyncObservedStore
from campaignkit.storage._feed import choose_events, read_cursor, write_cursor
from campaignkit.storage._interface import Store
from campaignkit.storage._memory import AsyncMemoryStore, MemoryStore
from campaignkit.storage._observation import Observer, lock_wait
from campaignkit.storage._observed import ObservedStore
from campaignkit.storage._queries import (
    DEFAULT_PAGE,
    AssignmentsQuery,
    CampaignQuery,
    CampaignsQuery,
    ClientHistoryQuery,
    ClientQuery,
    ClientSnapshotQuery,
    FeedQuery,
    HistoryQuery,
    HostCondition,
    LeadQuery,
    Query,
    RunningCampaignsQuery,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    SuppressionsQuery,
)
from campaignkit.storage._writes import (
    check_client_decision,
    check_client_writes,
    check_decision,
    check_writes,
    pair_with_events,
)

__all__ = [
    "DEFAULT_PAGE",
    "AssignmentsQuery",
    "AsyncMemoryStore",
    "AsyncObservedStore",
    "AsyncStore",
    "CampaignQuery",
    "CampaignsQuery",
    "ClientHistoryQuery",
    "ClientQuery",
    "ClientSnapshot",
    "ClientSnapshotQuery",
    "ClientWrites",
    "Decide",
    "DecideClient",
    "FeedQuery",
    "HistoryQuery",
    "HostCondition",
    "LeadQuery",
    "MemoryStore",
    "ObservedStore",
    "Observer",
    "Page",
    "Query",
    "RunningCampaignsQuery",
    "Snapshot",
    "SnapshotQuery",
    "Store",
    "SuggestionQuery",
    "SuggestionsQuery",
    "SuppressionsQuery",
    "Writes",
    "check_client_decision",
    "check_client_writes",
    "check_decision",
    "check_writes",
    "choose_events",
    "lock_wait",
    "make_lead_record",
    "pair_with_events",
    "read_cursor",
    "write_cursor",
]
