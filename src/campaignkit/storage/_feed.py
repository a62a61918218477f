"""The cursor of a feed: how far its reader has got in the history of each campaign."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from uuid import UUID

from campaignkit.core._checks import LARGEST_INTEGER, short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import InvalidError

_VERSION = b"\x01"
_ENTRY = struct.Struct(">16sI")
"""The id of a campaign, and the number of its last event that was read."""


def read_cursor(client_id: UUID, cursor: str | None) -> dict[UUID, int]:
    """Return the last number that was read of each campaign.

    Args:
        client_id: The client whose feed is read.
        cursor: What `write_cursor` returned. None stands before the first events.

    Raises:
        InvalidError: not a cursor, or one of another client.

    >>> from uuid import UUID
    >>> acme = UUID(int=2)
    >>> read_cursor(acme, write_cursor(acme, {UUID(int=1): 20})) == {UUID(int=1): 20}
    True
    """
    if cursor is None:
        return {}
    try:
        packed = urlsafe_b64decode(cursor)
        if urlsafe_b64encode(packed).decode() != cursor:
            packed = b""
        numbers = {UUID(bytes=key): n for key, n in _ENTRY.iter_unpack(packed[17:])}
    except (ValueError, struct.error) as error:
        raise_interruption(error)
        packed, numbers = b"", {}
    if packed[:1] != _VERSION or max(numbers.values(), default=0) > LARGEST_INTEGER:
        fault = f"must be the `next` of a page of this feed, not {short_repr(cursor)}"
        raise InvalidError([f"cursor {fault}"])
    if packed[1:17] != client_id.bytes:
        raise InvalidError([f"cursor must be one of client {client_id}, not of another"])
    return numbers


def write_cursor(client_id: UUID, numbers: Mapping[UUID, int]) -> str:
    """Return the cursor behind the last numbers that were read of campaigns.

    Args:
        client_id: The client whose feed is read.
        numbers: The last number that was read of each campaign.

    >>> from uuid import UUID
    >>> read_cursor(UUID(int=2), write_cursor(UUID(int=2), {}))
    {}
    """
    entries = (_ENTRY.pack(key.bytes, n) for key, n in sorted(numbers.items()))
    return urlsafe_b64encode(_VERSION + client_id.bytes + b"".join(entries)).decode()


def choose_events(
    last: Mapping[UUID, int], seen: Mapping[UUID, int], limit: int
) -> list[tuple[UUID, int]]:
    """Return which events come next, as campaigns and numbers, ordered as they are read.

    Each campaign gives its first unread event, then its second, up to the limit. Whose turn it is
    when the limit is reached moves on with what was read, so that each campaign comes to it.

    Args:
        last: The greatest number of each campaign.
        seen: The greatest number that was read of each campaign.
        limit: The most events in all.

    Args:
        last: The greatest number of each campaign.
        seen: The greatest number that was read of each campaign.
        limit: The most events in all.

    >>> from uuid import UUID
    >>> one, two = UUID(int=1), UUID(int=2)
    >>> [(key.int, number) for key, number in choose_events({one: 3, two: 9}, {one: 1}, limit=3)]
    [(1, 2), (2, 1), (2, 2)]
    """
    unread = {key: n - seen.get(key, 0) for key, n in sorted(last.items())}
    chosen = dict.fromkeys(unread, 0)
    left, turn = limit, 0
    while left and (open_ones := [key for key, n in unread.items() if n > turn]):
        step = max(1, min(left // len(open_ones), min(unread[key] for key in open_ones) - turn))
        first = sum(seen.values()) % len(open_ones)
        for key in (open_ones[first:] + open_ones[:first])[:left]:
            chosen[key] += step
            left -= step
        turn += step
    return [
        (key, number)
        for key, count in chosen.items()
        for number in range(seen.get(key, 0) + 1, seen.get(key, 0) + count + 1)
    ]
