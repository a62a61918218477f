"""What values are made of: a mapping that cannot change, and a base whose copies are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar, cast

from attrs import AttrsInstance, fields

__all__ = ["Checked", "FrozenMap"]

K = TypeVar("K")
V = TypeVar("V")


class Checked:
    """A value of attrs that is made anew, and so checked, wherever it is copied or unpickled."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        parts = fields(cast("type[AttrsInstance]", type(self)))
        made_of = {part.alias: getattr(self, part.name) for part in parts if part.init}
        return partial(type(self), **made_of), ()


class FrozenMap(Mapping[K, V]):
    """An immutable mapping: it equals a dict with the same items, hashes and pickles.

    >>> FrozenMap({"a": 1}) == {"a": 1}
    True
    """

    __slots__ = ("_data",)

    _data: dict[K, V]

    def __init__(self, data: Mapping[K, V] | None = None) -> None:
        object.__setattr__(self, "_data", dict({} if data is None else data))

    def __getitem__(self, key: K) -> V:
        return self._data[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        return hash(frozenset(self._data.items()))

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"{type(self).__name__} cannot change"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        msg = f"{type(self).__name__} cannot change"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[type[FrozenMap[K, V]], tuple[dict[K, V]]]:
        return type(self), (self._data,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._data!r})"
