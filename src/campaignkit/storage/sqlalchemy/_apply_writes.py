"""Store new campaigns and what was decided on stored ones, as functions of a connection.

Their callers begin and end the transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError, NoReferenceError

from campaignkit.core._channels import CHANNELS, POSITIONS
from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._events import BEGINNINGS, Event
from campaignkit.domain._ledger import Assignment, ReleasedLead
from campaignkit.domain._snapshot import Decide, OutcomeT, Snapshot, Writes
from campaignkit.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptRowError,
    UnknownClientError,
)
from campaignkit.serialization import UnknownPieces
from campaignkit.storage._observation import log_corrupt_row
from campaignkit.storage._queries import (
    SnapshotQuery,
)
from campaignkit.storage._writes import check_writes
from campaignkit.storage.sqlalchemy._backend import (
    Backend,
    Changes,
    ClientAddedError,
    raise_hidden,
)
from campaignkit.storage.sqlalchemy._client_acts import (
    add_client_events,
    find_stored_names,
    write_suppressions,
)
from campaignkit.storage.sqlalchemy._codec import (
    Row,
    Values,
    event_values,
    progress_values,
    read_assignment,
)
from campaignkit.storage.sqlalchemy._driver_errors import (
    is_duplicate,
    is_unknown_reference,
    translate_errors,
    without_content,
)
from campaignkit.storage.sqlalchemy._fetch import BATCH, fetch_rows, fetch_rows_of
from campaignkit.storage.sqlalchemy._read_checks import keep_valid_ids
from campaignkit.storage.sqlalchemy._snapshots import make_campaign_key, read_snapshot
from campaignkit.storage.sqlalchemy._statements import AnySelect, ClientRow, State
from campaignkit.storage.sqlalchemy._transactions import savepoint


def add_campaigns(
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
            connection, make_campaign_key(backend, campaigns[0].client_id, campaigns[0].id)
        )
        try:
            with savepoint(connection):
                connection.execute(
                    statements.insert_campaigns, values if len(values) > 1 else values[0]
                )
                # Read again, not by RETURNING: that would take another form of INSERT, which for
                # many rows is twice as slow, and in SQLite does not know what triggers do.
                rows = _fetch_by_ids(connection, statements.select_campaigns, ids)
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
        there = {row[0] for row in _fetch_by_ids(connection, backend.statements.select_ids, ids)}
        for campaign, key in zip(new, ids, strict=True):
            if key in there:
                raise AlreadyExistsError("campaign", campaign.id) from without_content(error)
    if is_unknown_reference(error) and (unknown := _unknown_clients(connection, backend, new)):
        raise UnknownClientError(unknown) from without_content(error)


def _fetch_by_ids(
    connection: Connection, statement: AnySelect, ids: Sequence[object]
) -> Iterable[Row]:
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


def write_decision(
    connection: Connection,
    backend: Backend,
    query: SnapshotQuery,
    decide: Decide[OutcomeT],
    *,
    nested: bool = False,
) -> Writes[OutcomeT]:
    """As `Store.apply_decision`; if `nested` in the host's transaction, failures are undone."""
    key = make_campaign_key(backend, query.client_id, query.campaign_id)
    with translate_errors(backend.statements.ledger_names):
        backend.begin_writing(connection, key)
    if not nested:
        return _decide_and_write(connection, backend, key, query, decide)
    with suppress(ClientAddedError), savepoint(connection):
        return _decide_and_write(connection, backend, key, query, decide)
    # The savepoint gave back the locks, so the client is locked first now.
    with savepoint(connection):
        return _decide_and_write(connection, backend, key, query, decide)


