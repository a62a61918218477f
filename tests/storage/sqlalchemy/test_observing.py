"""What an observer is told is true: of every operation, however it ends, on every store."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime
from functools import partial
from itertools import cycle
from threading import Event, Thread, get_ident
from time import perf_counter
from typing import Any, TypeAlias, TypeVar, cast
from uuid import UUID, uuid4

import pytest
from attrs import define, field
from sqlalchemy import Engine, create_engine, text

import campaignkit as ck
from campaignkit.storage import (
    AsyncMemoryStore,
    AsyncObservedStore,
    AsyncStore,
    CampaignQuery,
    MemoryStore,
    ObservedStore,
    Query,
    Snapshot,
    Store,
    SuggestionQuery,
    Writes,
    _memory,
    _observation,
)
from campaignkit.storage.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore
from campaignkit.testing import BlockingStore, EventLoop
from tests.service.services import BusyStore, Service, blocked
from tests.storage.sqlalchemy import databases

T = TypeVar("T")

CLIENT, DAY = uuid4(), date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN, SCOUT = ck.Actor.user("ann"), ck.Actor.ai("scout")
LEADS = [ck.Lead(lead_id, 90) for lead_id in "abc"]
RETRIES = 5
MANUAL, CO_PILOT = ck.PermissionMode.MANUAL, ck.PermissionMode.CO_PILOT


# -- Sites ----------------------------------------------------------------------------------------


@define
class Site:
    """A kind of store, and services of one kind over it."""

    is_async: bool
    url: str | None
    loop: EventLoop
    memory: MemoryStore = field(factory=MemoryStore)
    _opened: list[SQLAlchemyStore | AsyncSQLAlchemyStore] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._opened = []

    @property
    def kind(self) -> str:
        return "memory" if self.url is None else self.url.partition(":")[0].partition("+")[0]

    def open(self, lock_timeout: float = 10.0) -> Store | AsyncStore:
        """Return a handle with connections of its own."""
        if self.url is None:
            return AsyncMemoryStore(self.memory) if self.is_async else self.memory
        if self.is_async:
            opening = AsyncSQLAlchemyStore.open(self.url, lock_timeout=lock_timeout)
            self._opened.append(self.loop.run(opening))
        else:
            self._opened.append(SQLAlchemyStore.open(self.url, lock_timeout=lock_timeout))
        return self._opened[-1]

    def service(self, store: Store | AsyncStore | None = None, **given: Any) -> Service:
        """Return a service, on the first handle unless it gets another one."""
        arguments: dict[str, Any] = {"clock": lambda: NOON, **given}
        if store is None:
            store = self._opened[0] if self._opened else self.open()
        if isinstance(store, Store):
            return ck.CampaignService(store, **arguments)
        return blocked(ck.AsyncCampaignService(store, **arguments), self.loop)

    def close(self) -> None:
        for store in self._opened:
            if isinstance(store, SQLAlchemyStore):
                store.close()
            else:
                self.loop.run(store.close())


SITES = [
    ("memory", "sync"),
    ("memory", "async"),
    ("sqlite", "sync"),
    pytest.param(("sqlite", "async"), marks=pytest.mark.long),
    pytest.param(("postgresql", "sync"), marks=pytest.mark.long),
    ("postgresql", "async"),
]
ON_A_DATABASE = pytest.mark.parametrize("site", SITES[2:], indirect=True)


@pytest.fixture(scope="module", params=SITES)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Give each kind of store with each kind of service, on a database of its own."""
    kind, how = request.param
    with ExitStack() as stack:
        url: str | None = None
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('observing') / 'campaigns.db'}"
        elif kind == "postgresql":
            server = request.getfixturevalue("postgres_url")
            url = stack.enter_context(databases.new(server))
        site = Site(how == "async", url, stack.enter_context(EventLoop()))
        yield site
        site.close()


