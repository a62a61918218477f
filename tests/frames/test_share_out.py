"""Every engine gives each lead the same campaign as `campaignkit.share_out`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, cast
from uuid import UUID

import duckdb
import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.frames import _pool_in_memory, allocate, share_out
from campaignkit.planning import ShareOut
from tests.frames.batches import IDS
from tests.frames.engines import EAGER, ENGINES, UNORDERED, Columns, as_text, pd, to_columns

each = pytest.mark.parametrize("engine", ENGINES)

few = settings(max_examples=max(2, settings().max_examples // 12))


class Pool(NamedTuple):
    """Leads, and what they are shared out by; `fits` has flags for each lead."""

    leads: Sequence[ck.Lead]
    weights: Mapping[Any, int]
    fits: Mapping[Any, Sequence[bool]]
    carried: Mapping[Any, int]

    def share_out(self) -> ShareOut[Any]:
        places = {lead.id: place for place, lead in enumerate(self.leads)}

        def list_fits(lead: ck.Lead) -> list[Any]:
            place = places[lead.id]
            return [key for key in self.weights if key not in self.fits or self.fits[key][place]]

        return ck.share_out(self.leads, self.weights, list_fits, self.carried)

    def columns(self) -> Columns:
        return {
            "lead_id": [lead.id for lead in self.leads],
            "als_score": [lead.als_score for lead in self.leads],
            **{self.flag(key): flags for key, flags in self.fits.items()},
        }

    def flag(self, key: Any) -> str:
        """Return the name of a campaign's column of flags."""
        return f"fits_{list(self.weights).index(key)}"


KEYS: Sequence[st.SearchStrategy[Any]] = (
    st.text("abé ", min_size=1, max_size=4),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(2**63, 2**64 - 1) | st.integers(0, 9),
    st.uuids(),
)


@st.composite
def pools(draw: st.DrawFn, campaigns: int = 6) -> Pool:
    """Give a pool whose leads fit a few sets of campaigns, with ties and missing scores."""
    ids = draw(
        st.lists(draw(st.sampled_from(IDS)), max_size=40, unique_by=lambda one: str(one).strip())
    )
    score = draw(st.sampled_from([st.sampled_from((0, 50, 90)), st.floats(0, 100, width=32)]))
    leads = [ck.Lead(one, draw(st.none() | score)) for one in ids]
    keys = draw(st.lists(draw(st.sampled_from(KEYS)), min_size=1, max_size=campaigns, unique=True))
    weights = {key: draw(st.integers(1, 60)) for key in keys}
    sets = draw(st.lists(st.sets(st.sampled_from(keys)), min_size=1, max_size=5))
    set_of = [draw(st.sampled_from(sets)) for _ in leads]
    named = draw(st.lists(st.sampled_from(keys), unique=True))
    fits = {key: [key in some for some in set_of] for key in named}
    carried = draw(st.dictionaries(st.sampled_from(keys), st.integers(0, 99) | st.just(2**70)))
    return Pool(leads, weights, fits, carried)


def assert_shared(to_frame: Callable[[Columns], object], pool: Pool, *, has_order: bool) -> None:
    """Assert that a frame gets what the leads get, and gives the same totals."""
    columns, shared = pool.columns(), pool.share_out()
    fits = {key: pool.flag(key) for key in pool.fits}
    done = share_out(to_frame(columns), pool.weights, fits=fits, carried=pool.carried)
    campaign_of = {lead.id: key for key, leads in shared.leads.items() for lead in leads}
    campaigns = as_text([campaign_of.get(lead.id) for lead in pool.leads])
    expected = {**columns, "lead_id": as_text(columns["lead_id"]), "campaign": campaigns}
    found = to_columns(done.frame)
    assert list(found) == list(expected)
    rows = [list(zip(*some.values(), strict=True)) for some in (found, expected)]
    if not has_order:
        rows = [sorted(some, key=lambda row: str(row[0])) for some in rows]
    assert rows[0] == rows[1]
    assert (done.counts, done.target) == (shared.counts, shared.target)
    assert list(done.counts) == list(pool.weights)
    assert (done.unassigned, done.bottlenecks) == (len(shared.unassigned), shared.bottlenecks)
    assert str(done) == str(shared)
    if not shared.unassigned:  # whose ids only the list form names
        assert done.as_text() == shared.as_text()


@each
@few
@given(pools())
def test_each_lead_gets_the_campaign_that_share_out_gives_it(engine: str, pool: Pool) -> None:
    assert_shared(ENGINES[engine], pool, has_order=engine not in UNORDERED)


def many_campaigns(leads: int) -> Pool:
    """Return a pool with more campaigns than a word of the processor has bits."""
    random = Random(7)
    keys = [f"campaign {number}" for number in range(70)]
    ids = random.sample(range(10 * leads), leads)
    return Pool(
        [ck.Lead(one, random.choice((None, 90, 50.5, 20))) for one in ids],
        {key: random.randint(1, 9) for key in keys},
        {key: [random.random() < 0.1 for _ in ids] for key in keys},
        {},
    )


