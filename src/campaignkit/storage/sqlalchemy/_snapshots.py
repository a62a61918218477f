"""Read a campaign with its ledger, and suggestions with their leads.

What a driver cannot decode is read again in pieces, so that it hides nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import partial
from typing import Any, NoReturn
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import Connection, Table
from sqlalchemy.exc import SQLAlchemyError

from campaignkit.core._channels import CHANNELS, ChannelCounts
from campaignkit.core._checks import text_error
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._interruptions import raise_interruption
from campaignkit.domain._campaign import Action, present_progress
from campaignkit.domain._client_policy import Suppression, channel_order
from campaignkit.domain._clients import Claim, ClientState
from campaignkit.domain._ledger import Assignment, PartialProgress, Progress
from campaignkit.domain._snapshot import Snapshot
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead, SuggestionState
from campaignkit.errors import (
    CorruptRowError,
    NotFoundError,
    StorageError,
)
from campaignkit.serialization import UnknownPieces
from campaignkit.storage._queries import ClientQuery, SnapshotQuery
from campaignkit.storage.sqlalchemy._backend import Backend
from campaignkit.storage.sqlalchemy._client_codec import (
    map_erased_names,
    read_claim,
    read_policy,
    read_policy_or_none,
    read_release,
    read_suppression,
    read_used,
    week_values,
)
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
from campaignkit.storage.sqlalchemy._driver_errors import (
    CODELESS,
    is_unreadable,
    translate_errors,
)
from campaignkit.storage.sqlalchemy._fetch import BATCH, fetch_each, fetch_rows, fetch_rows_of
from campaignkit.storage.sqlalchemy._statements import AnySelect, State


@contextmanager
def explain_unreadable(backend: Backend, read_one_by_one: Callable[[], None]) -> Generator[None]:
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


def check_answer(rows: Sequence[Row], asked: Mapping[int, UUID]) -> None:
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
                refuse_answer(own, found)


def refuse_answer(asked: object, answered: object) -> NoReturn:
    msg = (
        f"the database was asked for {asked} and answered with {answered}: "
        "its connection is shared, perhaps with the process that this one was forked from"
    )
    raise StorageError(msg)


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
    shared = _read_client_fields(connection, backend, key, query, state)
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


def _read_client_fields(
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
    asked = keep_valid_ids(query.lead_ids) if query.day is not None else []
    if asked or query.elsewhere:
        policy = read_policy(query.client_id, plain)
    else:
        policy = read_policy_or_none(query.client_id, plain)
    found = ClientRows()
    if query.day is not None:
        found = read_client_rows(
            connection, backend, key, query, lead_ids=asked, secret=secret, rows=state.shared
        )
    client = ClientState(policy, revision, found.used, found.claims, found.suppressions)
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
    client_id, names = query.client_id, map_erased_names(secret, lead_ids)
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


def keep_valid_ids(lead_ids: Collection[str]) -> list[str]:
    """Return each id once, without those that no lead can have."""
    return [lead_id for lead_id in dict.fromkeys(lead_ids) if not text_error(lead_id)]
