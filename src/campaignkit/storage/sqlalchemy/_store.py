"""The store of SQLAlchemy, and what its async twin shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from sqlalchemy import URL, Connection, Engine, MetaData

from campaignkit.core._checks import check_kinds
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
from campaignkit.storage._interface import Store
from campaignkit.storage._queries import ClientSnapshotQuery, Query, SnapshotQuery
from campaignkit.storage._writes import (
    check_client_decision,
    check_decision,
    check_new,
    pair_with_events,
)
from campaignkit.storage.sqlalchemy._answers import find_operation
from campaignkit.storage.sqlalchemy._apply_writes import add_campaigns, write_decision
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._client_acts import (
    add_client,
    adopt_in_transaction,
    complete_adoption,
    write_client_decision,
)
from campaignkit.storage.sqlalchemy._engines import (
    READING,
    check_lock_timeout,
    create_tables,
    explain_url_errors,
    make_engine,
)
from campaignkit.storage.sqlalchemy._postgresql import PostgreSQL
from campaignkit.storage.sqlalchemy._sqlite import SQLite
from campaignkit.storage.sqlalchemy._statements import Statements
from campaignkit.storage.sqlalchemy._tables import Tables, define_tables
from campaignkit.storage.sqlalchemy._transactions import (
    run_in_hosts_transaction,
    run_in_own_transaction,
    run_on_connection,
)
from campaignkit.storage.sqlalchemy._verify import list_differences

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
else:
    Session = Any  # for those who read annotations: the ORM is loaded only if it is needed

LOCK_TIMEOUT = 10.0
"""How many seconds a store waits for a lock by default."""

_BACKENDS: dict[str, type[PostgreSQL | SQLite]] = {"postgresql": PostgreSQL, "sqlite": SQLite}


class SQLAlchemyStore(Store):
    """A store in PostgreSQL or SQLite, by SQLAlchemy Core.

    On an `Engine` every call is a transaction of its own, at READ COMMITTED on PostgreSQL. A call
    that reads waits only for locks on whole tables, such as those of `ALTER TABLE`: as long as the
    engine's connections do, in an opened store `lock_timeout`.

    On a `Connection` the store joins the host's transaction, whatever its isolation level. It never
    commits it, rolls it back or sets anything on it, and undoes what fails by a SAVEPOINT.

    On an ORM `Session` it joins the session's transaction in the same way. The session is flushed
    before each call. After a call that writes, objects expire what they hold of `tables`.

    Args:
        bind: The engine, connection or session.
        tables: What `define_tables` or `adopt_table` returned; nothing is created. By default the
            tables of `define_tables` without a table of clients.
        lock_timeout: For how many seconds a call on an engine of PostgreSQL that writes waits for a
            lock; 10 by default. None waits for ever. On SQLite it waits as long as the engine's
            connections do.

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
        bind: Engine | Connection | Session,
        tables: Tables | None = None,
        *,
        lock_timeout: float | None = LOCK_TIMEOUT,
    ) -> None:
        check_kinds(
            InvalidError,
            bind=(bind, _list_kinds(bind)),
            tables=(tables, (Tables, type(None))),
        )
        check_lock_timeout(lock_timeout)
        self.owns_transactions = isinstance(bind, Engine)
        self.bind = self._reading_bind = bind
        if isinstance(bind, Engine):
            self._reading_bind = bind.execution_options(**READING)
        self._is_its_own = False
        self._lock_timeout = lock_timeout
        self._backend = backend(tables, _find_dialect(bind, tables))

    @classmethod
    def open(
        cls,
        url: str | URL,
        tables: Tables | None = None,
        *,
        lock_timeout: float | None = LOCK_TIMEOUT,
    ) -> Self:
        """Return a store on a database, with an engine of its own and all tables.

        A missing file of SQLite and missing tables are created. `close` the store, or use it in a
        `with` statement. A database in memory has one connection, which threads use in turn and in
        no fair order; with many threads use a file.

        Args:
            url: The database, such as `sqlite:///campaigns.db` or `postgresql://localhost/acme`.
            tables: As for the class.
            lock_timeout: For how many seconds a call waits for a lock; 10 by default. None waits
                for ever.

        Raises:
            InvalidError: not a URL, or one of another database than PostgreSQL and SQLite.
            StoreUnavailableError: the database cannot be reached.
        """
        check_kinds(InvalidError, tables=(tables, (Tables, type(None))))
        check_lock_timeout(lock_timeout)
        with explain_url_errors():
            engine = make_engine(url, lock_timeout)
        store = cls(engine, tables, lock_timeout=lock_timeout)
        store._is_its_own = True  # it is one of this class
        try:
            with explain_url_errors():  # some of it only the driver reads, and only now
                store._run(partial(create_tables, tables=tables or default_tables()))
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close the connections of a store that was opened; a host closes its own."""
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
        answer = find_operation(query)
        return self._run(lambda c: answer(c, self._backend), reading=True)

    def add_all(
        self, campaigns: Iterable[Campaign], events: Iterable[Event] = ()
    ) -> tuple[Campaign, ...]:
        """As `Store.add_all`."""
        new = pair_with_events(campaigns, events)
        return self._run(lambda c: add_campaigns(c, self._backend, new))

    def add(
        self,
        campaign: Campaign,
        events: Iterable[Event] = (),
        *,
        extra: Mapping[str, object] | None = None,
    ) -> Campaign:
        """As `Store.add`; `extra` has values by the keys of columns of the host's table.

        Raises:
            InvalidError: `extra` names a column that the table does not have, or one that the
                library writes.
        """
        check_new(campaign, extra)
        new = pair_with_events((campaign,), events)
        return (self._run(lambda c: add_campaigns(c, self._backend, new, extra or {})))[0]

    def apply_decision(self, query: SnapshotQuery, decide: Decide[OutcomeT]) -> Writes[OutcomeT]:
        """As `Store.apply_decision`."""
        check_decision(query, decide)
        nested = not self.owns_transactions
        return self._run(lambda c: write_decision(c, self._backend, query, decide, nested=nested))

    def adopt_client(self, client_id: UUID) -> None:
        """As `Store.adopt_client`."""
        check_kinds(InvalidError, client_id=(client_id, UUID))
        if not self.owns_transactions:
            self._run(lambda c: adopt_in_transaction(c, self._backend, client_id))
            return
        # Committed before it is locked, so that acts wait for it and not for each other.
        self._run(lambda c: add_client(c, self._backend, client_id))
        self._run(lambda c: complete_adoption(c, self._backend, client_id))

    def apply_client_decision(
        self, query: ClientSnapshotQuery, decide: DecideClient[OutcomeT]
    ) -> ClientWrites[OutcomeT]:
        """As `Store.apply_client_decision`."""
        check_client_decision(query, decide)
        nested = not self.owns_transactions
        return self._run(
            lambda c: write_client_decision(c, self._backend, query, decide, nested=nested)
        )

    def verify(self) -> tuple[str, ...]:
        """Return how the database differs from what the library needs, a sentence for each.

        It compares the tables, columns, types, keys, CHECK constraints, enum labels and indexes, by
        meaning, and on PostgreSQL what the connection's role may do. It reads the catalog only, and
        of the library's own tables only; call it when a service starts, or after a migration.

        Raises:
            StorageError: the database refuses or does not answer.

        >>> with SQLAlchemyStore.open("sqlite://") as store:
        ...     store.verify()
        ()
        """
        tables = self._backend.statements.tables
        return self._run(lambda c: list_differences(c, tables), reading=True)

    def _run(self, work: Callable[[Connection], T], *, reading: bool = False) -> T:
        bind = self._reading_bind if reading else self.bind
        if isinstance(bind, Connection):
            return run_in_hosts_transaction(bind, work)
        if not isinstance(bind, Engine):
            from campaignkit.storage.sqlalchemy import _sessions  # noqa: PLC0415  # it loads the ORM

            tables = self._backend.statements.tables
            return _sessions.run_in_session(bind, tables, work, reading=reading)
        act = partial(
            run_in_own_transaction, work=work, lock_timeout=self._lock_timeout, reading=reading
        )
        return run_on_connection(bind, act)


def _list_kinds(bind: object) -> tuple[type, ...]:
    """Return what a store works on. The ORM is loaded only if this is needed to tell."""
    if isinstance(bind, (Engine, Connection)):
        return Engine, Connection
    from sqlalchemy.orm import Session  # noqa: PLC0415

    return Engine, Connection, Session


def _find_dialect(bind: Engine | Connection | Session, tables: Tables | None) -> str:
    if isinstance(bind, (Engine, Connection)):
        return bind.dialect.name
    from campaignkit.storage.sqlalchemy import _sessions  # noqa: PLC0415  # it loads the ORM

    return _sessions.prepare_session(bind, tables or default_tables())


@lru_cache(maxsize=64)
def backend(tables: Tables | None, dialect: str) -> Backend:
    """Return the statements on tables. They are kept, so that a store for each request is cheap.

    Raises:
        InvalidError: a dialect that is neither `postgresql` nor `sqlite`.
    """
    if dialect not in _BACKENDS:
        raise InvalidError([f"a store works on {' and '.join(_BACKENDS)}, not on {dialect}"])
    return _BACKENDS[dialect](Statements(tables or default_tables()))


@lru_cache(maxsize=1)
def default_tables() -> Tables:
    """Return the tables of a store by default. They do not refer to a table of clients."""
    return define_tables(MetaData(), clients=None)
