"""The same rows as a frame of each engine, and its rows again."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast
from uuid import UUID

import narwhals as nw
import polars as pl

# These have no type hints.
pa: Any = importlib.import_module("pyarrow")
pd: Any = importlib.import_module("pandas")

Column: TypeAlias = Sequence[Any]
Columns: TypeAlias = Mapping[str, Column]


def to_polars(columns: Columns) -> pl.DataFrame:
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.Object)
            if any(isinstance(value, UUID) for value in values)
            else pl.Series(name, values, strict=False)
            for name, values in columns.items()
        ]
    )


def to_pandas(columns: Columns) -> object:
    return pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})


def to_pandas_objects(columns: Columns) -> object:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def to_pandas_arrow(columns: Columns) -> object:
    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    return pd.DataFrame(
        {name: pd.Series(array, dtype=pd.ArrowDtype(array.type)) for name, array in arrays.items()}
    )


def to_pyarrow(columns: Columns) -> object:
    return pa.table({name: pa.array(values) for name, values in columns.items()})


EAGER: Mapping[str, Callable[[Columns], object]] = {
    "polars": to_polars,
    "pandas": to_pandas,
    "pandas-objects": to_pandas_objects,
    "pandas-arrow": to_pandas_arrow,
    "pyarrow": to_pyarrow,
}


def to_columns(frame: object) -> dict[str, list[Any]]:
    """Return a frame of any engine as columns of plain values, None where there is nothing."""
    eager = nw.from_native(cast("Any", frame)).lazy().collect()
    return {
        name: [None if pd.isna(value) else value for value in eager[name].to_list()]
        for name in eager.columns
    }
