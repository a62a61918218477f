"""How many leads each channel may get: today, and in all days of a horizon together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from attrs import frozen

from campaignkit.core._channels import CHANNELS, POSITIONS, Amounts, PerChannel
from campaignkit.domain._campaign import Campaign
from campaignkit.domain._client_policy import ChannelLimit
from campaignkit.domain._clients import NO_LIMIT, WEEK, ClientState, find_room
from campaignkit.domain._ledger import Progress
from campaignkit.planning._totals import NO_CAPS, Caps, read_at_most


@frozen
class HorizonCaps:
    """The most leads that channels may get in the days of a horizon.

    `today` has the caps of the first day, and `whole` those of all days together. `later` has for
    each of the channels what the days after the first can take if that takes nothing.
    """

    today: Caps
    whole: Caps
    later: Mapping[int, int]

    def are_exceeded_today(self, counts: Amounts) -> bool:
        """Return whether one of the counts, in canonical order, is more than today can take."""
        return any(counts[c] > cap for c, cap in self.today.amounts.items())


NO_HORIZON_CAPS = HorizonCaps(NO_CAPS, NO_CAPS, {})


@frozen
class ChannelLimits:
    """The limits of channels on a day of a campaign, and on the days after it.

    `today` has the caps of the day; those of a call hold for this day only. `capacity` is what the
    campaign's own limits admit on the day, and `daily_limit` what they admit on a later one.
    """

    client: ClientState
    day: date
    today: Caps
    capacity: int
    daily_limit: int

    def compute_caps(self, days: int) -> HorizonCaps:
        """Return the caps of so many days in a row."""
        return self.compute_caps_on(range(1, days))

    def compute_caps_on(self, later: Sequence[int]) -> HorizonCaps:
        """Return the caps of the day and of later ones, given by their distances in days."""
        if not later:
            return HorizonCaps(self.today, self.today, {})
        left: dict[int, int] = {}
        whole: dict[int, int] = {}
        for c, cap in self.today.amounts.items():
            first = min(cap, self.capacity)
            left[c] = self._count_later(c, 0, later)
            whole[c] = first + self._count_later(c, first, later)
        return HorizonCaps(self.today, Caps(whole, self.today.of_client), left)

    def find_later(self, given: Amounts, days: int) -> Caps:
        """Return what the days after this one can still give channels, of so many days in a row.

        `given` is what the day itself gives each channel.
        """
        later = range(1, days)
        return Caps({c: self._count_later(c, given[c], later) for c in self.today.amounts})

    def count_days(self, counts: Amounts, least: int, most: int) -> int:
        """Return after how many days in a row channels can have so many leads, at most `most`."""
        if most <= least or self._has_room(counts, least):
            return min(least, most)
        while least + 1 < most:
            middle = (least + most) // 2
            if self._has_room(counts, middle):
                most = middle
            else:
                least = middle
        return most

    def _has_room(self, counts: Amounts, days: int) -> bool:
        return all(counts[c] <= cap for c, cap in self.compute_caps(days).whole.amounts.items())

    @property
    def are_weekly(self) -> bool:
        """Whether some hold for each seven days."""
        limits = self.client.policy.channel_limits.values()
        return any(limit.per_week is not None for limit in limits)

    @property
    def always_closed(self) -> int:
        """The mask of the channels that the client's limits close on all days."""
        limits = self.client.policy.channel_limits
        shut = [c for c, limit in limits.items() if 0 in {limit.per_day, limit.per_week}]
        return sum([1 << POSITIONS[c] for c in shut])

    def _count_later(self, c: int, first: int, later: Sequence[int]) -> int:
        """Return how many leads later days can give a channel if the day itself gives `first`."""
        limit = self.client.policy.channel_limits.get(CHANNELS[c], NO_LIMIT)
        start = self.day.toordinal()
        given = {at.toordinal() - start: n.amounts[c] for at, n in self.client.used.items()}
        given[0] = given.get(0, 0) + first
        return count_leads(limit, given, later, self.daily_limit)


def find_limits(
    campaign: Campaign,
    progress: Progress,
    day: date,
    client: ClientState | None,
    at_most: PerChannel | None,
) -> ChannelLimits | None:
    """Return the limits of channels on a day; None if there are none.

    Raises:
        CountsError: `at_most` is invalid.
    """
    own = read_at_most(at_most).amounts
    if not own and (client is None or not client.policy.channel_limits):
        return None
    client = client or ClientState()
    amounts, of_client = dict(own), 0
    for channel, room in client.room(day).items():
        c = POSITIONS[channel]
        if room <= amounts.get(c, room):
            amounts[c] = room
            of_client |= 1 << c
    caps = Caps(amounts, of_client)
    return ChannelLimits(client, day, caps, campaign.capacity(progress), campaign.daily_lead_limit)


_SETTLED = 4 * WEEK
"""After so many days in a row each further week takes the same: the first two weeks may have
bookings, and the windows around them reach one week further."""


def count_leads(
    limit: ChannelLimit,
    given: Mapping[int, int],
    days: Sequence[int],
    daily_limit: int,
) -> int:
    """Return how many leads a channel can get on some days, each filled before the next one.

    No other order lets them take more: a unit of a later day can move to the first day that is not
    full, as each window that is full with it has that later day, too.

    Args:
        limit: The most leads on a day and in each seven days, with those given.
        given: What was given before, by day.
        days: The days in order, counted from any day.
        daily_limit: The most leads on a day, without those given.
    """
    if isinstance(days, range) and len(days) > _SETTLED + WEEK:
        weeks, rest = divmod(len(days) - _SETTLED, WEEK)
        one_week = count_leads(limit, {}, range(WEEK), daily_limit)
        return weeks * one_week + count_leads(limit, given, days[: _SETTLED + rest], daily_limit)
    if not days:
        return 0
    start = days[0] - WEEK + 1
    booked = [given.get(day, 0) for day in range(start, days[-1] + WEEK)]
    total = 0
    for n in [day - start for day in days]:
        room = find_room(limit, booked[n - WEEK + 1 : n + WEEK])
        taken = daily_limit if room is None else min(daily_limit, room)
        booked[n] += taken
        total += taken
    return total
