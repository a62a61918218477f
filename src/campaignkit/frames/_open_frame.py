"""Frames of other libraries as narwhals frames, and what is wrong with those that cannot be."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import narwhals as nw
from narwhals.exceptions import DuplicateError

from campaignkit.core._checks import short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import PlanError

Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]


def open_frame(given: object, expected: str, what: str) -> Frame:
    """Return a frame of another library as one of narwhals.

    Raises:
        PlanError: it is no frame, it has columns of one name, or of names that are no text, or its
            own library cannot tell what columns it has.
    """
    try:
        frame: Frame = nw.from_native(cast("Any", given))
    except DuplicateError as error:
        table: Any = given
        names = getattr(table, "column_names", None) or list(table.columns)
        raise PlanError([_repeated(what, names)]) from error
    except TypeError as error:
        raise_interruption(error)
        raise PlanError([f"{expected}, not {short_repr(given)}"]) from error
    native: Any = frame.to_native()
    engine = frame.implementation
    try:
        if engine.is_duckdb() or engine.is_pyspark():  # narwhals keeps but one of each name
            names = native.columns
            frame.collect_schema()
        else:
            names = frame.collect_schema().names()
    except foreign_errors(engine) as error:
        raise_interruption(error)
        raise PlanError([f"{what} cannot be read: {short_repr(str(error))}"]) from error
    ignores_case = engine.is_duckdb() or engine.is_pyspark() or engine.is_ibis()
    if len({_key(name, ignores_case=ignores_case) for name in names}) < len(names):
        raise PlanError([_repeated(what, names)])
    return frame


def first_line(error: Exception) -> str:
    """Return what an engine says, in one line."""
    return str(error).strip().partition("\n")[0]


def _key(name: object, *, ignores_case: bool) -> object:
    return name.lower() if ignores_case and isinstance(name, str) else name


def _repeated(what: str, names: Sequence[object]) -> str:
    times = Counter(str(name).lower() for name in names)
    again = ", ".join(
        short_repr(name) for name in dict.fromkeys(names) if times[str(name).lower()] > 1
    )
    return f"{what} must have each column once, but these come more often: {again}"


def foreign_errors(engine: nw.Implementation) -> tuple[type[Exception], ...]:
    """Return the classes of what an engine raises of an expression or a query that is wrong."""
    own = [
        getattr(importlib.import_module(module), name)
        for module, name in _OWN_ERRORS.get(engine, ())
    ]
    # Not all exceptions: the handler of a signal may raise one meanwhile.
    of_python = ArithmeticError, AttributeError, LookupError, TypeError, ValueError
    return (*own, *of_python, NotImplementedError)


_OWN_ERRORS = {
    nw.Implementation.POLARS: [("polars.exceptions", "PolarsError")],
    nw.Implementation.DUCKDB: [("duckdb", "Error")],
    nw.Implementation.IBIS: [("ibis.common.exceptions", "IbisError"), ("duckdb", "Error")],
    nw.Implementation.PYSPARK: [("pyspark.errors", "PySparkException")],
}
"""Those of narwhals are value errors, as are those of Arrow."""
