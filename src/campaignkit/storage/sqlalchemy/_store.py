"""The store, and what it shares with its async twin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, Engine, MetaData

from campaignkit.core._checks import check_kinds
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._snapshot import Decide, Writes
from campaignkit.errors import InvalidError
from campaignkit.storage._interface import Store
from campaignkit.storage._queries import Query, SnapshotQuery
from campaignkit.storage._writes import check_decision, pair_with_events
from campaignkit.storage.sqlalchemy import _operations as operations
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._engines import (
    check_lock_timeout,
    create_tables,
    made_engine,
    url_read,
)
from campaignkit.storage.sqlalchemy._postgresql import PostgreSQL
from campaignkit.storage.sqlalchemy._sqlite import SQLite
from campaignkit.storage.sqlalchemy._statements import Statements
from campaignkit.storage.sqlalchemy._tables import Tables, define_tables
from campaignkit.storage.sqlalchemy._transactions import connected, in_own, in_the_hosts

T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT")

LOCK_TIMEOUT = 10.0
"""How many seconds a store waits for a lock unless told otherwise."""

_BACKENDS: dict[str, type[PostgreSQL | SQLite]] = {"postgresql": PostgreSQL, "sqlite": SQLite}


class SQLAlchemyStore(Store):
    """A store in PostgreSQL or SQLite, by SQLAlchemy Core.

    On an `Engine` every call is a transaction of its own, at READ COMMITTED on PostgreSQL, in
    which what writes waits for a lock no longer than `lock_timeout` seconds (on SQLite as long as
    the engine's connections wait). What only reads waits for nobody but who locks whole tables, as
    `ALTER TABLE` does: as long as the engine's connections do, in an opened store `lock_timeout`.
    On a `Connection` it joins the host's transaction, whatever its
    isolation, and never commits it, rolls it back or sets anything on it; what fails is undone by
    a SAVEPOINT. `tables` are those of `define_tables` or `adopt_table`; nothing is created.

    Raises:
        InvalidError: a database that is neither PostgreSQL nor SQLite.

    >>> from uuid import uuid4
    >>> with SQLAlchemyStore.open("sqlite://") as store:
    ...     campaign = store.add(Campaign.draft(client_id=uuid4(), name="Sydney agencies"))
    ...     store.get(campaign.client_id, campaign.id) == campaign
    True
    """

    def __init__(
        self,
        bind: Engine | Connection,
        tables: Tables | None = None,
        *,
        lock_timeout: float | None = LOCK_TIMEOUT,
    ) -> None:
        check_kinds(
            InvalidError,
            bind=(bind, (Engine, Connection)),
            tables=(tables, (Tables, type(None))),
        )
        check_lock_timeout(lock_timeout)
        self.owns_transactions = isinstance(bind, Engine)
        self.bind = bind
        self._is_its_own = False
        self._lock_timeout = lock_timeout
        self._backend = backend(tables, bind.dialect.name)

    @classmethod
    def open(
        cls,
        url: str | URL,
        tables: Tables | None = None,
        *,
        lock_timeout: float | None = LOCK_TIMEOUT,
    ) -> Self:
        """Return a store on a database of its own, with the tables that it needs.

        What `url` names is made if it is a file of SQLite's, and tables that there are not are
        created. `close` it, or use it in a `with` statement. A database in memory has a single
        connection, which threads use by turns and in no fair order; many of them want a file.

        Raises:
            InvalidError: what is no URL, or one of another database than PostgreSQL and SQLite.
            StoreUnavailableError: the database cannot be reached.
        """
        check_kinds(InvalidError, tables=(tables, (Tables, type(None))))
        check_lock_timeout(lock_timeout)
        with url_read():
            engine = made_engine(url, lock_timeout)
        store = cls(engine, tables, lock_timeout=lock_timeout)
        store._is_its_own = True  # it is one of this class
        try:
            with url_read():  # some of it only the driver reads, and only now
                store._run(partial(create_tables, tables=tables or default_tables()))
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close the connections of a store that was opened; those of a host are the host's."""
        if self._is_its_own and isinstance(self.bind, Engine):
            self.bind.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, query: Query[T]) -> T:
        """As `Store.ask`."""
        answer = operations.find_operation(query)
        return self._run(lambda c: answer(c, self._backend), reading=True)

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        new = pair_with_events(campaigns, events)
        return self._run(lambda c: operations.add_all(c, self._backend, new))

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        """As `Store.apply_decision`."""
        check_decision(query, decide)
        nested = not self.owns_transactions
        return self._run(
            lambda c: operations.apply_decision(c, self._backend, query, decide, nested=nested)
        )

    def _run(self, work: Callable[[Connection], T], *, reading: bool = False) -> T:
        if isinstance(self.bind, Connection):
            return in_the_hosts(self.bind, work)
        act = partial(in_own, work=work, lock_timeout=self._lock_timeout, reading=reading)
        return connected(self.bind, act)


@lru_cache(maxsize=64)
def backend(tables: Tables | None, dialect: str) -> Backend:
    """Return the statements on tables; a store for each request does not build them anew.

    Raises:
        InvalidError: a dialect that is neither `postgresql` nor `sqlite`.
    """
    if dialect not in _BACKENDS:
        raise InvalidError([f"a store works on {' and '.join(_BACKENDS)}, not on {dialect}"])
    return _BACKENDS[dialect](Statements(tables or default_tables()))


@lru_cache(maxsize=1)
def default_tables() -> Tables:
    """Return the tables of a store that is not given any, where clients are not looked up."""
    return define_tables(MetaData(), clients=None)
