"""What stores and programs by others are tested with: strategies, a contract, and a machine.

`StoreContract` is the class to derive a store's tests from, `run_machine` plays any history
against a store, `EventLoop` and `BlockingStore` bring an async store before both, and `strategies`
has a Hypothesis strategy for every public value.
"""

from __future__ import annotations

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
