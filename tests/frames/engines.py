"""The same rows as a frame of each engine, and frames as plain columns."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast
from uuid import UUID

import duckdb
import narwhals as nw
import polars as pl

# These have no type hints.
pa: Any = importlib.import_module("pyarrow")
ibis: Any = importlib.import_module("ibis")
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
    """Return a table; a column without values gets the usual type of its name."""
    arrays = {name: pa.array(values) for name, values in columns.items()}
    for name, array in arrays.items():
        if pa.types.is_null(array.type):
            kind = {"als_score": pa.float64(), "campaign": pa.string(), "lead_id": pa.string()}
            arrays[name] = array.cast(kind.get(name, pa.bool_()))
    return pa.table(arrays)


EAGER: Mapping[str, Callable[[Columns], object]] = {
    "polars": to_polars,
    "pandas": to_pandas,
    "pandas-objects": to_pandas_objects,
    "pandas-arrow": to_pandas_arrow,
    "pyarrow": to_pyarrow,
}


def to_polars_lazy(columns: Columns) -> object:
    """Return a lazy frame; UUIDs become text, because Polars has none."""
    typed: Any = to_pyarrow({**columns, "lead_id": as_text(columns["lead_id"])})
    return pl.DataFrame(typed).lazy()


def as_text(ids: Column) -> list[Any]:
    return [str(one) if isinstance(one, UUID) else one for one in ids]


def to_duckdb(columns: Columns) -> object:
    """Return a relation of a connection of its own, whose rows come in no order."""
    connection = duckdb.connect()
    arrow = to_pyarrow(columns)
    return connection.from_arrow(arrow)


def to_ibis(columns: Columns) -> object:
    ids = columns["lead_id"]
    leads = ibis.memtable(to_pyarrow({**columns, "lead_id": as_text(ids)}))
    return leads.cast({"lead_id": "uuid"}) if any(isinstance(one, UUID) for one in ids) else leads


ENGINES: Mapping[str, Callable[[Columns], object]] = {
    **EAGER,
    "polars-lazy": to_polars_lazy,
    "duckdb": to_duckdb,
    "ibis": to_ibis,
}
UNORDERED = {"duckdb", "ibis"}


def to_columns(frame: object) -> dict[str, list[Any]]:
    """Return a frame of any engine as columns of plain values, with None for null.

    UUIDs become text, as some engines return them.
    """
    eager = nw.from_native(cast("Any", frame)).lazy().collect()
    return {
        name: as_text([None if pd.isna(value) else value for value in eager[name].to_list()])
        for name in eager.columns
    }
