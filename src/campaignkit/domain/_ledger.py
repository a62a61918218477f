"""The ledger of a campaign: assignments, and its progress on a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Self

from attrs import evolve, field, fields, frozen

from campaignkit.core._channels import NO_COUNTS, Channel, ChannelCounts, PerChannel, read_counts
from campaignkit.core._checks import (
    LARGEST_INTEGER,
    LONGEST_ID,
    Amount,
    StoredId,
    as_int,
    check_kinds,
    date_error,
    integer_error,
    kind_error,
    short_repr,
    text_error,
    to_date,
    to_text,
)
from campaignkit.core._immutable import FrozenMap, ImmutableBase
from campaignkit.core._partial import NO_FAULTS, PartialMixin, list_faults, set_fields
from campaignkit.core._sentences import format_count
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._allocation import Allocation
from campaignkit.domain._gate import ALSTier, check_score, score_error
from campaignkit.domain._permissions import Actor
from campaignkit.errors import CorruptRowError, InvalidError


def _read_known_score(score: float) -> float:
    # A good score as Lead keeps it; a bad one stays as it is, to be refused.
    return score if score_error(score) else check_score(score)


@frozen
class Assignment(ImmutableBase):
    """A lead that a campaign admitted on a day, with its channel.

    Attributes:
        lead_id: The id of the lead, as text.
        channel: The channel that the lead got.
        tier: The tier of the lead on that day.
        als_score: The score of the lead on that day.
        day: The day on which it was admitted.
        epoch: Which of the campaign's allocations it was made under, counted from 0.

    Raises:
        InvalidError: a field of another type or range; all that are wrong.

    >>> from datetime import date
    >>> Assignment("lead-1", Channel.SMS, ALSTier.HOT, 90, date(2026, 11, 23), epoch=0).lead_id
    'lead-1'
    """

    lead_id: StoredId
    channel: Channel
    tier: ALSTier
    als_score: int | float = field(converter=_read_known_score)
    day: date
    epoch: Amount = field(converter=as_int)

    def __attrs_post_init__(self) -> None:
        if type(self.lead_id) is not str or type(self.day) is not date:
            object.__setattr__(self, "lead_id", to_text(self.lead_id))
            object.__setattr__(self, "day", to_date(self.day))
        faults = {
            "lead_id": text_error(self.lead_id, LONGEST_ID),
            "channel": kind_error(self.channel, Channel),
            "tier": kind_error(self.tier, ALSTier),
            "als_score": score_error(self.als_score),
            "day": date_error(self.day),
            "epoch": integer_error(self.epoch, 0, LARGEST_INTEGER),
        }
        if found := [f"{name} {fault}" for name, fault in faults.items() if fault]:
            raise InvalidError(found)

    def __str__(self) -> str:
        who = f"lead {short_repr(self.lead_id)} on {self.channel} since {self.day}"
        return f"{who} ({self.tier}, score {self.als_score})"


@frozen
class ReleasedLead(TypedBase):
    """A lead that a campaign has released.

    Attributes:
        assignment: What the campaign had given it.
        contacted: Whether it may have been contacted. Then nothing is given back: the lead goes on
            counting for its day, the total, its channel, and stays out of the campaign.
        by: Who released it.
        at: When; aware.

    >>> from datetime import UTC, date, datetime
    >>> from campaignkit import ALSTier
    >>> one = Assignment("lead-1", Channel.SMS, ALSTier.HOT, 90, date(2026, 11, 23), epoch=0)
    >>> gone = ReleasedLead(one, by=Actor.user("ann"), at=datetime(2026, 11, 24, tzinfo=UTC))
    >>> gone.lead_id, gone.contacted
    ('lead-1', False)
    """

    assignment: Assignment
    contacted: bool = False
    by: Actor = field(kw_only=True)
    at: datetime = field(kw_only=True)

    @property
    def lead_id(self) -> str:
        """The id of the lead, as text."""
        return self.assignment.lead_id

    def __str__(self) -> str:
        end = ", contacted" if self.contacted else ""
        return f"{self.assignment}, released by {self.by} at {self.at}{end}"


def _convert_carried(counts: PerChannel) -> ChannelCounts:
    return counts if type(counts) is ChannelCounts else read_counts(counts, "carried")


@frozen
class Progress(ImmutableBase):
    """The number of distinct leads admitted and not released, on a day and in total.

    Attributes:
        day: The day that it speaks of. Without one, `admitted_today` is 0.
        admitted_today: The leads admitted on that day.
        admitted_total: The leads admitted on all days.
        carried: How many leads each channel was given under `allocation`.
        allocation: What `carried` was given under. None means the campaign's present allocation.
        epoch: Which of the campaign's allocations that is, counted from 0.

    Raises:
        InvalidError: a count that is negative or not whole, or more leads today than in all.

    >>> from datetime import date
    >>> Progress(date(2026, 11, 23), admitted_today=2, admitted_total=7).carried.total
    0
    """

    day: date | None = None
    admitted_today: Amount = field(default=0, converter=as_int)
    admitted_total: Amount = field(default=0, converter=as_int)
    carried: ChannelCounts = field(default=NO_COUNTS, converter=_convert_carried)
    allocation: Allocation | None = None
    epoch: Amount = field(default=0, converter=as_int)

    def __attrs_post_init__(self) -> None:
        if _is_plain_progress(self):
            return
        if self.day is not None:
            object.__setattr__(self, "day", to_date(self.day))
        allocation: object = self.allocation
        faults = {
            "day": None if self.day is None else date_error(self.day),
            "admitted_today": integer_error(self.admitted_today, 0, LARGEST_INTEGER),
            "admitted_total": integer_error(self.admitted_total, 0, LARGEST_INTEGER),
            "allocation": None
            if isinstance(allocation, Allocation | None)
            else f"must be an Allocation, not {short_repr(allocation)}",
            "epoch": integer_error(self.epoch, 0, LARGEST_INTEGER),
            "carried": f"must not be negative, as in {self.carried}"
            if min(self.carried.amounts) < 0
            else None,
        }
        found = [f"{name} {fault}" for name, fault in faults.items() if fault]
        if not found and self.admitted_today > self.admitted_total:
            today, total = self.admitted_today, self.admitted_total
            found = [f"admitted_today {today} is more than admitted_total {total}"]
        if found:
            raise InvalidError(found)

    def __str__(self) -> str:
        today = (
            ""
            if self.day is None
            else f"{format_count(self.admitted_today, 'lead')} on {self.day}, "
        )
        return f"{today}{format_count(self.admitted_total, 'lead')} in all"

    @property
    def faults(self) -> Mapping[str, tuple[str, ...]]:
        """What is wrong with each field that cannot be read; empty but for a corrupt row.

        Of such a row only the day is known. To touch another field raises a `CorruptRowError`.
        """
        return NO_FAULTS

    def for_allocation(self, allocation: Allocation) -> Progress:
        """Return the progress under a campaign's present allocation.

        Args:
            allocation: The present one. If `carried` was given under another one, it becomes zero
                in a new epoch.

        >>> progress = Progress(carried={"email": 5}, allocation=Allocation(email=100))
        >>> progress.for_allocation(Allocation(sms=100)).epoch
        1
        """
        if type(allocation) is not Allocation:
            check_kinds(InvalidError, allocation=(allocation, Allocation))
        if self.allocation is allocation or self.allocation == allocation:
            return self
        if self.allocation is None:
            day, today, total = self.day, self.admitted_today, self.admitted_total
            return Progress(day, today, total, self.carried, allocation, self.epoch)
        return evolve(self, allocation=allocation, carried=NO_COUNTS, epoch=self.epoch + 1)

    def admit(self, counts: ChannelCounts) -> Progress:
        """Return the progress after these leads are admitted on its day.

        Args:
            counts: How many leads each channel gets.

        >>> from datetime import date
        >>> Progress(date(2026, 11, 23)).admit(ChannelCounts({"sms": 2})).admitted_today
        2
        """
        check_kinds(InvalidError, counts=(counts, ChannelCounts))
        return evolve(
            self,
            admitted_today=self.admitted_today + counts.total,
            admitted_total=self.admitted_total + counts.total,
            carried=self.carried + counts,
        )

    @property
    def drift(self) -> Mapping[Channel, int]:
        """By how many leads each channel is above its share of the carried counts, or below.

        Without an allocation there is no share to compare with, and nothing in it. What was
        carried on a channel without a share does not count.

        >>> Progress(carried={"email": 5}, allocation=Allocation(email=60, sms=40)).drift["sms"]
        -2
        """
        if self.allocation is None:
            return FrozenMap()
        carried = {c: self.carried[c] if share else 0 for c, share in self.allocation.items()}
        fair = self.allocation.apportion(sum(carried.values()))
        return FrozenMap({c: carried[c] - fair[c] for c in carried})


class PartialProgress(PartialMixin, Progress):
    """The progress of a campaign whose stored row breaks a rule, of which nothing can be used.

    What does not need it, such as a pause, goes on.
    """

    __slots__ = ("_faults", "campaign_id", "known")

    campaign_id: object

    def __new__(cls, day: date | None, campaign_id: object, faults: Iterable[str]) -> Self:
        """Return the progress of a day with these faults, which are of the row as a whole."""
        self = object.__new__(cls)
        every = dict.fromkeys((p.name for p in fields(Progress) if p.name != "day"), tuple(faults))
        own = {"known": FrozenMap({"day": day}), "_faults": FrozenMap(every), "day": day}
        set_fields(self, {**own, "campaign_id": campaign_id})
        return self

    def __str__(self) -> str:
        return f"progress that cannot be read: {'; '.join(list_faults(self.faults))}"

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return type(self), (self.day, self.campaign_id, list_faults(self.faults))

    def make_error(self, faults: Iterable[str]) -> CorruptRowError:
        """Return the error of faults of this progress."""
        return CorruptRowError("progress", self.campaign_id, faults)


def require_readable_progress(progress: Progress) -> Progress:
    """Return a progress that can be read.

    Raises:
        CorruptRowError: it cannot.
    """
    if isinstance(progress, PartialProgress):
        raise progress.make_error(list_faults(progress.faults))
    return progress


def _is_plain_progress(p: Progress) -> bool:
    """Tell quickly that a progress is valid, as nearly all are; others may be valid too."""
    return (
        (p.day is None or type(p.day) is date)
        and type(p.admitted_today) is type(p.admitted_total) is type(p.epoch) is int
        and 0 <= p.admitted_today <= p.admitted_total <= LARGEST_INTEGER
        and (p.allocation is None or type(p.allocation) is Allocation)
        and 0 <= p.epoch <= LARGEST_INTEGER
        and min(p.carried.amounts) >= 0
    )