@each
def test_seventy_campaigns_share_a_pool(engine: str) -> None:
    assert_shared(ENGINES[engine], many_campaigns(300), has_order=engine not in UNORDERED)


@given(st.integers(0, 40), st.integers(1, 9))
def test_batches_are_mirrored_as_those_of_leads(day: int, size: int) -> None:
    leads = [ck.Lead(number, 100 - number) for number in range(size)]
    flags = [number % 3 > 0 for number in range(size)]
    for fits in ({}, {"b": flags}):
        pool = Pool(leads, {"a": 1, "b": 1}, fits, {"a": day * size, "b": day * size})
        assert_shared(ENGINES["polars"], pool, has_order=True)


@given(pools())
@example(many_campaigns(50))
def test_exact_costs_give_the_same_deal(pool: Pool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pool_in_memory, "EXACT_COSTS", 0)
        assert_shared(ENGINES["polars"], pool, has_order=True)


def test_the_frame_of_a_large_pool_is_that_of_its_leads() -> None:
    rng = np.random.default_rng(3)
    size = 700_000  # so many rows are divided among threads
    frame = pl.DataFrame(
        {"lead_id": rng.permutation(size), "als_score": rng.integers(0, 101, size)}
    )
    done = share_out(frame, {"a": 3, "b": 2, "c": 2}, fits={"b": pl.col("lead_id") % 3 > 0})
    assert sum(done.counts.values()) == size
    assert done.frame.group_by("campaign").len().sort("campaign").rows() == [*done.counts.items()]
    assert done.frame.filter(campaign="b").filter(pl.col("lead_id") % 3 == 0).is_empty()
    means = done.frame.group_by("campaign").agg(pl.col("als_score").mean()).to_series(1)
    assert means.max() - means.min() < 0.1  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportOptionalOperand, reportUnknownVariableType]


LEADS: Columns = {
    "lead_id": ["a", "b", "c", "d"],
    "als_score": [90, 70, None, 30],
    "known": [True, None, True, False],
}


@each
def test_campaigns_have_the_type_of_their_keys(engine: str) -> None:
    uuid = UUID(int=5)
    for key in ("north", 5, 2**63, uuid):
        done = share_out(ENGINES[engine](LEADS), {key: 1}, fits={key: "known"})
        frame: nw.LazyFrame[Any] = nw.from_native(cast("Any", done.frame)).lazy()
        values = frame.collect()["campaign"].to_list()
        found = {value for value in values if not pd.isna(value)}
        assert found in ({key}, {str(key)} if key is uuid else {key})
        assert len(values) == 4
        schema = frame.collect_schema()["campaign"]
        assert schema.is_integer() == isinstance(key, int)


@pytest.mark.parametrize("engine", EAGER)
@pytest.mark.parametrize("key", ["north", 5, 2**63, UUID(int=5)], ids=repr)
def test_the_type_of_campaigns_does_not_depend_on_the_leads(engine: str, key: Any) -> None:
    none: Columns = {**LEADS, "known": [False] * 4}
    empty: Columns = {name: [] for name in LEADS}
    frames = [
        share_out(ENGINES[engine](some), {key: 1}, fits={key: "known"}).frame
        for some in (LEADS, none, empty)
    ]
    columns = [cast("Any", frame)["campaign"] for frame in frames]
    types = [one.type if hasattr(one, "type") else one.dtype for one in columns]
    assert types == [types[0]] * 3


@each
def test_the_result_can_be_planned_by_campaign(engine: str) -> None:
    shared = share_out(ENGINES[engine](LEADS), {"north": 1, "south": 1})
    done = allocate(shared.frame, ck.Allocation(email=100), campaign="campaign")
    assert {key: plan.counts.total for key, plan in done.plans.items()} == {"north": 1, "south": 2}


@each
def test_scores_are_mapped_from_a_scale(engine: str) -> None:
    columns = {**LEADS, "als_score": [0.9, 0.7, None, 0.3]}
    done = share_out(ENGINES[engine](columns), {"x": 1}, scale=(0, 1))
    assert "63.3" in done.as_text()


def test_a_lazy_frame_of_polars_finds_campaigns_by_id() -> None:
    frame = pl.DataFrame(dict(LEADS))
    made = share_out(frame.lazy(), {"x": 1, "y": 1}).frame
    assert isinstance(made, pl.LazyFrame)
    eager = share_out(frame, {"x": 1, "y": 1}).frame
    assert made.sort("lead_id", descending=True).collect().equals(eager[::-1])


