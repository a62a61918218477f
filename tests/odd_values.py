"""Values that a caller should not pass, or that look like something which they are not."""

# What is tried here is of no type that a checker would let pass.
# pyright: basic, reportMissingTypeStubs=false

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from functools import cache, partial
from typing import Any, NoReturn
from uuid import UUID

import numpy as np
import pandas as pd

from tests.hostile import SPOILT

__all__ = ["ODD", "HostileError", "LookAlike", "look_alikes"]


class HostileError(Exception):
    """What the objects of a caller raise here; a library may let it pass."""


class Text(str):
    """Text of a program's own kind, which says something else of itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Whole(int):
    """A whole number of a program's own kind."""


class Real(float):
    """A real number of a program's own kind."""


class Moment(datetime):
    """A moment of a program's own kind, as pandas, pendulum and freezegun have one."""


class Day(date):
    """A date of a program's own kind."""


class Id(UUID):
    """A UUID of a program's own kind, as asyncpg has one."""


class LookAlike(str, Enum):  # noqa: UP042  # what StrEnum was made to replace
    """Members that are text, but are written as 'LookAlike.REAL'."""

    REAL = "real"
    EMAIL = "email"
    ACTIVE = "active"
    PAUSE = "pause"
    SIZE = "1-10"


class Numbered(IntEnum):
    """Members that are whole numbers."""

    ONE = 1


def _hostile(name: str) -> object:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise HostileError(name)

    return type(f"Hostile{name.strip('_').title()}", (), {name: refuse})()


def _generator() -> Iterator[object]:
    yield "email"
    raise HostileError("generator")


def _deep(kind: Callable[[object], object]) -> Callable[[], object]:
    return cache(lambda: _nested(kind))  # once, as it takes a while


def _nested(kind: Callable[[object], object]) -> object:
    value: object = 1
    for _ in range(100_000):
        value = kind(value)
    return value


def _self_referencing() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


class Anything:
    """A class that can be made of anything."""

    def __init__(self, *_: object) -> None: ...


class _Zone(tzinfo):
    def dst(self, _: object) -> None: ...

    def tzname(self, _: object) -> str:
        return "odd"


class _NoZone(_Zone):
    """A zone that is none, as its class is not finished."""

    def utcoffset(self, _: object) -> NoReturn:
        raise _NoOffsetError


class _NoOffsetError(HostileError, NotImplementedError): ...


class _LyingZone(_Zone):
    """A zone that gives another offset each time."""

    def __init__(self) -> None:
        self.asked = 0

    def utcoffset(self, _: object) -> timedelta:
        self.asked += 1
        return timedelta(hours=self.asked % 20)


class _LyingDict(dict[str, object]):
    """A dict that says of itself what is not in it."""

    def __len__(self) -> int:
        return 10**9

    def __iter__(self) -> Iterator[Any]:
        return iter(["sms", 5, None])

    def items(self) -> Any:  # noqa: ANN401  # not even pairs of keys and values
        return [("x", 1), (1, 2)]


class _LyingList(list[object]):
    """A list that says of itself what is not in it."""

    def __len__(self) -> int:
        return 5

    def __iter__(self) -> Iterator[object]:
        return iter(["sms", 5, None])


class _HostileKey:
    """A key that cannot be compared with any."""

    def __eq__(self, other: object) -> bool:
        raise HostileError

    def __hash__(self) -> int:
        return hash("email")


def _stand_in(kind: type) -> object:
    """Return what says that it is of a class, and has nothing of it, as mocks and proxies do."""
    return type("StandIn", (), {"__class__": kind})()


_STAND_INS = (str, int, float, bool, UUID, date, datetime, dict, list, frozenset)


def _generator_of_itself() -> Iterator[object]:
    def give() -> Iterator[object]:
        yield itself

    itself = give()
    return itself


class _NeverEqual:
    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]  # as a list has none


AWARE = datetime(2026, 11, 23, 9, tzinfo=UTC)

_HUGE = "x" * 100_000

