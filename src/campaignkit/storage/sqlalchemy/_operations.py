"""What a store does, as functions of a connection in a transaction that somebody else ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

from attrs import evolve
from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.exc import IntegrityError, NoReferenceError, SQLAlchemyError

from campaignkit.core._checks import text_error
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._campaign import Campaign, CampaignStatus
from campaignkit.domain._events import Event
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._snapshot import Decide, Page, Snapshot, Writes
from campaignkit.domain._suggestions import Suggestion
from campaignkit.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptRowError,
    NotFoundError,
    StorageError,
    UnknownClientError,
)
from campaignkit.storage._reads import (
    AssignmentsQuery,
    CampaignQuery,
    CampaignsQuery,
    HistoryQuery,
    Query,
    RunningCampaignsQuery,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    check_asked,
    find_answer,
)
from campaignkit.storage._writes import begun_histories, fits
from campaignkit.storage.sqlalchemy._backend import Backend, Changes
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    SUGGESTION,
    Row,
    Values,
    event_values,
    progress_values,
    read_assignment,
    read_event,
    read_progress,
    read_suggestion,
    read_uuid,
)
from campaignkit.storage.sqlalchemy._driver_errors import (
    CODELESS,
    is_duplicate,
    is_unknown_reference,
    is_unreadable,
    translated,
    without_content,
)
from campaignkit.storage.sqlalchemy._guarded import fetch_each, fetch_rows, fetch_rows_of
from campaignkit.storage.sqlalchemy._queries import AnySelect, Filters, State
from campaignkit.storage.sqlalchemy._transactions import savepoint

T = TypeVar("T")
K = TypeVar("K", UUID, str, int)
OutcomeT = TypeVar("OutcomeT")


# -- Reading --------------------------------------------------------------------------------------


def find_operation(query: Query[T]) -> Callable[[Connection, Backend], T]:
    """Return what answers a query.

    Raises:
        InvalidError: `query` is not a query.
    """
    answer = find_answer(_ANSWERS, query)
    return lambda connection, backend: cast("T", answer(connection, backend, query))


def _get_campaign(connection: Connection, backend: Backend, query: CampaignQuery) -> Campaign:
    queries = backend.queries
    statement = queries.get_deleted if query.include_deleted else queries.get
    key = _key(backend, query.client_id, query.campaign_id)
    with translated():
        found = fetch_each(connection, statement, queries.id, key)
    if not found:
        raise NotFoundError("campaign", query.campaign_id)
    _check_answer(found, {0: query.campaign_id, 1: query.client_id})
    return queries.rows.read(found[0])


def _list_campaigns(
    connection: Connection, backend: Backend, query: CampaignsQuery
) -> Page[Campaign, UUID]:
    rows, statuses = backend.queries.rows, query.statuses
    values: Values = {"ck_client": rows.bound("client_id", query.client_id)}
    if statuses is not None:
        values["ck_statuses"] = [rows.bound("status", s) for s in statuses if rows.can_be(s)]
        if not values["ck_statuses"]:
            return Page(())
    if query.running_on is not None:
        if not rows.can_be(CampaignStatus.ACTIVE):
            return Page(())
        active = rows.bound("status", CampaignStatus.ACTIVE)
        values |= {"ck_day": query.running_on, "ck_active": active}
    if query.after is not None:
        values["ck_after"] = rows.bound("id", query.after)
    filters = Filters(
        statuses=statuses is not None,
        drafts=CampaignStatus.DRAFT in (statuses or ()),
        running=query.running_on is not None,
        deleted=query.include_deleted,
        after=query.after is not None,
    )
    return _page(
        connection,
        backend.queries.find(filters),
        backend.queries.id,
        values,
        query.limit,
        read=rows.read,
        key=rows.key,
        asked={1: query.client_id},
    )


def _list_running_campaigns(
    connection: Connection, backend: Backend, query: RunningCampaignsQuery
) -> Page[Campaign, UUID]:
    rows = backend.queries.rows
    if not rows.can_be(CampaignStatus.ACTIVE):
        return Page(())
    active = rows.bound("status", CampaignStatus.ACTIVE)
    values: Values = {"ck_day": query.day, "ck_active": active}
    if query.after is not None:
        values["ck_after"] = rows.bound("id", query.after)
    filters = Filters(across_clients=True, running=True, after=query.after is not None)
    return _page(
        connection,
        backend.queries.find(filters),
        backend.queries.id,
        values,
        query.limit,
        read=rows.read,
        key=rows.key,
    )


def _get_snapshot(connection: Connection, backend: Backend, query: SnapshotQuery) -> Snapshot:
    key = _key(backend, query.client_id, query.campaign_id)
    values = {**key, "ck_day": query.day}
    possible = _possible(query.lead_ids)
    with _legible(connection, backend, key, possible):
        if len(query.lead_ids):
            wanted = backend.wanted(possible)
            rows = fetch_rows(connection, backend.snapshot, {**values, **wanted})
        else:
            rows = fetch_rows(connection, backend.queries.state, values)
    if not rows:
        raise NotFoundError("campaign", query.campaign_id)
    state = State.of(rows)
    _check_state(state, query.client_id, query.campaign_id, possible)
    return _snapshot(backend, state, query.day)


def _list_assignments(
    connection: Connection, backend: Backend, query: AssignmentsQuery
) -> Page[Assignment, str]:
    queries = backend.queries
    key = _key(backend, query.client_id, query.campaign_id)
    filters = Filters(day=query.day is not None, after=query.after is not None)
    page = _page(
        connection,
        queries.listing(filters),
        queries.tables.leads.c.lead_id,
        {**key, "ck_day": query.day, "ck_after": query.after},
        query.limit,
        read=read_assignment,
        key=_lead_id,
        asked={len(ASSIGNMENT): query.campaign_id},
    )
    if page == _NOTHING:
        _require(connection, backend, query.client_id, query.campaign_id)
    return page


def _lead_id(row: Row) -> str | None:
    return None if text_error(row[0]) else row[0]


def _list_suggestions(
    connection: Connection, backend: Backend, query: SuggestionsQuery
) -> Page[Suggestion, UUID]:
    queries, campaign_id = backend.queries, query.campaign_id
    values: Values = {
        "ck_client": queries.rows.bound("client_id", query.client_id),
        "ck_after": query.after,
        "ck_statuses": [state.value for state in query.states or ()],
    }
    asked = {len(SUGGESTION): query.client_id}
    if campaign_id is not None:
        values |= _key(backend, query.client_id, campaign_id)
        asked[1] = campaign_id
    filters = Filters(
        campaign=campaign_id is not None,
        statuses=query.states is not None,
        after=query.after is not None,
    )
    page = _page(
        connection,
        queries.proposals(filters),
        queries.tables.suggestions.c.id,
        values,
        query.limit,
        read=read_suggestion,
        key=queries.rows.key,
        asked=asked,
    )
    if campaign_id is not None and page == _NOTHING:
        _require(connection, backend, query.client_id, campaign_id)
    return page


def _get_suggestion(connection: Connection, backend: Backend, query: SuggestionQuery) -> Suggestion:
    queries, suggestion_id = backend.queries, query.suggestion_id
    client = queries.rows.bound("client_id", query.client_id)
    values = {"ck_client": client, "ck_suggestion": suggestion_id}
    with translated():
        own_id = queries.tables.suggestions.c.id
        found = fetch_each(connection, queries.suggestion, own_id, values)
    if not found:
        raise NotFoundError("suggestion", suggestion_id)
    _check_answer(found, {0: suggestion_id, len(SUGGESTION): query.client_id})
    return read_suggestion(found[0])


def _list_events(connection: Connection, backend: Backend, query: HistoryQuery) -> Page[Event, int]:
    queries = backend.queries
    key = _key(backend, query.client_id, query.campaign_id)
    page = _page(
        connection,
        queries.story(Filters(after=query.after is not None)),
        queries.tables.events.c.number,
        {**key, "ck_after": query.after},
        query.limit,
        read=read_event,
        key=_number,
        asked={0: query.campaign_id},
    )
    if page == _NOTHING:
        _require(connection, backend, query.client_id, query.campaign_id)
    return page


def _number(row: Row) -> int | None:
    return row[1] if type(row[1]) is int else None


_ANSWERS: Mapping[type, Callable[[Connection, Backend, Any], object]] = {
    CampaignQuery: _get_campaign,
    CampaignsQuery: _list_campaigns,
    RunningCampaignsQuery: _list_running_campaigns,
    SnapshotQuery: _get_snapshot,
    AssignmentsQuery: _list_assignments,
    SuggestionsQuery: _list_suggestions,
    SuggestionQuery: _get_suggestion,
    HistoryQuery: _list_events,
}


def _require(connection: Connection, backend: Backend, client_id: UUID, campaign_id: UUID) -> None:
    """Tell a campaign of which there is nothing to list from one that there is not.

    Raises:
        NotFoundError: the client has no such campaign.
    """
    with translated():
        there = connection.scalars(backend.queries.is_there, _key(backend, client_id, campaign_id))
        if there.first() is not None:
            return
    raise NotFoundError("campaign", campaign_id)


_NOTHING: Page[Any, Any] = Page(())


def _page(
    connection: Connection,
    statement: AnySelect,
    column: ColumnElement[Any],
    values: Values,
    size: int,
    *,
    read: Callable[[Row], T],
    key: Callable[[Row], K | None],
    asked: Mapping[int, UUID] = FrozenMap(),
) -> Page[T, K]:
    """Return a page of a listing; `key` gives None for a row of which the key is corrupt, too.

    `asked` tells of columns, by their places, which id alone may be in them.

    A page ends with a key that the next one can follow, and so has fewer rows than it may have, or
    more corrupt ones, where there is no such key at its end.
    """
    with translated():
        rows = fetch_each(connection, statement, column, {**values, "ck_size": size + 1})
    _check_answer(rows, asked)
    end: K | None = None
    if len(rows) > size:
        ends = ((n, found) for n in range(size, 0, -1) if (found := key(rows[n - 1])) is not None)
        at, end = next(ends, (0, None))
        if end is None:
            return _page(
                connection, statement, column, values, 2 * size, read=read, key=key, asked=asked
            )
        rows = rows[:at]
    items: list[T] = []
    corrupt: list[CorruptRowError] = []
    for row in rows:
        try:
            items.append(read(row))
        except CorruptRowError as error:
            corrupt.append(error)
    return Page(tuple(items), end, tuple(corrupt))


# -- Writing --------------------------------------------------------------------------------------


def add_all(
    connection: Connection,
    backend: Backend,
    campaigns: Iterable[Campaign],
    events: Iterable[Event] = (),
) -> tuple[Campaign, ...]:
    """As `Store.add_all`."""
    new = tuple(campaigns)
    begun = begun_histories(new, events)
    if not new:
        return ()
    if twice := [i for i, n in Counter(campaign.id for campaign in new).items() if n > 1]:
        raise AlreadyExistsError("campaign", twice[0])
    queries = backend.queries
    values = [queries.rows.values(campaign) for campaign in new]
    ids = [queries.rows.bound("id", campaign.id) for campaign in new]
    with translated():
        backend.begin_writing(connection, _key(backend, new[0].client_id, new[0].id))
        try:
            with savepoint(connection):
                connection.execute(queries.add, values if len(values) > 1 else values[0])
                if told := list(_numbered(backend, begun)):
                    connection.execute(queries.begin_history, told)
        except IntegrityError as error:
            _explain(connection, backend, error, new, ids)
            raise
        # Read again, not by RETURNING: that would take another form of INSERT, which for many
        # rows is twice as slow, and in SQLite does not know what triggers do.
        stored = map(queries.rows.read, _by_ids(connection, queries.get_all, ids))
        by_id = {campaign.id: campaign for campaign in stored}
    return tuple(by_id[campaign.id] for campaign in new)


def _numbered(backend: Backend, begun: Mapping[UUID, Sequence[Event]]) -> Iterable[Values]:
    """Give the rows of events with which histories begin."""
    for campaign_id, events in begun.items():
        for number, event in enumerate(events, start=1):
            kind, suggestion_id, rest = event_values(event)
            yield {
                "campaign_id": backend.queries.rows.bound("id", campaign_id),
                "number": number,
                "kind": kind,
                "suggestion_id": suggestion_id,
                "event": rest,
            }


def _explain(
    connection: Connection,
    backend: Backend,
    error: IntegrityError,
    new: Sequence[Campaign],
    ids: Sequence[object],
) -> None:
    """Say which campaigns or clients are to blame for an error, if they are.

    Raises:
        AlreadyExistsError: there is a campaign with one of the ids.
        UnknownClientError: there are clients that the host's table does not hold.
    """
    if is_duplicate(error):
        there = {row[0] for row in _by_ids(connection, backend.queries.get_ids, ids)}
        for campaign, key in zip(new, ids, strict=True):
            if key in there:
                raise AlreadyExistsError("campaign", campaign.id) from without_content(error)
    if is_unknown_reference(error) and (unknown := _unknown_clients(connection, backend, new)):
        raise UnknownClientError(unknown) from without_content(error)


def _by_ids(connection: Connection, statement: AnySelect, ids: Sequence[object]) -> Iterable[Row]:
    for start in range(0, len(ids), _BATCH):
        yield from connection.execute(statement, {"ck_campaigns": ids[start : start + _BATCH]})


_BATCH = 1000  # far fewer parameters than either database takes


def _unknown_clients(
    connection: Connection, backend: Backend, campaigns: Iterable[Campaign]
) -> list[UUID]:
    """Return those clients of the campaigns that the host's table does not hold."""
    rows, column = backend.queries.rows, backend.queries.client_id
    wanted = {
        campaign.client_id: rows.bound("client_id", campaign.client_id) for campaign in campaigns
    }
    try:
        clients = [reference.column for reference in column.foreign_keys]
    except NoReferenceError:  # its table is not on the MetaData
        return list(wanted)
    if not clients:
        return []  # it was another of the host's foreign keys
    found = {
        bound
        for client in clients
        for bound in connection.scalars(select(client).where(client.in_(wanted.values())))
    }
    return [client_id for client_id, bound in wanted.items() if bound not in found]


