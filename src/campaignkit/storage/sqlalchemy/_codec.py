"""Convert rows to values of the domain and back, and list what is wrong with a row.

A row has a campaign's columns in the order of `ROW_FIELDS`, or those of the ledger in the order of
the tuples here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias, cast
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Enum, String, Uuid, literal_column

from campaignkit.core._channels import ALL, CHANNELS, NO_COUNTS, SETS, Channel, ChannelCounts
from campaignkit.core._checks import EnumT, is_mapping, is_text, short_repr, to_member
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import T
from campaignkit.core._interruptions import raise_interruption
from campaignkit.core._partial import list_faults
from campaignkit.domain._allocation import Allocation, make_allocation
from campaignkit.domain._campaign import (
    DEFAULT_DAILY_LEAD_LIMIT,
    NO_TIME,
    Campaign,
    CampaignStatus,
    make_campaign,
)
from campaignkit.domain._commands import AssignLeads, Command, Edit, digest_command, lead_ids_of
from campaignkit.domain._events import Event
from campaignkit.domain._gate import ALSTier
from campaignkit.domain._leads import Lead
from campaignkit.domain._ledger import Assignment, Progress
from campaignkit.domain._permissions import PermissionMode
from campaignkit.domain._suggestions import Rejection, Suggestion, SuggestionHead
from campaignkit.errors import CampaignError, CorruptRowError, InvalidError, StructureError
from campaignkit.serialization import UnknownPieces, put_back, read_known, to_dict
from campaignkit.serialization._read_errors import is_object
from campaignkit.serialization._rows import ROW_FIELDS, SHARE_COLUMNS
from campaignkit.storage._observation import log_corrupt_row
from campaignkit.storage.sqlalchemy._tables import CARRIED_COLUMNS, TARGETS, AnyColumn, Tables
from campaignkit.storage.sqlalchemy._values import LABELED, label_text
from campaignkit.targeting._targeting import Targeting, get_targets, make_targeting

Row: TypeAlias = Sequence[Any]
Values: TypeAlias = dict[str, Any]

_MISSING: Mapping[str, object] = {
    **dict.fromkeys(ROW_FIELDS),
    "status": CampaignStatus.DRAFT,
    "permission_mode": PermissionMode.CO_PILOT,
    **dict.fromkeys(TARGETS, ()),
    **dict.fromkeys(SHARE_COLUMNS, 0),
    "daily_lead_limit": DEFAULT_DAILY_LEAD_LIMIT,
}
"""What is read for a column that a host's table does not have."""

_TIMES_NOT_REQUIRED = ("created_at", "updated_at")
"""Fields that are dropped where the host's table has no column for them."""

_MODES: Mapping[object, PermissionMode] = {mode: mode for mode in PermissionMode}
_UUIDS = ("id", "client_id")
_ID = [*ROW_FIELDS].index("id")
_share_cells: Callable[[Values], tuple[Any, ...]] = itemgetter(*SHARE_COLUMNS)

_get_fields = attrgetter(
    *(f"{name}.{part}" if part else name for name, part in ROW_FIELDS.values())
)

# Typed: a share of 40.0 in a row is not the 40 that another row had.
_recent_allocation = lru_cache(maxsize=1024, typed=True)(lambda *shares: make_allocation(shares))


