"""The record of a lead: all that happened to it, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from enum import StrEnum
from uuid import UUID

from attrs import field, frozen

from campaignkit.core._channels import Channel
from campaignkit.core._checks import short_repr
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._campaign import Action
from campaignkit.domain._client_policy import Suppression
from campaignkit.domain._clients import LiveAssignment
from campaignkit.domain._ledger import Assignment, ReleasedLead
from campaignkit.domain._permissions import Actor
from campaignkit.domain._suggestions import Rejection, SuggestionHead, SuggestionState


class LeadEntryKind(StrEnum):
    """What happened to a lead.

    >>> LeadEntryKind("admitted") is LeadEntryKind.ADMITTED
    True
    """

    ADMITTED = "admitted"
    RELEASED = "released"
    SUGGESTED = "suggested"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"


@frozen(kw_only=True)
class LeadEntry(TypedBase):
    """One thing that happened to a lead.

    Attributes:
        kind: What happened.
        campaign_id: The campaign. None for a suppression, which holds in all of them.
        channel: The channel on which the lead was admitted or suppressed. None means all of them.
        day: The day on which it was admitted, or would be.
        at: When it happened; None where the ledger does not have it.
        by: Who acted; None where the ledger does not have it.
        contacted: Whether it was released as one that may have been contacted.
        until: The last day on which a rejection or a suppression holds. None means for ever.
        suggestion_id: The suggestion that named the lead.
        reason: The actor's words.

    >>> from datetime import date
    >>> from uuid import UUID
    >>> entry = LeadEntry(
    ...     kind="admitted", campaign_id=UUID(int=1), channel="sms", day=date(2026, 11, 23)
    ... )
    >>> entry.kind.value
    'admitted'
    """

    kind: LeadEntryKind
    campaign_id: UUID | None = None
    channel: Channel | None = None
    day: date | None = None
    at: datetime | None = None
    by: Actor | None = None
    contacted: bool | None = None
    until: date | None = None
    suggestion_id: UUID | None = None
    reason: str | None = None

    def __str__(self) -> str:
        parts = [
            self.kind.value,
            "as contacted" if self.contacted else "",
            "" if self.channel is None else f"on {self.channel}",
            "" if self.day is None else f"for {self.day}",
            "" if self.until is None else f"up to and including {self.until}",
            "" if self.by is None else f"by {self.by}",
        ]
        return " ".join(filter(None, parts))


@frozen
class LeadRecord(TypedBase):
    """What the campaigns of a client have had to do with a lead.

    Attributes:
        lead_id: The id of the lead, as text.
        entries: What happened, in the order of time.

    >>> LeadRecord("ann", ()).entries
    ()
    """

    lead_id: str
    entries: tuple[LeadEntry, ...] = field(default=())

    def __str__(self) -> str:
        entries = "1 entry" if len(self.entries) == 1 else f"{len(self.entries):,} entries"
        return f"record of lead {short_repr(self.lead_id)}: {entries}"


def make_lead_record(
    lead_id: str,
    *,
    present: Iterable[LiveAssignment],
    released: Iterable[tuple[UUID, ReleasedLead]],
    suggestions: Iterable[SuggestionHead],
    rejections: Iterable[tuple[Rejection, SuggestionHead]],
    suppressions: Iterable[Suppression],
) -> LeadRecord:
    """Return the record of a lead from what a store has of it.

    The ledger has the day of an admission and not its time, so it counts as the first moment of
    that day, or as the moment of its release, if that came before.

    Args:
        lead_id: The id of the lead.
        present: The campaigns that have it, whatever their status.
        released: The campaigns that have released it, with these releases.
        suggestions: The heads of the suggestions that name it. Those to release it do not count.
        rejections: Its rejections, each with the head of its suggestion.
        suppressions: Its suppressions.

    >>> make_lead_record(
    ...     "ann", present=(), released=(), suggestions=(), rejections=(), suppressions=()
    ... ).entries
    ()
    """
    entries = [
        *_list_admissions(present, released),
        *(
            (head.at, _suggestion_entry(head))
            for head in suggestions
            if head.action is Action.ASSIGN
        ),
        *(_rejection_entry(rejection, head) for rejection, head in rejections),
        *((one.at, _suppression_entry(one)) for one in suppressions),
    ]
    entries.sort(key=_time_order)
    return LeadRecord(lead_id, tuple(entry for _, entry in entries))


_KINDS = tuple(LeadEntryKind)


def _time_order(dated: tuple[datetime, LeadEntry]) -> tuple[datetime, bool, int, str]:
    """Return the place of an entry; those of one moment have an order of their own."""
    moment, entry = dated
    is_end = entry.kind is LeadEntryKind.RELEASED
    return moment, is_end, _KINDS.index(entry.kind), str((entry.campaign_id, entry.channel))


def _list_admissions(
    present: Iterable[LiveAssignment], released: Iterable[tuple[UUID, ReleasedLead]]
) -> Iterator[tuple[datetime, LeadEntry]]:
    for live in present:
        lead = live.assignment
        yield _first_moment(lead.day), _admission_entry(live.campaign_id, lead)
    for campaign_id, gone in released:
        lead = gone.assignment
        yield min(_first_moment(lead.day), gone.at), _admission_entry(campaign_id, lead)
        yield (
            gone.at,
            LeadEntry(
                kind=LeadEntryKind.RELEASED,
                campaign_id=campaign_id,
                channel=lead.channel,
                day=lead.day,
                at=gone.at,
                by=gone.by,
                contacted=gone.contacted,
            ),
        )


def _admission_entry(campaign_id: UUID, lead: Assignment) -> LeadEntry:
    return LeadEntry(
        kind=LeadEntryKind.ADMITTED, campaign_id=campaign_id, channel=lead.channel, day=lead.day
    )


def _suggestion_entry(head: SuggestionHead) -> LeadEntry:
    return LeadEntry(
        kind=LeadEntryKind.SUGGESTED,
        campaign_id=head.campaign_id,
        day=head.day,
        at=head.at,
        by=head.by,
        suggestion_id=head.id,
        reason=head.reason,
    )


def _rejection_entry(rejection: Rejection, head: SuggestionHead) -> tuple[datetime, LeadEntry]:
    """Return the entry of a rejection, which may be of some leads while the others are pending."""
    is_whole = head.state is SuggestionState.REJECTED
    entry = LeadEntry(
        kind=LeadEntryKind.REJECTED,
        campaign_id=head.campaign_id,
        at=head.decided_at if is_whole else None,
        by=head.decided_by if is_whole else None,
        until=rejection.until,
        suggestion_id=head.id,
        reason=head.why if is_whole else None,
    )
    return entry.at or head.at, entry


def _suppression_entry(one: Suppression) -> LeadEntry:
    return LeadEntry(
        kind=LeadEntryKind.SUPPRESSED,
        channel=one.channel,
        at=one.at,
        by=one.by,
        until=one.until,
        reason=one.reason,
    )


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
