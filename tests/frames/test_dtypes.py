"""A column of any type is read alike on every engine, as ids, scores, campaigns or flags."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, cast
from uuid import UUID

import duckdb
import narwhals as nw
import numpy as np
import polars as pl
import pytest

import campaignkit as ck
from campaignkit.frames import allocate, share_out
from tests.frames.dtypes import COLUMNS, KINDS, Typed
from tests.frames.engines import ibis, pa, pd

# Columns of zeros and ones are scores here, too.
pytestmark = pytest.mark.filterwarnings("ignore::campaignkit.errors.PlanWarning")

MIX = ck.Allocation(email=50, linkedin=30, voice=20)
GOOD: Mapping[str, Sequence[Any]] = {
    "id": ["a", "b", "c", "d"],
    "score": [90, 70, 40, 25],
}
ROW = "row"

_NULLABLE = {
    getattr(pa, name)(): getattr(pd, f"{name.replace('i', 'I').replace('u', 'U')}Dtype")()
    for name in [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
} | {pa.bool_(): pd.BooleanDtype(), pa.float64(): pd.Float64Dtype(), pa.string(): pd.StringDtype()}


def _to_objects(table: Any) -> object:
    """Return a frame of pandas whose columns are all of Python objects."""
    columns = {name: table[name].to_pylist() for name in table.column_names}
    return pd.DataFrame({name: pd.Series(some, dtype=object) for name, some in columns.items()})


def _to_ibis(table: Any) -> object:
    """Return a table of Ibis, which takes UUIDs as text only."""
    uuids = [name for name in table.column_names if table.schema.field(name).type == pa.uuid()]
    for name in uuids:
        text = [one and str(one) for one in table[name].to_pylist()]
        table = table.set_column(table.column_names.index(name), name, pa.array(text))
    return ibis.memtable(table).cast(dict.fromkeys(uuids, "uuid"))


SOME = {"pandas", "polars-lazy"}
_DUCKDB = duckdb.connect(config={"threads": 1})  # its queries are tiny, and many

ENGINES: Mapping[str, Callable[[Any], Any]] = {
    "pandas": lambda table: table.to_pandas(),
    "pandas-objects": _to_objects,
    "pandas-nullable": lambda table: table.to_pandas(types_mapper=_NULLABLE.get),
    "pandas-arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "pyarrow": lambda table: table,
    "polars": pl.DataFrame,
    "polars-lazy": lambda table: pl.DataFrame(table).lazy(),
    "duckdb": _DUCKDB.from_arrow,
    "duckdb-every": _DUCKDB.from_arrow,
    "ibis": _to_ibis,
}

ON_DUCKDB = {"duckdb", "duckdb-every", "ibis"}

OF_EACH_KIND = (
    *("int8 extremes", "uint64 extremes", "uint16 scores", "uint8 flags", "double extremes"),
    *("decimal128(9, 2) scores", "string ids", "string flags", "uuid", "bool", "null", "binary"),
    *("date32[day]", "list<item: int64>"),
)
SPARK: Mapping[str, Sequence[str]] = {
    "int8 extremes": ["campaign"],
    "int16 scores": ["score"],
    "int32 flags": ["flag"],
    "int64 extremes": ["id"],
    "float least": ["flag"],
    "double extremes": ["score", "id"],
    "double flags": ["score"],
    "decimal128(9, 2) scores": ["score", "campaign"],
    "string ids": ["id", "campaign", "score"],
    "string flags": ["flag"],
    "string bad": ["id", "flag"],
    "bool": ["flag", "id"],
    "null": ["id", "score", "flag"],
    "date32[day]": ["score"],
    "binary": ["flag"],
    "list<item: int64>": ["id"],
}
ROLES_BY_ENGINE: Mapping[str, Mapping[str, Sequence[str]]] = {
    "duckdb": {name: COLUMNS[name].roles for name in OF_EACH_KIND},
    "ibis": {name: COLUMNS[name].roles for name in OF_EACH_KIND},
    "spark": SPARK,
}
"""The columns that are tried on slow engines: one of each kind, in some roles.

