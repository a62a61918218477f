"""Text folding: how the texts of targets and prospects are compared.

The rules, in one place:

- Text is folded: Unicode NFKC, then case folding. Accents stay: "Zurich" is not "Zürich".
- A word is a run of letters, marks and digits. Every other character separates words, except that
  apostrophes are dropped ("Women's" is one word, "womens"), as are format characters such as a soft
  hyphen or a joiner (a space without width is a space), and "&" is the word "and".
- A dot after a single letter is dropped, so initials are one word: "C.E.O." is "ceo", "U.S." is
  "us", "Washington, D.C." ends in "dc". Any other dot separates: "Sr.Manager" is two words.
- A text contains a phrase if it has its words one after the other: "Co-Founder & CEO" contains
  "ceo", "Hospitality" does not contain "it". Commas do not matter: "VP, Sales" contains "VP Sales".
- Commas separate the parts of a location; a part is compared as a whole, with all its words.
- After thirty marks in a row a joiner without meaning (U+034F) is inserted, as in the "stream-safe"
  format of Unicode (UAX #15). A letter with more accents is split, and folding takes a time
  proportional to the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = "'’\u2018\u02bc\u02bb"  # of all keyboards, and the letters that look like one
_SPACE_WITHOUT_WIDTH = "\u200b"  # a format character in Unicode
_COMMAS = ",、،"  # NFKC has replaced the wide ones

_ASCII = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() or chr(code) in ".," else ord(" ")
    for code in range(128)
).ljust(256)
"""The folded form of each ASCII character but the apostrophe; a dot and a comma stay."""


_MOST_MARKS = 30  # in a row; no language needs more
_LONGEST_UNSPLIT = 256  # up to here even a text of marks alone is fast
_JOINER = "\u034f"


@lru_cache(4_096)  # the characters of a few languages
def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if character == _SPACE_WITHOUT_WIDTH:
        return " "
    if character in _APOSTROPHES or category == "Cf":
        return ""
    if category[0] in "LMN" or character == ".":
        return character
    return "," if character in _COMMAS else " "


# A single letter and the dot after it.
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
    """Return the parts of a text between commas, each with its words folded, without empty ones.

    >>> fold_parts("St. Kilda,, Melbourne VIC")
    ('st kilda', 'melbourne vic')
    """
    spaced = (" ".join(part.split()) for part in _fold_characters(text).split(","))
    return tuple([part for part in spaced if part])


def to_phrase(words: str) -> str:
    """Return words with a space at both ends, so that `in` finds only whole words.

    >>> to_phrase(fold_words("IT")) in to_phrase(fold_words("Hospitality & IT"))
    True
    """
    return f" {words} "


def _fold_characters(text: str) -> str:
    """Return a folded text of words, spaces, and the commas between parts."""
    if text.isascii():
        plain = text.replace("&", " and ") if "&" in text else text
        return _resolve_dots(plain.encode().translate(_ASCII, b"'").decode())
    # NFKC replaces wide ampersands. It runs again after each step that may leave an accent beside
    # its letter.
    folded = to_nfkc(to_nfkc(text).casefold()).replace("&", " and ")
    return to_nfkc(_resolve_dots("".join(map(_fold_character, folded))))


def to_nfkc(text: str) -> str:
    """Return a text in Unicode NFKC, in a time proportional to its length.

    NFKC compares each mark with all others of its run, so long runs are split first.
    """
    if len(text) > _LONGEST_UNSPLIT and any(map(unicodedata.combining, text)):
        text = _split_marks(text)
    return unicodedata.normalize("NFKC", text)


def _split_marks(text: str) -> str:
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
