"""Text that is safe to show."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignkit.escaping import escape_text
from tests.hostile import FORBIDDEN, HOSTILE, assert_safe

KEPT = [
    "Zo\u00eb",
    "\u5317\u4eac",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, which is spelled with a joiner
    "\u0915\u094d\u200d\u0937",  # Hindi
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
    "\u2764\ufe0f",  # a red heart
    "\U0001f3f3\ufe0f\u200d\U0001f308",  # a flag
    "a\\nb",
]
ESCAPED = [
    ("a\nb\tc\rd", r"a\nb\tc\rd"),
    ("\x1b[2J", r"\x1b[2J"),
    ("\x9b2J", r"\x9b2J"),
    ("\x7f\x85", r"\x7f\x85"),
    ("a\u200db", r"a\u200db"),
    ("a\ufe0f", r"a\ufe0f"),
    ("\u200d", r"\u200d"),
    ("\u3164\u034f", r"\u3164\u034f"),
    ("\U000e0041", r"\U000e0041"),
    ("\udc80", r"\udc80"),
    ("\u202e\u2066", r"\u202e\u2066"),
    ("\u2028\u2029\ufeff", r"\u2028\u2029\ufeff"),
    ("\xa0", r"\xa0"),
]


@pytest.mark.parametrize("text", KEPT)
def test_what_can_be_read_stays(text: str) -> None:
    assert escape_text(text) == text


@pytest.mark.parametrize(("text", "escaped"), ESCAPED)
def test_what_cannot_be_seen_is_written_out(text: str, escaped: str) -> None:
    assert escape_text(text) == escaped


def test_every_character_by_itself_can_be_seen() -> None:
    for code in range(sys.maxunicode + 1):
        shown = escape_text(chr(code))
        assert shown.isprintable()
        assert not FORBIDDEN.search(shown)
        is_hidden = unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        assert (shown != chr(code)) >= is_hidden


@given(st.text(st.characters() | st.sampled_from(HOSTILE)))
def test_what_is_shown_is_one_line_that_stays_as_it_is(text: str) -> None:
    shown = escape_text(text)
    assert_safe(shown)
    assert "\n" not in shown
    assert escape_text(shown) == shown
