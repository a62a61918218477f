"""The contract fits stores on a host's own table: other clients, triggers, columns and rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from attrs import evolve

from campaignkit import (
    Campaign,
    CampaignError,
    CorruptRowError,
    Event,
    UnknownClientError,
)
from campaignkit.storage import Decide, MemoryStore, Page, SnapshotQuery, Store, Writes
from campaignkit.testing import CorruptRowContract, StoreContract

OutcomeT = TypeVar("OutcomeT")

THE_TRIGGERS_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class HostStore(MemoryStore):
    """Has a table of clients, no column for the total limit, and a trigger on `updated_at`."""

    def __init__(self) -> None:
        super().__init__()
        self.clients = set[UUID]()

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        new = tuple(campaigns)
        for campaign in new:
            self.check(campaign)
        if unknown := {campaign.client_id for campaign in new} - self.clients:
            raise UnknownClientError(unknown)
        return super().add_all(new, events)

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        with self._lock:
            writes = super().apply_decision(query, decide)
            if writes.campaign is None:
                return writes
            self.check(writes.campaign)
            record = self._record(query.client_id, query.campaign_id)
            record.campaign = evolve(record.campaign, updated_at=THE_TRIGGERS_TIME)
            return evolve(writes, campaign=record.campaign)

    def check(self, campaign: Campaign) -> None:
        if campaign.total_lead_limit is not None:
            raise CampaignError(["the table has no total_lead_limit"])


class TestHostStore(StoreContract):
    fixed: ClassVar = {"total_lead_limit": None}
    keeps_updated_at = False
    knows_clients = True

    @pytest.fixture
    def store(self) -> Store:
        return HostStore()

    def add_client(self, store: Store, client_id: UUID) -> None:
        assert isinstance(store, HostStore)
        store.clients.add(client_id)


class SpoiltStore(MemoryStore):
    """Has rows that cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.spoilt: set[UUID] = set()

    def error(self, campaign_id: UUID) -> CorruptRowError:
        return CorruptRowError("campaign", campaign_id, ["share of email must be a whole number"])

    def _record(self, client_id: UUID, campaign_id: UUID) -> Any:  # noqa: ANN401  # a private class
        record = super()._record(client_id, campaign_id)
        if campaign_id in self.spoilt:
            raise self.error(campaign_id)
        return record

    def find(self, *args: Any, **asked: Any) -> Page[Campaign, UUID]:  # noqa: ANN401  # handed on
        page = super().find(*args, **asked)
        good = tuple(campaign for campaign in page.items if campaign.id not in self.spoilt)
        bad = tuple(self.error(c.id) for c in page.items if c.id in self.spoilt)
        return evolve(page, items=good, corrupt=bad)


class SpoiltContract(CorruptRowContract):
    def corrupt(self, store: Store, campaign: Campaign) -> None:
        assert isinstance(store, SpoiltStore)
        store.spoilt.add(campaign.id)


class TestSpoiltStore(SpoiltContract):
    @pytest.fixture
    def store(self) -> Store:
        return SpoiltStore()


class HidesCorruptRows(SpoiltStore):
    def find(self, *args: Any, **asked: Any) -> Page[Campaign, UUID]:  # noqa: ANN401  # handed on
        return evolve(super().find(*args, **asked), corrupt=())


class FailsOverCorruptRows(SpoiltStore):
    def find(self, *args: Any, **asked: Any) -> Page[Campaign, UUID]:  # noqa: ANN401  # handed on
        page = super().find(*args, **asked)
        for error in page.corrupt:
            raise error
        return page


class ReadsCorruptRows(SpoiltStore):
    def _record(self, client_id: UUID, campaign_id: UUID) -> Any:  # noqa: ANN401  # a private class
        spoilt, self.spoilt = self.spoilt, set()
        record = super()._record(client_id, campaign_id)
        self.spoilt = spoilt
        return record


@pytest.mark.parametrize("broken", [HidesCorruptRows, FailsOverCorruptRows, ReadsCorruptRows])
def test_a_store_that_is_wrong_about_corrupt_rows_is_noticed(broken: type[SpoiltStore]) -> None:
    with pytest.raises((AssertionError, CorruptRowError)):
        SpoiltContract().test_a_corrupt_row_names_itself_and_hides_no_other(broken())
