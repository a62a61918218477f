"""Charts: of each kind of value, in pages of any width and colour."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, cast
from uuid import UUID
from warnings import catch_warnings

import duckdb
import polars as pl
import pytest
from attrs import evolve, fields_dict, frozen, has
from hypothesis import given, settings
from hypothesis import strategies as st

import campaignkit as ck
from campaignkit.core._escaping import escape_text
from campaignkit.display._forecast_documents import label_horizon
from campaignkit.display._palettes import find_colour
from campaignkit.frames import FramePlan, Totals, _rows_in_engine, allocate
from campaignkit.frames._open_frame import query_frame
from campaignkit.notebook import Chart, chart
from campaignkit.notebook._value_pictures import make_picture
from campaignkit.storage import MemoryStore, Page
from campaignkit.testing import strategies
from tests.display.reading_html import Element, parsed
from tests.hostile import SPOILT
from tests.public_names import list_public_values

MADE = datetime(2026, 11, 1, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
CAMPAIGN = ck.Campaign.draft(
    id=UUID(int=1), client_id=UUID(int=2), name="Sydney", start_date=MONDAY, created_at=MADE
)
SLOW = evolve(CAMPAIGN, name="A campaign of " + "very " * 20 + "few leads", daily_lead_limit=1)
LEADS = [ck.Lead(f"lead-{n}", als_score=(n * 37) % 87 if n % 11 else None) for n in range(400)]
EMAIL = frozenset({ck.Channel.EMAIL})
PLAN = ck.plan(ck.DEFAULT_ALLOCATION, LEADS)

TABLE = pl.DataFrame(
    {
        "lead_id": [str(lead.id) for lead in LEADS],
        "als_score": [lead.als_score for lead in LEADS],
        "campaign": [f"campaign {n % 30}" for n in range(len(LEADS))],
    }
)
FRAME_PLAN = allocate(TABLE, ck.DEFAULT_ALLOCATION)
MANY = allocate(TABLE, ck.DEFAULT_ALLOCATION, campaign="campaign")

Row: TypeAlias = dict[str, Any]
Numbers: TypeAlias = Mapping[str, Mapping[str, int]]


def make_history() -> tuple[list[ck.Intake], Page[ck.Event, int]]:
    """Return the intakes of some days, and all events of their campaign."""
    service, ann = ck.CampaignService(MemoryStore(), clock=lambda: MADE), ck.Actor.user("ann")
    service.create(CAMPAIGN, by=ann)
    key = CAMPAIGN.client_id, CAMPAIGN.id
    service.activate(*key, by=ann)
    intakes = [take(service, day) for day in range(4)]
    service.release(*key, ["lead-1"], by=ann)
    service.pause(*key, by=ann)
    service.edit(*key, by=ann, allocation=ck.Allocation(email=50, voice=50))
    service.activate(*key, by=ann)
    intakes += [take(service, day) for day in (5, 4)]
    return intakes, service.history(*key, limit=100)


def take(service: ck.CampaignService, day: int) -> ck.Intake:
    key = CAMPAIGN.client_id, CAMPAIGN.id
    leads = LEADS[day * 30 : day * 30 + 30]
    done = service.intake(*key, leads, day=MONDAY + timedelta(days=day), by=ck.Actor.user("ann"))
    assert isinstance(done, ck.Intake)
    return done


INTAKES, HISTORY = make_history()


# --- each kind -------------------------------------------------------------------------------


def name_counts(counts: ck.ChannelCounts) -> dict[str, int]:
    return {channel.value: leads for channel, leads in counts.items()}


def of_plan(plan: ck.Plan) -> Numbers:
    """Return the leads of each channel, by tier where they are known."""
    flow = plan.flow()
    if not flow:
        return without_nothing(
            {c: {c: n} for c, n in name_counts(plan.counts).items()}
            | {"no channel": {"no channel": len(plan.unassigned)}}
        )
    parts: dict[str, dict[str, int]] = {}
    for (tier, channel), leads in flow.items():
        parts.setdefault(channel or "no channel", {})[tier or "unscored"] = leads
    return parts


def of_days(days: Sequence[tuple[date, ck.ChannelCounts]]) -> Numbers:
    """Return the leads of each day, by channel."""
    sums: dict[str, ck.ChannelCounts] = {}
    for day, counts in days:
        sums[str(day)] = sums.get(str(day), ck.ChannelCounts()) + counts
    return without_nothing({day: name_counts(counts) for day, counts in sums.items()})


def without_nothing(numbers: Numbers) -> Numbers:
    """Return the numbers that are not 0."""
    some = {row: {part: n for part, n in parts.items() if n} for row, parts in numbers.items()}
    return {str(row): {str(p): n for p, n in parts.items()} for row, parts in some.items() if parts}


def drawn(value: object, row: str = "name") -> Numbers:
    """Return the lengths of the bars that a chart has, by row and part."""
    first: Row = chart(value).to_dict()["vconcat"][0]
    part = first if "data" in first else first["layer"][0]
    numbers: dict[str, dict[str, int]] = {}
    for each in part["data"]["values"]:
        numbers.setdefault(each[row], {})[each["part"]] = each["leads"]
    return without_nothing(numbers)


@frozen
class Kind:
    """Values of a kind with a chart, one of them, and the numbers that are drawn of each."""

    values: st.SearchStrategy[Any]
    example: object
    numbers: Callable[[Any], Numbers]
    row: str = "name"


KINDS: Mapping[type, Kind] = {
    ck.Plan: Kind(strategies.plans(), PLAN, of_plan),
    ck.CountPlan: Kind(
        strategies.count_plans(),
        ck.plan_counts(ck.DEFAULT_ALLOCATION, {EMAIL: 90, EMAIL | {ck.Channel.SMS}: 10}),
        lambda plan: without_nothing(
            {c: {c: n} for c, n in name_counts(plan.counts).items()}
            | {"no channel": {"no channel": plan.held}}
        ),
    ),
    ck.Intake: Kind(strategies.intakes(), INTAKES[0], lambda intake: of_plan(intake.plan)),
    ck.Progress: Kind(
        strategies.progresses(),
        INTAKES[-1].progress,
        lambda progress: without_nothing(
            {c: {c: n} for c, n in name_counts(progress.carried).items()}
        ),
    ),
    ck.Forecast: Kind(
        strategies.forecasts(),
        ck.forecast(CAMPAIGN, LEADS, days=9),
        lambda forecast: of_days([(each.day, each.counts) for each in forecast.days]),
        row="day",
    ),
    Page: Kind(
        st.just(HISTORY),
        HISTORY,
        lambda page: of_days(
            [(e.day, e.counts) for e in page.items if e.action is ck.Action.ASSIGN]
        ),
        row="day",
    ),
    list: Kind(
        st.lists(st.sampled_from(INTAKES), min_size=1),
        INTAKES,
        lambda intakes: of_days([(each.progress.day, each.plan.counts) for each in intakes]),
        row="day",
    ),
    tuple: Kind(
        st.just(HISTORY.items),
        HISTORY.items,
        lambda events: of_days([(e.day, e.counts) for e in events if e.action is ck.Action.ASSIGN]),
        row="day",
    ),
    ck.planning.Comparison: Kind(
        strategies.comparisons(),
        ck.compare({"as asked": ck.DEFAULT_ALLOCATION, "email": ck.Allocation(email=100)}, LEADS),
        lambda comparison: without_nothing(
            {escape_text(name): name_counts(mix.counts) for name, mix in comparison.items()}
        ),
    ),
    ck.planning.ComparedMix: Kind(
        strategies.comparisons().map(lambda comparison: next(iter(comparison.values()))),
        ck.compare({"as asked": ck.DEFAULT_ALLOCATION}, LEADS)["as asked"],
        lambda mix: without_nothing(
            {c: {c: n} for c, n in name_counts(mix.counts).items()}
            | {"no channel": {"no channel": mix.held + mix.no_channel}}
        ),
    ),
    ck.planning.HorizonComparison: Kind(
        strategies.horizon_comparisons(),
        ck.compare_horizons(CAMPAIGN, LEADS, days=9),
        lambda comparison: without_nothing(
            {
                f"horizon {label_horizon(name, one)}": name_counts(one.counts)
                for name, one in comparison.items()
            }
        ),
    ),
    FramePlan: Kind(
        strategies.plans().map(lambda _: FRAME_PLAN),
        FRAME_PLAN,
        lambda _: of_plan(PLAN),
    ),
    Mapping: Kind(
        st.dictionaries(st.text("abc", max_size=3), strategies.plans(), min_size=1, max_size=3),
        {"first": PLAN, "second": ck.forecast(CAMPAIGN, LEADS, days=3), "third": INTAKES[0]},
        lambda plans: without_nothing(
            {name: name_counts(plan.counts) for name, plan in plans.items()}
        ),
    ),
}
EXAMPLES = [pytest.param(kind.example, id=name.__name__) for name, kind in KINDS.items()]
WITHOUT_CHART = {
    ck.planning.ForecastDay,  # part of a forecast, which has one
    ck.planning.ShareOut,  # its targets are those of campaigns, not of channels
}


def test_each_kind_of_value_that_has_targets_has_a_chart() -> None:
    assert set(make_picture.registry) - {object} == set(KINDS)
    with_targets = {
        kind
        for _, kind in list_public_values()
        if isinstance(kind, type) and has(kind) and {"counts", "target"} <= {*fields_dict(kind)}
    }
    assert with_targets - WITHOUT_CHART <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_it_draws_the_numbers_of_the_value(kind: type) -> None:
    case = KINDS[kind]

    @settings(max_examples=5)
    @given(case.values)
    def check(value: object) -> None:
        assert drawn(value, case.row) == case.numbers(value)

    check()


@pytest.mark.parametrize("value", EXAMPLES)
def test_as_a_picture_it_follows_the_page_and_loads_nothing(value: object) -> None:
    made = chart(value)
    assert made.to_altair().to_dict()["description"] == made.description  # Altair validates it
    (svg,) = parsed(made.to_svg()).all("svg")
    assert svg.attributes["role"] == "img"
    assert svg.attributes["aria-label"] == made.description == made.to_dict()["description"]
    elements = svg.all()
    assert {each.tag for each in elements} <= {"svg", "g", "path", "line", "rect", "text", "tspan"}
    assert not {"id", "class", "href", "onclick"} & {
        name for each in elements for name in each.attributes
    }
    colours = {each.attributes.get("fill") for each in svg.all("text")} | {
        each.attributes["stroke"] for each in svg.all("line")
    }
    assert colours == {"currentColor"}
    assert "http" not in made.to_svg().replace("http://www.w3.org/", "")


@pytest.mark.parametrize("value", [3, None, "abc", object(), [1], {"a": 1}, ck.ChannelCounts()])
def test_what_has_no_chart_is_refused_with_what_has_one(value: object) -> None:
    with pytest.raises(ck.InvalidError, match=r"value must (be a Plan|map names to plans)"):
        chart(value)


def test_a_dataframe_has_no_chart_and_the_error_says_what_has() -> None:
    frame: Any = pl.DataFrame({"lead_id": ["a"], "als_score": [90]})
    with pytest.raises(
        ck.InvalidError, match=r"the result of `frames.allocate` has a picture"
    ) as caught:
        chart(frame)
    assert "\n" not in str(caught.value)


# --- what is drawn ---------------------------------------------------------------------------


def test_the_target_of_each_channel_is_marked() -> None:
    (panel,) = chart(PLAN).to_dict()["vconcat"]
    marks = {row["name"]: row for row in panel["layer"][1]["data"]["values"]}
    assert {c: marks[c]["target"] for c in ck.Channel} == dict(PLAN.target)
    counts, target = PLAN.counts["sms"], PLAN.target["sms"]
    assert marks["sms"]["label"] == f"{counts:,} of {target:,}"
    assert "target" not in marks["no channel"]


@settings(max_examples=5)
@given(strategies.forecasts())
def test_the_drift_of_each_channel_has_a_row_of_its_own(forecast: ck.Forecast) -> None:
    _, *rows = chart(forecast).to_dict()["vconcat"]
    assert len(rows) == (len(ck.Channel) if forecast.days else 0)
    for channel, row in zip(ck.Channel, rows, strict=False):
        values = row["data"]["values"]
        assert [each["leads"] for each in values] == [day.drift[channel] for day in forecast.days]
        assert {each["part"] for each in values} == {channel}


def test_a_long_forecast_has_bars_of_whole_weeks() -> None:
    forecast = ck.forecast(SLOW, LEADS[:90], days=365)
    bars, drift, *_ = chart(forecast).to_dict()["vconcat"]
    assert bars["title"].startswith("Leads in 7 days, 2026-11-23 to ")
    rows = bars["data"]["values"]
    assert len(rows) == 53 * len(ck.Channel)
    for channel in ck.Channel:
        total = sum(day.counts[channel] for day in forecast.days)
        assert sum(row["leads"] for row in rows if row["part"] == channel) == total
    ends = drift["data"]["values"]
    assert ends[0]["leads"] == forecast.days[6].drift[ck.Channel.EMAIL]
    assert ends[-1]["leads"] == forecast.days[-1].drift[ck.Channel.EMAIL]


def test_bars_stand_on_one_another() -> None:
    rows = chart(ck.forecast(CAMPAIGN, LEADS, days=3)).to_dict()["vconcat"][0]["data"]["values"]
    for day in {row["day"] for row in rows}:
        edges = [(row["bottom"], row["top"]) for row in rows if row["day"] == day]
        assert [bottom for bottom, _ in edges] == [0, *(top for _, top in edges[:-1])]


def test_a_history_has_the_drift_under_the_allocation_of_then() -> None:
    _, email, *_ = chart(HISTORY).to_dict()["vconcat"]
    drift = [row["leads"] for row in email["data"]["values"]]
    last = INTAKES[-1].progress.drift[ck.Channel.EMAIL]  # of an intake for the day before the last
    assert drift[3] == INTAKES[3].progress.drift[ck.Channel.EMAIL]
    assert drift[-1] == last
    assert drift[-2] == drift[3]


def test_a_history_says_what_it_does_not_show() -> None:
    assert chart(HISTORY).description.startswith("Sydney: history of leads; ")
    assert "1 lead released since" in chart(HISTORY).description
    part = chart(HISTORY.items[2:5])
    assert part.description.startswith(f"{CAMPAIGN.id}: history of leads from event 3 on; ")
    assert len(part.to_dict()["vconcat"]) == 1
    assert "the shares are not known" in part.description


def test_of_many_results_those_that_lack_the_most_are_drawn() -> None:
    few = {f"campaign {n}": ck.plan(ck.DEFAULT_ALLOCATION, LEADS[: n * 4]) for n in range(1, 101)}
    assert "100 results; the 20 of 100 that are furthest below a target" in chart(few).description
    short = {
        name: max(plan.target[c] - plan.counts[c] for c in ck.Channel) for name, plan in few.items()
    }
    shown = set(drawn(few))
    assert len(shown) == 20
    least = min(short[name] for name in shown)
    assert all(short[name] <= least for name in few if name not in shown)
    assert set(drawn({name: few[name] for name in list(few)[80:]})) == set(list(few)[80:])


def test_a_comparison_of_horizons_shows_scarce_channels_and_when_the_best_leads_go_out() -> None:
    leads = [ck.Lead(f"lead-{n:03}", als_score=90 if n < 40 else 25) for n in range(500)]
    campaign = evolve(CAMPAIGN, allocation=ck.Allocation(email=90, sms=10))
    made = chart(ck.compare_horizons(campaign, leads, [1, 5, "pool"], days=12))
    channels, bars = made.to_dict()["vconcat"]
    assert channels["title"]["text"] == (
        "Leads, with a scale for each channel; the mark is the plan of all days together"
    )
    lengths = {(each["name"], each["part"]): each["length"] for each in channels["data"]["values"]}
    assert lengths["horizon pool (10)", "sms"] == max(lengths.values())
    assert lengths["horizon 1", "sms"] < lengths["horizon pool (10)", "sms"] / 1.5
    assert lengths["horizon 1", "email"] == max(lengths.values())
    assert bars["title"] == "Days until the last hot lead goes out"
    days = {each["name"]: each["leads"] for each in bars["layer"][0]["data"]["values"]}
    assert days == {"horizon 1": 1, "horizon 5": 5, "horizon pool (10)": 10}
    assert "horizon 5: hot leads go out until 2026-11-27" in made.description
    none = ck.compare_horizons(CAMPAIGN, [ck.Lead("a")], days=1)
    assert len(chart(none).to_dict()["vconcat"]) == 1


def test_names_that_look_alike_have_rows_of_their_own() -> None:
    shown = drawn({1: PLAN, "1": PLAN, "\x07": PLAN, "\\x07": PLAN})
    assert list(shown) == ["1", "1 (2)", "\\x07", "\\x07 (2)"]
    assert shown == without_nothing(dict.fromkeys(shown, name_counts(PLAN.counts)))
    numbered = drawn({1: PLAN, "1": PLAN, "1 (2)": PLAN, 2: PLAN, "2 (2)": PLAN, "2": PLAN})
    assert list(numbered) == ["1", "1 (2)", "1 (2) (2)", "2", "2 (2)", "2 (3)"]
    each = ck.forecast(CAMPAIGN, LEADS, days=2)
    horizons = chart(ck.planning.HorizonComparison({"\x07": each, "\\x07": each}))
    bars = horizons.to_dict()["vconcat"][1]["layer"][0]["data"]["values"]
    assert [bar["name"] for bar in bars] == ["horizon \\x07 (1)", "horizon \\x07 (1) (2)"]


def test_emoji_may_stand_where_a_text_is_cut(tmp_path: Path) -> None:
    made = chart({"Q4 " + "\U0001f680" * 29: PLAN, "Q4 \U0001f680": PLAN})
    assert "Q4 \U0001f680:" in made.description
    assert ">Q4 \\U0001f680</text>" in made.to_svg()
    made.save(tmp_path / "a.png")
    assert "\U0001f680</text>" in chart({"Q4 \U0001f680": PLAN}).to_svg()


def test_a_chart_of_a_frame_in_an_engine_takes_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[object] = []

    def count_query(*arguments: Any) -> Any:  # noqa: ANN401
        queries.append(arguments)
        return query_frame(*arguments)

    monkeypatch.setattr(_rows_in_engine, "query_frame", count_query)
    with duckdb.connect() as connection:
        table = cast("Any", connection).from_arrow(TABLE.to_arrow())
        made = chart(allocate(table, ck.DEFAULT_ALLOCATION))
    assert made.description == chart(FRAME_PLAN).description
    assert len(queries) == 1


def test_a_plan_of_a_frame_has_all_its_campaigns_together_and_then_each() -> None:
    together, each = chart(MANY).to_dict()["vconcat"]
    leads = Counter[str]()
    for row in together["layer"][0]["data"]["values"]:
        leads[row["name"]] += row["leads"]
    for channel in ck.Channel:
        assert leads[channel] == sum(totals.counts[channel] for totals in MANY.plans.values())
    for row in each["data"]["values"]:
        assert row["leads"] == MANY.plans[row["name"]].counts[ck.Channel(row["part"])]
    assert len({row["name"] for row in each["data"]["values"]}) == 20
    assert chart(MANY).description.startswith("Plan of a frame: ")


@settings(max_examples=5)
@given(strategies.lead_batches(st.text("abc", min_size=1, max_size=4), max_size=12))
def test_a_plan_of_a_frame_looks_like_that_of_its_leads(leads: list[ck.Lead]) -> None:
    frame = pl.DataFrame(
        {
            "lead_id": pl.Series([lead.id for lead in leads], dtype=pl.String),
            "als_score": pl.Series([lead.als_score for lead in leads], dtype=pl.Float64),
        }
    )
    everywhere = [ck.Lead(lead.id, lead.als_score) for lead in leads]
    with catch_warnings(action="ignore"):
        made = allocate(frame, ck.DEFAULT_ALLOCATION)
    of_leads = ck.plan(ck.DEFAULT_ALLOCATION, everywhere)
    assert chart(made).to_dict()["vconcat"] == chart(of_leads).to_dict()["vconcat"]


# --- how it looks ----------------------------------------------------------------------------

LONG = "A campaign whose name says all that there is to be said of it, and then some more of it"


@frozen
class Text:
    """A text of a picture, and where it stands."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: Text) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def find_texts(element: Element, x: float = 0, y: float = 0) -> Iterator[Text]:
    """Iterate over the texts of a picture, as wide as a usual font makes them."""
    if moved := re.match(
        r"translate\((-?[\d.]+),(-?[\d.]+)\)", element.attributes.get("transform", "")
    ):
        x, y = x + float(moved[1]), y + float(moved[2])
    if element.tag == "text" and element.text:
        size = float(element.attributes["font-size"].removesuffix("px"))
        wide = 0.56 * size * len(element.text)
        before = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.attributes["text-anchor"]]
        left = x - before * wide
        yield Text(element.text, left, left + wide, y - 0.75 * size, y + 0.2 * size)
    for part in element.inside:
        if isinstance(part, Element):
            yield from find_texts(part, x, y)


