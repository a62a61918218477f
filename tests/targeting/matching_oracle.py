"""The rules of matching once more, word by word and number by number, with none of our code."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import combinations

LETTERS = {"L", "M", "N"}
DEFAULT_REGIONS = {
    *("act", "nsw", "nt", "qld", "sa", "tas", "vic", "wa"),
    *("ab", "bc", "mb", "nb", "nl", "ns", "nu", "on", "pe", "qc", "sk", "yt"),
    *("al", "ak", "az", "ar", "ca", "co", "ct", "de", "dc", "fl", "ga", "hi", "id", "il", "in"),
    *("ia", "ks", "ky", "la", "me", "md", "ma", "mi", "mn", "ms", "mo", "mt", "ne", "nv", "nh"),
    *("nj", "nm", "ny", "nc", "nd", "oh", "ok", "or", "pa", "ri", "sc", "sd", "tn", "tx", "ut"),
    *("vt", "va", "wv", "wi", "wy"),
}


def part_words(text: str) -> list[list[str]]:
    """Split a text into parts, and each into words, one character at a time."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    parts: list[list[str]] = [[]]
    word = ""
    alone = 0  # how many characters of a word stand directly before

    def end() -> None:
        nonlocal word
        if word:
            parts[-1].append(unicodedata.normalize("NFKC", word))
        word = ""

    dropped = [c for c in folded if c in "'’\u2018\u02bc\u02bb" or unicodedata.category(c) == "Cf"]
    seen = [c for c in folded if c not in dropped or c == "\u200b"]
    for c in seen:
        if unicodedata.category(c)[0] in LETTERS:
            word += c
            alone += 1 if not c.isdecimal() else 2
            continue
        if c == "." and alone == 1:
            alone = 0
            continue
        alone = 0
        end()
        if c == "&":
            parts[-1].append("and")
        elif c in ",、،":
            parts.append([])
    end()
    return [part for part in parts if part]


def all_words(text: str) -> list[str]:
    return [word for part in part_words(text) for word in part]


def has_phrase(text: str, target: str) -> bool:
    there, wanted = all_words(text), all_words(target)
    starts = range(len(there) - len(wanted) + 1)
    return bool(wanted) and any(there[i : i + len(wanted)] == wanted for i in starts)


def _places(text: str, regions: set[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for part in part_words(text):
        if len(part) > 1 and part[-1] in regions:
            found += [part[:-1], part[-1:]]
        else:
            found.append(part)
    return found


def has_places(text: str, target: str, regions: set[str] = DEFAULT_REGIONS) -> bool:
    there, wanted = _places(text, regions), _places(target, regions)
    return bool(wanted) and list(wanted) in map(list, combinations(there, len(wanted)))


def text_verdict(text: str | None, targets: Sequence[str], *, places: bool = False) -> str:
    if not targets:
        return "yes"
    if text is None or not all_words(text):
        return "unknown"
    fits = has_places if places else has_phrase
    return "yes" if any(fits(text, target) for target in targets) else "no"


MANY = 6_000  # as good as no end, for the sizes that the tests use


def size_verdict(low: int | None, high: int | None, targets: Sequence[tuple[int, int]]) -> str:
    """Say whether a band fits, by looking at each number in it."""
    if not targets:
        return "yes"
    if low is None:
        return "unknown"
    wanted = {n for first, last in targets for n in range(first, last + 1)}
    inside = [n in wanted for n in range(low, (MANY if high is None else high) + 1)]
    return "yes" if all(inside) else "unknown" if any(inside) else "no"


def overall(verdicts: Sequence[str]) -> str:
    return next((v for v in ("no", "unknown") if v in verdicts), "yes")