class CampaignRows:
    """How campaigns are read from their table, and written to it."""

    def __init__(self, tables: Tables) -> None:
        self._campaigns = tables.campaigns
        self._columns = tables.columns
        # What NULL means where that is not the usual, by the names in `ROW_FIELDS`.
        self._nulls = {name: its[None] for name, its in tables.values.items() if None in its}
        self._filled = [name for name in self._nulls if name not in LABELED]
        self._asks_for_mode = callable(self._nulls.get("permission_mode"))
        self._statuses = _read_labels(tables, "status", CampaignStatus)
        self._modes = _read_labels(tables, "permission_mode", PermissionMode)
        self._bindings: dict[str, Callable[[Any], object]] = {
            **{name: _find_binding(name, column) for name, column in tables.columns.items()},
            "status": _first_labels(self._statuses).__getitem__,
            "permission_mode": _first_labels(self._modes).__getitem__,
        }

    def select_columns(self) -> list[ColumnElement[Any]]:
        """Return what to select for `read_campaign`: a constant for a missing column."""
        zeros = SHARE_COLUMNS.keys() - self._nulls
        return [
            literal_column("0" if name in zeros else "NULL").label(name)
            if column is None
            else column
            for name, column in self._columns.items()
        ]

    def read_campaign(self, row: Row) -> Campaign:
        """Return the campaign of a row.

        Raises:
            CorruptRowError: the row breaks a rule of the domain; it has what can be read.
        """
        cells = dict(zip(ROW_FIELDS, row, strict=True))
        if self._filled:
            self._replace_nulls(cells)
        try:
            return _build_campaign(
                cells,
                _read_member("status", self._statuses, cells["status"]),
                self._read_mode(cells),
                _read_targeting(cells, Targeting),
                _read_allocation(cells),
                make=Campaign,
            )
        except InvalidError:
            found = self._read_partly(cells)
            own_id, faults = parse_uuid(cells["id"]), list_faults(found.faults)
            has_ids = not {"id", "client_id"}.intersection(found.faults)
            readable = found if has_ids else None
            raise CorruptRowError("campaign", own_id, faults, readable) from None

    def read_readable(self, row: Row) -> Campaign:
        """Return what can be read of the campaign of a row.

        Raises:
            CorruptRowError: its ids cannot be read.
        """
        try:
            return self.read_campaign(row)
        except CorruptRowError as error:
            if error.readable is None:
                raise
            log_corrupt_row(error)
            readable: Campaign = error.readable
            return readable

    def _read_partly(self, cells: Values) -> Campaign:
        """Return the campaign of a row which is not valid: each field is read by itself."""
        faults: dict[str, tuple[str, ...]] = {}

        def try_field(name: str, read_field: Callable[[], T]) -> T | None:
            try:
                return read_field()
            except InvalidError as error:
                faults[name] = error.faults
                return None

        status = try_field(
            "status", lambda: _read_member("status", self._statuses, cells["status"])
        )
        mode = try_field("permission_mode", lambda: self._read_mode(cells))
        targets: Values = _read_targeting(cells, dict[str, Any])
        targeting = make_targeting(targets, parse_uuid(cells["id"]))
        allocation = try_field("allocation", lambda: _read_allocation(cells))
        fields: Values = _build_campaign(
            cells, status, mode, targeting, allocation, make=dict[str, Any]
        )
        return make_campaign({n: v for n, v in fields.items() if n not in faults}, faults)

    def _replace_nulls(self, cells: Values) -> None:
        """Replace what is NULL by what that means to the campaign's client."""
        client_id = parse_uuid(cells["client_id"])
        for name in self._filled:
            if cells[name] is None:
                cells[name] = self._null(name, client_id)

    def _read_mode(self, cells: Values) -> PermissionMode:
        mode = cells["permission_mode"]
        if mode is None and self._asks_for_mode:
            own = self._null("permission_mode", parse_uuid(cells["client_id"]))
            return _read_member("permission_mode", _MODES, own)
        return _read_member("permission_mode", self._modes, mode)

    def _null(self, name: str, client_id: object) -> object:
        """Return what NULL means in a column to a client."""
        meaning = self._nulls.get(name, _MISSING[name])
        if callable(meaning):
            # Whatever has no client is corrupt anyway.
            meaning = meaning(client_id) if isinstance(client_id, UUID) else None
        return meaning

    def values(self, campaign: Campaign) -> Values:
        """Return what to insert for a campaign, by the keys of the columns.

        Raises:
            CampaignError: a value that a host's table cannot hold.
        """
        flat = zip(ROW_FIELDS, _get_fields(campaign), strict=True)
        return {
            column.key: value
            for name, value in self._bind_all(flat, campaign.client_id)
            if (column := self._columns[name]) is not None
        }

    def changes(self, before: Campaign, after: Campaign) -> Values:
        """Return the changed columns of a campaign, by the names in `ROW_FIELDS`.

        Raises:
            CampaignError: a new value that a host's table cannot hold.
        """
        flat = zip(ROW_FIELDS, _flatten(before), _flatten(after), strict=True)
        changed = [(name, new) for name, old, new in flat if old != new and new is not _UNREADABLE]
        return dict(self._bind_all(changed, before.client_id))

    def to_columns(self, changes: Values) -> Values:
        """Return the changed columns of a campaign by their keys in its table."""
        columns = self._columns
        return {c.key: v for name, v in changes.items() if (c := columns[name]) is not None}

    def check_own(self, what: str, given: object) -> Values:
        """Return values for columns that only the host knows, by their keys in its table.

        Raises:
            InvalidError: not a mapping, or names of other columns; `what` is what has them.
        """
        if not is_mapping(given):
            raise InvalidError([f"{what} must map columns to values, not be {short_repr(given)}"])
        table = self._campaigns
        written = {column.key for column in self._columns.values() if column is not None}
        known = [key for key in given if is_text(key) and key in table.c]
        taken = [key for key in known if key in written]
        strange = [short_repr(key) for key in given if not (is_text(key) and key in table.c)]
        faults: list[str] = []
        if strange:
            names = ", ".join(strange)
            faults.append(f"{what} names {names}, which table {table.name} does not have")
        if taken:
            faults.append(f"{what} must not name {', '.join(taken)}, which the library writes")
        if faults:
            raise InvalidError(faults)
        return dict(given)

    def bind(self, name: str, value: object) -> object:
        """Return a value as its column takes it."""
        return self._bindings[name](value)

    def list_all_labels(self, name: str) -> list[object]:
        """Return all labels that are written into the column of the status or the mode."""
        labels = self._statuses if name == "status" else self._modes
        return [label for label in labels if label is not None]

    def list_labels(self, statuses: Collection[CampaignStatus]) -> list[object]:
        """Return what the column of the status has for these; None where NULL is one of them."""
        return [label for label, status in self._statuses.items() if status in statuses]

    def null_date(self, name: str) -> object:
        """Return the date that NULL means in a column; None for no bound."""
        return self._nulls.get(name)

    def read_key(self, row: Row) -> UUID | None:
        """Return the id of a row, or None if that is no UUID."""
        found = parse_uuid(row[_ID])
        return found if isinstance(found, UUID) else None

    def _bind_all(
        self, flat: Iterable[tuple[str, object]], client_id: UUID
    ) -> Iterable[tuple[str, object]]:
        faults: list[str] = []
        bound: list[tuple[str, object]] = []
        for name, value in flat:
            if self._columns[name] is None:
                if value != self._null(name, client_id) and name not in _TIMES_NOT_REQUIRED:
                    faults.append(
                        f"{name} {short_repr(value)} has no column in table {self._campaigns.name}"
                    )
                continue
            if value is None and (null := self._nulls.get(name)) is not None:
                means = "by a function" if callable(null) else f"as {null}"
                reads = f"table {self._campaigns.name} reads NULL {means}"
                faults.append(f"{name} must not be None, because {reads}")
                continue
            try:
                bound.append((name, self._bindings[name](value)))
            except KeyError:
                faults.append(
                    f"{name} {short_repr(value)} has no label in table {self._campaigns.name}"
                )
        if faults:
            raise CampaignError(faults)
        return bound


