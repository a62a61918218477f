"""Acts: who acts, when, under which rules of the host; what they may do, and their events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from attrs import evolve, frozen

from campaignkit.core._channels import ChannelCounts
from campaignkit.core._checks import check_kinds, date_error, short_repr, to_date
from campaignkit.core._decisions import Reason, make_decision
from campaignkit.domain._campaign import LAST_MOMENT, Action, Campaign, CampaignStatus
from campaignkit.domain._commands import FIELD_NAMES, Command, Edit, Fields
from campaignkit.domain._events import Event, EventKind
from campaignkit.domain._gate import ALSGate
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._permissions import (
    Actor,
    Initiator,
    PermissionMode,
    Verdict,
    permission_reasons,
    ruling_reasons,
)
from campaignkit.domain._snapshot import Snapshot, T, Writes
from campaignkit.domain._suggestions import Suggestion, SuggestionHead
from campaignkit.errors import (
    CampaignKitError,
    InvalidError,
    PermissionDeniedError,
    TransitionError,
)

Today: TypeAlias = Callable[[Campaign], date]
"""The host's business day for a campaign. Earlier days are over."""

Oversight: TypeAlias = Callable[[Campaign, Command], Verdict]
"""The host's verdict on what the AI wants to do. It must be pure: it may be called again."""

_LAST_ZONE = timedelta(hours=-12)
"""The offset of the zone in which a day is over last, from UTC."""

_FIRST_MOMENT = datetime.min.replace(tzinfo=UTC) - _LAST_ZONE

_FIRST_ZONE = timedelta(hours=14)
"""The offset of the zone in which a day begins first, from UTC."""


@frozen
class ActContext:
    """The context of an act: the actor, the time, the reason, and the rules of the host.

    `at` must be read under the campaign's lock, so that the decision is not made later than `at`.
    `gate` opens channels to new leads.
    """

    by: Actor
    at: datetime
    gate: ALSGate
    reason: str | None = None
    today: Today | None = None
    oversight: Oversight | None = None

    def not_before(self, suggestion: Suggestion) -> ActContext:
        """Return the act at a time not before the suggestion, also if this clock is behind."""
        return evolve(self, at=max(self.at, suggestion.at))

    @property
    def last_zone_day(self) -> date:
        """The day of the zone in which a day is over last: the days before it are over."""
        return (max(self.at, _FIRST_MOMENT) + _LAST_ZONE).date()

    def first_open_day(self, campaign: Campaign) -> date:
        """Return the first day that is not over: the host's today, else the last zone's.

        Raises:
            InvalidError: the host's function does not return a date.
        """
        return self.last_zone_day if self.today is None else self._read_today(self.today, campaign)

    def last_begun_day(self, campaign: Campaign) -> date:
        """Return the last day that has begun: the host's today, else the first zone's.

        Raises:
            InvalidError: the host's function does not return a date.
        """
        if self.today is None:
            return (min(self.at, LAST_MOMENT - _FIRST_ZONE) + _FIRST_ZONE).date()
        return self._read_today(self.today, campaign)

    def _read_today(self, today: Today, campaign: Campaign) -> date:
        day: Any = today(campaign)
        if fault := date_error(day):
            raise InvalidError([f"today(campaign) {fault}"])
        return to_date(day)

    def require_user(self) -> None:
        """Require a user: only users set the rules of a client.

        Raises:
            PermissionDeniedError: the AI acts.
        """
        if reasons := ruling_reasons(self.by):
            raise PermissionDeniedError(make_decision(*reasons))

    def day_passed_reasons(self, campaign: Campaign, day: date) -> list[tuple[Reason, str]]:
        """Return why no lead can be admitted on a day any more; empty if it is not over."""
        if day >= (first := self.first_open_day(campaign)):
            return []
        message = f"{Reason.DAY_PASSED.message}: {day} is before {first}, the first day that is not"
        return [(Reason.DAY_PASSED, message)]

    def permission_reasons(self, campaign: Campaign, command: Command) -> list[tuple[Reason, str]]:
        """Return why a command is not executed at once; empty if it is.

        Raises:
            InvalidError: the host's oversight does not return a `Verdict`.
        """
        oversight: Any = Verdict.EXECUTE
        if self.by.kind is Initiator.AI and self.oversight is not None:
            oversight = self.oversight(campaign, command)
            if not isinstance(oversight, Verdict):
                fault = f"must return a Verdict, not {short_repr(oversight)}"
                raise InvalidError([f"oversight(campaign, command) {fault}"])
        choosing = isinstance(command, Edit) and "permission_mode" in command.fields
        return permission_reasons(
            campaign.permission_mode, self.by, choosing_mode=choosing, oversight=oversight
        )


