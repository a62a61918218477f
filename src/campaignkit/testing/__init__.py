"""Tests for stores of your own, and Hypothesis strategies for all public values.

`StoreContract` is the base class of a store's tests. `run_machine` plays random histories against a
store. `EventLoop` and `BlockingStore` run both on an async store. `strategies` has the strategies.
"""

from __future__ import annotations

from campaignkit.core._extras import require_extra

with require_extra("testing", __name__):
    from campaignkit.testing import strategies
    from campaignkit.testing._blocking_store import BlockingStore, EventLoop
    from campaignkit.testing._contract import (
        CorruptRowContract,
        SequentialStoreContract,
        StoreContract,
    )
    from campaignkit.testing._kit import StoreKit
    from campaignkit.testing._machine import StoreMachine, run_machine

__all__ = [
    "BlockingStore",
    "CorruptRowContract",
    "EventLoop",
    "SequentialStoreContract",
    "StoreContract",
    "StoreKit",
    "StoreMachine",
    "run_machine",
    "strategies",
]