def _build_campaign(
    cells: Values,
    status: CampaignStatus | None,
    mode: PermissionMode | None,
    targeting: Targeting,
    allocation: Allocation | None,
    *,
    make: Callable[..., T],
) -> T:
    daily_lead_limit, deleted_at = cells["daily_lead_limit"], cells["deleted_at"]
    return make(
        id=parse_uuid(cells["id"]),
        client_id=parse_uuid(cells["client_id"]),
        name=cells["name"],
        status=status,
        permission_mode=mode,
        targeting=targeting,
        allocation=allocation,
        daily_lead_limit=DEFAULT_DAILY_LEAD_LIMIT if daily_lead_limit is None else daily_lead_limit,
        total_lead_limit=cells["total_lead_limit"],
        start_date=cells["start_date"],
        end_date=cells["end_date"],
        created_at=read_time(cells["created_at"]),
        updated_at=read_time(cells["updated_at"]),
        deleted_at=None if deleted_at is None else read_time(deleted_at),
    )


def _read_targeting(cells: Values, make: Callable[..., T]) -> T:
    return make(
        industries=_read_targets(cells["target_industries"]),
        titles=_read_targets(cells["target_titles"]),
        company_sizes=_read_targets(cells["target_company_sizes"]),
        locations=_read_targets(cells["target_locations"]),
    )