def _decide_and_write(
    connection: Connection,
    backend: Backend,
    key: Values,
    query: SnapshotQuery,
    decide: Decide[OutcomeT],
) -> Writes[OutcomeT]:
    unknown: dict[UUID, UnknownPieces] = {}
    locked: list[State] = []

    def lock(day: date | None, lead_ids: Sequence[str]) -> State | None:
        state = backend.lock_state(connection, key, day, lead_ids, reads_client=query.elsewhere)
        locked[:] = [] if state is None else [state]
        return state

    try:
        before = read_snapshot(connection, backend, key, query, lock, unknown=unknown)
    except CorruptRowError as error:
        log_corrupt_row(error)
        raise
    writes = decide(before)
    check_writes(before, writes)
    client = locked[0].client if locked else None
    written = _write_campaign(
        connection, backend, key, before, writes, client=client, unknown=unknown
    )
    if writes.suppressions and client is not None:
        ids = [one.lead_id for one in writes.suppressions]
        with translate_errors(backend.statements.ledger_names):
            names = find_stored_names(connection, backend, query.client_id, client.key, ids)
            write_suppressions(connection, backend, key, names, writes.suppressions)
    with translate_errors(backend.statements.ledger_names):
        add_client_events(connection, backend, key, writes.client_events)
    return written


def _write_campaign(
    connection: Connection,
    backend: Backend,
    key: Values,
    before: Snapshot,
    writes: Writes[OutcomeT],
    *,
    client: ClientRow | None,
    unknown: Mapping[UUID, UnknownPieces],
) -> Writes[OutcomeT]:
    rows, campaign = backend.statements.rows, before.campaign
    # Not within `translate_errors`: what a host's function raises is not the database's.
    fields = {} if writes.campaign is None else rows.changes(campaign, writes.campaign)
    own = _follow_acts(backend, campaign, writes)
    with translate_errors(backend.statements.ledger_names):
        days = Counter(assignment.day for assignment in writes.assigned)
        released = tuple[ReleasedLead, ...]()
        if writes.released:
            released = _release_leads(connection, backend, key, campaign.id, writes.released)
            days.subtract(gone.assignment.day for gone in released if not gone.contacted)
        changes = Changes(
            assigned=writes.assigned,
            days={day: by for day, by in days.items() if by},
            progress={} if writes.progress is None else progress_values(writes.progress),
            campaign={**rows.to_columns(fields), **own},
            is_corrupt=bool(campaign.faults),
            released=released,
            client_days=_count_client_days(writes.assigned, released, client),
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


def _count_client_days(
    assigned: Sequence[Assignment], released: Sequence[ReleasedLead], client: ClientRow | None
) -> Mapping[date, Sequence[int]]:
    """Return the change of each channel on each day of a client, for one whose days are counted."""
    if client is None or client.policy is None:
        return FrozenMap[date, Sequence[int]]()
    changes: defaultdict[date, list[int]] = defaultdict(lambda: [0] * len(CHANNELS))
    for assignment in assigned:
        changes[assignment.day][POSITIONS[assignment.channel]] += 1
    for gone in released:
        if not gone.contacted:
            changes[gone.assignment.day][POSITIONS[gone.assignment.channel]] -= 1
    return {day: counts for day, counts in changes.items() if any(counts)}


def _release_leads(
    connection: Connection,
    backend: Backend,
    key: Values,
    campaign_id: UUID,
    released: Sequence[ReleasedLead],
) -> tuple[ReleasedLead, ...]:
    """Delete leads; return them with the assignments that were stored.

    Raises:
        ConflictError: some are not there.
        HostRefusedError: some are there and cannot be deleted.
    """
    lead_ids = [gone.lead_id for gone in released]
    found = {
        row[0]: read_assignment(row)
        for row in backend.delete_leads(connection, key, keep_valid_ids(lead_ids))
    }
    if absent := sorted(set(lead_ids) - found.keys()):
        leads, page = backend.statements.tables.leads, backend.statements.page_assignments(key)
        given = {**key, "ck_size": len(absent)}
        if fetch_rows_of(connection, page, leads.c.lead_id, given, keep_valid_ids(absent)):
            raise_hidden(leads, "DELETE")
        msg = f"campaign {campaign_id}: leads to release that are not there: {absent}"
        raise ConflictError(msg)
    return tuple(evolve(gone, assignment=found[gone.lead_id]) for gone in released)


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
