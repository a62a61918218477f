"""The kit's own test: whatever is wrong with a store, some test of the contract notices."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.errors import Flaky

from campaignkit import CampaignKitError
from campaignkit.storage import AsyncMemoryStore, MemoryStore, Store
from campaignkit.testing import BlockingStore, EventLoop, StoreContract
from tests.testing import broken_clients
from tests.testing.broken import BROKEN, CachesWhatItRead, ShowsItsOwnDict, TakesAnyClient

pytestmark = pytest.mark.long

assert broken_clients.__doc__  # which has registered its stores


class Contract(StoreContract):
    """The contract as it is, but content with the first failure that it finds."""

    def settings(self) -> settings:
        one = settings(super().settings(), phases=[Phase.generate], report_multiple_bugs=False)
        return settings(one, max_examples=2_000)  # it ends at the first failure

    def another(self, store: Store) -> Store:
        return CachesWhatItRead(store) if isinstance(store, CachesWhatItRead) else store


class ContractWithClients(Contract):
    knows_clients = True


TESTS = {name for name in dir(StoreContract) if name.startswith("test_")}


@pytest.mark.parametrize(
    ("broken", "test"), BROKEN, ids=[f"{broken.__name__}-{test}" for broken, test in BROKEN]
)
def test_a_broken_store_is_noticed(broken: type[MemoryStore | AsyncMemoryStore], test: str) -> None:
    contract = ContractWithClients() if broken is TakesAnyClient else Contract()
    store = broken()
    with EventLoop() as loop, pytest.raises((AssertionError, CampaignKitError, Flaky)):
        getattr(contract, test)(
            BlockingStore(store, loop) if isinstance(store, AsyncMemoryStore) else store
        )


def test_a_fault_is_noticed_while_an_exception_is_handled() -> None:
    try:
        int("no number")
    except ValueError:
        with pytest.raises(AssertionError, match="an old snapshot"):
            Contract().test_any_history(ShowsItsOwnDict())


def test_every_test_of_the_contract_notices_something() -> None:
    assert {test for _, test in BROKEN} == TESTS
