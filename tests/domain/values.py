"""What every value of the domain has in common, and values that are strange to it."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, TypeAlias

import pytest

Strange: TypeAlias = Any
"""What a caller should not pass, and a type checker would not let pass."""


def assert_value(value: object) -> None:
    """Hold that a value cannot change, has no room for more, and equals each of its copies."""
    twins = [copy.copy(value), copy.deepcopy(value)]
    twins += [
        pickle.loads(pickle.dumps(value, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for twin in twins:
        assert type(twin) is type(value)
        assert twin == value
        assert hash(twin) == hash(value)
    assert not hasattr(value, "__dict__")
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [name for name in slots if not name.startswith("__")]
    assert names
    for name in [*names, "strange"]:
        with pytest.raises(AttributeError):
            setattr(value, name, None)
        with pytest.raises(AttributeError):
            delattr(value, name)


class ForeignReal:
    """A real number of another library that is no float, as NumPy's float32 is none."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return float(self.value)

    def __le__(self, other: float) -> bool:
        return self.value <= other

    def __ge__(self, other: float) -> bool:
        return self.value >= other

    def __repr__(self) -> str:
        return f"foreign({self.value})"


class ForeignInteger(ForeignReal):
    """An integer of another library: no int, but good for an index, as NumPy's are."""

    value: int

    def __index__(self) -> int:
        return self.value

    def __int__(self) -> int:
        return self.value


Integral.register(ForeignInteger)
Real.register(ForeignReal)


class Float(float):
    """A float of another library that is one of Python's, too, as NumPy's float64 is."""


NO_WHOLE_NUMBERS: list[Any] = [True, False, None, 1.0, "1", Decimal(1), [1], float("nan")]
"""What is no whole number, though some of it looks like one."""

NO_TEXTS: list[Any] = [None, 1, b"text", ["text"]]
NO_GOOD_TEXTS: list[Any] = [
    *NO_TEXTS,
    *("", " ", "\t\n", "\u00a0", "\u2003\u3000"),
    *("a\0b", "a\ud800b", "\udfff", "é\udc80"),
]
"""What is no text that a store can keep."""
