"""A suggestion: a command of the AI that needs a user's approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Self, cast
from uuid import UUID

from attrs import evolve, field, fields, frozen
from attrs.converters import optional

from campaignkit.core._channels import NO_COUNTS, Channel, ChannelCounts, read_counts
from campaignkit.core._checks import (
    LARGEST_INTEGER,
    LONGEST_TEXT,
    Amount,
    Count,
    Limit,
    Words,
    as_int,
    check_kinds,
    date_error,
    datetime_error,
    flag_error,
    integer_error,
    is_mapping,
    kind_error,
    optional_text_error,
    short_repr,
    text_error,
    to_date,
    to_flag,
    to_text,
    to_utc,
    to_uuid,
)
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap, ImmutableBase
from campaignkit.core._sentences import format_count
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._campaign import Action, Campaign, Edits, require_readable
from campaignkit.domain._commands import (
    FIELD_COMMANDS,
    AssignLeads,
    Command,
    Edit,
    Fields,
    ReleaseLeads,
    check_command,
    describe_terms,
    digest_command,
    list_at_most_faults,
    read_after,
    read_before,
    to_at_most,
)
from campaignkit.domain._horizons import Horizon, horizon_error, to_horizon
from campaignkit.domain._leads import Lead
from campaignkit.domain._permissions import Actor
from campaignkit.errors import InvalidError


class SuggestionState(StrEnum):
    """The state of a suggestion; all but pending are final.

    >>> SuggestionState("pending") is SuggestionState.PENDING
    True
    """

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    STALE = "stale"
    EXPIRED = "expired"
    CLOSED = "closed"


_BASIS: Mapping[Action, tuple[str, ...]] = {
    Action.ACTIVATE: ("status",),
    Action.PAUSE: ("status",),
    Action.COMPLETE: ("status",),
    Action.DELETE: ("deleted_at",),
    Action.RESTORE: ("deleted_at",),
    Action.ASSIGN: ("allocation", "targeting"),
    Action.RELEASE: (),
}
"""The fields that a suggestion depends on; an edit depends on the fields that it changes. A release
depends on no field, but on its leads: they must all be in the campaign."""


@frozen(kw_only=True)
class _SuggestionBase(ImmutableBase):
    """What a suggestion and its head have in common."""

    id: UUID = field(converter=to_uuid)
    campaign_id: UUID = field(converter=to_uuid)
    by: Actor
    at: datetime = field(converter=to_utc)
    reason: Words | None = field(default=None, converter=optional(to_text))
    expires_at: datetime | None = field(default=None, converter=optional(to_utc))
    before: Fields = field(converter=read_before)
    counts: ChannelCounts = field(default=NO_COUNTS, converter=read_counts)
    revision: Limit = field(default=1, converter=as_int)
    state: SuggestionState = SuggestionState.PENDING
    day_passed: bool = field(default=False, converter=to_flag)
    decided_by: Actor | None = None
    decided_at: datetime | None = field(default=None, converter=optional(to_utc))
    why: Words | None = field(default=None, converter=optional(to_text))

    @property
    def day(self) -> date | None:
        """The day for which leads are suggested; None for other commands."""
        return None

    def as_of(
        self, at: datetime, campaign: Campaign | None = None, *, today: date | None = None
    ) -> Self:
        """Return the suggestion as it is at a time, if it is stored as pending.

        None of this writes anything, so such a suggestion has no `decided_by`. What cannot be read
        of a corrupt row is not known to be different.

        Args:
            at: The time, which must be aware. It has expired if its expiry has passed.
            campaign: The campaign as it is then. The suggestion is stale if what it depends on is
                different there.
            today: The first day that is not over. `day_passed` becomes true if its day is before.

        Raises:
            InvalidError: `at` has no time zone, `campaign` is not one, or `today` is not a date.
        """
        if today is not None and (fault := date_error(today)):
            raise InvalidError([f"today {fault}"])
        if self.state is not SuggestionState.PENDING:
            return self
        if self.is_expired(at):
            return evolve(self, state=SuggestionState.EXPIRED)
        if campaign is not None and self._is_stale(campaign):
            return evolve(self, state=SuggestionState.STALE)
        passed = self.day is not None and today is not None and self.day < to_date(today)
        return evolve(self, day_passed=passed) if passed else self

    def _is_stale(self, campaign: Campaign) -> bool:
        check_kinds(InvalidError, campaign=(campaign, Campaign))
        if any(name in campaign.faults for name in self.before):
            return False
        return bool(self.basis_changes(campaign))

    def is_expired(self, at: datetime) -> bool:
        """Return whether it is pending and its expiry has passed.

        Args:
            at: The time, which must be aware.

        Raises:
            InvalidError: `at` has no time zone.
        """
        now, is_pending = _require_utc(at), self.state is SuggestionState.PENDING
        return is_pending and self.expires_at is not None and self.expires_at <= now

    def basis_changes(self, campaign: Campaign) -> Mapping[str, tuple[object, object]]:
        """Return the fields of its basis that have changed: for each, the value then and now.

        Args:
            campaign: The campaign as it is now.

        Raises:
            CorruptRowError: a field of its basis cannot be read.
        """
        check_kinds(InvalidError, campaign=(campaign, Campaign))
        if campaign.faults:
            require_readable(campaign, self.before)
        return {
            name: (was, now)
            for name, was in self.before.items()
            if (now := getattr(campaign, name)) != was
        }

    def with_decision(
        self, state: SuggestionState, *, by: Actor, at: datetime, why: str | None = None
    ) -> Self:
        """Return the suggestion with a decision.

        Args:
            state: The state that it gets.
            by: Who decided.
            at: When; aware. `decided_at` is not before the suggestion was made, whatever the
                clocks.
            why: The words of the decision.

        Raises:
            InvalidError: `at` has no time zone, or a field is of another type.
        """
        check_kinds(InvalidError, by=(by, Actor))
        decided_at = max(_require_utc(at), self.at)
        return evolve(self, state=state, decided_by=by, decided_at=decided_at, why=why)


@frozen(kw_only=True)
class SuggestionHead(_SuggestionBase):
    """A suggestion without its leads, as lists have it.

    Attributes:
        id: The id of the suggestion.
        campaign_id: The campaign that it is for.
        action: What is suggested.
        by: The AI that suggested it.
        at: When it was suggested; aware.
        reason: What speaks for it, in the AI's words.
        expires_at: The time from which on it cannot be approved. None if it does not expire.
        before: The campaign's fields that it depends on, as they were when it was made.
        after: The fields that an edit would set.
        day: The day for which leads are suggested.
        horizon: For how many days of intake they are planned, that day among them, or "end".
        at_most: The most leads that each channel may get. None without such limits.
        contacted: Whether it would release leads as contacted.
        lead_count: How many leads wait for the decision.
        counts: How many leads each channel would have got when they were suggested.
        revision: Counts from 1. It rises when the AI brings the leads up to date, and when a user
            rejects some of them.
        digest: Identifies the command: equal commands have the same.
        state: Pending, or how it ended.
        day_passed: Whether it is pending and its day is over.
        decided_by: Who decided. None while it is pending, and where it expired or became stale
            without anybody noticing.
        decided_at: When it was decided.
        why: The words of the decision.

    Raises:
        InvalidError: as for `Suggestion`.

    >>> from datetime import UTC, date, datetime
    >>> from uuid import UUID
    >>> head = SuggestionHead(
    ...     id=UUID(int=3), campaign_id=UUID(int=1), action=Action.ASSIGN, by=Actor.ai("scout"),
    ...     at=datetime(2026, 11, 23, tzinfo=UTC), before={}, day=date(2026, 11, 24), lead_count=50,
    ... )
    >>> print(head)
    suggestion to assign 50 leads on 2026-11-24 by ai 'scout' (pending, ...)
    """

    action: Action
    day: date | None = field(default=None, converter=optional(to_date))
    horizon: Horizon = field(default=1, converter=to_horizon)
    at_most: Mapping[Channel, Count] | None = field(default=None, converter=to_at_most)
    contacted: bool = field(default=False, converter=to_flag)
    after: Fields = field(default=Fields(), converter=read_after)
    lead_count: Amount = field(default=0, converter=as_int)
    digest: str = field(default="", converter=to_text)

    def __attrs_post_init__(self) -> None:
        faults = {
            "action": kind_error(self.action, Action),
            "day": self.day is not None and date_error(self.day),
            "horizon": horizon_error(self.horizon),
            "contacted": flag_error(self.contacted),
            "lead_count": integer_error(self.lead_count, 0, LARGEST_INTEGER),
            "digest": optional_text_error(self.digest),
        }
        _require_valid(self, faults, list_at_most_faults(self.at_most))

    def __str__(self) -> str:
        match self.action:
            case Action.ASSIGN:
                terms = describe_terms(self.horizon, self.at_most)
                what = f"assign {format_count(self.lead_count, 'lead')} on {self.day}{terms}"
            case Action.RELEASE:
                contacted = "contacted " if self.contacted else ""
                what = f"release {format_count(self.lead_count, f'{contacted}lead')}"
            case Action.EDIT:
                what = f"edit {', '.join(self.after)}"
            case _:
                what = self.action.value
        return f"suggestion to {what} by {self.by} ({self.state}, {self.id})"

    def with_leads(
        self,
        leads: Iterable[Lead] = (),
        unassigned: Mapping[str, Reason] | None = None,
        rejections: Mapping[str, Rejection] | None = None,
    ) -> Suggestion:
        """Return the whole suggestion: this head and its leads.

        Args:
            leads: The leads that are suggested. For a release only their ids count.
            unassigned: Why each of some leads was left out, by their ids.
            rejections: The rejections of leads that are kept out now, by their ids.

        Raises:
            InvalidError: leads without a day.
        """
        match self.action:
            case Action.ASSIGN if self.day is None:
                raise InvalidError(["day must be a date where leads are suggested"])
            case Action.ASSIGN:
                day = cast("date", self.day)
                command: Command = AssignLeads(leads, day, self.horizon, self.at_most)
            case Action.RELEASE:
                command = ReleaseLeads([lead.id for lead in leads], contacted=self.contacted)
            case Action.EDIT:
                command = Edit(**cast("Edits", dict(self.after)))
            case _:
                command = FIELD_COMMANDS[self.action]()
        return Suggestion(
            **{name: getattr(self, name) for name in _COMMON},
            command=command,
            digest=self.digest,
            unassigned={} if unassigned is None else unassigned,
            rejections={} if rejections is None else rejections,
        )


@frozen
class Rejection(TypedBase):
    """A lead that the AI may not bring into a campaign, as a user has rejected it.

    It also ends when a user takes the lead in.

    Attributes:
        lead_id: The id of the lead, as text.
        suggestion_id: The suggestion that was rejected.
        until: The last day on which it holds. None means for ever.

    >>> from datetime import date
    >>> from uuid import UUID
    >>> rejection = Rejection("ann", UUID(int=3), until=date(2026, 12, 31))
    >>> rejection.holds_on(date(2026, 12, 31)), rejection.holds_on(date(2027, 1, 1))
    (True, False)
    """

    lead_id: str
    suggestion_id: UUID
    until: date | None = None

    def __str__(self) -> str:
        end = "" if self.until is None else f" up to and including {self.until}"
        return f"lead {short_repr(self.lead_id)} kept out{end}"

    def holds_on(self, day: date) -> bool:
        """Return whether the lead is kept out of an intake on this day.

        Args:
            day: The day of the intake.

        Raises:
            InvalidError: `day` is not a date.
        """
        if fault := date_error(day):
            raise InvalidError([f"day {fault}"])
        return self.until is None or to_date(day) <= self.until


_NOBODY = FrozenMap[str, Reason]()
_NONE = FrozenMap[str, Rejection]()


def _freeze_reasons(reasons: Mapping[str, Reason]) -> Mapping[str, Reason]:
    return FrozenMap(reasons) if is_mapping(reasons) else reasons


def _freeze_rejections(rejections: Mapping[str, Rejection]) -> Mapping[str, Rejection]:
    return FrozenMap(rejections) if is_mapping(rejections) else rejections


@frozen(kw_only=True)
class Suggestion(_SuggestionBase):
    """A command that waits for a user's decision, and that decision.

    Attributes:
        id: The id of the suggestion.
        campaign_id: The campaign that it is for.
        command: What is suggested.
        by: The AI that suggested it.
        at: When it was suggested; aware.
        reason: What speaks for it, in the AI's words.
        expires_at: The time from which on it cannot be approved. None if it does not expire.
        before: The campaign's fields that it depends on, as they were when it was made.
        counts: How many leads each channel would have got when they were suggested.
        unassigned: The leads that were named and left out, with the reasons. Those that were in the
            campaign already are not among them.
        rejections: The leads that a user has rejected and that are kept out now.
        revision: Counts from 1. It rises when the AI brings the leads up to date, and when a user
            rejects some of them.
        digest: Identifies the command: equal commands have the same. Computed by default.
        state: Pending, or how it ended.
        day_passed: Whether it is pending and its day is over.
        decided_by: Who decided. None while it is pending, and where it expired or became stale
            without anybody noticing.
        decided_at: When it was decided.
        why: The words of the decision.

    Raises:
        InvalidError: a field of another type, an expiry that is not later than the making, or a
            decision on what is pending; all that is wrong.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> from campaignkit.commands import Pause
    >>> campaign = Campaign.draft(client_id=UUID(int=2), name="Sydney agencies")
    >>> suggestion = Suggestion(
    ...     id=UUID(int=3), campaign_id=campaign.id, command=Pause(), by=Actor.ai("scout"),
    ...     at=datetime(2026, 11, 23, tzinfo=UTC), before=Suggestion.basis(campaign, Pause()),
    ... )
    >>> suggestion.state.value
    'pending'
    """

    command: Command
    digest: str = field(default="", converter=to_text)
    unassigned: Mapping[str, Reason] = field(default=_NOBODY, converter=_freeze_reasons)
    rejections: Mapping[str, Rejection] = field(default=_NONE, converter=_freeze_rejections)

    def __attrs_post_init__(self) -> None:
        check_command(self.command)
        if type(self.digest) is str and not self.digest:
            object.__setattr__(self, "digest", digest_command(self.command))
        faults = {
            "digest": optional_text_error(self.digest),
            "unassigned": _entries_error(self.unassigned, Reason),
            "rejections": _entries_error(self.rejections, Rejection),
        }
        _require_valid(self, faults)

    def __str__(self) -> str:
        return str(self.head)

    @property
    def action(self) -> Action:
        """What is suggested."""
        return self.command.action

    @property
    def day(self) -> date | None:
        """The day for which leads are suggested; None for other commands."""
        return self.command.day if isinstance(self.command, AssignLeads) else None

    @property
    def lead_count(self) -> int:
        """How many leads wait for the decision."""
        match self.command:
            case AssignLeads(leads=several) | ReleaseLeads(lead_ids=several):
                return len(several)
            case _:
                return 0

    @property
    def head(self) -> SuggestionHead:
        """The suggestion without its leads."""
        command = self.command
        return SuggestionHead(
            **{name: getattr(self, name) for name in _COMMON},
            action=self.action,
            day=self.day,
            horizon=command.horizon if isinstance(command, AssignLeads) else 1,
            at_most=command.at_most if isinstance(command, AssignLeads) else None,
            contacted=isinstance(command, ReleaseLeads) and command.contacted,
            after=command.fields if isinstance(command, Edit) else Fields(),
            lead_count=self.lead_count,
            digest=self.digest,
        )

    def with_head(self, head: SuggestionHead) -> Suggestion:
        """Return the suggestion with what another head of it says; its leads stay.

        Args:
            head: A head of the same suggestion.

        Raises:
            InvalidError: `head` is not one.
        """
        check_kinds(InvalidError, head=(head, SuggestionHead))
        return evolve(self, **{name: getattr(head, name) for name in _COMMON})

    @staticmethod
    def basis(campaign: Campaign, command: Command) -> Fields:
        """Return the fields on which a suggestion of this command depends: its `before`.

        Args:
            campaign: The campaign.
            command: The command for it.
        """
        check_command(command)
        return Fields.of(campaign, _BASIS.get(command.action, command.changed_fields))


_COMMON = tuple(part.name for part in fields(_SuggestionBase))


def expiry_error(expires_at: datetime, at: datetime) -> str | None:
    """Say what is wrong with the expiry of a suggestion that is made at `at`."""
    if fault := datetime_error(expires_at):
        return fault
    # In UTC: of two times of one zone Python compares the readings of the wall clock, which repeat.
    expires, made = to_utc(expires_at), to_utc(at)
    return f"{expires} is not later than at {made}" if expires <= made else None


def _require_utc(at: datetime) -> datetime:
    """Return a time in UTC.

    Raises:
        InvalidError: it has no time zone.
    """
    if fault := datetime_error(at):
        raise InvalidError([f"at {fault}"])
    return to_utc(at)


def _entries_error(entries: Mapping[str, object], kind: type) -> str | None:
    if is_mapping(entries) and all(
        isinstance(i, str) and isinstance(value, kind) for i, value in entries.items()
    ):
        return None
    return f"must map ids of leads to values of {kind.__name__}, not be {short_repr(entries)}"


def _require_valid(
    s: _SuggestionBase, own_faults: Mapping[str, str | bool | None], more: Iterable[str] = ()
) -> None:
    """Check the fields of a suggestion; `own_faults` and `more` are those of its class.

    Raises:
        InvalidError: all that is wrong.
    """
    faults = {
        "id": kind_error(s.id, UUID),
        "campaign_id": kind_error(s.campaign_id, UUID),
        "by": kind_error(s.by, Actor),
        "at": datetime_error(s.at),
        "reason": s.reason is not None and text_error(s.reason, LONGEST_TEXT),
        "expires_at": s.expires_at is not None and datetime_error(s.expires_at),
        "revision": integer_error(s.revision, 1, LARGEST_INTEGER),
        "state": kind_error(s.state, SuggestionState),
        "day_passed": flag_error(s.day_passed),
        "decided_by": s.decided_by is not None and kind_error(s.decided_by, Actor),
        "decided_at": s.decided_at is not None and datetime_error(s.decided_at),
        "why": s.why is not None and text_error(s.why, LONGEST_TEXT),
        **own_faults,
    }
    found = [*(f"{name} {fault}" for name, fault in faults.items() if fault), *more]
    if found := found or list(_contradictions(s)):
        raise InvalidError(found)


def _contradictions(s: _SuggestionBase) -> Iterable[str]:
    if s.expires_at is not None and (fault := expiry_error(s.expires_at, s.at)):
        yield f"expires_at {fault}"
    is_undecided = s.decided_by is None and s.decided_at is None
    is_decided = s.decided_by is not None and s.decided_at is not None
    may_be = {
        SuggestionState.PENDING: is_undecided,
        SuggestionState.EXPIRED: is_undecided or is_decided,
        SuggestionState.STALE: is_undecided or is_decided,
    }
    if not may_be.get(s.state, is_decided):
        who, when = short_repr(s.decided_by), s.decided_at
        yield f"state {s.state} does not fit decided_by {who} and decided_at {when}"
