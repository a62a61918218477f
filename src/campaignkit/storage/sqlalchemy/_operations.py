"""What a store does, as functions of a connection. Their callers begin and end the transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import date
from functools import partial
from typing import Any, Generic, NoReturn, cast
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, Connection, Table, select
from sqlalchemy.exc import ArgumentError, IntegrityError, NoReferenceError, SQLAlchemyError

from campaignkit.core._checks import LARGEST_INTEGER, short_repr, text_error
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._campaign import Action, Campaign, present_progress
from campaignkit.domain._events import BEGINNINGS, Event
from campaignkit.domain._ledger import Assignment, PartialProgress, Progress
from campaignkit.domain._snapshot import Decide, OutcomeT, Page, Snapshot, T, Writes
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptRowError,
    InvalidError,
    NotFoundError,
    StorageError,
    UnknownClientError,
)
from campaignkit.serialization import UnknownPieces
from campaignkit.storage._feed import choose_events, read_cursor, write_cursor
from campaignkit.storage._observation import log_corrupt_row
from campaignkit.storage._queries import (
    AssignmentsQuery,
    CampaignQuery,
    CampaignsQuery,
    FeedQuery,
    HistoryQuery,
    HostCondition,
    KeyT,
    Query,
    RunningCampaignsQuery,
    SnapshotQuery,
    SuggestionQuery,
    SuggestionsQuery,
    find_answer,
)
from campaignkit.storage._writes import check_writes
from campaignkit.storage.sqlalchemy._backend import Backend, Changes, raise_hidden
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    SUGGESTION,
    Row,
    Values,
    event_values,
    parse_uuid,
    progress_values,
    read_assignment,
    read_event,
    read_head,
    read_head_and_unknown,
    read_progress,
    read_rejection,
    read_suggestion,
)
from campaignkit.storage.sqlalchemy._driver_errors import (
    CODELESS,
    is_duplicate,
    is_unknown_reference,
    is_unreadable,
    translate_errors,
    without_content,
)
from campaignkit.storage.sqlalchemy._fetch import BATCH, fetch_each, fetch_rows, fetch_rows_of
from campaignkit.storage.sqlalchemy._statements import AnySelect, State
from campaignkit.storage.sqlalchemy._transactions import savepoint

# -- Reading --------------------------------------------------------------------------------------


def find_operation(query: Query[T]) -> Callable[[Connection, Backend], T]:
    """Return the function that answers a query.

    Raises:
        InvalidError: `query` is not a query.
    """
    answer = find_answer(_OPERATIONS, query)

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
    key = _campaign_key(backend, query.client_id, query.campaign_id)
    with translate_errors():
        rows = fetch_each(connection, statement, statements.id, key)
    if not rows:
        raise NotFoundError("campaign", query.campaign_id)
    _check_answer(rows, {0: query.campaign_id, 1: query.client_id})
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
        query = evolve(query, where=_condition_on(backend.statements.tables.campaigns, query.where))
    return _page_campaigns(connection, backend, query, _running_values(query.day))


def _running_values(day: date | None) -> Values:
    """Return the parameters for campaigns that are running on a day, or on any day."""
    return _drop_none({"ck_active": True, "ck_day": day})


def _condition_on(campaigns: Table, where: HostCondition) -> ColumnElement[bool]:
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
    listing = _PageReader(statement, statements.id, read, key, own_ids, parts)
    return listing.fetch(connection, values, query.limit)


def _split_ids(backend: Backend, ids: Collection[UUID], after: UUID | None) -> Sequence[Values]:
    """Return the parameters for the campaigns of these ids, in parts that a statement can take."""
    ahead = sorted(one for one in set(ids) if after is None or one > after)
    own = [backend.statements.rows.bind("id", campaign_id) for campaign_id in ahead]
    starts = range(0, len(own) or 1, BATCH)
    return [{"ck_ids": own[start : start + BATCH]} for start in starts]


def _get_snapshot(connection: Connection, backend: Backend, query: SnapshotQuery) -> Snapshot:
    key = _campaign_key(backend, query.client_id, query.campaign_id)
    return _read_snapshot(
        connection, backend, key, query, partial(backend.read_state, connection, key)
    )


def _list_assignments(
    connection: Connection, backend: Backend, query: AssignmentsQuery
) -> Page[Assignment, str]:
    statements = backend.statements
    values = _campaign_key(backend, query.client_id, query.campaign_id)
    values |= _drop_none({"ck_day": query.day, "ck_after": query.after})
    listing = _PageReader(
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
        values = _campaign_key(backend, query.client_id, campaign_id)
        own_ids[1] = campaign_id
    states = None if query.states is None else [state.value for state in query.states]
    values |= _drop_none({"ck_after": query.after, "ck_states": states})
    listing = _PageReader(
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
        _check_answer(rows, {0: suggestion_id, len(SUGGESTION): query.client_id})
        return {suggestion_id: read_head(rows[0])}

    _, whole = _read_with_leads(connection, backend, read_heads, lambda _: True)
    return whole[suggestion_id]


def _list_events(connection: Connection, backend: Backend, query: HistoryQuery) -> Page[Event, int]:
    statements = backend.statements
    values = _campaign_key(backend, query.client_id, query.campaign_id)
    values |= _drop_none({"ck_after": query.after})
    listing = _PageReader(
        statements.page_events(values),
        statements.tables.events.c.number,
        read_event,
        _event_number,
        {0: query.campaign_id},
    )
    page = listing.fetch(connection, values, query.limit)
    return _require_campaign(connection, backend, page, query.client_id, query.campaign_id)


def _event_number(row: Row) -> int | None:
    return row[1] if type(row[1]) is int else None


def _read_feed(connection: Connection, backend: Backend, query: FeedQuery) -> Page[Event, str]:
    statements, rows = backend.statements, backend.statements.rows
    seen = read_cursor(query.client_id, query.cursor)
    with translate_errors():
        given = {"ck_client": rows.bind("client_id", query.client_id)}
        numbers = fetch_rows(connection, statements.select_last_numbers, given)
        _check_answer(numbers, {1: query.client_id})
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
        _refuse_answer(f"{len(chosen)} events", f"{len(others)} others")
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


_OPERATIONS: Mapping[type, Callable[[Connection, Backend, Any], object]] = {
    CampaignQuery: _get_campaign,
    CampaignsQuery: _list_campaigns,
    RunningCampaignsQuery: _list_running_campaigns,
    SnapshotQuery: _get_snapshot,
    AssignmentsQuery: _list_assignments,
    SuggestionsQuery: _list_suggestions,
    SuggestionQuery: _get_suggestion,
    HistoryQuery: _list_events,
    FeedQuery: _read_feed,
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
        key = _campaign_key(backend, client_id, campaign_id)
        with translate_errors():
            own_id = connection.scalars(backend.statements.select_own_id, key).first()
        if own_id is None:
            raise NotFoundError("campaign", campaign_id)
    return page


@frozen
class _PageReader(Generic[T, KeyT]):
    """How the pages of a listing are read.

    `key_column` tells the rows apart. `key` returns the key of a row, or None if that is corrupt.
    `own_ids` has, by the positions of columns, the one id that may be in each. `parts` has the
    parameters of the parts in which the listing is read; all rows of a part come before the next.
    """

    statement: AnySelect
    key_column: ColumnElement[Any]
    read: Callable[[Row], T]
    key: Callable[[Row], KeyT | None]
    own_ids: Mapping[int, UUID] = FrozenMap()
    parts: Sequence[Values] = ({},)

    def fetch(self, connection: Connection, values: Values, size: int) -> Page[T, KeyT]:
        """Return a page of so many rows.

        A page ends with a key that the next page can follow. If the last row has no such key, the
        page has fewer rows, or more rows if all that it may have are corrupt.
        """
        with translate_errors():
            rows = self._fetch_rows(connection, values, min(size, LARGEST_INTEGER) + 1)
        _check_answer(rows, self.own_ids)
        end: KeyT | None = None
        if len(rows) > size:
            ends = (
                (n, key) for n in range(size, 0, -1) if (key := self.key(rows[n - 1])) is not None
            )
            length, end = next(ends, (0, None))
            if end is None:
                return self.fetch(connection, values, 2 * size)
            rows = rows[:length]
        items: list[T] = []
        corrupt: list[CorruptRowError] = []
        for row in rows:
            try:
                items.append(self.read(row))
            except CorruptRowError as error:
                log_corrupt_row(error)
                corrupt.append(error)
        return Page(tuple(items), end, tuple(corrupt))

    def _fetch_rows(self, connection: Connection, values: Values, size: int) -> Sequence[Row]:
        rows: list[Row] = []
        for part in self.parts:
            if len(rows) < size:
                given = {**values, **part, "ck_size": size - len(rows)}
                rows += fetch_each(connection, self.statement, self.key_column, given)
        return rows


# -- Writing --------------------------------------------------------------------------------------


def add_all(
    connection: Connection,
    backend: Backend,
    new: Sequence[tuple[Campaign, Sequence[Event]]],
    extra: Mapping[str, object] = FrozenMap[str, object](),
) -> tuple[Campaign, ...]:
    """Store new campaigns with their first events; return the campaigns as stored.

    `extra` has values for columns of the host's own, the same for all of them.

    Raises: as `Store.add_all` and `SQLAlchemyStore.add`.
    """
    if not new:
        return ()
    statements = backend.statements
    campaigns = [campaign for campaign, _ in new]
    own = statements.rows.check_own("extra", extra)
    values = [{**statements.rows.values(campaign), **own} for campaign in campaigns]
    ids = [statements.rows.bind("id", campaign.id) for campaign in campaigns]
    events = [
        {"campaign_id": own_id, "number": event.number, **event_values(event)}
        for own_id, (_, first) in zip(ids, new, strict=True)
        for event in first
    ]
    with translate_errors(statements.ledger_names):
        backend.begin_writing(
            connection, _campaign_key(backend, campaigns[0].client_id, campaigns[0].id)
        )
        try:
            with savepoint(connection):
                connection.execute(
                    statements.insert_campaigns, values if len(values) > 1 else values[0]
                )
                # Read again, not by RETURNING: that would take another form of INSERT, which for
                # many rows is twice as slow, and in SQLite does not know what triggers do.
                rows = _by_ids(connection, statements.select_campaigns, ids)
                stored = {one.id: one for one in map(statements.rows.read_campaign, rows)}
                if any(campaign.id not in stored for campaign in campaigns):
                    raise_hidden(statements.tables.campaigns, "INSERT")
                if events:
                    connection.execute(statements.insert_events, events)
        except IntegrityError as error:
            _explain_integrity_error(connection, backend, error, campaigns, ids)
            raise
    return tuple(stored[campaign.id] for campaign in campaigns)


def _explain_integrity_error(
    connection: Connection,
    backend: Backend,
    error: IntegrityError,
    new: Sequence[Campaign],
    ids: Sequence[object],
) -> None:
    """Raise the error of the campaign or the clients that caused an integrity error, if any did.

    Raises:
        AlreadyExistsError: there is a campaign with one of the ids.
        UnknownClientError: clients that the host's table does not hold.
    """
    if is_duplicate(error):
        there = {row[0] for row in _by_ids(connection, backend.statements.select_ids, ids)}
        for campaign, key in zip(new, ids, strict=True):
            if key in there:
                raise AlreadyExistsError("campaign", campaign.id) from without_content(error)
    if is_unknown_reference(error) and (unknown := _unknown_clients(connection, backend, new)):
        raise UnknownClientError(unknown) from without_content(error)


def _by_ids(connection: Connection, statement: AnySelect, ids: Sequence[object]) -> Iterable[Row]:
    for start in range(0, len(ids), BATCH):
        yield from fetch_rows(connection, statement, {"ck_campaigns": ids[start : start + BATCH]})


def _unknown_clients(
    connection: Connection, backend: Backend, campaigns: Iterable[Campaign]
) -> list[UUID]:
    """Return those clients of the campaigns that the host's table does not hold."""
    rows, column = backend.statements.rows, backend.statements.client_id
    wanted = {
        campaign.client_id: rows.bind("client_id", campaign.client_id) for campaign in campaigns
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


def apply_decision(
    connection: Connection,
    backend: Backend,
    query: SnapshotQuery,
    decide: Decide[OutcomeT],
    *,
    nested: bool = False,
) -> Writes[OutcomeT]:
    """As `Store.apply_decision`; if `nested` in the host's transaction, failures are undone."""
    key = _campaign_key(backend, query.client_id, query.campaign_id)
    with translate_errors(backend.statements.ledger_names):
        backend.begin_writing(connection, key)
    with savepoint(connection) if nested else nullcontext():
        unknown: dict[UUID, UnknownPieces] = {}
        lock = partial(backend.lock_state, connection, key)
        try:
            before = _read_snapshot(connection, backend, key, query, lock, unknown=unknown)
        except CorruptRowError as error:
            log_corrupt_row(error)
            raise
        writes = decide(before)
        check_writes(before, writes)
        return _write(connection, backend, key, before, writes, unknown=unknown)


def _write(
    connection: Connection,
    backend: Backend,
    key: Values,
    before: Snapshot,
    writes: Writes[OutcomeT],
    *,
    unknown: Mapping[UUID, UnknownPieces],
) -> Writes[OutcomeT]:
    rows, campaign = backend.statements.rows, before.campaign
    # Not within `translate_errors`: what a host's function raises is not the database's.
    fields = {} if writes.campaign is None else rows.changes(campaign, writes.campaign)
    own = _follow_acts(backend, campaign, writes)
    with translate_errors(backend.statements.ledger_names):
        days = Counter(assignment.day for assignment in writes.assigned)
        if writes.released:
            released = _release_leads(connection, backend, key, campaign.id, writes.released)
            days.subtract(day for _, day in released)
        changes = Changes(
            assigned=writes.assigned,
            days={day: by for day, by in days.items() if by},
            progress={} if writes.progress is None else progress_values(writes.progress),
            campaign={**rows.to_columns(fields), **own},
            is_corrupt=bool(campaign.faults),
            suggestions=writes.suggestions,
            rejections=writes.rejections,
            lifted=writes.lifted,
            events=writes.events,
            known={own_id: unknown.get(own_id, ()) for own_id in before.heads},
        )
        row = backend.write_changes(connection, key, changes)
    if writes.campaign is None:
        return writes
    # A row that was whole must not become corrupt, as by a host's trigger.
    read = rows.read_readable if campaign.faults else rows.read_campaign
    stored = campaign if row is None else read(row)
    # A host's trigger may set `updated_at` back.
    if fields.keys() - {"updated_at"} and stored == campaign:
        raise_hidden(backend.statements.tables.campaigns, "UPDATE")
    return evolve(writes, campaign=stored)


def _release_leads(
    connection: Connection,
    backend: Backend,
    key: Values,
    campaign_id: UUID,
    lead_ids: Collection[str],
) -> Sequence[Row]:
    """Delete leads; return the id and the day of each.

    Raises:
        ConflictError: some are not there.
        HostRefusedError: some are there and cannot be deleted.
    """
    released = backend.delete_leads(connection, key, _valid_ids(lead_ids))
    if absent := sorted(set(lead_ids) - {lead_id for lead_id, _ in released}):
        leads, page = backend.statements.tables.leads, backend.statements.page_assignments(key)
        given = {**key, "ck_size": len(absent)}
        if fetch_rows_of(connection, page, leads.c.lead_id, given, _valid_ids(absent)):
            raise_hidden(leads, "DELETE")
        msg = f"campaign {campaign_id}: leads to release that are not there: {absent}"
        raise ConflictError(msg)
    return released


def _follow_acts(backend: Backend, before: Campaign, writes: Writes[Any]) -> Values:
    """Return what the host sets in columns of its own for what was done, by their keys.

    Raises:
        InvalidError: the host's function does not return values for columns of its own.
    """
    follow, own = backend.statements.tables.follow, Values()
    if follow is None:
        return own
    for event in writes.events:
        if event.kind.is_done and event.kind not in BEGINNINGS:
            given = follow(before, writes.campaign or before, event)
            own |= backend.statements.rows.check_own("follow(before, after, event)", given)
    return own


# -- Both -----------------------------------------------------------------------------------------


@contextmanager
def _explain_unreadable(backend: Backend, read_one_by_one: Callable[[], None]) -> Generator[None]:
    """Name the row that a driver cannot decode: reading the rows one by one raises its error.

    Raises:
        CorruptRowError: there is such a row.
    """
    with translate_errors(backend.statements.ledger_names):
        try:
            yield
        except (SQLAlchemyError, *CODELESS) as error:
            raise_interruption(error)
            if is_unreadable(error):
                read_one_by_one()
            raise


def _read_state_in_pieces(
    connection: Connection,
    backend: Backend,
    key: Values,
    day: date | None,
    lead_ids: Sequence[str],
) -> State | None:
    """Read a campaign of which a driver cannot decode a value, or a value of a lead."""
    statements = backend.statements
    values = {**key, "ck_day": day}
    rows = fetch_each(connection, statements.select_state, statements.id, values)
    if not rows:
        return None
    lead_id = statements.tables.leads.c.lead_id
    page, values = statements.page_assignments(key), {**key, "ck_size": len(lead_ids)}
    leads = fetch_rows_of(connection, page, lead_id, values, lead_ids)
    return evolve(State.of(rows), leads=[row[: len(ASSIGNMENT)] for row in leads])


def _check_state(state: State, client_id: UUID, campaign_id: UUID, lead_ids: Sequence[str]) -> None:
    _check_answer([state.campaign], {0: campaign_id, 1: client_id})
    if others := {row[0] for row in state.leads}.difference(lead_ids):
        _refuse_answer(f"{len(lead_ids)} leads", f"{len(others)} others")


def _check_answer(rows: Sequence[Row], asked: Mapping[int, UUID]) -> None:
    """Refuse rows with other ids than those of the query, `asked` by the positions of columns.

    Two processes that share a connection, as after a fork, read each other's answers.

    Raises:
        StorageError: there is such a row.
    """
    for place, own in asked.items():
        for row in rows:
            if row[place] == own:
                continue
            # A value that is not an id makes a corrupt row, which `read` refuses.
            if isinstance(found := parse_uuid(row[place]), UUID) and found != own:
                _refuse_answer(own, found)


def _refuse_answer(asked: object, answered: object) -> NoReturn:
    msg = (
        f"the database was asked for {asked} and answered with {answered}: "
        "its connection is shared, perhaps with the process that this one was forked from"
    )
    raise StorageError(msg)


def _read_snapshot(
    connection: Connection,
    backend: Backend,
    key: Values,
    query: SnapshotQuery,
    read: Callable[[date | None, Sequence[str]], State | None],
    *,
    unknown: dict[UUID, UnknownPieces] | None = None,
) -> Snapshot:
    """Return the answer to a query; `read` gives the rows of the campaign, of a day and of leads.

    What newer releases stored with the heads of suggestions is added to `unknown`.

    Raises:
        NotFoundError: the client has no such campaign.
        CorruptRowError: a row breaks a rule of the domain.
    """
    lead_ids = _valid_ids(query.lead_ids)
    with translate_errors(backend.statements.ledger_names):
        try:
            state = read(query.day, lead_ids)
        except (SQLAlchemyError, *CODELESS) as error:
            raise_interruption(error)
            if not is_unreadable(error):
                raise
            state = _read_state_in_pieces(connection, backend, key, query.day, lead_ids)
    if state is None:
        raise NotFoundError("campaign", query.campaign_id)
    _check_state(state, query.client_id, query.campaign_id, lead_ids)
    campaign = backend.statements.rows.read_readable(state.campaign)
    progress = _read_progress(campaign.id, state, query.day)
    leads = map(read_assignment, state.leads)
    return Snapshot(
        campaign=campaign,
        progress=present_progress(campaign, progress),
        assignments=FrozenMap({lead.lead_id: lead for lead in leads}),
        has_history=state.has_history,
        **_read_suggestions(connection, backend, key, query, lead_ids, unknown=unknown),
    )


def _read_progress(campaign_id: UUID, state: State, day: date | None) -> Progress:
    try:
        today = state.admitted_today
        return read_progress(campaign_id, state.progress, day=day, admitted_today=today)
    except CorruptRowError as error:
        make: Any = PartialProgress  # a type checker knows only the constructor that attrs makes
        unreadable: Progress = make(day, campaign_id, error.faults)
        return unreadable


def _read_suggestions(
    connection: Connection,
    backend: Backend,
    key: Values,
    query: SnapshotQuery,
    lead_ids: Sequence[str],
    *,
    unknown: dict[UUID, UnknownPieces] | None,
) -> Mapping[str, Any]:
    """Return the fields of a snapshot that are about suggestions."""
    met = _read_met(connection, backend, key, query, lead_ids)
    waiting: defaultdict[str, set[UUID]] = defaultdict(set)
    for lead_id, suggestion_id in met["waiting"]:
        waiting[lead_id].add(suggestion_id)
    equal = {suggestion_id for _, suggestion_id in met["equal"]}
    wanted = {*query.suggestion_ids, *equal}.union(*waiting.values())
    heads, whole = _read_with_leads(
        connection,
        backend,
        partial(_read_heads, connection, backend, key, query, wanted, unknown=unknown),
        lambda head: (
            head.id in query.suggestion_ids
            or (head.id in equal and head.state is SuggestionState.PENDING)
        ),
    )
    return {
        "suggestions": FrozenMap(whole),
        "heads": FrozenMap(heads),
        "waiting": FrozenMap({lead_id: frozenset(ids) for lead_id, ids in waiting.items()}),
        "rejections": FrozenMap({one.lead_id: one for one in met["rejected"]}),
        "last_suggestion": next((last for _, last in met["last"]), None),
    }


def _read_met(
    connection: Connection,
    backend: Backend,
    key: Values,
    query: SnapshotQuery,
    lead_ids: Sequence[str],
) -> Mapping[str, list[Any]]:
    """Return what a command meets, by kind: rejections, or pairs of a lead and a suggestion."""
    met: dict[str, list[Any]] = {"equal": [], "last": [], "waiting": [], "rejected": []}
    with_leads, with_digest = query.barriers and bool(lead_ids), query.digest is not None
    if not (with_leads or with_digest):
        return met
    values = {**key, "ck_digest": query.digest, **backend.name_leads(lead_ids)}
    statement = backend.select_met(digest=with_digest, leads=with_leads)
    with _explain_unreadable(
        backend, partial(_reread_rejections, connection, backend, key, lead_ids)
    ):
        rows = fetch_rows(connection, statement, values)
    _check_answer(rows, {1: query.campaign_id})
    for kind, _, suggestion_id, lead_id, until in rows:
        if kind == "rejected":
            met[kind].append(read_rejection((lead_id, suggestion_id, until)))
        elif isinstance(own_id := parse_uuid(suggestion_id), UUID):
            met[kind].append((lead_id, own_id))
        else:
            raise CorruptRowError("suggestion", own_id, [f"id must be a UUID, not {own_id!r}"])
    return met


def _reread_rejections(
    connection: Connection, backend: Backend, key: Values, lead_ids: Sequence[str]
) -> None:
    """Read the rejections of these leads again, each row by itself.

    Raises:
        CorruptRowError: a row cannot be read.
    """
    statements = backend.statements
    statement = statements.select_rejections_of_campaign
    lead_id = statements.tables.rejections.c.lead_id
    for row in fetch_rows_of(connection, statement, lead_id, key, lead_ids):
        read_rejection(row)


def _read_heads(
    connection: Connection,
    backend: Backend,
    key: Values,
    query: SnapshotQuery,
    ids: Collection[UUID],
    *,
    unknown: dict[UUID, UnknownPieces] | None,
) -> Mapping[UUID, SuggestionHead]:
    """Return the heads of these suggestions, and of all that are pending if the query asks so.

    What newer releases stored with them is added to `unknown`.
    What is pending and cannot be read is left out, so that it does not keep a campaign from being
    completed or deleted. Nobody can approve it.

    Raises:
        CorruptRowError: a named one cannot be read.
    """
    statements, named = backend.statements, list(ids)
    own_id, rows = statements.tables.suggestions.c.id, list[Row]()
    pending: Sequence[Row] = ()
    with translate_errors():
        if query.pending:
            pending = fetch_each(connection, statements.select_pending, own_id, key)
        for start in range(0, len(named), BATCH):
            values = {**key, "ck_suggestions": named[start : start + BATCH]}
            rows += fetch_each(connection, statements.select_heads, statements.head_id, values)
    _check_answer([*pending, *rows], {1: query.campaign_id})
    read = [read_head_and_unknown(row) for row in rows]
    for row in pending:
        with suppress(CorruptRowError):
            read.append(read_head_and_unknown(row))
    if unknown is not None:
        unknown |= {head.id: pieces for head, pieces in read if pieces}
    return {head.id: head for head, _ in read}


def _read_with_leads(
    connection: Connection,
    backend: Backend,
    read_heads: Callable[[], Mapping[UUID, SuggestionHead]],
    is_whole: Callable[[SuggestionHead], bool],
) -> tuple[Mapping[UUID, SuggestionHead], Mapping[UUID, Suggestion]]:
    """Return heads of suggestions, and those of them with their leads that are to be whole.

    Where the campaign is not locked, a suggestion may be brought up to date after its head was
    read; then its head and its leads are read again.

    Raises:
        CorruptRowError: a suggestion that cannot be read, or leads that are not its own.
    """
    heads = read_heads()
    while True:
        try:
            whole = [head for head in heads.values() if is_whole(head)]
            return heads, _read_whole(connection, backend, whole)
        except CorruptRowError:
            seen, heads = heads, read_heads()
            if {i: head.revision for i, head in heads.items()} == {
                i: head.revision for i, head in seen.items()
            }:
                raise


def _read_whole(
    connection: Connection, backend: Backend, heads: Sequence[SuggestionHead]
) -> Mapping[UUID, Suggestion]:
    """Return suggestions with their leads.

    Raises:
        CorruptRowError: a row that cannot be read, or leads that do not fit the head.
    """
    statements = backend.statements
    own = [head.id for head in heads if head.action in {Action.ASSIGN, Action.RELEASE}]
    rejections: defaultdict[UUID, dict[str, Rejection]] = defaultdict(dict)
    leads: defaultdict[UUID, list[Row]] = defaultdict(list)
    lead_id = statements.tables.rejections.c.lead_id
    for start in range(0, len(own), BATCH):
        values = {"ck_suggestions": own[start : start + BATCH]}
        with translate_errors():
            for row in fetch_rows(connection, statements.select_suggested_leads, values):
                leads[parse_uuid(row[0])].append(row)
            found = fetch_each(connection, statements.select_rejections, lead_id, values)
        for one in map(read_rejection, found):
            rejections[one.suggestion_id][one.lead_id] = one
    return {head.id: read_suggestion(head, leads[head.id], rejections[head.id]) for head in heads}


def _campaign_key(backend: Backend, client_id: UUID, campaign_id: UUID) -> Values:
    rows = backend.statements.rows
    return {
        "ck_client": rows.bind("client_id", client_id),
        "ck_campaign": rows.bind("id", campaign_id),
    }


def _valid_ids(lead_ids: Collection[str]) -> list[str]:
    """Return each id once, without those that no lead can have."""
    return [lead_id for lead_id in dict.fromkeys(lead_ids) if not text_error(lead_id)]