def transact(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    campaign_id: UUID,
    decide: Decide[OutcomeT],
    *,
    day: date | None = None,
    lead_ids: Collection[str] = (),
    suggestion_ids: Collection[UUID] = (),
    pending: bool = False,
    last_suggestion: bool = False,
    nested: bool = False,
) -> Writes[OutcomeT]:
    """As `Store.transact`; where it is `nested` in the host's transaction, what fails is undone."""
    asked = {"client_id": client_id, "campaign_id": campaign_id}
    flags = {"pending": pending, "last_suggestion": last_suggestion}
    check_asked(asked, day, suggestion_ids, lead_ids, decide, **flags)
    key, ids = _key(backend, client_id, campaign_id), _possible(lead_ids)
    with translated():
        backend.begin_writing(connection, key)
    with savepoint(connection) if nested else nullcontext():
        with _legible(connection, backend, key, ids):
            locked = backend.lock(connection, key, day, ids)
        if locked is None:
            raise NotFoundError("campaign", campaign_id)
        _check_state(locked, client_id, campaign_id, ids)
        before = _snapshot(backend, locked, day)
        if len(suggestion_ids) or pending:
            wanted = {**key, "ck_suggestions": list(suggestion_ids)}
            with translated():  # as a later statement than the lock
                queries = backend.queries
                statement = queries.named_or_pending if pending else queries.named
                found = fetch_each(connection, statement, queries.tables.suggestions.c.id, wanted)
            _check_answer(found, {1: campaign_id})
            suggested = map(read_suggestion, found)
            before = evolve(before, suggestions=FrozenMap({s.id: s for s in suggested}))
        if last_suggestion:
            with translated():  # as a later statement, too
                last = connection.scalar(backend.queries.last_suggestion, key)
            before = evolve(before, last_suggestion=None if last is None else UUID(int=last.int))
        writes = decide(before)
        with translated():
            fits(before, writes)
            return _write(connection, backend, key, before.campaign, writes)


