"""Frames of other libraries as narwhals frames, and the errors of these libraries."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import narwhals as nw
from narwhals.exceptions import DuplicateError

from campaignkit.core._checks import short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import PlanError

Lazy: TypeAlias = nw.LazyFrame[Any]
Frame: TypeAlias = nw.DataFrame[Any] | Lazy


def open_frame(given: object, expected: str, subject: str) -> Frame:
    """Return a frame of another library as one of narwhals.

    Raises:
        PlanError: it is not a frame, its columns have duplicate names or names that are not text,
            or its library cannot list its columns.
    """
    try:
        frame: Frame = nw.from_native(cast("Any", given))
    except DuplicateError as error:
        table: Any = given
        names = getattr(table, "column_names", None) or list(table.columns)
        raise PlanError([_duplicate_names_error(subject, names)]) from error
    except TypeError as error:
        raise_interruption(error)
        raise PlanError([f"{expected}, not {short_repr(given)}"]) from error
    native: Any = frame.to_native()
    engine = frame.implementation
    try:
        if engine.is_duckdb() or engine.is_pyspark():  # narwhals keeps one of each name
            names = native.columns
            frame.collect_schema()
        else:
            names = frame.collect_schema().names()
    except list_engine_errors(engine) as error:
        raise_interruption(error)
        raise PlanError([f"{subject} cannot be read: {short_repr(str(error))}"]) from error
    folded = [name.lower() for name in names] if ignores_case(engine) else names
    if len(set(folded)) < len(names):
        raise PlanError([_duplicate_names_error(subject, names)])
    return frame


def ignores_case(engine: nw.Implementation) -> bool:
    """Return whether names that differ only in case are the same to an engine."""
    return engine.is_duckdb() or engine.is_ibis() or engine.is_pyspark()


def _duplicate_names_error(subject: str, names: Sequence[object]) -> str:
    times = Counter(str(name).lower() for name in names)
    again = ", ".join(
        short_repr(name) for name in dict.fromkeys(names) if times[str(name).lower()] > 1
    )
    return f"{subject} must have each column once, but these come more often: {again}"


def collect(query: Lazy) -> nw.DataFrame[Any]:
    """Compute a query.

    Raises:
        PlanError: the engine cannot compute it.
    """
    return query_frame(query, lambda frame: frame)


def query_frame(frame: Lazy, make_query: Callable[[Lazy], Lazy]) -> nw.DataFrame[Any]:
    """Make a query of a frame, and compute it; some engines look at their data for the first.

    Raises:
        PlanError: the engine cannot make or compute it.
    """
    try:
        return make_query(frame).collect()
    except list_engine_errors(frame.implementation) as error:
        raise_interruption(error)
        raise PlanError([f"the frame cannot be computed: {describe_error(error)}"]) from error


def describe_error(error: Exception) -> str:
    """Return the class of an engine's error and the first line of its message."""
    first_line, _, _ = str(error).strip().partition("\n")
    return f"{type(error).__name__}: {first_line}"


def list_engine_errors(engine: nw.Implementation) -> tuple[type[Exception], ...]:
    """Return the classes of errors that an engine raises for a wrong expression or query."""
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