_UNREADABLE = object()
"""Stands in a flat row for a column of a field that cannot be read."""


def _flatten(campaign: Campaign) -> tuple[object, ...]:
    """Return the values of the columns, in the order of `ROW_FIELDS`."""
    if not campaign.faults:
        fields: tuple[object, ...] = _get_fields(campaign)
        return fields
    return tuple(_get_readable(campaign, *place) for place in ROW_FIELDS.values())


def _get_readable(campaign: Campaign, name: str, part: str | None) -> object:
    if name == "targeting":
        targets = get_targets(campaign.targeting, str(part))
        return _UNREADABLE if targets is None else targets
    if name in campaign.faults:
        return _UNREADABLE
    value = getattr(campaign, name)
    return value if part is None else getattr(value, part)


def _read_allocation(cells: Values) -> Allocation:
    shares = _share_cells(cells)
    try:
        return _recent_allocation(*shares)
    except TypeError as error:  # of the cache: a share that has no hash
        raise_interruption(error)
        return make_allocation(shares)


def _read_targets(value: Any) -> Any:  # noqa: ANN401  # anything else is refused later
    if value is None:
        return ()
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def read_time(value: Any) -> Any:  # noqa: ANN401  # anything else is refused later
    """Return the time in a column; NULL and one without a zone, as SQLite has it, are completed."""
    if value is None:
        return NO_TIME
    is_naive = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=UTC) if is_naive else value


def parse_uuid(value: Any) -> Any:  # noqa: ANN401  # anything else is refused later
    """Return a value of a column as a UUID, if it is one in any form."""
    if type(value) is UUID:
        return value
    if isinstance(value, UUID):  # a driver's own kind
        return UUID(int=value.int)
    try:
        return UUID(value) if isinstance(value, str) else value
    except ValueError as error:
        raise_interruption(error)
        return value


def read_campaign_id(what: str, key: object, value: object) -> UUID:
    """Return the id of the campaign that a row is of; `what` and `key` name the row.

    Raises:
        CorruptRowError: it is no id.
    """
    found = parse_uuid(value)
    if not isinstance(found, UUID):
        raise CorruptRowError(what, key, [f"campaign_id must be a UUID, not {short_repr(value)}"])
    return found


def _read_labels(tables: Tables, name: str, kind: type[EnumT]) -> Mapping[object, EnumT]:
    """Return the readings of a column: a host's labels, None among them, each with the member.

    Of the labels of one member, the first is the one to write.
    """
    given = cast("Mapping[object, EnumT]", tables.values.get(name, {}))
    named = {label: member for label, member in given.items() if label is not None}
    labels = named or _match_labels(tables.columns[name], kind)
    usual: Any = _MISSING[name]
    return {**labels, None: usual, **given}


