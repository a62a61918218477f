"""Stores of campaigns: the contract, and the reference store in memory."""

from __future__ import annotations

from campaignkit.storage.memory import AsyncMemoryStore, MemoryStore
from campaignkit.storage.protocols import AsyncStore, Page, Snapshot, Store, Writes

__all__ = [
    "AsyncMemoryStore",
    "AsyncStore",
    "MemoryStore",
    "Page",
    "Snapshot",
    "Store",
    "Writes",
]
