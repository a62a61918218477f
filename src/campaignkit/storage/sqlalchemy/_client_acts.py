"""Store what the campaigns of a client share, as functions of a connection.

Their callers begin and end the transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import NO_POLICY, ClientEvent
from campaignkit.domain._erased_names import erased_name
from campaignkit.domain._snapshot import ClientWrites, DecideClient, OutcomeT
from campaignkit.errors import CorruptRowError, NotFoundError, StorageError
from campaignkit.storage._erasing_keys import make_key
from campaignkit.storage._observation import lock_wait, log_corrupt_row
from campaignkit.storage._queries import ClientSnapshotQuery
from campaignkit.storage._writes import check_client_writes
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._client_codec import (
    channel_label,
    client_event_values,
    map_erased_names,
    policy_values,
    suppression_values,
)
from campaignkit.storage.sqlalchemy._client_rows import (
    find_client,
    make_client_key,
    read_client_snapshot,
)
from campaignkit.storage.sqlalchemy._client_statements import ClientStatements
from campaignkit.storage.sqlalchemy._codec import (
    Values,
    name_parameters,
)
from campaignkit.storage.sqlalchemy._driver_errors import (
    CODELESS,
    is_undecodable,
    is_unreadable,
    translate_errors,
)
from campaignkit.storage.sqlalchemy._fetch import fetch_rows
from campaignkit.storage.sqlalchemy._statements import ClientRow
from campaignkit.storage.sqlalchemy._transactions import savepoint


def add_client(connection: Connection, backend: Backend, client_id: UUID) -> None:
    """Add a client whose days are not counted yet, unless it is there."""
    with translate_errors(backend.statements.ledger_names):
        connection.execute(backend.clients.insert_client, make_client_key(backend, client_id))


def complete_adoption(connection: Connection, backend: Backend, client_id: UUID) -> None:
    """Lock a client, and count its days if that was not done yet."""
    with translate_errors(backend.statements.ledger_names):
        _lock_client(connection, backend, client_id)


def adopt_in_transaction(connection: Connection, backend: Backend, client_id: UUID) -> None:
    """As `Store.adopt_client`, in a host's transaction.

    Others do not see the client before that ends. What they admit meanwhile into a campaign that is
    as new is not counted, so that a client is better adopted where the store owns the transaction.

    Raises:
        StorageError: the days of a new client cannot be counted at this isolation level.
    """
    with translate_errors(backend.statements.ledger_names):
        backend.begin_client(connection, make_client_key(backend, client_id))
    with savepoint(connection):
        add_client(connection, backend, client_id)
        complete_adoption(connection, backend, client_id)


def write_client_decision(
    connection: Connection,
    backend: Backend,
    query: ClientSnapshotQuery,
    decide: DecideClient[OutcomeT],
    *,
    nested: bool = False,
) -> ClientWrites[OutcomeT]:
    """As `Store.apply_client_decision`; if `nested`, in the host's transaction."""
    key, ledger = make_client_key(backend, query.client_id), backend.statements.ledger_names
    with translate_errors(ledger):
        backend.begin_client(connection, key)
    with savepoint(connection) if nested else nullcontext():
        with translate_errors(ledger):
            client = _lock_client(connection, backend, query.client_id)
        try:
            before = read_client_snapshot(connection, backend, query, client)
        except CorruptRowError as error:
            log_corrupt_row(error)
            raise
        writes = decide(before)
        check_client_writes(query, before, writes)
        with translate_errors(ledger):
            _write_client(connection, backend, query.client_id, client, writes)
        return writes


def _lock_client(connection: Connection, backend: Backend, client_id: UUID) -> ClientRow:
    """Lock a client, count its days if that was not done yet, and return its row.

    Raises:
        NotFoundError: the client was not adopted.
        StorageError: its days cannot be counted at this isolation level.
    """
    clients, key = backend.clients, make_client_key(backend, client_id)
    client: ClientRow | None
    with lock_wait():
        try:
            row = connection.execute(clients.lock_client, key).first()
            client = None if row is None else ClientRow(*row)
        except (SQLAlchemyError, *CODELESS) as error:
            raise_interruption(error)
            if not (is_unreadable(error) or is_undecodable(error)):
                raise
            client = find_client(connection, backend, key)
    if client is None:
        raise NotFoundError("client", client_id)
    if client.policy is not None:
        return client
    _require_fresh_reads(connection)
    _count_days(connection, clients, key)
    policy = policy_values(NO_POLICY)
    connection.execute(clients.set_policy, {**key, "ck_policy": policy})
    return client._replace(policy=policy)


