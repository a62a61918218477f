"""Plans over lazy frames of Polars: a plan's columns are collected, its answer is added lazily."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from campaignkit.core._interruptions import raise_interruption
from campaignkit.errors import PlanError
from campaignkit.frames import _column_errors as faults
from campaignkit.frames._arrow import IDS
from campaignkit.frames._codes import ADDED
from campaignkit.frames._columns import OWN
from campaignkit.frames._open_frame import first_line, foreign_errors


def collect_columns(
    leads: nw.LazyFrame[Any], names: Sequence[str], keys: Sequence[str]
) -> nw.DataFrame[Any]:
    """Compute the columns of a lazy frame that a plan needs; `keys` are those of its ids.

    Raises:
        PlanError: Polars cannot compute them, or ids are Python objects, which it cannot compare.
    """
    schema = leads.collect_schema()
    if objects := [name for name in keys if schema[name] == nw.Object]:
        raise PlanError([faults.wrong_kind(name, IDS, "object") for name in objects])
    try:
        return leads.select(*dict.fromkeys(names)).collect()
    except foreign_errors(leads.implementation) as error:
        raise_interruption(error)
        said = f"{type(error).__name__}: {first_line(error)}"
        raise PlanError([f"the frame cannot be computed: {said}"]) from error


def add_by_key(
    leads: nw.LazyFrame[Any], planned: nw.DataFrame[Any], keys: Sequence[str]
) -> nw.LazyFrame[Any]:
    """Return a lazy frame with the columns that a plan adds, found by the keys of each row.

    Rows that come as they were collected are not looked up: a join takes longer than the plan.
    Rows whose keys were not planned get null.
    """
    polars: Any = leads.implementation.to_native_namespace()
    rows: Any = planned.to_native()
    known, added = rows.select(keys), rows.select(*ADDED).to_struct(_ADDED)

    def find(columns: Sequence[Any]) -> Any:  # noqa: ANN401  # Series of Polars
        asked = polars.DataFrame(columns)
        if asked.equals(known):
            return added
        found = asked.join(rows, on=keys, how="left", maintain_order="left")
        return found.select(*ADDED).to_struct(_ADDED)

    found = polars.map_batches(keys, find, return_dtype=added.dtype)
    lazy: nw.LazyFrame[Any] = nw.from_native(leads.to_native().with_columns(found.struct.unnest()))
    return lazy


_ADDED = f"{OWN}added"
