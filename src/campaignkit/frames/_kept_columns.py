"""What a plan needs of a frame, kept as it is now; and what it adds to a lazy frame of Polars."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import narwhals as nw

from campaignkit.errors import PlanError
from campaignkit.frames._arrow import IDS
from campaignkit.frames._columns import OWN, column_kind_error
from campaignkit.frames._open_frame import Frame, Lazy, collect


def keep_columns(leads: Frame, keys: Sequence[str], others: Collection[str]) -> nw.DataFrame[Any]:
    """Return the columns that a plan needs, computed, as they are now: its keys, and others.

    The result answers questions from them when the caller has changed the given frame.

    Raises:
        PlanError: Polars cannot compute them, or ids are Python objects, which it cannot compare.
    """
    names = sorted({*keys, *others})
    if isinstance(leads, nw.DataFrame):
        return leads.select(*names)
    schema = leads.collect_schema()
    if objects := [name for name in keys if schema[name] == nw.Object]:
        raise PlanError([column_kind_error(name, IDS, "object") for name in objects])
    return collect(leads.select(*names))


def add_by_key(
    leads: Lazy, planned: nw.DataFrame[Any], keys: Sequence[str], names: Sequence[str]
) -> Lazy:
    """Return a lazy frame with the columns that a plan adds, found by the keys of each row.

    Rows that come as they were collected are not looked up: a join takes longer than the plan.
    Rows whose keys were not planned get null.
    """
    polars: Any = leads.implementation.to_native_namespace()
    rows: Any = planned.select(*keys, *names).to_native()
    known, added = rows.select(keys), rows.select(*names).to_struct(_STRUCT)

    def find_added(columns: Sequence[Any]) -> Any:  # noqa: ANN401  # Series of Polars
        asked = polars.DataFrame(columns)
        if asked.equals(known):
            return added
        both = asked.join(rows, on=keys, how="left", maintain_order="left")
        return both.select(*names).to_struct(_STRUCT)

    struct = polars.map_batches(keys, find_added, return_dtype=added.dtype).struct
    lazy: Lazy = nw.from_native(leads.to_native().with_columns(struct.unnest()))
    return lazy


_STRUCT = f"{OWN}added"
