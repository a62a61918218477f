"""The async store: the same operations, run while other tasks run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection

from campaignkit.core._checks import check_kinds
from campaignkit.core._extras import require_extra
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._snapshot import (
    ClientWrites,
    Decide,
    DecideClient,
    OutcomeT,
    T,
    Writes,
)
from campaignkit.errors import InvalidError
from campaignkit.storage._async_interface import AsyncStore
from campaignkit.storage._queries import ClientSnapshotQuery, Query, SnapshotQuery
from campaignkit.storage._writes import (
    check_client_decision,
    check_decision,
    check_new,
    pair_with_events,
)
from campaignkit.storage.sqlalchemy._answers import find_operation
from campaignkit.storage.sqlalchemy._apply_writes import add_campaigns, write_decision
from campaignkit.storage.sqlalchemy._client_acts import (
    add_client,
    adopt_in_transaction,
    complete_adoption,
    write_client_decision,
)
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._engines import (
    READING,
    check_lock_timeout,
    create_tables,
    explain_url_errors,
    options,
    prepare,
    renew_on_fork,
    require_driver,
    with_driver,
)
from campaignkit.storage.sqlalchemy._sessions import prepare_session, run_in_session
from campaignkit.storage.sqlalchemy._store import (
    LOCK_TIMEOUT,
    backend,
    default_tables,
)
from campaignkit.storage.sqlalchemy._tables import Tables
from campaignkit.storage.sqlalchemy._transactions import (
    run_in_hosts_transaction,
    run_in_own_transaction,
    run_or_roll_back,
)
from campaignkit.storage.sqlalchemy._verify import list_differences

with require_extra("asyncio", "AsyncSQLAlchemyStore"):
    import_module("greenlet")  # without it SQLAlchemy says how to install its own extra
    from sqlalchemy.ext.asyncio import (
        AsyncConnection,
        AsyncEngine,
        AsyncSession,
        create_async_engine,
    )


class AsyncSQLAlchemyStore(AsyncStore):
    """A store in PostgreSQL or SQLite, by SQLAlchemy Core over an async driver.

    As `SQLAlchemyStore`. Attributes that a write has expired cannot be read:
    `await session.refresh(instance)` first.

    Args:
        bind: The `AsyncEngine`, `AsyncConnection` or `AsyncSession`.
        tables: As for `SQLAlchemyStore`.
        lock_timeout: As for `SQLAlchemyStore`.

    Raises:
        InvalidError: a database that is neither PostgreSQL nor SQLite.

    >>> import asyncio
    >>> from uuid import uuid4
    >>> async def main() -> bool:
    ...     async with await AsyncSQLAlchemyStore.open("sqlite://") as store:
    ...         draft = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    ...         campaign = await store.add(draft)
    ...         return await store.get(campaign.client_id, campaign.id) == campaign
    >>> asyncio.run(main())
    True
    """

    def __init__(
        self,
        bind: AsyncEngine | AsyncConnection | AsyncSession,
        tables: Tables | None = None,
        *,
        lock_timeout: float | None = LOCK_TIMEOUT,
    ) -> None:
        check_kinds(
            InvalidError,
            bind=(bind, (AsyncEngine, AsyncConnection, AsyncSession)),
            tables=(tables, (Tables, type(None))),
        )
        check_lock_timeout(lock_timeout)
        if isinstance(bind, AsyncSession):
            dialect = prepare_session(bind.sync_session, tables or default_tables())
        else:
            dialect = bind.dialect.name
        self.owns_transactions = isinstance(bind, AsyncEngine)
        self.bind = self._reading_bind = bind
        if isinstance(bind, AsyncEngine):
            self._reading_bind = bind.execution_options(**READING)
        self._is_its_own = False
        self._lock_timeout = lock_timeout
        self._is_sqlite = dialect == "sqlite"
        self._backend = backend(tables, dialect)

    @classmethod
    async def open(
        cls,
        url: str | URL,
        tables: Tables | None = None,
        *,
        lock_timeout: float | None = LOCK_TIMEOUT,
    ) -> Self:
        """As `SQLAlchemyStore.open`; `close` it, or use it in an `async with` statement.

        Args:
            url: The database. The driver is psycopg or aiosqlite unless it names another.
            tables: As for the class.
            lock_timeout: For how many seconds a call waits for a lock; 10 by default. None waits
                for ever.
        """
        check_kinds(InvalidError, tables=(tables, (Tables, type(None))))
        check_lock_timeout(lock_timeout)
        target = with_driver(url, {"postgresql": "psycopg", "sqlite": "aiosqlite"})
        with explain_url_errors(), require_driver(target):
            kept = options(target, lock_timeout, AsyncAdaptedQueuePool)
            engine = create_async_engine(target, **kept)
        prepare(engine.sync_engine, lock_timeout)
        renew_on_fork(engine.sync_engine)
        store = cls(engine, tables, lock_timeout=lock_timeout)
        store._is_its_own = True  # it is one of this class
        try:
            with explain_url_errors():
                await store._run(partial(create_tables, tables=tables or default_tables()))
        except BaseException:
            await asyncio.shield(store.close())
            raise
        return store

    async def close(self) -> None:
        """As `SQLAlchemyStore.close`."""
        if self._is_its_own and isinstance(self.bind, AsyncEngine):
            await self.bind.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def ask(self, query: Query[T]) -> T:
        """As `AsyncStore.ask`."""
        answer = find_operation(query)
        return await self._run(lambda c: answer(c, self._backend), reading=True)

    async def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        new = pair_with_events(campaigns, events)
        return await self._run(lambda c: add_campaigns(c, self._backend, new))

    async def add(
        self,
        campaign: Campaign,
        events: Iterable[Event] = (),
        *,
        extra: Mapping[str, object] | None = None,
    ) -> Campaign:
        """As `AsyncStore.add`; `extra` has values by the keys of columns of the host's table.

        Raises:
            InvalidError: `extra` names a column that the table does not have, or one that the
                library writes.
        """
        check_new(campaign, extra)
        new = pair_with_events((campaign,), events)
        return (await self._run(lambda c: add_campaigns(c, self._backend, new, extra or {})))[0]

    async def apply_decision(
        self, query: SnapshotQuery, decide: Decide[OutcomeT]
    ) -> Writes[OutcomeT]:
        """As `Store.apply_decision`."""
        check_decision(query, decide)
        nested = not self.owns_transactions
        return await self._run(
            lambda c: write_decision(c, self._backend, query, decide, nested=nested)
        )

    async def adopt_client(self, client_id: UUID) -> None:
        """As `Store.adopt_client`."""
        check_kinds(InvalidError, client_id=(client_id, UUID))
        if not self.owns_transactions:
            await self._run(lambda c: adopt_in_transaction(c, self._backend, client_id))
            return
        # Committed before it is locked, so that acts wait for it and not for each other.
        await self._run(lambda c: add_client(c, self._backend, client_id))
        await self._run(lambda c: complete_adoption(c, self._backend, client_id))

    async def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """As `Store.apply_client_decision`."""
        check_client_decision(query, decide)
        nested = not self.owns_transactions
        return await self._run(
            lambda c: write_client_decision(c, self._backend, query, decide, nested=nested)
        )

    async def verify(self) -> tuple[str, ...]:
        """As `SQLAlchemyStore.verify`."""
        tables = self._backend.statements.tables
        return await self._run(lambda c: list_differences(c, tables), reading=True)

    async def _run(self, work: Callable[[Connection], T], *, reading: bool = False) -> T:
        call = partial(self._call, work, reading=reading)
        return await (_run_to_the_end(call) if self._is_sqlite else call())

    async def _call(self, work: Callable[[Connection], T], *, reading: bool) -> T:
        bind = self._reading_bind if reading else self.bind
        if isinstance(bind, AsyncConnection):
            return await bind.run_sync(run_in_hosts_transaction, work)
        if isinstance(bind, AsyncSession):
            tables = self._backend.statements.tables
            return await bind.run_sync(run_in_session, tables, work, reading=reading)
        act = partial(
            run_in_own_transaction, work=work, lock_timeout=self._lock_timeout, reading=reading
        )
        connection: AsyncConnection | None = None
        try:
            with translate_errors():
                connection = await bind.connect()
            outcome = await connection.run_sync(run_or_roll_back, act)
            with translate_errors():
                await asyncio.shield(connection.close())
        except BaseException:
            if connection is not None and not connection.closed:
                await asyncio.shield(connection.close())
            raise
        return outcome


async def _run_to_the_end(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await a call. If this is cancelled, raise that only when the call is done.

    SQLite runs in a thread, which cannot be stopped. A connection that is closed meanwhile keeps
    the database locked as long as its unfinished statement is referred to, and a database in
    memory would be lost with it.
    """
    task = asyncio.ensure_future(call())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # retrieved, or asyncio would log that it never was
        raise