def _match_labels(column: AnyColumn | None, ours: type[EnumT]) -> Mapping[object, EnumT]:
    """Return what a column takes for each of our members that it can hold, by the names."""
    kind = None if column is None else column.type
    if not isinstance(kind, Enum):
        return {member.value: member for member in ours}
    theirs = kind.enums if kind.enum_class is None else list(kind.enum_class)
    return {
        their: member
        for member in ours
        for their in theirs
        if member.value in (label_text(their), str(getattr(their, "name", their)).lower())
    }


def _first_labels(readings: Mapping[object, EnumT]) -> Mapping[EnumT, object]:
    """Return the label to write for each member that has one."""
    labels = [(label, member) for label, member in readings.items() if label is not None]
    return {member: label for label, member in reversed(labels)}


def _read_member(name: str, readings: Mapping[object, EnumT], value: object) -> EnumT:
    try:
        return readings[value]
    except (KeyError, TypeError) as error:
        raise_interruption(error)
        known = ", ".join(
            dict.fromkeys(str(label_text(label)) for label in readings if label is not None)
        )
        raise InvalidError([f"{name} must be one of {known}, not {short_repr(value)}"]) from None


def _find_binding(name: str, column: AnyColumn | None) -> Callable[[Any], object]:
    """Return the function that converts a value of the domain for a column."""
    kind = None if column is None else column.type
    if name in TARGETS:
        return list
    if name in _UUIDS and isinstance(kind, Uuid | String) and not getattr(kind, "as_uuid", False):
        return str
    if isinstance(kind, DateTime) and not kind.timezone:
        return _naive
    return _same


def _naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=None)


def _same(value: T) -> T:
    return value


# -- The ledger -----------------------------------------------------------------------------------

PROGRESS = ("admitted_total", *CARRIED_COLUMNS, *SHARE_COLUMNS, "epoch")
"""The columns of a campaign's progress, in the order in which they are read."""

ASSIGNMENT = ("lead_id", "channel", "tier", "als_score", "day", "epoch")
"""The columns of an assignment, in the order in which they are read."""

_CHANNELS: Mapping[object, Channel] = {channel.value: channel for channel in Channel}
_TIERS: Mapping[object, ALSTier] = {tier.value: tier for tier in ALSTier}
_NO_ROW = (None,) * len(PROGRESS)
_NO_SHARES = (None,) * len(SHARE_COLUMNS)
_NEW_ROW = (0, *(0 for _ in CARRIED_COLUMNS), *_NO_SHARES, 0)


def read_progress(
    campaign_id: UUID, row: Row, *, day: date | None = None, admitted_today: int | None = None
) -> Progress:
    """Return the progress in a row, which may be all NULL, on a day with so many admitted leads.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    today = admitted_today or 0
    if tuple(row) == _NO_ROW:
        row = _NEW_ROW
    faults, cells = _Faults(), dict(zip(PROGRESS, row, strict=True))
    counts = {channel: cells[column] for column, channel in CARRIED_COLUMNS.items()}
    carried = faults.of(lambda: ChannelCounts(counts), NO_COUNTS)
    has_none = _share_cells(cells) == _NO_SHARES
    allocation = faults.of(lambda: None if has_none else _read_allocation(cells), None)
    total, epoch = cells["admitted_total"], cells["epoch"]
    progress = faults.of(
        lambda: Progress(day, today, total, carried, allocation, epoch), Progress(day)
    )
    if faults.found:
        raise CorruptRowError("progress", campaign_id, faults.found)
    return progress


def progress_values(progress: Progress) -> Values:
    """Return what to set for a progress, by the names in `PROGRESS`."""
    shares = _NO_SHARES if progress.allocation is None else progress.allocation.shares
    values = (progress.admitted_total, *progress.carried.amounts, *shares, progress.epoch)
    return dict(zip(PROGRESS, values, strict=True))


def read_assignment(row: Row) -> Assignment:
    """Return the assignment of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    lead_id, channel, tier, score, day, epoch = row[:6]
    try:
        return Assignment(
            lead_id,
            _CHANNELS.get(channel, channel),
            _TIERS.get(tier, tier),
            _read_score(score),
            day,
            epoch,
        )
    except InvalidError as error:
        raise CorruptRowError("assignment", lead_id, error.faults) from None


