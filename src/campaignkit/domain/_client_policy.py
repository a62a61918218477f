"""What the campaigns of a client share: its policy, and whom nobody may contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TypeAlias, cast

from attrs import field, frozen

from campaignkit.core._channels import ALL, POSITIONS, Channel
from campaignkit.core._checks import (
    LARGEST_INTEGER,
    LONGEST_ID,
    LONGEST_TEXT,
    Amount,
    Limit,
    StoredId,
    Words,
    check_kinds,
    date_error,
    integer_error,
    is_mapping,
    short_repr,
    text_error,
    to_date,
    to_member,
)
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import join_words
from campaignkit.core._typed_base import CHECK, TypedBase
from campaignkit.domain._permissions import Actor
from campaignkit.errors import InvalidError


def _amount_error(value: object) -> str | None:
    return integer_error(value, 0, LARGEST_INTEGER)


def _cooldown_error(value: object) -> str | None:
    return integer_error(value, 1, LARGEST_INTEGER)


def _id_error(value: object) -> str | None:
    return text_error(value, LONGEST_ID)


def _reason_error(value: object) -> str | None:
    return text_error(value, LONGEST_TEXT)


@frozen
class ChannelLimit(TypedBase):
    """How many leads the campaigns of a client together may be given on a channel.

    Attributes:
        per_day: The most leads on one day. None for no such limit.
        per_week: The most leads on any seven days in a row. None for no such limit.

    Raises:
        InvalidError: a limit that is not a whole number of 0 or more.

    >>> print(ChannelLimit(per_day=17, per_week=100))
    17 a day, 100 a week
    """

    per_day: Amount | None = field(default=None, metadata={CHECK: _amount_error})
    per_week: Amount | None = field(default=None, metadata={CHECK: _amount_error})

    def __str__(self) -> str:
        limits = {"day": self.per_day, "week": self.per_week}
        words = [f"{most:,} a {span}" for span, most in limits.items() if most is not None]
        return ", ".join(words) or "no limit"


LimitsByChannel: TypeAlias = Mapping[Channel, ChannelLimit] | Mapping[str, ChannelLimit]


def _name_channels(limits: LimitsByChannel) -> Mapping[Channel, ChannelLimit]:
    """Return limits by channels, which may be given by their names; others are refused later."""
    if not is_mapping(limits):
        return cast("Mapping[Channel, ChannelLimit]", limits)
    return {to_member(Channel, channel): limit for channel, limit in limits.items()}


@frozen
class ClientPolicy(TypedBase):
    """The rules that all campaigns of a client obey together.

    Attributes:
        one_campaign_per_lead: Whether a lead may be in one campaign only, of those that are neither
            completed nor deleted.
        cooldown: For how many days a lead stays out of every other campaign, counted from the day
            on which a campaign admitted it. It needs `one_campaign_per_lead`.
        channel_limits: The most leads on a channel, over all campaigns of the client.

    Raises:
        InvalidError: a field of another kind, or a cooldown without `one_campaign_per_lead`.

    >>> policy = ClientPolicy(
    ...     one_campaign_per_lead=True, channel_limits={"linkedin": ChannelLimit(per_day=17)}
    ... )
    >>> print(policy)
    one campaign per lead; linkedin: 17 a day
    """

    one_campaign_per_lead: bool = False
    cooldown: Limit | None = field(default=None, metadata={CHECK: _cooldown_error})
    channel_limits: Mapping[Channel, ChannelLimit] = field(
        default=FrozenMap[Channel, ChannelLimit](), converter=_name_channels
    )

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.cooldown is not None and not self.one_campaign_per_lead:
            fault = f"must be None without one_campaign_per_lead, not {self.cooldown}"
            raise InvalidError([f"cooldown {fault}"])

    def __str__(self) -> str:
        words = ["one campaign per lead"] if self.one_campaign_per_lead else []
        if self.cooldown is not None:
            words.append(f"a cooldown of {self.cooldown:,} days")
        limits = self.channel_limits
        words += [f"{channel}: {limits[channel]}" for channel in Channel if channel in limits]
        return "; ".join(words) or "no rules"


@frozen
class Suppression(TypedBase):
    """A lead that no campaign of the client may contact, on one channel or on all of them.

    Attributes:
        lead_id: The id of the lead, as text.
        channel: The channel. None means all of them.
        until: The last day on which it holds. None means for ever.
        by: Who said so.
        at: When; aware.
        reason: The actor's words.

    Raises:
        InvalidError: a field of another kind.

    >>> from datetime import UTC, date, datetime
    >>> stop = Suppression(
    ...     "ann", Channel.SMS, date(2026, 12, 31), by=Actor.user("bo"),
    ...     at=datetime(2026, 11, 23, tzinfo=UTC),
    ... )
    >>> stop.holds_on(date(2026, 12, 31)), stop.holds_on(date(2027, 1, 1))
    (True, False)
    """

    lead_id: StoredId = field(metadata={CHECK: _id_error})
    channel: Channel | None = None
    until: date | None = None
    by: Actor = field(kw_only=True)
    at: datetime = field(kw_only=True)
    reason: Words | None = field(default=None, kw_only=True, metadata={CHECK: _reason_error})

    def __str__(self) -> str:
        where = "" if self.channel is None else f" on {self.channel}"
        end = "" if self.until is None else f" up to and including {self.until}"
        return f"do not contact {short_repr(self.lead_id)}{where}{end}"

    def holds_on(self, day: date) -> bool:
        """Return whether the lead must not be contacted on this day.

        Args:
            day: The day of an intake.

        Raises:
            InvalidError: `day` is not a date.
        """
        if fault := date_error(day):
            raise InvalidError([f"day {fault}"])
        return self.until is None or to_date(day) <= self.until

    def is_later(self, other: Suppression) -> bool:
        """Return whether this one holds longer than another of the same lead and channel.

        Args:
            other: The other one.

        Raises:
            InvalidError: `other` is not a suppression.
        """
        check_kinds(InvalidError, other=(other, Suppression))
        return other.until is not None and (self.until is None or self.until > other.until)


def find_closed_mask(suppressions: Iterable[Suppression], day: date) -> int:
    """Return the mask of the channels that the suppressions of a lead close on a day."""
    mask = 0
    for one in suppressions:
        if one.holds_on(day):
            mask |= ALL if one.channel is None else 1 << POSITIONS[one.channel]
    return mask


def channel_order(suppression: Suppression) -> int:
    """Return the place of a suppression among those of its lead."""
    return -1 if suppression.channel is None else POSITIONS[suppression.channel]


def describe_channels(channels: tuple[Channel, ...] | None) -> str:
    """Return the words for the channels of a suppression; None stands for all."""
    if channels is None:
        return "all channels"
    return join_words(channels) if channels else "no channel"