@frozen
class RecordedRefusal:
    """An outcome whose writes are stored and whose error is then raised to the caller."""

    error: CampaignKitError


def created_event(campaign: Campaign, act: ActContext) -> Event:
    """Return the first event of a new campaign's history.

    The AI may create campaigns in co_pilot only: another mode is a user's choice.

    Raises:
        InvalidError: not a campaign.
        TransitionError: the campaign is not a draft, or is deleted.
        PermissionDeniedError: the AI creates it in another mode.
    """
    check_kinds(InvalidError, campaign=(campaign, Campaign))
    because: list[tuple[Reason, str]] = []
    if campaign.status is not CampaignStatus.DRAFT:
        message = f"a new campaign must be a draft, not {campaign.status}"
        because.append((Reason.ILLEGAL_TRANSITION, message))
    if campaign.deleted_at is not None:
        because.append((Reason.DELETED, Reason.DELETED.message))
    if because:
        raise TransitionError(make_decision(*because))
    choosing = campaign.permission_mode is not PermissionMode.CO_PILOT
    reasons = permission_reasons(campaign.permission_mode, act.by, choosing_mode=choosing)
    if choosing and reasons:
        raise PermissionDeniedError(make_decision(*reasons))
    return make_event(
        campaign,
        act,
        EventKind.CREATED,
        after=Fields.of(campaign),
        updated_at=separate_update(campaign, act),
    )


def begin_history(snapshot: Snapshot, writes: Writes[T], act: ActContext) -> Writes[T]:
    """Return the writes of an act with an event before it if it is the first on a host's campaign.

    The event has the campaign as it was, so that the history can rebuild it from there. Of a
    corrupt row it has what can be read; the rest follows in the events of the edits that mend it.
    """
    campaign = snapshot.campaign
    if snapshot.has_history or not writes.events:
        return writes
    adopted = make_event(
        campaign,
        evolve(act, reason=None),
        EventKind.ADOPTED,
        after=Fields.of(campaign, [name for name in FIELD_NAMES if name not in campaign.faults]),
        updated_at=separate_update(campaign, act),
    )
    return evolve(writes, events=(adopted, *writes.events))


def make_event(
    campaign: Campaign,
    act: ActContext,
    kind: EventKind,
    *,
    action: Action | None = None,
    **fields: Any,  # noqa: ANN401  # of an event
) -> Event:
    """Return the event of an act."""
    return Event(
        campaign_id=campaign.id,
        kind=kind,
        action=action,
        by=act.by,
        at=act.at,
        reason=act.reason,
        **fields,
    )


def make_suggestion_event(
    campaign: Campaign,
    decided: Suggestion | SuggestionHead,
    act: ActContext,
    kind: EventKind | None = None,
) -> Event:
    """Return the event of a decision on a suggestion; its kind is that of the new state."""
    event = make_event(
        campaign,
        act,
        EventKind(decided.state.value) if kind is None else kind,
        action=decided.action,
        suggestion_id=decided.id,
    )
    if decided.decided_at is None:
        return event
    return evolve(event, at=decided.decided_at, reason=decided.why)


def separate_update(after: Campaign | None, act: ActContext) -> datetime | None:
    """Return the campaign's `updated_at` if it differs from the time of the act."""
    return None if after is None or after.updated_at == act.at else after.updated_at


def count_channels(leads: Iterable[Assignment]) -> ChannelCounts:
    """Return how many of these leads each channel has."""
    return ChannelCounts(Counter(lead.channel for lead in leads))
