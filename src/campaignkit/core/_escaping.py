r"""Text from outside, made safe to show: in terminals, logs, error messages and pages.

Names, reasons, ids, cells and paths come from other people and from AI. Printed as they are, they
could move the cursor, repaint a line that somebody is about to approve, begin a new line in a log,
or hide a part of themselves. `escape_text` writes every such character as Python does in a literal:
`\x1b`, `\n`, `\u202e`. These are

- all that `str.isprintable` refuses: control characters (C0, DEL, C1), format characters such as
  bidi controls and zero-width spaces, line and paragraph separators, unusual spaces, lone
  surrogates, private and unassigned characters;
- printable characters without any width or ink: fillers and variation selectors.

A joiner stays between letters of the scripts that are spelled with it, and a joiner or a variation
selector stays behind an emoji: they shape the character beside them there.
"""

from __future__ import annotations

import re
from typing import Final

_EMOJI = "\u203c\u2049\u2100-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINED = f"\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\u0900-\u0dff{_EMOJI}"

_INVISIBLE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef"
)
"""Characters that print, says Python, and of which nothing is to be seen."""

_UNSEEN: Final = re.compile(f"[{_INVISIBLE}]")
_SHAPING: Final = re.compile(
    f"(?<=[{_EMOJI}])\ufe0f(?:\u200d(?=[{_EMOJI}]))?|(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])"
)


def escape_text(text: str) -> str:
    r"""Return a text in one line, with every character visible that could repaint or hide.

    What comes back is printable, and comes back from here as it is.

    >>> print(escape_text("Acme\n\x1b[31m\u202e"))
    Acme\n\x1b[31m\u202e
    """
    if text.isprintable() and (text.isascii() or not _UNSEEN.search(text)):
        return text
    made: list[str] = []
    at = 0
    for shaping in _SHAPING.finditer(text):
        made += [*map(_escape_character, text[at : shaping.start()]), shaping[0]]
        at = shaping.end()
    return "".join([*made, *map(_escape_character, text[at:])])


def _escape_character(character: str) -> str:
    if not character.isprintable():
        return repr(character)[1:-1]
    if _UNSEEN.match(character):
        return character.encode("unicode_escape").decode()
    return character