LOOKS = [
    *EXAMPLES,
    *(
        pytest.param(ck.forecast(SLOW, LEADS[:90], days=days), id=f"{days} days")
        for days in (1, 5, 30, 90, 365, 1_000)
    ),
    pytest.param({f"{LONG} {n}": PLAN for n in range(100)}, id="100 long names"),
    pytest.param(MANY, id="many campaigns"),
    pytest.param([], id="no days"),
    pytest.param(ck.forecast(CAMPAIGN, [], days=5), id="no leads"),
    pytest.param(ck.plan(ck.DEFAULT_ALLOCATION, []), id="empty plan"),
    pytest.param(
        ck.plan_counts(ck.DEFAULT_ALLOCATION, {EMAIL: 10**15, frozenset({ck.Channel.SMS}): 10**9}),
        id="huge",
    ),
]


@pytest.mark.parametrize("value", LOOKS)
def test_it_fits_and_no_text_stands_on_another(value: object) -> None:
    (svg,) = parsed(chart(value).to_svg()).all("svg")
    _, _, width, height = map(float, svg.attributes["viewbox"].split())
    assert 600 <= width <= 1_000
    assert 40 <= height <= 1_000
    texts = list(find_texts(svg))
    assert texts
    assert not [
        (one.text, other.text)
        for n, one in enumerate(texts)
        for other in texts[:n]
        if one.overlaps(other)
    ]
    assert all(text.left >= -1 and text.right <= width + 8 for text in texts)


