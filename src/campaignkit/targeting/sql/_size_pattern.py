"""Company sizes that a column holds as text, in SQL: the forms that `CompanySize.parse` reads.

A size is a range of numbers of employees from `low` to `high`, compared with the bands of the
targeting. `OPEN`, more than any size has, stands for no upper end. Text that is not ASCII always
fits; text that cannot be read is unknown, as NULL is.
"""

# ruff: noqa: S608  # the SQL is put together from compiled parts, and from words of ours

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, Boolean, ColumnElement, Text, bindparam, cast

from campaignkit.targeting._company_size import MOST_EMPLOYEES, CompanySize
from campaignkit.targeting.sql._normalise import define_function, is_beyond_ascii

OPEN = MOST_EMPLOYEES + 1

_NUMBERS = ARRAY(BigInteger()).with_variant(JSON(), "sqlite")


def contains_size(bands: Sequence[CompanySize], column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether one of these bands contains the size in a column of text."""
    text = cast(column, Text())
    return is_beyond_ascii(text) | _CONTAINS_SIZE(text, *_bind_ends(bands))


def overlaps_size(bands: Sequence[CompanySize], column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether one of these bands overlaps the size in a column of text, or it is unknown."""
    text = cast(column, Text())
    return text.is_(None) | is_beyond_ascii(text) | _OVERLAPS_SIZE(text, *_bind_ends(bands))


def _bind_ends(bands: Sequence[CompanySize]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    lows = [band.low for band in bands]
    highs = [OPEN if band.high is None else band.high for band in bands]
    return _bind_numbers(lows), _bind_numbers(highs)


def _bind_numbers(numbers: list[int]) -> ColumnElement[Any]:
    return bindparam(None, numbers, type_=_NUMBERS, unique=True)


_CONTAINS_CONDITION = "size.low >= band.low AND size.high <= band.high"
_OVERLAPS_CONDITION = "size.low IS NULL OR size.low <= band.high AND size.high >= band.low"


def _compile_condition(condition: str, read: str, bands: str) -> str:
    """Return whether a condition is true of a readable size and one of the bands."""
    sure = f"low <= {MOST_EMPLOYEES} AND low <= high"
    kept = f"CASE WHEN {sure} THEN low END AS low, CASE WHEN {sure} THEN high END AS high"
    size = f"(SELECT {kept} FROM {read} AS given) AS size"
    return f"EXISTS (SELECT 1 FROM {size} CROSS JOIN {bands} WHERE {condition})"


# -- PostgreSQL -----------------------------------------------------------------------------------

_NUMBER_PATTERN = "([0-9]{1,3}(?:[,.'' ][0-9]{3}){1,3}|[0-9]{1,12})"

_FORM_PATTERNS = (
    ("self[-~ ]?employed", "1|0|1|0"),
    (rf"{_NUMBER_PATTERN} ?(?:[-~]| to ) ?{_NUMBER_PATTERN}", r"\1|0|\2|0"),
    (rf"{_NUMBER_PATTERN} ?\+", rf"\1|0|{OPEN}|0"),
    (rf">= ?{_NUMBER_PATTERN}", rf"\1|0|{OPEN}|0"),
    (rf"> ?{_NUMBER_PATTERN}", rf"\1|1|{OPEN}|0"),
    (rf"<= ?{_NUMBER_PATTERN}", r"0|0|\1|0"),
    (rf"< ?{_NUMBER_PATTERN}", r"0|0|\1|1"),
    (_NUMBER_PATTERN, r"\1|0|\1|0"),
)
"""Each form, and its low end, what to add to it, its high end, and what to take from that."""


def _condition_on_postgresql(text: str, lows: str, highs: str, *, condition: str) -> str:
    made = rf"""regexp_replace(lower({text} COLLATE "C"), '[\t-\r\x1c-\x20]+', ' ', 'g')"""
    made = f"regexp_replace(btrim({made}, ' '), ' (employees?|people|staff)$', '')"
    for form, ends in _FORM_PATTERNS:
        made = f"regexp_replace({made}, '^{form}$', '{ends}')"
    made = f"regexp_replace({made}, '[,.'' ]', '', 'g')"
    # OFFSET 0 keeps PostgreSQL from merging the subquery with its surroundings: it is read once.
    ends = f"(SELECT string_to_array(it, '|') AS n FROM (SELECT {made} AS it OFFSET 0) AS form"
    ends = rf"{ends} WHERE it ~ '^[0-9]+\|[01]\|[0-9]+\|[01]$' OFFSET 0) AS ends"
    read = "SELECT n[1]::bigint + n[2]::bigint AS low, n[3]::bigint - n[4]::bigint AS high"
    one = f"(SELECT 1) AS always LEFT JOIN {ends} ON true"
    bands = f"unnest({lows}, {highs}) AS band(low, high)"
    return _compile_condition(condition, f"({read} FROM {one})", bands)


# -- SQLite ---------------------------------------------------------------------------------------

_SPACES = (*range(9, 14), *range(28, 32))  # of ASCII, beside the space itself
_NOUNS = ("employees", "employee", "people", "staff")
_SELF = "('selfemployed', 'self-employed', 'self~employed', 'self employed')"
_GROUPS = [
    first + "[,.'' ][0-9][0-9][0-9]" * n
    for first in ("[0-9]", "[0-9][0-9]", "[0-9][0-9][0-9]")
    for n in (1, 2, 3)
]


def _is_number_text(text: str) -> str:
    grouped = " OR ".join(f"{text} GLOB '{groups}'" for groups in _GROUPS)
    plain = f"length({text}) BETWEEN 1 AND 12 AND {text} NOT GLOB '*[^0-9]*'"
    return f"({plain} OR {grouped})"


def _to_integer(text: str) -> str:
    for mark in (",", ".", "''", " "):
        text = f"replace({text}, '{mark}', '')"
    return f"CAST({text} AS INTEGER)"


def _either_side(mark: str) -> tuple[str, str]:
    before = f"rtrim(substr(it, 1, instr(it, '{mark}') - 1))"
    behind = f"ltrim(substr(it, instr(it, '{mark}') + {len(mark)}))"
    return before, behind


def _condition_on_sqlite(text: str, lows: str, highs: str, *, condition: str) -> str:
    spaced = f"lower({text})"
    for code in _SPACES:
        spaced = f"replace({spaced}, char({code}), ' ')"
    # Runs of spaces are reduced to one space: two other characters mark the ends of runs.
    start, end = "char(1)", "char(2)"
    marked = f"replace(replace({spaced}, ' ', {start} || {end}), {end} || {start}, '')"
    # Each LIMIT keeps SQLite from evaluating a subquery again wherever it is used.
    it = f"(SELECT trim(replace({marked}, {start} || {end}, ' ')) AS it LIMIT 1)"
    cut = " ".join(
        f"WHEN it LIKE '% {word}' THEN substr(it, 1, length(it) - {len(word) + 1})"
        for word in _NOUNS
    )
    it = f"(SELECT CASE {cut} ELSE it END AS it FROM {it} LIMIT 1)"
    many = "NULL"  # no upper end
    forms: list[tuple[str, str, int, str, int]] = [
        (f"it IN {_SELF}", "'1'", 0, "'1'", 0),
        ("it GLOB '>=*'", "ltrim(substr(it, 3))", 0, many, 0),
        ("it GLOB '>*'", "ltrim(substr(it, 2))", 1, many, 0),
        ("it GLOB '<=*'", "'0'", 0, "ltrim(substr(it, 3))", 0),
        ("it GLOB '<*'", "'0'", 0, "ltrim(substr(it, 2))", 1),
        ("it GLOB '*+'", "rtrim(substr(it, 1, length(it) - 1))", 0, many, 0),
        *(
            (f"instr(it, '{mark}')", _either_side(mark)[0], 0, _either_side(mark)[1], 0)
            for mark in ("-", "~", " to ")
        ),
        ("true", "it", 0, "it", 0),
    ]

    def of_form(place: int) -> str:
        return " ".join(f"WHEN {form[0]} THEN {form[place]}" for form in forms)

    columns = ("few", "more", "many", "less")
    ends = ", ".join(f"CASE {of_form(i)} END AS {name}" for i, name in enumerate(columns, 1))
    sides = f"(SELECT {ends} FROM {it} LIMIT 1)"
    is_one = f"{_is_number_text('few')} AND (many IS NULL OR {_is_number_text('many')})"
    low, high = f"{_to_integer('few')} + more", f"ifnull({_to_integer('many')} - less, {OPEN})"
    read = (
        f"SELECT CASE WHEN {is_one} THEN {low} END AS low, "
        f"CASE WHEN {is_one} THEN {high} END AS high FROM {sides} LIMIT 1"
    )
    bands = (
        f"(SELECT few.value AS low, many.value AS high FROM json_each({lows}) AS few "
        f"JOIN json_each({highs}) AS many ON few.key = many.key) AS band"
    )
    return _compile_condition(condition, f"({read})", bands)


_CONTAINS_SIZE, _OVERLAPS_SIZE = (
    define_function(
        Boolean(),
        partial(_condition_on_postgresql, condition=condition),
        partial(_condition_on_sqlite, condition=condition),
    )
    for condition in (_CONTAINS_CONDITION, _OVERLAPS_CONDITION)
)
