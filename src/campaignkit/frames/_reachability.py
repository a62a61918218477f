"""The argument `reachable`: in whatever form a flag is given, it becomes a column of the frame."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import narwhals as nw
from narwhals import Implementation

from campaignkit.core._channels import POSITIONS
from campaignkit.core._checks import short_repr
from campaignkit.core._interruptions import raise_interruption
from campaignkit.frames._columns import OWN, Reachable
from campaignkit.frames._open_frame import Frame, first_line, foreign_errors

_SERIES = {
    Implementation.POLARS: ["polars.Series"],
    Implementation.PANDAS: ["pandas.Series"],
    Implementation.PYARROW: ["pyarrow.ChunkedArray", "pyarrow.Array"],
}
"""The classes of each engine for a column by itself, which is taken as a flag."""

_EXPRESSIONS = {
    Implementation.POLARS: ["polars.Expr"],
    Implementation.PANDAS: ["pandas.api.typing.Expression"],  # since pandas 3
    Implementation.PYARROW: ["pyarrow.compute.Expression"],
    Implementation.DUCKDB: ["duckdb.Expression"],
    Implementation.IBIS: ["ibis.Expr", "ibis.common.deferred.Deferred"],
    Implementation.PYSPARK: ["pyspark.sql.Column"],
}
"""The classes of each engine for an expression over the columns of a frame."""


def with_flags(
    leads: Frame, reachable: Reachable, faults: list[str]
) -> tuple[Frame, Mapping[int, str]]:
    """Return the frame with a column for each flag, and the columns' names by channel position.

    All faults are added to `faults`; a flag that has one gets no column.
    """
    names: dict[int, str] = {}
    for channel, flag in reachable.items():
        position = POSITIONS[channel]
        if isinstance(flag, str):
            names[position] = flag
            continue
        names[position] = f"{OWN}flag_{position}"
        try:
            leads = _with_flag(leads, names[position], flag)
        except _WrongFlagError as error:
            faults.append(f"reachable[{channel}] {error}")
        except foreign_errors(leads.implementation) as error:
            raise_interruption(error)
            said = f"{type(error).__name__}: {first_line(error)}"
            faults.append(f"reachable[{channel}] raises {said}")
    return leads, names


_NO_SERIES = "must be an expression, or the name of a column, as the frame is lazy"


class _WrongFlagError(Exception):
    """A flag that cannot be used; the message says why, without the channel's name."""


def _with_flag(leads: Frame, name: str, given: Any) -> Frame:  # noqa: ANN401  # anything
    engine, native = leads.implementation, leads.to_native()
    is_function = not _is_column(given, engine) and callable(given)
    flag = _unwrapped(given(native) if is_function else given)
    if isinstance(flag, nw.Expr):
        flagged: Frame = leads.with_columns(flag.alias(name))
    elif _is_one_of(flag, _EXPRESSIONS.get(engine, ())):
        flagged = nw.from_native(_WITH_EXPRESSION[engine](native, name, flag))
    elif _is_one_of(flag, _SERIES.get(engine, ())):
        if isinstance(leads, nw.LazyFrame):
            raise _WrongFlagError(_NO_SERIES)
        if fault := _rows_fault(native, flag):
            raise _WrongFlagError(fault)
        flagged = nw.from_native(_WITH_SERIES[engine](native, name, flag))
    else:
        expected = (
            f"must be the name of a column, a Series or an expression of {engine.value}, a narwhals"
            " expression, or a function of the frame that returns one of these"
        )
        fault = f"{expected}, not the {type(flag).__name__} {short_repr(flag)}"
        raise _WrongFlagError(fault)
    if name not in flagged.collect_schema().names():
        fault = "must be one column, not an expression of none"
        raise _WrongFlagError(fault)
    return flagged


def _unwrapped(flag: Any) -> Any:  # noqa: ANN401
    if isinstance(flag, str):
        return nw.col(flag)
    return cast("Any", flag).to_native() if isinstance(flag, nw.Series) else flag


def _is_column(flag: object, engine: Implementation) -> bool:
    """Tell whether a value is a column or an expression; some of these may be called, too."""
    of_engine = (*_EXPRESSIONS.get(engine, ()), *_SERIES.get(engine, ()))
    return isinstance(flag, nw.Expr | nw.Series) or _is_one_of(flag, of_engine)


def _is_one_of(flag: object, names: Iterable[str]) -> bool:
    for name in names:
        module, _, kind = name.rpartition(".")
        found = getattr(importlib.import_module(module), kind, None)
        if found is not None and isinstance(flag, found):
            return True
    return False


def _rows_fault(native: Any, flag: Any) -> str | None:  # noqa: ANN401
    """Say why a Series does not belong to the rows of a frame in memory, or return None."""
    if len(flag) != len(native):
        return f"must have a value for each of the {len(native):,} rows, not {len(flag):,}"
    index = getattr(native, "index", None)
    if index is not None and not index.equals(flag.index):
        return "must have the index of the frame, in its order; reindex the Series"
    return None


def _with_arrow_expression(native: Any, name: str, flag: Any) -> Any:  # noqa: ANN401
    dataset = importlib.import_module("pyarrow.dataset").dataset(native)
    return native.append_column(name, dataset.scanner(columns={name: flag}).to_table()[name])


def _with_duckdb_expression(native: Any, name: str, flag: Any) -> Any:  # noqa: ANN401
    every = importlib.import_module("duckdb").StarExpression()
    return native.select(every, flag.alias(name))


_WITH_EXPRESSION: Mapping[Implementation, Callable[[Any, str, Any], Any]] = {
    Implementation.POLARS: lambda native, name, flag: native.with_columns(flag.alias(name)),
    Implementation.PANDAS: lambda native, name, flag: native.assign(**{name: flag}),
    Implementation.PYARROW: _with_arrow_expression,
    Implementation.DUCKDB: _with_duckdb_expression,
    Implementation.IBIS: lambda native, name, flag: native.mutate(**{name: flag}),
    Implementation.PYSPARK: lambda native, name, flag: native.withColumn(name, flag),
}

_WITH_SERIES: Mapping[Implementation, Callable[[Any, str, Any], Any]] = {
    Implementation.POLARS: lambda native, name, flag: native.with_columns(flag.alias(name)),
    Implementation.PANDAS: lambda native, name, flag: native.assign(**{name: flag}),
    Implementation.PYARROW: lambda native, name, flag: native.append_column(name, flag),
}
