"""What the campaigns of a client have done together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from attrs import frozen

from campaignkit.core._channels import (
    CHANNELS,
    NO_COUNTS,
    Channel,
    ChannelCounts,
)
from campaignkit.core._checks import date_error, short_repr
from campaignkit.core._decisions import Reason
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._sentences import format_count
from campaignkit.core._typed_base import TypedBase
from campaignkit.domain._client_policy import (
    ChannelLimit,
    ClientPolicy,
    Suppression,
    describe_channels,
    find_closed_mask,
)
from campaignkit.domain._ledger import Assignment
from campaignkit.domain._permissions import Actor
from campaignkit.errors import InvalidError

NO_POLICY = ClientPolicy()
NO_LIMIT = ChannelLimit()

WEEK = 7
"""The days that a weekly limit counts together."""


@frozen
class Claim(TypedBase):
    """What another campaign of the client has to do with a lead.

    Attributes:
        lead_id: The id of the lead, as text.
        campaign_id: The other campaign.
        day: The day on which it admitted the lead.
        is_live: Whether the lead is in it and it is neither completed nor deleted. Otherwise it may
            have contacted the lead: it is completed or deleted, or has released the lead as
            contacted.

    >>> from datetime import date
    >>> from uuid import UUID
    >>> Claim("ann", UUID(int=1), date(2026, 11, 23), is_live=True).lead_id
    'ann'
    """

    lead_id: str
    campaign_id: UUID
    day: date
    is_live: bool

    def __str__(self) -> str:
        verb = "is" if self.is_live else "was"
        return f"lead {short_repr(self.lead_id)} {verb} in campaign {self.campaign_id}"


@frozen
class ClientState(TypedBase):
    """The policy of a client, and what its campaigns have done, as far as an act needs it.

    Attributes:
        policy: The policy.
        revision: How often an act of the client has locked it.
        used: How many leads all campaigns were given on each channel, on the days around the day
            of the act: six before it and six after. A day that is missing has none.
        claims: What other campaigns have to do with the leads of the act.
        suppressions: Those of the leads of the act.

    >>> from datetime import date
    >>> from campaignkit.clients import ChannelLimit
    >>> day = date(2026, 11, 23)
    >>> seat = ChannelLimit(per_day=17, per_week=20)
    >>> state = ClientState(ClientPolicy(channel_limits={"linkedin": seat}), used={
    ...     date(2026, 11, 20): ChannelCounts({"linkedin": 15}),
    ...     day: ChannelCounts({"linkedin": 1}),
    ... })
    >>> {channel.value: room for channel, room in state.room(day).items()}
    {'linkedin': 4}
    """

    policy: ClientPolicy = NO_POLICY
    revision: int = 0
    used: Mapping[date, ChannelCounts] = FrozenMap[date, ChannelCounts]()
    claims: Mapping[str, tuple[Claim, ...]] = FrozenMap[str, tuple[Claim, ...]]()
    suppressions: Mapping[str, tuple[Suppression, ...]] = FrozenMap[str, tuple[Suppression, ...]]()

    def __str__(self) -> str:
        return f"client with {self.policy}"

    def closed_mask(self, lead_id: str, day: date) -> int:
        """Return the mask of the channels on which a lead must not be contacted on a day."""
        return find_closed_mask(self.suppressions.get(lead_id, ()), day)

    def keep_out(self, lead_ids: Iterable[str], campaign_id: UUID, day: date) -> dict[str, Reason]:
        """Return why each of some leads may not come into a campaign on a day, by their ids.

        A lead is claimed by another campaign that has it, and cools down for some days before and
        after the day on which another one admitted it, since days may be booked in any order.
        """
        if not self.policy.one_campaign_per_lead:
            return {}
        kept_out: dict[str, Reason] = {}
        for lead_id in lead_ids:
            others = [c for c in self.claims.get(lead_id, ()) if c.campaign_id != campaign_id]
            if any(claim.is_live for claim in others):
                kept_out[lead_id] = Reason.CLAIMED
            elif any(self._is_cooling(claim, day) for claim in others):
                kept_out[lead_id] = Reason.COOLING_DOWN
        return kept_out

    def _is_cooling(self, claim: Claim, day: date) -> bool:
        cooldown = self.policy.cooldown
        return cooldown is not None and abs((day - claim.day).days) < cooldown

    def room(self, day: date) -> Mapping[Channel, int]:
        """Return how many more leads each channel with a limit may be given on a day.

        A weekly limit holds for each seven days that contain the day: with those before it only, a
        day that is booked later could overdraw them.

        Args:
            day: The day.

        Raises:
            InvalidError: `day` is not a date.
        """
        if fault := date_error(day):
            raise InvalidError([f"day {fault}"])
        # By ordinal numbers, since the days around the first and the last date are none.
        start = day.toordinal() - WEEK + 1
        around = [NO_COUNTS.amounts] * (2 * WEEK - 1)
        for at, counts in self.used.items():
            distance = at.toordinal() - start
            if 0 <= distance < len(around):
                around[distance] = counts.amounts
        rooms: dict[Channel, int] = {}
        for channel, given in zip(CHANNELS, zip(*around, strict=True), strict=True):
            room = find_room(self.policy.channel_limits.get(channel, NO_LIMIT), given)
            if room is not None:
                rooms[channel] = room
        return rooms


def find_room(limit: ChannelLimit, given: Sequence[int]) -> int | None:
    """Return how many more leads a channel may be given on a day; None for no limit.

    Shapes: `given` has the leads of the days around the day: six before it, itself, six after.

    >>> find_room(ChannelLimit(per_day=3, per_week=6), [0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0])
    1
    """
    left = [] if limit.per_day is None else [limit.per_day - given[WEEK - 1]]
    if limit.per_week is not None:
        left.append(limit.per_week - find_fullest_week(given))
    return max(0, min(left)) if left else None


def find_fullest_week(given: Sequence[int]) -> int:
    """Return the most leads of seven days in a row, given those of each day.

    >>> find_fullest_week([1, 0, 0, 0, 0, 0, 0, 2, 3])
    5
    """
    total = most = sum(given[:WEEK])
    for first, next_one in zip(given, given[WEEK:], strict=False):
        total += next_one - first
        most = max(most, total)
    return most


@frozen
class LiveAssignment(TypedBase):
    """An assignment of a campaign that is neither completed nor deleted.

    Attributes:
        campaign_id: The campaign.
        assignment: What it gave the lead.

    >>> from datetime import date
    >>> from uuid import UUID
    >>> from campaignkit import ALSTier
    >>> one = Assignment("ann", Channel.SMS, ALSTier.HOT, 90, date(2026, 11, 23), epoch=0)
    >>> LiveAssignment(UUID(int=1), one).assignment.channel.value
    'sms'
    """

    campaign_id: UUID
    assignment: Assignment

    def __str__(self) -> str:
        return f"{self.assignment} in campaign {self.campaign_id}"


class ClientEventKind(StrEnum):
    """The kind of an act on what the campaigns of a client share.

    >>> ClientEventKind("policy_set") is ClientEventKind.POLICY_SET
    True
    """

    POLICY_SET = "policy_set"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    ERASED = "erased"


@frozen(kw_only=True)
class ClientEvent(TypedBase):
    """An act on what the campaigns of a client share. It names no lead.

    Attributes:
        client_id: The id of the client.
        number: Its place in the client's history, from 1, once it is stored.
        kind: What was done.
        by: Who acted.
        at: When; aware.
        before: The policy as it was, where it was set.
        after: The policy as it became, where it was set.
        leads: How many leads were named; where the policy was set, how many leads several
            campaigns had, if each may be in one only.
        channels: The channels of a suppression. None means all of them.
        until: The last day on which a suppression holds. None means for ever.
        reason: The actor's words.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> event = ClientEvent(
    ...     client_id=UUID(int=2), kind=ClientEventKind.SUPPRESSED, by=Actor.user("ann"),
    ...     at=datetime(2026, 11, 23, tzinfo=UTC), leads=2, channels=("sms",),
    ... )
    >>> print(event)
    user 'ann' suppressed 2 leads on sms at 2026-11-23 00:00:00+00:00
    """

    client_id: UUID
    number: int | None = None
    kind: ClientEventKind
    by: Actor
    at: datetime
    before: ClientPolicy | None = None
    after: ClientPolicy | None = None
    leads: int = 0
    channels: tuple[Channel, ...] | None = None
    until: date | None = None
    reason: str | None = None

    @property
    def description(self) -> str:
        """What was done, in words."""
        leads = format_count(self.leads, "lead")
        match self.kind:
            case ClientEventKind.POLICY_SET:
                doubles = f" ({leads} in several campaigns)" if self.leads else ""
                return f"set the policy: {self.after}{doubles}"
            case ClientEventKind.ERASED:
                return f"erased {leads}"
            case ClientEventKind.SUPPRESSED:
                end = "" if self.until is None else f" up to and including {self.until}"
                return f"suppressed {leads} on {describe_channels(self.channels)}{end}"
            case ClientEventKind.UNSUPPRESSED:
                return f"allowed {leads} again on {describe_channels(self.channels)}"

    def __str__(self) -> str:
        return f"{self.by} {self.description} at {self.at}"
