"""Ids of suggestions: of one campaign each is greater than those before it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID


def new_suggestion_id(at: datetime, last: UUID | None) -> UUID:
    """Return an id of version 7 (RFC 9562): by the time of its making in µs, and behind `last`.

    So the ids of a campaign's suggestions, each made under its lock, ascend in the order of their
    making, also where several fall into one tick, or clocks go apart or backwards.
    """
    microseconds = max(0, (at - _EPOCH) // timedelta(microseconds=1))
    milliseconds, rest = divmod(microseconds, 1000)
    tick = (milliseconds << 12) + (rest << 12) // 1000
    if last is not None and tick <= (behind := _tick(last)):
        tick = min(behind + 1, _LAST_TICK)
    milliseconds, fraction = divmod(tick, 1 << 12)
    return UUID(
        int=milliseconds << 80 | _UUID_7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    )


def _tick(last: UUID) -> int:
    """Return the last tick whose ids need not be behind an id: the 60 bits around its version.

    A tick is about a quarter of a microsecond.
    """
    milliseconds, fraction = last.int >> 80, last.int >> 64 & 0xFFF
    # The ids of no version but 7 are told apart from ours of the same millisecond by their version.
    return (milliseconds << 12) + (fraction if last.version == _UUID_7 else 0xFFF)


_UUID_7 = 7
_LAST_TICK = (1 << 60) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