def _require_fresh_reads(connection: Connection) -> None:
    """Refuse a transaction that would not see what others have committed since it began.

    It would lock and count only the campaigns that there were then.

    Raises:
        StorageError: it is such a transaction of PostgreSQL's.
    """
    if connection.dialect.name != "postgresql":
        return
    if (level := connection.get_isolation_level()) != "READ COMMITTED":
        msg = (
            f"at {level} a transaction does not see all campaigns of a client, so that it cannot"
            " give it its first policy or suppression: do that on an engine, or at READ COMMITTED"
        )
        raise StorageError(msg)


def _count_days(connection: Connection, clients: ClientStatements, key: Values) -> None:
    """Count the leads of a client's campaigns by day.

    The campaigns are locked in the order of their ids. Whoever did not see the client when it took
    one of them is waited for, and writes nothing after the days are counted.
    """
    with lock_wait():
        connection.execute(clients.lock_campaigns, key).all()
    for statement in (
        *(clients.insert_progresses, clients.touch_progresses, clients.fill_clients),
        *(clients.reset_days, clients.count_days),
    ):
        connection.execute(statement, key)


def _write_client(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    client: ClientRow,
    writes: ClientWrites[Any],
) -> None:
    clients, secret, key = backend.clients, client.key, make_client_key(backend, client_id)
    if writes.policy is not None:
        given = {**key, "ck_policy": policy_values(writes.policy)}
        connection.execute(clients.set_policy, given)
    # Once, before the rows are removed by which an erased lead is known.
    ids = {one.lead_id: None for one in (*writes.lifted, *writes.suppressions)}
    names = find_stored_names(connection, backend, client_id, secret, ids)
    if writes.lifted:
        connection.execute(
            clients.lift_suppression,
            [
                {
                    **key,
                    "ck_lead": names.get(one.lead_id, one.lead_id),
                    "ck_channel": channel_label(one.channel),
                }
                for one in writes.lifted
            ],
        )
    write_suppressions(connection, backend, key, names, writes.suppressions)
    if writes.erased is not None:
        _erase_lead(connection, backend, key, secret, writes.erased)
    add_client_events(connection, backend, key, writes.events)


def add_client_events(
    connection: Connection, backend: Backend, key: Values, events: Iterable[ClientEvent]
) -> None:
    """Add events to the history of a client, which is locked."""
    rows = [{**key, **name_parameters(client_event_values(event))} for event in events]
    if rows:
        connection.execute(backend.clients.add_event, rows)


def write_suppressions(
    connection: Connection,
    backend: Backend,
    key: Values,
    names: Mapping[str, str],
    suppressions: Collection[Suppression],
) -> None:
    """Add suppressions to those of a client, those that say the same of several leads at once.

    `names` has the names of the erased ones among the leads.
    """
    alike: defaultdict[tuple[object, ...], list[Suppression]] = defaultdict(list)
    for one in suppressions:
        alike[one.channel, one.until, one.by, one.at, one.reason].append(one)
    for several in alike.values():
        own = [names.get(one.lead_id, one.lead_id) for one in several]
        values = {
            **key,
            **backend.name_leads(own),
            **name_parameters(suppression_values(several[0])),
        }
        connection.execute(backend.clients.write_suppressions, values)


def find_stored_names(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    secret: str | None,
    lead_ids: Collection[str],
) -> dict[str, str]:
    """Return the names of those leads that are erased, by their ids.

    Raises:
        CorruptRowError: `secret` is no key.
    """
    names, key = map_erased_names(client_id, secret, lead_ids), make_client_key(backend, client_id)
    if not names:
        return {}
    values = {**key, **backend.name_leads(list(names))}
    rows = fetch_rows(connection, backend.clients.select_suppressions_of, values)
    return {names[row[0]]: row[0] for row in rows}


def _erase_lead(
    connection: Connection, backend: Backend, key: Values, secret: str | None, lead_id: str
) -> None:
    """Give a lead another name wherever it is stored, and keep its suppressions under that."""
    clients = backend.clients
    if secret is None:
        secret = make_key()
        connection.execute(clients.set_key, {**key, "ck_key": secret})
    name = erased_name(secret, lead_id)
    renamed = {**key, "ck_lead": lead_id, "ck_name": name}
    connection.execute(clients.copy_suppressions, renamed)
    connection.execute(clients.delete_suppressions, renamed)
    # A lead that was taken in again after it was erased is another one in the counts.
    candidates = (name if n == 1 else f"{name}:{n}" for n in count(1))
    renamed["ck_name"] = next(
        one
        for one in candidates
        if connection.execute(clients.select_taken, {**key, "ck_name": one}).first() is None
    )
    for statement in clients.rename_lead:
        connection.execute(statement, renamed)