@pytest.fixture(params=["sync", "async"])
def memory(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Give a store in memory, whose writes may be made to meet others."""
    with EventLoop() as loop:
        yield Site(request.param == "async", None, loop, BusyStore())


# -- Operations -----------------------------------------------------------------------------------

Call: TypeAlias = Callable[[Service, UUID, UUID, UUID, ck.Actor], object]
"""A call of a service: for a client, a campaign, a suggestion, by somebody."""

ACTS_ON_A_CLIENT: Mapping[str, Call] = {
    "set_client_policy": lambda s, c, _, __, by: s.set_client_policy(c, ck.ClientPolicy(), by=by),
    "suppress": lambda s, c, _, __, by: s.suppress(c, ["stopped"], by=by),
    "unsuppress": lambda s, c, _, __, by: s.unsuppress(c, ["stopped"], by=by),
    "erase": lambda s, c, _, __, by: s.erase(c, "stopped", by=by),
}

READS_OF_A_CLIENT: Mapping[str, Call] = {
    "client": lambda s, c, _, __, ___: s.client(c, day=DAY),
    "client_policy": lambda s, c, _, __, ___: s.client_policy(c),
    "client_history": lambda s, c, _, __, ___: s.client_history(c),
    "suppressions": lambda s, c, _, __, ___: s.suppressions(c),
    "lead": lambda s, c, _, __, ___: s.lead(c, "old"),
}

ACTS: Mapping[str, Call] = {
    **ACTS_ON_A_CLIENT,
    "create": lambda s, c, i, _, by: s.create(
        ck.Campaign.draft(id=i, client_id=c, name="x", permission_mode=MANUAL), by=by
    ),
    "activate": lambda s, c, i, _, by: s.activate(c, i, by=by),
    "edit": lambda s, c, i, _, by: s.edit(c, i, name="y", by=by),
    "pause": lambda s, c, i, _, by: s.pause(c, i, by=by),
    "intake": lambda s, c, i, _, by: s.intake(c, i, LEADS, day=DAY, by=by),
    "release": lambda s, c, i, _, by: s.release(c, i, ["old"], by=by),
    "complete": lambda s, c, i, _, by: s.complete(c, i, by=by),
    "delete": lambda s, c, i, _, by: s.delete(c, i, by=by),
    "restore": lambda s, c, i, _, by: s.restore(c, i, by=by),
    "approve": lambda s, c, _, w, by: s.approve(c, w, by=by),
    "reject": lambda s, c, _, w, by: s.reject(c, w, by=by, reason="no"),
}
"""The calls that write, by the names of their operations."""

PREVIEWS: Mapping[str, Call] = {
    "preview": lambda s, c, i, _, by: s.preview(c, i, LEADS, day=DAY, by=by),
    "preview_approval": lambda s, c, _, w, by: s.preview_approval(c, w, by=by),
}

READS: Mapping[str, Call] = {
    **READS_OF_A_CLIENT,
    "suppressed_assignments": lambda s, c, i, _, __: s.suppressed_assignments(c, i),
    "get": lambda s, c, i, _, __: s.get(c, i, include_deleted=True),
    "brief": lambda s, c, i, _, __: s.brief(c, i, DAY),
    "suggestions": lambda s, c, i, _, __: s.suggestions(c, i),
    "suggestion": lambda s, c, _, w, __: s.suggestion(c, w),
    "history": lambda s, c, i, _, __: s.history(c, i),
    "find": lambda s, c, _, __, ___: s.find(c),
    "feed": lambda s, c, _, __, ___: s.feed(c),
    "running_across_clients": lambda s, _, __, ___, ____: s.running_across_clients(DAY),
}

CALLS = {**ACTS, **PREVIEWS, **READS}
OF_A_CLIENT = {*ACTS_ON_A_CLIENT, *READS_OF_A_CLIENT, "find", "feed"}
OF_NO_CAMPAIGN = {*OF_A_CLIENT, "running_across_clients", "suggestion"}
FIND_ALWAYS = {*OF_A_CLIENT, "create", "running_across_clients"}
"""The operations on which another client finds what it may, or makes it."""

NAMES = {"client_policy": "client"}
"""The names of operations whose calls have others: a policy is read with all of a client."""

ON_A_DRAFT = {"activate"}
ON_A_DELETED_ONE = {"restore"}
ON_AN_ADOPTED_CLIENT = {"set_client_policy", "unsuppress"}
"""Acts that write nothing of a client without a row."""


def test_every_method_of_the_services_is_here() -> None:
    methods = {n for n, _ in inspect.getmembers(ck.CampaignService, inspect.isfunction)}
    assert {n for n in methods if n[0] != "_"} == {*CALLS, "submit", "ask"}


def prepare(site: Site, name: str, mode: ck.PermissionMode = CO_PILOT) -> tuple[UUID, UUID]:
    """Store what an operation can be done on; return the ids of the campaign and a suggestion."""
    service = site.service()
    if name == "create":
        return uuid4(), uuid4()
    draft = ck.Campaign.draft(client_id=CLIENT, name="x", permission_mode=CO_PILOT)
    key = CLIENT, service.create(draft, by=ANN).id
    waiting = uuid4()
    if name not in ON_A_DRAFT:
        service.activate(*key, by=ANN)
        service.intake(*key, [ck.Lead("old", 90)], day=DAY, by=ANN)
        suggestion = service.intake(*key, LEADS, day=DAY, by=SCOUT)
        assert isinstance(suggestion, ck.Suggestion)
        waiting = suggestion.id
    service.edit(*key, permission_mode=mode, by=ANN)
    if name in ON_A_DELETED_ONE:
        service.delete(*key, by=ANN)
    if name in ON_AN_ADOPTED_CLIENT:
        service.suppress(CLIENT, ["stopped"], by=ANN)
    return draft.id, waiting


def watch(
    site: Site,
    name: str,
    ids: tuple[UUID, UUID],
    *,
    client: UUID = CLIENT,
    by: ck.Actor = ANN,
    store: Store | AsyncStore | None = None,
    **given: Any,
) -> tuple[list[ck.Operation], BaseException | None]:
    """Call an operation; return what the observer was told, and the error of the call."""
    told: list[ck.Operation] = []
    service = site.service(store, observer=told.append, **given)
    error: BaseException | None = None
    began = perf_counter()
    try:
        CALLS[name](service, client, *ids, by)
    except BaseException as caught:  # noqa: BLE001  # interruptions, too
        error = caught
    took = perf_counter() - began
    assert sum(one.duration for one in told) <= took
    for number, one in enumerate(told, start=1):
        assert (one.name, one.attempt) == (NAMES.get(name, name), number)
        assert one.client_id == (None if name == "running_across_clients" else client)
        assert 0 <= (one.lock_wait or 0) <= one.duration
    assert told[-1].error == (None if error is None else type(error).__name__)
    return told, error


def test_what_is_done_is_told_once(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    for name in CALLS:
        ids = prepare(site, name)
        caplog.set_level(logging.INFO, "campaignkit")
        [one], error = watch(site, name, ids)
        assert error is None
        assert one.outcome is ck.OperationOutcome.DONE
        assert one.campaign_id == (None if name in OF_NO_CAMPAIGN else ids[0])
        if name != "create":  # on which only SQLite locks, the whole database
            assert (one.lock_wait is None) is (name not in ACTS)
    assert not warnings(caplog)


def test_another_client_does_not_find_it(site: Site) -> None:
    for name in CALLS:
        ids, stranger = prepare(site, name), uuid4()
        [one], error = watch(site, name, ids, client=stranger)
        if name in FIND_ALWAYS:
            assert (error, one.outcome) == (None, "done")
        else:
            assert isinstance(error, ck.NotFoundError)
            assert one.outcome is ck.OperationOutcome.NOT_FOUND


def test_what_the_ai_may_not_do_is_refused(site: Site) -> None:
    for name in [*ACTS, *PREVIEWS]:
        [one], error = watch(site, name, prepare(site, name, MANUAL), by=SCOUT)
        assert isinstance(error, ck.PermissionDeniedError)
        assert one.outcome is ck.OperationOutcome.REFUSED


def test_what_becomes_a_suggestion_is_suggested(site: Site) -> None:
    for name in ["edit", "pause", "intake", "release"]:
        [one], error = watch(site, name, prepare(site, name), by=SCOUT)
        assert (error, one.outcome) == (None, "suggested")


def test_what_is_interrupted_is_told_as_that(site: Site) -> None:
    interruption = asyncio.CancelledError if site.is_async else KeyboardInterrupt

    def clock() -> datetime:
        raise interruption

    for name in [*ACTS, *PREVIEWS]:
        [one], error = watch(site, name, prepare(site, name), clock=clock)
        assert error is not None
        assert type(error).__name__ == interruption.__name__
        assert one.outcome is ck.OperationOutcome.INTERRUPTED


@ON_A_DATABASE
def test_a_store_that_does_not_answer_in_time_is_unavailable(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Another connection has the lock; all of the time-out is the operation's wait for it."""
    seconds = 0.02
    caplog.set_level(logging.INFO, "campaignkit")
    impatient = site.open(lock_timeout=seconds)
    for name in ACTS.keys() - {"create", *ACTS_ON_A_CLIENT}:
        ids = prepare(site, name)
        with locked(site, ids[0]):
            [one], error = watch(site, name, ids, store=impatient)
        assert isinstance(error, ck.StoreUnavailableError)
        assert one.outcome is ck.OperationOutcome.UNAVAILABLE
        assert one.lock_wait is not None
        assert one.lock_wait >= seconds * 0.9
        [record] = warnings(caplog)
        assert record.getMessage() == f"StoreUnavailableError: {error}"
        caplog.clear()


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.WARNING]


