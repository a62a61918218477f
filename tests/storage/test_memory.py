"""The stores in memory keep the contract of every store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaignkit.storage import AsyncMemoryStore, MemoryStore, Store
from campaignkit.testing import BlockingStore, EventLoop, StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


class TestAsyncMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with EventLoop() as loop:
            yield BlockingStore(AsyncMemoryStore(), loop)

    def another(self, store: Store) -> Store:
        assert isinstance(store, BlockingStore)
        assert isinstance(store.store, AsyncMemoryStore)
        return BlockingStore(AsyncMemoryStore(store.store.sync), store.loop)
