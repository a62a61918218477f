"""What narwhals does not do alike in each query engine: DuckDB, Spark, and Ibis over DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import narwhals as nw

from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.errors import PlanError
from campaignkit.frames._arrow import make_small_table
from campaignkit.frames._open_frame import Lazy

SmallColumns: TypeAlias = Mapping[str, tuple[str, Sequence[Any]]]
"""For each column the name of its type in Arrow, and its values."""


def check_engine(leads: Lazy) -> None:
    """Check that an engine is one of those on which the tests run.

    Raises:
        PlanError: it is another one, whose answers may differ.
    """
    engine = leads.implementation
    name = engine.value
    if engine.is_ibis():
        native: Any = leads.to_native()
        name = native.get_backend().name
        if name == "duckdb":
            return
        name = f"Ibis over {name}"
    elif engine.is_duckdb() or engine.is_pyspark():
        return
    supported = "Polars, DuckDB, PySpark and Ibis over DuckDB"
    msg = f"frames of {name} cannot be planned where they are, only those of {supported}"
    raise PlanError([msg, "collect it into a frame in memory, or hand over the table beneath"])


def native_type(leads: Lazy, column: str) -> str:
    """Return what the engine calls the type of a column, in lower case."""
    native: Any = leads.to_native()
    if leads.implementation.is_duckdb():
        kind = native.types[native.columns.index(column)]
    elif leads.implementation.is_ibis():
        kind = native.schema()[column]
    else:
        kind = native.schema[column].dataType.simpleString()
    return str(kind).lower()


def compare_by_code_points(leads: Lazy, columns: Sequence[str]) -> Lazy:
    """Return the leads with columns whose text is compared by code points.

    In DuckDB a column may have a collation, and the database a default one. Through Ibis, which
    has no word for collations, only those of columns can be ignored.

    Raises:
        PlanError: a database under Ibis has a default collation.
    """
    schema = leads.collect_schema()
    text = [name for name in columns if schema[name] == nw.String]
    native: Any = leads.to_native()
    if leads.implementation.is_duckdb() and text:
        plain = ", ".join(f'{name} COLLATE "binary" AS {name}' for name in text)
        native = native.project(f"* REPLACE ({plain})")
    elif leads.implementation.is_ibis() and text:
        setting = "SELECT current_setting('default_collation')"
        ((collation,),) = native.get_backend().raw_sql(setting).fetchall()
        if collation.lower() not in {"", "binary"}:
            msg = f"ids of text cannot be ordered under the default collation {collation}"
            raise PlanError([msg, "unset it, or hand over the DuckDB relation beneath"])
        ibis = leads.implementation.to_native_namespace()
        encode = _declare_builtin(ibis, "encode", "string", "binary")
        decode = _declare_builtin(ibis, "decode", "binary", "string")
        native = native.mutate(**{name: decode(encode(native[name])) for name in text})
    lazy: Lazy = nw.from_native(native)
    return lazy


def _declare_builtin(ibis: Any, name: str, takes: str, gives: str) -> Any:  # noqa: ANN401
    """Return a function of the database's own, of one value."""

    def function(value: object) -> None:
        """Name the value; the database does the rest."""

    return ibis.udf.scalar.builtin(function, name=name, signature=((takes,), gives))


def trim_column(leads: Lazy, column: str) -> Lazy:
    """Return the leads with a column of text trimmed as `trim_id` does."""
    text = nw.col(column).str
    if leads.implementation.is_ibis():  # it strips no characters that are named
        around = rf"\A[{WHITE_SPACE}]+|[{WHITE_SPACE}]+\z"
        return leads.with_columns(text.replace_all(around, "").alias(column))
    return leads.with_columns(text.strip_chars(WHITE_SPACE).alias(column))


def join_table(leads: Lazy, columns: SmallColumns, on: Sequence[str]) -> Lazy:
    """Return the leads with the columns of a small table that has the same values `on` some."""
    return join_arrow(leads, make_small_table(columns), on)


def join_arrow(leads: Lazy, small: Any, on: Sequence[str]) -> Lazy:  # noqa: ANN401
    """Return the leads with the columns of an Arrow table that has the same values `on` some."""
    native: Any = leads.to_native()
    engine = leads.implementation
    if engine.is_duckdb():
        # On the connection of the leads, whichever it is; DuckDB finds `small` by its name here.
        table = native.query("_leads", "SELECT * FROM small")
    elif engine.is_ibis():
        table = engine.to_native_namespace().memtable(small)
    else:
        table = native.sparkSession.createDataFrame(small)
    return leads.join(nw.from_native(table), on=list(on), how="left")


def number_rows(leads: Lazy, name: str, parts: Sequence[str], order: Sequence[str]) -> Lazy:
    """Return the leads with their numbers, from 1, in the order of some columns, in each part."""
    over = f"PARTITION BY {', '.join(parts)} ORDER BY {', '.join(order)}"
    number = f"row_number() OVER ({over})"  # a count of rows so far is slower
    native: Any = leads.to_native()
    lazy: Lazy
    if leads.implementation.is_duckdb():
        lazy = nw.from_native(native.project(f"*, {number} AS {name}"))
    elif leads.implementation.is_pyspark():
        lazy = nw.from_native(native.selectExpr("*", f"{number} AS {name}"))
    else:
        lazy = leads.with_columns(
            nw.col(order[-1]).cum_count().over(*parts, order_by=list(order)).alias(name)
        )
    return lazy
