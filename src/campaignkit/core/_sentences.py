"""How sentences name several things, count them, and rank them."""

from __future__ import annotations

from collections.abc import Iterable

from campaignkit.core._channels import CHANNELS, MEMBERS

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)


def joined(words: Iterable[str], conjunction: str = "and") -> str:
    """Return words as a sentence lists them.

    >>> joined(["email", "sms", "mail"]), joined(["email", "sms"], "or"), joined(["email"])
    ('email, sms and mail', 'email or sms', 'email')
    """
    *head, last = [str(word) for word in words]
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def channels_of(mask: int, conjunction: str = "and") -> str:
    """Return the channels of a mask, which is not empty, as a sentence lists them."""
    return joined((CHANNELS[c].value for c in MEMBERS[mask]), conjunction)


def counted(number: int, noun: str) -> str:
    """Return a number and what it counts.

    >>> counted(1, "lead"), counted(2_000, "lead")
    ('1 lead', '2,000 leads')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ordinal(number: int) -> str:
    """Return a number as a rank.

    >>> ordinal(1), ordinal(12), ordinal(1_022)
    ('1st', '12th', '1,022nd')
    """
    ending = "th" if number % 100 in _TEENS else _ENDINGS.get(number % 10, "th")
    return f"{number:,}{ending}"
