"""Read what the campaigns of a client share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, Table

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._client_policy import Suppression, channel_order
from campaignkit.domain._clients import Claim, ClientState, LiveAssignment
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import ClientSnapshot
from campaignkit.storage._queries import ClientQuery, ClientSnapshotQuery, SnapshotQuery
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._client_codec import (
    map_erased_names,
    read_claim,
    read_policy,
    read_policy_or_none,
    read_release,
    read_revision,
    read_suppression,
    read_used,
    week_values,
)
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    Row,
    Values,
    read_assignment,
    read_campaign_id,
)
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._fetch import fetch_each, fetch_rows, fetch_rows_of
from campaignkit.storage.sqlalchemy._read_checks import explain_unreadable, keep_valid_ids
from campaignkit.storage.sqlalchemy._statements import AnySelect, ClientRow, State


def read_client_fields(
    connection: Connection,
    backend: Backend,
    key: Values,
    query: SnapshotQuery,
    state: State,
) -> Mapping[str, Any]:
    """Return the fields of a snapshot that are about what the client's campaigns share.

    A policy that cannot be read stands for none where nothing depends on it, so that a campaign can
    be paused.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    if state.client is None:
        return {}
    revision, plain, secret = state.client
    asked = keep_valid_ids(query.lead_ids)
    if (asked and query.day is not None) or query.elsewhere:
        policy = read_policy(query.client_id, plain)
    else:
        policy = read_policy_or_none(query.client_id, plain)
    found = ClientRows()
    if query.day is not None:
        found = read_client_rows(
            connection, backend, key, query, lead_ids=asked, secret=secret, rows=state.shared
        )
    elif asked:
        stops = read_suppressions(connection, backend, query.client_id, secret, asked)
        found = ClientRows(suppressions=FrozenMap(stops))
    number = read_revision(query.client_id, revision)
    client = ClientState(policy, number, found.used, found.claims, found.suppressions)
    return {"client": client, "elsewhere": _read_elsewhere(connection, backend, key, query)}


@frozen
class ClientRows:
    """What rows have of a client: what its campaigns were given, and what keeps leads out."""

    used: Mapping[date, ChannelCounts] = FrozenMap[date, ChannelCounts]()
    claims: Mapping[str, tuple[Claim, ...]] = FrozenMap[str, tuple[Claim, ...]]()
    suppressions: Mapping[str, tuple[Suppression, ...]] = FrozenMap[str, tuple[Suppression, ...]]()


