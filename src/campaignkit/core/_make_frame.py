"""Plain columns as a dataframe of a library that the caller has."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from campaignkit.core._checks import is_text, short_repr
from campaignkit.core._errors import MissingExtraError, PlanError

BACKENDS = ("pandas", "polars", "pyarrow")


def make_frame(columns: Mapping[str, Sequence[object]], backend: str) -> Any:  # noqa: ANN401
    """Return columns of equal length as a dataframe of a library.

    Raises:
        PlanError: another library than pandas, Polars and PyArrow.
        MissingExtraError: the library is not installed.

    >>> make_frame({"leads": [3, 4]}, "pyarrow")["leads"].to_pylist()
    [3, 4]
    """
    if not is_text(backend) or backend not in BACKENDS:
        raise PlanError([f"backend must be {' or '.join(BACKENDS)}, not {short_repr(backend)}"])
    try:
        library: Any = importlib.import_module(backend)
    except ModuleNotFoundError as error:
        if error.name != backend:
            raise
        extra = "frames" if backend == "pyarrow" else None
        raise MissingExtraError(f"to_frame(backend={backend!r})", backend, extra) from error
    if backend == "pyarrow":
        return library.table(dict(columns))
    frame = library.DataFrame(dict(columns))
    if backend == "pandas":
        for name, values in columns.items():
            if values and isinstance(values[0], date):
                frame[name] = library.to_datetime(frame[name])
    return frame


def make_frame_of_rows(names: Sequence[str], rows: Iterable[Sequence[object]], backend: str) -> Any:  # noqa: ANN401
    """Return rows with the same columns as a dataframe of a library; raises as `make_frame`."""
    several = list(rows)
    columns = {name: [row[place] for row in several] for place, name in enumerate(names)}
    return make_frame(columns, backend)
