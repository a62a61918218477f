"""What narwhals does not do alike on every lazy engine."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw

from campaignkit.domain._lead_ids import WHITE_SPACE
from campaignkit.errors import PlanError
from campaignkit.frames._arrow import small_table, stream

Lazy = nw.LazyFrame[Any]

_SUPPORTED = "Polars, DuckDB, PySpark and Ibis over DuckDB"


def check_engine(leads: Lazy) -> None:
    """Refuse an engine of which it is not known that its answers are those of the others.

    Raises:
        PlanError: it is none of those that the tests run on.
    """
    engine = leads.implementation
    name = engine.value
    if engine.is_ibis():
        native: Any = leads.to_native()
        name = native.get_backend().name
        if name == "duckdb":
            return
        name = f"Ibis over {name}"
    elif engine.is_polars() or engine.is_duckdb() or engine.is_pyspark():
        return
    msg = f"frames of {name} cannot be planned where they are, only those of {_SUPPORTED}"
    raise PlanError([msg, "collect it into a frame in memory, or hand over the table beneath"])


def native_kind(leads: Lazy, column: str) -> str:
    """Return what the engine itself calls the type of a column, in lower case."""
    native: Any = leads.to_native()
    if leads.implementation.is_polars():
        kind = native.collect_schema()[column]
    elif leads.implementation.is_duckdb():
        kind = native.types[native.columns.index(column)]
    elif leads.implementation.is_ibis():
        kind = native.schema()[column]
    else:
        kind = native.schema[column].dataType.simpleString()
    return str(kind).lower()


def by_code_points(leads: Lazy, columns: Sequence[str]) -> Lazy:
    """Return the leads with columns whose text is told apart and ordered by code points alone.

    DuckDB does otherwise where a column has a collation, or all have a default one; only the former
    can be set aside by way of Ibis, which has no word for it.

    Raises:
        PlanError: a database under Ibis with a default collation.
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
        encode = _builtin(ibis, "encode", "string", "binary")
        decode = _builtin(ibis, "decode", "binary", "string")
        native = native.mutate(**{name: decode(encode(native[name])) for name in text})
    lazy: Lazy = nw.from_native(native)
    return lazy


def _builtin(ibis: Any, name: str, takes: str, gives: str) -> Any:  # noqa: ANN401
    """Return a function of the database's own, of one value."""

    def function(value: object) -> None:
        """Name the value; the database does the rest."""

    return ibis.udf.scalar.builtin(function, name=name, signature=((takes,), gives))


def trimmed(leads: Lazy, column: str) -> Lazy:
    """Return the leads with a column of text without white space around it, as `trim_id` does."""
    text = nw.col(column).str
    if leads.implementation.is_ibis():  # it strips no characters that are named
        around = rf"\A[{WHITE_SPACE}]+|[{WHITE_SPACE}]+\z"
        return leads.with_columns(text.replace_all(around, "").alias(column))
    return leads.with_columns(text.strip_chars(WHITE_SPACE).alias(column))


def beside(leads: Lazy, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> Lazy:
    """Return a small table as a frame of the same engine, to be joined with the leads.

    Shapes: each column has the name of its type and its values.
    """
    native: Any = leads.to_native()
    small = small_table(columns)
    engine = leads.implementation
    if engine.is_polars():
        beside = engine.to_native_namespace().from_arrow(small).lazy()
    elif engine.is_duckdb():
        # On the connection of the leads, whichever it is; DuckDB finds `small` by its name here.
        beside = native.query("_leads", "SELECT * FROM small")
    elif engine.is_ibis():
        beside = engine.to_native_namespace().memtable(small)
    else:
        beside = native.sparkSession.createDataFrame(small)
    lazy: Lazy = nw.from_native(beside)
    return lazy


def joined(leads: Lazy, other: Lazy, on: Sequence[str]) -> Lazy:
    """Return the leads, in their order if they have one, with the columns of the other frame."""
    if not leads.implementation.is_polars():
        return leads.join(other, on=list(on), how="left")
    native: Any = leads.to_native()
    both = native.join(other.to_native(), on=list(on), how="left", maintain_order="left")
    lazy: Lazy = nw.from_native(both)
    return lazy


def numbered(leads: Lazy, name: str, parts: Sequence[str], order: Sequence[str]) -> Lazy:
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


def handed_back(leads: Lazy, small: nw.DataFrame[Any]) -> Lazy:
    """Return a small table that was fetched as a frame of Spark, to be joined with the leads."""
    native: Any = leads.to_native()
    lazy: Lazy = nw.from_native(native.sparkSession.createDataFrame(small.to_native()))
    return lazy


def scattered(leads: Lazy, column: str, id_column: str) -> Lazy:
    """Return a frame of Spark with a column that sends its rows to many tasks."""
    functions = importlib.import_module("pyspark.sql.functions")
    native: Any = leads.to_native()
    number = functions.pmod(functions.xxhash64(id_column), functions.lit(_TASKS))
    lazy: Lazy = nw.from_native(native.withColumn(column, number))
    return lazy


_TASKS = 1024


def sampled(leads: Lazy, share: float) -> Lazy:
    """Return about such a share of a frame of Spark, by chance, but the same ones each time."""
    native: Any = leads.to_native()
    lazy: Lazy = nw.from_native(native.sample(share, seed=0))
    return lazy


def passed(
    leads: Lazy, name: str, order: tuple[str, str], bounds: Sequence[tuple[Any, Any]]
) -> Lazy:
    """Return a frame of Spark with how many of some bounds do not come after each row.

    They are found by halves. What an expression might say at one go would be too long for Java to
    compile; a bound that is not there is null, and nothing passes it.

    Shapes: a bound has a value for each of the two columns of the order; bounds ascend.
    """
    functions = importlib.import_module("pyspark.sql.functions")
    lists = [functions.lit(list(values)) for values in zip(*bounds, strict=True)]
    major, minor = map(functions.col, order)
    at = functions.col(name)
    native: Any = leads.to_native().withColumn(name, functions.lit(0))
    for step in reversed([1 << bit for bit in range(len(bounds).bit_length())]):
        bound, tie = (functions.get(values, at + (step - 1)) for values in lists)
        passes = (major > bound) | ((major == bound) & (minor >= tie))
        native = native.withColumn(name, functions.when(passes, at + step).otherwise(at))
    lazy: Lazy = nw.from_native(native)
    return lazy


def in_batches(rows: nw.DataFrame[Any] | Lazy, size: int) -> Iterator[tuple[Any, ...]]:
    """Iterate over rows that are fetched so many at a time, where the engine can do so."""
    native: Any = rows.to_native()
    engine = rows.implementation
    if isinstance(rows, nw.LazyFrame) and engine.is_pyspark():
        yield from native.toLocalIterator()
    elif isinstance(rows, nw.LazyFrame) and not engine.is_polars():
        for batch in stream(native):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    else:
        yield from rows.lazy().collect().iter_rows(buffer_size=size)