def read_client_rows(
    connection: Connection,
    backend: Backend,
    key: Values,
    query: SnapshotQuery | ClientQuery,
    *,
    lead_ids: Sequence[str] = (),
    secret: str | None = None,
    rows: Sequence[Row] | None = None,
) -> ClientRows:
    """Return what rows have of a client around a day, and of leads; they are read if not given.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    client_id, names = query.client_id, map_erased_names(query.client_id, secret, lead_ids)
    if rows is None:
        values = {**key, **week_values(query.day)}
        rows = _fetch_client_rows(connection, backend, client_id, values, [*lead_ids, *names])
    given: dict[date, ChannelCounts] = {}
    claims: defaultdict[str, list[Claim]] = defaultdict(list)
    suppressions: defaultdict[str, list[Suppression]] = defaultdict(list)
    wanted = set(lead_ids)
    for kind, lead_id, campaign_id, day, is_live, channel, by, at, reason, *others in rows:
        if kind == "used":
            given[day] = read_used(client_id, day, others[-len(CHANNELS) :])
        elif kind == "suppression":
            own_id = names.get(lead_id, lead_id)
            one = read_suppression((own_id, channel, day, by, at, reason))
            suppressions[own_id].append(one)
        elif lead_id in wanted:
            claims[lead_id].append(read_claim(lead_id, campaign_id, day, is_live=bool(is_live)))
    return ClientRows(
        FrozenMap({day: counts for day, counts in sorted(given.items()) if counts.total}),
        FrozenMap({i: tuple(sorted(own, key=_claim_order)) for i, own in claims.items()}),
        FrozenMap({i: tuple(sorted(own, key=channel_order)) for i, own in suppressions.items()}),
    )


def _fetch_client_rows(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    values: Values,
    lead_ids: Sequence[str],
) -> Sequence[Row]:
    """Return the rows of `select_shared`, those of the days alone if no leads are named.

    Raises:
        CorruptRowError: the driver cannot decode a row.
    """

    def reread() -> None:
        _reread_used(connection, backend, client_id, values)
        reread_client(connection, backend, values, lead_ids)

    with explain_unreadable(backend, reread):
        if lead_ids:
            named = {**values, **backend.name_leads(lead_ids)}
            return fetch_rows(connection, backend.clients.select_shared, named)
        used = fetch_rows(connection, backend.clients.select_used, values)
    return [("used", None, None, day, *(None,) * 5, *counts) for day, *counts in used]


def _claim_order(claim: Claim) -> tuple[UUID, bool, date]:
    return claim.campaign_id, not claim.is_live, claim.day


def _reread_used(connection: Connection, backend: Backend, client_id: UUID, values: Values) -> None:
    """Read the days of a client again, each by itself.

    Raises:
        CorruptRowError: a row cannot be read.
    """
    day = backend.statements.tables.client_days.c.day
    for own, *counts in fetch_each(connection, backend.clients.select_used, day, values):
        read_used(client_id, own, counts)


def reread_client(
    connection: Connection, backend: Backend, key: Values, lead_ids: Sequence[str]
) -> None:
    """Read what a client has of leads again, each row by itself.

    Raises:
        CorruptRowError: a row cannot be read.
    """
    clients, tables = backend.clients, backend.statements.tables
    readings: Sequence[tuple[Table, AnySelect, Callable[[Row], object]]] = (
        (tables.suppressions, clients.select_suppressions, read_suppression),
        (tables.leads, clients.select_leads, read_assignment),
        (tables.releases, clients.select_all_releases, read_release),
    )
    for table, statement, read in readings:
        for row in fetch_rows_of(connection, statement, table.c.lead_id, key, lead_ids):
            read(row)


def _read_elsewhere(
    connection: Connection, backend: Backend, key: Values, query: SnapshotQuery
) -> Mapping[str, Assignment]:
    if not query.elsewhere:
        return FrozenMap[str, Assignment]()
    lead_id = backend.statements.tables.leads.c.lead_id
    with translate_errors():
        rows = fetch_each(connection, backend.clients.select_elsewhere, lead_id, key)
    return FrozenMap({row[0]: read_assignment(row) for row in rows})


def find_client(connection: Connection, backend: Backend, key: Values) -> ClientRow | None:
    """Return the row of a client, or None if it was not adopted."""
    clients, column = backend.clients, backend.statements.tables.clients.c.client_id
    with translate_errors():
        rows = fetch_each(connection, clients.select_client, column, key)
    return ClientRow(*rows[0]) if rows else None


def make_client_key(backend: Backend, client_id: UUID) -> Values:
    """Return the parameter that names a client."""
    return {"ck_client": backend.statements.rows.bind("client_id", client_id)}


def read_client_snapshot(
    connection: Connection, backend: Backend, query: ClientSnapshotQuery, client: ClientRow
) -> ClientSnapshot:
    """Return the answer to a query, with the row of the client.

    A policy that cannot be read stands for none, so that another can be set.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    lead_ids = keep_valid_ids(query.lead_ids)
    policy = read_policy_or_none(query.client_id, client.policy)
    revision = read_revision(query.client_id, client.revision)
    suppressions = read_suppressions(connection, backend, query.client_id, client.key, lead_ids)
    live: Iterable[LiveAssignment] = ()
    if query.live and lead_ids:
        key = make_client_key(backend, query.client_id)
        values = {**key, **backend.name_leads(lead_ids)}
        reread = partial(reread_client, connection, backend, key, lead_ids)
        with explain_unreadable(backend, reread):
            rows = fetch_rows(connection, backend.clients.select_live, values)
        live = [read_live(row) for row in rows]
    return ClientSnapshot(
        ClientState(policy, revision, suppressions=FrozenMap(suppressions)),
        tuple(live),
        _count_doubles(connection, backend, query),
    )


def _count_doubles(connection: Connection, backend: Backend, query: ClientSnapshotQuery) -> int:
    if not query.doubles:
        return 0
    key = make_client_key(backend, query.client_id)
    with translate_errors(backend.statements.ledger_names):
        return connection.scalar(backend.clients.count_doubles, key) or 0


def read_live(row: Row) -> LiveAssignment:
    """Return the live assignment of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    campaign_id = read_campaign_id("assignment", row[0], row[len(ASSIGNMENT)])
    return LiveAssignment(campaign_id, read_assignment(row))


def read_suppressions(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    secret: str | None,
    lead_ids: Collection[str],
) -> dict[str, tuple[Suppression, ...]]:
    """Return the suppressions of leads, those of erased ones under the ids that are asked for.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    if not lead_ids:
        return {}
    names = map_erased_names(client_id, secret, lead_ids)
    asked = [*lead_ids, *names]
    key = make_client_key(backend, client_id)
    values = {**key, **backend.name_leads(asked)}
    with explain_unreadable(backend, partial(reread_client, connection, backend, key, asked)):
        rows = fetch_rows(connection, backend.clients.select_suppressions_of, values)
    found: defaultdict[str, list[Suppression]] = defaultdict(list)
    for lead_id, *rest in rows:
        own_id = names.get(lead_id, lead_id)
        found[own_id].append(read_suppression((own_id, *rest)))
    return {i: tuple(sorted(own, key=channel_order)) for i, own in found.items()}
