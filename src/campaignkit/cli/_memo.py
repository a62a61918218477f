"""The results of functions of texts, kept while a file is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

KeyT = TypeVar("KeyT", bound="str | tuple[str, ...]")
ValueT = TypeVar("ValueT")


class Memo(dict[KeyT, ValueT]):
    """The results of a function of texts. Files have few texts many times."""

    def __init__(self, find: Callable[[KeyT], ValueT]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: KeyT) -> ValueT:
        found = self._find(key)
        length = len(key) if isinstance(key, str) else sum(map(len, key))
        if length < _LONGEST_KNOWN:  # long texts would fill the memory
            if len(self) == _MOST_KNOWN:
                self.clear()
            self[key] = found
        return found


_MOST_KNOWN = 1 << 15
_LONGEST_KNOWN = 200