def _write(
    connection: Connection,
    backend: Backend,
    key: Values,
    before: Campaign,
    writes: Writes[OutcomeT],
) -> Writes[OutcomeT]:
    rows = backend.queries.rows
    days = Counter(assignment.day for assignment in writes.assigned)
    if writes.released:
        released = backend.release(connection, key, _possible(writes.released))
        if absent := sorted(set(writes.released) - {lead_id for lead_id, _ in released}):
            msg = f"campaign {before.id}: leads to release that are not there: {absent}"
            raise ConflictError(msg)
        days.subtract(day for _, day in released)
    changes = Changes(
        assigned=writes.assigned,
        days={day: by for day, by in days.items() if by},
        progress={} if writes.progress is None else progress_values(writes.progress),
        campaign={} if writes.campaign is None else rows.changes(before, writes.campaign),
        suggestions=writes.suggestions,
        events=writes.events,
    )
    row = backend.write(connection, key, changes)
    if writes.campaign is None:
        return writes
    return evolve(writes, campaign=before if row is None else rows.read(row))


# -- Both -----------------------------------------------------------------------------------------


@contextmanager
def _legible(
    connection: Connection, backend: Backend, key: Values, lead_ids: Sequence[str]
) -> Generator[None]:
    """Say what is wrong with a row of a campaign or its leads of which the driver makes no values.

    Raises:
        CorruptRowError: there is such a row.
    """
    with translated():
        try:
            yield
        except (SQLAlchemyError, *CODELESS) as error:
            raise_interruption(error)
            if is_unreadable(error):
                queries = backend.queries
                for row in fetch_each(connection, queries.get_deleted, queries.id, key):
                    queries.rows.read(row)
                lead_id, wanted = queries.tables.leads.c.lead_id, {**key, "ck_size": len(lead_ids)}
                statement = queries.listing(Filters())
                for row in fetch_rows_of(connection, statement, lead_id, wanted, lead_ids):
                    read_assignment(row)
            raise


