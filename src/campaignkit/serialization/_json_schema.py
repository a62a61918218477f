"""Pieces of JSON Schema (2020-12), and how a schema with its definitions is put together.

In the schema of a form a class stands for the reference to its own schema. `resolve_references`
replaces it, so that the host of a schema decides where definitions are kept.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, TypeAlias, cast

from campaignkit.core._checks import (
    count_error,
    integer_error,
    optional_text_error,
    text_error,
)
from campaignkit.domain._gate import LOWEST_SCORE, TOP_SCORE
from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.domain._leads import to_text_ids

Schema: TypeAlias = dict[str, Any]
"""A schema, in which a class stands for the reference to its schema."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
SCORE: Schema = {"type": "number", "minimum": LOWEST_SCORE, "maximum": TOP_SCORE}
SECONDS: Schema = {"type": "number", "minimum": 0}


def _list_ranges(characters: str) -> str:
    """Return what a character class has between its brackets: short, as models read it."""
    ranges: list[tuple[int, int]] = []
    for code in sorted(map(ord, characters)):
        low = ranges.pop()[0] if ranges and ranges[-1][1] == code - 1 else code
        ranges.append((low, code))
    return "".join(
        f"\\u{low:04x}" if low == high else f"\\u{low:04x}-\\u{high:04x}" for low, high in ranges
    )


# White space is listed, because `\s` is another set of characters in each language. Lone surrogates
# are not excluded: without its flag `u`, JavaScript takes any emoji for two of them.
_NUL = _list_ranges("\0")
_KEEPABLE = f"^[^{_NUL}]*$"
_NOT_BLANK = f"^[^{_NUL}]*[^{_NUL}{_list_ranges(WHITE_SPACE)}][^{_NUL}]*$"


def text_of(pattern: re.Pattern[str], length: int | None, format_name: str) -> Schema:
    """Return the schema of text in which the whole matches a pattern."""
    # In Python `$` also matches before a last line break, which a greatest length excludes.
    longest = {} if length is None else {"maxLength": length}
    return {**TEXT, "format": format_name, "pattern": f"^{pattern.pattern}$", **longest}


def _integer_range(*, low: int, high: int) -> Schema:
    return {"minimum": low, "maximum": high}


def _text_rules(*, longest: int | None = None) -> Schema:
    return {"pattern": _NOT_BLANK, **({} if longest is None else {"maxLength": longest})}


_TEXT_OR_UUID = ["string", "object"]

_RULES: Mapping[object, Callable[..., Schema]] = {
    integer_error: _integer_range,
    count_error: lambda: {"minimum": 0},
    text_error: _text_rules,
    optional_text_error: lambda: {"pattern": _KEEPABLE},
    to_text_ids: lambda: {"allOf": [{"items": {"properties": {"id": {"type": _TEXT_OR_UUID}}}}]},
}
"""What a schema says of each check that annotates a type, by the arguments of the check."""


def constrain(schema: Schema, rule: object) -> Schema:
    """Add what annotates a type: a check, or the only keys that a mapping has."""
    if isinstance(rule, tuple):
        keys = [str(key) for key in cast("tuple[str, ...]", rule)]
        properties = {key: schema["properties"][key] for key in keys}
        return {**schema, "properties": properties, "required": keys}
    check, bounds = (rule.func, rule.keywords) if isinstance(rule, partial) else (rule, {})
    return {**schema, **_RULES[check](**bounds)}


def enumeration_of(members: Iterable[StrEnum]) -> Schema:
    """Return the schema of the values of an enumeration's members."""
    return {**TEXT, "enum": [member.value for member in members]}


def object_of(properties: Mapping[str, Schema], required: Collection[str] = ()) -> Schema:
    """Return the schema of an object that has these properties only."""
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def nullable(schema: Schema) -> Schema:
    """Return the schema of something or null."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def mapping_of(key: Schema, names: Iterable[str] | None, value: Schema) -> Schema:
    """Return the schema of a mapping, whose keys may be of an enumeration with these names."""
    if names is not None:
        return object_of(dict.fromkeys(names, value))
    names_of_properties = {} if key == TEXT else {"propertyNames": key}
    return {"type": "object", **names_of_properties, "additionalProperties": value}


def union_by_tag(property_name: str, kinds: Mapping[str, type]) -> Schema:
    """Return the schema of one of these classes, which a property tells apart."""
    return {
        "oneOf": [{"$ref": kind} for kind in kinds.values()],
        "discriminator": {"propertyName": property_name, "mapping": dict(kinds)},
    }


def describe(kind: type, schema: Schema) -> Schema:
    """Add the name of a class, and the first paragraph of its docstring."""
    first, _, _ = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    return {"title": kind.__name__, "description": " ".join(first.split()), **schema}


def resolve_references(schema: Any, refer: Callable[[type], str]) -> Any:  # noqa: ANN401  # any node
    """Return a schema with the reference to each class instead of the class."""
    if isinstance(schema, type):
        return refer(schema)
    if isinstance(schema, dict):
        members = cast("Mapping[str, Any]", schema)
        return {name: resolve_references(node, refer) for name, node in members.items()}
    if isinstance(schema, list):
        items = cast("Sequence[Any]", schema)
        return [resolve_references(node, refer) for node in items]
    return schema


def list_references(schema: Any) -> list[type]:  # noqa: ANN401  # any node
    """Return the classes that a schema refers to, each once."""
    found: dict[type, None] = {}

    def note(kind: type) -> str:
        found[kind] = None
        return ""

    resolve_references(schema, note)
    return list(found)


def assemble(schema: Schema, definition_of: Callable[[type], Schema]) -> Schema:
    """Return a schema that stands alone, with a definition of each class in it."""
    definitions: dict[str, Schema] = {}

    def refer(kind: type) -> str:
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}  # its place, if it comes up again meanwhile
            definitions[kind.__name__] = resolve_references(definition_of(kind), refer)
        return f"#/$defs/{kind.__name__}"

    resolved = resolve_references(schema, refer)
    return {
        "$schema": DIALECT,
        **resolved,
        **({"$defs": dict(sorted(definitions.items()))} if definitions else {}),
    }