def _read_score(value: Any) -> Any:  # noqa: ANN401  # anything else is refused later
    # A column of floats holds them; most scores are whole numbers.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def assignment_values(assignment: Assignment) -> Values:
    """Return what to insert for an assignment, besides its campaign's id."""
    return {
        "lead_id": assignment.lead_id,
        "channel": assignment.channel.value,
        "tier": assignment.tier.value,
        "als_score": float(assignment.als_score),
        "day": assignment.day,
        "epoch": assignment.epoch,
    }


# -- Suggestions and events -----------------------------------------------------------------------

SUGGESTION = ("id", "campaign_id", "state", "digest", "suggestion")
"""The columns of a suggestion's head, in the order in which they are read."""

SUGGESTED_LEAD = ("suggestion_id", "lead_id", "revision", "als_score", "reachable", "reason")
"""The columns of a suggested lead, in the order in which they are read."""

REJECTION = ("lead_id", "suggestion_id", "until")
"""The columns of a rejection, in the order in which they are read."""

EVENT = ("campaign_id", "number", "kind", "suggestion_id", "event")
"""The columns of an event, in the order in which they are read."""


def read_head(row: Row) -> SuggestionHead:
    """Return the head of a suggestion of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    head, _ = read_head_and_unknown(row)
    return head


def read_head_and_unknown(row: Row) -> tuple[SuggestionHead, UnknownPieces]:
    """Return the head of a suggestion, and what a newer release stored with it.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    suggestion_id, campaign_id, state, digest, plain = row[:5]
    ids = {"id": _id_text(suggestion_id), "campaign_id": _id_text(campaign_id)}
    given = {**ids, "state": state, "digest": digest}
    return read_json("suggestion", parse_uuid(suggestion_id), SuggestionHead, plain, given)


def read_suggestion(
    head: SuggestionHead, leads: Sequence[Row], rejections: Mapping[str, Rejection]
) -> Suggestion:
    """Return a suggestion with the leads of these rows.

    Raises:
        CorruptRowError: a row breaks a rule of the domain.
    """
    suggested: list[Lead] = []
    unassigned: dict[str, Reason] = {}
    try:
        for _, lead_id, _, score, reachable, reason in leads:
            if reason is not None:
                unassigned[lead_id] = to_member(Reason, reason)
                continue
            channels: Any = SETS[ALL] if reachable is None else reachable
            if isinstance(channels, str):
                channels = channels.split()  # the class refuses what is no channel
            suggested.append(Lead(lead_id, _read_score(score), channels))
        suggested.sort(key=attrgetter("id"))
        suggestion = head.with_leads(suggested, unassigned, rejections)
        _check_edit(suggestion.command, head.digest)
    except InvalidError as error:
        raise CorruptRowError("suggestion", head.id, error.faults) from None
    revisions, count = {row[2] for row in leads}, suggestion.lead_count
    if count != head.lead_count or not revisions <= {head.revision}:
        fault = f"leads must be {head.lead_count:,} of revision {head.revision}, not {count:,}"
        fault += "".join(f" of {short_repr(one)}" for one in sorted(revisions, key=str))
        raise CorruptRowError("suggestion", head.id, [fault])
    return suggestion


def _check_edit(command: Command, digest: str) -> None:
    """Check that an edit has all fields that were suggested: approving it would set only a part.

    Version 1 of the ledger had no digests.

    Raises:
        InvalidError: it has not.
    """
    if isinstance(command, Edit) and digest and digest != digest_command(command):
        raise InvalidError(["after has fields that this release does not know"])


