"""Text as it is compared, in SQL: the rules of `targeting._folding` for ASCII text.

Each expression is NULL where its column is. A database knows too little of Unicode, so text that
is not ASCII becomes `UNSURE`, which stands for whatever it may be.

On PostgreSQL all is compared as bytes, whatever the column's collation: a Turkish one would have
its own small letter for I. On SQLite, where there are no regular expressions, text is read one
character at a time, which takes the square of its length; so a long one is folded by replacements
instead, each of which takes a time proportional to it.
"""

# ruff: noqa: S608  # the SQL is put together from compiled parts, and from words of ours

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

UNSURE = "*"
"""Stands, in place of normal text, which has no such character, for text that is not ASCII."""

_UNSURE: ColumnElement[str] = literal_column(f"'{UNSURE}'", Text())
_LISTS = ARRAY(Text()).with_variant(JSON(), "sqlite")


def rough_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return text in which each word of the normal text stands in one piece.

    It costs less than normal text, and is enough to leave out most rows.
    """
    return _or_unsure(column, _RoughText)


def fold_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the normal text of a column."""
    return _or_unsure(column, _FoldText)


def storable_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the normal text of a column as a generated column may hold it, of plain functions.

    On SQLite text with rarer characters than spaces and ``,-/&'`` between words is `UNSURE` too.
    """
    return _or_unsure(column, _StorableText)


def is_beyond_ascii(text: ColumnElement[str]) -> ColumnElement[bool]:
    """Return whether text has other characters than those of ASCII."""
    return _IsBeyondAscii(text)


def phrase_text(normal: ColumnElement[str]) -> ColumnElement[str]:
    """Return the words of normal text with a space at either end, and no commas."""
    space, comma = literal_column("' '", Text()), literal_column("','", Text())
    inside = func.replace(normal, comma, literal_column("''", Text()), type_=Text())
    return space.concat(inside).concat(space)


def place_text(normal: ColumnElement[str], regions: Iterable[str]) -> ColumnElement[str]:
    """Return each place in normal text between commas of its own: ``,sydney,,nsw,``."""
    return _PlaceText(normal, _bind_texts(regions))


def is_like_any(text: ColumnElement[str], patterns: Iterable[str]) -> ColumnElement[bool]:
    """Return whether text is like one of these patterns, which have no escapes."""
    return _IsLikeAny(text, _bind_texts(patterns))


def _bind_texts(texts: Iterable[str]) -> ColumnElement[Any]:
    return bindparam(None, sorted(set(texts)), type_=_LISTS, unique=True)


def _or_unsure(column: ColumnElement[Any], form: type[_TextFunction]) -> ColumnElement[str]:
    text = cast(column, Text())
    return case((is_beyond_ascii(text), _UNSURE), else_=form(text))


class _TextFunction(FunctionElement[str]):
    type = Text()
    inherit_cache = True


class _BoolFunction(FunctionElement[bool]):
    inherit_cache = True


class _IsBeyondAscii(_BoolFunction):
    inherit_cache = True


class _RoughText(_TextFunction):
    inherit_cache = True


class _FoldText(_TextFunction):
    inherit_cache = True


class _StorableText(_TextFunction):
    inherit_cache = True


class _PlaceText(_TextFunction):
    inherit_cache = True


class _IsLikeAny(_BoolFunction):
    inherit_cache = True


def _compile_parts(
    element: FunctionElement[Any], compiler: SQLCompiler, kw: dict[str, object]
) -> list[str]:
    return [compiler.process(part, **kw) for part in element.clauses]


# -- PostgreSQL -----------------------------------------------------------------------------------


@compiles(_IsBeyondAscii)
def _is_beyond_ascii_on_postgresql(
    element: _IsBeyondAscii, compiler: SQLCompiler, **kw: object
) -> str:
    (text,) = _compile_parts(element, compiler, kw)
    return rf"""({text} COLLATE "C" ~ '[^\x01-\x7f]')"""


@compiles(_RoughText)
def _rough_on_postgresql(element: _RoughText, compiler: SQLCompiler, **kw: object) -> str:
    (text,) = _compile_parts(element, compiler, kw)
    return f"""lower(replace(replace({text}, '.', ''), '''', '') COLLATE "C")"""


@compiles(_FoldText)
@compiles(_StorableText)
def _fold_on_postgresql(element: _TextFunction, compiler: SQLCompiler, **kw: object) -> str:
    (text,) = _compile_parts(element, compiler, kw)
    plain = f"""replace(replace(lower({text} COLLATE "C"), '''', ''), '&', ' and ')"""
    spaced = f"regexp_replace({plain}, '[^a-z0-9.,]+', ' ', 'g')"
    initials = rf"regexp_replace({spaced}, '\m([a-z])\.', '\1', 'g')"
    words = f"regexp_replace({initials}, '[ .]+', ' ', 'g')"
    return f"btrim(regexp_replace({words}, ' ?,[ ,]*', ', ', 'g'), ' ,')"


@compiles(_PlaceText)
def _places_on_postgresql(element: _PlaceText, compiler: SQLCompiler, **kw: object) -> str:
    normal, regions = _compile_parts(element, compiler, kw)
    apart = f"',' || replace({normal}, ', ', ',,') || ','"
    at_the_end = f"' (' || array_to_string({regions}, '|') || '),'"
    return rf"""regexp_replace(({apart}) COLLATE "C", {at_the_end}, ',,\1,', 'g')"""


@compiles(_IsLikeAny)
def _like_any_on_postgresql(element: _IsLikeAny, compiler: SQLCompiler, **kw: object) -> str:
    text, patterns = _compile_parts(element, compiler, kw)
    return f"""({text} COLLATE "C" LIKE ANY ({patterns}))"""


# -- SQLite ---------------------------------------------------------------------------------------


@compiles(_IsBeyondAscii, "sqlite")
def _is_beyond_ascii_on_sqlite(element: _IsBeyondAscii, compiler: SQLCompiler, **kw: object) -> str:
    (text,) = _compile_parts(element, compiler, kw)
    return f"({text} GLOB '*[^' || char(1) || '-' || char(127) || ']*')"


@compiles(_RoughText, "sqlite")
def _rough_on_sqlite(element: _RoughText, compiler: SQLCompiler, **kw: object) -> str:
    (text,) = _compile_parts(element, compiler, kw)
    return f"lower(replace(replace({text}, '.', ''), '''', ''))"


_LONGEST_WALKED = 500
"""How long a text is that is read piece by piece, which takes the square of its length."""

_STEP = 8  # so many replacements in one expression; SQLite's parser allows no deep ones


def _replace_all(text: str, replacements: Sequence[tuple[str, str]]) -> str:
    """Return the text after replacements, each of which is made of SQL, a few at a step."""
    steps = [f"SELECT {text} AS it"]
    for start in range(0, len(replacements), _STEP):
        it = "it"
        for old, new in replacements[start : start + _STEP]:
            it = f"replace({it}, {old}, {new})"
        steps.append(f"SELECT {it} AS it FROM step{len(steps) - 1}")
    named = ", ".join(f"step{n} AS ({step})" for n, step in enumerate(steps))
    return f"(WITH {named} SELECT it FROM step{len(steps) - 1})"


# A `^` marks where a letter would stand alone, so that it is an initial if a dot follows it; `(`
# and `)` mark the ends of runs, of which all but the first go.
_REPLACEMENTS = [
    *(("''''", "''"), ("'&'", "' and '")),
    *(
        (f"char({code})", "' '")
        for code in range(1, 128)
        if not (chr(code).isalnum() or chr(code) in " ,.&'")
    ),
    *((f"'{mark}'", f"'{mark}^'") for mark in " ,."),
    *((f"'^{letter}.'", f"'{letter}'") for letter in ascii_lowercase),
    *(("'^'", "''"), ("'.'", "' '")),
    *(("' '", "'()'"), ("')('", "''"), ("'()'", "' '")),
    *(("' ,'", "','"), ("', '", "','")),
    *(("','", "'()'"), ("')('", "''"), ("'()'", "', '")),
]


@compiles(_FoldText, "sqlite")
def _fold_on_sqlite(element: _FoldText, compiler: SQLCompiler, **kw: object) -> str:
    (text,) = _compile_parts(element, compiler, kw)
    # `run` is how many characters of a word stand directly before, 2 where a digit is among them.
    walked = f"""(
        WITH RECURSIVE walk(rest, run, made) AS (
            SELECT replace(replace(lower({text}), '''', ''), '&', ' and '), 0, ''
            UNION ALL
            SELECT
                substr(rest, 2),
                CASE
                    WHEN rest GLOB '[a-z]*' THEN min(run + 1, 2)
                    WHEN rest GLOB '[0-9]*' THEN 2
                    ELSE 0
                END,
                CASE
                    WHEN rest GLOB '[a-z0-9]*' THEN made || substr(rest, 1, 1)
                    WHEN rest GLOB '.*' AND run = 1 THEN made
                    WHEN rest GLOB ',*' AND made <> '' THEN rtrim(made, ' ,') || ', '
                    WHEN made = '' OR made GLOB '* ' THEN made
                    ELSE made || ' '
                END
            FROM walk WHERE rest <> ''
        )
        SELECT rtrim(made, ' ,') FROM walk WHERE rest = ''
    )"""
    start = f"' ' || lower({text})"
    replaced = f"trim({_replace_all(start, _REPLACEMENTS)}, ' ,')"
    return f"CASE WHEN length({text}) <= {_LONGEST_WALKED} THEN {walked} ELSE {replaced} END"


@compiles(_StorableText, "sqlite")
def _storable_on_sqlite(element: _StorableText, compiler: SQLCompiler, **kw: object) -> str:
    (text,) = _compile_parts(element, compiler, kw)
    plain = f"replace(replace(lower({text}), '''', ''), '&', ' and ')"
    spaced = f"replace(replace({plain}, '-', ' '), '/', ' ')"
    # Where several stand together, all but the first go: `(` and `)` mark their ends meanwhile.
    single = f"replace(replace(replace({spaced}, ' ', '()'), ')(', ''), '()', ' ')"
    commas = f"replace(replace({single}, ' ,', ','), ', ', ',')"
    apart = f"replace(replace(replace({commas}, ',', '()'), ')(', ''), '()', ', ')"
    return (
        f"CASE WHEN {text} GLOB '*[^-A-Za-z0-9 ,/&'']*' THEN '{UNSURE}' "
        f"ELSE trim({apart}, ' ,') END"
    )


@compiles(_PlaceText, "sqlite")
def _places_on_sqlite(element: _PlaceText, compiler: SQLCompiler, **kw: object) -> str:
    normal, regions = _compile_parts(element, compiler, kw)
    part = "substr(rest, 1, instr(rest, ', ') - 1)"
    head = f"rtrim({part}, replace({part}, ' ', ''))"  # all but the last word
    last = f"substr({part}, length({head}) + 1)"
    by_parts = f"""(
        WITH RECURSIVE walk(rest, made) AS (
            SELECT it || ', ', ''
            UNION ALL
            SELECT
                substr(rest, instr(rest, ', ') + 2),
                made || ',' || CASE
                    WHEN {head} <> '' AND {last} IN (SELECT value FROM json_each({regions}))
                    THEN rtrim({head}) || ',,' || {last}
                    ELSE {part}
                END || ','
            FROM walk WHERE rest <> ''
        )
        SELECT made FROM walk WHERE rest = ''
    )"""
    # A long text is read once for each region: a time proportional to its length. A `;` marks the
    # end of a part, so that but one region is taken off it.
    by_regions = f"""(
        WITH RECURSIVE walk(step, made) AS (
            SELECT 0, ',' || replace(it, ', ', ';,') || ';'
            UNION ALL
            SELECT step + 1, replace(made, ' ' || region.value || ';', ',,' || region.value || ';')
            FROM walk JOIN json_each({regions}) AS region ON region.key = step
        )
        SELECT replace(made, ';', ',') FROM walk ORDER BY step DESC LIMIT 1
    )"""
    return (
        f"(SELECT CASE WHEN length(it) <= {_LONGEST_WALKED} THEN {by_parts} ELSE {by_regions} END"
        f" FROM (SELECT {normal} AS it LIMIT 1))"
    )


@compiles(_IsLikeAny, "sqlite")
def _like_any_on_sqlite(element: _IsLikeAny, compiler: SQLCompiler, **kw: object) -> str:
    text, patterns = _compile_parts(element, compiler, kw)
    # The LIMIT keeps the text from being made anew for each pattern.
    return (
        f"EXISTS (SELECT 1 FROM (SELECT {text} AS it LIMIT 1) AS one "
        f"CROSS JOIN json_each({patterns}) AS pattern WHERE one.it LIKE pattern.value)"
    )
