"""Plans over lazy frames of Polars: a plan's columns are collected, its answer is added lazily."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from campaignkit.errors import PlanError
from campaignkit.frames._arrow import IDS
from campaignkit.frames._columns import ADDED, OWN, Columns, column_kind_error
from campaignkit.frames._open_frame import Lazy, collect


def collect_columns(leads: Lazy, columns: Columns, flags: Mapping[int, str]) -> nw.DataFrame[Any]:
    """Compute the columns of a lazy frame that a plan needs.

    Raises:
        PlanError: Polars cannot compute them, or ids are Python objects, which it cannot compare.
    """
    schema = leads.collect_schema()
    if objects := [name for name in columns.key_columns() if schema[name] == nw.Object]:
        raise PlanError([column_kind_error(name, IDS, "object") for name in objects])
    names = {*columns.key_columns(), columns.score, *flags.values()}
    return collect(leads.select(*sorted(names)))


def add_by_key(leads: Lazy, planned: nw.DataFrame[Any], keys: Sequence[str]) -> Lazy:
    """Return a lazy frame with the columns that a plan adds, found by the keys of each row.

    Rows that come as they were collected are not looked up: a join takes longer than the plan.
    Rows whose keys were not planned get null.
    """
    polars: Any = leads.implementation.to_native_namespace()
    rows: Any = planned.select(*keys, *ADDED).to_native()
    known, added = rows.select(keys), rows.select(*ADDED).to_struct(_STRUCT)

    def find_added(columns: Sequence[Any]) -> Any:  # noqa: ANN401  # Series of Polars
        asked = polars.DataFrame(columns)
        if asked.equals(known):
            return added
        both = asked.join(rows, on=keys, how="left", maintain_order="left")
        return both.select(*ADDED).to_struct(_STRUCT)

    struct = polars.map_batches(keys, find_added, return_dtype=added.dtype).struct
    lazy: Lazy = nw.from_native(leads.to_native().with_columns(struct.unnest()))
    return lazy


_STRUCT = f"{OWN}added"
