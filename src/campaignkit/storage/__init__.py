"""Stores of campaigns: the contract, the reference store in memory, and what adapters need.

A store of your own derives from `Store` or `AsyncStore` and defines each of its methods. What every
store must refuse is refused by `check_asked`, `page_size` and `running_page_size`, `fits` and
`begun_histories`; `replacing` makes of a replacement a decision for `transact`.
"""

from __future__ import annotations

from campaignkit.domain._snapshot import Decide, Page, Snapshot, Writes
from campaignkit.storage._base import (
    DEFAULT_PAGE,
    AsyncStore,
    Store,
    begun_histories,
    check_asked,
    fits,
    page_size,
    replacing,
    running_page_size,
)
from campaignkit.storage._memory import AsyncMemoryStore, MemoryStore

__all__ = [
    "DEFAULT_PAGE",
    "AsyncMemoryStore",
    "AsyncStore",
    "Decide",
    "MemoryStore",
    "Page",
    "Snapshot",
    "Store",
    "Writes",
    "begun_histories",
    "check_asked",
    "fits",
    "page_size",
    "replacing",
    "running_page_size",
]
