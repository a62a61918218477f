"""A suggestion: a command of the AI that needs a user's approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attrs import evolve, field, frozen
from attrs.converters import optional

from campaignkit.core._checks import (
    LONGEST_TEXT,
    check_kinds,
    datetime_error,
    kind_error,
    short_repr,
    text_error,
    to_text,
    to_utc,
    to_uuid,
)
from campaignkit.core._display import DisplayMixin
from campaignkit.core._immutable import ImmutableBase
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._commands import Command, Fields, check_command, read_before
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


_BASIS = ("status", "deleted_at")


@frozen(kw_only=True)
class Suggestion(ImmutableBase, DisplayMixin):
    """A command that waits for a user's decision, and that decision.

    `reason` says why in words. `before` is what the campaign's status and the fields that the
    command touches were when it was made. From `expires_at` on it can be approved no more. What is
    pending was not `decided_by` anybody yet, nor what expired without anybody noticing; `why` has
    the words of the decision.

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

    id: UUID = field(converter=to_uuid)
    campaign_id: UUID = field(converter=to_uuid)
    command: Command
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
        check_command(self.command)
        if faults := list(_suggestion_faults(self)):
            raise InvalidError(faults)

    def __str__(self) -> str:
        return f"suggestion to {self.command.action} by {self.by} ({self.state}, {self.id})"

    @staticmethod
    def basis(campaign: Campaign, command: Command) -> Fields:
        """Return the fields on which a suggestion of this command depends: its `before`."""
        check_command(command)
        return Fields.of(campaign, dict.fromkeys((*_BASIS, *command.changed_fields)))

    def basis_changes(self, campaign: Campaign) -> Mapping[str, tuple[object, object]]:
        """Return the fields of its basis that have changed: for each, the value then and now."""
        check_kinds(InvalidError, campaign=(campaign, Campaign))
        return {
            name: (was, now)
            for name, was in self.before.items()
            if (now := getattr(campaign, name)) != was
        }

    def is_expired(self, at: datetime) -> bool:
        """Return whether it is pending and its expiry has passed.

        Raises:
            InvalidError: `at` has no time zone.
        """
        now, is_pending = _require_utc(at), self.state is SuggestionState.PENDING
        return is_pending and self.expires_at is not None and self.expires_at <= now

    def as_of(self, at: datetime) -> Suggestion:
        """Return the suggestion as of a time: a stored pending one may have expired since.

        Expiry by itself writes nothing, so such a suggestion has no `decided_by`.

        Raises:
            InvalidError: `at` has no time zone.
        """
        return evolve(self, state=SuggestionState.EXPIRED) if self.is_expired(at) else self

    def with_decision(
        self, state: SuggestionState, *, by: Actor, at: datetime, why: str | None = None
    ) -> Suggestion:
        """Return the suggestion with a decision.

        `decided_at` is `at`, but not before the suggestion was made, whatever the clocks.

        Raises:
            InvalidError: `at` has no time zone, or a field is of another type.
        """
        check_kinds(InvalidError, by=(by, Actor))
        decided_at = max(_require_utc(at), self.at)
        return evolve(self, state=state, decided_by=by, decided_at=decided_at, why=why)


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


def _suggestion_faults(suggestion: Suggestion) -> Iterable[str]:
    s = suggestion
    faults = {
        "id": kind_error(s.id, UUID),
        "campaign_id": kind_error(s.campaign_id, UUID),
        "by": kind_error(s.by, Actor),
        "at": datetime_error(s.at),
        "reason": s.reason is not None and text_error(s.reason, LONGEST_TEXT),
        "expires_at": s.expires_at is not None and datetime_error(s.expires_at),
        "state": kind_error(s.state, SuggestionState),
        "decided_by": s.decided_by is not None and kind_error(s.decided_by, Actor),
        "decided_at": s.decided_at is not None and datetime_error(s.decided_at),
        "why": s.why is not None and text_error(s.why, LONGEST_TEXT),
    }
    found = [f"{name} {fault}" for name, fault in faults.items() if fault]
    yield from found
    if found:
        return
    if s.expires_at is not None and (fault := expiry_error(s.expires_at, s.at)):
        yield f"expires_at {fault}"
    is_undecided = s.decided_by is None and s.decided_at is None
    is_decided = s.decided_by is not None and s.decided_at is not None
    may_be = {
        SuggestionState.PENDING: is_undecided,
        SuggestionState.EXPIRED: is_undecided or is_decided,
    }
    if not may_be.get(s.state, is_decided):
        who, when = short_repr(s.decided_by), s.decided_at
        yield f"state {s.state} does not fit decided_by {who} and decided_at {when}"
