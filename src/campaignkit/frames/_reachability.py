"""The argument `reachable`: flags of any form become columns of the frame."""

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
from campaignkit.frames._open_frame import Frame, describe_error, foreign_errors

_SERIES = {
    Implementation.POLARS: ["polars.Series"],
    Implementation.PANDAS: ["pandas.Series"],
    Implementation.PYARROW: ["pyarrow.ChunkedArray", "pyarrow.Array"],
}
"""The classes of each library for a column outside a frame."""

_EXPRESSIONS = {
    Implementation.POLARS: ["polars.Expr"],
    Implementation.PANDAS: ["pandas.api.typing.Expression"],  # since pandas 3
    Implementation.PYARROW: ["pyarrow.compute.Expression"],
    Implementation.DUCKDB: ["duckdb.Expression"],
    Implementation.IBIS: ["ibis.Expr", "ibis.common.deferred.Deferred"],
    Implementation.PYSPARK: ["pyspark.sql.Column"],
}
"""The classes of each library for an expression over the columns of a frame."""


def add_flags(
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
            leads = _add_flag(leads, names[position], flag)
        except _FlagError as error:
            faults.append(f"reachable[{channel}] {error}")
        except foreign_errors(leads.implementation) as error:
            raise_interruption(error)
            faults.append(f"reachable[{channel}] raises {describe_error(error)}")
    return leads, names


class _FlagError(Exception):
    """A flag that cannot be used; the message says why, without the channel's name."""


def _add_flag(leads: Frame, name: str, given: Any) -> Frame:  # noqa: ANN401  # anything
    engine, native = leads.implementation, leads.to_native()
    expressions, series = _EXPRESSIONS.get(engine, ()), _SERIES.get(engine, ())
    is_function = not _is_column(given, (*expressions, *series)) and callable(given)
    flag = _to_column(given(native) if is_function else given)
    if isinstance(flag, nw.Expr):
        flagged: Frame = leads.with_columns(flag.alias(name))
    elif _is_one_of(flag, (*expressions, *series)):
        if _is_one_of(flag, series):
            _check_series(leads, flag)
        flagged = nw.from_native(_ADD_COLUMN[engine](native, name, flag))
    else:
        expected = (
            f"must be the name of a column, a Series or an expression of {engine.value}, a narwhals"
            " expression, or a function of the frame that returns one of these"
        )
        msg = f"{expected}, not the {type(flag).__name__} {short_repr(flag)}"
        raise _FlagError(msg)
    if name not in flagged.collect_schema().names():
        msg = "must be one column, not an expression of none"
        raise _FlagError(msg)
    return flagged


def _is_column(flag: object, names: Iterable[str]) -> bool:
    """Return whether a value is a column or an expression; some of these can be called, too."""
    return isinstance(flag, nw.Expr | nw.Series) or _is_one_of(flag, names)


def _to_column(flag: Any) -> Any:  # noqa: ANN401
    if isinstance(flag, str):
        return nw.col(flag)
    return cast("Any", flag).to_native() if isinstance(flag, nw.Series) else flag


def _is_one_of(flag: object, names: Iterable[str]) -> bool:
    for name in names:
        module, _, kind = name.rpartition(".")
        found = getattr(importlib.import_module(module), kind, None)
        if found is not None and isinstance(flag, found):
            return True
    return False


def _check_series(leads: Frame, flag: Any) -> None:  # noqa: ANN401
    """Check that a Series belongs to the rows of a frame.

    Raises:
        _FlagError: the frame is lazy, or the Series has other rows.
    """
    native: Any = leads.to_native()
    if isinstance(leads, nw.LazyFrame):
        msg = "must be an expression, or the name of a column, as the frame is lazy"
        raise _FlagError(msg)
    if len(flag) != len(native):
        msg = f"must have a value for each of the {len(native):,} rows, not {len(flag):,}"
        raise _FlagError(msg)
    index = getattr(native, "index", None)
    if index is not None and not index.equals(flag.index):
        msg = "must have the index of the frame, in its order; reindex the Series"
        raise _FlagError(msg)


def _add_to_arrow(native: Any, name: str, flag: Any) -> Any:  # noqa: ANN401
    if _is_one_of(flag, _SERIES[Implementation.PYARROW]):
        return native.append_column(name, flag)
    dataset = importlib.import_module("pyarrow.dataset").dataset(native)
    return native.append_column(name, dataset.scanner(columns={name: flag}).to_table()[name])


def _add_to_duckdb(native: Any, name: str, flag: Any) -> Any:  # noqa: ANN401
    every = importlib.import_module("duckdb").StarExpression()
    return native.select(every, flag.alias(name))


_ADD_COLUMN: Mapping[Implementation, Callable[[Any, str, Any], Any]] = {
    Implementation.POLARS: lambda native, name, flag: native.with_columns(flag.alias(name)),
    Implementation.PANDAS: lambda native, name, flag: native.assign(**{name: flag}),
    Implementation.PYARROW: _add_to_arrow,
    Implementation.DUCKDB: _add_to_duckdb,
    Implementation.IBIS: lambda native, name, flag: native.mutate(**{name: flag}),
    Implementation.PYSPARK: lambda native, name, flag: native.withColumn(name, flag),
}
"""How each library adds a Series or an expression of its own to a frame."""