def test_two_colours_of_bars_are_those_of_channels_and_of_tiers() -> None:
    svg = chart(PLAN).to_svg()
    assert {find_colour(tier) for tier in ("hot", "warm", "cool", "cold", "dead")} <= set(
        re.findall('fill="(#[0-9a-f]{6})"', svg)
    )
    svg = chart(ck.forecast(CAMPAIGN, LEADS, days=5)).to_svg()
    assert set(re.findall('fill="(#[0-9a-f]{6})"', svg)) == {*map(find_colour, ck.Channel)}


def list_texts(spec: object) -> Iterator[str]:
    if isinstance(spec, Mapping):
        spec = [*cast("Mapping[str, object]", spec).values()]
    if isinstance(spec, list):
        for each in cast("list[object]", spec):
            yield from list_texts(each)
    elif isinstance(spec, str):
        yield spec


BY_NAME: Mapping[str, Callable[[str], object]] = {
    "a mapping": lambda name: {name: PLAN},
    "mixes": lambda name: ck.compare({name: ck.DEFAULT_ALLOCATION}, LEADS),
    "horizons": lambda name: ck.planning.HorizonComparison(
        {name: ck.forecast(CAMPAIGN, LEADS, days=2)}
    ),
    "a campaign": lambda name: ck.forecast(evolve(CAMPAIGN, name=name), LEADS, days=2),
}


