"""Columns of every type that a frame can have, with nulls and the extremes of each."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import inf, nan
from typing import Any, NamedTuple
from uuid import UUID

pa: Any = importlib.import_module("pyarrow")

__all__ = ["COLUMNS", "KINDS", "Typed"]

KINDS: Mapping[str, set[str]] = {
    "id": {"integer", "text", "uuid", "null"},
    "score": {"integer", "real", "null"},
    "campaign": {"integer", "text", "uuid", "null"},
    "flag": {"integer", "real", "text", "bool", "null"},
}
"""The kinds of values that a column of each role accepts."""

_EVERY = tuple(KINDS)


class Typed(NamedTuple):
    """A column: its Arrow type, the kind of its values, four values, and its roles."""

    type: Any
    kind: str
    values: Sequence[Any]
    roles: Sequence[str] = _EVERY


def _integers(bits: int, *, signed: bool) -> Mapping[str, Typed]:
    kind = getattr(pa, f"{'' if signed else 'u'}int{bits}")()
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return {
        f"{kind} extremes": Typed(kind, "integer", [high, low, 7, 100]),
        f"{kind} scores": Typed(kind, "integer", [90, 0, 100, 19], ["score"]),
        f"{kind} flags": Typed(kind, "integer", [1, 0, None, 1], ["flag", "campaign"]),
    }


def _floats(bits: int, largest: float, least: float) -> Mapping[str, Typed]:
    kind = getattr(pa, f"float{bits}")()
    return {
        f"{kind} extremes": Typed(kind, "real", [inf, -inf, largest, -largest]),
        f"{kind} scores": Typed(kind, "real", [84.5, least, -0.0, 100.0], ["score"]),
        f"{kind} least": Typed(kind, "real", [-least, 100.0, 1.0, nan], ["score", "flag"]),
        f"{kind} flags": Typed(kind, "real", [1.0, nan, None, -0.0], ["score", "flag"]),
    }


def _decimals(kind: Any, top: str) -> Mapping[str, Typed]:
    extremes = [Decimal(top), Decimal(f"-{top}"), None, Decimal(0)]
    scores = [Decimal(85), Decimal(60), None, Decimal(100)]
    return {
        f"{kind} extremes": Typed(kind, "real", extremes),
        f"{kind} scores": Typed(kind, "real", scores, ["score"]),
        f"{kind} flags": Typed(kind, "real", [Decimal(1), Decimal(0), None, Decimal(0)], ["flag"]),
    }


def _texts(kind: Any) -> Mapping[str, Typed]:
    return {
        f"{kind} ids": Typed(kind, "text", ["b", "B", "é", "a\U0001f600"]),
        f"{kind} flags": Typed(kind, "text", [" YES\n", "no", "", None], ["flag"]),
        f"{kind} numbers": Typed(kind, "text", ["1", "0", "\u3000t", "F"], ["flag"]),
        f"{kind} bad": Typed(kind, "text", ["a\0", None, "\u2009", "a"], ["id", "flag"]),
    }


def _others() -> Mapping[str, Typed]:
    times = [datetime(2026, 11, 23), datetime(1900, 1, 1), None, datetime(2038, 1, 19)]  # noqa: DTZ001  # no zone on purpose
    values: Sequence[tuple[Any, Sequence[Any]]] = [
        (pa.date32(), [date(2026, 11, 23), date(1900, 1, 1), None, date(9999, 12, 31)]),
        (pa.timestamp("us"), times),
        (pa.timestamp("us", "UTC"), [one and one.replace(tzinfo=UTC) for one in times]),
        (pa.duration("us"), [timedelta(1), timedelta(0), None, timedelta(-1)]),
        (pa.time64("us"), [time(1), time(0), None, time(23, 59)]),
        (pa.binary(), [b"a", b"", None, b"\xff"]),
        (pa.binary(16), [bytes([number] * 16) for number in range(4)]),
        (pa.list_(pa.int64()), [[1], [], None, [1, None]]),
        (pa.struct([("a", pa.int64())]), [{"a": 1}, {"a": None}, None, {"a": 2}]),
    ]
    return {f"{kind}": Typed(kind, "other", some) for kind, some in values}


_UUIDS = [UUID(int=2**128 - 1), UUID(int=0), UUID(int=2**127)]

COLUMNS: Mapping[str, Typed] = {
    **{
        name: column
        for bits in (8, 16, 32, 64)
        for signed in (True, False)
        for name, column in _integers(bits, signed=signed).items()
    },
    **_floats(16, 65504.0, 2.0**-24),
    **_floats(32, 2.0**127, 2.0**-149),
    **_floats(64, 1.7976931348623157e308, 5e-324),
    **_decimals(pa.decimal128(38, 30), "99999999.5"),
    **_decimals(pa.decimal128(9, 2), "9999999.5"),
    **_decimals(pa.decimal128(38, 0), "9" * 38),
    **_texts(pa.string()),
    **_texts(pa.large_string()),
    **_texts(pa.string_view()),
    **_texts(pa.dictionary(pa.int8(), pa.string())),
    "dictionary of integers": Typed(
        pa.dictionary(pa.int8(), pa.int64()), "integer", [1, 0, 2**62, None]
    ),
    "uuid": Typed(pa.uuid(), "uuid", [*_UUIDS, UUID(int=1)]),
    "uuid null": Typed(pa.uuid(), "uuid", [*_UUIDS, None], ["id", "campaign"]),
    "bool": Typed(pa.bool_(), "bool", [True, False, None, True]),
    "bool none": Typed(pa.bool_(), "bool", [None] * 4, ["flag"]),
    "null": Typed(pa.null(), "null", [None] * 4),
    **_others(),
}
