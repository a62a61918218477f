"""Text that tries to repaint a terminal, to begin a line, or to hide."""

from __future__ import annotations

import re

__all__ = ["FORBIDDEN", "HOSTILE", "SPOILT", "assert_safe"]

HOSTILE = (
    *("\x00", "\x07", "\x08", "\t", "\n", "\x0b", "\x0c", "\r", "\x1b", "\x1c", "\x7f"),
    *("\x85", "\x90", "\x9b", "\x9d", "\xad", "\u034f", "\u061c", "\u115f", "\u180e"),
    *("\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e"),
    *("\u2060", "\u2066", "\u2069", "\u206f", "\u3164", "\ufe0f", "\ufeff", "\ufff9"),
    *("\U000e0001", "\U000e0041", "\U000e0100", "\ud800", "\udfff"),
)
"""Characters, each of another kind."""

FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff\ud800-\udfff]|(?<=[\x00-\u02ff])[\u200c\u200d\ufe0f]"
)
"""What must not reach a terminal; only a newline may, which ends a line of ours."""

SPOILT = "Eve\x1b[2J\x9b1A\r\nfake: \u202eevil\u2066\u200b\u2028\x7f\u3164<b>&"
"""A name with a bit of everything."""


def assert_safe(shown: str) -> None:
    """Check that text can be shown as it stands."""
    assert not FORBIDDEN.search(shown), ascii(shown)
