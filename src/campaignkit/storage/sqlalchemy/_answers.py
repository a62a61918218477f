"""Answer the queries of a store, as functions of a connection.

Their callers begin and end the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, cast
from uuid import UUID

from attrs import evolve
from sqlalchemy import ColumnElement, Connection, Table, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from campaignkit.core._checks import short_repr, text_error
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import Page, Snapshot, T
from campaignkit.domain._suggestions import Suggestion, SuggestionHead
from campaignkit.errors import (
    CorruptRowError,
    InvalidError,
    NotFoundError,
)
from campaignkit.storage._feed import choose_events, read_cursor, write_cursor
from campaignkit.storage._observation import log_corrupt_row
from campaignkit.storage._queries import (
    AssignmentsQuery,
    CampaignQuery,
    CampaignsQuery,
    ClientHistoryQuery,
    ClientQuery,
    ClientSnapshotQuery,
    FeedQuery,
    HistoryQuery,
    HostCondition,
    KeyT,
    LeadQuery,
    Query,
    RunningCampaignsQuery,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    SuppressionsQuery,
    find_answer,
)
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._client_answers import (
    get_client,
    get_client_snapshot,
    get_lead,
    list_client_events,
    list_suppressions,
)
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    SUGGESTION,
    Row,
    Values,
    parse_uuid,
    read_assignment,
    read_event,
    read_head,
)
from campaignkit.storage.sqlalchemy._driver_errors import (
    CODELESS,
    is_unreadable,
    translate_errors,
)
from campaignkit.storage.sqlalchemy._fetch import BATCH, fetch_each, fetch_rows
from campaignkit.storage.sqlalchemy._pages import PageReader, find_event_number
from campaignkit.storage.sqlalchemy._read_checks import check_answer, refuse_answer
from campaignkit.storage.sqlalchemy._snapshots import (
    make_campaign_key,
    read_snapshot,
    read_with_leads,
)


def find_operation(query: Query[T]) -> Callable[[Connection, Backend], T]:
    """Return the function that answers a query.

    Raises:
        InvalidError: `query` is not a query.
    """
    answer = find_answer(_ANSWERS, query)

    def ask(connection: Connection, backend: Backend) -> T:
        try:
            return cast("T", answer(connection, backend, query))
        except CorruptRowError as error:
            log_corrupt_row(error)
            raise

    return ask


def _get_campaign(connection: Connection, backend: Backend, query: CampaignQuery) -> Campaign:
    statements = backend.statements
    statement = statements.select_campaign if query.include_deleted else statements.select_undeleted
    key = make_campaign_key(backend, query.client_id, query.campaign_id)
    with translate_errors():
        rows = fetch_each(connection, statement, statements.id, key)
    if not rows:
        raise NotFoundError("campaign", query.campaign_id)
    check_answer(rows, {0: query.campaign_id, 1: query.client_id})
    return statements.rows.read_campaign(rows[0])


def _list_campaigns(
    connection: Connection, backend: Backend, query: CampaignsQuery
) -> Page[Campaign, UUID]:
    rows = backend.statements.rows
    values: Values = {"ck_client": rows.bind("client_id", query.client_id)}
    if query.statuses is not None:
        labels = rows.list_labels(query.statuses)
        name = "ck_statuses_or_null" if None in labels else "ck_statuses"
        values[name] = [label for label in labels if label is not None]
    if query.include_deleted:
        values["ck_deleted"] = True
    if query.running_on is not None:
        values |= _running_values(query.running_on)
    return _page_campaigns(connection, backend, query, values)


def _list_running_campaigns(
    connection: Connection, backend: Backend, query: RunningCampaignsQuery
) -> Page[Campaign, UUID]:
    if query.where is not None:
        query = evolve(
            query, where=_read_condition(backend.statements.tables.campaigns, query.where)
        )
    return _page_campaigns(connection, backend, query, _running_values(query.day))


def _running_values(day: date | None) -> Values:
    """Return the parameters for campaigns that are running on a day, or on any day."""
    return _drop_none({"ck_active": True, "ck_day": day})


def _read_condition(campaigns: Table, where: HostCondition) -> ColumnElement[bool]:
    """Return a condition on the table of campaigns, as SQLAlchemy reads it.

    Raises:
        InvalidError: not a condition, or one on other tables, which would multiply the rows.
    """
    try:
        condition = select().where(where).whereclause
    except ArgumentError:
        condition = None
    if condition is None:
        fault = f"must be a condition of SQLAlchemy, not {short_repr(where)}"
        raise InvalidError([f"where {fault}"])
    if others := set(select(condition).get_final_froms()) - {campaigns}:
        names = ", ".join(sorted(map(str, others)))
        fault = f"must be about {campaigns.name}; put {names} in a subquery, such as exists()"
        raise InvalidError([f"where {fault}"])
    return condition


def _page_campaigns(
    connection: Connection,
    backend: Backend,
    query: CampaignsQuery | RunningCampaignsQuery,
    values: Values,
) -> Page[Campaign, UUID]:
    statements = backend.statements
    rows = statements.rows
    if query.after is not None:
        values = {**values, "ck_after": rows.bind("id", query.after)}
    own_ids: Mapping[int, UUID] = {}
    parts: Sequence[Values] = ({},)
    if isinstance(query, CampaignsQuery):
        own_ids = {1: query.client_id}
        if query.ids is not None:
            parts = _split_ids(backend, query.ids, query.after)
    statement = statements.page_campaigns({*values, *parts[0]})
    if isinstance(query, RunningCampaignsQuery) and query.where is not None:
        statement = statement.where(query.where)
    read, key = rows.read_campaign, rows.read_key
    listing = PageReader(statement, statements.id, read, key, own_ids, parts)
    return listing.fetch(connection, values, query.limit)


def _split_ids(backend: Backend, ids: Collection[UUID], after: UUID | None) -> Sequence[Values]:
    """Return the parameters for the campaigns of these ids, in parts that a statement can take."""
    ahead = sorted(one for one in set(ids) if after is None or one > after)
    own = [backend.statements.rows.bind("id", campaign_id) for campaign_id in ahead]
    starts = range(0, len(own) or 1, BATCH)
    return [{"ck_ids": own[start : start + BATCH]} for start in starts]


def _get_snapshot(connection: Connection, backend: Backend, query: SnapshotQuery) -> Snapshot:
    key = make_campaign_key(backend, query.client_id, query.campaign_id)
    return read_snapshot(
        connection, backend, key, query, partial(backend.read_state, connection, key)
    )


def _list_assignments(
    connection: Connection, backend: Backend, query: AssignmentsQuery
) -> Page[Assignment, str]:
    statements = backend.statements
    values = make_campaign_key(backend, query.client_id, query.campaign_id)
    values |= _drop_none({"ck_day": query.day, "ck_after": query.after})
    listing = PageReader(
        statements.page_assignments(values),
        statements.tables.leads.c.lead_id,
        read_assignment,
        _lead_id,
        {len(ASSIGNMENT): query.campaign_id},
    )
    page = listing.fetch(connection, values, query.limit)
    return _require_campaign(connection, backend, page, query.client_id, query.campaign_id)


def _lead_id(row: Row) -> str | None:
    return None if text_error(row[0]) else row[0]


def _list_suggestions(
    connection: Connection, backend: Backend, query: SuggestionsQuery
) -> Page[SuggestionHead, UUID]:
    statements, campaign_id = backend.statements, query.campaign_id
    own_ids = {len(SUGGESTION): query.client_id}
    if campaign_id is None:
        values = {"ck_client": statements.rows.bind("client_id", query.client_id)}
    else:
        values = make_campaign_key(backend, query.client_id, campaign_id)
        own_ids[1] = campaign_id
    states = None if query.states is None else [state.value for state in query.states]
    values |= _drop_none({"ck_after": query.after, "ck_states": states})
    listing = PageReader(
        statements.page_suggestions(values),
        statements.tables.suggestions.c.id,
        read_head,
        statements.rows.read_key,
        own_ids,
    )
    page = listing.fetch(connection, values, query.limit)
    if campaign_id is None:
        return page
    return _require_campaign(connection, backend, page, query.client_id, campaign_id)


def _get_suggestion(connection: Connection, backend: Backend, query: SuggestionQuery) -> Suggestion:
    statements, suggestion_id = backend.statements, query.suggestion_id
    client = statements.rows.bind("client_id", query.client_id)
    values = {"ck_client": client, "ck_suggestion": suggestion_id}

    def read_heads() -> Mapping[UUID, SuggestionHead]:
        with translate_errors():
            own_id = statements.tables.suggestions.c.id
            rows = fetch_each(connection, statements.select_suggestion, own_id, values)
        if not rows:
            raise NotFoundError("suggestion", suggestion_id)
        check_answer(rows, {0: suggestion_id, len(SUGGESTION): query.client_id})
        return {suggestion_id: read_head(rows[0])}

    _, whole = read_with_leads(connection, backend, read_heads, lambda _: True)
    return whole[suggestion_id]


def _list_events(connection: Connection, backend: Backend, query: HistoryQuery) -> Page[Event, int]:
    statements = backend.statements
    values = make_campaign_key(backend, query.client_id, query.campaign_id)
    values |= _drop_none({"ck_after": query.after, "ck_suggestion": query.suggestion_id})
    listing = PageReader(
        statements.page_events(values),
        statements.tables.events.c.number,
        read_event,
        find_event_number,
        {0: query.campaign_id},
    )
    page = listing.fetch(connection, values, query.limit)
    return _require_campaign(connection, backend, page, query.client_id, query.campaign_id)


def _read_feed(connection: Connection, backend: Backend, query: FeedQuery) -> Page[Event, str]:
    statements, rows = backend.statements, backend.statements.rows
    seen = read_cursor(query.client_id, query.cursor)
    with translate_errors():
        given = {"ck_client": rows.bind("client_id", query.client_id)}
        numbers = fetch_rows(connection, statements.select_last_numbers, given)
        check_answer(numbers, {1: query.client_id})
        last = {
            parse_uuid(campaign_id): number
            for campaign_id, _, number in numbers
            if type(number) is int  # none where there are no events
        }
        chosen = choose_events(last, seen, query.limit)
        spans = [(rows.bind("id", i), seen.get(i, 0), n) for i, n in dict(chosen).items()]
        events = _read_events(connection, backend, spans) if spans else ()
    found = {(parse_uuid(row[0]), row[1]): row for row in events}
    if others := found.keys() - set(chosen):
        refuse_answer(f"{len(chosen)} events", f"{len(others)} others")
    items: list[Event] = []
    corrupt: list[CorruptRowError] = []
    for place in chosen:
        try:
            if place in found:
                items.append(read_event(found[place]))
        except CorruptRowError as error:
            log_corrupt_row(error)
            corrupt.append(error)
    after = write_cursor(query.client_id, seen | dict(chosen))
    return Page(tuple(items), after, tuple(corrupt))


def _read_events(
    connection: Connection, backend: Backend, spans: Sequence[tuple[object, int, int]]
) -> Sequence[Row]:
    """Return events as `Backend.read_events`, also those that the driver cannot decode."""
    try:
        return backend.read_events(connection, spans)
    except (SQLAlchemyError, *CODELESS) as error:
        raise_interruption(error)
        if not is_unreadable(error):
            raise
    statement, number = backend.statements.select_events, backend.statements.tables.events.c.number
    values = ({"ck_campaign": key, "ck_after": n, "ck_last": last} for key, n, last in spans)
    return [r for given in values for r in fetch_each(connection, statement, number, given)]


_ANSWERS: Mapping[type, Callable[[Connection, Backend, Any], object]] = {
    CampaignQuery: _get_campaign,
    CampaignsQuery: _list_campaigns,
    RunningCampaignsQuery: _list_running_campaigns,
    SnapshotQuery: _get_snapshot,
    AssignmentsQuery: _list_assignments,
    SuggestionsQuery: _list_suggestions,
    SuggestionQuery: _get_suggestion,
    HistoryQuery: _list_events,
    FeedQuery: _read_feed,
    ClientQuery: get_client,
    ClientSnapshotQuery: get_client_snapshot,
    SuppressionsQuery: list_suppressions,
    ClientHistoryQuery: list_client_events,
    LeadQuery: get_lead,
}


def _drop_none(values: Values) -> Values:
    return {name: value for name, value in values.items() if value is not None}


def _require_campaign(
    connection: Connection,
    backend: Backend,
    page: Page[T, KeyT],
    client_id: UUID,
    campaign_id: UUID,
) -> Page[T, KeyT]:
    """Return a page of what a campaign has; an empty one only if there is such a campaign.

    Raises:
        NotFoundError: the client has no such campaign.
    """
    if page == Page(()):
        key = make_campaign_key(backend, client_id, campaign_id)
        with translate_errors():
            own_id = connection.scalars(backend.statements.select_own_id, key).first()
        if own_id is None:
            raise NotFoundError("campaign", campaign_id)
    return page
