"""A suggestion: a change that the AI may not make by itself, and that a user decides upon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attrs import evolve, field, frozen
from attrs.converters import optional

from campaignkit.core._checks import (
    LONGEST_TEXT,
    aware_fault,
    check_kinds,
    kind_fault,
    shown,
    text_fault,
    to_text,
    to_utc,
    to_uuid,
)
from campaignkit.core._display import DisplayMixin
from campaignkit.core._frozen import Checked
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import Change, Fields, check_change, read_before
from campaignkit.domain._permissions import Actor
from campaignkit.errors import InvalidError


class SuggestionState(StrEnum):
    """What has become of a suggestion; all but pending are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    STALE = "stale"
    EXPIRED = "expired"
    CLOSED = "closed"


_BASIS = ("status", "deleted_at")


@frozen(kw_only=True)
class Suggestion(Checked, DisplayMixin):
    """A change that waits for a user, and what became of it.

    `reason` says why in words. `before` is what the campaign's status and the fields that the
    change touches were when it was made. From `expires_at` on it can be approved no more. What is
    pending was not `decided_by` anybody yet, nor what expired without anybody noticing; `why` has
    the words of the decision.

    Raises:
        InvalidError: a field of another type, an expiry that is not later than the making, or a
            decision on what is pending; all that is wrong.
    """

    id: UUID = field(converter=to_uuid)
    campaign_id: UUID = field(converter=to_uuid)
    change: Change
    by: Actor
    at: datetime = field(converter=to_utc)
    reason: str | None = field(default=None, converter=optional(to_text))
    expires_at: datetime | None = field(default=None, converter=optional(to_utc))
    before: Fields = field(converter=read_before)
    state: SuggestionState = SuggestionState.PENDING
    decided_by: Actor | None = None
    decided_at: datetime | None = field(default=None, converter=optional(to_utc))
    why: str | None = field(default=None, converter=optional(to_text))

    def __attrs_post_init__(self) -> None:
        check_change(self.change)
        if faults := list(_faults(self)):
            raise InvalidError(faults)

    def __str__(self) -> str:
        return f"suggestion to {self.change.action} by {self.by} ({self.state}, {self.id})"

    @staticmethod
    def basis(campaign: Campaign, change: Change) -> Fields:
        """Return what a suggestion of a change is made against: its `before`."""
        check_change(change)
        return Fields.of(campaign, dict.fromkeys((*_BASIS, *change.touches)))

    def moved(self, campaign: Campaign) -> Mapping[str, tuple[object, object]]:
        """Return what it was made against and is otherwise now: for each field, was and is."""
        check_kinds(InvalidError, campaign=(campaign, Campaign))
        return {
            name: (was, now)
            for name, was in self.before.items()
            if (now := getattr(campaign, name)) != was
        }

    def is_expired(self, at: datetime) -> bool:
        """Tell whether it is pending, but its time has come.

        Raises:
            InvalidError: `at` has no time zone.
        """
        now, is_pending = _utc(at), self.state is SuggestionState.PENDING
        return is_pending and self.expires_at is not None and self.expires_at <= now

    def as_of(self, at: datetime) -> Suggestion:
        """Return the suggestion as it is at a time: what a store has as pending may have expired.

        Expiring writes nothing by itself, so there is nobody who decided it.

        Raises:
            InvalidError: `at` has no time zone.
        """
        return evolve(self, state=SuggestionState.EXPIRED) if self.is_expired(at) else self

    def decided(
        self, state: SuggestionState, *, by: Actor, at: datetime, why: str | None = None
    ) -> Suggestion:
        """Return the suggestion with what became of it.

        `decided_at` is `at`, but not before the suggestion was made, whatever the clocks.

        Raises:
            InvalidError: `at` has no time zone, or a field is of another type.
        """
        check_kinds(InvalidError, by=(by, Actor))
        decided_at = max(_utc(at), self.at)
        return evolve(self, state=state, decided_by=by, decided_at=decided_at, why=why)


def expiry_fault(expires_at: datetime, at: datetime) -> str | None:
    """Say what is wrong with the time at which what is suggested at another is to expire."""
    if fault := aware_fault(expires_at):
        return fault
    # In UTC: of two times of one zone Python compares the readings of the wall clock, which repeat.
    expires, made = to_utc(expires_at), to_utc(at)
    return f"{expires} is not later than at {made}" if expires <= made else None


def _utc(at: datetime) -> datetime:
    """Return a time in UTC.

    Raises:
        InvalidError: it has no time zone.
    """
    if fault := aware_fault(at):
        raise InvalidError([f"at {fault}"])
    return to_utc(at)


def _faults(suggestion: Suggestion) -> Iterable[str]:
    s = suggestion
    faults = {
        "id": kind_fault(s.id, UUID),
        "campaign_id": kind_fault(s.campaign_id, UUID),
        "by": kind_fault(s.by, Actor),
        "at": aware_fault(s.at),
        "reason": s.reason is not None and text_fault(s.reason, LONGEST_TEXT),
        "expires_at": s.expires_at is not None and aware_fault(s.expires_at),
        "state": kind_fault(s.state, SuggestionState),
        "decided_by": s.decided_by is not None and kind_fault(s.decided_by, Actor),
        "decided_at": s.decided_at is not None and aware_fault(s.decided_at),
        "why": s.why is not None and text_fault(s.why, LONGEST_TEXT),
    }
    found = [f"{name} {fault}" for name, fault in faults.items() if fault]
    yield from found
    if found:
        return
    if s.expires_at is not None and (fault := expiry_fault(s.expires_at, s.at)):
        yield f"expires_at {fault}"
    undecided = s.decided_by is None and s.decided_at is None
    decided = s.decided_by is not None and s.decided_at is not None
    may_be = {SuggestionState.PENDING: undecided, SuggestionState.EXPIRED: undecided or decided}
    if not may_be.get(s.state, decided):
        who, when = shown(s.decided_by), s.decided_at
        yield f"state {s.state} does not fit decided_by {who} and decided_at {when}"
