"""Keys of campaigns as a column of each library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

import narwhals as nw
from attrs import frozen
from numpy.typing import NDArray

from campaignkit.frames._arrow import pa, read_objects


@frozen
class CampaignKeys:
    """Keys of campaigns: all text, all whole numbers of up to 64 bits, or all UUIDs."""

    keys: Sequence[Any]

    @classmethod
    def of(cls, keys: Sequence[object]) -> CampaignKeys | None:
        """Return the keys; None if they are of other kinds, or of several."""
        kinds = set(map(type, keys))
        is_one_kind = any(all(issubclass(it, kind) for it in kinds) for kind in (str, int, UUID))
        values = read_objects(keys, kinds) if is_one_kind and bool not in kinds else None
        # Whole numbers of more bits come as floats.
        return None if values is None or pa.types.is_floating(values.type) else cls(keys)

    def find_error(self, engine: nw.Implementation) -> str | None:
        """Return what is wrong with keys that an engine has no type for."""
        if engine.is_pyspark() and any(
            isinstance(key, int) and key >= _TOO_LARGE for key in self.keys
        ):
            return "campaigns that are whole numbers must be less than 2**63 in Spark"
        return None

    @property
    def are_uuids(self) -> bool:
        """Whether they are UUIDs."""
        return isinstance(self.keys[0], UUID)

    def to_arrow(self, engine: nw.Implementation, positions: NDArray[Any]) -> Any:  # noqa: ANN401
        """Return keys by their positions as an array that an engine can read.

        The position behind the last is null.
        """
        keys: Sequence[Any] = self.keys
        if engine in _WITHOUT_UUIDS and self.are_uuids:
            keys = list(map(str, keys))
        or_null = read_objects([*keys, None], set(map(type, keys)))
        if isinstance(or_null, pa.ExtensionArray):  # Arrow takes from what is beneath it only
            beneath = or_null.storage.take(pa.array(positions))
            return pa.ExtensionArray.from_storage(or_null.type, beneath)
        return or_null.take(pa.array(positions))

    def to_series(
        self, engine: nw.Implementation, name: str, positions: NDArray[Any]
    ) -> nw.Series[Any]:
        """Return keys by their positions as a column of a library in memory."""
        if not engine.is_pandas():
            table = pa.table({name: self.to_arrow(engine, positions)})
            return _from_arrow(table, backend=engine)[name]
        pandas: Any = engine.to_native_namespace()
        if isinstance(self.keys[0], int):  # with a null, plain ones would be floats
            numbers = self.to_arrow(engine, positions)
            is_null = positions == len(self.keys)
            values = numbers.fill_null(0).to_numpy()
            series = pandas.Series(pandas.arrays.IntegerArray(values, is_null), name=name)
        else:
            # The keys say the type, even where no lead has one of them.
            values = pandas.Series([*self.keys, None]).array
            series = pandas.Series(values.take(positions), name=name)
        return nw.from_native(series, series_only=True)


_TOO_LARGE = 1 << 63

_WITHOUT_UUIDS = {
    nw.Implementation.POLARS,
    nw.Implementation.PYSPARK,
    nw.Implementation.IBIS,  # it takes them as text
}

_from_arrow: Callable[..., nw.DataFrame[Any]] = cast("Any", nw.DataFrame).from_arrow