@contextmanager
def locked(site: Site, campaign_id: UUID) -> Generator[None]:
    """Lock a campaign in another connection."""
    assert site.url is not None
    engine = create_engine(site.url)
    with engine.connect() as connection:
        if site.kind == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            select = text("SELECT FROM campaigns WHERE id = :id FOR UPDATE")
            connection.execute(select, {"id": campaign_id})
        yield
    engine.dispose()


# -- Waiting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pause", "intake", "release"])
def test_waiting_for_another_act_is_the_lock_wait(
    site: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From before the lock was asked for until the other one ended, at least."""
    ids = prepare(site, name)
    holds, asked = Event(), Event()
    held: list[float] = []
    # A sync one: an async one would hold up the loop that the other is waiting on.
    store = site.memory if site.url is None else SQLAlchemyStore.open(site.url)
    other = ck.CampaignService(store, clock=lambda: hold(holds, asked, held))
    holder = Thread(target=lambda: other.edit(CLIENT, ids[0], name="z", by=ANN))
    holder.start()
    assert holds.wait(10)
    watch_clock(monkeypatch, asked)
    [one], error = watch(site, name, ids)
    holder.join()
    assert (error, one.outcome) == (None, "done")
    assert one.lock_wait is not None
    assert one.lock_wait >= held[0] > 0
    if isinstance(store, SQLAlchemyStore):
        store.close()


def hold(holds: Event, asked: Event, held: list[float]) -> datetime:
    """Keep a lock for a while after another has asked for it; note for how long at least."""
    holds.set()
    assert asked.wait(10)
    began = perf_counter()
    sum(range(100_000))
    held.append(perf_counter() - began)
    return NOON


def watch_clock(monkeypatch: pytest.MonkeyPatch, asked: Event) -> None:
    """Note when a thread other than this one, or this one, has begun to wait for a lock."""
    waiting = inspect.getsource(_observation.lock_wait.__enter__)
    assert "perf_counter()" in waiting  # what is watched

    def began_to_wait() -> float:
        now = perf_counter()
        caller = inspect.currentframe()
        assert caller is not None
        assert caller.f_back is not None
        if caller.f_back.f_code.co_qualname in {
            "lock_wait.__enter__",
            "MemoryStore.apply_decision",
        }:
            asked.set()
        return now

    for module in (_observation, _memory):
        monkeypatch.setattr(module, "perf_counter", began_to_wait)


# -- Conflicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("conflicts", [1, RETRIES, RETRIES + 1])
@pytest.mark.parametrize("name", ACTS)
def test_each_attempt_is_told(
    memory: Site, name: str, conflicts: int, caplog: pytest.LogCaptureFixture
) -> None:
    ids = prepare(memory, name)
    cast("BusyStore", memory.memory).left = conflicts
    caplog.set_level(logging.INFO, "campaignkit")
    told, error = watch(
        memory, name, ids, pause=no_pause if memory.is_async else list[float]().append
    )
    retried = ["retried"] * min(conflicts, RETRIES)
    last = "conflict" if conflicts > RETRIES else "done"
    assert [one.outcome for one in told] == [*retried, last]
    assert (error is None) is (last == "done")
    assert len([r for r in caplog.records if "is repeated in" in r.getMessage()]) == len(retried)
    assert not warnings(caplog)


async def no_pause(_: float) -> None:
    pass


class Refreshing(ObservedStore):
    """A store that calls a function once, after it has answered which suggestion there is."""

    def __init__(self, store: Store, refresh: Callable[[], object]) -> None:
        super().__init__(store, print)
        self.refresh = refresh

    def ask(self, query: Query[T]) -> T:
        answer = self.store.ask(query)
        if isinstance(query, SuggestionQuery):
            refresh, self.refresh = self.refresh, lambda: None
            refresh()
        return answer


class AsyncRefreshing(AsyncObservedStore):
    """The same, of an async store."""

    def __init__(self, store: AsyncStore, refresh: Callable[[], object]) -> None:
        super().__init__(store, print)
        self.refresh = refresh

    async def ask(self, query: Query[T]) -> T:
        answer = await self.store.ask(query)
        if isinstance(query, SuggestionQuery):
            refresh, self.refresh = self.refresh, lambda: None
            await asyncio.to_thread(refresh)
        return answer


@pytest.mark.parametrize("name", ["approve", "preview_approval", "reject"])
def test_a_suggestion_that_changes_meanwhile_is_read_again(
    site: Site, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another connection brings it up to date between the reading and the lock."""
    ids = prepare(site, name)
    again = site.service()
    better = [ck.Lead(lead.id, 95) for lead in LEADS]
    store = site.open()

    def refresh() -> None:
        again.intake(CLIENT, ids[0], better, day=DAY, by=SCOUT)

    meeting = Refreshing(store, refresh) if isinstance(store, Store) else None
    if meeting is None:
        meeting = AsyncRefreshing(cast("AsyncStore", store), refresh)  # type: ignore[assignment]
    told, error = watch(site, name, ids, store=meeting)
    assert error is None
    assert [one.outcome for one in told] == ["retried", "done"]
    assert not capsys.readouterr().out  # the store's own observer: it is a part of the operation


@pytest.mark.parametrize("site", [("postgresql", "sync"), ("postgresql", "async")], indirect=True)
def test_a_write_that_meets_another_at_a_key_is_retried(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Another writer, who takes no lock, has the number of the next event."""
    ids = prepare(site, "pause")
    caplog.set_level(logging.INFO, "campaignkit")
    engine = create_engine(cast("str", site.url))
    wrote = Event()
    other = Thread(target=lambda: write_next_event(engine, ids[0], wrote))
    other.start()
    assert wrote.wait(10)
    told, error = watch(site, "pause", ids)
    other.join()
    engine.dispose()
    assert error is None
    assert [one.outcome for one in told] == ["retried", "done"]
    assert told[0].error == "TransientConflictError"
    assert not warnings(caplog)
    assert any("two transactions met at a key" in message for message in caplog.messages)
    repeated = f"pause, campaign {ids[0]}: attempt 1 met another"
    assert any(message.startswith(repeated) for message in caplog.messages)


def write_next_event(engine: Engine, campaign_id: UUID, wrote: Event) -> None:
    """Write a campaign's next event, and commit when another transaction waits for it."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()"
    )
    insert = text(
        "INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) "
        "SELECT campaign_id, number + 1, kind, suggestion_id, event FROM campaign_events "
        "WHERE campaign_id = :id ORDER BY number DESC LIMIT 1"
    )
    with engine.begin() as connection, engine.connect() as monitor:
        connection.execute(insert, {"id": campaign_id})
        wrote.set()
        while not monitor.scalar(waits):
            monitor.rollback()


# -- Observers ------------------------------------------------------------------------------------


def test_an_observers_error_changes_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """It neither reaches the caller nor repeats the act, of whatever class it is."""
    calls: list[ck.Operation] = []
    failures = cycle([ck.TransientConflictError("x"), ck.ConflictError("x"), ZeroDivisionError()])

    def observe(operation: ck.Operation) -> None:
        calls.append(operation)
        raise next(failures)

    service = site.service(observer=observe)
    for name, call in CALLS.items():
        ids = prepare(site, name)
        calls.clear()
        caplog.clear()
        call(service, CLIENT, *ids, ANN)
        with pytest.raises(ck.NotFoundError):
            service.get(uuid4(), ids[0])
        assert [one.outcome for one in calls] == ["done", "not_found"]
        for record in warnings(caplog):
            assert record.levelno == logging.ERROR
            assert record.getMessage().startswith("the observer raised ")
            assert not record.exc_info
        assert len(warnings(caplog)) == 2


def test_an_interruption_of_an_observer_is_raised(site: Site) -> None:
    interruption = asyncio.CancelledError if site.is_async else KeyboardInterrupt

    def observe(_: ck.Operation) -> None:
        raise interruption

    ids = prepare(site, "pause")
    with pytest.raises(BaseException) as caught:  # noqa: PT011  # as it is
        site.service(observer=observe).pause(CLIENT, ids[0], by=ANN)
    assert type(caught.value).__name__ == interruption.__name__
    assert site.service().get(CLIENT, ids[0]).status == "paused"


async def observe_async(_: ck.Operation) -> None:
    pass


class AsyncObserver:
    async def __call__(self, operation: ck.Operation) -> None: ...


@pytest.mark.parametrize(
    "bad", ["print", 5, observe_async, partial(observe_async), AsyncObserver()]
)
def test_an_observer_is_a_plain_function(bad: Any) -> None:
    for make in (
        lambda: ck.CampaignService(MemoryStore(), observer=bad),
        lambda: ck.AsyncCampaignService(AsyncMemoryStore(), observer=bad),
        lambda: ObservedStore(MemoryStore(), bad),
        lambda: AsyncObservedStore(AsyncMemoryStore(), bad),
    ):
        with pytest.raises(ck.InvalidError, match=r"^observer must be a plain function, not "):
            make()


def test_a_call_that_names_no_ids_is_told_too(site: Site) -> None:
    told: list[ck.Operation] = []
    service = site.service(observer=told.append)
    bad: Any = "acme"
    with pytest.raises(ck.InvalidError):
        service.brief(bad, bad, DAY)
    [one] = told
    assert (one.client_id, one.campaign_id, one.outcome) == (None, None, "invalid")


# -- Stores ---------------------------------------------------------------------------------------


def test_a_store_alone_is_observed(site: Site) -> None:
    told: list[ck.Operation] = []
    inner = site.open()
    if isinstance(inner, Store):
        store: Store = ObservedStore(inner, told.append)
    else:
        store = BlockingStore(AsyncObservedStore(inner, told.append), site.loop)
    draft = ck.Campaign.draft(client_id=CLIENT, name="x")
    key = CLIENT, draft.id
    waits = site.kind == "sqlite"
    expected: list[tuple[Callable[[], object], str, UUID | None, bool, str]] = [
        (lambda: store.add(draft), "add", draft.id, waits, "done"),
        (lambda: store.add(draft), "add", draft.id, waits, "conflict"),
        (lambda: store.add_all([draft]), "add_all", None, waits, "conflict"),
        (lambda: store.get(*key), "get", draft.id, False, "done"),
        (lambda: store.ask(CampaignQuery(*key)), "get", draft.id, False, "done"),
        (lambda: store.snapshot(*key), "snapshot", draft.id, False, "done"),
        (lambda: store.assignments(*key), "assignments", draft.id, False, "done"),
        (lambda: store.find(CLIENT), "find", None, False, "done"),
        (
            lambda: store.transact(*key, write_nothing),
            "apply_decision",
            *key[1:],
            True,
            "done",
        ),
        (lambda: store.transact(*key, divide), "apply_decision", *key[1:], True, "failed"),
        (lambda: store.get(uuid4(), draft.id), "get", draft.id, False, "not_found"),
        (lambda: store.ask(cast("Any", 5)), "ask", None, False, "invalid"),
    ]
    for call, name, campaign_id, locks, outcome in expected:
        told.clear()
        if outcome == "done":
            call()
        else:
            with pytest.raises((ck.CampaignKitError, ZeroDivisionError)):
                call()
        [one] = told
        assert (one.name, one.campaign_id, one.outcome) == (name, campaign_id, outcome)
        assert (one.lock_wait is not None) is locks, name
        assert 0 <= (one.lock_wait or 0) <= one.duration


def write_nothing(_: Snapshot) -> Writes[None]:
    return Writes()


def divide(_: Snapshot) -> Writes[float]:
    return Writes(outcome=1 / 0)


def test_threads_and_tasks_do_not_mix_their_operations(site: Site) -> None:
    told: list[tuple[int, ck.Operation]] = []

    def observe(operation: ck.Operation) -> None:
        told.append((get_ident(), operation))

    service = site.service(observer=observe)
    made = [prepare(site, "intake")[0] for _ in range(4)]

    def work(campaign_id: UUID) -> None:
        for n in range(5):
            leads = [ck.Lead(f"{n}", 90)]
            service.intake(CLIENT, campaign_id, leads, day=DAY, by=ANN)

    threads = [Thread(target=work, args=(one,)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [one for _, one in told]
    for campaign_id in made:
        own = [one for one in everything if one.campaign_id == campaign_id]
        assert [(one.name, one.outcome) for one in own] == [("intake", "done")] * 5
    assert len(everything) == 20


# -- The log --------------------------------------------------------------------------------------

MARKER = "Zaphod"
"""A text that must be in no record above DEBUG."""


def test_the_log_has_no_personal_data(  # the last one, as it breaks rows
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is done and whatever fails, also with rows that others have broken."""
    monkeypatch.setattr(_observation, "_LONG_WAIT", 0.0)  # every wait at INFO
    caplog.set_level(logging.DEBUG, "campaignkit")

    def observe(_: ck.Operation) -> None:
        raise RuntimeError(MARKER)

    service = site.service(observer=observe)
    for is_broken in (False, True):
        draft = ck.Campaign.draft(client_id=CLIENT, name=MARKER, permission_mode=CO_PILOT)
        suggestion_id = act_as_users_do(service, draft)
        if is_broken and site.url is not None:
            break_rows(site.url, draft.id)
        for name, call in (CALLS | {"pause again": CALLS["pause"]}).items():
            if name != "create":
                with suppress(ck.CampaignKitError):
                    call(service, CLIENT, draft.id, suggestion_id, ANN)
    quiet = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert len(quiet) > 50
    for record in quiet:
        assert MARKER not in record.getMessage()
        assert not record.exc_info
        assert not any(MARKER in str(part) for part in cast("tuple[object, ...]", record.args))
    if site.url is not None:
        assert any("cannot be read" in record.getMessage() for record in quiet)
        at_debug = [r.getMessage() for r in caplog.records if r.levelno == logging.DEBUG]
        assert any(MARKER in message for message in at_debug)


def act_as_users_do(service: Service, draft: ck.Campaign) -> UUID:
    """Put personal data into all that takes text, also into what is refused."""
    leads = [ck.Lead(f"{MARKER}-{n}", 90) for n in range(3)]
    ann, scout = ck.Actor.user(f"{MARKER} Ann"), ck.Actor.ai(f"{MARKER} bot")
    key = CLIENT, draft.id
    said: dict[str, Any] = {"by": ann, "reason": MARKER}
    edit: Any = service.edit
    service.create(draft, **said)
    service.activate(*key, **said)
    service.intake(*key, leads[:1], day=DAY, **said)
    waiting = service.intake(*key, leads, day=DAY, by=scout, reason=MARKER)
    assert isinstance(waiting, ck.Suggestion)
    for call in (
        lambda: service.create(draft, **said),
        lambda: service.edit(*key, name=MARKER, **said),
        lambda: edit(*key, **{MARKER: 1}, **said),
        lambda: service.intake(*key, [*leads, *leads], day=DAY, **said),
        lambda: service.release(*key, [MARKER, f"{MARKER}-0"], **said),
        lambda: service.reject(CLIENT, waiting.id, lead_ids=[f"{MARKER}-1"], **said),
        lambda: service.approve(CLIENT, waiting.id, by=ann, lead_ids=[MARKER]),
        lambda: service.approve(CLIENT, waiting.id, by=scout),
        lambda: service.approve(CLIENT, waiting.id, by=ann),
        lambda: service.approve(CLIENT, waiting.id, by=ann),
        lambda: service.get(uuid4(), draft.id),
        lambda: service.restore(*key, **said),
    ):
        with suppress(ck.CampaignKitError, TypeError):
            call()
    return waiting.id


def break_rows(url: str, campaign_id: UUID) -> None:
    """Break a campaign, its leads, its suggestions and its history, as a host may do by hand."""
    engine = create_engine(url)
    is_postgres = engine.dialect.name == "postgresql"
    own = campaign_id if is_postgres else campaign_id.hex
    sizes = f"ARRAY['{MARKER}']" if is_postgres else f"""'["{MARKER}"]'"""
    broken = f"""'{{"{MARKER}": "{MARKER}"}}'"""
    with engine.begin() as connection:
        for table, change in {
            "campaigns": f"target_company_sizes = {sizes}",
            "campaign_leads": f"channel = '{MARKER}'",
            "campaign_events": f"event = {broken}",
            "campaign_suggestions": f"suggestion = {broken}",
        }.items():
            own_id = "id" if table == "campaigns" else "campaign_id"
            statement = f"UPDATE {table} SET {change} WHERE {own_id} = :own"
            connection.execute(text(statement.replace(': "', r'\: "')), {"own": own})
    engine.dispose()