def _check_state(state: State, client_id: UUID, campaign_id: UUID, lead_ids: Sequence[str]) -> None:
    _check_answer([state.campaign], {0: campaign_id, 1: client_id})
    if strangers := {row[0] for row in state.leads}.difference(lead_ids):
        _refuse_answer(f"{len(lead_ids)} leads", f"{len(strangers)} others")


def _check_answer(rows: Iterable[Row], asked: Mapping[int, UUID]) -> None:
    """Refuse rows of another campaign, client or suggestion than was asked for.

    Two processes that share a connection, as after a fork, read each other's answers.

    Raises:
        StorageError: there is such a row.
    """
    for place, own in asked.items():
        for one in {row[place] for row in rows if row[place] != own}:
            # What is no id at all is a corrupt row, which is told where it is read.
            if isinstance(found := read_uuid(one), UUID) and found != own:
                _refuse_answer(own, found)


def _refuse_answer(asked: object, answered: object) -> NoReturn:
    msg = (
        f"the database was asked for {asked} and answered with {answered}: "
        "its connection is shared, perhaps with the process that this one was forked from"
    )
    raise StorageError(msg)


def _snapshot(backend: Backend, state: State, day: date | None) -> Snapshot:
    campaign = backend.queries.rows.read(state.campaign)
    progress = read_progress(
        campaign.id, state.progress, day=day, admitted_today=state.admitted_today
    )
    leads = map(read_assignment, state.leads)
    return Snapshot(
        campaign=campaign,
        progress=progress.for_allocation(campaign.allocation),
        assignments=FrozenMap({lead.lead_id: lead for lead in leads}),
    )


def _key(backend: Backend, client_id: UUID, campaign_id: UUID) -> Values:
    rows = backend.queries.rows
    return {
        "ck_client": rows.bound("client_id", client_id),
        "ck_campaign": rows.bound("id", campaign_id),
    }


def _possible(lead_ids: Collection[str]) -> list[str]:
    """Return each id once, without those that no lead can have and no database can take."""
    return [lead_id for lead_id in dict.fromkeys(lead_ids) if not text_error(lead_id)]
