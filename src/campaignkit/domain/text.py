"""Text as targets and prospects are compared: its words, and its parts between commas.

The rules, in one place:

- Text is folded: Unicode NFKC, then case folding. Accents stay: "Zurich" is not "Zürich".
- A word is a run of letters, marks and digits. Every other character separates words, except that
  an apostrophe is dropped ("Women's" is one word, "womens"), as are the marks that only tell how
  to set the text (a soft hyphen, a joiner; a space without width is a space), and "&" is the word
  "and".
- A dot after a single letter is dropped, so initials are one word: "C.E.O." is "ceo", "U.S." is
  "us", "Washington, D.C." ends in "dc". Any other dot separates: "Sr.Manager" is two words.
- A phrase is in a text if its words follow one another there, whole: "ceo" is in "Co-Founder &
  CEO", "it" is not in "Hospitality". Commas do not part a phrase: "VP Sales" is in "VP, Sales".
- A location has parts, which commas part; a part is compared as a whole, with all its words.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["normalise", "parts", "phrase", "words"]

_APOSTROPHES = "'’\u2018\u02bc\u02bb"  # of all keyboards, and the letters that look like one
_SPACE_WITHOUT_WIDTH = "\u200b"  # which Unicode counts among the marks of setting
_COMMAS = ",、،"  # after NFKC, which knows the wide ones

_ASCII = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() or chr(code) in ".," else ord(" ")
    for code in range(128)
).ljust(256)
"""What each ASCII character but an apostrophe is folded to; a dot and a comma stay."""


class _Folding(dict[int, str | None]):
    """What each folded character becomes; found when it is first asked for."""

    def __missing__(self, code: int) -> str | None:
        self[code] = made = _fold_character(chr(code))
        return made


def _fold_character(character: str) -> str | None:
    category = unicodedata.category(character)
    if character == _SPACE_WITHOUT_WIDTH:
        return " "
    if character in _APOSTROPHES or category == "Cf":
        return None
    if category[0] in "LMN" or character == ".":
        return character
    return "," if character in _COMMAS else " "


_FOLDING: Final = _Folding()

# A letter that stands alone, and the dot behind it.
_INITIAL = re.compile(r"(?<![^ .,])([^ .,\d])\.")


def normalise(text: str) -> str:
    """Return text as it is compared: its parts, joined by a comma and a space, of folded words.

    >>> normalise("Co-Founder & C.E.O."), normalise("Melbourne  VIC ,AUSTRALIA")
    ('co founder and ceo', 'melbourne vic, australia')
    """
    return ", ".join(parts(text))


def words(text: str) -> str:
    """Return the folded words of a text, joined by single spaces.

    >>> words("Vice-President, Sales")
    'vice president sales'
    """
    return " ".join(_folded(text).replace(",", " ").split())


def parts(text: str) -> tuple[str, ...]:
    """Return the parts of a text that commas part, each as its words; those without words are none.

    >>> parts("St. Kilda,, Melbourne VIC")
    ('st kilda', 'melbourne vic')
    """
    spaced = (" ".join(part.split()) for part in _folded(text).split(","))
    return tuple([part for part in spaced if part])


def phrase(some: str) -> str:
    """Return words with a space at either end: a phrase is in a text if this is in that.

    >>> phrase(words("IT")) in phrase(words("Hospitality & IT"))
    True
    """
    return f" {some} "


def _folded(text: str) -> str:
    """Return a text of nothing but words, spaces, and the commas between parts."""
    if text.isascii():
        plain = text.replace("&", " and ") if "&" in text else text
        return _dots_resolved(plain.encode().translate(_ASCII, b"'").decode())
    # NFKC may make an ampersand of a wide one. It is run again after each step that may have left
    # an accent beside its letter.
    folded = _composed(_composed(text).casefold()).replace("&", " and ")
    return _composed(_dots_resolved(folded.translate(_FOLDING)))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _dots_resolved(text: str) -> str:
    return _INITIAL.sub(r"\1", text).replace(".", " ") if "." in text else text
