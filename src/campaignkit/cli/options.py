"""From the texts of options to values; every fault of every option is named at once."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from getpass import getuser

from attrs import frozen

from campaignkit import (
    DEFAULT_ALLOCATION,
    Actor,
    Allocation,
    AllocationError,
    Channel,
    InvalidError,
    Overflow,
    User,
)
from campaignkit.cli.errors import UsageError

__all__ = [
    "PlanOptions",
    "all_at_once",
    "read_actor",
    "read_allocation",
    "read_columns",
    "read_day",
    "read_numbers",
    "read_overflow",
]

_CHANNELS = {channel.value: channel for channel in Channel}
_MOST_DIGITS = 15
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@frozen
class PlanOptions:
    """How to plan: what `campaignkit.plan` takes beside the leads and the gate."""

    allocation: Allocation
    overflow: Overflow
    at_most: Mapping[Channel, int]
    carried: Mapping[Channel, int]


@contextmanager
def all_at_once() -> Generator[list[str]]:
    """Give a list for faults, and refuse at the end if there are any in it.

    Raises:
        UsageError: names all that is wrong.
    """
    faults: list[str] = []
    yield faults
    if faults:
        raise UsageError(faults)


def read_columns(
    option: str, texts: Iterable[str], faults: list[str]
) -> Mapping[Channel, Sequence[str]]:
    """Return for each channel the columns that texts such as `email=do_not_email` name."""
    columns: dict[Channel, list[str]] = {}
    for channel, column in _pairs(option, texts, "CHANNEL=COLUMN", faults):
        columns.setdefault(channel, []).append(column)
    return columns


def read_numbers(option: str, texts: Iterable[str], faults: list[str]) -> Mapping[Channel, int]:
    """Return for each channel the number that texts such as `email=40,sms=5` give it."""
    numbers: dict[Channel, int] = {}
    pieces = (piece for text in texts for piece in text.split(","))
    for channel, text in _pairs(option, pieces, "CHANNEL=NUMBER", faults):
        if channel in numbers:
            faults.append(f"{option}: {channel} has two numbers")
        # int() would also take "-1", "1_000" and the digits of any script.
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            numbers[channel] = int(text)
        else:
            faults.append(f"{option}: {channel} must have a whole number from 0 on, not {text!r}")
    return numbers


def read_allocation(text: str | None, faults: list[str]) -> Allocation:
    """Return the allocation of a text such as `email=60,sms=40`, or the default."""
    if text is None:
        return DEFAULT_ALLOCATION
    so_far = len(faults)
    shares = read_numbers("--allocation", [text], faults)
    if len(faults) == so_far:
        try:
            return Allocation.from_mapping(shares)
        except AllocationError as error:
            faults.extend(f"--allocation: {fault}" for fault in error.faults)
    return DEFAULT_ALLOCATION


def read_overflow(text: str, faults: list[str]) -> Overflow:
    """Return the overflow of a name."""
    if text in set(Overflow):
        return Overflow(text)
    faults.append(f"--overflow must be {' or '.join(Overflow)}, not {text!r}")
    return Overflow.REASSIGN


def read_day(text: str, faults: list[str]) -> date:
    """Return the day of a text such as `2026-11-23`."""
    try:
        # fromisoformat() would also take 20261123, weeks, and the digits of any script.
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.append(f"--day must be a day such as 2026-11-23, not {text!r}")
    return date.min


def read_actor(name: str | None, faults: list[str]) -> User:
    """Return the user of a name, or the one who is logged in."""
    try:
        return Actor.user(getuser() if name is None else name)
    except InvalidError as error:
        faults += [f"--as: {fault}" for fault in error.faults]
    except (KeyError, OSError):
        faults.append("--as NAME is needed: nobody knows who is logged in")
    return Actor.user("nobody")


def _pairs(
    option: str, texts: Iterable[str], form: str, faults: list[str]
) -> Iterator[tuple[Channel, str]]:
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        channel = _CHANNELS.get(name.lower())
        if not name or not value:
            faults.append(f"{option} must be {form}, not {text!r}")
        elif channel is None:
            faults.append(
                f"{option}: no channel is called {name!r}; there are {', '.join(Channel)}"
            )
        else:
            yield channel, value
