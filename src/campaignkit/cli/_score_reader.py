"""Scores as people write them: numbers of any scale, grades, per cent and parts of a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping

from campaignkit.cli._cell_words import fold_word, is_nothing
from campaignkit.domain._gate import check_score
from campaignkit.domain._scale import FULL_SCALE, Scale, read_scale

_DECIMAL_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4,})", re.ASCII)  # three digits may be thousands
_THOUSANDS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}", re.ASCII)
_FEWEST_THOUSANDS = 1_000
_MOST_GRADES = 5


class ScoreReader:
    """Reads the scores of a column.

    Args:
        scale: What its numbers span; None is 0 to 100.
        grades: The score of each word, from 0 to 100.
        has_comma: Whether a comma is the decimal point.
    """

    def __init__(
        self, scale: Scale | None, grades: Mapping[str, float], *, has_comma: bool
    ) -> None:
        self._scale = scale
        self._grades = {fold_grade(grade): score for grade, score in grades.items()}
        # "1.000" in a file with decimal commas may be one or a thousand, if there are so many.
        top = max(abs(scale.low), abs(scale.high)) if scale else 0
        self._has_thousands = has_comma and top >= _FEWEST_THOUSANDS
        self._has_comma = has_comma
        names = [*grades][:_MOST_GRADES]
        if len(grades) > _MOST_GRADES:
            names.append("…")
        also = f", a grade ({', '.join(names)})" if names else ""
        self.expected = f"a number {scale or FULL_SCALE}{also}, or blank"
        """What is accepted, in an error message."""

    def read(self, text: str) -> float | None:
        """Return the score of a cell from 0 to 100, or None without a value.

        Per cent and parts of a whole, such as 85/100, are of the whole of any scale.

        Raises:
            ValueError: it is no score.
        """
        text = text.strip()
        if self._grades and (score := self._grades.get(fold_grade(text))) is not None:
            return score
        if is_nothing(text):
            return None
        if text.endswith("%"):
            return check_score(self._read_number(text[:-1].rstrip()))
        if "/" in text:
            part, _, whole = text.partition("/")
            if (scale := read_scale((0, self._read_number(whole.strip())), [])) is None:
                raise ValueError(text)
            return check_score(scale.map_number(self._read_number(part.strip())))
        if self._has_thousands and _THOUSANDS.fullmatch(text):
            raise ValueError(text)
        number = self._read_number(text)
        if self._scale is None:
            return check_score(number)
        return check_score(self._scale.map_number(number))

    def _read_number(self, text: str) -> float:
        if "," in text and (self._has_comma or _DECIMAL_COMMA.fullmatch(text)) and "." not in text:
            text = text.replace(",", ".", 1)
        # float() also takes "1_0" and the digits of any script.
        if not text.isascii() or "_" in text:
            raise ValueError(text)
        return float(text)


def fold_grade(text: str) -> str:
    """Return a grade as it is compared; a whole number is the same as 1, 01, 1.0 and 1,00."""
    if found := _WHOLE.fullmatch(text.strip()):
        return str(int(found[1]))
    return fold_word(text)


_WHOLE = re.compile(r"[+]?(\d{1,9})(?:[.,]0{1,2})?", re.ASCII)
