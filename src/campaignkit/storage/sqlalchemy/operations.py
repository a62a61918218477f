"""What a store does, as functions of a connection in a transaction that somebody else ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from attrs import evolve
from sqlalchemy import ColumnElement, Connection, Text, cast, select
from sqlalchemy.exc import IntegrityError, NoReferenceError

from campaignkit.domain.campaign import Campaign, CampaignStatus
from campaignkit.domain.checks import text_fault
from campaignkit.domain.events import Event
from campaignkit.domain.frozen import FrozenMap
from campaignkit.domain.ledger import Assignment, Progress
from campaignkit.domain.suggestions import Suggestion, SuggestionState
from campaignkit.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptRowError,
    NotFoundError,
    UnknownClientError,
)
from campaignkit.storage.protocols import (
    DEFAULT_PAGE,
    Decide,
    Page,
    Snapshot,
    Writes,
    begun_histories,
    check_asked,
    fits,
    page_size,
    replacing,
    running_page_size,
)
from campaignkit.storage.sqlalchemy.backend import Backend, Changes
from campaignkit.storage.sqlalchemy.codec import (
    Row,
    Values,
    event_values,
    progress_values,
    read_assignment,
    read_event,
    read_progress,
    read_suggestion,
)
from campaignkit.storage.sqlalchemy.errors import (
    driver_error,
    is_duplicate,
    is_unknown_reference,
    is_unreadable,
    translated,
    without_content,
)
from campaignkit.storage.sqlalchemy.guarded import Unreadable
from campaignkit.storage.sqlalchemy.queries import AnySelect, Filters, State
from campaignkit.storage.sqlalchemy.transactions import savepoint

__all__ = [
    "add_all",
    "assignments",
    "find",
    "get",
    "history",
    "progress",
    "replace",
    "running_across_clients",
    "snapshot",
    "suggestion",
    "suggestions",
    "transact",
]

T = TypeVar("T")
K = TypeVar("K", UUID, str, int)
OutcomeT = TypeVar("OutcomeT")


# -- Reading --------------------------------------------------------------------------------------


def get(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    campaign_id: UUID,
    *,
    include_deleted: bool = False,
) -> Campaign:
    """As `Store.get`."""
    check_asked({"client_id": client_id, "campaign_id": campaign_id})
    queries = backend.queries
    statement = queries.get_deleted if include_deleted else queries.get
    key = _key(backend, client_id, campaign_id)
    with _legible(connection, backend, key):
        row = connection.execute(statement, key).first()
    if row is None:
        raise NotFoundError("campaign", campaign_id)
    return queries.rows.read(row)


def find(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    *,
    statuses: Collection[CampaignStatus] | None = None,
    running_on: date | None = None,
    include_deleted: bool = False,
    after: UUID | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[Campaign, UUID]:
    """As `Store.find`."""
    ids = {"client_id": client_id, "after": after}
    size = page_size(limit, ids, statuses=statuses, running_on=running_on)
    rows = backend.queries.rows
    values: Values = {"ck_client": rows.bound("client_id", client_id), "ck_size": size + 1}
    if statuses is not None:
        values["ck_statuses"] = [rows.bound("status", s) for s in statuses if rows.can_be(s)]
        if not values["ck_statuses"]:
            return Page(())
    if running_on is not None:
        if not rows.can_be(CampaignStatus.ACTIVE):
            return Page(())
        values |= {"ck_day": running_on, "ck_active": rows.bound("status", CampaignStatus.ACTIVE)}
    if after is not None:
        values["ck_after"] = rows.bound("id", after)
    filters = Filters(
        statuses=statuses is not None,
        drafts=CampaignStatus.DRAFT in (statuses or ()),
        running=running_on is not None,
        deleted=include_deleted,
        after=after is not None,
    )
    with translated():
        found = _found(connection, backend, backend.queries.find(filters), values)
    return _page(found, size, rows.read, rows.key)


def running_across_clients(
    connection: Connection,
    backend: Backend,
    day: date,
    *,
    after: UUID | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[Campaign, UUID]:
    """As `Store.running_across_clients`."""
    size = running_page_size(limit, day, after)
    rows = backend.queries.rows
    if not rows.can_be(CampaignStatus.ACTIVE):
        return Page(())
    active = rows.bound("status", CampaignStatus.ACTIVE)
    values: Values = {"ck_day": day, "ck_active": active, "ck_size": size + 1}
    if after is not None:
        values["ck_after"] = rows.bound("id", after)
    filters = Filters(across_clients=True, running=True, after=after is not None)
    with translated():
        found = connection.execute(backend.queries.find(filters), values).all()
    return _page(found, size, rows.read, rows.key)


def snapshot(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    campaign_id: UUID,
    *,
    day: date | None = None,
    lead_ids: Collection[str] = (),
) -> Snapshot:
    """As `Store.snapshot`."""
    check_asked({"client_id": client_id, "campaign_id": campaign_id}, day)
    key = _key(backend, client_id, campaign_id)
    values = {**key, "ck_day": day}
    with _legible(connection, backend, key):
        if lead_ids:
            wanted = backend.wanted(_possible(lead_ids))
            rows = connection.execute(backend.snapshot, {**values, **wanted}).all()
        else:
            rows = connection.execute(backend.queries.state, values).all()
    if not rows:
        raise NotFoundError("campaign", campaign_id)
    return _snapshot(backend, State.of(rows), day)


def progress(
    connection: Connection, backend: Backend, client_id: UUID, campaign_id: UUID, day: date
) -> Progress:
    """As `Store.progress`."""
    return snapshot(connection, backend, client_id, campaign_id, day=day).progress


def assignments(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    campaign_id: UUID,
    *,
    day: date | None = None,
    after: str | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[Assignment, str]:
    """As `Store.assignments`."""
    ids = {"client_id": client_id, "campaign_id": campaign_id}
    size, queries = page_size(limit, ids, after=after, day=day), backend.queries
    key = _key(backend, client_id, campaign_id)
    values: Values = {**key, "ck_size": size + 1, "ck_day": day, "ck_after": after}
    filters = Filters(day=day is not None, after=after is not None)
    with translated():
        listed = connection.execute(queries.listing(filters), values).all()
        if not listed:
            _require(connection, backend, client_id, campaign_id)
    return _page(listed, size, read_assignment, lambda row: row[0])


def suggestions(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    campaign_id: UUID | None = None,
    *,
    states: Collection[SuggestionState] | None = None,
    after: UUID | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[Suggestion, UUID]:
    """As `Store.suggestions`."""
    ids = {"client_id": client_id, "campaign_id": campaign_id, "after": after}
    size, queries = page_size(limit, ids, states=states), backend.queries
    values: Values = {
        "ck_client": queries.rows.bound("client_id", client_id),
        "ck_size": size + 1,
        "ck_after": after,
        "ck_statuses": [SuggestionState(state).value for state in states or ()],
    }
    if campaign_id is not None:
        values |= _key(backend, client_id, campaign_id)
    filters = Filters(
        campaign=campaign_id is not None, statuses=states is not None, after=after is not None
    )
    with translated():
        found = connection.execute(queries.proposals(filters), values).all()
        if campaign_id is not None and not found:
            _require(connection, backend, client_id, campaign_id)
    return _page(found, size, read_suggestion, lambda row: row[0])


def suggestion(
    connection: Connection, backend: Backend, client_id: UUID, suggestion_id: UUID
) -> Suggestion:
    """As `Store.suggestion`."""
    check_asked({"client_id": client_id, "suggestion_id": suggestion_id})
    queries = backend.queries
    client = queries.rows.bound("client_id", client_id)
    values = {"ck_client": client, "ck_suggestion": suggestion_id}
    with translated():
        row = connection.execute(queries.suggestion, values).first()
    if row is None:
        raise NotFoundError("suggestion", suggestion_id)
    return read_suggestion(row)


def history(
    connection: Connection,
    backend: Backend,
    client_id: UUID,
    campaign_id: UUID,
    *,
    after: int | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[Event, int]:
    """As `Store.history`."""
    ids = {"client_id": client_id, "campaign_id": campaign_id}
    size, queries = page_size(limit, ids, number=after), backend.queries
    key = _key(backend, client_id, campaign_id)
    values: Values = {**key, "ck_size": size + 1, "ck_after": after}
    with translated():
        told = connection.execute(queries.story(Filters(after=after is not None)), values).all()
        if not told:
            _require(connection, backend, client_id, campaign_id)
    return _page(told, size, read_event, lambda row: row[1])


def _require(connection: Connection, backend: Backend, client_id: UUID, campaign_id: UUID) -> None:
    """Tell a campaign of which there is nothing to list from one that there is not.

    Raises:
        NotFoundError: the client has no such campaign.
    """
    there = connection.execute(backend.queries.is_there, _key(backend, client_id, campaign_id))
    if there.first() is None:
        raise NotFoundError("campaign", campaign_id)


def _page(
    rows: Sequence[Row], size: int, read: Callable[[Row], T], key: Callable[[Row], K]
) -> Page[T, K]:
    """Return a page of what was asked for with one row more than it may have."""
    items: list[T] = []
    corrupt: list[CorruptRowError] = []
    for row in rows[:size]:
        try:
            items.append(read(row))
        except CorruptRowError as error:
            corrupt.append(error)
    return Page(tuple(items), key(rows[size - 1]) if len(rows) > size else None, tuple(corrupt))


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
    check_asked({"client_id": client_id, "campaign_id": campaign_id}, day, suggestion_ids)
    key, ids = _key(backend, client_id, campaign_id), _possible(lead_ids)
    with translated():
        backend.begin_writing(connection, key)
    with savepoint(connection) if nested else nullcontext():
        with _legible(connection, backend, key):
            locked = backend.lock(connection, key, day, ids)
        if locked is None:
            raise NotFoundError("campaign", campaign_id)
        before = _snapshot(backend, locked, day)
        if suggestion_ids or pending:
            wanted = {**key, "ck_suggestions": list(suggestion_ids)}
            with translated():  # as a later statement than the lock
                queries = backend.queries
                statement = queries.named_or_pending if pending else queries.named
                found = connection.execute(statement, wanted).all()
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


def replace(
    connection: Connection,
    backend: Backend,
    before: Campaign,
    after: Campaign,
    *,
    nested: bool = False,
) -> Campaign:
    """As `Store.replace`."""
    decide = replacing(before, after)
    written = transact(connection, backend, before.client_id, before.id, decide, nested=nested)
    assert written.campaign is not None  # noqa: S101  # it is what `replacing` writes
    return written.campaign


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
def _legible(connection: Connection, backend: Backend, key: Values) -> Generator[None]:
    """Say what is wrong with a campaign's row of which the driver makes no values.

    Raises:
        CorruptRowError: there is such a row.
    """
    with translated():
        try:
            yield
        except Exception as error:
            if is_unreadable(error) and (row := _row(connection, backend, key)) is not None:
                backend.queries.rows.read(row)
            raise


def _found(
    connection: Connection, backend: Backend, statement: AnySelect, values: Values
) -> Sequence[Row]:
    """Return the rows of campaigns, and none is missing for one of which the driver makes none."""
    try:
        return connection.execute(statement, values).all()
    except Exception as error:
        if not is_unreadable(error):
            raise
    ids = connection.scalars(statement.with_only_columns(backend.queries.id), values).all()
    rows = [_row(connection, backend, {**values, "ck_campaign": own}) for own in ids]
    return [row for row in rows if row is not None]


def _row(connection: Connection, backend: Backend, key: Values) -> Row | None:
    """Return the row of a campaign, with `Unreadable` where the driver makes no value."""
    try:
        return connection.execute(backend.queries.get_deleted, key).first()
    except Exception as error:
        if not is_unreadable(error):
            raise
    return [_piece(connection, backend, column, key) for column in backend.queries.rows.selected()]


def _piece(
    connection: Connection, backend: Backend, column: ColumnElement[Any], key: Values
) -> object:
    try:
        return connection.scalar(select(column).where(backend.queries.is_own), key)
    except Exception as error:
        if not is_unreadable(error):
            raise
        written = select(cast(column, Text())).where(backend.queries.is_own)
        return Unreadable(connection.scalar(written, key), str(driver_error(error)))


def _snapshot(backend: Backend, state: State, day: date | None) -> Snapshot:
    campaign = backend.queries.rows.read(state.campaign)
    progress = read_progress(
        campaign.id, state.progress, day=day, admitted_today=state.admitted_today
    )
    leads = map(read_assignment, state.leads)
    return Snapshot(
        campaign=campaign,
        progress=progress.under(campaign.allocation),
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
    return [lead_id for lead_id in dict.fromkeys(lead_ids) if not text_fault(lead_id)]
