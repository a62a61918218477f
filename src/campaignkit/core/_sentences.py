"""Lists, counts and ranks as they stand in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from campaignkit.core._channels import CHANNELS, Channel

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)


def join_words(words: Iterable[str], conjunction: str = "and") -> str:
    """Return words joined as in a sentence.

    >>> join_words(["email", "sms", "mail"]), join_words(["email", "sms"], "or")
    ('email, sms and mail', 'email or sms')
    """
    *head, last = [str(word) for word in words]
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def join_first(shown: Iterable[str], total: int) -> str:
    """Return the first of some words, and how many more of the total there are.

    >>> join_first(["ann", "bob"], 2), join_first(["ann", "bob"], 1_002)
    ('ann, bob', 'ann, bob and 1,000 more')
    """
    words = [*shown]
    more = total - len(words)
    first = ", ".join(words)
    return f"{first} and {more:,} more" if more > 0 else first


def join_channels(channels: Collection[Channel], conjunction: str = "and") -> str:
    """Return channels in canonical order, joined as in a sentence; "nothing" if there are none."""
    return join_words([c for c in CHANNELS if c in channels] or ["nothing"], conjunction)


def format_count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1.

    >>> format_count(1, "lead"), format_count(2_000, "lead")
    ('1 lead', '2,000 leads')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def describe_drift(drift: Mapping[Channel, int]) -> str:
    """Say how far channels end above their shares or below; a drift is empty without shares.

    >>> describe_drift({Channel.EMAIL: 2, Channel.SMS: -2})
    'at the end email is 2 above and sms is 2 below its share'
    """
    off = [f"{c} is {abs(n):,} {'above' if n > 0 else 'below'}" for c, n in drift.items() if n]
    if off:
        return f"at the end {join_words(off)} its share"
    return "at the end the mix is as asked" if drift else "the shares are not known"


def ordinal(number: int) -> str:
    """Return a number as an ordinal.

    >>> ordinal(1), ordinal(12), ordinal(1_022)
    ('1st', '12th', '1,022nd')
    """
    ending = "th" if number % 100 in _TEENS else _ENDINGS.get(number % 10, "th")
    return f"{number:,}{ending}"
