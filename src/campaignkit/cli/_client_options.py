"""The values of options about clients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from campaignkit import Channel
from campaignkit.clients import ChannelLimit
from campaignkit.core._checks import LARGEST_INTEGER

_RATE_FORM = re.compile(r"([0-9]{1,10})/(day|week)", re.ASCII)
_NONE = "none"
_ALL = "all"


def read_channel_limits(
    option: str, texts: Iterable[str], faults: list[str]
) -> Mapping[Channel, ChannelLimit | None]:
    """Return the limits of channels from texts such as `linkedin=17/day,100/week`.

    None stands for no limit, which is written as `linkedin=none`.
    """
    limits: dict[Channel, ChannelLimit | None] = {}
    for text in texts:
        name, _, rates = (part.strip() for part in text.partition("="))
        channel = _read_channel(option, name, faults)
        if channel is None:
            continue
        if channel in limits:
            faults.append(f"{option}: {channel} is given twice")
        limits[channel] = None
        if rates.lower() != _NONE:
            limits[channel] = _read_limit(option, channel, rates, faults)
    return limits


def _read_limit(option: str, channel: Channel, text: str, faults: list[str]) -> ChannelLimit:
    amounts: dict[str, int] = {}
    for rate in text.split(","):
        form = _RATE_FORM.fullmatch(rate.strip())
        if form is None or int(form[1]) > LARGEST_INTEGER or form[2] in amounts:
            faults.append(
                f"{option}: {channel} must be none, or leads a day and a week such as"
                f" 17/day,100/week, not {text!r}"
            )
            return ChannelLimit()
        amounts[form[2]] = int(form[1])
    return ChannelLimit(per_day=amounts.get("day"), per_week=amounts.get("week"))


def read_cooldown(option: str, text: str | None, faults: list[str]) -> int | None:
    """Return the number of days: None if nothing was given, 0 for `none`."""
    if text is None:
        return None
    if text.lower() == _NONE:
        return 0
    if text.isascii() and text.isdigit() and 0 < int(text[:11]) <= LARGEST_INTEGER:
        return int(text)
    faults.append(f"{option} must be a number of days from 1, or none, not {text!r}")
    return None


def read_channel_names(
    option: str, texts: Sequence[str] | None, faults: list[str]
) -> tuple[Channel, ...] | None:
    """Return the channels of texts such as `sms,voice`; None for all, also if nothing was given."""
    names = [name.strip() for text in texts or () for name in text.split(",")]
    if not names or names == [_ALL]:
        return None
    found = {_read_channel(option, name, faults) for name in names}
    return tuple(channel for channel in Channel if channel in found)


def _read_channel(option: str, name: str, faults: list[str]) -> Channel | None:
    channels = {channel.value: channel for channel in Channel}
    channel = channels.get(name.lower())
    if channel is None:
        faults.append(f"{option}: no channel is called {name!r}; there are {', '.join(channels)}")
    return channel


def require_leads(leads: Sequence[str] | None, file: str | None, faults: list[str]) -> None:
    """Require ids of leads, as arguments or in a file."""
    if not leads and file is None:
        faults.append("name leads by their ids, or pass --leads FILE")
