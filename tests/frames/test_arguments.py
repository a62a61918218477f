"""Every argument of `allocate` is applied on every engine, or refused; none is ignored."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import Terms, allocate, share_out
from tests.frames.engines import ENGINES, Columns, ibis, pa, pd, to_columns
from tests.planning.strategies import amounts, overflows

each = pytest.mark.parametrize("engine", ENGINES)
MIX = ck.Allocation(email=50, voice=30, sms=20)
LEADS: Columns = {
    "lead_id": [f"lead {number}" for number in range(20)],
    "als_score": [90, 70, 50, 30] * 5,
    "campaign": ["x", "y"] * 10,
}


class Given(NamedTuple):
    """Arguments that terms and a call both take; None is not set."""

    carried: Mapping[ck.Channel, int] | None = None
    at_most: Mapping[ck.Channel, int] | None = None
    overflow: ck.Overflow | None = None


givens = st.builds(Given, amounts(9), amounts(5), st.none() | overflows)


def _row(campaign: str, explicit: Given) -> dict[str, Any]:
    """Return terms as a row of a frame; a null is not set."""
    row: dict[str, Any] = {"campaign": campaign, "email": 50, "voice": 30, "sms": 20}
    for name in ("carried", "at_most"):
        counts: Mapping[str, int] = getattr(explicit, name) or {}
        row |= {f"{name}_{channel}": counts.get(channel) for channel in ck.Channel}
    return row | {"overflow": explicit.overflow and explicit.overflow.value}


FORMS: Mapping[str, Callable[[Given], Any]] = {
    "allocation": lambda _: MIX,
    "terms": lambda explicit: Terms(MIX, *explicit),
    "mapping": lambda explicit: {"x": MIX, "y": Terms(MIX, *explicit)},
    "frame": lambda explicit: pl.DataFrame(
        [_row("x", Given()), _row("y", explicit)], infer_schema_length=None
    ),
}


def _applied_arguments(form: str, campaign: str, explicit: Given, call: Given) -> Given:
    """Return the arguments that apply to a campaign: its own, or those of the call."""
    has_own = form == "terms" or (form != "allocation" and campaign == "y")
    if not has_own:
        return call
    if form == "frame":  # a row without counts sets none
        explicit = Given(explicit.carried or None, explicit.at_most or None, explicit.overflow)
    pairs = zip(explicit, call, strict=True)
    return Given._make(other if own is None else own for own, other in pairs)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "engine", [name for name in ENGINES if name != "ibis"]
)  # it runs on DuckDB
@settings(max_examples=2)
@given(givens, givens)
def test_arguments_of_the_call_are_defaults_for_applied_arguments_every_form(
    engine: str, form: str, explicit: Given, call: Given
) -> None:
    done = allocate(
        ENGINES[engine](LEADS), FORMS[form](explicit), campaign="campaign", **call._asdict()
    )
    found = to_columns(done.frame)
    channels = dict(zip(found["lead_id"], found["channel"], strict=True))
    rows = list(zip(LEADS["lead_id"], LEADS["als_score"], LEADS["campaign"], strict=True))
    for campaign in ("x", "y"):
        terms = _applied_arguments(form, campaign, explicit, call)
        plan = ck.plan(
            MIX,
            [ck.Lead(one, score) for one, score, it in rows if it == campaign],
            carried=terms.carried,
            at_most=terms.at_most,
            overflow=terms.overflow or ck.Overflow.REASSIGN,
        )
        assert done.plans[campaign].counts == plan.counts
        assert done.plans[campaign].target == plan.target
        of_campaign = [one for one, _, it in rows if it == campaign]
        assert {one: channels[one] for one in of_campaign if channels[one]} == plan.assignments


@each
def test_arguments_of_the_call_are_defaults_without_campaigns(engine: str) -> None:
    frame = ENGINES[engine](LEADS)
    capped = allocate(frame, Terms(MIX), at_most={"email": 1}, overflow=ck.Overflow.HOLD)
    assert capped.plan.counts["email"] == 1
    own = Terms(MIX, at_most={}, overflow=ck.Overflow.REASSIGN)
    assert allocate(frame, own, at_most={"email": 1}).plan.counts["email"] > 1


def test_a_campaign_is_refused_as_terms() -> None:
    campaign: Any = ck.Campaign.draft(client_id=UUID(int=1), name="x", daily_lead_limit=1)
    frame = ENGINES["polars"](LEADS)
    for allocation in (campaign, {"x": campaign, "y": MIX}):
        with pytest.raises(ck.PlanError, match=r"Terms\.of\(campaign, progress\)"):
            allocate(frame, allocation, campaign="campaign")


@pytest.mark.parametrize(
    ("allocation", "fault"),
    [
        ({"x": MIX}, "allocation must be an Allocation or Terms; a mapping needs `campaign`"),
        ({"email": 100}, "allocation must be an Allocation or Terms; a mapping needs `campaign`"),
        (5, "allocation must be an Allocation, not 5"),
        (None, "allocation must be an Allocation, not None"),
    ],
)
def test_other_values_are_refused_as_an_allocation(allocation: Any, fault: str) -> None:
    with pytest.raises(ck.PlanError) as caught:
        allocate(ENGINES["polars"](LEADS), allocation)
    assert caught.value.faults[0].startswith(fault)


@pytest.mark.parametrize("key", [None, True, 1.5, b"x", ("x",)])
def test_other_values_are_refused_as_ids_of_campaigns(key: Any) -> None:
    with pytest.raises(ck.PlanError, match="campaign must be text, a whole number or a UUID"):
        allocate(ENGINES["polars"](LEADS), {"x": MIX, "y": MIX, key: MIX}, campaign="campaign")


def test_unknown_columns_of_terms_are_refused() -> None:
    terms = pl.DataFrame({"campaign": ["x", "y"], "email": [100, 100], "at_most_emial": [1, 1]})
    with pytest.raises(ck.PlanError, match=r"no columns but .*, not 'at_most_emial'"):
        allocate(ENGINES["polars"](LEADS), terms, campaign="campaign")


# --- who can be reached -----------------------------------------------------------------------

PHONES: Columns = {
    "lead_id": ["a", "b", "c", "d"],
    "als_score": [90, 80, 70, 60],
    "phone": ["1", None, "3", None],
    "opted_in": ["yes", "NO", " t ", None],
}
BY_PHONE = {"a": "voice", "b": "email", "c": "voice", "d": "email"}

OWN: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "pandas": {
        "series": lambda frame: frame.phone.notna(),
        "expression": lambda _: pd.col("phone").notna(),
        "objects": lambda frame: frame.phone.notna().astype(object),
        "words": lambda frame: frame.opted_in,
    },
    "polars": {
        "series": lambda frame: frame["phone"].is_not_null(),
        "expression": lambda _: pl.col("phone").is_not_null(),
        "whole": lambda _: pl.col("phone").is_not_null().cast(pl.Int8),
        "narwhals series": lambda frame: ~nw.from_native(frame)["phone"].is_null(),
    },
    "pyarrow": {
        "array": lambda frame: frame["phone"].combine_chunks().is_valid(),
        "chunked array": lambda frame: frame["phone"].is_valid(),
        "expression": lambda _: (
            importlib.import_module("pyarrow.compute").field("phone").is_valid()
        ),
    },
    "polars-lazy": {"expression": lambda _: pl.col("phone").is_not_null()},
    "duckdb": {
        "expression": lambda _: duckdb.ColumnExpression("phone").isnotnull(),
        "SQL": lambda _: duckdb.SQLExpression("phone IS NOT NULL"),
    },
    "ibis": {
        "deferred": lambda _: ibis._.phone.notnull(),  # its public name
        "expression": lambda frame: frame.phone.notnull(),
    },
}
EVERY: Mapping[str, Callable[[Any], Any]] = {
    "name": lambda _: "opted_in",
    "narwhals": lambda _: ~nw.col("phone").is_null(),
}
GIVEN = [
    (engine, name, flag) for engine, own in OWN.items() for name, flag in {**EVERY, **own}.items()
]
ids = [f"{engine}-{name}" for engine, name, _ in GIVEN]


@pytest.mark.parametrize("called", [False, True], ids=["as it is", "by a function"])
@pytest.mark.parametrize(("engine", "name", "flag"), GIVEN, ids=ids)
def test_a_flag_may_be_a_name_a_series_an_expression_or_a_function(
    engine: str,
    name: str,
    flag: Callable[[Any], Any],
    called: bool,  # noqa: FBT001
) -> None:
    assert name
    frame = ENGINES[engine](PHONES)
    voice = flag if called else flag(frame)
    done = allocate(frame, ck.Allocation(email=1, voice=99), reachable={"voice": voice})
    found = to_columns(done.frame)
    assert list(found) == [*PHONES, "tier", "channel", "reason"]
    assert dict(zip(found["lead_id"], found["channel"], strict=True)) == BY_PHONE


@pytest.mark.parametrize("called", [False, True], ids=["as it is", "by a function"])
@pytest.mark.parametrize(("engine", "name", "flag"), GIVEN, ids=ids)
def test_what_leads_fit_may_be_given_in_the_same_forms(
    engine: str,
    name: str,
    flag: Callable[[Any], Any],
    called: bool,  # noqa: FBT001
) -> None:
    assert name
    frame = ENGINES[engine](PHONES)
    done = share_out(frame, {"x": 99, "y": 1}, fits={"x": flag if called else flag(frame)})
    found = to_columns(done.frame)
    assert list(found) == [*PHONES, "campaign"]
    campaigns = dict(zip(found["lead_id"], found["campaign"], strict=True))
    assert campaigns == {"a": "x", "b": "y", "c": "x", "d": "y"}


WRONG: Mapping[str, Callable[[Any], Any]] = {
    "list": lambda _: [True] * 4,
    "bool": lambda _: True,
    "None": lambda _: None,
    "number": lambda _: 5,
    "another library": lambda _: pd.Series([True] * 4).to_numpy(),
    "no column": lambda _: "fax",
    "narwhals of no column": lambda _: ~nw.col("fax").is_null(),
    "function of no column": lambda _: itemgetter("fax"),
    "function of a function": lambda _: itemgetter,
    "dates": lambda _: nw.lit(date(2026, 11, 23)),
    "text": lambda _: "phone",
}


@pytest.mark.parametrize("wrong", WRONG)
@each
def test_other_values_are_refused_as_flags(engine: str, wrong: str) -> None:
    frame = ENGINES[engine](PHONES)
    with pytest.raises(ck.PlanError) as caught:
        allocate(frame, MIX, reachable={"voice": WRONG[wrong](frame)})
    assert caught.value.faults[0].startswith("reachable[voice]")
    with pytest.raises(ck.PlanError) as caught:
        share_out(frame, {"voice": 1}, fits={"voice": WRONG[wrong](frame)})
    assert caught.value.faults[0].startswith("fits[voice]")


def _fail(_: object) -> object:
    return 1 // 0


@pytest.mark.parametrize(
    ("engine", "flag"),
    [
        ("polars", pl.col("fax").is_null()),
        ("polars", pl.all()),
        ("polars", pl.Series([True])),
        ("polars", pl.Series([], dtype=pl.Boolean)),
        ("polars", pd.Series([True] * 4)),
        ("polars", pl.col("phone").head(2).is_null()),
        ("polars", pl.col("phone").cast(pl.Int8)),
        ("polars", pl.selectors.by_name("fax", require_all=False)),
        ("polars", pl.col("phone").map_elements(lambda _: 1 // 0, pl.Boolean)),
        ("polars-lazy", pl.selectors.by_name("fax", require_all=False)),
        ("polars-lazy", pl.col("fax").is_null()),
        ("polars-lazy", pl.Series([True] * 4)),
        ("pandas", pd.Series([True])),
        ("pandas", pd.Series([True] * 4, index=[3, 2, 1, 0])),
        ("pandas", _fail),
        ("pandas", pl.Series([True] * 4)),
        ("pandas", pl.col("phone")),
        ("pandas", pd.col("fax").notna()),
        ("pyarrow", pa.chunked_array([[True]])),
        ("pyarrow", importlib.import_module("pyarrow.compute").field("fax")),
        ("duckdb", duckdb.ColumnExpression("fax")),
        ("duckdb", pl.col("phone")),
        ("ibis", ibis._.fax),  # its public name
    ],
)
def test_flags_that_do_not_fit_the_frame_are_refused(engine: str, flag: Any) -> None:
    with pytest.raises(ck.PlanError) as caught:
        allocate(ENGINES[engine](PHONES), MIX, reachable={"voice": flag})
    (fault,) = caught.value.faults
    assert fault.startswith("reachable[voice] ")


@pytest.mark.parametrize(
    ("engine", "flag"),
    [
        ("polars-lazy", pl.col("phone").head(2).is_null()),
        ("polars-lazy", pl.lit(pl.Series([True, False]))),
        ("polars-lazy", pl.col("lead_id").cast(pl.Int8)),
        ("polars-lazy", pl.col("phone").map_elements(lambda _: 1 // 0, pl.Boolean)),
        ("polars-lazy", pl.col("phone").map_elements(lambda _: "x", pl.Boolean)),
        ("duckdb", duckdb.SQLExpression("lead_id::INT > 0")),
        ("duckdb", duckdb.SQLExpression("error(lead_id)::BOOLEAN")),
        ("ibis", ibis._.lead_id.cast("int")),  # its public name
    ],
)
def test_flags_that_fail_when_they_are_computed_are_refused(engine: str, flag: Any) -> None:
    with pytest.raises(ck.PlanError) as caught:
        allocate(ENGINES[engine](PHONES), MIX, reachable={"voice": flag})
    (fault,) = caught.value.faults
    assert fault.startswith(("the frame cannot be computed: ", "reachable[voice] "))
    assert "\n" not in fault


# --- names of columns -------------------------------------------------------------------------


@each
@pytest.mark.parametrize("name", [0, None, ["lead_id"], b"lead_id"])
@pytest.mark.parametrize("argument", ["id", "score", "campaign"])
def test_column_names_that_are_not_text_are_refused(engine: str, argument: str, name: Any) -> None:
    if (argument, name) == ("campaign", None):
        return
    with pytest.raises(ck.PlanError) as caught:
        allocate(ENGINES[engine](LEADS), MIX, **{argument: name})
    assert caught.value.faults == (
        f"{argument} must be the name of a column, as text, not {name!r}",
    )


def test_numbers_as_column_names_are_kept_but_refused_as_arguments() -> None:
    frame = pd.DataFrame({"lead_id": ["a"], "als_score": [90], 0: [1]})
    done = allocate(frame, MIX)
    assert list(done.frame.columns) == ["lead_id", "als_score", 0, "tier", "channel", "reason"]
    with pytest.raises(ck.PlanError, match="id must be the name of a column, as text, not 0"):
        allocate(frame, MIX, id=0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


TWICE = pa.Table.from_arrays([pa.array(["a"]), pa.array([9]), pa.array([9])], ["id", "s", "s"])


@pytest.mark.parametrize(
    "frame",
    [
        TWICE,
        pd.DataFrame([["a", 9, 9]], columns=["id", "s", "s"]),
        duckdb.sql("SELECT 'a' AS id, 9 AS s, 9 AS S"),
        duckdb.sql("SELECT 'a' AS id, 9 AS s, 9 AS s"),
    ],
    ids=["pyarrow", "pandas", "duckdb-case", "duckdb"],
)
def test_duplicate_columns_are_reported(frame: Any) -> None:
    with pytest.raises(ck.PlanError) as caught:
        allocate(frame, MIX, id="id", score="s")
    (fault,) = caught.value.faults
    assert fault.startswith("the frame must have each column once, but these come more often: 's'")


@each
@pytest.mark.parametrize("name", ["_campaignkit_id", "_CampaignKit_x"])
def test_reserved_column_names_are_refused(engine: str, name: str) -> None:
    with pytest.raises(ck.PlanError, match=f"must not begin with _campaignkit_, as do '{name}'"):
        allocate(ENGINES[engine]({**LEADS, name: [1] * 20}), MIX)


@each
def test_a_wrong_gate_and_a_wrong_mapping_are_reported_together(engine: str) -> None:
    wrong: Any = {"gate": 5, "reachable": ["phone"]}
    with pytest.raises(ck.PlanError) as caught:
        allocate(ENGINES[engine](LEADS), MIX, **wrong)
    assert caught.value.faults == (
        "reachable must map channels to columns, not be ['phone']",
        "gate must be an ALSGate, not 5",
    )


def test_a_lazy_frame_that_cannot_be_read_is_refused() -> None:
    frame = pl.LazyFrame({"lead_id": ["a"]}).with_columns(pl.col("nothing"))
    with pytest.raises(ck.PlanError, match="the frame cannot be read: "):
        allocate(frame, MIX)


def test_a_dropped_table_and_a_closed_connection_are_refused() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE leads AS SELECT 'a' AS lead_id, 90 AS als_score")
        frame = connection.table("leads")
        connection.execute("DROP TABLE leads")
        with pytest.raises(ck.PlanError, match=r"the frame cannot be read: .*does not exist"):
            allocate(frame, MIX)
    with pytest.raises(ck.PlanError, match=r"the frame cannot be read: .*closed"):
        allocate(frame, MIX)


def test_a_lazy_frame_that_fails_for_a_row_is_refused() -> None:
    frame = pl.LazyFrame({"lead_id": ["a"]})
    with pytest.raises(ck.PlanError, match="the frame cannot be computed: "):
        allocate(frame.with_columns(als_score=pl.col("lead_id").cast(pl.Int8)), MIX)


def test_a_narwhals_frame_is_returned_as_one() -> None:
    done = allocate(nw.from_native(pl.DataFrame(dict(LEADS))), MIX)
    assert isinstance(done.frame, nw.DataFrame)