@pytest.mark.parametrize("of_name", BY_NAME.values(), ids=BY_NAME)
@pytest.mark.parametrize("name", [SPOILT, "</text><script>alert(1)</script>", '" class="x" id="y'])
def test_names_cannot_do_harm(of_name: Callable[[str], object], name: str) -> None:
    made = chart(of_name(name))
    # The converter ends the process at a control character.
    assert all(map(str.isprintable, list_texts(made.to_dict())))
    svg = made.to_svg()
    elements = parsed(svg).all("svg")[0].all()
    assert not {"script", "b"} & {each.tag for each in elements}
    assert not any("id" in each.attributes for each in elements)
    assert made.description.isprintable()
    svg.encode()


# --- to change, and to save ------------------------------------------------------------------


def test_a_chart_is_shown_by_itself_and_says_what_it_is() -> None:
    made = chart(PLAN)
    assert made == chart(PLAN)
    assert made._repr_html_() == made.to_svg()  # pyright: ignore[reportPrivateUsage]
    assert str(made) == made.description
    assert repr(made) == f"<Chart: {made.description}>"
    assert made.to_altair().properties(title="Mine").to_dict()["title"] == "Mine"


@pytest.mark.parametrize(("dark", "ground"), [(False, "#ffffff"), (True, "#111111")])
def test_a_saved_chart_has_a_ground_of_its_own(
    tmp_path: Path,
    dark: bool,  # noqa: FBT001  # pytest gives it by name
    ground: str,
) -> None:
    chart(PLAN).save(tmp_path / "plan.svg", dark=dark)
    svg = (tmp_path / "plan.svg").read_text("utf-8")
    assert f'fill="{ground}"' in svg
    assert "currentColor" not in svg
    chart(PLAN).save(str(tmp_path / "plan.PNG"), dark=dark)
    assert (tmp_path / "plan.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_chart_is_saved_as_what_its_name_says(tmp_path: Path) -> None:
    odd: Any = "yes"
    with pytest.raises(ck.InvalidError) as caught:
        chart(PLAN).save(tmp_path / "plan.gif", dark=odd)
    path, dark = caught.value.faults
    assert path.startswith("path must end in .svg or .png, not be ")
    assert dark.startswith("dark must be")
    assert not list(tmp_path.iterdir())


def test_charts_have_a_type() -> None:
    assert isinstance(chart(PLAN), Chart)
    assert isinstance(chart({"a": Totals(PLAN.counts, PLAN.target, ())}), Chart)