(Ibis runs on DuckDB, on which `duckdb-every` tries all columns. Spark has neither unsigned numbers
nor UUIDs.)
"""


def find_kind(engine: str, column: Typed) -> str | None:
    """Return the kind of values that an engine reads; None if it does not support the type."""
    is_float16 = column.type == pa.float16()
    if is_float16 and engine in ON_DUCKDB:
        return None
    if column.kind == "uuid" and engine.startswith("polars"):
        return "other"  # Polars reads them as bytes
    if engine == "pandas" and column.kind == "integer" and None in column.values:
        return "real" if pa.types.is_integer(column.type) else column.kind
    if engine == "pandas-objects" and not any(value is not None for value in column.values):
        return "null"
    return column.kind


WANTED = {
    "id": "all text, all whole numbers of up to 64 bits, or all UUIDs",
    "score": "numbers from 0 to 100",
    "campaign": "all text, all whole numbers of up to 64 bits, or all UUIDs",
    "flag": "true or false, 1 or 0, yes or no",
}
YES: tuple[Any, ...] = (1, "yes", "y", "true", "t", "1")
NO: tuple[Any, ...] = (0, None, "no", "n", "false", "f", "0", "")


def _plain(value: Any) -> Any:
    """Return a value of a column as a lead or a flag has it."""
    if isinstance(value, Decimal):
        return None if value.is_nan() else float(value)
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def list_faults(role: str, kind: str, values: Sequence[Any], name: str) -> list[str]:
    """Return how each fault of a column begins."""
    there = [value for value in map(_plain, values) if value is not None]
    if kind not in KINDS[role]:
        return [f"{name} must be {WANTED[role]}, not "]
    if role == "score":
        is_bad = any(not 0 <= value <= 100 for value in there)
        return [f"{name} must be a number from 0 to 100, not "] if is_bad else []
    if role == "flag":
        is_bad = any(_word(value) not in (*YES, *NO) for value in there)
        return [f"{name} must be {WANTED[role]}, not "] if is_bad else []
    missing = len(values) - len(there)
    faults = [f"{name} is missing in {missing} row"] if missing else []
    if role == "id":
        if any(isinstance(one, str) and (not one.strip() or "\0" in one) for one in there):
            faults.append(f"{name} must not be blank or hold NUL, but is ")
        if len(set(there)) < len(there):
            faults.append(f"{name} must come once, but these come more often: ")
    return faults


def plan_rows(role: str, values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return what `plan` gives each row of each campaign, and the campaigns."""
    columns: dict[str, Sequence[Any]] = {**GOOD, "campaign": [None] * 4, "flag": ["yes"] * 4}
    columns[role] = values
    rows: list[Any] = [None] * 4
    campaigns = sorted(set(columns["campaign"])) if role == "campaign" else [None]
    for campaign in campaigns:
        leads = {
            row: ck.Lead(lead_id, _plain(score), _reachable_channels(flag))
            for row, (lead_id, score, flag) in enumerate(
                zip(columns["id"], columns["score"], columns["flag"], strict=True)
            )
            if columns["campaign"][row] == campaign
        }
        plan = ck.plan(MIX, list(leads.values()))
        for row, lead in leads.items():
            tier = ck.DEFAULT_GATE.tier(lead.als_score)
            rows[row] = tier, plan.assignments.get(lead.id), plan.unassigned.get(lead.id)
    return rows, campaigns


def _reachable_channels(flag: Any) -> frozenset[ck.Channel]:
    says_yes = _word(_plain(flag)) in YES
    return frozenset(ck.Channel) if says_yes else frozenset(ck.Channel) - {ck.Channel.EMAIL}


def allocate_rows(frame: object, role: str, name: str) -> tuple[list[Any], list[Any]] | list[str]:
    """Return what `allocate` gives each row of a frame, and its campaigns, or the faults."""
    named: dict[str, Any] = {"id": "id", "score": "score"}
    named |= {"reachable": {"email": name}} if role == "flag" else {role: name}
    try:
        done = allocate(frame, MIX, **named)
    except ck.PlanError as error:
        return list(error.faults)
    lazy: nw.LazyFrame[Any] = nw.from_native(cast("Any", done.frame)).lazy()
    rows = lazy.select(ROW, "tier", "channel", "reason").sort(ROW).collect().rows()
    nothing = [[None if pd.isna(cell) else cell for cell in row[1:]] for row in rows]
    return [tuple(row) for row in nothing], list(done.plans)