def test_ids_that_a_collation_takes_for_equal_keep_their_own_campaigns() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE leads (lead_id VARCHAR COLLATE NOCASE, als_score INT)")
        connection.execute("INSERT INTO leads VALUES ('a', 9), ('A', 9), ('b', 9), ('B', 9)")
        done = share_out(connection.table("leads"), {"x": 1, "y": 1})
        found = dict(done.frame.project("lead_id, campaign").fetchall())
    pool = [ck.Lead(one, 9) for one in "aAbB"]
    shared = ck.share_out(pool, {"x": 1, "y": 1})
    assert found == {lead.id: key for key, leads in shared.leads.items() for lead in leads}


def test_a_frame_of_narwhals_is_returned_as_one() -> None:
    done = share_out(nw.from_native(pl.DataFrame(dict(LEADS))), {"x": 1})
    assert isinstance(done.frame, nw.DataFrame)


BAD: Columns = {"lead_id": ["a", "a", " "], "als_score": [101, 5, 7], "flag": ["x", "yes", "no"]}


@each
def test_bad_rows_are_named_all_at_once(engine: str) -> None:
    with pytest.raises(ck.PlanError) as caught:
        share_out(ENGINES[engine](BAD), {"x": 1, "y": 2}, fits={"y": "flag"})
    assert sorted(caught.value.faults) == [
        "als_score must be a number from 0 to 100, not 101",
        "fits[y] must be true or false, 1 or 0, yes or no, not 'x'",
        "lead_id must come once, but these come more often: 'a'",
        "lead_id must not be blank or hold NUL, but is ' '",
    ]


@each
def test_bad_arguments_are_named_all_at_once(engine: str) -> None:
    with pytest.raises(ck.PlanError) as caught:
        share_out(
            ENGINES[engine]({**LEADS, "campaign": ["x"] * 4}),
            {"x": 0, "y": 1},
            carried={"z": 1},
            fits={"w": "known", "y": "fax"},
            score="points",
            scale=(1, 0),
            progress=1,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        )
    starts = [
        "weights: 'x' must be",
        "carried: 'z' is no campaign of weights",
        "scale must be the lowest and the highest score",
        "fits: 'w' is no campaign of weights",
        "progress must be",
        "score: there is no column 'points'",
        "fits[y]: there is no column 'fax'",
        "the columns are 'lead_id', 'als_score', 'known', 'campaign'",
        "the frame already has what is to be added: campaign",
    ]
    assert len(caught.value.faults) == len(starts)
    for fault, start in zip(caught.value.faults, starts, strict=True):
        assert fault.startswith(start)


KEY = "weights: a campaign must be text, a whole number or a UUID, not "
KINDS = (
    "weights: campaigns must be all text, all whole numbers of up to 64 bits, or all UUIDs, not "
)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"weights": {"x": 1, 5: 1}}, f"{KINDS}'x', 5"),
        ({"weights": {("x",): 1}}, f"{KEY}('x',)"),
        ({"weights": {True: 1}}, f"{KEY}True"),
        ({"weights": {2**64: 1}}, f"{KINDS}18446744073709551616"),
        ({"weights": {-1: 1, 2**63: 1}}, f"{KINDS}-1, 9223372036854775808"),
        ({"weights": {1.5: 1}}, f"{KEY}1.5"),
        ({"weights": {None: 1}}, f"{KEY}None"),
        ({"weights": {"\ud800": 1}}, KINDS),
        ({"weights": {}}, "weights must map campaigns to whole numbers, not be {}"),
        ({"weights": 5}, "weights must map campaigns to whole numbers, not be 5"),
        ({"fits": ["known"]}, "fits must map campaigns to columns, not be ['known']"),
        ({"fits": "known"}, "fits must map campaigns to columns, not be 'known'"),
        (
            {"frame": [1]},
            "expected a dataframe (`campaignkit.share_out` takes lists of leads), not [1]",
        ),
    ],
)
def test_other_values_are_refused(changed: Mapping[str, Any], fault: str) -> None:
    with pytest.raises(ck.PlanError) as caught:
        share_out(
            **cast("Any", {"frame": ENGINES["polars"](LEADS), "weights": {"x": 1}, **changed})
        )
    (found,) = caught.value.faults
    assert found.startswith(fault)


@pytest.mark.parametrize("engine", EAGER)
def test_an_empty_frame_is_shared_out(engine: str) -> None:
    frame = ENGINES[engine]({"lead_id": [], "als_score": [], "known": []})
    done = share_out(frame, {"x": 2, "y": 1}, fits={"y": "known"})
    assert to_columns(done.frame)["campaign"] == []
    assert str(done) == "0 leads: x 0, y 0 (0 unassigned)"


def test_a_bar_shows_the_progress(capsys: pytest.CaptureFixture[str]) -> None:
    share_out(ENGINES["polars"](LEADS), {"x": 1}, progress=True)
    assert "writing the column" in capsys.readouterr().err
