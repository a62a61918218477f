"""Run work in the transaction of an ORM session, and keep its objects true to the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, FromClause, Table, event, update
from sqlalchemy.exc import InvalidRequestError, UnboundExecutionError
from sqlalchemy.orm import Mapper, Session, object_mapper

from campaignkit.core._immutable import T
from campaignkit.errors import InvalidError, StorageError
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._tables import Tables
from campaignkit.storage.sqlalchemy._transactions import run_in_hosts_transaction

_KNOWN_TABLES = "campaignkit_tables"
"""The key in the `info` of a session for the tables that its rollbacks expire."""


def prepare_session(session: Session, tables: Tables) -> str:
    """Return the dialect of the database in which a session finds the campaigns.

    From now on, objects do not keep what a savepoint of the session's has undone. The session
    itself forgets only what it has written.

    Raises:
        InvalidError: the session has no engine for the campaigns.
    """
    try:
        dialect = session.get_bind(clause=tables.campaigns).dialect.name
    except UnboundExecutionError as error:
        name = tables.campaigns.fullname
        fault = f"must be a session with an engine for the table {name}: it has none"
        raise InvalidError([f"bind {fault}"]) from error

    # Once, however many stores are made of a session that lives long.
    known: set[Tables] = session.info.setdefault(_KNOWN_TABLES, set())
    if tables not in known:
        known.add(tables)

        @event.listens_for(session, "after_soft_rollback")
        def _(session: Session, _: object) -> None:
            _expire_objects(session, tables)

    return dialect


def run_in_session(
    session: Session, tables: Tables, work: Callable[[Connection], T], *, reading: bool
) -> T:
    """Run work in the transaction of a session, whose pending changes are written before.

    After a write, what the session's objects hold of the store's tables is expired. Errors of the
    host's own changes are raised as `Session.flush` raises them.

    Raises:
        StorageError: the session is closed or its transaction has failed.
    """
    if not session.is_active:
        msg = "an earlier error ended the session's transaction: roll the session back"
        raise StorageError(msg)
    session.flush()
    # A session may choose its engine by the statement.
    statement = tables.campaigns if reading else update(tables.campaigns)
    with translate_errors():
        try:
            connection = session.connection(bind_arguments={"clause": statement})
        except InvalidRequestError as error:
            msg = f"the session cannot be used: {error}"
            raise StorageError(msg) from error
    outcome = run_in_hosts_transaction(connection, work)
    if not reading:
        _expire_objects(session, tables)
    return outcome


def _expire_objects(session: Session, tables: Tables) -> None:
    """Expire what objects hold of the store's tables: columns and relationships.

    Others stay as they are: in an async session a read of an expired attribute fails.
    """
    names = {table.fullname for table in tables}
    stale: dict[Mapper[Any], Sequence[str] | None] = {}
    for instance in session.identity_map.values():
        mapper = object_mapper(instance)
        if mapper not in stale:
            stale[mapper] = _list_stale_attributes(mapper, names)
        attributes = stale[mapper]
        if attributes is None or attributes:
            session.expire(instance, attributes)


def _list_stale_attributes(mapper: Mapper[Any], names: set[str]) -> Sequence[str] | None:
    """Return which attributes depend on tables of these names; None for all of them."""
    if _is_on(mapper.tables, names):
        return None
    return [
        relation.key for relation in mapper.relationships if _is_on(relation.mapper.tables, names)
    ]


def _is_on(tables: Sequence[FromClause], names: set[str]) -> bool:
    # By name, as a host may have mapped tables of another MetaData.
    return any(isinstance(table, Table) and table.fullname in names for table in tables)
