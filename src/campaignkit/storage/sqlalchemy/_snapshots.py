"""Read a campaign with its ledger, and suggestions with their leads.

What a driver cannot decode is read again in pieces, so that it hides nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._campaign import Action, present_progress
from campaignkit.domain._ledger import PartialProgress, Progress
from campaignkit.domain._snapshot import Snapshot
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import CorruptRowError, NotFoundError
from campaignkit.serialization import UnknownPieces
from campaignkit.storage._queries import SnapshotQuery
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._client_rows import read_client_fields
from campaignkit.storage.sqlalchemy._codec import (
    ASSIGNMENT,
    Row,
    Values,
    parse_uuid,
    read_assignment,
    read_head_and_unknown,
    read_progress,
    read_rejection,
    read_suggestion,
)
from campaignkit.storage.sqlalchemy._driver_errors import CODELESS, is_unreadable, translate_errors
from campaignkit.storage.sqlalchemy._fetch import BATCH, fetch_each, fetch_rows, fetch_rows_of
from campaignkit.storage.sqlalchemy._read_checks import (
    check_answer,
    explain_unreadable,
    keep_valid_ids,
    refuse_answer,
)
from campaignkit.storage.sqlalchemy._statements import State


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
    contacted: Sequence[Row] = ()
    if day is not None:
        released, own_id = backend.clients.select_contacted, statements.tables.releases.c.lead_id
        contacted = fetch_rows_of(connection, released, own_id, key, lead_ids)
    return evolve(
        State.of(rows),
        leads=[row[: len(ASSIGNMENT)] for row in leads],
        contacted={row[0] for row in contacted},
    )


def _check_state(state: State, client_id: UUID, campaign_id: UUID, lead_ids: Sequence[str]) -> None:
    check_answer([state.campaign], {0: campaign_id, 1: client_id})
    if others := {row[0] for row in state.leads}.difference(lead_ids):
        refuse_answer(f"{len(lead_ids)} leads", f"{len(others)} others")


def read_snapshot(
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
    lead_ids = keep_valid_ids(query.lead_ids)
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
    shared = read_client_fields(connection, backend, key, query, state)
    campaign = backend.statements.rows.read_readable(state.campaign)
    progress = _read_progress(campaign.id, state, query.day)
    leads = map(read_assignment, state.leads)
    return Snapshot(
        campaign=campaign,
        progress=present_progress(campaign, progress),
        assignments=FrozenMap({lead.lead_id: lead for lead in leads}),
        has_history=state.has_history,
        contacted=frozenset(state.contacted),
        **shared,
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
    heads, whole = read_with_leads(
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
    with explain_unreadable(
        backend, partial(_reread_rejections, connection, backend, key, lead_ids)
    ):
        rows = fetch_rows(connection, statement, values)
    check_answer(rows, {1: query.campaign_id})
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
    check_answer([*pending, *rows], {1: query.campaign_id})
    read = [read_head_and_unknown(row) for row in rows]
    for row in pending:
        with suppress(CorruptRowError):
            read.append(read_head_and_unknown(row))
    if unknown is not None:
        unknown |= {head.id: pieces for head, pieces in read if pieces}
    return {head.id: head for head, _ in read}


def read_with_leads(
    connection: Connection,
    backend: Backend,
    read_heads: Callable[[], Mapping[UUID, SuggestionHead]],
    is_whole: Callable[[SuggestionHead], bool],
) -> tuple[Mapping[UUID, SuggestionHead], Mapping[UUID, Suggestion]]:
    """Return heads of suggestions, and with their leads those for which `is_whole` is true.

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


def make_campaign_key(backend: Backend, client_id: UUID, campaign_id: UUID) -> Values:
    rows = backend.statements.rows
    return {
        "ck_client": rows.bind("client_id", client_id),
        "ck_campaign": rows.bind("id", campaign_id),
    }
