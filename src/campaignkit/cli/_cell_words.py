"""What people and programs write into cells for yes, for no and for nothing.

Python and dataframes take fewer words: there a column of flags is a column of a program. Files come
from people, in their languages; `campaignkit.domain._yes_no` has what holds for all.
"""

# ruff: noqa: RUF001  # words of other languages than English
from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import normalize

from campaignkit.domain._yes_no import NO, YES

# Yes and no, also as spreadsheets show them, in the languages of Europe; and check marks.
_WORDS: Sequence[tuple[Sequence[str], Sequence[str]]] = (
    (("x", "✓", "✔", "✅", "☑", "☒", "1.0"), ("✗", "✘", "❌", "☐", "0.0")),
    (("on", "checked", "selected"), ("off", "unchecked", "not checked")),
    (("ja", "j", "wahr"), ("nein", "falsch")),  # German
    (("oui", "vrai"), ("non", "faux")),  # French
    (("sí", "si", "verdadero"), ("no", "falso")),  # Spanish
    (("sì", "vero"), ("no", "falso")),  # Italian
    (("sim", "verdadeiro"), ("não", "nao", "falso")),  # Portuguese
    (("ja", "waar"), ("nee", "onwaar")),  # Dutch
    (("ja", "sand", "sant", "sann"), ("nej", "nei", "falsk", "falskt", "usann")),  # Scandinavian
    (("kyllä", "kylla", "tosi"), ("ei", "epätosi")),  # Finnish
    (("jah", "tõene"), ("ei", "väär")),  # Estonian
    (("jā", "taip"), ("nē", "ne")),  # Latvian, Lithuanian
    (("tak", "prawda"), ("nie", "fałsz")),  # Polish
    (("ano", "áno", "pravda"), ("ne", "nie", "nepravda")),  # Czech, Slovak
    (("igen", "igaz"), ("nem", "hamis")),  # Hungarian
    (("da",), ("nu", "ne")),  # Romanian, Slovenian, Croatian
    (("да", "так", "истина"), ("нет", "не", "ні", "ложь")),  # Russian, Bulgarian, Ukrainian
    (("ναι", "αληθές"), ("όχι", "οχι", "ψευδές")),  # Greek
    (("evet", "iva", "bai"), ("hayır", "hayir", "ez")),  # Turkish, Maltese, Basque
)


def fold_word(text: str) -> str:
    """Return a word as it is compared, without what cannot be seen.

    Case, the form and the width of its characters, and the number and kind of its spaces do not
    count.

    >>> fold_word(" Do\u00a0not\u200b  Contact ")
    'do not contact'
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    return " ".join(normalize("NFKC", text.translate(_UNSEEN).casefold()).split())


_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Characters of no width, which are copied with text from web pages and word processors."""


YES_WORDS = YES | {fold_word(word) for yes, _ in _WORDS for word in yes}
NO_WORDS = NO | {fold_word(word) for _, no in _WORDS for word in no}

PLACEHOLDERS = frozenset(
    {
        *("", "-", "--", "---", "–", "—", "n/a", "n.a.", "n.a", "na", "#n/a", "#na", "<na>"),
        *("null", "(null)", "<null>", "[null]", "#null!", "\\n", "nil", "none", "(none)", "nan"),
        *("nat", "undefined", "blank", "(blank)", "empty", "(empty)", "not set", "(not set)"),
        *("not available", "not provided", "[not provided]"),
    }
)
"""What stands in a cell that has no value."""

_LONGEST = max(map(len, PLACEHOLDERS))


def is_nothing(text: str) -> bool:
    """Tell whether a cell has no value: it is blank or has a placeholder.

    >>> [text for text in ("", " N/A ", "#N/A", "0", "no", "(blank)") if is_nothing(text)]
    ['', ' N/A ', '#N/A', '(blank)']
    """
    text = text.strip()
    if not text.isascii():
        text = text.translate(_UNSEEN).strip()
    return len(text) <= _LONGEST and text.casefold() in PLACEHOLDERS


class YesNoReader:
    """Reads words for yes and no; words of its own come first."""

    def __init__(self, yes: Iterable[str] = (), no: Iterable[str] = ()) -> None:
        self._answers = {
            **dict.fromkeys(PLACEHOLDERS | NO_WORDS, False),
            **dict.fromkeys(YES_WORDS, True),
            **dict.fromkeys(map(fold_word, no), False),
            **dict.fromkeys(map(fold_word, yes), True),
        }

    def is_yes(self, text: str) -> bool:
        """Return whether a cell says yes; without a value it says no.

        Raises:
            ValueError: it says neither.
        """
        answer = self._answers.get(text)  # as most cells are written
        if answer is None:
            answer = self._answers.get(fold_word(text))
        if answer is None:
            raise ValueError(text)
        return answer