# Each is made anew, as a generator can be read once.
ODD: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "object": object,
    "Ellipsis": lambda: ...,
    "NotImplemented": lambda: NotImplemented,
    "true": lambda: True,
    "false": lambda: False,
    "zero": lambda: 0,
    "minus one": lambda: -1,
    "five": lambda: 5,
    "10**5000": lambda: 10**5000,
    "-10**5000": lambda: -(10**5000),
    "2**63": lambda: 2**63,
    "1.5": lambda: 1.5,
    "-0.0": lambda: -0.0,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "complex": lambda: 1j,
    "decimal": lambda: Decimal(1),
    "signalling nan": lambda: Decimal("sNaN"),
    "fraction": lambda: Fraction(1, 3),
    "huge fraction": lambda: Fraction(10**5000),
    "empty text": lambda: "",
    "blank": lambda: " ",
    "text": lambda: "strange",
    "nul": lambda: "a\0b",
    "surrogate": lambda: "a\ud800",
    "huge text": lambda: _HUGE,
    "text subclass": lambda: Text("email"),
    "text member": lambda: LookAlike.EMAIL,
    "int member": lambda: Numbered.ONE,
    "bytes": lambda: b"email",
    "bytearray": lambda: bytearray(b"email"),
    "int subclass": lambda: Whole(1),
    "float subclass": lambda: Real(50.0),
    "datetime subclass": lambda: Moment(2026, 11, 23, tzinfo=UTC),
    "date subclass": lambda: Day(2026, 11, 23),
    "uuid subclass": lambda: Id(int=7),
    "uuid": lambda: UUID(int=9),
    "naive": lambda: datetime(2026, 11, 23),  # noqa: DTZ001
    "aware": lambda: AWARE,
    "date": lambda: date(2026, 11, 23),
    "first date": lambda: date.min,
    "last date": lambda: date.max,
    "pd.NA": lambda: pd.NA,
    "pd.NaT": lambda: pd.NaT,
    "pd.Timestamp": lambda: pd.Timestamp("2026-11-23T09:00:00Z"),
    "pd.Timestamp ns": lambda: pd.Timestamp("2026-11-23T09:00:00.000000001Z"),
    "pd.Timedelta": lambda: pd.Timedelta("1D"),
    "pd.Period": lambda: pd.Period("2026-11"),
    "np.nan": lambda: np.float64("nan"),
    "np.int64": lambda: np.int64(5),
    "np.uint8": lambda: np.uint8(5),
    "np.float64": lambda: np.float64(5.0),
    "np.float16": lambda: np.float16(5.0),
    "np.bool": lambda: np.bool_(1),
    "np.str": lambda: np.str_("email"),
    "np.bytes": lambda: np.bytes_(b"email"),
    "np.datetime64": lambda: np.datetime64("2026-11-23"),
    "np.array": lambda: np.array([1, 2]),
    "np.array of texts": lambda: np.array(["email", "sms"]),
    "np.array of one": lambda: np.array([1]),
    "np.array of no dimension": lambda: np.array(5),
    "np.array of objects": lambda: np.array([None, object()], dtype=object),
    "pd.Series": lambda: pd.Series([1, 2]),
    "pd.DataFrame": lambda: pd.DataFrame({"email": [1]}),
    "pd.Index": lambda: pd.Index(["email"]),
    "empty list": list,
    "empty tuple": tuple,
    "empty set": set,
    "empty dict": dict,
    "list": lambda: [1, "a", None],
    "list of itself": _self_referencing,
    "list of NA": lambda: [pd.NA],
    "list of arrays": lambda: [np.array([1, 2])],
    "list of lists": lambda: [[1], [2]],
    "set": lambda: {1, "a"},
    "dict": lambda: {"email": 100},
    "dict of strange keys": lambda: {1: 1, None: 2, (): 3},
    "dict of NA": lambda: {pd.NA: pd.NA},
    "dict of arrays": lambda: {"email": np.array([1, 2]), "name": np.array([1, 2])},
    "dict of surrogates": lambda: {"\ud800": "\ud800"},
    "deep list": _deep(lambda value: [value]),
    "deep dict": _deep(lambda value: {"email": value}),
    "deep tuple": _deep(lambda value: (value,)),
    "huge list": lambda: [0] * 10_000,
    "generator that raises": _generator,
    "empty generator": lambda: iter(()),
    "range": lambda: range(3),
    "lambda": lambda: lambda *_: None,
    "class": lambda: Anything,
    "exception": lambda: ValueError("x"),
    "unhashable": _NeverEqual,
    "decimal nan": lambda: Decimal("NaN"),
    "2**31": lambda: 2**31,
    "last moment": lambda: datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    "zone without offset": lambda: datetime(2026, 11, 23, tzinfo=_NoZone()),
    "lying zone": lambda: datetime(2026, 11, 23, tzinfo=_LyingZone()),
    "memoryview": lambda: memoryview(b"email"),
    "array": lambda: array("i", [1, 2]),
    "lying dict": lambda: _LyingDict(email=100),
    "lying list": lambda: _LyingList(["email"]),
    **{f"stand-in of {kind.__name__}": partial(_stand_in, kind) for kind in _STAND_INS},
    "dict of hostile keys": lambda: {_HostileKey(): 1},
    "hostile text": lambda: SPOILT,
    "masked": lambda: np.ma.masked,
    "np.datetime64 NaT": lambda: np.datetime64("NaT"),
    "np.longdouble": lambda: np.longdouble("1e4000"),
    "generator of itself": _generator_of_itself,
    **{
        name: partial(_hostile, name)
        for name in (
            *("__repr__", "__hash__", "__eq__", "__iter__", "__str__", "__len__", "__bool__"),
            *("__index__", "__float__", "__int__", "__getattr__", "__call__", "__lt__"),
        )
    },
}
"""What is tried for every argument of every public callable."""


def _members(kind: Any, value: object) -> Iterator[object]:  # noqa: ANN401  # a class to call
    yield from kind("Made", {"MEMBER": value}, **({"type": str} if kind is Enum else {}))


def look_alikes(value: object) -> Iterator[object]:
    """Give values that equal one of Python's own, and are of another class."""
    match value:
        case Enum():
            pass
        case bool():
            yield np.bool_(value)
        case str():
            yield Text(value)
            yield np.str_(value)
            yield from _members(Enum, value)
        case int():
            yield Whole(value)
            yield np.int64(value)
            yield from _members(IntEnum, value)
        case float():
            yield Real(value)
            yield np.float64(value)
        case datetime():
            yield Moment.combine(value, value.timetz())
            yield pd.Timestamp(value)
        case date():
            yield Day.fromordinal(value.toordinal())
        case UUID():
            yield Id(int=value.int)
        case _:
            pass
