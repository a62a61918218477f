"""Campaigns: their fields, their status, and what may be edited in each status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Self, TypedDict, Unpack
from uuid import UUID, uuid4

from attrs import evolve, frozen

from campaignkit.core._checks import (
    LARGEST_INTEGER,
    LONGEST_TEXT,
    Limit,
    Words,
    as_int,
    check_kinds,
    date_error,
    datetime_error,
    integer_error,
    is_date,
    kind_error,
    short_repr,
    text_error,
    to_date,
    to_member,
    to_text,
    to_utc,
    to_uuid,
)
from campaignkit.core._decisions import Decision, Reason, make_decision
from campaignkit.core._immutable import FrozenMap, ImmutableBase
from campaignkit.core._partial import (
    NO_FAULTS,
    Faults,
    PartialMixin,
    describe_unreadable,
    list_faults,
    set_fields,
)
from campaignkit.domain._allocation import DEFAULT_ALLOCATION, Allocation
from campaignkit.domain._brief import Brief, compute_needs, describe_shut_channels, split_remaining
from campaignkit.domain._clients import ClientState
from campaignkit.domain._gate import DEFAULT_GATE, ALSGate
from campaignkit.domain._ledger import Progress
from campaignkit.domain._permissions import (
    Actor,
    Initiator,
    PermissionMode,
    permission_reasons,
)
from campaignkit.errors import CampaignError, CorruptRowError, NotEditableError, TransitionError
from campaignkit.targeting._targeting import PartialTargeting, Targeting


class CampaignStatus(StrEnum):
    """The status of a campaign.

    >>> [status.value for status in CampaignStatus]
    ['draft', 'active', 'paused', 'completed']
    """

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"


TRANSITIONS: Mapping[CampaignStatus, tuple[CampaignStatus, ...]] = FrozenMap(
    {
        CampaignStatus.DRAFT: (CampaignStatus.ACTIVE,),
        CampaignStatus.ACTIVE: (CampaignStatus.PAUSED, CampaignStatus.COMPLETED),
        CampaignStatus.PAUSED: (CampaignStatus.ACTIVE, CampaignStatus.COMPLETED),
        CampaignStatus.COMPLETED: (),
    }
)
"""The legal moves from each status."""

_WHILE_ACTIVE = ("name", "permission_mode", "daily_lead_limit", "total_lead_limit", "end_date")
_WHILE_PAUSED = (*_WHILE_ACTIVE, "targeting", "allocation")

EDITABLE: Mapping[CampaignStatus, tuple[str, ...]] = FrozenMap(
    {
        CampaignStatus.DRAFT: (*_WHILE_PAUSED, "start_date"),
        CampaignStatus.ACTIVE: _WHILE_ACTIVE,
        CampaignStatus.PAUSED: _WHILE_PAUSED,
        CampaignStatus.COMPLETED: (),
    }
)
"""The fields that may be edited in each status."""


class Action(StrEnum):
    """An act on a campaign.

    >>> Action("pause") is Action.PAUSE
    True
    """

    ACTIVATE = "activate"
    PAUSE = "pause"
    COMPLETE = "complete"
    EDIT = "edit"
    DELETE = "delete"
    RESTORE = "restore"
    ASSIGN = "assign"
    RELEASE = "release"


_DESTINATIONS: Mapping[Action, CampaignStatus] = {
    Action.ACTIVATE: CampaignStatus.ACTIVE,
    Action.PAUSE: CampaignStatus.PAUSED,
    Action.COMPLETE: CampaignStatus.COMPLETED,
}

_BRAKES = {Action.PAUSE, Action.COMPLETE}

DEFAULT_DAILY_LEAD_LIMIT = 50

# Looking a member up in its class is slow, and `decide` asks for these by the million.
_DRAFT, _ACTIVE = CampaignStatus.DRAFT, CampaignStatus.ACTIVE
_DAILY, _TOTAL = Reason.DAILY_LIMIT, Reason.TOTAL_LIMIT

_TICK = timedelta(microseconds=1)
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)


class Settings(TypedDict, total=False):
    """The fields that a draft may have of its own, beside its name.

    Attributes:
        permission_mode: What the AI may do; it suggests by default.
        targeting: The audience that it is for; anybody by default.
        allocation: The share of each channel; `DEFAULT_ALLOCATION` by default.
        daily_lead_limit: The most leads on a day; 50 by default.
        total_lead_limit: The most leads ever; no limit by default.
        start_date: The first day; any day by default.
        end_date: The last day; any day by default.
    """

    permission_mode: PermissionMode
    targeting: Targeting
    allocation: Allocation
    daily_lead_limit: int
    total_lead_limit: int | None
    start_date: date | None
    end_date: date | None


class Edits(Settings, total=False):
    """The fields that an edit may name: those of `Settings`, and the name.

    Attributes:
        name: The name of the campaign.
    """

    name: str


@frozen(kw_only=True)
class Campaign(ImmutableBase):
    """An outreach campaign, which is always valid.

    A campaign never changes: what acts on it returns another. Limits count distinct leads, and are
    1 or more. Times are aware, and kept in UTC.

    Attributes:
        id: The id of the campaign.
        client_id: The client whose campaign it is.
        name: A name that is not blank.
        status: Draft, active, paused or completed.
        permission_mode: What the AI may do.
        targeting: The audience that it is for. Anybody by default.
        allocation: The share of each channel.
        daily_lead_limit: The most leads that it admits on a day.
        total_lead_limit: The most leads that it admits ever. None means no limit.
        start_date: The first day on which it runs. None leaves it open.
        end_date: The last day on which it runs. None leaves it open.
        created_at: When it was created.
        updated_at: When it was last changed; it only ever grows.
        deleted_at: When it was deleted; None if it is not.

    Arguments of several methods:
        at: The time of the act, which must be aware. `updated_at` becomes this, or just later than
            it was.

    Raises:
        CampaignError: invalid fields; `faults` lists all that is wrong.

    >>> from datetime import UTC, datetime
    >>> from uuid import uuid4
    >>> campaign = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
    >>> campaign.activate(at=datetime.now(UTC)).status.value
    'active'
    """

    id: UUID
    client_id: UUID
    name: Words
    status: CampaignStatus = CampaignStatus.DRAFT
    permission_mode: PermissionMode = PermissionMode.CO_PILOT
    targeting: Targeting = Targeting()
    allocation: Allocation = DEFAULT_ALLOCATION
    daily_lead_limit: Limit = DEFAULT_DAILY_LEAD_LIMIT
    total_lead_limit: Limit | None = None
    start_date: date | None = None
    end_date: date | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        if _is_plain_campaign(self):
            return
        for name, exact in _CONVERTERS.items():
            object.__setattr__(self, name, exact(getattr(self, name)))
        # Most are plain now: a driver's times, for example, had another zone.
        if not _is_plain_campaign(self) and (faults := list(_campaign_faults(self))):
            raise CampaignError(faults)

    @classmethod
    def draft(
        cls,
        *,
        client_id: UUID,
        name: str,
        id: UUID | None = None,  # noqa: A002  # the field's name
        created_at: datetime | None = None,
        **settings: Unpack[Settings],
    ) -> Campaign:
        """Return a new draft.

        Args:
            client_id: The client whose campaign it is.
            name: A name that is not blank.
            id: A new random UUID unless given.
            created_at: Now unless given; aware.
            **settings: Any field of `Settings`; the others have their defaults.

        Raises:
            CampaignError: invalid fields.

        >>> from uuid import uuid4
        >>> Campaign.draft(client_id=uuid4(), name="Sydney agencies").status.value
        'draft'
        """
        refuse_unknown_fields(settings)
        made = datetime.now(UTC) if created_at is None else created_at
        return cls(
            id=uuid4() if id is None else id,
            client_id=client_id,
            name=name,
            created_at=made,
            updated_at=made,
            **settings,
        )

    def __str__(self) -> str:
        return f"campaign {short_repr(self.name)} ({self.status}, {self.id})"

    @property
    def faults(self) -> Mapping[str, tuple[str, ...]]:
        """What is wrong with each field that cannot be read; empty but for a corrupt row.

        The `readable` of a `CorruptRowError` has some. Its other fields are those of the row. An
        unreadable `permission_mode` counts as manual, an unreadable time as 1970; a `Targeting`
        has the dimensions that can be read. To touch any other unreadable field raises that error.
        """
        return NO_FAULTS

    def running(self, day: date) -> Decision:
        """Return whether the campaign takes leads on this day, with every reason if not.

        Args:
            day: A day of the host's calendar.

        Raises:
            CampaignError: `day` is not a date; a datetime is refused.

        >>> from datetime import date
        >>> from uuid import uuid4
        >>> Campaign.draft(client_id=uuid4(), name="x").running(date(2026, 11, 23)).reasons
        (<Reason.NOT_ACTIVE: 'not_active'>,)
        """
        return make_decision(*self.not_running_reasons(day))

    def is_running(self, day: date) -> bool:
        """Return whether the campaign takes leads on this day.

        It does if it is active, not deleted, and the day lies within its dates.

        Args:
            day: A day of the host's calendar.

        Raises:
            CampaignError: `day` is not a date.
        """
        return not self.not_running_reasons(day)

    def not_running_reasons(self, day: date) -> list[tuple[Reason, str]]:
        """Return every reason, with a message, why the campaign takes no leads on this day.

        Args:
            day: A day of the host's calendar.

        Raises:
            CampaignError: `day` is not a date.
        """
        if type(day) is not date:
            if fault := date_error(day):
                raise CampaignError([f"day {fault}"])
            day = to_date(day)
        because: list[tuple[Reason, str]] = []
        if self.status is not _ACTIVE:
            because.append((Reason.NOT_ACTIVE, self._not_active()))
        if self.deleted_at is not None:
            because.append((Reason.DELETED, Reason.DELETED.message))
        if self.start_date is not None and day < self.start_date:
            message = f"the campaign starts on {self.start_date}, after {day}"
            because.append((Reason.NOT_STARTED, message))
        if self.end_date is not None and day > self.end_date:
            message = f"the campaign ended on {self.end_date}, before {day}"
            because.append((Reason.ENDED, message))
        return because

    def remaining(self, progress: Progress) -> Mapping[Reason, int]:
        """Return how many more leads each limit admits on the progress's day, at least 0.

        Args:
            progress: What was admitted so far.

        >>> from uuid import uuid4
        >>> campaign = Campaign.draft(client_id=uuid4(), name="x", total_lead_limit=60)
        >>> remaining = campaign.remaining(Progress(admitted_total=55))
        >>> remaining[Reason.DAILY_LIMIT], remaining[Reason.TOTAL_LIMIT]
        (50, 5)
        """
        if type(progress) is not Progress:
            check_kinds(CampaignError, progress=(progress, Progress))
        total = self.total_lead_limit
        return {
            _DAILY: max(0, self.daily_lead_limit - progress.admitted_today),
            # Without a limit there is still that of the column which counts.
            _TOTAL: max(0, (total or LARGEST_INTEGER) - progress.admitted_total),
        }

    def capacity(self, progress: Progress) -> int:
        """Return how many more leads the limits together admit on the progress's day.

        Args:
            progress: What was admitted so far.

        >>> from uuid import uuid4
        >>> campaign = Campaign.draft(client_id=uuid4(), name="x", total_lead_limit=60)
        >>> campaign.capacity(Progress(admitted_total=55))
        5
        """
        return min(self.remaining(progress).values())

    def brief(
        self,
        day: date,
        progress: Progress,
        *,
        gate: ALSGate = DEFAULT_GATE,
        client: ClientState | None = None,
    ) -> Brief:
        """Return the leads that the campaign still needs on a day, given its progress on that day.

        `Brief.needs` says how many leads of which tiers are needed.

        Args:
            day: The day on which the leads are needed.
            progress: What was admitted so far; it must be that of the same day.
            gate: The channels that each score opens.
            client: What the campaigns of the client share. Its limits cap the leads that each
                channel is to get. Nothing by default.

        Raises:
            CampaignError: `day` is not a date, the progress is that of another day, or `client` is
                not a ClientState.

        >>> from datetime import UTC, date, datetime
        >>> from uuid import uuid4
        >>> campaign = Campaign.draft(client_id=uuid4(), name="Sydney agencies")
        >>> campaign = campaign.activate(at=datetime.now(UTC))
        >>> today = date(2026, 11, 23)
        >>> brief = campaign.brief(today, Progress(today, admitted_today=30, admitted_total=30))
        >>> brief.today, brief.in_all, str(brief.needs[0])
        (20, None, '2 leads of ALS 85 and up for sms and mail')
        """
        check_kinds(
            CampaignError,
            progress=(progress, Progress),
            gate=(gate, ALSGate),
            client=(client, (ClientState, type(None))),
        )
        idle, day = self.not_running_reasons(day), to_date(day)
        if progress.day != day:
            raise CampaignError(
                [f"the progress must be that of the day {day}, not of {progress.day}"]
            )
        room = self.remaining(progress)
        client = client or ClientState()
        channel_room = client.room(day)
        wanted = split_remaining(
            self.allocation,
            0 if idle else min(room.values()),
            progress.for_allocation(self.allocation).carried,
            channel_room,
        )
        return Brief(
            client_id=self.client_id,
            campaign_id=self.id,
            day=day,
            targeting=self.targeting,
            today=wanted.total,
            in_all=None if self.total_lead_limit is None else room[_TOTAL],
            wanted=wanted,
            needs=compute_needs(wanted, gate),
            idle=tuple(reason for reason, _ in idle),
            room=FrozenMap(channel_room),
            shut=describe_shut_channels(self.allocation, client, day),
        )

    def can(
        self, action: Action | str, *, by: Actor | None = None, **edits: Unpack[Edits]
    ) -> Decision:
        """Return whether this act is allowed now, with every reason if not.

        Whether leads may be assigned on a day is what `running` returns.

        Args:
            action: The act, or its name.
            by: Who would act. If given, the permission mode decides too: the act is allowed if it
                would be done at once for this actor, and only a user may edit the permission mode.
            **edits: The new values, where the act is an edit.

        Raises:
            CampaignError: an unknown action or field.

        >>> from uuid import uuid4
        >>> campaign = Campaign.draft(client_id=uuid4(), name="x")
        >>> print(campaign.can("pause"))
        a draft campaign may become active, not paused
        >>> campaign.can("edit", daily_lead_limit=10).allowed
        True
        """
        action = to_member(Action, action)
        if not isinstance(action, Action):
            actions = ", ".join(Action)
            raise CampaignError([f"no action is called {short_repr(action)}; there are {actions}"])
        refuse_unknown_fields(edits)
        if edits and action is not Action.EDIT:
            raise CampaignError([f"only an edit takes fields, not {action}"])
        because = list(self._objections(action, edits, by))
        if by is not None:
            choosing = "permission_mode" in edits
            because += permission_reasons(self.permission_mode, by, choosing_mode=choosing)
        return make_decision(*because)

    def activate(self, *, at: datetime) -> Campaign:
        """Return the campaign activated, from draft or paused.

        Raises:
            TransitionError: it is active, completed or deleted.
            CampaignError: `at` has no time zone.
        """
        return self._change_status(Action.ACTIVATE, at)

    def pause(self, *, at: datetime) -> Campaign:
        """Return the campaign paused.

        Raises:
            TransitionError: it is not active, or deleted.
            CampaignError: `at` has no time zone.
        """
        return self._change_status(Action.PAUSE, at)

    def complete(self, *, at: datetime) -> Campaign:
        """Return the campaign completed, which is final.

        Raises:
            TransitionError: it is neither active nor paused, or deleted.
            CampaignError: `at` has no time zone.
        """
        return self._change_status(Action.COMPLETE, at)

    def edit(self, *, at: datetime, **edits: Unpack[Edits]) -> Campaign:
        """Return the campaign with these fields changed.

        Args:
            **edits: The new value of each field to change.

        Raises:
            NotEditableError: the campaign's status does not allow a field to be edited.
            CampaignError: an unknown field, an invalid value, or no field at all.

        >>> from datetime import UTC, datetime
        >>> from uuid import uuid4
        >>> Campaign.draft(client_id=uuid4(), name="x").edit(at=datetime.now(UTC), name="y").name
        'y'
        """
        decision = self.can(Action.EDIT, **edits)
        if set(decision.reasons) == {Reason.INVALID}:
            raise CampaignError(decision.messages)
        if not decision:
            raise NotEditableError(decision)
        return evolve_campaign(self, **edits, updated_at=self._next_update(at))

    def delete(self, *, at: datetime) -> Campaign:
        """Return the campaign deleted softly: hidden, but it can be restored.

        `deleted_at` is `at`, but not before `created_at`, whatever the clocks.

        Raises:
            TransitionError: it is deleted already.
            CampaignError: `at` has no time zone.
        """
        self._require(Action.DELETE)
        later = self._next_update(at)
        deleted_at = max(to_utc(at), self.created_at)
        return evolve_campaign(self, deleted_at=deleted_at, updated_at=later)

    def restore(self, *, at: datetime) -> Campaign:
        """Return the deleted campaign restored, with its former status.

        Raises:
            TransitionError: it is not deleted.
            CampaignError: `at` has no time zone.
        """
        self._require(Action.RESTORE)
        return evolve_campaign(self, deleted_at=None, updated_at=self._next_update(at))

    def _not_active(self) -> str:
        return f"the campaign is {self.status}, not active"

    def _change_status(self, action: Action, at: datetime) -> Campaign:
        self._require(action)
        status, later = _DESTINATIONS[action], self._next_update(at)
        return evolve_campaign(self, status=status, updated_at=later)

    def _require(self, action: Action) -> None:
        if not (decision := self.can(action)):
            raise TransitionError(decision)

    def _next_update(self, at: datetime) -> datetime:
        if fault := datetime_error(at):
            raise CampaignError([f"at {fault}"])
        return max(to_utc(at), min(self.updated_at, LAST_MOMENT - _TICK) + _TICK)

    def _objections(
        self, action: Action, edits: Edits, by: Actor | None = None
    ) -> Iterable[tuple[Reason, str]]:
        deleted = self.deleted_at is not None
        if action is Action.RESTORE:
            if not deleted:
                yield Reason.NOT_DELETED, Reason.NOT_DELETED.message
            return
        if deleted:
            yield Reason.DELETED, Reason.DELETED.message
        destination = _DESTINATIONS.get(action)
        if action in _BRAKES and "status" in self.faults:
            return  # whatever it was, the campaign can be stopped
        if destination is not None and destination not in TRANSITIONS[self.status]:
            legal = " or ".join(TRANSITIONS[self.status])
            may = f"may become {legal}, not {destination}" if legal else "is final"
            yield Reason.ILLEGAL_TRANSITION, f"{_with_article(self.status)} campaign {may}"
        if action is Action.EDIT:
            yield from self._edit_objections(edits, by)
        if action is Action.ASSIGN and self.status is not _ACTIVE:
            yield Reason.NOT_ACTIVE, self._not_active()
        if action is Action.RELEASE and self.status is CampaignStatus.COMPLETED:
            yield Reason.NOT_EDITABLE, "a completed campaign is read-only and keeps its leads"

    def _edit_objections(self, edits: Edits, by: Actor | None) -> Iterable[tuple[Reason, str]]:
        # What cannot be read may be mended in every status.
        asked = [name for name in edits if name not in self.faults]
        editable = EDITABLE[self.status] if asked else ()
        if fixed := [name for name in asked if name not in editable]:
            by_ai = by is not None and by.kind is Initiator.AI  # whose mode is a user's choice
            offered = [name for name in editable if not (by_ai and name == "permission_mode")]
            may = f"may be edited in {', '.join(offered)}, not in {', '.join(fixed)}"
            message = f"{_with_article(self.status)} campaign {may if editable else 'is read-only'}"
            yield Reason.NOT_EDITABLE, message
        if not edits:
            yield Reason.INVALID, f"an edit must name at least one of {', '.join(EDITABLE[_DRAFT])}"
            return
        try:
            evolve_campaign(self, **edits)
        except CampaignError as error:
            yield from ((Reason.INVALID, fault) for fault in error.faults)


def _with_article(status: CampaignStatus) -> str:
    return f"an {status}" if status is CampaignStatus.ACTIVE else f"a {status}"


def refuse_unknown_fields(edits: Mapping[str, object]) -> None:
    """Refuse names of fields that cannot be edited in any status.

    Raises:
        CampaignError: there is such a name.
    """
    known = EDITABLE[_DRAFT]
    if unknown := [name for name in edits if name not in known]:
        names, fields = ", ".join(map(str, unknown)), ", ".join(known)
        raise CampaignError([f"no field to edit is called {names}; there are {fields}"])


def _limit_error(value: object) -> str | None:
    return integer_error(value, 1, LARGEST_INTEGER)


_CONVERTERS: Mapping[str, Callable[[Any], object]] = {
    **dict.fromkeys(("id", "client_id"), to_uuid),
    "name": to_text,
    "status": partial(to_member, CampaignStatus),
    "permission_mode": partial(to_member, PermissionMode),
    **dict.fromkeys(("daily_lead_limit", "total_lead_limit"), as_int),
    **dict.fromkeys(("start_date", "end_date"), to_date),
    **dict.fromkeys(("created_at", "updated_at", "deleted_at"), to_utc),
}
"""Converts a field's value to Python's own class."""


def _is_plain_campaign(c: Campaign) -> bool:
    """Tell quickly that a campaign is valid, as nearly all are that are read or edited.

    `_campaign_faults` decides about the others, which may be valid too.
    """
    total, start, end, deleted = c.total_lead_limit, c.start_date, c.end_date, c.deleted_at
    return (
        type(c.id) is type(c.client_id) is UUID
        and type(c.name) is str
        and type(c.status) is CampaignStatus
        and type(c.permission_mode) is PermissionMode
        and type(c.targeting) is Targeting
        and type(c.allocation) is Allocation
        and type(c.daily_lead_limit) is int
        and 1 <= c.daily_lead_limit <= LARGEST_INTEGER
        and (total is None or (type(total) is int and 1 <= total <= LARGEST_INTEGER))
        and (start is None or type(start) is date)
        and (end is None or (type(end) is date and (start is None or start <= end)))
        and type(c.created_at) is type(c.updated_at) is datetime
        and c.created_at.tzinfo is c.updated_at.tzinfo is UTC
        and (deleted is None or (type(deleted) is datetime and deleted.tzinfo is UTC))
        and not text_error(c.name, LONGEST_TEXT)
    )


def _campaign_faults(campaign: Campaign) -> Iterable[str]:
    values = {name: getattr(campaign, name) for name in _ERRORS}
    return list_faults(_list_field_faults(values) | _list_date_faults(values))


def _optional(find_error: Callable[[object], str | None]) -> Callable[[object], str | None]:
    return lambda value: None if value is None else find_error(value)


def _targeting_error(value: object) -> str | None:
    if not isinstance(value, Targeting):
        return kind_error(value, Targeting)
    return f"is {describe_unreadable(value.faults)}" if value.faults else None


_ERRORS: Mapping[str, Callable[[Any], str | None]] = {
    **dict.fromkeys(("id", "client_id"), partial(kind_error, kind=UUID)),
    "name": partial(text_error, longest=LONGEST_TEXT),
    "status": partial(kind_error, kind=CampaignStatus),
    "permission_mode": partial(kind_error, kind=PermissionMode),
    "targeting": _targeting_error,
    "allocation": partial(kind_error, kind=Allocation),
    "daily_lead_limit": _limit_error,
    "total_lead_limit": _optional(_limit_error),
    **dict.fromkeys(("start_date", "end_date"), _optional(date_error)),
    **dict.fromkeys(("created_at", "updated_at"), datetime_error),
    "deleted_at": _optional(datetime_error),
}
"""Says what is wrong with a field's value, each by itself."""