def share_out_leads(role: str, values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the campaign that `share_out` gives each row, and those that get leads."""
    columns: dict[str, Sequence[Any]] = {**GOOD, "flag": ["yes"] * 4}
    columns[role] = values
    lead_ids, scores, flags = (columns[name] for name in ("id", "score", "flag"))
    leads = [ck.Lead(*both) for both in zip(lead_ids, map(_plain, scores), strict=True)]
    some = {lead.id for lead, flag in zip(leads, flags, strict=True) if _word(_plain(flag)) in YES}
    weights = {"some": 2, "all": 1}
    shared = ck.share_out(leads, weights, lambda one: weights if one.id in some else ["all"])
    campaign_of = {one.id: name for name, given in shared.leads.items() for one in given}
    return [(campaign_of[one.id],) for one in leads], [*shared.counts.values()]


def share_out_rows(frame: object, role: str, name: str) -> tuple[list[Any], list[Any]] | list[str]:
    """Return the campaign of each row of a frame, and their numbers of leads, or the faults."""
    named: dict[str, Any] = {"id": "id", "score": "score"}
    named |= {"fits": {"some": name}} if role == "flag" else {role: name}
    try:
        done = share_out(frame, {"some": 2, "all": 1}, **named)
    except ck.PlanError as error:
        return list(error.faults)
    lazy: nw.LazyFrame[Any] = nw.from_native(cast("Any", done.frame)).lazy()
    rows = lazy.select(ROW, "campaign").sort(ROW).collect().rows()
    return [row[1:] for row in rows], [*done.counts.values()]


class Call(NamedTuple):
    """A function of frames, and the same of leads, without a frame.

    Both are given the role and the values of a column. `flag` is the argument that takes flags.
    """

    of_frame: Callable[[object, str, str], tuple[list[Any], list[Any]] | list[str]]
    of_leads: Callable[[str, Sequence[Any]], tuple[list[Any], list[Any]]]
    flag: str
    roles: set[str]


CALLS = {
    "allocate": Call(allocate_rows, plan_rows, "reachable[email]", set(KINDS)),
    "share_out": Call(share_out_rows, share_out_leads, "fits[some]", {"id", "score", "flag"}),
}


def find_differences(
    engine: str, to_frame: Callable[[Any], Any], call: Call = CALLS["allocate"]
) -> Iterator[str]:
    """Describe the columns whose result is not the expected one."""
    roles = ROLES_BY_ENGINE.get(engine) or {name: column.roles for name, column in COLUMNS.items()}
    held = {name: kind for name in roles if (kind := find_kind(engine, COLUMNS[name]))}
    seen: set[object] = set()  # some slow engines have only one type of text
    for name, kind in held.items():
        values = COLUMNS[name].values
        plain = [value.bytes if isinstance(value, UUID) else value for value in values]
        array = pa.array(plain, COLUMNS[name].type)  # PyArrow 21 does not read a UUID
        frame = to_frame(pa.table({name: array, **GOOD, ROW: [0, 1, 2, 3]}))
        schema: Mapping[str, Any] = nw.from_native(frame).collect_schema()
        if (it := (schema[name], repr(values))) in seen and engine in ON_DUCKDB:
            continue
        seen.add(it)
        for role in (role for role in roles[name] if role in call.roles):
            said = call.flag if role == "flag" else name
            faults = list_faults(role, kind, values, said)
            found = call.of_frame(frame, role, name)
            if faults and isinstance(found, list):
                pairs = zip(sorted(found), sorted(faults), strict=False)
                same = len(found) == len(faults) and all(one.startswith(it) for one, it in pairs)
            else:
                same = not faults and found == call.of_leads(role, values)
                same = same and [*map(type, found[1])] == [
                    *map(type, call.of_leads(role, values)[1])
                ]
            if not same:
                yield f"{name} as {role}: {found}, not {faults or call.of_leads(role, values)}"


# Both functions read columns by the same code: of one, an engine of each kind is enough. What every
# column takes on DuckDB is long.
CASES = [
    pytest.param(engine, call, marks=() if engine in often else pytest.mark.long)
    for call, often in (("allocate", ENGINES.keys() - {"duckdb-every"}), ("share_out", SOME))
    for engine in ENGINES
]


@pytest.mark.parametrize(("engine", "call"), CASES)
def test_a_column_of_any_type_is_read_alike_on_every_engine(engine: str, call: str) -> None:
    assert not list(find_differences(engine, ENGINES[engine], CALLS[call]))


NUMBERS = "must be numbers from 0 to 100, not objects of "
OBJECTS: Mapping[str, tuple[str, Sequence[Any], str | None]] = {
    "UUIDs": ("id", [UUID(int=3), UUID(int=1), UUID(int=2), UUID(int=0)], None),
    "campaigns": ("campaign", [UUID(int=3), UUID(int=1), UUID(int=1), UUID(int=0)], None),
    "64 bits": ("id", [2**64 - 1, 2**63, 1, 0], None),
    "65 bits": ("id", [2**64 - 1, -1, 1, 0], f"c must be {WANTED['id']}, not objects of int"),
    "huge": ("score", [10**5000, 1, 2, 3], "c must be a number from 0 to 100, not inf"),
    "numbers": ("score", [90, Decimal("60.5"), 40.5, np.float32(25)], None),
    "fractions": ("score", [Fraction(181, 2), None, Decimal("sNaN"), Decimal("NaN")], None),
    "NumPy": ("score", [np.int8(90), np.uint64(70), None, pd.NA], None),
    "flags": ("flag", [True, None, np.False_, pd.NA], None),
    "bools": ("score", [True, 90, 1, 2], f"c {NUMBERS}bool and int"),
    "bools behind floats": ("score", [90.5, True, None, 2], f"c {NUMBERS}bool and float and int"),
    "bools behind numbers": ("score", [90, 1, None, np.True_], f"c {NUMBERS}bool and int"),
    "bytes": ("score", [90, b"x", 1, 2], f"c {NUMBERS}bytes and int"),
    "mixed ids": (
        "id",
        ["a", 1, "b", "c"],
        f"c must be {WANTED['id']}, not objects of int and str",
    ),
    "mixed UUIDs": (
        "campaign",
        [UUID(int=1), "b", "b", "b"],
        f"c must be {WANTED['campaign']}, not objects of UUID and str",
    ),
    "surrogates": (
        "id",
        ["a", "b\ud800", "c", "d"],
        f"c must be {WANTED['id']}, not objects of str",
    ),
    "complex": ("score", [1j, 2j, 3j, 4j], f"c {NUMBERS}complex"),
    "objects": (
        "flag",
        [object()] * 4,
        f"reachable[email] must be {WANTED['flag']}, not objects of object",
    ),
}


@pytest.mark.parametrize("to_frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("case", OBJECTS)
def test_python_objects_are_read_by_their_types(case: str, to_frame: Callable[[Any], Any]) -> None:
    role, values, fault = OBJECTS[case]
    column = pd.Series(values, dtype=object)
    if to_frame is pl.DataFrame:
        column = cast("Any", pl.Series("c", values, dtype=pl.Object))
    found = allocate_rows(to_frame({**GOOD, ROW: [0, 1, 2, 3], "c": column}), role, "c")
    if fault is not None:
        hint = "; convert the column first" if "not objects of" in fault or "bytes" in fault else ""
        assert found == [fault + hint]
        return
    there = [None if value is pd.NA else value for value in values]
    assert found == plan_rows(role, there)


@pytest.mark.parametrize("kind", ["HUGEINT", "UHUGEINT"])
def test_whole_numbers_of_128_bits_are_accepted_except_as_ids(kind: str) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT 1::{kind} AS c, 'a' AS id, 90 AS score, 0 AS row"  # no input
        frames = [connection.sql(query), connection.sql(query).pl()]
        for frame in frames:
            assert allocate_rows(frame, "score", "c") == ([("dead", None, "dead_tier")], [None])
            assert allocate_rows(frame, "flag", "c") == ([("hot", "email", None)], [None])
            assert f"c must be {WANTED['id']}, not " in str(allocate_rows(frame, "id", "c"))
