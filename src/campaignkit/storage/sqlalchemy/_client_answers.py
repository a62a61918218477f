"""Answer queries about what the campaigns of a client share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import ColumnElement, Connection

from campaignkit.core._checks import LARGEST_INTEGER, text_error
from campaignkit.domain._client_policy import Suppression, channel_order
from campaignkit.domain._clients import ClientEvent, ClientState
from campaignkit.domain._lead_records import LeadRecord, make_lead_record
from campaignkit.domain._ledger import ReleasedLead
from campaignkit.domain._snapshot import ClientSnapshot, Page
from campaignkit.domain._suggestions import Rejection, SuggestionHead
from campaignkit.errors import CorruptRowError
from campaignkit.storage._queries import (
    ClientHistoryQuery,
    ClientQuery,
    ClientSnapshotQuery,
    LeadQuery,
    SuppressionsQuery,
)
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._client_codec import (
    RELEASE,
    read_client_event,
    read_policy,
    read_release,
    read_revision,
    read_suppression,
)
from campaignkit.storage.sqlalchemy._client_rows import (
    find_client,
    make_client_key,
    read_client_rows,
    read_client_snapshot,
    read_live,
    read_suppressions,
)
from campaignkit.storage.sqlalchemy._codec import (
    SUGGESTION,
    Row,
    read_campaign_id,
    read_head,
    read_rejection,
)
from campaignkit.storage.sqlalchemy._driver_errors import translate_errors
from campaignkit.storage.sqlalchemy._fetch import fetch_each, fetch_rows, fetch_rows_of
from campaignkit.storage.sqlalchemy._pages import PageReader, find_event_number, read_valid_rows
from campaignkit.storage.sqlalchemy._statements import AnySelect, ClientRow


def get_client(connection: Connection, backend: Backend, query: ClientQuery) -> ClientState:
    """Answer a `ClientQuery`.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    key = make_client_key(backend, query.client_id)
    client = find_client(connection, backend, key)
    if client is None:
        return ClientState()
    policy = read_policy(query.client_id, client.policy)
    revision = read_revision(query.client_id, client.revision)
    if query.day is None:
        return ClientState(policy, revision)
    return ClientState(policy, revision, read_client_rows(connection, backend, key, query).used)


def get_client_snapshot(
    connection: Connection, backend: Backend, query: ClientSnapshotQuery
) -> ClientSnapshot:
    """Answer a `ClientSnapshotQuery`.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    client = find_client(connection, backend, make_client_key(backend, query.client_id))
    return read_client_snapshot(connection, backend, query, client or ClientRow(revision=0))


def list_suppressions(
    connection: Connection, backend: Backend, query: SuppressionsQuery
) -> Page[Suppression, str]:
    """Answer a `SuppressionsQuery`: a page has all suppressions of each of its leads."""
    clients, tables = backend.clients, backend.statements.tables
    values = make_client_key(backend, query.client_id)
    if query.after is not None:
        values["ck_after"] = query.after
    size = min(query.limit, LARGEST_INTEGER)
    with translate_errors():
        page = clients.page_suppressed_leads(values)
        found = [row[0] for row in fetch_rows(connection, page, {**values, "ck_size": size + 1})]
        ids, faults = found[:size], {one: text_error(one) for one in found[:size]}
        while len(found) > len(ids) and ids and faults[ids[-1]]:
            ids.pop()  # a page ends with an id that the next one can follow
        if found and not ids:
            return list_suppressions(connection, backend, evolve(query, limit=2 * size))
        column, valid = tables.suppressions.c.lead_id, [one for one in ids if not faults[one]]
        rows = fetch_rows_of(connection, clients.select_suppressions, column, values, valid)
    items, corrupt = read_valid_rows(rows, read_suppression)
    items.sort(key=lambda one: (one.lead_id, channel_order(one)))
    wrong = {one: fault for one in ids if (fault := faults[one])}
    corrupt += [CorruptRowError("suppression", i, [f"lead_id {wrong[i]}"]) for i in wrong]
    return Page(tuple(items), ids[-1] if len(found) > len(ids) else None, tuple(corrupt))


def list_client_events(
    connection: Connection, backend: Backend, query: ClientHistoryQuery
) -> Page[ClientEvent, int]:
    """Answer a `ClientHistoryQuery`."""
    values = make_client_key(backend, query.client_id)
    if query.after is not None:
        values["ck_after"] = query.after
    listing = PageReader(
        backend.clients.page_events(values),
        backend.statements.tables.client_events.c.number,
        read_client_event,
        find_event_number,
        {0: query.client_id},
    )
    return listing.fetch(connection, values, query.limit)


def get_lead(connection: Connection, backend: Backend, query: LeadQuery) -> LeadRecord:
    """Answer a `LeadQuery`.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    clients, tables = backend.clients, backend.statements.tables
    key = make_client_key(backend, query.client_id)
    values = {**key, "ck_lead": query.lead_id}

    def fetch(statement: AnySelect, column: ColumnElement[Any]) -> Sequence[Row]:
        with translate_errors():
            return fetch_each(connection, statement, column, values)

    client = find_client(connection, backend, key)
    secret = None if client is None else client.key
    suppressions = read_suppressions(connection, backend, query.client_id, secret, [query.lead_id])
    suggestion_id = tables.suggestions.c.id
    return make_lead_record(
        query.lead_id,
        present=map(read_live, fetch(clients.select_present, tables.leads.c.campaign_id)),
        released=map(_read_released, fetch(clients.select_releases, tables.releases.c.number)),
        suggestions=map(read_head, fetch(clients.select_suggested, suggestion_id)),
        rejections=map(_read_rejected, fetch(clients.select_rejected, suggestion_id)),
        suppressions=suppressions.get(query.lead_id, ()),
    )


def _read_released(row: Row) -> tuple[UUID, ReleasedLead]:
    return read_campaign_id("release", row[0], row[len(RELEASE)]), read_release(row)


def _read_rejected(row: Row) -> tuple[Rejection, SuggestionHead]:
    return read_rejection(row[len(SUGGESTION) :]), read_head(row)
