"""Normal text in SQL: the rules of `targeting._folding` for ASCII text.

Each expression is NULL where its column is. Databases know too little of Unicode, so text that is
not ASCII becomes `UNSURE`, which may be any text.

On PostgreSQL text is compared as bytes, whatever the column's collation: a Turkish one would have
its own small letter for I. SQLite has no regular expressions: text is folded there by replacements,
each of which takes a time proportional to its length.
"""

# ruff: noqa: S608  # the SQL is put together from compiled parts, and from words of ours

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from string import ascii_lowercase
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    Integer,
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
from sqlalchemy.types import TypeEngine

UNSURE = "*"
"""Replaces text that is not ASCII; normal text has no such character."""

_UNSURE: ColumnElement[str] = literal_column(f"'{UNSURE}'", Text())
_LISTS = ARRAY(Text()).with_variant(JSON(), "sqlite")


def rough_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return text that contains each word of the normal text.

    It costs less than normal text, and is enough to exclude most rows.
    """
    return _or_unsure(column, _ROUGH_TEXT)


def fold_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the normal text of a column."""
    return _or_unsure(column, _FOLD_TEXT)


def storable_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the normal text of a column by functions that a generated column may use.

    On SQLite text with other characters between words than spaces and ``,-/&'`` is `UNSURE` too.
    """
    return _or_unsure(column, _STORABLE_TEXT)


def is_beyond_ascii(text: ColumnElement[str]) -> ColumnElement[bool]:
    """Return whether text has other characters than those of ASCII."""
    return _IS_BEYOND_ASCII(text)


def phrase_text(normal: ColumnElement[str]) -> ColumnElement[str]:
    """Return the words of normal text with a space at either end, and no commas."""
    space, comma = literal_column("' '", Text()), literal_column("','", Text())
    inside = func.replace(normal, comma, literal_column("''", Text()), type_=Text())
    return space.concat(inside).concat(space)


def place_text(normal: ColumnElement[str], regions: Iterable[str]) -> ColumnElement[str]:
    """Return each place in normal text between commas of its own: ``,sydney,,nsw,``."""
    codes = set(regions)
    longest = bindparam(None, max(map(len, codes), default=0), type_=Integer(), unique=True)
    return _PLACE_TEXT(normal, _bind_texts(codes), longest)


def is_like_any(text: ColumnElement[str], patterns: Iterable[str]) -> ColumnElement[bool]:
    """Return whether text is like one of these patterns, which have no escapes."""
    return _IS_LIKE_ANY(text, _bind_texts(patterns))


def _bind_texts(texts: Iterable[str]) -> ColumnElement[Any]:
    return bindparam(None, sorted(set(texts)), type_=_LISTS, unique=True)


def _or_unsure(column: ColumnElement[Any], form: type[FunctionElement[Any]]) -> ColumnElement[str]:
    text = cast(column, Text())
    return case((is_beyond_ascii(text), _UNSURE), else_=form(text))


def define_function(
    result: TypeEngine[Any], on_postgresql: Callable[..., str], on_sqlite: Callable[..., str]
) -> type[FunctionElement[Any]]:
    """Return a function of SQL, given how its SQL is made of that of its arguments."""

    class _Function(FunctionElement[Any]):
        type = result
        inherit_cache = True

    for dialect, form in (("default", on_postgresql), ("sqlite", on_sqlite)):

        def compile_function(
            element: _Function,
            compiler: SQLCompiler,
            form: Callable[..., str] = form,
            **options: object,
        ) -> str:
            return form(*(compiler.process(one, **options) for one in element.clauses))

        compiles(_Function, dialect)(compile_function)
    return _Function


# -- PostgreSQL -----------------------------------------------------------------------------------


def _is_beyond_ascii_on_postgresql(text: str) -> str:
    return rf"""({text} COLLATE "C" ~ '[^\x01-\x7f]')"""


def _rough_on_postgresql(text: str) -> str:
    return f"""lower(replace(replace({text}, '.', ''), '''', '') COLLATE "C")"""


def _fold_on_postgresql(text: str) -> str:
    plain = f"""replace(replace(lower({text} COLLATE "C"), '''', ''), '&', ' and ')"""
    spaced = f"regexp_replace({plain}, '[^a-z0-9.,]+', ' ', 'g')"
    initials = rf"regexp_replace({spaced}, '\m([a-z])\.', '\1', 'g')"
    words = f"regexp_replace({initials}, '[ .]+', ' ', 'g')"
    return f"btrim(regexp_replace({words}, ' ?,[ ,]*', ', ', 'g'), ' ,')"


def _places_on_postgresql(normal: str, regions: str, _: str) -> str:
    apart = f"',' || replace({normal}, ', ', ',,') || ','"
    at_the_end = f"' (' || array_to_string({regions}, '|') || '),'"
    return rf"""regexp_replace(({apart}) COLLATE "C", {at_the_end}, ',,\1,', 'g')"""


def _like_any_on_postgresql(text: str, patterns: str) -> str:
    return f"""({text} COLLATE "C" LIKE ANY ({patterns}))"""


# -- SQLite ---------------------------------------------------------------------------------------


def _is_beyond_ascii_on_sqlite(text: str) -> str:
    return f"({text} GLOB '*[^' || char(1) || '-' || char(127) || ']*')"


def _rough_on_sqlite(text: str) -> str:
    return f"lower(replace(replace({text}, '.', ''), '''', ''))"


_STEP = 6  # replacements in one expression; SQLite's parser limits its depth


def _replace_all(text: str, replacements: Sequence[tuple[str, str]]) -> str:
    """Return a text after replacements of SQL expressions, a few in each step."""
    steps = [f"SELECT {text} AS it"]
    for start in range(0, len(replacements), _STEP):
        it = "it"
        for old, new in replacements[start : start + _STEP]:
            it = f"replace({it}, {old}, {new})"
        steps.append(f"SELECT {it} AS it FROM step{len(steps) - 1}")
    named = ", ".join(f"step{n} AS ({step})" for n, step in enumerate(steps))
    return f"(WITH {named} SELECT it FROM step{len(steps) - 1})"


# `^` marks the start of a word, so that a single letter and a dot after it are an initial. `(` and
# `)` mark the ends of characters that come in runs, which are reduced to one.
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


def _fold_on_sqlite(text: str) -> str:
    start = f"' ' || lower({text})"
    return f"trim({_replace_all(start, _REPLACEMENTS)}, ' ,')"


def _storable_on_sqlite(text: str) -> str:
    plain = f"replace(replace(lower({text}), '''', ''), '&', ' and ')"
    spaced = f"replace(replace({plain}, '-', ' '), '/', ' ')"
    # Runs are reduced to one character: `(` and `)` mark the ends of each.
    single = f"replace(replace(replace({spaced}, ' ', '()'), ')(', ''), '()', ' ')"
    commas = f"replace(replace({single}, ' ,', ','), ', ', ',')"
    apart = f"replace(replace(replace({commas}, ',', '()'), ')(', ''), '()', ', ')"
    return (
        f"CASE WHEN {text} GLOB '*[^-A-Za-z0-9 ,/&'']*' THEN '{UNSURE}' "
        f"ELSE trim({apart}, ' ,') END"
    )


def _places_on_sqlite(normal: str, regions: str, longest: str) -> str:
    # The last word of a part is found in as many characters as a region may have, and one more.
    return f"""(
        WITH
            one AS (SELECT {normal} AS it LIMIT 1),
            parts AS (
                SELECT key, value AS part, substr(value, -1 - {longest}) AS ending
                FROM one CROSS JOIN json_each('[' || replace(json_quote(it), ', ', '","') || ']')
            ),
            words AS (
                SELECT part,
                    substr(ending, length(rtrim(ending, replace(ending, ' ', ''))) + 1) AS word
                FROM parts ORDER BY key
            )
        SELECT group_concat(CASE
            WHEN length(word) < length(part) AND word IN (SELECT value FROM json_each({regions}))
            THEN ',' || substr(part, 1, length(part) - length(word) - 1) || ',,' || word || ','
            ELSE ',' || part || ','
        END, '') FROM words
    )"""


def _like_any_on_sqlite(text: str, patterns: str) -> str:
    # The LIMIT keeps SQLite from evaluating the text again for each pattern.
    return (
        f"EXISTS (SELECT 1 FROM (SELECT {text} AS it LIMIT 1) AS one "
        f"CROSS JOIN json_each({patterns}) AS pattern WHERE one.it LIKE pattern.value)"
    )


_IS_BEYOND_ASCII = define_function(
    Boolean(), _is_beyond_ascii_on_postgresql, _is_beyond_ascii_on_sqlite
)
_ROUGH_TEXT = define_function(Text(), _rough_on_postgresql, _rough_on_sqlite)
_FOLD_TEXT = define_function(Text(), _fold_on_postgresql, _fold_on_sqlite)
_STORABLE_TEXT = define_function(Text(), _fold_on_postgresql, _storable_on_sqlite)
_PLACE_TEXT = define_function(Text(), _places_on_postgresql, _places_on_sqlite)
_IS_LIKE_ANY = define_function(Boolean(), _like_any_on_postgresql, _like_any_on_sqlite)
