"""Events: what was done to a campaign, by whom and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import field, frozen
from attrs.converters import optional

from campaignkit.core._channels import NO_COUNTS, ChannelCounts, read_counts
from campaignkit.core._checks import (
    LARGEST_INTEGER,
    LONGEST_TEXT,
    Limit,
    Words,
    as_int,
    date_error,
    datetime_error,
    integer_error,
    kind_error,
    short_repr,
    text_error,
    to_date,
    to_list,
    to_text,
    to_utc,
    to_uuid,
)
from campaignkit.core._immutable import ImmutableBase
from campaignkit.domain._campaign import Action, Campaign
from campaignkit.domain._commands import FIELD_NAMES, Fields, read_after, read_before
from campaignkit.domain._permissions import Actor
from campaignkit.errors import InvalidError


class EventKind(StrEnum):
    """The kind of an event: an act that was done, or a step in the life of a suggestion.

    >>> EventKind.APPLIED.is_done, EventKind.SUGGESTED.is_done
    (True, False)
    """

    CREATED = "created"
    ADOPTED = "adopted"
    APPLIED = "applied"
    SUGGESTED = "suggested"
    REFRESHED = "refreshed"
    APPROVED = "approved"
    REJECTED = "rejected"
    STALE = "stale"
    EXPIRED = "expired"
    CLOSED = "closed"

    @property
    def is_done(self) -> bool:
        """Whether the act was done; otherwise the event is only about a suggestion."""
        return self in _DONE


BEGINNINGS = (EventKind.CREATED, EventKind.ADOPTED)
"""The kinds of the first event of a history; it has the whole campaign."""

_DONE = (*BEGINNINGS, EventKind.APPLIED, EventKind.APPROVED)


@frozen(kw_only=True)
class Event(ImmutableBase):
    """An act on a campaign, or a step in the life of a suggestion for it.

    A campaign that a host inserted itself is adopted by whoever first acts on it: that event comes
    before the one of the act, and has the campaign as it was. A refreshed suggestion still waits,
    with other leads: as the AI named them last, or without those that a user has rejected.

    Attributes:
        campaign_id: The id of the campaign.
        number: Its place in the campaign's history, from 1, once it is stored.
        kind: Whether an act was done, or what happened to a suggestion.
        action: The act. None where the campaign was created or adopted.
        by: Who acted.
        at: When; aware.
        before: Each field that the act changes, as it was.
        after: Each field that the act changes, as it became. What is suggested has not been changed
            yet. Where a suggestion is stale, the two tell what has changed since.
        updated_at: The `updated_at` of the campaign after the act, where that is not `at`.
        day: The day on which leads were assigned, or would be.
        counts: How many leads were assigned or released, or would be, on each channel.
        suggestion_id: The suggestion that it is about.
        reason: The actor's words.

    Raises:
        InvalidError: a field of another type or range; all that are wrong.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> event = Event(
    ...     campaign_id=UUID(int=1), kind=EventKind.APPLIED, action=Action.PAUSE,
    ...     by=Actor.user("ann"), at=datetime(2026, 11, 23, tzinfo=UTC),
    ...     before={"status": "active"}, after={"status": "paused"},
    ... )
    >>> event.after["status"].value
    'paused'
    """

    campaign_id: UUID = field(converter=to_uuid)
    number: Limit | None = field(default=None, converter=optional(as_int))
    kind: EventKind
    action: Action | None = None
    by: Actor
    at: datetime = field(converter=to_utc)
    before: Fields = field(default=Fields(), converter=read_before)
    after: Fields = field(default=Fields(), converter=read_after)
    updated_at: datetime | None = field(default=None, converter=optional(to_utc))
    day: date | None = field(default=None, converter=optional(to_date))
    counts: ChannelCounts = field(default=NO_COUNTS, converter=read_counts)
    suggestion_id: UUID | None = field(default=None, converter=optional(to_uuid))
    reason: Words | None = field(default=None, converter=optional(to_text))

    def __attrs_post_init__(self) -> None:
        e = self
        faults = {
            "campaign_id": kind_error(e.campaign_id, UUID),
            "number": e.number is not None and integer_error(e.number, 1, LARGEST_INTEGER),
            "kind": kind_error(e.kind, EventKind),
            "action": e.action is not None and kind_error(e.action, Action),
            "by": kind_error(e.by, Actor),
            "at": datetime_error(e.at),
            "updated_at": e.updated_at is not None and datetime_error(e.updated_at),
            "day": e.day is not None and date_error(e.day),
            "suggestion_id": e.suggestion_id is not None and kind_error(e.suggestion_id, UUID),
            "reason": e.reason is not None and text_error(e.reason, LONGEST_TEXT),
        }
        if found := [f"{name} {fault}" for name, fault in faults.items() if fault]:
            raise InvalidError(found)
        if e.updated_at is not None and not (e.kind.is_done and e.after):
            raise InvalidError(["updated_at must be None where the campaign was not changed"])

    def __str__(self) -> str:
        act = self.kind if self.action is None else f"{self.action} {self.kind}"
        return f"event {self.number or 'without number'}: {act} by {self.by} at {self.at}"


def replay(events: Iterable[Event]) -> Campaign:
    """Rebuild a campaign from its whole history.

    It equals the stored one. Only what was done through the library is in a history: where somebody
    else wrote as well, the events do not fit each other; and where the database sets `updated_at`
    by itself (a host's trigger, a column of whole seconds or none), only that differs.

    Args:
        events: The whole history of one campaign, in its order.

    Raises:
        InvalidError: no events, or such as do not begin with the campaign as it was created or
            adopted; events of another campaign, or not in their order without a gap; or one that
            changes what the events before it do not lead to.

    >>> from uuid import uuid4
    >>> from campaignkit.commands import Fields
    >>> draft, ann = Campaign.draft(client_id=uuid4(), name="Sydney agencies"), Actor.user("ann")
    >>> created = Event(
    ...     campaign_id=draft.id, kind=EventKind.CREATED, by=ann, at=draft.created_at,
    ...     after=Fields.of(draft),
    ... )
    >>> replay([created]) == draft
    True
    """
    values: dict[str, Any] = {}
    for event in _check_order(events):
        if not event.kind.is_done:
            continue
        if bool(values) is (event.kind in BEGINNINGS):
            raise InvalidError(["a history must begin with the making of its campaign, once"])
        if misfits := [name for name, was in event.before.items() if values.get(name) != was]:
            raise InvalidError(
                [_mismatch_message(event, name, values.get(name)) for name in misfits]
            )
        if event.after:
            values.update(event.after)
            values["updated_at"] = event.updated_at or event.at
    if any(name not in values for name in FIELD_NAMES):
        raise InvalidError(["a history must begin with the making of its campaign, and all of it"])
    return Campaign(**values)


def _check_order(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events, checking that they follow one another in one campaign's history.

    Raises:
        InvalidError: one is another campaign's, or those before it are not all there.
    """
    last: Event | None = None
    given = to_list(events)
    strange = None if given is None else [one for one in given if not isinstance(one, Event)]
    if given is None or strange:
        fault = short_repr(events if strange is None else strange[0])
        raise InvalidError([f"events must be an iterable of Events, not {fault}"])
    for event in given:
        if last is not None and event.campaign_id != last.campaign_id:
            raise InvalidError(
                [f"a history of campaign {last.campaign_id} has an event of another"]
            )
        before = None if last is None else last.number
        if before is not None and event.number not in {before + 1, None}:
            raise InvalidError(
                [f"a history must be whole, but after event {before} comes {event.number}"]
            )
        last = event
        yield event


def _mismatch_message(event: Event, name: str, found: object) -> str:
    was = short_repr(event.before[name])
    return (
        f"event {event.number} found {name} to be {was}, but its history gives {short_repr(found)}"
    )
