"""Flags of any form, such as `reachable` has, become columns of the frame."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

import narwhals as nw
from narwhals import Implementation

from campaignkit.core._checks import short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.frames._arrow import pa
from campaignkit.frames._columns import OWN, find_name_errors
from campaignkit.frames._open_frame import (
    Frame,
    describe_error,
    ignores_case,
    list_engine_errors,
    open_frame,
)

_EXPRESSIONS = {
    Implementation.POLARS: ["polars.Expr"],
    Implementation.PANDAS: ["pandas.api.typing.Expression"],  # since pandas 3
    Implementation.PYARROW: ["pyarrow.compute.Expression"],
    Implementation.DUCKDB: ["duckdb.Expression"],
    Implementation.IBIS: ["ibis.Expr", "ibis.common.deferred.Deferred"],
    Implementation.PYSPARK: ["pyspark.sql.Column"],
}
"""The classes of each library for an expression over the columns of a frame."""


def open_flagged(
    given: object,
    by_argument: Mapping[str, str],
    flags: Mapping[str, Any],
    faults: list[str],
    *,
    added: Collection[str],
    expected: str,
) -> tuple[Frame, Frame, Mapping[str, str]]:
    """Open a frame of leads of any library, and look at the names of its columns and at flags.

    What is wrong with them is added to `faults`; with any faults no flag is looked at.

    Args:
        given: The frame.
        by_argument: The names of columns by the argument that names them.
        flags: The flags by the argument that gives them.
        faults: The faults so far.
        added: The names of the columns that are to be added.
        expected: What to say where it is no frame.

    Returns:
        The frame; the frame with a column more for each flag that was not the name of one; and the
        names of the columns of flags by argument.

    Raises:
        PlanError: it is no frame, or its columns cannot be listed.
    """
    leads = open_frame(given, expected, "the frame")
    named = {argument: flag for argument, flag in flags.items() if isinstance(flag, str)}
    faults += find_name_errors(
        {**by_argument, **named},
        leads.collect_schema().names(),
        added=added,
        ignores_case=ignores_case(leads.implementation),
    )
    return leads, *_add_flags(leads, {} if faults else flags, faults)


def _add_flags(
    leads: Frame, flags: Mapping[str, Any], faults: list[str]
) -> tuple[Frame, Mapping[str, str]]:
    """Return the frame with a column for each flag, and the columns' names by argument.

    All faults are added to `faults`; a flag that has one gets no column.
    """
    names: dict[str, str] = {}
    for argument, flag in flags.items():
        if isinstance(flag, str):
            names[argument] = flag
            continue
        names[argument] = f"{OWN}flag_{len(names)}"
        try:
            leads = _add_flag(leads, names[argument], flag)
        except _FlagError as error:
            faults.append(f"{argument} {error}")
        except list_engine_errors(leads.implementation) as error:
            raise_interruption(error)
            faults.append(f"{argument} raises {describe_error(error)}")
    return leads, names


class _FlagError(Exception):
    """A flag that cannot be used; the message says why, without the channel's name."""


def _add_flag(leads: Frame, name: str, given: Any) -> Frame:  # noqa: ANN401  # anything
    engine, native = leads.implementation, leads.to_native()
    is_column = isinstance(given, nw.Expr) or _is_expression(given, engine)  # some can be called
    flag: Any = given(native) if callable(given) and not is_column else given
    if isinstance(flag, str):
        flag = nw.col(flag)
    if _is_expression(flag, engine):
        flagged: Frame = nw.from_native(_ADD_EXPRESSION[engine](native, name, flag))
    else:
        if not isinstance(flag, nw.Expr):
            flag = _read_series(leads, flag)
        flagged = leads.with_columns(flag.alias(name))
    if name not in flagged.collect_schema().names():
        msg = "must be one column, not an expression of none"
        raise _FlagError(msg)
    return flagged


def _is_expression(flag: object, engine: Implementation) -> bool:
    """Return whether a value is an expression of an engine's own."""
    for name in _EXPRESSIONS.get(engine, ()):
        module, _, kind = name.rpartition(".")
        found = getattr(importlib.import_module(module), kind, None)
        if found is not None and isinstance(flag, found):
            return True
    return False


def _read_series(leads: Frame, flag: Any) -> Any:  # noqa: ANN401  # anything; a narwhals Series
    """Return a Series of the frame's library that belongs to the rows of the frame.

    Raises:
        _FlagError: it is none, the frame is lazy, or the Series has other rows.
    """
    native: Any = leads.to_native()
    if isinstance(flag, pa.Array):
        flag = pa.chunked_array([flag])
    series: Any = nw.from_native(flag, series_only=True, pass_through=True)
    engine = leads.implementation
    if not issubclass(type(series), nw.Series) or series.implementation is not engine:
        expected = (
            f"must be the name of a column, a Series or an expression of {engine.value}, a narwhals"
            " expression, or a function of the frame that returns one of these"
        )
        msg = f"{expected}, not the {type(flag).__name__} {short_repr(flag)}"
        raise _FlagError(msg)
    if isinstance(leads, nw.LazyFrame):
        msg = "must be an expression, or the name of a column, as the frame is lazy"
        raise _FlagError(msg)
    if len(series) != len(leads):
        msg = f"must have a value for each of the {len(leads):,} rows, not {len(series):,}"
        raise _FlagError(msg)
    index = getattr(native, "index", None)
    if index is not None and not index.equals(series.to_native().index):
        msg = "must have the index of the frame, in its order; reindex the Series"
        raise _FlagError(msg)
    return series


def _add_to_arrow(native: Any, name: str, flag: Any) -> Any:  # noqa: ANN401
    dataset = importlib.import_module("pyarrow.dataset").dataset(native)
    return native.append_column(name, dataset.scanner(columns={name: flag}).to_table()[name])


def _add_to_duckdb(native: Any, name: str, flag: Any) -> Any:  # noqa: ANN401
    every = importlib.import_module("duckdb").StarExpression()
    return native.select(every, flag.alias(name))


_ADD_EXPRESSION: Mapping[Implementation, Callable[[Any, str, Any], Any]] = {
    Implementation.POLARS: lambda native, name, flag: native.with_columns(flag.alias(name)),
    Implementation.PANDAS: lambda native, name, flag: native.assign(**{name: flag}),
    Implementation.PYARROW: _add_to_arrow,
    Implementation.DUCKDB: _add_to_duckdb,
    Implementation.IBIS: lambda native, name, flag: native.mutate(**{name: flag}),
    Implementation.PYSPARK: lambda native, name, flag: native.withColumn(name, flag),
}
"""How each library adds an expression of its own to a frame."""