def read_rejection(row: Row) -> Rejection:
    """Return the rejection of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    lead_id, suggestion_id, until = row
    try:
        return Rejection(lead_id, parse_uuid(suggestion_id), until)
    except InvalidError as error:
        raise CorruptRowError("rejection", lead_id, error.faults) from None


def read_event(row: Row) -> Event:
    """Return the event of a row.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    campaign_id, number, kind, suggestion_id, plain = row
    ids = {"campaign_id": _id_text(campaign_id), "suggestion_id": _id_text(suggestion_id)}
    given = {**ids, "number": number, "kind": kind}
    event, _ = read_json("event", (parse_uuid(campaign_id), number), Event, plain, given)
    return event


def head_values(suggestion: Suggestion | SuggestionHead, unknown: UnknownPieces = ()) -> Values:
    """Return what to insert for the head of a suggestion, besides its campaign's id.

    `unknown` is what `read_head_and_unknown` gave of the head that is replaced.
    """
    head = suggestion.head if isinstance(suggestion, Suggestion) else suggestion
    rest = json_rest(head, SUGGESTION)
    put_back(rest, unknown)
    return {"id": head.id, "state": head.state.value, "digest": head.digest, "suggestion": rest}


def suggested_lead_values(suggestion: Suggestion) -> Iterator[Values]:
    """Give what to insert for each lead of a suggestion, besides its campaign's id."""
    command = suggestion.command
    leads = {lead_id: Lead(lead_id) for lead_id in lead_ids_of(command)}
    if isinstance(command, AssignLeads):
        leads = {str(lead.id): lead for lead in command.leads}
    common: Values = {"suggestion_id": suggestion.id, "revision": suggestion.revision}
    for lead_id, lead in leads.items():
        score = None if lead.als_score is None else float(lead.als_score)
        reachable = " ".join(channel for channel in CHANNELS if channel in lead.reachable)
        channels = None if len(lead.reachable) == len(CHANNELS) else reachable
        own: Values = {"als_score": score, "reachable": channels, "reason": None}
        yield {**common, "lead_id": lead_id, **own}
    for lead_id, reason in suggestion.unassigned.items():
        own = {"als_score": None, "reachable": None, "reason": reason.value}
        yield {**common, "lead_id": lead_id, **own}


def rejection_values(rejection: Rejection) -> Values:
    """Return what to insert for a rejection, besides its campaign's id."""
    return {name: getattr(rejection, name) for name in REJECTION}


def event_values(event: Event) -> Values:
    """Return what to insert for an event, besides its campaign's id and its number."""
    rest = json_rest(event, EVENT)
    return {"kind": event.kind.value, "suggestion_id": event.suggestion_id, "event": rest}


def json_rest(value: object, columns: Sequence[str]) -> Values:
    """Return the plain form of a value without what has columns of its own."""
    plain: Values = to_dict(value)
    return {name: piece for name, piece in plain.items() if name not in columns}


def name_parameters(values: Values) -> Values:
    """Return the values of columns by the names of the parameters of statements."""
    return {f"ck_{name}": value for name, value in values.items()}


def _id_text(value: object) -> object:
    found = parse_uuid(value)
    return str(found) if isinstance(found, UUID) else found


def read_json(
    what: str, key: object, kind: type[T], plain: object, given: Values
) -> tuple[T, UnknownPieces]:
    """Return a value of stored JSON and of other columns, and what a newer release stored with it.

    Raises:
        CorruptRowError: the row breaks a rule of the domain.
    """
    try:
        return read_known(kind, {**plain, **given} if is_object(plain) else plain)
    except StructureError as error:
        raise CorruptRowError(what, key, error.faults) from None


class _Faults:
    """Collects what is wrong with the parts of a row."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def of(self, make: Callable[[], T], otherwise: T) -> T:
        """Return what `make` returns, or `otherwise` if it fails."""
        try:
            return make()
        except InvalidError as error:
            self.found += error.faults
            return otherwise