def _list_field_faults(values: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    errors = {name: _ERRORS[name](value) for name, value in values.items()}
    return {name: (f"{name} {error}",) for name, error in errors.items() if error}


def _list_date_faults(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what is wrong with the dates together: either of them may be the wrong one."""
    start, end = values.get("start_date"), values.get("end_date")
    if start is None or end is None or not (is_date(start) and is_date(end) and end < start):
        return {}
    return dict.fromkeys(
        ("start_date", "end_date"), (f"end_date {end} is before start_date {start}",)
    )


# -- Campaigns of corrupt rows --------------------------------------------------------------------

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)

_STAND_INS: Mapping[str, object] = {
    "permission_mode": PermissionMode.MANUAL,
    **dict.fromkeys(("created_at", "updated_at", "deleted_at"), NO_TIME),
}
"""What counts for a field that cannot be read: the AI may do nothing, and a campaign with some time
of deletion is deleted."""


class PartialCampaign(PartialMixin, Campaign):
    """What can be read of a campaign whose stored row breaks a rule.

    A targeting of which only some dimensions can be read is known, and has faults.
    """

    __slots__ = ("_faults", "known")

    def __new__(cls, known: Mapping[str, object], faults: Faults) -> Self:
        """Return a campaign of values valid by themselves, and of the other fields' faults."""
        self = object.__new__(cls)
        targeting: Any = known.get("targeting")
        of_targeting = {} if targeting is None else {"targeting": list_faults(targeting.faults)}
        every = {**faults, **_list_date_faults(known)}
        every |= {name: tuple(some) for name, some in of_targeting.items() if some}
        in_order = {name: every[name] for name in _ERRORS if name in every}
        set_fields(self, {"known": FrozenMap(known), "_faults": FrozenMap(in_order)})
        set_fields(self, {n: value for n, value in _STAND_INS.items() if n in every})
        set_fields(self, {n: v for n, v in known.items() if n not in every or n == "targeting"})
        return self

    def __str__(self) -> str:
        return f"campaign {self.known.get('id')} ({describe_unreadable(self.faults)})"

    def make_error(self, faults: Iterable[str]) -> CorruptRowError:
        """Return the error of faults of this campaign."""
        return CorruptRowError("campaign", self.known.get("id"), faults, self)


def holds_leads(campaign: Campaign) -> bool:
    """Return whether a campaign keeps its leads from others: not if it is completed or deleted."""
    return campaign.status is not CampaignStatus.COMPLETED and campaign.deleted_at is None


def present_progress(campaign: Campaign, progress: Progress) -> Progress:
    """Return a progress under the present allocation of its campaign.

    If one of them cannot be read it stays as it is: whether another epoch began is seen later.
    """
    if "allocation" in campaign.faults or progress.faults:
        return progress
    return progress.for_allocation(campaign.allocation)


def require_readable(campaign: Campaign, names: Iterable[str]) -> None:
    """Require fields of a campaign that can be read.

    Raises:
        CorruptRowError: some cannot; it has the faults of these.
    """
    if wrong := {name: campaign.faults[name] for name in names if name in campaign.faults}:
        raise CorruptRowError("campaign", campaign.id, list_faults(wrong), campaign)


def make_campaign(values: Mapping[str, object], faults: Faults = NO_FAULTS) -> Campaign:
    """Return the campaign of these values, partial if they are not valid or if there are faults.

    Every field must be in one of the two.
    """
    made: dict[str, Any] = {
        name: _CONVERTERS[name](value) if name in _CONVERTERS else value
        for name, value in values.items()
    }
    # What can be read of a targeting is worth having.
    whole = {n: value for n, value in made.items() if not isinstance(value, PartialTargeting)}
    wrong = _list_field_faults(whole)
    known = {name: value for name, value in made.items() if name not in wrong}
    make: Any = PartialCampaign  # a type checker knows only the constructor that attrs makes
    partial: Campaign = make(known, {**faults, **wrong})
    return partial if partial.faults else Campaign(**made)


def evolve_campaign(campaign: Campaign, **fields: Any) -> Campaign:  # noqa: ANN401
    """Return a campaign with other values of fields, whatever its status permits.

    The unreadable fields of a partial one stay so, unless they are among these.

    Raises:
        CampaignError: an invalid value.
    """
    if not isinstance(campaign, PartialCampaign):
        return evolve(campaign, **fields)
    others = {name: some for name, some in campaign.faults.items() if name not in fields}
    made = make_campaign(
        {**campaign.known, **fields},
        {name: some for name, some in others.items() if name not in campaign.known},
    )
    if wrong := {name: some for name, some in made.faults.items() if name in fields}:
        raise CampaignError(list_faults(wrong))
    return made
