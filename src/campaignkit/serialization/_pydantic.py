"""What pydantic asks of a class: how a value is validated, serialized and described.

All three are the plain form's: `from_dict`, `to_dict` and `json_schema`. Only the classes that a
schema refers to are left to pydantic, so that each has one place among the definitions of the host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError
from pydantic_core.core_schema import (
    literal_schema,
    no_info_wrap_validator_function,
    plain_serializer_function_ser_schema,
    typed_dict_field,
    typed_dict_schema,
)

from campaignkit.core._interruptions import raise_interruption
from campaignkit.serialization import to_dict
from campaignkit.serialization._converters import COMMANDS, MISREAD, careful_form, quick_form
from campaignkit.serialization._json_schema import Schema, list_references, resolve_references
from campaignkit.serialization._read_errors import Fault, Path, ReadError


def make_core_schema(kind: type, handler: Any) -> CoreSchema:  # noqa: ANN401  # pydantic's
    """Return how pydantic handles a class.

    The schema within it validates nothing. There pydantic finds the classes that the JSON Schema
    refers to, and the tag of a command, by which it tells the members of a union apart.
    """
    parts = {part.__name__: handler.generate_schema(part) for part in _list_parts(kind)}
    if kind in COMMANDS:
        parts["action"] = literal_schema([COMMANDS[kind]])
    return no_info_wrap_validator_function(
        _make_validator(kind),
        typed_dict_schema({name: typed_dict_field(part) for name, part in parts.items()}),
        serialization=plain_serializer_function_ser_schema(to_dict),
        ref=f"{kind.__module__}.{kind.__qualname__}:{id(kind)}",
    )


def make_json_schema(kind: type, core: Any, handler: Callable[[Any], Schema]) -> Schema:  # noqa: ANN401  # pydantic's
    """Return the JSON Schema of a class, with references to the definitions of pydantic."""
    parts = handler(core["schema"])["properties"]
    places = {part: parts[part.__name__]["$ref"] for part in _list_parts(kind)}
    schema: Schema = resolve_references(quick_form(kind).definition, places.__getitem__)
    return schema


def _list_parts(kind: type) -> list[type]:
    return list_references(quick_form(kind).definition)


def _make_validator(kind: type) -> Callable[[object, object], object]:
    def validate(data: object, _: object) -> object:
        return data if isinstance(data, kind) else _read_data(kind, data)

    validate.__name__ = kind.__name__  # by which pydantic names it in errors
    return validate


def _read_data(kind: type, data: object) -> object:
    try:
        return quick_form(kind).read(data)
    except MISREAD as error:  # for which the careful reader has words
        raise_interruption(error)
    try:
        return careful_form(kind).read(data)
    except ReadError as wrong:
        faults = wrong.faults
    except RecursionError:
        faults = [((), "is nested too deeply")]
    raise _as_validation_error(kind, data, faults)


def _as_validation_error(kind: type, data: object, faults: list[Fault]) -> ValidationError:
    return ValidationError.from_exception_data(
        kind.__name__,
        [
            InitErrorDetails(
                type=PydanticCustomError("campaignkit", cast("Any", fault)),
                loc=tuple(step if isinstance(step, int) else str(step) for step in path),
                input=_find_piece(data, path),
            )
            for path, fault in faults
        ],
    )


def _find_piece(data: Any, path: Path) -> object:  # noqa: ANN401  # any data
    """Return the piece at a path, or the one around it if it is missing."""
    for step in path:
        try:
            data = data[step]
        except (LookupError, TypeError) as error:
            raise_interruption(error)
            break
    return data
