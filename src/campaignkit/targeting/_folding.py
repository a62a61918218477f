"""Text folding: how the texts of targets and prospects are compared.

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
- After thirty marks in a row comes a joiner without meaning (U+034F), as in the "stream-safe" text
  of Unicode (UAX #15): a letter with more accents than that is two, and folding takes a time
  proportional to the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_APOSTROPHES = "'’\u2018\u02bc\u02bb"  # of all keyboards, and the letters that look like one
_SPACE_WITHOUT_WIDTH = "\u200b"  # which Unicode counts among the marks of setting
_COMMAS = ",、،"  # after NFKC, which knows the wide ones

_ASCII = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() or chr(code) in ".," else ord(" ")
    for code in range(128)
).ljust(256)
"""What each ASCII character but an apostrophe is folded to; a dot and a comma stay."""


_MOST_KEPT = 4_096
_MOST_MARKS = 30  # in a row, which is more than any language needs
_LONGEST_UNPARTED = 256  # where even marks alone are put in order in no time
_JOINER = "\u034f"


class _FoldTable(dict[int, str | None]):
    """What each character becomes, computed on first use.

    It holds what a few languages need, and is cleared before it holds all of Unicode.
    """

    def __missing__(self, code: int) -> str | None:
        if len(self) >= _MOST_KEPT:
            self.clear()
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


_FOLD_TABLE: Final = _FoldTable()

# A letter that stands alone, and the dot behind it.
_INITIAL = re.compile(r"(?<![^ .,])([^ .,\d])\.")


def normalise(text: str) -> str:
    """Return the folded parts of a text, joined by a comma and a space.

    >>> normalise("Co-Founder & C.E.O."), normalise("Melbourne  VIC ,AUSTRALIA")
    ('co founder and ceo', 'melbourne vic, australia')
    """
    return ", ".join(fold_parts(text))


def fold_words(text: str) -> str:
    """Return the folded words of a text, joined by single spaces.

    >>> fold_words("Vice-President, Sales")
    'vice president sales'
    """
    return " ".join(_fold_characters(text).replace(",", " ").split())


def fold_parts(text: str) -> tuple[str, ...]:
    """Return the parts of a text between commas, each as its folded words; empty parts are dropped.

    >>> fold_parts("St. Kilda,, Melbourne VIC")
    ('st kilda', 'melbourne vic')
    """
    spaced = (" ".join(part.split()) for part in _fold_characters(text).split(","))
    return tuple([part for part in spaced if part])


def to_phrase(some: str) -> str:
    """Return words with a space at either end, so that `in` finds whole words only.

    >>> to_phrase(fold_words("IT")) in to_phrase(fold_words("Hospitality & IT"))
    True
    """
    return f" {some} "


def _fold_characters(text: str) -> str:
    """Return a text of only words, spaces, and commas between parts."""
    if text.isascii():
        plain = text.replace("&", " and ") if "&" in text else text
        return _resolve_dots(plain.encode().translate(_ASCII, b"'").decode())
    # NFKC may make an ampersand of a wide one. It is run again after each step that may have left
    # an accent beside its letter.
    folded = to_nfkc(to_nfkc(text).casefold()).replace("&", " and ")
    return to_nfkc(_resolve_dots(folded.translate(_FOLD_TABLE)))


def to_nfkc(text: str) -> str:
    """Return a text in Unicode NFKC, in a time proportional to its length.

    Marks are put in order by comparing each with all of its run, so long runs are parted first.
    """
    if len(text) > _LONGEST_UNPARTED and any(map(unicodedata.combining, text)):
        text = _part_marks(text)
    return unicodedata.normalize("NFKC", text)


def _part_marks(text: str) -> str:
    made: list[str] = []
    run = 0
    for character in text:
        decomposed = unicodedata.normalize("NFKD", character)
        marks = sum(map(bool, map(unicodedata.combining, decomposed)))
        if not unicodedata.combining(decomposed[0]):
            run = 0
        elif run + marks > _MOST_MARKS:
            made.append(_JOINER)
            run = 0
        run += marks
        made.append(character)
    return "".join(made)


def _resolve_dots(text: str) -> str:
    return _INITIAL.sub(r"\1", text).replace(".", " ") if "." in text else text
