"""A value that pydantic, and so FastAPI, takes in its plain form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define


def _refuse(kind: type, *_: object) -> Any:  # noqa: ANN401  # never returns
    msg = f"no schema is registered for {kind.__name__}"
    raise TypeError(msg)


@define
class SchemaHooks:
    """The functions that make a class's schemas; the package `serialization` has them."""

    core_schema: Callable[..., Any] = _refuse
    json_schema: Callable[..., Any] = _refuse


SCHEMA_HOOKS = SchemaHooks()


class PydanticMixin:
    """A class that pydantic validates, serializes and describes by its plain form."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:  # noqa: ANN401  # pydantic's
        return SCHEMA_HOOKS.core_schema(cls, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: object, handler: object) -> Any:  # noqa: ANN401  # pydantic's
        return SCHEMA_HOOKS.json_schema(cls, core_schema, handler)
